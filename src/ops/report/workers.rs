//! The Workers' parts of a report (`workers`): what each tells of itself.
//!
//! The thread that makes the report asks its Workers (`workers/questions.rs`), which answer from the middle of whatever they
//! do, and waits for them. Each asks its own Workers in turn. One that is over meanwhile drops the question; one that is in a
//! native call that does not return is left out after [`PATIENCE`]. *Threads:* asking any, answering the Worker's own.

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::args::{arg_string, string};
use super::super::error::OpResult;
use super::{Args, Rv, Scope, frames, handles, heap};
use crate::observe::reports::Place;
use crate::ops::process::thread_usage_and_blocks;
use crate::ops::state::op_state;
use crate::workers::worker::{ThisWorker, children_of};

/// How long a report waits for Workers that do not come back to JavaScript or their loop.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many frames are told of what a Worker does.
const DEEPEST: usize = 10;

/// `workers(trigger)`: what the isolate's Workers tell of themselves, as JSON.
pub(super) fn workers(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let trigger = arg_string(scope, args, 0)?;
    let this = op_state(scope).borrow().get::<ThisWorker>().map_or(0, |this| this.id);
    let parts = Value::from(told_by_children(this, &trigger, Instant::now() + PATIENCE));
    rv.set(string(scope, &parts.to_string())?.into());
    Ok(())
}

/// `handles()`: what keeps this isolate's loop, as JSON.
pub(super) fn own_handles(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let list = Value::from(handles::of(scope));
    rv.set(string(scope, &list.to_string())?.into());
    Ok(())
}

/// In the order in which the Workers were made.
fn told_by_children(parent: u64, trigger: &str, until: Instant) -> Vec<Value> {
    let (sender, receiver) = channel();
    for child in children_of(parent) {
        let (sender, trigger) = (sender.clone(), trigger.to_owned());
        let (id, name) = (child.id(), child.name().to_owned());
        child.ask(Box::new(move |isolate| {
            if let Some(part) = told(isolate, id, &name, &trigger, until) {
                // Nobody waits any more where it took too long.
                let _ = sender.send((id, part));
            }
        }));
    }
    drop(sender);
    let mut parts = Vec::new();
    // Until all have told or dropped the question, or it took too long.
    while let Ok(part) = receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
        parts.push(part);
    }
    parts.sort_by_key(|(id, _)| *id);
    parts.into_iter().map(|(_, part)| part).collect()
}

/// What the Worker of `isolate` tells of itself, on its own thread. None where it is ending.
fn told(isolate: &mut v8::Isolate, id: u64, name: &str, trigger: &str, until: Instant) -> Option<Value> {
    let shared = isolate.get_slot::<std::rc::Rc<crate::main_loop::LoopShared>>().cloned()?;
    let context = shared.observation.context()?;
    let heap = heap::figures(isolate);
    let (stack, handles) = {
        v8::scope_with_context!(let scope, isolate, &context);
        (Place::innermost(scope, DEEPEST), handles::of(scope))
    };
    let frame = |place: &Place| format!("at {} ({}:{}:{})", place.name, place.file, place.line, place.column);
    let stack = match stack.is_empty() {
        true => json!({ "message": "No stack.", "stack": ["Unavailable."], "errorProperties": {} }),
        false => {
            let frames: Vec<String> = stack.iter().map(frame).collect();
            json!({ "message": trigger, "stack": frames, "errorProperties": {} })
        }
    };
    let native: Vec<Value> =
        frames().chunks(2).map(|frame| json!({ "pc": frame[0], "symbol": frame.get(1) })).collect();
    Some(json!({
        "threadId": id, "name": name, "javascriptStack": stack, "javascriptHeap": heap, "nativeStack": native,
        "thread": thread_usage_and_blocks(), "libuv": handles, "workers": told_by_children(id, trigger, until),
    }))
}
