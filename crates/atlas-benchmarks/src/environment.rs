//! How a program that is measured is told where the service is.

use std::env;
use std::error::Error;
use std::process::Command;

use crate::callers::Service;

impl Service {
    /// Tells a program where the service is, and what to ask it for.
    pub fn tell(&self, program: &mut Command) {
        program
            .env("ATLAS_BASE_URL", &self.base_url)
            .env("ATLAS_ACCESS_TOKEN", &self.token)
            .env("GROUP_ID", self.group.to_string())
            .env("LIVE_MIGRATION_ID", self.migration.to_string());
    }

    /// What this program was told.
    pub fn told() -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            base_url: env::var("ATLAS_BASE_URL")?,
            token: env::var("ATLAS_ACCESS_TOKEN")?,
            group: env::var("GROUP_ID")?.parse()?,
            migration: env::var("LIVE_MIGRATION_ID")?.parse()?,
        })
    }
}
