//! Messages of well-known mailslots as JSON and as a tree.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{capture, records, run, values};

/// A message of each kind, and of each of its forms: the mailslot and the data.
const MESSAGES: &[(&str, &str, &str)] = &[
    (
        "host_announcement",
        "BROWSE",
        "0100c0270900574942424f5800000000000000000000060103100100 0f0155aa 64c3a900",
    ),
    (
        "host_announcement",
        "LANMAN",
        "0107c0270900574942424f58004141414141414141410a00031001000f0155aa00",
    ),
    ("announcement_request", "BROWSE", "0200414d303100"),
    ("announcement_request", "BROWSE", "02010058494949"),
    ("announcement_request", "BROWSE", "0200"),
    ("request_election", "BROWSE", "0801200f01109df17100000000004f42534944494100"),
    ("request_election", "BROWSE", "080000000000000000000000000000"),
    ("get_backup_list_request", "BROWSE", "0904ec450000"),
    ("get_backup_list_request", "BROWSE", "09020100000044"),
    ("get_backup_list_response", "BROWSE", "0a02010000004100424242424200"),
    ("get_backup_list_response", "BROWSE", "0a04010000004100424242424242"),
    ("get_backup_list_response", "BROWSE", "0a0001000000"),
    ("become_backup", "BROWSE", "0b53564e00"),
    ("become_backup", "BROWSE", "0b"),
    (
        "domain_announcement",
        "BROWSE",
        "0c0060ea0000574f524b47524f55500050d7120000e0030a0010008000e0f87f384644313200",
    ),
    ("master_announcement", "BROWSE", "0d57494e424f5800"),
    ("reset_state_request", "BROWSE", "0e09"),
    (
        "local_master_announcement",
        "BROWSE",
        "0f0080fc0a004745524d414e534841000000000000000501031005000f0155aa00",
    ),
    ("lanman_announcement", "LANMAN", "0100079082020502f00052454d4f54452d504300"),
    ("lanman_announcement", "LANMAN", "0100079082020502f000410042000102"),
    ("messenger", "MESSNGR", "414c49434500424f420068656c6c6f00"),
    ("messenger", "MESSNGR", "414c49434500424f42001468656c6c6f"),
    ("waitfor", "waitfor.exe\\\\GO", "00ff"),
    ("waitfor", "waitfor.exe\\\\GO", ""),
];

/// An alert: the structure's fixed part, and what follows it.
fn alert(event: &str, residue: &str, behind: &str) -> String {
    let wide = |text: &str, octets: usize| {
        let digits = hex::encode(text.bytes().flat_map(|octet| [octet, 0]).collect::<Vec<_>>());
        format!("{digits:0<width$}", width = 2 * octets)
    };
    let event = wide(event, 34 - residue.len() / 2) + residue;
    format!("80b5423f{event}{}{behind}", wide("Server", 162))
}

fn messages() -> Vec<(&'static str, &'static str, String)> {
    let alerts = [
        alert("ADMIN", "", "c10b00000200000043003a0000003900350000"),
        alert("USER", "", "c10b0000090000004300"),
        alert("ERRORLOG", "4100", "0100000002000000ff"),
        alert(
            "PRINTING",
            "",
            "070000000100000080b5423f0002000061000000620000006300d8000000000000000000",
        ),
        alert("MESSAGE", "", "0102"),
    ];
    let all = MESSAGES.iter().map(|&(kind, slot, data)| (kind, slot, data.replace(' ', "")));
    all.chain(alerts.into_iter().map(|data| ("alerter", "ALERTER", data))).collect()
}

fn line(slot: &str, rest: &str) -> String {
    format!(
        r#"{{"src":"192.0.2.1:138","dst":"192.0.2.2:138","source_name":{{"name":"A","suffix":"00"}},"destination_name":{{"name":"B","suffix":"00"}},"slot":"{slot}",{rest}}}"#
    )
}

