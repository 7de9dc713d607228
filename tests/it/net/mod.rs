//! Sockets and interfaces of Linux, on loopback.

mod interfaces;
mod receive;
mod sockets;

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use mailslot::net::{Bind, Config, Packet, Socket, Stop, open, receive};

const BROADCAST: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 255);

/// Nothing takes as long, unless it never comes.
const LONG: Duration = Duration::from_secs(20);

/// The sockets of a node on 127.0.0.`host`; port 0 = any that is free.
fn node(host: u8, port: u16) -> Vec<Socket> {
    let bind = Bind { address: Ipv4Addr::new(127, 0, 0, host), broadcast: BROADCAST };
    open(&Config { port, bind: Some(bind) }).expect("free ports of loopback")
}

/// A socket of the test's own, to send from.
fn sender() -> (UdpSocket, SocketAddrV4) {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    socket.set_broadcast(true).expect("an option");
    let std::net::SocketAddr::V4(local) = socket.local_addr().expect("an address") else {
        panic!("bound to IPv4");
    };
    (socket, local)
}

/// A packet that outlives its batch.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Received {
    interface: u32,
    from: SocketAddrV4,
    to: Ipv4Addr,
    payload: Vec<u8>,
    truncated: bool,
}

impl From<Packet<'_>> for Received {
    fn from(packet: Packet<'_>) -> Self {
        let Packet { interface, from, to, payload, truncated } = packet;
        Self { interface, from, to, payload: payload.to_vec(), truncated }
    }
}

/// A thread that receives from a socket.
struct Listener {
    packets: Receiver<Received>,
    stop: Stop,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Listener {
    fn new(socket: Arc<Socket>) -> Self {
        let (give, packets) = mpsc::channel();
        let stop = Stop::new().expect("an eventfd");
        let thread = thread::spawn({
            let stop = stop.clone();
            move || {
                receive(&socket, &stop, |batch| {
                    for packet in batch.expect("no error") {
                        give.send(packet.into()).expect("the test takes them");
                    }
                })
            }
        });
        Self { packets, stop, thread: Some(thread) }
    }

    fn next(&self) -> Received {
        self.packets.recv_timeout(LONG).expect("a datagram")
    }

    /// Stops, and gives what nobody has taken.
    fn rest(mut self) -> VecDeque<Received> {
        self.stop.stop();
        self.thread.take().expect("joined once").join().expect("no panic").expect("a clean end");
        self.packets.iter().collect()
    }
}

/// Keeps a thread waiting until it is opened.
#[derive(Default)]
struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn open(&self) {
        *self.open.lock().expect("no panic") = true;
        self.opened.notify_all();
    }

    fn pass(&self) {
        let open = self.open.lock().expect("no panic");
        let (open, _) =
            self.opened.wait_timeout_while(open, LONG, |open| !*open).expect("no panic");
        assert!(*open, "the gate was opened");
    }
}
