//! A Unix socket at a path, for programs that connect.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _,
    PermissionsExt as _,
};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg, OFlag};
use socket2::{Domain, SockAddr, Type};

/// Connections that wait to be taken.
const BACKLOG: i32 = 128;

/// How long it takes to see whether somebody listens: connecting waits for nothing, or for him.
const LOOK: Duration = Duration::from_millis(1);

/// Lock files that may vanish under our hands before it is said that they do.
const MAX_LOCKS: usize = 100;

/// The right to have a socket at a path, among programs that ask for it so; given back when it is
/// dropped.
#[derive(Debug)]
pub struct Claim {
    path: PathBuf,
    lock_path: PathBuf,
    _lock: Flock<File>,
}

impl Claim {
    /// Takes it, by a file beside the socket that is locked. The folder is there, and may be
    /// written to.
    ///
    /// # Errors
    ///
    /// [`AddrInUse`](io::ErrorKind::AddrInUse) where another program has it, or the system's.
    pub fn new(path: &Path) -> io::Result<Self> {
        let lock_path = path.with_extension("lock");
        for _ in 0..MAX_LOCKS {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(false).mode(0o600);
            let file = options.custom_flags(OFlag::O_NOFOLLOW.bits()).open(&lock_path)?;
            let lock = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(lock) => lock,
                Err((_, Errno::EWOULDBLOCK)) => return Err(in_use()),
                Err((_, errno)) => return Err(errno.into()),
            };
            // Who had it before took the file away, maybe after this one was opened.
            let ours = lock.metadata()?.ino();
            if fs::symlink_metadata(&lock_path).is_ok_and(|found| found.ino() == ours) {
                return Ok(Self { path: path.to_owned(), lock_path, _lock: lock });
            }
        }
        Err(in_use())
    }

    /// Where that is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Listens there, with these permissions, for that group where one is given. A socket that
    /// nobody listens at any more is replaced.
    ///
    /// Nobody can connect before the permissions are as they are to be.
    ///
    /// # Errors
    ///
    /// [`AddrInUse`](io::ErrorKind::AddrInUse) where somebody listens there all the same,
    /// [`AlreadyExists`](io::ErrorKind::AlreadyExists) where something else is, or the system's.
    pub fn listen(self, mode: u32, group: Option<u32>) -> io::Result<(UnixListener, SocketFile)> {
        let path = &self.path;
        let socket = socket2::Socket::new(Domain::UNIX, Type::STREAM, None)?;
        let address = SockAddr::unix(path)?;
        if let Err(error) = socket.bind(&address) {
            if error.kind() != io::ErrorKind::AddrInUse {
                return Err(error);
            }
            remove_stale(path)?;
            socket.bind(&address)?;
        }
        let metadata = fs::symlink_metadata(path)?;
        let id = (metadata.dev(), metadata.ino());
        let file = SocketFile { claim: self, id };
        let path = file.path();
        if group.is_some() {
            std::os::unix::fs::chown(path, None, group)?;
        }
        fs::set_permissions(path, Permissions::from_mode(mode))?;
        socket.listen(BACKLOG)?;
        Ok((socket.into(), file))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Before the lock is given back, so that nobody gets one that is no file's.
        let _ = fs::remove_file(&self.lock_path);
    }
}

/// Connects to whoever listens there, and waits no longer than that: for ever where he hangs, and
/// as many as his backlog has room for wait already. Nor does a read or a write of the stream.
///
/// # Errors
///
/// [`WouldBlock`](io::ErrorKind::WouldBlock) where the time is over, or the system's.
pub fn connect(path: &Path, within: Duration) -> io::Result<UnixStream> {
    let socket = socket2::Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_write_timeout(Some(within))?;
    socket.set_read_timeout(Some(within))?;
    let (address, begun) = (SockAddr::unix(path)?, Instant::now());
    loop {
        match socket.connect(&address) {
            Ok(()) => return Ok(OwnedFd::from(socket).into()),
            // With a timeout the system does not go on by itself after a signal.
            Err(error)
                if error.kind() == io::ErrorKind::Interrupted && begun.elapsed() < within => {}
            Err(error) => return Err(error),
        }
    }
}

