//! Which datagrams are shown.

use std::borrow::Cow;
use std::net::Ipv4Addr;
use std::str::FromStr;

use serde_json::Value;

use crate::cli::record::{BodyRecord, Code, Record};
use crate::wire::datagram::MsgType;
use crate::wire::nbns::{Kind, Opcode};
use crate::wire::{Class, Note, Payload};

/// Options that choose. Any of one option must hold, and each of those that are given.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Filters")]
pub(super) struct FilterArgs {
    /// Of this mailslot: what follows \MAILSLOT\, in any case, `*` for any characters; may be
    /// given several times, as all filters: one of each option must hold
    #[arg(long, value_name = "NAME")]
    slot: Vec<Slot>,

    /// From, to or about this host: its address, or its NetBIOS name, `*` for any characters
    #[arg(long, value_name = "NAME|IP")]
    host: Vec<Host>,

    /// With such a body, as in JSON: `host_announcement`; or of a family: browse, netlogon,
    /// messenger. A word that is none is told them all
    #[arg(long, value_name = "KIND")]
    kind: Vec<Bodies>,

    /// Of this type, as in JSON: `direct_group`, `registration`, `node_status_response`. A word
    /// that is none is told them all
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<Type>,

    /// What could not be read, or only with a fault that was tolerated
    #[arg(long)]
    errors: bool,
}

/// Bodies that belong together.
const FAMILIES: [(&str, &[&str]); 3] = [
    (
        "browse",
        &[
            "host_announcement",
            "announcement_request",
            "request_election",
            "get_backup_list_request",
            "get_backup_list_response",
            "become_backup",
            "domain_announcement",
            "master_announcement",
            "reset_state_request",
            "local_master_announcement",
            "lanman_announcement",
        ],
    ),
    (
        "netlogon",
        &[
            "logon_request",
            "logon_response",
            "logon_response2",
            "primary_query",
            "primary_response",
            "sam_logon_request",
            "sam_logon_response",
            "announce_uas",
            "initialization",
            "pdc_startup",
            "pdc_failure",
            "no_user",
            "relogon_response",
            "interrogate_response",
            "logon_pause_response",
            "user_unknown",
            "account_update",
            "sam_interrogate_response",
        ],
    ),
    ("messenger", &["messenger", "alerter", "waitfor"]),
];

/// What stands in `opcode` of the name service.
const OPCODES: [Opcode; 6] = [
    Opcode::QUERY,
    Opcode::REGISTRATION,
    Opcode::RELEASE,
    Opcode::WACK,
    Opcode::REFRESH,
    Opcode::MULTIHOMED_REGISTRATION,
];

/// What stands in `kind` of the name service.
const KINDS: [Kind; 18] = [
    Kind::NameQueryRequest,
    Kind::PositiveNameQueryResponse,
    Kind::NegativeNameQueryResponse,
    Kind::RedirectNameQueryResponse,
    Kind::NameRegistrationRequest,
    Kind::NameOverwriteRequest,
    Kind::NameRefreshRequest,
    Kind::MultihomedNameRegistrationRequest,
    Kind::PositiveNameRegistrationResponse,
    Kind::EndNodeChallengeResponse,
    Kind::NegativeNameRegistrationResponse,
    Kind::NameConflictDemand,
    Kind::NameReleaseRequest,
    Kind::PositiveNameReleaseResponse,
    Kind::NegativeNameReleaseResponse,
    Kind::Wack,
    Kind::NodeStatusRequest,
    Kind::NodeStatusResponse,
];

/// Fields of a body that are for people to read, or say what others mean.
const NO_NAMES: [&str; 4] = ["kind", "comment", "message", "text"];

impl FilterArgs {
    /// Whether there is one.
    pub(super) fn is_empty(&self) -> bool {
        let Self { slot, host, kind, types, errors } = self;
        slot.is_empty() && host.is_empty() && kind.is_empty() && types.is_empty() && !errors
    }

