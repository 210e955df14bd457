//! The JavaScript built into the binary: js/ as a table of static one-byte strings that all isolates share, compiled
//! on first use, with one code cache for the process.
//!
//! With the feature `dev-js` the sources are read from disk instead (`WEFT_DEV_JS`, or the crate's own js/), so that
//! a change needs no rebuild.

use std::sync::{Arc, OnceLock, RwLock};

use crate::ops::args::{key, string};
use crate::ops::{OpError, OpResult};

/// One embedded source.
pub(crate) struct BuiltinSource {
    /// What `require` calls it.
    pub(crate) id: &'static str,
    /// Path below js/.
    #[cfg_attr(not(feature = "dev-js"), expect(dead_code, reason = "only dev-js reads from disk"))]
    pub(crate) file: &'static str,
    /// The text, as V8 takes it without a copy.
    pub(crate) text: v8::OneByteConst,
}

include!(concat!(env!("OUT_DIR"), "/builtins.rs"));

/// Parameters of the function each built-in is compiled as.
const PARAMETERS: [&str; 5] = ["exports", "require", "module", "process", "internalBinding"];

/// Code caches by table position, made by the first isolate that is asked for one.
fn code_cache() -> &'static RwLock<Vec<Option<Arc<[u8]>>>> {
    static CACHE: OnceLock<RwLock<Vec<Option<Arc<[u8]>>>>> = OnceLock::new();
    CACHE.get_or_init(|| RwLock::new(vec![None; SOURCES.len()]))
}

/// All ids, sorted by file.
pub fn ids() -> impl Iterator<Item = &'static str> {
    SOURCES.iter().map(|s| s.id)
}

fn position(id: &str) -> OpResult<usize> {
    static INDEX: OnceLock<std::collections::HashMap<&'static str, usize>> = OnceLock::new();
    let index = INDEX.get_or_init(|| SOURCES.iter().enumerate().map(|(i, s)| (s.id, i)).collect());
    index
        .get(id)
        .copied()
        .ok_or_else(|| OpError::error("ERR_UNKNOWN_BUILTIN_MODULE", format!("No such built-in module: {id}")))
}

#[cfg(feature = "dev-js")]
fn source_text<'s>(scope: &mut v8::PinScope<'s, '_>, source: &BuiltinSource) -> OpResult<v8::Local<'s, v8::String>> {
    let root = std::env::var_os("WEFT_DEV_JS")
        .map_or_else(|| std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/js")), Into::into);
    let path = root.join(source.file);
    match std::fs::read_to_string(&path) {
        Ok(text) => string(scope, &text),
        Err(error) => Err(OpError::io(error, "open").with_path(path.display().to_string())),
    }
}

#[cfg(not(feature = "dev-js"))]
fn source_text<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    source: &'static BuiltinSource,
) -> OpResult<v8::Local<'s, v8::String>> {
    v8::String::new_from_onebyte_const(scope, &source.text).ok_or_else(OpError::pending)
}

/// Compiles the built-in `id` into its wrapper function.
pub fn compile<'s>(scope: &mut v8::PinScope<'s, '_>, id: &str) -> OpResult<v8::Local<'s, v8::Function>> {
    let position = position(id)?;
    let source = &SOURCES[position];
    let text = source_text(scope, source)?;
    let name = string(scope, &format!("node:{id}"))?;
    let origin = v8::ScriptOrigin::new(scope, name.into(), 0, 0, false, -1, None, false, false, false, None);
    let parameters = PARAMETERS.map(|p| key(scope, p));
    let cached = code_cache().read().ok().and_then(|c| c.get(position).cloned().flatten());
    let function = match &cached {
        Some(bytes) => {
            let cached = v8::script_compiler::CachedData::new(bytes);
            let mut source = v8::script_compiler::Source::new_with_cached_data(text, Some(&origin), cached);
            let options = v8::script_compiler::CompileOptions::ConsumeCodeCache;
            compile_function(scope, &mut source, &parameters, options)
        }
        None => {
            let mut source = v8::script_compiler::Source::new(text, Some(&origin));
            let options = v8::script_compiler::CompileOptions::NoCompileOptions;
            compile_function(scope, &mut source, &parameters, options)
        }
    };
    let function = function.ok_or_else(OpError::pending)?;
    let loaded = v8::Global::new(scope, function);
    if cached.is_none()
        && let Some(list) = scope.get_slot_mut::<Uncached>()
    {
        list.0.push((position, loaded));
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

/// Built-ins this isolate compiled without a cache: what [`publish_code_cache`] can still contribute.
#[derive(Default)]
pub(crate) struct Uncached(Vec<(usize, v8::Global<v8::Function>)>);

/// Adds what this isolate compiled to the process's code cache, functions compiled lazily so far included. Called
/// before the first further isolate is made: a process that stays single-threaded never pays for it.
pub fn publish_code_cache(scope: &mut v8::PinScope) {
    let Some(list) = scope.get_slot_mut::<Uncached>().map(|l| std::mem::take(&mut l.0)) else { return };
    for (position, function) in list {
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

const fn text_of(bytes: &'static [u8]) -> v8::OneByteConst {
    // SAFETY: js/build.rs, which wrote the table, refused every source with a byte outside ASCII. (The checking
    // constructor would walk every source in the compiler's const evaluator.)
    unsafe { v8::String::create_external_onebyte_const_unchecked(bytes) }
}
