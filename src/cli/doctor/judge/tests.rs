//! Planted evidence, one fault at a time.

use std::net::Ipv4Addr;

use super::super::evidence::{
    Echo, Evidence, Filter, Holder, Names, Peer, Port, PortState, Process, Rival, Traffic, Verdict,
    Wanted,
};
use super::super::filter::{Outcome, Site, Tool};
use super::super::finding::{Check, Finding, Severity};
use super::findings;
use crate::net;
use crate::net::evidence::Link;
use crate::node::{DropReason, Interface, Sighting};
use crate::wire::netbios::{Name, Suffix};

fn name(text: &str) -> Name {
    Name::new(text, Suffix::WORKSTATION).unwrap()
}

fn names(computer: &str, workgroup: &str) -> Names {
    Names { computer: Some(name(computer)), workgroup: Some(name(workgroup)) }
}

fn interface() -> Interface {
    Interface {
        index: 2,
        name: "eth0".into(),
        address: [192, 0, 2, 5].into(),
        prefix_len: 24,
        broadcast: [192, 0, 2, 255].into(),
        unit_id: [0; 6],
    }
}

fn address(address: [u8; 4], prefix_len: u8, broadcast: Option<[u8; 4]>) -> net::Interface {
    net::Interface {
        index: 2,
        name: "eth0".into(),
        address: address.into(),
        prefix_len,
        broadcast: broadcast.map(Ipv4Addr::from),
        up: true,
        loopback: false,
        mac: None,
    }
}

fn link(addresses: Vec<net::Interface>) -> Link {
    Link { name: "eth0".into(), up: true, carrier: true, loopback: false, addresses }
}

fn port(number: u16, state: PortState) -> Port {
    Port { number, state, drops: 0 }
}

/// A machine of root's on which all is well.
fn healthy() -> Evidence {
    let echo = |port| Echo { interface: interface(), port, heard: true };
    Evidence {
        root: true,
        computer: name("LINUXBOX"),
        workgroup: name("WORKGROUP"),
        slot: None,
        loopback: false,
        wanted: Wanted::default(),
        links: vec![link(vec![address([192, 0, 2, 5], 24, Some([192, 0, 2, 255]))])],
        interfaces: vec![interface()],
        ports: [port(137, PortState::Free), port(138, PortState::Free)],
        nmbd: None,
        program: Some("/usr/bin/mailslot".into()),
        buffer: Some((4 << 20, 4 << 20)),
        filter: Filter { unread: None, verdicts: Vec::new() },
        echoes: vec![echo(137), echo(138)],
        unsent: None,
        running: None,
        listened: true,
        rivals: Vec::new(),
        peer: None,
        sightings: Vec::new(),
        messages: Vec::new(),
        seconds: 3.0,
    }
}

/// What a machine with that evidence hears first.
fn first(plant: impl FnOnce(&mut Evidence)) -> Finding {
    let mut evidence = healthy();
    plant(&mut evidence);
    findings(&evidence).remove(0)
}

/// The fault that is named first, and the commands that mend it.
fn fault(plant: impl FnOnce(&mut Evidence)) -> (String, Vec<String>, u8) {
    let first = first(plant);
    assert_eq!(first.severity, Severity::Fault, "{first:?}");
    let code = first.exit_code();
    (first.what, first.remedy, code)
}

fn process(pid: u32, name: &str, unit: Option<&str>) -> Holder {
    let process = Process {
        pid,
        name: name.into(),
        command: format!("{name} -D"),
        unit: unit.map(str::to_owned),
        is_mailslot: name == "mailslot",
    };
    Holder { process: Some(process), user: "root".into() }
}

fn held(holder: &Holder, permitted: bool) -> [Port; 2] {
    [137, 138]
        .map(|number| port(number, PortState::Held { holders: vec![holder.clone()], permitted }))
}

fn dropped_by(text: &str) -> Site {
    let tool = Tool::Nft { family: "inet".into(), table: "filter".into() };
    Site { tool, base: "input".into(), text: text.into() }
}

fn verdicts(traffic: Traffic, outcome: &Outcome) -> Vec<Verdict> {
    let verdict =
        |port| Verdict { traffic, port, interface: interface(), outcome: outcome.clone() };
    [137, 138].map(verdict).into()
}

