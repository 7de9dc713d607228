//! Datagrams in and out.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::sync::{Arc, mpsc};
use std::thread;

use mailslot::net::{
    BUFFER_LEN, MAX_BATCH, MIN_BATCH, Socket, Stop, interfaces, kernel_drops, receive, send,
};
use socket2::{Domain, Type};

use super::{BROADCAST, Gate, LONG, Listener, Received, node, sender};

fn loopback() -> u32 {
    let list = interfaces::list().expect("interfaces");
    list.iter().find(|i| i.loopback).expect("a loopback interface").index
}

#[test]
fn a_broadcast_reaches_both_nodes_and_a_unicast_its_own() {
    let first = node(2, 0);
    let port = first[0].local().port();
    let second = node(3, port);
    let listen = |sockets: Vec<Socket>| -> Vec<_> {
        sockets.into_iter().map(|socket| Listener::new(Arc::new(socket))).collect()
    };
    let (first, second) = (listen(first), listen(second));
    let (socket, from) = sender();
    let expected = |to: Ipv4Addr, payload: &[u8]| Received {
        interface: loopback(),
        from,
        to,
        payload: payload.to_vec(),
        truncated: false,
    };

    socket.send_to(b"all", (BROADCAST, port)).unwrap();
    assert_eq!(first[1].next(), expected(BROADCAST, b"all"));
    assert_eq!(second[1].next(), expected(BROADCAST, b"all"));

    for (host, node) in [(2, &first), (3, &second)] {
        let address = Ipv4Addr::new(127, 0, 0, host);
        socket.send_to(&[host], (address, port)).unwrap();
        assert_eq!(node[0].next(), expected(address, &[host]));
    }
    for listener in first.into_iter().chain(second) {
        assert!(listener.rest().is_empty(), "nothing came to the wrong socket");
    }
}

#[test]
fn what_is_sent_says_its_source() {
    let nodes = [node(2, 0), node(3, 0)];
    let listener = {
        let [_, receiver] = nodes.each_ref();
        let copy = std::os::fd::AsFd::as_fd(&receiver[0]).try_clone_to_owned().unwrap();
        Listener::new(Arc::new(Socket::adopt(copy, receiver[0].local().port()).unwrap()))
    };
    let to = nodes[1][0].local();
    let [own, broadcast] = &*nodes[0] else { panic!("two sockets") };
    let port = own.local().port();
    let lo = loopback();
    let address = Ipv4Addr::new(127, 0, 0, 9);
    let cases = [
        (own, 0, None, Some(*own.local().ip())),
        (own, lo, None, Some(*own.local().ip())),
        (own, lo, Some(address), Some(address)),
        (own, 0, Some(address), Some(address)),
        (broadcast, 0, Some(address), Some(address)),
        // The kernel's choice, which is an address of loopback.
        (broadcast, lo, None, None),
    ];
    for (socket, interface, source, expected) in cases {
        send(socket, interface, source, to, b"x").unwrap();
        let received = listener.next();
        assert!(received.from.ip().is_loopback() && *received.from.ip() != BROADCAST);
        if let Some(expected) = expected {
            assert_eq!(received.from, SocketAddrV4::new(expected, port));
        }
        assert_eq!(received.interface, lo);
    }
    send(own, lo, None, SocketAddrV4::new(*to.ip(), to.port()), &[]).unwrap();
    assert_eq!(listener.next().payload, b"", "an empty datagram is one");
    // A broadcast is heard by the sender's own socket too.
    let own_ears = Listener::new(Arc::new(
        Socket::adopt(std::os::fd::AsFd::as_fd(broadcast).try_clone_to_owned().unwrap(), port)
            .unwrap(),
    ));
    send(own, lo, None, SocketAddrV4::new(BROADCAST, port), b"y").unwrap();
    assert_eq!((own_ears.next().to, own_ears.rest().len()), (BROADCAST, 0));
}

#[test]
fn what_cannot_be_sent_is_an_error() {
    let sockets = node(2, 0);
    let to = sockets[0].local();
    let elsewhere = Some(Ipv4Addr::new(192, 0, 2, 77));
    assert!(send(&sockets[0], 0, elsewhere, to, b"x").is_err(), "no address of this machine");
    assert!(send(&sockets[0], i32::MAX as u32, None, to, b"x").is_err(), "no interface");
    assert!(send(&sockets[0], u32::MAX, None, to, b"x").is_err(), "no interface");
    assert!(send(&sockets[0], 0, None, to, &vec![0; 65_508]).is_err(), "too long");
    send(&sockets[0], 0, None, to, &vec![0; 65_507]).unwrap();
}

#[test]
fn every_datagram_of_every_batch_says_where_it_came_in() {
    const COUNT: u32 = 1_000;
    let socket = node(2, 0).swap_remove(0);
    let (sender, from) = sender();
    // All are queued before the first is received, so that the batches grow.
    for number in 0..COUNT {
        sender.send_to(&number.to_be_bytes(), socket.local()).unwrap();
    }
    let stop = Stop::new().unwrap();
    let (mut next, mut sizes) = (0, Vec::new());
    let lo = loopback();
    receive(&socket, &stop, |batch| {
        let mut size = 0;
        for packet in batch.unwrap() {
            assert_eq!((packet.interface, packet.to), (lo, *socket.local().ip()), "{next}");
            assert_eq!((packet.from, packet.payload), (from, &u32::to_be_bytes(next)[..]));
            next += 1;
            size += 1;
        }
        sizes.push(size);
        if next == COUNT {
            stop.stop();
        }
    })
    .unwrap();
    assert_eq!(next, COUNT);
    assert_eq!(sizes[..5], [MIN_BATCH, 8, 16, 32, MAX_BATCH], "{sizes:?}");
    assert_eq!(kernel_drops(&[socket]).unwrap(), 0);
}

