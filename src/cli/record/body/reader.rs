//! Fields out of JSON.

use std::cell::{Cell, OnceCell};
use std::net::Ipv4Addr;

use serde_json::{Map, Value};

use super::Odd;
use crate::cli::moment;
use crate::cli::record::to_payload;
use crate::wire::oem::CodePage;
use crate::wire::smb::SlotName;
use crate::wire::waitfor::Waitfor;
use crate::wire::{
    ByteOrder, DnsName, Entry, Form, Guid, Name16, Note, OctetCount, Oem, Opcode, Padding, Payload,
    Sid, Utf16, Visitor,
};

/// Characters that are shown of a message.
const MOST_SHOWN: usize = 60;

/// Whether the octets of a body say what it says, where the mailslot is one of its kind.
fn is_read(
    body: &Payload<'_>,
    slot: SlotName<'_>,
    octets: &[u8],
    page: CodePage,
) -> Result<(), String> {
    let kind = body.kind();
    match Payload::decode(slot, octets) {
        Ok(read) if read.value == *body || !read.value.is_known() => Ok(()),
        Ok(read) if read.value.kind() != kind => {
            Err(format!("body: this {kind} would be read as {}", read.value.kind()))
        }
        Ok(read) => {
            let text: String = read.value.text(page).to_string().chars().take(MOST_SHOWN).collect();
            Err(format!("body: this {kind} would be read otherwise: {text}"))
        }
        Err(error) => Err(format!("body: this {kind} could not be read: {error}")),
    }
}

/// Octets that come out of JSON, as long as what borrows them: they stay where they are, since a room
/// that is full is followed by another, twice as large.
#[derive(Debug, Default)]
struct Arena {
    rooms: [OnceCell<Room>; 32],
    kept: Cell<usize>,
}

type Room = Box<[OnceCell<Vec<u8>>]>;

impl Arena {
    fn keep(&self, octets: Vec<u8>) -> &[u8] {
        let number = self.kept.get() + 1;
        self.kept.set(number);
        // The rooms have 1, 2, 4, 8, ... places.
        let places = 1 << number.ilog2();
        let room = self.rooms.get(number.ilog2() as usize);
        let room = room.map(|room| room.get_or_init(|| vec![OnceCell::new(); places].into()));
        let place = room.and_then(|room| room.get(number - places));
        place.map_or(&[], |place| place.get_or_init(|| octets))
    }
}

/// Reads fields. What is not there keeps its usual value.
struct Reader<'a> {
    fields: Map<String, Value>,
    arena: &'a Arena,
    page: CodePage,
}

/// The octets of a body that is for that mailslot.
pub(in crate::cli::record) fn octets(
    fields: &Map<String, Value>,
    slot: SlotName<'_>,
    page: CodePage,
) -> Result<Vec<u8>, String> {
    let kind = kind(fields);
    if is_raw(fields) {
        return Err("body: kind \"raw\" has no fields, write `data`".into());
    }
    let arena = Arena::default();
    let mut payload =
        Payload::of_kind(kind).ok_or_else(|| format!("body.kind: {kind:?} is unknown"))?;
    let mut reader = Reader { fields: fields.clone(), arena: &arena, page };
    reader.fields.remove("kind");
    payload.visit(&mut reader)?;
    if let Some(unknown) = reader.fields.keys().next() {
        return Err(format!("body.{unknown}: no field of {kind}"));
    }
    let octets = payload.to_vec();
    match payload {
        Payload::Waitfor(signal) if fields.contains_key("signal") => {
            same_signal(signal.signal, slot, page)?;
        }
        Payload::Waitfor(_) => {}
        _ => is_read(&payload, slot, &octets, page)?,
    }
    Ok(octets)
}

/// Whether it has no fields: the data are of no known message.
pub(in crate::cli::record) fn is_raw(fields: &Map<String, Value>) -> bool {
    kind(fields) == "raw"
}

fn kind(fields: &Map<String, Value>) -> &str {
    fields.get("kind").and_then(Value::as_str).unwrap_or_default()
}

/// The name of the mailslot alone says which signal it is: `body` must not say another.
fn same_signal(signal: &[u8], slot: SlotName<'_>, page: CodePage) -> Result<(), String> {
    let given = page.printable(signal);
    match Waitfor::signal_of(slot) {
        Some(of) if of.eq_ignore_ascii_case(signal) => Ok(()),
        Some(of) => {
            Err(format!("body.signal: {given}, but the mailslot is that of {}", page.printable(of)))
        }
        None => {
            let slot = slot.leaf_text(page);
            Err(format!(
                r"body.signal: {given}, but the mailslot is {slot}, not waitfor.exe\{given}"
            ))
        }
    }
}

impl Odd {
    fn new(name: &str, value: Value) -> Result<Self, String> {
        match value {
            Value::String(text) => Ok(Self { text, ..Self::default() }),
            value => serde_json::from_value(value).map_err(|error| format!("body.{name}: {error}")),
        }
    }

