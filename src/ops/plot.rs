//! `internalBinding('plot')`: plots as files, for js/internal/bench/.

use super::args::{arg_bool, arg_struct, string};
use super::{OpDecl, OpError, OpResult};
use crate::op;
use crate::plot::{Plot, PlotError};

/// This area's operations.
pub(crate) const OPS: &[OpDecl] = &[op!("draw", 2, draw)];

fn failed(error: &PlotError) -> OpError {
    OpError::error("ERR_OPERATION_FAILED", error.to_string())
}

/// `draw(plot, png)`: the text of an SVG file, or the bytes of a PNG file in an `ArrayBuffer`. src/plot.rs states what `plot` has.
fn draw<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: &v8::FunctionCallbackArguments<'s>,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let plot: Plot = arg_struct(scope, args, 0)?;
    if arg_bool(scope, args, 1) {
        let bytes = plot.png().map_err(|error| failed(&error))?;
        let store = v8::ArrayBuffer::new_backing_store_from_vec(bytes).make_shared();
        rv.set(v8::ArrayBuffer::with_backing_store(scope, &store).into());
    } else {
        let text = plot.svg().map_err(|error| failed(&error))?;
        rv.set(string(scope, &text)?.into());
    }
    Ok(())
}
