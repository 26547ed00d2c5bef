//! The methods of the client, from progenitor's signatures and the operation table.

use std::collections::HashMap;

use heck::ToUpperCamelCase as _;
use quote::ToTokens as _;
use serde_json::Value;
use syn::{
    FnArg, GenericArgument, GenericParam, Ident, Pat, PathArguments, ReturnType, Signature, Type,
};

use super::source::location_of;
use crate::document::Problem;
use crate::normalize::{Normalized, Operation, Parameter, Scope, lowered_path, snake};

/// A method of the generated client.
pub struct Method {
    pub name: String,
    /// The required parameters in order, and the body.
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
    /// The parameter's location and name in the document, or `body`.
    pub parameter: String,
    pub name: String,
    /// Whether a body may be `null`.
    pub is_nullable: bool,
    pub passed: Passed,
    /// The owned type. Types of the document are in `types`.
    pub owned: String,
}

/// How an argument is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    ByValue,
    ByReference,
    /// As a `&str`.
    AsStr,
    /// As a slice.
    AsSlice,
    /// As anything that converts to a body.
    AsBytes,
}

/// What a method returns.
pub enum Returns {
    Nothing,
    Stream,
    /// A value of this type. Types of the document are in `types`.
    Value(String),
}

/// Returns the methods of the client, in the order of the operations.
///
/// # Errors
///
/// Fails if a signature does not match its operation.
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
            .ok_or_else(|| "it has no method".to_owned())
            .and_then(|signature| method(normalized, operation, signature));
        let mut method = method.map_err(|message| {
            Problem::new(&location_of(operation), format!("not fully normalized: {message}"))
        })?;
        if let Some(options) = &mut method.options {
            options.method = names.claim(&format!("{}_with", operation.name));
            let name = format!("{}_options", operation.name).to_upper_camel_case();
            options.name = structs.claim(&name);
        }
        methods.push(method);
    }
    if signatures.len() != methods.len() {
        let message = "not fully normalized: a method has no operation";
        return Err(Problem::new(&crate::document::Pointer::default(), message));
    }
    Ok(methods)
}

/// Returns an operation in the normalized document.
pub fn normalized_operation<'n>(normalized: &'n Normalized, operation: &Operation) -> &'n Value {
    let path = lowered_path(&operation.path, &operation.parameters);
    &normalized.document["paths"][path][operation.method.to_lowercase()]
}

/// Returns the name of a parameter in the normalized document.
pub fn normalized_name(parameter: &Parameter) -> &str {
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
    let described = normalized_operation(normalized, operation)["parameters"].as_array();
    let names: Vec<&str> =
        described.into_iter().flatten().filter_map(|one| one["name"].as_str()).collect();
    let mut unmatched: Vec<&Parameter> = operation
        .parameters
        .iter()
        .filter(|parameter| names.contains(&normalized_name(parameter)))
        .collect();
    let mut arguments = Vec::new();
    let mut optional = Vec::new();
    for input in signature.inputs.iter().skip(1) {
        let (name, kind) = name_and_type(input)?;
        let parameter = take_parameter(name, &mut unmatched);
        let key = match parameter {
            Some(parameter) => format!("{} {}", parameter.location, parameter.name),
            None if name == "body" && operation.content_type.is_some() => "body".to_owned(),
            None => return Err(format!("its argument `{name}` is unknown")),
        };
        let argument = argument(key, name, kind, &generics);
        match parameter {
            Some(parameter) if !parameter.required => optional.push((parameter, argument)),
            Some(_) if argument.is_nullable => {
                return Err(format!("its required argument `{name}` is optional"));
            }
            _ => arguments.push(argument),
        }
    }
    if let Some(parameter) = unmatched.first() {
        return Err(format!("its parameter `{}` has no argument", parameter.name));
    }
    let is_body = |argument: &Argument| argument.parameter == "body";
    if arguments.iter().any(is_body) != operation.content_type.is_some() {
        return Err("only one of its method and its row has a body".to_owned());
    }
    // progenitor sorts the parameters. Callers see the order of the document.
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

fn name_and_type(argument: &FnArg) -> Result<(&Ident, &Type), String> {
    if let FnArg::Typed(argument) = argument
        && let Pat::Ident(name) = argument.pat.as_ref()
    {
        return Ok((&name.ident, &argument.ty));
    }
    Err(format!("unexpected argument `{}`", argument.to_token_stream()))
}

/// Removes the parameter of an argument from `unmatched` and returns it. Compares only letters and digits, because
/// progenitor replaces other characters.
fn take_parameter<'p>(
    argument: &Ident,
    unmatched: &mut Vec<&'p Parameter>,
) -> Option<&'p Parameter> {
    let letters = |text: &str| -> String {
        let text = text.trim_start_matches("r#").to_lowercase();
        text.chars().filter(|character| character.is_alphanumeric()).collect()
    };
    let wanted = letters(&argument.to_string());
    let is_match = |parameter: &&Parameter| {
        let name = normalized_name(parameter);
        letters(name) == wanted || letters(&snake(name)) == wanted
    };
    let index = unmatched.iter().position(is_match)?;
    Some(unmatched.remove(index))
}

