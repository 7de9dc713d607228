//! Reads of a connection that wait.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

use tokio::sync::Notify;

use crate::slot::{Slot, Ticket};
use crate::time::Instant;

/// A read that waits, by the id of its request.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) slot: Arc<Slot>,
    pub(super) ticket: Ticket,
    pub(super) deadline: Option<Instant>,
    pub(super) most: usize,
}

/// The reads of a connection that wait.
#[derive(Debug, Default)]
pub(super) struct Reads {
    by_id: HashMap<u32, Waiting>,
    deadlines: BTreeSet<(Instant, u32)>,
    woken: Arc<Woken>,
}

/// The ids of reads that have something to collect, in the order in which it came.
#[derive(Debug, Default)]
pub(super) struct Woken {
    ids: Mutex<VecDeque<u32>>,
    notify: Notify,
}

impl Woken {
    fn ids(&self) -> std::sync::MutexGuard<'_, VecDeque<u32>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is one.
    pub(super) async fn wait(&self) {
        self.notify.notified().await;
    }
}

/// Wakes the connection for one of its reads.
struct ReadWaker {
    id: u32,
    woken: Arc<Woken>,
}

impl Wake for ReadWaker {
    fn wake(self: Arc<Self>) {
        self.woken.ids().push_back(self.id);
        self.woken.notify.notify_one();
    }
}

impl Reads {
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn contains(&self, id: u32) -> bool {
        self.by_id.contains_key(&id)
    }

    pub(super) fn woken(&self) -> Arc<Woken> {
        Arc::clone(&self.woken)
    }

    /// What a slot wakes for the read of that id.
    pub(super) fn waker(&self, id: u32) -> Waker {
        Arc::new(ReadWaker { id, woken: Arc::clone(&self.woken) }).into()
    }

    pub(super) fn add(&mut self, id: u32, waiting: Waiting) {
        self.deadlines.extend(waiting.deadline.map(|deadline| (deadline, id)));
        self.by_id.insert(id, waiting);
    }

    pub(super) fn get(&self, id: u32) -> Option<&Waiting> {
        self.by_id.get(&id)
    }

    pub(super) fn remove(&mut self, id: u32) -> Option<Waiting> {
        let waiting = self.by_id.remove(&id)?;
        if let Some(deadline) = waiting.deadline {
            self.deadlines.remove(&(deadline, id));
        }
        Some(waiting)
    }

    /// When the first of them ends by itself.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// Whether one was woken.
    pub(super) fn is_woken(&self) -> bool {
        !self.woken.ids().is_empty()
    }

    /// A read that was woken, or whose time is over.
    pub(super) fn next_due(&mut self, now: Instant) -> Option<u32> {
        if let Some(id) = self.woken.ids().pop_front() {
            return Some(id);
        }
        self.deadlines.first().filter(|(deadline, _)| *deadline <= now).map(|(_, id)| *id)
    }

    /// Takes all of them out.
    pub(super) fn take(&mut self) -> impl Iterator<Item = (Arc<Slot>, Ticket)> {
        self.deadlines.clear();
        self.by_id.drain().map(|(_, waiting)| (waiting.slot, waiting.ticket))
    }
}
