//! A slot's queue and the reads that wait at it. Pure: the time is handed in, nobody is woken.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use super::counters::Counters;
use super::error::Error;
use super::limits::{MAX_PENDING_READS, MESSAGE_OVERHEAD};
use super::message::Message;
use super::table::Options;
use crate::time::Instant;

/// How long reads wait, in ms as Windows counts (row C9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReadTimeout(pub u32);

impl ReadTimeout {
    /// Not at all: the default.
    pub const NONE: Self = Self(0);
    /// `MAILSLOT_WAIT_FOREVER`. Every other number is one of milliseconds.
    pub const FOREVER: Self = Self(u32::MAX);

    /// The moment until which a read waits that begins at `now`; none for ever.
    fn deadline(self, now: Instant) -> Option<Instant> {
        (self != Self::FOREVER).then(|| now + Duration::from_millis(self.0.into()))
    }
}

/// A read that waits. Its number is never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// What a read came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Read {
    /// A message, which is no longer in the queue.
    Done(Message),
    /// The first message is larger than the reader's buffer, and stays (row R2): 122,
    /// `ERROR_INSUFFICIENT_BUFFER`.
    TooSmall {
        /// Octets that it has.
        needed: usize,
    },
    /// Nothing came in time (rows R4, R6): 121, `ERROR_SEM_TIMEOUT`.
    TimedOut,
    /// The slot is closed (row R17): 995, `ERROR_OPERATION_ABORTED`.
    Aborted,
    /// It waits. Whoever reads keeps the time: at `deadline`, `collect` says
    /// [`TimedOut`](Self::TimedOut).
    Waiting {
        /// To collect or cancel it with.
        ticket: Ticket,
        /// Until when; for ever where there is none.
        deadline: Option<Instant>,
    },
}

/// What a read came to that [holds](super::Slot::hold) its message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hold {
    /// A message, which is the reader's alone, and goes back to its place unless it is collected.
    Held {
        /// To collect or cancel it with.
        ticket: Ticket,
        /// Its place among all messages of the slot.
        number: u64,
        /// The message.
        message: Message,
    },
    /// It waits, or there is no message for it: never [`Read::Done`].
    Not(Read),
}

/// What a slot says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Info {
    /// The most octets a message may have; 0 for any.
    pub max_message_size: u32,
    /// Octets of the first message; none where there is no message. 0 is a message (row I2).
    pub next_size: Option<usize>,
    /// Messages, those of no octets included.
    pub message_count: usize,
    /// How long reads wait.
    pub read_timeout: ReadTimeout,
}

impl Info {
    /// What a slot says, in the order of its fields.
    pub const fn new(
        max_message_size: u32,
        next_size: Option<usize>,
        message_count: usize,
        read_timeout: ReadTimeout,
    ) -> Self {
        Self { max_message_size, next_size, message_count, read_timeout }
    }
}

/// When what happened to a slot (row H8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Times {
    /// It was created; can be set.
    pub created: Instant,
    /// A message was last read.
    pub last_read: Instant,
    /// A message was last written.
    pub last_write: Instant,
}

impl Times {
    /// The times of a slot, in the order of its fields.
    pub const fn new(created: Instant, last_read: Instant, last_write: Instant) -> Self {
        Self { created, last_read, last_write }
    }
}

/// The tickets that an operation completed.
pub(super) type Completed = Vec<Ticket>;

/// A message and its place among all of the slot.
#[derive(Debug)]
struct Queued {
    number: u64,
    message: Message,
}

#[derive(Debug)]
struct Waiter {
    ticket: Ticket,
    capacity: usize,
    deadline: Option<Instant>,
}

#[derive(Debug)]
enum Outcome {
    Message(Queued),
    TooSmall { needed: usize },
    TimedOut,
}

/// The state of one slot.
#[derive(Debug)]
pub(super) struct State {
    max_message_size: u32,
    max_messages: usize,
    max_octets: u64,
    read_timeout: ReadTimeout,
    times: Times,
    queue: VecDeque<Queued>,
    /// Octets of the messages in the queue and of those assigned, overhead included.
    octets: u64,
    /// In the order of their reads. Where one waits, the queue is empty.
    waiters: VecDeque<Waiter>,
    /// Results that nobody collected yet.
    outcomes: BTreeMap<Ticket, Outcome>,
    /// The place of the next message, which is how many were written.
    next_message: u64,
    read: u64,
    put_back: u64,
    vanished: u64,
    next_ticket: u64,
    closed: bool,
}

/// What a slot had when it was closed. That takes some time to drop where it is much: whoever has
/// others waiting does it in parts.
#[derive(Debug, Default)]
#[must_use = "it is to be dropped where nobody waits"]
pub struct Remains {
    queue: VecDeque<Queued>,
    outcomes: BTreeMap<Ticket, Outcome>,
}