#[test]
fn health() {
    let findings = findings(&healthy());
    let grave = findings.iter().filter(|finding| finding.severity <= Severity::Warning);
    assert_eq!(grave.count(), 0, "{findings:?}");
    assert_eq!(findings.last().unwrap().severity, Severity::Unseen);
}

#[test]
fn holders_of_ports() {
    let nmbd = process(42, "nmbd", Some("nmbd"));
    let (what, remedy, code) = fault(|evidence| evidence.ports = held(&nmbd, true));
    assert_eq!(what, "UDP ports 137 and 138 are held by nmbd (pid 42)");
    assert_eq!((remedy, code), (vec!["systemctl stop nmbd".into()], 3));
    let unknown = Holder { process: None, user: "root".into() };
    let nmbd_at = |socket: Result<(), &str>, slot: Option<&str>, permitted| {
        let mut evidence = healthy();
        // Whose it is, a user is not told.
        evidence.ports = held(if permitted { &nmbd } else { &unknown }, permitted);
        evidence.nmbd = Some(socket.map_err(Into::into));
        evidence.slot = slot.map(Into::into);
        evidence.running = Some(names("NAS", "OFFICE"));
        let mut findings = findings(&evidence).into_iter();
        let port = findings.find(|finding| finding.check == Check::Port).unwrap();
        // Nothing is said of the privilege.
        assert!(findings.all(|finding| finding.severity > Severity::Warning));
        port
    };
    for (slot, permitted, severity, word) in [
        (None, false, Severity::Fine, "has UDP ports 137 and 138, as NAS in OFFICE: `recv` goes"),
        (Some("alerts"), true, Severity::Fine, "as NAS in OFFICE: `recv` goes beside it"),
        (Some("browse"), true, Severity::Fine, "as NAS in OFFICE: `recv` goes beside it"),
        (Some("browse"), false, Severity::Fault, "and keeps what comes for browse"),
    ] {
        let finding = nmbd_at(Ok(()), slot, permitted);
        assert!(finding.severity == severity && finding.what.contains(word), "{finding:?}");
    }
    let mute = nmbd_at(Err("no answer"), None, true);
    assert_eq!(mute.severity, Severity::Fault);
    assert!(mute.why.iter().any(|why| why.ends_with("no answer")), "{mute:?}");
    let (_, remedy, _) = fault(|evidence| {
        evidence.root = false;
        evidence.ports[1].state = PortState::Held {
            holders: vec![process(7, "socat", None), process(9, "socat", None)],
            permitted: true,
        };
    });
    assert_eq!(remedy, ["sudo kill 7"], "each has a finding of its own");
    let (_, remedy, _) =
        fault(|evidence| evidence.ports = held(&process(1, "systemd", None), true));
    assert_eq!(remedy, ["systemctl list-sockets"]);
    let (what, remedy, _) = fault(|evidence| evidence.ports = held(&unknown, true));
    assert_eq!(what, "UDP ports 137 and 138 are held by a process of root");
    assert_eq!(remedy, ["sudo ss -lunp sport = :137"]);
    // Our own kind is no fault, even where this user might not have the ports.
    let running = first(|evidence| {
        evidence.ports = held(&process(5, "mailslot", None), false);
        evidence.running = Some(names("OTHERBOX", "OFFICE"));
    });
    assert_eq!(running.severity, Severity::Fine);
}

#[test]
fn permission() {
    let (what, remedy, code) = fault(|evidence| {
        evidence.root = false;
        evidence.program = Some("/home/a b/mailslot".into());
        evidence.ports = [137, 138].map(|number| port(number, PortState::Forbidden));
    });
    assert_eq!(what, "this user may not have UDP ports 137 and 138");
    assert_eq!(remedy, ["sudo setcap cap_net_bind_service=+ep '/home/a b/mailslot'"]);
    assert_eq!(code, 3);
    // The holder first: without it the capability is of no use.
    let mut evidence = healthy();
    evidence.ports = held(&process(42, "nmbd", None), false);
    let checks: Vec<_> = findings(&evidence)
        .iter()
        .filter(|finding| finding.severity == Severity::Fault)
        .map(|finding| finding.check)
        .collect();
    assert_eq!(checks, [Check::Port, Check::Permission]);
}

