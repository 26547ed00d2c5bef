//! The folders for a user's files.

use std::ffi::OsString;
use std::path::PathBuf;

/// Returns the folder for files that can be recreated, such as tokens.
///
/// It is `XDG_CACHE_HOME` or `~/.cache`, on macOS `~/Library/Caches`, on Windows `LOCALAPPDATA`. As the XDG
/// base directory specification says, an empty or relative path is ignored.
pub fn cache() -> Option<PathBuf> {
    cache_of(|name| std::env::var_os(name))
}

fn cache_of(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let folder = |name: &str| absolute(variable(name));
    if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        Some(folder("HOME")?.join("Library").join("Caches"))
    } else {
        folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")))
    }
}

/// Returns the folder for settings. It is Go's `os.UserConfigDir`, which the official Atlas CLI uses.
#[cfg(feature = "profile")]
pub(crate) fn configuration(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let folder = |name: &str| absolute(variable(name));
    if cfg!(windows) {
        folder("AppData").or_else(|| folder("APPDATA"))
    } else if cfg!(target_os = "macos") {
        Some(folder("HOME")?.join("Library").join("Application Support"))
    } else {
        folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")))
    }
}

/// A relative path depends on the working directory.
fn absolute(value: Option<OsString>) -> Option<PathBuf> {
    value.map(PathBuf::from).filter(|path| path.is_absolute())
}

#[cfg(test)]
#[cfg(all(unix, not(target_os = "macos")))]
mod tests {
    use super::*;

    fn variables<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<OsString> + 'a {
        |name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
    }

    #[test]
    fn a_relative_or_empty_folder_is_ignored() {
        for relative in ["", ".", "cache", "../x"] {
            let all =
                [("XDG_CACHE_HOME", relative), ("XDG_CONFIG_HOME", relative), ("HOME", "/h/me")];
            assert_eq!(cache_of(variables(&all)), Some("/h/me/.cache".into()), "{relative}");
            #[cfg(feature = "profile")]
            assert_eq!(configuration(variables(&all)), Some("/h/me/.config".into()));
            let no_home = [("XDG_CACHE_HOME", relative), ("HOME", relative)];
            assert_eq!(cache_of(variables(&no_home)), None, "{relative}");
        }
        assert_eq!(cache_of(variables(&[("XDG_CACHE_HOME", "/x")])), Some("/x".into()));
        #[cfg(feature = "profile")]
        assert_eq!(configuration(variables(&[("XDG_CONFIG_HOME", "/x")])), Some("/x".into()));
    }
}
