//! The plan's streams as this process knows them.

use std::{collections::HashMap, sync::OnceLock};

use atlas_migrations_journal::{
    Hash, Name, StreamId,
    event::{EndResult, EventRecord, StreamKind},
    store::StreamRow,
};
use atlas_migrations_plan::{CutoverOrder, Plan, PlannedMigration};

use super::{
    facts::{ClockCheck, Facts, Memory, PlanFacts, Turn},
    history::History,
    member::Member,
    plan_view::PlanView,
};

/// All migrations of one plan.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) plan: Plan,
    pub(super) plan_stream: StreamId,
    pub(super) plan_history: History,
    pub(super) members: Vec<Member>,
    pub(super) clock: ClockCheck,
    plan_hash: Hash,
    policy_hashes: Vec<Hash>,
    by_stream: HashMap<StreamId, usize>,
    /// The place of each migration of the file in the order of cutovers.
    ranks: Vec<usize>,
    /// What the migrations say together, until one of them changes.
    view: OnceLock<PlanView>,
    /// Counts changes of what is followed.
    pub(super) version: u64,
}

impl Model {
    pub(super) fn new(plan: Plan, plan_stream: StreamId) -> Self {
        let index_of = |name: &Name| plan.migrations.iter().position(|one| one.name == *name);
        let order: Vec<usize> =
            plan.cutover_order().iter().filter_map(|one| index_of(&one.name)).collect();
        let mut ranks = vec![0; plan.migrations.len()];
        for (rank, index) in order.iter().enumerate() {
            ranks[*index] = rank;
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
            ranks,
            view: OnceLock::new(),
            version: 0,
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
        self.view.take();
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
        self.view.take();
        self.version += 1;
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

    /// Returns what the migrations say together.
    fn view(&self) -> &PlanView {
        self.view.get_or_init(|| PlanView::new(&self.members, &self.ranks))
    }

    /// Sets whether this process sends the cutover of a migration.
    pub(super) fn set_cutting_over(&mut self, place: usize, is_cutting_over: bool) {
        if self.members[place].is_cutting_over != is_cutting_over {
            self.members[place].is_cutting_over = is_cutting_over;
            self.view.take();
        }
    }

    fn plan_facts(&self, place: usize) -> PlanFacts {
        let plan = &self.plan_history.state;
        let failed = self.view().failed_beside(place);
        PlanFacts {
            is_current: plan.policy_hash.as_ref() == Some(&self.plan_hash),
            is_held: plan.held.is_some(),
            postponed_until_ms: plan.postponed_until_ms,
            failed: failed.map(|failed| self.members[failed].name.clone()),
            turn: self.turn(place),
        }
    }

    fn turn(&self, place: usize) -> Turn {
        let member = &self.members[place];
        let Some(planned) = self.planned(place) else { return Turn::After };
        let rank = member.index.and_then(|index| self.ranks.get(index)).copied();
        for name in &planned.policy.after {
            let index = self.index_of(name.as_str());
            let earlier = index.and_then(|index| *self.view().places.get(index)?);
            match earlier.map(|place| &self.members[place].history.state.ended) {
                Some(Some(EndResult::Complete)) => {}
                Some(None) => return Turn::After,
                Some(Some(_)) | None => return Turn::Never(name.clone()),
            }
        }
        let is_sequence = planned.policy.order == CutoverOrder::Sequence;
        if is_sequence && !rank.is_some_and(|rank| self.view().is_first_open(rank)) {
            return Turn::After;
        }
        let limit = planned.policy.order.limit().map(|limit| usize::try_from(limit).unwrap_or(1));
        match limit {
            Some(limit) if self.view().running_beside(member) >= limit.max(1) => Turn::After,
            _ => Turn::Now,
        }
    }
}
