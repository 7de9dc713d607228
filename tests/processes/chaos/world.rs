//! Where the processes have their mailslots: at a service, or at the first of them that came.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use mailslot::blocking::Mailslots;
use tempfile::TempDir;

use super::PATIENCE;
use crate::service::{Service, Usage};

/// A service, or none.
#[derive(Debug)]
pub(super) struct World {
    folder: TempDir,
    service: Option<Service>,
    /// Where who serves is to be found.
    path: Option<PathBuf>,
    control: Option<Mailslots>,
}

impl World {
    pub(super) fn with_service() -> Self {
        let mut world = Self::without_service();
        world.start_service();
        world
    }

    pub(super) fn without_service() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder, service: None, path: None, control: None }
    }

    pub(super) fn has_service(&self) -> bool {
        self.service.is_some()
    }

    /// Whether it is known who serves.
    pub(super) fn is_served(&self) -> bool {
        self.path.is_some()
    }

    pub(super) fn environment(&self) -> Vec<(&'static str, String)> {
        let text = |path: &Path| path.to_str().expect("text").to_owned();
        match &self.path {
            Some(path) if self.has_service() => vec![("MAILSLOT_SOCKET", text(path))],
            _ => vec![("XDG_RUNTIME_DIR", text(self.folder.path()))],
        }
    }

    fn start_service(&mut self) {
        let service = Service::start(self.folder.path());
        self.path = Some(service.path().to_owned());
        (self.service, self.control) = (Some(service), None);
    }

    /// Kills the service, and starts another in its place.
    pub(super) fn restart_service(&mut self) {
        self.service = None;
        self.start_service();
    }

    /// Somebody else serves now, or nobody knows who.
    pub(super) fn serves_at(&mut self, path: Option<&str>) {
        self.path = path.map(PathBuf::from);
        self.control = None;
    }

    /// The driver's own connection.
    pub(super) fn control(&mut self) -> Result<&Mailslots, String> {
        let begin = Instant::now();
        while self.control.is_none() {
            let path = self.path.as_ref().ok_or("nobody serves")?;
            match Mailslots::connect(path) {
                Ok(mailslots) => self.control = Some(mailslots),
                Err(error) if begin.elapsed() > PATIENCE => return Err(error.to_string()),
                Err(_) => thread::sleep(Duration::from_millis(1)),
            }
        }
        self.control.as_ref().ok_or_else(|| "nobody serves".into())
    }

    /// A counter of who serves.
    pub(super) fn stat(&mut self, name: &str) -> Result<u64, String> {
        let stats = self.control()?.stats().map_err(|error| format!("stats: {error}"))?;
        let stat = stats.iter().find(|(known, _)| known == name);
        stat.map(|(_, number)| *number).ok_or_else(|| format!("there is no counter {name}"))
    }

    /// What the service has of the system.
    pub(super) fn usage(&self) -> Option<Usage> {
        self.service.as_ref()?.usage()
    }
}
