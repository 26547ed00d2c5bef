//! Text of a server is shown on one line, without control characters, and in bounded memory.

use atlas_migrations::{Error, ErrorCode};

use crate::scripted_server::{ScriptedServer, response};

/// Returns the error of a response.
async fn error(status: u16, headers: &str, body: &str) -> Error {
    let server = ScriptedServer::new(vec![response(status, headers, body)]);
    let client = server.client().bearer_token("token").build().unwrap();
    let id = "32b6e34b3d91647abb20e7b8";
    client.live_migration(id.parse().unwrap(), id.parse().unwrap()).await.unwrap_err()
}

#[tokio::test]
async fn no_part_of_an_error_controls_a_terminal_or_starts_a_line() {
    let hostile = "\\u001b[31m\\u001b]0;x\\u0007\\nerror: forged\\r\\nhint: forged\\u202e\\u009b2J";
    for body in [
        format!(
            r#"{{"errorCode":"IP_ADDRESS_NOT_ON_ACCESS_LIST","parameters":["{hostile}"],"detail":"{hostile}"}}"#
        ),
        format!(r#"{{"errorCode":"X{hostile}","reason":"{hostile}"}}"#),
        format!(r#"{{"error":"{hostile}","error_description":"{hostile}"}}"#),
        format!(r#"{{"detail":"{hostile}{}"}}"#, "x".repeat(50_000)),
    ] {
        for status in [400, 403, 500] {
            let error = error(status, "", &body).await;
            let hint = error.hint().unwrap_or_default().into_owned();
            for shown in [error.to_string(), error.summary(), hint] {
                let is_harmless = !shown.chars().any(|c| c.is_control() || c == '\u{202e}');
                assert!(is_harmless && shown.chars().count() < 5_000, "{shown:?}");
            }
        }
    }
    let elsewhere = error(302, "location: http://x/\x09\u{9b}2J\r\n", "").await;
    assert!(!elsewhere.to_string().chars().any(char::is_control), "{elsewhere:?}");
}

#[tokio::test]
async fn the_rejected_fields_can_be_read() {
    let body = r#"{"errorCode":"VALIDATION_ERROR","detail":"Validation failed.",
        "badRequestDetail":{"fields":[{"field":"source.clusterName","description":"is \nempty"}]}}"#;
    let error = error(400, "", body).await;
    let [violation] = error.field_violations() else { panic!("{error}") };
    assert_eq!(violation.field, "source.clusterName");
    assert_eq!(violation.description.to_string(), "is  empty");
    assert_eq!(violation.description.as_received(), "is \nempty");
}

#[tokio::test]
async fn the_start_of_a_large_error_body_is_kept_and_its_length_counted() {
    let body = format!(
        r#"{{"errorCode":"GROUP_NOT_FOUND","parameters":[{}0]}}"#,
        "{\"\":0},".repeat(2_000_000)
    );
    let error = error(404, "", &body).await;
    assert_eq!(error.code(), Some(&ErrorCode::GroupNotFound));
    assert_eq!(error.body().unwrap().len(), 64 << 10);
    assert_eq!(error.body_length(), Some(u64::try_from(body.len()).unwrap()));
    assert!(error.parameters().is_empty());
}

#[tokio::test]
async fn a_success_that_needs_too_much_memory_is_rejected_before_decoding() {
    let body = format!(r#"{{"status":"NEW","x":[{}0]}}"#, "{\"\":0},".repeat(1_500_000));
    let error = error(200, "", &body).await;
    assert!(error.is_too_large(), "{error}");
    assert!(error.to_string().contains("memory"), "{error}");
}

#[tokio::test]
async fn a_body_that_is_a_number_reports_one_cause() {
    let error = error(200, "content-type: text/plain\r\n", "8.0").await;
    let text = error.to_string();
    assert!(error.is_decode() && text.contains("floating point"), "{text}");
    assert!(!text.contains("not JSON"), "{text}");
}
