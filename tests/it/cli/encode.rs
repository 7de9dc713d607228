//! `mailslot encode` from options.

use super::{encoded, run, values};

const ALERTS: [&str; 5] = ["encode", "--from", "WINBOX", "--to", "LINUXBOX:alerts"];

fn alerts(args: &[&str]) -> super::Outcome {
    run(&[&ALERTS, args].concat(), b"")
}

fn hex(args: &[&str]) -> String {
    String::from_utf8(alerts(args).ok()).expect("hex digits")
}

/// [MS-MAIL] 4 prints this SMB; the datagram's header and names before it are [RFC 1002] 4.4.2's.
#[test]
fn ms_mail_4_example_in_a_datagram() {
    let data = "ca".repeat(36);
    let args = ["--from", "A", "--to", "//B/mailslot/test1/sample_mailslot", "--encoding", "hex"];
    let printed = "ff534d4225000000001804000000000000000000000000000000fffe00000000\
        1100002400020000000000020000000000000000006800240068000300010000\
        00020047005c4d41494c534c4f545c74657374315c73616d706c655f6d61696c\
        736c6f7400000000cacacacacacacacacacacacacacacacacacacacacacacaca\
        cacacacacacacacacacacaca";
    let header = "10028001c0000201008a00d00000";
    let name = |letter: &str| format!("2045{letter}{}4141 00", "4341".repeat(14));
    let names = (name("42") + &name("43")).replace(' ', "");
    let line = run(&[&["encode"], &args[..], &[&data]].concat(), b"").ok();
    assert_eq!(String::from_utf8(line).unwrap(), format!("{header}{names}{printed}\n"));
}

#[test]
fn names_and_types() {
    let unique = encoded(&["--from", "winbox", "--to", r"\\LinuxBox\mailslot\Pos\EOD", "x"]);
    assert_eq!(unique["type"], "direct_unique");
    assert_eq!(unique["source_name"]["name"], "WINBOX");
    assert_eq!(unique["destination_name"]["name"], "LINUXBOX");
    assert_eq!(unique["mailslot"], r"\MAILSLOT\Pos\EOD");
    assert_eq!(
        (&unique["src"], &unique["dst"]),
        (&"192.0.2.1:138".into(), &"192.0.2.2:138".into())
    );

    let group = encoded(&["--from", "A#20", "--to", r"\\*\mailslot\x", "--suffix", "1e", "x"]);
    assert_eq!(group["type"], "direct_group");
    assert_eq!(group["source_name"]["suffix"], "20");
    assert_eq!(group["destination_name"]["name"], "WORKGROUP");
    assert_eq!(group["destination_name"]["suffix"], "1e");
    assert_eq!(group["dst"], "192.0.2.255:138");

    let office = encoded(&["--from", "A", "--to", "*:x", "--workgroup", "Office", "x"]);
    assert_eq!(office["destination_name"]["name"], "OFFICE");

    let broadcast = encoded(&["--from", "A", "--to", "*:x", "--type", "broadcast", "x"]);
    assert_eq!(broadcast["type"], "broadcast");
    assert_eq!(broadcast["destination_name"]["raw"], "2a000000000000000000000000000000");

    let to_group = encoded(&["--from", "A", "--to", "WG<1b>:x", "--type", "direct_group", "x"]);
    assert_eq!(to_group["type"], "direct_group");
    assert_eq!(to_group["destination_name"]["suffix"], "1b");
    assert_eq!(to_group["dst"], "192.0.2.255:138");
}

#[test]
fn the_workgroup_comes_from_the_environment() {
    let mut command =
        super::mailslot(&["encode", "--from", "A", "--to", "*:x", "--format", "pcap", "x"]);
    command.env("MAILSLOT_WORKGROUP", "SALES");
    let capture = super::run_command(command, b"").ok();
    let records = values(&super::records(&capture));
    assert_eq!(records[0]["destination_name"]["name"], "SALES");
    // And is none of the options that --json refuses.
    let mut command = super::mailslot(&["encode", "--json"]);
    command.env("MAILSLOT_WORKGROUP", "SALES");
    assert_eq!(super::run_command(command, b"").ok(), b"");
}

