//! The processes that are killed: those that read, those that write, and those that change their
//! mind.

use std::collections::HashMap;
use std::io::{BufRead as _, stdin};
use std::os::fd::AsFd as _;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use mailslot::api::{self, Auto, ErrorKind, Local, Notice, Role};
use mailslot::blocking::{Mailslot, MailslotWriter, Mailslots, Message};
use mailslot::runtime::{LiveConfig, Network};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::report::{Id, Ids, Order, Report, end, monotonic, say, word};
use super::{CHILD, Kind};
use crate::random::Random;

/// How long a read waits before the process says that it found nothing.
const READ: Duration = Duration::from_millis(20);

/// The most messages that a process which changes its mind reads at a time.
pub(super) const MANY: usize = 16;

/// The process of those arguments: what it is, its number, and a seed.
pub(crate) fn child(args: &[String]) {
    let [kind, member, number] = args else { panic!("{args:?}") };
    let member = member.parse().expect("a number");
    let number: u64 = number.parse().expect("a number");
    match kind.parse() {
        Ok(Kind::Reader) => reader(member),
        Ok(Kind::Writer) => writer(member, Random::new(number)),
        Ok(Kind::Waverer) => waverer(member, Random::new(number)),
        Ok(Kind::Heir) => heir(member, u32::try_from(number).expect("a slot")),
        Err(()) => panic!("{kind}"),
    }
}

/// The mailslots of the service that the environment names; or those of the first process that came.
pub(super) fn auto() -> Auto {
    let name = "CHAOS";
    let network = Network::Loopback { name: name.into() };
    Auto::new(LiveConfig::new(name, name, network).expect("names")).local(Local::Always)
}

fn say_role(member: u32, role: Role) {
    let (role, path) = match role {
        Role::Serving { path, .. } => ("serving", path.to_string_lossy().into_owned()),
        Role::Client { path } => ("client", path.to_string_lossy().into_owned()),
        Role::Own { .. } => ("own", "-".into()),
        _ => ("lost", "-".into()),
    };
    say(member, &Report::Role { role: role.into(), path });
}

/// Mailslots; who has them is said at once, and when it changes.
fn mailslots(member: u32) -> Mailslots {
    let mailslots = loop {
        match Mailslots::auto_with(auto()) {
            Ok(mailslots) => break mailslots,
            // It was killed, and is about to be back.
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    };
    say_role(member, mailslots.role());
    let watched = mailslots.clone();
    thread::spawn(move || {
        loop {
            if let Notice::Role(role) = watched.notice() {
                say_role(member, role);
            }
        }
    });
    mailslots
}

/// What the driver says, as long as there is one.
fn orders() -> impl Iterator<Item = Order> {
    let lines = stdin().lock().lines().map_while(Result::ok);
    let orders = lines.map(|line| line.parse().unwrap_or_else(|()| panic!("{line}")));
    orders.chain(std::iter::from_fn(|| end()))
}

/// Messages as they are reported.
fn got(member: u32, slot: u32, messages: &[Message]) {
    match messages.iter().map(|message| Id::of(&message.data)).collect() {
        Some(ids) => say(member, &Report::Got { slot, ids: Ids(ids) }),
        None => say(member, &Report::Broken { slot, what: "a-message-is-torn".into() }),
    }
}

/// A slot that a thread reads.
struct Reading {
    slot: Mailslot,
    close: Arc<AtomicBool>,
}

impl Reading {
    fn start(member: u32, number: u32, slot: Mailslot) -> Self {
        let close = Arc::new(AtomicBool::new(false));
        let (read, closed) = (slot.clone(), Arc::clone(&close));
        thread::spawn(move || {
            let why = read_all(member, number, &read, &closed);
            drop(read);
            say(member, &Report::Ended { slot: number, why });
        });
        Self { slot, close }
    }
}

fn read_all(member: u32, slot: u32, from: &Mailslot, closed: &AtomicBool) -> String {
    while !closed.load(Ordering::Relaxed) {
        let since = monotonic();
        match from.recv_timeout(READ) {
            Ok(message) => got(member, slot, &[message]),
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                say(member, &Report::Idle { slot, since });
            }
            Err(error) => return word(error.kind()),
        }
    }
    "close".into()
}

