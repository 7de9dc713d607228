//! What a message of a well-known mailslot says.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use bytes::BufMut;

use super::OctetCount;
use super::alerter::Alerter;
use super::browse::{
    AnnouncementRequest, BecomeBackup, DomainAnnouncement, GetBackupListRequest,
    GetBackupListResponse, HostAnnouncement, LocalMasterAnnouncement, MasterAnnouncement,
    RequestElection, ResetStateRequest,
};
use super::error::DecodeError;
use super::lanman::LanmanAnnouncement;
use super::messenger::Messenger;
use super::netlogon::{
    AccountUpdate, AnnounceUas, Initialization, InterrogateResponse, LogonPauseResponse,
    LogonRequest, LogonResponse, LogonResponse2, NoUser, PdcFailure, PdcStartup, PrimaryQuery,
    PrimaryResponse, RelogonResponse, SamInterrogateResponse, SamLogonRequest, SamLogonResponse,
    UserUnknown,
};
use super::notes::{Decoded, Notes};
use super::oem::CodePage;
use super::smb::SlotName;
#[cfg(feature = "cli")]
use super::structure::{Decoder, Visitor, trace};
use super::structure::{Describe as _, Structure as _};
use super::waitfor::Waitfor;

/// A message as a line of text.
struct Text<'p, 'a>(&'p Payload<'a>, CodePage);

macro_rules! payloads {
    ($($kind:ident $name:literal $structure:ty, $meaning:literal;)*) => {
        /// A message of a well-known mailslot, by what it is: which mailslot has which, and where
        /// they are specified, stands in the table of [`wire`](super).
        ///
        /// Whatever was decoded encodes to the same octets. Texts are borrowed from these: to keep a
        /// message longer, keep its octets and decode them again.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Payload<'a> {
            $(#[doc = concat!("`", $name, "`: ", $meaning, ".")] $kind($structure),)*
            /// `raw`: of no mailslot or of no kind that is known.
            Raw(&'a [u8]),
        }

        /// What a message is.
        #[derive(Clone, Copy, Debug)]
        enum Kind {
            $($kind,)*
        }

        impl Kind {
            fn decode<'a>(self, data: &'a [u8]) -> Result<Decoded<Payload<'a>>, DecodeError> {
                match self {
                    $(Self::$kind => {
                        let Decoded { value, notes } = <$structure>::decode(data)?;
                        Ok(Decoded { value: Payload::$kind(value), notes })
                    })*
                }
            }

            /// The usual one.
            #[cfg(feature = "cli")]
            fn usual<'a>(self) -> Payload<'a> {
                match self {
                    $(Self::$kind => Payload::$kind(Default::default()),)*
                }
            }
        }

        impl Payload<'_> {
            /// All that [`kind`](Self::kind) says, but for `raw`.
            pub const KINDS: &'static [&'static str] = &[$($name),*];

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

            /// Writes it, as it is: see [`reads_back`](Self::reads_back).
            ///
            /// # Panics
            ///
            /// Where `to` has less room than [`encoded_len`](Self::encoded_len); a `Vec` or
            /// `BytesMut` grows.
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
        }

        $(
            impl<'a> From<$structure> for Payload<'a> {
                fn from(payload: $structure) -> Self {
                    Self::$kind(payload)
                }
            }
        )*

        #[cfg(feature = "cli")]
        impl<'a> Payload<'a> {
            /// The usual one of a kind, which a name stands for.
            pub(crate) fn of_kind(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Kind::$kind.usual()),)*
                    _ => None,
                }
            }

            /// Its fields, in their order; none of a raw one.
            pub(crate) fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
                match self {
                    $(Self::$kind(payload) => payload.visit(visitor),)*
                    Self::Raw(_) => Ok(()),
                }
            }

            /// Where the fields of such a message are in `data`: see [`trace`].
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
                    Payload::Raw(octets) => OctetCount(octets.len()).fmt(f),
                }
            }
        }
    };
}

