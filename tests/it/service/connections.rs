//! What one connection can do to itself, and to others.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bytes::BytesMut;
use mailslot::api::{ErrorKind, Mailslots};
use mailslot::client::Greeted;
use mailslot::ipc::{self, Numbered, Reply, Request, VERSION, Wait, Welcome, next_frame};
use mailslot::service::rights::Rights;
use mailslot::service::{Config, Service};
use mailslot::slot::{Message, ReadTimeout, Table};
use mailslot::time::Instant;

/// A service in this process, for this machine alone.
fn serve(change: impl FnOnce(&mut Rights)) -> (Service, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).expect("a socket");
    // Nobody's: the quotas of every user hold.
    let mut rights = Rights::of(u32::MAX);
    change(&mut rights);
    let config = Config::new(Arc::new(Table::new()), rights, path);
    let (service, _notes) = Service::start(config, vec![listener]).expect("threads");
    (service, folder)
}

/// A connection, and the other end of it, which greeted.
fn greeted() -> (Greeted, UnixStream) {
    let (ours, theirs) = UnixStream::pair().expect("sockets");
    theirs.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket");
    let greets = thread::spawn(move || {
        let mut service = Frames::over(theirs);
        let (kind, id) = service.next();
        assert_eq!(kind, "Hello");
        service.answer(&Reply::Welcome(Welcome::new(VERSION)), id);
        service.stream
    });
    (Greeted::over(ours).expect("a greeting"), greets.join().expect("it greets"))
}

/// A service that answers what a test says.
pub(crate) struct Frames {
    stream: UnixStream,
    octets: Vec<u8>,
    /// The last request in full.
    last: String,
}

impl Frames {
    pub(crate) fn over(stream: UnixStream) -> Self {
        Self { stream, octets: Vec::new(), last: String::new() }
    }

    /// The next request, by its name, and its id.
    pub(crate) fn next(&mut self) -> (String, u32) {
        loop {
            if let Some((frame, octets)) =
                next_frame(&self.octets, ipc::limits::MAX_REQUEST).expect("a frame")
            {
                let request = Request::decode(frame).expect("a body").expect("a kind");
                self.last = format!("{request:?}");
                let name = self.last.split(' ').next().unwrap_or_default().to_owned();
                let id = frame.id;
                self.octets.drain(..octets);
                return (name, id);
            }
            let mut more = [0; 4096];
            let read = self.stream.read(&mut more).expect("a request in time");
            assert_ne!(read, 0, "it is connected");
            self.octets.extend(&more[..read]);
        }
    }

    pub(crate) fn answer(&mut self, reply: &Reply, id: u32) {
        let mut octets = BytesMut::new();
        reply.encode(id, &mut octets);
        self.stream.write_all(&octets).expect("room");
    }
}

#[tokio::test]
async fn a_message_that_is_too_long_ends_no_connection() {
    let (_service, folder) = serve(|_| {});
    let mailslots = Mailslots::connect(folder.path().join("socket")).await.expect("a service");
    let slot = mailslots.create("alerts").await.expect("free");
    let writer = mailslots.open("alerts").await.expect("there");
    let long = vec![0; ipc::limits::MAX_REQUEST];
    let error = writer.write(&long).await.expect_err("no frame is that long");
    assert_eq!(error.kind(), ErrorKind::MessageTooLong, "{error}");
    writer.write(&long[..ipc::limits::MAX_MESSAGE]).await.expect("the longest");
    assert_eq!(slot.recv().await.expect("it came").data.len(), ipc::limits::MAX_MESSAGE);
}

/// Who cannot understand the service lets it know, so that it closes the handles.
#[tokio::test]
async fn a_service_that_is_not_understood_is_left() {
    let (greeted, mut service) = greeted();
    let connection = greeted.start().expect("a task");
    service.write_all(&[0; 16]).expect("room");
    let end = tokio::task::spawn_blocking(move || service.read(&mut [0; 16]));
    assert_eq!(end.await.expect("a thread").expect("the end in time"), 0);
    assert!(connection.is_lost());
}

/// The message of a read that is given up goes back before the next read asks, or that one would
/// get what is behind it.
#[tokio::test]
async fn a_read_comes_behind_one_that_was_given_up() {
    let (greeted, stream) = greeted();
    let connection = greeted.start().expect("a task");
    let wait = Wait::For(ReadTimeout::FOREVER);
    let read = Request::Read { handle: 1, capacity: 9, most: 1, wait };
    let other = Request::Read { handle: 2, capacity: 9, most: 1, wait };
    drop(connection.call(&read));
    // One that is given up before it left is never asked for.
    drop(connection.call(&read));
    let _second = connection.call(&read);
    let _other = connection.call(&other);
    let asked = tokio::task::spawn_blocking(move || {
        let mut service = Frames::over(stream);
        let (kind, first) = service.next();
        let mut asked = vec![kind, service.next().0, service.next().0];
        let message = Message::new("x", Instant::ZERO);
        service.answer(&Reply::Messages(vec![Numbered::new(0, message)]), first);
        asked.extend([service.next().0, service.next().0]);
        asked
    });
    let asked = asked.await.expect("a thread");
    assert_eq!(asked, ["Read", "Cancel", "Read", "PutBack", "Read"]);
}

