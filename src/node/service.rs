//! Packets of the name service that came: answered, defended against, taken note of
//! ([RFC 1001] 15, [RFC 1002] 5.1, [MS-NBTE] 3.1).

use std::net::SocketAddrV4;

use super::claims::Attached;
use super::counters::NameDropReason;
use super::interface::{Port, Transmit};
use super::limits::{ANSWER_TTL, MAX_OWNERS};
use super::names::{Claim, Match, OwnName, Owned};
use super::resolve::{Answer, Found};
use super::{Node, Received, is_host};
use crate::time::Instant;
use crate::wire::nbns::{
    Kind, NameFlags, NbEntry, NmFlags, NodeName, NodeStatus, Packet, Rcode, Rdata, RrType,
    Statistics,
};
use crate::wire::netbios::{Form, Name, ScopedName};

/// What became of a packet that was of use.
enum Use {
    Answered,
    Taken,
}

impl Node {
    /// Takes one packet from the name service's port. What it leads to is in
    /// [`poll_transmit`](Self::poll_transmit) and [`poll_event`](Self::poll_event).
    pub fn input_name(&mut self, now: Instant, received: Received<'_>) {
        self.set_clock(now);
        self.name_counters.received += 1;
        match self.name_packet(now, &received) {
            Ok(Use::Answered) => self.name_counters.answered += 1,
            Ok(Use::Taken) => self.name_counters.used += 1,
            Err(reason) => self.name_counters.drop_for(reason),
        }
    }

    fn name_packet(
        &mut self,
        now: Instant,
        received: &Received<'_>,
    ) -> Result<Use, NameDropReason> {
        let from = received.from;
        if self.is_bad_source(received) {
            return Err(NameDropReason::BadSource);
        }
        if self.is_own(from, Port::Name) {
            return Err(NameDropReason::Own);
        }
        let packet = Packet::decode(received.payload).map_err(|_| NameDropReason::Malformed)?.value;
        let on = self.ingress(received);
        // Whom it asked itself, it hears from anywhere.
        match packet.kind() {
            Kind::PositiveNameQueryResponse => {
                return self.query_answered(now, received, on, &packet);
            }
            Kind::NegativeNameQueryResponse => {
                return self.query_refused(now, received, on, &packet);
            }
            Kind::NodeStatusResponse => return self.status_answered(now, received, on, packet),
            _ => {}
        }
        let on = on.ok_or(NameDropReason::OffLink)?;
        match packet.kind() {
            Kind::NameQueryRequest => self.answer_query(now, received, on, &packet),
            Kind::NodeStatusRequest => self.answer_status(now, received, on, &packet),
            Kind::NameRegistrationRequest
            | Kind::NameOverwriteRequest
            | Kind::MultihomedNameRegistrationRequest
            | Kind::NameRefreshRequest => self.defend(now, received, on, &packet),
            Kind::NameReleaseRequest => {
                let name = packet.name().ok_or(NameDropReason::Malformed)?;
                self.resolver.forget(&name.name);
                Ok(Use::Taken)
            }
            Kind::NegativeNameRegistrationResponse => self.claim_refused(now, from, on, &packet),
            Kind::NameConflictDemand => self.conflict_demanded(now, from, on, &packet),
            _ => Err(NameDropReason::Unsupported),
        }
    }

    /// The interface that a packet came in through, where its sender is on that network; of
    /// several addresses there, the one that it was sent to.
    fn ingress(&self, received: &Received<'_>) -> Option<usize> {
        let near = |attached: &Attached| {
            attached.interface.index == received.interface
                && attached.interface.is_on_link(*received.from.ip())
        };
        let asked =
            |attached: &Attached| near(attached) && attached.interface.address == *received.to.ip();
        self.attached.iter().position(asked).or_else(|| self.attached.iter().position(near))
    }

    /// The own name that a packet is about, where it is owned on that interface.
    fn owned(&self, on: usize, name: &ScopedName<'_>) -> Option<usize> {
        let Match::Own(own) = self.names.find(name) else { return None };
        self.claim(on, own).filter(|claim| claim.is_owned()).map(|_| own)
    }

