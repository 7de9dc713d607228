//! What is to be sent to a client.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use bytes::{Buf as _, BytesMut};

use super::limits::MAX_UNSENT;
use crate::ipc::limits::MAX_REPLY;
use crate::ipc::{Code, Failure, Reply};
use crate::runtime::clock;
use crate::slot::{Slot, Ticket};

/// Replies that the socket did not take yet.
#[derive(Debug, Default)]
pub(super) struct Unsent {
    octets: BytesMut,
    /// Octets that were ever put in, and those that went out of it.
    put: u64,
    gone: u64,
    /// Messages whose octets end there: they are their reader's once these are gone.
    held: VecDeque<(u64, Arc<Slot>, Ticket)>,
}

impl Unsent {
    /// Puts a reply behind all others; in the place of one that is longer than a client takes, that
    /// it is.
    pub(super) fn put(&mut self, reply: &Reply, id: u32) {
        let before = self.octets.len();
        reply.encode(id, &mut self.octets);
        let octets = self.octets.len() - before;
        if octets > MAX_REPLY {
            self.octets.truncate(before);
            let text = format!("the reply has {octets} octets, at most {MAX_REPLY} are sent");
            let mut failure = Failure::new(Code::TooLong, 1816, text);
            (failure.a, failure.b) = (octets as u64, MAX_REPLY as u64);
            Reply::Failed(failure).encode(id, &mut self.octets);
        }
        self.put += (self.octets.len() - before) as u64;
    }

    /// Puts a reply that has messages in it, which are held.
    pub(super) fn put_messages(
        &mut self,
        reply: &Reply,
        id: u32,
        slot: &Arc<Slot>,
        tickets: impl IntoIterator<Item = Ticket>,
    ) {
        self.put(reply, id);
        let end = self.put;
        self.held.extend(tickets.into_iter().map(|ticket| (end, Arc::clone(slot), ticket)));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// Whether there is so much that nothing more is done for the client.
    pub(super) fn is_full(&self) -> bool {
        self.octets.len() >= MAX_UNSENT
    }

    /// Sends what there is, as far as it goes. Returns how many messages were handed over.
    pub(super) fn flush(
        &mut self,
        mut write: impl FnMut(&[u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let mut messages = 0;
        while !self.octets.is_empty() {
            match write(&self.octets) {
                Ok(octets) => messages += self.gone(octets),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(messages)
    }

    /// So many octets went to the socket. Returns how many messages they carried to their end.
    fn gone(&mut self, octets: usize) -> usize {
        self.octets.advance(octets);
        self.gone += octets as u64;
        let mut messages = 0;
        while self.held.front().is_some_and(|(end, ..)| *end <= self.gone) {
            if let Some((_, slot, ticket)) = self.held.pop_front() {
                messages += usize::from(slot.release(clock::now(), ticket));
            }
        }
        if self.octets.is_empty() && self.octets.capacity() > 2 * MAX_UNSENT {
            self.octets = BytesMut::new();
        }
        messages
    }

    /// Takes the messages out that nobody got, and that are held still.
    pub(super) fn take_held(&mut self) -> impl Iterator<Item = (Arc<Slot>, Ticket)> {
        self.held.drain(..).map(|(_, slot, ticket)| (slot, ticket))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipc::next_frame;

    #[test]
    fn a_reply_that_no_client_takes_is_refused() {
        let mut unsent = Unsent::default();
        unsent.put(&Reply::Done, 1);
        for (octets, sent) in [(MAX_REPLY - 13, true), (MAX_REPLY - 12, false)] {
            unsent.put(&Reply::Token("x".repeat(octets)), 2);
            let (_, first) = next_frame(&unsent.octets, MAX_REPLY).unwrap().unwrap();
            let (frame, octets) = next_frame(&unsent.octets[first..], MAX_REPLY).unwrap().unwrap();
            assert_eq!((frame.id, unsent.octets.len()), (2, first + octets));
            match Reply::decode(frame).unwrap() {
                Reply::Token(_) => assert!(sent),
                Reply::Failed(failure) => {
                    assert!(!sent);
                    assert_eq!((failure.code, failure.win32_code), (Code::TooLong, 1816));
                    assert_eq!((failure.a, failure.b), (MAX_REPLY as u64 + 1, MAX_REPLY as u64));
                }
                other => panic!("{other:?}"),
            }
            unsent.octets.truncate(first);
        }
        // Buffers are small again once they are empty.
        assert!(unsent.octets.capacity() > MAX_REPLY);
        assert_eq!(unsent.flush(|octets| Ok(octets.len())).unwrap(), 0);
        assert!(unsent.octets.capacity() <= 2 * MAX_UNSENT);
    }
}
