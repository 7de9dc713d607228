//! `cargo bench --bench live`: what a live node costs beside the bare system calls, in CPU time of
//! the thread that does it. Loopback only; each figure is a ratio of two runs, taken in turn.

#![expect(clippy::expect_used, reason = "a bench whose input is wrong is to stop")]
#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]
#![expect(clippy::cast_precision_loss, reason = "figures are rounded")]

use std::io::{BufRead as _, BufReader, IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant as Clock};

use mailslot::net::{self, Bind, Socket, Stop};
use mailslot::node::{
    Config, Destination, Interface, Node, OwnName, Owned, Received, Route, WriteError, Written,
};
use mailslot::slot::{LocalName, Options, Read, Server, Table};
use mailslot::time::Instant;
use mailslot::wire::datagram::{Body, Data, Datagram, Flags, Header, MsgType};
use mailslot::wire::netbios::{Name, Suffix};
use mailslot::wire::smb::{Profile, SlotName};
use nix::cmsg_space;
use nix::errno::Errno;
use nix::libc::in_pktinfo;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, sendmsg};
use nix::time::{ClockId, clock_gettime};

const BROADCAST: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 255);
const DATA_SIZE: usize = 200;

fn name(text: &str) -> Name {
    Name::new(text, Suffix::WORKSTATION).expect("a name")
}

/// CPU time of this thread, ns.
fn cpu() -> u64 {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("a clock");
    u64::try_from(Duration::from(time).as_nanos()).expect("a short run")
}

/// Datagrams that differ, as fast as they can be made.
struct Sender {
    socket: UdpSocket,
    payload: Vec<u8>,
    sent: u64,
}

impl Sender {
    fn new() -> Self {
        let slot = SlotName::new(br"\MAILSLOT\ALERTS").expect("a name");
        let smb = Profile::Api.write(slot, &[0x2a; DATA_SIZE]).to_vec();
        let header = Header {
            msg_type: MsgType::DIRECT_UNIQUE,
            flags: Flags::FIRST,
            dgm_id: 0,
            source_ip: Ipv4Addr::LOCALHOST,
            source_port: 138,
        };
        let data = Data::whole(name("WINBOX").into(), name("LINUXBOX").into(), &smb);
        let payload = Datagram { header, body: Body::Data(data) }.to_vec();
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        Self { socket, payload, sent: 0 }
    }

    fn send(&mut self, to: SocketAddrV4) {
        self.sent += 1;
        let counter = self.sent.to_be_bytes();
        let end = self.payload.len();
        let (_, [.., high, low]) = (end, counter);
        if let Some(id) = self.payload.get_mut(2..4) {
            id.copy_from_slice(&[high, low]);
        }
        if let Some(data) = self.payload.get_mut(end - 8..) {
            data.copy_from_slice(&counter);
        }
        self.socket.send_to(&self.payload, to).expect("loopback");
    }
}

fn socket() -> Socket {
    let bind = Bind { address: Ipv4Addr::LOCALHOST, broadcast: BROADCAST };
    net::open(&net::Config { port: 0, bind: Some(bind) }).expect("ports").swap_remove(0)
}

/// A node that has its name, and the slot.
fn node() -> (Node, Server) {
    let table = Arc::new(Table::new());
    let slot = LocalName::parse("alerts").expect("a name");
    let server = table.create(Instant::ZERO, &slot, &Options::default()).expect("free");
    let mut config = Config::default();
    config.owned = Owned::Claimed;
    config.names = vec![OwnName::unique(name("LINUXBOX")), OwnName::group(name("WORKGROUP"))];
    let mut node = Node::new(config, table);
    let index = net::interfaces::list().expect("a list").first().map_or(1, |first| first.index);
    let interface = Interface {
        index,
        name: "lo".into(),
        address: Ipv4Addr::LOCALHOST,
        prefix_len: 8,
        broadcast: BROADCAST,
        unit_id: [0; 6],
    };
    node.interfaces(Instant::ZERO, vec![interface]);
    for ms in [250, 500, 750] {
        node.timeout(Instant::from_millis(ms));
    }
    while node.poll_transmit().is_some() || node.poll_event().is_some() {}
    (node, server)
}

/// What a receiver does with a backlog: `fill` is called whenever the queue is empty, and its time
/// does not count.
struct Backlog {
    sender: Sender,
    to: SocketAddrV4,
    burst: u64,
    received: u64,
    rounds: u64,
    uncounted: u64,
    began: u64,
}

impl Backlog {
    fn new(socket: &Socket, rounds: u64) -> Self {
        // The kernel charges 1,280 octets a datagram, of twice what was asked for.
        let room = socket.receive_buffer().expect("a size") * 2 / 1280;
        let burst = (room as u64 / 64).clamp(1, 16) * 64;
        let (sender, to) = (Sender::new(), socket.local());
        let mut backlog =
            Self { sender, to, burst, received: 0, rounds, uncounted: 0, began: cpu() };
        backlog.fill();
        backlog
    }

