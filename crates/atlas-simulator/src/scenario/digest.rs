//! How the digest challenge looks.

use serde::{Deserialize, Serialize};

/// How the service challenges for HTTP digest. The default is how Atlas does; everything else is
/// there to try clients on what the standards allow.
///
/// ```
/// use atlas_simulator::{DigestAlgorithm, Scenario};
///
/// let scenario = Scenario::from_json(
///     r#"{"digest": {"algorithm": "SHA-256-sess", "opaque": "seen", "next_nonce": true}}"#,
/// )?;
/// assert_eq!(scenario.digest.algorithm, DigestAlgorithm::Sha256Sess);
/// assert_eq!(scenario.digest.nonce_lifetime_seconds, 60);
/// # Ok::<(), atlas_simulator::ScenarioError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for itself")]
pub struct DigestOptions {
    /// The algorithm. Answers by another one are refused; one that names none means MD5.
    pub algorithm: DigestAlgorithm,
    /// Whether `qop="auth"` is offered and demanded. Without it the digest is that of RFC 2069,
    /// which counts nothing.
    pub qop: bool,
    /// A text that the client has to send back.
    pub opaque: Option<String>,
    /// Whether the client may send its user name hashed.
    pub userhash: bool,
    /// Whether each answer to a right digest offers a nonce for the next request.
    pub next_nonce: bool,
    /// Whether each answer to a right digest proves that the server knows the password too.
    pub rspauth: ResponseProof,
    /// How long a nonce may be used, in seconds of the clients' time. With 0 none ever may, and
    /// every right digest is told that it is stale.
    pub nonce_lifetime_seconds: u64,
    /// Whether a first header offers Basic and another digest, before the second offers the one
    /// that is accepted. That other digest is of an algorithm that no client knows or, beside one
    /// of the SHA-256 family, of MD5; neither it nor Basic is accepted.
    pub extra_challenges: bool,
}

impl Default for DigestOptions {
    fn default() -> Self {
        Self {
            algorithm: DigestAlgorithm::Md5,
            qop: true,
            opaque: None,
            userhash: false,
            next_nonce: false,
            rspauth: ResponseProof::None,
            nonce_lifetime_seconds: 60,
            extra_challenges: false,
        }
    }
}

/// The algorithm of a digest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DigestAlgorithm {
    /// `MD5`, the only one that Atlas uses.
    #[default]
    #[serde(rename = "MD5")]
    Md5,
    /// `MD5-sess`.
    #[serde(rename = "MD5-sess")]
    Md5Sess,
    /// `SHA-256`.
    #[serde(rename = "SHA-256")]
    Sha256,
    /// `SHA-256-sess`.
    #[serde(rename = "SHA-256-sess")]
    Sha256Sess,
}

impl DigestAlgorithm {
    /// Its name in the headers and in the scenario's JSON form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Md5Sess => "MD5-sess",
            Self::Sha256 => "SHA-256",
            Self::Sha256Sess => "SHA-256-sess",
        }
    }
}

/// What the `rspauth` of an answer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseProof {
    /// There is none, as on Atlas.
    #[default]
    None,
    /// The right one.
    Right,
    /// One that a client has to refuse.
    Wrong,
}
