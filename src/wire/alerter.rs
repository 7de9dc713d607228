//! Alerts of Windows' services: `\MAILSLOT\ALERTER`, the structures of `lmalert.h` in the Windows
//! SDK. Programs write them to the mailslot of their own machine.
//!
//! ```
//! use mailslot::wire::alerter::{Alerter, Insertions, OtherInfo};
//! use mailslot::wire::smb::SlotName;
//! use mailslot::wire::{Payload, Structure, Utf16, Utf16Field};
//!
//! let (disk, percent) = (Utf16::encode("C:"), Utf16::encode("95"));
//! let texts = Insertions::new(3009, vec![Utf16::new(&disk), Utf16::new(&percent)]);
//! let alert = Alerter {
//!     timestamp: 1_200_000_000,
//!     service_name: Utf16Field::new("Server").expect("a short name"),
//!     ..OtherInfo::Admin(texts).into()
//! };
//! let data = alert.to_vec();
//!
//! let read = Payload::decode(SlotName::ALERTER, &data)?.value;
//! assert_eq!(read.to_string(), r#"ADMIN of Server: error 3009, "C:", "95""#);
//! # Ok::<(), mailslot::wire::DecodeError>(())
//! ```

use alloc::vec::Vec;
use core::fmt::{self, Display as _};

use super::flags::named_flags;
use super::oem::CodePage;
use super::structure::{Describe, Form, Visitor};
use super::text::{OctetCount, Utf16, Utf16Field};

/// `STD_ALERT`, and what follows it: 200 octets and those of its event. By default of no event.
#[doc(alias = "STD_ALERT")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Alerter<'a> {
    /// When it happened: seconds since 1970, UTC.
    pub timestamp: u32,
    /// Which kind of alert it is, in at most 16 characters. It decides what
    /// [`other_info`](Self::other_info) is: where that is of another event, an empty one is
    /// written in its place. An alert made [from](Self::from) it has the right one.
    pub event_name: Utf16Field<34>,
    /// Whose it is, in at most 80 characters.
    pub service_name: Utf16Field<162>,
    /// What happened.
    pub other_info: OtherInfo<'a>,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

/// What happened, by the name of the event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OtherInfo<'a> {
    /// `ADMIN`, `ADMIN_OTHER_INFO`: an administrator should act.
    Admin(Insertions<'a>),
    /// `ERRORLOG`, `ERRLOG_OTHER_INFO`: there is an entry in the error log.
    Errorlog {
        /// Of the entry.
        errcode: u32,
        /// Where in the log it is.
        offset: u32,
    },
    /// `PRINTING`, `PRINT_OTHER_INFO`: a print job changed.
    Printing(Print<'a>),
    /// `USER`, `USER_OTHER_INFO`: a user should know.
    User(Insertions<'a>),
    /// Of another event.
    Unknown(&'a [u8]),
}

/// A message by its number, and the texts that go into it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Insertions<'a> {
    /// The message's number.
    pub errcode: u32,
    /// How many texts there are to be; where the alert ends sooner, there are fewer.
    pub numstrings: u32,
    /// The texts.
    pub strings: Vec<Utf16<'a>>,
}

named_flags! {
    /// The state of a print job (`PRJOB_` in `lmalert.h`). The lowest two bits are one number, which
    /// has no name here: 0 it waits, 1 it is held, 2 it is being written, 3 it is being printed.
    PrintStatus:
    COMPLETE 0x0000_0004 "complete" "it is printed"
    INTERVENTION 0x0000_0008 "intervention" "somebody has to act"
    ERROR 0x0000_0010 "error" "it failed"
    DESTINATION_OFFLINE 0x0000_0020 "destination_offline" "the printer is off line"
    DESTINATION_PAUSED 0x0000_0040 "destination_paused" "the printer is held"
    NOTIFY 0x0000_0080 "notify" "somebody is to be told"
    DESTINATION_NO_PAPER 0x0000_0100 "destination_no_paper" "the printer has no paper"
    DELETED 0x0000_8000 "deleted" "it was deleted"
}

/// A print job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Print<'a> {
    /// Its number.
    pub jobid: u32,
    /// Its state.
    pub status: PrintStatus,
    /// When it came: seconds since 1970, UTC.
    pub submitted: u32,
    /// Its octets.
    pub size: u32,
    /// Where it comes from.
    pub computer_name: Utf16<'a>,
    /// Whose it is.
    pub user_name: Utf16<'a>,
    /// Where it waits.
    pub queue_name: Utf16<'a>,
    /// Where it is printed.
    pub destination_name: Utf16<'a>,
    /// Its state in words.
    pub status_text: Utf16<'a>,
}

impl<'a> Insertions<'a> {
    /// A message and its texts, counted.
    pub fn new(errcode: u32, strings: Vec<Utf16<'a>>) -> Self {
        let numstrings = u32::try_from(strings.len()).unwrap_or(u32::MAX);
        Self { errcode, numstrings, strings }
    }
}

/// An alert of what happened, under the name of its event; without a time and a service.
impl<'a> From<OtherInfo<'a>> for Alerter<'a> {
    fn from(other_info: OtherInfo<'a>) -> Self {
        let event_name = other_info.event().and_then(Utf16Field::new).unwrap_or_default();
        Self { event_name, other_info, ..Self::default() }
    }
}

