//! [`render`]: one frame of the view.

use ratatui_core::{buffer::Buffer, layout::Rect, style::Style};

use crate::{
    SMALLEST,
    canvas::Canvas,
    details::details,
    header::{Hint, header, keys, totals},
    help::help,
    panel::panel,
    scene::Scene,
    table::table,
    text::width,
    theme::Theme,
    view::{Mode, View},
};

const KEYS: [Hint; 10] = [
    ("↑↓", 2),
    ("Enter details", 0),
    ("/ filter", 0),
    ("f failed", 1),
    ("n needs you", 4),
    ("a approve", 2),
    ("h hold", 4),
    ("y copy ID", 5),
    ("? help", 0),
    ("q quit", 0),
];
const SHORT_KEYS: [Hint; 7] =
    [("Enter", 0), ("/", 1), ("f failed", 1), ("n", 2), ("a", 1), ("?", 0), ("q", 0)];
const DETAILS_KEYS: [Hint; 6] = [
    ("Esc back", 0),
    ("↑↓ events", 1),
    ("a approve", 1),
    ("h hold", 2),
    ("y copy ID", 3),
    ("q quit", 1),
];
const HELP_KEYS: [Hint; 2] = [("Esc back", 0), ("↑↓ more", 1)];

/// Returns one frame of the view, as large as the terminal.
pub fn render(scene: &Scene<'_>, view: &View, theme: Theme, columns: u16, lines: u16) -> Buffer {
    let mut frame = Buffer::empty(Rect::new(0, 0, columns, lines));
    let mut canvas = Canvas { frame: &mut frame, theme };
    if columns < SMALLEST.0 || lines < SMALLEST.1 {
        too_small(&mut canvas, scene);
        return frame;
    }
    let bottom = canvas.height() - 1;
    let subject = view.subject(scene.board);
    match (&view.mode, subject) {
        (Mode::Details, Some(one)) => {
            details(&mut canvas, scene, one, view.scrolled);
            last_line(&mut canvas, view, bottom, &offered(view, &DETAILS_KEYS));
        }
        (Mode::Help, _) => {
            help(&mut canvas, scene, view.abilities, view.scrolled);
            last_line(&mut canvas, view, bottom, &HELP_KEYS);
        }
        _ => {
            let selected = subject.map(|one| one.pointer.id.as_str());
            let arrangement = view.arrangement(scene.board);
            header(&mut canvas, scene, &arrangement);
            table(&mut canvas, scene, &arrangement, selected, view.abilities);
            let row = selected.and_then(|id| arrangement.place(id));
            if let Some(row) = row.and_then(|place| arrangement.rows.get(place)) {
                let top = arrangement.first_row + arrangement.table;
                panel(&mut canvas, scene, row, top, arrangement.panel);
            }
            totals(&mut canvas, scene, &view.query, bottom - 1);
            let all: &[Hint] = if canvas.width() < 60 { &SHORT_KEYS } else { &KEYS };
            last_line(&mut canvas, view, bottom, &offered(view, all));
        }
    }
    frame
}

/// Returns the keys that the command has.
fn offered(view: &View, keys: &[Hint]) -> Vec<Hint> {
    if !view.abilities.has_keys {
        return vec![("Ctrl-C stops following; migrations go on in Atlas", 0)];
    }
    let is_offered = |(key, _): &&Hint| {
        view.abilities.can_decide || !(key.starts_with('a') || key.starts_with('h'))
    };
    keys.iter().filter(is_offered).copied().collect()
}

/// Writes a question, what is typed, what was done, or the keys.
fn last_line(canvas: &mut Canvas<'_>, view: &View, y: usize, all_keys: &[Hint]) {
    let columns = canvas.width();
    let bold = Theme::bold();
    match &view.mode {
        Mode::Filter => {
            let x = canvas.put(0, y, &format!("/{}", view.query.filter), columns, bold);
            let x = canvas.put(x, y, " ", columns, Theme::selected(Style::new()));
            canvas.put(x + 1, y, "Enter keeps it, Esc clears it", columns, canvas.theme.muted());
        }
        Mode::ApproveName(subject, typed) => {
            let what = subject.clusters.as_ref().unwrap_or(&subject.name);
            let mut about = format!("Approve the cutover {what}? Atlas has no way back. Esc: no.");
            if width(&about) > columns {
                about = format!("Approve {what}? Esc: no");
            }
            question(canvas, y, &about, &format!("Type its name, {}: {typed}", subject.name));
        }
        Mode::ApproveSure(subject) => {
            let about = format!("Approve the cutover of {}. It may run at once.", subject.name);
            question(canvas, y, &about, "Sure? y approves, any other key does not ");
        }
        Mode::HoldSure(subject) => {
            let about = format!("Hold {}: its cutover is not sent until released.", subject.name);
            question(canvas, y, &about, "Sure? y holds it, any other key does not ");
        }
        _ => match &view.notice {
            Some(notice) => {
                canvas.put(0, y, notice, columns, bold);
            }
            None => keys(canvas, y, all_keys),
        },
    }
}

fn question(canvas: &mut Canvas<'_>, y: usize, about: &str, asked: &str) {
    let columns = canvas.width();
    let bold = Theme::bold();
    let line = " ".repeat(columns);
    for (y, text) in [(y.saturating_sub(1), about), (y, asked)] {
        canvas.put(0, y, &line, columns, Style::new());
        let x = canvas.put(0, y, text, columns, bold);
        if text == asked {
            canvas.put(x, y, " ", columns, Theme::selected(Style::new()));
        }
    }
}

fn too_small(canvas: &mut Canvas<'_>, scene: &Scene<'_>) {
    let columns = canvas.width();
    canvas.put(0, 0, &scene.board.heading(), columns, Theme::bold());
    let (least_columns, least_lines) = SMALLEST;
    let text = format!("The view needs {least_columns} × {least_lines}.");
    canvas.put(0, 1, &text, columns, Style::new());
}
