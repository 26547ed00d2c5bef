//! Custom headers, a proxy and an HTTP client of the caller.

use atlas_migrations::{Client, ClientBuilder, Credentials, Error, RetryPolicy, Transport};

use crate::scripted_server::{ScriptedServer, response};

/// Nothing listens at this address.
const NOWHERE: &str = "http://127.0.0.1:1";

async fn call(client: ClientBuilder) -> Result<(), Error> {
    let client = client.retry(RetryPolicy::never()).build().unwrap();
    let (group, id) = ("0".repeat(24).parse().unwrap(), "0".repeat(24).parse().unwrap());
    client.live_migration(group, id).await.map(drop)
}

fn success() -> String {
    response(200, "", r#"{"status": "NEW"}"#)
}

#[tokio::test]
async fn a_custom_header_is_sent_with_every_request_also_for_a_token() {
    let token = response(200, "", r#"{"access_token": "t", "expires_in": 3600}"#);
    let server = ScriptedServer::new(vec![token, success()]);
    let account = Credentials::service_account("id", "secret");
    call(server.client().credentials(account).header("X-Gateway-Key", "hunter2")).await.unwrap();
    let received = server.received();
    assert_eq!(received.len(), 2);
    for request in received {
        assert!(request.head.contains("x-gateway-key: hunter2\r\n"), "{}", request.head);
    }
}

#[tokio::test]
async fn requests_go_through_the_given_proxy() {
    let proxy = ScriptedServer::new(vec![success()]);
    call(Client::builder().base_url(NOWHERE).bearer_token("t").proxy(&proxy.url)).await.unwrap();
    let head = &proxy.received()[0].head;
    assert!(head.starts_with(&format!("GET {NOWHERE}/api/atlas/v2/groups/")), "{head}");
}

#[tokio::test]
async fn the_given_http_client_sends_requests_within_the_limits_of_the_builder() {
    let proxy = ScriptedServer::new(vec![success()]);
    let builder = Transport::builder().base_url(NOWHERE).bearer_token("t");
    let transport = builder.proxy(&proxy.url).build().unwrap();
    let client = || {
        let http = transport.http().clone();
        Client::builder().base_url(NOWHERE).bearer_token("t").http_client(http)
    };
    call(client()).await.unwrap();
    assert!(proxy.received()[0].head.contains("authorization: Bearer t\r\n"));
    let error = call(client().max_body_bytes(5)).await.unwrap_err();
    assert!(error.is_too_large(), "{error}");
}
