//! Captures as input: NetBIOS datagrams out of files and standard input.

mod carried;
pub(crate) mod feed;
pub(crate) mod follow;
mod hexdump;
pub(crate) mod interface;
mod limits;
pub(crate) mod pasted;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Stdin};
use std::net::SocketAddrV4;
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::failure::Failure;
use super::record::{Protocol, Transport};
use super::when::When;
use crate::capture::{Address, Carrier, Dissector, LinkType, Other, Packet, Reader, Udp};

/// UDP port of the name service.
pub(crate) const NBNS: u16 = 137;
/// UDP port of the datagram service.
const NBDGM: u16 = 138;

/// One UDP payload of the NetBIOS ports, or what it would be over UDP.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Datagram<'a> {
    /// The frame's number, from 1.
    pub(crate) frame: u64,
    /// None where the capture has no time for it.
    pub(crate) time: Option<When>,
    pub(crate) src: SocketAddrV4,
    pub(crate) dst: SocketAddrV4,
    pub(crate) transport: Transport,
    /// Of another transport than UDP, which has no IP addresses.
    pub(crate) hardware: [Option<Address>; 2],
    /// Whether an ICMP error quotes it.
    pub(crate) quoted: bool,
    pub(crate) protocol: Protocol,
    pub(crate) payload: &'a [u8],
    /// Octets that the snap length cut off, or that are not quoted.
    pub(crate) missing: usize,
}

/// What else a capture held.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) frames: u64,
    pub(crate) datagrams: u64,
    pub(crate) name_packets: u64,
    /// Those of both that an ICMP error quotes: they were sent elsewhere and came back.
    pub(crate) quoted: u64,
    /// Frames that were cut off before their UDP payload began.
    pub(crate) cut: u64,
    /// Frames whose IP or UDP header is damaged.
    pub(crate) damaged: u64,
    /// Frames of link types that are not known.
    pub(crate) unknown_links: BTreeMap<LinkType, u64>,
    /// Packets of names over other carriers than UDP, by what they are.
    pub(crate) carried_names: BTreeMap<Carrier, BTreeMap<&'static str, u64>>,
    /// Frames that may hold datagrams, by why they are not read.
    pub(crate) unsupported: BTreeMap<&'static str, u64>,
    /// IP datagrams of whose fragments some are not in the capture.
    pub(crate) incomplete: u64,
}

/// A capture that is open.
pub(crate) struct Source {
    name: String,
    reader: Reader<Box<dyn Read>>,
    dissector: Dissector,
    progress: ProgressBar,
    /// Whether packets come while they are captured.
    pub(crate) live: bool,
}

impl Source {
    /// Opens a file, or standard input for `-`. Where nothing is shown until its end, a terminal
    /// has room for the progress.
    pub(crate) fn open(path: &Path, shown_at_once: bool) -> Result<Self, Failure> {
        let live = is_stdin(path);
        let name = if live { "standard input".into() } else { path.display().to_string() };
        let mut length = 0;
        let input: Box<dyn Read> = if live {
            Box::new(stdin()?.lock())
        } else {
            let file =
                File::open(path).map_err(|error| Failure::usage(format!("{name}: {error}")))?;
            let metadata =
                file.metadata().map_err(|error| Failure::usage(format!("{name}: {error}")))?;
            if metadata.is_dir() {
                return Err(Failure::usage(format!("{name}: is a directory")));
            }
            length = metadata.len();
            Box::new(file)
        };
        let source = Self::of(name, input, live)?;
        Ok(Self { progress: progress(length, shown_at_once), ..source })
    }

    /// A capture that grows while it is read.
    pub(crate) fn live(name: &str, input: Box<dyn Read>) -> Result<Self, Failure> {
        Self::of(name.into(), input, true)
    }

    fn of(name: String, input: Box<dyn Read>, live: bool) -> Result<Self, Failure> {
        let reader = Reader::new(input).map_err(|error| Failure::capture(&name, &error))?;
        let (dissector, progress) = (Dissector::new(), ProgressBar::hidden());
        Ok(Self { name, reader, dissector, progress, live })
    }

