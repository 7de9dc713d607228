//! The node: a NetBIOS host without sockets and clock.
//!
//! Datagrams and the time go in, [`Disposition`]s, [`Event`]s and a timeout come out:
//!
//! ```text
//! received --> decode --> reassemble --> is it ours? --> which slot? --> seen before? --> queue
//!                 \____________ every way out is one counter, see Counters ____________/
//! ```
//!
//! The same node runs live, in the replay of a capture under the capture's clock, and in tests.
//! It never blocks and never fails: what it cannot use it counts, with the reason.

mod counters;
mod duplicates;
pub mod limits;
mod names;
pub mod reassembly;
mod size;

use std::net::SocketAddrV4;
use std::sync::Arc;

use crate::slot::{self, LocalName, Options, Sender, Server, Slot, Table, Wakes};
use crate::time::Instant;
use crate::wire::datagram::{Body, Data, Datagram};
use crate::wire::netbios::{Name, ScopeBuf};
use crate::wire::oem::CodePage;
use crate::wire::smb::{MailslotWrite, SlotName};
use crate::wire::{DecodeError, Decoded};

pub use counters::{Counters, DropReason};
pub use names::Owned;
pub use size::SizePolicy;

use duplicates::Duplicates;
use names::{Match, Names};
use reassembly::{Progress, Reassembler};

/// How a node behaves. The default is a host without a name.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Whether only `names` are ours.
    pub owned: Owned,
    /// Our names: the computer's, the workgroup's, ...
    pub names: Vec<Name>,
    /// The scope they are in; nearly always none.
    pub scope: ScopeBuf,
    /// The code page of mailslots' names on the wire.
    pub code_page: CodePage,
    /// Which messages are too large.
    pub size_policy: SizePolicy,
    /// Whether fragments are put together. Mailslot writes have none ([MS-MAIL] 3.1.4.1), so a
    /// live host drops them.
    pub reassemble: bool,
    /// Whether an equal datagram within 250 ms is dropped.
    pub drop_duplicates: bool,
    /// Whether a write to a mailslot that nobody has creates it: [`Event::Created`].
    pub create_slots: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            owned: Owned::default(),
            names: Vec::new(),
            scope: ScopeBuf::default(),
            code_page: CodePage::default(),
            size_policy: SizePolicy::default(),
            reassemble: false,
            drop_duplicates: true,
            create_slots: false,
        }
    }
}

/// One UDP payload from port 138.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// Its UDP source.
    pub from: SocketAddrV4,
    /// Its UDP destination.
    pub to: SocketAddrV4,
    /// Its octets.
    pub payload: &'a [u8],
}

/// What became of a datagram.
#[derive(Clone, Debug)]
pub enum Disposition {
    /// It is in the queue of this slot.
    Delivered(Arc<Slot>),
    /// A fragment that waits for the others.
    Held,
    /// It was dropped.
    Dropped {
        /// Why.
        reason: DropReason,
        /// What could not be read, where that is why.
        error: Option<DecodeError>,
    },
}

/// What happened besides.
#[derive(Debug)]
pub enum Event {
    /// A mailslot was created for a message that is about to be delivered; it lives as long as
    /// this handle.
    Created(Server),
    /// Fragments that were held are dropped.
    FragmentsDropped {
        /// The datagram's UDP source.
        from: SocketAddrV4,
        /// Its `DGM_ID`.
        dgm_id: u16,
        /// How many.
        fragments: usize,
        /// Why.
        reason: DropReason,
    },
}

/// A NetBIOS host.
#[derive(Debug)]
pub struct Node {
    config: Config,
    names: Names,
    table: Arc<Table>,
    counters: Counters,
    reassembler: Reassembler<()>,
    duplicates: Duplicates,
    events: std::collections::VecDeque<Event>,
    wakes: Wakes,
}

/// Why a datagram goes no further.
struct Refusal {
    reason: DropReason,
    error: Option<DecodeError>,
}

impl From<DropReason> for Refusal {
    fn from(reason: DropReason) -> Self {
        Self { reason, error: None }
    }
}