#[test]
fn a_datagram_that_is_too_long_says_so() {
    let socket = Arc::new(node(2, 0).swap_remove(0));
    let listener = Listener::new(Arc::clone(&socket));
    let (sender, _) = sender();
    for (len, truncated) in
        [(BUFFER_LEN, false), (BUFFER_LEN + 1, true), (60_000, true), (1, false)]
    {
        sender.send_to(&vec![7; len], socket.local()).unwrap();
        let received = listener.next();
        assert_eq!(received.payload, vec![7; len.min(BUFFER_LEN)]);
        assert_eq!(received.truncated, truncated, "{len}");
    }
}

#[test]
fn a_stop_ends_every_receiver_and_leaves_the_sockets_open() {
    let sockets = Arc::new(node(2, 0));
    let stop = Stop::new().unwrap();
    let (give, ended) = mpsc::channel();
    let (heard, came) = mpsc::channel();
    for at in 0..2 {
        let (sockets, stop, give, heard) =
            (Arc::clone(&sockets), stop.clone(), give.clone(), heard.clone());
        thread::spawn(move || {
            let result = receive(&sockets[at], &stop, |_| heard.send(()).unwrap());
            give.send(result.is_ok()).unwrap();
        });
    }
    let (sender, _) = sender();
    // Both are at their sockets.
    for socket in sockets.iter() {
        sender.send_to(b"x", socket.local()).unwrap();
        came.recv_timeout(LONG).unwrap();
    }
    stop.stop();
    assert!(stop.is_stopped());
    for _ in 0..2 {
        assert!(ended.recv_timeout(LONG).unwrap());
    }
    // A receiver that starts after the stop ends at once.
    receive(&sockets[0], &stop, |_| panic!("it was stopped")).unwrap();
    // Another one takes the sockets over.
    sender.send_to(b"again", sockets[0].local()).unwrap();
    let stop = Stop::new().unwrap();
    receive(&sockets[0], &stop, |batch| {
        assert_eq!(batch.unwrap().next().unwrap().payload, b"again");
        stop.stop();
    })
    .unwrap();
}

#[test]
fn a_socket_that_another_shuts_down_ends_with_an_error() {
    let plain = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = plain.local_addr().unwrap().port();
    let socket = Socket::adopt(plain.try_clone().unwrap(), port).unwrap();
    let (give, ended) = mpsc::channel();
    let (heard, came) = mpsc::channel();
    thread::spawn(move || {
        let stop = Stop::new().unwrap();
        give.send(receive(&socket, &stop, |_| heard.send(()).unwrap())).unwrap();
    });
    plain.send_to(b"x", plain.local_addr().unwrap()).unwrap();
    came.recv_timeout(LONG).unwrap();
    let shut = socket2::SockRef::from(&plain).shutdown(std::net::Shutdown::Both);
    assert!(shut.is_err(), "Linux says ENOTCONN, and does it nevertheless");
    assert!(ended.recv_timeout(LONG).unwrap().is_err());
}

#[test]
fn drops_of_the_kernel_are_counted() {
    let small = socket2::Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
    small.set_recv_buffer_size(16_384).unwrap();
    small.bind(&SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let to = small.local_addr().unwrap().as_socket_ipv4().unwrap();
    let socket = Arc::new(Socket::adopt(small, to.port()).unwrap());
    assert_eq!(socket.receive_buffer().unwrap(), 16_384, "as it was passed in");
    assert_eq!(kernel_drops(&[Arc::clone(&socket)]).unwrap(), 0);
    let (sender, _) = sender();
    for _ in 0..1_000 {
        sender.send_to(&[0; 512], to).unwrap();
    }
    let dropped = kernel_drops(&[Arc::clone(&socket)]).unwrap();
    assert!((1..1_000).contains(&dropped), "{dropped}");
    let listener = Listener::new(Arc::clone(&socket));
    for _ in dropped..1_000 {
        listener.next();
    }
    assert!(listener.rest().is_empty());
    // Sockets are summed.
    let both = [socket, Arc::new(node(2, 0).swap_remove(0))];
    assert_eq!(kernel_drops(&both).unwrap(), dropped);
}

#[test]
fn a_busy_receiver_still_gets_everything() {
    let socket = Arc::new(node(2, 0).swap_remove(0));
    let (to, gate) = (socket.local(), Arc::new(Gate::default()));
    let listener = Listener::new(Arc::clone(&socket));
    let threads: Vec<_> = (0..4_u8)
        .map(|thread| {
            let gate = Arc::clone(&gate);
            thread::spawn(move || {
                let (sender, _) = sender();
                gate.pass();
                for number in 0..250_u8 {
                    sender.send_to(&[thread, number], to).unwrap();
                }
            })
        })
        .collect();
    gate.open();
    let received: BTreeSet<_> = (0..1_000).map(|_| listener.next().payload).collect();
    assert_eq!(received.len(), 1_000, "each once");
    for thread in threads {
        thread.join().unwrap();
    }
    assert!(listener.rest().is_empty());
}
