//! The methods of the client, from the signatures that progenitor gives them and the operation table.

use std::collections::HashMap;

use heck::ToUpperCamelCase as _;
use quote::ToTokens as _;
use serde_json::Value;
use syn::{
    FnArg, GenericArgument, GenericParam, Ident, Pat, PathArguments, ReturnType, Signature, Type,
};

use super::source::place_of;
use crate::document::Problem;
use crate::normalize::{Normalized, Operation, Parameter, Scope, lowered_path, snake};

/// A method of the generated client.
pub struct Method {
    pub name: String,
    /// What must be given: the parameters in their order, and the body.
    pub arguments: Vec<Argument>,
    /// The optional parameters, if there are any.
    pub options: Option<Options>,
    pub returns: Returns,
}

/// The optional parameters of a method.
pub struct Options {
    /// The method that takes them.
    pub method: String,
    /// The struct that holds them.
    pub name: String,
    pub fields: Vec<Argument>,
}

/// An argument of a method, or a field of its options.
pub struct Argument {
    /// The parameter's place and name in the document, or `body`.
    pub of: String,
    pub name: String,
    /// Whether a body may be `null`.
    pub is_nullable: bool,
    pub passed: Passed,
    /// The type that the caller owns, with the document's own in `types`.
    pub owned: String,
}

/// How an argument is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    ByValue,
    ByReference,
    /// As a `&str` of a `String`.
    AsStr,
    /// As a slice of a `Vec`.
    AsSlice,
    /// Bytes, of a type that the caller chooses.
    AsBytes,
}

/// What a method returns.
pub enum Returns {
    Nothing,
    Stream,
    /// A type, with the document's own in `types`.
    Value(String),
}

/// The methods of the client, in the order of the operations.
///
/// # Errors
///
/// A signature does not fit its operation.
pub fn methods(
    normalized: &Normalized,
    signatures: &HashMap<String, Signature>,
) -> Result<Vec<Method>, Problem> {
    let names: Vec<&str> = normalized.operations.iter().map(|row| row.name.as_str()).collect();
    let mut names = Scope::with(&names);
    let mut structs = Scope::default();
    let mut methods = Vec::new();
    for operation in &normalized.operations {
        let signature = signatures.get(&operation.name);
        let method = signature
            .ok_or_else(|| "there is no method for it".to_owned())
            .and_then(|signature| method(normalized, operation, signature));
        let mut method = method.map_err(|message| {
            Problem::new(&place_of(operation), format!("left by the rules: {message}"))
        })?;
        if let Some(options) = &mut method.options {
            options.method = names.claim(&format!("{}_with", operation.name));
            let name = format!("{}_options", operation.name).to_upper_camel_case();
            options.name = structs.claim(&name);
        }
        methods.push(method);
    }
    if signatures.len() != methods.len() {
        let message = "left by the rules: there are methods without an operation";
        return Err(Problem::new(&crate::document::Pointer::default(), message));
    }
    Ok(methods)
}

/// The part of the normalized document that describes an operation.
pub fn folded<'n>(normalized: &'n Normalized, operation: &Operation) -> &'n Value {
    let path = lowered_path(&operation.path, &operation.parameters);
    &normalized.document["paths"][path][operation.method.to_lowercase()]
}

/// What a parameter is called in the normalized document.
pub fn folded_name(parameter: &Parameter) -> &str {
    parameter.placeholder.as_ref().unwrap_or(&parameter.name)
}

