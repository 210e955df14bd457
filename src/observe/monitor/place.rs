//! Where the sockets of monitored processes are: a folder of the user's own, a file for each process, named by its number.

use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

const EXTENSION: &str = "monitor";

/// The folder, whether it exists or not. The system's for a user's sockets, where there is one.
pub(crate) fn folder() -> PathBuf {
    let user = rustix::process::geteuid().as_raw();
    match std::env::var_os("XDG_RUNTIME_DIR").filter(|folder| Path::new(folder).is_absolute()) {
        Some(folder) => PathBuf::from(folder).join("weft"),
        None => std::env::temp_dir().join(format!("weft-{user}")),
    }
}

/// Makes the folder, if it is not there; and makes sure that nobody else can put anything into it, or take it out.
pub(super) fn make_folder() -> std::io::Result<PathBuf> {
    let folder = folder();
    match std::fs::DirBuilder::new().mode(0o700).create(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    check(&folder)?;
    Ok(folder)
}

/// Others may have been there before us, in a folder that everybody may write to.
fn check(folder: &Path) -> std::io::Result<()> {
    let found = std::fs::symlink_metadata(folder)?;
    let own = found.is_dir() && found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o077 == 0;
    if own {
        return Ok(());
    }
    let text = format!("{} must be a folder of this user that nobody else may enter", folder.display());
    Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, text))
}

/// The socket of process `pid`.
pub(crate) fn socket(folder: &Path, pid: u32) -> PathBuf {
    folder.join(format!("{pid}.{EXTENSION}"))
}

/// The processes that have a socket; some may have been killed.
pub(crate) fn processes(folder: &Path) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let pid = |path: PathBuf| {
        (path.extension()? == EXTENSION).then_some(())?;
        path.file_stem()?.to_str()?.parse::<u32>().ok()
    };
    let mut found: Vec<u32> = entries.flatten().filter_map(|entry| pid(entry.path())).collect();
    found.sort_unstable();
    found
}

/// Whether the other end is the same user's, or the system's. The folder should see to that; this is the second lock.
pub(super) fn is_own(stream: &UnixStream) -> bool {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        let own = rustix::process::geteuid();
        rustix::net::sockopt::socket_peercred(stream).is_ok_and(|peer| peer.uid == own || peer.uid.is_root())
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = stream;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn only_a_folder_of_ones_own_will_do() {
        let folder = std::env::temp_dir().join(format!("weft-place-{}", std::process::id()));
        std::fs::DirBuilder::new().mode(0o700).create(&folder).unwrap();
        assert!(check(&folder).is_ok());
        let link = folder.join("link");
        std::os::unix::fs::symlink(&folder, &link).unwrap();
        assert!(check(&link).is_err(), "a link leads anywhere");
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(check(&folder).is_err(), "others may look in");
        for name in ["12.monitor", "7.monitor", "x.monitor", "9.sock"] {
            std::fs::write(folder.join(name), "").unwrap();
        }
        assert_eq!(processes(&folder), [7, 12]);
        assert_eq!(socket(&folder, 7), folder.join("7.monitor"));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn both_ends_in_one_process_are_the_same_users() {
        let (one, _other) = UnixStream::pair().unwrap();
        assert!(is_own(&one));
    }
}
