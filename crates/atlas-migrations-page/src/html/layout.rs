//! The frame of every page.

use std::time::Duration;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    assets::{SCRIPT, STYLE},
    parts::BREAK,
};
use atlas_migrations_board::{Published, Times};

/// What the frame of a page depends on.
pub struct Head<'a> {
    /// The nonce of the style and of the script.
    pub nonce: &'a str,
    pub title: &'a str,
    /// The name of the plan, or of the whole.
    pub scope: &'a str,
    /// The path of the page's events. A page without them does not change.
    pub events: Option<&'a str>,
    /// The time between signs of life.
    pub heartbeat: Duration,
    /// Who reads, if a proxy or a token says so.
    pub user: Option<&'a str>,
    /// Whether readers can decide.
    pub decides: bool,
    /// When the journal was read last.
    pub read: &'a str,
    pub is_live: bool,
    /// Whether a chart may be on the page.
    pub has_chart: bool,
}

/// Returns a whole page around a fragment.
pub fn page(head: &Head<'_>, fragment: &str) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (head.title) }
                link rel="icon" href="data:,";
                @if head.events.is_some() { noscript { meta http-equiv="refresh" content="15"; } }
                style nonce=(head.nonce) {
                    (PreEscaped(STYLE))
                    @if head.has_chart { (PreEscaped(atlas_migrations_chart::STYLE)) }
                }
            }
            body {
                a.skip href="#needs-you" { "Skip to what needs you" }
                div #stale .banner.yours role="alert" hidden[true] {}
                header {
                    nav aria-label="Pages" { a href="/" { b { (head.scope) } } a href="/status.json" { "JSON" } }
                    p.now {
                        span #dot .(if head.is_live { "on" } else { "off" }) aria-hidden="true" {}
                        " " span #mode { "Read" } " " span #read { (head.read) }
                        @match (head.user, head.decides) {
                            (Some(user), true) => span.muted { "Signed in: " (user) },
                            (Some(user), false) => span.muted { "Signed in: " (user) ", read-only" },
                            (None, _) => span.muted { "Read-only" },
                        }
                    }
                }
                p #say .vh aria-live="polite" {}
                div #live data-events=[head.events] data-beat=(head.heartbeat.as_millis()) { (PreEscaped(fragment)) }
                footer {
                    p {
                        @if head.decides { "Decide here, or in a shell that uses the same journal: " }
                        @else { "This page changes nothing. Decide in a shell that uses the same journal: " }
                        @for command in ["approve NAME", "hold NAME", "release NAME", "retry NAME"] {
                            code.cmd { "atlas-migrations " (command) } " "
                        }
                    }
                    p.muted {
                        "It shows what the journal has: the last state that was recorded, not what Atlas shows now. \
                         Whether a run works at the moment is not in the journal. "
                        code { "atlas-migrations status" } " asks Atlas."
                    }
                }
                @if head.events.is_some() { script nonce=(head.nonce) { (PreEscaped(SCRIPT)) } }
            }
        }
    };
    page.into_string()
}

/// Returns the part of a page that changes, with what the script says and the title of the tab.
pub fn fragment(
    title: &str,
    say: &str,
    published: &Published,
    times: &Times,
    main: &Markup,
) -> String {
    let fragment = html! {
        @if let Some(problem) = &published.problem {
            div #problem .banner.yours role="alert" {
                p {
                    strong { "Last read " (times.passed(published.read_ms)) " ago, at " (times.clock(published.read_ms)) ". " }
                    "The journal cannot be read: " (problem) ". It is tried again. Migrations go on in Atlas."
                }
            }
        }
        (BREAK)
        main #main data-title=(title) data-say=(say) { (BREAK) (main) (BREAK) }
    };
    fragment.into_string()
}
