//! Who is served next, on the one thread that serves all.
//!
//! A connection that asks for little is served as soon as its request is there. One that took more
//! than [`CREDIT`] of the thread's time within [`WINDOW`] stands in a line with all others that did:
//! one of them is served at a time, for no longer than a [`TURN`](super::limits::TURN), and then
//! those that ask for little come first again. So what a client waits for another is one turn,
//! whatever the others do, and one that is alone has the thread for itself.

use std::time::{Duration, Instant};

use tokio::sync::{Mutex, MutexGuard};
use tokio::task::yield_now;

use super::limits::{CREDIT, WINDOW};

/// The line.
#[derive(Debug, Default)]
pub(super) struct Line(Mutex<()>);

impl Line {
    /// Stands in the line until it is this one's turn, which ends when it is dropped.
    pub(super) async fn turn(&self) -> MutexGuard<'_, ()> {
        let turn = self.0.lock().await;
        // Whoever has said something meanwhile comes first.
        yield_now().await;
        turn
    }
}

/// What a connection took of the thread's time.
#[derive(Debug)]
pub(super) struct Used {
    since: Instant,
    time: Duration,
}

impl Used {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), time: Duration::ZERO }
    }

    /// It took that, just now.
    pub(super) fn add(&mut self, begun: Instant) {
        let now = Instant::now();
        if now.duration_since(self.since) >= WINDOW {
            *self = Self { since: now, time: Duration::ZERO };
        }
        self.time += now.duration_since(begun);
    }

    /// Whether it has to stand in the line.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.time > CREDIT && now.duration_since(self.since) < WINDOW
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use tokio::task::{LocalSet, spawn_local};

    use super::*;

    /// Two that want much, and one that comes now and then: it waits for one turn at most.
    #[tokio::test]
    async fn who_asks_for_little_waits_for_one_turn() {
        let (line, order) = (Rc::new(Line::default()), Rc::new(RefCell::new(String::new())));
        let (light, mut woken) = tokio::sync::mpsc::unbounded_channel();
        let set = LocalSet::new();
        for name in ['a', 'b'] {
            let (line, order, light) = (Rc::clone(&line), Rc::clone(&order), light.clone());
            set.spawn_local(async move {
                for _ in 0..20 {
                    let turn = line.turn().await;
                    order.borrow_mut().push(name);
                    light.send(()).unwrap();
                    drop(turn);
                }
            });
        }
        drop(light);
        let heard = Rc::clone(&order);
        set.run_until(async {
            let little = spawn_local(async move {
                while woken.recv().await.is_some() {
                    heard.borrow_mut().push('.');
                }
            });
            little.await.unwrap();
        })
        .await;
        assert_eq!(*order.borrow(), "a.b.".repeat(20));
    }

    #[test]
    fn what_was_used_counts_for_a_while() {
        let mut used = Used::new();
        let begin = Instant::now();
        assert!(!used.is_over(begin));
        used.time = CREDIT;
        assert!(!used.is_over(begin));
        used.time += Duration::from_nanos(1);
        assert!(used.is_over(used.since));
        assert!(!used.is_over(used.since + WINDOW));
        // The next begins with what it takes.
        used.since -= WINDOW;
        used.add(Instant::now());
        assert!(used.time <= begin.elapsed());
    }
}
