//! `mailslot recv`: mailslots that other machines find and write to.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::beside;
use super::books::Books;
use super::decode::TextArgs;
use super::exec::Exec;
use super::failure::Failure;
use super::network::{
    Identity, NameArgs, NetworkArgs, deaf, interfaces, larger, passed, runtime, small_buffers,
};
use super::output::{Output, remark};
use super::payload::Safe;
use super::printer::Printer;
use super::record::Transport;
use super::shared::{not_had, through};
use super::signals::Signals;
use super::silence::silent;
use super::when::When;
use crate::api::{Auto, Error, ErrorKind, Local, Mailslot, Mailslots, Message, Notice, Role};
use crate::ipc::Node;
use crate::net::privileges;
use crate::node::limits::MAX_CREATED_SLOTS;
use crate::node::{Counters, Event, Interface, NameState, Observe, Port};
use crate::runtime::{Live, clock};
use crate::slot::LocalName;

/// How long nothing comes before it is said what did.
const SILENCE: Duration = Duration::from_secs(15);

/// Create mailslots on this machine and print what is written to them
///
/// Programs of this machine write to '\\.\mailslot\NAME'. The machine takes its NetBIOS name and is
/// found by it: messages to its name, to its workgroup, and broadcasts of announcements are heard.
/// Where a service or another program has the mailslots of this machine already, they are shared.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(super) struct Args {
    /// The mailslots: what follows \mailslot\
    #[arg(required_unless_present = "any", value_name = "NAME")]
    slots: Vec<String>,

    /// Every mailslot message that arrives, whatever its slot and its name
    #[arg(long, conflicts_with = "slots")]
    any: bool,

    /// End after so many messages
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,

    /// End after so many seconds; 1 is the exit code where nothing came
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,

    /// Without a network: for programs of this machine alone
    #[arg(long, conflicts_with_all = ["any", "loopback", "interface", "not_interface", "bind"])]
    local: bool,

    /// Write one JSON object a message
    #[arg(long, group = "form")]
    json: bool,

    /// Write the messages' octets alone, one after the other
    #[arg(long, group = "form")]
    raw: bool,

    /// Run CMD for each message, one at a time: the message is its standard input, the environment
    /// has `MAILSLOT_SLOT`, `MAILSLOT_FROM`, `MAILSLOT_ADDRESS` and `MAILSLOT_TO`; arguments follow `--`
    #[arg(long, value_name = "CMD", group = "form")]
    exec: Option<std::ffi::OsString>,

    /// Arguments of CMD
    #[arg(last = true, requires = "exec", value_name = "ARGUMENT")]
    arguments: Vec<std::ffi::OsString>,

    #[command(flatten)]
    network: NetworkArgs,

    #[command(flatten)]
    names: NameArgs,

    #[command(flatten)]
    text: TextArgs,
}

const AFTER_HELP: &str = r"Examples:
  mailslot recv alerts
  mailslot recv --name LINUXBOX --workgroup OFFICE alerts 'pos\eod'
  mailslot recv BROWSE
  mailslot recv --any --json
  mailslot recv alerts --exec logger -- -t mailslot
  mailslot recv --loopback --name LINUXBOX --count 1 alerts";

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds")?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

impl Args {
    /// The mailslots, each once.
    fn slots(&self) -> Result<Vec<LocalName>, Failure> {
        let mut names: Vec<LocalName> = Vec::new();
        for text in &self.slots {
            // As `send` takes it.
            let parsed = LocalName::parse(text.strip_prefix(".:").unwrap_or(text));
            let wrong = |why: String| Failure::usage(format!("{}: {why}", Safe(text)));
            let name = parsed.map_err(|error| wrong(error.to_string()))?;
            if let Some(other) = names.iter().find(|other| **other == name) {
                let hint = "one reader has all that is written to it; names have no case";
                return Err(
                    wrong(format!("the same mailslot as {}", Safe(other.as_str()))).with_hint(hint)
                );
            }
            names.push(name);
        }
        Ok(names)
    }

