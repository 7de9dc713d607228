//! A live node beside a program in nmbd's place, on the LAN inside this machine: a node that has the
//! names and the ports, and a socket at which datagrams are handed on.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddrV4, UdpSocket};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mailslot::net::nmbd::{ALL, Subscription};
use mailslot::node::{Counters, Destination, DropReason, Event, NameState, Route};
use mailslot::runtime::{
    Beside, BesideError, Hears, Live, LiveConfig, Network, PendingRead, Wait, clock,
    loopback_address,
};
use mailslot::slot::{LocalName, Message, Options, Read, Server, Table};
use mailslot::wire::smb::Profile;
use tempfile::TempDir;
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

use crate::node::{Draft, SENDER, name};

/// Nothing takes as long, unless it never comes.
const LONG: Duration = Duration::from_secs(20);

/// Ports of a LAN of a test's own.
fn config(computer: &str, workgroup: &str, port: u16) -> LiveConfig {
    let network = Network::Loopback { name: computer.into() };
    let mut config = LiveConfig::new(computer, workgroup, network).expect("names");
    (config.node.name_port, config.node.datagram_port) = (port, port + 1);
    config
}

/// SAMBA in OFFICE, which has the ports, and hands on.
struct Fake {
    node: Option<Live>,
    listener: UnixListener,
    folder: TempDir,
    subscriber: Option<UnixStream>,
}

impl Fake {
    async fn start(port: u16) -> Self {
        let table = Arc::new(Table::new());
        let (node, mut events) = Live::start(config("SAMBA", "OFFICE", port), table).expect("free");
        let mut names = 0;
        while names < 2 {
            if let Event::Name { state: NameState::Owned, .. } = next(&mut events).await {
                names += 1;
            }
        }
        let folder = tempfile::tempdir().expect("a folder");
        let listener = UnixListener::bind(folder.path().join("unexpected")).expect("a socket");
        Self { node: Some(node), listener, folder, subscriber: None }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("unexpected")
    }

    /// Answers the subscription that waits.
    fn accept(&mut self) {
        let (mut stream, _) = self.listener.accept().expect("a subscriber");
        stream.set_read_timeout(Some(LONG)).expect("an option");
        let mut query = [0xff; 24];
        stream.read_exact(&mut query).expect("a subscription");
        assert_eq!(query[8..16], [0; 8], "to all");
        stream.write_all(&[0]).expect("it waits");
        self.subscriber = Some(stream);
    }

    fn says(&mut self, octets: &[u8]) {
        self.subscriber.as_mut().expect("a subscriber").write_all(octets).expect("it hears");
    }

    fn hands_on(&mut self, from: SocketAddrV4, payload: &[u8]) {
        let mut record = (payload.len() as u64).to_ne_bytes().to_vec();
        record.extend(1_u64.to_le_bytes());
        record.extend(1_795_262_042_u64.to_ne_bytes());
        record.extend(from.ip().octets());
        record.extend(u32::from(from.port()).to_ne_bytes());
        self.says(&[&record, payload].concat());
    }
}

async fn next(events: &mut Receiver<Event>) -> Event {
    timeout(LONG, events.recv()).await.expect("in time").expect("an event")
}

struct Host {
    live: Live,
    events: Receiver<Event>,
    alerts: Server,
    beside: Beside,
}

/// A node of another configuration beside it, with a slot `alerts`.
async fn beside(fake: &mut Fake, port: u16) -> Result<Host, BesideError> {
    let table = Arc::new(Table::new());
    let alerts = LocalName::parse("alerts").expect("a name");
    let alerts = table.create(clock::now(), &alerts, &Options::default()).expect("free");
    let path = fake.path();
    let subscription = tokio::task::spawn_blocking(move || Subscription::open(&path, ALL));
    fake.accept();
    let mut config = config("ANYBOX", "ANYGROUP", port);
    config.network = Network::Loopback { name: "SAMBA".into() };
    let opened = Live::open_beside_nmbd(config, subscription.await.expect("no panic")?)?;
    let (live, events, beside) = opened.start(table).await?;
    Ok(Host { live, events, alerts, beside })
}

impl Host {
    async fn read(&self) -> Message {
        match timeout(LONG, PendingRead::new(&self.alerts, usize::MAX, Wait::Forever)).await {
            Ok(Ok(Read::Done(message))) => message,
            other => panic!("no message: {other:?}"),
        }
    }

    /// The first event of another kind than the interface's.
    async fn event(&mut self) -> Event {
        loop {
            match next(&mut self.events).await {
                Event::InterfaceUp(_) => {}
                event => return event,
            }
        }
    }

    async fn counters(&self, until: impl Fn(&Counters) -> bool) -> Counters {
        let counted = async {
            loop {
                let counters = self.live.counters();
                if until(&counters) {
                    return counters;
                }
                tokio::task::yield_now().await;
            }
        };
        timeout(LONG, counted).await.expect("in time")
    }
}

fn message(to: &str, text: &str, dgm_id: u16) -> Vec<u8> {
    Draft { to: name(to), data: text.into(), dgm_id, ..Draft::default() }.payload()
}

