//! `mailslot doctor`, on the LAN inside this machine: faults are planted, and its first line names
//! each. Each test has a workgroup and names of its own.

use std::net::UdpSocket;

use mailslot::runtime::{LOOPBACK_PORTS, loopback_address};
use serde_json::Value;

use super::network::Peer;
use super::{Outcome, mailslot, run, values};

fn doctor(name: &str, workgroup: &str, args: &[&str]) -> Outcome {
    let verb = ["doctor", "--loopback", "--timeout", "0.1"];
    run(&[&verb[..], &["--name", name, "--workgroup", workgroup], args].concat(), b"")
}

/// The first finding as text: its line, and the commands below it.
fn first(outcome: &Outcome) -> (&str, Vec<&str>) {
    assert_eq!(outcome.stderr, "");
    let mut lines = outcome.text().lines();
    let line = lines.next().expect("a finding");
    let below = lines.take_while(|line| line.starts_with("  "));
    (line, below.filter_map(|line| line.strip_prefix("    ")).collect())
}

/// A command of root's, as another user is told it.
fn without_sudo(command: &str) -> &str {
    command.strip_prefix("sudo ").unwrap_or(command)
}

#[test]
fn a_machine_without_a_fault() {
    let healthy = doctor("DOCA", "DOC", &[]);
    assert_eq!((healthy.code, healthy.stderr.as_str()), (Some(0), ""), "{}", healthy.text());
    let text = healthy.text();
    assert!(text.starts_with("no fault found for DOCA in DOC\n"), "{text}");
    assert!(!text.contains("fault: "), "{text}");
    for line in [
        "fine: UDP ports 10137 and 10138 can be had",
        "fine: what is broadcast to 127.255.255.255 comes in at UDP ports 10137 and 10138: \
         sent from here, and heard",
        "fine: nobody else has the name DOCA<00>; DOC<00> is the group's",
        "    Set-SmbClientConfiguration -EnableMailslots $true",
        r"    mailslot recv 'waitfor.exe\HELLO'",
        "    waitfor /s DOCA /si HELLO",
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line}: {text}");
    }
    let json = doctor("DOCA", "DOC", &["--json"]);
    assert_eq!(json.code, Some(0));
    let findings = values(&json.stdout);
    let has = |severity: &str, check: &str| {
        findings.iter().any(|finding| finding["severity"] == severity && finding["check"] == check)
    };
    assert!(has("fine", "port") && has("fine", "filter") && has("unseen", "windows"));
    assert!(findings.iter().all(|finding| finding["severity"] != "fault"));
    assert!(findings.iter().all(|finding| finding["remedy"].is_array()));
}

#[test]
fn a_name_of_two() {
    let mut other =
        Peer::start(mailslot(&["name", "register", "--loopback", "--name", "DOCO", "DOCB"]));
    other.wait_for("DOCB<00> is ours");
    let conflict = doctor("DOCB", "DOC", &["--slot", r"pos\eod"]);
    let (line, commands) = first(&conflict);
    let at = loopback_address("DOCO");
    assert_eq!(line, format!("fault: another machine has the name DOCB<00>: {at}"));
    assert_eq!(commands, [r"mailslot recv --name DOCB-2 'pos\eod'"]);
    assert_eq!(conflict.code, Some(4));
    let renamed = doctor("DOCB-2", "DOC", &[]);
    assert_eq!(renamed.code, Some(0), "{}", renamed.text());
    other.interrupt();
    assert_eq!(other.end().code, Some(130));
}

#[test]
fn a_port_of_another_program() {
    let address = loopback_address("DOCC");
    let held = UdpSocket::bind((address, LOOPBACK_PORTS.1)).expect("a port");
    let busy = doctor("DOCC", "DOC", &[]);
    let (line, commands) = first(&busy);
    let pid = std::process::id();
    assert!(line.starts_with("fault: UDP port 10138 is held by "), "{line}");
    assert!(line.ends_with(&format!(" (pid {pid})")), "{line}");
    assert_eq!(commands.into_iter().map(without_sudo).collect::<Vec<_>>(), [format!("kill {pid}")]);
    assert_eq!(busy.code, Some(3));
    drop(held);
    assert_eq!(doctor("DOCC", "DOC", &[]).code, Some(0));
}

