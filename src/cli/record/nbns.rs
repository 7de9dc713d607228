//! What a packet of the name service says. For readers: `encode` takes `data`, which has it all.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::{ErrorRecord, NameRecord, Octets, Record, address};
use crate::wire::Decoded;
use crate::wire::datagram::NodeType;
use crate::wire::nbns::{self, CLASS_IN, NameFlags, NbEntry, NodeName, NodeStatus, Packet, Rdata};
use crate::wire::netbios::ScopedName;
use crate::wire::oem::CodePage;

/// Questions, records, addresses and names that are listed. The longest honest packet has 300;
/// one that is made of label pointers would have ten thousand, and a line longer than `encode`
/// reads.
const MOST: usize = 400;

/// A name where there is one, else the number.
#[derive(Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum Code<'a> {
    #[serde(borrow)]
    Name(Cow<'a, str>),
    Number(u16),
}

impl Code<'_> {
    fn new(name: Option<&'static str>, number: u16) -> Self {
        name.map_or(Self::Number(number), |name| Self::Name(name.into()))
    }
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuestionRecord<'a> {
    #[serde(borrow)]
    name: NameRecord<'a>,
    #[serde(borrow, rename = "type")]
    question_type: Code<'a>,
    /// Where it is not 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    class: Option<u16>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResourceRecord<'a> {
    /// `null` where it is the root.
    #[serde(borrow)]
    name: Option<NameRecord<'a>>,
    #[serde(borrow, rename = "type")]
    rr_type: Code<'a>,
    /// Where it is not 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    class: Option<u16>,
    ttl: u32,
    rdlength: u16,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    addresses: Option<Vec<AddressRecord<'a>>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    node_status: Option<NodeStatusRecord<'a>>,
    /// Of a name server.
    #[serde(
        default,
        serialize_with = "address::optional",
        skip_serializing_if = "Option::is_none"
    )]
    address: Option<Ipv4Addr>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    name_server: Option<NameRecord<'a>>,
    /// Of a WACK: the word at octet 2 of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<u16>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    rdata: Option<Octets<'a>>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressRecord<'a> {
    #[serde(serialize_with = "address::host")]
    address: Ipv4Addr,
    group: bool,
    #[serde(borrow)]
    node_type: Cow<'a, str>,
    nb_flags: u16,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeStatusRecord<'a> {
    num_names: u8,
    #[serde(borrow)]
    names: Vec<NodeNameRecord<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    unit_id: Option<Cow<'a, str>>,
}

#[expect(clippy::struct_excessive_bools, reason = "as many as the format has")]
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeNameRecord<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    suffix: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    raw: Option<Octets<'a>>,
    group: bool,
    #[serde(borrow)]
    node_type: Cow<'a, str>,
    active: bool,
    conflict: bool,
    deregistering: bool,
    permanent: bool,
    name_flags: u16,
}

/// Fills in what the payload says.
pub(super) fn packet<'a>(record: &mut Record<'a>, page: CodePage, payload: &'a [u8]) {
    record.data = Some(Octets(payload.into()));
    let read = match Packet::decode(payload) {
        Ok(Decoded { value, notes }) => {
            record.kind = Some(value.kind().name().into());
            Some(Decoded { value, notes })
        }
        Err(error) => {
            record.error = Some(ErrorRecord::new("nbns", error));
            // Without the rest, its kind would be a guess.
            Packet::partial(payload)
        }
    };
    let Some(Decoded { value: packet, notes }) = read else { return };
    let header = packet.header;
    record.trn_id = Some(header.name_trn_id);
    record.opcode = Some(Code::new(header.opcode.name(), header.opcode.0.into()));
    record.response = Some(header.response);
    record.rcode = Some(header.rcode.0);
    record.nm_flags = Some(header.nm_flags.bits());
    let mut list = List { page, left: MOST, unlisted: 0 };
    record.questions = Some(list.of(&packet.questions, |_, question| QuestionRecord {
        name: NameRecord::new(&question.name, page),
        question_type: Code::new(question.question_type.name(), question.question_type.0),
        class: Some(question.question_class).filter(|&class| class != CLASS_IN),
    }));
    record.answers = Some(list.of(&packet.answers, List::record));
    record.authority = Some(list.of(&packet.authority, List::record));
    record.additional = Some(list.of(&packet.additional, List::record));
    record.uncounted = Some(list.of(packet.uncounted.as_slice(), List::record));
    record.unlisted = list.unlisted;
    record.trailing = Octets(packet.trailing.into());
    record.note(notes);
}

