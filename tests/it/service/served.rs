//! A service to try, and clients of it that say what they like.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf as _, BytesMut};
use mailslot::client::Connection;
use mailslot::ipc::{CreateFlags, Failure, Numbered, Reply, Request, VERSION, Wait, next_frame};
use mailslot::net::peer::own_id;
use mailslot::runtime::Live;
use mailslot::service::rights::{Quotas, Rights};
use mailslot::service::{Config, Note, Service};
use mailslot::slot::{ReadTimeout, Table};
use tokio::sync::mpsc;

/// How long anything may take that is to happen.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

pub(super) const FOREVER: Wait = Wait::For(ReadTimeout::FOREVER);
pub(super) const AT_ONCE: Wait = Wait::For(ReadTimeout::NONE);

/// A service of this machine alone, at a socket of its own.
pub(super) struct Served {
    pub(super) service: Service,
    pub(super) table: Arc<Table>,
    notes: mpsc::Receiver<Note>,
    folder: tempfile::TempDir,
    /// Asks for the counters: what it is told is so on the thread of the service.
    control: Raw,
    /// A counter of messages that not only clients moved.
    forgiven: Option<&'static str>,
    /// Slots that the process of the service leaves.
    slots_left: u64,
}

/// Rights of a service of this user, with quotas for him and for all that are set so.
pub(super) fn rights(set: impl FnOnce(&mut Quotas)) -> Rights {
    let mut rights = Rights::of(own_id());
    set(&mut rights.user);
    let (user, total) = (rights.user, &mut rights.total);
    (total.slots, total.octets) = (user.slots, user.octets);
    total.connections = user.connections;
    rights
}

impl Served {
    pub(super) fn start() -> Self {
        Self::with(Rights::of(own_id()))
    }

    pub(super) fn with(rights: Rights) -> Self {
        Self::with_live(rights, Arc::new(Table::new()), None)
    }

    /// One that has a node.
    pub(super) fn with_live(rights: Rights, table: Arc<Table>, live: Option<Arc<Live>>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).expect("a socket");
        let mut config = Config::new(Arc::clone(&table), rights, &path);
        config.live = live;
        let (service, notes) = Service::start(config, vec![listener]).expect("a thread");
        let control = Raw::greeted(&path);
        Self { service, table, notes, folder, control, forgiven: None, slots_left: 0 }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// Somebody who has not said anything.
    pub(super) fn silent(&self) -> Raw {
        Raw::new(UnixStream::connect(self.path()).expect("a service"))
    }

    /// Somebody who has greeted.
    pub(super) fn raw(&self) -> Raw {
        Raw::greeted(&self.path())
    }

    /// This crate's client.
    pub(super) fn client(&self) -> Connection {
        Connection::open(&self.path()).expect("a service")
    }

    /// What the service has told whoever runs it.
    pub(super) fn notes(&mut self) -> Vec<Note> {
        // What was told before another reply is there.
        self.stats();
        std::iter::from_fn(|| self.notes.try_recv().ok()).collect()
    }

    pub(super) fn stats(&mut self) -> BTreeMap<String, u64> {
        match self.control.ask(&Request::Stats) {
            Ok(Reply::Stats(stats)) => stats.into_iter().collect(),
            other => panic!("{other:?}"),
        }
    }

    /// One of its counters.
    pub(super) fn stat(&mut self, name: &str) -> u64 {
        let stats = self.stats();
        *stats.get(name).unwrap_or_else(|| panic!("{name} is none of {stats:?}"))
    }

    /// Waits until a counter has come to a number.
    pub(super) fn wait_for(&mut self, name: &str, number: u64) {
        let begin = Instant::now();
        loop {
            let stat = self.stat(name);
            if stat == number {
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "{name} is {stat}, not {number}");
        }
    }

    /// Not only clients move that counter of messages.
    pub(super) fn forgive(&mut self, name: &'static str) {
        self.forgiven = Some(name);
    }

    /// So many slots are there at the end, which are no client's.
    pub(super) fn leave_slots(&mut self, slots: u64) {
        self.slots_left = slots;
    }

    /// The books of messages that only clients wrote and read: they balance, and those of the
    /// service and of its slots agree.
    pub(super) fn check_books(&mut self) {
        let stats = self.stats();
        let of = |name: &str| stats[name];
        assert_eq!(
            of("messages.written") + of("messages.put_back"),
            of("messages.read") + of("messages.vanished") + of("messages.queued"),
            "{stats:?}"
        );
        for name in ["written", "read", "put_back"] {
            if self.forgiven == Some(name) {
                continue;
            }
            let (service, slots) = (format!("service.messages_{name}"), format!("messages.{name}"));
            assert_eq!(of(&service), of(&slots), "{service}, {slots}: {stats:?}");
        }
        let ended = of("service.requests_denied") + of("service.requests_failed");
        assert!(ended <= of("service.requests"), "{stats:?}");
        assert!(of("service.connections") <= of("service.connections_accepted"), "{stats:?}");
    }
}

/// Once all clients are gone nothing of them is left, and the books balance.
impl Drop for Served {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        self.wait_for("service.connections", 1);
        self.check_books();
        let stats = self.stats();
        assert_eq!((stats["slots"], stats["octets"]), (self.slots_left, 0));
        assert_eq!(stats["messages.queued"], 0);
    }
}

/// A client, octet by octet.
pub(super) struct Raw {
    pub(super) stream: UnixStream,
    input: BytesMut,
    last_id: u32,
}

