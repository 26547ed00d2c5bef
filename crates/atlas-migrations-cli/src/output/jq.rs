//! [`JqFilter`]: a jq filter for JSON values.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use jaq_core::data::JustLut;
use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Filter, Vars, compile};
use jaq_json::{Val, read};
use serde_json::Value;

/// How long a filter may take for one value.
const LIMIT: Duration = Duration::from_secs(5);
/// The limit on what a filter makes of one value.
const MAX_BYTES: usize = 16 << 20;
/// Room for deep recursion. More is only reserved, not used.
const STACK_BYTES: usize = 256 << 20;

type Compiled = Filter<JustLut<Val>>;

/// A jq filter. It runs on a thread of its own, so that one that does not end is given up after a while.
pub struct JqFilter {
    values: Sender<String>,
    results: Receiver<Result<String, String>>,
}

/// Returns the text of a filter if it can be compiled.
///
/// # Errors
///
/// Fails with the place and the reason if it cannot.
pub fn checked(text: &str) -> Result<String, String> {
    compiled(text).map(|_| text.to_owned())
}

impl JqFilter {
    /// Starts the thread of a filter, and tries it with `null`. A recursion without an end would overflow the stack and
    /// end the program: that should happen before anything is sent.
    ///
    /// # Errors
    ///
    /// Fails if the filter cannot be compiled, does not end, or if there can be no thread.
    pub fn start(text: &str) -> Result<Self, String> {
        checked(text)?;
        let text = text.to_owned();
        let (values, next) = channel::<String>();
        let (done, results) = channel();
        let work = move || {
            let Ok(filter) = compiled(&text) else { return };
            for value in next {
                if done.send(outputs(&filter, &value)).is_err() {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("jq".to_owned()).stack_size(STACK_BYTES);
        thread.spawn(work).map_err(|error| format!("cannot start a thread: {error}"))?;
        let filter = Self { values, results };
        match filter.of_text("null".to_owned()) {
            Err(Failure::Endless) => Err(endless()),
            _ => Ok(filter),
        }
    }

    /// Returns what the filter makes of a value: one line for each output. Texts are not quoted.
    ///
    /// # Errors
    ///
    /// Fails if the filter does, does not end, or makes too much.
    pub fn apply(&self, value: &Value) -> Result<String, String> {
        self.of_text(value.to_string()).map_err(|failure| match failure {
            Failure::Endless => endless(),
            Failure::Failed(reason) => reason,
        })
    }

    fn of_text(&self, value: String) -> Result<String, Failure> {
        // The thread works on an earlier value if that took too long.
        self.values.send(value).map_err(|_| Failure::Endless)?;
        match self.results.recv_timeout(LIMIT) {
            Ok(result) => result.map_err(Failure::Failed),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                Err(Failure::Endless)
            }
        }
    }
}

enum Failure {
    Endless,
    Failed(String),
}

fn endless() -> String {
    format!("the jq filter did not end within {} s", LIMIT.as_secs())
}

fn outputs(filter: &Compiled, value: &str) -> Result<String, String> {
    let value = read::parse_single(value.as_bytes()).map_err(|error| error.to_string())?;
    let context = Ctx::<JustLut<Val>>::new(&filter.lut, Vars::new([]));
    let mut text = Vec::new();
    for output in filter.id.run((context, value)) {
        match output {
            Ok(Val::TStr(line)) => text.extend_from_slice(&line),
            // Without a terminal in mind: there are no colors.
            Ok(output) => {
                jaq_json::write::write(&mut text, &jaq_json::write::Pp::default(), 0, &output)
                    .map_err(|error: io::Error| error.to_string())?;
            }
            Err(exception) => {
                return match exception.get_err() {
                    Ok(error) => Err(format!("the jq filter failed: {error}")),
                    // `halt` ends the filter, not the program.
                    Err(_) => break,
                };
            }
        }
        text.push(b'\n');
        if text.len() > MAX_BYTES {
            return Err(format!("the jq filter makes more than {} MiB", MAX_BYTES >> 20));
        }
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn compiled(text: &str) -> Result<Compiled, String> {
    let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    // The environment has secrets in it.
    let functions = jaq_std::funs().filter(|(name, ..)| *name != "env");
    let functions = jaq_core::funs().chain(functions).chain(jaq_json::funs());
    let arena = Arena::default();
    let modules = Loader::new(definitions)
        .load(&arena, File { code: text, path: () })
        .map_err(|errors| first_load_error(&errors))?;
    Compiler::default().with_funs(functions).compile(modules).map_err(|errors| {
        let first = errors.iter().flat_map(|(_, errors)| errors).next();
        first.map_or_else(malformed, |(symbol, kind): &compile::Error<&str>| {
            format!("unknown {} `{symbol}`", kind.as_str())
        })
    })
}

fn first_load_error(errors: &load::Errors<&str, ()>) -> String {
    let found = |rest: &str| match rest.lines().next() {
        None | Some("") => "the end".to_owned(),
        Some(line) => format!("`{line}`"),
    };
    match errors.first() {
        Some((_, load::Error::Lex(errors))) => errors.first().map_or_else(malformed, |error| {
            format!("expected {}, found {}", error.0.as_str(), found(error.1))
        }),
        Some((_, load::Error::Parse(errors))) => errors.first().map_or_else(malformed, |error| {
            format!("expected {}, found {}", error.0.as_str(), found(error.1))
        }),
        // A filter cannot load files.
        Some((_, load::Error::Io(_))) => "modules are not supported".to_owned(),
        None => malformed(),
    }
}

fn malformed() -> String {
    "malformed jq filter".to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(filter: &str, value: &Value) -> Result<String, String> {
        JqFilter::start(filter)?.apply(value)
    }

    #[test]
    fn texts_are_not_quoted_and_each_output_is_one_line() {
        let value = json!({"_id": "a b", "lag": 7, "hosts": ["x", "y"], "none": null});
        for (filter, expected) in [
            ("._id", "a b\n"),
            (".lag + 1", "8\n"),
            (".hosts[]", "x\ny\n"),
            (".hosts", "[\"x\",\"y\"]\n"),
            (".none", "null\n"),
            ("empty", ""),
            ("select(.lag > 9)", ""),
            ("[.hosts[] | test(\"^x\")] | any", "true\n"),
            (".lag, halt, .lag", "7\n"),
        ] {
            assert_eq!(run(filter, &value).as_deref(), Ok(expected), "{filter}");
        }
    }

    #[test]
    fn a_malformed_filter_is_refused_with_its_place() {
        for (filter, said) in [
            (".a |", "found the end"),
            ("{a: ", "closing brace"),
            (".a | nonsense", "unknown filter `nonsense`"),
            ("env.HOME", "unknown filter `env`"),
            ("$ENV", "unknown variable"),
            ("import \"x\" as x; .", "odule"),
        ] {
            let error = checked(filter).unwrap_err();
            assert!(error.contains(said), "{filter}: {error}");
        }
    }

    #[test]
    fn a_filter_that_fails_or_makes_too_much_is_an_error() {
        let failed = run("if . == null then 0 else .x.y end", &json!({"x": 1})).unwrap_err();
        assert!(failed.contains("the jq filter failed"), "{failed}");
        let long = run("if . == null then 0 else range(infinite) end", &json!(1)).unwrap_err();
        assert!(long.contains("16 MiB") || long.contains("did not end"), "{long}");
    }

    #[test]
    fn a_filter_without_an_end_is_given_up() {
        let endless = JqFilter::start("def f: f; f").map(|_| ()).unwrap_err();
        assert!(endless.contains("did not end within 5 s"), "{endless}");
    }
}
