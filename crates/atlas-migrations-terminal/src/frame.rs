//! [`render`]: one frame of the view.

use ratatui_core::{buffer::Buffer, layout::Rect, style::Style};

use crate::{
    SMALLEST,
    canvas::Canvas,
    details::details,
    header::{header, keys, totals},
    help::help,
    panel::panel,
    scene::Scene,
    table::table,
    theme::Theme,
    view::{Mode, View},
};

const KEYS: [&str; 10] = [
    "↑↓",
    "Enter details",
    "/ filter",
    "f failed",
    "n needs you",
    "a approve",
    "h hold",
    "y copy ID",
    "? help",
    "q quit",
];

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
            let more = ["Esc back", "↑↓ events", "a approve", "h hold", "y copy ID", "q quit"];
            last_line(&mut canvas, view, bottom, &offered(view, &more));
        }
        (Mode::Help, _) => {
            help(&mut canvas, scene, view.abilities, view.scrolled);
            last_line(&mut canvas, view, bottom, &["Esc back", "↑↓ more"]);
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
            let width = canvas.width();
            let short = ["Enter", "/", "f failed", "n", "a", "?", "q"];
            let all: &[&str] = if width < 60 { &short } else { &KEYS };
            last_line(&mut canvas, view, bottom, &offered(view, all));
        }
    }
    frame
}

/// Returns the keys that the command has, the most important first if there is no room for all.
fn offered<'a>(view: &View, keys: &[&'a str]) -> Vec<&'a str> {
    if !view.abilities.has_keys {
        return vec!["Ctrl-C stops following; migrations go on in Atlas"];
    }
    let is_offered =
        |key: &&&str| view.abilities.can_decide || !(key.starts_with("a") || key.starts_with("h "));
    keys.iter().filter(is_offered).copied().collect()
}

/// Writes a question, what is typed, what was done, or the keys.
fn last_line(canvas: &mut Canvas<'_>, view: &View, y: usize, all_keys: &[&str]) {
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
            let about = format!("Approve the cutover {what}? Atlas has no way back. Esc: no.");
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
