//! A service that does not answer: stopped, or hanging, with room for one more who asks or without.

use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use mailslot::api::{Auto, AutoError, ErrorKind};
use mailslot::blocking;
use mailslot::client::{ConnectError, Connection};
use mailslot::ipc::{HandleEntry, Reply, Request, VERSION, Welcome};
use mailslot::runtime::{LiveConfig, Network};
use nix::sys::socket::{Backlog, listen};

use crate::service::connections::Frames;

/// How long anything may take: more than two seconds it never does.
const PATIENCE: Duration = Duration::from_secs(20);

/// Somebody who listens and takes nobody.
struct Silent {
    _listener: UnixListener,
    _waits: Option<UnixStream>,
    folder: tempfile::TempDir,
}

impl Silent {
    fn new(is_full: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).expect("free");
        let waits = is_full.then(|| {
            listen(&listener, Backlog::new(0).expect("a number")).expect("a socket");
            UnixStream::connect(&path).expect("room for one")
        });
        Self { _listener: listener, _waits: waits, folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("socket")
    }
}

/// What that comes to, where it does not wait for ever.
fn in_time<T: Send + 'static>(does: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        // Where it comes too late nobody waits for it.
        let _ = sender.send(does());
    });
    receiver.recv_timeout(PATIENCE).expect("it does not wait for ever")
}

fn auto(path: &Path) -> Auto {
    let network = Network::Loopback { name: "SILENT".into() };
    Auto::new(LiveConfig::new("SILENT", "SILENT", network).expect("names")).socket(path)
}

#[test]
fn who_does_not_answer_is_named() {
    for is_full in [true, false] {
        let silent = Silent::new(is_full);
        let path = silent.path();
        let begun = Instant::now();
        let connect: fn(&Path) -> Result<blocking::Mailslots, AutoError> =
            |path| blocking::Mailslots::connect(path);
        for had in [connect, |path| blocking::Mailslots::auto_with(auto(path))] {
            let at = path.clone();
            let error = in_time(move || had(&at)).expect_err("silence");
            let AutoError::Silent { path: named } = &error else { panic!("{error:?}") };
            assert_eq!(*named, path);
            let text = format!("{}: the service does not answer", path.display());
            assert_eq!(error.to_string(), text);
        }
        let at = path.clone();
        let opened = in_time(move || Connection::open(&at).map(drop));
        assert!(matches!(opened, Err(ConnectError::Silent)), "{opened:?}");
        assert!(begun.elapsed() >= Duration::from_secs(3), "each waits a second for him");
    }
}

/// The connection there is goes on, but there is no further one for a child.
#[test]
fn a_child_gets_nothing_of_who_does_not_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).expect("free");
    let at = path.clone();
    let service = thread::spawn(move || {
        let mut welcome = Welcome::new(VERSION);
        welcome.path = at.display().to_string();
        let mut service = Frames::over(listener.accept().expect("a client").0);
        let replies = [
            Reply::Welcome(welcome),
            Reply::Handle(HandleEntry::new(1, true, "jobs")),
            Reply::Token("token".into()),
        ];
        for reply in replies {
            let (_, id) = service.next();
            service.answer(&reply, id);
        }
        (service, listener)
    });
    let error = in_time(move || {
        let slot = blocking::Mailslots::connect(path).expect("a service").create("jobs");
        slot.expect("free").inherit(&mut Command::new("true")).expect_err("silence")
    });
    assert_eq!(error.kind(), ErrorKind::ServiceLost);
    let named = format!("{}: the service does not answer", folder.path().join("socket").display());
    assert!(error.to_string().ends_with(&named), "{error}");
    drop(service.join().expect("no panic"));
}

/// Nor does a child wait for ever, whose parent greeted a service that was stopped since.
#[test]
fn what_was_handed_on_is_asked_in_time() {
    let (ours, _theirs) = UnixStream::pair().expect("sockets");
    let asked = in_time(move || {
        mailslot::client::Greeted::handed_on(ours).ask(&Request::Handles { from: 0 }).map(drop)
    });
    assert!(matches!(asked, Err(ConnectError::Silent)), "{asked:?}");
}
