//! `internalBinding('report')`: what a diagnostic report says of the process that only native code knows
//! (`process.report`, js/internal/process/report.js).

pub(crate) mod fatal;
mod handles;
mod heap;
mod workers;

use std::sync::atomic::{AtomicU32, Ordering};

use super::args::{List, string};
use super::error::OpResult;
use super::{IntoJs, OpDecl};
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("handles", 0, workers::own_handles),
    op!("nativeStack", 0, native_stack),
    op!("nextFileNumber", 0, file_number),
    op!("onFatalError", 4, fatal::on_fatal_error),
    op!("sharedObjects", 0, shared_objects),
    op!("libraryVersions", 0, library_versions),
    op!("userLimits", 0, user_limits),
    op!("workers", 1, workers::workers),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;
type Rv<'a> = v8::ReturnValue<'a, v8::Value>;

/// The number in the name of the next file of diagnostics. They are counted together, whatever is in them and whichever thread
/// writes them, so that no two have one name.
pub(crate) fn next_file_number() -> u32 {
    static LAST: AtomicU32 = AtomicU32::new(0);
    LAST.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
}

/// `nextFileNumber()`: see [`next_file_number`].
fn file_number(_: Scope, _: Args, mut rv: Rv) -> OpResult {
    rv.set_uint32(next_file_number());
    Ok(())
}

/// `libraryVersions()`: the version of glibc that the process runs with and, where it is known, of the one it was built with.
fn library_versions(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let mut versions: Vec<String> = Vec::new();
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: glibc gives a C string of its own that lives as long as the process.
        let version = unsafe { std::ffi::CStr::from_ptr(libc::gnu_get_libc_version()) };
        versions.push(version.to_string_lossy().into_owned());
        versions.extend(option_env!("WEFT_GLIBC_OF_BUILD").map(str::to_owned));
    }
    rv.set(List(versions).into_js(scope)?);
    Ok(())
}

/// `userLimits()`: name, soft limit, hard limit, and so on; no limit is infinity.
fn user_limits(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let mut values: Vec<v8::Local<v8::Value>> = Vec::new();
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit};
        let limits = [
            ("core_file_size_blocks", Resource::Core),
            ("data_seg_size_bytes", Resource::Data),
            ("file_size_blocks", Resource::Fsize),
            ("max_locked_memory_bytes", Resource::Memlock),
            ("max_memory_size_bytes", Resource::Rss),
            ("open_files", Resource::Nofile),
            ("stack_size_bytes", Resource::Stack),
            ("cpu_time_seconds", Resource::Cpu),
            ("max_user_processes", Resource::Nproc),
            ("virtual_memory_bytes", Resource::As),
        ];
        for (name, resource) in limits {
            let limit = getrlimit(resource);
            let number = |value: Option<u64>| value.map_or(f64::INFINITY, |value| value as f64);
            values.push(string(scope, name)?.into());
            values.push(v8::Number::new(scope, number(limit.current)).into());
            values.push(v8::Number::new(scope, number(limit.maximum)).into());
        }
    }
    rv.set(v8::Array::new_with_elements(scope, &values).into());
    Ok(())
}

/// `sharedObjects()`: files whose code is mapped into the process, where the system tells.
fn shared_objects(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let maps = if cfg!(target_os = "linux") { std::fs::read_to_string("/proc/self/maps") } else { Ok(String::new()) };
    rv.set(List(code_files(&maps.unwrap_or_default())).into_js(scope)?);
    Ok(())
}

/// Files that are mapped to be executed, in order, each once: the sixth column of proc(5)'s maps.
fn code_files(maps: &str) -> Vec<String> {
    let mut files: Vec<String> = Vec::new();
    for line in maps.lines() {
        let mut columns = line.split_ascii_whitespace();
        let executable = columns.nth(1).is_some_and(|permissions| permissions.contains('x'));
        let Some(start) = line.find('/').filter(|_| executable) else { continue };
        if files.last().is_none_or(|last| last != &line[start..]) && !files.iter().any(|file| file == &line[start..]) {
            files.push(line[start..].to_owned());
        }
    }
    files
}

/// `nativeStack()`: address and symbol of each frame, one after the other.
fn native_stack(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    rv.set(List(frames()).into_js(scope)?);
    Ok(())
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn frames() -> Vec<String> {
    use std::ffi::{CStr, c_char, c_void};

    const DEEPEST: usize = 64;
    let text = |text: *const c_char| match text.is_null() {
        true => String::new(),
        // SAFETY: dladdr gives C strings of the loaded object's own, which is not unloaded: its code is on this stack.
        false => unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned(),
    };
    let mut addresses = [std::ptr::null_mut::<c_void>(); DEEPEST];
    // SAFETY: the array has room for as many addresses as are asked for.
    let count = unsafe { libc::backtrace(addresses.as_mut_ptr(), DEEPEST as libc::c_int) };
    let mut frames = Vec::new();
    for address in &addresses[..usize::try_from(count).unwrap_or(0)] {
        // SAFETY: a Dl_info of null pointers is a valid value.
        let mut info: libc::Dl_info = unsafe { std::mem::zeroed() };
        // SAFETY: any address may be asked about; `info` is ours to write.
        let known = unsafe { libc::dladdr(*address, &raw mut info) } != 0;
        let (name, file) = if known { (text(info.dli_sname), text(info.dli_fname)) } else { Default::default() };
        frames.push(format!("{:#018x}", address.addr()));
        frames.push(if file.is_empty() { name } else { format!("{name} [{file}]") });
    }
    frames
}

/// Other systems have other ways.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn frames() -> Vec<String> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::code_files;

    #[test]
    fn only_files_with_code_count_and_once() {
        let maps = "55-56 r--p 0 fe:00 1 /bin/weft\n56-57 r-xp 0 fe:00 1 /bin/weft\n57-58 r-xp 0 00:00 0 \n\
            58-59 r-xp 0 fe:00 2 /lib/a b.so\n59-60 r-xp 0 fe:00 1 /bin/weft\n60-61 r-xp 0 00:00 0 [vdso]\n";
        assert_eq!(code_files(maps), ["/bin/weft", "/lib/a b.so"]);
    }
}
