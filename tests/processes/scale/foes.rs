//! Clients that a service has to live with.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use mailslot::ipc::{CreateFlags, Numbered, Request, VERSION, Wait};
use mailslot::slot::{Message, ReadTimeout};
use mailslot::time::Instant;

use crate::random::Random;

/// The process of those arguments: which it is, and where the service is.
pub(crate) fn foe(args: &[String]) {
    let [kind, path] = args else { panic!("{args:?}") };
    let path = Path::new(path);
    // Whoever has started it is gone: so is this.
    thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        end();
    });
    match &**kind {
        "silent" => silent(path),
        "hostile" => hostile(path),
        _ => panic!("{kind}"),
    }
}

#[expect(clippy::exit, reason = "it has threads")]
fn end() -> ! {
    std::process::exit(0)
}

fn connect(path: &Path) -> std::io::Result<UnixStream> {
    let mut stream = UnixStream::connect(path)?;
    stream.write_all(&octets(&[Request::Hello { version: VERSION }]))?;
    Ok(stream)
}

fn octets(requests: &[Request<'_>]) -> BytesMut {
    let mut octets = BytesMut::new();
    requests.iter().zip(1..).for_each(|(request, id)| request.encode(id, &mut octets));
    octets
}

fn create(path: &str) -> Request<'_> {
    Request::Create {
        path,
        max_message_size: 0,
        read_timeout: ReadTimeout::NONE,
        max_messages: 0,
        max_octets: 0,
        flags: CreateFlags::empty(),
    }
}

fn read(handle: u32, wait: ReadTimeout) -> Request<'static> {
    Request::Read { handle, capacity: u32::MAX, most: 16, wait: Wait::For(wait) }
}

/// Has a slot that others write to, asks for its messages and for more, and never reads an answer.
fn silent(path: &Path) {
    let mut stream = connect(path).expect("a service");
    stream.write_all(&octets(&[create(super::SILENT)])).expect("a service");
    // It was created once this answers.
    super::ready();
    let mut requests = vec![Request::Slots { from: 0 }, Request::Stats];
    requests.resize(100, read(1, ReadTimeout::FOREVER));
    let requests = octets(&requests);
    // Until nothing goes any more; then it waits there, for ever.
    while stream.write_all(&requests).is_ok() {}
    end();
}

/// Speaks something else, stops in the middle, and asks for more than anybody can want.
fn hostile(path: &Path) {
    for act in [garbage, halves, flood, flood_unasked, fill] {
        let path = path.to_owned();
        thread::spawn(move || act(&path));
    }
    super::ready();
    loop {
        thread::park();
    }
}

/// Octets that mean nothing, with and without a greeting before them.
fn garbage(path: &Path) {
    let mut random = Random::new(1);
    loop {
        let junk: Vec<u8> = (0..1024).flat_map(|_| random.number().to_le_bytes()).collect();
        let stream = if random.below(2) == 0 { UnixStream::connect(path) } else { connect(path) };
        if let Ok(mut stream) = stream {
            // It is cut off at some point.
            while stream.write_all(&junk).is_ok() {}
        }
        // Where it is to be greeted often, it is refused often.
        thread::sleep(Duration::from_millis(1));
    }
}

/// Frames that promise more than comes.
fn halves(path: &Path) {
    loop {
        let Ok(mut stream) = connect(path) else { continue };
        let mut half = octets(&[Request::Write { handle: 1, data: &vec![0; 1 << 20] }]);
        half.truncate(half.len() / 2);
        // One that has ended takes nothing.
        let _ = stream.write_all(&half);
        thread::sleep(Duration::from_millis(20));
    }
}

/// All that can be asked for, as fast as it is answered.
fn flood(path: &Path) {
    let mut stream = connect(path).expect("a service");
    let mut reader = stream.try_clone().expect("file descriptors");
    thread::spawn(move || {
        let mut replies = vec![0; 1 << 20];
        while reader.read(&mut replies).is_ok_and(|octets| octets > 0) {}
    });
    let name = "flood";
    let message = |number| {
        let data = Bytes::from_static(b"put back");
        Numbered::new(number, Message::new(data, Instant::from_micros(0)))
    };
    let mut requests = vec![create(name), Request::Open { path: name }];
    for number in 0..400 {
        requests.extend([
            Request::Write { handle: 2, data: &[0x2a; 100] },
            Request::PutBack { handle: 1, message: message(number * 50) },
            Request::Info { handle: 1 },
            Request::Share { handle: 1 },
            create(name),
            Request::Open { path: "nowhere" },
            Request::Duplicate { handle: 2 },
            Request::Take { token: "none" },
            Request::Cancel { read: 1 },
            Request::Close { handle: 9 },
            read(1, ReadTimeout::NONE),
        ]);
    }
    requests.extend([Request::Slots { from: 0 }, Request::Stats, Request::Handles { from: 0 }]);
    let requests = octets(&requests);
    while stream.write_all(&requests).is_ok() {}
    end();
}

/// Writes without an answer, so that nothing but the service itself holds them up.
fn flood_unasked(path: &Path) {
    let mut stream = connect(path).expect("a service");
    let name = "unasked";
    stream.write_all(&octets(&[create(name), Request::Open { path: name }])).expect("a service");
    let mut writes = BytesMut::new();
    for _ in 0..1000 {
        Request::Write { handle: 2, data: b"flood" }.encode(0, &mut writes);
    }
    while stream.write_all(&writes).is_ok() {}
    end();
}

/// Fills a slot, and closes it with all that is in it.
fn fill(path: &Path) {
    let mut stream = connect(path).expect("a service");
    let name = "fill";
    let mut all = BytesMut::new();
    for handle in (1..).step_by(2) {
        create(name).encode(0, &mut all);
        Request::Open { path: name }.encode(0, &mut all);
        for _ in 0..65_536 {
            Request::Write { handle: handle + 1, data: b"filled" }.encode(0, &mut all);
        }
        Request::Close { handle }.encode(0, &mut all);
        Request::Close { handle: handle + 1 }.encode(0, &mut all);
        if stream.write_all(&all).is_err() {
            end();
        }
        all.clear();
    }
}
