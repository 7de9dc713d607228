//! The verbs on a network: a LAN inside this machine, several processes on it. Each test has a
//! workgroup and names of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Command};

use serde_json::Value;

use super::{Outcome, mailslot, run, values};

/// A command that runs until it is told to end, or has what it waits for.
pub(crate) struct Peer {
    child: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
}

impl Peer {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("starts");
        drop(child.stdin.take());
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        Self { child, stderr, said: String::new() }
    }

    /// `recv`, until the computer's name and the workgroup are its own.
    pub(super) fn recv(name: &str, workgroup: &str, args: &[&str]) -> Self {
        let verb = ["recv", "--loopback", "--name", name, "--workgroup", workgroup];
        let mut peer = Self::start(mailslot(&[&verb, args].concat()));
        peer.wait_for(&format!("{name}<00> is ours"));
        peer.wait_for(&format!("{workgroup}<00> is ours"));
        peer
    }

    /// Reads what it says up to a line with that text.
    pub(crate) fn wait_for(&mut self, text: &str) {
        loop {
            let mut line = String::new();
            let octets = self.stderr.read_line(&mut line).expect("text");
            self.said.push_str(&line);
            assert_ne!(octets, 0, "{text}: not said before the end: {}", self.said);
            if line.contains(text) {
                return;
            }
        }
    }

    /// Reads what it writes up to a line with that text.
    pub(crate) fn read_until(&mut self, text: &str) -> String {
        let stdout = self.child.stdout.as_mut().expect("piped");
        let mut shown = Vec::new();
        while !(shown.ends_with(b"\n") && String::from_utf8_lossy(&shown).contains(text)) {
            let mut octet = [0];
            stdout.read_exact(&mut octet).expect("more, or the text");
            shown.extend(octet);
        }
        String::from_utf8(shown).expect("text")
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn interrupt(&self) {
        self.signal("-INT");
    }

    pub(super) fn terminate(&self) {
        self.signal("-TERM");
    }

    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().expect("runs").success());
    }

    /// Until it has ended.
    pub(super) fn wait(&mut self) {
        self.child.wait().expect("ends");
    }

    /// Its exit code, without what it left running.
    fn ended(mut self) -> Option<i32> {
        self.child.wait().expect("ends").code()
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Outcome {
        let mut stdout = Vec::new();
        self.child.stdout.take().expect("piped").read_to_end(&mut stdout).expect("reads");
        self.stderr.read_to_string(&mut self.said).expect("text");
        let code = self.child.wait().expect("ends").code();
        Outcome { code, stdout, stderr: std::mem::take(&mut self.said) }
    }
}

