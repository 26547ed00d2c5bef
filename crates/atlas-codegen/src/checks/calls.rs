//! `calls.rs` of the checks: calls each method with JSON arguments.

use std::fmt::Write as _;

use crate::emit::{Argument, Method, Options, Passed, Returns};

/// Returns a module that calls methods by name.
pub fn module(methods: &[Method], library: &str) -> String {
    let has_options = methods.iter().any(|method| method.options.is_some());
    let imported = if has_options { "Client, options, types" } else { "Client, types" };
    let mut text = format!(
        "//! Calls each method with JSON arguments.\n\n\
         #![allow(clippy::all, clippy::pedantic, unused_imports, reason = \"generated\")]\n\n\
         use {library}::{{{imported}}};\n\n\
         use super::runner::{{Arguments, PendingCall, empty, error_message, json_value, stream}};\n\n\
         /// Calls a method. Returns `None` if there is no such method.\n\
         pub fn call<'a>(client: &'a Client, operation: &str, given: Arguments<'a>) -> Option<PendingCall<'a>> \
         {{\n    Some(match operation {{\n",
    );
    for Method { name, .. } in methods {
        // Writing to a string cannot fail.
        let _ =
            writeln!(text, "        {name:?} => call_{}(client, given),", without_raw_prefix(name));
    }
    text.push_str("        _ => return None,\n    })\n}\n");
    for method in methods {
        text.push_str(&function(method));
    }
    text
}

/// Returns an identifier without `r#`, so that it can be part of another one.
fn without_raw_prefix(name: &str) -> &str {
    name.trim_start_matches("r#")
}

/// Returns the function that calls one method.
fn function(method: &Method) -> String {
    let Method { name, arguments, options, returns } = method;
    let optional = options.iter().flat_map(|options| &options.fields);
    let quoted = |argument: &Argument| format!("{:?}", argument.parameter);
    let known: Vec<String> = arguments.iter().chain(optional.clone()).map(quoted).collect();
    let mut text = format!(
        "\nfn call_{}<'a>(client: &'a Client, given: Arguments<'a>) -> PendingCall<'a> {{\n    \
         Box::pin(async move {{\n        given.only(&[{}])?;\n",
        without_raw_prefix(name),
        known.join(", "),
    );
    for (index, argument) in arguments.iter().enumerate() {
        let (how, kind) = match (argument.passed, argument.is_nullable) {
            (Passed::AsBytes, _) => ("bytes", argument.owned.clone()),
            (_, true) => ("optional", format!("::std::option::Option<{}>", argument.owned)),
            (_, false) => ("required", argument.owned.clone()),
        };
        let _ = writeln!(
            text,
            "        let a{index}: {kind} = given.{how}({:?})?;",
            argument.parameter
        );
    }
    let passed: Vec<String> =
        arguments.iter().enumerate().map(|(index, argument)| pass(index, argument)).collect();
    let plain = format!("client.{name}({}).await", passed.join(", "));
    let returned = match options {
        None => plain,
        Some(options) => {
            let fields: Vec<String> = optional.map(quoted).collect();
            let fields = fields.join(", ");
            let with = with_options(options, passed);
            format!(
                "if given.has_any(&[{fields}]) {{\n{with}        }} else {{\n            {plain}\n        }}"
            )
        }
    };
    let _ = writeln!(text, "        let returned = {returned};");
    let _ = match returns {
        Returns::Nothing => writeln!(text, "        empty(returned.map_err(error_message)?)"),
        Returns::Value(_) => writeln!(text, "        json_value(returned.map_err(error_message)?)"),
        Returns::Stream => writeln!(text, "        stream(returned.map_err(error_message)?).await"),
    };
    text.push_str("    })\n}\n");
    text
}

/// Returns a call of the method that takes options.
fn with_options(options: &Options, mut passed: Vec<String>) -> String {
    let mut text = format!("            let mut options = options::{}::default();\n", options.name);
    for field in &options.fields {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "            options.{} = given.optional::<{}>({:?})?;",
            field.name, field.owned, field.parameter,
        );
    }
    passed.push("&options".to_owned());
    let _ = writeln!(text, "            client.{}({}).await", options.method, passed.join(", "));
    text
}

/// Returns the expression that passes an argument to a method.
fn pass(index: usize, argument: &Argument) -> String {
    match (argument.passed, argument.is_nullable) {
        (Passed::ByValue | Passed::AsBytes, _) => format!("a{index}"),
        (Passed::AsStr, true) => format!("a{index}.as_deref()"),
        (_, true) => format!("a{index}.as_ref()"),
        (_, false) => format!("&a{index}"),
    }
}
