//! The header of a name-service packet, and which packet it makes ([RFC 1002] 4.2.1.1).

use core::fmt;

use bitflags::bitflags;

use super::record::{Record, RrType};

/// `NAME_TRN_ID`, `R`, `OPCODE`, `NM_FLAGS` and `RCODE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Chosen by who asks, returned by who answers.
    pub name_trn_id: u16,
    /// `R`: an answer.
    pub response: bool,
    /// What is done.
    pub opcode: Opcode,
    /// How.
    pub nm_flags: NmFlags,
    /// How it went; 0 in requests.
    pub rcode: Rcode,
}

const RESPONSE: u16 = 0x8000;

impl Header {
    pub(super) fn from_words(name_trn_id: u16, word: u16) -> Self {
        Self {
            name_trn_id,
            response: word & RESPONSE != 0,
            opcode: Opcode((word >> 11 & 0x0f) as u8),
            nm_flags: NmFlags::from_bits_retain(word & NmFlags::MASK),
            rcode: Rcode((word & 0x0f) as u8),
        }
    }

    pub(super) fn to_words(self) -> (u16, u16) {
        let response = if self.response { RESPONSE } else { 0 };
        let opcode = u16::from(self.opcode.0 & 0x0f) << 11;
        let flags = self.nm_flags.bits() & NmFlags::MASK;
        (self.name_trn_id, response | opcode | flags | u16::from(self.rcode.0 & 0x0f))
    }
}

/// `OPCODE`, four bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Opcode(pub u8);

impl Opcode {
    /// 0, of a name or of a node's status.
    pub const QUERY: Self = Self(0);
    /// 5.
    pub const REGISTRATION: Self = Self(5);
    /// 6.
    pub const RELEASE: Self = Self(6);
    /// 7, wait for acknowledgement.
    pub const WACK: Self = Self(7);
    /// 8, as everyone writes it ([RFC 1002] 4.2.1.1).
    pub const REFRESH: Self = Self(8);
    /// 9, as [RFC 1002] 4.2.4 draws it.
    pub const REFRESH_ALT: Self = Self(9);
    /// 15, of a name with several addresses ([MS-NBTE] 2.2.2).
    pub const MULTIHOMED_REGISTRATION: Self = Self(15);

    /// Its name in JSON.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::QUERY => "query",
            Self::REGISTRATION => "registration",
            Self::RELEASE => "release",
            Self::WACK => "wack",
            Self::REFRESH | Self::REFRESH_ALT => "refresh",
            Self::MULTIHOMED_REGISTRATION => "multihomed_registration",
            _ => return None,
        })
    }
}

bitflags! {
    /// `NM_FLAGS`, where they stand in the word at octet 2.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct NmFlags: u16 {
        /// `AA`: the answer's sender owns the name or is a name server.
        const AUTHORITATIVE = 0x0400;
        /// `TC`: there is more, by TCP.
        const TRUNCATED = 0x0200;
        /// `RD`: of registrations, a request rather than a demand.
        const RECURSION_DESIRED = 0x0100;
        /// `RA`: the answer's sender is a name server.
        const RECURSION_AVAILABLE = 0x0080;
        /// `B`: sent to everyone.
        const BROADCAST = 0x0010;
        /// Reserved bits.
        const RESERVED = 0x0060;
    }
}

impl NmFlags {
    const MASK: u16 = 0x07f0;
}

/// `RCODE`, four bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rcode(pub u8);

impl Rcode {
    /// 0.
    pub const OK: Self = Self(0);
    /// 1, `FMT_ERR`: the request is malformed.
    pub const FORMAT: Self = Self(1);
    /// 2, `SRV_ERR`: the name server has a problem.
    pub const SERVER: Self = Self(2);
    /// 3, `NAM_ERR`: there is no such name.
    pub const NAME: Self = Self(3);
    /// 4, `IMP_ERR`: not supported.
    pub const UNSUPPORTED: Self = Self(4);
    /// 5, `RFS_ERR`: refused by policy.
    pub const REFUSED: Self = Self(5);
    /// 6, `ACT_ERR`: another node owns the name.
    pub const ACTIVE: Self = Self(6);
    /// 7, `CFT_ERR`: more than one node owns the name.
    pub const CONFLICT: Self = Self(7);
}

impl fmt::Display for Rcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::OK => "ok",
            Self::FORMAT => "malformed request",
            Self::SERVER => "server failure",
            Self::NAME => "no such name",
            Self::UNSUPPORTED => "not supported",
            Self::REFUSED => "refused",
            Self::ACTIVE => "owned by another node",
            Self::CONFLICT => "name in conflict",
            Self(other) => return write!(f, "code {other}"),
        })
    }
}

