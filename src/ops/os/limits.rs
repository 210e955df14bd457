//! Memory of the machine, and what of it this process may have.

use super::{Args, OpError, OpResult, Rv, Scope};

/// `totalmem()`: bytes of the machine.
#[cfg(target_os = "linux")]
pub(super) fn total_memory(_: Scope, _: Args, mut rv: Rv) -> OpResult {
    rv.set_double(machine_total() as f64);
    Ok(())
}

#[cfg(target_os = "linux")]
fn machine_total() -> u64 {
    let info = rustix::system::sysinfo();
    info.totalram as u64 * u64::from(info.mem_unit.max(1))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn total_memory(_: Scope, _: Args, _: Rv) -> OpResult {
    Err(super::not_here("os.totalmem()"))
}

/// `freemem()`: bytes that can be had without swapping.
#[cfg(target_os = "linux")]
pub(super) fn free_memory(_: Scope, _: Args, mut rv: Rv) -> OpResult {
    rv.set_double(machine_available()? as f64);
    Ok(())
}

#[cfg(target_os = "linux")]
fn machine_available() -> OpResult<u64> {
    let info = std::fs::read_to_string("/proc/meminfo").map_err(|e| OpError::io(e, "uv_get_free_memory"))?;
    Ok(meminfo(&info, "MemAvailable").or_else(|| meminfo(&info, "MemFree")).unwrap_or(0))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn free_memory(_: Scope, _: Args, _: Rv) -> OpResult {
    Err(super::not_here("os.freemem()"))
}

/// The bytes that /proc/meminfo gives for `name`.
#[cfg(any(target_os = "linux", test))]
fn meminfo(info: &str, name: &str) -> Option<u64> {
    let line = info.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(':'))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// The memory that this process can come to have at most: the machine's, or its control group's. Read once.
pub(crate) fn process_memory() -> u64 {
    static MEMORY: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    *MEMORY.get_or_init(|| {
        #[cfg(target_os = "linux")]
        let machine = machine_total();
        // A guess, where the system is not asked.
        #[cfg(not(target_os = "linux"))]
        let machine = 8 << 30;
        limit().map_or(machine, |limit| machine.min(limit.limit))
    })
}

/// `constrainedMemory()`: bytes that the process is limited to by its control group; 0 if there is no limit.
pub(super) fn constrained_memory(_: Scope, _: Args, mut rv: Rv) -> OpResult {
    rv.set_double(limit().map_or(0.0, |l| l.limit as f64));
    Ok(())
}

/// `availableMemory()`: bytes the process can still have: within its limit, else on the machine.
#[cfg(target_os = "linux")]
pub(super) fn available_memory(_: Scope, _: Args, mut rv: Rv) -> OpResult {
    let machine = machine_available()?;
    let available = match limit() {
        Some(limit) => machine.min(limit.limit.saturating_sub(limit.used)),
        None => machine,
    };
    rv.set_double(available as f64);
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub(super) fn available_memory(_: Scope, _: Args, _: Rv) -> OpResult {
    Err(super::not_here("process.availableMemory()"))
}

/// A control group's limit and what it uses, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct MemoryLimit {
    limit: u64,
    used: u64,
}

#[cfg(not(target_os = "linux"))]
fn limit() -> Option<MemoryLimit> {
    None
}

/// The tightest limit of the process's control group and those above it. Limits beyond the machine's memory are none.
#[cfg(target_os = "linux")]
fn limit() -> Option<MemoryLimit> {
    use std::path::{Path, PathBuf};

    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let (version, path) = memory_group(&groups)?;
    let (root, limit_file, used_file) = match version {
        1 => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
        _ => ("/sys/fs/cgroup", "memory.max", "memory.current"),
    };
    let number = |path: PathBuf| -> Option<u64> { std::fs::read_to_string(path).ok()?.trim().parse().ok() };
    let root = Path::new(root);
    let mut group = root.join(path.trim_start_matches('/'));
    let total = machine_total();
    let mut tightest: Option<MemoryLimit> = None;
    loop {
        if let Some(limit) = number(group.join(limit_file))
            && limit < total
            && tightest.is_none_or(|t| limit < t.limit)
        {
            tightest = Some(MemoryLimit { limit, used: number(group.join(used_file)).unwrap_or(0) });
        }
        if group == root || !group.pop() || !group.starts_with(root) {
            return tightest;
        }
    }
}

/// Version of the control groups that rule memory, and the process's path there, from /proc/self/cgroup. On a machine
/// with both, a memory controller of version 1 rules.
#[cfg(any(target_os = "linux", test))]
fn memory_group(groups: &str) -> Option<(u8, &str)> {
    let mut unified = None;
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(id), Some(controllers), Some(path)) = (fields.next(), fields.next(), fields.next()) else { continue };
        if controllers.split(',').any(|c| c == "memory") {
            return Some((1, path));
        }
        if id == "0" && controllers.is_empty() {
            unified = Some((2, path));
        }
    }
    unified
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_that_rules_memory_is_found() {
        assert_eq!(memory_group("0::/user.slice\n"), Some((2, "/user.slice")));
        assert_eq!(memory_group("4:cpu,memory:/a\n0::/b\n"), Some((1, "/a")));
        assert_eq!(memory_group("1:name=systemd:/\n"), None);
    }

    #[test]
    fn meminfo_is_in_bytes() {
        assert_eq!(meminfo("MemTotal: 5 kB\nMemAvailable:   3 kB\n", "MemAvailable"), Some(3072));
        assert_eq!(meminfo("MemTotal: 5 kB\n", "MemFree"), None);
    }
}
