//! One client.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use tokio::net::UnixStream;
use tokio::net::unix::{ReadHalf, WriteHalf};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::handles::{Handle, Handles};
use super::input::{Ended, Input};
use super::limits::{
    CONNECTION_NAMES, CONNECTION_WRITES, DROPPED, INPUT_BUFFER, INPUT_TIME, TURN, TURN_OCTETS,
};
use super::reads::{Reads, Waiting};
use super::stats::{add, all};
use super::turns::{Line, Used};
use super::unsent::Unsent;
use super::{Note, Shared, entries_from, outbound};
use crate::ipc::{
    Code, CreateFlags, Failure, Frame, Numbered, Reply, Request, Route, VERSION, Wait, Welcome,
    limits as ipc_limits,
};
use crate::net::Peer;
use crate::runtime::clock;
use crate::slot::{
    self, Hold, LocalName, Options, Read, ReadTimeout, Remains, Slot, Target, Ticket, User,
};
use crate::wire::OctetCount;

/// The state of a connection.
#[derive(Debug)]
pub(super) struct Connection {
    shared: Arc<Shared>,
    peer: Peer,
    number: u64,
    greeted: bool,
    writes: JoinSet<(u32, Result<Reply, Failure>)>,
    reads: Reads,
    unsent: Unsent,
    handles: Handles,
    /// Handles that are to be closed.
    ended: Vec<Handle>,
    /// What was in mailslots that are closed.
    remains: Vec<Remains>,
    /// Whether nothing more is read, since the stream cannot be.
    broken: bool,
}

/// Why a client is not served any more.
#[derive(Debug, PartialEq, Eq)]
enum Gone {
    /// One of the two ends.
    Away,
    /// It reads nothing more.
    Deaf,
}

/// What a request comes to at once.
enum Outcome {
    Reply(Reply),
    /// The messages of a read, which are held.
    Messages(Arc<Slot>, Vec<(Ticket, Numbered)>),
    /// The reply comes later.
    Later,
}

impl Connection {
    pub(super) fn new(shared: Arc<Shared>, peer: Peer, number: u64) -> Self {
        Self {
            shared,
            peer,
            number,
            greeted: false,
            writes: JoinSet::new(),
            reads: Reads::default(),
            unsent: Unsent::default(),
            handles: Handles::default(),
            ended: Vec::new(),
            remains: Vec::new(),
            broken: false,
        }
    }

    /// Serves the client until one of the two ends.
    pub(super) async fn run(
        mut self,
        mut stream: UnixStream,
        mut input: Input,
        line: &Line,
        stopped: watch::Receiver<bool>,
    ) {
        let (mut reader, writer) = stream.split();
        if self.serve(&mut reader, &writer, &mut input, line, stopped).await == Gone::Deaf {
            self.given_back(&mut reader, &mut input, line).await;
        }
        self.let_go();
        self.share_no_more();
        while self.closes() {
            let turn = line.turn().await;
            self.close_some(Instant::now() + TURN);
            drop(turn);
        }
    }

    async fn serve(
        &mut self,
        reader: &mut ReadHalf<'_>,
        writer: &WriteHalf<'_>,
        input: &mut Input,
        line: &Line,
        mut stopped: watch::Receiver<bool>,
    ) -> Gone {
        let woken = self.reads.woken();
        let mut used = Used::new();
        // What there was no room to answer may have some now, or the turn was over.
        let mut more = false;
        loop {
            let waits = more || used.is_over(Instant::now());
            let turn = if waits { Some(line.turn().await) } else { None };
            let begun = Instant::now();
            let flushed = self.work(input, writer, begun + TURN);
            used.add(begun);
            drop(turn);
            if flushed.is_err() {
                return Gone::Deaf;
            }
            if self.unsent.is_empty() && self.broken {
                return Gone::Away;
            }
            let room = !self.unsent.is_full() && !self.broken;
            more = room && (input.has_frame() || self.reads.is_woken() || self.closes());
            if more {
                continue;
            }
            let deadline = self.reads.deadline().filter(|_| room);
            let left = deadline.map(|deadline| deadline.saturating_since(clock::now()));
            tokio::select! {
                read = input.read(reader), if room => match read {
                    Ok(()) => {}
                    Err(Ended::Late) => {
                        let text = format!("a request was not whole in {} s", INPUT_TIME.as_secs());
                        self.cut_off(0, &text);
                    }
                    // What is not sent by now nobody reads.
                    Err(Ended::Closed) => return Gone::Away,
                },
                writable = writer.writable(), if !self.unsent.is_empty() => {
                    if writable.is_err() {
                        return Gone::Away;
                    }
                }
                () = woken.wait(), if room => {}
                () = sleep(left.unwrap_or_default()), if left.is_some() => {}
                Some(Ok((id, result))) = self.writes.join_next() => {
                    self.reply(id, result.map(Outcome::Reply));
                }
                _ = stopped.wait_for(|stopped| *stopped) => return Gone::Away,
            }
        }
    }

