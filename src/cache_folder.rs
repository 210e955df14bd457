//! The user's cache folder, where this program leaves for its later runs what it need not do twice: compiled built-ins
//! (`builtin_cache.rs`), the startup snapshot (`snapshot/`) and compiled code of large modules (`ops/user_code/`).
//!
//! `WEFT_CACHE_DIR` names another folder, `WEFT_DISABLE_CODE_CACHE=1` turns all of it off. Nothing depends on the folder.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

fn set(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

static INSTEAD: OnceLock<PathBuf> = OnceLock::new();

/// Has this process use `folder` from here on.
pub(crate) fn use_instead(folder: &Path) {
    let _ = INSTEAD.set(folder.to_owned());
}

/// The folder, whether it exists or not; none if caching is turned off or there is no place for it.
pub(crate) fn path() -> Option<PathBuf> {
    if let Some(folder) = INSTEAD.get() {
        return Some(folder.clone());
    }
    if set("WEFT_DISABLE_CODE_CACHE").is_some_and(|value| value != "0") {
        return None;
    }
    Some(match set("WEFT_CACHE_DIR") {
        Some(folder) => PathBuf::from(folder),
        None if cfg!(windows) => PathBuf::from(set("LOCALAPPDATA")?).join("weft").join("cache"),
        None if cfg!(target_os = "macos") => PathBuf::from(set("HOME")?).join("Library/Caches/weft"),
        None => match set("XDG_CACHE_HOME") {
            Some(folder) => PathBuf::from(folder).join("weft"),
            None => PathBuf::from(set("HOME")?).join(".cache/weft"),
        },
    })
}

/// Writes `path` whole or not at all: a file of the writer's own is renamed over the name, so that readers and other
/// writers see an old file or a new one, and a map of the old one stays as it is.
pub(crate) fn write(path: &Path, parts: &[&[u8]]) -> std::io::Result<()> {
    use std::io::Write as _;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let own = path.with_extension(format!("{}.tmp", std::process::id()));
    let written = std::fs::File::create(&own)
        .and_then(|mut file| parts.iter().try_for_each(|part| file.write_all(part)))
        .and_then(|()| std::fs::rename(&own, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&own);
    }
    written
}

/// Whether V8 may be given what is in a file or folder of this owner: the user, or the system.
#[cfg(unix)]
pub(crate) fn is_trusted(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    metadata.uid() == 0 || metadata.uid() == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
pub(crate) fn is_trusted(_: &std::fs::Metadata) -> bool {
    true
}

/// Makes `folder`, for the user alone, if it does not exist. One that others may write to is an error, and so is one inside of
/// another user's: a system's administrator who acts as somebody would lock them out.
pub(crate) fn own(folder: &Path) -> std::io::Result<()> {
    let outer = folder.ancestors().find_map(|outer| std::fs::metadata(outer).ok());
    if !outer.is_some_and(|outer| is_trusted(&outer)) {
        return Err(std::io::Error::other("the folder would be in someone else's"));
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let metadata = std::fs::metadata(folder)?;
    #[cfg(unix)]
    let others_write = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o022 != 0;
    #[cfg(not(unix))]
    let others_write = false;
    if others_write || !is_trusted(&metadata) {
        return Err(std::io::Error::other("others may write to the folder"));
    }
    Ok(())
}

/// A new file for the user alone.
pub(crate) fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Leaves the `keep` youngest files of the folder whose names begin with `prefix`: builds and sets of flags that are no longer
/// used have files nobody else would remove, and so have writers that were interrupted.
pub(crate) fn prune(folder: &Path, prefix: &str, keep: usize) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut files: Vec<_> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    files.sort();
    for (_, path) in files.iter().rev().skip(keep) {
        // Someone else may have removed it.
        let _ = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_youngest_files_of_a_kind_are_kept() {
        let folder = std::env::temp_dir().join(format!("weft-prune-{}", std::process::id()));
        for (age, name) in ["a-3.bin", "a-2.bin", "b-9.bin", "a-1.bin", "a-0.tmp"].iter().rev().enumerate() {
            write(&folder.join(name), &[b"1", b"2"]).unwrap();
            let file = std::fs::File::open(folder.join(name)).unwrap();
            file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(age as u64)).unwrap();
        }
        prune(&folder, "a-", 2);
        let mut left: Vec<_> = std::fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.file_name()).collect();
        left.sort();
        assert_eq!(left, ["a-0.tmp", "a-1.bin", "b-9.bin"]);
        assert_eq!(std::fs::read(folder.join("a-1.bin")).unwrap(), b"12");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_of_ones_own_is_nobody_elses() {
        use std::os::unix::fs::PermissionsExt as _;
        let outer = std::env::temp_dir().join(format!("weft-own-{}", std::process::id()));
        let folder = outer.join("inner/most");
        own(&folder).unwrap();
        own(&folder).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!([mode(&outer), mode(&folder)], [0o700, 0o700]);
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).unwrap();
        assert!(own(&folder).is_err(), "others may write to it");
        std::fs::remove_dir(&folder).unwrap();
        // Only an administrator can give files away.
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(outer.join("inner"), Some(12345), None).unwrap();
            assert!(own(&folder).is_err(), "it would be in someone else's");
            assert!(!folder.exists());
        }
        std::fs::remove_dir_all(outer).unwrap();
    }
}
