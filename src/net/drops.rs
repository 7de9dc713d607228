//! Datagrams that the kernel threw away.

use std::borrow::Borrow;
use std::io;

use super::{Socket, table};

/// Readings of the table until each socket was in it: a row may be passed over while others
/// come and go.
const MAX_READINGS: usize = 4;

/// Datagrams that the kernel threw away before they could be received from `sockets`, in all and
/// since they were opened: no room in the receive buffer, or a wrong checksum.
///
/// Each socket's count starts again from 0 after 2³². It reads a table of every UDP socket of the
/// system: a matter for once in seconds.
///
/// # Errors
///
/// If the table cannot be read, or a socket is not in it, for one of another network namespace.
pub fn kernel_drops(sockets: &[impl Borrow<Socket>]) -> io::Result<u64> {
    let mut inodes: Vec<_> = sockets.iter().map(|socket| socket.borrow().inode()).collect();
    let mut sum = 0;
    for _ in 0..MAX_READINGS {
        for row in table::rows(table::IPV4)? {
            if let Some(at) = inodes.iter().position(|inode| *inode == row.inode) {
                inodes.swap_remove(at);
                sum += u64::from(row.drops);
            }
        }
        if inodes.is_empty() {
            return Ok(sum);
        }
    }
    Err(io::Error::new(io::ErrorKind::NotFound, format!("a socket is not in {}", table::IPV4)))
}
