//! What the tasks of a connection share.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use bytes::{Buf as _, BytesMut};
use tokio::sync::Notify;

use super::{CallError, frame};
use crate::ipc::{Code, Failure, HandleEntry, Reply, Request};

/// How a call ends.
pub(super) type Ended = Result<Reply, CallError>;

#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// Not blocking: the driver's own, a second time.
    socket: UnixStream,
    /// There is something to send that did not go at once.
    pub(super) unsent: Notify,
}

#[derive(Debug, Default)]
struct State {
    out: BytesMut,
    calls: HashMap<u32, Entry>,
    /// Calls that are answered at once, which reads are not.
    short: usize,
    /// Reads that nobody waits for any more, and that are not answered yet.
    abandoned_reads: usize,
    last_id: u32,
    lost: Option<Arc<str>>,
    /// Handles to be closed once no read through them can bring anything.
    closing: Vec<u32>,
    /// Nobody asks for anything any more.
    ended: bool,
}

/// What became of a call.
#[derive(Debug)]
struct Entry {
    kind: Kind,
    stage: Stage,
    /// The frame of a read, which leaves once those of its handle that were given up have ended:
    /// what they got goes back first, or this one would get what is behind it.
    behind: Option<BytesMut>,
}

#[derive(Debug)]
enum Stage {
    Waiting(Option<Waker>),
    Ended(Ended),
    /// Nobody waits for it any more.
    Abandoned,
}

/// What is to be undone where nobody waits for the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Read { handle: u32 },
    Other,
}

