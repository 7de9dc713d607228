//! What every verb that is on a network has in common: options, the node, how it ends.

use std::net::{Ipv4Addr, UdpSocket};
use std::os::unix::net::UnixListener;
use std::sync::Arc;

use listenfd::ListenFd;
use tokio::sync::mpsc;

use super::failure::Failure;
use super::output::remark;
use super::payload::Safe;
use super::replay::netbios_name;
use super::target::{HostName, TargetError};
use crate::api::{Mailslots, Role, has_inherited};
use crate::net::{RECEIVE_BUFFER, privileges};
use crate::node::limits::MAX_NAMES;
use crate::node::{Config, Event, Interface, OwnName, Owned, Port};
use crate::runtime::{self, Live, LiveConfig, LiveError, Network};
use crate::slot::Table;
use crate::wire::netbios::{Name, ScopeBuf, Suffix};
use crate::wire::oem::CodePage;

/// The workgroup of a machine that nobody put into another one.
pub(super) const WORKGROUP: &str = "WORKGROUP";

/// Options of the verbs that are on a network.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Network")]
pub(super) struct NetworkArgs {
    /// This computer's NetBIOS name [default: the host name, to its first dot]
    #[arg(long, env = "MAILSLOT_NAME", value_name = "NAME")]
    pub(super) name: Option<String>,

    /// Its workgroup, or NetBIOS domain [default: WORKGROUP]
    #[arg(long, env = "MAILSLOT_WORKGROUP", value_name = "GROUP")]
    pub(super) workgroup: Option<String>,

    /// A LAN inside this machine: ports 10137 and 10138, no privileges
    #[arg(long, env = "MAILSLOT_LOOPBACK", value_parser = clap::builder::FalseyValueParser::new())]
    pub(super) loopback: bool,

    /// Use this interface, and no others but those named so [default: all with a broadcast address]
    #[arg(long, value_name = "IF", conflicts_with = "loopback")]
    pub(super) interface: Vec<String>,

    /// Do not use this interface
    #[arg(long, value_name = "IF", conflicts_with = "loopback")]
    pub(super) not_interface: Vec<String>,

    /// Use this address of this machine, and no other
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["loopback", "interface", "not_interface"])]
    pub(super) bind: Option<Ipv4Addr>,

    /// UDP port of the name service, here and at the others [default: 137]
    #[arg(long, value_name = "PORT")]
    pub(super) name_port: Option<u16>,

    /// UDP port of the datagram service, here and at the others [default: 138]
    #[arg(long, value_name = "PORT")]
    pub(super) dgram_port: Option<u16>,

    /// NetBIOS scope identifier; nearly nobody has one
    #[arg(long, value_name = "SCOPE")]
    pub(super) scope: Option<String>,
}

/// Names besides the computer's and the workgroup's, for verbs that are found by theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Network")]
pub(super) struct NameArgs {
    /// Take this name too: NAME#20 or 'NAME<20>'
    #[arg(long, value_name = "NAME")]
    pub(super) also: Vec<String>,

    /// Take this name too, which any number of machines share
    #[arg(long, value_name = "NAME")]
    pub(super) also_group: Vec<String>,
}

/// What the options mean.
pub(super) struct Identity {
    pub(super) computer: Name,
    pub(super) workgroup: Name,
    pub(super) network: Network,
    scope: ScopeBuf,
    ports: (u16, u16),
    page: CodePage,
}

impl NetworkArgs {
    /// These, and what others say where these say nothing. Who chooses a network here has nothing of
    /// the others' network.
    pub(super) fn or(&self, others: &Self) -> Self {
        let either =
            |own: &Option<String>, other: &Option<String>| own.as_ref().or(other.as_ref()).cloned();
        let chosen = self.loopback
            || self.bind.is_some()
            || !(self.interface.is_empty() && self.not_interface.is_empty());
        let network = if chosen { self } else { others };
        // The LAN inside this machine has ports of its own.
        let ports = if self.loopback { self } else { others };
        Self {
            name: either(&self.name, &others.name),
            workgroup: either(&self.workgroup, &others.workgroup),
            loopback: network.loopback,
            interface: network.interface.clone(),
            not_interface: network.not_interface.clone(),
            bind: network.bind,
            name_port: self.name_port.or(ports.name_port),
            dgram_port: self.dgram_port.or(ports.dgram_port),
            scope: either(&self.scope, &others.scope),
        }
    }

