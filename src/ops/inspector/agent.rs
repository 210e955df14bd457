//! V8's inspector in one isolate: its sessions, and what the isolate does while it is halted.
//!
//! *Owns* the `V8Inspector`, which exists from the first session on, and every session with this isolate, whether its front
//! end is in this isolate (`inspector.Session`) or on another thread (a WebSocket, another isolate). *Threads:* the
//! isolate's own; others come through the door of its [`Target`].
//!
//! Halted at a breakpoint, V8 calls [`Agent::run_while_halted`], which serves commands until a front end says to go on. A
//! front end in the same isolate cannot say so, since its JavaScript stands still too: it is told of the halt, and
//! the program goes on when its handler returns.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::ffi::c_void;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use v8::inspector::{
    Channel, ChannelImpl, StringBuffer, StringView, V8Inspector, V8InspectorClient, V8InspectorClientImpl,
    V8InspectorClientTrustLevel, V8InspectorSession,
};

use serde_json::json;

use super::server::{Publish, Server};
use super::target::{Announced, Command, Outlet, SessionId, Target};
use crate::main_loop::LoopShared;
use crate::ops::state::{OpState, event_loop, op_state};

/// The only group of contexts there is: sessions see all contexts of their isolate.
const GROUP: i32 = 1;

/// Tells that the program waits for a debugger.
const WAITING: &[u8] = br#"{"method":"NodeRuntime.waitingForDebugger","params":{}}"#;

struct Session {
    session: Rc<V8InspectorSession>,
    voice: Rc<dyn Voice>,
    /// Its front end is on another thread.
    remote: bool,
    /// It asked to be told when the program waits for a debugger.
    hears_of_waiting: Cell<bool>,
    /// It asked to be told of the program's end, to look at what is left.
    hears_of_the_end: Cell<bool>,
}

/// Whether the program waits for a debugger before it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// It does not.
    No,
    /// For one that will come.
    ForAny,
    /// For those that are there; if they leave, it goes on.
    ForAttached,
}

/// How a session speaks to its front end.
pub(crate) trait Voice {
    /// Passes a message on. Called in the middle of what V8 does.
    fn say(&self, message: StringView);
}

/// See the module's documentation.
pub(crate) struct Agent {
    // Before what they are sessions of.
    sessions: RefCell<BTreeMap<SessionId, Session>>,
    /// Whether there ever was one.
    connected: Cell<bool>,
    inspector: OnceCell<V8Inspector>,
    isolate: v8::UnsafeRawIsolatePtr,
    context: v8::Global<v8::Context>,
    shared: Weak<LoopShared>,
    announced: RefCell<Option<Announced>>,
    server: RefCell<Option<Server>>,
    this: Weak<Agent>,
    halts_in_script: Cell<bool>,
    halted: Cell<bool>,
    goes_on: Cell<bool>,
    waiting: Cell<Waiting>,
}

/// The agent of an isolate, once it was asked for.
#[derive(Default)]
struct Slot(OnceCell<Rc<Agent>>);

impl Agent {
    /// The agent of the isolate that `scope` belongs to. Its main context is the current one at the first call.
    pub(crate) fn of(scope: &mut v8::PinScope) -> Rc<Agent> {
        let slot = op_state(scope).borrow_mut().value::<Slot>();
        slot.0
            .get_or_init(|| {
                let context = scope.get_current_context();
                let context = v8::Global::new(scope, context);
                let shared = Rc::downgrade(&event_loop(scope));
                let isolate: &v8::Isolate = scope;
                // SAFETY: the pointer is used while the agent lives, which is in the isolate's op state: that is cleared before
                // the isolate is disposed of (JsRuntime's Drop).
                let isolate = unsafe { isolate.as_raw_isolate_ptr() };
                Rc::new_cyclic(|this| Agent {
                    sessions: RefCell::default(),
                    connected: Cell::new(false),
                    inspector: OnceCell::new(),
                    isolate,
                    context,
                    shared,
                    announced: RefCell::default(),
                    server: RefCell::default(),
                    this: this.clone(),
                    halts_in_script: Cell::new(false),
                    halted: Cell::new(false),
                    goes_on: Cell::new(false),
                    waiting: Cell::new(Waiting::No),
                })
            })
            .clone()
    }

    /// Makes V8's inspector.
    pub(super) fn prepare(&self) {
        self.inspector();
    }

