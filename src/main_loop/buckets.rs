//! A histogram that one thread counts in and any thread may read: an array of counters, without a lock.
//!
//! Values are nanoseconds. Counters are spaced as in HdrHistogram: 32 to each power of two, so that a value is known to
//! within 3.2 %, whatever its size. Percentiles are taken from a copy ([`Buckets::copy`]), a histogram of the crate of
//! that name.

use std::sync::atomic::{AtomicU64, Ordering};

use hdrhistogram::Histogram;

/// Counters to each power of two, as a power of two.
const BITS: u32 = 5;
/// Values from two to this power on are counted as the largest below it: 2.4 hours.
const TOP: u32 = 43;
const COUNTERS: usize = ((TOP - BITS + 1) as usize) << BITS;

/// See the module's documentation.
pub struct Buckets {
    counts: Box<[AtomicU64; COUNTERS]>,
    longest: AtomicU64,
}

impl Default for Buckets {
    fn default() -> Self {
        Self { counts: Box::new([const { AtomicU64::new(0) }; COUNTERS]), longest: AtomicU64::new(0) }
    }
}

/// The counter of `value`.
fn place(value: u64) -> usize {
    let value = value.min((1 << TOP) - 1);
    let shift = 63 - BITS - (value | (1 << BITS)).leading_zeros();
    ((shift as usize) << BITS) + (value >> shift) as usize
}

/// The lowest value of the counter at `place`, and how many values share it.
fn range(place: usize) -> (u64, u64) {
    let octave = place >> BITS;
    if octave < 2 {
        return (place as u64, 1);
    }
    let sub = (place & ((1 << BITS) - 1)) + (1 << BITS);
    ((sub as u64) << (octave - 1), 1 << (octave - 1))
}

impl Buckets {
    /// Counts `value`. By one thread only: it adds without a locked instruction.
    pub fn record(&self, value: u64) {
        let count = &self.counts[place(value)];
        count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        if value > self.longest.load(Ordering::Relaxed) {
            self.longest.store(value, Ordering::Relaxed);
        }
    }

    /// The largest value, exactly; 0 where there is none.
    pub fn longest(&self) -> u64 {
        self.longest.load(Ordering::Relaxed)
    }

    /// The counters in use, by place.
    pub(crate) fn counts(&self) -> Vec<(usize, u64)> {
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed)).enumerate();
        counts.filter(|(_, count)| *count > 0).collect()
    }

    /// The value in the middle of the counter at `place`.
    pub(crate) fn middle(place: usize) -> u64 {
        let (low, width) = range(place);
        low + width / 2
    }

    /// A copy, with other `values` besides: each with how many there are of it.
    pub(crate) fn with(&self, values: impl Iterator<Item = (u64, u64)>) -> Self {
        let copy = Self::default();
        for (to, from) in copy.counts.iter().zip(self.counts.iter()) {
            to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        copy.longest.store(self.longest(), Ordering::Relaxed);
        for (value, count) in values {
            copy.counts[place(value)].fetch_add(count, Ordering::Relaxed);
            copy.longest.fetch_max(value, Ordering::Relaxed);
        }
        copy
    }

    /// What was counted until now. Values are those in the middle of their counter; the largest is exact, as far as
    /// three figures are.
    pub fn copy(&self) -> Histogram<u64> {
        // Neither bound can be refused: 1 <= low, 2 * low <= high, 1 <= figures <= 5.
        let mut copy = match Histogram::new_with_bounds(1, 1 << TOP, 3) {
            Ok(histogram) => histogram,
            Err(error) => unreachable!("{error}"),
        };
        let longest = self.longest();
        let last = place(longest);
        for (place, count) in self.counts.iter().enumerate().take(last + 1) {
            let count = count.load(Ordering::Relaxed);
            if count == 0 {
                continue;
            }
            let (low, width) = range(place);
            let mut rest = count;
            if place == last {
                copy.saturating_record(longest.max(1));
                rest -= 1;
            }
            copy.saturating_record_n((low + width / 2).clamp(1, longest.max(1)), rest);
        }
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_holds_the_values_of_its_range_and_no_other() {
        let mut next = 0;
        for at in 0..COUNTERS {
            let (low, width) = range(at);
            assert_eq!(low, next, "no gap before counter {at}");
            assert_eq!((place(low), place(low + width - 1)), (at, at));
            assert!(width == 1 || width as f64 / low as f64 <= 1.0 / 32.0);
            next = low + width;
        }
        assert_eq!(next, 1 << TOP);
        assert_eq!(place(u64::MAX), COUNTERS - 1);
    }

    #[test]
    fn copy_knows_the_percentiles_and_the_longest() {
        let buckets = Buckets::default();
        for value in 1..=1000 {
            buckets.record(value * 1000);
        }
        buckets.record(80_000_000);
        let copy = buckets.copy();
        assert_eq!(copy.len(), 1001);
        let median = copy.value_at_quantile(0.5);
        assert!((490_000..=511_000).contains(&median), "{median}");
        assert!(copy.equivalent(copy.max(), 80_000_000));
        assert_eq!(buckets.longest(), 80_000_000);
        assert_eq!(Buckets::default().copy().len(), 0);
    }
}
