//! The name by which people call this program: its own, or that of a command of the official Atlas CLI.
//!
//! The official CLI runs a plugin with the name of the plugin's command as first argument. `atlas migrations describe`
//! runs `atlas-migrations migrations describe`.

use std::borrow::Cow;
use std::ffi::OsString;
use std::sync::OnceLock;

/// The name of the program.
const OWN: &str = "atlas-migrations";
/// The name of the command in the official CLI: `contrib/atlas-plugin/manifest.yml` has it, too.
const PLUGIN_COMMAND: &str = "migrations";
/// What people type for it.
const PLUGIN: &str = "atlas migrations";

/// Whether the official CLI runs this program.
static IS_PLUGIN: OnceLock<bool> = OnceLock::new();

/// Removes the name of the plugin's command, if it is the first argument, and remembers it.
pub fn without_plugin_command(mut words: Vec<OsString>) -> Vec<OsString> {
    let is_plugin = words.get(1).is_some_and(|word| word == PLUGIN_COMMAND);
    if is_plugin {
        words.remove(1);
    }
    // Nothing has asked before.
    let _ = IS_PLUGIN.set(is_plugin);
    words
}

/// Returns whether the official CLI runs this program.
pub fn is_plugin() -> bool {
    IS_PLUGIN.get().is_some_and(|is_plugin| *is_plugin)
}

/// Returns the name by which people call this program.
pub fn program_name() -> &'static str {
    if is_plugin() { PLUGIN } else { OWN }
}

/// Returns a text in which commands to type, such as `atlas-migrations watch`, have the name by which people call it.
pub fn with_program_name(text: &str) -> Cow<'_, str> {
    if is_plugin() { Cow::Owned(named(text)) } else { Cow::Borrowed(text) }
}

fn named(text: &str) -> String {
    text.replace("`atlas-migrations ", "`atlas migrations ")
        .replace("`atlas-migrations`", "`atlas migrations`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commands_to_type_are_renamed() {
        assert_eq!(
            named("see `atlas-migrations watch a` in /x/atlas-migrations; `atlas-migrations`"),
            "see `atlas migrations watch a` in /x/atlas-migrations; `atlas migrations`"
        );
    }
}
