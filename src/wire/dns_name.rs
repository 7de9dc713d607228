//! Domain names with label pointers ([RFC 1035] 4.1.4, [MS-ADTS] 6.3.7).
//!
//! Pointers count from the first octet of the message, and only names are pointed to. As Windows
//! writes them, a name that ends as an earlier one does, its case counted, points there as early as
//! it can.

use alloc::vec::Vec;
use core::fmt;

use super::error::{DecodeError, Reason};
use super::netbios::MAX_POINTER_HOPS;

/// The most octets of a name, with a length octet before each label and one of 0 behind them
/// ([RFC 1035] 3.1).
pub const MAX_DNS_NAME: usize = 255;

/// The most octets of a label ([RFC 1035] 3.1).
pub const MAX_LABEL: usize = 63;

/// Where a pointer can lead at most: it has 14 bits.
const MAX_POINTER: u16 = 0x3fff;

/// A domain name: labels of any octets, UTF-8 by [MS-ADTS]. The default has none, the root.
///
/// `Display` has dots between the labels; in a label a dot and a backslash have a backslash before
/// them, and what is no text is `\` and three decimal digits ([RFC 1035] 5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DnsName<'a> {
    /// Labels, each behind its length; at most [`MAX_DNS_NAME`] with the root.
    labels: Vec<u8>,
    /// The octets that it is written in, where Windows would choose others.
    spelled: Option<&'a [u8]>,
}

impl<'a> DnsName<'a> {
    /// The name of a text as `Display` writes it; a dot at its end does not matter. `None` where a
    /// label or the whole is too long, a label is empty, or a backslash is followed by nothing.
    pub fn new(text: &str) -> Option<Self> {
        let mut labels = Vec::new();
        let mut label = Vec::new();
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            match c {
                '.' => push_label(&mut labels, &mut label)?,
                '\\' => match rest.next()? {
                    c @ '0'..='9' => {
                        let mut number = c.to_digit(10)?;
                        for _ in 0..2 {
                            number = number * 10 + rest.next()?.to_digit(10)?;
                        }
                        label.push(u8::try_from(number).ok()?);
                    }
                    c => push_char(&mut label, c),
                },
                c => push_char(&mut label, c),
            }
        }
        if !label.is_empty() {
            push_label(&mut labels, &mut label)?;
        }
        Some(Self { labels, spelled: None })
    }

    /// Whether it has no label.
    pub fn is_root(&self) -> bool {
        self.labels.is_empty()
    }

    /// The labels, in their order.
    pub fn labels(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &self.labels[..];
        core::iter::from_fn(move || {
            let (&length, behind) = rest.split_first()?;
            let (label, behind) = behind.split_at_checked(length.into())?;
            rest = behind;
            Some(label)
        })
    }

    /// The octets that it is written in, where they are not those that Windows would write.
    pub const fn spelled(&self) -> Option<&'a [u8]> {
        self.spelled
    }

    /// The same name, written in these octets.
    #[cfg(feature = "cli")]
    pub(crate) fn spelled_as(self, octets: &'a [u8]) -> Self {
        Self { spelled: Some(octets), ..self }
    }

    /// Reads the name at `start` of a message, whose earlier names are `earlier`. The name, and
    /// where it ends.
    pub(crate) fn decode(
        message: &'a [u8],
        start: usize,
        earlier: &mut Suffixes,
        field: &'static str,
    ) -> Result<(Self, usize), DecodeError> {
        let error = |at, reason| DecodeError::new(at, field, reason);
        let truncated = || error(message.len(), Reason::Truncated);
        let mut labels = Vec::new();
        let mut end = None;
        let (mut at, mut segment) = (start, start);
        let mut hops = 0;
        loop {
            let length = *message.get(at).ok_or_else(truncated)?;
            match length {
                0 => break,
                1..=0x3f => {
                    let next = at + 1 + usize::from(length);
                    labels.extend(message.get(at..next).ok_or_else(truncated)?);
                    // At least the root is to come.
                    if labels.len() >= MAX_DNS_NAME {
                        return Err(error(at, Reason::NameTooLong));
                    }
                    at = next;
                }
                0xc0.. => {
                    let low = *message.get(at + 1).ok_or_else(truncated)?;
                    let to = u16::from_be_bytes([length & 0x3f, low]);
                    // What begins before it can be read without reading an octet twice.
                    if usize::from(to) >= segment {
                        return Err(error(at, Reason::ForwardPointer(to)));
                    }
                    hops += 1;
                    if hops > MAX_POINTER_HOPS {
                        return Err(error(at, Reason::TooManyPointers));
                    }
                    end.get_or_insert(at + 2);
                    at = usize::from(to);
                    segment = at;
                }
                _ => return Err(error(at, Reason::ReservedLabel(length))),
            }
        }
        let end = end.unwrap_or(at + 1);
        let octets = message.get(start..end).unwrap_or_default();
        let usual = earlier.spelling(&labels);
        let spelled = (usual.octets(&labels) != octets).then_some(octets);
        let name = Self { labels, spelled };
        earlier.add(&name, start, usual);
        Ok((name, end))
    }

    /// Its octets at `start` of a message.
    pub(crate) fn encode(&self, start: usize, earlier: &mut Suffixes) -> Vec<u8> {
        let usual = earlier.spelling(&self.labels);
        earlier.add(self, start, usual);
        match self.spelled {
            Some(octets) => octets.to_vec(),
            None => usual.octets(&self.labels),
        }
    }
}

