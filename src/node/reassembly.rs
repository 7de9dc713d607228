//! Fragments to whole datagrams ([RFC 1001] 17.1.2, [RFC 1002] 5.3.3).
//!
//! Mailslot writes are never fragmented ([MS-MAIL] 3.1.4.1), and no known host fragments anything;
//! a live node drops fragments. Captures and labs may have them.

use std::net::{Ipv4Addr, SocketAddrV4};

use super::counters::DropReason;
use super::limits::{
    FRAGMENT_TIMEOUT, MAX_FRAGMENTS, MAX_REASSEMBLED_OCTETS, MAX_REASSEMBLIES,
    MAX_REASSEMBLIES_PER_SOURCE,
};
use crate::time::Instant;
use crate::wire::datagram::{Body, Datagram, Flags, HEADER_LEN, MsgType};

/// Which datagram a fragment is of. The source is the real one, of UDP, and the one that the
/// packet claims must be the same in all parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Address and port of the UDP packet.
    pub from: SocketAddrV4,
    /// `SOURCE_IP` of the datagram.
    pub source_ip: Ipv4Addr,
    /// `DGM_ID`.
    pub dgm_id: u16,
}

/// What became of a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress<T> {
    /// It waits for the others.
    Held,
    /// It was the last one missing.
    Complete {
        /// The UDP payload as if the datagram had never been cut.
        payload: Vec<u8>,
        /// The marks of the fragments, in the order of their arrival.
        parts: Vec<T>,
    },
    /// It, and with it the parts held so far, are dropped.
    Dropped {
        /// Why.
        reason: DropReason,
        /// The marks of all of them, this fragment's last.
        parts: Vec<T>,
    },
}

/// Parts that waited too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expired<T> {
    /// Of which datagram.
    pub key: Key,
    /// Their marks, in the order of their arrival.
    pub parts: Vec<T>,
}

/// Unfinished datagrams. `T` is the caller's mark of a fragment, such as its number in a capture.
#[derive(Clone, Debug)]
pub struct Reassembler<T> {
    /// In the order of their coming, in which they are told of: they are too few for an index.
    unfinished: Vec<Unfinished<T>>,
}

#[derive(Clone, Debug)]
struct Unfinished<T> {
    key: Key,
    since: Instant,
    msg_type: MsgType,
    dgm_length: usize,
    parts: Vec<Part>,
    marks: Vec<T>,
}

#[derive(Clone, Debug)]
struct Part {
    offset: usize,
    more: bool,
    /// Behind the 14 octets of header; the first part's header is in front of its own.
    data: Vec<u8>,
}

impl<T> Default for Reassembler<T> {
    fn default() -> Self {
        Self { unfinished: Vec::new() }
    }
}

impl<T> Reassembler<T> {
    /// Parts that wait.
    pub fn held(&self) -> usize {
        self.unfinished.iter().map(|unfinished| unfinished.parts.len()).sum()
    }

    /// When the oldest datagram will have waited too long.
    pub fn deadline(&self) -> Option<Instant> {
        self.unfinished.iter().map(|unfinished| unfinished.since + FRAGMENT_TIMEOUT).min()
    }

