//! The program that runs a plan: what the command does, with short pauses.

use std::{path::PathBuf, time::Duration};

use atlas_migrations::PollInterval;
use atlas_migrations_journal::{Location, store::NewRunner};
use atlas_migrations_plan::Plan;
use atlas_migrations_runs::{
    changes::Changes,
    kill_points,
    runner::{RunSettings, Runner},
};

use crate::{
    driver::{actor, connect, retry},
    plan_file, timing,
};

pub struct PlanRun {
    pub location: Location,
    pub base_url: String,
    pub folder: PathBuf,
    pub take_over: bool,
}

impl PlanRun {
    /// Runs the plan until every migration ended.
    pub async fn run(self) {
        let (store, client) = connect(&self.location, &self.base_url).await;
        let plan = Plan::read(self.folder.join(plan_file::FILE)).unwrap();
        let mut take_over = self.take_over;
        for _ in 0..150 {
            let runner = NewRunner::new("ops1", std::process::id(), "ana", "1");
            let runner = retry(|| store.register(runner.clone())).await;
            let changes = Changes::builder(store.clone(), client.clone(), runner, actor())
                .outcome_folders([self.folder.join("outcomes")])
                .probe(Some(kill_points::probe));
            let changes = changes.build().await.unwrap();
            let settings = settings(std::mem::take(&mut take_over));
            let runner_of_plan = Runner::new(changes.clone(), plan.clone(), settings)
                .on_event(|event| println!("{event:?}"));
            let result = Box::pin(runner_of_plan.run(std::future::pending())).await;
            changes.settled().await;
            let _ = store.release(runner, None).await;
            match result {
                Ok(_) => return store.close().await,
                // Two processes may start the plan at once, or the database may be busy.
                Err(error) => println!("{error}"),
            }
            timing::pause().await;
        }
        panic!("the run never ended");
    }
}

fn settings(take_over: bool) -> RunSettings {
    let mut settings = RunSettings::new().start(true).take_over(take_over);
    let (shortest, longest) = (Duration::from_millis(10), Duration::from_millis(40));
    settings.poll_interval = Some(PollInterval::new(shortest..=longest).unwrap());
    settings.journal_interval = timing::POLL;
    settings.lease_interval = timing::RENEW;
    settings.retry_pause = Duration::from_millis(100);
    settings
}
