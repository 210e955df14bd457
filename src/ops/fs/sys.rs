//! System calls by descriptor number, and those that the standard library lacks. Unix; through libc where memory that
//! JavaScript shares is read or written, since no Rust reference to such memory may exist, and through rustix elsewhere.
//!
//! A descriptor that JavaScript names may be closed or be somebody else's: the kernel answers for that with EBADF, as
//! it does for Node. Nothing here makes Rust types that own a descriptor they did not open.

use std::ffi::CString;
use std::fs::{File, Metadata};
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{BorrowedFd, FromRawFd, IntoRawFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, Timespec, Timestamps};

/// Memory that a transfer reads or writes. JavaScript may touch it meanwhile, so it is never made a slice.
#[derive(Clone, Copy)]
pub(super) struct Memory {
    pub(super) start: *mut u8,
    pub(super) length: usize,
}

impl Memory {
    fn as_iovec(self) -> libc::iovec {
        libc::iovec { iov_base: self.start.cast(), iov_len: self.length }
    }
}

/// Buffers that one vectored call takes; more are left for the next call, as a short transfer is no error.
const MAX_VECTORS: usize = 1024;

/// Most bytes one read or write moves; Linux moves no more than this at once, other systems refuse more.
const MAX_TRANSFER: usize = 0x7fff_f000;

fn borrowed(fd: i32) -> io::Result<BorrowedFd<'static>> {
    if fd < 0 {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    // SAFETY: fd is not -1. It is used for one system call; if it is not open, the call answers EBADF.
    Ok(unsafe { BorrowedFd::borrow_raw(fd) })
}

fn position(at: u64) -> io::Result<libc::off_t> {
    libc::off_t::try_from(at).map_err(|_| io::Error::from_raw_os_error(libc::EFBIG))
}

