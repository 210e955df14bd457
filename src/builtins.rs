//! The JavaScript built into the binary: js/ as a table of static one-byte strings that all isolates share, compiled
//! on first use, with one code cache for the process.
//!
//! With the feature `dev-js` the sources are read from disk instead (`WEFT_DEV_JS`, or the crate's own js/), so that
//! a change needs no rebuild.

use std::sync::{Arc, OnceLock, RwLock};

use crate::builtin_cache;
use crate::observe::trace;
use crate::ops::args::{key, string};
use crate::ops::{OpError, OpResult};

/// One embedded source.
pub(crate) struct BuiltinSource {
    /// What `require` calls it.
    pub(crate) id: &'static str,
    /// The text, as V8 takes it without a copy.
    pub(crate) text: v8::OneByteConst,
}

include!(concat!(env!("OUT_DIR"), "/builtins.rs"));

/// Parameters of the function each built-in is compiled as.
const PARAMETERS: [&str; 5] = ["exports", "require", "module", "process", "internalBinding"];

type Caches = Vec<Option<Arc<[u8]>>>;

/// Code caches, in two editions by table position: what the main isolate compiled, then what Workers and the pool did. These
/// call other functions of the same files; an edition for both would make the main isolate read code it does not need.
fn code_cache() -> &'static RwLock<Caches> {
    static CACHE: OnceLock<RwLock<Caches>> = OnceLock::new();
    CACHE.get_or_init(|| RwLock::new(vec![None; SOURCES.len() * 2]))
}

/// The cached code at `position` of the table for an isolate of either edition, and whether it is of that edition.
fn cached_code(position: usize, worker: bool) -> Option<(Cached, bool)> {
    // First what this process published, then what an earlier one left on disk.
    let find = |place: usize| {
        let published = code_cache().read().ok()?.get(place).cloned().flatten();
        published.map(Cached::Published).or_else(|| builtin_cache::get(place).map(Cached::OnDisk))
    };
    if worker && let Some(found) = find(position + SOURCES.len()) {
        return Some((found, true));
    }
    Some((find(position)?, !worker))
}

enum Cached {
    Published(Arc<[u8]>),
    OnDisk(&'static [u8]),
}

impl std::ops::Deref for Cached {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Published(bytes) => bytes,
            Self::OnDisk(bytes) => bytes,
        }
    }
}

/// A source ready for the compiler, and its place in the table (none for one that only exists on disk).
struct Found<'s> {
    text: v8::Local<'s, v8::String>,
    position: Option<usize>,
}

#[cfg(not(feature = "dev-js"))]
mod source {
    //! The embedded table.
    use std::collections::HashMap;
    use std::sync::OnceLock;

    use super::{Found, OpError, OpResult, SOURCES};

    /// All ids, sorted by file.
    pub(crate) fn ids() -> Vec<String> {
        SOURCES.iter().map(|s| s.id.to_owned()).collect()
    }

    pub(super) fn find<'s>(scope: &mut v8::PinScope<'s, '_>, id: &str) -> OpResult<Option<Found<'s>>> {
        static INDEX: OnceLock<HashMap<&'static str, usize>> = OnceLock::new();
        let index = INDEX.get_or_init(|| SOURCES.iter().enumerate().map(|(i, s)| (s.id, i)).collect());
        let Some(&position) = index.get(id) else { return Ok(None) };
        let text = v8::String::new_from_onebyte_const(scope, &SOURCES[position].text).ok_or_else(OpError::pending)?;
        Ok(Some(Found { text, position: Some(position) }))
    }
}

#[cfg(feature = "dev-js")]
mod source {
    //! js/ on disk.
    use std::path::{Path, PathBuf};

    use super::{Found, OpError, OpResult, string};

    fn root() -> PathBuf {
        let default = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/js"));
        std::env::var_os("WEFT_DEV_JS").map_or_else(default, Into::into)
    }

    /// All ids, sorted by file.
    pub(crate) fn ids() -> Vec<String> {
        let (root, mut files) = (root(), Vec::new());
        walk(&root, &root, &mut files);
        files.sort();
        files
    }

    fn walk(root: &Path, dir: &Path, ids: &mut Vec<String>) {
        for path in std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path()) {
            if path.is_dir() {
                walk(root, &path, ids);
            } else if path.extension().is_some_and(|e| e == "js")
                && let Ok(relative) = path.with_extension("").strip_prefix(root)
            {
                let id = relative.to_string_lossy().replace('\\', "/");
                ids.push(match id.split_once('/') {
                    Some(("node", rest)) => rest.to_owned(),
                    Some(("weft", rest)) => format!("weft:{rest}"),
                    _ => id,
                });
            }
        }
    }

    pub(super) fn find<'s>(scope: &mut v8::PinScope<'s, '_>, id: &str) -> OpResult<Option<Found<'s>>> {
        let root = root();
        let weft = id.strip_prefix("weft:").map(|rest| format!("weft/{rest}"));
        let path = [weft.unwrap_or_else(|| format!("node/{id}")), id.to_owned()]
            .map(|p| root.join(format!("{p}.js")))
            .into_iter()
            .find(|p| p.is_file());
        let Some(path) = path else { return Ok(None) };
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(Found { text: string(scope, &text)?, position: None })),
            Err(error) => Err(OpError::io(error, "open").with_path(path.display().to_string())),
        }
    }
}

pub(crate) use source::ids;

/// What V8 knows the texts by, in a fixed order: a snapshot refers to them instead of holding them.
pub(crate) fn text_resources() -> impl Iterator<Item = *const v8::OneByteConst> {
    SOURCES.iter().map(|source| &raw const source.text)
}

