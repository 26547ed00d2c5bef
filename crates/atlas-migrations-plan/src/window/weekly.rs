//! [`WeeklyWindow`]: a window on days of the week, in a time zone.

use std::{fmt, str::FromStr};

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime, Time, Weekday},
    tz::TimeZone,
};

const MINUTES_A_DAY: u16 = 24 * 60;

/// The number of changes that are looked at. A week has at most 15 boundaries of a window; a window that a change of the
/// clock skips opens a week later.
const MAX_CHANGES: usize = 400;

/// A minute of a day, from `00:00` to `24:00`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct TimeOfDay(u16);

/// A window on days of the week.
///
/// An instant is inside when its local time is between `from` (inside) and `to` (outside). If `to` is not after `from`, the
/// window goes over midnight and belongs to the day of `from`. A local time that a change of the clock repeats is inside both
/// times; one that it skips never is.
#[derive(Clone, Debug, PartialEq)]
pub struct WeeklyWindow {
    days: Vec<Weekday>,
    from: TimeOfDay,
    to: TimeOfDay,
    zone_name: String,
    zone: TimeZone,
    margin: SignedDuration,
}

/// Says why a weekly window is not valid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum InvalidWindow {
    /// There is no day.
    NoDay,
    /// `from` and `to` are the same time.
    Empty,
    /// `from` is `24:00`, which is on the next day.
    FromMidnight,
    /// No cutover can start: the margin is as long as the window.
    Margin,
}

impl fmt::Display for InvalidWindow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoDay => "there is no day; expected at least one of mon, tue, wed, thu, fri, sat, sun",
            Self::Empty => {
                "`from` and `to` are the same time, so the window has no length; for a whole day write from: \"00:00\", to: \"24:00\""
            }
            Self::FromMidnight => "`from` is 24:00; write 00:00 and the next day",
            Self::Margin => {
                "no cutover can start in the window, because its margin is as long as the window; expected a shorter margin"
            }
        })
    }
}

impl std::error::Error for InvalidWindow {}

impl TimeOfDay {
    /// Returns the minutes since midnight.
    pub fn minutes(self) -> u16 {
        self.0
    }

    fn seconds(self) -> i64 {
        i64::from(self.0) * 60
    }
}

impl FromStr for TimeOfDay {
    type Err = String;

    /// Parses `HH:MM`.
    fn from_str(text: &str) -> Result<Self, String> {
        let two_digits = |part: &str| {
            (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| part.parse::<u16>().ok())
                .flatten()
        };
        let parts = text
            .split_once(':')
            .and_then(|(hours, minutes)| Some((two_digits(hours)?, two_digits(minutes)?)));
        match parts {
            Some((hours, minutes)) if minutes < 60 && hours * 60 + minutes <= MINUTES_A_DAY => {
                Ok(Self(hours * 60 + minutes))
            }
            _ => Err("expected a time from \"00:00\" to \"24:00\"".to_owned()),
        }
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl WeeklyWindow {
    /// Creates a window. The zone has the name under which it is shown.
    ///
    /// # Errors
    /// The window has no day, no length, or no time in which a cutover may start.
    pub fn new(
        days: impl IntoIterator<Item = Weekday>,
        from: TimeOfDay,
        to: TimeOfDay,
        zone: (impl Into<String>, TimeZone),
        margin: SignedDuration,
    ) -> Result<Self, InvalidWindow> {
        let mut days: Vec<_> = days.into_iter().collect();
        days.sort_by_key(|day| day.to_monday_zero_offset());
        days.dedup();
        let margin = margin.max(SignedDuration::ZERO);
        let window = Self { days, from, to, zone_name: zone.0.into(), zone: zone.1, margin };
        if window.days.is_empty() {
            Err(InvalidWindow::NoDay)
        } else if from == to {
            Err(InvalidWindow::Empty)
        } else if from.0 == MINUTES_A_DAY {
            Err(InvalidWindow::FromMidnight)
        } else if window.length() <= margin && !window.is_contiguous() {
            Err(InvalidWindow::Margin)
        } else {
            Ok(window)
        }
    }

    /// Returns the days, from Monday on.
    pub fn days(&self) -> &[Weekday] {
        &self.days
    }

    /// Returns the first minute inside.
    pub fn from(&self) -> TimeOfDay {
        self.from
    }

    /// Returns the first minute after it.
    pub fn to(&self) -> TimeOfDay {
        self.to
    }

    /// Returns the name of the time zone.
    pub fn zone_name(&self) -> &str {
        &self.zone_name
    }

    /// Returns the time zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Returns the time before the end in which no cutover starts.
    pub fn margin(&self) -> SignedDuration {
        self.margin
    }

    /// Returns the length on a day without a change of the clock.
    pub fn length(&self) -> SignedDuration {
        let seconds = self.to.seconds() - self.from.seconds();
        let day = i64::from(MINUTES_A_DAY) * 60;
        SignedDuration::from_secs(if seconds > 0 { seconds } else { seconds + day })
    }

    /// Returns whether an instant is inside.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.contains_local(self.zone.to_datetime(at))
    }

    /// Returns whether a cutover may start: the instant is inside, and further from the end than the margin.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.closes_at(at).is_some_and(|end| end.duration_since(at) > self.margin)
    }

