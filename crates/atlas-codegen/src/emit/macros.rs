//! Macro calls for the types that typify gets wrong: open enums and tagged unions.

use std::fmt::Write as _;

use crate::normalize::{Normalized, OpenEnum, Scope, TaggedUnion, sanitize};

/// Returns the macro calls.
pub fn items(normalized: &Normalized) -> impl Iterator<Item = String> {
    normalized.enums.iter().map(open_enum).chain(normalized.unions.iter().map(union))
}

fn open_enum(open_enum: &OpenEnum) -> String {
    let mut text = "atlas_client_core::open_enum! {\n".to_owned();
    documentation(&mut text, 1, open_enum.description.as_deref(), &open_enum.name);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "    pub enum {} {{", open_enum.name);
    for variant in &open_enum.variants {
        let value = &variant.value;
        documentation(&mut text, 2, variant.description.as_deref(), value);
        let _ = writeln!(text, "        {} = {value:?},", variant.name);
    }
    text.push_str("    }\n}\n");
    text
}

fn union(union: &TaggedUnion) -> String {
    let mut text = "atlas_client_core::tagged_union! {\n".to_owned();
    documentation(&mut text, 1, union.description.as_deref(), &union.name);
    let _ = writeln!(text, "    pub enum {} by {:?} {{", union.name, union.tag);
    // The macro adds this variant.
    let mut names = Scope::with(&["Unknown"]);
    for (component, tags) in &union.variants {
        let name = names.claim(component);
        let shown = tags.join(" | ");
        let tags: Vec<String> = tags.iter().map(|tag| format!("{tag:?}")).collect();
        let tags = tags.join(" | ");
        documentation(&mut text, 2, None, &shown);
        let _ = writeln!(text, "        {name}({component}) = {tags},");
    }
    text.push_str("    }\n}\n");
    text
}

/// Writes a doc comment: the description, or the name if there is none.
fn documentation(text: &mut String, depth: usize, description: Option<&str>, name: &str) {
    let indent = "    ".repeat(depth);
    let fallback = format!("`{name}`");
    for line in sanitize(description.unwrap_or(&fallback)).lines() {
        let _ = writeln!(text, "{}", format!("{indent}/// {line}").trim_end());
    }
}