impl Default for OtherInfo<'_> {
    fn default() -> Self {
        Self::Unknown(&[])
    }
}

impl OtherInfo<'_> {
    /// The event that it belongs to: what [`Alerter::event_name`] must be, or nobody can read it.
    /// None where that is unknown.
    pub const fn event(&self) -> Option<&'static str> {
        Some(match self {
            Self::Admin(_) => "ADMIN",
            Self::Errorlog { .. } => "ERRORLOG",
            Self::Printing(_) => "PRINTING",
            Self::User(_) => "USER",
            Self::Unknown(_) => return None,
        })
    }

    /// An empty one of an event.
    fn of(event: &Utf16Field<34>) -> Self {
        let known = [
            Self::Admin(Insertions::default()),
            Self::Errorlog { errcode: 0, offset: 0 },
            Self::Printing(Print::default()),
            Self::User(Insertions::default()),
        ];
        let mut known = known.into_iter();
        known.find(|info| info.event().is_some_and(|name| event.is(name))).unwrap_or_default()
    }
}

impl<'a> Insertions<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.le_u32("errcode", Form::Decimal, &mut self.errcode)?;
        let counted = visitor.has("numstrings", true);
        visitor.le_u32("numstrings", Form::Decimal, &mut self.numstrings)?;
        let count = usize::try_from(self.numstrings).unwrap_or(usize::MAX);
        visitor.utf16s("strings", count, &mut self.strings)?;
        if !counted {
            self.numstrings = u32::try_from(self.strings.len()).unwrap_or(u32::MAX);
        }
        Ok(())
    }
}

impl<'a> Print<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.le_u32("jobid", Form::Decimal, &mut self.jobid)?;
        self.status.visit("status", visitor)?;
        visitor.le_u32("submitted", Form::UnixTime, &mut self.submitted)?;
        visitor.le_u32("size", Form::Octets, &mut self.size)?;
        visitor.utf16("computer_name", &mut self.computer_name)?;
        visitor.utf16("user_name", &mut self.user_name)?;
        visitor.utf16("queue_name", &mut self.queue_name)?;
        visitor.utf16("destination_name", &mut self.destination_name)?;
        visitor.utf16("status_text", &mut self.status_text)
    }
}

impl<'a> Describe<'a> for Alerter<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.le_u32("timestamp", Form::UnixTime, &mut self.timestamp)?;
        visitor.utf16_field("event_name", &mut self.event_name.0)?;
        visitor.utf16_field("service_name", &mut self.service_name.0)?;
        let usual = OtherInfo::of(&self.event_name);
        if usual.event() != self.other_info.event() {
            self.other_info = usual;
        }
        match &mut self.other_info {
            OtherInfo::Admin(insertions) | OtherInfo::User(insertions) => {
                insertions.visit(visitor)?;
            }
            OtherInfo::Errorlog { errcode, offset } => {
                visitor.le_u32("errcode", Form::Decimal, errcode)?;
                visitor.le_u32("offset", Form::Decimal, offset)?;
            }
            OtherInfo::Printing(print) => print.visit(visitor)?,
            OtherInfo::Unknown(octets) => {
                let len = visitor.ahead().map_or(0, <[u8]>::len);
                visitor.octets("other_info", len, octets)?;
            }
        }
        visitor.surplus(&mut self.surplus)
    }

    /// `ADMIN of Server: error 3009, "C:", "95"`
    fn show(&self, f: &mut fmt::Formatter<'_>, _: CodePage) -> fmt::Result {
        write!(f, "{} of {}: ", self.event_name, self.service_name)?;
        match &self.other_info {
            OtherInfo::Admin(insertions) | OtherInfo::User(insertions) => {
                write!(f, "error {}", insertions.errcode)?;
                insertions.strings.iter().try_for_each(|text| write!(f, ", \"{text}\""))
            }
            OtherInfo::Errorlog { errcode, offset } => {
                write!(f, "error {errcode}, at offset {offset} of the log")
            }
            OtherInfo::Printing(print) => write!(
                f,
                "job {} of {} on {}, {}: \"{}\"",
                print.jobid,
                print.user_name,
                print.queue_name,
                OctetCount(usize::try_from(print.size).unwrap_or(usize::MAX)),
                print.status_text
            ),
            OtherInfo::Unknown(octets) => OctetCount(octets.len()).fmt(f),
        }
    }
}
