//! What strangers call themselves does nothing to the terminal that shows it.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::thread;

use mailslot::runtime::loopback_address;
use mailslot::wire::datagram::{Body, Data, Datagram, Flags, Header, MsgType};
use mailslot::wire::nbns::{NameFlags, NodeName, NodeStatus, Packet, Statistics};
use mailslot::wire::netbios::{Name, Suffix};
use mailslot::wire::smb::{Profile, SlotName};
use serde_json::Value;

use super::network::Peer;
use super::{Outcome, mailslot, run};

/// Escapes, line ends, a NUL, a bell, and what begins a sequence in the C1 set.
const NASTY: [[u8; 16]; 3] =
    [*b"a\x1b[2J\r\nb\x07      \x1b", *b"\0\x9b31m\n\x7f\x1b]0;x\x07\0\0\n", [0x1b; 16]];

/// No control character but the ends of its lines.
fn harmless(text: &str, lines: usize) {
    let control: Vec<_> = text.chars().filter(|&c| c.is_control() && c != '\n').collect();
    assert_eq!((control, text.lines().count()), (vec![], lines), "{text:?}");
}

/// A host on loopback that answers one node status request, with names of its own choice.
fn answering() -> (SocketAddrV4, thread::JoinHandle<()>) {
    let socket = UdpSocket::bind((Ipv4Addr::new(127, 5, 6, 7), 0)).expect("a free port");
    let SocketAddr::V4(local) = socket.local_addr().expect("an address") else { panic!("IPv4") };
    let answer = move || {
        let mut octets = [0; 600];
        let (length, from) = socket.recv_from(&mut octets).expect("a request");
        let request = Packet::decode(&octets[..length]).expect("decodes").value;
        let names = NASTY.map(|octets| NodeName {
            name: Name::from_bytes(octets),
            name_flags: NameFlags::ACTIVE,
        });
        let status = NodeStatus::new(names.into(), &Statistics::new([0x1b; 6]));
        let asked = request.name().expect("a name");
        let response = Packet::node_status_response(request.header.name_trn_id, asked, status);
        socket.send_to(&response.to_vec(), from).expect("sends");
    };
    (local, thread::spawn(answer))
}

fn status(args: &[&str]) -> Outcome {
    let (host, answered) = answering();
    let (address, port) = (host.ip().to_string(), host.port().to_string());
    let verb = ["name", "status", &address, "--loopback", "--name", "HOSTILEB"];
    let outcome = run(&[&verb, &["--name-port", &port][..], args].concat(), b"");
    answered.join().expect("it was asked");
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    outcome
}

#[test]
fn names_of_a_node() {
    let shown = status(&[]);
    harmless(shown.text(), 1 + NASTY.len());
    assert!(shown.text().contains(r"a\x1b[2J\x0d\x0ab\x07<1b>"), "{}", shown.text());
    let json = status(&["--json"]);
    harmless(json.text(), 1);
    let object: Value = serde_json::from_str(json.text()).expect("an object");
    for name in object["names"].as_array().expect("names") {
        harmless(name["name"].as_str().expect("a text"), 1);
    }
}

/// A message from such a name, for such a slot, with such a text.
fn message(octets: [u8; 16], dgm_id: u16) -> Vec<u8> {
    let name = |text| Name::new(text, Suffix::WORKSTATION).expect("a name");
    let slot = SlotName::new(b"\\MAILSLOT\\s\x1b[2J\x07\x7f\r\nt").expect("a name");
    let text = b"x\x1b[2J\r\n\x07\x9b";
    let smb = Profile::Api.write(slot, text).to_vec();
    let header = Header {
        msg_type: MsgType::DIRECT_UNIQUE,
        flags: Flags::FIRST,
        dgm_id,
        source_ip: Ipv4Addr::new(127, 5, 6, 8),
        source_port: 138,
    };
    let data = Data::whole(Name::from_bytes(octets).into(), name("HOSTILEA").into(), &smb);
    Datagram { header, body: Body::Data(data) }.to_vec()
}

#[test]
fn senders_slots_and_texts() {
    let to = SocketAddrV4::new(loopback_address("HOSTILEA"), 11_338);
    for form in [&[][..], &["--json"]] {
        let count = NASTY.len().to_string();
        let common = ["recv", "--loopback", "--name", "HOSTILEA", "--workgroup", "HOSTILE"];
        let ports = ["--name-port", "11337", "--dgram-port", "11338", "--any", "-n", &count];
        let mut peer = Peer::start(mailslot(&[&common[..], &ports, form].concat()));
        peer.wait_for("HOSTILEA<00> is ours");
        let socket = UdpSocket::bind((Ipv4Addr::new(127, 5, 6, 8), 0)).expect("a free port");
        for (dgm_id, octets) in (1..).zip(NASTY) {
            socket.send_to(&message(octets, dgm_id), to).expect("sends");
        }
        let received = peer.end();
        assert_eq!(received.code, Some(0), "{}", received.stderr);
        // And the day before them, or the books after.
        harmless(received.text(), NASTY.len() + 1);
        harmless(&received.stderr, received.stderr.lines().count());
    }
}
