//! `atlas-migrations watch`, and what following migrations takes elsewhere.

mod board;
#[cfg(test)]
mod board_tests;
mod chart;
mod ending;
mod follow;
mod history;
mod lines;
mod metrics;
mod metrics_server;
mod output;
#[cfg(test)]
mod stage;
mod summary;
mod targets;
mod view;
mod waiting;

use std::time::{Duration, SystemTime};

use atlas_client_core::sanitize;
use atlas_migrations::Client;
use humantime::format_duration;
use tokio::time::sleep;

pub use self::board::Board;
use self::board::Outcome;
use self::chart::Chart;
pub use self::follow::{CutOver, Plan};
use self::metrics::Metrics;
use self::output::Outputs;
pub use self::summary::ended;
pub use self::targets::Target;
use crate::arguments::{self, Common, Following, Interval, Output, Until};
use crate::connection::{connect, project, settings};
use crate::failure::{Exit, Failure};
use crate::interrupt::told_to_stop;
use crate::terminal::{note, warn};

/// Between these times a watch adapts the interval between its polls.
const INTERVAL: Interval =
    Interval { shortest: Duration::from_secs(5), longest: Duration::from_secs(60) };
/// How many lags are kept of each migration: for the sparkline, and for a chart.
const LAGS: (usize, usize) = (64, 600);

pub async fn run(common: &Common, arguments: arguments::Watch) -> Result<(), Failure> {
    let settings = settings(common)?;
    let targets = match &arguments.file {
        Some(file) => targets::read(file)?,
        None => {
            let group = project(&settings, arguments.project.group_id)?;
            let targets = arguments.ids.iter().map(|id| Target::new(group, *id, None));
            targets::without_repetitions(targets)
        }
    };
    let client = connect(common, &settings)?;
    follow(&client, common.output, targets, arguments.until, None, &arguments.following).await
}

/// Follows migrations as the arguments say, and ends as the worst of them does.
pub async fn follow(
    client: &Client,
    output: Output,
    targets: Vec<Target>,
    until: Until,
    cut_over: Option<CutOver>,
    following: &Following,
) -> Result<(), Failure> {
    let chart = following.chart.as_deref().map(Chart::at).transpose()?;
    let metrics = match following.metrics {
        Some(address) => {
            let unusable = |error| Failure::new("--metrics").because(&error).exit(Exit::Usage);
            let (listener, bound) = metrics_server::listen(address).await.map_err(unusable)?;
            if !bound.ip().is_loopback() {
                warn("the metrics can be read from other machines, without a credential");
            }
            note(&format!("metrics are served at http://{bound}/metrics"));
            let metrics = Metrics::new(client.transport().clock());
            tokio::spawn(metrics_server::serve(listener, metrics.clone()));
            Some(metrics)
        }
        None => None,
    };
    let plan = Plan {
        until,
        interval: following.interval.unwrap_or(INTERVAL),
        patience: following.patience,
        timeout: following.timeout,
        cut_over,
        lags: if chart.is_some() { LAGS.1 } else { LAGS.0 },
        now: Box::new(SystemTime::now),
        targets,
    };
    let mut board = plan.board(client);
    let mut outputs = Outputs::new(output, metrics.clone())?;
    let followed = follow::follow(client, &plan, &mut board, &mut outputs).await;
    // What became of the migrations matters more than the chart.
    if let Some(Err(problem)) = chart.map(|chart| chart.write(&board)) {
        warn(&sanitize(&problem));
    }
    // What was told is waited for last, for its reader may not read.
    let written = outputs.finish().await;
    followed?;
    if let Some(metrics) = metrics {
        for row in &board.rows {
            metrics.update(row);
        }
        linger(following.linger.unwrap_or_default(), &board).await;
    }
    ending::conclude(ended(&board), written, &board)
}

/// Lets the last metrics be read for a while, unless it was told to stop.
async fn linger(time: Duration, board: &Board) {
    if time.is_zero() || board.worst() == Some(&Outcome::Interrupted) {
        return;
    }
    note(&format!("metrics are served for {} more; Ctrl-C ends it", format_duration(time)));
    tokio::select! {
        () = sleep(time) => {}
        () = told_to_stop() => {}
    }
}

/// Follows migrations by a plan and shows how they go.
pub async fn show(client: &Client, output: Output, plan: &Plan) -> Result<Board, Failure> {
    let mut board = plan.board(client);
    let mut outputs = Outputs::new(output, None)?;
    let followed = follow::follow(client, plan, &mut board, &mut outputs).await;
    // What is simulated may be left without a word.
    followed.map_err(|failure| {
        if failure.is(Exit::ReaderGone) { Failure::quiet(Exit::ReaderGone) } else { failure }
    })?;
    match outputs.finish().await {
        Ok(()) => Ok(board),
        written => ending::conclude(ended(&board), written, &board).map(|()| board),
    }
}