    /// Whether there is a session, or was.
    pub(crate) fn is_in_use(&self) -> bool {
        self.connected.get()
    }

    /// Makes this isolate known to front ends as `target`. Says whether one wants it to wait for the debugger.
    pub(crate) fn announce(&self, target: Arc<Target>) -> bool {
        let (announced, waits) = Announced::new(target);
        *self.announced.borrow_mut() = Some(announced);
        if waits {
            self.expect_debugger(Waiting::ForAttached);
        }
        waits
    }

    /// What other threads know this isolate as.
    pub(crate) fn target(&self) -> Option<Arc<Target>> {
        self.announced.borrow().as_ref().map(|announced| announced.0.clone())
    }

    /// V8's inspector.
    fn inspector(&self) -> &V8Inspector {
        self.inspector.get_or_init(|| {
            // SAFETY: see `Agent::of`; the calling thread is the isolate's.
            let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(self.isolate) };
            let client = V8InspectorClient::new(Box::new(Client(self.this.clone())));
            let inspector = V8Inspector::create(&mut isolate, client);
            v8::scope!(let scope, &mut isolate);
            let context = v8::Local::new(scope, &self.context);
            let name = self.target().map_or_else(|| "main".to_owned(), |target| target.title.clone());
            let name: Vec<u16> = name.encode_utf16().collect();
            let aux = StringView::from(&br#"{"isDefault":true}"#[..]);
            inspector.context_created(context, GROUP, StringView::from(&name[..]), aux);
            inspector
        })
    }

    /// Opens session `id`.
    pub(crate) fn connect(&self, id: SessionId, voice: Rc<dyn Voice>, remote: bool) {
        let trust = V8InspectorClientTrustLevel::FullyTrusted;
        let channel = Channel::new(Box::new(Voices(voice.clone())));
        let session = Rc::new(self.inspector().connect(GROUP, channel, StringView::empty(), trust));
        let session =
            Session { session, voice, remote, hears_of_waiting: Cell::new(false), hears_of_the_end: Cell::new(false) };
        self.sessions.borrow_mut().insert(id, session);
        self.connected.set(true);
    }

    /// Hands a message of the protocol to session `id`.
    pub(crate) fn dispatch(&self, id: SessionId, message: &str) {
        if message.contains("\"NodeRuntime.") && self.node_runtime(id, message) {
            return;
        }
        // Held while it runs: the message may bring the session's end.
        let Some(session) = self.sessions.borrow().get(&id).map(|session| session.session.clone()) else { return };
        let span = tracing::trace_span!("inspector", session = id);
        let _entered = span.enter();
        if message.is_ascii() {
            session.dispatch_protocol_message(StringView::from(message.as_bytes()));
        } else {
            let message: Vec<u16> = message.encode_utf16().collect();
            session.dispatch_protocol_message(StringView::from(&message[..]));
        }
    }

    /// The domain of Node's that is about this isolate, which V8 does not know. False: the message is not in it.
    fn node_runtime(&self, id: SessionId, message: &str) -> bool {
        let Ok(message) = serde_json::from_str::<serde_json::Value>(message) else { return false };
        let Some(method) = message["method"].as_str().and_then(|m| m.strip_prefix("NodeRuntime.")) else {
            return false;
        };
        let sessions = self.sessions.borrow();
        let Some(session) = sessions.get(&id) else { return true };
        let voice = session.voice.clone();
        match method {
            "enable" | "disable" => session.hears_of_waiting.set(method == "enable"),
            "notifyWhenWaitingForDisconnect" => session.hears_of_the_end.set(message["params"]["enabled"] == true),
            _ => {}
        }
        drop(sessions);
        let answer = match method {
            "enable" | "disable" | "notifyWhenWaitingForDisconnect" => json!({ "id": message["id"], "result": {} }),
            _ => {
                let text = format!("'NodeRuntime.{method}' wasn't found");
                json!({ "id": message["id"], "error": { "code": -32601, "message": text } })
            }
        };
        voice.say(StringView::from(answer.to_string().as_bytes()));
        if method == "enable" && self.waiting.get() != Waiting::No {
            voice.say(WAITING.into());
        }
        true
    }

    /// Ends session `id`.
    pub(crate) fn disconnect(&self, id: SessionId) {
        let session = self.sessions.borrow_mut().remove(&id);
        drop(session);
    }

