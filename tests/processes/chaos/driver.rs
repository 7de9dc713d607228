//! The driver: it keeps the processes going, listens to them, and checks what holds.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use super::blows::KIND_COUNTS;
use super::books::Books;
use super::crew::{Crew, Event, Member};
use super::figures::Figures;
use super::report::{Order, Report, monotonic};
use super::world::World;
use super::{Kind, PATIENCE};
use crate::random::Random;
use crate::service::Usage;
use crate::stalls::Stalls;

/// Slots that there are to be at a time.
const SLOTS: usize = 4;

/// Names that they take turns with.
const NAMES: u64 = 7;

/// Between two checks, in ms.
const CHECK_EVERY: u64 = 1500;

/// Memory that a service may have gained, beside what it had when nobody used it for the first time:
/// what its allocator keeps.
const MAX_GROWTH_KIB: i64 = 4096;

/// How long a process may be without a server, where another can be one.
const TAKEOVER: Duration = Duration::from_secs(1);

/// Lines of what was done and said that are kept.
const JOURNAL: usize = 400;

/// A slot, by its number: names come again.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) name: String,
    /// Since how many services.
    epoch: u32,
    /// Its creator said that it is there, and it has lived since.
    pub(super) lives: bool,
    /// Processes that have its token, or asked for it, and who shared it.
    pub(super) tokens: Vec<u32>,
    /// Who is to take it with a token, and from whom.
    takers: BTreeMap<u32, u32>,
}

impl Slot {
    /// One token of that process is gone.
    fn drop_token(&mut self, by: u32) {
        if let Some(at) = self.tokens.iter().position(|token| *token == by) {
            self.tokens.swap_remove(at);
        }
    }
}

/// All there is.
#[derive(Debug)]
pub(super) struct Driver {
    pub(super) world: World,
    pub(super) crew: Crew,
    books: Books,
    pub(super) slots: BTreeMap<u32, Slot>,
    pub(super) random: Random,
    pub(super) figures: Figures,
    pub(super) epoch: u32,
    /// When who serves was killed, until another does, and until everybody has it.
    killed: Option<Instant>,
    scattered: Option<(Instant, Vec<u32>)>,
    /// Messages of slots of who serves now: accepted, read.
    accepted: u64,
    read: u64,
    first_usage: Option<Usage>,
    pub(super) stalls: Stalls,
    /// What was done and said of late.
    journal: VecDeque<String>,
}

/// A broken promise.
pub(super) type Broken = String;

impl Driver {
    pub(super) fn new(world: World, random: Random) -> Self {
        let crew = Crew::new(world.environment());
        Self {
            world,
            crew,
            books: Books::default(),
            slots: BTreeMap::new(),
            random,
            figures: Figures::default(),
            epoch: 0,
            killed: None,
            scattered: None,
            accepted: 0,
            read: 0,
            first_usage: None,
            stalls: Stalls::watch(),
            journal: VecDeque::new(),
        }
    }

    pub(super) fn run(&mut self, time: Duration) -> Result<(), Broken> {
        let end = Instant::now() + time;
        let mut next_check = Instant::now() + Duration::from_millis(CHECK_EVERY);
        let result = loop {
            self.fill();
            if let Err(broken) = self.blow().and_then(|()| {
                let pause = Duration::from_millis(self.random.below(30));
                self.listen(pause)
            }) {
                break Err(broken);
            }
            let over = Instant::now() >= end;
            if over || Instant::now() >= next_check {
                let everyone = over || self.random.below(3) == 0;
                if let Err(broken) = self.check(everyone) {
                    break Err(broken);
                }
                next_check = Instant::now() + Duration::from_millis(CHECK_EVERY);
            }
            if over {
                break Ok(());
            }
        };
        self.figures.totals = self.books.totals;
        result.map_err(|broken| {
            let journal: Vec<_> = self.journal.iter().map(String::as_str).collect();
            format!("{}\n{broken}", journal.join("\n"))
        })
    }

    /// Keeps what was done, to be told where something is wrong afterwards.
    pub(super) fn note(&mut self, what: std::fmt::Arguments<'_>) {
        self.journal.push_back(format!("{:>10} {what}", monotonic() % 10_000_000_000));
        if self.journal.len() > JOURNAL {
            self.journal.pop_front();
        }
    }

    /// Tells a process what to do.
    pub(super) fn order(&mut self, member: u32, order: &Order) {
        self.note(format_args!("to {member}: {order}"));
        self.crew.order(member, order);
    }