    fn exec(&self) -> Option<Exec<'_>> {
        let command = self.exec.as_deref()?;
        Some(Exec { command, arguments: &self.arguments })
    }
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let mut identity = args.network.identity(args.text.code_page)?;
    let mut config = identity.listens(identity.names(&args.names)?);
    let names = args.slots()?;
    args.exec().map_or(Ok(()), Exec::check)?;
    config.node.observe =
        if args.any { Observe::Everything } else { Observe::Slots(system_slots()) };
    config.node.create_slots = if args.any { MAX_CREATED_SLOTS } else { 0 };
    let runtime = runtime()?;
    runtime.block_on(async {
        let mut signals = Signals::new()?;
        // What a service does not do for one of its clients.
        let alone = args.any || !args.names.is_empty();
        let local = match () {
            () if args.local => Local::Always,
            () if alone => Local::Never,
            () => Local::Fallback,
        };
        let wanted = config.node.names.clone();
        let passed = passed()?.udp;
        let larger = larger(&config, &passed);
        let auto = Auto::new(config).local(local).drop_capabilities().passed(passed);
        let auto = if alone { auto.alone() } else { auto };
        let mailslots = Mailslots::auto_with(auto).await.map_err(|error| not_had(&error))?;
        args.network.check(&mailslots).await?;
        let live = mailslots.live();
        let beside = live.as_ref().and_then(|live| live.beside());
        // Also where another program is beside it.
        if let Ok(Some(Node { computer, beside_nmbd: Some(hears_broadcasts), .. })) =
            mailslots.node().await
        {
            if let Some(failure) = beside::kept(hears_broadcasts, &names) {
                return Err(failure);
            }
            remark(&beside::remark(&computer, hears_broadcasts, &names));
        }
        if let Some(beside) = beside {
            identity.computer = beside.computer;
            identity.workgroup = beside.workgroup.unwrap_or(identity.workgroup);
            if let Some(text) = beside::not_taken(beside, &wanted) {
                remark(&text);
            }
        } else if let (Some(live), Some(larger)) = (&live, larger) {
            small_buffers(live, &larger, remark);
        }
        let mut printer = Printer::new(Output::new(true), args.text);
        let result = receive(args, &names, &identity, &mailslots, &mut printer, &mut signals).await;
        // Also after an error: the name is for others now.
        mailslots.leave().await;
        if !result.as_ref().is_err_and(Failure::is_closed_pipe) {
            books(args, mailslots.live().as_deref(), &mut printer)?;
        }
        result
    })
}

/// Announcements go to names of browsers, which nobody claims for listening; messages to other
/// slots are for those who have the name.
fn system_slots() -> Vec<LocalName> {
    ["BROWSE", "LANMAN"].into_iter().filter_map(|name| LocalName::parse(name).ok()).collect()
}

/// The last line of JSON.
#[derive(Serialize)]
struct End<'a> {
    event: &'static str,
    counters: Option<&'a Counters>,
    kernel_drops: u64,
}

/// What became of every datagram that came, where they came to this process.
fn books(args: &Args, live: Option<&Live>, printer: &mut Printer) -> Result<(), Failure> {
    let counters = live.map(Live::counters);
    let kernel_drops = live.and_then(|live| live.kernel_drops(Port::Datagram).ok());
    let (counters, kernel_drops) = (counters.as_ref(), kernel_drops.unwrap_or_default());
    if args.json {
        return printer.json(&End { event: "end", counters, kernel_drops });
    }
    if let Some(counters) = counters {
        let datagrams = counters.received + kernel_drops;
        let before = ("kernel_drops", kernel_drops);
        remark(&Books { datagrams, counters, before }.to_string());
    }
    Ok(())
}

struct Receiver<'a> {
    args: &'a Args,
    slots: &'a [LocalName],
    identity: &'a Identity,
    mailslots: &'a Mailslots,
    printer: &'a mut Printer,
    messages: u64,
    sender: mpsc::Sender<(String, Result<Message, Error>)>,
    /// Whether the computer's name was ours already, somewhere.
    named: bool,
    /// Interfaces that were said already.
    known: Vec<Interface>,
}

