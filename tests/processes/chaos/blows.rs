//! What befalls the processes.

use std::time::{Duration, Instant};

use mailslot::blocking::MailslotOptions;

use super::Kind;
use super::driver::{Broken, Driver};
use super::report::Order;

/// Processes that there are to be at a time; heirs are born.
pub(super) const KIND_COUNTS: [(Kind, usize); 3] =
    [(Kind::Reader, 3), (Kind::Waverer, 2), (Kind::Writer, 3)];

/// How long a name may be taken after the last process that had it is dead; and twice as long as
/// the machine kept a thread from running meanwhile, of the service or here.
const NAME_FREE: Duration = Duration::from_millis(100);

impl Driver {
    /// Does something to somebody.
    pub(super) fn blow(&mut self) -> Result<(), Broken> {
        match self.random.below(100) {
            0 => self.kill_service(),
            1..=14 => {
                let readers = self.crew.of(|member| member.kind != Kind::Writer);
                self.random.one_of(&readers).into_iter().for_each(|reader| self.kill(reader));
            }
            15..=21 => {
                let writers = self.crew.of(|member| member.kind == Kind::Writer);
                self.random.one_of(&writers).into_iter().for_each(|writer| self.kill(writer));
            }
            22..=31 => return self.end_slot(),
            32..=56 => self.share(),
            57..=70 => self.bear(),
            71..=80 => self.close(),
            _ => {}
        }
        Ok(())
    }

    fn kill_service(&mut self) {
        if self.world.has_service() {
            self.restart_service();
        } else {
            let serving = self.crew.of(|member| member.role == "serving");
            for member in serving {
                self.kill(member);
            }
        }
    }

    /// A slot that lives and one of those who read it.
    fn slot(&mut self, kind: impl Fn(Kind) -> bool) -> Option<(u32, u32)> {
        let lives: Vec<_> = self.slots.iter().filter(|(_, slot)| slot.lives).collect();
        let lives: Vec<_> = lives.into_iter().map(|(slot, _)| *slot).collect();
        let slot = self.random.one_of(&lives)?;
        let readers = self.crew.of(|member| kind(member.kind) && member.slots.contains_key(&slot));
        Some((slot, self.random.one_of(&readers)?))
    }

    fn share(&mut self) {
        if let Some((slot, by)) = self.slot(|kind| kind == Kind::Reader) {
            if let Some(found) = self.slots.get_mut(&slot) {
                found.tokens.push(by);
                self.order(by, &Order::Share { slot });
            }
        }
    }

    fn bear(&mut self) {
        let heirs = self.crew.members.values().filter(|member| member.kind == Kind::Heir);
        if heirs.count() >= 3 {
            return;
        }
        if let Some((slot, parent)) = self.slot(|kind| kind == Kind::Reader) {
            if let Some(heir) = self.crew.start_heir(parent, slot) {
                self.note(format_args!("to {parent}: heir {slot} {heir}"));
                self.reads(heir, slot, false);
                self.figures.inherited += 1;
            }
        }
    }

    fn close(&mut self) {
        if let Some((slot, by)) = self.slot(|kind| matches!(kind, Kind::Reader | Kind::Waverer)) {
            self.order(by, &Order::Close { slot });
            self.reads(by, slot, false);
            self.figures.closed += 1;
        }
    }

    /// Kills all who read a slot, and looks when its name is free.
    fn end_slot(&mut self) -> Result<(), Broken> {
        let Some((slot, _)) = self.slot(|_| true) else { return Ok(()) };
        let Some(found) = self.slots.get(&slot) else { return Ok(()) };
        let (name, mut victims) = (found.name.clone(), found.tokens.clone());
        victims.extend(self.readers(slot));
        victims.sort_unstable();
        victims.dedup();
        // An heir that is yet to be born cannot be killed; who serves takes more with it.
        let members = victims.iter().filter_map(|victim| self.crew.members.get(victim));
        if !members.clone().all(|member| member.is_here() && member.role != "serving") {
            return Ok(());
        }
        self.world.control()?;
        for victim in victims {
            self.kill(victim);
        }
        self.crew.bury();
        self.stalls.longest();
        let last = Instant::now();
        // Nobody is to write to it.
        let options = MailslotOptions::new(&*name).max_message_size(1);
        loop {
            let created = self.world.control()?.create(options.clone());
            let took = last.elapsed();
            if took > NAME_FREE {
                // A machine that lets nobody run keeps no promises.
                let stall = self.stalls.longest();
                self.figures.longest_stall = self.figures.longest_stall.max(stall);
                if took > NAME_FREE + 2 * stall {
                    let has = self.world.control()?.slots().map_err(|error| error.to_string())?;
                    let has: Vec<_> = has.into_iter().filter(|has| has.name == name).collect();
                    return Err(format!("the name of slot {slot} is free after {took:?}; {has:?}"));
                }
            }
            match created {
                Ok(_) => self.figures.names_freed.push(took),
                Err(_) => continue,
            }
            return Ok(());
        }
    }
}
