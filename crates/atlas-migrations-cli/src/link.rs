//! `atlas-migrations link` and `atlas-migrations projects`.

use atlas_client_core::sanitize;
use atlas_migrations::AvailableProject;
use indicatif::HumanBytes;
use serde_json::json;

use crate::arguments::{Common, CreateLink, DeleteLink, Link, Organisation};
use crate::ask::{Question, confirm};
use crate::change::Change;
use crate::connection::{connect, organisation, settings};
use crate::failure::{Exit, Failure};
use crate::output::{Done, show};
use crate::terminal::{self, Cell, Line, Nowhere, note, optional, table, warn, yes_or_no};

/// What to do where a token is there that nobody has seen.
const REMAKE: &str = "a token that nobody has seen is of no use: remove it with `atlas-migrations link delete`, \
                      then create another";

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
    // It is shown once, so that there has to be somebody to show it to.
    if let Some(nowhere) = terminal::stdout_leads_nowhere() {
        let why = match nowhere {
            Nowhere::Discarded => "stdout is closed or leads to /dev/null",
            Nowhere::Unwritable => "stdout cannot be written",
        };
        return Err(Failure::new(format!(
            "nothing was sent: {why}, and the link token is shown only once"
        ))
        .exit(Exit::Usage)
        .hint("let stdout lead to the terminal, to a pipe, or to a file that only you can read")
        .may_have_taken_effect(false, None));
    }
    let change = Change {
        what: format!("the creation of a link token for organization {org}"),
        find_out: REMAKE.to_owned(),
    };
    let token = change.send(client.create_link_token(org, arguments.access_list_ip)).await?;
    let done = Done {
        what: format!("a link token was created for organization {org}"),
        id: None,
        hint: REMAKE.to_owned(),
    };
    // The one place that shows it, for it is what was asked for.
    let token = token.expose();
    let shown = token_text(token)?;
    let shown_or_lost =
        done.show(common.output, &json!({ "linkToken": token }), || vec![shown.clone()]);
    if let Err(failure) = shown_or_lost {
        // What was interrupted has shown it.
        if failure.is(Exit::NotWritten) && terminal::stderr_is_terminal() {
            terminal::note(&format!("the link token: {}", shown.to_text(false)));
            return Err(failure.hint("it is shown above, on stderr, this once"));
        }
        return Err(failure);
    }
    note("this is the only time that the link token is shown; it embeds credentials");
    Ok(())
}

/// The token as it is; one that would steer a terminal as a JSON string.
fn token_text(token: &str) -> Result<Line, Failure> {
    if sanitize(token) == token {
        return Ok(Line::from(token));
    }
    warn("the link token has characters that steer a terminal, so it is shown as a JSON string");
    Ok(Line::from(terminal::json_line(&token)?.trim_end()))
}

async fn delete(common: &Common, arguments: &DeleteLink) -> Result<(), Failure> {
    let settings = settings(common)?;
    let org = organisation(&settings, arguments.organisation.org_id)?;
    let client = connect(common, &settings)?;
    if !arguments.confirmation.yes {
        confirm(&Question {
            about: vec![
                Line::from(format!("organization: {org}")),
                Line::from(
                    "Its link to Cloud Manager or Ops Manager and the API key behind it are removed: no \
                     project there can be migrated until it is linked anew with another token.",
                ),
            ],
            question: format!("Remove the link of organization {org}, and the API key behind it?"),
        })?;
    }
    let change = Change {
        what: format!("the removal of the link of organization {org}"),
        find_out: format!("find out with `atlas-migrations projects --org-id {org}`"),
    };
    change.send(client.delete_link_token(org)).await?;
    let done = Done {
        what: format!("the link of organization {org} was removed"),
        id: Some(org.to_string()),
        hint: "`atlas-migrations link create` makes a token for a new one".to_owned(),
    };
    done.show(common.output, &json!({}), || {
        vec![Line::from(format!("Link of organization {org} removed."))]
    })
}

pub async fn projects(common: &Common, arguments: &Organisation) -> Result<(), Failure> {
    let settings = settings(common)?;
    let org = organisation(&settings, arguments.org_id)?;
    let client = connect(common, &settings)?;
    let projects = client.available_projects(org).await?;
    show(common.output, &projects, || rows(&projects))
}

/// A row for each cluster, and one for a project without any.
fn rows(projects: &[AvailableProject]) -> Vec<Line> {
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
    table::<7>(headings, &rows as &[[Cell; 7]])
}
