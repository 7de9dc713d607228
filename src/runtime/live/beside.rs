//! A node beside Samba's nmbd: it has the ports and the names, and hands on what comes.
//!
//! ```text
//! nmbd ──► thread of the subscription ──► the node, as if it had received it
//! broadcasts ──► sockets of its own, where it may have them ──► the same; doubles are dropped
//! ```

use std::fmt;
use std::future::poll_fn;
use std::iter;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::{Live, LiveConfig, LiveError, Opened, Shared};
use crate::net::nmbd::{ALL, HandedOn, NmbdError, NmbdFault, Subscription};
use crate::net::{self, Socket};
use crate::node::{
    Answer, Config, Event, Found, Interface, OwnName, Owned, Port, Question, Received,
    limits::MAX_NAMES,
};
use crate::slot::{LocalName, Table};
use crate::wire::datagram::Header;
use crate::wire::nbns::{NameFlags, NodeName, workstation};
use crate::wire::netbios::{Name, Suffix};
use crate::wire::smb::{PREFIX, Profile, SlotName};

/// Octets of UDP payload that nmbd reads; what is larger it cuts off, and refuses then.
const NMBD_PAYLOAD: usize = 576;

/// Octets of it before the SMB: the header, length and offset, two names without scope.
const BEFORE_SMB: usize = Header::LEN + 4 + 2 * 34;

/// How soon after its end nmbd is looked for, to twice that each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// How often at least.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long in all: an upgrade of Samba takes a minute.
const PATIENCE: Duration = Duration::from_secs(600);

/// A subscription that lasted so long is none of those that end at once.
const SETTLED: Duration = Duration::from_secs(10);

/// What a node beside nmbd is, and hears.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Beside {
    /// The socket at which nmbd hands datagrams on.
    pub socket: PathBuf,
    /// nmbd's computer name, which messages are for and come from.
    pub computer: Name,
    /// Its workgroup or domain.
    pub workgroup: Option<Name>,
    /// All names of nmbd's, at most [`MAX_NAMES`]: what comes for them is for this node.
    pub names: Vec<OwnName>,
    /// Whether broadcasts come by sockets of the node's own too, and so all of them, on the networks
    /// that there were when they were opened.
    pub hears_broadcasts: bool,
}

/// How much of what is written to a mailslot comes to a node beside nmbd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hears {
    /// Nothing: nmbd keeps it.
    Nothing,
    /// Broadcasts: nmbd keeps what is for its computer alone.
    Broadcasts,
    /// What is for the computer alone, of one octet to `most` where Windows' programs or this one
    /// write it; and broadcasts, the same of them or [all](Beside::hears_broadcasts).
    UpTo {
        /// Octets of a message.
        most: usize,
    },
}

impl Beside {
    /// What comes of the messages for a mailslot.
    pub fn hears(&self, slot: &LocalName) -> Hears {
        Hears::of(slot, self.hears_broadcasts)
    }
}

impl Hears {
    /// What comes of the messages for a mailslot, where broadcasts come otherwise too, or do not.
    pub fn of(slot: &LocalName, hears_broadcasts: bool) -> Self {
        match (nmbd_keeps(slot), hears_broadcasts) {
            (true, false) => Self::Nothing,
            (true, true) => Self::Broadcasts,
            (false, _) => Self::UpTo { most: most_data(slot) },
        }
    }
}

/// Whether nmbd keeps what comes for a mailslot: those of the browser and of logons, which it serves
/// itself, whether it is a browser or a domain controller or none.
pub fn nmbd_keeps(slot: &LocalName) -> bool {
    matches!(slot.folded(), "BROWSE" | "LANMAN" | r"NET\NETLOGON" | r"NET\NTLOGON")
}

/// The most octets that nmbd hands on, of a writer that aligns them as Windows' programs do.
fn most_data(slot: &LocalName) -> usize {
    // One octet a character, on any code page.
    let mut octets = PREFIX.to_vec();
    octets.resize(PREFIX.len() + slot.as_str().chars().count(), b'x');
    let Ok(name) = SlotName::new(&octets) else { return 0 };
    let room = (NMBD_PAYLOAD - BEFORE_SMB).saturating_sub(Profile::Api.data_offset(name));
    room.min(Profile::Api.max_data(name))
}

