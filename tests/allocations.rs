//! What the hot paths allocate, counted by an allocator of their own.
#![expect(clippy::expect_used, reason = "helpers of tests fail as tests do")]

use std::hint::black_box;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use allocation_counter::measure;
use mailslot::node::{
    Config, Disposition, Interface, NameDropReason, Node, OwnName, Owned, Question, Received,
    limits,
};
use mailslot::slot::{LocalName, Options, Read, Table};
use mailslot::time::Instant;
use mailslot::wire::datagram::{Body, Data, Datagram, Flags, Header, MsgType};
use mailslot::wire::nbns::{Claim, NbEntry, NbFlags, Packet, Rcode};
use mailslot::wire::netbios::{Name, ScopeBuf, ScopedName, Suffix};
use mailslot::wire::smb::{MailslotWrite, Profile, SlotName};

const LARGEST: usize = 424;

fn name(text: &str) -> Name {
    Name::new(text, Suffix::WORKSTATION).expect("a name")
}

fn datagram(profile: Profile, scope: &str, slot: &str, dgm_id: u16) -> Vec<u8> {
    let slot = format!(r"\MAILSLOT\{slot}");
    let data = [0x2a; LARGEST];
    let smb = profile.write(SlotName::new(slot.as_bytes()).expect("a name"), &data).to_vec();
    let scope = ScopeBuf::new(scope).expect("a scope");
    let scoped = |text| ScopedName { scope: scope.as_scope(), ..name(text).into() };
    let header = Header {
        msg_type: MsgType::DIRECT_UNIQUE,
        flags: Flags::FIRST,
        dgm_id,
        source_ip: [192, 168, 1, 20].into(),
        source_port: 138,
    };
    let data = Data::whole(scoped("WINBOX"), scoped("LINUXBOX"), &smb);
    Datagram { header, body: Body::Data(data) }.to_vec()
}

#[test]
fn decoding_borrows() {
    for profile in [Profile::Api, Profile::Browser, Profile::Samba] {
        for scope in ["", "NETBIOS.COM"] {
            let packet = datagram(profile, scope, "alerts", 1);
            let allocated = measure(|| {
                let decoded = Datagram::decode(black_box(&packet)).expect("decodes");
                let Body::Data(data) = decoded.value.body else { panic!("data") };
                let write = MailslotWrite::decode_at(&packet, packet.len() - data.user_data.len());
                assert_eq!(black_box(write).expect("decodes").value.data.len(), LARGEST);
            });
            assert_eq!(allocated.count_total, 0, "{profile:?} {scope}");
            // What is cut says so without an allocation too.
            for cut in 0..packet.len() {
                let allocated = measure(|| {
                    let _ = black_box(Datagram::decode(&packet[..cut]));
                });
                assert_eq!(allocated.count_total, 0, "cut at {cut}");
            }
        }
    }
}

/// A node, a slot of it, and datagrams to that: each with a `DGM_ID` of its own.
struct Bench {
    node: Node,
    server: mailslot::slot::Server,
    packets: Vec<Vec<u8>>,
}

impl Bench {
    fn new(options: &Options, drop_duplicates: bool) -> Self {
        let table = Arc::new(Table::new());
        let slot = LocalName::parse("alerts").expect("a name");
        let server = table.create(Instant::ZERO, &slot, options).expect("free");
        let mut config = Config::default();
        config.names = vec![OwnName::unique(name("LINUXBOX"))];
        config.drop_duplicates = drop_duplicates;
        let packets = (0..4096).map(|id| datagram(Profile::Api, "", "Alerts", id)).collect();
        Self { node: Node::new(config, table), server, packets }
    }

    fn input(&mut self, now: Instant, packet: usize) -> Disposition {
        let from = SocketAddrV4::new([192, 168, 1, 20].into(), 138);
        let to = SocketAddrV4::new([192, 168, 1, 5].into(), 138);
        self.node.input(now, Received { interface: 0, from, to, payload: &self.packets[packet] })
    }
}

