//! Who may do what: create a name, write to the network, see what there is; and how much of it.
//!
//! Decisions only. Users and groups are numbers here; whoever reads a configuration looks them up.
//!
//! ```
//! use mailslot::service::rights::{CreateRule, Pattern, Peer, Rights, Who};
//! use mailslot::slot::LocalName;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let alice = Peer { uid: 1000, gid: 1000, pid: None, user: Some("alice".into()), groups: vec![] };
//! let browse = LocalName::parse("browse")?;
//! let mut rights = Rights::default();
//! assert_eq!(
//!     rights.may_create(&alice, &browse).unwrap_err().to_string(),
//!     "creating browse is reserved to root and the service's own user: \
//!      [[create]] names = [\"browse\"], users = [\"alice\"]"
//! );
//! let who = Who::Some { users: vec![1000], groups: vec![] };
//! rights.create.push(CreateRule::new(vec![Pattern::parse("BROWSE")?], who));
//! assert_eq!(rights.may_create(&alice, &browse), Ok(()));
//! assert_eq!(rights.may_create(&alice, &LocalName::parse("alerts")?), Ok(()));
//! # Ok(())
//! # }
//! ```

use std::fmt;

use super::limits::{
    ALL_CONNECTIONS, ALL_OCTETS, ALL_SLOTS, CONNECTION_HANDLES, CONNECTION_READS, SHOWN_NAME,
    USER_CONNECTIONS, USER_OCTETS, USER_SLOTS,
};
pub use crate::net::Peer;
use crate::slot::{LocalName, fold};

/// Slots of Windows' own services. Who has one is believed to be that service: by this machine's
/// programs that write there, and by whoever hears its answers.
pub const SYSTEM_NAMES: [&str; 5] = ["ALERTER", "BROWSE", "LANMAN", "MESSNGR", r"NET\*"];

/// What the users of a service may do. Root and the service's own user may do everything, within
/// what all may take.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rights {
    /// Whose service it is; root's by default.
    pub own_user: u32,
    /// Who may create which names: the first rule that has the name decides. A name that none has
    /// may be created by everyone, unless it is one of [`SYSTEM_NAMES`].
    pub create: Vec<CreateRule>,
    /// Who may write to other machines; everyone by default.
    pub network: Who,
    /// Who may list the slots and read the counters; everyone by default.
    pub see: Who,
    /// What a user may take.
    pub user: Quotas,
    /// What all may take together.
    pub total: Totals,
}

/// Who may create some names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreateRule {
    /// The names.
    pub names: Vec<Pattern>,
    /// Those who may, besides root and the service's own user.
    pub who: Who,
}

impl CreateRule {
    /// Those may create mailslots of these names.
    pub const fn new(names: Vec<Pattern>, who: Who) -> Self {
        Self { names, who }
    }
}

/// Some users and groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// All of them.
    Everyone,
    /// These; nobody where both are empty.
    Some {
        /// Users, by their number.
        users: Vec<u32>,
        /// Members of groups, by the groups' number.
        groups: Vec<u32>,
    },
}

/// What one user may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quotas {
    /// Mailslots.
    pub slots: usize,
    /// Octets that the messages in all of them take, what each message costs besides its data
    /// included.
    pub octets: u64,
    /// Connections to the service.
    pub connections: usize,
    /// Handles of one connection.
    pub handles_per_connection: usize,
    /// Reads of one connection that wait.
    pub pending_reads_per_connection: usize,
}

/// What all users together may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// Mailslots.
    pub slots: usize,
    /// Octets that the messages in all of them take.
    pub octets: u64,
    /// Connections to the service.
    pub connections: usize,
}

impl Default for Rights {
    fn default() -> Self {
        Self {
            own_user: 0,
            create: Vec::new(),
            network: Who::Everyone,
            see: Who::Everyone,
            user: Quotas::default(),
            total: Totals::default(),
        }
    }
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            slots: USER_SLOTS,
            octets: USER_OCTETS,
            connections: USER_CONNECTIONS,
            handles_per_connection: CONNECTION_HANDLES,
            pending_reads_per_connection: CONNECTION_READS,
        }
    }
}

impl Default for Totals {
    fn default() -> Self {
        Self { slots: ALL_SLOTS, octets: ALL_OCTETS, connections: ALL_CONNECTIONS }
    }
}

