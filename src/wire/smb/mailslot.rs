//! A mailslot write: whom it is for within a host, and what it says ([MS-MAIL] 2.2.1, 3.2.5.1).

use alloc::vec::Vec;
use core::fmt;

use bytes::BufMut;

use super::header::{Flags2, Header};
use super::transaction::Transaction;
use super::{MAX_DATA, MAX_SMB};
use crate::wire::error::{DecodeError, Reason};
use crate::wire::notes::{Decoded, Note, Notes};
use crate::wire::oem::CodePage;
use crate::wire::reader::Reader;
use crate::wire::text::OctetCount;

/// What every mailslot's name on the wire begins with; compared without regard to case.
pub const PREFIX: &[u8; 10] = br"\MAILSLOT\";

/// The most octets of a mailslot's name on the wire, the prefix counted, the NUL not. No
/// specification has a limit; this much leaves room for data and is the most that is read.
pub const MAX_SLOT_NAME: usize = 255;

/// The name of a mailslot as it stands on the wire: `\MAILSLOT\` and the rest.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SlotName<'a> {
    octets: &'a [u8],
    unicode: bool,
}

/// Mailslots whose messages are [known](crate::wire::Payload).
impl SlotName<'static> {
    /// The Computer Browser's: [`browse`](crate::wire::browse).
    pub const BROWSE: Self = Self::known(br"\MAILSLOT\BROWSE");
    /// LAN Manager's browser's: [`lanman`](crate::wire::lanman).
    pub const LANMAN: Self = Self::known(br"\MAILSLOT\LANMAN");
    /// A domain controller's, for questions: [`netlogon`](crate::wire::netlogon).
    pub const NETLOGON: Self = Self::known(br"\MAILSLOT\NET\NETLOGON");
    /// The same, as Windows NT and Samba ask for an account.
    pub const NTLOGON: Self = Self::known(br"\MAILSLOT\NET\NTLOGON");
    /// The Messenger service's: [`messenger`](crate::wire::messenger).
    pub const MESSNGR: Self = Self::known(br"\MAILSLOT\MESSNGR");
    /// The Alerter service's: [`alerter`](crate::wire::alerter).
    pub const ALERTER: Self = Self::known(br"\MAILSLOT\ALERTER");

    const fn known(octets: &'static [u8]) -> Self {
        Self { octets, unicode: false }
    }
}

impl<'a> SlotName<'a> {
    /// The name of these octets of an OEM code page, without a NUL.
    ///
    /// # Errors
    ///
    /// [`Reason`] where the prefix or what follows it is missing, there is a NUL, or the whole is
    /// longer than [`MAX_SLOT_NAME`].
    pub fn new(octets: &'a [u8]) -> Result<Self, Reason> {
        let name = Self { octets, unicode: false };
        if octets.contains(&0) {
            return Err(Reason::Unterminated);
        }
        name.check().map(|()| name)
    }