    /// Takes one fragment: `datagram`, which was read from `payload`.
    pub fn input(
        &mut self,
        now: Instant,
        from: SocketAddrV4,
        payload: &[u8],
        datagram: &Datagram<'_>,
        mark: T,
    ) -> Progress<T> {
        let (dgm_length, offset) = match &datagram.body {
            Body::Data(data) => (data.dgm_length, data.packet_offset),
            Body::Fragment(fragment) => (fragment.dgm_length, fragment.packet_offset),
            Body::Error { .. } | Body::Query { .. } => {
                return Progress::alone(DropReason::NotData, mark);
            }
        };
        let header = &datagram.header;
        let key = Key { from, source_ip: header.source_ip, dgm_id: header.dgm_id };
        let part = Part {
            offset: usize::from(offset),
            more: header.flags.contains(Flags::MORE),
            // The first part keeps its header, for the whole to begin with.
            data: payload
                .get(if offset == 0 { 0 } else { HEADER_LEN }..)
                .unwrap_or_default()
                .into(),
        };
        let dgm_length = usize::from(dgm_length);
        let mut unfinished = self.unfinished.iter_mut().enumerate();
        let Some((at, unfinished)) = unfinished.find(|(_, unfinished)| unfinished.key == key)
        else {
            if part.len() > dgm_length || dgm_length > MAX_REASSEMBLED_OCTETS {
                return Progress::alone(DropReason::FragmentConflict, mark);
            }
            let same_source = |other: &&Unfinished<T>| other.key.from.ip() == from.ip();
            let of_source = self.unfinished.iter().filter(same_source).count();
            if self.unfinished.len() >= MAX_REASSEMBLIES || of_source >= MAX_REASSEMBLIES_PER_SOURCE
            {
                return Progress::alone(DropReason::FragmentLimit, mark);
            }
            self.unfinished.push(Unfinished {
                key,
                since: now,
                msg_type: header.msg_type,
                dgm_length,
                parts: Vec::from([part]),
                marks: Vec::from([mark]),
            });
            return Progress::Held;
        };
        let same = unfinished.dgm_length == dgm_length && unfinished.msg_type == header.msg_type;
        let again = |held: &Part| held.offset == part.offset && held.data == part.data;
        if same && unfinished.parts.iter().any(again) {
            return Progress::alone(DropReason::Duplicate, mark);
        }
        let agrees = same
            && unfinished.octets() + part.len() <= dgm_length
            && unfinished.parts.len() < MAX_FRAGMENTS;
        unfinished.parts.push(part);
        unfinished.marks.push(mark);
        let complete = agrees && unfinished.octets() == dgm_length;
        if agrees && !complete && !unfinished.overlaps() {
            return Progress::Held;
        }
        let mut finished = self.unfinished.remove(at);
        match complete.then(|| finished.join()).flatten() {
            Some(payload) => Progress::Complete { payload, parts: finished.marks },
            None => {
                Progress::Dropped { reason: DropReason::FragmentConflict, parts: finished.marks }
            }
        }
    }

    /// Forgets what waited for 2 s and longer; also what seems to come from the future, after the
    /// clock was set back.
    pub fn expire(&mut self, now: Instant, expired: impl FnMut(Expired<T>)) {
        self.forget(
            |unfinished| {
                now >= unfinished.since + FRAGMENT_TIMEOUT
                    || unfinished.since.saturating_since(now) >= FRAGMENT_TIMEOUT
            },
            expired,
        );
    }

    /// Forgets all that waits: nothing more will come.
    pub fn finish(&mut self, expired: impl FnMut(Expired<T>)) {
        self.forget(|_| true, expired);
    }

    fn forget(
        &mut self,
        is_old: impl Fn(&Unfinished<T>) -> bool,
        mut expired: impl FnMut(Expired<T>),
    ) {
        self.unfinished.retain_mut(|unfinished| {
            let old = is_old(unfinished);
            if old {
                expired(Expired {
                    key: unfinished.key,
                    parts: std::mem::take(&mut unfinished.marks),
                });
            }
            !old
        });
    }
}

impl<T> Progress<T> {
    fn alone(reason: DropReason, mark: T) -> Self {
        Self::Dropped { reason, parts: Vec::from([mark]) }
    }
}

impl Part {
    /// Octets of names and user data.
    fn len(&self) -> usize {
        if self.offset == 0 { self.data.len().saturating_sub(HEADER_LEN) } else { self.data.len() }
    }
}

impl<T> Unfinished<T> {
    fn octets(&self) -> usize {
        self.parts.iter().map(Part::len).sum()
    }

    fn overlaps(&mut self) -> bool {
        // [RFC 1002] 5.3.1 would have the second of two fragments say how much remains, not how
        // much came before: until all is there, only equal offsets are sure to be wrong.
        self.parts.sort_by_key(|part| part.offset);
        self.parts.windows(2).any(|pair| match pair {
            [a, b] => a.offset == b.offset,
            _ => false,
        })
    }

    /// The whole payload, where the parts follow each other without gap and only the last has no
    /// MORE flag.
    fn join(&mut self) -> Option<Vec<u8>> {
        self.parts.sort_by_key(|part| part.offset);
        let (last, before) = self.parts.split_last()?;
        if last.more || before.is_empty() || !before.iter().all(|part| part.more) {
            return None;
        }
        let mut at = 0;
        let two = before.len() == 1;
        for part in &self.parts {
            // Of two parts whose lengths add up, the second may have either offset.
            let remaining = two && part.offset + at == self.dgm_length && at > 0;
            if part.offset != at && !remaining {
                return None;
            }
            at += part.len();
        }
        let mut payload = Vec::with_capacity(HEADER_LEN + self.dgm_length);
        for part in &self.parts {
            payload.extend_from_slice(&part.data);
        }
        if let Some(flags) = payload.get_mut(1) {
            *flags &= !Flags::MORE.bits();
        }
        Some(payload)
    }
}
