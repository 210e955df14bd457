//! An axis as plotters knows them: linear, with marks where we say.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use super::Axis;

/// See the module's documentation.
#[derive(Clone)]
pub(super) struct Scale {
    from: f64,
    to: f64,
    marks: Vec<(f64, String)>,
}

impl Scale {
    pub(super) fn of(axis: &Axis) -> Self {
        // An axis without extent would have all values at the same place, which is nowhere.
        let to = if axis.to > axis.from { axis.to } else { axis.from + 1.0 };
        Self { from: axis.from, to, marks: axis.marks.clone() }
    }
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let share = ((value - self.from) / (self.to - self.from)).clamp(0.0, 1.0);
        limit.0 + (share * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.marks.iter().map(|mark| mark.0).collect()
    }

    fn range(&self) -> Range<f64> {
        self.from..self.to
    }
}

impl ValueFormatter<f64> for Scale {
    fn format_ext(&self, value: &f64) -> String {
        self.marks.iter().find(|mark| mark.0 == *value).map(|mark| mark.1.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_placed_and_marked() {
        let marks = vec![(0.0, "low".to_owned()), (10.0, "high".to_owned())];
        let scale = Scale::of(&Axis { label: String::new(), from: 0.0, to: 10.0, marks: marks.clone() });
        let places = [0.0, 5.0, 10.0, 11.0, -1.0].map(|value| scale.map(&value, (100, 0)));
        assert_eq!(places, [100, 50, 0, 0, 100]);
        assert_eq!((scale.format_ext(&10.0), scale.format_ext(&3.0)), ("high".to_owned(), String::new()));
        let flat = Scale::of(&Axis { label: String::new(), from: 2.0, to: 2.0, marks });
        assert_eq!(flat.map(&2.0, (0, 100)), 0);
    }
}
