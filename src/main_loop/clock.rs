//! The clock a loop reads once or more a turn: the system's monotonic one, in ns since the process started.
//!
//! Asking the system takes longer than the rest of what a loop records of a turn, even where no call into the kernel is
//! needed. So between two such readings, for a millisecond at most, the loop goes by the processor's own counter of ticks
//! where that is what the system's clock stands on, too. Its rate is measured against the system's clock, again and again.
//!
//! - While somebody observes the loop every reading is the system's, so that times of different sources agree.
//! - A reading during which the thread was interrupted is used, but nothing is reckoned from it.
//! - Readings of one clock never run backwards. Between threads, and against the system's clock, they differ by some tens of
//!   ns at most: less than a wake from one thread to another takes.
//!
//! *Threads:* the loop's own.

use std::cell::Cell;
use std::time::Instant;

use super::metrics::nanoseconds;

/// For how many ns the system is not asked again.
const SPAN: u64 = 1_000_000;
/// Over how many ns the rate is measured, at least. What two readings may be off by (each [`NARROW`]) is little of that.
const MEASURE: u64 = 10_000_000;
/// When it is measured anew.
const RENEW: u64 = 100_000_000;
/// How many ticks may pass while the system is asked, for its answer to belong to their middle.
const NARROW: u64 = 400;
/// Ticks to ns: a fraction of this.
const UNIT: u32 = 32;

thread_local! {
    /// Of those who ask beside a loop: what it reads does not become any loop's last reading.
    static BESIDE: LoopClock = const { LoopClock::new() };
}

/// The time, for a timer that is set between two readings of its loop.
#[inline]
pub(super) fn beside() -> u64 {
    BESIDE.with(|clock| clock.read(|| false))
}

/// See the module's documentation. One line of the processor's cache.
#[repr(C, align(64))]
pub(super) struct LoopClock {
    /// The last reading.
    last: Cell<u64>,
    /// The system's last reading that can be reckoned from: ticks, ns.
    ticks: Cell<u64>,
    at: Cell<u64>,
    /// How many ticks may have passed since; 0 while the system is to be asked each time.
    span: Cell<u64>,
    /// ns a tick, times two to the power of [`UNIT`]; 0 while it is not known.
    rate: Cell<u64>,
    /// Where the present measurement of the rate began: ticks, ns.
    measured: Cell<Option<(u64, u64)>>,
}

impl LoopClock {
    pub(super) const fn new() -> Self {
        Self {
            last: Cell::new(0),
            ticks: Cell::new(0),
            at: Cell::new(0),
            span: Cell::new(0),
            rate: Cell::new(0),
            measured: Cell::new(None),
        }
    }

    /// The last reading.
    #[inline]
    pub(super) fn last(&self) -> u64 {
        self.last.get()
    }

    /// Reads the clock. `exactly`: asks the system, and for the next readings, too.
    #[inline]
    pub(super) fn read(&self, exactly: impl FnOnce() -> bool) -> u64 {
        let passed = ticks::now().wrapping_sub(self.ticks.get());
        let now = if passed < self.span.get() {
            self.at.get() + ((passed * self.rate.get()) >> UNIT)
        } else {
            self.ask(exactly())
        };
        self.last.set(now);
        now
    }

    /// Asks the system.
    #[cold]
    #[inline(never)]
    fn ask(&self, exactly: bool) -> u64 {
        let before = ticks::now();
        let now = nanoseconds(Instant::now()).max(self.last.get());
        let took = ticks::now().wrapping_sub(before);
        self.span.set(0);
        if exactly || took > NARROW {
            return now;
        }
        self.anchor(before.wrapping_add(took / 2), now);
        now
    }