/// The text of the embedded built-in `id`.
pub(crate) fn text(id: &str) -> Option<&'static str> {
    SOURCES.iter().find(|source| source.id == id).map(|source| source.text.as_str())
}

/// The text of the built-in `id`, as JavaScript would run it.
pub(crate) fn script_text<'s>(scope: &mut v8::PinScope<'s, '_>, id: &str) -> OpResult<v8::Local<'s, v8::String>> {
    match source::find(scope, id)? {
        Some(found) => Ok(found.text),
        None => Err(OpError::error("ERR_UNKNOWN_BUILTIN_MODULE", format!("No such built-in module: {id}"))),
    }
}

/// Compiles the built-in `id` into its wrapper function.
pub fn compile<'s>(scope: &mut v8::PinScope<'s, '_>, id: &str) -> OpResult<v8::Local<'s, v8::Function>> {
    let _span = tracing::trace_span!("builtin", id).entered();
    let start = trace::is_on().then(trace::now);
    let Some(Found { text, position }) = source::find(scope, id)? else {
        return Err(OpError::error("ERR_UNKNOWN_BUILTIN_MODULE", format!("No such built-in module: {id}")));
    };
    let name = string(scope, &format!("node:{id}"))?;
    let origin = v8::ScriptOrigin::new(scope, name.into(), 0, 0, false, -1, None, false, false, false, None);
    let parameters = PARAMETERS.map(|p| key(scope, p));
    let worker = scope.get_slot::<Uncached>().is_some_and(|list| list.worker);
    let cached = position.and_then(|position| cached_code(position, worker));
    let (function, used_cache) = match cached {
        Some((bytes, own_edition)) => {
            let cached = v8::script_compiler::CachedData::new(&bytes);
            let mut source = v8::script_compiler::Source::new_with_cached_data(text, Some(&origin), cached);
            let options = v8::script_compiler::CompileOptions::ConsumeCodeCache;
            let function = compile_function(scope, &mut source, &parameters, options);
            (function, own_edition && source.get_cached_data().is_some_and(|c| !c.rejected()))
        }
        None => {
            let mut source = v8::script_compiler::Source::new(text, Some(&origin));
            let options = v8::script_compiler::CompileOptions::NoCompileOptions;
            (compile_function(scope, &mut source, &parameters, options), false)
        }
    };
    let function = function.ok_or_else(OpError::pending)?;
    if let Some(start) = start {
        trace::slice_since("module", &format!("compile node:{id}"), start, &[]);
    }
    if let (Some(position), false) = (position, used_cache) {
        let loaded = v8::Global::new(scope, function);
        if let Some(list) = scope.get_slot_mut::<Uncached>() {
            list.loaded.push((position, loaded));
        }
    }
    Ok(function)
}

fn compile_function<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    source: &mut v8::script_compiler::Source,
    parameters: &[v8::Local<v8::String>],
    options: v8::script_compiler::CompileOptions,
) -> Option<v8::Local<'s, v8::Function>> {
    let reason = v8::script_compiler::NoCacheReason::NoReason;
    v8::script_compiler::compile_function(scope, source, parameters, &[], options, reason)
}

/// Built-ins this isolate compiled without a cache of its edition: what [`publish_code_cache`] can still contribute.
#[derive(Default)]
pub(crate) struct Uncached {
    worker: bool,
    loaded: Vec<(usize, v8::Global<v8::Function>)>,
}

impl Uncached {
    /// Whether there is anything to contribute.
    pub(crate) fn is_empty(&self) -> bool {
        self.loaded.is_empty()
    }

    /// Of an isolate that takes part in the edition of Workers and the pool, or in the main one's.
    pub(crate) fn of_worker(worker: bool) -> Self {
        Self { worker, loaded: Vec::new() }
    }
}

/// Adds what this isolate compiled to the process's code cache, functions compiled lazily so far included. Called
/// before the first further isolate is made: a process that stays single-threaded never pays for it.
pub fn publish_code_cache(scope: &mut v8::PinScope) {
    let list = scope.get_slot_mut::<Uncached>().map(|list| (list.worker, std::mem::take(&mut list.loaded)));
    let Some((worker, list)) = list else { return };
    for (position, function) in list {
        let position = if worker { position + SOURCES.len() } else { position };
        let has = code_cache().read().is_ok_and(|c| c[position].is_some());
        if has {
            continue;
        }
        let function = v8::Local::new(scope, function);
        if let Some(data) = function.create_code_cache()
            && let Ok(mut caches) = code_cache().write()
        {
            caches[position] = Some(Arc::from(&data[..]));
        }
    }
}

/// Leaves what this process compiled, in its main isolate or published for others, for later processes.
pub fn save_code_cache(scope: &mut v8::PinScope) {
    publish_code_cache(scope);
    let Ok(caches) = code_cache().read() else { return };
    let added: Vec<(usize, Vec<u8>)> =
        caches.iter().enumerate().filter_map(|(p, data)| Some((p, data.as_deref()?.to_vec()))).collect();
    if !added.is_empty() {
        builtin_cache::add(&added);
    }
}

const fn text_of(bytes: &'static [u8]) -> v8::OneByteConst {
    // SAFETY: js/build.rs, which wrote the table, refused every source with a byte outside ASCII. (The checking
    // constructor would walk every source in the compiler's const evaluator.)
    unsafe { v8::String::create_external_onebyte_const_unchecked(bytes) }
}
