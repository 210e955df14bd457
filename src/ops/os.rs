//! `internalBinding('os')`: facts about the machine, its user and its limits, for `node:os` and `process`.
//!
//! Linux figures come from /proc, as libuv's do; what another system would need and has no portable call for answers
//! with an error of its own rather than with a guess.

pub(crate) mod limits;
mod network;
mod tables;

use std::io;

use super::args::{List, arg_bool, arg_i32, key, string};
use super::{IntoJs, OpDecl, OpError, OpResult};
use crate::op;

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;
type Rv<'a> = v8::ReturnValue<'a, v8::Value>;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("availableMemory", 0, limits::available_memory),
    op!("availableParallelism", 0, available_parallelism),
    op!("constants", 1, tables::constants),
    op!("constrainedMemory", 0, limits::constrained_memory),
    op!("cpus", 0, cpus),
    op!("freemem", 0, limits::free_memory),
    op!("getPriority", 1, get_priority),
    op!("homedir", 0, homedir),
    op!("hostname", 0, hostname),
    op!("loadavg", 0, loadavg),
    op!("networkInterfaces", 0, network::network_interfaces),
    op!("setPriority", 2, set_priority),
    op!("totalmem", 0, limits::total_memory),
    op!("uname", 0, uname),
    op!("uptime", 0, uptime),
    op!("userInfo", 1, user_info),
];

#[cfg(not(target_os = "linux"))]
fn not_here(what: &str) -> OpError {
    OpError::error("ERR_METHOD_NOT_IMPLEMENTED", format!("The {what} method is not implemented"))
}

/// `availableParallelism()`: threads that can run at once, within affinity and cgroup quota.
fn available_parallelism(_: Scope, _: Args, mut rv: Rv) -> OpResult {
    let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    rv.set_double(count as f64);
    Ok(())
}

/// `hostname()`
fn hostname(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let uname = rustix::system::uname();
    rv.set(string(scope, &uname.nodename().to_string_lossy())?.into());
    Ok(())
}

/// `uname()`: `[sysname, version, release, machine]`
fn uname(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let uname = rustix::system::uname();
    let parts = [uname.sysname(), uname.version(), uname.release(), uname.machine()];
    let list = List(parts.map(|p| p.to_string_lossy().into_owned()).into());
    rv.set(list.into_js(scope)?);
    Ok(())
}

/// `uptime()`: seconds since the machine started, with two decimals as the kernel keeps them.
fn uptime(_: Scope, _: Args, mut rv: Rv) -> OpResult {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const SINCE_START: rustix::time::ClockId = rustix::time::ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const SINCE_START: rustix::time::ClockId = rustix::time::ClockId::Monotonic;
    let now = rustix::time::clock_gettime(SINCE_START);
    let seconds = now.tv_sec as f64 + now.tv_nsec as f64 / 1e9;
    rv.set_double((seconds * 100.0).floor() / 100.0);
    Ok(())
}

/// `loadavg()`: `[1, 5, 15 minutes]`
fn loadavg(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let mut averages = [0.0_f64; 3];
    // SAFETY: the array holds the three numbers that are asked for.
    if unsafe { libc::getloadavg(averages.as_mut_ptr(), 3) } < 0 {
        averages = [0.0; 3];
    }
    // Two decimals, which is what the kernel publishes.
    let rounded = averages.map(|a| (a * 100.0).round() / 100.0);
    rv.set(List(rounded.into()).into_js(scope)?);
    Ok(())
}

/// `cpus()`: one flat array, seven items a processor: model, speed in MHz, then milliseconds in user, nice, sys, idle,
/// irq.
#[cfg(target_os = "linux")]
fn cpus(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let stat = std::fs::read_to_string("/proc/stat").map_err(|e| OpError::io(e, "uv_cpu_info"))?;
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let models = cpu_models(&info);
    let tick = 1000.0 / rustix::param::clock_ticks_per_second().max(1) as f64;
    let mut items: Vec<v8::Local<v8::Value>> = Vec::new();
    for (number, times) in cpu_times(&stat) {
        let (model, mhz) = models.get(&number).cloned().unwrap_or(("unknown".to_owned(), 0.0));
        items.push(string(scope, &model)?.into());
        let speed = current_speed(number).unwrap_or(mhz);
        items.push(v8::Number::new(scope, speed.trunc()).into());
        for time in times {
            items.push(v8::Number::new(scope, time as f64 * tick).into());
        }
    }
    rv.set(v8::Array::new_with_elements(scope, &items).into());
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn cpus(_: Scope, _: Args, _: Rv) -> OpResult {
    Err(not_here("os.cpus()"))
}

/// Number of each processor in /proc/stat, with its ticks in user, nice, system, idle and irq.
#[cfg(any(target_os = "linux", test))]
fn cpu_times(stat: &str) -> Vec<(u32, [u64; 5])> {
    let mut found = Vec::new();
    for line in stat.lines() {
        let Some(rest) = line.strip_prefix("cpu") else { continue };
        let mut words = rest.split_ascii_whitespace();
        // The line of all processors together has no number.
        if rest.starts_with(' ') {
            continue;
        }
        let Some(number) = words.next().and_then(|w| w.parse().ok()) else { continue };
        let mut next = || words.next().and_then(|w| w.parse().ok()).unwrap_or(0_u64);
        let (user, nice, system, idle, _iowait, irq) = (next(), next(), next(), next(), next(), next());
        found.push((number, [user, nice, system, idle, irq]));
    }
    found
}

/// Model and speed by processor, from /proc/cpuinfo. ARM kernels give no model name; the implementer's code is none.
#[cfg(any(target_os = "linux", test))]
fn cpu_models(info: &str) -> std::collections::HashMap<u32, (String, f64)> {
    let mut models = std::collections::HashMap::new();
    let mut number = 0;
    for line in info.lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match name.trim() {
            "processor" => number = value.parse().unwrap_or(number),
            "model name" => models.entry(number).or_insert_with(|| (String::new(), 0.0)).0 = value.to_owned(),
            "cpu MHz" => {
                models.entry(number).or_insert_with(|| ("unknown".to_owned(), 0.0)).1 = value.parse().unwrap_or(0.0);
            }
            _ => {}
        }
    }
    models
}

