//! Histograms of `perf_hooks`: the hdrhistogram crate's, with what HdrHistogram's C edition, Node's, says differently.
//!
//! *Threads:* any. A histogram that was cloned to another isolate is the same histogram, as in Node: both record into it.

use std::sync::Mutex;

use hdrhistogram::Histogram;

use crate::workers::sync::lock;

/// The recipes of the classes (`js/internal/histogram.js`) by which structured clone knows histograms.
pub(crate) const RECIPES: [&str; 2] = ["internal/histogram:RecordableHistogram", "internal/histogram:Histogram"];

/// To begin with, values up to this have counters. Few histograms need more, and some are never used.
const FIRST_HIGHEST: u64 = 1 << 16;

/// See the module's documentation.
pub(crate) struct SharedHistogram(Mutex<Counts>);

struct Counts {
    histogram: Histogram<u64>,
    lowest: u64,
    figures: u8,
    /// Values above are counted in `exceeds` only.
    limit: u64,
    exceeds: u64,
    recent: Option<Recent>,
}

/// An average of the values in the order in which they came: each one's weight halves with every so many that follow.
struct Recent {
    /// The weight of the newest.
    alpha: f64,
    /// Values above are errors; 0 for none.
    threshold: f64,
    begun: bool,
    mean: f64,
    variance: f64,
    error_rate: f64,
}

impl Recent {
    /// `None` without a half-life.
    fn new(half_life: f64, threshold: f64) -> Option<Self> {
        let alpha = 1.0 - (-1.0 / half_life).exp2();
        let (mean, variance, error_rate) = (0.0, 0.0, 0.0);
        (half_life > 0.0).then_some(Self { alpha, threshold, begun: false, mean, variance, error_rate })
    }

    fn record(&mut self, value: u64) {
        let value = value as f64;
        let error = f64::from(u8::from(self.threshold > 0.0 && value > self.threshold));
        if !std::mem::replace(&mut self.begun, true) {
            (self.mean, self.error_rate) = (value, error);
            return;
        }
        let off = value - self.mean;
        self.mean += self.alpha * off;
        self.variance = (1.0 - self.alpha) * (self.variance + self.alpha * off * off);
        self.error_rate += self.alpha * (error - self.error_rate);
    }

    fn reset(&mut self) {
        (self.begun, self.mean, self.variance, self.error_rate) = (false, 0.0, 0.0, 0.0);
    }
}

/// Everything about a histogram that is one number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Summary {
    pub(crate) count: u64,
    /// `i64::MAX` where there are no values, as in Node.
    pub(crate) min: u64,
    pub(crate) max: u64,
    pub(crate) exceeds: u64,
    /// These are not numbers where there are no values.
    pub(crate) mean: f64,
    pub(crate) stddev: f64,
    /// These are 0 where all values are the same.
    pub(crate) skewness: f64,
    pub(crate) kurtosis: f64,
}

fn empty(lowest: u64, figures: u8) -> Option<Histogram<u64>> {
    let first = FIRST_HIGHEST.max(lowest.checked_mul(2)?);
    let mut histogram = Histogram::new_with_bounds(lowest, first, figures).ok()?;
    histogram.auto(true);
    Some(histogram)
}

impl SharedHistogram {
    /// An empty one without averages.
    #[cfg(test)]
    fn new(lowest: u64, highest: u64, figures: u8) -> Option<Self> {
        Self::weighing(lowest, highest, figures, 0.0, 0.0)
    }

    /// An empty one; `None` where the crate refuses the bounds. JavaScript checked them. With an average in which a value's weight halves with every `half_life` that follow, and the
    /// share of those above `threshold`, where these are not 0.
    pub(crate) fn weighing(lowest: u64, highest: u64, figures: u8, half_life: f64, threshold: f64) -> Option<Self> {
        let histogram = empty(lowest, figures)?;
        let recent = Recent::new(half_life, threshold);
        Some(Self(Mutex::new(Counts { histogram, lowest, figures, limit: highest, exceeds: 0, recent })))
    }

