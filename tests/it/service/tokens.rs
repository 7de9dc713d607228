//! Handles that are shared by tokens. That another user's are not to be had,
//! `tests/interop/rights.py` tries.

#![expect(clippy::similar_names, reason = "tokens that are taken, servers that are served")]

use mailslot::ipc::{Code, Reply, Request};
use mailslot::service::limits::CONNECTION_HANDLES;
use mailslot::slot::{LocalName, Options};

use super::served::{Raw, Served};

fn invalid(raw: &mut Raw, token: &str) {
    let failure = raw.ask(&Request::Take { token }).expect_err("no token");
    assert_eq!((failure.code, failure.win32_code), (Code::InvalidToken, 6));
}

#[test]
fn a_token_is_good_once() {
    let served = Served::start();
    let (mut raw, mut other) = (served.raw(), served.raw());
    let slot = raw.create("alerts");
    let writer = raw.open("alerts");
    let remote = raw.open(r"\\HOST\mailslot\x");
    let tokens = [slot, writer, remote].map(|handle| raw.token(handle));
    for (token, (reads, name)) in
        tokens.iter().zip([(true, "alerts"), (false, "alerts"), (false, r"\\HOST\mailslot\x")])
    {
        assert_eq!(token.len(), 32);
        assert!(token.bytes().all(|digit| digit.is_ascii_hexdigit()), "{token}");
        let Ok(Reply::Handle(entry)) = other.ask(&Request::Take { token }) else { panic!("none") };
        assert_eq!((entry.reads, &entry.name[..]), (reads, name));
        invalid(&mut other, token);
        invalid(&mut raw, token);
    }
    // Each is another, and whoever shared may take it himself.
    let again = [raw.token(slot), raw.token(slot)];
    assert_ne!(again[0], again[1]);
    raw.handle(&Request::Take { token: &again[0] });
    raw.handle(&Request::Take { token: &again[1] });
}

#[test]
fn a_token_cannot_be_guessed() {
    let served = Served::start();
    let mut raw = served.raw();
    let slot = raw.create("alerts");
    let token = raw.token(slot);
    for wrong in ["", "x", &token[1..], &token.to_uppercase().replace(char::is_numeric, "g")] {
        invalid(&mut raw, wrong);
    }
    invalid(&mut raw, &format!("{token} "));
    raw.handle(&Request::Take { token: &token });
}

/// It keeps its slot, and ends with the connection that it came through.
#[test]
fn a_token_lives_as_long_as_its_connection() {
    let mut served = Served::start();
    let (mut raw, mut other) = (served.raw(), served.raw());
    let slot = raw.create("alerts");
    let writer = raw.open("alerts");
    let [token, lost] = [(); 2].map(|()| raw.token(slot));
    assert_eq!(raw.ask(&Request::Close { handle: slot }), Ok(Reply::Done));
    raw.write(writer, b"kept");
    let taken = other.handle(&Request::Take { token: &token });
    drop(raw);
    served.wait_for("service.connections", 2);
    invalid(&mut other, &lost);
    assert_eq!(other.read(taken).message.data, "kept");
    // The last that would have kept it is gone.
    assert_eq!(other.ask(&Request::Close { handle: taken }), Ok(Reply::Done));
    assert_eq!(served.stat("slots"), 0);
}

/// The process of the service shares and takes without a connection.
#[test]
fn a_service_shares_what_its_process_has() {
    let mut served = Served::start();
    let mut raw = served.raw();
    let now = mailslot::runtime::clock::now();
    let name = LocalName::parse("own").expect("a name");
    let server = served.table.create(now, &name, &Options::default()).expect("free");
    let token = served.service.share(server.clone()).expect("random numbers");
    let taken = raw.handle(&Request::Take { token: &token });
    assert_eq!(server.slot().servers(), 2);
    assert!(served.service.take(&token).is_none());
    let writer = raw.open("own");
    let [reads, writes] = [taken, writer].map(|handle| raw.token(handle));
    let own = served.service.take(&reads).expect("shared").server().expect("reads");
    let to = served.service.take(&writes).expect("shared");
    to.writer().expect("writes").write(now, b"x").expect("room").fire();
    assert_eq!(raw.read(taken).message.data, "x");
    served.forgive("written");
    drop((server, own));
    assert_eq!(raw.count(taken), 0, "it lives for the client");
    drop(raw);
    served.wait_for("slots", 0);
    // What nobody takes is bounded too.
    let server = served.table.create(now, &name, &Options::default()).expect("free");
    for _ in 0..CONNECTION_HANDLES {
        served.service.share(server.clone()).expect("random numbers");
    }
    assert!(served.service.share(server.clone()).is_err());
    drop(server);
    assert_eq!(served.stat("slots"), 1);
    served.leave_slots(1);
}
