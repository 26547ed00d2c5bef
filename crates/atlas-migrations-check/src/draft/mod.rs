//! Drafts a plan from what Atlas says is there.

mod matching;
mod text;

use std::collections::BTreeSet;

use atlas_migrations::{Client, Error, GroupId, OrgId};

use self::{matching::match_clusters, text::plan_text};
use crate::atlas::AtlasFacts;

/// Returns a plan file with comments: a migration for each cluster that can be migrated, with what Atlas says about it.
///
/// The text is a valid plan. What a person must decide has a value that starts with `CHOOSE`, which `check` reports, or a
/// comment. Changes nothing.
///
/// # Errors
/// Atlas does not list the projects that can be migrated. Without the clusters of the project, all destinations are to be
/// chosen.
pub async fn draft_plan(
    client: &Client,
    organization: OrgId,
    project: GroupId,
) -> Result<String, Error> {
    let facts = AtlasFacts::read(client, Some(organization), BTreeSet::from([project])).await;
    let sources = facts.sources.transpose()?.unwrap_or_default();
    let clusters = facts.clusters.into_values().next();
    let problem =
        clusters.as_ref().and_then(|clusters| clusters.as_ref().err()).map(Error::summary);
    let clusters = clusters.and_then(Result::ok).unwrap_or_default();
    let matched = match_clusters(&sources, clusters);
    Ok(plan_text(organization, project, &matched, problem.as_deref()))
}
