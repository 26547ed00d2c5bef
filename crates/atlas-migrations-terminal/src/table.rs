//! The table: a row a migration, or a row for many alike.

use atlas_migrations_board::{Kind, Migration, Section, Tone};
use ratatui_core::style::Style;

use crate::{
    abilities::Abilities,
    arrangement::{Arrangement, IDS_WIDTH, TABLE_WIDTH, TIMES_WIDTH},
    canvas::Canvas,
    history::{Span, spark},
    rows::Row,
    scene::Scene,
    text::{cut_middle, names, short_units, width},
    theme::Theme,
};

const STATE: usize = 20;
const LAG: usize = 7;
const TIME: usize = 15;
const NEXT: usize = 22;
const CLUSTERS: usize = 40;
const ID: usize = 24;
/// The glyph and the space behind it.
const MARGIN: usize = 2;

/// The columns of a screen. One that does not fit has width 0.
#[derive(Clone, Copy, Debug)]
struct Columns {
    name: usize,
    state: usize,
    lag: usize,
    history: usize,
    ready: usize,
    deadline: usize,
    next: usize,
    clusters: usize,
    id: usize,
}

impl Columns {
    fn fitting(width: usize, longest_name: usize) -> Self {
        if width < TABLE_WIDTH {
            let name = longest_name.min((width / 2).max(8)).min(width.saturating_sub(MARGIN + 17));
            let state = width.saturating_sub(MARGIN + name + 1);
            let none = Self {
                name,
                state,
                lag: 0,
                history: 0,
                ready: 0,
                deadline: 0,
                next: 0,
                clusters: 0,
                id: 0,
            };
            return none;
        }
        let (history, time) = if width < TIMES_WIDTH { (8, 0) } else { (16, TIME) };
        let (clusters, id) = if width < IDS_WIDTH { (0, 0) } else { (CLUSTERS, ID) };
        let others = [STATE, LAG, history, time, time, clusters, id];
        let taken: usize = others.iter().filter(|width| **width > 0).map(|width| width + 1).sum();
        let room = width.saturating_sub(MARGIN + taken);
        let name = longest_name.clamp(9, room.saturating_sub(NEXT + 1).max(9));
        let next = room.saturating_sub(name + 1);
        let (state, lag) = (STATE, LAG);
        Self { name, state, lag, history, ready: time, deadline: time, next, clusters, id }
    }
}

/// Writes the heads, the rows, and how many are below.
pub(crate) fn table(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    arrangement: &Arrangement<'_>,
    selected: Option<&str>,
    abilities: Abilities,
) {
    let (columns, theme) = (canvas.width(), canvas.theme);
    let longest = scene.board.migrations.iter().map(|one| width(&one.pointer.name)).max();
    let widths = Columns::fitting(columns, longest.unwrap_or_default());
    let place = selected.and_then(|id| arrangement.place(id)).unwrap_or(0);
    let (visible, below) = arrangement.visible(place);
    let rows = arrangement.rows.get(visible.clone()).unwrap_or_default();
    let span = span(scene, rows);
    if arrangement.has_heads && widths.lag > 0 {
        heads(canvas, &widths, span, arrangement.first_row - 1);
    }
    let mut y = arrangement.first_row;
    for (index, row) in visible.clone().zip(rows) {
        let is_selected = selected.is_some() && index == place;
        match row {
            Row::One(one) => {
                single(canvas, scene, &widths, span, one, y, abilities);
            }
            Row::Many { all, is_rest } => many(canvas, all, *is_rest, y),
        }
        if is_selected {
            let name = if columns < TABLE_WIDTH { columns } else { MARGIN + widths.name };
            let name = if matches!(row, Row::Many { .. }) { columns } else { name };
            select(canvas, y, name);
        }
        y += 1;
    }
    if below > 0 {
        let lines = if below == 1 { "line" } else { "lines" };
        canvas.put(0, y, &format!("↓ {below} more {lines}"), columns, theme.muted());
    }
    if scene.board.migrations.is_empty() {
        let text = "Atlas cannot list migrations: only those that this journal knows are shown.";
        canvas.put(MARGIN, arrangement.first_row, text, columns, Style::new());
    } else if arrangement.rows.is_empty() {
        canvas.put(MARGIN, arrangement.first_row, "None. Esc shows all.", columns, Style::new());
    }
}

/// Returns the time that the histories of some rows show. It is the same for all of them.
fn span(scene: &Scene<'_>, rows: &[Row<'_>]) -> Span {
    let firsts = rows.iter().filter_map(|row| match row {
        Row::One(one) => scene.lags(one).first().map(|point| point.at_ms),
        Row::Many { .. } => None,
    });
    Span::since(firsts.min(), scene.times.now_ms)
}

