//! A message of a well-known mailslot as JSON, and back.

use std::cell::OnceCell;

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::wire::oem::CodePage;
use crate::wire::{Form, Name16, Note, Oem, Opcode, Payload, Visitor};

/// What the data mean.
#[derive(Debug)]
pub(crate) enum BodyRecord<'a> {
    /// As it was decoded, with the code page of its text.
    Payload(Box<Payload<'a>>, CodePage),
    /// As it was read from JSON.
    Fields(Map<String, Value>),
}

impl Serialize for BodyRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Payload(payload, page) => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("kind", payload.kind())?;
                let mut writer = Writer { map, page: *page };
                (**payload).clone().visit(&mut writer)?;
                writer.map.end()
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

/// Fields to JSON.
struct Writer<M> {
    map: M,
    page: CodePage,
}

/// The names of bits that are set.
struct Flags(&'static [(u32, &'static str)], u32);

impl Serialize for Flags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let set = self.0.iter().filter(|(bit, _)| self.1 & bit != 0);
        serializer.collect_seq(set.map(|(_, name)| name))
    }
}

/// Text that is more than its characters.
#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Odd {
    text: String,
    /// The message ends with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    open: bool,
    /// All octets of its field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    raw: Option<String>,
}

fn text(page: CodePage, octets: &[u8]) -> String {
    octets.iter().map(|&octet| page.decode_octet(octet)).collect()
}

impl<M: SerializeMap> Writer<M> {
    fn number(&mut self, name: &str, form: Form, value: u32) -> Result<(), M::Error> {
        self.map.serialize_entry(name, &value)?;
        match form {
            Form::Flags(names) => {
                self.map.serialize_entry(&format_args!("{name}_flags"), &Flags(names, value))
            }
            Form::Named(names) => match names.iter().find(|(number, _)| *number == value) {
                Some((_, text)) => self.map.serialize_entry(&format_args!("{name}_name"), text),
                None => Ok(()),
            },
            Form::Decimal | Form::Hex | Form::Milliseconds => Ok(()),
        }
    }
}

impl<'a, M: SerializeMap> Visitor<'a> for Writer<M> {
    type Error = M::Error;

    fn ahead(&self) -> Option<&'a [u8]> {
        None
    }

    fn note(&mut self, _: Note) {}

    // The kind says so.
    fn opcode(&mut self, _: Opcode) -> Result<(), M::Error> {
        Ok(())
    }

    fn octet(&mut self, name: &'static str, form: Form, value: &mut u8) -> Result<(), M::Error> {
        self.number(name, form, (*value).into())
    }

    fn le_u16(&mut self, name: &'static str, form: Form, value: &mut u16) -> Result<(), M::Error> {
        self.number(name, form, (*value).into())
    }

    fn le_u32(&mut self, name: &'static str, form: Form, value: &mut u32) -> Result<(), M::Error> {
        self.number(name, form, *value)
    }

    fn name16(&mut self, name: &'static str, value: &mut Name16) -> Result<(), M::Error> {
        let text = text(self.page, value.octets());
        if value.residue().is_empty() {
            return self.map.serialize_entry(name, &text);
        }
        let raw = Some(hex::encode(value.0));
        self.map.serialize_entry(name, &Odd { text, raw, open: false })
    }

    fn oem(&mut self, name: &'static str, value: &mut Oem<'a>) -> Result<(), M::Error> {
        let text = text(self.page, value.octets);
        if value.open {
            return self.map.serialize_entry(name, &Odd { text, open: true, raw: None });
        }
        self.map.serialize_entry(name, &text)
    }

    fn surplus(&mut self, value: &mut &'a [u8]) -> Result<(), M::Error> {
        if value.is_empty() {
            return Ok(());
        }
        self.map.serialize_entry("surplus", &hex::encode(value))
    }
}

/// Octets that come out of JSON, as long as what borrows them.
#[derive(Debug, Default)]
struct Arena {
    octets: Vec<u8>,
    next: OnceCell<Box<Self>>,
}

impl Arena {
    fn keep(&self, octets: Vec<u8>) -> &[u8] {
        let mut last = self;
        while let Some(next) = last.next.get() {
            last = next;
        }
        &last.next.get_or_init(|| Box::new(Self { octets, next: OnceCell::new() })).octets
    }
}

/// Fields out of JSON. What is not there keeps its usual value.
struct Reader<'a> {
    fields: Map<String, Value>,
    arena: &'a Arena,
    page: CodePage,
}