impl Remains {
    /// Drops so many messages.
    pub fn drop_some(&mut self, messages: usize) {
        let left = self.queue.len().saturating_sub(messages);
        self.queue.truncate(left);
        if self.queue.capacity() - left >= SHRINK {
            self.queue.shrink_to(left);
        }
        for _ in 0..messages {
            self.outcomes.pop_first();
        }
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.outcomes.is_empty()
    }
}

/// Messages whose room is given back to the system at a time.
const SHRINK: usize = 4096;

/// What a message of that many octets takes.
pub(super) fn cost(octets: usize) -> u64 {
    MESSAGE_OVERHEAD + octets as u64
}

impl State {
    pub(super) fn new(now: Instant, options: &Options) -> Self {
        Self {
            max_message_size: options.max_message_size,
            max_messages: options.max_messages,
            max_octets: options.max_octets,
            read_timeout: options.read_timeout,
            times: Times { created: now, last_read: now, last_write: now },
            queue: VecDeque::new(),
            octets: 0,
            waiters: VecDeque::new(),
            outcomes: BTreeMap::new(),
            next_message: 0,
            read: 0,
            put_back: 0,
            vanished: 0,
            next_ticket: 0,
            closed: false,
        }
    }

    /// Octets that the slot's messages take.
    pub(super) fn octets(&self) -> u64 {
        self.octets
    }

    /// Whether a message of that size can be written.
    pub(super) fn admits(&self, size: usize) -> Result<(), Error> {
        self.admits_back(size)?;
        let full = self.queue.len() >= self.max_messages
            || self.octets.saturating_add(cost(size)) > self.max_octets;
        if full { Err(Error::Full) } else { Ok(()) }
    }

    /// Whether a message of that size can have been read, and be put back: also where others have
    /// filled the queue since.
    pub(super) fn admits_back(&self, size: usize) -> Result<(), Error> {
        if self.closed {
            return Err(Error::Closed);
        }
        check_size(size, self.max_message_size)
    }

    /// Puts a message, which was [admitted](Self::admits), behind all others.
    pub(super) fn push(&mut self, now: Instant, message: Message) -> Completed {
        self.times.last_write = now;
        self.octets += cost(message.data.len());
        self.queue.push_back(Queued { number: self.next_message, message });
        self.next_message += 1;
        if self.waiters.is_empty() { Vec::new() } else { self.serve(now) }
    }

    /// Reads with a buffer of `capacity` octets, waiting as long as the slot says.
    pub(super) fn read(&mut self, now: Instant, capacity: usize) -> Result<Read, Error> {
        self.read_with(now, capacity, self.read_timeout)
    }

    /// The same, waiting as long as the caller says.
    pub(super) fn read_with(
        &mut self,
        now: Instant,
        capacity: usize,
        timeout: ReadTimeout,
    ) -> Result<Read, Error> {
        if self.closed {
            return Ok(Read::Aborted);
        }
        if let Some(first) = self.queue.front() {
            let needed = first.message.data.len();
            if needed > capacity {
                return Ok(Read::TooSmall { needed });
            }
            return Ok(self.take_first(now));
        }
        // Also for a buffer of no octets (row R5).
        if timeout == ReadTimeout::NONE {
            return Ok(Read::TimedOut);
        }
        let ticket = self.ticket()?;
        let deadline = timeout.deadline(now);
        self.waiters.push_back(Waiter { ticket, capacity, deadline });
        Ok(Read::Waiting { ticket, deadline })
    }

    /// As [`read_with`](Self::read_with), but a message is held until it is collected.
    pub(super) fn hold(
        &mut self,
        now: Instant,
        capacity: usize,
        timeout: Option<ReadTimeout>,
    ) -> Result<Hold, Error> {
        let fits = |queued: &Queued| queued.message.data.len() <= capacity;
        if !self.queue.front().is_some_and(fits) {
            let read = self.read_with(now, capacity, timeout.unwrap_or(self.read_timeout))?;
            return Ok(Hold::Not(read));
        }
        let ticket = self.ticket()?;
        let outcome = self.queue.pop_front().map(Outcome::Message);
        self.outcomes.extend(outcome.map(|outcome| (ticket, outcome)));
        Ok(self.held(now, ticket))
    }

    /// What became of a read that waited; its message is held until it is collected.
    pub(super) fn held(&mut self, now: Instant, ticket: Ticket) -> Hold {
        if let Some(Outcome::Message(Queued { number, message })) = self.outcomes.get(&ticket) {
            return Hold::Held { ticket, number: *number, message: message.clone() };
        }
        Hold::Not(self.collect(now, ticket))
    }

    fn ticket(&mut self) -> Result<Ticket, Error> {
        if self.waiters.len() + self.outcomes.len() >= MAX_PENDING_READS {
            return Err(Error::TooMany);
        }
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        Ok(ticket)
    }

    /// Puts a message that was read, and not used, back to its place. Whether it is
    /// [admitted](Self::admits_back) was asked.
    pub(super) fn put_back(&mut self, now: Instant, number: u64, message: Message) -> Completed {
        // Nobody invents places behind those that were given out.
        let number = number.min(self.next_message.saturating_sub(1));
        self.octets += cost(message.data.len());
        self.put_back += 1;
        self.insert(Queued { number, message });
        self.serve(now)
    }

