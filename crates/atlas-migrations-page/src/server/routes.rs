//! The pages of the site.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use atlas_migrations_board::{Status, events_of};
use atlas_migrations_metrics::{CONTENT_TYPE, Exposition, samples_of};
use axum::{
    Extension, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    middleware::from_fn_with_state,
    response::{IntoResponse as _, Response},
    routing::get,
};

use super::{
    decide,
    events::{Render, stream},
    guard::guard,
    page_response::{Page, page},
    site::Site,
    user::User,
};
use crate::{html, present::Presented};

/// A journal that was not read for this long is not ready.
const OLD: Duration = Duration::from_mins(1);

type Reader = Option<Extension<User>>;

/// Returns the whole site.
pub fn router(site: Site) -> Router {
    Router::new()
        .route("/", get(overview))
        .route("/migrations/{stream}", get(migration))
        .route("/m/{name}", get(by_name))
        .route("/plans/{stream}", get(plan))
        .route("/events", get(overview_events))
        .route("/events/migrations/{stream}", get(migration_events))
        .route("/events/plans/{stream}", get(plan_events))
        .route("/status.json", get(status))
        .route("/metrics", get(metrics))
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .merge(decide::routes())
        .fallback(async || (StatusCode::NOT_FOUND, "there is no such page; the list is at /\n"))
        .layer(from_fn_with_state(site.clone(), guard))
        .with_state(site)
}

async fn overview(State(site): State<Site>, user: Reader) -> Response {
    let now = site.presented.borrow().clone();
    live(&site, &now, &now.board.title(), "/events", &now.overview, user)
}

async fn overview_events(State(site): State<Site>) -> Response {
    stream(&site, Box::new(|now| Arc::clone(&now.overview)))
}

async fn migration(State(site): State<Site>, Path(id): Path<String>, user: Reader) -> Response {
    let now = site.presented.borrow().clone();
    match now.board.migration(&id) {
        Some(one) => {
            let (name, events) = (one.pointer.name.clone(), format!("/events/migrations/{id}"));
            live(&site, &now, &name, &events, &migration_fragment(&now, &id), user)
        }
        None => unknown("migration"),
    }
}

/// Leads to the migration with a name.
async fn by_name(State(site): State<Site>, Path(name): Path<String>) -> Response {
    let now = site.presented.borrow().clone();
    let named = now.board.migrations.iter().find(|one| one.pointer.name == name);
    match named {
        Some(one) => {
            let location = [(header::LOCATION, format!("/migrations/{}", one.pointer.id))];
            (StatusCode::TEMPORARY_REDIRECT, location).into_response()
        }
        None => unknown("migration"),
    }
}

async fn migration_events(State(site): State<Site>, Path(id): Path<String>) -> Response {
    let is_known = site.presented.borrow().board.migration(&id).is_some();
    let render: Render = Box::new(move |now| migration_fragment(now, &id).into());
    if is_known { stream(&site, render) } else { unknown("migration") }
}

async fn plan(State(site): State<Site>, Path(id): Path<String>, user: Reader) -> Response {
    let now = site.presented.borrow().clone();
    match now.board.plan(&id) {
        Some(plan) => {
            let (name, events) = (plan.pointer.name.clone(), format!("/events/plans/{id}"));
            live(&site, &now, &name, &events, &plan_fragment(&now, &id), user)
        }
        None => unknown("plan"),
    }
}

async fn plan_events(State(site): State<Site>, Path(id): Path<String>) -> Response {
    let is_known = site.presented.borrow().board.plan(&id).is_some();
    let render: Render = Box::new(move |now| plan_fragment(now, &id).into());
    if is_known { stream(&site, render) } else { unknown("plan") }
}

async fn status(State(site): State<Site>) -> Response {
    let now = site.presented.borrow().clone();
    let status = Status::new(&now.board, &now.published, &now.times);
    match serde_json::to_string(&status) {
        Ok(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Needs what the page needs: it tells the same, and a scraper can send a token.
async fn metrics(State(site): State<Site>) -> Response {
    let now = site.presented.borrow().clone();
    let mut exposition = Exposition::new();
    for sample in samples_of(&now.board) {
        exposition.add_migration(&sample);
    }
    exposition.add_plans(&now.board);
    exposition.add_journal(&now.published);
    let mut counts = site.counts.lock().unwrap_or_else(PoisonError::into_inner);
    counts.observe(&now.published.snapshot);
    exposition.add_counts(&counts, now.published.now_ms());
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], exposition.to_text()).into_response()
}

async fn ready(State(site): State<Site>) -> (StatusCode, &'static str) {
    let now = site.presented.borrow();
    if now.published.problem.is_none() && now.published.read_at.elapsed() < OLD {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the journal cannot be read\n")
    }
}

/// Returns a page that changes by itself.
fn live(
    site: &Site,
    now: &Presented,
    title: &str,
    events: &str,
    fragment: &str,
    user: Reader,
) -> Response {
    let user = user.map(|Extension(user)| user);
    let heartbeat = site.heartbeat;
    let (events, user) = (Some(events), user.as_ref());
    page(now, &Page { title, events, heartbeat, has_form: false, user }, fragment)
}

fn unknown(what: &str) -> Response {
    let text = format!("the journal has no such {what}, or it is archived; the list is at /\n");
    (StatusCode::NOT_FOUND, text).into_response()
}

fn migration_fragment(now: &Presented, id: &str) -> String {
    let Some(one) = now.board.migration(id) else { return gone(now, "The migration is archived.") };
    let snapshot = &now.published.snapshot;
    let stream = snapshot.rows.iter().find(|row| row.id.to_string() == id).map(|row| row.id);
    let records = stream.map_or(&[][..], |stream| events_of(snapshot, stream));
    let curve = atlas_migrations_board::curve(records, one.attempt, &now.times);
    let lines = atlas_migrations_board::log(records, &now.times);
    let main =
        html::migration(&now.board, one, curve.as_ref(), records, &lines, &now.times, now.decides);
    let say = format!("{}: {}", one.pointer.name, one.kind.word());
    html::fragment(&say, &say, &now.published, &now.times, &main)
}

fn plan_fragment(now: &Presented, id: &str) -> String {
    let Some(plan) = now.board.plan(id) else { return gone(now, "The plan is archived.") };
    let snapshot = &now.published.snapshot;
    let stream = snapshot.rows.iter().find(|row| row.id.to_string() == id).map(|row| row.id);
    let records = stream.map_or(&[][..], |stream| events_of(snapshot, stream));
    let board = now.board.of_plan(plan);
    let lines = atlas_migrations_board::log(records, &now.times);
    let main = html::plan(&board, &lines, &now.times, now.decides);
    html::fragment(&board.title(), &board.heading(), &now.published, &now.times, &main)
}

fn gone(now: &Presented, text: &str) -> String {
    html::fragment(text, text, &now.published, &now.times, &maud::html! { p { (text) } })
}
