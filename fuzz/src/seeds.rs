//! Seeds for every target, made of testdata, and for the service's socket of what it speaks.

use std::fs;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::BytesMut;
use mailslot::capture::{Dissector, Packet, Reader};
use mailslot::ipc::{
    CreateFlags, Failure, HandleEntry, Node, Numbered, Reply, Request, Route, SlotEntry, VERSION,
    Wait, Welcome,
};
use mailslot::slot::{LocalName, Message, Options, ReadTimeout, Sender, Table};
use mailslot::time::Instant;
use mailslot::wire::netbios::Name;
use mailslot::wire::smb::MailslotWrite;

use super::carriers;
use super::targets::{FAMILIES, OWN_END};

const PATHS: [&str; 9] = [
    r"\\.\mailslot\alerts",
    r"\\.\mailslot\pos\eod",
    r"\\HOST\mailslot\x",
    r"\\*\mailslot\x",
    "//./mailslot/a/../b",
    r"\\?\mailslot\x.",
    "alerts",
    r"\\.\mailslot\",
    r"C:\x",
];
/// UDP ports of the two services.
pub const NBNS: u16 = 137;
pub const NBDGM: u16 = 138;
/// Of a datagram, where the source name begins.
const NAMES_AT: usize = 14;
const MAX_SEQUENCE: usize = 4000;
const MAX_CAPTURE: usize = 65_536;

/// A target's name and one input for it.
pub type Seed = (&'static str, Vec<u8>);

/// Every seed that the files below `testdata` give.
pub fn seeds(testdata: &Path) -> Vec<Seed> {
    let mut seeds: Vec<Seed> = PATHS.iter().map(|path| ("paths", path.as_bytes().into())).collect();
    seeds.push(("capture", carriers::capture(b"\xffSMB%")));
    let mut sequence = Vec::new();
    let mut conversation = Vec::new();
    for path in files(testdata) {
        if is(&path, "pcap") {
            let capture = fs::read(&path).expect("a readable file");
            if capture.len() <= MAX_CAPTURE {
                seeds.push(("capture", capture));
            }
        }
        let payloads = if is(&path, "pcap") || is(&path, "hex") { payloads(&path) } else { vec![] };
        for (port, payload) in payloads {
            if port == NBNS {
                let operation = packet_operation(&payload);
                if conversation.len() + operation.len() > MAX_SEQUENCE {
                    seeds.push(("service", std::mem::take(&mut conversation)));
                }
                conversation.extend(operation);
                seeds.push(("nbns", payload));
                continue;
            }
            if let Some(smb) = payload.windows(4).position(|window| window == b"\xffSMB") {
                seeds.push(("mailslot_write", payload[smb..].to_vec()));
                seeds.extend(message(&payload, smb));
            }
            seeds.push(("names", payload.get(NAMES_AT..).unwrap_or_default().to_vec()));
            let operation = datagram_operation(&payload);
            seeds.push(("node", operation.repeat(2)));
            if sequence.len() + operation.len() > MAX_SEQUENCE {
                seeds.push(("node", std::mem::take(&mut sequence)));
            }
            sequence.extend(operation);
            seeds.push(("datagram", payload));
        }
    }
    seeds.push(("node", sequence));
    seeds.push(("service", conversation));
    let mut session = BytesMut::new();
    for (request, id) in requests().iter().zip(1..) {
        let mut frame = BytesMut::new();
        request.encode(id, &mut frame);
        seeds.push(("ipc", frame.to_vec()));
        session.extend_from_slice(&frame);
    }
    for reply in replies() {
        let mut frame = BytesMut::new();
        reply.encode(1, &mut frame);
        seeds.push(("ipc", frame.to_vec()));
    }
    seeds.push(("ipc", session.to_vec()));
    seeds
}

/// The message of a datagram whose SMB begins at an offset, after the place of its mailslot in its
/// family.
fn message(payload: &[u8], smb: usize) -> Option<Seed> {
    let write = MailslotWrite::decode_at(payload, smb).ok()?.value;
    let slot = write.mailslot_name.as_bytes().to_ascii_lowercase();
    // Of some the end is a question's or a signal's own.
    let is_it = |name: &&[u8]| {
        let name = name.to_ascii_lowercase();
        let head = name.strip_suffix(OWN_END).unwrap_or(&name);
        slot == name || (head.len() < name.len() && slot.starts_with(head))
    };
    FAMILIES.iter().find_map(|(family, slots)| {
        let place = u8::try_from(slots.iter().position(is_it)?).expect("few");
        Some((*family, [&[place], write.data].concat()))
    })
}

/// A message with all that it can have.
fn numbered(number: u64) -> Numbered {
    let name = Name::from_bytes(*b"WINBOX         \0");
    let address = SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 20), 138);
    let mut message = Message::new(&b"disk is full"[..], Instant::from_millis(number));
    (message.from, message.to) = (Some(Sender::new(name, address)), Some(name));
    Numbered::new(number, message)
}