payloads! {
    HostAnnouncement "host_announcement" HostAnnouncement<'a>, "a machine is there, or leaves";
    AnnouncementRequest "announcement_request" AnnouncementRequest<'a>, "who is there?";
    RequestElection "request_election" RequestElection<'a>, "who is to be the master browser?";
    GetBackupListRequest "get_backup_list_request" GetBackupListRequest<'a>, "who has the list of the workgroup?";
    GetBackupListResponse "get_backup_list_response" GetBackupListResponse<'a>, "these machines have it";
    BecomeBackup "become_backup" BecomeBackup<'a>, "that machine is to keep the list, too";
    DomainAnnouncement "domain_announcement" DomainAnnouncement<'a>, "a workgroup is there";
    MasterAnnouncement "master_announcement" MasterAnnouncement<'a>, "a master browser tells its domain's that it is there";
    ResetStateRequest "reset_state_request" ResetStateRequest<'a>, "a browser is to stop";
    LocalMasterAnnouncement "local_master_announcement" LocalMasterAnnouncement<'a>, "a master browser is there";
    LanmanAnnouncement "lanman_announcement" LanmanAnnouncement<'a>, "a machine tells LAN Manager that it is there";
    Messenger "messenger" Messenger<'a>, "somebody tells somebody something";
    Alerter "alerter" Box<Alerter<'a>>, "a service tells that something happened";
    Waitfor "waitfor" Waitfor<'a>, "a signal";
    LogonRequest "logon_request" LogonRequest<'a>, "a user logs on to a domain of LAN Manager";
    LogonResponse "logon_response" LogonResponse<'a>, "a server of LAN Manager 1.0 lets it";
    LogonResponse2 "logon_response2" LogonResponse2<'a>, "a server lets it";
    PrimaryQuery "primary_query" PrimaryQuery<'a>, "who is the primary domain controller?";
    PrimaryResponse "primary_response" PrimaryResponse<'a>, "that one is";
    SamLogonRequest "sam_logon_request" SamLogonRequest<'a>, "which domain controller is there, or knows an account?";
    SamLogonResponse "sam_logon_response" SamLogonResponse<'a>, "that one is, or does";
    AnnounceUas "announce_uas" AnnounceUas<'a>, "the accounts of a domain changed";
    Initialization "initialization" Initialization<'a>, "a workstation of LAN Manager 1.0 starts";
    PdcStartup "pdc_startup" PdcStartup<'a>, "a primary domain controller starts";
    PdcFailure "pdc_failure" PdcFailure<'a>, "a primary domain controller stops";
    NoUser "no_user" NoUser<'a>, "nobody uses a machine";
    RelogonResponse "relogon_response" RelogonResponse<'a>, "a workstation logs on again";
    InterrogateResponse "interrogate_response" InterrogateResponse<'a>, "what a workstation is";
    LogonPauseResponse "logon_pause_response" LogonPauseResponse<'a>, "a server of LAN Manager 2.0 lets nobody log on for now";
    UserUnknown "user_unknown" UserUnknown<'a>, "a server of LAN Manager 2.0 does not know a user";
    AccountUpdate "account_update" AccountUpdate<'a>, "an account of LAN Manager changed";
    SamInterrogateResponse "sam_interrogate_response" SamInterrogateResponse<'a>, "an answer of unknown fields";
}

impl<'a> From<Alerter<'a>> for Payload<'a> {
    fn from(alert: Alerter<'a>) -> Self {
        Self::Alerter(Box::new(alert))
    }
}

impl Payload<'_> {
    /// Its octets.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(self.encoded_len());
        self.encode(&mut octets);
        octets
    }

    /// Whether who receives it from that mailslot reads what was written.
    ///
    /// What was decoded there does. Of a value made by hand it need not be so: a NUL ends a text
    /// before its end, a count can be another than that of the list, the form of an answer
    /// another than its version says, the mailslot one for something else.
    ///
    /// ```
    /// use mailslot::wire::messenger::Messenger;
    /// use mailslot::wire::smb::SlotName;
    /// use mailslot::wire::{Oem, Payload};
    ///
    /// let to = Oem::new(b"BOB");
    /// let good = Messenger { from: Oem::new(b"ALICE"), to, ..Messenger::default() };
    /// assert!(Payload::from(good).reads_back(SlotName::MESSNGR));
    /// assert!(!Payload::from(good).reads_back(SlotName::BROWSE));
    /// let bad = Messenger { from: Oem::new(b"ALI\0CE"), to, ..Messenger::default() };
    /// assert!(!Payload::from(bad).reads_back(SlotName::MESSNGR));
    /// ```
    pub fn reads_back(&self, slot: SlotName<'_>) -> bool {
        let octets = self.to_vec();
        Payload::decode(slot, &octets).is_ok_and(|decoded| decoded.value == *self)
    }
}

impl<'a> Payload<'a> {
    /// Whether it is of a kind that is known.
    pub const fn is_known(&self) -> bool {
        !matches!(self, Self::Raw(_))
    }

    /// What the data of a mailslot write mean. Offsets count from the first octet of `data`;
    /// [`MailslotWrite::data_at`](super::smb::MailslotWrite::data_at) says where that is in the
    /// packet.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] where the data are of a kind that the mailslot is known for, and cannot be
    /// read. Of another kind they are [`Raw`](Self::Raw).
    pub fn decode(slot: SlotName<'a>, data: &'a [u8]) -> Result<Decoded<Self>, DecodeError> {
        let raw = Ok(Decoded { value: Self::Raw(data), notes: Notes::NONE });
        let Some(kind) = Kind::of(slot, data) else { return raw };
        match kind.decode(data) {
            Ok(mut decoded) => {
                decoded.value.set_beside(slot);
                Ok(decoded)
            }
            // What looked like an answer of NETLOGON is one of something else.
            Err(_) if is_of_any_answer(slot) => raw,
            Err(error) => Err(error),
        }
    }

