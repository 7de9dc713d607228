//! Putting IPv4 fragments together (RFC 791, 3.2), within bounds.

use std::collections::VecDeque;
use std::net::Ipv4Addr;

use etherparse::IpNumber;

use super::Timestamp;
use super::limits::{MAX_REASSEMBLIES, MAX_REASSEMBLY_BYTES, REASSEMBLY_TIME};

/// The longest payload of an IPv4 packet: 65,535 less the smallest header.
const MAX_PAYLOAD_LEN: usize = 65_515;

/// What a fragment is counted with beside its octets, for its place in the lists.
const FRAGMENT_COST: usize = 64;

/// Datagrams that never became whole, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Incomplete {
    /// Still waiting for fragments.
    pub waiting: u64,
    /// Given up after [`REASSEMBLY_TIME`].
    pub timed_out: u64,
    /// Given up to make room ([`MAX_REASSEMBLIES`],
    /// [`MAX_REASSEMBLY_BYTES`]).
    pub crowded_out: u64,
    /// Given up because their fragments overlap.
    pub overlapping: u64,
}

impl Incomplete {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.waiting + self.timed_out + self.crowded_out + self.overlapping
    }
}

/// What fragments of one datagram have in common.
///
/// The interface is part of it: a datagram that was captured on two of them is seen twice, as it
/// would be without fragments. So are the tunnels that it came through: networks in different ones
/// may have the same addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) source: Ipv4Addr,
    pub(super) destination: Ipv4Addr,
    pub(super) protocol: IpNumber,
    pub(super) identification: u16,
    pub(super) interface: u32,
    /// A hash of the tunnels and the hosts at their ends; 0 outside of all.
    pub(super) path: u64,
}

pub(super) struct Fragment<'a> {
    /// Number of its frame.
    pub(super) frame: u64,
    /// Where its octets belong in the datagram.
    pub(super) start: usize,
    /// Not the last one.
    pub(super) more: bool,
    pub(super) payload: &'a [u8],
}

/// What came of a fragment.
#[derive(Debug)]
pub(super) enum Progress {
    Held,
    /// [`Reassembly::whole`] has the datagram.
    Whole,
    Overlap,
    Malformed(&'static str),
}

#[derive(Debug, Default)]
pub(super) struct Reassembly {
    /// The oldest first.
    waiting: VecDeque<Datagram>,
    /// What they cost together.
    cost: usize,
    /// The last time a frame told.
    now: Timestamp,
    /// The datagram that became whole last, and the numbers of its frames.
    whole: Vec<u8>,
    frames: Vec<u64>,
    incomplete: Incomplete,
}

impl Reassembly {
    pub(super) fn add(
        &mut self,
        key: Key,
        fragment: &Fragment<'_>,
        time: Option<Timestamp>,
    ) -> Progress {
        self.now = time.unwrap_or(self.now);
        self.give_up_old();
        let end = fragment.start + fragment.payload.len();
        if fragment.payload.is_empty() {
            return Progress::Malformed("empty IP fragment");
        }
        if fragment.more && fragment.payload.len() % 8 != 0 {
            return Progress::Malformed("IP fragment length not a multiple of 8");
        }
        if end > MAX_PAYLOAD_LEN {
            return Progress::Malformed("IP fragment beyond the largest packet");
        }
        let cost = fragment.payload.len() + FRAGMENT_COST;
        while self.cost + cost > MAX_REASSEMBLY_BYTES && !self.waiting.is_empty() {
            self.crowd_out();
        }
        let known = self.waiting.iter().position(|datagram| datagram.key == key);
        let index = known.unwrap_or_else(|| {
            if self.waiting.len() == MAX_REASSEMBLIES {
                self.crowd_out();
            }
            self.waiting.push_back(Datagram::new(key, self.now));
            self.waiting.len() - 1
        });
        let Some(datagram) = self.waiting.get_mut(index) else { return Progress::Held };
        if datagram.overlapping {
            return Progress::Overlap;
        }
        match datagram.place(fragment, end) {
            Place::Taken => return Progress::Held,
            Place::Overlap => {
                self.cost -= datagram.give_up();
                self.incomplete.overlapping += 1;
                return Progress::Overlap;
            }
            Place::At(place) => datagram.insert(place, fragment, end),
        }
        self.cost += cost;
        if !datagram.is_whole() {
            return Progress::Held;
        }
        self.whole.clear();
        datagram.write_to(&mut self.whole);
        self.cost -= datagram.cost();
        self.frames = std::mem::take(&mut datagram.frames);
        self.waiting.remove(index);
        Progress::Whole
    }

