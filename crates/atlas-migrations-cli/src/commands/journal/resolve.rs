//! `atlas-migrations journal resolve`: a person says whether a request took effect.

use atlas_migrations::{Client, GroupId, LiveMigrationId};
use atlas_migrations_journal::event::{
    NewEvent, Operation, Resolution, Resolved, ResolvedBy, StreamKind,
};
use atlas_migrations_journal::state::{Rules, Slot, StreamState};
use atlas_migrations_journal::store::{Append, StreamFilter, StreamRow};
use serde_json::json;

use super::look;
use super::request_fate::{
    CutoverEvidence, cutover_evidence, planned_request, why_other_migration,
};
use crate::cli::{GlobalOptions, ResolveRequest};
use crate::client::{connect, project, settings};
use crate::error::{CliError, Exit};
use crate::instant::utc;
use crate::journal::{Journal, OpenJournal, actor, redactor};
use crate::output::show;
use crate::prompt::Confirm;
use crate::stream_lookup::{find_one, qualified};
use crate::terminal::{Line, fields};

/// How many polls have to agree that a cutover did not take effect.
const AGREEING_POLLS: u32 = 5;

/// A request whose fate is not known.
struct Request {
    row: StreamRow,
    state: StreamState,
    op: Operation,
    slot: Slot,
}

/// What a person says about the request, and what follows from it.
struct Verdict {
    resolution: Resolution,
    id: Option<LiveMigrationId>,
    evidence: String,
    /// What may be sent after that.
    afterwards: &'static str,
}

pub async fn run(
    global: &GlobalOptions,
    journal: &Journal,
    options: &ResolveRequest,
) -> Result<(), CliError> {
    let settings = settings(global)?;
    let journal = journal.required(redactor(Some(&settings), None)).await?;
    let kinds = [StreamKind::Migration, StreamKind::Link];
    let row = find_one(journal, &options.name, &kinds).await?;
    let request = Request::of(journal, row).await?;
    check_choice(&request, options)?;
    let verdict = match options.id {
        Some(id) => {
            let group = request.group(|| project(&settings, None))?;
            let client = connect(global, &settings)?;
            started(journal, &request, &client, (group, id), options).await?
        }
        None if options.absent => Verdict {
            resolution: Resolution::DidNot,
            id: None,
            evidence: String::new(),
            afterwards: "the create request may be sent again",
        },
        None => {
            let client = connect(global, &settings)?;
            if options.took_effect {
                took_effect(&request, &client).await?
            } else {
                request.check_time(journal, Resolution::DidNot).await?;
                did_not(&request, &client, options).await?
            }
        }
    };
    request.check_time(journal, verdict.resolution.clone()).await?;
    if !options.confirmation.yes {
        confirm(&request, &verdict).ask()?;
    }
    let seq = record(journal, &request, &verdict, options.evidence.as_deref()).await?;
    let name = qualified(&request.row);
    let json = json!({
        "name": name,
        "stream": request.row.id.to_string(),
        "operation": request.op.as_str(),
        "intent_seq": request.slot.intent_seq,
        "result": verdict.resolution.as_str(),
        "live_migration_id": verdict.id.map(|id| id.to_string()),
        "event_seq": seq,
        "afterwards": verdict.afterwards,
    });
    show(global.output, &json, || {
        let says = what(&request.op, &verdict);
        vec![Line::from(format!("{name}: {says}; {}", verdict.afterwards))]
    })
}

impl Request {
    async fn of(journal: &OpenJournal, row: StreamRow) -> Result<Self, CliError> {
        let (row, state) = journal.store.state(row.id).await?;
        let Some((key, slot)) = state.undecided() else {
            let name = qualified(&row);
            let message = format!("{name} has no request to resolve: it is {}", state.phase());
            return Err(CliError::new(message).exit(Exit::Rejected));
        };
        let (op, slot) = (key.op.clone(), slot.clone());
        Ok(Self { row, state, op, slot })
    }

    fn group(
        &self,
        default: impl FnOnce() -> Result<GroupId, CliError>,
    ) -> Result<GroupId, CliError> {
        let known = self.state.group_id.as_ref().and_then(|id| id.as_str().parse().ok());
        known.or_else(|| self.row.scope.parse().ok()).map_or_else(default, Ok)
    }

