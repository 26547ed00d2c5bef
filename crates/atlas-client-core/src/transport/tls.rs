//! TLS by rustls with ring, not below version 1.2, and the operating system's root certificates.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_platform_verifier::Verifier;

use super::BuildError;

/// For a base URL with `https`: trusts whom the operating system trusts, and these certificates in PEM.
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
    let verifier = Arc::new(verifier.map_err(failed)?);
    Ok(builder()?.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// For a base URL without TLS: trusts nobody, and so need not load the root certificates.
pub(super) fn unused_config() -> Result<ClientConfig, BuildError> {
    let builder = builder()?.with_root_certificates(RootCertStore::empty());
    let mut config = builder.with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, BuildError> {
    ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(failed)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn failed(error: rustls::Error) -> BuildError {
    BuildError::Tls(error.into())
}
