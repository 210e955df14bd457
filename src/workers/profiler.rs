//! CPU and heap profiles of an isolate, taken through its inspector: the Profiler and HeapProfiler domains of the
//! DevTools protocol, whose `profile` objects are what `.cpuprofile` and `.heapprofile` files hold.
//!
//! Each profile has a session of its own, so that several may run at once. *Threads:* the isolate's own.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use v8::inspector::StringView;

use crate::ops::OpError;
use crate::ops::inspector::agent::{Agent, Voice};
use crate::ops::inspector::target::{SessionId, next_session};

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

/// Keeps the last answer; events are of no interest, and come before it.
#[derive(Default)]
struct Replies(RefCell<String>);

impl Voice for Replies {
    fn say(&self, message: StringView) {
        *self.0.borrow_mut() = message.to_string();
    }
}

struct Session {
    kind: ProfileKind,
    agent: Rc<Agent>,
    id: SessionId,
    replies: Rc<Replies>,
    /// How many samples the profile may have.
    max_samples: usize,
}

impl Session {
    fn new(agent: Rc<Agent>, kind: ProfileKind) -> Self {
        let (id, replies) = (next_session(), Rc::new(Replies::default()));
        agent.connect(id, replies.clone(), false);
        Self { kind, agent, id, replies, max_samples: usize::MAX }
    }

    /// The result of a method, or the error's message.
    fn call(&self, method: &str, params: &str) -> Result<serde_json::Value, OpError> {
        self.agent.dispatch(self.id, &format!(r#"{{"id":1,"method":"{method}","params":{params}}}"#));
        let reply = std::mem::take(&mut *self.replies.0.borrow_mut());
        let failed = |message: &str| OpError::error("ERR_INSPECTOR_COMMAND", format!("{method}: {message}"));
        let mut reply: serde_json::Value = serde_json::from_str(&reply).map_err(|_| failed("no answer"))?;
        if let Some(message) = reply.pointer("/error/message").and_then(serde_json::Value::as_str) {
            return Err(failed(message));
        }
        Ok(reply["result"].take())
    }
}

/// The heap profile that is under way in the isolate of `agent`, as far as it has come, as JSON. None where there is none. It may
/// be called where V8 asks for a higher limit of a heap.
pub(crate) fn heap_profile_so_far(agent: Rc<Agent>) -> Option<String> {
    // No profile without a session, and it would take memory of the heap to make the first one.
    if !agent.is_in_use() {
        return None;
    }
    let result = Session::new(agent, ProfileKind::Heap).call("HeapProfiler.getSamplingProfile", "{}").ok()?;
    Some(result["profile"].to_string())
}

impl Drop for Session {
    fn drop(&mut self) {
        self.agent.disconnect(self.id);
    }
}

/// The profiles under way in one isolate.
#[derive(Default)]
pub(crate) struct Profiler(RefCell<HashMap<u64, Session>>);

impl Profiler {
    /// Begins the profile `id`. `params` are those of the protocol's method, in JSON; of a CPU profile, `interval` in
    /// microseconds and `maxSamples`.
    pub(crate) fn start(&self, agent: Rc<Agent>, id: u64, kind: ProfileKind, params: &str) -> Result<(), OpError> {
        let mut session = Session::new(agent, kind);
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
        self.0.borrow_mut().insert(id, session);
        Ok(())
    }

    /// Ends the profile `id` and gives it, as JSON.
    pub(crate) fn stop(&self, id: u64) -> Result<String, OpError> {
        let session = self.0.borrow_mut().remove(&id);
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
