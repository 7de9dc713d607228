//! Seeds for every target, made of testdata.

use std::fs;
use std::path::{Path, PathBuf};

use mailslot::capture::{Dissector, Packet, Reader};

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
    seeds
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
