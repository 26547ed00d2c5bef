//! The JSON Schema of plan files, for editors. The types here exist for it alone: reading is by hand, since it reports every
//! mistake with its place.
#![expect(dead_code, reason = "only the schemas of the types are used")]

use std::collections::BTreeMap;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value;

/// Returns the JSON Schema of plan files.
pub fn schema() -> Value {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<Plan>();
    schema.insert("title".to_owned(), "Plan of live migrations into MongoDB Atlas".into());
    let mut schema = schema.to_value();
    remove_null(&mut schema);
    // Another crate of the program can make `serde_json` keep the order of insertion.
    schema.sort_all_objects();
    schema
}

/// Removes `null` from the types: an optional key can be left out, and cannot be empty.
fn remove_null(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::Array(types)) = fields.get_mut("type") {
                types.retain(|it| it != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    fields.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = fields.get_mut("anyOf") {
                choices.retain(|it| it.get("type").is_none_or(|it| it != "null"));
                if let [Value::Object(only)] = choices.as_slice() {
                    let only = only.clone();
                    fields.remove("anyOf");
                    // Draft 7 ignores what stands beside a reference, and a description changes nothing.
                    fields.extend(only);
                }
            }
            fields.values_mut().for_each(remove_null);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_null),
        _ => {}
    }
}

/// Migrations that belong together, and the rules of their cutovers.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Plan {
    /// The version of the format.
    #[schemars(range(min = 1, max = 1))]
    version: u32,
    /// The name of the plan, which is the scope of the names of its migrations.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9-]{0,39}$"))]
    name: String,
    /// The ID of the Atlas project of the destinations.
    #[schemars(regex(pattern = r"^[0-9a-f]{24}$"))]
    project: String,
    /// The ID of the organization of the project.
    #[schemars(regex(pattern = r"^[0-9a-f]{24}$"))]
    organization: Option<String>,
    /// The only journal that the plan may run with: a path or a postgres:// URL without a password.
    journal: Option<String>,
    /// How many people approve each cutover. The default is 1.
    #[schemars(range(max = 20))]
    approvers: Option<u32>,
    /// What migrations have when they do not say otherwise.
    defaults: Option<Defaults>,
    /// The conditions of cutovers.
    cutover: Option<Cutover>,
    /// The migrations, in the order of their cutovers.
    #[schemars(length(min = 1, max = 5000))]
    migrations: Vec<Migration>,
    /// What to run or call when something happens to a migration.
    #[schemars(length(max = 100))]
    hooks: Option<Vec<Hook>>,
}

/// What migrations have when they do not say otherwise.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Defaults {
    source: Option<DefaultSource>,
    destination: Option<DefaultDestination>,
    /// The machine beside the source that carries the data.
    migration_host: Option<String>,
}

/// What the sources of migrations have when they do not say otherwise.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct DefaultSource {
    /// The ID of the project in Cloud Manager or Ops Manager.
    #[schemars(regex(pattern = r"^[0-9a-f]{24}$"))]
    project: Option<String>,
    /// Whether the migration host connects with TLS. The default is true.
    tls: Option<bool>,
    /// The file with trusted certificates on the migration host.
    #[schemars(rename = "caCertificatePath")]
    ca_certificate_path: Option<String>,
    authentication: Option<Authentication>,
}

/// What the destinations of migrations have when they do not say otherwise.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct DefaultDestination {
    network: Option<Network>,
}

/// The conditions of cutovers.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Cutover {
    /// When cutovers may start. At any time if absent or empty.
    windows: Option<Vec<Window>>,
    /// The largest lag at which a cutover may start, such as 30s.
    max_lag: Option<String>,
    order: Option<Order>,
    /// What happens to the other cutovers when one fails.
    on_failure: Option<OnFailure>,
    /// How long an approval is valid, such as 7d.
    approval_expires: Option<String>,
}

/// The conditions of one cutover, in place of those of the plan.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct MigrationCutover {
    /// When the cutover may start. At any time if empty.
    windows: Option<Vec<Window>>,
    /// The largest lag at which the cutover may start, such as 30s.
    max_lag: Option<String>,
    /// How long an approval is valid, such as 7d.
    approval_expires: Option<String>,
}

