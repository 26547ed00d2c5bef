//! The operations that a path was probably meant for.

use super::document::Description;

/// The most operations that a message lists.
const MAX_LISTED: usize = 3;

/// Returns the operations whose paths are most like a path.
pub(super) fn near(description: &Description, path: &str) -> Vec<String> {
    let mut found: Vec<_> = description
        .paths
        .iter()
        .map(|known| (known.template.likeness(path), known))
        .filter(|(likeness, _)| *likeness > 0)
        .collect();
    found.sort_by_key(|(likeness, _)| std::cmp::Reverse(*likeness));
    let operations = found.into_iter().flat_map(|(_, known)| {
        known.methods.iter().map(|method| format!("{method} {}", known.template.text))
    });
    operations.take(MAX_LISTED).collect()
}
