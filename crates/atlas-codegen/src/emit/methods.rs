//! `client.rs`: a method for each operation of the operation table.

use heck::ToShoutySnakeCase as _;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use syn::{Ident, parse_quote};

use super::layout::{self, Names};
use super::signature::{
    Argument, Method, Options, Passed, Returns, normalized_name, normalized_operation,
};
use crate::normalize::{Normalized, Operation, Parameter, Style, sanitize};

/// Returns the text of `client.rs`.
pub fn client(normalized: &Normalized, methods: &[Method]) -> String {
    let mut functions = Vec::new();
    for (operation, method) in normalized.operations.iter().zip(methods) {
        functions.push(function(normalized, operation, method, None));
        if let Some(options) = &method.options {
            functions.push(function(normalized, operation, method, Some(options)));
        }
    }
    let builder = match &normalized.base_url {
        None => quote! {
            #[doc = " Returns a builder of a client."]
            pub fn builder() -> TransportBuilder<Self> {
                TransportBuilder::with_product(
                    concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"))
                )
            }
        },
        Some(url) => {
            let doc = format!(" Returns a builder of a client. The default base URL is `{url}`.");
            quote! {
                #[doc = #doc]
                pub fn builder() -> TransportBuilder<Self> {
                    TransportBuilder::with_product(
                        concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"))
                    )
                    .base_url(#url)
                }
            }
        }
    };
    let title = normalized.document["info"]["title"].as_str().unwrap_or_default();
    let docs = layout::docs(&format!("Calls the operations of {}.", sanitize(title)));
    let file: syn::File = parse_quote! {
        #(#docs)*
        #[derive(Clone, Debug)]
        pub struct Client {
            transport: Transport,
        }

        impl Client {
            #builder

            #[doc = " Returns the transport that sends the requests."]
            pub fn transport(&self) -> &Transport {
                &self.transport
            }
        }

        impl From<Transport> for Client {
            fn from(transport: Transport) -> Self {
                Self { transport }
            }
        }

        #[doc = " The operations. Each returns an [`Error`] if the request cannot be sent, the response is incomplete,"]
        #[doc = " reports an error or cannot be decoded."]
        impl Client {
            #(#functions)*
        }
    };
    let mut names = Names::outside_of_types();
    names.import("atlas_client_core", &["Error", "Response", "Transport", "TransportBuilder"]);
    layout::module(file, names, &["operations", "options", "types"])
}

/// Returns a method without the optional parameters, or with them if `options` is given.
fn function(
    normalized: &Normalized,
    operation: &Operation,
    method: &Method,
    options: Option<&Options>,
) -> TokenStream {
    let name = format_ident!("{}", options.map_or(&method.name, |options| &options.method));
    let docs = documentation(normalized, operation, method, options);
    let arguments = method.arguments.iter().map(|argument| {
        let (name, kind) = (format_ident!("{}", argument.name), argument_type(argument));
        quote!(#name: #kind)
    });
    let with_options = options.map(|options| {
        let name = format_ident!("{}", options.name);
        quote!(options: &options::#name)
    });
    let parameters = arguments.chain(with_options);
    let row = format_ident!("{}", operation.name.to_shouty_snake_case());
    let calls = builder_calls(operation, method, options);
    let (value, send) = match &method.returns {
        Returns::Nothing => (quote!(()), quote!(send_empty)),
        Returns::Stream => (quote!(atlas_client_core::ByteStream), quote!(send_stream)),
        Returns::Value(kind) => (tokens(kind), quote!(send_json)),
    };
    quote! {
        #(#docs)*
        pub async fn #name(&self, #(#parameters),*) -> Result<Response<#value>, Error> {
            self.transport.call(&operations::#row) #(#calls)* .#send().await
        }
    }
}

fn argument_type(argument: &Argument) -> TokenStream {
    let owned = tokens(&argument.owned);
    match argument.passed {
        Passed::ByValue => owned,
        Passed::ByReference if argument.is_nullable => quote!(Option<&#owned>),
        Passed::ByReference => quote!(&#owned),
        Passed::AsStr if argument.is_nullable => quote!(Option<&str>),
        Passed::AsStr => quote!(&str),
        Passed::AsSlice => {
            let element = tokens(argument.element().unwrap_or_default());
            quote!(&[#element])
        }
        Passed::AsBytes => quote!(impl Into<atlas_client_core::Body>),
    }
}

/// Parses a type. The text always comes from parsed code.
pub fn tokens(kind: &str) -> TokenStream {
    kind.parse().unwrap_or_default()
}

/// Returns the calls of the core's request builder that pass the arguments.
fn builder_calls(
    operation: &Operation,
    method: &Method,
    options: Option<&Options>,
) -> Vec<TokenStream> {
    let mut calls = Vec::new();
    let required = |key: &str| method.arguments.iter().find(|argument| argument.parameter == key);
    for name in path_parameters(&operation.path) {
        let is_match = |known: &&Parameter| known.location == "path" && known.name == name;
        let parameter = operation.parameters.iter().find(is_match);
        let argument = required(&format!("path {name}"));
        if let (Some(parameter), Some(argument)) = (parameter, argument) {
            let (name, reference) = (format_ident!("{}", argument.name), reference(argument));
            calls.push(match parameter.style {
                Some(Style::Path("Json", _)) => quote!(.path_as(atlas_client_core::__private::PathStyle::Json, #reference)),
                Some(Style::Path(style, explode)) => {
                    let style = format_ident!("{style}");
                    quote!(.path_as(atlas_client_core::__private::PathStyle::#style { explode: #explode }, #reference))
                }
                _ => quote!(.path(#name)),
            });
        }
    }
    for parameter in operation.parameters.iter().filter(|known| known.location != "path") {
        let (key, name) = (format!("{} {}", parameter.location, parameter.name), &parameter.name);
        let field =
            options.and_then(|options| options.fields.iter().find(|field| field.parameter == key));
        let value = match (required(&key), field) {
            (Some(argument), _) => reference(argument),
            (None, Some(field)) => {
                let field = format_ident!("{}", field.name);
                quote!(&options.#field)
            }
            (None, None) => continue,
        };
        calls.push(match (parameter.location.as_str(), parameter.style) {
            ("header", Some(Style::Header(true))) => {
                quote!(.header_as(atlas_client_core::__private::HeaderStyle::Exploded, #name, #value))
            }
            ("header", Some(Style::HeaderJson)) => {
                quote!(.header_as(atlas_client_core::__private::HeaderStyle::Json, #name, #value))
            }
            ("header", _) => quote!(.header(#name, #value)),
            (_, None | Some(Style::Query("Form"))) => quote!(.query(#name, #value)),
            (_, Some(Style::Query(style))) => {
                let style = format_ident!("{style}");
                quote!(.query_as(atlas_client_core::__private::QueryStyle::#style, #name, #value))
            }
            (_, Some(_)) => continue,
        });
    }
    if let Some(body) = required("body") {
        calls.push(body_call(operation, body));
    }
    calls
}

fn body_call(operation: &Operation, body: &Argument) -> TokenStream {
    let (name, reference) = (format_ident!("{}", body.name), reference(body));
    if let Some(form) = &operation.form {
        let styles = form.iter().map(|(name, style)| {
            let style: Ident = format_ident!("{style}");
            quote!((#name, atlas_client_core::__private::QueryStyle::#style))
        });
        return quote!(.form(#reference, &[#(#styles),*]));
    }
    match body.passed {
        Passed::AsBytes => quote!(.body(#name)),
        // A `String` is sent as plain text. A JSON text is a `&str`.
        Passed::ByValue if body.owned.ends_with("String") => quote!(.body(#name)),
        _ => quote!(.json(#reference)),
    }
}

/// Returns the expression for an argument as a reference.
fn reference(argument: &Argument) -> TokenStream {
    let name = format_ident!("{}", argument.name);
    if argument.passed == Passed::ByValue || argument.is_nullable {
        quote!(&#name)
    } else {
        quote!(#name)
    }
}

/// Returns the names of the parameters in a path, in order.
fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name)
}

fn documentation(
    normalized: &Normalized,
    operation: &Operation,
    method: &Method,
    options: Option<&Options>,
) -> Vec<syn::Attribute> {
    let described = normalized_operation(normalized, operation);
    let mut paragraphs: Vec<String> = ["summary", "description"]
        .iter()
        .filter_map(|name| described[*name].as_str())
        .filter(|text| !text.trim().is_empty())
        .map(|text| text.trim().to_owned())
        .collect();
    paragraphs.push(sanitize(&format!("Sends `{} {}`.", operation.method, operation.path)));
    match (options, &method.options) {
        (Some(options), _) => paragraphs.push(format!(
            "Use [`{0}`](Self::{0}) to omit the [optional parameters](options::{1}).",
            method.name, options.name,
        )),
        (None, Some(options)) => paragraphs
            .push(format!("Use [`{0}`](Self::{0}) to set optional parameters.", options.method)),
        (None, None) => {}
    }
    let arguments: Vec<String> = method
        .arguments
        .iter()
        .filter_map(|argument| {
            let text = description(described, operation, &argument.parameter)?;
            Some(format!("- `{}`: {text}", argument.name))
        })
        .collect();
    if !arguments.is_empty() {
        paragraphs.push(arguments.join("\n"));
    }
    layout::docs(&paragraphs.join("\n\n"))
}

/// Returns the description of a parameter in a normalized operation.
pub fn description<'n>(
    normalized: &'n Value,
    operation: &Operation,
    parameter: &str,
) -> Option<&'n str> {
    let is_match = |known: &&Parameter| format!("{} {}", known.location, known.name) == parameter;
    let parameter = operation.parameters.iter().find(is_match)?;
    let all = normalized["parameters"].as_array()?;
    let described = all.iter().find(|one| {
        one["name"] == normalized_name(parameter) && one["in"] == parameter.location.as_str()
    })?;
    described["description"].as_str().map(str::trim).filter(|text| !text.is_empty())
}
