//! Octets that come while they are waited for, until a signal ends the waiting.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, Read};
#[cfg(target_os = "linux")]
use std::os::fd::AsFd as _;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

#[cfg(unix)]
use crate::cli::failure::Failure;

/// Pieces that wait to be read: more would only be memory.
const MOST_PIECES: usize = 4;

/// Octets of a piece.
const PIECE: usize = 1 << 16;

/// How long after a signal what is on its way is still read: a program that captures, and gets the
/// same Ctrl-C, writes what it has.
const GRACE: Duration = Duration::from_millis(500);

/// What a thread that reads hands on.
pub(super) enum Piece {
    Octets(Vec<u8>),
    /// What came is whole; what follows begins anew.
    End(Restart),
    Failed(io::Error),
    /// A signal of that number.
    Signal(u8),
    /// There is no more. Who waits for signals sends too, so that the channel does not tell.
    Done,
}

/// Why a file begins anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Restart {
    /// It is shorter than it was.
    Truncated,
    /// Another one has its name.
    Replaced,
}

impl fmt::Display for Restart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "truncated: from its start again",
            Self::Replaced => "replaced: now the new one",
        })
    }
}

/// Why there is nothing more to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Restarted(Restart),
    /// By a signal of that number.
    Stopped(u8),
}

/// The reading end. Copies of it read the same.
#[derive(Clone)]
pub(crate) struct Feed(Rc<RefCell<State>>);

struct State {
    pieces: Receiver<Piece>,
    octets: Vec<u8>,
    at: usize,
    done: bool,
    ended: Option<Ended>,
    /// Until when is read after a signal.
    until: Option<Instant>,
    /// Done once a signal came.
    stop: Box<dyn FnMut()>,
}

impl Feed {
    /// What `produce` sends, until it ends or a signal comes; then `stop` is called, and what comes
    /// until the source ends, or for a moment, is read.
    pub(super) fn new(
        produce: impl FnOnce(SyncSender<Piece>) + Send + 'static,
        stop: impl FnMut() + 'static,
    ) -> Self {
        let (sender, pieces) = sync_channel(MOST_PIECES);
        #[cfg(unix)]
        signals(sender.clone());
        #[cfg(target_os = "linux")]
        unread(sender.clone());
        thread::spawn(move || {
            produce(sender.clone());
            let _ = sender.send(Piece::Done);
        });
        Self::from_pieces(pieces, stop)
    }

    fn from_pieces(pieces: Receiver<Piece>, stop: impl FnMut() + 'static) -> Self {
        Self(Rc::new(RefCell::new(State {
            pieces,
            octets: Vec::new(),
            at: 0,
            done: false,
            ended: None,
            until: None,
            stop: Box::new(stop),
        })))
    }

    /// What a blocking source gives.
    pub(crate) fn of(source: impl Read + Send + 'static, stop: impl FnMut() + 'static) -> Self {
        Self::new(move |to| pump(source, &to), stop)
    }

    /// Why there was nothing more to read; asked once.
    pub(crate) fn ended(&self) -> Option<Ended> {
        let mut state = self.0.borrow_mut();
        let ended = state.ended;
        if matches!(ended, Some(Ended::Restarted(_))) {
            state.ended = None;
        }
        ended
    }
}

/// Hands on what is read, until the end.
fn pump(mut source: impl Read, to: &SyncSender<Piece>) {
    let mut buffer = vec![0; PIECE];
    loop {
        let piece = match source.read(&mut buffer) {
            Ok(0) => return,
            Ok(length) => Piece::Octets(buffer.get(..length).unwrap_or_default().to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Piece::Failed(error),
        };
        if to.send(piece).is_err() {
            return;
        }
    }
}

impl Read for Feed {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let mut state = self.0.borrow_mut();
        while state.at == state.octets.len() {
            if state.done || matches!(state.ended, Some(Ended::Restarted(_))) {
                return Ok(0);
            }
            let piece = match state.until {
                None => state.pieces.recv().map_err(|_| RecvTimeoutError::Disconnected),
                // What is there already comes without waiting, and there may be more for ever.
                Some(until) => match until.checked_duration_since(Instant::now()) {
                    Some(left) => state.pieces.recv_timeout(left),
                    None => Err(RecvTimeoutError::Timeout),
                },
            };
            match piece {
                Ok(Piece::Octets(octets)) => (state.octets, state.at) = (octets, 0),
                Ok(Piece::End(restart)) => state.ended = Some(Ended::Restarted(restart)),
                Ok(Piece::Failed(error)) => return Err(error),
                Ok(Piece::Signal(number)) => {
                    state.ended = Some(Ended::Stopped(number));
                    state.until = Some(Instant::now() + GRACE);
                    (state.stop)();
                }
                Ok(Piece::Done) => state.done = true,
                Err(_) => return Ok(0),
            }
        }
        let rest = state.octets.get(state.at..).unwrap_or_default();
        let length = rest.len().min(to.len());
        if let (Some(to), Some(rest)) = (to.get_mut(..length), rest.get(..length)) {
            to.copy_from_slice(rest);
        }
        state.at += length;
        Ok(length)
    }
}

/// Hands on the first signal, if it still finds a reader. As they end nothing by themselves any more,
/// another one ends the process, and so does the first after the reader.
#[cfg(unix)]
#[expect(clippy::exit, reason = "as the signal does where nobody waits for it")]
fn signals(to: SyncSender<Piece>) {
    let (ready, wait) = sync_channel(1);
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            let signals: Result<_, Failure> = crate::cli::signals::Signals::new();
            let _ = ready.send(());
            if let Ok(mut signals) = signals {
                let first = signals.next().await;
                let read = to.send(Piece::Signal(first)).is_ok();
                let last = if read { signals.next().await } else { first };
                std::process::exit(128 + i32::from(last));
            }
        });
    });
    // Where there is no thread there is nothing to wait for.
    let _ = wait.recv();
}

/// Tells when nobody reads standard output any more, as `head` does not: the next write, which
/// would tell too, may be hours away.
#[cfg(target_os = "linux")]
fn unread(to: SyncSender<Piece>) {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    thread::spawn(move || {
        let out = io::stdout();
        // Errors are told unasked; other ends of it are not.
        let mut fds = [PollFd::new(out.as_fd(), PollFlags::empty())];
        let told = poll(&mut fds, PollTimeout::NONE);
        let closed =
            fds.iter().filter_map(PollFd::revents).any(|is| is.contains(PollFlags::POLLERR));
        if told.is_ok() && closed {
            let _ = to.send(Piece::Failed(io::ErrorKind::BrokenPipe.into()));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a file does that is longer than what can be read in the moment after a signal.
    #[test]
    fn a_signal_ends_what_comes_without_end() {
        let (sender, pieces) = sync_channel(MOST_PIECES);
        let sends = thread::spawn(move || {
            let _ = sender.send(Piece::Signal(2));
            while sender.send(Piece::Octets(vec![0; PIECE])).is_ok() {}
        });
        let mut feed = Feed::from_pieces(pieces, || {});
        let (begun, mut room) = (Instant::now(), vec![0; PIECE]);
        while feed.read(&mut room).unwrap() > 0 {
            assert!(begun.elapsed() < 20 * GRACE, "it goes on");
        }
        assert_eq!(feed.ended(), Some(Ended::Stopped(2)));
        drop(feed);
        sends.join().unwrap();
    }
}
