//! A plot on one of plotters' backends.

use std::sync::Once;

use plotters::coord::Shift;
use plotters::element::{PathElement, Rectangle};
use plotters::prelude::{
    ChartBuilder, DrawingArea, DrawingBackend, IntoDrawingArea as _, LineSeries, RGBColor, SeriesLabelPosition,
};
use plotters::style::{Color as _, FontStyle, IntoFont as _, TextStyle, register_font};

use super::scale::Scale;
use super::{Color, Panel, Plot, PlotError};

/// Height of the title's line.
pub(super) const HEAD: u32 = 40;
/// What the font is called, also by SVG, where the reader's own is taken.
const FONT: &str = "sans-serif";
const LETTERS: &[u8] = include_bytes!("../../third_party/font/plot-sans.ttf");

fn failed(error: impl std::fmt::Display) -> PlotError {
    PlotError::Drawing(error.to_string())
}

fn color([red, green, blue]: Color) -> RGBColor {
    RGBColor(red, green, blue)
}

/// Letters of `size` in the plot's colour.
fn letters(plot: &Plot, size: i32) -> TextStyle<'static> {
    (FONT, size).into_font().color(&color(plot.ink))
}

/// Draws all of `plot`.
pub(super) fn draw<B: DrawingBackend>(backend: B, plot: &Plot) -> Result<(), PlotError> {
    static FONT_READY: Once = Once::new();
    // It is ours, and fails in no other way than by being no font, which the tests would have shown.
    FONT_READY.call_once(|| drop(register_font(FONT, FontStyle::Normal, LETTERS)));
    let root = backend.into_drawing_area();
    root.fill(&color(plot.background)).map_err(failed)?;
    let (head, mut rest) = root.split_vertically(plot.head());
    if !plot.title.is_empty() {
        head.draw_text(&plot.title, &letters(plot, 18), (16, 12)).map_err(failed)?;
    }
    for panel in &plot.panels {
        let (area, below) = rest.split_vertically(panel.height);
        draw_panel(&area, panel, plot)?;
        rest = below;
    }
    root.present().map_err(failed)
}

fn draw_panel<B: DrawingBackend>(area: &DrawingArea<B, Shift>, panel: &Panel, plot: &Plot) -> Result<(), PlotError> {
    let mut chart = ChartBuilder::on(area)
        .caption(&panel.title, letters(plot, 14))
        .margin(8)
        .margin_right(24)
        .x_label_area_size(44)
        .y_label_area_size(86)
        .build_cartesian_2d(Scale::of(&panel.x), Scale::of(&panel.y))
        .map_err(failed)?;
    let grid = color(plot.grid);
    chart
        .configure_mesh()
        .bold_line_style(grid.stroke_width(1))
        .light_line_style(grid.mix(0.0))
        .axis_style(color(plot.ink).stroke_width(1))
        .label_style(letters(plot, 12))
        .axis_desc_style(letters(plot, 12))
        .x_desc(&panel.x.label)
        .y_desc(&panel.y.label)
        .draw()
        .map_err(failed)?;
    for series in &panel.series {
        let hue = color(series.color);
        let bars = series.bars.iter().map(|[x0, y0, x1, y1]| Rectangle::new([(*x0, *y0), (*x1, *y1)], hue.filled()));
        chart.draw_series(bars).map_err(failed)?;
        for line in &series.lines {
            chart.draw_series(LineSeries::new(line.iter().copied(), hue.stroke_width(2))).map_err(failed)?;
        }
        if !series.name.is_empty() {
            let none = std::iter::empty::<PathElement<(f64, f64)>>();
            let mark = move |(x, y)| Rectangle::new([(x, y - 5), (x + 12, y + 5)], hue.filled());
            chart.draw_series(none).map_err(failed)?.label(&series.name).legend(mark);
        }
    }
    if panel.series.iter().any(|series| !series.name.is_empty()) {
        chart
            .configure_series_labels()
            .position(if panel.legend_below {
                SeriesLabelPosition::LowerRight
            } else {
                SeriesLabelPosition::UpperRight
            })
            .background_style(color(plot.background).filled())
            .border_style(grid)
            .label_font(letters(plot, 12))
            .draw()
            .map_err(failed)?;
    }
    Ok(())
}
