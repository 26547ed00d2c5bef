//! Compares the decoding of the generated types with a handwritten struct and `serde_json::Value`.

use std::convert::Infallible;
use std::hint::black_box;

use atlas_migrations::generated::types::LiveMigrationResponse;
use atlas_migrations::{LiveMigration, ObjectId};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::measure::{Compared, interleaved, nanoseconds};
use crate::page::{Figure, Figures, Target, shown};

const ROUNDS: usize = 501;

/// A handwritten type of the response.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "only decoded")]
struct ByHand {
    #[serde(rename = "_id")]
    id: Option<String>,
    lag_time_seconds: Option<i64>,
    migration_hosts: Option<Vec<String>>,
    ready_for_cutover: Option<bool>,
    status: Option<String>,
}

pub fn run() -> Figures {
    let mut figures = Vec::new();
    for (body, hosts, times) in [("the example", 1, 500), ("1,000 hosts", 1000, 5)] {
        let text = serde_json::to_string(&example(hosts))?;
        let mut compare = |what, compared: Compared| {
            let what = format!("{body}, {what}");
            let show = |value| format!("{} ns", shown(value));
            let (ours, other) = (show(compared.first), show(compared.second));
            figures.push(Figure::ratio(what, ours, other, compared.ratio));
        };
        let ours = || decoding::<LiveMigrationResponse>(&text, times);
        compare("generated, by hand", compared(ours, || decoding::<ByHand>(&text, times)));
        compare("generated, `Value`", compared(ours, || decoding::<Value>(&text, times)));
        let facade = || decoding::<LiveMigration>(&text, times);
        compare("facade, by hand", compared(facade, || decoding::<ByHand>(&text, times)));
    }
    let id = "6296fb4c7c7aa997cf94e9a8";
    let parsing = || {
        nanoseconds(20_000, || {
            let _ = black_box(ObjectId::parse(black_box(id)));
        })
    };
    let copying = || nanoseconds(20_000, || drop(black_box(black_box(id).to_owned())));
    let compared = compared(parsing, copying);
    let show = |value| format!("{} ns", shown(value));
    figures.push(Figure {
        what: "an ID, parsed and copied to a `String`".to_owned(),
        measured: show(compared.first),
        baseline: show(compared.second),
        result: compared.first,
        unit: "ns",
        target: Some(Target::AtMost(99.0)),
    });
    Ok(figures)
}

fn example(hosts: usize) -> Value {
    let hosts: Vec<_> = (0..hosts).map(|host| format!("vm{host:03}.example.com")).collect();
    json!({
        "_id": "6296fb4c7c7aa997cf94e9a8",
        "lagTimeSeconds": 42,
        "migrationHosts": hosts,
        "readyForCutover": false,
        "status": "WORKING",
    })
}

fn decoding<T: DeserializeOwned>(text: &str, times: usize) -> f64 {
    nanoseconds(times, || drop(black_box(serde_json::from_slice::<T>(black_box(text).as_bytes()))))
}

fn compared(first: impl Fn() -> f64, second: impl Fn() -> f64) -> Compared {
    let compared = interleaved::<Infallible>(ROUNDS, || Ok(first()), || Ok(second()));
    let Ok(compared) = compared;
    compared
}
