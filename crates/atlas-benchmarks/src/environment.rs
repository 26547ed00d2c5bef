//! Passes the service to a measured program through its environment.

use std::env;
use std::error::Error;
use std::process::Command;

use crate::callers::Service;

impl Service {
    /// Writes the service to the environment of a program.
    pub fn to_env(&self, program: &mut Command) {
        program
            .env("ATLAS_BASE_URL", &self.base_url)
            .env("ATLAS_ACCESS_TOKEN", &self.token)
            .env("GROUP_ID", self.group.to_string())
            .env("LIVE_MIGRATION_ID", self.migration.to_string());
    }

    /// Reads the service from the environment of this program.
    pub fn from_env() -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            base_url: env::var("ATLAS_BASE_URL")?,
            token: env::var("ATLAS_ACCESS_TOKEN")?,
            group: env::var("GROUP_ID")?.parse()?,
            migration: env::var("LIVE_MIGRATION_ID")?.parse()?,
        })
    }
}
