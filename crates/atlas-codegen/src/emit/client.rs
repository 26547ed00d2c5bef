//! `client.rs`: what progenitor generates, with the changes that no setting of it makes.

use std::collections::HashMap;

use heck::ToShoutySnakeCase as _;
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut;
use syn::{
    Block, Expr, ExprLit, Field, Fields, File, FnArg, Ident, ImplItem, ImplItemFn, Item, Lit,
    LitStr, Pat, Stmt, Token, Type, parse_quote,
};

use super::progenitor::Request;
use super::written;
use crate::document::{Pointer, Problem};
use crate::normalize::{FieldChange, Normalized, Operation, lowered_path, pascal, snake};

/// The client and its types.
pub fn client(normalized: &Normalized) -> Result<File, Problem> {
    let whole = Pointer::default();
    let request = Request::of(normalized);
    let tokens = request.tokens().map_err(|said| culprit(normalized, &request, &said))?;
    let mut file: File = syn::parse2(tokens).map_err(|error| {
        Problem::new(&whole, format!("progenitor's output is no Rust: {error}"))
    })?;
    file.items.retain(|item| !is_constructor(item));
    let mut changes = Changes::new(normalized);
    changes.visit_file_mut(&mut file);
    match changes.unknown {
        None => Ok(file),
        Some(name) => {
            let at = normalized.operations.iter().find(|row| row.name == name).map(place_of);
            let problem = format!("left by the rules: `{name}` ends as no method is known to");
            Err(Problem::new(&at.unwrap_or_default(), problem))
        }
    }
}

/// Where an operation stands.
fn place_of(operation: &Operation) -> Pointer {
    let at = Pointer::default().to("paths").to(&operation.path);
    at.to(operation.method.to_lowercase())
}

/// The first operation that progenitor stops at by itself, where it stops at all of them.
fn culprit(normalized: &Normalized, request: &Request, said: &str) -> Problem {
    let stops = |said: &str| format!("the generator beneath, progenitor, stops at this: {said}");
    for operation in &normalized.operations {
        let path = lowered_path(&operation.path, &operation.parameters);
        let alone = request.of_operation(&path, &operation.method.to_lowercase());
        if let Err(said) = alone.tokens() {
            return Problem::new(&place_of(operation), stops(&said));
        }
    }
    Problem::new(&Pointer::default(), stops(said))
}

/// progenitor's own constructors make an HTTP client without credentials, limits or root
/// certificates, and panic where that fails.
fn is_constructor(item: &Item) -> bool {
    let Item::Impl(block) = item else {
        return false;
    };
    block.items.iter().any(
        |item| matches!(item, ImplItem::Fn(function) if function.sig.ident == "new_with_client"),
    )
}

/// The changes to progenitor's output.
struct Changes<'a> {
    /// By the struct and the field.
    fields: HashMap<(String, String), Vec<&'a FieldChange>>,
    /// By the method: the names on the wire of parameters that are generated under another one.
    parameters: HashMap<String, HashMap<String, String>>,
    /// The parameters of the method at hand.
    renamed: HashMap<String, String>,
    /// The parameters of the method at hand that are ids.
    ids: Vec<Ident>,
    /// Those of its path that the core writes: progenitor's code and what is to be in its place.
    written: HashMap<String, Expr>,
    /// By the method.
    operations: HashMap<&'a str, &'a Operation>,
    /// A method that is not as expected.
    unknown: Option<String>,
}

impl<'a> Changes<'a> {
    fn new(normalized: &'a Normalized) -> Self {
        let mut fields: HashMap<_, Vec<_>> = HashMap::new();
        for field in &normalized.fields {
            let key = (pascal(&field.component), snake(&field.name));
            fields.entry(key).or_default().push(&field.change);
        }
        let renamed = |operation: &Operation| {
            let parameters = operation.parameters.iter();
            parameters
                .filter_map(|parameter| {
                    Some((parameter.placeholder.clone()?, parameter.name.clone()))
                })
                .collect()
        };
        let operations = normalized.operations.iter();
        Self {
            fields,
            parameters: operations.map(|row| (row.name.clone(), renamed(row))).collect(),
            renamed: HashMap::new(),
            ids: Vec::new(),
            written: HashMap::new(),
            operations: normalized.operations.iter().map(|row| (row.name.as_str(), row)).collect(),
            unknown: None,
        }
    }
}

