//! Reads windows.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, civil::Weekday, tz::TimeZone};

use super::{
    cursor::{Cursor, Fields},
    given::Given,
    values::{duration, text, word},
};
use crate::{
    keys,
    problem::Problem,
    window::{FixedWindow, TimeOfDay, WeeklyWindow, Window},
    yaml::ScalarKind,
};

const MAX_WINDOWS: usize = 100;
const DEFAULT_MARGIN: Duration = Duration::from_mins(15);
const DAYS: &[(&str, Weekday)] = &[
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// Reads a list of windows, each with its place.
pub(super) fn windows(at: &Cursor<'_>) -> Option<Vec<(Problem, Window)>> {
    let items = at.items("a list of windows", MAX_WINDOWS)?;
    let windows: Vec<_> =
        items.iter().map(|at| window(at).map(|window| (at.problem(""), window))).collect();
    windows.into_iter().collect()
}

fn window(at: &Cursor<'_>) -> Option<Window> {
    let fields = at.fields(
        keys::WINDOW,
        "a window, such as {days: [sat], from: \"22:00\", to: \"04:00\", zone: Europe/Berlin}",
    )?;
    let margin = Given::read(fields.get("margin"), |at| {
        duration(at, Duration::ZERO..=Duration::from_hours(24), "15m")
    });
    let margin = margin.or_default(DEFAULT_MARGIN);
    match (fields.get("days"), fields.get("zone")) {
        (None, None) => fixed(&fields, margin).map(Window::Fixed),
        _ => weekly(&fields, margin).map(Window::Weekly),
    }
}

fn weekly(fields: &Fields<'_>, margin: Option<Duration>) -> Option<WeeklyWindow> {
    let days = fields.require("days", "days such as [sat, sun]").and_then(|at| days(&at));
    let from = fields.require("from", "a time such as \"22:00\"").and_then(|at| time(&at));
    let to = fields.require("to", "a time such as \"04:00\"").and_then(|at| time(&at));
    let zone = fields.require("zone", "a time zone such as Europe/Berlin").and_then(|at| zone(&at));
    let margin = SignedDuration::try_from(margin?).ok()?;
    WeeklyWindow::new(days?, from?, to?, zone?, margin)
        .map_err(|error| fields.at().fail(error.to_string()))
        .ok()
}

fn fixed(fields: &Fields<'_>, margin: Option<Duration>) -> Option<FixedWindow> {
    let instant_of = |key: &str| {
        let at = fields.require(key, "an instant, or a time together with `days` and `zone`")?;
        Some((instant(&at)?, at))
    };
    let (from, to) = (instant_of("from"), instant_of("to"));
    let ((from, _), (to, at)) = (from?, to?);
    if to <= from {
        at.fail(if to == from {
            "`from` and `to` are the same, so the window has no length"
        } else {
            "`to` is before `from`"
        });
        return None;
    }
    let window = FixedWindow::new(from, to, SignedDuration::try_from(margin?).ok()?);
    if window.is_none() {
        fields.at().fail(crate::window::InvalidWindow::Margin.to_string());
    }
    window
}

fn days(at: &Cursor<'_>) -> Option<Vec<Weekday>> {
    let items = at.items("a list of days, such as [sat, sun]", 7)?;
    if items.is_empty() {
        at.fail(crate::window::InvalidWindow::NoDay.to_string());
        return None;
    }
    let days: Vec<_> = items.iter().map(|at| word(at, DAYS)).collect();
    days.into_iter().collect()
}

/// Reads a time of a day, in quotes: YAML 1.1 reads `22:00` as the number 1320.
fn time(at: &Cursor<'_>) -> Option<TimeOfDay> {
    const EXPECTED: &str = "a time from \"00:00\" to \"24:00\", in quotes";
    let parsed = at.raw().and_then(|text| text.parse().ok());
    match (at.kind(), parsed) {
        (Some(ScalarKind::Text), Some(time)) if !at.is_plain() => return Some(time),
        (Some(ScalarKind::Text), Some(time)) => {
            let number = time.minutes();
            at.fail(format!(
                "found {time} without quotes, which YAML 1.1 reads as the number {number}; expected \"{time}\""
            ));
        }
        (Some(ScalarKind::Number), _) => {
            at.expected(&format!("{EXPECTED} (YAML 1.1 makes a number of a time without quotes)"));
        }
        _ => at.expected(EXPECTED),
    }
    None
}

fn instant(at: &Cursor<'_>) -> Option<Timestamp> {
    let text = (at.kind() == Some(ScalarKind::Text)).then(|| at.raw()).flatten();
    let instant = text.and_then(|text| text.parse().ok());
    if instant.is_none() {
        let is_time = text.is_some_and(|text| text.parse::<TimeOfDay>().is_ok());
        at.expected(if is_time {
            "`days` and `zone` beside a time, or an instant such as 2026-12-05T22:00:00+01:00"
        } else {
            "an instant with its offset, such as 2026-12-05T22:00:00+01:00"
        });
    }
    instant
}

fn zone(at: &Cursor<'_>) -> Option<(String, TimeZone)> {
    let name = text(at, "a time zone such as Europe/Berlin")?;
    match TimeZone::get(&name) {
        Ok(zone) => {
            let known = zone.iana_name().map(str::to_owned);
            Some((known.unwrap_or(name), zone))
        }
        Err(_) => {
            let zones: Vec<_> =
                jiff::tz::db().available().map(|zone| zone.as_str().to_owned()).collect();
            at.unknown(
                "unknown time zone",
                &name,
                zones.iter().map(String::as_str),
                "a name such as Europe/Berlin or UTC",
            );
            None
        }
    }
}
