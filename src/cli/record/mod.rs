//! One datagram as JSON: what `decode --json` writes and `encode` reads.
//!
//! Fields are added, never renamed. A record without `raw` gives the UDP payload back when it is
//! encoded.

mod address;
mod body;
mod from_payload;
mod nbns;
mod passed_over;
mod smb;
mod to_payload;

use std::borrow::Cow;
use std::net::{Ipv4Addr, SocketAddrV4};

use serde::{Deserialize, Serialize};

pub(crate) use body::BodyRecord;
pub(crate) use from_payload::{Context, record};
pub(crate) use nbns::{Code, QuestionRecord, ResourceRecord, colons};
pub(crate) use passed_over::{PassedOver, passed_over};
pub(crate) use smb::SmbRecord;
pub(crate) use to_payload::payloads;

use super::when::When;

/// The version of the schema.
pub(crate) const SCHEMA: u32 = 1;

/// One datagram, or one packet of the name service.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record<'a> {
    #[serde(default = "schema")]
    pub(crate) schema: u32,
    /// Which file it is of, where several were read.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<Cow<'a, str>>,
    /// Its number in the capture, from 1; of a datagram in fragments, the last one's.
    #[serde(default)]
    pub(crate) frame: u64,
    /// The numbers of all fragments, in the order of their arrival.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) fragments: Vec<u64>,
    #[serde(default)]
    pub(crate) time: Option<When>,
    #[serde(default = "nowhere", serialize_with = "address::socket")]
    pub(crate) src: SocketAddrV4,
    #[serde(default = "nowhere", serialize_with = "address::socket")]
    pub(crate) dst: SocketAddrV4,
    /// Of what IP does not carry.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) src_hw: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) dst_hw: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(crate) transport: Transport,
    /// Whether an ICMP error quotes it: it was not sent here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) quoted: bool,
    #[serde(default)]
    pub(crate) protocol: Protocol,
    /// Octets that the capture's snap length cut off.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) missing: usize,
    #[serde(borrow, default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) msg_type: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) flags: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dgm_id: Option<u16>,
    #[serde(
        default,
        serialize_with = "address::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) source_ip: Option<Ipv4Addr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source_port: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dgm_length: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) packet_offset: Option<u16>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) source_name: Option<NameRecord<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) destination_name: Option<NameRecord<'a>>,
    /// Of a DATAGRAM ERROR.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error_code: Option<u8>,
    /// Of the name service, as are all to `unlisted`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trn_id: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) response: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rcode: Option<u8>,
    /// Where they stand in the word at octet 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) nm_flags: Option<u16>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) questions: Option<Vec<QuestionRecord<'a>>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) answers: Option<Vec<ResourceRecord<'a>>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) authority: Option<Vec<ResourceRecord<'a>>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) additional: Option<Vec<ResourceRecord<'a>>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) uncounted: Option<Vec<ResourceRecord<'a>>>,
    /// How much of them is not listed: what no sender but a hostile one has.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) unlisted: usize,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) mailslot: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) slot: Option<Cow<'a, str>>,
    /// Of a mailslot write a number; of the name service a name where there is one.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) opcode: Option<Code<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) priority: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) class: Option<u16>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<Octets<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) encoding: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<BodyRecord<'a>>,
    #[serde(borrow, default)]
    pub(crate) notes: Vec<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<Cow<'a, str>>,
    /// Where the OEM code page is not 850.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code_page: Option<u16>,
    #[serde(borrow, default, skip_serializing_if = "SmbRecord::is_empty")]
    pub(crate) smb: SmbRecord<'a>,
    /// Where the mailslot's name is in UTF-16LE.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) unicode: bool,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) padding: Option<Octets<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Octets::is_empty")]
    pub(crate) trailing: Octets<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) raw: Option<Raw<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<ErrorRecord<'a>>,
}

/// What carries the datagram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Transport {
    #[default]
    Udp,
    Ipx,
    NetBeui,
}

impl Transport {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
    pub(crate) const fn is_udp(&self) -> bool {
        matches!(self, Self::Udp)
    }

    /// What stands behind the line of a datagram.
    pub(crate) const fn mark(self) -> &'static str {
        match self {
            Self::Udp => "",
            Self::Ipx => "  [IPX]",
            Self::NetBeui => "  [NetBEUI]",
        }
    }
}

/// Which service it belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Protocol {
    /// The datagram service, port 138.
    #[default]
    Nbdgm,
    /// The name service, port 137.
    Nbns,
}

/// A NetBIOS name.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NameRecord<'a> {
    #[serde(borrow)]
    pub(crate) name: Cow<'a, str>,
    /// Two hex digits.
    #[serde(borrow)]
    pub(crate) suffix: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(crate) scope: Option<Cow<'a, str>>,
    /// The 16 octets, where `name` padded with spaces would give others.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) raw: Option<Octets<'a>>,
    /// Where it is written as a label pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pointer: Option<u16>,
}

/// Why a layer could not be read.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct ErrorRecord<'a> {
    #[serde(borrow)]
    pub(crate) layer: Cow<'a, str>,
    /// Of a body: which one it would be.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<Cow<'a, str>>,
    pub(crate) offset: usize,
    #[serde(borrow)]
    pub(crate) field: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) reason: Cow<'a, str>,
}

/// The UDP payload itself, or that of each fragment.
#[derive(Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum Raw<'a> {
    #[serde(borrow)]
    Whole(Octets<'a>),
    Fragments(Vec<Octets<'a>>),
}

/// Octets as hex digits, which [`json`](crate::cli::json) makes of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Octets<'a>(pub(crate) Cow<'a, [u8]>);

impl Octets<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Octets<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Octets<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = Cow::<'_, str>::deserialize(deserializer)?;
        hex::decode(digits.as_bytes())
            .map(|octets| Self(octets.into()))
            .map_err(|error| serde::de::Error::custom(format_args!("hex digits: {error}")))
    }
}

const fn schema() -> u32 {
    SCHEMA
}

const fn nowhere() -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Default for Record<'_> {
    fn default() -> Self {
        Self {
            schema: SCHEMA,
            file: None,
            frame: 0,
            fragments: Vec::new(),
            time: None,
            src: nowhere(),
            dst: nowhere(),
            src_hw: None,
            dst_hw: None,
            transport: Transport::default(),
            quoted: false,
            protocol: Protocol::default(),
            missing: 0,
            msg_type: None,
            flags: None,
            dgm_id: None,
            source_ip: None,
            source_port: None,
            dgm_length: None,
            packet_offset: None,
            source_name: None,
            destination_name: None,
            error_code: None,
            mailslot: None,
            slot: None,
            opcode: None,
            trn_id: None,
            response: None,
            rcode: None,
            nm_flags: None,
            kind: None,
            questions: None,
            answers: None,
            authority: None,
            additional: None,
            uncounted: None,
            unlisted: 0,
            priority: None,
            class: None,
            data: None,
            text: None,
            encoding: None,
            body: None,
            notes: Vec::new(),
            profile: None,
            code_page: None,
            smb: SmbRecord::default(),
            unicode: false,
            padding: None,
            trailing: Octets::default(),
            raw: None,
            error: None,
        }
    }
}
