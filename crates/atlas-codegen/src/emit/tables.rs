//! `operations.rs`: the operation table.

use heck::ToShoutySnakeCase as _;
use quote::{format_ident, quote};
use syn::{File, parse_quote};

use crate::normalize::{Normalized, Operation, Parameter, sanitize};

/// The table.
pub fn operations(normalized: &Normalized) -> File {
    let rows = &normalized.operations;
    let constants: Vec<_> =
        rows.iter().map(|row| format_ident!("{}", row.name.to_shouty_snake_case())).collect();
    let docs = rows.iter().map(|row| sanitize(&format!(" `{} {}`", row.method, row.path)));
    let values = rows.iter().map(row);
    let has_parameters = rows.iter().any(|row| !row.parameters.is_empty());
    let imported = if has_parameters {
        quote!(
            use ::atlas_client_core::{Operation, Parameter, ParameterLocation};
        )
    } else {
        quote!(
            use ::atlas_client_core::Operation;
        )
    };
    parse_quote! {
        #imported

        #(
            #[doc = #docs]
            pub static #constants: Operation = #values;
        )*

        /// Every operation, in the order of the document.
        pub static ALL: &[&Operation] = &[#(&#constants),*];
    }
}

fn row(operation: &Operation) -> syn::Expr {
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
    let optional = |text: &Option<String>| -> syn::Expr {
        match text {
            Some(text) => parse_quote!(::core::option::Option::Some(#text)),
            None => parse_quote!(::core::option::Option::None),
        }
    };
    let content_type = optional(content_type);
    let sunset = optional(sunset);
    let parameters = parameters.iter().map(parameter);
    let statuses = statuses.iter().map(|&status| proc_macro2::Literal::u16_unsuffixed(status));
    let tokens = quote! {
        Operation {
            id: #id,
            method: #method,
            path: #path,
            parameters: &[#(#parameters),*],
            accept: #accept,
            content_type: #content_type,
            statuses: &[#(#statuses),*],
            roles: &[#(#roles),*],
            deprecated: #deprecated,
            sunset: #sunset,
            streaming: #streaming,
            empty_is_null: #body_optional,
            repeatable: #idempotent,
        }
    };
    parse_quote!(#tokens)
}

fn parameter(parameter: &Parameter) -> syn::Expr {
    let Parameter { name, location, required, placeholder: _, style: _ } = parameter;
    let location = match location.as_str() {
        "path" => quote!(Path),
        "header" => quote!(Header),
        _ => quote!(Query),
    };
    parse_quote! {
        Parameter { name: #name, location: ParameterLocation::#location, required: #required }
    }
}
