//! Which datagrams are shown.

use serde_json::Value;

use super::super::{Outcome, SHAPES, capture, run, values};
use super::MODES;

/// One of each way to be found: by slot, by body, by what the body says, by what a packet says.
const RECORDS: &str = r#"
{"src":"192.0.2.1:138","dst":"192.0.2.2:138","source_name":{"name":"WINBOX","suffix":"00"},"destination_name":{"name":"LINUXBOX","suffix":"00"},"slot":"alerts","data":"6261636b7570"}
{"src":"192.0.2.1:138","dst":"192.0.2.255:138","type":"direct_group","source_name":{"name":"WINBOX","suffix":"20"},"destination_name":{"name":"OFFICE","suffix":"1d"},"mailslot":"\\MAILSLOT\\BROWSE","body":{"kind":"host_announcement","server_name":"ALIAS","comment":"NOBODY"}}
{"src":"192.0.2.1:138","dst":"192.0.2.255:138","type":"direct_group","source_ip":"198.51.100.7","source_name":{"name":"WINBOX","suffix":"20"},"destination_name":{"name":"OFFICE","suffix":"1e"},"mailslot":"\\MAILSLOT\\BROWSE","body":{"kind":"local_master_announcement","server_name":"WINBOX"}}
{"src":"192.0.2.3:138","dst":"192.0.2.2:138","source_name":{"name":"OTHER","suffix":"00"},"destination_name":{"name":"LINUXBOX","suffix":"00"},"slot":"Alerts","data":"01","dgm_length":9}
{"src":"192.0.2.3:138","dst":"192.0.2.2:138","raw":"10ff"}
"#;

fn shown(args: &[&str], capture: &[u8]) -> Outcome {
    let outcome = run(&[&["decode"], args, &["-"]].concat(), capture);
    assert_eq!(outcome.code, Some(0), "{args:?}: {}", outcome.stderr);
    outcome
}

/// The numbers of the frames that are shown, which are the same in all forms.
fn frames(filter: &[&str], capture: &[u8]) -> Vec<u64> {
    let mut all: Vec<Vec<u64>> = Vec::new();
    for mode in MODES {
        let outcome = shown(&[&mode[1..], filter].concat(), capture);
        let frames: Vec<u64> = if mode.contains(&"--json") {
            let frame = |value: &Value| value["frame"].as_u64().expect("a number");
            values(&outcome.stdout).iter().map(frame).collect()
        } else {
            let first = |line: &str| line.trim_start_matches("Frame ").trim().to_owned();
            let number = |line: String| line.split([' ', ',']).next()?.parse().ok();
            let begins = |line: &&str| !mode.contains(&"-v") || line.starts_with("Frame ");
            outcome.text().lines().filter(begins).map(first).filter_map(number).collect()
        };
        let said = format!("{} of ", frames.len());
        assert!(
            outcome.stderr.starts_with(&format!("standard input: {said}")),
            "{}",
            outcome.stderr
        );
        assert!(outcome.stderr.ends_with(" datagrams shown\n"), "{}", outcome.stderr);
        all.push(frames);
    }
    assert!(all.iter().all(|frames| *frames == all[0]), "{filter:?}: {all:?}");
    all.swap_remove(0)
}

#[test]
fn each_kind() {
    let capture = capture(RECORDS);
    for (filter, expected) in [
        (&["--slot", "alerts"][..], &[1, 4][..]),
        (&["--slot", r"\MAILSLOT\ALERTS"], &[1, 4]),
        (&["--slot", "b*"], &[2, 3]),
        (&["--slot", "alerts", "--slot", "browse"], &[1, 2, 3, 4]),
        (&["--host", "winbox"], &[1, 2, 3]),
        (&["--host", "l*box"], &[1, 4]),
        (&["--host", "192.0.2.3"], &[4, 5]),
        (&["--host", "192.0.2.255"], &[2, 3]),
        (&["--kind", "host_announcement"], &[2]),
        (&["--kind", "local-master-announcement", "--kind", "raw"], &[1, 3, 4]),
        (&["--kind", "browse"], &[2, 3]),
        (&["--type", "direct_group"], &[2, 3]),
        (&["--type", "direct_unique", "--type", "broadcast"], &[1, 4]),
        (&["--errors"], &[4, 5]),
    ] {
        assert_eq!(frames(filter, &capture), expected, "{filter:?}");
    }
}

