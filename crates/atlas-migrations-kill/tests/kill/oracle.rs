//! Watches what is sent and what the journal says, in the process that is not killed. The output of a killed program is
//! never asked.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use atlas_migrations_journal::{
    EventId, StreamId,
    event::{Action, Event, EventRecord, Intent, Operation, StreamKind},
    state::{Phase, SlotState, StreamState},
    store::Store,
};

use crate::{
    exchange::Message,
    secrets,
    world::{Journaled, World, journaled},
};

/// What was seen in one scenario.
#[derive(Clone)]
pub struct Oracle {
    store: Arc<dyn Store>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// The intents whose request was sent.
    used: BTreeSet<(StreamId, u64)>,
    /// The events that a reader saw, in order.
    events: BTreeMap<StreamId, Vec<EventId>>,
    violations: Vec<String>,
}

impl Oracle {
    pub fn new(world: &World) -> Self {
        Self { store: Arc::clone(&world.store), seen: Arc::default() }
    }

    pub fn violation(&self, text: impl Into<String>) {
        self.seen.lock().unwrap().violations.push(text.into());
    }

    pub fn violations(&self) -> Vec<String> {
        self.seen.lock().unwrap().violations.clone()
    }

    /// A process sends a request that changes something; not a byte of it was forwarded yet.
    pub async fn sends(&self, operation: &Operation, request: &Message) {
        let all = match journaled(&*self.store).await {
            Ok(all) => all,
            Err(error) => return self.violation(format!("the journal cannot be read: {error}")),
        };
        self.reads(&all);
        // Invariant 2.
        let Some((one, intent)) = self.use_intent(&all, operation, request) else {
            return self.violation(format!("2: {operation} was sent without an intent of its own"));
        };
        let (name, state) = (&one.name, &one.state);
        // Invariant 3. A validation changes nothing, so its slot is free again at once.
        let slot = state.slot_of(intent).map(|slot| slot.state);
        if *operation != Operation::Validate && slot != Some(SlotState::Open) {
            self.violation(format!(
                "3: {operation} of {name} (event {intent}) was sent while its slot is {slot:?}"
            ));
        }
        let other = state.slots.iter().find(|(key, slot)| {
            slot.intent_seq != intent
                && slot.state.is_undecided()
                && key.op != Operation::Validate
                // Whatever became of an unclear link, this removes it.
                && *operation != Operation::LinkDelete
        });
        if let Some((key, _)) = other {
            self.violation(format!(
                "3: {operation} of {name} was sent while {} is undecided",
                key.op
            ));
        }
        if *operation == Operation::Cutover {
            self.check_cutover(&all, one, intent);
        }
    }

