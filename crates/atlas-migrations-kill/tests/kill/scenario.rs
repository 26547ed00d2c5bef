//! A scenario: which program is killed where, beside whom, on which store, with which fault. A number says all of it.

use std::fmt;

use atlas_migrations_journal::event::Operation;

use crate::exchange::Place;

/// Where a process is killed.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Kill {
    /// At the n-th pass of a named point.
    Point(&'static str, u32),
    /// When this much of the request has been forwarded; then the rest is forwarded or dropped.
    Request(Operation, Place, Rest),
    /// When this much of the response has been forwarded.
    Response(Operation, Place),
}

/// What happens to the rest of a request after its process is dead.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Rest {
    Forwarded,
    Dropped,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Rival {
    None,
    /// It works from the start.
    Alive,
    /// It starts when the first process is dead.
    After,
}

#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum StoreKind {
    Sqlite,
    Postgres,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum NetworkFault {
    None,
    /// The request is executed and its response is lost.
    LostResponse,
    /// The page of a gateway; the request is not executed.
    BadGateway,
    /// The connection is reset; the request is not executed.
    Reset,
}

/// The program that is killed.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Program {
    /// Runs a plan of two migrations, with approvals and hooks.
    Run,
    /// Takes one migration to its end with recorded changes alone.
    Changes,
    /// Creates and deletes a link.
    Link,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scenario {
    pub number: u64,
    pub program: Program,
    pub kills: Vec<Kill>,
    pub rival: Rival,
    pub store: StoreKind,
    pub fault: NetworkFault,
    /// The operation that the fault hits.
    pub fault_on: Operation,
    /// Whether a person holds and releases the migration on the way.
    pub holds: bool,
}

const OPERATIONS: [Operation; 3] = [Operation::Validate, Operation::Create, Operation::Cutover];
const RIVALS: [Rival; 3] = [Rival::None, Rival::Alive, Rival::After];
const STORES: [StoreKind; 2] = [StoreKind::Sqlite, StoreKind::Postgres];
const FAULTS: [NetworkFault; 4] =
    [NetworkFault::None, NetworkFault::LostResponse, NetworkFault::BadGateway, NetworkFault::Reset];
/// The named points of a journal, and how often a run passes each.
const JOURNAL_POINTS: [&str; 3] = ["append.begin", "append.written", "append.committed"];
const EVENTS: u32 = 44;
/// The named points of a change: three changes of each migration pass them.
const CHANGE_POINTS: [&str; 4] = [
    "changes.intent_committed",
    "changes.before_send",
    "changes.response_read",
    "changes.outcome_committed",
];

/// The named points of a run.
const RUN_POINTS: [&str; 3] = ["runner.lease_renewed", "runner.hook_asked", "runner.hook_answered"];

/// Returns every single kill.
pub fn kills() -> Vec<Kill> {
    let mut kills = Vec::new();
    for operation in OPERATIONS {
        for place in Place::ALL {
            for rest in [Rest::Forwarded, Rest::Dropped] {
                kills.push(Kill::Request(operation.clone(), place, rest));
            }
            kills.push(Kill::Response(operation.clone(), place));
        }
    }
    for point in JOURNAL_POINTS {
        kills.extend((1..=EVENTS).map(|pass| Kill::Point(point, pass)));
    }
    for point in CHANGE_POINTS {
        kills.extend((1..=6).map(|pass| Kill::Point(point, pass)));
    }
    for point in RUN_POINTS {
        kills.extend((1..=2).map(|pass| Kill::Point(point, pass)));
    }
    kills
}

/// Returns how many scenarios with a single kill there are. Higher numbers have several.
pub fn singles() -> u64 {
    (kills().len() * RIVALS.len() * STORES.len() * FAULTS.len()) as u64
}

impl Scenario {
    pub fn numbered(number: u64) -> Self {
        let all = kills();
        let mut random = Random(number);
        let mut rest = number;
        let mut digit = |base: usize| {
            let digit = usize::try_from(rest % base as u64).unwrap();
            rest /= base as u64;
            digit
        };
        if number < singles() {
            let kill = all[digit(all.len())].clone();
            let store = STORES[digit(STORES.len())];
            let rival = RIVALS[digit(RIVALS.len())];
            let fault = FAULTS[digit(FAULTS.len())];
            // At the same operation as the kill, or at any.
            let fault_on = match &kill {
                Kill::Request(operation, ..) | Kill::Response(operation, _) => operation.clone(),
                Kill::Point(..) => random.pick(&OPERATIONS).clone(),
            };
            let holds = random.below(4) == 0;
            let program = program(std::slice::from_ref(&kill), &mut random);
            let kills = vec![kill];
            return Self { number, program, kills, rival, store, fault, fault_on, holds };
        }
        let kills: Vec<_> = (0..2 + random.below(4)).map(|_| random.pick(&all).clone()).collect();
        Self {
            number,
            program: program(&kills, &mut random),
            kills,
            rival: *random.pick(&RIVALS),
            store: *random.pick(&STORES),
            fault: *random.pick(&FAULTS),
            fault_on: random.pick(&OPERATIONS).clone(),
            holds: random.below(4) == 0,
        }
    }
}

/// Runs plans, but for some scenarios whose kills one migration passes too.
fn program(kills: &[Kill], random: &mut Random) -> Program {
    let in_both = |kill: &Kill| match kill {
        Kill::Point(name, pass) => {
            *pass <= if JOURNAL_POINTS.contains(name) { 10 } else { 3 }
                && !RUN_POINTS.contains(name)
        }
        _ => true,
    };
    if kills.iter().all(in_both) && random.below(4) == 0 { Program::Changes } else { Program::Run }
}

impl fmt::Display for Scenario {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "KILL_SEED={} ({:?}, {:?}, rival {:?}, {:?} at {}, holds {}, kills {:?})",
            self.number,
            self.program,
            self.store,
            self.rival,
            self.fault,
            self.fault_on,
            self.holds,
            self.kills
        )
    }
}

/// `SplitMix64`: numbers that look random and follow from a seed.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[usize::try_from(self.below(items.len() as u64)).unwrap()]
    }
}
