//! Tolerances: what a frame has that its specification does not, and is read all the same.

use core::fmt;

use super::error::{DecodeError, Reason};

/// How a deviation is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Windows, Samba or another common sender does so: part of the protocol in all but name.
    Habit,
    /// Only broken or odd senders do so; [strict](Decoded::strict) reading refuses it.
    Fault,
}

macro_rules! notes {
    ($($variant:ident $name:literal $class:ident $meaning:literal)*) => {
        /// One tolerance, by name.
        ///
        #[doc = "| note | class | meaning |\n|---|---|---|"]
        $(#[doc = concat!("| `", $name, "` | ", stringify!($class), " | ", $meaning, " |")])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Note {
            $(#[doc = concat!("`", $name, "`: ", $meaning, ".")] $variant,)*
        }

        impl Note {
            /// Every note, in the order of the fields on the wire.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in text and JSON.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Whether senders of note do so.
            pub const fn class(self) -> Class {
                match self { $(Self::$variant => Class::$class,)* }
            }

            /// What it means, in a few words.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

notes! {
    ReservedFlags "reserved_flags" Habit "reserved bits of the datagram's FLAGS are set (NT 4, printers)"
    FirstFlagClear "first_flag_clear" Fault "a datagram at offset 0 without the FIRST flag"
    FirstFlagWithOffset "first_flag_with_offset" Fault "the FIRST flag with a PACKET_OFFSET other than 0"
    DgmLengthCountsHeader "dgm_length_counts_header" Fault "DGM_LENGTH counts the 14 octets of header too (printers)"
    DgmLengthMismatch "dgm_length_mismatch" Fault "DGM_LENGTH is not the length of names and user data"
    NamePointer "name_pointer" Habit "a label pointer where a name is usually spelled out (Samba's libndr)"
    LowerCaseName "lower_case_name" Fault "half-ASCII letters a to p in lower case"
    LongName "long_name" Habit "an encoded name of more than 255 octets (Windows counts the scope otherwise)"
    UncountedRecord "uncounted_record" Habit "an answer's record that ANCOUNT does not count (Windows)"
    RdlengthMismatch "rdlength_mismatch" Fault "RDLENGTH reaches beyond the end of the packet"
    NumNamesMismatch "num_names_mismatch" Fault "fewer names than NUM_NAMES says"
    StaleBytes "stale_bytes" Habit "octets after a node status (Windows NT)"
    TrailingBytes "trailing_bytes" Fault "octets after the last field"
    ReservedFields "reserved_fields" Fault "reserved fields of the SMB header or transaction are not 0"
    TidUidFfff "tid_uid_ffff" Habit "TID or UID 0xFFFF, as [MS-CIFS] asks and [MS-MAIL] does not"
    TotalDataCountMismatch "total_data_count_mismatch" Fault "TotalDataCount is not DataCount"
    Timeout1000 "timeout_1000" Habit "a Timeout of 1000 ms (the Windows kernel's browser and netlogon)"
    TimeoutOther "timeout_other" Habit "a Timeout that is neither 0 nor 1000 ms (illumos)"
    ExtraSetupWords "extra_setup_words" Fault "more than three setup words"
    PriorityOver9 "priority_over_9" Fault "a priority above 9"
    Class1 "class_1" Habit "class 1, the reliable class, in a datagram"
    ClassUnknown "class_unknown" Fault "a class that is neither 1 nor 2"
    ByteCountMismatch "byte_count_mismatch" Fault "ByteCount is not the number of octets from the name to the end of the data"
    UnicodeName "unicode_name" Habit "the mailslot name in UTF-16LE (Flags2 0x8000)"
    PrefixCase "prefix_case" Habit r"`\MAILSLOT\` not in upper case"
    DataOffsetIgnored "data_offset_ignored" Habit "no data, and a DataOffset that points nowhere"
    UnalignedData "unaligned_data" Habit "data not aligned to 4 (Windows' kernel and Samba)"
    LongPadding "long_padding" Fault "more than 3 octets of padding before the data"
    NonzeroPadding "nonzero_padding" Habit "padding that is not 0 (uninitialised memory of Windows 9x)"
    Alignment "alignment" Habit "padding of another length than the alignment of the next field takes (illumos)"
    LanManagerForm "lan_manager_form" Habit "without the fields of Windows NT (Windows 9x, LAN Manager)"
    VersionMissing "version_missing" Habit "the message ends before its version and token (LAN Manager)"
    SockAddrMismatch "sock_addr_mismatch" Habit "an address that the version does not announce, or none where it does (FreeIPA)"
    SidMalformed "sid_malformed" Fault "a security identifier that is none"
    Unterminated "unterminated" Habit "a text that ends with the message instead of a NUL (Samba, printers)"
    TextMissing "text_missing" Habit "the message ends before a text of it (Samba)"
    NameResidue "name_residue" Habit "octets behind the NUL of a name of fixed length (uninitialised memory of Windows 2000 to 2003)"
    NameFull "name_full" Habit "a name of fixed length without a NUL"
    Surplus "surplus" Habit "octets after the last field of the message"
    Over424 "over_424" Habit "more than 424 octets of data, as Windows takes them for names of 1 to 4 characters"
}

/// The notes that one decoding made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    bits: u64,
    first_fault: Option<(Note, u32)>,
}

// `bits` has room for all of them.
const _: () = assert!(Note::ALL.len() <= 64);

impl Notes {
    /// No note.
    pub const NONE: Self = Self { bits: 0, first_fault: None };

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.bits == 0
    }

    /// Whether this one was made.
    pub const fn contains(self, note: Note) -> bool {
        self.bits & (1 << note as u64) != 0
    }

    /// The notes made, in the order of the fields on the wire.
    pub fn iter(self) -> impl Iterator<Item = Note> {
        Note::ALL.iter().copied().filter(move |&note| self.contains(note))
    }

    /// Adds a note about the field at `offset`.
    #[inline]
    pub(crate) fn add(&mut self, note: Note, offset: usize) {
        self.bits |= 1 << note as u64;
        if note.class() == Class::Fault {
            self.add_fault(note, offset);
        }
    }

    #[cold]
    fn add_fault(&mut self, note: Note, offset: usize) {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        self.first_fault.get_or_insert((note, offset));
    }

    /// The same but for one, a habit.
    pub(crate) const fn without(mut self, note: Note) -> Self {
        self.bits &= !(1 << note as u64);
        self
    }

    /// These and those; the first fault stays the first.
    pub fn merge(&mut self, later: Self) {
        self.bits |= later.bits;
        self.first_fault = self.first_fault.or(later.first_fault);
    }

    /// An error where a fault was noted; habits pass.
    ///
    /// # Errors
    ///
    /// [`Reason::Strict`] with the first fault and its offset.
    pub fn refuse_faults(self) -> Result<(), DecodeError> {
        match self.first_fault {
            None => Ok(()),
            Some((note, offset)) => Err(DecodeError::new(
                usize::try_from(offset).unwrap_or(usize::MAX),
                note.name(),
                Reason::Strict(note),
            )),
        }
    }
}

/// The names, comma-separated.
impl fmt::Display for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, note) in self.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            f.write_str(note.name())?;
        }
        Ok(())
    }
}

/// A value that was read, and what was tolerated on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded<T> {
    /// What the octets say.
    pub value: T,
    /// What in them deviates.
    pub notes: Notes,
}

impl<T> Decoded<T> {
    /// The value, where no [fault](Class::Fault) was tolerated.
    ///
    /// # Errors
    ///
    /// [`Reason::Strict`] with the first fault.
    pub fn strict(self) -> Result<T, DecodeError> {
        self.notes.refuse_faults().map(|()| self.value)
    }
}