    fn fill(&mut self) {
        let before = cpu();
        for _ in 0..self.burst {
            self.sender.send(self.to);
        }
        self.uncounted += cpu() - before;
    }

    /// Counts what came; whether more will.
    fn took(&mut self, datagrams: u64, between: impl FnOnce()) -> bool {
        self.received += datagrams;
        if self.received < self.sender.sent {
            return true;
        }
        if self.sender.sent >= self.rounds * self.burst {
            return false;
        }
        let before = cpu();
        between();
        self.uncounted += cpu() - before;
        self.fill();
        true
    }

    /// Nanoseconds a datagram.
    fn cost(&self) -> f64 {
        (cpu() - self.began - self.uncounted) as f64 / self.received as f64
    }
}

/// `recvmmsg` with addresses and `PKTINFO`, 64 at a time, and nothing done with what came.
fn bare_backlog(rounds: u64) -> f64 {
    let socket = socket();
    let fd = std::os::fd::AsFd::as_fd(&socket).as_raw_fd();
    let mut buffers = vec![0_u8; 64 * net::BUFFER_LEN];
    let mut headers: MultiHeaders<SockaddrIn> =
        MultiHeaders::preallocate(64, Some(cmsg_space!(in_pktinfo)));
    let mut backlog = Backlog::new(&socket, rounds);
    loop {
        let mut slices: Vec<_> = buffers
            .chunks_exact_mut(net::BUFFER_LEN)
            .map(|chunk| [IoSliceMut::new(chunk)])
            .collect();
        let results = recvmmsg(fd, &mut headers, slices.iter_mut(), MsgFlags::MSG_DONTWAIT, None);
        let came = results.expect("datagrams").count() as u64;
        if !backlog.took(came, || ()) {
            return backlog.cost();
        }
    }
}

/// The same received, decoded, routed and queued.
fn node_backlog(rounds: u64) -> f64 {
    let socket = socket();
    let (mut node, server) = node();
    let mut backlog = Backlog::new(&socket, rounds);
    let stop = Stop::new().expect("a descriptor");
    let port = socket.local().port();
    let began = Clock::now();
    net::receive(&socket, &stop, |batch| {
        let batch = batch.expect("no error");
        let now = now(began);
        let mut came = 0;
        for packet in batch {
            came += 1;
            let to = SocketAddrV4::new(packet.to, port);
            let (interface, from, payload) = (packet.interface, packet.from, packet.payload);
            node.input(now, Received { interface, from, to, payload });
            assert!(node.poll_event().is_none());
        }
        node.take_wakes().fire();
        let drain = || while let Ok(Read::Done(_)) = server.read(now, DATA_SIZE) {};
        if !backlog.took(came, drain) {
            stop.stop();
        }
    })
    .expect("receives");
    assert_eq!(node.counters().delivered, backlog.received, "{:?}", node.counters());
    backlog.cost()
}

fn now(began: Clock) -> Instant {
    let since = u64::try_from(began.elapsed().as_micros()).expect("a short run");
    Instant::from_micros(1_000_000 + since)
}

/// At a steady rate: nanoseconds a datagram of the thread that receives.
fn paced(per_second: u64, seconds: u64, receiver: fn(&Socket, u64) -> u64) -> f64 {
    let socket = socket();
    let to = socket.local();
    let count = per_second * seconds;
    let thread = thread::spawn(move || receiver(&socket, count));
    let mut sender = Sender::new();
    let began = Clock::now();
    for i in 0..count {
        let due = Duration::from_nanos(i * 1_000_000_000 / per_second);
        while let Some(left) = due.checked_sub(began.elapsed()) {
            thread::sleep(left);
        }
        sender.send(to);
    }
    let cost = thread.join().expect("receives");
    cost as f64 / count as f64
}

fn bare_loop(socket: &Socket, count: u64) -> u64 {
    let began = cpu();
    let fd = std::os::fd::AsFd::as_fd(socket);
    let mut buffers = vec![0_u8; 64 * net::BUFFER_LEN];
    let mut headers: MultiHeaders<SockaddrIn> =
        MultiHeaders::preallocate(64, Some(cmsg_space!(in_pktinfo)));
    let mut received = 0;
    while received < count {
        poll(&mut [PollFd::new(fd, PollFlags::POLLIN)], PollTimeout::NONE).expect("a socket");
        let mut slices: Vec<_> = buffers
            .chunks_exact_mut(net::BUFFER_LEN)
            .take(4)
            .map(|chunk| [IoSliceMut::new(chunk)])
            .collect();
        let flags = MsgFlags::MSG_DONTWAIT;
        match recvmmsg(fd.as_raw_fd(), &mut headers, slices.iter_mut(), flags, None) {
            Ok(results) => received += results.count() as u64,
            Err(errno) => assert_eq!(errno, Errno::EAGAIN),
        }
    }
    cpu() - began
}