#[test]
fn fields() {
    let record = encoded(&[
        "--from",
        "A",
        "--to",
        "B:x",
        "--dgm-id",
        "0xBEEF",
        "--source-ip",
        "198.51.100.7",
        "--source-port",
        "0",
        "--node-type",
        "h",
        "--priority",
        "3",
        "--class",
        "1",
        "--scope",
        "example.com",
        "--time",
        "2026-11-20T09:14:02.118000001Z",
        "--src",
        "203.0.113.5:1138",
        "--dst",
        "203.0.113.6:138",
        "x",
    ]);
    assert_eq!(record["dgm_id"], 0xbeef);
    assert_eq!(record["source_ip"], "198.51.100.7");
    assert_eq!(record["source_port"], 0);
    assert_eq!(record["flags"], 0x0e);
    assert_eq!((&record["priority"], &record["class"]), (&3.into(), &1.into()));
    assert_eq!(record["source_name"]["scope"], "example.com");
    assert_eq!(record["destination_name"]["scope"], "example.com");
    assert_eq!(record["time"], "2026-11-20T09:14:02.118000001Z");
    assert_eq!(
        (&record["src"], &record["dst"]),
        (&"203.0.113.5:1138".into(), &"203.0.113.6:138".into())
    );
    let from_elsewhere =
        encoded(&["--from", "A", "--to", "B:x", "--source-ip", "198.51.100.7", "x"]);
    assert_eq!(from_elsewhere["src"], "198.51.100.7:138");
}

#[test]
fn profiles() {
    let profile = |slot: &str, args: &[&str]| {
        let to = format!("B:{slot}");
        let record = encoded(&[&["--from", "A", "--to", &to, "x"], args].concat());
        // No field but the profile's own.
        assert_eq!(record.get("smb"), None, "{record}");
        (record["profile"].as_str().unwrap().to_owned(), record["flags"].as_u64().unwrap())
    };
    assert_eq!(profile("alerts", &[]), ("api".into(), 2));
    assert_eq!(profile("BROWSE", &[]), ("browser".into(), 2));
    assert_eq!(profile("net/logon", &[]), ("browser".into(), 2));
    assert_eq!(profile("BROWSE", &["--profile", "strict"]), ("api".into(), 2));
    assert_eq!(profile("BROWSE", &["--profile", "api"]), ("api".into(), 2));
    assert_eq!(profile("alerts", &["--profile", "browser"]), ("browser".into(), 2));
    assert_eq!(profile("alerts", &["--profile", "samba"]), ("samba".into(), 0x0a));
    assert_eq!(profile("x", &["--profile", "samba", "--node-type", "b"]), ("samba".into(), 2));
}

#[test]
fn encodings() {
    let data = |args: &[&str]| {
        let args = [&["--from", "A", "--to", "B:x"], args].concat();
        encoded(&args)["data"].as_str().unwrap().to_owned()
    };
    assert_eq!(data(&["Grüße"]), "4772c3bcc39f65");
    assert_eq!(data(&["--encoding", "utf16le", "Grüße"]), "47007200fc00df006500");
    assert_eq!(data(&["--encoding", "oem", "Grüße"]), "477281e165");
    assert_eq!(data(&["--encoding", "oem", "--code-page", "866", "Жук"]), "86e3aa");
    assert_eq!(data(&["--encoding", "hex", "00 ff"]), "00ff");
    assert_eq!(data(&[""]), "");
    let error = alerts(&["--encoding", "oem", "Жук"]);
    assert!(error.refused(5).contains("'Ж' is not in code page 850"), "{}", error.stderr);
    for digits in ["0", "0g"] {
        let error = alerts(&["--encoding", "hex", digits]);
        assert!(error.refused(5).contains("not pairs of hex digits"), "{}", error.stderr);
    }
}

#[test]
fn the_message_comes_from_standard_input() {
    let octets = b"\x00\xff\n";
    let line = String::from_utf8(run(&ALERTS, octets).ok()).unwrap();
    assert!(line.ends_with("00ff0a\n"), "{line}");
    let named = run(&[&ALERTS[..], &["-"]].concat(), octets).ok();
    assert_eq!(String::from_utf8(named).unwrap(), line);
    let args = [&ALERTS[..], &["--encoding", "utf16le"]].concat();
    let wide = String::from_utf8(run(&args, "ü".as_bytes()).ok()).unwrap();
    assert!(wide.ends_with("fc00\n"), "{wide}");
    assert!(run(&args, octets).refused(5).contains("standard input: invalid utf-8"));
    let endless = vec![b'x'; 300_000];
    assert!(run(&ALERTS, &endless).refused(5).contains("more than 262028 octets"));
}

