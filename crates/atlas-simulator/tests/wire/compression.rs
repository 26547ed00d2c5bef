//! Responses are gzipped only if the client accepts it.

use std::io::Read as _;

use atlas_simulator::{Fault, FaultRule, Simulator};
use flate2::read::GzDecoder;

use crate::client::{ACCEPT, PATH, Response, authorization, manual, request_with};

const GZIP: &str = "Accept-Encoding: gzip, deflate";

async fn request(simulator: &Simulator, method: &str, target: &str, encoding: &str) -> Response {
    let authorization = authorization(simulator);
    request_with(simulator, method, target, &[&authorization, ACCEPT, encoding]).await
}

fn unpacked(response: &Response) -> String {
    assert_eq!(response.header("content-encoding"), Some("gzip"));
    let mut text = String::new();
    GzDecoder::new(response.bytes()).read_to_string(&mut text).unwrap();
    text
}

#[tokio::test]
async fn successes_and_errors_are_gzipped_if_the_client_accepts_it() {
    let simulator = manual().start().await.unwrap();
    for target in [PATH, "/unknown", &PATH.replace("32b6", "0000"), &format!("{PATH}?pretty=true")]
    {
        let plain = request(&simulator, "GET", target, "Accept-Encoding: identity").await;
        assert_eq!(plain.header("content-encoding"), None, "{target}");
        let gzipped = request(&simulator, "GET", target, GZIP).await;
        assert_eq!(unpacked(&gzipped), plain.body());
        assert_eq!(gzipped.status(), plain.status());
        assert_eq!(gzipped.header("content-type"), plain.header("content-type"));
        let length = gzipped.bytes().len().to_string();
        assert_eq!(gzipped.header("content-length"), Some(length.as_str()));
    }
}

#[tokio::test]
async fn head_has_the_headers_of_the_gzipped_response() {
    let simulator = manual().start().await.unwrap();
    let length = request(&simulator, "GET", PATH, GZIP).await.bytes().len().to_string();
    let head = request(&simulator, "HEAD", PATH, GZIP).await;
    assert_eq!(head.header("content-encoding"), Some("gzip"));
    assert_eq!(head.header("content-length"), Some(length.as_str()));
}

#[tokio::test]
async fn challenges_and_responses_to_writes_are_not_gzipped() {
    let simulator = manual().start().await.unwrap();
    let challenge = request_with(&simulator, "GET", PATH, &[GZIP]).await;
    assert_eq!((challenge.status(), challenge.header("content-encoding")), (401, None));
    let posted = request(&simulator, "POST", "/unknown", GZIP).await;
    assert_eq!((posted.status(), posted.header("content-encoding")), (404, None));
    let other_method = request(&simulator, "DELETE", PATH, GZIP).await;
    assert_eq!((other_method.status(), other_method.header("content-encoding")), (405, None));
}

#[tokio::test]
async fn errors_of_faults_are_gzipped_like_others() {
    let simulator = manual().start().await.unwrap();
    let control = simulator.control();
    control.inject(FaultRule::new(Fault::UnexpectedError).times(1));
    let response = request(&simulator, "GET", PATH, GZIP).await;
    assert!(unpacked(&response).contains("UNEXPECTED_ERROR"));
    control.inject(FaultRule::new(Fault::HugeBody { bytes: 10 }).times(1));
    let response = request(&simulator, "GET", PATH, GZIP).await;
    assert_eq!((response.header("content-encoding"), response.body()), (None, "        {}"));
}

#[tokio::test]
async fn a_gzip_bomb_is_small_and_expands_to_the_requested_size() {
    let simulator = manual().start().await.unwrap();
    simulator.control().inject(FaultRule::new(Fault::GzipBomb { bytes: 50_000_000 }));
    // Independently of what the client accepts.
    for encoding in [GZIP, "X-Nothing: 1"] {
        let response = request(&simulator, "GET", PATH, encoding).await;
        assert_eq!(response.status(), 200);
        let served = "application/vnd.atlas.2023-01-01+json;charset=utf-8";
        assert_eq!(response.header("content-type"), Some(served));
        let announced: usize = response.header("content-length").unwrap().parse().unwrap();
        assert_eq!(announced, response.bytes().len());
        assert!(announced < 100_000, "{announced}");
        let text = unpacked(&response);
        assert_eq!((text.len(), text.trim_start()), (50_000_000, "{}"));
    }
}
