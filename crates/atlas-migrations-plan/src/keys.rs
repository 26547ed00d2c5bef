//! The keys of each mapping in a plan file. A test compares them with the JSON Schema.

pub(crate) const PLAN: &[&str] = &[
    "version",
    "name",
    "project",
    "organization",
    "journal",
    "approvers",
    "defaults",
    "cutover",
    "migrations",
    "hooks",
];
pub(crate) const DEFAULTS: &[&str] = &["source", "destination", "migration_host"];
pub(crate) const DEFAULT_SOURCE: &[&str] =
    &["project", "tls", "caCertificatePath", "authentication"];
pub(crate) const DEFAULT_DESTINATION: &[&str] = &["network"];
pub(crate) const MIGRATION: &[&str] = &[
    "name",
    "renamed_from",
    "source",
    "destination",
    "migration_host",
    "drop_destination_data",
    "sharding",
    "after",
    "approvers",
    "cutover",
];
pub(crate) const SOURCE: &[&str] =
    &["project", "cluster", "tls", "caCertificatePath", "authentication"];
pub(crate) const DESTINATION: &[&str] = &["cluster", "network"];
pub(crate) const PRIVATE_LINK: &[&str] = &["private_link"];
pub(crate) const USER: &[&str] = &["username", "password"];
pub(crate) const PASSWORD: &[&str] = &["env", "file", "command", "prompt"];
pub(crate) const SECRET: &[&str] = &["env", "file"];
pub(crate) const SHARDING: &[&str] = &["createSupportingIndexes", "entries"];
pub(crate) const SHARDING_ENTRY: &[&str] = &["database", "collection", "key"];
pub(crate) const CUTOVER: &[&str] =
    &["windows", "max_lag", "order", "on_failure", "approval_expires"];
pub(crate) const MIGRATION_CUTOVER: &[&str] = &["windows", "max_lag", "approval_expires"];
pub(crate) const AT_MOST: &[&str] = &["at_most"];
pub(crate) const WINDOW: &[&str] = &["days", "from", "to", "zone", "margin"];
pub(crate) const HOOK: &[&str] =
    &["name", "on", "exec", "pass_env", "webhook", "format", "timeout", "on_error"];
pub(crate) const WEBHOOK: &[&str] = &["url_from", "secret_from"];
