//! `mailslot decode`: exit codes, what goes where, what a terminal may see.

mod carriers;
mod filters;
#[cfg(target_os = "linux")]
mod live;
mod pasted;
mod survey;

use super::{SHAPES, capture, run};

/// The ways to show a capture.
const MODES: [&[&str]; 3] = [&["decode"], &["decode", "-v"], &["decode", "--json"]];

fn decode(mode: &[&str], capture: &[u8]) -> super::Outcome {
    run(&[mode, &["-"]].concat(), capture)
}

#[test]
fn a_file_and_standard_input_show_the_same() {
    let capture = capture(SHAPES);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a.pcap");
    std::fs::write(&file, &capture).unwrap();
    for mode in MODES {
        let piped = decode(mode, &capture).ok();
        assert!(!piped.is_empty());
        assert_eq!(run(&[mode, &[file.to_str().unwrap()]].concat(), b"").ok(), piped);
    }
}

/// A file of many datagrams is shown by several threads, standard input by one.
#[test]
fn many_are_shown_in_their_order() {
    const FILE_HEADER: usize = 24;
    let office = std::fs::read("testdata/office.pcap").unwrap();
    let (header, frames) = office.split_at(FILE_HEADER);
    let many = [header, &frames.repeat(300)].concat();
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    for cut in [0, 1] {
        let many = &many[..many.len() - cut];
        std::fs::write(path, many).unwrap();
        for mode in MODES.into_iter().chain([&["decode", "--slot", "chat"][..]]) {
            let piped = decode(mode, many);
            let shown = run(&[mode, &[path]].concat(), b"");
            assert_eq!(shown.code, Some(if cut == 0 { 0 } else { 5 }));
            assert!(shown.text().lines().count() > 300, "{}", shown.text().lines().count());
            assert!(shown.stdout == piped.stdout, "{mode:?} {cut}");
            let said = piped.stderr.replace("standard input: ", "FILE: ");
            assert_eq!(shown.stderr.replace(&format!("{path}: "), "FILE: "), said);
        }
    }
}

/// What waits for fragments at the end comes in the order of the frames, and so do drops.
#[test]
fn fragments_alone_come_in_their_order() {
    let line = |n: usize| {
        format!(
            r#"{{"src":"192.0.2.{n}:138","dst":"192.0.2.255:138","type":"direct_group","flags":3,"dgm_id":{n},"dgm_length":400,"source_name":{{"name":"WINBOX","suffix":"00"}},"destination_name":{{"name":"OFFICE","suffix":"00"}},"slot":"a","data":"00"}}"#
        )
    };
    let numbers: Vec<usize> = (1..=20).collect();
    let capture = capture(&numbers.iter().map(|n| line(*n) + "\n").collect::<String>());
    let frames: Vec<_> = super::values(&decode(&["decode", "--json"], &capture).ok());
    let frames: Vec<_> = frames.iter().map(|frame| frame["frame"].as_u64()).collect();
    assert_eq!(frames, numbers.iter().map(|&n| Some(n as u64)).collect::<Vec<_>>());
    let drops = super::values(&run(&["replay", "--json", "-"], &capture).ok());
    let drops: Vec<_> = drops.iter().filter(|drop| drop["event"] == "drop").collect();
    let dropped: Vec<_> = drops.iter().filter_map(|drop| drop["address"].as_str()).collect();
    assert_eq!(dropped, numbers.iter().map(|n| format!("192.0.2.{n}:138")).collect::<Vec<_>>());
}

#[test]
fn a_line_each() {
    let lines = decode(MODES[0], &capture(SHAPES)).ok();
    let lines = String::from_utf8(lines).unwrap();
    assert_eq!(lines.lines().count(), 10);
    let first = "    1  09:14:02.118  WINBOX<00> -> LINUXBOX<00>        alerts        \"backup\"";
    assert_eq!(lines.lines().next(), Some(first));
}