impl Shared {
    pub(super) fn new(socket: UnixStream) -> Self {
        Self { state: Mutex::default(), socket, unsent: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn socket(&self) -> io::Result<UnixStream> {
        self.socket.try_clone()
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lock().lost.is_some()
    }

    /// Ends the connection, once what is to be sent was, as far as it goes at once, and what reads
    /// bring that were given up is back in its place.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.ended = true;
        let _ = self.flush(&mut state);
        self.end_if_done(&state);
    }

    fn end_if_done(&self, state: &State) {
        if state.ended && !state.gives_back() {
            // Where it is closed already there is nothing to do.
            let _ = self.socket.shutdown(Shutdown::Both);
        }
    }

    /// Sends a request; where others are under way, with those that come now.
    pub(super) fn begin(&self, request: &Request<'_>) -> u32 {
        let mut state = self.lock();
        let id = state.next_id();
        let kind = match request {
            Request::Read { handle, .. } => Kind::Read { handle: *handle },
            _ => Kind::Other,
        };
        let begun = match &state.lost {
            Some(reason) => Stage::Ended(Err(CallError::Lost(Arc::clone(reason)))),
            None => Stage::Waiting(None),
        };
        let lost = state.lost.is_some();
        let behind = (!lost && state.is_awaited(kind)).then(|| {
            let mut octets = BytesMut::new();
            frame(request, id, &mut octets);
            octets
        });
        let later = behind.is_some();
        state.calls.insert(id, Entry { kind, stage: begun, behind });
        if lost || later {
            return id;
        }
        frame(request, id, &mut state.out);
        let alone = state.short == 0;
        if kind == Kind::Other {
            state.short += 1;
        }
        if !alone || self.flush(&mut state).is_err() {
            self.unsent.notify_one();
        }
        id
    }

    /// Sends a request that gets no reply. A handle that is closed ends the reads that wait through
    /// it, and is closed once what they got is where it belongs.
    pub(super) fn tell(&self, request: &Request<'_>) {
        let mut state = self.lock();
        if state.lost.is_some() {
            return;
        }
        let mut wakers = Vec::new();
        if let Request::Close { handle } = *request {
            wakers = state.end_reads(handle);
            state.closing.push(handle);
            state.close_handles();
        } else {
            frame(request, 0, &mut state.out);
        }
        if self.flush(&mut state).is_err() {
            self.unsent.notify_one();
        }
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Sends what there is, as far as it goes; an error where something is left.
    fn flush(&self, state: &mut State) -> io::Result<()> {
        flush(state, |octets| (&self.socket).write(octets))
    }

    /// The same for the driver: whether something is left that has to wait.
    pub(super) fn flush_unsent(
        &self,
        write: impl Fn(&[u8]) -> io::Result<usize>,
    ) -> io::Result<bool> {
        let mut state = self.lock();
        match flush(&mut state, write) {
            Ok(()) => {
                self.end_if_done(&state);
                Ok(false)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// What became of a call; `waker` is woken once it is known.
    pub(super) fn poll(&self, id: u32, waker: &Waker) -> Option<Ended> {
        let mut state = self.lock();
        let Some(Entry { stage, .. }) = state.calls.get_mut(&id) else { return Some(closed()) };
        if let Stage::Waiting(waiting) = stage {
            if !waiting.as_ref().is_some_and(|waiting| waiting.will_wake(waker)) {
                *waiting = Some(waker.clone());
            }
            return None;
        }
        if let Stage::Abandoned = stage {
            return Some(closed());
        }
        let Stage::Ended(ended) = state.calls.remove(&id)?.stage else { return None };
        if !state.closing.is_empty() {
            state.close_handles();
            if self.flush(&mut state).is_err() {
                self.unsent.notify_one();
            }
        }
        Some(ended)
    }

    /// Nobody waits for the call any more.
    pub(super) fn abandon(&self, id: u32) {
        let mut state = self.lock();
        let Some(entry) = state.calls.get_mut(&id) else { return };
        let kind = entry.kind;
        if entry.behind.is_some() {
            // It was never asked for.
            state.calls.remove(&id);
        } else if let Stage::Waiting(_) = entry.stage {
            entry.stage = Stage::Abandoned;
            if let Kind::Read { .. } = kind {
                state.abandoned_reads += 1;
                frame(&Request::Cancel { read: id }, 0, &mut state.out);
            }
        } else if let Stage::Abandoned = entry.stage {
            return;
        } else if let Some(Entry { stage: Stage::Ended(Ok(reply)), .. }) = state.calls.remove(&id) {
            state.undo(kind, reply);
        }
        state.close_handles();
        if self.flush(&mut state).is_err() {
            self.unsent.notify_one();
        }
    }

    /// A reply came. Returns who is to be woken.
    pub(super) fn reply(&self, id: u32, reply: Reply) -> Option<Waker> {
        let mut state = self.lock();
        let entry = state.calls.get_mut(&id)?;
        let kind = entry.kind;
        let ended = match reply {
            Reply::Failed(failure) => Err(CallError::Failed(failure)),
            reply => Ok(reply),
        };
        let waker = match std::mem::replace(&mut entry.stage, Stage::Abandoned) {
            Stage::Waiting(waker) => {
                entry.stage = Stage::Ended(ended);
                waker
            }
            Stage::Abandoned | Stage::Ended(_) => {
                state.calls.remove(&id);
                if let Ok(reply) = ended {
                    state.undo(kind, reply);
                }
                if let Kind::Read { .. } = kind {
                    state.abandoned_reads = state.abandoned_reads.saturating_sub(1);
                    state.send_behind(kind);
                }
                state.close_handles();
                self.unsent.notify_one();
                None
            }
        };
        if kind == Kind::Other {
            state.short = state.short.saturating_sub(1);
        }
        waker
    }

    /// The service is gone, or might as well be: all calls end, and it is told.
    pub(super) fn lose(&self, reason: &str) {
        let _ = self.socket.shutdown(Shutdown::Both);
        let mut state = self.lock();
        let reason: Arc<str> = reason.into();
        state.lost.get_or_insert_with(|| Arc::clone(&reason));
        state.out = BytesMut::new();
        state.calls.retain(|_, entry| !matches!(entry.stage, Stage::Abandoned));
        let mut wakers = Vec::new();
        for entry in state.calls.values_mut() {
            if let Stage::Waiting(waker) = &mut entry.stage {
                wakers.extend(waker.take());
                entry.stage = Stage::Ended(Err(CallError::Lost(Arc::clone(&reason))));
            }
        }
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// How a read ends whose handle was closed meanwhile. What it gets all the same goes back.
fn closed() -> Ended {
    let text = "the handle was closed while the read waited";
    Err(CallError::Failed(Failure::new(Code::Aborted, 995, text)))
}

fn flush(state: &mut State, write: impl Fn(&[u8]) -> io::Result<usize>) -> io::Result<()> {
    while !state.out.is_empty() {
        let octets = write(&state.out)?;
        state.out.advance(octets);
    }
    Ok(())
}

impl State {
    fn next_id(&mut self) -> u32 {
        loop {
            self.last_id = self.last_id.wrapping_add(1);
            // 0 asks for no reply.
            if self.last_id != 0 && !self.calls.contains_key(&self.last_id) {
                return self.last_id;
            }
        }
    }

    /// Whether a read has to wait for one of its handle that was given up.
    fn is_awaited(&self, kind: Kind) -> bool {
        let abandoned =
            |entry: &Entry| entry.kind == kind && matches!(entry.stage, Stage::Abandoned);
        kind != Kind::Other && self.abandoned_reads > 0 && self.calls.values().any(abandoned)
    }

    /// Sends the reads that waited for that, in their order.
    fn send_behind(&mut self, kind: Kind) {
        if self.is_awaited(kind) {
            return;
        }
        let next = self.last_id.wrapping_add(1);
        let mut behind: Vec<_> = self
            .calls
            .iter_mut()
            .filter(|(_, entry)| entry.kind == kind)
            .filter_map(|(id, entry)| Some((id.wrapping_sub(next), entry.behind.take()?)))
            .collect();
        behind.sort_unstable_by_key(|(age, _)| *age);
        for (_, octets) in behind {
            self.out.extend_from_slice(&octets);
        }
    }

    /// Whether a read was given up, and may bring something all the same.
    fn gives_back(&self) -> bool {
        let is_given_up =
            |entry: &Entry| entry.kind != Kind::Other && matches!(entry.stage, Stage::Abandoned);
        self.calls.values().any(is_given_up)
    }

    /// Ends the reads that wait through a handle. Returns who is to be woken.
    fn end_reads(&mut self, handle: u32) -> Vec<Waker> {
        let Self { out, calls, abandoned_reads, .. } = self;
        let mut wakers = Vec::new();
        calls.retain(|id, entry| {
            let Stage::Waiting(waker) = &mut entry.stage else { return true };
            if entry.kind != (Kind::Read { handle }) {
                return true;
            }
            wakers.extend(waker.take());
            // Else it was never asked for.
            let is_asked = entry.behind.is_none();
            if is_asked {
                entry.stage = Stage::Abandoned;
                *abandoned_reads += 1;
                frame(&Request::Cancel { read: *id }, 0, out);
            }
            is_asked
        });
        wakers
    }

    /// Closes the handles that are to be closed, but for those of which a read goes on, or has
    /// brought something that nobody took yet.
    fn close_handles(&mut self) {
        for handle in std::mem::take(&mut self.closing) {
            if self.calls.values().any(|entry| entry.kind == (Kind::Read { handle })) {
                self.closing.push(handle);
            } else {
                frame(&Request::Close { handle }, 0, &mut self.out);
            }
        }
    }

    /// Undoes what a call did for somebody who does not want it any more.
    fn undo(&mut self, kind: Kind, reply: Reply) {
        match (kind, reply) {
            (Kind::Read { handle }, Reply::Messages(messages)) => {
                for message in messages {
                    frame(&Request::PutBack { handle, message }, 0, &mut self.out);
                }
            }
            (_, Reply::Handle(HandleEntry { handle, .. })) => {
                frame(&Request::Close { handle }, 0, &mut self.out);
            }
            // Nobody knows it: what it stands for would stay open. What is taken with it is closed.
            (_, Reply::Token(token)) => {
                let id = self.next_id();
                let entry = Entry { kind: Kind::Other, stage: Stage::Abandoned, behind: None };
                self.calls.insert(id, entry);
                self.short += 1;
                frame(&Request::Take { token: &token }, id, &mut self.out);
            }
            _ => {}
        }
    }
}
