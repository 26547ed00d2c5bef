//! The operations of a selection that cannot be sliced, and why.

use std::fmt::Write as _;

use serde_json::Value;

use super::client::SliceOptions;
use crate::document::walk::{self, Site};
use crate::document::{Problem, Source};
use crate::select::Selection;

/// Operations that are refused for the same problem.
#[derive(Debug)]
pub struct Refusal {
    /// Their ids. Empty for a path that cannot be read.
    pub operations: Vec<String>,
    pub problem: Problem,
}

/// All refusals.
#[derive(Debug, Default)]
pub struct Refusals(pub Vec<Refusal>);

/// The number of ids that are listed for a refusal.
const LISTED: usize = 5;

impl Refusals {
    /// Returns the paths and operations of a document that cannot be read.
    pub fn of_document(document: &Value) -> Self {
        let unreadable = walk::sites(document).into_iter().filter_map(Result::err);
        Self(unreadable.map(|problem| Refusal { operations: Vec::new(), problem }).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of refused operations.
    pub fn operations(&self) -> usize {
        self.0.iter().map(|refusal| refusal.operations.len()).sum()
    }

    fn add(&mut self, operation: String, problem: Problem) {
        match self.0.iter_mut().find(|known| known.problem == problem) {
            Some(known) => known.operations.push(operation),
            None => self.0.push(Refusal { operations: vec![operation], problem }),
        }
    }

    /// Returns one line for each refusal.
    pub fn lines(&self, source: &Source) -> String {
        let mut text = String::new();
        for Refusal { operations, problem } in &self.0 {
            let shown: Vec<&str> = operations.iter().take(LISTED).map(String::as_str).collect();
            let more = operations.len().saturating_sub(LISTED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let of = match shown.as_slice() {
                [] => String::new(),
                shown => format!(" ({}{more})", shown.join(", ")),
            };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}{of}", source.describe(problem));
        }
        text
    }

    /// Returns the section of NOTES.md.
    pub fn table(&self) -> String {
        let mut text =
            "\n## Refused\n\nThe document has these operations, the client does not.\n\n\
             | Where | Why | Operations |\n|---|---|---|\n"
                .to_owned();
        for Refusal { operations, problem } in &self.0 {
            let cell = |text: &str| text.replace('|', "\\|").replace(['\n', '\r'], " ");
            let _ = writeln!(
                text,
                "| `{}` | {} | {} |",
                cell(problem.at.as_str()),
                cell(&problem.message),
                cell(&operations.join(", ")),
            );
        }
        text
    }
}

/// Removes the refused operations from a selection.
///
/// # Errors
///
/// There is a problem that belongs to none of its operations.
pub fn refuse(options: &SliceOptions<'_>, selection: &mut Selection) -> Result<Refusals, Problem> {
    let mut refusals = Refusals::default();
    let sites: Vec<Site<'_>> = walk::sites(options.document)
        .into_iter()
        .flatten()
        .filter(|site| selection.contains(&key(site)))
        .collect();
    // The problems of each operation alone.
    for site in &sites {
        let alone = Selection::from([key(site)]);
        let problem = match options.extract(&alone) {
            Ok(extract) if extract.is_empty() => continue,
            Ok(extract) => options.generate(extract).err(),
            Err(problem) => Some(problem),
        };
        if let Some(problem) = problem {
            selection.remove(&key(site));
            refusals.add(site.id(), problem);
        }
    }
    // The problems that an operation has only together with others.
    while !selection.is_empty() {
        let extract = options.extract(selection)?;
        if extract.is_empty() {
            break;
        }
        let Err(problem) = options.generate(extract) else { break };
        let has_problem = |site: &&Site<'_>| {
            selection.contains(&key(site))
                && [&site.at, &site.item.at].iter().any(|at| problem.at.is_within(at))
        };
        let culprits: Vec<&Site<'_>> = sites.iter().filter(has_problem).collect();
        if culprits.is_empty() {
            return Err(problem);
        }
        // The operation itself, or otherwise every operation of the path.
        let own: Vec<&&Site<'_>> =
            culprits.iter().filter(|site| problem.at.is_within(&site.at)).collect();
        let all = if own.is_empty() { culprits.iter().collect() } else { own };
        for site in all {
            selection.remove(&key(site));
            let problem = Problem::new(&problem.at, problem.message.clone());
            refusals.add(site.id(), problem);
        }
    }
    Ok(refusals)
}

fn key(site: &Site<'_>) -> (String, &'static str) {
    (site.path.to_owned(), site.method)
}
