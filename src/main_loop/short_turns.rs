//! Turns of a few microseconds in which one phase alone had something to do: all that a busy loop has, mostly.
//!
//! Such a turn and its phase took equally long, so one counter tells of both, and counters that are spaced evenly need no
//! logarithm: to record one is to add to two words. What the loop's figures say of phases and of turns contains these
//! (`record.rs`), which is seen to by whoever reads them, rarely.
//!
//! *Threads:* as in `record.rs`.

use std::sync::atomic::{AtomicU64, Ordering};

use super::record::{Phase, add};

/// How many ns share a counter, as a power of two. A reading of the clock takes longer.
const BITS: u32 = 4;
const COUNTERS: usize = 256;

/// See the module's documentation.
#[repr(C)]
pub(super) struct ShortTurns {
    time: [AtomicU64; Phase::ALL.len()],
    counts: [[AtomicU64; COUNTERS]; Phase::ALL.len()],
}

impl Default for ShortTurns {
    fn default() -> Self {
        Self { counts: [const { [const { AtomicU64::new(0) }; COUNTERS] }; Phase::ALL.len()], time: Default::default() }
    }
}

impl ShortTurns {
    /// A turn of `phase` took `time` ns. False where that is not short.
    #[inline]
    pub(super) fn record(&self, phase: Phase, time: u64) -> bool {
        let Some(count) = self.counts[phase as usize].get((time >> BITS) as usize) else { return false };
        add(count, 1);
        add(&self.time[phase as usize], time);
        true
    }

    /// How many there were.
    pub(super) fn count(&self) -> u64 {
        self.counts.iter().flatten().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// How many there were of `phase`, how many ns they took together, and (to within [`BITS`]) the longest.
    pub(super) fn total(&self, phase: Phase) -> [u64; 3] {
        let mut counted = [0, self.time[phase as usize].load(Ordering::Relaxed), 0];
        for (time, count) in Self::counters(&self.counts[phase as usize]) {
            counted[0] += count;
            counted[2] = time + (1 << BITS) / 2 - 1;
        }
        counted
    }

    /// How long turns took, whatever their phase: the middle of each counter in use, and its count.
    pub(super) fn times(&self) -> impl Iterator<Item = (u64, u64)> {
        self.counts.iter().flat_map(Self::counters)
    }

    fn counters(counts: &[AtomicU64; COUNTERS]) -> impl Iterator<Item = (u64, u64)> {
        let counts = counts.iter().map(|count| count.load(Ordering::Relaxed)).enumerate();
        counts.filter(|(_, count)| *count > 0).map(|(at, count)| ((at << BITS) as u64 + (1 << BITS) / 2, count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_turns_are_counted_by_phase_and_others_are_not_taken() {
        let turns = ShortTurns::default();
        assert!(turns.record(Phase::Check, 0) && turns.record(Phase::Check, 250) && turns.record(Phase::Poll, 4095));
        assert!(!turns.record(Phase::Check, 4096) && !turns.record(Phase::Check, u64::MAX));
        assert_eq!(turns.count(), 3);
        assert_eq!(turns.total(Phase::Check), [2, 250, 255]);
        assert_eq!(turns.total(Phase::Poll), [1, 4095, 4095]);
        assert_eq!(turns.total(Phase::Timers), [0, 0, 0]);
        assert_eq!(turns.times().collect::<Vec<_>>(), [(4088, 1), (8, 1), (248, 1)]);
    }
}
