//! Worker processes that read one mailslot: each message goes to one of them.
//!
//! `cargo run --example workers`, and while it runs, as often as you like:
//! `mailslot send .:jobs 'a job'`. It ends with the job `end`.

#![expect(clippy::print_stdout, reason = "what an example shows")]

use std::error::Error;
use std::process::Command;

use mailslot::blocking::Mailslots;

const WORKERS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let (inherited, _) = Mailslots::inherited()?;
    match inherited.into_iter().next() {
        Some(jobs) => work(&jobs),
        None => start(),
    }
}

/// The first process: it creates the mailslot and starts the others.
fn start() -> Result<(), Box<dyn Error>> {
    let mailslots = Mailslots::auto()?;
    let jobs = mailslots.create("jobs")?;
    let mut workers = Vec::new();
    for _ in 0..WORKERS {
        let mut worker = Command::new(std::env::current_exe()?);
        jobs.inherit(&mut worker)?;
        workers.push(worker.spawn()?);
    }
    // It lives on with the workers' handles, and ends with the last of them.
    drop(jobs);
    println!("jobs is open");
    for mut worker in workers {
        worker.wait()?;
    }
    println!("jobs is closed");
    Ok(())
}

fn work(jobs: &mailslot::blocking::Mailslot) -> Result<(), Box<dyn Error>> {
    for job in jobs.messages() {
        let job = job?;
        println!("{}: {}", std::process::id(), String::from_utf8_lossy(&job.data));
        if job.data == "end" {
            break;
        }
    }
    Ok(())
}