/// What cannot be given is not taken.
#[tokio::test]
async fn a_token_is_good_where_there_was_no_room_for_its_handle() {
    let (_service, folder) = serve(|rights| rights.user.handles_per_connection = 1);
    let connect = || Mailslots::connect(folder.path().join("socket"));
    let (one, other) = (connect().await.expect("it serves"), connect().await.expect("it serves"));
    let slot = one.create("shared").await.expect("free");
    let token = slot.share().await.expect("a token");
    let full = other.open("shared").await.expect("room for one");
    let error = other.take(&token).await.expect_err("and no more");
    assert_eq!(error.kind(), ErrorKind::Full);
    drop(full);
    assert_eq!(other.take(&token).await.expect("it is there still").name(), "shared");
}

/// A path can be long: what handles name is bounded, not only how many there are.
#[tokio::test]
async fn the_paths_of_handles_are_bounded() {
    let (_service, folder) = serve(|_| {});
    let mailslots = Mailslots::connect(folder.path().join("socket")).await.expect("a service");
    let path = format!(r"\\HOST\mailslot\{}", "x".repeat(32_000));
    let mut writers = Vec::new();
    let error = loop {
        match mailslots.open(&path).await {
            Ok(writer) => writers.push(writer),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Full, "{error}");
    assert!((16..100).contains(&writers.len()), "{}", writers.len());
    writers.pop();
    mailslots.open(&path).await.expect("room again");
}

/// Requests that need no answer leave others their turn.
#[test]
fn a_flood_leaves_others_their_turn() -> io::Result<()> {
    let (service, _folder) = serve(|_| {});
    let (flood, other) = (service.connect()?, service.connect()?);
    let (flood, other) = (Greeted::over(flood).expect("greets"), Greeted::over(other).expect("so"));
    for slot in 0..1000 {
        let path = format!("{}{slot}", "x".repeat(1000));
        let create = Request::Create {
            path: &path,
            max_message_size: 0,
            read_timeout: ReadTimeout::NONE,
            max_messages: 0,
            max_octets: 0,
            flags: ipc::CreateFlags::empty(),
        };
        flood.ask(&create).expect("room");
    }
    let mut octets = BytesMut::new();
    for _ in 0..1500 {
        Request::Slots { from: 0 }.encode(0, &mut octets);
    }
    let mut flood = flood.into_stream();
    flood.write_all(&octets)?;
    let begun = std::time::Instant::now();
    other.ask(&Request::Stats).expect("within the second that a greeting has");
    let waited = begun.elapsed();
    Request::Stats.encode(7, &mut octets);
    flood.set_read_timeout(None)?;
    flood.write_all(octets.split_off(octets.len() - 9).as_ref())?;
    flood.read_exact(&mut [0; 9])?;
    let all = begun.elapsed();
    assert!(waited.as_millis() < 500, "{waited:?} of {all:?}");
    Ok(())
}

/// A service that is gone is said once, to whoever goes on regardless too.
#[cfg(feature = "blocking")]
#[test]
fn an_error_ends_the_messages() {
    let (service, folder) = serve(|_| {});
    let path = folder.path().join("socket");
    let mailslots = mailslot::blocking::Mailslots::connect(path).expect("a service");
    let slot = mailslots.create("alerts").expect("free");
    mailslots.open("alerts").expect("there").write(b"one").expect("room");
    let mut messages = slot.messages();
    assert_eq!(messages.next().expect("one").expect("a message").data, "one");
    drop(service);
    let lost = messages.next().expect("an error").expect_err("it is gone");
    assert_eq!(lost.kind(), ErrorKind::ServiceLost);
    assert!(messages.next().is_none());
}

/// The service knows how long a thread waits: a read that a client gave up may have its message by
/// then, and a thread that asks for nothing more would never put it back.
#[cfg(feature = "blocking")]
#[test]
fn a_service_is_told_how_long_a_thread_waits() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).expect("a socket");
    let service = thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a client");
        let mut service = Frames::over(stream);
        let welcome = Welcome::new(VERSION);
        let handle = ipc::HandleEntry::new(1, true, "jobs");
        let failure = ipc::Failure::new(ipc::Code::TimedOut, 121, "nothing");
        for reply in [Reply::Welcome(welcome), Reply::Handle(handle), Reply::Failed(failure)] {
            let (_, id) = service.next();
            service.answer(&reply, id);
        }
        assert!(service.last.contains("For(ReadTimeout(200))"), "{}", service.last);
        service.next().0
    });
    let mailslots = mailslot::blocking::Mailslots::connect(path).expect("a service");
    let slot = mailslots.create("jobs").expect("free");
    let error = slot.recv_timeout(Duration::from_millis(200)).expect_err("nothing comes");
    let text = "cannot read mailslot \"jobs\": nothing";
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::TimedOut, text.into()));
    drop(slot);
    assert_eq!(service.join().expect("no panic"), "Close");
}
