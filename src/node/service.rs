//! Packets of the name service that came: answered, defended against, taken note of
//! ([RFC 1001] 15, [RFC 1002] 5.1, [MS-NBTE] 3.1).

use std::net::SocketAddrV4;

use super::counters::NameDropReason;
use super::interface::{Port, Transmit};
use super::limits::ANSWER_TTL;
use super::names::{Claim, Match, OwnName, Owned};
use super::resolve::{Answer, Found};
use super::{Node, Received, is_possible};
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
        if !is_possible(from) || self.is_loopback_from_outside(received) {
            return Err(NameDropReason::BadSource);
        }
        if self.is_own(from, Port::Name) {
            return Err(NameDropReason::Own);
        }
        let packet = Packet::decode(received.payload).map_err(|_| NameDropReason::Malformed)?.value;
        let on = self.ingress(received).ok_or(NameDropReason::OffLink)?;
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
            Kind::NameConflictDemand => self.conflict_demanded(now, on, &packet),
            Kind::PositiveNameQueryResponse => self.query_answered(now, from, on, &packet),
            Kind::NegativeNameQueryResponse => {
                let ended = self.resolver.refused(packet.header.name_trn_id, from);
                self.finish_queries(now, ended).ok_or(NameDropReason::Unasked)
            }
            Kind::NodeStatusResponse => self.status_answered(now, from, on, packet),
            _ => Err(NameDropReason::Unsupported),
        }
    }

    /// The interface that a packet came in through, where its sender is on that network.
    fn ingress(&self, received: &Received<'_>) -> Option<usize> {
        self.attached.iter().position(|attached| {
            attached.interface.index == received.interface
                && attached.interface.is_on_link(*received.from.ip())
        })
    }

    /// The own name that a packet is about, where it is owned on that interface.
    fn owned(&self, on: usize, name: &ScopedName<'_>) -> Option<usize> {
        let Match::Own(own) = self.names.find(name) else { return None };
        self.claim(on, own).filter(|claim| claim.is_owned()).map(|_| own)
    }

    fn answer(
        &mut self,
        on: usize,
        to: SocketAddrV4,
        packet: &Packet<'_>,
    ) -> Result<Use, NameDropReason> {
        let interface = &self.attached.get(on).ok_or(NameDropReason::OffLink)?.interface;
        self.transmit(Transmit {
            port: Port::Name,
            interface: interface.index,
            from: interface.address,
            to,
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
            let first_unique = self.names.own.iter().position(|own| !own.group)?;
            (everyone && self.claim(on, first_unique)?.is_owned()).then_some(first_unique)
        });
        if let Some(entry) = own.and_then(|own| self.entry(on, own)) {
            let response = Packet::positive_query_response(trn_id, name, ANSWER_TTL, &[entry]);
            return self.answer(on, received.from, &response);
        }
        if self.is_broadcast(on, received, packet) {
            return Err(NameDropReason::NotOurName);
        }
        if !self.limiter.admits(now, *received.from.ip()) {
            return Err(NameDropReason::Limited);
        }
        let response = Packet::negative_query_response(trn_id, name, Rcode::NAME);
        self.answer(on, received.from, &response)
    }

    fn is_broadcast(&self, on: usize, received: &Received<'_>, packet: &Packet<'_>) -> bool {
        packet.header.nm_flags.contains(NmFlags::BROADCAST) || !self.is_unicast(on, received)
    }

    fn is_unicast(&self, on: usize, received: &Received<'_>) -> bool {
        let here = self.attached.get(on).map(|attached| attached.interface.address);
        here == Some(*received.to.ip())
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
        self.answer(on, received.from, &response)
    }

    /// Someone takes a name: refused where it is ours, unless it is a group's for both
    /// ([RFC 1001] 15.2.2).
    ///
    /// [RFC 1002] 4.2.6 does not say whose address the refusal has. Hosts of Windows name the owner
    /// when the request is broadcast; to a request for them alone, Samba repeats its record, as
    /// name servers do.
    fn defend(
        &mut self,
        now: Instant,
        received: &Received<'_>,
        on: usize,
        packet: &Packet<'_>,
    ) -> Result<Use, NameDropReason> {
        let asked = packet.questions.first().ok_or(NameDropReason::Malformed)?.name;
        let name = ScopedName { form: Form::Literal, ..asked };
        let Some(own) = self.owned(on, &name) else {
            self.resolver.forget(&name.name);
            return self.yield_to(now, received.from, on, packet);
        };
        let claimed = packet.entries().next();
        let owned = self.entry(on, own).ok_or(NameDropReason::OffLink)?;
        if owned.is_group() && claimed.is_some_and(NbEntry::is_group) {
            return Ok(Use::Taken);
        }
        let entry = claimed.filter(|_| self.is_unicast(on, received)).unwrap_or(owned);
        let trn_id = packet.header.name_trn_id;
        let response = Packet::registration_response(trn_id, name, Rcode::ACTIVE, 0, entry);
        self.answer(on, received.from, &response)
    }

    /// Two claim a name at once, and neither owns it yet: the higher address gives way.
    fn yield_to(
        &mut self,
        now: Instant,
        from: SocketAddrV4,
        on: usize,
        packet: &Packet<'_>,
    ) -> Result<Use, NameDropReason> {
        let own = self.about_own(packet)?;
        let ours = self.entry(on, own).ok_or(NameDropReason::OffLink)?;
        let group = packet.entries().next().is_some_and(NbEntry::is_group);
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

    /// Trivially forged, so only a reason to ask.
    fn conflict_demanded(
        &mut self,
        now: Instant,
        on: usize,
        packet: &Packet<'_>,
    ) -> Result<Use, NameDropReason> {
        let own = self.about_own(packet)?;
        self.doubt(now, on, own);
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
        from: SocketAddrV4,
        on: usize,
        packet: &Packet<'_>,
    ) -> Result<Use, NameDropReason> {
        let trn_id = packet.header.name_trn_id;
        let name = packet.name().ok_or(NameDropReason::Malformed)?;
        if let Ok(own) = self.about_own(packet) {
            if let Some(Claim::Owned { doubt: Some(doubt), .. }) = self.claim(on, own) {
                let both_groups = packet.entries().all(NbEntry::is_group)
                    && self.names.own.get(own).is_some_and(|own| own.group);
                if doubt.trn_id == trn_id && !both_groups {
                    self.lose(now, on, own, *from.ip());
                    return Ok(Use::Taken);
                }
            }
        }
        let entries: Vec<NbEntry> = packet.entries().collect();
        if entries.is_empty() {
            return Err(NameDropReason::Malformed);
        }
        let ttl = packet.answers.first().map_or(0, |record| record.ttl);
        let answer = self.answer_from(on, from, Found::Owners { entries, ttl });
        let ended = self.resolver.answered(now, trn_id, &name.name, answer);
        self.finish_queries(now, ended).ok_or(NameDropReason::Unasked)
    }

    fn status_answered(
        &mut self,
        now: Instant,
        from: SocketAddrV4,
        on: usize,
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
        let answer = self.answer_from(on, from, found.ok_or(NameDropReason::Malformed)?);
        let ended = self.resolver.answered(now, trn_id, &name.name, answer);
        self.finish_queries(now, ended).ok_or(NameDropReason::Unasked)
    }

    fn answer_from(&self, on: usize, from: SocketAddrV4, found: Found) -> Answer {
        let interface = self.attached.get(on).map_or(0, |attached| attached.interface.index);
        Answer { from, interface, found }
    }

    /// Tells of the questions that ended; none where nothing was asked.
    fn finish_queries(
        &mut self,
        now: Instant,
        ended: Option<Vec<super::resolve::Ended>>,
    ) -> Option<Use> {
        for ended in ended? {
            self.query_ended(now, ended);
        }
        Some(Use::Taken)
    }
}
