//! [RFC 1002] 4.2.

mod deviations;
mod vectors;

use std::net::Ipv4Addr;

use mailslot::wire::nbns::{
    Claim, Header, Kind, NameFlags, NbEntry, NbFlags, NmFlags, NodeName, NodeStatus, Opcode,
    Packet, Question, Rcode, Rdata, Record, RrType, Statistics,
};
use mailslot::wire::netbios::{Form, Name, ScopeBuf, ScopedName, Suffix};
use proptest::prelude::*;

use super::laws;

fn name(text: &str) -> ScopedName<'static> {
    Name::new(text, Suffix::SERVER).expect("a name").into()
}

const OWNER: NbEntry =
    NbEntry { nb_flags: NbFlags::empty(), nb_address: Ipv4Addr::new(192, 0, 2, 1) };

fn claim(name: ScopedName<'_>, broadcast: bool) -> Claim<'_> {
    Claim { name, entry: OWNER, ttl: 300_000, broadcast }
}

/// The words that [RFC 1002] 4.2 draws, and those that Windows writes.
#[test]
fn words_of_what_we_write() {
    let status = NodeStatus::new(vec![], &Statistics::new([0; 6]));
    let name = name("LINUXBOX");
    let response = |rcode| Packet::registration_response(1, name, rcode, 0, OWNER);
    let request = Packet::registration(1, claim(name, true)).header;
    for (packet, word, kind) in [
        (Packet::name_query(1, name, true), 0x0110, Kind::NameQueryRequest),
        (Packet::name_query(1, name, false), 0x0100, Kind::NameQueryRequest),
        (Packet::node_status_request(1, name, true), 0x0010, Kind::NodeStatusRequest),
        (Packet::node_status_request(1, name, false), 0x0000, Kind::NodeStatusRequest),
        (Packet::registration(1, claim(name, true)), 0x2910, Kind::NameRegistrationRequest),
        (Packet::registration(1, claim(name, false)), 0x2900, Kind::NameRegistrationRequest),
        (Packet::overwrite(1, claim(name, true)), 0x2810, Kind::NameOverwriteRequest),
        (Packet::overwrite(1, claim(name, false)), 0x2800, Kind::NameOverwriteRequest),
        (Packet::refresh(1, claim(name, true)), 0x4010, Kind::NameRefreshRequest),
        (Packet::refresh(1, claim(name, false)), 0x4000, Kind::NameRefreshRequest),
        (
            Packet::multihomed_registration(1, claim(name, false)),
            0x7900,
            Kind::MultihomedNameRegistrationRequest,
        ),
        (Packet::release(1, claim(name, true)), 0x3010, Kind::NameReleaseRequest),
        (Packet::release(1, claim(name, false)), 0x3000, Kind::NameReleaseRequest),
        (
            Packet::positive_query_response(1, name, 0, &[OWNER]),
            0x8500,
            Kind::PositiveNameQueryResponse,
        ),
        (
            Packet::negative_query_response(1, name, Rcode::NAME),
            0x8503,
            Kind::NegativeNameQueryResponse,
        ),
        (
            Packet::redirect(1, name, 0, (name, OWNER.nb_address)),
            0x8100,
            Kind::RedirectNameQueryResponse,
        ),
        (response(Rcode::OK), 0xad80, Kind::PositiveNameRegistrationResponse),
        (response(Rcode::FORMAT), 0xad81, Kind::NegativeNameRegistrationResponse),
        (response(Rcode::ACTIVE), 0xad86, Kind::NegativeNameRegistrationResponse),
        (Packet::conflict_demand(1, name, OWNER), 0xad87, Kind::NameConflictDemand),
        (Packet::end_node_challenge(1, name, 0, OWNER), 0xad00, Kind::EndNodeChallengeResponse),
        (
            Packet::release_response(1, name, Rcode::OK, OWNER),
            0xb400,
            Kind::PositiveNameReleaseResponse,
        ),
        (
            Packet::release_response(1, name, Rcode::ACTIVE, OWNER),
            0xb406,
            Kind::NegativeNameReleaseResponse,
        ),
        (Packet::wack(name, 5, request), 0xbc00, Kind::Wack),
        (Packet::node_status_response(1, name, status.clone()), 0x8400, Kind::NodeStatusResponse),
    ] {
        let octets = packet.to_vec();
        assert_eq!(hex::encode(&octets[2..4]), hex::encode(u16::to_be_bytes(word)), "{packet}");
        assert_eq!(octets[..2], [0, 1], "{packet}");
        assert_eq!(packet.kind(), kind);
        assert_eq!(Packet::decode(&octets).expect("decodes").value.kind(), kind);
    }
}

fn entry() -> impl Strategy<Value = NbEntry> {
    (any::<u16>(), any::<u32>()).prop_map(|(flags, address)| NbEntry {
        nb_flags: NbFlags::from_bits_retain(flags),
        nb_address: address.into(),
    })
}

fn node_status() -> impl Strategy<Value = NodeStatus<'static>> {
    let name = (laws::name(), any::<u16>()).prop_map(|(name, flags)| NodeName {
        name,
        name_flags: NameFlags::from_bits_retain(flags),
    });
    (prop::collection::vec(name, 0..25), any::<[u8; 6]>())
        .prop_map(|(names, unit_id)| NodeStatus::new(names, &Statistics::new(unit_id)))
}

