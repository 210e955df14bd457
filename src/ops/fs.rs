//! `internalBinding('fs')`: the file system, for js/internal/fs/.
//!
//! Every operation is a job: a plain function on owned values that returns a Rust result. An op reads its arguments
//! into a job, then [`run`]s it: at once when JavaScript passed no callback, on a blocking thread when it did. So both
//! forms of a call are one function, and no job touches V8.
//!
//! Paths arrive as strings or as bytes; descriptors are the operating system's own. System calls that the standard
//! library lacks are in [`sys`]. Errors have the shape of libuv's: the name of the call, the path as given.

mod cached;
mod constants;
mod directories;
mod files;
mod links;
mod metadata;
mod opened_dir;
mod ownership;
mod remove;
mod sys;
#[cfg(target_os = "linux")]
mod watch;
mod whole_file;

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use super::args::{Region, arg_f64, arg_function, arg_i32, arg_region, arg_string};
use super::async_op::QuickWork;
use super::{IntoJs, OpDecl, OpError, OpResult, async_op, trace_flags};
use crate::op;
use crate::permission::{self, Scope as Permission};
pub(crate) use ownership::OpenFile;

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;
type Rv<'a> = v8::ReturnValue<'a, v8::Value>;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("access", 3, metadata::access),
    op!("adoptHandle", 1, ownership::adopt_handle),
    op!("chmod", 3, metadata::chmod),
    op!("chown", 4, metadata::chown),
    op!("close", 2, files::close),
    op!("closeHandle", 2, ownership::close_handle),
    op!("constants", 0, constants::constants),
    op!("copyFile", 4, links::copy_file),
    op!("dirClose", 2, opened_dir::close),
    op!("dirOpen", 2, opened_dir::open),
    op!("dirRead", 4, opened_dir::read),
    op!("disownHandle", 1, ownership::disown_handle),
    op!("existsSync", 1, metadata::exists_sync),
    op!("fchmod", 3, metadata::fchmod),
    op!("fchown", 4, metadata::fchown),
    op!("fdatasync", 2, files::fdatasync),
    op!("fstat", 3, metadata::fstat),
    op!("fstatSync", 2, metadata::fstat_sync),
    op!("fsync", 2, files::fsync),
    op!("ftruncate", 3, files::ftruncate),
    op!("futimes", 4, metadata::futimes),
    op!("lchmod", 3, metadata::lchmod),
    op!("lchown", 4, metadata::lchown),
    op!("link", 3, links::link),
    op!("lstat", 3, metadata::lstat),
    op!("lstatSync", 3, metadata::lstat_sync),
    op!("lutimes", 4, metadata::lutimes),
    op!("mkdir", 4, directories::mkdir),
    op!("mkdtemp", 3, directories::mkdtemp),
    op!("open", 4, files::open),
    op!("openHandle", 4, ownership::open_handle),
    op!("read", 6, files::read),
    op!("readFile", 4, whole_file::read_file),
    op!("readdir", 5, directories::readdir),
    op!("readlink", 3, links::readlink),
    op!("readv", 4, files::readv),
    op!("realpath", 4, links::realpath),
    op!("rename", 3, links::rename),
    op!("rm", 6, remove::rm),
    op!("rmdir", 2, directories::rmdir),
    op!("stat", 3, metadata::stat),
    op!("statSync", 3, metadata::stat_sync),
    op!("statfs", 3, metadata::statfs),
    op!("symlink", 4, links::symlink),
    op!("truncate", 3, files::truncate),
    op!("unlink", 2, links::unlink),
    op!("utimes", 4, metadata::utimes),
    #[cfg(target_os = "linux")]
    op!("watchClose", 1, watch::close),
    #[cfg(target_os = "linux")]
    op!("watchRef", 2, watch::set_ref),
    #[cfg(target_os = "linux")]
    op!("watchStart", 5, watch::start),
    op!("write", 6, files::write),
    op!("writeFile", 5, whole_file::write_file),
    op!("writev", 4, files::writev),
];

/// Runs `job` now and returns its result, or on a blocking thread if a callback is at `callback`.
fn run<T: IntoJs + Send + 'static>(
    scope: Scope,
    args: Args,
    callback: i32,
    mut rv: Rv,
    job: impl FnOnce() -> OpResult<T> + Send + 'static,
) -> OpResult {
    if args.get(callback).is_undefined() {
        trace_flags::sync_io(scope);
        let value = job()?.into_js(scope)?;
        rv.set(value);
    } else {
        let callback = arg_function(args, callback)?;
        async_op::blocking(scope, callback, true, job);
    }
    Ok(())
}

/// As [`run`], but where `quick` says that it may be, the loop's own thread may do `work` in the place of a blocking one.
fn run_quick<W: QuickWork>(scope: Scope, args: Args, callback: i32, rv: Rv, quick: bool, work: W) -> OpResult {
    if !quick || !args.get(callback).is_function() {
        return run(scope, args, callback, rv, move || work.run());
    }
    let callback = arg_function(args, callback)?;
    async_op::quick(scope, callback, true, work);
    Ok(())
}

/// A path as JavaScript gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FsPath(pub(crate) PathBuf);

impl FsPath {
    /// How errors print it; what is no Unicode is replaced.
    fn display(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }

    /// An error of `syscall` about this path.
    fn error(&self, source: io::Error, syscall: &'static str) -> OpError {
        OpError::io(source, syscall).with_path(self.display())
    }

    /// An error of `syscall` about this path and a second one.
    fn error_to(&self, dest: &FsPath, source: io::Error, syscall: &'static str) -> OpError {
        self.error(source, syscall).with_dest(dest.display())
    }
}