#[test]
fn interfaces() {
    let without = |plant: &dyn Fn(&mut Evidence)| {
        fault(|evidence| {
            evidence.interfaces.clear();
            evidence.echoes.clear();
            evidence.listened = false;
            plant(evidence);
        })
    };
    let (what, remedy, code) = without(&|evidence| {
        evidence.links = vec![link(vec![address([192, 0, 2, 5], 24, None)])];
    });
    assert_eq!(what, "eth0 has the address 192.0.2.5/24 without a broadcast address");
    assert_eq!(
        remedy,
        [
            "ip address delete 192.0.2.5/24 dev eth0",
            "ip address add 192.0.2.5/24 broadcast + dev eth0"
        ]
    );
    assert_eq!(code, 1);
    let (what, ..) = without(&|evidence| {
        evidence.links = vec![link(vec![address([192, 0, 2, 5], 32, None)])];
    });
    assert_eq!(what, "eth0 has no broadcasts: one other end only");
    let (what, remedy, _) = without(&|evidence| {
        evidence.root = false;
        evidence.links = vec![Link { up: false, ..link(Vec::new()) }];
    });
    assert_eq!(what, "eth0 is switched off, and there is no other interface");
    assert_eq!(remedy, ["sudo ip link set eth0 up"]);
    let (what, ..) = without(&|evidence| evidence.links = vec![link(Vec::new())]);
    assert_eq!(what, "eth0 is on, but has no IPv4 address");
    let (what, ..) = without(&|evidence| {
        evidence.links = vec![Link { loopback: true, ..link(Vec::new()) }];
    });
    assert_eq!(what, "this machine has no network interface but loopback");
    let (what, ..) = without(&|evidence| {
        evidence.links = vec![Link { up: false, ..link(Vec::new()) }];
        evidence.wanted.not = vec!["eth0".into()];
    });
    assert_eq!(what, "this machine has no network interface but loopback");
    let (what, ..) = without(&|evidence| evidence.wanted.only = vec!["eth7".into()]);
    assert_eq!(what, "there is no interface eth7");
    let (what, ..) = without(&|evidence| evidence.wanted.address = Some([192, 0, 2, 9].into()));
    assert_eq!(what, "no interface has the address 192.0.2.9");

    let (what, ..) = fault(|evidence| evidence.links[0].carrier = false);
    assert_eq!(what, "eth0 is on, but nothing is at its other end");
    let one_of_two = first(|evidence| {
        evidence.links.push(Link {
            name: "eth1".into(),
            ..link(vec![net::Interface {
                name: "eth1".into(),
                ..address([198, 51, 100, 5], 24, None)
            }])
        });
    });
    assert_eq!(one_of_two.severity, Severity::Warning);
    assert_eq!(one_of_two.what, "eth1 has no broadcast address, so it is not used");
}

#[test]
fn rules_of_filters() {
    let rule = dropped_by("udp dport 137-138 drop");
    let certain = Outcome::Dropped(rule.clone());
    let (what, remedy, code) = fault(|evidence| {
        evidence.filter.verdicts = verdicts(Traffic::Inbound, &certain);
        evidence.echoes.iter_mut().for_each(|echo| echo.heard = false);
    });
    assert_eq!(what, "a packet filter drops what comes to UDP ports 137 and 138 on eth0");
    assert_eq!(remedy, ["nft insert rule inet filter input udp dport 137-138 accept"]);
    assert_eq!(code, 1);
    for (tool, command) in [
        (Tool::Ufw, "ufw allow 137:138/udp"),
        (Tool::Firewalld, "firewall-cmd --add-port=137-138/udp"),
        (
            Tool::Iptables { program: "iptables" },
            "iptables -I input -p udp --dport 137:138 -j ACCEPT",
        ),
    ] {
        let outcome = Outcome::Dropped(Site { tool, ..rule.clone() });
        let (_, remedy, _) = fault(|evidence| {
            evidence.filter.verdicts = verdicts(Traffic::Inbound, &outcome);
            evidence.echoes.clear();
        });
        assert_eq!(remedy, [command]);
    }

    // What is heard weighs more than rules that are not understood, and what is not heard too.
    let perhaps = Outcome::MayBeDropped(rule);
    let of = |outcome: &Outcome, heard: Option<bool>| {
        first(|evidence| {
            evidence.filter.verdicts = verdicts(Traffic::Inbound, outcome);
            match heard {
                None => evidence.echoes.clear(),
                Some(heard) => evidence.echoes.iter_mut().for_each(|echo| echo.heard = heard),
            }
        })
        .severity
    };
    assert_eq!(of(&perhaps, Some(true)), Severity::Fine);
    assert_eq!(of(&perhaps, None), Severity::Warning);
    assert_eq!(of(&perhaps, Some(false)), Severity::Fault);
    assert_eq!(of(&certain, Some(true)), Severity::Warning);
    assert_eq!(of(&certain, None), Severity::Fault);

    let answers = first(|evidence| {
        evidence.filter.verdicts = verdicts(Traffic::Answers, &certain);
    });
    assert_eq!(answers.severity, Severity::Warning);
    let (what, ..) = fault(|evidence| {
        evidence.filter.verdicts = verdicts(Traffic::Outbound, &certain);
    });
    assert_eq!(what, "a packet filter drops what is sent to UDP ports 137 and 138 by eth0");
}

