//! Captures that grow while they are read: files, and interfaces through a program.

use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use super::super::{SHAPES, capture, mailslot, run_command, values};

/// How long a line is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A command that runs until it is told to end.
struct Running {
    child: Child,
    lines: Receiver<String>,
}

fn lines_of(stdout: ChildStdout) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

impl Running {
    fn start(args: &[&str]) -> Self {
        let mut child = mailslot(args).spawn().expect("starts");
        let lines = lines_of(child.stdout.take().expect("piped"));
        Self { child, lines }
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a line")
    }

    /// Sends a signal; how it ends, what else it prints and says.
    fn end(mut self, signal: &str) -> (Option<i32>, Vec<String>, String) {
        let pid = self.child.id().to_string();
        let sent = std::process::Command::new("kill").args([signal, &pid]).status();
        assert!(sent.expect("kill").success());
        let mut lines = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => lines.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    let _ = self.child.kill();
                    panic!("it does not end");
                }
            }
        }
        let mut stderr = String::new();
        self.child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("text");
        (self.child.wait().expect("ends").code(), lines, stderr)
    }
}

/// The same frames in another format: a section, an interface, a block each.
fn pcapng(pcap: &[u8]) -> Vec<Vec<u8>> {
    let block = |kind: u32, body: &[u8]| {
        let length = u32::try_from(12 + body.len().next_multiple_of(4)).expect("small");
        let mut block = [&kind.to_le_bytes()[..], &length.to_le_bytes(), body].concat();
        block.resize(block.len().next_multiple_of(4), 0);
        [block, length.to_le_bytes().to_vec()].concat()
    };
    let section = [&0x1a2b_3c4d_u32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xff; 8]].concat();
    let mut blocks =
        vec![[block(0x0a0d_0d0a, &section), block(1, &[1, 0, 0, 0, 0, 0, 4, 0])].concat()];
    for frame in records(pcap).into_iter().skip(1) {
        let (header, data) = frame.split_at(16);
        let body = [&[0; 12][..], &header[8..], data].concat();
        blocks.push(block(6, &body));
    }
    blocks
}

/// The header of a pcap file, and its records.
fn records(pcap: &[u8]) -> Vec<Vec<u8>> {
    let (header, mut rest) = pcap.split_at(24);
    let mut records = vec![header.to_vec()];
    while !rest.is_empty() {
        let length = u32::from_le_bytes(rest[8..12].try_into().expect("four")) as usize;
        let (record, behind) = rest.split_at(16 + length);
        records.push(record.to_vec());
        rest = behind;
    }
    records
}

fn append(path: &Path, octets: &[u8]) {
    let mut file = OpenOptions::new().append(true).open(path).expect("a file");
    file.write_all(octets).expect("writes");
}

/// Each frame is shown once it is whole, in files of both formats.
#[test]
fn a_file_that_grows() {
    let pcap = capture(SHAPES);
    for parts in [records(&pcap), pcapng(&pcap)] {
        let directory = tempfile::tempdir().expect("a folder");
        let path = directory.path().join("a.pcap");
        // Not even the header is whole.
        fs::write(&path, &parts[0][..3]).expect("writes");
        let running = Running::start(&["decode", "--follow", path.to_str().expect("text")]);
        append(&path, &parts[0][3..]);
        for (number, part) in (1..).zip(&parts[1..]) {
            let (half, rest) = part.split_at(part.len() / 2);
            append(&path, half);
            append(&path, rest);
            let line = running.line();
            assert_eq!(line.split_whitespace().next(), Some(&*number.to_string()), "{line}");
        }
        // Half of one is not shown, and no damage.
        append(&path, &parts[1][..20]);
        let (code, lines, stderr) = running.end("-INT");
        assert_eq!((code, lines, stderr.as_str()), (Some(130), vec![], ""));
    }
}

#[test]
fn a_file_that_is_replaced_or_truncated() {
    let parts = records(&capture(SHAPES));
    let whole = |n: usize| parts[..=n].concat();
    let directory = tempfile::tempdir().expect("a folder");
    let path = directory.path().join("a.pcap");
    fs::write(&path, [&whole(3)[..], &parts[4][..9]].concat()).expect("writes");
    let running = Running::start(&["decode", "--follow", path.to_str().expect("text")]);
    for _ in 0..3 {
        running.line();
    }
    // Another file, made whole before it gets the name.
    let new = directory.path().join("new");
    fs::write(&new, whole(2)).expect("writes");
    fs::rename(&new, &path).expect("renames");
    assert!(running.line().starts_with("    1 "));
    running.line();
    fs::write(&path, whole(1)).expect("writes");
    assert!(running.line().starts_with("    1 "));
    let (code, lines, stderr) = running.end("-TERM");
    assert_eq!((code, lines), (Some(143), vec![]));
    let said: Vec<_> = stderr.lines().map(|line| line.rsplit("a.pcap: ").next()).collect();
    let expected = ["replaced: now the new one", "truncated: from its start again"];
    assert_eq!(said, expected.map(Some), "{stderr}");
}

