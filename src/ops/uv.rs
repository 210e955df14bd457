//! `internalBinding('uv')`: libuv's error numbers, names and texts, which Node shows to users.
//!
//! On Unix a libuv error number is the negated errno; on Windows, and for what is not an errno, libuv has numbers of
//! its own, listed here.

use super::args::{arg_i32, key, string};
use super::{OpDecl, OpResult};
use crate::op;

/// One error: libuv's negative number, name, text.
pub type UvError = (i32, &'static str, &'static str);

/// The number libuv reports for "unknown error".
pub const UNKNOWN: i32 = -4094;

/// The number libuv reports at the end of a stream.
pub const EOF: i32 = -4095;

#[cfg(unix)]
macro_rules! number {
    ($name:ident, $windows:literal) => {
        -libc::$name
    };
}
#[cfg(not(unix))]
macro_rules! number {
    ($name:ident, $windows:literal) => {
        $windows
    };
}

/// Every error libuv names.
pub static ERRORS: &[UvError] = &[
    (number!(E2BIG, -4093), "E2BIG", "argument list too long"),
    (number!(EACCES, -4092), "EACCES", "permission denied"),
    (number!(EADDRINUSE, -4091), "EADDRINUSE", "address already in use"),
    (number!(EADDRNOTAVAIL, -4090), "EADDRNOTAVAIL", "address not available"),
    (number!(EAFNOSUPPORT, -4089), "EAFNOSUPPORT", "address family not supported"),
    (number!(EAGAIN, -4088), "EAGAIN", "resource temporarily unavailable"),
    (number!(EALREADY, -4084), "EALREADY", "connection already in progress"),
    (number!(EBADF, -4083), "EBADF", "bad file descriptor"),
    (number!(EBUSY, -4082), "EBUSY", "resource busy or locked"),
    (number!(ECANCELED, -4081), "ECANCELED", "operation canceled"),
    (number!(ECONNABORTED, -4079), "ECONNABORTED", "software caused connection abort"),
    (number!(ECONNREFUSED, -4078), "ECONNREFUSED", "connection refused"),
    (number!(ECONNRESET, -4077), "ECONNRESET", "connection reset by peer"),
    (number!(EDESTADDRREQ, -4076), "EDESTADDRREQ", "destination address required"),
    (number!(EEXIST, -4075), "EEXIST", "file already exists"),
    (number!(EFAULT, -4074), "EFAULT", "bad address in system call argument"),
    (number!(EFBIG, -4036), "EFBIG", "file too large"),
    (number!(EHOSTUNREACH, -4073), "EHOSTUNREACH", "host is unreachable"),
    (number!(EINTR, -4072), "EINTR", "interrupted system call"),
    (number!(EINVAL, -4071), "EINVAL", "invalid argument"),
    (number!(EIO, -4070), "EIO", "i/o error"),
    (number!(EISCONN, -4069), "EISCONN", "socket is already connected"),
    (number!(EISDIR, -4068), "EISDIR", "illegal operation on a directory"),
    (number!(ELOOP, -4067), "ELOOP", "too many symbolic links encountered"),
    (number!(EMFILE, -4066), "EMFILE", "too many open files"),
    (number!(EMSGSIZE, -4065), "EMSGSIZE", "message too long"),
    (number!(ENAMETOOLONG, -4064), "ENAMETOOLONG", "name too long"),
    (number!(ENETDOWN, -4063), "ENETDOWN", "network is down"),
    (number!(ENETUNREACH, -4062), "ENETUNREACH", "network is unreachable"),
    (number!(ENFILE, -4061), "ENFILE", "file table overflow"),
    (number!(ENOBUFS, -4060), "ENOBUFS", "no buffer space available"),
    (number!(ENODEV, -4059), "ENODEV", "no such device"),
    (number!(ENOENT, -4058), "ENOENT", "no such file or directory"),
    (number!(ENOMEM, -4057), "ENOMEM", "not enough memory"),
    (number!(ENOPROTOOPT, -4035), "ENOPROTOOPT", "protocol not available"),
    (number!(ENOSPC, -4055), "ENOSPC", "no space left on device"),
    (number!(ENOSYS, -4054), "ENOSYS", "function not implemented"),
    (number!(ENOTCONN, -4053), "ENOTCONN", "socket is not connected"),
    (number!(ENOTDIR, -4052), "ENOTDIR", "not a directory"),
    (number!(ENOTEMPTY, -4051), "ENOTEMPTY", "directory not empty"),
    (number!(ENOTSOCK, -4050), "ENOTSOCK", "socket operation on non-socket"),
    (number!(ENOTSUP, -4049), "ENOTSUP", "operation not supported on socket"),
    (number!(EOVERFLOW, -4026), "EOVERFLOW", "value too large for defined data type"),
    (number!(EPERM, -4048), "EPERM", "operation not permitted"),
    (number!(EPIPE, -4047), "EPIPE", "broken pipe"),
    (number!(EPROTO, -4046), "EPROTO", "protocol error"),
    (number!(EPROTONOSUPPORT, -4045), "EPROTONOSUPPORT", "protocol not supported"),
    (number!(EPROTOTYPE, -4044), "EPROTOTYPE", "protocol wrong type for socket"),
    (number!(ERANGE, -4034), "ERANGE", "result too large"),
    (number!(EROFS, -4043), "EROFS", "read-only file system"),
    (number!(ESHUTDOWN, -4042), "ESHUTDOWN", "cannot send after transport endpoint shutdown"),
    (number!(ESPIPE, -4041), "ESPIPE", "invalid seek"),
    (number!(ESRCH, -4040), "ESRCH", "no such process"),
    (number!(ETIMEDOUT, -4039), "ETIMEDOUT", "connection timed out"),
    (number!(ETXTBSY, -4038), "ETXTBSY", "text file is busy"),
    (number!(EXDEV, -4037), "EXDEV", "cross-device link not permitted"),
    (number!(ENXIO, -4033), "ENXIO", "no such device or address"),
    (number!(EMLINK, -4032), "EMLINK", "too many links"),
    (number!(ENOTTY, -4029), "ENOTTY", "inappropriate ioctl for device"),
    (number!(EILSEQ, -4027), "EILSEQ", "illegal byte sequence"),
    (number!(ESOCKTNOSUPPORT, -4025), "ESOCKTNOSUPPORT", "socket type not supported"),
    (number!(EUNATCH, -4023), "EUNATCH", "protocol driver not attached"),
    (-3000, "EAI_ADDRFAMILY", "address family not supported"),
    (-3001, "EAI_AGAIN", "temporary failure"),
    (-3002, "EAI_BADFLAGS", "bad ai_flags value"),
    (-3013, "EAI_BADHINTS", "invalid value for hints"),
    (-3003, "EAI_CANCELED", "request canceled"),
    (-3004, "EAI_FAIL", "permanent failure"),
    (-3005, "EAI_FAMILY", "ai_family not supported"),
    (-3006, "EAI_MEMORY", "out of memory"),
    (-3007, "EAI_NODATA", "no address"),
    (-3008, "EAI_NONAME", "unknown node or service"),
    (-3009, "EAI_OVERFLOW", "argument buffer overflow"),
    (-3014, "EAI_PROTOCOL", "resolved protocol is unknown"),
    (-3010, "EAI_SERVICE", "service not available for socket type"),
    (-3011, "EAI_SOCKTYPE", "socket type not supported"),
    (-4080, "ECHARSET", "invalid Unicode character"),
    #[cfg(target_os = "linux")]
    (-libc::ENONET, "ENONET", "machine is not on the network"),
    (-4094, "UNKNOWN", "unknown error"),
    (-4095, "EOF", "end of file"),
    #[cfg(target_os = "linux")]
    (-libc::EREMOTEIO, "EREMOTEIO", "remote I/O error"),
    #[cfg(target_os = "linux")]
    (-libc::EHOSTDOWN, "EHOSTDOWN", "host is down"),
    (-4028, "EFTYPE", "inappropriate file type or format"),
    #[cfg(target_os = "linux")]
    (-libc::ENODATA, "ENODATA", "no data available"),
    (-libc::ENOEXEC, "ENOEXEC", "exec format error"),
];

