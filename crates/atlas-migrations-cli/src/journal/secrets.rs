//! The secrets that this process knows, so that none of them is stored.

use atlas_migrations::{MigrationRequest, Settings};
use atlas_migrations_journal::Redactor;

/// Returns what replaces the secrets of the settings, of a request and of the journal's database in texts.
pub fn redactor(settings: Option<&Settings>, request: Option<&MigrationRequest>) -> Redactor {
    let credentials = settings.and_then(|settings| settings.credentials.as_ref());
    let database = std::env::var("PGPASSWORD").ok();
    let secrets = [
        credentials.map(|credentials| credentials.secret().expose()),
        request.and_then(|request| request.source().password()).map(|password| password.expose()),
        database.as_deref(),
    ];
    Redactor::new(secrets.into_iter().flatten())
}
