//! Compiles all slices as modules of one crate.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use regex::Regex;
use serde_json::Value;

use crate::slices::Sliced;

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The maximum number of builds. A build leaves out the slices that failed before, which may reveal more errors.
const ROUNDS: usize = 8;

/// The crate.
pub struct Whole {
    program: PathBuf,
    /// The first error of each slice that does not compile.
    pub errors: BTreeMap<String, String>,
    /// The first compiler warning of each slice.
    pub warnings: BTreeMap<String, String>,
}

/// Compiles all slices that can be compiled.
pub fn compile(slices: &[Sliced]) -> Whole {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = root.join("cases-as-one");
    let target = root.join("slices");
    let program = target.join("debug/cases-as-one");
    let mut whole = Whole { program, errors: BTreeMap::new(), warnings: BTreeMap::new() };
    for _ in 0..ROUNDS {
        let left: Vec<&Sliced> =
            slices.iter().filter(|slice| !whole.errors.contains_key(&slice.name)).collect();
        write(&folder, &left);
        let output = Command::new(env!("CARGO"))
            .args(["build", "--message-format=json"])
            .current_dir(&folder)
            .env("CARGO_TARGET_DIR", &target)
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_INCREMENTAL", "0")
            .output()
            .unwrap();
        let (errors, warnings) = diagnostics(&String::from_utf8_lossy(&output.stdout));
        whole.warnings.extend(warnings);
        if output.status.success() {
            return whole;
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!errors.is_empty(), "the crate of all cases does not compile: {stderr}");
        whole.errors.extend(errors);
    }
    panic!("the crate of all cases never compiles: {:#?}", whole.errors);
}

type Diagnostics = BTreeMap<String, String>;

/// Returns the first error and the first warning of each slice.
fn diagnostics(messages: &str) -> (Diagnostics, Diagnostics) {
    let module = Regex::new(r"src/(\w+)/").unwrap();
    let (mut errors, mut warnings) = (Diagnostics::new(), Diagnostics::new());
    for line in messages.lines() {
        let message: Value = serde_json::from_str(line).unwrap();
        let found = match message["message"]["level"].as_str() {
            Some("error") => &mut errors,
            Some("warning") => &mut warnings,
            _ => continue,
        };
        let rendered = message["message"]["rendered"].as_str().unwrap_or_default();
        // The spans include macro expansions.
        let spans = message["message"]["spans"].to_string();
        let named: BTreeSet<&str> =
            module.captures_iter(&spans).map(|name| name.get(1).unwrap().as_str()).collect();
        for name in named {
            let first: Vec<&str> = rendered.lines().take(4).collect();
            found.entry(name.to_owned()).or_insert_with(|| first.join(" "));
        }
    }
    (errors, warnings)
}

fn write(folder: &Path, slices: &[&Sliced]) {
    if folder.exists() {
        fs::remove_dir_all(folder.join("src")).unwrap();
    }
    fs::create_dir_all(folder.join("src")).unwrap();
    let mut names = Vec::new();
    let mut manifest = String::new();
    for slice in slices {
        module(&folder.join("src").join(&slice.name), slice);
        names.push(slice.name.as_str());
        // A lossless slice may need more features of its dependencies.
        if manifest.is_empty() || slice.name.ends_with("_lossless") {
            manifest = fs::read_to_string(slice.folder.join("Cargo.toml")).unwrap();
        }
    }
    fs::write(folder.join("Cargo.toml"), self::manifest(&manifest)).unwrap();
    fs::copy(Path::new(WORKSPACE).join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let runner = slices.first().map(|slice| slice.folder.join("tests/contract/runner.rs"));
    let runner = fs::read_to_string(runner.unwrap()).unwrap();
    let core = Regex::new(r"use \w+::atlas_client_core::").unwrap();
    let runner = core.replace(&runner, "use atlas_client_core::");
    fs::write(folder.join("src/runner.rs"), &*runner).unwrap();
    let mut library = include_str!("program.rs.txt").to_owned();
    for name in &names {
        // Writing to a string cannot fail.
        let _ = writeln!(library, "pub mod {name};");
    }
    let _ = writeln!(library, "\nmodules!({});", names.join(", "));
    fs::write(folder.join("src/lib.rs"), library).unwrap();
    fs::write(folder.join("src/main.rs"), "fn main() {\n    cases_as_one::run();\n}\n").unwrap();
}

fn manifest(of_slice: &str) -> String {
    let dependencies = of_slice.split("[dependencies]\n").nth(1).unwrap();
    let dependencies = dependencies.split("\n[").next().unwrap();
    let core = Path::new(WORKSPACE).canonicalize().unwrap().join("crates/atlas-client-core");
    let path = Regex::new(r#"path = "[^"]*""#).unwrap();
    let dependencies = path.replace(dependencies, format!("path = \"{}\"", core.display()));
    format!(
        "[package]\nname = \"cases-as-one\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\
         [workspace]\n[lib]\ndoctest = false\n[features]\n\
         schemars = [\"atlas-client-core/schemars\", \"dep:schemars\"]\n[dependencies]\n{dependencies}\n\
         tokio = {{ version = \"1\", features = [\"rt\"] }}\n",
    )
}

/// Writes a crate as a module of another one.
fn module(folder: &Path, slice: &Sliced) {
    fs::create_dir_all(folder).unwrap();
    let of_crate = Regex::new(r"\bcrate::").unwrap();
    let here = format!("crate::{}::", slice.name);
    for entry in fs::read_dir(slice.folder.join("src")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let mut text = of_crate.replace_all(&text, here.as_str()).into_owned();
        let name = path.file_name().unwrap();
        if name == "lib.rs" {
            text.push_str("\npub mod calls;\npub mod payloads;\n");
            fs::write(folder.join("mod.rs"), text).unwrap();
        } else {
            fs::write(folder.join(name), text).unwrap();
        }
    }
    let library = Regex::new(r"(?m)^use (\w+)::(\{Client|types)").unwrap();
    for name in ["calls.rs", "payloads.rs"] {
        let text = fs::read_to_string(slice.folder.join("tests/contract").join(name)).unwrap();
        let text = library.replace_all(&text, format!("use {here}$2"));
        fs::write(folder.join(name), text.replace("super::runner", "crate::runner")).unwrap();
    }
}

impl Whole {
    /// Returns the output of the program for each line.
    pub fn outputs(&self, lines: &[Value]) -> Vec<Value> {
        let mut child = Command::new(&self.program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let text: Vec<String> = lines.iter().map(ToString::to_string).collect();
        let text = text.join("\n") + "\n";
        let writing = std::thread::spawn(move || input.write_all(text.as_bytes()));
        let output = child.wait_with_output().unwrap();
        writing.join().unwrap().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let outputs: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(outputs.len(), lines.len(), "the program ended early");
        outputs
    }
}
