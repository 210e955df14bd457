//! Process-wide V8: its start, and the platform that brings V8's foreground tasks to the loop of their isolate.
//!
//! *Threads:* V8 calls the platform from any thread. An isolate's route is registered right after the isolate is
//! made and removed before it is dropped; tasks for unknown isolates (posted while one is being made or torn down)
//! are dropped, which V8 allows.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Once, OnceLock, RwLock};
use std::time::Duration;

use crate::cli::{Cli, Value};
use crate::main_loop::{LoopEvent, LoopHandle, metrics};

fn routes() -> &'static RwLock<HashMap<usize, LoopHandle>> {
    static ROUTES: OnceLock<RwLock<HashMap<usize, LoopHandle>>> = OnceLock::new();
    ROUTES.get_or_init(RwLock::default)
}

/// `--v8-pool-size`; 0 for as many as fit.
static HELPERS: AtomicU32 = AtomicU32::new(0);
/// V8 makes no more.
const MOST_HELPERS: u32 = 16;

/// Not `--disable-wasm-trap-handler`.
static WASM_TRAPS: AtomicBool = AtomicBool::new(true);
/// Address space below which WebAssembly's accesses are checked in code: with the trap handler, V8 reserves 8 GB and more for each memory.
#[cfg(unix)]
const ROOM_FOR_WASM_MEMORIES: u64 = 1 << 40;

struct Platform;

impl Platform {
    fn post(isolate: *mut c_void, event: LoopEvent) {
        let handle = routes().read().ok().and_then(|r| r.get(&(isolate as usize)).cloned());
        if let Some(handle) = handle {
            handle.post(event);
        }
    }
}

impl v8::PlatformImpl for Platform {
    fn post_task(&self, isolate: *mut c_void, task: v8::Task) {
        Self::post(isolate, LoopEvent::ForegroundTask(task));
    }

    fn post_non_nestable_task(&self, isolate: *mut c_void, task: v8::Task) {
        Self::post(isolate, LoopEvent::ForegroundTask(task));
    }

    fn post_delayed_task(&self, isolate: *mut c_void, task: v8::Task, delay_in_seconds: f64) {
        let delay = Duration::try_from_secs_f64(delay_in_seconds).unwrap_or(Duration::ZERO);
        Self::post(isolate, LoopEvent::DelayedTask(task, delay));
    }

    fn post_non_nestable_delayed_task(&self, isolate: *mut c_void, task: v8::Task, delay_in_seconds: f64) {
        self.post_delayed_task(isolate, task, delay_in_seconds);
    }

    fn post_idle_task(&self, _isolate: *mut c_void, task: v8::IdleTask) {
        // Idle tasks are not announced as supported; one that comes all the same is only an optimisation.
        drop(task);
    }
}

/// Gives V8 the flags it must have and those of the command line; the first one V8 does not know, if any. Before
/// [`initialize`].
pub fn set_flags(cli: &Cli) -> Option<String> {
    if let Some(Value::Number(count)) = cli.options.get("--v8-pool-size") {
        // The cast saturates: what is below 0 is 0, which leaves the choice here, as in Node.
        HELPERS.store((*count as u32).min(MOST_HELPERS), Ordering::Relaxed);
    }
    WASM_TRAPS.store(!cli.switch("--disable-wasm-trap-handler"), Ordering::Relaxed);
    // The loop unrolling of this V8 can drop the interrupt check of a loop that contains a short one, `for (;;)
    // a.push(new Array(1000).fill(1))` for one: such a loop can be neither terminated nor stopped at a heap limit.
    // Only loops of a few known iterations are slower without it; the command line can turn it on again.
    v8::V8::set_flags_from_string("--no-turboshaft-loop-unrolling");
    // `v8.setFlagsFromString` changes flags of a running process; V8 would abort if they were frozen.
    v8::V8::set_flags_from_string("--no-freeze-flags-after-init");
    // With a heap of 2 GB or more, V8 copies its built-in code beside each isolate's own, for shorter calls: 1.7 MB of resident
    // memory and the time to copy them for each isolate. Programs run no faster for it here, in Workers or on the main thread.
    v8::V8::set_flags_from_string("--no-short-builtin-calls");
    // The sine and cosine Node has: less than a unit in the last place off, in a third of the time of those that are rounded
    // correctly.
    v8::V8::set_flags_from_string("--use-libm-trig-functions");
    // Functions that were called some times are compiled without optimisation, several at once, as soon as that makes 4 KB of code. What
    // every start calls comes to a little more, so that a program of one line had a thread made and code compiled for it.
    v8::V8::set_flags_from_string("--baseline-batch-compilation-threshold=8192");
    // Pages of large objects that died are used again, up to so many megabytes of them, and given back after some seconds. V8's own
    // 32 hold strings or arrays of one size; where a program goes on to larger ones, those in the pool fit none of them and leave
    // no room for others, and every string of 2 MB had its pages cleared by the system (1,300 us each where it takes 220).
    v8::V8::set_flags_from_string("--max-large-page-pool-size=128");
    // So large the old generation may grow, with the memory outside of the heap that its objects hold, before V8 collects all of the heap for
    // the first time (half of a lower limit). By itself V8 lowers that with each scavenge that little survives, down to 9 MB: then Buffers
    // that are used and dropped, whose memory counts until they are swept, had everything marked for every 36 MB of them.
    v8::V8::set_flags_from_string("--initial-old-space-size=64");
    let mut flags = vec![cli.argv0.clone()];
    flags.extend(cli.v8_flags.iter().cloned());
    if let Some(share) = cli.old_space_share() {
        // The cast saturates; what is meant is far below.
        let megabytes = (crate::ops::os::limits::process_memory() as f64 * share / 100.0 / f64::from(1 << 20)) as u64;
        flags.push(format!("--max-old-space-size={megabytes}"));
    }
    if cli.switch("--v8-options") {
        flags.push("--help".to_owned());
    }
    if flags.len() == 1 {
        return None;
    }
    v8::V8::set_flags_from_command_line(flags).into_iter().nth(1)
}

