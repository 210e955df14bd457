//! `--permission`: what the program may reach beyond its own memory (Node's documentation, "Permissions").
//!
//! *Shape:* one policy for the process, made from the command line and put in force by the main isolate's bootstrap,
//! before code of the user's runs and before there are other threads with JavaScript. From then on every operation that
//! reaches outside asks it ([`check`], [`check_path`]), so no JavaScript can go around it; what was granted can only
//! become less ([`drop_grant`]). *Threads:* any.
//!
//! Paths are compared as they are written, after `.` and `..` were resolved: a symbolic link that was there before leads
//! where it leads, as in Node (programs cannot make links unless they may read and write everything). Where a path
//! goes through `..`, what the system would make of it has to be allowed as well.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock};

use crate::cli::Cli;
use crate::ops::error::{OpError, OpResult};

/// What may be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Reading files and folders.
    FsRead,
    /// Changing them.
    FsWrite,
    /// Starting and signalling child processes.
    ChildProcess,
    /// Further threads with JavaScript: Workers, pools.
    Worker,
    /// Native addons.
    Addons,
    /// The debugger.
    Inspector,
    /// Sockets and names of hosts.
    Net,
    /// WASI, which there is none of.
    Wasi,
}

/// All, with the name errors carry, the flag, and the name that `process.permission` knows.
const SCOPES: [(Scope, &str, &str, &str); 8] = [
    (Scope::FsRead, "FileSystemRead", "--allow-fs-read", "fs.read"),
    (Scope::FsWrite, "FileSystemWrite", "--allow-fs-write", "fs.write"),
    (Scope::ChildProcess, "ChildProcess", "--allow-child-process", "child"),
    (Scope::Worker, "WorkerThreads", "--allow-worker", "worker"),
    (Scope::Addons, "Addon", "--allow-addons", "addon"),
    (Scope::Inspector, "Inspector", "--allow-inspector", "inspector"),
    (Scope::Net, "Net", "--allow-net", "net"),
    (Scope::Wasi, "WASI", "--allow-wasi", "wasi"),
];

impl Scope {
    fn row(self) -> &'static (Scope, &'static str, &'static str, &'static str) {
        // Every variant has a row: the table is in the order of the variants, which a test checks.
        &SCOPES[self as usize]
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }

    /// Those that a name of `process.permission` stands for; none for a name nobody knows.
    pub fn named(name: &str) -> Vec<Scope> {
        SCOPES
            .iter()
            .filter(|row| row.3 == name || (name == "fs" && row.3.starts_with("fs.")))
            .map(|row| row.0)
            .collect()
    }
}

/// Paths that were granted.
#[derive(Debug, Default)]
struct Paths {
    all: bool,
    grants: Vec<Grant>,
}

#[derive(Debug)]
struct Grant {
    /// What it was given as, for [`drop_grant`].
    path: PathBuf,
    kind: GrantKind,
}

#[derive(Debug)]
enum GrantKind {
    /// This path alone.
    Exact,
    /// A folder, and what is in it.
    Folder,
    /// Whatever begins like this.
    Prefix(OsString),
}

impl Paths {
    fn add(&mut self, given: &str) {
        if given == "*" {
            self.all = true;
            return;
        }
        let (path, kind) = match given.strip_suffix('*') {
            Some(start) => {
                let prefix = resolve(Path::new(start)).map(PathBuf::into_os_string).map(|mut text| {
                    if start.ends_with('/') {
                        text.push("/");
                    }
                    text
                });
                match prefix {
                    // `folder/*` says the same as `folder`.
                    Some(prefix) if start.ends_with('/') => (trimmed(&prefix), GrantKind::Folder),
                    Some(prefix) => (PathBuf::from(&prefix), GrantKind::Prefix(prefix)),
                    None => return,
                }
            }
            None => match resolve(Path::new(given)) {
                Some(path) if path.is_dir() => (path, GrantKind::Folder),
                Some(path) => (path, GrantKind::Exact),
                None => return,
            },
        };
        self.grants.push(Grant { path, kind });
    }

