//! Reads files of unknown origin: only regular files, up to a limit.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

/// Reads a regular file of at most `limit` bytes.
///
/// Refuses a pipe, a device or a folder without waiting for it, also behind a symbolic link.
///
/// # Errors
///
/// The file cannot be read, is not a regular file ([`io::ErrorKind::InvalidInput`]), or is larger than
/// `limit` bytes ([`io::ErrorKind::FileTooLarge`]).
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    read_opened(open(path)?, limit)
}

/// Opens a regular file for reading.
///
/// # Errors
///
/// The file cannot be opened, or is not a regular file ([`io::ErrorKind::InvalidInput`]).
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    // Otherwise opening a pipe waits for its writer.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
    }
}

/// Reads the rest of an open file or stream, of at most `limit` bytes.
///
/// # Errors
///
/// Reading fails, or there are more than `limit` bytes ([`io::ErrorKind::FileTooLarge`]).
pub fn read_opened(from: impl io::Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > limit) {
        let problem = format!("it is larger than {limit} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
    }
    Ok(bytes)
}

/// Decodes UTF-8 text, and removes a byte order mark.
///
/// # Errors
///
/// The bytes are not UTF-8 ([`io::ErrorKind::InvalidData`]).
pub fn text(bytes: Vec<u8>) -> io::Result<String> {
    let text = String::from_utf8(bytes)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_larger_than_the_limit_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        assert_eq!(read(&path, 4).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn only_a_regular_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path(), 5).is_err());
        #[cfg(unix)]
        {
            let zero = read(Path::new("/dev/zero"), 5).unwrap_err();
            assert_eq!(zero.kind(), io::ErrorKind::InvalidInput);
            let pipe = folder.path().join("pipe");
            let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
            assert!(made.success());
            let link = folder.path().join("link");
            std::os::unix::fs::symlink(&pipe, &link).unwrap();
            for path in [pipe, link] {
                assert_eq!(read(&path, 5).unwrap_err().kind(), io::ErrorKind::InvalidInput);
            }
        }
    }

    #[test]
    fn a_byte_order_mark_is_removed() {
        assert_eq!(text(b"\xef\xbb\xbfsecret".to_vec()).unwrap(), "secret");
        assert_eq!(text(b"secret".to_vec()).unwrap(), "secret");
        assert_eq!(text(vec![0xff]).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