#[test]
fn silence_without_a_rule() {
    let unheard = |evidence: &mut Evidence| evidence.echoes[1].heard = false;
    let (what, remedy, _) = fault(unheard);
    assert_eq!(what, "what comes to UDP port 138 on eth0 is dropped before it is received");
    assert_eq!(remedy, ["bpftool net show"]);
    let (_, remedy, _) = fault(|evidence| {
        unheard(evidence);
        evidence.root = false;
        evidence.filter.unread = Some("nft: Operation not permitted".into());
    });
    assert_eq!(remedy, ["sudo /usr/bin/mailslot doctor"]);
    let (what, ..) = fault(|evidence| evidence.unsent = Some("to 192.0.2.255:137: no".into()));
    assert_eq!(what, "a packet cannot be sent to 192.0.2.255:137: no");
}

#[test]
fn names_of_two() {
    let rival = Rival {
        name: name("LINUXBOX"),
        group: false,
        address: [192, 0, 2, 9].into(),
        mac: Some([0x52, 0x54, 0, 1, 2, 3]),
        names: Some(names("LINUXBOX", "OFFICE")),
    };
    let (what, remedy, code) = fault(|evidence| {
        evidence.slot = Some("pos eod".into());
        evidence.rivals = vec![rival.clone()];
    });
    assert_eq!(what, "another machine has the name LINUXBOX<00>: 192.0.2.9, MAC 52:54:00:01:02:03");
    assert_eq!(remedy, ["mailslot recv --name LINUXBOX-2 'pos eod'"]);
    assert_eq!(code, 4);
    let (_, remedy, _) = fault(|evidence| {
        evidence.rivals = vec![Rival { name: name("FIFTEEN-LETTERS"), ..rival.clone() }];
    });
    assert_eq!(remedy, ["mailslot recv --name FIFTEEN-LETTE-2 alerts"], "at most 15");
    let (what, ..) = fault(|evidence| {
        let group = Rival { name: name("WORKGROUP"), group: true, mac: None, ..rival };
        evidence.rivals = vec![group];
    });
    assert_eq!(what, "the workgroup's name WORKGROUP<00> is that of one machine, 192.0.2.9");
}

