//! The `stack` of errors, laid out when it is first read.
//!
//! V8 by itself heads it with the message the error was made with. Programs add to an error's message before they throw
//! it again, and expect to find that in its stack: so the head is made here, of what the error says when it is asked.

use std::ffi::c_void;

use crate::ops::args::key;

/// Name of the private property of a function that lays out stacks as [`default_text`] does.
const LIKE_DEFAULT: &str = "weft:lays_out_like_default";

// V8's own, through the C functions of the `v8` crate: its wrapper has no way to say that JavaScript threw, for which V8 wants an
// empty handle.
unsafe extern "C" {
    fn v8__Isolate__SetPrepareStackTraceCallback(isolate: *mut c_void, callback: Callback);
}

/// From now on stacks of `isolate`'s errors are laid out by [`prepare`].
pub(crate) fn install(isolate: &mut v8::Isolate) {
    // SAFETY: the pointer is used for this call alone, on the isolate's thread.
    let raw = unsafe { isolate.as_raw_isolate_ptr() };
    // SAFETY: `UnsafeRawIsolatePtr` is this one pointer; the function keeps to what V8 asks of such a callback (`called`).
    unsafe {
        let isolate = std::mem::transmute::<v8::UnsafeRawIsolatePtr, *mut c_void>(raw);
        v8__Isolate__SetPrepareStackTraceCallback(isolate, called);
    }
}

/// The symbol by which errors of Node's own are known, whose stacks show their code. js/ puts it into their prototypes.
pub(crate) fn node_error_symbol<'s>(scope: &v8::PinScope<'s, '_>) -> v8::Local<'s, v8::Symbol> {
    let name = key(scope, "kIsNodeError");
    v8::Symbol::for_api(scope, name)
}

/// Says that `function`, where it is the `Error.prepareStackTrace`, does nothing that is not done here without it; or that it
/// does so no more.
pub(crate) fn mark_like_default(scope: &v8::PinScope, function: v8::Local<v8::Function>, alike: bool) {
    let name = private(scope);
    let value = v8::Boolean::new(scope, alike);
    function.set_private(scope, name, value.into());
}

fn private<'s>(scope: &v8::PinScope<'s, '_>) -> v8::Local<'s, v8::Private> {
    let name = key(scope, LIKE_DEFAULT);
    v8::Private::for_api(scope, Some(name))
}

/// A function that returns V8's `MaybeLocal<Value>`: one pointer, null where JavaScript threw; in a register.
#[cfg(not(target_os = "windows"))]
type Callback = for<'s> unsafe extern "C" fn(
    v8::Local<'s, v8::Context>,
    v8::Local<'s, v8::Value>,
    v8::Local<'s, v8::Array>,
) -> *const v8::Value;

/// The same by the convention of Windows: in memory that the caller has for it.
#[cfg(target_os = "windows")]
type Callback = for<'s> unsafe extern "C" fn(
    *mut *const v8::Value,
    v8::Local<'s, v8::Context>,
    v8::Local<'s, v8::Value>,
    v8::Local<'s, v8::Array>,
) -> *mut *const v8::Value;

/// [`prepare`] as V8 calls it.
#[cfg(not(target_os = "windows"))]
unsafe extern "C" fn called<'s>(
    context: v8::Local<'s, v8::Context>,
    error: v8::Local<'s, v8::Value>,
    sites: v8::Local<'s, v8::Array>,
) -> *const v8::Value {
    // SAFETY: V8 has entered `context` for this call and keeps the handles it passes until it has returned.
    v8::callback_scope!(unsafe scope, context);
    prepare(scope, error, sites).map_or(std::ptr::null(), |stack| &raw const *stack)
}

/// [`prepare`] as V8 calls it.
#[cfg(target_os = "windows")]
unsafe extern "C" fn called<'s>(
    returned: *mut *const v8::Value,
    context: v8::Local<'s, v8::Context>,
    error: v8::Local<'s, v8::Value>,
    sites: v8::Local<'s, v8::Array>,
) -> *mut *const v8::Value {
    // SAFETY: V8 has entered `context` for this call and keeps the handles it passes until it has returned.
    v8::callback_scope!(unsafe scope, context);
    let stack = prepare(scope, error, sites).map_or(std::ptr::null(), |stack| &raw const *stack);
    // SAFETY: V8 passes memory for the handle.
    unsafe { returned.write(stack) };
    returned
}