    fn allow(&self, path: &Path) -> bool {
        self.all
            || self.grants.iter().any(|grant| match &grant.kind {
                GrantKind::Exact => path == grant.path,
                GrantKind::Folder => path.starts_with(&grant.path),
                GrantKind::Prefix(prefix) => path.as_os_str().as_encoded_bytes().starts_with(prefix.as_encoded_bytes()),
            })
    }
}

fn trimmed(text: &OsString) -> PathBuf {
    Path::new(text).components().collect()
}

/// The path from the root, without `.` and `..`; `None` where the current folder is gone.
fn resolve(path: &Path) -> Option<PathBuf> {
    let mut resolved = if path.is_absolute() { PathBuf::new() } else { std::env::current_dir().ok()? };
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(resolved.pop()),
            other => resolved.push(other),
        }
    }
    Some(resolved)
}

struct Policy {
    read: RwLock<Paths>,
    write: RwLock<Paths>,
    /// Of the other scopes.
    granted: AtomicU32,
}

static POLICY: OnceLock<Policy> = OnceLock::new();

/// Puts the command line's policy in force, for good. `entry` may be read in any case. Does nothing without
/// `--permission`.
pub fn enforce(cli: &Cli) {
    if !cli.switch("--permission") {
        return;
    }
    let mut read = Paths::default();
    let mut write = Paths::default();
    for path in cli.list("--allow-fs-read") {
        read.add(path);
    }
    for path in cli.list("--allow-fs-write") {
        write.add(path);
    }
    if let Some(entry) = cli.script.as_deref().and_then(|script| resolve(Path::new(script))) {
        if let Ok(real) = std::fs::canonicalize(&entry) {
            read.grants.push(Grant { path: real, kind: GrantKind::Exact });
        }
        read.grants.push(Grant { path: entry, kind: GrantKind::Exact });
    }
    let granted = SCOPES.iter().filter(|row| cli.switch(row.2)).fold(0, |bits, row| bits | row.0.bit());
    let policy = Policy { read: RwLock::new(read), write: RwLock::new(write), granted: AtomicU32::new(granted) };
    // The bootstrap calls this once; a second policy must not replace the first.
    let _ = POLICY.set(policy);
}

/// Whether there is a policy.
pub fn is_enforced() -> bool {
    POLICY.get().is_some()
}

impl Policy {
    fn paths(&self, scope: Scope) -> Option<&RwLock<Paths>> {
        match scope {
            Scope::FsRead => Some(&self.read),
            Scope::FsWrite => Some(&self.write),
            _ => None,
        }
    }

    /// Whether all that `scope` is about is granted.
    fn grants(&self, scope: Scope) -> bool {
        match self.paths(scope) {
            Some(paths) => paths.read().unwrap_or_else(PoisonError::into_inner).all,
            None => self.granted.load(Ordering::Relaxed) & scope.bit() != 0,
        }
    }

    fn grants_path(&self, scope: Scope, path: &Path) -> bool {
        let Some(paths) = self.paths(scope) else { return false };
        let paths = paths.read().unwrap_or_else(PoisonError::into_inner);
        if paths.all {
            return true;
        }
        let Some(resolved) = resolve(path) else { return false };
        if !paths.allow(&resolved) {
            return false;
        }
        // `a/..` is where `a` is a link to something else's parent.
        let Some(parent) = path.parent().filter(|p| p.components().any(|c| c == Component::ParentDir)) else {
            return path.components().next_back() != Some(Component::ParentDir)
                || std::fs::canonicalize(path).is_ok_and(|real| paths.allow(&real));
        };
        match std::fs::canonicalize(parent) {
            Ok(real) => resolve(&real.join(path.file_name().unwrap_or("..".as_ref()))).is_some_and(|p| paths.allow(&p)),
            // The operation will find nothing there either.
            Err(_) => true,
        }
    }
}

/// Whether everything that `scope` is about is allowed.
pub fn allows(scope: Scope) -> bool {
    POLICY.get().is_none_or(|policy| policy.grants(scope))
}

