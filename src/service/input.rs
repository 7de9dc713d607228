//! What comes from a client, until it is a whole request.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::limits::{ALL_INPUT, INPUT_BUFFER, INPUT_TIME, USER_INPUT};
use crate::ipc::limits::MAX_REQUEST;
use crate::ipc::{Frame, FrameError, next_frame};

/// Octets that are counted as one.
const UNIT: usize = 1024;

/// Memory for requests that are larger than a connection's buffer, until they are whole.
#[derive(Clone, Debug)]
pub(super) struct Allowance {
    user: Arc<Semaphore>,
    all: Arc<Semaphore>,
}

impl Allowance {
    /// What all users share.
    pub(super) fn of_all() -> Self {
        let all = Arc::new(Semaphore::new(ALL_INPUT / UNIT));
        Self { user: Arc::clone(&all), all }
    }

    /// What a user has of it.
    pub(super) fn of_user(&self) -> Self {
        Self { user: Arc::new(Semaphore::new(USER_INPUT / UNIT)), all: Arc::clone(&self.all) }
    }

    /// Room for so many octets, once there is; in the order of asking. None is never: nobody closes
    /// an allowance.
    async fn room(self, octets: usize) -> Option<Room> {
        let units = u32::try_from(octets.div_ceil(UNIT)).ok()?;
        let user = if Arc::ptr_eq(&self.user, &self.all) {
            None
        } else {
            Some(self.user.acquire_many_owned(units).await.ok()?)
        };
        let all = self.all.acquire_many_owned(units).await.ok()?;
        Some(Room { _all: all, _user: user, until: Instant::now() + INPUT_TIME })
    }
}

/// Room for a request.
#[derive(Debug)]
struct Room {
    _all: OwnedSemaphorePermit,
    _user: Option<OwnedSemaphorePermit>,
    /// When it has to be whole.
    until: Instant,
}

/// Why nothing more is read.
#[derive(Debug)]
pub(super) enum Ended {
    /// The client is gone, or the socket does not work.
    Closed,
    /// A large request did not come in time.
    Late,
}

/// What came and was not done yet.
pub(super) struct Input {
    octets: BytesMut,
    allowance: Allowance,
    /// For a request that is larger than the buffer.
    room: Option<Room>,
    /// Such room, where it was asked for and is not there yet.
    asked: Option<Pin<Box<dyn Future<Output = Option<Room>> + Send>>>,
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input").field("octets", &self.octets.len()).finish_non_exhaustive()
    }
}

impl Input {
    pub(super) fn new(allowance: Allowance) -> Self {
        Self { octets: BytesMut::new(), allowance, room: None, asked: None }
    }

    /// The first request, and the octets that it takes; none where more has to come.
    pub(super) fn frame(&self) -> Result<Option<(Frame<'_>, usize)>, FrameError> {
        next_frame(&self.octets, MAX_REQUEST)
    }

    /// Whether there is something to do.
    pub(super) fn has_frame(&self) -> bool {
        !matches!(self.frame(), Ok(None))
    }

    /// The first request is done, of so many octets.
    pub(super) fn done(&mut self, octets: usize) {
        self.octets.advance(octets);
        if self.room.take().is_some() {
            self.octets = BytesMut::from(&self.octets[..]);
        }
    }

    /// Reads what comes next. Dropped before it is done, it has read nothing, and keeps its place
    /// among those who wait for room.
    pub(super) async fn read(
        &mut self,
        reader: &mut (impl AsyncRead + Unpin),
    ) -> Result<(), Ended> {
        let length = self.octets.first_chunk().map(|length| u32::from_le_bytes(*length));
        let whole = length.map_or(0, |length| 4 + length as usize);
        if whole > INPUT_BUFFER && self.room.is_none() {
            let allowance = &self.allowance;
            let asked = self.asked.get_or_insert_with(|| Box::pin(allowance.clone().room(whole)));
            let room = asked.await;
            self.asked = None;
            self.room = Some(room.ok_or(Ended::Closed)?);
            self.grow(whole);
        } else if self.octets.is_empty() {
            self.octets.reserve(INPUT_BUFFER);
        } else if self.room.is_none() && self.octets.capacity() < whole.max(INPUT_BUFFER / 2) {
            self.grow(INPUT_BUFFER);
        }
        let read = reader.read_buf(&mut self.octets);
        let read = match &self.room {
            Some(room) => timeout_at(room.until, read).await.map_err(|_| Ended::Late)?,
            None => read.await,
        };
        match read {
            Ok(1..) => Ok(()),
            Ok(0) | Err(_) => Err(Ended::Closed),
        }
    }

    /// Takes a buffer of exactly that size.
    fn grow(&mut self, octets: usize) {
        let mut larger = BytesMut::with_capacity(octets);
        larger.extend_from_slice(&self.octets);
        self.octets = larger;
    }
}