    /// To where a packet came from, from where it was sent to.
    fn answer(
        &mut self,
        on: usize,
        received: &Received<'_>,
        packet: &Packet<'_>,
    ) -> Result<Use, NameDropReason> {
        let interface = &self.attached.get(on).ok_or(NameDropReason::OffLink)?.interface;
        let asked = *received.to.ip();
        self.transmit(Transmit {
            port: Port::Name,
            interface: interface.index,
            from: if self.has_address(asked) { asked } else { interface.address },
            to: received.from,
            payload: packet.to_vec(),
        });
        Ok(Use::Answered)
    }

    /// [RFC 1001] 15.1.1: broadcast, only owners answer; asked directly, others say no.
    fn answer_query(
        &mut self,
        now: Instant,
        received: &Received<'_>,
        on: usize,
        packet: &Packet<'_>,
    ) -> Result<Use, NameDropReason> {
        let asked = *packet.questions.first().ok_or(NameDropReason::Malformed)?;
        if asked.question_type != RrType::NB {
            return Err(NameDropReason::Unsupported);
        }
        let trn_id = packet.header.name_trn_id;
        let name = ScopedName { form: Form::Literal, ..asked.name };
        let everyone = name.name == Name::WILDCARD && self.names.in_scope(name.scope);
        let own = self.owned(on, &name).or_else(|| {
            let claims = &self.attached.get(on)?.claims;
            let mut names = self.names.own.iter().zip(claims);
            names.position(|(own, claim)| everyone && !own.group && claim.is_owned())
        });
        if let Some(entry) = own.and_then(|own| self.entry(on, own)) {
            let response = Packet::positive_query_response(trn_id, name, ANSWER_TTL, &[entry]);
            return self.answer(on, received, &response);
        }
        // Whether the packet says so, or its way.
        let broadcast = packet.header.nm_flags.contains(NmFlags::BROADCAST);
        if broadcast || !self.has_address(*received.to.ip()) {
            return Err(NameDropReason::NotOurName);
        }
        if !self.limiter.admits(now, *received.from.ip()) {
            return Err(NameDropReason::Limited);
        }
        let response = Packet::negative_query_response(trn_id, name, Rcode::NAME);
        self.answer(on, received, &response)
    }

    /// [RFC 1002] 5.1.1.5: for any own name, and for `*`, which some tools pad with spaces.
    fn answer_status(
        &mut self,
        now: Instant,
        received: &Received<'_>,
        on: usize,
        packet: &Packet<'_>,
    ) -> Result<Use, NameDropReason> {
        let asked = packet.questions.first().ok_or(NameDropReason::Malformed)?.name;
        let asked = ScopedName { form: Form::Literal, ..asked };
        let everyone = asked.name.trimmed() == b"*" && self.names.in_scope(asked.scope);
        if !everyone && self.owned(on, &asked).is_none() {
            return Err(NameDropReason::NotOurName);
        }
        if !self.limiter.admits(now, *received.from.ip()) {
            return Err(NameDropReason::Limited);
        }
        let attached = self.attached.get(on).ok_or(NameDropReason::OffLink)?;
        let names = self.names.own.iter().zip(&attached.claims).filter_map(|(own, claim)| {
            let state = match claim {
                Claim::Owned { .. } => NameFlags::ACTIVE,
                Claim::Conflict { .. } => NameFlags::ACTIVE | NameFlags::CONFLICT,
                _ => return None,
            };
            let OwnName { name, group } = *own;
            let group = if group { NameFlags::GROUP } else { NameFlags::empty() };
            Some(NodeName { name, name_flags: state | group })
        });
        let statistics = Statistics::new(attached.interface.unit_id);
        let status = NodeStatus::new(names.collect(), &statistics);
        let response = Packet::node_status_response(packet.header.name_trn_id, asked, status);
        self.answer(on, received, &response)
    }

