//! What has to be on the screen, whatever else is.

use atlas_migrations_board::{Kind, Section};
use atlas_migrations_terminal::{Colors, Theme, View, summary};

use crate::{
    sample::Sample,
    screen::{RUN, THEME, shown, text},
};

/// The bug: thirteen identical rows on top, and what failed among "10 more".
#[test]
fn what_failed_is_on_the_first_screen_whatever_its_size() {
    for count in [30, 300] {
        let sample = Sample::new(count);
        for (columns, lines) in [(40, 10), (80, 24), (120, 30), (200, 50)] {
            let screen = text(&sample, &[], columns, lines);
            let failed = screen.lines().position(|line| line.starts_with('✗')).unwrap();
            let other = screen.lines().position(|line| line.starts_with(['▸', '✓', '·', '◷']));
            assert!(other.is_none_or(|other| failed < other), "{screen}");
        }
    }
}

/// The bug: a migration is in no row and in no count.
#[test]
fn no_migration_vanishes() {
    for count in [1, 6, 30, 300] {
        let sample = Sample::new(count);
        let (board, mut total) = (&sample.board, 0);
        for section in [Section::NeedsYou, Section::GoesOn, Section::Done] {
            total += board.migrations.iter().filter(|one| Section::of(one) == section).count();
        }
        assert_eq!(total, count);
        let screen = text(&sample, &[], 200, 50);
        if count <= 30 {
            for one in &board.migrations {
                assert!(screen.contains(&one.pointer.name), "{}: {screen}", one.pointer.name);
            }
        }
    }
}

#[test]
fn only_rows_that_need_a_person_have_a_background() {
    let sample = Sample::new(30);
    let theme = Theme { colors: Colors::All, ..THEME };
    let screen = shown(&sample, &View::new(RUN), theme, 200, 50);
    for line in 3..30 {
        // The last column is not part of the selection.
        let cell = screen.cell(line, 199).unwrap();
        let glyph = screen.cell(line, 0).unwrap().contents().to_owned();
        let needs_person = ["?", "✗", "!", "‖"].contains(&glyph.as_str());
        assert_eq!(cell.bgcolor() != vt100::Color::Default, needs_person, "{line} {glyph}");
    }
}

#[test]
fn without_colors_glyph_word_and_bold_say_the_same() {
    let sample = Sample::new(30);
    let theme = Theme { colors: Colors::None, ..THEME };
    let screen = shown(&sample, &View::new(RUN), theme, 80, 24);
    for line in 0..24 {
        for column in 0..80 {
            let cell = screen.cell(line, column).unwrap();
            assert_eq!(cell.fgcolor(), vt100::Color::Default);
            assert_eq!(cell.bgcolor(), vt100::Color::Default);
        }
    }
    assert!(screen.cell(0, 1).unwrap().inverse());
    assert!(screen.cell(5, 30).unwrap().bold());
}

#[test]
fn an_ascii_terminal_gets_ascii() {
    let theme = Theme { colors: Colors::Sixteen, is_unicode: false };
    for count in [1, 30] {
        let sample = Sample::new(count);
        for (columns, lines) in [(40, 10), (120, 30)] {
            let screen = shown(&sample, &View::new(RUN), theme, columns, lines).contents();
            assert!(screen.is_ascii(), "{screen}");
        }
        assert!(summary(&sample.scene(), theme).lines().all(|(text, _)| text.is_ascii()));
    }
}

#[test]
fn a_journal_that_cannot_be_read_is_the_first_thing_to_see() {
    let mut sample = Sample::new(30);
    sample.fail_to_read();
    for (columns, lines) in [(40, 10), (80, 24)] {
        let screen = text(&sample, &[], columns, lines);
        assert!(screen.contains("As of 23:12: the journal does not"), "{screen}");
    }
}

#[test]
fn an_empty_journal_says_what_it_knows() {
    let screen = text(&Sample::empty(), &[], 80, 24);
    assert!(screen.contains("No migrations") && screen.contains("Atlas cannot list"), "{screen}");
}

/// The bug: a name moves the cursor, or turns the line around.
#[test]
fn hostile_names_control_no_terminal() {
    let mut sample = Sample::new(6);
    for one in &mut sample.board.migrations {
        one.pointer.name = "a\u{1b}[2J\u{202e}\n注文\u{9b}b".to_owned();
        one.line = "\u{1b}]0;x\u{7}".repeat(100);
        one.brief = "\r\n\t".to_owned();
    }
    let screen = text(&sample, &[], 80, 24);
    assert!(!screen.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'));
    for (line, _) in summary(&sample.scene(), THEME).lines() {
        assert!(!line.contains(|c: char| c.is_control() || c == '\u{202e}'), "{line:?}");
    }
}

#[test]
fn the_summary_names_each_migration_with_its_id_and_the_next_command() {
    let sample = Sample::new(30);
    let summary = summary(&sample.scene(), THEME);
    let lines: Vec<_> = summary.lines().map(|(text, _)| text).collect();
    let text = lines.join("\n");
    for one in &sample.board.migrations {
        assert!(text.contains(&one.pointer.name), "{}", one.pointer.name);
        if let Some(id) = &one.atlas_id {
            assert!(text.contains(id), "{id}");
        }
    }
    assert!(text.starts_with("Stopped following at Sat 28 Nov 23:12:40 CET. Migrations go on"));
    let first = &sample.board.migrations[0];
    assert_eq!(first.kind, Kind::Unclear);
    assert!(text.contains(&format!("Next: {}", first.command.as_ref().unwrap())), "{text}");
    assert!(!text.contains("interrupted"), "{text}");
}