    /// The same of octets in UTF-16LE.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn utf16(octets: &'a [u8]) -> Result<Self, Reason> {
        let name = Self { octets, unicode: true };
        if octets.len() % 2 != 0 || octets.chunks_exact(2).any(|unit| unit == [0, 0]) {
            return Err(Reason::Unterminated);
        }
        name.check().map(|()| name)
    }

    fn check(self) -> Result<(), Reason> {
        if self.octets.len() > MAX_SLOT_NAME {
            return Err(Reason::SlotNameTooLong);
        }
        let width = self.width();
        let prefix_len = PREFIX.len() * width;
        let Some((prefix, rest)) = self.octets.split_at_checked(prefix_len) else {
            return Err(Reason::NotMailslot);
        };
        let same = if self.unicode {
            prefix
                .chunks_exact(2)
                .zip(PREFIX)
                .all(|(unit, &octet)| unit[1] == 0 && unit[0].eq_ignore_ascii_case(&octet))
        } else {
            prefix.eq_ignore_ascii_case(PREFIX)
        };
        match (same, rest.is_empty()) {
            (false, _) => Err(Reason::NotMailslot),
            (true, true) => Err(Reason::EmptySlotName),
            (true, false) => Ok(()),
        }
    }

    const fn width(self) -> usize {
        if self.unicode { 2 } else { 1 }
    }

    /// The octets, prefix included, without the NUL.
    pub const fn as_bytes(self) -> &'a [u8] {
        self.octets
    }

    /// Whether the octets are UTF-16LE rather than of an OEM code page.
    pub const fn is_unicode(self) -> bool {
        self.unicode
    }

    /// Octets that it takes at octet `at` of an SMB: with its NUL, and of a Unicode name the one
    /// that moves it to an even place.
    pub(super) const fn field_len(self, at: usize) -> usize {
        if self.unicode { at % 2 + self.octets.len() + 2 } else { self.octets.len() + 1 }
    }

    /// The octets behind the prefix: what names the slot within a host.
    pub fn leaf(self) -> &'a [u8] {
        self.octets.get(PREFIX.len() * self.width()..).unwrap_or_default()
    }

    /// Whether that is it, in whatever case of ASCII.
    pub(crate) fn is_leaf(self, ascii: &[u8]) -> bool {
        self.leaf().len() == ascii.len() * self.width() && self.leaf_begins(ascii)
    }

    /// Whether what is behind the prefix begins so, without regard to case.
    pub(crate) fn leaf_begins(self, ascii: &[u8]) -> bool {
        let Some(head) = self.leaf().get(..ascii.len() * self.width()) else { return false };
        if self.unicode {
            let mut units = head.chunks_exact(2).zip(ascii);
            units.all(|(unit, octet)| unit[1] == 0 && unit[0].eq_ignore_ascii_case(octet))
        } else {
            head.eq_ignore_ascii_case(ascii)
        }
    }

    /// What is behind a folder, in whatever case of ASCII; of names in an OEM code page.
    pub(crate) fn leaf_in(self, folder: &[u8]) -> Option<&'a [u8]> {
        let is_inside = !self.unicode && self.leaf_begins(folder);
        self.leaf().get(folder.len()..).filter(|rest| is_inside && !rest.is_empty())
    }

    /// The characters behind the prefix, through a code page; an unpaired surrogate is U+FFFD.
    pub fn leaf_chars(self, page: CodePage) -> impl Iterator<Item = char> + 'a {
        let (units, octets) =
            if self.unicode { (self.leaf(), &[][..]) } else { (&[][..], self.leaf()) };
        let units = units.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
        char::decode_utf16(units)
            .map(|decoded| decoded.unwrap_or(char::REPLACEMENT_CHARACTER))
            .chain(octets.iter().map(move |&octet| page.decode_octet(octet)))
    }

    /// The whole name through a code page, control characters escaped as `\x1b`.
    pub fn text(self, page: CodePage) -> impl fmt::Display + 'a {
        SlotText { name: self, page, leaf_only: false }
    }

    /// What is behind the prefix, in the same way.
    pub fn leaf_text(self, page: CodePage) -> impl fmt::Display + 'a {
        SlotText { name: self, page, leaf_only: true }
    }

    #[inline]
    fn prefix_is_upper(self) -> bool {
        let prefix = self.octets.get(..PREFIX.len() * self.width()).unwrap_or_default();
        prefix == PREFIX || !prefix.iter().any(u8::is_ascii_lowercase)
    }
}

struct SlotText<'a> {
    name: SlotName<'a>,
    page: CodePage,
    leaf_only: bool,
}

impl fmt::Display for SlotText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        if !self.leaf_only {
            let width = self.name.width();
            let prefix = self.name.octets.get(..PREFIX.len() * width).unwrap_or_default();
            for &octet in prefix.iter().step_by(width) {
                f.write_char(char::from(octet))?;
            }
        }
        for c in self.name.leaf_chars(self.page) {
            if c.is_control() {
                write!(f, "\\x{:02x}", u32::from(c))?;
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

/// Through code page 850.
impl fmt::Display for SlotName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text(CodePage::default()).fmt(f)
    }
}

impl fmt::Debug for SlotName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SlotName({self})")
    }
}

const NAME_FIELD: &str = "mailslot_name";

/// One write to a mailslot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailslotWrite<'a> {
    /// The SMB header.
    pub header: Header,
    /// The transaction's words.
    pub transaction: Transaction<'a>,
    /// Whom it is for.
    pub mailslot_name: SlotName<'a>,
    /// Octets between the name's NUL and the data.
    pub padding: &'a [u8],
    /// The message.
    pub data: &'a [u8],
    /// Octets behind the data, up to the end of the datagram.
    pub trailing: &'a [u8],
}