impl Raw {
    pub(super) fn new(stream: UnixStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
        Self { stream, input: BytesMut::new(), last_id: 0 }
    }

    fn greeted(path: &Path) -> Self {
        let mut raw = Self::new(UnixStream::connect(path).expect("a service"));
        let welcome = raw.ask(&Request::Hello { version: VERSION });
        assert!(matches!(welcome, Ok(Reply::Welcome(_))), "{welcome:?}");
        raw
    }

    pub(super) fn octets(&mut self, octets: &[u8]) {
        self.stream.write_all(octets).expect("it listens");
    }

    /// Sends a request. Returns its id.
    pub(super) fn send(&mut self, request: &Request<'_>) -> u32 {
        self.last_id += 1;
        self.send_as(self.last_id, request);
        self.last_id
    }

    pub(super) fn send_as(&mut self, id: u32, request: &Request<'_>) {
        let mut octets = BytesMut::new();
        request.encode(id, &mut octets);
        self.octets(&octets);
    }

    /// The next reply; none where the service has ended the connection.
    pub(super) fn reply(&mut self) -> Option<(u32, Reply)> {
        loop {
            if let Some((frame, octets)) = next_frame(&self.input, usize::MAX).expect("frames") {
                let reply = (frame.id, Reply::decode(frame).expect("a reply"));
                self.input.advance(octets);
                return Some(reply);
            }
            let mut octets = [0; 16 << 10];
            match self.stream.read(&mut octets) {
                Ok(0) => {
                    assert!(self.input.is_empty(), "half a frame: {:?}", &self.input[..]);
                    return None;
                }
                Ok(read) => self.input.extend_from_slice(&octets[..read]),
                // It had not read all that was sent.
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("no reply: {error}"),
            }
        }
    }

    /// The next reply, which is to that request.
    pub(super) fn reply_to(&mut self, id: u32) -> Result<Reply, Failure> {
        match self.reply().expect("it is connected") {
            (to, Reply::Failed(failure)) if to == id => Err(failure),
            (to, reply) if to == id => Ok(reply),
            other => panic!("{other:?} is not to {id}"),
        }
    }

    pub(super) fn ask(&mut self, request: &Request<'_>) -> Result<Reply, Failure> {
        let id = self.send(request);
        self.reply_to(id)
    }

    /// The code that a request fails with.
    pub(super) fn refused(&mut self, request: &Request<'_>) -> u32 {
        self.ask(request).expect_err("it fails").win32_code
    }

    pub(super) fn handle(&mut self, request: &Request<'_>) -> u32 {
        match self.ask(request) {
            Ok(Reply::Handle(entry)) => entry.handle,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn create(&mut self, path: &str) -> u32 {
        self.handle(&create(path))
    }

    pub(super) fn open(&mut self, path: &str) -> u32 {
        self.handle(&Request::Open { path })
    }

    pub(super) fn write(&mut self, handle: u32, data: &[u8]) {
        let written = self.ask(&Request::Write { handle, data });
        assert!(matches!(written, Ok(Reply::Written(_))), "{written:?}");
    }

    /// The first message, with its place.
    pub(super) fn read(&mut self, handle: u32) -> Numbered {
        match &self.read_many(handle, 1)[..] {
            [message] => message.clone(),
            messages => panic!("{messages:?}"),
        }
    }

    pub(super) fn read_many(&mut self, handle: u32, most: u32) -> Vec<Numbered> {
        let id = self.send(&read(handle, most, AT_ONCE));
        self.messages(id)
    }

    /// The messages that a read comes to.
    pub(super) fn messages(&mut self, id: u32) -> Vec<Numbered> {
        match self.reply_to(id) {
            Ok(Reply::Messages(messages)) => messages,
            other => panic!("{other:?}"),
        }
    }

    /// The octets of the message that a read comes to.
    pub(super) fn data(&mut self, id: u32) -> Vec<u8> {
        let messages = self.messages(id);
        assert_eq!(messages.len(), 1);
        messages[0].message.data.to_vec()
    }

    /// How many messages wait.
    pub(super) fn count(&mut self, handle: u32) -> usize {
        match self.ask(&Request::Info { handle }) {
            Ok(Reply::Info(info)) => info.message_count,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn token(&mut self, handle: u32) -> String {
        match self.ask(&Request::Share { handle }) {
            Ok(Reply::Token(token)) => token,
            other => panic!("{other:?}"),
        }
    }

    /// Whether there is a reply already. It asks for something else, which is answered later.
    pub(super) fn is_answered(&mut self, id: u32) -> bool {
        let last = self.send(&Request::Node);
        let (to, _) = self.reply().expect("it is connected");
        assert!(to == last || to == id, "{to}");
        if to == id {
            assert_eq!(self.reply().expect("it is connected").0, last);
        }
        to == id
    }
}

pub(super) fn create(path: &str) -> Request<'_> {
    create_with(path, ReadTimeout::NONE, CreateFlags::empty())
}

pub(super) fn create_with(
    path: &str,
    read_timeout: ReadTimeout,
    flags: CreateFlags,
) -> Request<'_> {
    Request::Create {
        path,
        max_message_size: 0,
        read_timeout,
        max_messages: 0,
        max_octets: 0,
        flags,
    }
}

pub(super) fn read(handle: u32, most: u32, wait: Wait) -> Request<'static> {
    Request::Read { handle, capacity: u32::MAX, most, wait }
}
