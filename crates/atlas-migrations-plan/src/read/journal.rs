//! Reads the journal that a plan is pinned to.

use atlas_migrations_journal::Location;

use super::{cursor::Cursor, values::text};

/// Reads the path or URL of a journal. It has no password.
pub(super) fn journal(at: &Cursor<'_>) -> Option<String> {
    const EXPECTED: &str = "a path or a URL such as postgres://atlas@db.example.com/ops";
    let at = at.clone().secret();
    let text = text(&at, EXPECTED)?;
    if has_password(&text) {
        at.fail(
            "the URL has a password in it; remove and change it, and expected it in PGPASSWORD, in the file that PGPASSFILE names, \
             or in ~/.pgpass",
        );
        return None;
    }
    match text.parse::<Location>() {
        Ok(_) => Some(text),
        Err(error) => {
            at.fail(error.to_string());
            None
        }
    }
}

/// Returns whether a journal is a file, which one user of the operating system has.
pub(super) fn is_file(journal: &str) -> bool {
    matches!(journal.parse(), Ok(Location::File(_)))
}

fn has_password(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let in_user_info = authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    // The parts of a key can be percent-encoded: `%` is in no other key.
    let in_query = query.split(['&', ';']).any(|pair| {
        let key = pair.split('=').next().unwrap_or_default();
        key.eq_ignore_ascii_case("password") || key.contains('%')
    });
    in_user_info || in_query
}