fn method(
    normalized: &Normalized,
    operation: &Operation,
    signature: &Signature,
) -> Result<Method, String> {
    let generics: Vec<String> = signature
        .generics
        .params
        .iter()
        .filter_map(|parameter| match parameter {
            GenericParam::Type(kind) => Some(kind.ident.to_string()),
            _ => None,
        })
        .collect();
    let in_method = folded(normalized, operation)["parameters"].as_array().into_iter().flatten();
    let in_method: Vec<&str> = in_method.filter_map(|one| one["name"].as_str()).collect();
    let mut open: Vec<&Parameter> = operation
        .parameters
        .iter()
        .filter(|parameter| in_method.contains(&folded_name(parameter)))
        .collect();
    let mut arguments = Vec::new();
    let mut optional = Vec::new();
    for input in signature.inputs.iter().skip(1) {
        let (name, kind) = typed(input)?;
        let parameter = take(name, &mut open);
        let of = match parameter {
            Some(parameter) => format!("{} {}", parameter.location, parameter.name),
            None if name == "body" && operation.content_type.is_some() => "body".to_owned(),
            None => return Err(format!("its argument `{name}` is not known")),
        };
        let argument = argument(of, name, kind, &generics);
        match parameter {
            Some(parameter) if !parameter.required => optional.push((parameter, argument)),
            Some(_) if argument.is_nullable => {
                return Err(format!("its argument `{name}` may be left out"));
            }
            _ => arguments.push(argument),
        }
    }
    if let Some(parameter) = open.first() {
        return Err(format!("there is no argument for its parameter `{}`", parameter.name));
    }
    let is_body = |argument: &Argument| argument.of == "body";
    if arguments.iter().any(is_body) != operation.content_type.is_some() {
        return Err("whether it has a body is not clear".to_owned());
    }
    // In the order of the document.
    let order = |wanted: &Parameter| {
        operation.parameters.iter().position(|known| std::ptr::eq(known, wanted))
    };
    optional.sort_by_key(|(parameter, _)| order(parameter));
    let fields: Vec<Argument> = optional.into_iter().map(|(_, argument)| argument).collect();
    Ok(Method {
        name: operation.name.clone(),
        arguments,
        options: (!fields.is_empty()).then(|| Options {
            method: String::new(),
            name: String::new(),
            fields,
        }),
        returns: returns(operation, &signature.output)?,
    })
}

fn typed(argument: &FnArg) -> Result<(&Ident, &Type), String> {
    if let FnArg::Typed(argument) = argument
        && let Pat::Ident(name) = argument.pat.as_ref()
    {
        return Ok((&name.ident, &argument.ty));
    }
    Err(format!("`{}` is not an argument as known here", argument.to_token_stream()))
}

/// Takes the parameter that an argument is for from those that are open. progenitor spells some characters
/// in its own way.
fn take<'p>(argument: &Ident, open: &mut Vec<&'p Parameter>) -> Option<&'p Parameter> {
    let letters = |text: &str| -> String {
        let text = text.trim_start_matches("r#").to_lowercase();
        text.chars().filter(|character| character.is_alphanumeric()).collect()
    };
    let wanted = letters(&argument.to_string());
    let is_it = |parameter: &&Parameter| {
        let name = folded_name(parameter);
        letters(name) == wanted || letters(&snake(name)) == wanted
    };
    let index = open.iter().position(is_it)?;
    Some(open.remove(index))
}

fn argument(of: String, name: &Ident, kind: &Type, generics: &[String]) -> Argument {
    const STRING: &str = "::std::string::String";
    let (is_nullable, kind) = match (ends_with(kind, "Option"), first_argument(kind)) {
        (true, Some(inner)) => (true, inner),
        _ => (false, kind),
    };
    let (passed, owned) = match kind {
        Type::Reference(reference) => match reference.elem.as_ref() {
            Type::Path(path) if path.path.is_ident("str") => (Passed::AsStr, STRING.to_owned()),
            inner if ends_with(inner, "ObjectId") => (Passed::ByValue, written(inner)),
            inner if ends_with(inner, "Vec") && !is_nullable => (Passed::AsSlice, written(inner)),
            inner => (Passed::ByReference, written(inner)),
        },
        kind if generics.contains(&written(kind)) => {
            (Passed::AsBytes, "::std::vec::Vec<u8>".to_owned())
        }
        kind if written(kind) == "String" => (Passed::ByValue, STRING.to_owned()),
        kind => (Passed::ByValue, written(kind)),
    };
    Argument { of, name: name.to_string(), is_nullable, passed, owned }
}

