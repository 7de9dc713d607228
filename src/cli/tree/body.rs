//! A message of a well-known mailslot as a tree.

use std::fmt::Display;
use std::io::{self, Write};
use std::iter::Peekable;
use std::net::Ipv4Addr;
use std::vec;

use crate::cli::line::Words;
use crate::cli::moment;
use crate::cli::payload::{Hex, Safe};
use crate::wire::oem::CodePage;
use crate::wire::smb::{MailslotWrite, SlotName};
use crate::wire::{
    ByteOrder, Decoded, DnsName, Entry, Form, Guid, Name16, Note, Notes, OctetCount, Oem, Opcode,
    Padding, Payload, Sid, Utf16, Visitor, split_utf16, write_flags,
};

/// Octets that are shown behind a value.
const MOST_OCTETS: usize = 16;

/// Writes the fields of the data, which begin at octet `at`, with the octets that they come from.
/// Whether these are all: of a kind that is known, and whole.
pub(super) fn write(
    to: &mut impl Write,
    page: CodePage,
    write: &MailslotWrite<'_>,
    at: usize,
) -> io::Result<bool> {
    let (mut payload, notes, error) = match Payload::decode(write.mailslot_name, write.data) {
        Ok(Decoded { value, .. }) if !value.is_known() => return Ok(false),
        Ok(Decoded { value, notes }) => (value, notes, None),
        Err(error) => (Payload::partial(write.mailslot_name, write.data), Notes::NONE, Some(error)),
    };
    fields(to, page, &mut payload, write.data, at)?;
    super::notes(to, notes)?;
    if let Some(error) = error {
        writeln!(to, "          error: {}", error.behind(at))?;
    }
    Ok(error.is_none())
}

/// Writes those fields that are there of a message whose end is not.
pub(super) fn cut(
    to: &mut impl Write,
    page: CodePage,
    slot: SlotName<'_>,
    data: &[u8],
    at: usize,
) -> io::Result<()> {
    let mut payload = Payload::partial(slot, data);
    if payload.is_known() { fields(to, page, &mut payload, data, at) } else { Ok(()) }
}

fn fields<'a>(
    to: &mut impl Write,
    page: CodePage,
    payload: &mut Payload<'a>,
    data: &'a [u8],
    at: usize,
) -> io::Result<()> {
    writeln!(to, "  {}, {}", Words(payload.kind()), OctetCount(data.len()))?;
    let mut places = Vec::new();
    payload.trace(data, |name, from, end| places.push((name, from, end)));
    let places = places.into_iter().peekable();
    payload.visit(&mut Shower { to, page, places, data, at })
}

/// Fields as lines.
struct Shower<'w, 'a, W> {
    to: &'w mut W,
    page: CodePage,
    /// Where the next fields are: of damaged data those that could be read.
    places: Peekable<vec::IntoIter<(&'static str, usize, usize)>>,
    data: &'a [u8],
    at: usize,
}

impl<W: Write> Shower<'_, '_, W> {
    fn field(&mut self, name: &str, value: impl Display) -> io::Result<()> {
        // What takes no octets, as padding may, is not shown; nor what is behind the damage.
        let place = self.places.next_if(|(found, ..)| *found == name);
        let Some((_, from, end)) = place else { return Ok(()) };
        let octets = Hex { data: self.data.get(from..end).unwrap_or_default(), most: MOST_OCTETS };
        let line = format!("{value}");
        super::field(self.to, self.at + from, name, format_args!("{line:<28}  {octets}"))
    }

    fn is_there(&mut self, name: &str) -> bool {
        self.places.peek().is_some_and(|(found, ..)| *found == name)
    }

    fn number(&mut self, name: &str, form: Form, width: usize, value: u64) -> io::Result<()> {
        match form {
            Form::Decimal => self.field(name, value),
            Form::Hex => self.field(name, format_args!("{value:#0width$x}")),
            Form::Milliseconds => self.field(name, format_args!("{value} ms")),
            Form::Seconds => self.field(name, format_args!("{value} s")),
            Form::Octets => {
                self.field(name, OctetCount(usize::try_from(value).unwrap_or(usize::MAX)))
            }
            Form::UnixTime | Form::FileTime => match moment::of(form, value) {
                Some(when) => self.field(name, format_args!("{value} {when}")),
                None => self.field(name, value),
            },
            Form::Named(names) => {
                match names.iter().find(|(number, _)| u64::from(*number) == value) {
                    Some((_, text)) => self.field(name, format_args!("{value} {text}")),
                    None => self.field(name, value),
                }
            }
            Form::Flags(_) if !self.is_there(name) => Ok(()),
            Form::Flags(names) => {
                let mut text = String::new();
                // A string takes all.
                let _ = write_flags(&mut text, names, u32::try_from(value).unwrap_or(u32::MAX));
                self.field(name, format_args!("{value:#0width$x}"))?;
                writeln!(self.to, "          {:<24}{text}", "")
            }
        }
    }

    fn text(&mut self, name: &str, octets: &[u8], behind: &str) -> io::Result<()> {
        let text = self.page.decode(octets);
        self.field(name, format_args!("\"{}\"{behind}", Safe(&text)))
    }
}

impl<'a, W: Write> Visitor<'a> for Shower<'_, '_, W> {
    type Error = io::Error;

