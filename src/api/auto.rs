//! Which process has the mailslots of the machine: the service's, this one, or another.

use std::fs;
use std::io;
use std::net::UdpSocket;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::host::{Host, Serving};
use super::place;
use crate::client::{self, ConnectError, Greeted};
use crate::net::listener::Claim;
use crate::net::nmbd::{ALL, Subscription};
use crate::net::peer::{Peer, network_namespace, own_id};
use crate::net::privileges;
use crate::runtime::{BesideError, Live, LiveConfig, LiveError, PORTS};
use crate::service::rights::Rights;
use crate::service::{self, Service};
use crate::slot::Table;

/// How long a process that is about to serve may take, seen from one that finds the ports taken.
const RACE: Duration = Duration::from_secs(1);

/// How long one may have them still that has just left.
const LEAVING: Duration = Duration::from_millis(100);

/// How often that is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// How [`Mailslots::auto_with`](super::Mailslots::auto_with) finds the mailslots of the machine, or
/// has them.
#[derive(Clone, Debug)]
pub struct Auto {
    pub(super) config: LiveConfig,
    pub(super) socket: Option<PathBuf>,
    pub(super) local: Local,
    pub(super) drop_capabilities: bool,
    pub(super) alone: bool,
    pub(super) passed: Arc<Vec<UdpSocket>>,
}

/// Whether this process may do without a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Local {
    /// Where it has no permission to take the ports, it serves the programs of this machine alone.
    #[default]
    Fallback,
    /// It is on a network, or fails.
    Never,
    /// It wants none.
    Always,
}

impl Auto {
    /// That node, where this process is to have one; a socket that `MAILSLOT_SOCKET` names, where
    /// it does.
    pub fn new(config: LiveConfig) -> Self {
        let socket = std::env::var_os("MAILSLOT_SOCKET").filter(|path| !path.is_empty());
        Self {
            config,
            socket: socket.map(PathBuf::from),
            local: Local::default(),
            drop_capabilities: false,
            alone: false,
            passed: Arc::default(),
        }
    }

    /// The service whose socket is there, and no other.
    #[must_use]
    pub fn socket(self, path: impl Into<PathBuf>) -> Self {
        Self { socket: Some(path.into()), ..self }
    }

    /// Whether it may do without a network.
    #[must_use]
    pub fn local(self, local: Local) -> Self {
        Self { local, ..self }
    }

    /// Neither uses a service nor becomes one.
    #[must_use]
    pub fn alone(self) -> Self {
        Self { alone: true, socket: None, ..self }
    }

    /// Gives up all capabilities of the threads that call and are started, once the ports are had.
    /// A client keeps `CAP_NET_BIND_SERVICE`, to take over with.
    #[must_use]
    pub fn drop_capabilities(self) -> Self {
        Self { drop_capabilities: true, ..self }
    }

    /// Sockets of the node that were opened before, by systemd for example.
    #[must_use]
    pub fn passed(self, sockets: Vec<UdpSocket>) -> Self {
        Self { passed: Arc::new(sockets), ..self }
    }
}

/// Why there are no mailslots to be had.
#[derive(Debug)]
#[non_exhaustive]
pub enum AutoError {
    /// The service that was asked for cannot be had.
    Socket {
        /// Its socket.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A program has the mailslots, and does not answer: it was stopped (SIGSTOP, `^Z`), or hangs.
    Silent {
        /// Its socket.
        path: PathBuf,
    },
    /// The node cannot be had.
    Live(LiveError),
    /// nmbd has the ports, and there is no node beside it.
    Beside(BesideError),
    /// The system refuses something else.
    Io(io::Error),
}

impl std::fmt::Display for AutoError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Socket { path, reason } => write!(f, "{}: {reason}", path.display()),
            Self::Silent { path } => write!(f, "{}: {}", path.display(), ConnectError::Silent),
            Self::Live(error) => error.fmt(f),
            Self::Beside(error) => write!(f, "nmbd has the ports, beside it: {error}"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AutoError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Socket { .. } | Self::Silent { .. } => None,
            Self::Live(error) => Some(error),
            Self::Beside(error) => Some(error),
            Self::Io(error) => Some(error),
        }
    }
}

impl From<LiveError> for AutoError {
    fn from(error: LiveError) -> Self {
        Self::Live(error)
    }
}

impl From<BesideError> for AutoError {
    fn from(error: BesideError) -> Self {
        Self::Beside(error)
    }
}

impl From<io::Error> for AutoError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What was found.
pub(super) enum Found {
    Host(Arc<Host>),
    /// A service's socket, and a connection to it.
    Service(PathBuf, Greeted),
}

