//! Mailslots that processes share, with no service started: the first has them.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::network::Peer;
use super::{Outcome, mailslot};

/// A user of his own, as far as his sockets are concerned.
struct User(tempfile::TempDir);

impl User {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = mailslot(args);
        command.env("XDG_RUNTIME_DIR", self.0.path());
        command
    }

    fn recv(&self, args: &[&str]) -> Peer {
        let mut peer = Peer::start(self.command(&[&["recv", "--local"], args].concat()));
        peer.wait_for(": mailslot ");
        peer
    }

    fn run(&self, args: &[&str]) -> Outcome {
        Peer::start(self.command(args)).end()
    }

    fn sent(&self, args: &[&str]) {
        let sent = self.run(&[&["send", "--quiet"], args].concat());
        assert_eq!((sent.code, &*sent.stderr), (Some(0), ""));
    }
}

#[test]
fn one_receives_what_another_sends() {
    let user = User::new();
    let recv = user.recv(&["--count", "2", "chat"]);
    let sent = user.run(&["send", ".:chat", "hi"]);
    assert_eq!((sent.code, &*sent.stderr), (Some(0), "2 octets into chat of this machine\n"));
    let sent = user.run(&["send", "--json", r"\\.\mailslot\CHAT", "\u{fc}"]);
    assert_eq!(
        sent.text(),
        "{\"event\":\"sent\",\"slot\":\"CHAT\",\"to\":null,\"route\":\"local\",\"addresses\":[],\"octets\":2}\n"
    );
    let received = recv.end();
    assert_eq!(received.code, Some(0), "{}", received.stderr);
    let lines: Vec<_> = received.text().lines().skip(1).map(|line| &line[14..]).collect();
    assert_eq!(
        lines,
        [
            "this machine -> chat              chat          \"hi\"",
            "this machine -> chat              chat          \"\u{fc}\""
        ]
    );
    assert!(
        received.stderr.starts_with("this machine alone: mailslot chat\n"),
        "{}",
        received.stderr
    );
}

#[test]
fn a_name_has_one_reader_and_many_programs_share_the_rest() {
    let user = User::new();
    let first = user.recv(&["one"]);
    let mut second = user.recv(&["--raw", "two"]);
    let taken = user.run(&["recv", "--local", "ONE"]);
    assert_eq!(taken.code, Some(4), "{}", taken.stderr);
    assert!(taken.stderr.contains("ONE: a mailslot of that name exists"), "{}", taken.stderr);
    user.sent(&[".:two", "through the first\n"]);
    second.read_until("through the first");
    let missing = user.run(&["send", ".:three", "x"]);
    assert_eq!(missing.code, Some(6), "{}", missing.stderr);
    // Nothing of this machine goes elsewhere without a network.
    let elsewhere = user.run(&["send", r"\\HOST\mailslot\x", "x"]);
    let why = elsewhere.refused(3);
    let who =
        format!("mailslot/socket (mailslot, pid {}) has this machine's mailslots, ", first.id());
    assert!(why.contains(&format!("{who}without a network: end it")), "{why}");
    // Its end is the end of its mailslot, at once.
    first.signal("-KILL");
    drop(first);
    second.wait_for("this process takes its place");
    let again = user.recv(&["one"]);
    drop(again);
}

#[test]
fn another_takes_over_and_says_so() {
    let user = User::new();
    let first = user.recv(&["one"]);
    let mut others = [user.recv(&["--raw", "two"]), user.recv(&["--raw", "three"])];
    first.signal("-KILL");
    drop(first);
    for other in &mut others {
        other.wait_for("the service is gone, its mailslots with it; ");
        other.wait_for(": mailslot ");
    }
    user.sent(&[".:two", "2 after\n"]);
    user.sent(&[".:three", "3 after\n"]);
    others[0].read_until("2 after");
    others[1].read_until("3 after");
    // And in good order too.
    let [second, third] = others;
    second.interrupt();
    assert_eq!(second.end().code, Some(130));
    user.recv(&["four"]);
    third.interrupt();
    let said = third.end().stderr;
    assert!(said.matches("the service is gone").count() >= 1, "{said}");
}

/// What cannot be meant is said before there is anything.
#[test]
fn nothing_is_begun_that_cannot_go_on() {
    let user = User::new();
    let twice = user.run(&["recv", "--local", "--timeout", "5", "one", "two", ".:ONE"]);
    let said = "error: .:ONE: the same mailslot as one\nhint: ";
    assert!(twice.refused(2).starts_with(said), "{}", twice.stderr);
    let folder = user.0.path().to_str().expect("text");
    let (missing, text) = (format!("{folder}/missing"), format!("{folder}/text"));
    std::fs::write(&text, "not a program").expect("a file");
    for (command, why) in [
        ("no-such-command", "no such command in PATH"),
        ("", "no such command in PATH"),
        (folder, "that is a folder"),
        (&missing, "No such file or directory"),
        (&text, "Permission denied"),
    ] {
        let refused = user.run(&["recv", "--local", "--timeout", "5", "one", "--exec", command]);
        let said = format!("error: --exec {command}: {why}");
        assert!(refused.refused(2).starts_with(&said), "{}", refused.stderr);
    }
    // It is looked for where it is run, and the first that may not be run is passed over.
    let [first, second] = ["first", "second"].map(|name| user.0.path().join(name));
    for (folder, mode) in [(&first, 0o644), (&second, 0o755)] {
        std::fs::create_dir(folder).expect("a folder");
        std::fs::write(folder.join("shows"), "#!/bin/sh\n/bin/cat\n").expect("a file");
        std::fs::set_permissions(folder.join("shows"), Permissions::from_mode(mode)).expect("ours");
    }
    let path = std::env::join_paths([&first, &second]).expect("a PATH");
    let mut command = user.command(&["recv", "--local", "--count", "1", "one", "--exec", "shows"]);
    command.env("PATH", path);
    let mut recv = Peer::start(command);
    recv.wait_for(": mailslot one");
    user.sent(&[".:one", "shown"]);
    assert_eq!(recv.end().text(), "shown");
}

