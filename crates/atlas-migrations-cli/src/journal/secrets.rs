//! The secrets that this process knows, so that none of them is stored.

use atlas_migrations::{Authentication, MigrationRequest, Secret, Settings};
use atlas_migrations_journal::Redactor;

/// Returns the secrets of the settings and of the journal's database.
pub fn secrets(settings: Option<&Settings>) -> Vec<Secret> {
    let credentials = settings.and_then(|settings| settings.credentials.as_ref());
    let credentials = credentials.map(|credentials| credentials.secret().clone());
    let database = std::env::var("PGPASSWORD").ok().map(Secret::from);
    credentials.into_iter().chain(database).collect()
}

/// Returns what replaces the secrets of the settings, of a request and of the journal's database in texts.
pub fn redactor(settings: Option<&Settings>, request: Option<&MigrationRequest>) -> Redactor {
    let password = request.and_then(|request| match request.source().authentication() {
        Authentication::User { password, .. } => Some(password),
        _ => None,
    });
    let secrets = secrets(settings);
    Redactor::new(secrets.iter().chain(password).map(Secret::expose))
}