    /// Someone takes a name: refused where it is ours, unless it is a group's for both
    /// ([RFC 1001] 15.2.2).
    ///
    /// [RFC 1002] 4.2.6 does not say whose address the refusal has. Others name the owner
    /// when the request is broadcast; to a request for them alone, Samba repeats its record, as
    /// name servers do.
    fn defend(
        &mut self,
        now: Instant,
        received: &Received<'_>,
        on: usize,
        packet: &Packet<'_>,
    ) -> Result<Use, NameDropReason> {
        let claimed = packet.entries().next().ok_or(NameDropReason::Malformed)?;
        let asked = packet.questions.first().ok_or(NameDropReason::Malformed)?.name;
        let name = ScopedName { form: Form::Literal, ..asked };
        let Some(own) = self.owned(on, &name) else {
            self.resolver.forget(&name.name);
            return self.yield_to(now, received.from, on, packet, claimed.is_group());
        };
        let owned = self.entry(on, own).ok_or(NameDropReason::OffLink)?;
        if owned.is_group() && claimed.is_group() {
            return Ok(Use::Taken);
        }
        let entry = if self.has_address(*received.to.ip()) { claimed } else { owned };
        let trn_id = packet.header.name_trn_id;
        let response = Packet::registration_response(trn_id, name, Rcode::ACTIVE, 0, entry);
        self.answer(on, received, &response)
    }

    /// Two claim a name at once, and neither owns it yet: the higher address gives way.
    fn yield_to(
        &mut self,
        now: Instant,
        from: SocketAddrV4,
        on: usize,
        packet: &Packet<'_>,
        group: bool,
    ) -> Result<Use, NameDropReason> {
        let own = self.about_own(packet)?;
        let ours = self.entry(on, own).ok_or(NameDropReason::OffLink)?;
        let claiming = matches!(self.claim(on, own), Some(Claim::Claiming { .. }));
        if claiming && !(group && ours.is_group()) && *from.ip() < ours.nb_address {
            self.lose(now, on, own, *from.ip());
        }
        Ok(Use::Taken)
    }

    /// An owner objects to a claim of ours.
    fn claim_refused(
        &mut self,
        now: Instant,
        from: SocketAddrV4,
        on: usize,
        packet: &Packet<'_>,
    ) -> Result<Use, NameDropReason> {
        let own = self.about_own(packet)?;
        match self.claim(on, own) {
            Some(&Claim::Claiming { trn_id, .. }) if trn_id == packet.header.name_trn_id => {
                self.lose(now, on, own, *from.ip());
                Ok(Use::Taken)
            }
            // The answer to our last demand came late.
            Some(Claim::Owned { .. }) => {
                self.doubt(now, on, own);
                Ok(Use::Taken)
            }
            _ => Err(NameDropReason::Unasked),
        }
    }

    /// Trivially forged, so only a reason to ask; but in answer to a claim of ours a refusal as any
    /// other.
    fn conflict_demanded(
        &mut self,
        now: Instant,
        from: SocketAddrV4,
        on: usize,
        packet: &Packet<'_>,
    ) -> Result<Use, NameDropReason> {
        let own = self.about_own(packet)?;
        match self.claim(on, own) {
            Some(&Claim::Claiming { trn_id, .. }) if trn_id == packet.header.name_trn_id => {
                self.lose(now, on, own, *from.ip());
            }
            _ => self.doubt(now, on, own),
        }
        Ok(Use::Taken)
    }

    fn about_own(&self, packet: &Packet<'_>) -> Result<usize, NameDropReason> {
        let name = packet.name().ok_or(NameDropReason::Malformed)?;
        match self.names.find(&name) {
            Match::Own(own) if self.names.owned == Owned::Claimed => Ok(own),
            _ => Err(NameDropReason::NotOurName),
        }
    }

