//! Writes the text of the plan.

use std::fmt::Write as _;

use atlas_client_core::sanitize;
use atlas_migrations::{GroupId, OrgId};

use super::matching::{Matched, MatchedSource};

const HEAD: &str = "\
# A plan of live migrations, drafted from what Atlas lists. Edit it, then:
#     atlas-migrations plan check FILE             what would go wrong; changes nothing
#     atlas-migrations plan check FILE --validate  the same, and Atlas validates each migration
# A value that starts with CHOOSE is for you to decide.
version: 1
name: my-migrations                         # at most 40 lowercase letters, digits and hyphens
";

const POLICY: &str = "
# How many people approve each cutover. More than 1 needs a PostgreSQL journal.
approvers: 1

cutover:
  # Without a window, a cutover may start at any time after its approval.
  # windows: [{days: [sat, sun], from: \"22:00\", to: \"04:00\", zone: Europe/Berlin}]
  max_lag: 30s
  order: sequence                           # one after the other, in the order of this file
  on_failure: stop                          # or: continue

";

const HOOKS: &str = "
# Programs that run on events; one that runs before the cutover can veto it.
# hooks:
#   - {on: [before_cutover], exec: [./stop-writes.sh], timeout: 60s, on_error: veto}
";

const PLACEHOLDER: &str = "\
  # No cluster can be migrated: link the Cloud Manager organization, or let it monitor the cluster.
  - name: choose
    source: {project: \"000000000000000000000000\", cluster: CHOOSE, authentication: managed}
    destination: {cluster: CHOOSE}
    migration_host: CHOOSE.invalid
";

/// Returns the plan. The problem is why the clusters of the project are not known.
pub(super) fn plan_text(
    organization: OrgId,
    project: GroupId,
    matched: &Matched<'_>,
    problem: Option<&str>,
) -> String {
    let mut text = HEAD.to_owned();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "project: \"{project}\"         # of the destinations");
    let _ = writeln!(text, "organization: \"{organization}\"");
    text.push_str(POLICY);
    let has_defaults = defaults(&mut text, &matched.sources);
    if let Some(problem) = problem {
        let _ = writeln!(text, "# The clusters of the project are not known: {}", comment(problem));
    }
    let free = matched.free.iter().filter(|cluster| !cluster.is_shared);
    let free: Vec<_> = free.map(|cluster| comment(&cluster.name)).collect();
    if !free.is_empty() {
        let _ = writeln!(text, "# Clusters of the project without a source: {}", free.join(", "));
    }
    text.push_str("migrations:\n");
    if matched.sources.is_empty() {
        text.push_str(PLACEHOLDER);
    }
    for source in &matched.sources {
        migration(&mut text, source, has_defaults);
    }
    text.push_str(HOOKS);
    text
}

/// Writes what the migrations share, if all sources are in one project. Returns whether that is so.
fn defaults(text: &mut String, sources: &[MatchedSource<'_>]) -> bool {
    let Some((first, rest)) = sources.split_first() else { return false };
    if rest.is_empty() || rest.iter().any(|source| source.project_id != first.project_id) {
        return false;
    }
    text.push_str("# What all migrations share.\ndefaults:\n  source:\n");
    project(text, "    ", first);
    host(text, "  ", first);
    text.push('\n');
    true
}

fn migration(text: &mut String, source: &MatchedSource<'_>, has_defaults: bool) {
    let deployment = source.deployment;
    let version = deployment.mongo_db_version.as_deref().unwrap_or("version unknown");
    let shape = match deployment.sharded {
        Some(true) => "sharded",
        Some(false) => "replica set",
        None => "shape unknown",
    };
    let _ = writeln!(text, "  # MongoDB {}, {shape}", comment(version));
    let _ = writeln!(text, "  - name: {}", quoted(source.name.as_str()));
    let _ = writeln!(text, "    source:");
    if !has_defaults {
        project(text, "      ", source);
    }
    let _ = writeln!(text, "      cluster: {}", quoted(source.cluster));
    let (tls, unknown) = match deployment.tls_enabled {
        Some(tls) => (tls, ""),
        None => (true, "  # Atlas does not say"),
    };
    let _ = writeln!(text, "      tls: {tls}{unknown}");
    let authentication = if deployment.managed == Some(true) {
        "managed".to_owned()
    } else {
        format!("{{username: CHOOSE, password: {{env: {}}}}}", variable(source.name.as_str()))
    };
    let _ = writeln!(text, "      authentication: {authentication}");
    let (cluster, facts) = match &source.destination {
        Some(cluster) => {
            let version = cluster.version.as_deref().unwrap_or("version unknown");
            let tier = cluster.tier.as_deref().unwrap_or("tier unknown");
            let paused = if cluster.paused == Some(true) { ", paused" } else { "" };
            let facts = format!("  # MongoDB {}, {}{paused}", comment(version), comment(tier));
            (quoted(&cluster.name), facts)
        }
        None => (placeholder(source.name.as_str()), String::new()),
    };
    let _ = writeln!(text, "    destination: {{cluster: {cluster}}}{facts}");
    if !has_defaults {
        host(text, "    ", source);
    }
}

fn project(text: &mut String, indent: &str, source: &MatchedSource<'_>) {
    let name = source.project.name.as_deref().unwrap_or("unnamed");
    let _ = writeln!(text, "{indent}project: \"{}\"  # {}", source.project_id, comment(name));
}

fn host(text: &mut String, indent: &str, source: &MatchedSource<'_>) {
    let hosts = source.project.migration_hosts.as_deref().unwrap_or_default();
    let mut usable = hosts.iter().filter(|host| is_host(host));
    let (chosen, facts) =
        match (usable.next(), usable.map(|host| comment(host)).collect::<Vec<_>>()) {
            (None, _) => {
                ("CHOOSE.invalid".to_owned(), "  # Atlas lists none for this project".to_owned())
            }
            (Some(first), others) if others.is_empty() => (quoted(first), String::new()),
            (Some(first), others) => (quoted(first), format!("  # or: {}", others.join(", "))),
        };
    let _ = writeln!(text, "{indent}migration_host: {chosen}{facts}");
}

/// Returns a name of a cluster that says what it stands for, different for each migration.
fn placeholder(name: &str) -> String {
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("CHOOSE-{}", name.chars().take(57).collect::<String>())
}

/// Returns the name of an environment variable for the password of a migration.
fn variable(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect();
    format!("PASSWORD_{name}")
}

/// Returns whether a plan can have the text as the name of a host.
fn is_host(name: &str) -> bool {
    (1..=253).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
}

/// Returns a text from outside for a comment: one line.
fn comment(text: &str) -> String {
    sanitize(text)
}

/// Returns a text from outside as a YAML scalar in double quotes.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            _ if character.is_control()
                || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}') =>
            {
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}
