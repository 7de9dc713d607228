//! Writes to mailslots of other machines ([MS-MAIL] 3.1.4.1).

use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};

use super::interface::{Port, Transmit};
use super::names::{Claim, Owned};
use super::resolve::{Answer, Found, Owner, Question};
use super::{Node, NodeError};
use crate::slot::{self, LocalName, Sender};
use crate::time::Instant;
use crate::wire::datagram::{Body, Data, Datagram, Flags, Header, MsgType};
use crate::wire::netbios::{Name, Suffix};
use crate::wire::smb::{PREFIX, Profile, SlotName};

/// Whom a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A computer, or every computer of a domain or workgroup: whichever has that name.
    Name(Name),
    /// Every computer of the own domain or workgroup.
    OwnDomain,
}

/// A write that waits for its name to be found: [`Event::Written`](super::Event::Written) tells how
/// it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WriteId(u64);

/// How far a write got at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It was handed to the network, or put into the own slot.
    Done(Route),
    /// The name is being asked for.
    Resolving(WriteId),
}

/// Which way a message went. Nobody tells whether it arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Into a slot of this machine, whose name it was for.
    Local {
        /// That name.
        name: Name,
    },
    /// To one machine.
    Host {
        /// Its name.
        name: Name,
        /// Its address.
        address: Ipv4Addr,
    },
    /// To everyone who has the name.
    Group {
        /// The name.
        name: Name,
        /// Interfaces on which it was broadcast.
        interfaces: usize,
        /// Whether a slot of this machine got it too.
        local: bool,
    },
}

impl Route {
    /// Packets that carry it.
    pub const fn packets(&self) -> usize {
        match self {
            Self::Local { .. } => 0,
            Self::Host { .. } => 1,
            Self::Group { interfaces, .. } => *interfaces,
        }
    }
}

/// Why a message could not be written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteError {
    /// More octets than a datagram for that slot carries.
    TooLong {
        /// Octets of the message.
        size: usize,
        /// The most.
        max: usize,
    },
    /// The slot's name is too long for the network, or has characters that the code page lacks.
    SlotName,
    /// Nobody answers to that name (53, `ERROR_BAD_NETPATH`).
    NameNotFound(Name),
    /// The node has no workgroup.
    NoWorkgroup,
    /// There is no network, or too much waits.
    Node(NodeError),
    /// The name is this machine's, and its slot refuses.
    Slot(slot::Error),
    /// The system refuses to send it, and says so. Only a [live](crate::runtime::Live) node can
    /// tell.
    Refused(String),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { size, max } => write!(
                f,
                "the message has {size} octets; a datagram for that mailslot carries at most {max}"
            ),
            Self::SlotName => f.write_str("the mailslot's name cannot be written in a datagram"),
            Self::NameNotFound(name) => write!(f, "nobody answers to the name {name}"),
            Self::NoWorkgroup => f.write_str("no workgroup is configured"),
            Self::Node(error) => error.fmt(f),
            Self::Slot(error) => error.fmt(f),
            Self::Refused(why) => write!(f, "the message cannot be sent: {why}"),
        }
    }
}

impl std::error::Error for WriteError {}

impl From<NodeError> for WriteError {
    fn from(error: NodeError) -> Self {
        Self::Node(error)
    }
}

/// A message whose destination is asked for.
#[derive(Debug)]
pub(super) struct PendingWrite {
    id: WriteId,
    smb: Vec<u8>,
    slot: LocalName,
    data: Vec<u8>,
}

impl Node {
    /// Writes one message to a mailslot of another machine, or of several. `slot` is what follows
    /// `\mailslot\`.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; nothing left the machine then.
    pub fn write(
        &mut self,
        now: Instant,
        destination: Destination,
        slot: &LocalName,
        data: &[u8],
    ) -> Result<Written, WriteError> {
        self.set_clock(now);
        let name = match destination {
            Destination::Name(name) => name,
            Destination::OwnDomain => self.config.workgroup.ok_or(WriteError::NoWorkgroup)?,
        };
        let smb = self.smb(slot, data)?;
        if self.is_own_unique(&name) {
            match self.write_own(now, name, slot, data) {
                Ok(()) => return Ok(Written::Done(Route::Local { name })),
                // Others of this machine may have the name too, by the program whose it is.
                Err(slot::Error::NotFound) if self.names.owned == Owned::Listed => {}
                Err(error) => return Err(WriteError::Slot(error)),
            }
        }
        if self.is_known_group(&name) {
            return self.write_group(now, name, slot, data, &smb).map(Written::Done);
        }
        if let Some(owner) = self.resolver.cached(now, &name) {
            return self.write_to(now, name, owner, slot, data, &smb).map(Written::Done);
        }
        let id = WriteId(self.next_write);
        self.next_write += 1;
        let write = PendingWrite { id, smb, slot: slot.clone(), data: data.to_vec() };
        self.ask(now, name, Question::Owner, Some(write))?;
        Ok(Written::Resolving(id))
    }

    /// Whether it is a name of this node alone, and not another's on every interface.
    fn is_own_unique(&self, name: &Name) -> bool {
        let Some(own) = self.names.position(name) else { return false };
        let mut claims = self.attached.iter().filter_map(|on| on.claims.get(own)).peekable();
        let another_s =
            claims.peek().is_some() && claims.all(|claim| matches!(claim, Claim::Conflict { .. }));
        !another_s && self.names.own.get(own).is_some_and(|own| !own.group)
    }

