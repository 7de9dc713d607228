//! `encode --json` is the inverse of `decode --json`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{SHAPES, capture, records, run, values};

/// The UDP payloads as lines of hex digits.
fn payloads(lines: &[u8]) -> String {
    let text = run(&["encode", "--json"], lines).ok();
    String::from_utf8(text).expect("hex digits")
}

#[test]
fn every_shape_comes_back() {
    let first = capture(SHAPES);
    let lines = records(&first);
    let shapes = values(&lines);
    assert_eq!(shapes.len(), 10);
    assert_eq!((&shapes[2]["padding"], &shapes[7]["missing"]), (&"0101".into(), &100.into()));
    assert_eq!(payloads(&lines), payloads(SHAPES.as_bytes()));
    let again = capture(std::str::from_utf8(&lines).unwrap());
    assert_eq!(hex::encode(&again), hex::encode(&first), "times and addresses too");
}

/// Without `raw`, for what no sender does but fields can say.
#[test]
fn shapes_are_said_by_their_fields() {
    let lines = values(&records(&capture(SHAPES)));
    let raw: Vec<u64> = lines
        .iter()
        .filter(|line| line.get("raw").is_some())
        .map(|line| line["frame"].as_u64().unwrap())
        .collect();
    assert_eq!(raw, [8, 9, 10]);
}

