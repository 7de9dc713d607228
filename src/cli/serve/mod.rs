//! `mailslot serve`: one node, and its mailslots, for all programs of this machine.

mod config;
mod running;
mod socket;

use std::env;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use self::config::{Config, Names};
use self::running::Running;
use self::socket::{Place, Socket};
use super::decode::code_page;
use super::failure::Failure;
use super::log::{Level, Log};
use super::network::{Identity, NameArgs, NetworkArgs, open, passed, runtime};
use super::output::Output;
use super::payload::Safe;
use super::signals::Signals;
use crate::net::{peer, privileges};
use crate::node;
use crate::runtime::{LiveConfig, Network, PORTS};
use crate::service::{self, Service};
use crate::slot::Table;
use crate::wire::oem::CodePage;

/// File descriptors besides those of connections.
const OTHER_FILES: usize = 64;

/// Share one node, and its mailslots, among all programs of this machine
///
/// It takes the ports, the computer's NetBIOS name and the workgroup's, and serves programs at a
/// Unix socket: `recv`, `send` and others use it where it runs.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Read settings from this file; options win over it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Only check the file
    #[arg(long, requires = "config")]
    check_config: bool,

    /// Where programs connect [default: `MAILSLOT_SOCKET`, or where they look:
    /// /run/mailslot/socket for root, a folder of their own for others, and for other networks than
    /// the usual one]
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,

    /// For programs of this machine alone: no network, no name, no port
    #[arg(long, conflicts_with_all = ["loopback", "interface", "not_interface", "bind"])]
    local: bool,

    #[command(flatten)]
    network: NetworkArgs,

    #[command(flatten)]
    names: NameArgs,

    /// OEM code page of names: 437, 850, 852, 858 or 866 [default: 850]
    #[arg(
        long,
        value_parser = code_page,
        value_name = "NUMBER",
        help_heading = "Network"
    )]
    code_page: Option<CodePage>,
}

const AFTER_HELP: &str = r"Examples:
  mailslot serve
  mailslot serve --name LINUXBOX --workgroup OFFICE
  mailslot serve --config mailslot.toml
  mailslot serve --check-config --config mailslot.toml
  mailslot serve --local --socket mailslot.socket

SIGHUP reads the configuration again: rights, quotas and the level of the log change
at once, the rest when it is started again. Its end gives all names back.";

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let config = args.config()?;
    let network = args.wanted(&config)?;
    if let Some(file) = args.config.as_ref().filter(|_| args.check_config) {
        let mut out = Output::new(true);
        writeln!(out, "{}: ok", Safe(&file.to_string_lossy()))?;
        return Ok(out.flush()?);
    }
    let log = Log::new(config.level);
    let wanted = config.rights.total.connections.saturating_add(OTHER_FILES) as u64;
    let has = privileges::raise_open_files(wanted);
    if has < wanted {
        let more = "LimitNOFILE= of its unit, or fewer total_connections";
        log.say(Level::Warn, "start", format_args!("{has} open files, not {wanted}: {more}"));
    }

    let runtime = runtime()?;
    runtime.block_on(async {
        let signals = Signals::new()?;
        let passed = passed()?;
        // Two services want the same place, whatever their ports are.
        let place = Place::find(passed.unix, &config.socket, network.config()).await?;
        let (identity, opened) = match network {
            Wanted::Network { identity, config } => {
                (Some(identity), Some(open(config, passed.udp)?))
            }
            Wanted::Local(_) => (None, None),
        };
        // What only a privilege can give is had before the privileges are given up.
        let Socket { listeners, path, file } = place.open(&config.socket)?;
        let table = Arc::new(Table::new());
        let say = |text: &str| log.say(Level::Warn, "start", format_args!("{text}"));
        let started = opened.map(|opened| opened.start(Arc::clone(&table), say)).transpose()?;
        let (live, events) = started.unzip();
        if live.is_none() {
            // Where that is refused there are none to drop.
            let _ = privileges::drop_capabilities(false);
        }
        let live = live.map(Arc::new);
        let rights = config.rights.clone();
        let served = service::Config { table, live: live.clone(), rights, path: path.clone() };
        let (service, notes) = Service::start(served, listeners)
            .map_err(|error| Failure::ports(format!("no service: {error}")))?;
        let mut running =
            Running::new(args, config, &log, &service, live.as_deref(), identity.as_ref());
        let result = running.until_stopped(&path, signals, events, notes).await;
        // Nobody finds it any more; who did sees it end once the names are given back, and may have
        // the ports then.
        if let Some(file) = &file {
            file.remove();
        }
        if let Some(live) = &live {
            live.leave().await;
        }
        drop((service, live, file));
        log.end();
        result
    })
}

/// What is to be served.
enum Wanted {
    Network {
        identity: Identity,
        config: LiveConfig,
    },
    /// Only this machine, to programs that would rather have the usual network.
    Local(LiveConfig),
}

impl Wanted {
    fn config(&self) -> &LiveConfig {
        match self {
            Self::Network { config, .. } | Self::Local(config) => config,
        }
    }
}

impl Args {
    /// What the file says, with the options over it.
    fn config(&self) -> Result<Config, Failure> {
        let file = match &self.config {
            Some(path) => {
                let shown = path.to_string_lossy();
                let octets = fs::read(path)
                    .map_err(|error| Failure::usage(format!("{}: {error}", Safe(&shown))))?;
                Config::read(&octets, &Names::SYSTEM)
                    .map_err(|error| Failure::usage(format!("{}:{error}", Safe(&shown))))?
            }
            None => Config::default(),
        };
        let mut config = Config {
            network: self.network.or(&file.network),
            names: NameArgs {
                also: [&*file.names.also, &*self.names.also].concat(),
                also_group: [&*file.names.also_group, &*self.names.also_group].concat(),
            },
            code_page: self.code_page.or(file.code_page),
            ..file
        };
        // As programs find it that look for it.
        let asked = || env::var_os("MAILSLOT_SOCKET").filter(|path| !path.is_empty());
        if let Some(path) = self.socket.clone().or_else(|| asked().map(PathBuf::from)) {
            config.socket.path = Some(path);
        }
        config.rights.own_user = peer::own_id();
        Ok(config)
    }

    /// The node, or that there is to be none. What the file and the options say is wrong together
    /// is nobody's line.
    fn wanted(&self, config: &Config) -> Result<Wanted, Failure> {
        self.node(config).map_err(|failure| match &self.config {
            Some(path) => Failure::usage(format!(
                "{} and the options: {}",
                Safe(&path.to_string_lossy()),
                failure.message()
            )),
            None => failure,
        })
    }

    fn node(&self, config: &Config) -> Result<Wanted, Failure> {
        if self.local {
            let (name_port, datagram_port) = PORTS;
            let node = node::Config { name_port, datagram_port, ..node::Config::default() };
            return Ok(Wanted::Local(LiveConfig { node, network: Network::All, listens: false }));
        }
        let identity = config.network.identity(config.code_page.unwrap_or_default())?;
        let config = identity.listens(identity.names(&config.names)?);
        Ok(Wanted::Network { identity, config })
    }
}
