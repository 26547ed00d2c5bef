//! `atlas-migrations schema`: prints JSON Schemas.

use crate::cli::SchemaDocument;
use crate::error::CliError;
use crate::{events, output, terminal};

pub fn run(document: SchemaDocument) -> Result<(), CliError> {
    let schema = match document {
        SchemaDocument::Events => events::schema(),
        SchemaDocument::Plan => atlas_migrations_plan::schema(),
    };
    Ok(terminal::print(output::data(&schema)?.as_bytes())?)
}
