//! [`OutputFile`]: a file that a command writes atomically.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// The path of a new file, or of a regular file to replace.
///
/// Devices, pipes, directories and symbolic links are refused, because the new file would replace them.
#[derive(Debug)]
pub struct OutputFile(PathBuf);

impl OutputFile {
    /// Checks that the file can be written, without creating it.
    ///
    /// # Errors
    ///
    /// The path exists and is not a regular file, or its directory is not writable.
    pub fn at(path: &Path) -> io::Result<Self> {
        existing(path)?;
        temporary_file(path)?;
        Ok(Self(path.to_owned()))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes the file. On an error, the path is unchanged.
    ///
    /// # Errors
    ///
    /// The file cannot be written, or the path is no longer a regular file.
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut new = temporary_file(&self.0)?;
        new.write_all(bytes)?;
        new.as_file().sync_all()?;
        if let Some(existing) = existing(&self.0)? {
            new.as_file().set_permissions(existing.permissions())?;
        }
        new.persist(&self.0)?;
        Ok(())
    }
}

/// Returns the metadata of the regular file at the path, or `None` if nothing exists there.
fn existing(path: &Path) -> io::Result<Option<Metadata>> {
    let refused = |problem: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    let ends_in_separator = path.as_os_str().as_encoded_bytes().last();
    if path.file_name().is_none()
        || ends_in_separator.is_some_and(|last| std::path::is_separator(char::from(*last)))
    {
        return refused("it is not a file name");
    }
    // Does not follow a link: the link itself would be replaced.
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(Some(metadata)),
        Ok(metadata) if metadata.is_symlink() => refused("it is a symbolic link"),
        Ok(_) => refused("it is not a regular file"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Creates a temporary file in the same directory, with a random name. It is removed unless it is persisted.
fn temporary_file(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let name = path.file_name().unwrap_or(OsStr::new("file")).to_string_lossy();
    let mut builder = tempfile::Builder::new();
    let prefix = format!(".{}.", name.chars().take(60).collect::<String>());
    builder.prefix(&prefix);
    // The permissions of any new file; the umask applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder.unwrap_or(Path::new(".")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_in(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_file_is_written_and_a_regular_file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chart.svg");
        let file = OutputFile::at(&path).unwrap();
        assert!(names_in(folder.path()).is_empty(), "the check leaves nothing behind");
        for content in ["first", "second"] {
            file.write(content.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        assert_eq!(names_in(folder.path()), ["chart.svg"]);
    }

    #[test]
    fn paths_that_cannot_be_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let inside = |name: &str| folder.path().join(name);
        for path in [folder.path().to_owned(), inside("none/chart.svg"), inside("chart.svg/")] {
            OutputFile::at(&path).unwrap_err();
        }
        OutputFile::at(Path::new("..")).unwrap_err();
        OutputFile::at(Path::new("")).unwrap_err();
        // The path changed after the check.
        let file = OutputFile::at(&inside("chart.svg")).unwrap();
        fs::create_dir(inside("chart.svg")).unwrap();
        file.write(b"chart").unwrap_err();
        assert_eq!(names_in(folder.path()), ["chart.svg"]);
    }

    #[cfg(unix)]
    mod unix {
        use std::fs::Permissions;
        use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};

        use super::*;

        #[test]
        fn devices_pipes_and_links_are_refused_and_unchanged() {
            let folder = tempfile::tempdir().unwrap();
            let inside = |name: &str| folder.path().join(name);
            let made = std::process::Command::new("mkfifo").arg(inside("pipe")).status().unwrap();
            assert!(made.success());
            fs::write(inside("target"), "untouched").unwrap();
            symlink(inside("target"), inside("link")).unwrap();
            symlink(inside("nothing"), inside("dangling")).unwrap();
            for path in
                [PathBuf::from("/dev/null"), inside("pipe"), inside("link"), inside("dangling")]
            {
                assert_eq!(OutputFile::at(&path).unwrap_err().kind(), io::ErrorKind::InvalidInput);
                OutputFile(path).write(b"chart").unwrap_err();
            }
            assert!(fs::symlink_metadata("/dev/null").unwrap().file_type().is_char_device());
            assert!(fs::symlink_metadata(inside("pipe")).unwrap().file_type().is_fifo());
            assert_eq!(fs::read_to_string(inside("target")).unwrap(), "untouched");
            assert_eq!(names_in(folder.path()), ["dangling", "link", "pipe", "target"]);
        }

        #[test]
        fn a_new_file_has_the_mode_of_new_files_and_another_keeps_its_own() {
            let folder = tempfile::tempdir().unwrap();
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            let (usual, path) = (folder.path().join("usual"), folder.path().join("chart.svg"));
            fs::write(&usual, "").unwrap();
            let file = OutputFile::at(&path).unwrap();
            file.write(b"chart").unwrap();
            assert_eq!(mode(&path), mode(&usual));
            fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
            file.write(b"chart").unwrap();
            assert_eq!(mode(&path), 0o600);
        }
    }
}
