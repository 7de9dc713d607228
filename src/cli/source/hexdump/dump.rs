//! Hex digits line by line, with or without offsets and a column of text.

use super::{Bad, Packets};
use crate::capture::MAX_CAPTURED_LEN;
use crate::cli::source::limits::{MAX_REPEATED, MAX_WITH_TEXT};

/// What separates octets, besides white space.
const SEPARATORS: &str = ",:;-[]()";

/// Digits of an offset, at least and at most.
const OFFSET_DIGITS: std::ops::RangeInclusive<usize> = 3..=8;

/// Reads all lines.
pub(super) fn lines(text: &str, packets: &mut Packets) -> Result<(), Bad> {
    let last = Vec::new();
    let mut reader = Lines { packets, has_offsets: false, last, repeated: false, not_written: 0 };
    for (i, line) in text.lines().enumerate() {
        reader.line(i + 1, line)?;
    }
    Ok(())
}

struct Lines<'p> {
    packets: &'p mut Packets,
    /// Whether the packet's lines have them.
    has_offsets: bool,
    /// The octets of the line before.
    last: Vec<u8>,
    /// After a line of `*`: more of the same.
    repeated: bool,
    /// Octets that such lines stood for.
    not_written: usize,
}

/// A word of a line.
#[derive(Clone, Copy, Debug)]
struct Word<'a> {
    text: &'a str,
    /// Where it starts, and what follows it, in octets.
    at: usize,
    end: usize,
}

/// The next word from `from` on.
fn word(line: &str, from: usize) -> Option<Word<'_>> {
    let separates = |c: char| c.is_whitespace() || SEPARATORS.contains(c);
    let rest = line.get(from..)?;
    let at = from + rest.find(|c| !separates(c))?;
    let rest = line.get(at..)?;
    let end = at + rest.find(separates).unwrap_or(rest.len());
    Some(Word { text: line.get(at..end)?, at, end })
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_hexdigit())
}

fn without_0x(text: &str) -> &str {
    text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text)
}

impl Lines<'_> {
    fn line(&mut self, number: usize, line: &str) -> Result<(), Bad> {
        let bad = |at: usize, reason: String| Bad {
            line: number,
            column: line.get(..at).unwrap_or(line).chars().count() + 1,
            reason,
        };
        let trimmed = line.trim();
        if trimmed.is_empty() || is_header(trimmed) {
            self.end_packet();
            return Ok(());
        }
        if trimmed.starts_with('#') {
            return Ok(());
        }
        if trimmed == "*" && self.has_offsets {
            self.repeated = true;
            return Ok(());
        }
        let mut at = 0;
        if let Some((offset, word)) = self.offset(line) {
            at = word.end;
            self.place(offset, number).map_err(|reason| bad(word.at, reason))?;
        } else if let Some(reason) = words_of_a_machine(line) {
            return Err(bad(0, reason));
        } else if self.has_offsets {
            return Err(bad(0, "no offset, as the lines before have".into()));
        } else {
            self.packets.begin_line();
        }
        let mut octets = Vec::new();
        // Behind a bar is text, as octets are not.
        let line = line.split('|').next().unwrap_or(line).trim_end();
        // Up to here all words were seen to be octets: a long line is not to be read for each of them.
        let mut digits_to = 0;
        while let Some(word) = word(line, at) {
            let gap = line.get(at..word.at).unwrap_or_default();
            // A column of text is set apart.
            let apart = gap.trim_start_matches(':').len() >= 2 || gap.contains('\t');
            if !octets.is_empty() && apart {
                let column_at = at + gap.len() - gap.trim_start().len();
                let column = line.get(column_at..).unwrap_or_default();
                if is_text_of(column, &octets) {
                    break;
                }
                if self.has_offsets && word.at >= digits_to {
                    // Some leave a gap in the middle of the octets too.
                    let part = column.split("  ").next().unwrap_or(column);
                    if !is_digits(part) {
                        break;
                    }
                    digits_to = column_at + part.len();
                }
            }
            for octet in octets_of(word.text).map_err(|(skip, why)| bad(word.at + skip, why))? {
                self.packets.push(octet, number).map_err(|reason| bad(word.at, reason))?;
                octets.push(octet);
            }
            at = word.end;
        }
        self.last = octets;
        Ok(())
    }

    fn end_packet(&mut self) {
        self.packets.end_packet();
        (self.has_offsets, self.repeated) = (false, false);
    }

    /// The offset that a line begins with.
    fn offset<'l>(&self, line: &'l str) -> Option<(usize, Word<'l>)> {
        let first = word(line, 0)?;
        let digits = without_0x(first.text);
        if !is_hex(digits) || !OFFSET_DIGITS.contains(&digits.len()) {
            return None;
        }
        let offset = usize::from_str_radix(digits, 16).ok()?;
        let behind = line.get(first.end..).unwrap_or_default();
        let colon = behind.starts_with(": ") || behind == ":" || behind.starts_with(":\t");
        let next = word(line, first.end).map(|word| word.text);
        let expected = offset == self.packets.octets.len() || offset == 0;
        let is_offset = match next {
            _ if colon => true,
            Some(next) => {
                next.len() == 2 && is_hex(next) && (expected || self.has_offsets || self.repeated)
            }
            // Dumps end with their length.
            None => self.has_offsets,
        };
        is_offset.then_some((offset, first))
    }

    /// Goes to an offset.
    fn place(&mut self, offset: usize, number: usize) -> Result<(), String> {
        if offset == 0 && !self.packets.octets.is_empty() {
            self.end_packet();
        }
        let here = self.packets.octets.len();
        if self.repeated && !self.last.is_empty() && offset > here {
            let missing = offset - here;
            self.not_written = self.not_written.saturating_add(missing);
            if missing <= MAX_CAPTURED_LEN && self.not_written > MAX_REPEATED {
                return Err(format!("lines of * stand for more than {MAX_REPEATED} octets"));
            }
            for &octet in self.last.clone().iter().cycle().take(missing) {
                self.packets.push(octet, number)?;
            }
        } else if offset != here {
            return Err(format!("offset {offset:#x}, where {here:#x} is next"));
        }
        (self.has_offsets, self.repeated) = (true, false);
        Ok(())
    }
}