/// What was counted until Ctrl-C is told: of a file, and of a pipe.
#[test]
fn a_report_at_the_end() {
    let pcap = capture(SHAPES);
    let directory = tempfile::tempdir().expect("a folder");
    let path = directory.path().join("a.pcap");
    fs::write(&path, &pcap).expect("writes");
    let path = path.to_str().expect("text");
    // A reader that has read all of it waits in its pause: lines say that it got there.
    let first = Running::start(&["decode", "--follow", path]);
    (0..10).for_each(|_| drop(first.line()));
    assert_eq!(first.end("-INT").0, Some(130));

    let mut running = Running::start(&["decode", "--summary", "--json", "-"]);
    let mut stdin = running.child.stdin.take().expect("piped");
    stdin.write_all(&pcap).expect("writes");
    // More than the pipe holds: the reader has taken what was before it.
    let many = records(&pcap)[1].repeat(4000);
    stdin.write_all(&many).expect("writes");
    let (code, lines, stderr) = running.end("-INT");
    assert_eq!((code, stderr.as_str()), (Some(130), ""));
    let summary = values(lines.join("\n").as_bytes()).remove(0);
    assert!(summary["datagrams"].as_u64().expect("a number") >= 10, "{summary}");
    drop(stdin);
}

/// Where a pipe was read before, a file ends by Ctrl-C as any other does.
#[test]
fn a_file_after_a_pipe() {
    let directory = tempfile::tempdir().expect("a folder");
    let path = directory.path().join("never");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo").success());
    let text = path.to_str().expect("text");
    let mut running = Running::start(&["decode", "--summary", "-", text]);
    let mut stdin = running.child.stdin.take().expect("piped");
    stdin.write_all(&capture(SHAPES)).expect("writes");
    drop(stdin);
    // It waits for a reader: the pipe is at its end.
    let writer = OpenOptions::new().write(true).open(&path).expect("a reader");
    let (code, lines, _) = running.end("-INT");
    assert_eq!((code, lines), (Some(130), vec![]));
    drop(writer);
}

/// A folder with a program that stands for one that captures.
fn program(name: &str, script: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a folder");
    let path = directory.path().join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}")).expect("writes");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a program");
    (directory, path)
}

fn with_path(args: &[&str], path: &Path) -> std::process::Command {
    let mut command = mailslot(args);
    command.env("PATH", path);
    command
}

#[test]
fn an_interface_through_dumpcap() {
    let (directory, program) = program(
        "dumpcap",
        "PATH=/usr/bin:/bin\nprintf '%s|' \"$@\" >\"${0%/*}/arguments\"\necho \"Capturing on '$2'\" >&2\ncat \"${0%/*}/a.pcap\"\n",
    );
    let folder = program.parent().expect("a folder");
    fs::write(folder.join("a.pcap"), capture(SHAPES)).expect("writes");
    let outcome = run_command(with_path(&["decode", "--interface", "eth7"], folder), b"");
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.text().lines().count(), 10);
    assert_eq!(outcome.stderr, "capturing on eth7 by dumpcap\n");
    let arguments = fs::read_to_string(folder.join("arguments")).expect("arguments");
    assert!(arguments.starts_with("-i|eth7|-q|-w|-|-f|udp portrange 137-138 or "), "{arguments}");
    drop(directory);
}

/// It ends by Ctrl-C, and so does the program, which is told to.
#[test]
fn an_interface_until_ctrl_c() {
    let script = "PATH=/usr/bin:/bin\ncat \"${0%/*}/a.pcap\"\ntrap 'echo ended >\"${0%/*}/ended\"; exit 0' INT\n\
                  mkfifo \"${0%/*}/never\"\nexec 3<>\"${0%/*}/never\"\nread line <&3\n";
    let (directory, program) = program("dumpcap", script);
    let folder = program.parent().expect("a folder");
    fs::write(folder.join("a.pcap"), capture(SHAPES)).expect("writes");
    let mut command = with_path(&["decode", "-i", "eth7"], folder);
    let mut child = command.spawn().expect("starts");
    let lines = lines_of(child.stdout.take().expect("piped"));
    let running = Running { child, lines };
    (0..10).for_each(|_| drop(running.line()));
    let (code, lines, _) = running.end("-INT");
    assert_eq!((code, lines), (Some(130), vec![]));
    drop(directory);
}

