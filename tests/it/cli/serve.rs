//! `serve`, on the LAN inside this machine or without one. Each test has a socket of its own. What
//! several users may do, and sockets that are passed in, `tests/interop/rights.py` tries.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::BytesMut;
use mailslot::client::{CallError, Connection, Greeted};
use mailslot::ipc::{Code, CreateFlags, Failure, Reply, Request, Wait};
use mailslot::slot::ReadTimeout;
use tempfile::TempDir;

use super::network::Peer;
use super::{Outcome, mailslot, run, run_command};

/// A folder with what a service needs.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().expect("text").to_owned()
    }

    fn config(&self, text: &str) -> String {
        fs::write(self.path("config"), text).expect("a file");
        self.text("config")
    }

    /// A service that runs.
    fn serve(&self, args: &[&str]) -> Peer {
        let socket = self.text("socket");
        let verb = ["serve", "--socket", &socket];
        let mut peer = Peer::start(mailslot(&[&verb, args].concat()));
        peer.wait_for("serves at ");
        peer
    }

    fn connect(&self) -> Connection {
        Connection::open(&self.path("socket")).expect("a service")
    }
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

async fn handle(connection: &Connection, request: Request<'_>) -> u32 {
    match connection.call(&request).await.expect("a handle") {
        Reply::Handle(entry) => entry.handle,
        reply => panic!("{reply:?}"),
    }
}

fn win32(result: &Result<Reply, CallError>) -> Option<u32> {
    match result {
        Err(CallError::Failed(failure)) => Some(failure.win32_code),
        _ => None,
    }
}

#[tokio::test]
async fn what_the_network_sends_a_program_reads() {
    let place = Place::new();
    let mut serve = place.serve(&[
        "--loopback",
        "--name",
        "SERVEA",
        "--workgroup",
        "SERVE",
        "--also",
        "SERVEX#20",
    ]);
    for name in ["SERVEA<00>", "SERVE<00>", "SERVEX<20>"] {
        serve.wait_for(&format!("{name} is ours"));
    }
    let connection = place.connect();
    assert_eq!(connection.welcome().path, place.text("socket"));
    let reader = handle(&connection, create("alerts")).await;
    let network = ["--loopback", "--name", "SERVEB", "--workgroup", "SERVE"];
    let sent = run(&[&["send"], &network[..], &["SERVEA:alerts", "hello"]].concat(), b"");
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    let wait = Wait::For(ReadTimeout::FOREVER);
    let read = Request::Read { handle: reader, capacity: 424, most: 1, wait };
    let Ok(Reply::Messages(messages)) = connection.call(&read).await else { panic!("a message") };
    assert_eq!(messages[0].message.data, "hello");
    assert_eq!(messages[0].message.from.as_ref().expect("a sender").name.to_string(), "SERVEB<00>");

    let peer = Peer::recv("SERVEC", "SERVE", &["--count", "1", "--raw", "alerts"]);
    let writer = handle(&connection, Request::Open { path: r"\\SERVEC\mailslot\alerts" }).await;
    let write = Request::Write { handle: writer, data: b"back" };
    assert!(matches!(connection.call(&write).await, Ok(Reply::Written(_))));
    let received = peer.end();
    assert_eq!((received.code, received.stdout), (Some(0), b"back".to_vec()));

    // It ends with its names, its socket, and the connections.
    serve.terminate();
    let end = serve.end();
    assert_eq!((end.code, end.text()), (Some(143), ""), "{}", end.stderr);
    assert!(!place.path("socket").exists());
    assert!(matches!(connection.call(&Request::Stats).await, Err(CallError::Lost(_))));
    let asked = run(&[&["name", "query"], &network[..], &["SERVEA"]].concat(), b"");
    assert_eq!(asked.code, Some(6), "{}", asked.text());
}