impl Auto {
    /// Connects to a service.
    pub(super) fn connect(path: &Path) -> Result<Greeted, AutoError> {
        let path = path.to_owned();
        Greeted::connect(&path).map_err(|reason| match reason {
            ConnectError::Silent => AutoError::Silent { path },
            reason => AutoError::Socket { path, reason: reason.to_string() },
        })
    }

    /// The service that was asked for, or that is there.
    pub(super) fn look(&self) -> Result<Option<(PathBuf, Greeted)>, AutoError> {
        if let Some(path) = &self.socket {
            return Ok(Some((path.clone(), Self::connect(path)?)));
        }
        match self.existing()? {
            Existing::Service(path, greeted) => Ok(Some((path, greeted))),
            Existing::Elsewhere | Existing::None => Ok(None),
        }
    }

    /// Finds a service, or becomes one, beside nmbd where that has the ports.
    pub(super) async fn find(&self) -> Result<Found, AutoError> {
        match self.find_or_become().await {
            Err(error) if is_busy(&error) => match self.beside_nmbd().await? {
                Some(host) => Ok(Found::Host(Arc::new(host))),
                None => Err(error),
            },
            found => found,
        }
    }

    /// Becomes one with the help of nmbd; none where there is no nmbd.
    async fn beside_nmbd(&self) -> Result<Option<Host>, AutoError> {
        if (self.config.node.name_port, self.config.node.datagram_port) != PORTS {
            return Ok(None);
        }
        let subscription = match Subscription::find(ALL) {
            Ok(subscription) => subscription,
            Err(error) if error.is_absent() => return Ok(None),
            Err(error) => return Err(BesideError::from(error).into()),
        };
        let claim = (!self.alone).then(|| self.claim());
        let opened = Live::open_beside_nmbd(self.config.clone(), subscription)?;
        self.drop_all_capabilities();
        let table = Arc::new(Table::new());
        let (live, events, _) = opened.start(Arc::clone(&table)).await?;
        let live = Arc::new(live);
        let (service, unshared) = self.share(claim, &table, Some(&live))?;
        let (live, events) = (Some(live), Some(Mutex::new(events)));
        Ok(Some(Host { service, unshared, live, table, events }))
    }

    fn drop_all_capabilities(&self) {
        if self.drop_capabilities {
            // Where that is refused there are none to drop.
            let _ = privileges::drop_capabilities(false);
        }
    }

    /// Finds a service, or becomes one. It does not wait but for another process that is about to.
    async fn find_or_become(&self) -> Result<Found, AutoError> {
        if self.socket.is_some() {
            if let Some((path, greeted)) = self.look()? {
                return Ok(Found::Service(path, greeted));
            }
        }
        let begin = Instant::now();
        loop {
            let shares = !self.alone
                && match self.existing()? {
                    Existing::Service(path, greeted) => return Ok(Found::Service(path, greeted)),
                    Existing::Elsewhere => false,
                    Existing::None => true,
                };
            match self.become_host(shares) {
                Ok(host) => return Ok(Found::Host(Arc::new(host))),
                Err(error) => {
                    // Where the socket is promised somebody has the ports for it.
                    let patience = match error {
                        AutoError::Io(_) => RACE,
                        _ => LEAVING,
                    };
                    if !is_busy(&error) || begin.elapsed() > patience {
                        return Err(error);
                    }
                    tokio::time::sleep(LOOK).await;
                }
            }
        }
    }