/// Frames before the damage are shown, then the error is told.
#[test]
fn damaged_captures() {
    let capture = capture(SHAPES);
    for mode in MODES {
        let whole = decode(mode, &capture).ok();
        let cut = decode(mode, &capture[..capture.len() - 1]);
        assert_eq!(cut.code, Some(5));
        assert!(whole.starts_with(&cut.stdout));
        assert!(cut.stdout.len() * 10 > whole.len() * 8, "nine of ten: {}", cut.text());
        assert!(cut.stderr.starts_with("error: standard input: "), "{}", cut.stderr);
        assert_eq!(cut.stderr.lines().count(), 1);
    }
    for nonsense in [&b""[..], b"\x0a", b"no capture at all, just some text"] {
        decode(MODES[0], nonsense).refused(5);
    }
}

#[test]
fn one_bad_file_of_several() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let capture = capture(SHAPES);
    std::fs::write(path("good"), &capture).unwrap();
    std::fs::write(path("bad"), &capture[..capture.len() - 1]).unwrap();
    let outcome = run(&["decode", &path("bad"), &path("none"), &path("good")], b"");
    // Each under its name, which one that is not there does not get.
    assert_eq!(outcome.text().lines().count(), 1 + 9 + 1 + 10);
    assert_eq!(outcome.stderr.lines().count(), 2, "{}", outcome.stderr);
    assert_eq!(outcome.code, Some(2), "that of the last");
}

#[test]
fn usage() {
    run(&["decode"], b"").refused(2);
    run(&["decode", "no/such/file"], b"").refused(2);
    run(&["decode", "."], b"").refused(2);
    run(&["decode", "-v", "--json", "-"], b"").refused(2);
    run(&["decode", "--code-page", "1252", "-"], b"").refused(2);
    run(&["unwrite"], b"").refused(2);
}

/// A capture without NetBIOS is no error: its emptiness is said, but not as data.
#[test]
fn nothing_to_show() {
    let outcome = decode(MODES[0], &capture(""));
    assert_eq!((outcome.code, outcome.text()), (Some(0), ""));
    assert_eq!(outcome.stderr, "standard input: no NetBIOS datagram in 0 frames\n");
}

/// Whoever sends a datagram must not move the cursor of whoever looks at it.
#[test]
fn control_characters_are_escaped() {
    let hostile = |field: &str| {
        let name = |text: &str| format!(r#"{{"name":"{text}","suffix":"00"}}"#);
        let nasty = r"a\u001b[2J\u0007\u007f\r\nb";
        let (mut source, mut destination) = (name("A"), name("B"));
        let (mut slot, mut more) = ("x", String::new());
        let mut data = "78".to_owned();
        match field {
            "source" => source = name(nasty),
            "destination" => destination = name(nasty),
            "scope" => {
                let scope = r"a\\x1b[2J\\x0a\\x9b";
                source = format!(r#"{{"name":"A","suffix":"00","scope":"{scope}"}}"#);
            }
            "slot" => slot = nasty,
            "wide slot" => {
                slot = r"a\u001b[2J\u009b31m\n\u202e";
                more = r#","unicode":true"#.into();
            }
            "text" => data = hex::encode("a\tb\r\nc"),
            "escape" => data = hex::encode("a\x1b[2J"),
            "wide text" => data = "61002e2022002000".into(),
            "bidi text" => data = hex::encode("a\u{202e}b\u{2066}c"),
            _ => data = hex::encode("a\u{9b}31m"),
        }
        format!(
            r#"{{"source_name":{source},"destination_name":{destination},"slot":"{slot}","data":"{data}"{more}}}"#
        )
    };
    for field in [
        "source",
        "destination",
        "scope",
        "slot",
        "wide slot",
        "text",
        "escape",
        "wide text",
        "bidi text",
        "c1 text",
    ] {
        let capture = capture(&hostile(field));
        for encoding in ["auto", "utf8", "utf16le", "oem"] {
            for mode in &MODES {
                let outcome = decode(&[mode, &["--encoding", encoding][..]].concat(), &capture);
                let shown = String::from_utf8(outcome.ok()).unwrap();
                for line in shown.lines() {
                    let odd = |c: char| {
                        c.is_control()
                            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
                            || matches!(c, '\u{2066}'..='\u{2069}')
                    };
                    assert_eq!(line.find(odd), None, "{field} {mode:?}: {line:?}");
                }
                if mode.len() == 1 {
                    assert_eq!(shown.lines().count(), 1, "{shown}");
                }
                assert!(!shown.is_empty());
            }
        }
    }
}
