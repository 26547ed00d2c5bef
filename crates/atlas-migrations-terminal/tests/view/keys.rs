//! What keys do.

use atlas_migrations_terminal::{Abilities, Action, Key, View};

use crate::{
    sample::Sample,
    screen::{RUN, THEME, pressed, shown, text, typed},
};

fn press(view: &mut View, sample: &Sample, keys: &[Key]) -> Option<Action> {
    keys.iter().map(|key| view.press(*key, &sample.scene())).last().flatten()
}

fn find(name: &str) -> Vec<Key> {
    [vec![Key::Char('/')], typed(name), vec![Key::Enter]].concat()
}

/// The bug: one key approves, or the name of another migration does.
#[test]
fn an_approval_needs_the_name_and_a_y() {
    let sample = Sample::new(6);
    let orders = find("orders");
    let ask = |more: &[Key]| {
        let mut view = pressed(&sample, &orders, 80, 24);
        press(&mut view, &sample, &[&[Key::Char('a')], more].concat())
    };
    let named = [typed("orders"), vec![Key::Enter]].concat();
    let stream = sample.board.migrations.iter().find(|one| one.pointer.name == "orders");
    let stream = stream.unwrap().pointer.id.clone();
    let approve = Action::Approve { stream, name: "orders".to_owned() };
    assert_eq!(ask(&[&named[..], &[Key::Char('y')]].concat()), Some(approve));
    for more in [
        vec![],
        vec![Key::Char('y')],
        vec![Key::Enter, Key::Char('y')],
        [typed("order"), vec![Key::Enter, Key::Char('y')]].concat(),
        [named.clone(), vec![Key::Char('n')]].concat(),
        [named.clone(), vec![Key::Enter]].concat(),
        [named, vec![Key::Escape, Key::Char('q')]].concat(),
    ] {
        let action = ask(&more);
        assert!(!matches!(action, Some(Action::Approve { .. })), "{more:?}: {action:?}");
    }
}

/// The bug: the question is about one migration, and the answer about the one that is first now.
#[test]
fn a_question_stays_with_its_migration_when_the_table_changes() {
    let sample = Sample::new(6);
    let keys = [find("orders"), vec![Key::Char('h')]].concat();
    let mut view = pressed(&sample, &keys, 80, 24);
    let other = Sample::new(30);
    let action = view.press(Key::Char('y'), &other.scene());
    assert!(matches!(action, Some(Action::Hold { name, .. }) if name == "orders"));
}

#[test]
fn a_watch_approves_nothing_and_says_what_does() {
    let sample = Sample::new(6);
    let mut view = View::new(Abilities { can_decide: false, has_keys: true });
    let keys = [find("orders"), vec![Key::Char('a')]].concat();
    assert_eq!(press(&mut view, &sample, &keys), None);
    let screen = shown(&sample, &view, THEME, 80, 24).contents();
    assert!(screen.contains("atlas-migrations approve NAME"), "{screen}");
    assert!(!screen.contains("press a"), "{screen}");
}

/// The bug: the cursor stays on a line, and `a` acts on another migration than a moment before.
#[test]
fn the_selection_stays_on_its_migration_when_the_order_changes() {
    let few = Sample::new(6);
    let mut view = pressed(&few, &[Key::End], 80, 24);
    let before = shown(&few, &view, THEME, 80, 24).contents();
    assert!(before.contains("invoices: Cutover sent"), "{before}");
    // Another five migrations are above now, and the streams are new: the first that needs a person is selected.
    let many = Sample::new(30);
    view.press(Key::Escape, &many.scene());
    assert!(
        shown(&many, &view, THEME, 80, 24)
            .contents()
            .contains("eu-customer-preferences-and-consents: ")
    );
}

#[test]
fn every_migration_can_be_reached_by_keys() {
    let sample = Sample::new(300);
    for (columns, lines) in [(40, 10), (80, 24), (200, 50)] {
        let mut view = View::new(RUN);
        view.resize(columns, lines);
        let last = press(&mut view, &sample, &[Key::End]);
        assert_eq!(last, None);
        let screen = shown(&sample, &view, THEME, columns, lines).contents();
        assert!(screen.contains("✓"), "{screen}");
        for _ in 0..400 {
            view.press(Key::Up, &sample.scene());
        }
        let screen = shown(&sample, &view, THEME, columns, lines).contents();
        assert!(
            screen.lines().nth(if lines > 20 { 3 } else { 1 }).unwrap().contains('?'),
            "{screen}"
        );
    }
}

#[test]
fn the_id_is_copied() {
    let sample = Sample::new(1);
    let mut view = View::new(RUN);
    let action = view.press(Key::Char('y'), &sample.scene());
    assert_eq!(action, Some(Action::Copy("0000000000006f0000000000".to_owned())));
    assert_eq!(view.press(Key::Char('q'), &sample.scene()), Some(Action::Quit));
}

#[test]
fn a_filter_that_finds_nothing_says_how_to_go_back() {
    let sample = Sample::new(30);
    let screen = text(&sample, &find("zebra"), 80, 24);
    assert!(screen.contains("None. Esc shows all."), "{screen}");
    let keys = [find("zebra"), vec![Key::Escape]].concat();
    assert!(text(&sample, &keys, 80, 24).contains("shipping"));
}

/// The bug: a key in a state that nobody thought of ends the program.
#[test]
fn any_keys_at_any_size_draw_something() {
    let keys = [
        Key::Up,
        Key::Down,
        Key::PageUp,
        Key::PageDown,
        Key::Home,
        Key::End,
        Key::Enter,
        Key::Escape,
        Key::Backspace,
        Key::Char('/'),
        Key::Char('f'),
        Key::Char('n'),
        Key::Char('a'),
        Key::Char('h'),
        Key::Char('y'),
        Key::Char('?'),
        Key::Char('ß'),
    ];
    let sizes = [(0, 0), (1, 1), (39, 9), (40, 10), (76, 14), (80, 24), (500, 200)];
    let samples = [Sample::empty(), Sample::new(1), Sample::new(30), Sample::without_plan(6)];
    let mut seed: usize = 1;
    let mut view = View::new(RUN);
    for _ in 0..300 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let sample = &samples[(seed >> 40) % samples.len()];
        let (columns, lines) = sizes[(seed >> 45) % sizes.len()];
        view.resize(columns, lines);
        view.press(keys[(seed >> 33) % keys.len()], &sample.scene());
        if columns > 0 {
            shown(sample, &view, THEME, columns, lines);
        }
    }
}
