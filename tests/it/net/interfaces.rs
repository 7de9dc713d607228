//! Interfaces, and word of their changes.

use std::env;
use std::net::Ipv4Addr;
use std::process::Command;
use std::time::Duration;

use mailslot::net::{Changes, interfaces};

use super::LONG;

#[test]
fn loopback_is_listed() {
    let list = interfaces::list().unwrap();
    let found = list.iter().find(|i| i.address == Ipv4Addr::LOCALHOST).expect("127.0.0.1");
    assert_eq!((&*found.name, found.prefix_len), ("lo", 8));
    assert!(found.loopback && found.up && found.index > 0);
    assert_eq!((found.broadcast, found.mac), (None, None));
    assert!(found.is_broadcast([127, 255, 255, 255].into()));
}

#[test]
fn no_change_is_waited_for_no_longer_than_asked() {
    let changes = Changes::new().unwrap();
    let start = std::time::Instant::now();
    // The machine may change meanwhile.
    let any = changes.wait(Duration::from_millis(20)).unwrap();
    assert!(any || start.elapsed() >= Duration::from_millis(20));
}

/// Set for the run of [`changes_are_told`] that has a network of its own.
const INSIDE: &str = "MAILSLOT_TEST_NETWORK";

/// Runs itself again within a network of its own: no root, but a system that lets anybody make one.
/// Containers often do not, so `cargo test` leaves it out, and `.ci/run` does not.
#[test]
#[ignore = "needs user namespaces, unshare and ip: .ci/run"]
fn changes_are_told() {
    if env::var_os(INSIDE).is_some() {
        return within_a_network_of_its_own();
    }
    let run = |program: &str, args: &[&str]| {
        let args = [&["--user", "--map-root-user", "--net", program], args].concat();
        Command::new("unshare").args(args).env(INSIDE, "").output()
    };
    let possible = run("ip", &["link", "set", "lo", "up"]).expect("unshare, of util-linux");
    let why = String::from_utf8_lossy(&possible.stderr);
    assert!(possible.status.success(), "needs user namespaces and ip, of iproute2: {why}");
    let tests = env::current_exe().unwrap();
    let name = "net::interfaces::changes_are_told";
    let output = run(tests.to_str().unwrap(), &["--ignored", "--exact", name]).unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

fn within_a_network_of_its_own() {
    let ip = |args: &str| {
        let status = Command::new("ip").args(args.split(' ')).status().expect("it works");
        assert!(status.success(), "ip {args}");
    };
    let changes = Changes::new().expect("it works");
    assert!(!changes.wait(Duration::ZERO).expect("it works"), "nothing happened yet");
    assert_eq!(interfaces::list().expect("it works"), []);
    for (args, addresses) in
        [("link set lo up", 1), ("address add 192.0.2.5/24 brd + dev lo label lo:1", 2)]
    {
        ip(args);
        assert!(changes.wait(LONG).expect("it works"), "ip {args}");
        assert_eq!(interfaces::list().expect("it works").len(), addresses);
    }
    let list = interfaces::list().expect("it works");
    let added = &list[1];
    assert_eq!((&*added.name, added.index, added.prefix_len), ("lo:1", 1, 24));
    assert!(added.is_broadcast([192, 0, 2, 255].into()));
    // A flood of them is one change, and then there is none.
    for host in 10..40 {
        ip(&format!("address add 192.0.2.{host}/24 dev lo"));
    }
    assert!(changes.wait(LONG).expect("it works"));
    assert!(!changes.wait(Duration::ZERO).expect("it works"));
}