/// MHz that the processor runs at now, where the kernel scales it.
#[cfg(target_os = "linux")]
fn current_speed(number: u32) -> Option<f64> {
    let path = format!("/sys/devices/system/cpu/cpu{number}/cpufreq/scaling_cur_freq");
    let kilohertz: f64 = std::fs::read_to_string(path).ok()?.trim().parse().ok()?;
    Some(kilohertz / 1000.0)
}

/// `getPriority(pid)`
fn get_priority(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let pid = arg_pid(scope, args)?;
    let priority =
        rustix::process::getpriority_process(pid).map_err(|e| OpError::io(io::Error::from(e), "uv_os_getpriority"))?;
    rv.set_int32(priority);
    Ok(())
}

/// `setPriority(pid, priority)`
fn set_priority(scope: Scope, args: Args, _: Rv) -> OpResult {
    let pid = arg_pid(scope, args)?;
    let priority = arg_i32(scope, args, 1)?;
    rustix::process::setpriority_process(pid, priority)
        .map_err(|e| OpError::io(io::Error::from(e), "uv_os_setpriority"))
}

/// The process at index 0; `None` for 0, which is this one.
fn arg_pid(scope: Scope, args: Args) -> OpResult<Option<rustix::process::Pid>> {
    let pid = arg_i32(scope, args, 0)?;
    if pid < 0 {
        return Err(OpError::io(io::Error::from_raw_os_error(libc::ESRCH), "uv_os_getpriority"));
    }
    Ok(rustix::process::Pid::from_raw(pid))
}

fn current_user() -> OpResult<nix::unistd::User> {
    let failed = |e: nix::errno::Errno| OpError::io(io::Error::from_raw_os_error(e as i32), "uv_os_get_passwd");
    nix::unistd::User::from_uid(nix::unistd::geteuid())
        .map_err(failed)?
        .ok_or_else(|| failed(nix::errno::Errno::ENOENT))
}

/// `homedir()`: the user's home by the user database; what the environment says is js/'s to know.
fn homedir(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let user = current_user()?;
    rv.set(string(scope, &user.dir.to_string_lossy())?.into());
    Ok(())
}

/// `userInfo(raw)`: `[uid, gid, username, homedir, shell]`, the last three as bytes where `raw`.
fn user_info(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    use std::os::unix::ffi::OsStringExt;
    let raw = arg_bool(scope, args, 0);
    let user = current_user()?;
    let texts = [user.name.into_bytes(), user.dir.into_os_string().into_vec(), user.shell.into_os_string().into_vec()];
    let mut items: Vec<v8::Local<v8::Value>> =
        vec![user.uid.as_raw().into_js(scope)?, user.gid.as_raw().into_js(scope)?];
    for text in texts {
        items.push(if raw { text.into_js(scope)? } else { string(scope, &String::from_utf8_lossy(&text))?.into() });
    }
    rv.set(v8::Array::new_with_elements(scope, &items).into());
    Ok(())
}

/// Sets a number as a property of `object`.
fn set_number(scope: Scope, object: v8::Local<v8::Object>, name: &str, value: i32) {
    let name = key(scope, name);
    let value = v8::Integer::new(scope, value);
    object.set(scope, name.into(), value.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_are_read_from_proc() {
        let stat = "cpu  9 9 9 9\ncpu0 1 2 3 4 5 6 7\ncpu11 10 20 30 40 50 60\nintr 1";
        assert_eq!(cpu_times(stat), [(0, [1, 2, 3, 4, 6]), (11, [10, 20, 30, 40, 60])]);
        let models =
            cpu_models("processor\t: 0\nmodel name\t: A B\ncpu MHz\t\t: 12.5\n\nprocessor : 1\nmodel name : C\n");
        assert_eq!(models[&0], ("A B".to_owned(), 12.5));
        assert_eq!(models[&1].0, "C");
    }
}
