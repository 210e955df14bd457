//! Network interfaces with their addresses.

use std::collections::HashMap;
use std::io;

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;

use super::super::args::string;
use super::{Args, OpError, OpResult, Rv, Scope};

/// `networkInterfaces()`: one flat array, seven items an address: interface, address, netmask, family, MAC address,
/// whether it is internal, scope id (-1 for IPv4). Interfaces that are down are left out.
pub(super) fn network_interfaces(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let failed = |e: nix::errno::Errno| OpError::io(io::Error::from_raw_os_error(e as i32), "uv_interface_addresses");
    let all: Vec<_> = getifaddrs().map_err(failed)?.collect();
    let mut hardware = HashMap::new();
    for entry in &all {
        if let Some(address) = entry.address.as_ref().and_then(|a| a.as_link_addr()).and_then(|l| l.addr()) {
            hardware.insert(entry.interface_name.as_str(), address);
        }
    }
    let mut items: Vec<v8::Local<v8::Value>> = Vec::new();
    for entry in &all {
        if !entry.flags.contains(InterfaceFlags::IFF_UP | InterfaceFlags::IFF_RUNNING) {
            continue;
        }
        let Some(address) = &entry.address else { continue };
        let (text, netmask, family, scope_id) = if let Some(v4) = address.as_sockaddr_in() {
            let netmask = entry.netmask.as_ref().and_then(|n| n.as_sockaddr_in()).map(|n| n.ip().to_string());
            (v4.ip().to_string(), netmask, "IPv4", -1.0)
        } else if let Some(v6) = address.as_sockaddr_in6() {
            let netmask = entry.netmask.as_ref().and_then(|n| n.as_sockaddr_in6()).map(|n| n.ip().to_string());
            (v6.ip().to_string(), netmask, "IPv6", f64::from(v6.scope_id()))
        } else {
            continue;
        };
        let mac = hardware.get(entry.interface_name.as_str()).copied().unwrap_or([0; 6]);
        let mac: Vec<String> = mac.iter().map(|b| format!("{b:02x}")).collect();
        for word in [&entry.interface_name, &text, netmask.as_ref().unwrap_or(&String::new())] {
            items.push(string(scope, word)?.into());
        }
        items.push(string(scope, family)?.into());
        items.push(string(scope, &mac.join(":"))?.into());
        items.push(v8::Boolean::new(scope, entry.flags.contains(InterfaceFlags::IFF_LOOPBACK)).into());
        items.push(v8::Number::new(scope, scope_id).into());
    }
    rv.set(v8::Array::new_with_elements(scope, &items).into());
    Ok(())
}
