//! Datagrams in, in batches.

use std::array;
use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::AsFd;
use std::thread;
use std::time::Duration;

use nix::cmsg_space;
use nix::errno::Errno;
use nix::libc::in_pktinfo;
use nix::poll::PollFlags;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, MultiHeaders, MultiResults, RecvMsg, SockaddrIn, recvmmsg,
};

use super::{Socket, Stop};

/// Most octets of a datagram that are received; what is longer is cut off.
///
/// More than a frame of Ethernet carries, and more than any NetBIOS datagram that is not in
/// fragments of its own.
pub const BUFFER_LEN: usize = 2048;

/// Datagrams that are asked for at a time when few come.
pub const MIN_BATCH: usize = 4;

/// Most datagrams of one batch: with [`BUFFER_LEN`], 128 KiB for each thread that receives.
pub const MAX_BATCH: usize = 64;

/// What a busy thread sleeps once the queue is empty, for the next batch to be worth a wake-up.
///
/// At a million datagrams a second 500 come meanwhile, for which a receive buffer of 1 MiB has
/// room.
const NAP: Duration = Duration::from_micros(500);

/// A datagram as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Index of the interface it came in by; 0 = not known.
    pub interface: u32,
    /// Who sent it.
    pub from: SocketAddrV4,
    /// Where its IP header says it goes: an address of this machine, or a broadcast address;
    /// 0.0.0.0 = not known.
    pub to: Ipv4Addr,
    /// Its payload, at most [`BUFFER_LEN`] octets.
    pub payload: &'a [u8],
    /// Whether the payload was longer.
    pub truncated: bool,
}

/// Datagrams that were received at once, in the order of their coming. Those that are not taken
/// are lost.
pub struct Batch<'a> {
    results: MultiResults<'a, SockaddrIn>,
    given: usize,
    /// Whether each said its interface and destination.
    informed: bool,
}

impl fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("given", &self.given).finish_non_exhaustive()
    }
}

impl<'a> Iterator for Batch<'a> {
    type Item = Packet<'a>;

    #[inline]
    fn next(&mut self) -> Option<Packet<'a>> {
        let message = self.results.next()?;
        self.given += 1;
        let (interface, to) = info(&message).unwrap_or_else(|| {
            self.informed = false;
            (0, Ipv4Addr::UNSPECIFIED)
        });
        Some(Packet {
            interface,
            from: message.address.map_or(UNKNOWN, SocketAddrV4::from),
            to,
            payload: message.iovs().next().unwrap_or_default(),
            truncated: message.flags.contains(MsgFlags::MSG_TRUNC),
        })
    }
}

const UNKNOWN: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0);

#[inline]
fn info(message: &RecvMsg<'_, '_, SockaddrIn>) -> Option<(u32, Ipv4Addr)> {
    message.cmsgs().ok()?.find_map(|control| match control {
        ControlMessageOwned::Ipv4PacketInfo(info) => Some((
            u32::try_from(info.ipi_ifindex).unwrap_or_default(),
            Ipv4Addr::from(u32::from_be(info.ipi_addr.s_addr)),
        )),
        _ => None,
    })
}

