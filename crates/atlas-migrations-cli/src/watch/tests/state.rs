//! Tests of the state of a watch.

use std::cell::RefCell;
use std::time::Duration;

use atlas_hostile_inputs::{check, documents};
use atlas_migrations_metrics::JournalMeter;
use atlas_migrations_terminal::{Abilities, Colors, Scene, Theme, View, render};
use atlas_simulator::Timeline;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use ratatui_core::buffer::Cell;

use super::simulated_watch::{SimulatedWatch, hours};
use crate::cli::Until;
use crate::error::Exit;
use crate::metrics::MetricsSource as _;
use crate::watch::chart;
use crate::watch::cutover_condition::{CutoverCondition, WaitingFor};
use crate::watch::metrics::Metrics;
use crate::watch::next_text::next_text;
use crate::watch::outcome::Outcome;
use crate::watch::state::WatchState;
use crate::watch::view_input::input;
use crate::watch::watched_migration::{CutoverState, MIN_READY_POLLS, Phase};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Returns a watch of one migration that became ready between two polls.
async fn ready() -> SimulatedWatch {
    let timeline = Timeline { replication_seconds: 60, ..Timeline::default() };
    let mut watch = SimulatedWatch::new(&[("orders", timeline)], Until::Complete).await;
    watch.poll_after(Duration::ZERO).await;
    watch.poll_after(hours(1)).await;
    assert_eq!(watch.state.migrations[0].phase(), Phase::Ready);
    watch
}

#[tokio::test]
async fn a_cutover_without_visible_effect_has_two_minutes_however_often_it_is_polled() {
    let mut watch = ready().await;
    watch.state.migrations[0].cutover = CutoverState::unclear("the connection was lost".to_owned());
    for _ in 0..100 {
        watch.poll_after(seconds(1)).await;
    }
    assert_eq!(watch.state.migrations[0].outcome, None);
    // One poll at which it is not ready resets the count.
    let body = r#"{"status": "WORKING", "readyForCutover": false}"#;
    watch.respond("orders", body, 1);
    for _ in 0..100 {
        watch.poll_after(seconds(1)).await;
    }
    assert_eq!(watch.state.migrations[0].outcome, None);
    for _ in 0..22 {
        watch.poll_after(seconds(1)).await;
    }
    let Some(Outcome::Error { message, hint, exit }) = &watch.state.migrations[0].outcome else {
        panic!("{:?}", watch.state.migrations[0].outcome);
    };
    assert!(message.contains("the connection was lost") && *exit == Exit::Service, "{message}");
    let hint = hint.as_ref().unwrap();
    assert!(hint.contains("look in the Atlas UI") && hint.contains("only if"), "{hint}");
}

#[tokio::test]
async fn a_cutover_with_unknown_result_needs_several_polls_however_long_they_take() {
    let mut watch = ready().await;
    watch.state.migrations[0].cutover = CutoverState::unclear("the connection was lost".to_owned());
    for _ in 1..MIN_READY_POLLS {
        watch.poll_after(seconds(600)).await;
    }
    assert_eq!(watch.state.migrations[0].outcome, None);
    watch.poll_after(seconds(600)).await;
    assert!(watch.state.migrations[0].outcome.is_some());
}

#[tokio::test]
async fn setting_the_wall_clock_does_not_change_the_countdown() {
    for (name, shift) in [("back", -25 * 3600), ("forward", 25 * 3600)] {
        let mut watch = ready().await;
        let before = watch.state.migrations[0].time_left().unwrap();
        watch.shift_wall_clock(shift);
        let migration = &watch.state.migrations[0];
        assert_eq!(migration.time_left(), Some(before), "{name}, before another poll");
        watch.poll_after(seconds(60)).await;
        let migration = &watch.state.migrations[0];
        assert_eq!(migration.time_left(), Some(before.after(seconds(60))), "{name}");
        assert!(next_text(migration).contains("4d 22h left"), "{}", next_text(migration));
        assert_eq!(watch.state.now(), watch.state.start + hours(1) + seconds(60));
    }
}

