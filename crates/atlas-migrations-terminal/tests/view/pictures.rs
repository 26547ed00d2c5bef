//! Pictures of the view, recorded so that a review shows each change.

use atlas_migrations_terminal::{Key, summary};

use crate::{
    sample::Sample,
    screen::{THEME, text, typed},
};

fn check(name: &str, text: &str) {
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn the_table_at_four_sizes_with_up_to_300_migrations() {
    for count in [1, 6, 30, 300] {
        let sample = Sample::new(count);
        for (columns, lines) in [(40, 10), (80, 24), (120, 30), (200, 50)] {
            check(&format!("{columns}x{lines}-{count}"), &text(&sample, &[], columns, lines));
        }
    }
}

#[test]
fn a_filter() {
    let sample = Sample::new(300);
    let keys = [vec![Key::Char('/')], typed("orders")].concat();
    check("filter-typed", &text(&sample, &keys, 80, 24));
    check("filter-kept", &text(&sample, &[keys, vec![Key::Enter, Key::Down]].concat(), 80, 24));
    check("failed-only", &text(&sample, &[Key::Char('f')], 80, 24));
}

#[test]
fn the_details() {
    let sample = Sample::new(30);
    let orders = [vec![Key::Char('/')], typed("orders"), vec![Key::Enter, Key::Enter]].concat();
    check("details-80x24", &text(&sample, &orders, 80, 24));
    check("details-120x30", &text(&sample, &orders, 120, 30));
    check("details-40x10", &text(&sample, &orders, 40, 10));
}

#[test]
fn a_row_of_many_is_opened() {
    let sample = Sample::new(300);
    let open = [Key::Down, Key::Enter];
    check("opened-80x24", &text(&sample, &open, 80, 24));
}

#[test]
fn the_help() {
    let sample = Sample::new(30);
    check("help-80x24", &text(&sample, &[Key::Char('?')], 80, 24));
    check("help-40x10", &text(&sample, &[Key::Char('?')], 40, 10));
}

#[test]
fn the_questions_before_an_approval() {
    let sample = Sample::new(30);
    let orders = [vec![Key::Char('/')], typed("orders"), vec![Key::Enter]].concat();
    let asked = [orders, vec![Key::Char('a')], typed("orde")].concat();
    check("approve-name", &text(&sample, &asked, 80, 24));
    let sure = [asked, typed("rs"), vec![Key::Enter]].concat();
    check("approve-sure", &text(&sample, &sure, 80, 24));
}

#[test]
fn what_stays_on_the_screen() {
    for count in [1, 6, 30] {
        let sample = Sample::new(count);
        let summary = summary(&sample.scene(), THEME);
        let lines: Vec<_> = summary.lines().map(|(text, _)| text).collect();
        check(&format!("summary-{count}"), &lines.join("\n"));
    }
}
