//! Handles: the slot itself, shared; servers, who read; writers.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use bitflags::bitflags;
use bytes::Bytes;

use super::counters::Counters;
use super::error::Error;
use super::message::{Message, Sender};
use super::path::LocalName;
use super::state::{Completed, Hold, Info, Read, ReadTimeout, Remains, State, Ticket, Times, cost};
use super::table::{Budget, Options, Table, User};
use crate::time::Instant;

/// Readers that have something to collect. They are woken by [`fire`](Self::fire), once the caller
/// holds no lock any more.
#[derive(Debug, Default)]
#[must_use = "readers wait until it is fired"]
pub struct Wakes(Vec<Waker>);

impl Wakes {
    /// Wakes them.
    pub fn fire(self) {
        self.0.into_iter().for_each(Waker::wake);
    }

    /// Takes those of `other` in.
    pub fn extend(&mut self, other: Self) {
        if !other.0.is_empty() {
            self.0.extend(other.0);
        }
    }

    /// Whether there is nobody to wake.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A mailslot. It is open as long as it has a [`Server`]; handles are bound to it, not to its name.
pub struct Slot {
    id: u64,
    name: LocalName,
    table: Arc<Table>,
    budget: Arc<Budget>,
    owner: User,
    owner_only: bool,
    process: u32,
    servers: AtomicUsize,
    shared: Mutex<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: State,
    /// Of the reads that wait in a task.
    wakers: BTreeMap<Ticket, Waker>,
    /// What the table's counters have of this slot's.
    told: Counters,
    /// Whether the table knows that this is not all.
    changed: bool,
}

impl Shared {
    fn wakes(&mut self, completed: &Completed) -> Wakes {
        if self.wakers.is_empty() {
            return Wakes::default();
        }
        Wakes(completed.iter().filter_map(|ticket| self.wakers.remove(ticket)).collect())
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Slot {
    pub(super) fn open(
        id: u64,
        name: LocalName,
        table: Arc<Table>,
        budget: Arc<Budget>,
        now: Instant,
        options: &Options,
    ) -> Arc<Self> {
        let state = State::new(now, options);
        let (wakers, told) = (BTreeMap::new(), Counters::default());
        let shared = Shared { state, wakers, told, changed: false };
        Arc::new(Self {
            id,
            name,
            table,
            budget,
            owner: options.owner,
            owner_only: options.owner_only,
            process: options.process,
            servers: AtomicUsize::new(0),
            shared: Mutex::new(shared),
        })
    }

    /// A number that no other slot of the table ever has.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Its name, as it was created.
    pub fn name(&self) -> &LocalName {
        &self.name
    }

    /// Who created it.
    pub fn owner(&self) -> User {
        self.owner
    }

    /// The process that created it: see [`Options::process`].
    pub fn process(&self) -> u32 {
        self.process
    }

    /// Whether nobody but its owner may write: see [`Options::owner_only`].
    pub fn is_owner_only(&self) -> bool {
        self.owner_only
    }

    /// How many handles there are to read it.
    pub fn servers(&self) -> usize {
        self.servers.load(Ordering::Relaxed)
    }

    /// A handle to write to it.
    pub fn writer(self: &Arc<Self>) -> Writer {
        Writer::new(Arc::clone(self))
    }

    /// Octets that its messages take, [`MESSAGE_OVERHEAD`](super::limits::MESSAGE_OVERHEAD)
    /// included.
    pub fn octets(&self) -> u64 {
        self.lock().state.octets()
    }

    /// Puts a message into the queue. `data` is copied only where there is room for it.
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`], [`Error::Full`] or [`Error::Closed`]; the queue is as before.
    pub fn deliver(
        &self,
        now: Instant,
        data: &[u8],
        from: Option<Sender>,
        to: Option<crate::wire::netbios::Name>,
    ) -> Result<Wakes, Error> {
        let mut shared = self.lock();
        shared.state.admits(data.len())?;
        if !self.budget.charge(cost(data.len())) {
            return Err(Error::Full);
        }
        let data = Bytes::copy_from_slice(data);
        let completed = shared.state.push(now, Message { data, from, to, received_at: now });
        self.changed(&mut shared);
        Ok(shared.wakes(&completed))
    }

    /// What it says about itself.
    pub fn info(&self) -> Info {
        self.lock().state.info()
    }

    /// A read as [`Server::read`], or with `timeout` in the slot's place, but a message that is
    /// there is held: nobody else gets it, and it takes its room, until it is
    /// [released](Self::release), or [cancelled](Self::cancel) and back in its place. For whoever
    /// has yet to hand it on.
    ///
    /// # Errors
    ///
    /// As [`Server::read`].
    pub fn hold(
        &self,
        now: Instant,
        capacity: usize,
        timeout: Option<ReadTimeout>,
    ) -> Result<Hold, Error> {
        self.lock().state.hold(now, capacity, timeout)
    }

    /// What became of such a read that waits, as [`Server::collect`] tells.
    pub fn held(&self, now: Instant, ticket: Ticket, waker: Option<&Waker>) -> Hold {
        let mut shared = self.lock();
        let hold = shared.state.held(now, ticket);
        match (&hold, waker) {
            (Hold::Not(Read::Waiting { .. }), Some(waker)) => {
                shared.wakers.insert(ticket, waker.clone());
            }
            _ => {
                shared.wakers.remove(&ticket);
            }
        }
        hold
    }

    /// A message that was held is handed on: it is read. Whether it was still held, which it is not
    /// where the slot is closed.
    pub fn release(&self, now: Instant, ticket: Ticket) -> bool {
        matches!(self.collect(now, ticket, None), Read::Done(_))
    }

    /// Puts a message that was read, and not used, back to the place that its number says; also
    /// where the queue has been filled since.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`]; [`Error::TooLong`] for what this slot never had; [`Error::Full`] where the
    /// messages of the user, or of all, take all that they may. The message is lost then.
    pub fn put_back(&self, now: Instant, number: u64, message: Message) -> Result<Wakes, Error> {
        let mut shared = self.lock();
        let octets = message.data.len();
        shared.state.admits_back(octets)?;
        if !self.budget.charge(cost(octets)) {
            return Err(Error::Full);
        }
        let completed = shared.state.put_back(now, number, message);
        self.changed(&mut shared);
        Ok(shared.wakes(&completed))
    }

    /// When what happened to it.
    pub fn times(&self) -> Times {
        self.lock().state.times()
    }

    /// A read through some server's handle, which is gone where the slot is closed.
    pub(crate) fn read(
        &self,
        now: Instant,
        capacity: usize,
        timeout: Option<ReadTimeout>,
    ) -> Result<Read, Error> {
        let mut shared = self.lock();
        let before = shared.state.octets();
        let read = match timeout {
            None => shared.state.read(now, capacity),
            Some(timeout) => shared.state.read_with(now, capacity, timeout),
        };
        self.settle(before, &shared);
        if matches!(read, Ok(Read::Done(_))) {
            self.changed(&mut shared);
        }
        read
    }

    /// See [`Server::collect`].
    pub(crate) fn collect(&self, now: Instant, ticket: Ticket, waker: Option<&Waker>) -> Read {
        let mut shared = self.lock();
        let before = shared.state.octets();
        let read = shared.state.collect(now, ticket);
        match (&read, waker) {
            (Read::Waiting { .. }, Some(waker)) => {
                shared.wakers.insert(ticket, waker.clone());
            }
            _ => {
                shared.wakers.remove(&ticket);
            }
        }
        self.settle(before, &shared);
        if matches!(read, Read::Done(_)) {
            self.changed(&mut shared);
        }
        read
    }

    /// See [`Server::cancel`].
    pub fn cancel(&self, now: Instant, ticket: Ticket) -> Wakes {
        self.cancel_all(now, vec![ticket])
    }

    /// The same for several reads: what they were assigned goes back before any of it goes on to
    /// another, so that the next one gets the first of it.
    pub fn cancel_all(&self, now: Instant, mut tickets: Vec<Ticket>) -> Wakes {
        tickets.sort_unstable();
        let mut shared = self.lock();
        for ticket in &tickets {
            shared.wakers.remove(ticket);
        }
        let completed = shared.state.cancel(now, &tickets);
        shared.wakes(&completed)
    }

    /// What became of its messages.
    pub fn counters(&self) -> Counters {
        self.lock().state.counters()
    }

    /// Ends it, with its last server. Its counters change no more.
    pub(super) fn close(&self) -> (Wakes, Remains) {
        let mut shared = self.lock();
        let before = shared.state.octets();
        let remains = shared.state.close();
        self.settle(before, &shared);
        (Wakes(std::mem::take(&mut shared.wakers).into_values().collect()), remains)
    }

    /// Brings the counters of all slots up to date. With the table's lock: nobody else does.
    pub(super) fn tell(&self, all: &mut Counters) {
        let mut shared = self.lock();
        let now = shared.state.counters();
        all.advance(&shared.told, &now);
        shared.told = now;
        shared.changed = false;
    }

    /// Counters changed: the table asks for them when somebody asks it, and knows whom to ask.
    fn changed(&self, shared: &mut Shared) {
        if !shared.changed {
            shared.changed = true;
            self.table.changed(self.id);
        }
    }

    // Nothing in here panics while it holds the lock: a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self, before: u64, shared: &Shared) {
        self.budget.refund(before.saturating_sub(shared.state.octets()));
    }
}

bitflags! {
    /// What `SetHandleInformation` sets (row H6).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct HandleFlags: u8 {
        /// Child processes inherit the handle.
        const INHERIT = 1;
        /// Closing it fails.
        const PROTECT_FROM_CLOSE = 2;
    }
}

