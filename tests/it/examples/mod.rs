//! The programs of `examples/`, and the recipes of docs/recipes.md, run as they stand there.

mod chat;
mod messages;
mod python;
mod recipes;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::cli::mailslot;
use crate::cli::network::Peer;

/// An example, which `cargo test` builds beside the command.
pub(crate) fn example(name: &str) -> Command {
    let path = PathBuf::from(env!("CARGO_BIN_EXE_mailslot"));
    Command::new(path.parent().expect("a folder").join("examples").join(name))
}

/// A program that is written to and read line by line.
struct Program {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    called: String,
}

impl Program {
    fn start(mut command: Command) -> Self {
        let called = format!("{command:?}");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{called}: {error}"));
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, stdin, stdout, called }
    }

    fn say(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("not ended");
        writeln!(stdin, "{line}").expect("it reads");
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        let octets = self.stdout.read_line(&mut line).expect("text");
        assert_ne!(octets, 0, "it ended: {}", self.called);
        line.trim_end().to_owned()
    }

    fn wait_for(&mut self, wanted: &str) {
        while self.line() != wanted {}
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().expect("runs").success());
    }

    /// Its exit code, after the end of its input.
    fn end(mut self) -> Option<i32> {
        drop(self.stdin.take());
        self.child.wait().expect("ends").code()
    }
}

/// A test that fails leaves nobody behind.
impl Drop for Program {
    fn drop(&mut self) {
        // One that has ended is not there to be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A computer on the LAN inside this machine, with sockets of its own.
struct Computer {
    name: &'static str,
    workgroup: &'static str,
    folder: tempfile::TempDir,
}

impl Computer {
    fn new(name: &'static str, workgroup: &'static str) -> Self {
        Self { name, workgroup, folder: tempfile::tempdir().expect("a folder") }
    }

    /// Lets a program run there.
    fn set(&self, command: &mut Command) {
        command.env_remove("MAILSLOT_SOCKET").env("XDG_RUNTIME_DIR", self.folder.path());
        command.env("MAILSLOT_LOOPBACK", "1").env("MAILSLOT_NAME", self.name);
        command.env("MAILSLOT_WORKGROUP", self.workgroup);
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = mailslot(args);
        self.set(&mut command);
        command
    }

    /// A verb that listens, until the computer and the workgroup are found.
    fn listen(&self, args: &[&str]) -> Peer {
        let mut peer = Peer::start(self.command(args));
        self.wait_for_names(|text| peer.wait_for(text));
        peer
    }

    fn wait_for_names(&self, mut wait_for: impl FnMut(&str)) {
        wait_for(&format!("{}<00> is ours", self.name));
        wait_for(&format!("{}<00> is ours", self.workgroup));
    }

    fn send(&self, target: &str, text: &str) {
        let sent = self.command(&["send", "--quiet", target, text]).output().expect("runs");
        assert!(sent.status.success(), "{sent:?}");
    }
}

/// Asks again and again what nobody tells.
fn until(is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(9), "it comes to that");
    }
}

/// A file of the repository.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}
