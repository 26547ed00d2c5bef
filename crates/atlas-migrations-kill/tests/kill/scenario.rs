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

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scenario {
    pub number: u64,
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
/// The named points of a journal, and how often a migration passes each.
const JOURNAL_POINTS: [&str; 3] = ["append.begin", "append.written", "append.committed"];
const EVENTS: u32 = 10;
/// The named points of a change: three changes pass each.
const CHANGE_POINTS: [&str; 4] = [
    "changes.intent_committed",
    "changes.before_send",
    "changes.response_read",
    "changes.outcome_committed",
];

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
        kills.extend((1..=3).map(|pass| Kill::Point(point, pass)));
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
            return Self { number, kills: vec![kill], rival, store, fault, fault_on, holds };
        }
        let kills = (0..2 + random.below(4)).map(|_| random.pick(&all).clone()).collect();
        Self {
            number,
            kills,
            rival: *random.pick(&RIVALS),
            store: *random.pick(&STORES),
            fault: *random.pick(&FAULTS),
            fault_on: random.pick(&OPERATIONS).clone(),
            holds: random.below(4) == 0,
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "KILL_SEED={} ({:?}, rival {:?}, {:?} at {}, holds {}, kills {:?})",
            self.number, self.store, self.rival, self.fault, self.fault_on, self.holds, self.kills
        )
    }
}

/// SplitMix64: numbers that look random and follow from a seed.
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
