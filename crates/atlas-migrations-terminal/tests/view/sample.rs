//! Migrations in many states, without a journal.

#![allow(clippy::unwrap_used, reason = "it is used by tests only")]

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use atlas_migrations_board::{Board, LagPoint, Published, Snapshot, Times};
use atlas_migrations_journal::{
    Hash, Redactor, StreamId,
    event::{
        Action, Actor, Adopted, Approved, EndResult, Ended, Event, EventRecord, Held, Intent,
        NewEvent, Observed, Operation, Outcome, OutcomeResult, PlanStarted, Planned, PollsFailing,
        Sent, StreamKind, Unclear, UnclearReason,
    },
    store::StreamRow,
};
use atlas_migrations_terminal::{Estimate, Looks, Scene};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// Saturday, 28 November 2026, 23:12:40 in Berlin.
pub const NOW_MS: i64 = 1_795_903_960_000;
const GROUP: &str = "5f0a1b2c3d4e5f6071829304";
const MINUTE: i64 = 60_000;
/// The window of the plan: only these wait for it.
const SUNDAY: &str = "sun";

const NAMES: [&str; 30] = [
    "shipping",
    "orders",
    "payments",
    "customers",
    "inventory",
    "invoices",
    "search",
    "tax",
    "eu-customer-preferences-and-consents",
    "returns",
    "audit",
    "sessions",
    "archive",
    "fraud",
    "gateway",
    "warehouse",
    "billing",
    "reviews",
    "media",
    "reports",
    "carts",
    "coupons",
    "ledger",
    "geo",
    "catalog",
    "events",
    "loyalty",
    "identity",
    "notifications",
    "pricing",
];

/// A moment of a weekend.
pub struct Sample {
    published: Published,
    looks: Looks,
    times: Times,
    pub board: Board,
}

impl Sample {
    /// Returns a plan with this many migrations: of 30, 1 is unclear, 3 failed, 1 is not seen, 3 need an approval.
    pub fn new(count: usize) -> Self {
        let mut maker = Maker::default();
        let names: Vec<_> = (0..count).map(name).collect();
        let plan = maker.plan("weekend-48", &names);
        for (number, name) in names.iter().enumerate() {
            maker.migration(number, name, plan);
        }
        Self::of(maker)
    }

    fn of(maker: Maker) -> Self {
        let Maker { rows, events, looks } = maker;
        let events: BTreeMap<_, _> =
            events.into_iter().map(|(stream, records)| (stream, Arc::new(records))).collect();
        let snapshot = Arc::new(Snapshot { rows, events, position: 0 });
        let published =
            Published { snapshot, read_ms: NOW_MS, read_at: Instant::now(), problem: None };
        let times = Times::new(TimeZone::get("Europe/Berlin").unwrap(), NOW_MS);
        let board = make_board(&published, &looks, &times);
        Self { published, looks, times, board }
    }

    /// Makes the board anew.
    pub fn make_board(&self) -> Board {
        make_board(&self.published, &self.looks, &self.times)
    }

    /// Returns no migrations at all.
    pub fn empty() -> Self {
        Self::of(Maker::default())
    }

    /// Returns migrations that are not in a plan.
    pub fn without_plan(count: usize) -> Self {
        let mut sample = Self::new(count);
        sample.board.plans.clear();
        sample.board.scope = None;
        sample
    }

    pub fn scene(&self) -> Scene<'_> {
        let Self { published, looks, times, board } = self;
        Scene { board, published, looks, times }
    }

    pub fn fail_to_read(&mut self) {
        self.published.problem = Some("the journal does not respond within 5 s".to_owned());
    }
}

fn make_board(published: &Published, looks: &Looks, times: &Times) -> Board {
    let mut board = Board::new(published, None, times);
    looks.apply(&mut board, times);
    board
}

#[derive(Default)]
struct Maker {
    rows: Vec<StreamRow>,
    events: BTreeMap<StreamId, Vec<EventRecord>>,
    looks: Looks,
}

impl Maker {
    fn plan(&mut self, name: &str, names: &[String]) -> StreamId {
        let stream = StreamId::new();
        let window = |day: &str| {
            json!({"days": [day], "from": "02:00", "to": "06:00", "zone": "Europe/Berlin",
                "margin_seconds": 900})
        };
        let policy = json!({"windows": [window(SUNDAY)], "on_failure": "stop"});
        let migrations: Vec<_> =
            names.iter().map(|name| json!({"name": name, "policy": policy})).collect();
        let plan = json!({"version": 1, "migrations": migrations});
        let started = PlanStarted::new(format!("{name}.yaml"), Hash::of(&plan), plan);
        self.rows.push(StreamRow::in_memory(stream, StreamKind::Plan, name));
        self.event(stream, 1800, started);
        stream
    }

    fn migration(&mut self, number: usize, name: &str, plan: StreamId) {
        let stream = StreamId::new();
        let mut row = StreamRow::in_memory(stream, StreamKind::Migration, name);
        row.plan = Some(plan);
        row.group_id = Some(GROUP.to_owned());
        let request = json!({
            "source": {"clusterName": format!("{name}-rs0")},
            "destination": {"clusterName": format!("{name}-prod")},
        });
        let mut planned =
            Planned::new(name.parse().unwrap(), hash("request"), hash("policy"), request);
        planned.group_id = Some(GROUP.parse().unwrap());
        planned.destination = Some(format!("{GROUP}/{name}-prod"));
        planned.approvers = 2;
        self.event(stream, 1700, planned);
        if !matches!(number % 30, 8 | 15 | 16) {
            row.migration_id = Some(format!("{:024x}", 0x6f00_0000_0000 + number));
        }
        self.rows.push(row);
        self.state(stream, number);
    }

