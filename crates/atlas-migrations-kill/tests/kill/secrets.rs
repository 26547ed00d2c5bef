//! Looks for the secrets of the programs where they must not be. Invariant 9.

use std::{fs, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::driver::{PASSWORD, PRIVATE_KEY};

/// Returns the secrets in bytes of some place, in plain, Base64, percent or JSON form.
pub fn find(place: &str, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for secret in [PASSWORD, PRIVATE_KEY] {
        let base64 = STANDARD.encode(secret);
        let percent = secret.replace('/', "%2F").replace('@', "%40");
        let json = secret.replace('/', "\\/");
        for form in [secret, &percent, &json, &base64[..base64.len() - 4]] {
            if bytes.windows(form.len()).any(|window| window == form.as_bytes()) {
                found.push(format!("9: {place} has a secret as `{form}`"));
            }
        }
    }
    found
}

/// Looks through all files of a folder: the journal, outcome files, logs, what hooks received.
pub fn find_in_folder(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            found.extend(find_in_folder(&entry.path()));
        } else {
            let bytes = fs::read(entry.path()).unwrap_or_default();
            found.extend(find(&entry.path().display().to_string(), &bytes));
        }
    }
    found
}
