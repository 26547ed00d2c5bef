//! A faster clock affects migrations, but not what clients wait for.

use atlas_simulator::{Clock, Simulator};

use crate::client::{ACCEPT, PATH, get, post, request_with};
use crate::digest_client::{Digest, challenge};
use crate::requests::GRANT;

/// Starts a simulator on which a simulated day takes less than a tenth of a second.
async fn fast() -> Simulator {
    let clock = Clock::with_speed(1_000_000.0).unwrap();
    Simulator::builder().clock(clock).start().await.unwrap()
}

/// Waits that many simulated seconds.
async fn pass(simulator: &Simulator, seconds: u64) {
    let until = simulator.control().now().as_secs() + seconds;
    while simulator.control().now().as_secs() < until {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn nonces_do_not_expire_in_simulated_time() {
    let simulator = fast().await;
    let digest = Digest::to(&challenge(&simulator).await);
    pass(&simulator, 3600).await;
    assert_eq!(digest.send(&simulator).await.status(), 200);
}

#[tokio::test]
async fn tokens_do_not_expire_in_simulated_time() {
    let simulator = fast().await;
    let token = post(&simulator, "/api/oauth/token", &[], GRANT).await.json();
    assert_eq!(token["expires_in"], 3600);
    let token = format!("Authorization: Bearer {}", token["access_token"].as_str().unwrap());
    pass(&simulator, 36_000).await;
    assert_eq!(request_with(&simulator, "GET", PATH, &[&token, ACCEPT]).await.status(), 200);
}

#[tokio::test]
async fn rate_limits_are_not_refilled_in_simulated_time() {
    let simulator = fast().await;
    assert_eq!(get(&simulator).await.header("ratelimit-remaining"), Some("1199"));
    pass(&simulator, 3600).await;
    assert_eq!(get(&simulator).await.header("ratelimit-remaining"), Some("1198"));

    for _ in 0..10 {
        assert_eq!(post(&simulator, "/api/oauth/token", &[], GRANT).await.status(), 200);
    }
    pass(&simulator, 3600).await;
    let limited = post(&simulator, "/api/oauth/token", &[], GRANT).await;
    assert_eq!(limited.status(), 429);
    let retry_after: u64 = limited.header("retry-after").unwrap().parse().unwrap();
    assert!((50..=60).contains(&retry_after), "{retry_after}");
}
