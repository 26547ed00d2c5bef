//! The lag over time: one line in the table, and a curve of several lines.

use atlas_migrations_board::{LagPoint, symlog};

use crate::theme::Theme;

/// The spans that a history may have, in milliseconds, and their names.
const SPANS: [(i64, &str); 3] =
    [(10 * MINUTE_MS, "10m"), (60 * MINUTE_MS, "1h"), (180 * MINUTE_MS, "3h")];
const LONGEST: (i64, &str) = (720 * MINUTE_MS, "12h");
const MINUTE_MS: i64 = 60_000;
/// The lag at the top of the scale, in seconds. A longer one looks the same.
const TOP_SECONDS: u64 = 86_400;

/// The time that all histories show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    ms: i64,
    now_ms: i64,
    pub(crate) name: &'static str,
}

impl Span {
    /// Returns the shortest span back to a time, at most 12 hours.
    pub(crate) fn since(first_ms: Option<i64>, now_ms: i64) -> Self {
        let age = first_ms.map_or(i64::MAX, |first_ms| now_ms.saturating_sub(first_ms));
        let found = SPANS.iter().find(|(ms, _)| age <= *ms);
        let (ms, name) = *found.unwrap_or(&LONGEST);
        Self { ms, now_ms, name }
    }

    /// Returns the span from a time until now.
    pub(crate) fn whole(first_ms: i64, now_ms: i64) -> Self {
        Self { ms: now_ms.saturating_sub(first_ms).max(MINUTE_MS), now_ms, name: "" }
    }

    pub(crate) fn start_ms(self) -> i64 {
        self.now_ms.saturating_sub(self.ms)
    }

    /// Returns the largest lag of each column. A column without a look repeats the one before; after the last look and
    /// before the first there is nothing.
    fn columns(self, lags: &[LagPoint], columns: usize) -> Vec<Option<u64>> {
        let mut highest: Vec<Option<u64>> = vec![None; columns];
        let start = self.start_ms();
        let mut before = None;
        for point in lags {
            if point.at_ms < start {
                before = Some(point.seconds);
                continue;
            }
            let at = i128::from(point.at_ms.saturating_sub(start));
            let column = at * columns as i128 / i128::from(self.ms.max(1));
            let column = usize::try_from(column).unwrap_or(0).min(columns.saturating_sub(1));
            if let Some(highest) = highest.get_mut(column) {
                *highest = Some(highest.map_or(point.seconds, |other| other.max(point.seconds)));
            }
        }
        let last = highest.iter().rposition(Option::is_some);
        let mut value = before;
        for column in highest.iter_mut().take(last.map_or(0, |last| last + 1)) {
            value = column.or(value);
            *column = value;
        }
        highest
    }
}

/// Draws the lags in one line.
pub(crate) fn spark(lags: &[LagPoint], span: Span, columns: usize, theme: Theme) -> String {
    let (levels, nothing) = theme.levels();
    if lags.is_empty() {
        return String::new();
    }
    let columns = span.columns(lags, columns);
    let level = |lag: Option<u64>| match lag {
        Some(lag) => levels[level_of(lag, levels.len())],
        None => nothing,
    };
    columns.into_iter().map(level).collect()
}

/// Draws the lags in several lines, the highest first.
pub(crate) fn curve(
    lags: &[LagPoint],
    span: Span,
    columns: usize,
    lines: usize,
    theme: Theme,
) -> Vec<String> {
    let (levels, nothing) = theme.levels();
    let per_line = levels.len();
    let columns = span.columns(lags, columns);
    let line = |below: usize| {
        let mark = |lag: &Option<u64>| match lag {
            None if below == 0 => nothing,
            None => ' ',
            Some(lag) => {
                let level = level_of(*lag, per_line * lines) + 1;
                match level.checked_sub(below * per_line) {
                    None | Some(0) => ' ',
                    Some(level) => levels[level.min(per_line) - 1],
                }
            }
        };
        columns.iter().map(mark).collect()
    };
    (0..lines).rev().map(line).collect()
}

/// Returns the level of a lag on the scale of all histories, from 0.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "levels are few and not negative"
)]
fn level_of(lag: u64, levels: usize) -> usize {
    let share = symlog(lag) / symlog(TOP_SECONDS);
    ((share * levels as f64).ceil() as usize).clamp(1, levels) - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Colors;

    const THEME: Theme = Theme { colors: Colors::None, is_unicode: true };

    fn lags(points: &[(i64, u64)]) -> Vec<LagPoint> {
        let point = |&(minute, seconds): &(i64, u64)| LagPoint { at_ms: minute * 60_000, seconds };
        points.iter().map(point).collect()
    }

    #[test]
    fn all_histories_have_one_scale_and_end_where_the_looks_end() {
        let span = Span::since(Some(0), 60 * 60_000);
        assert_eq!(span.name, "1h");
        let falling = lags(&[(0, 86_400), (15, 3600), (30, 60), (45, 0)]);
        assert_eq!(spark(&falling, span, 8, THEME), "██▆▆▂▂▁╌");
        // A small lag is low even if it is the largest of its migration.
        assert_eq!(spark(&lags(&[(0, 10), (59, 10)]), span, 8, THEME), "▁▁▁▁▁▁▁▁");
        assert_eq!(spark(&[], span, 8, THEME), "");
        let ascii = Theme { is_unicode: false, ..THEME };
        assert_eq!(spark(&falling, span, 8, ascii), "##==.._ ");
    }

    #[test]
    fn a_curve_has_the_same_scale_over_several_lines() {
        let span = Span::since(Some(0), 60 * 60_000);
        let lines = curve(&lags(&[(0, 86_400), (30, 60), (45, 0)]), span, 4, 2, THEME);
        assert_eq!(lines, ["██  ", "██▄▁"]);
    }

    #[test]
    fn hostile_times_draw_something() {
        let span = Span::since(Some(i64::MIN), i64::MAX);
        let lags = [i64::MIN, 0, i64::MAX].map(|at_ms| LagPoint { at_ms, seconds: u64::MAX });
        assert_eq!(spark(&lags, span, 4, THEME).chars().count(), 4);
        assert_eq!(spark(&lags, span, 0, THEME), "");
    }
}