/// [MS-MAIL] 2.1: 424 octets, less where the name is long; [`Profile::max_data`].
///
/// [`Profile::max_data`]: mailslot::wire::smb::Profile::max_data
#[test]
fn a_write_has_a_limit() {
    let message = |octets: usize| "x".repeat(octets);
    let length = |args: &[&str]| hex(args).trim_end().len() / 2;
    let fits = length(&[&message(424)]);
    let error = alerts(&[&message(425)]);
    assert_eq!(
        error.refused(5),
        "error: message of 425 octets: a write to \\MAILSLOT\\alerts takes 424\n\
         hint: split it; --force builds it all the same, for receivers to refuse\n"
    );
    assert_eq!(length(&["--force", &message(425)]), fits + 1);
    // 432 less the name's 12 octets.
    let long = ["encode", "--from", "A", "--to", "B:twelvetwelve"];
    assert_eq!(run(&[&long[..], &[&message(420)]].concat(), b"").code, Some(0));
    assert!(run(&[&long[..], &[&message(421)]].concat(), b"").refused(5).contains("takes 420"));
    // What no UDP datagram holds is refused by force too.
    let error = run(&[&ALERTS[..], &["--force"]].concat(), &vec![b'x'; 65_400]);
    assert!(error.refused(5).contains("UDP takes 65507"), "{}", error.stderr);
}

#[test]
fn fragments() {
    let message = "x".repeat(300);
    let lines = hex(&["--fragment", "200", &message]);
    let lengths: Vec<usize> = lines.lines().map(|line| line.len() / 2).collect();
    assert_eq!(lengths, [200, 200, 98]);
    let args = ["--from", "WINBOX", "--to", "LINUXBOX:alerts", &message];
    let whole = encoded(&args);
    let mut fragmented = encoded(&[&args[..], &["--fragment", "200"]].concat());
    let fields = fragmented.as_object_mut().unwrap();
    assert_eq!(fields.remove("fragments"), Some(vec![1, 2, 3].into()));
    let raw = fields.remove("raw").unwrap();
    let raw: Vec<&str> = raw.as_array().unwrap().iter().map(|raw| raw.as_str().unwrap()).collect();
    assert_eq!(raw, lines.lines().collect::<Vec<_>>());
    fields.insert("frame".into(), 1.into());
    assert_eq!(fragmented, whole);
    let error = alerts(&["--fragment", "81", "x"]);
    assert!(error.refused(2).contains("header and names take 82 octets"), "{}", error.stderr);
}

#[test]
fn formats_say_the_same() {
    let line = hex(&["x"]);
    let raw = alerts(&["--format", "raw", "x"]).ok();
    assert_eq!(hex::encode(&raw) + "\n", line);
    let pcap = alerts(&["--format", "pcap", "x"]).ok();
    assert!(pcap.ends_with(&raw));
    assert_eq!(pcap.len(), 24 + 16 + 14 + 20 + 8 + raw.len());
    assert_eq!(alerts(&["--format", "pcap", "x"]).ok(), pcap, "repeatable");
}

#[test]
fn what_cannot_be_meant() {
    let to = |target: &str| run(&["encode", "--from", "A", "--to", target, "x"], b"");
    let eaten = to(r"\LINUXBOXmailslotalerts");
    assert!(eaten.refused(2).contains("hint: the shell ate the backslashes: write HOST:x"));
    assert!(to(".:x").refused(2).contains("no frame goes there"));
    assert!(to("SIXTEENLETTERS16:x").refused(2).contains("at most 15"));
    assert!(to("B:Жук").refused(2).contains("'Ж' in the mailslot is not in code page 850"));
    assert!(to(&format!("B:{}", "x".repeat(246))).refused(2).contains("name too long"));
    let error = run(&["encode", "--from", "A", "--to", "B#00:x", "--suffix", "00", "x"], b"");
    assert!(error.refused(2).contains("both give a suffix"), "{}", error.stderr);
    for args in [
        &["encode", "--to", "B:x", "x"][..],
        &["encode", "--from", "A", "x"],
        &["encode", "--from", "A", "--to", "B:x", "--json"],
        &["encode", "--json", "--time", "2026-11-20T09:14:02Z"],
        &["encode", "--from", "A", "--to", "B:x", "--suffix", "1", "x"],
        &["encode", "--from", "A", "--to", "B:x", "--dgm-id", "65536", "x"],
        &["encode", "--from", "A", "--to", "B:x", "--time", "yesterday", "x"],
        &["encode", "--from", "A", "--to", "B:x", "--format", "bits", "x"],
    ] {
        run(args, b"").refused(2);
    }
    // A time that a pcap file cannot tell.
    let old = alerts(&["--time", "1969-12-31T23:59:59Z", "--format", "pcap", "x"]);
    assert!(old.refused(5).contains("1970 to 2106"), "{}", old.stderr);
}
