//! HTTP digest with the options of the service.

use std::sync::Arc;
use std::time::Duration;

use atlas_simulator::{Fault, FaultRule};

use crate::client::{
    ACCEPT, Connection, PATH, advance, authorization, in_time, manual, request_with, start,
};
use crate::digest_client::{Digest, challenge, is_stale, nonce};

#[tokio::test]
async fn a_valid_digest_is_admitted_and_its_nonce_can_be_reused() {
    let simulator = manual().start().await.unwrap();
    let digest = Digest::to(&challenge(&simulator).await);
    for count in 1..20 {
        let response = digest.count(count).send(&simulator).await;
        assert_eq!(response.status(), 200, "{}", response.body());
        assert_eq!(response.headers("authentication-info"), [""; 0]);
        assert_eq!(response.headers("www-authenticate"), [""; 0]);
    }
    assert_eq!(simulator.control().request_count(), 20);
}

#[tokio::test]
async fn a_count_is_valid_once_and_in_any_order() {
    let simulator = manual().start().await.unwrap();
    let digest = Digest::to(&challenge(&simulator).await);
    for count in [3, 1, 2, 700, 4, 0xffff_ffff] {
        assert_eq!(digest.count(count).send(&simulator).await.status(), 200, "{count}");
    }
    for count in [3, 1, 700, 4, 0, 0xffff_ffff] {
        assert!(!is_stale(&digest.count(count).send(&simulator).await), "{count}");
    }
    // Another nonce has its own counts.
    let other = Digest::to(&challenge(&simulator).await);
    assert_eq!(other.count(3).send(&simulator).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_callers_use_each_count_exactly_once() {
    const COUNTS: u32 = 50;
    let simulator = Arc::new(manual().start().await.unwrap());
    let digest = Digest::to(&challenge(&simulator).await);
    let clients = (0..4).map(|client| {
        let (simulator, digest) = (Arc::clone(&simulator), digest.clone());
        tokio::spawn(async move {
            let mut connection = Connection::open(&simulator).await;
            let mut admitted = 0;
            for count in 1..=COUNTS {
                // Every client uses all counts, each in another order.
                let count = (count + client * 13) % COUNTS + 1;
                connection.send("GET", PATH, &[&digest.count(count).header(), ACCEPT]).await;
                let status = connection.receive("GET").await.unwrap().status();
                assert!(status == 200 || status == 401, "{status}");
                admitted += u32::from(status == 200);
            }
            admitted
        })
    });
    let mut admitted = 0;
    for client in clients.collect::<Vec<_>>() {
        admitted += client.await.unwrap();
    }
    assert_eq!(admitted, COUNTS);
}

#[tokio::test]
async fn quotes_are_optional_and_so_is_the_algorithm() {
    let simulator = manual().start().await.unwrap();
    let digest = Digest::to(&challenge(&simulator).await);
    let written = |count, from: &str, to: &str| {
        let header = digest.count(count).header();
        assert!(header.contains(from), "{header}");
        header.replace(from, to)
    };
    for header in [
        written(1, "algorithm=MD5", "algorithm=\"MD5\""),
        written(2, "algorithm=MD5, ", ""),
        written(3, "algorithm=MD5", "algorithm=md5"),
        written(4, "qop=auth", "qop=\"auth\""),
        written(5, "nc=00000005", "nc=\"00000005\""),
        written(6, ", ", ","),
        written(7, "Digest username=", "dIGEST Username="),
    ] {
        let response = request_with(&simulator, "GET", PATH, &[&header, ACCEPT]).await;
        assert_eq!(response.status(), 200, "{header}");
    }
}

#[tokio::test]
async fn an_invalid_digest_gets_the_normal_challenge() {
    let simulator = manual().start().await.unwrap();
    let right = Digest::to(&challenge(&simulator).await);
    let wrong = |change: fn(&mut Digest)| {
        let mut digest = right.clone();
        change(&mut digest);
        digest.header()
    };
    let written = |from: &str, to: &str| {
        let header = right.header();
        assert!(header.contains(from), "{header}");
        header.replace(from, to)
    };
    for header in [
        wrong(|digest| digest.password.push('x')),
        wrong(|digest| digest.user.push('x')),
        wrong(|digest| digest.realm.push('x')),
        wrong(|digest| digest.method = "POST".to_owned()),
        wrong(|digest| digest.uri.push_str("?pretty=true")),
        wrong(|digest| digest.algorithm = "SHA-256".to_owned()),
        wrong(|digest| digest.algorithm = "MD5-sess".to_owned()),
        wrong(|digest| digest.qop = false),
        written("realm=\"MMS Public API\"", "realm=\"other\""),
        wrong(|digest| digest.written_count = Some("1".to_owned())),
        wrong(|digest| digest.written_count = Some("+0000001".to_owned())),
        wrong(|digest| digest.written_count = Some("000000001".to_owned())),
        written("algorithm=MD5", "algorithm=SHA-256"),
        written("nc=00000001", "nc=00000002"),
        written(", nc=00000001", ""),
        written(", cnonce=\"0a4f113b\"", ""),
        written("cnonce=\"0a4f113b\"", "cnonce=\"0a4f113c\""),
        written("qop=auth", "qop=auth-int"),
        written("response=", "answer="),
        written("nonce=", "nonsense="),
        written("algorithm=MD5", "algorithm=MD5, opaque=\"x\""),
        written("algorithm=MD5", "algorithm=MD5, algorithm=MD5"),
        written("algorithm=MD5", "algorithm=MD5, username*=UTF-8''notareal"),
        "Authorization: Digest".to_owned(),
        "Authorization: Digest nonsense".to_owned(),
    ] {
        let response = request_with(&simulator, "GET", PATH, &[&header, ACCEPT]).await;
        assert_eq!(response.status(), 401, "{header}");
        assert!(!is_stale(&response), "{header}");
        assert_eq!(response.body().len(), 142);
    }
    // None of these used up the count.
    assert_eq!(right.send(&simulator).await.status(), 200);
}

#[tokio::test]
async fn a_digest_is_valid_only_for_its_method() {
    let simulator = manual().start().await.unwrap();
    let mut digest = Digest::to(&challenge(&simulator).await);
    let response = request_with(&simulator, "DELETE", PATH, &[&digest.header(), ACCEPT]).await;
    assert_eq!(response.status(), 401);
    digest.method = "DELETE".to_owned();
    assert_eq!(digest.send(&simulator).await.status(), 405);
}

#[tokio::test]
async fn the_uri_must_be_the_target_as_sent() {
    let simulator = manual().start().await.unwrap();
    let mut digest = Digest::to(&challenge(&simulator).await);
    digest.uri = format!("{PATH}?pretty=true&x=%2f,%20\"");
    digest.uri.pop();
    assert_eq!(digest.send(&simulator).await.status(), 200);
    let sent = digest.uri.replace("%2f", "%2F");
    let header = digest.count(2).header();
    let response = request_with(&simulator, "GET", &sent, &[&header, ACCEPT]).await;
    assert_eq!(response.status(), 401);
}

#[tokio::test]
async fn an_expired_nonce_is_stale_only_with_the_right_key() {
    let simulator = manual().start().await.unwrap();
    let control = simulator.control();
    let digest = Digest::to(&challenge(&simulator).await);
    control.advance(Duration::from_millis(59_999)).unwrap();
    assert_eq!(digest.send(&simulator).await.status(), 200);
    control.advance(Duration::from_millis(1)).unwrap();

    let response = digest.count(2).send(&simulator).await;
    assert!(is_stale(&response));
    let header = response.header("www-authenticate").unwrap();
    assert!(header.ends_with(", algorithm=MD5, qop=\"auth\", stale=true"), "{header}");
    assert_ne!(nonce(&response), digest.nonce);
    assert_eq!(Digest::to(&response).send(&simulator).await.status(), 200);

    let wrong = Digest { password: "wrong".to_owned(), ..digest.count(3) };
    assert!(!is_stale(&wrong.send(&simulator).await));
}

#[tokio::test]
async fn an_unknown_nonce_is_stale_only_with_the_right_key() {
    let (one, two) = (manual().start().await.unwrap(), manual().start().await.unwrap());
    let foreign = nonce(&challenge(&two).await);
    for nonce in [foreign.as_str(), "dcd98b7102dd2f0e8b11d0f600bfb0c0", "", "ü"] {
        let digest = Digest::with(nonce);
        assert!(is_stale(&digest.send(&one).await), "{nonce}");
        let wrong = Digest { password: "wrong".to_owned(), ..digest };
        assert!(!is_stale(&wrong.send(&one).await), "{nonce}");
    }
}

#[tokio::test]
async fn the_lifetime_of_a_nonce_can_be_set_even_to_zero() {
    let simulator = start(r#"{"digest": {"nonce_lifetime_seconds": 2}}"#).await;
    let digest = Digest::to(&challenge(&simulator).await);
    advance(&simulator.control(), 1);
    assert_eq!(digest.send(&simulator).await.status(), 200);
    advance(&simulator.control(), 1);
    assert!(is_stale(&digest.count(2).send(&simulator).await));

    let simulator = start(r#"{"digest": {"nonce_lifetime_seconds": 0}}"#).await;
    let first = Digest::to(&challenge(&simulator).await).send(&simulator).await;
    assert!(is_stale(&first));
    assert!(is_stale(&Digest::to(&first).send(&simulator).await));
}

#[tokio::test]
async fn a_replaced_response_uses_up_no_count_and_a_changed_one_does() {
    let simulator = manual().start().await.unwrap();
    let control = simulator.control();
    let digest = Digest::to(&challenge(&simulator).await);
    control.inject(FaultRule::new(Fault::HtmlBadGateway).times(1));
    assert_eq!(digest.send(&simulator).await.status(), 502);
    control.inject(FaultRule::new(Fault::WrongContentType).times(1));
    assert_eq!(digest.send(&simulator).await.status(), 200);
    assert_eq!(digest.send(&simulator).await.status(), 401);
}

#[tokio::test]
async fn a_401_does_not_wait_for_the_body() {
    let simulator = manual().start().await.unwrap();
    let mut connection = Connection::open(&simulator).await;
    connection.send("POST", PATH, &["Content-Length: 10", "Expect: 100-continue"]).await;
    let head = in_time(connection.receive_head()).await.unwrap();
    assert_eq!(head.status_line(), "HTTP/1.1 401 Unauthorized");

    // A client with a valid credential is asked to continue.
    let mut connection = Connection::open(&simulator).await;
    let authorization = authorization(&simulator);
    let headers = [&authorization, ACCEPT, "Content-Length: 4", "Expect: 100-continue"];
    connection.send("GET", PATH, &headers).await;
    let head = connection.receive_head().await.unwrap();
    assert_eq!(head.status_line(), "HTTP/1.1 100 Continue");
    connection.send_raw(b"body").await.unwrap();
    assert_eq!(connection.receive("GET").await.unwrap().status(), 200);
    let requests = simulator.control().requests();
    let bodies: Vec<_> = requests.iter().map(|request| request.body().as_ref()).collect();
    assert_eq!(bodies, [b"".as_slice(), b"body"]);
}

#[tokio::test]
async fn a_401_precedes_errors_of_the_body_which_is_recorded() {
    let simulator = manual().start().await.unwrap();
    let mut connection = Connection::open(&simulator).await;
    connection.send("POST", PATH, &["Content-Length: 18446744073709551000"]).await;
    assert_eq!(connection.receive("POST").await.unwrap().status(), 401);
    let mut connection = Connection::open(&simulator).await;
    connection.send_with_body("POST", PATH, &[], "password").await;
    assert_eq!(connection.receive("POST").await.unwrap().status(), 401);
    assert_eq!(simulator.control().requests()[1].body().as_ref(), b"password");
}
