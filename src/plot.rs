//! Plots of figures, as SVG or PNG: panels below each other, with lines and bars. No V8; whoever asks has put the figures on
//! linear scales and says where the marks are. *Threads:* any.

mod draw;
mod png;
mod scale;

use serde::Deserialize;

/// A colour by its red, green and blue.
type Color = [u8; 3];

/// What to draw.
#[derive(Debug, Deserialize)]
pub(crate) struct Plot {
    /// Empty for none.
    title: String,
    /// In pixels; so are heights.
    width: u32,
    background: Color,
    /// Of letters.
    ink: Color,
    /// Of the lines behind the figures.
    grid: Color,
    panels: Vec<Panel>,
}

/// A picture with two axes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Panel {
    title: String,
    height: u32,
    /// Whether the legend stands in the lower corner of the right side, not in the upper one.
    #[serde(default)]
    legend_below: bool,
    x: Axis,
    y: Axis,
    series: Vec<Series>,
}

#[derive(Debug, Deserialize)]
struct Axis {
    label: String,
    from: f64,
    to: f64,
    /// Positions and what stands there.
    marks: Vec<(f64, String)>,
}

/// Figures of one colour.
#[derive(Debug, Deserialize)]
struct Series {
    /// In the legend; none where it is empty.
    name: String,
    color: Color,
    /// A line through these, in pieces.
    #[serde(default)]
    lines: Vec<Vec<(f64, f64)>>,
    /// Rectangles: two opposite corners.
    #[serde(default)]
    bars: Vec<[f64; 4]>,
}

/// The largest picture, in pixels: nobody looks at more, and memory is to hold it.
const LARGEST: u64 = 1 << 26;

/// What a plot cannot be drawn for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlotError {
    /// What was asked for makes no picture.
    #[error("a plot of {0} by {1} pixels cannot be drawn")]
    Size(u64, u64),
    /// The library that draws says so.
    #[error("the plot cannot be drawn: {0}")]
    Drawing(String),
    /// The picture is there, the file format's writer failed.
    #[error("the plot cannot be written: {0}")]
    Encoding(#[from] ::png::EncodingError),
}

impl Plot {
    /// Height of the title's line.
    fn head(&self) -> u32 {
        if self.title.is_empty() { 0 } else { draw::HEAD }
    }

    /// Width and height.
    fn size(&self) -> Result<(u32, u32), PlotError> {
        let height = self.panels.iter().map(|panel| u64::from(panel.height)).sum::<u64>() + u64::from(self.head());
        let width = u64::from(self.width);
        match u32::try_from(height) {
            Ok(whole) if width > 0 && width.saturating_mul(height) <= LARGEST => Ok((self.width, whole)),
            _ => Err(PlotError::Size(width, height)),
        }
    }

    /// The plot as the text of an SVG file.
    pub(crate) fn svg(&self) -> Result<String, PlotError> {
        let mut text = String::new();
        draw::draw(plotters::prelude::SVGBackend::with_string(&mut text, self.size()?), self)?;
        Ok(text)
    }

    /// The plot as the bytes of a PNG file.
    pub(crate) fn png(&self) -> Result<Vec<u8>, PlotError> {
        let (width, height) = self.size()?;
        let mut pixels = vec![0; width as usize * height as usize * 3];
        draw::draw(plotters::prelude::BitMapBackend::with_buffer(&mut pixels, (width, height)), self)?;
        Ok(png::encode(&pixels, width, height)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot() -> Plot {
        let axis = |label: &str, to| Axis {
            label: label.to_owned(),
            from: 0.0,
            to,
            marks: vec![(0.0, "nothing".to_owned()), (to, "all & more".to_owned())],
        };
        let series = Series {
            name: "late".to_owned(),
            color: [200, 10, 20],
            lines: vec![vec![(0.0, 0.0), (5.0, 2.0)], vec![(7.0, 3.0), (10.0, 4.0)]],
            bars: vec![[1.0, 0.0, 2.0, 4.0]],
        };
        let panel = Panel {
            title: "a panel".to_owned(),
            height: 200,
            legend_below: false,
            x: axis("time", 10.0),
            y: axis("ms", 4.0),
            series: vec![series],
        };
        let (background, ink, grid) = ([255; 3], [0; 3], [200; 3]);
        Plot { title: "a plot".to_owned(), width: 320, background, ink, grid, panels: vec![panel] }
    }

    #[test]
    fn svg_has_what_was_asked_for() {
        let text = plot().svg().expect("a picture");
        for part in ["a plot", "a panel", "all &amp; more", "late", "#C80A14", "</svg>"] {
            assert!(text.contains(part), "no {part} in {text}");
        }
    }

    #[test]
    fn png_has_size_colours_and_letters() {
        let bytes = plot().png().expect("a picture");
        let mut reader = ::png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG file");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut pixels).expect("pixels");
        assert_eq!((info.width, info.height), plot().size().expect("a size"));
        let count = |color: Color| pixels.chunks_exact(3).filter(|pixel| *pixel == color).count();
        assert!(count([200, 10, 20]) > 100, "a line, and a bar");
        assert!(count([255; 3]) > 10_000, "much background");
        assert!(count([0; 3]) > 50, "letters");
    }

    #[test]
    fn pictures_that_cannot_be_are_refused() {
        let mut none = plot();
        none.width = 0;
        assert!(matches!(none.svg(), Err(PlotError::Size(0, _))));
        none.width = u32::MAX;
        assert!(matches!(none.png(), Err(PlotError::Size(..))));
    }
}
