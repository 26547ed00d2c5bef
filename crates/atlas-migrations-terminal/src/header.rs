//! The first and the last lines: verdict, who needs a person, totals and keys.

use atlas_migrations_board::{Board, Kind, Section, Tone, Verdict};

use crate::{
    arrangement::{Arrangement, TABLE_WIDTH},
    canvas::Canvas,
    query::{Only, Query},
    scene::Scene,
    text::width,
    theme::Theme,
};

/// Writes the verdict and the clock, and who needs a person if there is a second line.
pub(crate) fn header(canvas: &mut Canvas<'_>, scene: &Scene<'_>, arrangement: &Arrangement<'_>) {
    let (columns, theme) = (canvas.width(), canvas.theme);
    let clock = clock(scene, columns);
    let (tag, tone) = tag(scene.board, theme);
    let x = canvas.put(0, 0, &format!(" {tag} "), columns, theme.tag(tone));
    let room = columns.saturating_sub(x + 2 + width(&clock) + 1);
    let title = title(scene.board);
    canvas.put(x + 1, 0, &title, room, Theme::bold());
    canvas.put_right(columns, 0, &clock, theme.muted());
    if let Some(problem) = &scene.published.problem {
        let at = scene.times.moment(scene.published.read_ms).text;
        let text = format!("As of {at}: {problem}");
        let y = usize::from(arrangement.has_heads);
        canvas.put(0, y, &text, columns, theme.row(Tone::Broken));
    } else if arrangement.has_heads {
        canvas.put(x + 1, 1, &who(scene.board), columns.saturating_sub(x + 1), theme.tone(tone));
    }
}

fn clock(scene: &Scene<'_>, columns: usize) -> String {
    let times = scene.times;
    if columns >= TABLE_WIDTH {
        return times.full(times.now_ms);
    }
    format!("{} {}", times.moment(times.now_ms).text, times.zone_name())
}

/// Returns the verdict in a word or a mark.
fn tag(board: &Board, theme: Theme) -> (&'static str, Tone) {
    match board.plans.first().map(|plan| plan.verdict) {
        Some(Verdict::NoGo) => return ("NO GO", Tone::Broken),
        Some(Verdict::Wait) => return ("WAIT", Tone::Yours),
        Some(Verdict::Go) => return ("GO", Tone::Moving),
        Some(Verdict::Over) => return ("OVER", Tone::Done),
        None => {}
    }
    // Without a plan nothing stops anything else: only the worst state is said.
    let worst = board.totals().first().map(|total| (total.kind, total.tone));
    worst.map_or((theme.glyph(Kind::Planned), Tone::Idle), |(kind, tone)| (theme.glyph(kind), tone))
}

fn title(board: &Board) -> String {
    match &board.migrations[..] {
        [] => "No migrations in this journal".to_owned(),
        [one] => format!("{}: {}", one.pointer.name, one.kind.word().to_lowercase()),
        _ => board.heading(),
    }
}

/// Returns those that need a person by name if they are few, else how many are in which state.
fn who(board: &Board) -> String {
    if board.migrations.len() == 1 {
        return String::new();
    }
    let named = board.named();
    if !named.is_empty() {
        let one = |one: &&atlas_migrations_board::Migration| {
            format!("{} {}", one.pointer.name, one.kind.word().to_lowercase())
        };
        return named.iter().map(one).collect::<Vec<_>>().join(" · ");
    }
    let totals = board.totals();
    let needs = totals.iter().filter(|total| matches!(total.tone, Tone::Broken | Tone::Yours));
    let mut texts: Vec<_> = needs.map(count).collect();
    if texts.is_empty() {
        texts = totals.iter().map(count).collect();
    }
    texts.join(" · ")
}

fn count(total: &atlas_migrations_board::Total) -> String {
    format!("{} {}", total.count, total.kind.word().to_lowercase())
}

/// Writes the totals, or what is filtered.
pub(crate) fn totals(canvas: &mut Canvas<'_>, scene: &Scene<'_>, query: &Query, y: usize) {
    let (columns, theme) = (canvas.width(), canvas.theme);
    if query.is_all() {
        canvas.put(0, y, &totals_text(scene.board), columns, theme.muted());
        return;
    }
    let shown = scene.board.migrations.iter().filter(|one| query.matches(one)).count();
    let mut parts = Vec::new();
    match query.only {
        Only::All => {}
        Only::Failed => parts.push("failed only".to_owned()),
        Only::NeedsYou => parts.push("needs you only".to_owned()),
    }
    if let Some(opened) = &query.opened {
        parts.push(format!("{} only", opened.kind.word().to_lowercase()));
    }
    if !query.filter.is_empty() {
        parts.push(format!("filter \"{}\"", query.filter));
    }
    let all = scene.board.migrations.len();
    let text = format!("{}: {shown} of {all} · Esc shows all", parts.join(", "));
    canvas.put(0, y, &text, columns, Theme::bold());
}

/// Returns how many need a person, go on and are done.
pub(crate) fn totals_text(board: &Board) -> String {
    let sections = [
        (Section::NeedsYou, "need you", "needs you"),
        (Section::GoesOn, "go on", "goes on"),
        (Section::Done, "done", "done"),
    ];
    let text = |(section, many, one)| {
        let count = board.migrations.iter().filter(|of| Section::of(of) == section).count();
        (count > 0).then(|| format!("{count} {}", if count == 1 { one } else { many }))
    };
    let texts: Vec<_> = sections.into_iter().filter_map(text).collect();
    texts.join(" · ")
}

/// A key and what it does, and how much it matters: 0 matters most.
pub(crate) type Hint = (&'static str, u8);

/// Writes the keys in their order, those that matter most if there is no room for all.
pub(crate) fn keys(canvas: &mut Canvas<'_>, y: usize, keys: &[Hint]) {
    let (columns, muted) = (canvas.width(), canvas.theme.muted());
    let mut shown = keys.to_vec();
    let line = |shown: &[Hint]| shown.iter().map(|(text, _)| *text).collect::<Vec<_>>().join(" · ");
    while width(&line(&shown)) > columns {
        let least = shown.iter().map(|(_, rank)| *rank).max();
        let Some(at) = shown.iter().rposition(|(_, rank)| Some(*rank) == least) else { break };
        shown.remove(at);
    }
    canvas.put(0, y, &line(&shown), columns, muted);
}
