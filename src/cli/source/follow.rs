//! A file that grows, as `tail -F` reads it.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Duration;

use super::feed::{Feed, Piece, Restart};
use super::is_stdin;
use crate::cli::failure::Failure;

/// How often a file is looked at that has not grown.
const PAUSE: Duration = Duration::from_millis(100);

/// Octets that are read at once.
const PIECE: usize = 1 << 16;

/// What is in a file, and what comes into it, until a signal.
pub(crate) fn follow(path: &Path) -> Result<Feed, Failure> {
    let name = path.display();
    if is_stdin(path) {
        let hint = "a pipe is read while it is open anyway";
        return Err(Failure::usage("--follow needs a file").with_hint(hint));
    }
    let file = File::open(path).map_err(|error| Failure::usage(format!("{name}: {error}")))?;
    let metadata = file.metadata().map_err(|error| Failure::usage(format!("{name}: {error}")))?;
    if !metadata.is_file() {
        return Err(Failure::usage(format!("{name}: --follow needs a file")));
    }
    let growing = Growing { path: path.into(), file, position: 0 };
    Ok(Feed::new(move |to| growing.hand_on(&to), || {}))
}

struct Growing {
    path: PathBuf,
    file: File,
    position: u64,
}

impl Growing {
    /// Until nobody reads it any more.
    fn hand_on(mut self, to: &SyncSender<Piece>) {
        loop {
            let piece = match self.next() {
                Ok(Some(piece)) => piece,
                Ok(None) => {
                    thread::sleep(PAUSE);
                    continue;
                }
                Err(error) => Piece::Failed(error),
            };
            let failed = matches!(piece, Piece::Failed(_));
            if to.send(piece).is_err() || failed {
                return;
            }
        }
    }

    /// What is new.
    fn next(&mut self) -> io::Result<Option<Piece>> {
        // Asked first: what is written to a file that then loses its name is read all the same.
        let other = self.replaced();
        let mut octets = vec![0; PIECE];
        let length = match self.file.read(&mut octets) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(None),
            result => result?,
        };
        if length > 0 {
            octets.truncate(length);
            self.position += length as u64;
            return Ok(Some(Piece::Octets(octets)));
        }
        if let Some(file) = other {
            (self.file, self.position) = (file, 0);
            return Ok(Some(Piece::End(Restart::Replaced)));
        }
        if self.file.metadata()?.len() < self.position {
            self.file = File::open(&self.path)?;
            self.position = 0;
            return Ok(Some(Piece::End(Restart::Truncated)));
        }
        Ok(None)
    }

    /// The file that has the name now, where it is another.
    fn replaced(&self) -> Option<File> {
        let file = File::open(&self.path).ok()?;
        let (now, here) = (file.metadata().ok()?, self.file.metadata().ok()?);
        (!is_same(&now, &here)).then_some(file)
    }
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Where files have no number, only a shorter one is noticed.
#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}