    /// What can be read of data that are damaged; the fields from the damage on are the usual ones.
    #[cfg(feature = "cli")]
    pub(crate) fn partial(slot: SlotName<'a>, data: &'a [u8]) -> Self {
        let Some(kind) = Kind::of(slot, data) else { return Self::Raw(data) };
        let mut value = kind.usual();
        // Until it fails it has set what it read.
        let _ = value.visit(&mut Decoder::new(data));
        value.set_beside(slot);
        value
    }

    /// Sets what stands in the mailslot's name.
    fn set_beside(&mut self, slot: SlotName<'a>) {
        if let Self::Waitfor(signal) = self {
            signal.signal = Waitfor::signal_of(slot).unwrap_or_default();
        }
    }
}

impl Kind {
    /// What a message looks like: by its mailslot, and by what it begins with.
    fn of(slot: SlotName<'_>, data: &[u8]) -> Option<Self> {
        if slot.is_leaf(b"BROWSE") {
            return browse(data);
        }
        if slot.is_leaf(b"LANMAN") {
            return lanman(data);
        }
        let is_netlogon = slot.is_leaf(br"NET\NETLOGON")
            || slot.is_leaf(br"NET\NTLOGON")
            || slot.leaf_begins(br"NET\GETDC")
            || slot.leaf_begins(ANSWERS);
        if is_netlogon {
            return netlogon(data).or_else(|| unseen(data).filter(|_| !is_of_any_answer(slot)));
        }
        if slot.is_leaf(b"MESSNGR") {
            return Some(Self::Messenger);
        }
        if slot.is_leaf(b"ALERTER") {
            return Some(Self::Alerter);
        }
        Waitfor::signal_of(slot).map(|_| Self::Waitfor)
    }
}

/// What the names of mailslots begin with that programs create for answers of any kind.
const ANSWERS: &[u8] = br"TEMP\";

/// Whether answers of Netlogon are only some of those that may come there.
fn is_of_any_answer(slot: SlotName<'_>) -> bool {
    slot.leaf_begins(ANSWERS) && !slot.is_leaf(br"TEMP\NETLOGON")
}

/// [MS-ADTS] 6.3.1.3, [MS-NRPC] 2.2.1.5.1: opcodes of two octets.
const fn netlogon(data: &[u8]) -> Option<Kind> {
    Some(match data {
        [0, 0, ..] => Kind::LogonRequest,
        [1, 0, ..] => Kind::LogonResponse,
        [6, 0, ..] => Kind::LogonResponse2,
        [7, 0, ..] => Kind::PrimaryQuery,
        [10, 0, ..] => Kind::AnnounceUas,
        [12, 0, ..] => Kind::PrimaryResponse,
        [18, 0, ..] => Kind::SamLogonRequest,
        [19..=21 | 23..=25, 0, ..] => Kind::SamLogonResponse,
        _ => return None,
    })
}

/// Opcodes of which Wireshark alone has the fields: nobody has seen the messages.
const fn unseen(data: &[u8]) -> Option<Kind> {
    Some(match data {
        [2..=5, 0, ..] => Kind::Initialization,
        [8, 0, ..] => Kind::PdcStartup,
        [9, 0, ..] => Kind::PdcFailure,
        [11, 0, ..] => Kind::NoUser,
        [13, 0, ..] => Kind::RelogonResponse,
        [14, 0, ..] => Kind::InterrogateResponse,
        [15, 0, ..] => Kind::LogonPauseResponse,
        [16, 0, ..] => Kind::UserUnknown,
        [17, 0, ..] => Kind::AccountUpdate,
        [22, 0, ..] => Kind::SamInterrogateResponse,
        _ => return None,
    })
}

/// [MS-BRWS] 2.2: the first octet says it.
fn browse(data: &[u8]) -> Option<Kind> {
    Some(match data.first()? {
        0x01 => Kind::HostAnnouncement,
        0x02 => Kind::AnnouncementRequest,
        0x08 => Kind::RequestElection,
        0x09 => Kind::GetBackupListRequest,
        0x0a => Kind::GetBackupListResponse,
        0x0b => Kind::BecomeBackup,
        0x0c => Kind::DomainAnnouncement,
        0x0d => Kind::MasterAnnouncement,
        0x0e => Kind::ResetStateRequest,
        0x0f => Kind::LocalMasterAnnouncement,
        _ => return None,
    })
}

/// LAN Manager's opcodes have two octets. By [MS-BRWS] 2.2.1 a `HostAnnouncement` can be here too:
/// its signature tells it.
fn lanman(data: &[u8]) -> Option<Kind> {
    match data {
        [0x01, rest @ ..] if rest.get(29..31) == Some(&[0x55, 0xaa]) => browse(data),
        [0x01, 0x00, ..] => Some(Kind::LanmanAnnouncement),
        _ => None,
    }
}

/// As [`text`](Payload::text) through the default code page.
impl fmt::Display for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text(CodePage::default()).fmt(f)
    }
}
