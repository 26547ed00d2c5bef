//! Decisions of readers: who may decide, from where, how often, and that each is made once.

use atlas_migrations_journal::{
    Redactor, StreamId,
    event::{Actor, Event},
};
use atlas_migrations_page::{Access, Decisions, PageError, PageServer, Settings, Token};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::client::{Page, Response, settings};

const MIRA: &str = "X-Forwarded-User: mira";

/// Returns the settings of a page whose readers a proxy names, and who can decide.
pub fn behind_proxy() -> Settings {
    let mut settings = settings();
    settings.access = Access::ProxyHeader("X-Forwarded-User".to_owned());
    settings.decisions =
        Some(Decisions::new(Actor::new("ana", "ops1"), Redactor::new(["hunter2hunter2"])));
    settings
}

/// Opens a form, and returns its secret.
async fn form(page: &Page, stream: StreamId, choice: &str, headers: &str) -> String {
    let response = page.get_with(&format!("/decide/{stream}/{choice}"), headers).await;
    assert_eq!(response.status, 200, "{}", response.body);
    let after = response.body.split("name=\"form\" value=\"").nth(1).expect(&response.body);
    after.split('"').next().unwrap().to_owned()
}

/// Posts a form as a browser does.
async fn post(page: &Page, stream: StreamId, choice: &str, headers: &str, body: &str) -> Response {
    let origin = format!("Origin: http://localhost\r\n{headers}");
    post_from(page, stream, choice, &origin, body).await
}

async fn post_from(
    page: &Page,
    stream: StreamId,
    choice: &str,
    headers: &str,
    body: &str,
) -> Response {
    let length = body.len();
    page.send(&format!(
        "POST /decide/{stream}/{choice} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n{headers}\r\n\r\n{body}"
    ))
    .await
}

/// Returns what a form led to.
async fn result(page: &Page, response: &Response, headers: &str) -> String {
    assert_eq!(response.status, 303, "{}", response.body);
    let path = response.header("location").unwrap();
    page.get_with(&path, headers).await.body
}

#[tokio::test]
async fn an_approval_names_who_gave_it_and_a_form_that_is_sent_again_adds_nothing() {
    let page = Page::serve(6, behind_proxy()).await;
    let orders = page.stream_of("orders").await;
    let secret = form(&page, orders, "approve", MIRA).await;
    let body = format!("form={secret}&comment=password+hunter2hunter2+%3Cb%3E");
    for _ in 0..3 {
        let response = post(&page, orders, "approve", MIRA, &body).await;
        let said = result(&page, &response, MIRA).await;
        assert!(said.contains("Approved: 1 of 1."), "{said}");
    }
    let approvals = page.approvals(orders).await;
    assert_eq!(approvals.len(), 1);
    assert_eq!(approvals[0].actor.as_str(), "mira (named by the proxy) at the page of ana@ops1");
    let Event::Approved(approved) = &approvals[0].event else { panic!("{approvals:?}") };
    assert_eq!(approved.comment.as_ref().unwrap().as_str(), "password [redacted] <b>");
    // Nothing is left to approve, and it can be withdrawn.
    let again = page.get_with(&format!("/decide/{orders}/approve"), MIRA).await.body;
    assert!(again.contains("There is nothing to decide") && !again.contains("<form"), "{again}");
    let secret = form(&page, orders, "withdraw", MIRA).await;
    let response = post(&page, orders, "withdraw", MIRA, &format!("form={secret}")).await;
    let said = result(&page, &response, MIRA).await;
    assert!(said.contains("approvals are withdrawn"), "{said}");
}

#[tokio::test]
async fn many_clicks_at_the_same_time_record_one_approval() {
    let page = Page::serve(6, behind_proxy()).await;
    let orders = page.stream_of("orders").await;
    let body = format!("form={}", form(&page, orders, "approve", MIRA).await);
    let posts = (0..8).map(|_| post(&page, orders, "approve", MIRA, &body));
    for response in futures_util::future::join_all(posts).await {
        assert_eq!(response.status, 303);
    }
    assert_eq!(page.approvals(orders).await.len(), 1);
}

