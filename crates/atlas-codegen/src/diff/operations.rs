//! Comparing the operations of two documents.

use std::collections::BTreeMap;

use super::difference::{Findings, Kind, Part, Side};
use super::operation::Operation;
use super::{access, bodies, parameters, responses};
use crate::document::Pointer;

/// Compares every operation of the fragment with that of the document.
pub fn compare(
    findings: &mut Findings,
    fragment: &[Operation<'_>],
    document: &[Operation<'_>],
) -> Result<(), String> {
    let known: BTreeMap<_, _> = document.iter().map(|other| (other.shape(), other)).collect();
    for one in fragment {
        findings.enter(&one.id(), Part::Operation);
        if let Some(other) = known.get(&one.shape()) {
            operation(findings, one, other)?;
        } else {
            let has = Side::something(&one.node.at);
            let lacks = Side::nothing(&Pointer::default().to("paths"));
            findings.add(Kind::Operation, &one.node.at, has, lacks, true);
        }
    }
    Ok(())
}

/// Returns the operations of the document that have a tag of the fragment's, but are missing in the fragment.
pub fn missing<'o, 'a>(
    fragment: &[Operation<'_>],
    document: &'o [Operation<'a>],
) -> Vec<&'o Operation<'a>> {
    let is_tag = |tag: &str| fragment.iter().any(|one| one.tags().any(|known| known == tag));
    let is_known = |other: &Operation<'_>| fragment.iter().any(|one| one.shape() == other.shape());
    document.iter().filter(|other| other.tags().any(is_tag) && !is_known(other)).collect()
}

fn operation(
    findings: &mut Findings,
    fragment: &Operation<'_>,
    document: &Operation<'_>,
) -> Result<(), String> {
    let (one, other) = (&fragment.node, &document.node);
    let id = "operationId";
    let (old, new) = ((&one.at, one.member(id)), (&other.at, other.member(id)));
    findings.keyword(Kind::OperationId, id, old, new, false);
    findings.deprecation(one, other);
    access::compare(findings, fragment, document)?;
    findings.enter(&fragment.id(), Part::Request);
    parameters::compare(findings, fragment, document)?;
    bodies::compare(findings, fragment, document)?;
    findings.enter(&fragment.id(), Part::Response);
    responses::compare(findings, fragment, document)
}
