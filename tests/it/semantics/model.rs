//! Random operations against a naive model: every message is read once, in order, none is lost.

use std::collections::VecDeque;
use std::mem::discriminant;

use mailslot::slot::{Counters, Hold, Message, Options, Read, ReadTimeout, Server, Ticket, Writer};
use proptest::prelude::*;

use super::Face;

/// The most messages in the queue, for who writes.
const ROOM: usize = 5;

#[derive(Clone, Debug)]
enum Operation {
    Write(usize),
    Read {
        capacity: usize,
    },
    Collect(usize),
    Cancel(usize),
    Wait(u64),
    SetTimeout(u32),
    /// As a service reads, which has yet to hand the message on.
    Hold {
        capacity: usize,
        timeout: Option<u32>,
    },
    Held(usize),
    Release(usize),
    /// One of those that were read.
    PutBack(usize),
}

fn timeout() -> impl Strategy<Value = u32> {
    prop::sample::select(vec![0, 10, 20, u32::MAX])
}

fn operation() -> impl Strategy<Value = Operation> {
    let hold = (0..6_usize, prop::option::of(timeout()));
    prop_oneof![
        6 => (0..6_usize).prop_map(Operation::Write),
        4 => (0..6_usize).prop_map(|capacity| Operation::Read { capacity }),
        2 => (0..8_usize).prop_map(Operation::Collect),
        2 => (0..8_usize).prop_map(Operation::Cancel),
        1 => (0..30_u64).prop_map(Operation::Wait),
        1 => timeout().prop_map(Operation::SetTimeout),
        4 => hold.prop_map(|(capacity, timeout)| Operation::Hold { capacity, timeout }),
        2 => (0..8_usize).prop_map(Operation::Held),
        2 => (0..8_usize).prop_map(Operation::Release),
        2 => (0..4_usize).prop_map(Operation::PutBack),
    ]
}

/// A message, by its number and size.
type Numbered = (u64, usize);

/// A read's end: the message it was assigned, or why it got none.
type Ended = Result<Numbered, Read>;

/// A queue of numbered messages, and reads that wait, as a list each.
#[derive(Default)]
struct Model {
    queue: VecDeque<Numbered>,
    waiting: VecDeque<(Ticket, usize, Option<u64>)>,
    ended: Vec<(Ticket, Ended)>,
    now: u64,
    timeout: u32,
    written: u64,
    read: u64,
    put_back: u64,
}

impl Model {
    fn serve(&mut self) {
        while let (Some(&first), Some(&(ticket, capacity, deadline))) =
            (self.queue.front(), self.waiting.front())
        {
            self.waiting.pop_front();
            let end = if deadline.is_some_and(|deadline| deadline <= self.now) {
                Err(Read::TimedOut)
            } else if first.1 > capacity {
                Err(Read::TooSmall { needed: first.1 })
            } else {
                self.queue.pop_front();
                Ok(first)
            };
            self.ended.push((ticket, end));
        }
    }

    /// The first message, or what a read with that buffer comes to without one; none where it waits.
    fn first(&mut self, capacity: usize, timeout: u32) -> Option<Ended> {
        match self.queue.front().copied() {
            Some(first) if first.1 <= capacity => self.queue.pop_front().map(Ok),
            Some(first) => Some(Err(Read::TooSmall { needed: first.1 })),
            None if timeout == 0 => Some(Err(Read::TimedOut)),
            None => None,
        }
    }

    fn wait(&mut self, ticket: Ticket, capacity: usize, timeout: u32) {
        let deadline = (timeout != u32::MAX).then(|| self.now + u64::from(timeout));
        self.waiting.push_back((ticket, capacity, deadline));
    }

    /// Where the end of a read is, which it has.
    fn end(&self, ticket: Ticket) -> Option<usize> {
        self.ended.iter().position(|(ended, _)| *ended == ticket)
    }

    /// What became of a read, which is no more then; none where it waits still.
    fn collect(&mut self, ticket: Ticket) -> Option<Ended> {
        if let Some(at) = self.end(ticket) {
            return Some(self.ended.remove(at).1);
        }
        match self.waiting.iter().position(|(waits, ..)| *waits == ticket) {
            Some(at) if self.waiting[at].2.is_some_and(|end| end <= self.now) => {
                self.waiting.remove(at);
                Some(Err(Read::TimedOut))
            }
            Some(_) => None,
            None => Some(Err(Read::Aborted)),
        }
    }

