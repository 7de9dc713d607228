//! Datagrams of other transports than UDP, in the form that they have over UDP.

use std::net::{Ipv4Addr, SocketAddrV4};

use super::{Datagram, NBDGM};
use crate::capture::{Carrier, NetBios, Scope};
use crate::cli::record::{Protocol, Transport};
use crate::wire::datagram::{self, Body, Data, Flags, Header, MsgType};
use crate::wire::netbios::Name;

/// The datagram with the names, scope and user data of `netbios`; what else it has over UDP is what
/// a record without it means.
pub(super) fn over_udp(netbios: &NetBios<'_>) -> Vec<u8> {
    let msg_type = match netbios.scope {
        Scope::Unique => MsgType::DIRECT_UNIQUE,
        Scope::Group => MsgType::DIRECT_GROUP,
        Scope::Broadcast => MsgType::BROADCAST,
    };
    let header = Header {
        msg_type,
        flags: Flags::FIRST,
        dgm_id: 0,
        source_ip: Ipv4Addr::UNSPECIFIED,
        source_port: NBDGM,
    };
    let source = Name::from_bytes(netbios.source_name);
    let destination = Name::from_bytes(netbios.destination_name);
    let data = Data::whole(source.into(), destination.into(), netbios.payload);
    datagram::Datagram { header, body: Body::Data(data) }.to_vec()
}

/// It, with `payload` from [`over_udp`].
pub(super) fn of<'a>(frame: u64, netbios: &NetBios<'_>, payload: &'a [u8]) -> Datagram<'a> {
    let nowhere = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0);
    Datagram {
        frame,
        time: None,
        src: nowhere,
        dst: nowhere,
        transport: match netbios.carrier {
            Carrier::Ipx => Transport::Ipx,
            Carrier::NetBeui => Transport::NetBeui,
        },
        hardware: [netbios.source, netbios.destination],
        quoted: false,
        protocol: Protocol::Nbdgm,
        payload,
        missing: netbios.missing,
    }
}
