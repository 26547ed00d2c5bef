//! What is known of the selected row, below the table.

use atlas_migrations_board::{Migration, Tone};
use ratatui_core::style::Style;

use crate::{
    canvas::Canvas,
    details,
    rows::Row,
    scene::Scene,
    table::many_text,
    text::{names, width, wrap},
    theme::Theme,
};

/// The lines that a curve needs, without its times.
const CURVE_LINES: usize = 4;

/// Writes what is known of a row into some lines: what is true, what to do next, and more if there is room.
pub(crate) fn panel(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    row: &Row<'_>,
    top: usize,
    lines: usize,
) {
    let Some(first) = row.first() else { return };
    let mut writer = Writer { canvas, y: top, end: top + lines };
    if lines >= 4 {
        writer.y += 1;
    }
    if lines == 1
        && let Some(next) = &first.next
    {
        // The row says what is true.
        let style = writer.canvas.theme.tone(first.tone()).patch(Theme::bold());
        return writer.line(2, &format!("→ {next}"), style);
    }
    match row {
        Row::One(one) => single(&mut writer, scene, one, lines),
        Row::Many { all, .. } => many(&mut writer, first, all),
    }
}

/// Writes lines until there is no room.
struct Writer<'a, 'b> {
    canvas: &'a mut Canvas<'b>,
    y: usize,
    end: usize,
}

impl Writer<'_, '_> {
    fn room(&self) -> usize {
        self.end.saturating_sub(self.y)
    }

    fn line(&mut self, x: usize, text: &str, style: Style) {
        if self.room() > 0 {
            let room = self.canvas.width().saturating_sub(x);
            self.canvas.put(x, self.y, text, room, style);
            self.y += 1;
        }
    }

    /// Writes what is true, behind a bold name.
    fn statement(&mut self, name: &str, text: &str, most: usize) {
        let columns = self.canvas.width();
        let head = format!("{name}: ");
        let lines = wrap(&format!("{head}{text}"), columns);
        for (index, line) in lines.iter().take(most.min(self.room())).enumerate() {
            let y = self.y;
            self.canvas.put(0, y, line, columns, Style::new());
            if index == 0 {
                self.canvas.put(0, y, name, width(name).min(columns), Theme::bold());
            }
            self.y += 1;
        }
    }

    /// Writes the imperative and its command: in one line if there is room.
    fn next_step(&mut self, tone: Tone, next: Option<&str>, command: Option<&str>) {
        let (columns, theme) = (self.canvas.width(), self.canvas.theme);
        let bold = theme.tone(tone).patch(Theme::bold());
        let Some(next) = next else { return };
        let text = format!("→ {next}");
        let command = command.unwrap_or_default();
        if 2 + width(&text) + 2 + width(command) <= columns {
            if self.room() > 0 {
                let x = self.canvas.put(2, self.y, &text, columns, bold);
                self.canvas.put(x + 2, self.y, command, columns, Style::new());
                self.y += 1;
            }
            return;
        }
        for line in wrap(&text, columns.saturating_sub(2)) {
            self.line(2, &line, bold);
        }
        if !command.is_empty() {
            self.line(4.min(columns / 10), command, Style::new());
        }
    }
}

fn single(writer: &mut Writer<'_, '_>, scene: &Scene<'_>, one: &Migration, lines: usize) {
    let muted = writer.canvas.theme.muted();
    let most = if lines >= 5 { 2 } else { 1 };
    writer.statement(&one.pointer.name, &one.line, most);
    writer.next_step(one.tone(), one.next.as_deref(), one.command.as_deref());
    if let Some(warning) = &one.warning {
        writer.line(2, warning, writer.canvas.theme.tone(Tone::Yours));
    }
    let columns = writer.canvas.width();
    let places = details::places(one);
    let whole = places.join("  ");
    if width(&whole) + 4 <= columns {
        writer.line(4, &whole, muted);
    } else {
        for place in &places {
            writer.line(4.min(columns / 10), place, muted);
        }
    }
    let times = details::times(scene, one);
    if writer.room() > 1 {
        for line in wrap(&times.join(" · "), columns.saturating_sub(4)) {
            writer.line(4.min(columns / 10), &line, Style::new());
        }
    }
    if writer.room() > CURVE_LINES + 2 {
        let drawn = details::curve(writer.canvas, scene, one, writer.y + 1, CURVE_LINES);
        writer.y += drawn + usize::from(drawn > 0);
    }
    if writer.room() > 2 {
        writer.y += 1;
        let (y, room) = (writer.y, writer.room());
        details::events(writer.canvas, scene, one, y, room, 0);
    }
}

fn many(writer: &mut Writer<'_, '_>, first: &Migration, all: &[&Migration]) {
    let columns = writer.canvas.width();
    let head = many_text(first, all.len(), false, false);
    let line = match first.needs_person() {
        false => "Enter shows each of them.".to_owned(),
        true if all.iter().all(|one| one.line == first.line) => first.line.clone(),
        true => format!("such as {}: {}", first.pointer.name, first.line),
    };
    writer.statement(&head, &line, 2);
    writer.next_step(first.tone(), first.next.as_deref(), first.command_for_all.as_deref());
    let mut rest: Vec<_> = all.iter().map(|one| one.pointer.name.as_str()).collect();
    while writer.room() > 0 && !rest.is_empty() {
        let is_last = writer.room() == 1;
        let mut line = String::new();
        let mut taken = 0;
        for name in &rest {
            let separator = if taken == 0 { "" } else { ", " };
            if taken > 0 && width(&line) + width(separator) + width(name) + 6 > columns {
                break;
            }
            line.push_str(separator);
            line.push_str(name);
            taken += 1;
        }
        if is_last {
            line = names(&rest, columns.saturating_sub(4));
            taken = rest.len();
        }
        writer.line(4.min(columns / 10), &line, Style::new());
        rest.drain(..taken);
    }
}
