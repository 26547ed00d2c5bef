//! Decoding strings.

use std::fmt;

/// Decodes a string, without an allocation if the decoder can lend it.
///
/// # Errors
///
/// It is not a string.
pub fn deserialize_text<'de, T, D: serde::Deserializer<'de>>(
    deserializer: D,
    read: impl FnOnce(&str) -> T,
) -> Result<T, D::Error> {
    struct Visitor<F>(F);

    impl<T, F: FnOnce(&str) -> T> serde::de::Visitor<'_> for Visitor<F> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E>(self, text: &str) -> Result<T, E> {
            Ok((self.0)(text))
        }
    }

    deserializer.deserialize_str(Visitor(read))
}
