//! Systems where there is neither a node nor a service.

use std::sync::Arc;

use crate::runtime::clock;
use crate::slot::{self, LocalName, Options, Server, Table};

#[derive(Debug)]
pub(super) struct Inner(Arc<Host>);

#[derive(Debug)]
pub(super) struct Host {
    pub(super) table: Arc<Table>,
}

pub(super) enum Backend {
    Here(Arc<Host>),
}

impl Host {
    pub(super) fn create(&self, name: &LocalName, options: Options) -> Result<Server, slot::Error> {
        self.table.create(clock::now(), name, &options)
    }
}

impl Inner {
    pub(super) fn local(table: Arc<Table>) -> Self {
        Self(Arc::new(Host { table }))
    }

    pub(super) fn backend(&self) -> Backend {
        Backend::Here(Arc::clone(&self.0))
    }
}
