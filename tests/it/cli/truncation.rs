//! What is left of a message that is cut, or changed at random, in JSON and as a tree.

use std::collections::HashSet;
use std::fmt::Write as _;

use serde_json::Value;

use super::{capture, run, values};
use crate::fuzz::{Random, mutate};
use crate::samples::{Sample, kinds, samples};

/// Where the second name begins, and the SMB, in a datagram without scopes.
const DESTINATION_NAME: usize = 48;
const SMB: usize = 82;
/// Behind the beginning of the SMB: its words, the mailslot's name.
const WORDS: usize = 32;
const MAILSLOT_NAME: usize = 69;

/// The records of a capture, and the tree of each; whatever is in it, the program goes to its end.
fn shown(capture: &[u8]) -> Vec<(Value, String)> {
    let outcomes = ["--json", "-v"].map(|form| run(&["decode", form, "-"], capture));
    for outcome in &outcomes {
        assert!(matches!(outcome.code, Some(0 | 5)), "{:?} {}", outcome.code, outcome.stderr);
    }
    let [records, trees] = outcomes;
    let trees: Vec<_> = trees.text().split("\n\n").filter(|tree| !tree.is_empty()).collect();
    let records = values(&records.stdout);
    assert_eq!(records.len(), trees.len());
    records.into_iter().zip(trees.into_iter().map(ToOwned::to_owned)).collect()
}

/// One line of JSON each, from a port each, so that no two pass for fragments of one datagram.
fn raw(payloads: &[Vec<u8>]) -> Vec<u8> {
    let mut lines = String::new();
    for (port, payload) in (1000..).zip(payloads) {
        let (port, raw) = (port % 60_000, hex::encode(payload));
        writeln!(lines, r#"{{"src":"192.0.2.1:{port}","dst":"192.0.2.2:138","raw":"{raw}"}}"#)
            .expect("a text");
    }
    capture(&lines)
}

/// A datagram that is whole, but for its message, which ends there.
fn with_message_cut(sample: &Sample, end: usize) -> Vec<u8> {
    let mut write = sample.write();
    write.data = &write.data[..end];
    let head = &sample.payload[..sample.smb_at];
    [head, &write.to_vec()].concat()
}

/// A field of a tree: its offset, the one behind it, its name, and its line.
struct Field<'t> {
    at: usize,
    end: usize,
    name: &'t str,
    line: &'t str,
}

/// The fields of a tree, of a datagram of so many octets.
fn fields(tree: &str, len: usize) -> Vec<Field<'_>> {
    let mut fields: Vec<Field<'_>> = Vec::new();
    for line in tree.lines().filter(|line| line.starts_with("    ")) {
        let Some(at) = line.get(4..8).and_then(|at| at.trim().parse().ok()) else { continue };
        let name = line[8..].split_whitespace().next().expect("a name");
        if let Some(before) = fields.last_mut() {
            before.end = at;
        }
        fields.push(Field { at, end: len, name, line });
    }
    fields
}

/// Octets that are needed for a field of the datagram to be there: blocks of fixed layout are read
/// as a whole.
fn needed(field: &Field<'_>, sample: &Sample) -> usize {
    let (smb, data_at) = (sample.smb_at, sample.data_at());
    let (words, mailslot_name) = (smb + WORDS, smb + MAILSLOT_NAME);
    match field.at {
        0..10 => 10,
        10..14 => 14,
        at if at < DESTINATION_NAME => DESTINATION_NAME,
        at if at < smb => smb,
        at if at < words => words,
        at if at < mailslot_name => mailslot_name,
        at if at < data_at => data_at,
        // Entries of a list are shown as a whole.
        at if field.name == "db_index" => at + 20,
        at if field.name == "large_serial_number" => at + 16,
        // What is cut is only taken for an address where it looks like one.
        at if field.name == "dc_sock_addr_size" => at + 3,
        _ => field.end,
    }
}

/// Forms that a message has by its last octets: what is cut can only be taken for the usual one.
fn is_guessed(sample: &Sample, field: &Field<'_>) -> bool {
    match &*sample.case {
        // The first form of Windows 2000 begins as that of Windows NT 4.
        "ms-adts/v5" => field.at >= sample.data_at() + 30,
        // The extended form with an opcode of the others; a mailslot for any answer, where what is no
        // whole one is nobody's; a browser's message to LAN Manager, which its signature tells.
        "ms-adts/v5ex-opcode-19"
        | "ms-adts/logon-response2-elsewhere"
        | "synthetic/lanman-host" => true,
        // Padding that only its end tells of.
        "ms-adts/sam-request-illumos" => field.at >= sample.data_at() + 49,
        // What the trailer announces, and what is behind it.
        "ms-adts/v5ex-site" | "ms-adts/v5ex-site-16" | "ms-adts/v5ex-surplus" => {
            ["next_closest_site_name", "surplus", "nt_version", "lm_nt_token"].contains(&field.name)
        }
        _ => field.name.ends_with("padding"),
    }
}

