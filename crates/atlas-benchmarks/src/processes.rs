//! Processes of the command that go on while they are measured.

use std::error::Error;
use std::fs;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

/// How long a step may take.
const PATIENCE: Duration = Duration::from_mins(30);

/// A process that ends when this is dropped.
pub struct Running(pub Child);

impl Running {
    /// Returns the peak of the memory.
    pub fn peak_mb(&self) -> Result<f64, Box<dyn Error>> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).ok_or("no memory")?;
        let kilobytes: f64 = line.split_whitespace().nth(1).ok_or("no number")?.parse()?;
        Ok(kilobytes / 1024.0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns the CPU time of all processes, which the kernel counts in hundredths of a second.
pub fn cpu_time(running: &[Running]) -> Result<Duration, Box<dyn Error>> {
    let mut ticks = 0;
    for running in running {
        let stat = fs::read_to_string(format!("/proc/{}/stat", running.0.id()))?;
        let (_, fields) = stat.rsplit_once(')').ok_or("no fields")?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let [user, system] = [fields.get(11), fields.get(12)].map(|field| field.ok_or("no time"));
        ticks += user?.parse::<u64>()? + system?.parse::<u64>()?;
    }
    Ok(Duration::from_millis(ticks * 10))
}

/// Waits until something is done, as long as the processes go on.
pub fn wait(
    running: &mut [Running],
    mut is_done: impl FnMut() -> Result<bool, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    while !is_done()? {
        for running in &mut *running {
            if let Some(status) = running.0.try_wait()? {
                return Err(format!("the command ended: {status}").into());
            }
        }
        if start.elapsed() > PATIENCE {
            return Err("the command takes too long".into());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
