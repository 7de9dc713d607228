//! `mailslot recv`: mailslots that other machines find and write to.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::beside;
use super::books::Books;
use super::decode::TextArgs;
use super::failure::Failure;
use super::network::{Identity, NameArgs, NetworkArgs, interfaces, runtime, stopped};
use super::output::{Output, remark};
use super::payload::Safe;
use super::printer::Printer;
use super::silence::silent;
use super::when::When;
use crate::node::limits::MAX_CREATED_SLOTS;
use crate::node::{Counters, Event, Interface, NameState, Observe, Port};
use crate::runtime::{Live, PendingRead, Wait, clock};
use crate::slot::{LocalName, Message, Options, Read, Server, Table};

/// How long nothing comes before it is said what did.
const SILENCE: Duration = Duration::from_secs(15);

/// Create mailslots on this machine and print what is written to them
///
/// The machine takes its NetBIOS name and is found by it. Messages to its name, to its workgroup,
/// and broadcasts of announcements are heard.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
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

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let mut identity = args.network.identity(args.text)?;
    let mut config = identity.listens(identity.names(&args.names)?);
    let mut names = Vec::new();
    for text in &args.slots {
        let parsed = LocalName::parse(text);
        names.push(parsed.map_err(|error| Failure::usage(format!("{}: {error}", Safe(text))))?);
    }
    config.node.observe =
        if args.any { Observe::Everything } else { Observe::Slots(system_slots(&names)) };
    config.node.create_slots = if args.any { MAX_CREATED_SLOTS } else { 0 };
    let runtime = runtime()?;
    runtime.block_on(async {
        let table = Arc::new(Table::new());
        let mut servers = Vec::new();
        for name in &names {
            let server = table.create(clock::now(), name, &Options::default());
            servers.push(server.map_err(|error| Failure::usage(format!("{name}: {error}")))?);
        }
        let wanted = config.node.names.clone();
        let (live, events, beside) = beside::start(config, table, &names).await?;
        if let Some(beside) = &beside {
            identity.computer = beside.computer;
            identity.workgroup = beside.workgroup.unwrap_or(identity.workgroup);
            remark(&beside::remark(beside, &names));
            if let Some(text) = beside::not_taken(beside, &wanted) {
                remark(&text);
            }
        }
        let mut printer = Printer::new(Output::new(true), args.text);
        let result = receive(args, &names, &identity, &live, events, servers, &mut printer).await;
        // Also after an error: the name is for others now.
        live.leave().await;
        if !result.as_ref().is_err_and(Failure::is_closed_pipe) {
            books(args, &live, &mut printer)?;
        }
        result
    })
}

/// Announcements go to names of browsers, which nobody claims for listening; messages to other
/// slots are for those who have the name.
fn system_slots(names: &[LocalName]) -> Vec<LocalName> {
    let heard = |name: &&LocalName| matches!(name.folded(), "BROWSE" | "LANMAN");
    names.iter().filter(heard).cloned().collect()
}

/// The last line of JSON.
#[derive(Serialize)]
struct End<'a> {
    event: &'static str,
    counters: &'a Counters,
    kernel_drops: u64,
}

/// What became of every datagram that came.
fn books(args: &Args, live: &Live, printer: &mut Printer) -> Result<(), Failure> {
    let counters = &live.counters();
    let kernel_drops = live.kernel_drops(Port::Datagram).unwrap_or_default();
    if args.json {
        return printer.json(&End { event: "end", counters, kernel_drops });
    }
    let datagrams = counters.received + kernel_drops;
    let before = ("kernel_drops", kernel_drops);
    remark(&Books { datagrams, counters, before }.to_string());
    Ok(())
}

struct Receiver<'a> {
    args: &'a Args,
    printer: &'a mut Printer,
    messages: u64,
    sender: mpsc::Sender<(String, Message)>,
    /// Whether the computer's name was ours already, somewhere.
    named: bool,
    /// Interfaces that were said already.
    known: Vec<Interface>,
}

