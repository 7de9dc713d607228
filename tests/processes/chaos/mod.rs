//! Processes that share mailslots are killed at random, and the service too; what holds all the
//! same:
//!
//! * A message that a living slot accepted is read, unless it was handed to a reader that was killed:
//!   at most what one read returns.
//! * No message is read twice, and none that was not written, or whose write failed.
//! * A handle leads to one slot.
//! * The name of a slot is free within 100 ms after the last process that read it is dead.
//! * The service's files and memory are as before, its books balance, and agree with those kept here.
//! * Without a service one process serves the others at a time, and another within a second after it
//!   was killed.
//!
//! The seed gives the order of the blows, not their moments.

mod blows;
mod books;
mod child;
mod crew;
mod driver;
mod figures;
mod report;
mod world;

use std::str::FromStr;
use std::time::Duration;

pub(crate) use child::child;
use driver::Driver;
use world::World;

use crate::options::Options;
use crate::random::Random;

/// The first argument of a process that is not the driver.
pub(crate) const CHILD: &str = "chaos-child";

/// How long something may take that is to happen at all.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long the two take together, where nobody says.
const BRIEFLY: Duration = Duration::from_secs(8);

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It creates and shares, in threads.
    Reader,
    /// It was started by a reader, and inherited.
    Heir,
    /// It takes, and drops reads.
    Waverer,
    Writer,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Heir => "heir",
            Self::Waverer => "waverer",
            Self::Writer => "writer",
        }
    }

    /// The most messages that one read of it returns.
    fn batch(self) -> u64 {
        match self {
            Self::Reader | Self::Heir => 1,
            Self::Waverer => child::MANY as u64,
            Self::Writer => 0,
        }
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let all = [Self::Reader, Self::Heir, Self::Waverer, Self::Writer];
        all.into_iter().find(|kind| kind.word() == word).ok_or(())
    }
}

/// Runs it: two thirds of the time with a service, one without.
pub(crate) fn run(options: &Options) {
    let time = options.time.unwrap_or(BRIEFLY);
    let seed = options.seed();
    println!("chaos: --seed {seed}, {} s", time.as_secs());
    let worlds = [("a service", World::with_service as fn() -> World, time / 3 * 2)];
    let worlds = worlds.into_iter().chain([("no service", World::without_service as _, time / 3)]);
    for (name, world, time) in worlds {
        let mut driver = Driver::new(world(), Random::new(seed));
        if let Err(broken) = driver.run(time) {
            panic!("chaos with {name}, --seed {seed}: {broken}\n{}", driver.figures);
        }
        println!("chaos with {name}:\n{}", driver.figures);
    }
}
