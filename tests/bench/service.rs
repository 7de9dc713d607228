//! `cargo bench --bench service`: mailslots between processes, through a service in a third, beside
//! a bare Unix socket between two. Each figure is a ratio of runs taken in turn.

#![expect(clippy::expect_used, reason = "a bench whose input is wrong is to stop")]
#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]
#![expect(clippy::cast_precision_loss, reason = "figures are rounded")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mailslot::api;
use mailslot::blocking::{Mailslots, Message};

const OCTETS: usize = 424;

/// What Wine 8.0 carries between two processes on such a machine, 424 octets each, a second: on two
/// cores 29,000, with the client and the server on one 72,000.
const WINE: f64 = 29_000.0;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let test = args.iter().any(|arg| arg == "--test");
    match args.get(1).map(String::as_str) {
        Some("echo-slot") => echo_slot(Path::new(&args[2])),
        Some("echo-stream") => echo_stream(Path::new(&args[2])),
        Some("count") => count(Path::new(&args[2]), args[3].parse().expect("a number")),
        _ => compare(if test { 20 } else { 20_000 }, if test { 2 } else { 7 }),
    }
}

/// This program again, as another process.
fn other(args: &[&str]) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    let mut child = command.args(args).stdout(Stdio::piped()).spawn().expect("starts");
    let mut line = String::new();
    let mut said = BufReader::new(child.stdout.as_mut().expect("piped"));
    said.read_line(&mut line).expect("text");
    assert_eq!(line, "ready\n");
    child
}

fn ready() {
    println!("ready");
    std::io::stdout().flush().expect("a pipe");
}

fn echo_slot(socket: &Path) {
    let mailslots = Mailslots::connect(socket).expect("a service");
    let slot = mailslots.create("there").expect("free");
    let back = mailslots.open("back").expect("there");
    ready();
    while let Ok(message) = slot.recv() {
        if message.data.is_empty() {
            return;
        }
        back.write(&message.data).expect("room");
    }
}

fn echo_stream(socket: &Path) {
    let listener = UnixListener::bind(socket).expect("free");
    ready();
    let mut stream = listener.accept().expect("a client").0;
    let mut buffer = [0; OCTETS];
    while stream.read_exact(&mut buffer).is_ok() {
        stream.write_all(&buffer).expect("a peer");
    }
}

fn count(socket: &Path, messages: usize) {
    let mailslots = Mailslots::connect(socket).expect("a service");
    let slot = mailslots.create("many").expect("free");
    let back = mailslots.open("back").expect("there");
    ready();
    loop {
        let mut left = messages;
        while left > 0 {
            let received = slot.recv_many(left).expect("messages");
            if received.iter().any(|message: &Message| message.data.is_empty()) {
                return;
            }
            left -= received.len();
        }
        back.write(b"all").expect("room");
    }
}

struct Service {
    child: Child,
    folder: tempfile::TempDir,
}

impl Service {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailslot"));
        command.args(["serve", "--local", "--socket"]).arg(folder.path().join("socket"));
        let mut child = command.stderr(Stdio::piped()).spawn().expect("starts");
        let mut line = String::new();
        BufReader::new(child.stderr.as_mut().expect("piped")).read_line(&mut line).expect("text");
        Self { child, folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("text").to_owned()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn compare(rounds: usize, runs: usize) {
    let service = Service::start();
    let socket = service.path("socket");
    let mailslots = Mailslots::connect(&socket).expect("a service");
    let back = mailslots.create("back").expect("free");

    let mut echo = other(&["echo-slot", &socket]);
    let stream_path = service.path("stream");
    let mut bare = other(&["echo-stream", &stream_path]);
    let mut stream = UnixStream::connect(&stream_path).expect("a peer");
    let there = mailslots.open("there").expect("there");
    let data = [0x2a; OCTETS];
    let mut buffer = [0; OCTETS];
    let (mut through, mut direct) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let begin = Instant::now();
        for _ in 0..rounds {
            there.write(&data).expect("room");
            assert_eq!(back.recv().expect("a message").data.len(), OCTETS);
        }
        through.push(begin.elapsed().as_nanos() as f64 / rounds as f64);
        let begin = Instant::now();
        for _ in 0..rounds {
            stream.write_all(&data).expect("a peer");
            stream.read_exact(&mut buffer).expect("a peer");
        }
        direct.push(begin.elapsed().as_nanos() as f64 / rounds as f64);
    }
    there.write(b"").expect("room");
    drop(stream);
    echo.wait().expect("ends");
    bare.wait().expect("ends");
    let (through, direct) = (median(through), median(direct));
    println!(
        "round trip between two processes: {:.1} us through the service, {:.1} us over a bare \
         Unix socket: {:.2} x (goal 2.5)",
        through / 1000.0,
        direct / 1000.0,
        through / direct
    );

    let messages = rounds * 20;
    let mut counter = other(&["count", &socket, &messages.to_string()]);
    let rates = (0..runs).map(|_| pipelined(&socket, messages, &back)).collect();
    let rate = median(rates);
    mailslots.open("many").expect("there").write(b"").expect("room");
    counter.wait().expect("ends");
    println!(
        "{OCTETS} octets each, pipelined, from one process to another: {rate:.0} a second: {:.1} x \
         Wine (goal 10)",
        rate / WINE
    );
}

/// Messages a second that one process writes, 256 at a time, and another has read.
fn pipelined(socket: &str, messages: usize, back: &mailslot::blocking::Mailslot) -> f64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let begin = Instant::now();
    runtime.expect("a runtime").block_on(async {
        let mailslots = api::Mailslots::connect(socket).await.expect("a service");
        let writer = mailslots.open("many").await.expect("there");
        let tasks: Vec<_> = (0..256)
            .map(|task| {
                let writer = writer.clone();
                let mine = messages / 256 + usize::from(task < messages % 256);
                tokio::spawn(async move {
                    for _ in 0..mine {
                        while let Err(error) = writer.write(&[0x2a; OCTETS]).await {
                            assert_eq!(error.kind(), api::ErrorKind::Full, "{error}");
                            tokio::time::sleep(Duration::from_millis(1)).await;
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("a task");
        }
    });
    assert_eq!(back.recv().expect("the end").data, "all");
    messages as f64 / begin.elapsed().as_secs_f64()
}
