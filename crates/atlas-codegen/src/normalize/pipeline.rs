//! The order of the rules.

use serde_json::Value;

use super::lowering::Lowering;
use super::model::{Normalized, Profile};
use super::{observed, postprocess};
use crate::document::Problem;

/// Normalizes a document.
///
/// # Errors
///
/// Something in the document is not supported.
pub fn normalize(document: &Value, profile: Profile) -> Result<Normalized, Problem> {
    let mut notes = Vec::new();
    let document = observed::apply(document, &mut notes);
    let mut lowering = Lowering::new(&document, profile, notes);
    let operations = lowering.operations()?;
    while let Some((at, name)) = lowering.pending.pop_front() {
        let component = lowering.component(&at, &name)?;
        lowering.components.insert(name, component);
    }
    postprocess::postprocess(lowering, operations)
}
