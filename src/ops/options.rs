//! `internalBinding('options')`: the command line, parsed once by `cli`.

use super::args::{List, Serialized, key};
use super::state::op_state;
use super::{IntoJs, OpDecl, OpResult};
use crate::cli::Cli;
use crate::op;
use std::sync::Arc;

/// This area's operations.
pub const OPS: &[OpDecl] =
    &[op!("environmentFlags", 0, environment_flags), op!("get", 0, get), op!("parseEnv", 1, parse_env)];

/// `environmentFlags()`: those that `NODE_OPTIONS` may hold, with their dashes.
fn environment_flags(
    scope: &mut v8::PinScope,
    _: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    rv.set(List(crate::cli::environment_flags()).into_js(scope)?);
    Ok(())
}

/// `parseEnv(text)`: names and values of a file of variables, by turns.
fn parse_env(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let text = super::args::arg_string(scope, args, 0)?;
    let words: Vec<String> = crate::cli::parse_env(&text).into_iter().flat_map(|(name, value)| [name, value]).collect();
    rv.set(List(words).into_js(scope)?);
    Ok(())
}

/// `get()`: `{ options, execArgv, argv, ... }` as `cli::Cli` holds them.
fn get(scope: &mut v8::PinScope, _: &v8::FunctionCallbackArguments, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let cli = op_state(scope).borrow().get::<Arc<Cli>>();
    let Some(cli) = cli else { return Ok(()) };
    let value = Serialized(&**cli).into_js(scope)?;
    if let Ok(object) = v8::Local::<v8::Object>::try_from(value) {
        let version = super::args::string(scope, env!("CARGO_PKG_VERSION"))?;
        let name = key(scope, "weftVersion");
        object.set(scope, name.into(), version.into());
    }
    rv.set(value);
    Ok(())
}