    pub(super) fn identity(&self, page: CodePage) -> Result<Identity, Failure> {
        let name = self.name.clone().map_or_else(host_name, Ok)?;
        let parse = |option: &str, text: &str| {
            netbios_name(text, page)
                .map_err(|why| Failure::usage(format!("{option} {}: {why}", Safe(text))))
        };
        let network = if self.loopback {
            Network::Loopback { name: name.clone() }
        } else if let Some(address) = self.bind {
            Network::Address(address)
        } else if self.interface.is_empty() && self.not_interface.is_empty() {
            Network::All
        } else {
            Network::Chosen { only: self.interface.clone(), not: self.not_interface.clone() }
        };
        let (name_port, dgram_port) = network.ports();
        let scope = self.scope.as_deref().unwrap_or_default();
        Ok(Identity {
            computer: parse("--name", &name)?,
            workgroup: parse("--workgroup", self.workgroup.as_deref().unwrap_or(WORKGROUP))?,
            scope: ScopeBuf::new(scope)
                .map_err(|why| Failure::usage(format!("--scope {}: {why}", Safe(scope))))?,
            ports: (self.name_port.unwrap_or(name_port), self.dgram_port.unwrap_or(dgram_port)),
            network,
            page,
        })
    }
}

/// The first label of the machine's name, of which a NetBIOS name has room for 15 characters.
fn host_name() -> Result<String, Failure> {
    let label = runtime::host_name();
    if label.is_empty() {
        return Err(
            Failure::usage("this machine has no host name").with_hint("give it --name NAME")
        );
    }
    Ok(label)
}

impl NetworkArgs {
    /// Whether the mailslots, where a service has them, are of the computer that was asked for.
    pub(super) async fn check(&self, mailslots: &Mailslots) -> Result<(), Failure> {
        let Role::Client { path } = mailslots.role() else { return Ok(()) };
        let Ok(Some(node)) = mailslots.node().await else { return Ok(()) };
        let wanted = self.name.as_ref().and_then(|name| Name::new(name, Suffix::WORKSTATION).ok());
        if wanted.is_none_or(|wanted| wanted.matches(&node.computer)) {
            return Ok(());
        }
        let text = format!("{} serves {}", path.display(), Safe(&node.computer.to_string()));
        Err(Failure::usage(text).with_hint("leave --name out: one node has this machine's ports"))
    }
}

impl NameArgs {
    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.also.is_empty() && self.also_group.is_empty()
    }
}

impl Identity {
    /// A node without names: it asks and writes.
    pub(super) fn asks(&self) -> LiveConfig {
        let node = Config {
            owned: Owned::Claimed,
            computer: Some(self.computer),
            workgroup: Some(self.workgroup),
            scope: self.scope.clone(),
            code_page: self.page,
            name_port: self.ports.0,
            datagram_port: self.ports.1,
            ..Config::default()
        };
        LiveConfig { node, network: self.network.clone(), listens: false }
    }

    /// A node that is found by its names.
    pub(super) fn listens(&self, names: Vec<OwnName>) -> LiveConfig {
        let mut config = self.asks();
        config.node.names = names;
        config.listens = true;
        config
    }

    /// The computer's and the workgroup's name, and those of the options.
    pub(super) fn names(&self, more: &NameArgs) -> Result<Vec<OwnName>, Failure> {
        let mut names = vec![OwnName::unique(self.computer), OwnName::group(self.workgroup)];
        for text in &more.also {
            names.push(OwnName::unique(self.any_name(text)?));
        }
        for text in &more.also_group {
            names.push(OwnName::group(self.any_name(text)?));
        }
        for (i, own) in names.iter().enumerate() {
            if names.iter().take(i).any(|before| before.name.matches(&own.name)) {
                let text = format!("{} is meant to be two names", Safe(&own.name.to_string()));
                return Err(Failure::usage(text));
            }
        }
        if names.len() > MAX_NAMES {
            return Err(Failure::usage(format!("more than {MAX_NAMES} names")));
        }
        Ok(names)
    }

    /// `NAME`, `NAME#20`, `NAME<20>` or `*`; the suffix is 00 where there is none.
    pub(super) fn any_name(&self, text: &str) -> Result<Name, Failure> {
        any_name(text, self.page).map_err(|why| Failure::usage(format!("{}: {why}", Safe(text))))
    }

    /// Of the name and the datagram service.
    pub(super) fn ports(&self) -> (u16, u16) {
        self.ports
    }

    pub(super) fn name_port(&self) -> u16 {
        self.ports.0
    }

    pub(super) fn page(&self) -> CodePage {
        self.page
    }
}

