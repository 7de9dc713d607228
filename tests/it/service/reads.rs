//! Reads: those that wait, those that end without a message, and messages that come back.

use std::time::{Duration, Instant};

use mailslot::ipc::{Code, Failure, Reply, Request, Wait, limits};
use mailslot::slot::ReadTimeout;

use super::served::{AT_ONCE, FOREVER, Raw, Served, create_with, read};

/// A slot, and a writer of another connection.
fn slot(served: &Served) -> (Raw, u32, Raw, u32) {
    let (mut reader, mut writer) = (served.raw(), served.raw());
    let slot = reader.create("alerts");
    let to = writer.open("alerts");
    (reader, slot, writer, to)
}

fn code(reply: Result<Reply, Failure>) -> (Code, u32) {
    let failure = reply.expect_err("it fails");
    (failure.code, failure.win32_code)
}

/// Rows R8, R10: replies come in the order in which reads end, each with its message.
#[test]
fn reads_that_wait_get_what_comes_in_their_order() {
    let mut served = Served::start();
    let (mut reader, slot, mut writer, to) = slot(&served);
    let reads: Vec<u32> = (0..20).map(|_| reader.send(&read(slot, 1, FOREVER))).collect();
    assert!(!reader.is_answered(reads[0]));
    // Some at a time, so that the service is woken for several at once.
    for half in [0..10_u8, 10..20] {
        for n in half.clone() {
            writer.send(&Request::Write { handle: to, data: &[n] });
        }
        for n in half {
            assert_eq!(reader.data(reads[usize::from(n)]), [n]);
            writer.reply().expect("written");
        }
    }
    assert_eq!(served.stat("service.messages_read"), 20);
    served.check_books();
}

/// Row R9, and several at once, as many as fit.
#[test]
fn reads_take_what_is_there() {
    let served = Served::start();
    let (mut reader, slot, mut writer, to) = slot(&served);
    for n in 0..10_u8 {
        writer.write(to, &[n]);
    }
    assert_eq!(reader.read_many(slot, 0).len(), 1, "0 is 1");
    let several = reader.read_many(slot, 4);
    let numbers: Vec<_> = several.iter().map(|read| (read.number, read.message.data[0])).collect();
    assert_eq!(numbers, [(1, 1), (2, 2), (3, 3), (4, 4)]);
    let wait = Wait::For(ReadTimeout(60_000));
    let id = reader.send(&read(slot, 9, wait));
    assert_eq!(reader.messages(id).len(), 5, "those that are there");
    for _ in 0..4 {
        writer.write(to, &vec![7; limits::MAX_BATCH / 2]);
    }
    writer.write(to, &vec![7; 2 * limits::MAX_BATCH]);
    assert_eq!(reader.read_many(slot, 9).len(), 2);
    assert_eq!(reader.read_many(slot, 9).len(), 2);
    assert_eq!(reader.read(slot).message.data.len(), 2 * limits::MAX_BATCH, "one of any size");
    // Those of no octets are not free either.
    for _ in 0..400 {
        writer.send_as(0, &Request::Write { handle: to, data: b"" });
    }
    assert_eq!(writer.count(to), 400);
    assert_eq!(reader.read_many(slot, u32::MAX).len(), limits::MAX_LIST);
}

/// Rows R4, R6, I8, C9.
#[test]
fn reads_end_when_their_time_is_over() {
    let mut served = Served::start();
    let mut raw = served.raw();
    let flags = mailslot::ipc::CreateFlags::empty();
    let slot = raw.handle(&create_with("alerts", ReadTimeout(30), flags));
    let begin = Instant::now();
    let late = raw.send(&read(slot, 1, Wait::For(ReadTimeout(90))));
    let as_slot = raw.send(&read(slot, 1, Wait::AsSlot));
    let at_once = raw.send(&read(slot, 1, AT_ONCE));
    let timed_out = (Code::TimedOut, 121);
    assert_eq!(code(raw.reply_to(at_once)), timed_out);
    assert_eq!(code(raw.reply_to(as_slot)), timed_out);
    assert!(begin.elapsed() >= Duration::from_millis(30));
    assert_eq!(code(raw.reply_to(late)), timed_out);
    assert!(begin.elapsed() >= Duration::from_millis(90));
    // What comes later is somebody else's.
    let writer = raw.open("alerts");
    raw.write(writer, b"x");
    assert_eq!(raw.count(slot), 1);
    assert_eq!(served.stat("service.requests_failed"), 3);
}

