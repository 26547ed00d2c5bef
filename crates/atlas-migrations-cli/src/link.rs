//! `atlas-migrations link` and `atlas-migrations projects`.

use atlas_migrations::AvailableProject;
use indicatif::HumanBytes;
use serde_json::json;

use crate::arguments::{Common, CreateLink, DeleteLink, Link, Organisation};
use crate::ask::confirm;
use crate::connection::{connect, organisation, settings};
use crate::failure::Failure;
use crate::terminal::{Cell, note, optional, show, table, yes_or_no};

pub async fn run(common: &Common, link: Link) -> Result<(), Failure> {
    match link {
        Link::Create(arguments) => create(common, arguments).await,
        Link::Delete(arguments) => delete(common, &arguments).await,
    }
}

async fn create(common: &Common, arguments: CreateLink) -> Result<(), Failure> {
    let settings = settings(common)?;
    let org = organisation(&settings, arguments.organisation.org_id)?;
    let client = connect(common, &settings)?;
    let token = client.create_link_token(&org, arguments.access_list_ip).await?;
    // The one place that shows it, for it is what was asked for.
    let token = token.expose();
    show(common.output, &json!({ "linkToken": token }), || format!("{token}\n"))?;
    note("this is the only time that the link token is shown; it embeds credentials");
    Ok(())
}

async fn delete(common: &Common, arguments: &DeleteLink) -> Result<(), Failure> {
    let settings = settings(common)?;
    let org = organisation(&settings, arguments.organisation.org_id)?;
    let client = connect(common, &settings)?;
    let question = format!("Remove the link of organisation {org}, and the API key behind it?");
    confirm(&arguments.confirmation, &question)?;
    client.delete_link_token(&org).await?;
    show(common.output, &json!({}), || format!("Link of organisation {org} removed.\n"))
}

pub async fn projects(common: &Common, arguments: &Organisation) -> Result<(), Failure> {
    let settings = settings(common)?;
    let org = organisation(&settings, arguments.org_id)?;
    let client = connect(common, &settings)?;
    let projects = client.available_projects(&org).await?;
    show(common.output, &projects, || rows(&projects))
}

/// A row for each cluster, and one for a project without any.
fn rows(projects: &[AvailableProject]) -> String {
    let mut rows = Vec::new();
    for project in projects {
        let hosts = project.migration_hosts.as_ref().map(|hosts| hosts.join(", "));
        let deployments = project.deployments.as_deref().unwrap_or_default();
        let clusters = deployments.iter().map(Some).chain(deployments.is_empty().then_some(None));
        for cluster in clusters {
            let size = cluster.and_then(|cluster| cluster.db_size_bytes);
            rows.push([
                optional(project.project_id),
                optional(project.name.as_deref()),
                optional(cluster.and_then(|cluster| cluster.name.as_deref())),
                yes_or_no(cluster.and_then(|cluster| cluster.sharded)),
                yes_or_no(cluster.and_then(|cluster| cluster.tls_enabled)),
                optional(size.and_then(|size| u64::try_from(size).ok()).map(HumanBytes)),
                optional(hosts.as_deref()),
            ]);
        }
    }
    let headings =
        ["PROJECT ID", "PROJECT", "CLUSTER", "SHARDED", "TLS", "SIZE", "MIGRATION HOSTS"];
    table::<7>(headings, &rows as &[[Cell; 7]], false)
}
