//! The official document, where there is one.

use std::env;

use super::invariants::generate;
use crate::document;
use crate::document::walk;
use crate::generate::root;
use crate::normalize::Profile;

#[test]
fn all_of_the_official_document_is_generated() {
    let Some(path) = env::var_os("ATLAS_OPENAPI") else {
        println!("skipped: ATLAS_OPENAPI does not name the official document");
        return;
    };
    let document = document::read(&root().join(path)).unwrap();
    let (normalised, rendered) = generate(&document, Profile::Lossless).unwrap();
    assert_eq!(normalised.operations.len(), walk::operations(&document).count());
    assert_eq!(rendered.methods.len(), normalised.operations.len());
}