impl Rights {
    /// The default rights, of a service of that user.
    #[must_use]
    pub fn of(own_user: u32) -> Self {
        Self { own_user, ..Self::default() }
    }

    /// Whether that process may create a mailslot of that name.
    ///
    /// # Errors
    ///
    /// [`Refusal`].
    pub fn may_create(&self, peer: &Peer, name: &LocalName) -> Result<(), Refusal> {
        if self.is_exempt(peer.uid) {
            return Ok(());
        }
        let system = is_system(name);
        let found = self.create.iter().find_map(|rule| {
            let pattern = rule.names.iter().find(|pattern| pattern.covers(name, system))?;
            Some((pattern, &rule.who))
        });
        let shown = || name.as_str().chars().take(SHOWN_NAME + 1).collect();
        let reason = match found {
            Some((_, who)) if who.includes(peer) => return Ok(()),
            Some((pattern, _)) => Reason::Rule { name: shown(), pattern: pattern.text.clone() },
            None if system => Reason::System { name: shown() },
            None => return Ok(()),
        };
        Err(Refusal::new(reason, peer))
    }

    /// Whether that process may write to other machines.
    ///
    /// # Errors
    ///
    /// [`Refusal`].
    pub fn may_write_network(&self, peer: &Peer) -> Result<(), Refusal> {
        self.listed(&self.network, peer, Reason::Network)
    }

    /// Whether that process may list the slots and read the counters.
    ///
    /// # Errors
    ///
    /// [`Refusal`].
    pub fn may_see(&self, peer: &Peer) -> Result<(), Refusal> {
        self.listed(&self.see, peer, Reason::See)
    }

    /// What that user may take. Root and the service's own user may have of it as much as all
    /// together, but on one connection no more than anyone: no program needs more.
    pub fn quotas(&self, uid: u32) -> Quotas {
        if self.is_exempt(uid) {
            let Totals { slots, octets, connections } = self.total;
            return Quotas { slots, octets, connections, ..self.user };
        }
        self.user
    }

    fn listed(&self, who: &Who, peer: &Peer, reason: Reason) -> Result<(), Refusal> {
        if self.is_exempt(peer.uid) || who.includes(peer) {
            return Ok(());
        }
        Err(Refusal::new(reason, peer))
    }

    pub(super) const fn is_exempt(&self, uid: u32) -> bool {
        uid == 0 || uid == self.own_user
    }
}

impl Who {
    /// No one but root and the service's own user.
    pub const NOBODY: Self = Self::Some { users: Vec::new(), groups: Vec::new() };

    fn includes(&self, peer: &Peer) -> bool {
        match self {
            Self::Everyone => true,
            Self::Some { users, groups } => {
                users.contains(&peer.uid)
                    || groups.iter().any(|gid| peer.gid == *gid || peer.groups.contains(gid))
            }
        }
    }
}