/// How many cutovers run at once.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Order {
    /// One after the other, in the order of the file.
    Sequence,
    /// All that are ready.
    Together,
    /// At most this many.
    AtMost(#[schemars(range(min = 1, max = 1000))] u32),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum OnFailure {
    /// No other cutover starts.
    Stop,
    /// The others go on.
    Continue,
}

/// A time at which a cutover may start: on days of the week with `days` and `zone`, else once between two instants.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Window {
    /// The days on which the window begins.
    #[schemars(length(min = 1, max = 7))]
    days: Option<Vec<Day>>,
    /// A time such as "22:00" in quotes, or an instant such as 2026-12-05T22:00:00+01:00. It is inside the window.
    from: String,
    /// A time such as "04:00" in quotes, or an instant. It is outside of the window.
    to: String,
    /// The time zone, such as Europe/Berlin.
    zone: Option<String>,
    /// The time before the end in which no cutover starts. The default is 15m.
    margin: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// One cluster to migrate.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Migration {
    /// The name, unique in the plan.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9._-]{0,62}$"))]
    name: String,
    /// The name in an earlier version of the plan.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9._-]{0,62}$"))]
    renamed_from: Option<String>,
    source: Source,
    destination: Destination,
    /// The machine beside the source that carries the data.
    #[schemars(rename = "migration_host")]
    host: Option<String>,
    /// Whether the data of the destination are dropped first. It needs an approval of its own.
    drop_destination_data: Option<bool>,
    sharding: Option<Sharding>,
    /// The migrations that are complete before this one is cut over.
    after: Option<Vec<String>>,
    /// How many people approve the cutover.
    #[schemars(range(max = 20))]
    approvers: Option<u32>,
    cutover: Option<MigrationCutover>,
}

/// The cluster to copy.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Source {
    /// The ID of the project in Cloud Manager or Ops Manager.
    #[schemars(regex(pattern = r"^[0-9a-f]{24}$"))]
    project: Option<String>,
    /// The name of the cluster.
    cluster: String,
    /// Whether the migration host connects with TLS. The default is true.
    tls: Option<bool>,
    /// The file with trusted certificates on the migration host.
    #[schemars(rename = "caCertificatePath")]
    ca_certificate_path: Option<String>,
    authentication: Option<Authentication>,
}

/// How the migration host authenticates to the source.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Authentication {
    Managed(Managed),
    User(User),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Managed {
    /// MongoDB Automation manages the source and provides the credentials.
    Managed,
}

/// A database user of the source.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct User {
    username: String,
    password: Password,
}

/// Where the password comes from.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Password {
    /// The name of an environment variable.
    Env(String),
    /// The path of a file.
    File(String),
    /// A program and its arguments. Its standard output is the password.
    Command(#[schemars(length(min = 1, max = 100))] Vec<String>),
    /// A person types it.
    Prompt(bool),
}

/// The Atlas cluster to fill.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Destination {
    /// The name of the cluster.
    #[schemars(regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9-]{0,63}$"))]
    cluster: String,
    network: Option<Network>,
}

/// The network over which the migration host reaches the destination. The default is public.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Network {
    /// The public internet.
    Public,
    /// A peering connection.
    VpcPeering,
    /// The ID of a private endpoint.
    PrivateLink(String),
}

/// How to shard the destination when the source is a replica set.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Sharding {
    /// Whether the indexes that the shard keys need are created. The default is true.
    #[schemars(rename = "createSupportingIndexes")]
    create_supporting_indexes: Option<bool>,
    /// The collections to shard.
    #[schemars(length(min = 1))]
    entries: Vec<ShardingEntry>,
}

/// A collection to shard.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ShardingEntry {
    database: String,
    collection: String,
    /// The fields of the shard key, such as [{region: 1}, {_id: hashed}].
    #[schemars(length(min = 1, max = 100))]
    key: Vec<BTreeMap<String, ShardKeyKind>>,
}

