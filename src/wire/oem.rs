//! OEM code pages: octets on the wire to text and back.
//!
//! NetBIOS names and mailslot names travel as octets of the sender's OEM code page, and nothing in
//! a frame says which one ([MS-NBTE] 2.2.1 note 1). So the codec keeps octets; text is a view
//! through a page that the reader chose. The lower half of every page is ASCII.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

/// An OEM code page. The default is 850, Western European.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CodePage {
    /// 437, United States.
    Cp437,
    /// 850, Western European.
    #[default]
    Cp850,
    /// 852, Central European.
    Cp852,
    /// 858, Western European with the euro sign.
    Cp858,
    /// 866, Cyrillic.
    Cp866,
}

impl CodePage {
    /// Every page that is known here.
    pub const ALL: &'static [Self] =
        &[Self::Cp437, Self::Cp850, Self::Cp852, Self::Cp858, Self::Cp866];

    /// The page of that number.
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|page| page.number() == number)
    }

    /// Its number: 437, 850, ...
    pub const fn number(self) -> u16 {
        match self {
            Self::Cp437 => 437,
            Self::Cp850 => 850,
            Self::Cp852 => 852,
            Self::Cp858 => 858,
            Self::Cp866 => 866,
        }
    }

    /// The character of one octet. Total: octets below 0x80 are ASCII, control characters included.
    pub const fn decode_octet(self, octet: u8) -> char {
        if octet < 0x80 { octet as char } else { self.upper_half()[(octet & 0x7f) as usize] }
    }

    /// The characters of `octets`, as they are where all are ASCII.
    pub fn decode(self, octets: &[u8]) -> Cow<'_, str> {
        match core::str::from_utf8(octets) {
            Ok(text) if text.is_ascii() => text.into(),
            _ => octets.iter().map(|&octet| self.decode_octet(octet)).collect(),
        }
    }

    /// The octet of a character, where the page has it.
    pub fn encode_char(self, c: char) -> Option<u8> {
        if c.is_ascii() {
            return u8::try_from(u32::from(c)).ok();
        }
        let index = self.upper_half().iter().position(|&known| known == c)?;
        u8::try_from(index).ok().map(|index| index | 0x80)
    }

    /// The octets of a text, one a character.
    ///
    /// # Errors
    ///
    /// [`NoOctet`] at the first character that the page lacks.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, NoOctet> {
        let octets = text
            .chars()
            .enumerate()
            .map(|(position, found)| self.encode_char(found).ok_or(NoOctet { position, found }));
        octets.collect()
    }

    /// Text of octets, control characters escaped as `\x1b`, so that it is safe on a terminal.
    pub const fn printable(self, octets: &[u8]) -> Printable<'_> {
        Printable { octets, page: self }
    }

    const fn upper_half(self) -> &'static [char; 128] {
        match self {
            Self::Cp437 => &CP437,
            Self::Cp850 => &CP850,
            Self::Cp852 => &CP852,
            Self::Cp858 => &CP858,
            Self::Cp866 => &CP866,
        }
    }
}

/// A character that a code page lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoOctet {
    /// Characters before it.
    pub position: usize,
    /// The character.
    pub found: char,
}

impl fmt::Display for NoOctet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { position, found } = self;
        write!(f, "character {found:?} at {position} is not in the OEM code page")
    }
}

impl core::error::Error for NoOctet {}

/// Octets shown through a code page; see [`CodePage::printable`].
#[derive(Clone, Copy, Debug)]
pub struct Printable<'a> {
    octets: &'a [u8],
    page: CodePage,
}

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for &octet in self.octets {
            match octet {
                0x00..=0x1f | 0x7f => write!(f, "\\x{octet:02x}")?,
                _ => f.write_char(self.page.decode_octet(octet))?,
            }
        }
        Ok(())
    }
}

