//! `mailslot name`: the name service by hand.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use serde::Serialize;

use super::decode::TextArgs;
use super::failure::Failure;
use super::json;
use super::network::{Identity, NetworkArgs, runtime, start};
use super::output::{Output, remark};
use super::signals::Signals;
use crate::node::{Answer, Event, Found, NameState, OwnName, Question};
use crate::runtime::Live;
use crate::slot::Table;
use crate::wire::nbns::{NameFlags, NodeName};
use crate::wire::netbios::{Kind, Name};

/// Ask the name service by hand: who has a name, which names has a machine; or hold a name
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

const AFTER_HELP: &str = r"Examples:
  mailslot name query WINBOX
  mailslot name query 'OFFICE#1d'
  mailslot name status WINBOX
  mailslot name status 192.168.1.20
  mailslot name register --group PRINTERS";

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Who has a name
    Query(Query),
    /// Which names a machine has, as `nbtstat -a` shows them
    Status(Status),
    /// Take a name and hold it until Ctrl-C
    Register(Register),
}

#[derive(Debug, clap::Args)]
struct Query {
    /// NAME, NAME#20 or 'NAME<20>'; the suffix is 00 where there is none
    #[arg(value_name = "NAME")]
    wanted: String,
    /// Wait a second for all answers, rather than for the first
    #[arg(long)]
    all: bool,
    /// Ask this host, or name server, instead of everyone
    #[arg(long, value_name = "ADDRESS", conflicts_with = "all")]
    server: Option<Ipv4Addr>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Status {
    /// A machine's name or address
    #[arg(value_name = "HOST")]
    host: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Register {
    /// NAME, NAME#20 or 'NAME<20>'
    #[arg(value_name = "NAME")]
    wanted: String,
    /// A name that any number of machines share
    #[arg(long)]
    group: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Common {
    /// Write JSON objects
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    text: TextArgs,
}

impl Common {
    fn identity(&self) -> Result<Identity, Failure> {
        self.network.identity(self.text.code_page)
    }
}

#[derive(Serialize)]
struct OwnerLine {
    name: Name,
    address: Ipv4Addr,
    group: bool,
    node_type: String,
    ttl: u32,
    from: SocketAddrV4,
}

#[derive(Serialize)]
struct StatusLine {
    address: Ipv4Addr,
    unit_id: Option<String>,
    names: Vec<StatusName>,
}

#[derive(Serialize)]
struct StatusName {
    name: Name,
    suffix: u8,
    group: bool,
    conflict: bool,
    meaning: Option<&'static str>,
}

#[derive(Serialize)]
struct RegisteredLine {
    name: Name,
    group: bool,
    address: Ipv4Addr,
    interface: String,
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    match &args.verb {
        Verb::Query(query) => self::query(query),
        Verb::Status(status) => self::status(status),
        Verb::Register(register) => self::register(register),
    }
}

fn query(args: &Query) -> Result<(), Failure> {
    let identity = args.common.identity()?;
    let name = identity.any_name(&args.wanted)?;
    let question = match args.server {
        Some(server) => Question::OwnerAt(SocketAddrV4::new(server, identity.name_port())),
        None if args.all => Question::Owners,
        None => Question::Owner,
    };
    let answers = ask(&identity, name, question)?;
    let mut out = Output::new(true);
    for Answer { from, found, .. } in &answers {
        let Found::Owners { entries, ttl } = found else { continue };
        for entry in entries {
            let node_type = format!("{:?}", entry.nb_flags.node_type());
            let (group, address) = (entry.is_group(), entry.nb_address);
            if args.common.json {
                let line = OwnerLine { name, address, group, node_type, ttl: *ttl, from: *from };
                json::write(&mut out, &line)?;
                writeln!(out)?;
            } else {
                let kind = if group { "group" } else { "unique" };
                writeln!(
                    out,
                    "{address:<15}  {name}  {kind}, {node_type} node, says {}",
                    from.ip()
                )?;
            }
        }
    }
    out.flush()?;
    if answers.is_empty() { Err(not_found(name)) } else { Ok(()) }
}

fn not_found(name: Name) -> Failure {
    Failure::not_found(format!("nobody answers to the name {name}"))
}

fn ask(identity: &Identity, name: Name, question: Question) -> Result<Vec<Answer>, Failure> {
    let runtime = runtime()?;
    let (live, _events) = start(identity.asks(), Arc::new(Table::new()))?;
    runtime.block_on(asked(&live, name, question))
}

async fn asked(live: &Live, name: Name, question: Question) -> Result<Vec<Answer>, Failure> {
    live.query(name, question).await.map_err(|error| Failure::ports(error.to_string()))
}

fn status(args: &Status) -> Result<(), Failure> {
    let identity = args.common.identity()?;
    let runtime = runtime()?;
    let (live, _events) = start(identity.asks(), Arc::new(Table::new()))?;
    let (address, names, unit_id) = runtime.block_on(async {
        let (name, address) = if let Ok(address) = args.host.parse() {
            (Name::WILDCARD, address)
        } else {
            let name = identity.any_name(&args.host)?;
            let answers = asked(&live, name, Question::Owner).await?;
            let address = answers.first().map(|answer| *answer.from.ip());
            (name, address.ok_or_else(|| not_found(name))?)
        };
        let to = SocketAddrV4::new(address, identity.name_port());
        let answers = asked(&live, name, Question::StatusAt(to)).await?;
        let status = answers.into_iter().find_map(|answer| match answer.found {
            Found::Status { names, unit_id } => Some((names, unit_id)),
            Found::Owners { .. } => None,
        });
        let (names, unit_id) = status.ok_or_else(|| {
            Failure::not_found(format!("{address} does not answer for its node status"))
        })?;
        Ok::<_, Failure>((address, names, unit_id))
    })?;
    let unit_id = unit_id.filter(|id| *id != [0; 6]).map(|id| {
        let octets: Vec<_> = id.iter().map(|octet| format!("{octet:02x}")).collect();
        octets.join(":")
    });
    let mut out = Output::new(true);
    if args.common.json {
        let names = names.iter().map(status_name).collect();
        json::write(&mut out, &StatusLine { address, unit_id, names })?;
        writeln!(out)?;
    } else {
        writeln!(out, "{address}{}", unit_id.map_or(String::new(), |id| format!(", MAC {id}")))?;
        for name in &names {
            let StatusName { name, group, conflict, meaning, .. } = status_name(name);
            let kind = if group { "group" } else { "unique" };
            let conflict = if conflict { ", in conflict" } else { "" };
            let meaning = meaning.unwrap_or_default();
            writeln!(out, "  {name:<20} {kind:<6}  {meaning}{conflict}")?;
        }
    }
    Ok(out.flush()?)
}

fn status_name(node: &NodeName) -> StatusName {
    let kind = if node.is_group() { Kind::Group } else { Kind::Unique };
    let suffix = node.name.suffix();
    StatusName {
        name: node.name,
        suffix: suffix.0,
        group: node.is_group(),
        conflict: node.name_flags.contains(NameFlags::CONFLICT),
        meaning: suffix.meaning(kind),
    }
}

fn register(args: &Register) -> Result<(), Failure> {
    let identity = args.common.identity()?;
    let own = OwnName { name: identity.any_name(&args.wanted)?, group: args.group };
    let runtime = runtime()?;
    runtime.block_on(async {
        let mut signals = Signals::new()?;
        let (live, mut events) = start(identity.listens(vec![own]), Arc::new(Table::new()))?;
        let mut stopped = std::pin::pin!(signals.stopped());
        let result = loop {
            tokio::select! {
                Some(event) = events.recv() => match event {
                    Event::Name { own, state: NameState::Conflict { by }, .. } => {
                        break Err(Failure::conflict(format!("{} is taken by {by}", own.name)));
                    }
                    Event::Name { own, interface, state: NameState::Owned } => {
                        remark(&format!("{} is ours on {interface}", own.name));
                        if args.common.json {
                            let OwnName { name, group } = own;
                            let (address, interface) = (interface.address, interface.name);
                            json::print(&RegisteredLine { name, group, address, interface })?;
                        }
                    }
                    _ => {}
                },
                stopped = &mut stopped => break Err(stopped),
            }
        };
        live.leave().await;
        result
    })
}