/// A name as [`Identity::any_name`] reads it, or why it is none.
pub(super) fn any_name(text: &str, page: CodePage) -> Result<Name, String> {
    let host: HostName = text.parse().map_err(|why: TargetError| why.to_string())?;
    if host.text == "*" {
        return Ok(Name::WILDCARD);
    }
    host.name(Suffix::WORKSTATION, page).map_err(|why| why.to_string())
}

/// Starts a node, without any privilege once it has its sockets.
pub(super) fn start(
    config: LiveConfig,
    table: Arc<Table>,
) -> Result<(Live, mpsc::Receiver<Event>), Failure> {
    let passed = if config.listens { passed()? } else { Passed::default() };
    if !passed.unix.is_empty() {
        return Err(Failure::ports("a socket that was passed in is none of UDP"));
    }
    open(config, passed.udp)?.start(table, remark)
}

/// What would make small buffers larger, where they matter.
pub(super) fn larger(config: &LiveConfig, passed: &[UdpSocket]) -> Option<String> {
    let matters = config.listens && !matches!(config.network, Network::Loopback { .. });
    matters.then(|| {
        if passed.is_empty() {
            format!("sudo sysctl -w net.core.rmem_max={RECEIVE_BUFFER}")
        } else {
            format!("ReceiveBuffer={RECEIVE_BUFFER} in their socket unit")
        }
    })
}

/// The sockets of a node.
pub(super) struct Opened {
    node: runtime::Opened,
    asks: bool,
    /// What would make small buffers larger, where they matter.
    larger: Option<String>,
}

/// Opens the sockets of a node: all that may need a privilege.
pub(super) fn open(config: LiveConfig, passed: Vec<UdpSocket>) -> Result<Opened, Failure> {
    let asks = !config.listens;
    let larger = larger(&config, &passed);
    let node = Live::open(config, passed).map_err(|error| no_network(&error))?;
    Ok(Opened { node, asks, larger })
}

impl Opened {
    /// Starts the node, after it gave up what it needs no more.
    pub(super) fn start(
        self,
        table: Arc<Table>,
        remark: impl FnOnce(&str),
    ) -> Result<(Live, mpsc::Receiver<Event>), Failure> {
        // Where that is refused there are none to drop.
        let _ = privileges::drop_capabilities(self.asks);
        let (live, events) = self.node.start(table).map_err(|error| no_network(&error))?;
        if let Some(larger) = self.larger {
            small_buffers(&live, &larger, remark);
        }
        Ok((live, events))
    }
}

/// Says where a node that listens may lose a burst, and what would make its buffers larger.
pub(super) fn small_buffers(live: &Live, larger: &str, remark: impl FnOnce(&str)) {
    if live.receive_buffer().is_ok_and(|octets| octets < RECEIVE_BUFFER) {
        remark(&format!("the receive buffers are small, a burst may be lost: {larger}"));
    }
}

fn no_network(error: &LiveError) -> Failure {
    match error {
        LiveError::Io(error) => Failure::ports(format!("no network: {error}")),
        error => Failure::ports(error.to_string()),
    }
}

/// Sockets that came with the process, as systemd passes them (`LISTEN_FDS`).
#[derive(Default)]
pub(super) struct Passed {
    pub(super) udp: Vec<UdpSocket>,
    pub(super) unix: Vec<UnixListener>,
}

/// Takes them; the next time there are none.
pub(super) fn passed() -> Result<Passed, Failure> {
    let mut sockets = Passed::default();
    if has_inherited() {
        // They are handles of mailslots.
        return Ok(sockets);
    }
    let mut passed = ListenFd::from_env();
    for i in 0..passed.len() {
        if let Ok(listener) = passed.take_unix_listener(i) {
            sockets.unix.extend(listener);
        } else {
            let socket = passed.take_udp_socket(i).map_err(|error| {
                let what = "a socket that was passed in is none of UDP, and no Unix stream";
                Failure::ports(format!("{what}: {error}"))
            })?;
            sockets.udp.extend(socket);
        }
    }
    Ok(sockets)
}

/// An async runtime for a verb.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::ports(format!("no runtime: {error}")))
}

/// `192.168.1.5/24 (eth0), 10.0.0.2/8 (eth1)`
pub(super) fn interfaces(interfaces: &[Interface]) -> String {
    let list: Vec<_> = interfaces.iter().map(ToString::to_string).collect();
    if list.is_empty() { "no network interface".into() } else { list.join(", ") }
}

/// A node whose port cannot be read is of no use any more.
pub(super) fn deaf(port: Port, reason: &str) -> Failure {
    let port = match port {
        Port::Name => "the name service's",
        Port::Datagram => "the datagram service's",
    };
    Failure::ports(format!("{port} port cannot be read any more: {reason}"))
}
