//! Evidence that the network gives: who has which name, and what comes.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::evidence::{Evidence, Names, Peer, PortState, Rival};
use crate::cli::failure::Failure;
use crate::cli::network::{Identity, start};
use crate::cli::signals::Signals;
use crate::net::evidence::neighbour;
use crate::node::{Event, Found, NameState, OwnName, Question};
use crate::runtime::{Live, PendingRead, clock};
use crate::slot::{LocalName, Options, Table};
use crate::wire::nbns::{NodeName, workstation};
use crate::wire::netbios::Name;

/// How long a claim takes at most: it is decided after 750 ms.
const CLAIM: Duration = Duration::from_secs(3);

/// How long a node status is waited for; it is asked for twice.
const STATUS: Duration = Duration::from_millis(2500);

/// Whom to ask about.
pub(super) struct Wanted<'a> {
    pub(super) slot: Option<&'a LocalName>,
    /// As it was given, and its name where that is no address.
    pub(super) peer: Option<(&'a str, Option<Name>)>,
    /// How long to listen.
    pub(super) listen: Duration,
}

/// Has the doctor's node on the network, with the ports and names where they can be had.
pub(super) async fn examine(
    evidence: &mut Evidence,
    identity: &Identity,
    wanted: &Wanted<'_>,
) -> Result<(), Failure> {
    let listens = evidence.ports.iter().all(|port| port.state == PortState::Free);
    let table = Arc::new(Table::new());
    let server = wanted.slot.filter(|_| listens).and_then(|slot| {
        // It may be a name that no message can be for; nothing comes to it then.
        table.create(clock::now(), slot, &Options::default()).ok()
    });
    let config = if listens { identity.listens(names(identity)) } else { identity.asks() };
    let mut signals = Signals::new()?;
    let (live, mut events) = start(config, table)?;
    let result = tokio::select! {
        () = ask(evidence, identity, wanted, &live, &mut events, listens) => Ok(()),
        stopped = signals.stopped() => Err(stopped),
    };
    if let Some(server) = &server {
        while let Some(message) = PendingRead::try_now(server) {
            evidence.messages.extend(message.from.map(|from| from.name));
        }
    }
    evidence.sightings = live.with_node(|node, _| node.sightings().to_vec());
    if let (1.., Some(error)) = live.send_errors() {
        evidence.unsent.get_or_insert(error);
    }
    live.leave().await;
    result
}

fn names(identity: &Identity) -> Vec<OwnName> {
    vec![OwnName::unique(identity.computer), OwnName::group(identity.workgroup)]
}

async fn ask(
    evidence: &mut Evidence,
    identity: &Identity,
    wanted: &Wanted<'_>,
    live: &Live,
    events: &mut mpsc::Receiver<Event>,
    listens: bool,
) {
    let mut rivals = Vec::new();
    if listens {
        evidence.listened = claimed(identity, live, events, &mut rivals).await;
    }
    let began = Instant::now();
    let own = own_addresses(evidence);
    evidence.running = running(evidence, live, identity, listens).await;
    let (computer, _) = evidence.own();
    let (found, peer) = tokio::join!(owners(live, computer, &own), peer(live, identity, wanted));
    for address in found {
        if !rivals.iter().any(|(_, known)| *known == address) {
            rivals.push((computer, address));
        }
    }
    for (name, address) in rivals {
        let status = status(live, identity, address).await;
        let mac = status.as_ref().and_then(|status| status.1).or_else(|| neighbour(address));
        let names = status.map(|status| status.0);
        let group = name == identity.workgroup;
        evidence.rivals.push(Rival { name, group, address, mac, names });
    }
    evidence.peer = peer;
    if listens {
        sleep(wanted.listen.saturating_sub(began.elapsed())).await;
        evidence.seconds = began.elapsed().as_secs_f64();
    }
}

/// Waits until all names are ours, or somebody else's; whether one is ours.
async fn claimed(
    identity: &Identity,
    live: &Live,
    events: &mut mpsc::Receiver<Event>,
    rivals: &mut Vec<(Name, Ipv4Addr)>,
) -> bool {
    let interfaces = live.with_node(|node, _| node.attached().count());
    let mut undecided = interfaces * names(identity).len();
    let mut any = false;
    let end = Instant::now() + CLAIM;
    while undecided > 0 {
        let Ok(Some(event)) = timeout_at(end, events.recv()).await else { break };
        match event {
            Event::Name { state: NameState::Owned, .. } => any = true,
            Event::Name { own, state: NameState::Conflict { by }, .. } => {
                rivals.push((own.name, by));
            }
            _ => continue,
        }
        undecided -= 1;
    }
    any
}

/// This machine's addresses; on the LAN inside it, those of this host.
fn own_addresses(evidence: &Evidence) -> Vec<Ipv4Addr> {
    let used = evidence.interfaces.iter().map(|interface| interface.address);
    let all = evidence.links.iter().flat_map(|link| &link.addresses).map(|own| own.address);
    if evidence.loopback { used.collect() } else { used.chain(all).collect() }
}

/// Other hosts that answer to a name as theirs alone.
async fn owners(live: &Live, name: Name, own: &[Ipv4Addr]) -> Vec<Ipv4Addr> {
    let answers = live.query(name, Question::Owners).await.unwrap_or_default();
    let mut addresses: Vec<_> = answers
        .iter()
        .filter(|answer| match &answer.found {
            Found::Owners { entries, .. } => entries.iter().any(|entry| !entry.is_group()),
            Found::Status { .. } => false,
        })
        .map(|answer| *answer.from.ip())
        .filter(|address| !own.contains(address))
        .collect();
    addresses.dedup();
    addresses
}

/// The names of another mailslot of this machine that has the ports.
async fn running(
    evidence: &Evidence,
    live: &Live,
    identity: &Identity,
    listens: bool,
) -> Option<Names> {
    let address = evidence.interfaces.first().filter(|_| !listens)?.address;
    Some(status(live, identity, address).await?.0)
}

/// The names of a host, and its hardware address where it says one.
async fn status(
    live: &Live,
    identity: &Identity,
    address: Ipv4Addr,
) -> Option<(Names, Option<[u8; 6]>)> {
    let at = SocketAddrV4::new(address, identity.ports().0);
    let asked = live.query(Name::WILDCARD, Question::StatusAt(at));
    let answers = timeout(STATUS, asked).await.ok()?.ok()?;
    answers.into_iter().find_map(|answer| match answer.found {
        Found::Status { names, unit_id } => {
            Some((of_host(&names), unit_id.filter(|mac| *mac != [0; 6])))
        }
        Found::Owners { .. } => None,
    })
}

fn of_host(names: &[NodeName]) -> Names {
    let (computer, workgroup) = workstation(names);
    Names { computer, workgroup }
}

async fn peer(live: &Live, identity: &Identity, wanted: &Wanted<'_>) -> Option<Peer> {
    let (text, name) = wanted.peer?;
    let (address, by_address) = match name {
        None => (text.parse().ok(), true),
        Some(name) => {
            let answers = live.query(name, Question::Owner).await.unwrap_or_default();
            (answers.first().map(|answer| *answer.from.ip()), false)
        }
    };
    let on_link = address.is_some_and(|address| {
        live.with_node(|node, _| node.attached().any(|interface| interface.is_on_link(address)))
    });
    let names = match address {
        // Beyond a router, silence has reasons that nothing here explains.
        Some(address) if on_link => status(live, identity, address).await.map(|status| status.0),
        _ => None,
    };
    Some(Peer { text: text.to_owned(), by_address, address, on_link, names })
}
