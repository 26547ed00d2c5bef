//! What the fuzz targets of the workspace call: the reader of profiles.

#![allow(clippy::missing_panics_doc, reason = "a panic is what a fuzz target looks for")]

use std::path::Path;

use super::environment::Environment;
use super::profile::Profiles;
use super::settings::UnresolvedSettings;
use crate::foreign_text::sanitize;

/// Reads every profile of a file.
///
/// # Panics
///
/// A message about it has control characters.
pub fn profiles(text: &str) {
    let shown = |message: &str| assert_eq!(sanitize(message), message);
    let environment = Environment::new(Vec::new());
    let profiles = match Profiles::parse(Path::new("config.toml"), text) {
        Ok(profiles) => profiles,
        Err(error) => return shown(&error.to_string()),
    };
    let names = profiles.names();
    let each = names.iter().map(|name| profiles.named(name.as_received()));
    for profile in each.chain([profiles.default()]).flatten() {
        let mut settings = UnresolvedSettings::default();
        let outcome = settings
            .add(&profile, &environment, &|_, _| Ok(None))
            .and_then(|()| settings.resolve(&environment));
        match outcome {
            Ok(settings) => {
                shown(&settings.no_credentials().to_string());
                settings.notes().iter().chain(&settings.warnings).for_each(|text| shown(text));
            }
            Err(error) => shown(&error.to_string()),
        }
    }
}