    /// The clock said `now` at `ticks`.
    fn anchor(&self, ticks: u64, now: u64) {
        let (first_ticks, first) = match self.measured.get() {
            Some(first) => first,
            None => {
                self.measured.set(Some((ticks, now)));
                return;
            }
        };
        let (ticks_passed, passed) = (ticks.wrapping_sub(first_ticks), now.saturating_sub(first));
        if passed >= MEASURE && (self.rate.get() == 0 || passed >= RENEW) {
            // A counter that went backwards, or stands still, has no rate.
            let rate = (u128::from(passed) << UNIT).checked_div(u128::from(ticks_passed)).unwrap_or(0);
            let usable = ticks::are_usable() && (1 << (UNIT - 6)..1 << (UNIT + 6)).contains(&rate);
            self.rate.set(if usable { u64::try_from(rate).unwrap_or(0) } else { 0 });
            self.measured.set(Some((ticks, now)));
        }
        let Some(span) = (SPAN << UNIT).checked_div(self.rate.get()) else { return };
        self.ticks.set(ticks);
        self.at.set(now);
        self.span.set(span);
    }
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod ticks {
    use std::arch::x86_64::{__cpuid, _rdtsc};
    use std::sync::OnceLock;

    /// The processor's time stamp counter.
    #[inline]
    pub(super) fn now() -> u64 {
        // SAFETY: every x86-64 processor has the instruction, and it reads nothing but a register. Linux forbids it only to threads
        // that ask for that, or whose parent did (`PR_SET_TSC`): what it does then is to end the process by a signal.
        unsafe { _rdtsc() }
    }

    /// Whether it runs at one rate, whatever the processor does, and the kernel found that all processors agree on it: then its own
    /// clock goes by it.
    pub(super) fn are_usable() -> bool {
        static USABLE: OnceLock<bool> = OnceLock::new();
        *USABLE.get_or_init(|| {
            let is_invariant = __cpuid(0x8000_0000).eax >= 0x8000_0007 && __cpuid(0x8000_0007).edx & (1 << 8) != 0;
            let source = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
            is_invariant && std::fs::read_to_string(source).is_ok_and(|source| source.trim() == "tsc")
        })
    }
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
mod ticks {
    pub(super) fn now() -> u64 {
        0
    }

    pub(super) fn are_usable() -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads until `enough` of the clock's own time has passed.
    fn readings(clock: &LoopClock, enough: u64, mut each: impl FnMut(u64)) {
        let start = clock.read(|| false);
        loop {
            let now = clock.read(|| false);
            each(now);
            if now - start >= enough {
                return;
            }
        }
    }

    #[test]
    fn readings_lie_between_those_of_the_system_around_them() {
        let clock = LoopClock::new();
        let mut last = 0;
        // Beyond the first measurement of the rate.
        readings(&clock, 3 * MEASURE, |_| ());
        readings(&clock, 3 * MEASURE, |_| {
            let before = nanoseconds(Instant::now());
            let now = clock.read(|| false);
            let after = nanoseconds(Instant::now());
            assert!(now >= last, "{now} after {last}");
            // What both ends of a measurement may be off by, over the time that is reckoned from it.
            assert!(now + 2_000 >= before && now <= after + 2_000, "{now} is not within {before} to {after}");
            last = now;
        });
    }

    #[test]
    fn while_it_is_to_be_exact_nothing_is_reckoned() {
        let clock = LoopClock::new();
        readings(&clock, 2 * MEASURE, |_| ());
        clock.span.set(0);
        for _ in 0..100 {
            let before = nanoseconds(Instant::now());
            let now = clock.read(|| true);
            assert!(now >= before);
            assert_eq!(clock.span.get(), 0);
        }
    }

    #[test]
    fn a_counter_that_jumps_does_not_carry_the_clock_along() {
        let clock = LoopClock::new();
        readings(&clock, 2 * MEASURE, |_| ());
        for jump in [1 << 40, 0_u64.wrapping_sub(1 << 40)] {
            // As if so many ticks had passed since the last reading of the system's clock.
            clock.ticks.set(ticks::now().wrapping_sub(jump));
            let before = nanoseconds(Instant::now());
            let now = clock.read(|| false);
            assert!(now >= before && now <= nanoseconds(Instant::now()));
        }
    }
}
