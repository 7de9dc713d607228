//! What a service tells whoever runs it, and no more than somebody can take in.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::Note;
use super::limits::MAX_NOTES;

const SECOND: Duration = Duration::from_secs(1);

/// The way there.
#[derive(Debug)]
pub(super) struct Notes {
    sender: mpsc::Sender<Note>,
    told: Mutex<Told>,
}

#[derive(Debug)]
struct Told {
    since: Instant,
    notes: usize,
    kept_back: u64,
}

impl Notes {
    /// What comes out at the other end has room for as many notes as are told in a second.
    pub(super) fn new() -> (Self, mpsc::Receiver<Note>) {
        let (sender, receiver) = mpsc::channel(MAX_NOTES);
        let told = Told { since: Instant::now(), notes: 0, kept_back: 0 };
        (Self { sender, told: Mutex::new(told) }, receiver)
    }

    /// Tells it, unless too much was told already.
    pub(super) fn tell(&self, note: impl FnOnce() -> Note) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.notes >= MAX_NOTES {
            if told.since.elapsed() < SECOND {
                told.kept_back += 1;
                return;
            }
            let notes = std::mem::take(&mut told.kept_back);
            *told = Told { since: Instant::now(), notes: 0, kept_back: 0 };
            if notes > 0 && self.sender.try_send(Note::KeptBack { notes }).is_err() {
                told.kept_back = notes;
            }
        }
        told.notes += 1;
        if self.sender.try_send(note()).is_err() {
            told.kept_back += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note() -> Note {
        Note::Overfull { reason: String::new() }
    }

    #[test]
    fn so_many_are_told_in_a_second() {
        let (notes, mut receiver) = Notes::new();
        for _ in 0..MAX_NOTES + 10 {
            notes.tell(note);
        }
        for _ in 0..MAX_NOTES {
            assert_eq!(receiver.try_recv().unwrap(), note());
        }
        assert!(receiver.try_recv().is_err());
        notes.told.lock().unwrap().since -= SECOND;
        notes.tell(note);
        assert_eq!(receiver.try_recv().unwrap(), Note::KeptBack { notes: 10 });
        assert_eq!(receiver.try_recv().unwrap(), note());
        assert!(receiver.try_recv().is_err());
    }

    #[test]
    fn nobody_who_takes_them_is_no_loss_but_of_notes() {
        let (notes, mut receiver) = Notes::new();
        for _ in 0..3 {
            for _ in 0..MAX_NOTES {
                notes.tell(note);
            }
            notes.told.lock().unwrap().since -= SECOND;
        }
        let mut told = 0;
        while receiver.try_recv().is_ok() {
            told += 1;
        }
        assert_eq!(told, MAX_NOTES);
        notes.tell(note);
        let kept_back = Note::KeptBack { notes: 2 * MAX_NOTES as u64 };
        assert_eq!(receiver.try_recv().unwrap(), kept_back);
    }
}
