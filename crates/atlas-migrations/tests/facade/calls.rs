//! Every outcome of a call.

use std::time::Duration;

use atlas_migrations::{
    Client, Envelope, Error, ErrorCode, GroupId, LiveMigration, LiveMigrationId,
    LiveMigrationStatus, Operation,
};
use atlas_simulator::{Fault, Scenario};

use crate::world::{LIMIT, World, builder, respond};

/// Returns the error of a call under a fault. It takes one request.
async fn under(fault: Fault) -> Error {
    let (error, requests) = World::new().await.under(fault).await;
    assert_eq!(requests, 1);
    error
}

#[tokio::test]
async fn a_migration_is_described_in_each_of_its_states() {
    let world = World::new().await;
    let control = world.simulator.control();
    let new = world.job().await.unwrap();
    assert_eq!(new.id, Some(world.id));
    assert_eq!(new.status, Some(LiveMigrationStatus::New));
    assert_eq!(new.lag, None);
    assert_eq!(new.migration_hosts.as_deref(), Some(&["vm001.example.com".to_owned()][..]));

    control.advance(Duration::from_secs(60)).unwrap();
    let working = world.job().await.unwrap();
    assert_eq!(working.status, Some(LiveMigrationStatus::Working));
    assert_eq!(working.ready_for_cutover, Some(false));
    control.advance(Duration::from_secs(1_800)).unwrap();
    assert!(world.job().await.unwrap().lag < working.lag);

    control.advance(Duration::from_secs(1_800)).unwrap();
    assert_eq!(world.job().await.unwrap().ready_for_cutover, Some(true));
    control.cut_over(world.group, world.id).unwrap();
    control.advance(Duration::from_secs(300)).unwrap();
    let complete = world.job().await.unwrap();
    assert_eq!(complete.status, Some(LiveMigrationStatus::Complete));
    assert!(complete.is_terminal());
    assert_eq!(complete.lag, None);
    assert!(complete.unknown_fields.is_empty());
}

#[tokio::test]
async fn the_request_follows_the_operation_table() {
    let world = World::new().await;
    let response = world.client.live_migration(world.group, world.id).send().await.unwrap();
    assert_eq!(response.metadata().status(), 200);
    let limit = response.metadata().rate_limit().unwrap();
    assert_eq!((limit.limit, limit.remaining), (1200, 1199));

    let generated = world.client.generated();
    let direct =
        generated.get_group_live_migration(world.group.object_id(), world.id.object_id()).await;
    assert!(direct.unwrap().metadata().rate_limit().is_some());

    let requests = world.simulator.control().requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!(header("accept"), Some("application/vnd.atlas.2023-01-01+json"));
        assert_eq!(header("api-version"), None);
        assert_eq!(header("authorization"), Some("Bearer not-a-real-bearer-token"));
        let agent = header("user-agent").unwrap();
        assert!(
            agent.starts_with("atlas-migrations/0.1.0 (") && agent.ends_with(" contract-test/1")
        );
        assert_eq!(request.query(), None);
    }
}

#[tokio::test]
async fn missing_permissions_are_distinguished() {
    let mut scenario = Scenario::default();
    let tokens = r#"{"bearer_tokens": [
        {"token": "member"}, {"token": "no-role", "access": "no_role"},
        {"token": "other", "access": "other_project"}, {"token": "blocked", "access": "blocked_address"}
    ]}"#;
    scenario.bearer_tokens = Scenario::from_json(tokens).unwrap().bearer_tokens;
    let world = World::of(scenario, "bearer token", |client| client).await;
    let fails = async |token: &str| {
        let client = builder(&world.simulator).bearer_token(token).build().unwrap();
        client.live_migration(world.group, world.id).await.unwrap_err()
    };
    let unknown = fails("hunter2").await;
    assert!(unknown.is_unauthorized());
    assert_eq!(unknown.code(), Some(&ErrorCode::UnexpectedError));
    assert!(!format!("{unknown} {unknown:?}").contains("hunter2"));

    let no_role = fails("no-role").await;
    assert!(no_role.is_unauthorized());
    assert_eq!(no_role.code(), Some(&ErrorCode::UserUnauthorized));
    // The key is right, so the hint does not blame it.
    let hint = no_role.hint().unwrap();
    assert!(hint.contains("Organization Member") && !hint.contains("expired"), "{no_role}");

    let other = fails("other").await;
    assert_eq!(other.code(), Some(&ErrorCode::UserCannotAccessGroup));
    assert!(other.hint().unwrap().contains("another project"), "{other}");

    let blocked = fails("blocked").await;
    assert!(blocked.is_forbidden());
    assert_eq!(blocked.code(), Some(&ErrorCode::IpAddressNotOnAccessList));
    assert!(blocked.hint().unwrap().contains("127.0.0.1"), "{blocked}");
}

