//! [`Window`]: a window of either kind.

use std::fmt;

use jiff::{SignedDuration, Timestamp, civil::Weekday, tz::TimeZone};
use serde_json::{Value, json};

use super::{fixed::FixedWindow, weekly::WeeklyWindow};

/// A time at which a cutover may start.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Window {
    /// On days of the week.
    Weekly(WeeklyWindow),
    /// Once.
    Fixed(FixedWindow),
}

impl Window {
    /// Returns whether an instant is inside. The margin plays no part.
    pub fn contains(&self, at: Timestamp) -> bool {
        match self {
            Self::Weekly(window) => window.contains(at),
            Self::Fixed(window) => window.contains(at),
        }
    }

    /// Returns whether a cutover may start: the instant is inside, and further from the end than the margin.
    pub fn is_open(&self, at: Timestamp) -> bool {
        match self {
            Self::Weekly(window) => window.is_open(at),
            Self::Fixed(window) => window.is_open(at),
        }
    }

    /// Returns the first instant, from the given one on, at which a cutover may start.
    pub fn next_opening(&self, from: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Weekly(window) => window.next_opening(from),
            Self::Fixed(window) => window.next_opening(from),
        }
    }

    /// Returns the first instant after the given one that is outside. None if the given one is outside.
    pub fn closes_at(&self, at: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Weekly(window) => window.closes_at(at),
            Self::Fixed(window) => window.closes_at(at),
        }
    }

    /// Returns the time before the end in which no cutover starts.
    pub fn margin(&self) -> SignedDuration {
        match self {
            Self::Weekly(window) => window.margin(),
            Self::Fixed(window) => window.margin,
        }
    }

    /// Returns the window that [`canonical`](Self::canonical) wrote. None if it is not one, or its zone is not known here.
    pub fn from_canonical(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let margin = SignedDuration::from_secs(value.get("margin_seconds")?.as_i64()?);
        let (from, to) = (text("from")?, text("to")?);
        let Some(days) = value.get("days") else {
            return FixedWindow::new(from.parse().ok()?, to.parse().ok()?, margin).map(Self::Fixed);
        };
        let days: Option<Vec<_>> =
            days.as_array()?.iter().map(|day| weekday(day.as_str()?)).collect();
        let zone = text("zone")?;
        let zone = (zone, TimeZone::get(zone).ok()?);
        let window = WeeklyWindow::new(days?, from.parse().ok()?, to.parse().ok()?, zone, margin);
        window.ok().map(Self::Weekly)
    }

    /// Returns the window as JSON.
    pub fn canonical(&self) -> Value {
        match self {
            Self::Weekly(window) => {
                let days: Vec<_> = window.days().iter().map(|day| short_name(*day)).collect();
                json!({
                    "days": days,
                    "from": window.from().to_string(),
                    "to": window.to().to_string(),
                    "zone": window.zone_name(),
                    "margin_seconds": window.margin().as_secs(),
                })
            }
            Self::Fixed(window) => json!({
                "from": window.from.to_string(),
                "to": window.to.to_string(),
                "margin_seconds": window.margin.as_secs(),
            }),
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weekly(window) => {
                for (at, day) in window.days().iter().enumerate() {
                    let separator = if at == 0 { "" } else { ", " };
                    write!(formatter, "{separator}{}", short_name(*day))?;
                }
                write!(formatter, " {}–{} {}", window.from(), window.to(), window.zone_name())
            }
            Self::Fixed(window) => write!(formatter, "{} – {}", window.from, window.to),
        }
    }
}

fn weekday(short_name_of: &str) -> Option<Weekday> {
    Weekday::Sunday.cycle_forward().take(7).find(|day| short_name(*day) == short_name_of)
}

fn short_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "mon",
        Weekday::Tuesday => "tue",
        Weekday::Wednesday => "wed",
        Weekday::Thursday => "thu",
        Weekday::Friday => "fri",
        Weekday::Saturday => "sat",
        Weekday::Sunday => "sun",
    }
}