/// Row R2.
#[test]
fn a_message_that_is_too_large_stays() {
    let served = Served::start();
    let (mut reader, slot, mut writer, to) = slot(&served);
    let small = |wait| Request::Read { handle: slot, capacity: 4, most: 9, wait };
    let waits = reader.send(&small(FOREVER));
    assert!(!reader.is_answered(waits));
    writer.write(to, b"12345");
    let failure = reader.reply_to(waits).expect_err("too small");
    assert_eq!((failure.code, failure.win32_code, failure.a), (Code::BufferTooSmall, 122, 5));
    assert_eq!(reader.refused(&small(FOREVER)), 122);
    assert_eq!(reader.count(slot), 1);
    assert_eq!(reader.read(slot).message.data, "12345");
}

/// Row R14.
#[test]
fn a_read_that_is_cancelled_takes_nothing() {
    let mut served = Served::start();
    let (mut reader, slot, mut writer, to) = slot(&served);
    let [first, second] = [(); 2].map(|()| reader.send(&read(slot, 1, FOREVER)));
    let cancel = reader.send(&Request::Cancel { read: first });
    assert_eq!(code(reader.reply_to(first)), (Code::Aborted, 995));
    assert_eq!(reader.reply_to(cancel), Ok(Reply::Done));
    writer.write(to, b"1");
    assert_eq!(reader.data(second), b"1");
    // One that has ended, or never was, another's.
    for read in [first, second, 0, 999] {
        assert_eq!(reader.ask(&Request::Cancel { read }), Ok(Reply::Done));
    }
    let waits = reader.send(&read(slot, 1, FOREVER));
    assert_eq!(writer.ask(&Request::Cancel { read: waits }), Ok(Reply::Done));
    writer.write(to, b"2");
    assert_eq!(reader.data(waits), b"2");
    assert_eq!(served.stat("service.requests_failed"), 1);
    served.check_books();
}

#[test]
fn a_read_has_an_id_of_its_own() {
    let served = Served::start();
    let (mut reader, slot, mut writer, to) = slot(&served);
    reader.send_as(7, &read(slot, 1, FOREVER));
    reader.send_as(7, &read(slot, 1, FOREVER));
    assert_eq!(code(reader.reply_to(7)), (Code::Malformed, 87));
    writer.write(to, b"x");
    assert_eq!(reader.data(7), b"x");
    // With 0 nobody would get the message.
    reader.send_as(0, &read(slot, 1, FOREVER));
    writer.write(to, b"y");
    assert_eq!(reader.count(slot), 1);
    // One that has ended can be used again.
    reader.send_as(7, &read(slot, 1, FOREVER));
    assert_eq!(reader.data(7), b"y");
}

/// Row R17, OPEN.
#[test]
fn reads_end_with_the_slot() {
    let mut served = Served::start();
    let (mut reader, slot, mut writer, to) = slot(&served);
    let duplicate = reader.handle(&Request::Duplicate { handle: slot });
    let waits = reader.send(&read(slot, 1, FOREVER));
    assert_eq!(reader.ask(&Request::Close { handle: slot }), Ok(Reply::Done));
    assert!(!reader.is_answered(waits), "the slot is still there");
    let close = reader.send(&Request::Close { handle: duplicate });
    assert_eq!(reader.reply_to(close), Ok(Reply::Done));
    assert_eq!(code(reader.reply_to(waits)), (Code::Aborted, 995));
    assert_eq!(writer.refused(&Request::Write { handle: to, data: b"x" }), 38);
    // A message that was on its way has vanished, or was read; never both.
    let slot = reader.create("again");
    let to = reader.open("again");
    reader.write(to, b"x");
    let (taken, close) =
        (reader.send(&read(slot, 1, AT_ONCE)), reader.send(&Request::Close { handle: slot }));
    assert_eq!(reader.data(taken), b"x");
    assert_eq!(reader.reply_to(close), Ok(Reply::Done));
    served.check_books();
}

