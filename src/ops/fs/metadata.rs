//! stat and its kin, access, modes, owners and times.

use std::fs::Metadata;
use std::io;
use std::time::UNIX_EPOCH;

use super::super::args::{arg_bool, arg_f64, arg_i32, arg_u32};
use super::{Access, Args, Rv, Scope, arg_path_to, refuse_disabled, run, sys};
use crate::ops::{IntoJs, OpError, OpResult, trace_flags};

/// How many numbers a stat is. Their order is known to js/internal/fs/stats.js.
const FIELDS: usize = 18;

/// A stat: ten plain fields, then seconds and nanoseconds of access, modification, change and birth.
#[derive(Clone, Copy)]
struct StatFields([i64; FIELDS]);

impl StatFields {
    #[cfg(unix)]
    fn new(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        // Where a file system keeps no time of birth, the time of change stands in, as in libuv.
        let birth = match metadata.created().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok()) {
            Some(since) => (since.as_secs() as i64, i64::from(since.subsec_nanos())),
            None => (metadata.ctime(), metadata.ctime_nsec()),
        };
        Self([
            metadata.dev() as i64,
            i64::from(metadata.mode()),
            metadata.nlink() as i64,
            i64::from(metadata.uid()),
            i64::from(metadata.gid()),
            metadata.rdev() as i64,
            metadata.blksize() as i64,
            metadata.ino() as i64,
            metadata.size() as i64,
            metadata.blocks() as i64,
            metadata.atime(),
            metadata.atime_nsec(),
            metadata.mtime(),
            metadata.mtime_nsec(),
            metadata.ctime(),
            metadata.ctime_nsec(),
            birth.0,
            birth.1,
        ])
    }
}

/// Numbers for JavaScript: a `Float64Array`, or a `BigInt64Array` where `bigint`.
struct Numbers<const N: usize> {
    values: [i64; N],
    bigint: bool,
}

impl<const N: usize> IntoJs for Numbers<N> {
    fn into_js<'s>(self, scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Value>> {
        let mut bytes = Vec::with_capacity(N * 8);
        for value in self.values {
            bytes.extend_from_slice(&number_bytes(value, self.bigint));
        }
        let store = v8::ArrayBuffer::new_backing_store_from_vec(bytes).make_shared();
        let buffer = v8::ArrayBuffer::with_backing_store(scope, &store);
        let array: Option<v8::Local<v8::Value>> = if self.bigint {
            v8::BigInt64Array::new(scope, buffer, 0, N).map(Into::into)
        } else {
            v8::Float64Array::new(scope, buffer, 0, N).map(Into::into)
        };
        array.ok_or_else(OpError::pending)
    }
}

fn number_bytes(value: i64, bigint: bool) -> [u8; 8] {
    if bigint { value.to_ne_bytes() } else { (value as f64).to_ne_bytes() }
}

/// `stat(path, bigint, cb)`
pub(super) fn stat(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let path = arg_path_to(scope, args, 0, Access::Read)?;
    let bigint = arg_bool(scope, args, 1);
    run(scope, args, 2, rv, move || {
        let metadata = std::fs::metadata(&path.0).map_err(|e| path.error(e, "stat"))?;
        Ok(Numbers { values: StatFields::new(&metadata).0, bigint })
    })
}

/// `lstat(path, bigint, cb)`
pub(super) fn lstat(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let path = arg_path_to(scope, args, 0, Access::Read)?;
    let bigint = arg_bool(scope, args, 1);
    run(scope, args, 2, rv, move || {
        let metadata = std::fs::symlink_metadata(&path.0).map_err(|e| path.error(e, "lstat"))?;
        Ok(Numbers { values: StatFields::new(&metadata).0, bigint })
    })
}

/// `fstat(fd, bigint, cb)`
pub(super) fn fstat(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let fd = arg_i32(scope, args, 0)?;
    let bigint = arg_bool(scope, args, 1);
    run(scope, args, 2, rv, move || {
        let metadata = sys::fstat(fd).map_err(|e| OpError::io(e, "fstat"))?;
        Ok(Numbers { values: StatFields::new(&metadata).0, bigint })
    })
}

