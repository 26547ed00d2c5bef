//! The link in the journal.

use atlas_migrations_journal::event::{Event, OutcomeResult};

use super::{journal_bytes, told};
use crate::ORG;
use crate::atlas::simulator;
use crate::journal::TestJournal;
use crate::process::text;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_token_is_shown_once_and_is_not_in_the_journal() {
    let simulator = simulator().await;
    let journal = TestJournal::new();
    let create = ["link", "create", "--org-id", ORG, "--access-list-ip", "203.0.113.7"];
    let output = journal.run(&simulator, &create);
    told(&output, 0);
    let token = text(&output.stdout).trim().to_owned();
    assert!(token.len() > 100, "{token}");
    assert!(!journal_bytes(&journal).contains(&token));
    let events = journal.events("link").await;
    let Event::Outcome(outcome) = &events[1].event else { panic!("{events:?}") };
    assert_eq!((&outcome.result, outcome.delivered), (&OutcomeResult::Accepted, Some(true)));
    let again = journal.run(&simulator, &create);
    assert!(told(&again, 5).contains("link delete"));
    assert_eq!(simulator.control().link_tokens_issued(), 1);
    let delete = ["link", "delete", "--org-id", ORG, "--yes"];
    told(&journal.run(&simulator, &delete), 0);
    told(&journal.run(&simulator, &create), 0);
}

/// The bug: somebody removes the link elsewhere, and the journal forbids a new one for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_gone_is_found_by_its_removal() {
    let simulator = simulator().await;
    let journal = TestJournal::new();
    let create = ["link", "create", "--org-id", ORG, "--access-list-ip", "203.0.113.7"];
    let delete = ["link", "delete", "--org-id", ORG, "--yes"];
    told(&journal.run(&simulator, &create), 0);
    told(&journal.run(&simulator, &[&delete[..], &["--no-journal"]].concat()), 0);
    told(&journal.run(&simulator, &delete), 4);
    told(&journal.run(&simulator, &create), 0);
}