    fn ahead(&self) -> Option<&'a [u8]> {
        None
    }

    fn note(&mut self, _: Note) {}

    fn variant(
        &mut self,
        name: &'static str,
        names: &'static [&'static str],
        value: &mut usize,
    ) -> io::Result<()> {
        // Of damaged data it may not be known.
        match self.places.next_if(|(found, ..)| *found == name) {
            Some(_) => {
                writeln!(self.to, "          {name:<24}{}", names.get(*value).unwrap_or(&""))
            }
            None => Ok(()),
        }
    }

    fn opcode(&mut self, value: Opcode) -> io::Result<()> {
        match value {
            Opcode::Octet(opcode) => self.field("opcode", format_args!("{opcode:#04x}")),
            Opcode::Word(opcode) => self.field("opcode", opcode),
        }
    }

    fn octet(&mut self, name: &'static str, form: Form, value: &mut u8) -> io::Result<()> {
        self.number(name, form, 4, (*value).into())
    }

    fn le_u16(&mut self, name: &'static str, form: Form, value: &mut u16) -> io::Result<()> {
        self.number(name, form, 6, (*value).into())
    }

    fn le_u32(&mut self, name: &'static str, form: Form, value: &mut u32) -> io::Result<()> {
        self.number(name, form, 10, (*value).into())
    }

    fn le_u64(&mut self, name: &'static str, form: Form, value: &mut u64) -> io::Result<()> {
        self.number(name, form, 18, *value)
    }

    fn le_length(&mut self, name: &'static str, there_is: usize) -> io::Result<usize> {
        // What the octets say: where the message ends too soon it is more than there is.
        let place = self.places.peek().filter(|(found, ..)| *found == name);
        let octets = place.and_then(|&(_, from, _)| self.data.get(from..)?.first_chunk());
        if let Some(octets) = octets {
            self.field(name, u32::from_le_bytes(*octets))?;
        }
        Ok(there_is)
    }

    fn array(&mut self, name: &'static str, value: &mut [u8]) -> io::Result<()> {
        self.field(name, OctetCount(value.len()))
    }

    fn octets(&mut self, name: &'static str, _: usize, value: &mut &'a [u8]) -> io::Result<()> {
        self.field(name, OctetCount(value.len()))
    }

    fn padding(
        &mut self,
        name: &'static str,
        _: usize,
        _: Option<usize>,
        _: &mut Padding<'a>,
    ) -> io::Result<()> {
        self.field(name, "")
    }

    fn name16(&mut self, name: &'static str, value: &mut Name16) -> io::Result<()> {
        self.text(name, value.octets(), "")
    }

    fn oem(&mut self, name: &'static str, value: &mut Oem<'a>) -> io::Result<()> {
        self.text(name, value.octets, if value.open { ", no NUL" } else { "" })
    }

    // The mailslot's name is shown as it is.
    fn beside(&mut self, _: &'static str, _: &mut &'a [u8]) -> io::Result<()> {
        Ok(())
    }

    fn utf16(&mut self, name: &'static str, value: &mut Utf16<'a>) -> io::Result<()> {
        let text: String = value.chars().collect();
        let behind = if value.open { ", no NUL" } else { "" };
        self.field(name, format_args!("\"{}\"{behind}", Safe(&text)))
    }

    fn dns_name(&mut self, name: &'static str, value: &mut DnsName<'a>) -> io::Result<()> {
        self.field(name, format_args!("\"{}\"", Safe(&value.to_string())))
    }

    fn ipv4(&mut self, name: &'static str, _: ByteOrder, value: &mut Ipv4Addr) -> io::Result<()> {
        self.field(name, value)
    }

    fn guid(&mut self, name: &'static str, value: &mut Guid) -> io::Result<()> {
        self.field(name, value)
    }

    fn sid(&mut self, name: &'static str, _: usize, value: &mut Sid<'a>) -> io::Result<()> {
        self.field(name, value)
    }

    fn list<T: Entry<'a>>(
        &mut self,
        _: &'static str,
        _: usize,
        value: &mut Vec<T>,
    ) -> io::Result<()> {
        value.iter_mut().try_for_each(|entry| entry.visit(self))
    }

    fn oems(&mut self, name: &'static str, _: usize, value: &mut Vec<Oem<'a>>) -> io::Result<()> {
        value.iter_mut().try_for_each(|text| self.oem(name, text))
    }

    fn utf16s(
        &mut self,
        name: &'static str,
        _: usize,
        value: &mut Vec<Utf16<'a>>,
    ) -> io::Result<()> {
        value.iter_mut().try_for_each(|text| self.utf16(name, text))
    }

    fn utf16_field(&mut self, name: &'static str, value: &mut [u8]) -> io::Result<()> {
        let (mut text, _) = split_utf16(value);
        text.open = false;
        self.utf16(name, &mut text)
    }

    fn surplus(&mut self, value: &mut &'a [u8]) -> io::Result<()> {
        self.field("surplus", OctetCount(value.len()))
    }
}
