//! The hosts of a capture: names, addresses, and what they say that they are.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde::Serialize;
use serde_json::{Map, Value};

use super::limits::{MAX_COMMENT, MAX_HOSTS, MAX_OF_HOST};
use super::span::Span;
use super::system::{self, Style, System};
use super::table::Table;
use crate::cli::record::{BodyRecord, Record};
use crate::cli::when::When;
use crate::wire::browse::ServerType;
use crate::wire::nbns::{Kind, NodeStatus, Packet, Rdata};
use crate::wire::netbios::{Name, Suffix};
use crate::wire::oem::CodePage;

/// Hosts by their computer's name, and those of which only an address is known.
pub(super) struct Hosts {
    named: Table<String, Host>,
    unnamed: Table<Ipv4Addr, Host>,
    /// The names that an address had.
    names: Table<Ipv4Addr, BTreeSet<String>>,
}

#[derive(Debug, Default)]
struct Host {
    addresses: BTreeSet<Ipv4Addr>,
    span: Span,
    workgroups: BTreeSet<String>,
    /// What its names stand for.
    services: BTreeSet<&'static str>,
    announced: Option<Announced>,
    leaves: bool,
    /// What its messages look like.
    style: Option<Style>,
    /// What its node status says of the system.
    status: Option<System>,
}

/// What it says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Announced {
    pub(super) version: String,
    pub(super) server_type: Vec<String>,
    pub(super) comment: String,
    #[serde(skip)]
    numbers: (u8, u8),
    #[serde(skip)]
    types: ServerType,
}

/// A host, as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct HostLine {
    /// None where it is not known.
    pub(super) name: Option<String>,
    pub(super) addresses: Vec<Ipv4Addr>,
    pub(super) workgroups: Vec<String>,
    #[serde(flatten)]
    pub(super) span: Span,
    pub(super) roles: Vec<String>,
    pub(super) system: Option<System>,
    pub(super) announced: Option<Announced>,
    /// It said that it leaves.
    pub(super) left: bool,
}

impl Hosts {
    pub(super) fn new() -> Self {
        Self {
            named: Table::new(MAX_HOSTS),
            unnamed: Table::new(MAX_HOSTS),
            names: Table::new(MAX_HOSTS),
        }
    }

    /// The host of that name, at that address.
    fn host(&mut self, name: &str, address: Option<Ipv4Addr>) -> Option<&mut Host> {
        if let Some(address) = address.filter(|address| is_one(*address)) {
            if let Some(names) = self.names.entry(address) {
                insert(names, name.into());
            }
        }
        let host = self.named.entry(name.into())?;
        if let Some(address) = address.filter(|address| is_one(*address)) {
            insert(&mut host.addresses, address);
        }
        Some(host)
    }

    /// Who sent something from that address: where nobody says, whoever had the address last.
    fn sender(&mut self, address: Ipv4Addr) -> Option<&mut Host> {
        let known = self.names.get(&address).filter(|names| names.len() == 1);
        match known.and_then(|names| names.first()).cloned() {
            Some(name) => self.host(&name, Some(address)),
            None if is_one(address) => self.unnamed.entry(address),
            // What IP does not carry has none.
            None => None,
        }
    }

    /// A datagram.
    pub(super) fn datagram(&mut self, record: &Record<'_>) {
        let address = *record.src.ip();
        let sender = match computer(record) {
            Some(name) => self.host(&name, Some(address)),
            None => self.sender(address),
        };
        if let Some(host) = sender {
            host.span.add(record.time);
            // What no Windows does says more than all that others do too.
            let style = Style::of(record);
            host.style = style.filter(|style| *style == Style::Device).or(host.style).or(style);
        }
        // Of a damaged one the rest is what is usual, not what was said.
        let whole = record.body.as_ref().filter(|_| record.error.is_none());
        let Some(BodyRecord::Payload(payload, _)) = whole else { return };
        let group = record.destination_name.as_ref();
        let browsers = ["1d", "1e"];
        let group = group.filter(|name| browsers.contains(&&*name.suffix));
        match payload.kind() {
            "host_announcement" | "local_master_announcement" => {
                self.announcement(record, group.map(|name| name.name.to_uppercase()));
            }
            "lanman_announcement" => self.announcement(record, None),
            // Who takes part in an election is of that workgroup.
            "request_election" => {
                self.acts(record, None, group.map(|name| name.name.to_uppercase()));
            }
            "domain_announcement" => {
                let workgroup = fields(record).map(|fields| text(&fields, "machine_group"));
                self.acts(record, Some("master browser"), workgroup);
            }
            kind => {
                let role = SENDERS.iter().find(|(sent, _)| *sent == kind);
                self.acts(record, role.map(|(_, role)| *role), None);
            }
        }
    }

    /// What its sender does in sending it.
    fn acts(&mut self, record: &Record<'_>, role: Option<&'static str>, workgroup: Option<String>) {
        let Some(name) = computer(record) else { return };
        let Some(host) = self.host(&name, Some(*record.src.ip())) else { return };
        host.services.extend(role);
        if let Some(workgroup) = workgroup.filter(|name| !name.is_empty()) {
            insert(&mut host.workgroups, workgroup);
        }
    }

