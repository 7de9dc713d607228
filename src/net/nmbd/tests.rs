//! A subscription, and what is at its other end in nmbd's place.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::thread;
use std::time::UNIX_EPOCH;

use proptest::prelude::*;

use super::layout::HEADER_LEN;
use super::*;

/// A datagram that outlives its turn: seconds, source, payload.
type Owned = (u64, SocketAddrV4, Vec<u8>);

fn owned(datagram: HandedOn<'_>) -> Owned {
    let seconds = datagram.at.duration_since(UNIX_EPOCH).unwrap().as_secs();
    (seconds, datagram.from, datagram.payload.to_vec())
}

/// What nmbd writes for a datagram: the structure of a C compiler for 64 bits.
fn record(len: u64, kind: i32, seconds: i64, address: [u8; 4], port: i32) -> Vec<u8> {
    let mut octets = len.to_ne_bytes().to_vec();
    octets.extend(kind.to_ne_bytes());
    // A compiler leaves there what was.
    octets.extend([0xaa; 4]);
    octets.extend(seconds.to_ne_bytes());
    octets.extend(address);
    octets.extend(port.to_ne_bytes());
    octets
}

fn records(datagrams: &[Owned]) -> Vec<u8> {
    let mut octets = Vec::new();
    for (seconds, from, payload) in datagrams {
        let seconds = i64::try_from(*seconds).unwrap();
        let len = payload.len() as u64;
        octets.extend(record(len, 1, seconds, from.ip().octets(), from.port().into()));
        octets.extend(payload);
    }
    octets
}

fn datagrams() -> Vec<Owned> {
    let from = SocketAddrV4::new(Ipv4Addr::new(10, 77, 0, 2), 138);
    let other = SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 1), 65_535);
    vec![
        (1_795_262_042, from, vec![0x10; 175]),
        (0, other, vec![7]),
        (1, from, (0..=255).cycle().take(MAX_PACKET).collect()),
    ]
}

/// A subscription, and the stream that its server has.
fn subscribed(mailslot: &[u8]) -> (Subscription, UnixStream) {
    let (ours, mut server) = UnixStream::pair().unwrap();
    server.write_all(&[0]).unwrap();
    (Subscription::over(ours, Path::new("nmbd"), mailslot).unwrap(), server)
}

/// What comes of these octets, sent in pieces, until the server ends.
fn received(octets: &[u8], pieces: usize) -> (Vec<Owned>, NmbdError) {
    let (mut subscription, mut server) = subscribed(b"");
    let mut query = [0; 24];
    server.read_exact(&mut query).unwrap();
    let octets = octets.to_vec();
    let sender = thread::spawn(move || {
        for piece in octets.chunks(pieces) {
            // The other end may have had enough.
            if server.write_all(piece).is_err() {
                return;
            }
        }
    });
    let (stop, mut got) = (Stop::new().unwrap(), Vec::new());
    let error = subscription.receive(&stop, |datagram| got.push(owned(datagram))).unwrap_err();
    drop(subscription);
    sender.join().unwrap();
    (got, error)
}

fn is_foreign(error: &NmbdError, what: &str) -> bool {
    matches!(error.fault, NmbdFault::Foreign(found) if found == what)
}

#[test]
fn a_subscription_is_what_a_64_bit_process_writes() {
    let (_subscription, mut server) = subscribed(br"\MAILSLOT\alerts");
    let mut query = [0; 40];
    server.read_exact(&mut query).unwrap();
    #[cfg(target_endian = "little")]
    let numbers = *b"\x01\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    #[cfg(target_endian = "big")]
    let numbers = *b"\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\0";
    assert_eq!((&query[..24], &query[24..]), (&numbers[..], &br"\MAILSLOT\alerts"[..]));
}

#[test]
fn datagrams_come_whole_however_they_are_cut() {
    let octets = records(&datagrams());
    for pieces in [1, 31, 33, 1000, octets.len()] {
        let (got, error) = received(&octets, pieces);
        assert_eq!(got, datagrams(), "in pieces of {pieces}");
        assert!(matches!(error.fault, NmbdFault::Ended), "{error}");
    }
    // More than is read at once.
    let many: Vec<_> = datagrams().into_iter().cycle().take(100).collect();
    assert_eq!(received(&records(&many), 4096).0, many);
}

#[test]
fn what_is_cut_off_by_the_end_is_nothing() {
    let octets = records(&datagrams()[..1]);
    for len in 0..octets.len() {
        let (got, error) = received(&octets[..len], len.max(1));
        assert!(got.is_empty() && matches!(error.fault, NmbdFault::Ended), "{len}: {error}");
    }
}

