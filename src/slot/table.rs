//! Who is there: the slots of a machine, by name.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::Error;
use super::fold::fold;
use super::handle::{Server, Slot, Writer};
use super::limits::{MAX_MESSAGES, MAX_OCTETS, MAX_SLOT_OCTETS, MAX_SLOTS, MAX_USER_OCTETS};
use super::path::LocalName;
use super::state::ReadTimeout;
use crate::time::Instant;
use crate::wire::oem::CodePage;
use crate::wire::smb::MAX_SLOT_NAME;

/// How a slot is created. The default takes messages of any size, and reads do not wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub(super) max_message_size: u32,
    pub(super) read_timeout: ReadTimeout,
    pub(super) max_messages: usize,
    pub(super) max_octets: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_message_size: 0,
            read_timeout: ReadTimeout::NONE,
            max_messages: MAX_MESSAGES,
            max_octets: MAX_SLOT_OCTETS,
        }
    }
}

impl Options {
    /// The most octets of a message; 0, the default, for any (row C7).
    #[must_use]
    pub fn max_message_size(mut self, octets: u32) -> Self {
        self.max_message_size = octets;
        self
    }

    /// How long reads wait.
    #[must_use]
    pub fn read_timeout(mut self, timeout: ReadTimeout) -> Self {
        self.read_timeout = timeout;
        self
    }

    /// The most messages in the queue, [`MAX_MESSAGES`] by default; a write beyond is refused.
    #[must_use]
    pub fn max_messages(mut self, messages: usize) -> Self {
        self.max_messages = messages;
        self
    }

    /// The most octets that the messages in the queue take, overhead included,
    /// [`MAX_SLOT_OCTETS`] by default; a write beyond is refused.
    #[must_use]
    pub fn max_octets(mut self, octets: u64) -> Self {
        self.max_octets = octets;
        self
    }
}

/// Memory that slots share.
#[derive(Debug)]
pub(super) struct Budget {
    used: AtomicU64,
    limit: u64,
    parent: Option<Arc<Self>>,
}

impl Budget {
    fn new(limit: u64, parent: Option<Arc<Self>>) -> Arc<Self> {
        Arc::new(Self { used: AtomicU64::new(0), limit, parent })
    }

    /// Takes that much, of all budgets above too, or nothing.
    pub(super) fn charge(&self, octets: u64) -> bool {
        let before = self.used.fetch_add(octets, Ordering::Relaxed);
        let fits = before.saturating_add(octets) <= self.limit
            && self.parent.as_ref().is_none_or(|parent| parent.charge(octets));
        if !fits {
            self.used.fetch_sub(octets, Ordering::Relaxed);
        }
        fits
    }

    pub(super) fn refund(&self, octets: u64) {
        if octets > 0 {
            self.used.fetch_sub(octets, Ordering::Relaxed);
            if let Some(parent) = &self.parent {
                parent.refund(octets);
            }
        }
    }
}

/// The slots of a machine.
#[derive(Debug)]
pub struct Table {
    slots: Mutex<Slots>,
    budget: Arc<Budget>,
}

#[derive(Debug, Default)]
struct Slots {
    /// By folded name. Whose last server is gone is not in here.
    by_name: HashMap<Box<str>, Arc<Slot>>,
    next_id: u64,
}

impl Default for Table {
    fn default() -> Self {
        let all = Budget::new(MAX_OCTETS, None);
        Self { slots: Mutex::default(), budget: Budget::new(MAX_USER_OCTETS, Some(all)) }
    }
}

impl Table {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// `CreateMailslot`.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyExists`] where a slot has that name, in whatever case (row C2);
    /// [`Error::TooMany`].
    pub fn create(
        self: &Arc<Self>,
        now: Instant,
        name: &LocalName,
        options: &Options,
    ) -> Result<Server, Error> {
        let mut slots = self.lock();
        if slots.by_name.contains_key(name.folded()) {
            return Err(Error::AlreadyExists);
        }
        if slots.by_name.len() >= MAX_SLOTS {
            return Err(Error::TooMany);
        }
        let id = slots.next_id;
        slots.next_id += 1;
        let budget = Arc::clone(&self.budget);
        let slot = Slot::open(id, name.clone(), Arc::clone(self), budget, now, options);
        let server = Server::first(Arc::clone(&slot));
        slots.by_name.insert(name.folded().into(), slot);
        Ok(server)
    }

    /// `CreateFile`: a handle to write with.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (row O1).
    pub fn open(&self, name: &LocalName) -> Result<Writer, Error> {
        self.lookup(name).map(Writer::new).ok_or(Error::NotFound)
    }

    /// The slot of that name.
    pub fn lookup(&self, name: &LocalName) -> Option<Arc<Slot>> {
        self.lock().by_name.get(name.folded()).cloned()
    }

    /// The slot of a name as it stands behind `\MAILSLOT\` in a frame. Names in ASCII are folded
    /// without an allocation.
    pub fn lookup_wire(&self, name: &[u8], page: CodePage) -> Option<Arc<Slot>> {
        let mut folded = [0; MAX_SLOT_NAME];
        if name.is_ascii() && name.len() <= folded.len() {
            let (folded, _) = folded.split_at_mut(name.len());
            folded.copy_from_slice(name);
            folded.make_ascii_uppercase();
            let folded = std::str::from_utf8(folded).ok()?;
            return self.lock().by_name.get(folded).cloned();
        }
        let folded: String = name.iter().map(|&octet| fold(page.decode_octet(octet))).collect();
        self.lock().by_name.get(&*folded).cloned()
    }

    /// How many slots there are.
    pub fn len(&self) -> usize {
        self.lock().by_name.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Frees the name of a slot whose last server is gone.
    pub(super) fn forget(&self, slot: &Slot) {
        // Nobody else can have the name: it was taken until now. Dropped once the lock is free.
        let removed = self.lock().by_name.remove(slot.name().folded());
        drop(removed);
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