impl<'a> MailslotWrite<'a> {
    /// Reads the user data of a datagram, which is the end of `payload` from `offset` on. Offsets
    /// in errors count from the start of `payload`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] where the octets are no mailslot write or `DataOffset` and `DataCount` do
    /// not lie within them.
    #[inline]
    pub fn decode_at(payload: &'a [u8], offset: usize) -> Result<Decoded<Self>, DecodeError> {
        let mut notes = Notes::NONE;
        let mut reader = Reader::new(payload);
        reader.take(offset, "user_data")?;
        let head = Header::check(&mut reader, &mut notes)?;
        let words = Transaction::check(&mut reader, &mut notes)?;
        let extra_setup = reader.take(Transaction::extra_setup_len(words), "setup")?;
        let byte_count = reader.le_u16("byte_count")?;
        let name_at = reader.offset();
        let mailslot_name = name(head, &mut reader, offset, &mut notes)?;
        if !mailslot_name.prefix_is_upper() {
            notes.add(Note::PrefixCase, name_at);
        }
        let (data_count, data_offset) = Transaction::data(words);
        let body = Body::cut(&reader, offset, data_offset, data_count, &mut notes)?;
        if usize::from(byte_count) != payload.len() - name_at - body.trailing.len() {
            notes.add(Note::ByteCountMismatch, name_at - 2);
        }
        let Body { padding, data, trailing } = body;
        let value = Self {
            header: Header::read(head),
            transaction: Transaction::read(words, extra_setup, byte_count),
            mailslot_name,
            padding,
            data,
            trailing,
        };
        Ok(Decoded { value, notes })
    }

    /// Reads an SMB that stands alone: [`decode_at`](Self::decode_at) offset 0.
    ///
    /// # Errors
    ///
    /// As [`decode_at`](Self::decode_at).
    pub fn decode(smb: &'a [u8]) -> Result<Decoded<Self>, DecodeError> {
        Self::decode_at(smb, 0)
    }

    /// Octets that [`encode`](Self::encode) writes.
    pub fn encoded_len(&self) -> usize {
        Header::LEN
            + self.transaction.encoded_len()
            + self.name_len()
            + self.padding.len()
            + self.data.len()
            + self.trailing.len()
    }

    /// Where in a UDP payload of so many octets, which ends with this SMB, the data begin.
    pub const fn data_at(&self, payload_len: usize) -> usize {
        payload_len.saturating_sub(self.data.len() + self.trailing.len())
    }

    /// Writes the SMB as it stands: `DataOffset`, `ByteCount` and the like are the fields' own.
    /// [`Profile::write`](super::Profile::write) counts them.
    ///
    /// # Panics
    ///
    /// Where `to` has less room than [`encoded_len`](Self::encoded_len); a `Vec` or `BytesMut`
    /// grows.
    pub fn encode(&self, to: &mut impl BufMut) {
        self.header.encode(to);
        self.transaction.encode(u16::try_from(self.data.len()).unwrap_or(u16::MAX), to);
        if self.mailslot_name.unicode {
            if self.name_at() % 2 == 1 {
                to.put_u8(0);
            }
            to.put_slice(self.mailslot_name.octets);
            to.put_slice(&[0, 0]);
        } else {
            to.put_slice(self.mailslot_name.octets);
            to.put_u8(0);
        }
        to.put_slice(self.padding);
        to.put_slice(self.data);
        to.put_slice(self.trailing);
    }

    /// The SMB in a buffer of its own.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(self.encoded_len());
        self.encode(&mut octets);
        octets
    }

    /// Octets of the name, its NUL, and the octet that aligns a Unicode name.
    pub(super) fn name_len(&self) -> usize {
        self.mailslot_name.field_len(self.name_at())
    }

    /// Octets before the name.
    fn name_at(&self) -> usize {
        Header::LEN + self.transaction.encoded_len()
    }
}

/// The octets of a name that ends with a NUL; `reader` is past it.
#[inline]
fn oem_name<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], DecodeError> {
    let start = reader.offset();
    let rest = reader.rest().len();
    let Some(octets) = reader.take_until_nul() else {
        let reason =
            if rest > MAX_SLOT_NAME { Reason::SlotNameTooLong } else { Reason::Unterminated };
        return Err(DecodeError::new(start, NAME_FIELD, reason));
    };
    // Nearly every sender writes the prefix so.
    let usual = octets.len() <= MAX_SLOT_NAME
        && octets
            .split_first_chunk()
            .is_some_and(|(prefix, leaf)| prefix == PREFIX && !leaf.is_empty());
    if !usual {
        let name = SlotName { octets, unicode: false };
        name.check().map_err(|reason| DecodeError::new(start, NAME_FIELD, reason))?;
    }
    Ok(octets)
}