/// The octets of a body.
pub(super) fn octets(fields: &Map<String, Value>, page: CodePage) -> Result<Vec<u8>, String> {
    let kind = fields.get("kind").and_then(Value::as_str).unwrap_or_default();
    if kind == "raw" {
        return Err("body: kind \"raw\" has no fields, write `data`".into());
    }
    let arena = Arena::default();
    let mut payload =
        Payload::of_kind(kind).ok_or_else(|| format!("body.kind: {kind:?} is unknown"))?;
    let mut reader = Reader { fields: fields.clone(), arena: &arena, page };
    reader.fields.remove("kind");
    payload.visit(&mut reader)?;
    if let Some(unknown) = reader.fields.keys().next() {
        return Err(format!("body.{unknown}: no field of a {kind}"));
    }
    let mut octets = Vec::with_capacity(payload.encoded_len());
    payload.encode(&mut octets);
    Ok(octets)
}

impl Reader<'_> {
    /// A number, by its own value or by the names of its bits.
    fn number<T: TryFrom<u64>>(
        &mut self,
        name: &str,
        form: Form,
        value: &mut T,
    ) -> Result<(), String> {
        let flags = match form {
            Form::Flags(names) => self.fields.remove(&format!("{name}_flags")).zip(Some(names)),
            Form::Named(names) => self.fields.remove(&format!("{name}_name")).zip(Some(names)),
            Form::Decimal | Form::Hex | Form::Milliseconds => None,
        };
        let number = match (self.fields.remove(name), flags) {
            (Some(number), _) => {
                number.as_u64().ok_or_else(|| format!("body.{name}: {number} is no number"))?
            }
            (None, None) => return Ok(()),
            (None, Some((given, names))) => {
                let one = [given.clone()];
                let given = given.as_array().map_or(&one[..], |all| all);
                let bits = given.iter().map(|given| {
                    let known = names.iter().find(|(_, known)| given.as_str() == Some(known));
                    known
                        .map(|(bit, _)| u64::from(*bit))
                        .ok_or_else(|| format!("body.{name}: {given} is not known"))
                });
                bits.sum::<Result<u64, String>>()?
            }
        };
        *value = T::try_from(number).map_err(|_| format!("body.{name}: {number} is too large"))?;
        Ok(())
    }

    fn odd(&mut self, name: &str) -> Result<Option<Odd>, String> {
        match self.fields.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(Odd { text, ..Odd::default() })),
            Some(value) => serde_json::from_value(value)
                .map(Some)
                .map_err(|error| format!("body.{name}: {error}")),
        }
    }

    fn hex(name: &str, digits: &str) -> Result<Vec<u8>, String> {
        hex::decode(digits).map_err(|error| format!("body.{name}: {error}"))
    }
}

impl<'a> Visitor<'a> for Reader<'a> {
    type Error = String;

    fn ahead(&self) -> Option<&'a [u8]> {
        None
    }

    fn note(&mut self, _: Note) {}

    fn opcode(&mut self, _: Opcode) -> Result<(), String> {
        Ok(())
    }

    fn octet(&mut self, name: &'static str, form: Form, value: &mut u8) -> Result<(), String> {
        self.number(name, form, value)
    }

    fn le_u16(&mut self, name: &'static str, form: Form, value: &mut u16) -> Result<(), String> {
        self.number(name, form, value)
    }

    fn le_u32(&mut self, name: &'static str, form: Form, value: &mut u32) -> Result<(), String> {
        self.number(name, form, value)
    }

    fn name16(&mut self, name: &'static str, value: &mut Name16) -> Result<(), String> {
        let Some(odd) = self.odd(name)? else { return Ok(()) };
        let octets = match &odd.raw {
            Some(digits) => Self::hex(name, digits)?,
            None => super::to_payload::oem(name, &odd.text, self.page)?,
        };
        *value = Name16::new(&octets)
            .ok_or_else(|| format!("body.{name}: {} octets, at most 16", octets.len()))?;
        Ok(())
    }

    fn oem(&mut self, name: &'static str, value: &mut Oem<'a>) -> Result<(), String> {
        let Some(odd) = self.odd(name)? else { return Ok(()) };
        let octets = super::to_payload::oem(name, &odd.text, self.page)?;
        if octets.contains(&0) {
            return Err(format!("body.{name}: a NUL ends it"));
        }
        *value = Oem { octets: self.arena.keep(octets), open: odd.open };
        Ok(())
    }

    fn surplus(&mut self, value: &mut &'a [u8]) -> Result<(), String> {
        let Some(odd) = self.odd("surplus")? else { return Ok(()) };
        *value = self.arena.keep(Self::hex("surplus", &odd.text)?);
        Ok(())
    }
}