/// Flags of one handle.
#[derive(Debug, Default)]
pub(crate) struct Flags(AtomicU8);

impl Flags {
    pub(crate) fn get(&self) -> HandleFlags {
        HandleFlags::from_bits_truncate(self.0.load(Ordering::Relaxed))
    }

    pub(crate) fn set(&self, mask: HandleFlags, flags: HandleFlags) {
        let set = (flags & mask).bits();
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |old| {
            Some(old & !mask.bits() | set)
        });
    }

    pub(crate) fn check_close(&self) -> Result<(), Error> {
        if self.get().contains(HandleFlags::PROTECT_FROM_CLOSE) {
            return Err(Error::Protected);
        }
        Ok(())
    }
}

/// The reading end of a mailslot: what `CreateMailslot` returns.
///
/// A clone is another handle to the same slot, as by `DuplicateHandle` (row H4); its flags are its
/// own. The slot lives until the last one is closed or dropped (row H1): then unread messages
/// vanish, the name is free, and reads and writes fail. There is no write on it (row W6): that is
/// [`Writer`]'s.
#[derive(Debug)]
pub struct Server {
    slot: Arc<Slot>,
    flags: Flags,
    is_ended: bool,
}

impl Server {
    pub(super) fn first(slot: Arc<Slot>) -> Self {
        slot.servers.fetch_add(1, Ordering::Relaxed);
        Self { slot, flags: Flags::default(), is_ended: false }
    }

