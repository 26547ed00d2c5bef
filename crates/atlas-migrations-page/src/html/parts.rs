//! Small parts of pages.

use maud::{Markup, PreEscaped, html};

use atlas_migrations_board::{Choice, Kind, Migration, Moment, Pointer, Tone};

/// Stands between what changes alone: of a page that changed, a browser gets the lines that did.
pub const BREAK: PreEscaped<&str> = PreEscaped("\n");

/// Returns the class of a tone.
pub fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Broken => "broken",
        Tone::Yours => "yours",
        Tone::Moving => "moving",
        Tone::Idle => "idle",
        Tone::Done => "done",
    }
}

/// Returns a time.
pub fn time(moment: &Moment) -> Markup {
    html! { time datetime=(moment.iso) title=(moment.iso) { (moment.text) } }
}

/// Returns the mark and the word of a state.
pub fn state(kind: Kind, tone: Tone) -> Markup {
    html! { b class={ "k " (class(tone)) } { (glyph(kind.glyph())) " " (kind.word()) } }
}

/// Returns a mark, which says nothing that words do not say.
pub fn glyph(glyph: &str) -> Markup {
    html! { span aria-hidden="true" { (glyph) } }
}

/// Returns the mark of a condition.
pub fn mark(tone: Tone) -> Markup {
    let (mark, word) = match tone {
        Tone::Broken => ("✗", "stops: "),
        Tone::Yours => ("!", "waits: "),
        Tone::Moving | Tone::Idle => ("◷", "waits: "),
        Tone::Done => ("✓", "fine: "),
    };
    html! { span.k.(class(tone)) { (glyph(mark)) span.vh { (word) } } " " }
}

/// Returns the link to a migration.
pub fn link(pointer: &Pointer) -> Markup {
    html! { a href={ "/migrations/" (pointer.id) } { (pointer.name) } }
}

/// Returns the link to a migration by its name, which is shorter where there are many.
pub fn short_link(pointer: &Pointer) -> Markup {
    // A name that several have is written with its plan.
    if pointer.name.contains('/') {
        return link(pointer);
    }
    html! { a href={ "/m/" (pointer.name) } { (pointer.name) } }
}

/// Returns the link to a plan.
pub fn plan_link(pointer: &Pointer) -> Markup {
    html! { a href={ "/plans/" (pointer.id) } { (pointer.name) } }
}

/// Returns the links to the pages on which a person decides.
pub fn choose(pointer: &Pointer, choices: &[Choice]) -> Markup {
    html! {
        @for choice in choices {
            a.act href={ "/decide/" (pointer.id) "/" (choice.word()) } { (choice.imperative()) "…" }
            " "
        }
    }
}

/// Returns the link to the page on which a person decides, beside a name.
pub fn choose_briefly(pointer: &Pointer, choice: Choice) -> Markup {
    let said = format!("{}: {}", choice.imperative(), pointer.name);
    let verb = choice.imperative().split(' ').next().unwrap_or_default();
    html! {
        a.act href={ "/decide/" (pointer.id) "/" (choice.word()) } aria-label=(said) { (verb) "…" }
    }
}

/// Returns the choice that is a migration's next step.
pub fn next_choice(one: &Migration) -> Option<Choice> {
    let is_next = |choice: &Choice| match choice {
        Choice::Approve | Choice::ApproveStart => one.kind == Kind::Approval,
        Choice::Release => one.kind == Kind::Held,
        _ => false,
    };
    one.choices.iter().copied().find(is_next)
}