    /// Whether there is a session.
    pub(crate) fn is_active(&self) -> bool {
        !self.sessions.borrow().is_empty()
    }

    /// Whether V8 is to hear what the program prints: for sessions, or to keep it for those that will come.
    pub(super) fn hears_console(&self) -> bool {
        self.is_active() || self.server.borrow().is_some()
    }

    /// Sessions halt in the script that runs next.
    pub(super) fn halt_in_script(&self) {
        self.halts_in_script.set(true);
    }

    /// A script is about to run.
    pub(crate) fn script_starts(&self) {
        if self.halts_in_script.replace(false) {
            self.halt_on_next_statement();
        }
    }

    /// Whether there is a session with another thread.
    pub(crate) fn is_remote(&self) -> bool {
        self.sessions.borrow().values().any(|session| session.remote)
    }

    /// Has all sessions halt where JavaScript runs next.
    pub(crate) fn halt_on_next_statement(&self) {
        let sessions: Vec<_> = self.sessions.borrow().values().map(|session| session.session.clone()).collect();
        let (reason, detail) = (StringView::from(&b"Break on start"[..]), StringView::from(&b"{}"[..]));
        for session in sessions {
            session.schedule_pause_on_next_statement(reason, detail);
        }
    }

    /// A new context of `node:vm`.
    pub(crate) fn context_created(&self, context: v8::Local<v8::Context>, name: &str) {
        if let Some(inspector) = self.inspector.get() {
            let name: Vec<u16> = name.encode_utf16().collect();
            let aux = StringView::from(&br#"{"isDefault":false}"#[..]);
            inspector.context_created(context, GROUP, StringView::from(&name[..]), aux);
        }
    }

    /// An exception nobody caught.
    pub(crate) fn exception_thrown<'s>(&self, scope: &mut v8::PinScope<'s, '_>, exception: v8::Local<'s, v8::Value>) {
        let Some(inspector) = self.inspector.get() else { return };
        let message = v8::Exception::create_message(scope, exception);
        let wide = |text: String| text.encode_utf16().collect::<Vec<u16>>();
        let detail = wide(message.get(scope).to_rust_string_lossy(scope));
        let url = match message.get_script_resource_name(scope) {
            Some(name) => wide(name.to_rust_string_lossy(scope)),
            None => Vec::new(),
        };
        let line = u32::try_from(message.get_line_number(scope).unwrap_or(0)).unwrap_or(0);
        let column = u32::try_from(message.get_start_column()).unwrap_or(0) + 1;
        let trace = message.get_stack_trace(scope);
        let trace = inspector.create_stack_trace(trace);
        let context = scope.get_current_context();
        let text = StringView::from(&b"Uncaught"[..]);
        let (detail, url) = (StringView::from(&detail[..]), StringView::from(&url[..]));
        inspector.exception_thrown(context, text, exception, detail, url, line, column, trace, 0);
    }

    fn execute(&self, command: Command) {
        match command {
            Command::Connect(id, outlet) => self.connect(id, Rc::new(Remote(outlet)), true),
            Command::Message(id, message) => self.dispatch(id, &message),
            Command::Disconnect(id) => self.disconnect(id),
        }
    }

    /// Runs what other threads sent.
    fn serve(&self) {
        let Some(target) = self.target() else { return };
        while let Some(command) = target.try_next() {
            self.execute(command);
        }
    }

    fn is_stopping(&self) -> bool {
        self.shared.upgrade().is_none_or(|shared| shared.is_stopping())
    }

    /// Whether somebody else ended this isolate, which may have ended by itself already.
    fn is_terminated(&self) -> bool {
        self.shared.upgrade().is_none_or(|shared| shared.inbox().stop_requested())
    }

    /// Serves other threads until a front end says to go on, none is left, or the isolate has to end.
    fn run_while_halted(&self) {
        let Some(target) = self.target() else { return };
        if !self.is_remote() || self.halted.replace(true) {
            return;
        }
        self.goes_on.set(false);
        while let Some(command) = target.next(|| self.goes_on.get() || !self.is_remote() || self.is_stopping()) {
            self.execute(command);
        }
        self.halted.set(false);
    }

    /// The program will wait for a debugger. Said before one can know of it, since it may answer before the wait begins.
    pub(crate) fn expect_debugger(&self, waiting: Waiting) {
        self.waiting.set(waiting);
    }

