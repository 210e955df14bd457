//! `internalBinding('async_context')`: V8's continuation-preserved embedder data, the value that follows promise
//! reactions. `js/internal/async_context.js` keeps the current async context in it.

use super::{OpDecl, OpResult};
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[op!("get", 0, get), op!("set", 1, set)];

fn get(scope: &mut v8::PinScope, _: &v8::FunctionCallbackArguments, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    rv.set(scope.get_continuation_preserved_embedder_data());
    Ok(())
}

fn set(scope: &mut v8::PinScope, args: &v8::FunctionCallbackArguments, _: v8::ReturnValue<v8::Value>) -> OpResult {
    scope.set_continuation_preserved_embedder_data(args.get(0));
    Ok(())
}