/// A subscription and sockets of a node that is to live beside nmbd. From here on it needs no
/// privilege.
#[derive(Debug)]
pub struct OpenedBeside {
    opened: Opened,
    subscription: Subscription,
    hears_broadcasts: bool,
}

/// Why there is no node beside nmbd.
#[derive(Debug)]
#[non_exhaustive]
pub enum BesideError {
    /// nmbd hands nothing on.
    Nmbd(NmbdError),
    /// Something hands datagrams on, and no name service of this machine tells its names.
    Nameless,
    /// The node cannot live.
    Live(LiveError),
}

impl fmt::Display for BesideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nmbd(error) => error.fmt(f),
            Self::Nameless => {
                f.write_str("nmbd does not tell its names at this machine's addresses")
            }
            Self::Live(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BesideError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Nmbd(error) => Some(error),
            Self::Nameless => None,
            Self::Live(error) => Some(error),
        }
    }
}

impl From<NmbdError> for BesideError {
    fn from(error: NmbdError) -> Self {
        Self::Nmbd(error)
    }
}

impl From<LiveError> for BesideError {
    fn from(error: LiveError) -> Self {
        Self::Live(error)
    }
}

impl Live {
    /// Finds nmbd's socket, [opens](Self::open_beside_nmbd) and [starts](OpenedBeside::start) in one.
    ///
    /// # Errors
    ///
    /// [`BesideError`]; [`BesideError::Nmbd`] with [`NmbdFault::Absent`] where there is no nmbd.
    pub async fn beside_nmbd(
        config: LiveConfig,
        table: Arc<Table>,
    ) -> Result<(Self, mpsc::Receiver<Event>, Beside), BesideError> {
        let subscription = Subscription::find(ALL)?;
        Self::open_beside_nmbd(config, subscription)?.start(table).await
    }

    /// For a machine whose ports nmbd has: takes a subscription to all that it hands on, and opens
    /// sockets that hear broadcasts, where the privilege for that is there. The names of `config` do
    /// not count: they are nmbd's. Nor does its network for what is received, since nmbd does not
    /// tell through which interface something came.
    ///
    /// # Errors
    ///
    /// [`LiveError`].
    pub fn open_beside_nmbd(
        config: LiveConfig,
        subscription: Subscription,
    ) -> Result<OpenedBeside, LiveError> {
        let node = Config { owned: Owned::Listed, names: Vec::new(), ..config.node };
        let (port, network) = (node.datagram_port, config.network);
        let overheard = overhear(port, network.interfaces()?);
        let mut opened = Self::open(LiveConfig { node, network, listens: false }, Vec::new())?;
        // Borrowed, the port might be missed by an nmbd that starts again.
        opened.borrowed = None;
        let hears_broadcasts = !overheard.is_empty();
        opened.datagram.extend(overheard);
        Ok(OpenedBeside { opened, subscription, hears_broadcasts })
    }
}

/// Sockets on the broadcast address of every network; none where one of them cannot be had.
fn overhear(port: u16, interfaces: Vec<Interface>) -> Vec<Socket> {
    let mut addresses: Vec<_> =
        interfaces.into_iter().map(|interface| interface.broadcast).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let sockets = addresses.into_iter().map(|address| net::overhear(port, address));
    sockets.collect::<Result<_, _>>().unwrap_or_default()
}

