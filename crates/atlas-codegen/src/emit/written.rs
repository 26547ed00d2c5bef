//! Parameters and forms that progenitor would not write as the document says: `atlas-client-core` writes
//! them.

use quote::{ToTokens as _, format_ident, quote};
use syn::visit_mut::VisitMut;
use syn::{Expr, Ident, ImplItemFn, Lit, Pat, Stmt, parse_quote};

use crate::normalize::{Operation, Parameter, Style, snake};

/// Lets the core write what a method of progenitor's would not.
pub fn write(function: &mut ImplItemFn, operation: &Operation) {
    let mut changes = Changes { operation };
    changes.visit_impl_item_fn_mut(function);
    let queries: Vec<Stmt> = operation.parameters.iter().filter_map(query).collect();
    if queries.is_empty() {
        return;
    }
    // The first thing that a method does is to make the URL.
    if let Some(Stmt::Local(local)) = function.block.stmts.first_mut()
        && let Pat::Ident(name) = &mut local.pat
    {
        name.mutability = Some(syn::token::Mut::default());
        let url = name.ident.clone();
        let queries = queries.into_iter().map(|mut statement| {
            Renamed { from: "url", to: &url }.visit_stmt_mut(&mut statement);
            statement
        });
        function.block.stmts.splice(1..1, queries);
    }
}

/// The name of a parameter's argument.
fn argument(parameter: &Parameter) -> Ident {
    format_ident!("{}", snake(lowered_name(parameter)))
}

/// What a parameter is called in the lowered document.
fn lowered_name(parameter: &Parameter) -> &str {
    parameter.placeholder.as_ref().unwrap_or(&parameter.name)
}

/// What adds a parameter to the query.
fn query(parameter: &Parameter) -> Option<Stmt> {
    let Some(Style::Query(style)) = parameter.style else { return None };
    let (name, argument, style) = (&parameter.name, argument(parameter), format_ident!("{style}"));
    Some(parse_quote! {
        ::atlas_client_core::__private::written::query(
            &mut url,
            #name,
            ::atlas_client_core::__private::written::InQuery::#style,
            &#argument,
        )?;
    })
}

/// What a parameter in the path is encoded by, where progenitor would do it in another way: the code of both.
pub fn path(parameter: &Parameter) -> Option<(String, Expr)> {
    let Some(Style::Path(style, explode)) = parameter.style else { return None };
    let (name, argument, style) = (&parameter.name, argument(parameter), format_ident!("{style}"));
    let known = quote!(encode_path(&#argument.to_string())).to_string();
    Some((
        known,
        parse_quote! {
            ::atlas_client_core::__private::written::path(
                #name,
                ::atlas_client_core::__private::written::InPath::#style,
                #explode,
                &#argument,
            )?
        },
    ))
}

struct Changes<'a> {
    operation: &'a Operation,
}

impl Changes<'_> {
    /// The parameter that is called by a literal in the lowered document.
    fn named(&self, literal: &Expr) -> Option<&Parameter> {
        let Expr::Lit(literal) = literal else { return None };
        let Lit::Str(name) = &literal.lit else { return None };
        let name = name.value();
        self.operation.parameters.iter().find(|parameter| lowered_name(parameter) == name)
    }

    /// Whether a parameter of the query is written by the core.
    fn is_written_apart(&self, query: &Expr) -> bool {
        let Expr::Reference(reference) = query else { return false };
        let Expr::Call(call) = &*reference.expr else { return false };
        let parameter = call.args.first().and_then(|name| self.named(name));
        parameter.is_some_and(|parameter| matches!(parameter.style, Some(Style::Query(_))))
    }
}

/// The value of a header, written by the core.
fn header(parameter: &Parameter, value: &Expr) -> Option<Expr> {
    let Expr::Try(checked) = value else { return None };
    let Expr::MethodCall(converted) = &*checked.expr else { return None };
    let Expr::MethodCall(text) = &*converted.receiver else { return None };
    let (name, value) = (&parameter.name, &text.receiver);
    match parameter.style? {
        Style::Header(explode) => Some(parse_quote! {
            ::atlas_client_core::__private::written::header(#name, #explode, &#value)?.try_into()?
        }),
        Style::HeaderJson => Some(parse_quote! {
            ::atlas_client_core::__private::written::header_json(&#value)?.try_into()?
        }),
        _ => None,
    }
}

impl VisitMut for Changes<'_> {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        syn::visit_mut::visit_expr_mut(self, expression);
        if let Expr::Try(checked) = expression
            && let Expr::MethodCall(call) = &*checked.expr
            && call.method == "form_urlencoded"
            && let Some(form) = &self.operation.form
        {
            let styles = form.iter().map(|(name, style)| {
                let style = format_ident!("{style}");
                quote!((#name, ::atlas_client_core::__private::written::InQuery::#style))
            });
            let receiver = &call.receiver;
            *expression = parse_quote! {
                #receiver.body(
                    ::atlas_client_core::__private::written::form(&body, &[#(#styles),*])?
                )
            };
            return;
        }
        let Expr::MethodCall(call) = expression else { return };
        let method = call.method.to_string();
        match method.as_str() {
            "query" if call.args.first().is_some_and(|query| self.is_written_apart(query)) => {
                *expression = (*call.receiver).clone();
            }
            "append" if call.args.len() == 2 => {
                let parameter = self.named(&call.args[0]);
                if let Some(value) = parameter.and_then(|p| header(p, &call.args[1])) {
                    call.args[1] = value;
                }
            }
            // reqwest has no functions for these.
            "options" | "trace"
                if call.receiver.to_token_stream().to_string()
                    == quote!(self.client).to_string() =>
            {
                let (receiver, url) = (&call.receiver, &call.args);
                let name = format_ident!("{}", method.to_uppercase());
                *expression = parse_quote!(#receiver.request(::reqwest::Method::#name, #url));
            }
            _ => {}
        }
    }
}

/// Calls a variable by another name.
struct Renamed<'a> {
    from: &'a str,
    to: &'a Ident,
}

impl VisitMut for Renamed<'_> {
    fn visit_expr_reference_mut(&mut self, reference: &mut syn::ExprReference) {
        if reference.mutability.is_some()
            && let Expr::Path(path) = &*reference.expr
            && path.path.is_ident(self.from)
        {
            let to = self.to;
            *reference.expr = parse_quote!(#to);
        }
    }
}
