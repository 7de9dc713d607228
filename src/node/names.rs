//! The names that this node answers to.

use crate::wire::netbios::{Name, Scope, ScopeBuf, ScopedName};

/// Which destinations are ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Owned {
    /// Those in the list, and the [wildcard](Name::WILDCARD).
    #[default]
    Listed,
    /// Every one that is seen, as in the replay of a capture.
    Any,
}

/// The name table, as far as receiving goes.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    owned: Owned,
    /// In the form that is compared. A handful: looked through faster than hashed.
    folded: Vec<Name>,
    scope: ScopeBuf,
}

/// Whether a destination is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    Ours,
    NotOurs,
    /// The name is, the scope is not.
    ForeignScope,
}

impl Names {
    pub(super) fn new(owned: Owned, names: &[Name], scope: ScopeBuf) -> Self {
        Self { owned, folded: names.iter().map(|name| name.folded()).collect(), scope }
    }

    pub(super) fn find(&self, destination: &ScopedName<'_>) -> Match {
        let ours = match self.owned {
            Owned::Any => return Match::Ours,
            Owned::Listed => {
                destination.name == Name::WILDCARD
                    || self.folded.contains(&destination.name.folded())
            }
        };
        match ours {
            false => Match::NotOurs,
            true if self.in_scope(destination.scope) => Match::Ours,
            true => Match::ForeignScope,
        }
    }

    fn in_scope(&self, scope: Scope<'_>) -> bool {
        self.scope.as_scope().matches(scope)
    }
}
