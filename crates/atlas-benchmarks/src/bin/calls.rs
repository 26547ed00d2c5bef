//! Makes calls of one client for a profiler: `calls CLIENT CALLS [AT_ONCE]`, where the client is `reqwest`, `equivalent`
//! (`reqwest` with the headers and timeouts of the facade) or `atlas-migrations`. 32 calls are made at once unless the
//! arguments say otherwise. The environment names the service.

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
    let (client, calls, at_once) = match &*arguments {
        [client, calls] => (client, calls, 32),
        [client, calls, at_once] => (client, calls, at_once.parse()?),
        _ => return Err("calls CLIENT CALLS [AT_ONCE]".into()),
    };
    let service = Service::from_env()?;
    let caller = match &**client {
        "reqwest" => Caller::plain(&service, false)?,
        "equivalent" => Caller::plain(&service, true)?,
        _ => Caller::facade(&service, Credentials::bearer_token(&*service.token))?,
    };
    let runtime = Builder::new_current_thread().enable_all().build()?;
    match runtime.block_on(rounds::run(&caller, calls.parse()?, at_once)).errors {
        0 => Ok(()),
        errors => Err(format!("{errors} calls failed").into()),
    }
}
