//! The driver's end of its processes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::report::{Order, Report};
use super::{CHILD, Kind};

/// A process.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) kind: Kind,
    body: Body,
    /// Where it says something: its own standard output, or that of its parent.
    pub(super) pipe: u32,
    stdin: Arc<Mutex<ChildStdin>>,
    /// Slots that it reads, or may, and whether for sure.
    pub(super) slots: BTreeMap<u32, bool>,
    /// Since when a read of a slot found nothing.
    pub(super) idle: HashMap<u32, u64>,
    pub(super) role: String,
    pub(super) paused: bool,
}

#[derive(Debug)]
enum Body {
    Child(Child),
    /// A child's child; none where it has not said that it is there.
    Heir(Option<OwnedFd>),
}

impl Member {
    /// Whether it is there for sure.
    pub(super) fn is_here(&self) -> bool {
        !matches!(self.body, Body::Heir(None))
    }

    /// Whether it has a server, or is one, by what it said.
    pub(super) fn has_mailslots(&self) -> bool {
        matches!(&*self.role, "client" | "serving")
    }
}

/// What comes through a pipe.
#[derive(Debug)]
pub(super) enum Event {
    Said(u32, Report),
    Torn(String),
    End,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Crew {
    pub(super) members: BTreeMap<u32, Member>,
    /// Those who were killed and not waited for.
    corpses: Vec<Body>,
    /// Pipes that have not ended.
    pub(super) pipes: HashSet<u32>,
    environment: Vec<(&'static str, String)>,
    sender: Sender<(u32, Event)>,
    events: Receiver<(u32, Event)>,
    last: u32,
}

impl Crew {
    pub(super) fn new(environment: Vec<(&'static str, String)>) -> Self {
        let (sender, events) = channel();
        Self {
            members: BTreeMap::new(),
            corpses: Vec::new(),
            pipes: HashSet::new(),
            environment,
            sender,
            events,
            last: 0,
        }
    }

    /// A number for a process: never used again.
    pub(super) fn number(&mut self) -> u32 {
        self.last += 1;
        self.last
    }

    pub(super) fn start(&mut self, kind: Kind, seed: u64) -> u32 {
        let number = self.number();
        let mut command = Command::new(std::env::current_exe().expect("a path"));
        command.args([CHILD, kind.word(), &number.to_string(), &seed.to_string()]);
        command.env_remove("MAILSLOT_SOCKET").env_remove("XDG_RUNTIME_DIR");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("starts");
        let stdin = child.stdin.take().expect("piped");
        let said = BufReader::new(child.stdout.take().expect("piped"));
        let sender = self.sender.clone();
        thread::spawn(move || {
            for line in said.lines().map_while(Result::ok) {
                let parsed = line
                    .split_once(' ')
                    .and_then(|(who, report)| Some((who.parse().ok()?, report.parse().ok()?)));
                let event = parsed.map_or(Event::Torn(line), |(who, said)| Event::Said(who, said));
                // The driver has ended.
                if sender.send((number, event)).is_err() {
                    return;
                }
            }
            let _ = sender.send((number, Event::End));
        });
        self.pipes.insert(number);
        self.add(number, kind, Body::Child(child), number, Arc::new(Mutex::new(stdin)));
        number
    }

    fn add(
        &mut self,
        number: u32,
        kind: Kind,
        body: Body,
        pipe: u32,
        stdin: Arc<Mutex<ChildStdin>>,
    ) {
        let (slots, idle) = (BTreeMap::new(), HashMap::new());
        let (role, paused) = (String::new(), false);
        let member = Member { kind, body, pipe, stdin, slots, idle, role, paused };
        self.members.insert(number, member);
    }

    /// Lets a process start an heir of one of its slots.
    pub(super) fn start_heir(&mut self, parent: u32, slot: u32) -> Option<u32> {
        let heir = self.number();
        let parent_member = self.members.get(&parent)?;
        let (pipe, stdin) = (parent_member.pipe, Arc::clone(&parent_member.stdin));
        self.add(heir, Kind::Heir, Body::Heir(None), pipe, stdin);
        self.order(parent, &Order::Heir { slot, member: heir });
        Some(heir)
    }

    /// An heir says that it is there.
    pub(super) fn heir_is_here(&mut self, heir: u32, process: i32) {
        if let Some(Member { body: body @ Body::Heir(None), .. }) = self.members.get_mut(&heir) {
            let process = Pid::from_raw(process).expect("a process");
            *body = Body::Heir(pidfd_open(process, PidfdFlags::empty()).ok());
        }
    }

    pub(super) fn order(&self, member: u32, order: &Order) {
        if let Some(member) = self.members.get(&member) {
            let mut stdin = member.stdin.lock().expect("nobody panicked");
            // One that was killed reads nothing.
            let _ = stdin.write_all(format!("{order}\n").as_bytes());
        }
    }

    /// Kills a process, as `kill -9` does. It is gone from the crew; what it said may still come.
    pub(super) fn kill(&mut self, number: u32) -> Option<Member> {
        let mut member = self.members.remove(&number)?;
        match std::mem::replace(&mut member.body, Body::Heir(None)) {
            Body::Child(mut child) => {
                child.kill().expect("it is ours");
                self.corpses.push(Body::Child(child));
            }
            Body::Heir(Some(process)) => {
                // Its parent may have reaped it.
                let _ = pidfd_send_signal(&process, Signal::KILL);
                self.corpses.push(Body::Heir(Some(process)));
            }
            Body::Heir(None) => {}
        }
        Some(member)
    }

    /// Waits until those who were killed are dead.
    pub(super) fn bury(&mut self) {
        for corpse in self.corpses.drain(..) {
            match corpse {
                Body::Child(mut child) => drop(child.wait()),
                Body::Heir(process) => {
                    let Some(process) = process else { continue };
                    let mut fds = [PollFd::new(process.as_fd(), PollFlags::POLLIN)];
                    // Interrupted, it has no answer.
                    while poll(&mut fds, PollTimeout::NONE).is_err() {}
                }
            }
        }
    }

    pub(super) fn next(&mut self, patience: Duration) -> Option<(u32, Event)> {
        self.events.recv_timeout(patience).ok()
    }

    /// Those of that kind that are here, and for whom it holds.
    pub(super) fn of(&self, holds: impl Fn(&Member) -> bool) -> Vec<u32> {
        let here = self.members.iter().filter(|(_, member)| member.is_here() && holds(member));
        here.map(|(number, _)| *number).collect()
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for number in self.members.keys().copied().collect::<Vec<_>>() {
            self.kill(number);
        }
        self.bury();
    }
}
