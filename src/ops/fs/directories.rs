//! mkdir, mkdtemp, rmdir and readdir.

use std::ffi::OsString;
use std::io;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use super::super::args::{List, arg_bool, arg_u32};
use super::{Access, Args, FsPath, Name, Rv, Scope, arg_any_path, arg_path_to, os_bytes, refuse, run, sys};
use crate::ops::{IntoJs, OpError, OpResult};
use crate::permission::{self, Scope as Permission};

/// `mkdir(path, mode, recursive, cb?)`: with `recursive`, the first directory that was made, if one was.
pub(super) fn mkdir(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let path = arg_path_to(scope, args, 0, Access::Write)?;
    let mode = arg_u32(scope, args, 1)?;
    let recursive = arg_bool(scope, args, 2);
    run(scope, args, 3, rv, move || {
        if recursive {
            let first = make_all(&path.0, mode).map_err(|e| path.error(e, "mkdir"))?;
            return Ok(first.map(|p| Name { name: p.into_os_string(), raw: false }));
        }
        make_one(&path.0, mode).map_err(|e| path.error(e, "mkdir"))?;
        Ok(None)
    })
}

fn make_one(path: &Path, mode: u32) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, mode);
    #[cfg(not(unix))]
    let _ = mode;
    builder.create(path)
}

/// Makes `path` and what is missing above it. Returns the topmost directory made, spelled as in `path`.
fn make_all(path: &Path, mode: u32) -> io::Result<Option<PathBuf>> {
    let mut pending = vec![without_end_separators(path)];
    let mut first = None;
    while let Some(next) = pending.pop() {
        match make_one(&next, mode) {
            Ok(()) => {
                if first.is_none() {
                    first = Some(next);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Above `next` something is missing, unless a parent was made and still nothing can be below it.
                let parent = parent_as_spelled(&next);
                match parent {
                    Some(parent) if parent != next && first.is_none() => {
                        pending.push(next);
                        pending.push(parent);
                    }
                    _ => return Err(error),
                }
                if pending.len() > 4096 {
                    return Err(error);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // A link may lead nowhere: then the error is the one of following it.
                if !std::fs::metadata(&next)?.is_dir() {
                    // A file in the way of a parent is not the target's existence.
                    return Err(if pending.is_empty() { error } else { not_a_directory() });
                }
            }
            Err(error) => {
                // Where making it is refused, it may be there all the same (the root, a read-only file system).
                if !std::fs::metadata(&next).is_ok_and(|m| m.is_dir()) {
                    return Err(error);
                }
            }
        }
    }
    Ok(first)
}

#[cfg(unix)]
fn not_a_directory() -> io::Error {
    io::Error::from_raw_os_error(libc::ENOTDIR)
}

#[cfg(not(unix))]
fn not_a_directory() -> io::Error {
    io::ErrorKind::NotADirectory.into()
}

fn without_end_separators(path: &Path) -> PathBuf {
    let mut bytes = os_bytes(path.as_os_str().to_owned());
    while bytes.len() > 1 && bytes.last().is_some_and(|b| is_separator(*b)) {
        bytes.pop();
    }
    PathBuf::from(super::os_string(bytes))
}

/// `path` up to its last separator, with nothing normalized; `None` where there is no parent to make.
fn parent_as_spelled(path: &Path) -> Option<PathBuf> {
    let bytes = os_bytes(path.as_os_str().to_owned());
    let end = bytes.iter().rposition(|b| is_separator(*b))?;
    if end == 0 {
        return None;
    }
    let parent = without_end_separators(Path::new(&super::os_string(bytes[..end].to_vec())));
    Some(parent)
}

fn is_separator(byte: u8) -> bool {
    byte == b'/' || (MAIN_SEPARATOR == '\\' && byte == b'\\')
}

/// `mkdtemp(prefix, raw, cb?)`: the new directory's name.
pub(super) fn mkdtemp(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let prefix = arg_any_path(scope, args, 0)?;
    let mut shape = prefix.0.clone().into_os_string();
    shape.push("XXXXXX");
    let refused = permission::check_path(Permission::FsWrite, Path::new(&shape)).err();
    refuse(scope, args, refused)?;
    let raw = arg_bool(scope, args, 1);
    run(scope, args, 2, rv, move || match sys::mkdtemp(&prefix.0) {
        Ok(path) => Ok(Name { name: path.into_os_string(), raw }),
        Err(error) => Err(OpError::io(error, "mkdtemp").with_path(format!("{}XXXXXX", prefix.display()))),
    })
}

/// `rmdir(path, cb?)`
pub(super) fn rmdir(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let path = arg_path_to(scope, args, 0, Access::Write)?;
    run(scope, args, 1, rv, move || std::fs::remove_dir(&path.0).map_err(|e| path.error(e, "rmdir")))
}

/// Types of entries, with libuv's numbers (`UV_DIRENT_*`).
pub(super) fn entry_type(entry: &std::fs::DirEntry) -> u8 {
    let Ok(kind) = entry.file_type() else { return 0 };
    if kind.is_file() {
        return 1;
    }
    if kind.is_dir() {
        return 2;
    }
    if kind.is_symlink() {
        return 3;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return 4;
        }
        if kind.is_socket() {
            return 5;
        }
        if kind.is_char_device() {
            return 6;
        }
        if kind.is_block_device() {
            return 7;
        }
    }
    0
}

const TYPE_DIRECTORY: u8 = 2;
const TYPE_LINK: u8 = 3;

/// What readdir found: names alone, or `[names, types, parents?]`.
pub(super) struct Listing {
    pub(super) names: Vec<Name>,
    /// One for each name, where types were asked for.
    pub(super) types: Option<Vec<u8>>,
    /// Of a recursive listing with types: for each name the directory it is in, relative to the top, which is "".
    pub(super) parents: Option<Vec<Name>>,
}

impl IntoJs for Listing {
    fn into_js<'s>(self, scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Value>> {
        let names = List(self.names).into_js(scope)?;
        let Some(types) = self.types else { return Ok(names) };
        let mut parts = vec![names, types.into_js(scope)?];
        if let Some(parents) = self.parents {
            parts.push(List(parents).into_js(scope)?);
        }
        Ok(v8::Array::new_with_elements(scope, &parts).into())
    }
}