/// The octets of a name in UTF-16LE at an even offset from the `FF`; `reader` is past its NUL. None
/// where there is no such name: the flag contradicts [MS-MAIL] 2.2.1, which has ASCII.
#[cold]
fn unicode_name<'a>(reader: &mut Reader<'a>, smb_at: usize, notes: &mut Notes) -> Option<&'a [u8]> {
    let start = reader.offset();
    let gap = (start - smb_at) % 2;
    let units = reader.rest().get(gap..)?;
    let length =
        units.chunks_exact(2).take(MAX_SLOT_NAME / 2 + 1).position(|unit| unit == [0, 0])?;
    let octets = units.get(..2 * length)?;
    SlotName { octets, unicode: true }.check().ok()?;
    notes.add(Note::UnicodeName, start);
    reader.skip(gap + octets.len() + 2);
    Some(octets)
}

/// The name that stands here, in the encoding that `Flags2` says.
#[inline]
pub(super) fn name<'a>(
    head: &[u8; Header::LEN - 5],
    reader: &mut Reader<'a>,
    smb_at: usize,
    notes: &mut Notes,
) -> Result<SlotName<'a>, DecodeError> {
    let unicode = if Header::flags2(head).contains(Flags2::UNICODE) {
        unicode_name(reader, smb_at, notes)
    } else {
        None
    };
    let octets = match unicode {
        Some(octets) => octets,
        None => oem_name(reader)?,
    };
    Ok(SlotName { octets, unicode: unicode.is_some() })
}

/// What follows the name.
struct Body<'a> {
    padding: &'a [u8],
    data: &'a [u8],
    trailing: &'a [u8],
}

impl<'a> Body<'a> {
    /// Cuts by `DataOffset` and `DataCount` ([MS-MAIL] 3.2.5.1). `ByteCount` is ignored, and so is
    /// `DataOffset` where there is no data.
    #[inline]
    fn cut(
        reader: &Reader<'a>,
        smb_at: usize,
        data_offset: u16,
        data_count: u16,
        notes: &mut Notes,
    ) -> Result<Self, DecodeError> {
        let end_of_name = reader.offset();
        let rest = reader.rest();
        // The words end with DataCount at 22 and DataOffset at 24 octets behind WordCount.
        let words_at = smb_at + Header::LEN;
        let data_at = smb_at + usize::from(data_offset);
        let padding = match data_at.checked_sub(end_of_name).and_then(|n| rest.split_at_checked(n))
        {
            Some((padding, _)) => padding,
            None if data_count == 0 => {
                notes.add(Note::DataOffsetIgnored, words_at + 25);
                &[]
            }
            None if data_at < end_of_name => {
                let reason = Reason::DataOffset(data_offset);
                return Err(DecodeError::new(words_at + 25, "data_offset", reason));
            }
            None => {
                let reason = Reason::DataCount(data_count);
                return Err(DecodeError::new(words_at + 23, "data_count", reason));
            }
        };
        let behind = &rest[padding.len()..];
        let Some((data, trailing)) = behind.split_at_checked(usize::from(data_count)) else {
            let reason = Reason::DataCount(data_count);
            return Err(DecodeError::new(words_at + 23, "data_count", reason));
        };
        if data_offset % 4 != 0 && data_count != 0 {
            notes.add(Note::UnalignedData, words_at + 25);
        }
        if padding.len() > 3 {
            notes.add(Note::LongPadding, end_of_name);
        }
        if padding.iter().any(|&octet| octet != 0) {
            notes.add(Note::NonzeroPadding, end_of_name);
        }
        if data.len() > MAX_DATA && usize::from(data_offset) + data.len() <= MAX_SMB {
            notes.add(Note::Over424, words_at + 23);
        }
        if !trailing.is_empty() {
            notes.add(Note::TrailingBytes, end_of_name + padding.len() + data.len());
        }
        Ok(Self { padding, data, trailing })
    }
}

/// One line: the slot, sizes, and class and priority where they tell something.
impl fmt::Display for MailslotWrite<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.mailslot_name, OctetCount(self.data.len()))?;
        if self.transaction.priority != 0 {
            write!(f, ", priority {}", self.transaction.priority)?;
        }
        if self.transaction.class != 2 {
            write!(f, ", class {}", self.transaction.class)?;
        }
        Ok(())
    }
}
