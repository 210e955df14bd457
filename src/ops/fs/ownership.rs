//! Who closes a descriptor when nobody gets round to it: [`OpenFile`] on its way from the system to JavaScript, or to
//! another thread; [`Handles`] once a FileHandle has it, until the isolate ends.
//!
//! *Threads:* an `OpenFile` belongs to none, `Handles` to their isolate's.

use std::cell::RefCell;
use std::collections::HashSet;

use super::super::args::arg_i32;
use super::{Access, Args, Rv, Scope, arg_path_to, run, sys};
use crate::ops::args::arg_u32;
use crate::ops::state::op_state;
use crate::ops::{IntoJs, OpError, OpResult};

/// An open descriptor that is closed when dropped.
#[derive(Debug)]
pub(crate) struct OpenFile(i32);

impl OpenFile {
    /// Takes `fd` over.
    pub(crate) fn new(fd: i32) -> Self {
        Self(fd)
    }

    /// The descriptor, to look at.
    pub(crate) fn fd(&self) -> i32 {
        self.0
    }

    /// The descriptor, which somebody else closes from now on.
    pub(crate) fn give_up(self) -> i32 {
        let fd = self.0;
        std::mem::forget(self);
        fd
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        // There is nobody to tell of an error.
        let _ = sys::close(self.0);
    }
}

impl IntoJs for OpenFile {
    fn into_js<'s>(self, scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Value>> {
        Ok(v8::Integer::new(scope, self.give_up()).into())
    }
}

/// The descriptors of an isolate's FileHandles. They are closed with it.
#[derive(Default)]
struct Handles(RefCell<HashSet<i32>>);

impl Drop for Handles {
    fn drop(&mut self) {
        for fd in self.0.get_mut().drain() {
            drop(OpenFile(fd));
        }
    }
}

fn handles(scope: &v8::PinScope) -> std::rc::Rc<Handles> {
    op_state(scope).borrow_mut().value::<Handles>()
}

/// A descriptor for a FileHandle.
struct ForHandle(OpenFile);

impl IntoJs for ForHandle {
    fn into_js<'s>(self, scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Value>> {
        let fd = self.0.give_up();
        handles(scope).0.borrow_mut().insert(fd);
        Ok(v8::Integer::new(scope, fd).into())
    }
}

/// `openHandle(path, flags, mode, cb?)`: as `open`, for a FileHandle.
pub(super) fn open_handle(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let (flags, mode) = (arg_i32(scope, args, 1)?, arg_u32(scope, args, 2)?);
    let path = arg_path_to(scope, args, 0, Access::Open(flags))?;
    run(scope, args, 3, rv, move || match sys::open(&path.0, flags, mode) {
        Ok(fd) => Ok(ForHandle(OpenFile(fd))),
        Err(error) => Err(path.error(error, "open")),
    })
}

/// `closeHandle(fd, cb?)`: as `close`, of a FileHandle's.
pub(super) fn close_handle(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let fd = arg_i32(scope, args, 0)?;
    handles(scope).0.borrow_mut().remove(&fd);
    // Closed also if the isolate ends before this job begins.
    let file = OpenFile(fd);
    if !args.get(1).is_undefined() {
        crate::ops::async_op::name_next(scope, "FILEHANDLECLOSEREQ");
    }
    run(scope, args, 1, rv, move || sys::close(file.give_up()).map_err(|e| OpError::io(e, "close")))
}

/// `adoptHandle(fd)`: a FileHandle has this descriptor from now on.
pub(super) fn adopt_handle(scope: Scope, args: Args, _: Rv) -> OpResult {
    let fd = arg_i32(scope, args, 0)?;
    handles(scope).0.borrow_mut().insert(fd);
    Ok(())
}

/// `disownHandle(fd)`: its FileHandle gives this descriptor away.
pub(super) fn disown_handle(scope: Scope, args: Args, _: Rv) -> OpResult {
    let fd = arg_i32(scope, args, 0)?;
    handles(scope).0.borrow_mut().remove(&fd);
    Ok(())
}