fn node_loop(socket: &Socket, count: u64) -> u64 {
    let (mut node, server) = node();
    let began = cpu();
    let clock = Clock::now();
    let stop = Stop::new().expect("a descriptor");
    let port = socket.local().port();
    net::receive(socket, &stop, |batch| {
        let now = now(clock);
        for packet in batch.expect("no error") {
            let to = SocketAddrV4::new(packet.to, port);
            let (interface, from, payload) = (packet.interface, packet.from, packet.payload);
            node.input(now, Received { interface, from, to, payload });
        }
        node.take_wakes().fire();
        while let Ok(Read::Done(_)) = server.read(now, DATA_SIZE) {}
        if node.counters().received >= count {
            stop.stop();
        }
    })
    .expect("receives");
    assert_eq!(node.counters().delivered, count, "{:?}", node.counters());
    cpu() - began
}

/// A write to a group, and the same octets in a bare `sendmsg`.
fn send(rounds: u32) -> (f64, f64) {
    const EACH: u32 = 500;
    let (socket, sink) = (socket(), socket());
    let (mut node, _server) = node();
    let slot = LocalName::parse("elsewhere").expect("a name");
    let to = Destination::Name(name("WORKGROUP"));
    let mut costs = (0, 0);
    let mut clock = Instant::from_millis(1000);
    for _ in 0..rounds {
        let mut sample = Vec::new();
        let before = cpu();
        for _ in 0..EACH {
            clock = clock + Duration::from_micros(1);
            let written = node.write(clock, to, &slot, &[0x2a; DATA_SIZE]);
            check(&written);
            let transmit = node.poll_transmit().expect("a packet");
            net::send(&socket, transmit.interface, None, sink.local(), &transmit.payload)
                .expect("loopback");
            sample = transmit.payload;
        }
        costs.0 += cpu() - before;
        let before = cpu();
        let fd = std::os::fd::AsFd::as_fd(&socket).as_raw_fd();
        let info = in_pktinfo {
            ipi_ifindex: 1,
            ipi_spec_dst: nix::libc::in_addr { s_addr: 0 },
            ipi_addr: nix::libc::in_addr { s_addr: 0 },
        };
        for _ in 0..EACH {
            let control = [nix::sys::socket::ControlMessage::Ipv4PacketInfo(&info)];
            let to = SockaddrIn::from(sink.local());
            sendmsg(fd, &[IoSlice::new(&sample)], &control, MsgFlags::MSG_DONTWAIT, Some(&to))
                .expect("loopback");
        }
        costs.1 += cpu() - before;
    }
    let each = f64::from(rounds * EACH);
    (costs.0 as f64 / each, costs.1 as f64 / each)
}

fn check(written: &Result<Written, WriteError>) {
    assert!(
        matches!(written, Ok(Written::Done(Route::Group { interfaces: 1, .. }))),
        "{written:?}"
    );
}

/// From `exec` to the line that says it listens, and switches of context a second when nothing
/// comes.
fn process(idle: Duration) -> (Duration, Duration, f64) {
    let began = Clock::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_mailslot"))
        .args(["recv", "--loopback", "--name", "BENCH", "x"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
    lines.next().expect("a line").expect("text");
    let listening = began.elapsed();
    let ours = lines.any(|line| line.expect("text").contains("BENCH<00> is ours"));
    assert!(ours, "the name is taken");
    let named = began.elapsed();
    // What is due at the start is over.
    thread::sleep(Duration::from_secs(1));
    let before = switches(child.id());
    thread::sleep(idle);
    let each = (switches(child.id()) - before) as f64 / idle.as_secs_f64();
    child.kill().expect("runs");
    child.wait().expect("ends");
    (listening, named, each)
}

fn switches(pid: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("runs");
    tasks
        .map(|task| {
            let status = task.expect("a thread").path().join("status");
            let status = std::fs::read_to_string(status).expect("a thread");
            let line = status.lines().find_map(|l| l.strip_prefix("voluntary_ctxt_switches:"));
            line.expect("a line").trim().parse::<u64>().expect("a number")
        })
        .sum()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn main() {
    let quick = std::env::args().any(|arg| arg == "--test");
    let (runs, rounds) = if quick { (1, 2) } else { (7, 200) };
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        bare.push(bare_backlog(rounds));
        ours.push(node_backlog(rounds));
    }
    let (b, o) = (median(bare), median(ours));
    println!(
        "backlog: bare recvmmsg {b:.0} ns, received, decoded, routed and queued {o:.0} ns a datagram: {:.2}; {:.2} M/s",
        o / b,
        1000.0 / o
    );

    let seconds = if quick { 1 } else { 5 };
    let b = paced(2000, seconds, bare_loop);
    let o = paced(2000, seconds, node_loop);
    println!(
        "2,000/s: bare loop {:.1} us, node {:.1} us a datagram: {:.2}",
        b / 1e3,
        o / 1e3,
        o / b
    );

    let (o, b) = send(if quick { 2 } else { 200 });
    println!("send: bare sendmsg {b:.0} ns, write {o:.0} ns: {:.2}", o / b);

    let idle = Duration::from_secs(if quick { 1 } else { 10 });
    let (listening, named, switches) = process(idle);
    println!(
        "recv: listens after {listening:.0?}, has its name after {named:.0?}; idle: {switches:.1} wake-ups a second"
    );
}