#[tokio::test]
async fn a_404_distinguishes_a_missing_project_from_a_missing_migration() {
    let world = World::new().await;
    let project: GroupId = "0".repeat(24).parse().unwrap();
    let error = world.client.live_migration(project, world.id).await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.code(), Some(&ErrorCode::GroupNotFound));
    assert_eq!(error.parameters(), ["0".repeat(24)]);
    assert!(error.hint().unwrap().contains("project ID"), "{error}");

    let migration: LiveMigrationId = "0".repeat(24).parse().unwrap();
    let error = world.client.live_migration(world.group, migration).await.unwrap_err();
    assert!(error.is_not_found());
    assert!(error.hint().unwrap().contains("push migrations"), "{error}");
    let message = error.to_string();
    assert!(message.contains("getGroupLiveMigration (GET /api/atlas/v2/groups/32b6"), "{message}");
    assert!(message.contains("404 Not Found"), "{message}");
}

#[tokio::test]
async fn a_406_is_reported_with_its_code() {
    let body = r#"{"detail":"Invalid accept header or version date.","error":406,"errorCode":"INVALID_VERSION_DATE","parameters":[],"reason":"Not Acceptable"}"#;
    let fault = respond(406, Some("application/json"), body);
    let error = under(fault).await;
    assert_eq!(error.status().unwrap(), 406);
    assert_eq!(error.code(), Some(&ErrorCode::InvalidVersionDate));
    assert_eq!(error.body().unwrap(), body);
}

#[tokio::test]
async fn a_429_is_reported_with_its_retry_after() {
    let error = under(Fault::RateLimited { retry_after: Some(7) }).await;
    assert!(error.is_rate_limited());
    assert_eq!(error.code(), Some(&ErrorCode::RateLimitedTokenBucket));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(error.parameters()[2], 1200);
    assert!(error.hint().unwrap().contains("7 s"), "{error}");
}

#[tokio::test]
async fn server_errors_are_reported_with_their_body() {
    let json = under(Fault::UnexpectedError).await;
    assert!(json.is_server());
    assert_eq!(json.detail().unwrap(), "Unexpected error.");

    let empty = under(Fault::EmptyServerError).await;
    assert!(empty.is_server());
    assert_eq!((empty.status().unwrap().as_u16(), empty.detail()), (500, None));
    assert!(empty.body().unwrap().is_empty());

    let html = under(Fault::HtmlBadGateway).await;
    assert!(html.is_server());
    assert_eq!((html.status().unwrap().as_u16(), html.code()), (502, None));
    assert!(html.body().unwrap().starts_with(b"<"));
    assert!(html.headers().unwrap()["content-type"].to_str().unwrap().starts_with("text/html"));
}

#[tokio::test]
async fn interrupted_responses_are_transport_errors() {
    let truncated = under(Fault::TruncateBody).await;
    assert!(truncated.is_transport() && !truncated.is_connect() && !truncated.is_timeout());
    assert!(std::error::Error::source(&truncated).is_some());

    let reset = under(Fault::ResetConnection).await;
    assert!(reset.is_transport(), "{reset}");

    let world = World::new().await;
    let url = world.simulator.base_url().to_owned();
    world.simulator.stop().await;
    let client = Client::builder().base_url(url).bearer_token("token").build().unwrap();
    let refused = client.live_migration(world.group, world.id).await.unwrap_err();
    assert!(refused.is_connect() && refused.is_transport(), "{refused}");
    assert!(refused.to_string().contains("onnection refused"), "{refused}");
}

#[tokio::test]
async fn responses_that_are_too_large_are_errors() {
    let streamed = under(Fault::HugeBody { bytes: 10_000_000 }).await;
    assert!(streamed.is_too_large(), "{streamed}");
    assert!(streamed.to_string().contains("100000 bytes"), "{streamed}");

    let announced = respond(200, Some("application/json"), &" ".repeat(LIMIT + 1));
    assert!(under(announced).await.is_too_large());
}

