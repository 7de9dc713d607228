//! Reading a capture file of either format.

use std::fmt;
use std::io::Read;
use std::ops::Range;

use super::pcap::Pcap;
use super::pcapng::{self, PcapNg};
use super::window::{Window, to_u64};
use super::{Error, ErrorKind, Frame, LinkType, Timestamp};

/// Reads a pcap or pcapng file, frame after frame, in constant memory.
///
/// No read goes further than the frame that is asked for needs, so a pipe from a running capture
/// gives each frame when it is there.
pub struct Reader<R> {
    window: Window<R>,
    file: File,
    frames: u64,
    ended: bool,
}

/// The format of a capture file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// pcap, the classic format of libpcap.
    Pcap,
    /// pcapng.
    PcapNg,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pcap => "pcap",
            Self::PcapNg => "pcapng",
        })
    }
}

#[derive(Debug)]
enum File {
    Pcap(Pcap),
    PcapNg(PcapNg),
}

/// A frame whose octets are still in the window, so that it borrows nothing.
pub(super) struct Record {
    pub(super) time: Option<Timestamp>,
    pub(super) interface: u32,
    pub(super) link_type: LinkType,
    pub(super) original_len: u32,
    pub(super) data: Range<usize>,
}

/// Compressions that capture programs write, or people apply.
const COMPRESSIONS: [(&[u8], &str, &str); 5] = [
    (&[0x1f, 0x8b], "gzip", "gunzip"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "zstd", "unzstd"),
    (&[0x04, 0x22, 0x4d, 0x18], "lz4", "unlz4"),
    (&[0xfd, b'7', b'z', b'X'], "xz", "unxz"),
    (b"BZh", "bzip2", "bunzip2"),
];

impl<R: Read> Reader<R> {
    /// Reads the file header.
    ///
    /// # Errors
    ///
    /// The source cannot be read, is empty, compressed or no capture, or ends within its header.
    pub fn new(source: R) -> Result<Self, Error> {
        let mut window = Window::new(source);
        let found = window.fill(4)?;
        let magic = match *window.bytes() {
            [] => return Err(Error::new(ErrorKind::Empty, 0)),
            [a, b, c, d, ..] => [a, b, c, d],
            _ => return Err(Error::truncated("file header", 4, to_u64(found), 0)),
        };
        let compression = COMPRESSIONS.iter().find(|(start, ..)| magic.starts_with(start));
        if let Some(&(_, format, command)) = compression {
            return Err(Error::new(ErrorKind::Compressed { format, command }, 0));
        }
        let file = if magic == pcapng::MAGIC {
            File::PcapNg(PcapNg::default())
        } else {
            File::Pcap(Pcap::open(&mut window, magic)?)
        };
        Ok(Self { window, file, frames: 0, ended: false })
    }

    /// The next frame, or `None` at the end of the file.
    ///
    /// # Errors
    ///
    /// The file ends within a record, is damaged, or cannot be read on. Nothing comes after an
    /// error: every further call gives `None`.
    // It lends from its buffer, so it cannot be an `Iterator`.
    #[expect(clippy::should_implement_trait, reason = "a lending `next`, as everyone names it")]
    pub fn next(&mut self) -> Result<Option<Frame<'_>>, Error> {
        if self.ended {
            return Ok(None);
        }
        let record = match &mut self.file {
            File::Pcap(file) => file.next(&mut self.window),
            File::PcapNg(file) => file.next(&mut self.window),
        };
        let record = match record {
            Ok(Some(record)) => record,
            end => {
                self.ended = true;
                return end.map(|_| None);
            }
        };
        self.frames += 1;
        Ok(Some(Frame {
            number: self.frames,
            time: record.time,
            interface: record.interface,
            link_type: record.link_type,
            original_len: record.original_len,
            data: self.window.taken(record.data),
        }))
    }

    /// How many bytes of the source lie behind the last frame, for a progress bar.
    pub fn bytes_read(&self) -> u64 {
        self.window.offset()
    }

    /// The format of the file.
    pub fn format(&self) -> Format {
        match self.file {
            File::Pcap(_) => Format::Pcap,
            File::PcapNg(_) => Format::PcapNg,
        }
    }
}

impl<R> fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("window", &self.window)
            .field("file", &self.file)
            .field("frames", &self.frames)
            .field("ended", &self.ended)
            .finish()
    }
}
