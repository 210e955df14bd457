//! `internalBinding('permission')`: `process.permission`. The policy itself is in `crate::permission`.

use std::path::PathBuf;
use std::sync::Arc;

use super::OpDecl;
use super::args::arg_string;
use super::error::OpResult;
use super::state::op_state;
use crate::cli::Cli;
use crate::op;
use crate::permission::{self, Scope as Permission};

/// This area's operations.
pub const OPS: &[OpDecl] =
    &[op!("drop", 2, drop_grant), op!("enforce", 0, enforce), op!("isEnforced", 0, is_enforced), op!("has", 2, has)];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;
type Rv<'a> = v8::ReturnValue<'a, v8::Value>;

/// `enforce()`: from now on the command line's policy holds.
fn enforce(scope: Scope, _: Args, _: Rv) -> OpResult {
    let cli = op_state(scope).borrow().get::<Arc<Cli>>();
    if let Some(cli) = cli {
        permission::enforce(&cli);
    }
    Ok(())
}

/// `isEnforced()`: whether there is a policy.
fn is_enforced(_: Scope, _: Args, mut rv: Rv) -> OpResult {
    rv.set_bool(permission::is_enforced());
    Ok(())
}

fn arg_reference(scope: Scope, args: Args) -> OpResult<Option<PathBuf>> {
    if args.get(1).is_undefined() {
        return Ok(None);
    }
    Ok(Some(PathBuf::from(arg_string(scope, args, 1)?)))
}

/// `has(name, path or undefined)`.
fn has(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let scopes = Permission::named(&arg_string(scope, args, 0)?);
    let path = arg_reference(scope, args)?;
    let granted = scopes.iter().all(|each| match (&path, each) {
        (Some(path), Permission::FsRead | Permission::FsWrite) => permission::allows_path(*each, path),
        _ => permission::allows(*each),
    });
    rv.set_bool(granted && !scopes.is_empty());
    Ok(())
}

/// `drop(name, path or undefined)`.
fn drop_grant(scope: Scope, args: Args, _: Rv) -> OpResult {
    let scopes = Permission::named(&arg_string(scope, args, 0)?);
    let path = arg_reference(scope, args)?;
    for each in scopes {
        permission::drop_grant(each, path.as_deref());
    }
    Ok(())
}
