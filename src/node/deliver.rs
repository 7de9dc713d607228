//! A datagram's way into its slot ([MS-MAIL] 3.2.5.1).

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use super::names::{Claim, Match, Owned};
use super::reassembly::Progress;
use super::{DropReason, Event, Node, Port, duplicates};
use crate::slot::{self, LocalName, Options, Sender, Slot};
use crate::time::Instant;
use crate::wire::DecodeError;
use crate::wire::datagram::{Body, Data, Datagram};
use crate::wire::netbios::{Name, ScopedName};
use crate::wire::smb::{MailslotWrite, SlotName};

/// One UDP payload that came.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// The [`Interface::index`] that it came through; 0 where nobody knows, as in captures.
    pub interface: u32,
    /// Its UDP source.
    pub from: SocketAddrV4,
    /// Its UDP destination.
    pub to: SocketAddrV4,
    /// Its octets.
    pub payload: &'a [u8],
}

/// A NetBIOS datagram that did not come by UDP but over IPX or as a NetBEUI frame: it has no IP
/// address, no scope, no `DGM_ID`, and is never a fragment.
#[derive(Clone, Copy, Debug)]
pub struct Carried<'a> {
    /// The sender's name.
    pub source_name: Name,
    /// The receiver's name; [`Name::WILDCARD`] where it is for everybody.
    pub destination_name: Name,
    /// The user data, a mailslot's SMB.
    pub user_data: &'a [u8],
}

/// What became of a datagram.
#[derive(Clone, Debug)]
pub enum Disposition {
    /// It is in the queue of this slot.
    Delivered(Arc<Slot>),
    /// The same, though the name is not ours: see [`Observe`].
    Observed(Arc<Slot>),
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

/// The slot that a datagram went to, and whether its name is ours.
type Routed = (Arc<Slot>, bool);

/// A whole datagram, whatever carried it.
struct Delivery<'a> {
    interface: u32,
    from: SocketAddrV4,
    source_name: Name,
    destination: ScopedName<'a>,
    /// None where nothing numbers them.
    dgm_id: Option<u16>,
    payload: &'a [u8],
    /// Where in the payload the user data begins.
    user_data_at: usize,
}

impl<'a> Delivery<'a> {
    /// What `received`, or its fragments together, has in `payload`.
    #[inline]
    fn of(
        received: &Received<'_>,
        payload: &'a [u8],
        datagram: &Datagram<'_>,
        data: &Data<'a>,
    ) -> Self {
        Self {
            interface: received.interface,
            from: received.from,
            source_name: data.source_name.name,
            destination: data.destination_name,
            dgm_id: Some(datagram.header.dgm_id),
            payload,
            user_data_at: payload.len() - data.user_data.len(),
        }
    }

