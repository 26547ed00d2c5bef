//! The pages on which readers decide.

use std::sync::Arc;

use atlas_migrations_board::Choice;
use atlas_migrations_journal::{StreamId, event::StreamKind};
use atlas_migrations_runs::decisions::{DecisionError, Seen, Situation};
use axum::{
    Extension, Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use tokio::time::Instant;

use super::{
    decider::{Decider, Wish},
    forms::{Begin, Stage, Subject},
    posted::{check_origin, read},
};
use crate::{
    html,
    present::Presented,
    server::{
        page_response::{Page, no_random_numbers, page, secret},
        site::Site,
        user::User,
    },
};

type Reader = Option<Extension<User>>;

/// Returns the pages on which readers decide.
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/decide/{stream}/{choice}", get(ask).post(decide))
        .route("/decisions/{form}", get(result))
}

/// Who decides about what.
struct Asked {
    decider: Arc<Decider>,
    user: User,
    subject: Subject,
}

/// Returns who decides about what. The error is the response.
#[allow(clippy::result_large_err, reason = "the error is the response, which is made once")]
fn asked(site: &Site, user: Reader, stream: &str, choice: &str) -> Result<Asked, Response> {
    let Some(decider) = site.decider.clone() else { return Err(not_found()) };
    let (Ok(stream), Some(choice)) = (stream.parse::<StreamId>(), Choice::of_word(choice)) else {
        return Err(not_found());
    };
    let Some(Extension(user)) = user else {
        let text =
            "your token has no name, so it is for reading only: who decides is written down\n";
        return Err((StatusCode::FORBIDDEN, text).into_response());
    };
    let subject = Subject { reader: user.name.clone(), stream, choice };
    Ok(Asked { decider, user, subject })
}

/// Shows what a decision means, and asks for it.
async fn ask(
    State(site): State<Site>,
    Path((stream, choice)): Path<(String, String)>,
    user: Reader,
) -> Response {
    let Asked { decider, user, subject } = match asked(&site, user, &stream, &choice) {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    let situation = match decider.situation(subject.stream).await {
        Ok(situation) if is_shown(&site.presented.borrow(), &situation) => situation,
        Ok(_) => return not_found(),
        Err(error) => return unavailable(&error),
    };
    let Some(secret) = secret() else { return no_random_numbers() };
    let (seen, choice) = (Seen::of_state(&situation.state), subject.choice);
    if !decider.forms().open(secret.clone(), subject, seen, Instant::now()) {
        let text = "too many forms are open; try again in some minutes\n";
        return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    }
    let now = site.presented.borrow().clone();
    let recorded_as = decider.recorded_as(&user);
    let question = html::Question {
        choice,
        stream: &stream,
        name: name_of(&now, &stream).unwrap_or(&situation.row.name),
        migration: now.board.migration(&stream),
        plan: now.board.migration(&stream).map_or_else(
            || now.board.plan(&stream),
            |one| now.board.plan(one.plan.as_deref().unwrap_or_default()),
        ),
        is_possible: atlas_migrations_board::choices(&situation.state, situation.now_ms)
            .contains(&choice),
        destination: situation.state.destination.as_deref(),
        need: choice.action().map_or(0, |action| situation.state.needed_approvals(&action)),
        recorded_as: &recorded_as,
        secret: &secret,
    };
    let (title, main) = (question.title(), html::question(&question));
    let fragment = html::fragment(&title, &title, &now.published, &now.times, &main);
    still(&site, &now, &title, true, &user, &fragment)
}

/// Makes a decision, and leads to its result.
async fn decide(
    State(site): State<Site>,
    Path((stream, choice)): Path<(String, String)>,
    user: Reader,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Asked { decider, user, subject } = match asked(&site, user, &stream, &choice) {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    if let Err(response) = check_origin(&site.gate, &headers) {
        return response;
    }
    if let Err(wait) = decider.count(&user.name) {
        let wait = wait.as_secs().saturating_add(1);
        let text = format!("nothing was decided: too many decisions; try again in {wait} s\n");
        let wait = [(header::RETRY_AFTER, wait.to_string())];
        return (StatusCode::TOO_MANY_REQUESTS, wait, text).into_response();
    }
    let posted = match read(&headers, body).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let begun = decider.forms().begin(&posted.secret, &subject, Instant::now());
    match begun {
        Begin::First(seen) => {
            let wish = Wish { user, subject, seen, comment: posted.comment };
            decider.run(posted.secret.clone(), wish).await;
        }
        Begin::Again => {}
        Begin::Unknown => {
            let text = "nothing was decided: this form is not yours, is too old, or is from before a restart of the server\n\
                        hint: open the page again\n";
            return (StatusCode::FORBIDDEN, text).into_response();
        }
    }
    let location = [(header::LOCATION, format!("/decisions/{}", posted.secret))];
    (StatusCode::SEE_OTHER, location).into_response()
}

/// Shows what a decision led to.
async fn result(State(site): State<Site>, Path(form): Path<String>, user: Reader) -> Response {
    let (Some(decider), Some(Extension(user))) = (site.decider.clone(), user) else {
        return not_found();
    };
    let found = decider.forms().stage(&form, &user.name, Instant::now());
    let Some((subject, stage)) = found else { return not_found() };
    let now = site.presented.borrow().clone();
    let stream = subject.stream.to_string();
    let name = name_of(&now, &stream).unwrap_or("the migration");
    let is_plan = now.board.plan(&stream).is_some();
    let outcome = match &stage {
        Stage::Over(outcome) => Some(html::Answer {
            is_done: outcome.is_done,
            text: &outcome.text,
            warning: outcome.warning.as_deref(),
        }),
        Stage::Open | Stage::Sent => None,
    };
    let (title, main) = html::answer(subject.choice, &stream, name, is_plan, outcome.as_ref());
    let fragment = html::fragment(&title, &title, &now.published, &now.times, &main);
    still(&site, &now, &title, false, &user, &fragment)
}

/// Returns a page that does not change.
fn still(
    site: &Site,
    now: &Presented,
    title: &str,
    has_form: bool,
    user: &User,
    fragment: &str,
) -> Response {
    let (heartbeat, user) = (site.heartbeat, Some(user));
    page(now, &Page { title, events: None, heartbeat, has_form, user }, fragment)
}

/// Returns whether the page shows a stream: with one plan only, decisions are about its migrations only.
fn is_shown(now: &Presented, situation: &Situation) -> bool {
    let id = situation.row.id.to_string();
    match situation.row.kind {
        StreamKind::Migration => now.board.migration(&id).is_some(),
        StreamKind::Plan => now.board.plan(&id).is_some(),
        _ => false,
    }
}

fn name_of<'a>(now: &'a Presented, stream: &str) -> Option<&'a str> {
    let migration = now.board.migration(stream).map(|one| &one.pointer);
    let pointer = migration.or_else(|| now.board.plan(stream).map(|plan| &plan.pointer));
    pointer.map(|pointer| pointer.name.as_str())
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "there is no such page; the list is at /\n").into_response()
}

fn unavailable(error: &DecisionError) -> Response {
    tracing::warn!(%error, "a form cannot be shown");
    let text = "the journal cannot be read, or has no such migration; nothing was decided\n";
    (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
}