    fn query_answered(
        &mut self,
        now: Instant,
        received: &Received<'_>,
        on: Option<usize>,
        packet: &Packet<'_>,
    ) -> Result<Use, NameDropReason> {
        let trn_id = packet.header.name_trn_id;
        let name = packet.name().ok_or(NameDropReason::Malformed)?;
        let mut entries: Vec<NbEntry> = packet.entries().take(MAX_OWNERS).collect();
        // Of groups, name servers say the address of everyone.
        let possible = |entry: &NbEntry| entry.is_group() || is_host(entry.nb_address);
        if entries.is_empty() || !entries.iter().all(possible) {
            return Err(NameDropReason::Malformed);
        }
        if on.is_some_and(|on| self.doubt_answered(now, received, on, packet)) {
            return Ok(Use::Taken);
        }
        // Of a host with several, the one that is reached without a router, in the host's order.
        if let Some(Attached { interface, .. }) = on.and_then(|on| self.attached.get(on)) {
            entries.sort_by_key(|entry| !interface.is_on_link(entry.nb_address));
        }
        let ttl = packet.answers.first().map_or(0, |record| record.ttl);
        self.found(now, received, on, (trn_id, name), Found::Owners { entries, ttl })
    }

    /// Whether it answers a question whether anybody else has a name of ours.
    fn doubt_answered(
        &mut self,
        now: Instant,
        received: &Received<'_>,
        on: usize,
        packet: &Packet<'_>,
    ) -> bool {
        let Ok(own) = self.about_own(packet) else { return false };
        let Some(&Claim::Owned { doubt: Some(doubt), .. }) = self.claim(on, own) else {
            return false;
        };
        if doubt.trn_id != packet.header.name_trn_id {
            return false;
        }
        let group = self.names.own.get(own).is_some_and(|own| own.group);
        let shared = group && packet.entries().all(NbEntry::is_group);
        // What a proxy heard of us, it tells us.
        let ours = packet.entries().all(|entry| self.has_address(entry.nb_address));
        if !shared && !ours {
            self.lose(now, on, own, *received.from.ip());
        }
        true
    }

    fn query_refused(
        &mut self,
        now: Instant,
        received: &Received<'_>,
        on: Option<usize>,
        packet: &Packet<'_>,
    ) -> Result<Use, NameDropReason> {
        let name = packet.name().map(|name| name.name);
        let trn_id = packet.header.name_trn_id;
        let ended = self.resolver.refused(trn_id, name.as_ref(), received.from);
        self.finish_queries(now, ended, on)
    }

    fn status_answered(
        &mut self,
        now: Instant,
        received: &Received<'_>,
        on: Option<usize>,
        packet: Packet<'_>,
    ) -> Result<Use, NameDropReason> {
        let trn_id = packet.header.name_trn_id;
        let name = packet.name().ok_or(NameDropReason::Malformed)?;
        let found = packet.answers.into_iter().find_map(|record| match record.rdata {
            Rdata::NodeStatus(status) => {
                let unit_id = status.unit_id();
                Some(Found::Status { names: status.names, unit_id })
            }
            _ => None,
        });
        let found = found.ok_or(NameDropReason::Malformed)?;
        self.found(now, received, on, (trn_id, name), found)
    }

    /// An answer, to whatever question has that id and name.
    fn found(
        &mut self,
        now: Instant,
        received: &Received<'_>,
        on: Option<usize>,
        (trn_id, name): (u16, ScopedName<'_>),
        found: Found,
    ) -> Result<Use, NameDropReason> {
        let Received { from, interface, .. } = *received;
        let answer = Answer { from, interface, found };
        let ended = if self.names.in_scope(name.scope) {
            self.resolver.answered(now, trn_id, &name.name, answer, on.is_some())
        } else {
            None
        };
        self.finish_queries(now, ended, on)
    }

    /// Tells of the questions that ended, where one was asked.
    fn finish_queries(
        &mut self,
        now: Instant,
        ended: Option<Vec<super::resolve::Ended>>,
        on: Option<usize>,
    ) -> Result<Use, NameDropReason> {
        let unasked = on.map_or(NameDropReason::OffLink, |_| NameDropReason::Unasked);
        for ended in ended.ok_or(unasked)? {
            self.query_ended(now, ended);
        }
        Ok(Use::Taken)
    }
}