fn heads(canvas: &mut Canvas<'_>, widths: &Columns, span: Span, y: usize) {
    let muted = canvas.theme.muted();
    let last = if widths.history > 8 {
        format!("LAST {}", span.name)
    } else {
        format!("LAST {:<3}", span.name)
    };
    let mut x = MARGIN;
    for (head, width) in [
        ("MIGRATION", widths.name),
        ("STATE", widths.state),
        ("    LAG", widths.lag),
        (&last, widths.history),
        ("READY", widths.ready),
        ("CUT OVER BY", widths.deadline),
        ("WAITS FOR, NEXT", widths.next),
        ("SOURCE → DESTINATION", widths.clusters),
        ("MIGRATION ID", widths.id),
    ] {
        if width > 0 {
            canvas.put(x, y, head, width, muted);
            x += width + 1;
        }
    }
}

fn single(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    widths: &Columns,
    span: Span,
    one: &Migration,
    y: usize,
    abilities: Abilities,
) {
    let theme = canvas.theme;
    let tone = one.tone();
    let row = theme.row(tone);
    canvas.paint(y, row);
    canvas.put(0, y, theme.glyph(one.kind), 1, row.patch(theme.tone(tone)));
    let name = cut_middle(&one.pointer.name, widths.name);
    canvas.put(MARGIN, y, &name, widths.name, row);
    let mut x = MARGIN + widths.name + 1;
    let state_style = row.patch(theme.tone(tone));
    if widths.lag == 0 {
        let state = narrow_state(scene, one, widths.state, abilities);
        canvas.put(x, y, &state, widths.state, state_style);
        return;
    }
    canvas.put(x, y, &state(one, widths.state), widths.state, state_style);
    x += widths.state + 1;
    let (lag, is_old) = lag(one);
    let style = if is_old { row.patch(theme.muted()) } else { row };
    canvas.put_right(x + widths.lag, y, &lag, style);
    x += widths.lag + 1;
    let history = spark(&scene.lags(one), span, widths.history, theme);
    canvas.put(x, y, &history, widths.history, row.patch(theme.tone(Tone::Moving)));
    x += widths.history + 1;
    if widths.ready > 0 {
        let ready = one.ready.as_ref().map(|ready| ready.text.clone());
        let ready = ready.or_else(|| estimate(scene, one).map(|at| format!("~{at}")));
        canvas.put(x, y, &ready.unwrap_or_default(), widths.ready, row);
        x += widths.ready + 1;
        let deadline = one.deadline.as_ref().map_or("", |deadline| &deadline.at.text);
        canvas.put(x, y, deadline, widths.deadline, row);
        x += widths.deadline + 1;
    }
    canvas.put(x, y, &next(scene, one, widths.deadline == 0, abilities), widths.next, row);
    x += widths.next + 1;
    if widths.clusters > 0 {
        let clusters = one.clusters.as_deref().unwrap_or_default();
        canvas.put(x, y, clusters, widths.clusters, row);
        x += widths.clusters + 1;
        canvas.put(x, y, one.atlas_id.as_deref().unwrap_or_default(), widths.id, row);
    }
}

/// Writes many migrations alike, with as many of their names as there is room for.
fn many(canvas: &mut Canvas<'_>, all: &[&Migration], is_rest: bool, y: usize) {
    let (columns, theme) = (canvas.width(), canvas.theme);
    let Some(first) = all.first() else { return };
    let row = theme.row(first.tone());
    canvas.paint(y, row);
    canvas.put(0, y, theme.glyph(first.kind), 1, row.patch(theme.tone(first.tone())));
    let head = format!("{}: ", many_text(first, all.len(), is_rest, columns < TABLE_WIDTH));
    let x = canvas.put(MARGIN, y, &head, columns, row.patch(theme.tone(first.tone())));
    let all: Vec<_> = all.iter().map(|one| one.pointer.name.as_str()).collect();
    canvas.put(x, y, &names(&all, columns.saturating_sub(x)), columns, row);
}

/// Returns what many migrations alike have in common: `22 ready, opens Sun 02:00`.
pub(crate) fn many_text(first: &Migration, count: usize, is_rest: bool, is_narrow: bool) -> String {
    let more = if is_rest { " more" } else { "" };
    let word = first.kind.word().to_lowercase();
    let what = match first.kind {
        Kind::Waiting if !first.brief.is_empty() => format!("ready, {}", first.brief),
        Kind::Approval if is_narrow => "approval".to_owned(),
        _ => word,
    };
    let is_near = first.needs_person() && Section::of(first) == Section::NeedsYou;
    let near = if is_near && first.kind.tone() == Tone::Moving { ", deadline near" } else { "" };
    format!("{count}{more} {what}{near}")
}

