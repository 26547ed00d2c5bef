//! The plan's streams as this process knows them.

use std::collections::HashMap;

use atlas_migrations_journal::{
    Name, StreamId,
    event::{EndResult, EventRecord, Operation, StreamKind},
    state::SlotState,
    store::{Fence, StreamRow},
};
use atlas_migrations_plan::{CutoverOrder, Plan, PlannedMigration};

use super::{
    facts::{ClockCheck, Facts, Memory, PlanFacts, Turn},
    history::History,
};

/// One migration of the plan.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) stream: StreamId,
    /// The name in the journal.
    pub(super) name: Name,
    /// Its place in the plan file; none if it left the plan.
    pub(super) index: Option<usize>,
    pub(super) history: History,
    pub(super) memory: Memory,
    /// The right to write intents, if this process works on it.
    pub(super) fence: Option<Fence>,
    /// Whether an action of this process is under way.
    pub(super) is_busy: bool,
    /// Whether that action sends a cutover, whose intent may not be in the history yet.
    pub(super) is_cutting_over: bool,
}

/// All migrations of one plan.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) plan: Plan,
    pub(super) plan_stream: StreamId,
    pub(super) plan_history: History,
    pub(super) members: Vec<Member>,
    pub(super) clock: ClockCheck,
    plan_hash: atlas_migrations_journal::Hash,
    policy_hashes: Vec<atlas_migrations_journal::Hash>,
    by_stream: HashMap<StreamId, usize>,
    /// For each migration of the file, those before it in the order of cutovers.
    before: Vec<Vec<usize>>,
}

impl Model {
    pub(super) fn new(plan: Plan, plan_stream: StreamId) -> Self {
        let index_of = |name: &Name| plan.migrations.iter().position(|one| one.name == *name);
        let order: Vec<usize> =
            plan.cutover_order().iter().filter_map(|one| index_of(&one.name)).collect();
        let mut before = vec![Vec::new(); plan.migrations.len()];
        for (place, index) in order.iter().enumerate() {
            before[*index] = order[..place].to_vec();
        }
        Self {
            plan_hash: plan.hash(),
            policy_hashes: plan.migrations.iter().map(PlannedMigration::policy_hash).collect(),
            plan,
            plan_stream,
            plan_history: History::new(StreamKind::Plan),
            members: Vec::new(),
            clock: ClockCheck::default(),
            by_stream: HashMap::new(),
            before,
        }
    }

    /// Returns the place in the file of the migration that a stream is the log of.
    pub(super) fn index_of(&self, name: &str) -> Option<usize> {
        let exact = self.plan.migrations.iter().position(|one| one.name.as_str() == name);
        exact.or_else(|| {
            let renamed = |one: &PlannedMigration| {
                one.renamed_from.as_ref().is_some_and(|from| from.as_str() == name)
            };
            self.plan.migrations.iter().position(renamed)
        })
    }

    /// Adds the stream of a migration.
    pub(super) fn add(&mut self, row: &StreamRow) -> Option<usize> {
        if let Some(known) = self.by_stream.get(&row.id) {
            return Some(*known);
        }
        let name: Name = row.name.parse().ok()?;
        let member = Member {
            stream: row.id,
            index: self.index_of(&row.name),
            name,
            history: History::new(StreamKind::Migration),
            memory: Memory::default(),
            fence: None,
            is_busy: false,
            is_cutting_over: false,
        };
        self.members.push(member);
        let place = self.members.len() - 1;
        self.by_stream.insert(row.id, place);
        Some(place)
    }

    /// Returns the place of a stream's migration.
    pub(super) fn place(&self, stream: StreamId) -> Option<usize> {
        self.by_stream.get(&stream).copied()
    }

    /// Adds an event. Returns the place of its migration; `None` if it concerns the plan or another plan.
    pub(super) fn apply(&mut self, record: &EventRecord) -> Option<usize> {
        if record.stream == self.plan_stream {
            self.plan_history.apply(record);
            return None;
        }
        let place = self.place(record.stream)?;
        let member = &mut self.members[place];
        let attempt = member.history.state.attempt;
        member.history.apply(record);
        if member.history.state.attempt != attempt {
            member.memory = Memory::default();
        }
        Some(place)
    }

    /// Returns the migration in the plan file.
    pub(super) fn planned(&self, place: usize) -> Option<&PlannedMigration> {
        self.plan.migrations.get(self.members[place].index?)
    }

    /// Returns what is known for a decision about a migration.
    pub(super) fn with_facts<T>(
        &self,
        place: usize,
        now_ms: i64,
        decide: impl FnOnce(&Facts<'_>) -> T,
    ) -> T {
        let member = &self.members[place];
        let plan = self.plan_facts(place);
        decide(&Facts {
            history: &member.history,
            memory: &member.memory,
            policy: self.planned(place).map(|planned| &planned.policy),
            policy_hash: member.index.and_then(|index| self.policy_hashes.get(index)),
            plan: &plan,
            clock: self.clock,
            now_ms,
        })
    }

    fn plan_facts(&self, place: usize) -> PlanFacts {
        let plan = &self.plan_history.state;
        let is_failed = |member: &&Member| {
            member.stream != self.members[place].stream && member.index.is_some() && failed(member)
        };
        PlanFacts {
            is_current: plan.policy_hash.as_ref() == Some(&self.plan_hash),
            is_held: plan.held.is_some(),
            postponed_until_ms: plan.postponed_until_ms,
            failed: self.members.iter().find(is_failed).map(|member| member.name.clone()),
            turn: self.turn(place),
        }
    }

    fn turn(&self, place: usize) -> Turn {
        let Some(index) = self.members[place].index else { return Turn::After };
        let Some(planned) = self.plan.migrations.get(index) else { return Turn::After };
        let member = |index: usize| self.members.iter().find(|member| member.index == Some(index));
        for name in &planned.policy.after {
            let earlier = self.index_of(name.as_str()).and_then(member);
            match earlier.map(|member| &member.history.state.ended) {
                Some(Some(EndResult::Complete)) => {}
                Some(None) => return Turn::After,
                Some(Some(_)) | None => return Turn::Never(name.clone()),
            }
        }
        if planned.policy.order == CutoverOrder::Sequence {
            let is_over = |index: &usize| {
                member(*index).is_some_and(|member| {
                    let state = &member.history.state;
                    state.ended.is_some() || state.forgone || failed(member)
                })
            };
            if !self.before[index].iter().all(is_over) {
                return Turn::After;
            }
        }
        let running = self.members.iter().filter(|member| {
            let state = &member.history.state;
            member.stream != self.members[place].stream
                && state.ended.is_none()
                && (member.is_cutting_over || state.slot(&Operation::Cutover).is_some())
        });
        let limit = planned.policy.order.limit().map(|limit| usize::try_from(limit).unwrap_or(1));
        match limit {
            Some(limit) if running.count() >= limit.max(1) => Turn::After,
            _ => Turn::Now,
        }
    }
}

/// Returns whether a migration failed in the sense of `on_failure`: failed, expired, refused, unclear, or vetoed for good.
pub(super) fn failed(member: &Member) -> bool {
    let state = &member.history.state;
    let is_unclear = state.slots.iter().any(|(key, slot)| {
        key.attempt == state.attempt
            && slot.state == SlotState::Unclear
            && key.op != Operation::Validate
    });
    matches!(state.ended, Some(EndResult::Failed | EndResult::Expired))
        || state.refusal.as_ref().is_some_and(|refusal| !refusal.is_temporary())
        || is_unclear
        || state.veto == Some(None)
}