    /// The least value, the largest, and the figures that it knows.
    pub(crate) fn layout(&self) -> (u64, u64, u8) {
        let counts = lock(&self.0);
        (counts.lowest, counts.limit, counts.figures)
    }

    /// [mean, standard deviation, share of errors] by weight; 0 without a half-life.
    pub(crate) fn recent(&self) -> [f64; 3] {
        let counts = lock(&self.0);
        counts.recent.as_ref().map_or([0.0; 3], |recent| [recent.mean, recent.variance.sqrt(), recent.error_rate])
    }

    /// What [`SharedHistogram::restore`] wants of the average; `None` without a half-life.
    pub(crate) fn recent_state(&self) -> Option<[f64; 5]> {
        let counts = lock(&self.0);
        let state = |recent: &Recent| [recent.alpha, recent.mean, recent.variance, recent.error_rate, recent.threshold];
        counts.recent.as_ref().map(state)
    }

    /// Makes an empty histogram what another was: [value, count] of its counters, and its average. False where a value has no counter.
    pub(crate) fn restore(&self, counters: &[[u64; 2]], recent: Option<[f64; 5]>) -> bool {
        let mut counts = lock(&self.0);
        let begun = !counters.is_empty();
        counts.recent = recent.map(|[alpha, mean, variance, error_rate, threshold]| Recent {
            alpha,
            threshold,
            begun,
            mean,
            variance,
            error_rate,
        });
        counters
            .iter()
            .all(|[value, count]| *value <= counts.limit && counts.histogram.record_n(*value, *count).is_ok())
    }

    /// Counts no longer what `other` counted, as far as it was counted here.
    pub(crate) fn subtract(&self, other: &Self) {
        // One lock at a time: somebody may subtract them the other way round.
        let (values, exceeds) = {
            let other = lock(&other.0);
            let values: std::collections::HashMap<_, _> =
                other.histogram.iter_recorded().map(|v| (v.value_iterated_to(), v.count_at_value())).collect();
            (values, other.exceeds)
        };
        let mut counts = lock(&self.0);
        let Some(mut left) = empty(counts.lowest, counts.figures) else { return };
        for value in counts.histogram.iter_recorded() {
            let taken = values.get(&value.value_iterated_to()).copied().unwrap_or(0);
            // It was recorded before, so it can be again.
            let _ = left.record_n(value.value_iterated_to(), value.count_at_value().saturating_sub(taken));
        }
        counts.histogram = left;
        counts.exceeds = counts.exceeds.saturating_sub(exceeds);
    }

    /// Counts `value`.
    pub(crate) fn record(&self, value: u64) {
        let mut counts = lock(&self.0);
        if value > counts.limit || counts.histogram.record(value).is_err() {
            counts.exceeds += 1;
        } else if let Some(recent) = &mut counts.recent {
            recent.record(value);
        }
    }

    /// Counts `value`, and what measurements every `interval` would have met while whoever measures waited for it:
    /// `value - interval`, `value - 2 * interval` and so on.
    pub(crate) fn record_corrected(&self, value: u64, interval: u64) {
        let mut counts = lock(&self.0);
        if value > counts.limit || counts.histogram.record_correct(value, interval).is_err() {
            counts.exceeds += 1;
        } else if let Some(recent) = &mut counts.recent {
            recent.record(value);
        }
    }

    /// Counts what `other` counted.
    pub(crate) fn add(&self, other: &Self) {
        // One lock at a time: somebody may add them the other way round.
        let (values, exceeds) = {
            let other = lock(&other.0);
            let values: Vec<_> =
                other.histogram.iter_recorded().map(|v| (v.value_iterated_to(), v.count_at_value())).collect();
            (values, other.exceeds)
        };
        let mut counts = lock(&self.0);
        for (value, count) in values {
            if value > counts.limit || counts.histogram.record_n(value, count).is_err() {
                counts.exceeds += count;
            }
        }
        counts.exceeds += exceeds;
    }

    /// Counts from nothing again.
    pub(crate) fn reset(&self) {
        let mut counts = lock(&self.0);
        // Made anew rather than emptied, so that the counters of large values go.
        if let Some(histogram) = empty(counts.lowest, counts.figures) {
            counts.histogram = histogram;
        }
        counts.exceeds = 0;
        if let Some(recent) = &mut counts.recent {
            recent.reset();
        }
    }

