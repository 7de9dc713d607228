//! `TARGET`: whom a message is for, as Windows writes it and as shells leave it alone.

use std::fmt;
use std::str::FromStr;

use super::failure::Failure;
use super::payload::Safe;
use crate::wire::netbios::{Name, NameError, Suffix};
use crate::wire::oem::CodePage;

/// What the forms of a target look like.
const FORMS: &str = r"write HOST:x, //HOST/mailslot/x, or '\\HOST\mailslot\x' in quotes";

/// A host and one of its slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) host: Host,
    /// What follows `\MAILSLOT\`, levels separated by backslashes.
    pub(crate) slot: String,
}

/// Which hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// `.`: this machine, nothing goes over the network.
    Local,
    /// `*`: all of the own workgroup.
    Workgroup,
    /// A computer, or all of a workgroup or domain.
    Named(HostName),
}

/// `NAME`, `NAME<1b>` or `NAME#1b`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostName {
    pub(crate) text: String,
    pub(crate) suffix: Option<Suffix>,
}

impl HostName {
    /// The name in a code page, with `suffix` where it has none of its own.
    pub(crate) fn name(&self, suffix: Suffix, page: CodePage) -> Result<Name, NameError> {
        Name::in_page(&self.text, self.suffix.unwrap_or(suffix), page)
    }
}

/// As paths of mailslots have it: `NAME` or `NAME<1b>`.
impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match self.suffix {
            Some(Suffix(octet)) => write!(f, "<{octet:02x}>"),
            None => Ok(()),
        }
    }
}

/// Why a text is no target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TargetError {
    /// The word `mailslot` without what separated it.
    Eaten,
    /// Neither a colon nor backslashes: a mailslot, or a host, alone.
    OneWord,
    /// Nothing in the mailslot's place.
    NoSlot,
    /// Nothing in the host's place.
    NoHost,
    /// Something other than `mailslot` behind the host.
    NotMailslot,
    /// Nothing between two separators, or behind the last.
    EmptyLevel,
    /// A NUL, which ends names on the wire.
    Nul,
    /// A suffix that is not one.
    Suffix,
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Eaten => "backslashes are missing",
            Self::OneWord => "a host and a mailslot are needed",
            Self::NoSlot => "no mailslot named",
            Self::NoHost => "no host named",
            Self::NotMailslot => "`mailslot` does not follow the host",
            Self::EmptyLevel => "an empty level in the mailslot's name",
            Self::Nul => "a NUL in the mailslot's name",
            Self::Suffix => "a suffix is two hex digits: NAME<1b> or NAME#1b",
        })
    }
}

impl std::error::Error for TargetError {}

impl TargetError {
    fn hint(self, text: &str) -> Option<String> {
        match self {
            Self::OneWord => {
                // One that a shell would take apart is shown by another's name.
                let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
                let slot = if text.chars().all(plain) { text } else { "NAME" };
                Some(format!(
                    ".:{slot} on this machine, HOST:{slot} on another, --all {slot} on all"
                ))
            }
            Self::Eaten => Some(format!("the shell ate the backslashes: {FORMS}")),
            Self::NoSlot | Self::NoHost | Self::NotMailslot => Some(FORMS.into()),
            Self::EmptyLevel | Self::Nul | Self::Suffix => None,
        }
    }
}

impl Target {
    /// A target that was given on the command line.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        text.parse().map_err(|error: TargetError| {
            let failure = Failure::usage(format!("target {}: {error}", Safe(text)));
            match error.hint(text) {
                Some(hint) => failure.with_hint(hint),
                None => failure,
            }
        })
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        if text.starts_with(['\\', '/']) { unc(text) } else { short(text) }
    }
}

