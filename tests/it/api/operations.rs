//! Every operation, by the names of Win32.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use futures_core::Stream;
use mailslot::api::{
    ErrorKind, HandleFlags, Mailslot, MailslotOptions, MailslotWriter, Mailslots, Messages, Target,
};

fn shared<T: Send + Sync + Clone + 'static>() {}

fn moved<T: Send + 'static>() {}

#[test]
fn handles_go_anywhere() {
    shared::<Mailslots>();
    shared::<Mailslot>();
    shared::<MailslotWriter>();
    moved::<Messages>();
}

#[tokio::test]
async fn create_open_write_recv() {
    let mailslots = Mailslots::local();
    let slot = mailslots.create(r"\\.\mailslot\pos\eod").await.expect("free");
    let writer = mailslots.open(r"//./MAILSLOT/POS/EOD").await.expect("there");
    assert_eq!(slot.name(), r"pos\eod");
    assert_eq!(writer.target().to_string(), r"\\.\mailslot\pos\eod");
    let before = SystemTime::now() - Duration::from_secs(1);
    assert_eq!(writer.write(b"first").await.expect("room"), 5);
    assert_eq!(writer.write(b"").await.expect("room"), 0);
    let message = slot.recv().await.expect("a message");
    assert_eq!(&message.data[..], b"first");
    assert_eq!((message.from, message.to), (None, None));
    assert!(
        message.received_at > before
            && message.received_at < SystemTime::now() + Duration::from_secs(1)
    );
    assert!(slot.recv().await.expect("a message of no octets").data.is_empty());
}

#[tokio::test]
async fn errors_have_kind_code_and_text() {
    let mailslots = Mailslots::local();
    let _slot = mailslots.create("alerts").await.expect("free");
    let taken = mailslots.create("ALERTS").await.expect_err("taken");
    assert_eq!((taken.kind(), taken.win32_code()), (ErrorKind::AlreadyExists, 183));
    let missing = mailslots.open("chat").await.expect_err("missing");
    assert_eq!((missing.kind(), missing.win32_code()), (ErrorKind::NotFound, 2));
    assert_eq!(io::Error::from(missing).kind(), io::ErrorKind::NotFound);
    let empty = mailslots.create("").await.expect_err("no path");
    assert_eq!((empty.kind(), empty.win32_code()), (ErrorKind::InvalidPath, 3));
    let remote = mailslots.create(r"\\host\mailslot\x").await.expect_err("remote");
    assert_eq!(remote.win32_code(), 123);
    assert_eq!(
        remote.to_string(),
        "cannot create mailslot \"\\\\host\\mailslot\\x\": this is a slot of another machine; only \
         its own can do that (at 0)"
    );
    assert!(std::error::Error::source(&remote).is_none(), "the text has it");
    assert_eq!(
        format!("{taken:?}"),
        "Error { kind: AlreadyExists, win32_code: 183, text: cannot create mailslot \"ALERTS\": a \
         mailslot of that name exists }"
    );
    assert_eq!(taken.reason().to_string(), "a mailslot of that name exists");
}

/// Row O9: opening says nothing of the network.
#[tokio::test]
async fn another_machines_slot_opens_and_is_not_written() {
    let mailslots = Mailslots::local();
    for path in [r"\\HOST\mailslot\x", r"\\*\mailslot\x"] {
        let writer = mailslots.open(path).await.expect("always");
        assert!(!matches!(writer.target(), Target::Local(_)));
        let error = writer.write(b"hello").await.expect_err("no network");
        assert_eq!((error.kind(), error.win32_code()), (ErrorKind::NoNetwork, 53));
        assert_eq!(writer.info().await.expect_err("no network").kind(), ErrorKind::NoNetwork);
    }
}

#[tokio::test]
async fn read_is_read_file() {
    let mailslots = Mailslots::local();
    let slot = mailslots.create("alerts").await.expect("free");
    let writer = mailslots.open("alerts").await.expect("there");
    let mut buffer = [0; 8];
    let error = slot.read(&mut buffer).await.expect_err("nothing there");
    assert_eq!((error.kind(), error.win32_code()), (ErrorKind::TimedOut, 121));
    writer.write(b"nine char").await.expect("room");
    let error = slot.read(&mut buffer).await.expect_err("too small");
    assert_eq!(error.kind(), ErrorKind::BufferTooSmall { needed: 9 });
    assert_eq!((error.win32_code(), buffer), (122, [0; 8]));
    assert_eq!(slot.info().await.expect("info").message_count, 1);
    let mut buffer = [0; 16];
    assert_eq!(slot.read(&mut buffer).await.expect("a message"), 9);
    assert_eq!(&buffer[..9], b"nine char");
}

#[tokio::test(start_paused = true)]
async fn reads_wait_as_long_as_the_slot_says() {
    let mailslots = Mailslots::local();
    let options = MailslotOptions::new("alerts").read_timeout(Duration::from_millis(1500));
    let slot = mailslots.create(options).await.expect("free");
    let begin = tokio::time::Instant::now();
    let error = slot.read(&mut [0; 8]).await.expect_err("nothing comes");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    let waited = begin.elapsed();
    assert!(waited >= Duration::from_millis(1490) && waited < Duration::from_secs(2), "{waited:?}");
    // Row I8: a read that waits keeps its deadline.
    let waits = async { slot.read(&mut [0; 8]).await.map_err(|error| error.kind()) };
    let sets = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        slot.set_read_timeout(None).await.expect("set");
        slot.info().await.expect("info").read_timeout
    };
    let (read, timeout) = tokio::join!(waits, sets);
    assert_eq!((read, timeout), (Err(ErrorKind::TimedOut), None));
}

