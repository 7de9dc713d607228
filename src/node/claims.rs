//! Taking names on interfaces, and leaving them ([RFC 1001] 15.2, [RFC 1002] 5.1.1).

use core::time::Duration;
use std::net::Ipv4Addr;

use super::interface::{Interface, Port, Transmit};
use super::limits::{
    BROADCAST_REQUESTS, BROADCAST_RETRY, CHECK_EVERY, CONFLICT_RETRY, FIRST_CHECK, MAX_INTERFACES,
    MAX_NAMES,
};
use super::names::{Claim, Doubt, NameState, Names, OwnName, Owned};
use super::{Event, Node, NodeError};
use crate::time::Instant;
use crate::wire::datagram::NodeType;
use crate::wire::nbns::{self, NbEntry, NbFlags, Packet};
use crate::wire::netbios::Name;

/// An interface, and how it stands with each own name there.
#[derive(Debug)]
pub(super) struct Attached {
    pub(super) interface: Interface,
    pub(super) claims: Vec<Claim>,
}

impl Node {
    /// The machine's addresses, all of them: the node finds out what came and what went. On a new
    /// one it claims its names; on one that is gone it has none any more.
    pub fn interfaces(&mut self, now: Instant, mut list: Vec<Interface>) {
        self.set_clock(now);
        list.truncate(MAX_INTERFACES);
        let (kept, gone) = std::mem::take(&mut self.attached)
            .into_iter()
            .partition(|attached| list.iter().any(|new| new.is_same(&attached.interface)));
        self.attached = kept;
        for Attached { interface, .. } in gone {
            // Its adapter may be on another network now, or be gone.
            self.resolver.forget_through(interface.index);
            self.events.push_back(Event::InterfaceDown(interface));
        }
        for interface in list {
            if self.attached.iter().any(|attached| attached.interface.is_same(&interface)) {
                continue;
            }
            self.events.push_back(Event::InterfaceUp(interface.clone()));
            let claims = if self.names.owned == Owned::Claimed { self.names.own.len() } else { 0 };
            let claims = (0..claims).map(|_| self.first_claim(now)).collect();
            self.attached.push(Attached { interface, claims });
        }
        self.run_claims(now);
    }

    /// Takes one more name, on all interfaces.
    ///
    /// # Errors
    ///
    /// [`NodeError::TooMany`] where there are [`MAX_NAMES`].
    pub fn add_name(&mut self, now: Instant, own: OwnName) -> Result<(), NodeError> {
        self.set_clock(now);
        if self.names.position(&own.name).is_some() {
            return Ok(());
        }
        if self.names.own.len() >= MAX_NAMES {
            return Err(NodeError::TooMany);
        }
        self.names.add(own);
        if self.names.owned != Owned::Claimed {
            return Ok(());
        }
        for on in 0..self.attached.len() {
            let claim = self.first_claim(now);
            if let Some(attached) = self.attached.get_mut(on) {
                attached.claims.push(claim);
            }
        }
        self.run_claims(now);
        Ok(())
    }

    /// Has these names in the place of those before, for a node whose names are [`Owned::Listed`]:
    /// another program of this machine owns them, and answers for them. The first
    /// [`MAX_NAMES`] of them, and the computer's and the workgroup's as
    /// in [`Config`](super::Config).
    pub fn list_names(
        &mut self,
        names: &[OwnName],
        computer: Option<Name>,
        workgroup: Option<Name>,
    ) {
        self.names = Names::new(Owned::Listed, names, self.names.scope.clone());
        self.config.computer = computer;
        self.config.workgroup = workgroup;
    }

    /// The computer's name and its workgroup's, where it has both.
    pub fn station(&self) -> Option<(Name, Name)> {
        self.config.computer.zip(self.config.workgroup)
    }

    /// At once; not at all where the names were given back already.
    fn first_claim(&mut self, now: Instant) -> Claim {
        if self.left { Claim::Released } else { self.random.claim(now) }
    }

    /// Leaves the network, for good: names are not answered for any more, and given back in three
    /// broadcasts.
    pub fn leave(&mut self, now: Instant) {
        self.set_clock(now);
        self.left = true;
        for on in 0..self.attached.len() {
            for own in 0..self.names.own.len() {
                let next = match self.claim(on, own) {
                    Some(Claim::Releasing { .. }) => continue,
                    Some(Claim::Owned { .. }) => {
                        Claim::Releasing { trn_id: self.random.u16(), sent: 0, due: now }
                    }
                    _ => Claim::Released,
                };
                self.set_claim(on, own, next);
            }
        }
        self.run_claims(now);
    }

    /// Whether all names are given back.
    pub fn has_left(&self) -> bool {
        let mut claims = self.attached.iter().flat_map(|attached| &attached.claims);
        claims.all(|claim| matches!(claim, Claim::Released))
    }

    /// The interfaces that are used.
    pub fn attached(&self) -> impl Iterator<Item = &Interface> {
        self.attached.iter().map(|attached| &attached.interface)
    }

    /// How it stands with every name on every interface.
    pub fn names(&self) -> impl Iterator<Item = (OwnName, &Interface, NameState)> {
        self.attached.iter().flat_map(|attached| {
            let names = self.names.own.iter().zip(&attached.claims);
            names.map(|(own, claim)| (*own, &attached.interface, claim.state()))
        })
    }

    pub(super) fn claims_deadline(&self) -> Option<Instant> {
        if self.names.owned != Owned::Claimed {
            return None;
        }
        let claims = self.attached.iter().flat_map(|attached| &attached.claims);
        claims.filter_map(Claim::deadline).min()
    }