proptest! {
    #[test]
    fn every_packet(
        id in any::<u16>(),
        (names, server) in ((laws::name(), laws::scope()), (laws::name(), laws::scope())),
        (first, more) in (entry(), prop::collection::vec(entry(), 0..25)),
        (ttl, broadcast, rcode, word) in (any::<u32>(), any::<bool>(), 1..16_u8, any::<[u8; 4]>()),
        status in node_status(),
    ) {
        let scoped = |(name, scope): &(Name, ScopeBuf)| (*name, scope.clone());
        let ((name, scope), (server, server_scope)) = (scoped(&names), scoped(&server));
        let name = ScopedName { name, scope: scope.as_scope(), form: Form::Literal };
        let server = ScopedName { name: server, scope: server_scope.as_scope(), form: Form::Literal };
        let claim = Claim { name, entry: first, ttl, broadcast };
        let rcode = Rcode(rcode);
        let request = Header {
            name_trn_id: id,
            response: word[0] & 1 != 0,
            opcode: Opcode(word[1] & 15),
            nm_flags: NmFlags::from_bits_retain(u16::from(word[2]) << 4 & 0x07f0),
            rcode: Rcode(word[3] & 15),
        };
        for packet in [
            Packet::name_query(id, name, broadcast),
            Packet::node_status_request(id, name, broadcast),
            Packet::registration(id, claim),
            Packet::overwrite(id, claim),
            Packet::refresh(id, claim),
            Packet::multihomed_registration(id, claim),
            Packet::release(id, claim),
            Packet::positive_query_response(id, name, ttl, &more),
            Packet::negative_query_response(id, name, rcode),
            Packet::redirect(id, name, ttl, (server, first.nb_address)),
            Packet::registration_response(id, name, Rcode::OK, ttl, first),
            Packet::registration_response(id, name, rcode, ttl, first),
            Packet::end_node_challenge(id, name, ttl, first),
            Packet::conflict_demand(id, name, first),
            Packet::release_response(id, name, Rcode::OK, first),
            Packet::release_response(id, name, rcode, first),
            Packet::wack(name, ttl, request),
            Packet::node_status_response(id, name, status.clone()),
        ] {
            laws::check(&packet, &packet.to_vec());
        }
    }

    /// Whatever the header says, and whichever sections the records are in.
    #[test]
    fn any_header_with_any_records(
        id in any::<u16>(),
        (flags, opcode, rcode, response) in (any::<u16>(), 0..16_u8, 0..16_u8, any::<bool>()),
        name in laws::name(),
        entries in prop::collection::vec(entry(), 1..4),
        (questions, sections) in (0..3_usize, prop::array::uniform3(0..3_usize)),
        ttl in any::<u32>(),
    ) {
        let name = ScopedName::from(name);
        let question = Question { name, question_type: RrType::NB, question_class: 1 };
        let record = Record::new(Some(name), RrType::NB, ttl, Rdata::Nb(entries));
        let [answers, authority, additional] = sections.map(|count| vec![record.clone(); count]);
        let mut packet = Packet::name_query(id, name, false);
        packet.header = Header {
            name_trn_id: id,
            response,
            opcode: Opcode(opcode),
            nm_flags: NmFlags::from_bits_retain(flags & 0x07f0),
            rcode: Rcode(rcode),
        };
        packet.questions = vec![question; questions];
        (packet.answers, packet.authority, packet.additional) = (answers, authority, additional);
        laws::check(&packet, &packet.to_vec());
    }
}
