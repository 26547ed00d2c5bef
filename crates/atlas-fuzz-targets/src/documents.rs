//! OpenAPI documents, and the scenarios of the simulator.

use atlas_codegen::{Pointer, fuzzing};
use atlas_simulator::{Description, Scenario};

/// Reads a scenario. What is read is written as a scenario that reads the same.
pub(crate) fn scenario(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    match Scenario::from_json(text) {
        Ok(scenario) => {
            let again = serde_json::to_string(&scenario).ok();
            let again = again.and_then(|text| Scenario::from_json(&text).ok());
            assert_eq!(again.as_ref(), Some(&scenario));
        }
        Err(error) => {
            assert!(!error.to_string().chars().any(char::is_control), "{error}");
        }
    }
}

/// Reads a document, extracts its operations and normalizes them.
pub(crate) fn openapi_document(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let Ok(document) = atlas_codegen::parse(text) else { return };
    if let Err(problem) = fuzzing::normalize(&document) {
        assert!(!problem.to_string().is_empty());
    }
}

/// Follows the pointer of a reference. Its tokens give the same pointer.
pub(crate) fn json_pointer(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let Some(pointer) = Pointer::of_reference(text) else { return };
    let again = pointer.tokens().fold(Pointer::default(), |pointer, token| pointer.to(token));
    assert!(again.tokens().eq(pointer.tokens()), "{text:?}");
}

/// Reads a document that the simulator serves, and makes every response.
pub(crate) fn described_api(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    if let Ok(description) = Description::from_json(text) {
        for body in description.samples() {
            assert!(body.to_string().len() < (1 << 20) + 4 * text.len());
        }
    }
}
