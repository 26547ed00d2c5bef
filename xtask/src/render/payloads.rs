//! What the methods of a generated client take and return, as their signatures say it.

use std::collections::HashMap;

use quote::ToTokens as _;
use syn::{File, FnArg, GenericArgument, ImplItem, Item, Pat, PathArguments, ReturnType, Type};

use crate::normalise::{Normalised, versions};

/// A method of the generated client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// The operation's id.
    pub of: String,
    pub name: String,
    /// Name and type of each argument.
    pub arguments: Vec<(String, String)>,
}

/// JSON that travels with an operation, and the type that it is read into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The operation's id.
    pub of: String,
    /// `request`, `response`, or `error` with the status behind it.
    pub direction: String,
    /// The type, as one writes it beside `types`.
    pub rust: String,
}

/// The methods of a generated client in the order of the operations, and all JSON that these send and
/// receive.
pub fn methods(file: &File, normalised: &Normalised) -> (Vec<Method>, Vec<Payload>) {
    let mut functions = HashMap::new();
    for item in &file.items {
        let Item::Impl(block) = item else { continue };
        for item in &block.items {
            if let ImplItem::Fn(function) = item {
                functions.insert(function.sig.ident.to_string(), &function.sig);
            }
        }
    }
    let mut methods = Vec::new();
    let mut payloads = Vec::new();
    for operation in &normalised.operations {
        let Some(signature) = functions.get(&operation.name) else { continue };
        let arguments: Vec<(String, &Type)> =
            signature.inputs.iter().filter_map(argument).collect();
        let mut payload = |direction: String, rust: String| {
            payloads.push(Payload { of: operation.id.clone(), direction, rust });
        };
        let body = arguments.iter().find(|(name, _)| name == "body");
        // Bytes, text and forms are no JSON.
        let is_json = operation.content_type.as_deref().is_some_and(versions::is_json);
        if let Some(body) = body.map(|(_, kind)| written(kind).replace('&', ""))
            && is_json
        {
            // Sent as a `str`, and read as what owns one.
            let owned = match body.as_str() {
                "str" => "::std::string::String".to_owned(),
                "Option<str>" => "Option<::std::string::String>".to_owned(),
                _ => body,
            };
            payload("request".to_owned(), owned);
        }
        if let Some(answer) = answer(&signature.output) {
            payload("response".to_owned(), written(answer));
        }
        for (status, component) in &operation.errors {
            payload(format!("error {status}"), format!("types::{component}"));
        }
        let arguments = arguments.into_iter().map(|(name, kind)| (name, written(kind)));
        methods.push(Method {
            of: operation.id.clone(),
            name: operation.name.clone(),
            arguments: arguments.collect(),
        });
    }
    (methods, payloads)
}

fn argument(argument: &FnArg) -> Option<(String, &Type)> {
    let FnArg::Typed(argument) = argument else { return None };
    let Pat::Ident(name) = argument.pat.as_ref() else { return None };
    Some((name.ident.to_string(), &argument.ty))
}

/// The `T` of `Result<ResponseValue<T>, …>`, where that is read from JSON.
fn answer(output: &ReturnType) -> Option<&Type> {
    let ReturnType::Type(_, output) = output else { return None };
    let answer = first_argument(first_argument(output)?)?;
    let is_read = match answer {
        Type::Tuple(nothing) => !nothing.elems.is_empty(),
        Type::Path(path) => path.path.segments.last().is_some_and(|s| s.ident != "ByteStream"),
        _ => true,
    };
    is_read.then_some(answer)
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

/// A type as one writes it outside of the crate, without lifetimes.
fn written(kind: &Type) -> String {
    let text = kind.to_token_stream().to_string();
    let text = text
        .replace("& 'a ", "&")
        .replace("crate :: types", "types")
        .replace(" :: ", "::")
        .replace(":: ", "::");
    text.replace(" < ", "<").replace(" >", ">").replace("< ", "<").replace(" ,", ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(answer_type: &str) -> Option<String> {
        let text = format!("fn f() -> Result<ResponseValue<{answer_type}>, Error<()>> {{}}");
        let function: syn::ItemFn = syn::parse_str(&text).unwrap();
        answer(&function.sig.output).map(written)
    }

    #[test]
    fn what_is_read_from_json_is_a_payload() {
        assert_eq!(of("types::Group").as_deref(), Some("types::Group"));
        assert_eq!(
            of("::std::vec::Vec<types::Group>").as_deref(),
            Some("::std::vec::Vec<types::Group>"),
        );
        assert_eq!(of("crate::types::Status").as_deref(), Some("types::Status"));
        assert_eq!(of("()"), None);
        assert_eq!(of("ByteStream"), None);
    }
}
