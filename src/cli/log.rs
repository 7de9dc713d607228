//! What a verb that runs for long says, on standard error: a level, and no more lines of a kind
//! than somebody reads.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::payload::Safe;

/// Lines of a kind in a [`SPAN`]; beyond, they are counted. Whoever connects to a service, and
/// whoever is on the network, can make it say things.
const MOST: u64 = 30;

/// See [`MOST`].
const SPAN: Duration = Duration::from_secs(60);

/// Characters of a line.
const LONGEST: usize = 1000;

/// How important a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// It does not do what it is to do.
    Error,
    /// Somebody is to look at it.
    Warn,
    /// What happens.
    #[default]
    Info,
    /// What every program asks for.
    Debug,
}

impl Level {
    const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }

    /// `SD_ERR`, `SD_WARNING`, `SD_INFO`, `SD_DEBUG` of `sd-daemon(3)`.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Error => "<3>",
            Self::Warn => "<4>",
            Self::Info => "<6>",
            Self::Debug => "<7>",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Lines go there, from any thread.
pub(super) struct Log<W = io::Stderr>(Mutex<Inner<W>>);

struct Inner<W> {
    to: W,
    level: Level,
    /// Whether the journal reads them.
    journal: bool,
    kinds: BTreeMap<&'static str, Kind>,
}

/// Lines of one kind since a moment.
struct Kind {
    since: Instant,
    said: u64,
    /// Those that were not said, and how important the last one was.
    more: u64,
    level: Level,
}

impl Log {
    /// On standard error.
    pub(super) fn new(level: Level) -> Self {
        let stream = std::env::var("JOURNAL_STREAM").unwrap_or_default();
        let journal = stderr_is(&stream).unwrap_or_default();
        Self::to(io::stderr(), level, journal)
    }
}

impl<W: Write> Log<W> {
    fn to(to: W, level: Level, journal: bool) -> Self {
        Self(Mutex::new(Inner { to, level, journal, kinds: BTreeMap::new() }))
    }

    /// Lines that are less important are not said from now on.
    pub(super) fn set_level(&self, level: Level) {
        self.lock().level = level;
    }

    /// A line. Of a kind only so many are said at a time.
    pub(super) fn say(&self, level: Level, kind: &'static str, text: fmt::Arguments<'_>) {
        self.lock().say(Instant::now(), level, kind, text);
    }

    /// Says how many lines were left out, where a minute is over.
    pub(super) fn sum_up(&self) {
        self.lock().sum_up(Instant::now());
    }

    /// When [`sum_up`](Self::sum_up) has something to say; `None` as long as nothing was left out.
    pub(super) fn due(&self) -> Option<Instant> {
        let inner = self.lock();
        inner.kinds.values().filter(|kind| kind.more > 0).map(|kind| kind.since + SPAN).min()
    }

