//! Who writes an event: the user and the host that the operating system names.

use atlas_migrations_journal::event::Actor;

/// Returns the user of this process, with the name that a person claims as a note.
pub fn actor(by: Option<&str>) -> Actor {
    let named = |variable| std::env::var(variable).ok().filter(|name: &String| !name.is_empty());
    let user = named("USER").or_else(|| named("LOGNAME"));
    let user = user.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    let system = rustix::system::uname();
    let actor = Actor::new(&user, &system.nodename().to_string_lossy());
    by.map_or_else(|| actor.clone(), |by| actor.claiming(by))
}
