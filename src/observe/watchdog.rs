//! The watch: a thread that notices while a loop is stalled, and has it say where.
//!
//! *Owns* one thread, started by the first loop that is to be watched. It knows of a stall from one word of the loop
//! (`stall.rs`, which has the protocol), asks V8 to interrupt that isolate, and V8 calls [`on_stall`] on the isolate's own
//! thread, in the middle of whatever takes so long: there the stack is taken. It runs no JavaScript. A loop that is stalled
//! outside of JavaScript (in an operation that waits, say) is interrupted when it comes back, too late to say where; the
//! report at the end of the turn then says so.
//!
//! Where all loops rest, the watch sleeps until one rings for it ([`attend`]). *Threads:* its own; all else is for any.

use std::collections::HashMap;
use std::ffi::c_void;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, Once};
use std::time::{Duration, Instant};

use super::observers;
use super::registry::{self, Entry};
use super::reports::{Place, Report, SlowTurn, Stall, StallReport, Whose, milliseconds};
use super::stall::Look;
use crate::error_display::write_stderr;
use crate::main_loop::{LoopShared, metrics};
use crate::workers::sync::lock;

/// From how many ns on stalls of any loop are written to standard error; `u64::MAX`: never.
static WRITTEN: AtomicU64 = AtomicU64::new(u64::MAX);

struct Bell {
    rung: Mutex<bool>,
    ringing: Condvar,
}

static BELL: Bell = Bell { rung: Mutex::new(false), ringing: Condvar::new() };

/// Sets from how many ns on stalls of any loop are written to standard error.
pub(crate) fn write_stalls(threshold: u64) {
    WRITTEN.store(threshold, Ordering::Relaxed);
    for entry in registry::all() {
        observers::adjust(&entry);
    }
}

/// What every loop is to be watched for, whoever observes it.
pub(crate) fn threshold_for_all() -> u64 {
    WRITTEN.load(Ordering::Relaxed)
}

/// Has the watch look at all loops anew.
pub(crate) fn attend() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let thread = std::thread::Builder::new().name("weft-watch".into()).stack_size(256 * 1024);
        if let Err(error) = thread.spawn(run) {
            tracing::warn!(%error, "stalls cannot be watched for");
        }
    });
    *lock(&BELL.rung) = true;
    BELL.ringing.notify_one();
}

/// What the watch remembers of a loop.
#[derive(Default)]
struct Seen {
    /// The turn that was reported.
    reported: u64,
    rested: bool,
}

fn run() {
    let mut seen = HashMap::new();
    loop {
        // Cleared before the loops are looked at: who rings from now on is heard.
        *lock(&BELL.rung) = false;
        let next = look_around(&mut seen);
        let mut rung = lock(&BELL.rung);
        while !*rung {
            rung = match next {
                None => BELL.ringing.wait(rung).unwrap_or_else(std::sync::PoisonError::into_inner),
                Some(at) => {
                    let left = at.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        break;
                    }
                    match BELL.ringing.wait_timeout(rung, left) {
                        Ok((rung, _)) => rung,
                        Err(poisoned) => poisoned.into_inner().0,
                    }
                }
            };
        }
    }
}

/// Looks at every loop once. When to look again; `None`: when somebody rings.
fn look_around(seen: &mut HashMap<u64, Seen>) -> Option<Instant> {
    let entries = registry::all();
    seen.retain(|id, _| entries.iter().any(|entry| entry.id == *id));
    let mut next: Option<u64> = None;
    for entry in &entries {
        let threshold = entry.record.threshold();
        if threshold >= crate::main_loop::record::LoopRecord::TIMED_ONLY {
            continue;
        }
        let left = look_at(entry, threshold, seen.entry(entry.id).or_default());
        next = match (next, left) {
            (Some(next), Some(left)) => Some(next.min(left)),
            (one, other) => one.or(other),
        };
    }
    next.map(|left| Instant::now() + Duration::from_nanos(left))
}

