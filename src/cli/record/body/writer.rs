//! Fields to JSON.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::net::Ipv4Addr;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::Odd;
use crate::cli::moment;
use crate::cli::record::Octets;
use crate::wire::oem::CodePage;
use crate::wire::{
    ByteOrder, DnsName, Entry, Form, Guid, Name16, Note, Oem, Opcode, Padding, Payload, Sid, Utf16,
    Visitor, split_utf16,
};

/// A message: its kind, and its fields.
pub(super) struct Fields<'p, 'a> {
    pub(super) payload: &'p Payload<'a>,
    pub(super) page: CodePage,
    /// Those that are written, where it is not all.
    pub(super) only: Option<&'p [&'static str]>,
}

impl Serialize for Fields<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.payload.kind())?;
        let mut writer = Writer { map, page: self.page, only: self.only };
        self.payload.clone().visit(&mut writer)?;
        writer.map.end()
    }
}

/// Writes fields.
struct Writer<'f, M> {
    map: M,
    page: CodePage,
    /// The fields that are written, where it is not all.
    only: Option<&'f [&'static str]>,
}

/// The names of bits that are set.
struct Flags(&'static [(u32, &'static str)], u64);

impl Serialize for Flags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let set = self.0.iter().filter(|(bit, _)| self.1 & u64::from(*bit) != 0);
        serializer.collect_seq(set.map(|(_, name)| name))
    }
}

/// A text, or what it is more than its characters.
#[derive(Serialize)]
#[serde(untagged)]
enum Text<'a> {
    Plain(Cow<'a, str>),
    Odd(Odd),
}

impl<'a> Text<'a> {
    fn new(page: CodePage, value: Oem<'a>) -> Self {
        let text = page.decode(value.octets);
        if value.open {
            Self::Odd(Odd { text: text.into_owned(), open: true, raw: None })
        } else {
            Self::Plain(text)
        }
    }
}

impl From<Utf16<'_>> for Text<'_> {
    fn from(value: Utf16<'_>) -> Self {
        let text: String = value.chars().collect();
        if value.open || !value.is_sound() {
            let raw = (!value.is_sound()).then(|| hex::encode(value.octets));
            return Self::Odd(Odd { text, open: value.open, raw });
        }
        Self::Plain(text.into())
    }
}

impl<M: SerializeMap> Writer<'_, M> {
    fn entry(&mut self, name: &str, value: &impl Serialize) -> Result<(), M::Error> {
        if self.is_meant(name) { self.map.serialize_entry(name, value) } else { Ok(()) }
    }

    fn is_meant(&self, name: &str) -> bool {
        self.only.is_none_or(|fields| fields.contains(&name))
    }

    fn number(&mut self, name: &str, form: Form, value: u64) -> Result<(), M::Error> {
        if !self.is_meant(name) {
            return Ok(());
        }
        self.map.serialize_entry(name, &value)?;
        match form {
            Form::Flags(names) => {
                self.map.serialize_entry(&format_args!("{name}_names"), &Flags(names, value))
            }
            Form::Named(names) => {
                match names.iter().find(|(number, _)| u64::from(*number) == value) {
                    Some((_, text)) => self.map.serialize_entry(&format_args!("{name}_name"), text),
                    None => Ok(()),
                }
            }
            Form::UnixTime | Form::FileTime => match moment::of(form, value) {
                Some(when) => self.map.serialize_entry(&format_args!("{name}_utc"), &when),
                None => Ok(()),
            },
            Form::Decimal | Form::Hex | Form::Milliseconds | Form::Seconds | Form::Octets => Ok(()),
        }
    }
}

