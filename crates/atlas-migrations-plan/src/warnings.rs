//! What is not wrong in a plan, and still surprises.

use jiff::{SignedDuration, Timestamp, civil::Date};

use crate::{
    plan::Plan,
    problem::Problem,
    window::{WeeklyWindow, Window},
};

/// How far ahead windows are looked at.
const HORIZON: SignedDuration = SignedDuration::from_hours(2 * 365 * 24);

impl Plan {
    /// Returns what the plan warns of at a given time, ordered by place: windows that a change of the clock skips or that are
    /// over, and cutovers without approval.
    pub fn warnings(&self, now: Timestamp) -> Vec<Problem> {
        let mut warnings = self.notes.clone();
        for (at, window) in &self.windows {
            let message = match window {
                Window::Weekly(window) => missing_day(window, now).map(|date| {
                    let (from, to) = (window.from(), window.to());
                    format!("{from}–{to} does not exist on {date}, when the clock is set forward; the window does not open that day")
                }),
                Window::Fixed(window) if window.to <= now => {
                    Some(format!("the window ended at {}; it does not open again", window.to))
                }
                Window::Fixed(_) => None,
            };
            warnings.extend(message.map(|message| Problem { message, ..at.clone() }));
        }
        warnings.sort_by_key(|warning| warning.place);
        warnings
    }
}

/// Returns the first day within two years whose window a change of the clock skips wholly.
fn missing_day(window: &WeeklyWindow, now: Timestamp) -> Option<Date> {
    let until = now.checked_add(HORIZON).ok()?;
    let mut changes = window.zone().following(now).take_while(|change| change.timestamp() < until);
    changes.find_map(|change| {
        let at = change.timestamp();
        let before = window.zone().to_offset(at.checked_sub(SignedDuration::from_nanos(1)).ok()?);
        // The local times from the first to the second are skipped. The second is not after the first if times repeat.
        let skipped = (before.to_datetime(at), change.offset().to_datetime(at));
        let date = skipped.0.date();
        let is_skipped = window.from() < window.to()
            && window.days().contains(&date.weekday())
            && window.start_on(date)? >= skipped.0
            && window.end_on(date)? <= skipped.1;
        is_skipped.then_some(date)
    })
}
