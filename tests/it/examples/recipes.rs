//! docs/recipes.md: its commands, in a shell of a computer that others write to. Programs that are
//! not mailslot's have a stand-in, which tells how it was called and what it read.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Computer, Program, example, file, until};
use crate::cli::mailslot;
use crate::cli::network::Peer;

/// Tells its arguments, one a line, and its input.
const STAND_IN: &str = "#!/bin/sh\n\
    { printf '%s\\n' \"${0##*/}\" \"$@\"; echo --; cat; } > \"$RECORD\"\n";

/// The blocks of code below a heading, and how they are fenced.
fn blocks(heading: &str) -> Vec<(String, String)> {
    let page = fs::read_to_string(file("docs/recipes.md")).expect("the page");
    let (_, rest) = page.split_once(&format!("\n## {heading}\n")).expect("the heading");
    let section = rest.split("\n## ").next().expect("some text");
    let fenced = section.split("```").skip(1).step_by(2);
    fenced
        .map(|block| block.split_once('\n').expect("a fence"))
        .map(|(tag, code)| (tag.to_owned(), code.to_owned()))
        .collect()
}

/// The block below a heading, which has one.
fn block(heading: &str, tag: &str) -> String {
    let blocks = blocks(heading);
    let [(found, code)] = &blocks[..] else { panic!("{heading}: {blocks:?}") };
    assert_eq!(found, tag);
    code.clone()
}

/// A computer with programs of its own, and another one that writes to it.
struct Desk {
    here: Computer,
    there: Computer,
}

impl Desk {
    fn new(here: &'static str, there: &'static str, workgroup: &'static str) -> Self {
        let desk =
            Self { here: Computer::new(here, workgroup), there: Computer::new(there, workgroup) };
        fs::create_dir(desk.path("bin")).expect("a folder");
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.here.folder.path().join(name)
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, script).expect("a file");
        fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("ours");
    }

    /// A file from which one reads what another process writes there, as it is written.
    fn pipe(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        assert!(Command::new("mkfifo").arg(&path).status().expect("runs").success());
        path
    }

    /// A shell in the computer's folder that has its programs.
    fn shell(&self, script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]).current_dir(self.here.folder.path());
        let ours = Path::new(env!("CARGO_BIN_EXE_mailslot")).parent().expect("a folder");
        let (bin, path) = (self.path("bin"), std::env::var("PATH").expect("a PATH"));
        command.env("PATH", format!("{}:{}:{path}", bin.display(), ours.display()));
        command.env("RECORD", self.path("record"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        self.here.set(&mut command);
        command
    }

    /// A command that receives, until its names are found.
    fn receives(&self, script: &str) -> Peer {
        let mut peer = Peer::start(self.shell(&format!("exec {script}")));
        self.here.wait_for_names(|text| peer.wait_for(text));
        peer
    }
}

#[test]
fn a_command_for_each_message() {
    let desk = Desk::new("RECIPEA", "RECIPEB", "RECIPE1");
    desk.program("logger", STAND_IN);
    let record = desk.pipe("record");
    let _recv = desk.receives(&block("A command for each message", "sh"));
    for text in ["disk full", "$(reboot)"] {
        desk.there.send("RECIPEA:alerts", text);
        let called = fs::read_to_string(&record).expect("text");
        assert_eq!(called, format!("logger\n-t\nmailslot\n--\n{text}"));
    }
}

#[test]
fn a_line_for_each_message() {
    let desk = Desk::new("RECIPEC", "RECIPED", "RECIPE2");
    let log = desk.pipe("alerts.log");
    let _recv = desk.receives(&block("A line for each message, with its sender", "sh"));
    desk.there.send("RECIPEC:alerts", "`reboot` \"$HOME\"");
    let line = fs::read_to_string(&log).expect("text");
    assert_eq!(line, "alerts RECIPED<00>: `reboot` \"$HOME\"\n");
    desk.there.send(r"RECIPEC:pos\eod", "till 3");
    let line = fs::read_to_string(&log).expect("text");
    assert_eq!(line, "pos\\eod RECIPED<00>: till 3\n");
}

#[test]
fn to_mqtt() {
    let desk = Desk::new("RECIPEE", "RECIPEF", "RECIPE3");
    // An empty input is refused, as the real one does.
    let script = "#!/bin/sh\ncat > input; [ -s input ] || exit 1\n\
        { printf '%s\\n' \"${0##*/}\" \"$@\"; echo --; cat input; } > \"$RECORD\"\n";
    desk.program("mosquitto_pub", script);
    let record = desk.pipe("record");
    let blocks = blocks("To MQTT");
    assert_eq!(blocks.len(), 2);
    for (at, (tag, script)) in blocks.iter().enumerate() {
        assert_eq!(tag, "sh");
        let mut recv = desk.receives(script);
        let slots: &[&str] = if at == 0 { &["alerts"] } else { &["alerts", "chat"] };
        for slot in slots {
            let target = format!("RECIPEE:{slot}");
            desk.there.send(&target, "");
            recv.wait_for("exit status: 1");
            desk.there.send(&target, "two\nlines");
            let called = fs::read_to_string(&record).expect("text");
            let topic = format!("mailslot/{slot}");
            assert_eq!(
                called,
                format!("mosquitto_pub\n-h\nlocalhost\n-t\n{topic}\n-s\n--\ntwo\nlines")
            );
        }
        recv.interrupt();
        assert_eq!(recv.end().code, Some(130));
    }
}

