//! The changing part of each page.

use atlas_migrations_board::{curve, events_of, log};
use atlas_migrations_journal::event::EventRecord;

use crate::{html, present::Presented};

/// What a page is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    All,
    /// The migration of a stream.
    Migration(String),
    /// The plan of a stream.
    Plan(String),
}

impl Subject {
    /// Returns the title of the page. `None` if there is no such page.
    pub fn title(&self, now: &Presented) -> Option<String> {
        match self {
            Self::All => Some(now.board.title()),
            Self::Migration(id) => now.board.migration(id).map(|one| one.pointer.name.clone()),
            Self::Plan(id) => now.board.plan(id).map(|plan| plan.pointer.name.clone()),
        }
    }

    /// Returns the path of the page's events.
    pub fn events(&self) -> String {
        match self {
            Self::All => "/events".to_owned(),
            Self::Migration(id) => format!("/events/migrations/{id}"),
            Self::Plan(id) => format!("/events/plans/{id}"),
        }
    }
}

/// Returns the changing part of a page.
pub fn fragment(now: &Presented, subject: &Subject) -> String {
    match subject {
        Subject::All => all(now),
        Subject::Migration(id) => migration(now, id),
        Subject::Plan(id) => plan(now, id),
    }
}

fn all(now: &Presented) -> String {
    let main = html::overview(&now.board, &now.times, now.decides);
    html::fragment(&now.board.title(), &now.board.heading(), &now.published, &now.times, &main)
}

fn migration(now: &Presented, id: &str) -> String {
    let Some(one) = now.board.migration(id) else { return gone(now, "The migration is archived.") };
    let records = records(now, id);
    let curve = curve(records, one.attempt, &now.times);
    let lines = log(records, &now.times);
    let main =
        html::migration(&now.board, one, curve.as_ref(), records, &lines, &now.times, now.decides);
    let say = format!("{}: {}", one.pointer.name, one.kind.word());
    html::fragment(&say, &say, &now.published, &now.times, &main)
}

fn plan(now: &Presented, id: &str) -> String {
    let Some(plan) = now.board.plan(id) else { return gone(now, "The plan is archived.") };
    let board = now.board.of_plan(plan);
    let lines = log(records(now, id), &now.times);
    let main = html::plan(&board, &lines, &now.times, now.decides);
    html::fragment(&board.title(), &board.heading(), &now.published, &now.times, &main)
}

fn records<'a>(now: &'a Presented, id: &str) -> &'a [EventRecord] {
    let snapshot = &now.published.snapshot;
    let stream = snapshot.rows.iter().find(|row| row.id.to_string() == id).map(|row| row.id);
    stream.map_or(&[], |stream| events_of(snapshot, stream))
}

fn gone(now: &Presented, text: &str) -> String {
    html::fragment(text, text, &now.published, &now.times, &maud::html! { p { (text) } })
}
