//! The packets that nodes write ([RFC 1002] 4.2).

use alloc::borrow::ToOwned;
use alloc::vec;
use alloc::vec::Vec;
use core::net::Ipv4Addr;

use super::header::{Header, NmFlags, Opcode, Rcode};
use super::record::{NbEntry, Rdata, Record, RrType};
use super::status::NodeStatus;
use super::{CLASS_IN, Packet, QUESTION_NAME_AT, Question};
use crate::wire::netbios::{Form, ScopedName};

/// What a node says of a name: that it takes, keeps or leaves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim<'a> {
    /// The name.
    pub name: ScopedName<'a>,
    /// Whether it is a group's, and the node's address.
    pub entry: NbEntry,
    /// Seconds; 0 for as long as the node lives.
    pub ttl: u32,
    /// To everyone rather than to a name server.
    pub broadcast: bool,
}

impl<'a> Packet<'a> {
    fn request(name_trn_id: u16, opcode: Opcode, nm_flags: NmFlags) -> Self {
        let header = Header { name_trn_id, response: false, opcode, nm_flags, rcode: Rcode::OK };
        Self::empty(header)
    }

    fn response(name_trn_id: u16, opcode: Opcode, nm_flags: NmFlags, rcode: Rcode) -> Self {
        let nm_flags = nm_flags | NmFlags::AUTHORITATIVE;
        Self::empty(Header { name_trn_id, response: true, opcode, nm_flags, rcode })
    }

    pub(super) const fn empty(header: Header) -> Self {
        Self {
            header,
            questions: Vec::new(),
            answers: Vec::new(),
            authority: Vec::new(),
            additional: Vec::new(),
            uncounted: None,
            trailing: &[],
        }
    }

    fn asking(mut self, name: ScopedName<'a>, question_type: RrType) -> Self {
        self.questions = vec![Question { name, question_type, question_class: CLASS_IN }];
        self
    }

    fn answering(mut self, record: Record<'a>) -> Self {
        self.answers = vec![record];
        self
    }

    /// NAME QUERY REQUEST ([RFC 1002] 4.2.12), word 0110 to everyone, 0100 to a name server or a
    /// node.
    pub fn name_query(name_trn_id: u16, name: ScopedName<'a>, broadcast: bool) -> Self {
        let flags = NmFlags::RECURSION_DESIRED | broadcast_flag(broadcast);
        Self::request(name_trn_id, Opcode::QUERY, flags).asking(name, RrType::NB)
    }

    /// NODE STATUS REQUEST ([RFC 1002] 4.2.17).
    pub fn node_status_request(name_trn_id: u16, name: ScopedName<'a>, broadcast: bool) -> Self {
        Self::request(name_trn_id, Opcode::QUERY, broadcast_flag(broadcast))
            .asking(name, RrType::NBSTAT)
    }

    /// NAME REGISTRATION REQUEST ([RFC 1002] 4.2.2), word 2910 or 2900.
    pub fn registration(name_trn_id: u16, claim: Claim<'a>) -> Self {
        Self::claiming(name_trn_id, Opcode::REGISTRATION, NmFlags::RECURSION_DESIRED, claim)
    }

    /// NAME OVERWRITE REQUEST & DEMAND ([RFC 1002] 4.2.3), word 2810 or 2800.
    pub fn overwrite(name_trn_id: u16, claim: Claim<'a>) -> Self {
        Self::claiming(name_trn_id, Opcode::REGISTRATION, NmFlags::empty(), claim)
    }

    /// NAME REFRESH REQUEST ([RFC 1002] 4.2.4) as everyone writes it, word 4010 or 4000.
    pub fn refresh(name_trn_id: u16, claim: Claim<'a>) -> Self {
        Self::claiming(name_trn_id, Opcode::REFRESH, NmFlags::empty(), claim)
    }

    /// MULTI-HOMED NAME REGISTRATION REQUEST ([MS-NBTE] 2.2.2), word 7900.
    pub fn multihomed_registration(name_trn_id: u16, claim: Claim<'a>) -> Self {
        let flags = NmFlags::RECURSION_DESIRED;
        Self::claiming(name_trn_id, Opcode::MULTIHOMED_REGISTRATION, flags, claim)
    }

    /// NAME RELEASE REQUEST & DEMAND ([RFC 1002] 4.2.9), word 3010 or 3000.
    pub fn release(name_trn_id: u16, claim: Claim<'a>) -> Self {
        Self::claiming(name_trn_id, Opcode::RELEASE, NmFlags::empty(), claim)
    }

    fn claiming(name_trn_id: u16, opcode: Opcode, flags: NmFlags, claim: Claim<'a>) -> Self {
        let flags = flags | broadcast_flag(claim.broadcast);
        let mut packet = Self::request(name_trn_id, opcode, flags).asking(claim.name, RrType::NB);
        let to_question = ScopedName { form: Form::Pointer(QUESTION_NAME_AT), ..claim.name };
        let rdata = Rdata::Nb(vec![claim.entry]);
        packet.additional = vec![Record::new(Some(to_question), RrType::NB, claim.ttl, rdata)];
        packet
    }

