//! The fuzz targets on stable: their seeds, what becomes of those when octets change, and random
//! sequences of operations.

#[path = "../../fuzz/src/seeds.rs"]
pub(crate) mod seeds;
#[path = "../../fuzz/src/targets/mod.rs"]
pub(crate) mod targets;

use std::path::Path;

type Target = fn(&[u8]);

const TARGETS: [(&str, Target, u32); 10] = [
    ("names", targets::names, 20),
    ("datagram", targets::datagram, 20),
    ("nbns", targets::nbns, 20),
    ("mailslot_write", targets::mailslot_write, 20),
    ("payload", targets::payload, 200),
    ("capture", targets::capture, 20),
    ("paths", targets::paths, 200),
    ("node", targets::node, 2),
    ("service", targets::service, 10),
    ("ipc", targets::ipc, 200),
];

/// Marsaglia's xorshift: the same inputs on every run.
struct Random(u64);

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
fn mutate(random: &mut Random, octets: &mut Vec<u8>) {
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
        assert!(seeds.len() >= 9, "{} seeds for {name}", seeds.len());
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

#[test]
fn payloads_cut_at_every_octet_hold_the_laws() {
    let targets: [(&str, Target); 3] =
        [("datagram", targets::datagram), ("nbns", targets::nbns), ("payload", targets::payload)];
    for (name, target) in targets {
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