    /// Does what is due: requests, demands, another try.
    pub(super) fn run_claims(&mut self, now: Instant) {
        if self.names.owned != Owned::Claimed {
            return;
        }
        for on in 0..self.attached.len() {
            for own in 0..self.names.own.len() {
                self.run_claim(now, on, own);
            }
        }
    }

    fn run_claim(&mut self, now: Instant, on: usize, own: usize) {
        let Some(&claim) = self.claim(on, own) else { return };
        if claim.deadline().is_none_or(|due| due > now) {
            return;
        }
        let due = now + BROADCAST_RETRY;
        let next = match claim {
            Claim::Claiming { trn_id, sent, .. } if sent < BROADCAST_REQUESTS => {
                self.broadcast_claim(on, own, |claim| Packet::registration(trn_id, claim));
                Claim::Claiming { trn_id, sent: sent + 1, due }
            }
            Claim::Claiming { trn_id, .. } => {
                self.broadcast_claim(on, own, |claim| Packet::overwrite(trn_id, claim));
                self.owned_until_check(now, own, FIRST_CHECK)
            }
            Claim::Owned { check, every, doubt: None } => {
                let doubt = Doubt { trn_id: self.random.u16(), sent: 0, due: now };
                self.set_claim(on, own, Claim::Owned { check, every, doubt: Some(doubt) });
                return self.run_claim(now, on, own);
            }
            Claim::Owned { check, every, doubt: Some(doubt) }
                if doubt.sent < BROADCAST_REQUESTS =>
            {
                let Some(name) = self.names.own.get(own).map(|own| own.name) else { return };
                let query = Packet::name_query(doubt.trn_id, self.names.scoped(name), true);
                let payload = query.to_vec();
                self.broadcast(on, Port::Name, payload);
                let doubt = Some(Doubt { sent: doubt.sent + 1, due, ..doubt });
                Claim::Owned { check, every, doubt }
            }
            // Nobody else has it.
            Claim::Owned { every, .. } => {
                self.owned_until_check(now, own, (4 * every).min(CHECK_EVERY))
            }
            Claim::Conflict { .. } => {
                let claim = self.random.claim(now);
                self.set_claim(on, own, claim);
                return self.run_claim(now, on, own);
            }
            Claim::Releasing { trn_id, sent, .. } if sent < BROADCAST_REQUESTS => {
                self.broadcast_claim(on, own, |claim| Packet::release(trn_id, claim));
                let last = sent + 1 == BROADCAST_REQUESTS;
                // Nobody answers a demand, so there is nothing to wait for behind the last.
                if last {
                    Claim::Released
                } else {
                    Claim::Releasing { trn_id, sent: sent + 1, due }
                }
            }
            Claim::Releasing { .. } | Claim::Released => Claim::Released,
        };
        self.set_claim(on, own, next);
    }

    /// Someone says that our name is in conflict: [`Doubt`] before belief.
    pub(super) fn doubt(&mut self, now: Instant, on: usize, own: usize) {
        if let Some(&Claim::Owned { every, doubt: None, .. }) = self.claim(on, own) {
            self.set_claim(on, own, Claim::Owned { check: now, every, doubt: None });
            self.run_claim(now, on, own);
        }
    }

    /// A group's name needs no check.
    fn owned_until_check(&mut self, now: Instant, own: usize, every: Duration) -> Claim {
        let group = self.names.own.get(own).is_some_and(|own| own.group);
        let check = now + every + self.random.up_to(every);
        Claim::Owned { check: if group { Instant::FAR_FUTURE } else { check }, every, doubt: None }
    }

    pub(super) fn lose(&mut self, now: Instant, on: usize, own: usize, by: Ipv4Addr) {
        let retry = now + CONFLICT_RETRY + self.random.up_to(CONFLICT_RETRY / 8);
        self.set_claim(on, own, Claim::Conflict { by, retry });
    }

    pub(super) fn claim(&self, on: usize, own: usize) -> Option<&Claim> {
        self.attached.get(on)?.claims.get(own)
    }

    fn set_claim(&mut self, on: usize, own: usize, next: Claim) {
        let Some(attached) = self.attached.get_mut(on) else { return };
        let (Some(claim), Some(own)) = (attached.claims.get_mut(own), self.names.own.get(own))
        else {
            return;
        };
        let (before, state) = (claim.state(), next.state());
        *claim = next;
        if before != state {
            let interface = attached.interface.clone();
            self.events.push_back(Event::Name { own: *own, interface, state });
        }
    }

    /// What this node says of a name on an interface.
    pub(super) fn entry(&self, on: usize, own: usize) -> Option<NbEntry> {
        let nb_address = self.attached.get(on)?.interface.address;
        let group = self.names.own.get(own)?.group;
        Some(NbEntry { nb_flags: NbFlags::new(group, NodeType::B), nb_address })
    }

    fn broadcast_claim(
        &mut self,
        on: usize,
        own: usize,
        packet: impl for<'a> FnOnce(nbns::Claim<'a>) -> Packet<'a>,
    ) {
        let Some(entry) = self.entry(on, own) else { return };
        let Some(name) = self.names.own.get(own).map(|own| own.name) else { return };
        let claim = nbns::Claim { name: self.names.scoped(name), entry, ttl: 0, broadcast: true };
        let payload = packet(claim).to_vec();
        self.broadcast(on, Port::Name, payload);
    }

    /// To everyone on an interface's network.
    pub(super) fn broadcast(&mut self, on: usize, port: Port, payload: Vec<u8>) {
        let Some(Attached { interface, .. }) = self.attached.get(on) else { return };
        let to = std::net::SocketAddrV4::new(interface.broadcast, self.port(port));
        let (from, interface) = (interface.address, interface.index);
        self.transmit(Transmit { port, interface, from, to, payload });
    }
}
