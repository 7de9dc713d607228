//! Row O8: a mailslot says who may write to it. It takes two users.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::thread;

use mailslot::client::{CallError, ConnectError, Greeted};
use mailslot::ipc::{Reply, Request};
use mailslot::net::peer::own_id;
use mailslot::service::{Config, Service, rights::Rights};
use mailslot::slot::{LocalName, Options, Table, User};
use mailslot::time::Instant;
use rustix::process::Uid;
use rustix::thread::set_thread_res_uid;

use crate::semantics::ERROR_ACCESS_DENIED;

/// Whom root is here, who may do everything.
const SOMEBODY: u32 = 65_534;

/// What opening a mailslot comes to: 0, or an error's code.
fn open(client: &Greeted, path: &str) -> u32 {
    match client.ask(&Request::Open { path }) {
        Ok(Reply::Handle(_)) => 0,
        Err(ConnectError::Refused(CallError::Failed(failure))) => failure.win32_code,
        other => panic!("{path}: {other:?}"),
    }
}

#[test]
fn o8_a_slot_says_who_may_write() {
    let is_root = own_id() == 0;
    let me = if is_root { SOMEBODY } else { own_id() };
    let table = Arc::new(Table::new());
    let slots = [("mine", me, true), ("theirs", me + 1, true), ("anybody's", me + 1, false)];
    let _servers = slots.map(|(name, owner, owner_only)| {
        let owner = User { id: owner, ..User::default() };
        let options = Options::default().owner(owner).owner_only(owner_only);
        let name = LocalName::parse(name).expect("a name");
        table.create(Instant::ZERO, &name, &options).expect("free")
    });
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).expect("free");
    for path in [folder.path(), &*path] {
        set_permissions(path, Permissions::from_mode(0o777)).expect("ours");
    }
    let config = Config::new(table, Rights::default(), &path);
    let (_service, _notes) = Service::start(config, vec![listener]).expect("threads");
    let connect =
        || Greeted::over(UnixStream::connect(&path).expect("allowed")).expect("a service");
    let somebody = || {
        if is_root {
            let uid = Uid::from_raw(SOMEBODY);
            // This thread's alone; the connection keeps it.
            set_thread_res_uid(uid, uid, uid).expect("root may");
        }
        connect()
    };
    let client = thread::scope(|scope| scope.spawn(somebody).join().expect("connects"));
    let opened = slots.map(|(name, ..)| open(&client, name));
    assert_eq!(opened, [0, ERROR_ACCESS_DENIED, 0]);
    if is_root {
        assert_eq!(slots.map(|(name, ..)| open(&connect(), name)), [0; 3]);
    }
}
