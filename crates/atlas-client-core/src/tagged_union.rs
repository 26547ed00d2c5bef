//! [`tagged_union!`](crate::tagged_union): enums of object types that a tag property distinguishes.

/// Declares an enum of object types that a tag property distinguishes.
///
/// The type of each variant has the tag as a property. An object with another tag, or without a tag, is kept as `Unknown`.
///
/// The types must implement `PartialEq`, and also `JsonSchema` if the declaring crate enables a feature `schemars`. That
/// feature must enable `atlas-client-core/schemars`.
///
/// ```
/// #[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
/// # #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
/// pub struct Circle { kind: String, radius: i64 }
///
/// atlas_client_core::tagged_union! {
///     /// A shape.
///     pub enum Shape by "kind" {
///         Circle(Circle) = "circle",
///     }
/// }
///
/// let circle: Shape = serde_json::from_str(r#"{"kind":"circle","radius":3}"#)?;
/// assert!(matches!(circle, Shape::Circle(circle) if circle.radius == 3));
/// let other: Shape = serde_json::from_str(r#"{"kind":"square"}"#)?;
/// assert_eq!(serde_json::to_string(&other)?, r#"{"kind":"square"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! tagged_union {
    (
        $(#[$enum_meta:meta])*
        $vis:vis enum $name:ident by $tag:literal {
            $( $(#[$meta:meta])* $variant:ident($type:ty) = $($value:literal)|+ ),+ $(,)?
        }
    ) => {
        $(#[$enum_meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        $vis enum $name {
            $( $(#[$meta])* $variant(::std::boxed::Box<$type>), )+
            /// An object whose tag is not listed here, as the service sent it.
            Unknown($crate::__private::serde_json::Map<
                ::std::string::String,
                $crate::__private::serde_json::Value,
            >),
        }

        $(
            impl ::core::convert::From<$type> for $name {
                fn from(value: $type) -> Self {
                    Self::$variant(::std::boxed::Box::new(value))
                }
            }
        )+

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                match self {
                    $( Self::$variant(value) => value.serialize(serializer), )+
                    Self::Unknown(value) => value.serialize(serializer),
                }
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                use $crate::__private::serde::de::Error as _;
                let object = $crate::__private::serde_json::Map::<
                    ::std::string::String,
                    $crate::__private::serde_json::Value,
                >::deserialize(deserializer)?;
                let tag = object.get($tag).and_then($crate::__private::serde_json::Value::as_str);
                match tag {
                    $(
                        ::core::option::Option::Some($($value)|+) => {
                            $crate::__private::serde_json::from_value(object.into())
                                .map(Self::$variant)
                                .map_err(D::Error::custom)
                        }
                    )+
                    _ => ::core::result::Result::Ok(Self::Unknown(object)),
                }
            }
        }

        // The feature of the crate that uses the macro.
        #[cfg(feature = "schemars")]
        impl $crate::__private::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                ::core::stringify!($name).into()
            }

            fn json_schema(
                generator: &mut $crate::__private::schemars::SchemaGenerator,
            ) -> $crate::__private::schemars::Schema {
                $crate::__private::json_schema::tagged_union(generator, &[
                    $( |generator| generator.subschema_for::<$type>() ),+
                ])
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    #[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
    #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
    struct Cat {
        kind: String,
        lives: i64,
    }

    #[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
    #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
    struct Dog {
        kind: String,
    }

    crate::tagged_union! {
        /// A union for tests.
        enum Pet by "kind" {
            /// Has two tags.
            Cat(Cat) = "cat" | "kitten",
            /// Has one tag.
            Dog(Dog) = "dog",
        }
    }

    #[test]
    fn objects_with_any_tag_survive_a_round_trip() {
        for (value, known) in [
            (json!({"kind": "cat", "lives": 9}), true),
            (json!({"kind": "kitten", "lives": 9}), true),
            (json!({"kind": "dog"}), true),
            (json!({"kind": "cow", "milk": [1, 2]}), false),
            (json!({"kind": null}), false),
            (json!({}), false),
        ] {
            let pet: Pet = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(!matches!(pet, Pet::Unknown(_)), known, "{value}");
            assert_eq!(serde_json::to_value(&pet).unwrap(), value);
        }
    }

    #[test]
    fn a_known_tag_with_other_fields_is_an_error() {
        for value in [json!({"kind": "cat"}), json!([]), json!("cat"), json!(null)] {
            assert!(serde_json::from_value::<Pet>(value.clone()).is_err(), "{value}");
        }
    }
}
