//! What a capture says as a whole.

use serde_json::{Value, json};

use super::super::{capture, run, values};

fn testdata(name: &str) -> String {
    format!("{}/testdata/{name}.pcap", env!("CARGO_MANIFEST_DIR"))
}

/// The one object of a report.
fn report(args: &[&str], capture: &[u8]) -> Value {
    let outcome = run(&[&["decode", "--json"], args, &["-"]].concat(), capture);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let mut values = values(&outcome.stdout);
    assert_eq!(values.len(), 1);
    values.remove(0)
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(testdata(name)).expect("a capture")
}

fn report_of(name: &str) -> Value {
    report(&["--report", "hosts"], &file(name))
}

/// The host of that name.
fn host<'a>(report: &'a Value, name: &str) -> &'a Value {
    let mut hosts = report["hosts"].as_array().expect("hosts").iter();
    hosts.find(|host| host["name"] == name).unwrap_or_else(|| panic!("{name} in {report}"))
}

#[test]
fn nothing_is_told_of_what_was_not_read() {
    for args in [&["--summary"][..], &["--report", "hosts", "--json"], &["--report", "netlogon"]] {
        run(&[&["decode"], args, &["no/such/file"]].concat(), b"").refused(2);
        run(&[&["decode"], args, &["-"]].concat(), b"no capture").refused(5);
        // What came before the damage is told.
        let office = file("office");
        let cut = run(&[&["decode"], args, &["-"]].concat(), &office[..office.len() - 1]);
        assert_eq!(cut.code, Some(5));
        assert!(!cut.stdout.is_empty());
    }
}

#[test]
fn hosts_and_what_they_say() {
    let report = report(&["--report", "hosts"], &file("samba/02_lmb_member_otherwg"));
    assert_eq!((&report["event"], &report["datagrams"]), (&json!("hosts"), &json!(131)));
    let gamma = host(&report, "GAMMA");
    assert_eq!(gamma["addresses"], json!(["10.77.0.3"]));
    assert_eq!(gamma["workgroups"], json!(["OTHER"]));
    assert_eq!(gamma["roles"], json!(["file server", "master browser", "print server"]));
    assert_eq!(gamma["system"]["name"], "Samba");
    assert_eq!(gamma["system"]["confidence"], "likely");
    assert_eq!(gamma["announced"]["comment"], "GAMMA test host");
    assert_eq!(gamma["left"], true);
    assert_eq!(gamma["first"], "2026-11-21T00:36:46.875867Z");
    // Every datagram is somebody's.
    let hosts = report["hosts"].as_array().expect("hosts");
    let datagrams: u64 = hosts.iter().filter_map(|host| host["datagrams"].as_u64()).sum();
    assert_eq!(datagrams, 131, "{report}");
    assert!(hosts.iter().all(|host| host["name"].is_string()), "{report}");
}

/// Without an announcement: from a node's status, from its claims, from how its messages look.
#[test]
fn hosts_that_announce_nothing() {
    let lines = r#"
{"src":"192.0.2.1:138","dst":"192.0.2.2:138","source_name":{"name":"WINBOX","suffix":"00"},"destination_name":{"name":"LINUXBOX","suffix":"00"},"slot":"alerts","data":"6261636b7570"}
{"src":"192.0.2.9:138","dst":"192.0.2.2:138","raw":"10ff"}
"#;
    let small = report(&["--report", "hosts"], &capture(lines));
    let winbox = host(&small, "WINBOX");
    assert_eq!(winbox["system"]["name"], "Windows");
    assert_eq!(winbox["system"]["confidence"], "possible");
    let nameless = &small["hosts"][1];
    assert_eq!((&nameless["name"], &nameless["addresses"]), (&Value::Null, &json!(["192.0.2.9"])));

    let clients = report(&["--report", "hosts"], &file("samba/03_name_service_clients"));
    let alpha = host(&clients, "ALPHA");
    assert_eq!(alpha["system"]["name"], "Samba", "{alpha}");
    assert_eq!(alpha["workgroups"], json!(["MSLOT"]), "{alpha}");
    assert!(alpha["roles"].as_array().expect("roles").contains(&json!("file server")));
}

