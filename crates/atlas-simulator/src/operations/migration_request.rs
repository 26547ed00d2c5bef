//! A migration that a client asks for: what the schema of its body does not say.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::Call;
use crate::problem::{self, Problem};
use crate::projects::Project;

/// How long a host's name may be. Invented as a rule of the service; the bound is that of DNS.
const HOST_LENGTH: RangeInclusive<usize> = 1..=253;

/// A migration that a client asks for, as far as it makes a difference here.
pub(super) struct MigrationRequest<'a> {
    pub(super) host: &'a str,
    pub(super) source_group_id: &'a str,
    pub(super) source_cluster: &'a str,
    pub(super) destination_cluster: &'a str,
}

impl<'a> MigrationRequest<'a> {
    /// Reads a body that is as the schema has it.
    ///
    /// Invented: the codes and the words of all that is refused here, and their order. An empty
    /// text is nothing, as [`Schema::is_blank`](crate::schema::Schema::is_blank) says.
    pub(super) fn read(call: &'a Call<'_>, project: &Project) -> Result<Self, Problem> {
        let (source, destination) = (&call.body["source"], &call.body["destination"]);
        let host = text(&call.body["migrationHosts"][0]);
        if !HOST_LENGTH.contains(&host.len()) {
            return Err(problem::invalid_attribute("migrationHosts[0]"));
        }
        if text(&destination["groupId"]) != project.id() {
            return Err(problem::validation_error("the destination is in another project"));
        }
        let names_link = !text(&destination["privateLinkId"]).is_empty();
        match (text(&destination["hostnameSchemaType"]), names_link) {
            ("PRIVATE_LINK", false) => {
                return Err(problem::missing_attribute("destination.privateLinkId"));
            }
            ("PRIVATE_LINK", true) | (_, false) => {}
            (_, true) => return Err(problem::invalid_attribute("destination.privateLinkId")),
        }
        let logs_in = ["username", "password"].iter().any(|name| !text(&source[*name]).is_empty());
        if source["managedAuthentication"] == true && logs_in {
            let what = "managed authentication excludes a user name and a password";
            return Err(problem::validation_error(what));
        }
        Ok(Self {
            host,
            source_group_id: text(&source["groupId"]),
            source_cluster: text(&source["clusterName"]),
            destination_cluster: text(&destination["clusterName"]),
        })
    }
}

/// The text, empty where there is none.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
