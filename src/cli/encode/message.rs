//! One message out of options.

use std::io::{self, IsTerminal as _, Read as _};
use std::net::{Ipv4Addr, SocketAddrV4};

use crate::cli::decode::TextArgs;
use crate::cli::failure::Failure;
use crate::cli::payload::Encoding;
use crate::cli::pcap::{MAX_PAYLOAD, Packet};
use crate::cli::target::{self, Host, HostName, Target};
use crate::cli::when::When;
use crate::wire::datagram::{Body, Data, Datagram, Flags, HEADER_LEN, Header, MsgType, NodeType};
use crate::wire::netbios::{Name, ScopeBuf, ScopedName, Suffix};
use crate::wire::smb::{self, SlotName};

/// UDP port of the datagram service.
const PORT: u16 = 138;
/// Addresses of documentation (RFC 5737), where none is given.
pub(super) const SOURCE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
pub(super) const ONE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
const ALL: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 255);
/// As much of standard input as may become one datagram: digits with spaces between them take
/// three octets each, and so do letters of an OEM page in UTF-8.
const MAX_INPUT: u64 = 4 * MAX_PAYLOAD as u64;

/// Options that have no meaning beside `--json`. `--workgroup` is not among them, since it may
/// come from the environment.
pub(super) const OPTIONS: [&str; 20] = [
    "message",
    "from",
    "to",
    "suffix",
    "msg_type",
    "scope",
    "encoding",
    "code_page",
    "profile",
    "priority",
    "class",
    "dgm_id",
    "node_type",
    "source_ip",
    "source_port",
    "fragment",
    "force",
    "src",
    "dst",
    "time",
];

#[derive(Debug, clap::Args)]
pub(super) struct MessageArgs {
    /// The message; `-`, or none where standard input is no terminal, reads that to its end
    #[arg(value_name = "MESSAGE")]
    message: Option<String>,

    #[command(flatten)]
    names: NameArgs,

    #[command(flatten)]
    text: TextArgs,

    #[command(flatten)]
    fields: FieldArgs,

    #[command(flatten)]
    size: SizeArgs,

    #[command(flatten)]
    capture: CaptureArgs,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Names")]
struct NameArgs {
    /// Computer that writes: NAME, or NAME#20 for another suffix than 00
    #[arg(long, value_name = "NAME", required_unless_present = "json")]
    from: Option<String>,

    /// Mailslot to write to: \\HOST\mailslot\x, //HOST/mailslot/x or HOST:x; host * is the workgroup
    #[arg(long, value_name = "TARGET", required_unless_present = "json")]
    to: Option<String>,

    /// Suffix of the destination's name, two hex digits; 00 where the host has none, as in WG#1e
    #[arg(long, value_name = "XX", value_parser = target::suffix)]
    suffix: Option<Suffix>,

    #[arg(long = "type", value_enum, value_name = "TYPE")]
    #[arg(help = "Type of the datagram [default: direct_group for host *, else direct_unique]")]
    msg_type: Option<Type>,

    /// Workgroup or domain that host * stands for
    #[arg(long, value_name = "NAME", env = "MAILSLOT_WORKGROUP", default_value = "WORKGROUP")]
    workgroup: String,

    /// Scope identifier of both names, such as example.com
    #[arg(long, value_name = "SCOPE", default_value = "", hide_default_value = true)]
    scope: String,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Fields")]
struct FieldArgs {
    /// Sender whose frames to equal
    #[arg(long, value_enum, default_value_t, value_name = "PROFILE")]
    profile: Profile,

    /// Priority of the write [default: the profile's]
    #[arg(long, value_name = "NUMBER")]
    priority: Option<u16>,

    /// Class of the write [default: 2, unreliable]
    #[arg(long, value_name = "NUMBER")]
    class: Option<u16>,

    /// Number of the datagram, decimal or 0x and hex digits
    #[arg(long, value_name = "NUMBER", value_parser = number, default_value = "0x8001")]
    dgm_id: u16,

    /// Node type of the sender [default: b, of profile samba m]
    #[arg(long, value_enum, value_name = "TYPE")]
    node_type: Option<Node>,

    /// Address that the datagram names as its source
    #[arg(long, value_name = "ADDRESS", default_value_t = SOURCE)]
    source_ip: Ipv4Addr,

    /// Port that the datagram names as its source
    #[arg(long, value_name = "PORT", default_value_t = PORT)]
    source_port: u16,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Size")]
struct SizeArgs {
    /// Cut into NetBIOS fragments of at most SIZE octets of UDP payload; Windows never does
    #[arg(long, value_name = "SIZE")]
    fragment: Option<usize>,

    /// Build also what is longer than a mailslot write may be
    #[arg(long)]
    force: bool,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Of pcap files")]
struct CaptureArgs {
    /// Where the frame comes from [default: --source-ip, port 138]
    #[arg(long, value_name = "ADDRESS:PORT")]
    src: Option<SocketAddrV4>,

