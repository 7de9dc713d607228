//! What the driver and its processes say to each other: lines over pipes. What stands in a pipe
//! outlives who wrote it.

use std::fmt;
use std::os::fd::AsFd as _;
use std::str::FromStr;

use mailslot::api::ErrorKind;

/// A message: who wrote it, the how-manieth of his, and to which slot he believes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Id {
    pub(super) writer: u32,
    pub(super) number: u32,
    pub(super) slot: u32,
}

impl Id {
    /// The message of that number: as long as it likes, and known again to the last octet.
    pub(super) fn data(self) -> Vec<u8> {
        let mut data = format!("{self} ").into_bytes();
        let filler = (self.number.wrapping_mul(7919) % 380) as usize;
        data.resize(data.len() + filler, self.filler());
        data
    }

    fn filler(self) -> u8 {
        (self.writer ^ self.number).to_le_bytes()[0]
    }

    /// Which message that is; none where it is not as it was written.
    pub(super) fn of(data: &[u8]) -> Option<Self> {
        let end = data.iter().position(|octet| *octet == b' ')?;
        let id: Self = std::str::from_utf8(&data[..end]).ok()?.parse().ok()?;
        (id.data() == data).then_some(id)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.writer, self.number, self.slot)
    }
}

impl FromStr for Id {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('.').map(|part| part.parse().map_err(drop));
        let mut next = || parts.next().ok_or(())?;
        Ok(Self { writer: next()?, number: next()?, slot: next()? })
    }
}

/// Why something failed, in a word.
pub(super) fn word(kind: ErrorKind) -> String {
    format!("{kind:?}").split_whitespace().next().unwrap_or_default().to_owned()
}

macro_rules! lines {
    ($(#[$doc:meta])* $name:ident: $($(#[$variant_doc:meta])* $variant:ident $word:literal { $($field:ident: $kind:ty),* })*) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub(super) enum $name {
            $($(#[$variant_doc])* $variant { $($field: $kind),* },)*
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant { $($field),* } => {
                        f.write_str($word)?;
                        $(write!(f, " {}", $field)?;)*
                    })*
                }
                Ok(())
            }
        }

        impl FromStr for $name {
            type Err = ();

            fn from_str(line: &str) -> Result<Self, ()> {
                let mut words = line.split(' ');
                match words.next() {
                    $(Some($word) => Ok(Self::$variant {
                        $($field: words.next().ok_or(())?.parse().map_err(drop)?),*
                    }),)*
                    _ => Err(()),
                }
            }
        }
    };
}

lines! {
    /// What a process is told to do.
    Order:
    /// Create that mailslot, and read it.
    Create "create" { slot: u32, name: String }
    /// Say a token for it.
    Share "share" { slot: u32 }
    /// Take what another shares, and read it.
    Take "take" { slot: u32, token: String }
    /// Start a process that inherits it, and reads it.
    Heir "heir" { slot: u32, member: u32 }
    /// Close its handle.
    Close "close" { slot: u32 }
    /// Write to it.
    Open "open" { slot: u32, name: String }
    /// Write nothing, and say so.
    Pause "pause" { }
    /// Write again.
    Go "go" { }
}

lines! {
    /// What a process has done.
    Report:
    /// Who has its mailslots: `serving` or `client`, with the socket, or `lost`.
    Role "role" { role: String, path: String }
    /// It reads a slot that it created.
    Created "created" { slot: u32 }
    /// It reads a slot that it was given.
    Taken "taken" { slot: u32, process: i32 }
    /// It cannot.
    Refused "refused" { slot: u32, why: String }
    /// What its slot can be taken with.
    Token "token" { slot: u32, token: String }
    /// There is no token for it.
    NotShared "not-shared" { slot: u32, why: String }
    /// It got these messages, in one read.
    Got "got" { slot: u32, ids: Ids }
    /// A read that it began then, in µs of the system's monotonic clock, found nothing.
    Idle "idle" { slot: u32, since: u64 }
    /// It reads it no more.
    Ended "ended" { slot: u32, why: String }
    /// A write ended: `ok`, or why not.
    Wrote "wrote" { id: Id, how: String }
    /// It writes nothing.
    Paused "paused" { }
    /// What cannot be.
    Broken "broken" { slot: u32, what: String }
}

/// Messages of one read.
#[derive(Clone, Debug)]
pub(super) struct Ids(pub(super) Vec<Id>);

impl fmt::Display for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, id) in self.0.iter().enumerate() {
            write!(f, "{}{id}", if at > 0 { "," } else { "" })?;
        }
        Ok(())
    }
}

impl FromStr for Ids {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.split(',').map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

/// The system's monotonic clock, in µs: the same in all processes.
pub(super) fn monotonic() -> u64 {
    let now = nix::time::clock_gettime(nix::time::ClockId::CLOCK_MONOTONIC).expect("a clock");
    u64::try_from(now.tv_sec() * 1_000_000 + now.tv_nsec() / 1000).expect("after the start")
}

/// Says something to the driver, at once and whole: a pipe takes a short line so. Where the driver
/// is gone, so is this process.
pub(super) fn say(member: u32, report: &Report) {
    let line = format!("{member} {report}\n");
    assert!(line.len() <= 4096, "a pipe may tear it: {line}");
    if rustix::io::write(std::io::stdout().as_fd(), line.as_bytes()).is_err() {
        end();
    }
}

#[expect(clippy::exit, reason = "a process without a driver has nothing to do")]
pub(super) fn end() -> ! {
    std::process::exit(0)
}
