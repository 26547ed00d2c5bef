//! No secret is in any byte that a journal writes.

use std::{fs, path::Path};

use atlas_migrations_journal::{
    MAX_TEXT_BYTES, Redactor,
    event::{Event, Held, Operation, Outcome, OutcomeResult},
    export, open,
    state::Phase,
    write_outcome_file,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::{
    contract::on_both_stores,
    support::{
        events,
        journal::{Kind, TestJournal, Worker},
    },
};

const SECRET: &str = "can\"ary/p@ss word";

on_both_stores! {
    no_secret_is_in_any_byte_of_the_journal,
}

/// The forms in which the secret would be found.
fn forms() -> Vec<String> {
    let middle = STANDARD.encode(SECRET);
    vec![
        SECRET.to_owned(),
        "can%22ary%2Fp%40ss%20word".to_owned(),
        serde_json::to_string(SECRET).unwrap().trim_matches('"').to_owned(),
        // Without the last group, which depends on what follows.
        middle[..middle.len() - 4].to_owned(),
        // Whatever the form, this much of it is plain.
        "ary/p@ss".to_owned(),
    ]
}

fn check(place: &Path, bytes: &[u8]) {
    for form in forms() {
        let found = bytes.windows(form.len()).any(|window| window == form.as_bytes());
        assert!(!found, "{} has the secret as `{form}`", place.display());
    }
}

fn check_folder(folder: &Path) -> usize {
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files += check_folder(&path);
        } else {
            check(&path, &fs::read(&path).unwrap());
            files += 1;
        }
    }
    files
}

async fn no_secret_is_in_any_byte_of_the_journal(journal: TestJournal) {
    let mut options = journal.options();
    options.redactor = Redactor::new([SECRET]);
    let redactor = options.redactor.clone();
    let store = open(&journal.location, options).await.unwrap();
    let (stream, mut first) = events::migration("orders");
    if let Event::Planned(planned) = &mut first.event {
        planned.request = json!({"source": {"username": "mig", "password": SECRET}, "note": [format!("it is {SECRET}!")], SECRET: 1});
    }
    let worker = Worker::with_stream(&store, stream, first).await;
    let create = worker.intent(events::intent(Operation::Create)).await.unwrap();
    let mut outcome = Outcome::new(create.seq, OutcomeResult::Refused);
    outcome.status = Some(400);
    outcome.code = Some(redactor.text("INVALID"));
    let echoes = format!("{} and {}", forms()[..3].join(" and "), STANDARD.encode(SECRET));
    let encoded = STANDARD.encode(format!("mig:{SECRET}@host"));
    outcome.detail =
        Some(redactor.text(&format!("{echoes} {encoded} {}", "x".repeat(2 * MAX_TEXT_BYTES))));
    let outcome = events::event(outcome);
    write_outcome_file(
        &[journal.folder.path()],
        store.info().await.unwrap().journal_id,
        worker.stream,
        &outcome,
    )
    .unwrap();
    worker.fact(outcome).await.unwrap();
    let mut held = Held::new();
    held.reason = Some(redactor.text(&format!("because {SECRET}")));
    worker.fact(events::event(held)).await.unwrap();
    assert_eq!(store.state(worker.stream).await.unwrap().1.phase(), Phase::Held);

    let mut exported = Vec::new();
    export(&*store, &mut exported).await.unwrap();
    check(Path::new("the export"), &exported);
    let text = String::from_utf8(exported).unwrap();
    assert!(text.contains("[redacted]") && text.contains("[cut]"));
    // While the store is open, so that the WAL is there.
    let files = check_folder(journal.folder.path());
    assert!(files >= if journal.kind == Kind::Sqlite { 4 } else { 1 }, "{files} files");
}