#[test]
fn routing_allocates_the_message_and_nothing_else() {
    for drop_duplicates in [false, true] {
        let mut bench = Bench::new(&Options::default(), drop_duplicates);
        let at = |i: usize| Instant::from_micros(i as u64 * 10);
        let mut round = |range: std::ops::Range<usize>| {
            measure(|| {
                for i in range {
                    assert!(matches!(bench.input(at(i), i), Disposition::Delivered(_)));
                    let read = bench.server.read(at(i), LARGEST).expect("few reads");
                    assert!(matches!(read, Read::Done(message) if message.data.len() == LARGEST));
                }
            })
        };
        // What is kept between datagrams has its size by now.
        round(0..2048);
        let allocated = round(2048..4096);
        // The octets of the message, once; the filter's rings may grow once more.
        let spare = if drop_duplicates { 4 } else { 0 };
        assert!((2048..=2048 + spare).contains(&allocated.count_total), "{allocated:?}");
        let payload = LARGEST as u64 * 2048;
        assert!(allocated.bytes_total >= payload, "{allocated:?}");
        assert!(drop_duplicates || allocated.bytes_total < payload + 2048 * 64, "{allocated:?}");
        assert!(drop_duplicates || allocated.count_current == 0, "{allocated:?}");
    }
}

#[test]
fn what_is_dropped_allocates_nothing() {
    let mut bench = Bench::new(&Options::default().max_messages(1), false);
    assert!(matches!(bench.input(Instant::ZERO, 0), Disposition::Delivered(_)));
    let allocated = measure(|| {
        for i in 1..100 {
            assert!(matches!(bench.input(Instant::ZERO, i), Disposition::Dropped { .. }));
        }
    });
    assert_eq!(allocated.count_total, 0, "{allocated:?}");
}

#[test]
fn a_queued_message_takes_less_than_600_octets() {
    const MESSAGES: usize = 1000;
    let mut bench = Bench::new(&Options::default(), false);
    let allocated = measure(|| {
        for i in 0..MESSAGES {
            assert!(matches!(bench.input(Instant::ZERO, i), Disposition::Delivered(_)));
        }
    });
    assert_eq!(bench.server.info().message_count, MESSAGES);
    let octets = usize::try_from(allocated.bytes_current).expect("it grew");
    let each = octets / MESSAGES;
    assert!((LARGEST..600).contains(&each), "{each} octets a message: {allocated:?}");
}

/// A node on a network whose every host there could be talks to it, and lies.
struct Besieged {
    node: Node,
    seed: u64,
}

impl Besieged {
    const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);

    fn new() -> Self {
        let mut config = Config::default();
        config.owned = Owned::Claimed;
        config.names = vec![OwnName::unique(name("LINUXBOX"))];
        let mut node = Node::new(config, Arc::new(Table::new()));
        let interface = Interface {
            index: 2,
            name: "eth0".into(),
            address: Self::ADDRESS,
            prefix_len: 8,
            broadcast: [10, 255, 255, 255].into(),
            unit_id: [0; 6],
        };
        node.interfaces(Instant::ZERO, vec![interface]);
        Self { node, seed: 1 }
    }

    /// Marsaglia's xorshift.
    fn random(&mut self) -> [u8; 8] {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed.to_be_bytes()
    }

    /// One packet of any kind from a random host about a random name, or ours; half of them with
    /// the id of a question.
    fn hear(&mut self, now: Instant, asked: u16) {
        let random = self.random();
        let from = Ipv4Addr::new(10, random[0], random[1], random[2].clamp(2, 254));
        let name = if random[3] & 1 == 0 { name("LINUXBOX") } else { self.name() };
        let other = u16::from_be_bytes([random[4], random[5]]);
        let id = if random[3] & 2 == 0 { asked } else { other };
        let entry = NbEntry { nb_flags: NbFlags::empty(), nb_address: from };
        let claim = Claim { name: name.into(), entry, ttl: 9, broadcast: random[6] & 1 == 0 };
        let to = SocketAddrV4::new(Self::ADDRESS, 137);
        let packet = match random[7] % 10 {
            0 => Packet::name_query(id, claim.name, claim.broadcast),
            1 => Packet::node_status_request(id, Name::WILDCARD.into(), claim.broadcast),
            2 => Packet::registration(id, claim),
            3 => Packet::refresh(id, claim),
            4 => Packet::release(id, claim),
            5 => Packet::registration_response(id, claim.name, Rcode::ACTIVE, 0, entry),
            6 => Packet::conflict_demand(id, claim.name, entry),
            7 => Packet::positive_query_response(id, claim.name, 9, &[entry; 3]),
            8 => Packet::positive_query_response(asked, self::name("WANTED").into(), 9, &[entry]),
            _ => {
                let to = SocketAddrV4::new(Self::ADDRESS, 138);
                let slot = format!("{other:04x}{:02x}", random[6]);
                let payload = datagram(Profile::Api, "", &slot, id);
                let from = SocketAddrV4::new(from, 138);
                let received = Received { interface: 2, from, to, payload: &payload };
                self.node.input(now, received);
                return;
            }
        };
        let from = SocketAddrV4::new(from, 137);
        let payload = &packet.to_vec();
        self.node.input_name(now, Received { interface: 2, from, to, payload });
    }

    fn name(&mut self) -> Name {
        let halves = [self.random(), self.random()].concat();
        Name::from_bytes(halves.try_into().expect("16 octets"))
    }

    fn drain(&mut self) {
        while self.node.poll_transmit().is_some() || self.node.poll_event().is_some() {}
    }
}

