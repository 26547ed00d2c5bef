//! How a board reckons with time, and what it takes a migration to wait for.

use std::cell::RefCell;
use std::time::Duration;

use atlas_hostile_inputs::{check, documents};
use atlas_simulator::Timeline;
use proptest::prelude::*;

use super::board::{Cutover, LOOKS, Outcome, Phase};
use super::chart;
use super::metrics::Metrics;
use super::stage::{Stage, hours};
use super::view::{self, Canvas};
use super::waiting::{Gate, WaitingFor};
use crate::arguments::Until;
use crate::failure::Exit;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// One that is ready, and was seen before it was.
async fn ready() -> Stage {
    let timeline = Timeline { replication_seconds: 60, ..Timeline::default() };
    let mut stage = Stage::new(&[("orders", timeline)], Until::Complete).await;
    stage.look_after(Duration::ZERO).await;
    stage.look_after(hours(1)).await;
    assert_eq!(stage.board.rows[0].phase(), Phase::Ready);
    stage
}

#[tokio::test]
async fn a_cutover_that_shows_no_effect_is_given_two_minutes_however_often_it_is_looked_at() {
    let mut stage = ready().await;
    stage.board.rows[0].cutover = Cutover::unclear("the connection was lost".to_owned());
    for _ in 0..100 {
        stage.look_after(seconds(1)).await;
    }
    assert_eq!(stage.board.rows[0].outcome, None);
    // A single look at which it is not ready begins anew.
    let body = r#"{"status": "WORKING", "readyForCutover": false}"#;
    stage.answer("orders", body, 1);
    for _ in 0..100 {
        stage.look_after(seconds(1)).await;
    }
    assert_eq!(stage.board.rows[0].outcome, None);
    for _ in 0..22 {
        stage.look_after(seconds(1)).await;
    }
    let Some(Outcome::Error { why, hint, exit }) = &stage.board.rows[0].outcome else {
        panic!("{:?}", stage.board.rows[0].outcome);
    };
    assert!(why.contains("the connection was lost") && *exit == Exit::Service, "{why}");
    let hint = hint.as_ref().unwrap();
    assert!(hint.contains("look in the Atlas UI") && hint.contains("only if"), "{hint}");
}

#[tokio::test]
async fn few_looks_at_a_cutover_of_unknown_effect_are_not_enough_however_long_they_take() {
    let mut stage = ready().await;
    stage.board.rows[0].cutover = Cutover::unclear("the connection was lost".to_owned());
    for _ in 1..LOOKS {
        stage.look_after(seconds(600)).await;
    }
    assert_eq!(stage.board.rows[0].outcome, None);
    stage.look_after(seconds(600)).await;
    assert!(stage.board.rows[0].outcome.is_some());
}

#[tokio::test]
async fn a_clock_that_is_set_moves_no_countdown() {
    for (name, shift) in [("back", -25 * 3600), ("forward", 25 * 3600)] {
        let mut stage = ready().await;
        let before = stage.board.rows[0].time_left().unwrap();
        stage.set_clock(shift);
        let row = &stage.board.rows[0];
        assert_eq!(row.time_left(), Some(before), "{name}, before another look");
        stage.look_after(seconds(60)).await;
        let row = &stage.board.rows[0];
        assert_eq!(row.time_left(), Some(before.after(seconds(60))), "{name}");
        assert!(view::next(row).text().contains("4d 22h left"), "{}", view::next(row).text());
        assert_eq!(stage.board.age(), hours(1) + seconds(60));
    }
}

#[tokio::test]
async fn what_a_cutover_waits_for_is_told() {
    let mut stage = ready().await;
    let waits = |stage: &Stage| stage.board.rows[0].waiting_for();
    assert_eq!(waits(&stage), None, "it is not to be cut over");
    let max_lag = Some(seconds(5));
    stage.board.expect_cutovers(Gate { max_lag }, &[]);
    assert_eq!(waits(&stage), None, "its lag is small enough");
    let ready = |lag: &str| {
        format!(r#"{{"status": "WORKING", "readyForCutover": true, "lagTimeSeconds": {lag}}}"#)
    };
    for (body, waiting, shown) in [
        (ready("12"), Some("lag"), "ready, lag above 5s, 4d 22h left"),
        (ready("null"), Some("lag"), "ready, lag not known, 4d 22h left"),
        (r#"{"status": "WORKING", "lagTimeSeconds": 3}"#.to_owned(), Some("readiness"), ""),
        (ready("5"), None, "ready, 4d 22h left"),
    ] {
        stage.answer("orders", &body, 1);
        stage.look_after(seconds(1)).await;
        assert_eq!(waits(&stage).map(WaitingFor::as_str), waiting, "{body}");
        let text = view::next(&stage.board.rows[0]);
        assert!(text.text().starts_with(shown), "{body}: {}", text.text());
    }
    stage.board.rows[0].cutover = Cutover::Sending;
    assert_eq!(waits(&stage), None);
}

const SEEDS: &[&str] = &[
    r#"{"_id":"6296fb4c7c7aa997cf94e000","status":"WORKING","lagTimeSeconds":900,"readyForCutover":false}"#,
    r#"{"status":"WORKING","lagTimeSeconds":9223372036854775807,"readyForCutover":true}"#,
    r#"{"status":"PAU\u001b[2JSED\u202e","migrationHosts":["a"],"readyForCutover":true}"#,
    r#"{"status":"FAILED","lagTimeSeconds":0,"readyForCutover":true}"#,
    r#"{"status":"<&\">\n\u0000","lagTimeSeconds":1}"#,
    "{}",
];

/// Whatever a service says, what is shown is of one line each, as wide as the terminal, and steers nothing.
#[test]
fn hostile_answers_break_neither_the_view_nor_the_chart_nor_the_metrics() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stage = runtime.block_on(Stage::new(&[("orders", Timeline::default())], Until::Complete));
    let stage = RefCell::new(stage);
    check("board", &documents(SEEDS), |body| {
        let mut stage = stage.borrow_mut();
        let body = String::from_utf8_lossy(&body);
        stage.begin_again(Until::Complete);
        stage.board.expect_cutovers(Gate { max_lag: Some(seconds(5)) }, &[]);
        for time in [60, 400_000] {
            stage.answer("orders", &body, 1);
            runtime.block_on(stage.look_after(seconds(time)));
        }
        stage.simulator.control().clear_faults();
        let canvas = Canvas { width: 80, height: 24 };
        for line in view::render(&stage.board, canvas) {
            let line = line.to_text(false);
            prop_assert!(console::measure_text_width(&line) < 80, "{line:?}");
            prop_assert!(!line.contains(|c: char| c.is_control() || c == '\u{202e}'), "{line:?}");
        }
        let mut svg = String::new();
        chart::draw(&mut svg, &stage.board).unwrap();
        prop_assert!(roxmltree::Document::parse(&svg).is_ok(), "{svg}");
        let metrics = Metrics::new(stage.client.transport().clock());
        metrics.update(&stage.board.rows[0]);
        let text = metrics.text().unwrap();
        prop_assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        prop_assert!(text.ends_with("# EOF\n"));
        Ok(())
    });
}
