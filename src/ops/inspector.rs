//! `internalBinding('inspector')`: the debugger, for js/node/inspector.js and js/internal/inspector.js. The DevTools protocol
//! of V8, with Node's additions for Workers; https://nodejs.org/api/inspector.html.
//!
//! - `agent.rs`: V8's inspector in one isolate and its sessions
//! - `target.rs`: what can be debugged, and how other threads reach it
//! - `frontend.rs`: one debugger, and the Workers it attached to
//! - `server.rs`, `http.rs`: the WebSocket server of `--inspect`

pub(crate) mod agent;
mod frontend;
mod http;
mod server;
pub(crate) mod target;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use agent::{Agent, Local, Waiting};
use frontend::Frontend;
use server::Publish;
use target::{About, Command, SessionId, Target, next_session};

use super::args::{arg_bool, arg_f64, arg_function, arg_string};
use super::state::{event_loop, op_state};
use super::{OpDecl, OpError, OpResult};
use crate::main_loop::tick;
use crate::op;
use crate::permission;
use crate::workers::worker::ThisWorker;

/// This area's operations.
pub(crate) const OPS: &[OpDecl] = &[
    op!("open", 8, open),
    op!("close", 0, close),
    op!("url", 0, url),
    op!("waitForDebugger", 1, wait_for_debugger),
    op!("connect", 2, connect),
    op!("connectToMainThread", 1, connect_to_main_thread),
    op!("dispatch", 2, dispatch),
    op!("disconnect", 1, disconnect),
    op!("callAndPauseOnStart", 3, call_and_pause_on_start),
    op!("haltInScript", 0, halt_in_script),
    op!("inspectorConsole", 0, inspector_console),
    op!("wrapConsoleMethod", 2, wrap_console_method),
    op!("exceptionThrown", 1, exception_thrown),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;

/// Sessions whose front end is this isolate.
#[derive(Default)]
struct Sessions(RefCell<HashMap<SessionId, OwnSession>>);

struct OwnSession {
    receive: v8::Global<v8::Function>,
    frontend: Arc<Frontend>,
    /// The target on another thread; none for this isolate itself.
    target: Option<Arc<Target>>,
}

impl Drop for Sessions {
    fn drop(&mut self) {
        for (id, session) in self.0.get_mut().drain() {
            session.frontend.end();
            if let Some(target) = session.target {
                target.send(Command::Disconnect(id));
            }
        }
    }
}

/// The path `name` as a `file:` URL.
fn file_url(name: &str) -> String {
    let mut url = String::from("file://");
    if !name.starts_with('/') {
        url.push('/');
    }
    for byte in name.bytes() {
        match byte {
            b'\\' if cfg!(windows) => url.push('/'),
            b' ' | b'"' | b'#' | b'%' | b'<' | b'>' | b'?' | b'`' | b'{' | b'}' | b'\\' | b'^' | b'|' => {
                url.push_str(&format!("%{byte:02X}"));
            }
            0x21..=0x7e => url.push(char::from(byte)),
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

/// Lets debuggers that come later find the scripts that are compiled from now on: V8 marks each with the id that its
/// context had in an inspector at that time.
///
/// V8's inspector installs helpers on the global console, which must be V8's own then: where the bootstrap code has not run
/// yet, it is; a context from a snapshot gets it back until the bootstrap script's `installConsole` runs.
pub(crate) fn prepare(scope: &mut v8::PinScope, from_snapshot: bool) {
    if from_snapshot {
        let context = scope.get_current_context();
        let console = console_of_v8(scope);
        let key = super::args::key(scope, "console");
        // Fails only where execution is being terminated; the helpers are then of no use either.
        let _ = context.global(scope).create_data_property(scope, key.into(), console);
    }
    Agent::of(scope).prepare();
}

fn console_of_v8<'s>(scope: &mut v8::PinScope<'s, '_>) -> v8::Local<'s, v8::Value> {
    let extras = scope.get_current_context().get_extras_binding_object(scope);
    let key = super::args::key(scope, "console");
    extras.get(scope, key.into()).unwrap_or_else(|| v8::undefined(scope).into())
}

/// Makes this isolate known to debuggers; whether one wants it to wait.
pub(crate) fn announce(scope: &mut v8::PinScope, about: About) -> bool {
    announced(scope, about).1
}

/// Whether there is a debugger that may look at any thread, or a server through which one may come.
pub(crate) fn may_be_debugged() -> bool {
    server::any() || target::is_observed()
}

/// The agent of this isolate, known to front ends.
fn announced(scope: &mut v8::PinScope, about: About) -> (Rc<Agent>, bool) {
    let agent = Agent::of(scope);
    if agent.target().is_some() {
        return (agent, false);
    }
    let thread = op_state(scope).borrow().get::<ThisWorker>().map_or(0, |this| this.id);
    let target = Target::new(scope, event_loop(scope).handle(), thread, about);
    let waits = agent.announce(target);
    (agent, waits)
}

/// `open(host, port, title, url, program and version, on standard error, over HTTP, will wait)`: starts the
/// server. The port it got, or undefined where one runs.
fn open(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    permission::check(permission::Scope::Inspector, "StartIoThread")?;
    let (host, port) = (arg_string(scope, args, 0)?, arg_f64(scope, args, 1)? as u16);
    let (title, url, browser) = (arg_string(scope, args, 2)?, arg_string(scope, args, 3)?, arg_string(scope, args, 4)?);
    let publish = Publish { stderr: arg_bool(scope, args, 5), http: arg_bool(scope, args, 6) };
    let (agent, _) = announced(scope, About { title, url, browser });
    if arg_bool(scope, args, 7) {
        agent.expect_debugger(Waiting::ForAny);
    }
    if let Some(port) = agent.open(&host, port, publish).map_err(|error| OpError::io(error, "listen"))? {
        rv.set_double(f64::from(port));
    }
    Ok(())
}

/// `close()`: ends the server, if it runs.
fn close(scope: Scope, _: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    if let Some(agent) = agent::existing(scope) {
        agent.close();
    }
    Ok(())
}

/// `url()`: where debuggers connect, or undefined.
fn url(scope: Scope, _: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    if let Some(url) = agent::existing(scope).and_then(|agent| agent.url()) {
        rv.set(super::args::string(scope, &url)?.into());
    }
    Ok(())
}

/// `waitForDebugger(expected)`: blocks until a front end says to go on; with `expected`, unless it has since it was told
/// that the program would wait.
fn wait_for_debugger(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let agent = Agent::of(scope);
    if !arg_bool(scope, args, 0) {
        agent.expect_debugger(Waiting::ForAny);
    }
    agent.wait_for_debugger();
    Ok(())
}

/// Messages from other threads, for session `id` of this isolate: delivered by its loop.
fn own_outlet(scope: &v8::PinScope, id: SessionId) -> target::Outlet {
    let handle = event_loop(scope).handle();
    Arc::new(move |message| {
        let message = message.to_owned();
        handle.post_job(move |scope| deliver(scope, id, &message));
    })
}

fn deliver(scope: &mut v8::PinScope, id: SessionId, message: &str) {
    let sessions = op_state(scope).borrow_mut().value::<Sessions>();
    let receive = sessions.0.borrow().get(&id).map(|session| session.receive.clone());
    let (Some(receive), Ok(message)) = (receive, super::args::string(scope, message)) else { return };
    let receive = v8::Local::new(scope, receive);
    let this = v8::undefined(scope).into();
    tick::make_callback(scope, receive, this, &[message.into()]);
}

/// `connect(receive, weft's own)`: a session with this isolate. Its id.
fn connect(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    if !arg_bool(scope, args, 1) {
        permission::check(permission::Scope::Inspector, "Connect")?;
    }
    let receive = arg_function(args, 0)?;
    let agent = Agent::of(scope);
    let id = next_session();
    let frontend = Frontend::new(own_outlet(scope, id));
    let receive = v8::Global::new(scope, receive);
    agent.connect(id, Rc::new(Local::new(&agent, receive.clone())), false);
    let sessions = op_state(scope).borrow_mut().value::<Sessions>();
    sessions.0.borrow_mut().insert(id, OwnSession { receive, frontend, target: None });
    rv.set_double(id as f64);
    Ok(())
}

/// `connectToMainThread(receive)`: a session with the main isolate, from a Worker. Its id, or undefined.
fn connect_to_main_thread(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    permission::check(permission::Scope::Inspector, "Connect")?;
    let receive = arg_function(args, 0)?;
    let Some(target) = target::of_thread(0) else { return Ok(()) };
    let id = next_session();
    let receive = v8::Global::new(scope, receive);
    let outlet = own_outlet(scope, id);
    let frontend = Frontend::new(outlet.clone());
    target.send(Command::Connect(id, outlet));
    let sessions = op_state(scope).borrow_mut().value::<Sessions>();
    sessions.0.borrow_mut().insert(id, OwnSession { receive, frontend, target: Some(target) });
    rv.set_double(id as f64);
    Ok(())
}

/// `dispatch(session, message)`.
fn dispatch(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let (id, message) = (arg_f64(scope, args, 0)? as SessionId, arg_string(scope, args, 1)?);
    let sessions = op_state(scope).borrow_mut().value::<Sessions>();
    let found = sessions.0.borrow().get(&id).map(|session| (session.frontend.clone(), session.target.clone()));
    let Some((frontend, target)) = found else { return Ok(()) };
    if frontend.take(&message) {
        return Ok(());
    }
    match target {
        Some(target) => target.send(Command::Message(id, message)),
        None => Agent::of(scope).dispatch(id, &message),
    }
    Ok(())
}

/// `disconnect(session)`.
fn disconnect(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let id = arg_f64(scope, args, 0)? as SessionId;
    let sessions = op_state(scope).borrow_mut().value::<Sessions>();
    let session = sessions.0.borrow_mut().remove(&id);
    let Some(session) = session else { return Ok(()) };
    session.frontend.end();
    match session.target {
        Some(target) => target.send(Command::Disconnect(id)),
        None => Agent::of(scope).disconnect(id),
    }
    Ok(())
}

/// `callAndPauseOnStart(function, this, arguments)`: debuggers halt at the function's first statement.
fn call_and_pause_on_start<'s>(
    scope: Scope<'_, 's, '_>,
    args: Args<'_, 's>,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let function = arg_function(args, 0)?;
    let list = v8::Local::<v8::Array>::try_from(args.get(2))
        .map_err(|_| OpError::type_error("ERR_INVALID_ARG_TYPE", "The arguments must be an array"))?;
    let mut arguments = Vec::with_capacity(list.length() as usize);
    for index in 0..list.length() {
        arguments.push(list.get_index(scope, index).ok_or_else(OpError::pending)?);
    }
    Agent::of(scope).halt_on_next_statement();
    rv.set(function.call(scope, args.get(1), &arguments).ok_or_else(OpError::pending)?);
    Ok(())
}

/// `haltInScript()`: debuggers halt at the first statement of the script that runs next.
fn halt_in_script(scope: Scope, _: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    Agent::of(scope).halt_in_script();
    Ok(())
}

/// `inspectorConsole()`: the console of V8 itself, whose methods speak to front ends.
fn inspector_console(scope: Scope, _: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    rv.set(console_of_v8(scope));
    Ok(())
}

/// Calls V8's method where a session listens, then Node's. Native, so that front ends show the caller's place.
const CONSOLE_CALL: OpDecl = op!("consoleCall", 0, console_call);

/// `wrapConsoleMethod(inspectorMethod, nodeMethod)`: a function that calls both.
fn wrap_console_method<'s>(
    scope: Scope<'_, 's, '_>,
    args: Args<'_, 's>,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let pair = [arg_function(args, 0)?.into(), arg_function(args, 1)?.into()];
    let pair = v8::Array::new_with_elements(scope, &pair);
    let function = v8::Function::builder_raw(CONSOLE_CALL.callback)
        .data(pair.into())
        .constructor_behavior(v8::ConstructorBehavior::Throw)
        .build(scope);
    rv.set(function.ok_or_else(OpError::pending)?.into());
    Ok(())
}

fn console_call<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let pair: v8::Local<v8::Array> = args.data().try_into().map_err(|_| OpError::pending())?;
    let method = |scope: &mut v8::PinScope<'s, '_>, index| {
        pair.get_index(scope, index).and_then(|method| v8::Local::<v8::Function>::try_from(method).ok())
    };
    let arguments: Vec<_> = (0..args.length()).map(|index| args.get(index)).collect();
    if agent::existing(scope).is_some_and(|agent| agent.hears_console())
        && let Some(inspector) = method(scope, 0)
    {
        inspector.call(scope, args.this().into(), &arguments).ok_or_else(OpError::pending)?;
    }
    if let Some(node) = method(scope, 1) {
        rv.set(node.call(scope, args.this().into(), &arguments).ok_or_else(OpError::pending)?);
    }
    Ok(())
}

/// `exceptionThrown(exception)`: nobody caught it.
fn exception_thrown<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, _: v8::ReturnValue<v8::Value>) -> OpResult {
    if let Some(agent) = agent::existing(scope) {
        agent.exception_thrown(scope, args.get(0));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(not(windows))]
    fn file_urls_escape_what_urls_cannot_hold() {
        assert_eq!(super::file_url("/a b/\u{e9}%#.js"), "file:///a%20b/%C3%A9%25%23.js");
    }
}
