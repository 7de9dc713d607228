//! The books: every datagram ends in exactly one counter.

use std::fmt;

macro_rules! reasons {
    ($(#[$doc:meta])* $kind:ident: $($variant:ident $name:literal $meaning:literal)*) => {
        $(#[$doc])*
        ///
        #[doc = "| reason | meaning |\n|---|---|"]
        $(#[doc = concat!("| `", $name, "` | ", $meaning, " |")])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $kind {
            $(#[doc = concat!("`", $name, "`: ", $meaning, ".")] $variant,)*
        }

        impl $kind {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in text, JSON and metrics.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it means, in a few words.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

reasons! {
    /// Why a datagram was dropped.
    DropReason:
    BadSource "bad_source" "the UDP source cannot be: broadcast, multicast, unspecified, or port 0"
    Own "own" "our own broadcast, heard again"
    Malformed "malformed" "not a NetBIOS datagram that can be read"
    NotData "not_data" "a DATAGRAM ERROR, a QUERY or a response to one"
    Fragment "fragment" "a part of a datagram, where parts are not put together"
    FragmentTimeout "fragment_timeout" "the other parts did not come within 2 s"
    FragmentConflict "fragment_conflict" "parts that overlap or contradict each other"
    FragmentLimit "fragment_limit" "more unfinished datagrams than are kept"
    NotOurName "not_our_name" "for a name that is not ours"
    ForeignScope "foreign_scope" "for our name in another scope"
    NotMailslot "not_mailslot" "the user data is no mailslot write that can be read"
    Oversize "oversize" "more data than the size policy takes"
    NoSuchSlot "no_such_slot" "nobody here has that mailslot"
    TooManySlots "too_many_slots" "as many mailslots as are created for messages"
    AccessDenied "access_denied" "the mailslot is for programs of its owner alone"
    Duplicate "duplicate" "the same datagram came within the last 250 ms"
    TooLongForSlot "too_long_for_slot" "longer than the slot's maximum message size"
    QueueFull "queue_full" "the slot's queue is full"
}

reasons! {
    /// Why a packet of the name service went unanswered and unused.
    NameDropReason:
    BadSource "bad_source" "the UDP source cannot be: broadcast, multicast, unspecified, or port 0"
    Own "own" "our own, heard again"
    Malformed "malformed" "not a name-service packet that can be read"
    OffLink "off_link" "from beyond a router"
    NotOurName "not_our_name" "about a name that is not ours"
    Unasked "unasked" "an answer to nothing that was asked"
    Unsupported "unsupported" "of a kind that only name servers use"
    Limited "limited" "from a source that asks too often"
}

/// What became of the datagrams that a node received.
///
/// `received = delivered + observed + merged + held + the sum of the drops`, at any time, to the
/// unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Handed in.
    pub received: u64,
    /// Put into a slot's queue.
    pub delivered: u64,
    /// Put into a slot's queue though the name is not ours: see [`Observe`](super::Observe).
    pub observed: u64,
    /// Fragments that became part of a datagram which is counted by itself.
    pub merged: u64,
    /// Fragments that wait for the others.
    pub held: u64,
    dropped: [u64; DropReason::ALL.len()],
}

impl Counters {
    /// Dropped for that reason.
    pub fn dropped(&self, reason: DropReason) -> u64 {
        self.dropped.get(reason as usize).copied().unwrap_or_default()
    }

    /// The reasons that occurred, with their counts.
    pub fn drops(&self) -> impl Iterator<Item = (DropReason, u64)> + '_ {
        DropReason::ALL
            .iter()
            .map(|&reason| (reason, self.dropped(reason)))
            .filter(|drop| drop.1 > 0)
    }

    /// All drops.
    pub fn dropped_in_all(&self) -> u64 {
        self.dropped.iter().sum()
    }

    /// Whether every datagram is in exactly one counter.
    pub fn balance(&self) -> bool {
        let kept = self.delivered + self.observed + self.merged + self.held;
        self.received == kept + self.dropped_in_all()
    }

    pub(super) fn drop_for(&mut self, reason: DropReason, datagrams: u64) {
        if let Some(count) = self.dropped.get_mut(reason as usize) {
            *count += datagrams;
        }
    }
}

/// What became of the packets of the name service.
///
/// `received = answered + used + the sum of the drops`, at any time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameCounters {
    /// Handed in.
    pub received: u64,
    /// Requests that were answered.
    pub answered: u64,
    /// Answers to what was asked, and news about names of others.
    pub used: u64,
    dropped: [u64; NameDropReason::ALL.len()],
}

impl NameCounters {
    /// Dropped for that reason.
    pub fn dropped(&self, reason: NameDropReason) -> u64 {
        self.dropped.get(reason as usize).copied().unwrap_or_default()
    }

    /// Whether every packet is in exactly one counter.
    pub fn balance(&self) -> bool {
        self.received == self.answered + self.used + self.dropped.iter().sum::<u64>()
    }

    pub(super) fn drop_for(&mut self, reason: NameDropReason) {
        if let Some(count) = self.dropped.get_mut(reason as usize) {
            *count += 1;
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Counters {
    /// An object of the counters, `dropped` being an object by reason.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        struct Drops<'a>(&'a Counters);
        impl serde::Serialize for Drops<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.drops().map(|(reason, count)| (reason.name(), count)))
            }
        }
        let mut object = serializer.serialize_struct("Counters", 6)?;
        object.serialize_field("received", &self.received)?;
        object.serialize_field("delivered", &self.delivered)?;
        object.serialize_field("observed", &self.observed)?;
        object.serialize_field("merged", &self.merged)?;
        object.serialize_field("held", &self.held)?;
        object.serialize_field("dropped", &Drops(self))?;
        object.end()
    }
}
