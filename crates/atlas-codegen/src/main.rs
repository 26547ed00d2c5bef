//! The command `atlas-codegen`.

use std::process::ExitCode;

fn main() -> ExitCode {
    atlas_codegen::cli::main()
}