#[tokio::test]
async fn two_approvals_of_the_page_count_once_and_it_says_so() {
    let page = Page::serve(6, behind_proxy()).await;
    let plan = page.stream_of("weekend-48").await;
    let twice = page.sample.migration_of_two("twice", plan).await;
    let mut events = page.events_with("/events", MIRA).await;
    events.until("twice").await;
    for (number, user) in ["mira", "jon"].into_iter().enumerate() {
        let headers = format!("X-Forwarded-User: {user}");
        let body = format!("form={}", form(&page, twice, "approve", &headers).await);
        let response = post(&page, twice, "approve", &headers, &body).await;
        let said = result(&page, &response, &headers).await;
        assert!(said.contains("Approved: 1 of 2."), "{said}");
        assert_eq!(said.contains("count once"), number == 1, "{said}");
    }
}

#[tokio::test]
async fn a_form_of_another_site_decides_nothing() {
    let page = Page::serve(6, behind_proxy()).await;
    let orders = page.stream_of("orders").await;
    let body = format!("form={}", form(&page, orders, "approve", MIRA).await);
    for origin in [
        "X: y",
        "Origin: null",
        "Origin: http://evil.example",
        "Origin: http://localhost.evil.example",
        "Origin: http://localhost:81",
        "Origin: https://evil.example/http://localhost",
        "Origin: ftp://localhost",
        "Origin: http://localhost\r\nSec-Fetch-Site: cross-site",
        "Origin: http://localhost\r\nSec-Fetch-Site: same-site",
    ] {
        let headers = format!("{origin}\r\n{MIRA}");
        let response = post_from(&page, orders, "approve", &headers, &body).await;
        assert_eq!(response.status, 403, "{origin}: {}", response.body);
        assert!(response.body.contains("nothing was decided"), "{}", response.body);
    }
    assert_eq!(page.approvals(orders).await.len(), 0);
    // The same form from this site.
    let headers = format!("Sec-Fetch-Site: same-origin\r\n{MIRA}");
    assert_eq!(post(&page, orders, "approve", &headers, &body).await.status, 303);
}

#[tokio::test]
async fn behind_a_proxy_a_form_comes_from_the_host_that_is_allowed() {
    let mut behind = behind_proxy();
    behind.hosts = vec!["ops.example.com".to_owned()];
    let page = Page::serve(6, behind).await;
    let orders = page.stream_of("orders").await;
    let body = format!("form={}", form(&page, orders, "approve", MIRA).await);
    for (origin, status) in
        [("https://ops.example.com.evil", 403), ("https://Ops.Example.com", 303)]
    {
        let headers = format!("Origin: {origin}\r\n{MIRA}");
        let response = post_from(&page, orders, "approve", &headers, &body).await;
        assert_eq!(response.status, status, "{origin}");
    }
}

#[tokio::test]
async fn a_form_is_good_for_its_reader_its_stream_and_its_choice_only() {
    let page = Page::serve(6, behind_proxy()).await;
    let (orders, inventory) = (page.stream_of("orders").await, page.stream_of("inventory").await);
    let body = format!("form={}", form(&page, orders, "approve", MIRA).await);
    let jon = "X-Forwarded-User: jon";
    for (stream, choice, headers, body) in [
        (orders, "approve", jon, body.as_str()),
        (inventory, "approve", MIRA, body.as_str()),
        (orders, "hold", MIRA, body.as_str()),
        (orders, "approve", MIRA, "form="),
        (orders, "approve", MIRA, ""),
        (orders, "approve", MIRA, "form=AAAAAAAAAAAAAAAAAAAAAA"),
    ] {
        let response = post(&page, stream, choice, headers, body).await;
        assert_eq!(response.status, 403, "{choice} {headers} {body}");
        assert!(response.body.contains("nothing was decided"), "{}", response.body);
    }
    let response = post(&page, orders, "approve", MIRA, &body).await;
    let path = response.header("location").unwrap();
    assert_eq!(page.get_with(&path, jon).await.status, 404, "the result is for its reader");
    assert_eq!(page.approvals(orders).await.len(), 1);
}

