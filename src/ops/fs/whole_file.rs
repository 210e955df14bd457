//! readFile and writeFile: open, size, transfer and close as one job, so that a small file costs one trip to a
//! blocking thread.

use std::io;

use super::super::args::{Region, arg_bool, arg_i32, arg_region, arg_string, arg_u32, array_buffer, too_long};
use super::super::async_op::QuickWork;
use super::cached::{self, Attempt};
use super::{Access, Args, FileArg, Part, Rv, Scope, arg_file, run, run_quick, sys};
use crate::ops::{IntoJs, OpError, OpResult};

/// Largest file that is read as a whole: a Buffer's limit in Node.
const MAX_READ: u64 = 0x7fff_ffff;

/// First buffer for what has no size beforehand: pipes, /proc.
const UNSIZED_READ: usize = 64 * 1024;

/// From this size on, ASCII text goes to JavaScript as a string over the very bytes that were read, rather than as a
/// copy. Below it, the copy is cheaper: an external string waits long for the garbage collector, and all memory is fresh meanwhile,
/// which is page faults.
const EXTERNAL_STRING: usize = 16 << 20;

/// A file's contents on their way to JavaScript.
struct Contents {
    bytes: Vec<u8>,
    as_text: bool,
}

impl IntoJs for Contents {
    fn into_js<'s>(self, scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Value>> {
        if !self.as_text {
            // No view: js/ makes the Buffer, and V8's typed arrays are dear to make.
            return Ok(array_buffer(scope, self.bytes).into());
        }
        let text = if !self.bytes.is_ascii() {
            v8::String::new_from_utf8(scope, &self.bytes, v8::NewStringType::Normal)
        } else if self.bytes.len() < EXTERNAL_STRING {
            v8::String::new_from_one_byte(scope, &self.bytes, v8::NewStringType::Normal)
        } else if self.bytes.len() > v8::String::MAX_LENGTH {
            None
        } else {
            crate::workers::shared_text::new_string(scope, self.bytes.into_boxed_slice())
        };
        text.map(Into::into).ok_or_else(too_long)
    }
}

/// A descriptor that this job opened, closed when dropped; or one that JavaScript keeps.
enum Descriptor {
    Ours(i32),
    Theirs(i32),
}

impl Descriptor {
    fn open(file: &FileArg, flags: i32, mode: u32) -> OpResult<Self> {
        match file {
            FileArg::Fd(fd) => Ok(Self::Theirs(*fd)),
            FileArg::Path(path) => sys::open(&path.0, flags, mode).map(Self::Ours).map_err(|e| path.error(e, "open")),
        }
    }

    fn fd(&self) -> i32 {
        match self {
            Self::Ours(fd) | Self::Theirs(fd) => *fd,
        }
    }

    fn close(self) -> io::Result<()> {
        let Self::Ours(fd) = self else { return Ok(()) };
        std::mem::forget(self);
        sys::close(fd)
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        if let Self::Ours(fd) = self {
            // The error that leads here is the one to report.
            let _ = sys::close(*fd);
        }
    }
}

/// `readFile(pathOrFd, flags, asText, cb?)`: an `ArrayBuffer`, or a string decoded from UTF-8. A descriptor is read from
/// where it stands. What goes wrong as a path is read says which where it is told to a callback, as in Node.
pub(super) fn read_file(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let flags = arg_i32(scope, args, 1)?;
    let file = arg_file(scope, args, 0, Access::Open(flags))?;
    let as_text = arg_bool(scope, args, 2);
    let calls_back = args.get(3).is_function();
    let work = ReadFile { file, flags, as_text, calls_back, opened: None };
    let quick = work.may_be_quick();
    run_quick(scope, args, 3, rv, quick, work)
}

/// A file to be read as a whole.
struct ReadFile {
    file: FileArg,
    flags: i32,
    as_text: bool,
    calls_back: bool,
    /// What an attempt to read it at once has left.
    opened: Option<cached::Opened>,
}

impl ReadFile {
    /// Whether nothing speaks against doing it on the loop's thread: opening changes nothing, and does no more than open.
    fn may_be_quick(&self) -> bool {
        self.flags == libc::O_RDONLY && matches!(&self.file, FileArg::Path(path) if cached::is_candidate(&path.0))
    }
}