    /// Where it goes [default: 192.0.2.2:138, or 192.0.2.255:138 to more than one]
    #[arg(long, value_name = "ADDRESS:PORT")]
    dst: Option<SocketAddrV4>,

    /// When it was seen (RFC 3339)
    #[arg(long, value_name = "TIME", default_value = "1970-01-01T00:00:00Z")]
    time: When,
}

/// `--type`, by the names that JSON has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
enum Type {
    /// 0x10, to a unique name
    DirectUnique,
    /// 0x11, to a group name
    DirectGroup,
    /// 0x12, to everyone; with host * the name is * too
    Broadcast,
}

/// `--profile`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Profile {
    /// What Windows does for that mailslot: browser for its own ones, else api
    #[default]
    Auto,
    /// Windows programs, and the letter of [MS-MAIL]
    #[value(alias = "strict")]
    Api,
    /// Windows' browser and netlogon
    Browser,
    /// Samba's nmbd
    Samba,
}

/// `--node-type`
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Node {
    /// Names by broadcast
    B,
    /// Names by a name server
    P,
    /// By broadcast, then by a name server
    M,
    /// By a name server, then by broadcast
    H,
}

fn number(text: &str) -> Result<u16, std::num::ParseIntError> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    hex.map_or_else(|| text.parse(), |digits| u16::from_str_radix(digits, 16))
}

/// A message as datagrams: one, or its fragments.
pub(super) struct Built {
    payloads: Vec<Vec<u8>>,
    time: When,
    src: SocketAddrV4,
    dst: SocketAddrV4,
}

impl Built {
    pub(super) fn packets(&self) -> impl Iterator<Item = Packet<'_>> {
        self.payloads.iter().map(|payload| Packet {
            time: self.time,
            src: self.src,
            dst: self.dst,
            payload,
            missing: 0,
        })
    }
}

impl MessageArgs {
    pub(super) fn build(&self) -> Result<Built, Failure> {
        // The parser saw to it that both are there.
        let (from, to) = (self.names.from.as_deref(), self.names.to.as_deref());
        let target = Target::parse(to.unwrap_or_default())?;
        let source = self.name("--from", from.unwrap_or_default(), None)?;
        let (destination, usual_type) = self.destination(&target)?;
        let msg_type = self.names.msg_type.map_or(usual_type, Type::msg_type);
        let scope = ScopeBuf::new(&self.names.scope)
            .map_err(|error| Failure::usage(format!("--scope: {error}")))?;
        let scope = scope.as_scope();
        let scoped = |name| ScopedName { scope, ..ScopedName::from(name) };

        let user_data = self.smb(&target.slot)?;
        let header = self.header(msg_type);
        let data = Data::whole(scoped(source), scoped(destination), &user_data);
        let datagram = Datagram { header, body: Body::Data(data) };
        let payloads = self.size.payloads(datagram)?;
        let everyone = msg_type != MsgType::DIRECT_UNIQUE;
        let src = SocketAddrV4::new(self.fields.source_ip, PORT);
        let dst = SocketAddrV4::new(if everyone { ALL } else { ONE }, PORT);
        Ok(Built {
            payloads,
            time: self.capture.time,
            src: self.capture.src.unwrap_or(src),
            dst: self.capture.dst.unwrap_or(dst),
        })
    }

    /// The name that the datagram is for, and the type that such names usually have.
    fn destination(&self, target: &Target) -> Result<(Name, MsgType), Failure> {
        let suffix = self.names.suffix;
        match &target.host {
            Host::Local => {
                let failure = Failure::usage("host . is this machine: no frame goes there");
                Err(failure.with_hint("name the computer: HOST:x"))
            }
            Host::Workgroup if self.names.msg_type == Some(Type::Broadcast) => {
                let name =
                    suffix.map_or(Name::WILDCARD, |suffix| Name::WILDCARD.with_suffix(suffix));
                Ok((name, MsgType::BROADCAST))
            }
            Host::Workgroup => {
                let name = self.name("--workgroup", &self.names.workgroup, suffix)?;
                Ok((name, MsgType::DIRECT_GROUP))
            }
            Host::Named(host) => Ok((self.host("--to", host, suffix)?, MsgType::DIRECT_UNIQUE)),
        }
    }

    fn name(&self, option: &str, text: &str, suffix: Option<Suffix>) -> Result<Name, Failure> {
        let name = text.parse().map_err(|error| Failure::usage(format!("{option}: {error}")))?;
        self.host(option, &name, suffix)
    }

    fn host(&self, option: &str, name: &HostName, suffix: Option<Suffix>) -> Result<Name, Failure> {
        if name.suffix.is_some() && suffix.is_some() {
            return Err(Failure::usage(format!("{option} and --suffix both give a suffix")));
        }
        name.name(suffix.unwrap_or_default(), self.text.code_page)
            .map_err(|error| Failure::usage(format!("{option}: {error}")))
    }

