//! Redirects, malformed HTTP, timeouts and TLS.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use atlas_migrations::{BuildError, Client, ClientBuilder, Error, RetryPolicy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

async fn call(client: ClientBuilder) -> Result<(), Error> {
    let client = client.bearer_token("token").retry(RetryPolicy::never()).build().unwrap();
    let (group, id) = ("0".repeat(24).parse().unwrap(), "0".repeat(24).parse().unwrap());
    client.live_migration(group, id).await.map(drop)
}

/// Sends this text in response to one request. Returns the URL.
fn serve_once(text: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let read = stream.read(&mut [0; 4096]).unwrap();
        // The client may close the connection early.
        let _ = stream.write_all(text.as_bytes());
        read
    });
    url
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_credential() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("http://{}/elsewhere", elsewhere.local_addr().unwrap());
    let url = serve_once(format!(
        "HTTP/1.1 307 Moved\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n"
    ));
    let error = call(Client::builder().base_url(url)).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 307);
    assert!(error.hint().unwrap().contains(&target), "{error}");
    elsewhere.set_nonblocking(true).unwrap();
    assert!(elsewhere.accept().is_err(), "no request is sent there");
}

#[tokio::test]
async fn endless_headers_are_not_read() {
    let header = format!("x: {}\r\n", "y".repeat(1000));
    let url = serve_once(format!("HTTP/1.1 200 OK\r\n{}\r\n", header.repeat(10_000)));
    let error = call(Client::builder().base_url(url)).await.unwrap_err();
    assert!(error.is_transport(), "{error}");
}

#[tokio::test]
async fn a_response_that_is_not_http_is_an_error() {
    for text in ["", "hello\r\n\r\n", "HTTP/1.1 twohundred\r\n\r\n", "\0\0\0\0"] {
        let error =
            call(Client::builder().base_url(serve_once(text.to_owned()))).await.unwrap_err();
        assert!(error.is_transport(), "{text:?}: {error}");
    }
}

#[tokio::test]
async fn a_stalled_service_times_out() {
    // A listener that never responds.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let builder = || Client::builder().base_url(&url);
    let short = Duration::from_millis(20);
    for (client, said) in [
        (builder().attempt_timeout(short), "took too long"),
        (builder().idle_timeout(short), "received nothing for too long"),
    ] {
        let error = call(client).await.unwrap_err();
        assert!(error.is_timeout() && error.is_transport(), "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
    // The deadline of the call also ends an attempt.
    let client = builder().bearer_token("token");
    let client = client.retry(RetryPolicy::default().deadline(short)).build().unwrap();
    let (group, id) = ("0".repeat(24).parse().unwrap(), "0".repeat(24).parse().unwrap());
    let error = client.live_migration(group, id).await.unwrap_err();
    assert!(error.to_string().contains("given up when its time ran out"), "{error}");
}

#[tokio::test]
async fn only_a_trusted_certificate_is_accepted() {
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let pem = signed.cert.pem();
    let key = PrivateKeyDer::try_from(signed.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![signed.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // A client that does not trust this service closes the connection.
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.read(&mut [0; 4096]).await;
                let response = "HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n{\"status\":\"NEW\"}";
                let _ = stream.write_all(response.as_bytes()).await;
            }
        }
    });
    let error = call(Client::builder().base_url(&url)).await.unwrap_err();
    assert!(error.is_connect(), "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
    let hint = error.hint().unwrap();
    assert!(hint.contains("SSL_CERT_FILE") && !hint.contains("proxy"), "{hint}");
    call(Client::builder().base_url(&url).root_certificates(pem)).await.unwrap();

    for pem in ["", "hello", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
        let built = Client::builder().bearer_token("token").root_certificates(pem).build();
        assert!(matches!(built, Err(BuildError::RootCertificate)), "{pem}");
    }
}
