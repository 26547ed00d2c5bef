//! How to call each method with arguments that are JSON.

use std::fmt::Write as _;

use super::signatures::{Argument, Method, Passed, Returns};

/// A module that calls methods by their names.
pub fn module(methods: &[Method], library: &str) -> String {
    let mut text = format!(
        "//! Calls of every method.\n\n\
         #![allow(clippy::all, clippy::pedantic, unused_imports, reason = \"generated\")]\n\n\
         use {library}::{{Client, call as whole, types}};\n\n\
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
    let Method { name, arguments, returns } = method;
    let known: Vec<String> =
        arguments.iter().map(|argument| format!("{:?}", argument.of)).collect();
    let mut text = format!(
        "\nfn of_{}<'a>(client: &'a Client, given: Given<'a>) -> Calling<'a> {{\n    \
         Box::pin(async move {{\n        given.only(&[{}])?;\n",
        bare(name),
        known.join(", "),
    );
    for (index, argument) in arguments.iter().enumerate() {
        let Argument { of, is_optional, passed, rust } = argument;
        let how = match (passed, is_optional) {
            (Passed::AsBytes, _) => "bytes",
            (_, true) => "optional",
            (_, false) => "required",
        };
        let kind =
            if *is_optional { format!("::std::option::Option<{rust}>") } else { rust.clone() };
        let _ = writeln!(text, "        let a{index}: {kind} = given.{how}({of:?})?;");
    }
    let passed: Vec<String> =
        arguments.iter().enumerate().map(|(index, argument)| pass(index, argument)).collect();
    let passed = passed.join(", ");
    let call = format!("client.{name}({passed})");
    let _ = match returns {
        Returns::Nothing => writeln!(text, "        nothing(ended(whole({call}).await)?)"),
        Returns::Value(_) => writeln!(text, "        value(ended(whole({call}).await)?)"),
        Returns::Stream => writeln!(text, "        streamed(ended({call}.await)?).await"),
    };
    text.push_str("    })\n}\n");
    text
}

fn pass(index: usize, argument: &Argument) -> String {
    match (argument.passed, argument.is_optional) {
        (Passed::ByValue | Passed::AsBytes, _) => format!("a{index}"),
        (Passed::ByReference | Passed::Dereferenced, false) => format!("&a{index}"),
        (Passed::ByReference, true) => format!("a{index}.as_ref()"),
        (Passed::Dereferenced, true) => format!("a{index}.as_deref()"),
    }
}
