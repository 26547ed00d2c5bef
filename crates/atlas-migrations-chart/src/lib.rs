//! Draws the lags of live migrations over time as SVG.
//!
//! A [`Chart`] has one [`Series`] for each migration. Up to six share one plot, with a label at the end of each line.
//! More get a small plot each, with the same axes, the most urgent first. The lag is on a symmetric logarithmic scale
//! that is linear near zero, so that the last minute of a day of catching up is seen.
//!
//! The crate reads no clock, no file and no environment: the same chart always gives the same text. All text from outside
//! is escaped, and characters that control a display are removed.
//!
//! ```
//! use atlas_migrations_chart::{Chart, Mark, MarkKind, Point, Series, Tone};
//!
//! let series = Series::new("orders", Tone::Done, "complete 22:58")
//!     .point(Point::new(0, 21_600))
//!     .point(Point::new(3_600_000, 0))
//!     .mark(Mark::new(3_600_000, MarkKind::Ready));
//! let svg = Chart::new("All complete", jiff::tz::TimeZone::UTC).series(series).to_svg();
//! assert!(svg.starts_with("<svg"));
//! ```

#[cfg(test)]
extern crate self as atlas_migrations_chart;

mod axes;
mod canvas;
mod draw;
mod end_labels;
mod event_rows;
mod marks;
mod model;
mod number;
mod overlay;
mod palette;
mod panels;
mod scale;
#[cfg(test)]
mod tests;
mod text;
mod thin;
mod time;

pub use self::model::{Chart, Mark, MarkKind, Outage, Point, Series, Tone};
pub use self::palette::STYLE;
pub use self::text::clean;
pub use self::time::{day_time_text, duration_text, time_text, zone_text};

/// The examples of the README run as doc tests of this crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
