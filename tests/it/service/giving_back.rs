//! What a client gives back and is gone.

use std::io::Write as _;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use bytes::BytesMut;
use mailslot::client::Greeted;
use mailslot::ipc::{CreateFlags, Reply, Request, Wait};
use mailslot::service::rights::Rights;
use mailslot::service::{Config, Service};
use mailslot::slot::{Counters, ReadTimeout, Table};

fn service() -> (Service, Arc<Table>) {
    let table = Arc::new(Table::new());
    let config = Config::new(Arc::clone(&table), Rights::default(), "");
    (Service::start(config, Vec::new()).expect("threads").0, table)
}

fn connect(service: &Service) -> Greeted {
    Greeted::over(service.connect().expect("file descriptors")).expect("a service")
}

fn handle(client: &Greeted, request: &Request<'_>) -> u32 {
    match client.ask(request) {
        Ok(Reply::Handle(entry)) => entry.handle,
        other => panic!("{other:?}"),
    }
}

fn send(mut stream: &UnixStream, requests: &[Request<'_>]) {
    let mut octets = BytesMut::new();
    requests.iter().zip(2..).for_each(|(request, id)| request.encode(id, &mut octets));
    stream.write_all(&octets).expect("a service");
}

/// It asks for more than it reads, puts a message back, and ends.
#[test]
fn the_last_words_of_a_client_are_heard() {
    let (service, table) = service();
    let (client, other) = (connect(&service), connect(&service));
    let create = Request::Create {
        path: "alerts",
        max_message_size: 0,
        read_timeout: ReadTimeout::NONE,
        max_messages: 0,
        max_octets: 0,
        flags: CreateFlags::empty(),
    };
    let mine = handle(&client, &create);
    let Ok(Reply::Token(token)) = client.ask(&Request::Share { handle: mine }) else {
        panic!("a token")
    };
    let others = handle(&other, &Request::Take { token: &token });
    let writer = handle(&other, &Request::Open { path: "alerts" });
    let wait = Wait::For(ReadTimeout::FOREVER);
    let read = |handle| Request::Read { handle, capacity: 9, most: 1, wait };
    for data in [b"one", b"two"] {
        other.ask(&Request::Write { handle: writer, data }).expect("room");
    }
    let Ok(Reply::Messages(mut messages)) = client.ask(&read(mine)) else { panic!("a message") };
    let message = messages.pop().expect("one");
    let client = client.into_stream();
    // The second message waits behind more than the service keeps for it.
    let mut requests = vec![Request::Stats; 2000];
    requests[0] = read(mine);
    requests.push(Request::PutBack { handle: mine, message });
    send(&client, &requests);
    client.shutdown(Shutdown::Both).expect("it is connected");
    // That may have been handed to it, and be lost with it; what it gave back may not.
    let next = || match other.ask(&read(others)) {
        Ok(Reply::Messages(messages)) => messages[0].message.data.clone(),
        lost => panic!("{lost:?}"),
    };
    while next() != "one" {}
    drop(other);
    while !table.is_empty() {
        std::thread::yield_now();
    }
    let Counters { written, read, put_back, vanished, queued, .. } = table.counters();
    assert_eq!((written, put_back, queued), (2, 1, 0));
    assert_eq!(read + vanished, 3);
}
