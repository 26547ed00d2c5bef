//! Polls migrations until each of them has an outcome.

use std::collections::HashMap;
use std::future::pending;
use std::time::Duration;

use atlas_client_core::sanitize;
use atlas_migrations::{
    Change, Client, FleetUpdates, LiveMigrationRef, PollInterval, Update, WatchError, WatchOptions,
};
use atlas_migrations_chart::MarkKind;
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, interval_at, sleep};

use super::cutover::{AutoCutover, CutoverOutcome};
use super::event_lines::WatchEvent;
use super::exit_error;
use super::outcome::Outcome;
use super::state::WatchState;
use super::targets::Target;
use super::watch_output::{WatchOutput, warn};
use super::watched_migration::CutoverState;
use crate::cli::Until;
use crate::error::{CliError, exit_of};
use crate::interrupt;
use crate::journal::LookLog;
use crate::terminal::WriteError;

/// The longest `Retry-After` of a cutover that is respected.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(1);
/// How long to wait at the end for responses to cutovers.
const LAST_RESPONSES_TIMEOUT: Duration = Duration::from_secs(5);
const FRAME_INTERVAL: Duration = Duration::from_millis(100);

/// What to watch, and how.
pub struct WatchConfig {
    pub targets: Vec<Target>,
    pub until: Until,
    pub interval: PollInterval,
    pub error_timeout: Option<Duration>,
    pub timeout: Option<Duration>,
    pub auto_cutover: Option<AutoCutover>,
    /// Records what is seen.
    pub looks: Option<LookLog>,
    /// The number of lags to keep of each migration.
    pub max_lags: usize,
}

impl WatchConfig {
    /// Returns the state before the first poll.
    pub fn initial_state(&self, client: &Client) -> WatchState {
        let clock = client.transport().clock();
        let mut state = WatchState::new(self.targets.clone(), self.until, self.max_lags, clock);
        if let Some(cutover) = &self.auto_cutover {
            state.set_cutover_condition(cutover.condition(), &cutover.except);
        }
        state
    }

    fn fleet(&self, client: &Client) -> FleetUpdates {
        let mut options = WatchOptions::new()
            .poll_interval(self.interval)
            .emit_unchanged(true)
            .emit_transient_errors(true);
        if let Some(timeout) = self.error_timeout {
            options = options.error_timeout(timeout);
        }
        let migrations = self.targets.iter().map(|target| target.key);
        client.fleet().with(migrations).options(options).updates()
    }
}

/// Polls until each migration has an outcome, the time is over, a signal arrives, or the reader of stdout is gone.
///
/// The state is complete even if it could not be printed. A stalled reader of stdout delays nothing here;
/// [`WatchOutput::finish`] waits for it.
pub async fn follow(
    client: &Client,
    config: &WatchConfig,
    state: &mut WatchState,
    output: &mut WatchOutput,
) -> Result<(), CliError> {
    let index_of = (0..).zip(&config.targets).map(|(index, target)| (target.key, index)).collect();
    let fleet = config.fleet(client);
    let (cutovers, not_before) = (JoinSet::new(), HashMap::new());
    Follower { client, config, state, output, fleet, index_of, cutovers, not_before }.run().await
}

/// Waits for the next tick, or forever without an interval.
async fn tick(interval: &mut Option<Interval>) {
    match interval {
        Some(interval) => {
            interval.tick().await;
        }
        None => pending().await,
    }
}

struct Follower<'a> {
    client: &'a Client,
    config: &'a WatchConfig,
    state: &'a mut WatchState,
    output: &'a mut WatchOutput,
    fleet: FleetUpdates,
    index_of: HashMap<LiveMigrationRef, usize>,
    cutovers: JoinSet<(usize, CutoverOutcome)>,
    /// The service asked to send no cutover before these times.
    not_before: HashMap<usize, Instant>,
}

