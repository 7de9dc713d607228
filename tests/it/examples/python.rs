//! `examples/mailslot.py`, with a service in another process. Without `python3` these tests fail.

use std::process::{Command, Stdio};

use mailslot::blocking::{ErrorKind, Mailslots};

use super::{Computer, Program, file, until};
use crate::cli::mailslot;
use crate::cli::network::Peer;
use crate::conformance::server::Service;

/// A Python program that has copied the file.
fn python(code: &str) -> Command {
    let mut command = Command::new("python3");
    // It leaves nothing behind in the folder of the examples.
    command.args(["-B", "-c", &format!("from mailslot import *\n{code}")]);
    command.env("PYTHONPATH", file("examples")).env_remove("MAILSLOT_SOCKET");
    command
}

fn with(service: &Service, code: &str) -> Command {
    let mut command = python(code);
    command.env("MAILSLOT_SOCKET", service.socket());
    command
}

/// Runs a program of assertions to its end. Returns what it prints.
fn passes(mut command: Command) -> String {
    let output = command.stdin(Stdio::null()).output().expect("python3 runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Of a connection, from Rust.
fn connect(service: &Service) -> Mailslots {
    Mailslots::connect(service.socket()).expect("a service")
}

#[test]
fn rust_and_python_write_to_each_other() {
    let service = Service::start();
    let mailslots = connect(&service);
    let slot = mailslots.create("rust").expect("free");
    let mut echo = Program::start(with(
        &service,
        r#"
with Mailslots() as mailslots:
    slot, back = mailslots.create("python"), mailslots.open("rust")
    print("ready", flush=True)
    for message in slot.messages():
        assert (message.sender, message.address, message.to) == (None, None, None), message
        back.write(message.data)
"#,
    ));
    echo.wait_for("ready");
    let writer = mailslots.open(r"\\.\mailslot\PYTHON").expect("there");
    let sizes = [0, 1, 424, 65_535, 65_536, 100 << 10, 0];
    let message = |size: usize| -> Vec<u8> { (0..=250).cycle().take(size).collect() };
    for size in sizes {
        writer.write(&message(size)).expect("room");
    }
    for size in sizes {
        assert!(slot.recv().expect("a message").data == message(size), "{size}");
    }
}

#[test]
fn calls_and_errors_are_windows() {
    let service = Service::start();
    passes(with(
        &service,
        r#"
import time

def fails(win32, call, *args):
    try:
        call(*args)
    except MailslotError as error:
        assert error.win32 == win32, (error, error.win32)
        return error
    raise AssertionError(f"{call} does not fail")

with Mailslots() as mailslots:
    slot = mailslots.create("Slot", max_size=1000, read_timeout=0.05)
    writer = mailslots.open(r"\\.\mailslot\sLOT")
    assert slot.name == writer.name == "Slot"

    # Waiting: as the slot says, as the caller says.
    for call in slot.read, slot.recv:
        begin = time.monotonic()
        assert isinstance(fails(121, call, 0.05 if call == slot.recv else 10), TimeoutError)
        assert 0.05 <= time.monotonic() - begin < 5
    fails(121, slot.recv, 0)

    # Empty messages are messages; what is too long for the buffer stays.
    assert slot.info() == Info(1000, None, 0, 0.05)
    writer.write(b"")
    writer.write(b"12345")
    assert slot.info() == writer.info() == Info(1000, 0, 2, 0.05)
    assert slot.read(0) == b""
    assert fails(122, slot.read, 4).needed == 5
    assert slot.read(5) == b"12345"
    before = time.time()
    writer.write(b"now")
    assert abs(slot.recv().received_at - before) < 60
    fails(87, writer.write, bytes(1001))

    # Names: taken in whatever case, missing, of other machines.
    fails(183, mailslots.create, "SLOT")
    fails(2, mailslots.open, "none")
    fails(123, mailslots.create, r"\\HOST\mailslot\x")
    fails(53, mailslots.open(r"\\HOST\mailslot\x").write, b"x")
    fails(53, mailslots.open(r"\\*\mailslot\x").write, b"x")
    assert mailslots.create("forever", read_timeout=None).info().read_timeout is None

    # Closing frees the name.
    slot.close()
    fails(6, slot.recv)
    fails(38, writer.write, b"x")
    mailslots.create("slot").close()

fails(64, mailslots.create, "after the end")
fails(64, Mailslots, "/nonexistent/socket")
"#,
    ));
}

#[test]
fn the_end_of_the_process_frees_the_name() {
    let service = Service::start();
    let mailslots = connect(&service);
    let mut holder = Program::start(with(
        &service,
        r#"
mailslots = Mailslots()
slot = mailslots.create("held")
print("ready", flush=True)
slot.recv()
"#,
    ));
    holder.wait_for("ready");
    assert_eq!(mailslots.create("held").expect_err("taken").kind(), ErrorKind::AlreadyExists);
    holder.signal("-KILL");
    assert_eq!(holder.end(), None);
    until(|| mailslots.create("held").is_ok());
}

#[test]
fn two_share_a_mailslot() {
    let service = Service::start();
    let mut first = Program::start(with(
        &service,
        r#"
mailslots = Mailslots()
slot = mailslots.create("shared")
print(slot.share(), mailslots.open("shared").share(), flush=True)
input()
print(slot.recv().data, slot.recv().data, flush=True)
"#,
    ));
    let tokens = first.line();
    let (reads, writes) = tokens.split_once(' ').expect("two");
    let mut command = with(
        &service,
        r#"
with Mailslots() as mailslots:
    slot, writer = mailslots.take(sys.argv[1]), mailslots.take(sys.argv[2])
    assert (type(slot), type(writer), slot.name) == (Mailslot, Writer, "shared")
    for message in b"1", b"2", b"3":
        writer.write(message)
    print(slot.recv().data)
    try:
        mailslots.take(sys.argv[1])
    except MailslotError as error:
        print(error.win32)
"#,
    );
    command.args([reads, writes]);
    assert_eq!(passes(command), "b'1'\n6\n");
    first.say("");
    assert_eq!(first.line(), "b'2' b'3'");
}

#[test]
fn a_thousand_writes_at_once() {
    let service = Service::start();
    passes(with(
        &service,
        r#"
with Mailslots() as mailslots:
    slot, writer = mailslots.create("many"), mailslots.open("many")
    bodies = [struct.pack("<I", 2) + counted(b"%d" % i) for i in range(1000)]
    frames = [struct.pack("<IBI", 5 + len(body), WRITE, 1000 + i) + body for i, body in enumerate(bodies)]
    mailslots._socket.sendall(b"".join(frames))
    for i in range(1000):
        assert mailslots._reply(1000 + i) == (1000 + i, 0x84, b"\0"), i
    assert slot.info().message_count == 1000
    assert [slot.recv().data for _ in range(1000)] == [b"%d" % i for i in range(1000)]
"#,
    ));
}

/// Ctrl-C where a message is waited for: it is the next reader's.
#[test]
fn what_interrupts_a_read_loses_nothing() {
    let service = Service::start();
    let mut reader = Program::start(with(
        &service,
        r#"
import select

with Mailslots() as mailslots:
    slot, writer = mailslots.create("slot"), mailslots.open("slot")
    try:
        print("waits", flush=True)
        slot.recv()
    except KeyboardInterrupt:
        pass
    writer.write(b"1")
    writer.write(b"2")
    assert slot.recv(5).data == b"1"

    # Where the message is on its way already.
    def interrupt(*requests):
        mailslots._reply = reply
        select.select([mailslots._socket], [], [])
        raise KeyboardInterrupt
    reply, mailslots._reply = mailslots._reply, interrupt
    try:
        slot.recv()
    except KeyboardInterrupt:
        writer.write(b"3")
    assert [slot.recv(5).data, slot.recv(5).data] == [b"2", b"3"]
    print("done", flush=True)
"#,
    ));
    reader.wait_for("waits");
    reader.signal("-INT");
    reader.wait_for("done");
    assert_eq!(reader.end(), Some(0));
}

/// What a newcomer writes.
#[test]
fn text_and_short_names_are_taken() {
    let service = Service::start();
    passes(with(
        &service,
        r#"
from array import array
with Mailslots() as mailslots:
    slot = mailslots.create(".:chat")
    assert slot.name == "chat", slot.name
    writer = mailslots.open(r"\\.\mailslot\CHAT")
    mailslots.open(".:chat").write("grün")
    for octets in bytearray(b"a"), memoryview(b"bcd")[1:], array("H", [0x6665]), "":
        writer.write(octets)
    got = [slot.recv(5).data for _ in range(5)]
    assert got == ["grün".encode(), b"a", b"cd", b"ef", b""], got
    for wrong in 5, None, ["text"]:
        try:
            writer.write(wrong)
            raise AssertionError(wrong)
        except TypeError as error:
            assert str(error), error
    # And nothing of that was sent.
    assert slot.info().message_count == 0
"#,
    ));
    assert_eq!(connect(&service).slots().expect("a list").len(), 0);
}

#[test]
fn who_is_refused_hears_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let (socket, config) = (folder.path().join("socket"), folder.path().join("config"));
    std::fs::write(&config, "[quotas]\ntotal_connections = 1").expect("a file");
    let mut command = mailslot(&["serve", "--local", "--socket"]);
    command.arg(&socket).arg("--config").arg(&config);
    let mut serve = Peer::start(command);
    serve.wait_for("serves at ");
    let mut command = python(
        r#"
with Mailslots(sys.argv[1]) as mailslots:
    for _ in range(10):
        try:
            Mailslots(sys.argv[1])
            raise AssertionError("there is room")
        except MailslotError as error:
            assert str(error).endswith(" connections, no more are allowed (connections_per_user)"), error
    mailslots.create("slot").close()
"#,
    );
    command.arg(&socket);
    passes(command);
}

/// The file as a program: where sockets are, who wrote, and what is refused.
#[test]
fn the_program_finds_the_service_of_its_network() {
    let (here, there) = (Computer::new("PYTHONA", "PYTHONS"), Computer::new("PYTHONB", "PYTHONS"));
    let _service = here.listen(&["recv", "other"]);
    let mut windows = there.listen(&["recv", "--raw", "alerts"]);
    let program = |args: &[&str]| {
        let mut command = Command::new("python3");
        command.arg("-B").arg(file("examples/mailslot.py")).args(args).stderr(Stdio::piped());
        here.set(&mut command);
        // Names of computers have no case.
        command.env("MAILSLOT_NAME", "PythonA");
        command
    };
    assert_eq!(passes(program(&["send", r"\\PYTHONB\mailslot\alerts", "from python\n"])), "");
    windows.read_until("from python");

    let mut recv = Program::start(program(&["recv", "chat"]));
    // It says nothing before something comes.
    until(|| passes(here.command(&["slots"])).contains("chat"));
    there.send("PYTHONA:chat", "hi");
    there.send("PYTHONA:chat", "\u{1b}[2J");
    here.send(".:chat", "hi yourself");
    assert_eq!(recv.line(), "PYTHONB<00> hi");
    assert_eq!(recv.line(), r"PYTHONB<00> '\x1b[2J'");
    assert_eq!(recv.line(), "- hi yourself");

    let fails = |command: &mut Command| {
        let output = command.output().expect("runs");
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).expect("text")
    };
    let taken = fails(&mut program(&["recv", "OTHER"]));
    assert_eq!(taken, "error: a mailslot of that name exists (183)\n");
    let usage = fails(&mut program(&["recv"]));
    assert!(usage.contains("`mailslot.py recv NAME` prints what comes"), "{usage}");
    let nobody = fails(program(&["recv", "x"]).env("XDG_RUNTIME_DIR", "/nonexistent"));
    assert_eq!(
        nobody,
        "error: nobody serves at /nonexistent/mailslot/loopback-PYTHONA: start `mailslot serve` (64)\n"
    );
    let nobody = fails(program(&["recv", "x"]).env("MAILSLOT_SOCKET", "/nonexistent/socket"));
    assert!(nobody.contains(" nobody serves at /nonexistent/socket: "), "{nobody}");
}

