//! Waiting awake for a moment before the loop sleeps, while that pays.
//!
//! Two threads that answer each other sleep and wake at every message otherwise, and the wakes, 13 to 50 us each, cost
//! more than all the rest. A loop that finds its waits short spins instead of sleeping; when spinning does not pay it
//! soon stops, so that a quiet loop uses no CPU. *Threads:* the loop's own.

use std::cell::Cell;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Longest spin. Above what a message takes there and back between two threads that both sleep (about 100 us), so that
/// two loops get out of that state; and short enough not to matter to who waits for the core.
const LONGEST: Duration = Duration::from_micros(150);
/// A sleep shorter than this might have been a spin.
const SHORT: Duration = Duration::from_micros(250);

/// Spins are paid for in advance, in us. One in vain costs what it took, at most.
const COST: u32 = 150;
/// What a spin brings in that was not in vain. So one in vain is made good by fifteen that are not, which is little where
/// messages come every few microseconds, and now and then the other thread has to wait for its core.
const GAIN: u32 = 10;
/// What a short sleep brings in: after three in a row spinning is tried. Half as much for each spin in vain since the last one
/// that was not, so that messages that come a little too late to be waited for soon cost nothing.
const LESSON: u32 = 50;
/// The most that can be saved up: ten spins in vain.
const MOST: u32 = 1500;

/// Whether to spin, learnt from how the last waits ended.
#[derive(Default)]
pub(super) struct Spin {
    credit: Cell<u32>,
    /// Spins in vain since the last one that was not.
    vain: Cell<u32>,
    /// Hundredths of a us that short sleeps brought in.
    lessons: Cell<u32>,
}

/// On a single core whoever is waited for needs this one.
fn has_cores() -> bool {
    static CORES: OnceLock<bool> = OnceLock::new();
    *CORES.get_or_init(|| num_cpus::get() > 1)
}

impl Spin {
    /// Spins until `ready`, as long as that has been paying and at most for `limit`. True if it became ready.
    pub(super) fn wait(&self, limit: Option<Duration>, ready: impl Fn() -> bool) -> bool {
        if self.credit.get() < COST {
            return false;
        }
        let limit = limit.map_or(LONGEST, |l| l.min(LONGEST));
        let start = Instant::now();
        loop {
            for _ in 0..32 {
                if ready() {
                    self.vain.set(0);
                    self.credit.set((self.credit.get() + GAIN).min(MOST));
                    return true;
                }
                std::hint::spin_loop();
            }
            if start.elapsed() >= limit {
                self.vain.set(self.vain.get() + 1);
                self.credit.set(self.credit.get() - COST);
                return false;
            }
        }
    }

    /// Tells that the loop slept, for how long, and whether an event ended the sleep.
    pub(super) fn slept(&self, time: Duration, by_event: bool) {
        if by_event && time < SHORT && has_cores() {
            let learnt = self.lessons.get() + ((LESSON * 100) >> self.vain.get().min(7));
            self.credit.set((self.credit.get() + learnt / 100).min(MOST));
            self.lessons.set(learnt % 100);
        } else {
            // Quiet, or somebody else has the cores: what was learnt counts for less.
            self.credit.set(self.credit.get() / 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_micros(30);

    /// Short sleeps until it spins.
    fn lessons(spin: &Spin) -> u32 {
        let mut count = 0;
        while !spin.wait(None, || true) {
            spin.slept(SOON, true);
            count += 1;
        }
        count
    }

    #[test]
    fn spins_after_short_sleeps_and_gives_up_when_in_vain() {
        if !has_cores() {
            return;
        }
        let spin = Spin::default();
        assert!(!spin.wait(None, || true), "no spin without a reason");
        assert_eq!(lessons(&spin), 3);
        let in_vain = |spin: &Spin| spin.wait(Some(Duration::from_micros(5)), || false);
        let mut least = 0;
        for _ in 0..4 {
            assert!(!in_vain(&spin));
            spin.credit.set(0);
            let before = spin.vain.get();
            let count = lessons(&spin);
            assert!(count > least, "one in vain asks for more patience: {count}");
            least = count;
            // As if that had been in vain as well.
            spin.vain.set(before);
        }
    }

    #[test]
    fn goes_on_spinning_where_one_in_vain_is_the_exception() {
        let spin = Spin::default();
        spin.credit.set(COST);
        for _ in 0..5 {
            for _ in 0..100 {
                assert!(spin.wait(None, || true));
            }
            assert!(!spin.wait(Some(Duration::ZERO), || false));
            spin.slept(Duration::from_millis(2), true);
        }
    }

    #[test]
    fn long_sleeps_and_timers_end_it() {
        let spin = Spin::default();
        spin.credit.set(MOST);
        for _ in 0..4 {
            spin.slept(Duration::from_millis(5), true);
            spin.slept(Duration::ZERO, false);
        }
        assert!(!spin.wait(None, || true));
    }
}
