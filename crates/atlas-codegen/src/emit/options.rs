//! `options.rs`: a struct for each method with optional parameters.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, parse_quote};

use super::layout::{self, Names};
use super::methods::{description, tokens};
use super::signature::{Argument, Method, Options, Passed, normalized_operation};
use crate::normalize::{Normalized, Operation, Scope};

/// Names of derived methods, which setters cannot have.
const RESERVED: &[&str] = &["clone", "default", "eq", "fmt", "ne"];

/// Returns the text of `options.rs`, or `None` if no method has options.
pub fn options(normalized: &Normalized, methods: &[Method]) -> Option<String> {
    let items: Vec<TokenStream> = normalized
        .operations
        .iter()
        .zip(methods)
        .filter_map(|(operation, method)| {
            let options = method.options.as_ref()?;
            Some(item(normalized, operation, options))
        })
        .collect();
    if items.is_empty() {
        return None;
    }
    let file: syn::File = parse_quote!(#(#items)*);
    Some(layout::module(file, Names::outside_of_types(), &["types"]))
}

fn item(normalized: &Normalized, operation: &Operation, options: &Options) -> TokenStream {
    let name = format_ident!("{}", options.name);
    let docs = layout::docs(&format!(
        "The optional parameters of [`{0}`](crate::Client::{0}).",
        options.method,
    ));
    let described = normalized_operation(normalized, operation);
    let mut setters = Scope::with(RESERVED);
    let mut fields = Vec::new();
    let mut functions = Vec::new();
    for field in &options.fields {
        let (name, kind) = (format_ident!("{}", field.name), tokens(&field.owned));
        let fallback = field.parameter.split_once(' ').map_or("", |(_, name)| name);
        let text = description(described, operation, &field.parameter);
        let text = text.map_or_else(|| format!("`{fallback}`"), str::to_owned);
        let docs = layout::docs(&text);
        fields.push(quote!(#(#docs)* pub #name: Option<#kind>));
        let setter = format_ident!("{}", setters.claim(&field.name));
        let docs = layout::docs(&format!("Sets [`{name}`](Self::{name})."));
        let (argument, value) = setter_argument(field, &name);
        functions.push(quote! {
            #(#docs)*
            #[must_use]
            pub fn #setter(mut self, #name: #argument) -> Self {
                self.#name = Some(#value);
                self
            }
        });
    }
    quote! {
        #(#docs)*
        #[derive(Clone, Debug, Default, PartialEq)]
        #[non_exhaustive]
        pub struct #name { #(#fields),* }

        impl #name { #(#functions)* }
    }
}

/// Returns the type of a setter's argument and the expression that converts it to the field's type.
fn setter_argument(field: &Argument, name: &Ident) -> (TokenStream, TokenStream) {
    let owned = tokens(&field.owned);
    match (field.passed, field.element().map(tokens)) {
        (Passed::AsStr, _) => (quote!(impl Into<String>), quote!(#name.into())),
        (_, Some(element)) => (
            quote!(impl IntoIterator<Item = impl Into<#element>>),
            quote!(#name.into_iter().map(Into::into).collect()),
        ),
        _ => (owned, quote!(#name)),
    }
}
