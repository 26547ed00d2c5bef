//! `atlas-migrations link` and `atlas-migrations projects`.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use atlas_client_core::sanitize;
use atlas_migrations::{AvailableProject, OrgId, Secret};
use atlas_migrations_runs::changes::{self, Basis, TokenDelivery};
use indicatif::HumanBytes;
use serde_json::json;

use crate::change::{Change, CompletedChange};
use crate::cli::{CreateLink, DeleteLink, GlobalOptions, Link, OutputFormat, Projects};
use crate::client::{connect, connect_to_organization, organization, settings};
use crate::error::{CliError, Exit};
use crate::journal::{Journal, redactor};
use crate::output::show;
use crate::prompt::Confirm;
use crate::recorded::{LinkStream, Recorder, record_gone};
use crate::terminal::{
    self, Cell, Line, StdoutProblem, fields, note, optional, table, warn, yes_or_no,
};

/// What to do about a link token that was created but not shown.
const REPLACE_TOKEN: &str = "a link token that was not shown cannot be used: remove it with \
                             `atlas-migrations link delete`, then create a new one";

pub async fn run(global: &GlobalOptions, journal: &Journal, link: Link) -> Result<(), CliError> {
    match link {
        Link::Create(options) => create(global, journal, options).await,
        Link::Delete(options) => delete(global, journal, &options).await,
    }
}

async fn create(
    global: &GlobalOptions,
    journal: &Journal,
    options: CreateLink,
) -> Result<(), CliError> {
    let settings = settings(global)?;
    let org = organization(&settings, options.organization.org_id)?;
    let client = connect(global, &settings)?;
    // The token is shown only once, so stdout must work.
    if let Some(problem) = terminal::stdout_problem() {
        let reason = match problem {
            StdoutProblem::Discarded => "stdout is closed or is /dev/null",
            StdoutProblem::Unwritable => "stdout cannot be written",
        };
        let message = format!("nothing was sent: {reason}, and the link token is shown only once");
        return Err(CliError::usage(message)
            .hint("send stdout to the terminal, to a pipe, or to a file that only you can read")
            .may_have_taken_effect(false, None));
    }
    let journal = journal.for_changes(redactor(Some(&settings), None)).await?;
    let printer = TokenPrinter { org, format: global.output };
    let change = printer.change();
    match Recorder::start(global, journal, &client, &settings).await? {
        None => {
            let token = change.send(client.create_link_token(org, options.access_list_ip)).await?;
            printer.print(&token).1?;
        }
        Some(recorder) => {
            let stream = LinkStream::open(&recorder, org).await?;
            let problem = Arc::new(Mutex::new(None));
            let what = changes::Change::LinkCreate {
                org,
                access_list: options.access_list_ip,
                delivery: printer.delivery(Arc::clone(&problem)),
            };
            let basis = Basis::new();
            recorder.send(&change, LinkStream::NAME, stream.target, what, basis).await?;
            let problem = problem.lock().unwrap_or_else(PoisonError::into_inner).take();
            problem.map_or(Ok(()), Err)?;
        }
    }
    note("the link token is shown only this once; it contains credentials");
    Ok(())
}

/// Prints the token of a new link. No other place shows it.
#[derive(Clone, Copy)]
struct TokenPrinter {
    org: OrgId,
    format: OutputFormat,
}

impl TokenPrinter {
    fn change(self) -> Change {
        Change {
            what: format!("the creation of a link token for organization {}", self.org),
            how_to_check: REPLACE_TOKEN.to_owned(),
        }
    }

    /// Returns what prints the token before the journal records that there is one. Its error is put into `problem`.
    fn delivery(self, problem: Arc<Mutex<Option<CliError>>>) -> TokenDelivery {
        TokenDelivery::new(move |token| {
            let (was_shown, result) = self.print(token);
            // The outcome is still to be recorded.
            self.change().set_in_flight();
            *problem.lock().unwrap_or_else(PoisonError::into_inner) = result.err();
            if was_shown { Ok(()) } else { Err(io::Error::other("it could not be printed")) }
        })
    }

    /// Prints the token. Returns whether a person can have seen it, and the error of the command.
    fn print(self, token: &Secret) -> (bool, Result<(), CliError>) {
        let token = token.expose();
        let line = match token_line(token) {
            Ok(line) => line,
            Err(error) => return (false, Err(error)),
        };
        let done = CompletedChange {
            what: format!("a link token was created for organization {}", self.org),
            id: None,
            hint: REPLACE_TOKEN.to_owned(),
        };
        let lines = || vec![line.clone()];
        match done.show_in_any_form(self.format, &json!({ "linkToken": token }), lines) {
            Err(error) if error.has_exit(Exit::NotWritten) && terminal::stderr_is_terminal() => {
                note(&format!("the link token: {}", line.to_text(false)));
                (true, Err(error.hint("the token is shown above, on stderr, this once")))
            }
            Err(error) if error.has_exit(Exit::NotWritten) => (false, Err(error)),
            Ok(None) => (true, Ok(())),
            // An interrupted command has shown the token, and so has one whose filter failed.
            Ok(Some(error)) | Err(error) => (true, Err(error)),
        }
    }
}

/// Returns the token as it is, or as a JSON string if it contains control characters.
fn token_line(token: &str) -> Result<Line, CliError> {
    if sanitize(token) == token {
        return Ok(Line::from(token));
    }
    warn("the link token contains control characters and is shown as a JSON string");
    Ok(Line::from(terminal::json_line(&token)?.trim_end()))
}

async fn delete(
    global: &GlobalOptions,
    journal: &Journal,
    options: &DeleteLink,
) -> Result<(), CliError> {
    let settings = settings(global)?;
    let org = organization(&settings, options.organization.org_id)?;
    let client = connect(global, &settings)?;
    let journal = journal.for_changes(redactor(Some(&settings), None)).await?;
    if !options.confirmation.yes {
        let mut details = fields([("organization", org.to_string())]);
        details.push(Line::from(
            "This removes its link to Cloud Manager or Ops Manager, and the API key of the link. Its projects cannot \
             be migrated until it is linked again with a new token.",
        ));
        let question = format!("Remove the link of organization {org} and its API key?");
        Confirm { details, question }.ask()?;
    }
    let change = Change {
        what: format!("the removal of the link of organization {org}"),
        how_to_check: format!("check with `atlas-migrations projects --org-id {org}`"),
    };
    match Recorder::start(global, journal, &client, &settings).await? {
        None => change.send(client.delete_link_token(org)).await?,
        Some(recorder) => {
            let target = LinkStream::open(&recorder, org).await?.target;
            let stream = target.stream();
            let (what, basis) = (changes::Change::LinkDelete { org }, Basis::new());
            let sent = recorder.send(&change, LinkStream::NAME, target, what, basis).await;
            if sent.as_ref().is_err_and(|error| error.status() == Some(404)) {
                // There is no link, so that another can be created.
                record_gone(&recorder, stream).await?;
            }
            sent?;
        }
    }
    let done = CompletedChange {
        what: format!("the link of organization {org} was removed"),
        id: Some(org.to_string()),
        hint: "create a token for a new link with `atlas-migrations link create`".to_owned(),
    };
    done.show(global.output, &json!({}), || {
        vec![Line::from(format!("Link of organization {org} removed."))]
    })
}

pub async fn projects(global: &GlobalOptions, options: &Projects) -> Result<(), CliError> {
    let (client, org) = connect_to_organization(global, options.organization.org_id)?;
    let projects = client.available_projects(org).await?;
    show(global.output, &projects, || rows(&projects))
}

/// Returns a table with one row for each cluster, and one for each project without clusters.
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
