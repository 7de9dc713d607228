//! Messages of the Netlogon service as JSON and as a tree.

use std::path::Path;

use serde_json::Value;

use super::{capture, records, run, values};

fn line(raw: &str) -> String {
    format!(r#"{{"src":"192.0.2.1:138","dst":"192.0.2.2:138","raw":"{raw}"}}"#)
}

/// The cases of testdata: name, and octets as hex digits.
fn cases() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/ms-adts");
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of testdata") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "hex") {
            let raw = std::fs::read_to_string(&path).expect("hex digits");
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            cases.push((name, raw.split_whitespace().collect()));
        }
    }
    cases.sort();
    cases
}

fn body(name: &str) -> Value {
    let (_, raw) = cases().into_iter().find(|(case, _)| case == name).expect("a case");
    values(&records(&capture(&line(&raw))))[0]["body"].clone()
}

/// `body` alone says all that a message has.
#[test]
fn bodies_come_back_without_data() {
    let mut lines = Vec::new();
    let mut expected = Vec::new();
    for (name, raw) in cases() {
        let mut record = values(&records(&capture(&line(&raw)))).remove(0);
        let fields = record.as_object_mut().expect("an object");
        if fields["body"]["kind"] == "raw" {
            continue;
        }
        for redundant in ["data", "text", "encoding"] {
            fields.remove(redundant);
        }
        lines.push(record.to_string());
        expected.push((name, raw));
    }
    assert!(expected.len() > 30, "{}", expected.len());
    let text = run(&["encode", "--json"], lines.join("\n").as_bytes()).ok();
    let text = String::from_utf8(text).expect("hex digits");
    for (found, (name, raw)) in text.lines().zip(&expected) {
        assert_eq!(found, raw, "{name}");
    }
    assert_eq!(text.lines().count(), expected.len());
}

#[test]
fn fields_of_bodies() {
    let request = body("sam-request-account");
    assert_eq!(request["unicode_user_name"], "WINXP$");
    assert_eq!(request["allowable_account_control_bits_names"][0], "workstation_trust");
    assert_eq!(request["domain_sid"], "S-1-5-21-1001-2002-3003");
    assert_eq!((&request["nt_version"], &request["lm20_token"]), (&11.into(), &65535.into()));
    let response = body("v5ex-ip");
    assert_eq!((&response["version"], &response["opcode"]), (&"v5ex".into(), &23.into()));
    assert_eq!(response["opcode_name"], "sam_logon_response_ex");
    assert_eq!(response["domain_guid"], "00112233-4455-6677-8899-aabbccddeeff");
    assert_eq!(response["dns_host_name"], "dc1.office.example");
    assert_eq!(response["sin_addr"], "192.168.1.5");
    assert_eq!(body("v5")["dc_ip_address"], "192.168.1.5");
    let spelled = &body("v5ex-spelled-out")["client_site_name"];
    assert_eq!((&spelled["text"], &spelled["raw"]), (&"Main".into(), &"044d61696e00".into()));
    let changes = body("announce-uas");
    assert_eq!(changes["date_and_time_utc"], "2003-06-30T16:00:00.000000Z");
    assert_eq!(changes["db_changes"][2]["db_index_name"], "lsa");
    assert_eq!(changes["db_changes"][2]["date_and_time_utc"], "2003-06-30T16:00:00.000000Z");
    assert_eq!(body("announce-uas-aligned")["sid_padding"], "0000");
}