/// Called by V8, never within itself. The program's `Error.prepareStackTrace` goes first. None where JavaScript threw or was ended:
/// whoever reads the stack is thrown that.
fn prepare<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    error: v8::Local<'s, v8::Value>,
    sites: v8::Local<'s, v8::Array>,
) -> Option<v8::Local<'s, v8::Value>> {
    match users(scope, error)? {
        Some((class, function)) => function.call(scope, class, &[error, sites.into()]),
        None => default_text(scope, error, sites).map(Into::into),
    }
}

/// The error's head, and its frames below.
fn default_text<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    error: v8::Local<'s, v8::Value>,
    sites: v8::Local<'s, v8::Array>,
) -> Option<v8::Local<'s, v8::String>> {
    let mut text = head(scope, error)?;
    let lead = key(scope, "\n    at ");
    for index in 0..sites.length() {
        let frame = sites.get_index(scope, index)?.to_string(scope)?;
        text = join(scope, text, lead);
        text = join(scope, text, frame);
    }
    Some(text)
}

/// `Error` and its `prepareStackTrace`, as far as that is one of the program's own.
type Users<'s> = Option<(v8::Local<'s, v8::Value>, v8::Local<'s, v8::Function>)>;

/// That of the context the error is from; where that has none, that of the context which made it. The outer None where looking for
/// them threw.
fn users<'s>(scope: &mut v8::PinScope<'s, '_>, error: v8::Local<'s, v8::Value>) -> Option<Users<'s>> {
    let creator = v8::Local::<v8::Object>::try_from(error).ok().and_then(|error| error.get_creation_context(scope));
    let context = creator.unwrap_or_else(|| scope.get_current_context());
    let own = users_of(scope, context)?;
    if own.is_some() {
        return Some(own);
    }
    match crate::ops::vm_context::maker(scope) {
        Some(maker) if maker != context => users_of(scope, maker),
        _ => Some(None),
    }
}

fn users_of<'s>(scope: &mut v8::PinScope<'s, '_>, context: v8::Local<'s, v8::Context>) -> Option<Users<'s>> {
    let class = key(scope, "Error");
    let class = context.global(scope).get(scope, class.into())?;
    let Ok(holder) = v8::Local::<v8::Object>::try_from(class) else { return Some(None) };
    let name = key(scope, "prepareStackTrace");
    let Ok(function) = v8::Local::<v8::Function>::try_from(holder.get(scope, name.into())?) else { return Some(None) };
    let name = private(scope);
    let alike = function.get_private(scope, name).is_some_and(|mark| mark.is_true());
    Some((!alike).then_some((class, function)))
}

/// `name: message`, as `Error.prototype.toString` has it, or `name [code]: message` for an error of Node's own.
fn head<'s>(scope: &mut v8::PinScope<'s, '_>, error: v8::Local<'s, v8::Value>) -> Option<v8::Local<'s, v8::String>> {
    let Ok(error) = v8::Local::<v8::Object>::try_from(error) else { return Some(key(scope, "<error>")) };
    let mark = node_error_symbol(scope);
    let coded = error.has(scope, mark.into())?;
    let mut name = text_of(scope, error, "name", "Error")?;
    if coded {
        let code = text_of(scope, error, "code", "undefined")?;
        for part in [key(scope, " ["), code, key(scope, "]")] {
            name = join(scope, name, part);
        }
    }
    let message = text_of(scope, error, "message", "")?;
    if !coded && message.length() == 0 {
        return Some(name);
    }
    if name.length() == 0 {
        return Some(message);
    }
    let colon = key(scope, ": ");
    let start = join(scope, name, colon);
    Some(join(scope, start, message))
}

fn text_of<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    error: v8::Local<'s, v8::Object>,
    name: &str,
    without: &str,
) -> Option<v8::Local<'s, v8::String>> {
    let name = key(scope, name);
    let value = error.get(scope, name.into())?;
    if value.is_undefined() { Some(key(scope, without)) } else { value.to_string(scope) }
}

/// The two after each other; the first alone where that would be too long for a string.
fn join<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    first: v8::Local<'s, v8::String>,
    second: v8::Local<'s, v8::String>,
) -> v8::Local<'s, v8::String> {
    v8::String::concat(scope, first, second).unwrap_or(first)
}
