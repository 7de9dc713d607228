//! The configuration of `mailslot serve`: TOML, in which every key has a default.

mod file;
mod reload;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::PathBuf;

use toml::Spanned;

use self::file::{Create, File, Node, Socket, WhoText};
pub(super) use self::reload::Changes;
use crate::cli::decode::code_page;
use crate::cli::log::Level;
use crate::cli::network::{NameArgs, NetworkArgs, any_name};
use crate::cli::payload::Safe;
use crate::cli::replay::netbios_name;
use crate::net::peer::{group_id, user_id};
use crate::service::limits::MAX_RULES;
use crate::service::rights::{CreateRule, Pattern, Quotas, Rights, Totals, Who};
use crate::wire::netbios::ScopeBuf;
use crate::wire::oem::CodePage;

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Config {
    pub(super) network: NetworkArgs,
    pub(super) names: NameArgs,
    pub(super) code_page: Option<CodePage>,
    pub(super) socket: SocketConfig,
    pub(super) level: Level,
    pub(super) rights: Rights,
}

/// Where programs connect, and who may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SocketConfig {
    pub(super) path: Option<PathBuf>,
    pub(super) mode: u32,
    /// The group that the socket is given to.
    pub(super) group: Option<u32>,
}

impl Default for SocketConfig {
    fn default() -> Self {
        // Rights are the service's own to decide.
        Self { path: None, mode: 0o666, group: None }
    }
}

/// What is wrong with a file, and in which line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ConfigError {
    /// Counted from 1.
    line: usize,
    message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, Safe(&self.message))
    }
}

/// Who knows the numbers of users and groups.
pub(super) struct Names {
    pub(super) user: fn(&str) -> io::Result<Option<u32>>,
    pub(super) group: fn(&str) -> io::Result<Option<u32>>,
}

impl Names {
    /// This machine's.
    pub(super) const SYSTEM: Self = Self { user: user_id, group: group_id };
}

impl Config {
    /// Reads a file's octets.
    pub(super) fn read(octets: &[u8], names: &Names) -> Result<Self, ConfigError> {
        match std::str::from_utf8(octets) {
            Ok(text) => Self::parse(text, names),
            Err(error) => {
                let before = octets.get(..error.valid_up_to()).unwrap_or_default();
                let line = before.split(|octet| *octet == b'\n').count();
                Err(ConfigError { line, message: "this is no text in UTF-8".into() })
            }
        }
    }

    /// Reads its text.
    pub(super) fn parse(text: &str, names: &Names) -> Result<Self, ConfigError> {
        Source { text, names }.config()
    }
}

/// What the parser says is expected, without Rust's names of types.
fn in_words(message: &str) -> String {
    let Some((found, expected)) = message.rsplit_once(", expected ") else {
        return message.into();
    };
    let expected = match expected {
        "a nonzero usize" | "a nonzero u64" => "a whole number, at least 1",
        "a nonzero u16" => "a whole number from 1 to 65535",
        "u16" | "u32" | "usize" | "u64" => "a whole number, not negative",
        "a sequence" => "a list in brackets: [...]",
        expected => expected,
    };
    let found = match found {
        "invalid type: sequence" => "invalid type: list".into(),
        "invalid type: map" => "invalid type: table".into(),
        found => found.replace("` as i128", "`"),
    };
    format!("{found}, expected {expected}")
}

struct Source<'a> {
    text: &'a str,
    names: &'a Names,
}

