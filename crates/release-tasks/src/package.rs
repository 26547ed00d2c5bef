//! `package`: the crates as a registry would get them.

use std::fs;
use std::path::Path;

use crate::archive::unpack;
use crate::cargo::{Metadata, Outcome, Package as Crate, cargo, run};
use crate::{consumer, front_page};

/// What each package has, besides its sources.
const REQUIRED: [&str; 3] = ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT"];

/// Package every crate that is published, and build from the packages alone
///
/// Runs the example on the front page of `atlas-migrations` in a program that depends on the packages, and checks each
/// crate by itself.
#[derive(clap::Args)]
pub struct Package {
    /// Do not check each crate by itself, which takes minutes
    #[arg(long)]
    example_only: bool,
}

impl Package {
    pub fn run(self) -> Outcome {
        let metadata = Metadata::read()?;
        let published = metadata.published();
        // The build below is the verification.
        let mut package = cargo();
        package.args(["package", "--locked", "--no-verify", "--allow-dirty", "--quiet"]);
        for package_of in &published {
            package.args(["--package", package_of.name()]);
        }
        run(package.current_dir(metadata.root()))?;

        let folder = metadata.target().join("packages");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        for of in &published {
            unpack_complete(*of, &metadata.target(), &folder)?;
        }
        let facade = published.iter().find(|of| of.name() == consumer::FACADE);
        let facade = facade.ok_or("the facade is not published")?;
        let program = front_page::example(&folder.join(facade.full_name()))?;
        consumer::write(&folder, &published, &program)?;
        fs::copy(metadata.root().join("Cargo.lock"), folder.join("Cargo.lock"))?;

        // The dependencies of the workspace are not built again.
        let in_packages = |arguments: &[&str]| {
            let mut cargo = cargo();
            cargo.args(arguments).current_dir(&folder);
            run(cargo.env("CARGO_TARGET_DIR", metadata.target()))
        };
        in_packages(&["run", "--quiet", "--package", consumer::NAME])?;
        for of in published.iter().filter(|_| !self.example_only) {
            in_packages(&["check", "--quiet", "--package", of.name()])?;
        }
        println!("{} packages in {}", published.len(), metadata.target().join("package").display());
        Ok(())
    }
}

/// Unpacks a package into a folder of its own. Fails if it misses a file or points outside of itself.
fn unpack_complete(of: Crate<'_>, target: &Path, folder: &Path) -> Outcome {
    let name = of.full_name();
    unpack(&target.join(format!("package/{name}.crate")), folder)?;
    for file in REQUIRED {
        let file = folder.join(&name).join(file);
        if !fs::symlink_metadata(&file).is_ok_and(|found| found.is_file()) {
            return Err(format!("the package {name} has no file {}", file.display()).into());
        }
    }
    if of.license().is_empty() || of.description().is_empty() {
        return Err(format!("the manifest of {name} has no license or no description").into());
    }
    Ok(())
}
