//! A node on the network: sockets, threads and a clock around it.
//!
//! ```text
//! receive thread (a socket each) ──► lock node, a batch at a time ──► unlock ──► send, wake, tell
//! timer thread ── sleeps until the node's deadline ──► the same
//! interface thread ── waits for the kernel's news ──► the same
//! ```

mod beside;

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{SocketAddrV4, UdpSocket};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::clock;
use super::network::{Network, host_name, seed};
use crate::net::{self, AdoptError, OpenError, Socket, Stop};
use crate::node::{
    Answer, Config, Counters, Destination, Event, NameCounters, Node, NodeError, OwnName, Owned,
    Port, QueryId, Question, Received, Route, Transmit, WriteError, WriteId, Written,
};
use crate::slot::{LocalName, Table};
use crate::time::Instant;
use crate::wire::netbios::{Name, NameError, Suffix};
use crate::wire::oem::CodePage;

pub use beside::{Beside, BesideError, Hears, OpenedBeside, nmbd_keeps};

/// Events that wait for whoever is told; beyond, they are lost, and counted.
const MAX_EVENTS: usize = 4096;

/// How often the thread for interfaces looks whether it is still needed.
const INTERFACE_WAIT: Duration = Duration::from_secs(2);

/// A node on the network. Dropped, it leaves: names are given back.
#[derive(Debug)]
pub struct Live {
    shared: Arc<Shared>,
    threads: Vec<thread::JoinHandle<()>>,
    beside: Option<Beside>,
}

/// How a live node begins.
#[derive(Clone, Debug)]
pub struct LiveConfig {
    /// The node's own part, its ports included; the seed is set here.
    pub node: Config,
    /// The network it is on.
    pub network: Network,
    /// Whether it takes the ports of the services, and so is found and hears; else it asks and
    /// writes from other ports.
    pub listens: bool,
}

impl LiveConfig {
    /// A computer of that name, in a workgroup, that is found by both on the network's usual ports.
    ///
    /// # Errors
    ///
    /// Where a text is no NetBIOS name.
    pub fn new(computer: &str, workgroup: &str, network: Network) -> Result<Self, NameError> {
        let computer = Name::new(computer, Suffix::WORKSTATION)?;
        let workgroup = Name::new(workgroup, Suffix::WORKSTATION)?;
        let (name_port, datagram_port) = network.ports();
        let node = Config {
            owned: Owned::Claimed,
            names: vec![OwnName::unique(computer), OwnName::group(workgroup)],
            computer: Some(computer),
            workgroup: Some(workgroup),
            name_port,
            datagram_port,
            ..Config::default()
        };
        Ok(Self { node, network, listens: true })
    }

    /// A computer of the name that `MAILSLOT_NAME` says, or the machine's up to its first dot, in the
    /// workgroup of `MAILSLOT_WORKGROUP`, or `WORKGROUP`; with `MAILSLOT_LOOPBACK` set, on the LAN
    /// inside this machine.
    ///
    /// # Errors
    ///
    /// Where one of them is no NetBIOS name.
    pub fn from_environment() -> Result<Self, NameError> {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let name = set("MAILSLOT_NAME").unwrap_or_else(host_name);
        let workgroup = set("MAILSLOT_WORKGROUP").unwrap_or_else(|| "WORKGROUP".into());
        let network = match set("MAILSLOT_LOOPBACK").as_deref() {
            None | Some("0" | "false" | "no" | "off") => Network::All,
            Some(_) => Network::Loopback { name: name.clone() },
        };
        Self::new(&name, &workgroup, network)
    }
}

/// The sockets of a node that is to live. From here on a node that listens needs no privilege; one
/// that does not sends datagrams from the service's port while it may.
#[derive(Debug)]
pub struct Opened {
    node: Config,
    network: Network,
    name: Vec<Socket>,
    datagram: Vec<Socket>,
    borrowed: Option<net::Config>,
}

