//! Layout of generated code: short paths with their imports, doc comments, empty lines.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use quote::{format_ident, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, File, Path, parse_quote};

/// Modules and the names that are written without them. Names of the prelude need no import.
const SHORT_NAMES: &[(&str, &str)] = &[
    ("std::boxed", "Box"),
    ("std::option", "Option"),
    ("std::string", "String"),
    ("std::vec", "Vec"),
    ("atlas_client_core", "Body"),
    ("atlas_client_core", "ByteStream"),
    ("atlas_client_core", "ObjectId"),
    ("atlas_client_core", "Secret"),
    ("atlas_client_core::__private", "HeaderStyle"),
    ("atlas_client_core::__private", "PathStyle"),
    ("atlas_client_core::__private", "QueryStyle"),
    ("serde", "Deserialize"),
    ("serde", "Serialize"),
    ("serde_json", "Map"),
    ("serde_json", "Number"),
    ("serde_json", "Value"),
    ("std::collections", "HashMap"),
];

/// The names in a module, and what it imports.
pub struct Names {
    /// The names of the document's types, if this is the module that defines them.
    types: Option<BTreeSet<String>>,
    /// The imported names by module.
    imports: BTreeMap<String, BTreeSet<String>>,
}

impl Names {
    /// Returns the names of the module that defines the document's types.
    pub fn of_types(types: BTreeSet<String>) -> Self {
        Self { types: Some(types), ..Self::outside_of_types() }
    }

    /// Returns the names of any other module.
    pub fn outside_of_types() -> Self {
        Self { types: None, imports: BTreeMap::new() }
    }

    pub fn import(&mut self, module: &str, names: &[&str]) {
        let imports = self.imports.entry(module.to_owned()).or_default();
        imports.extend(names.iter().map(|&name| name.to_owned()));
    }

    /// Returns the shortest unambiguous form of a path and imports it if needed.
    pub fn short(&mut self, module: &str, name: &str) -> String {
        if self.types.as_ref().is_some_and(|types| types.contains(name)) {
            return format!("{module}::{name}");
        }
        if !["std::boxed", "std::option", "std::string", "std::vec"].contains(&module) {
            self.import(module, &[name]);
        }
        name.to_owned()
    }

    /// Returns the imports of code that uses these modules of the crate.
    fn lines(&self, modules: &[&str]) -> String {
        let listed = |names: &[&str]| match names {
            [name] => (*name).to_owned(),
            names => format!("{{{}}}", names.join(", ")),
        };
        let mut lines = String::new();
        let (std, other): (Vec<_>, Vec<_>) =
            self.imports.iter().partition(|(module, _)| module.starts_with("std::"));
        for group in [std, other].into_iter().filter(|group| !group.is_empty()) {
            for (module, names) in group {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                // Writing to a string cannot fail.
                let _ = writeln!(lines, "use {module}::{};", listed(&names));
            }
            lines.push('\n');
        }
        if !modules.is_empty() {
            let _ = writeln!(lines, "use crate::{};\n", listed(modules));
        }
        lines
    }
}

impl VisitMut for Names {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        if path.segments.len() < 2 {
            return;
        }
        path.leading_colon = None;
        let segments: Vec<String> =
            path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let starts = |module: &str| segments.join("::").starts_with(&format!("{module}::"));
        let own = ["crate::types", "types"].into_iter().find(|module| starts(module));
        if let Some(module) = own {
            let length = module.split("::").count();
            // Other modules keep `types::`.
            shorten(path, if self.types.is_some() { length } else { length - 1 });
            return;
        }
        let known = SHORT_NAMES.iter().find(|(module, name)| {
            let length = module.split("::").count();
            starts(module) && segments.get(length).is_some_and(|segment| segment == name)
        });
        if let Some((module, name)) = known
            && self.short(module, name) == *name
        {
            shorten(path, module.split("::").count());
        }
    }
}

/// Removes segments from the beginning of a path.
fn shorten(path: &mut Path, count: usize) {
    path.segments = std::mem::take(&mut path.segments).into_iter().skip(count).collect();
}

