//! How a histogram's values are spread: its quantiles by Harrell and Davis' estimator, and the density between them.
//!
//! The estimator weighs all values in their order by a beta distribution around the quantile's place. Values that share a counter
//! are one step of that order, or (where they are to be *spread*) stand evenly over what the counter holds, so that a quantile
//! is a sum over counters and not over values: `E[x(U)]` for a beta variable `U` and the piecewise linear `x`.
//!
//! No V8, nothing shared: runs on whatever thread.

use libm::{erf, lgamma};

/// Which values that share a counter are spread over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spread {
    /// None: all are the counter's middle.
    None,
    /// Those of counters that hold several values.
    Wide,
    /// Those of counters that hold one, too, which is then half a unit to each side.
    All,
}

/// Quantiles at the probabilities asked for, and how many of them had to be raised to the one before.
pub(crate) struct Quantiles {
    pub(crate) values: Vec<f64>,
    pub(crate) corrections: u32,
}

/// Beyond so many values a beta distribution is taken for a normal one that is a little skewed.
const MANY: f64 = 1e6;
/// A normal variable is not further than so many standard deviations from its mean, as far as sums of doubles show.
const FAR: f64 = 9.0;

/// What one counter adds: the shares of the values below and up to it, and where its values begin and end.
struct Step {
    below: f64,
    up_to: f64,
    low: f64,
    high: f64,
}

/// `counters` are [lowest value, how many values share it, count], in order.
fn steps(counters: &[[u64; 3]], spread: Spread) -> Vec<Step> {
    let all = counters.iter().map(|counter| counter[2]).sum::<u64>() as f64;
    let last = counters.len() - 1;
    let mut seen = 0;
    let step = |(at, [lowest, width, count]): (usize, &[u64; 3])| {
        let (lowest, width) = (*lowest as f64, *width as f64);
        // The middle, as the histogram has it: of a counter for one value, that value.
        let (low, middle, high) = if width > 1.0 {
            (lowest, lowest + (width / 2.0).floor(), lowest + width)
        } else {
            (lowest - 0.5, lowest, lowest + 0.5)
        };
        let is_spread = *count > 1 && (spread == Spread::All || (spread == Spread::Wide && width > 1.0));
        // The least and the largest value stay where the histogram has them, unless they are all there is.
        let (low, high) = match (is_spread, last) {
            (false, _) => (middle, middle),
            (true, 0) => (low, high),
            (true, _) => (if at == 0 { middle } else { low }, if at == last { middle } else { high }),
        };
        let below = seen as f64 / all;
        seen += count;
        Step { below, up_to: seen as f64 / all, low, high }
    };
    counters.iter().enumerate().map(step).collect()
}

/// The quantiles at `probabilities`, which ascend from 0 to 1. None where there are no values.
pub(crate) fn quantiles(counters: &[[u64; 3]], probabilities: &[f64], spread: Spread) -> Quantiles {
    let mut quantiles = Quantiles { values: Vec::new(), corrections: 0 };
    if counters.is_empty() {
        return quantiles;
    }
    let steps = steps(counters, spread);
    let count = counters.iter().map(|counter| counter[2]).sum::<u64>() as f64;
    let mut last = f64::NEG_INFINITY;
    for probability in probabilities {
        let value = quantile(&steps, count, *probability);
        if value < last {
            quantiles.corrections += 1;
        }
        last = value.max(last);
        quantiles.values.push(last);
    }
    quantiles
}

fn quantile(steps: &[Step], count: f64, probability: f64) -> f64 {
    if probability <= 0.0 || count <= 1.0 {
        return steps[0].low;
    }
    if probability >= 1.0 {
        return steps[steps.len() - 1].high;
    }
    if let [only] = steps {
        return only.low + probability * (only.high - only.low);
    }
    let weight = Beta::new(probability * (count + 1.0), (1.0 - probability) * (count + 1.0));
    let [from, to] = weight.support();
    let first = steps.partition_point(|step| step.up_to <= from);
    let mut sum = 0.0;
    let (mut share_below, mut first_below) = (0.0, 0.0);
    for step in &steps[first..] {
        let (share, first) = if step.up_to >= to { (1.0, weight.mean) } else { weight.up_to(step.up_to) };
        let here = share - share_below;
        sum += step.low * here;
        if step.high > step.low {
            // The first moment within the step, from where it begins.
            let along = (first - first_below) - step.below * here;
            sum += (step.high - step.low) * along / (step.up_to - step.below);
        }
        (share_below, first_below) = (share, first);
        if step.up_to >= to {
            break;
        }
    }
    sum
}

/// A beta distribution.
struct Beta {
    a: f64,
    b: f64,
    mean: f64,
    deviation: f64,
    /// ln(1 / B(a, b)).
    scale: f64,
}

impl Beta {
    fn new(a: f64, b: f64) -> Self {
        let (mean, sum) = (a / (a + b), a + b);
        let deviation = (mean * (b / sum) / (sum + 1.0)).sqrt();
        Self { a, b, mean, deviation, scale: lgamma(sum) - lgamma(a) - lgamma(b) }
    }

    /// Outside of this lies nothing that a sum would show.
    fn support(&self) -> [f64; 2] {
        // With few values on one side the tail is longer than a normal one: all of it is looked at.
        if self.a.min(self.b) < 100.0 {
            return [0.0, 1.0];
        }
        [self.mean - 1.2 * FAR * self.deviation, self.mean + 1.2 * FAR * self.deviation]
    }

