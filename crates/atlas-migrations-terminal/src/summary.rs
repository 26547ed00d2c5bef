//! [`summary`]: what stays on the screen when the view ends.

use atlas_client_core::sanitize;
use atlas_migrations_board::{Kind, Migration, Tone};

use crate::{
    header::totals_text,
    scene::Scene,
    table::{estimate, state},
    text::{cut_middle, short_units, width},
    theme::Theme,
};

/// The number of migrations that a summary names. More than that fills the screen, and `status` has them all.
const MOST: usize = 100;
const STATE: usize = 24;
const NAME: usize = 40;

/// What stays on the screen: lines, those of migrations with their tone.
#[derive(Clone, Debug, Default)]
pub struct Summary(Vec<(String, Option<Tone>)>);

impl Summary {
    /// Returns the lines. None has a control character.
    pub fn lines(&self) -> impl Iterator<Item = (&str, Option<Tone>)> {
        self.0.iter().map(|(text, tone)| (text.as_str(), *tone))
    }

    /// Adds a line.
    #[must_use]
    pub fn line(mut self, text: &str) -> Self {
        self.0.push((sanitize(text), None));
        self
    }
}

/// Returns the summary: when it ended, the state of each migration as it was last seen with its ID, and what to do next.
pub fn summary(scene: &Scene<'_>, theme: Theme) -> Summary {
    let (board, times) = (scene.board, scene.times);
    let is_over = board.migrations.iter().all(|one| {
        matches!(one.kind, Kind::Complete | Kind::GivenUp | Kind::Failed | Kind::Expired)
    });
    let at = times.full(times.now_ms);
    let first = if is_over {
        format!("Followed to the end at {at}. {}.", board.heading())
    } else {
        format!("Stopped following at {at}. Migrations go on in Atlas.")
    };
    let mut lines = Summary::default().line(&theme.text(&first));
    let shown = &board.migrations[..board.migrations.len().min(MOST)];
    let longest = shown.iter().map(|one| width(&one.pointer.name)).max().unwrap_or_default();
    let longest = longest.min(NAME);
    let rows: Vec<_> = shown.iter().map(|one| cells(scene, one)).collect();
    let second = rows.iter().map(|(_, second)| width(second)).max().unwrap_or_default();
    for (one, (first, more)) in shown.iter().zip(rows) {
        let name = cut_middle(&one.pointer.name, longest);
        let pad = |text: &str, room: usize| {
            format!("{text}{}", " ".repeat(room.saturating_sub(width(text))))
        };
        let (name, first, more) = (pad(&name, longest), pad(&first, STATE), pad(&more, second));
        let id = one.atlas_id.as_deref().unwrap_or_default();
        let text = format!("{} {name}  {first}  {more}  {id}", theme.glyph(one.kind));
        let text = sanitize(theme.text(&text).trim_end());
        lines.0.push((text, Some(one.tone())));
    }
    if shown.len() < board.migrations.len() {
        let more = board.migrations.len() - shown.len();
        lines = lines.line(&theme.text(&format!("… {more} more: atlas-migrations status")));
    }
    if board.migrations.len() > 1 {
        lines = lines.line(&theme.text(&totals_text(board)));
    }
    // What is most urgent has its command; the others have theirs in the table of `status`.
    let next = board.migrations.iter().find(|one| one.needs_person() && one.command.is_some());
    if let Some(command) = next.and_then(|one| one.command.as_ref()) {
        lines = lines.line(&theme.text(&format!("Next: {command}")));
    }
    lines
}

/// Returns the state, and what is known besides.
fn cells(scene: &Scene<'_>, one: &Migration) -> (String, String) {
    let lag = one.lag.as_ref();
    let seen = lag.map(|lag| format!("last seen {}", lag.seen.text)).unwrap_or_default();
    match one.kind {
        Kind::Replicating => {
            let behind = lag.map(|lag| format!("{} behind", short_units(&lag.text)));
            let ready = estimate(scene, one).map(|at| format!("ready ~{at}"));
            (behind.unwrap_or_else(|| state(one, STATE)), ready.unwrap_or(seen))
        }
        Kind::NotSeen => (state(one, STATE), seen),
        Kind::Complete => (state(one, STATE), short_units(&one.brief)),
        _ => {
            let deadline = one.deadline.as_ref().map(|deadline| format!("by {}", deadline.at.text));
            let brief = if one.needs_person() { String::new() } else { short_units(&one.brief) };
            (state(one, STATE), deadline.unwrap_or(brief))
        }
    }
}