/// Of `Result<ResponseValue<T>, Error<()>>` what `T` is.
fn returns(operation: &Operation, output: &ReturnType) -> Result<Returns, String> {
    let unknown = || format!("`{}` is not a result as known here", output.to_token_stream());
    let ReturnType::Type(_, output) = output else { return Err(unknown()) };
    let error = arguments(output).nth(1).filter(|error| ends_with(error, "Error"));
    if !ends_with(output, "Result")
        || error.and_then(first_argument).map(written) != Some("()".to_owned())
    {
        return Err(unknown());
    }
    let response = first_argument(output).filter(|response| ends_with(response, "ResponseValue"));
    let value = response.and_then(first_argument).ok_or_else(unknown)?;
    let returns = match value {
        Type::Tuple(nothing) if nothing.elems.is_empty() => Returns::Nothing,
        value if ends_with(value, "ByteStream") => Returns::Stream,
        value => Returns::Value(written(value)),
    };
    if operation.streaming == matches!(returns, Returns::Stream) {
        Ok(returns)
    } else {
        Err("whether it returns a stream is not clear".to_owned())
    }
}

/// Whether a type is a path that ends with a name.
pub fn ends_with(kind: &Type, name: &str) -> bool {
    let Type::Path(path) = kind else { return false };
    path.path.segments.last().is_some_and(|segment| segment.ident == name)
}

/// The types between the angle brackets of a type.
fn arguments(kind: &Type) -> impl Iterator<Item = &Type> {
    let last = if let Type::Path(path) = kind { path.path.segments.last() } else { None };
    let arguments = match last.map(|segment| &segment.arguments) {
        Some(PathArguments::AngleBracketed(arguments)) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(kind) => Some(kind),
        _ => None,
    })
}

fn first_argument(kind: &Type) -> Option<&Type> {
    arguments(kind).next()
}

/// A type, with the document's own in `types`.
fn written(kind: &Type) -> String {
    kind.to_token_stream().to_string().replace("crate :: types", "types").replace(' ', "")
}

impl Argument {
    /// The type of a `Vec`'s elements.
    pub fn element(&self) -> Option<&str> {
        self.owned.strip_prefix("::std::vec::Vec<")?.strip_suffix('>')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_passed_as_its_type_needs() {
        let signature: Signature = syn::parse_str(
            "fn f<'a, B: Into<Body>>(&'a self, group_id: &'a ::core::ObjectId, type_: i64, \
             list: &'a ::std::vec::Vec<crate::types::T>, ids: Option<&'a ::std::vec::Vec<T>>, \
             text: Option<&'a str>, value: &'a types::T, body: B)",
        )
        .unwrap();
        let passed: Vec<(String, bool, Passed, String)> = signature
            .inputs
            .iter()
            .skip(1)
            .map(|input| {
                let (name, kind) = typed(input).unwrap();
                let argument = argument(String::new(), name, kind, &["B".to_owned()]);
                (argument.name, argument.is_nullable, argument.passed, argument.owned)
            })
            .collect();
        let passed: Vec<(&str, bool, Passed, &str)> = passed
            .iter()
            .map(|(name, is_nullable, passed, owned)| {
                (name.as_str(), *is_nullable, *passed, owned.as_str())
            })
            .collect();
        assert_eq!(
            passed,
            [
                ("group_id", false, Passed::ByValue, "::core::ObjectId"),
                ("type_", false, Passed::ByValue, "i64"),
                ("list", false, Passed::AsSlice, "::std::vec::Vec<types::T>"),
                ("ids", true, Passed::ByReference, "::std::vec::Vec<T>"),
                ("text", true, Passed::AsStr, "::std::string::String"),
                ("value", false, Passed::ByReference, "types::T"),
                ("body", false, Passed::AsBytes, "::std::vec::Vec<u8>"),
            ],
        );
    }
}
