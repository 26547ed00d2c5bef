//! TLS 1.2 or later by rustls with ring, with the operating system's root certificates.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_platform_verifier::Verifier;

use crate::build_error::BuildError;

/// Trusts the root certificates of the operating system and these, in PEM.
pub(super) fn config(roots: &[Vec<u8>]) -> Result<ClientConfig, BuildError> {
    let mut certificates: Vec<CertificateDer<'static>> = Vec::new();
    for pem in roots {
        let before = certificates.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            certificates.push(certificate.map_err(|_| BuildError::RootCertificate)?);
        }
        if certificates.len() == before {
            return Err(BuildError::RootCertificate);
        }
    }
    let verifier = if certificates.is_empty() {
        Verifier::new(provider())
    } else {
        Verifier::new_with_extra_roots(certificates, provider())
    };
    let verifier = Arc::new(verifier.map_err(tls_error)?);
    Ok(builder()?.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// Trusts no certificate, for a base URL without TLS. Loads no root certificates, which takes long.
pub(super) fn unused_config() -> Result<ClientConfig, BuildError> {
    let builder = builder()?.with_root_certificates(RootCertStore::empty());
    let mut config = builder.with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, BuildError> {
    ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(tls_error)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn tls_error(error: rustls::Error) -> BuildError {
    BuildError::Tls(error.into())
}
