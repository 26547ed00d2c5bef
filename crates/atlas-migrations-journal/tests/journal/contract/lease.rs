//! Who works on what.

use std::time::Duration;

use atlas_migrations_journal::{
    Error, RunnerId,
    event::{EndResult, Operation},
    store::Claim,
};

use super::on_both_stores;
use crate::support::{
    events,
    journal::{Kind, TestJournal, Worker},
};

on_both_stores! {
    runners_share_the_streams_and_give_them_back,
    a_stream_of_a_living_runner_is_not_taken_without_a_person,
    the_streams_of_a_gone_runner_are_taken_over,
    a_runner_that_did_not_renew_in_time_writes_no_intent,
    an_unknown_runner_is_refused,
    a_runner_that_left_is_told_to_register_again,
    a_claim_covers_open_streams_of_the_plan_only,
}

async fn runners_share_the_streams_and_give_them_back(journal: TestJournal) {
    let (one, two) = (journal.open().await, journal.open().await);
    for name in ["a", "b", "c", "d", "e"] {
        let (stream, first) = events::migration(name);
        one.create(stream, first).await.unwrap();
    }
    let first = one.register(events::runner()).await.unwrap();
    let second = two.register(events::runner()).await.unwrap();
    assert_eq!(one.renew(first).await.unwrap().live_runners, 2);
    let mine = one.claim(Claim::all(first).at_most(3)).await.unwrap();
    assert_eq!((mine.streams.len(), mine.candidates), (3, 5));
    let rest = two.claim(Claim::all(second)).await.unwrap();
    assert_eq!((rest.streams.len(), rest.candidates), (2, 5));
    assert_eq!(one.claim(Claim::all(first)).await.unwrap().streams.len(), 3);
    let back = mine.streams[0].0;
    one.release(first, Some(vec![back])).await.unwrap();
    let more = two.claim(Claim::all(second)).await.unwrap();
    assert_eq!(more.streams.len(), 3);
    assert!(more.fence(back).unwrap() > mine.fence(back).unwrap());
    one.release(first, None).await.unwrap();
    assert_eq!(two.renew(second).await.unwrap().live_runners, 1);
    assert_eq!(two.claim(Claim::all(second)).await.unwrap().streams.len(), 5);
    // A runner cannot give back what another one has.
    one.release(first, Some(vec![back])).await.unwrap();
    assert_eq!(two.claim(Claim::all(second)).await.unwrap().fence(back), more.fence(back));
}

async fn a_stream_of_a_living_runner_is_not_taken_without_a_person(journal: TestJournal) {
    let (one, two) = (journal.open().await, journal.open().await);
    let holder = Worker::with_migration(&one, "orders").await;
    let rival = two.register(events::runner()).await.unwrap();
    let claim = Claim::these(rival, [holder.stream]);
    assert_eq!(two.claim(claim.clone()).await.unwrap().fence(holder.stream), None);
    let taken = two.claim(claim.taking_over()).await.unwrap();
    assert_eq!(taken.taken_from, [holder.runner()]);
    assert_eq!(taken.fence(holder.stream), Some(holder.fence.fence + 1));
}

async fn the_streams_of_a_gone_runner_are_taken_over(journal: TestJournal) {
    let (one, two) = (journal.open().await, journal.open().await);
    let holder = Worker::with_migration(&one, "orders").await;
    match journal.kind {
        // What the end of the process does.
        Kind::Sqlite => one.close().await,
        Kind::Postgres => journal.pass(Duration::from_secs(31)).await,
    }
    let rival = two.register(events::runner()).await.unwrap();
    let taken = two.claim(Claim::all(rival)).await.unwrap();
    assert_eq!(taken.taken_from, [holder.runner()]);
    assert_eq!(taken.fence(holder.stream), Some(holder.fence.fence + 1));
    // What is left of the runner goes away once it has no streams.
    journal.pass(Duration::from_hours(25)).await;
    let next = two.register(events::runner()).await.unwrap();
    assert!(matches!(two.claim(Claim::all(holder.runner())).await, Err(Error::UnknownRunner(_))));
    assert!(two.claim(Claim::all(rival)).await.is_ok(), "a runner that has streams is remembered");
    two.release(next, None).await.unwrap();
}

async fn a_runner_that_did_not_renew_in_time_writes_no_intent(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    journal.pass(Duration::from_secs(20)).await;
    let late = worker.intent(events::intent(Operation::Create)).await;
    match journal.kind {
        // The lock of the operating system knows no time.
        Kind::Sqlite => assert!(late.is_ok()),
        Kind::Postgres => {
            assert!(matches!(late, Err(Error::LeaseStale(_))));
            store.renew(worker.runner()).await.unwrap();
            worker.intent(events::intent(Operation::Create)).await.unwrap();
        }
    }
}

async fn an_unknown_runner_is_refused(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    let nobody = RunnerId::new();
    assert!(matches!(store.renew(nobody).await, Err(Error::UnknownRunner(_))));
    assert!(matches!(store.claim(Claim::all(nobody)).await, Err(Error::UnknownRunner(_))));
    let mut impostor = worker.clone();
    impostor.fence.runner = nobody;
    assert!(matches!(
        impostor.intent(events::intent(Operation::Create)).await,
        Err(Error::UnknownRunner(_))
    ));
}

/// The bug: the error of an intent after the end of a run asks for a claim, which is then refused.
async fn a_runner_that_left_is_told_to_register_again(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    store.release(worker.runner(), None).await.unwrap();
    let late = worker.intent(events::intent(Operation::Create)).await;
    assert!(matches!(late, Err(Error::UnknownRunner(_))), "{late:?}");
    assert!(matches!(store.renew(worker.runner()).await, Err(Error::UnknownRunner(_))));
}

async fn a_claim_covers_open_streams_of_the_plan_only(journal: TestJournal) {
    let store = journal.open().await;
    let (plan, started) = events::plan("weekend");
    let plan_id = plan.id;
    store.create(plan, started).await.unwrap();
    let (member, first) = events::migration("member");
    let member_id = member.id;
    store.create(member.in_plan(plan_id), first).await.unwrap();
    let (over, first) = events::migration("over");
    let over_id = over.id;
    store.create(over.in_plan(plan_id), first).await.unwrap();
    let (stranger, first) = events::migration("stranger");
    store.create(stranger, first).await.unwrap();
    store
        .append(atlas_migrations_journal::store::Append::fact(
            over_id,
            events::ended(EndResult::Failed),
        ))
        .await
        .unwrap();
    let runner = store.register(events::runner()).await.unwrap();
    let claimed = store.claim(Claim::all(runner).of_plan(plan_id)).await.unwrap();
    assert_eq!(claimed.streams.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [member_id]);
    // A stream that ended is claimed by name, for its retry.
    assert!(store.claim(Claim::these(runner, [over_id])).await.unwrap().fence(over_id).is_some());
}