    /// A service that is there: of the user, or of the machine. One that does not answer has the
    /// mailslots all the same: there is none to be had besides.
    fn existing(&self) -> Result<Existing, AutoError> {
        let user = place::user_socket(&self.config);
        let system = place::system_socket(&self.config).map(Path::to_owned);
        let mut existing = Existing::None;
        for (path, is_system) in
            [Some((user, false)), system.map(|path| (path, true))].into_iter().flatten()
        {
            // Nobody else is to have what others write. Whose number is that of a service's user may
            // be one that put a folder into /tmp before this one.
            let is_trusted =
                |uid: u32| uid == 0 || uid == own_id() || is_system && is_service_user(uid);
            let stream = match client::connect(&path) {
                Ok(stream) => stream,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    // Whose process it is nobody tells; the file is his who made it.
                    if fs::symlink_metadata(&path).is_ok_and(|file| is_trusted(file.uid())) {
                        return Err(AutoError::Silent { path });
                    }
                    continue;
                }
                Err(_) => continue,
            };
            let Ok(peer) = Peer::of(&stream) else { continue };
            if !is_trusted(peer.uid) {
                continue;
            }
            if is_elsewhere(&peer) {
                existing = Existing::Elsewhere;
                continue;
            }
            match Greeted::over(stream) {
                Ok(greeted) => return Ok(Existing::Service(path, greeted)),
                Err(ConnectError::Silent) => return Err(AutoError::Silent { path }),
                // One that is about to end does not greet.
                Err(_) => {}
            }
        }
        Ok(existing)
    }

    /// Takes the ports, and serves others where it `shares`.
    fn become_host(&self, shares: bool) -> Result<Host, AutoError> {
        let claim = shares.then(|| self.claim());
        let claim = match claim {
            // Who has it does not answer yet.
            Some(Err(error)) if error.kind() == io::ErrorKind::AddrInUse => {
                return Err(error.into());
            }
            claim => claim,
        };
        let table = Arc::new(Table::new());
        let opened = match self.local {
            Local::Always => None,
            local => match Live::open(self.config.clone(), self.passed_sockets()?) {
                Ok(opened) => Some(opened),
                Err(error) if local == Local::Fallback && is_forbidden(&error) => None,
                Err(error) => return Err(error.into()),
            },
        };
        self.drop_all_capabilities();
        let (live, events) = match opened {
            Some(opened) => {
                let (live, events) = opened.start(Arc::clone(&table))?;
                (Some(Arc::new(live)), Some(Mutex::new(events)))
            }
            None => (None, None),
        };
        let (service, unshared) = self.share(claim, &table, live.as_ref())?;
        Ok(Host { service, unshared, live, table, events })
    }

    /// The right to have this user's socket.
    fn claim(&self) -> io::Result<Claim> {
        let socket = place::user_socket(&self.config);
        place::make_folder(&socket)?;
        Claim::new(&socket)
    }

    /// Serves others where that is wanted; why it does not, where there is nowhere to put a socket.
    fn share(
        &self,
        claim: Option<io::Result<Claim>>,
        table: &Arc<Table>,
        live: Option<&Arc<Live>>,
    ) -> io::Result<(Option<Serving>, Option<String>)> {
        match claim.map(|claim| serve(claim?, table, live)) {
            None => Ok((None, None)),
            Some(Ok(serving)) => Ok((Some(serving), None)),
            Some(Err(error)) if error.kind() == io::ErrorKind::AddrInUse => Err(error),
            Some(Err(error)) => {
                let socket = place::user_socket(&self.config);
                Ok((None, Some(format!("{}: {error}", socket.display()))))
            }
        }
    }

    fn passed_sockets(&self) -> io::Result<Vec<UdpSocket>> {
        self.passed.iter().map(UdpSocket::try_clone).collect()
    }
}

fn serve(claim: Claim, table: &Arc<Table>, live: Option<&Arc<Live>>) -> io::Result<Serving> {
    let (listener, file) = claim.listen(0o600, None)?;
    let config = service::Config {
        table: Arc::clone(table),
        live: live.cloned(),
        rights: Rights::of(own_id()),
        path: file.path().to_owned(),
    };
    let (service, notes) = Service::start(config, vec![listener])?;
    Ok(Serving { service, notes: Mutex::new(notes), file })
}

/// What there is already.
enum Existing {
    None,
    /// A service, in another network namespace: of another network.
    Elsewhere,
    Service(PathBuf, Greeted),
}

/// Whether that process is known to be in another network namespace.
fn is_elsewhere(peer: &Peer) -> bool {
    let theirs = peer.pid.map_or(0, |pid| network_namespace(&pid.to_string()));
    let ours = network_namespace("self");
    theirs != 0 && ours != 0 && theirs != ours
}

/// The user that a service of the machine runs as: one of its own (`mailslot`), or one that systemd
/// made for it (`DynamicUser`).
fn is_service_user(uid: u32) -> bool {
    const DYNAMIC: std::ops::RangeInclusive<u32> = 61_184..=65_519;
    DYNAMIC.contains(&uid)
        || crate::net::peer::user_id("mailslot").is_ok_and(|service| service == Some(uid))
}

/// Whether somebody else has what is needed.
fn is_busy(error: &AutoError) -> bool {
    match error {
        AutoError::Live(LiveError::Port(error)) => {
            !error.holders().is_empty() || error.io_error().kind() == io::ErrorKind::AddrInUse
        }
        AutoError::Io(error) => error.kind() == io::ErrorKind::AddrInUse,
        _ => false,
    }
}

/// Whether this process may not take the ports, which nobody has.
fn is_forbidden(error: &LiveError) -> bool {
    match error {
        LiveError::Port(error) => {
            error.holders().is_empty() && error.io_error().kind() == io::ErrorKind::PermissionDenied
        }
        _ => false,
    }
}
