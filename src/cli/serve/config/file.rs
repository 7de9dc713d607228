//! The file's sections and keys, as they are written.

use std::fmt;
use std::marker::PhantomData;
use std::net::Ipv4Addr;
use std::num::{NonZeroU16, NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use toml::Spanned;

use crate::cli::log::Level;
use crate::service::rights::{Quotas as UserQuotas, Totals};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    #[serde(deserialize_with = "table")]
    pub(super) node: Node,
    #[serde(deserialize_with = "table")]
    pub(super) socket: Socket,
    #[serde(deserialize_with = "table")]
    pub(super) log: Log,
    #[serde(deserialize_with = "table")]
    pub(super) quotas: Quotas,
    pub(super) create: Vec<Spanned<Create>>,
    #[serde(deserialize_with = "table")]
    pub(super) network: Network,
    #[serde(deserialize_with = "table")]
    pub(super) slots: Slots,
}

/// A table: a list of its values without their keys, which serde takes for one too, is none.
fn table<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(TableVisitor(PhantomData))
}

struct TableVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for TableVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one table, its name in single brackets")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Node {
    pub(super) name: Option<Spanned<String>>,
    pub(super) workgroup: Option<Spanned<String>>,
    pub(super) interface: Vec<String>,
    pub(super) not_interface: Vec<String>,
    pub(super) bind: Option<Spanned<Ipv4Addr>>,
    pub(super) also: Vec<Spanned<String>>,
    pub(super) also_group: Vec<Spanned<String>>,
    pub(super) scope: Option<Spanned<String>>,
    pub(super) code_page: Option<Spanned<u16>>,
    pub(super) name_port: Option<NonZeroU16>,
    pub(super) dgram_port: Option<NonZeroU16>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Socket {
    pub(super) path: Option<Spanned<PathBuf>>,
    pub(super) mode: Option<Spanned<u32>>,
    pub(super) group: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Log {
    pub(super) level: Level,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Quotas {
    pub(super) slots_per_user: NonZeroUsize,
    pub(super) octets_per_user: NonZeroU64,
    pub(super) connections_per_user: NonZeroUsize,
    pub(super) handles_per_connection: NonZeroUsize,
    pub(super) pending_reads_per_connection: NonZeroUsize,
    pub(super) total_slots: NonZeroUsize,
    pub(super) total_octets: NonZeroU64,
    pub(super) total_connections: NonZeroUsize,
}

impl Default for Quotas {
    fn default() -> Self {
        let (user, total) = (UserQuotas::default(), Totals::default());
        let number = |number| NonZeroUsize::new(number).unwrap_or(NonZeroUsize::MIN);
        let octets = |number| NonZeroU64::new(number).unwrap_or(NonZeroU64::MIN);
        Self {
            slots_per_user: number(user.slots),
            octets_per_user: octets(user.octets),
            connections_per_user: number(user.connections),
            handles_per_connection: number(user.handles_per_connection),
            pending_reads_per_connection: number(user.pending_reads_per_connection),
            total_slots: number(total.slots),
            total_octets: octets(total.octets),
            total_connections: number(total.connections),
        }
    }
}

/// `[[create]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Create {
    pub(super) names: Vec<Spanned<String>>,
    pub(super) users: WhoText,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Network {
    pub(super) write: Option<WhoText>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Slots {
    pub(super) see: Option<WhoText>,
}

/// `"everyone"`, `"nobody"` or a list.
pub(super) enum WhoText {
    Everyone,
    Nobody,
    List(Vec<Spanned<String>>),
}

impl<'de> Deserialize<'de> for WhoText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WhoVisitor)
    }
}

struct WhoVisitor;

impl<'de> Visitor<'de> for WhoVisitor {
    type Value = WhoText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#""everyone", "nobody" or a list as ["alice", "1000", "@audio"]"#)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<WhoText, E> {
        match text {
            "everyone" => Ok(WhoText::Everyone),
            "nobody" => Ok(WhoText::Nobody),
            text => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<WhoText, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element()? {
            list.push(entry);
        }
        Ok(WhoText::List(list))
    }
}
