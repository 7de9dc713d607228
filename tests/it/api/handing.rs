//! Handles that go to other processes, by token and by birth.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mailslot::api::{Auto, ErrorKind, Local, Mailslots, Role};
use mailslot::runtime::{LiveConfig, Network};

use crate::examples::example;

/// A process that serves this machine alone, at a socket of its own.
struct Serve {
    child: Child,
    folder: tempfile::TempDir,
}

impl Serve {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailslot"));
        command.args(["serve", "--local", "--socket"]).arg(folder.path().join("socket"));
        let mut child = command.stderr(Stdio::piped()).spawn().expect("starts");
        let mut said = BufReader::new(child.stderr.as_mut().expect("piped"));
        let mut line = String::new();
        while !line.contains("socket") {
            line.clear();
            assert_ne!(said.read_line(&mut line).expect("text"), 0, "it ended");
        }
        Self { child, folder }
    }

    async fn connect(&self) -> Mailslots {
        Mailslots::connect(self.folder.path().join("socket")).await.expect("a service")
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn h4_a_token_is_a_duplicate_for_another_process() {
    let serve = Serve::start();
    let (one, other) = (serve.connect().await, serve.connect().await);
    let slot = one.create("shared").await.expect("free");
    let token = slot.share().await.expect("a token");
    let duplicate = other.take(&token).await.expect("a handle");
    assert_eq!(duplicate.name(), "shared");
    assert_eq!(other.take(&token).await.expect_err("once").kind(), ErrorKind::InvalidToken);
    assert_eq!(other.take("x").await.expect_err("never was").kind(), ErrorKind::InvalidToken);
    let writer = other.open("shared").await.expect("there");
    for message in [b"1", b"2", b"3", b"4"] {
        writer.write(message).await.expect("room");
    }
    // One queue, and each message once.
    assert_eq!(duplicate.recv().await.expect("a message").data, "1");
    assert_eq!(slot.recv().await.expect("a message").data, "2");
    // The slot lives until both are closed.
    drop(slot);
    assert_eq!(duplicate.recv().await.expect("a message").data, "3");
    assert_eq!(other.create("shared").await.expect_err("taken").kind(), ErrorKind::AlreadyExists);
    drop(duplicate);
    assert_eq!(other.open("shared").await.expect_err("gone").kind(), ErrorKind::NotFound);
    assert_eq!(writer.write(b"5").await.expect_err("gone").win32_code(), 38);
    // Writers are shared too, and a token ends with the connection that it came through.
    let slot = other.create("shared").await.expect("free");
    let writer = one.open("shared").await.expect("there");
    let token = writer.share().await.expect("a token");
    let wrong = other.take(&token).await.expect_err("one to write with");
    assert_eq!(wrong.kind(), ErrorKind::WrongHandle);
    let token = writer.share().await.expect("a token");
    let from_other = other.take_writer(&token).await.expect("a handle");
    from_other.write(b"from the other").await.expect("room");
    assert_eq!(slot.recv().await.expect("a message").data, "from the other");
    let token = writer.share().await.expect("a token");
    drop((writer, one));
    let begin = Instant::now();
    while other.take_writer(&token).await.is_ok() {
        assert!(begin.elapsed() < Duration::from_secs(9), "the connection has ended");
        tokio::task::yield_now().await;
    }
}

/// Nobody shares what is in one process alone.
#[tokio::test]
async fn local_mailslots_are_not_shared() {
    let mailslots = Mailslots::local();
    let slot = mailslots.create("mine").await.expect("free");
    assert_eq!(slot.share().await.expect_err("alone").kind(), ErrorKind::Unsupported);
    let inherit = slot.inherit(&mut Command::new("true")).await;
    assert_eq!(inherit.expect_err("alone").kind(), ErrorKind::Unsupported);
    assert!(Mailslots::inherited().await.expect("none").mailslots.is_empty());
}

/// A process that starts others, which read its mailslot, also after it was killed.
#[test]
fn h5_children_inherit() {
    let folder = tempfile::tempdir().expect("a folder");
    // Nobody else's, whatever runs beside this.
    let name = format!("W{}", std::process::id());
    let serve = Serve::start();
    let socket = serve.folder.path().join("socket");
    for service in [true, false] {
        let set = |command: &mut Command| {
            if service {
                command.env("MAILSLOT_SOCKET", &socket);
            } else {
                command.env_remove("MAILSLOT_SOCKET").env("XDG_RUNTIME_DIR", folder.path());
                command.env("MAILSLOT_LOOPBACK", "1").env("MAILSLOT_NAME", &name);
                command.env("MAILSLOT_WORKGROUP", "HANDING");
            }
        };
        let mut command = example("workers");
        set(&mut command);
        let mut parent = command.stdout(Stdio::piped()).spawn().expect("starts");
        let mut said = BufReader::new(parent.stdout.take().expect("piped")).lines();
        let mut next = || said.next().expect("more").expect("text");
        assert_eq!(next(), "jobs is open");
        let send = |job: &str| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_mailslot"));
            set(&mut command);
            command.args(["send", "--quiet", ".:jobs", job]).status().expect("runs").code()
        };
        let mut workers = std::collections::HashSet::new();
        for job in 0..30 {
            assert_eq!(send(&format!("job {job}")), Some(0));
            let line = next();
            let (worker, text) = line.split_once(": ").expect("a worker");
            assert_eq!(text, format!("job {job}"), "each once");
            workers.insert(worker.to_owned());
        }
        assert!(workers.len() > 1, "they take turns: {workers:?}");
        if service {
            // The children go on, and the slot ends with the last of them.
            parent.kill().expect("runs");
            parent.wait().expect("ends");
            for _ in 0..3 {
                assert_eq!(send("end"), Some(0));
                assert!(next().ends_with(": end"));
            }
        } else {
            for _ in 0..3 {
                assert_eq!(send("end"), Some(0));
                assert!(next().ends_with(": end"));
            }
            assert_eq!(next(), "jobs is closed");
            parent.wait().expect("ends");
        }
        let begin = Instant::now();
        while send("too late") != Some(6) {
            assert!(begin.elapsed() < Duration::from_secs(9), "the slot is gone");
        }
    }
}

/// The process that serves hands on as any other does.
#[tokio::test]
async fn the_first_process_shares_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let name = "HANDHOST";
    let config =
        LiveConfig::new(name, "HANDING", Network::Loopback { name: name.into() }).expect("names");
    // The folder of sockets is the environment's, which a test does not set: two ports of its own
    // are a socket of its own.
    let mut config = config;
    (config.node.name_port, config.node.datagram_port) = (11_737, 11_738);
    drop(folder);
    let auto = Auto::new(config).local(Local::Always);
    let host = Mailslots::auto_with(auto.clone()).await.expect("the first");
    let Role::Serving { path, network: false } = host.role() else { panic!("{:?}", host.role()) };
    let client = Mailslots::auto_with(auto).await.expect("the second");
    assert_eq!(client.role(), Role::Client { path });
    let slot = host.create("ours").await.expect("free");
    let theirs = client.take(&slot.share().await.expect("a token")).await.expect("a handle");
    client.open("ours").await.expect("there").write(b"x").await.expect("room");
    assert_eq!(theirs.recv().await.expect("a message").data, "x");
    let back = host.take(&theirs.share().await.expect("a token")).await.expect("a handle");
    drop((slot, theirs));
    host.open("ours").await.expect("there").write(b"y").await.expect("room");
    assert_eq!(back.recv().await.expect("a message").data, "y");
}
