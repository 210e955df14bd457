//! Making a snapshot, in a process that does nothing else.
//!
//! In an isolate of its own, the bootstrap code that is the same for every kind of isolate is evaluated as ever, in a context
//! beside a blank one, which is what `vm` contexts are made from. What that code told Rust (the loop's hooks, the words it
//! shares) goes into the context as a list, since handles do not survive; [`super::restore`] is the other half.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use super::{checksums, references};
use crate::builtins;
use crate::js_runtime::{IsolateKind, realm_require, require};
use crate::main_loop::LoopShared;
use crate::ops::state::{self, OpState};
use crate::ops::{self, OpError, OpResult};

/// The bytes, for processes with the V8 flags of this one.
pub(super) fn make() -> std::io::Result<Vec<u8>> {
    let code = code_made_without().ok_or_else(|| std::io::Error::other("V8 compiles nothing"))?;
    let mut blob = write(true)?.to_vec();
    let blank = write(false)?;
    if checksums::read_only_len(&blob).is_none_or(|len| checksums::read_only_len(&blank) != Some(len)) {
        return Err(std::io::Error::other("the snapshot has more in it than V8 was to put there"));
    }
    checksums::name_read_only_part(&mut blob, &code).ok_or_else(|| std::io::Error::other("V8's format is unknown"))?;
    try_out(&blob, &code).ok_or_else(|| std::io::Error::other("the snapshot does not work"))?;
    Ok(blob)
}

/// Turns V8 between adding to the part of the heap that all isolates share, as it does in an isolate that a snapshot is made
/// of, and leaving it as it is. In there it must stay as V8's own snapshot has it: cached code points into it.
const EXTENSIBLE: [&str; 2] = ["--extensible-ro-snapshot", "--no-extensible-ro-snapshot"];

/// Makes an isolate from the snapshot and runs cached code in it that was made without one. It is the only isolate there is
/// then, so that it has its own of everything.
fn try_out(blob: &[u8], code: &[u8]) -> Option<()> {
    let params = v8::CreateParams::default().snapshot_blob(Cow::<'static, [u8]>::Owned(blob.to_vec()).into());
    let params = params.external_references(Cow::Borrowed(references::list()));
    let mut isolate = v8::Isolate::new(params);
    v8::scope!(let scope, &mut isolate);
    let context = super::context(scope)?;
    let scope = &mut v8::ContextScope::new(scope, context);
    scope.get_context_data_from_snapshot_once::<v8::Array>(0).ok()?;
    let cached = v8::script_compiler::CachedData::new(code);
    let (function, cached) = sample(scope, Some(cached))?;
    let this = v8::undefined(scope).into();
    let value = function.call(scope, this, &[])?;
    // Tells one seed from another.
    let hash = v8::String::new(scope, "a text that is nowhere else")?.get_identity_hash();
    tracing::debug!(hash, "the snapshot works");
    (cached && value.is_array()).then_some(())
}

fn code_made_without() -> Option<Vec<u8>> {
    let mut isolate = v8::Isolate::new(v8::CreateParams::default());
    v8::scope!(let scope, &mut isolate);
    let context = v8::Context::new(scope, v8::ContextOptions::default());
    let scope = &mut v8::ContextScope::new(scope, context);
    let (function, _) = sample(scope, None)?;
    Some(function.create_code_cache()?.to_vec())
}

/// A function whose code stands for all cached code, and whether it came out of the cache.
fn sample<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    cached: Option<v8::UniqueRef<v8::CachedData<'_>>>,
) -> Option<(v8::Local<'s, v8::Function>, bool)> {
    use v8::script_compiler::{CompileOptions, NoCacheReason, Source, compile_function};
    let text = v8::String::new(scope, "return [1, 2].map((x) => `${x}`)")?;
    let (mut source, options) = match cached {
        Some(cached) => (Source::new_with_cached_data(text, None, cached), CompileOptions::ConsumeCodeCache),
        None => (Source::new(text, None), CompileOptions::EagerCompile),
    };
    let function = compile_function(scope, &mut source, &[], &[], options, NoCacheReason::NoReason)?;
    Some((function, source.get_cached_data().is_some_and(|cached| !cached.rejected())))
}

/// While it lives, what V8 takes out of its own snapshot gets a new hash seed, drawn at random, and is hashed again. The seed that it has
/// otherwise is the same in every copy of this program: whoever knows it can choose texts that all have one hash. A snapshot
/// keeps the seed it was made with, so each cache folder has one of its own, and no start pays for it.
struct Reseeding {
    /// The user had V8 do so all the time.
    was_on: bool,
}