/// The fields before the cut are in the tree of what is left as they are in that of the whole, and in
/// its record.
fn has_what_it_had(
    sample: &Sample,
    whole: &(Value, String),
    left: &(Value, String),
    (from, end): (usize, usize),
) {
    let (record, tree) = left;
    let body = &record["body"];
    let body = body.get("damaged").unwrap_or(body);
    let lines: HashSet<_> = tree.lines().collect();
    for field in fields(&whole.1, sample.payload.len()) {
        let is_there = field.at >= from && needed(&field, sample) <= end;
        if !is_there || is_guessed(sample, &field) {
            continue;
        }
        assert!(
            lines.contains(field.line),
            "{} of {end} octets: no {:?} in\n{tree}",
            sample.case,
            field.line
        );
        let expected = &whole.0["body"][field.name];
        // Half a text, and a list, are less than the whole.
        if field.at >= sample.data_at() && !expected.is_null() && !expected.is_array() {
            assert_eq!(&body[field.name], expected, "{} of {end} octets: {record}", sample.case);
        }
    }
    if let Some(error) = record["error"]["offset"].as_u64() {
        assert!(error <= end as u64, "{record}");
    }
}

#[test]
fn a_message_cut_at_every_octet_shows_what_it_has() {
    for sample in samples() {
        let (data_at, len) = (sample.data_at(), sample.write().data.len());
        let mut payloads: Vec<_> = (0..len).map(|end| with_message_cut(&sample, end)).collect();
        payloads.push(sample.payload.clone());
        let mut shown = shown(&raw(&payloads));
        let whole = shown.pop().expect("the whole");
        for (end, left) in shown.iter().enumerate() {
            let record = &left.0;
            let places =
                ["type", "source_name", "destination_name", "mailslot", "opcode", "priority"];
            for place in places {
                assert_eq!(record[place], whole.0[place], "{}: {record}", sample.case);
            }
            let error = &record["error"];
            if !error.is_null() {
                let of_lan_manager = sample.case == "synthetic/lanman-host";
                let kind = if of_lan_manager { "lanman_announcement" } else { sample.kind };
                assert_eq!((&error["layer"], &error["kind"]), (&"body".into(), &kind.into()));
                assert!(error["offset"].as_u64() >= Some(data_at as u64), "{record}");
            }
            has_what_it_had(&sample, &whole, left, (data_at, data_at + end));
        }
    }
}

#[test]
fn a_datagram_cut_at_every_octet_shows_what_it_has() {
    let samples = samples();
    for kind in kinds() {
        let sample = samples.iter().find(|sample| sample.kind == kind).expect("one of each");
        assert_eq!(sample.smb_at, SMB, "no scopes");
        let len = sample.payload.len();
        let payloads: Vec<_> = (0..=len).map(|end| sample.payload[..end].to_vec()).collect();
        let mut shown = shown(&raw(&payloads));
        let whole = shown.pop().expect("the whole");
        for (end, left) in shown.iter().enumerate() {
            let record = &left.0;
            let smb = &["opcode", "priority", "class"][..];
            for (places, at) in [
                (&["type", "dgm_id", "source_ip"][..], 10),
                (&["source_name"], DESTINATION_NAME),
                (&["destination_name"], SMB),
                (smb, SMB + MAILSLOT_NAME),
                (&["mailslot", "slot"], sample.data_at()),
            ] {
                for place in places.iter().filter(|_| end >= at) {
                    assert_eq!(record[place], whole.0[place], "{end} octets: {record}");
                }
            }
            let notes = record["notes"].as_array().expect("a list");
            let is_told = !record["error"].is_null() || !notes.is_empty();
            assert!(is_told, "{end} of {len} octets: {record}");
            has_what_it_had(sample, &whole, left, (0, end));
        }
    }
}

#[test]
fn messages_changed_at_random_are_shown() {
    let mut random = Random(0x7368_6f77_6e00_0001);
    let mut payloads = Vec::new();
    for sample in samples() {
        for _ in 0..8 {
            let mut write = sample.write();
            let mut data = write.data.to_vec();
            mutate(&mut random, &mut data);
            write.data = &data;
            payloads.push([&sample.payload[..sample.smb_at], &write.to_vec()].concat());
        }
    }
    let shown = shown(&raw(&payloads));
    assert_eq!(shown.len(), payloads.len());
    for ((record, tree), payload) in shown.iter().zip(&payloads) {
        assert!(record["error"]["offset"].as_u64() <= Some(payload.len() as u64), "{record}");
        assert!(!tree.chars().any(|c| c.is_control() && c != '\n'), "{tree}");
    }
}
