//! Rows R14 and R17: reads that are given up, and a mailslot that ends under a read. Threads that
//! wait can do neither.

use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream as _;
use mailslot::api::Messages;

use super::Namespace as _;
use super::tasks::{Begun, Tasks, wait};

pub(super) fn r14_cancel(space: &Tasks) {
    let slot = space.slot("alerts");
    let client = space.open("alerts").expect("there");
    let read = || wait(slot.recv()).expect("a message").data;
    let [first, second] = [16, 16].map(|capacity| Begun::read(&slot, capacity));
    drop(first);
    client.write(b"for the second").expect("room");
    assert_eq!(second.finish().as_deref(), Ok(&b"for the second"[..]));
    // Where nobody waits any more, it is in the queue at once.
    Begun::read(&slot, 16).cancel(&slot);
    client.write(b"stays").expect("room");
    assert_eq!(wait(slot.info()).expect("it is open").message_count, 1);
    assert_eq!(read(), "stays");
    // A message that it had been given goes on to whoever waits.
    let [first, second] = [16, 16].map(|capacity| Begun::read(&slot, capacity));
    client.write(b"passed on").expect("room");
    drop(first);
    assert_eq!(second.finish().as_deref(), Ok(&b"passed on"[..]));
    // Or back to its place.
    let reads = [16, 16].map(|capacity| Begun::read(&slot, capacity));
    for data in [b"x", b"y", b"z"] {
        client.write(data).expect("room");
    }
    drop(reads);
    assert_eq!([read(), read(), read()], ["x", "y", "z"], "in the order of the writes");
}

/// OPEN. A handle that reads cannot be closed, but the messages of a mailslot do not keep it open.
pub(super) fn r17_closed_while_a_read_waits(space: &Tasks) {
    let slot = space.slot("alerts");
    let client = space.open("alerts").expect("there");
    let mut messages = slot.messages();
    client.write(b"before").expect("room");
    assert_eq!(wait(next(&mut messages)).as_deref(), Some(&b"before"[..]));
    let mut end = Begun::new(async move { next(&mut messages).await });
    assert!(end.is_pending());
    drop(slot);
    assert_eq!(end.finish(), None);
}

async fn next(messages: &mut Messages) -> Option<Vec<u8>> {
    let next = poll_fn(|context| Pin::new(&mut *messages).poll_next(context)).await;
    next.map(|message| message.data.to_vec())
}