/// A datagram to `OFFICE<suffix>`, with what `fields` has besides.
fn browse(host: u8, name: &str, suffix: &str, data: &str, fields: &str) -> String {
    format!(
        r#"{{"src":"192.0.2.{host}:138","dst":"192.0.2.255:138","type":"direct_group","source_ip":"192.0.2.{host}","source_name":{{"name":"{name}","suffix":"00"}},"destination_name":{{"name":"OFFICE","suffix":"{suffix}"}},"slot":"BROWSE","data":"{data}",{fields}}}"#
    )
}

/// What a host does says what it is, where it announces nothing.
#[test]
fn roles_by_deeds() {
    let kernel = r#""profile":"browser""#;
    let lines = [
        // An election; a domain announcement, and a list of browsers.
        browse(1, "VOTER", "1e", "08010b010e20f801010000000000564f54455200", kernel),
        browse(
            2,
            "MASTER",
            "01",
            "0c00a0bb0d004f4646494345000000000000000000000300a0010000804d415354455200",
            kernel,
        ),
        browse(3, "LISTER", "1d", "0a010000000041004c49535445520000", kernel),
        browse(4, "ASKER", "1d", "090401000000", kernel),
    ];
    let report = report(&["--report", "hosts"], &capture(&lines.join("\n")));
    let said =
        |name| (host(&report, name)["workgroups"].clone(), host(&report, name)["roles"].clone());
    assert_eq!(said("VOTER"), (json!(["OFFICE"]), json!([])));
    assert_eq!(said("MASTER"), (json!(["OFFICE"]), json!(["master browser"])));
    assert_eq!(said("LISTER"), (json!([]), json!(["master browser"])));
    // Whose list it is need not be its own workgroup's.
    assert_eq!(said("ASKER"), (json!([]), json!([])));

    let answers = report_of("samba/05_netlogon_mailslot");
    let alpha = host(&answers, "ALPHA");
    assert!(alpha["roles"].as_array().expect("roles").contains(&json!("domain controller")));
}

