//! `internalBinding('active')`: what keeps this isolate's loop alive, for `process.getActiveResourcesInfo()` and its
//! older kin.

use super::OpDecl;
use super::args::string;
use super::error::OpResult;
use super::process_spawn;
use super::state::event_loop;
use super::stream_handle::{self, Args, Rv, Scope};
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[op!("handles", 0, handles), op!("processes", 0, processes), op!("requests", 0, requests)];

/// `handles()`: the JavaScript objects of streams and listening sockets that are open and referenced.
fn handles(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let owners = stream_handle::active_owners(scope);
    let values: Vec<v8::Local<v8::Value>> = owners.iter().map(|o| v8::Local::new(scope, o).into()).collect();
    rv.set(v8::Array::new_with_elements(scope, &values).into());
    Ok(())
}

/// `processes()`: how many referenced child processes run.
fn processes(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    rv.set_uint32(process_spawn::count_referenced(scope));
    Ok(())
}

/// `requests()`: the operations under way that keep the loop alive: the callback of each and what kind it is, by turns.
fn requests(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let operations = event_loop(scope).completions.referenced();
    let mut values: Vec<v8::Local<v8::Value>> = Vec::with_capacity(operations.len() * 2);
    for operation in &operations {
        values.push(v8::Local::new(scope, &operation.callback).into());
        values.push(string(scope, &operation.kind())?.into());
    }
    rv.set(v8::Array::new_with_elements(scope, &values).into());
    Ok(())
}
