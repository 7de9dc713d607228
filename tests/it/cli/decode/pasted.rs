//! Pasted octets.

use std::fmt::Write as _;

use serde_json::Value;

use super::super::{Outcome, run, values};

const MESSAGE: [&str; 6] =
    ["encode", "--from", "WINBOX", "--to", r"\\LINUXBOX\mailslot\alerts", "disk full"];

fn pasted(text: &str) -> Outcome {
    run(&["decode", "--hex", "--json"], text.as_bytes())
}

/// What is read, and what is said of it.
fn read(text: &str) -> (Vec<Value>, String) {
    let outcome = pasted(text);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    (values(&outcome.stdout), outcome.stderr)
}

fn digits() -> String {
    String::from_utf8(run(&MESSAGE, b"").ok()).expect("text").trim().to_owned()
}

/// The octets of a frame, from there on.
fn frame(cut: usize) -> String {
    let args = [&MESSAGE[..1], &["--format", "pcap"], &MESSAGE[1..]].concat();
    let file = run(&args, b"").ok();
    // The file's header and the record's.
    hex::encode(&file[24 + 16 + cut..])
}

#[test]
fn the_layer_is_found() {
    for (text, said) in [
        (digits(), "a UDP payload of the datagram service"),
        (frame(0), "an Ethernet frame"),
        (frame(14), "an IP packet"),
        (frame(34), "a UDP datagram"),
        (format!("0000000000000000000000000000{}", frame(12)), "a Linux cooked v1 frame"),
    ] {
        let (values, stderr) = read(&text);
        assert_eq!(stderr, format!("standard input: {said}\n"));
        assert_eq!(values.len(), 1);
        assert_eq!(values[0]["text"], "disk full");
        assert_eq!(values[0]["frame"], 1);
    }
    let (names, stderr) = read(
        "80010110 00010000 00000000 2043 4b41 4141 4141 4141 4141 4141 4141 4141 4141 4141 4141 \
         4141 4141 4141 4141 4100 0021 0001",
    );
    assert_eq!(stderr, "standard input: a UDP payload of the name service\n");
    assert_eq!(names[0]["questions"][0]["type"], "nbstat");
}

#[test]
fn several_of_several_layers() {
    let (values, stderr) = read(&format!("{}\n\n{}\n\n{}\n", digits(), frame(0), digits()));
    assert_eq!(values.len(), 3);
    let said = "standard input: an Ethernet frame, 2 UDP payloads of the datagram service\n";
    assert_eq!(stderr, said);
}

/// Whatever the dump looks like, the octets are the same.
#[test]
fn forms() {
    let octets = hex::decode(digits()).expect("digits");
    let each = |f: &dyn Fn(&u8) -> String| octets.iter().map(f).collect::<String>();
    let mut dump = String::new();
    for (i, line) in octets.chunks(16).enumerate() {
        let digits: Vec<_> = line.iter().map(|octet| format!("{octet:02x}")).collect();
        let shown = |&octet: &u8| match octet {
            0x20..0x7f => char::from(octet),
            _ => '.',
        };
        let text: String = line.iter().map(shown).collect();
        let digits = digits.join(" ");
        writeln!(dump, "{:04x}   {digits:<47}   {text}", i * 16).expect("a string takes all");
    }
    for text in [
        each(&|octet| format!("{octet:02X}:")),
        each(&|octet| format!("0x{octet:02x}, ")),
        format!("char pkt[] = {{ {} }};", each(&|octet| format!("0x{octet:02x}, "))),
        format!("\"{}\"", each(&|octet| format!("\\x{octet:02x}"))),
        dump,
    ] {
        assert_eq!(read(&text).0[0]["text"], "disk full", "{text}");
    }
}

#[test]
fn bad_octets() {
    let outcome = pasted(&format!("{}\n\n10 02 zz", digits()));
    assert_eq!(outcome.code, Some(5));
    assert_eq!(values(&outcome.stdout).len(), 1, "what was before it is shown");
    let error = "error: standard input: line 3, column 7: 'z' is no hex digit\n";
    assert!(outcome.stderr.ends_with(error), "{}", outcome.stderr);
    assert!(pasted("").refused(5).contains("no octets"));
    assert!(pasted("# nothing\n\n").refused(5).contains("no octets"));
}

/// Octets that are nothing at all are shown as far as they can be, as in a capture.
#[test]
fn nonsense() {
    let (values, _) = read("10ff");
    assert_eq!(values[0]["raw"], "10ff");
    assert!(values[0]["error"].is_object());
    let (values, _) = read("ff");
    assert_eq!(values[0]["protocol"], "nbns");
}

/// As `encode` writes several, and `tshark -T fields -e udp.payload`.
#[test]
fn a_packet_a_line() {
    let (one, two) = (digits(), frame(0));
    let (values, stderr) = read(&format!("{one}\n{two}\n{one}\n"));
    assert_eq!(values.len(), 3);
    assert!(values.iter().all(|value| value["text"] == "disk full"));
    assert!(stderr.contains("2 UDP payloads"), "{stderr}");
    // One that was broken into lines is one.
    for width in [2, 16, 60, 100, 200] {
        let lines: Vec<_> = one.as_bytes().chunks(width).map(String::from_utf8_lossy).collect();
        let (values, _) = read(&lines.join("\n"));
        assert_eq!(values.len(), 1, "{width}");
        assert_eq!(values[0]["text"], "disk full", "{width}");
    }
}

/// Frames of others are no damaged packets of ours.
#[test]
fn frames_without_datagrams() {
    let ethernet = |kind: &str, rest: &str| format!("ffffffffffff020000000001{kind}{rest}");
    let tcp = "450000280001000040060000c0000201c00002020050c00000000000000000005002000000000000";
    let arp = "000108000604000102000000000100000000000000000000000000000000";
    for (text, said) in [
        (ethernet("0806", arp), "an Ethernet frame\n"),
        (ethernet("0800", tcp), "an Ethernet frame\n"),
        (tcp.into(), "an IP packet\n"),
        // Copied up to there.
        (frame(0)[..60].to_owned(), "an Ethernet frame\n"),
        (frame(14)[..60].to_owned(), "an IP packet\n"),
    ] {
        let (values, stderr) = read(&text);
        assert_eq!(values.len(), 0, "{text}: {values:?}");
        let said =
            format!("standard input: {said}standard input: no NetBIOS datagram in 1 frame\n");
        assert!(stderr.starts_with(&said), "{text}: {stderr}");
    }
    // What a service reads is its own, whatever number it begins with.
    for packet in [
        "450001100000000000000000",
        "4500011000010000000000001245",
        &format!("45000110{}", "01".repeat(20)),
    ] {
        assert_eq!(read(packet).0[0]["protocol"], "nbns", "{packet}");
    }
}

#[test]
fn files_and_usage() {
    let directory = tempfile::tempdir().expect("a folder");
    let path = directory.path().join("a.txt");
    std::fs::write(&path, digits()).expect("a file");
    let path = path.to_str().expect("text");
    let outcome = run(&["decode", "--hex", path, path], b"");
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.text().matches(" alerts ").count(), 2);
    run(&["decode", "--hex", "no/such/file"], b"").refused(2);
    run(&["decode", "--hex", "--follow", path], b"").refused(2);
    run(&["decode", "--hex", "--interface", "lo"], b"").refused(2);
}