    /// Takes over what `copy` counted, for a histogram nobody else has.
    pub(crate) fn of(copy: Histogram<u64>) -> Self {
        let (lowest, figures) = (copy.low(), copy.sigfig());
        Self(Mutex::new(Counts { histogram: copy, lowest, figures, limit: u64::MAX, exceeds: 0, recent: None }))
    }

    /// See [`Summary`].
    pub(crate) fn summary(&self) -> Summary {
        let counts = lock(&self.0);
        let histogram = &counts.histogram;
        let count = histogram.len();
        if count == 0 {
            let max = i64::MAX.unsigned_abs();
            let (mean, stddev) = (f64::NAN, f64::NAN);
            return Summary {
                count,
                min: max,
                max: 0,
                exceeds: counts.exceeds,
                mean,
                stddev,
                skewness: 0.0,
                kurtosis: 0.0,
            };
        }
        let mean = histogram.mean();
        let mut moments = [0.0; 3];
        for value in histogram.iter_recorded() {
            let off = histogram.median_equivalent(value.value_iterated_to()) as f64 - mean;
            let weight = value.count_at_value() as f64;
            for (moment, power) in moments.iter_mut().zip([2, 3, 4]) {
                *moment += off.powi(power) * weight;
            }
        }
        let [variance, third, fourth] = moments.map(|sum| sum / count as f64);
        let varies = variance > 0.0;
        Summary {
            count,
            min: histogram.min(),
            max: histogram.max(),
            exceeds: counts.exceeds,
            mean,
            stddev: variance.sqrt(),
            skewness: if varies { third / variance.powf(1.5) } else { 0.0 },
            // Of fewer values it says nothing: Node's is 0 then.
            kurtosis: if varies && count >= 4 { fourth / (variance * variance) - 3.0 } else { 0.0 },
        }
    }

    /// The value that `percentile` percent of all values are not above. Which one that is where a percentile falls
    /// between two values is the C edition's rule.
    pub(crate) fn percentile(&self, percentile: f64) -> u64 {
        let counts = lock(&self.0);
        let histogram = &counts.histogram;
        let wanted = ((percentile / 100.0 * histogram.len() as f64 + 0.5) as u64).max(1);
        let mut seen = 0;
        for value in histogram.iter_recorded() {
            seen += value.count_at_value();
            if seen >= wanted {
                return histogram.highest_equivalent(value.value_iterated_to());
            }
        }
        0
    }

    /// Values at 0, 50, 75, 87.5 … percent, each step halving what is left, up to the one that holds the last value; and
    /// at 100.
    pub(crate) fn percentiles(&self) -> Vec<(f64, u64)> {
        let counts = lock(&self.0);
        let histogram = &counts.histogram;
        let total = histogram.len();
        let (mut out, mut next, mut seen, mut last) = (Vec::new(), 0.0_f64, 0, 0);
        for value in histogram.iter_recorded() {
            seen += value.count_at_value();
            last = histogram.lowest_equivalent(value.value_iterated_to());
            if seen == total {
                if next < 100.0 {
                    out.push((next, last));
                }
                break;
            }
            let reached = 100.0 * seen as f64 / total as f64;
            while next <= reached {
                out.push((next, last));
                next += 100.0 / 2_f64.powf((100.0 / (100.0 - next)).log2().floor() + 1.0);
            }
        }
        out.push((100.0, last));
        out
    }

