//! What `stats --prometheus` writes, by the rules of its text format.

use std::collections::{HashMap, HashSet};

use super::network::Peer;
use super::{mailslot, run_command};

/// The samples of a text, by name and labels, as Prometheus reads it; panics where it would not.
fn samples(text: &str) -> HashMap<&str, u64> {
    let word = |text: &str| {
        !text.is_empty()
            && !text.starts_with(|c: char| c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    assert!(text.ends_with('\n'), "the last line ends too");
    let (mut helped, mut typed) = (HashSet::new(), HashMap::new());
    let (mut samples, mut current) = (HashMap::new(), "");
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').expect("a name and a text");
            assert!(word(name) && !help.contains('\\'), "{line}");
            // All lines of a metric are together.
            assert!(helped.insert(name), "twice: {line}");
            assert!(help.contains(' '), "it says nothing: {line}");
            current = name;
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').expect("a name and a type");
            assert_eq!(name, current, "{line}");
            assert_eq!(name.ends_with("_total"), kind == "counter", "{line}");
            assert!(["counter", "gauge"].contains(&kind), "{line}");
            assert_eq!(typed.insert(name, kind), None, "twice: {line}");
        } else {
            let (series, value) = line.rsplit_once(' ').expect("a sample");
            let (name, labels) = match series.split_once('{') {
                Some((name, labels)) => (name, labels.strip_suffix('}')),
                None => (series, Some("")),
            };
            assert_eq!(name, current, "{line}");
            assert!(typed.contains_key(name), "no type: {line}");
            let labels = labels.unwrap_or_else(|| panic!("labels without an end: {line}"));
            for label in labels.split(',').filter(|label| !label.is_empty()) {
                let (name, value) = label.split_once('=').expect("a label");
                let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
                let plain = |value: &str| !value.contains(['"', '\\', '\n']);
                assert!(word(name) && value.is_some_and(plain), "{line}");
            }
            let value = value.parse().unwrap_or_else(|error| panic!("{line}: {error}"));
            assert_eq!(samples.insert(series, value), None, "twice: {line}");
        }
    }
    assert_eq!(helped.len(), typed.len());
    samples
}

#[test]
fn prometheus_reads_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let on = |name: &str, args: &[&str]| {
        let mut command = mailslot(args);
        command.env("XDG_RUNTIME_DIR", folder.path()).env("MAILSLOT_NAME", name);
        command.env("MAILSLOT_LOOPBACK", "1").env("MAILSLOT_WORKGROUP", "PROMETHEUS");
        command
    };
    let mut recv = Peer::start(on("PROMA", &["recv", "--raw", "alerts"]));
    recv.wait_for("PROMA<00> is ours");
    recv.wait_for("PROMETHEUS<00> is ours");
    for target in ["PROMA:nobody", "PROMA:nobody", "PROMA:alerts"] {
        let sent = run_command(on("PROMB", &["send", target, "hi\n"]), b"");
        assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    }
    recv.read_until("hi");
    let stats = || run_command(on("PROMA", &["stats", "--prometheus"]), b"").ok();
    let text = String::from_utf8(stats()).expect("text");
    let samples = samples(&text);
    let value = |series: &str| samples.get(series).copied();
    assert_eq!(
        value("mailslot_datagrams_dropped_total{reason=\"no_such_slot\"}"),
        Some(2),
        "{text}"
    );
    assert_eq!(value("mailslot_datagrams_delivered_total"), Some(1), "{text}");
    // What falls is no counter.
    for gauge in ["slots", "octets", "messages_queued", "datagrams_held", "service_connections"] {
        assert!(value(&format!("mailslot_{gauge}")).is_some(), "{gauge}: {text}");
    }
}
