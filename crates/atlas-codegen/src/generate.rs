//! `cargo xtask generate`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use crate::document::{self, Problem};
use crate::emit::{self, Input, Rendered};
use crate::normalize::{self, Normalised, Profile};
use crate::write;

/// Generate the client from the fragment.
///
/// Exits with 1 where the fragment cannot be generated from, or, with --check, where a generated file
/// is not up to date.
#[derive(clap::Args)]
pub struct Arguments {
    /// Write nothing; name each generated file that is not up to date.
    #[arg(long)]
    check: bool,
    /// With --check, also show how each would change.
    #[arg(long, short, requires = "check")]
    verbose: bool,
    /// The OpenAPI 3.0 document, from the root of the workspace.
    #[arg(long, value_name = "FILE", default_value = "openapi/live-migrations.json")]
    fragment: PathBuf,
    /// The crate to generate into, from the root of the workspace.
    #[arg(long, value_name = "DIR", default_value = "crates/atlas-migrations-generated")]
    out: PathBuf,
    /// What the generated types keep of what travels.
    #[arg(long, value_enum, default_value = "lossless")]
    profile: Profile,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let root = root();
    let name = arguments.fragment.display().to_string();
    let text = fs::read_to_string(root.join(&arguments.fragment))
        .map_err(|error| format!("{name}: {error}"))?;
    let input = Input { command: "generate", name: &name, text: &text };
    let (normalised, mut rendered) =
        client(&input, arguments.profile).map_err(|problem| format!("{name} {problem}"))?;
    let package = arguments.out.file_name().unwrap_or_default().to_string_lossy();
    let of_package = emit::workspace_files(&input, &package, &normalised, &rendered);
    rendered.files.extend(of_package);
    let stale = write::compare(&root.join(&arguments.out), &rendered.files)?;
    let shown = |path: &Path| path.strip_prefix(&root).unwrap_or(path).display().to_string();
    if !arguments.check {
        write::write(&stale)?;
        for file in &stale {
            eprintln!("wrote {}", shown(&file.path));
        }
        return Ok(ExitCode::SUCCESS);
    }
    for file in &stale {
        eprintln!("{}: {}", shown(&file.path), file.state());
        if arguments.verbose {
            println!("{}", file.diff());
        }
    }
    if stale.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("generated code is not up to date with {name}: run `cargo xtask generate`");
    Ok(ExitCode::FAILURE)
}

/// The client that is generated from a fragment, and what it was generated from.
pub fn client(input: &Input<'_>, profile: Profile) -> Result<(Normalised, Rendered), Problem> {
    let document = document::parse(input.text)?;
    let normalised = normalize::normalise(&document, profile)?;
    let rendered = emit::render(input, &normalised)?;
    Ok((normalised, rendered))
}

/// The root of the workspace, which cargo tells its `run` command's programs.
pub fn root() -> PathBuf {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let parent =
        manifest.as_deref().and_then(Path::parent).and_then(Path::parent).map(Path::to_path_buf);
    parent.unwrap_or_default()
}