#[tokio::test]
async fn what_is_handed_on_is_as_if_it_had_come() {
    let mut fake = Fake::start(11_637).await;
    let host = beside(&mut fake, 11_637).await.expect("beside it");
    let Beside { computer, workgroup, names, hears_broadcasts, .. } = &host.beside;
    assert_eq!((*computer, *workgroup), (name("SAMBA"), Some(name("OFFICE"))));
    assert!(names.len() == 2 && *hears_broadcasts);
    assert_eq!(host.live.names(), workgroup.map(|workgroup| (*computer, workgroup)));
    fake.hands_on(SENDER, &message("NOBODY", "not ours", 1));
    fake.hands_on(SENDER, &message("SAMBA", "one", 2));
    fake.hands_on(SENDER, &message("OFFICE", "two", 3));
    // As nmbd does with broadcasts.
    fake.hands_on(SENDER, &message("OFFICE", "two", 3));
    for (text, to) in [("one", "SAMBA"), ("two", "OFFICE")] {
        let message = host.read().await;
        assert_eq!((&message.data[..], message.to), (text.as_bytes(), Some(name(to))));
        assert_eq!(message.from.expect("a sender").address, SENDER);
    }
    let counters = host.counters(|counters| counters.received == 4).await;
    assert_eq!((counters.delivered, counters.dropped(DropReason::Duplicate)), (2, 1));
    assert_eq!(counters.dropped(DropReason::NotOurName), 1);
}

#[tokio::test]
async fn an_own_broadcast_comes_once_and_in_nmbds_name() {
    let mut fake = Fake::start(11_647).await;
    let host = beside(&mut fake, 11_647).await.expect("beside it");
    let alerts = LocalName::parse("ALERTS").expect("a name");
    let route = host.live.write(Destination::OwnDomain, &alerts, b"to all").await.expect("sent");
    assert_eq!(route, Route::Group { name: name("OFFICE"), interfaces: 1, local: true });
    let message = host.read().await;
    let sender = message.from.expect("a sender");
    assert_eq!((sender.name, *sender.address.ip()), (name("SAMBA"), loopback_address("SAMBA")));
    // It comes back through the socket that hears broadcasts.
    host.counters(|counters| counters.dropped(DropReason::Own) == 1).await;
    assert!(PendingRead::try_now(&host.alerts).is_none());
}

#[tokio::test]
async fn its_end_is_told_and_its_return_waited_for() {
    let mut fake = Fake::start(11_657).await;
    let mut host = beside(&mut fake, 11_657).await.expect("beside it");
    for round in 0..2_u16 {
        fake.subscriber = None;
        assert!(matches!(host.event().await, Event::Interrupted { reason }
            if reason.ends_with("it ended the connection")));
        fake.accept();
        let event = host.event().await;
        let Event::Resumed { names } = event else { panic!("{event:?}") };
        assert_eq!(names, host.beside.names);
        fake.hands_on(SENDER, &message("SAMBA", "again", round));
        assert_eq!(&host.read().await.data[..], b"again");
    }
}

/// Neither for its socket, nor for its names.
#[tokio::test]
async fn a_node_that_is_dropped_does_not_wait_for_it() {
    for (port, comes_back) in [(11_707, false), (11_717, true)] {
        let mut fake = Fake::start(port).await;
        let mut host = beside(&mut fake, port).await.expect("beside it");
        // Its name service hears, and does not answer any more.
        fake.node = None;
        let mute = UdpSocket::bind((loopback_address("SAMBA"), port)).expect("it is free again");
        mute.set_read_timeout(Some(LONG)).expect("an option");
        fake.subscriber = None;
        assert!(matches!(host.event().await, Event::Interrupted { .. }));
        if comes_back {
            fake.accept();
            mute.recv_from(&mut [0; 100]).expect("it asks for the names");
        }
        let dropped = tokio::task::spawn_blocking(move || drop(host.live));
        timeout(Duration::from_secs(2), dropped).await.expect("at once").expect("no panic");
    }
}

#[tokio::test]
async fn what_is_not_nmbds_is_the_end() {
    let mut fake = Fake::start(11_667).await;
    let mut host = beside(&mut fake, 11_667).await.expect("beside it");
    fake.says(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    assert!(matches!(host.event().await, Event::Interrupted { .. }));
    assert!(matches!(host.event().await, Event::Deaf { reason, .. }
        if reason.contains("it does not speak as a 64-bit nmbd of Samba 4 does")));
}

#[tokio::test]
async fn a_program_without_a_name_service_is_none() {
    let mut fake = Fake::start(11_677).await;
    // Nobody has these ports.
    let error = beside(&mut fake, 11_687).await.err().expect("no name");
    assert!(matches!(error, BesideError::Nameless), "{error}");
}

#[tokio::test]
async fn what_does_not_come_is_known() {
    let mut fake = Fake::start(11_697).await;
    let mut beside = beside(&mut fake, 11_697).await.expect("beside it").beside;
    let slot = |name: &str| LocalName::parse(name).expect("a name");
    assert_eq!(beside.hears(&slot("Browse")), Hears::Broadcasts);
    assert_eq!(beside.hears(&slot("alerts")), Hears::UpTo { most: 406 });
    beside.hears_broadcasts = false;
    assert_eq!(beside.hears(&slot("BROWSE")), Hears::Nothing);
    // The largest is what fits 576 octets, as a Windows program writes it.
    let draft = Draft { data: vec![0; 406], profile: Profile::Api, ..Draft::default() };
    assert_eq!(draft.payload().len(), 576);
}
