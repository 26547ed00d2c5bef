//! Watches what is sent and what the journal says, in the process that is not killed. The output of a killed program is
//! never asked.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use atlas_migrations_journal::{
    EventId, StreamId,
    event::{Event, EventRecord, Operation, StreamKind},
    state::{Phase, SlotState, StreamState},
    store::Store,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    driver::{PASSWORD, PRIVATE_KEY},
    exchange::Message,
    scenario::NetworkFault,
    world::World,
};

/// What was seen in one scenario.
#[derive(Clone)]
pub struct Oracle {
    store: Arc<dyn Store>,
    stream: StreamId,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// The intents whose request was sent.
    used: BTreeSet<u64>,
    /// The events that a reader saw, in order.
    events: Vec<EventId>,
    violations: Vec<String>,
}

impl Oracle {
    pub fn new(world: &World) -> Self {
        Self { store: Arc::clone(&world.store), stream: world.stream, seen: Arc::default() }
    }

    pub fn violation(&self, text: impl Into<String>) {
        self.seen.lock().unwrap().violations.push(text.into());
    }

    pub fn violations(&self) -> Vec<String> {
        self.seen.lock().unwrap().violations.clone()
    }

    /// A process sends a request that changes something; not a byte of it was forwarded yet.
    pub async fn sends(&self, operation: &Operation, request: &Message) {
        let records = match self.store.read(self.stream, 0).await {
            Ok(records) => records,
            Err(error) => return self.violation(format!("the journal cannot be read: {error}")),
        };
        self.reads(&records);
        let hash = request.hash();
        let state = StreamState::fold(StreamKind::Migration, &records);
        let intent = {
            let mut seen = self.seen.lock().unwrap();
            let intent = records.iter().rev().find(|record| match &record.event {
                Event::Intent(intent) => {
                    intent.op == *operation
                        && intent.method == request.method()
                        && intent.path == request.path()
                        && Some(&intent.request_hash) == hash.as_ref()
                        && !seen.used.contains(&record.seq)
                }
                _ => false,
            });
            intent.map(|record| {
                seen.used.insert(record.seq);
                record.seq
            })
        };
        // Invariant 2.
        let Some(intent) = intent else {
            return self.violation(format!("2: {operation} was sent without an intent of its own"));
        };
        // Invariant 3. A validation changes nothing, so its slot is free again at once.
        let slot = state.slot_of(intent).map(|slot| slot.state);
        if *operation != Operation::Validate && slot != Some(SlotState::Open) {
            self.violation(format!(
                "3: {operation} (event {intent}) was sent while its slot is {slot:?}"
            ));
        }
        let other = state.slots.iter().find(|(key, slot)| {
            slot.intent_seq != intent && slot.state.is_undecided() && key.op != Operation::Validate
        });
        if let Some((key, _)) = other {
            self.violation(format!("3: {operation} was sent while {} is undecided", key.op));
        }
        // Invariants 6 and 7.
        if *operation == Operation::Cutover {
            let before = records.iter().filter(|record| record.seq < intent);
            let before = StreamState::fold(StreamKind::Migration, before);
            if !before.look.as_ref().is_some_and(|look| look.ready) {
                self.violation("6: a cutover was sent before the migration was ready");
            }
            if before.held.is_some() || state.held.is_some() {
                self.violation("7: a cutover was sent under a hold");
            }
        }
    }

    /// Somebody read the events of the migration. Invariant 5.
    pub fn reads(&self, records: &[EventRecord]) {
        let mut seen = self.seen.lock().unwrap();
        let ids: Vec<_> = records.iter().map(|record| record.event_id).collect();
        let gap = records.iter().zip(1..).any(|(record, seq)| record.seq != seq);
        let known = seen.events.len();
        if gap {
            seen.violations.push("5: the sequences have a gap".to_owned());
        }
        // Two readers may be at work: the later one may have read first.
        let both = known.min(ids.len());
        if seen.events[..both] != ids[..both] {
            seen.violations.push("5: an event was replaced".to_owned());
        }
        if ids.len() > known {
            seen.events = ids;
        }
    }

    /// All processes ended. Checks what is left.
    pub async fn check_end(&self, world: &World, fault: NetworkFault) {
        let records = world.records().await;
        if records.len() < self.seen.lock().unwrap().events.len() {
            self.violation("5: events are gone");
        }
        self.reads(&records);
        let state = StreamState::fold(StreamKind::Migration, &records);
        // Invariant 1. The person of this harness says "did not" only of what Atlas did not execute.
        let created = world.created();
        if created.len() > 1 {
            self.violation(format!("1: {} migrations were started", created.len()));
        }
        let cutovers = world.cutovers(fault == NetworkFault::LostResponse);
        if cutovers > 1 {
            self.violation(format!("1: {cutovers} cutovers were executed"));
        }
        // Invariant 4.
        let known = state.migration_id.as_ref().map(ToString::to_string);
        for id in &created {
            if known.as_ref() != Some(id) {
                self.violation(format!("4: migration {id} is lost; the journal knows {known:?}"));
            }
        }
        // Invariant 8.
        if state.phase() != Phase::Complete {
            self.violation(format!("8: the migration ended as {}", state.phase()));
        }
        match world.store.verify().await {
            Ok(report) => {
                for problem in report.problems {
                    self.violation(format!("5: {problem}"));
                }
            }
            Err(error) => self.violation(format!("5: the journal cannot be verified: {error}")),
        }
        // Invariant 9.
        let mut text = String::new();
        for record in &records {
            text.push_str(&serde_json::Value::from(record.fields.clone()).to_string());
        }
        self.check_secrets("the journal", text.as_bytes());
        self.check_folder(world.folder.path());
    }

    fn check_folder(&self, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                self.check_folder(&entry.path());
            } else {
                let bytes = fs::read(entry.path()).unwrap_or_default();
                self.check_secrets(&entry.path().display().to_string(), &bytes);
            }
        }
    }

    fn check_secrets(&self, place: &str, bytes: &[u8]) {
        for secret in [PASSWORD, PRIVATE_KEY] {
            let base64 = STANDARD.encode(secret);
            let percent = secret.replace('/', "%2F").replace('@', "%40");
            let json = secret.replace('/', "\\/");
            for form in [secret, &percent, &json, &base64[..base64.len() - 4]] {
                if bytes.windows(form.len()).any(|window| window == form.as_bytes()) {
                    self.violation(format!("9: {place} has a secret as `{form}`"));
                }
            }
        }
    }
}