/// Helpers for collections and compilation: more than four would fight with the pool's threads.
const USUAL_HELPERS: usize = 4;

/// The platform, with as many helpers as the user `wanted`, if not 0. They begin when there is something for them to do, and only
/// then the processor time that the process may have is asked for, which takes reading several files.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn platform(wanted: u32, unprotected: bool) -> v8::UniqueRef<v8::Platform> {
    let usual = || rustix::thread::sched_getaffinity(None).map_or(USUAL_HELPERS, |set| set.count() as usize);
    let (helpers, most): (_, fn() -> usize) = match wanted {
        0 => (usual().clamp(1, USUAL_HELPERS) as u32, num_cpus::get),
        wanted => (wanted, || MOST_HELPERS as usize),
    };
    crate::v8_lazily::deferred(most, || v8::new_custom_platform(helpers, false, unprotected, Platform))
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn platform(wanted: u32, unprotected: bool) -> v8::UniqueRef<v8::Platform> {
    let helpers = if wanted == 0 { num_cpus::get().min(USUAL_HELPERS) as u32 } else { wanted };
    v8::new_custom_platform(helpers, false, unprotected, Platform)
}

/// Starts V8 once for the process. Later calls do nothing. Must run on the main thread before any thread that will
/// run JavaScript is made: with memory protection keys only descendants of this thread may touch V8's code pages.
/// Tests, whose threads are siblings, pass `unprotected`.
pub fn initialize(unprotected: bool) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        crate::main_loop::process_start();
        metrics::reached(metrics::Milestone::V8Start);
        crate::workers::icu_memory::install();
        let platform = platform(HELPERS.load(Ordering::Relaxed), unprotected).make_shared();
        // By itself V8 reads 4 KB of a file of the system's for each of several generators of an isolate.
        v8::V8::set_entropy_source(|buffer| getrandom::fill(buffer).is_ok());
        v8::V8::initialize_platform(platform);
        if WASM_TRAPS.load(Ordering::Relaxed) && has_room_for_wasm_memories() {
            // An access out of bounds meets a page that is not there, which V8's signal handler makes a RuntimeError; so no code
            // checks for it. Other faults go on to the handler that was there before. Where V8 cannot do that, it checks as it did.
            v8::V8::enable_web_assembly_trap_handler(true);
        }
        v8::V8::initialize();
    });
}

/// Whether the process may have as much address space as memories of WebAssembly reserve.
fn has_room_for_wasm_memories() -> bool {
    #[cfg(unix)]
    return rustix::process::getrlimit(rustix::process::Resource::As)
        .current
        .is_none_or(|limit| limit >= ROOM_FOR_WASM_MEMORIES);
    #[cfg(not(unix))]
    return true;
}

/// Address of an isolate, as the platform names it.
pub(crate) fn isolate_key(isolate: &v8::Isolate) -> usize {
    // SAFETY: the pointer is only used as a number.
    let raw = unsafe { isolate.as_raw_isolate_ptr() };
    const { assert!(size_of::<v8::UnsafeRawIsolatePtr>() == size_of::<usize>()) };
    // SAFETY: `UnsafeRawIsolatePtr` is `repr(transparent)` over the isolate's pointer, of the size asserted above;
    // its field is private, so there is no other way to read the address.
    unsafe { std::mem::transmute::<v8::UnsafeRawIsolatePtr, usize>(raw) }
}

/// Routes V8's foreground tasks for the isolate `key` to `handle`.
pub(crate) fn register(key: usize, handle: LoopHandle) {
    if let Ok(mut routes) = routes().write() {
        routes.insert(key, handle);
    }
}

/// Drops further tasks for the isolate `key`.
pub(crate) fn unregister(key: usize) {
    if let Ok(mut routes) = routes().write() {
        routes.remove(&key);
    }
}
