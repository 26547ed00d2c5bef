//! Calls every fuzz target with every seed.

// clippy.toml lets tests do so, but does not know the functions that tests share.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use atlas_fuzz_targets::TARGETS;

/// The largest seed in bytes.
const MAX_SEED: u64 = 16 << 10;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(name)
}

/// Returns the names in a folder, without their endings.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn every_target_accepts_or_refuses_its_seeds() {
    for target in TARGETS {
        let seeds = fs::read_dir(folder("seeds").join(target.name));
        let seeds: Vec<_> = seeds.expect(target.name).map(|seed| seed.unwrap().path()).collect();
        assert!(!seeds.is_empty(), "{} has no seed", target.name);
        for seed in seeds {
            let input = fs::read(&seed).unwrap();
            assert!(input.len() as u64 <= MAX_SEED, "{} is too large", seed.display());
            eprintln!("{}", seed.display());
            (target.run)(&input);
            // What a fuzzer tries first.
            for end in (0..input.len()).step_by(input.len() / 16 + 1) {
                (target.run)(&input[..end]);
            }
        }
    }
}

#[test]
fn every_target_has_a_program_and_every_program_and_folder_of_seeds_a_target() {
    let targets: BTreeSet<_> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(names(&folder("fuzz_targets")), targets);
    assert_eq!(names(&folder("seeds")), targets);
    let manifest = fs::read_to_string(folder("Cargo.toml")).unwrap();
    let programs = manifest.lines().filter_map(|line| line.strip_prefix("name = \""));
    let programs = programs.filter_map(|name| name.strip_suffix('"')).skip(1);
    assert_eq!(programs.map(str::to_owned).collect::<BTreeSet<_>>(), targets);
}
