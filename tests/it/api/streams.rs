//! Streams of messages end with the handle that they are of, and its clones.

use std::future::poll_fn;
use std::os::unix::net::UnixListener;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_core::Stream as _;
use mailslot::api::{Mailslot, Mailslots, Message, Messages};
use mailslot::runtime::clock;
use mailslot::service::rights::Rights;
use mailslot::service::{Config, Service};
use mailslot::slot::{LocalName, Options, Table};

use super::poll_once;

fn poll(messages: &mut Messages) -> Poll<Option<Message>> {
    poll_once(poll_fn(|context| Pin::new(&mut *messages).poll_next(context)))
}

async fn next(messages: &mut Messages) -> Option<Message> {
    let next = poll_fn(|context| Pin::new(&mut *messages).poll_next(context));
    tokio::time::timeout(Duration::from_secs(20), next).await.expect("in time")
}

/// A handle goes, another that is nothing of it stays and reads what is there.
async fn ends_with(one: Mailslot, another: Mailslot, mailslots: &Mailslots) {
    let writer = mailslots.open("jobs").await.expect("there");
    let clone = one.clone();
    let (mut waiting, mut unasked) = (one.messages(), clone.messages());
    writer.write(b"1").await.expect("room");
    assert_eq!(next(&mut waiting).await.expect("a message").data, "1");
    drop(one);
    writer.write(b"2").await.expect("room");
    assert_eq!(next(&mut waiting).await.expect("a clone has it").data, "2");
    assert!(poll(&mut waiting).is_pending());
    let ends = tokio::spawn(async move {
        let last = next(&mut waiting).await;
        (last, next(&mut waiting).await)
    });
    tokio::task::yield_now().await;
    drop(clone);
    assert_eq!(ends.await.expect("a task"), (None, None));
    writer.write(b"3").await.expect("it is open");
    assert_eq!(next(&mut unasked).await, None);
    assert_eq!(another.recv().await.expect("a message").data, "3");
}

#[tokio::test]
async fn in_this_process() {
    let table = Arc::new(Table::new());
    let name = LocalName::parse("jobs").expect("a name");
    let server = table.create(clock::now(), &name, &Options::default()).expect("free");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).expect("a socket");
    let config = Config::new(Arc::clone(&table), Rights::default(), &path);
    let (_service, _notes) = Service::start(config, vec![listener]).expect("threads");
    let mailslots = Mailslots::connect(&path).await.expect("a service");
    let alone = Mailslots::local();
    ends_with(alone.adopt(server.clone()), alone.adopt(server), &mailslots).await;
}

#[tokio::test]
async fn at_a_service() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).expect("a socket");
    let config = Config::new(Arc::default(), Rights::default(), &path);
    let (_service, _notes) = Service::start(config, vec![listener]).expect("threads");
    let mailslots = Mailslots::connect(&path).await.expect("a service");
    let elsewhere = Mailslots::connect(&path).await.expect("a service");
    let slot = mailslots.create("jobs").await.expect("free");
    let token = slot.share().await.expect("a token");
    let another = elsewhere.take(&token).await.expect("a handle");
    ends_with(slot, another, &mailslots).await;
}