impl OpenedBeside {
    /// Asks nmbd for its names, and begins to take what it hands on. Events come through the
    /// receiver: of nmbd's own end [`Event::Interrupted`], then [`Event::Resumed`] or, where it
    /// does not come back within ten minutes, [`Event::Deaf`].
    ///
    /// # Errors
    ///
    /// [`BesideError`]; [`BesideError::Nameless`] after 4.5 s without an answer.
    pub async fn start(
        self,
        table: Arc<Table>,
    ) -> Result<(Live, mpsc::Receiver<Event>, Beside), BesideError> {
        let Self { opened, subscription, hears_broadcasts } = self;
        let ports = (opened.node.name_port, opened.node.datagram_port);
        let (mut live, events) = opened.start(table)?;
        let station = live.shared.station(ports.0).await.ok_or(BesideError::Nameless)?;
        live.shared.is_now(&station);
        let beside = Beside {
            socket: subscription.path().to_path_buf(),
            computer: station.computer,
            workgroup: station.workgroup,
            names: station.names.clone(),
            hears_broadcasts,
        };
        live.beside = Some(beside.clone());
        let shared = Arc::clone(&live.shared);
        let run = move || shared.hear_nmbd(subscription, station, ports);
        live.spawn("nmbd", run).map_err(LiveError::Io)?;
        Ok((live, events, beside))
    }
}

/// Who nmbd is.
#[derive(Debug)]
struct Station {
    computer: Name,
    workgroup: Option<Name>,
    names: Vec<OwnName>,
}

impl Station {
    fn new(answers: &[Answer]) -> Option<Self> {
        let Found::Status { names, .. } = &answers.first()?.found else { return None };
        let mut names = names.clone();
        names.retain(|name| !name.name_flags.contains(NameFlags::CONFLICT));
        let (computer, workgroup) = workstation(&names);
        // Those that messages are for, where there are too many.
        names.sort_by_key(|name| name.name.suffix() != Suffix::WORKSTATION);
        let own = |name: &NodeName| OwnName { name: name.name, group: name.is_group() };
        let names = names.iter().take(MAX_NAMES).map(own).collect();
        Some(Self { computer: computer?, workgroup, names })
    }
}

impl Shared {
    /// Asks whoever has the name service's port at each of this machine's addresses, all at once,
    /// since nmbd need not serve them all: the first answer.
    async fn station(&self, name_port: u16) -> Option<Station> {
        let addresses: Vec<Ipv4Addr> = {
            let state = self.lock();
            state.node.attached().map(|interface| interface.address).collect()
        };
        let ask = |address| {
            let at = SocketAddrV4::new(address, name_port);
            self.begin_query(Name::WILDCARD, Question::StatusAt(at)).ok()
        };
        let mut asked: Vec<_> = addresses.into_iter().filter_map(ask).collect();
        poll_fn(|context| {
            let mut station = None;
            asked.retain_mut(|answer| match Pin::new(answer).poll(context) {
                Poll::Pending => true,
                Poll::Ready(answers) => {
                    station = station.take().or_else(|| Station::new(&answers.unwrap_or_default()));
                    false
                }
            });
            if station.is_some() || asked.is_empty() { Poll::Ready(station) } else { Poll::Pending }
        })
        .await
    }

    fn is_now(&self, Station { computer, workgroup, names }: &Station) {
        self.with(|state, _| state.node.list_names(names, Some(*computer), *workgroup));
    }

    /// Takes what nmbd hands on, also of one that comes after it.
    fn hear_nmbd(
        &self,
        mut subscription: Subscription,
        mut station: Station,
        (name_port, port): (u16, u16),
    ) {
        let mut pauses = pauses();
        loop {
            let begun = Instant::now();
            let each = |datagram: HandedOn<'_>| self.handed_on(datagram, port);
            let Err(error) = subscription.receive(&self.stop, each) else { return };
            self.tell(Event::Interrupted { reason: error.to_string() });
            if begun.elapsed() >= SETTLED {
                pauses = self::pauses();
            }
            match self.subscribe_again(error, &mut pauses) {
                Ok(Some(again)) => subscription = again,
                Ok(None) => return,
                Err(error) => {
                    let (port, reason) = (Port::Datagram, error.to_string());
                    return self.tell(Event::Deaf { port, reason });
                }
            }
            // It has its names before it has its socket. Where it does not tell, they are the same.
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            let asked = runtime.ok().and_then(|runtime| runtime.block_on(self.station(name_port)));
            if let Some(asked) = asked {
                station = asked;
                self.is_now(&station);
            }
            self.tell(Event::Resumed { names: station.names.clone() });
        }
    }