/// How a field is used in a shard key: 1 or hashed.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum ShardKeyKind {
    Ranged(#[schemars(range(min = 1, max = 1))] u32),
    Hashed(Hashed),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Hashed {
    Hashed,
}

/// What to run or call when something happens to a migration: exactly one of `exec` and `webhook`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Hook {
    /// The name, unique in the plan. The default is the name of the program, or webhook.
    #[schemars(regex(pattern = r"^[A-Za-z0-9._-]{1,63}$"))]
    name: Option<String>,
    /// The events.
    #[schemars(length(min = 1))]
    on: Vec<Event>,
    /// A program and its arguments. There is no shell.
    #[schemars(length(min = 1, max = 100))]
    exec: Option<Vec<String>>,
    /// The environment variables that the program gets besides the usual ones.
    #[schemars(length(max = 100))]
    pass_env: Option<Vec<String>>,
    webhook: Option<Webhook>,
    /// The format of the webhook's body. The default is json.
    format: Option<Format>,
    /// The time limit, such as 60s.
    timeout: Option<String>,
    /// What a failure means for the cutover. The default is veto for a program that runs before the cutover, else ignore.
    on_error: Option<OnError>,
}

/// A URL to call.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Webhook {
    url_from: Secret,
    /// Where the key of the signature comes from.
    secret_from: Option<Secret>,
}

/// Where a secret comes from.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Secret {
    /// The name of an environment variable.
    Env(String),
    /// The path of a file.
    File(String),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Format {
    /// The event as JSON.
    Json,
    /// A text message that Slack and compatible services show.
    Slack,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum OnError {
    /// The cutover is held until a person releases it.
    Veto,
    /// Nothing.
    Ignore,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Event {
    /// Atlas accepts the migration request.
    Validated,
    /// The migration exists in Atlas.
    Created,
    /// The migration is ready for the cutover.
    Ready,
    /// The migration expires in 24 hours, 4 hours or 1 hour.
    DeadlineNear,
    /// The cutover needs approvals.
    WaitingForApproval,
    /// The cutover is about to start.
    BeforeCutover,
    /// The cutover was requested.
    CutOver,
    /// The migration is complete.
    Complete,
    /// The migration failed.
    Failed,
    /// The migration expired.
    Expired,
    /// Whether a request took effect is not known.
    Unclear,
    /// The status of the migration cannot be read.
    PollsFailing,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{hook::HookEvent, keys};

    #[test]
    fn the_schema_has_the_keys_that_are_read() {
        let schema = schema();
        let keys_of = |schema: &Value| -> BTreeSet<String> {
            schema["properties"].as_object().unwrap().keys().cloned().collect()
        };
        let expected = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        assert_eq!(keys_of(&schema), expected(keys::PLAN));
        for (name, keys) in [
            ("Defaults", keys::DEFAULTS),
            ("DefaultSource", keys::DEFAULT_SOURCE),
            ("DefaultDestination", keys::DEFAULT_DESTINATION),
            ("Cutover", keys::CUTOVER),
            ("MigrationCutover", keys::MIGRATION_CUTOVER),
            ("Window", keys::WINDOW),
            ("Migration", keys::MIGRATION),
            ("Source", keys::SOURCE),
            ("User", keys::USER),
            ("Destination", keys::DESTINATION),
            ("Sharding", keys::SHARDING),
            ("ShardingEntry", keys::SHARDING_ENTRY),
            ("Hook", keys::HOOK),
            ("Webhook", keys::WEBHOOK),
        ] {
            assert_eq!(keys_of(&schema["definitions"][name]), expected(keys), "{name}");
        }
        for (name, keys) in [("Password", keys::PASSWORD), ("Secret", keys::SECRET)] {
            let choices = schema["definitions"][name]["oneOf"].as_array().unwrap();
            let found: BTreeSet<_> = choices.iter().flat_map(&keys_of).collect();
            assert_eq!(found, expected(keys), "{name}");
        }
        let events = schema["definitions"]["Event"]["oneOf"].as_array().unwrap();
        let events: Vec<_> = events.iter().map(|event| event["const"].as_str().unwrap()).collect();
        assert_eq!(events, HookEvent::ALL.iter().map(|event| event.as_str()).collect::<Vec<_>>());
        assert!(!schema.to_string().contains("\"null\""), "an optional key cannot be empty");
    }
}
