//! rename, unlink, links and their targets, real paths, and copies of files.

use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::super::args::{arg_bool, arg_i32};
use super::{Access, Args, FsPath, Name, Rv, Scope, arg_any_path, arg_path_to, refuse, run, sys};
use crate::ops::{OpError, OpResult};
use crate::permission::{self, Scope as Permission};

/// `rename(from, to, cb?)`
pub(super) fn rename(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let from = arg_path_to(scope, args, 0, Access::Both)?;
    let to = arg_path_to(scope, args, 1, Access::Write)?;
    run(scope, args, 2, rv, move || std::fs::rename(&from.0, &to.0).map_err(|e| from.error_to(&to, e, "rename")))
}

/// `unlink(path, cb?)`
pub(super) fn unlink(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let path = arg_path_to(scope, args, 0, Access::Write)?;
    run(scope, args, 1, rv, move || std::fs::remove_file(&path.0).map_err(|e| path.error(e, "unlink")))
}

/// `link(existing, path, cb?)`
pub(super) fn link(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let existing = arg_path_to(scope, args, 0, Access::Both)?;
    let path = arg_path_to(scope, args, 1, Access::Write)?;
    run(scope, args, 2, rv, move || {
        std::fs::hard_link(&existing.0, &path.0).map_err(|e| existing.error_to(&path, e, "link"))
    })
}

/// `symlink(target, path, flags, cb?)`
pub(super) fn symlink(scope: Scope, args: Args, rv: Rv) -> OpResult {
    // A link leads past the policy, so it takes everything to make one.
    if !(permission::allows(Permission::FsRead) && permission::allows(Permission::FsWrite)) {
        let message = "fs.symlink API requires full fs.read and fs.write permissions.".to_owned();
        refuse(scope, args, Some(OpError::access_denied(message, "", "")))?;
    }
    let (target, path) = (arg_any_path(scope, args, 0)?, arg_any_path(scope, args, 1)?);
    let flags = arg_i32(scope, args, 2)?;
    run(scope, args, 3, rv, move || {
        sys::symlink(&target.0, &path.0, flags).map_err(|e| target.error_to(&path, e, "symlink"))
    })
}

/// `readlink(path, raw, cb?)`
pub(super) fn readlink(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let path = arg_path_to(scope, args, 0, Access::Read)?;
    let raw = arg_bool(scope, args, 1);
    run(scope, args, 2, rv, move || match std::fs::read_link(&path.0) {
        Ok(target) => Ok(Name { name: target.into_os_string(), raw }),
        Err(error) => Err(path.error(error, "readlink")),
    })
}

/// `realpath(path, raw, byComponent, cb?)`: where a part is missing, the error is about the whole path, or with
/// `byComponent` about that part.
pub(super) fn realpath(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let path = arg_path_to(scope, args, 0, Access::Read)?;
    let raw = arg_bool(scope, args, 1);
    let by_component = arg_bool(scope, args, 2);
    run(scope, args, 3, rv, move || {
        let given = if path.0.as_os_str().is_empty() { Path::new(".") } else { path.0.as_path() };
        match std::fs::canonicalize(given) {
            Ok(real) => Ok(Name { name: real.into_os_string(), raw }),
            Err(error) if by_component => Err(component_error(given, error)),
            Err(error) => Err(path.error(error, "realpath")),
        }
    })
}

/// The error of the first part of `path` that cannot be looked at.
fn component_error(path: &Path, otherwise: io::Error) -> OpError {
    let Ok(absolute) = std::path::absolute(path) else { return OpError::io(otherwise, "realpath") };
    let mut so_far = PathBuf::new();
    for component in absolute.components() {
        if component == Component::ParentDir {
            so_far.pop();
        } else {
            so_far.push(component);
        }
        let here = FsPath(so_far.clone());
        match std::fs::symlink_metadata(&so_far) {
            Err(error) => return here.error(error, "lstat"),
            Ok(metadata) if metadata.is_symlink() => {
                // A link that leads nowhere.
                if let Err(error) = std::fs::metadata(&so_far) {
                    return here.error(error, "stat");
                }
            }
            Ok(_) => {}
        }
    }
    FsPath(absolute).error(otherwise, "realpath")
}

/// `UV_FS_COPYFILE_*`: fail if the destination is there; share blocks if possible; fail if they cannot be shared.
const COPY_EXCLUSIVE: i32 = 1;
const COPY_CLONE: i32 = 2;
const COPY_CLONE_FORCE: i32 = 4;

/// `copyFile(from, to, mode, cb?)`
pub(super) fn copy_file(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let from = arg_path_to(scope, args, 0, Access::Read)?;
    let to = arg_path_to(scope, args, 1, Access::Write)?;
    let mode = arg_i32(scope, args, 2)?;
    run(scope, args, 3, rv, move || copy(&from.0, &to.0, mode).map_err(|e| from.error_to(&to, e, "copyfile")))
}

/// Copies contents and permissions. A destination that a failed copy has made or emptied is removed.
fn copy(from: &Path, to: &Path, mode: i32) -> io::Result<()> {
    let mut source = File::open(from)?;
    let metadata = source.metadata()?;
    if metadata.is_dir() {
        return Err(directory_as_source());
    }
    let mut options = File::options();
    options.write(true);
    if mode & COPY_EXCLUSIVE != 0 {
        options.create_new(true)
    } else {
        options.create(true)
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
        options.mode(metadata.mode() & 0o7777);
    }
    let mut dest = options.open(to)?;
    let dest_metadata = dest.metadata()?;
    if same_file(&metadata, &dest_metadata) {
        return Ok(());
    }
    let copied = copy_contents(&mut source, &mut dest, &metadata, &dest_metadata, mode);
    if copied.is_err() {
        let _ = std::fs::remove_file(to);
    }
    copied
}

fn copy_contents(
    source: &mut File,
    dest: &mut File,
    metadata: &std::fs::Metadata,
    dest_metadata: &std::fs::Metadata,
    mode: i32,
) -> io::Result<()> {
    if dest_metadata.is_file() {
        dest.set_len(0)?;
        if metadata.permissions() != dest_metadata.permissions() {
            dest.set_permissions(metadata.permissions())?;
        }
    }
    if mode & (COPY_CLONE | COPY_CLONE_FORCE) != 0 {
        match sys::clone_file(source, dest) {
            Ok(()) => return Ok(()),
            Err(error) if mode & COPY_CLONE_FORCE != 0 => return Err(error),
            Err(_) => {}
        }
    }
    // The standard library lets the kernel do it where it can.
    io::copy(source, dest).map(drop)
}

#[cfg(unix)]
fn same_file(a: &std::fs::Metadata, b: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    a.dev() == b.dev() && a.ino() == b.ino()
}

#[cfg(unix)]
fn directory_as_source() -> io::Error {
    io::Error::from_raw_os_error(libc::EISDIR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copying_a_file_onto_itself_leaves_it_alone() {
        let path = std::env::temp_dir().join(format!("weft-copy-{}", std::process::id()));
        std::fs::write(&path, "contents").expect("writes");
        copy(&path, &path, 0).expect("copies");
        assert_eq!(std::fs::read(&path).expect("reads"), b"contents");
        let error = copy(&path, &path, COPY_EXCLUSIVE).expect_err("is there");
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        std::fs::remove_file(&path).expect("removes");
    }
}
