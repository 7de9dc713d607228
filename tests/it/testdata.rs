//! The router, and the codec of the name service, against testdata: what each twin expects of its datagrams.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mailslot::node::{Config, Disposition, Node, Owned, Received};
use mailslot::slot::Table;
use mailslot::time::Instant;
use mailslot::wire::datagram::{Body, Datagram};
use mailslot::wire::nbns::Packet;
use mailslot::wire::smb::MailslotWrite;

use crate::fuzz::seeds::{NBNS, payloads};
use crate::fuzz::targets;
use crate::node::{SENDER, US};
use crate::wire::laws::check_any;

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// What became of a datagram, in the words of the twins.
fn outcome(node: &mut Node, now: Instant, payload: &[u8]) -> String {
    let disposition = node.input(now, Received { interface: 0, from: SENDER, to: US, payload });
    let mut words = match disposition {
        Disposition::Held => return "held".into(),
        Disposition::Dropped { reason, error: None } => return format!("dropped {reason}"),
        Disposition::Dropped { reason, error: Some(error) } => {
            return format!("dropped {reason} {} {}", error.field, error.offset);
        }
        Disposition::Delivered(slot) | Disposition::Observed(slot) => {
            let size = slot.info().next_size.expect("a message");
            vec!["delivered".to_owned(), slot.name().to_string(), size.to_string()]
        }
    };
    let decoded = Datagram::decode(payload).expect("it was delivered");
    if let (Body::Data(data), false) = (decoded.value.body, decoded.value.is_fragment()) {
        let at = payload.len() - data.user_data.len();
        let write = MailslotWrite::decode_at(payload, at).expect("it was delivered");
        let mut notes = decoded.notes;
        notes.merge(write.notes);
        words.extend(notes.iter().map(|note| note.name().to_owned()));
    }
    words.join(" ")
}

#[test]
fn the_twins_are_right() {
    let mut cases = 0;
    let mut wrong = Vec::new();
    for folder in ["rfc1002", "ms-mail"] {
        for entry in fs::read_dir(testdata().join(folder)).expect("a folder of testdata") {
            let twin = entry.expect("an entry").path();
            if twin.extension().is_none_or(|extension| extension != "txt") {
                continue;
            }
            let text = fs::read_to_string(&twin).expect("a twin");
            let expected: Vec<_> =
                text.lines().filter_map(|line| line.strip_prefix("expect: ")).collect();
            if expected.is_empty() {
                continue;
            }
            let data = ["hex", "pcap"].map(|extension| twin.with_extension(extension));
            let data = data.iter().find(|path| path.exists()).expect("a twin has its data");
            let mut config = Config::default();
            config.owned = Owned::Any;
            config.create_slots = usize::MAX;
            config.reassemble = true;
            let mut node = Node::new(config, Arc::new(Table::new()));
            let mut servers = Vec::new();
            let mut found = Vec::new();
            for (i, (_, payload)) in (0..).zip(payloads(data)) {
                found.push(outcome(&mut node, Instant::from_millis(1000 + i), &payload));
                servers.extend(std::iter::from_fn(|| node.poll_event()));
            }
            node.finish();
            if found != expected {
                wrong.push(format!("{}: {found:?}, not {expected:?}", data.display()));
            }
            cases += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases > 90, "{cases} cases");
}

/// What a packet of the name service is, in the words of the twins.
fn packet(payload: &[u8]) -> String {
    match Packet::decode(payload) {
        Err(error) => format!("refused {} {}", error.field, error.offset),
        Ok(decoded) => {
            let notes = decoded.notes.iter().map(|note| format!(" {}", note.name()));
            format!("{}{}", decoded.value.kind().name(), notes.collect::<String>())
        }
    }
}

#[test]
fn the_twins_of_the_name_service_are_right() {
    let mut cases = 0;
    for entry in fs::read_dir(testdata().join("synthetic")).expect("a folder of testdata") {
        let data = entry.expect("an entry").path();
        if data.extension().is_none_or(|extension| extension != "hex") {
            continue;
        }
        for (_, payload) in payloads(&data).iter().filter(|(port, _)| *port == NBNS) {
            let twin = fs::read_to_string(data.with_extension("txt")).expect("a twin");
            let expected = twin.lines().find_map(|line| line.strip_prefix("expect: "));
            assert_eq!(Some(packet(payload).as_str()), expected, "{}", data.display());
            cases += 1;
        }
    }
    assert!(cases >= 25, "{cases} cases");
}

/// Every payload cut at every octet: an error with a place within, or a value that is stable.
#[test]
fn every_prefix_is_read_or_refused_with_its_place() {
    let mut prefixes = 0;
    let mut folders = vec![testdata()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of testdata") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                // What Samba said differs little from frame to frame.
                if path.file_name().is_some_and(|name| name != "samba") {
                    folders.push(path);
                }
            } else if path
                .extension()
                .is_some_and(|extension| extension == "hex" || extension == "pcap")
            {
                for (port, payload) in payloads(&path) {
                    let check = if port == NBNS { targets::nbns as fn(&[u8]) } else { check_any };
                    for end in 0..=payload.len() {
                        check(&payload[..end]);
                        prefixes += 1;
                    }
                }
            }
        }
    }
    assert!(prefixes > 10_000, "{prefixes}");
}
