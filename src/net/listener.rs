//! A Unix socket at a path, for programs that connect.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _,
};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use socket2::{Domain, SockAddr, Type};

/// Connections that wait to be taken.
const BACKLOG: i32 = 128;

/// A socket's file. Dropped, it is removed, unless another socket has taken its place.
#[derive(Debug)]
pub struct SocketFile {
    path: PathBuf,
    id: (u64, u64),
}

/// Listens at `path`, with these permissions, for that group where one is given. The folder is made
/// if it is missing. A socket that nobody listens at any more is replaced.
///
/// Nobody can connect before the permissions are as they are to be.
///
/// # Errors
///
/// [`AddrInUse`](io::ErrorKind::AddrInUse) where somebody listens there,
/// [`AlreadyExists`](io::ErrorKind::AlreadyExists) where something else is, or the system's.
pub fn listen(
    path: &Path,
    mode: u32,
    group: Option<u32>,
) -> io::Result<(UnixListener, SocketFile)> {
    if let Some(folder) = path.parent() {
        if !folder.exists() {
            DirBuilder::new().mode(0o755).create(folder)?;
        }
    }
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
    let file = SocketFile { path: path.to_owned(), id: (metadata.dev(), metadata.ino()) };
    if group.is_some() {
        std::os::unix::fs::chown(path, None, group)?;
    }
    fs::set_permissions(path, Permissions::from_mode(mode))?;
    socket.listen(BACKLOG)?;
    Ok((socket.into(), file))
}

fn remove_stale(path: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "what is there is no socket"));
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(io::Error::new(io::ErrorKind::AddrInUse, "another program listens there")),
    }
}

impl SocketFile {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let found = fs::symlink_metadata(&self.path);
        if found.is_ok_and(|found| (found.dev(), found.ino()) == self.id) {
            // Where it cannot be removed, the next one finds nobody there.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_there_while_it_is_needed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run/socket");
        let (listener, file) = listen(&path, 0o640, None).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o640);
        let client = UnixStream::connect(&path).unwrap();
        listener.accept().unwrap();
        // Another one is told.
        let error = listen(&path, 0o666, None).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse, "{error}");
        drop((client, file));
        assert!(!path.exists());
    }

    #[test]
    fn what_nobody_listens_at_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let (_, first) = listen(&path, 0o600, None).unwrap();
        let (_second_listener, second) = listen(&path, 0o600, None).unwrap();
        drop(first);
        assert!(path.exists(), "it is another's now");
        drop(second);
        assert!(!path.exists());
        fs::write(&path, "data").unwrap();
        let error = listen(&path, 0o600, None).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists, "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"data");
    }
}
