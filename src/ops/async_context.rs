//! `internalBinding('async_context')`: V8's continuation-preserved embedder data, the value that follows promise
//! reactions, and V8's promise hooks. `js/internal/async_context.js` keeps the current async context in the one,
//! `js/internal/async_hooks.js` learns of promises through the others.

use super::args::key;
use super::state::event_loop;
use super::{OpDecl, OpResult};
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("get", 0, get),
    op!("set", 1, set),
    op!("setPromiseHooks", 4, set_promise_hooks),
    op!("setRequestWrapper", 1, set_request_wrapper),
];

fn get(scope: &mut v8::PinScope, _: &v8::FunctionCallbackArguments, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    rv.set(scope.get_continuation_preserved_embedder_data());
    Ok(())
}

fn set(scope: &mut v8::PinScope, args: &v8::FunctionCallbackArguments, _: v8::ReturnValue<v8::Value>) -> OpResult {
    scope.set_continuation_preserved_embedder_data(args.get(0));
    Ok(())
}

/// Puts V8's own functions for the embedder data in the place of [`get`] and [`set`]: they are builtins that
/// optimised code inlines, where a native call would dominate every look at an `AsyncLocalStorage`. They live on the
/// extras object of the context. A V8 built without them leaves ours.
pub(super) fn use_builtins(scope: &mut v8::PinScope, binding: v8::Local<v8::Object>) {
    let extras = scope.get_current_context().get_extras_binding_object(scope);
    for (name, builtin) in
        [("get", "getContinuationPreservedEmbedderData"), ("set", "setContinuationPreservedEmbedderData")]
    {
        let (name, builtin) = (key(scope, name), key(scope, builtin));
        if let Some(function) = extras.get(scope, builtin.into()).filter(|value| value.is_function()) {
            binding.set(scope, name.into(), function);
        }
    }
}

/// `setPromiseHooks(init, before, after, resolve)`: each a function or undefined, called for every promise of this
/// context when it is made `(promise, parent)`, before and after a reaction of it runs `(promise)`, and when it is
/// resolved `(promise)`.
fn set_promise_hooks(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    _: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let hook = |index| v8::Local::<v8::Function>::try_from(args.get(index)).ok();
    scope.set_promise_hooks(hook(0), hook(1), hook(2), hook(3));
    Ok(())
}

/// `setRequestWrapper(wrapper)`: a function that native operations pass their callbacks through, so that async hooks
/// learn of them; undefined for none.
fn set_request_wrapper(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    _: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let wrapper = v8::Local::<v8::Function>::try_from(args.get(0)).ok();
    let wrapper = wrapper.map(|wrapper| v8::Global::new(scope, wrapper));
    event_loop(scope).completions.set_wrapper(wrapper);
    Ok(())
}
