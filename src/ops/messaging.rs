//! `internalBinding('messaging')`: channels, ports, broadcast and structured clone for js/internal/worker/messaging.js.
//!
//! Thin: argument checks and calls into `src/workers`. A port that was closed or transferred takes part in nothing and
//! is no error, as in browsers.

use std::rc::Rc;

use super::args::{arg_bool, arg_f64, arg_function, arg_i32, arg_object, arg_string, arg_u32};
use super::{OpDecl, OpError, OpResult};
use crate::op;
use crate::workers::flat;
use crate::workers::mailbox::Amount;
use crate::workers::message::{Body, Message};
use crate::workers::messaging_state::{self as state, AsPort, Hooks, Mark};
use crate::workers::port::{MessagePort, PortEnd};
use crate::workers::structured_clone;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("setup", 12, setup),
    op!("setupContext", 5, setup_context),
    op!("moveToContext", 2, move_to_context),
    op!("createChannel", 0, create_channel),
    op!("broadcastPort", 1, broadcast_port),
    op!("flatKeys", 1, flat_keys),
    op!("flatShape", 1, flat_shape),
    op!("numberOf", 1, number_of),
    op!("post", 3, post),
    op!("postFlat", 2, post_flat),
    op!("hasElementsAlone", 1, has_elements_alone),
    op!("hasUncloneable", 0, has_uncloneable),
    op!("queued", 1, queued),
    op!("receive", 1, receive),
    op!("start", 1, start),
    op!("stop", 1, stop),
    op!("close", 1, close),
    op!("forget", 1, forget),
    op!("setMark", 3, set_mark),
    op!("setRef", 2, set_ref),
    op!("hasRef", 1, has_ref),
    op!("isPort", 1, is_port),
    op!("isDetached", 1, is_detached),
    op!("structuredClone", 2, structured_clone),
    op!("mark", 2, mark),
    op!("isMarked", 2, is_marked),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;

/// `setup(emitMessage, emitClose, dressPort, dataCloneError, takeApart, putTogether, transferModeSymbol, emitDrain,
/// emitFlat, makeFlat, makeRows, emitBatch)`.
fn setup<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, _: v8::ReturnValue<v8::Value>) -> OpResult {
    register(scope, |index| args.get(index)).ok_or_else(|| {
        OpError::type_error("ERR_INVALID_ARG_TYPE", "setup needs functions and, in the seventh place, a symbol")
    })
}

/// Registers what `value` gives for each argument of [`setup`].
fn register<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    mut value: impl FnMut(i32) -> v8::Local<'s, v8::Value>,
) -> Option<()> {
    let mut hook = |index| {
        let function = v8::Local::<v8::Function>::try_from(value(index)).ok()?;
        Some(v8::Global::new(scope, function))
    };
    let (emit_message, emit_close, dress_port) = (hook(0)?, hook(1)?, hook(2)?);
    let (data_clone_error, take_apart, put_together) = (hook(3)?, hook(4)?, hook(5)?);
    let (emit_drain, emit_flat, make_flat, make_rows) = (hook(7)?, hook(8)?, hook(9)?, hook(10)?);
    let emit_batch = hook(11)?;
    let symbol = v8::Local::<v8::Symbol>::try_from(value(6)).ok()?;
    let transfer_mode = v8::Global::new(scope, symbol);
    let hooks = Hooks {
        emit_message,
        emit_close,
        emit_flat,
        emit_batch,
        make_flat,
        make_rows,
        emit_drain,
        dress_port,
        data_clone_error,
        take_apart,
        put_together,
        transfer_mode,
    };
    state::set_hooks(scope, hooks);
    Some(())
}

/// What this area was told by the bootstrap code, for a snapshot: the arguments of [`setup`].
pub(crate) fn registered<'s>(scope: &mut v8::PinScope<'s, '_>) -> Option<[v8::Local<'s, v8::Value>; 12]> {
    let hooks = state::take_hooks(scope)?;
    let Hooks {
        emit_message,
        emit_close,
        emit_flat,
        emit_batch,
        make_flat,
        make_rows,
        emit_drain,
        dress_port,
        data_clone_error,
        take_apart,
        put_together,
        transfer_mode,
    } = &*hooks;
    let local = |hook: &v8::Global<v8::Function>| v8::Local::<v8::Value>::from(v8::Local::new(scope, hook));
    Some([
        local(emit_message),
        local(emit_close),
        local(dress_port),
        local(data_clone_error),
        local(take_apart),
        local(put_together),
        v8::Local::new(scope, transfer_mode).into(),
        local(emit_drain),
        local(emit_flat),
        local(make_flat),
        local(make_rows),
        local(emit_batch),
    ])
}

