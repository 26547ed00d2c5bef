//! A page whose style and script alone the browser accepts.

use std::time::Duration;

use axum::{
    http::{StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};
use base64::{
    Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD,
};

use super::user::User;
use crate::{
    html::{self, Head},
    present::Presented,
};

/// What a page is.
#[derive(Debug)]
pub struct Page<'a> {
    pub title: &'a str,
    /// The path of its events. A page without them does not change.
    pub events: Option<&'a str>,
    /// The time between signs of life.
    pub heartbeat: Duration,
    /// Whether it has a form.
    pub has_form: bool,
    pub user: Option<&'a User>,
}

/// Returns a page around a fragment.
pub fn page(now: &Presented, page: &Page<'_>, fragment: &str) -> Response {
    let Some(random) = random() else { return no_random_numbers() };
    let nonce = STANDARD.encode(random);
    let html = html::page(
        &Head {
            nonce: &nonce,
            title: page.title,
            scope: now.board.scope.as_deref().unwrap_or("Live migrations"),
            events: page.events,
            heartbeat: page.heartbeat,
            user: page.user.map(|user| user.name.as_str()),
            decides: now.decides,
            read: &now.times.clock(now.published.read_ms),
            is_live: now.published.problem.is_none(),
            has_chart: page.events.is_some_and(|path| path.starts_with("/events/migrations/")),
        },
        fragment,
    );
    let forms = if page.has_form { "'self'" } else { "'none'" };
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action {forms}; frame-ancestors 'none'"
    );
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response()
}

/// Returns a secret of a form, unless the system gives no random numbers.
pub fn secret() -> Option<String> {
    random().map(|random| URL_SAFE_NO_PAD.encode(random))
}

pub fn no_random_numbers() -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, "the system gives no random numbers\n").into_response()
}

fn random() -> Option<[u8; 16]> {
    let mut random = [0; 16];
    getrandom::getrandom(&mut random).ok().map(|()| random)
}
