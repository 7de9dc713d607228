//! What the service answers.

use std::net::Ipv4Addr;

use bytes::{BufMut as _, Bytes, BytesMut};

use super::cursor::{Cursor, Malformed, put_address, put_octets, put_text};
use super::failure::Failure;
use super::frame::{Frame, put_frame};
use super::request::kind;
use crate::slot::{Info, Message, ReadTimeout, Sender, Times};
use crate::time::Instant;
use crate::wire::netbios::Name;

/// A reply to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// To `Hello`.
    Welcome(Welcome),
    /// To `Create`, `Open`, `Duplicate` and `Take`: a handle.
    Handle(HandleEntry),
    /// To `Handles`, in the order of their numbers; none where there are no more.
    Handles(Vec<HandleEntry>),
    /// To `Write`: it was done.
    Written(Route),
    /// To `Read`: at least one.
    Messages(Vec<Numbered>),
    /// To `Info`.
    Info(Info),
    /// To `Times`.
    Times(Times),
    /// To `Share`.
    Token(String),
    /// To `Slots`, in the order of their ids, in which they were created; none where there are no
    /// more.
    Slots(Vec<SlotEntry>),
    /// To `Stats`: names and numbers.
    Stats(Vec<(String, u64)>),
    /// To `Node`; none where the service has no network.
    Node(Option<Node>),
    /// To all others.
    Done,
    /// To any.
    Failed(Failure),
}

/// A handle of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandleEntry {
    /// Its number.
    pub handle: u32,
    /// Whether one reads with it; else one writes.
    pub reads: bool,
    /// The slot's name as it was created; the path where it is another machine's.
    pub name: String,
}

impl HandleEntry {
    /// A handle, in the order of its fields.
    pub fn new(handle: u32, reads: bool, name: impl Into<String>) -> Self {
        Self { handle, reads, name: name.into() }
    }

    fn encode(&self, out: &mut BytesMut) {
        out.put_u32_le(self.handle);
        out.put_u8(self.reads.into());
        put_text(out, &self.name);
    }

    fn decode(body: &mut Cursor<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            handle: body.u32("handle")?,
            reads: flag(body, "reads")?,
            name: body.text("name")?.to_owned(),
        })
    }
}

/// What a service says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Welcome {
    /// The version that it speaks.
    pub version: u16,
    /// Its process.
    pub pid: u32,
    /// The network namespace that it is in, as Linux numbers them; 0 where it does not know.
    pub network_namespace: u64,
    /// The path of its socket; empty where it has none.
    pub path: String,
}

impl Welcome {
    /// One that says its version, and nothing else yet.
    pub fn new(version: u16) -> Self {
        Self { version, ..Self::default() }
    }
}

/// The node of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Node {
    /// The computer's name.
    pub computer: Name,
    /// Its workgroup.
    pub workgroup: Name,
    /// Its addresses, for people.
    pub interfaces: String,
    /// Where nmbd has the ports and hands on what comes: whether broadcasts come otherwise too.
    pub beside_nmbd: Option<bool>,
}

impl Node {
    /// A node of those names, without addresses yet, whose ports are its own.
    pub const fn new(computer: Name, workgroup: Name) -> Self {
        Self { computer, workgroup, interfaces: String::new(), beside_nmbd: None }
    }
}

/// A message and its place among all of its slot.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Numbered {
    /// Its place.
    pub number: u64,
    /// The message.
    pub message: Message,
}

/// Which way a message went. Nobody tells whether it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Route {
    /// Into a slot of this machine, by its path.
    Slot,
    /// Into a slot of this machine, by the computer's own name.
    OwnName {
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
        /// The broadcast addresses that it went to.
        broadcasts: Vec<Ipv4Addr>,
        /// Whether a slot of this machine got it too.
        local: bool,
    },
}

