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

/// As jq and others write JSON for people to read.
#[test]
fn objects_of_several_lines() {
    let lines = records(&capture(SHAPES));
    let pretty: Vec<_> = values(&lines).iter().map(|value| format!("{value:#}")).collect();
    let pretty = pretty.join("\n");
    assert_eq!(payloads(pretty.as_bytes()), payloads(&lines));
    // Their braces need not be the last of them.
    let braces = SHAPES.replace("\"alerts\"", r#""{[\\\"""#);
    assert_ne!(braces, SHAPES);
    assert_eq!(payloads(braces.as_bytes()).lines().count(), 10);
    // A place is a line of the input, not of the object.
    let bad = pretty.replacen("\"dgm_id\": 2", "\"dgm_id\": 2,", 1);
    let at = 1 + bad.lines().position(|line| line.contains("2,,")).expect("a line");
    let outcome = run(&["encode", "--json"], bad.as_bytes());
    assert_eq!((outcome.code, outcome.text().lines().count()), (Some(5), 1));
    let start = format!("error: standard input: line {at}: column ");
    assert!(outcome.stderr.starts_with(&start), "{}", outcome.stderr);
    let array = format!("[{}]", SHAPES.lines().nth(1).unwrap());
    let outcome = run(&["encode", "--json"], array.as_bytes());
    assert!(outcome.refused(5).contains("hint: objects of an array"), "{}", outcome.stderr);
}

/// What is said twice, and changed where it does not count, is not passed over in silence.
#[test]
fn changes_that_do_not_count_are_refused() {
    let announcement = "010080fc0a00444953504154434800000000000000000a00031000000f0155aa6100";
    let line = SHAPES.lines().nth(2).unwrap().replace("\"0c\"", &format!("\"{announcement}\""));
    let lines = format!("{}\n{line}\n", SHAPES.trim());
    let lines = values(&records(&capture(&lines)));
    let (plain, raw, browse) = (&lines[0], &lines[8], &lines[10]);
    let query = "8c010110000100000000000020454f4542464443414341434143414341434143414341434143414341434141410000200001";
    let query = format!(r#"{{"protocol":"nbns","data":"{query}"}}"#);
    let packet = &values(&records(&capture(&query)))[0];
    assert_eq!(browse["body"]["kind"], "host_announcement", "{browse}");
    let refused = |line: &Value, place: &str, value: Value| {
        let mut line = line.clone();
        *line.pointer_mut(place).expect(place) = value;
        let outcome = run(&["encode", "--json"], line.to_string().as_bytes());
        outcome.refused(5).to_owned()
    };
    for (line, place, value, said) in [
        (plain, "/text", Value::from("x"), r#"text: "x", but data says "backup""#),
        (plain, "/slot", "x".into(), r#"slot: "x", but mailslot says "alerts""#),
        (plain, "/opcode", 2.into(), "opcode: 2, but a mailslot write has 1"),
        (browse, "/body/comment", "b".into(), r#"body.comment: "b", but data says "a""#),
        (browse, "/body/server_type", 1.into(), "body.server_type: 1, but data says 4099"),
        (packet, "/trn_id", 7.into(), "trn_id: 7, but data says 35841"),
        (packet, "/kind", "wack".into(), r#"kind: "wack", but data says "name_query_request""#),
    ] {
        let error = refused(line, place, value);
        assert!(error.starts_with(&format!("error: standard input: line 1: {said}")), "{error}");
        assert_eq!(error.contains("hint: "), place != "/opcode", "{error}");
    }
    let mut more = raw.clone();
    more["dgm_id"] = 7.into();
    let error = run(&["encode", "--json"], more.to_string().as_bytes());
    assert!(error.refused(5).contains("dgm_id: 7, but raw says nothing of it"), "{}", error.stderr);
    let mut more = plain.clone();
    more["trn_id"] = 7.into();
    let error = run(&["encode", "--json"], more.to_string().as_bytes());
    assert!(error.refused(5).contains("trn_id: of the name service"), "{}", error.stderr);
    // What is whole together, too.
    let message = "x".repeat(300);
    let args = ["encode", "--from", "A", "--to", "B:x", "--fragment", "150", "--format", "pcap"];
    let parts = values(&records(&run(&[&args[..], &[&message]].concat(), b"").ok()));
    let error = refused(&parts[0], "/slot", "y".into());
    assert!(error.contains(r#"slot: "y", but raw says "x""#), "{error}");
}

/// Where there is no `data`, the body counts, or the text.
#[test]
fn what_counts_without_data() {
    let line = values(&records(&capture(SHAPES))).remove(0);
    let with = |text: &str, encoding: Value| {
        let mut line = line.clone();
        let fields = line.as_object_mut().unwrap();
        assert!(fields.remove("data").is_some());
        fields.insert("text".into(), text.into());
        fields.insert("encoding".into(), encoding);
        run(&["encode", "--json"], line.to_string().as_bytes())
    };
    for (encoding, data) in
        [("utf-8".into(), "6dc3bc"), ("utf-16le".into(), "6d00fc00"), ("cp850".into(), "6d81")]
    {
        let text = String::from_utf8(with("mü", encoding).ok()).unwrap();
        assert!(text.trim_end().ends_with(data), "{text}");
    }
    assert!(with("m", "latin".into()).refused(5).contains(r#"encoding: "latin" is unknown"#));
    assert!(with("Ж", "cp850".into()).refused(5).contains("text: 'Ж' is not in code page 850"));
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