    fn give_back(&mut self, message: Numbered) {
        self.queue.push_back(message);
        self.queue.make_contiguous().sort_unstable();
        self.serve();
    }

    /// Those in the queue, and those that reads were assigned and have not got.
    fn queued(&self) -> u64 {
        (self.queue.len() + self.ended.iter().filter(|(_, end)| end.is_ok()).count()) as u64
    }
}

fn data((number, size): Numbered) -> Vec<u8> {
    // The number where there is room for it.
    number.to_be_bytes().iter().rev().chain([&0; 8]).take(size).copied().collect()
}

/// The slot beside its model.
struct World {
    face: Face,
    slot: Server,
    writer: Writer,
    model: Model,
    tickets: Vec<Ticket>,
    /// What was read, and may be put back.
    taken: Vec<(Numbered, Message)>,
}

impl World {
    fn new() -> Self {
        let face = Face::new();
        let options = Options::default().max_messages(ROOM);
        let slot = face.create_with("alerts", &options).expect("free");
        let writer = face.open("alerts").expect("there");
        let (tickets, taken) = (Vec::new(), Vec::new());
        Self { face, slot, writer, model: Model::default(), tickets, taken }
    }

    fn ticket(&self, which: usize) -> Option<Ticket> {
        self.tickets.get(which).copied()
    }

    /// A read came to that, and the model's to this.
    fn ended(&mut self, read: Read, expected: Option<Ended>) {
        match expected {
            Some(Ok(message)) => {
                let Read::Done(read) = read else { panic!("{read:?}, not {message:?}") };
                assert_eq!(read.data, data(message));
                self.model.read += 1;
                self.taken.push((message, read));
            }
            Some(Err(end)) => assert_eq!(read, end),
            None => assert!(matches!(read, Read::Waiting { .. }), "{read:?}"),
        }
    }

    /// It waits, or there is a message that is held, or neither.
    fn held(hold: &Hold, expected: Option<Ended>) {
        match (hold, expected) {
            (Hold::Held { number, message, .. }, Some(Ok(expected))) => {
                assert_eq!((*number, &message.data[..]), (expected.0, &data(expected)[..]));
            }
            (Hold::Not(read), Some(Err(end))) => assert_eq!(*read, end),
            (Hold::Not(Read::Waiting { .. }), None) => {}
            (hold, expected) => panic!("{hold:?}, not {expected:?}"),
        }
    }

