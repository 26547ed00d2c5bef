//! Known differences and their reasons.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::difference::Difference;

/// The file of known differences.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    known: Vec<Entry>,
}

/// Differences with the same reason.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    reason: String,
    /// Their ids.
    differences: Vec<String>,
}

impl Known {
    /// Reads the file of known differences.
    pub fn read(path: &Path) -> Result<Self, String> {
        let name = path.display();
        let text = fs::read_to_string(path).map_err(|error| {
            format!("{name}: {error}: a file without known differences is {{\"known\": []}}")
        })?;
        Self::parse(&text).map_err(|error| format!("{name}: {error}"))
    }

    pub fn parse(text: &str) -> Result<Self, String> {
        let known: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut ids = BTreeSet::new();
        for entry in &known.known {
            if entry.reason.trim().is_empty() {
                return Err(format!("no reason is given for {:?}", entry.differences));
            }
            if let Some(twice) = entry.differences.iter().find(|id| !ids.insert(id.as_str())) {
                return Err(format!("`{twice}` is listed twice"));
            }
        }
        Ok(known)
    }

    /// Sets the reasons of known differences, and returns the ids of those that are gone.
    pub fn explain(&self, differences: &mut [Difference]) -> Vec<String> {
        let mut gone = Vec::new();
        for Entry { reason, differences: ids } in &self.known {
            for id in ids {
                let mut found = false;
                for difference in differences.iter_mut().filter(|difference| difference.id == *id) {
                    difference.reason = Some(reason.clone());
                    found = true;
                }
                if !found {
                    gone.push(id.clone());
                }
            }
        }
        gone
    }
}