/// Requests of all kinds, in an order that makes sense: the slot is handle 1, its writer 2.
fn requests() -> Vec<Request<'static>> {
    let read = |most, wait| Request::Read { handle: 1, capacity: 424, most, wait };
    vec![
        Request::Hello { version: VERSION },
        Request::Create {
            path: "alerts",
            max_message_size: 424,
            read_timeout: ReadTimeout(10),
            max_messages: 3,
            max_octets: 4096,
            flags: CreateFlags::OWNER_ONLY,
        },
        Request::Open { path: r"\\.\mailslot\alerts" },
        read(1, Wait::For(ReadTimeout::FOREVER)),
        Request::Write { handle: 2, data: b"disk is full" },
        read(1, Wait::For(ReadTimeout::FOREVER)),
        Request::Cancel { read: 6 },
        Request::PutBack { handle: 1, message: numbered(0) },
        Request::Info { handle: 1 },
        Request::SetReadTimeout { handle: 1, timeout: ReadTimeout::NONE },
        Request::Times { handle: 1 },
        Request::SetCreated { handle: 1, created: 42 },
        Request::Write { handle: 2, data: b"" },
        read(5, Wait::AsSlot),
        Request::Duplicate { handle: 1 },
        Request::Share { handle: 1 },
        Request::Take { token: "00112233445566778899aabbccddeeff" },
        Request::Handles { from: 1 },
        Request::Slots { from: 1 },
        Request::Stats,
        Request::Node,
        Request::Close { handle: 1 },
        Request::Open { path: r"\\HOST\mailslot\x" },
        Request::Write { handle: 4, data: b"hello" },
    ]
}

/// Replies of all kinds.
fn replies() -> Vec<Reply> {
    let name = Name::from_bytes(*b"WINBOX         \0");
    let handle = HandleEntry::new(1, true, "alerts");
    let address = Ipv4Addr::new(192, 0, 2, 20);
    let slots = Arc::new(Table::new());
    let slot = LocalName::parse("alerts").expect("a name");
    let server = slots.create(Instant::ZERO, &slot, &Options::default()).expect("free");
    let mut welcome = Welcome::new(VERSION);
    (welcome.pid, welcome.path) = (7, "/run".into());
    let mut slot = SlotEntry::new(1, "alerts", server.info(), server.times());
    (slot.owner, slot.pid, slot.readers) = (1000, 7, 1);
    let mut node = Node::new(name, name);
    (node.interfaces, node.beside_nmbd) = ("eth0".into(), Some(true));
    vec![
        Reply::Welcome(welcome),
        Reply::Handle(handle.clone()),
        Reply::Handles(vec![handle]),
        Reply::Written(Route::Slot),
        Reply::Written(Route::OwnName { name }),
        Reply::Written(Route::Host { name, address }),
        Reply::Written(Route::Group { name, broadcasts: vec![address], local: true }),
        Reply::Messages(vec![numbered(1), numbered(2)]),
        Reply::Info(server.info()),
        Reply::Times(server.times()),
        Reply::Token("00112233445566778899aabbccddeeff".into()),
        Reply::Slots(vec![slot]),
        Reply::Stats(vec![("service.requests".into(), 7)]),
        Reply::Node(Some(node)),
        Reply::Done,
        Reply::Failed(Failure::invalid_handle()),
    ]
}

/// The operation of the node's target that receives this payload.
fn datagram_operation(payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).expect("a UDP payload").to_le_bytes();
    [&[0], &length[..], payload].concat()
}

/// The operations of the service's target that receive this payload: from one host by broadcast,
/// from another directly, and in answer to what the node asked last, and a tenth of a second.
fn packet_operation(payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).expect("a UDP payload").to_le_bytes();
    let packet = |operation: [u8; 3]| [&operation[..], &length, payload].concat();
    [packet([0, 3, 0]), packet([0, 1, 1]), packet([1, 3, 1]), vec![2, 10]].concat()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn is(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

/// The UDP payloads of a `.hex` or `.pcap` file, and the port of the service that each is of; those
/// of others are left out.
pub fn payloads(path: &Path) -> Vec<(u16, Vec<u8>)> {
    let octets = fs::read(path).expect("a readable file");
    if is(path, "hex") {
        let name = path.file_name().expect("a file").to_string_lossy();
        let port = if name.starts_with("nbns-") { NBNS } else { NBDGM };
        return vec![(port, unhex(&octets))];
    }
    let mut payloads = Vec::new();
    let mut dissector = Dissector::new();
    let mut reader = Reader::new(&octets[..]).expect("a capture");
    while let Some(frame) = reader.next().expect("an undamaged capture") {
        if let Packet::Udp(udp) = dissector.udp(&frame) {
            let ports = [udp.source.port(), udp.destination.port()];
            let service = [NBDGM, NBNS].into_iter().find(|port| ports.contains(port));
            payloads.extend(service.map(|port| (port, udp.payload.to_vec())));
        }
    }
    payloads
}

fn unhex(text: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = text.iter().copied().filter(|c| !c.is_ascii_whitespace()).collect();
    let value = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("hex"), 16);
    digits.chunks(2).map(|pair| value(pair).expect("hex")).collect()
}
