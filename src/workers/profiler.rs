//! CPU and heap profiles of a Worker's isolate, taken through V8's inspector: the Profiler and HeapProfiler domains of the
//! DevTools protocol, whose `profile` objects are what `.cpuprofile` and `.heapprofile` files hold.
//!
//! The inspector exists from the first profile on. Each profile has a session of its own, so that several may run at once.
//!
//! *Threads:* the isolate's own. It is dropped with the op state, before the isolate.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use v8::inspector::{
    Channel, ChannelImpl, StringBuffer, StringView, V8Inspector, V8InspectorClient, V8InspectorClientImpl,
    V8InspectorClientTrustLevel, V8InspectorSession,
};

use crate::ops::OpError;

/// The only group of contexts there is.
const GROUP: i32 = 1;

/// What is profiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProfileKind {
    /// Where time goes.
    Cpu,
    /// Where memory is allocated.
    Heap,
}

impl ProfileKind {
    /// What the domain's methods are called.
    fn methods(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Cpu => ("Profiler.enable", "Profiler.start", "Profiler.stop"),
            Self::Heap => ("HeapProfiler.enable", "HeapProfiler.startSampling", "HeapProfiler.stopSampling"),
        }
    }
}

struct Client;

impl V8InspectorClientImpl for Client {}

/// Keeps the last response; notifications are of no interest.
struct Replies(Rc<RefCell<String>>);

impl ChannelImpl for Replies {
    fn send_response(&self, _: i32, message: v8::UniquePtr<StringBuffer>) {
        if let Some(message) = message.as_ref() {
            *self.0.borrow_mut() = message.string().to_string();
        }
    }

    fn send_notification(&self, _: v8::UniquePtr<StringBuffer>) {}

    fn flush_protocol_notifications(&self) {}
}

struct Session {
    kind: ProfileKind,
    session: V8InspectorSession,
    reply: Rc<RefCell<String>>,
    /// How many samples the profile may have.
    max_samples: usize,
}

impl Session {
    /// The result of a method, or the error's message.
    fn call(&self, method: &str, params: &str) -> Result<serde_json::Value, OpError> {
        let message = format!(r#"{{"id":1,"method":"{method}","params":{params}}}"#);
        self.session.dispatch_protocol_message(StringView::from(message.as_bytes()));
        let reply = std::mem::take(&mut *self.reply.borrow_mut());
        let failed = |message: &str| OpError::error("ERR_INSPECTOR_COMMAND", format!("{method}: {message}"));
        let mut reply: serde_json::Value = serde_json::from_str(&reply).map_err(|_| failed("no answer"))?;
        if let Some(message) = reply.pointer("/error/message").and_then(serde_json::Value::as_str) {
            return Err(failed(message));
        }
        Ok(reply["result"].take())
    }
}

struct Parts {
    // Before what they are sessions of.
    sessions: HashMap<u64, Session>,
    inspector: V8Inspector,
}

/// The profiles under way in one isolate.
#[derive(Default)]
pub(crate) struct Profiler(RefCell<Option<Parts>>);

impl Profiler {
    /// Begins the profile `id`. `params` are those of the protocol's method, in JSON; of a CPU profile, `interval` in
    /// microseconds and `maxSamples`.
    pub(crate) fn start(
        &self,
        isolate: &mut v8::Isolate,
        context: &v8::Global<v8::Context>,
        id: u64,
        kind: ProfileKind,
        params: &str,
    ) -> Result<(), OpError> {
        let mut parts = self.0.borrow_mut();
        let parts = parts.get_or_insert_with(|| {
            let inspector = V8Inspector::create(isolate, V8InspectorClient::new(Box::new(Client)));
            v8::scope!(let scope, isolate);
            let context = v8::Local::new(scope, context);
            inspector.context_created(context, GROUP, StringView::empty(), StringView::empty());
            Parts { sessions: HashMap::new(), inspector }
        });
        let reply = Rc::new(RefCell::new(String::new()));
        let channel = Channel::new(Box::new(Replies(reply.clone())));
        let trust = V8InspectorClientTrustLevel::FullyTrusted;
        let session = parts.inspector.connect(GROUP, channel, StringView::empty(), trust);
        let mut session = Session { kind, session, reply, max_samples: usize::MAX };
        let (enable, start, _) = kind.methods();
        session.call(enable, "{}")?;
        if kind == ProfileKind::Cpu {
            let options: serde_json::Value = serde_json::from_str(params).unwrap_or_default();
            if let Some(interval) = options["interval"].as_u64() {
                session.call("Profiler.setSamplingInterval", &format!(r#"{{"interval":{interval}}}"#))?;
            }
            if let Some(most) = options["maxSamples"].as_u64() {
                session.max_samples = usize::try_from(most).unwrap_or(usize::MAX);
            }
            session.call(start, "{}")?;
        } else {
            session.call(start, params)?;
        }
        parts.sessions.insert(id, session);
        Ok(())
    }

    /// Ends the profile `id` and gives it, as JSON.
    pub(crate) fn stop(&self, id: u64) -> Result<String, OpError> {
        let session = self.0.borrow_mut().as_mut().and_then(|parts| parts.sessions.remove(&id));
        let Some(session) = session else {
            return Err(OpError::error("ERR_INSPECTOR_COMMAND", "No such profile"));
        };
        let (_, _, stop) = session.kind.methods();
        let mut result = session.call(stop, "{}")?;
        for list in ["samples", "timeDeltas"] {
            if let Some(list) = result["profile"].get_mut(list).and_then(serde_json::Value::as_array_mut) {
                list.truncate(session.max_samples);
            }
        }
        Ok(result["profile"].to_string())
    }
}
