//! Counts the allocations of a call through the facade and of a handwritten call, and prints number and bytes of both:
//! after warm-up, on the calling thread, including connections.

#![allow(clippy::print_stdout, reason = "a program that people run")]

#[allow(dead_code, reason = "the benchmarks use the rest")]
#[path = "../callers.rs"]
mod callers;
#[allow(dead_code, reason = "the benchmarks use the rest")]
#[path = "../environment.rs"]
mod environment;

use std::error::Error;
use std::hint::black_box;

use atlas_migrations::Credentials;
use tokio::runtime::{Builder, Runtime};

use self::callers::{Caller, Service};

fn main() -> Result<(), Box<dyn Error>> {
    let service = Service::from_env()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let token = Credentials::bearer_token(&*service.token);
    let facade = count(&runtime, &Caller::facade(&service, token)?)?;
    let plain = count(&runtime, &Caller::plain(&service, false)?)?;
    println!("{}", serde_json::to_string(&[facade, plain])?);
    Ok(())
}

fn count(runtime: &Runtime, caller: &Caller) -> Result<(f64, f64), Box<dyn Error>> {
    const CALLS: u32 = 1000;
    let mut failed = 0;
    let mut calls = |times: u32| {
        runtime.block_on(async {
            for _ in 0..times {
                failed += u32::from(!black_box(caller.call().await));
            }
        });
    };
    calls(100);
    let counted = allocation_counter::measure(|| calls(CALLS));
    if failed > 0 {
        return Err(format!("{failed} calls failed").into());
    }
    #[allow(clippy::cast_precision_loss, reason = "there are few")]
    let per_call = |total: u64| total as f64 / f64::from(CALLS);
    Ok((per_call(counted.count_total), per_call(counted.bytes_total)))
}
