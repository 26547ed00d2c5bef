//! The file of the journal and its folder: who may read and write them, and on what kind of disk they are.

use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions},
    io::{self, ErrorKind},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;

use crate::error::{Error, Result};

/// What is known about the file before it is opened.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) path: PathBuf,
    pub(super) folder: PathBuf,
    /// Why the file cannot be written, if it cannot.
    pub(super) read_only: Option<String>,
    pub(super) warnings: Vec<String>,
}

/// Creates the folder and the file if they are missing, and checks them.
pub(super) fn prepare(path: &Path) -> Result<Prepared> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    create_folder(&folder)?;
    check_owner(&folder, &metadata(&folder)?)?;
    let warnings = check_disk(&folder)?;
    let created = create_private(path);
    let read_only = match created {
        Ok(_) => None,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => existing(path)?,
        Err(error) if is_full(&error) => return Err(Error::DiskFull(path.display().to_string())),
        Err(error) => return Err(Error::file("create", path, error)),
    };
    Ok(Prepared { path: path.to_owned(), folder, read_only, warnings })
}

/// Creates a folder that only this user can use, and those above it.
pub(super) fn create_folder(folder: &Path) -> Result<()> {
    match DirBuilder::new().recursive(true).mode(0o700).create(folder) {
        Ok(()) => Ok(()),
        Err(error) if is_full(&error) => Err(Error::DiskFull(folder.display().to_string())),
        Err(error) => Err(Error::file("create the folder", folder, error)),
    }
}

/// Creates a file that only this user can read and write. Fails if there is anything at the path.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).custom_flags(no_follow()).open(path)
}

fn no_follow() -> i32 {
    // The flags of `open` are an int in C.
    i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or(0)
}

/// Checks a file that is there. Returns why it cannot be written, if it cannot.
fn existing(path: &Path) -> Result<Option<String>> {
    let found = fs::symlink_metadata(path).map_err(|error| Error::file("read", path, error))?;
    if !found.is_file() {
        return Err(insecure(path, "a journal is a regular file, not a link or anything else"));
    }
    check_owner(path, &found)?;
    match OpenOptions::new().write(true).custom_flags(no_follow()).open(path) {
        Ok(_) => Ok(None),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
            ) =>
        {
            Ok(Some(format!("{}: {error}", path.display())))
        }
        Err(error) => Err(Error::file("open", path, error)),
    }
}

fn metadata(path: &Path) -> Result<Metadata> {
    fs::metadata(path).map_err(|error| Error::file("read", path, error))
}

/// Checks that this user owns the path and that nobody else can write to it.
fn check_owner(path: &Path, found: &Metadata) -> Result<()> {
    let me = rustix::process::geteuid().as_raw();
    if found.uid() != me {
        let why = format!(
            "it belongs to user {} and this program runs as user {me}: run it as its owner, or choose another journal",
            found.uid()
        );
        return Err(insecure(path, &why));
    }
    if found.mode() & 0o022 != 0 {
        return Err(insecure(path, "other users can write to it: `chmod go-w` changes that"));
    }
    Ok(())
}

fn insecure(path: &Path, why: &str) -> Error {
    Error::Insecure { path: path.to_owned(), why: why.to_owned() }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// The file systems whose locks do not hold over a network, or that a user program serves.
#[cfg(target_os = "linux")]
const REFUSED_DISKS: &[(u32, &str)] = &[
    (0x0000_6969, "NFS"),
    (0x0000_517b, "SMB"),
    (0xff53_4d42, "SMB"),
    (0xfe53_4d42, "SMB"),
    (0x0102_1997, "9p"),
    (0x6573_5546, "FUSE"),
    (0x5346_414f, "AFS"),
    (0x7375_7245, "Coda"),
    (0x00c3_6400, "Ceph"),
    (0x0bd0_0bd0, "Lustre"),
    (0x0116_1970, "GFS2"),
];

/// The file systems that are lost with the machine or the container.
#[cfg(target_os = "linux")]
const DOUBTFUL_DISKS: &[(u32, &str)] =
    &[(0x0102_1994, "tmpfs"), (0x8584_58f6, "ramfs"), (0x794c_7630, "overlay")];

/// Refuses disks on which locks do not hold. Returns what is doubtful about others.
#[cfg(target_os = "linux")]
fn check_disk(folder: &Path) -> Result<Vec<String>> {
    let stat =
        rustix::fs::statfs(folder).map_err(|error| Error::file("read", folder, error.into()))?;
    // The kernel's number has 32 bits; the type of the field differs between platforms.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let kind = stat.f_type as u32;
    judge_disk(folder, kind)
}

#[cfg(target_os = "linux")]
fn judge_disk(folder: &Path, kind: u32) -> Result<Vec<String>> {
    let named = |disks: &[(u32, &'static str)]| {
        disks.iter().find(|(number, _)| *number == kind).map(|(_, name)| *name)
    };
    if let Some(name) = named(REFUSED_DISKS) {
        let why = format!(
            "it is on {name}, where locks do not hold: choose a local disk, or PostgreSQL for a team"
        );
        return Err(insecure(folder, &why));
    }
    let doubt = named(DOUBTFUL_DISKS).map(|name| {
        format!(
            "{} is on {name}: the journal is lost with this machine or container",
            folder.display()
        )
    });
    Ok(doubt.into_iter().collect())
}

#[cfg(not(target_os = "linux"))]
#[allow(clippy::unnecessary_wraps)]
fn check_disk(_: &Path) -> Result<Vec<String>> {
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn the_folder_and_the_file_are_created_for_this_user_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/journal.db");
        let prepared = prepare(&path).unwrap();
        assert_eq!(prepared.read_only, None);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder.path().join("a/b")), 0o700);
        assert_eq!(mode(&path), 0o600);
        prepare(&path).unwrap();
    }

    #[test]
    fn a_file_that_others_can_write_or_that_is_a_link_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        prepare(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o660)).unwrap();
        assert!(prepare(&path).unwrap_err().to_string().contains("chmod go-w"));
        let link = folder.path().join("link.db");
        symlink(&path, &link).unwrap();
        assert!(prepare(&link).unwrap_err().to_string().contains("not a link"));
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(prepare(&folder.path().join("new.db")).is_err());
    }

    #[test]
    fn a_file_of_another_user_is_refused() {
        if !rustix::process::geteuid().is_root() {
            eprintln!("SKIPPED: only root can make a file of another user");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        prepare(&path).unwrap();
        std::os::unix::fs::chown(&path, Some(12345), None).unwrap();
        assert!(prepare(&path).unwrap_err().to_string().contains("belongs to user 12345"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn network_disks_are_refused_and_volatile_ones_are_doubtful() {
        let folder = Path::new("/f");
        for (kind, name) in REFUSED_DISKS {
            assert!(judge_disk(folder, *kind).unwrap_err().to_string().contains(name));
        }
        assert_eq!(judge_disk(folder, 0xef53).unwrap(), Vec::<String>::new());
        assert!(judge_disk(folder, 0x0102_1994).unwrap()[0].contains("tmpfs"));
    }
}
