//! How to call each method with arguments that are JSON.

use std::fmt::Write as _;

use crate::emit::{Argument, Method, Options, Passed, Returns};

/// A module that calls methods by their names.
pub fn module(methods: &[Method], library: &str) -> String {
    let has_options = methods.iter().any(|method| method.options.is_some());
    let imported = if has_options { "Client, options, types" } else { "Client, types" };
    let mut text = format!(
        "//! Calls of every method.\n\n\
         #![allow(clippy::all, clippy::pedantic, unused_imports, reason = \"generated\")]\n\n\
         use {library}::{{{imported}}};\n\n\
         use super::runner::{{Calling, Given, ended, nothing, streamed, value}};\n\n\
         /// The call of a method. None where there is no such method.\n\
         pub fn call<'a>(client: &'a Client, operation: &str, given: Given<'a>) -> Option<Calling<'a>> \
         {{\n    Some(match operation {{\n",
    );
    for Method { name, .. } in methods {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "        {name:?} => of_{}(client, given),", bare(name));
    }
    text.push_str("        _ => return None,\n    })\n}\n");
    for method in methods {
        text.push_str(&function(method));
    }
    text
}

/// A name as the end of another.
fn bare(name: &str) -> &str {
    name.trim_start_matches("r#")
}

fn function(method: &Method) -> String {
    let Method { name, arguments, options, returns } = method;
    let optional = options.iter().flat_map(|options| &options.fields);
    let quoted = |argument: &Argument| format!("{:?}", argument.of);
    let known: Vec<String> = arguments.iter().chain(optional.clone()).map(quoted).collect();
    let mut text = format!(
        "\nfn of_{}<'a>(client: &'a Client, given: Given<'a>) -> Calling<'a> {{\n    \
         Box::pin(async move {{\n        given.only(&[{}])?;\n",
        bare(name),
        known.join(", "),
    );
    for (index, argument) in arguments.iter().enumerate() {
        let (how, kind) = match (argument.passed, argument.is_nullable) {
            (Passed::AsBytes, _) => ("bytes", argument.owned.clone()),
            (_, true) => ("optional", format!("::std::option::Option<{}>", argument.owned)),
            (_, false) => ("required", argument.owned.clone()),
        };
        let _ = writeln!(text, "        let a{index}: {kind} = given.{how}({:?})?;", argument.of);
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
        Returns::Nothing => writeln!(text, "        nothing(ended(returned)?)"),
        Returns::Value(_) => writeln!(text, "        value(ended(returned)?)"),
        Returns::Stream => writeln!(text, "        streamed(ended(returned)?).await"),
    };
    text.push_str("    })\n}\n");
    text
}

/// A call of the method that takes options.
fn with_options(options: &Options, mut passed: Vec<String>) -> String {
    let mut text = format!("            let mut options = options::{}::default();\n", options.name);
    for field in &options.fields {
        // Writing into a string cannot fail.
        let _ = writeln!(
            text,
            "            options.{} = given.optional::<{}>({:?})?;",
            field.name, field.owned, field.of,
        );
    }
    passed.push("&options".to_owned());
    let _ = writeln!(text, "            client.{}({}).await", options.method, passed.join(", "));
    text
}

fn pass(index: usize, argument: &Argument) -> String {
    match (argument.passed, argument.is_nullable) {
        (Passed::ByValue | Passed::AsBytes, _) => format!("a{index}"),
        (Passed::AsStr, true) => format!("a{index}.as_deref()"),
        (_, true) => format!("a{index}.as_ref()"),
        (_, false) => format!("&a{index}"),
    }
}
