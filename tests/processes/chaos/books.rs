//! What was written and what was read, by what the processes said before they were killed.

use std::collections::{BTreeMap, HashMap};

use super::report::Id;

/// The account of all messages. Its errors are broken promises.
#[derive(Debug, Default)]
pub(super) struct Books {
    writers: HashMap<u32, Writer>,
    slots: HashMap<u32, Slot>,
    pub(super) totals: Totals,
}

/// Sums of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    /// Writes that returned without an error.
    pub(super) accepted: u64,
    /// Messages that readers said they got.
    pub(super) read: u64,
    /// Accepted and never read, since all readers of the slot were killed, or the service.
    pub(super) vanished: u64,
    /// Accepted by a slot that lives, and handed to a reader that was killed before it could say so.
    pub(super) lost_with_reader: u64,
    /// How many could have been, by what was under way when readers were killed.
    pub(super) could_be_lost: u64,
    /// Writes whose end nobody knows, since the writer or the service was killed.
    pub(super) unknown: u64,
    /// Of those, messages that were read.
    pub(super) unknown_read: u64,
}

#[derive(Debug, Default)]
struct Writer {
    /// The last write that it said the end of.
    last: u32,
    killed: bool,
    /// Up to there all is settled.
    settled: u32,
    /// By their numbers: in the order of its writes.
    messages: BTreeMap<u32, Message>,
    /// Where its handles lead, by the slot that it believes: where a message of it was read.
    handles: HashMap<u32, u32>,
}

#[derive(Debug)]
struct Message {
    slot: u32,
    outcome: Outcome,
    read: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Not said yet.
    None,
    Accepted,
    Refused,
    /// The service went away meanwhile.
    Unknown,
}

#[derive(Debug, Default)]
struct Slot {
    lives: bool,
    /// Messages go back into its queue, to vanish there.
    wavers: bool,
    /// Messages that killed readers may have had.
    may_be_lost: u64,
}

impl Books {
    pub(super) fn slot_begins(&mut self, slot: u32) {
        self.slots.entry(slot).or_default().lives = true;
    }

    pub(super) fn slot_ends(&mut self, slot: u32) {
        self.slots.entry(slot).or_default().lives = false;
    }

    /// Somebody may read the slot who gives messages back.
    pub(super) fn wavers(&mut self, slot: u32) {
        self.slots.entry(slot).or_default().wavers = true;
    }

    /// A reader of the slot was killed, who had at most so many messages that it had not told of.
    pub(super) fn reader_killed(&mut self, slot: u32, messages: u64) {
        self.slots.entry(slot).or_default().may_be_lost += messages;
        self.totals.could_be_lost += messages;
    }

    pub(super) fn writer_killed(&mut self, writer: u32) {
        self.writers.entry(writer).or_default().killed = true;
    }

    pub(super) fn wrote(&mut self, id: Id, how: &str) -> Result<(), String> {
        let outcome = match how {
            "ok" => Outcome::Accepted,
            // Too long for the slot that the driver looks for a free name with.
            "Full" | "Closed" | "MessageTooLong" => Outcome::Refused,
            "ServiceLost" => Outcome::Unknown,
            _ => return Err(format!("write {id} failed: {how}")),
        };
        self.totals.accepted += u64::from(outcome == Outcome::Accepted);
        self.totals.unknown += u64::from(outcome == Outcome::Unknown);
        let writer = self.writers.entry(id.writer).or_default();
        writer.last = id.number;
        let new = Message { slot: id.slot, outcome: Outcome::None, read: false };
        writer.messages.entry(id.number).or_insert(new).outcome = outcome;
        Ok(())
    }

    pub(super) fn got(&mut self, by: u32, id: Id) -> Result<(), String> {
        let writer = self.writers.entry(id.writer).or_default();
        if id.number <= writer.settled {
            return Err(format!("{id} was read long after it was written: twice, or after a loss"));
        }
        let new = Message { slot: id.slot, outcome: Outcome::None, read: false };
        let message = writer.messages.entry(id.number).or_insert(new);
        if std::mem::replace(&mut message.read, true) {
            return Err(format!("{id} was read twice"));
        }
        let leads = *writer.handles.entry(id.slot).or_insert(by);
        if leads != by {
            return Err(format!("{id}: one handle led to slots {leads} and {by}"));
        }
        self.totals.read += 1;
        Ok(())
    }

    /// Nobody writes, and all queues are empty: each message has come to its end.
    pub(super) fn settle(&mut self) -> Result<(), String> {
        let mut missing: HashMap<u32, Vec<Id>> = HashMap::new();
        for (number, writer) in &mut self.writers {
            let messages = std::mem::take(&mut writer.messages);
            let mut last_read: HashMap<u32, u32> = HashMap::new();
            for (number, message) in messages.iter().filter(|(_, message)| message.read) {
                last_read.insert(message.slot, *number);
            }
            for (&at, message) in &messages {
                let id = Id { writer: *number, number: at, slot: message.slot };
                match message.outcome {
                    // It was killed after the write, before it could say so.
                    Outcome::None if writer.killed && at == writer.last + 1 => {
                        self.totals.unknown += 1;
                        self.totals.unknown_read += 1;
                    }
                    Outcome::None => return Err(format!("{id} was read, and not written")),
                    Outcome::Refused if message.read => {
                        return Err(format!("{id} was read, and its write failed"));
                    }
                    Outcome::Unknown => self.totals.unknown_read += u64::from(message.read),
                    Outcome::Refused => {}
                    Outcome::Accepted if message.read => {}
                    Outcome::Accepted => {
                        let slot = *writer.handles.get(&message.slot).unwrap_or(&message.slot);
                        let (lives, wavers) = self
                            .slots
                            .get(&slot)
                            .map_or((false, false), |at| (at.lives, at.wavers));
                        let last = last_read.get(&message.slot);
                        // What vanishes with a slot is the end of its queue.
                        if lives || !wavers && last.is_some_and(|last| *last > at) {
                            missing.entry(slot).or_default().push(id);
                        } else {
                            self.totals.vanished += 1;
                        }
                    }
                }
            }
            writer.settled = messages.last_key_value().map_or(writer.settled, |(last, _)| *last);
        }
        for (slot, ids) in missing {
            let allowed = self.slots.get(&slot).map_or(0, |slot| slot.may_be_lost);
            if ids.len() as u64 > allowed {
                let first: Vec<_> = ids.iter().take(5).map(ToString::to_string).collect();
                return Err(format!(
                    "{} messages of slot {slot} are lost, where at most {allowed} were in the hands \
                     of a killed reader: {} ...",
                    ids.len(),
                    first.join(" ")
                ));
            }
            self.totals.lost_with_reader += ids.len() as u64;
        }
        self.slots.retain(|_, slot| slot.lives);
        self.slots.values_mut().for_each(|slot| slot.may_be_lost = 0);
        self.writers.retain(|_, writer| !writer.killed);
        Ok(())
    }
}