    /// Returns the migration that the request is about.
    fn migration(&self) -> Result<(GroupId, LiveMigrationId), CliError> {
        let unknown = || CliError::new("the journal does not know the ID of the migration");
        let id = self.state.migration_id.as_ref().and_then(|id| id.as_str().parse().ok());
        Ok((self.group(|| Err(unknown()))?, id.ok_or_else(unknown)?))
    }

    /// Fails if a person may not say this yet: the request could still be sent.
    async fn check_time(
        &self,
        journal: &OpenJournal,
        resolution: Resolution,
    ) -> Result<(), CliError> {
        if resolution != Resolution::DidNot {
            return Ok(());
        }
        let resolved = Resolved::new(self.slot.intent_seq, resolution, ResolvedBy::Person);
        let event = NewEvent::new(actor(), resolved);
        let now_ms = journal.store.info().await?.now_ms;
        self.state.admit(&event, now_ms, &Rules::default()).map_err(|rejection| {
            let name = qualified(&self.row);
            CliError::from(atlas_migrations_journal::Error::from(rejection)).prefixed(&name)
        })
    }
}

/// Fails if the options do not say what is asked.
fn check_choice(request: &Request, options: &ResolveRequest) -> Result<(), CliError> {
    let Request { op, slot, row, .. } = request;
    let (name, seq) = (qualified(row), slot.intent_seq);
    let asks = format!("{name} waits for the fate of {op} (event {seq})");
    let fits = match op {
        Operation::Create => options.id.is_some() || options.absent,
        Operation::Cutover => options.took_effect || options.did_not,
        Operation::LinkCreate | Operation::LinkDelete => {
            return Err(CliError::new(asks).exit(Exit::Rejected).hint(
                "`atlas-migrations link delete` resolves it: afterwards there is no link, and a new one can be created",
            ));
        }
        _ => {
            return Err(CliError::new(asks)
                .exit(Exit::Rejected)
                .hint("a validation changes nothing: it is sent again without a decision"));
        }
    };
    if fits {
        return Ok(());
    }
    let choose = match op {
        Operation::Create => "say --id ID, or --absent if it started no migration",
        _ => "say --took-effect or --did-not",
    };
    Err(CliError::usage(format!("nothing was done: {asks}")).hint(choose))
}

/// Checks that Atlas shows the migration, and that nothing says that it is another one.
async fn started(
    journal: &OpenJournal,
    request: &Request,
    client: &Client,
    (group, id): (GroupId, LiveMigrationId),
    options: &ResolveRequest,
) -> Result<Verdict, CliError> {
    let mut all = StreamFilter::default();
    all.archived = true;
    let wanted = id.to_string();
    let rows = journal.store.streams(all).await?;
    let taken = rows.iter().find(|row| row.migration_id.as_ref() == Some(&wanted));
    if let Some(other) = taken.filter(|other| other.id != request.row.id) {
        let by = qualified(other);
        return Err(CliError::new(format!("nothing was done: `{by}` follows migration {id}"))
            .exit(Exit::Rejected));
    }
    let job = look::look(client, group, id).await?;
    let records = journal.store.read(request.row.id, 0).await?;
    let planned = planned_request(&records);
    let contradiction = why_other_migration(&job, id, planned, request.slot.intent_ms);
    if let Some(why) = &contradiction
        && options.evidence.is_none()
    {
        let message = format!("nothing was done: migration {id} is another one: {why}");
        return Err(CliError::new(message)
            .exit(Exit::Rejected)
            .hint("if you know better, say why with --evidence: it is recorded"));
    }
    let although = contradiction.map(|why| format!(", although {why}")).unwrap_or_default();
    Ok(Verdict {
        resolution: Resolution::TookEffect,
        id: Some(id),
        evidence: format!("Atlas shows {}{although}", look::describe(&job)),
        afterwards: "this attempt sends no create request again; it is followed from now on, and a cutover may be sent when its conditions hold",
    })
}

/// Looks once, so that a person sees what Atlas shows. A migration that Atlas does not show is no obstacle.
async fn took_effect(request: &Request, client: &Client) -> Result<Verdict, CliError> {
    let (group, id) = request.migration()?;
    let evidence = match client.live_migration(group, id).await {
        Ok(job) if cutover_evidence(&job) == CutoverEvidence::StillReady => format!(
            "Atlas shows {}: this looks as if the cutover did not take effect",
            look::describe(&job)
        ),
        Ok(job) => format!("Atlas shows {}", look::describe(&job)),
        Err(error) => format!("Atlas does not show the migration: {}", error.summary()),
    };
    Ok(Verdict {
        resolution: Resolution::TookEffect,
        id: None,
        evidence,
        afterwards: "nothing is sent any more in this attempt; its end is followed",
    })
}

