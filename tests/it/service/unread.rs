//! Clients that do not read their socket, and clients that are gone before they did.

use std::io::Write as _;
use std::time::Instant;

use bytes::BytesMut;
use mailslot::ipc::{Reply, Request};
use mailslot::service::limits::MAX_UNSENT;

use super::served::{AT_ONCE, FOREVER, PATIENCE, Raw, Served, read};

const LARGE: usize = 100_000;

/// A large message that tells its place.
fn large(n: u32) -> Vec<u8> {
    let mut data = vec![0; LARGE];
    data[..4].copy_from_slice(&n.to_le_bytes());
    data
}

fn until(mut condition: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < PATIENCE);
    }
}

/// A slot with so many large messages, its reader, and another who shares it.
fn shared(served: &Served, messages: u32) -> (Raw, u32, Raw, u32) {
    let (mut reader, mut other) = (served.raw(), served.raw());
    let slot = reader.create("alerts");
    let token = reader.token(slot);
    let duplicate = other.handle(&Request::Take { token: &token });
    let to = other.open("alerts");
    for n in 0..messages {
        other.write(to, &large(n));
    }
    (reader, slot, other, duplicate)
}

/// What nobody got goes back, to its place, and on to whoever shares the slot.
#[test]
fn what_was_not_sent_goes_back() {
    let mut served = Served::start();
    let (mut reader, slot, mut other, duplicate) = shared(&served, 40);
    let reads: Vec<u32> = (0..40).map(|_| reader.send(&read(slot, 1, AT_ONCE))).collect();
    // The socket is full, and the rest waits for it.
    until(|| served.stat("messages.queued") > other.count(duplicate) as u64);
    let queued = other.count(duplicate);
    assert!(queued >= 20, "{queued} are still there");
    let handed = served.stat("messages.read");
    drop((reader, reads));
    served.wait_for("service.connections", 2);
    // Those that the socket had are lost with it: a message is read once it is handed over.
    assert_eq!(other.count(duplicate) as u64, 40 - handed);
    for n in u32::try_from(handed).expect("few")..40 {
        let message = other.read(duplicate);
        assert_eq!(
            (message.number, message.message.data[..4].to_vec()),
            (n.into(), n.to_le_bytes().to_vec())
        );
    }
    served.check_books();
}

/// One who waits at that moment gets it.
#[test]
fn what_was_not_sent_wakes_who_waits() {
    let mut served = Served::start();
    let (mut reader, slot, mut other, duplicate) = shared(&served, 0);
    let to = other.open("alerts");
    for _ in 0..8 {
        reader.send(&read(slot, 1, FOREVER));
    }
    assert!(!reader.is_answered(1));
    let waits = other.send(&read(duplicate, 1, FOREVER));
    assert!(!other.is_answered(waits));
    for n in 0..8 {
        other.write(to, &large(n));
    }
    let handed = served.stat("messages.read");
    assert!(handed < 8, "its socket is full before");
    drop(reader);
    let first = other.data(waits);
    assert_eq!(first[..4], u32::try_from(handed).expect("few").to_le_bytes());
    drop(other);
    served.wait_for("service.connections", 1);
    served.check_books();
}

/// Who does not read his socket is waited for: his messages stay in their slot, and nobody else
/// notices.
#[test]
fn who_does_not_read_is_waited_for() {
    let mut served = Served::start();
    let (mut reader, slot, mut other, duplicate) = shared(&served, 100);
    let reads: Vec<u32> = (0..100).map(|_| reader.send(&read(slot, 1, AT_ONCE))).collect();
    let to = other.open("alerts");
    until(|| served.stat("messages.queued") > other.count(duplicate) as u64);
    let (mut more, mut last) = (Vec::new(), 0);
    for n in 100..300_u32 {
        // Others are served as ever.
        other.write(to, &n.to_le_bytes());
        more.push(n);
        last = other.count(duplicate);
    }
    let on_their_way = served.stat("messages.queued") - last as u64;
    assert!(on_their_way * LARGE as u64 <= (MAX_UNSENT + LARGE) as u64, "{on_their_way}");
    let handed = served.stat("messages.read");
    assert!(handed <= 4, "{handed}: as many as a socket holds");
    // He reads at last, and misses nothing.
    for (n, id) in (0..).zip(reads) {
        assert_eq!(reader.data(id), large(n));
    }
    for n in more {
        assert_eq!(other.read(duplicate).message.data, n.to_le_bytes()[..]);
    }
    served.check_books();
}

/// Nor is anything done for him that he would have to read first.
#[test]
fn who_does_not_read_is_not_listened_to() {
    let mut served = Served::start();
    let mut raw = served.raw();
    let slot = raw.create("alerts");
    let mut request = BytesMut::new();
    Request::Info { handle: slot }.encode(7, &mut request);
    let requests = request.repeat(1000);
    raw.stream.set_nonblocking(true).expect("it can be");
    let mut sent = 0;
    // Until neither the service nor the socket takes any more, for a while.
    let mut full = 0;
    while full < 200 {
        match raw.stream.write(&requests[sent % request.len()..]) {
            Ok(octets) => (sent, full) = (sent + octets, 0),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => full += 1,
            Err(error) => panic!("{error}"),
        }
        served.stats();
    }
    let before = served.stat("service.requests");
    assert_eq!(served.stat("service.requests"), before + 1, "but for this one");
    // Each reply has 33 octets.
    let unsent = usize::try_from(before).expect("small") * 33;
    assert!(unsent < MAX_UNSENT + (2 << 20), "{unsent} octets for a client who does not read");
    raw.stream.set_nonblocking(false).expect("it can be");
    for _ in 0..sent / request.len() {
        assert!(matches!(raw.reply(), Some((7, Reply::Info(_)))));
    }
}

/// What came to be done while there was no room for it is done once there is.
#[test]
fn replies_that_had_no_room_come_when_there_is() {
    let served = Served::start();
    let (mut reader, mut writer) = (served.raw(), served.raw());
    let slot = reader.create("alerts");
    let to = writer.open("alerts");
    for _ in 0..100 {
        let reads: Vec<u32> = (0..8).map(|_| reader.send(&read(slot, 1, FOREVER))).collect();
        assert!(!reader.is_answered(reads[0]));
        // All of them are due at once: more than is kept unsent.
        for n in 0..8 {
            writer.send_as(0, &Request::Write { handle: to, data: &large(n) });
        }
        for (n, id) in (0..).zip(reads) {
            assert_eq!(reader.data(id), large(n));
        }
    }
    assert_eq!(reader.count(slot), 0);
}
