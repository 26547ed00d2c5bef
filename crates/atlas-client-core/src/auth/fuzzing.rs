//! What the fuzz targets of the workspace call: the parsers of challenges and tokens.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http_auth::parser::ChallengeParser;

use super::challenge::Challenge;
use super::digest::{AuthenticationInfo, DigestResponse};
use super::{token, token_cache};

/// Reads the challenges of a response, and responds to one. No value that is echoed ends its quotes.
pub(crate) fn digest_challenge(headers: &HeaderMap) {
    let info = AuthenticationInfo::read(headers);
    let Ok(challenge) = Challenge::strongest(headers) else { return };
    let response = DigestResponse {
        challenge: &challenge,
        username: "notareal",
        password: "deadbeef-dead-4bad-8bad-deadbeefdead",
        method: "GET",
        uri: "/api/atlas/v2/groups?pretty=true",
        count: 1,
        cnonce: "c",
    };
    response.is_mutual(&info);
    if let Some(header) = response.header() {
        let header = String::from_utf8_lossy(header.as_bytes()).into_owned();
        assert_eq!(ChallengeParser::new(&header).count(), 1, "{header}");
    }
}

/// Reads the body of a response to a token request. No token is used for longer than the longest lifetime.
pub(crate) fn token_response(body: &[u8]) {
    if let Ok(token) = token::parse(body, Duration::ZERO) {
        assert!(token.renew_at <= token.expires_at);
        assert!(token.expires_at <= token::MAX_TOKEN_LIFETIME);
    }
}

/// Reads the content of a file of the token cache.
pub(crate) fn token_cache_file(content: &[u8], now: SystemTime) {
    let _ = token_cache::parse(content, now);
}