/// The path at `index`: a string, or the bytes of a view. Not yet allowed: see [`arg_path_to`].
fn arg_any_path(scope: Scope, args: Args, index: i32) -> OpResult<FsPath> {
    if args.get(index).is_string() {
        return Ok(FsPath(PathBuf::from(arg_string(scope, args, index)?)));
    }
    let bytes = super::args::arg_bytes(args, index)?;
    Ok(FsPath(PathBuf::from(os_string(bytes))))
}

/// What an operation does to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
    Both,
    /// What `open` does with these flags.
    Open(i32),
}

impl Access {
    fn scopes(self) -> &'static [Permission] {
        const BOTH: &[Permission] = &[Permission::FsRead, Permission::FsWrite];
        match self {
            Self::Read => &BOTH[..1],
            Self::Write => &BOTH[1..],
            Self::Both => BOTH,
            Self::Open(flags) => {
                let mode = flags & libc::O_ACCMODE;
                let changes = flags & (libc::O_CREAT | libc::O_TRUNC | libc::O_APPEND) != 0;
                match mode {
                    libc::O_WRONLY => &BOTH[1..],
                    libc::O_RDONLY if !changes => &BOTH[..1],
                    _ => BOTH,
                }
            }
        }
    }
}

/// The path at `index`, if the operation may do this with it.
fn arg_path_to(scope: Scope, args: Args, index: i32, access: Access) -> OpResult<FsPath> {
    let path = arg_any_path(scope, args, index)?;
    if permission::is_enforced() {
        let refused = access.scopes().iter().find_map(|each| permission::check_path(*each, &path.0).err());
        refuse(scope, args, refused)?;
    }
    Ok(path)
}

/// Fails with `refused`: through the callback of an asynchronous operation, as any other error of it.
fn refuse(scope: Scope, args: Args, refused: Option<OpError>) -> OpResult {
    let Some(error) = refused else { return Ok(()) };
    let callback = args.length() - 1;
    if !args.get(callback).is_function() {
        return Err(error);
    }
    let callback = arg_function(args, callback)?;
    async_op::blocking(scope, callback, true, move || Err::<(), _>(error));
    // Nothing more is to be thrown.
    Err(OpError::pending())
}

/// Under a policy nothing may be done to a descriptor that its path would not allow, and the path is not known.
fn refuse_disabled(scope: Scope, args: Args, api: &str) -> OpResult {
    let refused = permission::check_disabled(api).err();
    refuse(scope, args, refused)
}

/// A file by descriptor or by path.
enum FileArg {
    Fd(i32),
    Path(FsPath),
}

fn arg_file(scope: Scope, args: Args, index: i32, access: Access) -> OpResult<FileArg> {
    if args.get(index).is_number() {
        return Ok(FileArg::Fd(arg_i32(scope, args, index)?));
    }
    arg_path_to(scope, args, index, access).map(FileArg::Path)
}

/// A position in a file at `index`, a number or a bigint; `None` for negative ones, which stand for the descriptor's
/// own position.
fn arg_position(scope: Scope, args: Args, index: i32) -> OpResult<Option<u64>> {
    let value = args.get(index);
    if let Ok(big) = v8::Local::<v8::BigInt>::try_from(value) {
        let (position, _) = big.i64_value();
        return Ok(u64::try_from(position).ok());
    }
    let position = arg_f64(scope, args, index)?;
    // The cast saturates, and js/ has refused what is no integer.
    Ok((position >= 0.0).then_some(position as u64))
}

/// The part of a view that a transfer uses: arguments `index`, `index + 1` (offset) and `index + 2` (length).
fn arg_part(scope: Scope, args: Args, index: i32) -> OpResult<Part> {
    let region = arg_region(args, index)?;
    let offset = arg_f64(scope, args, index + 1)?.max(0.0) as usize;
    let length = arg_f64(scope, args, index + 2)?.max(0.0) as usize;
    if offset > region.len || length > region.len - offset {
        return Err(OpError::range_error("ERR_OUT_OF_RANGE", "The range lies outside of the buffer"));
    }
    Ok(Part { region, offset, length })
}

/// A checked part of a [`Region`]: offset and length lie inside it.
struct Part {
    region: Region,
    offset: usize,
    length: usize,
}

impl Part {
    fn of_whole(region: Region) -> Self {
        let length = region.len;
        Self { region, offset: 0, length }
    }

    /// Its memory, which lives as long as this part.
    fn memory(&self) -> sys::Memory {
        // The sum cannot pass the region's end: it was checked when the part was made.
        sys::Memory { start: self.region.as_ptr().wrapping_add(self.offset), length: self.length }
    }
}

/// A name the file system gave: a string for JavaScript, or its bytes where `raw`.
pub(crate) struct Name {
    pub(crate) name: OsString,
    pub(crate) raw: bool,
}

impl IntoJs for Name {
    fn into_js<'s>(self, scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Value>> {
        let bytes = os_bytes(self.name);
        if self.raw {
            return bytes.into_js(scope);
        }
        // Names are mostly ASCII, which V8 takes as it is; its UTF-8 decoder replaces what is no UTF-8.
        let text = if bytes.is_ascii() {
            v8::String::new_from_one_byte(scope, &bytes, v8::NewStringType::Normal)
        } else {
            v8::String::new_from_utf8(scope, &bytes, v8::NewStringType::Normal)
        };
        text.map(Into::into).ok_or_else(super::args::too_long)
    }
}

#[cfg(unix)]
fn os_string(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(unix)]
fn os_bytes(name: OsString) -> Vec<u8> {
    std::os::unix::ffi::OsStringExt::into_vec(name)
}

// Windows' names are UTF-16; bytes are their UTF-8.
#[cfg(not(unix))]
fn os_string(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(not(unix))]
fn os_bytes(name: OsString) -> Vec<u8> {
    name.to_string_lossy().into_owned().into_bytes()
}
