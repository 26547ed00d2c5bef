//! [`TokenCache`]: a token on disk, so that a command that runs every minute does not request a token
//! each time. The service limits an account to a hundred tokens.

use std::fs::{self, Metadata};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base16ct::lower;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::bounded_file;
use crate::foreign_text::sanitize;
use crate::secret::Secret;

/// The limit on the size of the file. A token with its expiry is smaller.
const MAX_BYTES: u64 = 16 << 10;

/// The file that holds the token of one account at one service.
#[derive(Clone, Debug)]
pub(crate) struct TokenCache {
    folder: PathBuf,
    file: PathBuf,
}

impl TokenCache {
    /// The file name is a hash of the base URL and the id, each with its length, so that no two accounts
    /// share a file.
    pub(super) fn new(folder: PathBuf, base_url: &str, id: &str) -> Self {
        let key = format!("{} {base_url} {} {id}", base_url.len(), id.len());
        let name = lower::encode_string(&Sha256::digest(key));
        let file = folder.join(format!("{name}.json"));
        Self { folder, file }
    }

    /// Checks that only this user can write to the folder and the file, if they exist.
    ///
    /// # Errors
    ///
    /// Another user owns one of them or can change it. The error says which and why.
    pub(super) fn check(&self) -> Result<(), String> {
        for path in [&self.folder, &self.file] {
            match fs::metadata(path) {
                Ok(found) => check_owner(path, &found)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(problem(path, &error.to_string())),
            }
        }
        Ok(())
    }

    /// Returns the token and its remaining lifetime, or `None` if there is no valid token.
    pub(super) fn load(&self, now: SystemTime) -> Option<(Secret, Duration)> {
        let content = match self.read() {
            Ok(content) => content?,
            Err(reason) => {
                tracing::warn!("{reason}");
                return None;
            }
        };
        parse(&content, now)
    }

    /// Returns the content of the file, if it exists.
    fn read(&self) -> Result<Option<Vec<u8>>, String> {
        let unreadable = |error: &io::Error| problem(&self.file, &error.to_string());
        match fs::metadata(&self.folder) {
            Ok(folder) => check_owner(&self.folder, &folder)?,
            Err(_) => return Ok(None),
        }
        let file = match bounded_file::open(&self.file) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&error)),
        };
        // Check the opened file. The name may now refer to another one.
        let found = file.metadata().map_err(|error| unreadable(&error))?;
        check_owner(&self.file, &found)?;
        let content = bounded_file::read_opened(file, MAX_BYTES);
        content.map(Some).map_err(|error| unreadable(&error))
    }

    /// Replaces the token atomically. Only this user can read the file.
    pub(super) fn store(&self, token: &Secret, expires: SystemTime) {
        let expires = expires.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let content = json!({ "access_token": token.expose(), "expires_at": expires });
        if let Err(reason) = self.write(content.to_string().as_bytes()) {
            tracing::warn!("{reason}");
        }
    }

    fn write(&self, content: &[u8]) -> Result<(), String> {
        let replace = || -> io::Result<()> {
            create_folder(&self.folder)?;
            check_owner(&self.folder, &fs::metadata(&self.folder)?).map_err(io::Error::other)?;
            // Only the owner can read it, independent of the umask.
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(content)?;
            file.as_file().sync_all()?;
            file.persist(&self.file)?;
            Ok(())
        };
        replace().map_err(|error| problem(&self.file, &error.to_string()))
    }

    /// Removes a token that is no longer valid, unless another one has replaced it.
    pub(super) fn remove(&self, token: &Secret) {
        let kept = self.read().ok().flatten();
        let kept: Option<Value> = kept.and_then(|content| serde_json::from_slice(&content).ok());
        if kept.is_some_and(|kept| kept["access_token"] == token.expose()) {
            // If the removal fails, the service refuses the token once more and it is replaced.
            let _ = fs::remove_file(&self.file);
        }
    }
}