#[tokio::test]
async fn without_a_network_there_are_slots_alone() {
    let place = Place::new();
    let serve = place.serve(&["--local"]);
    let (one, other) = (place.connect(), place.connect());
    let reader = handle(&one, create("alerts")).await;
    assert_eq!(win32(&other.call(&create("ALERTS")).await), Some(183));
    let writer = handle(&other, Request::Open { path: "alerts" }).await;
    let written = other.call(&Request::Write { handle: writer, data: b"x" }).await;
    assert!(written.is_ok(), "{written:?}");
    let wait = Wait::AsSlot;
    let read = Request::Read { handle: reader, capacity: 424, most: 1, wait };
    assert!(matches!(one.call(&read).await, Ok(Reply::Messages(_))));
    let remote = handle(&other, Request::Open { path: r"\\*\mailslot\alerts" }).await;
    let refused = other.call(&Request::Write { handle: remote, data: b"x" }).await;
    assert_eq!(win32(&refused), Some(53));
    assert!(matches!(one.call(&Request::Node).await, Ok(Reply::Node(None))));
    serve.interrupt();
    assert_eq!(serve.end().code, Some(130));
    for option in ["--loopback", "--bind=127.0.0.1", "--interface=lo"] {
        let both = run(&["serve", "--local", option], b"");
        assert_eq!(both.code, Some(2), "{}", both.stderr);
    }
}

