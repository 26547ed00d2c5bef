//! [`Violations`]: what is wrong with a migration request.

use std::fmt;

/// Everything that is wrong with a migration request, each with its place in the JSON of the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations(Vec<(String, String)>);

impl Violations {
    /// Returns the pairs of place and problem.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(place, problem)| (place.as_str(), problem.as_str()))
    }

    pub(crate) fn add(&mut self, place: &str, problem: &str) {
        self.0.push((place.to_owned(), problem.to_owned()));
    }

    pub(crate) fn check_text(&mut self, place: &str, text: &str) {
        if text.trim().is_empty() {
            self.add(place, "it is empty");
        }
    }

    pub(crate) fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (place, problem)) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{place}: {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}
