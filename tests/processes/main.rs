//! Mailslots that processes share, under load and under fire: a driver and the processes that it
//! starts and kills, all of them this program.
//!
//! `cargo test` runs each of them briefly; `tests/long/run chaos` and `tests/long/run scale` as they
//! are meant. By hand: `cargo test --release --test processes -- chaos --minutes 10 --seed 7`.
#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests fail as tests do")]
#![expect(clippy::print_stdout, reason = "figures and seeds are what it has to say")]

#[cfg(target_os = "linux")]
mod chaos;
#[cfg(target_os = "linux")]
mod options;
#[cfg(target_os = "linux")]
mod random;
#[cfg(target_os = "linux")]
mod scale;
#[cfg(target_os = "linux")]
mod service;
#[cfg(target_os = "linux")]
mod stalls;

#[cfg(target_os = "linux")]
/// What is run, by a name.
type Test = fn(&options::Options);

fn main() {
    use std::time::Instant;

    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        Some((chaos::CHILD, rest)) => return chaos::child(rest),
        Some((scale::FOE, rest)) => return scale::foe(rest),
        _ => {}
    }
    let options = options::Options::parse(&args);
    let tests: [(&str, Test); 2] = [("chaos", chaos::run), ("scale", scale::run)];
    // What is measured wants a machine to itself: it runs where it is named.
    let named = |name: &str| name == "chaos" || args.iter().any(|arg| arg == name);
    let wanted = tests.iter().filter(|(name, _)| options.wants(name) && named(name));
    if options.list {
        wanted.for_each(|(name, _)| println!("{name}: test"));
        return;
    }
    let begin = Instant::now();
    let mut passed = 0;
    // A failure is a panic, which ends the program and those that it started.
    for (name, test) in wanted {
        println!("test {name} ...");
        test(&options);
        println!("test {name} ... ok");
        passed += 1;
    }
    let took = begin.elapsed().as_secs_f64();
    println!("\ntest result: ok. {passed} passed; 0 failed; finished in {took:.2}s");
}

#[cfg(not(target_os = "linux"))]
fn main() {}
