//! What a client asks for.

use bitflags::bitflags;
use bytes::{BufMut as _, BytesMut};

use super::cursor::{Cursor, Malformed, put_octets, put_text};
use super::frame::{Frame, put_frame};
use super::reply::Numbered;
use super::{MAGIC, VERSION};
use crate::slot::ReadTimeout;

bitflags! {
    /// How a mailslot is created.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct CreateFlags: u8 {
        /// Nobody but the creator's user may write to it.
        const OWNER_ONLY = 1;
    }
}

/// How long a read waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wait {
    /// As long as the slot's read timeout says.
    AsSlot,
    /// So long.
    For(ReadTimeout),
}

/// A request. Handles are numbers that a connection was given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Request<'a> {
    /// The first of a connection, with [`MAGIC`] before it.
    Hello {
        /// [`VERSION`].
        version: u16,
    },
    /// `CreateMailslot`.
    Create {
        /// The path, of a slot of this machine.
        path: &'a str,
        /// The most octets of a message; 0 for any.
        max_message_size: u32,
        /// How long reads wait.
        read_timeout: ReadTimeout,
        /// The most messages in the queue; 0 for the default.
        max_messages: u32,
        /// The most octets that they take; 0 for the default.
        max_octets: u64,
        /// How else.
        flags: CreateFlags,
    },
    /// `CreateFile`: a handle to write with.
    Open {
        /// The path.
        path: &'a str,
    },
    /// `WriteFile`.
    Write {
        /// A handle to write with.
        handle: u32,
        /// The message.
        data: &'a [u8],
    },
    /// `ReadFile`, of one message or of several.
    Read {
        /// A handle to read with.
        handle: u32,
        /// Octets of the reader's buffer: the first message is no longer.
        capacity: u32,
        /// The most messages; 0 is 1. Those after the first are what is there.
        most: u32,
        /// How long to wait for the first.
        wait: Wait,
    },
    /// `CancelIo`: ends a read of this connection, which fails with
    /// [`Aborted`](super::Code::Aborted) unless its messages are on their way.
    Cancel {
        /// The id of the read.
        read: u32,
    },
    /// A message that was read and not used goes back to its place.
    PutBack {
        /// A handle to read with.
        handle: u32,
        /// The message, as it was read.
        message: Numbered,
    },
    /// `GetMailslotInfo`, on a handle of either kind.
    Info {
        /// The handle.
        handle: u32,
    },
    /// `SetMailslotInfo`.
    SetReadTimeout {
        /// A handle to read with.
        handle: u32,
        /// How long later reads wait.
        timeout: ReadTimeout,
    },
    /// `GetFileTime`.
    Times {
        /// A handle to read with.
        handle: u32,
    },
    /// `SetFileTime`, of the creation.
    SetCreated {
        /// A handle to read with.
        handle: u32,
        /// µs since 1970.
        created: u64,
    },
    /// `DuplicateHandle`.
    Duplicate {
        /// A handle of either kind.
        handle: u32,
    },
    /// `CloseHandle`.
    Close {
        /// A handle of either kind.
        handle: u32,
    },
    /// A token with which another process of the same user takes a duplicate of the handle, once,
    /// as long as this connection lives.
    Share {
        /// A handle of either kind.
        handle: u32,
    },
    /// Takes what was shared.
    Take {
        /// The token.
        token: &'a str,
    },
    /// The handles of this connection, [`MAX_LIST`](super::limits::MAX_LIST) at a time: for a
    /// process that got it from another.
    Handles {
        /// None with a smaller number.
        from: u32,
    },
    /// The slots of the machine, as many at a time.
    Slots {
        /// None with a smaller id.
        from: u64,
    },
    /// The service's counters.
    Stats,
    /// The service's node.
    Node,
}

