//! `internalBinding('credentials')`: the user and the groups the process acts as.
//!
//! The C library's calls are used rather than the kernel's, since those change one thread only. What changes something
//! answers nothing, or `[errno, name, description]` of the error.

use nix::errno::Errno;
use nix::unistd::{self, Gid, Group, Uid, User};

use super::args::{List, arg_bytes, arg_string, arg_u32, string};
use super::{IntoJs, OpDecl, OpError, OpResult};
use crate::op;

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;
type Rv<'a> = v8::ReturnValue<'a, v8::Value>;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("getGroups", 0, get_groups),
    op!("groupId", 1, group_id),
    op!("initGroups", 2, init_groups),
    op!("set", 2, set),
    op!("setGroups", 1, set_groups),
    op!("userId", 1, user_id),
    op!("userName", 1, user_name),
];

fn answer(scope: Scope, mut rv: Rv, result: Result<(), Errno>) -> OpResult {
    let Err(errno) = result else { return Ok(()) };
    let parts = [
        v8::Integer::new(scope, errno as i32).into(),
        string(scope, &format!("{errno:?}"))?.into(),
        string(scope, errno.desc())?.into(),
    ];
    rv.set(v8::Array::new_with_elements(scope, &parts).into());
    Ok(())
}

/// `userId(name)`: undefined for a user that is not there.
fn user_id(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    if let Ok(Some(user)) = User::from_name(&arg_string(scope, args, 0)?) {
        rv.set_uint32(user.uid.as_raw());
    }
    Ok(())
}

/// `groupId(name)`: undefined for a group that is not there.
fn group_id(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    if let Ok(Some(group)) = Group::from_name(&arg_string(scope, args, 0)?) {
        rv.set_uint32(group.gid.as_raw());
    }
    Ok(())
}

/// `userName(id)`: undefined for a user that is not there.
fn user_name(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let id = Uid::from_raw(arg_u32(scope, args, 0)?);
    if let Ok(Some(user)) = User::from_uid(id) {
        rv.set(string(scope, &user.name)?.into());
    }
    Ok(())
}

/// `set(kind, id)`: kind is `setuid`, `seteuid`, `setgid` or `setegid`.
fn set(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let kind = arg_string(scope, args, 0)?;
    let id = arg_u32(scope, args, 1)?;
    let result = match kind.as_str() {
        "setuid" => unistd::setuid(Uid::from_raw(id)),
        "seteuid" => unistd::seteuid(Uid::from_raw(id)),
        "setgid" => unistd::setgid(Gid::from_raw(id)),
        "setegid" => unistd::setegid(Gid::from_raw(id)),
        _ => return Err(OpError::type_error("ERR_INVALID_ARG_VALUE", "No such kind of identity")),
    };
    answer(scope, rv, result)
}

/// `getGroups()`: numbers of the supplementary groups, or the error.
#[cfg(not(target_vendor = "apple"))]
fn get_groups(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    match unistd::getgroups() {
        Ok(groups) => {
            let groups = List(groups.into_iter().map(Gid::as_raw).collect());
            rv.set(groups.into_js(scope)?);
            Ok(())
        }
        Err(errno) => Err(OpError::io(errno.into(), "getgroups")),
    }
}

/// `setGroups(ids)`: ids is a `Uint32Array`.
#[cfg(not(target_vendor = "apple"))]
fn set_groups(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let bytes = arg_bytes(args, 0)?;
    let (ids, _) = bytes.as_chunks::<4>();
    let groups: Vec<Gid> = ids.iter().map(|b| Gid::from_raw(u32::from_ne_bytes(*b))).collect();
    answer(scope, rv, unistd::setgroups(&groups))
}

/// `initGroups(user name, group id)`
#[cfg(not(target_vendor = "apple"))]
fn init_groups(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let name = std::ffi::CString::new(arg_string(scope, args, 0)?)
        .map_err(|_| OpError::type_error("ERR_INVALID_ARG_VALUE", "A user name cannot hold a null byte"))?;
    let group = Gid::from_raw(arg_u32(scope, args, 1)?);
    answer(scope, rv, unistd::initgroups(&name, group))
}

// nix leaves these out where the system keeps groups in a directory service of its own.
#[cfg(target_vendor = "apple")]
fn get_groups(_: Scope, _: Args, _: Rv) -> OpResult {
    Err(OpError::io(Errno::ENOSYS.into(), "getgroups"))
}

#[cfg(target_vendor = "apple")]
fn set_groups(_: Scope, _: Args, _: Rv) -> OpResult {
    Err(OpError::io(Errno::ENOSYS.into(), "setgroups"))
}

#[cfg(target_vendor = "apple")]
fn init_groups(_: Scope, _: Args, _: Rv) -> OpResult {
    Err(OpError::io(Errno::ENOSYS.into(), "initgroups"))
}