    /// None where this node stops; the last error where there is no sense in trying more.
    fn subscribe_again(
        &self,
        mut error: NmbdError,
        pauses: &mut impl Iterator<Item = Duration>,
    ) -> Result<Option<Subscription>, NmbdError> {
        while !matches!(error.fault(), NmbdFault::Foreign(_)) {
            let Some(pause) = pauses.next() else { break };
            self.stop.wait(pause);
            if self.stop.is_stopped() {
                return Ok(None);
            }
            match Subscription::open(error.path(), ALL) {
                Ok(subscription) => return Ok(Some(subscription)),
                Err(next) => error = next,
            }
        }
        Err(error)
    }

    fn handed_on(&self, datagram: HandedOn<'_>, port: u16) {
        let to = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port);
        let HandedOn { from, payload, .. } = datagram;
        let received = Received { interface: 0, from, to, payload };
        self.with(|state, now| drop(state.node.input(now, received)));
    }
}

/// How long to wait before each attempt.
fn pauses() -> impl Iterator<Item = Duration> {
    let pauses = iter::successors(Some(FIRST_PAUSE), |pause| Some((2 * *pause).min(LONGEST_PAUSE)));
    pauses.scan(Duration::ZERO, |waited, pause| {
        *waited += pause;
        (*waited <= PATIENCE).then_some(pause)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let first: Vec<_> = pauses().take(8).map(|pause| pause.as_millis()).collect();
        assert_eq!(first, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        let all: Duration = pauses().sum();
        assert!(all <= PATIENCE && all + LONGEST_PAUSE > PATIENCE);
    }

    #[test]
    fn of_many_names_those_that_messages_are_for_are_had() {
        let status = |text: &str, suffix, name_flags| NodeName {
            name: Name::new(text, suffix).unwrap(),
            name_flags,
        };
        let active = NameFlags::ACTIVE;
        let mut names = vec![status("LOST", Suffix::WORKSTATION, active | NameFlags::CONFLICT)];
        for alias in 0..2 * MAX_NAMES {
            names.push(status(&format!("ALIAS{alias}"), Suffix(0x20), active));
        }
        names.push(status("SAMBA", Suffix::WORKSTATION, active));
        names.push(status("OFFICE", Suffix::WORKSTATION, active | NameFlags::GROUP));
        let found = |names| Found::Status { names, unit_id: None };
        let answer = |found| Answer { from: "10.77.0.1:137".parse().unwrap(), interface: 1, found };
        let station = Station::new(&[answer(found(names.clone()))]).unwrap();
        let text = |name: Name| name.to_string();
        assert_eq!(text(station.computer), "SAMBA<00>");
        assert_eq!(station.workgroup.map(text).as_deref(), Some("OFFICE<00>"));
        assert_eq!(station.names.len(), MAX_NAMES);
        let first: Vec<_> = station.names.iter().take(3).map(|own| text(own.name)).collect();
        assert_eq!(first, ["SAMBA<00>", "OFFICE<00>", "ALIAS0<20>"]);
        assert_eq!(station.names.iter().filter(|own| own.group).count(), 1);
        names.truncate(10);
        assert!(Station::new(&[answer(found(names))]).is_none(), "no computer's name");
        assert!(Station::new(&[]).is_none());
    }

    /// As nmbd 4.17 was seen to do with messages of every length.
    #[test]
    fn the_most_octets_depend_on_the_name() {
        let most = |name: &str| most_data(&LocalName::parse(name).unwrap());
        assert_eq!([most("a"), most("alerts"), most("longerslotname")], [410, 406, 398]);
        assert_eq!(most(&"x".repeat(300)), 0);
    }

    #[test]
    fn four_mailslots_are_nmbds() {
        let keeps = |name: &str| nmbd_keeps(&LocalName::parse(name).unwrap());
        assert!(["browse", "LANMAN", r"Net\NetLogon", "net/ntlogon"].into_iter().all(keeps));
        assert!(!["alerts", "NETLOGON", r"NET\GETDC1", "BROWSER"].into_iter().any(keeps));
    }
}
