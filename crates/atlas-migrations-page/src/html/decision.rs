//! The pages on which a reader decides: the question, and what came of it.

use maud::{Markup, html};

use super::parts::{glyph, mark};
use atlas_migrations_board::{Choice, Migration, PlanView};

/// A decision to make.
#[derive(Debug)]
pub struct Question<'a> {
    pub choice: Choice,
    /// The stream that it is about.
    pub stream: &'a str,
    pub name: &'a str,
    /// The migration, if it is about one.
    pub migration: Option<&'a Migration>,
    /// The plan that it is about, or to which the migration belongs.
    pub plan: Option<&'a PlanView>,
    /// Whether it can be decided now.
    pub is_possible: bool,
    /// The destination, as `project/cluster`.
    pub destination: Option<&'a str>,
    /// How many approvals are needed.
    pub need: usize,
    /// How the journal names the reader.
    pub recorded_as: &'a str,
    pub secret: &'a str,
}

/// What a decision led to.
#[derive(Debug)]
pub struct Answer<'a> {
    pub is_done: bool,
    pub text: &'a str,
    pub warning: Option<&'a str>,
}

impl Question<'_> {
    /// Returns the heading.
    pub fn title(&self) -> String {
        format!("{}: {}", self.name, self.choice.imperative().to_lowercase())
    }
}

/// Returns the page that repeats what is decided about, says what follows, and has one button.
pub fn question(question: &Question<'_>) -> Markup {
    let Question { choice, migration, .. } = question;
    let clusters = migration.and_then(|one| one.clusters.as_deref());
    html! {
        p { (back(question.stream, question.name, migration.is_none())) }
        h1 { (question.title()) "?" }
        @if let Some(clusters) = clusters { p.verdict { b { (question.name) } ": " (clusters) } }
        @if let Some(one) = migration { p { b { (one.kind.word()) ". " } (one.line) } }
        @if question.is_possible {
            div.band.(tone(*choice)) #needs-you {
                h2 { "What follows" }
                ul.follows role="list" { @for line in follows(question) { li { (line) } } }
                @if let Some(plan) = question.plan.filter(|_| *choice == Choice::Approve) { (conditions(plan)) }
                (form(question))
            }
        } @else {
            div.band.idle #needs-you { p.next { "There is nothing to decide: it was decided before, is not needed, or is too late." } }
        }
    }
}

fn form(question: &Question<'_>) -> Markup {
    let (choice, name) = (question.choice, question.name);
    html! {
        form method="post" action={ "/decide/" (question.stream) "/" (choice.word()) } {
            input type="hidden" name="form" value=(question.secret);
            p { label for="comment" { "Comment for the log, if you like" } input #comment name="comment" maxlength="500" autocomplete="off"; }
            p { "Recorded as: " b { (question.recorded_as) } }
            button.act.(tone(choice)) { (choice.imperative()) " of " (name) }
            " " a href={ (path(question.stream, question.migration.is_none())) } { "Go back without deciding" }
        }
    }
}

fn follows(question: &Question<'_>) -> Vec<Markup> {
    let destination = question.destination.unwrap_or("the destination");
    let once =
        html! { "Approvals of one database user count once, and this page is one database user." };
    match question.choice {
        Choice::Approve => {
            let mut lines = vec![
                html! { "Your approval counts for the request and the plan as they are now. If one of them changes, it no longer counts." },
                html! { "When all conditions hold, a run sends the cutover: applications then use " b { (destination) } "." },
                html! { b { "A cutover cannot be undone: Atlas has no way back." } " Until it is sent, you can withdraw the approval." },
            ];
            if question.need > 1 {
                lines.push(once);
            }
            lines
        }
        Choice::ApproveStart => vec![
            html! { "A run starts the migration, and Atlas first " b { "drops all data of " (destination) } "." },
            html! { b { "Dropped data does not come back: Atlas has no way back." } " Until the start is sent, you can withdraw the approval." },
        ],
        Choice::Withdraw => vec![
            html! { "All approvals of its cutover are withdrawn, also those of others. The cutover is not sent until it is approved again." },
        ],
        Choice::WithdrawStart => vec![
            html! { "All approvals of its start are withdrawn, also those of others. It is not started until that is approved again." },
        ],
        Choice::Hold => vec![
            html! { "Nothing that changes it is sent until it is released. Atlas goes on replicating." },
            html! { "A migration that is ready expires 120 h after it became ready, held or not." },
        ],
        Choice::Release => vec![
            html! { "Requests are sent as soon as their conditions hold, the cutover too if it is approved and its window is open." },
        ],
    }
}

fn conditions(plan: &PlanView) -> Markup {
    html! {
        p { "Plan " b { (plan.pointer.name) } ": " (plan.title()) "." }
        ul role="list" {
            @for condition in &plan.conditions {
                li {
                    (mark(condition.tone))
                    @for (at, one) in condition.about.iter().enumerate() {
                        @if at > 0 { ", " }
                        (one.name)
                    }
                    @if condition.more > 0 { " +" (condition.more) }
                    @if !condition.about.is_empty() { ": " }
                    (condition.text)
                }
            }
        }
    }
}

/// Returns the title and the page of what a decision led to. Without an answer, it is being recorded.
pub fn answer(
    choice: Choice,
    stream: &str,
    name: &str,
    is_plan: bool,
    answer: Option<&Answer<'_>>,
) -> (String, Markup) {
    let (tone, sign, word) = match answer {
        Some(answer) if answer.is_done => ("done", "✓", "done"),
        Some(_) => ("broken", "✗", "not done"),
        None => ("yours", "!", "being recorded"),
    };
    let title = format!("{name}: {}: {word}", choice.imperative().to_lowercase());
    let main = html! {
        p { (back(stream, name, is_plan)) }
        h1 { span.k.(tone) { (glyph(sign)) } " " (title) }
        div.band.(tone) #needs-you {
            @match answer {
                Some(answer) => {
                    p.next { (answer.text) }
                    @if let Some(warning) = answer.warning { p.warn { (glyph("!")) " " (warning) } }
                }
                None => p.next { "Reload this page: the journal has not confirmed it yet. It is not sent twice." }
            }
            p { a href=(path(stream, is_plan)) { "Go on to " (name) } " · " a href="/" { "All migrations" } }
        }
    };
    (title, main)
}

fn back(stream: &str, name: &str, is_plan: bool) -> Markup {
    html! { a href="/" { "All migrations" } " · " a href=(path(stream, is_plan)) { (name) } }
}

fn path(stream: &str, is_plan: bool) -> String {
    format!("/{}/{stream}", if is_plan { "plans" } else { "migrations" })
}

fn tone(choice: Choice) -> &'static str {
    match choice {
        Choice::ApproveStart => "broken",
        Choice::Approve | Choice::Release => "yours",
        _ => "idle",
    }
}
