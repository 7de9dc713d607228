//! Questions to the network: who has a name, and which names has a node.

use core::time::Duration;
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddrV4};

use super::interface::{Port, Transmit};
use super::limits::{
    ALL_ANSWERS_WAIT, BROADCAST_REQUESTS, BROADCAST_RETRY, MAX_ANSWERS, MAX_CACHE_TIME,
    MAX_CACHED_NAMES, MAX_QUERIES, UNICAST_RETRY,
};
use super::send::PendingWrite;
use super::{Event, Node, NodeError};
use crate::time::Instant;
use crate::wire::nbns::{NbEntry, NodeName, Packet};
use crate::wire::netbios::{Name, Suffix};

/// A question that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QueryId(u64);

/// What is asked, and of whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Who has a name: everyone is asked, the first answer ends it.
    Owner,
    /// Who has a name: everyone is asked, all answers of a second are wanted.
    Owners,
    /// Whether that host, or name server, has or knows the name.
    OwnerAt(SocketAddrV4),
    /// Which names the host at this address has.
    StatusAt(SocketAddrV4),
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Who gave it.
    pub from: SocketAddrV4,
    /// Through which interface it came.
    pub interface: u32,
    /// What it says.
    pub found: Found,
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The owners of the name.
    Owners {
        /// Their addresses, at least one.
        entries: Vec<NbEntry>,
        /// Seconds that they may be remembered.
        ttl: u32,
    },
    /// The names of the node.
    Status {
        /// The names.
        names: Vec<NodeName>,
        /// The node's hardware address, where it says so.
        unit_id: Option<[u8; 6]>,
    },
}

/// Where a name is: what [`Resolver`] remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) entry: NbEntry,
    pub(super) interface: u32,
}

#[derive(Debug)]
struct Query {
    id: QueryId,
    name: Name,
    question: Question,
    trn_id: u16,
    sent: u8,
    due: Instant,
    answers: Vec<Answer>,
    /// The message that waits for the answer, where that is why it was asked.
    write: Option<PendingWrite>,
}

/// A question that is over.
#[derive(Debug)]
pub(super) struct Ended {
    id: QueryId,
    name: Name,
    answers: Vec<Answer>,
    write: Option<PendingWrite>,
}

impl Query {
    fn end(self) -> Ended {
        let Self { id, name, answers, write, .. } = self;
        Ended { id, name, answers, write }
    }

    fn asks(&self) -> Option<SocketAddrV4> {
        match self.question {
            Question::Owner | Question::Owners => None,
            Question::OwnerAt(to) | Question::StatusAt(to) => Some(to),
        }
    }
}

/// Questions that wait, and answers that are remembered.
#[derive(Debug, Default)]
pub(super) struct Resolver {
    queries: Vec<Query>,
    next_id: u64,
    cache: HashMap<Name, (Owner, Instant)>,
}

impl Resolver {
    /// Where a name was a moment ago.
    pub(super) fn cached(&self, now: Instant, name: &Name) -> Option<Owner> {
        let (owner, until) = self.cache.get(&name.folded())?;
        (now < *until).then_some(*owner)
    }

    fn remember(&mut self, now: Instant, name: &Name, owner: Owner, ttl: u32) {
        // Whoever answers for a local master browser may be another the next moment.
        if name.suffix() == Suffix::LOCAL_MASTER_BROWSER {
            return;
        }
        if self.cache.len() >= MAX_CACHED_NAMES {
            self.cache.retain(|_, (_, until)| now < *until);
            if self.cache.len() >= MAX_CACHED_NAMES {
                let oldest = self.cache.iter().min_by_key(|(_, (_, until))| *until);
                if let Some(oldest) = oldest.map(|(name, _)| *name) {
                    self.cache.remove(&oldest);
                }
            }
        }
        let ttl = Duration::from_secs(u64::from(ttl)).min(MAX_CACHE_TIME);
        // 0 is for ever.
        let ttl = if ttl.is_zero() { MAX_CACHE_TIME } else { ttl };
        self.cache.insert(name.folded(), (owner, now + ttl));
    }

    /// A host gives a name up, or another one takes it.
    pub(super) fn forget(&mut self, name: &Name) {
        self.cache.remove(&name.folded());
    }

    /// What was found through an interface.
    pub(super) fn forget_through(&mut self, interface: u32) {
        self.cache.retain(|_, (owner, _)| owner.interface != interface);
    }

    /// What is due is due that much earlier.
    pub(super) fn advance(&mut self, by: Duration) {
        for query in &mut self.queries {
            query.due = query.due.before(by);
        }
        for (_, until) in self.cache.values_mut() {
            *until = until.before(by);
        }
    }