/// Receives until `stop`, and gives each batch to `each`, in this thread.
///
/// A datagram costs no allocation. Batches grow from [`MIN_BATCH`] to [`MAX_BATCH`] while they
/// are full. When the queue is empty after full batches, the thread sleeps half a millisecond, so
/// that a flood costs few wake-ups; that is the most it adds to a datagram's way.
///
/// `each` gets an error for what passes: `ENETDOWN`, `ENOMEM` and their like. Receiving goes on,
/// after a pause of up to 128 ms if errors follow upon each other.
///
/// # Errors
///
/// If the socket can never be read again: it was shut down by another who has it, or the system
/// refuses the calls.
pub fn receive(
    socket: &Socket,
    stop: &Stop,
    mut each: impl FnMut(io::Result<&mut Batch<'_>>),
) -> io::Result<()> {
    let mut buffers = vec![0; MAX_BATCH * BUFFER_LEN];
    let mut headers = headers();
    let mut pace = Pace::default();
    while !stop.is_stopped() {
        let waited = pace.must_wait;
        if waited {
            pace.nap();
            if let Err(errno) = wait(socket, stop) {
                passing(errno, &mut each)?;
                stop.wait(pace.setback());
                continue;
            }
            if stop.is_stopped() {
                break;
            }
        }
        let mut chunks = buffers.chunks_exact_mut(BUFFER_LEN);
        let mut slices: [_; MAX_BATCH] =
            array::from_fn(|_| [IoSliceMut::new(chunks.next().unwrap_or_default())]);
        let slices = slices.iter_mut().take(pace.batch);
        let results = recvmmsg(socket.raw(), &mut headers, slices, MsgFlags::MSG_DONTWAIT, None);
        match results {
            Ok(results) => {
                let mut batch = Batch { results, given: 0, informed: true };
                each(Ok(&mut batch));
                batch.by_ref().for_each(drop);
                pace.took(batch.given);
                // nix leaves in a header the length of the last control message, which is the
                // room that the next one gets.
                if !batch.informed {
                    headers = self::headers();
                }
            }
            // The queue ended with a full batch.
            Err(Errno::EAGAIN) if !waited => pace.must_wait = true,
            Err(errno) => {
                passing(errno, &mut each)?;
                stop.wait(pace.setback());
            }
        }
    }
    Ok(())
}

fn headers() -> MultiHeaders<SockaddrIn> {
    MultiHeaders::preallocate(MAX_BATCH, Some(cmsg_space!(in_pktinfo)))
}

/// Waits for a datagram, an error of the socket, or the stop.
fn wait(socket: &Socket, stop: &Stop) -> nix::Result<()> {
    // What is still queued comes first.
    let shut = stop.readable(socket.as_fd())?.contains(PollFlags::POLLHUP);
    if shut { Err(Errno::ESHUTDOWN) } else { Ok(()) }
}

/// Hands on an error that passes, and returns one that does not.
fn passing(errno: Errno, each: &mut impl FnMut(io::Result<&mut Batch<'_>>)) -> io::Result<()> {
    match errno {
        Errno::EBADF
        | Errno::EFAULT
        | Errno::EINVAL
        | Errno::ENOSYS
        | Errno::ENOTSOCK
        | Errno::EOPNOTSUPP
        | Errno::EPERM
        | Errno::ESHUTDOWN => Err(errno.into()),
        // A datagram that poll saw and that had a wrong checksum, or that another took.
        Errno::EAGAIN | Errno::EINTR => Ok(()),
        _ => {
            each(Err(errno.into()));
            Ok(())
        }
    }
}

/// How much to ask for, and when to rest.
#[derive(Debug)]
struct Pace {
    batch: usize,
    /// Whether the queue was empty when it was last asked.
    must_wait: bool,
    /// Full batches since the queue was last empty.
    full: u32,
    /// Calls in a row that brought nothing.
    setbacks: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { batch: MIN_BATCH, must_wait: true, full: 0, setbacks: 0 }
    }
}

impl Pace {
    fn took(&mut self, given: usize) {
        self.setbacks = 0;
        if given < self.batch {
            self.batch = MIN_BATCH;
            self.must_wait = true;
        } else {
            self.batch = (2 * self.batch).min(MAX_BATCH);
            self.must_wait = false;
            self.full = self.full.saturating_add(1);
        }
    }

    fn nap(&mut self) {
        if self.full >= 2 {
            thread::sleep(NAP);
        }
        self.full = 0;
    }

    /// How long to pause after a call that brought nothing: the first time not at all.
    fn setback(&mut self) -> Duration {
        self.must_wait = true;
        self.setbacks = (self.setbacks + 1).min(8);
        Duration::from_millis((1 << (self.setbacks - 1)) & !1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_grow_while_full_and_fall_back() {
        let mut pace = Pace::default();
        let sizes: Vec<_> = (0..6)
            .map(|_| {
                pace.took(pace.batch);
                pace.batch
            })
            .collect();
        assert_eq!(sizes, [8, 16, 32, 64, 64, 64]);
        assert!(!pace.must_wait);
        pace.took(63);
        assert_eq!((pace.batch, pace.must_wait), (MIN_BATCH, true));
    }

    #[test]
    fn pauses_grow() {
        let mut pace = Pace::default();
        let pauses: Vec<_> = (0..9).map(|_| pace.setback().as_millis()).collect();
        assert_eq!(pauses, [0, 2, 4, 8, 16, 32, 64, 128, 128]);
        pace.took(1);
        assert_eq!(pace.setback(), Duration::ZERO);
    }
}
