//! Clients that mind their own business, each with a connection and slots of its own.

use std::path::Path;
use std::time::{Duration, Instant};

use mailslot::api::{Mailslot, MailslotWriter, Mailslots};
use mailslot::net::privileges::raise_open_files;
use tokio::runtime::{Builder, Runtime};

use super::SILENT;
use crate::random::Random;

/// Octets of a message.
const OCTETS: usize = 100;

/// File descriptors of a client, here.
const FILES: u64 = 3;

/// A client.
#[derive(Debug)]
struct Client {
    mailslots: Mailslots,
    slots: Vec<Mailslot>,
    /// To the slots of the next client, and of the one before.
    next: Vec<MailslotWriter>,
    back: Vec<MailslotWriter>,
}

/// All of them, in this thread.
#[derive(Debug)]
pub(super) struct Crowd {
    runtime: Runtime,
    clients: Vec<Client>,
    random: Random,
}

impl Crowd {
    pub(super) fn connect(service: &Path, count: u64, slots: u64, random: Random) -> Self {
        raise_open_files(count * FILES + 100);
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let each = slots / count;
        let clients = runtime.block_on(async {
            let mut clients = Vec::new();
            for client in 0..count {
                let mailslots = Mailslots::connect(service).await.expect("a service");
                let mut slots = Vec::new();
                for slot in 0..each {
                    let name = format!(r"crowd\{client}\{slot}");
                    slots.push(mailslots.create(name).await.expect("free"));
                }
                let (next, back) = (Vec::new(), Vec::new());
                clients.push(Client { mailslots, slots, next, back });
            }
            for at in 0..count {
                let open = async |other: u64| {
                    let mut writers = Vec::new();
                    let client = &clients[usize::try_from(at).expect("small")];
                    for slot in 0..each {
                        let path = format!(r"\\.\mailslot\crowd\{other}\{slot}");
                        writers.push(client.mailslots.open(&path).await.expect("there"));
                    }
                    writers
                };
                let next = open((at + 1) % count).await;
                let back = open((at + count - 1) % count).await;
                let client = &mut clients[usize::try_from(at).expect("small")];
                (client.next, client.back) = (next, back);
            }
            clients
        });
        Self { runtime, clients, random }
    }

    /// Round trips between two of them at a time, for so long: how long each took.
    pub(super) fn round_trips(&mut self, time: Duration) -> Vec<Duration> {
        let Self { runtime, clients, random } = self;
        let end = Instant::now() + time;
        let mut took = Vec::new();
        runtime.block_on(async {
            // There while the one is that does not read.
            let silent = clients[0].mailslots.open(SILENT).await.ok();
            while Instant::now() < end {
                let one = usize::try_from(random.below(clients.len() as u64)).expect("small");
                let (one, other) = (&clients[one], &clients[(one + 1) % clients.len()]);
                let slot = usize::try_from(random.below(one.slots.len() as u64)).expect("small");
                let begin = Instant::now();
                one.next[slot].write(&[0x2a; OCTETS]).await.expect("room");
                let message = other.slots[slot].recv().await.expect("a message");
                other.back[slot].write(&message.data).await.expect("room");
                let message = one.slots[slot].recv().await.expect("a message");
                took.push(begin.elapsed());
                assert_eq!(message.data.len(), OCTETS);
                if let Some(silent) = &silent {
                    // Full at some point.
                    let _ = silent.write(&[0x2a; OCTETS]).await;
                }
            }
        });
        took
    }
}
