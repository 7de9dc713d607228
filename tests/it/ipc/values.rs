//! Requests and replies of every kind, of values made at random.

use std::net::{Ipv4Addr, SocketAddrV4};

use mailslot::ipc::{
    Code, CreateFlags, Failure, HandleEntry, Node, Numbered, Reply, Request, Route, SlotEntry,
    Wait, Welcome,
};
use mailslot::slot::{Info, Message, ReadTimeout, Sender, Times};
use mailslot::time::Instant;
use mailslot::wire::netbios::Name;
use proptest::prelude::*;

/// What requests and replies are made of.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    text: String,
    other_text: String,
    data: Vec<u8>,
    small: [u32; 4],
    large: [u64; 4],
    flag: bool,
    name: [u8; 16],
    numbered: Vec<Numbered>,
    addresses: Vec<[u8; 4]>,
    code: u16,
}

/// Any number, the first and the last among them.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(u64::MAX), any::<u64>(), 0..300_u64]
}

fn small() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), Just(u32::MAX), any::<u32>(), 0..300_u32]
}

fn address() -> impl Strategy<Value = SocketAddrV4> {
    any::<([u8; 4], u16)>().prop_map(|(address, port)| SocketAddrV4::new(address.into(), port))
}

fn numbered() -> impl Strategy<Value = Numbered> {
    let name = || any::<[u8; 16]>().prop_map(Name::from_bytes);
    let from = prop::option::of((name(), address()))
        .prop_map(|from| from.map(|(name, address)| Sender::new(name, address)));
    let data = prop::collection::vec(any::<u8>(), 0..40);
    (number(), data, from, prop::option::of(name()), number()).prop_map(
        |(number, data, from, to, at)| {
            let mut message = Message::new(data, Instant::from_micros(at));
            (message.from, message.to) = (from, to);
            Numbered::new(number, message)
        },
    )
}

pub(super) fn parts() -> impl Strategy<Value = Parts> {
    let text = || "\\PC{0,12}";
    let numbers = (
        [small(), small(), small(), small()],
        [number(), number(), number(), number()],
        any::<bool>(),
        any::<u16>(),
    );
    let lists = (
        prop::collection::vec(any::<u8>(), 0..40),
        prop::collection::vec(numbered(), 0..4),
        prop::collection::vec(any::<[u8; 4]>(), 0..4),
    );
    (text(), text(), numbers, lists, any::<[u8; 16]>()).prop_map(
        |(text, other_text, (small, large, flag, code), (data, numbered, addresses), name)| Parts {
            text,
            other_text,
            data,
            small,
            large,
            flag,
            name,
            numbered,
            addresses,
            code,
        },
    )
}

impl Parts {
    fn numbered(&self) -> Numbered {
        let message = Message::new(self.data.clone(), Instant::from_micros(self.large[1]));
        let own = Numbered::new(self.large[0], message);
        self.numbered.first().cloned().unwrap_or(own)
    }