    fn announcement(&mut self, record: &Record<'_>, workgroup: Option<String>) {
        let Some(fields) = fields(record) else { return };
        let number = |field: &str| fields.get(field).and_then(Value::as_u64).unwrap_or_default();
        let name = text(&fields, "server_name").to_uppercase();
        let octet = |field| u8::try_from(number(field)).unwrap_or_default();
        let numbers = (octet("os_version_major"), octet("os_version_minor"));
        let bits = u32::try_from(number("server_type")).unwrap_or_default();
        let types = ServerType::from_bits_retain(bits);
        let words = fields.get("server_type_names").and_then(Value::as_array);
        let words = words.into_iter().flatten().filter_map(Value::as_str);
        // Who relays it need not be who it is about.
        let sender = record.source_name.as_ref().map(|name| name.name.to_uppercase());
        let own = sender.as_ref() == Some(&name);
        let address = own.then(|| *record.src.ip());
        if name.is_empty() {
            return;
        }
        let Some(host) = self.host(&name, address) else { return };
        if let Some(workgroup) = workgroup {
            insert(&mut host.workgroups, workgroup);
        }
        host.leaves = types.is_empty();
        if !host.leaves {
            host.announced = Some(Announced {
                version: format!("{}.{}", numbers.0, numbers.1),
                server_type: words.map(Into::into).collect(),
                comment: text(&fields, "comment").chars().take(MAX_COMMENT).collect(),
                numbers,
                types,
            });
        }
    }

    /// A packet of the name service.
    pub(super) fn packet(
        &mut self,
        from: Ipv4Addr,
        time: Option<When>,
        packet: &Packet<'_>,
        page: CodePage,
    ) {
        if let Some(host) = self.sender(from) {
            host.span.add(time);
        }
        let claims = matches!(
            packet.kind(),
            Kind::NameRegistrationRequest
                | Kind::NameOverwriteRequest
                | Kind::NameRefreshRequest
                | Kind::MultihomedNameRegistrationRequest
        );
        let told = claims || packet.kind() == Kind::PositiveNameQueryResponse;
        for record in packet.records().filter(|_| told) {
            let Some(name) = record.name.or_else(|| packet.name()) else { continue };
            let Rdata::Nb(entries) = &record.rdata else { continue };
            for entry in entries {
                self.name(&name.name, entry.is_group(), entry.nb_address, claims, page);
            }
        }
        for record in packet.records() {
            if let Rdata::NodeStatus(status) = &record.rdata {
                self.status(from, status, page);
            }
        }
    }

    /// A name at an address.
    fn name(&mut self, name: &Name, group: bool, at: Ipv4Addr, claims: bool, page: CodePage) {
        let text = text_of(name, page);
        if !group && is_suffix_of_computer(name.suffix()) {
            if let Some(host) = self.host(&text, Some(at)) {
                host.services.extend(service(name.suffix(), group));
                host.leaves = false;
            }
        } else if let Some(host) = self.sender(at) {
            host.services.extend(service(name.suffix(), group));
            // Of others a list of members, of itself where it is.
            if claims && group && name.suffix() == Suffix::WORKSTATION {
                insert(&mut host.workgroups, text);
            }
        }
    }

    fn status(&mut self, from: Ipv4Addr, status: &NodeStatus<'_>, page: CodePage) {
        let (computer, workgroup) = crate::wire::nbns::workstation(&status.names);
        let host = match computer {
            Some(name) => self.host(&text_of(&name, page), Some(from)),
            None => self.sender(from),
        };
        let Some(host) = host else { return };
        if let Some(workgroup) = workgroup {
            insert(&mut host.workgroups, text_of(&workgroup, page));
        }
        for name in &status.names {
            host.services.extend(service(name.name.suffix(), name.is_group()));
        }
        let unit = status.unit_id().and_then(system::of_unit_id);
        host.status = unit.or_else(|| host.status.take());
    }

    /// Addresses that had several names, and names that had several addresses: a sentence each.
    pub(super) fn mismatches(&self) -> Vec<(&'static str, String)> {
        let addresses = self.named.iter().filter(|(_, host)| host.addresses.len() > 1);
        let addresses = addresses.map(|(name, host)| {
            ("several_addresses", format!("{name} is at {}", joined(&host.addresses)))
        });
        let names = self.names.iter().filter(|(_, names)| names.len() > 1);
        let names = names
            .map(|(address, names)| ("several_names", format!("{address} is {}", joined(names))));
        addresses.chain(names).collect()
    }