async fn receive(
    args: &Args,
    slots: &[LocalName],
    identity: &Identity,
    live: &Live,
    mut events: mpsc::Receiver<Event>,
    servers: Vec<Server>,
    printer: &mut Printer,
) -> Result<(), Failure> {
    let (sender, mut messages) = mpsc::channel(1);
    let known: Vec<_> = live.with_node(|node, _| node.attached().cloned().collect());
    let mut receiver = Receiver { args, printer, messages: 0, sender, named: false, known };
    for server in servers {
        receiver.open(server);
    }
    remark(&format!(
        "{} in {}, {}: {}",
        Safe(&identity.computer.to_string()),
        Safe(&identity.workgroup.to_string()),
        interfaces(&receiver.known),
        if args.any {
            "every mailslot".into()
        } else {
            format!("mailslot {}", args.slots.join(", "))
        },
    ));
    let far = Instant::now() + Duration::from_secs(86_400 * 365);
    let end = args.timeout.and_then(|timeout| Instant::now().checked_add(timeout)).unwrap_or(far);
    let mut silence = if io::stderr().is_terminal() { Instant::now() + SILENCE } else { far };
    let mut stopped = std::pin::pin!(stopped());
    loop {
        tokio::select! {
            biased;
            stopped = &mut stopped => return Err(stopped),
            Some((slot, message)) = messages.recv() => {
                tokio::select! {
                    shown = receiver.message(&slot, &message) => shown?,
                    stopped = &mut stopped => return Err(stopped),
                }
                if args.count == Some(receiver.messages) {
                    return Ok(());
                }
            }
            Some(event) = events.recv() => receiver.event(event, identity, live.send_errors())?,
            () = sleep_until(end) => {
                return if receiver.messages > 0 { Ok(()) } else { Err(Failure::nothing_came()) };
            }
            () = sleep_until(silence), if receiver.messages == 0 => {
                let datagrams = live.counters().received;
                remark(&live.with_node(|node, _| silent(slots, datagrams, node.sightings())));
                silence = far;
            }
        }
    }
}

impl Receiver<'_> {
    /// Reads a slot for ever, one message ahead of the printer at most.
    fn open(&self, server: Server) {
        let sender = self.sender.clone();
        tokio::spawn(async move {
            let name = server.name().to_string();
            while let Ok(Read::Done(message)) =
                PendingRead::new(&server, usize::MAX, Wait::Forever).await
            {
                if sender.send((name.clone(), message)).await.is_err() {
                    return;
                }
            }
        });
    }

    async fn message(&mut self, slot: &str, message: &Message) -> Result<(), Failure> {
        self.messages += 1;
        let time = When::ago(clock::now().saturating_since(message.received_at));
        if self.args.json {
            self.printer.message_json(None, time, slot, message)
        } else if self.args.raw {
            self.printer.out.write_all(&message.data)?;
            Ok(self.printer.out.message_done()?)
        } else if let Some(command) = &self.args.exec {
            self.exec(command, slot, message).await
        } else {
            self.printer.message(time, slot, message)
        }
    }

    /// Never through a shell: what strangers wrote is data.
    async fn exec(
        &self,
        command: &std::ffi::OsStr,
        slot: &str,
        message: &Message,
    ) -> Result<(), Failure> {
        let mut child = Command::new(command);
        child.args(&self.args.arguments).stdin(Stdio::piped()).env("MAILSLOT_SLOT", no_nul(slot));
        if let Some(from) = &message.from {
            child.env("MAILSLOT_FROM", no_nul(&from.name.to_string()));
            child.env("MAILSLOT_ADDRESS", from.address.to_string());
        }
        if let Some(to) = message.to {
            child.env("MAILSLOT_TO", no_nul(&to.to_string()));
        }
        let text = command.to_string_lossy();
        let mut child =
            child.spawn().map_err(|error| Failure::usage(format!("--exec {text}: {error}")))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A command that reads nothing is not wrong.
            let _ = stdin.write_all(&message.data).await;
        }
        let status = child.wait().await?;
        if !status.success() {
            remark(&format!("{text}: {status}"));
        }
        Ok(())
    }

    fn event(
        &mut self,
        event: Event,
        identity: &Identity,
        send_errors: (u64, Option<String>),
    ) -> Result<(), Failure> {
        match event {
            Event::Created(server) => self.open(server),
            Event::Deaf { port, reason } => {
                let port = match port {
                    Port::Name => "the name service's",
                    Port::Datagram => "the datagram service's",
                };
                return Err(Failure::ports(format!(
                    "{port} port cannot be read any more: {reason}"
                )));
            }
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
                    if let (1.., Some(why)) = send_errors {
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

/// The environment has no room for a NUL.
fn no_nul(text: &str) -> String {
    text.replace('\0', "")
}