/// It ends where nobody reads what it shows, though the program then has more to write than the pipe
/// to it holds.
#[test]
fn an_interface_whose_reader_is_gone() {
    let script = "PATH=/usr/bin:/bin\ntrap 'yes | head -c 4000000; exit 0' INT\n\
                  mkfifo \"${0%/*}/never\"\nexec 3<>\"${0%/*}/never\"\ncat \"${0%/*}/a.pcap\"\n\
                  read line <&3\n";
    let (directory, program) = program("dumpcap", script);
    let folder = program.parent().expect("a folder");
    fs::write(folder.join("a.pcap"), capture(SHAPES)).expect("writes");
    let mut child = with_path(&["decode", "-i", "eth7"], folder).spawn().expect("starts");
    drop(child.stdout.take());
    let pid = child.id().to_string();
    let (sender, ended) = channel();
    std::thread::spawn(move || sender.send(child.wait().expect("ends").code()));
    let code = ended.recv_timeout(PATIENCE);
    if code.is_err() {
        let _ = std::process::Command::new("kill").args(["-KILL", &pid]).status();
    }
    assert_eq!(code, Ok(Some(0)));
    drop(directory);
}

#[test]
fn an_interface_that_cannot_be_captured() {
    let refused = |script: &str| {
        let (_directory, program) = program("dumpcap", script);
        let folder = program.parent().expect("a folder");
        let outcome = run_command(with_path(&["decode", "-i", "eth7"], folder), b"");
        outcome.refused(3).to_owned()
    };
    let error = refused(
        "echo \"The capture session could not be initiated (You don't have permission to capture on that device)\" >&2\nexit 1\n",
    );
    assert!(error.contains("eth7") && error.contains("setcap"), "{error}");
    let error = refused("echo 'dumpcap: There is no device: No such device exists' >&2\nexit 1\n");
    assert!(error.contains("ip -brief link"), "{error}");
    let error = refused("exit 3\n");
    assert!(error.contains("it says nothing of the reason"), "{error}");
    // Neither program.
    let empty = tempfile::tempdir().expect("a folder");
    let outcome = run_command(with_path(&["decode", "-i", "eth7"], empty.path()), b"");
    let error = outcome.refused(3);
    for name in ["dumpcap", "tcpdump", "wireshark-common", "wireshark-cli"] {
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn an_interface_through_tcpdump() {
    let (directory, program) =
        program("tcpdump", "PATH=/usr/bin:/bin\nprintf '%s|' \"$@\" >&2\ncat \"${0%/*}/a.pcap\"\n");
    let folder = program.parent().expect("a folder");
    fs::write(folder.join("a.pcap"), capture(SHAPES)).expect("writes");
    let args = ["decode", "-i", "eth7", "--slot", "browse", "--summary"];
    let outcome = run_command(with_path(&args, folder), b"");
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(outcome.text().starts_with("1 datagram from "), "{}", outcome.text());
    let said = "capturing on eth7 by tcpdump\neth7: 1 of 10 datagrams counted\n";
    assert_eq!(outcome.stderr, said);
    drop(directory);
}

/// `mailslot decode --follow ... | head -n 1`: nothing is written any more that could tell.
#[test]
fn ends_with_its_reader() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), capture(SHAPES)).expect("written");
    let path = file.path().to_str().expect("text");
    for report in [&[][..], &["--slot", "alerts"]] {
        let args = [&["decode", "--follow", path], report].concat();
        let mut child = mailslot(&args).spawn().expect("starts");
        let mut output = BufReader::with_capacity(16, child.stdout.take().expect("piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("a line");
        assert!(line.contains("alerts"), "{line}");
        drop(output);
        let stderr = child.stderr.take().expect("piped");
        let (ended, end) = channel();
        std::thread::spawn(move || {
            let said = std::io::read_to_string(stderr);
            let _ = ended.send(said);
        });
        let said = end.recv_timeout(PATIENCE);
        if said.is_err() {
            let _ = child.kill();
        }
        assert_eq!(said.expect("it ends").expect("text"), "", "{args:?}");
        assert_eq!(child.wait().expect("ends").code(), Some(0), "{args:?}");
    }
}
