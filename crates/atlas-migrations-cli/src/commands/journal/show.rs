//! `atlas-migrations journal show`: shows the state and the events of a stream.

use anstyle::Style;
use atlas_migrations_journal::event::{Action, EventRecord, StreamKind};
use atlas_migrations_journal::overview::event_text;
use atlas_migrations_journal::state::{Conditions, StreamState};
use atlas_migrations_journal::store::StreamRow;
use serde_json::{Value, json};

use crate::cli::{GlobalOptions, ShowStream};
use crate::error::CliError;
use crate::instant::{local_and_utc, utc};
use crate::journal::{Journal, redactor};
use crate::output;
use crate::stream_lookup::{find_one, qualified};
use crate::terminal::{Cell, Line, table};

const KINDS: [StreamKind; 3] = [StreamKind::Migration, StreamKind::Plan, StreamKind::Link];

/// Everything that is shown of a stream.
struct Shown {
    row: StreamRow,
    state: StreamState,
    records: Vec<EventRecord>,
    now_ms: i64,
}

pub async fn run(
    global: &GlobalOptions,
    journal: &Journal,
    options: &ShowStream,
) -> Result<(), CliError> {
    let journal = journal.required(redactor(None, None)).await?;
    let row = find_one(journal, &options.name, &KINDS).await?;
    let (row, state) = journal.store.state(row.id).await?;
    let records = journal.store.read(row.id, 0).await?;
    let now_ms = journal.store.info().await?.now_ms;
    let shown = Shown { row, state, records, now_ms };
    output::show(global.output, &shown.json(), || {
        let mut lines = shown.summary();
        lines.push(Line::from(""));
        lines.extend(if options.events { shown.events() } else { shown.timeline() });
        lines
    })
}

impl Shown {
    fn waits_for(&self) -> String {
        self.state.waits_for(&Conditions::new(self.now_ms)).to_string()
    }

    fn summary(&self) -> Vec<Line> {
        let Self { row, state, .. } = self;
        let attempt = match state.attempt {
            1 => String::new(),
            attempt => format!(", attempt {attempt}"),
        };
        let archived = if row.archived { ", archived" } else { "" };
        let mut fields = vec![
            (row.kind.as_str(), format!("{}{archived}", qualified(row))),
            ("state", format!("{}{attempt}", state.phase())),
            ("waits for", self.waits_for()),
        ];
        let mut add = |name, value: Option<String>| fields.extend(value.map(|value| (name, value)));
        add("migration ID", state.migration_id.as_ref().map(ToString::to_string));
        add("project ID", state.group_id.as_ref().map(ToString::to_string));
        add("destination", state.destination.clone());
        add("in Atlas", self.look());
        for (name, action) in
            [("cutover", Action::Cutover), ("drop of data", Action::CreateWithDrop)]
        {
            let need = state.needed_approvals(&action);
            let have = state.valid_approvals(&action, self.now_ms).len();
            add(name, (need > 0).then(|| format!("{have} of {need} approvals")));
        }
        add("held", state.held.map(|seq| format!("since event {seq}")));
        add("postponed", state.postponed_until_ms.map(|ms| format!("until {}", local_and_utc(ms))));
        add("polls fail", state.polls_failing_since_ms.map(|ms| format!("since {}", utc(ms))));
        add("stream", Some(row.id.to_string()));
        let line = |(name, value): (&str, String)| {
            Line::from(format!("{:<14}{value}", format!("{name}:")))
        };
        fields.into_iter().map(line).collect()
    }

    fn look(&self) -> Option<String> {
        let look = self.state.look.as_ref()?;
        let ready = if look.ready { ", ready for cutover" } else { "" };
        let lag = look.lag_seconds.map(|lag| format!(", lag {lag} s")).unwrap_or_default();
        Some(format!("{}{ready}{lag} at {}", look.status, utc(look.polled_ms)))
    }

    fn timeline(&self) -> Vec<Line> {
        let rows: Vec<[Cell; 4]> = self
            .records
            .iter()
            .map(|record| {
                [
                    record.seq.to_string().into(),
                    utc(record.at_ms).into(),
                    event_text(record).into(),
                    who(record).into(),
                ]
            })
            .collect();
        table(["EVENT", "AT", "WHAT", "WHO"], &rows)
    }

    fn events(&self) -> Vec<Line> {
        let line = |record: &EventRecord| {
            let (seq, at, what) = (record.seq, utc(record.at_ms), record.event.event_type());
            let fields = Value::Object(record.fields.clone());
            Line::default()
                .with(&format!("{seq} {at} {what} by {}: {fields}", who(record)), Style::new())
        };
        self.records.iter().map(line).collect()
    }

    fn json(&self) -> Value {
        let Self { row, state, now_ms, .. } = self;
        let approvals = |action| {
            json!({
                "have": state.valid_approvals(&action, *now_ms).len(),
                "need": state.needed_approvals(&action),
            })
        };
        json!({
            "name": qualified(row),
            "kind": row.kind.as_str(),
            "stream": row.id.to_string(),
            "archived": row.archived,
            "state": state.phase().as_str(),
            "waits_for": self.waits_for(),
            "attempt": state.attempt,
            "project_id": state.group_id.as_ref().map(ToString::to_string),
            "live_migration_id": state.migration_id.as_ref().map(ToString::to_string),
            "destination": state.destination,
            "cutover_approvals": approvals(Action::Cutover),
            "drop_approvals": approvals(Action::CreateWithDrop),
            "held_since_event": state.held,
            "postponed_until": state.postponed_until_ms.map(utc),
            "polls_fail_since": state.polls_failing_since_ms.map(utc),
            "events": self.records.iter().map(event_json).collect::<Vec<_>>(),
        })
    }
}

fn who(record: &EventRecord) -> String {
    match &record.db_user {
        Some(user) => format!("{} (database user {user})", record.actor),
        None => record.actor.to_string(),
    }
}

fn event_json(record: &EventRecord) -> Value {
    json!({
        "seq": record.seq,
        "at": utc(record.at_ms),
        "type": record.event.event_type(),
        "what": event_text(record),
        "actor": record.actor.as_str(),
        "database_user": record.db_user,
        "attempt": record.attempt,
        "event_id": record.event_id.to_string(),
        "runner": record.runner.map(|runner| runner.to_string()),
        "fields": record.fields,
    })
}
