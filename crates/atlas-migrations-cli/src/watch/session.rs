//! Runs a watch with its outputs: lines, live view, metrics and chart.

use std::time::Duration;

use atlas_client_core::sanitize;
use atlas_migrations::Client;

use super::chart::Chart;
use super::cutover::AutoCutover;
use super::exit_error::{conclude, worst_outcome};
use super::follow::{WatchConfig, follow};
use super::metrics::Metrics;
use super::outcome::Outcome;
use super::state::WatchState;
use super::targets::Target;
use super::watch_output::WatchOutput;
use crate::cli::{OutputFormat, Until, WatchOptions};
use crate::error::{CliError, Exit};
use crate::journal::LookLog;
use crate::metrics;
use crate::terminal::warn;

/// The number of lags to keep of each migration for the live view.
const VIEW_LAGS: usize = 64;
/// The number of lags to keep of each migration for a chart.
const CHART_LAGS: usize = 600;
/// A program that is killed loses at most this much of the chart.
const CHART_INTERVAL: Duration = Duration::from_mins(1);

/// Watches migrations, and records in the journal what is news. The most severe outcome decides the result.
pub async fn run(
    client: &Client,
    format: OutputFormat,
    targets: Vec<Target>,
    until: Until,
    auto_cutover: Option<AutoCutover>,
    looks: Option<LookLog>,
    options: &WatchOptions,
) -> Result<(), CliError> {
    let chart = options.chart.as_deref();
    let every = options.chart_interval.unwrap_or(CHART_INTERVAL);
    let chart = chart.map(|path| Chart::at(path, every)).transpose()?;
    let metrics = match options.metrics.metrics {
        Some(address) => {
            let metrics = Metrics::new(looks.as_ref().map(LookLog::meter).unwrap_or_default());
            metrics::start(address, metrics.clone()).await?;
            Some(metrics)
        }
        None => None,
    };
    let config = WatchConfig {
        targets,
        until,
        interval: options.interval.unwrap_or_default(),
        error_timeout: options.error_timeout,
        timeout: options.timeout,
        auto_cutover,
        looks,
        max_lags: if chart.is_some() { CHART_LAGS } else { VIEW_LAGS },
    };
    let mut state = config.initial_state(client);
    let journal = config.looks.as_ref().map(LookLog::store);
    let output = WatchOutput::new(format, metrics.clone(), journal, &state)?;
    let mut output = output.with_chart(chart);
    let result = follow(client, &config, &mut state, &mut output).await;
    // The outcomes matter more than the chart.
    if let Err(problem) = output.finish_chart(&state).await {
        warn(&sanitize(&problem));
    }
    // The reader of stdout may stall, so this comes after the chart.
    let written = output.finish().await;
    if let Some(looks) = config.looks {
        looks.finish().await;
    }
    result?;
    if let Some(served) = metrics {
        state.migrations.iter().for_each(|migration| served.update(migration));
        if state.worst() != Some(&Outcome::Interrupted) {
            metrics::linger(options.metrics.linger()).await;
        }
    }
    conclude(worst_outcome(&state), written, &state)
}

/// Watches the migrations of the demo and returns their final state.
pub async fn run_demo(
    client: &Client,
    format: OutputFormat,
    config: &WatchConfig,
) -> Result<WatchState, CliError> {
    let mut state = config.initial_state(client);
    let mut output = WatchOutput::new(format, None, None, &state)?;
    let result = follow(client, config, &mut state, &mut output).await;
    // The reader of a demo may go without a message.
    result.map_err(|error| {
        if error.has_exit(Exit::ReaderGone) { CliError::silent(Exit::ReaderGone) } else { error }
    })?;
    match output.finish().await {
        Ok(()) => Ok(state),
        written => conclude(worst_outcome(&state), written, &state).map(|()| state),
    }
}
