//! The thread of a service: who connects, and how many.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::os::unix::net;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, watch};
use tokio::task::LocalSet;

use super::connection::Connection;
use super::input::{Allowance, Input};
use super::stats::{add, less};
use super::turns::Line;
use super::{Note, Shared};
use crate::ipc::{Code, Failure, Reply};
use crate::net::peer::{Account, Peer};

/// How long what the system's databases say of a user is taken for true.
const ACCOUNT_TIME: Duration = Duration::from_secs(60);

/// How long nobody is taken where there are no file descriptors left.
const PAUSE: Duration = Duration::from_millis(100);

/// Takes connections.
#[derive(Debug)]
pub(super) struct Accept {
    shared: Arc<Shared>,
    line: Arc<Line>,
    stopped: watch::Receiver<bool>,
}

/// What is known of those who are connected.
#[derive(Debug)]
struct Users {
    by_id: HashMap<u32, User>,
    /// What they share.
    allowance: Allowance,
    accounts: HashMap<u32, (Instant, Account)>,
    last: u64,
}

/// Somebody who is connected.
#[derive(Debug)]
struct User {
    connections: usize,
    allowance: Allowance,
}

impl Users {
    fn new() -> Self {
        let (by_id, accounts) = (HashMap::new(), HashMap::new());
        Self { by_id, allowance: Allowance::of_all(), accounts, last: 0 }
    }

    fn connections(&self) -> usize {
        self.by_id.values().map(|user| user.connections).sum()
    }

    fn connections_of(&self, uid: u32) -> usize {
        self.by_id.get(&uid).map_or(0, |user| user.connections)
    }

    /// One more of that user, and its number.
    fn connect(&mut self, uid: u32, exempt: bool) -> (u64, Allowance) {
        let all = &self.allowance;
        let user = self.by_id.entry(uid).or_insert_with(|| User {
            connections: 0,
            allowance: if exempt { all.clone() } else { all.of_user() },
        });
        user.connections += 1;
        self.last += 1;
        (self.last, user.allowance.clone())
    }

    fn disconnect(&mut self, uid: u32) {
        if let Some(user) = self.by_id.get_mut(&uid) {
            user.connections -= 1;
            if user.connections == 0 {
                self.by_id.remove(&uid);
            }
        }
    }
}

impl Accept {
    pub(super) fn new(shared: Arc<Shared>, stopped: watch::Receiver<bool>) -> Self {
        Self { shared, line: Arc::default(), stopped }
    }

    /// Runs until it is stopped.
    pub(super) async fn run(
        self,
        listeners: Vec<net::UnixListener>,
        mut adopted: mpsc::UnboundedReceiver<net::UnixStream>,
    ) {
        let this = Rc::new(self);
        let users = Rc::new(RefCell::new(Users::new()));
        let local = LocalSet::new();
        for listener in listeners {
            let (this, users) = (Rc::clone(&this), Rc::clone(&users));
            // It was made non-blocking, which is all that can be wrong with it.
            let Ok(listener) = local.run_until(async { UnixListener::from_std(listener) }).await
            else {
                continue;
            };
            local.spawn_local(async move { this.listen(&listener, &users).await });
        }
        let mut stopped = this.stopped.clone();
        local
            .run_until(async {
                loop {
                    tokio::select! {
                        // It cannot be gone before the service.
                        _ = stopped.wait_for(|stopped| *stopped) => return,
                        Some(stream) = adopted.recv() => {
                            if stream.set_nonblocking(true).is_ok() {
                                if let Ok(stream) = UnixStream::from_std(stream) {
                                    this.take(stream, &users);
                                }
                            }
                        }
                    }
                }
            })
            .await;
    }

    async fn listen(&self, listener: &UnixListener, users: &Rc<RefCell<Users>>) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    self.take(stream, users);
                    // However many there are.
                    drop(self.line.turn().await);
                }
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    let note = || Note::Overfull { reason: error.to_string() };
                    self.shared.notes.tell(note);
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Serves a connection, unless there are too many.
    fn take(&self, stream: UnixStream, users: &Rc<RefCell<Users>>) {
        let stats = &self.shared.stats;
        // Who does not say who he is, is gone.
        let Ok(peer) = Peer::of(&stream) else { return };
        let rights = self.shared.rights();
        let (most, most_in_all) = (rights.quotas(peer.uid).connections, rights.total.connections);
        let mine = users.borrow().connections_of(peer.uid);
        if mine >= most || users.borrow().connections() >= most_in_all {
            let reason = if mine >= most {
                format!(
                    "user {} has {most} connections, no more are allowed (connections_per_user)",
                    peer.uid
                )
            } else {
                format!(
                    "there are {most_in_all} connections, no more are allowed (total_connections)"
                )
            };
            add(&stats.connections_refused, 1);
            let mut reply = BytesMut::new();
            Reply::Failed(Failure::new(Code::Full, 1816, reason.clone())).encode(0, &mut reply);
            // One packet always has room.
            let _ = stream.try_write(&reply);
            self.shared.notes.tell(|| Note::Overfull { reason });
            return;
        }
        let (number, allowance) = users.borrow_mut().connect(peer.uid, rights.is_exempt(peer.uid));
        add(&stats.connections, 1);
        add(&stats.connections_accepted, 1);
        let (shared, users) = (Arc::clone(&self.shared), Rc::clone(users));
        let (line, stopped) = (Arc::clone(&self.line), self.stopped.clone());
        tokio::task::spawn_local(async move {
            let uid = peer.uid;
            let peer = peer.with(account(uid, &users).await);
            let connection = Connection::new(Arc::clone(&shared), peer, number);
            connection.run(stream, Input::new(allowance), &line, stopped).await;
            less(&shared.stats.connections);
            users.borrow_mut().disconnect(uid);
        });
    }
}

/// What the system's databases say of a user, as it did not long ago. They may take their time.
async fn account(uid: u32, users: &RefCell<Users>) -> Account {
    let known = users.borrow().accounts.get(&uid).cloned();
    if let Some((at, account)) = known {
        if at.elapsed() < ACCOUNT_TIME {
            return account;
        }
    }
    let asked = tokio::task::spawn_blocking(move || Account::of(uid)).await;
    // Without an answer he is in no group.
    let account = asked.ok().and_then(Result::ok).unwrap_or_default();
    let accounts = &mut users.borrow_mut().accounts;
    accounts.retain(|_, (at, _)| at.elapsed() < ACCOUNT_TIME);
    accounts.insert(uid, (Instant::now(), account.clone()));
    account
}