/// Each octet of a frame changed, and each prefix of it: a datagram is never lost or altered.
#[test]
fn damaged_datagrams_come_back() {
    let frame = payloads(SHAPES.lines().nth(1).unwrap().as_bytes());
    let frame = hex::decode(frame.trim_end()).unwrap();
    let mut lines = String::new();
    let mut port = 1000;
    let mut line = |payload: &[u8]| {
        // A port each, so that no two pass for fragments of one datagram.
        port += 1;
        let raw = hex::encode(payload);
        writeln!(lines, r#"{{"src":"192.0.2.1:{port}","dst":"192.0.2.2:138","raw":"{raw}"}}"#)
            .unwrap();
    };
    for at in 0..frame.len() {
        line(&frame[..at]);
        for change in [0x01, 0x80, 0xff] {
            let mut payload = frame.clone();
            payload[at] ^= change;
            line(&payload);
        }
    }
    let sorted = |lines: &[u8]| {
        let payloads = payloads(lines);
        let mut payloads: Vec<String> = payloads.lines().map(Into::into).collect();
        payloads.sort_unstable();
        payloads
    };
    let decoded = records(&capture(&lines));
    assert_eq!(sorted(&decoded), sorted(lines.as_bytes()));
    let canonical = values(&decoded).iter().filter(|line| line.get("raw").is_none()).count();
    assert!(canonical > frame.len(), "fields say most changes: {canonical}");
}

#[test]
fn fragments_come_back_as_fragments() {
    let message = "x".repeat(300);
    let args = ["encode", "--from", "A", "--to", "B:x", "--fragment", "150", "--format", "pcap"];
    let first = run(&[&args[..], &[&message]].concat(), b"").ok();
    let again = capture(std::str::from_utf8(&records(&first)).unwrap());
    assert_eq!(hex::encode(again), hex::encode(first));
}

#[test]
fn bad_lines_are_named() {
    let good = SHAPES.lines().nth(1).unwrap();
    for (bad, place) in [
        ("{", "column 1: EOF while parsing an object"),
        ("[]", "not a JSON object"),
        (r#"{"schema":2}"#, "schema: 2 is not known"),
        (r#"{"frame":1,"sl\u001bt":"x"}"#, r"sl\x1bt: unknown field"),
        (r#"{"frame":1,"dgm_id":65536}"#, "dgm_id: invalid value: integer `65536`"),
        (r#"{"frame":1,"dgm_id":1,"dgm_id":1}"#, "duplicate field `dgm_id`"),
        (r#"{"time":"noon"}"#, "time: "),
        (r#"{"raw":"0"}"#, "raw: "),
        (r#"{"data":"xx"}"#, "data: hex digits"),
        (r#"{"data":""}"#, "source_name: missing"),
        (r#"{"type":"letter","data":""}"#, r#"type: "letter" is no datagram type"#),
    ] {
        let lines = format!("\n{good}\n{bad}\n{good}\n");
        let outcome = run(&["encode", "--json"], lines.as_bytes());
        assert_eq!(outcome.code, Some(5), "{bad}");
        assert_eq!(outcome.text(), payloads(good.as_bytes()), "the lines before: {bad}");
        let start = format!("error: standard input: line 3: {place}");
        assert!(outcome.stderr.starts_with(&start), "{bad}: {}", outcome.stderr);
    }
    let endless = vec![b' '; 1 << 21];
    assert!(run(&["encode", "--json"], &endless).refused(5).contains("line 1: more than 1048576"));
    let long = format!(r#"{{"raw":"{}"}}"#, "00".repeat(65_508));
    for format in ["hex", "raw"] {
        let outcome = run(&["encode", "--json", "--format", format], long.as_bytes());
        assert!(outcome.refused(5).contains("65508 octets of UDP payload, at most 65507"));
    }
    assert!(run(&["encode", "--json", "no/such"], b"").refused(2).contains("no/such: "));
}

/// A record by hand needs no more than names, mailslot and data.
#[test]
fn what_is_left_out_gets_usual_values() {
    let name = |name: &str| format!(r#"{{"name":"{name}","suffix":"00"}}"#);
    let (source, destination) = (name("WINBOX"), name("LINUXBOX"));
    let line = format!(
        r#"{{"source_name":{source},"destination_name":{destination},"slot":"alerts","data":"78","dgm_id":32769}}"#
    );
    let args = ["encode", "--from", "WINBOX", "--to", "LINUXBOX:alerts", "--format", "pcap", "x"];
    assert_eq!(hex::encode(capture(&line)), hex::encode(run(&args, b"").ok()));
}

#[test]
fn nothing_in_nothing_out() {
    assert_eq!(run(&["encode", "--json"], b"").ok(), b"");
    assert_eq!(capture("").len(), 24, "a file header");
}

/// Captures of the repository, and of the directory that `MAILSLOT_CAPTURES` names.
fn captures() -> Vec<PathBuf> {
    let mut directories = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")];
    directories.extend(std::env::var_os("MAILSLOT_CAPTURES").map(PathBuf::from));
    let mut captures = Vec::new();
    while let Some(directory) = directories.pop() {
        let Ok(entries) = std::fs::read_dir(&directory) else { continue };
        for path in entries.map(|entry| entry.expect("readable").path()) {
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|end| end == "pcap" || end == "pcapng") {
                captures.push(path);
            }
        }
    }
    captures
}

/// Numbers of frames are those of the new file.
fn without_numbers(lines: &[u8]) -> Vec<Value> {
    let mut values = values(lines);
    for value in &mut values {
        let fields = value.as_object_mut().expect("an object");
        fields.remove("frame");
        fields.remove("fragments");
    }
    values
}

#[test]
fn real_captures_come_back() {
    for path in captures() {
        let name = path.display().to_string();
        let lines = run(&["decode", "--json", &name], b"").stdout;
        if lines.is_empty() {
            continue;
        }
        let again = records(&capture(std::str::from_utf8(&lines).unwrap()));
        let (before, after) = (without_numbers(&lines), without_numbers(&again));
        assert_eq!(before.len(), after.len(), "{name}");
        for (before, after) in before.iter().zip(&after) {
            // What came otherwise is encoded as the UDP datagram that it stands for.
            if before["transport"] == "udp" && before["quoted"].is_null() {
                assert_eq!(before, after, "{name}");
            }
        }
        assert!(payloads(&lines) == payloads(&again), "{name}");
    }
}