/// What 100,000 hosts make a node keep, twice as many make it keep, and it has an end.
#[test]
fn what_strangers_make_a_node_keep_is_bounded() {
    let mut besieged = Besieged::new();
    let mut now = Instant::from_millis(1000);
    let flood = |besieged: &mut Besieged, now: &mut Instant| {
        let question = besieged.node.query(*now, name("WANTED"), Question::Owners);
        assert!(question.is_ok());
        let asked = besieged.node.poll_transmit().expect("a question");
        let asked = u16::from_be_bytes([asked.payload[0], asked.payload[1]]);
        for i in 0..100_000_u64 {
            besieged.hear(*now, asked);
            besieged.drain();
            // A tenth of it within a moment, the rest within nine minutes.
            if i > 10_000 {
                *now = Instant::from_micros(now.as_micros() + 6000);
                besieged.node.timeout(*now);
            }
        }
    };
    let first = measure(|| flood(&mut besieged, &mut now));
    let second = measure(|| flood(&mut besieged, &mut now));
    assert!(first.bytes_max < 1 << 20, "{first:?}");
    assert!(first.bytes_current < 512 << 10, "{first:?}");
    assert!(second.bytes_current.abs() < 64 << 10, "{second:?}");
    let books = besieged.node.name_counters();
    assert!(books.answered > 10_000 && books.used > 10_000, "{books:?}");
    assert!(books.dropped(NameDropReason::Limited) > 1000, "{books:?}");
    assert!(besieged.node.sightings().len() <= limits::MAX_SIGHTINGS);
}

/// A moment in which everybody asks at once.
#[test]
fn sources_that_are_counted_are_bounded() {
    let mut besieged = Besieged::new();
    let request = Packet::node_status_request(1, Name::WILDCARD.into(), true).to_vec();
    let to = SocketAddrV4::new(Besieged::ADDRESS, 137);
    let counted = measure(|| {
        for host in 0..100_000_u32 {
            let from = SocketAddrV4::new(Ipv4Addr::from(0x0a01_0000 + host), 137);
            let received = Received { interface: 2, from, to, payload: &request };
            besieged.node.input_name(Instant::ZERO, received);
            besieged.drain();
        }
    });
    assert!(counted.bytes_current < 256 << 10, "{counted:?}");
    assert_eq!(besieged.node.name_counters().answered, u64::from(limits::ANSWERS_PER_SECOND));
}

