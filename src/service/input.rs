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
            // Also where there is always something to read.
            Some(room) if room.until <= Instant::now() => return Err(Ended::Late),
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;

    /// The longest request, of which more comes when it is written.
    fn header() -> [u8; 4] {
        u32::try_from(MAX_REQUEST).unwrap().to_le_bytes()
    }

    /// A client of that allowance who began the longest request; the service read its beginning.
    async fn begun(allowance: &Allowance) -> (Input, DuplexStream, DuplexStream) {
        let (mut client, mut service) = duplex(1 << 20);
        let mut input = Input::new(allowance.clone());
        client.write_all(&header()).await.unwrap();
        input.read(&mut service).await.unwrap();
        client.write_all(&[7; 100]).await.unwrap();
        (input, client, service)
    }

    /// Whether what comes next is read now, or room is waited for.
    async fn is_read(input: &mut Input, service: &mut DuplexStream) -> bool {
        timeout_at(Instant::now(), input.read(service)).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_user_has_a_part_of_what_all_have() {
        let all = Allowance::of_all();
        let user = all.of_user();
        let mut begun_by = Vec::new();
        for n in 0..5 {
            let mut of = begun(&user).await;
            assert_eq!(is_read(&mut of.0, &mut of.2).await, n < 4, "{n}");
            begun_by.push(of);
        }
        // Others have theirs, until all have taken all.
        let mut others = Vec::new();
        for n in 4..17 {
            let other = if n % 2 == 0 { &all } else { &all.of_user() };
            let mut of = begun(other).await;
            assert_eq!(is_read(&mut of.0, &mut of.2).await, n < 16, "{n}");
            others.push(of);
        }
        // Each waits for his own, in the order of asking.
        drop(others.remove(0));
        let (input, _, service) = &mut begun_by[4];
        assert!(!is_read(input, service).await, "his user has no more");
        let (input, _, service) = others.last_mut().unwrap();
        assert!(is_read(input, service).await);
        drop(begun_by.remove(0));
        let (input, _, service) = &mut begun_by[3];
        assert!(is_read(input, service).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_request_comes_in_time() {
        let all = Allowance::of_all();
        let (mut input, mut client, mut service) = begun(&all).await;
        assert!(is_read(&mut input, &mut service).await);
        // Now and then an octet, however often it is asked.
        let begin = Instant::now();
        let ended = loop {
            client.write_all(&[7]).await.unwrap();
            let patience = begin + INPUT_TIME + Duration::from_secs(1);
            match timeout_at(patience, input.read(&mut service)).await.unwrap() {
                Ok(()) => tokio::time::sleep(Duration::from_millis(900)).await,
                Err(ended) => break ended,
            }
        };
        assert!(matches!(ended, Ended::Late));
        assert!(begin.elapsed() >= INPUT_TIME);
        // One of a buffer may take as long as it likes.
        let (mut client, mut service) = duplex(1 << 20);
        let mut input = Input::new(all);
        client.write_all(&[0, 1, 0, 0, 7]).await.unwrap();
        input.read(&mut service).await.unwrap();
        let next = tokio::time::timeout(INPUT_TIME * 10, input.read(&mut service)).await;
        assert!(next.is_err(), "it waits");
        drop(client);
        assert!(matches!(input.read(&mut service).await, Err(Ended::Closed)));
    }

    /// A buffer is as large as what is to come, and small again behind it.
    #[tokio::test]
    async fn buffers_are_as_large_as_they_have_to_be() {
        let all = Allowance::of_all();
        let (mut client, mut service) = duplex(1 << 20);
        let mut input = Input::new(all.clone());
        for octets in [5, 100, INPUT_BUFFER - 4, INPUT_BUFFER - 3, 300_000, 5, 40_000, 9] {
            let length = u32::try_from(octets).unwrap().to_le_bytes();
            // With the beginning of the next.
            let frame = [&length[..], &vec![7; octets], &[5, 0]].concat();
            let sent = async { client.write_all(&frame).await.unwrap() };
            let read = async {
                while !input.has_frame() {
                    input.read(&mut service).await.unwrap();
                    assert!(input.octets.capacity() <= (octets + 4).max(2 * INPUT_BUFFER));
                }
            };
            tokio::join!(sent, read);
            let (_, whole) = input.frame().unwrap().unwrap();
            assert_eq!(whole, octets + 4);
            assert_eq!(input.room.is_some(), whole > INPUT_BUFFER, "{octets}");
            input.done(whole);
            assert!(input.room.is_none());
            // The next is whole with it.
            client.write_all(&[0, 0, 7, 7, 7, 7, 7]).await.unwrap();
            while !input.has_frame() {
                input.read(&mut service).await.unwrap();
            }
            input.done(9);
            assert_eq!(all.all.available_permits(), ALL_INPUT / UNIT);
            assert!(input.octets.is_empty());
        }
    }

    #[test]
    fn the_longest_request_finds_room() {
        let room = 4 * (MAX_REQUEST + 4).div_ceil(UNIT);
        assert!((room..room + 2 * UNIT).contains(&(USER_INPUT / UNIT)));
        assert_eq!(ALL_INPUT, 4 * USER_INPUT);
    }
}
