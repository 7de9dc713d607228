//! Datagrams over IPX and NetBEUI, and those that ICMP errors quote.

use serde_json::{Value, json};

use super::super::{capture, encoded, records, run, values};

const MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];

/// The user data of a datagram, a mailslot write.
fn smb() -> Vec<u8> {
    let hex = run(&["encode", "--from", "WINBOX", "--to", "NAS:alerts", "hello"], b"").ok();
    let datagram = hex::decode(hex.trim_ascii()).expect("hex digits");
    // 14 octets of header, two names.
    datagram[82..].to_vec()
}

/// A pcap file of Ethernet frames.
fn pcap(frames: &[Vec<u8>]) -> Vec<u8> {
    let word = |number: usize| u32::try_from(number).expect("small").to_le_bytes();
    let mut file = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0".to_vec();
    for frame in frames {
        file.extend([word(1), word(0), word(frame.len()), word(frame.len())].concat());
        file.extend(frame);
    }
    file
}

/// An 802.3 frame to all.
fn frame(payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len()).expect("short").to_be_bytes();
    [&[0xff; 6][..], &MAC, &len, payload].concat()
}

const NAMES: &[u8; 32] = b"OFFICE         \x1eWINBOX         \0";

fn netbeui() -> Vec<u8> {
    let head = [0xf0, 0xf0, 3, 44, 0, 0xff, 0xef, 8, 0, 0, 0, 0, 0, 0, 0];
    frame(&[&head[..], NAMES, &smb()].concat())
}

/// NMPI, to a computer.
fn ipx() -> Vec<u8> {
    let body = [&[0; 32][..], &[0xfc, 1, 0, 0], NAMES, &smb()].concat();
    let len = u16::try_from(30 + body.len()).expect("short").to_be_bytes();
    let (to, from) =
        ([0, 0, 0, 10, 2, 0, 0, 0, 0, 9, 5, 0x53], [0, 0, 0, 10, 2, 0, 0, 0, 0, 1, 5, 0x53]);
    frame(&[&[0xff, 0xff][..], &len, &[0, 20], &to, &from, &body].concat())
}

/// A datagram that came back with an ICMP error, as far as `len` octets of its IP packet.
fn quoted(len: usize) -> Vec<u8> {
    let sent = run(
        &["encode", "--format", "pcap", "--from", "WINBOX", "--to", "NAS:alerts", "hello"],
        b"",
    );
    // File header, record header, Ethernet.
    let quotation = &sent.ok()[24 + 16 + 14..];
    let quotation = &quotation[..len.min(quotation.len())];
    let total = u16::try_from(28 + quotation.len()).expect("short").to_be_bytes();
    let head = [0x45, 0, total[0], total[1], 0, 0, 0, 0, 64, 1, 0, 0, 192, 0, 2, 9, 192, 0, 2, 1];
    let icmp = [3, 3, 0, 0, 0, 0, 0, 0];
    [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 8, 0][..], &head, &icmp, quotation].concat()
}

fn decoded(frame: Vec<u8>) -> Value {
    let mut values = values(&records(&pcap(&[frame])));
    assert_eq!(values.len(), 1);
    values.remove(0)
}