    pub(super) fn whole(&self) -> (&[u8], &[u64]) {
        (&self.whole, &self.frames)
    }

    /// Moves the octets of the datagram that became whole last to `buffer`, out of the next one's
    /// way.
    pub(super) fn move_whole(&mut self, buffer: &mut Vec<u8>) {
        std::mem::swap(&mut self.whole, buffer);
    }

    pub(super) fn incomplete(&self) -> Incomplete {
        let waiting = self.waiting.iter().filter(|datagram| !datagram.overlapping).count();
        Incomplete { waiting: u64::try_from(waiting).unwrap_or(u64::MAX), ..self.incomplete }
    }

    /// Gives up what has waited too long. A clock that jumps back (files joined into one) ends the
    /// waiting too.
    fn give_up_old(&mut self) {
        let now = self.now.as_nanos();
        let limit = REASSEMBLY_TIME.as_nanos();
        let (cost, incomplete) = (&mut self.cost, &mut self.incomplete);
        self.waiting.retain(|datagram| {
            let old = u128::from(now.abs_diff(datagram.since.as_nanos())) > limit;
            if old {
                *cost -= datagram.cost();
                incomplete.timed_out += u64::from(!datagram.overlapping);
            }
            !old
        });
    }

    fn crowd_out(&mut self) {
        if let Some(oldest) = self.waiting.pop_front() {
            self.cost -= oldest.cost();
            self.incomplete.crowded_out += u64::from(!oldest.overlapping);
        }
    }
}

/// A datagram that waits for fragments. It keeps the octets that came, not room for those that
/// are said to come.
#[derive(Debug)]
struct Datagram {
    key: Key,
    /// When its first fragment came.
    since: Timestamp,
    /// By their place in the datagram; they never overlap.
    pieces: Vec<Piece>,
    /// The octets of all pieces, in the order of their coming.
    octets: Vec<u8>,
    /// Its length, once the last fragment is there.
    len: Option<usize>,
    /// Numbers of its frames.
    frames: Vec<u64>,
    /// Given up, and kept only so that its other fragments are not taken for a new datagram.
    overlapping: bool,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    start: usize,
    end: usize,
    /// Where its octets lie in [`Datagram::octets`].
    at: usize,
}

/// Where a fragment belongs among the pieces.
enum Place {
    /// There already, with the same content: a repeated frame.
    Taken,
    Overlap,
    At(usize),
}

impl Datagram {
    fn new(key: Key, since: Timestamp) -> Self {
        Self {
            key,
            since,
            pieces: Vec::new(),
            octets: Vec::new(),
            len: None,
            frames: Vec::new(),
            overlapping: false,
        }
    }

    fn place(&self, fragment: &Fragment<'_>, end: usize) -> Place {
        let place = self.pieces.partition_point(|piece| piece.end <= fragment.start);
        if let Some(next) = self.pieces.get(place) {
            if next.start == fragment.start && next.end == end {
                let same = self.octets(*next) == fragment.payload
                    && (fragment.more || self.len == Some(end));
                return if same { Place::Taken } else { Place::Overlap };
            }
            if next.start < end {
                return Place::Overlap;
            }
        }
        let beyond = match self.len {
            Some(len) => end > len || !fragment.more,
            None => !fragment.more && self.pieces.last().is_some_and(|last| last.end > end),
        };
        if beyond { Place::Overlap } else { Place::At(place) }
    }

    fn insert(&mut self, place: usize, fragment: &Fragment<'_>, end: usize) {
        if !fragment.more {
            self.len = Some(end);
        }
        self.pieces.insert(place, Piece { start: fragment.start, end, at: self.octets.len() });
        self.octets.extend_from_slice(fragment.payload);
        self.frames.push(fragment.frame);
    }

    fn octets(&self, piece: Piece) -> &[u8] {
        self.octets.get(piece.at..piece.at + (piece.end - piece.start)).unwrap_or_default()
    }

    /// Pieces never overlap, so it is whole when as many octets are there as it is long.
    fn is_whole(&self) -> bool {
        self.len == Some(self.octets.len())
    }

    fn write_to(&self, out: &mut Vec<u8>) {
        for piece in &self.pieces {
            out.extend_from_slice(self.octets(*piece));
        }
    }

    fn cost(&self) -> usize {
        self.octets.len() + self.pieces.len() * FRAGMENT_COST
    }

    /// Frees its memory; what that was counted with.
    fn give_up(&mut self) -> usize {
        let cost = self.cost();
        *self = Self { overlapping: true, ..Self::new(self.key, self.since) };
        cost
    }
}