    /// Starts and creates what is missing.
    fn fill(&mut self) {
        self.crew.bury();
        for (kind, count) in KIND_COUNTS {
            for _ in self.crew.of(|member| member.kind == kind).len()..count {
                let number = self.crew.start(kind, self.random.number());
                if kind == Kind::Writer {
                    let lives = self.slots.iter().filter(|(_, slot)| slot.lives);
                    let lives: Vec<_> = lives.map(|(slot, at)| (*slot, at.name.clone())).collect();
                    for (slot, name) in lives {
                        self.order(number, &Order::Open { slot, name });
                    }
                }
            }
        }
        let readers = self.crew.of(|member| member.kind == Kind::Reader && member.has_mailslots());
        // A slot that its creator has not told of yet is one too.
        for _ in self.slots.len()..SLOTS {
            let name = format!("chaos-{}", self.random.below(NAMES));
            let Some(reader) = self.random.one_of(&readers) else { return };
            if self.slots.values().any(|slot| slot.name == name) {
                continue;
            }
            let slot = self.crew.number();
            self.order(reader, &Order::Create { slot, name: name.clone() });
            self.reads(reader, slot, false);
            let (tokens, takers) = (Vec::new(), BTreeMap::new());
            let epoch = self.epoch;
            self.slots.insert(slot, Slot { name, epoch, lives: false, tokens, takers });
        }
    }

    /// A process reads that slot for sure, or it is about to begin or to end.
    pub(super) fn reads(&mut self, member: u32, slot: u32, sure: bool) {
        if let Some(member) = self.crew.members.get_mut(&member) {
            member.slots.insert(slot, sure);
        }
    }

    /// Who reads a slot, or is about to.
    pub(super) fn readers(&self, slot: u32) -> Vec<u32> {
        let members = self.crew.members.iter();
        let readers = members.filter(|(_, member)| member.slots.contains_key(&slot));
        readers.map(|(number, _)| *number).collect()
    }

    /// Whether somebody reads it for sure.
    fn is_read(&self, slot: u32) -> bool {
        self.crew.members.values().any(|member| member.slots.get(&slot) == Some(&true))
    }

    /// A process reads that slot no more, nor will it.
    pub(super) fn leaves(&mut self, member: u32, slot: u32) {
        if let Some(member) = self.crew.members.get_mut(&member) {
            member.slots.remove(&slot);
        }
        self.look_after(slot);
    }

    /// Forgets a slot that nobody has any more.
    pub(super) fn look_after(&mut self, slot: u32) {
        if self.readers(slot).is_empty() {
            let Some(found) = self.slots.get_mut(&slot) else { return };
            found.lives = false;
            self.books.slot_ends(slot);
            if found.tokens.is_empty() {
                self.slots.remove(&slot);
            }
        }
    }

    /// Kills a process.
    pub(super) fn kill(&mut self, number: u32) {
        let Some(member) = self.crew.kill(number) else { return };
        self.note(format_args!("killed {number}: {:?} of {:?}", member.kind, member.slots));
        match member.kind {
            Kind::Writer => {
                self.figures.killed_writers += 1;
                self.books.writer_killed(number);
            }
            _ => self.figures.killed_readers += 1,
        }
        for slot in self.slots.values_mut() {
            slot.tokens.retain(|by| *by != number);
        }
        for &slot in member.slots.keys() {
            self.books.reader_killed(slot, member.kind.batch());
        }
        // One that served may not have come to say so.
        let may_serve = !self.world.is_served() && !member.has_mailslots();
        if member.role == "serving" || may_serve && member.kind != Kind::Heir {
            self.service_is_gone();
        }
        for slot in self.slots.keys().copied().collect::<Vec<_>>() {
            self.look_after(slot);
        }
    }

    /// Who served was killed, and all slots with it.
    pub(super) fn service_is_gone(&mut self) {
        self.epoch += 1;
        self.figures.killed_services += 1;
        // Where nobody is left, nobody takes over.
        let others = self.crew.members.values().any(|member| member.kind != Kind::Heir);
        self.killed = others.then(Instant::now);
        let others = self.crew.of(|member| member.kind != Kind::Heir);
        self.scattered = self.killed.map(|killed| (killed, others));
        (self.accepted, self.read) = (0, 0);
        for member in self.crew.members.values_mut() {
            member.role = "gone".into();
            // What it was about to send is gone with it.
            for &slot in member.slots.keys() {
                self.books.reader_killed(slot, member.kind.batch());
            }
        }
        for (number, slot) in &mut self.slots {
            slot.lives = false;
            slot.tokens.clear();
            slot.takers.clear();
            self.books.slot_ends(*number);
        }
        if !self.world.has_service() {
            self.world.serves_at(None);
        }
    }