#[tokio::test]
async fn a_success_of_another_shape_is_a_decode_error() {
    for (body, place) in [
        ("", "not JSON at line 1"),
        ("<html>hunter2</html>", "not JSON at line 1"),
        (r#"["hunter2"]"#, "invalid type: sequence"),
        (r#"{"status":{"x":"hunter2"}}"#, "at status"),
        (r#"{"lagTimeSeconds":"hunter2"}"#, "at lagTimeSeconds"),
        (r#"{"_id":"hunter2"}"#, "at _id"),
    ] {
        let fault = respond(200, Some("application/vnd.atlas.2023-01-01+json"), body);
        let error = under(fault).await;
        assert!(error.is_decode(), "{error}");
        assert_eq!(error.status().unwrap(), 200);
        assert_eq!(error.body().unwrap(), body);
        assert!(error.headers().unwrap().contains_key("content-type"));
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(place) && !shown.contains("hunter2"), "{shown}");
    }
}

#[tokio::test]
async fn any_2xx_is_success_and_a_redirect_is_not() {
    let response = |status| respond(status, None, r#"{"status": "NEW"}"#);
    for status in [200, 201, 202, 299] {
        let world = World::new().await;
        world.next(1, response(status));
        assert_eq!(world.job().await.unwrap().status, Some(LiveMigrationStatus::New));
    }
    let redirect = under(response(302)).await;
    assert_eq!(redirect.status().unwrap(), 302);
    assert!(redirect.hint().unwrap().contains("redirects are not followed"), "{redirect}");
}

#[tokio::test]
async fn a_raw_response_is_returned_plain_pretty_or_in_an_envelope() {
    let world = World::new().await;
    let call = || world.client.live_migration(world.group, world.id).raw();
    let plain = call().send().await.unwrap();
    assert_eq!(plain.status(), 200);
    assert!(plain.body().starts_with(br#"{"_id":"6296"#), "{:?}", plain.body());
    let pretty = call().pretty(true).send().await.unwrap();
    assert!(pretty.body().starts_with(b"{\n  \"_id\" : "), "{:?}", pretty.body());
    let job: LiveMigration = pretty.json().unwrap();
    assert_eq!(job.id, Some(world.id));

    let enveloped = call().envelope(true).send().await.unwrap();
    let envelope: Envelope<LiveMigration> = enveloped.clone().envelope().unwrap();
    assert_eq!((envelope.status, &envelope.content), (200, &job));
    // Decoding one form as the other is an error: it would lose every field.
    for misread in [
        enveloped.json::<LiveMigration>().unwrap_err(),
        plain.envelope::<LiveMigration>().unwrap_err(),
    ] {
        // It was sent and has a response.
        assert!(misread.is_misread() && !misread.is_request(), "{misread}");
        assert_eq!(misread.status().unwrap(), 200);
    }

    let nobody: LiveMigrationId = "0".repeat(24).parse().unwrap();
    let missing = world.client.live_migration(world.group, nobody).raw().envelope(true);
    let missing = missing.send().await.unwrap();
    assert_eq!(missing.status(), 404);
    let error = missing.error_for_status().unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::ResourceNotFound));
}

#[tokio::test]
async fn a_missing_envelope_is_an_error() {
    let world = World::new().await;
    let fault = respond(200, None, "{}");
    world.next(1, fault);
    let call = world.client.live_migration(world.group, world.id).raw().envelope(true);
    let error = call.send().await.unwrap().envelope::<LiveMigration>().unwrap_err();
    assert!(error.is_decode(), "{error}");
}

/// The bug: an operation whose body may be missing fails where it is, or any empty success passes for a value.
#[tokio::test]
async fn an_empty_success_is_a_value_only_where_the_body_is_optional() {
    const WHOLE: Operation = Operation::new("x", "GET", "/x").with_accept("application/json");
    static NEEDED: Operation = WHOLE;
    static OPTIONAL: Operation = WHOLE.with_body_optional(true);
    let world = World::new().await;
    for (operation, body, is_value) in [
        (&OPTIONAL, "", true),
        (&OPTIONAL, "{}", true),
        (&NEEDED, "", false),
        (&NEEDED, "{}", true),
    ] {
        world.next(1, respond(200, Some("application/json"), body));
        let call = world.client.transport().call(operation);
        let value = call.send_json::<Option<serde_json::Value>>().await;
        assert_eq!(value.is_ok(), is_value, "{body:?}: {value:?}");
        assert!(value.is_err() || value.unwrap().into_value().is_none() == body.is_empty());
    }
}
