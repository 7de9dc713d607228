//! Opening ports, and taking sockets over.

use std::error::Error;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;

use mailslot::net::{
    AdoptError, Bind, Config, RECEIVE_BUFFER, Socket, Stop, open, privileges, receive,
};

use nix::sys::socket::{setsockopt, sockopt};

use super::{BROADCAST, Listener, node, sender};

#[test]
fn one_socket_serves_every_address() {
    let mut sockets = open(&Config { port: 0, bind: None }).unwrap();
    assert_eq!(sockets.len(), 1);
    let socket = Arc::new(sockets.remove(0));
    assert!(socket.local().ip().is_unspecified());
    let listener = Listener::new(Arc::clone(&socket));
    let (sender, _) = sender();
    for to in [Ipv4Addr::LOCALHOST, Ipv4Addr::new(127, 3, 2, 1), BROADCAST] {
        sender.send_to(b"x", (to, socket.local().port())).unwrap();
        assert_eq!(listener.next().to, to);
    }
}

#[test]
fn the_receive_buffer_is_what_the_system_grants() {
    let socket = node(2, 0).swap_remove(0);
    let most = std::fs::read_to_string("/proc/sys/net/core/rmem_max");
    // Of the whole machine, and not seen in a container.
    if let Ok(most) = most {
        let most: usize = most.trim().parse().unwrap();
        assert_eq!(socket.receive_buffer().unwrap(), RECEIVE_BUFFER.min(most));
    }
}

#[test]
fn a_busy_port_names_its_holder() {
    let pid = std::process::id();
    let held = node(2, 0);
    let port = held[0].local().port();
    let bind = |host| Some(Bind { address: Ipv4Addr::new(127, 0, 0, host), broadcast: BROADCAST });
    for bind in [bind(2), None] {
        let error = open(&Config { port, bind }).unwrap_err();
        assert_eq!((error.port(), error.io_error().kind()), (port, ErrorKind::AddrInUse));
        assert!(error.source().is_some());
        let mut processes = error.holders().iter().flat_map(|holder| &holder.processes);
        assert!(processes.any(|process| process.pid == pid), "{error:?}");
        assert!(error.holders().iter().any(|holder| holder.local == held[0].local().into()));
        let message = error.to_string();
        assert!(message.starts_with(&format!("UDP port {port} is held by ")), "{message}");
        assert!(message.contains(&format!("(pid {pid})")), "{message}");
    }
    // An address beside it is free.
    drop(open(&Config { port, bind: bind(3) }).unwrap());
}

#[test]
fn an_ipv6_socket_holds_a_port_too() {
    // There may be no IPv6.
    let Ok(held) = UdpSocket::bind("[::]:0") else { return };
    let port = held.local_addr().unwrap().port();
    let Err(error) = open(&Config { port, bind: None }) else { return };
    assert!(error.to_string().contains(&format!("(pid {})", std::process::id())), "{error}");
}

#[test]
fn a_privileged_port_names_the_capability() {
    let start = privileges::unprivileged_port_start().unwrap();
    assert!(privileges::may_bind(0).unwrap() && privileges::may_bind(u16::MAX).unwrap());
    // Of the reserved ports, one that nobody has.
    let Some(port) = start.checked_sub(1).filter(|port| *port > 0) else { return };
    assert_eq!(privileges::may_bind(port).unwrap(), privileges::net_bind_service().unwrap());
    if privileges::may_bind(port).unwrap() {
        return;
    }
    let bind = Some(Bind { address: Ipv4Addr::new(127, 0, 0, 2), broadcast: BROADCAST });
    let error = open(&Config { port, bind }).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("CAP_NET_BIND_SERVICE: sudo setcap "), "{message}");
}

#[test]
fn an_address_of_nobody_is_named() {
    let address = Ipv4Addr::new(192, 0, 2, 77);
    let bind = Some(Bind { address, broadcast: BROADCAST });
    let error = open(&Config { port: 0, bind }).unwrap_err();
    assert_eq!(error.address(), address);
    assert!(error.to_string().ends_with("to 192.0.2.77: no interface has this address"), "{error}");
}

#[test]
fn a_socket_passed_in_serves_with_what_it_was_told_undone() {
    let plain = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = plain.local_addr().unwrap().port();
    // Control messages that would take the room of the one that counts.
    socket2::SockRef::from(&plain).set_recv_tos_v4(true).unwrap();
    let socket = Socket::adopt(plain, port).unwrap();
    let (sender, _) = sender();
    for _ in 0..100 {
        sender.send_to(b"x", socket.local()).unwrap();
    }
    let (stop, mut count) = (Stop::new().unwrap(), 0);
    receive(&socket, &stop, |batch| {
        for packet in batch.unwrap() {
            assert_eq!(packet.to, Ipv4Addr::LOCALHOST);
            count += 1;
        }
        if count == 100 {
            stop.stop();
        }
    })
    .unwrap();
}

#[test]
fn datagrams_without_information_do_not_cost_those_after_theirs() {
    let plain = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let local = plain.local_addr().unwrap();
    let socket = Socket::adopt(plain.try_clone().unwrap(), local.port()).unwrap();
    let listener = Listener::new(Arc::new(socket));
    let (sender, _) = sender();
    // Someone else who has the socket turns the information off and on.
    for on in [true, false, true, false, true] {
        setsockopt(&plain, sockopt::Ipv4PacketInfo, &on).unwrap();
        for _ in 0..10 {
            sender.send_to(b"x", local).unwrap();
            let received = listener.next();
            let expected = if on { Ipv4Addr::LOCALHOST } else { Ipv4Addr::UNSPECIFIED };
            assert_eq!((received.to, received.interface > 0), (expected, on));
        }
    }
}

#[test]
fn a_socket_passed_in_is_the_only_one_of_its_port() {
    // As systemd and nmbd bind theirs.
    let sharing = |port| {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None)?;
        socket.set_reuse_address(true)?;
        socket.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port).into())?;
        std::io::Result::Ok(UdpSocket::from(socket))
    };
    let passed = sharing(0).unwrap();
    let port = passed.local_addr().unwrap().port();
    let other = sharing(port).unwrap();
    let error = Socket::adopt(passed.try_clone().unwrap(), port).unwrap_err();
    assert!(matches!(error, AdoptError::Shared { port: shared } if shared == port), "{error}");
    drop(other);
    let adopted = Socket::adopt(passed, port).unwrap();
    assert_eq!(sharing(port).unwrap_err().kind(), ErrorKind::AddrInUse);
    drop(adopted);
    assert!(sharing(port).is_ok());
}

#[test]
fn a_socket_that_cannot_serve_is_refused() {
    let bound = || UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = |socket: &UdpSocket| socket.local_addr().unwrap().port();

    let (one, other) = (bound(), bound());
    let error = Socket::adopt(one.try_clone().unwrap(), port(&other)).unwrap_err();
    assert!(matches!(error, AdoptError::Port { expected, found }
        if expected == port(&other) && found == port(&one)));

    one.connect(other.local_addr().unwrap()).unwrap();
    let same = port(&one);
    assert!(matches!(Socket::adopt(one, same), Err(AdoptError::Connected)));

    let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = tcp.local_addr().unwrap().port();
    assert!(matches!(Socket::adopt(tcp, port), Err(AdoptError::NotUdp)));
    let (unix, _) = UnixDatagram::pair().unwrap();
    assert!(matches!(Socket::adopt(unix, 138), Err(AdoptError::NotUdp)));
    let file = std::fs::File::open("/dev/null").unwrap();
    assert!(matches!(Socket::adopt(file, 138), Err(AdoptError::Io(_))));
}
