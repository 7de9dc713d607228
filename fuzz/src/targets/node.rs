//! The node with its slots, driven by sequences of operations.

use std::collections::{BTreeMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use mailslot::node::{
    Config, Disposition, Event, Node, OwnName, Owned, Received, SizePolicy, limits,
};
use mailslot::slot::{self, LocalName, Options, Read, ReadTimeout, Server, Table, Ticket, Writer};
use mailslot::time::Instant;
use mailslot::wire::datagram::{Body, Data, Datagram, Flags, Header, MsgType};
use mailslot::wire::netbios::{Name, Suffix};
use mailslot::wire::smb::{Profile, SlotName};

use super::input::Input;

const NAMES: [&str; 4] = ["LINUXBOX", "OFFICE", "PRINTER", "WINBOX"];
const SLOTS: [&str; 4] = ["alerts", "chat", r"pos\eod", "büro"];
const MAX_MESSAGES: usize = 6;
/// So many operations that a long input does not take for ever.
const MAX_OPERATIONS: usize = 400;

/// A slot as it must be: what is queued, which reads wait, and what they were assigned.
struct Model {
    server: Server,
    queue: VecDeque<(u64, Vec<u8>)>,
    next: u64,
    waiting: VecDeque<(Ticket, usize, Option<Instant>)>,
    ended: BTreeMap<Ticket, Result<(u64, Vec<u8>), Read>>,
    timeout: ReadTimeout,
    max_message_size: u32,
}

impl Model {
    fn new(server: Server, options: (u32, ReadTimeout)) -> Self {
        Self {
            server,
            queue: VecDeque::new(),
            next: 0,
            waiting: VecDeque::new(),
            ended: BTreeMap::new(),
            timeout: options.1,
            max_message_size: options.0,
        }
    }

    fn push(&mut self, now: Instant, data: Vec<u8>) {
        self.queue.push_back((self.next, data));
        self.next += 1;
        self.serve(now);
    }

    fn serve(&mut self, now: Instant) {
        while !self.queue.is_empty() {
            let Some((ticket, capacity, deadline)) = self.waiting.pop_front() else { return };
            let needed = self.queue[0].1.len();
            let end = if deadline.is_some_and(|deadline| deadline <= now) {
                Err(Read::TimedOut)
            } else if needed > capacity {
                Err(Read::TooSmall { needed })
            } else {
                Ok(self.queue.pop_front().expect("not empty"))
            };
            self.ended.insert(ticket, end);
        }
    }

    /// Whether a message of that size is refused.
    fn refuses(&self, size: usize) -> bool {
        let too_long = self.max_message_size != 0 && size > self.max_message_size as usize;
        too_long || self.queue.len() >= MAX_MESSAGES
    }
}

struct World {
    node: Node,
    table: Arc<Table>,
    tap: Tap,
    now: Instant,
    /// By folded name.
    slots: BTreeMap<String, Model>,
    writers: Vec<(Writer, u64)>,
    tickets: Vec<(u64, Ticket)>,
}

/// A second node with the same input, whose slots are all there and read at once: it tells what a
/// datagram, or the last of its fragments, carried.
struct Tap {
    node: Node,
    servers: Vec<Server>,
}

impl Tap {
    fn new(mut config: Config) -> Self {
        config.drop_duplicates = false;
        let table = Arc::new(Table::new());
        let create = |slot: &&str| {
            let path = LocalName::parse(slot).expect("a name");
            table.create(Instant::ZERO, &path, &Options::default()).expect("free")
        };
        let servers = SLOTS.iter().map(create).collect();
        Self { node: Node::new(config, table), servers }
    }

    fn input(&mut self, now: Instant, received: Received<'_>) -> Option<Vec<u8>> {
        let disposition = self.node.input(now, received);
        self.node.take_wakes().fire();
        while self.node.poll_event().is_some() {}
        let Disposition::Delivered(slot) = disposition else { return None };
        let server = self.servers.iter().find(|server| server.slot().id() == slot.id());
        let Ok(Read::Done(message)) = server.expect("of the tap").read(now, usize::MAX) else {
            panic!("delivered and not there");
        };
        assert_eq!(server.expect("of the tap").info().message_count, 0, "delivered once");
        Some(message.data.to_vec())
    }
}

fn name(text: &str) -> Name {
    Name::new(text, Suffix::WORKSTATION).expect("a name")
}

/// Operations: 0 is a datagram, two octets of its length and its own; the others are built.
pub fn node(data: &[u8]) {
    let mut input = Input(data);
    // A sequence of datagrams alone, as the seeds are, is for a node that owns everything.
    let flags = if data.first() == Some(&0) { 0xff } else { input.octet() };
    let mut config = Config::default();
    config.owned = if flags & 1 != 0 { Owned::Any } else { Owned::Listed };
    config.names = vec![OwnName::unique(name("LINUXBOX")), OwnName::group(name("OFFICE"))];
    config.reassemble = flags & 2 != 0;
    config.drop_duplicates = flags & 4 != 0;
    config.size_policy = match flags & 0x18 {
        0 => SizePolicy::Documented,
        8 => SizePolicy::Lab,
        _ => SizePolicy::Windows,
    };
    let table = Arc::new(Table::new());
    let mut world = World {
        tap: Tap::new(config.clone()),
        node: Node::new(config, Arc::clone(&table)),
        table,
        now: Instant::from_millis(100_000),
        slots: BTreeMap::new(),
        writers: Vec::new(),
        tickets: Vec::new(),
    };
    for _ in 0..MAX_OPERATIONS {
        if input.0.is_empty() {
            break;
        }
        world.step(&mut input);
        world.check();
    }
    world.node.finish();
    world.check();
    assert_eq!(world.node.counters().held, 0);
}

impl World {
    fn step(&mut self, input: &mut Input<'_>) {
        match input.octet() % 13 {
            0 => {
                let length = usize::from(input.word());
                let payload = input.take(length);
                let from = SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 20), 138);
                self.datagram(from, payload);
            }
            1 | 2 => self.built(input),
            3 => self.step_clock(input),
            4 => self.create(input),
            5 => {
                let path = SLOTS[input.below(SLOTS.len())];
                let path = LocalName::parse(path).expect("a name");
                match (self.table.open(&path), self.slots.get(path.folded())) {
                    (Ok(writer), Some(model)) => {
                        self.writers.push((writer, model.server.slot().id()));
                    }
                    (Err(error), None) => assert_eq!(error, slot::Error::NotFound),
                    (opened, _) => panic!("{opened:?} of {path}"),
                }
                self.writers.truncate(16);
            }
            6 => self.write(input),
            7 | 8 => self.read(input),
            9 => self.collect(input),
            10 => self.cancel(input),
            11 => {
                if let Some(model) = self.pick(input) {
                    let timeout = [0, 10, 300, u32::MAX][input.below(4)];
                    model.timeout = ReadTimeout(timeout);
                    model.server.set_read_timeout(model.timeout);
                }
            }
            _ => {
                if input.below(4) == 0 {
                    let key = self.slots.keys().next().cloned();
                    if let Some(key) = key {
                        self.slots.remove(&key);
                    }
                } else {
                    self.node.timeout(self.now);
                    self.tap.node.timeout(self.now);
                }
            }
        }
    }

    fn pick(&mut self, input: &mut Input<'_>) -> Option<&mut Model> {
        let count = self.slots.len();
        if count == 0 { None } else { self.slots.values_mut().nth(input.below(count)) }
    }

    fn step_clock(&mut self, input: &mut Input<'_>) {
        let now = self.now.as_micros();
        let by = u64::from(input.octet());
        self.now = Instant::from_micros(match input.octet() % 4 {
            0 => now + by,
            1 => now + by * 10_000,
            2 => now + by * 10_000_000,
            _ => now.saturating_sub(by * 100_000),
        });
        self.node.timeout(self.now);
        self.tap.node.timeout(self.now);
    }

    fn create(&mut self, input: &mut Input<'_>) {
        let path = LocalName::parse(SLOTS[input.below(SLOTS.len())]).expect("a name");
        let size = [0, 1, 100, 424][input.below(4)];
        let timeout = ReadTimeout([0, 10, u32::MAX][input.below(3)]);
        let options = Options::default()
            .max_messages(MAX_MESSAGES)
            .max_message_size(size)
            .read_timeout(timeout);
        match self.table.create(self.now, &path, &options) {
            Ok(server) => {
                let model = Model::new(server, (size, timeout));
                assert!(self.slots.insert(path.folded().to_owned(), model).is_none());
            }
            Err(error) => {
                assert_eq!(error, slot::Error::AlreadyExists);
                assert!(self.slots.contains_key(path.folded()));
            }
        }
    }

    fn built(&mut self, input: &mut Input<'_>) {
        let slot = SLOTS[input.below(SLOTS.len())];
        let octets: Vec<u8> = r"\MAILSLOT\"
            .chars()
            .chain(slot.chars())
            .map(|c| mailslot::wire::oem::CodePage::Cp850.encode_char(c).expect("in 850"))
            .collect();
        let size = [0, 1, 5, 400, 424, 425, 429][input.below(7)];
        let text = vec![input.octet(); size];
        let smb = Profile::Api.write(SlotName::new(&octets).expect("a name"), &text).to_vec();
        let header = Header {
            msg_type: MsgType::from_octet(0x10 + input.octet() % 4).expect("a type"),
            flags: Flags::FIRST,
            dgm_id: u16::from(input.octet() % 4),
            source_ip: Ipv4Addr::new(192, 168, 1, 20),
            source_port: 138,
        };
        let from = name(NAMES[input.below(NAMES.len())]);
        let to = name(NAMES[input.below(NAMES.len())]);
        let body = Body::Data(Data::whole(from.into(), to.into(), &smb));
        let datagram = Datagram { header, body };
        let address = SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, input.octet() % 3), 138);
        match input.octet() % 3 {
            0 => self.datagram(address, &datagram.to_vec()),
            more => {
                let parts = datagram.fragments([100, 200, 300][input.below(3)]);
                let which = input.octet();
                for (i, part) in parts.iter().enumerate() {
                    if which & 1 << (i % 8) != 0 || more == 2 {
                        self.datagram(address, &part.to_vec());
                    }
                }
            }
        }
    }

    fn datagram(&mut self, from: SocketAddrV4, payload: &[u8]) {
        let to = SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 5), 138);
        let received = Received { interface: 0, from, to, payload };
        let carried = self.tap.input(self.now, received);
        let disposition = self.node.input(self.now, received);
        self.node.take_wakes().fire();
        while let Some(event) = self.node.poll_event() {
            assert!(matches!(event, Event::FragmentsDropped { .. }), "{event:?}");
        }
        if let Disposition::Delivered(slot) = disposition {
            let data = carried.expect("the tap reads what is delivered");
            let model = self
                .slots
                .values_mut()
                .find(|model| model.server.slot().id() == slot.id())
                .expect("a slot that is open");
            assert!(!model.refuses(data.len()));
            model.push(self.now, data);
        }
    }

    fn write(&mut self, input: &mut Input<'_>) {
        if self.writers.is_empty() {
            return;
        }
        let which = input.below(self.writers.len());
        let (writer, id) = &self.writers[which];
        let data = vec![input.octet(); [0, 1, 50, 424, 1000][input.below(5)]];
        let result = writer.write(self.now, &data);
        let model = self.slots.values_mut().find(|model| model.server.slot().id() == *id);
        match (result, model) {
            (Ok(wakes), Some(model)) => {
                wakes.fire();
                assert!(!model.refuses(data.len()));
                model.push(self.now, data);
            }
            (Err(slot::Error::Closed), None) => {}
            (Err(_), Some(model)) => assert!(model.refuses(data.len())),
            (result, _) => panic!("{result:?}"),
        }
    }

    fn read(&mut self, input: &mut Input<'_>) {
        let now = self.now;
        let Some(model) = self.pick(input) else { return };
        let capacity = [0, 1, 100, 2000][input.below(4)];
        let read = model.server.read(now, capacity).expect("few reads");
        match model.queue.front() {
            Some((_, first)) if first.len() <= capacity => {
                let (_, first) = model.queue.pop_front().expect("not empty");
                assert!(matches!(read, Read::Done(message) if *message.data == first));
            }
            Some((_, first)) => assert_eq!(read, Read::TooSmall { needed: first.len() }),
            None if model.timeout == ReadTimeout::NONE => assert_eq!(read, Read::TimedOut),
            None => {
                let Read::Waiting { ticket, deadline } = read else { panic!("{read:?}") };
                model.waiting.push_back((ticket, capacity, deadline));
                let id = model.server.slot().id();
                self.tickets.push((id, ticket));
            }
        }
    }

    /// A ticket and the slot it is of, if that is still open.
    fn ticket(&mut self, input: &mut Input<'_>) -> Option<(&mut Model, Ticket)> {
        if self.tickets.is_empty() {
            return None;
        }
        let (id, ticket) = self.tickets[input.below(self.tickets.len())];
        let model = self.slots.values_mut().find(|model| model.server.slot().id() == id)?;
        Some((model, ticket))
    }

    fn collect(&mut self, input: &mut Input<'_>) {
        let now = self.now;
        let Some((model, ticket)) = self.ticket(input) else { return };
        let read = model.server.collect(now, ticket, None);
        if let Some(end) = model.ended.remove(&ticket) {
            match end {
                Ok((_, data)) => {
                    assert!(matches!(read, Read::Done(message) if *message.data == data));
                }
                Err(end) => assert_eq!(read, end),
            }
        } else if let Some(at) = model.waiting.iter().position(|(waits, ..)| *waits == ticket) {
            if model.waiting[at].2.is_some_and(|deadline| deadline <= now) {
                assert_eq!(read, Read::TimedOut);
                model.waiting.remove(at);
            } else {
                assert!(matches!(read, Read::Waiting { .. }));
            }
        } else {
            assert_eq!(read, Read::Aborted);
        }
    }

    fn cancel(&mut self, input: &mut Input<'_>) {
        let now = self.now;
        let Some((model, ticket)) = self.ticket(input) else { return };
        model.server.cancel(now, ticket).fire();
        model.waiting.retain(|(waits, ..)| *waits != ticket);
        if let Some(Ok(message)) = model.ended.remove(&ticket) {
            model.queue.push_back(message);
            model.queue.make_contiguous().sort_unstable_by_key(|message| message.0);
            model.serve(now);
        }
    }

    /// What holds after every step.
    fn check(&self) {
        let counters = self.node.counters();
        assert!(counters.balance(), "{counters:?}");
        assert!(counters.held <= (limits::MAX_REASSEMBLIES * limits::MAX_FRAGMENTS) as u64);
        assert_eq!(self.table.len(), self.slots.len());
        for model in self.slots.values() {
            let info = model.server.info();
            assert_eq!(info.message_count, model.queue.len());
            assert_eq!(info.next_size, model.queue.front().map(|message| message.1.len()));
            // Messages of reads that were cancelled stand beside those that came since.
            assert!(info.message_count <= MAX_MESSAGES + slot::limits::MAX_PENDING_READS);
        }
    }
}