/// Returns the token in the content of a file and its remaining lifetime, or `None` if there is no valid token.
pub(super) fn parse(content: &[u8], now: SystemTime) -> Option<(Secret, Duration)> {
    let content: Value = serde_json::from_slice(content).ok()?;
    let expires = UNIX_EPOCH.checked_add(Duration::from_secs(content["expires_at"].as_u64()?))?;
    let token = content["access_token"].as_str()?;
    Some((Secret::from(token), expires.duration_since(now).ok()?))
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

fn problem(path: &Path, reason: &str) -> String {
    let path = sanitize(&path.to_string_lossy());
    format!("the bearer token is not cached: {path}: {}", sanitize(reason))
}

/// Another user who can write to the file could replace the token.
#[cfg(unix)]
fn check_owner(path: &Path, found: &Metadata) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt as _;
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(problem(path, "it belongs to another user"));
    }
    if found.mode() & 0o022 != 0 {
        return Err(problem(path, "other users can write to it: run chmod go-w on it"));
    }
    Ok(())
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "the same signature as on unix")]
fn check_owner(_: &Path, _: &Metadata) -> Result<(), String> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_accounts_share_a_file() {
        let name = |url: &str, id: &str| TokenCache::new("folder".into(), url, id).file;
        let names = [
            name("https://a", "b"),
            name("https://a", "c"),
            name("https://b", "b"),
            name("https://a 1 b", "c"),
            name("https://a", "1 b c"),
        ];
        for (index, one) in names.iter().enumerate() {
            assert!(names[index + 1..].iter().all(|other| other != one));
        }
    }

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_000_000)
    }

    fn minute() -> Duration {
        Duration::from_secs(60)
    }

    #[test]
    fn a_token_is_loaded_until_it_expires() {
        let folder = tempfile::tempdir().unwrap();
        let cache = TokenCache::new(folder.path().join("new"), "https://a", "b");
        assert!(cache.check().is_ok() && cache.load(now()).is_none());
        cache.store(&"secret".into(), now() + minute());
        let (token, left) = cache.load(now()).unwrap();
        assert_eq!(token.expose(), "secret");
        assert_eq!(left, minute());
        assert!(cache.load(now() + 2 * minute()).is_none());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&cache.file), 0o600);
            assert_eq!(mode(&cache.folder), 0o700);
        }
        // No temporary file remains.
        assert_eq!(fs::read_dir(&cache.folder).unwrap().count(), 1);
        cache.remove(&"another".into());
        assert!(cache.file.exists());
        cache.remove(&"secret".into());
        assert!(!cache.file.exists());
        assert_eq!(cache.read(), Ok(None), "a file that is not there is no problem");
    }

    #[test]
    fn a_folder_that_cannot_be_looked_at_is_a_problem() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let cache = TokenCache::new(file.path().join("tokens"), "https://a", "b");
        assert!(cache.check().unwrap_err().contains("not cached"));
    }

    #[test]
    fn an_invalid_file_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let cache = TokenCache::new(folder.path().to_owned(), "https://a", "b");
        for content in [
            "{".to_owned(),
            "[]".to_owned(),
            r#"{"access_token": "t"}"#.to_owned(),
            r#"{"access_token": "t", "expires_at": 18446744073709551615}"#.to_owned(),
            r#"{"access_token": 1, "expires_at": 2000000}"#.to_owned(),
            format!(
                r#"{{"access_token": "t", "expires_at": 2000000, "x": "{}"}}"#,
                "x".repeat(1 << 15)
            ),
        ] {
            fs::write(&cache.file, &content).unwrap();
            assert!(cache.load(now()).is_none(), "{content}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_file_or_folder_that_others_own_or_can_write_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let cache = TokenCache::new(folder.path().join("tokens"), "https://a", "b");
        cache.store(&"secret".into(), now() + minute());
        for path in [&cache.file, &cache.folder] {
            let good = fs::metadata(path).unwrap().permissions();
            for mode in [good.mode() | 0o020, good.mode() | 0o002] {
                fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
                let reason = cache.check().unwrap_err();
                let shown = path.display().to_string();
                assert!(
                    reason.contains(&shown) && reason.contains("other users can write"),
                    "{reason}"
                );
                assert!(cache.load(now()).is_none());
            }
            fs::set_permissions(path, good).unwrap();
            assert!(cache.check().is_ok() && cache.load(now()).is_some());
        }
        // Nothing is written to such a folder.
        cache.remove(&"secret".into());
        fs::set_permissions(&cache.folder, fs::Permissions::from_mode(0o777)).unwrap();
        cache.store(&"secret".into(), now() + minute());
        assert_eq!(fs::read_dir(&cache.folder).unwrap().count(), 0);
        // The root folder belongs to another user, unless this is root.
        let of_root = check_owner(Path::new("/"), &fs::metadata("/").unwrap());
        let is_root = rustix::process::geteuid().is_root();
        assert_eq!(of_root.is_ok(), is_root, "{of_root:?}");
        if is_root {
            std::os::unix::fs::chown(&cache.folder, Some(65_534), None).unwrap();
            fs::set_permissions(&cache.folder, fs::Permissions::from_mode(0o700)).unwrap();
            assert!(cache.check().unwrap_err().contains("belongs to another user"));
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_pipe_instead_of_a_file_is_ignored_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let cache = TokenCache::new(folder.path().to_owned(), "https://a", "b");
        let made = std::process::Command::new("mkfifo").arg(&cache.file).status().unwrap();
        assert!(made.success());
        assert!(cache.load(now()).is_none());
        cache.store(&"secret".into(), now() + minute());
        assert!(cache.load(now()).is_some());
    }
}