/// Name and text of libuv's error number `errno`.
pub fn name_and_message(errno: i32) -> (&'static str, &'static str) {
    ERRORS.iter().find(|e| e.0 == errno).map_or(("UNKNOWN", "unknown error"), |e| (e.1, e.2))
}

/// libuv's number of the error called `name`.
pub fn number_of(name: &str) -> i32 {
    ERRORS.iter().find(|e| e.1 == name).map_or(UNKNOWN, |e| e.0)
}

/// libuv's number for an error of the standard library.
pub fn errno_of(error: &std::io::Error) -> i32 {
    use std::io::ErrorKind as Kind;
    #[cfg(unix)]
    if let Some(code) = error.raw_os_error() {
        return -code;
    }
    // On Windows the OS code is not an errno, and errors the standard library makes itself have no code at all.
    let name = match error.kind() {
        Kind::NotFound => "ENOENT",
        Kind::PermissionDenied => "EACCES",
        Kind::AlreadyExists => "EEXIST",
        Kind::ConnectionRefused => "ECONNREFUSED",
        Kind::ConnectionReset => "ECONNRESET",
        Kind::ConnectionAborted => "ECONNABORTED",
        Kind::NotConnected => "ENOTCONN",
        Kind::AddrInUse => "EADDRINUSE",
        Kind::AddrNotAvailable => "EADDRNOTAVAIL",
        Kind::BrokenPipe => "EPIPE",
        Kind::WouldBlock => "EAGAIN",
        Kind::InvalidInput | Kind::InvalidData | Kind::InvalidFilename => "EINVAL",
        Kind::TimedOut => "ETIMEDOUT",
        Kind::Interrupted => "EINTR",
        Kind::Unsupported => "ENOTSUP",
        Kind::OutOfMemory => "ENOMEM",
        Kind::UnexpectedEof => "EOF",
        Kind::IsADirectory => "EISDIR",
        Kind::NotADirectory => "ENOTDIR",
        Kind::DirectoryNotEmpty => "ENOTEMPTY",
        Kind::StorageFull => "ENOSPC",
        Kind::ReadOnlyFilesystem => "EROFS",
        Kind::CrossesDevices => "EXDEV",
        Kind::FileTooLarge => "EFBIG",
        Kind::ResourceBusy => "EBUSY",
        Kind::HostUnreachable => "EHOSTUNREACH",
        Kind::NetworkUnreachable => "ENETUNREACH",
        _ => "UNKNOWN",
    };
    number_of(name)
}

