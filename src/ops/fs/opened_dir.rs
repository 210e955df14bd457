//! Directories that JavaScript reads bit by bit (`fs.Dir`): resources of the isolate.

use std::fs::ReadDir;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use super::super::args::{arg_bool, arg_u32};
use super::directories::{Listing, entry_type};
use super::{Access, Args, FsPath, Name, Rv, Scope, arg_path_to, run};
use crate::ops::state::op_state;
use crate::ops::{IntoJs, OpError, OpResult};

/// An open directory. A read runs on a blocking thread, so the walk itself is shared with that; JavaScript makes no
/// two reads at once.
struct OpenedDir {
    path: FsPath,
    walk: Arc<Mutex<ReadDir>>,
}

impl IntoJs for OpenedDir {
    fn into_js<'s>(self, scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Value>> {
        let id = op_state(scope).borrow_mut().resources.add(Rc::new(self));
        id.into_js(scope)
    }
}

/// `dirOpen(path, cb?)`: the resource's id.
pub(super) fn open(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let path = arg_path_to(scope, args, 0, Access::Read)?;
    run(scope, args, 1, rv, move || match std::fs::read_dir(&path.0) {
        Ok(walk) => Ok(OpenedDir { path, walk: Arc::new(Mutex::new(walk)) }),
        Err(error) => Err(path.error(error, "opendir")),
    })
}

fn closed() -> OpError {
    OpError::error("ERR_DIR_CLOSED", "Directory handle was closed")
}

/// `dirRead(id, raw, count, cb?)`: `[names, types]` of at most `count` entries; undefined at the end.
pub(super) fn read(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let raw = arg_bool(scope, args, 1);
    let count = arg_u32(scope, args, 2)? as usize;
    let dir = op_state(scope).borrow().resources.get::<OpenedDir>(id).ok_or_else(closed)?;
    let (path, walk) = (dir.path.clone(), dir.walk.clone());
    run(scope, args, 3, rv, move || {
        let mut walk = walk.lock().unwrap_or_else(PoisonError::into_inner);
        let mut names = Vec::new();
        let mut types = Vec::new();
        for entry in walk.by_ref().take(count) {
            let entry = entry.map_err(|e| path.error(e, "scandir"))?;
            types.push(entry_type(&entry));
            names.push(Name { name: entry.file_name(), raw });
        }
        Ok((!names.is_empty()).then_some(Listing { names, types: Some(types), parents: None }))
    })
}

/// `dirClose(id, cb?)`
pub(super) fn close(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let dir = op_state(scope).borrow_mut().resources.remove::<OpenedDir>(id).ok_or_else(closed)?;
    let walk = dir.walk.clone();
    drop(dir);
    run(scope, args, 1, rv, move || {
        drop(walk);
        Ok(())
    })
}
