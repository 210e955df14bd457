//! `os.constants`: numbers of signals, errors and dlopen flags, from the platform's headers.

use super::super::args::arg_string;
use super::{Args, OpError, OpResult, Rv, Scope, set_number};

type Table = &'static [(&'static str, i32)];

macro_rules! from_libc {
    ($($name:ident),* $(,)?) => { &[$((stringify!($name), libc::$name as i32)),*] };
}

const SIGNALS: Table = from_libc![
    SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGIOT, SIGBUS, SIGFPE, SIGKILL, SIGUSR1, SIGSEGV, SIGUSR2,
    SIGPIPE, SIGALRM, SIGTERM, SIGCHLD,
];
#[cfg(target_os = "linux")]
const STACK_FAULT: Table = from_libc![SIGSTKFLT];
#[cfg(not(target_os = "linux"))]
const STACK_FAULT: Table = &[];
const MORE_SIGNALS: Table = from_libc![
    SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGWINCH, SIGIO,
];
#[cfg(target_os = "linux")]
const SYSTEM_SIGNALS: Table = from_libc![SIGPOLL, SIGPWR, SIGSYS];
#[cfg(not(target_os = "linux"))]
const SYSTEM_SIGNALS: Table = from_libc![SIGINFO, SIGSYS];

const ERRORS: Table = from_libc![
    E2BIG,
    EACCES,
    EADDRINUSE,
    EADDRNOTAVAIL,
    EAFNOSUPPORT,
    EAGAIN,
    EALREADY,
    EBADF,
    EBADMSG,
    EBUSY,
    ECANCELED,
    ECHILD,
    ECONNABORTED,
    ECONNREFUSED,
    ECONNRESET,
    EDEADLK,
    EDESTADDRREQ,
    EDOM,
    EDQUOT,
    EEXIST,
    EFAULT,
    EFBIG,
    EHOSTUNREACH,
    EIDRM,
    EILSEQ,
    EINPROGRESS,
    EINTR,
    EINVAL,
    EIO,
    EISCONN,
    EISDIR,
    ELOOP,
    EMFILE,
    EMLINK,
    EMSGSIZE,
    EMULTIHOP,
    ENAMETOOLONG,
    ENETDOWN,
    ENETRESET,
    ENETUNREACH,
    ENFILE,
    ENOBUFS,
    ENODATA,
    ENODEV,
    ENOENT,
    ENOEXEC,
    ENOLCK,
    ENOLINK,
    ENOMEM,
    ENOMSG,
    ENOPROTOOPT,
    ENOSPC,
    ENOSR,
    ENOSTR,
    ENOSYS,
    ENOTCONN,
    ENOTDIR,
    ENOTEMPTY,
    ENOTSOCK,
    ENOTSUP,
    ENOTTY,
    ENXIO,
    EOPNOTSUPP,
    EOVERFLOW,
    EPERM,
    EPIPE,
    EPROTO,
    EPROTONOSUPPORT,
    EPROTOTYPE,
    ERANGE,
    EROFS,
    ESPIPE,
    ESRCH,
    ESTALE,
    ETIME,
    ETIMEDOUT,
    ETXTBSY,
    EWOULDBLOCK,
    EXDEV,
];

const DLOPEN: Table = from_libc![RTLD_LAZY, RTLD_NOW, RTLD_GLOBAL, RTLD_LOCAL];
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const DEEP_BIND: Table = from_libc![RTLD_DEEPBIND];
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
const DEEP_BIND: Table = &[];

/// `constants(kind)`: an object of the numbers of kind `signals`, `errno` or `dlopen`.
pub(super) fn constants(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let kind = arg_string(scope, args, 0)?;
    let tables: &[Table] = match kind.as_str() {
        "signals" => &[SIGNALS, STACK_FAULT, MORE_SIGNALS, SYSTEM_SIGNALS],
        "errno" => &[ERRORS],
        "dlopen" => &[DLOPEN, DEEP_BIND],
        _ => return Err(OpError::type_error("ERR_INVALID_ARG_VALUE", "No such kind of constants")),
    };
    let object = v8::Object::new(scope);
    for (name, value) in tables.iter().copied().flatten() {
        set_number(scope, object, name, *value);
    }
    rv.set(object.into());
    Ok(())
}
