//! Clocks: one that counts since the machine started, and the wall clock.

use std::{
    fmt,
    time::{Duration, UNIX_EPOCH},
};

/// Tells the time. Tests inject their own.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Returns the time since the machine started. It counts suspension and never goes back.
    fn since_boot(&self) -> Duration;

    /// Returns the wall clock in milliseconds since 1970.
    fn wall_ms(&self) -> i64;
}

/// The clocks of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn since_boot(&self) -> Duration {
        // `Instant` does not count suspension on Linux; on Apple systems the monotonic clock does.
        #[cfg(target_os = "linux")]
        let id = rustix::time::ClockId::Boottime;
        #[cfg(not(target_os = "linux"))]
        let id = rustix::time::ClockId::Monotonic;
        let time = rustix::time::clock_gettime(id);
        Duration::new(
            u64::try_from(time.tv_sec).unwrap_or(0),
            u32::try_from(time.tv_nsec).unwrap_or(0),
        )
    }

    fn wall_ms(&self) -> i64 {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
        time.tv_sec.saturating_mul(1000).saturating_add(time.tv_nsec / 1_000_000)
    }
}

/// Writes a time for people, in UTC to the second.
pub(crate) fn utc(ms: i64) -> String {
    // A time outside the years that can be written is a mistake of the caller, and shown as it is.
    u64::try_from(ms)
        .ok()
        .and_then(|ms| UNIX_EPOCH.checked_add(Duration::from_millis(ms)))
        .filter(|_| ms < 253_402_300_800_000)
        .map_or_else(
            || format!("{ms} ms after 1970"),
            |time| humantime::format_rfc3339_seconds(time).to_string(),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boot_clock_never_goes_back_and_the_wall_clock_is_after_2020() {
        let first = SystemClock.since_boot();
        assert!(SystemClock.since_boot() >= first);
        assert!(SystemClock.wall_ms() > 1_577_836_800_000);
    }

    #[test]
    fn a_time_is_written_in_utc() {
        assert_eq!(utc(1_795_986_745_683), "2026-11-29T21:12:25Z");
        assert_eq!(utc(-1), "-1 ms after 1970");
        assert_eq!(utc(i64::MAX), format!("{} ms after 1970", i64::MAX));
    }
}
