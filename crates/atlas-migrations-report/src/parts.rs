//! Parts that several sections use.

use atlas_migrations_chart::{Tone, clean, day_time_text};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::model::Entry;

/// Returns the class of a tone.
pub(crate) fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Broken => "broken",
        Tone::Yours => "yours",
        Tone::Moving => "moving",
        Tone::Done => "done",
        _ => "idle",
    }
}

/// Shows a time in the zone. The tooltip has it in UTC.
pub(crate) fn time(at_ms: i64, zone: &TimeZone) -> Markup {
    let utc = Timestamp::from_second(at_ms.div_euclid(1000)).unwrap_or_default().to_string();
    html! { time datetime=(utc) title=(utc) { (day_time_text(at_ms, zone)) } }
}

/// Shows a time to the second: the order of events matters.
fn exact_time(at_ms: i64, zone: &TimeZone) -> Markup {
    let time = Timestamp::from_second(at_ms.div_euclid(1000)).unwrap_or_default();
    let seconds = time.to_zoned(zone.clone()).strftime(":%S").to_string();
    html! { time datetime=(time) title=(time) { (day_time_text(at_ms, zone)) (seconds) } }
}

/// Shows a time that may be unknown.
pub(crate) fn time_or_dash(at_ms: Option<i64>, zone: &TimeZone) -> Markup {
    match at_ms {
        Some(at_ms) => time(at_ms, zone),
        None => html! { span.muted { "–" } },
    }
}

/// Shows text from outside in a cell, or a dash.
pub(crate) fn text_or_dash(text: Option<&str>) -> Markup {
    match text {
        Some(text) => html! { (clean(text)) },
        None => html! { span.muted { "–" } },
    }
}

/// Shows events as a table. With `name`, each row names the log that it is from.
pub(crate) fn events(rows: &[(&str, &Entry)], zone: &TimeZone, named: bool) -> Markup {
    html! {
        div.scroll {
            table {
                thead { tr {
                    th scope="col" { "Time" }
                    @if named { th scope="col" { "Of" } }
                    th scope="col" { "Event" }
                    th scope="col" { "What" }
                    th scope="col" { "Who" }
                } }
                tbody {
                    @for (name, entry) in rows {
                        tr.problem[entry.is_problem] {
                            td.nowrap { (exact_time(entry.at_ms, zone)) }
                            @if named { td { (clean(name)) } }
                            td.nowrap.muted {
                                (entry.seq)
                                @if entry.attempt > 1 { ", attempt " (entry.attempt) }
                            }
                            td {
                                // Color alone does not say it.
                                @if entry.is_problem { span aria-hidden="true" { "! " } }
                                (clean(&entry.what))
                            }
                            td { (clean(&entry.who)) }
                        }
                    }
                }
            }
        }
    }
}