/// Repeats `call` while signals interrupt it; it returns a count or -1.
fn counted(mut call: impl FnMut() -> isize) -> io::Result<usize> {
    loop {
        if let Ok(count) = usize::try_from(call()) {
            return Ok(count);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// Opens `path`; children do not inherit the descriptor.
pub(super) fn open(path: &Path, flags: i32, mode: u32) -> io::Result<i32> {
    let flags = OFlags::from_bits_retain(flags as _) | OFlags::CLOEXEC;
    loop {
        match rustix::fs::open(path, flags, Mode::from_raw_mode(mode as _)) {
            Ok(fd) => return Ok(fd.into_raw_fd()),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Closes `fd`. An interrupted close has closed.
pub(super) fn close(fd: i32) -> io::Result<()> {
    // SAFETY: no Rust object owns a descriptor that JavaScript holds by number.
    if unsafe { libc::close(fd) } == 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::EINTR | libc::EINPROGRESS) => Ok(()),
        _ => Err(error),
    }
}

/// Reads into `memory`, at `at` or at the descriptor's own position.
///
/// # Safety
/// `memory` must be valid for writes, as a whole, until this returns.
pub(super) unsafe fn read(fd: i32, memory: Memory, at: Option<u64>) -> io::Result<usize> {
    let length = memory.length.min(MAX_TRANSFER);
    let start = memory.start.cast();
    match at.map(position).transpose()? {
        // SAFETY: the caller vouches for the memory; the kernel checks the descriptor.
        None => counted(|| unsafe { libc::read(fd, start, length) }),
        // SAFETY: as above.
        Some(at) => counted(|| unsafe { libc::pread(fd, start, length, at) }),
    }
}

/// Writes `memory`, at `at` or at the descriptor's own position.
///
/// # Safety
/// `memory` must be valid for reads, as a whole, until this returns.
pub(super) unsafe fn write(fd: i32, memory: Memory, at: Option<u64>) -> io::Result<usize> {
    let length = memory.length.min(MAX_TRANSFER);
    let start = memory.start.cast_const().cast();
    match at.map(position).transpose()? {
        // SAFETY: the caller vouches for the memory; the kernel checks the descriptor.
        None => counted(|| unsafe { libc::write(fd, start, length) }),
        // SAFETY: as above.
        Some(at) => counted(|| unsafe { libc::pwrite(fd, start, length, at) }),
    }
}

/// Reads into several buffers in turn.
///
/// # Safety
/// Every one of `memories` must be valid for writes until this returns.
pub(super) unsafe fn readv(fd: i32, memories: &[Memory], at: Option<u64>) -> io::Result<usize> {
    let vectors: Vec<libc::iovec> = memories.iter().take(MAX_VECTORS).map(|m| m.as_iovec()).collect();
    let count = vectors.len() as libc::c_int;
    match at.map(position).transpose()? {
        // SAFETY: the vectors describe memory the caller vouches for, and there are `count` of them.
        None => counted(|| unsafe { libc::readv(fd, vectors.as_ptr(), count) }),
        // SAFETY: as above.
        Some(at) => counted(|| unsafe { libc::preadv(fd, vectors.as_ptr(), count, at) }),
    }
}

/// Writes several buffers in turn.
///
/// # Safety
/// Every one of `memories` must be valid for reads until this returns.
pub(super) unsafe fn writev(fd: i32, memories: &[Memory], at: Option<u64>) -> io::Result<usize> {
    let vectors: Vec<libc::iovec> = memories.iter().take(MAX_VECTORS).map(|m| m.as_iovec()).collect();
    let count = vectors.len() as libc::c_int;
    match at.map(position).transpose()? {
        // SAFETY: the vectors describe memory the caller vouches for, and there are `count` of them.
        None => counted(|| unsafe { libc::writev(fd, vectors.as_ptr(), count) }),
        // SAFETY: as above.
        Some(at) => counted(|| unsafe { libc::pwritev(fd, vectors.as_ptr(), count, at) }),
    }
}

/// Reads into the spare capacity of `bytes`, at most `limit`, and lengthens it by what came.
pub(super) fn read_spare(fd: i32, bytes: &mut Vec<u8>, limit: usize) -> io::Result<usize> {
    let spare = bytes.spare_capacity_mut();
    let memory = Memory { start: spare.as_mut_ptr().cast(), length: spare.len().min(limit) };
    // SAFETY: `memory` is the start of the vector's spare capacity, which nobody else sees.
    let count = unsafe { read(fd, memory, None)? };
    let filled = bytes.len() + count;
    // SAFETY: the kernel has written `count` bytes after the old end.
    unsafe { bytes.set_len(filled) };
    Ok(count)
}

/// Writes all of `memory` at the descriptor's position.
///
/// # Safety
/// As [`write`].
pub(super) unsafe fn write_all(fd: i32, memory: Memory) -> io::Result<()> {
    let mut done = 0;
    while done < memory.length {
        let rest = Memory { start: memory.start.wrapping_add(done), length: memory.length - done };
        // SAFETY: a part of the memory the caller vouches for.
        done += unsafe { write(fd, rest, None)? };
    }
    Ok(())
}

/// The metadata of an open file.
pub(super) fn fstat(fd: i32) -> io::Result<Metadata> {
    borrowed(fd)?;
    // SAFETY: fd is not negative, and the File is never dropped, so the descriptor stays whose it is. If it is not
    // open, the one system call made with it answers EBADF.
    let file = ManuallyDrop::new(unsafe { File::from_raw_fd(fd) });
    file.metadata()
}

/// Whether the descriptor is of a plain file.
pub(super) fn is_file(fd: i32) -> bool {
    let stat = borrowed(fd).and_then(|fd| Ok(rustix::fs::fstat(fd)?));
    stat.is_ok_and(|s| rustix::fs::FileType::from_raw_mode(s.st_mode) == rustix::fs::FileType::RegularFile)
}

/// The size of an open file, in bytes; 0 for what is no plain file.
pub(super) fn file_size(fd: i32) -> io::Result<u64> {
    // Not `fstat` above, which asks for more and takes longer.
    let stat = rustix::fs::fstat(borrowed(fd)?)?;
    let is_file = rustix::fs::FileType::from_raw_mode(stat.st_mode) == rustix::fs::FileType::RegularFile;
    Ok(if is_file { u64::try_from(stat.st_size).unwrap_or(0) } else { 0 })
}

pub(super) fn ftruncate(fd: i32, length: u64) -> io::Result<()> {
    Ok(rustix::fs::ftruncate(borrowed(fd)?, length)?)
}

pub(super) fn fsync(fd: i32) -> io::Result<()> {
    Ok(rustix::fs::fsync(borrowed(fd)?)?)
}

pub(super) fn fdatasync(fd: i32) -> io::Result<()> {
    #[cfg(not(target_vendor = "apple"))]
    return Ok(rustix::fs::fdatasync(borrowed(fd)?)?);
    #[cfg(target_vendor = "apple")]
    fsync(fd)
}

/// Whether the process may do what the bits of `mode` (R_OK, W_OK, X_OK) say.
pub(super) fn access(path: &Path, mode: i32) -> io::Result<()> {
    Ok(rustix::fs::access(path, rustix::fs::Access::from_bits_truncate(mode as _))?)
}

pub(super) fn chmod(path: &Path, mode: u32) -> io::Result<()> {
    Ok(rustix::fs::chmod(path, Mode::from_raw_mode(mode as _))?)
}

pub(super) fn fchmod(fd: i32, mode: u32) -> io::Result<()> {
    Ok(rustix::fs::fchmod(borrowed(fd)?, Mode::from_raw_mode(mode as _))?)
}

/// Changes the mode of a link itself, where the system can (macOS and the BSDs).
pub(super) fn lchmod(path: &Path, mode: u32) -> io::Result<()> {
    Ok(rustix::fs::chmodat(CWD, path, Mode::from_raw_mode(mode as _), AtFlags::SYMLINK_NOFOLLOW)?)
}

/// An owner as the system call takes it; `None` leaves it alone.
pub(super) type Owner = Option<u32>;

pub(super) fn chown(path: &Path, uid: Owner, gid: Owner) -> io::Result<()> {
    std::os::unix::fs::chown(path, uid, gid)
}

pub(super) fn lchown(path: &Path, uid: Owner, gid: Owner) -> io::Result<()> {
    std::os::unix::fs::lchown(path, uid, gid)
}

pub(super) fn fchown(fd: i32, uid: Owner, gid: Owner) -> io::Result<()> {
    std::os::unix::fs::fchown(borrowed(fd)?, uid, gid)
}

/// A time in seconds, with its fraction in whole nanoseconds that are never negative.
pub(super) fn timespec(seconds: f64) -> Timespec {
    let whole = seconds.floor();
    let nanoseconds = ((seconds - whole) * 1e9).floor().clamp(0.0, 999_999_999.0);
    Timespec { tv_sec: whole as _, tv_nsec: nanoseconds as _ }
}

fn timestamps(atime: f64, mtime: f64) -> Timestamps {
    Timestamps { last_access: timespec(atime), last_modification: timespec(mtime) }
}

/// Sets both times of `path`, of a link itself where `nofollow`.
pub(super) fn utimes(path: &Path, atime: f64, mtime: f64, nofollow: bool) -> io::Result<()> {
    let flags = if nofollow { AtFlags::SYMLINK_NOFOLLOW } else { AtFlags::empty() };
    Ok(rustix::fs::utimensat(CWD, path, &timestamps(atime, mtime), flags)?)
}

pub(super) fn futimes(fd: i32, atime: f64, mtime: f64) -> io::Result<()> {
    Ok(rustix::fs::futimens(borrowed(fd)?, &timestamps(atime, mtime))?)
}

/// Makes a directory of a fresh name that starts with `prefix`.
pub(super) fn mkdtemp(prefix: &Path) -> io::Result<PathBuf> {
    let mut template = prefix.as_os_str().as_bytes().to_vec();
    template.extend_from_slice(b"XXXXXX");
    let template = CString::new(template)?.into_raw();
    // SAFETY: `template` is a C string of our own that mkdtemp may write to, without changing its length.
    let made = unsafe { libc::mkdtemp(template) };
    let error = io::Error::last_os_error();
    // SAFETY: `template` came from `into_raw` above.
    let template = unsafe { CString::from_raw(template) };
    if made.is_null() {
        return Err(error);
    }
    Ok(PathBuf::from(std::ffi::OsString::from_vec(template.into_bytes())))
}

pub(super) fn symlink(target: &Path, path: &Path, _flags: i32) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

/// Makes `dest` share the blocks of `src` until one is changed, where the file system can.
#[cfg(target_os = "linux")]
pub(super) fn clone_file(src: &File, dest: &File) -> io::Result<()> {
    Ok(rustix::fs::ioctl_ficlone(dest, src)?)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn clone_file(_: &File, _: &File) -> io::Result<()> {
    Err(io::Error::from_raw_os_error(libc::ENOTSUP))
}

/// type, block size, blocks, free, available, files, free files
pub(super) fn statfs(path: &Path) -> io::Result<[i64; 7]> {
    let s = rustix::fs::statfs(path)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let kind = s.f_type as i64;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let kind = 0;
    Ok([
        kind,
        s.f_bsize as i64,
        s.f_blocks as i64,
        s.f_bfree as i64,
        s.f_bavail as i64,
        s.f_files as i64,
        s.f_ffree as i64,
    ])
}

#[cfg(test)]
mod tests {
    use super::timespec;

    #[test]
    fn times_before_the_epoch_have_positive_nanoseconds() {
        let time = timespec(-1.25);
        assert_eq!((time.tv_sec, time.tv_nsec), (-2, 750_000_000));
        let time = timespec(2_147_483_648.5);
        assert_eq!((time.tv_sec, time.tv_nsec), (2_147_483_648, 500_000_000));
    }
}