fn argument(parameter: String, name: &Ident, kind: &Type, generics: &[String]) -> Argument {
    const STRING: &str = "::std::string::String";
    let (is_nullable, kind) = match (ends_with(kind, "Option"), first_argument(kind)) {
        (true, Some(inner)) => (true, inner),
        _ => (false, kind),
    };
    let (passed, owned) = match kind {
        Type::Reference(reference) => match reference.elem.as_ref() {
            Type::Path(path) if path.path.is_ident("str") => (Passed::AsStr, STRING.to_owned()),
            inner if ends_with(inner, "ObjectId") => (Passed::ByValue, type_text(inner)),
            inner if ends_with(inner, "Vec") && !is_nullable => (Passed::AsSlice, type_text(inner)),
            inner => (Passed::ByReference, type_text(inner)),
        },
        kind if generics.contains(&type_text(kind)) => {
            (Passed::AsBytes, "::std::vec::Vec<u8>".to_owned())
        }
        kind if type_text(kind) == "String" => (Passed::ByValue, STRING.to_owned()),
        kind => (Passed::ByValue, type_text(kind)),
    };
    Argument { parameter, name: name.to_string(), is_nullable, passed, owned }
}

/// Returns `T` of `Result<ResponseValue<T>, Error<()>>`.
fn returns(operation: &Operation, output: &ReturnType) -> Result<Returns, String> {
    let unknown = || format!("unexpected return type `{}`", output.to_token_stream());
    let ReturnType::Type(_, output) = output else { return Err(unknown()) };
    let error = arguments(output).nth(1).filter(|error| ends_with(error, "Error"));
    if !ends_with(output, "Result")
        || error.and_then(first_argument).map(type_text) != Some("()".to_owned())
    {
        return Err(unknown());
    }
    let response = first_argument(output).filter(|response| ends_with(response, "ResponseValue"));
    let value = response.and_then(first_argument).ok_or_else(unknown)?;
    let returns = match value {
        Type::Tuple(nothing) if nothing.elems.is_empty() => Returns::Nothing,
        value if ends_with(value, "ByteStream") => Returns::Stream,
        value => Returns::Value(type_text(value)),
    };
    if operation.streaming == matches!(returns, Returns::Stream) {
        Ok(returns)
    } else {
        Err("only one of its method and its row has a stream".to_owned())
    }
}

/// Returns whether a type is a path that ends with a name.
pub fn ends_with(kind: &Type, name: &str) -> bool {
    let Type::Path(path) = kind else { return false };
    path.path.segments.last().is_some_and(|segment| segment.ident == name)
}

/// Returns the generic arguments of a type.
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

/// Returns the text of a type. Types of the document are in `types`.
fn type_text(kind: &Type) -> String {
    kind.to_token_stream().to_string().replace("crate :: types", "types").replace(' ', "")
}

impl Argument {
    /// Returns the element type if the type is a `Vec`.
    pub fn element(&self) -> Option<&str> {
        self.owned.strip_prefix("::std::vec::Vec<")?.strip_suffix('>')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_an_argument_decides_how_it_is_passed() {
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
                let (name, kind) = name_and_type(input).unwrap();
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
