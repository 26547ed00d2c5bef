//! Checks across migrations: names, destinations, and the graph of `after`.

use std::collections::{HashMap, HashSet};

use super::{cursor::Cursor, migrations::ReadMigration};

pub(super) fn check(migrations: &[ReadMigration<'_>]) {
    let names = names(migrations);
    destinations(migrations);
    renames(migrations, &names);
    for migration in migrations {
        let mut seen = HashSet::new();
        for (name, at) in &migration.after {
            let is_self = migration.name.as_ref().is_some_and(|(own, _)| own == name);
            if !names.contains_key(name.as_str()) {
                let what = "no migration";
                at.unknown(
                    what,
                    name.as_str(),
                    names.keys().copied(),
                    "the name of a migration of this plan",
                );
            } else if is_self {
                at.fail(format!("the migration \"{name}\" cannot be after itself"));
            } else if !seen.insert(name) {
                at.fail(format!("\"{name}\" is in the list twice; expected it once"));
            }
        }
    }
    cycles(migrations);
}

/// Returns the names with their lines, and reports those that are there twice.
fn names<'m>(migrations: &'m [ReadMigration<'_>]) -> HashMap<&'m str, usize> {
    let mut names = HashMap::new();
    for (name, at) in migrations.iter().filter_map(|migration| migration.name.as_ref()) {
        let line = at.place().line;
        if let Some(first) = names.get(name.as_str()) {
            at.fail(format!(
                "the migration on line {first} is named \"{name}\" too; expected another name"
            ));
        } else {
            names.insert(name.as_str(), line);
        }
    }
    names
}

/// Reports destinations of two migrations. All are in the project of the plan.
fn destinations(migrations: &[ReadMigration<'_>]) {
    let mut destinations: HashMap<_, (&str, &Cursor<'_>)> = HashMap::new();
    for (cluster, at) in migrations.iter().filter_map(|migration| migration.destination.as_ref()) {
        match destinations.get(&cluster.to_lowercase()) {
            Some((first, earlier)) if first == cluster => at.fail(format!(
                "the migration on line {} has the destination \"{cluster}\" too; expected another cluster",
                earlier.place().line
            )),
            Some((first, earlier)) => at.note(format!(
                "the destinations \"{cluster}\" and \"{first}\" (line {}) differ in upper and lower case alone",
                earlier.place().line
            )),
            None => {
                destinations.insert(cluster.to_lowercase(), (cluster.as_str(), at));
            }
        }
    }
}

fn renames(migrations: &[ReadMigration<'_>], names: &HashMap<&str, usize>) {
    let mut seen = HashMap::new();
    for (name, at) in migrations.iter().filter_map(|migration| migration.renamed_from.as_ref()) {
        if let Some(line) = names.get(name.as_str()) {
            at.fail(format!("a migration is still named \"{name}\", on line {line}; expected a name that the plan had before"));
        } else if let Some(line) = seen.insert(name.as_str(), at.place().line) {
            at.fail(format!(
                "\"{name}\" was renamed on line {line} already; expected one new name for it"
            ));
        }
    }
}

/// Reports the cycles of `after`: each once.
fn cycles(migrations: &[ReadMigration<'_>]) {
    let mut before: HashMap<&str, &ReadMigration<'_>> = HashMap::new();
    for migration in migrations {
        if let Some((name, _)) = &migration.name {
            before.entry(name.as_str()).or_insert(migration);
        }
    }
    let mut done: HashSet<&str> = HashSet::new();
    for start in migrations.iter().filter_map(|migration| migration.name.as_ref()) {
        // The path from the start, with the next predecessor to look at for each of its names.
        let mut path: Vec<(&str, usize)> = Vec::new();
        let mut on_path: HashSet<&str> = HashSet::new();
        if !done.contains(start.0.as_str()) {
            path.push((start.0.as_str(), 0));
            on_path.insert(start.0.as_str());
        }
        while let Some((name, next)) = path.last_mut() {
            let (name, at) = (*name, *next);
            *next += 1;
            let predecessor = before.get(name).and_then(|migration| migration.after.get(at));
            let Some((predecessor, cursor)) = predecessor else {
                done.insert(name);
                on_path.remove(name);
                path.pop();
                continue;
            };
            let predecessor = predecessor.as_str();
            if on_path.contains(predecessor) {
                // A migration after itself was reported.
                if predecessor != name {
                    report_cycle(&path, predecessor, cursor);
                }
            } else if !done.contains(predecessor) && before.contains_key(predecessor) {
                path.push((predecessor, 0));
                on_path.insert(predecessor);
            }
        }
    }
}

fn report_cycle(path: &[(&str, usize)], predecessor: &str, at: &Cursor<'_>) {
    const SHOWN: usize = 20;
    let names = path.iter().map(|(name, _)| *name).skip_while(|name| *name != predecessor);
    let names: Vec<_> = names.collect();
    let mut shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(" → ");
    if names.len() > SHOWN {
        shown.push_str(" → …");
    }
    at.fail(format!(
        "the migrations wait for each other: {shown} → {predecessor}; expected `after` without a cycle"
    ));
}