    fn utf16(&self, name: &str) -> Result<Vec<u8>, String> {
        match &self.raw {
            Some(digits) => Reader::hex(name, digits),
            None => Ok(self.text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        }
    }
}

impl<'a> Reader<'a> {
    fn keep_oem(&self, name: &str, odd: &Odd) -> Result<Oem<'a>, String> {
        let octets = to_payload::oem(name, &odd.text, self.page)?;
        if octets.contains(&0) {
            return Err(format!("body.{name}: a NUL ends it"));
        }
        Ok(Oem { octets: self.arena.keep(octets), open: odd.open })
    }

    fn keep_utf16(&self, name: &str, odd: &Odd) -> Result<Utf16<'a>, String> {
        let octets = odd.utf16(name)?;
        if octets.chunks_exact(2).any(|unit| unit == [0, 0]) {
            return Err(format!("body.{name}: a NUL ends it"));
        }
        if octets.len() % 2 != 0 && !odd.open {
            return Err(format!("body.{name}: half a character is the end of a message"));
        }
        Ok(Utf16 { octets: self.arena.keep(octets), open: odd.open })
    }

    fn texts<T>(
        &mut self,
        name: &str,
        value: &mut Vec<T>,
        keep: impl Fn(&Self, &Odd) -> Result<T, String>,
    ) -> Result<(), String> {
        let texts = match self.fields.remove(name) {
            None => return Ok(()),
            Some(Value::Array(texts)) => texts,
            Some(_) => return Err(format!("body.{name}: no list")),
        };
        let texts = texts.into_iter().map(|text| keep(self, &Odd::new(name, text)?));
        *value = texts.collect::<Result<_, String>>()?;
        Ok(())
    }

    /// A number, by its own value or by the names of its bits.
    fn number<T: TryFrom<u64>>(
        &mut self,
        name: &str,
        form: Form,
        value: &mut T,
    ) -> Result<(), String> {
        let flags = match form {
            Form::Flags(names) => self.fields.remove(&format!("{name}_names")).zip(Some(names)),
            Form::Named(names) => self.fields.remove(&format!("{name}_name")).zip(Some(names)),
            Form::UnixTime | Form::FileTime => return self.time(name, form, value),
            Form::Decimal | Form::Hex | Form::Milliseconds | Form::Seconds | Form::Octets => None,
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

    /// A moment, by its own number or as text.
    fn time<T: TryFrom<u64>>(
        &mut self,
        name: &str,
        form: Form,
        value: &mut T,
    ) -> Result<(), String> {
        let text = self.fields.remove(&format!("{name}_utc"));
        let number = match (self.fields.remove(name), text) {
            (Some(number), _) => number.as_u64(),
            (None, Some(text)) => {
                text.as_str().and_then(|text| moment::number(form, text.parse().ok()?))
            }
            (None, None) => return Ok(()),
        };
        *value = number
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| format!("body.{name}: no moment"))?;
        Ok(())
    }

    /// Octets of hex digits.
    fn digits(&mut self, name: &str) -> Result<Option<Vec<u8>>, String> {
        self.odd(name)?.map(|odd| Self::hex(name, &odd.text)).transpose()
    }

    fn text(&mut self, name: &str) -> Result<Option<String>, String> {
        Ok(self.odd(name)?.map(|odd| odd.text))
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

    fn note(&mut self, _: Note) {}

    fn has(&self, field: &'static str, _: bool) -> bool {
        self.fields.contains_key(field)
    }

    fn variant(
        &mut self,
        name: &'static str,
        names: &'static [&'static str],
        value: &mut usize,
    ) -> Result<(), String> {
        let Some(text) = self.text(name)? else { return Ok(()) };
        let place = names.iter().position(|known| *known == text);
        *value = place.ok_or_else(|| format!("body.{name}: {text:?} is not known"))?;
        Ok(())
    }

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

    fn le_u64(&mut self, name: &'static str, form: Form, value: &mut u64) -> Result<(), String> {
        self.number(name, form, value)
    }

    fn le_length(&mut self, _: &'static str, there_is: usize) -> Result<usize, String> {
        Ok(there_is)
    }

    fn array(&mut self, name: &'static str, value: &mut [u8]) -> Result<(), String> {
        let Some(octets) = self.digits(name)? else { return Ok(()) };
        if octets.len() != value.len() {
            return Err(format!("body.{name}: {}, not {}", OctetCount(octets.len()), value.len()));
        }
        value.copy_from_slice(&octets);
        Ok(())
    }

    fn octets(&mut self, name: &'static str, _: usize, value: &mut &'a [u8]) -> Result<(), String> {
        let Some(octets) = self.digits(name)? else { return Ok(()) };
        *value = self.arena.keep(octets);
        Ok(())
    }

    fn padding(
        &mut self,
        name: &'static str,
        _: usize,
        _: Option<usize>,
        value: &mut Padding<'a>,
    ) -> Result<(), String> {
        let Some(octets) = self.digits(name)? else { return Ok(()) };
        *value = Padding::Octets(self.arena.keep(octets));
        Ok(())
    }

    fn name16(&mut self, name: &'static str, value: &mut Name16) -> Result<(), String> {
        let Some(odd) = self.odd(name)? else { return Ok(()) };
        let octets = match &odd.raw {
            Some(digits) => Self::hex(name, digits)?,
            None => to_payload::oem(name, &odd.text, self.page)?,
        };
        *value = Name16::new(&octets)
            .ok_or_else(|| format!("body.{name}: {} octets, at most 16", octets.len()))?;
        Ok(())
    }

    fn oem(&mut self, name: &'static str, value: &mut Oem<'a>) -> Result<(), String> {
        let Some(odd) = self.odd(name)? else { return Ok(()) };
        *value = self.keep_oem(name, &odd)?;
        Ok(())
    }

    fn terminated(&mut self, name: &'static str, value: &mut Oem<'a>) -> Result<(), String> {
        self.oem(name, value)?;
        if value.open { Err(format!("body.{name}: only the last text is open")) } else { Ok(()) }
    }

    fn beside(&mut self, name: &'static str, value: &mut &'a [u8]) -> Result<(), String> {
        let Some(odd) = self.odd(name)? else { return Ok(()) };
        *value = self.keep_oem(name, &odd)?.octets;
        Ok(())
    }

    fn oems(
        &mut self,
        name: &'static str,
        _: usize,
        value: &mut Vec<Oem<'a>>,
    ) -> Result<(), String> {
        self.texts(name, value, |reader, odd| reader.keep_oem(name, odd))
    }

    fn utf16(&mut self, name: &'static str, value: &mut Utf16<'a>) -> Result<(), String> {
        let Some(odd) = self.odd(name)? else { return Ok(()) };
        *value = self.keep_utf16(name, &odd)?;
        Ok(())
    }

    fn utf16s(
        &mut self,
        name: &'static str,
        _: usize,
        value: &mut Vec<Utf16<'a>>,
    ) -> Result<(), String> {
        self.texts(name, value, |reader, odd| reader.keep_utf16(name, odd))
    }

    fn utf16_field(&mut self, name: &'static str, value: &mut [u8]) -> Result<(), String> {
        let Some(odd) = self.odd(name)? else { return Ok(()) };
        let octets = odd.utf16(name)?;
        let len = value.len();
        let too_long = || format!("body.{name}: {} octets, at most {len}", octets.len());
        let (text, behind) = value.split_at_mut_checked(octets.len()).ok_or_else(too_long)?;
        text.copy_from_slice(&octets);
        behind.fill(0);
        Ok(())
    }

    fn dns_name(&mut self, name: &'static str, value: &mut DnsName<'a>) -> Result<(), String> {
        let Some(odd) = self.odd(name)? else { return Ok(()) };
        *value = DnsName::new(&odd.text).ok_or_else(|| format!("body.{name}: no domain name"))?;
        if let Some(digits) = &odd.raw {
            let octets = self.arena.keep(Self::hex(name, digits)?);
            *value = std::mem::take(value).spelled_as(octets);
        }
        Ok(())
    }

    fn ipv4(
        &mut self,
        name: &'static str,
        _: ByteOrder,
        value: &mut Ipv4Addr,
    ) -> Result<(), String> {
        let Some(text) = self.text(name)? else { return Ok(()) };
        *value = text.parse().map_err(|error| format!("body.{name}: {error}"))?;
        Ok(())
    }

    fn guid(&mut self, name: &'static str, value: &mut Guid) -> Result<(), String> {
        let Some(text) = self.text(name)? else { return Ok(()) };
        *value = text.parse().map_err(|error| format!("body.{name}: {error}"))?;
        Ok(())
    }

    fn sid(&mut self, name: &'static str, _: usize, value: &mut Sid<'a>) -> Result<(), String> {
        let Some(odd) = self.odd(name)? else { return Ok(()) };
        let octets = match &odd.raw {
            Some(digits) => Self::hex(name, digits)?,
            None => Sid::parse(&odd.text)
                .ok_or_else(|| format!("body.{name}: no security identifier"))?,
        };
        *value = Sid(self.arena.keep(octets));
        Ok(())
    }

    fn list<T: Entry<'a>>(
        &mut self,
        name: &'static str,
        _: usize,
        value: &mut Vec<T>,
    ) -> Result<(), String> {
        let entries = match self.fields.remove(name) {
            None => return Ok(()),
            Some(Value::Array(entries)) => entries,
            Some(_) => return Err(format!("body.{name}: no list")),
        };
        value.clear();
        for entry in entries {
            let Value::Object(fields) = entry else {
                return Err(format!("body.{name}: an entry has no fields"));
            };
            let mut reader = Reader { fields, arena: self.arena, page: self.page };
            let mut entry = T::default();
            entry.visit(&mut reader)?;
            if let Some(unknown) = reader.fields.keys().next() {
                return Err(format!("body.{name}.{unknown}: no field of it"));
            }
            value.push(entry);
        }
        Ok(())
    }

    fn surplus(&mut self, value: &mut &'a [u8]) -> Result<(), String> {
        let Some(odd) = self.odd("surplus")? else { return Ok(()) };
        *value = self.arena.keep(Self::hex("surplus", &odd.text)?);
        Ok(())
    }
}