#[test]
fn records_of_other_transports() {
    let usual = encoded(&["--from", "WINBOX", "--to", "NAS:alerts", "hello"]);
    for (frame, transport, msg_type, source, destination) in [
        (netbeui(), "netbeui", "direct_group", "02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff"),
        (ipx(), "ipx", "direct_unique", "0000000a.020000000001:0553", "0000000a.020000000009:0553"),
    ] {
        let record = decoded(frame);
        let expected = [
            ("transport", json!(transport)),
            ("type", json!(msg_type)),
            ("src", json!("0.0.0.0:0")),
            ("dst", json!("0.0.0.0:0")),
            ("src_hw", json!(source)),
            ("dst_hw", json!(destination)),
            ("source_name", json!({"name": "WINBOX", "suffix": "00", "scope": null})),
            ("destination_name", json!({"name": "OFFICE", "suffix": "1e", "scope": null})),
            ("text", json!("hello")),
        ];
        for (field, value) in expected {
            assert_eq!(record[field], value, "{field}");
        }
        for field in ["mailslot", "data", "profile", "notes", "smb"] {
            assert_eq!(record[field], usual[field], "{field}");
        }
        for field in ["flags", "dgm_id", "source_ip", "source_port", "dgm_length", "raw", "quoted"]
        {
            assert!(record.get(field).is_none(), "{field}: the frame has none");
        }
        // Over UDP it says the same.
        let again = values(&records(&capture(&record.to_string()))).remove(0);
        assert_eq!(again["transport"], "udp");
        for field in ["type", "source_name", "destination_name", "mailslot", "data", "text"] {
            assert_eq!(again[field], record[field], "{field}");
        }
    }
}

#[test]
fn quotations_say_so() {
    let whole = decoded(quoted(usize::MAX));
    let usual = encoded(&["--from", "WINBOX", "--to", "NAS:alerts", "hello"]);
    assert_eq!((&whole["quoted"], &usual["quoted"]), (&json!(true), &Value::Null));
    for field in ["src", "dst", "type", "source_name", "mailslot", "data", "error"] {
        assert_eq!(whole[field], usual[field], "{field}");
    }
    let part = decoded(quoted(28 + 90));
    assert_eq!(
        (&part["error"]["layer"], &part["error"]["field"]),
        (&json!("icmp"), &json!("quotation"))
    );
    assert_eq!(part["source_name"]["name"], "WINBOX");
}

#[test]
fn lines_and_trees() {
    let file = pcap(&[netbeui(), ipx(), quoted(usize::MAX)]);
    let lines = String::from_utf8(run(&["decode", "-"], &file).ok()).unwrap();
    let ends: Vec<_> = lines.lines().filter_map(|line| line.split_once("  [")).collect();
    let marks: Vec<_> = ends.iter().map(|(_, mark)| *mark).collect();
    assert_eq!(marks, ["NetBEUI]", "IPX]", "quoted by ICMP]"], "{lines}");
    let tree = String::from_utf8(run(&["decode", "-v", "-"], &file).ok()).unwrap();
    for part in [
        "02:00:00:00:00:01 -> ff:ff:ff:ff:ff:ff, NetBEUI",
        "0000000a.020000000001:0553 -> 0000000a.020000000009:0553, IPX",
        "  quoted by an ICMP error\n",
    ] {
        assert!(tree.contains(part), "{part} in {tree}");
    }
    assert_eq!(tree.matches("dgm_id").count(), 1, "IPX and NetBEUI have none: {tree}");
}

/// Each transport's copy is delivered, as Windows does; what came back from elsewhere is not.
#[test]
fn replay_delivers_what_was_sent_here() {
    let all = [netbeui(), ipx(), quoted(usize::MAX), netbeui(), ipx()];
    let args = ["replay", "--workgroup", "office<1e>", "--json", "-"];
    let replayed = run(&args, &pcap(&all));
    let told = "1 frame quoted by ICMP errors: not delivered";
    assert!(replayed.stderr.contains(told), "{}", replayed.stderr);
    let lines = values(&replayed.stdout);
    let (end, events) = lines.split_last().expect("the tables");
    let seen: Vec<_> = events
        .iter()
        .map(|event| {
            let field = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
            assert_eq!((&event["address"], &event["slot"]), (&Value::Null, &json!("alerts")));
            [field("event"), field("transport"), field("src_hw"), field("reason")]
        })
        .collect();
    let mac = ["message", "netbeui", "02:00:00:00:00:01", ""].map(str::to_owned);
    let socket = ["message", "ipx", "0000000a.020000000001:0553", ""].map(str::to_owned);
    assert_eq!(seen, [mac.clone(), socket.clone(), mac, socket], "none is a duplicate");
    assert_eq!(end["counters"]["delivered"], 4, "{end}");
    let lines = run(&["replay", "-"], &pcap(&all));
    assert!(lines.text().contains("datagrams 4 = delivered 4"), "{}", lines.text());
    for mark in ["  [NetBEUI]\n", "  [IPX]\n"] {
        assert_eq!(lines.text().matches(mark).count(), 2, "{}", lines.text());
    }
    // By its names and slots, like any other.
    for (option, value, reason) in
        [("--workgroup", "WAREHOUSE", "not_our_name"), ("--slot", "news", "no_such_slot")]
    {
        let dropped = run(&["replay", "--json", option, value, "-"], &pcap(&all));
        let lines = values(&dropped.stdout);
        let drops: Vec<_> = lines.iter().filter(|line| line["event"] == "drop").collect();
        assert_eq!(drops.len(), 4, "{lines:?}");
        for drop in drops {
            assert_eq!(drop["reason"], reason, "{drop}");
            assert_eq!(drop["address"], Value::Null, "{drop}");
        }
    }
}