    /// The share of the distribution up to `x`, and that part's share of its mean.
    fn up_to(&self, x: f64) -> (f64, f64) {
        if x <= 0.0 {
            return (0.0, 0.0);
        }
        if x >= 1.0 {
            return (1.0, self.mean);
        }
        if self.a + self.b > MANY && self.a.min(self.b) > 100.0 {
            return self.nearly_normal(x);
        }
        let share = self.share(x);
        // I(x; a + 1, b) = I(x; a, b) - x^a (1 - x)^b / (a B(a, b)).
        let term = (self.a * x.ln() + self.b * (-x).ln_1p() + self.scale).exp() / self.a;
        (share, self.mean * (share - term).max(0.0))
    }

    fn share(&self, x: f64) -> f64 {
        let front = (self.a * x.ln() + self.b * (-x).ln_1p() + self.scale).exp();
        if x < (self.a + 1.0) / (self.a + self.b + 2.0) {
            front / self.a * fraction(x, self.a, self.b)
        } else {
            1.0 - front / self.b * fraction(1.0 - x, self.b, self.a)
        }
    }

    /// By a normal distribution, corrected for skewness (Edgeworth).
    fn nearly_normal(&self, x: f64) -> (f64, f64) {
        let z = ((x - self.mean) / self.deviation).clamp(-FAR, FAR);
        let sum = self.a + self.b;
        let skewness = 2.0 * (self.b - self.a) * (sum + 1.0).sqrt() / ((sum + 2.0) * (self.a * self.b).sqrt());
        let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let normal = 0.5 * (1.0 + erf(z / std::f64::consts::SQRT_2));
        let share = (normal - skewness / 6.0 * (z * z - 1.0) * density).clamp(0.0, 1.0);
        // The integral of z times the corrected density.
        let first = -density - skewness / 6.0 * z * z * z * density;
        (share, self.mean * share + self.deviation * first)
    }
}

/// The continued fraction of the incomplete beta function, by Lentz's method.
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let kept = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / kept(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for m in 1..100_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / kept(1.0 + even * d);
        c = kept(1.0 + even / c);
        value *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / kept(1.0 + odd * d);
        c = kept(1.0 + odd / c);
        value *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: &[f64], expected: &[f64], within: f64) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= within * expected.abs(), "{found} is not {expected}");
        }
    }

    const AT: [f64; 7] = [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0];

    /// What Node 26.10 gave for the same counters.
    #[test]
    fn quantiles_are_nodes() {
        let counters = [[1, 1, 1], [3000, 2, 3]];
        let found = quantiles(&counters, &AT, Spread::Wide).values;
        let expected = [
            1.0,
            352.82217196511607,
            1291.0914067350288,
            2620.717863570759,
            2975.6400393482945,
            2999.166374404363,
            3001.0,
        ];
        close(&found, &expected, 1e-9);
        let found = quantiles(&counters, &AT, Spread::None).values;
        let expected = [
            1.0,
            352.92040904251485,
            1291.4255979695092,
            2621.245007349517,
            2975.9644357163816,
            2999.2991070673165,
            3001.0,
        ];
        close(&found, &expected, 1e-9);
        let threes = [[3, 1, 3], [7, 1, 3], [9, 1, 3]];
        let expected =
            [3.0, 3.230686379108876, 4.158369219690849, 6.710308387948991, 8.331835161310874, 8.821236600111773, 9.0];
        close(&quantiles(&threes, &AT, Spread::All).values, &expected, 1e-9);
        let wide = [[99_968, 64, 10], [199_936, 128, 10]];
        let expected = [
            100000.0,
            100008.98615487038,
            100842.71721954121,
            149986.75284762325,
            199141.32208664177,
            199984.61393235758,
            200000.0,
        ];
        close(&quantiles(&wide, &AT, Spread::Wide).values, &expected, 1e-9);
    }

    #[test]
    fn one_counter_is_a_line() {
        let expected = [99968.0, 99974.4, 99984.0, 100000.0, 100016.0, 100025.6, 100032.0];
        close(&quantiles(&[[99_968, 64, 10]], &AT, Spread::Wide).values, &expected, 1e-12);
        close(&quantiles(&[[7, 1, 2]], &AT, Spread::All).values, &[6.5, 6.6, 6.75, 7.0, 7.25, 7.4, 7.5], 1e-12);
        close(&quantiles(&[[7, 1, 2]], &AT, Spread::Wide).values, &[7.0; 7], 0.0);
        close(&quantiles(&[[49_984, 32, 1]], &AT, Spread::All).values, &[50000.0; 7], 0.0);
        assert!(quantiles(&[], &AT, Spread::All).values.is_empty());
    }

    #[test]
    fn many_values_are_where_a_uniform_distribution_has_them() {
        for count in [100, 900, 1100, 1_000_000_000] {
            let counters: Vec<_> = (0..1000).map(|value| [value, 1, count]).collect();
            let found = quantiles(&counters, &[0.0, 0.01, 0.5, 0.99, 1.0], Spread::None);
            let expected = [0.0, 9.5, 499.5, 989.5, 999.0];
            for (found, expected) in found.values.iter().zip(expected) {
                assert!((found - expected).abs() < 0.51, "{found} is not {expected} with {count}");
            }
        }
    }

    #[test]
    fn both_ways_to_a_share_agree_where_they_meet() {
        let beta = Beta::new(0.3 * MANY, 0.7 * MANY);
        for z in [-4.0, -1.0, 0.0, 0.5, 3.0] {
            let x = beta.mean + z * beta.deviation;
            let (share, first) = beta.nearly_normal(x);
            assert!((share - beta.share(x)).abs() < 1e-5, "{share} {}", beta.share(x));
            let term = (beta.a * x.ln() + beta.b * (-x).ln_1p() + beta.scale).exp() / beta.a;
            assert!((first - beta.mean * (beta.share(x) - term)).abs() < 1e-5);
        }
    }
}