async fn receive(
    args: &Args,
    slots: &[LocalName],
    identity: &Identity,
    mailslots: &Mailslots,
    printer: &mut Printer,
    signals: &mut Signals,
) -> Result<(), Failure> {
    let (sender, mut messages) = mpsc::channel(1);
    let (named, known) = (false, Vec::new());
    let mut receiver =
        Receiver { args, slots, identity, mailslots, printer, messages: 0, sender, named, known };
    receiver.open_all().await?;
    receiver.begin().await;
    let far = Instant::now() + Duration::from_secs(86_400 * 365);
    let end = args.timeout.and_then(|timeout| Instant::now().checked_add(timeout)).unwrap_or(far);
    let mut silence = if io::stderr().is_terminal() { Instant::now() + SILENCE } else { far };
    let mut stopped = std::pin::pin!(signals.stopped());
    loop {
        tokio::select! {
            biased;
            stopped = &mut stopped => return Err(stopped),
            Some((slot, message)) = messages.recv() => {
                match message {
                    Ok(message) => tokio::select! {
                        shown = receiver.message(&slot, &message) => shown?,
                        stopped = &mut stopped => return Err(stopped),
                    },
                    // It is said once somebody has the mailslots again, or nobody does.
                    Err(error) if error.kind() == ErrorKind::ServiceLost => {}
                    Err(error) => return Err(Failure::ports(format!("{slot}: {}", error.reason()))),
                }
                if args.count == Some(receiver.messages) {
                    return Ok(());
                }
            }
            notice = mailslots.notice() => match notice {
                Notice::Node(event) => receiver.event(event)?,
                Notice::Role(role) => receiver.role(&role).await?,
                _ => {}
            },
            () = sleep_until(end) => {
                return if receiver.messages > 0 { Ok(()) } else { Err(Failure::nothing_came()) };
            }
            () = sleep_until(silence), if receiver.messages == 0 => {
                if let Some(live) = mailslots.live() {
                    let datagrams = live.counters().received;
                    remark(&live.with_node(|node, _| silent(slots, datagrams, node.sightings())));
                }
                silence = far;
            }
        }
    }
}

