//! The handles of a connection.

use std::collections::BTreeMap;

use crate::ipc::limits::MAX_LIST;
use crate::ipc::{Failure, HandleEntry};
use crate::slot::{Remains, Server, Target, Writer};

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
    /// Octets of its name.
    pub(super) fn name_octets(&self) -> usize {
        match self {
            Self::Server(server) => server.name().as_str().len(),
            Self::Writer(writer) => writer.name().as_str().len(),
            Self::Remote(Target::Remote { host, slot }) => host.len() + slot.as_str().len(),
            Self::Remote(Target::Local(slot) | Target::OwnDomain(slot)) => slot.as_str().len(),
        }
    }

    /// Closes it.
    pub(super) fn end(self) -> Option<Remains> {
        let Self::Server(server) = self else { return None };
        let remains = server.end();
        (!remains.is_empty()).then_some(remains)
    }

    /// What the client is told of it.
    pub(super) fn entry(&self, handle: u32) -> HandleEntry {
        let reads = matches!(self, Self::Server(_));
        let name = match self {
            Self::Server(server) => server.name().to_string(),
            Self::Writer(writer) => writer.name().to_string(),
            Self::Remote(target) => target.to_string(),
        };
        HandleEntry { handle, reads, name }
    }
}

/// The handles of a connection, by their numbers. A number is not used again soon.
#[derive(Debug, Default)]
pub(super) struct Handles {
    by_number: BTreeMap<u32, Handle>,
    last: u32,
    /// Octets of their names.
    names: usize,
}

impl Handles {
    pub(super) fn len(&self) -> usize {
        self.by_number.len()
    }

    /// Octets of their names.
    pub(super) fn names(&self) -> usize {
        self.names
    }

    /// What the client is told of them, but none with a smaller number, and not of more at a time.
    pub(super) fn entries(&self, from: u32) -> Vec<HandleEntry> {
        let handles = self.by_number.range(from..).take(MAX_LIST);
        handles.map(|(number, handle)| handle.entry(*number)).collect()
    }

    pub(super) fn add(&mut self, handle: Handle) -> HandleEntry {
        loop {
            self.last = self.last.wrapping_add(1);
            // 0 is no handle.
            if self.last != 0 && !self.by_number.contains_key(&self.last) {
                let entry = handle.entry(self.last);
                self.names += handle.name_octets();
                self.by_number.insert(self.last, handle);
                return entry;
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
        let handle = self.by_number.remove(&number).ok_or_else(Failure::invalid_handle)?;
        self.names -= handle.name_octets();
        Ok(handle)
    }

    /// Takes any of them out.
    pub(super) fn pop(&mut self) -> Option<Handle> {
        let (_, handle) = self.by_number.pop_first()?;
        self.names -= handle.name_octets();
        Some(handle)
    }
}