    /// Waits until a front end says `Runtime.runIfWaitingForDebugger`, unless it has since [`Agent::expect_debugger`].
    pub(crate) fn wait_for_debugger(&self) {
        let Some(target) = self.target() else { return };
        let sessions = self.sessions.borrow();
        let hearing: Vec<_> = sessions.values().filter(|s| s.hears_of_waiting.get()).map(|s| s.voice.clone()).collect();
        drop(sessions);
        for voice in hearing {
            voice.say(WAITING.into());
        }
        // The session of an attached front end may still be on its way.
        while let Some(command) = target.try_next() {
            self.execute(command);
        }
        let ended = || match self.waiting.get() {
            Waiting::No => true,
            Waiting::ForAny => self.is_stopping(),
            Waiting::ForAttached => self.is_stopping() || !self.is_remote(),
        };
        while let Some(command) = target.next(ended) {
            self.execute(command);
        }
        self.waiting.set(Waiting::No);
    }

    /// The program is over: tells the front ends, and serves those that look at what is left, or that came through this
    /// isolate's server, until they have gone.
    pub(crate) fn wait_for_disconnect(&self, scope: &mut v8::PinScope) {
        let (Some(target), Some(inspector)) = (self.target(), self.inspector.get()) else { return };
        let is_served = self.server.borrow().is_some();
        if is_served && self.is_remote() {
            crate::error_display::write_stderr("Waiting for the debugger to disconnect...\n");
        }
        let curious = |agent: &Self| -> Vec<_> {
            let sessions = agent.sessions.borrow();
            sessions.values().filter(|s| s.hears_of_the_end.get()).map(|s| (s.voice.clone(), s.remote)).collect()
        };
        let told = curious(self);
        for (voice, _) in &told {
            voice.say(StringView::from(&br#"{"method":"NodeRuntime.waitingForDisconnect","params":{}}"#[..]));
        }
        let waits = is_served || told.iter().any(|(_, remote)| *remote);
        // Who wants to look at what is left comes first: the others hear that it is gone.
        if waits {
            let done = || curious(self).is_empty() || self.is_terminated();
            while let Some(command) = target.next(done) {
                self.execute(command);
            }
        }
        if curious(self).is_empty() {
            let context = v8::Local::new(scope, &self.context);
            inspector.context_destroyed(context);
        }
        if waits {
            while let Some(command) = target.next(|| !self.is_remote() || self.is_terminated()) {
                self.execute(command);
            }
        }
    }

    /// Starts this isolate's server. Its port, or `None` where one runs.
    ///
    /// # Errors
    /// The operating system's, of the listening socket.
    pub(super) fn open(&self, host: &str, port: u16, publish: Publish) -> std::io::Result<Option<u16>> {
        let Some(target) = self.target().filter(|_| self.server.borrow().is_none()) else { return Ok(None) };
        let server = Server::open(host, port, publish, target)?;
        let port = server.port();
        *self.server.borrow_mut() = Some(server);
        Ok(Some(port))
    }

    /// Ends this isolate's server, if it runs.
    pub(super) fn close(&self) {
        let server = self.server.borrow_mut().take();
        if let Some(server) = server {
            server.close();
            self.serve();
        }
    }

    /// Where debuggers connect.
    pub(super) fn url(&self) -> Option<String> {
        self.server.borrow().as_ref().map(Server::url)
    }
}

/// The agent of `isolate`, if it has one and is not in the middle of an operation, which is where op state is borrowed.
pub(crate) fn of_isolate(isolate: &v8::Isolate) -> Option<Rc<Agent>> {
    let slot = isolate.get_slot::<Rc<RefCell<OpState>>>()?.try_borrow().ok()?.get::<Slot>()?;
    slot.0.get().cloned()
}

/// Runs what other threads sent to the agent of `isolate`.
pub(crate) fn serve(isolate: &mut v8::Isolate) {
    if let Some(agent) = of_isolate(isolate) {
        agent.serve();
    }
}

/// Called by V8 on the isolate's own thread where JavaScript looks for interrupts.
pub(super) unsafe extern "C" fn on_interrupt(isolate: v8::UnsafeRawIsolatePtr, _: *mut c_void) {
    // SAFETY: V8 calls with an isolate that lives, on its own thread.
    let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(isolate) };
    serve(&mut isolate);
}

/// The agent of an isolate that has one, for code that must not make one.
pub(crate) fn existing(scope: &v8::PinScope) -> Option<Rc<Agent>> {
    op_state(scope).borrow().get::<Slot>()?.0.get().cloned()
}

/// What V8 asks of its embedder.
struct Client(Weak<Agent>);

impl V8InspectorClientImpl for Client {
    fn run_message_loop_on_pause(&self, _: i32) {
        if let Some(agent) = self.0.upgrade() {
            agent.run_while_halted();
        }
    }