    /// The name was found, or nobody has it.
    pub(super) fn write_resolved(
        &mut self,
        now: Instant,
        name: Name,
        answers: &[Answer],
        write: PendingWrite,
    ) {
        let PendingWrite { id, smb, slot, data } = write;
        let owner = answers.iter().find_map(|answer| match &answer.found {
            Found::Owners { entries, .. } => {
                entries.first().map(|&entry| Owner { entry, interface: answer.interface })
            }
            Found::Status { .. } => None,
        });
        let result = match owner {
            None => Err(WriteError::NameNotFound(name)),
            Some(owner) => self.write_to(now, name, owner, &slot, &data, &smb),
        };
        self.events.push_back(super::Event::Written { id, result });
    }

    fn write_to(
        &mut self,
        now: Instant,
        name: Name,
        owner: Owner,
        slot: &LocalName,
        data: &[u8],
        smb: &[u8],
    ) -> Result<Route, WriteError> {
        if owner.entry.is_group() {
            return self.write_group(now, name, slot, data, smb);
        }
        let address = owner.entry.nb_address;
        let through = self.attached.iter().find(|attached| {
            attached.interface.index == owner.interface && attached.interface.is_on_link(address)
        });
        let through = through.or_else(|| {
            self.attached.iter().find(|attached| attached.interface.index == owner.interface)
        });
        let interface = &through.ok_or(NodeError::NoInterface)?.interface;
        let (from, index) = (interface.address, interface.index);
        let dgm_id = self.next_dgm_id();
        let payload = self.datagram(MsgType::DIRECT_UNIQUE, dgm_id, from, name, smb);
        let to = SocketAddrV4::new(address, self.port(Port::Datagram));
        self.transmit(Transmit { port: Port::Datagram, interface: index, from, to, payload });
        Ok(Route::Host { name, address })
    }

    /// Broadcast on every interface, one `DGM_ID` for all, and into the own slot: what comes back
    /// of the broadcast is dropped as our own.
    fn write_group(
        &mut self,
        now: Instant,
        name: Name,
        slot: &LocalName,
        data: &[u8],
        smb: &[u8],
    ) -> Result<Route, WriteError> {
        if self.attached.is_empty() {
            return Err(NodeError::NoInterface.into());
        }
        let own = name == Name::WILDCARD || self.names.position(&name).is_some();
        let local = own && self.write_own(now, name, slot, data).is_ok();
        let dgm_id = self.next_dgm_id();
        for on in 0..self.attached.len() {
            let Some(from) = self.attached.get(on).map(|attached| attached.interface.address)
            else {
                continue;
            };
            let payload = self.datagram(MsgType::DIRECT_GROUP, dgm_id, from, name, smb);
            self.broadcast(on, Port::Datagram, payload);
        }
        Ok(Route::Group { name, interfaces: self.attached.len(), local })
    }

    fn write_own(
        &mut self,
        now: Instant,
        to: Name,
        slot: &LocalName,
        data: &[u8],
    ) -> Result<(), slot::Error> {
        let slot = self.table.lookup(slot).ok_or(slot::Error::NotFound)?;
        if slot.is_owner_only() {
            return Err(slot::Error::Denied);
        }
        let address = self.attached.first().map_or(Ipv4Addr::LOCALHOST, |on| on.interface.address);
        let sender = Sender {
            name: self.source_name(),
            address: SocketAddrV4::new(address, self.port(Port::Datagram)),
        };
        let wakes = slot.deliver(now, data, Some(sender), Some(to))?;
        self.wakes.extend(wakes);
        Ok(())
    }

    /// Names that hosts share by their kind, and the own workgroup: never asked for.
    fn is_known_group(&self, name: &Name) -> bool {
        let workgroup = self.config.workgroup.is_some_and(|workgroup| workgroup.matches(name));
        let own = self.names.position(name).and_then(|own| self.names.own.get(own));
        workgroup
            || own.is_some_and(|own| own.group)
            || *name == Name::WILDCARD
            || matches!(
                name.suffix(),
                Suffix::MSBROWSE
                    | Suffix::DOMAIN_CONTROLLERS
                    | Suffix::LOCAL_MASTER_BROWSER
                    | Suffix::BROWSER_ELECTIONS
            )
    }

    fn smb(&self, slot: &LocalName, data: &[u8]) -> Result<Vec<u8>, WriteError> {
        let mut octets = PREFIX.to_vec();
        for c in slot.as_str().chars() {
            let octet = self.config.code_page.encode_char(c).ok_or(WriteError::SlotName)?;
            octets.push(octet);
        }
        let name = SlotName::new(&octets).map_err(|_| WriteError::SlotName)?;
        let profile = Profile::for_slot(name);
        let max = profile.max_data(name);
        if data.len() > max {
            return Err(WriteError::TooLong { size: data.len(), max });
        }
        Ok(profile.write(name, data).to_vec())
    }

    fn source_name(&self) -> Name {
        let first = self.names.own.iter().find(|own| !own.group).map(|own| own.name);
        self.config.computer.or(first).unwrap_or(Name::WILDCARD)
    }

    fn next_dgm_id(&mut self) -> u16 {
        let id = self.next_dgm_id;
        self.next_dgm_id = id.wrapping_add(1);
        id
    }

    fn datagram(
        &self,
        msg_type: MsgType,
        dgm_id: u16,
        source_ip: Ipv4Addr,
        to: Name,
        smb: &[u8],
    ) -> Vec<u8> {
        let source_port = self.port(Port::Datagram);
        let header = Header { msg_type, flags: Flags::FIRST, dgm_id, source_ip, source_port };
        let (from, to) = (self.names.scoped(self.source_name()), self.names.scoped(to));
        Datagram { header, body: Body::Data(Data::whole(from, to, smb)) }.to_vec()
    }
}
