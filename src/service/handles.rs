//! The handles of a connection.

use std::collections::HashMap;

use crate::ipc::Failure;
use crate::slot::{Server, Target, Writer};

/// A handle of a client.
#[derive(Clone, Debug)]
pub(super) enum Handle {
    /// It reads.
    Server(Server),
    /// It writes to a slot of this machine.
    Writer(Writer),
    /// It writes to other machines.
    Remote(Target),
}

impl Handle {
    pub(super) fn reads(&self) -> bool {
        matches!(self, Self::Server(_))
    }

    pub(super) fn name(&self) -> String {
        match self {
            Self::Server(server) => server.name().to_string(),
            Self::Writer(writer) => writer.name().to_string(),
            Self::Remote(target) => target.to_string(),
        }
    }
}

/// The handles of a connection, by their numbers. A number is not used again soon.
#[derive(Debug, Default)]
pub(super) struct Handles {
    by_number: HashMap<u32, Handle>,
    last: u32,
}

impl Handles {
    pub(super) fn len(&self) -> usize {
        self.by_number.len()
    }

    pub(super) fn add(&mut self, handle: Handle) -> u32 {
        loop {
            self.last = self.last.wrapping_add(1);
            // 0 is no handle.
            if self.last != 0 && !self.by_number.contains_key(&self.last) {
                self.by_number.insert(self.last, handle);
                return self.last;
            }
        }
    }

    pub(super) fn get(&self, number: u32) -> Result<&Handle, Failure> {
        self.by_number.get(&number).ok_or_else(Failure::invalid_handle)
    }

    pub(super) fn server(&self, number: u32) -> Result<&Server, Failure> {
        match self.get(number)? {
            Handle::Server(server) => Ok(server),
            // Row O6: who opened it to write does not read.
            _ => Err(Failure::from(crate::slot::Error::NotAServer)),
        }
    }

    pub(super) fn remove(&mut self, number: u32) -> Result<Handle, Failure> {
        self.by_number.remove(&number).ok_or_else(Failure::invalid_handle)
    }
}
