//! What a path leads to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::modules::{Module, ModuleId, Name};

/// What a path leads to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    Module(ModuleId),
    /// An item, or a part of one: its name, and the file that defines it.
    Item(String, PathBuf),
    /// Something outside the crate, or a local name.
    Elsewhere,
}

/// The names being looked up, so that a circle of globs ends.
type Pending = BTreeSet<(ModuleId, String)>;

/// Returns everything that a path written in `module` leads to.
pub fn resolve(modules: &[Module], module: ModuleId, path: &[String]) -> Vec<Target> {
    follow(modules, module, path, &mut Pending::new())
}

fn follow(
    modules: &[Module],
    module: ModuleId,
    path: &[String],
    pending: &mut Pending,
) -> Vec<Target> {
    let Some((first, rest)) = path.split_first() else {
        return vec![Target::Elsewhere];
    };
    let mut targets = match first.as_str() {
        "crate" => vec![Target::Module(0)],
        "self" => vec![Target::Module(module)],
        "super" => vec![Target::Module(modules[module].parent)],
        name => look_up(modules, module, name, pending),
    };
    if targets.is_empty() {
        targets.push(Target::Elsewhere);
    }
    for segment in rest {
        let step = |target| match target {
            Target::Module(module) if segment == "super" => {
                vec![Target::Module(modules[module].parent)]
            }
            Target::Module(module) => match look_up(modules, module, segment, pending) {
                // A macro may have defined it.
                found if found.is_empty() => vec![item(segment, &modules[module].file)],
                found => found,
            },
            item_or_elsewhere => vec![item_or_elsewhere],
        };
        targets = targets.into_iter().flat_map(step).collect();
    }
    targets
}

/// Returns the meanings of a name in a module. Empty if the module does not have it.
fn look_up(modules: &[Module], module: ModuleId, name: &str, pending: &mut Pending) -> Vec<Target> {
    if !pending.insert((module, name.to_owned())) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for meaning in modules[module].names.get(name).into_iter().flatten() {
        match meaning {
            Name::Item(file) => found.push(item(name, file)),
            Name::Module(child) => found.push(Target::Module(*child)),
            Name::Import(path) => found.extend(follow(modules, module, path, pending)),
        }
    }
    if found.is_empty() {
        for glob in &modules[module].globs {
            for target in follow(modules, module, glob, pending) {
                match target {
                    Target::Module(other) => found.extend(look_up(modules, other, name, pending)),
                    Target::Item(..) => {}
                    Target::Elsewhere => found.push(Target::Elsewhere),
                }
            }
        }
    }
    pending.remove(&(module, name.to_owned()));
    found
}

fn item(name: &str, file: &Path) -> Target {
    Target::Item(name.to_owned(), file.to_owned())
}