impl Opened {
    /// Begins to claim the names. Events come through the receiver.
    ///
    /// # Errors
    ///
    /// [`LiveError::Io`] where the system does not tell of its interfaces, or has no more threads.
    pub fn start(self, table: Arc<Table>) -> Result<(Live, mpsc::Receiver<Event>), LiveError> {
        let Self { node, network, name, datagram, borrowed } = self;
        let (events, receiver) = mpsc::channel(MAX_EVENTS);
        let code_page = node.code_page;
        let state = State {
            node: Node::new(node, Arc::clone(&table)),
            queries: HashMap::new(),
            writes: HashMap::new(),
            timer: None,
            lost_events: 0,
            send_errors: 0,
            last_send_error: None,
            stopped: false,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            sooner: Condvar::new(),
            network,
            table,
            code_page,
            name,
            datagram,
            borrowed,
            events,
            stop: Stop::new()?,
        });
        let changes = net::Changes::new()?;
        let interfaces = shared.network.interfaces()?;
        shared.with(|state, now| state.node.interfaces(now, interfaces));
        let mut live = Live { shared, threads: Vec::new(), beside: None };
        for port in [Port::Name, Port::Datagram] {
            for at in 0..live.shared.sockets(port).len() {
                let shared = Arc::clone(&live.shared);
                live.spawn("receive", move || shared.receive(port, at))?;
            }
        }
        let shared = Arc::clone(&live.shared);
        live.spawn("timer", move || shared.timer())?;
        let weak = Arc::downgrade(&live.shared);
        thread::Builder::new()
            .name("interfaces".into())
            .spawn(move || watch_interfaces(&changes, &weak))?;
        Ok((live, receiver))
    }
}

/// Why a node cannot be on the network.
#[derive(Debug)]
#[non_exhaustive]
pub enum LiveError {
    /// A port cannot be had.
    Port(OpenError),
    /// A socket that was passed in is of no use.
    Passed(AdoptError),
    /// The system refuses something else.
    Io(io::Error),
}

impl fmt::Display for LiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(error) => error.fmt(f),
            Self::Passed(error) => write!(f, "a socket that was passed in: {error}"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LiveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Port(error) => Some(error.io_error()),
            Self::Passed(error) => error.source(),
            Self::Io(error) => Some(error),
        }
    }
}

impl From<OpenError> for LiveError {
    fn from(error: OpenError) -> Self {
        Self::Port(error)
    }
}

impl From<AdoptError> for LiveError {
    fn from(error: AdoptError) -> Self {
        Self::Passed(error)
    }
}

impl From<io::Error> for LiveError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Notified where the node's deadline comes sooner than the timer thread thinks.
    sooner: Condvar,
    network: Network,
    table: Arc<Table>,
    code_page: CodePage,
    name: Vec<Socket>,
    datagram: Vec<Socket>,
    /// The port that datagrams come from at other hosts: taken for the moment of sending, where it
    /// is free and this process may.
    borrowed: Option<net::Config>,
    events: mpsc::Sender<Event>,
    stop: Stop,
}

#[derive(Debug)]
struct State {
    node: Node,
    queries: HashMap<QueryId, oneshot::Sender<Vec<Answer>>>,
    writes: HashMap<WriteId, Writer>,
    /// When the timer thread wakes.
    timer: Option<Instant>,
    /// What could not be told.
    lost_events: u64,
    /// What could not be sent.
    send_errors: u64,
    last_send_error: Option<String>,
    stopped: bool,
}

/// What is to be done once the node is unlocked.
#[derive(Default)]
struct Outcome {
    transmits: Vec<Transmit>,
    wakes: crate::slot::Wakes,
    answers: Vec<(oneshot::Sender<Vec<Answer>>, Vec<Answer>)>,
    /// In the order of their packets among `transmits`.
    writes: Vec<(Writer, Route)>,
    failures: Vec<(Writer, WriteError)>,
    lost: Vec<Event>,
}

/// Who waits for a message to be sent.
type Writer = oneshot::Sender<Result<Route, WriteError>>;

impl Live {
    /// [`open`](Self::open) and [`start`](Opened::start) in one.
    ///
    /// # Errors
    ///
    /// [`LiveError`].
    pub fn start(
        config: LiveConfig,
        table: Arc<Table>,
    ) -> Result<(Self, mpsc::Receiver<Event>), LiveError> {
        Self::open(config, Vec::new())?.start(table)
    }