    /// Does what there is to do until then, as far as there is room for the replies.
    fn work(
        &mut self,
        input: &mut Input,
        writer: &WriteHalf<'_>,
        until: Instant,
    ) -> io::Result<()> {
        self.close_some(until);
        self.due_reads(until);
        self.requests(input, until);
        let mut left = TURN_OCTETS;
        let messages = self.unsent.flush(|octets| {
            let (octets, _) = octets.split_at(octets.len().min(left));
            if octets.is_empty() {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let written = writer.try_write(octets)?;
            left -= written;
            Ok(written)
        })?;
        add(&self.shared.stats.messages_read, messages);
        Ok(())
    }

    /// Does what was asked for. What came for a read that waits goes out before what comes for one
    /// behind it.
    fn requests(&mut self, input: &mut Input, until: Instant) {
        let is_free = |this: &Self| {
            !this.unsent.is_full()
                && !this.broken
                && this.remains.is_empty()
                && !this.reads.is_woken()
        };
        while is_free(self) {
            let octets = match input.frame() {
                Ok(Some((frame, octets))) => {
                    self.request(frame);
                    octets
                }
                Ok(None) => break,
                Err(error) => {
                    self.cut_off(0, &error.to_string());
                    break;
                }
            };
            input.done(octets);
            if Instant::now() >= until {
                break;
            }
        }
    }

    /// The client reads nothing more. What it gave back before is there all the same.
    async fn given_back(&mut self, reader: &mut ReadHalf<'_>, input: &mut Input, line: &Line) {
        self.let_go();
        // It gave back no more than it had got.
        for _ in 0..ipc_limits::MAX_REQUEST / INPUT_BUFFER {
            while let Ok(Some((frame, octets))) = input.frame() {
                if let Ok(Some(request @ Request::PutBack { .. })) = Request::decode(frame) {
                    // Nobody is there to be told.
                    let _ = self.perform(0, request);
                }
                input.done(octets);
            }
            drop(line.turn().await);
            if input.read(reader).await.is_err() {
                return;
            }
        }
    }

    /// Whether there is something to close still.
    fn closes(&self) -> bool {
        !self.remains.is_empty() || !self.ended.is_empty()
    }

    /// Closes what nobody has any more, and drops what was in it.
    fn close_some(&mut self, until: Instant) {
        while self.closes() {
            match self.remains.last_mut() {
                None => {
                    let remains = self.ended.pop().and_then(Handle::end);
                    self.remains.extend(remains);
                }
                Some(remains) => {
                    remains.drop_some(DROPPED);
                    if remains.is_empty() {
                        self.remains.pop();
                    }
                }
            }
            if Instant::now() >= until {
                break;
            }
        }
    }

    /// All that it has, it has no more.
    fn share_no_more(&mut self) {
        let mut tokens = self.shared.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        self.ended = tokens.end(self.number);
        drop(tokens);
        while let Some(handle) = self.handles.pop() {
            self.ended.push(handle);
        }
    }

    /// What was to go to the client, and did not, goes back or to others: all of a slot at once, in
    /// the order of the messages.
    fn let_go(&mut self) {
        let mut by_slot: HashMap<u64, (Arc<Slot>, Vec<Ticket>)> = HashMap::new();
        for (slot, ticket) in self.reads.take().chain(self.unsent.take_held()) {
            by_slot.entry(slot.id()).or_insert_with(|| (slot, Vec::new())).1.push(ticket);
        }
        for (slot, tickets) in by_slot.into_values() {
            slot.cancel_all(clock::now(), tickets).fire();
        }
    }

    /// What came is no request, and nothing that comes after it is read.
    fn cut_off(&mut self, id: u32, reason: &str) {
        self.broken = true;
        let failure = self.garbage(reason);
        self.unsent.put(&Reply::Failed(failure), id);
    }

    /// What came is no request.
    fn garbage(&mut self, reason: &str) -> Failure {
        add(&self.shared.stats.requests_malformed, 1);
        let (uid, pid) = (self.peer.uid, self.pid());
        self.shared.notes.tell(|| Note::Garbage { uid, pid, reason: reason.into() });
        Failure::new(Code::Malformed, 87, reason.to_owned())
    }

    fn pid(&self) -> u32 {
        self.peer.pid.and_then(|pid| u32::try_from(pid).ok()).unwrap_or_default()
    }

    fn request(&mut self, frame: Frame<'_>) {
        let id = frame.id;
        match Request::decode(frame) {
            Ok(request) => {
                add(&self.shared.stats.requests, 1);
                match request {
                    Some(Request::Hello { .. }) => {}
                    _ if self.greeted => {}
                    _ => return self.cut_off(id, "the first request of a connection is Hello"),
                }
                let outcome = match request {
                    // Nobody is told.
                    Some(request) if id == 0 && only_asks(&request) => return,
                    Some(request) => self.perform(id, request),
                    None => {
                        let text = format!("there is no request of kind {}", frame.kind);
                        Err(Failure::new(Code::Unsupported, 50, text))
                    }
                };
                self.reply(id, outcome);
            }
            // Who cannot greet speaks something else.
            Err(malformed) if !self.greeted => self.cut_off(id, &malformed.to_string()),
            Err(malformed) => {
                let failure = self.garbage(&malformed.to_string());
                self.answer(id, &Reply::Failed(failure));
            }
        }
    }

    fn answer(&mut self, id: u32, reply: &Reply) {
        // Id 0 asks for no reply.
        if id != 0 {
            self.unsent.put(reply, id);
        }
    }

    fn reply(&mut self, id: u32, outcome: Result<Outcome, Failure>) {
        match outcome {
            Ok(Outcome::Later) => {}
            Ok(Outcome::Reply(reply)) => self.answer(id, &reply),
            Ok(Outcome::Messages(slot, messages)) => {
                let (tickets, messages): (Vec<_>, Vec<_>) = messages.into_iter().unzip();
                self.unsent.put_messages(&Reply::Messages(messages), id, &slot, tickets);
            }
            Err(failure) => {
                let denied = matches!(failure.code, Code::AccessDenied | Code::Full);
                let stats = &self.shared.stats;
                add(if denied { &stats.requests_denied } else { &stats.requests_failed }, 1);
                if denied {
                    let (uid, pid) = (self.peer.uid, self.pid());
                    let note = || Note::Refused { uid, pid, reason: failure.text.to_string() };
                    self.shared.notes.tell(note);
                }
                self.answer(id, &Reply::Failed(failure));
            }
        }
    }

    fn perform(&mut self, id: u32, request: Request<'_>) -> Result<Outcome, Failure> {
        let now = clock::now();
        let reply = match request {
            Request::Hello { version } => self.hello(version)?,
            Request::Create { path, .. } => {
                let name = LocalName::parse(path)?;
                self.create(&name, &request)?
            }
            Request::Open { path } => self.open(path)?,
            Request::Write { handle, data } => return self.write(id, handle, data),
            Request::Read { handle, capacity, most, wait } => {
                return self.read(id, handle, capacity, most, wait);
            }
            Request::Cancel { read } => {
                if let Some(Waiting { slot, ticket, .. }) = self.reads.remove(read) {
                    slot.cancel(now, ticket).fire();
                    let aborted = Failure::new(Code::Aborted, 995, "the read was cancelled");
                    self.reply(read, Err(aborted));
                }
                Reply::Done
            }
            Request::PutBack { handle, message: Numbered { number, message } } => {
                let server = self.handles.server(handle)?;
                check_size(&message.data)?;
                server.slot().put_back(now, number, message)?.fire();
                add(&self.shared.stats.messages_put_back, 1);
                Reply::Done
            }
            Request::Info { handle } => Reply::Info(match self.handles.get(handle)? {
                Handle::Server(server) => server.info(),
                Handle::Writer(writer) => writer.info()?,
                Handle::Remote(_) => {
                    let text = "the mailslot is on another machine, which tells nothing of it";
                    return Err(Failure::new(Code::Network, 53, text));
                }
            }),
            Request::SetReadTimeout { handle, timeout } => {
                self.handles.server(handle)?.set_read_timeout(timeout);
                Reply::Done
            }
            Request::Times { handle } => Reply::Times(self.handles.server(handle)?.times()),
            Request::SetCreated { handle, created } => {
                let created = crate::time::Instant::from_micros(created);
                self.handles.server(handle)?.set_created(created);
                Reply::Done
            }
            Request::Duplicate { handle } => {
                let duplicate = self.handles.get(handle)?.clone();
                self.give(duplicate)?
            }
            Request::Close { handle } => {
                self.remains.extend(self.handles.remove(handle)?.end());
                Reply::Done
            }
            Request::Share { handle } => self.share(handle)?,
            Request::Take { token } => {
                let mut tokens = self.shared.tokens.lock().unwrap_or_else(PoisonError::into_inner);
                // Where there is no room for it here, it waits on for another.
                if let Some(handle) = tokens.get(self.peer.uid, token) {
                    self.has_room(handle.name_octets())?;
                }
                let handle = tokens.take(self.peer.uid, token);
                drop(tokens);
                let handle = handle.ok_or_else(|| {
                    Failure::new(Code::InvalidToken, 6, "no handle waits under that token")
                })?;
                self.give(handle)?
            }
            Request::Handles { from } => Reply::Handles(self.handles.entries(from)),
            Request::Slots { from } => {
                self.may_see()?;
                Reply::Slots(entries_from(&self.shared.table, from))
            }
            Request::Stats => {
                self.may_see()?;
                Reply::Stats(all(&self.shared))
            }
            Request::Node => {
                Reply::Node(self.shared.live.as_ref().and_then(|live| outbound::node_of(live)))
            }
        };
        Ok(Outcome::Reply(reply))
    }

    fn hello(&mut self, version: u16) -> Result<Reply, Failure> {
        if version != VERSION {
            self.broken = true;
            let text = format!("this service speaks version {VERSION}, not {version}");
            let mut failure = Failure::new(Code::Unsupported, 50, text);
            failure.a = VERSION.into();
            return Err(failure);
        }
        self.greeted = true;
        Ok(Reply::Welcome(Welcome {
            version: VERSION,
            pid: std::process::id(),
            network_namespace: self.shared.network_namespace,
            path: self.shared.path.to_string_lossy().into_owned(),
        }))
    }

    fn may_see(&self) -> Result<(), Failure> {
        let rights = self.shared.rights();
        rights.may_see(&self.peer).map_err(|refusal| Failure::denied(refusal.to_string()))
    }

    /// Whether the client may have one more handle, to what has such a name.
    fn has_room(&self, name_octets: usize) -> Result<(), Failure> {
        let most = self.shared.rights().quotas(self.peer.uid).handles_per_connection;
        if self.handles.len() >= most {
            let text = format!("a connection has at most {most} handles (handles_per_connection)");
            return Err(Failure::new(Code::Full, 1816, text));
        }
        check_names(self.handles.names() + name_octets)
    }

    /// Gives the client one more handle.
    fn give(&mut self, handle: Handle) -> Result<Reply, Failure> {
        self.has_room(handle.name_octets())?;
        Ok(Reply::Handle(self.handles.add(handle)))
    }

    fn create(&mut self, name: &LocalName, request: &Request<'_>) -> Result<Reply, Failure> {
        let &Request::Create {
            max_message_size,
            read_timeout,
            max_messages,
            max_octets,
            flags,
            ..
        } = request
        else {
            return Err(Failure::invalid_handle());
        };
        let rights = self.shared.rights();
        let denied = |refusal: super::rights::Refusal| Failure::denied(refusal.to_string());
        rights.may_create(&self.peer, name).map_err(denied)?;
        self.has_room(name.as_str().len())?;
        let quotas = rights.quotas(self.peer.uid);
        if self.shared.table.len() >= rights.total.slots {
            let most = rights.total.slots;
            let text = format!("there are {most} mailslots, no more are allowed (total_slots)");
            return Err(Failure::new(Code::Full, 1816, text));
        }
        let (max_slots, max_octets_in_all) = (quotas.slots, quotas.octets);
        let owner = User { id: self.peer.uid, max_slots, max_octets: max_octets_in_all };
        let mut options = Options::default()
            .max_message_size(max_message_size)
            .read_timeout(read_timeout)
            .owner(owner)
            .process(self.pid())
            .owner_only(flags.contains(CreateFlags::OWNER_ONLY));
        if max_messages > 0 {
            options = options.max_messages(usize::try_from(max_messages).unwrap_or(usize::MAX));
        }
        if max_octets > 0 {
            options = options.max_octets(max_octets);
        }
        let created = self.shared.table.create(clock::now(), name, &options);
        let server = created.map_err(|error| match error {
            slot::Error::TooMany => {
                let uid = self.peer.uid;
                let text = format!(
                    "user {uid} has {max_slots} mailslots, no more are allowed (slots_per_user)"
                );
                Failure::new(Code::Full, 1816, text)
            }
            error => error.into(),
        })?;
        self.give(Handle::Server(server))
    }

    fn open(&mut self, path: &str) -> Result<Reply, Failure> {
        let handle = match Target::parse(path)? {
            Target::Local(name) => {
                let slot = self.shared.table.lookup(&name);
                let slot = slot.ok_or(slot::Error::NotFound)?;
                if slot.is_owner_only() && slot.owner().id != self.peer.uid && self.peer.uid != 0 {
                    return Err(slot::Error::Denied.into());
                }
                Handle::Writer(slot.writer())
            }
            // Row O9: it opens always. Whether he may write is said when he does.
            target => Handle::Remote(target),
        };
        self.give(handle)
    }

    fn write(&mut self, id: u32, handle: u32, data: &[u8]) -> Result<Outcome, Failure> {
        let target = match self.handles.get(handle)? {
            Handle::Writer(writer) => {
                check_size(data)?;
                writer.write(clock::now(), data)?.fire();
                add(&self.shared.stats.messages_written, 1);
                return Ok(Outcome::Reply(Reply::Written(Route::Slot)));
            }
            // Row W6.
            Handle::Server(_) => return Err(Failure::denied("a handle to read does not write")),
            Handle::Remote(target) => target.clone(),
        };
        let Some(live) = &self.shared.live else {
            let text = "the mailslot is on another machine, no network here";
            return Err(Failure::new(Code::NoNetwork, 53, text));
        };
        let rights = self.shared.rights();
        let allowed = rights.may_write_network(&self.peer);
        allowed.map_err(|refusal| Failure::denied(refusal.to_string()))?;
        if self.writes.len() >= CONNECTION_WRITES {
            let text = format!("{CONNECTION_WRITES} writes of this connection wait already");
            return Err(Failure::new(Code::Full, 1816, text));
        }
        let written = outbound::begin(live, &target, data)?;
        let shared = Arc::clone(&self.shared);
        self.writes.spawn(async move {
            let result = written.await;
            if result.is_ok() {
                add(&shared.stats.messages_sent, 1);
            }
            (id, result.map(Reply::Written))
        });
        Ok(Outcome::Later)
    }

    fn read(
        &mut self,
        id: u32,
        handle: u32,
        capacity: u32,
        most: u32,
        wait: Wait,
    ) -> Result<Outcome, Failure> {
        if id == 0 || self.reads.contains(id) {
            let text = "a read needs an id that no other read has";
            return Err(Failure::new(Code::Malformed, 87, text));
        }
        let slot = Arc::clone(self.handles.server(handle)?.slot());
        let capacity = usize::try_from(capacity).unwrap_or(usize::MAX);
        let capacity = capacity.min(ipc_limits::MAX_MESSAGE);
        let most = usize::try_from(most).unwrap_or(usize::MAX).max(1);
        let timeout = match wait {
            Wait::AsSlot => None,
            Wait::For(timeout) => Some(timeout),
        };
        let hold = slot.hold(clock::now(), capacity, timeout)?;
        if let Hold::Not(Read::Waiting { .. }) = hold {
            let quota = self.shared.rights().quotas(self.peer.uid).pending_reads_per_connection;
            if self.reads.len() >= quota {
                if let Hold::Not(Read::Waiting { ticket, .. }) = hold {
                    slot.cancel(clock::now(), ticket).fire();
                }
                let text = format!(
                    "{quota} reads of this connection wait already (pending_reads_per_connection)"
                );
                return Err(Failure::new(Code::Full, 1816, text));
            }
        }
        self.held(id, slot, hold, most)
    }

    /// What a read came to, or that it waits.
    fn held(
        &mut self,
        id: u32,
        slot: Arc<Slot>,
        hold: Hold,
        most: usize,
    ) -> Result<Outcome, Failure> {
        match hold {
            Hold::Held { ticket, number, message } => {
                let mut octets = message.data.len();
                let mut messages = vec![(ticket, Numbered { number, message })];
                let most = most.min(ipc_limits::MAX_LIST);
                while messages.len() < most && octets < ipc_limits::MAX_BATCH {
                    let room = ipc_limits::MAX_BATCH - octets;
                    let hold = slot.hold(clock::now(), room, Some(ReadTimeout::NONE));
                    let Ok(Hold::Held { ticket, number, message }) = hold else { break };
                    octets += message.data.len() + 64;
                    messages.push((ticket, Numbered { number, message }));
                }
                Ok(Outcome::Messages(slot, messages))
            }
            Hold::Not(Read::Waiting { ticket, deadline }) => {
                let waker = self.reads.waker(id);
                match slot.held(clock::now(), ticket, Some(&waker)) {
                    Hold::Not(Read::Waiting { .. }) => {
                        self.reads.add(id, Waiting { slot, ticket, deadline, most });
                        Ok(Outcome::Later)
                    }
                    hold => self.held(id, slot, hold, most),
                }
            }
            Hold::Not(Read::TooSmall { needed }) => {
                let text = format!("the message has {}, more than the buffer", OctetCount(needed));
                let mut failure = Failure::new(Code::BufferTooSmall, 122, text);
                failure.a = needed as u64;
                Err(failure)
            }
            Hold::Not(Read::TimedOut) => {
                Err(Failure::new(Code::TimedOut, 121, "no message came in time"))
            }
            Hold::Not(Read::Aborted | Read::Done(_)) => {
                let text = "the mailslot was closed while the read waited";
                Err(Failure::new(Code::Aborted, 995, text))
            }
        }
    }

    /// Collects what reads that waited came to, as long as there is room for it.
    fn due_reads(&mut self, until: Instant) {
        while !self.unsent.is_full() && Instant::now() < until {
            let now = clock::now();
            let Some(id) = self.reads.next_due(now) else { return };
            let Some(waiting) = self.reads.get(id) else { continue };
            let waker = self.reads.waker(id);
            let hold = waiting.slot.held(now, waiting.ticket, Some(&waker));
            if matches!(hold, Hold::Not(Read::Waiting { .. })) {
                continue;
            }
            if let Some(Waiting { slot, most, .. }) = self.reads.remove(id) {
                let outcome = self.held(id, slot, hold, most);
                self.reply(id, outcome);
            }
        }
    }

    fn share(&mut self, handle: u32) -> Result<Reply, Failure> {
        let shared = self.handles.get(handle)?.clone();
        let most = self.shared.rights().quotas(self.peer.uid).handles_per_connection;
        let mut tokens = self.shared.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let (tokens_of, names) = tokens.of(self.number);
        if tokens_of >= most {
            let text = format!(
                "a connection shares at most {most} handles at a time (handles_per_connection)"
            );
            return Err(Failure::new(Code::Full, 1816, text));
        }
        check_names(names + shared.name_octets())?;
        let token = tokens.share(self.number, self.peer.uid, shared);
        token.map(Reply::Token).map_err(|error| {
            Failure::new(Code::Full, 1816, format!("the system has no random numbers: {error}"))
        })
    }
}

/// Where the service ends.
impl Drop for Connection {
    fn drop(&mut self) {
        // While the slots are still there.
        self.let_go();
        self.share_no_more();
    }
}

/// Whether a request changes nothing, so that without a reply it is nothing.
fn only_asks(request: &Request<'_>) -> bool {
    matches!(
        request,
        Request::Info { .. }
            | Request::Times { .. }
            | Request::Handles { .. }
            | Request::Slots { .. }
            | Request::Stats
            | Request::Node
    )
}

/// Whether a message goes through the service.
fn check_size(data: &[u8]) -> Result<(), Failure> {
    let (size, max) = (data.len(), ipc_limits::MAX_MESSAGE);
    if size <= max {
        return Ok(());
    }
    let max = u32::try_from(max).unwrap_or(u32::MAX);
    Err(slot::Error::TooLong { size, max }.into())
}

/// Whether names of so many octets are not too many for one connection.
fn check_names(octets: usize) -> Result<(), Failure> {
    if octets <= CONNECTION_NAMES {
        return Ok(());
    }
    let text =
        format!("the names of a connection's handles have at most {CONNECTION_NAMES} octets");
    Err(Failure::new(Code::Full, 1816, text))
}