    fn smb(&self, slot: &str) -> Result<Vec<u8>, Failure> {
        let page = self.text.code_page;
        let octets: Result<Vec<u8>, char> =
            format!(r"\MAILSLOT\{slot}").chars().map(|c| page.encode_char(c).ok_or(c)).collect();
        let octets = octets.map_err(|c| {
            let page = page.number();
            Failure::usage(format!("--to: {c:?} in the mailslot is not in code page {page}"))
        })?;
        let name = SlotName::new(&octets)
            .map_err(|reason| Failure::usage(format!("--to: mailslot: {reason}")))?;
        let profile = self.fields.profile.of(name);
        let data = self.data()?;
        let most = profile.max_data(name);
        if data.len() > most && !self.size.force {
            let octets = data.len();
            let text =
                format!("message of {octets} octets: a write to {} takes {most}", name.text(page));
            let hint = "split it; --force builds it all the same, for receivers to refuse";
            return Err(Failure::input(text).with_hint(hint));
        }
        let mut write = profile.write(name, &data);
        write.transaction.priority = self.fields.priority.unwrap_or(write.transaction.priority);
        write.transaction.class = self.fields.class.unwrap_or(write.transaction.class);
        Ok(write.to_vec())
    }

    fn header(&self, msg_type: MsgType) -> Header {
        let fields = &self.fields;
        let usual = if fields.profile == Profile::Samba { NodeType::M } else { NodeType::B };
        let node_type = fields.node_type.map_or(usual, Node::node_type);
        Header {
            msg_type,
            flags: Flags::FIRST | node_type.flags(),
            dgm_id: fields.dgm_id,
            source_ip: fields.source_ip,
            source_port: fields.source_port,
        }
    }

    fn data(&self) -> Result<Vec<u8>, Failure> {
        match self.message.as_deref() {
            None if io::stdin().is_terminal() => Err(Failure::usage("no message")
                .with_hint("give it as the last argument; `-` reads standard input")),
            None | Some("-") => self.standard_input(),
            Some(text) => self.octets(text),
        }
    }

    /// Octets as they are; text where the encoding is to be changed.
    fn standard_input(&self) -> Result<Vec<u8>, Failure> {
        let unreadable = |error| Failure::input(format!("standard input: {error}"));
        let mut octets = Vec::new();
        let mut input = io::stdin().lock().take(MAX_INPUT + 1);
        input.read_to_end(&mut octets).map_err(unreadable)?;
        if octets.len() as u64 > MAX_INPUT {
            return Err(Failure::input(format!("standard input: more than {MAX_INPUT} octets")));
        }
        if self.text.encoding == Encoding::Auto {
            return Ok(octets);
        }
        let text = String::from_utf8(octets);
        let text = text.map_err(|error| Failure::input(format!("standard input: {error}")))?;
        self.octets(&text)
    }

    fn octets(&self, text: &str) -> Result<Vec<u8>, Failure> {
        let (encoding, page) = (self.text.encoding, self.text.code_page);
        encoding.encode(text, page).map_err(|c| {
            Failure::input(match encoding {
                Encoding::Hex => "message: not pairs of hex digits".into(),
                _ => format!("message: {c:?} is not in code page {}", page.number()),
            })
        })
    }
}

impl SizeArgs {
    /// The datagram, whole or in fragments.
    fn payloads(&self, datagram: Datagram<'_>) -> Result<Vec<Vec<u8>>, Failure> {
        let length = datagram.encoded_len();
        // DGM_LENGTH has 16 bits, and so has the length of an IP packet.
        if length > MAX_PAYLOAD {
            let text = format!("datagram of {length} octets: UDP takes {MAX_PAYLOAD}");
            return Err(Failure::input(text));
        }
        let Some(size) = self.fragment else { return Ok(vec![datagram.to_vec()]) };
        let least = match datagram.body {
            Body::Data(data) => {
                HEADER_LEN + data.source_name.encoded_len() + data.destination_name.encoded_len()
            }
            _ => HEADER_LEN,
        };
        if size < least {
            let text = format!("--fragment {size}: header and names take {least} octets");
            return Err(Failure::usage(text));
        }
        Ok(datagram.fragments(size).iter().map(Datagram::to_vec).collect())
    }
}

impl Type {
    const fn msg_type(self) -> MsgType {
        match self {
            Self::DirectUnique => MsgType::DIRECT_UNIQUE,
            Self::DirectGroup => MsgType::DIRECT_GROUP,
            Self::Broadcast => MsgType::BROADCAST,
        }
    }
}

impl Profile {
    fn of(self, name: SlotName<'_>) -> smb::Profile {
        match self {
            Self::Auto => smb::Profile::for_slot(name),
            Self::Api => smb::Profile::Api,
            Self::Browser => smb::Profile::Browser,
            Self::Samba => smb::Profile::Samba,
        }
    }
}

impl Node {
    const fn node_type(self) -> NodeType {
        match self {
            Self::B => NodeType::B,
            Self::P => NodeType::P,
            Self::M => NodeType::M,
            Self::H => NodeType::H,
        }
    }
}
