//! Many clients of one service, with and without two of them that it has to live with: one that
//! never reads its socket while answers pile up, and a hostile one. The others are not to notice.
//!
//! Rounds without and with them take turns. What is compared is the median of the rounds' medians,
//! and of their 99th percentiles: they are the same where they differ by less than [`NOISE`], or by
//! less than three standard deviations of the rounds without.

mod crowd;
mod foes;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) use foes::foe;

use crate::options::Options;
use crate::random::Random;
use crate::service::Service;
use crowd::Crowd;

/// The first argument of a process that is one of the two.
pub(crate) const FOE: &str = "scale-foe";

/// The slot of the one that does not read.
const SILENT: &str = "silent";

/// The part of a figure that another may differ by.
const NOISE: f64 = 0.15;

/// Without a number of clients, slots and rounds.
const BRIEFLY: (u64, u64, u64) = (50, 500, 3);

/// How long a round takes.
const ROUND: Duration = Duration::from_secs(2);
const SHORT_ROUND: Duration = Duration::from_millis(400);

fn ready() {
    println!("ready");
    std::io::stdout().flush().expect("a pipe");
}

/// One of the two, until it is dropped. It gets what of the processor the others leave: how the
/// system shares that out is not what is measured.
struct Foe(Child);

impl Foe {
    fn start(kind: &str, service: &Path) -> Self {
        let mut command = Command::new("nice");
        command.args(["-n", "19"]).arg(std::env::current_exe().expect("a path"));
        command.args([FOE, kind]).arg(service).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.as_mut().expect("piped"));
        said.read_line(&mut line).expect("text");
        assert_eq!(line, "ready\n");
        Self(child)
    }
}

impl Drop for Foe {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What rounds of a kind came to.
#[derive(Debug, Default)]
struct Rounds {
    p50: Vec<f64>,
    p99: Vec<f64>,
    processor: Vec<f64>,
    resident_kib: i64,
}

impl Rounds {
    fn add(&mut self, crowd: &mut Crowd, service: &Service, time: Duration) {
        let (before, begin) = (service.usage().expect("it runs"), Instant::now());
        let mut took = crowd.round_trips(time);
        let (after, time) = (service.usage().expect("it runs"), begin.elapsed());
        took.sort_unstable();
        let micros = |part: usize| took[took.len() * part / 100].as_secs_f64() * 1e6;
        self.p50.push(micros(50));
        self.p99.push(micros(99));
        let busy = after.processor.saturating_sub(before.processor);
        self.processor.push(busy.as_secs_f64() / time.as_secs_f64() * 100.0);
        self.resident_kib = self.resident_kib.max(after.resident_kib);
    }

    fn say(&self, what: &str) {
        println!(
            "  {what}: p50 {:.0} us, p99 {:.0} us; the service: {:.0} % of a processor, at most {} KiB",
            median(&self.p50),
            median(&self.p99),
            median(&self.processor),
            self.resident_kib
        );
    }
}

fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// How far a figure is from their mean, as a rule.
fn deviation(figures: &[f64]) -> f64 {
    let count: f64 = figures.iter().map(|_| 1.0).sum();
    let mean = figures.iter().sum::<f64>() / count;
    let squares: f64 = figures.iter().map(|figure| (figure - mean).powi(2)).sum();
    (squares / (count - 1.0)).sqrt()
}

/// Whether the rounds with them are not worse than those without, but for noise.
fn is_unchanged(what: &str, without: &[f64], with: &[f64]) -> bool {
    let (before, after) = (median(without), median(with));
    let allowed = (NOISE * before).max(3.0 * deviation(without));
    println!(
        "  {what}: {before:.0} us without, {after:.0} us with; {:+.0} us, noise is {allowed:.0} us",
        after - before
    );
    after <= before + allowed
}

/// Runs it.
pub(crate) fn run(options: &Options) {
    let (clients, slots, rounds) = BRIEFLY;
    let (clients, slots) = (options.clients.unwrap_or(clients), options.slots.unwrap_or(slots));
    let rounds = options.rounds.unwrap_or(rounds);
    let time = if options.rounds.is_some() { ROUND } else { SHORT_ROUND };
    let seed = options.seed();
    println!("scale: --seed {seed} --clients {clients} --slots {slots} --rounds {rounds}");
    let folder = tempfile::tempdir().expect("a folder");
    let service = Service::start(folder.path());
    let begin = Instant::now();
    let mut crowd = Crowd::connect(service.path(), clients, slots, Random::new(seed));
    let usage = service.usage().expect("it runs");
    println!(
        "  all connected after {:.1} s; the service: {} files, {} KiB",
        begin.elapsed().as_secs_f64(),
        usage.files,
        usage.resident_kib
    );
    // Everything once, before anything counts.
    crowd.round_trips(time / 2);
    let (mut without, mut with) = (Rounds::default(), Rounds::default());
    for _ in 0..rounds {
        without.add(&mut crowd, &service, time);
        let foes = ["silent", "hostile"].map(|kind| Foe::start(kind, service.path()));
        with.add(&mut crowd, &service, time);
        drop(foes);
    }
    without.say("without the two");
    with.say("with the two");
    let p50 = is_unchanged("p50", &without.p50, &with.p50);
    let p99 = is_unchanged("p99", &without.p99, &with.p99);
    assert!(p50 && p99, "the others notice the two: --seed {seed}");
}