    /// Kills the service, and starts it again.
    pub(super) fn restart_service(&mut self) {
        // The processes see its end before they see another.
        self.service_is_gone();
        self.world.restart_service();
        self.first_usage = None;
    }

    /// Listens for so long.
    pub(super) fn listen(&mut self, time: Duration) -> Result<(), Broken> {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.crew.next(left) {
                Some((pipe, event)) => self.hear(pipe, event)?,
                None => return Ok(()),
            }
            if left.is_zero() {
                return Ok(());
            }
        }
    }

    /// Listens until something is so.
    fn listen_until(
        &mut self,
        what: &str,
        mut holds: impl FnMut(&mut Self) -> Result<bool, Broken>,
    ) -> Result<(), Broken> {
        let begin = Instant::now();
        while !holds(self)? {
            if begin.elapsed() > PATIENCE {
                let (members, slots) = (&self.crew.members, &self.slots);
                return Err(format!("not within {PATIENCE:?}: {what}; {members:#?}\n{slots:#?}"));
            }
            if let Some((pipe, event)) = self.crew.next(Duration::from_millis(5)) {
                self.hear(pipe, event)?;
            }
        }
        Ok(())
    }

    fn hear(&mut self, pipe: u32, event: Event) -> Result<(), Broken> {
        match event {
            Event::Said(member, report) => self.heard(member, report),
            Event::Torn(line) => Err(format!("process {pipe} says {line:?}")),
            Event::End => {
                self.crew.pipes.remove(&pipe);
                let members = self.crew.members.iter();
                let there: Vec<_> = members.filter(|(_, member)| member.pipe == pipe).collect();
                if let Some((number, member)) = there.iter().find(|(_, member)| member.is_here()) {
                    return Err(format!("process {number} ended by itself: {member:?}"));
                }
                // Heirs that never were.
                let heirs: Vec<_> = there.into_iter().map(|(number, _)| *number).collect();
                for heir in heirs {
                    let slots = self.crew.kill(heir).map(|heir| heir.slots).unwrap_or_default();
                    for slot in slots.into_keys() {
                        self.look_after(slot);
                    }
                }
                Ok(())
            }
        }
    }

    fn heard(&mut self, number: u32, report: Report) -> Result<(), Broken> {
        if !matches!(report, Report::Got { .. } | Report::Idle { .. } | Report::Wrote { .. }) {
            self.note(format_args!("{number}: {report}"));
        }
        match report {
            Report::Role { role, path } => self.role(number, &role, &path),
            Report::Created { slot } => {
                match self.slots.get_mut(&slot) {
                    Some(found) if found.epoch == self.epoch => {
                        found.lives = true;
                        let name = found.name.clone();
                        self.reads(number, slot, true);
                        self.books.slot_begins(slot);
                        for writer in self.crew.of(|member| member.kind == Kind::Writer) {
                            self.order(writer, &Order::Open { slot, name: name.clone() });
                        }
                    }
                    // Of a service that was killed, or of the next one: nobody needs to know.
                    _ => self.order(number, &Order::Close { slot }),
                }
                Ok(())
            }
            Report::Taken { slot, process } => {
                self.taken(number, slot, true);
                self.reads(number, slot, true);
                self.crew.heir_is_here(number, process);
                Ok(())
            }
            Report::NotShared { slot, why } => {
                if let Some(found) = self.slots.get_mut(&slot) {
                    found.drop_token(number);
                }
                self.look_after(slot);
                match &*why {
                    "closed" | "ServiceLost" => Ok(()),
                    _ => Err(format!("process {number} cannot share slot {slot}: {why}")),
                }
            }
            Report::Token { slot, token } => {
                self.give(number, slot, token);
                Ok(())
            }
            Report::Refused { slot, why } => {
                // Where its service was another, the token is still there.
                self.taken(number, slot, why == "InvalidToken");
                self.refused(number, slot, &why)
            }
            Report::Got { slot, ids } => {
                if self.slots.get(&slot).is_some_and(|slot| slot.epoch == self.epoch) {
                    self.read += ids.0.len() as u64;
                }
                ids.0.into_iter().try_for_each(|id| self.books.got(slot, id))
            }
            Report::Idle { slot, since } => {
                if let Some(member) = self.crew.members.get_mut(&number) {
                    member.idle.insert(slot, since);
                }
                Ok(())
            }
            Report::Ended { slot, why } => {
                let lived = self.slots.get(&slot).is_some_and(|slot| slot.epoch == self.epoch);
                // It has nothing else to do.
                if self.crew.members.get(&number).is_some_and(|member| member.kind == Kind::Heir) {
                    self.crew.kill(number);
                }
                self.leaves(number, slot);
                match &*why {
                    "close" => Ok(()),
                    "ServiceLost" if !lived => Ok(()),
                    _ => Err(format!("process {number} reads slot {slot} no more: {why}")),
                }
            }
            Report::Wrote { id, how } => {
                if let Some(slot) = self.slots.get(&id.slot) {
                    if slot.lives && self.is_read(id.slot) && how != "ok" && how != "Full" {
                        return Err(format!("write {id} to a living slot failed: {how}"));
                    }
                    self.accepted += u64::from(how == "ok" && slot.epoch == self.epoch);
                }
                self.books.wrote(id, &how)
            }
            Report::Paused {} => {
                if let Some(member) = self.crew.members.get_mut(&number) {
                    member.paused = true;
                }
                Ok(())
            }
            Report::Broken { slot, what } => Err(format!("process {number}, slot {slot}: {what}")),
        }
    }

    fn role(&mut self, number: u32, role: &str, path: &str) -> Result<(), Broken> {
        let Some(member) = self.crew.members.get_mut(&number) else { return Ok(()) };
        role.clone_into(&mut member.role);
        if role == "own" {
            return Err(format!("process {number} has mailslots for itself alone"));
        }
        if role == "serving" {
            if self.world.has_service() {
                return Err(format!("process {number} serves, and there is a service"));
            }
            let serving = self.crew.of(|member| member.role == "serving");
            if serving.len() > 1 {
                return Err(format!("processes {serving:?} serve at the same time"));
            }
            self.world.serves_at(Some(path));
            if let Some(killed) = self.killed.take() {
                self.figures.taken_over.push(killed.elapsed());
                if killed.elapsed() > TAKEOVER {
                    return Err(format!("nobody served for {:?}", killed.elapsed()));
                }
            }
        }
        if let Some((killed, others)) = &self.scattered {
            let mut others = others.iter().filter_map(|other| self.crew.members.get(other));
            if others.all(Member::has_mailslots) {
                self.figures.recovered.push(killed.elapsed());
                self.scattered = None;
            }
        }
        Ok(())
    }

    /// A process has taken what it was to take with a token, which is used up, or cannot.
    fn taken(&mut self, taker: u32, slot: u32, used: bool) {
        let Some(found) = self.slots.get_mut(&slot) else { return };
        if let Some(by) = found.takers.remove(&taker).filter(|_| used) {
            found.drop_token(by);
        }
    }

    /// A token for whoever is there.
    fn give(&mut self, by: u32, slot: u32, token: String) {
        let able = |kind| matches!(kind, Kind::Reader | Kind::Waverer);
        let takers = self.crew.of(|member| able(member.kind) && !member.slots.contains_key(&slot));
        let Some(found) = self.slots.get_mut(&slot) else { return };
        if let Some(taker) = self.random.one_of(&takers) {
            found.takers.insert(taker, by);
            if self.crew.members.get(&taker).is_some_and(|taker| taker.kind == Kind::Waverer) {
                self.books.wavers(slot);
            }
            self.reads(taker, slot, false);
            self.order(taker, &Order::Take { slot, token });
            self.figures.shared += 1;
        }
    }

    fn refused(&mut self, number: u32, slot: u32, why: &str) -> Result<(), Broken> {
        let Some(kind) = self.crew.members.get(&number).map(|member| member.kind) else {
            // It was killed meanwhile.
            return Ok(());
        };
        let lives = self.slots.get(&slot).is_some_and(|slot| slot.lives) && self.is_read(slot);
        if kind == Kind::Writer {
            return match why {
                "NotFound" if !lives => Ok(()),
                // It does not know the new one yet.
                "ServiceLost" => Ok(()),
                _ => Err(format!("slot {slot} cannot be opened: {why}")),
            };
        }
        if kind == Kind::Heir {
            self.crew.kill(number);
        }
        self.leaves(number, slot);
        match why {
            // Its name is another's, who was killed a moment ago; its owner was, with the token; it
            // was closed before.
            "AlreadyExists" | "InvalidToken" | "ServiceLost" | "closed" => Ok(()),
            _ => Err(format!("slot {slot} is not to be had by process {number}: {why}")),
        }
    }

    /// Lets everybody finish, and looks whether all is as promised; with everyone, until the last
    /// process is gone.
    fn check(&mut self, everyone: bool) -> Result<(), Broken> {
        for writer in self.crew.of(|member| member.kind == Kind::Writer) {
            self.order(writer, &Order::Pause {});
        }
        self.listen_until("all writers pause", |driver| {
            let still = driver.crew.of(|member| member.kind == Kind::Writer && !member.paused);
            Ok(still.is_empty())
        })?;
        self.listen_until("all have mailslots", |driver| {
            let mut members = driver.crew.members.values();
            Ok(members.all(|member| member.kind == Kind::Heir || member.has_mailslots()))
        })?;
        let mut round = (monotonic(), u64::MAX);
        self.listen_until("all is read", |driver| {
            driver.end_orphans();
            if !driver.world.is_served() || !driver.is_idle_since(round.0) {
                return Ok(false);
            }
            let queued = driver.world.stat("messages.queued")?;
            let put_back = driver.world.stat("messages.put_back")?;
            if queued == 0 && put_back == round.1 {
                return Ok(true);
            }
            round = (monotonic(), put_back);
            Ok(false)
        })?;
        self.books.settle()?;
        self.balance()?;
        if everyone {
            self.crew.of(|_| true).into_iter().for_each(|member| self.kill(member));
            if self.world.has_service() {
                self.nobody()?;
            }
        }
        for writer in self.crew.of(|member| member.kind == Kind::Writer) {
            self.order(writer, &Order::Go {});
            if let Some(member) = self.crew.members.get_mut(&writer) {
                member.paused = false;
            }
        }
        self.figures.checks += 1;
        Ok(())
    }

    /// Ends slots that live for nobody but who may take their token.
    fn end_orphans(&mut self) {
        let orphans = self.slots.iter().filter(|(slot, _)| self.readers(**slot).is_empty());
        let owners: Vec<_> = orphans.flat_map(|(_, slot)| slot.tokens.clone()).collect();
        for owner in owners {
            self.kill(owner);
        }
        // Whether a parent that was killed had come to bear one more, its pipe tells when all others
        // are gone.
        let members = &self.crew.members;
        let unborn = members.values().filter(|member| !member.is_here());
        let parents = unborn.map(|heir| heir.pipe).filter(|pipe| !members.contains_key(pipe));
        let parents: Vec<_> = parents.collect();
        let heirs = self.crew.of(|member| parents.contains(&member.pipe));
        for heir in heirs {
            self.kill(heir);
        }
    }

    /// Whether all that was said has been heard, and all reads that began since then found nothing.
    fn is_idle_since(&self, then: u64) -> bool {
        let mut quiet = self.crew.pipes.clone();
        for member in self.crew.members.values() {
            let reads = member.slots.keys();
            let mut idle = reads.map(|slot| member.idle.get(slot).copied().unwrap_or_default());
            if !member.is_here() || idle.any(|since| since < then) {
                return false;
            }
            quiet.remove(&member.pipe);
        }
        // The pipes of those that were killed, and have no heirs, have ended.
        quiet.is_empty()
    }

    /// The books of who serves, as all is read.
    fn balance(&mut self) -> Result<(), Broken> {
        let [written, read, put_back, vanished, queued] =
            ["written", "read", "put_back", "vanished", "queued"]
                .map(|name| self.world.stat(&format!("messages.{name}")));
        let (written, read, put_back) = (written?, read?, put_back?);
        let (vanished, queued) = (vanished?, queued?);
        let text = format!(
            "written {written} + put back {put_back}, read {read} + vanished {vanished} + queued \
             {queued}"
        );
        if written + put_back != read + vanished + queued {
            return Err(format!("the books do not balance: {text}"));
        }
        if written < self.accepted || read < self.read {
            let (accepted, got) = (self.accepted, self.read);
            return Err(format!("{accepted} were accepted, {got} were read; the books: {text}"));
        }
        self.figures.put_back = self.figures.put_back.max(put_back);
        Ok(())
    }

    /// Nobody is left: the service has what it had before.
    fn nobody(&mut self) -> Result<(), Broken> {
        self.listen_until("nobody is connected, and there is no slot", |driver| {
            let alone = driver.world.stat("service.connections")? == 1;
            Ok(alone && driver.world.stat("slots")? == 0 && driver.crew.pipes.is_empty())
        })?;
        let usage = self.world.usage().ok_or("the service ended")?;
        let first = *self.first_usage.get_or_insert(usage);
        if usage.files != first.files {
            return Err(format!("the service has {} files, and had {}", usage.files, first.files));
        }
        if usage.resident_kib > first.resident_kib + MAX_GROWTH_KIB {
            let (before, now) = (first.resident_kib, usage.resident_kib);
            return Err(format!("the service has {now} KiB of memory, and had {before}"));
        }
        self.figures.usage.push((first, usage));
        self.balance()
    }
}
