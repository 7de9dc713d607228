//! The router: what is ours, which slot, seen before, too large; the name service and the sending
//! side; and the books.

mod beside;
mod books;
mod claiming;
mod defending;
mod fragments;
mod hostile;
mod interfaces;
mod queries;
mod resolving;
mod routing;
mod scopes;
mod station;
mod status;
mod writing;

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use mailslot::node::{Config, Disposition, DropReason, Event, Node, OwnName, Received};
use mailslot::slot::{LocalName, Message, Options, Read, Server, Table};
use mailslot::time::Instant;
use mailslot::wire::datagram::{Body, Data, Datagram, Flags, Header, MsgType};
use mailslot::wire::netbios::{Name, ScopeBuf, ScopedName, Suffix};
use mailslot::wire::smb::{Profile, SlotName};

pub(crate) const SENDER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 20), 138);
pub(crate) const US: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 5), 138);

pub(crate) fn name(text: &str) -> Name {
    Name::new(text, Suffix::WORKSTATION).expect("a name")
}

/// A datagram in the making: from WINBOX to LINUXBOX, slot `alerts`, text `hello`.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) msg_type: MsgType,
    pub(crate) dgm_id: u16,
    pub(crate) from: Name,
    pub(crate) to: Name,
    pub(crate) scope: ScopeBuf,
    pub(crate) slot: &'static str,
    pub(crate) data: Vec<u8>,
    pub(crate) profile: Profile,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            msg_type: MsgType::DIRECT_UNIQUE,
            dgm_id: 0x8001,
            from: name("WINBOX"),
            to: name("LINUXBOX"),
            scope: ScopeBuf::default(),
            slot: r"\MAILSLOT\alerts",
            data: b"hello".to_vec(),
            profile: Profile::Api,
        }
    }
}

impl Draft {
    fn with_datagram<T>(&self, each: impl FnOnce(Datagram<'_>) -> T) -> T {
        let slot = SlotName::new(self.slot.as_bytes()).expect("a name");
        let smb = self.profile.write(slot, &self.data).to_vec();
        let header = Header {
            msg_type: self.msg_type,
            flags: Flags::FIRST,
            dgm_id: self.dgm_id,
            source_ip: *SENDER.ip(),
            source_port: 138,
        };
        let scoped = |name| ScopedName { scope: self.scope.as_scope(), ..ScopedName::from(name) };
        let data = Data::whole(scoped(self.from), scoped(self.to), &smb);
        each(Datagram { header, body: Body::Data(data) })
    }

    pub(crate) fn payload(&self) -> Vec<u8> {
        self.with_datagram(|datagram| datagram.to_vec())
    }

    /// As fragments of at most `size` octets.
    pub(crate) fn fragments(&self, size: usize) -> Vec<Vec<u8>> {
        self.with_datagram(|datagram| {
            datagram.fragments(size).iter().map(Datagram::to_vec).collect()
        })
    }
}

/// A host LINUXBOX in OFFICE with a slot `alerts`, under a clock of its own.
pub(crate) struct Host {
    pub(crate) node: Node,
    pub(crate) table: Arc<Table>,
    pub(crate) alerts: Server,
    pub(crate) now: Instant,
}

impl Host {
    pub(crate) fn new(change: impl FnOnce(&mut Config)) -> Self {
        let table = Arc::new(Table::new());
        let alerts = LocalName::parse("alerts").expect("a name");
        let alerts = table.create(Instant::ZERO, &alerts, &Options::default()).expect("free");
        let mut config = Config::default();
        config.names = vec![OwnName::unique(name("LINUXBOX")), OwnName::group(name("OFFICE"))];
        change(&mut config);
        let node = Node::new(config, Arc::clone(&table));
        Self { node, table, alerts, now: Instant::from_millis(1000) }
    }

    pub(crate) fn input(&mut self, payload: &[u8]) -> Disposition {
        self.input_from(SENDER, payload)
    }

    pub(crate) fn input_from(&mut self, from: SocketAddrV4, payload: &[u8]) -> Disposition {
        self.node.input(self.now, Received { interface: 0, from, to: US, payload })
    }

    /// Milliseconds later.
    pub(crate) fn wait(&mut self, millis: u64) {
        self.now = Instant::from_micros(self.now.as_micros() + 1000 * millis);
    }

    /// Hands a datagram in that is to be delivered.
    pub(crate) fn delivers(&mut self, payload: &[u8]) {
        let disposition = self.input(payload);
        assert!(matches!(disposition, Disposition::Delivered(_)), "{disposition:?}");
    }

    /// Hands a datagram in that is to be dropped for that reason.
    pub(crate) fn drops(&mut self, payload: &[u8], reason: DropReason) {
        let before = self.node.counters().dropped(reason);
        match self.input(payload) {
            Disposition::Dropped { reason: found, .. } => assert_eq!(found, reason),
            other => panic!("{other:?}, not {reason}"),
        }
        assert_eq!(self.node.counters().dropped(reason), before + 1);
    }

    pub(crate) fn read(&mut self) -> Option<Message> {
        match self.alerts.read(self.now, usize::MAX) {
            Ok(Read::Done(message)) => Some(message),
            _ => None,
        }
    }

    pub(crate) fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.node.poll_event()).collect()
    }
}