fn encoded(body: &str) -> Value {
    let name = |name: &str| format!(r#"{{"name":"{name}","suffix":"00"}}"#);
    let (source, destination) = (name("DC1"), name("WINXP"));
    let line = format!(
        r#"{{"source_name":{source},"destination_name":{destination},"slot":"NET\\GETDC1","body":{body}}}"#
    );
    values(&records(&capture(&line)))[0].clone()
}

/// A body by hand needs no more than its kind and what is not usual.
#[test]
fn what_is_left_out_is_usual() {
    for (version, opcode, number) in [("nt40", 19, 1), ("v5", 19, 3), ("v5ex", 23, 5)] {
        let record = encoded(&format!(r#"{{"kind":"sam_logon_response","version":"{version}"}}"#));
        let body = &record["body"];
        assert_eq!((&body["version"], &body["opcode"]), (&version.into(), &opcode.into()));
        assert_eq!(body["nt_version"], number);
        assert_eq!(record["notes"], serde_json::json!(["timeout_1000", "unaligned_data"]));
    }
    let changes = r#"{"kind":"announce_uas","date_and_time_utc":"2003-06-30T16:00:00Z",
        "unicode_primary_dc_name":"","db_changes":[{"db_index_name":"lsa"}]}"#;
    let body = &encoded(&changes.replace('\n', ""))["body"];
    assert_eq!((&body["date_and_time"], &body["pulse"]), (&1_056_988_800.into(), &300.into()));
    assert_eq!(body["db_changes"][0]["db_index"], 2);
    let odd = r#"{"kind":"sam_logon_request","unicode_computer_name":{"raw":"00d8"}}"#;
    let odd = odd.replace("\"raw\"", "\"text\":\"\",\"raw\"");
    let name = &encoded(&odd)["body"]["unicode_computer_name"];
    assert_eq!((&name["text"], &name["raw"]), (&"\u{fffd}".into(), &"00d8".into()));
}

/// The version says which optional fields there are: those of the body, where it has no version.
#[test]
fn the_version_of_what_is_there() {
    for (fields, number) in [
        (r#""sin_addr":"192.0.2.1""#, 13),
        (r#""next_closest_site_name":"Main""#, 21),
        (r#""sin_addr":"192.0.2.1","next_closest_site_name":"Main""#, 29),
        (r#""sin_addr":"192.0.2.1","nt_version":5"#, 5),
        (r#""sin_addr":"192.0.2.1","nt_version_names":["v5ex"]"#, 4),
    ] {
        let record = encoded(&format!(r#"{{"kind":"sam_logon_response",{fields}}}"#));
        assert_eq!(record["body"]["nt_version"], number, "{fields}");
        assert_eq!(record["body"]["surplus"], Value::Null, "{fields}");
        let mismatch = record["notes"].to_string().contains("sock_addr_mismatch");
        assert_eq!(mismatch, fields.contains("nt_version"), "{record}");
    }
}

#[test]
fn what_no_message_can_say_is_refused() {
    let response = [
        (r#""version":"v6""#, r#"body.version: "v6" is not known"#),
        (r#""domain_guid":"1""#, "body.domain_guid: no GUID"),
        (r#""dns_host_name":"a..b""#, "body.dns_host_name: no domain name"),
        (r#""sin_addr":"1.2.3""#, "body.sin_addr: "),
        (r#""sin_addr":"1.2.3.4","sin_zero":"00""#, "body.sin_zero: 1 octet, not 8"),
        (r#""version":"v5","unicode_user_name":"\u0000""#, "body.unicode_user_name: a NUL ends it"),
        (
            r#""version":"v5","unicode_user_name":{"text":"","raw":"41"}"#,
            "body.unicode_user_name: half",
        ),
        (r#""kind2":1"#, "body.kind2: no field of sam_logon_response"),
    ];
    let announcement = [
        (r#""domain_sid":"S-2""#, "body.domain_sid: no security identifier"),
        (r#""db_changes":[1]"#, "body.db_changes: an entry"),
        (r#""db_changes":1"#, "body.db_changes: no list"),
        (r#""db_changes":[{"x":1}]"#, "body.db_changes.x: "),
        (r#""date_and_time_utc":"noon""#, "body.date_and_time: no moment"),
        (r#""date_and_time":4294967296"#, "body.date_and_time: no moment"),
    ];
    let nt = r#""kind":"announce_uas","unicode_primary_dc_name":"","#;
    let response = response.map(|case| (r#""kind":"sam_logon_response","#, case));
    for (kind, (fields, problem)) in response.into_iter().chain(announcement.map(|case| (nt, case)))
    {
        let name = r#"{"name":"A","suffix":"00"}"#;
        let line = format!(
            r#"{{"source_name":{name},"destination_name":{name},"slot":"x","body":{{{kind}{fields}}}}}"#
        );
        let outcome = run(&["encode", "--json"], line.as_bytes());
        let error = outcome.refused(5);
        assert!(error.contains(problem), "{fields}: {error}");
    }
}

/// Each field with its own octets, those that need not be there among them.
#[test]
fn a_tree_has_the_octets_of_each_field() {
    let (_, raw) =
        cases().into_iter().find(|(case, _)| case == "announce-uas-aligned").expect("it");
    let tree = run(&["decode", "-v", "-"], &capture(&line(&raw))).ok();
    let tree = String::from_utf8(tree).expect("text");
    for part in [
        "     176  low_serial_number       7",
        "     180  date_and_time           1056988800 2003-06-30T16:00:00.000000Z",
        "  db_count                3                             03 00 00 00",
        "  db_index                2 lsa                         02 00 00 00",
        "  sid_padding                                           00 00\n",
        "  domain_sid              S-1-5-21-1001-2002-3003       01 04 00 00 00 00 00 05",
        "  message_token           0xffffffff                    ff ff ff ff\n",
    ] {
        assert!(tree.contains(part), "{part}\n{tree}");
    }
    let (_, raw) = cases().into_iter().find(|(case, _)| case == "v5ex-ip").expect("it");
    let tree = run(&["decode", "-v", "-"], &capture(&line(&raw))).ok();
    let tree = String::from_utf8(tree).expect("text");
    for part in [
        "          version                 v5ex\n",
        "  dns_domain_name         \"office.example\"              c0 18\n",
        "  sin_addr                192.168.1.5                   c0 a8 01 05\n",
    ] {
        assert!(tree.contains(part), "{part}\n{tree}");
    }
}