/// Creates, shares, takes, hands on, and reads what it has, each in a thread.
fn reader(member: u32) {
    let mailslots = mailslots(member);
    let mut readings: HashMap<u32, Reading> = HashMap::new();
    let refused = |slot, error: &api::Error| {
        say(member, &Report::Refused { slot, why: word(error.kind()) });
    };
    for order in orders() {
        match order {
            Order::Create { slot, name } => match mailslots.create(&*name) {
                Ok(created) => {
                    say(member, &Report::Created { slot });
                    readings.insert(slot, Reading::start(member, slot, created));
                }
                Err(error) => refused(slot, &error),
            },
            Order::Take { slot, token } => match mailslots.take(&token) {
                Ok(taken) => {
                    say(member, &Report::Taken { slot, process: own_id() });
                    readings.insert(slot, Reading::start(member, slot, taken));
                }
                Err(error) => refused(slot, &error),
            },
            Order::Share { slot } => {
                match readings.get(&slot).map(|reading| reading.slot.share()) {
                    Some(Ok(token)) => say(member, &Report::Token { slot, token }),
                    Some(Err(error)) => refused(slot, &error),
                    None => say(member, &Report::Refused { slot, why: "closed".into() }),
                }
            }
            Order::Heir { slot, member: heir } => {
                if let Some(reading) = readings.get(&slot) {
                    if let Err(why) = start_heir(&reading.slot, slot, heir) {
                        say(heir, &Report::Refused { slot, why });
                    }
                } else {
                    say(heir, &Report::Refused { slot, why: "closed".into() });
                }
            }
            Order::Close { slot } => {
                if let Some(reading) = readings.remove(&slot) {
                    reading.close.store(true, Ordering::Relaxed);
                }
            }
            order => panic!("{order}"),
        }
    }
}

fn own_id() -> i32 {
    i32::try_from(std::process::id()).expect("a process")
}

fn start_heir(from: &Mailslot, slot: u32, member: u32) -> Result<(), String> {
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    command.args([CHILD, Kind::Heir.word(), &member.to_string(), &slot.to_string()]);
    from.inherit(&mut command).map_err(|error| word(error.kind()))?;
    let mut heir = command.spawn().map_err(|error| word_of(&error))?;
    thread::spawn(move || heir.wait());
    Ok(())
}

fn word_of(error: &std::io::Error) -> String {
    format!("{:?}", error.kind())
}

/// Reads what it was born with. Its standard input is its parent's, and the driver's end of it tells
/// whether there is a driver.
fn heir(member: u32, slot: u32) {
    thread::spawn(|| {
        let input = stdin();
        let mut fds = [PollFd::new(input.as_fd(), PollFlags::empty())];
        // Interrupted, it has no answer.
        while poll(&mut fds, PollTimeout::NONE).is_err() {}
        end();
    });
    let inherited = Mailslots::inherited().map(|(mailslots, _)| mailslots.into_iter().next());
    let why = match inherited {
        Ok(Some(inherited)) => {
            say(member, &Report::Taken { slot, process: own_id() });
            let why = read_all(member, slot, &inherited, &AtomicBool::new(false));
            drop(inherited);
            return say(member, &Report::Ended { slot, why });
        }
        Ok(None) => "nothing".into(),
        Err(error) => word(error.kind()),
    };
    say(member, &Report::Refused { slot, why });
}

