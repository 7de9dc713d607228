//! Nodes on a LAN in memory, under seeds.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mailslot::node::{Destination, NameState, Port, Route, Written};
use mailslot::sim::{Faults, HostId, Lan};
use mailslot::slot::{LocalName, Read, Server};
use mailslot::wire::netbios::{Name, Suffix};

fn local(text: &str) -> LocalName {
    LocalName::parse(text).expect("a name")
}

fn name(text: &str) -> Name {
    Name::new(text, Suffix::WORKSTATION).expect("a name")
}

fn messages(lan: &Lan, server: &Server) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| match server.read(lan.now(), usize::MAX) {
        Ok(Read::Done(message)) => Some(message.data.to_vec()),
        _ => None,
    })
    .collect()
}

fn owners(lan: &Lan, wanted: Name) -> Vec<HostId> {
    let owns = |id: &HostId| {
        lan.node(*id)
            .expect("a host")
            .names()
            .any(|(own, _, state)| own.name == wanted && state == NameState::Owned)
    };
    lan.hosts().filter(owns).collect()
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn five_hosts_in_two_workgroups() {
    let mut lan = Lan::new(1, Faults::NONE);
    let hosts = [("A", "WORKGROUP"), ("B", "WORKGROUP"), ("C", "WORKGROUP"), ("D", "OTHER")];
    let ids: Vec<_> = hosts.iter().map(|(name, group)| lan.add(name, group)).collect();
    let e = lan.add("E", "WORKGROUP");
    let servers: Vec<_> = ids.iter().map(|id| lan.create(*id, &local("x"))).collect();
    lan.run_for(SECOND);
    let a = ids[0];
    let writes = [
        (Destination::OwnDomain, "own"),
        (Destination::Name(name("WORKGROUP")), "workgroup"),
        (Destination::Name(name("OTHER")), "other"),
        (Destination::Name(name("B")), "b"),
    ];
    for (destination, text) in writes {
        lan.write(a, destination, &local("x"), text.as_bytes()).expect("written");
    }
    lan.run_for(SECOND);
    let got: Vec<Vec<String>> = servers
        .iter()
        .map(|server| {
            messages(&lan, server).iter().map(|text| String::from_utf8_lossy(text).into()).collect()
        })
        .collect();
    assert_eq!(got[0], ["own", "workgroup"]);
    assert_eq!(got[1], ["own", "workgroup", "b"]);
    assert_eq!(got[2], ["own", "workgroup"]);
    assert_eq!(got[3], ["other"]);
    let counters = lan.node(e).expect("a host").counters();
    assert_eq!(counters.dropped(mailslot::node::DropReason::NoSuchSlot), 2);
    let own = lan.node(a).expect("a host").counters().dropped(mailslot::node::DropReason::Own);
    assert_eq!(own, 3, "the broadcasts that came back");
}

#[test]
fn an_own_name_is_written_to_without_the_network() {
    let mut lan = Lan::new(1, Faults::NONE);
    let a = lan.add("A", "G");
    let server = lan.create(a, &local("x"));
    lan.run_for(SECOND);
    let written = lan.write(a, Destination::Name(name("a")), &local("X"), b"me").expect("written");
    assert_eq!(written, Written::Done(Route::Local { name: name("A") }));
    assert_eq!(messages(&lan, &server), [b"me"]);
}

#[test]
fn the_second_claimant_is_refused_and_tries_again() {
    let mut lan = Lan::new(3, Faults::NONE);
    let first = lan.add("SAME", "G");
    lan.run_for(2 * SECOND);
    let second = lan.add("SAME", "G");
    lan.run_for(2 * SECOND);
    assert_eq!(owners(&lan, name("SAME")), [first]);
    let conflict = lan.events(second).into_iter().any(|event| {
        matches!(event, mailslot::node::Event::Name { state: NameState::Conflict { .. }, .. })
    });
    assert!(conflict, "it is said");
    lan.with(first, mailslot::node::Node::leave);
    lan.run_for(70 * SECOND);
    assert_eq!(owners(&lan, name("SAME")), [second], "free for whoever waits");
}

#[test]
fn a_parted_network_comes_to_one_owner_again() {
    let mut lan = Lan::new(5, Faults::NONE);
    let (left, right) = (lan.add("SAME", "G"), lan.add("SAME", "G"));
    lan.part(right, 1);
    lan.connect(right, false);
    lan.connect(right, true);
    lan.run_for(2 * SECOND);
    assert_eq!(owners(&lan, name("SAME")).len(), 2, "while it is parted");
    lan.part(right, 0);
    lan.run_for(1300 * SECOND);
    assert_eq!(owners(&lan, name("SAME")).len(), 1);
    assert!(lan.hosts().count() == 2 && left != right);
}

#[test]
fn an_interface_that_comes_back_has_its_names_again() {
    let mut lan = Lan::new(6, Faults::NONE);
    let a = lan.add("A", "G");
    lan.run_for(SECOND);
    lan.connect(a, false);
    assert_eq!(owners(&lan, name("A")), []);
    lan.connect(a, true);
    lan.run_for(SECOND);
    assert_eq!(owners(&lan, name("A")), [a]);
}

/// Any octets at any node: nothing panics, the books balance, and no name is lost to a datagram
/// that anybody can forge.
#[test]
fn a_forged_conflict_takes_no_name() {
    use mailslot::wire::nbns::{NbEntry, NbFlags, Packet};
    let mut lan = Lan::new(8, Faults::NONE);
    let a = lan.add("A", "G");
    lan.run_for(SECOND);
    let entry = NbEntry { nb_flags: NbFlags::empty(), nb_address: [10, 9, 9, 9].into() };
    let forger = "10.9.9.9:137".parse().expect("an address");
    for trn_id in 0..1000 {
        for packet in [
            Packet::conflict_demand(trn_id, name("A").into(), entry),
            Packet::registration_response(
                trn_id,
                name("A").into(),
                mailslot::wire::nbns::Rcode::ACTIVE,
                0,
                entry,
            ),
        ] {
            lan.inject(Port::Name, forger, &packet.to_vec());
        }
    }
    lan.run_for(10 * SECOND);
    assert_eq!(owners(&lan, name("A")), [a]);
}

/// What a seed leads to: hosts that claim contested names on a bad network and write to each other
/// all the while. One owner a name in the end, nothing delivered twice, all books balanced.
fn storm(seed: u64, hosts: usize) {
    let bad = Faults { loss: 200, duplication: 100, jitter: Duration::from_millis(60) };
    let mut lan = Lan::new(seed, bad);
    let mut names = BTreeSet::new();
    let mut servers = BTreeMap::new();
    for i in 0..hosts {
        // Every fourth wants a name that another one has.
        let text = format!("HOST{}", if i % 4 == 3 { i - 1 } else { i });
        let id = lan.add(&text, if i % 2 == 0 { "EVEN" } else { "ODD" });
        names.insert(name(&text));
        servers.insert(id, lan.create(id, &local("x")));
        if i % 5 == 4 {
            lan.run_for(Duration::from_millis(100 + seed % 500));
        }
    }
    let mut got: BTreeMap<HostId, Vec<Vec<u8>>> = BTreeMap::new();
    let mut sent = 0_u32;
    for round in 0..20 {
        let ids: Vec<_> = lan.hosts().collect();
        for &id in &ids {
            sent += 1;
            let to = format!("HOST{}", (sent as usize * 7) % hosts);
            let to = match sent % 3 {
                0 => Destination::OwnDomain,
                1 => Destination::Name(name("ODD")),
                _ => Destination::Name(name(&to)),
            };
            // Refused only where too many wait.
            let _ = lan.write(id, to, &local("x"), &sent.to_be_bytes());
        }
        lan.run_for(Duration::from_millis(700));
        if round == 10 {
            let ahead = Duration::from_secs(seed % 3);
            lan.set_clock(ids[0], ahead);
        }
        for (id, server) in &servers {
            got.entry(*id).or_default().extend(messages(&lan, server));
        }
    }
    lan.run_for(Duration::from_secs(600));
    // As long as objections get lost, a second host can take itself for the owner for a while.
    lan.set_faults(Faults::NONE);
    lan.run_for(Duration::from_secs(1300));
    for (id, server) in &servers {
        got.entry(*id).or_default().extend(messages(&lan, server));
    }
    for wanted in names {
        let owners = owners(&lan, wanted);
        assert_eq!(owners.len(), 1, "seed {seed}: {wanted} has {owners:?}");
    }
    for (id, messages) in got {
        let different: BTreeSet<_> = messages.iter().collect();
        assert_eq!(different.len(), messages.len(), "seed {seed}: {id:?} got one twice");
    }
    for id in lan.hosts() {
        let node = lan.node(id).expect("a host");
        assert!(node.counters().balance() && node.name_counters().balance(), "seed {seed}");
    }
}

#[test]
fn bad_networks_under_seeds() {
    for seed in 0..8 {
        storm(seed, 12);
    }
}

/// The long run of `tests/long/run`: `SIM_SEEDS` seeds of `SIM_HOSTS` hosts.
#[test]
#[ignore = "minutes: tests/long/run"]
fn bad_networks_for_long() {
    let number = |name: &str, usual| {
        std::env::var(name).ok().map_or(usual, |text| text.parse().expect("a number"))
    };
    let hosts = usize::try_from(number("SIM_HOSTS", 100)).expect("a number");
    for seed in 0..number("SIM_SEEDS", 1000) {
        println!("seed {seed}");
        storm(seed, hosts);
    }
}
