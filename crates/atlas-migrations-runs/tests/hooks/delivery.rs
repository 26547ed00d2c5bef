//! How notifications are delivered.

use std::{sync::Arc, time::Duration};

use atlas_migrations_journal::{
    StreamId,
    event::{EndResult, HookResult},
    store::Delivery,
};
use atlas_migrations_plan::HookEvent;
use tokio::sync::Notify;

use crate::support::{
    events,
    plan::TestPlan,
    receiver::{Receiver, respond},
};

const ALL: &[HookEvent] = HookEvent::ALL;

/// Delivers what is due until the clock has gone on by this time, second by second.
async fn deliver_for(plan: &TestPlan, hooks: &atlas_migrations_runs::hooks::Hooks, time: Duration) {
    for _ in 0..time.as_secs() / 5 {
        plan.clock.pass(Duration::from_secs(5));
        hooks.deliver_due().await.unwrap();
    }
}

async fn results(plan: &TestPlan, stream: StreamId) -> Vec<(u32, HookResult)> {
    let ended = plan.ended(stream).await.into_iter();
    ended.map(|ended| (ended.try_number, ended.result)).collect()
}

#[tokio::test]
async fn a_dead_receiver_is_tried_five_times_in_ten_minutes_and_then_the_next_event_goes_on() {
    let plan = TestPlan::new().await;
    let orders = plan.migration("orders").await;
    let receiver =
        Receiver::start(|number| std::future::ready(respond(if number < 5 { 500 } else { 200 })))
            .await;
    let on = [HookEvent::Ready, HookEvent::Complete];
    let hooks = plan.hooks(&[plan.webhook("page", &on, &receiver.url)]);
    plan.append(orders, events::ready()).await;
    plan.append(orders, events::ended(EndResult::Complete)).await;
    assert_eq!(hooks.enqueue(orders).await.unwrap(), 2);
    hooks.deliver_due().await.unwrap();
    assert_eq!(receiver.calls().len(), 1);
    deliver_for(&plan, &hooks, Duration::from_secs(590)).await;
    assert_eq!(receiver.calls().len(), 4, "the fifth is not due");
    deliver_for(&plan, &hooks, Duration::from_secs(20)).await;
    let calls = receiver.calls();
    let told: Vec<_> =
        calls.iter().map(|call| call.json()["event"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, ["ready", "ready", "ready", "ready", "ready", "complete"]);
    let keys: Vec<_> = calls.iter().map(|call| call.header("idempotency-key")).collect();
    assert!(keys[..5].iter().all(|key| *key == keys[0]));
    assert_ne!(keys[0], keys[5]);
    let failed = |number| (number, HookResult::Failed);
    let expected =
        [failed(1), failed(2), failed(3), failed(4), (5, HookResult::GivenUp), (1, HookResult::Ok)];
    assert_eq!(results(&plan, orders).await, expected);
    deliver_for(&plan, &hooks, Duration::from_mins(20)).await;
    assert_eq!(receiver.calls().len(), 6, "nothing is delivered again");
}

#[tokio::test]
async fn hooks_and_migrations_do_not_wait_for_each_other() {
    let plan = TestPlan::new().await;
    let orders = plan.migration("orders").await;
    let users = plan.migration_of("users", "6f0a1b2c3d4e5f6071829305", 0).await;
    let (stuck, gate) = (Receiver::responding(500).await, Arc::new(Notify::new()));
    let (opened, other) = (Arc::clone(&gate), Receiver::responding(200).await);
    let blocked = Receiver::start(move |_| {
        let opened = Arc::clone(&opened);
        async move {
            opened.notified().await;
            respond(200)
        }
    })
    .await;
    let on = [HookEvent::Ready, HookEvent::Complete];
    let hooks = plan.hooks(&[
        plan.webhook("stuck", &on, &stuck.url),
        plan.webhook("blocked", &on, &blocked.url),
        plan.webhook("other", &on, &other.url),
    ]);
    for stream in [orders, users] {
        plan.append(stream, events::ready()).await;
        plan.append(stream, events::ended(EndResult::Complete)).await;
        hooks.enqueue(stream).await.unwrap();
    }
    let calls = other.clone();
    tokio::select! {
        () = hooks.deliver_forever() => {}
        () = crate::support::plan::until("the third hook is told all", async || calls.calls().len() == 4) => {}
    }
    assert_eq!(blocked.calls().len(), 2, "each migration's first event is on its way");
    assert_eq!(stuck.calls().len(), 2);
    // In order for each migration.
    for name in ["orders", "users"] {
        let told: Vec<_> = other
            .calls()
            .iter()
            .map(super::support::receiver::Call::json)
            .filter(|json| json["name"] == name)
            .map(|json| json["event"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(told, ["ready", "complete"]);
    }
}

#[tokio::test]
async fn two_processes_deliver_each_event_once() {
    let plan = TestPlan::new().await;
    let receiver = Receiver::responding(200).await;
    let config = plan.webhook("page", ALL, &receiver.url);
    let one = plan.hooks(std::slice::from_ref(&config));
    let two = plan.hooks(&[config]);
    for number in 0..5 {
        let id = format!("{number:024x}");
        let stream = plan.migration_of(&format!("m{number}"), &id, 0).await;
        plan.append(stream, events::ready()).await;
        plan.append(stream, events::ended(EndResult::Complete)).await;
        let (first, second) = tokio::join!(one.enqueue(stream), two.enqueue(stream));
        assert_eq!(first.unwrap() + second.unwrap(), 3, "created, ready, complete");
    }
    let (first, second) = tokio::join!(one.deliver_due(), two.deliver_due());
    let delivered = first.unwrap().delivered + second.unwrap().delivered;
    // A process that met the other one at work leaves the rest.
    let rest = one.deliver_due().await.unwrap().delivered;
    assert_eq!(delivered + rest, 15);
    let calls = receiver.calls();
    let keys: std::collections::BTreeSet<_> =
        calls.iter().map(|call| call.header("idempotency-key")).collect();
    assert_eq!((calls.len(), keys.len()), (15, 15));
}

#[tokio::test]
async fn a_try_whose_process_is_gone_is_made_again_and_counts() {
    let plan = TestPlan::new().await;
    let orders = plan.migration("orders").await;
    let receiver = Receiver::start(|number| async move {
        if number < 5 {
            std::future::pending::<()>().await;
        }
        respond(200)
    })
    .await;
    let hooks = plan.hooks(&[plan.webhook("page", &[HookEvent::Ready], &receiver.url)]);
    plan.append(orders, events::ready()).await;
    hooks.enqueue(orders).await.unwrap();
    for number in 1..=5 {
        let calls = receiver.clone();
        tokio::select! {
            report = hooks.deliver_due() => panic!("{report:?}"),
            () = crate::support::plan::until("it is called", async || calls.calls().len() == number) => {}
        }
        // Nobody knows yet that the process is gone.
        let report = hooks.deliver_due().await.unwrap();
        assert_eq!(report, atlas_migrations_runs::hooks::DeliveryReport::default());
        plan.clock.pass(Duration::from_mins(1));
    }
    // A hook that ends its process each time would otherwise do so for ever.
    assert_eq!(hooks.deliver_due().await.unwrap().given_up, 1);
    assert_eq!(receiver.calls().len(), 5);
    assert_eq!(results(&plan, orders).await, [(5, HookResult::GivenUp)]);
}

#[tokio::test]
async fn a_deadline_that_a_nearer_one_overtook_is_not_told() {
    let plan = TestPlan::new().await;
    let orders = plan.migration("orders").await;
    let receiver =
        Receiver::start(|number| std::future::ready(respond(if number == 0 { 503 } else { 200 })))
            .await;
    let on = [HookEvent::DeadlineNear, HookEvent::PollsFailing];
    let hooks = plan.hooks(&[plan.webhook("page", &on, &receiver.url)]);
    plan.append(orders, events::deadline_near(24)).await;
    hooks.enqueue(orders).await.unwrap();
    hooks.deliver_due().await.unwrap();
    plan.append(orders, events::polls_failing()).await;
    plan.append(orders, events::deadline_near(4)).await;
    hooks.enqueue(orders).await.unwrap();
    plan.clock.pass(Duration::from_secs(15));
    let report = hooks.deliver_due().await.unwrap();
    assert_eq!((report.dropped, report.delivered), (1, 2));
    let told: Vec<_> = receiver
        .calls()
        .iter()
        .map(|call| (call.json()["event"].clone(), call.json()["detail"].clone()))
        .collect();
    let told: Vec<_> = told
        .iter()
        .map(|(event, detail)| (event.as_str().unwrap(), detail.as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("deadline_near", "24 h are left"),
            ("polls_failing", "5 polls failed: timeout"),
            ("deadline_near", "4 h are left")
        ]
    );
}

#[tokio::test]
async fn what_an_earlier_process_did_not_queue_is_queued_once_and_only_if_it_is_news() {
    let plan = TestPlan::new().await;
    let orders = plan.migration("orders").await;
    let receiver = Receiver::responding(200).await;
    plan.clock.pass(Duration::from_hours(25));
    plan.append(orders, events::ready()).await;
    let config = plan.webhook("page", ALL, &receiver.url);
    assert_eq!(plan.hooks(std::slice::from_ref(&config)).enqueue(orders).await.unwrap(), 1);
    let hooks = plan.hooks(&[config]);
    assert_eq!(hooks.enqueue(orders).await.unwrap(), 0);
    hooks.deliver_due().await.unwrap();
    assert_eq!(receiver.calls().len(), 1);
    assert_eq!(receiver.calls()[0].json()["event"], "ready", "the creation is old");
    // The events of hooks are no news.
    assert_eq!(hooks.enqueue(orders).await.unwrap(), 0);
}

#[tokio::test]
async fn deliveries_are_forgotten_thirty_days_after_the_end() {
    let plan = TestPlan::new().await;
    let orders = plan.migration("orders").await;
    let receiver = Receiver::responding(200).await;
    let hooks = plan.hooks(&[plan.webhook("page", ALL, &receiver.url)]);
    let end = plan.append(orders, events::ended(EndResult::Failed)).await;
    hooks.enqueue(orders).await.unwrap();
    hooks.deliver_due().await.unwrap();
    plan.clock.pass(Duration::from_hours(30 * 24 - 1));
    assert_eq!(hooks.forget_old().await.unwrap(), 0);
    plan.clock.pass(Duration::from_hours(2));
    // A run forgets them by itself. A delivery that the journal has is not put into it again.
    let is_forgotten =
        async || plan.store.put_delivery(Delivery::new("page", orders, end, 0)).await.unwrap();
    tokio::select! {
        () = hooks.deliver_forever() => {}
        () = crate::support::plan::until("it is forgotten", is_forgotten) => {}
    }
    let hooks = plan.hooks(&[plan.webhook("page", ALL, &receiver.url)]);
    assert_eq!(hooks.enqueue(orders).await.unwrap(), 0, "a new process does not tell it again");
}
