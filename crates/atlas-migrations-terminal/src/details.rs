//! Everything about one migration.

use std::time::Duration;

use atlas_migrations_board::{Migration, Tone, duration, events_of, log};
use ratatui_core::style::Style;

use crate::{
    canvas::Canvas,
    history::{self, Span},
    scene::Scene,
    table::rounded,
    text::{short_units, width, wrap},
    theme::Theme,
};

/// Writes everything about a migration into the whole screen but its last line. The events are scrolled.
pub(crate) fn details(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    one: &Migration,
    scrolled: usize,
) {
    let (columns, theme) = (canvas.width(), canvas.theme);
    let end = canvas.height().saturating_sub(1);
    let tone = theme.tone(one.tone());
    let head = format!("{} {}", theme.glyph(one.kind), one.pointer.name);
    let x = canvas.put(0, 0, &head, columns, tone.patch(Theme::bold()));
    let word = format!(": {}", one.kind.word().to_lowercase());
    canvas.put(x, 0, &word, columns, tone.patch(Theme::bold()));
    let clock = scene.times.full(scene.times.now_ms);
    if x + width(&word) + 1 + width(&clock) <= columns {
        canvas.put_right(columns, 0, &clock, theme.muted());
    }
    let mut y = 1;
    for line in wrap(&one.line, columns.saturating_sub(2)) {
        canvas.put(2, y, &line, columns, Style::new());
        y += 1;
    }
    if let Some(next) = &one.next {
        for line in wrap(&format!("→ {next}"), columns.saturating_sub(2)) {
            canvas.put(2, y, &line, columns, tone.patch(Theme::bold()));
            y += 1;
        }
    }
    if let Some(command) = &one.command {
        canvas.put(4, y, command, columns, Style::new());
        y += 1;
    }
    if let Some(warning) = &one.warning {
        canvas.put(2, y, warning, columns, theme.tone(Tone::Yours));
        y += 1;
    }
    if end >= 20 {
        y += 1;
    }
    for text in times(scene, one).into_iter().chain(places(one)) {
        if y + 3 < end || y < 6 {
            canvas.put(2, y, &text, columns.saturating_sub(2), Style::new());
            y += 1;
        }
    }
    let room = end.saturating_sub(y);
    if room >= 14 {
        y += 1 + curve(canvas, scene, one, y + 1, (room / 3).min(10));
    } else if room >= 8 {
        y += 1 + curve(canvas, scene, one, y + 1, 2);
    }
    if end.saturating_sub(y) > 2 && end >= 20 {
        y += 1;
    }
    events(canvas, scene, one, y, end.saturating_sub(y), scrolled);
}

/// Returns where a migration is.
pub(crate) fn places(one: &Migration) -> Vec<String> {
    let mut places = Vec::new();
    places.extend(one.clusters.clone());
    places.extend(one.project.as_ref().map(|project| format!("project {project}")));
    places.extend(one.atlas_id.as_ref().map(|id| format!("ID {id}")));
    places
}

/// Returns the times and the lag of a migration.
pub(crate) fn times(scene: &Scene<'_>, one: &Migration) -> Vec<String> {
    let times = scene.times;
    let mut texts = Vec::new();
    if let Some(lag) = &one.lag {
        let is_over = matches!(one.tone(), Tone::Broken | Tone::Done);
        let last =
            if is_over || one.kind == atlas_migrations_board::Kind::NotSeen { "last " } else { "" };
        texts.push(format!("lag {last}{}, seen {}", short_units(&lag.text), lag.seen.text));
    }
    if let Some(look) = scene.look(one) {
        if let Some(estimate) = look.estimate {
            let at = |ms| times.moment(rounded(ms, times.now_ms)).text;
            let (expected, early, late) =
                (at(estimate.expected_ms), at(estimate.earliest_ms), at(estimate.latest_ms));
            let range = if early == late { String::new() } else { format!(", {early} to {late}") };
            texts.push(format!("ready ~{expected}{range}"));
        }
        texts.extend(look.catch_up_rate.map(rate));
    }
    if let Some(ready) = &one.ready {
        texts.push(format!("ready since {}", ready.text));
    }
    if let Some(deadline) = &one.deadline {
        let by = if deadline.is_latest { "before" } else { "by" };
        texts.push(format!(
            "cut over {by} {}, in {}",
            deadline.at.text,
            short_units(&deadline.left)
        ));
    }
    if let Some(ended) = &one.ended {
        texts.push(format!("ended {}", ended.text));
    }
    if one.attempt > 1 {
        texts.push(format!("start number {}", one.attempt));
    }
    texts
}