impl Node {
    /// A node that delivers into the slots of `table`.
    pub fn new(config: Config, table: Arc<Table>) -> Self {
        let names = Names::new(config.owned.clone(), &config.names, config.scope.clone());
        Self {
            config,
            names,
            table,
            counters: Counters::default(),
            reassembler: Reassembler::default(),
            duplicates: Duplicates::default(),
            events: std::collections::VecDeque::new(),
            wakes: Wakes::default(),
        }
    }

    /// The books.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Takes one datagram. [`poll_event`](Self::poll_event) is to be drained before the next one,
    /// and [`take_wakes`](Self::take_wakes) fired once no lock is held.
    pub fn input(&mut self, now: Instant, received: Received<'_>) -> Disposition {
        self.expire(now);
        self.counters.received += 1;
        match self.route(now, &received) {
            Ok(Some(slot)) => {
                self.counters.delivered += 1;
                Disposition::Delivered(slot)
            }
            Ok(None) => {
                self.counters.held += 1;
                Disposition::Held
            }
            Err(Refusal { reason, error }) => {
                self.counters.drop_for(reason, 1);
                Disposition::Dropped { reason, error }
            }
        }
    }

    /// Does what is due at `now`: see [`deadline`](Self::deadline).
    pub fn timeout(&mut self, now: Instant) {
        self.duplicates.expire(now);
        self.expire(now);
    }

    /// When [`timeout`](Self::timeout) has something to do, if nothing comes before.
    pub fn deadline(&self) -> Option<Instant> {
        [self.reassembler.deadline(), self.duplicates.deadline()].into_iter().flatten().min()
    }

    /// Drops the fragments that are held: nothing more will come.
    pub fn finish(&mut self) {
        let mut expired = Vec::new();
        self.reassembler.finish(|unfinished| expired.push(unfinished));
        self.fragments_expired(expired);
    }

    /// What happened; drained after each call that takes the time.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The readers that have something to collect.
    pub fn take_wakes(&mut self) -> Wakes {
        std::mem::take(&mut self.wakes)
    }

    fn expire(&mut self, now: Instant) {
        if self.reassembler.deadline().is_none() {
            return;
        }
        let mut expired = Vec::new();
        self.reassembler.expire(now, |unfinished| expired.push(unfinished));
        self.fragments_expired(expired);
    }

    fn fragments_expired(&mut self, expired: Vec<reassembly::Expired<()>>) {
        for reassembly::Expired { key, parts } in expired {
            self.fragments_dropped(key.from, key.dgm_id, parts.len(), DropReason::FragmentTimeout);
        }
    }

    /// Moves held fragments to the drops.
    fn fragments_dropped(
        &mut self,
        from: SocketAddrV4,
        dgm_id: u16,
        fragments: usize,
        reason: DropReason,
    ) {
        if fragments > 0 {
            let count = fragments as u64;
            self.counters.held -= count;
            self.counters.drop_for(reason, count);
            self.events.push_back(Event::FragmentsDropped { from, dgm_id, fragments, reason });
        }
    }

    /// The slot that has the datagram now, or none where it is held.
    fn route(
        &mut self,
        now: Instant,
        received: &Received<'_>,
    ) -> Result<Option<Arc<Slot>>, Refusal> {
        if !is_possible(received.from) {
            return Err(DropReason::BadSource.into());
        }
        let datagram = Datagram::decode(received.payload)
            .map_err(|error| Refusal { reason: DropReason::Malformed, error: Some(error) })?
            .value;
        match datagram.body {
            _ if datagram.is_fragment() => self.fragment(now, received, &datagram),
            Body::Data(data) => {
                self.deliver(now, received.from, received.payload, &datagram, &data).map(Some)
            }
            _ => Err(DropReason::NotData.into()),
        }
    }

    #[cold]
    fn fragment(
        &mut self,
        now: Instant,
        received: &Received<'_>,
        datagram: &Datagram<'_>,
    ) -> Result<Option<Arc<Slot>>, Refusal> {
        if !self.config.reassemble {
            return Err(DropReason::Fragment.into());
        }
        let Received { from, payload, .. } = *received;
        match self.reassembler.input(now, from, payload, datagram, ()) {
            Progress::Held => Ok(None),
            Progress::Dropped { reason, parts } => {
                // This one is counted by whoever called.
                let held = parts.len().saturating_sub(1);
                self.fragments_dropped(from, datagram.header.dgm_id, held, reason);
                Err(reason.into())
            }
            Progress::Complete { payload, parts } => {
                let held = parts.len().saturating_sub(1) as u64;
                self.counters.held -= held;
                self.counters.merged += held;
                let whole = Datagram::decode(&payload)
                    .map_err(|error| Refusal { reason: DropReason::Malformed, error: Some(error) })?
                    .value;
                match whole.body {
                    Body::Data(data) => self.deliver(now, from, &payload, &whole, &data).map(Some),
                    _ => Err(DropReason::Malformed.into()),
                }
            }
        }
    }

