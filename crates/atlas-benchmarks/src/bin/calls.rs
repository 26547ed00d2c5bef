//! Makes calls of one client for a profiler, 32 at once: `calls CLIENT CALLS`, where the client is `reqwest` or
//! `atlas-migrations`. The environment names the service.

#[allow(dead_code, reason = "the benchmarks use the rest")]
#[path = "../callers.rs"]
mod callers;
#[allow(dead_code, reason = "the benchmarks use the rest")]
#[path = "../environment.rs"]
mod environment;
#[allow(dead_code, reason = "the benchmarks use the rest")]
#[path = "../rounds.rs"]
mod rounds;

use std::env;
use std::error::Error;

use atlas_migrations::Credentials;
use tokio::runtime::Builder;

use self::callers::{Caller, Service};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [client, calls] = &*arguments else {
        return Err("calls CLIENT CALLS".into());
    };
    let service = Service::from_env()?;
    let caller = match &**client {
        "reqwest" => Caller::plain(&service, false)?,
        _ => Caller::facade(&service, Credentials::bearer_token(&*service.token))?,
    };
    let runtime = Builder::new_current_thread().enable_all().build()?;
    match runtime.block_on(rounds::run(&caller, calls.parse()?, 32)).errors {
        0 => Ok(()),
        errors => Err(format!("{errors} calls failed").into()),
    }
}
