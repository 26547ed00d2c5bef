//! `atlas-migrations demo`.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use atlas_migrations::{
    Client, Credentials, GroupId, LiveMigration, LiveMigrationId, LiveMigrationStatus,
};
use atlas_simulator::{Clock, Simulator};
use indicatif::{ProgressBar, ProgressStyle};

use crate::describe::row;
use crate::failure::{Exit, Failure};
use crate::terminal::{has_colour, print};

/// How many times faster than real time the migration goes: an hour in four seconds.
const SPEED: f64 = 900.0;

const POLL_INTERVAL: Duration = Duration::from_millis(100);

pub async fn run() -> Result<(), Failure> {
    tokio::select! {
        outcome = follow() => outcome,
        _ = tokio::signal::ctrl_c() => Err(Failure::new("interrupted").exit(Exit::Interrupted)),
    }
}

/// Follows the simulator's migration from its beginning to its end, as a user of Atlas would.
async fn follow() -> Result<(), Failure> {
    let failed =
        |error: &dyn std::error::Error| Failure::new("the demo did not start").because(error);
    let clock = Clock::sped_up(SPEED).map_err(|error| failed(&error))?;
    let simulator =
        Simulator::builder().clock(clock).start().await.map_err(|error| failed(&error))?;
    let control = simulator.control();
    let scenario = simulator.scenario();
    let missing = || Failure::new("the demo's scenario is not whole");
    let project = scenario.projects.first().ok_or_else(missing)?;
    let migration = project.live_migrations.first().ok_or_else(missing)?;
    let group: GroupId = project.id.parse().map_err(|error| failed(&error))?;
    let id: LiveMigrationId = migration.id.parse().map_err(|error| failed(&error))?;
    let account = scenario.service_account().ok_or_else(missing)?;
    let account =
        Credentials::service_account(account.client_id.clone(), account.client_secret.clone());
    let client = Client::builder().base_url(simulator.base_url()).credentials(account).build();
    let client = client.map_err(|error| failed(&error))?;

    let mut view = View::new(migration.timeline.initial_lag_seconds);
    let mut cutting_over = false;
    loop {
        let job = client.live_migration(&group, &id).await?;
        view.show(control.now(), &job, cutting_over)?;
        if job.is_over() {
            view.finish();
            let (requests, tokens) = (control.request_count(), control.tokens_minted());
            let took = format!(
                "{requests} requests, {tokens} token{}",
                if tokens == 1 { "" } else { "s" }
            );
            print(format!("\n{}\n{took}\n", row(&job, has_colour())).as_bytes())?;
            return outcome(&job);
        }
        if job.ready_for_cutover == Some(true) && !cutting_over {
            let cut_over = control.cut_over(&project.id, &migration.id);
            cut_over.map_err(|error| Failure::new("the cutover was refused").because(&error))?;
            cutting_over = true;
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

fn outcome(job: &LiveMigration) -> Result<(), Failure> {
    match job.status {
        Some(LiveMigrationStatus::Failed) => {
            Err(Failure::new("the migration failed").exit(Exit::MigrationFailed))
        }
        Some(LiveMigrationStatus::Expired) => {
            Err(Failure::new("the migration expired").exit(Exit::MigrationExpired))
        }
        _ => Ok(()),
    }
}

/// A progress bar on a terminal, elsewhere a line for each stage.
struct View {
    initial_lag: u64,
    bar: Option<ProgressBar>,
    stage: &'static str,
}

impl View {
    fn new(initial_lag: u64) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(initial_lag);
            // The template is a constant, and the test below reads it.
            let style = ProgressStyle::with_template(TEMPLATE);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Self { initial_lag, bar, stage: "" }
    }

    fn show(&mut self, now: Duration, job: &LiveMigration, cutting_over: bool) -> io::Result<()> {
        let stage = stage(job, cutting_over);
        if let Some(bar) = &self.bar {
            let lag = match &job.status {
                Some(LiveMigrationStatus::New) => self.initial_lag,
                _ => job.lag.map_or(0, |lag| lag.as_secs()),
            };
            bar.set_position(self.initial_lag.saturating_sub(lag));
            bar.set_prefix(clock(now));
            bar.set_message(match job.lag {
                Some(lag) => format!("{stage}, lag {} s", lag.as_secs()),
                None => stage.to_owned(),
            });
        } else if stage != self.stage {
            self.stage = stage;
            let lag = job.lag.map(|lag| format!("  lag {} s", lag.as_secs())).unwrap_or_default();
            print(format!("{}  {stage}{lag}\n", clock(now)).as_bytes())?;
        }
        Ok(())
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish();
        }
    }
}

const TEMPLATE: &str = "{prefix} [{bar:32.cyan/blue}] {msg}";

fn stage(job: &LiveMigration, cutting_over: bool) -> &'static str {
    match (&job.status, job.ready_for_cutover) {
        (Some(LiveMigrationStatus::New), _) => "scheduled",
        (Some(LiveMigrationStatus::Complete), _) => "complete",
        (Some(LiveMigrationStatus::Failed), _) => "failed",
        (Some(LiveMigrationStatus::Expired), _) => "expired",
        _ if cutting_over => "cutting over",
        (_, Some(true)) => "ready for cutover",
        _ => "replicating",
    }
}

/// Simulated time as hours, minutes and seconds.
fn clock(now: Duration) -> String {
    let seconds = now.as_secs();
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_of_the_bar_is_sound() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
        assert_eq!(clock(Duration::from_secs(3_725)), "01:02:05");
    }
}
