//! `cargo bench --bench decode`: a datagram to names, slot and data, against the straight line; what
//! an announcement says; captures to JSON.

#![expect(clippy::expect_used, reason = "a bench whose input is wrong is to stop")]

mod straight;

use std::fs;
use std::hint::black_box;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, Stdio};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mailslot::wire::browse::HostAnnouncement;
use mailslot::wire::datagram::{Body, Data, Datagram, Flags, Header, MsgType};
use mailslot::wire::netbios::{Name, Suffix};
use mailslot::wire::smb::{MailslotWrite, Profile, SlotName};
use mailslot::wire::{Name16, Oem, Payload, Structure as _};

const FRAMES: u16 = 1000;
/// Of the capture that becomes JSON, at least.
const CAPTURED: usize = 200_000;
/// Of a pcap file, and of each frame in it.
const FILE_HEADER: usize = 24;
const FRAME_HEADER: usize = 16;

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
            datagram(i, slot, &data)
        })
        .collect()
}

/// The datagram of host `i` that writes to a mailslot.
fn datagram(i: u16, slot: SlotName<'_>, data: &[u8]) -> Vec<u8> {
    let smb = Profile::for_slot(slot).write(slot, data).to_vec();
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
}

/// Announcements alone.
fn announcements() -> Vec<Vec<u8>> {
    let slot = SlotName::new(br"\MAILSLOT\BROWSE").expect("a name");
    (0..FRAMES)
        .map(|i| {
            let name = format!("WKS-{i:04X}");
            let comment = &b"the machine at the front desk, second floor"[..usize::from(i) % 44];
            let announcement = HostAnnouncement {
                server_name: Name16::new(name.as_bytes()).expect("short"),
                comment: Oem::new(comment),
                ..HostAnnouncement::default()
            };
            datagram(i, slot, &announcement.to_vec())
        })
        .collect()
}

/// What Samba said in all captures of testdata, again and again, and how many frames that is.
fn captured() -> (Vec<u8>, usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/samba");
    let mut capture = Vec::new();
    let mut frames = Vec::new();
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("testdata")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pcap"))
        .collect();
    paths.sort();
    for path in paths {
        let octets = fs::read(path).expect("a capture");
        let (header, rest) = octets.split_at(FILE_HEADER);
        assert!(capture.is_empty() || capture == header, "captures of one kind");
        capture = header.to_vec();
        frames.extend_from_slice(rest);
    }
    let mut rest = &frames[..];
    let mut count = 0;
    while let Some((header, behind)) = rest.split_first_chunk::<FRAME_HEADER>() {
        let [.., a, b, c, d, _, _, _, _] = *header;
        let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).expect("a length");
        rest = behind.get(length..).expect("a whole frame");
        count += 1;
    }
    let times = CAPTURED.div_ceil(count);
    capture.extend(frames.repeat(times));
    (capture, count * times)
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

/// What an announcement says, beside finding its octets.
fn typed(c: &mut Criterion) {
    let frames = announcements();
    let mut group = c.benchmark_group("announcement");
    group.throughput(Throughput::Elements(frames.len() as u64));
    group.bench_function("untyped", |b| {
        b.iter(|| {
            for frame in &frames {
                black_box(decode(black_box(frame)));
            }
        });
    });
    group.bench_function("typed", |b| {
        b.iter(|| {
            for frame in &frames {
                let Some((datagram, write)) = decode(black_box(frame)) else { continue };
                let payload = Payload::decode(write.mailslot_name, write.data);
                assert!(payload.as_ref().is_ok_and(|payload| payload.value.is_known()));
                black_box((datagram, &payload));
            }
        });
    });
    group.finish();
}

/// The command, from `exec` to its end, on a capture that fits into memory.
fn json(c: &mut Criterion) {
    let (capture, frames) = captured();
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), capture).expect("a capture");
    let mut group = c.benchmark_group("capture");
    group.throughput(Throughput::Elements(frames as u64)).sample_size(10);
    for (name, verb) in [("json", &["decode", "--json"][..]), ("lines", &["decode"])] {
        group.bench_function(name, |b| {
            b.iter(|| {
                let status = Command::new(env!("CARGO_BIN_EXE_mailslot"))
                    .args(verb)
                    .arg(file.path())
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .status()
                    .expect("the program");
                assert!(status.success(), "{status}");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, bench, typed, json);
criterion_main!(benches);