impl Reseeding {
    fn begin() -> Self {
        let flags = v8::script_compiler::cached_data_version_tag();
        v8::V8::set_flags_from_string("--rehash-snapshot");
        Self { was_on: v8::script_compiler::cached_data_version_tag() == flags }
    }
}

impl Drop for Reseeding {
    fn drop(&mut self) {
        if !self.was_on {
            v8::V8::set_flags_from_string("--no-rehash-snapshot");
        }
    }
}

/// V8's bytes, of contexts with or without our code.
fn write(with_ours: bool) -> std::io::Result<v8::StartupData> {
    let references = Cow::Borrowed(references::list());
    let reseeding = Reseeding::begin();
    v8::V8::set_flags_from_string(EXTENSIBLE[1]);
    let mut isolate = v8::Isolate::snapshot_creator(Some(references), Some(v8::CreateParams::default()));
    // Cached code is refused while flags differ from those it was made with.
    v8::V8::set_flags_from_string(EXTENSIBLE[0]);
    isolate.set_microtasks_policy(v8::MicrotasksPolicy::Explicit);
    let shared = Rc::new(LoopShared::new());
    let mut op_state = OpState::new(shared.clone());
    // No command line: code that asks for it has no place in a snapshot, and fails.
    op_state.put(IsolateKind::Main);
    let state = Rc::new(RefCell::new(op_state));
    isolate.set_slot(shared.clone());
    isolate.set_slot(state.clone());
    // Of what the training left, the edition with more in it.
    isolate.set_slot(builtins::Uncached::of_worker(true));
    let evaluated = {
        v8::scope!(let scope, &mut isolate);
        let blank = v8::Context::new(scope, v8::ContextOptions::default());
        scope.set_default_context(blank);
        let context = v8::Context::new(scope, v8::ContextOptions::default());
        // That was all of V8's. Cached code is refused while flags differ, as above.
        drop(reseeding);
        let scope = &mut v8::ContextScope::new(scope, context);
        if with_ours { evaluate(scope, context) } else { Ok(()) }
    };
    // No handle may be left.
    shared.clear();
    state::clear(&state);
    isolate.remove_slot::<builtins::Uncached>();
    // The collections that precede the writing would take the code of functions that were not called for a while.
    let flags = v8::script_compiler::cached_data_version_tag();
    v8::V8::set_flags_from_string("--no-flush-bytecode");
    let blob = isolate.create_blob(v8::FunctionCodeHandling::Keep);
    v8::V8::set_flags_from_string("--flush-bytecode");
    if v8::script_compiler::cached_data_version_tag() != flags {
        // It was the user's flag too.
        v8::V8::set_flags_from_string("--no-flush-bytecode");
    }
    evaluated?;
    blob.ok_or_else(|| std::io::Error::other("V8 made no snapshot"))
}

/// Runs the bootstrap code in `context` and adds it to the snapshot.
fn evaluate(scope: &mut v8::PinScope, context: v8::Local<v8::Context>) -> std::io::Result<()> {
    v8::tc_scope!(let caught, scope);
    match registered(caught) {
        Ok(values) => {
            caught.add_context_data(context, values);
            caught.add_context(context);
            Ok(())
        }
        Err(error) => {
            let exception = if error.is_pending() { caught.exception() } else { None };
            let text = exception.map(|exception| exception.to_rust_string_lossy(caught)).unwrap_or_default();
            // V8 wants a context all the same.
            Err(std::io::Error::other(format!("the bootstrap code failed: {text}")))
        }
    }
}

/// `require`, and all that the areas were told.
fn registered<'s>(scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Array>> {
    let lost = || OpError::error("ERR_INTERNAL_ASSERTION", "the bootstrap code registered too little");
    ops::realm::prepare_for_snapshot(scope);
    let realm = realm_require(scope)?;
    require(scope, realm, "bootstrap/snapshot")?;
    let mut values = vec![realm.into()];
    values.extend(ops::module_wrap::registered(scope).ok_or_else(lost)?);
    values.extend(ops::messaging::registered(scope).ok_or_else(lost)?);
    values.extend(ops::realm::registered(scope).ok_or_else(lost)?);
    Ok(v8::Array::new_with_elements(scope, &values))
}