    /// The slot.
    pub fn slot(&self) -> &Arc<Slot> {
        &self.slot
    }

    /// Its name.
    pub fn name(&self) -> &LocalName {
        &self.slot.name
    }

    /// `ReadFile` with a buffer of `capacity` octets: the first message whole, or else waiting as
    /// long as the slot's read timeout says.
    ///
    /// # Errors
    ///
    /// [`Error::TooMany`] where too many reads wait; all else is a [`Read`].
    pub fn read(&self, now: Instant, capacity: usize) -> Result<Read, Error> {
        self.slot.read(now, capacity, None)
    }

    /// The same, waiting as long as `timeout` says.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_with(
        &self,
        now: Instant,
        capacity: usize,
        timeout: ReadTimeout,
    ) -> Result<Read, Error> {
        self.slot.read(now, capacity, Some(timeout))
    }

    /// What became of a read that waits. Where it still does, `waker` is woken when it is to be
    /// asked again; at its deadline whoever reads wakes himself.
    pub fn collect(&self, now: Instant, ticket: Ticket, waker: Option<&Waker>) -> Read {
        self.slot.collect(now, ticket, waker)
    }

    /// `CancelIo` (row R14). A message that the read was assigned goes back to the head of the
    /// queue, or on to the next read.
    pub fn cancel(&self, now: Instant, ticket: Ticket) -> Wakes {
        self.slot.cancel(now, ticket)
    }

    /// `GetMailslotInfo`.
    pub fn info(&self) -> Info {
        self.slot.info()
    }

    /// `SetMailslotInfo`: for later reads through any handle (row I8).
    pub fn set_read_timeout(&self, timeout: ReadTimeout) {
        self.slot.lock().state.set_read_timeout(timeout);
    }

    /// `GetFileTime`.
    pub fn times(&self) -> Times {
        self.slot.times()
    }

    /// `SetFileTime`, of the creation.
    pub fn set_created(&self, created: Instant) {
        self.slot.lock().state.set_created(created);
    }

    /// `GetHandleInformation`.
    pub fn flags(&self) -> HandleFlags {
        self.flags.get()
    }

    /// `SetHandleInformation`: sets the flags in `mask` to what they are in `flags`.
    pub fn set_flags(&self, mask: HandleFlags, flags: HandleFlags) {
        self.flags.set(mask, flags);
    }

    /// `CloseHandle`. A second time cannot be (row H7): the handle is moved in.
    ///
    /// # Errors
    ///
    /// The handle itself with [`Error::Protected`], where it is protected.
    pub fn close(self) -> Result<(), (Self, Error)> {
        match self.flags.check_close() {
            Ok(()) => Ok(()),
            Err(error) => Err((self, error)),
        }
    }

    /// Closes it as dropping does, but leaves what vanishes with its slot, if that ends, to the
    /// caller.
    pub fn end(mut self) -> Remains {
        self.ended()
    }

    /// Nothing but the first time.
    fn ended(&mut self) -> Remains {
        if std::mem::replace(&mut self.is_ended, true)
            || self.slot.servers.fetch_sub(1, Ordering::AcqRel) != 1
        {
            return Remains::default();
        }
        let (wakes, remains) = self.slot.table.forget(&self.slot);
        wakes.fire();
        remains
    }
}

