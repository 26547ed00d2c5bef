//! Reading plan files.

use std::path::Path;

use crate::{plan::Plan, problem::PlanErrors};

impl Plan {
    /// Reads a plan file.
    ///
    /// # Errors
    /// The file cannot be read, or has mistakes: all of them, each with its place.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, PlanErrors> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path);
        let name = path.display().to_string();
        let text = text
            .map_err(|error| PlanErrors::whole_file(&name, format!("cannot be read: {error}")))?;
        Self::parse(&name, &text)
    }

    /// Parses the text of a plan file. Relative paths in the plan start at the folder of the file name.
    ///
    /// # Errors
    /// The text has mistakes: all of them, each with its place.
    pub fn parse(file: &str, _text: &str) -> Result<Self, PlanErrors> {
        Err(PlanErrors::new(file, Vec::new()))
    }

    /// Returns what the plan warns of, at a given time: mistakes are errors of [`parse`](Self::parse).
    pub fn warnings(&self, _now: jiff::Timestamp) -> Vec<crate::problem::Problem> {
        self.windows.iter().map(|(problem, _)| problem.clone()).chain(self.notes.clone()).collect()
    }
}
