//! The modules of a crate, read from its files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Attribute, Expr, ExprLit, Item, ItemMod, Lit, Meta, UseTree};

use crate::error::Error;

/// The index of a module; the crate's root is 0.
pub type ModuleId = usize;

/// A path as it is written, segment by segment.
pub type NamePath = Vec<String>;

/// A module, in a file or inline.
pub struct Module {
    pub parent: ModuleId,
    pub file: PathBuf,
    pub items: Vec<Item>,
    /// One name can refer to a type, a value and a macro.
    pub names: BTreeMap<String, Vec<Name>>,
    pub globs: Vec<NamePath>,
}

/// The meaning of a name in its module.
pub enum Name {
    /// Something that this file defines.
    Item(PathBuf),
    Module(ModuleId),
    Import(NamePath),
}

/// A leaf of a `use` item.
pub struct Import {
    pub path: NamePath,
    /// The name that it gets; `None` for a glob.
    pub name: Option<String>,
}

/// Reads the crate whose root is `root`.
pub fn read(root: &Path) -> Result<Vec<Module>, Error> {
    let mut reader = Reader { modules: Vec::new() };
    let folder = root.parent().unwrap_or(Path::new(""));
    reader.add_file(root, folder, 0)?;
    Ok(reader.modules)
}

struct Reader {
    modules: Vec<Module>,
}

impl Reader {
    /// Adds the module in `file`, whose children are in `folder`.
    fn add_file(
        &mut self,
        file: &Path,
        folder: &Path,
        parent: ModuleId,
    ) -> Result<ModuleId, Error> {
        let failed = |reason: String| Error { file: file.to_owned(), reason };
        let text = fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
        let parsed = syn::parse_file(&text).map_err(|error| failed(error.to_string()))?;
        self.add(file, folder, parent, parsed.items)
    }

    fn add(
        &mut self,
        file: &Path,
        folder: &Path,
        parent: ModuleId,
        mut items: Vec<Item>,
    ) -> Result<ModuleId, Error> {
        items.retain(|item| !is_test(attributes(item)));
        let id = self.modules.len();
        let (names, globs) = (BTreeMap::new(), Vec::new());
        self.modules.push(Module {
            parent,
            file: file.to_owned(),
            items: Vec::new(),
            names,
            globs,
        });
        for item in &items {
            match item {
                Item::Mod(child) => {
                    let child_id = self.add_child(child, file, folder, id)?;
                    self.define(id, child.ident.to_string(), Name::Module(child_id));
                }
                Item::Use(item) => {
                    for Import { path, name } in leaves(&item.tree) {
                        match name {
                            Some(name) => self.define(id, name, Name::Import(path)),
                            None => self.modules[id].globs.push(path),
                        }
                    }
                }
                item => {
                    // An exported macro is named from the root.
                    let is_exported = |a: &Attribute| a.path().is_ident("macro_export");
                    let home = if attributes(item).iter().any(is_exported) { 0 } else { id };
                    if let Some(name) = defined_name(item) {
                        self.define(home, name, Name::Item(file.to_owned()));
                    }
                }
            }
        }
        self.modules[id].items = items;
        Ok(id)
    }

    fn add_child(
        &mut self,
        child: &ItemMod,
        file: &Path,
        folder: &Path,
        parent: ModuleId,
    ) -> Result<ModuleId, Error> {
        let name = child.ident.to_string();
        let own_folder = folder.join(&name);
        if let Some((_, items)) = &child.content {
            return self.add(file, &own_folder, parent, items.clone());
        }
        if let Some(path) = path_attribute(&child.attrs) {
            let file = file.parent().unwrap_or(Path::new("")).join(path);
            let folder = file.parent().unwrap_or(Path::new("")).to_owned();
            return self.add_file(&file, &folder, parent);
        }
        let beside = folder.join(format!("{name}.rs"));
        let file = if beside.exists() { beside } else { own_folder.join("mod.rs") };
        self.add_file(&file, &own_folder, parent)
    }

    fn define(&mut self, module: ModuleId, name: String, meaning: Name) {
        self.modules[module].names.entry(name).or_default().push(meaning);
    }
}

/// Returns the leaves of a `use` item.
pub fn leaves(tree: &UseTree) -> Vec<Import> {
    let mut found = Vec::new();
    collect(tree, &[], &mut found);
    found
}

fn collect(tree: &UseTree, prefix: &[String], found: &mut Vec<Import>) {
    let join = |name: &syn::Ident| [prefix, &[name.to_string()]].concat();
    match tree {
        UseTree::Path(tree) => collect(&tree.tree, &join(&tree.ident), found),
        UseTree::Group(group) => group.items.iter().for_each(|tree| collect(tree, prefix, found)),
        UseTree::Glob(_) => found.push(Import { path: prefix.to_vec(), name: None }),
        UseTree::Name(tree) if tree.ident == "self" => {
            found.push(Import { path: prefix.to_vec(), name: prefix.last().cloned() });
        }
        UseTree::Name(tree) => {
            found.push(Import { path: join(&tree.ident), name: Some(tree.ident.to_string()) });
        }
        UseTree::Rename(tree) => {
            let path = if tree.ident == "self" { prefix.to_vec() } else { join(&tree.ident) };
            found.push(Import { path, name: Some(tree.rename.to_string()) });
        }
    }
}

/// Returns whether an item is compiled for tests only.
pub fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            let mut words = condition.split(|c: char| !c.is_alphanumeric() && c != '_');
            words.any(|word| word == "test" || word == "doctest") && !condition.contains("not")
        }
        _ => false,
    })
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(path), .. }) => Some(path.value()),
            _ => None,
        },
        _ => None,
    })
}

fn defined_name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// Returns the attributes of an item.
pub fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
