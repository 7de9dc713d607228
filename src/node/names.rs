//! The names that this node answers to, and how it comes by them on each interface.

use core::time::Duration;
use std::net::Ipv4Addr;

use super::limits::MAX_NAMES;
use crate::time::Instant;
use crate::wire::netbios::{Name, Scope, ScopeBuf, ScopedName};

/// Which destinations are ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Owned {
    /// Those in the list, unasked, and the [wildcard](Name::WILDCARD).
    #[default]
    Listed,
    /// Every one that is seen, as in the replay of a capture.
    Any,
    /// Those in the list, on each interface where nobody objected to the claim.
    Claimed,
}

/// A name that the node takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OwnName {
    /// The name.
    pub name: Name,
    /// Whether any number of hosts share it.
    pub group: bool,
}

impl OwnName {
    /// A name for this node alone.
    pub const fn unique(name: Name) -> Self {
        Self { name, group: false }
    }

    /// A name that is shared.
    pub const fn group(name: Name) -> Self {
        Self { name, group: true }
    }
}

/// How it stands with a name on an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameState {
    /// It is asked for.
    Claiming,
    /// It is ours.
    Owned,
    /// Another host has it.
    Conflict {
        /// That host.
        by: Ipv4Addr,
    },
    /// It is given back.
    Released,
}

/// The same, with what is due next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    Claiming {
        trn_id: u16,
        sent: u8,
        due: Instant,
    },
    Owned {
        /// When it is next made sure that nobody else has it; never for a group's name.
        check: Instant,
        /// How long, at least, from one time to the next.
        every: Duration,
        /// Whether that is being asked now.
        doubt: Option<Doubt>,
    },
    Conflict {
        by: Ipv4Addr,
        retry: Instant,
    },
    Releasing {
        trn_id: u16,
        sent: u8,
        due: Instant,
    },
    Released,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Doubt {
    pub(super) trn_id: u16,
    pub(super) sent: u8,
    pub(super) due: Instant,
}

impl Claim {
    pub(super) fn deadline(&self) -> Option<Instant> {
        match *self {
            Self::Claiming { due, .. } | Self::Releasing { due, .. } => Some(due),
            Self::Owned { check, doubt, .. } => Some(doubt.map_or(check, |doubt| doubt.due)),
            Self::Conflict { retry, .. } => Some(retry),
            Self::Released => None,
        }
    }

    /// What is due is due that much earlier.
    pub(super) fn advance(&mut self, by: Duration) {
        let due = match self {
            Self::Claiming { due, .. }
            | Self::Releasing { due, .. }
            | Self::Owned { doubt: Some(Doubt { due, .. }), .. } => due,
            Self::Owned { check, doubt: None, .. } => check,
            Self::Conflict { retry, .. } => retry,
            Self::Released => return,
        };
        *due = due.before(by);
    }

    pub(super) const fn is_owned(&self) -> bool {
        matches!(self, Self::Owned { .. })
    }

    pub(super) const fn state(&self) -> NameState {
        match *self {
            Self::Claiming { .. } => NameState::Claiming,
            Self::Owned { .. } => NameState::Owned,
            Self::Conflict { by, .. } => NameState::Conflict { by },
            Self::Releasing { .. } | Self::Released => NameState::Released,
        }
    }
}

/// The name table.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) owned: Owned,
    pub(super) own: Vec<OwnName>,
    /// The same in the form that is compared. A handful: looked through faster than hashed.
    folded: Vec<Name>,
    pub(super) scope: ScopeBuf,
}

/// Whether a destination is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// All of a kind that needs no claim.
    Ours,
    /// The one of that number, where it is claimed on the interface.
    Own(usize),
    NotOurs,
    /// The name is, the scope is not.
    ForeignScope,
}

impl Names {
    /// The first [`MAX_NAMES`] of them.
    pub(super) fn new(owned: Owned, names: &[OwnName], scope: ScopeBuf) -> Self {
        let own: Vec<_> = names.iter().copied().take(MAX_NAMES).collect();
        let folded = own.iter().map(|own| own.name.folded()).collect();
        Self { owned, own, folded, scope }
    }

    pub(super) fn add(&mut self, own: OwnName) {
        self.own.push(own);
        self.folded.push(own.name.folded());
    }

    pub(super) fn find(&self, destination: &ScopedName<'_>) -> Match {
        let ours = match self.owned {
            Owned::Any => return Match::Ours,
            _ if destination.name == Name::WILDCARD => Match::Ours,
            Owned::Listed if self.position(&destination.name).is_some() => Match::Ours,
            Owned::Listed => Match::NotOurs,
            Owned::Claimed => self.position(&destination.name).map_or(Match::NotOurs, Match::Own),
        };
        if ours == Match::NotOurs || self.in_scope(destination.scope) {
            ours
        } else {
            Match::ForeignScope
        }
    }

    /// Which of the own names it is.
    pub(super) fn position(&self, name: &Name) -> Option<usize> {
        let folded = name.folded();
        self.folded.iter().position(|own| *own == folded)
    }

    pub(super) fn in_scope(&self, scope: Scope<'_>) -> bool {
        self.scope.as_scope().matches(scope)
    }

    /// A name in our scope.
    pub(super) fn scoped(&self, name: Name) -> ScopedName<'_> {
        ScopedName { scope: self.scope.as_scope(), ..name.into() }
    }
}
