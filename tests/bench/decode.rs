//! `cargo bench --bench decode`: a datagram to names, slot and data, against the straight line.

#![expect(clippy::expect_used, reason = "a bench whose input is wrong is to stop")]

mod straight;

use std::hint::black_box;
use std::net::Ipv4Addr;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mailslot::wire::datagram::{Body, Data, Datagram, Flags, Header, MsgType};
use mailslot::wire::netbios::{Name, Suffix};
use mailslot::wire::smb::{MailslotWrite, Profile, SlotName};

const FRAMES: u16 = 1000;

/// Announcements for the most part, logon requests, application messages.
fn frames() -> Vec<Vec<u8>> {
    let slots: [&[u8]; 8] = [
        br"\MAILSLOT\BROWSE",
        br"\MAILSLOT\BROWSE",
        br"\MAILSLOT\BROWSE",
        br"\MAILSLOT\BROWSE",
        br"\MAILSLOT\NET\NETLOGON",
        br"\MAILSLOT\NET\NETLOGON",
        br"\MAILSLOT\alerts",
        br"\MAILSLOT\inventory\agent42",
    ];
    (0..FRAMES)
        .map(|i| {
            let slot = SlotName::new(slots[usize::from(i) % slots.len()]).expect("a name");
            let profile = Profile::for_slot(slot);
            let length = match profile {
                Profile::Browser => 33 + usize::from(i) % 44,
                _ => usize::from(i) * 7 % 412,
            };
            let data: Vec<u8> =
                (0..=u8::MAX).cycle().map(|n| n.wrapping_mul(31)).take(length).collect();
            let smb = profile.write(slot, &data).to_vec();
            let name = |text: &str, suffix| Name::new(text, Suffix(suffix)).expect("a name");
            let source = name(&format!("WKS-{i:04X}"), 0x20);
            let destination = name("WORKGROUP", 0x1d);
            let header = Header {
                msg_type: MsgType::DIRECT_GROUP,
                flags: Flags::FIRST,
                dgm_id: 0x8000 + i,
                source_ip: Ipv4Addr::new(10, 1, 0, 7),
                source_port: 138,
            };
            let data = Data::whole(source.into(), destination.into(), &smb);
            Datagram { header, body: Body::Data(data) }.to_vec()
        })
        .collect()
}

fn decode(payload: &[u8]) -> Option<(Datagram<'_>, MailslotWrite<'_>)> {
    let datagram = Datagram::decode(payload).ok()?.value;
    let Body::Data(data) = datagram.body else { return None };
    let at = payload.len() - data.user_data.len();
    Some((datagram, MailslotWrite::decode_at(payload, at).ok()?.value))
}

fn bench(c: &mut Criterion) {
    let frames = frames();
    for frame in &frames {
        let straight = straight::decode(frame).expect("the common shape");
        let (datagram, write) = decode(frame).expect("decodes");
        assert_eq!(straight.data, write.data);
        assert_eq!(straight.slot, write.mailslot_name.leaf());
        assert_eq!(straight.dgm_id, datagram.header.dgm_id);
    }
    let mut group = c.benchmark_group("decode");
    group.throughput(Throughput::Elements(frames.len() as u64));
    group.bench_function("straight", |b| {
        b.iter(|| {
            for frame in &frames {
                black_box(straight::decode(black_box(frame)));
            }
        });
    });
    group.bench_function("mailslot", |b| {
        b.iter(|| {
            for frame in &frames {
                let payload = black_box(&frame[..]);
                let Ok(datagram) = &Datagram::decode(payload) else { continue };
                if let Body::Data(data) = datagram.value.body {
                    let at = payload.len() - data.user_data.len();
                    black_box(&MailslotWrite::decode_at(payload, at));
                }
                black_box(datagram);
            }
        });
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
