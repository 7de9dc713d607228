//! What a service tells the manager that started it (`sd_notify(3)`).

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// How long a manager is waited for that takes nothing out of its socket.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where a manager listens, if one started this process and wants to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manager {
    /// A path, or `@` and an abstract name.
    address: Option<OsString>,
}

/// What there is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State<'a> {
    /// The service can be used.
    Ready,
    /// Its configuration is read again; [`Ready`](Self::Ready) follows.
    Reloading,
    /// It ends.
    Stopping,
    /// How it is, in words, on one line.
    Status(&'a str),
}

impl Manager {
    /// The one of the environment (`NOTIFY_SOCKET`).
    pub fn from_env() -> Self {
        Self::at(std::env::var_os("NOTIFY_SOCKET"))
    }

    /// One that listens there; none, if the address is empty.
    pub fn at(address: Option<OsString>) -> Self {
        Self { address: address.filter(|address| !address.is_empty()) }
    }

    /// Tells it, where there is one.
    ///
    /// # Errors
    ///
    /// The system's, and where the address is none of a Unix socket.
    pub fn tell(&self, states: &[State<'_>]) -> io::Result<()> {
        let Some(address) = &self.address else { return Ok(()) };
        let mut text = String::new();
        for state in states {
            match state {
                State::Ready => text.push_str("READY=1"),
                State::Reloading => {
                    let now = clock_gettime(ClockId::CLOCK_MONOTONIC)?;
                    let now = Duration::from(now).as_micros();
                    text.push_str("RELOADING=1\nMONOTONIC_USEC=");
                    text.push_str(&now.to_string());
                }
                State::Stopping => text.push_str("STOPPING=1"),
                State::Status(words) => {
                    text.push_str("STATUS=");
                    text.push_str(&words.replace('\n', " "));
                }
            }
            text.push('\n');
        }
        let socket = UnixDatagram::unbound()?;
        socket.set_write_timeout(Some(PATIENCE))?;
        socket.send_to_addr(text.as_bytes(), &parse(address)?)?;
        Ok(())
    }
}

fn parse(address: &OsStr) -> io::Result<SocketAddr> {
    match address.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name),
        [b'/', ..] => SocketAddr::from_pathname(address),
        _ => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            format!("NOTIFY_SOCKET={} is no Unix socket", address.to_string_lossy()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(socket: &UnixDatagram) -> String {
        let mut buffer = [0; 1024];
        let octets = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..octets].to_vec()).unwrap()
    }

    #[test]
    fn a_manager_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let manager = Manager::at(Some(path.into()));
        manager.tell(&[State::Ready, State::Status("two\nlines")]).unwrap();
        assert_eq!(told(&socket), "READY=1\nSTATUS=two lines\n");
        manager.tell(&[State::Stopping]).unwrap();
        assert_eq!(told(&socket), "STOPPING=1\n");
    }

    #[test]
    fn a_reload_says_when_it_began() {
        let name = format!("mailslot-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let socket = UnixDatagram::bind_addr(&address).unwrap();
        let now = || Duration::from(clock_gettime(ClockId::CLOCK_MONOTONIC).unwrap()).as_micros();
        let before = now();
        Manager::at(Some(format!("@{name}").into())).tell(&[State::Reloading]).unwrap();
        let text = told(&socket);
        let at = text.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap().trim_end();
        let at: u128 = at.parse().unwrap();
        assert!((before..=now()).contains(&at), "{before} {at}");
    }

    #[test]
    fn there_need_not_be_one() {
        assert!(Manager::at(None).tell(&[State::Ready]).is_ok());
        assert_eq!(Manager::at(Some(OsString::new())), Manager::default());
        let gone = tempfile::tempdir().unwrap().path().join("gone");
        assert!(Manager::at(Some(gone.into())).tell(&[State::Ready]).is_err());
        let error = Manager::at(Some("vsock:2:1".into())).tell(&[State::Ready]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Unsupported);
    }
}