    /// Whether a datagram is one of those that are wanted.
    pub(super) fn matches(&self, record: &Record<'_>) -> bool {
        any(&self.slot, |slot| slot.matches(record))
            && any(&self.types, |wanted| wanted.matches(record))
            && any(&self.kind, |bodies| bodies.matches(record))
            && (!self.errors || is_faulty(record))
            && any(&self.host, |host| host.matches(record))
    }
}

/// Where there are none, nothing is asked for.
fn any<T>(all: &[T], matches: impl Fn(&T) -> bool) -> bool {
    all.is_empty() || all.iter().any(matches)
}

/// Whether something could not be read, or was tolerated that nobody sends.
pub(super) fn is_faulty(record: &Record<'_>) -> bool {
    record.error.is_some() || faults(record).next().is_some()
}

/// The faults that were tolerated.
pub(super) fn faults(record: &Record<'_>) -> impl Iterator<Item = Note> {
    let noted = |note: &Note| record.notes.iter().any(|name| name == note.name());
    Note::ALL.iter().copied().filter(|note| note.class() == Class::Fault).filter(noted)
}

/// Text in any case, `*` for any characters.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern(Vec<char>);

impl Pattern {
    fn new(text: &str) -> Self {
        Self(text.chars().flat_map(char::to_lowercase).collect())
    }

    fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
        let (mut at, mut next) = (0, 0);
        // Behind the last `*`, and how far it reaches.
        let mut star: Option<(usize, usize)> = None;
        while let Some(letter) = text.get(at) {
            match self.0.get(next) {
                Some('*') => {
                    next += 1;
                    star = Some((next, at));
                }
                Some(wanted) if wanted == letter => {
                    (at, next) = (at + 1, next + 1);
                }
                _ => {
                    let Some((behind, reach)) = &mut star else { return false };
                    *reach += 1;
                    (at, next) = (*reach, *behind);
                }
            }
        }
        self.0.get(next..).unwrap_or_default().iter().all(|&rest| rest == '*')
    }
}

#[derive(Clone, Debug)]
struct Slot(Pattern);

impl FromStr for Slot {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const PREFIX: &str = r"\mailslot\";
        let prefix = text.get(..PREFIX.len()).filter(|start| start.eq_ignore_ascii_case(PREFIX));
        let leaf = prefix.and_then(|_| text.get(PREFIX.len()..)).unwrap_or(text);
        if leaf.is_empty() { Err("no name".into()) } else { Ok(Self(Pattern::new(leaf))) }
    }
}

impl Slot {
    fn matches(&self, record: &Record<'_>) -> bool {
        record.slot.as_ref().is_some_and(|slot| self.0.matches(slot))
    }
}

#[derive(Clone, Debug)]
enum Host {
    Address(Ipv4Addr),
    Name(Pattern),
}

impl FromStr for Host {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        match text.trim_start_matches('\\') {
            "" => Err("no name and no address".into()),
            name => Ok(Self::Name(Pattern::new(name))),
        }
    }
}

impl Host {
    fn matches(&self, record: &Record<'_>) -> bool {
        let here = match self {
            Self::Address(address) => {
                [record.src, record.dst].iter().any(|at| at.ip() == address)
                    || record.source_ip == Some(*address)
                    || record.packet_addresses().any(|at| at == *address)
            }
            Self::Name(name) => {
                let ends = [&record.source_name, &record.destination_name];
                ends.into_iter().flatten().any(|end| name.matches(&end.name))
                    || record.packet_names().any(|text| name.matches(text))
            }
        };
        here || record.body.as_ref().is_some_and(|body| self.is_in(body))
    }

    fn is_in(&self, body: &BodyRecord<'_>) -> bool {
        match serde_json::to_value(body) {
            Ok(Value::Object(fields)) => fields
                .iter()
                .any(|(field, value)| !NO_NAMES.contains(&&**field) && self.is_value(value)),
            _ => false,
        }
    }

