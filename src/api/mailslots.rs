//! A namespace of mailslots, and where it is.

use std::sync::Arc;

#[cfg(target_os = "linux")]
use super::backend::{Backend, Inner};
#[cfg(not(target_os = "linux"))]
use super::elsewhere::{Backend, Inner};
use super::{Error, Mailslot, MailslotOptions, MailslotWriter};
use crate::slot::{LocalName, Table, Target};

/// A namespace of mailslots. Clones are the same one.
///
/// [`auto`](Self::auto) has those of the machine, which programs share; the module's page has a
/// [table](crate::api#whose-mailslots) of all that there are, and when to use which.
///
/// ```no_run
/// use mailslot::api::Mailslots;
///
/// # #[cfg(target_os = "linux")]
/// # async fn chat() -> Result<(), Box<dyn std::error::Error>> {
/// let mailslots = Mailslots::auto().await?;
/// let slot = mailslots.create("chat").await?;
/// let everyone = mailslots.open(r"\\*\mailslot\chat").await?; // of the own workgroup
/// everyone.write(b"hello").await?;
/// while let Ok(message) = slot.recv().await {
///     println!("{:?}: {:?}", message.from, message.data);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Mailslots {
    pub(super) inner: Arc<Inner>,
}

impl Mailslots {
    /// Mailslots of this process alone: no other process sees them, and there is no network.
    pub fn local() -> Self {
        Self { inner: Arc::new(Inner::local(Arc::new(Table::new()))) }
    }

    /// Creates a mailslot: `alerts`, `pos\eod`, `\\.\mailslot\alerts`, or [`MailslotOptions`]. A path
    /// is as Windows' programs write it; `.:alerts` is the command's way to write it, and refused.
    ///
    /// # Errors
    ///
    /// [`InvalidPath`](super::ErrorKind::InvalidPath), [`AlreadyExists`](super::ErrorKind::AlreadyExists)
    /// where one has that name in whatever case, [`Full`](super::ErrorKind::Full) where there are too
    /// many, [`AccessDenied`](super::ErrorKind::AccessDenied) where the service reserves the name,
    /// [`ServiceLost`](super::ErrorKind::ServiceLost).
    #[doc(alias = "CreateMailslot")]
    pub async fn create(&self, options: impl Into<MailslotOptions>) -> Result<Mailslot, Error> {
        let options = options.into();
        let failed = |error: Error| error.of("create", &*options.path);
        self.created(&options).await.map_err(failed)
    }

    async fn created(&self, options: &MailslotOptions) -> Result<Mailslot, Error> {
        let name = LocalName::parse(&options.path)?;
        match self.inner.backend() {
            Backend::Here(host) => {
                let server = host.create(&name, options.options.clone())?;
                Ok(Mailslot::here(server, &host))
            }
            #[cfg(target_os = "linux")]
            Backend::Service(client) => {
                Ok(Mailslot::there(client.handle(&options.request()).await?))
            }
        }
    }

    /// A handle to write with: to `alerts` or `\\.\mailslot\alerts` of this machine,
    /// `\\HOST\mailslot\alerts` of another or of all of a workgroup, `\\*\mailslot\alerts` of the own
    /// one. `.:alerts` and `HOST:alerts` are the command's, and refused.
    ///
    /// A path of another machine always opens, as on Windows: nothing is asked before the first
    /// write.
    ///
    /// # Errors
    ///
    /// [`InvalidPath`](super::ErrorKind::InvalidPath); [`NotFound`](super::ErrorKind::NotFound) for a
    /// mailslot of this machine that does not exist, [`AccessDenied`](super::ErrorKind::AccessDenied)
    /// for one that is another user's alone; [`ServiceLost`](super::ErrorKind::ServiceLost).
    #[doc(alias = "CreateFile")]
    pub async fn open(&self, path: &str) -> Result<MailslotWriter, Error> {
        self.opened(path).await.map_err(|error| error.of("open", path))
    }

    async fn opened(&self, path: &str) -> Result<MailslotWriter, Error> {
        let target = Target::parse(path)?;
        match self.inner.backend() {
            Backend::Here(host) => match target {
                Target::Local(name) => Ok(MailslotWriter::local(host.table.open(&name)?, host)),
                target => Ok(MailslotWriter::network(target, host)),
            },
            #[cfg(target_os = "linux")]
            Backend::Service(client) => {
                let request = crate::ipc::Request::Open { path };
                Ok(MailslotWriter::there(target, client.handle(&request).await?))
            }
        }
    }
}