    fn of_carried(carried: &Carried<'a>) -> Self {
        Self {
            interface: 0,
            from: SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0),
            source_name: carried.source_name,
            destination: carried.destination_name.into(),
            dgm_id: None,
            payload: carried.user_data,
            user_data_at: 0,
        }
    }
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
    /// Takes one datagram from the datagram service's port. [`poll_event`](Self::poll_event) is to be drained before the next one,
    /// and [`take_wakes`](Self::take_wakes) fired once no lock is held.
    pub fn input(&mut self, now: Instant, received: Received<'_>) -> Disposition {
        self.set_clock(now);
        self.expire(now);
        let routed = self.route(now, &received);
        self.count(routed)
    }

    /// Takes one datagram that did not come by UDP, under the rules for those that did, but for the
    /// duplicate filter: nothing tells a copy from a repetition that is meant.
    pub fn input_carried(&mut self, now: Instant, carried: Carried<'_>) -> Disposition {
        self.set_clock(now);
        self.expire(now);
        let routed = self.deliver(now, &Delivery::of_carried(&carried)).map(Some);
        self.count(routed)
    }

    #[inline]
    fn count(&mut self, routed: Result<Option<Routed>, Refusal>) -> Disposition {
        self.counters.received += 1;
        match routed {
            Ok(Some((slot, true))) => {
                self.counters.delivered += 1;
                Disposition::Delivered(slot)
            }
            Ok(Some((slot, false))) => {
                self.counters.observed += 1;
                Disposition::Observed(slot)
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

    /// The slot that has the datagram now, and whether the name is ours; none where it is held.
    fn route(&mut self, now: Instant, received: &Received<'_>) -> Result<Option<Routed>, Refusal> {
        if self.is_bad_source(received) {
            return Err(DropReason::BadSource.into());
        }
        if self.is_own(received.from, Port::Datagram) {
            return Err(DropReason::Own.into());
        }
        let datagram = Datagram::decode(received.payload)
            .map_err(|error| Refusal { reason: DropReason::Malformed, error: Some(error) })?
            .value;
        match datagram.body {
            _ if datagram.is_fragment() => self.fragment(now, received, &datagram),
            Body::Data(data) => {
                let delivery = Delivery::of(received, received.payload, &datagram, &data);
                self.deliver(now, &delivery).map(Some)
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
    ) -> Result<Option<Routed>, Refusal> {
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
                    Body::Data(data) => {
                        let delivery = Delivery::of(received, &payload, &whole, &data);
                        self.deliver(now, &delivery).map(Some)
                    }
                    _ => Err(DropReason::Malformed.into()),
                }
            }
        }
    }

    /// Routes a whole datagram into its slot ([MS-MAIL] 3.2.5.1).
    fn deliver(&mut self, now: Instant, delivery: &Delivery<'_>) -> Result<Routed, Refusal> {
        let Delivery { interface, from, source_name, ref destination, dgm_id, .. } = *delivery;
        if !self.is_on_our_network(interface) {
            return Err(DropReason::NotOurName.into());
        }
        let destination_name = destination.name;
        let ours = match self.names.find(destination) {
            Match::Ours => true,
            Match::Own(own) => self.is_owned_on(interface, own),
            Match::NotOurs => false,
            Match::ForeignScope => return Err(DropReason::ForeignScope.into()),
        };
        let write = self
            .mailslot_write(delivery)
            .map_err(|refusal| if ours { refusal } else { DropReason::NotOurName.into() })?;
        let names = (source_name, destination_name);
        let slot = self.slot(now, write.mailslot_name, ours).inspect_err(|refusal| {
            let page = self.config.code_page;
            self.sightings.add(write.mailslot_name, page, names, refusal.reason);
        })?;
        if slot.is_owner_only() {
            return Err(DropReason::AccessDenied.into());
        }
        let digest = dgm_id.filter(|_| self.config.drop_duplicates).map(|dgm_id| {
            let key = duplicates::Key { source_name, destination_name, dgm_id, slot: slot.id() };
            self.duplicates.digest(&key, write.data)
        });
        if digest.is_some_and(|digest| self.duplicates.contains(now, digest)) {
            return Err(DropReason::Duplicate.into());
        }
        let sender = Sender { name: source_name, address: from };
        match slot.deliver(now, write.data, Some(sender), Some(destination_name)) {
            Ok(wakes) => self.wakes.extend(wakes),
            Err(error) => return Err(DropReason::from(error).into()),
        }
        if let Some(digest) = digest {
            self.duplicates.remember(now, digest);
        }
        Ok((slot, ours))
    }

    fn mailslot_write<'a>(&self, delivery: &Delivery<'a>) -> Result<MailslotWrite<'a>, Refusal> {
        let write = MailslotWrite::decode_at(delivery.payload, delivery.user_data_at)
            .map_err(|error| Refusal { reason: DropReason::NotMailslot, error: Some(error) })?
            .value;
        if self.config.size_policy.accepts(&write) {
            Ok(write)
        } else {
            Err(DropReason::Oversize.into())
        }
    }

    /// Names are claimed on the interfaces that are used, and there alone it hears others' too.
    fn is_on_our_network(&self, interface: u32) -> bool {
        self.names.owned != Owned::Claimed
            || self.attached.iter().any(|attached| attached.interface.index == interface)
    }

    fn is_owned_on(&self, interface: u32, own: usize) -> bool {
        let on = self.attached.iter().filter(|attached| attached.interface.index == interface);
        on.filter_map(|attached| attached.claims.get(own)).any(Claim::is_owned)
    }

    fn slot(&mut self, now: Instant, name: SlotName<'_>, ours: bool) -> Result<Arc<Slot>, Refusal> {
        let page = self.config.code_page;
        if ours && !name.is_unicode() {
            if let Some(slot) = self.table.lookup_wire(name.leaf(), page) {
                return Ok(slot);
            }
        }
        let local = LocalName::from_chars(name.leaf_chars(page))
            .map_err(|_| Refusal::from(DropReason::NoSuchSlot))?;
        if !ours && !self.config.observe.wants(&local) {
            return Err(DropReason::NotOurName.into());
        }
        if let Some(slot) = self.table.lookup(&local) {
            return Ok(slot);
        }
        if !ours && self.config.create_slots == 0 {
            return Err(DropReason::NotOurName.into());
        }
        if self.config.create_slots == 0 {
            return Err(DropReason::NoSuchSlot.into());
        }
        if self.table.len() >= self.config.create_slots {
            return Err(DropReason::TooManySlots.into());
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
            slot::Error::Full => Self::QueueFull,
            slot::Error::TooMany => Self::TooManySlots,
            slot::Error::Denied => Self::AccessDenied,
            // It was closed since it was looked up.
            _ => Self::NoSuchSlot,
        }
    }
}
