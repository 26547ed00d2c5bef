//! One change: what is sent, how often, and what the journal says about it.

use std::sync::{Arc, Mutex};

use atlas_migrations_journal::{
    Options,
    event::{Event, StreamKind},
    state::Rejection,
    store::NewStream,
};
use atlas_migrations_runs::changes::{
    Basis, Change, ChangeError, Notice, Recorded, Reply, Target, TokenDelivery,
};
use atlas_simulator::Fault;

use crate::world::{JumpingClock, KINDS, ORG, World, request};

fn create(world: &World, cluster: &str) -> Change {
    Change::Create { group: world.group, request: Box::new(request(cluster)) }
}

const CREATE: &str = "createGroupLiveMigration";
const CUTOVER: &str = "cutoverGroupLiveMigration";

#[tokio::test]
async fn a_create_is_recorded_before_and_after_it_is_sent_once_with_each_credential() {
    for kind in KINDS {
        let world = World::new(kind).await;
        let target = world.planned("orders", &request("Orders")).await;
        let stream = target.stream();
        let accepted =
            world.changes.send(target, create(&world, "Orders"), Basis::new()).await.unwrap();
        let Reply::Migration(migration) = accepted.reply else { panic!("{accepted:?}") };
        assert_eq!(
            world.control().created_live_migrations(world.group),
            [migration.id.unwrap().to_string()]
        );
        assert_eq!(world.received(CREATE), 1, "{kind}");
        assert_eq!(world.story(stream).await, ["planned", "intent", "accepted"]);
        let (row, state) = world.store.state(stream).await.unwrap();
        assert_eq!(row.migration_id, Some(migration.id.unwrap().to_string()));
        assert_eq!(state.undecided(), None);
        let events = format!("{:?}", world.events(stream).await);
        assert!(!events.contains("canary-password"));
    }
}

/// The bug: a lost response is taken for a failure, and the create is sent again.
#[tokio::test]
async fn a_create_without_a_usable_response_is_unclear_and_nothing_more_is_sent() {
    for (fault, reason) in [
        (Fault::LoseResponse, "unclear connection_lost"),
        (Fault::ResetConnection, "unclear connection_lost"),
        (Fault::HtmlBadGateway, "unclear server_error"),
        (Fault::UnexpectedError, "unclear server_error"),
        (Fault::TruncateBody, "unclear server_error"),
    ] {
        let world = World::new("API key").await;
        let target = world.planned("orders", &request("Orders")).await;
        world.next(1, CREATE, fault);
        let change = create(&world, "Orders");
        let error = world.changes.send(target.clone(), change, Basis::new()).await.unwrap_err();
        assert!(error.may_have_taken_effect(), "{error}");
        assert_eq!(world.story(target.stream()).await, ["planned", "intent", reason]);
        let change = create(&world, "Orders");
        let again = world.changes.send(target, change, Basis::new()).await.unwrap_err();
        assert!(
            matches!(
                &again,
                ChangeError::Rejected(atlas_migrations_journal::Error::Rejected(
                    Rejection::Undecided { unclear: true, .. }
                ))
            ),
            "{again}"
        );
        assert_eq!(world.received(CREATE), 1);
    }
}

/// The bug: an ID that Atlas sent is thrown away because another field is not as documented.
#[tokio::test]
async fn the_id_of_a_created_migration_is_kept_from_an_unexpected_body() {
    let world = World::new("bearer token").await;
    let target = world.planned("orders", &request("Orders")).await;
    let body = r#"{"_id": "6296fb4c7c7aa997cf94e9a8", "lagTimeSeconds": "soon"}"#.to_owned();
    let content_type = Some("application/vnd.atlas.2024-05-30+json".to_owned());
    world.next(1, CREATE, Fault::Respond { status: 201, content_type, body });
    let change = create(&world, "Orders");
    world.changes.send(target.clone(), change, Basis::new()).await.unwrap();
    let (row, _) = world.store.state(target.stream()).await.unwrap();
    assert_eq!(row.migration_id.as_deref(), Some("6296fb4c7c7aa997cf94e9a8"));
}

#[tokio::test]
async fn a_rate_limit_is_recorded_as_refused_and_followed_by_a_new_intent() {
    let world = World::new("API key").await;
    let target = world.planned("orders", &request("Orders")).await;
    world.next(1, CREATE, Fault::RateLimited { retry_after: Some(0) });
    let change = create(&world, "Orders");
    let refused = world.changes.send(target.clone(), change.clone(), Basis::new()).await;
    assert!(refused.unwrap_err().is_temporary());
    world.changes.send(target.clone(), change, Basis::new()).await.unwrap();
    assert_eq!(
        world.story(target.stream()).await,
        ["planned", "intent", "refused", "intent", "accepted"]
    );
}

