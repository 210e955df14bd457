//! `internalBinding('shared_value')`: the handles of `pool.share()`, for js/internal/pool/share.js.

use std::rc::Rc;
use std::sync::Arc;

use super::args::arg_u32;
use super::messaging::arg_list;
use super::state::op_state;
use super::{OpDecl, OpError, OpResult};
use crate::op;
use crate::workers::shared_value::SharedValue;

/// This area's operations.
pub(super) const OPS: &[OpDecl] = &[op!("create", 2, create), op!("release", 1, release)];

/// `create(value, arrayBuffers)`: `[handle, bytes]`. The memory of `arrayBuffers`, which the value refers to, becomes
/// shared memory.
fn create<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: &v8::FunctionCallbackArguments<'s>,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let buffers: Vec<_> = arg_list(scope, args, 1)?
        .into_iter()
        .map(|buffer| {
            v8::Local::<v8::ArrayBuffer>::try_from(buffer)
                .map_err(|_| OpError::type_error("ERR_INVALID_ARG_TYPE", "create needs ArrayBuffers"))
        })
        .collect::<OpResult<_>>()?;
    let value = SharedValue::new(scope, args.get(0), &buffers)?;
    let bytes = value.bytes() as f64;
    let id = op_state(scope).borrow_mut().resources.add::<Arc<SharedValue>>(Rc::new(value));
    let parts = [v8::Number::new(scope, f64::from(id)).into(), v8::Number::new(scope, bytes).into()];
    rv.set(v8::Array::new_with_elements(scope, &parts).into());
    Ok(())
}

/// `release(handle)`.
fn release(scope: &mut v8::PinScope, args: &v8::FunctionCallbackArguments, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let handle = op_state(scope).borrow_mut().resources.remove::<Arc<SharedValue>>(id);
    drop(handle);
    Ok(())
}
