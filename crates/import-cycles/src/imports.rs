//! Which file imports what from which other file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, ItemMod, ItemUse, Meta, Pat, PatIdent, Visibility};

use crate::modules::{self, Module, ModuleId, NamePath};
use crate::names::{self, Target};

/// The names that a file takes from another, by the two files.
pub type Imports = BTreeMap<PathBuf, BTreeMap<PathBuf, BTreeSet<String>>>;

/// Returns the imports between the files of a crate.
pub fn of(modules: &[Module]) -> Imports {
    let mut imports = Imports::new();
    for module in 0..modules.len() {
        let locals = BTreeSet::new();
        let mut visitor = Visitor { modules, module, locals, imports: &mut imports };
        modules[module].items.iter().for_each(|item| visitor.visit_item(item));
    }
    imports
}

struct Visitor<'a> {
    modules: &'a [Module],
    module: ModuleId,
    /// The local variables of the function being visited.
    locals: BTreeSet<String>,
    imports: &'a mut Imports,
}

impl Visitor<'_> {
    fn add(&mut self, path: &[String]) {
        if let [name] = path
            && self.locals.contains(name)
        {
            return;
        }
        let own = &self.modules[self.module].file;
        for target in names::resolve(self.modules, self.module, path) {
            // What is used of a module is named by a longer path.
            if let Target::Item(name, file) = target
                && file != *own
            {
                let files = self.imports.entry(own.clone()).or_default();
                files.entry(file).or_default().insert(name);
            }
        }
    }

    /// Adds the paths among the tokens of a macro or an attribute.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut rest = &tokens[..];
        let mut is_member = false;
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            match first {
                TokenTree::Group(group) => self.add_tokens(group.stream()),
                TokenTree::Ident(_) => {
                    let (path, after) = leading_path(first, after);
                    let is_callee = matches!(
                        after.first(),
                        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis
                    );
                    // A lone lowercase word may be a field, a keyword or a local variable.
                    let is_item = |name: &String| name.starts_with(char::is_uppercase);
                    if !is_member && (path.len() > 1 || is_callee || is_item(&path[0])) {
                        self.add(&path);
                    }
                    rest = after;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            is_member = matches!(first, TokenTree::Punct(punct) if punct.as_char() == '.');
        }
    }

    /// Visits a function with its local variables known.
    fn in_function(&mut self, locals: Locals, visit: impl FnOnce(&mut Self)) {
        let outer = self.locals.clone();
        self.locals.extend(locals.0);
        visit(self);
        self.locals = outer;
    }
}

/// Returns the path that begins with the identifier `first`, and what follows it.
fn leading_path<'a>(first: &TokenTree, mut rest: &'a [TokenTree]) -> (NamePath, &'a [TokenTree]) {
    let mut path = vec![first.to_string()];
    while let [TokenTree::Punct(one), TokenTree::Punct(two), TokenTree::Ident(name), after @ ..] =
        rest
        && (one.as_char(), two.as_char()) == (':', ':')
    {
        path.push(name.to_string());
        rest = after;
    }
    (path, rest)
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !modules::is_test(modules::attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    /// Modules are visited one by one.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        // The name of a re-export is looked up where it is used.
        if matches!(item.vis, Visibility::Inherited) {
            for import in modules::leaves(&item.tree) {
                if import.name.is_some() {
                    self.add(&import.path);
                }
            }
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        let mut locals = Locals::default();
        locals.visit_item_fn(function);
        self.in_function(locals, |visitor| visit::visit_item_fn(visitor, function));
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        if matches!(item, ImplItem::Fn(function) if modules::is_test(&function.attrs)) {
            return;
        }
        let mut locals = Locals::default();
        locals.visit_impl_item(item);
        self.in_function(locals, |visitor| visit::visit_impl_item(visitor, item));
    }

    fn visit_trait_item(&mut self, item: &'ast syn::TraitItem) {
        let mut locals = Locals::default();
        locals.visit_trait_item(item);
        self.in_function(locals, |visitor| visit::visit_trait_item(visitor, item));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let names: NamePath = path.segments.iter().map(|s| s.ident.to_string()).collect();
            self.add(&names);
        }
        visit::visit_path(self, path);
    }

    fn visit_pat(&mut self, pattern: &'ast Pat) {
        if let Pat::Ident(PatIdent { ident, .. }) = pattern
            && is_constant(ident)
        {
            self.add(&[ident.to_string()]);
        }
        visit::visit_pat(self, pattern);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        visit::visit_macro(self, call);
        // The tokens of generated code belong to another crate.
        let name = call.path.segments.last().map(|segment| segment.ident.to_string());
        if !name.is_some_and(|name| name.contains("quote")) {
            self.add_tokens(call.tokens.clone());
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.add_tokens(list.tokens.clone());
        }
    }
}

/// The variables that the patterns of a function bind.
#[derive(Default)]
struct Locals(BTreeSet<String>);

impl<'ast> Visit<'ast> for Locals {
    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        if !is_constant(&pattern.ident) {
            self.0.insert(pattern.ident.to_string());
        }
        visit::visit_pat_ident(self, pattern);
    }
}

/// Returns whether a lone name in a pattern is a constant or a variant, and not a variable.
fn is_constant(name: &syn::Ident) -> bool {
    name.to_string().starts_with(char::is_uppercase)
}
