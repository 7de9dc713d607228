//! Who is there: the slots of a machine, by name.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::counters::Counters;
use super::error::Error;
use super::fold::fold;
use super::handle::{Server, Slot, Wakes, Writer};
use super::limits::{MAX_MESSAGES, MAX_OCTETS, MAX_SLOT_OCTETS, MAX_SLOTS, MAX_USER_OCTETS};
use super::path::LocalName;
use super::state::{ReadTimeout, Remains};
use crate::time::Instant;
use crate::wire::oem::CodePage;
use crate::wire::smb::MAX_SLOT_NAME;

/// How a slot is created. The default takes messages of any size, and reads do not wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub(crate) max_message_size: u32,
    pub(crate) read_timeout: ReadTimeout,
    pub(crate) max_messages: usize,
    pub(crate) max_octets: u64,
    pub(crate) owner: User,
    pub(crate) owner_only: bool,
    pub(crate) process: u32,
}

/// Who creates slots, and how much he may have. Where one process has all of them there is no need
/// to tell users apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    /// The system's number of the user.
    pub id: u32,
    /// The most slots.
    pub max_slots: usize,
    /// The most octets that the messages in all slots take, overhead included.
    pub max_octets: u64,
}

impl Default for User {
    fn default() -> Self {
        Self { id: 0, max_slots: MAX_SLOTS, max_octets: MAX_USER_OCTETS }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_message_size: 0,
            read_timeout: ReadTimeout::NONE,
            max_messages: MAX_MESSAGES,
            max_octets: MAX_SLOT_OCTETS,
            owner: User::default(),
            owner_only: false,
            process: 0,
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

    /// Who creates it.
    #[must_use]
    pub fn owner(mut self, owner: User) -> Self {
        self.owner = owner;
        self
    }

    /// The process that creates it, as the system numbers them; 0, the default, where it is this
    /// one or nobody knows.
    #[must_use]
    pub fn process(mut self, process: u32) -> Self {
        self.process = process;
        self
    }

    /// Nobody else may write to it (row O8: 5, `ERROR_ACCESS_DENIED`), from other machines too,
    /// since who writes there is not known. Whoever opens slots for others looks at
    /// [`Slot::is_owner_only`].
    #[must_use]
    pub fn owner_only(mut self, owner_only: bool) -> Self {
        self.owner_only = owner_only;
        self
    }
}

/// Memory that slots share.
#[derive(Debug)]
pub(super) struct Budget {
    used: AtomicU64,
    limit: AtomicU64,
    parent: Option<Arc<Self>>,
}

impl Budget {
    fn new(limit: u64, parent: Option<Arc<Self>>) -> Arc<Self> {
        Arc::new(Self { used: AtomicU64::new(0), limit: AtomicU64::new(limit), parent })
    }

    /// Takes that much, of all budgets above too, or nothing.
    pub(super) fn charge(&self, octets: u64) -> bool {
        // Who does not fit takes nothing, not for a moment either: others may fit.
        let charged = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            let limit = self.limit.load(Ordering::Relaxed);
            used.checked_add(octets).filter(|used| *used <= limit)
        });
        if charged.is_err() {
            return false;
        }
        let fits = self.parent.as_ref().is_none_or(|parent| parent.charge(octets));
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
    /// What all users share.
    budget: Arc<Budget>,
    /// Slots whose counters changed since they were asked for. Its lock is taken last, and no other
    /// within it.
    changed: Mutex<BTreeSet<u64>>,
}

#[derive(Debug, Default)]
struct Slots {
    /// By folded name. Whose last server is gone is not in here.
    by_name: HashMap<Box<str>, Arc<Slot>>,
    /// The same, in the order in which they were created.
    by_id: BTreeMap<u64, Arc<Slot>>,
    /// Those who have slots.
    users: HashMap<u32, Account>,
    next_id: u64,
    /// What became of the messages of all slots that there are and were, as far as it was asked.
    counters: Counters,
}

/// What a user has.
#[derive(Debug)]
struct Account {
    slots: usize,
    budget: Arc<Budget>,
}

impl Default for Table {
    fn default() -> Self {
        let budget = Budget::new(MAX_OCTETS, None);
        Self { slots: Mutex::default(), budget, changed: Mutex::default() }
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
    /// [`Error::TooMany`], of all or of the owner.
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
        let User { id: user, max_slots, max_octets } = options.owner;
        let account = slots.users.entry(user).or_insert_with(|| Account {
            slots: 0,
            budget: Budget::new(max_octets, Some(Arc::clone(&self.budget))),
        });
        if account.slots >= max_slots {
            return Err(Error::TooMany);
        }
        account.slots += 1;
        account.budget.limit.store(max_octets, Ordering::Relaxed);
        let budget = Arc::clone(&account.budget);
        let id = slots.next_id;
        slots.next_id += 1;
        let slot = Slot::open(id, name.clone(), Arc::clone(self), budget, now, options);
        let server = Server::first(Arc::clone(&slot));
        slots.by_id.insert(id, Arc::clone(&slot));
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

    /// Closes a slot whose last server is gone, and frees its name: in one step, so that the books
    /// balance at any moment. What it had is dropped by the caller, who holds no lock.
    pub(super) fn forget(&self, slot: &Slot) -> (Wakes, Remains) {
        // Nobody else can have the name: it was taken until now. Dropped once the lock is free.
        let mut slots = self.lock();
        let removed = slots.by_name.remove(slot.name().folded());
        slots.by_id.remove(&slot.id());
        let closed = slot.close();
        slot.tell(&mut slots.counters);
        self.changes().remove(&slot.id());
        let user = slot.owner().id;
        if let Some(account) = slots.users.get_mut(&user) {
            account.slots -= 1;
            if account.slots == 0 {
                slots.users.remove(&user);
            }
        }
        drop(slots);
        drop(removed);
        closed
    }

    /// What became of all messages of slots that there are and were. Asks those alone that did
    /// something since the last time.
    pub fn counters(&self) -> Counters {
        let mut slots = self.lock();
        let changed = std::mem::take(&mut *self.changes());
        let Slots { by_id, counters, .. } = &mut *slots;
        changed.iter().filter_map(|id| by_id.get(id)).for_each(|slot| slot.tell(counters));
        *counters
    }

    /// That slot's counters changed.
    pub(super) fn changed(&self, id: u64) {
        self.changes().insert(id);
    }

    fn changes(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The most octets that the messages in all slots of all users take,
    /// [`MAX_OCTETS`] by default.
    pub fn set_max_octets(&self, octets: u64) {
        self.budget.limit.store(octets, Ordering::Relaxed);
    }

    /// Octets that the messages in all slots take.
    pub fn octets(&self) -> u64 {
        self.budget.used.load(Ordering::Relaxed)
    }

    /// The slots, in the order in which they were created.
    pub fn slots(&self) -> Vec<Arc<Slot>> {
        self.lock().by_id.values().cloned().collect()
    }

    /// So many of them at most, from the first whose [`id`](Slot::id) is no smaller than that.
    pub fn slots_from(&self, id: u64, most: usize) -> Vec<Arc<Slot>> {
        self.lock().by_id.range(id..).take(most).map(|(_, slot)| Arc::clone(slot)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