/// `readdir(path, raw, withTypes, recursive, cb?)`
pub(super) fn readdir(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let path = arg_path_to(scope, args, 0, Access::Read)?;
    let raw = arg_bool(scope, args, 1);
    let with_types = arg_bool(scope, args, 2);
    let recursive = arg_bool(scope, args, 3);
    run(scope, args, 4, rv, move || {
        if recursive { list_tree(&path, raw, with_types) } else { list_one(&path, raw, with_types) }
    })
}

/// Entries of one directory in order of their names' bytes, as libuv gives them; types are 0 where not asked for.
fn entries(path: &FsPath, with_types: bool) -> OpResult<Vec<(OsString, u8)>> {
    let scandir = |e| path.error(e, "scandir");
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(&path.0).map_err(scandir)? {
        let entry = entry.map_err(scandir)?;
        let kind = if with_types { entry_type(&entry) } else { 0 };
        entries.push((entry.file_name(), kind));
    }
    entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(entries)
}

fn list_one(path: &FsPath, raw: bool, with_types: bool) -> OpResult<Listing> {
    let entries = entries(path, with_types)?;
    let types = with_types.then(|| entries.iter().map(|e| e.1).collect());
    let names = entries.into_iter().map(|(name, _)| Name { name, raw }).collect();
    Ok(Listing { names, types, parents: None })
}

/// A directory of a tree to list.
#[derive(Default)]
struct Branch {
    /// From the top.
    relative: PathBuf,
    /// Where the links lead that were followed on the way.
    followed: Vec<PathBuf>,
}

impl Branch {
    fn below(&self, path: PathBuf) -> Self {
        Self { relative: path, followed: self.followed.clone() }
    }

    /// What a link in `directory` leads to, if that is a directory the way here has not been in: no circle is walked.
    fn follow(&self, directory: &FsPath, link: &Path, path: PathBuf) -> Option<Self> {
        let target = std::fs::canonicalize(link).ok().filter(|target| target.is_dir())?;
        let here = std::fs::canonicalize(&directory.0).ok()?;
        if here.starts_with(&target) || self.followed.contains(&target) || permission::is_enforced() {
            return None;
        }
        let mut followed = self.followed.clone();
        followed.push(target);
        Some(Self { relative: path, followed })
    }
}

