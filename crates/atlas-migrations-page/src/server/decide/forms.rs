//! [`Forms`]: the forms that readers opened, each good for one decision.

use std::{collections::VecDeque, time::Duration};

use atlas_migrations_board::Choice;
use atlas_migrations_journal::StreamId;
use atlas_migrations_runs::decisions::Seen;
use tokio::time::Instant;

/// How long a form can be used, and its result be read.
pub const LIFETIME: Duration = Duration::from_mins(15);
/// The number of forms of one reader, at most. One more closes the reader's oldest.
const MAX_OF_READER: usize = 32;
/// The number of forms, at most.
const MAX_FORMS: usize = 2048;

/// What a form decides about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Subject {
    pub reader: String,
    pub stream: StreamId,
    pub choice: Choice,
}

/// What a decision led to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outcome {
    /// Whether the wish is fulfilled.
    pub is_done: bool,
    /// What was done, or why not.
    pub text: String,
    /// What to look out for.
    pub warning: Option<String>,
}

/// How far a form is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Stage {
    Open,
    Sent,
    Over(Outcome),
}

#[derive(Debug)]
struct Form {
    secret: String,
    subject: Subject,
    seen: Seen,
    opened: Instant,
    stage: Stage,
}

/// What follows from a form that was sent.
#[derive(Debug, Eq, PartialEq)]
pub enum Begin {
    /// It decides, about what its reader saw.
    First(Seen),
    /// It was sent before. Nothing more is decided.
    Again,
    /// It is not a form of this server, of this reader, or for this choice, or it is too old.
    Unknown,
}

/// The forms that readers opened.
#[derive(Debug, Default)]
pub struct Forms(VecDeque<Form>);

impl Forms {
    /// Adds a form. Returns whether there is room for it.
    pub fn open(&mut self, secret: String, subject: Subject, seen: Seen, now: Instant) -> bool {
        self.0.retain(|form| form.is_fresh(now));
        let is_theirs = |form: &Form| form.subject.reader == subject.reader;
        if self.0.iter().filter(|form| is_theirs(form)).count() >= MAX_OF_READER
            && let Some(oldest) = self.0.iter().position(is_theirs)
        {
            self.0.remove(oldest);
        }
        if self.0.len() >= MAX_FORMS {
            return false;
        }
        self.0.push_back(Form { secret, subject, seen, opened: now, stage: Stage::Open });
        true
    }

    /// Uses a form up.
    pub fn begin(&mut self, secret: &str, subject: &Subject, now: Instant) -> Begin {
        let Some(form) = self.find(secret, now) else { return Begin::Unknown };
        if form.subject != *subject {
            return Begin::Unknown;
        }
        if form.stage != Stage::Open {
            return Begin::Again;
        }
        form.stage = Stage::Sent;
        Begin::First(form.seen.clone())
    }

    /// Keeps what a form led to.
    pub fn end(&mut self, secret: &str, outcome: Outcome, now: Instant) {
        if let Some(form) = self.find(secret, now) {
            form.stage = Stage::Over(outcome);
        }
    }

    /// Returns how far a form of a reader is.
    pub fn stage(&mut self, secret: &str, reader: &str, now: Instant) -> Option<(Subject, Stage)> {
        let form = self.find(secret, now).filter(|form| form.subject.reader == reader)?;
        Some((form.subject.clone(), form.stage.clone()))
    }

    fn find(&mut self, secret: &str, now: Instant) -> Option<&mut Form> {
        self.0.iter_mut().find(|form| form.secret == secret && form.is_fresh(now))
    }
}

impl Form {
    fn is_fresh(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.opened) < LIFETIME
    }
}

#[cfg(test)]
mod tests {
    use atlas_migrations_journal::{event::StreamKind, state::StreamState};

    use super::*;

    fn seen() -> Seen {
        Seen::of_state(&StreamState::new(StreamKind::Migration))
    }

    fn subject(reader: &str) -> Subject {
        let stream = "0190a0b0-0000-7000-8000-000000000001".parse().unwrap();
        Subject { reader: reader.to_owned(), stream, choice: Choice::Approve }
    }

    #[test]
    fn a_form_decides_once_for_its_reader_and_its_choice_until_it_is_old() {
        let (mut forms, now) = (Forms::default(), Instant::now());
        assert!(forms.open("secret".to_owned(), subject("mira"), seen(), now));
        let hold = Subject { choice: Choice::Hold, ..subject("mira") };
        for (secret, other) in [("other", subject("mira")), ("secret", subject("jon"))] {
            assert_eq!(forms.begin(secret, &other, now), Begin::Unknown);
        }
        assert_eq!(forms.begin("secret", &hold, now), Begin::Unknown);
        assert_eq!(forms.begin("secret", &subject("mira"), now + LIFETIME), Begin::Unknown);
        assert_eq!(forms.begin("secret", &subject("mira"), now), Begin::First(seen()));
        assert_eq!(forms.begin("secret", &subject("mira"), now), Begin::Again);
        let outcome = Outcome { is_done: true, text: "approved".to_owned(), warning: None };
        forms.end("secret", outcome.clone(), now);
        assert_eq!(forms.begin("secret", &subject("mira"), now), Begin::Again);
        assert_eq!(forms.stage("secret", "jon", now), None);
        assert_eq!(forms.stage("secret", "mira", now).unwrap().1, Stage::Over(outcome));
    }

    #[test]
    fn one_reader_who_opens_many_forms_closes_no_form_of_another() {
        let (mut forms, now) = (Forms::default(), Instant::now());
        assert!(forms.open("of jon".to_owned(), subject("jon"), seen(), now));
        for number in 0..MAX_FORMS * 2 {
            assert!(forms.open(number.to_string(), subject("mira"), seen(), now));
        }
        assert_eq!(forms.0.len(), MAX_OF_READER + 1);
        assert_eq!(forms.begin("of jon", &subject("jon"), now), Begin::First(seen()));
        assert_eq!(forms.begin("0", &subject("mira"), now), Begin::Unknown);
    }
}