/// Kinds of requests; a reply has the same with [`REPLY`](kind::REPLY) added.
pub(super) mod kind {
    pub(crate) const HELLO: u8 = 1;
    pub(crate) const CREATE: u8 = 2;
    pub(crate) const OPEN: u8 = 3;
    pub(crate) const WRITE: u8 = 4;
    pub(crate) const READ: u8 = 5;
    pub(crate) const CANCEL: u8 = 6;
    pub(crate) const PUT_BACK: u8 = 7;
    pub(crate) const INFO: u8 = 8;
    pub(crate) const SET_READ_TIMEOUT: u8 = 9;
    pub(crate) const TIMES: u8 = 10;
    pub(crate) const SET_CREATED: u8 = 11;
    pub(crate) const DUPLICATE: u8 = 12;
    pub(crate) const CLOSE: u8 = 13;
    pub(crate) const SHARE: u8 = 14;
    pub(crate) const TAKE: u8 = 15;
    pub(crate) const SLOTS: u8 = 16;
    pub(crate) const STATS: u8 = 17;
    pub(crate) const NODE: u8 = 18;
    pub(crate) const HANDLES: u8 = 19;
    pub(crate) const REPLY: u8 = 0x80;
    pub(crate) const FAILED: u8 = 0xff;
}

impl Wait {
    fn encode(self, out: &mut BytesMut) {
        let (given, timeout) = match self {
            Self::AsSlot => (0, ReadTimeout::NONE),
            Self::For(timeout) => (1, timeout),
        };
        out.put_u8(given);
        out.put_u32_le(timeout.0);
    }

    fn decode(body: &mut Cursor<'_>) -> Result<Self, Malformed> {
        let at = body.error("wait", "neither 0 without a timeout nor 1");
        match (body.u8("wait")?, ReadTimeout(body.u32("timeout")?)) {
            (0, ReadTimeout::NONE) => Ok(Self::AsSlot),
            (1, timeout) => Ok(Self::For(timeout)),
            _ => Err(at),
        }
    }
}

impl<'a> Request<'a> {
    fn kind(&self) -> u8 {
        match self {
            Self::Hello { .. } => kind::HELLO,
            Self::Create { .. } => kind::CREATE,
            Self::Open { .. } => kind::OPEN,
            Self::Write { .. } => kind::WRITE,
            Self::Read { .. } => kind::READ,
            Self::Cancel { .. } => kind::CANCEL,
            Self::PutBack { .. } => kind::PUT_BACK,
            Self::Info { .. } => kind::INFO,
            Self::SetReadTimeout { .. } => kind::SET_READ_TIMEOUT,
            Self::Times { .. } => kind::TIMES,
            Self::SetCreated { .. } => kind::SET_CREATED,
            Self::Duplicate { .. } => kind::DUPLICATE,
            Self::Close { .. } => kind::CLOSE,
            Self::Share { .. } => kind::SHARE,
            Self::Take { .. } => kind::TAKE,
            Self::Handles { .. } => kind::HANDLES,
            Self::Slots { .. } => kind::SLOTS,
            Self::Stats => kind::STATS,
            Self::Node => kind::NODE,
        }
    }

    /// Appends the frame of the request.
    pub fn encode(&self, id: u32, out: &mut BytesMut) {
        put_frame(out, self.kind(), id, |out| self.encode_body(out));
    }

