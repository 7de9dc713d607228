//! The service while it runs: what it says, and what signals make it do.

use std::future::pending;
use std::path::Path;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::Args;
use super::config::{Changes, Config};
use crate::cli::failure::Failure;
use crate::cli::log::{Level, Log};
use crate::cli::network::{Identity, deaf, interfaces};
use crate::cli::signals::Signals;
use crate::net::notify::{Manager, State};
use crate::node::{Event, Interface, NameState};
use crate::runtime::Live;
use crate::service::{Note, Service};

/// A service that runs.
pub(super) struct Running<'a> {
    args: &'a Args,
    /// What is in effect.
    config: Config,
    log: &'a Log,
    manager: Manager,
    service: &'a Service,
    live: Option<&'a Live>,
    /// Interfaces that were said already.
    known: Vec<Interface>,
    /// What it is, in words.
    title: String,
}

impl<'a> Running<'a> {
    pub(super) fn new(
        args: &'a Args,
        config: Config,
        log: &'a Log,
        service: &'a Service,
        live: Option<&'a Live>,
        identity: Option<&Identity>,
    ) -> Self {
        let known: Vec<Interface> = live
            .map(|live| live.with_node(|node, _| node.attached().cloned().collect()))
            .unwrap_or_default();
        let title = match identity {
            Some(Identity { computer, workgroup, .. }) => {
                format!("{computer} in {workgroup}, {}", interfaces(&known))
            }
            None => "for programs of this machine alone".into(),
        };
        let manager = Manager::from_env();
        Self { args, config, log, manager, service, live, known, title }
    }

    /// Says what happens, until a signal or an error ends it.
    pub(super) async fn until_stopped(
        &mut self,
        path: &Path,
        mut signals: Signals,
        mut events: Option<mpsc::Receiver<Event>>,
        mut notes: mpsc::Receiver<Note>,
    ) -> Result<(), Failure> {
        let title = &self.title;
        self.say(Level::Info, "start", format_args!("{title}: serves at {}", path.display()));
        self.tell(&[State::Ready, State::Status(title)]);
        let result = loop {
            let due = self.log.due();
            tokio::select! {
                number = signals.next() => {
                    if number == 1 && self.args.config.is_some() {
                        self.reload();
                        continue;
                    }
                    break Err(Failure::interrupted(128 + number));
                }
                event = next(&mut events) => match event {
                    Some(event) => if let Err(failure) = self.event(event) {
                        break Err(failure);
                    },
                    // The node lives as long as this.
                    None => events = None,
                },
                Some(note) = notes.recv() => self.note(note),
                () = sleep_until(due.map_or_else(Instant::now, Instant::from)), if due.is_some() => {
                    self.log.sum_up();
                }
            }
        };
        self.tell(&[State::Stopping]);
        while let Ok(note) = notes.try_recv() {
            self.note(note);
        }
        result
    }

    fn say(&self, level: Level, kind: &'static str, text: std::fmt::Arguments<'_>) {
        self.log.say(level, kind, text);
    }

    fn tell(&self, states: &[State<'_>]) {
        if let Err(error) = self.manager.tell(states) {
            let text = format_args!("NOTIFY_SOCKET: the service manager is not told: {error}");
            self.say(Level::Warn, "manager", text);
        }
    }

    fn note(&self, note: Note) {
        match note {
            Note::Refused { uid, pid, reason } => {
                let text = format_args!("refused to user {uid}, process {pid}: {reason}");
                self.say(Level::Info, "refused", text);
            }
            Note::Garbage { uid, pid, reason } => {
                let text = format_args!("not understood, of user {uid}, process {pid}: {reason}");
                self.say(Level::Warn, "not understood", text);
            }
            Note::Overfull { reason } => {
                self.say(Level::Warn, "connections", format_args!("not connected: {reason}"));
            }
            Note::KeptBack { notes } => {
                self.say(Level::Warn, "more", format_args!("{notes} more requests like these"));
            }
        }
    }

    fn event(&mut self, event: Event) -> Result<(), Failure> {
        match event {
            Event::Deaf { port, reason } => return Err(deaf(port, &reason)),
            Event::Name { own, interface, state: NameState::Conflict { by } } => {
                let name = own.name;
                let text = format!("{name} is taken by {by} on {}", interface.name);
                self.say(Level::Warn, "names", format_args!("{text}; claimed again every minute"));
                self.tell(&[State::Status(&text)]);
            }
            Event::Name { own, interface, state: NameState::Owned } => {
                self.say(Level::Info, "names", format_args!("{} is ours on {interface}", own.name));
                self.tell(&[State::Status(&self.title)]);
                if let Some((1.., Some(why))) = self.live.map(Live::send_errors) {
                    let text = "nobody may know: what claims it could not be sent";
                    self.say(Level::Warn, "sending", format_args!("{text}: {why}"));
                }
            }
            Event::InterfaceDown(interface) => {
                self.say(Level::Warn, "interfaces", format_args!("{interface} is gone"));
                self.known.retain(|known| *known != interface);
            }
            Event::InterfaceUp(interface) if !self.known.contains(&interface) => {
                self.say(Level::Info, "interfaces", format_args!("{interface} is used"));
            }
            Event::FragmentsDropped { from, fragments, reason, .. } => {
                let text = format_args!("{fragments} fragments from {from} are dropped: {reason}");
                self.say(Level::Debug, "fragments", text);
            }
            _ => {}
        }
        Ok(())
    }

    /// Reads the configuration again. What is wrong with it changes nothing.
    fn reload(&mut self) {
        self.tell(&[State::Reloading]);
        let new = self.args.config();
        let new = new.and_then(|new| self.args.wanted(&new).map(|_| new));
        match new {
            Ok(new) => {
                let Changes { now, at_restart } = self.config.changes(&new);
                self.service.set_rights(new.rights.clone());
                self.log.set_level(new.level);
                (self.config.rights, self.config.level) = (new.rights, new.level);
                let changed = if now.is_empty() { "nothing".into() } else { now.join(", ") };
                self.say(Level::Info, "reload", format_args!("reloaded, changed: {changed}"));
                if !at_restart.is_empty() {
                    let keys = at_restart.join(", ");
                    let text = format_args!("changed only when it is started again: {keys}");
                    self.say(Level::Warn, "reload", text);
                }
            }
            Err(failure) => {
                let why = failure.message();
                self.say(Level::Error, "reload", format_args!("nothing is reloaded: {why}"));
            }
        }
        self.tell(&[State::Ready, State::Status(&self.title)]);
    }
}

/// The next event; never one where there is no node.
async fn next(events: &mut Option<mpsc::Receiver<Event>>) -> Option<Event> {
    match events {
        Some(events) => events.recv().await,
        None => pending().await,
    }
}
