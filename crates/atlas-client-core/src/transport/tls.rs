//! TLS by rustls with ring, and the operating system's root certificates.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;

/// For a base URL with `https`.
pub(super) fn config() -> Result<ClientConfig, rustls::Error> {
    let config = builder()?.with_platform_verifier()?;
    Ok(config.with_no_client_auth())
}

/// For a base URL without TLS: trusts nobody, and so need not load the root certificates.
pub(super) fn unused_config() -> Result<ClientConfig, rustls::Error> {
    let config = builder()?.with_root_certificates(RootCertStore::empty());
    Ok(config.with_no_client_auth())
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, rustls::Error> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
}
