//! The options of HTTP digest.

use serde::{Deserialize, Serialize};

/// How the service uses HTTP digest. The default is what Atlas does. The other options test clients
/// against what the standards allow.
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
#[expect(clippy::struct_excessive_bools, reason = "the options are independent of each other")]
pub struct DigestOptions {
    /// The only accepted algorithm. A digest that names none means MD5.
    pub algorithm: DigestAlgorithm,
    /// Whether `qop="auth"` is offered and required. Without it the digest is that of RFC 2069,
    /// which has no nonce count.
    pub qop: bool,
    /// A text that the client has to send back.
    pub opaque: Option<String>,
    /// Whether the client may send its user name hashed.
    pub userhash: bool,
    /// Whether each response to a valid digest offers a nonce for the next request.
    pub next_nonce: bool,
    /// The `rspauth` in the response to a valid digest.
    pub rspauth: Rspauth,
    /// How long a nonce is valid, in seconds of the client's time. With 0 every nonce is stale.
    pub nonce_lifetime_seconds: u64,
    /// Whether another challenge header precedes the accepted one. It offers Basic and a digest with
    /// an unknown algorithm, or with MD5 if the accepted algorithm is of the SHA-256 family. The
    /// simulator accepts neither.
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
            rspauth: Rspauth::None,
            nonce_lifetime_seconds: 60,
            extra_challenges: false,
        }
    }
}

/// The algorithm of a digest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
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
    /// Returns the name used in headers and in the scenario's JSON form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Md5Sess => "MD5-sess",
            Self::Sha256 => "SHA-256",
            Self::Sha256Sess => "SHA-256-sess",
        }
    }

    /// Returns whether the digest also covers a session key from the nonce and the cnonce.
    pub(crate) const fn is_session(self) -> bool {
        matches!(self, Self::Md5Sess | Self::Sha256Sess)
    }
}

/// The `rspauth` of a response, which proves that the server knows the password too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rspauth {
    /// No `rspauth`, as on Atlas.
    #[default]
    None,
    /// The right value.
    Right,
    /// A value that clients have to reject.
    Wrong,
}
