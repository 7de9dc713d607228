//! What a service counts.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Shared;
use crate::node::{NameDropReason, Port};
use crate::runtime::Live;
use crate::slot::{self, Table};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The counters of the service itself.
        #[derive(Debug, Default)]
        pub(super) struct Stats {
            $($(#[$doc])* pub(super) $name: AtomicU64,)*
        }

        impl Stats {
            fn list(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name.load(Ordering::Relaxed)),)*]
            }
        }
    };
}

counters! {
    /// Connections there are.
    connections,
    /// Connections there were.
    connections_accepted,
    /// Connections that were not taken.
    connections_refused,
    /// Requests that were read, of whatever kind.
    requests,
    /// Requests that cannot be read, and streams that were cut off for it.
    requests_malformed,
    /// Requests that the rights refuse, or a quota.
    requests_denied,
    /// Requests that failed otherwise.
    requests_failed,
    /// Messages that clients wrote into slots of this machine.
    messages_written,
    /// Messages that clients sent to other machines.
    messages_sent,
    /// Messages that were handed to clients who read.
    messages_read,
    /// Messages that clients read and put back.
    messages_put_back,
}

pub(super) fn add(counter: &AtomicU64, n: usize) {
    counter.fetch_add(n as u64, Ordering::Relaxed);
}

pub(super) fn less(counter: &AtomicU64) {
    counter.fetch_sub(1, Ordering::Relaxed);
}

/// All of a service and its node; a name has dots between its levels.
pub(super) fn all(shared: &Shared) -> Vec<(String, u64)> {
    let mut all: Vec<(String, u64)> = Vec::new();
    let list = shared.stats.list();
    all.extend(list.into_iter().map(|(name, number)| (format!("service.{name}"), number)));
    all.extend(node_stats(shared.live.as_deref(), &shared.table));
    all
}

/// The counters of a node and its slots.
pub fn node_stats(live: Option<&Live>, table: &Table) -> Vec<(String, u64)> {
    let mut all: Vec<(String, u64)> = Vec::new();
    all.push(("slots".into(), table.len() as u64));
    all.push(("octets".into(), table.octets()));
    let slot::Counters { written, read, put_back, vanished, queued } = table.counters();
    all.push(("messages.written".into(), written));
    all.push(("messages.read".into(), read));
    all.push(("messages.put_back".into(), put_back));
    all.push(("messages.vanished".into(), vanished));
    all.push(("messages.queued".into(), queued));
    let Some(live) = live else { return all };
    let counters = live.counters();
    let mut add = |name: String, number: u64| all.push((name, number));
    add("datagrams.received".into(), counters.received);
    add("datagrams.delivered".into(), counters.delivered);
    add("datagrams.observed".into(), counters.observed);
    add("datagrams.merged".into(), counters.merged);
    add("datagrams.held".into(), counters.held);
    for (reason, number) in counters.drops() {
        add(format!("datagrams.dropped.{reason}"), number);
    }
    let names = live.name_counters();
    add("names.received".into(), names.received);
    add("names.answered".into(), names.answered);
    add("names.used".into(), names.used);
    for reason in NameDropReason::ALL {
        if names.dropped(*reason) > 0 {
            add(format!("names.dropped.{reason}"), names.dropped(*reason));
        }
    }
    for (port, name) in [(Port::Datagram, "datagrams"), (Port::Name, "names")] {
        // Where the system does not tell, nothing is said.
        if let Ok(drops) = live.kernel_drops(port) {
            add(format!("{name}.kernel_drops"), drops);
        }
    }
    add("node.send_errors".into(), live.send_errors().0);
    add("node.lost_events".into(), live.lost_events());
    all
}
