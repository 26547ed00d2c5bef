//! `atlas-migrations status --follow`: the live view over the journal.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use atlas_migrations_board::{Published, Snapshot};
use atlas_migrations_journal::StreamId;
use atlas_migrations_journal::event::StreamKind;
use tokio::time::{MissedTickBehavior, interval};

use crate::cli::{OutputFormat, Status};
use crate::error::CliError;
use crate::follow_view::{FollowView, Input, JournalReads, is_possible};
use crate::interrupt;
use crate::journal::{Directory, OpenJournal};
use crate::terminal::{note_lines, print, stdout_is_terminal, text};

/// The time between two reads of the journal.
const INTERVAL: Duration = Duration::from_millis(500);

/// Shows the view until a person ends it. Asks Atlas nothing.
pub async fn follow(
    format: OutputFormat,
    journal: &OpenJournal,
    options: &Status,
) -> Result<(), CliError> {
    if format == OutputFormat::Json || !is_possible() {
        return Err(CliError::usage(
            "--follow needs a terminal of at least 40 columns and 10 lines",
        )
        .hint("`watch` prints a line for each change where there is none"));
    }
    let mut chosen = HashSet::new();
    if !options.names.is_empty() {
        let directory = Directory::read(journal).await?;
        for name in &options.names {
            chosen.insert(directory.find(name, None)?.id);
        }
    }
    interrupt::exit_with_after_first(interrupt::error("interrupted twice; nothing was changed"));
    let mut reads = JournalReads::new(&journal.store);
    let view = FollowView::start(false)?;
    tokio::select! {
        () = interrupt::requested() => {}
        never = show(&view, &mut reads, &chosen) => match never {},
    }
    let Some(ended) = view.end() else { return Ok(()) };
    let lines = ended.lines();
    if stdout_is_terminal() {
        return Ok(print(text(&lines).as_bytes())?);
    }
    note_lines(&lines);
    Ok(())
}

async fn show(
    view: &FollowView,
    reads: &mut JournalReads,
    chosen: &HashSet<StreamId>,
) -> Infallible {
    // There are none of both.
    let (looks, notes) = (Arc::default(), Arc::default());
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Some(mut published) = reads.read().await {
            keep(&mut published, chosen);
            let (looks, notes) = (Arc::clone(&looks), Arc::clone(&notes));
            view.show(Input { published, looks, plan: None, notes });
        }
    }
}

/// Keeps the chosen migrations, if some were chosen.
fn keep(published: &mut Published, chosen: &HashSet<StreamId>) {
    if chosen.is_empty() {
        return;
    }
    let Snapshot { rows, events, position } = &*published.snapshot;
    let is_kept = |row: &atlas_migrations_journal::store::StreamRow| {
        row.kind == StreamKind::Plan || chosen.contains(&row.id)
    };
    let rows: Vec<_> = rows.iter().filter(|row| is_kept(row)).cloned().collect();
    published.snapshot = Arc::new(Snapshot { rows, events: events.clone(), position: *position });
}
