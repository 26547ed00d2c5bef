//! Generates from the official document if it is available.

use std::env;
use std::path::Path;

use super::invariants::generate;
use crate::document;
use crate::document::walk;
use crate::normalize::Profile;

#[test]
fn all_of_the_official_document_is_generated() {
    let Some(path) = env::var_os("ATLAS_OPENAPI") else {
        println!("skipped: ATLAS_OPENAPI does not name the official document");
        return;
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let document = document::read(&root.join(path)).unwrap();
    let (normalized, rendered) = generate(&document, Profile::Lossless).unwrap();
    assert_eq!(normalized.operations.len(), walk::operations(&document).count());
    assert_eq!(rendered.methods.len(), normalized.operations.len());
}
