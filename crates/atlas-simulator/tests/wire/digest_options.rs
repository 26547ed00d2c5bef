//! HTTP digest with options that the service does not use.

use crate::client::{ACCEPT, PATH, Response, advance, request_with, start};
use crate::digest_client::{Digest, USER, challenge, is_stale, nonce, quoted};

fn variant(options: &str) -> String {
    format!(r#"{{"digest": {{{options}}}}}"#)
}

fn challenges(response: &Response) -> Vec<String> {
    let headers = response.headers("www-authenticate").into_iter();
    headers.map(|header| header.replace(&quoted(header, "nonce").unwrap(), "…")).collect()
}

#[tokio::test]
async fn only_the_configured_algorithm_is_accepted() {
    let algorithms = ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess"];
    for configured in algorithms {
        let simulator = start(&variant(&format!(r#""algorithm": "{configured}""#))).await;
        let challenge = challenge(&simulator).await;
        let header = challenge.header("www-authenticate").unwrap();
        assert!(header.contains(&format!(", algorithm={configured}, ")), "{header}");
        for (count, used) in (1..).zip(algorithms) {
            let mut digest = Digest::to(&challenge).count(count);
            digest.algorithm = used.to_owned();
            let expected = if used == configured { 200 } else { 401 };
            assert_eq!(digest.send(&simulator).await.status(), expected, "{used}, {configured}");
        }
        // Without a name the algorithm is MD5.
        let digest = Digest { algorithm: configured.to_owned(), ..Digest::to(&challenge) };
        let unnamed = digest.count(9).header().replace(&format!("algorithm={configured}, "), "");
        let response = request_with(&simulator, "GET", PATH, &[&unnamed, ACCEPT]).await;
        assert_eq!(response.status() == 200, configured == "MD5", "{configured}");
    }
}

#[tokio::test]
async fn a_session_algorithm_needs_the_cnonce_of_each_request() {
    let simulator = start(&variant(r#""algorithm": "MD5-sess", "qop": false"#)).await;
    let mut digest = Digest::to(&challenge(&simulator).await);
    (digest.algorithm, digest.qop) = ("MD5-sess".to_owned(), false);
    assert_eq!(digest.send(&simulator).await.status(), 200);
    digest.cnonce = "another".to_owned();
    assert_eq!(digest.send(&simulator).await.status(), 200);
    digest.cnonce = String::new();
    let header = digest.header().replace(", cnonce=\"\"", "");
    assert!(!header.contains("cnonce"), "{header}");
    let response = request_with(&simulator, "GET", PATH, &[&header, ACCEPT]).await;
    assert_eq!(response.status(), 401);
}

#[tokio::test]
async fn without_qop_the_digest_is_that_of_rfc_2069() {
    let simulator = start(&variant(r#""qop": false"#)).await;
    let first = challenge(&simulator).await;
    let header =
        r#"Digest realm="MMS Public API", domain="", nonce="…", algorithm=MD5, stale=false"#;
    assert_eq!(challenges(&first), [header]);
    let digest = Digest { qop: false, ..Digest::to(&first) };
    assert_eq!(digest.send(&simulator).await.status(), 200);
    assert_eq!(digest.send(&simulator).await.status(), 200);
    advance(&simulator.control(), 60);
    assert!(is_stale(&digest.send(&simulator).await));
    // A `qop` that was not offered is refused.
    let counted = Digest::to(&challenge(&simulator).await);
    assert_eq!(counted.send(&simulator).await.status(), 401);
}

#[tokio::test]
async fn the_opaque_text_must_be_returned() {
    let simulator = start(&variant(r#""opaque": "a\"b""#)).await;
    let first = challenge(&simulator).await;
    assert!(challenges(&first)[0].ends_with(r#", stale=false, opaque="a\"b""#));
    let digest = Digest::to(&first);
    assert_eq!(digest.send(&simulator).await.status(), 401);
    for (opaque, status) in [(r#""a\"b""#, 200), (r#""b""#, 401)] {
        let header = format!("{}, opaque={opaque}", digest.header());
        let response = request_with(&simulator, "GET", PATH, &[&header, ACCEPT]).await;
        assert_eq!(response.status(), status, "{opaque}");
    }
}

#[tokio::test]
async fn a_user_name_can_be_hashed_if_that_is_offered() {
    let simulator = start(&variant(r#""userhash": true, "algorithm": "SHA-256""#)).await;
    let first = challenge(&simulator).await;
    assert!(challenges(&first)[0].ends_with(", stale=false, userhash=true"));
    let digest = Digest { algorithm: "SHA-256".to_owned(), ..Digest::to(&first) };
    let hashed = digest.hash(&format!("{USER}:MMS Public API"));
    let hash_name = |digest: Digest, hashed: &str| {
        digest.header().replace(&format!("\"{USER}\""), &format!("\"{hashed}\", userhash=true"))
    };
    let header = hash_name(digest.clone(), &hashed);
    let response = request_with(&simulator, "GET", PATH, &[&header, ACCEPT]).await;
    assert_eq!(response.status(), 200);
    // The plain name is accepted too, but not if it is declared as hashed.
    assert_eq!(digest.count(2).send(&simulator).await.status(), 200);
    let header = hash_name(digest.count(3), USER);
    let response = request_with(&simulator, "GET", PATH, &[&header, ACCEPT]).await;
    assert_eq!(response.status(), 401);

    let simulator = start("{}").await;
    let digest = Digest::to(&challenge(&simulator).await);
    let hashed = digest.hash(&format!("{USER}:MMS Public API"));
    let header = hash_name(digest, &hashed);
    let response = request_with(&simulator, "GET", PATH, &[&header, ACCEPT]).await;
    assert_eq!(response.status(), 401);
}

#[tokio::test]
async fn names_and_passwords_are_utf_8() {
    let simulator =
        start(r#"{"api_keys": [{"public_key": "Jäsøn \"Doe\\", "private_key": "pässword:✓"}]}"#)
            .await;
    let mut digest = Digest::to(&challenge(&simulator).await);
    digest.user = r#"Jäsøn "Doe\"#.to_owned();
    digest.password = "pässword:✓".to_owned();
    let header = digest.header();
    let escaped = header.replace(r#""Jäsøn "Doe\""#, r#""Jäsøn \"Doe\\""#);
    let response = request_with(&simulator, "GET", PATH, &[&escaped, ACCEPT]).await;
    assert_eq!(response.status(), 200);

    digest.count = 2;
    let extended = digest
        .header()
        .replace(r#"username="Jäsøn "Doe\""#, "username*=UTF-8'en'J%C3%A4s%c3%b8n%20%22Doe%5C");
    let latin = extended.replace("UTF-8'en'", "ISO-8859-1''");
    for (header, status) in [(latin, 401), (extended, 200)] {
        let response = request_with(&simulator, "GET", PATH, &[&header, ACCEPT]).await;
        assert_eq!(response.status(), status, "{header}");
    }
}

#[tokio::test]
async fn a_response_can_offer_the_next_nonce() {
    let simulator = start(&variant(r#""next_nonce": true"#)).await;
    let mut digest = Digest::to(&challenge(&simulator).await);
    for _ in 0..5 {
        let response = digest.send(&simulator).await;
        assert_eq!(response.status(), 200);
        let info = response.header("authentication-info").unwrap();
        let next = quoted(info, "nextnonce").unwrap();
        assert_eq!(info, format!("nextnonce=\"{next}\""));
        assert_ne!(next, digest.nonce);
        digest.nonce = next;
    }
    digest.uri = "/unknown".to_owned();
    let response = digest.send(&simulator).await;
    assert_eq!(response.status(), 404);
    assert!(response.header("authentication-info").is_some());
}

#[tokio::test]
async fn a_response_can_have_a_right_or_wrong_rspauth() {
    for (algorithm, qop) in [("MD5", true), ("SHA-256-sess", true), ("MD5", false)] {
        for proof in ["right", "wrong"] {
            let options =
                format!(r#""algorithm": "{algorithm}", "qop": {qop}, "rspauth": "{proof}""#);
            let simulator = start(&variant(&options)).await;
            let mut digest = Digest::to(&challenge(&simulator).await);
            (digest.algorithm, digest.qop) = (algorithm.to_owned(), qop);
            let response = digest.send(&simulator).await;
            assert_eq!(response.status(), 200);
            let info = response.header("authentication-info").unwrap();
            let rspauth = quoted(info, "rspauth").unwrap();
            assert_eq!(rspauth == digest.response(""), proof == "right", "{info}");
            assert_eq!(rspauth.len(), digest.response("").len());
            let rest = info.strip_prefix(&format!("rspauth=\"{rspauth}\"")).unwrap();
            let counted = ", qop=auth, cnonce=\"0a4f113b\", nc=00000001";
            assert_eq!(rest, if qop { counted } else { "" });
        }
    }
}

#[tokio::test]
async fn other_challenges_can_precede_the_accepted_one() {
    let simulator = start(&variant(r#""extra_challenges": true, "algorithm": "SHA-256""#)).await;
    let first = challenge(&simulator).await;
    let digest = |algorithm: &str| {
        format!(
            r#"Digest realm="MMS Public API", domain="", nonce="…", algorithm={algorithm}, qop="auth", stale=false"#
        )
    };
    let basic = format!(r#"Basic realm="MMS Public API", {}"#, digest("MD5"));
    assert_eq!(challenges(&first), [basic, digest("SHA-256")]);
    let other = quoted(first.header("www-authenticate").unwrap(), "nonce").unwrap();
    assert_ne!(other, nonce(&first));

    let weaker = Digest::with(&other);
    assert_eq!(weaker.send(&simulator).await.status(), 401);
    let basic = "Authorization: Basic bm90YXJlYWxwdWJsaWNrZXk6bm90LWEtcmVhbC1wcml2YXRlLWtleQ==";
    assert_eq!(request_with(&simulator, "GET", PATH, &[basic, ACCEPT]).await.status(), 401);
    let strongest = Digest { algorithm: "SHA-256".to_owned(), ..Digest::to(&first) };
    assert_eq!(strongest.send(&simulator).await.status(), 200);

    let simulator = start(&variant(r#""extra_challenges": true"#)).await;
    let first = challenge(&simulator).await;
    assert!(challenges(&first)[0].contains(", algorithm=UNKNOWN-512, "));
    assert_eq!(Digest::to(&first).send(&simulator).await.status(), 200);
}