/// A program has the mailslots of its user: a service at the same place is none of its programs'.
#[test]
fn a_service_says_who_is_there_already() {
    let user = User::new();
    let mut command = user.command(&["recv", "one"]);
    command.env("MAILSLOT_LOOPBACK", "1").env("MAILSLOT_NAME", "THERE");
    let mut recv = Peer::start(command);
    recv.wait_for(": mailslot one");
    let socket = user.0.path().join("mailslot/loopback-THERE");
    let refused = user.run(&["serve", "--loopback", "--name", "THERE"]);
    let who = format!("{} (mailslot, pid {}): another program", socket.display(), recv.id());
    let why = refused.refused(3);
    assert!(why.starts_with(&format!("error: {who} listens there\nhint: end that one")), "{why}");
}

/// One whose user may not take the ports is for its machine; one that is asked for a socket finds
/// that, or nothing.
#[test]
fn a_socket_that_is_asked_for() {
    let user = User::new();
    let _first = user.recv(&["one"]);
    let path = user.0.path().join("mailslot/socket");
    let at = |path: &std::path::Path, args: &[&str]| {
        let mut command = mailslot(args);
        command.env("MAILSLOT_SOCKET", path).env("XDG_RUNTIME_DIR", "/nonexistent");
        Peer::start(command).end()
    };
    let sent = at(&path, &["send", ".:one", "x"]);
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    let nothing = at(&user.0.path().join("nothing"), &["send", ".:one", "x"]);
    assert_eq!(nothing.code, Some(3), "{}", nothing.stderr);
    assert!(nothing.stderr.contains("No such file or directory"), "{}", nothing.stderr);
    let nothing = at(&user.0.path().join("nothing"), &["recv", "one"]);
    assert_eq!(nothing.code, Some(3), "{}", nothing.stderr);
}

/// As with `^Z`.
#[test]
fn one_that_is_stopped_is_named() {
    let user = User::new();
    let first = user.recv(&["one"]);
    first.signal("-STOP");
    let path = user.0.path().join("mailslot/socket");
    let said = format!("error: {}: the service does not answer\n", path.display());
    for verb in [&["send", ".:one", "x"][..], &["recv", "--local", "two"], &["slots"]] {
        let ended = user.run(verb);
        assert_eq!((ended.code, ended.stderr), (Some(3), said.clone()), "{verb:?}");
    }
    first.signal("-CONT");
    user.sent(&[".:one", "x"]);
}

#[test]
fn what_there_is_and_what_was_counted() {
    let user = User::new();
    let nothing = user.run(&["slots"]);
    assert_eq!(nothing.code, Some(6), "{}", nothing.stderr);
    let first = user.recv(&["one", r"pos\eod"]);
    let second = user.recv(&["two"]);
    user.sent(&[".:one", "four"]);
    let listed = user.run(&["slots", "--json"]);
    let slots: Vec<serde_json::Value> = super::values(&listed.stdout);
    let of = |key: &str| -> Vec<_> { slots.iter().map(|slot| slot[key].clone()).collect() };
    assert_eq!(of("slot"), ["one", r"pos\eod", "two"]);
    assert_eq!(of("readers"), [1, 1, 1]);
    assert_eq!(of("messages"), [0, 0, 0]);
    assert_eq!(of("pid")[0], first.id());
    assert_eq!(of("pid")[2], second.id());
    let user_id = of("owner")[0].clone();
    assert!(of("owner").iter().all(|owner| *owner == user_id));
    let text = user.run(&["slots"]);
    assert!(text.text().starts_with("slot  "), "{}", text.text());
    assert_eq!(text.text().lines().count(), 4);

    let stats = user.run(&["stats", "--json"]);
    let stats: serde_json::Value = serde_json::from_str(stats.text()).expect("JSON");
    assert_eq!((&stats["slots"], &stats["service.messages_written"]), (&3.into(), &1.into()));
    let text = user.run(&["stats"]);
    assert!(text.text().contains("           3  slots\n"), "{}", text.text());
    let metrics = user.run(&["stats", "--prometheus"]);
    assert!(
        metrics.text().contains(
            "# TYPE mailslot_service_messages_written_total counter\n\
             mailslot_service_messages_written_total 1\n"
        ),
        "{}",
        metrics.text()
    );
    assert!(metrics.text().contains("# TYPE mailslot_slots gauge\nmailslot_slots 3\n"));
    // Each type is said once.
    let mut types: Vec<_> =
        metrics.text().lines().filter(|line| line.starts_with("# TYPE")).collect();
    let all = types.len();
    types.dedup();
    assert_eq!(types.len(), all);
    drop((first, second));
}