impl Receiver<'_> {
    /// Creates the mailslots.
    async fn open_all(&self) -> Result<(), Failure> {
        for name in self.slots {
            let path = crate::slot::Target::Local(name.clone()).to_string();
            match self.mailslots.create(path).await {
                Ok(slot) => self.open(slot),
                // It is gone again, and said to be.
                Err(error) if error.kind() == ErrorKind::ServiceLost => return Ok(()),
                Err(error) => return Err(refused(name, &error)),
            }
        }
        Ok(())
    }

    /// Reads a slot for ever, one message ahead of the printer at most.
    fn open(&self, slot: Mailslot) {
        let sender = self.sender.clone();
        tokio::spawn(async move {
            let name = slot.name().to_owned();
            loop {
                let message = slot.recv().await;
                let ended = message.is_err();
                if sender.send((name.clone(), message)).await.is_err() || ended {
                    return;
                }
            }
        });
    }

    /// Says who has the mailslots, and which they are.
    async fn begin(&mut self) {
        let slots = if self.args.any {
            "every mailslot".into()
        } else {
            format!("mailslot {}", self.args.slots.join(", "))
        };
        let live = self.mailslots.live();
        if let Some(live) = &live {
            self.known = live.with_node(|node, _| node.attached().cloned().collect());
        }
        let whose = match self.mailslots.role() {
            Role::Client { path } => through(&path, self.mailslots).await,
            _ if live.is_some() => format!(
                "{} in {}, {}",
                Safe(&self.identity.computer.to_string()),
                Safe(&self.identity.workgroup.to_string()),
                interfaces(&self.known)
            ),
            _ if self.args.local => "this machine alone".into(),
            _ => {
                let program = std::env::current_exe().unwrap_or_default();
                format!(
                    "this machine alone (for the network: sudo setcap cap_net_bind_service+ep {})",
                    program.display()
                )
            }
        };
        remark(&format!("{whose}: {slots}"));
        if let Some(why) = self.mailslots.unshared() {
            remark(&format!("not shared with other programs of this machine: {}", Safe(&why)));
        }
    }

    /// Somebody else has the mailslots now.
    async fn role(&mut self, role: &Role) -> Result<(), Failure> {
        if let Role::Lost { reason } = role {
            remark(&format!("the service is gone, its mailslots with it; waiting: {reason}"));
            return Ok(());
        }
        if matches!(role, Role::Client { .. }) {
            remark("the service is gone, its mailslots with it; there is another");
        } else {
            // Where that is refused there are none to drop.
            let _ = privileges::drop_capabilities(false);
            remark("the service is gone, its mailslots with it; this process takes its place");
        }
        self.open_all().await?;
        self.begin().await;
        Ok(())
    }

    async fn message(&mut self, slot: &str, message: &Message) -> Result<(), Failure> {
        self.messages += 1;
        let message = &crate::slot::Message {
            data: message.data.clone(),
            from: message.from,
            to: message.to,
            received_at: clock::instant(message.received_at),
        };
        let time = When::ago(clock::now().saturating_since(message.received_at));
        if self.args.json {
            self.printer.message_json(None, time, slot, message)
        } else if self.args.raw {
            self.printer.out.write_all(&message.data)?;
            Ok(self.printer.out.message_done()?)
        } else if let Some(exec) = self.args.exec() {
            exec.run(slot, message).await
        } else {
            self.printer.message(time, slot, message, Transport::Udp)
        }
    }

    fn event(&mut self, event: Event) -> Result<(), Failure> {
        let identity = self.identity;
        match event {
            Event::Created(server) => self.open(self.mailslots.adopt(server)),
            Event::Deaf { port, reason } => return Err(deaf(port, &reason)),
            Event::Name { own, interface, state } => match state {
                NameState::Conflict { by } => {
                    let text = format!("{} is taken by {by} on {}", own.name, interface.name);
                    if own.name == identity.computer && !self.named {
                        let hint = "choose another name: --name NAME";
                        return Err(Failure::conflict(text).with_hint(hint));
                    }
                    remark(&format!("{text}; claimed again every minute"));
                }
                NameState::Owned => {
                    self.named |= own.name == identity.computer;
                    remark(&format!("{} is ours on {interface}", own.name));
                    let live = self.mailslots.live();
                    if let Some((1.., Some(why))) = live.map(|live| live.send_errors()) {
                        remark(&format!(
                            "nobody may know: what claims it could not be sent: {why}; `mailslot \
                             doctor` looks for the reason"
                        ));
                    }
                }
                _ => {}
            },
            Event::Interrupted { reason } => {
                remark(&format!("nmbd hands nothing on: {reason}; waiting for it"));
            }
            Event::Resumed { names } => {
                remark(&format!("nmbd hands on again, as {}", beside::names(&names)));
            }
            Event::InterfaceDown(interface) => {
                remark(&format!("{interface} is gone"));
                self.known.retain(|known| *known != interface);
            }
            Event::InterfaceUp(interface) if !self.known.contains(&interface) => {
                remark(&format!("{interface} is used"));
            }
            _ => {}
        }
        Ok(())
    }
}

/// Why a mailslot cannot be created.
fn refused(name: &LocalName, error: &Error) -> Failure {
    let text = format!("{}: {}", Safe(name.as_str()), error.reason());
    match error.kind() {
        ErrorKind::AlreadyExists => Failure::conflict(text).with_hint("who has it: mailslot slots"),
        ErrorKind::AccessDenied | ErrorKind::Full => Failure::ports(text),
        _ => Failure::usage(text),
    }
}