#[tokio::test]
async fn a_hangup_reads_the_configuration_again() {
    let place = Place::new();
    let manager = UnixDatagram::bind(place.path("notify")).expect("a socket");
    manager.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    let told = || {
        let mut buffer = [0; 1024];
        let octets = manager.recv(&mut buffer).expect("a message");
        String::from_utf8(buffer[..octets].to_vec()).expect("text")
    };
    let config = place.config("[quotas]\ntotal_slots = 1");
    let socket = place.text("socket");
    let mut command = mailslot(&["serve", "--local", "--socket", &socket, "--config", &config]);
    command.env("NOTIFY_SOCKET", place.path("notify"));
    let mut serve = Peer::start(command);
    assert_eq!(told(), "READY=1\nSTATUS=for programs of this machine alone\n");
    let connection = place.connect();
    handle(&connection, create("a")).await;
    assert_eq!(win32(&connection.call(&create("b")).await), Some(1816));
    serve.wait_for("refused to user ");

    place.config("[quotas]\ntotal_slots = 2\n[socket]\nmode = 0o600");
    serve.signal("-HUP");
    assert!(told().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    assert!(told().starts_with("READY=1\n"));
    serve.wait_for("info: reloaded, changed: [quotas]");
    serve.wait_for("warn: changed only when it is started again: [socket] mode");
    handle(&connection, create("b")).await;
    place.config("[quotas]\ntotal_slots = 0");
    serve.signal("-HUP");
    serve.wait_for("error: nothing is reloaded: ");
    assert_eq!(win32(&connection.call(&create("c")).await), Some(1816));
    assert!(told().starts_with("RELOADING=1\n") && told().starts_with("READY=1\n"));

    serve.terminate();
    assert_eq!(told(), "STOPPING=1\n");
    assert_eq!(serve.end().code, Some(143));
}

#[test]
fn without_a_configuration_a_hangup_is_the_end() {
    let place = Place::new();
    let serve = place.serve(&["--local"]);
    serve.signal("-HUP");
    assert_eq!(serve.end().code, Some(129));
}

#[test]
fn a_configuration_is_checked() {
    let place = Place::new();
    let check = |text: &str, more: &[&str]| -> Outcome {
        let config = place.config(text);
        run(&[&["serve", "--check-config", "--config", &config], more].concat(), b"")
    };
    let config = place.text("config");
    let fine = check("[node]\nworkgroup = \"OFFICE\"", &["--name", "BOX"]);
    assert_eq!(String::from_utf8(fine.ok()).expect("text"), format!("{config}: ok\n"));
    let wrong = check("[node]\nname = \"BOX\"\n\n[lgo]\n", &[]);
    let said = wrong.refused(2);
    assert!(said.starts_with(&format!("error: {config}:4: unknown field `lgo`, ")), "{said}");
    let wrong = check("[network]\nwrite = [\n\"root\",\n\"nobody of that name\"]", &[]);
    let why = "4: there is no user \"nobody of that name\"\n";
    assert_eq!(wrong.refused(2), format!("error: {config}:{why}"));
    // With the options, which are wrong together.
    let wrong = check("[node]\nname = \"BOX\"\nalso = [\"BOX\"]", &[]);
    assert!(wrong.refused(2).contains("BOX<00> is meant to be two names"));
    assert!(check("[node]\nname = \"X\"", &["--name", "seventeen letters"]).code == Some(2));

    let also = check("[node]\nname = \"BOX\"\nalso = [\"BOX\"]", &[]);
    assert!(also.stderr.starts_with(&format!("error: {config} and the options: ")));

    // Whatever is wrong: the file, the line where there is one, and why.
    let is_wrong = |octets: &[u8], line: usize, why: &str| {
        fs::write(&config, octets).expect("a file");
        let outcome = run(&["serve", "--check-config", "--config", &config], b"");
        let said = outcome.refused(2);
        assert_eq!(said.lines().count(), 1, "{said}");
        let begin = format!("error: {config}:{line}: ");
        assert!(said.starts_with(&begin) && said.contains(why), "{said}, not {line}: {why}");
        // Nobody has to know Rust.
        for rust in ["usize", "u16", "u32", "u64", "i128", "sequence"] {
            assert!(!said.contains(rust), "{said}");
        }
    };
    is_wrong(b"[node]\nnmae = \"X\"", 2, "unknown field `nmae`, expected one of `name`, ");
    is_wrong(b"\n[nodes]", 2, "unknown field `nodes`, expected one of `node`, ");
    is_wrong(b"[node]\nname = 5", 2, "integer `5`, expected a string");
    is_wrong(b"[node]\ninterface = \"eth0\"", 2, "expected a list in brackets");
    is_wrong(b"[node]\nname = \"A\"\nname = \"B\"", 3, "duplicate key");
    is_wrong(b"[node]\nname_port = 70000", 2, "`70000`, expected a whole number from 1 to 65535");
    is_wrong(b"[socket]\nmode = \"660\"", 2, "expected a whole number");
    is_wrong(b"[quotas]\nslots_per_user = -1", 2, "`-1`, expected a whole number, at least 1");
    is_wrong(b"[quotas]\ntotal_octets = 0", 2, "`0`, expected a whole number, at least 1");
    let huge = b"[quotas]\ntotal_slots = 99999999999999999999";
    is_wrong(huge, 2, "`99999999999999999999`, expected a whole number, at least 1");
    is_wrong(b"[socket]\n\ngroup = \"no group so\"", 3, "there is no group \"no group so\"");
    is_wrong(b"[node]\n# \xff\xfe", 2, "no text in UTF-8");
    is_wrong(b"\x7fELF\x02\x01\x01\0\n\xff", 2, "no text in UTF-8");
    is_wrong(b"\0\0\0", 1, "");
    is_wrong(b"\n[[quotas]]", 2, "expected one table, its name in single brackets");
    is_wrong(b"quotas = [5]", 1, "expected one table, its name in single brackets");
    is_wrong(b"log = 1", 1, "expected one table, its name in single brackets");
    is_wrong(b"[node", 1, "unclosed table");
    assert_eq!(check("", &[]).text(), format!("{config}: ok\n"));
    let folder = place.text("");
    let refused = run(&["serve", "--check-config", "--config", &folder], b"");
    assert!(refused.refused(2).starts_with(&format!("error: {folder}: Is a directory")));

    let missing = run(&["serve", "--check-config", "--config", "/nowhere/x"], b"");
    assert!(missing.refused(2).starts_with("error: /nowhere/x: No such file"));
    assert_eq!(run(&["serve", "--check-config"], b"").code, Some(2));
}

#[test]
fn options_win_over_the_configuration() {
    let place = Place::new();
    let config = place.config(
        "[node]\nname = \"FILEA\"\nworkgroup = \"FILEG\"\nbind = \"192.0.2.1\"\nname_port = 1\n\
         [socket]\npath = \"/nowhere/socket\"",
    );
    let args = ["--loopback", "--name", "OPTIONA", "--config", &config];
    let mut serve = place.serve(&args);
    serve.wait_for("OPTIONA<00> is ours");
    serve.wait_for("FILEG<00> is ours");
    serve.interrupt();
    let end = serve.end();
    assert!(end.stderr.starts_with("info: OPTIONA<00> in FILEG<00>, 127."), "{}", end.stderr);
}

/// As programs find it that look for it: an option wins over the environment, that over the file.
#[test]
fn the_environment_names_the_socket() {
    let place = Place::new();
    let config = place.config("[socket]\npath = \"/nowhere/at/all/socket\"");
    let serves = |env: &str, args: &[&str], at: &str| {
        let mut command = mailslot(&[&["serve", "--local", "--config", &config], args].concat());
        command.env("MAILSLOT_SOCKET", env);
        let mut serve = Peer::start(command);
        serve.wait_for(&format!("serves at {at}"));
        let mut slots = mailslot(&["slots"]);
        slots.env("MAILSLOT_SOCKET", at);
        assert_eq!(run_command(slots, b"").text(), "no mailslot\n");
    };
    let [one, two] = ["one", "two"].map(|name| place.text(name));
    serves(&one, &[], &one);
    serves(&one, &["--socket", &two], &two);
    // Empty is none.
    let mut command = mailslot(&["serve", "--local", "--config", &config]);
    command.env("MAILSLOT_SOCKET", "");
    let refused = run_command(command, b"");
    assert!(refused.refused(3).starts_with("error: /nowhere/at/all/socket: No such file"));
}

#[test]
fn a_socket_has_one_service() {
    let place = Place::new();
    let config = place.config("[socket]\nmode = 0o640");
    let mut first = place.serve(&["--local", "--config", &config]);
    let mode = |path: &Path| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    assert_eq!(mode(&place.path("socket")), 0o640);
    let socket = place.text("socket");
    let second = run(&["serve", "--local", "--socket", &socket], b"");
    let said = second.refused(3);
    assert!(said.contains("another program listens there\nhint: "), "{said}");
    // One that was killed is in nobody's way.
    first.signal("-KILL");
    first.wait();
    assert!(place.path("socket").exists());
    let third = place.serve(&["--local"]);
    assert_eq!(mode(&place.path("socket")), 0o666);
    drop(third);
    fs::remove_file(place.path("socket")).expect("a file");
    fs::write(place.path("socket"), "data").expect("a file");
    let refused = run(&["serve", "--local", "--socket", &socket], b"");
    assert!(refused.refused(3).contains("what is there is no socket"));
    assert!(UnixListener::bind(place.path("other")).is_ok(), "the folder can be written");
}

#[tokio::test]
async fn who_is_not_taken_is_told_why() {
    let place = Place::new();
    let config = place.config("[quotas]\ntotal_connections = 1");
    let _serve = place.serve(&["--local", "--config", &config]);
    let _first = place.connect();
    let refused = Connection::open(&place.path("socket")).expect_err("one too many");
    let why = refused.to_string();
    assert!(
        why.ends_with("has 1 connections, no more are allowed (connections_per_user)"),
        "{why}"
    );

    // Also where the service was done with it before it could say anything.
    let (client, mut service) = UnixStream::pair().expect("a pair");
    let mut reply = BytesMut::new();
    Reply::Failed(Failure::new(Code::Full, 1816, "too many")).encode(0, &mut reply);
    service.write_all(&reply).expect("room");
    drop(service);
    let refused = Greeted::over(client).expect_err("a refusal");
    assert_eq!(refused.to_string(), "too many");
    let (client, _) = UnixStream::pair().expect("a pair");
    let ended = Greeted::over(client).expect_err("nothing");
    assert!(ended.to_string().contains("Broken pipe"), "{ended}");
}

#[tokio::test]
async fn what_clients_make_it_say_is_bounded() {
    let place = Place::new();
    let config = place.config("[quotas]\ntotal_slots = 1");
    let serve = place.serve(&["--local", "--config", &config]);
    let connection = place.connect();
    handle(&connection, create("a")).await;
    for _ in 0..200 {
        assert_eq!(win32(&connection.call(&create("\u{1b}[2J")).await), Some(1816));
    }
    serve.terminate();
    let said = serve.end().stderr;
    let refused = said.lines().filter(|line| line.starts_with("info: refused to user ")).count();
    assert_eq!(refused, 30, "{said}");
    let last = said.lines().last().expect("a line");
    assert_eq!(last, "info: ... and 170 more of this kind (refused)");
    assert!(!said.contains('\u{1b}'), "{said}");
}