#[test]
fn from_mqtt() {
    let desk = Desk::new("RECIPEG", "RECIPEH", "RECIPE4");
    desk.program(
        "mosquitto_sub",
        "#!/bin/sh\n[ \"$*\" = '-h localhost -t mailslot/to/everyone' ] || exit 1\n\
         printf '%s\\n' first '-n  \\second'\n",
    );
    let recv = desk.there.listen(&["recv", "--count", "2", "alerts"]);
    let status = desk.shell(&block("From MQTT", "sh")).status().expect("runs");
    assert!(status.success(), "{status}");
    let received = recv.end();
    let texts: Vec<_> =
        received.text().lines().skip(1).filter_map(|line| line.split_once('"')).collect();
    assert_eq!(texts.len(), 2, "{}", received.text());
    assert!(texts[0].0.contains("RECIPEG<00> -> RECIPE4<00>"), "{}", received.text());
    assert_eq!((texts[0].1, texts[1].1), ("first\"", "-n  \\second\""));
}

#[test]
fn as_a_service() {
    let desk = Desk::new("RECIPEI", "RECIPEJ", "RECIPE5");
    desk.program("mosquitto_pub", STAND_IN);
    let record = desk.pipe("record");
    let unit = block("As a service", "ini");
    let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("a command");
    // The programs are elsewhere here.
    let script = line.replace("/usr/local/bin/", "").replace("/usr/bin/", "");
    assert_eq!(script.matches('/').count(), 1, "{script}");
    let _recv = desk.receives(&script);
    desk.there.send("RECIPEI:alerts", "disk full");
    let called = fs::read_to_string(&record).expect("text");
    assert_eq!(called, "mosquitto_pub\n-h\nlocalhost\n-t\nmailslot/alerts\n-s\n--\ndisk full");
    for named in unit.lines().filter_map(|line| line.strip_prefix("Requires=")) {
        assert!(file("examples/systemd").join(named).exists(), "{named}");
    }
}

#[test]
fn python() {
    let desk = Desk::new("RECIPEK", "RECIPEL", "RECIPE6");
    let socket = desk.path("socket");
    let mut command = desk.here.command(&["serve", "--socket"]);
    command.arg(&socket);
    let mut serve = Peer::start(command);
    desk.here.wait_for_names(|text| serve.wait_for(text));
    let listens = desk.there.listen(&["recv", "--count", "1", "--raw", "answers"]);
    // Beside the program, as the page says.
    fs::copy(file("examples/mailslot.py"), desk.path("mailslot.py")).expect("a file");
    fs::write(desk.path("program.py"), block("Python", "python")).expect("a file");
    let mut command = desk.shell("exec python3 program.py");
    command.env("MAILSLOT_SOCKET", &socket);
    let mut program = Program::start(command);
    // It says nothing before it is asked.
    until(|| {
        let mut slots = desk.here.command(&["slots"]);
        let listed = slots.env("MAILSLOT_SOCKET", &socket).output().expect("runs");
        String::from_utf8_lossy(&listed.stdout).contains("questions")
    });
    desk.there.send("RECIPEK:questions", "what is it?");
    assert_eq!(program.line(), "RECIPEL<00> what is it?");
    assert_eq!(listens.end().text(), "42");
}

#[test]
fn a_program_that_outlives_its_service() {
    let blocks = blocks("A program that outlives its service");
    let [(python, script), (rust, main)] = &blocks[..] else { panic!("{blocks:?}") };
    assert_eq!((&**python, &**rust), ("python", "rust"));
    let source = fs::read_to_string(file("examples/lasting.rs")).expect("the example");
    assert!(source.ends_with(&format!("\n\n{main}")), "the page has it as it is");

    let folder = tempfile::tempdir().expect("a folder");
    fs::copy(file("examples/mailslot.py"), folder.path().join("mailslot.py")).expect("a file");
    let mut python = Command::new("python3");
    python.args(["-B", "-c", script]).current_dir(folder.path());
    for (at, mut program) in [python, example("lasting")].into_iter().enumerate() {
        let socket = folder.path().join(format!("socket-{at}"));
        let serve = || {
            let mut command = mailslot(&["serve", "--local"]);
            command.env("MAILSLOT_SOCKET", &socket);
            let mut serve = Peer::start(command);
            serve.wait_for("serves at ");
            serve
        };
        let mut service = serve();
        program.env("MAILSLOT_SOCKET", &socket).env_remove("MAILSLOT_LOOPBACK");
        let mut program = Program::start(program);
        for text in ["before", "after", "after that"] {
            // It says nothing before it is written to.
            until(|| {
                let mut send = mailslot(&["send", ".:alerts", text]);
                send.env("MAILSLOT_SOCKET", &socket);
                send.output().expect("runs").status.success()
            });
            assert_eq!(program.line(), text);
            // It is killed, and another one begins.
            drop(service);
            service = serve();
        }
    }
}

#[test]
fn all_of_them_are_run() {
    let page = fs::read_to_string(file("docs/recipes.md")).expect("the page");
    let headings: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(
        headings,
        [
            "A command for each message",
            "A line for each message, with its sender",
            "To MQTT",
            "From MQTT",
            "As a service",
            "Python",
            "A program that outlives its service",
        ]
    );
}