/// A slot, as `Slots` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotEntry {
    /// A number that no other slot of the service ever has.
    pub id: u64,
    /// Its name, as it was created; no more than the first 255 characters.
    pub name: String,
    /// The user whose it is.
    pub owner: u32,
    /// The process that created it; 0 where nobody knows.
    pub pid: u32,
    /// Handles to read it.
    pub readers: u32,
    /// Octets that its messages take.
    pub octets: u64,
    /// Whether nobody but its owner may write.
    pub owner_only: bool,
    /// What it says about itself.
    pub info: Info,
    /// When what happened to it.
    pub times: Times,
}

impl SlotEntry {
    /// A slot of root's that nobody reads and everybody may write to; the fields say what else.
    pub fn new(id: u64, name: impl Into<String>, info: Info, times: Times) -> Self {
        Self {
            id,
            name: name.into(),
            owner: 0,
            pid: 0,
            readers: 0,
            octets: 0,
            owner_only: false,
            info,
            times,
        }
    }
}

impl Numbered {
    /// That message, at that place.
    pub const fn new(number: u64, message: Message) -> Self {
        Self { number, message }
    }

    pub(super) fn encode(&self, out: &mut BytesMut) {
        let Message { data, from, to, received_at } = &self.message;
        out.put_u64_le(self.number);
        out.put_u64_le(received_at.as_micros());
        out.put_u8(u8::from(from.is_some()) | u8::from(to.is_some()) << 1);
        if let Some(Sender { name, address }) = from {
            out.put_slice(name.as_bytes());
            put_address(out, *address);
        }
        if let Some(to) = to {
            out.put_slice(to.as_bytes());
        }
        put_octets(out, data);
    }

    pub(super) fn decode(body: &mut Cursor<'_>) -> Result<Self, Malformed> {
        let number = body.u64("number")?;
        let received_at = Instant::from_micros(body.u64("received_at")?);
        let at = body.error("has", "unknown bits");
        let has = body.u8("has")?;
        if has > 3 {
            return Err(at);
        }
        let from = if has & 1 == 0 {
            None
        } else {
            Some(Sender { name: body.name("from")?, address: body.address("from")? })
        };
        let to = if has & 2 == 0 { None } else { Some(body.name("to")?) };
        let data = Bytes::copy_from_slice(body.octets("data")?);
        Ok(Self { number, message: Message { data, from, to, received_at } })
    }
}

impl Route {
    fn encode(&self, out: &mut BytesMut) {
        match self {
            Self::Slot => out.put_u8(0),
            Self::OwnName { name } => {
                out.put_u8(1);
                out.put_slice(name.as_bytes());
            }
            Self::Host { name, address } => {
                out.put_u8(2);
                out.put_slice(name.as_bytes());
                out.put_slice(&address.octets());
            }
            Self::Group { name, broadcasts, local } => {
                out.put_u8(3);
                out.put_slice(name.as_bytes());
                out.put_u8((*local).into());
                put_list(out, broadcasts, |out, address| out.put_slice(&address.octets()));
            }
        }
    }

    fn decode(body: &mut Cursor<'_>) -> Result<Self, Malformed> {
        let at = body.error("route", "unknown");
        Ok(match body.u8("route")? {
            0 => Self::Slot,
            1 => Self::OwnName { name: body.name("name")? },
            2 => Self::Host { name: body.name("name")?, address: body.ipv4("address")? },
            3 => Self::Group {
                name: body.name("name")?,
                local: flag(body, "local")?,
                broadcasts: list(body, |body| body.ipv4("address"))?,
            },
            _ => return Err(at),
        })
    }
}

fn flag(body: &mut Cursor<'_>, field: &'static str) -> Result<bool, Malformed> {
    let at = body.error(field, "neither 0 nor 1");
    match body.u8(field)? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(at),
    }
}

fn put_list<T>(out: &mut BytesMut, list: &[T], put: impl Fn(&mut BytesMut, &T)) {
    out.put_u32_le(u32::try_from(list.len()).unwrap_or(u32::MAX));
    for entry in list {
        put(out, entry);
    }
}

fn list<'a, T>(
    body: &mut Cursor<'a>,
    entry: impl Fn(&mut Cursor<'a>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let short = body.error("list", "more entries than octets");
    let entries = body.u32("list")? as usize;
    // An entry has an octet at least.
    if entries > body.left() {
        return Err(short);
    }
    (0..entries).map(|_| entry(body)).collect()
}