#[tokio::test]
async fn an_approval_is_refused_if_the_plan_changed_since_it_was_shown() {
    let page = Page::serve(6, behind_proxy()).await;
    let orders = page.stream_of("orders").await;
    let body = format!("form={}", form(&page, orders, "approve", MIRA).await);
    page.sample.change_policy(orders, "orders").await;
    let response = post(&page, orders, "approve", MIRA, &body).await;
    let said = result(&page, &response, MIRA).await;
    assert!(
        said.contains("Nothing was recorded: the plan, the request or the attempt changed"),
        "{said}"
    );
    assert_eq!(page.approvals(orders).await.len(), 0);
}

#[tokio::test]
async fn a_migration_and_a_plan_are_held_and_released() {
    let page = Page::serve(6, behind_proxy()).await;
    for name in ["customers", "weekend-48"] {
        let stream = page.stream_of(name).await;
        for (choice, said) in [("hold", "Held: nothing"), ("release", "Released: requests")] {
            let body = format!("form={}", form(&page, stream, choice, MIRA).await);
            let response = post(&page, stream, choice, MIRA, &body).await;
            let result = result(&page, &response, MIRA).await;
            assert!(result.contains(said), "{name} {choice}: {result}");
        }
        let records = page.sample.store.read(stream, 0).await.unwrap();
        let last: Vec<_> =
            records.iter().rev().take(2).map(|record| record.event.event_type()).collect();
        assert_eq!(last, ["released", "held"], "{name}");
    }
}

#[tokio::test]
async fn who_has_no_name_reads_only() {
    let mut locked = behind_proxy();
    let token = |secret: &str| Token::new(secret).unwrap();
    let (reads, decides) = ("reads-0123456789abcdef", "decides-0123456789abcdef");
    locked.access = Access::Tokens(vec![token(reads), token(decides).named("jon").unwrap()]);
    let page = Page::serve(6, locked).await;
    let orders = page.stream_of("orders").await;
    let path = format!("/decide/{orders}/approve");
    let reader = format!("Authorization: Bearer {reads}");
    assert_eq!(page.get_with("/", &reader).await.status, 200);
    for response in [
        page.get_with(&path, &reader).await,
        post(&page, orders, "approve", &reader, "form=x").await,
    ] {
        assert_eq!(response.status, 403);
        assert!(response.body.contains("your token has no name"), "{}", response.body);
    }
    assert_eq!(post(&page, orders, "approve", "X: y", "form=x").await.status, 401);
    let jon = format!("Authorization: Bearer {decides}");
    let body = format!("form={}", form(&page, orders, "approve", &jon).await);
    assert_eq!(post(&page, orders, "approve", &jon, &body).await.status, 303);
    let approvals = page.approvals(orders).await;
    assert_eq!(approvals[0].actor.as_str(), "jon (named by a token) at the page of ana@ops1");
}

#[tokio::test]
async fn nobody_decides_where_nothing_says_who_reads() {
    let page = Page::serve(6, settings()).await;
    let store = || std::sync::Arc::clone(&page.sample.store);
    for access in
        [Access::ThisComputer, Access::Tokens(vec![Token::new("0123456789abcdef").unwrap()])]
    {
        let mut anonymous = behind_proxy();
        anonymous.access = access;
        let refused = PageServer::bind(store(), anonymous).await;
        assert!(matches!(refused, Err(PageError::NoNames)), "{refused:?}");
    }
    let orders = page.stream_of("orders").await;
    assert_eq!(page.get(&format!("/decide/{orders}/approve")).await.status, 404);
    assert_eq!(post(&page, orders, "approve", MIRA, "form=x").await.status, 405);
    assert!(!page.get("/").await.body.contains("/decide/"));
}