    /// Opens the sockets, all that may need a privilege. A service's port that one of `passed` is
    /// bound to, by systemd for example, is not opened.
    ///
    /// # Errors
    ///
    /// [`LiveError`].
    pub fn open(config: LiveConfig, passed: Vec<UdpSocket>) -> Result<Opened, LiveError> {
        let LiveConfig { mut node, network, listens } = config;
        node.listens = listens;
        node.seed = seed();
        let (name_port, datagram_port) =
            if listens { (node.name_port, node.datagram_port) } else { (0, 0) };
        let bind = if listens { network.bind()? } else { None };
        let (mut name, mut datagram) = (Vec::new(), Vec::new());
        for socket in passed {
            let is_name = socket.local_addr()?.port() == name_port;
            let (sockets, port) =
                if is_name { (&mut name, name_port) } else { (&mut datagram, datagram_port) };
            sockets.push(Socket::adopt(socket, port)?);
        }
        for (sockets, port) in [(&mut name, name_port), (&mut datagram, datagram_port)] {
            if sockets.is_empty() {
                *sockets = net::open(&net::Config { port, bind })?;
            }
        }
        if !listens {
            node.sends_from = datagram.first().map(|socket| socket.local().port());
        }
        // On the LAN inside this machine each host has the ports of its address for itself.
        let borrowed = (!listens && !matches!(network, Network::Loopback { .. }))
            .then(|| {
                Ok::<_, LiveError>(net::Config { port: node.datagram_port, bind: network.bind()? })
            })
            .transpose()?;
        Ok(Opened { node, network, name, datagram, borrowed })
    }

    fn spawn(&mut self, name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
        self.threads.push(thread::Builder::new().name(name.into()).spawn(run)?);
        Ok(())
    }

    /// Its slots.
    pub fn table(&self) -> &Arc<Table> {
        &self.shared.table
    }

    /// Does something with the node, and what follows from it.
    pub fn with_node<T>(&self, act: impl FnOnce(&mut Node, Instant) -> T) -> T {
        self.shared.with(|state, now| act(&mut state.node, now))
    }

    /// Asks the network; the answers, none where nobody has the name.
    ///
    /// # Errors
    ///
    /// [`NodeError`].
    pub async fn query(&self, name: Name, question: Question) -> Result<Vec<Answer>, NodeError> {
        let answered = self.shared.begin_query(name, question)?;
        // A node that stops answers nothing more.
        Ok(answered.await.unwrap_or_default())
    }

    /// Writes one message to other machines, once its name is found. Returns the way it went;
    /// nobody tells whether it arrived.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; nothing left the machine then.
    pub async fn write(
        &self,
        destination: Destination,
        slot: &LocalName,
        data: &[u8],
    ) -> Result<Route, WriteError> {
        self.begin_write(destination, slot, data)?.await
    }

    /// The same, for whoever cannot keep the data. What is refused at once is said at once.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; nothing was sent then.
    pub fn begin_write(
        &self,
        destination: Destination,
        slot: &LocalName,
        data: &[u8],
    ) -> Result<impl Future<Output = Result<Route, WriteError>> + Send + use<>, WriteError> {
        let sent = self.shared.begin_write(destination, slot, data)?;
        // A node that stops sends nothing more.
        Ok(async { sent.await.unwrap_or(Err(WriteError::Node(NodeError::NoInterface))) })
    }

    /// What it is beside nmbd, where that has the ports; none where the node has them itself.
    pub fn beside(&self) -> Option<&Beside> {
        self.beside.as_ref()
    }

    /// The code page of mailslots' names on the wire.
    pub fn code_page(&self) -> CodePage {
        self.shared.code_page
    }

    /// The computer's name and its workgroup, where it has them.
    pub fn names(&self) -> Option<(Name, Name)> {
        self.shared.lock().node.station()
    }

    /// Events that were lost, since nobody took them out in time.
    pub fn lost_events(&self) -> u64 {
        self.shared.lock().lost_events
    }

    /// The books of the name service.
    pub fn name_counters(&self) -> NameCounters {
        self.shared.lock().node.name_counters().clone()
    }

    /// The books.
    pub fn counters(&self) -> Counters {
        self.shared.lock().node.counters().clone()
    }

    /// Packets of a port that the kernel dropped, since the node did not take them out in time.
    ///
    /// # Errors
    ///
    /// Where the system does not tell.
    pub fn kernel_drops(&self, port: Port) -> io::Result<u64> {
        net::kernel_drops(self.shared.sockets(port))
    }