impl Changes<'_> {
    /// Where this is what formats a URL: what formats its path. An id is digits, which need no
    /// encoding; and the rest of the URL need not be parsed again for every request.
    fn path(&self, expression: &Expr) -> Option<Expr> {
        let Expr::Macro(call) = expression else {
            return None;
        };
        let parse = Punctuated::<Expr, Token![,]>::parse_terminated;
        let parts = call.mac.parse_body_with(parse).ok()?;
        let mut parts = parts.into_iter();
        let Expr::Lit(ExprLit { lit: Lit::Str(template), .. }) = parts.next()? else {
            return None;
        };
        let path = LitStr::new(template.value().strip_prefix("{}")?, template.span());
        parts.next().filter(|base| mentions(base, "baseurl"))?;
        let arguments = parts.map(|argument| {
            let text = argument.to_token_stream().to_string();
            let is_encoded =
                |id: &&Ident| text == quote!(encode_path(&#id.to_string())).to_string();
            match (self.ids.iter().find(is_encoded), self.written.get(&text)) {
                (Some(id), _) => parse_quote!(#id),
                (None, Some(written)) => written.clone(),
                (None, None) => argument,
            }
        });
        Some(parse_quote!(format_args!(#path #(, #arguments)*)))
    }
}

impl VisitMut for Changes<'_> {
    fn visit_item_mut(&mut self, item: &mut Item) {
        if let Item::Struct(item) = item
            && let Fields::Named(fields) = &mut item.fields
        {
            for field in &mut fields.named {
                let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                for change in self.fields.get(&(item.ident.to_string(), name)).into_iter().flatten()
                {
                    apply(change, field);
                }
            }
        }
        syn::visit_mut::visit_item_mut(self, item);
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        let name = function.sig.ident.to_string();
        self.renamed = self.parameters.get(&name).cloned().unwrap_or_default();
        self.ids = function.sig.inputs.iter().filter_map(id).cloned().collect();
        if let Some(operation) = self.operations.get(name.as_str()) {
            written::write(function, operation);
            self.written = operation.parameters.iter().filter_map(written::path).collect();
        }
        syn::visit_mut::visit_impl_item_fn_mut(self, function);
        self.renamed.clear();
        self.ids.clear();
        if self.parameters.contains_key(&name) && send(function).is_none() {
            self.unknown.get_or_insert(name);
        }
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        block.stmts.retain(|statement| !is_api_version(statement));
        let unused = unused_headers(block).map(|unused| block.stmts.remove(unused));
        if unused.is_some() {
            Without("header_map").visit_block_mut(block);
        }
        // The transport knows which.
        Without("ACCEPT").visit_block_mut(block);
        syn::visit_mut::visit_block_mut(self, block);
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        if let Some(path) = self.path(expression) {
            *expression = parse_quote!(self.inner.url(#path));
        }
        if let Some(request) = bare_request(expression) {
            *expression = request;
        }
        syn::visit_mut::visit_expr_mut(self, expression);
    }

    fn visit_lit_str_mut(&mut self, literal: &mut LitStr) {
        if let Some(name) = self.renamed.get(&literal.value()) {
            *literal = LitStr::new(name, literal.span());
        }
    }
}

/// progenitor sends the document's version with every request, which Atlas does not ask for.
fn is_api_version(statement: &Stmt) -> bool {
    let Stmt::Expr(Expr::MethodCall(call), Some(_)) = statement else {
        return false;
    };
    call.method == "append" && call.to_token_stream().to_string().contains("\"api-version\"")
}

/// A parameter that is an id.
fn id(parameter: &FnArg) -> Option<&Ident> {
    let FnArg::Typed(parameter) = parameter else {
        return None;
    };
    let Pat::Ident(name) = &*parameter.pat else {
        return None;
    };
    let Type::Reference(reference) = &*parameter.ty else {
        return None;
    };
    let is_id = reference.elem.to_token_stream().to_string().ends_with(":: ObjectId");
    is_id.then_some(&name.ident)
}

/// Where this builds a request of nothing but a method and a URL: the same without a builder.
fn bare_request(expression: &Expr) -> Option<Expr> {
    let Expr::Try(checked) = expression else {
        return None;
    };
    let Expr::MethodCall(build) = &*checked.expr else {
        return None;
    };
    let Expr::MethodCall(begin) = &*build.receiver else {
        return None;
    };
    let begins = begin.receiver.to_token_stream().to_string() == quote!(self.client).to_string();
    if build.method != "build" || !begins || begin.args.len() != 1 {
        return None;
    }
    let (method, url) = (begin.method.to_string().to_uppercase(), &begin.args);
    let method = format_ident!("{method}");
    Some(parse_quote!(::reqwest::Request::new(::reqwest::Method::#method, #url)))
}

/// Where a method makes a map for headers that it does not put anything into.
fn unused_headers(block: &Block) -> Option<usize> {
    let with_headers =
        block.stmts.iter().enumerate().filter(|(_, statement)| mentions(*statement, "header_map"));
    match with_headers.collect::<Vec<_>>()[..] {
        [(made, _), _given] => Some(made),
        _ => None,
    }
}

fn mentions(code: &impl ToTokens, name: &str) -> bool {
    fn any(tokens: TokenStream, name: &str) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => any(group.stream(), name),
            TokenTree::Ident(ident) => ident == name,
            _ => false,
        })
    }
    any(code.to_token_stream(), name)
}

/// Takes headers that are given by this name from the request.
struct Without(&'static str);

impl VisitMut for Without {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        syn::visit_mut::visit_expr_mut(self, expression);
        if let Expr::MethodCall(call) = expression
            && (call.method == "headers" || call.method == "header")
            && mentions(&call.args, self.0)
        {
            *expression = (*call.receiver).clone();
        }
    }
}

/// Once a method's request is made, lets the transport do the rest. By way of progenitor's hooks the request
/// would be part of the method's future to its end, and the response would become one of reqwest's and be
/// copied from that once more. None where the method is not as expected.
fn send(function: &mut ImplItemFn) -> Option<()> {
    let row = format_ident!("{}", function.sig.ident.to_string().to_shouty_snake_case());
    let statements = &mut function.block.stmts;
    let info = statements.iter().position(|statement| mentions(statement, "OperationInfo"))?;
    let returned = statements.last()?;
    let how = [("from_response", "value"), ("stream", "stream"), ("empty", "nothing")];
    let how = how.into_iter().find(|(name, _)| mentions(returned, name))?.1;
    let how = format_ident!("{how}");
    statements.truncate(info);
    let Stmt::Local(request) = statements.last_mut()? else {
        return None;
    };
    request.attrs.clear();
    let Pat::Ident(name) = &mut request.pat else {
        return None;
    };
    name.mutability = None;
    let name = &name.ident;
    let send = parse_quote!(self.inner.#how(&crate::operations::#row, #name).await);
    statements.push(Stmt::Expr(send, None));
    Some(())
}

fn apply(change: &FieldChange, field: &mut Field) {
    let attributes = &mut field.attrs;
    match change {
        FieldChange::Rename(name) => {
            attributes.push(parse_quote!(#[serde(rename = #name)]));
        }
        FieldChange::NullIsNotAbsence => {
            let inner = &field.ty;
            field.ty = parse_quote!(::std::option::Option<#inner>);
            // serde lets an `Option` be absent by itself only where it decodes it by itself.
            attributes.push(parse_quote! {
                #[serde(default, deserialize_with = "::atlas_client_core::nullable::present")]
            });
        }
    }
}
