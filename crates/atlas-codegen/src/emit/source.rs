//! Splits progenitor's output into types and method signatures. The bodies of the methods are not used.

use std::collections::HashMap;

use quote::ToTokens;
use syn::{File, ImplItem, Item, ItemImpl, ItemStruct, Signature};

use super::progenitor::Request;
use crate::document::{Pointer, Problem};
use crate::normalize::{Normalized, Operation, lowered_path};

/// The parts of progenitor's output that the client uses.
pub struct Source {
    pub types: Vec<ItemStruct>,
    /// The signatures by method name.
    pub methods: HashMap<String, Signature>,
}

/// The traits that progenitor implements for a client. None is used.
const TRAITS: &[&str] = &["ClientInfo", "ClientHooks"];

/// Runs progenitor and splits its output.
///
/// # Errors
///
/// Fails if progenitor fails or generates unexpected code.
pub fn source(normalized: &Normalized) -> Result<Source, Problem> {
    let request = Request::new(normalized);
    let tokens = request.tokens().map_err(|message| locate(normalized, &request, &message))?;
    let file = syn::parse2(tokens)
        .map_err(|error| unknown(&format!("progenitor's output is not Rust: {error}")))?;
    split(file)
}

/// Returns the error at the first operation that progenitor cannot generate, or at the root if every single operation
/// works.
fn locate(normalized: &Normalized, request: &Request, message: &str) -> Problem {
    let failed = |message: &str| format!("progenitor cannot generate this: {message}");
    for operation in &normalized.operations {
        let path = lowered_path(&operation.path, &operation.parameters);
        let alone = request.single_operation(&path, &operation.method.to_lowercase());
        if let Err(message) = alone.tokens() {
            return Problem::new(&location_of(operation), failed(&message));
        }
    }
    Problem::new(&Pointer::default(), failed(message))
}

/// Returns the pointer to an operation.
pub fn location_of(operation: &Operation) -> Pointer {
    let at = Pointer::default().to("paths").to(&operation.path);
    at.to(operation.method.to_lowercase())
}

fn split(file: File) -> Result<Source, Problem> {
    let mut source = Source { types: Vec::new(), methods: HashMap::new() };
    for item in file.items {
        match item {
            Item::Use(_) => {}
            Item::Struct(item) if item.ident == "Client" => {}
            Item::Mod(module) if module.ident == "prelude" => {}
            Item::Mod(module) if module.ident == "types" => {
                for item in module.content.into_iter().flat_map(|(_, items)| items) {
                    match item {
                        Item::Struct(item) => source.types.push(item),
                        // The error type of conversions that are not generated.
                        Item::Mod(module) if module.ident == "error" => {}
                        other => return Err(unexpected(&other)),
                    }
                }
            }
            Item::Impl(block) if is_trait_of_client(&block) => {}
            Item::Impl(block) if is_impl_of_client(&block) => {
                for item in block.items {
                    let ImplItem::Fn(function) = item else { return Err(unexpected(&item)) };
                    // Functions that are not `async` are constructors.
                    if function.sig.asyncness.is_some() {
                        source.methods.insert(function.sig.ident.to_string(), function.sig);
                    }
                }
            }
            other => return Err(unexpected(&other)),
        }
    }
    Ok(source)
}

fn is_trait_of_client(block: &ItemImpl) -> bool {
    let implemented = block.trait_.as_ref().and_then(|(path, _)| path.segments.last());
    implemented.is_some_and(|segment| TRAITS.iter().any(|known| segment.ident == known))
}

fn is_impl_of_client(block: &ItemImpl) -> bool {
    block.trait_.is_none() && block.self_ty.to_token_stream().to_string() == "Client"
}

fn unexpected(item: &impl ToTokens) -> Problem {
    let text: String = item.to_token_stream().to_string().chars().take(80).collect();
    unknown(&format!("unexpected code from progenitor: {text}"))
}

fn unknown(message: &str) -> Problem {
    Problem::new(&Pointer::default(), message.to_owned())
}