fn push_char(label: &mut Vec<u8>, c: char) {
    label.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn push_label(labels: &mut Vec<u8>, label: &mut Vec<u8>) -> Option<()> {
    let length = u8::try_from(label.len()).ok()?;
    let fits = labels.len() + 1 + label.len() < MAX_DNS_NAME;
    if label.is_empty() || label.len() > MAX_LABEL || !fits {
        return None;
    }
    labels.push(length);
    labels.append(label);
    Some(())
}

/// How a name is written: its first labels, then a pointer or the root.
#[derive(Clone, Copy, Debug)]
struct Spelling {
    /// Octets of the labels.
    literal: usize,
    /// Where it points to.
    pointer: Option<u16>,
    /// Pointers to follow when it is read.
    hops: usize,
}

impl Spelling {
    fn octets(self, labels: &[u8]) -> Vec<u8> {
        let mut octets = labels.get(..self.literal).unwrap_or_default().to_vec();
        match self.pointer {
            Some(to) => octets.extend((0xc000 | to).to_be_bytes()),
            None => octets.push(0),
        }
        octets
    }
}

/// The names of a message that were written, for those behind them to point to.
///
/// A message has a few names of at most [`MAX_DNS_NAME`] octets, so that they may be kept and
/// searched one after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Suffixes(Vec<Written>);

#[derive(Clone, Debug)]
struct Written {
    labels: Vec<u8>,
    /// Where it begins.
    at: usize,
    /// Octets of its labels that stand there, one after the other.
    literal: usize,
    /// Pointers to follow behind them.
    hops: usize,
}

impl Suffixes {
    /// How Windows writes a name of these labels.
    fn spelling(&self, labels: &[u8]) -> Spelling {
        let mut literal = 0;
        while let Some(&length) = labels.get(literal) {
            let suffix = labels.get(literal..).unwrap_or_default();
            let found =
                self.0.iter().find_map(|name| Some((name.place_of(suffix)?, name.hops + 1)));
            if let Some((to, hops)) = found {
                return Spelling { literal, pointer: Some(to), hops };
            }
            literal += 1 + usize::from(length);
        }
        Spelling { literal: labels.len(), pointer: None, hops: 0 }
    }

    fn add(&mut self, name: &DnsName<'_>, at: usize, usual: Spelling) {
        let labels = name.labels.clone();
        let (literal, hops) = match name.spelled {
            None => (usual.literal, usual.hops),
            // Its pointers may lead through any others: none is to lead there.
            Some(octets) if octets == [&labels[..], &[0]].concat() => (labels.len(), 0),
            Some(_) => return,
        };
        self.0.push(Written { labels, at, literal, hops });
    }
}

impl Written {
    /// Where a name of these labels stands in it, if a pointer can lead there.
    fn place_of(&self, suffix: &[u8]) -> Option<u16> {
        let from = self.labels.len().checked_sub(suffix.len())?;
        if from >= self.literal
            || self.hops >= MAX_POINTER_HOPS
            || self.labels.get(from..)? != suffix
        {
            return None;
        }
        let mut boundary = 0;
        while boundary < from {
            boundary += 1 + usize::from(*self.labels.get(boundary)?);
        }
        let to = u16::try_from(self.at + from).ok()?;
        (boundary == from && to <= MAX_POINTER).then_some(to)
    }
}

/// The labels with dots between them.
impl fmt::Display for DnsName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for (i, label) in self.labels().enumerate() {
            if i > 0 {
                f.write_char('.')?;
            }
            for chunk in label.utf8_chunks() {
                for c in chunk.valid().chars() {
                    match c {
                        '.' | '\\' => write!(f, "\\{c}")?,
                        c if c.is_control() => {
                            let mut octets = [0; 4];
                            let octets = c.encode_utf8(&mut octets).bytes();
                            octets.clone().try_for_each(|octet| write!(f, "\\{octet:03}"))?;
                        }
                        c => f.write_char(c)?,
                    }
                }
                chunk.invalid().iter().try_for_each(|octet| write!(f, "\\{octet:03}"))?;
            }
        }
        Ok(())
    }
}
