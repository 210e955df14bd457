//! `internalBinding('realm')`: what the bootstrap code needs to stand up: built-in sources, the loop's hooks, the
//! nextTick words, and a few engine controls.

use std::cell::RefCell;

use super::args::{arg_function, arg_i32, arg_object, arg_string, key};
use super::error::{ErrorClass, OpError, OpResult};
use super::state::{event_loop, op_state};
use super::{OpDecl, binding};
use crate::builtins;
use crate::main_loop::{Hooks, tick};
use crate::op;
use crate::workers::microtasks;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("compileBuiltin", 1, compile_builtin),
    op!("builtinIds", 0, builtin_ids),
    op!("builtinText", 1, builtin_text),
    op!("setHooks", 6, set_hooks),
    op!("tickWords", 0, tick_words),
    op!("runMicrotasks", 0, run_microtasks),
    op!("waitingMicrotasks", 0, waiting_microtasks),
    op!("enqueueMicrotask", 1, enqueue_microtask),
    op!("lazyProperty", 4, lazy_property),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;

/// The functions behind lazy properties of a context that is, or was, put into a snapshot. There, such a property knows its
/// function by its position here: an accessor belongs to the isolate and may not refer to a context's objects.
#[derive(Default)]
struct Makers {
    list: RefCell<Option<v8::Global<v8::Array>>>,
    /// Further ones are added, as long as the snapshot is being made.
    open: std::cell::Cell<bool>,
}

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
    let makers = op_state(scope).borrow().get::<Makers>().filter(|makers| makers.open.get());
    let data = match makers.and_then(|makers| makers.list.borrow().clone()) {
        Some(list) => {
            let list = v8::Local::new(scope, list);
            let index = list.length();
            list.set_index(scope, index, make.into()).ok_or_else(OpError::pending)?;
            v8::Integer::new_from_unsigned(scope, index).into()
        }
        None => make.into(),
    };
    use v8::SideEffectType::HasSideEffect;
    target
        .set_lazy_data_property_with_data(scope, name, make_value, data, attributes, HasSideEffect, HasSideEffect)
        .ok_or_else(OpError::pending)?;
    Ok(())
}

fn make_value<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _: v8::Local<'s, v8::Name>,
    args: v8::PropertyCallbackArguments<'s>,
    mut rv: v8::ReturnValue<v8::Value>,
) {
    let Some(make) = maker(scope, args.data()) else { return };
    let this = v8::undefined(scope).into();
    if let Some(value) = make.call(scope, this, &[]) {
        rv.set(value);
    }
}

/// The function that `data` of a lazy property stands for.
fn maker<'s>(scope: &mut v8::PinScope<'s, '_>, data: v8::Local<'s, v8::Value>) -> Option<v8::Local<'s, v8::Function>> {
    if let Ok(make) = v8::Local::<v8::Function>::try_from(data) {
        return Some(make);
    }
    let index = v8::Local::<v8::Uint32>::try_from(data).ok()?.value();
    let list = op_state(scope).borrow().get::<Makers>()?.list.borrow().clone()?;
    let list = v8::Local::new(scope, list);
    list.get_index(scope, index)?.try_into().ok()
}

/// V8's entry for lazy properties, which a snapshot refers to.
pub(crate) fn lazy_property_entry() -> v8::AccessorNameGetterCallback {
    use v8::MapFnTo as _;
    make_value.map_fn_to()
}

/// From here on, what this context registers can be put into a snapshot.
pub(crate) fn prepare_for_snapshot(scope: &mut v8::PinScope) {
    let makers = op_state(scope).borrow_mut().value::<Makers>();
    let list = v8::Array::new(scope, 0);
    makers.list.replace(Some(v8::Global::new(scope, list)));
    makers.open.set(true);
}

/// What this area was told by the bootstrap code, for a snapshot.
pub(crate) fn registered<'s>(scope: &mut v8::PinScope<'s, '_>) -> Option<Vec<v8::Local<'s, v8::Value>>> {
    let shared = event_loop(scope);
    let makers = op_state(scope).borrow_mut().value::<Makers>();
    let list = makers.list.take()?;
    let (ticks, timers) = (shared.ticks.to_array(scope)?, shared.timer_words.to_array(scope)?);
    let hooks = shared.take_hooks()?;
    let mut values = vec![v8::Local::new(scope, list).into(), ticks.into(), timers.into()];
    values.extend(hooks.list().map(|hook| v8::Local::<v8::Value>::from(v8::Local::new(scope, hook))));
    Some(values)
}

/// Registers again what [`registered`] gave, in a context that came out of a snapshot.
pub(crate) fn register_again<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    mut values: impl Iterator<Item = v8::Local<'s, v8::Value>>,
) -> Option<()> {
    let shared = event_loop(scope);
    let list = v8::Local::<v8::Array>::try_from(values.next()?).ok()?;
    let makers = op_state(scope).borrow_mut().value::<Makers>();
    makers.list.replace(Some(v8::Global::new(scope, list)));
    for words in [&shared.ticks, &shared.timer_words] {
        let array = v8::Local::<v8::Uint32Array>::try_from(values.next()?).ok()?;
        words.adopt(scope, array).then_some(())?;
    }
    let hooks = Hooks::make(|_| {
        let function = values.next().and_then(|value| v8::Local::<v8::Function>::try_from(value).ok());
        function.map(|function| v8::Global::new(scope, function)).ok_or(())
    });
    let hooks = hooks.ok()?;
    shared.set_hooks(hooks);
    Some(())
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

/// `builtinText(id)`: the text of a built-in module, for other runtimes to run.
fn builtin_text<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let id = arg_string(scope, args, 0)?;
    rv.set(builtins::script_text(scope, &id)?.into());
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
    let hooks = Hooks::make(|index| {
        let function = arg_function(args, index)?;
        Ok::<_, OpError>(v8::Global::new(scope, function))
    })?;
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

/// `waitingMicrotasks()`: a `Uint32Array` of one element, 0 while none waits. Not for a snapshot: it is memory of V8's.
fn waiting_microtasks(scope: Scope, _: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    rv.set(microtasks::waiting(scope).ok_or_else(OpError::pending)?.into());
    Ok(())
}

fn enqueue_microtask(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let function = arg_function(args, 0)?;
    scope.enqueue_microtask(function);
    Ok(())
}