impl Source<'_> {
    fn error(&self, at: Range<usize>, message: impl Into<String>) -> ConfigError {
        let before = self.text.get(..at.start).unwrap_or(self.text);
        ConfigError { line: before.matches('\n').count() + 1, message: message.into() }
    }

    /// What a check says of a value.
    fn checked<T, V: fmt::Display, E: fmt::Display>(
        &self,
        value: &Spanned<V>,
        check: impl FnOnce(&V) -> Result<T, E>,
    ) -> Result<T, ConfigError> {
        check(value.get_ref())
            .map_err(|why| self.error(value.span(), format!("{}: {why}", value.get_ref())))
    }

    fn config(&self) -> Result<Config, ConfigError> {
        let file: File = toml::from_str(self.text).map_err(|error| {
            self.error(error.span().unwrap_or_default(), in_words(error.message()))
        })?;
        let (network, names, code_page) = self.node(file.node)?;
        let quotas = file.quotas;
        let rights = Rights {
            create: self.create(&file.create)?,
            network: self.who(file.network.write.as_ref())?,
            see: self.who(file.slots.see.as_ref())?,
            user: Quotas {
                slots: quotas.slots_per_user.get(),
                octets: quotas.octets_per_user.get(),
                connections: quotas.connections_per_user.get(),
                handles_per_connection: quotas.handles_per_connection.get(),
                pending_reads_per_connection: quotas.pending_reads_per_connection.get(),
            },
            total: Totals {
                slots: quotas.total_slots.get(),
                octets: quotas.total_octets.get(),
                connections: quotas.total_connections.get(),
            },
            ..Rights::default()
        };
        let socket = self.socket(file.socket)?;
        Ok(Config { network, names, code_page, socket, level: file.log.level, rights })
    }

    fn node(&self, node: Node) -> Result<(NetworkArgs, NameArgs, Option<CodePage>), ConfigError> {
        let page = node.code_page.as_ref();
        let page = page.map(|page| self.checked(page, |number| code_page(&number.to_string())));
        let page = page.transpose()?;
        let in_page = page.unwrap_or_default();
        let name = |text: Option<Spanned<String>>| {
            let Some(text) = text else { return Ok(None) };
            self.checked(&text, |text| netbios_name(text, in_page))?;
            Ok(Some(text.into_inner()))
        };
        let names = |texts: Vec<Spanned<String>>| {
            let checked = texts.into_iter().map(|text| {
                self.checked(&text, |text| any_name(text, in_page))?;
                Ok(text.into_inner())
            });
            checked.collect::<Result<Vec<_>, _>>()
        };
        if let Some(scope) = &node.scope {
            self.checked(scope, |scope| ScopeBuf::new(scope))?;
        }
        if let Some(bind) = &node.bind {
            if !node.interface.is_empty() || !node.not_interface.is_empty() {
                let message = "bind is an address, and with it goes no interface";
                return Err(self.error(bind.span(), message));
            }
        }
        let network = NetworkArgs {
            name: name(node.name)?,
            workgroup: name(node.workgroup)?,
            loopback: false,
            interface: node.interface,
            not_interface: node.not_interface,
            bind: node.bind.map(Spanned::into_inner),
            name_port: node.name_port.map(Into::into),
            dgram_port: node.dgram_port.map(Into::into),
            scope: node.scope.map(Spanned::into_inner),
        };
        let names = NameArgs { also: names(node.also)?, also_group: names(node.also_group)? };
        Ok((network, names, page))
    }

    fn socket(&self, socket: Socket) -> Result<SocketConfig, ConfigError> {
        let default = SocketConfig::default();
        let path = socket.path.map(|path| {
            let absolute = path.get_ref().is_absolute();
            let relative = || self.error(path.span(), "a path from the root is needed");
            if absolute { Ok(path.into_inner()) } else { Err(relative()) }
        });
        let mode = socket.mode.map(|mode| {
            let wrong = || self.error(mode.span(), "a mode is at most 0o777, as 0o660");
            if *mode.get_ref() <= 0o777 { Ok(mode.into_inner()) } else { Err(wrong()) }
        });
        let group = socket.group.map(|group| self.number(&group, group.get_ref(), true));
        Ok(SocketConfig {
            path: path.transpose()?,
            mode: mode.transpose()?.unwrap_or(default.mode),
            group: group.transpose()?,
        })
    }

    fn create(&self, rules: &[Spanned<Create>]) -> Result<Vec<CreateRule>, ConfigError> {
        let too_many = |at| self.error(at, format!("more than {MAX_RULES}"));
        if let Some(rule) = rules.get(MAX_RULES) {
            return Err(too_many(rule.span()));
        }
        let rule = |rule: &Spanned<Create>| {
            let Create { names, users } = rule.get_ref();
            if names.is_empty() {
                return Err(self.error(rule.span(), "names is empty"));
            }
            if let Some(name) = names.get(MAX_RULES) {
                return Err(too_many(name.span()));
            }
            let patterns = names
                .iter()
                .map(|text| self.checked(text, |text| Pattern::parse(text)))
                .collect::<Result<_, _>>()?;
            Ok(CreateRule { names: patterns, who: self.who(Some(users))? })
        };
        rules.iter().map(rule).collect()
    }

    /// Everyone, if nothing is said.
    fn who(&self, text: Option<&WhoText>) -> Result<Who, ConfigError> {
        let list = match text {
            None | Some(WhoText::Everyone) => return Ok(Who::Everyone),
            Some(WhoText::Nobody) => return Ok(Who::NOBODY),
            Some(WhoText::List(list)) => list,
        };
        if let Some(entry) = list.get(MAX_RULES) {
            return Err(self.error(entry.span(), format!("more than {MAX_RULES}")));
        }
        let (mut users, mut groups) = (Vec::new(), Vec::new());
        for entry in list {
            match entry.get_ref().strip_prefix('@') {
                Some(group) => groups.push(self.number(entry, group, true)?),
                None => users.push(self.number(entry, entry.get_ref(), false)?),
            }
        }
        Ok(Who::Some { users, groups })
    }

    /// The number of a user or a group.
    fn number(
        &self,
        entry: &Spanned<String>,
        name: &str,
        is_group: bool,
    ) -> Result<u32, ConfigError> {
        let (what, lookup) =
            if is_group { ("group", self.names.group) } else { ("user", self.names.user) };
        if !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_digit()) {
            // The last number means "none" to the system.
            let number = name.parse().ok().filter(|number| *number < u32::MAX);
            return number.ok_or_else(|| {
                self.error(entry.span(), format!("{name}: no {what} has so large a number"))
            });
        }
        let found = lookup(name).map_err(|error| {
            self.error(entry.span(), format!("the {what} {name} cannot be looked up: {error}"))
        })?;
        found.ok_or_else(|| self.error(entry.span(), format!("there is no {what} {name:?}")))
    }
}