/// Registers again what [`registered`] gave, in a context that came out of a snapshot.
pub(crate) fn register_again<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    values: impl Iterator<Item = v8::Local<'s, v8::Value>>,
) -> Option<()> {
    let values: Vec<_> = values.collect();
    let undefined = v8::undefined(scope).into();
    register(scope, |index| values.get(index as usize).copied().unwrap_or(undefined))
}

/// `setupContext(emitMessage, emitClose, dressPort, dataCloneError, putTogether, makeRows)`, of the context whose script calls it:
/// what takes the place of [`setup`]'s functions there.
fn setup_context(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let Some(main) = state::hooks(scope) else { return Ok(()) };
    let hook = |index| -> OpResult<v8::Global<v8::Function>> {
        let function = arg_function(args, index)?;
        Ok(v8::Global::new(scope, function))
    };
    let hooks = Hooks {
        emit_message: hook(0)?,
        emit_close: hook(1)?,
        dress_port: hook(2)?,
        data_clone_error: hook(3)?,
        put_together: hook(4)?,
        make_rows: hook(5)?,
        ..Hooks::clone(&main)
    };
    state::set_foreign_hooks(scope, hooks);
    Ok(())
}

/// `moveToContext(port, contextified object)`: a port of that context, which takes the place of `port`; undefined where
/// the object is no context. The context learns of messaging with its first port (js/internal/worker/moved_port.js).
fn move_to_context<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let object = arg_object(args, 1)?;
    let Some(context) = super::vm_context::context_of(scope, object) else { return Ok(()) };
    let end = arg_port(scope, args, 0)?.and_then(|port| port.detach(scope));
    let Some(end) = end else {
        return Err(OpError::error("ERR_CLOSED_MESSAGE_PORT", "Cannot send data on closed MessagePort"));
    };
    let scope = &mut v8::ContextScope::new(scope, context);
    if state::foreign_context(scope).is_none() {
        let script = crate::builtins::compile(scope, "internal/worker/moved_port")?;
        let undefined: v8::Local<v8::Value> = v8::undefined(scope).into();
        let compile = super::native_function(scope, &super::COMPILE_BUILTIN)?.into();
        let binding = super::native_function(scope, &super::INTERNAL_BINDING)?.into();
        let arguments = [undefined, compile, undefined, undefined, binding];
        script.call(scope, undefined, &arguments).ok_or_else(OpError::pending)?;
    }
    let moved = state::new_port_object(scope, end).ok_or_else(OpError::pending)?;
    rv.set(moved.into());
    Ok(())
}

/// `createChannel()`: two entangled ports.
fn create_channel(scope: Scope, _: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let (first, second) = PortEnd::pair();
    let first = state::new_port_object(scope, first).ok_or_else(OpError::pending)?;
    let second = state::new_port_object(scope, second).ok_or_else(OpError::pending)?;
    rv.set(v8::Array::new_with_elements(scope, &[first.into(), second.into()]).into());
    Ok(())
}

/// `broadcastPort(name)`: a port object without prototype that speaks to the group `name`.
fn broadcast_port(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let name = arg_string(scope, args, 0)?;
    let object = state::new_bare_port_object(scope, PortEnd::in_group(&name)).ok_or_else(OpError::pending)?;
    rv.set(object.into());
    Ok(())
}

/// The port at `index`, unless it is closed.
fn arg_port(scope: &v8::PinScope, args: Args, index: i32) -> OpResult<Option<Rc<MessagePort>>> {
    let object = arg_object(args, index)?;
    match state::as_port(scope, object) {
        AsPort::Port(port) => Ok(Some(port)),
        AsPort::Detached => Ok(None),
        AsPort::NotAPort => {
            Err(OpError::type_error("ERR_INVALID_THIS", "Value of \"this\" must be of type MessagePort"))
        }
    }
}

/// The transfer list at `index`: an array, or nothing.
pub(super) fn arg_list<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: &v8::FunctionCallbackArguments<'s>,
    index: i32,
) -> OpResult<Vec<v8::Local<'s, v8::Value>>> {
    let Ok(array) = v8::Local::<v8::Array>::try_from(args.get(index)) else { return Ok(Vec::new()) };
    (0..array.length()).map(|i| array.get_index(scope, i).ok_or_else(OpError::pending)).collect()
}