    fn insert(&mut self, queued: Queued) {
        let at = self.queue.partition_point(|other| other.number < queued.number);
        self.queue.insert(at, queued);
    }

    /// What became of a read that waited.
    pub(super) fn collect(&mut self, now: Instant, ticket: Ticket) -> Read {
        match self.outcomes.remove(&ticket) {
            Some(Outcome::Message(queued)) => return self.hand_out(now, queued),
            Some(Outcome::TooSmall { needed }) => return Read::TooSmall { needed },
            Some(Outcome::TimedOut) => return Read::TimedOut,
            None => {}
        }
        let Some(at) = self.waiters.iter().position(|waiter| waiter.ticket == ticket) else {
            // Closed, cancelled, or collected before.
            return Read::Aborted;
        };
        let deadline = self.waiters.get(at).and_then(|waiter| waiter.deadline);
        if deadline.is_some_and(|deadline| deadline <= now) {
            self.waiters.remove(at);
            return Read::TimedOut;
        }
        Read::Waiting { ticket, deadline }
    }

    /// Gives reads up, whose tickets are in their order. Messages that they were assigned go back to
    /// their places, all of them before the first goes on to another.
    pub(super) fn cancel(&mut self, now: Instant, tickets: &[Ticket]) -> Completed {
        self.waiters.retain(|waiter| tickets.binary_search(&waiter.ticket).is_err());
        for ticket in tickets {
            if let Some(Outcome::Message(queued)) = self.outcomes.remove(ticket) {
                self.insert(queued);
            }
        }
        self.serve(now)
    }

    /// Assigns messages to the reads that wait, in their order (row R8): one whose buffer is too
    /// small fails, and the message is the next one's.
    fn serve(&mut self, now: Instant) -> Completed {
        let mut completed = Vec::new();
        while let Some(first) = self.queue.front() {
            let Some(waiter) = self.waiters.pop_front() else { break };
            let needed = first.message.data.len();
            let outcome = if waiter.deadline.is_some_and(|deadline| deadline <= now) {
                Outcome::TimedOut
            } else if needed > waiter.capacity {
                Outcome::TooSmall { needed }
            } else if let Some(queued) = self.queue.pop_front() {
                Outcome::Message(queued)
            } else {
                break;
            };
            self.outcomes.insert(waiter.ticket, outcome);
            completed.push(waiter.ticket);
        }
        completed
    }

    fn take_first(&mut self, now: Instant) -> Read {
        match self.queue.pop_front() {
            Some(queued) => self.hand_out(now, queued),
            None => Read::TimedOut,
        }
    }

    fn hand_out(&mut self, now: Instant, Queued { message, .. }: Queued) -> Read {
        self.times.last_read = now;
        self.read += 1;
        self.octets -= cost(message.data.len());
        // What a burst took is given back once it is read.
        if self.queue.is_empty() && self.queue.capacity() > 1024 {
            self.queue.shrink_to(64);
        }
        Read::Done(message)
    }

    /// A message that is assigned to a read is not counted (row I7).
    pub(super) fn info(&self) -> Info {
        Info {
            max_message_size: self.max_message_size,
            next_size: self.queue.front().map(|queued| queued.message.data.len()),
            message_count: self.queue.len(),
            read_timeout: self.read_timeout,
        }
    }

    /// Reads that wait already keep their deadline (row I8).
    pub(super) fn set_read_timeout(&mut self, timeout: ReadTimeout) {
        self.read_timeout = timeout;
    }

    pub(super) fn times(&self) -> Times {
        self.times
    }

    /// Row H8, OPEN: a real server handle may lack the right to (5). Documented is that it can.
    pub(super) fn set_created(&mut self, created: Instant) {
        self.times.created = created;
    }

    /// Messages in the queue, and those assigned to reads.
    fn queued(&self) -> u64 {
        let is_message = |outcome: &&Outcome| matches!(outcome, Outcome::Message(_));
        (self.queue.len() + self.outcomes.values().filter(is_message).count()) as u64
    }

    pub(super) fn counters(&self) -> Counters {
        let Self { next_message: written, read, put_back, vanished, .. } = *self;
        Counters { written, read, put_back, vanished, queued: self.queued() }
    }

    /// Takes all messages out and ends all reads. Row R17, OPEN: as if they were cancelled.
    pub(super) fn close(&mut self) -> Remains {
        self.closed = true;
        self.vanished += self.queued();
        self.waiters = VecDeque::new();
        self.octets = 0;
        Remains {
            queue: std::mem::take(&mut self.queue),
            outcomes: std::mem::take(&mut self.outcomes),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }
}

/// Row W4: what is longer than the slot's maximum is not delivered. The maximum itself passes.
fn check_size(size: usize, max: u32) -> Result<(), Error> {
    let too_long = max != 0 && u32::try_from(size).map_or(true, |size| size > max);
    if too_long { Err(Error::TooLong { size, max }) } else { Ok(()) }
}
