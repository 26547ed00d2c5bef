//! Who writes into the journal.

use atlas_migrations_journal::event::Actor;

/// Returns the user and the host that the operating system names. They are notes, not proof.
pub fn actor() -> Actor {
    Actor::new(&os_user(), &host())
}

/// Returns the name of the user, or a number.
pub fn os_user() -> String {
    let named = ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    named
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| format!("uid-{}", rustix::process::geteuid().as_raw()))
}

/// Returns the name of the host.
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