    /// Says what was left out until now: there will be no more.
    pub(super) fn end(&self) {
        let mut inner = self.lock();
        for (name, kind) in std::mem::take(&mut inner.kinds) {
            inner.more(name, &kind);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<W>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Write> Inner<W> {
    fn say(&mut self, now: Instant, level: Level, name: &'static str, text: fmt::Arguments<'_>) {
        if level > self.level {
            return;
        }
        self.sum_up(now);
        let kind = self.kinds.entry(name).or_insert(Kind { since: now, said: 0, more: 0, level });
        if kind.said >= MOST {
            (kind.more, kind.level) = (kind.more + 1, level);
            return;
        }
        kind.said += 1;
        self.line(level, text);
    }

    fn sum_up(&mut self, now: Instant) {
        let over = |kind: &Kind| now.saturating_duration_since(kind.since) >= SPAN;
        let names: Vec<_> =
            self.kinds.iter().filter(|(_, kind)| over(kind)).map(|(name, _)| *name).collect();
        for name in names {
            if let Some(kind) = self.kinds.remove(name) {
                self.more(name, &kind);
            }
        }
    }

    fn more(&mut self, name: &str, kind: &Kind) {
        if kind.more > 0 {
            let more = kind.more;
            self.line(kind.level, format_args!("... and {more} more of this kind ({name})"));
        }
    }

    fn line(&mut self, level: Level, text: fmt::Arguments<'_>) {
        let text = text.to_string();
        let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
        let (text, rest) = text.split_at(end);
        let more = if rest.is_empty() { "" } else { "..." };
        let text = Safe(text);
        let line = if self.journal {
            format!("{}{text}{more}\n", level.prefix())
        } else {
            format!("{level}: {text}{more}\n")
        };
        // Where standard error is gone there is nobody to tell.
        let _ = self.to.write_all(line.as_bytes());
    }
}

/// Whether `JOURNAL_STREAM` means this process's standard error, and not one that it was started
/// with and that was redirected since.
fn stderr_is(journal_stream: &str) -> io::Result<bool> {
    let Some((device, inode)) = journal_stream.split_once(':') else { return Ok(false) };
    let stderr = File::from(io::stderr().as_fd().try_clone_to_owned()?).metadata()?;
    Ok(device == stderr.dev().to_string() && inode == stderr.ino().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(log: &Log<Vec<u8>>) -> String {
        String::from_utf8(std::mem::take(&mut log.lock().to)).unwrap()
    }

    #[test]
    fn levels() {
        let log = Log::to(Vec::new(), Level::Warn, false);
        let all = [Level::Error, Level::Warn, Level::Info, Level::Debug];
        for level in all {
            log.say(level, "test", format_args!("a {level}"));
        }
        assert_eq!(said(&log), "error: a error\nwarn: a warn\n");
        log.set_level(Level::Debug);
        for level in all {
            log.say(level, "test", format_args!("x"));
        }
        assert_eq!(said(&log), "error: x\nwarn: x\ninfo: x\ndebug: x\n");
    }

    #[test]
    fn the_journal_has_prefixes() {
        let log = Log::to(Vec::new(), Level::Debug, true);
        for level in [Level::Error, Level::Warn, Level::Info, Level::Debug] {
            log.say(level, "test", format_args!("x"));
        }
        assert_eq!(said(&log), "<3>x\n<4>x\n<6>x\n<7>x\n");
        assert!(!stderr_is("").unwrap() && !stderr_is("1:2").unwrap());
    }

    #[test]
    fn text_stays_on_a_line() {
        let log = Log::to(Vec::new(), Level::Info, true);
        log.say(Level::Info, "test", format_args!("a\n<0>b\u{1b}[2J\u{202e}"));
        assert_eq!(said(&log), "<6>a\\n<0>b\\x1b[2J\\u{202e}\n");
        log.say(Level::Info, "test", format_args!("{}", "ü".repeat(30_000)));
        assert_eq!(said(&log).chars().count(), "<6>...\n".len() + LONGEST);
    }

    #[test]
    fn lines_of_a_kind_are_bounded() {
        let log = Log::to(Vec::new(), Level::Info, false);
        let begun = Instant::now();
        let say = |seconds, kind, text: &str| {
            let now = begun + Duration::from_secs(seconds);
            log.lock().say(now, Level::Warn, kind, format_args!("{text}"));
        };
        for i in 0..342 {
            say(i / 10, "refused", "no");
        }
        assert_eq!(said(&log), "warn: no\n".repeat(30));
        say(40, "name", "another kind");
        assert_eq!(said(&log), "warn: another kind\n");
        assert_eq!(log.due(), Some(begun + SPAN));
        log.lock().sum_up(begun + Duration::from_secs(59));
        assert_eq!(said(&log), "");
        log.lock().sum_up(begun + Duration::from_secs(60));
        assert_eq!(said(&log), "warn: ... and 312 more of this kind (refused)\n");
        assert_eq!(log.due(), None);
        // A new minute; what was left out of the last one is said before the first line.
        for _ in 0..31 {
            say(61, "refused", "no");
        }
        said(&log);
        say(200, "refused", "again");
        assert_eq!(said(&log), "warn: ... and 1 more of this kind (refused)\nwarn: again\n");
    }

    #[test]
    fn the_end_says_what_was_left_out() {
        let log = Log::to(Vec::new(), Level::Info, false);
        for _ in 0..=MOST {
            log.say(Level::Info, "test", format_args!("x"));
        }
        said(&log);
        log.end();
        assert_eq!(said(&log), "info: ... and 1 more of this kind (test)\n");
    }
}
