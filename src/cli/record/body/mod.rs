//! A message of a well-known mailslot as JSON, and back.

mod reader;
mod writer;

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::wire::Payload;
use crate::wire::oem::CodePage;

pub(super) use reader::{is_raw, octets};
use writer::Fields;

/// What the data mean.
#[derive(Debug)]
pub(crate) enum BodyRecord<'a> {
    /// As it was decoded, with the code page of its text.
    Payload(Box<Payload<'a>>, CodePage),
    /// Of damaged data: what could be read of them, and the names of its fields.
    Damaged(Box<Payload<'a>>, CodePage, Vec<&'static str>),
    /// As it was read from JSON.
    Fields(Map<String, Value>),
}

impl<'a> BodyRecord<'a> {
    /// What can be read of data that cannot be read to their end.
    pub(super) fn damaged(payload: Payload<'a>, data: &'a [u8], page: CodePage) -> Self {
        let mut fields = Vec::new();
        payload.trace(data, |name, _, _| fields.push(name));
        Self::Damaged(Box::new(payload), page, fields)
    }
}

impl Serialize for BodyRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Payload(payload, page) => {
                Fields { payload, page: *page, only: None }.serialize(serializer)
            }
            Self::Damaged(payload, page, fields) => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("kind", "raw")?;
                let damaged = Fields { payload, page: *page, only: Some(fields) };
                map.serialize_entry("damaged", &damaged)?;
                map.end()
            }
            Self::Fields(fields) => fields.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for BodyRecord<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Map::deserialize(deserializer)?;
        match fields.get("kind") {
            Some(Value::String(_)) => Ok(Self::Fields(fields)),
            _ => Err(D::Error::missing_field("kind")),
        }
    }
}
/// Text that is more than its characters.
#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Odd {
    #[serde(default)]
    text: String,
    /// The message ends with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    open: bool,
    /// All octets of its field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    raw: Option<String>,
}
