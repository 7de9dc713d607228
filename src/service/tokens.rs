//! Handles that wait for another process of the same user to take them.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;

use super::handles::Handle;

/// The process of the service itself, in the place of a connection.
pub(super) const OWN: u64 = 0;

/// What is shared, by its token. Each connection has as many as handles.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    by_token: HashMap<String, Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Whose connection it came through: its end is the token's.
    connection: u64,
    uid: u32,
    handle: Handle,
}

impl Tokens {
    /// A token for a handle, which lives as long as it.
    ///
    /// # Errors
    ///
    /// Where the system has no random numbers.
    pub(super) fn share(
        &mut self,
        connection: u64,
        uid: u32,
        handle: Handle,
    ) -> io::Result<String> {
        let token = unforeseeable()?;
        self.by_token.insert(token.clone(), Shared { connection, uid, handle });
        Ok(token)
    }

    /// How many tokens a connection has.
    pub(super) fn of(&self, connection: u64) -> usize {
        self.by_token.values().filter(|shared| shared.connection == connection).count()
    }

    /// The handle of a token, once, for a process of the user who shared it.
    pub(super) fn take(&mut self, uid: u32, token: &str) -> Option<Handle> {
        if self.by_token.get(token)?.uid != uid {
            return None;
        }
        self.by_token.remove(token).map(|shared| shared.handle)
    }

    /// Takes out what a connection shared.
    pub(super) fn end(&mut self, connection: u64) -> Vec<Handle> {
        let (ended, kept) = std::mem::take(&mut self.by_token)
            .into_iter()
            .partition(|(_, shared)| shared.connection == connection);
        self.by_token = kept;
        let ended: HashMap<String, Shared> = ended;
        ended.into_values().map(|shared| shared.handle).collect()
    }
}

/// 128 bits of the system's random numbers.
fn unforeseeable() -> io::Result<String> {
    let mut octets = [0_u8; 16];
    let read = rustix::rand::getrandom(&mut octets[..], rustix::rand::GetRandomFlags::empty())?;
    if read < octets.len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut token = String::with_capacity(32);
    for octet in octets {
        // A string takes all.
        let _ = write!(token, "{octet:02x}");
    }
    Ok(token)
}