    fn is_value(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => match self {
                Self::Address(address) => text.parse() == Ok(*address),
                Self::Name(name) => name.matches(text.trim_start_matches('\\').trim_end()),
            },
            Value::Array(all) => all.iter().any(|value| self.is_value(value)),
            Value::Object(fields) => fields.values().any(|value| self.is_value(value)),
            _ => false,
        }
    }
}

/// Of a word that was given, as JSON writes it.
fn word(text: &str) -> String {
    text.trim().to_lowercase().replace(['-', ' '], "_")
}

#[derive(Clone, Debug)]
struct Bodies(Vec<&'static str>);

impl FromStr for Bodies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let word = word(text);
        if let Some((_, kinds)) = FAMILIES.iter().find(|(family, _)| *family == word) {
            // A family may have the name of one of its kinds.
            return Ok(Self(kinds.to_vec()));
        }
        let known = Payload::KINDS.iter().chain(&["raw"]).find(|kind| **kind == word);
        known.map(|kind| Self(vec![*kind])).ok_or_else(|| {
            let families = FAMILIES.map(|(family, _)| family).join(", ");
            format!("not one of the families {families}, or {}, raw", Payload::KINDS.join(", "))
        })
    }
}

impl Bodies {
    fn matches(&self, record: &Record<'_>) -> bool {
        match &record.body {
            Some(BodyRecord::Payload(payload, _)) => self.0.contains(&payload.kind()),
            _ => false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Type(&'static str);

impl FromStr for Type {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let word = word(text);
        let known = Self::known();
        known
            .iter()
            .find(|name| **name == word)
            .map(|name| Self(name))
            .ok_or_else(|| format!("not one of {}", known.join(", ")))
    }
}

impl Type {
    fn known() -> Vec<&'static str> {
        let datagrams = MsgType::ALL.into_iter().map(MsgType::name);
        let packets = OPCODES.into_iter().filter_map(Opcode::name).chain(KINDS.map(Kind::name));
        let mut known = Vec::new();
        // `query` is both.
        for name in datagrams.chain(packets) {
            if !known.contains(&name) {
                known.push(name);
            }
        }
        known
    }

    fn matches(self, record: &Record<'_>) -> bool {
        let opcode = match &record.opcode {
            Some(Code::Name(name)) => Some(name),
            _ => None,
        };
        let names: [Option<&Cow<'_, str>>; 3] =
            [record.msg_type.as_ref(), record.kind.as_ref(), opcode];
        names.into_iter().flatten().any(|name| name == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let matches = |pattern: &str, text| Pattern::new(pattern).matches(text);
        for (pattern, text) in [
            ("alerts", "ALERTS"),
            ("*", ""),
            ("*", "a"),
            (r"net\*", r"NET\NETLOGON"),
            ("*log*on", r"NET\NETLOGON"),
            ("a*b*c", "aXbYbZc"),
            ("**a", "bba"),
            ("grüße", "GRÜßE"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("alerts", "alert"), ("alert", "alerts"), ("a*b", "abc"), ("", "a"), ("a*a", "a")]
        {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
        // Steps grow with the product of both lengths, not faster.
        assert!(!matches(&"a*".repeat(100), &format!("{}b", "a".repeat(90))));
    }

    #[test]
    fn every_kind_is_of_one_family() {
        for kind in Payload::KINDS {
            let of = FAMILIES.iter().filter(|(_, kinds)| kinds.contains(kind)).count();
            assert_eq!(of, 1, "{kind}: FAMILIES is to have it once");
        }
    }

    #[test]
    fn unknown_words_are_told_the_known() {
        let error = "nonsense".parse::<Bodies>().unwrap_err();
        assert!(error.contains("browse") && error.contains("host_announcement"), "{error}");
        let error = "nonsense".parse::<Type>().unwrap_err();
        assert!(error.contains("direct_unique") && error.contains("node_status_response"));
        assert_eq!(error.matches(" query,").count(), 1, "{error}");
        assert_eq!("Node-Status-Response".parse(), Ok(Type("node_status_response")));
        assert!("\\MAILSLOT\\".parse::<Slot>().is_err());
    }
}
