//! A message of a well-known mailslot as a tree.

use std::fmt::Display;
use std::io::{self, Write};

use crate::cli::line::Words;
use crate::cli::payload::{Hex, Safe};
use crate::wire::oem::CodePage;
use crate::wire::smb::MailslotWrite;
use crate::wire::{Decoded, Form, Name16, Note, Oem, Opcode, Payload, Visitor, write_flags};

/// Octets that are shown behind a value.
const MOST_OCTETS: usize = 16;

/// Writes the fields of the data, which begin at octet `at`, with the octets that they come from.
/// Whether they are of a kind that is known.
pub(super) fn write(
    to: &mut impl Write,
    page: CodePage,
    write: &MailslotWrite<'_>,
    at: usize,
) -> io::Result<bool> {
    let Decoded { value: mut payload, notes } =
        match Payload::decode(write.mailslot_name, write.data) {
            Ok(decoded) if decoded.value.is_known() => decoded,
            Ok(_) => return Ok(false),
            Err(error) => {
                writeln!(to, "  Data: error: {}", error.behind(at))?;
                return Ok(false);
            }
        };
    writeln!(to, "  {}, {} octets", Words(payload.kind()), write.data.len())?;
    let mut places = Vec::new();
    payload.clone().trace(write.data, |_, from, end| places.push((from, end)));
    let mut places = places.into_iter();
    let place = || places.next().unwrap_or_default();
    payload.visit(&mut Shower { to, page, place, data: write.data, at })?;
    super::notes(to, notes)?;
    Ok(true)
}

/// Fields as lines.
struct Shower<'w, 'a, W, P> {
    to: &'w mut W,
    page: CodePage,
    /// Where the next field is.
    place: P,
    data: &'a [u8],
    at: usize,
}

impl<W: Write, P: FnMut() -> (usize, usize)> Shower<'_, '_, W, P> {
    fn field(&mut self, name: &str, value: impl Display) -> io::Result<()> {
        let (from, end) = (self.place)();
        let octets = Hex { data: self.data.get(from..end).unwrap_or_default(), most: MOST_OCTETS };
        let line = format!("{value}");
        super::field(self.to, self.at + from, name, format_args!("{line:<28}  {octets}"))
    }

    fn number(&mut self, name: &str, form: Form, width: usize, value: u32) -> io::Result<()> {
        match form {
            Form::Decimal => self.field(name, value),
            Form::Hex => self.field(name, format_args!("{value:#0width$x}")),
            Form::Milliseconds => self.field(name, format_args!("{value} ms")),
            Form::Named(names) => match names.iter().find(|(number, _)| *number == value) {
                Some((_, text)) => self.field(name, format_args!("{value} {text}")),
                None => self.field(name, value),
            },
            Form::Flags(names) => {
                let mut text = String::new();
                // A string takes all.
                let _ = write_flags(&mut text, names, value);
                self.field(name, format_args!("{value:#0width$x}"))?;
                writeln!(self.to, "          {:<24}{text}", "")
            }
        }
    }

    fn text(&mut self, name: &str, octets: &[u8], behind: &str) -> io::Result<()> {
        let text: String = octets.iter().map(|&octet| self.page.decode_octet(octet)).collect();
        self.field(name, format_args!("\"{}\"{behind}", Safe(&text)))
    }
}

impl<'a, W: Write, P: FnMut() -> (usize, usize)> Visitor<'a> for Shower<'_, '_, W, P> {
    type Error = io::Error;

    fn ahead(&self) -> Option<&'a [u8]> {
        None
    }

    fn note(&mut self, _: Note) {}

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
        self.number(name, form, 10, *value)
    }

    fn name16(&mut self, name: &'static str, value: &mut Name16) -> io::Result<()> {
        self.text(name, value.octets(), "")
    }

    fn oem(&mut self, name: &'static str, value: &mut Oem<'a>) -> io::Result<()> {
        self.text(name, value.octets, if value.open { ", no NUL" } else { "" })
    }

    fn surplus(&mut self, value: &mut &'a [u8]) -> io::Result<()> {
        if value.is_empty() {
            return Ok(());
        }
        self.field("surplus", format_args!("{} octets", value.len()))
    }
}
