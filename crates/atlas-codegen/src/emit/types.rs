//! `types.rs`: the structs that typify generates, with changes that typify has no setting for.

use std::collections::{BTreeSet, HashMap};

use quote::{ToTokens as _, quote};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Field, Fields, File, Item, ItemStruct, LitStr, Meta, Path, Token, Visibility,
    parse_quote,
};

use super::layout::{self, Names};
use super::macros;
use super::signature::ends_with;
use crate::document::{Pointer, Problem};
use crate::normalize::{FieldChange, Normalized, pascal, snake};

/// Returns the structs, open enums and tagged unions.
///
/// # Errors
///
/// Fails if a struct has a form that typify does not usually generate.
pub fn types(normalized: &Normalized, structs: Vec<ItemStruct>) -> Result<String, Problem> {
    let mut names: BTreeSet<String> = structs.iter().map(|item| item.ident.to_string()).collect();
    names.extend(normalized.enums.iter().map(|open_enum| open_enum.name.clone()));
    names.extend(normalized.unions.iter().map(|union| union.name.clone()));
    let mut names = Names::of_types(names);
    let mut changes: HashMap<_, Vec<_>> = HashMap::new();
    for field in &normalized.fields {
        let key = (pascal(&field.component), snake(&field.name));
        changes.entry(key).or_default().push(&field.change);
    }
    let mut items = Vec::new();
    for mut item in structs {
        let name = item.ident.to_string();
        rewrite(&mut item, &changes, &mut names).map_err(|message| {
            let at = Pointer::default().to("components").to("schemas").to(&name);
            Problem::new(&at, format!("not fully normalized: {message}"))
        })?;
        items.push(Item::Struct(item));
    }
    let file = File { shebang: None, frontmatter: None, attrs: Vec::new(), items };
    let mut text = layout::module(file, names, &[]);
    for item in macros::items(normalized) {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&item);
    }
    Ok(text)
}