/// Returns the text of a module: its imports, also of these modules of the crate, and its items separated by empty
/// lines.
pub fn module(mut file: File, mut names: Names, crate_modules: &[&str]) -> String {
    names.visit_file_mut(&mut file);
    let mut text = String::new();
    for item in file.items {
        if !text.is_empty() {
            text.push('\n');
        }
        let items = vec![item];
        let one = File { shebang: None, frontmatter: None, attrs: Vec::new(), items };
        text.push_str(&with_empty_lines(&prettyplease::unparse(&one)));
    }
    let is_used = |module: &&str| {
        let mut code = text.lines().filter(|line| !line.trim_start().starts_with("///"));
        code.any(|line| line.contains(&format!("{module}::")))
    };
    let used: Vec<&str> = crate_modules.iter().copied().filter(is_used).collect();
    names.lines(&used) + &text
}

/// Separates the functions in an item by empty lines.
fn with_empty_lines(item: &str) -> String {
    let mut text = String::new();
    let mut lines = item.lines().peekable();
    while let Some(line) = lines.next() {
        text.push_str(line);
        text.push('\n');
        if line == "    }" && lines.peek().is_some_and(|next| *next != "}") {
            text.push('\n');
        }
    }
    text
}

/// Returns doc attributes, one per line.
pub fn docs(text: &str) -> Vec<Attribute> {
    let line = |line: &str| {
        let line = line.trim_end();
        let line = if line.is_empty() { String::new() } else { format!(" {line}") };
        parse_quote!(#[doc = #line])
    };
    text.trim().lines().map(line).collect()
}

/// Returns the doc attributes of an item, one per line.
pub fn split_docs(attributes: &[Attribute]) -> Vec<Attribute> {
    let text: Vec<String> = attributes.iter().filter_map(doc).collect();
    docs(&text.join("\n"))
}

fn doc(attribute: &Attribute) -> Option<String> {
    let syn::Meta::NameValue(pair) = &attribute.meta else { return None };
    let syn::Expr::Lit(literal) = &pair.value else { return None };
    let syn::Lit::Str(text) = &literal.lit else { return None };
    pair.path.is_ident("doc").then(|| text.value())
}

/// Returns a `derive` of these traits.
pub fn derive(traits: &[String]) -> Attribute {
    let paths = traits.iter().map(|path| {
        let segments = path.split("::").map(|segment| format_ident!("{segment}"));
        quote!(#(#segments)::*)
    });
    parse_quote!(#[derive(#(#paths),*)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(types: &[&str], code: &str) -> String {
        let types = types.iter().map(|&name| name.to_owned()).collect();
        module(syn::parse_str(code).unwrap(), Names::of_types(types), &[])
    }

    #[test]
    fn paths_are_short_unless_a_type_has_the_name() {
        let code = "struct A { b: ::std::option::Option<::serde_json::Value>, c: crate::types::B }";
        assert_eq!(
            types(&["A", "B"], code),
            "use serde_json::Value;\n\nstruct A {\n    b: Option<Value>,\n    c: B,\n}\n",
        );
        assert_eq!(
            types(&["Option", "Value"], code),
            "struct A {\n    b: std::option::Option<serde_json::Value>,\n    c: B,\n}\n",
        );
        let code = "fn f(a: types::A) -> crate::types::B {}";
        assert_eq!(
            module(syn::parse_str(code).unwrap(), Names::outside_of_types(), &["types", "options"]),
            "use crate::types;\n\nfn f(a: types::A) -> types::B {}\n",
        );
    }

    #[test]
    fn doc_comments_start_with_a_space_and_empty_lines_separate_functions() {
        let docs = docs("A line.\n\n- another ");
        let file = parse_quote! {
            impl A {
                #(#docs)* fn a() { if true { } }
                fn b() { if true { } }
            }
        };
        assert_eq!(
            module(file, Names::outside_of_types(), &[]),
            "impl A {\n    /// A line.\n    ///\n    /// - another\n    fn a() {\n        if true {}\n    }\n\n    \
             fn b() {\n        if true {}\n    }\n}\n",
        );
    }
}