#[tokio::test]
async fn a_read_that_waits_is_woken_by_a_write() {
    let mailslots = Mailslots::local();
    let slot = mailslots.create("alerts").await.expect("free");
    let writer = mailslots.open("alerts").await.expect("there");
    let reader = tokio::spawn({
        let slot = slot.clone();
        async move { slot.recv().await.expect("a message").data }
    });
    tokio::task::yield_now().await;
    writer.write(b"wake up").await.expect("room");
    assert_eq!(&reader.await.expect("a task")[..], b"wake up");
}

#[tokio::test]
async fn recv_many_takes_what_is_there() {
    let mailslots = Mailslots::local();
    let slot = mailslots.create("alerts").await.expect("free");
    let writer = mailslots.open("alerts").await.expect("there");
    for octet in 0..5 {
        writer.write(&[octet]).await.expect("room");
    }
    assert!(slot.recv_many(0).await.expect("none").is_empty());
    assert_eq!(slot.recv_many(3).await.expect("three").len(), 3);
    let rest = slot.recv_many(100).await.expect("the rest");
    assert_eq!(rest.iter().map(|message| message.data[0]).collect::<Vec<_>>(), [3, 4]);
}

#[tokio::test]
async fn limits_are_the_slots() {
    let mailslots = Mailslots::local();
    let options = MailslotOptions::new("small").max_message_size(4).max_messages(2);
    let slot = mailslots.create(options).await.expect("free");
    let writer = mailslots.open("small").await.expect("there");
    let error = writer.write(b"12345").await.expect_err("too long");
    assert_eq!((error.kind(), error.win32_code()), (ErrorKind::MessageTooLong, 87));
    writer.write(b"1234").await.expect("room");
    writer.write(b"").await.expect("room");
    let error = writer.write(b"").await.expect_err("full");
    assert_eq!((error.kind(), error.win32_code()), (ErrorKind::Full, 1816));
    let info = slot.info().await.expect("info");
    assert_eq!((info.max_message_size, info.next_size, info.message_count), (4, Some(4), 2));
    assert_eq!(writer.info().await.expect("info"), info);
}

#[tokio::test]
async fn a_slot_lives_as_long_as_a_reader() {
    let mailslots = Mailslots::local();
    let slot = mailslots.create("alerts").await.expect("free");
    let duplicate = slot.clone();
    let writer = mailslots.open("alerts").await.expect("there");
    slot.close().expect("closes");
    writer.write(b"still open").await.expect("room");
    drop(duplicate);
    let error = writer.write(b"gone").await.expect_err("closed");
    assert_eq!((error.kind(), error.win32_code()), (ErrorKind::Closed, 38));
    let again = mailslots.create("alerts").await.expect("the name is free");
    assert!(writer.write(b"stale").await.is_err(), "bound to the slot, not to the name");
    assert_eq!(again.info().await.expect("info").message_count, 0);
}

#[tokio::test]
async fn flags_protect_a_handle() {
    let mailslots = Mailslots::local();
    let slot = mailslots.create("alerts").await.expect("free");
    slot.set_flags(HandleFlags::PROTECT_FROM_CLOSE, HandleFlags::all());
    assert_eq!(slot.flags(), HandleFlags::PROTECT_FROM_CLOSE);
    let (slot, error) = slot.close().expect_err("protected");
    assert_eq!((error.kind(), error.win32_code()), (ErrorKind::Protected, 6));
    slot.set_flags(HandleFlags::PROTECT_FROM_CLOSE, HandleFlags::empty());
    slot.close().expect("closes");
    assert!(mailslots.create("alerts").await.is_ok());
}

#[tokio::test]
async fn times_can_be_asked_and_set() {
    let mailslots = Mailslots::local();
    let slot = mailslots.create("alerts").await.expect("free");
    let times = slot.times().await.expect("times");
    assert!(times.created.elapsed().expect("past") < Duration::from_secs(60));
    let moon = SystemTime::UNIX_EPOCH;
    slot.set_created(moon).await.expect("set");
    assert_eq!(slot.times().await.expect("times").created, moon);
}

async fn next(messages: &mut Messages) -> Option<Vec<u8>> {
    let message = poll_fn(|context| Pin::new(&mut *messages).poll_next(context)).await?;
    Some(message.data.to_vec())
}

#[tokio::test]
async fn the_stream_ends_with_the_slot() {
    let mailslots = Mailslots::local();
    let slot = mailslots.create("alerts").await.expect("free");
    let writer = mailslots.open("alerts").await.expect("there");
    let mut messages = slot.messages();
    writer.write(b"one").await.expect("room");
    assert_eq!(next(&mut messages).await, Some(b"one".to_vec()));
    let reader = tokio::spawn(async move {
        let two = next(&mut messages).await;
        (two, next(&mut messages).await, next(&mut messages).await)
    });
    tokio::task::yield_now().await;
    writer.write(b"two").await.expect("room");
    tokio::task::yield_now().await;
    drop(slot);
    assert_eq!(reader.await.expect("a task"), (Some(b"two".to_vec()), None, None));
}