/// No message, in the place of the first one's octets: `MAILSLOT_NO_MESSAGE`.
const NO_MESSAGE: u64 = u64::MAX;

fn put_info(out: &mut BytesMut, info: &Info) {
    let Info { max_message_size, next_size, message_count, read_timeout } = *info;
    out.put_u32_le(max_message_size);
    out.put_u64_le(next_size.map_or(NO_MESSAGE, |octets| octets as u64));
    out.put_u64_le(message_count as u64);
    out.put_u32_le(read_timeout.0);
}

fn info(body: &mut Cursor<'_>) -> Result<Info, Malformed> {
    let size = |octets| usize::try_from(octets).unwrap_or(usize::MAX);
    Ok(Info {
        max_message_size: body.u32("max_message_size")?,
        next_size: Some(body.u64("next_size")?).filter(|&octets| octets != NO_MESSAGE).map(size),
        message_count: size(body.u64("message_count")?),
        read_timeout: ReadTimeout(body.u32("read_timeout")?),
    })
}

fn put_times(out: &mut BytesMut, times: &Times) {
    let Times { created, last_read, last_write } = *times;
    for time in [created, last_read, last_write] {
        out.put_u64_le(time.as_micros());
    }
}

fn times(body: &mut Cursor<'_>) -> Result<Times, Malformed> {
    Ok(Times {
        created: Instant::from_micros(body.u64("created")?),
        last_read: Instant::from_micros(body.u64("last_read")?),
        last_write: Instant::from_micros(body.u64("last_write")?),
    })
}

impl SlotEntry {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u64_le(self.id);
        put_text(out, &self.name);
        out.put_u32_le(self.owner);
        out.put_u32_le(self.pid);
        out.put_u32_le(self.readers);
        out.put_u64_le(self.octets);
        out.put_u8(self.owner_only.into());
        put_info(out, &self.info);
        put_times(out, &self.times);
    }

    fn decode(body: &mut Cursor<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            id: body.u64("id")?,
            name: body.text("name")?.to_owned(),
            owner: body.u32("owner")?,
            pid: body.u32("pid")?,
            readers: body.u32("readers")?,
            octets: body.u64("octets")?,
            owner_only: flag(body, "owner_only")?,
            info: info(body)?,
            times: times(body)?,
        })
    }
}

/// Kinds of bodies; `KIND | REPLY` of the request that is answered where there is one such.
mod body_kind {
    use super::kind;

    pub(super) const WELCOME: u8 = kind::HELLO | kind::REPLY;
    pub(super) const HANDLE: u8 = kind::OPEN | kind::REPLY;
    pub(super) const WRITTEN: u8 = kind::WRITE | kind::REPLY;
    pub(super) const MESSAGES: u8 = kind::READ | kind::REPLY;
    pub(super) const INFO: u8 = kind::INFO | kind::REPLY;
    pub(super) const TIMES: u8 = kind::TIMES | kind::REPLY;
    pub(super) const TOKEN: u8 = kind::SHARE | kind::REPLY;
    pub(super) const HANDLES: u8 = kind::HANDLES | kind::REPLY;
    pub(super) const SLOTS: u8 = kind::SLOTS | kind::REPLY;
    pub(super) const STATS: u8 = kind::STATS | kind::REPLY;
    pub(super) const NODE: u8 = kind::NODE | kind::REPLY;
    pub(super) const DONE: u8 = kind::REPLY;
    pub(super) const FAILED: u8 = kind::FAILED;
}

impl Reply {
    fn kind(&self) -> u8 {
        match self {
            Self::Welcome(_) => body_kind::WELCOME,
            Self::Handle(_) => body_kind::HANDLE,
            Self::Handles(_) => body_kind::HANDLES,
            Self::Written(_) => body_kind::WRITTEN,
            Self::Messages(_) => body_kind::MESSAGES,
            Self::Info(_) => body_kind::INFO,
            Self::Times(_) => body_kind::TIMES,
            Self::Token(_) => body_kind::TOKEN,
            Self::Slots(_) => body_kind::SLOTS,
            Self::Stats(_) => body_kind::STATS,
            Self::Node(_) => body_kind::NODE,
            Self::Done => body_kind::DONE,
            Self::Failed(_) => body_kind::FAILED,
        }
    }

