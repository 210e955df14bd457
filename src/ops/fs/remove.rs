//! rm: removal of files and trees, with patience for what is busy.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::super::args::{arg_bool, arg_u32};
use super::{Access, Args, FsPath, Rv, Scope, arg_path_to, run};
use crate::ops::OpResult;

/// How `rm` was asked to go about it.
#[derive(Clone, Copy)]
struct Options {
    recursive: bool,
    /// What is not there is no error.
    force: bool,
    max_retries: u32,
    /// Pause before the first retry; every later one waits that much longer.
    retry_delay: Duration,
}

/// `rm(path, recursive, force, maxRetries, retryDelay in ms, cb?)`. A directory without `recursive` fails as EISDIR
/// of `rm`.
pub(super) fn rm(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let path = arg_path_to(scope, args, 0, Access::Write)?;
    let options = Options {
        recursive: arg_bool(scope, args, 1),
        force: arg_bool(scope, args, 2),
        max_retries: arg_u32(scope, args, 3)?,
        retry_delay: Duration::from_millis(u64::from(arg_u32(scope, args, 4)?)),
    };
    run(scope, args, 5, rv, move || remove(&path, options))
}

fn remove(path: &FsPath, options: Options) -> OpResult {
    let absent = |e: &io::Error| options.force && e.kind() == io::ErrorKind::NotFound;
    let metadata = match std::fs::symlink_metadata(&path.0) {
        Ok(metadata) => metadata,
        Err(error) if absent(&error) => return Ok(()),
        Err(error) => return Err(path.error(error, "lstat")),
    };
    if metadata.is_dir() && !options.recursive {
        return Err(path.error(directory(), "rm"));
    }
    let mut attempt = 0;
    loop {
        let result = if metadata.is_dir() { remove_tree(&path.0) } else { std::fs::remove_file(&path.0) };
        match result {
            Ok(()) => return Ok(()),
            Err(error) if absent(&error) => return Ok(()),
            Err(error) if attempt < options.max_retries && may_pass(&error) => {
                attempt += 1;
                std::thread::sleep(options.retry_delay * attempt);
            }
            Err(error) => return Err(path.error(error, if metadata.is_dir() { "rm" } else { "unlink" })),
        }
    }
}

/// The standard library's walk does not follow links that appear under it.
fn remove_tree(path: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(path) {
        // Somebody else was removing it too.
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.exists() => Ok(()),
        result => result,
    }
}

/// Errors that another process causes by holding or filling what is to go.
fn may_pass(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        matches!(error.raw_os_error(), Some(libc::EBUSY | libc::EMFILE | libc::ENFILE | libc::ENOTEMPTY | libc::EPERM))
    }
    #[cfg(not(unix))]
    {
        matches!(
            error.kind(),
            io::ErrorKind::ResourceBusy | io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::PermissionDenied
        )
    }
}

#[cfg(unix)]
fn directory() -> io::Error {
    io::Error::from_raw_os_error(libc::EISDIR)
}

#[cfg(not(unix))]
fn directory() -> io::Error {
    io::ErrorKind::IsADirectory.into()
}