    fn encode_body(&self, out: &mut BytesMut) {
        match self {
            Self::Hello { version } => {
                out.put_slice(&MAGIC);
                out.put_u16_le(*version);
            }
            Self::Create {
                path,
                max_message_size,
                read_timeout,
                max_messages,
                max_octets,
                flags,
            } => {
                out.put_u32_le(*max_message_size);
                out.put_u32_le(read_timeout.0);
                out.put_u32_le(*max_messages);
                out.put_u64_le(*max_octets);
                out.put_u8(flags.bits());
                put_text(out, path);
            }
            Self::Open { path } => put_text(out, path),
            Self::Write { handle, data } => {
                out.put_u32_le(*handle);
                put_octets(out, data);
            }
            Self::Read { handle, capacity, most, wait } => {
                out.put_u32_le(*handle);
                out.put_u32_le(*capacity);
                out.put_u32_le(*most);
                wait.encode(out);
            }
            Self::Cancel { read } => out.put_u32_le(*read),
            Self::PutBack { handle, message } => {
                out.put_u32_le(*handle);
                message.encode(out);
            }
            Self::SetReadTimeout { handle, timeout } => {
                out.put_u32_le(*handle);
                out.put_u32_le(timeout.0);
            }
            Self::SetCreated { handle, created } => {
                out.put_u32_le(*handle);
                out.put_u64_le(*created);
            }
            Self::Info { handle }
            | Self::Times { handle }
            | Self::Duplicate { handle }
            | Self::Close { handle }
            | Self::Share { handle } => out.put_u32_le(*handle),
            Self::Take { token } => put_text(out, token),
            Self::Handles { from } => out.put_u32_le(*from),
            Self::Slots { from } => out.put_u64_le(*from),
            Self::Stats | Self::Node => {}
        }
    }

    /// The request of a frame; none where its kind is unknown.
    ///
    /// # Errors
    ///
    /// [`Malformed`].
    pub fn decode(frame: Frame<'a>) -> Result<Option<Self>, Malformed> {
        let body = &mut Cursor::new(frame.body);
        let request = match frame.kind {
            kind::HELLO => {
                let at = body.error("magic", "not MSLT");
                if body.array("magic")? != MAGIC {
                    return Err(at);
                }
                let version = body.u16("version")?;
                // A later version may say more.
                if version != VERSION {
                    body.rest();
                }
                Self::Hello { version }
            }
            kind::CREATE => Self::Create {
                max_message_size: body.u32("max_message_size")?,
                read_timeout: ReadTimeout(body.u32("read_timeout")?),
                max_messages: body.u32("max_messages")?,
                max_octets: body.u64("max_octets")?,
                flags: {
                    let at = body.error("flags", "unknown bits");
                    CreateFlags::from_bits(body.u8("flags")?).ok_or(at)?
                },
                path: body.text("path")?,
            },
            kind::OPEN => Self::Open { path: body.text("path")? },
            kind::WRITE => Self::Write { handle: body.u32("handle")?, data: body.octets("data")? },
            kind::READ => Self::Read {
                handle: body.u32("handle")?,
                capacity: body.u32("capacity")?,
                most: body.u32("most")?,
                wait: Wait::decode(body)?,
            },
            kind::CANCEL => Self::Cancel { read: body.u32("read")? },
            kind::PUT_BACK => {
                Self::PutBack { handle: body.u32("handle")?, message: Numbered::decode(body)? }
            }
            kind::INFO => Self::Info { handle: body.u32("handle")? },
            kind::SET_READ_TIMEOUT => Self::SetReadTimeout {
                handle: body.u32("handle")?,
                timeout: ReadTimeout(body.u32("timeout")?),
            },
            kind::TIMES => Self::Times { handle: body.u32("handle")? },
            kind::SET_CREATED => {
                Self::SetCreated { handle: body.u32("handle")?, created: body.u64("created")? }
            }
            kind::DUPLICATE => Self::Duplicate { handle: body.u32("handle")? },
            kind::CLOSE => Self::Close { handle: body.u32("handle")? },
            kind::SHARE => Self::Share { handle: body.u32("handle")? },
            kind::TAKE => Self::Take { token: body.text("token")? },
            kind::HANDLES => Self::Handles { from: body.u32("from")? },
            kind::SLOTS => Self::Slots { from: body.u64("from")? },
            kind::STATS => Self::Stats,
            kind::NODE => Self::Node,
            _ => return Ok(None),
        };
        body.end()?;
        Ok(Some(request))
    }
}
