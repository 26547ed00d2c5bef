//! Query parameters and percent-encoding.

/// The decoded value of the first parameter of that name. A parameter without `=` has an empty one.
pub(crate) fn parameter(query: Option<&str>, wanted: &str) -> Option<String> {
    let mut parameters = form_urlencoded::parse(query?.as_bytes());
    parameters.find_map(|(name, value)| (name == wanted).then(|| value.into_owned()))
}

/// Undoes percent-encoding. What is no proper escape stays as it is.
pub(crate) fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_parameter_of_a_name_counts() {
        let query = Some("a=1&pretty=true&%70retty=false&flag&=x");
        assert_eq!(parameter(query, "pretty").as_deref(), Some("true"));
        assert_eq!(parameter(query, "flag").as_deref(), Some(""));
        assert_eq!(parameter(query, "prett"), None);
        assert_eq!(parameter(None, "pretty"), None);
        assert_eq!(parameter(Some("e=%74rue"), "e").as_deref(), Some("true"));
    }

    #[test]
    fn improper_escapes_stay() {
        assert_eq!(decode("%41%4a%4A"), "AJJ");
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%4"), "%4");
        assert_eq!(decode("%zz%2"), "%zz%2");
        assert_eq!(decode("%c3%a9"), "é");
    }
}