#[test]
fn implausible_headers_end_it_with_what_they_are() {
    let good = records(&datagrams()[..1]);
    let too_long = MAX_PACKET as u64 + 1;
    for (header, what) in [
        (record(0, 1, 0, [10; 4], 138), "the length of a packet"),
        (record(too_long, 1, 0, [10; 4], 138), "the length of a packet"),
        // As a 32-bit nmbd has it: the type where half of the length is expected.
        (record((1 << 32) + 175, 0, 0, [10; 4], 138), "the length of a packet"),
        (record(u64::MAX, 1, 0, [10; 4], 138), "the length of a packet"),
        (record(175, 0, 0, [10; 4], 138), "the type of a packet"),
        (record(175, 1, -1, [10; 4], 138), "the time of a packet"),
        (record(175, 1, 0, [10; 4], 65_536), "the port of a packet"),
        (record(175, 1, 0, [10; 4], -1), "the port of a packet"),
        (b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n".to_vec(), "the length of a packet"),
    ] {
        // What came before it is handed on; its own payload is not waited for.
        let (got, error) = received(&[&good[..], &header].concat(), 4096);
        assert_eq!(got, datagrams()[..1]);
        assert!(is_foreign(&error, what), "{error}, not {what}");
        assert!(error.to_string().starts_with("nmbd: it does not speak as a 64-bit nmbd"));
    }
}

#[test]
fn an_answer_is_nmbds_or_none() {
    let answered = |octets: &[u8], closed: bool| {
        let (ours, mut server) = UnixStream::pair().unwrap();
        ours.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        server.write_all(octets).unwrap();
        let server = (!closed).then_some(server);
        let result = Subscription::over(ours, Path::new("nmbd"), b"");
        drop(server);
        result
    };
    assert!(answered(&[0], false).is_ok());
    assert!(matches!(answered(&[1], false), Err(NmbdFault::Foreign(_))));
    assert!(matches!(answered(b"HTTP", false), Err(NmbdFault::Foreign(_))));
    assert!(matches!(answered(&[], false), Err(NmbdFault::Silent)));
    assert!(matches!(answered(&[], true), Err(NmbdFault::Ended)));
}

#[test]
fn places_without_a_server_are_absent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("unexpected");
    let absent = |path: &Path| {
        let error = Subscription::open(path, b"").unwrap_err();
        matches!(error.fault, NmbdFault::Absent(_)).then(|| error.path().to_path_buf())
    };
    assert_eq!(absent(&path), Some(path.clone()));
    // As nmbd leaves it where it is killed.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert_eq!(absent(&path), Some(path.clone()));
    let long = folder.path().join("x".repeat(200));
    assert_eq!(absent(&long), Some(long.clone()), "no socket's path is that long");
}

/// nmbd hangs, and so many wait for it that there is no room for one more.
#[test]
fn it_is_not_waited_for_in_a_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("unexpected");
    let listener =
        socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None).unwrap();
    listener.bind(&socket2::SockAddr::unix(&path).unwrap()).unwrap();
    listener.listen(0).unwrap();
    let _waits = UnixStream::connect(&path).unwrap();
    let error = Subscription::open(&path, b"").unwrap_err();
    assert!(matches!(error.fault(), NmbdFault::Silent) && !error.is_absent(), "{error}");
}

#[test]
fn it_stops() {
    let (mut subscription, mut server) = subscribed(b"");
    let (stop, mut got) = (Stop::new().unwrap(), 0);
    server.write_all(&records(&datagrams()[..1])).unwrap();
    // From within, while the server still holds its end.
    let ended = subscription.receive(&stop, |_| {
        got += 1;
        stop.stop();
    });
    assert!(ended.is_ok() && got == 1);
}

proptest! {
    #[test]
    fn no_octets_panic(octets in proptest::collection::vec(any::<u8>(), 0..2 * HEADER_LEN)) {
        let _ = layout::record(&octets);
    }

    /// One octet is another: what comes before it is not touched, and nothing comes that is larger
    /// than it may be.
    #[test]
    fn damage_is_bounded(at in 0..records(&datagrams()).len(), octet in any::<u8>()) {
        let mut octets = records(&datagrams());
        octets[at] = octet;
        let before = datagrams();
        let mut end = 0;
        let whole = before.iter().take_while(|datagram| {
            end += HEADER_LEN + datagram.2.len();
            end <= at
        });
        let whole = whole.count();
        let (got, _) = received(&octets, 4096);
        prop_assert_eq!(&got[..whole], &before[..whole]);
        prop_assert!(got.iter().all(|datagram| (1..=MAX_PACKET).contains(&datagram.2.len())));
    }
}