    /// Finds the intent that a request follows from, which no other request did.
    fn use_intent<'a>(
        &self,
        all: &'a [Journaled],
        operation: &Operation,
        request: &Message,
    ) -> Option<(&'a Journaled, u64)> {
        let hash = request.hash();
        let fits = |intent: &Intent| {
            intent.op == *operation
                && intent.method == request.method()
                && intent.path == request.path()
                && Some(&intent.request_hash) == hash.as_ref()
        };
        let mut seen = self.seen.lock().unwrap();
        for one in all {
            for record in one.records.iter().rev() {
                if matches!(&record.event, Event::Intent(intent) if fits(intent))
                    && seen.used.insert((one.stream, record.seq))
                {
                    return Some((one, record.seq));
                }
            }
        }
        None
    }

    /// Invariants 6 and 7, from the journal alone.
    fn check_cutover(&self, all: &[Journaled], one: &Journaled, intent_seq: u64) {
        let name = &one.name;
        let intent = &one.records[usize::try_from(intent_seq).unwrap() - 1];
        let before = one.records.iter().filter(|record| record.seq < intent_seq);
        let before = StreamState::fold(StreamKind::Migration, before);
        if !before.look.as_ref().is_some_and(|look| look.ready) {
            self.violation(format!("6: {name} was cut over before it was ready"));
        }
        let need = before.needed_approvals(&Action::Cutover);
        let have = before.valid_approvals(&Action::Cutover, intent.at_ms).len();
        if have < need {
            self.violation(format!("6: {name} was cut over with {have} of {need} approvals"));
        }
        for earlier in all.iter().take_while(|earlier| earlier.stream != one.stream) {
            let complete = earlier.records.iter().any(|record| {
                matches!(record.event, Event::Ended(_)) && record.position < intent.position
            });
            if !complete {
                self.violation(format!("6: {name} was cut over before {}", earlier.name));
            }
        }
        if need > 0 && !is_allowed_by_hook(&one.records, intent) {
            self.violation(format!("6: {name} was cut over and its hook did not allow it"));
        }
        if before.held.is_some() || one.state.held.is_some() {
            self.violation(format!("7: {name} was cut over under a hold"));
        }
    }

    /// Somebody read the events of the migrations. Invariant 5.
    pub fn reads(&self, all: &[Journaled]) {
        let mut seen = self.seen.lock().unwrap();
        for one in all {
            let ids: Vec<_> = one.records.iter().map(|record| record.event_id).collect();
            if one.records.iter().zip(1..).any(|(record, seq)| record.seq != seq) {
                seen.violations.push(format!("5: the sequences of {} have a gap", one.name));
            }
            let events = seen.events.entry(one.stream).or_default();
            // Two readers may be at work: the later one may have read first.
            let both = events.len().min(ids.len());
            let is_replaced = events[..both] != ids[..both];
            if ids.len() > events.len() {
                *events = ids;
            }
            if is_replaced {
                seen.violations.push(format!("5: an event of {} was replaced", one.name));
            }
        }
    }

    /// All processes ended. Checks what is left.
    pub async fn check_end(&self, world: &World) {
        let all = world.journaled().await;
        self.reads(&all);
        for one in &all {
            let seen = self.seen.lock().unwrap().events.get(&one.stream).map_or(0, Vec::len);
            if one.records.len() < seen {
                self.violation(format!("5: events of {} are gone", one.name));
            }
        }
        // Invariant 1. The person of this harness says "did not" only of what Atlas did not execute.
        for one in &all {
            let creates = world.creates(&one.name);
            if creates > 1 {
                self.violation(format!("1: {} was started {creates} times", one.name));
            }
        }
        for id in world.created() {
            let cutovers = world.cutovers(&id);
            if cutovers > 1 {
                self.violation(format!("1: {id} was cut over {cutovers} times"));
            }
            // Invariant 4.
            let id_of = |one: &Journaled| one.state.migration_id.as_ref().map(ToString::to_string);
            if all.iter().filter(|one| id_of(one).as_deref() == Some(&id)).count() != 1 {
                self.violation(format!("4: migration {id} is lost"));
            }
        }
        // Invariant 8.
        for one in all.iter().filter(|one| one.kind == StreamKind::Migration) {
            if one.state.phase() != Phase::Complete {
                self.violation(format!("8: {} ended as {}", one.name, one.state.phase()));
            }
        }
        if all.is_empty() {
            self.violation("8: nothing was planned");
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
        for one in &all {
            for record in &one.records {
                let text = serde_json::Value::from(record.fields.clone()).to_string();
                self.found(secrets::find(&one.name, text.as_bytes()));
            }
        }
        self.found(secrets::find_in_folder(world.folder.path()));
    }

    fn found(&self, secrets: Vec<String>) {
        self.seen.lock().unwrap().violations.extend(secrets);
    }
}

/// Returns whether the hook before the cutover allowed it in the last minute.
fn is_allowed_by_hook(records: &[EventRecord], intent: &EventRecord) -> bool {
    records.iter().any(|record| {
        let allowed = matches!(&record.event, Event::HookEnded(ended)
            if ended.event.as_deref() == Some("before_cutover")
                && ended.result == atlas_migrations_journal::event::HookResult::Ok);
        allowed && record.seq < intent.seq && intent.at_ms - record.at_ms <= 60_000
    })
}
