//! What a terminal shows while a long capture is read.

use std::fs::File;
use std::io::Read as _;
use std::process::Stdio;

use nix::pty::{Winsize, openpty};

use super::mailslot;

/// What comes to a terminal of 80 columns, on standard error, and on standard output too or not.
fn terminal(args: &[&str], with_stdout: bool) -> String {
    let size = Winsize { ws_row: 25, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
    let pty = openpty(Some(&size), None).expect("a terminal");
    let mut command = mailslot(args);
    let copy = || Stdio::from(pty.slave.try_clone().expect("one more"));
    command.stdin(Stdio::null()).stdout(if with_stdout { copy() } else { Stdio::null() });
    command.stderr(pty.slave);
    let mut child = command.spawn().expect("starts");
    drop(command);
    let mut shown = Vec::new();
    // It ends with an error, once nobody has the other end.
    let _ = File::from(pty.master).read_to_end(&mut shown);
    assert!(child.wait().expect("ends").success());
    String::from_utf8(shown).expect("text")
}

#[test]
fn a_bar_where_nothing_else_is_shown() {
    const FILE_HEADER: usize = 24;
    const LONG: usize = 20 << 20;
    let office = std::fs::read("testdata/office.pcap").unwrap();
    let (header, frames) = office.split_at(FILE_HEADER);
    let many = [header, &frames.repeat(LONG / frames.len())].concat();
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("long"), many).unwrap();
    std::fs::write(path("short"), office).unwrap();
    for (args, with_stdout, bar) in [
        (&["replay", "--quiet", &*path("long")][..], true, true),
        (&["replay", &path("long")], false, true),
        (&["replay", "--slot", "none", &path("long")], true, false),
        (&["replay", "--quiet", &path("short")], true, false),
        (&["decode", "--summary", &path("short")], true, false),
    ] {
        let shown = terminal(args, with_stdout);
        let bars: Vec<_> =
            shown.split(['\r', '\n']).filter(|part| part.contains("frames/s")).collect();
        assert_eq!(!bars.is_empty(), bar, "{args:?} {with_stdout}");
        for bar in bars {
            let plain: String = bar.split("\x1b[").flat_map(|part| part.chars().skip(2)).collect();
            assert!(plain.chars().count() <= 80, "one line: {bar}");
            assert!(bar.contains(" of 20.00 MiB, ") || bar.contains(" of 19.99 MiB, "), "{bar}");
        }
    }
}