impl<'a, M: SerializeMap> Visitor<'a> for Writer<'_, M> {
    type Error = M::Error;

    fn ahead(&self) -> Option<&'a [u8]> {
        None
    }

    fn note(&mut self, _: Note) {}

    fn variant(
        &mut self,
        name: &'static str,
        names: &'static [&'static str],
        value: &mut usize,
    ) -> Result<(), M::Error> {
        self.entry(name, names.get(*value).unwrap_or(&""))
    }

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
        self.number(name, form, (*value).into())
    }

    fn le_u64(&mut self, name: &'static str, form: Form, value: &mut u64) -> Result<(), M::Error> {
        self.number(name, form, *value)
    }

    fn le_length(&mut self, _: &'static str, there_is: usize) -> Result<usize, M::Error> {
        Ok(there_is)
    }

    fn array(&mut self, name: &'static str, value: &mut [u8]) -> Result<(), M::Error> {
        self.entry(name, &Octets((&*value).into()))
    }

    fn octets(
        &mut self,
        name: &'static str,
        _: usize,
        value: &mut &'a [u8],
    ) -> Result<(), M::Error> {
        if value.is_empty() {
            return Ok(());
        }
        self.entry(name, &Octets((&**value).into()))
    }

    fn padding(
        &mut self,
        name: &'static str,
        _: usize,
        _: Option<usize>,
        value: &mut Padding<'a>,
    ) -> Result<(), M::Error> {
        match value {
            Padding::Zeros => Ok(()),
            Padding::Octets(octets) => self.entry(name, &Octets((*octets).into())),
        }
    }

    fn name16(&mut self, name: &'static str, value: &mut Name16) -> Result<(), M::Error> {
        let text = self.page.decode(value.octets());
        if value.residue().is_empty() {
            return self.entry(name, &text);
        }
        let raw = Some(hex::encode(value.0));
        self.entry(name, &Odd { text: text.into_owned(), raw, open: false })
    }

    fn oem(&mut self, name: &'static str, value: &mut Oem<'a>) -> Result<(), M::Error> {
        self.entry(name, &Text::new(self.page, *value))
    }

    fn beside(&mut self, name: &'static str, value: &mut &'a [u8]) -> Result<(), M::Error> {
        self.map.serialize_entry(name, &self.page.decode(value))
    }

    fn oems(
        &mut self,
        name: &'static str,
        _: usize,
        value: &mut Vec<Oem<'a>>,
    ) -> Result<(), M::Error> {
        let texts: Vec<_> = value.iter().map(|&text| Text::new(self.page, text)).collect();
        self.map.serialize_entry(name, &texts)
    }

    fn utf16(&mut self, name: &'static str, value: &mut Utf16<'a>) -> Result<(), M::Error> {
        self.entry(name, &Text::from(*value))
    }

    fn utf16s(
        &mut self,
        name: &'static str,
        _: usize,
        value: &mut Vec<Utf16<'a>>,
    ) -> Result<(), M::Error> {
        let texts: Vec<_> = value.iter().map(|&text| Text::from(text)).collect();
        self.map.serialize_entry(name, &texts)
    }

    fn utf16_field(&mut self, name: &'static str, value: &mut [u8]) -> Result<(), M::Error> {
        let (found, residue) = split_utf16(value);
        let text: String = found.chars().collect();
        if residue.is_empty() && found.is_sound() {
            return self.entry(name, &text);
        }
        self.entry(name, &Odd { text, raw: Some(hex::encode(value)), open: false })
    }

    fn dns_name(&mut self, name: &'static str, value: &mut DnsName<'a>) -> Result<(), M::Error> {
        let text = value.to_string();
        if let Some(octets) = value.spelled() {
            let raw = Some(hex::encode(octets));
            return self.entry(name, &Odd { text, raw, open: false });
        }
        self.entry(name, &text)
    }

    fn ipv4(
        &mut self,
        name: &'static str,
        _: ByteOrder,
        value: &mut Ipv4Addr,
    ) -> Result<(), M::Error> {
        self.entry(name, value)
    }

    fn guid(&mut self, name: &'static str, value: &mut Guid) -> Result<(), M::Error> {
        self.entry(name, &format_args!("{value}"))
    }

    fn sid(&mut self, name: &'static str, _: usize, value: &mut Sid<'a>) -> Result<(), M::Error> {
        if value.0.is_empty() {
            return Ok(());
        }
        if !value.is_valid() {
            let raw = Some(hex::encode(value.0));
            return self.entry(name, &Odd { raw, ..Odd::default() });
        }
        self.entry(name, &format_args!("{value}"))
    }

    fn list<T: Entry<'a>>(
        &mut self,
        name: &'static str,
        _: usize,
        value: &mut Vec<T>,
    ) -> Result<(), M::Error> {
        let entries = value.iter().map(|entry| Element { entry, page: self.page, of: PhantomData });
        self.map.serialize_entry(name, &entries.collect::<Vec<_>>())
    }

    fn surplus(&mut self, value: &mut &'a [u8]) -> Result<(), M::Error> {
        if value.is_empty() {
            return Ok(());
        }
        self.entry("surplus", &Octets((*value).into()))
    }
}

/// An entry of a list.
struct Element<'e, 'a, T> {
    entry: &'e T,
    page: CodePage,
    of: PhantomData<&'a [u8]>,
}

impl<'a, T: Entry<'a>> Serialize for Element<'_, 'a, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let map = serializer.serialize_map(None)?;
        let mut writer = Writer { map, page: self.page, only: None };
        self.entry.clone().visit(&mut writer)?;
        writer.map.end()
    }
}
