//! [`Query`]: which migrations are shown.

use atlas_migrations_board::{Kind, Migration, Section, Tone};

/// Which of all migrations are shown by one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Only {
    #[default]
    All,
    /// Failed, expired or unclear.
    Failed,
    /// Those that need a person.
    NeedsYou,
}

/// What migrations have in common that stand in one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alike {
    pub(crate) section: Section,
    pub(crate) kind: Kind,
    tone: Tone,
    command: Option<String>,
    /// Migrations that wait for different times are not alike.
    waits_for: Option<String>,
}

impl Alike {
    pub(crate) fn of(migration: &Migration) -> Self {
        let tells_apart = matches!(migration.kind, Kind::Waiting);
        Self {
            section: Section::of(migration),
            kind: migration.kind,
            tone: migration.tone(),
            command: migration.command_for_all.clone(),
            waits_for: tells_apart.then(|| migration.brief.clone()),
        }
    }

    pub(crate) fn matches(&self, migration: &Migration) -> bool {
        self.kind == migration.kind
            && self.tone == migration.tone()
            && self.command == migration.command_for_all
            && self.section == Section::of(migration)
            && self.waits_for.as_ref().is_none_or(|brief| *brief == migration.brief)
    }
}

/// Which migrations are shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    pub(crate) only: Only,
    /// A part of a name, an ID, a cluster or a state.
    pub(crate) filter: String,
    /// One row that was opened: its migrations, each in a row of its own.
    pub(crate) opened: Option<Alike>,
}

impl Query {
    /// Returns whether all migrations are shown.
    pub(crate) fn is_all(&self) -> bool {
        self.only == Only::All && self.filter.is_empty() && self.opened.is_none()
    }

    pub(crate) fn matches(&self, migration: &Migration) -> bool {
        let is_meant = match self.only {
            Only::All => true,
            Only::Failed => migration.tone() == Tone::Broken,
            Only::NeedsYou => migration.needs_person(),
        };
        is_meant
            && self.opened.as_ref().is_none_or(|alike| alike.matches(migration))
            && self.has_text(migration)
    }

    fn has_text(&self, migration: &Migration) -> bool {
        if self.filter.is_empty() {
            return true;
        }
        let wanted = self.filter.to_lowercase();
        let texts = [
            Some(migration.pointer.name.as_str()),
            Some(migration.kind.word()),
            migration.clusters.as_deref(),
            migration.project.as_deref(),
            migration.atlas_id.as_deref(),
        ];
        texts.into_iter().flatten().any(|text| text.to_lowercase().contains(&wanted))
    }
}
