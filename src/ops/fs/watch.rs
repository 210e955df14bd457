//! `fs.watch` on Linux: one inotify instance per isolate, read by a task of its loop, as in libuv.
//!
//! A *watcher* is what JavaScript started; a *point* is a directory or file the kernel watches, shared by all watchers
//! that include it. A recursive watcher has a point for every directory below its root and follows new ones; what
//! already stands in a new directory is reported as if it had come after the watch.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::task::AbortHandle;

use super::super::args::{arg_bool, arg_function, arg_u32};
use super::{Args, Name, Rv, Scope, arg_any_path};
use crate::main_loop::LoopShared;
use crate::main_loop::record::EventKind;
use crate::ops::async_op::EventCallback;
use crate::ops::state::op_state;
use crate::ops::{IntoJs, OpResult};
use crate::permission::{self, Scope as Permission};

/// Number of a point, given by the kernel.
type Point = i32;

struct Watcher {
    callback: Rc<EventCallback>,
    root: PathBuf,
    /// Reported for what happens to the root itself.
    root_name: OsString,
    recursive: bool,
    raw: bool,
    keeps_alive: bool,
}

/// A watcher's interest in a point: `prefix` stands before names that the point reports.
struct Interested {
    watcher: u32,
    prefix: PathBuf,
}

#[derive(Default)]
struct Tables {
    next_id: u32,
    watchers: HashMap<u32, Watcher>,
    points: HashMap<Point, Vec<Interested>>,
    instance: Option<Instance>,
}

struct Instance {
    fd: Rc<AsyncFd<OwnedFd>>,
    task: AbortHandle,
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Watchers of one isolate.
#[derive(Default)]
struct Watchers(RefCell<Tables>);

/// What the kernel told.
struct Event {
    point: Point,
    flags: ReadFlags,
    name: Option<OsString>,
}

/// What JavaScript is to be told.
struct Notice {
    watcher: u32,
    is_rename: bool,
    name: OsString,
}

const KINDS: WatchFlags = WatchFlags::ATTRIB
    .union(WatchFlags::CREATE)
    .union(WatchFlags::MODIFY)
    .union(WatchFlags::DELETE)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::MOVE_SELF)
    .union(WatchFlags::MOVED_FROM)
    .union(WatchFlags::MOVED_TO);

fn watchers(scope: &v8::PinScope) -> (Rc<Watchers>, Rc<LoopShared>) {
    let state = op_state(scope);
    let mut state = state.borrow_mut();
    (state.value::<Watchers>(), state.event_loop())
}

/// `watchStart(path, recursive, persistent, raw, callback)`: the watcher's id. `callback(isRename, name)`.
pub(super) fn start(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let path = arg_any_path(scope, args, 0)?;
    // The last argument is a callback, but not one that takes errors.
    permission::check_path(Permission::FsRead, &path.0)?;
    let recursive = arg_bool(scope, args, 1);
    let persistent = arg_bool(scope, args, 2);
    let raw = arg_bool(scope, args, 3);
    let callback = Rc::new(EventCallback::new(scope, arg_function(args, 4)?));
    let (watchers, shared) = watchers(scope);
    let mut tables = watchers.0.borrow_mut();
    let failed = |e: io::Error| path.error(e, "watch");
    tables.ensure_instance(&shared).map_err(failed)?;
    let is_dir = std::fs::metadata(&path.0).map_err(failed)?.is_dir();
    tables.next_id += 1;
    let id = tables.next_id;
    let root_name = path.0.file_name().map_or_else(OsString::new, OsString::from);
    tables.add_point(id, &path.0, PathBuf::new()).map_err(failed)?;
    let recursive = recursive && is_dir;
    tables
        .watchers
        .insert(id, Watcher { callback, root: path.0.clone(), root_name, recursive, raw, keeps_alive: persistent });
    if recursive {
        tables.add_below(id, &path.0, Path::new(""), &mut Vec::new());
    }
    if persistent {
        shared.liveness.add_ref();
    }
    rv.set_uint32(id);
    Ok(())
}

/// `watchRef(id, keepAlive)`
pub(super) fn set_ref(scope: Scope, args: Args, _: Rv) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let keep = arg_bool(scope, args, 1);
    let (watchers, shared) = watchers(scope);
    if let Some(watcher) = watchers.0.borrow_mut().watchers.get_mut(&id)
        && watcher.keeps_alive != keep
    {
        watcher.keeps_alive = keep;
        if keep { shared.liveness.add_ref() } else { shared.liveness.release() }
    }
    Ok(())
}

/// `watchClose(id)`
pub(super) fn close(scope: Scope, args: Args, _: Rv) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let (watchers, shared) = watchers(scope);
    let removed = watchers.0.borrow_mut().remove(id);
    if removed.is_some_and(|w| w.keeps_alive) {
        shared.liveness.release();
    }
    Ok(())
}