/// Whether `scope` is allowed for `path`.
pub fn allows_path(scope: Scope, path: &Path) -> bool {
    POLICY.get().is_none_or(|policy| policy.grants_path(scope, path))
}

/// Node's error for what is not allowed.
pub fn denied(scope: Scope, resource: &str) -> OpError {
    let (_, name, flag, _) = scope.row();
    let message = format!("Access to this API has been restricted. Use {flag} to manage permissions.");
    OpError::access_denied(message, name, resource)
}

/// Fails unless `scope` is allowed; `resource` is what it was wanted for.
///
/// # Errors
/// `ERR_ACCESS_DENIED`.
pub fn check(scope: Scope, resource: &str) -> OpResult {
    if allows(scope) { Ok(()) } else { Err(denied(scope, resource)) }
}

/// Fails unless `scope` is allowed for `path`.
///
/// # Errors
/// `ERR_ACCESS_DENIED`.
pub fn check_path(scope: Scope, path: &Path) -> OpResult {
    if allows_path(scope, path) { Ok(()) } else { Err(denied(scope, &path.to_string_lossy())) }
}

/// Fails under any policy: there is no telling which file the operation is about.
///
/// # Errors
/// `ERR_ACCESS_DENIED`, which names the API.
pub fn check_disabled(api: &str) -> OpResult {
    if !is_enforced() {
        return Ok(());
    }
    Err(OpError::access_denied(format!("{api} API is disabled when Permission Model is enabled."), "", ""))
}

/// Takes back what was granted: all of `scope`, or the grant that named `path`.
pub fn drop_grant(scope: Scope, path: Option<&Path>) {
    let Some(policy) = POLICY.get() else { return };
    match (policy.paths(scope), path) {
        (None, None) => drop(policy.granted.fetch_and(!scope.bit(), Ordering::Relaxed)),
        (None, Some(_)) => {}
        (Some(paths), None) => *paths.write().unwrap_or_else(PoisonError::into_inner) = Paths::default(),
        (Some(paths), Some(path)) => {
            let Some(path) = resolve(path) else { return };
            paths.write().unwrap_or_else(PoisonError::into_inner).grants.retain(|grant| grant.path != path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(given: &[&str]) -> Paths {
        let mut paths = Paths::default();
        for each in given {
            paths.add(each);
        }
        paths
    }

    #[test]
    fn the_table_is_in_the_order_of_the_variants() {
        for (i, row) in SCOPES.iter().enumerate() {
            assert_eq!((row.0 as usize, row.0.row().1), (i, row.1));
        }
        assert_eq!(Scope::named("fs"), [Scope::FsRead, Scope::FsWrite]);
        assert_eq!(Scope::named("net"), [Scope::Net]);
        assert!(Scope::named("nope").is_empty());
    }

    #[test]
    fn grants_cover_what_they_say() {
        let granted = paths(&["/no/such/file", "/no/such/pre*", "/no/folder/*"]);
        for allowed in ["/no/such/file", "/no/such/prefix", "/no/such/pre/x", "/no/folder", "/no/folder/a/b"] {
            assert!(granted.allow(Path::new(allowed)), "{allowed}");
        }
        for refused in ["/no/such/file/x", "/no/such/files", "/no/such", "/no/folders", "/"] {
            assert!(!granted.allow(Path::new(refused)), "{refused}");
        }
        assert!(paths(&["*"]).allow(Path::new("/")));
        // A folder that is there covers what is in it.
        let folder = std::env::temp_dir();
        assert!(paths(&[&folder.to_string_lossy()]).allow(&folder.join("x")));
    }

    #[test]
    fn dots_are_resolved() {
        assert_eq!(resolve(Path::new("/a/./b/../c/")), Some(PathBuf::from("/a/c")));
        assert_eq!(resolve(Path::new("/../a")), Some(PathBuf::from("/a")));
        let current = std::env::current_dir().expect("a folder");
        assert_eq!(resolve(Path::new("x/..")), Some(current));
    }
}
