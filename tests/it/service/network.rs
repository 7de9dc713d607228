//! Writes of clients to other machines, through the node of the service: on the LAN inside this
//! machine.

use std::sync::Arc;

use mailslot::ipc::{Code, Reply, Request, Route};
use mailslot::node::{Event, NameState};
use mailslot::runtime::{Live, LiveConfig, Network};
use mailslot::service::limits::CONNECTION_WRITES;
use mailslot::service::rights::{Rights, Who};
use mailslot::slot::Table;

use super::served::{AT_ONCE, Raw, Served, read};

/// A service with a node of that name, which owns it; in a workgroup of its own, so that no test
/// hears another.
fn served(name: &str, rights: Rights) -> Served {
    let workgroup = format!("{name}WG");
    let network = Network::Loopback { name: name.into() };
    let mut config = LiveConfig::new(name, &workgroup, network).expect("names");
    (config.node.name_port, config.node.datagram_port) = (11_857, 11_858);
    let table = Arc::new(Table::new());
    let (live, mut events) = Live::start(config, Arc::clone(&table)).expect("ports");
    let mut missing = 2;
    while missing > 0 {
        let event = events.blocking_recv().expect("the node runs");
        missing -= u32::from(matches!(event, Event::Name { state: NameState::Owned, .. }));
    }
    Served::with_live(rights, table, Some(Arc::new(live)))
}

fn own() -> Rights {
    Rights::of(mailslot::net::peer::own_id())
}

fn written(reply: Option<(u32, Reply)>) -> Result<Route, (Code, u32)> {
    match reply.expect("it is connected").1 {
        Reply::Written(route) => Ok(route),
        Reply::Failed(failure) => Err((failure.code, failure.win32_code)),
        other => panic!("{other:?}"),
    }
}

/// Rows O9, X2: to a machine, to everyone, to nobody; and what a node says of itself.
#[test]
fn clients_write_to_other_machines() {
    let mut served = served("SERVERA", own());
    let mut raw = served.raw();
    let Ok(Reply::Node(Some(node))) = raw.ask(&Request::Node) else { panic!("no node") };
    assert_eq!(node.computer.to_string(), "SERVERA<00>");
    assert_eq!((node.workgroup.to_string(), node.beside_nmbd), ("SERVERAWG<00>".into(), None));
    let slot = raw.create("alerts");
    let mut write = |path: &str, data: &[u8]| {
        let handle = raw.open(path);
        raw.send(&Request::Write { handle, data });
        written(raw.reply())
    };
    assert!(matches!(write(r"\\servera\mailslot\alerts", b"1"), Ok(Route::OwnName { .. })));
    let everyone = write(r"\\*\mailslot\alerts", b"2").expect("sent");
    assert!(
        matches!(&everyone, Route::Group { local: true, broadcasts, .. } if !broadcasts.is_empty())
    );
    assert_eq!(write(r"\\NOBODY\mailslot\x", b"3"), Err((Code::NameNotFound, 53)));
    // A message that no datagram holds is refused at once, however long.
    let longest = vec![7; 1 << 20];
    assert_eq!(write(r"\\NOBODY\mailslot\x", &longest), Err((Code::TooLong, 53)));
    assert_eq!(write(r"\\SIXTEENLETTERSxx\mailslot\x", b""), Err((Code::InvalidPath, 53)));
    let data: Vec<_> = raw.read_many(slot, 9).into_iter().map(|read| read.message).collect();
    assert_eq!(data.iter().map(|message| &message.data[..]).collect::<Vec<_>>(), [b"1", b"2"]);
    assert_eq!(data[0].from.expect("a sender").name.to_string(), "SERVERA<00>");
    let stats = served.stats();
    assert_eq!(stats["service.messages_sent"], 2);
    assert_eq!((stats["service.messages_written"], stats["messages.written"]), (0, 2));
    served.forgive("written");
}

/// A name that is looked for keeps nobody waiting, and a connection has so many.
#[test]
fn so_many_writes_of_a_connection_wait() {
    let mut served = served("SERVERB", own());
    let (mut raw, mut other) = (served.raw(), served.raw());
    let nobody = raw.open(r"\\NOBODY\mailslot\x");
    let slot = raw.create("alerts");
    for _ in 0..CONNECTION_WRITES {
        raw.send(&Request::Write { handle: nobody, data: b"x" });
    }
    let one_more = raw.send(&Request::Write { handle: nobody, data: b"x" });
    let failure = raw.reply_to(one_more).expect_err("the first to be answered");
    assert_eq!((failure.code, failure.win32_code), (Code::Full, 1816));
    assert_eq!(failure.text, "64 writes of this connection wait already");
    // Others, and other requests, are answered meanwhile.
    assert_eq!(raw.refused(&read(slot, 1, AT_ONCE)), 121);
    let to = other.open("alerts");
    other.write(to, b"x");
    for _ in 0..CONNECTION_WRITES {
        assert_eq!(written(raw.reply()), Err((Code::NameNotFound, 53)));
    }
    raw.read(slot);
    // Who leaves meanwhile is not waited for.
    let mut gone = served.raw();
    let nobody = gone.open(r"\\NOBODY\mailslot\x");
    gone.send(&Request::Write { handle: nobody, data: b"x" });
    drop(gone);
    served.wait_for("service.connections", 3);
    assert_eq!(served.stat("service.messages_sent"), 0);
    served.check_books();
}

#[test]
fn who_may_not_write_to_the_network_is_refused() {
    // Root and the service's own user may always.
    let stranger = 4_000_000_000;
    let mut rights = Rights::of(stranger);
    rights.network = Who::NOBODY;
    let mut served = served("SERVERC", rights);
    let mut raw: Raw = served.raw();
    let handle = raw.open(r"\\*\mailslot\x");
    raw.send(&Request::Write { handle, data: b"x" });
    let exempt = mailslot::net::peer::own_id() == 0;
    match written(raw.reply()) {
        Ok(Route::Group { .. }) => assert!(exempt),
        other => assert_eq!((other, exempt), (Err((Code::AccessDenied, 5)), false)),
    }
    assert_eq!(served.stat("service.messages_sent"), u64::from(exempt));
}