/// `\\HOST\mailslot\x`, `//HOST/mailslot/x`; one leading separator is taken as two, since shells
/// eat one of two backslashes, in `"` quotes too.
fn unc(text: &str) -> Result<Target, TargetError> {
    let rest = text.strip_prefix(['\\', '/']).unwrap_or(text);
    let rest = rest.strip_prefix(['\\', '/']).unwrap_or(rest);
    let mut parts = rest.splitn(3, ['\\', '/']);
    let host = parts.next().unwrap_or_default();
    if host.is_empty() {
        return Err(TargetError::NoHost);
    }
    if !parts.next().is_some_and(|part| part.eq_ignore_ascii_case("mailslot")) {
        return Err(eaten(host).unwrap_or(TargetError::NotMailslot));
    }
    // `\\?\mailslot\x` is the same slot as `\\.\mailslot\x`.
    let host = if host == "?" { Host::Local } else { host.parse()? };
    Ok(Target { host, slot: slot(parts.next().unwrap_or_default())? })
}

/// Out of a shell, `\\HOST\mailslot\x` comes as `\HOSTmailslotx`.
fn eaten(text: &str) -> Option<TargetError> {
    text.to_ascii_lowercase().contains("mailslot").then_some(TargetError::Eaten)
}

/// `HOST:x`
fn short(text: &str) -> Result<Target, TargetError> {
    let Some((host, slot)) = text.split_once(':') else {
        let alone = if text.is_empty() { TargetError::NoSlot } else { TargetError::OneWord };
        return Err(eaten(text).unwrap_or(alone));
    };
    if host.contains(['\\', '/']) {
        return Err(TargetError::NotMailslot);
    }
    Ok(Target { host: host.parse()?, slot: self::slot(slot)? })
}

fn slot(text: &str) -> Result<String, TargetError> {
    if text.contains('\0') {
        return Err(TargetError::Nul);
    }
    if text.is_empty() {
        return Err(TargetError::NoSlot);
    }
    let slot = text.replace('/', r"\");
    if slot.split('\\').any(str::is_empty) { Err(TargetError::EmptyLevel) } else { Ok(slot) }
}

impl FromStr for Host {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        match text {
            "." => Ok(Self::Local),
            "*" => Ok(Self::Workgroup),
            _ => text.parse().map(Self::Named),
        }
    }
}

impl FromStr for HostName {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let bracketed = text.strip_suffix('>').and_then(|text| text.rsplit_once('<'));
        let (name, digits) = match bracketed.or_else(|| text.rsplit_once('#')) {
            Some((name, digits)) => (name, Some(digits)),
            None => (text, None),
        };
        if name.is_empty() {
            return Err(TargetError::NoHost);
        }
        let suffix = digits.map(suffix).transpose()?;
        Ok(Self { text: name.into(), suffix })
    }
}

