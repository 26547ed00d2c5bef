//! What of a selection cannot be cut out, and why.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Cut, Docs, Selection, Slice, cut};
use crate::document::walk::{self, Site};
use crate::document::{Problem, Source};
use crate::normalize::Profile;

/// Operations that are refused, and what is refused of them.
#[derive(Debug)]
pub struct Refusal {
    /// Their ids; of a path that cannot be read there are none.
    pub operations: Vec<String>,
    pub problem: Problem,
}

/// All that is refused.
#[derive(Debug, Default)]
pub struct Refusals(pub Vec<Refusal>);

/// More ids than these are counted.
const SHOWN: usize = 5;

impl Refusals {
    /// What of a document cannot be read at all.
    pub fn of_document(document: &Value) -> Self {
        let unreadable = walk::sites(document).into_iter().filter_map(Result::err);
        Self(unreadable.map(|problem| Refusal { operations: Vec::new(), problem }).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many operations are refused.
    pub fn operations(&self) -> usize {
        self.0.iter().map(|refusal| refusal.operations.len()).sum()
    }

    fn add(&mut self, operation: String, problem: Problem) {
        match self.0.iter_mut().find(|known| known.problem == problem) {
            Some(known) => known.operations.push(operation),
            None => self.0.push(Refusal { operations: vec![operation], problem }),
        }
    }

    /// For people, one a line.
    pub fn listed(&self, source: &Source) -> String {
        let mut text = String::new();
        for Refusal { operations, problem } in &self.0 {
            let shown: Vec<&str> = operations.iter().take(SHOWN).map(String::as_str).collect();
            let more = operations.len().saturating_sub(SHOWN);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let of = match shown.as_slice() {
                [] => String::new(),
                shown => format!(" ({}{more})", shown.join(", ")),
            };
            // Writing into a string cannot fail.
            let _ = writeln!(text, "{}{of}", source.says(problem));
        }
        text
    }

    /// For NOTES.md.
    pub fn table(&self) -> String {
        let mut text =
            "\n## What is refused\n\nThe document has these, and the client has not.\n\n\
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

/// What is cut, and how.
pub struct Task<'a> {
    pub document: &'a Value,
    pub version: Option<&'a str>,
    pub docs: Docs,
    pub profile: Profile,
}

impl Task<'_> {
    /// The client of a selection, and how many operations have no version as old as wanted.
    pub fn slice(&self, selection: &Selection) -> Result<(Slice, Vec<String>), Problem> {
        let cut = self.cut(selection)?;
        let left_out = cut.left_out.clone();
        Ok((Slice::of(cut, self.docs, self.profile)?, left_out))
    }

    pub fn cut(&self, selection: &Selection) -> Result<Cut, Problem> {
        cut(self.document, selection, self.version)
    }

    /// Takes out of a selection what is refused.
    ///
    /// # Errors
    ///
    /// Something is refused that is none of its operations'.
    pub fn refuse(&self, selection: &mut Selection) -> Result<Refusals, Problem> {
        let mut refusals = Refusals::default();
        let sites: Vec<Site<'_>> = walk::sites(self.document)
            .into_iter()
            .flatten()
            .filter(|site| selection.contains(&key(site)))
            .collect();
        // What is wrong with each by itself.
        for site in &sites {
            let alone = Selection::from([key(site)]);
            let problem = match self.cut(&alone) {
                Ok(cut) if cut.is_empty() => continue,
                Ok(cut) => Slice::of(cut, self.docs, self.profile).err(),
                Err(problem) => Some(problem),
            };
            if let Some(problem) = problem {
                selection.remove(&key(site));
                refusals.add(site.id(), problem);
            }
        }
        // What is wrong with it only beside the others.
        while !selection.is_empty() {
            let cut = self.cut(selection)?;
            if cut.is_empty() {
                break;
            }
            let Err(problem) = Slice::of(cut, self.docs, self.profile) else { break };
            let of_it = |site: &&Site<'_>| {
                selection.contains(&key(site))
                    && [&site.at, &site.item.at].iter().any(|at| problem.at.is_within(at))
            };
            let culprits: Vec<&Site<'_>> = sites.iter().filter(of_it).collect();
            if culprits.is_empty() {
                return Err(problem);
            }
            // The operation itself, where it is one; else all of the path.
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
}

fn key(site: &Site<'_>) -> (String, &'static str) {
    (site.path.to_owned(), site.method)
}