    /// What was received room for in octets, least of all sockets: [`net::RECEIVE_BUFFER`] was
    /// asked for.
    ///
    /// # Errors
    ///
    /// Where the system does not tell.
    pub fn receive_buffer(&self) -> io::Result<usize> {
        let sockets = self.shared.name.iter().chain(&self.shared.datagram);
        let sizes: io::Result<Vec<_>> = sockets.map(Socket::receive_buffer).collect();
        Ok(sizes?.into_iter().min().unwrap_or_default())
    }

    /// The last packet that could not be sent, and how many could not.
    pub fn send_errors(&self) -> (u64, Option<String>) {
        let state = self.shared.lock();
        (state.send_errors, state.last_send_error.clone())
    }

    /// Gives the names back, in three broadcasts over half a second.
    pub async fn leave(&self) {
        self.shared.with(|state, now| state.node.leave(now));
        while !self.shared.lock().node.has_left() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // At least once, where nobody had the time to leave properly.
        self.shared.with(|state, now| {
            if !state.node.has_left() {
                state.node.leave(now);
            }
            state.stopped = true;
            // Nobody is to wait for an answer that no longer comes.
            state.queries.clear();
        });
        self.shared.sooner.notify_all();
        self.shared.stop.stop();
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
        let mut state = self.shared.lock();
        state.node.finish();
        while state.node.poll_event().is_some() {}
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    const fn sockets(&self, port: Port) -> &Vec<Socket> {
        match port {
            Port::Name => &self.name,
            Port::Datagram => &self.datagram,
        }
    }

    /// Does something with the node under the lock, and what follows from it without.
    fn with<T>(&self, act: impl FnOnce(&mut State, Instant) -> T) -> T {
        let mut state = self.lock();
        let result = act(&mut state, clock::now());
        let mut outcome = Outcome::default();
        self.drain(&mut state, &mut outcome);
        drop(state);
        self.carry_out(outcome);
        result
    }

    /// Asks the network, and hands over the answers once there are some, or can be none.
    fn begin_query(
        &self,
        name: Name,
        question: Question,
    ) -> Result<oneshot::Receiver<Vec<Answer>>, NodeError> {
        self.with(|state, now| {
            let (sender, receiver) = oneshot::channel();
            if !state.stopped {
                let id = state.node.query(now, name, question)?;
                state.queries.insert(id, sender);
            }
            Ok(receiver)
        })
    }

    /// Hands a message to the node, and tells how it went once it was sent.
    fn begin_write(
        &self,
        destination: Destination,
        slot: &LocalName,
        data: &[u8],
    ) -> Result<oneshot::Receiver<Result<Route, WriteError>>, WriteError> {
        let (writer, sent) = oneshot::channel();
        let mut state = self.lock();
        let mut outcome = Outcome::default();
        match state.node.write(clock::now(), destination, slot, data)? {
            Written::Done(route) => outcome.writes.push((writer, route)),
            Written::Resolving(id) => {
                state.writes.insert(id, writer);
            }
        }
        self.drain(&mut state, &mut outcome);
        drop(state);
        self.carry_out(outcome);
        Ok(sent)
    }

    /// Takes out what the node has to say.
    fn drain(&self, state: &mut State, outcome: &mut Outcome) {
        while let Some(transmit) = state.node.poll_transmit() {
            outcome.transmits.push(transmit);
        }
        while let Some(event) = state.node.poll_event() {
            match event {
                Event::Answered { id, answers, .. } if state.queries.contains_key(&id) => {
                    let asker = state.queries.remove(&id);
                    outcome.answers.extend(asker.map(|asker| (asker, answers)));
                }
                Event::Written { id, result } if state.writes.contains_key(&id) => {
                    match (state.writes.remove(&id), result) {
                        (Some(writer), Ok(route)) => outcome.writes.push((writer, route)),
                        (Some(writer), Err(error)) => outcome.failures.push((writer, error)),
                        (None, _) => {}
                    }
                }
                event => {
                    if let Err(lost) = self.events.try_send(event) {
                        state.lost_events += 1;
                        // What it holds may wake readers.
                        outcome.lost.push(lost.into_inner());
                    }
                }
            }
        }
        outcome.wakes.extend(state.node.take_wakes());
        let deadline = state.node.deadline();
        if deadline.is_some_and(|deadline| state.timer.is_none_or(|timer| deadline < timer)) {
            state.timer = deadline;
            self.sooner.notify_one();
        }
    }

    /// Sends, and then tells those who wait for what was sent, or found.
    fn carry_out(&self, outcome: Outcome) {
        outcome.wakes.fire();
        let mut sent = Vec::new();
        for transmit in outcome.transmits {
            let Transmit { port, interface, from, to, payload } = transmit;
            let borrowed = self.borrowed.filter(|_| port == Port::Datagram);
            let borrowed = borrowed.and_then(|net::Config { port, bind }| {
                net::borrow_port(port, bind.map(|bind| bind.address)).ok()
            });
            let Some(socket) = borrowed.as_ref().or_else(|| self.sockets(port).first()) else {
                continue;
            };
            let source = (!from.is_unspecified()).then_some(from);
            let result = net::send(socket, interface, source, to, &payload);
            if let Err(error) = &result {
                let mut state = self.lock();
                state.send_errors += 1;
                state.last_send_error = Some(error.to_string());
            }
            if port == Port::Datagram {
                sent.push(result);
            }
        }
        let mut sent = sent.into_iter();
        for (writer, route) in outcome.writes {
            let results: Vec<_> = sent.by_ref().take(route.packets()).collect();
            // One network of several is enough.
            let refused = results.iter().all(Result::is_err);
            let why = results.into_iter().find_map(Result::err).filter(|_| refused);
            let result = why.map_or(Ok(route), |why| Err(WriteError::Refused(why.to_string())));
            // Who wrote may have gone.
            let _ = writer.send(result);
        }
        for (writer, error) in outcome.failures {
            let _ = writer.send(Err(error));
        }
        for (asker, answers) in outcome.answers {
            let _ = asker.send(answers);
        }
    }

    fn receive(&self, port: Port, at: usize) {
        let Some(socket) = self.sockets(port).get(at) else { return };
        let local_port = socket.local().port();
        let ended = net::receive(socket, &self.stop, |batch| {
            let Ok(batch) = batch else { return };
            let mut state = self.lock();
            let now = clock::now();
            let mut outcome = Outcome::default();
            for packet in batch {
                let received = Received {
                    interface: packet.interface,
                    from: packet.from,
                    to: SocketAddrV4::new(packet.to, local_port),
                    payload: packet.payload,
                };
                match port {
                    Port::Name => state.node.input_name(now, received),
                    Port::Datagram => drop(state.node.input(now, received)),
                }
                // Before the next one, as the node asks.
                self.drain(&mut state, &mut outcome);
            }
            drop(state);
            self.carry_out(outcome);
        });
        if let Err(error) = ended {
            self.tell(Event::Deaf { port, reason: error.to_string() });
        }
    }

    /// What no node knows of.
    fn tell(&self, event: Event) {
        // There is nobody to tell where nobody takes events.
        if self.events.try_send(event).is_err() {
            self.lock().lost_events += 1;
        }
    }

    fn timer(&self) {
        let mut state = self.lock();
        while !state.stopped {
            let now = clock::now();
            let deadline = state.node.deadline();
            if deadline.is_some_and(|deadline| deadline <= now) {
                state.node.timeout(now);
                let mut outcome = Outcome::default();
                self.drain(&mut state, &mut outcome);
                drop(state);
                self.carry_out(outcome);
                state = self.lock();
                continue;
            }
            state.timer = deadline;
            let left = deadline.map_or(Duration::MAX, |deadline| deadline.saturating_since(now));
            // Rounded up: not to wake a moment too soon again and again.
            let left =
                left.saturating_add(Duration::from_micros(50)).min(Duration::from_secs(3600));
            state = match self.sooner.wait_timeout(state, left) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

/// Tells the node of addresses that come and go, as long as there is one.
fn watch_interfaces(changes: &net::Changes, shared: &Weak<Shared>) {
    // Whether the last look failed.
    let mut again = false;
    loop {
        let news = changes.wait(INTERFACE_WAIT);
        if news.is_err() {
            // News were lost, or there is nothing to be had: look, and not too often.
            thread::sleep(INTERFACE_WAIT);
        }
        let Some(shared) = shared.upgrade() else { return };
        if shared.stop.is_stopped() {
            return;
        }
        if again || news.unwrap_or(true) {
            let interfaces = shared.network.interfaces();
            again = interfaces.is_err();
            if let Ok(interfaces) = interfaces {
                shared.with(|state, now| state.node.interfaces(now, interfaces));
            }
        }
    }
}
