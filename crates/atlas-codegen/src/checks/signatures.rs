//! The methods of a client, as its source says them.

use quote::ToTokens as _;
use syn::{FnArg, GenericArgument, GenericParam, Pat, PathArguments, ReturnType, Type};

use crate::emit::signatures;
use crate::normalize::{Operation, snake};

/// A method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    pub name: String,
    pub arguments: Vec<Argument>,
    pub returns: Returns,
}

/// An argument of a method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// What the oracle calls it: its place and its name in the document, or `body`.
    pub of: String,
    pub is_optional: bool,
    pub passed: Passed,
    /// The type to be owned by who calls.
    pub rust: String,
}

/// How an argument is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    ByValue,
    ByReference,
    /// A reference to what the owned type dereferences to.
    Dereferenced,
    /// Bytes, of a type that the caller chooses.
    AsBytes,
}

/// What a method returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Returns {
    Nothing,
    Stream,
    Value(String),
}

/// The methods of the client of these operations, in their order.
pub fn methods(client: &str, operations: &[Operation]) -> Result<Vec<Method>, syn::Error> {
    let file: syn::File = syn::parse_str(client)?;
    let functions = signatures(&file);
    let methods = operations.iter().filter_map(|operation| {
        let signature = functions.get(&operation.name)?;
        let generics: Vec<String> = signature
            .generics
            .params
            .iter()
            .filter_map(|parameter| match parameter {
                GenericParam::Type(kind) => Some(kind.ident.to_string()),
                _ => None,
            })
            .collect();
        let parameters = operation.parameters.iter();
        let mut open: Vec<Open> = parameters
            .map(|parameter| Open {
                of: format!("{} {}", parameter.location, parameter.name),
                name: parameter.placeholder.as_ref().unwrap_or(&parameter.name).clone(),
            })
            .collect();
        let arguments = signature.inputs.iter().filter_map(argument);
        let arguments = arguments.map(|(name, kind)| {
            let of = document_name(&name, &mut open);
            owned(of.unwrap_or_else(|| format!("unknown {name}")), kind, &generics)
        });
        Some(Method {
            name: operation.name.clone(),
            arguments: arguments.collect(),
            returns: returns(&signature.output),
        })
    });
    Ok(methods.collect())
}

fn argument(argument: &FnArg) -> Option<(String, &Type)> {
    let FnArg::Typed(argument) = argument else { return None };
    let Pat::Ident(name) = argument.pat.as_ref() else { return None };
    Some((name.ident.to_string(), &argument.ty))
}

/// A parameter whose argument is to be found.
struct Open {
    /// What the oracle calls it.
    of: String,
    /// The name that its argument has, in some case.
    name: String,
}

/// The parameter that an argument is for, which is taken from those that are open.
fn document_name(argument: &str, open: &mut Vec<Open>) -> Option<String> {
    let letters = |text: &str| -> String {
        let text = text.trim_start_matches("r#").to_lowercase();
        text.chars().filter(|character| character.is_alphanumeric()).collect()
    };
    let wanted = letters(argument);
    let is_it =
        |open: &Open| letters(&open.name) == wanted || letters(&snake(&open.name)) == wanted;
    if let Some(index) = open.iter().position(is_it) {
        return Some(open.remove(index).of);
    }
    (argument == "body").then(|| "body".to_owned())
}

fn owned(of: String, kind: &Type, generics: &[String]) -> Argument {
    let (is_optional, kind) = match (ends_with(kind, "Option"), first_argument(kind)) {
        (true, Some(inner)) => (true, inner),
        _ => (false, kind),
    };
    let (passed, rust) = match kind {
        Type::Reference(reference) => match reference.elem.as_ref() {
            Type::Path(path) if path.path.is_ident("str") => {
                (Passed::Dereferenced, "::std::string::String".to_owned())
            }
            Type::Slice(slice) => {
                (Passed::Dereferenced, format!("::std::vec::Vec<{}>", written(&slice.elem)))
            }
            inner => (Passed::ByReference, written(inner)),
        },
        kind if generics.contains(&written(kind)) => {
            (Passed::AsBytes, "::std::vec::Vec<u8>".to_owned())
        }
        kind => (Passed::ByValue, written(kind)),
    };
    Argument { of, is_optional, passed, rust }
}

/// Of `Result<Response<T>, …>` what `T` is.
fn returns(output: &ReturnType) -> Returns {
    let ReturnType::Type(_, output) = output else { return Returns::Nothing };
    match first_argument(output).and_then(first_argument) {
        None => Returns::Nothing,
        Some(Type::Tuple(nothing)) if nothing.elems.is_empty() => Returns::Nothing,
        Some(response) if ends_with(response, "ByteStream") => Returns::Stream,
        Some(response) => Returns::Value(written(response)),
    }
}

fn ends_with(kind: &Type, name: &str) -> bool {
    let Type::Path(path) = kind else { return false };
    path.path.segments.last().is_some_and(|segment| segment.ident == name)
}

fn first_argument(kind: &Type) -> Option<&Type> {
    let Type::Path(path) = kind else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(kind) => Some(kind),
        _ => None,
    })
}

/// A type as one writes it outside of the crate, where its types are in `types`.
fn written(kind: &Type) -> String {
    let text = kind.to_token_stream().to_string().replace("& 'a ", "&");
    text.replace("crate :: types", "types").replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_found_by_its_name_and_passed_as_its_type_wants_it() {
        let mut open: Vec<Open> = [
            ("path groupId", "groupId"),
            ("query ids[]", "ids[]"),
            ("query type", "type"),
            ("header ids", "ids2"),
        ]
        .map(|(of, name)| Open { of: of.to_owned(), name: name.to_owned() })
        .into();
        let signature: syn::Signature = syn::parse_str(
            "fn f<'a, B: Into<Body>>(&'a self, group_id: &'a ::core::ObjectId, type_: i64, \
             ids: Option<&'a ::std::vec::Vec<crate::types::T>>, ids2: Option<&'a str>, body: B)",
        )
        .unwrap();
        let arguments: Vec<Argument> = signature
            .inputs
            .iter()
            .filter_map(argument)
            .map(|(name, kind)| {
                let of = document_name(&name, &mut open).unwrap();
                owned(of, kind, &["B".to_owned()])
            })
            .collect();
        let told: Vec<(&str, bool, Passed, &str)> = arguments
            .iter()
            .map(|a| (a.of.as_str(), a.is_optional, a.passed, a.rust.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("path groupId", false, Passed::ByReference, "::core::ObjectId"),
                ("query type", false, Passed::ByValue, "i64"),
                ("query ids[]", true, Passed::ByReference, "::std::vec::Vec<types::T>"),
                ("header ids", true, Passed::Dereferenced, "::std::string::String"),
                ("body", false, Passed::AsBytes, "::std::vec::Vec<u8>"),
            ],
        );
    }

    #[test]
    fn what_is_returned_is_the_value_in_the_response() {
        let of = |response: &str| {
            let text = format!("fn f() -> Result<ResponseValue<{response}>, Error<()>> {{}}");
            returns(&syn::parse_str::<syn::ItemFn>(&text).unwrap().sig.output)
        };
        assert_eq!(of("types::Group"), Returns::Value("types::Group".to_owned()));
        assert_eq!(of("crate::types::Status"), Returns::Value("types::Status".to_owned()));
        assert_eq!(
            of("::std::vec::Vec<types::Group>"),
            Returns::Value("::std::vec::Vec<types::Group>".to_owned()),
        );
        assert_eq!(of("()"), Returns::Nothing);
        assert_eq!(of("ByteStream"), Returns::Stream);
    }
}