    /// Requests of every kind, and with every choice in them.
    pub(super) fn requests(&self) -> Vec<Request<'_>> {
        let [handle, b, c, d] = self.small;
        let timeout = ReadTimeout(b);
        let create = |flags| Request::Create {
            path: &self.text,
            max_message_size: handle,
            read_timeout: timeout,
            max_messages: c,
            max_octets: self.large[0],
            flags,
        };
        let read = |wait| Request::Read { handle, capacity: c, most: d, wait };
        vec![
            Request::Hello { version: mailslot::ipc::VERSION },
            Request::Hello { version: self.code },
            create(CreateFlags::empty()),
            create(CreateFlags::all()),
            Request::Open { path: &self.text },
            Request::Write { handle, data: &self.data },
            read(Wait::AsSlot),
            read(Wait::For(timeout)),
            Request::Cancel { read: handle },
            Request::PutBack { handle, message: self.numbered() },
            Request::Info { handle },
            Request::SetReadTimeout { handle, timeout },
            Request::Times { handle },
            Request::SetCreated { handle, created: self.large[0] },
            Request::Duplicate { handle },
            Request::Close { handle },
            Request::Share { handle },
            Request::Take { token: &self.text },
            Request::Handles { from: handle },
            Request::Slots { from: self.large[0] },
            Request::Stats,
            Request::Node,
        ]
    }

    fn info(&self) -> Info {
        let size = |n: u64| usize::try_from(n).expect("64 bits");
        // The last number means that there is none.
        let next_size = Some(size(self.large[0])).filter(|&octets| octets != usize::MAX);
        Info::new(self.small[0], next_size, size(self.large[1]), ReadTimeout(self.small[1]))
    }

    fn times(&self) -> Times {
        let [created, last_read, last_write, _] = self.large.map(Instant::from_micros);
        Times::new(created, last_read, last_write)
    }

    fn handle(&self) -> HandleEntry {
        HandleEntry::new(self.small[0], self.flag, &*self.text)
    }

    fn slot(&self) -> SlotEntry {
        let mut slot = SlotEntry::new(self.large[1], &*self.text, self.info(), self.times());
        [slot.owner, slot.pid, slot.readers, _] = self.small;
        (slot.octets, slot.owner_only) = (self.large[3], self.flag);
        slot
    }

    /// Replies of every kind, and with every choice in them.
    pub(super) fn replies(&self) -> Vec<Reply> {
        let name = Name::from_bytes(self.name);
        let broadcasts: Vec<_> = self.addresses.iter().copied().map(Ipv4Addr::from).collect();
        let node = |beside_nmbd| {
            let mut node = Node::new(name, name);
            (node.interfaces, node.beside_nmbd) = (self.other_text.clone(), beside_nmbd);
            node
        };
        let code = Code::from_number(self.code);
        let mut failure = Failure::new(code, self.small[3], self.other_text.clone());
        [failure.a, failure.b, ..] = self.large;
        let mut welcome = Welcome::new(self.code);
        (welcome.pid, welcome.network_namespace) = (self.small[0], self.large[0]);
        welcome.path.clone_from(&self.text);
        vec![
            Reply::Welcome(welcome),
            Reply::Handle(self.handle()),
            Reply::Handles(vec![self.handle(); self.addresses.len()]),
            Reply::Written(Route::Slot),
            Reply::Written(Route::OwnName { name }),
            Reply::Written(Route::Host { name, address: self.small[0].into() }),
            Reply::Written(Route::Group { name, broadcasts, local: self.flag }),
            Reply::Messages(self.numbered.clone()),
            Reply::Info(self.info()),
            Reply::Times(self.times()),
            Reply::Token(self.text.clone()),
            Reply::Slots(vec![self.slot(); self.addresses.len()]),
            Reply::Stats(vec![(self.text.clone(), self.large[0]); self.addresses.len()]),
            Reply::Node(None),
            Reply::Node(Some(node(None))),
            Reply::Node(Some(node(Some(self.flag)))),
            Reply::Done,
            Reply::Failed(failure),
        ]
    }
}

/// The number of a request's kind, as the protocol has it; [`Parts::requests`] leaves no kind out.
pub(super) fn kind(request: &Request<'_>) -> u8 {
    match request {
        Request::Hello { .. } => 1,
        Request::Create { .. } => 2,
        Request::Open { .. } => 3,
        Request::Write { .. } => 4,
        Request::Read { .. } => 5,
        Request::Cancel { .. } => 6,
        Request::PutBack { .. } => 7,
        Request::Info { .. } => 8,
        Request::SetReadTimeout { .. } => 9,
        Request::Times { .. } => 10,
        Request::SetCreated { .. } => 11,
        Request::Duplicate { .. } => 12,
        Request::Close { .. } => 13,
        Request::Share { .. } => 14,
        Request::Take { .. } => 15,
        Request::Slots { .. } => 16,
        Request::Stats => 17,
        Request::Node => 18,
        Request::Handles { .. } => 19,
        other => panic!("a kind that is new: {other:?}"),
    }
}

/// The last kind of a request.
pub(super) const LAST_KIND: u8 = 19;

/// The number of a reply's kind.
pub(super) fn reply_kind(reply: &Reply) -> u8 {
    match reply {
        Reply::Done => 0x80,
        Reply::Welcome(_) => 0x81,
        Reply::Handle(_) => 0x83,
        Reply::Written(_) => 0x84,
        Reply::Messages(_) => 0x85,
        Reply::Info(_) => 0x88,
        Reply::Times(_) => 0x8a,
        Reply::Token(_) => 0x8e,
        Reply::Slots(_) => 0x90,
        Reply::Stats(_) => 0x91,
        Reply::Node(_) => 0x92,
        Reply::Handles(_) => 0x93,
        Reply::Failed(_) => 0xff,
        other => panic!("a kind that is new: {other:?}"),
    }
}

/// All kinds of replies.
pub(super) const REPLY_KINDS: [u8; 13] =
    [0x80, 0x81, 0x83, 0x84, 0x85, 0x88, 0x8a, 0x8e, 0x90, 0x91, 0x92, 0x93, 0xff];
