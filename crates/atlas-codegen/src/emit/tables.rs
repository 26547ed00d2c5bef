//! `operations.rs`: the operation table.

use heck::ToShoutySnakeCase as _;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use syn::parse_quote;

use super::layout::{self, Names};
use crate::normalize::{Normalized, Operation, Parameter, sanitize};

/// Returns the text of `operations.rs`.
pub fn operations(normalized: &Normalized) -> String {
    let rows = &normalized.operations;
    let constants: Vec<_> =
        rows.iter().map(|row| format_ident!("{}", row.name.to_shouty_snake_case())).collect();
    let docs = rows.iter().map(|row| sanitize(&format!(" `{} {}`", row.method, row.path)));
    let values = rows.iter().map(row);
    let mut names = Names::outside_of_types();
    names.import("atlas_client_core", &["Operation"]);
    if rows.iter().any(|row| !row.parameters.is_empty()) {
        names.import("atlas_client_core", &["Parameter"]);
    }
    let file = parse_quote! {
        #(
            #[doc = #docs]
            pub static #constants: Operation = #values;
        )*

        /// Every operation, in the order of the document.
        pub static ALL: &[&Operation] = &[#(&#constants),*];
    };
    layout::module(file, names, &[])
}

/// Returns the constructor of a row. Values that equal the defaults of `Operation::new` are omitted.
fn row(operation: &Operation) -> TokenStream {
    let Operation {
        id,
        name: _,
        method,
        path,
        parameters,
        accept,
        response_type: _,
        content_type,
        form: _,
        statuses,
        errors: _,
        roles,
        deprecated,
        sunset,
        streaming,
        body_optional,
        idempotent,
    } = operation;
    let mut row = quote!(Operation::new(#id, #method, #path));
    if !parameters.is_empty() {
        let parameters = parameters.iter().map(parameter);
        row.extend(quote!(.with_parameters(&[#(#parameters),*])));
    }
    if accept != "application/json" {
        row.extend(quote!(.with_accept(#accept)));
    }
    if let Some(content_type) = content_type {
        row.extend(quote!(.with_content_type(#content_type)));
    }
    if !statuses.is_empty() {
        let statuses = statuses.iter().map(|&status| Literal::u16_unsuffixed(status));
        row.extend(quote!(.with_statuses(&[#(#statuses),*])));
    }
    if !roles.is_empty() {
        row.extend(quote!(.with_roles(&[#(#roles),*])));
    }
    if *deprecated {
        row.extend(quote!(.with_deprecated(true)));
    }
    if let Some(sunset) = sunset {
        row.extend(quote!(.with_sunset(#sunset)));
    }
    if *streaming {
        row.extend(quote!(.with_streaming(true)));
    }
    if *body_optional {
        row.extend(quote!(.with_body_optional(true)));
    }
    if *idempotent != matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS") {
        row.extend(quote!(.with_idempotent(#idempotent)));
    }
    row
}

fn parameter(parameter: &Parameter) -> TokenStream {
    let Parameter { name, location, required, placeholder: _, style: _ } = parameter;
    match location.as_str() {
        "path" => quote!(Parameter::path(#name)),
        location => {
            let location = format_ident!("{location}");
            let required = required.then(|| quote!(.with_required(true)));
            quote!(Parameter::#location(#name) #required)
        }
    }
}