/// What the payload says counts too: a name, an address, but no comment.
#[test]
fn hosts_that_are_spoken_of() {
    let capture = capture(RECORDS);
    assert_eq!(frames(&["--host", "Alias"], &capture), [2]);
    assert_eq!(frames(&["--host", "nobody"], &capture), [0; 0]);
    assert_eq!(frames(&["--host", "198.51.100.7"], &capture), [3]);
}

#[test]
fn several_kinds_must_all_hold() {
    let capture = capture(RECORDS);
    assert_eq!(frames(&["--host", "OTHER", "--slot", "alerts"], &capture), [4]);
    assert_eq!(frames(&["--host", "winbox", "--errors"], &capture), [0; 0]);
    assert_eq!(frames(&["--kind", "browse", "--type", "direct_unique"], &capture), [0; 0]);
    let outcome = shown(&["--host", "WINBOX", "--slot", "browse"], &capture);
    assert_eq!(outcome.stderr, "standard input: 2 of 5 datagrams shown\n");
}

#[test]
fn the_name_service() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/samba/08_wins.pcap");
    let file = std::fs::read(path).expect("a capture");
    let kinds = |filter: &[&str]| -> Vec<String> {
        let outcome = shown(&[&["--json"], filter].concat(), &file);
        let kind = |value: &Value| value["kind"].as_str().map(Into::into);
        values(&outcome.stdout).iter().filter_map(kind).collect()
    };
    let registrations = kinds(&["--type", "registration"]);
    let requests = kinds(&["--type", "name_registration_request"]);
    assert!(!requests.is_empty() && registrations.len() > requests.len());
    assert!(requests.iter().all(|kind| kind == "name_registration_request"));
    assert!(registrations.iter().all(|kind| kind.contains("registration")), "{registrations:?}");
    // Names and addresses within, of records too.
    let all: Vec<Value> = values(&shown(&["--json"], &file).stdout);
    let answer = all.iter().find(|value| value["kind"] == "positive_name_query_response");
    let answer = &answer.expect("an answer")["answers"][0];
    let name = answer["name"]["name"].as_str().expect("a name");
    let address = answer["addresses"][0]["address"].as_str().expect("an address");
    for host in [name, address] {
        let found = kinds(&["--host", host, "--type", "positive-name-query-response"]);
        assert!(!found.is_empty(), "{host}");
    }
    assert!(kinds(&["--host", "NOSUCHHOST"]).is_empty());
}

#[test]
fn usage() {
    for (option, word, known) in [
        ("--kind", "announcement", "host_announcement"),
        ("--type", "unicast", "direct_unique, direct_group"),
        ("--slot", "", "no name"),
        ("--host", "", "no name"),
    ] {
        let outcome = run(&["decode", option, word, "-"], b"");
        assert!(outcome.refused(2).contains(known), "{}", outcome.stderr);
    }
}

/// Without a filter nothing is said of one, and `encode` takes what is left by one.
#[test]
fn what_is_left_is_whole() {
    let capture = capture(SHAPES);
    assert_eq!(run(&["decode", "-"], &capture).stderr, "");
    let some = shown(&["--json", "--slot", "browse"], &capture);
    let rest = run(&["encode", "--json", "--format", "pcap"], &some.stdout).ok();
    let again = values(&run(&["decode", "--json", "-"], &rest).ok());
    assert_eq!(again.len(), 1);
    assert_eq!(again[0]["data"], values(&some.stdout)[0]["data"]);
}
