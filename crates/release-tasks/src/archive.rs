//! Archives that are equal to the byte when their contents are.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use sha2::{Digest as _, Sha256};
use tar::{EntryType, Header};

use crate::cargo::Outcome;

/// A file in an archive.
pub struct Entry {
    /// Whether users may run it.
    pub is_program: bool,
    /// What is in it.
    pub content: Vec<u8>,
}

/// The files of an archive with their paths.
pub type Entries = BTreeMap<String, Entry>;

/// Returns a `tar.gz` with the files in one folder, sorted, without owners, and all of one time (seconds since 1970).
pub fn tar_gz(folder: &str, entries: &Entries, time: u64) -> Outcome<Vec<u8>> {
    // The header of gzip has neither a time nor the kind of the machine.
    let gzip = GzBuilder::new().mtime(0).operating_system(255);
    let mut archive = tar::Builder::new(gzip.write(Vec::new(), Compression::best()));
    for (path, entry) in entries {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(if entry.is_program { 0o755 } else { 0o644 });
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(time);
        header.set_size(entry.content.len().try_into()?);
        archive.append_data(&mut header, format!("{folder}/{path}"), entry.content.as_slice())?;
    }
    Ok(archive.into_inner()?.finish()?)
}

/// Unpacks a `tar.gz` into a folder.
pub fn unpack(archive: &Path, folder: &Path) -> Outcome {
    Ok(tar::Archive::new(GzDecoder::new(File::open(archive)?)).unpack(folder)?)
}

/// Writes `SHA256SUMS` for the other files of a folder, as `sha256sum --check` reads it.
pub fn write_sums(folder: &Path) -> Outcome {
    const NAME: &str = "SHA256SUMS";
    let mut lines = BTreeMap::new();
    for file in fs::read_dir(folder)? {
        let file = file?;
        let name = file.file_name().to_string_lossy().into_owned();
        if name != NAME && file.file_type()?.is_file() {
            lines.insert(
                name,
                base16ct::lower::encode_string(&Sha256::digest(fs::read(file.path())?)),
            );
        }
    }
    let mut sums = File::create(folder.join(NAME))?;
    for (name, sum) in lines {
        writeln!(sums, "{sum}  {name}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn entries() -> Entries {
        let file = |content: &str, is_program| Entry { is_program, content: content.into() };
        Entries::from([
            ("man/x.1".to_owned(), file(".TH x 1", false)),
            ("command".to_owned(), file("\x7fELF", true)),
        ])
    }

    #[test]
    fn an_archive_depends_on_its_contents_and_its_time_only() {
        let first = tar_gz("x-1", &entries(), 1_700_000_000).unwrap();
        assert_eq!(first, tar_gz("x-1", &entries(), 1_700_000_000).unwrap());
        assert_ne!(first, tar_gz("x-1", &entries(), 1_700_000_001).unwrap());
        // Bytes 4 to 9 of gzip: no time, and an unknown system.
        assert_eq!(first[4..8], [0; 4]);
        assert_eq!(first[9], 255);
    }

    #[test]
    fn an_archive_has_one_folder_with_sorted_files_of_nobody() {
        let bytes = tar_gz("x-1", &entries(), 1_700_000_000).unwrap();
        let mut archive = tar::Archive::new(GzDecoder::new(bytes.as_slice()));
        let mut found = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let header = entry.header().clone();
            assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
            assert_eq!(header.mtime().unwrap(), 1_700_000_000);
            assert_eq!(header.entry_type(), EntryType::Regular);
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            let path = entry.path().unwrap().to_string_lossy().into_owned();
            found.push((path, header.mode().unwrap(), content));
        }
        let expected = [("x-1/command", 0o755, "\x7fELF"), ("x-1/man/x.1", 0o644, ".TH x 1")];
        let expected = expected.map(|(path, mode, text)| (path.to_owned(), mode, text.to_owned()));
        assert_eq!(found, expected);
    }

    #[test]
    fn the_sums_are_sorted_and_do_not_have_themselves() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            fs::write(folder.path().join("b.tar.gz"), "b").unwrap();
            fs::write(folder.path().join("a.json"), "abc").unwrap();
            write_sums(folder.path()).unwrap();
        }
        let sums = fs::read_to_string(folder.path().join("SHA256SUMS")).unwrap();
        assert_eq!(
            sums,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a.json\n\
             3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d  b.tar.gz\n"
        );
    }
}