#[rustfmt::skip]
const CP437: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å',
    'É', 'æ', 'Æ', 'ô', 'ö', 'ò', 'û', 'ù', 'ÿ', 'Ö', 'Ü', '¢', '£', '¥', '₧', 'ƒ',
    'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '⌐', '¬', '½', '¼', '¡', '«', '»',
    '░', '▒', '▓', '│', '┤', '╡', '╢', '╖', '╕', '╣', '║', '╗', '╝', '╜', '╛', '┐',
    '└', '┴', '┬', '├', '─', '┼', '╞', '╟', '╚', '╔', '╩', '╦', '╠', '═', '╬', '╧',
    '╨', '╤', '╥', '╙', '╘', '╒', '╓', '╫', '╪', '┘', '┌', '█', '▄', '▌', '▐', '▀',
    'α', 'ß', 'Γ', 'π', 'Σ', 'σ', 'µ', 'τ', 'Φ', 'Θ', 'Ω', 'δ', '∞', 'φ', 'ε', '∩',
    '≡', '±', '≥', '≤', '⌠', '⌡', '÷', '≈', '°', '∙', '·', '√', 'ⁿ', '²', '■', '\u{a0}',
];

#[rustfmt::skip]
const CP850: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å',
    'É', 'æ', 'Æ', 'ô', 'ö', 'ò', 'û', 'ù', 'ÿ', 'Ö', 'Ü', 'ø', '£', 'Ø', '×', 'ƒ',
    'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '®', '¬', '½', '¼', '¡', '«', '»',
    '░', '▒', '▓', '│', '┤', 'Á', 'Â', 'À', '©', '╣', '║', '╗', '╝', '¢', '¥', '┐',
    '└', '┴', '┬', '├', '─', '┼', 'ã', 'Ã', '╚', '╔', '╩', '╦', '╠', '═', '╬', '¤',
    'ð', 'Ð', 'Ê', 'Ë', 'È', 'ı', 'Í', 'Î', 'Ï', '┘', '┌', '█', '▄', '¦', 'Ì', '▀',
    'Ó', 'ß', 'Ô', 'Ò', 'õ', 'Õ', 'µ', 'þ', 'Þ', 'Ú', 'Û', 'Ù', 'ý', 'Ý', '¯', '´',
    '\u{ad}', '±', '‗', '¾', '¶', '§', '÷', '¸', '°', '¨', '·', '¹', '³', '²', '■', '\u{a0}',
];

#[rustfmt::skip]
const CP852: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'ů', 'ć', 'ç', 'ł', 'ë', 'Ő', 'ő', 'î', 'Ź', 'Ä', 'Ć',
    'É', 'Ĺ', 'ĺ', 'ô', 'ö', 'Ľ', 'ľ', 'Ś', 'ś', 'Ö', 'Ü', 'Ť', 'ť', 'Ł', '×', 'č',
    'á', 'í', 'ó', 'ú', 'Ą', 'ą', 'Ž', 'ž', 'Ę', 'ę', '¬', 'ź', 'Č', 'ş', '«', '»',
    '░', '▒', '▓', '│', '┤', 'Á', 'Â', 'Ě', 'Ş', '╣', '║', '╗', '╝', 'Ż', 'ż', '┐',
    '└', '┴', '┬', '├', '─', '┼', 'Ă', 'ă', '╚', '╔', '╩', '╦', '╠', '═', '╬', '¤',
    'đ', 'Đ', 'Ď', 'Ë', 'ď', 'Ň', 'Í', 'Î', 'ě', '┘', '┌', '█', '▄', 'Ţ', 'Ů', '▀',
    'Ó', 'ß', 'Ô', 'Ń', 'ń', 'ň', 'Š', 'š', 'Ŕ', 'Ú', 'ŕ', 'Ű', 'ý', 'Ý', 'ţ', '´',
    '\u{ad}', '˝', '˛', 'ˇ', '˘', '§', '÷', '¸', '°', '¨', '˙', 'ű', 'Ř', 'ř', '■', '\u{a0}',
];

