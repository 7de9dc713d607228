//! What a run has to tell.

use std::fmt;
use std::time::Duration;

use super::books::Totals;
use crate::service::Usage;

/// What was done, and what came of it.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) killed_readers: u64,
    pub(super) killed_writers: u64,
    pub(super) killed_services: u64,
    pub(super) shared: u64,
    pub(super) inherited: u64,
    pub(super) closed: u64,
    pub(super) checks: u64,
    pub(super) names_freed: Vec<Duration>,
    /// The longest that the machine let a thread wait while a name took longer than it may.
    pub(super) longest_stall: Duration,
    /// From the kill of who serves until everybody has another.
    pub(super) recovered: Vec<Duration>,
    /// From the kill of who serves until another does.
    pub(super) taken_over: Vec<Duration>,
    /// Of a service that nobody uses: when that was so for the first time, and again.
    pub(super) usage: Vec<(Usage, Usage)>,
    pub(super) put_back: u64,
    pub(super) totals: Totals,
}

fn range(f: &mut fmt::Formatter<'_>, what: &str, all: &[Duration]) -> fmt::Result {
    let mut sorted = all.to_vec();
    sorted.sort_unstable();
    let (Some(most), Some(median)) = (sorted.last(), sorted.get(sorted.len() / 2)) else {
        return Ok(());
    };
    let ms = |time: &Duration| time.as_secs_f64() * 1000.0;
    writeln!(
        f,
        "  {what}: median {:.1} ms, at most {:.1} ms, of {}",
        ms(median),
        ms(most),
        sorted.len()
    )
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { killed_readers, killed_writers, killed_services, .. } = self;
        writeln!(
            f,
            "  killed: {killed_readers} readers, {killed_writers} writers, {killed_services} that \
             served; handles shared {}, inherited {}, closed {}",
            self.shared, self.inherited, self.closed
        )?;
        let totals = &self.totals;
        writeln!(
            f,
            "  messages: {} accepted, {} read, {} put back; {} vanished with their slot; {} in the \
             hands of a killed reader (of {} that could be); {} writes without an answer, {} read",
            totals.accepted,
            totals.read,
            self.put_back,
            totals.vanished,
            totals.lost_with_reader,
            totals.could_be_lost,
            totals.unknown,
            totals.unknown_read
        )?;
        writeln!(f, "  books balanced {} times", self.checks)?;
        range(f, "a dead slot's name free after", &self.names_freed)?;
        if !self.longest_stall.is_zero() {
            writeln!(
                f,
                "  where that took longer, the machine stood still: {:?}",
                self.longest_stall
            )?;
        }
        range(f, "another serves after", &self.taken_over)?;
        range(f, "all have mailslots again after", &self.recovered)?;
        let grown = self.usage.iter().map(|(first, now)| now.resident_kib - first.resident_kib);
        if let (Some(most), Some((_, last))) = (grown.max(), self.usage.last()) {
            writeln!(
                f,
                "  a service that nobody uses any more: {} files, {} KiB; at most {most} KiB more than \
                 the first time, of {}",
                last.files,
                last.resident_kib,
                self.usage.len()
            )?;
        }
        Ok(())
    }
}
