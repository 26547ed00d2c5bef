//! The pages of the site.

use std::{sync::PoisonError, time::Duration};

use atlas_migrations_board::Status;
use atlas_migrations_metrics::{CONTENT_TYPE, Exposition, samples_of};
use axum::{
    Extension, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    middleware::from_fn_with_state,
    response::{IntoResponse as _, Response},
    routing::get,
};

use super::{
    decide,
    events::stream,
    fragments::Subject,
    guard::guard,
    page_response::{Page, page},
    site::Site,
    user::User,
};
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
    live(&site, &Subject::All, user)
}

async fn overview_events(State(site): State<Site>, headers: HeaderMap) -> Response {
    stream(&site, Subject::All, &headers)
}

async fn migration(State(site): State<Site>, Path(id): Path<String>, user: Reader) -> Response {
    live(&site, &Subject::Migration(id), user)
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
        None => unknown(),
    }
}

async fn migration_events(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    events(&site, Subject::Migration(id), &headers)
}

async fn plan(State(site): State<Site>, Path(id): Path<String>, user: Reader) -> Response {
    live(&site, &Subject::Plan(id), user)
}

async fn plan_events(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    events(&site, Subject::Plan(id), &headers)
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
fn live(site: &Site, subject: &Subject, user: Reader) -> Response {
    let now = site.presented.borrow().clone();
    let Some(title) = subject.title(&now) else { return unknown() };
    let user = user.map(|Extension(user)| user);
    let (events, heartbeat) = (subject.events(), site.heartbeat);
    let (title, events, user) = (title.as_str(), Some(events.as_str()), user.as_ref());
    let page_of = Page { title, events, heartbeat, has_form: false, user };
    page(&now, &page_of, &site.views.newest(subject).html)
}

fn events(site: &Site, subject: Subject, headers: &HeaderMap) -> Response {
    let is_known = subject.title(&site.presented.borrow()).is_some();
    if is_known { stream(site, subject, headers) } else { unknown() }
}

fn unknown() -> Response {
    let text = "the journal has no such migration or plan, or it is archived; the list is at /\n";
    (StatusCode::NOT_FOUND, text).into_response()
}
