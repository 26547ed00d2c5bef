//! A token on disk, so that a command that runs every minute does not buy one every minute: the service
//! lets an account have a hundred at a time.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::hexadecimal;

/// A folder of tokens, or the file in it that is one account's.
#[derive(Clone, Debug)]
pub(crate) struct TokenCache(PathBuf);

impl TokenCache {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The file of one account at one service. Its name is a hash of both, each with its length, so that
    /// no two ever share it.
    pub(super) fn of(&self, base_url: &str, id: &str) -> Self {
        let key = format!("{} {base_url} {} {id}", base_url.len(), id.len());
        let name = hexadecimal::text(&Sha256::digest(key));
        Self(self.0.join(format!("{name}.json")))
    }

    /// The token, and how long it is good for. Whatever is wrong with the file, there is none then.
    pub(super) fn load(&self, now: SystemTime) -> Option<(SecretString, Duration)> {
        let text = fs::read_to_string(&self.0).ok()?;
        let content: Value = serde_json::from_str(&text).ok()?;
        let expires =
            UNIX_EPOCH.checked_add(Duration::from_secs(content["expires_at"].as_u64()?))?;
        let token = content["access_token"].as_str()?;
        Some((SecretString::from(token), expires.duration_since(now).ok()?))
    }

    /// Keeps a token, for this user's eyes only, in one step.
    pub(super) fn store(&self, token: &SecretString, expires: SystemTime, random: u64) {
        let expires = expires.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let content = json!({ "access_token": token.expose_secret(), "expires_at": expires });
        let temporary = self.0.with_extension(format!("{random:016x}"));
        let written = write(&temporary, content.to_string().as_bytes())
            .and_then(|()| fs::rename(&temporary, &self.0));
        if let Err(error) = written {
            let _ = fs::remove_file(&temporary);
            tracing::warn!(%error, file = %self.0.display(), "the bearer token could not be kept");
        }
    }

    pub(super) fn remove(&self) {
        // Where it cannot be removed it will be refused once more, and replaced.
        let _ = fs::remove_file(&self.0);
    }
}

fn write(file: &Path, content: &[u8]) -> io::Result<()> {
    let mut folder = fs::DirBuilder::new();
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        folder.mode(0o700);
        options.mode(0o600);
    }
    if let Some(parent) = file.parent() {
        folder.recursive(true).create(parent)?;
    }
    let mut file = options.write(true).create_new(true).open(file)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_accounts_never_meet() {
        let cache = TokenCache::new("folder".into());
        let name = |url: &str, id: &str| cache.of(url, id).0;
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

    #[test]
    fn a_token_comes_back_until_it_expires() {
        let folder = tempfile::tempdir().unwrap();
        let cache = TokenCache::new(folder.path().join("new")).of("https://a", "b");
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        assert!(cache.load(now).is_none());
        cache.store(&"secret".into(), now + Duration::from_secs(60), 7);
        let (token, left) = cache.load(now).unwrap();
        assert_eq!(token.expose_secret(), "secret");
        assert_eq!(left, Duration::from_secs(60));
        assert!(cache.load(now + Duration::from_secs(61)).is_none());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&cache.0), 0o600);
            assert_eq!(mode(cache.0.parent().unwrap()), 0o700);
        }
        // Nothing but the token is left behind.
        assert_eq!(fs::read_dir(cache.0.parent().unwrap()).unwrap().count(), 1);
        fs::write(&cache.0, "{").unwrap();
        assert!(cache.load(now).is_none());
        cache.remove();
        assert!(!cache.0.exists());
    }
}
