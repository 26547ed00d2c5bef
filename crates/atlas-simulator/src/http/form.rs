//! Forms: `application/x-www-form-urlencoded`.

use std::fmt;

use http::HeaderMap;

use super::query::decode;
use super::request::media_type;

/// How many parameters a form may have. The endpoints know six.
const MAX_PARAMETERS: usize = 16;

/// The parameters of a form, each with a unique name. The `Debug` form shows no values.
#[derive(PartialEq, Eq)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Parses a body, or returns a message that says why it is not such a form.
    pub(crate) fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Self, &'static str> {
        if !media_type(headers).eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err("The content type is not application/x-www-form-urlencoded.");
        }
        let text = str::from_utf8(body).map_err(|_| "The form is not UTF-8.")?;
        let mut parameters: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            // The limit also bounds the search for duplicates.
            if parameters.len() == MAX_PARAMETERS {
                return Err("The form has more than 16 parameters.");
            }
            if parameters.iter().any(|(known, _)| *known == name) {
                return Err("A parameter appears twice.");
            }
            parameters.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(parameters))
    }

    /// Returns the value of a parameter. An empty value counts as missing, as in RFC 6749.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Decodes a name or a value of a form.
pub(crate) fn decode_form(text: &str) -> String {
    decode(&text.replace('+', " "))
}

#[cfg(test)]
mod tests {
    use http::header::CONTENT_TYPE;

    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded";

    fn parse(content_type: &str, body: &[u8]) -> Result<Form, &'static str> {
        let headers = [(CONTENT_TYPE, content_type.parse().unwrap())].into_iter().collect();
        Form::parse(&headers, body)
    }

    #[test]
    fn names_and_values_are_decoded() {
        let form = parse(FORM, b"grant_type=a+b%2B%26&cl%69ent_id=%C3%A9&scope=&flag").unwrap();
        assert_eq!(form.get("grant_type"), Some("a b+&"));
        assert_eq!(form.get("client_id"), Some("é"));
        assert_eq!(form.get("scope"), None);
        assert_eq!(form.get("flag"), None);
        assert!(parse("Application/X-WWW-form-urlencoded; charset=UTF-8", b"").is_ok());
    }

    #[test]
    fn invalid_forms_are_refused() {
        assert_eq!(parse(FORM, b"a=1&b=2&%61=3"), Err("A parameter appears twice."));
        assert_eq!(parse(FORM, b"a=\xff"), Err("The form is not UTF-8."));
        assert!(parse("application/json", b"a=1").is_err());
        assert!(Form::parse(&HeaderMap::new(), b"a=1").is_err());
    }

    #[test]
    fn more_than_sixteen_parameters_are_refused_without_reading_the_rest() {
        let form = |count: usize| {
            let pairs = (0..count).map(|number| format!("p{number}=1"));
            pairs.collect::<Vec<_>>().join("&&").into_bytes()
        };
        assert_eq!(parse(FORM, &form(16)).map(|form| form.0.len()), Ok(16));
        for count in [17, 100_000] {
            assert_eq!(parse(FORM, &form(count)), Err("The form has more than 16 parameters."));
        }
    }

    #[test]
    fn debug_output_shows_no_value() {
        let form = parse(FORM, b"client_secret=hush").unwrap();
        assert_eq!(format!("{form:?}"), r#"["client_secret"]"#);
    }
}