#[rustfmt::skip]
const CP858: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å',
    'É', 'æ', 'Æ', 'ô', 'ö', 'ò', 'û', 'ù', 'ÿ', 'Ö', 'Ü', 'ø', '£', 'Ø', '×', 'ƒ',
    'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '®', '¬', '½', '¼', '¡', '«', '»',
    '░', '▒', '▓', '│', '┤', 'Á', 'Â', 'À', '©', '╣', '║', '╗', '╝', '¢', '¥', '┐',
    '└', '┴', '┬', '├', '─', '┼', 'ã', 'Ã', '╚', '╔', '╩', '╦', '╠', '═', '╬', '¤',
    'ð', 'Ð', 'Ê', 'Ë', 'È', '€', 'Í', 'Î', 'Ï', '┘', '┌', '█', '▄', '¦', 'Ì', '▀',
    'Ó', 'ß', 'Ô', 'Ò', 'õ', 'Õ', 'µ', 'þ', 'Þ', 'Ú', 'Û', 'Ù', 'ý', 'Ý', '¯', '´',
    '\u{ad}', '±', '‗', '¾', '¶', '§', '÷', '¸', '°', '¨', '·', '¹', '³', '²', '■', '\u{a0}',
];

#[rustfmt::skip]
const CP866: [char; 128] = [
    'А', 'Б', 'В', 'Г', 'Д', 'Е', 'Ж', 'З', 'И', 'Й', 'К', 'Л', 'М', 'Н', 'О', 'П',
    'Р', 'С', 'Т', 'У', 'Ф', 'Х', 'Ц', 'Ч', 'Ш', 'Щ', 'Ъ', 'Ы', 'Ь', 'Э', 'Ю', 'Я',
    'а', 'б', 'в', 'г', 'д', 'е', 'ж', 'з', 'и', 'й', 'к', 'л', 'м', 'н', 'о', 'п',
    '░', '▒', '▓', '│', '┤', '╡', '╢', '╖', '╕', '╣', '║', '╗', '╝', '╜', '╛', '┐',
    '└', '┴', '┬', '├', '─', '┼', '╞', '╟', '╚', '╔', '╩', '╦', '╠', '═', '╬', '╧',
    '╨', '╤', '╥', '╙', '╘', '╒', '╓', '╫', '╪', '┘', '┌', '█', '▄', '▌', '▐', '▀',
    'р', 'с', 'т', 'у', 'ф', 'х', 'ц', 'ч', 'ш', 'щ', 'ъ', 'ы', 'ь', 'э', 'ю', 'я',
    'Ё', 'ё', 'Є', 'є', 'Ї', 'ї', 'Ў', 'ў', '°', '∙', '·', '√', '№', '¤', '■', '\u{a0}',
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_of_every_page_comes_back() {
        for &page in CodePage::ALL {
            for octet in 0..=u8::MAX {
                assert_eq!(page.encode_char(page.decode_octet(octet)), Some(octet), "{page:?}");
            }
            assert_eq!(CodePage::from_number(page.number()), Some(page));
        }
    }

    #[test]
    fn known_letters() {
        assert_eq!(CodePage::Cp850.decode_octet(0x9a), 'Ü');
        assert_eq!(CodePage::Cp437.decode_octet(0x9b), '¢');
        assert_eq!(CodePage::Cp858.encode_char('€'), Some(0xd5));
        assert_eq!(CodePage::Cp850.encode_char('€'), None);
        assert_eq!(CodePage::Cp866.encode_char('Ж'), Some(0x86));
    }

    #[test]
    fn texts_are_written_through_a_page() {
        assert_eq!(CodePage::Cp850.encode("Büro"), Ok(b"B\x81ro".to_vec()));
        let error = CodePage::Cp850.encode("5 €").expect_err("no euro sign");
        assert_eq!(error, NoOctet { position: 2, found: '€' });
        assert_eq!(alloc::format!("{error}"), "character '€' at 2 is not in the OEM code page");
    }

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(CodePage::Cp850.printable(b"a\x1b[0m\x7f\x9a").to_string(), "a\\x1b[0m\\x7fÜ");
    }
}
