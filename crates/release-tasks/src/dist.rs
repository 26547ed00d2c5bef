//! `dist`: the command, ready to be installed.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::archive::{Entries, Entry, tar_gz, write_sums};
use crate::cargo::{COMMAND, COMMAND_CRATE, Metadata, Outcome, cargo, output, run};
use crate::notices::{self, notices};
use crate::plugin;
use crate::sbom::{Checksums, bill};

/// The documents of an archive.
const DOCUMENTS: [&str; 9] = [
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "docs/command.md",
    "docs/credentials.md",
    "docs/events.schema.json",
    "docs/metrics.md",
    "docs/runbook.md",
];

/// The shells with their completion scripts.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "completions/atlas-migrations.bash"),
    ("fish", "completions/atlas-migrations.fish"),
    ("zsh", "completions/_atlas-migrations"),
];

/// Build the command for a target, and write its archive, bill of materials and checksums to target/dist
///
/// Two builds of one commit with one toolchain are equal to the byte. The archive is also a plugin of the official Atlas
/// CLI.
#[derive(clap::Args)]
pub struct Dist {
    /// Target. Default: this machine
    #[arg(long)]
    target: Option<String>,
    /// Build with cargo-zigbuild, which has a C compiler and a linker for other targets
    #[arg(long)]
    zig: bool,
    /// Take this command instead of building it, for one that was signed
    #[arg(long, value_name = "FILE", conflicts_with = "zig")]
    binary: Option<PathBuf>,
    /// The command for this machine, which prints the manual pages and completions. Default: the built one
    #[arg(long, value_name = "FILE")]
    runnable: Option<PathBuf>,
    /// GitHub repository of the releases, for the manifest of the plugin
    #[arg(long, value_name = "OWNER/NAME", env = "GITHUB_REPOSITORY")]
    repository: Option<String>,
    /// The time of all files, in seconds since 1970. Default: the time of the last commit
    #[arg(long, value_name = "SECONDS", env = "SOURCE_DATE_EPOCH")]
    time: Option<u64>,
}

impl Dist {
    pub fn run(self) -> Outcome {
        let metadata = Metadata::read()?;
        let root = metadata.root();
        let target = match &self.target {
            Some(target) => target.clone(),
            None => host()?,
        };
        let time = match self.time {
            Some(time) => time,
            None => {
                let mut git = Command::new("git");
                output(git.args(["log", "-1", "--format=%ct"]).current_dir(&root))?
                    .trim()
                    .parse()?
            }
        };
        let binary = match &self.binary {
            Some(binary) => binary.clone(),
            None => self.build(&metadata, &target)?,
        };
        let linked = metadata.linked(&target)?;
        let version = metadata
            .published()
            .iter()
            .find(|of| of.name() == COMMAND_CRATE)
            .map(|of| of.version());
        let version = version.ok_or("the command is not published")?;
        let checksums = Checksums::read(&fs::read_to_string(root.join("Cargo.lock"))?);
        let bill = bill(version, &target, &linked, &checksums, &rfc_3339(time)?);
        let bill = serde_json::to_vec_pretty(&bill)?;

        let mut entries = Entries::new();
        let mut add = |path: &str, content: Vec<u8>| {
            entries.insert(path.to_owned(), Entry { is_program: path == COMMAND, content });
        };
        add(COMMAND, fs::read(&binary)?);
        for document in DOCUMENTS {
            add(document, fs::read(root.join(document))?);
        }
        add(notices::FILE, notices(&linked, &root)?.into_bytes());
        add("sbom.cdx.json", bill.clone());
        add("manifest.yml", self.plugin_manifest(version)?.into_bytes());
        let runnable = self.runnable.as_deref().unwrap_or(&binary);
        check_runnable(runnable)?;
        for (shell, path) in COMPLETIONS {
            add(path, output(command(runnable).args(["completions", shell]))?.into_bytes());
        }
        let pages = metadata.target().join("dist-pages");
        for page in manual_pages(runnable, &pages)? {
            add(&format!("man/{}", page.0), page.1);
        }

        let name = archive_name(version, &target);
        let folder = metadata.target().join("dist");
        fs::create_dir_all(&folder)?;
        let archive = tar_gz(&name, &entries, time)?;
        println!(
            "{name}.tar.gz: {} bytes, {} files, the command has {} bytes",
            archive.len(),
            entries.len(),
            entries[COMMAND].content.len()
        );
        fs::write(folder.join(format!("{name}.tar.gz")), archive)?;
        fs::write(folder.join(format!("{name}.cdx.json")), bill)?;
        write_sums(&folder)
    }

    /// Builds the command without paths of this machine in it, and returns its path.
    fn build(&self, metadata: &Metadata, target: &str) -> Outcome<PathBuf> {
        let mut build = cargo();
        build.arg(if self.zig { "zigbuild" } else { "build" });
        build.args(["--release", "--locked", "--package", COMMAND_CRATE, "--target", target]);
        build.current_dir(metadata.root());
        // Cargo splits this variable at the character 0x1f.
        build.env("CARGO_ENCODED_RUSTFLAGS", compiler_flags(&metadata.root(), &cargo_home()?));
        run(&mut build).map_err(|error| format!("{error}\n{}", needs(target, self.zig)))?;
        Ok(metadata.target().join(target).join("release").join(COMMAND))
    }