/// Two hex digits.
pub(crate) fn suffix(digits: &str) -> Result<Suffix, TargetError> {
    let hex = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let octet = if hex { u8::from_str_radix(digits, 16).ok() } else { None };
    octet.map(Suffix).ok_or(TargetError::Suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Target {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn named(text: &str, slot: &str) -> Target {
        let name = HostName { text: text.into(), suffix: None };
        Target { host: Host::Named(name), slot: slot.into() }
    }

    fn error(text: &str) -> TargetError {
        text.parse::<Target>().expect_err(text)
    }

    #[test]
    fn windows_form() {
        assert_eq!(target(r"\\HOST\mailslot\x"), named("HOST", "x"));
        assert_eq!(target(r"\\host\MAILSLOT\Alerts"), named("host", "Alerts"));
        assert_eq!(target(r"\\.\mailslot\x").host, Host::Local);
        assert_eq!(target(r"\\?\mailslot\x").host, Host::Local);
        assert_eq!(target(r"\\*\mailslot\x").host, Host::Workgroup);
        assert_eq!(target(r"\\HOST\mailslot\pos\eod"), named("HOST", r"pos\eod"));
        assert_eq!(target(r"\\HOST\mailslot\R:\FRED"), named("HOST", r"R:\FRED"));
    }

    #[test]
    fn slashes() {
        assert_eq!(target("//HOST/mailslot/x"), named("HOST", "x"));
        assert_eq!(target("//HOST/mailslot/pos/eod"), named("HOST", r"pos\eod"));
        assert_eq!(target("//./mailslot/x").host, Host::Local);
        assert_eq!(target("//*/mailslot/x").host, Host::Workgroup);
    }

    #[test]
    fn short_form() {
        assert_eq!(target("HOST:x"), named("HOST", "x"));
        assert_eq!(target(r"HOST:pos\eod"), named("HOST", r"pos\eod"));
        assert_eq!(target("HOST:pos/eod"), named("HOST", r"pos\eod"));
        assert_eq!(target(".:x"), Target { host: Host::Local, slot: "x".into() });
        assert_eq!(target("*:x"), Target { host: Host::Workgroup, slot: "x".into() });
        assert_eq!(target("192.0.2.7:a:b"), named("192.0.2.7", "a:b"));
        assert_eq!(target("HOST:mailslot"), named("HOST", "mailslot"));
    }

    #[test]
    fn one_leading_separator_is_two() {
        assert_eq!(target(r"\HOST\mailslot\x"), named("HOST", "x"));
        assert_eq!(target(r"\.\mailslot\x").host, Host::Local);
        assert_eq!(target(r"\*\mailslot\x").host, Host::Workgroup);
        assert_eq!(target("/HOST/mailslot/x"), named("HOST", "x"));
    }

    #[test]
    fn suffixes() {
        let name = |text: &str| text.parse::<HostName>();
        let with =
            |text: &str, suffix| HostName { text: text.into(), suffix: Some(Suffix(suffix)) };
        assert_eq!(name("WG#1b"), Ok(with("WG", 0x1b)));
        assert_eq!(name("WG<1B>"), Ok(with("WG", 0x1b)));
        assert_eq!(name("A#B#00"), Ok(with("A#B", 0)));
        assert_eq!(target("WG#1e:x").host, Host::Named(with("WG", 0x1e)));
        assert_eq!(target(r"\\WG<1e>\mailslot\x").host, Host::Named(with("WG", 0x1e)));
        for bad in ["WG#1", "WG#+1", "WG<1x>", "WG<>", "WG#"] {
            assert_eq!(name(bad), Err(TargetError::Suffix), "{bad}");
        }
        assert_eq!(name("<20>"), Err(TargetError::NoHost));
        assert_eq!(name(""), Err(TargetError::NoHost));
    }

    #[test]
    fn eaten_backslashes_are_told() {
        for eaten in [
            r"\HOSTmailslotx",
            "HOSTmailslotx",
            r"\.mailslotx",
            r"\*mailslotx",
            ".mailslotx",
            r"\HOSTMAILSLOTx",
            r"\HOSTmailslot/x",
            r"HOST\mailslot\x",
        ] {
            assert_eq!(error(eaten), TargetError::Eaten, "{eaten}");
        }
        let hint = TargetError::Eaten.hint("HOSTmailslotx").unwrap();
        assert!(hint.starts_with("the shell ate the backslashes: write HOST:x, //HOST/mailslot/x"));
    }

    #[test]
    fn one_word_is_shown_with_a_host() {
        let hint = |text: &str| error(text).hint(text).unwrap();
        let chat = ".:chat on this machine, HOST:chat on another, --all chat on all";
        assert_eq!(hint("chat"), chat);
        assert!(hint("lunch; reboot").starts_with(".:NAME on this machine"));
    }

    #[test]
    fn what_else_is_no_target() {
        for (text, reason) in [
            ("", TargetError::NoSlot),
            ("alerts", TargetError::OneWord),
            ("HOST:", TargetError::NoSlot),
            (r"\\HOST\mailslot\", TargetError::NoSlot),
            (r"\\HOST\mailslot", TargetError::NoSlot),
            (":x", TargetError::NoHost),
            (r"\\\mailslot\x", TargetError::NoHost),
            (r"\\\\HOST\\mailslot\\x", TargetError::NoHost),
            (r"\\HOST\share\x", TargetError::NotMailslot),
            (r"\\HOST", TargetError::NotMailslot),
            ("/HOST/share/x", TargetError::NotMailslot),
            ("//HOST/mailslots/x", TargetError::NotMailslot),
            (r"a\b:x", TargetError::NotMailslot),
            (r"HOST:\x", TargetError::EmptyLevel),
            (r"HOST:x\", TargetError::EmptyLevel),
            (r"\\HOST\mailslot\a\\b", TargetError::EmptyLevel),
            ("HOST:a\0b", TargetError::Nul),
        ] {
            assert_eq!(error(text), reason, "{text}");
        }
    }
}