/// Shows the selection, which has to be seen without colors too.
fn select(canvas: &mut Canvas<'_>, y: usize, columns: usize) {
    for x in 0..columns {
        if let (Ok(x), Ok(y)) = (u16::try_from(x), u16::try_from(y))
            && let Some(cell) = canvas.frame.cell_mut((x, y))
        {
            cell.set_style(Theme::selected(Style::new()));
        }
    }
}

/// Returns the state with its time, as far as there is room.
pub(crate) fn state(one: &Migration, room: usize) -> String {
    let word = one.kind.word().to_lowercase();
    let since = one.since.as_ref().map(|since| since.text.as_str());
    let with_time = match (one.kind, since) {
        (Kind::Unclear | Kind::Failed | Kind::Expired | Kind::Complete, Some(at)) => {
            format!("{word} {at}")
        }
        (Kind::NotSeen | Kind::Held | Kind::Ready, Some(at)) => format!("{word} since {at}"),
        _ => word.clone(),
    };
    if width(&with_time) <= room { with_time } else { word }
}

/// Returns state and next step in one, for a narrow screen.
fn narrow_state(scene: &Scene<'_>, one: &Migration, room: usize, abilities: Abilities) -> String {
    let text = match one.kind {
        Kind::Unclear => "unclear: Enter".to_owned(),
        Kind::NotSeen => {
            let since = one.since.as_ref().map(|since| format!(" {}", since.text));
            format!("not seen{}", since.unwrap_or_default())
        }
        Kind::Approval if abilities.can_decide => {
            format!("{}, press a", one.brief.replace(" approvals", ""))
        }
        Kind::Approval => format!("approvals {}", one.brief.replace(" approvals", "")),
        Kind::Waiting => one.brief.clone(),
        Kind::Replicating => {
            let lag = one.lag.as_ref().map(|lag| short_units(&lag.text));
            let ready = estimate(scene, one).map(|at| format!("~{at}"));
            match (lag, ready) {
                (Some(lag), Some(at)) => format!("{lag}, {at}"),
                (Some(lag), None) => format!("{lag} behind"),
                _ => "replicating".to_owned(),
            }
        }
        _ => state(one, room),
    };
    if width(&text) <= room { text } else { one.kind.word().to_lowercase() }
}

/// Returns the lag, and whether it is an old one.
fn lag(one: &Migration) -> (String, bool) {
    let is_over = matches!(one.tone(), Tone::Broken | Tone::Done | Tone::Idle)
        || matches!(one.kind, Kind::CuttingOver | Kind::Complete | Kind::GivenUp);
    match &one.lag {
        Some(lag) if !is_over => (short_units(&lag.text), one.kind == Kind::NotSeen),
        _ => ("–".to_owned(), true),
    }
}

/// Returns when it is expected to be ready, rounded as far as the estimate is vague.
pub(crate) fn estimate(scene: &Scene<'_>, one: &Migration) -> Option<String> {
    if one.kind != Kind::Replicating {
        return None;
    }
    let at_ms = scene.look(one)?.estimate?.expected_ms;
    Some(scene.times.moment(rounded(at_ms, scene.times.now_ms)).text)
}

/// Rounds a time to 1 min below 30 min ahead, to 5 min below 3 h, and to 15 min beyond.
pub(crate) fn rounded(at_ms: i64, now_ms: i64) -> i64 {
    const MINUTE_MS: i64 = 60_000;
    let minutes = match at_ms.saturating_sub(now_ms) / MINUTE_MS {
        ..30 => 1,
        30..180 => 5,
        _ => 15,
    };
    let step = minutes * MINUTE_MS;
    at_ms.saturating_add(step / 2).div_euclid(step).saturating_mul(step)
}

/// Returns what it waits for, or what to do next.
fn next(scene: &Scene<'_>, one: &Migration, has_deadline: bool, abilities: Abilities) -> String {
    let by = one.deadline.as_ref().filter(|_| has_deadline && one.warning.is_some());
    if let Some(deadline) = by {
        return format!("by {}!", deadline.at.text);
    }
    match one.kind {
        Kind::Approval if abilities.can_decide => {
            format!("{}, press a", one.brief.replace(" approvals", ""))
        }
        Kind::Replicating if !one.brief.is_empty() => one.brief.clone(),
        Kind::Replicating if one.warning.is_some() => {
            let warning = one.warning.as_deref().unwrap_or_default();
            warning.split(':').next().unwrap_or_default().to_owned()
        }
        Kind::Replicating => match (estimate(scene, one), rate(scene, one)) {
            (Some(at), _) => format!("ready ~{at}"),
            (None, Some(rate)) if rate < 0.0 => "lag grows".to_owned(),
            (None, Some(_)) => "too early to tell".to_owned(),
            (None, None) => "catches up".to_owned(),
        },
        _ => short_units(&one.brief),
    }
}

fn rate(scene: &Scene<'_>, one: &Migration) -> Option<f64> {
    scene.look(one)?.catch_up_rate
}