/// How messages are written tells what announces itself as something else.
#[test]
fn systems_by_how_they_write() {
    // Version 4.0, workstation, server, printq_server, wfw, windows: a printer of OKI says so.
    let announcement = "010060ea000050434e414d45000000000000000000000400032241000f0155aa00";
    let nine = r#""profile":"samba","flags":2"#;
    let lines = [
        browse(1, "PCNAME", "1d", announcement, nine),
        browse(
            2,
            "MAC",
            "1d",
            "090401000000",
            r#""profile":"samba","flags":2,"source_port":0,"smb":{"PIDLow":15805,"MID":18939,"Words.Flags":2}"#,
        ),
        browse(3, "OLD", "1d", "090401000000", nine),
        browse(4, "UNIX", "1d", "090401000000", r#""profile":"samba","flags":10"#),
        browse(5, "NT", "1d", "090401000000", r#""profile":"browser","flags":2"#),
        // Ids that nobody else has.
        browse(6, "ODD", "1d", "090401000000", r#""profile":"samba","flags":2,"smb":{"UID":7}"#),
    ];
    let seen = report(&["--report", "hosts"], &capture(&lines.join("\n")));
    let system = |name| {
        let system = &host(&seen, name)["system"];
        (system["name"].clone(), system["confidence"].clone())
    };
    assert_eq!(system("PCNAME"), (json!("Windows 95 or 98"), json!("likely")));
    for (name, expected) in [
        ("MAC", "macOS"),
        ("OLD", "Windows 95, 98 or a device"),
        ("UNIX", "Samba"),
        ("NT", "Windows"),
    ] {
        assert_eq!(system(name), (json!(expected), json!("possible")), "{name}");
    }
    assert_eq!(system("ODD"), (Value::Null, Value::Null));
    // The same, but DGM_LENGTH of one datagram counts the header.
    let length = 14 + 68 + 86 + announcement.len() / 2;
    let mut printer = vec![browse(1, "PCNAME", "1d", announcement, nine)];
    printer.push(browse(
        1,
        "PCNAME",
        "1d",
        announcement,
        &format!(r#"{nine},"dgm_length":{length}"#),
    ));
    let printer = report(&["--report", "hosts"], &capture(&printer.join("\n")));
    let system = &host(&printer, "PCNAME")["system"];
    assert_eq!(system["name"], "a printer, router or other device", "{printer}");
    assert_eq!(
        system["why"],
        "announces version 4.0 of Windows 95 or 98, but writes as no such system does"
    );
}

/// As people read it: one moment is no span, and what is unknown says why.
#[test]
fn hosts_as_text() {
    // Version 77.0 of the bit that NT has; then a question.
    let future = "010060ea00004e4557504300000000000000000000004d00031000000f0155aa00";
    let lines = [
        browse(1, "NEWPC", "1d", future, r#""smb":{"UID":7}"#),
        browse(2, "ODD", "1d", "090401000000", r#""time":"2026-11-20T09:14:02Z","smb":{"UID":7}"#),
    ];
    let outcome = run(&["decode", "--report", "hosts", "-"], &capture(&lines.join("\n")));
    for part in [
        "NEWPC in OFFICE at 192.0.2.1\n  system  unknown: it announces version 77.0\n",
        "ODD at 192.0.2.2\n  system  unknown: it announces nothing\n",
        "  seen    2026-11-20 09:14:02.000, 1 datagram\n",
    ] {
        assert!(outcome.text().contains(part), "{part}: {}", outcome.text());
    }
}

/// Over IPX a group's name has no IP address, whose host would be anybody; the sender's is first.
#[test]
fn hosts_over_ipx() {
    let sent = run(&["encode", "--from", "A", "--to", "B:x", "y"], b"");
    // Header and names are IPX's own.
    let smb = &sent.text().trim_end()[2 * 82..];
    let frame = |from: &[u8; 16]| {
        let names = [&from[..], b"WINBOX         \0"].concat();
        let len = 3 + 30 + 2 + 32 + smb.len() / 2;
        let ipx = format!("ffff{:04x}0004", len - 3);
        let addresses = "0000000a0200000000090455 0000000a0200000000010455";
        let names = hex::encode(names);
        format!("020000000009020000000001{len:04x}e0e003{ipx}{addresses}000b{names}{smb}")
    };
    let hosts = |name| {
        let args = ["decode", "--json", "--report", "hosts", "--hex"];
        values(&run(&args, frame(name).as_bytes()).stdout)[0]["hosts"].clone()
    };
    assert_eq!(hosts(b"OFFICE         \x1d"), json!([]));
    let named = hosts(b"OLDBOX         \0");
    assert_eq!((&named[0]["name"], &named[0]["addresses"]), (&json!("OLDBOX"), &json!([])));
}

#[test]
fn summary() {
    let summary = report(&["--summary"], &file("office"));
    assert_eq!(summary["event"], "summary");
    let alerts = &summary["slots"][0];
    assert_eq!(
        *alerts,
        json!({"slot": "ALERTS", "messages": 6, "octets": 933,
               "senders": {"DISPATCH": 1, "FRONTDESK": 4, "NAS": 1}})
    );
    assert_eq!(
        summary["kinds"],
        json!({"host_announcement": 1, "local_master_announcement": 1, "message": 12,
               "name_query_request": 1, "unreadable": 1})
    );
    let oddities = summary["oddities"].as_array().expect("oddities");
    let kinds: Vec<_> = oddities.iter().map(|odd| &odd["kind"]).collect();
    assert_eq!(kinds, ["error", "fault"]);
    assert_eq!((&oddities[0]["frame"], &oddities[0]["from"]), (&json!(17), &json!("DISPATCH<00>")));
    assert_eq!(summary["full"], json!([]));
    // Text has the same.
    let outcome = run(&["decode", "--summary", &testdata("office")], b"");
    let text = outcome.text();
    for part in ["\nhost ", "\nslot ", "\nkind ", "\nodd\n", "\"dispatch desk\"", "FRONTDESK 4"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

/// A name at two addresses, an address with two names, a sender that says that it is another.
#[test]
fn what_does_not_agree() {
    let line = |name: &str, at: &str, said: &str| {
        format!(
            r#"{{"src":"{at}:138","dst":"192.0.2.2:138","source_ip":"{said}","source_name":{{"name":"{name}","suffix":"00"}},"destination_name":{{"name":"B","suffix":"00"}},"slot":"x","data":"78"}}"#
        )
    };
    let lines = [
        line("ONE", "192.0.2.1", "192.0.2.1"),
        line("ONE", "192.0.2.7", "192.0.2.7"),
        line("TWO", "192.0.2.1", "10.0.0.1"),
        line("TWO", "192.0.2.1", "10.0.0.1"),
    ];
    let summary = report(&["--summary"], &capture(&lines.join("\n")));
    let oddities: Vec<_> = summary["oddities"].as_array().expect("oddities").iter().collect();
    let what = |kind: &str| {
        let odd = oddities.iter().find(|odd| odd["kind"] == kind);
        odd.unwrap_or_else(|| panic!("{kind} in {summary}"))["what"].as_str().expect("text")
    };
    assert_eq!(what("source_ip"), "SOURCE_IP 10.0.0.1 is not the sender 192.0.2.1");
    assert_eq!(what("several_addresses"), "ONE is at 192.0.2.1, 192.0.2.7");
    assert_eq!(what("several_names"), "192.0.2.1 is ONE, TWO");
    assert_eq!(oddities.len(), 3);
    assert_eq!((&oddities[0]["datagrams"], &oddities[0]["frame"]), (&json!(2), &json!(3)));
}

#[test]
fn netlogon() {
    let netlogon = report(&["--report", "netlogon"], &file("samba/05_netlogon_mailslot"));
    let clients = netlogon["clients"].as_array().expect("clients");
    let torture = clients.iter().find(|client| client["client"] == "TORTURE_TEST");
    let torture = torture.expect("smbtorture's");
    assert_eq!(torture["domain"], "MSLOT<1c>");
    assert_eq!(torture["answers"]["ALPHA"], torture["datagrams"]);
    let none = report(&["--report", "netlogon"], &file("office"));
    assert_eq!(none["clients"], json!([]));
    let text = run(&["decode", "--report", "netlogon", &testdata("office")], b"");
    assert!(text.text().contains("no client looks for a domain controller"), "{}", text.text());
}

/// What controllers say to their kin, and to workstations, is no question.
#[test]
fn who_asks_for_controllers() {
    let line = |id: u32, from: &str, body: &str| {
        format!(
            r#"{{"dgm_id":{id},"source_name":{{"name":"{from}","suffix":"00"}},"destination_name":{{"name":"OFFICE","suffix":"1c"}},"slot":"NET\\NETLOGON","body":{body}}}"#
        )
    };
    let query = r#"{"kind":"primary_query","computer_name":"CLIENT","mailslot_name":"\\MAILSLOT\\NET\\GETDC1"}"#;
    let lines = [
        line(1, "CLIENT", query),
        line(2, "PRIMARY", r#"{"kind":"pdc_startup"}"#),
        line(3, "OTHER", r#"{"kind":"announce_uas"}"#),
    ];
    let capture = capture(&lines.join("\n"));
    let kinds = report(&["--summary"], &capture)["kinds"].clone();
    assert_eq!((&kinds["pdc_startup"], &kinds["announce_uas"]), (&json!(1), &json!(1)), "{kinds}");
    let netlogon = report(&["--report", "netlogon"], &capture);
    let clients = netlogon["clients"].as_array().expect("clients");
    let names: Vec<_> = clients.iter().map(|client| &client["client"]).collect();
    assert_eq!(names, [&json!("CLIENT")]);
    let text = run(&["decode", "--report", "netlogon", "-"], &capture).ok();
    let text = String::from_utf8(text).expect("text");
    assert!(text.contains("  nobody\n\nnobody: no answer is here"), "{text}");
    let answered =
        run(&["decode", "--report", "netlogon", &testdata("samba/05_netlogon_mailslot")], b"");
    let all = answered
        .text()
        .lines()
        .filter(|line| line.contains("<1c>"))
        .all(|line| !line.contains("nobody"));
    assert_eq!(answered.text().contains("nobody: "), !all, "{}", answered.text());
}

/// Several files are one network; filters choose what is counted.
#[test]
fn files_and_filters() {
    let (one, two) = (testdata("office"), testdata("samba/02_lmb_member_otherwg"));
    let outcome = run(&["decode", "--json", "--summary", "--kind", "browse", &one, &two], b"");
    assert_eq!(outcome.code, Some(0));
    assert!(outcome.stderr.contains("office.pcap: 2 of 16 datagrams counted\n"));
    let summary = values(&outcome.stdout).remove(0);
    let kinds = &summary["kinds"];
    assert!(kinds["host_announcement"].as_u64().expect("a number") > 12, "{kinds}");
    assert_eq!((&kinds["message"], &kinds["name_query_request"]), (&Value::Null, &Value::Null));
    host(&summary, "DISPATCH");
    host(&summary, "GAMMA");
}

/// Without a report each line is one file's.
#[test]
fn several_files() {
    let (one, two) = (testdata("office"), testdata("samba/02_lmb_member_otherwg"));
    for mode in [&["decode"][..], &["decode", "-v"]] {
        let whole =
            |files: &[&str]| String::from_utf8(run(&[mode, files].concat(), b"").ok()).unwrap();
        let (first, second) = (whole(&[&one]), whole(&[&two]));
        assert_eq!(
            whole(&[&one, &two]),
            format!("==> {one} <==\n{first}==> {two} <==\n{second}"),
            "{mode:?}"
        );
    }
    let of = |files: &[&str]| values(&run(&[&["decode", "--json"], files].concat(), b"").ok());
    let (both, alone) = (of(&[&one, &two]), of(&[&one]));
    assert!(alone.iter().all(|line| line["file"].is_null()));
    for (line, file) in both.iter().zip([one.as_str()].repeat(16)) {
        assert_eq!(line["file"], file);
    }
    assert_eq!(both[16]["file"], two);
    assert!(both.len() > 17);
    let lines: String = both.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    run(&["encode", "--json"], lines.as_bytes()).ok();
}

/// What is damaged is told, and what was read before it is in the tables.
#[test]
fn damaged_captures() {
    let whole = file("office");
    let outcome = run(&["decode", "--summary", "-"], &whole[..whole.len() - 1]);
    assert_eq!(outcome.code, Some(5));
    assert!(outcome.text().starts_with("15 datagrams from "), "{}", outcome.text());
}

#[test]
fn formats_of_others() {
    let hint =
        |start: &[u8]| run(&["decode", "-"], &[start, &[0; 40]].concat()).refused(5).to_owned();
    for (start, said) in [
        (&b"PK\x03\x04"[..], "hint: a zip archive"),
        (b"snoop", "hint: a capture of another program: `editcap -F pcap`"),
        (b"{\"schema\":1}", "`mailslot encode --json`"),
        (b"0000  ff ff", "`mailslot decode --hex`"),
    ] {
        assert!(hint(start).contains(said), "{}", hint(start));
    }
    assert!(!hint(b"\xff\xff\xff\xff").contains("hint"));
}

#[test]
fn usage() {
    for args in [
        &["--summary", "-v"][..],
        &["--summary", "--report", "hosts"],
        &["--report", "everything"],
        &["-v", "--report", "hosts"],
    ] {
        run(&[&["decode"], args, &["-"]].concat(), b"").refused(2);
    }
}

/// Whoever sends a datagram must not move the cursor of whoever looks at its report.
#[test]
fn control_characters_are_escaped() {
    let nasty = r"a\u001b[2J\u0007\u007f\r\n";
    let line = format!(
        r#"{{"src":"192.0.2.1:138","dst":"192.0.2.2:138","source_ip":"10.0.0.1","source_name":{{"name":"{nasty}","suffix":"00"}},"destination_name":{{"name":"{nasty}","suffix":"1c"}},"slot":"NET\\NETLOGON","data":"1b5b"}}
{{"src":"192.0.2.1:138","dst":"192.0.2.2:138","source_name":{{"name":"{nasty}","suffix":"00"}},"destination_name":{{"name":"{nasty}","suffix":"1e"}},"slot":"BROWSE","body":{{"kind":"host_announcement","server_name":"{nasty}","comment":"{nasty}"}}}}
{{"src":"192.0.2.1:138","dst":"192.0.2.2:138","source_name":{{"name":"{nasty}","suffix":"00"}},"destination_name":{{"name":"{nasty}","suffix":"00"}},"slot":"{nasty}","data":"1b5b"}}"#
    );
    let capture = capture(&line);
    for report in [&["--summary"][..], &["--report", "hosts"], &["--report", "netlogon"]] {
        for json in [&[][..], &["--json"]] {
            let outcome = run(&[&["decode"], report, json, &["-"]].concat(), &capture);
            let text = String::from_utf8(outcome.ok()).expect("text");
            assert!(text.contains(if json.is_empty() { r"\x1b" } else { r"\u001b" }), "{text}");
            let odd = text.find(|c: char| c.is_control() && c != '\n');
            assert_eq!(odd, None, "{text:?}");
        }
    }
}