    fn plugin_manifest(&self, version: &str) -> Outcome<String> {
        let repository = match self.repository.as_deref() {
            Some(repository) => repository,
            None => {
                eprintln!(
                    "note: without --repository, the plugin names a repository that does not exist"
                );
                "unknown/atlas-migrations"
            }
        };
        let repository = repository.split_once('/').ok_or("--repository is not OWNER/NAME")?;
        let description = "Migrate MongoDB clusters into Atlas with live migrations";
        Ok(plugin::manifest(COMMAND, version, description, repository))
    }
}

/// Returns the name of an archive and of the folder in it. The official CLI looks for the system and the processor in it.
fn archive_name(version: &str, target: &str) -> String {
    format!("{COMMAND}-{version}-{target}")
}

/// Returns the flags of a reproducible build, with the separator of cargo.
fn compiler_flags(root: &Path, cargo_home: &Path) -> OsString {
    let mut flags = OsString::new();
    for (from, to) in [(cargo_home, "/cargo"), (root, "/src")] {
        if !flags.is_empty() {
            flags.push("\u{1f}");
        }
        flags.push("--remap-path-prefix=");
        flags.push(from);
        flags.push("=");
        flags.push(to);
    }
    flags
}

/// Returns what a build for a target needs, for a build that failed.
fn needs(target: &str, zig: bool) -> String {
    let compiler = if zig {
        "cargo-zigbuild and zig: pip install cargo-zigbuild ziglang"
    } else {
        "a C compiler for it (for a musl target of this processor: the package musl-tools), or --zig, which has one"
    };
    format!(
        "a build for {target} needs its standard library (rustup target add {target}) and {compiler}"
    )
}

/// Fails if a command is for another machine.
fn check_runnable(binary: &Path) -> Outcome {
    if command(binary).arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    let name = binary.display();
    Err(format!(
        "{name} does not run here, and manual pages and completions come from the command: build it for this machine, \
         too, and pass it with --runnable FILE; --binary {name} does not build again"
    )
    .into())
}

/// Returns the folder of cargo, where the sources of dependencies are.
fn cargo_home() -> Outcome<PathBuf> {
    if let Some(folder) = std::env::var_os("CARGO_HOME") {
        return Ok(folder.into());
    }
    let home = std::env::home_dir().ok_or("there is neither CARGO_HOME nor a home folder")?;
    Ok(home.join(".cargo"))
}

/// Returns the target of this machine.
fn host() -> Outcome<String> {
    let text = output(Command::new("rustc").args(["--version", "--verbose"]))?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("rustc does not name its host")?.to_owned())
}

/// Returns the command with an environment that has no influence on what it prints.
fn command(binary: &Path) -> Command {
    let mut command = Command::new(binary);
    command.env("NO_COLOR", "1").env("COLUMNS", "100");
    command
}

/// Returns the names and texts of the manual pages, which the command writes to an empty folder.
fn manual_pages(binary: &Path, folder: &Path) -> Outcome<Vec<(String, Vec<u8>)>> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    output(command(binary).args(["man", "--out"]).arg(folder))?;
    let read = |file: std::io::Result<fs::DirEntry>| {
        let file = file?;
        Ok((file.file_name().to_string_lossy().into_owned(), fs::read(file.path())?))
    };
    fs::read_dir(folder)?.map(read).collect()
}

/// Returns a time in seconds since 1970 as RFC 3339.
fn rfc_3339(time: u64) -> Outcome<String> {
    let time = jiff::Timestamp::from_second(time.try_into()?)?;
    Ok(time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_hide_the_folders_of_the_machine() {
        let flags = compiler_flags(Path::new("/a/workspace"), Path::new("/a/cargo-home"));
        let flags = flags.into_string().unwrap();
        let flags: Vec<_> = flags.split('\u{1f}').collect();
        assert_eq!(
            flags,
            ["--remap-path-prefix=/a/cargo-home=/cargo", "--remap-path-prefix=/a/workspace=/src"]
        );
    }

    /// The official CLI takes an asset whose lower-case name has its GOOS, and its GOARCH or another name of that.
    #[test]
    fn the_official_cli_finds_one_archive_for_each_system_and_processor() {
        let workflow = include_str!("../../../.github/workflows/release.yml");
        let targets = workflow.lines().filter_map(|line| line.trim().strip_prefix("- target: "));
        let archives: Vec<_> = targets.map(|target| archive_name("0.1.0", target)).collect();
        for system in ["linux", "darwin"] {
            for processor in [["amd64", "x86_64"], ["arm64", "aarch64"]] {
                let fits = |name: &&String| {
                    name.contains(system) && processor.iter().any(|word| name.contains(word))
                };
                assert_eq!(archives.iter().filter(fits).count(), 1, "{system} {processor:?}");
            }
        }
        assert_eq!(archives.len(), 4);
    }

    /// The bug: the build for another machine takes minutes, and then ends with `Exec format error`.
    #[test]
    fn a_command_for_another_machine_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let binary = folder.path().join("atlas-migrations");
        fs::write(&binary, "\x7fELF").unwrap();
        let error = check_runnable(&binary).unwrap_err().to_string();
        assert!(error.contains("--runnable FILE"), "{error}");
        // Any program that knows the option.
        check_runnable(Path::new(env!("CARGO"))).unwrap();
        assert!(needs("x", false).contains("rustup target add x"));
    }

    #[test]
    fn times_are_rfc_3339() {
        assert_eq!(rfc_3339(1_700_000_000).unwrap(), "2023-11-14T22:13:20Z");
    }
}