/// `post(port, value, transferList, rows)`: `rows` where the value is a table's columns. 0; 1 when the list held the port that would have received it; with a high-water mark
/// set 2 where there is room for more, 3 where there is none.
fn post<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let port = arg_port(scope, args, 0)?;
    let list = arg_list(scope, args, 2)?;
    let to_itself = port.as_ref().is_some_and(|port| {
        list.iter().any(|item| {
            v8::Local::<v8::Object>::try_from(*item).is_ok_and(|object| match state::as_port(scope, object) {
                AsPort::Port(listed) => port.leads_to(&listed),
                _ => false,
            })
        })
    });
    // A closed port still serializes: what cannot be cloned throws, and what is listed is detached.
    let mut message = structured_clone::serialize(scope, args.get(1), &list, port.as_deref())?;
    if args.get(3).is_true()
        && let Body::Serialized(bytes) = message.body
    {
        message.body = Body::Rows(bytes);
    }
    match port {
        // Nobody is left to read it; dropping it closes the channel.
        Some(_) if to_itself => {
            drop(message);
            rv.set_int32(1);
        }
        Some(port) => rv.set_int32(outcome(port.post(scope, message))),
        None => {
            drop(message);
            rv.set_int32(0);
        }
    }
    Ok(())
}

fn outcome(room: Option<bool>) -> i32 {
    match room {
        None => 0,
        Some(true) => 2,
        Some(false) => 3,
    }
}

/// `hasElementsAlone(array)`: whether it is an array and no proxy, nothing else of it would be cloned, and no object was marked as
/// uncloneable.
fn has_elements_alone(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let Ok(array) = v8::Local::<v8::Array>::try_from(args.get(0)) else { return Ok(()) };
    let options = v8::GetPropertyNamesArgs {
        mode: v8::KeyCollectionMode::OwnOnly,
        property_filter: v8::PropertyFilter::ONLY_ENUMERABLE | v8::PropertyFilter::SKIP_SYMBOLS,
        index_filter: v8::IndexFilter::SkipIndices,
        key_conversion: v8::KeyConversionMode::KeepNumbers,
    };
    let names = array.get_property_names(scope, options).ok_or_else(OpError::pending)?;
    rv.set_bool(names.length() == 0 && !state::has_uncloneable());
    Ok(())
}

/// `hasUncloneable()`: whether any object was marked as uncloneable.
fn has_uncloneable(_: Scope, _: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    rv.set_bool(state::has_uncloneable());
    Ok(())
}

/// `flatShape(keys)`: the number of the shape of these keys, or -1.
fn flat_shape<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let keys = arg_list(scope, args, 0)?;
    let keys = keys.iter().map(|key| key.to_rust_string_lossy(scope)).collect();
    rv.set_int32(flat::shape_number(keys).and_then(|number| i32::try_from(number).ok()).unwrap_or(-1));
    Ok(())
}

/// `flatKeys(shape)`: an array of keys.
fn flat_keys(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let shape = flat::shape_keys(arg_u32(scope, args, 0)?);
    let mut keys: Vec<v8::Local<v8::Value>> = Vec::new();
    for key in shape.iter().flat_map(|shape| shape.iter()) {
        keys.push(v8::String::new(scope, key).ok_or_else(OpError::pending)?.into());
    }
    rv.set(v8::Array::new_with_elements(scope, &keys).into());
    Ok(())
}

/// `numberOf(port)`: what `postFlat` calls it.
fn number_of(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let object = arg_object(args, 0)?;
    rv.set_uint32(state::port_id(scope, object).unwrap_or(0));
    Ok(())
}

/// `postFlat(number of the port, shape, values...)`: as `post`, or -1 where it is not to be posted this way: a value is of
/// another kind, or the receiver is no port in use (`post` knows what to do then).
fn post_flat(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let number = arg_u32(scope, args, 0)?;
    let Some(port) = crate::workers::port::recent_port(scope, number) else {
        rv.set_int32(-1);
        return Ok(());
    };
    if state::has_uncloneable() {
        rv.set_int32(-1);
        return Ok(());
    }
    let mut writer = flat::Writer::new(arg_u32(scope, args, 1)?);
    for index in 2..args.length() {
        if !writer.push(scope, args.get(index)) {
            rv.set_int32(-1);
            return Ok(());
        }
    }
    let message = Message::plain(Body::Flat(writer.finish()));
    rv.set_int32(outcome(port.post(scope, message)));
    Ok(())
}