/// Without a network's variables it is the user's own service; the message says who wrote it.
#[test]
fn messages_say_who_wrote_them() {
    let (here, there) = (Computer::new("PYTHONC", "PYTHOND"), Computer::new("PYTHONE", "PYTHOND"));
    let socket = here.folder.path().join("elsewhere");
    let mut command = here.command(&["serve", "--socket"]);
    command.arg(&socket);
    let mut serve = Peer::start(command);
    here.wait_for_names(|text| serve.wait_for(text));
    let mut command = python(
        r#"
with Mailslots(sys.argv[1]) as mailslots:
    slot = mailslots.create("slot")
    print("ready", flush=True)
    print(slot.recv()[2:])
"#,
    );
    command.arg(&socket);
    let mut reader = Program::start(command);
    reader.wait_for("ready");
    there.send(r"\\PYTHOND\mailslot\slot", "x");
    let line = reader.line();
    let address = line.split('\'').nth(3).expect("an address");
    let address: std::net::SocketAddrV4 = address.parse().expect("an address");
    assert!(address.ip().is_loopback());
    assert_eq!(line, format!("('PYTHONE<00>', '{address}', 'PYTHOND<00>')"));

    let own = tempfile::tempdir().expect("a folder");
    let mut command = mailslot(&["recv", "--local", "other"]);
    command.env("XDG_RUNTIME_DIR", own.path()).env_remove("MAILSLOT_SOCKET");
    let mut recv = Peer::start(command);
    recv.wait_for(": mailslot other");
    let mut command = python("with Mailslots() as mailslots: mailslots.open('other').write(b'x')");
    command.env("XDG_RUNTIME_DIR", own.path()).env_remove("MAILSLOT_LOOPBACK");
    passes(command);
    recv.read_until("this machine -> other");
    // When it ends, so does the connection.
    let mut client = Program::start({
        let mut command = python(
            r#"
mailslots = Mailslots()
slot = mailslots.create("slot")
print("ready", flush=True)
try:
    slot.recv()
except MailslotError as error:
    print(error.win32, error)
"#,
        );
        command.env("XDG_RUNTIME_DIR", own.path()).env_remove("MAILSLOT_LOOPBACK");
        command
    });
    client.wait_for("ready");
    recv.signal("-KILL");
    let said = client.line();
    assert!(said.starts_with("64 the mailslot service is lost: "), "{said}");
}
