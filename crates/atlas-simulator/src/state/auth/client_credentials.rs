//! The id and the secret that an OAuth client sends.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::HeaderMap;

use super::credential::credential;
use crate::http::{Form, decode_form};

/// Base64 with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The possible readings of the sent id and secret.
pub(crate) struct ClientCredentials(Vec<(String, String)>);

impl ClientCredentials {
    /// Reads the `Authorization` header, or else the form. Returns `None` if neither has credentials,
    /// and a message if both have.
    ///
    /// In RFC 6749 the id and the secret are form-encoded before they are joined, which many clients
    /// do not do: both readings are accepted.
    pub(crate) fn find(headers: &HeaderMap, form: &Form) -> Result<Option<Self>, &'static str> {
        let Some((scheme, credential)) = credential(headers) else {
            let in_form = form.get("client_id").zip(form.get("client_secret"));
            let owned = |(id, secret): (&str, &str)| (id.to_owned(), secret.to_owned());
            return Ok(in_form.map(|found| Self(vec![owned(found)])));
        };
        if form.get("client_secret").is_some() {
            return Err("The client is named in the header and in the form.");
        }
        if !scheme.eq_ignore_ascii_case(b"Basic") {
            return Ok(None);
        }
        let decoded = BASE64.decode(credential.trim_ascii()).ok();
        let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
        let Some((id, secret)) = text.as_deref().and_then(|text| text.split_once(':')) else {
            return Ok(None);
        };
        Ok(Some(Self(vec![
            (decode_form(id), decode_form(secret)),
            (id.to_owned(), secret.to_owned()),
        ])))
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(id, _)| id.as_str())
    }

    pub(super) fn contains(&self, id: &str, secret: &str) -> bool {
        self.0.iter().any(|(sent_id, sent_secret)| sent_id == id && sent_secret == secret)
    }
}

#[cfg(test)]
mod tests {
    use http::header::{AUTHORIZATION, CONTENT_TYPE};

    use super::*;

    fn accepts(authorization: &str, id: &str, secret: &str) -> bool {
        let headers = [(AUTHORIZATION, authorization.parse().unwrap())].into_iter().collect();
        let form = "application/x-www-form-urlencoded".parse().unwrap();
        let form = [(CONTENT_TYPE, form)].into_iter().collect();
        let form = Form::parse(&form, b"").unwrap();
        let credentials = ClientCredentials::find(&headers, &form).unwrap();
        credentials.is_some_and(|credentials| credentials.contains(id, secret))
    }

    fn basic(text: &str) -> String {
        format!("Basic {}", BASE64.encode(text))
    }

    #[test]
    fn id_and_secret_may_be_encoded_or_not() {
        let plain = |authorization: &str| accepts(authorization, "plain", "secret");
        assert!(plain(&basic("plain:secret")) && plain("basic cGxhaW46c2VjcmV0"));
        assert!(plain(&basic("%70lain:%73ecret")));
        assert!(accepts(&basic("raw:a+b:%41"), "raw", "a+b:%41"));
        assert!(accepts(&basic("raw:a%2Bb%3A%2541"), "raw", "a+b:%41"));
        let encoded = "%C3%A9%3A%2B+%2541:a%3Ab%26c%252F%2B";
        assert!(accepts(&basic(encoded), "é:+ %41", "a:b&c%2F+"));
        for wrong in ["plain:Secret", "plain:", "plain", ":secret", "other:secret", ""] {
            assert!(!plain(&basic(wrong)), "{wrong}");
        }
        for wrong in ["Basic !", "Basic", "Bearer cGxhaW46c2VjcmV0"] {
            assert!(!plain(wrong), "{wrong}");
        }
    }
}