impl Clone for Server {
    fn clone(&self) -> Self {
        Self::first(Arc::clone(&self.slot))
    }
}

/// Dropping closes, protected or not: as the end of a process does.
impl Drop for Server {
    fn drop(&mut self) {
        drop(self.ended());
    }
}

/// The writing end of a mailslot of this machine: what `CreateFile` returns.
///
/// It is bound to the slot, not to the name (row H3), and does not keep it open (row H2).
#[derive(Debug)]
pub struct Writer {
    slot: Arc<Slot>,
    flags: Flags,
}

impl Writer {
    pub(super) fn new(slot: Arc<Slot>) -> Self {
        Self { slot, flags: Flags::default() }
    }

    /// The slot's name.
    pub fn name(&self) -> &LocalName {
        &self.slot.name
    }

    /// `WriteFile`: one call, one message, whole or not at all, behind all others; it never waits.
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`], [`Error::Full`] or [`Error::Closed`]; nothing was written.
    pub fn write(&self, now: Instant, data: &[u8]) -> Result<Wakes, Error> {
        self.slot.deliver(now, data, None, None)
    }

    /// `GetMailslotInfo`: the same numbers as on the server, as since Windows 8 (row I6).
    ///
    /// # Errors
    ///
    /// [`Error::Closed`].
    pub fn info(&self) -> Result<Info, Error> {
        let shared = self.slot.lock();
        if shared.state.is_closed() { Err(Error::Closed) } else { Ok(shared.state.info()) }
    }

    /// `SetMailslotInfo`. Row I6, OPEN: the documentation says that the handle must be a server's.
    ///
    /// # Errors
    ///
    /// Always [`Error::NotAServer`].
    pub fn set_read_timeout(&self, _timeout: ReadTimeout) -> Result<(), Error> {
        Err(Error::NotAServer)
    }

    /// `GetHandleInformation`.
    pub fn flags(&self) -> HandleFlags {
        self.flags.get()
    }

    /// `SetHandleInformation`.
    pub fn set_flags(&self, mask: HandleFlags, flags: HandleFlags) {
        self.flags.set(mask, flags);
    }

    /// `CloseHandle`. Its messages stay (row W7).
    ///
    /// # Errors
    ///
    /// The handle itself with [`Error::Protected`], where it is protected.
    pub fn close(self) -> Result<(), (Self, Error)> {
        match self.flags.check_close() {
            Ok(()) => Ok(()),
            Err(error) => Err((self, error)),
        }
    }
}

impl Clone for Writer {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.slot))
    }
}