    /// Appends the frame of the reply.
    pub fn encode(&self, id: u32, out: &mut BytesMut) {
        put_frame(out, self.kind(), id, |out| self.encode_body(out));
    }

    fn encode_body(&self, out: &mut BytesMut) {
        match self {
            Self::Welcome(Welcome { version, pid, network_namespace, path }) => {
                out.put_u16_le(*version);
                out.put_u32_le(*pid);
                out.put_u64_le(*network_namespace);
                put_text(out, path);
            }
            Self::Handle(entry) => entry.encode(out),
            Self::Handles(handles) => put_list(out, handles, |out, entry| entry.encode(out)),
            Self::Written(route) => route.encode(out),
            Self::Messages(messages) => put_list(out, messages, |out, entry| entry.encode(out)),
            Self::Info(info) => put_info(out, info),
            Self::Times(times) => put_times(out, times),
            Self::Token(token) => put_text(out, token),
            Self::Slots(slots) => put_list(out, slots, |out, entry| entry.encode(out)),
            Self::Stats(stats) => put_list(out, stats, |out, (name, number)| {
                put_text(out, name);
                out.put_u64_le(*number);
            }),
            Self::Node(node) => {
                out.put_u8(node.is_some().into());
                if let Some(Node { computer, workgroup, interfaces, beside_nmbd }) = node {
                    out.put_slice(computer.as_bytes());
                    out.put_slice(workgroup.as_bytes());
                    put_text(out, interfaces);
                    out.put_u8(beside_nmbd.map_or(0, |hears| 1 + u8::from(hears)));
                }
            }
            Self::Done => {}
            Self::Failed(failure) => failure.encode(out),
        }
    }

    /// The reply of a frame.
    ///
    /// # Errors
    ///
    /// [`Malformed`], also where the kind is unknown: a service answers what it was asked.
    pub fn decode(frame: Frame<'_>) -> Result<Self, Malformed> {
        let body = &mut Cursor::new(frame.body);
        let reply = match frame.kind {
            body_kind::WELCOME => Self::Welcome(Welcome {
                version: body.u16("version")?,
                pid: body.u32("pid")?,
                network_namespace: body.u64("network_namespace")?,
                path: body.text("path")?.to_owned(),
            }),
            body_kind::HANDLE => Self::Handle(HandleEntry::decode(body)?),
            body_kind::HANDLES => Self::Handles(list(body, HandleEntry::decode)?),
            body_kind::WRITTEN => Self::Written(Route::decode(body)?),
            body_kind::MESSAGES => Self::Messages(list(body, Numbered::decode)?),
            body_kind::INFO => Self::Info(info(body)?),
            body_kind::TIMES => Self::Times(times(body)?),
            body_kind::TOKEN => Self::Token(body.text("token")?.to_owned()),
            body_kind::SLOTS => Self::Slots(list(body, SlotEntry::decode)?),
            body_kind::STATS => Self::Stats(list(body, |body| {
                Ok((body.text("name")?.to_owned(), body.u64("number")?))
            })?),
            body_kind::NODE => Self::Node(if flag(body, "has_node")? {
                Some(Node {
                    computer: body.name("computer")?,
                    workgroup: body.name("workgroup")?,
                    interfaces: body.text("interfaces")?.to_owned(),
                    beside_nmbd: {
                        let at = body.error("beside_nmbd", "more than 2");
                        match body.u8("beside_nmbd")? {
                            0 => None,
                            1 => Some(false),
                            2 => Some(true),
                            _ => return Err(at),
                        }
                    },
                })
            } else {
                None
            }),
            body_kind::DONE => Self::Done,
            body_kind::FAILED => Self::Failed(Failure::decode(body)?),
            _ => return Err(body.error("kind", "no kind of reply")),
        };
        body.end()?;
        Ok(reply)
    }
}
