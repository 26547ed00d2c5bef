//! Who may read the page, and how responses are protected.

use std::sync::Arc;

use atlas_migrations_page::{Access, PageError, PageServer, Token};

use crate::client::{Page, settings};

const TOKEN: &str = "0123456789abcdef-token";

#[tokio::test]
async fn every_response_forbids_framing_storing_and_foreign_code() {
    let page = Page::serve(1, settings()).await;
    for path in ["/", "/events/none", "/status.json", "/healthz", "/nothing"] {
        let head = page.get(path).await.head;
        for header in [
            "cache-control: no-store",
            "x-frame-options: deny",
            "referrer-policy: same-origin",
            "x-content-type-options: nosniff",
            "frame-ancestors 'none'",
            "default-src 'none'",
        ] {
            assert!(head.contains(header), "{path}: {header}: {head}");
        }
        assert!(!head.contains("unsafe-inline"), "{path}: {head}");
    }
    let nonce = |head: &str| head.split("'nonce-").nth(1).unwrap()[..24].to_owned();
    let (first, second) = (page.get("/").await, page.get("/").await);
    assert_ne!(nonce(&first.head), nonce(&second.head));
}

#[tokio::test]
async fn a_host_name_that_another_site_can_have_is_refused() {
    let mut allowed = settings();
    allowed.hosts = vec!["Ops.Example.com".to_owned()];
    let page = Page::serve(1, allowed).await;
    for (host, status) in [
        ("localhost", 200),
        ("localhost:1234", 200),
        ("127.0.0.1:80", 200),
        ("[::1]:80", 200),
        ("ops.example.com", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example:80", 421),
        ("", 421),
    ] {
        let response =
            page.send(&format!("GET /status.json HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
        assert_eq!(response.status, status, "{host}");
    }
    let absolute = "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assert_eq!(page.send(absolute).await.status, 421);
}

#[tokio::test]
async fn only_get_is_allowed() {
    let page = Page::serve(1, settings()).await;
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        for path in ["/", "/status.json", "/nothing"] {
            let request =
                format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
            let response = page.send(&request).await;
            assert_eq!(response.status, 405, "{method} {path}");
            assert!(response.head.contains("allow: get, head"), "{}", response.head);
        }
    }
}

#[tokio::test]
async fn a_request_with_a_head_that_is_too_long_is_refused() {
    let page = Page::serve(1, settings()).await;
    let response = page.get_with("/", &format!("X: {}", "x".repeat(60_000))).await;
    assert!(matches!(response.status, 0 | 400 | 431), "{}", response.status);
    assert_eq!(page.get("/").await.status, 200);
}

#[tokio::test]
async fn other_computers_need_a_token() {
    let page = Page::serve(1, settings()).await;
    let mut open = settings();
    open.listen = "0.0.0.0:0".parse().unwrap();
    let refused = PageServer::bind(Arc::clone(&page.sample.store), open.clone()).await;
    assert!(matches!(refused, Err(PageError::NotLoopback(_))));
    open.access = Access::Tokens(vec![Token::new(TOKEN).unwrap()]);
    assert!(!format!("{open:?}").contains(TOKEN));
    assert!(PageServer::bind(Arc::clone(&page.sample.store), open).await.is_ok());
}

#[tokio::test]
async fn a_token_is_accepted_as_bearer_and_as_password_and_nothing_else_is() {
    for short in ["", "0123456789", "0123456789 abcdef", "0123456789abcdef\u{e4}"] {
        assert!(Token::new(short).is_none(), "{short}");
    }
    let mut locked = settings();
    locked.access = Access::Tokens(vec![Token::new(TOKEN).unwrap()]);
    let page = Page::serve(1, locked).await;
    // The second is `anybody:` and the token in Base64.
    let basic = "Authorization: Basic YW55Ym9keTowMTIzNDU2Nzg5YWJjZGVmLXRva2Vu";
    let bearer = format!("Authorization: Bearer {TOKEN}");
    for path in ["/", "/events", "/status.json", "/migrations/x", "/nothing"] {
        let refused = page.get(path).await;
        assert_eq!(refused.status, 401, "{path}");
        assert!(refused.head.contains("www-authenticate: basic"), "{}", refused.head);
        assert!(!refused.body.contains("shipping"), "{path}");
    }
    for wrong in [
        "Authorization: Bearer 0123456789abcdef-tokem",
        "Authorization: Bearer",
        "Authorization: Basic !",
        "X: y",
    ] {
        assert_eq!(page.get_with("/", wrong).await.status, 401, "{wrong}");
    }
    for right in [basic, bearer.as_str()] {
        assert_eq!(page.get_with("/", right).await.status, 200, "{right}");
    }
    assert_eq!(page.get("/healthz").await.status, 200);
    assert_eq!(page.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn a_proxy_says_who_reads() {
    let mut behind = settings();
    behind.access = Access::ProxyHeader("X-Forwarded-User".to_owned());
    let page = Page::serve(1, behind).await;
    assert_eq!(page.get("/").await.status, 401);
    assert_eq!(page.get_with("/", "X-Forwarded-User:  ").await.status, 401);
    let response = page.get_with("/", "X-Forwarded-User: <b>mira").await;
    assert!(response.body.contains("Signed in: &lt;b&gt;mira"), "{}", response.body);
}

/// The bug: a token is found by trying, and a header that names another address each time hides who tries.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_address_that_sends_wrong_tokens_is_refused_and_others_are_not() {
    let mut locked = settings();
    locked.access = Access::Tokens(vec![Token::new(TOKEN).unwrap()]);
    let page = Page::serve(1, locked).await;
    let (guesser, right) = ("127.0.0.2", format!("Authorization: Bearer {TOKEN}"));
    let mut refused = None;
    for number in 0..50 {
        let wrong = format!(
            "Authorization: Bearer wrong-wrong-wrong-{number}\r\nX-Forwarded-For: 192.0.2.{number}\r\n\
             Forwarded: for=192.0.2.{number}"
        );
        let response = page.get_from(guesser, "/status.json", &wrong).await;
        if response.status == 429 {
            refused = Some((number, response));
            break;
        }
        assert_eq!(response.status, 401);
    }
    let (number, response) = refused.expect("50 wrong tokens were compared");
    assert_eq!(number, 10);
    let wait: u64 = response.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
    // A right token does not show itself, a client without a token is asked for one, and probes go on.
    assert_eq!(page.get_from(guesser, "/", &right).await.status, 429);
    assert_eq!(page.get_from(guesser, "/", "X: y").await.status, 401);
    assert_eq!(page.get_from(guesser, "/healthz", "X: y").await.status, 200);
    for other in ["127.0.0.1", "127.0.0.3"] {
        assert_eq!(page.get_from(other, "/", &right).await.status, 200, "{other}");
    }
}
