//! Webhooks.

use std::{fs, time::Duration};

use atlas_migrations_journal::event::{EndResult, HookResult};
use atlas_migrations_plan::{HookAction, HookEvent, SecretSource, WebhookFormat};

use crate::support::{
    events,
    plan::TestPlan,
    receiver::{Receiver, redirect, respond},
};

#[tokio::test]
async fn a_webhook_gets_json_with_an_idempotency_key_and_a_signature() {
    let plan = TestPlan::new().await;
    let orders = plan.migration("orders").await;
    let receiver = Receiver::responding(204).await;
    let mut config = plan.webhook("page", &[HookEvent::Ready], &receiver.url);
    fs::write(plan.path("key"), "It's a Secret to Everybody\n").unwrap();
    if let HookAction::Webhook { secret_from, .. } = &mut config.action {
        *secret_from = Some(SecretSource::File("key".to_owned()));
    }
    let hooks = plan.hooks(&[config]);
    plan.append(orders, events::ready()).await;
    hooks.enqueue(orders).await.unwrap();
    assert_eq!(hooks.deliver_due().await.unwrap().delivered, 1);
    let calls = receiver.calls();
    let id = plan.started(orders).await[0].event_id.unwrap().to_string();
    assert_eq!(calls[0].path, "/services/hook");
    assert_eq!(calls[0].header("idempotency-key"), id);
    assert_eq!(calls[0].header("content-type"), "application/json");
    // The library's own test compares the signature with a published one.
    let signature = calls[0].header("atlas-migrations-signature");
    assert_eq!((&signature[..7], signature.len()), ("sha256=", 71));
    assert_eq!(calls[0].json()["event"], "ready");
    assert_eq!(
        plan.ended(orders).await[0].output.as_ref().unwrap().as_str(),
        "HTTP 204 No Content"
    );
}

#[tokio::test]
async fn a_chat_gets_a_message_in_plain_english() {
    let plan = TestPlan::new().await;
    let orders = plan.migration_of("orders", events::MIGRATION, 2).await;
    let receiver = Receiver::responding(200).await;
    let on = [HookEvent::Ready, HookEvent::WaitingForApproval, HookEvent::Complete];
    let mut config = plan.webhook("chat", &on, &receiver.url);
    if let HookAction::Webhook { format, .. } = &mut config.action {
        *format = WebhookFormat::Slack;
    }
    let hooks = plan.hooks(&[config]);
    plan.append(orders, events::ready()).await;
    plan.append(orders, events::ended(EndResult::Complete)).await;
    hooks.enqueue(orders).await.unwrap();
    assert_eq!(hooks.deliver_due().await.unwrap().delivered, 2);
    let texts: Vec<_> = receiver
        .calls()
        .iter()
        .map(|call| call.json()["text"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        texts[0],
        "*orders* (plan weekend): An approval is needed.\n\
         It waits for: approvals for cutover, 0 of 2; `approve` gives one\n\
         Lag: 2 s\nIt expires at the earliest: 2027-01-20T08:00:00.000Z"
    );
    assert!(
        texts[1].starts_with("*orders* (plan weekend): The migration is complete."),
        "{}",
        texts[1]
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let plan = TestPlan::new().await;
    let orders = plan.migration("orders").await;
    let other = Receiver::responding(200).await;
    let to = other.url.clone();
    let receiver = Receiver::start(move |_| std::future::ready(redirect(&to))).await;
    let hooks = plan.hooks(&[plan.webhook("page", &[HookEvent::Ready], &receiver.url)]);
    plan.append(orders, events::ready()).await;
    hooks.enqueue(orders).await.unwrap();
    assert_eq!(hooks.deliver_due().await.unwrap().failed, 1);
    assert!(other.calls().is_empty());
    let ended = plan.ended(orders).await;
    assert_eq!(ended[0].output.as_ref().unwrap().as_str(), "HTTP 307 Temporary Redirect");
}

#[tokio::test]
async fn a_receiver_that_does_not_respond_is_left_after_the_time_limit() {
    let plan = TestPlan::new().await;
    let orders = plan.migration("orders").await;
    let receiver = Receiver::start(|_| std::future::pending()).await;
    let config = plan
        .webhook("page", &[HookEvent::Ready], &receiver.url)
        .timeout(Duration::from_millis(300));
    let hooks = plan.hooks(&[config]);
    plan.append(orders, events::ready()).await;
    hooks.enqueue(orders).await.unwrap();
    assert_eq!(hooks.deliver_due().await.unwrap().failed, 1);
    assert_eq!(plan.ended(orders).await[0].result, HookResult::Timeout);
}

#[tokio::test]
async fn an_endless_response_is_not_read() {
    let plan = TestPlan::new().await;
    let orders = plan.migration("orders").await;
    let receiver = Receiver::start(|_| async {
        let chunks =
            futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b'x'; 65536]));
        let mut response = respond(200);
        *response.body_mut() = axum::body::Body::from_stream(chunks);
        response
    })
    .await;
    let hooks = plan.hooks(&[plan.webhook("page", &[HookEvent::Ready], &receiver.url)]);
    plan.append(orders, events::ready()).await;
    hooks.enqueue(orders).await.unwrap();
    assert_eq!(hooks.deliver_due().await.unwrap().delivered, 1);
}
