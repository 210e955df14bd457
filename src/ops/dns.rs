//! `internalBinding('dns')`: names to addresses through the system's resolver, on a blocking thread.
//!
//! Follows getaddrinfo(3) and getnameinfo(3) (RFC 3493). Errors are libuv's numbers: `EAI_*` codes have numbers of
//! libuv's own, and `EAI_NONAME`/`EAI_NODATA` become `ENOTFOUND` in js/, as Node reports them.

use std::ffi::{CStr, CString};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::args::{List, arg_function, arg_i32, arg_string};
use super::error::{OpError, OpResult};
use super::net::socket_address;
use super::stream_handle::{Args, Rv, Scope};
use super::{OpDecl, async_op, uv};
use crate::op;
use crate::permission;

/// This area's operations.
pub const OPS: &[OpDecl] = &[op!("getaddrinfo", 4, getaddrinfo), op!("getnameinfo", 4, getnameinfo)];

/// Result of the C library's resolver, freed when dropped.
struct AddressList(*mut libc::addrinfo);

impl Drop for AddressList {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: the list came from getaddrinfo and is freed once, here.
            unsafe { libc::freeaddrinfo(self.0) };
        }
    }
}

/// `getaddrinfo(name, family, flags, callback)`: family 0, 4 or 6; calls back with an array of texts.
fn getaddrinfo(scope: Scope, args: Args, _: Rv) -> OpResult {
    let name = arg_string(scope, args, 0)?;
    let (family, flags) = (arg_i32(scope, args, 1)?, arg_i32(scope, args, 2)?);
    let callback = arg_function(args, 3)?;
    let refused = permission::check(permission::Scope::Net, &name);
    async_op::name_next(scope, "GETADDRINFOREQWRAP");
    async_op::blocking(scope, callback, true, move || {
        refused?;
        let found = look_up(&name, family, flags).map_err(|errno| OpError::errno(errno, "getaddrinfo"))?;
        Ok(List(found.into_iter().map(|a| a.to_string()).collect()))
    });
    Ok(())
}

fn look_up(name: &str, family: i32, flags: i32) -> Result<Vec<IpAddr>, i32> {
    let name = CString::new(name).map_err(|_| -libc::EINVAL)?;
    // SAFETY: addrinfo is plain data, for which all zeros is the documented "no hints".
    let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
    hints.ai_family = match family {
        4 => libc::AF_INET,
        6 => libc::AF_INET6,
        _ => libc::AF_UNSPEC,
    };
    hints.ai_socktype = libc::SOCK_STREAM;
    hints.ai_flags = flags;
    let mut list = AddressList(std::ptr::null_mut());
    // SAFETY: `name` ends in NUL; `hints` is initialised; the result pointer is ours to write.
    let code = unsafe { libc::getaddrinfo(name.as_ptr(), std::ptr::null(), &raw const hints, &raw mut list.0) };
    if code != 0 {
        return Err(resolver_errno(code));
    }
    let mut found = Vec::new();
    let mut next = list.0;
    while !next.is_null() {
        // SAFETY: entries of the list are valid until it is freed, which `list` does after this loop.
        let entry = unsafe { &*next };
        next = entry.ai_next;
        if entry.ai_addr.is_null() {
            continue;
        }
        let address = match entry.ai_family {
            libc::AF_INET => {
                // SAFETY: the family says that the address is a sockaddr_in; the C library aligns it for one.
                let v4 = unsafe { entry.ai_addr.cast::<libc::sockaddr_in>().read_unaligned() };
                IpAddr::V4(Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr)))
            }
            libc::AF_INET6 => {
                // SAFETY: as above, for sockaddr_in6.
                let v6 = unsafe { entry.ai_addr.cast::<libc::sockaddr_in6>().read_unaligned() };
                IpAddr::V6(Ipv6Addr::from(v6.sin6_addr.s6_addr))
            }
            _ => continue,
        };
        if !found.contains(&address) {
            found.push(address);
        }
    }
    Ok(found)
}

/// `getnameinfo(address, port, family, callback)`: calls back with `[host, service]`.
fn getnameinfo(scope: Scope, args: Args, _: Rv) -> OpResult {
    let address = arg_string(scope, args, 0)?;
    let (port, family) = (arg_i32(scope, args, 1)?, arg_i32(scope, args, 2)?);
    let callback = arg_function(args, 3)?;
    let refused = permission::check(permission::Scope::Net, &address);
    async_op::name_next(scope, "GETNAMEINFOREQWRAP");
    async_op::blocking(scope, callback, true, move || {
        refused?;
        let address = socket_address(&address, port, family);
        let found = address.and_then(name_of).map_err(|errno| OpError::errno(errno, "getnameinfo"))?;
        Ok(List(vec![found.0, found.1]))
    });
    Ok(())
}

fn name_of(address: SocketAddr) -> Result<(String, String), i32> {
    let address = socket2::SockAddr::from(address);
    // The sizes are NI_MAXHOST and NI_MAXSERV of the C library.
    let (mut host, mut service) = ([0_u8; 1025], [0_u8; 32]);
    // SAFETY: the address is valid for its length; both buffers are writable for the lengths given, which the
    // resolver does not exceed.
    let code = unsafe {
        libc::getnameinfo(
            address.as_ptr().cast(),
            address.len(),
            host.as_mut_ptr().cast(),
            1025,
            service.as_mut_ptr().cast(),
            32,
            libc::NI_NAMEREQD,
        )
    };
    if code != 0 {
        return Err(resolver_errno(code));
    }
    let text = |bytes: &[u8]| CStr::from_bytes_until_nul(bytes).unwrap_or_default().to_string_lossy().into_owned();
    Ok((text(&host), text(&service)))
}

/// libuv's number for a resolver's code.
fn resolver_errno(code: i32) -> i32 {
    let name = match code {
        libc::EAI_AGAIN => "EAI_AGAIN",
        libc::EAI_BADFLAGS => "EAI_BADFLAGS",
        libc::EAI_FAIL => "EAI_FAIL",
        libc::EAI_FAMILY => "EAI_FAMILY",
        libc::EAI_MEMORY => "EAI_MEMORY",
        libc::EAI_NONAME => "EAI_NONAME",
        #[cfg(target_os = "linux")]
        libc::EAI_NODATA => "EAI_NODATA",
        libc::EAI_OVERFLOW => "EAI_OVERFLOW",
        libc::EAI_SERVICE => "EAI_SERVICE",
        libc::EAI_SOCKTYPE => "EAI_SOCKTYPE",
        libc::EAI_SYSTEM => return uv::errno_of(&std::io::Error::last_os_error()),
        _ => return uv::UNKNOWN,
    };
    uv::number_of(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numeric_names_resolve_to_themselves() {
        assert_eq!(look_up("127.0.0.1", 0, 0), Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]));
        assert_eq!(look_up("a\0b", 0, 0), Err(-libc::EINVAL));
    }
}