#[tokio::test]
async fn the_state_says_what_a_cutover_waits_for() {
    let mut watch = ready().await;
    let waits = |watch: &SimulatedWatch| watch.state.migrations[0].waiting_for();
    assert_eq!(waits(&watch), None, "there is no condition");
    let max_lag = Some(seconds(5));
    watch.state.set_cutover_condition(CutoverCondition { max_lag }, &[]);
    assert_eq!(waits(&watch), None, "the lag is small enough");
    let ready = |lag: &str| {
        format!(r#"{{"status": "WORKING", "readyForCutover": true, "lagTimeSeconds": {lag}}}"#)
    };
    for (body, waiting, shown) in [
        (ready("12"), Some("lag"), "ready, lag above 5s, 4d 22h left"),
        (ready("null"), Some("lag"), "ready, lag unknown, 4d 22h left"),
        (r#"{"status": "WORKING", "lagTimeSeconds": 3}"#.to_owned(), Some("readiness"), ""),
        (ready("5"), None, "ready, 4d 22h left"),
    ] {
        watch.respond("orders", &body, 1);
        watch.poll_after(seconds(1)).await;
        assert_eq!(waits(&watch).map(WaitingFor::as_str), waiting, "{body}");
        let text = next_text(&watch.state.migrations[0]);
        assert!(text.starts_with(shown), "{body}: {text}");
    }
    watch.state.migrations[0].cutover = CutoverState::Sending;
    assert_eq!(waits(&watch), None);
}

const SEEDS: &[&str] = &[
    r#"{"_id":"6296fb4c7c7aa997cf94e000","status":"WORKING","lagTimeSeconds":900,"readyForCutover":false}"#,
    r#"{"status":"WORKING","lagTimeSeconds":9223372036854775807,"readyForCutover":true}"#,
    r#"{"status":"PAU\u001b[2JSED\u202e","migrationHosts":["a"],"readyForCutover":true}"#,
    r#"{"status":"FAILED","lagTimeSeconds":0,"readyForCutover":true}"#,
    r#"{"status":"<&\">\n\u0000","lagTimeSeconds":1}"#,
    "{}",
];

#[tokio::test]
async fn the_view_shows_migrations_that_no_journal_knows() {
    let watch = SimulatedWatch::in_all_phases().await;
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("all_phases", frame(&watch.state).join("\n"));
    });
}

/// Returns the lines of the view.
fn frame(state: &WatchState) -> Vec<String> {
    let input = input(state, None);
    let looks = input.looks.lock().unwrap();
    let (board, times) = input.board(&looks, &TimeZone::UTC);
    let (published, looks) = (&input.published, &*looks);
    let scene = Scene { board: &board, published, looks, times: &times };
    let theme = Theme { colors: Colors::None, is_unicode: true };
    let frame = render(&scene, &View::new(Abilities::default()), theme, 100, 24);
    let lines = frame.content().chunks(100);
    lines.map(|line| line.iter().map(Cell::symbol).collect()).collect()
}

/// Lines fit the terminal and contain no control characters, for any response of the service.
#[test]
fn hostile_responses_break_neither_the_view_nor_the_chart_nor_the_metrics() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let watch =
        runtime.block_on(SimulatedWatch::new(&[("orders", Timeline::default())], Until::Complete));
    let watch = RefCell::new(watch);
    check("watch state", &documents(SEEDS), |body| {
        let mut watch = watch.borrow_mut();
        let body = String::from_utf8_lossy(&body);
        watch.reset(Until::Complete);
        watch.state.set_cutover_condition(CutoverCondition { max_lag: Some(seconds(5)) }, &[]);
        for time in [60, 400_000] {
            watch.respond("orders", &body, 1);
            runtime.block_on(watch.poll_after(seconds(time)));
        }
        watch.simulator.control().clear_faults();
        for line in frame(&watch.state) {
            prop_assert!(!line.contains(|c: char| c.is_control() || c == '\u{202e}'), "{line:?}");
        }
        let svg = chart::drawn(&watch.state).to_svg();
        prop_assert!(roxmltree::Document::parse(&svg).is_ok(), "{svg}");
        let metrics = Metrics::new(JournalMeter::default());
        metrics.update(&watch.state.migrations[0]);
        let text = runtime.block_on(metrics.text());
        prop_assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        prop_assert!(text.ends_with('\n'));
        Ok(())
    });
}
