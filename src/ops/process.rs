//! `internalBinding('process')`: what `process` needs from the operating system.

use std::sync::Arc;

use super::args::{List, arg_bool, arg_f64, arg_i32, arg_opt_string, arg_region, arg_string, key, string};
use super::error::{OpError, OpResult};
use super::state::{event_loop, op_state};
use super::{IntoJs, OpDecl};
use crate::js_runtime::IsolateKind;
use crate::main_loop::tick;
use crate::observe::profiles;
use crate::op;
use crate::permission;
use crate::workers::buffer_account::Account;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("abort", 0, abort),
    op!("chdir", 1, chdir),
    op!("cpuUsage", 0, cpu_usage),
    op!("threadCpuUsage", 0, thread_usage),
    op!("cwd", 0, cwd),
    op!("execPath", 0, exec_path),
    op!("execve", 3, execve),
    op!("facts", 0, facts),
    op!("hrtime", 1, hrtime),
    op!("memoryUsage", 0, memory_usage),
    op!("printError", 1, print_error),
    op!("reallyExit", 1, really_exit),
    op!("resourceUsage", 0, resource_usage),
    op!("triggerUncaught", 1, trigger_uncaught),
    op!("umask", 1, umask),
    op!("uptime", 0, uptime),
    op!("identity", 1, identity),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;
type Rv<'a> = v8::ReturnValue<'a, v8::Value>;

fn abort(_: Scope, _: Args, _: Rv) -> OpResult {
    std::process::abort();
}

fn cwd(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let path = std::env::current_dir().map_err(|e| OpError::io(e, "uv_cwd"))?;
    rv.set(string(scope, &path.to_string_lossy())?.into());
    Ok(())
}

fn chdir(scope: Scope, args: Args, _: Rv) -> OpResult {
    let path = arg_string(scope, args, 0)?;
    permission::check_path(permission::Scope::FsRead, std::path::Path::new(&path))?;
    let from = std::env::current_dir().map(|p| p.display().to_string()).unwrap_or_default();
    std::env::set_current_dir(&path).map_err(|e| OpError::io(e, "chdir").with_path(from).with_dest(path))
}

fn exec_path(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let path = std::env::current_exe().map_err(|e| OpError::io(e, "uv_exepath"))?;
    rv.set(string(scope, &path.to_string_lossy())?.into());
    Ok(())
}

/// `execve(path, arguments, NAME=value each)`: puts another program in the place of this one. Returns only where that
/// failed.
fn execve<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, _: Rv) -> OpResult {
    let path = arg_string(scope, args, 0)?;
    permission::check(permission::Scope::ChildProcess, &path)?;
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        let words: Vec<String> = super::args::arg_struct(scope, args, 1)?;
        let environment: Vec<String> = super::args::arg_struct(scope, args, 2)?;
        let mut command = std::process::Command::new(&path);
        if let Some((name, rest)) = words.split_first() {
            command.arg0(name).args(rest);
        }
        command.env_clear().envs(environment.iter().filter_map(|pair| pair.split_once('=')));
        Err(OpError::io(command.exec(), "execve").with_path(path))
    }
    #[cfg(not(unix))]
    Err(OpError::error("ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", "process.execve is not available here"))
}

/// `facts()`: what never changes: `[pid, ppid, platform, arch, V8's version]`.
fn facts(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let platform = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        "solaris" | "illumos" => "sunos",
        other => other,
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "x86" => "ia32",
        "aarch64" => "arm64",
        "loongarch64" => "loong64",
        "powerpc64" => "ppc64",
        other => other,
    };
    #[cfg(unix)]
    let parent = std::os::unix::process::parent_id();
    #[cfg(not(unix))]
    let parent = 0_u32;
    let values = [
        v8::Integer::new_from_unsigned(scope, std::process::id()).into(),
        v8::Integer::new_from_unsigned(scope, parent).into(),
        key(scope, platform).into(),
        key(scope, arch).into(),
        string(scope, v8::V8::get_version())?.into(),
    ];
    rv.set(v8::Array::new_with_elements(scope, &values).into());
    Ok(())
}

