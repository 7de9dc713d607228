//! Dropping a read that waits loses no message.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use mailslot::api::Mailslots;

use super::poll_once;

#[tokio::test]
async fn a_cancelled_read_takes_nothing() {
    let mailslots = Mailslots::local();
    let slot = mailslots.create("alerts").await.expect("free");
    let writer = mailslots.open("alerts").await.expect("there");
    assert!(poll_once(slot.recv()).is_pending());
    writer.write(b"one").await.expect("room");
    assert_eq!(slot.info().await.expect("info").message_count, 1, "nobody waits any more");
    assert_eq!(&slot.recv().await.expect("a message").data[..], b"one");
}

/// The message was assigned to the read, which did not come to collect it.
#[tokio::test]
async fn an_assigned_message_goes_back_to_its_place() {
    let mailslots = Mailslots::local();
    let slot = mailslots.create("alerts").await.expect("free");
    let writer = mailslots.open("alerts").await.expect("there");
    let mut first = Box::pin(slot.recv());
    let mut second = Box::pin(slot.recv());
    assert!(futures_poll(&mut first).is_pending());
    assert!(futures_poll(&mut second).is_pending());
    for data in [b"one", b"two", b"six"] {
        writer.write(data).await.expect("room");
    }
    assert_eq!(slot.info().await.expect("info").message_count, 1, "two are assigned (row I7)");
    drop(first);
    drop(second);
    let messages = slot.recv_many(9).await.expect("three");
    let messages: Vec<_> = messages.iter().map(|message| &message.data[..]).collect();
    assert_eq!(messages, [b"one", b"two", b"six"]);
}

#[tokio::test]
async fn an_assigned_message_goes_on_to_the_next_read() {
    let mailslots = Mailslots::local();
    let slot = mailslots.create("alerts").await.expect("free");
    let writer = mailslots.open("alerts").await.expect("there");
    let mut first = Box::pin(slot.recv());
    assert!(futures_poll(&mut first).is_pending());
    let second = tokio::spawn({
        let slot = slot.clone();
        async move { slot.recv().await.expect("a message").data }
    });
    tokio::task::yield_now().await;
    writer.write(b"for the first").await.expect("room");
    drop(first);
    assert_eq!(&second.await.expect("a task")[..], b"for the first");
}

fn futures_poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_once(future)
}

/// Readers that give up at random, on several threads: each message is read once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_and_nothing_doubled() {
    const WRITERS: usize = 4;
    const EACH: usize = 2_000;
    let mailslots = Mailslots::local();
    let slot = mailslots.create("alerts").await.expect("free");
    let read = Arc::new(AtomicUsize::new(0));
    let readers: Vec<_> = (0..3_u64)
        .map(|reader| {
            let (slot, read) = (slot.clone(), Arc::clone(&read));
            tokio::spawn(async move {
                let mut mine = Vec::new();
                let mut random = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(reader + 1);
                while read.load(Ordering::Relaxed) < WRITERS * EACH {
                    random ^= random << 13;
                    random ^= random >> 7;
                    random ^= random << 17;
                    if random % 3 == 0 {
                        // Begun and given up, perhaps after a message was assigned to it.
                        let mut recv = Box::pin(slot.recv());
                        if let Poll::Ready(message) = futures_poll(&mut recv) {
                            mine.push(message.expect("a message").data);
                            read.fetch_add(1, Ordering::Relaxed);
                        }
                        tokio::task::yield_now().await;
                        continue;
                    }
                    let recv = tokio::time::timeout(Duration::from_millis(20), slot.recv());
                    if let Ok(message) = recv.await {
                        mine.push(message.expect("a message").data);
                        read.fetch_add(1, Ordering::Relaxed);
                    }
                }
                mine
            })
        })
        .collect();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let mailslots = mailslots.clone();
            tokio::spawn(async move {
                let handle = mailslots.open("alerts").await.expect("there");
                for number in 0..EACH {
                    handle.write(format!("{writer} {number}").as_bytes()).await.expect("room");
                    if number % 64 == 0 {
                        tokio::task::yield_now().await;
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("a writer");
    }
    let mut all = HashSet::new();
    for reader in readers {
        // Not in order: what one gives up goes back, and comes after what another read meanwhile.
        for message in reader.await.expect("a reader") {
            let text = String::from_utf8(message.to_vec()).expect("text");
            assert!(all.insert(text), "read twice");
        }
    }
    assert_eq!(all.len(), WRITERS * EACH);
}

/// What a service was asked for, and nobody waits for, is undone.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_service_undoes_what_nobody_waits_for() {
    use mailslot::api::ErrorKind;
    use mailslot::service::rights::Rights;
    use mailslot::service::{Config, Service};

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let listener = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
    let config = Config::new(Arc::default(), Rights::default(), &path);
    let (_service, _notes) = Service::start(config, vec![listener]).expect("threads");
    let mailslots = Mailslots::connect(&path).await.expect("a service");
    let other = Mailslots::connect(&path).await.expect("a service");
    let patience = tokio::time::Instant::now() + Duration::from_secs(20);
    // Asked for, and maybe answered, but given up.
    assert!(poll_once(mailslots.create("alerts")).is_pending());
    let slot = loop {
        match other.create("alerts").await {
            Ok(slot) => break slot,
            Err(error) => assert_eq!(error.kind(), ErrorKind::AlreadyExists),
        }
        assert!(tokio::time::Instant::now() < patience, "its name is free again");
    };
    assert!(poll_once(slot.share()).is_pending());
    drop(slot);
    while mailslots.open("alerts").await.is_ok() {
        assert!(tokio::time::Instant::now() < patience, "no token keeps it open");
    }
}
