//! Query parameters and percent-encoding.

/// The decoded value of the first parameter of that name. A parameter without `=` has an empty one.
pub(crate) fn parameter(query: Option<&str>, wanted: &str) -> Option<String> {
    query?.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name) == wanted).then(|| decode(value))
    })
}

/// Undoes percent-encoding. What is no proper escape stays as it is.
pub(crate) fn decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        if let (b'%', Some(escaped)) = (byte, escape(tail)) {
            decoded.push(escaped);
            rest = &tail[2..];
        } else {
            decoded.push(byte);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn escape(digits: &[u8]) -> Option<u8> {
    let digit = |index: usize| char::from(*digits.get(index)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
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
