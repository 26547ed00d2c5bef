//! [`Problem`]: something in a plan file, with its place. [`PlanErrors`]: all of them.

use std::fmt;

/// A place in a plan file.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Place {
    /// Creates a place from a line and a column, both from 1.
    pub const fn new(line: usize, column: usize) -> Self {
        Self { line, column }
    }
}

/// A mistake or a risk in a plan file.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Problem {
    /// The place. None for the file as a whole.
    pub place: Option<Place>,
    /// The path of the value, such as `migrations[1].after[0]`. Empty for the file as a whole.
    pub path: String,
    /// What was found and what was expected, on one line and without secrets.
    pub message: String,
}

impl Problem {
    /// Creates a problem.
    pub fn new(
        place: impl Into<Option<Place>>,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { place: place.into(), path: path.into(), message: message.into() }
    }

    /// Returns the problem as `file:line:column: path: message`.
    pub fn in_file(&self, file: &str) -> String {
        let place = self.place.map_or_else(String::new, |at| format!(":{}:{}", at.line, at.column));
        let path = if self.path.is_empty() { String::new() } else { format!(": {}", self.path) };
        format!("{file}{place}{path}: {}", self.message)
    }
}

/// The mistakes in a plan file, ordered by place. `Display` writes one line for each.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PlanErrors {
    file: String,
    problems: Vec<Problem>,
}

impl PlanErrors {
    /// The number of mistakes that `Display` writes.
    const SHOWN: usize = 50;

    pub(crate) fn new(file: &str, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| problem.place);
        Self { file: file.to_owned(), problems }
    }

    pub(crate) fn whole_file(file: &str, message: impl Into<String>) -> Self {
        Self::new(file, vec![Problem::new(None, "", message)])
    }

    /// Returns the name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Returns the mistakes.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for PlanErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().take(Self::SHOWN).enumerate() {
            let separator = if at == 0 { "" } else { "\n" };
            write!(formatter, "{separator}{}", problem.in_file(&self.file))?;
        }
        match self.problems.len().saturating_sub(Self::SHOWN) {
            0 => Ok(()),
            more => write!(formatter, "\n{}: {more} more mistakes", self.file),
        }
    }
}

impl std::error::Error for PlanErrors {}