/// Writes a stat into the typed array at `index`: nothing is allocated for a synchronous stat.
fn fill(args: Args, index: i32, metadata: &Metadata) -> OpResult {
    let wrong = || OpError::type_error("ERR_INVALID_ARG_TYPE", "A stat needs a typed array of 18 numbers");
    let value = args.get(index);
    let bigint = value.is_big_int64_array();
    let view = v8::Local::<v8::ArrayBufferView>::try_from(value).map_err(|_| wrong())?;
    if !(bigint || value.is_float64_array()) || view.byte_length() < FIELDS * 8 {
        return Err(wrong());
    }
    let start = view.data().cast::<[u8; 8]>();
    for (i, number) in StatFields::new(metadata).0.into_iter().enumerate() {
        // SAFETY: the view is FIELDS numbers of 8 bytes long, and nothing runs meanwhile that could move or free it.
        unsafe { start.add(i).write_unaligned(number_bytes(number, bigint)) };
    }
    Ok(())
}

/// Whether `error` says that nothing is there, which `throwIfNoEntry: false` accepts.
fn is_absence(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

/// `statSync(path, fields, absentIsFine)`: false if nothing is there and that is fine.
pub(super) fn stat_sync(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    trace_flags::sync_io(scope);
    let path = arg_path_to(scope, args, 0, Access::Read)?;
    let found = match std::fs::metadata(&path.0) {
        Ok(metadata) => fill(args, 1, &metadata).map(|()| true)?,
        Err(error) if arg_bool(scope, args, 2) && is_absence(&error) => false,
        Err(error) => return Err(path.error(error, "stat")),
    };
    rv.set_bool(found);
    Ok(())
}

/// `lstatSync(path, fields, absentIsFine)`: false if nothing is there and that is fine.
pub(super) fn lstat_sync(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    trace_flags::sync_io(scope);
    let path = arg_path_to(scope, args, 0, Access::Read)?;
    let found = match std::fs::symlink_metadata(&path.0) {
        Ok(metadata) => fill(args, 1, &metadata).map(|()| true)?,
        Err(error) if arg_bool(scope, args, 2) && is_absence(&error) => false,
        Err(error) => return Err(path.error(error, "lstat")),
    };
    rv.set_bool(found);
    Ok(())
}

/// `fstatSync(fd, fields)`
pub(super) fn fstat_sync(scope: Scope, args: Args, _: Rv) -> OpResult {
    trace_flags::sync_io(scope);
    let fd = arg_i32(scope, args, 0)?;
    let metadata = sys::fstat(fd).map_err(|e| OpError::io(e, "fstat"))?;
    fill(args, 1, &metadata)
}

/// `statfs(path, bigint, cb?)`: seven numbers.
pub(super) fn statfs(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let path = arg_path_to(scope, args, 0, Access::Read)?;
    let bigint = arg_bool(scope, args, 1);
    run(scope, args, 2, rv, move || {
        let values = sys::statfs(&path.0).map_err(|e| path.error(e, "statfs"))?;
        Ok(Numbers { values, bigint })
    })
}

/// `access(path, mode, cb?)`
pub(super) fn access(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let path = arg_path_to(scope, args, 0, Access::Read)?;
    let mode = arg_i32(scope, args, 1)?;
    run(scope, args, 2, rv, move || sys::access(&path.0, mode).map_err(|e| path.error(e, "access")))
}

/// `existsSync(path)`
pub(super) fn exists_sync(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    trace_flags::sync_io(scope);
    let path = arg_path_to(scope, args, 0, Access::Read)?;
    rv.set_bool(sys::access(&path.0, 0).is_ok());
    Ok(())
}

/// `chmod(path, mode, cb?)`
pub(super) fn chmod(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let path = arg_path_to(scope, args, 0, Access::Write)?;
    let mode = arg_u32(scope, args, 1)?;
    run(scope, args, 2, rv, move || sys::chmod(&path.0, mode).map_err(|e| path.error(e, "chmod")))
}

/// `lchmod(path, mode, cb?)`
pub(super) fn lchmod(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let path = arg_path_to(scope, args, 0, Access::Write)?;
    let mode = arg_u32(scope, args, 1)?;
    run(scope, args, 2, rv, move || sys::lchmod(&path.0, mode).map_err(|e| path.error(e, "lchmod")))
}

/// `fchmod(fd, mode, cb?)`
pub(super) fn fchmod(scope: Scope, args: Args, rv: Rv) -> OpResult {
    refuse_disabled(scope, args, "fchmod")?;
    let fd = arg_i32(scope, args, 0)?;
    let mode = arg_u32(scope, args, 1)?;
    run(scope, args, 2, rv, move || sys::fchmod(fd, mode).map_err(|e| OpError::io(e, "fchmod")))
}

/// The owner at `index`; -1, and the same number unsigned, leave it as it is.
fn arg_owner(scope: Scope, args: Args, index: i32) -> OpResult<sys::Owner> {
    let id = arg_u32(scope, args, index)?;
    Ok((id != u32::MAX).then_some(id))
}

/// `chown(path, uid, gid, cb?)`
pub(super) fn chown(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let path = arg_path_to(scope, args, 0, Access::Write)?;
    let (uid, gid) = (arg_owner(scope, args, 1)?, arg_owner(scope, args, 2)?);
    run(scope, args, 3, rv, move || sys::chown(&path.0, uid, gid).map_err(|e| path.error(e, "chown")))
}

/// `lchown(path, uid, gid, cb?)`
pub(super) fn lchown(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let path = arg_path_to(scope, args, 0, Access::Write)?;
    let (uid, gid) = (arg_owner(scope, args, 1)?, arg_owner(scope, args, 2)?);
    run(scope, args, 3, rv, move || sys::lchown(&path.0, uid, gid).map_err(|e| path.error(e, "lchown")))
}

/// `fchown(fd, uid, gid, cb?)`
pub(super) fn fchown(scope: Scope, args: Args, rv: Rv) -> OpResult {
    refuse_disabled(scope, args, "fchown")?;
    let fd = arg_i32(scope, args, 0)?;
    let (uid, gid) = (arg_owner(scope, args, 1)?, arg_owner(scope, args, 2)?);
    run(scope, args, 3, rv, move || sys::fchown(fd, uid, gid).map_err(|e| OpError::io(e, "fchown")))
}

/// `utimes(path, atime, mtime, cb?)`, times in seconds.
pub(super) fn utimes(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let path = arg_path_to(scope, args, 0, Access::Write)?;
    let (atime, mtime) = (arg_f64(scope, args, 1)?, arg_f64(scope, args, 2)?);
    run(scope, args, 3, rv, move || sys::utimes(&path.0, atime, mtime, false).map_err(|e| path.error(e, "utime")))
}

/// `lutimes(path, atime, mtime, cb?)`, times in seconds.
pub(super) fn lutimes(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let path = arg_path_to(scope, args, 0, Access::Write)?;
    let (atime, mtime) = (arg_f64(scope, args, 1)?, arg_f64(scope, args, 2)?);
    run(scope, args, 3, rv, move || sys::utimes(&path.0, atime, mtime, true).map_err(|e| path.error(e, "lutime")))
}

/// `futimes(fd, atime, mtime, cb?)`, times in seconds.
pub(super) fn futimes(scope: Scope, args: Args, rv: Rv) -> OpResult {
    refuse_disabled(scope, args, "futimes")?;
    let fd = arg_i32(scope, args, 0)?;
    let (atime, mtime) = (arg_f64(scope, args, 1)?, arg_f64(scope, args, 2)?);
    run(scope, args, 3, rv, move || sys::futimes(fd, atime, mtime).map_err(|e| OpError::io(e, "futime")))
}