#[test]
fn reports_leave_quotations_out() {
    let summary = run(&["decode", "--summary", "--json", "-"], &pcap(&[quoted(usize::MAX), ipx()]));
    let summary = values(&summary.ok()).remove(0);
    assert_eq!(summary["datagrams"], 1, "{summary}");
    assert_eq!(summary["hosts"][0]["addresses"], json!([]), "{summary}");
}

/// A frame of which the capture has less than there was says no more than that.
#[test]
fn a_cut_frame_has_no_fault_of_its_own() {
    let mut file = pcap(&[netbeui()]);
    let captured = u32::try_from(netbeui().len() - 3).expect("small").to_le_bytes();
    file[24 + 8..24 + 12].copy_from_slice(&captured);
    file.truncate(file.len() - 3);
    let record = values(&records(&file)).remove(0);
    assert_eq!(record["missing"], 3, "{record}");
    assert_eq!(record["error"]["field"], "snap_length", "{record}");
    assert_eq!(record["notes"], json!([]), "{record}");
    assert!(record.get("dgm_length").is_none(), "{record}");
    let shown = run(&["decode", "-"], &file);
    let line = shown.text();
    assert!(line.ends_with("3 octets not captured  [NetBEUI]\n"), "{line}");
}

/// What is not shown is said.
#[test]
fn what_is_not_shown() {
    let query = |command: u8| {
        let head = [0xf0, 0xf0, 3, 44, 0, 0xff, 0xef, command, 0, 0, 0, 0, 0, 0, 0];
        frame(&[&head[..], NAMES].concat())
    };
    let claim = [&[0; 32][..], &[0xf1, 1, 0, 0], NAMES].concat();
    let len = u16::try_from(30 + claim.len()).expect("short").to_be_bytes();
    let ends = [0, 0, 0, 10, 2, 0, 0, 0, 0, 9, 5, 0x51].repeat(2);
    let ipx = frame(&[&[0xff, 0xff][..], &len, &[0, 20], &ends, &claim].concat());
    let shown = run(&["decode", "-"], &pcap(&[query(0x0a), query(1), query(0x0a), ipx]));
    for said in [
        "standard input: packets about names over NetBEUI: 1 add name query, 2 name query\n",
        "standard input: packets about names over IPX: 1 name claim\n",
        "standard input: no NetBIOS datagram in 4 frames\n",
    ] {
        assert!(shown.stderr.contains(said), "{said} in {}", shown.stderr);
    }
    assert!(!shown.stderr.contains("damaged"), "{}", shown.stderr);
    let pasted = run(&["decode", "--hex"], hex::encode(query(0x0a)).as_bytes());
    assert_eq!(pasted.text(), "", "{}", pasted.stderr);
    let said = "packets about names over NetBEUI: 1 name query";
    assert!(pasted.stderr.contains(said), "{}", pasted.stderr);
}
