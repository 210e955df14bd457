//! `internalBinding('realm')`: what the bootstrap code needs to stand up: built-in sources, the loop's hooks, the
//! nextTick words, and a few engine controls.

use super::args::{arg_function, arg_i32, arg_object, arg_string, key};
use super::error::{ErrorClass, OpError, OpResult};
use super::state::event_loop;
use super::{OpDecl, binding};
use crate::builtins;
use crate::main_loop::{Hooks, tick};
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("compileBuiltin", 1, compile_builtin),
    op!("builtinIds", 0, builtin_ids),
    op!("setHooks", 6, set_hooks),
    op!("tickWords", 0, tick_words),
    op!("runMicrotasks", 0, run_microtasks),
    op!("enqueueMicrotask", 1, enqueue_microtask),
    op!("lazyProperty", 4, lazy_property),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;

/// `lazyProperty(target, name, make, attributes)`: a data property whose value `make()` gives when it is first looked at,
/// in whatever way; nobody can tell it from one that was always there. `attributes` as V8 numbers them: 1 read-only,
/// 2 not enumerable.
fn lazy_property(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let target = arg_object(args, 0)?;
    let name = v8::Local::<v8::Name>::try_from(args.get(1)).map_err(|_| OpError::plain(ErrorClass::Type, "name"))?;
    let make = arg_function(args, 2)?;
    let attributes = match arg_i32(scope, args, 3)? {
        0 => v8::PropertyAttribute::NONE,
        1 => v8::PropertyAttribute::READ_ONLY,
        2 => v8::PropertyAttribute::DONT_ENUM,
        _ => v8::PropertyAttribute::READ_ONLY | v8::PropertyAttribute::DONT_ENUM,
    };
    use v8::SideEffectType::HasSideEffect;
    target
        .set_lazy_data_property_with_data(
            scope,
            name,
            make_value,
            make.into(),
            attributes,
            HasSideEffect,
            HasSideEffect,
        )
        .ok_or_else(OpError::pending)?;
    Ok(())
}

fn make_value<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _: v8::Local<'s, v8::Name>,
    args: v8::PropertyCallbackArguments<'s>,
    mut rv: v8::ReturnValue<v8::Value>,
) {
    let Ok(make) = v8::Local::<v8::Function>::try_from(args.data()) else { return };
    let this = v8::undefined(scope).into();
    if let Some(value) = make.call(scope, this, &[]) {
        rv.set(value);
    }
}

/// `compileBuiltin(id)`: the module's wrapper function.
pub(crate) fn compile_builtin(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let id = arg_string(scope, args, 0)?;
    rv.set(builtins::compile(scope, &id)?.into());
    Ok(())
}

/// `internalBinding(name)`: the binding object. Handed to the realm directly, not through a binding.
pub(crate) fn internal_binding(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let name = arg_string(scope, args, 0)?;
    let object = binding(scope, &name)
        .ok_or_else(|| OpError::error("ERR_INVALID_MODULE", format!("No such binding: {name}")))?;
    rv.set(object.into());
    Ok(())
}

/// `builtinIds()`: every embedded id.
fn builtin_ids(scope: Scope, _: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let ids: Vec<v8::Local<v8::Value>> = builtins::ids().iter().map(|id| key(scope, id).into()).collect();
    rv.set(v8::Array::new_with_elements(scope, &ids).into());
    Ok(())
}

/// `setHooks(processTimers, runImmediates, processTicks, fatalException, promiseRejected, observeCallbacks)`.
fn set_hooks(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let hook = |index| -> OpResult<v8::Global<v8::Function>> {
        let function = arg_function(args, index)?;
        Ok(v8::Global::new(scope, function))
    };
    let hooks = Hooks {
        process_timers: hook(0)?,
        run_immediates: hook(1)?,
        process_ticks: hook(2)?,
        fatal_exception: hook(3)?,
        promise_rejected: hook(4)?,
        observe_callbacks: hook(5)?,
    };
    event_loop(scope).set_hooks(hooks);
    Ok(())
}

/// `tickWords()`: the `Uint32Array` [ticks wait, rejections wait].
fn tick_words(scope: Scope, _: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    if let Some(words) = event_loop(scope).ticks.to_array(scope) {
        rv.set(words.into());
    }
    Ok(())
}

fn run_microtasks(scope: Scope, _: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let shared = event_loop(scope);
    tick::run_microtasks(scope, &shared);
    Ok(())
}

fn enqueue_microtask(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let function = arg_function(args, 0)?;
    scope.enqueue_microtask(function);
    Ok(())
}
