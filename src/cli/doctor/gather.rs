//! Evidence that the machine itself gives: interfaces, ports, privileges, rules of packet filters.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::unistd::Uid;

use super::evidence::{Filter, Holder, Port, PortState, Process, Traffic, Verdict, Wanted};
use super::filter::{Packet, Table, Tool, iptables, nft};
use crate::cli::network::Identity;
use crate::net::nmbd::{ALL, Subscription};
use crate::net::{self, OpenError, Socket, evidence, privileges};
use crate::node::Interface;
use crate::runtime::Network;

/// Where tools of administrators are, also where a user's PATH leaves them out.
const SYSTEM_PATHS: [&str; 2] = ["/usr/sbin", "/sbin"];

/// Ports that the kernel gives to programs that ask for any.
const EPHEMERAL: (u32, u32) = (32768, 60999);

pub(super) fn is_root() -> bool {
    Uid::effective().is_root()
}

/// What a capability would be given to.
pub(super) fn program() -> Option<String> {
    Some(env::current_exe().ok()?.to_str()?.to_owned())
}

/// Whether nmbd hands datagrams on, where it runs.
pub(super) fn nmbd() -> Option<Result<(), String>> {
    match Subscription::find(ALL) {
        Ok(_) => Some(Ok(())),
        Err(error) if error.is_absent() => None,
        Err(error) => Some(Err(error.to_string())),
    }
}

pub(super) fn wanted(network: &Network) -> Wanted {
    match network {
        Network::Chosen { only, not } => {
            Wanted { only: only.clone(), not: not.clone(), address: None }
        }
        Network::Address(address) => Wanted { address: Some(*address), ..Wanted::default() },
        Network::All | Network::Loopback { .. } => Wanted::default(),
    }
}

/// Opens both ports, as a node would; the sockets are there where both can be had.
pub(super) fn ports(identity: &Identity) -> ([Port; 2], Option<[Vec<Socket>; 2]>) {
    let (name, datagram) = identity.ports();
    let bind = identity.network.bind();
    let open = |number: u16| {
        let (state, sockets) = match &bind {
            Ok(bind) => match net::open(&net::Config { port: number, bind: *bind }) {
                Ok(sockets) => (PortState::Free, Some(sockets)),
                Err(error) => (refused(&error), None),
            },
            Err(error) => (PortState::Refused(error.to_string()), None),
        };
        let drops = evidence::port_drops(number).unwrap_or_default();
        (Port { number, state, drops }, sockets)
    };
    let ((name, name_sockets), (datagram, datagram_sockets)) = (open(name), open(datagram));
    ([name, datagram], name_sockets.zip(datagram_sockets).map(<[_; 2]>::from))
}

fn refused(error: &OpenError) -> PortState {
    let permitted = privileges::may_bind(error.port()).unwrap_or(true);
    let mut holders = Vec::new();
    for socket in error.holders() {
        let user = socket.user.clone().unwrap_or_else(|| format!("user {}", socket.uid));
        if socket.processes.is_empty() {
            holders.push(Holder { process: None, user });
            continue;
        }
        for process in &socket.processes {
            let (pid, name) = (process.pid, process.command.clone());
            let process = Process {
                pid,
                command: arguments(pid).unwrap_or_else(|| name.clone()),
                unit: process.unit.clone(),
                is_mailslot: name == "mailslot",
                name,
            };
            holders.push(Holder { process: Some(process), user: user.clone() });
        }
    }
    // A service has several sockets on a port, which its children may share.
    holders.sort_by_key(|holder| holder.process.as_ref().map(|process| process.pid));
    holders.dedup();
    if !holders.is_empty() {
        PortState::Held { holders, permitted }
    } else if error.io_error().kind() == io::ErrorKind::PermissionDenied && !permitted {
        PortState::Forbidden
    } else {
        PortState::Refused(error.to_string())
    }
}

/// A process's command line, its program without directories.
fn arguments(pid: u32) -> Option<String> {
    let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let mut words = line.split(|octet| *octet == 0).filter(|word| !word.is_empty());
    let program = String::from_utf8_lossy(words.next()?).into_owned();
    let program = Path::new(&program).file_name()?.to_str()?.to_owned();
    let words = words.map(|word| String::from_utf8_lossy(word).into_owned());
    Some([program].into_iter().chain(words).collect::<Vec<_>>().join(" "))
}