    /// POSITIVE NAME QUERY RESPONSE ([RFC 1002] 4.2.13) of an end node, word 8500 as Windows
    /// writes it.
    pub fn positive_query_response(
        name_trn_id: u16,
        name: ScopedName<'a>,
        ttl: u32,
        entries: &[NbEntry],
    ) -> Self {
        let rdata = Rdata::Nb(entries.to_owned());
        Self::response(name_trn_id, Opcode::QUERY, NmFlags::RECURSION_DESIRED, Rcode::OK)
            .answering(Record::new(Some(name), RrType::NB, ttl, rdata))
    }

    /// NEGATIVE NAME QUERY RESPONSE ([RFC 1002] 4.2.14), its record uncounted as Windows writes
    /// it.
    pub fn negative_query_response(name_trn_id: u16, name: ScopedName<'a>, rcode: Rcode) -> Self {
        let mut packet =
            Self::response(name_trn_id, Opcode::QUERY, NmFlags::RECURSION_DESIRED, rcode);
        packet.uncounted = Some(Record::new(Some(name), RrType::NULL, 0, Rdata::Opaque(&[])));
        packet
    }

    /// REDIRECT NAME QUERY RESPONSE ([RFC 1002] 4.2.15): ask that name server.
    pub fn redirect(
        name_trn_id: u16,
        name: ScopedName<'a>,
        ttl: u32,
        name_server: (ScopedName<'a>, Ipv4Addr),
    ) -> Self {
        let mut packet =
            Self::response(name_trn_id, Opcode::QUERY, NmFlags::RECURSION_DESIRED, Rcode::OK);
        packet.header.nm_flags.remove(NmFlags::AUTHORITATIVE);
        let (server, address) = name_server;
        packet.authority = vec![Record::new(Some(name), RrType::NS, ttl, Rdata::Ns(server))];
        packet.additional = vec![Record::new(Some(server), RrType::A, ttl, Rdata::A(address))];
        packet
    }

    /// POSITIVE, with a [`Rcode`] NEGATIVE NAME REGISTRATION RESPONSE ([RFC 1002] 4.2.5, 4.2.6),
    /// word AD80 with the code: the record has the owner's address.
    pub fn registration_response(
        name_trn_id: u16,
        name: ScopedName<'a>,
        rcode: Rcode,
        ttl: u32,
        owner: NbEntry,
    ) -> Self {
        let flags = NmFlags::RECURSION_DESIRED | NmFlags::RECURSION_AVAILABLE;
        Self::response(name_trn_id, Opcode::REGISTRATION, flags, rcode).answering(Record::new(
            Some(name),
            RrType::NB,
            ttl,
            Rdata::Nb(vec![owner]),
        ))
    }

    /// END-NODE CHALLENGE NAME REGISTRATION RESPONSE ([RFC 1002] 4.2.7), word AD00: ask that owner.
    pub fn end_node_challenge(
        name_trn_id: u16,
        name: ScopedName<'a>,
        ttl: u32,
        owner: NbEntry,
    ) -> Self {
        let flags = NmFlags::RECURSION_DESIRED;
        Self::response(name_trn_id, Opcode::REGISTRATION, flags, Rcode::OK).answering(Record::new(
            Some(name),
            RrType::NB,
            ttl,
            Rdata::Nb(vec![owner]),
        ))
    }

    /// NAME CONFLICT DEMAND ([RFC 1002] 4.2.8), word AD87: two nodes own that name.
    pub fn conflict_demand(name_trn_id: u16, name: ScopedName<'a>, entry: NbEntry) -> Self {
        let none = NbEntry { nb_address: Ipv4Addr::UNSPECIFIED, ..entry };
        Self::registration_response(name_trn_id, name, Rcode::CONFLICT, 0, none)
    }

    /// POSITIVE, with a [`Rcode`] NEGATIVE NAME RELEASE RESPONSE ([RFC 1002] 4.2.10, 4.2.11), word
    /// B400 with the code.
    pub fn release_response(
        name_trn_id: u16,
        name: ScopedName<'a>,
        rcode: Rcode,
        entry: NbEntry,
    ) -> Self {
        Self::response(name_trn_id, Opcode::RELEASE, NmFlags::empty(), rcode)
            .answering(Record::new(Some(name), RrType::NB, 0, Rdata::Nb(vec![entry])))
    }

    /// WAIT FOR ACKNOWLEDGEMENT RESPONSE ([RFC 1002] 4.2.16), word BC00: `ttl` seconds from now.
    pub fn wack(name: ScopedName<'a>, ttl: u32, request: Header) -> Self {
        let (name_trn_id, word) = request.to_words();
        Self::response(name_trn_id, Opcode::WACK, NmFlags::empty(), Rcode::OK)
            .answering(Record::new(Some(name), RrType::NULL, ttl, Rdata::Wack(word)))
    }

    /// NODE STATUS RESPONSE ([RFC 1002] 4.2.18), word 8400.
    pub fn node_status_response(
        name_trn_id: u16,
        name: ScopedName<'a>,
        status: NodeStatus<'a>,
    ) -> Self {
        let rdata = Rdata::NodeStatus(status);
        Self::response(name_trn_id, Opcode::QUERY, NmFlags::empty(), Rcode::OK)
            .answering(Record::new(Some(name), RrType::NBSTAT, 0, rdata))
    }
}

fn broadcast_flag(broadcast: bool) -> NmFlags {
    if broadcast { NmFlags::BROADCAST } else { NmFlags::empty() }
}
