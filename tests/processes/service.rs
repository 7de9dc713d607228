//! The service under test, as its users run it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// `mailslot serve`, for this machine alone; killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Service {
    child: Child,
    path: PathBuf,
}

/// What a process has of the system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) files: usize,
    pub(crate) resident_kib: i64,
    /// Time of a processor that it ever had.
    pub(crate) processor: Duration,
}

impl Service {
    /// Starts one whose socket is in that folder, and waits until it serves.
    pub(crate) fn start(folder: &Path) -> Self {
        let path = folder.join("socket");
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailslot"));
        command.args(["serve", "--local", "--socket"]).arg(&path);
        let mut child = command.stderr(Stdio::piped()).spawn().expect("starts");
        let mut said = BufReader::new(child.stderr.take().expect("piped"));
        let mut line = String::new();
        while !line.contains("serves at") {
            line.clear();
            assert_ne!(said.read_line(&mut line).expect("text"), 0, "the service ended");
        }
        // It is not to wait for who reads what it says.
        thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self { child, path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What it has of the system; none where it has ended.
    pub(crate) fn usage(&self) -> Option<Usage> {
        let process = format!("/proc/{}", self.child.id());
        let files = fs::read_dir(format!("{process}/fd")).ok()?.count();
        let status = fs::read_to_string(format!("{process}/status")).ok()?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let resident_kib = resident.trim().strip_suffix(" kB")?.parse().ok()?;
        let stat = fs::read_to_string(format!("{process}/stat")).ok()?;
        // Behind the name, which may have anything in it: utime and stime are the 12th and 13th.
        let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(2);
        let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
        // Linux counts them in hundredths of a second for everybody.
        let processor = Duration::from_millis(ticks * 10);
        Some(Usage { files, resident_kib, processor })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
