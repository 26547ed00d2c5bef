//! What the migrations of a plan mean for each other. The journal is real, and so is what it accepted.

use std::{fmt::Write as _, sync::Arc};

use atlas_migrations_journal::{
    Location, Options, RunnerId,
    event::{
        Actor, EndResult, Ended, Event, Held, Intent, NewEvent, Observed, Operation, Outcome,
        OutcomeResult, Postponed, Retry, Unclear, UnclearReason, Vetoed,
    },
    open,
    store::{Append, Claim, Fence, NewRunner, Store, StreamFilter},
};
use atlas_migrations_plan::Plan;
use tempfile::TempDir;

use super::decisions::{WRITTEN, outcome};
use crate::runner::{
    facts::{PlanFacts, Turn},
    model::Model,
    start::{Starter, read},
};

const NAMES: [&str; 3] = ["orders", "users", "stock"];

struct World {
    store: Arc<dyn Store>,
    runner: RunnerId,
    plan: Plan,
    _folder: TempDir,
}

/// Returns a plan of three migrations. `more` is what follows a migration.
fn plan(order: &str, more: impl Fn(&str) -> &'static str) -> Plan {
    let mut text = format!(
        "version: 1\nname: weekend\nproject: 32b6e34b3d91647abb20e7b8\napprovers: 0\ncutover: {{order: {order}}}\n\
         defaults:\n  source: {{project: 5f0a1b2c3d4e5f6071829304, authentication: managed}}\n  \
         migration_host: vm001.example.com\nmigrations:\n"
    );
    for name in NAMES {
        let more = more(name);
        writeln!(
            text,
            "  - {{name: {name}, source: {{cluster: s-{name}}}, destination: {{cluster: d-{name}}}{more}}}"
        )
        .unwrap();
    }
    Plan::parse("weekend.yaml", &text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

fn nothing(_: &str) -> &'static str {
    ""
}

impl World {
    async fn new(plan: Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let location: Location = path.to_str().unwrap().parse().unwrap();
        let store = open(&location, Options::default()).await.unwrap();
        let runner = store.register(NewRunner::new("ops1", 1, "ana", "1")).await.unwrap();
        let world = Self { store, runner, plan, _folder: folder };
        world.start(&world.plan).await;
        world
    }

    /// Writes down what a plan says now.
    async fn start(&self, plan: &Plan) -> Model {
        let starter = Starter { store: Arc::clone(&self.store), actor: Actor::new("ana", "ops1") };
        starter.open(plan, true).await.unwrap().model
    }

    async fn model(&self) -> Model {
        read(&*self.store, &self.plan).await.unwrap().unwrap().model
    }

    /// Appends an event to the stream of a migration or of the plan.
    async fn say(&self, name: &str, event: impl Into<Event>) {
        let mut filter = StreamFilter::default();
        filter.name = Some(name.to_owned());
        let id = self.store.streams(filter).await.unwrap()[0].id;
        let (row, state) = self.store.state(id).await.unwrap();
        let event = NewEvent::new(Actor::new("ana", "ops1"), event).with_runner(self.runner);
        let event = event.with_attempt(state.attempt);
        let append = if event.event.is_intent() {
            let claimed = self.store.claim(Claim::these(self.runner, [id])).await.unwrap();
            let fence = Fence { runner: self.runner, fence: claimed.fence(id).unwrap() };
            let gate = self.store.state(row.plan.unwrap()).await.unwrap().0.gate;
            Append::intent(id, row.head, fence, event).at_gate(gate)
        } else {
            Append::fact(id, event)
        };
        self.store.append(append).await.unwrap();
    }

    /// Sends a request of a migration, as far as the journal knows. Returns the sequence of its intent.
    async fn send(&self, name: &str, op: Operation) -> u64 {
        let model = self.model().await;
        let state = &model.members[place(&model, name)].history.state;
        let (hash, seq) = (state.request_hash.clone().unwrap(), state.head + 1);
        let path = "/path".to_owned();
        self.say(name, Intent::new(op, "POST".to_owned(), path, "2024-05-30".to_owned(), hash))
            .await;
        seq
    }

    /// Starts a migration, which becomes ready.
    async fn make_ready(&self, name: &str) {
        let mut created =
            Outcome::new(self.send(name, Operation::Create).await, OutcomeResult::Accepted);
        let number = NAMES.iter().position(|one| *one == name).unwrap();
        created.id = Some(format!("6296fb4c7c7aa997cf94e9a{number}").parse().unwrap());
        self.say(name, created).await;
        let mut observed = Observed::new("WORKING".to_owned(), WRITTEN);
        observed.ready = Some(true);
        self.say(name, observed).await;
    }

    async fn facts(&self, name: &str) -> PlanFacts {
        facts(&self.model().await, name)
    }

    /// Returns which migrations of the plan count as failed for another one.
    async fn failed_for(&self, name: &str) -> Option<String> {
        self.facts(name).await.failed.map(|failed| failed.to_string())
    }
}

fn place(model: &Model, name: &str) -> usize {
    model.members.iter().position(|member| member.name.as_str() == name).unwrap()
}

fn facts(model: &Model, name: &str) -> PlanFacts {
    model.with_facts(place(model, name), WRITTEN, |facts| facts.plan.clone())
}

/// The bug: a migration is cut over before the one that it depends on, or never although that one is complete.
#[tokio::test]
async fn a_migration_waits_for_those_that_it_comes_after() {
    let after = |name: &str| if name == "users" { ", after: [stock]" } else { "" };
    let world = World::new(plan("together", after)).await;
    world.make_ready("stock").await;
    assert_eq!(world.facts("users").await.turn, Turn::After);
    assert_eq!(world.facts("orders").await.turn, Turn::Now);
    world.say("stock", Ended::new(EndResult::Complete)).await;
    assert_eq!(world.facts("users").await.turn, Turn::Now);

    for result in [EndResult::Failed, EndResult::Expired] {
        let world = World::new(plan("together", after)).await;
        world.make_ready("stock").await;
        world.say("stock", Ended::new(result)).await;
        assert_eq!(world.facts("users").await.turn, Turn::Never("stock".parse().unwrap()));
    }
}

/// The bug: a cutover that this process sends does not count until its intent is read, and one too many starts.
#[tokio::test]
async fn cutovers_count_from_the_moment_that_they_are_sent_up_to_the_limit() {
    for limit in [1, 2] {
        let world = World::new(plan(&format!("{{at_most: {limit}}}"), nothing)).await;
        for name in NAMES {
            world.make_ready(name).await;
        }
        let mut model = world.model().await;
        for (count, name) in NAMES.iter().enumerate() {
            let expected = if count < limit { Turn::Now } else { Turn::After };
            assert_eq!(facts(&model, name).turn, expected, "{name}, {limit} at once");
            let place = place(&model, name);
            if expected == Turn::Now {
                model.set_cutting_over(place, true);
                assert_eq!(facts(&model, name).turn, Turn::Now, "it is its own");
            }
        }
        let first = place(&model, "orders");
        model.set_cutting_over(first, false);
        assert_eq!(facts(&model, "stock").turn, Turn::Now);
        // What the journal knows counts the same, until it ended.
        world.send("orders", Operation::Cutover).await;
        let other = world.facts("users").await.turn;
        assert_eq!(other, if limit == 1 { Turn::After } else { Turn::Now });
        world.say("orders", Ended::new(EndResult::Complete)).await;
        assert_eq!(world.facts("users").await.turn, Turn::Now);
    }
}

/// The bug: a failure does not stop the plan, or what is no failure does.
#[tokio::test]
async fn what_needs_a_decision_stops_the_others_and_nothing_else_does() {
    let unclear = |seq| {
        Unclear::new(
            seq,
            UnclearReason::ConnectionLost,
            atlas_migrations_journal::event::Sent::Unknown,
        )
    };
    let world = || World::new(plan("together", nothing));
    let stopped = Some("orders".to_owned());
    for (status, expected) in [(400, stopped.clone()), (429, None)] {
        let world = world().await;
        let seq = world.send("orders", Operation::Create).await;
        world.say("orders", outcome(seq, OutcomeResult::Refused, status)).await;
        assert_eq!(world.failed_for("users").await, expected, "{status}");
        assert_eq!(world.failed_for("orders").await, None, "it does not stop itself");
    }
    for (op, expected) in [(Operation::Create, stopped.clone()), (Operation::Validate, None)] {
        let world = world().await;
        let seq = world.send("orders", op.clone()).await;
        world.say("orders", unclear(seq)).await;
        assert_eq!(world.failed_for("users").await, expected, "{op}");
    }
    for (until_ms, expected) in [(None, stopped.clone()), (Some(i64::MAX), None)] {
        let world = world().await;
        let mut vetoed = Vetoed::new("stop-writes".to_owned());
        vetoed.until_ms = until_ms;
        world.say("orders", vetoed).await;
        assert_eq!(world.failed_for("users").await, expected, "{until_ms:?}");
    }
    let world = world().await;
    for name in ["orders", "users"] {
        world.make_ready(name).await;
        world.say(name, Ended::new(EndResult::Failed)).await;
    }
    assert_eq!(world.failed_for("stock").await, stopped);
    assert_eq!(world.failed_for("orders").await.as_deref(), Some("users"));
}

/// The bug: a migration that failed and then left the plan stops it for ever.
#[tokio::test]
async fn a_failed_migration_that_left_the_plan_stops_nothing() {
    let mut world = World::new(plan("together", nothing)).await;
    world.make_ready("orders").await;
    world.say("orders", Ended::new(EndResult::Failed)).await;
    assert_eq!(world.failed_for("users").await.as_deref(), Some("orders"));
    world.plan.migrations.remove(0);
    assert_eq!(world.failed_for("users").await, None);
}

/// The bug: a renamed migration is planned, and started, a second time.
#[tokio::test]
async fn a_renamed_migration_keeps_its_stream() {
    let world = World::new(plan("together", nothing)).await;
    let mut renamed = world.plan.clone();
    renamed.migrations[0].renamed_from = Some("orders".parse().unwrap());
    renamed.migrations[0].name = "orders-2".parse().unwrap();
    let model = world.start(&renamed).await;
    let indexes: Vec<_> = model.members.iter().map(|member| member.index).collect();
    assert_eq!(indexes, [Some(0), Some(1), Some(2)]);
}

/// The bug: a process with an old file, or one that does not know of a hold of the plan, goes on.
#[tokio::test]
async fn what_is_said_of_the_plan_holds_for_each_migration() {
    let mut world = World::new(plan("together", nothing)).await;
    let before = world.facts("users").await;
    assert!(before.is_current && !before.is_held && before.postponed_until_ms.is_none());
    world.say("weekend", Held::new()).await;
    let mut postponed = Postponed::new();
    postponed.until_ms = Some(WRITTEN + 1);
    world.say("weekend", postponed).await;
    let after = world.facts("users").await;
    assert!(after.is_current && after.is_held);
    assert_eq!(after.postponed_until_ms, Some(WRITTEN + 1));
    world.plan.migrations.remove(2);
    assert!(!world.facts("users").await.is_current, "the file is another one");
}

/// The bug: the next attempt counts the validations of the one before, and waits for what happened to it.
#[tokio::test]
async fn the_next_attempt_begins_without_what_this_process_remembers_of_the_one_before() {
    let world = World::new(plan("together", nothing)).await;
    world.make_ready("orders").await;
    world.say("orders", Ended::new(EndResult::Failed)).await;
    let mut model = world.model().await;
    let place = place(&model, "orders");
    model.members[place].memory.validations = 1;
    model.members[place].memory.trap = Some("of the first attempt".to_owned());
    world.say("orders", Retry::new(2)).await;
    for record in world.store.read(model.members[place].stream, 0).await.unwrap() {
        model.apply(&record);
    }
    let member = &model.members[place];
    assert_eq!((member.history.state.attempt, member.memory.validations), (2, 0));
    assert_eq!(member.memory.trap, None);
    assert!(!member.history.was_ready, "nor what the journal says of it");
}
