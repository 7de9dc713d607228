//! JSON for terminals too: what would move a cursor or reorder a line is escaped in its strings,
//! beyond what JSON asks for.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::failure::Failure;
use super::output::Output;
use super::payload::is_unsafe;

/// Writes a value, without a line end.
pub(super) fn write(to: impl Write, value: &impl Serialize) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(to, Escaping))
}

/// One object on standard output, a line.
pub(super) fn print(value: &impl Serialize) -> Result<(), Failure> {
    let mut out = Output::new(true);
    write(&mut out, value)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

struct Escaping;

impl Formatter for Escaping {
    /// Octets are hex digits.
    fn write_byte_array<W: Write + ?Sized>(&mut self, to: &mut W, octets: &[u8]) -> io::Result<()> {
        const PIECE: usize = 64;
        to.write_all(b"\"")?;
        for piece in octets.chunks(PIECE) {
            let mut digits = [0; 2 * PIECE];
            let digits = digits.get_mut(..2 * piece.len()).unwrap_or_default();
            hex::encode_to_slice(piece, digits).map_err(io::Error::other)?;
            to.write_all(digits)?;
        }
        to.write_all(b"\"")
    }

    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        to: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // JSON itself escapes what is below a space. Without an early way out this is a few
        // instructions for all octets together.
        if fragment.bytes().fold(0, u8::max) < 0x7f {
            return to.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_unsafe(*c)) {
            let (before, from) = rest.split_at(at);
            // All of them are in the first plane, so that there is one unit.
            write!(to, "{before}\\u{:04x}", u32::from(c))?;
            rest = from.strip_prefix(c).unwrap_or_default();
        }
        to.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_safe_and_the_same() {
        let text = "a\x1b[2J\"\\\n\x7f\u{9b}31mü\u{202e}\u{2066}😀c\u{85}";
        let mut octets = Vec::new();
        write(&mut octets, &[text, "plain", ""]).unwrap();
        let json = String::from_utf8(octets).unwrap();
        assert_eq!(json, r#"["a\u001b[2J\"\\\n\u007f\u009b31mü\u202e\u2066😀c\u0085","plain",""]"#);
        let read: [String; 3] = serde_json::from_str(&json).unwrap();
        assert_eq!(read, [text, "plain", ""]);
    }
}
