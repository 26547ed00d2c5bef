//! Query parameters and percent-encoding.

/// Returns the decoded value of the first parameter with that name. A parameter without `=` has an
/// empty value.
pub(crate) fn query_parameter(query: Option<&str>, name: &str) -> Option<String> {
    let mut parameters = form_urlencoded::parse(query?.as_bytes());
    parameters.find_map(|(known, value)| (known == name).then(|| value.into_owned()))
}

/// Decodes percent-encoding. Invalid escapes stay.
pub(crate) fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Replaces the values of unknown parameters, and unknown parameters without a value, by `…`: they may
/// be secrets.
pub(crate) fn redact(query: &str, known: &[&str]) -> String {
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        _ if pair.is_empty() => String::new(),
        Some((name, _)) if !known.contains(&&*decode(name)) => {
            format!("{}=…", encode_controls(name))
        }
        None if !known.contains(&&*decode(pair)) => "…".to_owned(),
        _ => encode_controls(pair),
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Percent-encodes everything but visible ASCII, to show a part of a request's target safely.
pub(crate) fn encode_controls(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::CONTROLS).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_parameter_with_a_name_counts() {
        let query = Some("a=1&pretty=true&%70retty=false&flag&=x");
        assert_eq!(query_parameter(query, "pretty").as_deref(), Some("true"));
        assert_eq!(query_parameter(query, "flag").as_deref(), Some(""));
        assert_eq!(query_parameter(query, "prett"), None);
        assert_eq!(query_parameter(None, "pretty"), None);
        assert_eq!(query_parameter(Some("e=%74rue"), "e").as_deref(), Some("true"));
    }

    #[test]
    fn invalid_escapes_stay() {
        assert_eq!(decode("%41%4a%4A"), "AJJ");
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%4"), "%4");
        assert_eq!(decode("%zz%2"), "%zz%2");
        assert_eq!(decode("%c3%a9"), "é");
    }

    #[test]
    fn only_the_values_of_known_parameters_are_shown() {
        for (query, expected) in [
            ("pretty=true&envelope=no", "pretty=true&envelope=no"),
            ("%70retty=true&pretty", "%70retty=true&pretty"),
            ("token=hush&pretty=true&token=hush=hush", "token=…&pretty=true&token=…"),
            ("hush", "…"),
            ("hush&&=hush&", "…&&=…&"),
            ("PRETTY=hush", "PRETTY=…"),
            ("\u{202e}=hush&pretty=\u{1b}[2J", "%E2%80%AE=…&pretty=%1B[2J"),
            ("", ""),
        ] {
            assert_eq!(redact(query, &["envelope", "pretty"]), expected);
        }
        assert_eq!(redact("pretty=hush", &[]), "pretty=…");
    }
}
