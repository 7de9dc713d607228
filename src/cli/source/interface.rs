//! A network interface, through a program that may capture: dumpcap or tcpdump.

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use super::feed::Feed;
use super::limits::MAX_SAID;
use crate::cli::failure::Failure;
use crate::cli::output::remark;
use crate::cli::payload::Safe;

/// What is captured: the name service and the datagram service, IP fragments of theirs, which have
/// no ports, what errors quote of them, and what carries NetBIOS besides IP.
const FILTER: &str = "udp portrange 137-138 or (udp and ip[6:2] & 0x1fff != 0) \
                      or icmp[icmptype] == icmp-unreach or ipx or netbeui";

/// The programs, in the order in which they are tried.
const PROGRAMS: [&str; 2] = ["dumpcap", "tcpdump"];

/// A capture under way.
pub(crate) struct Capture {
    program: &'static str,
    interface: String,
    child: Arc<Mutex<Child>>,
    said: JoinHandle<Vec<String>>,
    pub(crate) feed: Feed,
}

/// Begins to capture.
pub(crate) fn capture(interface: &str) -> Result<Capture, Failure> {
    let mut refused = None;
    for program in PROGRAMS {
        let mut command = Command::new(program);
        command.arg("-i").arg(interface);
        if program == "dumpcap" {
            command.args(["-q", "-w", "-", "-f", FILTER]);
        } else {
            // Each packet at once, whole, without names of hosts.
            command.args(["-n", "-U", "-s", "0", "-w", "-", FILTER]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        match command.spawn() {
            Ok(child) => return begin(program, interface, child),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                refused.get_or_insert((program, error));
            }
        }
    }
    Err(match refused {
        Some((program, error)) if error.kind() == io::ErrorKind::PermissionDenied => {
            Failure::ports(format!("{program} may not be run: {error}")).with_hint(
                "run this with sudo, or be in the group that may: on Debian `sudo usermod -aG \
                 wireshark $USER`, then log in again",
            )
        }
        Some((program, error)) => Failure::ports(format!("{program}: {error}")),
        None => Failure::ports("neither dumpcap nor tcpdump is there to capture with").with_hint(
            "install one: the package wireshark-common (Debian) or wireshark-cli (Fedora) has \
             dumpcap, tcpdump has tcpdump",
        ),
    })
}

fn begin(program: &'static str, interface: &str, mut child: Child) -> Result<Capture, Failure> {
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(Failure::ports(format!("{program}: no pipe to it")));
    };
    let said = thread::spawn(move || listen(stderr));
    let child = Arc::new(Mutex::new(child));
    let ends = Arc::clone(&child);
    let feed = Feed::of(stdout, move || end(&ends));
    Ok(Capture { program, interface: interface.into(), child, said, feed })
}

/// What the program says that is not of every capture.
fn listen(stderr: ChildStderr) -> Vec<String> {
    const USUAL: [&str; 4] = ["Capturing on", "File: ", "Packets", "listening on"];
    let mut lines = Vec::new();
    let mut stderr = BufReader::new(stderr);
    let mut line = Vec::new();
    let mut kept = 0;
    while let Ok(1..) = stderr.by_ref().take(MAX_SAID).read_until(b'\n', &mut line) {
        let text = String::from_utf8_lossy(&line).trim().to_owned();
        kept += line.len() as u64;
        line.clear();
        if kept < MAX_SAID && !text.is_empty() && !USUAL.iter().any(|usual| text.contains(usual)) {
            lines.push(text);
        }
    }
    lines
}

/// Asks it to end, as Ctrl-C would.
fn end(child: &Mutex<Child>) {
    let Ok(mut child) = child.lock() else { return };
    #[cfg(target_os = "linux")]
    if let Ok(pid) = i32::try_from(child.id()) {
        use rustix::process::{Pid, Signal, kill_process};
        // It is waited for later, so that the number is still its own.
        if Pid::from_raw(pid).is_some_and(|pid| kill_process(pid, Signal::INT).is_ok()) {
            return;
        }
    }
    let _ = child.kill();
}

impl Capture {
    /// Says that it has begun.
    pub(crate) fn begun(&self) {
        remark(&format!("capturing on {} by {}", Safe(&self.interface), self.program));
    }

    /// Waits for the program, which may have failed.
    pub(crate) fn finish(self, stopped: bool) -> Result<(), Failure> {
        let Self { program, interface, child, said, feed } = self;
        // Where nobody reads any more it is to end too, and not to wait for somebody who does.
        end(&child);
        drop(feed);
        let status = child.lock().ok().and_then(|mut child| child.wait().ok());
        let said = said.join().unwrap_or_default();
        if stopped || status.is_some_and(|status| status.success()) {
            return Ok(());
        }
        let interface = Safe(&interface);
        let first = said.first().map_or("it says nothing of the reason", |line| line);
        let failure =
            Failure::ports(format!("{program} cannot capture on {interface}: {}", Safe(first)));
        let all = said.join("\n").to_lowercase();
        if all.contains("permission") || all.contains("not permitted") {
            return Err(failure.with_hint(format!(
                "run this with sudo, or once: sudo setcap cap_net_raw,cap_net_admin+ep \
                 $(command -v {program})"
            )));
        }
        if all.contains("no such device") {
            return Err(failure.with_hint("`ip -brief link` lists the interfaces"));
        }
        Err(failure)
    }
}