impl QuickWork for ReadFile {
    type Value = Contents;

    fn try_now(&mut self) -> Option<Contents> {
        let FileArg::Path(path) = &self.file else { return None };
        match cached::read(&path.0) {
            Attempt::Read(bytes) => Some(Contents { bytes, as_text: self.as_text }),
            Attempt::Opened(opened) => {
                self.opened = Some(opened);
                None
            }
            Attempt::Nothing => None,
        }
    }

    fn run(self) -> OpResult<Contents> {
        let descriptor = match self.opened {
            Some(opened) => Descriptor::Ours(opened.wait().map_err(|e| OpError::io(e, "open"))?),
            None => Descriptor::open(&self.file, self.flags, 0o666)?,
        };
        let bytes = read_all(&descriptor, |error| match &self.file {
            FileArg::Path(path) if self.calls_back => path.error(error, "read"),
            _ => OpError::io(error, "read"),
        })?;
        Ok(Contents { bytes, as_text: self.as_text })
    }
}

fn read_all(descriptor: &Descriptor, read_error: impl Fn(io::Error) -> OpError) -> OpResult<Vec<u8>> {
    let fd = descriptor.fd();
    let size = sys::file_size(fd).map_err(|e| OpError::io(e, "fstat"))?;
    if size > MAX_READ {
        return Err(OpError::range_error("ERR_FS_FILE_TOO_LARGE", format!("File size ({size}) is greater than 2 GiB")));
    }
    let size = size as usize;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size).map_err(|_| read_error(io::ErrorKind::OutOfMemory.into()))?;
    while bytes.len() < size {
        let left = size - bytes.len();
        if sys::read_spare(fd, &mut bytes, left).map_err(&read_error)? == 0 {
            return Ok(bytes);
        }
    }
    if size > 0 && matches!(descriptor, Descriptor::Ours(_)) {
        return Ok(bytes);
    }
    // No size known, one that lies (/proc says 0), or a descriptor somewhere inside the file: on to the end.
    loop {
        if bytes.len() == bytes.capacity() {
            let more = bytes.len().clamp(UNSIZED_READ, 16 * 1024 * 1024);
            bytes.try_reserve(more).map_err(|_| read_error(io::ErrorKind::OutOfMemory.into()))?;
        }
        if sys::read_spare(fd, &mut bytes, usize::MAX).map_err(&read_error)? == 0 {
            return Ok(bytes);
        }
        if bytes.len() as u64 > MAX_READ {
            return Err(OpError::range_error(
                "ERR_FS_FILE_TOO_LARGE",
                format!("File size ({}) is greater than 2 GiB", bytes.len()),
            ));
        }
    }
}

/// What is to be written.
enum Data {
    Text(String),
    Bytes(Region),
}

/// `writeFile(pathOrFd, flags, mode, data, cb?)`: data is a view, or a string to be written as UTF-8.
pub(super) fn write_file(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let flags = arg_i32(scope, args, 1)?;
    let file = arg_file(scope, args, 0, Access::Open(flags))?;
    let mode = arg_u32(scope, args, 2)?;
    let data = if args.get(3).is_string() {
        Data::Text(arg_string(scope, args, 3)?)
    } else {
        Data::Bytes(arg_region(args, 3)?)
    };
    run(scope, args, 4, rv, move || {
        let descriptor = Descriptor::open(&file, flags, mode)?;
        let result = match data {
            Data::Text(text) => {
                let memory = sys::Memory { start: text.as_ptr().cast_mut(), length: text.len() };
                // SAFETY: `text` outlives the call, which only reads it.
                unsafe { sys::write_all(descriptor.fd(), memory) }
            }
            // SAFETY: the part keeps its memory alive for the call.
            Data::Bytes(region) => unsafe { sys::write_all(descriptor.fd(), Part::of_whole(region).memory()) },
        };
        result.map_err(|e| OpError::io(e, "write"))?;
        descriptor.close().map_err(|e| OpError::io(e, "close"))
    })
}
