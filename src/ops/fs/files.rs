//! Descriptors: open, close, and transfers to and from JavaScript's memory.

use super::super::args::{arg_f64, arg_i32, arg_object, arg_u32, region_of};
use super::super::async_op::QuickWork;
use super::{
    Access, Args, OpenFile, Part, Rv, Scope, arg_part, arg_path_to, arg_position, cached, refuse_disabled, run,
    run_quick, sys,
};
use crate::ops::{OpError, OpResult};

/// `open(path, flags, mode, cb?)`: a descriptor.
pub(super) fn open(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let flags = arg_i32(scope, args, 1)?;
    let path = arg_path_to(scope, args, 0, Access::Open(flags))?;
    let mode = arg_u32(scope, args, 2)?;
    // Where nobody takes the result any more, the descriptor is closed.
    run(scope, args, 3, rv, move || match sys::open(&path.0, flags, mode) {
        Ok(fd) => Ok(OpenFile::new(fd)),
        Err(error) => Err(path.error(error, "open")),
    })
}

/// `close(fd, cb?)`
pub(super) fn close(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let fd = arg_i32(scope, args, 0)?;
    run(scope, args, 1, rv, move || sys::close(fd).map_err(|e| OpError::io(e, "close")))
}

/// `read(fd, view, offset, length, position, cb?)`: how many bytes came.
pub(super) fn read(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let fd = arg_i32(scope, args, 0)?;
    let part = arg_part(scope, args, 1)?;
    let at = arg_position(scope, args, 4)?;
    let work = Read { fd, part, at, done: 0 };
    run_quick(scope, args, 5, rv, cached::is_small(work.part.length), work)
}

/// Bytes to be read from a descriptor.
struct Read {
    fd: i32,
    part: Part,
    at: Option<u64>,
    /// How many were there at once.
    done: usize,
}

impl Read {
    /// The memory that is still to be filled, and from which position.
    fn rest(&self) -> (sys::Memory, Option<u64>) {
        let sys::Memory { start, length } = self.part.memory();
        let memory = sys::Memory { start: start.wrapping_add(self.done), length: length - self.done };
        (memory, self.at.map(|at| at.saturating_add(self.done as u64)))
    }
}

impl QuickWork for Read {
    type Value = usize;

    fn try_now(&mut self) -> Option<usize> {
        loop {
            let (memory, at) = self.rest();
            // SAFETY: `part` keeps its memory alive, of which this is the rest.
            let count = unsafe { cached::read_into(self.fd, memory, at) }?;
            self.done += count;
            // Of a file all that was asked for is read, up to its end, whatever of it is in memory.
            if count == memory.length || count == 0 || !sys::is_file(self.fd) {
                return Some(self.done);
            }
        }
    }

    fn run(self) -> OpResult<usize> {
        let (memory, at) = self.rest();
        // SAFETY: `part` keeps its memory alive until this job is done.
        let count = unsafe { sys::read(self.fd, memory, at) };
        match count {
            Ok(count) => Ok(self.done + count),
            // As the system does with what it has read.
            Err(_) if self.done > 0 => Ok(self.done),
            Err(error) => Err(OpError::io(error, "read")),
        }
    }
}

/// `write(fd, view, offset, length, position, cb?)`: how many bytes went.
pub(super) fn write(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let fd = arg_i32(scope, args, 0)?;
    let part = arg_part(scope, args, 1)?;
    let at = arg_position(scope, args, 4)?;
    run(scope, args, 5, rv, move || {
        // SAFETY: `part` keeps its memory alive until this job is done.
        unsafe { sys::write(fd, part.memory(), at) }.map_err(|e| OpError::io(e, "write"))
    })
}

/// The views in the array at `index`.
fn arg_parts(scope: Scope, args: Args, index: i32) -> OpResult<Vec<Part>> {
    let wrong = || OpError::type_error("ERR_INVALID_ARG_TYPE", "The buffers must be an array of views");
    let array = v8::Local::<v8::Array>::try_from(v8::Local::<v8::Value>::from(arg_object(args, index)?))
        .map_err(|_| wrong())?;
    let mut parts = Vec::with_capacity(array.length() as usize);
    for i in 0..array.length() {
        let item = array.get_index(scope, i).ok_or_else(OpError::pending)?;
        parts.push(Part::of_whole(region_of(item).ok_or_else(wrong)?));
    }
    Ok(parts)
}

fn memories(parts: &[Part]) -> Vec<sys::Memory> {
    parts.iter().map(Part::memory).collect()
}

/// `readv(fd, views, position, cb?)`: how many bytes came.
pub(super) fn readv(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let fd = arg_i32(scope, args, 0)?;
    let parts = arg_parts(scope, args, 1)?;
    let at = arg_position(scope, args, 2)?;
    run(scope, args, 3, rv, move || {
        // SAFETY: `parts` keep their memory alive until this job is done.
        unsafe { sys::readv(fd, &memories(&parts), at) }.map_err(|e| OpError::io(e, "read"))
    })
}

/// `writev(fd, views, position, cb?)`: how many bytes went.
pub(super) fn writev(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let fd = arg_i32(scope, args, 0)?;
    let parts = arg_parts(scope, args, 1)?;
    let at = arg_position(scope, args, 2)?;
    run(scope, args, 3, rv, move || {
        // SAFETY: `parts` keep their memory alive until this job is done.
        unsafe { sys::writev(fd, &memories(&parts), at) }.map_err(|e| OpError::io(e, "write"))
    })
}

/// `ftruncate(fd, length, cb?)`
pub(super) fn ftruncate(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let fd = arg_i32(scope, args, 0)?;
    let length = arg_f64(scope, args, 1)? as u64;
    run(scope, args, 2, rv, move || sys::ftruncate(fd, length).map_err(|e| OpError::io(e, "ftruncate")))
}

/// `truncate(path, length, cb?)`: opens, truncates and closes.
pub(super) fn truncate(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let path = arg_path_to(scope, args, 0, Access::Write)?;
    let length = arg_f64(scope, args, 1)? as u64;
    run(scope, args, 2, rv, move || {
        let file = std::fs::File::options().read(true).write(true).open(&path.0).map_err(|e| path.error(e, "open"))?;
        file.set_len(length).map_err(|e| OpError::io(e, "ftruncate"))
    })
}

/// `fsync(fd, cb?)`
pub(super) fn fsync(scope: Scope, args: Args, rv: Rv) -> OpResult {
    refuse_disabled(scope, args, "fsync")?;
    let fd = arg_i32(scope, args, 0)?;
    run(scope, args, 1, rv, move || sys::fsync(fd).map_err(|e| OpError::io(e, "fsync")))
}

/// `fdatasync(fd, cb?)`
pub(super) fn fdatasync(scope: Scope, args: Args, rv: Rv) -> OpResult {
    refuse_disabled(scope, args, "fdatasync")?;
    let fd = arg_i32(scope, args, 0)?;
    run(scope, args, 1, rv, move || sys::fdatasync(fd).map_err(|e| OpError::io(e, "fdatasync")))
}