/// The bug: the transport repeats a cutover by itself after a challenge, without an intent of its own.
#[tokio::test]
async fn a_challenge_during_the_one_attempt_is_refused_and_not_repeated() {
    for kind in KINDS {
        let world = World::new(kind).await;
        let target = world.planned("orders", &request("Orders")).await;
        world.next(1, CREATE, Fault::Unauthorized);
        let change = create(&world, "Orders");
        let error = world.changes.send(target.clone(), change, Basis::new()).await.unwrap_err();
        assert!(matches!(error, ChangeError::Refused { .. }), "{kind}: {error}");
        assert_eq!(world.received(CREATE), 1, "{kind}");
        assert_eq!(world.story(target.stream()).await, ["planned", "intent", "refused"]);
    }
}

/// The bug: a wrong key costs an intent, or a change is sent without a credential.
#[tokio::test]
async fn a_credential_that_is_refused_stops_the_change_before_its_intent() {
    for kind in ["API key", "service account"] {
        let world = World::new(kind).await;
        let target = world.planned("orders", &request("Orders")).await;
        world.next(9, "getGroupLiveMigration", Fault::EmptyUnauthorized);
        world.next(9, "createToken", Fault::Unauthorized);
        let change = create(&world, "Orders");
        let error = world.changes.send(target.clone(), change, Basis::new()).await.unwrap_err();
        assert!(matches!(error, ChangeError::Unready(_)), "{kind}: {error}");
        assert_eq!(world.received(CREATE), 0);
        assert_eq!(world.story(target.stream()).await, ["planned"]);
    }
}

/// The bug: a process that was stopped after its intent sends when others may have decided that it is gone.
#[tokio::test]
async fn a_request_whose_send_window_is_over_is_not_sent() {
    let mut options = Options::default();
    options.clock = Arc::new(JumpingClock::default());
    let world = World::with_options("API key", options).await;
    let target = world.planned("orders", &request("Orders")).await;
    let change = create(&world, "Orders");
    let error = world.changes.send(target.clone(), change, Basis::new()).await.unwrap_err();
    assert!(matches!(error, ChangeError::NotSent { .. }), "{error}");
    assert!(error.is_temporary() && !error.may_have_taken_effect());
    assert_eq!(world.received(CREATE), 0);
    assert_eq!(world.story(target.stream()).await, ["planned", "intent", "not_sent"]);
}

#[tokio::test]
async fn an_unreachable_service_is_not_sent_and_may_be_tried_again() {
    let mut world = World::new("bearer token").await;
    let target = world.planned("orders", &request("Orders")).await;
    world.simulator.stop_serving().await;
    let change = create(&world, "Orders");
    let error = world.changes.send(target.clone(), change, Basis::new()).await.unwrap_err();
    assert!(matches!(error, ChangeError::NotSent { .. }), "{error}");
    world.simulator.resume().await.unwrap();
    let change = create(&world, "Orders");
    world.changes.send(target, change, Basis::new()).await.unwrap();
}

#[tokio::test]
async fn a_conflict_of_a_cutover_is_unclear() {
    let world = World::new("bearer token").await;
    let target = world.planned("orders", &request("Orders")).await;
    let change = create(&world, "Orders");
    let accepted = world.changes.send(target.clone(), change, Basis::new()).await.unwrap();
    let Reply::Migration(migration) = accepted.reply else { panic!("{accepted:?}") };
    let id = migration.id.unwrap();
    world.control().advance(std::time::Duration::from_secs(3_700)).unwrap();
    world.control().cut_over(world.group, id).unwrap();
    let basis = Basis::new().overriding("test");
    let cutover = Change::Cutover { group: world.group, id };
    let error = world.changes.send(target.clone(), cutover, basis).await.unwrap_err();
    assert!(matches!(error, ChangeError::Unclear { .. }), "{error}");
    assert_eq!(world.received(CUTOVER), 1);
    assert_eq!(world.story(target.stream()).await.last().unwrap(), "unclear conflict");
}

#[tokio::test]
async fn a_stream_that_another_process_works_on_refuses_the_change() {
    let world = World::new("bearer token").await;
    let target = world.planned("orders", &request("Orders")).await;
    let stream = target.stream();
    let rival = atlas_migrations_journal::store::NewRunner::new("ops2", 1, "bob", "1");
    let rival = world.store.register(rival).await.unwrap();
    let claim = atlas_migrations_journal::store::Claim::these(rival, [stream]).taking_over();
    world.store.claim(claim).await.unwrap();
    let change = create(&world, "Orders");
    let error = world.changes.send(target, change, Basis::new()).await.unwrap_err();
    assert!(matches!(error, ChangeError::Rejected(_)), "{error}");
    let error = world.changes.claim(stream).await.unwrap_err();
    assert!(matches!(error, ChangeError::Rejected(_)), "{error}");
    assert_eq!(world.received(CREATE), 0);
}

