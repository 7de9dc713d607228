//! The client against a service that says what the test wants, when it wants.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use mailslot::blocking;
use mailslot::client::{CallError, Connection};
use mailslot::ipc::{
    Code, Failure, HandleEntry, Numbered, Reply, Request, Wait, Welcome, limits, next_frame,
};
use mailslot::slot::{Message, ReadTimeout};
use mailslot::time::Instant;
use tempfile::TempDir;

use crate::api::poll_once;

/// Where a service listens.
struct Place {
    listener: UnixListener,
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = UnixListener::bind(folder.path().join("socket")).expect("free");
        Self { listener, folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// The service's end of the next connection, greeted.
    fn accept(&self) -> Service {
        let stream = self.listener.accept().expect("a client").0;
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        let mut service = Service { stream, input: BytesMut::new() };
        let (id, hello) = service.next(|request| format!("{request:?}")).expect("a request");
        assert!(hello.starts_with("Hello"), "{hello}");
        service.answer(id, &Reply::Welcome(Welcome::default()));
        service
    }

    /// Both ends of a connection.
    async fn connect(&self) -> (Connection, Service) {
        let path = self.path();
        // It waits to be greeted.
        let client = tokio::task::spawn_blocking(move || UnixStream::connect(path));
        let client = client.await.expect("a thread").expect("a listener");
        let greeted = tokio::task::spawn_blocking(|| mailslot::client::Greeted::over(client));
        let service = self.accept();
        let greeted = greeted.await.expect("a thread").expect("a service");
        (greeted.start().expect("file descriptors"), service)
    }
}

struct Service {
    stream: UnixStream,
    input: BytesMut,
}

impl Service {
    /// The next request; none where the client has closed the connection.
    fn next<T>(&mut self, see: impl FnOnce(&Request<'_>) -> T) -> Option<(u32, T)> {
        loop {
            if let Some((frame, octets)) =
                next_frame(&self.input, limits::MAX_REQUEST).expect("frames")
            {
                let id = frame.id;
                let seen = see(&Request::decode(frame).expect("fine").expect("known"));
                let _ = self.input.split_to(octets);
                return Some((id, seen));
            }
            let mut more = [0; 4096];
            let octets = self.stream.read(&mut more).expect("a request, or the end");
            if octets == 0 {
                return None;
            }
            self.input.extend_from_slice(&more[..octets]);
        }
    }

    /// What the next one is, in words.
    fn said(&mut self) -> String {
        self.next(|request| format!("{request:?}")).map_or_else(|| "the end".into(), |said| said.1)
    }

    fn answer(&mut self, id: u32, reply: &Reply) {
        let mut octets = BytesMut::new();
        reply.encode(id, &mut octets);
        self.stream.write_all(&octets).expect("a client");
    }
}

fn read(handle: u32) -> Request<'static> {
    let wait = Wait::For(ReadTimeout::FOREVER);
    Request::Read { handle, capacity: u32::MAX, most: 1, wait }
}

fn messages(number: u64) -> Reply {
    let data = Bytes::from_static(b"message");
    Reply::Messages(vec![Numbered::new(number, Message::new(data, Instant::from_micros(0)))])
}

fn aborted() -> Reply {
    Reply::Failed(Failure::new(Code::Aborted, 995, "cancelled"))
}

/// Lets the client's tasks do what they can.
async fn turns() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

/// A read is given up while its message is on its way: that goes back before its handle is closed.
#[tokio::test]
async fn a_handle_is_closed_after_what_it_gives_back() {
    let place = Place::new();
    let (connection, mut service) = place.connect().await;
    for comes in [true, false] {
        let mut call = Box::pin(connection.call(&read(7)));
        assert!(poll_once(&mut call).is_pending());
        let (id, ()) = service.next(|request| assert_eq!(*request, read(7))).expect("a read");
        drop(call);
        connection.tell(&Request::Close { handle: 8 });
        connection.tell(&Request::Close { handle: 7 });
        assert_eq!(service.said(), format!("{:?}", Request::Cancel { read: id }));
        assert_eq!(service.said(), "Close { handle: 8 }", "which has nothing to do with it");
        if comes {
            service.answer(id, &messages(3));
        } else {
            service.answer(id, &aborted());
        }
        turns().await;
        if comes {
            let given = service.said();
            assert!(
                given.starts_with("PutBack { handle: 7, message: Numbered { number: 3"),
                "{given}"
            );
        }
        assert_eq!(service.said(), "Close { handle: 7 }");
    }
}

/// A handle is closed while a read waits through it, as the one that a stream of messages was made
/// of: the read ends here, and what it brings all the same goes back first.
#[tokio::test]
async fn a_handle_that_is_closed_ends_its_reads() {
    let place = Place::new();
    let (connection, mut service) = place.connect().await;
    for is_late in [true, false] {
        let mut call = Box::pin(connection.call(&read(7)));
        let mut other = Box::pin(connection.call(&read(9)));
        assert!(poll_once(&mut call).is_pending() && poll_once(&mut other).is_pending());
        let (id, ()) = service.next(|request| assert_eq!(*request, read(7))).expect("a read");
        let (other_id, ()) = service.next(|request| assert_eq!(*request, read(9))).expect("so");
        connection.tell(&Request::Close { handle: 7 });
        assert_eq!(service.said(), format!("{:?}", Request::Cancel { read: id }));
        if is_late {
            assert!(
                matches!(poll_once(&mut call), Poll::Ready(Err(CallError::Failed(failure))) if failure.code == Code::Aborted)
            );
            drop(call);
            service.answer(id, &messages(3));
        } else {
            // Nobody looked before it came.
            service.answer(id, &messages(3));
            turns().await;
            let ended = poll_once(&mut call);
            assert!(matches!(ended, Poll::Ready(Err(CallError::Failed(_)))), "{ended:?}");
        }
        turns().await;
        assert!(service.said().starts_with("PutBack { handle: 7, "));
        assert_eq!(service.said(), "Close { handle: 7 }");
        service.answer(other_id, &messages(4));
        assert_eq!(other.await, Ok(messages(4)), "which has nothing to do with it");
    }
}

/// What came before the handle was closed is its reader's, or goes back through it.
#[tokio::test]
async fn a_handle_is_closed_after_what_it_brought() {
    let place = Place::new();
    let (connection, mut service) = place.connect().await;
    for is_taken in [true, false] {
        let mut call = Box::pin(connection.call(&read(7)));
        assert!(poll_once(&mut call).is_pending());
        let (id, ()) = service.next(|_| ()).expect("a read");
        service.answer(id, &messages(3));
        turns().await;
        connection.tell(&Request::Close { handle: 7 });
        if is_taken {
            assert_eq!(call.await, Ok(messages(3)));
        } else {
            drop(call);
            assert!(service.said().starts_with("PutBack { handle: 7, "));
        }
        assert_eq!(service.said(), "Close { handle: 7 }");
    }
}

/// Nobody is to have what a handle was shared by, where nobody waits for the token.
#[tokio::test]
async fn a_token_that_nobody_waits_for_is_used_up() {
    let place = Place::new();
    let (connection, mut service) = place.connect().await;
    for comes_first in [true, false] {
        let mut call = Box::pin(connection.call(&Request::Share { handle: 7 }));
        assert!(poll_once(&mut call).is_pending());
        let (id, ()) = service.next(|_| ()).expect("a request");
        if comes_first {
            service.answer(id, &Reply::Token("token".into()));
            turns().await;
            drop(call);
        } else {
            drop(call);
            service.answer(id, &Reply::Token("token".into()));
            turns().await;
        }
        let take = Request::Take { token: "token" };
        let (id, ()) = service.next(|request| assert_eq!(*request, take)).expect("it is taken");
        service.answer(id, &Reply::Handle(HandleEntry::new(8, true, "alerts")));
        turns().await;
        assert_eq!(service.said(), "Close { handle: 8 }");
    }
}

/// The same where it is the last that a program does with the service.
#[tokio::test]
async fn a_connection_is_closed_after_what_it_gives_back() {
    let place = Place::new();
    let (connection, mut service) = place.connect().await;
    let mut call = Box::pin(connection.call(&read(7)));
    assert!(poll_once(&mut call).is_pending());
    let (id, ()) = service.next(|_| ()).expect("a read");
    drop(call);
    drop(connection);
    turns().await;
    assert!(service.said().starts_with("Cancel"));
    service.answer(id, &messages(3));
    turns().await;
    assert!(service.said().starts_with("PutBack"));
    assert_eq!(service.said(), "the end");
    // Where nothing is to come it ends at once.
    let (connection, mut service) = place.connect().await;
    drop(connection);
    assert_eq!(service.said(), "the end");
}

/// What a service sent before its end is read, also by who has something to say to it.
#[tokio::test]
async fn the_last_words_of_a_service_are_heard() {
    let place = Place::new();
    for _ in 0..30 {
        let (connection, mut service) = place.connect().await;
        let mut call = Box::pin(connection.call(&read(7)));
        assert!(poll_once(&mut call).is_pending());
        let (id, ()) = service.next(|_| ()).expect("a read");
        service.answer(id, &messages(3));
        drop(service);
        connection.tell(&Request::Close { handle: 8 });
        assert_eq!(call.await, Ok(messages(3)));
        assert!(connection.call(&Request::Stats).await.is_err());
    }
}

/// Whoever has the mailslot keeps the time of a thread that waits.
#[test]
fn no_message_is_on_its_way_when_a_threads_time_is_over() {
    let place = Place::new();
    let path = place.path();
    let client = std::thread::spawn(move || {
        let mailslots = blocking::Mailslots::connect(path).expect("a service");
        let slot = mailslots.create("alerts").expect("a handle");
        let timeout = Duration::from_micros(1500);
        slot.recv_timeout(timeout).expect_err("nothing came").kind()
    });
    let mut service = place.accept();
    let (id, ()) = service.next(|_| ()).expect("a creation");
    let entry = HandleEntry::new(7, true, "alerts");
    service.answer(id, &Reply::Handle(entry));
    let wait = Wait::For(ReadTimeout(2));
    let read = Request::Read { handle: 7, capacity: u32::MAX, most: 1, wait };
    let (id, ()) = service.next(|request| assert_eq!(*request, read)).expect("a read");
    service.answer(id, &Reply::Failed(Failure::new(Code::TimedOut, 121, "nothing")));
    assert_eq!(client.join().expect("a thread"), blocking::ErrorKind::TimedOut);
    assert_eq!(service.said(), "Close { handle: 7 }");
    assert_eq!(service.said(), "the end");
}
