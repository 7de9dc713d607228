//! Datagrams made into text on all processors, in their order.

use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, Scope};

use super::view::View;
use crate::cli::failure::Failure;
use crate::cli::record::{Context, Raw};

/// Datagrams of a batch, and octets of their payloads: so much is worth a way to another thread.
const MOST_DATAGRAMS: usize = 256;
const MOST_OCTETS: usize = 1 << 18;

/// Batches of a worker that are under way: one in work, one that waits.
const AHEAD: usize = 2;

/// More than this have nothing to do: one thread reads for all.
const MOST_WORKERS: usize = 8;

/// Text whose room is kept for the next batch.
const KEPT: usize = 1 << 20;

/// Threads that begin with the first batch. Batches go to them in turn, and come back in that order.
pub(super) struct Pool<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    view: View<'env>,
    workers: Vec<Worker>,
    /// What is collected for the next one.
    batch: Batch,
    spare: Vec<Batch>,
    sent: usize,
    taken: usize,
}

struct Worker {
    to: SyncSender<Batch>,
    from: Receiver<Result<Batch, Failure>>,
}

#[derive(Default)]
struct Batch {
    datagrams: Vec<Datagram>,
    octets: Vec<u8>,
    text: Vec<u8>,
    shown: u64,
}

struct Datagram {
    context: Context,
    payload: Range<usize>,
    raw: Option<Raw<'static>>,
}

/// Text of datagrams, and how many they are.
pub(super) struct Shown<'a> {
    pub(super) text: &'a [u8],
    pub(super) datagrams: u64,
}

impl<'scope, 'env> Pool<'scope, 'env> {
    /// None where there is one processor.
    pub(super) fn new(scope: &'scope Scope<'scope, 'env>, view: View<'env>) -> Option<Self> {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        (processors > 1).then(|| Self {
            scope,
            view,
            workers: Vec::new(),
            batch: Batch::default(),
            spare: Vec::new(),
            sent: 0,
            taken: 0,
        })
    }

    /// Takes one more; what is done goes to `each`.
    pub(super) fn add(
        &mut self,
        context: Context,
        payload: &[u8],
        raw: Option<Raw<'static>>,
        each: impl FnMut(Shown<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let Batch { datagrams, octets, .. } = &mut self.batch;
        let from = octets.len();
        octets.extend_from_slice(payload);
        datagrams.push(Datagram { context, payload: from..octets.len(), raw });
        if datagrams.len() < MOST_DATAGRAMS && octets.len() < MOST_OCTETS {
            return Ok(());
        }
        self.send(each)
    }

    /// Waits for all.
    pub(super) fn finish(
        mut self,
        mut each: impl FnMut(Shown<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        while self.taken < self.sent {
            self.take(&mut each)?;
        }
        // So few are not worth a thread.
        self.batch.write(self.view)?;
        each(self.batch.shown())
    }

    fn send(
        &mut self,
        mut each: impl FnMut(Shown<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if self.workers.is_empty() {
            self.begin();
        }
        if self.sent > self.taken && self.sent - self.taken == self.workers.len() * AHEAD {
            self.take(&mut each)?;
        }
        let mut batch = self.spare.pop().unwrap_or_default();
        std::mem::swap(&mut batch, &mut self.batch);
        let Some(worker) = self.workers.get(self.sent % self.workers.len().max(1)) else {
            // The system has no thread for us.
            batch.write(self.view)?;
            each(batch.shown())?;
            self.keep(batch);
            return Ok(());
        };
        worker.to.send(batch).map_err(|_| lost())?;
        self.sent += 1;
        Ok(())
    }

    fn begin(&mut self) {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let view = self.view;
        let worker = |_| {
            let (to, work) = sync_channel::<Batch>(AHEAD);
            let (done, from) = sync_channel(AHEAD);
            let begun = thread::Builder::new().spawn_scoped(self.scope, move || {
                for mut batch in work {
                    let result = batch.write(view).map(|()| batch);
                    if done.send(result).is_err() {
                        return;
                    }
                }
            });
            begun.ok().map(|_| Worker { to, from })
        };
        self.workers = (0..processors.min(MOST_WORKERS)).map_while(worker).collect();
    }

    /// Waits for the oldest one that is under way.
    fn take(
        &mut self,
        each: &mut impl FnMut(Shown<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let worker = self.workers.get(self.taken % self.workers.len()).ok_or_else(lost)?;
        let batch = worker.from.recv().map_err(|_| lost())??;
        self.taken += 1;
        each(batch.shown())?;
        self.keep(batch);
        Ok(())
    }

    fn keep(&mut self, mut batch: Batch) {
        batch.datagrams.clear();
        batch.octets.clear();
        batch.text.clear();
        batch.text.shrink_to(KEPT);
        batch.shown = 0;
        self.spare.push(batch);
    }
}

/// Where a thread panicked, which the end of its scope tells.
fn lost() -> Failure {
    Failure::said(1)
}

impl Batch {
    fn write(&mut self, view: View<'_>) -> Result<(), Failure> {
        let Self { datagrams, octets, text, shown } = self;
        for Datagram { context, payload, raw } in datagrams.drain(..) {
            let payload = octets.get(payload).unwrap_or_default();
            *shown += u64::from(view.write(text, &context, payload, raw)?);
        }
        Ok(())
    }

    fn shown(&self) -> Shown<'_> {
        Shown { text: &self.text, datagrams: self.shown }
    }
}