    fn step(&mut self, operation: &Operation) {
        let now = self.face.now;
        match *operation {
            Operation::Write(size) => {
                let message = (self.model.written, size);
                let result = self.face.write(&self.writer, &data(message));
                assert_eq!(result.is_ok(), self.model.queue.len() < ROOM);
                if result.is_ok() {
                    self.model.written += 1;
                    self.model.queue.push_back(message);
                    self.model.serve();
                }
            }
            Operation::Read { capacity } => {
                let timeout = self.model.timeout;
                let read = self.slot.read(now, capacity).expect("not too many");
                let expected = self.model.first(capacity, timeout);
                if let Read::Waiting { ticket, .. } = read {
                    self.model.wait(ticket, capacity, timeout);
                    self.tickets.push(ticket);
                }
                self.ended(read, expected);
            }
            Operation::Hold { capacity, timeout } => {
                let own = timeout.map(ReadTimeout);
                let hold = self.slot.slot().hold(now, capacity, own).expect("not too many");
                let timeout = timeout.unwrap_or(self.model.timeout);
                let expected = self.model.first(capacity, timeout);
                match (&hold, &expected) {
                    (Hold::Held { ticket, .. }, Some(Ok(message))) => {
                        self.model.ended.push((*ticket, Ok(*message)));
                        self.tickets.push(*ticket);
                    }
                    (Hold::Not(Read::Waiting { ticket, .. }), _) => {
                        self.model.wait(*ticket, capacity, timeout);
                        self.tickets.push(*ticket);
                    }
                    _ => {}
                }
                Self::held(&hold, expected);
            }
            Operation::Collect(which) => {
                let Some(ticket) = self.ticket(which) else { return };
                let read = self.slot.collect(now, ticket, None);
                let expected = self.model.collect(ticket);
                self.ended(read, expected);
            }
            Operation::Held(which) => {
                let Some(ticket) = self.ticket(which) else { return };
                let hold = self.slot.slot().held(now, ticket, None);
                // A message stays held.
                let expected = match self.model.end(ticket).map(|at| &self.model.ended[at].1) {
                    Some(Ok(message)) => Some(Ok(*message)),
                    _ => self.model.collect(ticket),
                };
                Self::held(&hold, expected);
            }
            Operation::Release(which) => {
                let Some(ticket) = self.ticket(which) else { return };
                let was_held = self.slot.slot().release(now, ticket);
                let expected = matches!(self.model.collect(ticket), Some(Ok(_)));
                self.model.read += u64::from(expected);
                assert_eq!(was_held, expected);
            }
            Operation::Cancel(which) => {
                let Some(ticket) = self.ticket(which) else { return };
                self.face.cancel(&self.slot, ticket);
                self.model.waiting.retain(|(waits, ..)| *waits != ticket);
                let end = self.model.end(ticket).map(|at| self.model.ended.remove(at).1);
                if let Some(Ok(message)) = end {
                    self.model.give_back(message);
                }
            }
            Operation::PutBack(which) => {
                if which >= self.taken.len() {
                    return;
                }
                let (numbered, message) = self.taken.remove(which);
                let wakes = self.slot.slot().put_back(now, numbered.0, message);
                wakes.expect("there is always room for what was read").fire();
                self.model.put_back += 1;
                self.model.give_back(numbered);
            }
            Operation::Wait(millis) => {
                self.face.wait(millis);
                self.model.now += millis;
            }
            Operation::SetTimeout(timeout) => {
                self.slot.set_read_timeout(ReadTimeout(timeout));
                self.model.timeout = timeout;
            }
        }
    }

    fn check(&self) {
        let Model { queue, written, read, put_back, .. } = &self.model;
        let info = self.slot.info();
        assert_eq!(info.message_count, queue.len());
        assert_eq!(info.next_size, queue.front().map(|message| message.1));
        let mut counters = Counters::default();
        (counters.written, counters.read, counters.put_back) = (*written, *read, *put_back);
        counters.queued = self.model.queued();
        assert_eq!(self.slot.slot().counters(), counters);
        assert_eq!(written + put_back, read + counters.queued);
        let held = self.model.ended.iter().filter_map(|(_, end)| end.as_ref().ok());
        let octets: usize = queue.iter().chain(held).map(|message| message.1).sum();
        let overhead = counters.queued * mailslot::slot::limits::MESSAGE_OVERHEAD;
        assert_eq!(self.slot.slot().octets(), octets as u64 + overhead);
    }

    fn end(self) {
        let (face, queued) = (self.face, self.model.queued());
        drop(self.slot);
        let Counters { vanished, queued: left, .. } = face.counters();
        assert_eq!((vanished, left, face.octets()), (queued, 0, 0));
    }
}

proptest! {
    #[test]
    fn operations_in_any_order(operations in prop::collection::vec(operation(), 1..80)) {
        let mut world = World::new();
        for operation in operations {
            world.step(&operation);
            world.check();
        }
        world.end();
    }
}

/// The operations come to all their ends: else the model proves nothing of them.
#[test]
fn operations_of_all_kinds_happen() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut kinds = std::collections::HashSet::new();
    let (mut put_back, mut held) = (0, 0);
    for _ in 0..100 {
        let operations = prop::collection::vec(operation(), 80).new_tree(&mut runner);
        let mut world = World::new();
        for operation in operations.expect("operations").current() {
            kinds.insert(discriminant(&operation));
            world.step(&operation);
            held += usize::from(world.model.ended.iter().any(|(_, end)| end.is_ok()));
        }
        put_back += world.model.put_back;
    }
    assert_eq!(kinds.len(), 10);
    assert!(put_back > 100 && held > 1000, "{put_back} put back, {held} times held");
}