/// The line that tcpdump writes before a dump: `09:14:02.118000 IP ...`.
fn is_header(line: &str) -> bool {
    let shape = |c: char| if c.is_ascii_digit() { '0' } else { c };
    line.chars().take(9).map(shape).eq("00:00:00.".chars())
}

/// Whether all words of it are octets.
fn is_digits(text: &str) -> bool {
    let mut at = 0;
    while let Some(word) = word(text, at) {
        if octets_of(word.text).is_err() {
            return false;
        }
        at = word.end;
    }
    true
}

/// Whether it is the octets as text: what cannot be printed is a dot, or something else.
fn is_text_of(text: &str, octets: &[u8]) -> bool {
    let text = text.trim_end();
    if octets.len() > MAX_WITH_TEXT {
        return false;
    }
    let same = |text: &mut dyn Iterator<Item = char>| {
        octets.iter().all(|&octet| match text.next().unwrap_or(' ') {
            c if (0x20..0x7f).contains(&octet) => c == char::from(octet),
            c => !c.is_ascii_alphanumeric(),
        }) && text.next().is_none()
    };
    // Some leave a space in the middle.
    let middle = |(i, c): (usize, char)| (i != 8 || c != ' ').then_some(c);
    same(&mut text.chars()) || same(&mut text.chars().enumerate().filter_map(middle))
}

/// The octets of a word, or where in it they end and why.
fn octets_of(word: &str) -> Result<Vec<u8>, (usize, String)> {
    let digits = without_0x(word);
    let skip = word.len() - digits.len();
    if let Some((at, c)) = digits.char_indices().find(|(_, c)| !c.is_ascii_hexdigit()) {
        let c = c.escape_debug();
        return Err((skip + at, format!("'{c}' is no hex digit")));
    }
    let padded = match digits.len() {
        0 => return Err((0, "0x without digits".into())),
        // 0x5
        1 if skip > 0 => format!("0{digits}"),
        length if length % 2 != 0 => {
            return Err((skip, format!("{length} hex digits are no whole number of octets")));
        }
        _ => digits.to_owned(),
    };
    hex::decode(padded).map_err(|error| (skip, error.to_string()))
}

/// What `hexdump` and `od` write when they are not told to write octets: numbers in the machine's
/// own order, or octal.
fn words_of_a_machine(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (offset, rest) = words.split_first()?;
    let first = rest.first()?;
    let same = rest.iter().all(|word| word.len() == first.len() && is_hex(word));
    let numbers = same && matches!((offset.len(), first.len()), (7, 4 | 6) | (6, 6));
    (numbers && is_hex(offset)).then(|| {
        "numbers of the machine, not octets: write them with hexdump -C, xxd, or od -A x -t x1"
            .into()
    })
}
