//! The `stack` of errors, laid out when it is first read.
//!
//! V8 by itself heads it with the message the error was made with. Programs add to an error's message before they throw
//! it again, and expect to find that in its stack: so the head is made here, of what the error says when it is asked.

use crate::ops::args::key;

/// From now on stacks of `isolate`'s errors are laid out by [`prepare`].
pub(crate) fn install(isolate: &mut v8::Isolate) {
    isolate.set_prepare_stack_trace_callback(prepare);
}

/// Called by V8, never within itself. The program's `Error.prepareStackTrace` goes first; one that throws counts as none,
/// since V8 takes nothing but a value from here.
fn prepare<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    error: v8::Local<'s, v8::Value>,
    sites: v8::Local<'s, v8::Array>,
) -> v8::Local<'s, v8::Value> {
    v8::tc_scope!(let caught, scope);
    if let Some(prepared) = users(caught, error, sites) {
        return prepared;
    }
    if withheld(caught) {
        return key(caught, "").into();
    }
    let mut text = head(caught, error);
    let lead = key(caught, "\n    at ");
    for index in 0..sites.length() {
        if withheld(caught) {
            break;
        }
        caught.reset();
        let frame = sites.get_index(caught, index).and_then(|site| site.to_string(caught));
        let frame = frame.unwrap_or_else(|| key(caught, "<error>"));
        text = join(caught, text, lead);
        text = join(caught, text, frame);
    }
    // The last frame may have been ended, too.
    withheld(caught);
    text.into()
}

/// Whether JavaScript is being ended. V8 goes on with what is returned here as if nothing had been thrown, so the wish to end it
/// is said anew, and taken up where JavaScript next looks for interrupts.
fn withheld<'i>(caught: &mut v8::PinnedRef<'_, v8::TryCatch<'_, '_, v8::HandleScope<'i>>>) -> bool {
    if !caught.has_terminated() {
        return false;
    }
    caught.reset();
    caught.terminate_execution();
    true
}

/// What `Error.prepareStackTrace` makes of it, in the context the error is from.
fn users<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    error: v8::Local<'s, v8::Value>,
    sites: v8::Local<'s, v8::Array>,
) -> Option<v8::Local<'s, v8::Value>> {
    let creator = v8::Local::<v8::Object>::try_from(error).ok().and_then(|error| error.get_creation_context(scope));
    let context = creator.unwrap_or_else(|| scope.get_current_context());
    let class = key(scope, "Error");
    let class = v8::Local::<v8::Object>::try_from(context.global(scope).get(scope, class.into())?).ok()?;
    let name = key(scope, "prepareStackTrace");
    let function = v8::Local::<v8::Function>::try_from(class.get(scope, name.into())?).ok()?;
    function.call(scope, class.into(), &[error, sites.into()])
}

/// `name: message`, as `Error.prototype.toString` has it.
fn head<'s>(scope: &mut v8::PinScope<'s, '_>, error: v8::Local<'s, v8::Value>) -> v8::Local<'s, v8::String> {
    let parts = v8::Local::<v8::Object>::try_from(error).ok().and_then(|error| {
        let name = text_of(scope, error, "name", "Error")?;
        Some((name, text_of(scope, error, "message", "")?))
    });
    match parts {
        Some((name, message)) if message.length() == 0 => name,
        Some((name, message)) if name.length() == 0 => message,
        Some((name, message)) => {
            let colon = key(scope, ": ");
            let start = join(scope, name, colon);
            join(scope, start, message)
        }
        None => key(scope, "<error>"),
    }
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
