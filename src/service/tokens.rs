//! Handles that wait for another process of the same user to take them.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::io;

use super::handles::Handle;

/// The process of the service itself, in the place of a connection.
pub(super) const OWN: u64 = 0;

/// What is shared, by its token. Each connection has as many as handles.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    by_token: HashMap<String, Shared>,
    by_connection: HashMap<u64, Shares>,
}

#[derive(Debug)]
struct Shared {
    /// Whose connection it came through: its end is the token's.
    connection: u64,
    uid: u32,
    handle: Handle,
}

/// What a connection shares.
#[derive(Debug, Default)]
struct Shares {
    tokens: HashSet<String>,
    /// Octets of the handles' names.
    names: usize,
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
        let shares = self.by_connection.entry(connection).or_default();
        shares.tokens.insert(token.clone());
        shares.names += handle.name_octets();
        self.by_token.insert(token.clone(), Shared { connection, uid, handle });
        Ok(token)
    }

    /// How many tokens a connection has, and the octets of the names behind them.
    pub(super) fn of(&self, connection: u64) -> (usize, usize) {
        let shares = self.by_connection.get(&connection);
        shares.map_or((0, 0), |shares| (shares.tokens.len(), shares.names))
    }

    /// The handle of a token, for a process of the user who shared it.
    pub(super) fn get(&self, uid: u32, token: &str) -> Option<&Handle> {
        self.by_token.get(token).filter(|shared| shared.uid == uid).map(|shared| &shared.handle)
    }

    /// The same, once.
    pub(super) fn take(&mut self, uid: u32, token: &str) -> Option<Handle> {
        self.get(uid, token)?;
        let Shared { connection, handle, .. } = self.by_token.remove(token)?;
        if let Some(shares) = self.by_connection.get_mut(&connection) {
            shares.tokens.remove(token);
            shares.names -= handle.name_octets();
            if shares.tokens.is_empty() {
                self.by_connection.remove(&connection);
            }
        }
        Some(handle)
    }

    /// Takes out what a connection shared.
    pub(super) fn end(&mut self, connection: u64) -> Vec<Handle> {
        let shares = self.by_connection.remove(&connection).unwrap_or_default();
        let ended = shares.tokens.iter().filter_map(|token| self.by_token.remove(token));
        ended.map(|shared| shared.handle).collect()
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
