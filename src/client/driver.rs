//! The task that reads what the service answers, and sends what did not go at once.

use std::io;
use std::os::unix::net;
use std::sync::Arc;

use bytes::{Buf as _, BytesMut};
use tokio::io::AsyncReadExt as _;
use tokio::net::UnixStream;

use super::state::Shared;
use crate::ipc::{Reply, limits, next_frame};

/// Octets that are read at a time, at least.
const INPUT: usize = 16 << 10;

/// Starts the task of a connection; it ends with the connection.
pub(super) fn start(stream: net::UnixStream) -> io::Result<Arc<Shared>> {
    stream.set_nonblocking(true)?;
    let shared = Arc::new(Shared::new(stream.try_clone()?));
    let lose = Lose(Arc::clone(&shared));
    let stream = UnixStream::from_std(stream)?;
    tokio::spawn(async move {
        let reason = drive(&lose.0, stream).await;
        lose.0.lose(&reason);
    });
    Ok(shared)
}

/// Whatever ends the task, the end of its runtime too, ends the calls.
struct Lose(Arc<Shared>);

impl Drop for Lose {
    fn drop(&mut self) {
        self.0.lose("the async runtime that it was used in has ended");
    }
}

/// Returns why the connection ended.
async fn drive(shared: &Shared, mut stream: UnixStream) -> String {
    let (mut reader, writer) = stream.split();
    let mut input = BytesMut::new();
    let (mut unsent, mut deaf) = (false, false);
    loop {
        input.reserve(INPUT);
        let result = tokio::select! {
            read = reader.read_buf(&mut input) => match read {
                Ok(0) => return "it closed the connection".into(),
                Ok(_) => replies(shared, &mut input),
                Err(error) => Err(error.to_string()),
            },
            () = shared.unsent.notified() => Ok(()),
            writable = writer.writable(), if unsent => writable.map_err(|error| error.to_string()),
        };
        if let Err(reason) = result {
            return reason;
        }
        if !deaf {
            // Through the runtime, so that it knows when there is no more room. One that takes
            // nothing more has ended, and what it said before that is yet to be read.
            let flushed = shared.flush_unsent(|octets| writer.try_write(octets));
            deaf = flushed.is_err();
            unsent = flushed.unwrap_or(false);
        }
    }
}

fn replies(shared: &Shared, input: &mut BytesMut) -> Result<(), String> {
    let mut wakers = Vec::new();
    let result = loop {
        match next_frame(input, limits::MAX_REPLY) {
            Ok(Some((frame, octets))) => {
                let id = frame.id;
                match Reply::decode(frame) {
                    // Not asked for: why it ends the connection.
                    Ok(Reply::Failed(failure)) if id == 0 => break Err(failure.to_string()),
                    Ok(reply) => wakers.extend(shared.reply(id, reply)),
                    Err(malformed) => break Err(malformed.to_string()),
                }
                input.advance(octets);
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(error.to_string()),
        }
    };
    wakers.into_iter().for_each(std::task::Waker::wake);
    result
}
