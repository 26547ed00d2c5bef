//! `options.rs`: the optional parameters of each method that has some.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, parse_quote};

use super::layout::{self, Names};
use super::methods::{description, tokens};
use super::signature::{Argument, Method, Options, Passed, folded};
use crate::normalize::{Normalized, Operation, Scope};

/// What a struct has by a name that a setter could have.
const TAKEN: &[&str] = &["clone", "default", "eq", "fmt", "ne"];

/// The module, if any method has options.
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
    let folded = folded(normalized, operation);
    let mut setters = Scope::with(TAKEN);
    let mut fields = Vec::new();
    let mut functions = Vec::new();
    for field in &options.fields {
        let (name, kind) = (format_ident!("{}", field.name), tokens(&field.owned));
        let fallback = field.of.split_once(' ').map_or("", |(_, name)| name);
        let text = description(folded, operation, &field.of);
        let text = text.map_or_else(|| format!("`{fallback}`"), str::to_owned);
        let docs = layout::docs(&text);
        fields.push(quote!(#(#docs)* pub #name: Option<#kind>));
        let setter = format_ident!("{}", setters.claim(&field.name));
        let docs = layout::docs(&format!("Sets [`{name}`](Self::{name})."));
        let (taken, value) = taken(field, &name);
        functions.push(quote! {
            #(#docs)*
            #[must_use]
            pub fn #setter(mut self, #name: #taken) -> Self {
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

/// What a setter takes, and how the field's value is made of it.
fn taken(field: &Argument, name: &Ident) -> (TokenStream, TokenStream) {
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