impl Follower<'_> {
    async fn run(mut self) -> Result<(), CliError> {
        self.update_interrupt_error();
        let timeout = self.config.timeout;
        let time_over = async {
            match timeout {
                Some(timeout) => sleep(timeout).await,
                None => pending().await,
            }
        };
        tokio::pin!(time_over);
        let interrupted = interrupt::requested();
        tokio::pin!(interrupted);
        let stdout_failed = self.output.stdout_failed();
        tokio::pin!(stdout_failed);
        let mut stdout_works = true;
        let mut frames = interval(FRAME_INTERVAL);
        frames.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut charts = self.output.chart_interval().map(|between| {
            let mut charts = interval_at(Instant::now() + between, between);
            charts.set_missed_tick_behavior(MissedTickBehavior::Skip);
            charts
        });

        while !self.state.is_finished() {
            tokio::select! {
                Some(result) = self.fleet.next() => self.on_poll(result)?,
                Some(Ok((index, outcome))) = self.cutovers.join_next() => {
                    self.on_cutover(index, &outcome)?;
                }
                () = tick(&mut charts) => self.output.start_chart(self.state),
                _ = frames.tick(), if self.output.has_view() => self.output.draw(self.state),
                () = &mut time_over => self.state.finish_remaining(&Outcome::TimedOut),
                () = &mut interrupted => self.state.finish_remaining(&Outcome::Interrupted),
                () = &mut stdout_failed, if stdout_works => {
                    stdout_works = false;
                    match self.output.stdout_error() {
                        Some(WriteError::Unwritable(reason)) => warn(&format!(
                            "the output cannot be written; the watch continues: {reason}"
                        )),
                        _ => {
                            self.wait_for_cutovers().await?;
                            let cuts_over = self.config.auto_cutover.is_some();
                            let error = exit_error::reader_gone(self.state, cuts_over);
                            self.state.finish_remaining(&Outcome::Interrupted);
                            self.output.print_end(self.state)?;
                            return Err(error);
                        }
                    }
                }
            }
        }
        // Responses to cutovers may take seconds, and a second signal ends the program at once.
        self.output.start_chart(self.state);
        self.wait_for_cutovers().await?;
        self.output.print_end(self.state)
    }

    /// Waits, within limits, for the responses to cutovers, because their results matter even when the watch ends.
    async fn wait_for_cutovers(&mut self) -> Result<(), CliError> {
        let timeout = sleep(LAST_RESPONSES_TIMEOUT);
        tokio::pin!(timeout);
        loop {
            tokio::select! {
                result = self.cutovers.join_next() => match result {
                    Some(Ok((index, outcome))) => self.on_cutover(index, &outcome)?,
                    Some(Err(_)) => {}
                    None => return Ok(()),
                },
                () = &mut timeout => return Ok(()),
            }
        }
    }

    fn on_poll(&mut self, result: Result<Update, WatchError>) -> Result<(), CliError> {
        let key = match &result {
            Ok(update) => update.migration,
            Err(error) => error.migration(),
        };
        let Some(&index) = self.index_of.get(&key) else { return Ok(()) };
        let migration = &mut self.state.migrations[index];
        if let (Ok(update), Some(looks)) = (&result, &self.config.looks)
            && (update.changed.iter().any(|change| *change != Change::Lag)
                || looks.is_lag_due(key.id))
        {
            looks.add(key.id, &update.job);
        }
        let result = result.map(|update| migration.record_update(update));
        let (is_news, event) = match &result {
            Ok(is_news) => (*is_news, WatchEvent::Update),
            Err(error) => (migration.record_failure(error), WatchEvent::PollFailed(error)),
        };
        self.output.update_metrics(migration);
        if is_news {
            self.output.print(migration, &event)?;
        }
        if self.stop_polling_if_finished(index) {
            return Ok(());
        }
        let migration = &mut self.state.migrations[index];
        if let Some(cutover) = &self.config.auto_cutover
            && migration.is_ready_for_first_cutover()
            && migration.job().is_some_and(|job| cutover.is_due(key, job))
            && self.not_before.get(&index).is_none_or(|time| *time <= Instant::now())
        {
            migration.cutover = CutoverState::Sending;
            self.output.print(migration, &WatchEvent::CutoverSending)?;
            self.update_interrupt_error();
            let (client, cutover) = (self.client.clone(), cutover.clone());
            self.cutovers.spawn(async move { (index, cutover.attempt(&client, key).await) });
        }
        Ok(())
    }

    fn on_cutover(&mut self, index: usize, outcome: &CutoverOutcome) -> Result<(), CliError> {
        let migration = &mut self.state.migrations[index];
        let reason = outcome.reason().unwrap_or_default();
        migration.cutover = match outcome {
            CutoverOutcome::Accepted => CutoverState::Accepted,
            CutoverOutcome::Unclear(_) => CutoverState::unclear(reason.clone()),
            CutoverOutcome::Postponed(_)
            | CutoverOutcome::Refused(_)
            | CutoverOutcome::NotAllowed(_)
            | CutoverOutcome::NotAllowedYet(_) => CutoverState::NotSent,
        };
        let refusal = match outcome {
            CutoverOutcome::Refused(error) => {
                Some((error.hint().map(|hint| sanitize(&hint)), exit_of(error)))
            }
            CutoverOutcome::NotAllowed(error) => {
                Some((error.hint_text().map(sanitize), error.exit_code()))
            }
            _ => None,
        };
        if let (Some((hint, exit)), None) = (refusal, &migration.outcome) {
            migration.finish(Outcome::Error { message: reason, hint, exit });
        }
        if outcome.as_str() != "postponed" {
            let kind = match outcome {
                CutoverOutcome::Accepted => MarkKind::CutoverSent,
                CutoverOutcome::Unclear(_) => MarkKind::Unclear,
                _ => MarkKind::Other,
            };
            migration.add_event(kind, format!("cutover {}", outcome.as_str()));
        }
        self.output.print(migration, &WatchEvent::CutoverEnded(outcome))?;
        if let CutoverOutcome::Postponed(Some(error)) = outcome
            && let Some(wait) = error.retry_after()
            && let Some(time) = Instant::now().checked_add(wait.min(MAX_RETRY_AFTER))
        {
            self.not_before.insert(index, time);
        }
        self.update_interrupt_error();
        self.stop_polling_if_finished(index);
        Ok(())
    }

    fn stop_polling_if_finished(&mut self, index: usize) -> bool {
        let migration = &self.state.migrations[index];
        let is_finished = migration.outcome.is_some();
        if is_finished {
            self.fleet.remove(migration.target.key);
        }
        is_finished
    }

    /// Sets the error for the second signal, which names the cutovers that were sent.
    fn update_interrupt_error(&self) {
        interrupt::exit_with_after_first(exit_error::interrupted_at_once(self.state));
    }
}