/// The packets of [RFC 1002] 4.2.2 to 4.2.18, and [MS-NBTE] 2.2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// NAME QUERY REQUEST, 4.2.12.
    NameQueryRequest,
    /// POSITIVE NAME QUERY RESPONSE, 4.2.13.
    PositiveNameQueryResponse,
    /// NEGATIVE NAME QUERY RESPONSE, 4.2.14.
    NegativeNameQueryResponse,
    /// REDIRECT NAME QUERY RESPONSE, 4.2.15.
    RedirectNameQueryResponse,
    /// NAME REGISTRATION REQUEST, 4.2.2.
    NameRegistrationRequest,
    /// NAME OVERWRITE REQUEST & DEMAND, 4.2.3.
    NameOverwriteRequest,
    /// NAME REFRESH REQUEST, 4.2.4.
    NameRefreshRequest,
    /// MULTI-HOMED NAME REGISTRATION REQUEST, [MS-NBTE] 2.2.2.
    MultihomedNameRegistrationRequest,
    /// POSITIVE NAME REGISTRATION RESPONSE, 4.2.5.
    PositiveNameRegistrationResponse,
    /// END-NODE CHALLENGE NAME REGISTRATION RESPONSE, 4.2.7.
    EndNodeChallengeResponse,
    /// NEGATIVE NAME REGISTRATION RESPONSE, 4.2.6.
    NegativeNameRegistrationResponse,
    /// NAME CONFLICT DEMAND, 4.2.8.
    NameConflictDemand,
    /// NAME RELEASE REQUEST & DEMAND, 4.2.9.
    NameReleaseRequest,
    /// POSITIVE NAME RELEASE RESPONSE, 4.2.10.
    PositiveNameReleaseResponse,
    /// NEGATIVE NAME RELEASE RESPONSE, 4.2.11.
    NegativeNameReleaseResponse,
    /// WAIT FOR ACKNOWLEDGEMENT (WACK) RESPONSE, 4.2.16.
    Wack,
    /// NODE STATUS REQUEST, 4.2.17.
    NodeStatusRequest,
    /// NODE STATUS RESPONSE, 4.2.18.
    NodeStatusResponse,
    /// None of them.
    Unknown(Opcode),
}

impl Kind {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NameQueryRequest => "name_query_request",
            Self::PositiveNameQueryResponse => "positive_name_query_response",
            Self::NegativeNameQueryResponse => "negative_name_query_response",
            Self::RedirectNameQueryResponse => "redirect_name_query_response",
            Self::NameRegistrationRequest => "name_registration_request",
            Self::NameOverwriteRequest => "name_overwrite_request",
            Self::NameRefreshRequest => "name_refresh_request",
            Self::MultihomedNameRegistrationRequest => "multihomed_name_registration_request",
            Self::PositiveNameRegistrationResponse => "positive_name_registration_response",
            Self::EndNodeChallengeResponse => "end_node_challenge_response",
            Self::NegativeNameRegistrationResponse => "negative_name_registration_response",
            Self::NameConflictDemand => "name_conflict_demand",
            Self::NameReleaseRequest => "name_release_request",
            Self::PositiveNameReleaseResponse => "positive_name_release_response",
            Self::NegativeNameReleaseResponse => "negative_name_release_response",
            Self::Wack => "wack",
            Self::NodeStatusRequest => "node_status_request",
            Self::NodeStatusResponse => "node_status_response",
            Self::Unknown(_) => "unknown",
        }
    }

    pub(super) fn of(header: Header, asked: Option<RrType>, answered: Option<&Record<'_>>) -> Self {
        let Header { response, opcode, nm_flags, rcode, .. } = header;
        let status = RrType::NBSTAT;
        let failed = rcode != Rcode::OK;
        match (opcode, response) {
            (Opcode::QUERY, false) if asked == Some(status) => Self::NodeStatusRequest,
            (Opcode::QUERY, false) => Self::NameQueryRequest,
            (Opcode::QUERY, true) if failed => Self::NegativeNameQueryResponse,
            (Opcode::QUERY, true) => match answered {
                Some(record) if record.rr_type == status => Self::NodeStatusResponse,
                Some(record) if record.rr_type == RrType::NS => Self::RedirectNameQueryResponse,
                _ => Self::PositiveNameQueryResponse,
            },
            (Opcode::REGISTRATION, false) if nm_flags.contains(NmFlags::RECURSION_DESIRED) => {
                Self::NameRegistrationRequest
            }
            (Opcode::REGISTRATION, false) => Self::NameOverwriteRequest,
            (Opcode::MULTIHOMED_REGISTRATION, false) => Self::MultihomedNameRegistrationRequest,
            (Opcode::REFRESH | Opcode::REFRESH_ALT, false) => Self::NameRefreshRequest,
            (Opcode::REGISTRATION, true) if rcode == Rcode::CONFLICT => Self::NameConflictDemand,
            (
                Opcode::REGISTRATION
                | Opcode::MULTIHOMED_REGISTRATION
                | Opcode::REFRESH
                | Opcode::REFRESH_ALT,
                true,
            ) => match () {
                () if failed => Self::NegativeNameRegistrationResponse,
                () if nm_flags.contains(NmFlags::RECURSION_AVAILABLE) => {
                    Self::PositiveNameRegistrationResponse
                }
                () => Self::EndNodeChallengeResponse,
            },
            (Opcode::RELEASE, false) => Self::NameReleaseRequest,
            (Opcode::RELEASE, true) if failed => Self::NegativeNameReleaseResponse,
            (Opcode::RELEASE, true) => Self::PositiveNameReleaseResponse,
            (Opcode::WACK, true) => Self::Wack,
            (other, _) => Self::Unknown(other),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NameQueryRequest => "name query",
            Self::PositiveNameQueryResponse => "positive name query response",
            Self::NegativeNameQueryResponse => "negative name query response",
            Self::RedirectNameQueryResponse => "redirect name query response",
            Self::NameRegistrationRequest => "name registration",
            Self::NameOverwriteRequest => "name overwrite",
            Self::NameRefreshRequest => "name refresh",
            Self::MultihomedNameRegistrationRequest => "multi-homed name registration",
            Self::PositiveNameRegistrationResponse => "positive name registration response",
            Self::EndNodeChallengeResponse => "end-node challenge",
            Self::NegativeNameRegistrationResponse => "negative name registration response",
            Self::NameConflictDemand => "name conflict demand",
            Self::NameReleaseRequest => "name release",
            Self::PositiveNameReleaseResponse => "positive name release response",
            Self::NegativeNameReleaseResponse => "negative name release response",
            Self::Wack => "wait for acknowledgement",
            Self::NodeStatusRequest => "node status request",
            Self::NodeStatusResponse => "node status",
            Self::Unknown(opcode) => return write!(f, "operation {}", opcode.0),
        })
    }
}