/// Makes the folder of a socket where there is none.
///
/// # Errors
///
/// The system's.
pub fn make_folder(socket: &Path) -> io::Result<()> {
    let Some(folder) = socket.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    match DirBuilder::new().mode(0o755).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn in_use() -> io::Error {
    io::Error::new(io::ErrorKind::AddrInUse, "another program listens there")
}

fn remove_stale(path: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "what is there is no socket"));
    }
    match connect(path, LOOK) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        // He listens, and takes none of those who wait.
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(in_use()),
        Err(error) => Err(error),
        Ok(_) => Err(in_use()),
    }
}

/// A socket's file. Dropped, it is removed, unless another socket has taken its place, and the claim
/// given back.
#[derive(Debug)]
pub struct SocketFile {
    claim: Claim,
    id: (u64, u64),
}

impl SocketFile {
    /// Where it is.
    pub fn path(&self) -> &Path {
        self.claim.path()
    }

    /// Nobody is to find it any more; whoever wants its place has to wait all the same.
    pub fn remove(&self) {
        let found = fs::symlink_metadata(self.path());
        if found.is_ok_and(|found| (found.dev(), found.ino()) == self.id) {
            // Where it cannot be removed, the next one finds nobody there.
            let _ = fs::remove_file(self.path());
        }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        self.remove();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen(path: &Path, mode: u32) -> io::Result<(UnixListener, SocketFile)> {
        make_folder(path)?;
        Claim::new(path)?.listen(mode, None)
    }

    #[test]
    fn a_socket_is_there_while_it_is_needed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run/socket");
        let (listener, file) = listen(&path, 0o640).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o640);
        let client = UnixStream::connect(&path).unwrap();
        listener.accept().unwrap();
        // Another one is told, also where it is not to be found any more.
        assert_eq!(listen(&path, 0o666).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        file.remove();
        assert!(!path.exists());
        assert_eq!(listen(&path, 0o666).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop((client, file));
        assert_eq!(fs::read_dir(folder.path().join("run")).unwrap().count(), 0);
    }

    #[test]
    fn what_nobody_listens_at_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        // One that was killed.
        drop(UnixListener::bind(&path).unwrap());
        let (_listener, file) = listen(&path, 0o600).unwrap();
        // One that knows nothing of claims takes its place, and keeps it.
        fs::remove_file(&path).unwrap();
        let other = UnixListener::bind(&path).unwrap();
        drop(file);
        assert!(path.exists());
        assert_eq!(listen(&path, 0o600).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(other);
        fs::remove_file(&path).unwrap();
        fs::write(&path, "data").unwrap();
        assert_eq!(listen(&path, 0o600).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"data");
    }

    /// As where a service is stopped, and others have asked for it.
    #[test]
    fn who_has_no_room_for_more_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = socket2::Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
        listener.bind(&SockAddr::unix(&path).unwrap()).unwrap();
        listener.listen(0).unwrap();
        let waits = connect(&path, LOOK).unwrap();
        let begun = Instant::now();
        let error = connect(&path, Duration::from_millis(50)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        assert!((Duration::from_millis(50)..Duration::from_secs(10)).contains(&begun.elapsed()));
        // He is there, so that his place is not another's.
        assert_eq!(listen(&path, 0o600).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        assert!(path.exists());
        listener.accept().unwrap();
        drop(waits);
        connect(&path, LOOK).unwrap();
    }

    #[test]
    fn one_of_many_has_the_claim() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let held = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut had = 0;
                    while had < 200 {
                        let Ok(claim) = Claim::new(&path) else { continue };
                        assert_eq!(held.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                        held.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                        drop(claim);
                        had += 1;
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
