//! The samples of a board.

use atlas_migrations_board::{Board, Migration, Published, Verdict};

use crate::{
    exposition::Exposition,
    families,
    migration::{MigrationSample, seconds},
};

/// Returns the samples of all migrations of a board, in its order.
pub fn samples_of(board: &Board) -> Vec<MigrationSample> {
    let plan_of = |one| board.plan_of(one).map(|plan| plan.name.clone()).unwrap_or_default();
    board.migrations.iter().map(|one| sample_of(one, plan_of(one))).collect()
}

fn sample_of(one: &Migration, plan: String) -> MigrationSample {
    MigrationSample {
        name: one.pointer.name.clone(),
        plan,
        project: one.project.clone().unwrap_or_default(),
        live_migration: one.atlas_id.clone().unwrap_or_default(),
        state: Some(one.kind),
        state_since_ms: one.since.as_ref().map(|since| since.ms),
        needs_person: one.needs_person(),
        clusters: Some((one.clusters.clone().unwrap_or_default(), one.attempt)),
        ready_since_ms: one.ready.as_ref().map(|ready| ready.ms),
        earliest_deadline_ms: one
            .deadline
            .as_ref()
            .filter(|deadline| !deadline.is_latest)
            .map(|deadline| deadline.at.ms),
        latest_deadline_ms: one.deadline.as_ref().map(|deadline| deadline.latest.ms),
        recorded_lag: one
            .lag
            .as_ref()
            .filter(|_| one.ended.is_none())
            .map(|lag| (lag.seconds, lag.seen.ms)),
        ..MigrationSample::default()
    }
}

impl Exposition {
    /// Adds the verdict on each plan.
    pub fn add_plans(&mut self, board: &Board) {
        for plan in &board.plans {
            for verdict in Verdict::ALL {
                let value = f64::from(u8::from(plan.verdict == verdict));
                let labels = [&*plan.pointer.name, verdict.word()];
                self.set(&families::PLAN_VERDICT, &labels, value);
            }
        }
    }

    /// Adds whether the journal can be read, and when it was read last.
    pub fn add_journal(&mut self, published: &Published) {
        let is_up = published.problem.is_none();
        self.set(&families::JOURNAL_UP, &[], f64::from(u8::from(is_up)));
        self.set(&families::JOURNAL_LAST_READ, &[], seconds(published.read_ms));
    }

    /// Adds that the journal cannot be read, and never was by this process.
    pub fn add_unreadable_journal(&mut self) {
        self.set(&families::JOURNAL_UP, &[], 0.0);
    }
}