/// `queued(port)`: `[messages, bytes]` that were posted and not taken.
fn queued(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let amount = arg_port(scope, args, 0)?.map(|port| port.queued(scope)).unwrap_or_default();
    let messages = v8::Number::new(scope, amount.messages as f64).into();
    let bytes = v8::Number::new(scope, amount.bytes as f64).into();
    rv.set(v8::Array::new_with_elements(scope, &[messages, bytes]).into());
    Ok(())
}

/// `setMark(port, messages, bytes)`: the high-water mark, either of which may be Infinity; `setMark(port)` removes it.
fn set_mark(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let mark = if args.length() < 2 {
        None
    } else {
        // A float too large for the type saturates.
        Some(Amount { messages: arg_f64(scope, args, 1)? as usize, bytes: arg_f64(scope, args, 2)? as usize })
    };
    if let Some(port) = arg_port(scope, args, 0)? {
        port.set_mark(scope, mark);
    }
    Ok(())
}

/// `receive(port)`: `[value]` of the oldest message, or undefined.
fn receive(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let Some(port) = arg_port(scope, args, 0)? else { return Ok(()) };
    let Some(message) = port.receive(scope) else { return Ok(()) };
    let (value, _) = structured_clone::deserialize(scope, message).ok_or_else(OpError::pending)?;
    rv.set(v8::Array::new_with_elements(scope, &[value]).into());
    Ok(())
}

fn start(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    if let Some(port) = arg_port(scope, args, 0)? {
        port.start();
    }
    Ok(())
}

fn stop(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    if let Some(port) = arg_port(scope, args, 0)? {
        port.stop(scope);
    }
    Ok(())
}

fn close(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    if let Some(port) = arg_port(scope, args, 0)? {
        port.close(scope);
    }
    Ok(())
}

/// `forget(port)`: the close phase reached it.
fn forget(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let object = arg_object(args, 0)?;
    if let Some(port) = state::port_id(scope, object).and_then(|id| crate::workers::port::port_by_id(scope, id)) {
        port.forget(scope);
    }
    Ok(())
}

/// `setRef(port, keepAlive)`.
fn set_ref(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let keep_alive = arg_bool(scope, args, 1);
    if let Some(port) = arg_port(scope, args, 0)? {
        port.set_ref(scope, keep_alive);
    }
    Ok(())
}

/// `hasRef(port)`: also of a port that is being closed.
fn has_ref(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let object = arg_object(args, 0)?;
    let port = state::port_id(scope, object).and_then(|id| crate::workers::port::port_by_id(scope, id));
    rv.set_bool(port.is_some_and(|port| port.has_ref()));
    Ok(())
}

fn is_port(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let object = v8::Local::<v8::Object>::try_from(args.get(0));
    rv.set_bool(object.is_ok_and(|object| state::port_id(scope, object).is_some()));
    Ok(())
}

fn is_detached(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    rv.set_bool(arg_port(scope, args, 0)?.is_none());
    Ok(())
}

/// `structuredClone(value, transferList)`.
fn structured_clone<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let list = arg_list(scope, args, 1)?;
    let message = structured_clone::serialize(scope, args.get(0), &list, None)?;
    let (value, _) = structured_clone::deserialize(scope, message).ok_or_else(OpError::pending)?;
    rv.set(value);
    Ok(())
}

fn arg_mark(scope: &mut v8::PinScope, args: Args) -> OpResult<Mark> {
    Ok(match arg_i32(scope, args, 1)? {
        0 => Mark::Untransferable,
        1 => Mark::Uncloneable,
        _ => Mark::Shared,
    })
}

/// `mark(object, 0 untransferable | 1 uncloneable | 2 shared)`.
fn mark(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let mark = arg_mark(scope, args)?;
    state::set_mark(scope, arg_object(args, 0)?, mark);
    Ok(())
}

/// `isMarked(object, 0 untransferable | 1 uncloneable | 2 shared)`.
fn is_marked(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let mark = arg_mark(scope, args)?;
    let object = arg_object(args, 0)?;
    rv.set_bool(state::has_mark(scope, object, mark));
    Ok(())
}