    /// Returns the first instant, from the given one on, at which a cutover may start. None if there is none within years.
    pub fn next_opening(&self, from: Timestamp) -> Option<Timestamp> {
        if self.is_open(from) {
            return Some(from);
        }
        self.changes(from).find(|at| self.is_open(*at))
    }

    /// Returns the first instant after the given one that is outside. None if the given one is outside, or if the window has no
    /// end.
    pub fn closes_at(&self, at: Timestamp) -> Option<Timestamp> {
        if !self.contains(at) {
            return None;
        }
        self.changes(at)
            .find(|at| !self.contains(*at))
            .or_else(|| self.is_always().then_some(Timestamp::MAX))
    }

    /// Returns the local time at which the window of a day begins.
    pub(crate) fn start_on(&self, date: Date) -> Option<DateTime> {
        at_time(date, self.from)
    }

    /// Returns the local time at which the window of a day ends, if it does not go over midnight.
    pub(crate) fn end_on(&self, date: Date) -> Option<DateTime> {
        at_time(date, self.to)
    }

    /// Returns whether a local time is inside.
    fn contains_local(&self, local: DateTime) -> bool {
        let time = seconds_of(local.time());
        let (from, to) = (self.from.seconds(), self.to.seconds());
        // The part of a second cannot change a comparison with whole minutes.
        if from < to {
            return self.has(local.date()) && from <= time && time < to;
        }
        (self.has(local.date()) && from <= time)
            || (time < to && local.date().yesterday().is_ok_and(|before| self.has(before)))
    }

    /// Returns the instants after the given one at which the window can open or close, in order.
    fn changes(&self, after: Timestamp) -> impl Iterator<Item = Timestamp> {
        std::iter::successors(self.next_change(after), |at| self.next_change(*at)).take(MAX_CHANGES)
    }

    /// Returns the next instant at which the clock changes, or the local time is `from` or `to`.
    ///
    /// The offset is the same until the next change of the clock, so that local time goes on evenly until then.
    fn next_change(&self, after: Timestamp) -> Option<Timestamp> {
        let offset = self.zone.to_offset(after);
        let local = offset.to_datetime(after);
        let boundary = [local.date(), local.date().tomorrow().ok()?]
            .into_iter()
            .flat_map(|date| [self.from, self.to].map(|time| (date, time)))
            .filter_map(|(date, time)| offset.to_timestamp(at_time(date, time)?).ok())
            .filter(|at| *at > after)
            .min()?;
        let clock_change = self.zone.following(after).next().map(|change| change.timestamp());
        Some(clock_change.map_or(boundary, |change| boundary.min(change)))
    }

    fn has(&self, date: Date) -> bool {
        self.days.contains(&date.weekday())
    }

    /// Returns whether the window of a day can touch that of the next day.
    fn is_contiguous(&self) -> bool {
        self.length() == SignedDuration::from_hours(24) && self.days.len() > 1
    }

    fn is_always(&self) -> bool {
        self.length() == SignedDuration::from_hours(24) && self.days.len() == 7
    }
}

fn seconds_of(time: Time) -> i64 {
    i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second())
}

fn at_time(date: Date, time: TimeOfDay) -> Option<DateTime> {
    let midnight = date.to_datetime(Time::midnight());
    midnight.checked_add(SignedDuration::from_secs(time.seconds())).ok()
}