    /// Hands every datagram of the NetBIOS ports to `each`, then what else was there, and an error
    /// where the capture is damaged: all before the damage has been handed out.
    pub(crate) fn read(
        mut self,
        mut each: impl FnMut(Datagram<'_>) -> Result<(), Failure>,
    ) -> Result<(Tally, Option<Failure>), Failure> {
        let mut tally = Tally::default();
        let damage = loop {
            // A terminal need not hear of each frame.
            if tally.frames % 4096 == 4095 {
                self.show_progress(tally.frames);
            }
            let frame = match self.reader.next() {
                Ok(Some(frame)) => frame,
                Ok(None) => break None,
                Err(error) => match Failure::capture(&self.name, &error) {
                    closed if closed.is_closed_pipe() => return Err(closed),
                    damage => break Some(damage),
                },
            };
            tally.frames += 1;
            let time = frame.time.map(When);
            match self.dissector.udp(&frame) {
                packet @ (Packet::Udp(udp) | Packet::Quoted(udp)) => {
                    let Some(protocol) = protocol_of(&udp) else { continue };
                    let quoted = matches!(packet, Packet::Quoted(_));
                    let datagram =
                        Datagram { time, quoted, ..of_udp(frame.number, protocol, &udp) };
                    tally.netbios(&datagram);
                    each(datagram)?;
                }
                Packet::NetBios(netbios) => {
                    let payload = carried::over_udp(&netbios);
                    let datagram =
                        Datagram { time, ..carried::of(frame.number, &netbios, &payload) };
                    tally.netbios(&datagram);
                    each(datagram)?;
                }
                Packet::Other(other) => tally.other(other),
                Packet::Held => {}
            }
        };
        self.progress.finish_and_clear();
        tally.incomplete = self.dissector.incomplete().total();
        Ok((tally, damage))
    }
}

/// Whether it stands for standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// Standard input, where somebody writes a capture to it.
pub(crate) fn stdin() -> Result<Stdin, Failure> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        let hint = "name a file, or pipe one in: tcpdump -w - | mailslot ... -";
        return Err(Failure::usage("standard input is a terminal").with_hint(hint));
    }
    Ok(stdin)
}

/// What a UDP datagram of one of the services is.
fn of_udp<'a>(frame: u64, protocol: Protocol, udp: &Udp<'a>) -> Datagram<'a> {
    Datagram {
        frame,
        time: None,
        src: udp.source,
        dst: udp.destination,
        transport: Transport::Udp,
        hardware: [None; 2],
        quoted: false,
        protocol,
        payload: udp.payload,
        missing: udp.missing,
    }
}

/// Which service a datagram is of, by its ports.
fn protocol_of(udp: &Udp<'_>) -> Option<Protocol> {
    let ports = [udp.destination.port(), udp.source.port()];
    let of = |port, protocol| ports.contains(&port).then_some(protocol);
    of(NBDGM, Protocol::Nbdgm).or_else(|| of(NBNS, Protocol::Nbns))
}

impl Source {
    #[cold]
    fn show_progress(&self, frames: u64) {
        if self.progress.is_hidden() {
            return;
        }
        let millis = self.progress.elapsed().as_millis().max(1);
        let rate = u128::from(frames) * 1000 / millis;
        self.progress.set_message(format!("{rate} frames/s"));
        self.progress.set_position(self.reader.bytes_read());
    }
}

impl Tally {
    fn netbios(&mut self, datagram: &Datagram<'_>) {
        match datagram.protocol {
            _ if datagram.quoted => self.quoted += 1,
            Protocol::Nbdgm => self.datagrams += 1,
            Protocol::Nbns => self.name_packets += 1,
        }
    }

    fn other(&mut self, other: Other) {
        match other {
            Other::LinkType(link_type) => *self.unknown_links.entry(link_type).or_default() += 1,
            Other::NamePacket { carrier, kind } => {
                *self.carried_names.entry(carrier).or_default().entry(kind).or_default() += 1;
            }
            Other::Unsupported(what) => *self.unsupported.entry(what).or_default() += 1,
            Other::Cut { .. } | Other::CutFragment { .. } => self.cut += 1,
            Other::NotIpv4 | Other::NotDatagram | Other::NotUdp(_) => {}
            _ => self.damaged += 1,
        }
    }

    /// What could not be looked into, a sentence each.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let mut remarks: Vec<String> = Vec::new();
        for (link_type, frames) in &self.unknown_links {
            remarks.push(format!("{} of {link_type} not read", frames_of(*frames)));
        }
        for (carrier, kinds) in &self.carried_names {
            let kinds: Vec<_> = kinds.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
            remarks.push(format!("packets about names over {carrier}: {}", kinds.join(", ")));
        }
        for (what, frames) in &self.unsupported {
            remarks.push(format!("{} not read: {what}", frames_of(*frames)));
        }
        if self.cut > 0 {
            remarks.push(format!("{} cut off before the payload", frames_of(self.cut)));
        }
        if self.damaged > 0 {
            remarks.push(format!("{} with damaged headers", frames_of(self.damaged)));
        }
        if self.incomplete > 0 {
            let datagrams = if self.incomplete == 1 { "datagram" } else { "datagrams" };
            remarks.push(format!("{} IP {datagrams} not whole", self.incomplete));
        }
        remarks
    }
}

/// `1 frame`, `2 frames`.
pub(crate) fn frames_of(frames: u64) -> String {
    format!("{frames} {}", if frames == 1 { "frame" } else { "frames" })
}

/// A bar on standard error, where that is a terminal that lines do not go to at the same time, for
/// files that take a moment.
fn progress(length: u64, shown_at_once: bool) -> ProgressBar {
    const LONG_FILE: u64 = 16 << 20;
    if length < LONG_FILE || (shown_at_once && io::stdout().is_terminal()) {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(4));
    let template = "{wide_bar} {percent}% {bytes} of {total_bytes}, {msg}, {eta} left";
    let style = ProgressStyle::with_template(template);
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}