#[test]
fn a_mailslot_that_listens_is_no_fault() {
    let peer = Peer::recv("DOCD", "DOCW", &["alerts"]);
    // It is known by what it is, whatever the doctor's own options say.
    let beside = doctor("DOCD", "DOC", &[]);
    assert_eq!(beside.code, Some(0), "{}", beside.text());
    assert_eq!(first(&beside).0, "no fault found for DOCD in DOCW");
    let line = format!("(pid {}) has UDP ports 10137 and 10138, as DOCD in DOCW", peer.id());
    assert!(beside.text().lines().any(|shown| shown.ends_with(&line)), "{}", beside.text());
    peer.interrupt();
    assert_eq!(peer.end().code, Some(130));
}

/// The peer's workgroup is what the peer says: in a command to be copied, it is one word.
#[test]
fn another_workgroup() {
    let peer = Peer::recv("DOCE", "DOC$(ID);'X", &["alerts"]);
    let parted = doctor("DOCF", "DOC", &["DOCE:alerts"]);
    let (line, commands) = first(&parted);
    assert_eq!(line, "fault: DOCE is in the workgroup DOC$(ID);'X, this machine in DOC");
    assert_eq!(commands, [r"mailslot recv --workgroup 'DOC$(ID);'\''X' alerts"]);
    assert_eq!(parted.code, Some(1));
    let by_address = doctor("DOCF", "DOC", &[&loopback_address("DOCE").to_string(), "--json"]);
    assert_eq!(by_address.code, Some(1));
    let findings = values(&by_address.stdout);
    assert_eq!(
        (&findings[0]["severity"], &findings[0]["check"]),
        (&"fault".into(), &"workgroup".into())
    );
    let together = doctor("DOCF", "DOC$(ID);'X", &["DOCE"]);
    assert_eq!(together.code, Some(0), "{}", together.text());
    assert!(together.text().contains("\nfine: DOCE in DOC$(ID);'X answers at 127."));
    peer.interrupt();
    assert_eq!(peer.end().code, Some(130));
}

#[test]
fn a_peer_that_nobody_is() {
    let silent = doctor("DOCG", "DOC", &["DOCNONE"]);
    assert_eq!(first(&silent).0, "fault: nobody answers to the name DOCNONE");
    assert_eq!(silent.code, Some(6));
    let refused = |args: &[&str]| doctor("DOCG", "DOC", args).refused(2).to_owned();
    assert!(refused(&["DOCG"]).contains("own name"));
    assert!(refused(&["*:alerts"]).contains("one other machine"));
    assert!(refused(&["SIXTEEN-LETTERS-"]).contains("at most 15"));
    assert!(refused(&["DOCH", "--slot", ""]).contains("error: "));
}

/// What comes while the doctor listens is told: to the mailslot that is asked about, to others, to
/// other workgroups.
#[test]
fn what_comes_meanwhile() {
    let args = ["doctor", "--loopback", "--name", "DOCI", "--workgroup", "DOCL", "--json"];
    // Other ports: every test's broadcasts are heard on the usual ones.
    let ports = ["--name-port", "12137", "--dgram-port", "12138"];
    let listening =
        mailslot(&[&args[..], &ports, &["--timeout", "4", "--slot", "alerts"]].concat());
    let listening = Peer::start(listening);
    let common = ["--loopback", "--name", "DOCJ", "--workgroup", "DOCM"];
    let ask = [&["name", "query", "DOCI"], &common[..], &ports].concat();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while run(&ask, b"").code != Some(0) {
        assert!(std::time::Instant::now() < deadline, "it never has its name");
    }
    for (target, text) in [("DOCI:alerts", "one"), ("DOCI:alert", "two"), ("DOCM:alerts", "three")]
    {
        let send = [&["send", target, text], &common[..], &ports].concat();
        assert_eq!(run(&send, b"").code, Some(0));
    }
    let outcome = listening.end();
    assert_eq!(outcome.code, Some(0), "{}", outcome.text());
    let findings = values(&outcome.stdout);
    let find = |what: &str| -> &Value {
        let found =
            findings.iter().find(|finding| finding["what"].as_str().unwrap().contains(what));
        found.unwrap_or_else(|| panic!("{what}: {}", outcome.text()))
    };
    assert_eq!(find("1 message came to alerts within")["severity"], "fine");
    let others = find("for mailslots that nobody here listens to");
    assert_eq!(others["remedy"][0], "mailslot recv alert");
    let foreign = find("DOCJ wrote to the workgroup DOCM, this machine is in DOCL");
    assert_eq!((&foreign["severity"], &foreign["check"]), (&"warning".into(), &"workgroup".into()));
    assert_eq!(foreign["remedy"][0], "mailslot recv --workgroup DOCM alerts");
}