/// Rows H4, H5: one queue, each message once, in order.
#[test]
fn connections_that_share_read_each_message_once() {
    let mut served = Served::start();
    let (mut reader, slot, mut writer, to) = slot(&served);
    let mut other = served.raw();
    let token = reader.token(slot);
    let shared = other.handle(&Request::Take { token: &token });
    std::thread::scope(|scope| {
        let drain = |raw: &mut Raw, handle| {
            let mut numbers = Vec::new();
            loop {
                let id = raw.send(&read(handle, 3, FOREVER));
                for message in raw.messages(id) {
                    if message.message.data.is_empty() {
                        return numbers;
                    }
                    numbers.push(message.number);
                }
            }
        };
        let (reader, other) = (&mut reader, &mut other);
        let one = scope.spawn(move || drain(reader, slot));
        let two = scope.spawn(move || drain(other, shared));
        for n in 0..2000_u32 {
            writer.write(to, &n.to_le_bytes());
        }
        // Each takes at most three, so neither takes the end of both.
        let mut all = one_by_one(&mut writer, to, [one, two]);
        for numbers in &all {
            assert!(numbers.is_sorted(), "in the order in which they were written");
        }
        let mut all: Vec<u64> = all.drain(..).flatten().collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 2000, "each once");
    });
    served.check_books();
}

/// Ends the readers with messages of no octets, until none reads any more.
fn one_by_one<const N: usize>(
    writer: &mut Raw,
    to: u32,
    readers: [std::thread::ScopedJoinHandle<'_, Vec<u64>>; N],
) -> Vec<Vec<u64>> {
    while !readers.iter().all(std::thread::ScopedJoinHandle::is_finished) {
        writer.write(to, b"");
    }
    readers.map(|reader| reader.join().expect("no panic")).into()
}

/// An answer that crosses its cancelling loses nothing: what came too late is put back, to its
/// place.
#[test]
fn cancelling_races_with_the_answer() {
    let mut served = Served::start();
    let (mut reader, slot, mut writer, to) = slot(&served);
    let mut crossed = 0;
    for n in 0..300_u32 {
        let waits = reader.send(&read(slot, 1, FOREVER));
        let data = n.to_le_bytes();
        if n % 2 == 0 {
            // It is answered when it is cancelled.
            writer.write(to, &data);
        }
        let cancel = reader.send(&Request::Cancel { read: waits });
        if n % 2 == 1 {
            // Whichever is first.
            writer.write(to, &data);
        }
        match reader.reply_to(waits) {
            Ok(Reply::Messages(messages)) => {
                crossed += 1;
                for message in messages {
                    reader.send_as(0, &Request::PutBack { handle: slot, message });
                }
            }
            other => assert_eq!(code(other), (Code::Aborted, 995)),
        }
        assert_eq!(reader.reply_to(cancel), Ok(Reply::Done));
        // A later one does not overtake it.
        writer.write(to, b"later");
        let both = [(); 2].map(|()| reader.read(slot).message.data);
        assert_eq!(both, [&data[..], b"later"]);
    }
    assert!(crossed >= 150, "{crossed}");
    assert_eq!(served.stat("service.messages_put_back"), crossed);
    served.check_books();
}

/// A message that was read can be put back into a queue that others have filled since.
#[test]
fn a_full_queue_takes_back_what_was_read() {
    let mut served = Served::start();
    let mut raw = served.raw();
    let slot = raw.handle(&Request::Create {
        path: "alerts",
        max_message_size: 0,
        read_timeout: ReadTimeout::NONE,
        max_messages: 2,
        max_octets: 2 * 129,
        flags: mailslot::ipc::CreateFlags::empty(),
    });
    let to = raw.open("alerts");
    raw.write(to, b"1");
    let message = raw.read(slot);
    raw.write(to, b"2");
    raw.write(to, b"3");
    assert_eq!(raw.refused(&Request::Write { handle: to, data: b"" }), 1816);
    assert_eq!(raw.ask(&Request::PutBack { handle: slot, message }), Ok(Reply::Done));
    let all: Vec<_> = raw.read_many(slot, 9).into_iter().map(|read| read.message.data).collect();
    assert_eq!(all, ["1", "2", "3"]);
    assert_eq!(served.stat("service.messages_put_back"), 1);
    served.check_books();
}

/// What came for a read that waited goes out before what is there for the next.
#[test]
fn replies_to_reads_are_in_the_order_of_the_messages() {
    let served = Served::start();
    let mut raw = served.raw();
    let slot = raw.create("alerts");
    let to = raw.open("alerts");
    for _ in 0..50 {
        let mut requests = bytes::BytesMut::new();
        read(slot, 1, FOREVER).encode(101, &mut requests);
        Request::Write { handle: to, data: b"1" }.encode(0, &mut requests);
        Request::Write { handle: to, data: b"2" }.encode(0, &mut requests);
        read(slot, 1, FOREVER).encode(102, &mut requests);
        raw.octets(&requests);
        assert_eq!((raw.data(101), raw.data(102)), (b"1".to_vec(), b"2".to_vec()));
    }
}