/// Names of mailslots, compared as the slots' own: in any case.
///
/// `*` at the end is any rest, also of more levels; as a whole level before, any one level:
/// `NET\*`, `pos*`, `*\log`. `/` means `\`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: Box<str>,
    /// Folded. The last one without its star, where `open`.
    levels: Vec<Box<str>>,
    open: bool,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// Where there is none, or a star stands where it means nothing.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let folded: String = text.chars().map(|c| if c == '/' { '\\' } else { fold(c) }).collect();
        let (folded, open) = folded.strip_suffix('*').map_or((&*folded, false), |cut| (cut, true));
        let levels: Vec<Box<str>> = folded.split('\\').map(Into::into).collect();
        let (last, before) = levels.split_last().ok_or(PatternError::Empty)?;
        if before.is_empty() && last.is_empty() && !open {
            return Err(PatternError::Empty);
        }
        if before.iter().any(|level| level.is_empty()) || last.is_empty() && !open {
            return Err(PatternError::EmptyLevel);
        }
        let misplaced = |level: &str| level.contains('*') && level != "*";
        if last.contains('*') || before.iter().any(|level| misplaced(level)) {
            return Err(PatternError::Star);
        }
        Ok(Self { text: text.into(), levels, open })
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether that is one of the names.
    pub fn matches(&self, name: &LocalName) -> bool {
        let mut rest = name.folded();
        let Some((last, before)) = self.levels.split_last() else { return false };
        for level in before {
            match rest.split_once('\\') {
                Some((first, behind)) if &**level == "*" || **level == *first => rest = behind,
                _ => return false,
            }
        }
        if self.open { rest.starts_with(&**last) } else { *rest == **last }
    }

    /// The same, as a rule means it: one for a system's name says so, with the first level in full.
    /// Whoever leaves `*` or `B*` to a group does not think of `BROWSE`.
    fn covers(&self, name: &LocalName, system: bool) -> bool {
        let in_full = || match &*self.levels {
            [only] => !self.open && !only.is_empty(),
            [first, ..] => &**first != "*",
            [] => false,
        };
        self.matches(name) && (!system || in_full())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// Whether a name is one of [`SYSTEM_NAMES`].
fn is_system(name: &LocalName) -> bool {
    let folded = name.folded();
    SYSTEM_NAMES.iter().any(|system| match system.strip_suffix('*') {
        Some(start) => folded.starts_with(start),
        None => folded == *system,
    })
}

/// Why a text is no [`Pattern`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatternError {
    /// There is none.
    Empty,
    /// A level has no character.
    EmptyLevel,
    /// A star neither at the end nor a level of its own.
    Star,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "an empty name",
            Self::EmptyLevel => r"nothing before, behind or between \",
            Self::Star => r"* is a whole level or at the end: NET\*, pos*, *\log",
        })
    }
}

impl std::error::Error for PatternError {}

/// Why a request is refused, and by which line of the configuration it would not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    reason: Reason,
    /// As a configuration names the user.
    user: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Reason {
    /// A system's name, and no rule has it.
    System {
        name: String,
    },
    /// The rule that has the name is for others.
    Rule {
        name: String,
        pattern: Box<str>,
    },
    Network,
    See,
}

impl Refusal {
    fn new(reason: Reason, peer: &Peer) -> Self {
        let user = peer.user.clone().unwrap_or_else(|| peer.uid.to_string());
        Self { reason, user }
    }

    /// 5, `ERROR_ACCESS_DENIED`.
    pub const fn win32_code(&self) -> u32 {
        5
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = Toml(&self.user);
        match &self.reason {
            Reason::System { name } => write!(
                f,
                "creating {} is reserved to root and the service's own user: \
                 [[create]] names = [{}], users = [{user}]",
                Shown(name),
                Toml(name)
            ),
            Reason::Rule { name, pattern } => write!(
                f,
                "creating {} is for others, by the [[create]] of {}: add {user} to its users",
                Shown(name),
                Toml(pattern)
            ),
            Reason::Network => write!(
                f,
                "writing to other machines is not for {user}: [network] write has to list it"
            ),
            Reason::See => write!(
                f,
                "listing mailslots and counters is not for {user}: [slots] see has to list it"
            ),
        }
    }
}

impl std::error::Error for Refusal {}

/// A client's name for a log: on one line, and not too long.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.char_indices().nth(SHOWN_NAME).map_or(self.0.len(), |(at, _)| at);
        let (shown, more) = self.0.split_at(end);
        for c in shown.chars() {
            match c {
                '\\' => f.write_str("\\")?,
                c => write!(f, "{}", c.escape_debug())?,
            }
        }
        if more.is_empty() { Ok(()) } else { f.write_str("...") }
    }
}

/// A text as a configuration has it; one that is too long is not repeated.
struct Toml<'a>(&'a str);

impl fmt::Display for Toml<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |c: char| c.is_alphanumeric() || c.is_ascii_punctuation() || c == ' ';
        if self.0.chars().count() > SHOWN_NAME {
            f.write_str("\"...\"")
        } else if !self.0.chars().all(plain) || self.0.contains(['\'', '"']) {
            f.write_str("\"")?;
            for c in self.0.chars() {
                match c {
                    '"' | '\\' => write!(f, "\\{c}")?,
                    c if plain(c) => write!(f, "{c}")?,
                    c => write!(f, "\\U{:08x}", u32::from(c))?,
                }
            }
            f.write_str("\"")
        } else if self.0.contains('\\') {
            write!(f, "'{}'", self.0)
        } else {
            write!(f, "\"{}\"", self.0)
        }
    }
}
