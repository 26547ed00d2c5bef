//! `atlas-migrations watch`, and what following migrations takes elsewhere.

mod board;
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

use std::time::{Duration, SystemTime};

use atlas_migrations::Client;

pub use self::board::Board;
use self::chart::Chart;
pub use self::follow::{CutOver, Plan};
use self::metrics::Metrics;
use self::output::Outputs;
pub use self::summary::ended;
pub use self::targets::Target;
use crate::arguments::{self, Common, Following, Interval, Output, Until};
use crate::connection::{connect, project, settings};
use crate::failure::{Exit, Failure};
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
            let metrics = Metrics::new();
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
    let mut board = plan.board();
    let mut outputs = Outputs::new(output, metrics)?;
    let followed = follow::follow(client, &plan, &mut board, &mut outputs).await;
    if let Some(chart) = chart {
        chart.write(&board)?;
    }
    // What was told is waited for last, for its reader may not read.
    let written = outputs.finish().await;
    followed?;
    ending::conclude(ended(&board), written, &board)
}

/// Follows migrations by a plan and shows how they go.
pub async fn show(client: &Client, output: Output, plan: &Plan) -> Result<Board, Failure> {
    let mut board = plan.board();
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