    /// Counters in use, as [lowest value, how many values share it, count].
    pub(crate) fn counters(&self) -> Vec<[u64; 3]> {
        let counts = lock(&self.0);
        let histogram = &counts.histogram;
        let counter = |value: u64, count| {
            let low = histogram.lowest_equivalent(value);
            [low, histogram.highest_equivalent(value) - low + 1, count]
        };
        histogram.iter_recorded().map(|v| counter(v.value_iterated_to(), v.count_at_value())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[u64]) -> SharedHistogram {
        let histogram = SharedHistogram::new(1, 1 << 53, 3).expect("bounds");
        values.iter().for_each(|value| histogram.record(*value));
        histogram
    }

    /// The figures are those Node 26 gave for the same values.
    #[test]
    fn figures_are_nodes() {
        let histogram = of(&[1, 2, 3, 4, 5, 100, 1000, 1_000_000, 123_456_789]);
        let summary = histogram.summary();
        assert_eq!((summary.count, summary.min, summary.max), (9, 1, 123_469_823));
        assert!((summary.mean - 13_826_484.777_777_778).abs() < 1e-6);
        assert!((summary.stddev - 38_754_443.540_498_205).abs() < 1e-5);
        assert!((summary.skewness - 2.474_566_006_182_464).abs() < 1e-9);
        assert!((summary.kurtosis - 4.124_124_336_848_356).abs() < 1e-9);
        let expected = [(0.0, 1), (50.0, 5), (75.0, 1000), (87.5, 999_936), (93.75, 123_404_288), (100.0, 123_404_288)];
        assert_eq!(histogram.percentiles(), expected);
    }

    #[test]
    fn empty_one_says_what_nodes_says() {
        let histogram = of(&[]);
        let summary = histogram.summary();
        assert_eq!((summary.count, summary.min, summary.max), (0, i64::MAX as u64, 0));
        assert!(summary.mean.is_nan() && summary.stddev.is_nan());
        assert_eq!((histogram.percentile(50.0), histogram.percentiles()), (0, vec![(100.0, 0)]));
    }

    #[test]
    fn values_above_the_highest_only_exceed() {
        let histogram = SharedHistogram::new(1, 3600, 2).expect("bounds");
        [10, 3700, 4095].iter().for_each(|value| histogram.record(*value));
        let summary = histogram.summary();
        assert_eq!((summary.count, summary.exceeds), (1, 2));
        let all = of(&[1]);
        all.add(&histogram);
        assert_eq!((all.summary().count, all.summary().exceeds), (2, 2));
        histogram.reset();
        assert_eq!((histogram.summary().count, histogram.summary().exceeds), (0, 0));
    }

    #[test]
    fn weights_halve_with_the_half_life() {
        let histogram = SharedHistogram::weighing(1, 1 << 40, 3, 10.0, 500.0).expect("bounds");
        [200, 400, 600].iter().for_each(|value| histogram.record(*value));
        // As Node 26.10 has them.
        let expected = [239.2832890334137, 108.03166983091313, 0.06696700846319259];
        for (found, expected) in histogram.recent().iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
        histogram.reset();
        assert_eq!(histogram.recent(), [0.0; 3]);
        histogram.record(501);
        assert_eq!(histogram.recent(), [501.0, 0.0, 1.0]);
    }

    #[test]
    fn restored_one_goes_on_as_the_other() {
        let make = || SharedHistogram::weighing(1, 1 << 40, 3, 4.0, 15.0).expect("bounds");
        let (one, other) = (make(), SharedHistogram::new(1, 1 << 40, 3).expect("bounds"));
        [10, 20, 100_000].iter().for_each(|value| one.record(*value));
        let counters: Vec<_> = one.counters().iter().map(|[value, _, count]| [*value, *count]).collect();
        assert!(other.restore(&counters, one.recent_state()));
        [&one, &other].iter().for_each(|histogram| histogram.record(99));
        assert_eq!(one.summary(), other.summary());
        assert_eq!(one.recent(), other.recent());
        assert!(!make().restore(&[[1 << 41, 1]], None));
    }

    #[test]
    fn only_what_is_there_is_subtracted() {
        let (one, other) = (of(&[5, 5, 7, 100_000]), of(&[5, 7, 7, 9]));
        one.subtract(&other);
        let summary = one.summary();
        assert_eq!((summary.count, summary.min), (2, 5));
        assert!(summary.max >= 99_000);
    }

    #[test]
    fn correction_adds_what_was_omitted() {
        let histogram = of(&[]);
        histogram.record_corrected(100, 10);
        let summary = histogram.summary();
        assert_eq!((summary.count, summary.min, summary.max), (10, 10, 100));
    }
}
