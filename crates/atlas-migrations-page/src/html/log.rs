//! The log of a migration or a plan.

use maud::{Markup, html};

use super::parts::{BREAK, time};
use atlas_migrations_board::LogLine;

/// The number of events that are shown. The newest are kept.
const SHOWN: usize = 200;

/// Returns the events, the newest first.
pub fn log(lines: &[LogLine], zone: &str) -> Markup {
    html! {
        h2 { "Log, newest first, " (zone) }
        table.log {
            thead { tr { th scope="col" { "Time" } th scope="col" { "What" } th scope="col" { "Who" } } }
            tbody {
                @for line in lines.iter().take(SHOWN) {
                    (BREAK)
                    tr {
                        td { (time(&line.at)) }
                        td { (line.what) " " small { "event " (line.seq) } }
                        td { (line.who) }
                    }
                }
            }
        }
        @if lines.len() > SHOWN {
            p.muted { (lines.len() - SHOWN) " older events: " code { "atlas-migrations journal show" } }
        }
    }
}