fn rewrite(
    item: &mut ItemStruct,
    changes: &HashMap<(String, String), Vec<&FieldChange>>,
    names: &mut Names,
) -> Result<(), String> {
    let name = item.ident.to_string();
    let Fields::Named(fields) = &mut item.fields else {
        return Err("its fields have no names".to_owned());
    };
    let mut all = Vec::new();
    for field in &mut fields.named {
        let field_name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut serde = Serde::parse(&field.attrs)?;
        for change in changes.get(&(name.clone(), field_name.clone())).into_iter().flatten() {
            match change {
                FieldChange::Rename(name) => serde.rename = Some(name.clone()),
                FieldChange::NullIsNotAbsence => {
                    let inner = &field.ty;
                    field.ty = parse_quote!(::std::option::Option<#inner>);
                    // Without `default`, serde rejects an absent field that has `deserialize_with`.
                    serde.default = true;
                    serde.deserialize_with =
                        Some("atlas_client_core::nullable::present".to_owned());
                }
            }
        }
        all.push((field_name, serde));
    }
    let is_camel_case = saves_renames(&all);
    for (field, (name, serde)) in fields.named.iter_mut().zip(&mut all) {
        let on_the_wire = serde.rename.take().unwrap_or_else(|| name.clone());
        let default_name = if is_camel_case { camel_case(name) } else { name.clone() };
        serde.rename = Some(on_the_wire).filter(|wire| *wire != default_name && !serde.flatten);
        let mut attributes = layout::split_docs(&field.attrs);
        attributes.extend(serde.attribute(names));
        field.attrs = attributes;
    }
    let has_default =
        fields.named.iter().zip(&all).all(|(field, (_, serde))| may_be_absent(field, serde));
    let mut traits = vec!["Clone".to_owned(), "Debug".to_owned()];
    if has_default {
        traits.push("Default".to_owned());
    }
    traits.push("PartialEq".to_owned());
    traits.push(names.short("serde", "Deserialize"));
    traits.push(names.short("serde", "Serialize"));
    check_attributes(&item.attrs)?;
    if !matches!(item.vis, Visibility::Public(_)) || !item.generics.params.is_empty() {
        return Err("it is not public, or generic".to_owned());
    }
    let mut attributes = layout::split_docs(&item.attrs);
    attributes.push(layout::derive(&traits));
    attributes.push(parse_quote!(#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]));
    if is_camel_case {
        attributes.push(parse_quote!(#[serde(rename_all = "camelCase")]));
    }
    item.attrs = attributes;
    Ok(())
}

/// Fails if a struct has an attribute that `rewrite` does not replace.
fn check_attributes(attributes: &[Attribute]) -> Result<(), String> {
    let is_known = |attribute: &Attribute| {
        attribute.path().is_ident("doc") || attribute.path().is_ident("derive")
    };
    match attributes.iter().find(|attribute| !is_known(attribute)) {
        Some(other) => Err(format!("unknown attribute `{}`", other.to_token_stream())),
        None => Ok(()),
    }
}

/// Returns whether a field may be absent.
fn may_be_absent(field: &Field, serde: &Serde) -> bool {
    let is_collection = ["HashMap", "Map", "Vec"].iter().any(|name| ends_with(&field.ty, name));
    let is_required = serde.deserialize_with.is_some() && !serde.default;
    (ends_with(&field.ty, "Option") && !is_required)
        || (is_collection && (serde.default || serde.flatten))
}

/// Returns whether `rename_all = "camelCase"` saves more `rename` attributes than it adds.
fn saves_renames(fields: &[(String, Serde)]) -> bool {
    let own = fields.iter().filter(|(_, serde)| !serde.flatten);
    let (mut saved, mut added) = (0, 0);
    for (name, serde) in own {
        let camel = camel_case(name);
        match &serde.rename {
            Some(rename) => saved += usize::from(*rename == camel),
            None => added += usize::from(*name != camel),
        }
    }
    saved > added
}

/// Returns the name that `rename_all = "camelCase"` gives a field.
fn camel_case(name: &str) -> String {
    let mut camel = String::new();
    for word in name.trim_start_matches("r#").split('_').filter(|word| !word.is_empty()) {
        let mut characters = word.chars();
        match characters.next() {
            Some(first) if !camel.is_empty() => camel.push(first.to_ascii_uppercase()),
            Some(first) => camel.push(first.to_ascii_lowercase()),
            None => {}
        }
        camel.extend(characters);
    }
    camel
}

/// The attributes of serde that typify gives a field.
#[derive(Default)]
struct Serde {
    rename: Option<String>,
    flatten: bool,
    default: bool,
    deserialize_with: Option<String>,
    skip_serializing_if: Option<Path>,
}

impl Serde {
    /// Parses the attributes of a field.
    ///
    /// # Errors
    ///
    /// Fails if an attribute is unknown.
    fn parse(attributes: &[Attribute]) -> Result<Self, String> {
        let mut serde = Self::default();
        for attribute in attributes {
            if attribute.path().is_ident("doc") {
                continue;
            }
            let unknown = || format!("unknown attribute `{}`", attribute.to_token_stream());
            if !attribute.path().is_ident("serde") {
                return Err(unknown());
            }
            let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
            let parts = attribute.parse_args_with(parse).map_err(|_| unknown())?;
            for part in parts {
                let text = match &part {
                    Meta::NameValue(pair) => syn::parse2::<LitStr>(pair.value.to_token_stream())
                        .map_err(|_| unknown())?
                        .value(),
                    _ => String::new(),
                };
                match (&part, part.path().get_ident().map(ToString::to_string).as_deref()) {
                    (Meta::Path(_), Some("flatten")) => serde.flatten = true,
                    (Meta::Path(_), Some("default")) => serde.default = true,
                    (Meta::NameValue(_), Some("rename")) => serde.rename = Some(text),
                    // typify gives it to a required property that may be `null`.
                    (Meta::NameValue(_), Some("deserialize_with")) => {
                        serde.deserialize_with = Some(text);
                    }
                    (Meta::NameValue(_), Some("skip_serializing_if")) => {
                        let path = syn::parse_str(&text).map_err(|_| unknown())?;
                        serde.skip_serializing_if = Some(path);
                    }
                    _ => return Err(unknown()),
                }
            }
        }
        Ok(serde)
    }

    /// Returns one attribute with all settings.
    fn attribute(&self, names: &mut Names) -> Option<Attribute> {
        let mut parts = Vec::new();
        if let Some(name) = &self.rename {
            parts.push(quote!(rename = #name));
        }
        if self.flatten {
            parts.push(quote!(flatten));
        }
        if self.default {
            parts.push(quote!(default));
        }
        if let Some(path) = &self.deserialize_with {
            parts.push(quote!(deserialize_with = #path));
        }
        if let Some(path) = &self.skip_serializing_if {
            let mut path = path.clone();
            syn::visit_mut::VisitMut::visit_path_mut(names, &mut path);
            let path = path.to_token_stream().to_string().replace(' ', "");
            parts.push(quote!(skip_serializing_if = #path));
        }
        (!parts.is_empty()).then(|| parse_quote!(#[serde(#(#parts),*)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a struct after `rewrite`.
    fn rewritten(item: ItemStruct) -> Result<String, String> {
        let (mut item, mut names) = (item, Names::of_types(BTreeSet::new()));
        rewrite(&mut item, &HashMap::new(), &mut names)?;
        Ok(item.to_token_stream().to_string().replace(' ', ""))
    }

    #[test]
    fn a_required_property_that_may_be_null_stays_required() {
        let code = rewritten(parse_quote! {
            #[derive(Clone)]
            pub struct A {
                #[serde(deserialize_with = "::std::option::Option::deserialize")]
                pub a: Option<String>,
            }
        })
        .unwrap();
        assert!(code.contains("deserialize_with="), "{code}");
        assert!(!code.contains("Default"), "{code}");
    }

    #[test]
    fn rename_all_is_used_if_it_saves_renames() {
        let of = |names: &[(&str, &str)]| {
            let fields: Vec<_> = names
                .iter()
                .map(|&(name, wire)| {
                    let rename = Some(wire.to_owned()).filter(|wire| wire != name);
                    (name.to_owned(), Serde { rename, ..Serde::default() })
                })
                .collect();
            saves_renames(&fields)
        };
        assert!(of(&[("group_id", "groupId"), ("name", "name")]));
        assert!(of(&[("group_id", "groupId"), ("type_", "type"), ("a_b", "a_b")]));
        assert!(!of(&[("group_id", "groupId"), ("a_b", "a_b")]));
        assert!(!of(&[("name", "name"), ("x1st", "1st")]));
        assert_eq!(camel_case("mongo_db_version"), "mongoDbVersion");
        assert_eq!(camel_case("x2dsphere"), "x2dsphere");
    }

    #[test]
    fn a_struct_has_a_default_if_every_field_may_be_absent() {
        let optional = rewritten(parse_quote! {
            pub struct A { pub a: ::std::option::Option<i64>, #[serde(flatten)] pub extra: Map<K, V> }
        });
        assert!(optional.unwrap().contains("Default"));
        let required = rewritten(parse_quote! { pub struct A { pub a: Vec<i64> } });
        assert!(!required.unwrap().contains("Default"));
    }

    #[test]
    fn unknown_attributes_and_shapes_are_refused() {
        for item in [
            parse_quote! { pub struct A(i64); },
            parse_quote! { struct A { pub a: i64 } },
            parse_quote! { #[serde(untagged)] pub struct A { pub a: i64 } },
            parse_quote! { pub struct A { #[serde(skip)] pub a: i64 } },
            parse_quote! { pub struct A { #[cfg(x)] pub a: i64 } },
        ] {
            assert!(rewritten(item).is_err());
        }
    }
}