/// The records of these data.
fn decoded(data: &[(&str, &str)]) -> Vec<Value> {
    let lines: Vec<_> =
        data.iter().map(|(slot, data)| line(slot, &format!(r#""data":"{data}""#))).collect();
    values(&records(&capture(&lines.join("\n"))))
}

/// What the body of the record stands for, once the data are left out.
fn without_data(record: &Value) -> Value {
    let mut record = record.clone();
    let fields = record.as_object_mut().expect("an object");
    for name in ["data", "text", "encoding"] {
        fields.remove(name);
    }
    record
}

fn payloads(records: &[Value]) -> String {
    let lines: Vec<_> = records.iter().map(ToString::to_string).collect();
    String::from_utf8(run(&["encode", "--json"], lines.join("\n").as_bytes()).ok()).expect("hex")
}

fn data_of(slot: &str, body: &Value) -> String {
    let lines = line(slot, &format!(r#""body":{body}"#));
    let records = values(&records(&capture(&lines)));
    records[0]["data"].as_str().expect("hex digits").to_owned()
}

#[test]
fn the_body_alone_gives_the_same_octets() {
    let messages = messages();
    let data: Vec<_> = messages.iter().map(|(_, slot, data)| (*slot, &**data)).collect();
    let whole = decoded(&data);
    for ((kind, _, data), record) in messages.iter().zip(&whole) {
        assert_eq!(record["body"]["kind"], *kind, "{record}");
        assert_eq!(record["data"], **data, "{record}");
        assert_eq!(record.get("error"), None, "{record}");
    }
    let bodies: Vec<_> = whole.iter().map(without_data).collect();
    for (body, (whole, again)) in
        bodies.iter().zip(payloads(&whole).lines().zip(payloads(&bodies).lines()))
    {
        assert_eq!(again, whole, "{body}");
    }
}

/// All that Samba said in our captures: each message of a browser has a kind, or an error that
/// says which one it would be.
#[test]
fn what_samba_says_is_known() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/samba");
    let mut known = 0;
    for entry in fs::read_dir(folder).expect("captures") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "pcap") {
            continue;
        }
        let all = values(&run(&["decode", "--json", path.to_str().expect("UTF-8")], b"").stdout);
        let slots = ["BROWSE", "LANMAN"].map(Value::from);
        let typed: Vec<_> = all
            .into_iter()
            .filter(|record| {
                let body = &record["body"];
                let is_browse = slots.contains(&record["slot"]) && !body.is_null();
                // One octet on LANMAN is no opcode.
                let raw = body["kind"] == "raw" && record["data"] != "01";
                assert!(!is_browse || !raw || record["error"]["kind"].is_string(), "{record}");
                is_browse && body["kind"] != "raw" && record.get("raw").is_none()
            })
            .collect();
        known += typed.len();
        let bodies: Vec<_> = typed.iter().map(without_data).collect();
        assert_eq!(payloads(&bodies), payloads(&typed), "{}", path.display());
    }
    assert!(known > 200, "{known}");
}

#[test]
fn fields_have_usual_values() {
    let body =
        json!({"kind": "get_backup_list_response", "token": 7, "backup_servers": ["A", "B"]});
    assert_eq!(data_of("BROWSE", &body), "0a020700000041004200");
    let body = json!({"kind": "get_backup_list_response", "backup_server_count": 9});
    assert_eq!(data_of("BROWSE", &body), "0a0900000000");
    let body = json!({"kind": "request_election", "version": 1, "role_names": ["pdc", "wins", "wins"],
                      "os_summary_name": "nt_server", "server_name": "A"});
    assert_eq!(data_of("BROWSE", &body), "0801a0000020000000000000000041 00".replace(' ', ""));
    let body = json!({"kind": "reset_state_request", "reset_type_names": ["stop_master"]});
    assert_eq!(data_of("BROWSE", &body), "0e01");
    let body = json!({"kind": "messenger", "from": "A", "to": "B",
                      "text": {"text": "ü", "open": true}});
    assert_eq!(data_of("MESSNGR", &body), "4100420081");
    let body = json!({"kind": "alerter", "event_name": "USER", "strings": ["a"]});
    let data = data_of("ALERTER", &body);
    assert_eq!(data.get(400..), Some("000000000100000061000000"));
    let body = json!({"kind": "waitfor", "signal": "GO", "octets": "01"});
    assert_eq!(data_of("waitfor.exe\\\\GO", &body), "01");
    assert_eq!(data_of("WAITFOR.EXE\\\\go", &body), "01", "names have no case");
    assert_eq!(data_of("waitfor.exe\\\\GO", &json!({"kind": "waitfor", "octets": "01"})), "01");
}

/// Which signal it is says the mailslot's name: a body that says another is not silently ignored.
#[test]
fn signals_that_contradict_their_mailslot() {
    let body = r#""body":{"kind":"waitfor","signal":"GO","octets":"01"}"#;
    for (slot, why) in [
        ("waitfor.exe\\\\READY", "body.signal: GO, but the mailslot is that of READY"),
        ("alerts", r"body.signal: GO, but the mailslot is alerts, not waitfor.exe\GO"),
        ("waitfor.exe\\\\", r"the mailslot is waitfor.exe\, not waitfor.exe\GO"),
    ] {
        let outcome = run(&["encode", "--json"], line(slot, body).as_bytes());
        assert!(outcome.refused(5).contains(why), "{}", outcome.stderr);
    }
}

/// What nobody reads is shown as the data of any other mailslot.
#[test]
fn lines_of_what_nobody_reads() {
    for (slot, data, expected) in [
        ("waitfor.exe\\\\GO", "", "waitfor: GO\n"),
        ("waitfor.exe\\\\GO", "31", "waitfor: GO, \"1\"\n"),
        ("waitfor.exe\\\\GO", "00", "waitfor: GO, hex 00 (1 octet)\n"),
        ("waitfor.exe\\\\GO", "68006900", "waitfor: GO, \"hi\" (utf-16le)\n"),
        ("waitfor.exe\\\\GO", "0102", "waitfor: GO, hex 01 02 (2 octets)\n"),
        ("NET\\\\NETLOGON", "160001", "sam interrogate response: hex 01 (1 octet)\n"),
        ("NET\\\\NETLOGON", "16006869", "sam interrogate response: \"hi\"\n"),
        ("NET\\\\NETLOGON", "1600", "sam interrogate response: (empty)\n"),
        ("ALERTER", &alert("MESSAGE", "", "68690a"), "alerter: MESSAGE of Server: \"hi\\n\"\n"),
        ("x", "01", "hex 01 (1 octet)\n"),
    ] {
        let capture = capture(&line(slot, &format!(r#""data":"{data}""#)));
        let shown = run(&["decode", "-"], &capture).ok();
        let shown = String::from_utf8(shown).expect("text");
        assert!(shown.ends_with(expected), "{expected} {shown}");
    }
    let capture = capture(&line("waitfor.exe\\\\GO", r#""data":"6869""#));
    let hex = run(&["decode", "--encoding", "hex", "-"], &capture).ok();
    assert!(String::from_utf8(hex).expect("text").ends_with("GO, hex 68 69 (2 octets)\n"));
}

#[test]
fn bodies_that_are_refused() {
    let refused = |body: Value, why: &str| {
        let outcome =
            run(&["encode", "--json"], line("x", &format!(r#""body":{body}"#)).as_bytes());
        assert!(outcome.refused(5).contains(why), "{}", outcome.stderr);
    };
    refused(json!({"kind": "no_such"}), "\"no_such\" is unknown");
    refused(json!({"kind": "raw"}), "has no fields");
    refused(json!({"kind": "become_backup", "x": 1}), "body.x: no field of become_backup");
    refused(json!({"kind": "become_backup", "browser_to_promote": "A\0"}), "a NUL ends it");
    refused(
        json!({"kind": "get_backup_list_response", "backup_servers": "A"}),
        "body.backup_servers: no list",
    );
    refused(
        json!({"kind": "messenger", "from": {"text": "A", "open": true}}),
        "body.from: only the last text is open",
    );
    refused(
        json!({"kind": "alerter", "event_name": "PRINTERS ON FIRE!!"}),
        "36 octets, at most 34",
    );
    refused(
        json!({"kind": "reset_state_request", "reset_type_names": ["explode"]}),
        "\"explode\" is not known",
    );
}

/// Octets are not written that say something else than the body.
#[test]
fn bodies_that_would_be_read_otherwise() {
    let encode = |slot: &str, body: Value| {
        run(&["encode", "--json"], line(slot, &format!(r#""body":{body}"#)).as_bytes())
    };
    let names = |count: usize| vec!["BOX"; count];
    let list = |count| json!({"kind": "get_backup_list_response", "backup_servers": names(count)});
    encode("BROWSE", list(40)).ok();
    // Their number has one octet.
    let outcome = encode("BROWSE", list(256));
    let why = "body: this get_backup_list_response would be read otherwise";
    assert!(outcome.refused(5).contains(why), "{}", outcome.stderr);
    let changes = |count| json!({"kind": "announce_uas", "unicode_primary_dc_name": "", "db_changes": vec![json!({}); count]});
    encode(r"NET\\NETLOGON", changes(32)).ok();
    let outcome = encode(r"NET\\NETLOGON", changes(33));
    let why = "body: this announce_uas could not be read: db_count at octet ";
    assert!(outcome.refused(5).contains(why), "{}", outcome.stderr);
    // To a mailslot of no kind it may be written.
    encode("lab", list(40)).ok();
}

/// Of damaged messages there is what stands before the damage.
#[test]
fn damaged_messages_show_what_they_have() {
    let data = "0100c027090057494e424f58000000000000000000000601";
    let records = decoded(&[("BROWSE", data), ("MESSNGR", "41004243")]);
    let body = &records[0]["body"];
    assert_eq!(body["kind"], "raw");
    assert_eq!(
        body["damaged"],
        json!({"kind": "host_announcement", "update_count": 0, "periodicity": 600_000,
               "server_name": "WINBOX", "os_version_major": 6, "os_version_minor": 1})
    );
    let error = &records[0]["error"];
    assert_eq!((&error["layer"], &error["kind"]), (&"body".into(), &"host_announcement".into()));
    assert_eq!((&error["field"], &error["offset"]), (&"server_type".into(), &192.into()));
    assert_eq!(records[1]["body"]["damaged"], json!({"kind": "messenger", "from": "A"}));
    assert_eq!(records[1]["error"]["kind"], "messenger");
    let again = payloads(&records);
    assert!(again.lines().zip([data, "41004243"]).all(|(line, data)| line.ends_with(data)));

    let capture = capture(&line("BROWSE", &format!(r#""data":"{data}""#)));
    let tree = run(&["decode", "-v", "-"], &capture);
    let begin = "  host announcement, 24 octets\n";
    let shown = tree.text().split_once(begin).expect("the message").1;
    let names: Vec<_> =
        shown.lines().take(6).map(|line| line.split_whitespace().nth(1).unwrap()).collect();
    assert_eq!(
        names,
        [
            "opcode",
            "update_count",
            "periodicity",
            "server_name",
            "os_version_major",
            "os_version_minor"
        ]
    );
    let rest: Vec<_> = shown.lines().skip(6).take(2).collect();
    assert_eq!(
        rest,
        ["          error: server_type at octet 192: the datagram ends here", "  Data, 24 octets",]
    );
    let text = run(&["decode", "-"], &capture);
    assert!(
        text.text().contains("error: host announcement server_type at octet 192"),
        "{}",
        text.text()
    );
}

/// Every field of a tree, with its octets.
#[test]
fn trees() {
    let tree = |kind: &str, slot: &str, data: &str| -> Vec<String> {
        let capture = capture(&line(slot, &format!(r#""data":"{data}""#)));
        let tree = String::from_utf8(run(&["decode", "-v", "-"], &capture).ok()).expect("text");
        let (_, fields) = tree.split_once(&format!("  {kind}, ")).expect("the message");
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        // Behind the offsets.
        fields.lines().skip(1).map(|line| words(line.get(10..).unwrap_or_default())).collect()
    };
    let list = tree("get backup list response", "BROWSE", "0a03010000004100420042");
    assert_eq!(
        list,
        [
            "opcode 0x0a 0a",
            "backup_server_count 3 03",
            "token 0x00000001 01 00 00 00",
            "backup_servers \"A\" 41 00",
            "backup_servers \"B\" 42 00",
            "backup_servers \"B\", no NUL 42",
            "note: unterminated (habit): a text that ends with the message instead of a NUL (Samba, printers)",
            "",
        ]
    );
    let alert =
        tree("alerter", "ALERTER", &alert("ADMIN", "", "c10b00000200000043003a0000003900350000"));
    assert_eq!(alert[0], "timestamp 1061336448 2003-08-19T23:40:48.000000Z 80 b5 42 3f");
    assert!(alert[1].starts_with("event_name \"ADMIN\" 41 00 44 00"), "{}", alert[1]);
    assert_eq!(alert[3], "errcode 3009 c1 0b 00 00");
    assert_eq!(alert[5], "strings \"C:\" 43 00 3a 00 00 00");
    assert_eq!(alert[6], "strings \"95\", no NUL 39 00 35 00 00");
}

/// As many texts as a line has room for: each costs the same, and they end one after the other.
#[test]
fn a_list_as_long_as_a_line() {
    let texts = vec![""; 300_000];
    let line = json!({
        "schema": 1,
        "protocol": "nbdgm",
        "type": "direct_group",
        "dgm_id": 1,
        "source_name": {"name": "WINBOX", "suffix": "00", "scope": null},
        "destination_name": {"name": "OFFICE", "suffix": "1e", "scope": null},
        "mailslot": r"\MAILSLOT\BROWSE",
        "body": {"kind": "get_backup_list_response", "token": 1, "backup_servers": texts},
    });
    let outcome = run(&["encode", "--json"], format!("{line}\n").as_bytes());
    let error = outcome.refused(5);
    assert!(error.contains("would be read otherwise"), "{error}");
}
