//! Where nmbd's socket is.

use std::env;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// Names the socket, where it is in none of the usual places.
pub const SOCKET_VARIABLE: &str = "MAILSLOT_NMBD_SOCKET";

/// Where most packages of Samba have it.
pub(super) const SOCKET: &str = "/run/samba/nmbd/unexpected";

/// As Samba itself calls it, where `/run` is another folder.
const OLD_SOCKET: &str = "/var/run/samba/nmbd/unexpected";

const SMB_CONF: &str = "/etc/samba/smb.conf";

/// Most octets of `smb.conf` that are read.
const MAX_SMB_CONF: u64 = 1 << 20;

/// The places where the socket may be, the likeliest first: the one that [`SOCKET_VARIABLE`] names
/// and no other, or the one that `smb.conf` names (`nmbd:socket dir`) and the usual ones.
pub fn sockets() -> Vec<PathBuf> {
    if let Some(path) = env::var_os(SOCKET_VARIABLE).filter(|path| !path.is_empty()) {
        return vec![path.into()];
    }
    let mut text = Vec::new();
    // What can be read of it.
    let _ = File::open(SMB_CONF).and_then(|file| file.take(MAX_SMB_CONF).read_to_end(&mut text));
    let configured = socket_folder(&String::from_utf8_lossy(&text));
    let configured = configured.map(|folder| folder.join("unexpected"));
    configured.into_iter().chain([SOCKET, OLD_SOCKET].map(PathBuf::from)).collect()
}

/// The value of `nmbd:socket dir`, the last one of `[global]`; white space and case of names do not
/// matter.
fn socket_folder(smb_conf: &str) -> Option<PathBuf> {
    let mut global = true;
    let mut folder = None;
    for line in smb_conf.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.split(']').next().unwrap_or_default();
            global = section.trim().eq_ignore_ascii_case("global");
        } else if let Some((name, value)) = line.split_once('=') {
            let name: String = name.split_whitespace().collect();
            if global && name.eq_ignore_ascii_case("nmbd:socketdir") {
                folder = Some(value.trim());
            }
        }
    }
    folder.filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smb_conf_names_the_folder() {
        let folder = |text: &str| socket_folder(text).map(|path| path.display().to_string());
        assert_eq!(
            folder("[Global]\n\tworkgroup = X\n  NMBD : Socket Dir =  /srv/a b/nmbd \n[homes]\n"),
            Some("/srv/a b/nmbd".into())
        );
        assert_eq!(folder("nmbd:socketdir=/a\n[global]\nnmbd:socket dir=/b"), Some("/b".into()));
        for none in [
            "",
            "[global]\n; nmbd:socket dir = /a\n# nmbd:socket dir = /a",
            "[share]\nnmbd:socket dir = /a",
            "[global]\nnmbd:socket dir =",
            "[global]\nnmbd:socket dir",
            "[global\u{fffd}]\n=\n[",
        ] {
            assert_eq!(folder(none), None, "{none}");
        }
    }
}