impl Tables {
    /// Makes the inotify instance and the task that reads it, unless they are there.
    fn ensure_instance(&mut self, shared: &Rc<LoopShared>) -> io::Result<()> {
        if self.instance.is_some() {
            return Ok(());
        }
        let fd = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        // SAFETY: the descriptor is owned by the `AsyncFd`, which never hands it out nor changes it, so it stays open
        // and the same while it is registered.
        let fd = Rc::new(unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) }.map_err(io::Error::from)?);
        let reader = Rc::downgrade(&fd);
        let queue = shared.handle();
        let task = shared.spawn_local(async move {
            while let Some(fd) = reader.upgrade() {
                let Ok(mut ready) = fd.readable().await else { return };
                let events = read_events(&fd);
                ready.clear_ready();
                if !events.is_empty() && !queue.post_event(EventKind::Watcher, move |scope| deliver(scope, events)) {
                    return;
                }
            }
        });
        self.instance = Some(Instance { fd, task });
        Ok(())
    }

    fn add_point(&mut self, watcher: u32, path: &Path, prefix: PathBuf) -> io::Result<()> {
        let Some(instance) = &self.instance else { return Err(io::ErrorKind::NotConnected.into()) };
        let point = inotify::add_watch(instance.fd.get_ref(), path, KINDS)?;
        let interested = self.points.entry(point).or_default();
        if !interested.iter().any(|i| i.watcher == watcher && i.prefix == prefix) {
            interested.push(Interested { watcher, prefix });
        }
        Ok(())
    }

    /// Adds points for the directories in `directory`, which is `prefix` below the root, and lists what is in it.
    /// Directories that vanish or may not be read meanwhile are left out.
    fn add_below(&mut self, watcher: u32, directory: &Path, prefix: &Path, found: &mut Vec<PathBuf>) {
        let mut pending = vec![(directory.to_owned(), prefix.to_owned())];
        while let Some((directory, prefix)) = pending.pop() {
            let Ok(entries) = std::fs::read_dir(&directory) else { continue };
            for entry in entries.flatten() {
                let relative = prefix.join(entry.file_name());
                if entry.file_type().is_ok_and(|t| t.is_dir())
                    && self.add_point(watcher, &entry.path(), relative.clone()).is_ok()
                {
                    pending.push((entry.path(), relative.clone()));
                }
                found.push(relative);
            }
        }
    }

    fn remove(&mut self, id: u32) -> Option<Watcher> {
        let removed = self.watchers.remove(&id)?;
        let Some(instance) = &self.instance else { return Some(removed) };
        self.points.retain(|point, interested| {
            interested.retain(|i| i.watcher != id);
            if interested.is_empty() {
                // It is gone already where the file is.
                let _ = inotify::remove_watch(instance.fd.get_ref(), *point);
            }
            !interested.is_empty()
        });
        if self.watchers.is_empty() {
            self.instance = None;
        }
        Some(removed)
    }

    /// What `event` means to the watchers of its point.
    fn notices(&mut self, event: &Event, notices: &mut Vec<Notice>) {
        if event.flags.contains(ReadFlags::IGNORED) {
            self.points.remove(&event.point);
            return;
        }
        let is_change = event.flags.intersects(ReadFlags::ATTRIB | ReadFlags::MODIFY);
        let comes = event.flags.intersects(ReadFlags::CREATE | ReadFlags::MOVED_TO);
        let new_directory = comes && event.flags.contains(ReadFlags::ISDIR);
        let mut to_follow = Vec::new();
        let Some(interested) = self.points.get(&event.point) else { return };
        for Interested { watcher: id, prefix } in interested {
            let Some(watcher) = self.watchers.get(id) else { continue };
            let name = match &event.name {
                Some(name) => prefix.join(name).into_os_string(),
                // A directory below the root: its parent's point reports it.
                None if !prefix.as_os_str().is_empty() => continue,
                None => watcher.root_name.clone(),
            };
            if new_directory && watcher.recursive {
                to_follow.push((*id, watcher.root.join(&name), PathBuf::from(&name)));
            }
            notices.push(Notice { watcher: *id, is_rename: !is_change, name });
        }
        for (id, directory, relative) in to_follow {
            if self.add_point(id, &directory, relative.clone()).is_err() {
                continue;
            }
            let mut found = Vec::new();
            self.add_below(id, &directory, &relative, &mut found);
            for name in found {
                notices.push(Notice { watcher: id, is_rename: true, name: name.into_os_string() });
            }
        }
    }
}

/// Everything the kernel has to tell now.
fn read_events(fd: &AsyncFd<OwnedFd>) -> Vec<Event> {
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut reader = inotify::Reader::new(fd.get_ref(), &mut buffer);
    let mut events = Vec::new();
    while let Ok(event) = reader.next() {
        let name = event.file_name().map(|n| OsString::from_vec(n.to_bytes().to_vec()));
        events.push(Event { point: event.wd(), flags: event.events(), name });
    }
    events
}

/// Tells JavaScript. A callback may close any watcher, so each is looked up when its turn comes.
fn deliver(scope: &mut v8::PinScope, events: Vec<Event>) {
    let (watchers, _) = watchers(scope);
    let mut notices = Vec::new();
    {
        let mut tables = watchers.0.borrow_mut();
        for event in &events {
            tables.notices(event, &mut notices);
        }
    }
    for Notice { watcher, is_rename, name } in notices {
        let found = watchers.0.borrow().watchers.get(&watcher).map(|w| (w.callback.clone(), w.raw));
        let Some((callback, raw)) = found else { continue };
        v8::scope!(let scope, scope);
        let Ok(name) = (Name { name, raw }).into_js(scope) else { continue };
        let is_rename = v8::Boolean::new(scope, is_rename).into();
        callback.call(scope, &[is_rename, name]);
    }
}
