//! Pipes that somebody closes, and pipes that somebody waits at.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::sync::mpsc;
use std::time::Duration;

use super::{SHAPES, capture, mailslot, records};

/// More than a pipe holds, so that there is something left to write.
fn many() -> String {
    format!("{}\n", SHAPES.lines().nth(1).expect("a line")).repeat(5000)
}

/// `mailslot ... | head -n 1`
fn head(args: &[&str], stdin: Vec<u8>) {
    let mut child = mailslot(args).spawn().expect("starts");
    let mut input = child.stdin.take().expect("piped");
    let writer = std::thread::spawn(move || drop(input.write_all(&stdin)));
    let mut output = BufReader::with_capacity(16, child.stdout.take().expect("piped"));
    let mut line = String::new();
    output.read_line(&mut line).expect("works");
    assert!(!line.is_empty());
    drop(output);
    let mut stderr = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("works");
    assert_eq!((child.wait().expect("ends").code(), stderr.as_str()), (Some(0), ""), "{args:?}");
    writer.join().expect("works");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let lines = many();
    let capture = capture(&lines);
    for args in [&["decode", "-"][..], &["decode", "-v", "-"], &["decode", "--json", "-"]] {
        head(args, capture.clone());
    }
    head(&["encode", "--json"], records(&capture));
    // Here several threads work for it.
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), &capture).expect("written");
    head(&["decode", "--json", file.path().to_str().expect("text")], Vec::new());
}

/// What came is shown before more comes.
fn shows_at_once(args: &[&str], stdin: &[u8]) {
    let mut child = mailslot(args).spawn().expect("starts");
    let mut input = child.stdin.take().expect("piped");
    input.write_all(stdin).expect("works");
    let (shown, wait) = mpsc::channel();
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    let reader = std::thread::spawn(move || {
        let mut line = String::new();
        output.read_line(&mut line).expect("works");
        shown.send(line).expect("works");
    });
    let line = wait.recv_timeout(Duration::from_secs(30));
    drop(input);
    reader.join().expect("works");
    assert!(child.wait().expect("ends").success());
    assert!(line.is_ok(), "nothing shown while the pipe was open: {args:?}");
}

#[test]
fn a_live_pipe_is_shown_at_once() {
    let line = SHAPES.lines().nth(1).unwrap().to_owned() + "\n";
    let capture = capture(&line);
    shows_at_once(&["decode", "-"], &capture);
    shows_at_once(&["decode", "--json", "-"], &capture);
    shows_at_once(&["encode", "--json"], line.as_bytes());
}
