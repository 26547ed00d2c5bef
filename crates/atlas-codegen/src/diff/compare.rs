//! The comparison as a whole.

use super::difference::Findings;
use super::known::Known;
use super::node::Source;
use super::operation::Operation;
use super::operations;
use super::report::Report;

/// Compares a fragment with a document.
///
/// # Errors
///
/// One of the two cannot be read.
pub fn compare(fragment: &Source, document: &Source, known: &Known) -> Result<Report, String> {
    let (old, new) = (Operation::all(fragment)?, Operation::all(document)?);
    let mut findings = Findings::default();
    operations::compare(&mut findings, &old, &new)?;
    let mut differences = findings.differences;
    let gone = known.explain(&mut differences);
    let missing = operations::missing(&old, &new).into_iter();
    let missing = missing.map(|other| {
        (other.id(), format!("{} {}", other.site.method.to_uppercase(), other.site.path))
    });
    let operations = old.iter().map(Operation::id).collect();
    Ok(Report { differences, gone, operations, missing: missing.collect() })
}
