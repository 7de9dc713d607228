//! A message of a well-known mailslot as JSON, and back.

use std::cell::OnceCell;

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::wire::oem::CodePage;
use crate::wire::smb::SlotName;
use crate::wire::{Form, Name16, Note, Oem, Opcode, Payload, Visitor};

/// What the data mean.
#[derive(Debug)]
pub(crate) enum BodyRecord<'a> {
    /// As it was decoded, with the code page of its text.
    Payload(Box<Payload<'a>>, CodePage),
    /// Of damaged data: what could be read of them, and how many fields.
    Damaged(Box<Payload<'a>>, CodePage, usize),
    /// As it was read from JSON.
    Fields(Map<String, Value>),
}

impl<'a> BodyRecord<'a> {
    /// What can be read of data that cannot be read to their end.
    pub(crate) fn damaged(slot: SlotName<'a>, data: &'a [u8], page: CodePage) -> Self {
        let payload = Payload::partial(slot, data);
        let mut fields = 0;
        payload.trace(data, |_, _, _| fields += 1);
        Self::Damaged(Box::new(payload), page, fields)
    }
}

impl Serialize for BodyRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Payload(payload, page) => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("kind", payload.kind())?;
                let mut writer = Writer { map, page: *page, left: usize::MAX };
                (**payload).clone().visit(&mut writer)?;
                writer.map.end()
            }
            Self::Damaged(payload, page, fields) => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("kind", "raw")?;
                map.serialize_entry("damaged", &Part(payload, *page, *fields))?;
                map.end()
            }
            Self::Fields(fields) => fields.serialize(serializer),
        }
    }
}

/// The first fields of a message, so many.
struct Part<'p, 'a>(&'p Payload<'a>, CodePage, usize);

impl Serialize for Part<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(payload, page, left) = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", payload.kind())?;
        let mut writer = Writer { map, page, left };
        payload.clone().visit(&mut writer)?;
        writer.map.end()
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
    /// Fields that are still to be written.
    left: usize,
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

/// A text, or what it is more than its characters.
#[derive(Serialize)]
#[serde(untagged)]
enum Text {
    Plain(String),
    Odd(Odd),
}

impl Text {
    fn new(page: CodePage, value: Oem<'_>) -> Self {
        let text = text(page, value.octets);
        if value.open { Self::Odd(Odd { text, open: true, raw: None }) } else { Self::Plain(text) }
    }
}

impl<M: SerializeMap> Writer<M> {
    fn entry(&mut self, name: &str, value: &impl Serialize) -> Result<(), M::Error> {
        if self.is_next() { self.map.serialize_entry(name, value) } else { Ok(()) }
    }

    /// Whether there is a field left.
    fn is_next(&mut self) -> bool {
        let is_next = self.left > 0;
        self.left = self.left.saturating_sub(1);
        is_next
    }

    fn number(&mut self, name: &str, form: Form, value: u32) -> Result<(), M::Error> {
        if !self.is_next() {
            return Ok(());
        }
        self.map.serialize_entry(name, &value)?;
        match form {
            Form::Flags(names) => {
                self.map.serialize_entry(&format_args!("{name}_flags"), &Flags(names, value))
            }
            Form::Named(names) => match names.iter().find(|(number, _)| *number == value) {
                Some((_, text)) => self.map.serialize_entry(&format_args!("{name}_name"), text),
                None => Ok(()),
            },
            Form::Decimal | Form::Hex | Form::Milliseconds | Form::Seconds => Ok(()),
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
        self.is_next();
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
            return self.entry(name, &text);
        }
        let raw = Some(hex::encode(value.0));
        self.entry(name, &Odd { text, raw, open: false })
    }

    fn oem(&mut self, name: &'static str, value: &mut Oem<'a>) -> Result<(), M::Error> {
        self.entry(name, &Text::new(self.page, *value))
    }

    fn oems(
        &mut self,
        name: &'static str,
        _: usize,
        value: &mut Vec<Oem<'a>>,
    ) -> Result<(), M::Error> {
        let texts: Vec<_> = value.iter().map(|&text| Text::new(self.page, text)).collect();
        self.entry(name, &texts)
    }

    fn beside(&mut self, name: &'static str, value: &mut &'a [u8]) -> Result<(), M::Error> {
        self.map.serialize_entry(name, &text(self.page, value))
    }

    fn rest(&mut self, name: &'static str, value: &mut &'a [u8]) -> Result<(), M::Error> {
        self.entry(name, &hex::encode(value))
    }

    fn surplus(&mut self, value: &mut &'a [u8]) -> Result<(), M::Error> {
        if value.is_empty() {
            return Ok(());
        }
        self.entry("surplus", &hex::encode(value))
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

impl Odd {
    fn new(name: &str, value: Value) -> Result<Self, String> {
        match value {
            Value::String(text) => Ok(Self { text, ..Self::default() }),
            value => serde_json::from_value(value).map_err(|error| format!("body.{name}: {error}")),
        }
    }
}

impl<'a> Reader<'a> {
    fn text(&self, name: &str, odd: &Odd) -> Result<Oem<'a>, String> {
        let octets = super::to_payload::oem(name, &odd.text, self.page)?;
        if octets.contains(&0) {
            return Err(format!("body.{name}: a NUL ends it"));
        }
        Ok(Oem { octets: self.arena.keep(octets), open: odd.open })
    }

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
            Form::Decimal | Form::Hex | Form::Milliseconds | Form::Seconds => None,
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
                bits.reduce(|all, bit| Ok(all? | bit?)).unwrap_or(Ok(0))?
            }
        };
        *value = T::try_from(number).map_err(|_| format!("body.{name}: {number} is too large"))?;
        Ok(())
    }

    fn odd(&mut self, name: &str) -> Result<Option<Odd>, String> {
        self.fields.remove(name).map(|value| Odd::new(name, value)).transpose()
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

    fn given(&self, name: &'static str) -> Option<usize> {
        Some(match self.fields.get(name) {
            None => 0,
            Some(Value::Array(values)) => values.len(),
            Some(_) => 1,
        })
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
        *value = self.text(name, &odd)?;
        Ok(())
    }

    fn terminated(&mut self, name: &'static str, value: &mut Oem<'a>) -> Result<(), String> {
        self.oem(name, value)?;
        if value.open { Err(format!("body.{name}: only the last text is open")) } else { Ok(()) }
    }

    fn oems(
        &mut self,
        name: &'static str,
        _: usize,
        value: &mut Vec<Oem<'a>>,
    ) -> Result<(), String> {
        let texts = match self.fields.remove(name) {
            None => return Ok(()),
            Some(Value::Array(texts)) => texts,
            Some(other) => return Err(format!("body.{name}: {other} is no list")),
        };
        let texts = texts.into_iter().map(|text| self.text(name, &Odd::new(name, text)?));
        *value = texts.collect::<Result<_, String>>()?;
        Ok(())
    }

    fn beside(&mut self, name: &'static str, value: &mut &'a [u8]) -> Result<(), String> {
        let Some(odd) = self.odd(name)? else { return Ok(()) };
        *value = self.text(name, &odd)?.octets;
        Ok(())
    }

    fn rest(&mut self, name: &'static str, value: &mut &'a [u8]) -> Result<(), String> {
        let Some(odd) = self.odd(name)? else { return Ok(()) };
        *value = self.arena.keep(Self::hex(name, &odd.text)?);
        Ok(())
    }

    fn surplus(&mut self, value: &mut &'a [u8]) -> Result<(), String> {
        self.rest("surplus", value)
    }
}
