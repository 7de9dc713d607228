//! Random operations against a naive model: every message is read once, in order, none is lost.

use std::collections::VecDeque;

use mailslot::slot::{Counters, Options, Read, ReadTimeout, Ticket};
use proptest::prelude::*;

use super::{Face, Overlapped};

#[derive(Clone, Debug)]
enum Operation {
    Write(usize),
    Read { capacity: usize },
    Collect(usize),
    Cancel(usize),
    Wait(u64),
    SetTimeout(u32),
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => (0..6_usize).prop_map(Operation::Write),
        4 => (0..6_usize).prop_map(|capacity| Operation::Read { capacity }),
        2 => (0..8_usize).prop_map(Operation::Collect),
        2 => (0..8_usize).prop_map(Operation::Cancel),
        1 => (0..30_u64).prop_map(Operation::Wait),
        1 => prop::sample::select(vec![0, 10, 20, u32::MAX]).prop_map(Operation::SetTimeout),
    ]
}

/// A read's end: the message it was assigned, by number and size, or why it got none.
type Ended = Result<(u64, usize), Overlapped>;

/// A queue of numbered messages, and reads that wait, as a list each.
#[derive(Default)]
struct Model {
    queue: VecDeque<(u64, usize)>,
    read: u64,
    waiting: VecDeque<(Ticket, usize, Option<u64>)>,
    ended: Vec<(Ticket, Ended)>,
    now: u64,
    timeout: u32,
}

impl Model {
    fn serve(&mut self) {
        while let (Some(&first), Some(&(ticket, capacity, deadline))) =
            (self.queue.front(), self.waiting.front())
        {
            self.waiting.pop_front();
            let end = if deadline.is_some_and(|deadline| deadline <= self.now) {
                Err(Overlapped::Failed(super::ERROR_SEM_TIMEOUT))
            } else if first.1 > capacity {
                Err(Overlapped::Failed(super::ERROR_INSUFFICIENT_BUFFER))
            } else {
                self.queue.pop_front();
                Ok(first)
            };
            self.ended.push((ticket, end));
        }
    }

    /// Those in the queue, and those that reads were assigned and have not got.
    fn queued(&self) -> usize {
        self.queue.len() + self.ended.iter().filter(|(_, end)| end.is_ok()).count()
    }
}

fn data((number, size): (u64, usize)) -> Vec<u8> {
    // The number where there is room for it.
    number.to_be_bytes().iter().rev().chain([&0; 8]).take(size).copied().collect()
}

proptest! {
    #[test]
    fn operations_in_any_order(operations in prop::collection::vec(operation(), 1..80)) {
        let mut face = Face::new();
        let slot = face.create_with("alerts", &Options::default().max_messages(5)).expect("free");
        let writer = face.open("alerts").expect("there");
        let mut model = Model::default();
        let (mut written, mut tickets) = (0, Vec::new());
        for operation in operations {
            match operation {
                Operation::Write(size) => {
                    let message = (written, size);
                    let result = face.write(&writer, &data(message));
                    prop_assert_eq!(result.is_ok(), model.queue.len() < 5);
                    if result.is_ok() {
                        written += 1;
                        model.queue.push_back(message);
                        model.serve();
                    }
                }
                Operation::Read { capacity } => {
                    let read = slot.read(face.now, capacity).expect("not too many");
                    match model.queue.front().copied() {
                        Some(first) if first.1 <= capacity => {
                            model.queue.pop_front();
                            model.read += 1;
                            let Read::Done(message) = read else { panic!("{read:?}") };
                            prop_assert_eq!(message.data.to_vec(), data(first));
                        }
                        Some(first) => prop_assert_eq!(read, Read::TooSmall { needed: first.1 }),
                        None if model.timeout == 0 => prop_assert_eq!(read, Read::TimedOut),
                        None => {
                            let Read::Waiting { ticket, .. } = read else { panic!("{read:?}") };
                            let deadline = (model.timeout != u32::MAX)
                                .then(|| model.now + u64::from(model.timeout));
                            model.waiting.push_back((ticket, capacity, deadline));
                            tickets.push(ticket);
                        }
                    }
                }
                Operation::Collect(which) => {
                    let Some(&ticket) = tickets.get(which) else { continue };
                    let collected = face.collect(&slot, ticket);
                    let ended = model.ended.iter().position(|(ended, _)| *ended == ticket);
                    let waiting = model.waiting.iter().position(|(waits, ..)| *waits == ticket);
                    let expected = match (ended, waiting) {
                        (Some(at), _) => match model.ended.remove(at).1 {
                            Ok(message) => {
                                model.read += 1;
                                Overlapped::Done(data(message))
                            }
                            Err(failed) => failed,
                        },
                        (None, Some(at)) => {
                            let late = model.waiting[at].2.is_some_and(|end| end <= model.now);
                            if late {
                                model.waiting.remove(at);
                                Overlapped::Failed(super::ERROR_SEM_TIMEOUT)
                            } else {
                                Overlapped::Pending(ticket)
                            }
                        }
                        (None, None) => Overlapped::Failed(super::ERROR_OPERATION_ABORTED),
                    };
                    prop_assert_eq!(collected, expected);
                }
                Operation::Cancel(which) => {
                    let Some(&ticket) = tickets.get(which) else { continue };
                    face.cancel(&slot, ticket);
                    model.waiting.retain(|(waits, ..)| *waits != ticket);
                    if let Some(at) = model.ended.iter().position(|(ended, _)| *ended == ticket) {
                        if let (_, Ok(message)) = model.ended.remove(at) {
                            model.queue.push_back(message);
                            model.queue.make_contiguous().sort_unstable();
                            model.serve();
                        }
                    }
                }
                Operation::Wait(millis) => {
                    face.wait(millis);
                    model.now += millis;
                }
                Operation::SetTimeout(timeout) => {
                    slot.set_read_timeout(ReadTimeout(timeout));
                    model.timeout = timeout;
                }
            }
            let info = slot.info();
            prop_assert_eq!(info.message_count, model.queue.len());
            prop_assert_eq!(info.next_size, model.queue.front().map(|message| message.1));
            let counters = Counters {
                written,
                read: model.read,
                queued: model.queued() as u64,
                ..Counters::default()
            };
            prop_assert_eq!(slot.slot().counters(), counters);
        }
        drop(slot);
        let Counters { vanished, queued, .. } = face.counters();
        prop_assert_eq!((vanished, queued), (model.queued() as u64, 0));
    }
}
