//! What the methods of a generated client take, as their signatures say it.

use std::collections::HashMap;

use quote::ToTokens as _;
use syn::{File, FnArg, ImplItem, Item, Pat, Signature, Type};

use crate::normalize::Normalized;

/// A method of the generated client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// The operation's id.
    pub of: String,
    pub name: String,
    /// Name and type of each argument.
    pub arguments: Vec<(String, String)>,
}

/// The signatures of the methods of a generated client, by their names.
pub fn signatures(file: &File) -> HashMap<String, &Signature> {
    let mut signatures = HashMap::new();
    for item in &file.items {
        let Item::Impl(block) = item else { continue };
        for item in &block.items {
            if let ImplItem::Fn(function) = item {
                signatures.insert(function.sig.ident.to_string(), &function.sig);
            }
        }
    }
    signatures
}

/// The methods of a generated client in the order of the operations.
pub fn methods(file: &File, normalized: &Normalized) -> Vec<Method> {
    let functions = signatures(file);
    let mut methods = Vec::new();
    for operation in &normalized.operations {
        let Some(signature) = functions.get(&operation.name) else { continue };
        let arguments = signature.inputs.iter().filter_map(argument);
        let arguments = arguments.map(|(name, kind)| (name, written(kind)));
        methods.push(Method {
            of: operation.id.clone(),
            name: operation.name.clone(),
            arguments: arguments.collect(),
        });
    }
    methods
}

fn argument(argument: &FnArg) -> Option<(String, &Type)> {
    let FnArg::Typed(argument) = argument else { return None };
    let Pat::Ident(name) = argument.pat.as_ref() else { return None };
    Some((name.ident.to_string(), &argument.ty))
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
