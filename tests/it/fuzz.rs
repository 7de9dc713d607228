//! The fuzz targets on stable: their seeds, what becomes of those when octets change, and random
//! sequences of operations.

#[path = "../../fuzz/src/carriers.rs"]
mod carriers;
#[path = "../../fuzz/src/seeds.rs"]
pub(crate) mod seeds;
#[path = "../../fuzz/src/targets/mod.rs"]
pub(crate) mod targets;

use std::path::Path;

use mailslot::wire::oem::CodePage;
use serde_json::{Value, json};

use crate::cli::{capture, records, run, values};

type Target = fn(&[u8]);

const TARGETS: [(&str, Target, u32); 15] = [
    ("names", targets::names, 20),
    ("datagram", targets::datagram, 20),
    ("nbns", targets::nbns, 20),
    ("mailslot_write", targets::mailslot_write, 20),
    ("browse", targets::browse, 200),
    ("lanman", targets::lanman, 200),
    ("netlogon", targets::netlogon, 200),
    ("messenger", targets::messenger, 200),
    ("alerter", targets::alerter, 200),
    ("waitfor", targets::waitfor, 200),
    ("capture", targets::capture, 20),
    ("paths", targets::paths, 200),
    ("node", targets::node, 2),
    ("service", targets::service, 10),
    ("ipc", targets::ipc, 200),
];

/// The seed of what UDP does not carry is no nonsense.
#[test]
fn every_carrier_is_read() {
    use mailslot::capture::{Dissector, Packet, Reader};
    let file = carriers::capture(b"\xffSMB%");
    let (mut reader, mut dissector) = (Reader::new(&file[..]).unwrap(), Dissector::new());
    let mut kinds = String::new();
    while let Some(frame) = reader.next().unwrap() {
        let (kind, payload) = match dissector.udp(&frame) {
            Packet::NetBios(netbios) => ('n', netbios.payload),
            Packet::Quoted(udp) => ('q', udp.payload),
            Packet::Udp(udp) => ('u', udp.payload),
            packet => panic!("{packet:?}"),
        };
        assert_eq!(payload, b"\xffSMB%");
        kinds.push(kind);
    }
    assert_eq!(kinds, "nnnnqu");
}

/// Marsaglia's xorshift: the same inputs on every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).expect("64 bits") % n
    }

    fn octet(&mut self) -> u8 {
        u8::try_from(self.below(256)).expect("below 256")
    }
}

fn seeds_of(target: &str) -> Vec<Vec<u8>> {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let seeds = seeds::seeds(&testdata).into_iter();
    seeds.filter(|(name, _)| *name == target).map(|(_, octets)| octets).collect()
}

/// Changes up to four octets, cuts, repeats or inserts a few.
pub(crate) fn mutate(random: &mut Random, octets: &mut Vec<u8>) {
    for _ in 0..=random.below(4) {
        let at = random.below(octets.len() + 1);
        match random.below(8) {
            0 => octets.truncate(at),
            1 => octets.insert(at, random.octet()),
            2 => octets.extend_from_within(at..),
            3 => drop(octets.drain(at.saturating_sub(random.below(4))..at)),
            _ if at < octets.len() => {
                let interesting = [0, 1, 0x20, 0x7f, 0x80, 0xc0, 0xff, random.octet()];
                octets[at] = interesting[random.below(8)];
            }
            _ => {}
        }
    }
}

#[test]
fn seeds_and_their_mutations_hold_the_laws() {
    for (name, target, mutations) in TARGETS {
        let seeds = seeds_of(name);
        // One alone says little; of signals there are only two.
        assert!(seeds.len() >= 2, "{} seeds for {name}", seeds.len());
        let mut random = Random(0x6d61_696c_736c_6f74);
        for seed in seeds {
            target(&seed);
            for _ in 0..mutations {
                let mut octets = seed.clone();
                mutate(&mut random, &mut octets);
                target(&octets);
            }
        }
    }
}

/// The JSON of a message is all that there is to it: it gives the same octets without them.
#[test]
fn mutated_messages_come_back_out_of_json() {
    let mut random = Random(0x4a53_4f4e_2f62_6f64);
    let mut lines = Vec::new();
    for (slots, seed) in targets::FAMILIES
        .iter()
        .flat_map(|(family, slots)| seeds_of(family).into_iter().map(move |seed| (*slots, seed)))
    {
        for _ in 0..4 {
            let mut octets = seed.clone();
            mutate(&mut random, &mut octets);
            let Some((place, data)) = octets.split_first() else { continue };
            let slot = slots[usize::from(*place) % slots.len()];
            let slot = slot.iter().map(|&octet| CodePage::default().decode_octet(octet));
            let name = json!({"name": "A", "suffix": "00"});
            let line = json!({"src": "192.0.2.1:138", "dst": "192.0.2.2:138", "source_name": name,
                "destination_name": name, "mailslot": slot.collect::<String>(), "data": hex::encode(data)});
            lines.push(line.to_string());
        }
    }
    let mut whole = values(&records(&capture(&lines.join("\n"))));
    assert_eq!(whole.len(), lines.len());
    whole.retain(|record| record["body"]["kind"] != "raw");
    assert!(whole.len() > lines.len() / 2, "{} of {}", whole.len(), lines.len());
    let encoded = |records: &[Value]| {
        let lines: Vec<_> = records.iter().map(ToString::to_string).collect();
        run(&["encode", "--json"], lines.join("\n").as_bytes()).ok()
    };
    let octets = encoded(&whole);
    for record in &mut whole {
        let fields = record.as_object_mut().expect("an object");
        assert!(!fields.contains_key("raw"), "{fields:?}");
        fields.retain(|name, _| !["data", "text", "encoding"].contains(&&**name));
    }
    let again = encoded(&whole);
    let pairs = again.split(|&octet| octet == b'\n').zip(octets.split(|&octet| octet == b'\n'));
    for ((again, octets), record) in pairs.zip(&whole) {
        assert!(again == octets, "{record}");
    }
    assert_eq!(again.len(), octets.len());
}

#[test]
fn payloads_cut_at_every_octet_hold_the_laws() {
    let cut = ["datagram", "nbns"].into_iter().chain(targets::FAMILIES.map(|(family, _)| family));
    for cut in cut {
        let target = TARGETS.iter().find(|(name, ..)| *name == cut);
        let &(name, target, _) = target.expect("a target of that name");
        for seed in seeds_of(name) {
            for cut in 0..seed.len() {
                target(&seed[..cut]);
            }
        }
    }
}

#[test]
fn random_operations_hold_the_laws_of_the_node() {
    let mut random = Random(0x1994_1001_1002_0138);
    for _ in 0..300 {
        // The node's configuration, then operations as the target numbers them, without the raw datagrams, which the seeds bring.
        let mut octets = vec![random.octet() | 1];
        for _ in 0..1500 {
            octets.push(random.octet());
        }
        targets::node(&octets);
    }
}
