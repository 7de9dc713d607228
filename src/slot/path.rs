//! Which mailslot a path means (semantics rows N1 to N8, C3 to C6).

use std::fmt;

use super::fold::fold;
use super::limits::MAX_NAME_UNITS;
use crate::wire::oem::CodePage;

/// A path as programs write it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// `\\.\mailslot\[path\]name`: a slot of this machine.
    Local(LocalName),
    /// `\\HOST\mailslot\[path\]name`: a machine's slot, or that of every machine of a domain or
    /// workgroup; only the network knows which of the two the name is.
    Remote {
        /// The computer or the domain.
        host: String,
        /// The slot there.
        slot: LocalName,
    },
    /// `\\*\mailslot\[path\]name`: the slot of every machine of the own domain or workgroup.
    OwnDomain(LocalName),
}

impl Target {
    /// Reads a path. `/` means `\`; a name alone, `alerts` or `pos\eod`, is a slot of this machine.
    /// Where it has a colon it is to be written in full, `\\.\mailslot\a:b`.
    ///
    /// # Errors
    ///
    /// [`PathError`] with the Win32 code that Windows fails with.
    pub fn parse(path: &str) -> Result<Self, PathError> {
        if path.is_empty() {
            return Err(PathError::new(PathErrorKind::Empty, 0));
        }
        if let Some(rest) = path.strip_prefix(r"\\?\") {
            let name = after_mailslot(rest, 4, false)?;
            return LocalName::verbatim(name, path.len() - name.len()).map(Self::Local);
        }
        let Some(rest) = strip_slashes(path) else {
            return LocalName::bare(path).map(Self::Local);
        };
        let host_at = path.len() - rest.len();
        let end = rest.find(is_slash).unwrap_or(rest.len());
        let (host, rest) = rest.split_at(end);
        let rest = rest.trim_start_matches(is_slash);
        let name = after_mailslot(rest, path.len() - rest.len(), true)?;
        let slot = LocalName::normalised(name, path.len() - name.len())?;
        match host {
            "" => Err(PathError::new(PathErrorKind::NotAMailslot, host_at)),
            // Only the exact `\\?\` is verbatim; `//?/` is the machine, normalised.
            "." | "?" => Ok(Self::Local(slot)),
            "*" => Ok(Self::OwnDomain(slot)),
            host => Ok(Self::Remote { host: host.to_owned(), slot }),
        }
    }
}

/// The path in the form that Windows programs write; it reads as the same target.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(name) => match LocalName::normalised(name.as_str(), 0) {
                Ok(same) if same.text == name.text => write!(f, r"\\.\mailslot\{name}"),
                // As `\\.\` it would be another name, or none.
                _ => write!(f, r"\\?\mailslot\{name}"),
            },
            Self::Remote { host, slot } => write!(f, r"\\{host}\mailslot\{slot}"),
            Self::OwnDomain(slot) => write!(f, r"\\*\mailslot\{slot}"),
        }
    }
}

/// The name of a mailslot within its machine: all that follows `\mailslot\`. The namespace is flat;
/// what looks like folders needs no creation (row N3).
///
/// Equal, also as keys of maps, are names that differ in case only.
#[derive(Clone, Debug)]
pub struct LocalName {
    text: Box<str>,
    folded: Box<str>,
}

impl LocalName {
    /// Reads the path of a slot of this machine; see [`Target::parse`].
    ///
    /// # Errors
    ///
    /// [`PathError`]; also where the path means another machine: a slot cannot be created, and a
    /// name not be looked up, there.
    pub fn parse(path: &str) -> Result<Self, PathError> {
        match Target::parse(path)? {
            Target::Local(name) => Ok(name),
            Target::Remote { .. } | Target::OwnDomain(_) => {
                Err(PathError::new(PathErrorKind::Remote, 0))
            }
        }
    }

    /// The name of octets that stand behind `\MAILSLOT\` in a frame: verbatim.
    ///
    /// # Errors
    ///
    /// [`PathError`] where there are none.
    pub fn from_wire(octets: &[u8], page: CodePage) -> Result<Self, PathError> {
        Self::from_chars(octets.iter().map(|&octet| page.decode_octet(octet)))
    }

