//! `fs.constants`: the platform's own numbers and libuv's.

use super::super::args::key;
use super::{Args, Rv, Scope};
use crate::ops::OpResult;

/// Numbers that are libuv's, or the same everywhere.
const COMMON: &[(&str, i32)] = &[
    ("UV_FS_SYMLINK_DIR", 1),
    ("UV_FS_SYMLINK_JUNCTION", 2),
    ("UV_DIRENT_UNKNOWN", 0),
    ("UV_DIRENT_FILE", 1),
    ("UV_DIRENT_DIR", 2),
    ("UV_DIRENT_LINK", 3),
    ("UV_DIRENT_FIFO", 4),
    ("UV_DIRENT_SOCKET", 5),
    ("UV_DIRENT_CHAR", 6),
    ("UV_DIRENT_BLOCK", 7),
    ("UV_FS_O_FILEMAP", 0),
    ("F_OK", 0),
    ("R_OK", 4),
    ("W_OK", 2),
    ("X_OK", 1),
    ("UV_FS_COPYFILE_EXCL", 1),
    ("COPYFILE_EXCL", 1),
    ("UV_FS_COPYFILE_FICLONE", 2),
    ("COPYFILE_FICLONE", 2),
    ("UV_FS_COPYFILE_FICLONE_FORCE", 4),
    ("COPYFILE_FICLONE_FORCE", 4),
];

#[cfg(unix)]
macro_rules! from_libc {
    ($($name:ident),* $(,)?) => { &[$((stringify!($name), libc::$name as i32)),*] };
}

#[cfg(unix)]
const PLATFORM: &[(&str, i32)] = from_libc![
    O_RDONLY,
    O_WRONLY,
    O_RDWR,
    S_IFMT,
    S_IFREG,
    S_IFDIR,
    S_IFCHR,
    S_IFBLK,
    S_IFIFO,
    S_IFLNK,
    S_IFSOCK,
    O_CREAT,
    O_EXCL,
    O_NOCTTY,
    O_TRUNC,
    O_APPEND,
    O_DIRECTORY,
    O_NOFOLLOW,
    O_SYNC,
    O_DSYNC,
    O_NONBLOCK,
    S_IRWXU,
    S_IRUSR,
    S_IWUSR,
    S_IXUSR,
    S_IRWXG,
    S_IRGRP,
    S_IWGRP,
    S_IXGRP,
    S_IRWXO,
    S_IROTH,
    S_IWOTH,
    S_IXOTH,
];

#[cfg(target_os = "linux")]
const SYSTEM: &[(&str, i32)] = from_libc![O_NOATIME, O_DIRECT];
#[cfg(target_vendor = "apple")]
const SYSTEM: &[(&str, i32)] = from_libc![O_SYMLINK];
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
const SYSTEM: &[(&str, i32)] = &[];

/// `constants()`: an object of numbers.
pub(super) fn constants(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let object = v8::Object::new(scope);
    for (name, value) in COMMON.iter().chain(PLATFORM).chain(SYSTEM) {
        let name = key(scope, name);
        let value = v8::Integer::new(scope, *value);
        object.set(scope, name.into(), value.into());
    }
    rv.set(object.into());
    Ok(())
}