/// Breadth first, into directories that links lead to, too.
fn list_tree(top: &FsPath, raw: bool, with_types: bool) -> OpResult<Listing> {
    let mut names = Vec::new();
    let mut types = Vec::new();
    let mut parents = Vec::new();
    let mut queue = std::collections::VecDeque::from([Branch::default()]);
    while let Some(branch) = queue.pop_front() {
        let relative = &branch.relative;
        let directory = if relative.as_os_str().is_empty() { top.clone() } else { FsPath(top.0.join(relative)) };
        for (name, kind) in entries(&directory, true)? {
            let path = relative.join(&name);
            if with_types {
                names.push(Name { name, raw });
                types.push(kind);
                parents.push(Name { name: relative.clone().into_os_string(), raw });
            } else {
                names.push(Name { name: path.clone().into_os_string(), raw });
            }
            if kind == TYPE_DIRECTORY {
                queue.push_back(branch.below(path));
            } else if kind == TYPE_LINK {
                queue.extend(branch.follow(&directory, &top.0.join(&path), path));
            }
        }
    }
    let (types, parents) = if with_types { (Some(types), Some(parents)) } else { (None, None) };
    Ok(Listing { names, types, parents })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Scratch(PathBuf);

    impl Scratch {
        fn new() -> Self {
            Self(sys::mkdtemp(&std::env::temp_dir().join("weft-fs-")).expect("a temporary directory"))
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn make_all_returns_the_topmost_directory_made() {
        let scratch = Scratch::new();
        let top = scratch.0.join("a");
        assert_eq!(make_all(&top.join("b/c/"), 0o777).expect("makes"), Some(top.clone()));
        assert_eq!(make_all(&top.join("b/c"), 0o777).expect("is there"), None);
        assert_eq!(make_all(&top.join("b/d//e"), 0o777).expect("makes"), Some(top.join("b/d")));
    }

    #[test]
    fn make_all_tells_a_file_in_the_way_from_the_target_being_there() {
        let scratch = Scratch::new();
        let file = scratch.0.join("file");
        std::fs::write(&file, "").expect("writes");
        let error = make_all(&file, 0o777).expect_err("a file is there");
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        let error = make_all(&file.join("a/b"), 0o777).expect_err("a file is in the way");
        assert_eq!(error.kind(), io::ErrorKind::NotADirectory);
    }

    #[test]
    fn trees_are_listed_breadth_first_in_order_of_names() {
        let scratch = Scratch::new();
        std::fs::create_dir_all(scratch.0.join("b/x")).expect("makes");
        std::fs::write(scratch.0.join("a"), "").expect("writes");
        std::fs::write(scratch.0.join("b/x/y"), "").expect("writes");
        let listing = list_tree(&FsPath(scratch.0.clone()), false, false).expect("lists");
        let names: Vec<_> = listing.names.into_iter().map(|n| n.name).collect();
        assert_eq!(names, ["a", "b", "b/x", "b/x/y"]);
    }

    #[cfg(unix)]
    #[test]
    fn trees_with_links_in_circles_end() {
        use std::os::unix::fs::symlink;
        let scratch = Scratch::new();
        std::fs::create_dir_all(scratch.0.join("a")).expect("makes");
        std::fs::create_dir_all(scratch.0.join("b")).expect("makes");
        symlink("..", scratch.0.join("a/up")).expect("links");
        symlink("../b", scratch.0.join("a/b")).expect("links");
        symlink("../a", scratch.0.join("b/a")).expect("links");
        symlink("nowhere", scratch.0.join("dangling")).expect("links");
        let listing = list_tree(&FsPath(scratch.0.clone()), false, true).expect("lists");
        let parents = listing.parents.expect("parents").into_iter().map(|p| p.name);
        let names: Vec<_> = parents.zip(listing.names).map(|(p, n)| Path::new(&p).join(n.name)).collect();
        let expected =
            ["a", "b", "dangling", "a/b", "a/up", "b/a", "a/b/a", "b/a/b", "b/a/up", "a/b/a/b", "a/b/a/up", "b/a/b/a"];
        assert_eq!(names, expected.map(PathBuf::from));
    }
}
