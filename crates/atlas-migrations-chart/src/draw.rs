//! Draws a chart: the frame around the plots.

use std::fmt::Write as _;

use crate::canvas::{Canvas, Label, MARGIN};
use crate::model::Chart;
use crate::overlay;
use crate::palette::STYLE;
use crate::panels;
use crate::text::{cut, escaped};
use crate::time::{day_time_text, duration_text, zone_text};

/// The largest number of migrations in one plot.
const MAX_SHARED: usize = 6;
/// The largest number of migrations that the description for screen readers names.
const MAX_DESCRIBED: usize = 100;

impl Chart {
    /// Draws the chart as a file: an SVG document with its own style and background.
    pub fn to_svg(&self) -> String {
        standalone(self)
    }

    /// Draws the chart as an element of an HTML page that contains [`STYLE`]. It is as wide as it was drawn, or as the page.
    /// It has no style of its own, so that a page can forbid styles that are not its own.
    pub fn to_inline_svg(&self) -> String {
        inline(self)
    }
}

fn standalone(chart: &Chart) -> String {
    let (canvas, height) = drawn(chart);
    let width = chart.width;
    let style = STYLE;
    let head = head(chart);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"lag-chart\" role=\"img\" width=\"{width}\" \
         height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n{head}<style>\n:root{{color-scheme:light dark}}\n\
         {style}</style>\n<rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n{}</svg>\n",
        canvas.body
    )
}

fn inline(chart: &Chart) -> String {
    let (canvas, height) = drawn(chart);
    let width = chart.width;
    format!(
        "<svg class=\"lag-chart\" role=\"img\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n{}{}</svg>",
        head(chart),
        canvas.body
    )
}

/// Returns the drawing and its height.
pub(crate) fn drawn(chart: &Chart) -> (Canvas, f64) {
    let mut canvas = Canvas::default();
    let room = chart.width - 2.0 * MARGIN;
    let mut y = 30.0;
    let title = cut(&chart.title, room, 19.0);
    canvas.text(&Label::new(&title, MARGIN, y).size(19.0).bold());
    if let Some(subtitle) = &chart.subtitle {
        y += 20.0;
        canvas.text(&Label::new(&cut(subtitle, room, 13.0), MARGIN, y).size(13.0));
    }
    let shows_panels = chart.series.len() > MAX_SHARED;
    for note in notes(chart, shows_panels) {
        y += 18.0;
        let note = cut(&note, room, 12.5);
        canvas.text(&Label::new(&note, MARGIN, y).size(12.5).class("muted"));
    }
    let bottom = if shows_panels {
        panels::draw(&mut canvas, chart, y + 16.0)
    } else {
        overlay::draw(&mut canvas, chart, y + 12.0)
    };
    (canvas, bottom.ceil())
}

/// Returns the lines that say what the axes are.
fn notes(chart: &Chart, shows_panels: bool) -> Vec<String> {
    let time = crate::axes::time_range(chart);
    let zone = zone_text(time.1, &chart.zone);
    let scale = "Lag behind the source, logarithmic above 10 s.";
    let order = if shows_panels { " Same axes in all, most urgent first." } else { "" };
    let mut lines = if chart.width < 640.0 {
        let order = if shows_panels { " Most urgent first." } else { "" };
        vec![format!("Lag, logarithmic above 10 s.{order}"), format!("Times in {zone}.")]
    } else {
        vec![format!("{scale} Times in {zone}.{order}")]
    };
    if chart.is_sparse {
        lines.push(
            "Dots are lags that were recorded; the lines between them are not measured.".to_owned(),
        );
    }
    if let Some(as_of) = chart.as_of {
        lines.push(format!("As of {}; not finished.", day_time_text(as_of, &chart.zone)));
    }
    lines
}

/// Returns the name and the description for screen readers.
fn head(chart: &Chart) -> String {
    let described = chart.series.iter().take(MAX_DESCRIBED).map(|series| {
        let mut text = format!("{}: {}", series.name, series.state);
        let lags = || series.points.iter().filter_map(|point| Some((point.at_ms, point.lag?)));
        let peak = lags().max_by_key(|(_, lag)| *lag);
        let last = lags().max_by_key(|(at_ms, _)| *at_ms);
        for (word, found) in [("largest", peak), ("last", last)] {
            if let Some((at_ms, lag)) = found {
                let (lag, at) = (duration_text(lag), day_time_text(at_ms, &chart.zone));
                // Writing to a string does not fail.
                let _ = write!(text, ", {word} lag {lag} at {at}");
            }
        }
        text
    });
    let mut sentences: Vec<String> = described.collect();
    let unnamed = chart.series.len().saturating_sub(MAX_DESCRIBED);
    if unnamed > 0 {
        sentences.push(format!("and {unnamed} more"));
    }
    format!(
        "<title>{}</title>\n<desc>Lag of live migrations over time. {}.</desc>\n",
        escaped(&chart.title),
        escaped(&sentences.join(". "))
    )
}