    /// All of them, those with names first.
    pub(super) fn finish(mut self) -> Vec<HostLine> {
        // What came from an address without a name, or before it was known: of several names the
        // busiest has it.
        let known: Vec<Ipv4Addr> = self.names.keys().copied().collect();
        for address in known {
            let Some(names) = self.names.get(&address) else { continue };
            let busy = |name: &&String| self.named.get(*name).map(|host| host.span.datagrams);
            let Some(name) = names.iter().max_by_key(busy).cloned() else { continue };
            let Some(early) = self.unnamed.remove(&address) else { continue };
            if let Some(host) = self.named.entry(name) {
                host.span.join(early.span);
                host.services.extend(early.services);
                host.workgroups.extend(early.workgroups);
                host.style = host.style.or(early.style);
                host.status = host.status.take().or(early.status);
            }
        }
        let named = self.named.iter().map(|(name, host)| host.line(Some(name.clone())));
        let unnamed = self.unnamed.iter().map(|(address, host)| {
            let mut line = host.line(None);
            line.addresses = vec![*address];
            line
        });
        named.chain(unnamed).collect()
    }

    pub(super) fn refused(&self) -> (u64, usize) {
        let refused = self.named.refused() + self.unnamed.refused() + self.names.refused();
        (refused, self.named.most())
    }
}

impl Host {
    fn line(&self, name: Option<String>) -> HostLine {
        let announced = self.announced.as_ref();
        let said = announced.map(|said| (said.numbers, said.types));
        let system = system::guess(said, self.style, self.status.as_ref());
        let types = announced.map_or(ServerType::empty(), |said| said.types);
        let said = ROLES.iter().filter(|(bit, _)| types.contains(*bit)).map(|(_, role)| *role);
        let roles: BTreeSet<&str> = said.chain(self.services.iter().copied()).collect();
        HostLine {
            name,
            addresses: self.addresses.iter().copied().collect(),
            workgroups: self.workgroups.iter().cloned().collect(),
            span: self.span,
            roles: roles.into_iter().map(Into::into).collect(),
            system,
            announced: announced.cloned(),
            left: self.leaves,
        }
    }
}

/// What bits of an announcement mean for who looks for a machine.
const ROLES: [(ServerType, &str); 14] = [
    (ServerType::DOMAIN_CTRL, "domain controller"),
    (ServerType::DOMAIN_BAKCTRL, "domain controller"),
    (ServerType::DOMAIN_MASTER, "domain master browser"),
    (ServerType::MASTER_BROWSER, "master browser"),
    (ServerType::BACKUP_BROWSER, "backup browser"),
    (ServerType::SERVER, "file server"),
    (ServerType::PRINTQ_SERVER, "print server"),
    (ServerType::SQLSERVER, "SQL server"),
    (ServerType::TIME_SOURCE, "time source"),
    (ServerType::TERMINALSERVER, "terminal server"),
    (ServerType::DIALIN_SERVER, "dial-in server"),
    (ServerType::CLUSTER_NT, "cluster"),
    (ServerType::NOVELL, "NetWare server"),
    (ServerType::AFP, "Apple file server"),
];

/// What the sender of a message is, whatever it announces.
const SENDERS: [(&str, &str); 5] = [
    ("become_backup", "master browser"),
    ("master_announcement", "master browser"),
    ("get_backup_list_response", "master browser"),
    ("primary_response", "domain controller"),
    ("sam_logon_response", "domain controller"),
];

/// What a name means for the host that has it.
fn service(suffix: Suffix, group: bool) -> Option<&'static str> {
    match (suffix, group) {
        (Suffix::SERVER, false) => Some("file server"),
        (Suffix::DOMAIN_MASTER_BROWSER, false) => Some("domain master browser"),
        (Suffix::LOCAL_MASTER_BROWSER, false) => Some("master browser"),
        (Suffix::DOMAIN_CONTROLLERS, true) => Some("domain controller"),
        _ => None,
    }
}

/// The computer whose name a datagram's source is.
fn computer(record: &Record<'_>) -> Option<String> {
    let source = record.source_name.as_ref()?;
    let named = ["00", "20"].contains(&&*source.suffix) && !source.name.is_empty();
    named.then(|| source.name.to_uppercase())
}

/// The fields of a message, as JSON has them.
fn fields(record: &Record<'_>) -> Option<Map<String, Value>> {
    match serde_json::to_value(&record.body) {
        Ok(Value::Object(fields)) => Some(fields),
        _ => None,
    }
}

/// A text of them, without the spaces behind it.
fn text(fields: &Map<String, Value>, field: &str) -> String {
    let text = match fields.get(field) {
        Some(Value::String(text)) => text.as_str(),
        // One that is more than its text.
        Some(odd) => odd["text"].as_str().unwrap_or_default(),
        None => "",
    };
    text.trim_end().into()
}

fn is_suffix_of_computer(suffix: Suffix) -> bool {
    [Suffix::WORKSTATION, Suffix::SERVER].contains(&suffix)
}

/// An address of one host.
const fn is_one(address: Ipv4Addr) -> bool {
    !address.is_unspecified() && !address.is_broadcast() && !address.is_multicast()
}

fn text_of(name: &Name, page: CodePage) -> String {
    let text = page.decode(name.trimmed());
    text.to_uppercase()
}

/// One more, where there is room.
fn insert<T: Ord>(set: &mut BTreeSet<T>, value: T) {
    if set.len() < MAX_OF_HOST {
        set.insert(value);
    }
}

fn joined<T: ToString>(all: &BTreeSet<T>) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