    /// An answer; none where nothing like it was asked, else what it ends. To what everyone was
    /// asked, only those of the own networks are answers.
    pub(super) fn answered(
        &mut self,
        now: Instant,
        trn_id: u16,
        name: &Name,
        answer: Answer,
        on_link: bool,
    ) -> Option<Vec<Ended>> {
        let at = self.queries.iter().position(|query| {
            query.trn_id == trn_id
                && query.name.matches(name)
                && query.asks().map_or(on_link, |asked| asked.ip() == answer.from.ip())
                && matches!(query.question, Question::StatusAt(_))
                    == matches!(answer.found, Found::Status { .. })
        })?;
        let query = self.queries.get_mut(at)?;
        if query.answers.iter().any(|known| known.from == answer.from) {
            // nmbd answers twice.
            return Some(Vec::new());
        }
        let name = query.name;
        // What one host says when it is asked is not what everyone knows.
        let remember = query.answers.is_empty() && query.asks().is_none();
        let remembered = match &answer.found {
            Found::Owners { entries, ttl } if remember => {
                entries.first().map(|&entry| (Owner { entry, interface: answer.interface }, *ttl))
            }
            _ => None,
        };
        if query.answers.len() < MAX_ANSWERS {
            query.answers.push(answer);
        }
        let over = query.question != Question::Owners;
        if let Some((owner, ttl)) = remembered {
            self.remember(now, &name, owner, ttl);
        }
        Some(if over { vec![self.queries.swap_remove(at).end()] } else { Vec::new() })
    }

    /// The host that was asked says no, of which name it may leave out.
    pub(super) fn refused(
        &mut self,
        trn_id: u16,
        name: Option<&Name>,
        from: SocketAddrV4,
    ) -> Option<Vec<Ended>> {
        let at = self.queries.iter().position(|query| {
            query.trn_id == trn_id
                && name.is_none_or(|name| query.name.matches(name))
                && query.asks().is_some_and(|asked| asked.ip() == from.ip())
        })?;
        Some(vec![self.queries.swap_remove(at).end()])
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.queries.iter().map(|query| query.due).min()
    }
}

impl Node {
    /// Asks the network; [`Event::Answered`] tells how it ended.
    ///
    /// # Errors
    ///
    /// [`NodeError::NoInterface`] where there is no network, [`NodeError::TooMany`] where too many
    /// questions wait.
    pub fn query(
        &mut self,
        now: Instant,
        name: Name,
        question: Question,
    ) -> Result<QueryId, NodeError> {
        self.ask(now, name, question, None)
    }

    pub(super) fn ask(
        &mut self,
        now: Instant,
        name: Name,
        question: Question,
        write: Option<PendingWrite>,
    ) -> Result<QueryId, NodeError> {
        self.set_clock(now);
        if self.attached.is_empty() {
            return Err(NodeError::NoInterface);
        }
        if self.resolver.queries.len() >= MAX_QUERIES {
            return Err(NodeError::TooMany);
        }
        let id = QueryId(self.resolver.next_id);
        self.resolver.next_id += 1;
        let trn_id = self.random.u16();
        let query =
            Query { id, name, question, trn_id, sent: 0, due: now, answers: Vec::new(), write };
        self.resolver.queries.push(query);
        self.run_queries(now);
        Ok(id)
    }

    /// Asks again what is due, and ends what nobody answered.
    pub(super) fn run_queries(&mut self, now: Instant) {
        let mut at = 0;
        while let Some(query) = self.resolver.queries.get_mut(at) {
            if query.due > now {
                at += 1;
                continue;
            }
            if query.sent >= BROADCAST_REQUESTS {
                let ended = self.resolver.queries.swap_remove(at).end();
                self.query_ended(now, ended);
                continue;
            }
            query.sent += 1;
            let last = query.sent == BROADCAST_REQUESTS;
            query.due = now
                + match query.question {
                    Question::Owners if last => ALL_ANSWERS_WAIT,
                    Question::Owner | Question::Owners => BROADCAST_RETRY,
                    Question::OwnerAt(_) | Question::StatusAt(_) => UNICAST_RETRY,
                };
            let (name, question, trn_id) = (query.name, query.question, query.trn_id);
            self.send_query(name, question, trn_id);
            at += 1;
        }
    }

    fn send_query(&mut self, name: Name, question: Question, trn_id: u16) {
        let name = self.names.scoped(name);
        let (packet, to) = match question {
            Question::Owner | Question::Owners => (Packet::name_query(trn_id, name, true), None),
            Question::OwnerAt(to) => (Packet::name_query(trn_id, name, false), Some(to)),
            Question::StatusAt(to) => (Packet::node_status_request(trn_id, name, false), Some(to)),
        };
        let payload = packet.to_vec();
        match to {
            None => {
                for on in 0..self.attached.len() {
                    self.broadcast(on, Port::Name, payload.clone());
                }
            }
            Some(to) => self.unicast(Port::Name, to, payload),
        }
    }

    /// To one host, through the interface of its network; where it is on none, the system knows the
    /// way.
    pub(super) fn unicast(&mut self, port: Port, to: SocketAddrV4, payload: Vec<u8>) {
        let near = self.attached.iter().find(|attached| attached.interface.is_on_link(*to.ip()));
        let (interface, from) = near.map_or((0, Ipv4Addr::UNSPECIFIED), |attached| {
            (attached.interface.index, attached.interface.address)
        });
        self.transmit(Transmit { port, interface, from, to, payload });
    }

    pub(super) fn query_ended(&mut self, now: Instant, ended: Ended) {
        let Ended { id, name, answers, write } = ended;
        match write {
            Some(write) => self.write_resolved(now, name, &answers, write),
            None => self.events.push_back(Event::Answered { id, name, answers }),
        }
    }
}
