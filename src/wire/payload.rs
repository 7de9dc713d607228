//! What a message of a well-known mailslot says.

use core::fmt;

use bytes::BufMut;

use super::browse::{HostAnnouncement, LocalMasterAnnouncement};
use super::error::DecodeError;
use super::notes::{Decoded, Notes};
use super::oem::CodePage;
use super::smb::SlotName;
use super::structure::{Describe as _, Structure};
#[cfg(feature = "cli")]
use super::structure::{Visitor, trace};

/// A message as a line of text.
struct Text<'p, 'a>(&'p Payload<'a>, CodePage);

macro_rules! payloads {
    ($($kind:ident $name:literal $structure:ty, $meaning:literal;)*) => {
        /// A message of a well-known mailslot, by what it is.
        ///
        /// Whatever was decoded encodes to the same octets.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Payload<'a> {
            $(#[doc = concat!("`", $name, "`: ", $meaning, ".")] $kind($structure),)*
            /// `raw`: of no mailslot or of no kind that is known.
            Raw(&'a [u8]),
        }

        impl<'a> Payload<'a> {
            /// All that [`kind`](Self::kind) says, but for `raw`.
            #[cfg(feature = "cli")]
            pub(crate) const KINDS: &'static [&'static str] = &[$($name),*];

            /// What it is, as JSON has it.
            pub const fn kind(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $name,)*
                    Self::Raw(_) => "raw",
                }
            }

            /// One line of text, through a code page; control characters are escaped.
            pub fn text(&self, page: CodePage) -> impl fmt::Display {
                Text(self, page)
            }

            /// The usual one of a kind, which a name stands for.
            #[cfg(feature = "cli")]
            pub(crate) fn of_kind(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$kind(Default::default())),)*
                    _ => None,
                }
            }

            /// Writes it.
            pub fn encode(&self, to: &mut impl BufMut) {
                match self {
                    $(Self::$kind(payload) => payload.encode(to),)*
                    Self::Raw(octets) => to.put_slice(octets),
                }
            }

            /// Octets that [`encode`](Self::encode) writes.
            pub fn encoded_len(&self) -> usize {
                match self {
                    $(Self::$kind(payload) => payload.encoded_len(),)*
                    Self::Raw(octets) => octets.len(),
                }
            }

            /// Its fields, in their order; none of a raw one.
            #[cfg(feature = "cli")]
            pub(crate) fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
                match self {
                    $(Self::$kind(payload) => payload.visit(visitor),)*
                    Self::Raw(_) => Ok(()),
                }
            }

            /// Where the fields of such a message are in `data`: see [`trace`].
            #[cfg(feature = "cli")]
            pub(crate) fn trace(&self, data: &'a [u8], field: impl FnMut(&'static str, usize, usize)) {
                match self {
                    $(Self::$kind(_) => trace::<$structure>(data, field),)*
                    Self::Raw(_) => {}
                }
            }
        }

        impl fmt::Display for Text<'_, '_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.0 {
                    $(Payload::$kind(payload) => payload.show(f, self.1),)*
                    Payload::Raw(octets) => write!(f, "{} octets", octets.len()),
                }
            }
        }
    };
}

payloads! {
    HostAnnouncement "host_announcement" HostAnnouncement<'a>, "a machine is there, or leaves";
    LocalMasterAnnouncement "local_master_announcement" LocalMasterAnnouncement<'a>, "a master browser is there";
}

impl<'a> Payload<'a> {
    /// Whether it is of a kind that is known.
    pub const fn is_known(&self) -> bool {
        !matches!(self, Self::Raw(_))
    }

    /// What the data of a mailslot write mean. Offsets count from the first octet of `data`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] where the data are of a kind that the mailslot is known for, and cannot be
    /// read. Of another kind they are [`Raw`](Self::Raw).
    pub fn decode(slot: SlotName<'a>, data: &'a [u8]) -> Result<Decoded<Self>, DecodeError> {
        if slot.is_leaf(b"BROWSE") {
            return browse(data);
        }
        Ok(raw(data))
    }
}

fn browse(data: &[u8]) -> Result<Decoded<Payload<'_>>, DecodeError> {
    match data.first() {
        Some(0x01) => read(data, Payload::HostAnnouncement),
        Some(0x0f) => read(data, Payload::LocalMasterAnnouncement),
        _ => Ok(raw(data)),
    }
}

fn raw(data: &[u8]) -> Decoded<Payload<'_>> {
    Decoded { value: Payload::Raw(data), notes: Notes::NONE }
}

fn read<'a, T: Structure<'a>>(
    data: &'a [u8],
    payload: impl FnOnce(T) -> Payload<'a>,
) -> Result<Decoded<Payload<'a>>, DecodeError> {
    let Decoded { value, notes } = T::decode(data)?;
    Ok(Decoded { value: payload(value), notes })
}

/// As [`text`](Payload::text) through the default code page.
impl fmt::Display for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text(CodePage::default()).fmt(f)
    }
}
