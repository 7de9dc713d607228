//! How long the machine keeps a thread waiting that has something to do: what a promise in
//! milliseconds has to leave out of account.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const NAP: Duration = Duration::from_millis(1);

/// A thread that sleeps, and looks how much longer it slept.
#[derive(Debug)]
pub(crate) struct Stalls {
    most: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
}

impl Stalls {
    pub(crate) fn watch() -> Self {
        let (most, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let stalls = Self { most: Arc::clone(&most), over: Arc::clone(&over) };
        thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                let begin = Instant::now();
                thread::sleep(NAP);
                let late = begin.elapsed().saturating_sub(NAP);
                let late = u64::try_from(late.as_micros()).unwrap_or(u64::MAX);
                most.fetch_max(late, Ordering::Relaxed);
            }
        });
        stalls
    }

    /// The longest since it was asked last.
    pub(crate) fn longest(&self) -> Duration {
        Duration::from_micros(self.most.swap(0, Ordering::Relaxed))
    }
}

impl Drop for Stalls {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}
