//! The help: keys, signs, and what the plan waits for.

use atlas_migrations_board::{Condition, Kind, Tone};
use ratatui_core::style::Style;

use crate::{abilities::Abilities, canvas::Canvas, scene::Scene, theme::Theme};

const KEYS: [(&str, &str); 11] = [
    ("↑ ↓ PgUp PgDn Home End", "select a row"),
    ("Enter", "everything about it, or each migration of the row"),
    ("Esc", "back; shows all again"),
    ("/", "filter by name, state, cluster, project or ID"),
    ("f", "only what failed, expired or is unclear"),
    ("n", "only what needs you"),
    ("a", "approve its cutover; asks for its name"),
    ("h", "hold it: nothing that changes it is sent"),
    ("y", "copy its migration ID"),
    ("?", "this help"),
    ("q", "stop following; migrations go on in Atlas"),
];

const SIGNS: [(Kind, Tone, &str); 8] = [
    (Kind::Failed, Tone::Broken, "failed or expired"),
    (Kind::Unclear, Tone::Broken, "unclear: a request was sent, no response came"),
    (Kind::Approval, Tone::Yours, "waits for you"),
    (Kind::Held, Tone::Yours, "held by a person"),
    (Kind::CuttingOver, Tone::Moving, "cutting over"),
    (Kind::Waiting, Tone::Moving, "ready, waits for its window or its turn"),
    (Kind::Replicating, Tone::Moving, "goes on by itself"),
    (Kind::Complete, Tone::Done, "complete"),
];

/// Writes the help into the whole screen but its last line.
pub(crate) fn help(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    abilities: Abilities,
    scrolled: usize,
) {
    let (columns, theme) = (canvas.width(), canvas.theme);
    let end = canvas.height().saturating_sub(1);
    let mut lines: Vec<(String, String, Style)> = Vec::new();
    for plan in &scene.board.plans {
        lines.push((
            String::new(),
            format!("{}: {}", plan.pointer.name, plan.title()),
            Theme::bold(),
        ));
        for condition in &plan.conditions {
            lines.push((
                String::new(),
                format!("  {}", text(condition)),
                theme.tone(condition.tone),
            ));
        }
        lines.push(Default::default());
    }
    let keys = KEYS.iter().filter(|(key, _)| abilities.can_decide || !matches!(*key, "a" | "h"));
    for (key, what) in keys {
        lines.push(((*key).to_owned(), (*what).to_owned(), Style::new()));
    }
    lines.push(Default::default());
    for (kind, tone, what) in SIGNS {
        lines.push((theme.glyph(kind).to_owned(), what.to_owned(), theme.tone(tone)));
    }
    lines.push(Default::default());
    let scale = "Histories: the lag over the time in the column's head, on one scale for all rows.";
    lines.push((String::new(), scale.to_owned(), theme.muted()));
    let scrolled = scrolled.min(lines.len().saturating_sub(end));
    for (y, (key, what, style)) in lines.iter().skip(scrolled).take(end).enumerate() {
        let is_sign = key.chars().count() == 1 && !KEYS.iter().any(|(known, _)| known == key);
        let x = match key.as_str() {
            "" => 0,
            _ if columns < 60 => 8,
            _ => 24,
        };
        let key_style = if is_sign { *style } else { Theme::bold() };
        let short = if columns < 60 && key.contains(' ') { "↑ ↓" } else { key };
        canvas.put(1, y, short, columns, key_style);
        canvas.put(x + 1, y, what, columns, if is_sign { Style::new() } else { *style });
    }
}

fn text(condition: &Condition) -> String {
    let names: Vec<_> = condition.about.iter().map(|one| one.name.as_str()).collect();
    let more = if condition.more == 0 { String::new() } else { format!(" +{}", condition.more) };
    let separator = if names.is_empty() { "" } else { ": " };
    format!("{}{more}{separator}{}", names.join(", "), condition.text)
}
