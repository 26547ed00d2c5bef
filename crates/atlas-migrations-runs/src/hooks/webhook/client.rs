//! The HTTP client of webhooks: TLS by rustls with ring and the operating system's certificates, no redirects, no retries.

use std::{sync::Arc, time::Duration};

use reqwest::redirect::Policy;
use rustls::{ClientConfig, crypto::ring};
use rustls_platform_verifier::Verifier;

/// Creates a client. Without TLS it loads no certificates.
pub(super) fn client(
    tls: bool,
    loopback: bool,
    limit: Duration,
) -> Result<reqwest::Client, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(config(tls).map_err(|error| text(&error))?)
        .timeout(limit)
        // A redirect would send the event to another place.
        .redirect(Policy::none())
        // The delivery retries, and counts.
        .retry(reqwest::retry::never().max_retries_per_request(0))
        .user_agent(concat!("atlas-migrations/", env!("CARGO_PKG_VERSION")));
    if loopback {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| text(&error))
}

fn config(tls: bool) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    Ok(if tls {
        let verifier = Arc::new(Verifier::new(provider)?);
        builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
    } else {
        builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth()
    })
}