    /// Routes a whole datagram into its slot ([MS-MAIL] 3.2.5.1).
    fn deliver(
        &mut self,
        now: Instant,
        from: SocketAddrV4,
        payload: &[u8],
        datagram: &Datagram<'_>,
        data: &Data<'_>,
    ) -> Result<Arc<Slot>, Refusal> {
        match self.names.find(&data.destination_name) {
            Match::Ours => {}
            Match::NotOurs => return Err(DropReason::NotOurName.into()),
            Match::ForeignScope => return Err(DropReason::ForeignScope.into()),
        }
        let Decoded { value: write, .. } =
            MailslotWrite::decode_at(payload, payload.len() - data.user_data.len())
                .map_err(|error| Refusal { reason: DropReason::NotMailslot, error: Some(error) })?;
        if !self.config.size_policy.accepts(&write) {
            return Err(DropReason::Oversize.into());
        }
        let slot = self.slot(now, write.mailslot_name)?;
        let source_name = data.source_name.name;
        let destination_name = data.destination_name.name;
        let dgm_id = datagram.header.dgm_id;
        let key = duplicates::Key { source_name, destination_name, dgm_id, slot: slot.id() };
        if self.config.drop_duplicates && self.duplicates.contains(now, &key, write.data) {
            return Err(DropReason::Duplicate.into());
        }
        let sender = Sender { name: source_name, address: from };
        match slot.deliver(now, write.data, Some(sender), Some(destination_name)) {
            Ok(wakes) => self.wakes.extend(wakes),
            Err(error) => return Err(DropReason::from(error).into()),
        }
        if self.config.drop_duplicates {
            self.duplicates.remember(now, key, write.data);
        }
        Ok(slot)
    }

    fn slot(&mut self, now: Instant, name: SlotName<'_>) -> Result<Arc<Slot>, Refusal> {
        let page = self.config.code_page;
        if !name.is_unicode() {
            if let Some(slot) = self.table.lookup_wire(name.leaf(), page) {
                return Ok(slot);
            }
        }
        let local = LocalName::from_chars(name.leaf_chars(page))
            .map_err(|_| Refusal::from(DropReason::NoSuchSlot))?;
        if let Some(slot) = self.table.lookup(&local) {
            return Ok(slot);
        }
        if !self.config.create_slots {
            return Err(DropReason::NoSuchSlot.into());
        }
        let server = self
            .table
            .create(now, &local, &Options::default())
            .map_err(|error| Refusal::from(DropReason::from(error)))?;
        let slot = Arc::clone(server.slot());
        self.events.push_back(Event::Created(server));
        Ok(slot)
    }
}

impl From<slot::Error> for DropReason {
    fn from(error: slot::Error) -> Self {
        match error {
            slot::Error::TooLong { .. } => Self::TooLongForSlot,
            slot::Error::Full | slot::Error::TooMany => Self::QueueFull,
            // It was closed since it was looked up.
            _ => Self::NoSuchSlot,
        }
    }
}

/// Whether a datagram can come from there: nobody can be answered at a broadcast or multicast
/// address, or at port 0.
fn is_possible(from: SocketAddrV4) -> bool {
    let ip = from.ip();
    from.port() != 0 && !ip.is_broadcast() && !ip.is_multicast() && !ip.is_unspecified()
}

impl Drop for Node {
    fn drop(&mut self) {
        // Wherever a node ends, in every test: its books balance, and what it says it holds is
        // what it holds.
        if !std::thread::panicking() {
            debug_assert_eq!(self.counters.held, self.reassembler.held() as u64);
            debug_assert!(self.counters.balance(), "{:?}", self.counters);
        }
    }
}