#[tokio::test]
async fn forms_cannot_be_framed_and_send_to_this_server_only() {
    let page = Page::serve(6, behind_proxy()).await;
    let orders = page.stream_of("orders").await;
    let head = page.get_with(&format!("/decide/{orders}/approve"), MIRA).await.head;
    for header in [
        "x-frame-options: deny",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "cache-control: no-store",
        "cross-origin-opener-policy: same-origin",
        "cross-origin-resource-policy: same-origin",
    ] {
        assert!(head.contains(header), "{header}: {head}");
    }
    assert!(page.get_with("/", MIRA).await.head.contains("form-action 'none'"));
}

#[tokio::test]
async fn a_reader_who_decides_too_often_waits() {
    let page = Page::serve(6, behind_proxy()).await;
    let orders = page.stream_of("orders").await;
    let mut refused = None;
    for _ in 0..40 {
        let response = post(&page, orders, "approve", MIRA, "form=x").await;
        if response.status == 429 {
            refused = Some(response);
            break;
        }
        assert_eq!(response.status, 403);
    }
    let refused = refused.expect("nothing stops it");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
    let jon = "X-Forwarded-User: jon";
    let body = format!("form={}", form(&page, orders, "approve", jon).await);
    assert_eq!(post(&page, orders, "approve", jon, &body).await.status, 303);
}

#[tokio::test]
async fn what_is_not_a_small_form_is_refused() {
    let page = Page::serve(6, behind_proxy()).await;
    let orders = page.stream_of("orders").await;
    let secret = form(&page, orders, "approve", MIRA).await;
    let large = format!("form={secret}&comment={}", "x".repeat(20_000));
    assert_eq!(post(&page, orders, "approve", MIRA, &large).await.status, 413);
    let json = format!(
        "POST /decide/{orders}/approve HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n{MIRA}\r\n\
         Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{{}}"
    );
    assert_eq!(page.send(&json).await.status, 415);
    for path in ["nothing", "approve/more", "drop"] {
        assert_eq!(page.get_with(&format!("/decide/{orders}/{path}"), MIRA).await.status, 404);
    }
    assert_eq!(page.get_with("/decide/x/approve", MIRA).await.status, 404);
    assert_eq!(page.approvals(orders).await.len(), 0);
}

/// The bug: the decision is lost, or made twice, when the client goes away after it has sent the form.
#[tokio::test]
async fn a_decision_is_recorded_although_its_client_goes_away() {
    let page = Page::serve(6, behind_proxy()).await;
    let orders = page.stream_of("orders").await;
    let body = format!("form={}", form(&page, orders, "approve", MIRA).await);
    let mut events = page.events_with("/events", MIRA).await;
    events.until("event: beat").await;
    let request = format!(
        "POST /decide/{orders}/approve HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n{MIRA}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = page.connect(&request).await;
    stream.flush().await.unwrap();
    let mut first = [0; 1];
    stream.read_exact(&mut first).await.unwrap();
    drop(stream);
    events.until("2 of 6 need you").await;
    let said = result(&page, &post(&page, orders, "approve", MIRA, &body).await, MIRA).await;
    assert!(said.contains("Approved: 1 of 1."), "{said}");
    assert_eq!(page.approvals(orders).await.len(), 1);
}

/// The bug: the fourth migration that waits for an approval takes the buttons of the others away.
#[tokio::test]
async fn many_migrations_in_one_row_each_keep_their_way_to_the_decision() {
    let page = Page::serve(60, behind_proxy()).await;
    let list = page.get_with("/", MIRA).await.body;
    assert!(list.contains("6 waiting for approval"), "{list}");
    for name in ["orders", "sessions", "coupons", "orders-1", "sessions-1", "coupons-1"] {
        let path = format!("/decide/{}/approve", page.stream_of(name).await);
        assert_eq!(list.matches(&path).count(), 1, "{name}: {list}");
        assert!(list.contains(&format!("aria-label=\"Approve the cutover: {name}\"")), "{name}");
        assert!(form(&page, page.stream_of(name).await, "approve", MIRA).await.len() > 16);
    }
    // Those that failed have nothing to decide.
    let failed = page.stream_of("shipping").await;
    assert!(!list.contains(&format!("/decide/{failed}")), "{list}");
    let read_only = Page::serve(60, settings()).await;
    assert!(!read_only.get("/").await.body.contains("/decide/"));
}
