//! Whether this machine hears its own broadcasts: they come in through the interface that they
//! leave by, as those of others do, and pass the same rules of a packet filter.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::evidence::Echo;
use crate::net::{self, Socket, Stop};
use crate::node::Interface;
use crate::wire::datagram::{Body, Data, Datagram, Flags, Header, MsgType};
use crate::wire::nbns::Packet;
use crate::wire::netbios::Name;
use crate::wire::smb::{PREFIX, Profile, SlotName};

/// How often a broadcast is sent that is not heard.
const TRIES: usize = 3;

/// How long each is waited for. Within a machine it takes microseconds.
const WAIT: Duration = Duration::from_millis(250);

/// The mailslot that a trial is for; nobody has it.
pub(super) const SLOT: &str = "MAILSLOT-DOCTOR";

/// What came: at which of the two ports, from whom, what.
type Heard = (usize, Ipv4Addr, Vec<u8>);

/// Sends a broadcast to each port on each interface; and what could not be sent. `sockets` have the
/// ports. The broadcasts are for the name `computer`: nobody else makes anything of them.
pub(super) fn echoes(
    computer: Name,
    interfaces: &[Interface],
    sockets: &[Vec<Socket>; 2],
) -> (Vec<Echo>, Option<String>) {
    let mut unsent = None;
    let ports =
        sockets.each_ref().map(|sockets| sockets.first().map(|socket| socket.local().port()));
    let [Some(name_port), Some(datagram_port)] = ports else { return (Vec::new(), None) };
    let ports = [name_port, datagram_port];
    let sender = match net::open(&net::Config { port: 0, bind: None }) {
        Ok(sockets) => sockets,
        Err(error) => return (Vec::new(), Some(error.to_string())),
    };
    let (Some(sender), Ok(stop)) = (sender.first(), Stop::new()) else { return (Vec::new(), None) };
    let mut echoes: Vec<_> = interfaces
        .iter()
        .flat_map(|interface| {
            ports.map(|port| Echo { interface: interface.clone(), port, heard: false })
        })
        .collect();
    let payloads = payloads(computer);
    thread::scope(|scope| {
        let (heard, came) = mpsc::channel();
        for (at, sockets) in sockets.iter().enumerate() {
            for socket in sockets {
                let (heard, stop) = (heard.clone(), &stop);
                scope.spawn(move || listen(socket, stop, at, &heard));
            }
        }
        for _ in 0..TRIES {
            for echo in echoes.iter().filter(|echo| !echo.heard) {
                let Interface { index, address, broadcast, .. } = echo.interface;
                let to = SocketAddrV4::new(broadcast, echo.port);
                let payload = &payloads[usize::from(echo.port == datagram_port)];
                if let Err(error) = net::send(sender, index, Some(address), to, payload) {
                    unsent = Some(format!("to {to} by {}: {error}", echo.interface.name));
                }
            }
            let end = Instant::now() + WAIT;
            while echoes.iter().any(|echo| !echo.heard) {
                let left = end.saturating_duration_since(Instant::now());
                let Ok((at, from, payload)) = came.recv_timeout(left) else { break };
                if payload != payloads[at] {
                    continue;
                }
                for echo in &mut echoes {
                    echo.heard |= echo.port == ports[at] && echo.interface.address == from;
                }
            }
        }
        stop.stop();
    });
    (echoes, unsent)
}

fn listen(socket: &Socket, stop: &Stop, at: usize, heard: &mpsc::Sender<Heard>) {
    // Where it cannot be read, nothing is heard, and that is what is told.
    let _ = net::receive(socket, stop, |batch| {
        for packet in batch.into_iter().flatten() {
            let _ = heard.send((at, *packet.from.ip(), packet.payload.to_vec()));
        }
    });
}

/// A query for the own name, and a message of no octets to a mailslot of it. The ids tell them
/// from those of others.
fn payloads(computer: Name) -> [Vec<u8>; 2] {
    let [a, b, c, d, ..] = RandomState::new().hash_one(std::process::id()).to_be_bytes();
    let query = Packet::name_query(u16::from_be_bytes([a, b]), computer.into(), true);
    let header = Header {
        msg_type: MsgType::DIRECT_UNIQUE,
        flags: Flags::FIRST,
        dgm_id: u16::from_be_bytes([c, d]),
        source_ip: Ipv4Addr::UNSPECIFIED,
        source_port: 0,
    };
    let slot = [PREFIX, SLOT.as_bytes()].concat();
    let smb = SlotName::new(&slot).map(|slot| Profile::Api.write(slot, &[]).to_vec());
    let smb = smb.unwrap_or_default();
    let body = Body::Data(Data::whole(computer.into(), computer.into(), &smb));
    [query.to_vec(), Datagram { header, body }.to_vec()]
}