/// Polls until five polls agree that the migration is still ready.
async fn did_not(
    request: &Request,
    client: &Client,
    options: &ResolveRequest,
) -> Result<Verdict, CliError> {
    let (group, id) = request.migration()?;
    let name = qualified(&request.row);
    let mut last = String::new();
    for poll in 1..=AGREEING_POLLS {
        if poll > 1 {
            tokio::time::sleep(options.poll_interval).await;
        }
        let job = look::look(client, group, id).await?;
        last = look::describe(&job);
        let hint = match cutover_evidence(&job) {
            CutoverEvidence::StillReady => continue,
            CutoverEvidence::TookEffect => "the cutover took effect: say --took-effect",
            CutoverEvidence::Ended => "the migration ended: `atlas-migrations status` records it",
            CutoverEvidence::Nothing => "try again later: this says neither",
        };
        let message = format!(
            "{name}: nothing was done: poll {poll} of {AGREEING_POLLS} does not agree: Atlas shows {last}"
        );
        return Err(CliError::new(message).exit(Exit::Rejected).hint(hint));
    }
    Ok(Verdict {
        resolution: Resolution::DidNot,
        id: None,
        evidence: format!("{AGREEING_POLLS} polls agree: Atlas shows {last}"),
        afterwards: "the cutover may be sent again when its conditions hold",
    })
}

fn what(op: &Operation, verdict: &Verdict) -> String {
    let id = verdict.id.map(|id| format!(" and started migration {id}")).unwrap_or_default();
    match verdict.resolution {
        Resolution::TookEffect => format!("the {op} request took effect{id}"),
        _ => format!("the {op} request did not take effect"),
    }
}

fn confirm(request: &Request, verdict: &Verdict) -> Confirm {
    let Request { op, slot, row, state } = request;
    let mut details = fields([
        ("migration", qualified(row)),
        (
            "request",
            format!("{op}, event {} at {} by {}", slot.intent_seq, utc(slot.intent_ms), slot.actor),
        ),
        ("destination", state.destination.clone().unwrap_or_else(|| "unknown".to_owned())),
    ]);
    if !verdict.evidence.is_empty() {
        details.push(Line::from(verdict.evidence.as_str()));
    }
    details.push(Line::from(format!("Afterwards: {}.", verdict.afterwards)));
    match (op, &verdict.resolution) {
        (Operation::Create, Resolution::DidNot) => details.push(Line::from(
            "Atlas cannot list migrations. If the request did take effect, a second one fails or starts a second migration: \
             look at the live migrations of the project in the Atlas UI.",
        )),
        (Operation::Cutover, Resolution::DidNot) => details.push(Line::from(
            "Atlas accepts a cutover before it begins, so these polls are not proof. A cutover cannot be undone.",
        )),
        _ => {}
    }
    Confirm { details, question: format!("Record that {}?", what(op, verdict)) }
}

/// Appends the decision, if the fate of the request is still not known. Returns its sequence.
async fn record(
    journal: &OpenJournal,
    request: &Request,
    verdict: &Verdict,
    evidence: Option<&str>,
) -> Result<u64, CliError> {
    let Request { row, op, slot, .. } = request;
    let intent_seq = slot.intent_seq;
    let mut resolved = Resolved::new(intent_seq, verdict.resolution.clone(), ResolvedBy::Person);
    resolved.id = verdict.id.and_then(|id| id.to_string().parse().ok());
    let said: Vec<_> = evidence.into_iter().chain([&*verdict.evidence]).collect();
    let said = said.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ");
    resolved.evidence = (!said.is_empty()).then(|| journal.redactor.text(&said));
    loop {
        let (row, state) = journal.store.state(row.id).await?;
        if state.undecided().is_none_or(|(_, slot)| slot.intent_seq != intent_seq) {
            let name = qualified(&row);
            let message = format!(
                "{name}: too late: the fate of {op} (event {intent_seq}) became known; it is {}",
                state.phase()
            );
            return Err(CliError::new(message).exit(Exit::Rejected));
        }
        let event = NewEvent::new(actor(), resolved.clone()).with_attempt(state.attempt);
        match journal.store.append(Append::fact(row.id, event).at_head(row.head)).await {
            Ok(appended) => return Ok(appended.seq),
            Err(error) if error.is_conflict() => {}
            Err(error) => return Err(error.into()),
        }
    }
}
