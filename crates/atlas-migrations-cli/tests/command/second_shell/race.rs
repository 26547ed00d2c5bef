//! A hold and a cutover at the same moment.

use atlas_migrations_journal::event::{Event, Operation};

use super::support::Runner;
use crate::journal::TestJournal;
use crate::process::{code, text};

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hold_and_a_cutover_at_the_same_moment_one_is_first_and_both_say_so() {
    const ROUNDS: usize = 12;
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    for round in 0..ROUNDS {
        let name = format!("m{round}");
        let stream = runner.adopted(&name, &format!("{round:024x}")).await;
        runner.observe_ready(stream).await;
        let mut command = journal.command_at("http://127.0.0.1:1", &["hold", &name]);
        let holding = tokio::task::spawn_blocking(move || command.output().unwrap());
        // The cutover starts at another moment of the other command in each round.
        let started = std::time::Instant::now();
        let pause = std::time::Duration::from_millis(u64::try_from(round).unwrap() * 4);
        while started.elapsed() < pause {
            tokio::task::yield_now().await;
        }
        let mut sent = runner.intent(stream, Operation::Cutover).await;
        while matches!(&sent, Err(error) if error.is_conflict()) {
            sent = runner.intent(stream, Operation::Cutover).await;
        }
        let held = holding.await.unwrap();
        let records = runner.store.read(stream, 0).await.unwrap();
        let has_held = records.iter().any(|record| matches!(record.event, Event::Held(_)));
        let has_intent = records.iter().any(|record| record.event.is_intent());
        assert!(has_held != has_intent, "{name}: {records:?}");
        assert_eq!(sent.is_ok(), has_intent, "{name}");
        let (expected, said) = if has_held {
            (0, "held; no cutover was sent")
        } else {
            (5, "too late: cutover intent 3 at ")
        };
        assert_eq!(code(&held), expected, "{name}: {}", text(&held.stderr));
        let told = format!("{}{}", text(&held.stdout), text(&held.stderr));
        assert!(told.contains(said), "{name}: {told}");
    }
}