/// This area's operations.
pub const OPS: &[OpDecl] = &[op!("errname", 1, errname), op!("getErrorMap", 0, get_error_map)];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;

/// `errname(number)`: the error's name; `Unknown system error N` where libuv has none.
fn errname(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let number = arg_i32(scope, args, 0)?;
    let text = match ERRORS.iter().find(|e| e.0 == number) {
        Some(error) => string(scope, error.1)?,
        None => string(scope, &format!("Unknown system error {number}"))?,
    };
    rv.set(text.into());
    Ok(())
}

/// `getErrorMap()`: `Map { number => [name, text] }`.
fn get_error_map(scope: Scope, _: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let map = v8::Map::new(scope);
    for (number, name, text) in ERRORS {
        let pair = [key(scope, name).into(), string(scope, text)?.into()];
        let pair = v8::Array::new_with_elements(scope, &pair);
        let number = v8::Integer::new(scope, *number);
        map.set(scope, number.into(), pair.into());
    }
    rv.set(map.into());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_unique_numbers_and_names() {
        for (i, a) in ERRORS.iter().enumerate() {
            assert!(ERRORS[..i].iter().all(|b| a.0 != b.0 && a.1 != b.1), "{} stands twice", a.1);
        }
    }

    #[test]
    fn missing_file_is_enoent() {
        let error = std::fs::File::open("/no/such/file").expect_err("there is no such file");
        assert_eq!(name_and_message(errno_of(&error)), ("ENOENT", "no such file or directory"));
    }
}
