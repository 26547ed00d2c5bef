//! [`open_enum!`](crate::open_enum): enums that keep unknown values.

use std::fmt;

/// A value that an open enum does not list, as the service sent it.
///
/// Only parsing creates it, and only for values that are not listed, so an `Unknown` never equals a listed value. Match on
/// [`as_str`](Self::as_str), because a later release may list the value as a variant.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnknownValue(Box<str>);

impl UnknownValue {
    /// Returns the value as the service sent it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[doc(hidden)]
    pub fn __new(value: &str) -> Self {
        Self(value.into())
    }
}

impl fmt::Debug for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Declares an enum of strings that also keeps unknown strings.
///
/// The enum has one variant for each listed value, and `Unknown` for any other. It is `#[non_exhaustive]`, and every value
/// survives decoding and encoding unchanged.
///
/// If the declaring crate enables a feature `schemars`, the enum implements `JsonSchema`. That feature must enable
/// `atlas-client-core/schemars`.
///
/// ```
/// atlas_client_core::open_enum! {
///     /// The state of a lamp.
///     pub enum Lamp {
///         /// The lamp is on.
///         On = "ON",
///         /// The lamp is off.
///         Off = "OFF",
///     }
/// }
///
/// assert_eq!(Lamp::from("ON"), Lamp::On);
/// assert_eq!(Lamp::from("DIMMED").as_str(), "DIMMED");
/// assert!(matches!(Lamp::from("DIMMED"), Lamp::Unknown(_)));
/// assert_eq!(serde_json::to_string(&Lamp::from("DIMMED"))?, r#""DIMMED""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! open_enum {
    (
        $(#[$enum_meta:meta])*
        $vis:vis enum $name:ident {
            $( $(#[$meta:meta])* $variant:ident = $value:literal ),+ $(,)?
        }
    ) => {
        $(#[$enum_meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        $vis enum $name {
            $( $(#[$meta])* $variant, )+
            /// A value that is not listed here, as the service sent it.
            Unknown($crate::UnknownValue),
        }

        impl $name {
            /// The listed values, as the service spells them.
            pub const KNOWN_VALUES: &'static [&'static str] = &[$( $value ),+];

            /// Returns the value as the service spells it.
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $value, )+
                    Self::Unknown(value) => value.as_str(),
                }
            }

            /// Returns whether this value is listed.
            pub fn is_known(&self) -> bool {
                !::core::matches!(self, Self::Unknown(_))
            }
        }

        impl ::core::convert::From<&str> for $name {
            fn from(value: &str) -> Self {
                match value {
                    $( $value => Self::$variant, )+
                    _ => Self::Unknown($crate::UnknownValue::__new(value)),
                }
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = ::core::convert::Infallible;

            // Not `Self::Err`, which could be a variant.
            fn from_str(
                value: &str,
            ) -> ::core::result::Result<Self, ::core::convert::Infallible> {
                ::core::result::Result::Ok(Self::from(value))
            }
        }

        impl ::core::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::__private::deserialize_text(deserializer, |text| Self::from(text))
            }
        }

        // The feature of the crate that uses the macro.
        #[cfg(feature = "schemars")]
        impl $crate::__private::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                ::core::stringify!($name).into()
            }

            fn json_schema(
                _: &mut $crate::__private::schemars::SchemaGenerator,
            ) -> $crate::__private::schemars::Schema {
                $crate::__private::json_schema::open_enum(Self::KNOWN_VALUES)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    crate::open_enum! {
        /// An enum for tests.
        pub enum Fruit {
            /// A variant.
            Apple = "APPLE",
            /// A variant with a space in its value.
            PearTree = "pear tree",
            /// A variant with the name of the error type of `FromStr`.
            Err = "err",
        }
    }

    #[test]
    fn text_and_json_agree_on_known_and_unknown_values() {
        for (text, value) in [
            ("APPLE", Fruit::Apple),
            ("pear tree", Fruit::PearTree),
            ("apple", Fruit::from("apple")),
            ("", Fruit::from("")),
        ] {
            let json = serde_json::to_string(text).unwrap();
            assert_eq!(text.parse(), Ok(value.clone()));
            assert_eq!(serde_json::from_str::<Fruit>(&json).unwrap(), value);
            assert_eq!(serde_json::to_string(&value).unwrap(), json);
            assert_eq!(value.to_string(), text);
        }
        assert!(!Fruit::from("apple").is_known());
        assert_eq!(Fruit::KNOWN_VALUES, ["APPLE", "pear tree", "err"]);
        assert_eq!(format!("{:?}", Fruit::from("x")), r#"Unknown("x")"#);
    }

    #[test]
    fn a_value_of_another_type_is_an_error() {
        for json in ["1", "null", "[\"APPLE\"]", "{}"] {
            assert!(serde_json::from_str::<Fruit>(json).is_err(), "{json}");
        }
    }
}