/// The bug: the caller is interrupted, and the outcome of what it sent is lost.
#[tokio::test]
async fn the_outcome_is_recorded_although_the_caller_went_away() {
    let world = World::new("bearer token").await;
    let target = world.planned("orders", &request("Orders")).await;
    let stream = target.stream();
    world.next(1, CREATE, Fault::Delay { milliseconds: 300 });
    let mut call = Box::pin(world.changes.send(target, create(&world, "Orders"), Basis::new()));
    // Polls until the intent is on its way, then drops the call.
    while world.changes.open() == 0 {
        std::future::poll_fn(|context| {
            assert!(call.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        tokio::task::yield_now().await;
    }
    drop(call);
    world.changes.settled().await;
    assert_eq!(world.story(stream).await, ["planned", "intent", "accepted"]);
}

/// The bug: the token is recorded as delivered and was never shown, or it is in the journal.
#[tokio::test]
async fn a_link_token_is_delivered_before_its_outcome_and_is_not_in_the_journal() {
    for fails in [false, true] {
        let world = World::new("bearer token").await;
        let org = ORG.parse().unwrap();
        let shown = Arc::new(Mutex::new(String::new()));
        let delivery = {
            let shown = Arc::clone(&shown);
            TokenDelivery::new(move |token| {
                token.expose().clone_into(&mut shown.lock().unwrap());
                if fails { Err(std::io::Error::other("disk full")) } else { Ok(()) }
            })
        };
        let link = NewStream::new(StreamKind::Link, ORG, "link".parse().unwrap());
        let stream = link.id;
        let access_list = vec!["203.0.113.7".to_owned()];
        let change = Change::LinkCreate { org, access_list, delivery };
        let accepted = world.changes.send(Target::New(link), change, Basis::new()).await.unwrap();
        let Reply::Link { undelivered } = accepted.reply else { panic!("{accepted:?}") };
        assert_eq!(undelivered.is_some(), fails);
        let events = world.events(stream).await;
        let Event::Outcome(outcome) = &events[1].event else { panic!("{events:?}") };
        assert_eq!(outcome.delivered, Some(!fails));
        let token = shown.lock().unwrap().clone();
        assert_eq!(token.len(), 192);
        assert!(!format!("{events:?}").contains(&token));
        let target = world.changes.claim(stream).await.unwrap();
        world.changes.send(target, Change::LinkDelete { org }, Basis::new()).await.unwrap();
        assert_eq!(world.store.state(stream).await.unwrap().0.phase, "unlinked");
    }
}

/// The bug: the journal fails after the request, and the only copy of the ID is gone with the process.
#[tokio::test]
async fn an_outcome_that_cannot_be_written_is_told_kept_in_a_file_and_imported() {
    let world = World::new("bearer token").await;
    let target = world.planned("orders", &request("Orders")).await;
    let stream = target.stream();
    let store = Arc::clone(&world.store);
    let notices = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&notices);
    let changes = atlas_migrations_runs::changes::Changes::builder(
        store,
        world.client.clone(),
        world.changes.runner(),
        world.changes.actor().clone(),
    );
    let changes = changes
        .outcome_folders([world.outcomes()])
        .on_notice(move |notice| heard.lock().unwrap().push(notice))
        .build()
        .await
        .unwrap();
    world.next(1, CREATE, Fault::Delay { milliseconds: 500 });
    let call = tokio::spawn({
        let (changes, change) = (changes.clone(), create(&world, "Orders"));
        async move { changes.send(target, change, Basis::new()).await }
    });
    // The request is on its way: the journal goes away.
    while world.story(stream).await.len() < 2 {
        tokio::task::yield_now().await;
    }
    world.store.close().await;
    let accepted = call.await.unwrap().unwrap();
    let Recorded::Held { file: Some(file), .. } = &accepted.recorded else {
        panic!("{accepted:?}")
    };
    let Reply::Migration(migration) = &accepted.reply else { panic!("{accepted:?}") };
    let id = migration.id.unwrap().to_string();
    assert!(std::fs::read_to_string(file).unwrap().contains(&id));
    let told = notices.lock().unwrap().iter().any(|notice| {
        matches!(notice, Notice::OutcomeHeld { id: Some(told), .. } if told.as_str() == id)
    });
    assert!(told, "{notices:?}");

    // The next start.
    let location = crate::world::location(&world.folder);
    let store = atlas_migrations_journal::open(&location, Options::default()).await.unwrap();
    let report =
        atlas_migrations_journal::import_outcome_files(&*store, &world.outcomes()).await.unwrap();
    assert_eq!(report.imported.len(), 1, "{report:?}");
    assert_eq!(store.state(stream).await.unwrap().0.migration_id, Some(id));
}