impl Record<'_> {
    fn resource_records(&self) -> impl Iterator<Item = &ResourceRecord<'_>> {
        let sections = [&self.answers, &self.authority, &self.additional, &self.uncounted];
        sections.into_iter().flatten().flatten()
    }

    /// The names that a packet of the name service asks for and tells of.
    pub(crate) fn packet_names(&self) -> impl Iterator<Item = &str> {
        let asked = self.questions.iter().flatten().map(|question| &question.name);
        let told = self.resource_records().flat_map(|record| [&record.name, &record.name_server]);
        let status = self.resource_records().filter_map(|record| record.node_status.as_ref());
        let status = status.flat_map(|status| &status.names).map(|name| &*name.name);
        asked.chain(told.flatten()).map(|name| &*name.name).chain(status)
    }

    /// The addresses that it tells.
    pub(crate) fn packet_addresses(&self) -> impl Iterator<Item = Ipv4Addr> {
        let entries = self.resource_records().flat_map(|record| &record.addresses).flatten();
        let servers = self.resource_records().filter_map(|record| record.address);
        entries.map(|entry| entry.address).chain(servers)
    }
}

/// What is listed of a packet.
struct List {
    page: CodePage,
    /// How much more may be.
    left: usize,
    /// How much was not.
    unlisted: usize,
}

impl List {
    fn of<T, R>(&mut self, all: &[T], mut each: impl FnMut(&mut Self, &T) -> R) -> Vec<R> {
        let mut listed = Vec::new();
        for value in all {
            if self.left == 0 {
                self.unlisted += all.len() - listed.len();
                break;
            }
            self.left -= 1;
            listed.push(each(self, value));
        }
        listed
    }

    fn record<'a>(&mut self, record: &nbns::Record<'a>) -> ResourceRecord<'a> {
        let mut shown = ResourceRecord {
            name: record.name.map(|name| NameRecord::new(&name, self.page)),
            rr_type: Code::new(record.rr_type.name(), record.rr_type.0),
            class: Some(record.rr_class).filter(|&class| class != CLASS_IN),
            ttl: record.ttl,
            rdlength: record.rdlength,
            addresses: None,
            node_status: None,
            address: None,
            name_server: None,
            request: None,
            rdata: None,
        };
        match &record.rdata {
            Rdata::Nb(entries) => {
                shown.addresses = Some(self.of(entries, |_, entry| AddressRecord::new(*entry)));
            }
            Rdata::NodeStatus(status) => shown.node_status = Some(self.status(status)),
            Rdata::A(address) => shown.address = Some(*address),
            Rdata::Ns(name) => shown.name_server = Some(NameRecord::new(name, self.page)),
            Rdata::Wack(word) => shown.request = Some(*word),
            Rdata::Opaque(octets) => shown.rdata = Some(Octets((*octets).into())),
        }
        shown
    }

    fn status(&mut self, status: &NodeStatus<'_>) -> NodeStatusRecord<'static> {
        NodeStatusRecord {
            num_names: status.num_names,
            names: self.of(&status.names, |list, name| NodeNameRecord::new(name, list.page)),
            unit_id: status.unit_id().map(|unit_id| colons(&unit_id).into()),
        }
    }
}

impl AddressRecord<'_> {
    fn new(entry: NbEntry) -> Self {
        Self {
            address: entry.nb_address,
            group: entry.is_group(),
            node_type: letter(entry.nb_flags.node_type()),
            nb_flags: entry.nb_flags.bits(),
        }
    }
}

impl NodeNameRecord<'static> {
    fn new(of: &NodeName, page: CodePage) -> Self {
        let NameRecord { name, suffix, raw, .. } =
            NameRecord::new(&ScopedName::from(of.name), page);
        let flags = of.name_flags;
        Self {
            name,
            suffix,
            raw,
            group: of.is_group(),
            node_type: letter(flags.node_type()),
            active: flags.contains(NameFlags::ACTIVE),
            conflict: flags.contains(NameFlags::CONFLICT),
            deregistering: flags.contains(NameFlags::DEREGISTER),
            permanent: flags.contains(NameFlags::PERMANENT),
            name_flags: flags.bits(),
        }
    }
}

/// `b`, `p`, `m` or `h`.
fn letter(node_type: NodeType) -> Cow<'static, str> {
    match node_type {
        NodeType::B => "b",
        NodeType::P => "p",
        NodeType::M => "m",
        NodeType::H => "h",
    }
    .into()
}

/// `02:00:00:00:00:14`.
pub(crate) fn colons(octets: &[u8]) -> String {
    let mut text = String::with_capacity(3 * octets.len());
    for (i, octet) in octets.iter().enumerate() {
        let colon = if i > 0 { ":" } else { "" };
        let _ = write!(text, "{colon}{octet:02x}");
    }
    text
}