/// In how many ns the loop is to be looked at again.
fn look_at(entry: &Entry, threshold: u64, seen: &mut Seen) -> Option<u64> {
    match entry.record.stall.look() {
        Look::Busy(since) => {
            seen.rested = false;
            let busy = metrics::nanoseconds(Instant::now()).saturating_sub(since);
            if busy < threshold {
                return Some(threshold - busy);
            }
            if seen.reported != since {
                seen.reported = since;
                // The time travels in the place of the pointer: nothing has to be freed should the call never come.
                let data = std::ptr::without_provenance_mut(since as usize);
                entry.isolate.request_interrupt(on_stall, data);
            }
            Some(threshold)
        }
        // A loop that rests for a moment only is not worth a wake when it goes on.
        Look::Resting if !seen.rested => {
            seen.rested = true;
            Some(threshold)
        }
        Look::Resting => {
            if entry.record.stall.look_away() {
                return None;
            }
            seen.rested = false;
            Some(threshold)
        }
    }
}

/// Called by V8 on the isolate's own thread where JavaScript looks for interrupts.
unsafe extern "C" fn on_stall(isolate: v8::UnsafeRawIsolatePtr, data: *mut c_void) {
    // SAFETY: V8 passes the isolate that runs on this thread, which is alive and entered for the whole call; this value
    // does not outlive it, and dropping it does nothing.
    let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(isolate) };
    let Some(shared) = isolate.get_slot::<Rc<LoopShared>>().cloned() else { return };
    // The turn it was about may be over.
    let Look::Busy(since) = shared.record().stall.look() else { return };
    if since as usize != data.addr() {
        return;
    }
    let (Some(entry), Some(context)) = (shared.observation.entry(), shared.observation.context()) else { return };
    let stack = {
        v8::scope_with_context!(let scope, &mut isolate, &context);
        Place::stack(scope)
    };
    let busy = metrics::nanoseconds(Instant::now()).saturating_sub(since);
    let culprit = stack.iter().find(|place| !place.is_internal()).or(stack.first()).cloned();
    let stall = Stall { after: milliseconds(busy), phase: shared.observation.phase().name(), stack, culprit };
    if !shared.observation.stalled(stall.clone()) {
        return;
    }
    if busy >= threshold_for_all() {
        write(&entry, &stall);
    }
    let report = StallReport { whose: Whose::of(&entry), start: milliseconds(since), stall };
    observers::deliver(&entry.record, busy, &Report::Stall(report));
}

fn write(entry: &Entry, stall: &Stall) {
    let place = stall.culprit.as_ref().map_or_else(|| "unknown place".to_owned(), Place::text);
    let (title, after, phase) = (entry.title(), stall.after, stall.phase);
    let mut text = format!("(weft) {title} stalled: busy for {after:.0} ms so far, phase '{phase}', at {place}\n");
    for frame in &stall.stack {
        text.push_str(&format!("    at {}\n", frame.text()));
    }
    write_stderr(&text);
}

/// A slow turn is over.
pub(crate) fn turn_over(entry: &Arc<Entry>, report: &SlowTurn, busy: u64) {
    if busy < threshold_for_all() {
        return;
    }
    let (title, duration) = (entry.title(), report.duration);
    if report.stall.is_some() {
        write_stderr(&format!("(weft) {title} goes on after {duration:.0} ms\n"));
        return;
    }
    let longest = report.phases.iter().max_by(|a, b| a.1.total_cmp(b.1)).map_or("outside", |(phase, _)| phase);
    let what = report.callbacks.iter().max_by(|a, b| a.duration.total_cmp(&b.duration));
    let what = what.map(|callback| format!(" ({})", callback.kind)).unwrap_or_default();
    write_stderr(&format!(
        "(weft) {title} was stalled for {duration:.0} ms, phase '{longest}'{what}, outside of JavaScript or in short pieces\n"
    ));
}