    /// The name of these characters: verbatim.
    ///
    /// # Errors
    ///
    /// [`PathError`] where there are none, or too many.
    pub fn from_chars(chars: impl Iterator<Item = char>) -> Result<Self, PathError> {
        let text: String = chars.take(MAX_NAME_UNITS + 1).collect();
        Self::verbatim(&text, 0)
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// In the form that is compared.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// A name alone. What looks like a file, `C:\x` or `\x`, is not one (row C4), nor a target of
    /// the command, `.:x` or `HOST:x`: a slot of that name would have been meant by nobody.
    fn bare(path: &str) -> Result<Self, PathError> {
        if path.starts_with(is_slash) {
            return Err(PathError::new(PathErrorKind::NotAMailslot, 0));
        }
        if let Some(at) = path.find(':') {
            return Err(PathError::new(PathErrorKind::NotAMailslot, at));
        }
        Self::normalised(path, 0)
    }

    /// Row N4: `/` is `\`, several are one, `.` and `..` are resolved, dots and spaces at the end
    /// of the last component are dropped.
    fn normalised(name: &str, at: usize) -> Result<Self, PathError> {
        let mut components: Vec<&str> = Vec::new();
        for component in name.split(is_slash) {
            match component {
                "" | "." => {}
                // Beyond `\mailslot\` there is no mailslot.
                ".." => {
                    let parent = components.pop();
                    parent.ok_or_else(|| PathError::new(PathErrorKind::NotAMailslot, at))?;
                }
                _ => components.push(component),
            }
        }
        let Some(last) = components.last_mut() else {
            // Row C6, OPEN: Wine says 183.
            return Err(PathError::new(PathErrorKind::NoName, at));
        };
        // Row N8, OPEN: Wine has another slot of that name.
        if name.ends_with(is_slash) {
            return Err(PathError::new(PathErrorKind::TrailingBackslash, at + name.len() - 1));
        }
        *last = last.trim_end_matches(['.', ' ']);
        if last.is_empty() {
            return Err(PathError::new(PathErrorKind::NoName, at));
        }
        Self::checked(&components.join("\\"), at)
    }

    fn verbatim(name: &str, at: usize) -> Result<Self, PathError> {
        if name.is_empty() {
            return Err(PathError::new(PathErrorKind::NoName, at));
        }
        Self::checked(name, at)
    }

    fn checked(text: &str, at: usize) -> Result<Self, PathError> {
        if text.encode_utf16().count() > MAX_NAME_UNITS {
            return Err(PathError::new(PathErrorKind::TooLong, at));
        }
        Ok(Self { text: text.into(), folded: text.chars().map(fold).collect() })
    }
}

impl PartialEq for LocalName {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for LocalName {}

impl std::hash::Hash for LocalName {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

impl fmt::Display for LocalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

const fn is_slash(c: char) -> bool {
    matches!(c, '\\' | '/')
}

/// What follows the two slashes, of any kind, at the start.
fn strip_slashes(path: &str) -> Option<&str> {
    path.strip_prefix(is_slash)?.strip_prefix(is_slash)
}

/// What follows `mailslot\`, in any case.
fn after_mailslot(rest: &str, at: usize, any_slash: bool) -> Result<&str, PathError> {
    const WORD: &str = "mailslot";
    let not_a_mailslot = PathError::new(PathErrorKind::NotAMailslot, at);
    let (word, name) = rest.split_at_checked(WORD.len()).ok_or(not_a_mailslot)?;
    if !word.eq_ignore_ascii_case(WORD) {
        return Err(not_a_mailslot);
    }
    let slash = |c| if any_slash { is_slash(c) } else { c == '\\' };
    match name.strip_prefix(slash) {
        Some(name) => Ok(name),
        // Row C6, OPEN: `\\.\mailslot` alone.
        None if name.is_empty() => Err(PathError::new(PathErrorKind::NoName, at + WORD.len())),
        None => Err(not_a_mailslot),
    }
}

/// Why a path means no mailslot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathError {
    kind: PathErrorKind,
    position: usize,
}

/// What is wrong with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathErrorKind {
    /// There is none (row C3).
    Empty,
    /// It is something else's path (row C4).
    NotAMailslot,
    /// Nothing follows `\mailslot\`.
    NoName,
    /// It ends with a backslash.
    TrailingBackslash,
    /// The name has more than 32,753 UTF-16 units (row N6).
    TooLong,
    /// It means another machine, where one of this machine is needed (row C5).
    Remote,
}

impl PathError {
    const fn new(kind: PathErrorKind, position: usize) -> Self {
        Self { kind, position }
    }

    /// What is wrong.
    pub const fn kind(&self) -> PathErrorKind {
        self.kind
    }

    /// Octets of the path before what is wrong.
    pub const fn position(&self) -> usize {
        self.position
    }

    /// 3, `ERROR_PATH_NOT_FOUND`, for an empty path; else 123, `ERROR_INVALID_NAME`.
    pub const fn win32_code(&self) -> u32 {
        match self.kind {
            PathErrorKind::Empty => 3,
            _ => 123,
        }
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            PathErrorKind::Empty => return f.write_str("the path is empty"),
            PathErrorKind::NotAMailslot => {
                r"not a mailslot's path: write name, \\.\mailslot\name or \\host\mailslot\name"
            }
            PathErrorKind::NoName => r"no name behind \mailslot\",
            PathErrorKind::TrailingBackslash => "a mailslot's name does not end with a backslash",
            PathErrorKind::TooLong => "a mailslot's name has at most 32,753 characters",
            PathErrorKind::Remote => "this is a slot of another machine; only its own can do that",
        })?;
        write!(f, " (at {})", self.position)
    }
}

impl std::error::Error for PathError {}