/// Counts are a stranger's claim; only octets that are there are paid for.
#[test]
fn a_name_packet_takes_what_its_octets_justify() {
    let mut short = Packet::name_query(1, name("WINBOX").into(), true).to_vec();
    short[4..12].fill(0xff);
    let allocated = measure(|| assert!(Packet::decode(black_box(&short)).is_err()));
    assert!(allocated.bytes_max < 1024, "{allocated:?}");

    // The most for an octet: questions that are pointers, records of the root, addresses.
    let mut questions = short[..50].to_vec();
    questions[4..12].copy_from_slice(&[0xff, 0xff, 0, 0, 0, 0, 0, 0]);
    let mut records = vec![0, 1, 0x85, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0];
    while questions.len() + 6 <= 65_507 {
        questions.extend([0xc0, 0x0c, 0, 0x20, 0, 1]);
    }
    while records.len() + 11 <= 65_507 {
        records.extend([0, 0, 0x20, 0, 1, 0, 0, 0, 0, 0, 0]);
    }
    for mut packet in [questions, records] {
        let refused = measure(|| assert!(Packet::decode(black_box(&packet)).is_err()));
        let (at, each) = if packet[2] == 0x85 { (6, 11) } else { (4, 6) };
        let count = u16::try_from((packet.len() - 12) / each - if at == 4 { 5 } else { 0 });
        packet[at..at + 2].copy_from_slice(&count.expect("fits").to_be_bytes());
        let read = measure(|| assert!(Packet::decode(black_box(&packet)).is_ok()));
        for allocated in [refused, read] {
            assert!(allocated.bytes_max < 64 * packet.len() as u64, "{allocated:?}");
            assert_eq!(allocated.count_current, 0, "{allocated:?}");
        }
    }
}

/// From the socket to the queue, beyond what it takes to begin.
#[cfg(all(feature = "runtime", target_os = "linux"))]
#[test]
fn receiving_allocates_the_messages_and_nothing_else() {
    use mailslot::net;

    const BURST: usize = 64;
    let loopback = [127, 0, 0, 1].into();
    let bind = net::Bind { address: loopback, broadcast: [127, 255, 255, 255].into() };
    let sockets = net::open(&net::Config { port: 0, bind: Some(bind) }).expect("a free port");
    let sender = std::net::UdpSocket::bind((loopback, 0)).expect("a free port");
    let spent = |datagrams: usize| {
        let mut bench = Bench::new(&Options::default(), false);
        let stop = net::Stop::new().expect("a descriptor");
        let send = |from: usize, packets: &[Vec<u8>]| {
            for packet in &packets[from..from + BURST] {
                sender.send_to(packet, sockets[0].local()).expect("loopback");
            }
        };
        let mut received = 0;
        let allocated = measure(|| {
            send(0, &bench.packets);
            net::receive(&sockets[0], &stop, |batch| {
                for packet in batch.expect("no error") {
                    let to = SocketAddrV4::new(packet.to, 138);
                    let (from, payload) = (packet.from, packet.payload);
                    let arrived = Received { interface: 0, from, to, payload };
                    let disposition = bench.node.input(Instant::ZERO, arrived);
                    assert!(matches!(disposition, Disposition::Delivered(_)));
                    let read = bench.server.read(Instant::ZERO, LARGEST);
                    assert!(matches!(read, Ok(Read::Done(_))));
                    received += 1;
                }
                bench.node.take_wakes().fire();
                if received == datagrams {
                    stop.stop();
                } else if received % BURST == 0 {
                    send(received, &bench.packets);
                }
            })
            .expect("receives");
        });
        allocated.count_total
    };
    assert_eq!(spent(2048) - spent(1024), 1024);
}

/// A list in a reply that claims more entries than octets follow, or as many as cannot be.
#[cfg(feature = "runtime")]
#[test]
fn a_reply_allocates_for_what_is_there() {
    use mailslot::ipc::{Frame, Reply};

    // Messages, slots, counters, handles, of which none has so few octets.
    for kind in [0x85, 0x90, 0x91, 0x93] {
        for claimed in [0x1000_u32, 0x1001, u32::MAX] {
            let body = [&claimed.to_le_bytes()[..], &[0; 0x1000]].concat();
            let allocated = measure(|| {
                let reply = Reply::decode(Frame { kind, id: 1, body: black_box(&body) });
                assert!(black_box(reply).is_err());
            });
            // Entries that are there may have been read until one was not.
            assert!(allocated.bytes_max < 64 * 1024, "{kind:#x}: {allocated:?}");
        }
    }
}