/// Returns how much lag is made up in an hour, in whole minutes above 3 minutes.
fn rate(catch_up_rate: f64) -> String {
    let seconds = (catch_up_rate.abs() * 3600.0).min(1e9);
    let seconds = Duration::try_from_secs_f64(seconds).unwrap_or_default().as_secs();
    let seconds = if seconds > 180 { (seconds + 30) / 60 * 60 } else { seconds };
    let text = short_units(&duration(Duration::from_secs(seconds)));
    match catch_up_rate {
        _ if seconds == 0 => "lag stays the same".to_owned(),
        rate if rate > 0.0 => format!("catches up {text} an hour"),
        _ => format!("lag grows {text} an hour"),
    }
}

/// Draws the lag over time with its scale. Returns the number of lines.
pub(crate) fn curve(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    one: &Migration,
    top: usize,
    lines: usize,
) -> usize {
    const LABEL: usize = 8;
    let (columns, theme) = (canvas.width(), canvas.theme);
    let lags = scene.lags(one);
    let (Some(first), Some(highest)) = (lags.first(), lags.iter().map(|point| point.seconds).max())
    else {
        return 0;
    };
    let span = Span::whole(first.at_ms, scene.times.now_ms);
    let width = columns.saturating_sub(LABEL + 2).min(100);
    let drawn = history::curve(&lags, span, width, lines, theme);
    for (index, line) in drawn.iter().enumerate() {
        canvas.put(LABEL, top + index, line, width, theme.tone(Tone::Moving));
    }
    canvas.put(2, top, "Lag", LABEL, theme.muted());
    let y = top + lines;
    let at = scene.times.moment(span.start_ms()).text;
    canvas.put(LABEL, y, &at, width, theme.muted());
    let most = short_units(&duration(Duration::from_secs(highest)));
    let middle = format!("highest {most}");
    if width > 40 {
        canvas.put(LABEL + width / 2 - middle.len() / 2, y, &middle, width, theme.muted());
    }
    let now = scene.times.moment(scene.times.now_ms).text;
    canvas.put_right(LABEL + width, y, &now, theme.muted());
    lines + 1
}

/// Writes the events, the newest first.
pub(crate) fn events(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    one: &Migration,
    top: usize,
    room: usize,
    scrolled: usize,
) {
    let (columns, theme) = (canvas.width(), canvas.theme);
    let lines = lines(scene, one);
    let scrolled = scrolled.min(lines.len().saturating_sub(room));
    let shown: Vec<_> = lines.iter().skip(scrolled).take(room).collect();
    let widest = shown.iter().map(|line| width(&line.at.text)).max().unwrap_or_default();
    for (index, line) in shown.into_iter().enumerate() {
        let y = top + index;
        canvas.put(2, y, &line.at.text, widest, theme.muted());
        let x = 2 + widest + 2;
        let by = format!("  {}", line.who);
        let room = columns.saturating_sub(x);
        let x = canvas.put(x, y, &line.what, room, Style::new());
        if x + width(&by) <= columns {
            canvas.put(x, y, &by, columns, theme.muted());
        }
    }
}

/// Returns the number of events.
pub(crate) fn event_count(scene: &Scene<'_>, one: &Migration) -> usize {
    lines(scene, one).len()
}

fn lines(scene: &Scene<'_>, one: &Migration) -> Vec<atlas_migrations_board::LogLine> {
    let stream = one.pointer.id.parse().ok();
    let records =
        stream.map(|stream| events_of(&scene.published.snapshot, stream)).unwrap_or_default();
    log(records, scene.times)
}