/// Nanoseconds of the monotonic clock. Its zero is arbitrary, as that of `process.hrtime`, but the same in all
/// threads of the process.
pub fn monotonic_nanos() -> u64 {
    #[cfg(unix)]
    {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        now.tv_sec.cast_unsigned() * 1_000_000_000 + now.tv_nsec.cast_unsigned()
    }
    #[cfg(not(unix))]
    {
        u64::try_from(crate::main_loop::process_start().elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// `hrtime(words)`: writes the clock into a `BigUint64Array(1)`, in nanoseconds.
fn hrtime(_: Scope, args: Args, _: Rv) -> OpResult {
    let region = arg_region(args, 0)?;
    if region.len >= 8 {
        let bytes = monotonic_nanos().to_ne_bytes();
        // SAFETY: `region` keeps at least 8 writable bytes alive; this isolate's thread is the only one that knows
        // the array, which `internal/process/clock` never hands out.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), region.as_ptr(), 8) };
    }
    Ok(())
}

fn uptime(_: Scope, _: Args, mut rv: Rv) -> OpResult {
    rv.set_double(crate::main_loop::process_start().elapsed().as_secs_f64());
    Ok(())
}

/// Bytes of this process that are resident in memory; 0 where the platform does not say.
pub fn resident_bytes() -> f64 {
    #[cfg(target_os = "linux")]
    {
        let pages = std::fs::read_to_string("/proc/self/statm").ok();
        let pages = pages.as_deref().and_then(|s| s.split_ascii_whitespace().nth(1)?.parse::<f64>().ok());
        // Not rustix's `page_size`: it reads the vDSO's headers, which are not there under valgrind.
        // SAFETY: a question without preconditions.
        let page_size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        pages.unwrap_or(0.0) * page_size as f64
    }
    #[cfg(all(unix, not(target_os = "linux")))]
    {
        // Peak, not current: what getrusage has. In bytes on macOS.
        usage().map_or(0.0, |u| u.ru_maxrss as f64)
    }
    #[cfg(not(unix))]
    0.0
}

/// `memoryUsage()`: `[rss, heapTotal, heapUsed, external, arrayBuffers]` in bytes.
fn memory_usage(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let heap = scope.get_heap_statistics();
    let buffers = op_state(scope).borrow().get::<Arc<Account>>().map_or(0, |account| account.held());
    #[cfg(target_os = "linux")]
    let buffers = buffers + crate::workers::result_memory::held(scope);
    // A change by nothing asks for the count, which holds native state beside the memory of ArrayBuffers; the statistics
    // of the heap have those only.
    let external = scope.adjust_amount_of_external_allocated_memory(0);
    let values = [
        resident_bytes(),
        heap.total_heap_size() as f64,
        heap.used_heap_size() as f64,
        external.max(0) as f64,
        buffers as f64,
    ];
    rv.set(List(values.to_vec()).into_js(scope)?);
    Ok(())
}

#[cfg(unix)]
fn usage() -> Option<libc::rusage> {
    usage_of(libc::RUSAGE_SELF)
}

#[cfg(unix)]
fn usage_of(who: libc::c_int) -> Option<libc::rusage> {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: getrusage writes a whole rusage through the pointer, which is valid for that, and returns 0 when it did.
    let done = unsafe { libc::getrusage(who, usage.as_mut_ptr()) } == 0;
    // SAFETY: initialised by the call just made.
    done.then(|| unsafe { usage.assume_init() })
}

#[cfg(unix)]
fn micros(time: libc::timeval) -> f64 {
    time.tv_sec as f64 * 1e6 + time.tv_usec as f64
}

/// `cpuUsage()`: `[user, system]` in µs.
fn cpu_usage(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    #[cfg(unix)]
    let values = usage().map_or([0.0; 2], |u| [micros(u.ru_utime), micros(u.ru_stime)]);
    #[cfg(not(unix))]
    let values: [f64; 2] =
        return Err(OpError::error("ERR_METHOD_NOT_IMPLEMENTED", "process.cpuUsage is not implemented here"));
    rv.set(List(values.to_vec()).into_js(scope)?);
    Ok(())
}

/// Processor time of the current thread: user and system, in µs.
pub(super) fn thread_cpu_usage() -> OpResult<[f64; 2]> {
    #[cfg(target_os = "linux")]
    {
        let Some(usage) = usage_of(libc::RUSAGE_THREAD) else {
            return Err(OpError::io(std::io::Error::last_os_error(), "uv_getrusage_thread"));
        };
        Ok([micros(usage.ru_utime), micros(usage.ru_stime)])
    }
    #[cfg(not(target_os = "linux"))]
    Err(OpError::error("ERR_METHOD_NOT_IMPLEMENTED", "The time of a thread is not known on this system"))
}

/// User and system time of the current thread in µs, blocks read and written. None where the system does not count by thread.
pub(super) fn thread_usage_and_blocks() -> Option<[f64; 4]> {
    #[cfg(target_os = "linux")]
    {
        let usage = usage_of(libc::RUSAGE_THREAD)?;
        let blocks = [usage.ru_inblock as f64, usage.ru_oublock as f64];
        Some([micros(usage.ru_utime), micros(usage.ru_stime), blocks[0], blocks[1]])
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// `threadCpuUsage()`: `[user, system]` of the current thread in µs.
fn thread_usage(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let values = thread_cpu_usage()?;
    rv.set(List(values.to_vec()).into_js(scope)?);
    Ok(())
}

/// `resourceUsage()`: getrusage's fields in Node's order.
fn resource_usage(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    #[cfg(unix)]
    {
        let Some(u) = usage() else { return Err(OpError::io(std::io::Error::last_os_error(), "uv_getrusage")) };
        let values = vec![
            micros(u.ru_utime),
            micros(u.ru_stime),
            u.ru_maxrss as f64,
            u.ru_ixrss as f64,
            u.ru_idrss as f64,
            u.ru_isrss as f64,
            u.ru_minflt as f64,
            u.ru_majflt as f64,
            u.ru_nswap as f64,
            u.ru_inblock as f64,
            u.ru_oublock as f64,
            u.ru_msgsnd as f64,
            u.ru_msgrcv as f64,
            u.ru_nsignals as f64,
            u.ru_nvcsw as f64,
            u.ru_nivcsw as f64,
        ];
        rv.set(List(values).into_js(scope)?);
        Ok(())
    }
    #[cfg(not(unix))]
    {
        let _ = (scope, &mut rv);
        Err(OpError::error("ERR_METHOD_NOT_IMPLEMENTED", "process.resourceUsage is not implemented here"))
    }
}

/// `printError(text)`: to standard error, as it is.
fn print_error(scope: Scope, args: Args, _: Rv) -> OpResult {
    let text = arg_string(scope, args, 0)?;
    crate::error_display::write_stderr(&text);
    Ok(())
}

/// `reallyExit(code)`: ends the process. JavaScript has run its 'exit' handlers.
fn really_exit(scope: Scope, args: Args, _: Rv) -> OpResult {
    let code = arg_i32(scope, args, 0)?;
    if op_state(scope).borrow().get::<IsolateKind>().is_some_and(|kind| *kind == IsolateKind::Main) {
        crate::builtins::save_code_cache(scope);
        super::user_code::save(scope);
        let cli = op_state(scope).borrow().get::<std::sync::Arc<crate::cli::Cli>>();
        if let Some(cli) = cli {
            crate::snapshot::leave_for_later(&cli);
        }
    }
    event_loop(scope).trace_unfinished();
    profiles::finish(scope);
    if let Some(agent) = super::inspector::agent::existing(scope) {
        agent.wait_for_disconnect(scope);
    }
    crate::exit_process(code)
}

/// `triggerUncaught(error, fromPromise)`: as if the loop had caught `error`.
fn trigger_uncaught(scope: Scope, args: Args, _: Rv) -> OpResult {
    let shared = event_loop(scope);
    let place = crate::error_display::place_of(scope, args.get(0));
    let from_promise = arg_bool(scope, args, 1);
    tick::report_uncaught(scope, &shared, args.get(0), from_promise, &place, "");
    Ok(())
}

/// `umask(mask | undefined)`: sets the mask if given; the previous one.
fn umask(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    #[cfg(unix)]
    {
        use rustix::fs::Mode;
        let given = args.get(0);
        let previous = if given.is_undefined() {
            // There is no call that only reads it. Another thread that makes a file at this moment sees 0.
            let previous = rustix::process::umask(Mode::empty());
            rustix::process::umask(previous);
            previous
        } else {
            rustix::process::umask(Mode::from_bits_truncate(arg_f64(scope, args, 0)? as u32))
        };
        rv.set_uint32(previous.bits());
    }
    #[cfg(not(unix))]
    {
        let _ = (scope, args);
        rv.set_uint32(0);
    }
    Ok(())
}

/// `identity(which)`: uid, euid, gid or egid of the process.
fn identity(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let which = arg_opt_string(scope, args, 0)?.unwrap_or_default();
    #[cfg(unix)]
    rv.set_uint32(match which.as_str() {
        "uid" => rustix::process::getuid().as_raw(),
        "euid" => rustix::process::geteuid().as_raw(),
        "gid" => rustix::process::getgid().as_raw(),
        _ => rustix::process::getegid().as_raw(),
    });
    #[cfg(not(unix))]
    let _ = (which, &mut rv);
    Ok(())
}
