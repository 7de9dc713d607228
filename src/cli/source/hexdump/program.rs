//! Octets as programs have them: arrays of C, and escaped strings.

use std::iter::Peekable;
use std::str::Chars;

use super::{Bad, Packets};

/// Characters, and where they stand.
struct Cursor<'a> {
    chars: Peekable<Chars<'a>>,
    line: usize,
    column: usize,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Self {
        Self { chars: text.chars().peekable(), line: 1, column: 1 }
    }

    fn peek(&mut self) -> Option<char> {
        self.chars.peek().copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.chars.next()?;
        if c == '\n' {
            (self.line, self.column) = (self.line + 1, 1);
        } else {
            self.column += 1;
        }
        Some(c)
    }

    fn next_if(&mut self, wanted: impl Fn(char) -> bool) -> Option<char> {
        if wanted(self.peek()?) { self.next() } else { None }
    }

    fn bad(&self, reason: impl Into<String>) -> Bad {
        Bad { line: self.line, column: self.column, reason: reason.into() }
    }

    /// Passes over a comment, where one begins with the `/` that was read.
    fn comment(&mut self) {
        if self.next_if(|c| c == '/').is_some() {
            while self.next_if(|c| c != '\n').is_some() {}
        } else if self.next_if(|c| c == '*').is_some() {
            let mut star = false;
            while let Some(c) = self.next() {
                if star && c == '/' {
                    return;
                }
                star = c == '*';
            }
        }
    }
}

/// `{ 0x10, 0x02, 128, 'A' }`, each pair of braces a packet. What is outside of them is not read.
pub(super) fn arrays(text: &str, packets: &mut Packets) -> Result<(), Bad> {
    let mut cursor = Cursor::new(text);
    let mut depth = 0_usize;
    loop {
        let (line, column) = (cursor.line, cursor.column);
        let bad = |reason: String| Bad { line, column, reason };
        let Some(c) = cursor.next() else { break };
        match c {
            '/' => cursor.comment(),
            '{' => {
                packets.end_packet();
                depth += 1;
            }
            '}' => {
                packets.end_packet();
                depth = depth.checked_sub(1).ok_or_else(|| bad("no brace is open".into()))?;
            }
            _ if depth == 0 || c == ',' || c.is_whitespace() => {}
            '\'' => {
                let octet = match cursor.next() {
                    Some('\\') => escape(&mut cursor)?,
                    Some(c) if c.is_ascii() => c as u8,
                    _ => return Err(bad("no ASCII character".into())),
                };
                if cursor.next() != Some('\'') {
                    return Err(bad("the quotation mark has no other".into()));
                }
                packets.push(octet, line).map_err(bad)?;
            }
            _ => {
                let mut word = String::from(c);
                while let Some(c) = cursor.next_if(|c| c.is_ascii_alphanumeric()) {
                    word.push(c);
                }
                packets.push(number(&word).map_err(bad)?, line).map_err(bad)?;
            }
        }
    }
    if depth > 0 { Err(cursor.bad("the brace is not closed")) } else { Ok(()) }
}

fn number(word: &str) -> Result<u8, String> {
    let digits = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
    let number = match digits {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => word.parse(),
    };
    let number = number.map_err(|_| format!("{word:?} is no number"))?;
    u8::try_from(number).map_err(|_| format!("{word} is more than an octet"))
}

/// `"\x10\x02abc"`, in quotation marks or without. A blank line or a semicolon ends a packet.
pub(super) fn strings(text: &str, packets: &mut Packets) -> Result<(), Bad> {
    let mut cursor = Cursor::new(text);
    let quoted = text.contains(['"', '\'']);
    let mut blank = false;
    loop {
        let (line, column) = (cursor.line, cursor.column);
        let bad = |reason: String| Bad { line, column, reason };
        let Some(c) = cursor.next() else { return Ok(()) };
        match c {
            '"' | '\'' => string(c, &mut cursor, packets)?,
            '\\' if cursor.next_if(|c| c == '\n').is_some() => {}
            '\\' if !quoted => {
                let octet = escape(&mut cursor)?;
                packets.push(octet, line).map_err(bad)?;
            }
            '/' => cursor.comment(),
            ';' => packets.end_packet(),
            '\n' if blank => packets.end_packet(),
            _ if c.is_whitespace() || quoted => {}
            _ => return Err(bad(format!("'{}' is no escape", c.escape_debug()))),
        }
        blank = c == '\n' || blank && c.is_whitespace();
    }
}

/// Up to the mark that it began with.
fn string(mark: char, cursor: &mut Cursor<'_>, packets: &mut Packets) -> Result<(), Bad> {
    loop {
        let (line, column) = (cursor.line, cursor.column);
        let bad = |reason: String| Bad { line, column, reason };
        let octet = match cursor.next() {
            Some(c) if c == mark => return Ok(()),
            Some('\\') => escape(cursor)?,
            Some('\n') | None => return Err(bad("the string is not closed".into())),
            Some(c) if c.is_ascii() => c as u8,
            Some(c) => {
                let c = c.escape_debug();
                return Err(bad(format!("'{c}' is no octet: which one depends on the encoding")));
            }
        };
        packets.push(octet, line).map_err(bad)?;
    }
}

/// What follows a backslash.
fn escape(cursor: &mut Cursor<'_>) -> Result<u8, Bad> {
    let (line, column) = (cursor.line, cursor.column);
    let bad = |reason: String| Bad { line, column, reason };
    let digits = |cursor: &mut Cursor<'_>, first: String, radix: u32, most: usize| {
        let mut digits = first;
        while digits.len() < most {
            let Some(digit) = cursor.next_if(|c| c.is_digit(radix)) else { break };
            digits.push(digit);
        }
        u8::from_str_radix(&digits, radix)
    };
    Ok(match cursor.next() {
        Some('x') => {
            let octet = digits(cursor, String::new(), 16, 2);
            octet.map_err(|_| bad("\\x without hex digits".into()))?
        }
        Some(c @ '0'..='7') => {
            let octet = digits(cursor, c.into(), 8, 3);
            octet.map_err(|_| bad("more than an octet".into()))?
        }
        Some('n') => b'\n',
        Some('r') => b'\r',
        Some('t') => b'\t',
        Some('a') => 7,
        Some('b') => 8,
        Some('f') => 12,
        Some('v') => 11,
        Some(c @ ('\\' | '"' | '\'' | '?')) => c as u8,
        _ => return Err(bad("an escape that is not known".into())),
    })
}