/// A test that fails leaves nobody behind who has ports and names.
impl Drop for Peer {
    fn drop(&mut self) {
        // One that has ended is not there to be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn send(name: &str, workgroup: &str, args: &[&str]) -> Outcome {
    let verb = ["send", "--loopback", "--name", name, "--workgroup", workgroup];
    run(&[&verb, args].concat(), b"")
}

#[test]
fn what_one_sends_the_other_receives() {
    let peer = Peer::recv("TWOA", "TWO", &["--count", "4", "alerts", r"pos\eod"]);
    let sent = send("TWOB", "TWO", &["TWOA:alerts", "disk full"]);
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    assert!(
        sent.stderr.starts_with("9 octets sent to alerts of TWOA<00> at 127."),
        "{}",
        sent.stderr
    );
    let sent = send("TWOB", "TWO", &["--json", r"\\TWO\mailslot\ALERTS", "group"]);
    let object: Value = serde_json::from_str(sent.text()).expect("JSON");
    assert_eq!(
        object,
        serde_json::json!({"event": "sent", "slot": "ALERTS", "to": "TWO<00>", "route": "group",
            "addresses": ["127.255.255.255"], "octets": 5})
    );
    assert_eq!(send("TWOB", "OTHER", &[r"\\OTHER\mailslot\alerts", "others"]).code, Some(0));
    assert_eq!(send("TWOB", "TWO", &["--all", "alerts", "all"]).code, Some(0));
    assert_eq!(send("TWOB", "TWO", &["//twoa/mailslot/pos/eod", "level"]).code, Some(0));
    let received = peer.end();
    assert_eq!(received.code, Some(0), "{}", received.stderr);
    let lines: Vec<_> = received.text().lines().skip(1).map(|line| line[14..].to_owned()).collect();
    let line = |to: &str, slot: &str, text: &str| {
        let pair = format!("TWOB<00> -> {to}");
        format!("{pair:<32}  {slot:<12}  \"{text}\"")
    };
    assert_eq!(
        lines,
        [
            line("TWOA<00>", "alerts", "disk full"),
            line("TWO<00>", "alerts", "group"),
            line("TWO<00>", "alerts", "all"),
            line("TWOA<00>", r"pos\eod", "level"),
        ]
    );
}

#[test]
fn forms_of_what_is_received() {
    let sizes = ["", "a", &"x".repeat(424)];
    let peer = Peer::recv("FORMA", "FORM", &["--json", "-n", "3", "x"]);
    for text in sizes {
        assert_eq!(send("FORMB", "FORM", &["-q", "FORMA:x", text]).stderr, "");
    }
    let received = peer.end();
    let objects: Vec<Value> =
        received.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    for (object, text) in objects.iter().zip(sizes) {
        assert_eq!(object["data"], hex::encode(text));
        assert_eq!((&object["from"], &object["to"]), (&"FORMB<00>".into(), &"FORMA<00>".into()));
        assert_eq!((&object["slot"], &object["event"]), (&"x".into(), &"message".into()));
        assert!(object["address"].as_str().unwrap().starts_with("127."));
        assert!(object["time"].as_str().unwrap().ends_with('Z'));
    }
    assert_eq!(objects.len(), 4);
    assert_eq!(objects[3]["event"], "end");

    let peer = Peer::recv("FORMA", "FORM", &["--raw", "-n", "2", "x"]);
    for text in ["one", "two"] {
        assert_eq!(send("FORMB", "FORM", &["FORMA:x", text]).code, Some(0));
    }
    assert_eq!(peer.end().text(), "onetwo");

    let script = r#"printf '%s %s %s ' "$MAILSLOT_FROM" "$MAILSLOT_TO" "$MAILSLOT_SLOT"; cat"#;
    let args = ["-n", "1", "x", "--exec", "sh", "--", "-c", script];
    let peer = Peer::recv("FORMA", "FORM", &args);
    assert_eq!(send("FORMB", "FORM", &["FORMA:x", "$(id)"]).code, Some(0));
    assert_eq!(peer.end().text(), "FORMB<00> FORMA<00> x $(id)");
}

#[test]
fn the_books_are_shown_at_the_end() {
    let ports = ["--name-port", "11237", "--dgram-port", "11238"];
    let also = ["--also", "BOOKA#20", "--also-group", "PRINTERS", "x"];
    for json in [false, true] {
        let form: &[&str] = if json { &["--json"] } else { &[] };
        let args = [&ports[..], form, &also].concat();
        let mut peer = Peer::recv("BOOKA", "BOOK", &args);
        peer.wait_for("PRINTERS<00> is ours");
        for target in ["BOOKA#20:x", "BOOKA:y", "BOOK:y", "NOBODY#1e:x", "PRINTERS:x"] {
            assert_eq!(
                send("BOOKB", "BOOK", &[&ports[..], &[target, target]].concat()).code,
                Some(0)
            );
        }
        // What was sent last has come when it is shown, and so has all before it.
        let shown = peer.read_until("PRINTERS:x");
        assert_eq!(shown.matches("BOOKA#20:x").count(), 1, "{shown}");
        peer.interrupt();
        let outcome = peer.end();
        assert_eq!(outcome.code, Some(130));
        if json {
            let last = outcome.text().lines().last().expect("a line").to_owned();
            let counters = serde_json::json!({"received": 5, "delivered": 2, "observed": 0,
                "merged": 0, "held": 0, "dropped": {"not_our_name": 1, "no_such_slot": 2}});
            let end = serde_json::json!({"event": "end", "counters": counters, "kernel_drops": 0});
            assert_eq!(serde_json::from_str::<Value>(&last).expect("JSON"), end);
        } else {
            let books = "datagrams 5 = delivered 2 + dropped 3 (not_our_name 1, no_such_slot 2)\n";
            assert!(outcome.stderr.ends_with(books), "{}", outcome.stderr);
        }
    }
}

#[test]
fn any_slot_and_any_name() {
    // Other ports: every test's broadcasts are heard on the usual ones.
    let ports = ["--name-port", "11137", "--dgram-port", "11138"];
    let args = [&ports[..], &["--any", "-n", "3", "--raw"]].concat();
    let peer = Peer::recv("ANYA", "ANY", &args);
    for target in ["ANYA:one", "ANY#1e:two", "ANY#1d:BROWSE"] {
        let args = [&ports[..], &[target, target]].concat();
        assert_eq!(send("ANYB", "ANY", &args).code, Some(0));
    }
    assert_eq!(peer.end().text(), "ANYA:oneANY#1e:twoANY#1d:BROWSE");
}

#[test]
fn a_name_is_held_and_said_in_json() {
    let args = ["name", "register", "--loopback", "--json", "--name", "HOLD", "--group", "HOLDERS"];
    let mut peer = Peer::start(mailslot(&args));
    let line = peer.read_until("HOLDERS");
    let object: Value = serde_json::from_str(&line).expect("JSON");
    let expected = serde_json::json!({"name": "HOLDERS<00>", "group": true,
        "address": object["address"], "interface": "lo"});
    assert_eq!(object, expected);
    peer.terminate();
    assert_eq!(peer.end().code, Some(143));
}

/// What it runs for a message keeps neither a signal nor the name.
#[test]
fn a_command_that_runs_on_does_not_hold_it() {
    let mut peer =
        Peer::recv("BUSYA", "BUSY", &["x", "--exec", "sh", "--", "-c", "echo runs >&2; sleep 30"]);
    assert_eq!(send("BUSYB", "BUSY", &["BUSYA:x", "go"]).code, Some(0));
    peer.wait_for("runs");
    peer.terminate();
    assert_eq!(peer.ended(), Some(143));
    assert_eq!(
        run(&["name", "query", "--loopback", "--name", "BUSYB", "BUSYA"], b"").code,
        Some(6)
    );
}

#[test]
fn what_a_message_is_made_of() {
    let peer = Peer::recv("MADEA", "MADE", &["--json", "-n", "2", "x"]);
    let args = ["send", "--loopback", "--name", "MADEB", "--encoding", "utf16le", "-q", "MADEA:x"];
    assert_eq!(run(&args, "grün".as_bytes()).code, Some(0));
    assert_eq!(run(&args, b"\xff").code, Some(2), "no text");
    let args = ["send", "--loopback", "--name", "MADEB", "-q", "MADEA:x"];
    assert_eq!(run(&args, b"\xff\0").code, Some(0), "octets as they are");
    let received = peer.end();
    let data: Vec<_> = values(&received.stdout).iter().map(|line| line["data"].clone()).collect();
    assert_eq!(data, ["67007200fc006e00".into(), "ff00".into(), Value::Null]);
    for (args, why) in [
        (&["--all", r"\\*\mailslot\x", "hi"][..], "takes the mailslot's name"),
        (&["192.168.1.5:x", "hi"], "an address is no NetBIOS name"),
    ] {
        let refused = send("MADEB", "MADE", args);
        assert_eq!(refused.code, Some(2), "{}", refused.stderr);
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
    }
    let large = run(&["send", "--loopback", "--name", "MADEB", "MADEA:x"], &vec![b'x'; 100_000]);
    assert!(large.stderr.contains("more than 65,535 octets"), "{}", large.stderr);
    let same = ["recv", "--loopback", "--name", "SAME", "--workgroup", "same", "x"];
    assert!(run(&same, b"").stderr.contains("SAME<00> is meant to be two names"));
}

#[test]
fn announcements_are_heard() {
    let peer = Peer::recv("HEARA", "HEAR", &["BROWSE", "x", "-n", "1", "--raw"]);
    // For a name that is not ours: only BROWSE is listened to.
    assert_eq!(send("HEARB", "HEAR", &["HEAR#1d:x", "x"]).code, Some(0));
    assert_eq!(send("HEARB", "HEAR", &["HEAR#1d:BROWSE", "announced"]).code, Some(0));
    assert_eq!(peer.end().text(), "announced");
}

#[test]
fn nothing_comes_in_time() {
    let peer = Peer::recv("LATEA", "LATE", &["--timeout", "1.5", "x"]);
    let received = peer.end();
    assert_eq!((received.code, received.text()), (Some(1), ""));
}

#[test]
fn an_interrupt_gives_the_names_back() {
    let peer = Peer::recv("BACKA", "BACK", &["x"]);
    let query = ["name", "query", "--loopback", "--name", "BACKB", "BACKA"];
    let found = run(&query, b"");
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    peer.interrupt();
    assert_eq!(peer.end().code, Some(130));
    let gone = run(&query, b"");
    assert_eq!(gone.refused(6), "error: nobody answers to the name BACKA<00>\n");
}

#[test]
fn names_are_asked_for_and_held() {
    let peer = Peer::recv("ASKA", "ASK", &["x"]);
    let ask = |args: &[&str]| {
        let common = ["--loopback", "--name", "ASKB", "--workgroup", "ASK"];
        run(&[&["name"], args, &common].concat(), b"")
    };
    let query = ask(&["query", "aska"]);
    assert!(query.text().starts_with("127."), "{}", query.stderr);
    assert!(query.text().contains("  ASKA<00>  unique, B node, says 127."), "{}", query.text());
    let group = ask(&["query", "--all", "ASK", "--json"]);
    let line: Value = serde_json::from_str(group.text()).expect("one object");
    assert_eq!((&line["name"], &line["group"]), (&"ASK<00>".into(), &true.into()));

    let status = ask(&["status", "ASKA"]);
    let lines: Vec<_> = status.text().lines().collect();
    assert!(lines[0].starts_with("127."), "{}", status.stderr);
    assert_eq!(lines[1], "  ASKA<00>             unique  computer (workstation service)");
    assert_eq!(lines[2], "  ASK<00>              group   domain or workgroup");
    let by_address = ask(&["status", lines[0]]);
    assert_eq!(by_address.text(), status.text());

    // Another host is refused the name, and shares the group's.
    let refused = ask(&["register", "ASKA"]);
    assert!(refused.refused(4).contains("ASKA<00> is taken by 127."), "{}", refused.stderr);
    let common = ["name", "register", "--group", "ASK", "--loopback", "--name", "ASKB"];
    let mut shared = Peer::start(mailslot(&common));
    shared.wait_for("ASK<00> is ours");
    let owners = ask(&["query", "--all", "ASK"]);
    assert_eq!(owners.text().lines().count(), 2, "{}", owners.text());
    shared.interrupt();
    assert_eq!(shared.end().code, Some(130));
    peer.interrupt();
    assert_eq!(peer.end().code, Some(130));
}

#[test]
fn what_cannot_be_sent_is_refused_before_it_leaves() {
    let refused = |args: &[&str], code| send("NONEB", "NONE", args).refused(code).to_owned();
    let text = refused(&["NONEA:x", &"y".repeat(425)], 2);
    assert!(text.contains("425 octets") && text.contains("at most 424"), "{text}");
    assert!(text.contains("hint: "), "{text}");
    let long = format!("NONEA:{}", "s".repeat(40));
    let text = refused(&[&long, &"y".repeat(424)], 2);
    assert!(text.contains("at most 392"), "a long name leaves less: {text}");
    assert!(refused(&["NONEA:x", "y"], 6).contains("NONEA<00>"));
    assert!(refused(&[".:x", "y"], 6).contains("no service, and no program of this user"));
    assert!(refused(&[r"\NONEAmailslotx", "y"], 2).contains("the shell ate the backslashes"));
    assert!(refused(&["SIXTEEN-LETTERS-:x", "y"], 2).contains("at most 15"));
}

#[test]
fn a_port_that_is_taken_names_its_holder() {
    // It is for itself alone: whoever hears everything creates every mailslot.
    let peer = Peer::recv("HELDA", "HELD", &["--any"]);
    let second = ["recv", "--loopback", "--name", "HELDA", "--workgroup", "HELD", "y"];
    let second = run(&second, b"");
    let said = second.refused(3);
    let pid = peer.child.id().to_string();
    assert!(said.contains("10137") && said.contains(&pid) && said.contains("mailslot"), "{said}");
    peer.interrupt();
    assert_eq!(peer.end().code, Some(130));
}