    fn state(&mut self, stream: StreamId, number: usize) {
        let spread = i64::try_from(number).unwrap() % 40;
        match number % 30 {
            0 | 9 | 19 => {
                self.following(stream, number, 31 + spread);
                self.look(stream, 31 + spread, "FAILED", false, 1260);
                self.event(stream, 31 + spread, Ended::new(EndResult::Failed));
            }
            1 | 11 | 21 => {
                self.ready(stream, number, 187 + spread);
                self.approve(stream, 22);
            }
            2 => {
                self.following(stream, number, 12);
                let since_ms = NOW_MS - 12 * MINUTE;
                self.event(stream, 11, PollsFailing::new(since_ms, "http_503".to_owned(), 9));
            }
            5 | 7 | 17 | 27 | 28 => {
                self.ready(stream, number, 380);
                self.approve(stream, 300);
                self.approve(stream, 290);
                let intent = self.intent(stream, 240 - spread, Operation::Cutover);
                self.accepted(stream, 240 - spread, intent);
                self.look(stream, 230 - spread, "COMPLETE", false, 0);
                self.event(stream, 230 - spread, Ended::new(EndResult::Complete));
            }
            8 => {
                let intent = self.intent(stream, 45 + spread, Operation::Create);
                let reason = UnclearReason::ConnectionLost;
                self.event(stream, 44 + spread, Unclear::new(intent, reason, Sent::Whole));
            }
            10 => {
                self.ready(stream, number, 200);
                self.approve(stream, 100);
                self.approve(stream, 90);
                let intent = self.intent(stream, 4, Operation::Cutover);
                self.accepted(stream, 4, intent);
            }
            4 | 14 | 22 | 26 => {
                self.ready(stream, number, 300);
                self.approve(stream, 290);
                self.approve(stream, 280);
            }
            18 => {
                self.following(stream, number, 0);
                let mut held = Held::new();
                held.reason = Some(Redactor::default().text("index build"));
                self.event(stream, 90, held);
            }
            15 | 16 => {}
            _ => self.following(stream, number, 0),
        }
    }

    fn following(&mut self, stream: StreamId, number: usize, until: i64) {
        let id = format!("{:024x}", 0x6f00_0000_0000 + number).parse().unwrap();
        let mut adopted = Adopted::new(GROUP.parse().unwrap(), id, "NEW".to_owned());
        adopted.policy_hash = Some(hash("policy"));
        adopted.approvers = 2;
        self.event(stream, 1500, adopted);
        let lag = 24_300 / (1 + number as u64 % 17).pow(2) + number as u64 % 7 * 13;
        self.look(stream, 1490, "WORKING", false, lag * 2);
        for ago in (until..720).rev().step_by(20) {
            let seconds = lag + lag * u64::try_from(ago).unwrap() / 300;
            let at_ms = NOW_MS - ago * MINUTE;
            self.looks.add_lag(&stream.to_string(), LagPoint { at_ms, seconds });
        }
        if until == 0 {
            let at = |minutes: u64| NOW_MS + i64::try_from(lag * minutes / 10).unwrap() * 1000;
            let estimate = Estimate { expected_ms: at(12), earliest_ms: at(10), latest_ms: at(15) };
            self.looks.set_estimate(&stream.to_string(), Some(estimate), Some(0.4));
        }
    }

    fn ready(&mut self, stream: StreamId, number: usize, ago: i64) {
        self.following(stream, number, ago);
        self.look(stream, ago, "WORKING", true, 3);
        for ago in (0..ago).rev().step_by(20) {
            let point = LagPoint { at_ms: NOW_MS - ago * MINUTE, seconds: 2 };
            self.looks.add_lag(&stream.to_string(), point);
        }
    }

    fn look(&mut self, stream: StreamId, ago: i64, status: &str, ready: bool, lag: u64) {
        let mut observed = Observed::new(status.to_owned(), NOW_MS - ago * MINUTE);
        observed.ready = Some(ready);
        observed.lag_seconds = Some(lag);
        self.event(stream, ago, observed);
    }

    fn approve(&mut self, stream: StreamId, ago: i64) {
        let approved = Approved::new(Action::Cutover, hash("policy"), hash("request"));
        let by = if ago % 20 == 0 { "jon" } else { "mira" };
        let seq = self.event(stream, ago, approved);
        let record = self.events.get_mut(&stream).unwrap().last_mut().unwrap();
        assert_eq!(record.seq, seq);
        record.actor = Actor::new(by, "ops1");
        record.db_user = Some(by.to_owned());
    }

    fn intent(&mut self, stream: StreamId, ago: i64, op: Operation) -> u64 {
        let path = format!("/api/atlas/v2/groups/{GROUP}/liveMigrations");
        let intent =
            Intent::new(op, "POST".to_owned(), path, "2023-01-01".to_owned(), hash("request"));
        self.event(stream, ago, intent)
    }

    fn accepted(&mut self, stream: StreamId, ago: i64, intent: u64) {
        let mut outcome = Outcome::new(intent, OutcomeResult::Accepted);
        outcome.status = Some(202);
        self.event(stream, ago, outcome);
    }

    fn event(&mut self, stream: StreamId, ago: i64, event: impl Into<Event>) -> u64 {
        let records = self.events.entry(stream).or_default();
        let seq = records.len() as u64 + 1;
        let event = NewEvent::new(Actor::new("ana", "ops1"), event);
        records.push(EventRecord::in_memory(stream, seq, NOW_MS - ago * MINUTE, event));
        seq
    }
}

fn hash(text: &str) -> Hash {
    Hash::of(&Value::from(text))
}

/// Returns the name of a migration. Some are long.
fn name(number: usize) -> String {
    let (name, round) = (NAMES[number % 30], number / 30);
    if round == 0 { name.to_owned() } else { format!("{name}-{round}") }
}