    fn quit_message_loop_on_pause(&self) {
        if let Some(agent) = self.0.upgrade() {
            agent.goes_on.set(true);
        }
    }

    fn run_if_waiting_for_debugger(&self, _: i32) {
        if let Some(agent) = self.0.upgrade() {
            agent.waiting.set(Waiting::No);
        }
    }

    fn ensure_default_context_in_group(&self, _: i32) -> Option<v8::Local<'_, v8::Context>> {
        let agent = self.0.upgrade()?;
        // SAFETY: see `Agent::of`; V8 calls on the isolate's thread.
        let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(agent.isolate) };
        // SAFETY: as above.
        v8::callback_scope!(unsafe scope, &mut isolate);
        let context = v8::Local::new(scope, &agent.context);
        // SAFETY: a callback scope opens no handle scope of its own: the handle is in that of V8, which called and which takes
        // the handle before it closes the scope. The lifetime here only names the callback's.
        Some(unsafe { std::mem::transmute::<v8::Local<'_, v8::Context>, v8::Local<'_, v8::Context>>(context) })
    }

    /// CommonJS modules and scripts are named by path; front ends know files by URL.
    fn resource_name_to_url(&self, name: &StringView) -> Option<v8::UniquePtr<StringBuffer>> {
        let name = name.to_string();
        if !std::path::Path::new(&name).is_absolute() {
            return None;
        }
        let url: Vec<u16> = super::file_url(&name).encode_utf16().collect();
        Some(StringBuffer::create(StringView::from(&url[..])))
    }
}

/// What V8 sends goes to the session's voice.
struct Voices(Rc<dyn Voice>);

impl Voices {
    fn pass(&self, message: &v8::UniquePtr<StringBuffer>) {
        if let Some(message) = message.as_ref() {
            self.0.say(message.string());
        }
    }
}

impl ChannelImpl for Voices {
    fn send_response(&self, _: i32, message: v8::UniquePtr<StringBuffer>) {
        self.pass(&message);
    }

    fn send_notification(&self, message: v8::UniquePtr<StringBuffer>) {
        self.pass(&message);
    }

    fn flush_protocol_notifications(&self) {}
}

/// To a front end on another thread.
struct Remote(Outlet);

impl Voice for Remote {
    fn say(&self, message: StringView) {
        (self.0)(&message.to_string());
    }
}

/// To a function of the same isolate, called at once.
pub(super) struct Local {
    agent: Weak<Agent>,
    receive: v8::Global<v8::Function>,
}

impl Local {
    /// Messages go to `receive(text)`, which must not throw.
    pub(super) fn new(agent: &Rc<Agent>, receive: v8::Global<v8::Function>) -> Self {
        Self { agent: Rc::downgrade(agent), receive }
    }
}

impl Voice for Local {
    fn say(&self, message: StringView) {
        let Some(agent) = self.agent.upgrade() else { return };
        // SAFETY: see `Agent::of`; V8 calls on the isolate's thread.
        let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(agent.isolate) };
        if isolate.is_execution_terminating() {
            return;
        }
        v8::scope_with_context!(let scope, &mut isolate, &agent.context);
        let text = match (message.characters8(), message.characters16()) {
            (Some(text), _) => v8::String::new_from_one_byte(scope, text, v8::NewStringType::Normal),
            (_, Some(text)) => v8::String::new_from_two_byte(scope, text, v8::NewStringType::Normal),
            _ => None,
        };
        let Some(text) = text else { return };
        let receive = v8::Local::new(scope, &self.receive);
        let this = v8::undefined(scope).into();
        v8::tc_scope!(let caught, scope);
        // What users' handlers throw is taken care of in JavaScript; only termination comes here.
        let _ = receive.call(caught, this, &[text.into()]);
    }
}