#[test]
fn peers() {
    let peer = Peer {
        text: "WINBOX".into(),
        by_address: false,
        address: Some([192, 0, 2, 20].into()),
        on_link: true,
        names: Some(names("WINBOX", "WORKGROUP")),
    };
    let of = |peer: Peer, running: Option<Names>| {
        let mut evidence = healthy();
        evidence.peer = Some(peer);
        evidence.running = running;
        let findings = findings(&evidence);
        let about = |finding: &&Finding| matches!(finding.check, Check::Peer | Check::Workgroup);
        findings.iter().find(about).cloned().unwrap()
    };
    assert_eq!(of(peer.clone(), None).what, "WINBOX in WORKGROUP answers at 192.0.2.20");
    // The node that runs here is asked about, not what the doctor's options say.
    let parted = of(peer.clone(), Some(names("LINUXBOX", "OFFICE")));
    assert_eq!(parted.what, "WINBOX is in the workgroup WORKGROUP, this machine in OFFICE");
    assert_eq!((parted.severity, parted.exit_code()), (Severity::Fault, 1));
    assert_eq!(parted.remedy, ["mailslot recv --workgroup WORKGROUP alerts"]);
    let nobody = of(Peer { address: None, on_link: false, names: None, ..peer.clone() }, None);
    assert_eq!(nobody.what, "nobody answers to the name WINBOX");
    assert_eq!((nobody.severity, nobody.exit_code()), (Severity::Fault, 6));
    let silent = of(Peer { by_address: true, names: None, ..peer.clone() }, None);
    assert_eq!(silent.what, "192.0.2.20 does not answer for its node status");
    let beyond = of(Peer { on_link: false, names: None, ..peer }, None);
    assert_eq!((beyond.severity, &*beyond.what), (Severity::Warning, "WINBOX is beyond a router"));
}

fn sighting(to: Name, slot: &str, reason: DropReason) -> Sighting {
    Sighting { slot: slot.into(), to, from: name("WINBOX"), reason, count: 3 }
}

#[test]
fn what_was_heard() {
    let foreign = first(|evidence| {
        let group = name("OFFICE").with_suffix(Suffix::LOCAL_MASTER_BROWSER);
        evidence.sightings = vec![
            sighting(group, "BROWSE", DropReason::NotOurName),
            sighting(name("office"), "alerts", DropReason::NotOurName),
        ];
    });
    assert_eq!(foreign.what, "WINBOX wrote to the workgroup OFFICE, this machine is in WORKGROUP");
    assert_eq!((foreign.severity, foreign.why.len()), (Severity::Warning, 2));
    // Announcements of the own workgroup, and other doctors' trials, are nothing to tell of.
    let group = name("WORKGROUP").with_suffix(Suffix::LOCAL_MASTER_BROWSER);
    for quiet in [
        sighting(group, "BROWSE", DropReason::NotOurName),
        sighting(name("OTHERBOX"), "MAILSLOT-DOCTOR", DropReason::NotOurName),
        sighting(name("LINUXBOX"), "MAILSLOT-DOCTOR", DropReason::NoSuchSlot),
    ] {
        let mut evidence = healthy();
        let before = findings(&evidence);
        evidence.sightings = vec![quiet];
        assert_eq!(findings(&evidence), before);
    }
    let near = first(|evidence| {
        evidence.slot = Some("alerts".into());
        evidence.sightings = vec![sighting(name("LINUXBOX"), "ALERT", DropReason::NoSuchSlot)];
    });
    assert_eq!((near.severity, near.check), (Severity::Warning, Check::Slot));
    assert_eq!(near.remedy, ["mailslot recv ALERT"]);
}

#[test]
fn buffers() {
    let small = first(|evidence| evidence.buffer = Some((212_992, 4 << 20)));
    assert_eq!((small.severity, small.check), (Severity::Warning, Check::Buffer));
    assert_eq!(small.what, "a receive buffer is 208 KiB, not 4096 KiB");
    assert_eq!(small.remedy, ["sysctl -w net.core.rmem_max=4194304"]);
    let lossy = first(|evidence| evidence.ports[1].drops = 17);
    assert_eq!(lossy.what, "the kernel threw away 17 datagrams on their way to UDP port 138");
    assert_eq!(lossy.severity, Severity::Warning);
}

/// A fault of the machine explains those of the network behind it.
#[test]
fn causes_come_first() {
    let mut evidence = healthy();
    evidence.peer = Some(Peer {
        text: "WINBOX".into(),
        by_address: false,
        address: None,
        on_link: false,
        names: None,
    });
    evidence.filter.verdicts =
        verdicts(Traffic::Inbound, &Outcome::Dropped(dropped_by("udp dport 137-138 drop")));
    evidence.echoes.clear();
    evidence.ports = held(&process(42, "nmbd", None), true);
    let faults: Vec<_> = findings(&evidence)
        .iter()
        .filter(|finding| finding.severity == Severity::Fault)
        .map(|finding| finding.check)
        .collect();
    assert_eq!(faults, [Check::Port, Check::Filter, Check::Peer]);
}
