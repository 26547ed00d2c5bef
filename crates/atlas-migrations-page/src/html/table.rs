//! The table of migrations.

use maud::{Markup, html};

use super::{
    parts::{
        BREAK, choose, choose_briefly, class, glyph, link, next_choice, short_link, state, time,
    },
    spark::spark,
};
use atlas_migrations_board::{Board, Entry, Estimate, Group, Migration, Section};

/// The number of names that are shown at once.
const SHOWN_NAMES: usize = 60;

/// Returns the table. It has roles, since styles for phones take the meaning of its elements away.
pub fn table(board: &Board, zone: &str, decides: bool) -> Markup {
    let groups = board.groups();
    let needs_nobody = groups.iter().all(|group| group.section != Section::NeedsYou);
    html! {
        table role="table" id=[needs_nobody.then(|| Section::NeedsYou.anchor())] {
            caption.vh { "Migrations: those that need you first, then by urgency. Times in " (zone) "." }
            thead role="rowgroup" {
                tr role="row" {
                    th scope="col" role="columnheader" { "State" }
                    th scope="col" role="columnheader" { "Migration" }
                    th scope="col" role="columnheader" { "What it waits for, " b { "what to do next" } }
                    th.num scope="col" role="columnheader" { "Lag, last 12 h, one log scale" }
                    th scope="col" role="columnheader" { "Ready, " (zone) }
                    th scope="col" role="columnheader" { "Cut over by, " (zone) }
                }
            }
            @for group in &groups { (rows(group, decides)) }
        }
    }
}

fn rows(group: &Group<'_>, decides: bool) -> Markup {
    let section = group.section;
    html! {
        (BREAK)
        tbody #{ "t-" (section.anchor()) } role="rowgroup" {
            (BREAK)
            tr.section #{ "s-" (section.anchor()) } role="row" {
                th #(section.anchor()) colspan="6" scope="rowgroup" role="rowheader" {
                    (section.title()) " " span.muted { (group.count) }
                }
            }
            @for entry in &group.entries {
                @match entry {
                    Entry::One(one) => (row(one, section, decides)),
                    Entry::Many { like, all, is_rest } => (many(like, all, *is_rest, section, decides)),
                }
            }
        }
    }
}

fn row(one: &Migration, section: Section, decides: bool) -> Markup {
    let choice = next_choice(one).filter(|_| decides);
    html! {
        (BREAK)
        tr #{ "m-" (one.pointer.id) } role="row" class=[tint(one, section)] {
            td.state role="cell" {
                (state(one.kind, one.tone()))
                @if let (Some(since), Some(passed)) = (&one.since, &one.since_for) {
                    small { "since " (time(since)) @if section != Section::Done { span.ago { " · " (passed) } } }
                }
            }
            th.name scope="row" role="rowheader" {
                (link(&one.pointer))
                @if one.attempt > 1 { span.muted { " attempt " (one.attempt) } }
                @if let Some(clusters) = &one.clusters { small { (clusters) } }
            }
            td.what role="cell" {
                p { (one.line) }
                @if let Some(warning) = &one.warning { p.warn { (glyph("!")) " " (warning) } }
                @if let Some(next) = &one.next { p.next { (next) } }
                @if let Some(choice) = choice { (choose(&one.pointer, &[choice])) }
                @if let Some(command) = &one.command { code.cmd { (command) } }
            }
            td.num role="cell" data-label="Lag" {
                @if let Some(lag) = &one.lag {
                    @if section == Section::Done || one.kind.tone() == atlas_migrations_board::Tone::Broken { span.muted { "last " } }
                    b { (lag.text) } (spark(one)) small { "seen " (time(&lag.seen)) }
                }
            }
            td role="cell" data-label="Ready" {
                @if let Some(ready) = &one.ready { span.muted { "seen " } (time(ready)) }
                @else if let Some(estimate) = &one.estimate { (ready_at(estimate)) }
            }
            td role="cell" data-label="Cut over by" {
                @if let Some(deadline) = &one.deadline {
                    @if deadline.is_latest { "before " }
                    (time(&deadline.at)) small.ago { "in " (deadline.left) }
                }
            }
        }
    }
}

/// Returns when a migration will be ready.
fn ready_at(estimate: &Estimate) -> Markup {
    html! {
        b { "~" (time(&estimate.at)) }
        @if let Some((from, to)) = &estimate.range { small { (from.text) " to " (to.text) } }
        @if estimate.is_old { small { "as of " (estimate.as_of.text) } }
    }
}

/// Returns the row of many migrations alike. Who can decide about them finds the way at each name.
fn many(
    like: &Migration,
    all: &[&Migration],
    is_rest: bool,
    section: Section,
    decides: bool,
) -> Markup {
    let id = id_of_many(like, section);
    let deadline = all.iter().find_map(|one| one.deadline.as_ref());
    let (shown, hidden) = all.split_at(all.len().min(SHOWN_NAMES));
    let more = if is_rest { "more " } else { "" };
    html! {
        (BREAK)
        tr #(id) role="row" class=[tint(like, section)] {
            td.state role="cell" {
                b class={ "k " (class(like.tone())) } {
                    (glyph(like.kind.glyph())) " " (all.len()) " " (more) (like.kind.word().to_lowercase())
                }
            }
            td.what role="cell" colspan=(if deadline.is_some() { 4 } else { 5 }) {
                @if let Some(next) = &like.next {
                    p { span.next { (next) } " " @if let Some(command) = &like.command_for_all { code.cmd { (command) } } }
                }
                @if all.iter().all(|one| one.line == like.line) { p { (like.line) } }
                (names(shown, decides))
                @if !hidden.is_empty() {
                    details #{ (id) "-more" } {
                        summary { (hidden.len()) " more" }
                        (names(hidden, false))
                    }
                }
                (BREAK)
            }
            @if let Some(deadline) = deadline {
                td role="cell" data-label="Cut over by" {
                    (time(&deadline.at)) small { "first of " (all.len()) ", in " (deadline.left) }
                }
            }
        }
    }
}

/// Returns the name of a row of many: those that are alike have the same state and the same command.
fn id_of_many(like: &Migration, section: Section) -> String {
    let command = like.command_for_all.as_deref().unwrap_or_default();
    let words = [section.anchor(), like.kind.word(), command].join("-").to_lowercase();
    words.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

/// Returns names, with what differs between them.
fn names(all: &[&Migration], decides: bool) -> Markup {
    html! {
        ul.names role="list" {
            @for one in all {
                (BREAK)
                li {
                    (short_link(&one.pointer))
                    @match (&one.lag, &one.ended, &one.ready) {
                        (Some(lag), None, None) => { " " small { (lag.text) } }
                        (_, Some(at), _) => { " " small { (at.text) } }
                        _ => {}
                    }
                    @if let Some(choice) = next_choice(one).filter(|_| decides) { " " (choose_briefly(&one.pointer, choice)) }
                }
            }
        }
    }
}

fn tint(one: &Migration, section: Section) -> Option<&'static str> {
    (section == Section::NeedsYou).then(|| class(one.tone()))
}