/// What the packet filters' rules do with packets of the name and the datagram service.
pub(super) fn filter(interfaces: &[Interface], ports: [u16; 2]) -> Filter {
    let (tables, unread) = tables();
    let mut verdicts = Vec::new();
    for interface in interfaces {
        for port in ports {
            for traffic in [Traffic::Inbound, Traffic::Answers, Traffic::Outbound] {
                // Answers of others come from the name service alone.
                if traffic == Traffic::Answers && port != ports[0] {
                    continue;
                }
                // What anyone may drop counts, be it to everyone or to this machine.
                let [everyone, us] = [true, false]
                    .map(|broadcast| packet(interface, port, traffic, broadcast).outcome(&tables));
                let outcome =
                    if everyone == super::filter::Outcome::Passes || traffic == Traffic::Answers {
                        us
                    } else {
                        everyone
                    };
                verdicts.push(Verdict { traffic, port, interface: interface.clone(), outcome });
            }
        }
    }
    Filter { unread, verdicts }
}

fn packet(interface: &Interface, port: u16, traffic: Traffic, broadcast: bool) -> Packet<'_> {
    let hosts = u32::MAX.checked_shr(interface.prefix_len.into()).unwrap_or_default();
    let first = u32::from(interface.address) & !hosts;
    let own = (u32::from(interface.address), u32::from(interface.address));
    let network = (first, first | hosts);
    let everyone = (u32::from(interface.broadcast), u32::from(interface.broadcast));
    let port = (u32::from(port), u32::from(port));
    let leaves = traffic == Traffic::Outbound;
    Packet {
        interface: &interface.name,
        leaves,
        source: if leaves { own } else { network },
        destination: match (broadcast, leaves) {
            (true, _) => everyone,
            (false, true) => network,
            (false, false) => own,
        },
        source_port: if leaves { EPHEMERAL } else { port },
        destination_port: if traffic == Traffic::Answers { EPHEMERAL } else { port },
        broadcast,
    }
}

/// All rules that can be read, and why some cannot.
fn tables() -> (Vec<Table>, Option<String>) {
    let mut answered = false;
    let mut refused = None;
    let mut ask = |program: &'static str, arguments: &[&str]| {
        let output = output(&find(program)?, arguments);
        answered = true;
        output.map_err(|error| refused.get_or_insert(error).clone()).ok()
    };
    let mut tables = Vec::new();
    let rules = ask("nft", &["-j", "list", "ruleset"]);
    if let Some(rules) = &rules {
        let listing = ask("nft", &["-a", "list", "ruleset"]).unwrap_or_default();
        tables.extend(nft::tables(rules, &listing).unwrap_or_default());
    }
    // The table that iptables makes in nftables: it lists matches that nft has no words for.
    let is_iptables = |table: &Table| matches!(&table.tool, Tool::Nft { family, table } if family == "ip" && table == "filter");
    let new = find("iptables").is_some()
        && ask("iptables", &["-V"]).is_some_and(|version| version.contains("nf_tables"));
    if new && (rules.is_none() || tables.iter().any(is_iptables)) {
        if let Some(listing) = ask("iptables", &["-S"]) {
            tables.retain(|table| !is_iptables(table));
            tables.push(iptables::table(&listing, "iptables"));
        }
    }
    // The older one of the kernel's two. To list its rules would load it where it is not used.
    let old = fs::read_to_string("/proc/self/net/ip_tables_names").unwrap_or_default();
    if old.lines().any(|name| name == "filter") {
        let program = if new { "iptables-legacy" } else { "iptables" };
        if let Some(listing) = ask(program, &["-S"]) {
            tables.push(iptables::table(&listing, program));
        }
    }
    let missing = || "neither nft nor iptables is installed".to_owned();
    (tables, if answered { refused } else { Some(missing()) })
}

/// Where a program is.
fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(SYSTEM_PATHS.map(PathBuf::from));
    folders.map(|folder| folder.join(program)).find(|path| path.is_file())
}

fn output(program: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or("it failed");
    let program = program.file_name().unwrap_or_default().to_string_lossy();
    Err(format!("{program} {}: {said}", arguments.join(" ")))
}
