//! A message's data as text: which encoding it most likely has.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use crate::wire::oem::CodePage;

/// `--encoding`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Encoding {
    /// What it looks like: UTF-8, UTF-16LE, the OEM page where printable, else hex; written, UTF-8
    #[default]
    Auto,
    /// UTF-8
    Utf8,
    /// UTF-16LE, as Windows programs write it
    Utf16le,
    /// The OEM code page, --code-page
    Oem,
    /// Never text: hex digits
    Hex,
}

/// Text, and the name of its encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) encoding: &'static str,
}

impl Encoding {
    /// The one that [`Text`] calls so.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "utf-8" => Some(Self::Utf8),
            "utf-16le" => Some(Self::Utf16le),
            "cp437" | "cp850" | "cp852" | "cp858" | "cp866" => Some(Self::Oem),
            _ => None,
        }
    }

    /// The data as text, where it is text; trailing NULs are left out.
    pub(crate) fn text(self, data: &[u8], page: CodePage) -> Option<Text<'_>> {
        match self {
            Self::Auto => utf8(data).or_else(|| utf16(data, true)).or_else(|| oem(data, page)),
            Self::Utf8 => utf8(data),
            Self::Utf16le => utf16(data, false),
            Self::Oem => oem(data, page),
            Self::Hex => None,
        }
    }

    /// The octets of a text that is to be sent; [`Auto`](Self::Auto) is UTF-8. `Err` has the first
    /// character that the encoding lacks.
    pub(crate) fn encode(self, text: &str, page: CodePage) -> Result<Vec<u8>, char> {
        match self {
            Self::Auto | Self::Utf8 => Ok(text.as_bytes().to_vec()),
            Self::Utf16le => Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            Self::Oem => text.chars().map(|c| page.encode_char(c).ok_or(c)).collect(),
            Self::Hex => hex::decode(text.split_ascii_whitespace().collect::<String>())
                .map_err(|_| text.chars().find(|c| !c.is_ascii_hexdigit()).unwrap_or('?')),
        }
    }
}

fn utf8(data: &[u8]) -> Option<Text<'_>> {
    let text = std::str::from_utf8(without_nuls(data)).ok()?;
    is_printable(text.chars()).then_some(Text { text: text.into(), encoding: "utf-8" })
}

fn utf16(data: &[u8], only_if_likely: bool) -> Option<Text<'static>> {
    if data.len() % 2 != 0 {
        return None;
    }
    let end = data.chunks_exact(2).rposition(|pair| pair != [0, 0]).map_or(0, |last| last + 1);
    let pairs = data.chunks_exact(2).take(end);
    // Text in European languages: nearly every second octet is 0.
    let latin = pairs.clone().filter(|pair| pair[1] == 0).count();
    if only_if_likely && (end == 0 || latin * 4 < end * 3) {
        return None;
    }
    let units: Vec<u16> = pairs.map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    let text = String::from_utf16(&units).ok()?;
    is_printable(text.chars()).then(|| Text { text: text.into(), encoding: "utf-16le" })
}

fn oem(data: &[u8], page: CodePage) -> Option<Text<'static>> {
    let octets = without_nuls(data);
    let chars = octets.iter().map(|&octet| page.decode_octet(octet));
    is_printable(chars.clone())
        .then(|| Text { text: chars.collect::<String>().into(), encoding: oem_name(page) })
}

/// `cp850`, ...
pub(crate) const fn oem_name(page: CodePage) -> &'static str {
    match page.number() {
        437 => "cp437",
        852 => "cp852",
        858 => "cp858",
        866 => "cp866",
        _ => "cp850",
    }
}

fn without_nuls(data: &[u8]) -> &[u8] {
    let end = data.iter().rposition(|&octet| octet != 0).map_or(0, |last| last + 1);
    data.get(..end).unwrap_or_default()
}

fn is_printable(mut chars: impl Iterator<Item = char>) -> bool {
    chars.all(|c| !c.is_control() || matches!(c, '\t' | '\r' | '\n'))
}

/// Text made safe for a terminal: control characters and whatever else moves the cursor or
/// reorders text are escaped.
pub(crate) struct Safe<'a>(pub(crate) &'a str);

/// Control characters, and those that would let a sender rearrange the line: directional marks and
/// overrides, ends of lines and paragraphs.
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Display for Safe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                c if c.is_control() => write!(f, "\\x{:02x}", u32::from(c))?,
                c if is_unsafe(c) => write!(f, "\\u{{{:x}}}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Octets for a line of text: at most `most` of them.
pub(crate) struct Hex<'a> {
    pub(crate) data: &'a [u8],
    pub(crate) most: usize,
}

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, octet) in self.data.iter().take(self.most).enumerate() {
            let space = if i > 0 { " " } else { "" };
            write!(f, "{space}{octet:02x}")?;
        }
        if self.data.len() > self.most {
            f.write_str(" ...")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto(data: &[u8]) -> Option<(String, &'static str)> {
        let text = Encoding::Auto.text(data, CodePage::default())?;
        Some((text.text.into_owned(), text.encoding))
    }

    #[test]
    fn auto_finds_the_encoding() {
        assert_eq!(auto(b"backup"), Some(("backup".into(), "utf-8")));
        assert_eq!(auto("Grüße\n\0".as_bytes()), Some(("Grüße\n".into(), "utf-8")));
        assert_eq!(auto(b"h\0i\0 \0\xfc\0\0\0"), Some(("hi ü".into(), "utf-16le")));
        assert_eq!(auto(b"M\x81ller"), Some(("Müller".into(), "cp850")));
        assert_eq!(auto(b""), Some((String::new(), "utf-8")));
        assert_eq!(auto(b"\x01\x02\x03"), None);
        assert_eq!(auto(b"a\0b"), None);
    }

    #[test]
    fn text_is_safe_on_a_terminal() {
        let text = "a\x1b[2Jb\n\u{9b}\u{202e}c";
        assert_eq!(Safe(text).to_string(), r"a\x1b[2Jb\n\x9b\u{202e}c");
    }

    #[test]
    fn text_to_octets() {
        let page = CodePage::default();
        assert_eq!(Encoding::Auto.encode("ü", page), Ok(vec![0xc3, 0xbc]));
        assert_eq!(Encoding::Utf16le.encode("ü", page), Ok(vec![0xfc, 0]));
        assert_eq!(Encoding::Oem.encode("ü", page), Ok(vec![0x81]));
        assert_eq!(Encoding::Oem.encode("a€", page), Err('€'));
        assert_eq!(Encoding::Hex.encode("01 ff", page), Ok(vec![1, 0xff]));
        assert_eq!(Encoding::Hex.encode("0g", page), Err('g'));
    }
}
