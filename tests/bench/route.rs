//! `cargo bench --bench route`: datagrams through the node into queues, and local writes and reads.

#![expect(clippy::expect_used, reason = "a bench whose input is wrong is to stop")]

use std::hint::black_box;
use std::net::SocketAddrV4;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mailslot::node::{Config, Disposition, Node, OwnName, Received};
use mailslot::slot::{LocalName, Options, Table};
use mailslot::time::Instant;
use mailslot::wire::datagram::{Body, Data, Datagram, Flags, Header, MsgType};
use mailslot::wire::netbios::{Name, Suffix};
use mailslot::wire::smb::{Profile, SlotName};

const DATA: [u8; 200] = [0x2a; 200];

fn name(text: &str) -> Name {
    Name::new(text, Suffix::WORKSTATION).expect("a name")
}

fn datagram(slot: &str, dgm_id: u16) -> Vec<u8> {
    let slot = format!(r"\MAILSLOT\{slot}");
    let smb = Profile::Api.write(SlotName::new(slot.as_bytes()).expect("a name"), &DATA).to_vec();
    let header = Header {
        msg_type: MsgType::DIRECT_UNIQUE,
        flags: Flags::FIRST,
        dgm_id,
        source_ip: [192, 168, 1, 20].into(),
        source_port: 138,
    };
    let data = Data::whole(name("WINBOX").into(), name("LINUXBOX").into(), &smb);
    Datagram { header, body: Body::Data(data) }.to_vec()
}

/// Decode, route, queue and read again, with ever more slots.
fn route(c: &mut Criterion) {
    let mut group = c.benchmark_group("route");
    group.throughput(Throughput::Elements(1));
    for slots in [1_u32, 1_000, 100_000] {
        let table = Arc::new(Table::new());
        let servers: Vec<_> = (0..slots)
            .map(|i| {
                let name = LocalName::parse(&format!("slot{i}")).expect("a name");
                table.create(Instant::ZERO, &name, &Options::default()).expect("free")
            })
            .collect();
        let mut config = Config::default();
        config.names = vec![OwnName::unique(name("LINUXBOX"))];
        let mut node = Node::new(config, Arc::clone(&table));
        let payloads: Vec<_> = (0..1000_u16)
            .map(|i| {
                let slot = (u32::from(i) * 7919) % slots;
                (slot, datagram(&format!("SLOT{slot}"), i))
            })
            .collect();
        let from: SocketAddrV4 = "192.168.1.20:138".parse().expect("an address");
        let to: SocketAddrV4 = "192.168.1.5:138".parse().expect("an address");
        let mut now = Instant::ZERO;
        let mut next = payloads.iter().cycle();
        group.bench_function(BenchmarkId::from_parameter(slots), |b| {
            b.iter(|| {
                let (slot, payload) = next.next().expect("endless");
                // Later than the duplicate filter remembers, every thousand.
                now = Instant::from_micros(now.as_micros() + 300);
                let disposition = node.input(now, Received { interface: 0, from, to, payload });
                assert!(matches!(disposition, Disposition::Delivered(_)));
                let server = servers.get(*slot as usize).expect("a slot");
                black_box(server.read(now, 1000)).expect("a message");
            });
        });
    }
    group.finish();
}

/// `WriteFile` and `ReadFile` of 424 octets in one process.
fn local(c: &mut Criterion) {
    let table = Arc::new(Table::new());
    let name = LocalName::parse("alerts").expect("a name");
    let server = table.create(Instant::ZERO, &name, &Options::default()).expect("free");
    let writer = table.open(&name).expect("there");
    let now = Instant::ZERO;
    let mut group = c.benchmark_group("local");
    group.throughput(Throughput::Elements(1));
    group.bench_function("write and read 424", |b| {
        b.iter(|| {
            writer.write(now, black_box(&[0x2a; 424])).expect("room").fire();
            black_box(server.read(now, 424)).expect("a message");
        });
    });
    group.finish();
}

criterion_group!(benches, route, local);
criterion_main!(benches);
