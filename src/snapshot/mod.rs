//! The startup snapshot: V8's heap as the bootstrap code leaves it, read instead of running that code again in every isolate.
//!
//! *Owns* one file per build, V8 and set of V8 flags in the user's cache folder (`file.rs`), mapped into memory. (Processors make
//! no difference: machine code is not in it.) Which snapshot isolates are made from is decided once, before the first: all isolates of a process must agree.
//! *Threads:* any.
//!
//! *Protocol:* a process that ran without a snapshot, though it might have had one, starts another as it exits, which makes it
//! ([`leave_for_later`]): the user's program waits for neither. A file beside it says that somebody is at it. Making it in a
//! process of its own also keeps a failure of V8 in there away from the user. Nothing depends on any of it: without a
//! snapshot, the bootstrap code runs.
//!
//! `--no-node-snapshot` does without one; so does `WEFT_DISABLE_CODE_CACHE=1`. `--prepare-cache` makes it at once.

mod checksums;
mod file;
mod make;
mod references;
mod training;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use self::training::Training;
use crate::cli::Cli;
use crate::{cache_folder, ops};

/// A maker that has not finished after this long never will: its mark does not count any more.
const GIVEN_UP: Duration = Duration::from_secs(600);
/// Files kept: of a few builds, or sets of V8 flags.
const KEPT: usize = 12;

/// The snapshot of this process, and where it is or belongs.
struct Choice {
    path: Option<PathBuf>,
    blob: Option<&'static [u8]>,
}

static CHOICE: OnceLock<Choice> = OnceLock::new();
/// Set in the process that makes one, and by the command line.
static UNUSED: AtomicBool = AtomicBool::new(false);

fn choice() -> &'static Choice {
    CHOICE.get_or_init(|| {
        // With js/ on disk, a snapshot would show what it was yesterday.
        if cfg!(feature = "dev-js") || UNUSED.load(Ordering::Relaxed) {
            return Choice { path: None, blob: None };
        }
        let path = file::path();
        let blob = path.as_deref().and_then(file::read);
        tracing::debug!(used = blob.is_some(), "snapshot");
        Choice { path, blob }
    })
}

/// Has isolates made without a snapshot. Before the first of them.
pub fn do_without() {
    UNUSED.store(true, Ordering::Relaxed);
}

/// What an isolate is to be made from: `params` with the snapshot, if there is one, and whether there is.
pub(crate) fn apply(params: v8::CreateParams) -> (v8::CreateParams, bool) {
    let Some(blob) = choice().blob else { return (params, false) };
    let params = params.snapshot_blob(Cow::Borrowed(blob).into());
    (params.external_references(Cow::Borrowed(references::list())), true)
}

/// The bootstrapped context of an isolate that was made from the snapshot.
pub(crate) fn context<'s>(scope: &v8::PinScope<'s, '_, ()>) -> Option<v8::Local<'s, v8::Context>> {
    v8::Context::from_snapshot(scope, 0, v8::ContextOptions::default())
}

/// Gives Rust again what the bootstrap code had told it when the snapshot was made; the realm's `require`. In the
/// context that came from the snapshot, once.
pub(crate) fn restore<'s>(scope: &mut v8::PinScope<'s, '_>) -> Option<v8::Local<'s, v8::Function>> {
    let list = scope.get_context_data_from_snapshot_once::<v8::Array>(0).ok()?;
    let values: Option<Vec<_>> = (0..list.length()).map(|index| list.get_index(scope, index)).collect();
    let mut values = values?.into_iter();
    let require = v8::Local::<v8::Function>::try_from(values.next()?).ok()?;
    ops::module_wrap::register_again(scope, values.by_ref().take(2))?;
    ops::messaging::register_again(scope, values.by_ref().take(12))?;
    ops::realm::register_again(scope, values)?;
    Some(require)
}

/// Makes the snapshot and puts it in its place (`--prepare-cache`).
///
/// # Errors
/// Where there is no cache folder, it cannot be written to, or V8 makes no snapshot.
pub fn prepare(cli: &Cli) -> std::io::Result<()> {
    let path = file::path().ok_or_else(|| std::io::Error::other("there is no cache folder"))?;
    let folder = path.parent().ok_or_else(|| std::io::Error::other("there is no cache folder"))?;
    lower_priority();
    let training = Training::run(folder, cli).inspect_err(|error| tracing::debug!(%error, "no training"));
    let blob = make::make()?;
    file::write(&path, &blob)?;
    drop(training);
    for kind in ["snapshot-", "builtins-", "training-"] {
        cache_folder::prune(folder, kind, KEPT);
    }
    let _ = std::fs::remove_file(mark(&path));
    Ok(())
}

fn lower_priority() {
    #[cfg(unix)]
    // The program that comes next is more urgent.
    let _ = rustix::process::nice(5);
}

fn mark(path: &Path) -> PathBuf {
    path.with_extension("making")
}

/// Where this process had to do without a snapshot, starts another that makes one. As the process exits.
pub(crate) fn leave_for_later(cli: &Cli) {
    let Some(Choice { path: Some(path), blob: None }) = CHOICE.get() else { return };
    if !MAIN_PROGRAM.load(Ordering::Relaxed) {
        return;
    }
    if let Err(error) = start_maker(path, cli) {
        tracing::debug!(%error, "no snapshot is being made");
    }
}

/// Whether the program that runs is the one that knows `--prepare-cache`, and no test or benchmark of this crate.
static MAIN_PROGRAM: AtomicBool = AtomicBool::new(false);

/// Says that this program may be started to make a snapshot. Set by `main`.
pub fn may_make() {
    MAIN_PROGRAM.store(true, Ordering::Relaxed);
}

fn start_maker(path: &Path, cli: &Cli) -> std::io::Result<()> {
    use std::process::{Command, Stdio};
    let mark = mark(path);
    let abandoned = std::fs::metadata(&mark)
        .and_then(|metadata| metadata.modified())
        .is_ok_and(|since| since.elapsed().is_ok_and(|age| age > GIVEN_UP));
    if abandoned {
        std::fs::remove_file(&mark)?;
    }
    // Fails where somebody is at it, or the folder is missing or not ours to write to.
    std::fs::OpenOptions::new().write(true).create_new(true).open(&mark)?;
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg("--prepare-cache")
        .args(&cli.v8_flags)
        .env_remove("NODE_OPTIONS")
        .env_remove("WEFT_OPTIONS")
        .env_remove("WEFT_LOG");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        // What the terminal sends to the user's program is not meant for it.
        command.process_group(0);
    }
    let started = command.spawn();
    if started.is_err() {
        let _ = std::fs::remove_file(mark);
    }
    started.map(drop)
}