/// Writes to all that it has open, in turn, in bursts.
fn writer(member: u32, mut random: Random) {
    let mailslots = mailslots(member);
    let (sender, received) = std::sync::mpsc::channel();
    thread::spawn(move || orders().try_for_each(|order| sender.send(order)));
    let mut open: Vec<(u32, MailslotWriter)> = Vec::new();
    let (mut number, mut paused) = (0, false);
    loop {
        let waits = paused || open.is_empty();
        let order = if waits { received.recv().ok() } else { received.try_recv().ok() };
        match order {
            Some(Order::Open { slot, name }) => {
                match mailslots.open(&format!(r"\\.\mailslot\{name}")) {
                    Ok(writer) => open.push((slot, writer)),
                    Err(error) => {
                        say(member, &Report::Refused { slot, why: word(error.kind()) });
                    }
                }
            }
            Some(Order::Pause {}) => {
                paused = true;
                say(member, &Report::Paused {});
            }
            Some(Order::Go {}) => paused = false,
            Some(order) => panic!("{order}"),
            None => {}
        }
        if paused {
            continue;
        }
        for _ in 0..=random.below(40) {
            if open.is_empty() {
                break;
            }
            let at = usize::try_from(random.below(open.len() as u64)).expect("small");
            number += 1;
            let id = Id { writer: member, number, slot: open[at].0 };
            let result = open[at].1.write(&id.data());
            let how = result.as_ref().map_or_else(|error| word(error.kind()), |_| "ok".into());
            say(member, &Report::Wrote { id, how });
            match result.map_err(|error| error.kind()) {
                Ok(_) => {}
                Err(ErrorKind::Full) => break,
                Err(_) => drop(open.swap_remove(at)),
            }
        }
        // What others do meanwhile differs each time.
        thread::sleep(Duration::from_micros(random.below(2000)));
    }
}

/// Takes slots, and reads them with little patience: a read that is not over in time is dropped.
#[tokio::main(flavor = "current_thread")]
async fn waverer(member: u32, mut random: Random) {
    let mailslots = loop {
        match api::Mailslots::auto_with(auto()).await {
            Ok(mailslots) => break mailslots,
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    };
    say_role(member, mailslots.role());
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel();
    thread::spawn(move || orders().try_for_each(|order| sender.send(order)));
    let mut closing: HashMap<u32, Arc<AtomicBool>> = HashMap::new();
    loop {
        let order = tokio::select! {
            order = received.recv() => order,
            notice = mailslots.notice() => {
                if let Notice::Role(role) = notice {
                    say_role(member, role);
                }
                continue;
            }
        };
        match order {
            Some(Order::Take { slot, token }) => match mailslots.take(&token).await {
                Ok(taken) => {
                    say(member, &Report::Taken { slot, process: own_id() });
                    let closed = Arc::new(AtomicBool::new(false));
                    closing.insert(slot, Arc::clone(&closed));
                    let random = Random::new(random.number());
                    tokio::spawn(async move {
                        let why = waver(member, slot, taken, &closed, random).await;
                        say(member, &Report::Ended { slot, why });
                    });
                }
                Err(error) => say(member, &Report::Refused { slot, why: word(error.kind()) }),
            },
            Some(Order::Close { slot }) => {
                if let Some(closed) = closing.remove(&slot) {
                    closed.store(true, Ordering::Relaxed);
                }
            }
            Some(order) => panic!("{order}"),
            None => end(),
        }
    }
}

async fn waver(
    member: u32,
    slot: u32,
    from: api::Mailslot,
    closed: &AtomicBool,
    mut random: Random,
) -> String {
    let mut said = 0;
    while !closed.load(Ordering::Relaxed) {
        let since = monotonic();
        let patience = Duration::from_micros(random.below(3000));
        match tokio::time::timeout(patience, from.recv_many(MANY)).await {
            Ok(Ok(messages)) => {
                got(member, slot, &messages);
            }
            Ok(Err(error)) => return word(error.kind()),
            Err(_) => {
                // The first answer comes behind messages that were on their way, the second one
                // when those are back in their places: there are never more under way than a read
                // returns.
                for _ in 0..2 {
                    // It closes the moment after it dropped a read.
                    if closed.load(Ordering::Relaxed) {
                        break;
                    }
                    if let Err(error) = from.info().await {
                        return word(error.kind());
                    }
                }
                if since - said > 20_000 {
                    said = since;
                    say(member, &Report::Idle { slot, since });
                }
            }
        }
    }
    "close".into()
}
