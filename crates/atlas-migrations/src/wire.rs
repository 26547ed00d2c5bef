//! [`json_of_wire!`]: the JSON of a type of this crate is that of the service.

/// Implements `Serialize`, `Deserialize` and `JsonSchema` for a type by means of the generated type with the same
/// JSON. The type has `unknown_fields`, and a function `to_wire` for all its other fields; `$from_wire` is a function from the generated type to a `Result`.
macro_rules! json_of_wire {
    ($name:ident as $wire:ident, $from_wire:expr) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                /// Borrows the unknown fields, which may be many.
                #[derive(serde::Serialize)]
                struct Json<'a> {
                    #[serde(flatten)]
                    known: $wire,
                    #[serde(flatten)]
                    unknown: &'a serde_json::Map<String, serde_json::Value>,
                }

                let json = Json { known: self.to_wire(), unknown: &self.unknown_fields };
                json.serialize(serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $wire::deserialize(deserializer)
                    .and_then(|wire| ($from_wire)(wire).map_err(serde::de::Error::custom::<&str>))
            }
        }

        #[cfg(feature = "schemars")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                <$wire as schemars::JsonSchema>::json_schema(generator)
            }
        }
    };
}

pub(crate) use json_of_wire;
