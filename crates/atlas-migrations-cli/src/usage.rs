//! Reading the command line, and telling what is wrong with it in the form that it asks for.

use std::borrow::Cow;
use std::ffi::OsString;
use std::process::ExitCode;

use atlas_client_core::sanitize;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory as _, Parser as _};

use crate::arguments::{Arguments, Output};
use crate::failure::{Exit, Failure};
use crate::terminal;

/// What the command line says, or what the program ends with where it says nothing that can be done.
pub fn arguments() -> Result<Arguments, ExitCode> {
    let words: Vec<OsString> = std::env::args_os().collect();
    // What is wrong is told in color or not, too.
    if let Some(color) = chosen(&words, "color").and_then(|name| {
        use clap::ValueEnum as _;
        clap::ColorChoice::from_str(&name, false).ok()
    }) {
        colorchoice_clap::Color { color }.write_global();
    }
    let error = match Arguments::try_parse_from(&words) {
        Ok(arguments) => {
            arguments.common.color.write_global();
            return Ok(arguments);
        }
        Err(error) => error,
    };
    if !error.use_stderr() {
        let text = error.render();
        let text =
            if terminal::stdout_has_color() { text.ansi().to_string() } else { text.to_string() };
        return Err(match terminal::print(text.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => Failure::from(error).report(Output::Table),
        });
    }
    if chosen(&words, "output").as_deref() == Some("json") {
        return Err(failure(&error).report(Output::Json));
    }
    terminal::say_usage(&harmless(&words, &error).render());
    Err(ExitCode::from(Exit::Usage as u8))
}

/// The same error of the same words without what steers a terminal, for it repeats some of them.
fn harmless(words: &[OsString], error: &clap::Error) -> clap::Error {
    let words = words.iter().map(|word| sanitize(&word.to_string_lossy()));
    match Arguments::try_parse_from(words) {
        Err(error) => error,
        // It was the characters that were wrong.
        Ok(_) => Arguments::command().error(error.kind(), "an argument has control characters"),
    }
}

/// The error without its layout.
fn failure(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n");
    let message = match error.kind() {
        // Its text is the help.
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            "a command is missing".to_owned()
        }
        _ => {
            let first = paragraphs.next().unwrap_or_default();
            let lines: Vec<_> = first.lines().map(str::trim).collect();
            lines.join(" ").trim_start_matches("error: ").to_owned()
        }
    };
    let tip = paragraphs.find_map(|paragraph| paragraph.trim().strip_prefix("tip: "));
    let usage = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => {
            let usage = usage.to_string();
            Some(usage.trim().trim_start_matches("Usage:").trim().to_owned())
        }
        _ => None,
    };
    let failure = Failure::new(message).exit(Exit::Usage).may_have_taken_effect(false, None);
    match (tip, usage) {
        (Some(tip), _) => failure.hint(tip),
        (None, Some(usage)) => failure.hint(format!("usage: {usage}")),
        (None, None) => failure.hint("see --help"),
    }
}

/// The value of a global option wherever it stands, in a command line that cannot be read as a whole.
fn chosen(words: &[OsString], long: &str) -> Option<String> {
    let command = Arguments::command();
    let option = command.get_arguments().find(|option| option.get_long() == Some(long))?;
    let short = option.get_short();
    let takers = shorts_with_values(&command);
    let (name, beginning) = (format!("--{long}"), format!("--{long}="));
    let mut words = words.iter().skip(1).map(|word| word.to_string_lossy());
    let mut found = None;
    while let Some(word) = words.next() {
        if word == "--" {
            break;
        } else if word == name.as_str() {
            found = words.next().map(Cow::into_owned).or(found);
        } else if let Some(value) = word.strip_prefix(&beginning) {
            found = Some(value.to_owned());
        } else if let Some(letters) = word.strip_prefix('-').filter(|word| !word.starts_with('-')) {
            let Some((at, taker)) =
                letters.char_indices().find(|(_, letter)| takers.contains(letter))
            else {
                continue;
            };
            let value = &letters[at + taker.len_utf8()..];
            let value = match value.strip_prefix('=').unwrap_or(value) {
                "" => words.next().map(Cow::into_owned),
                value => Some(value.to_owned()),
            };
            if Some(taker) == short {
                found = value.or(found);
            }
        }
    }
    found
}

/// The letters of all options that take a value.
fn shorts_with_values(command: &Command) -> Vec<char> {
    let own = command.get_arguments().filter(|option| option.get_action().takes_values());
    let own = own.filter_map(clap::Arg::get_short);
    own.chain(command.get_subcommands().flat_map(shorts_with_values)).collect()
}

#[cfg(test)]
mod tests {
    use atlas_hostile_inputs::{check, documents};

    use super::*;

    fn output(line: &str) -> Option<String> {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        chosen(&words, "output")
    }

    #[test]
    fn json_is_asked_for_in_any_of_its_spellings_and_places() {
        for line in [
            "x -o json",
            "x -ojson",
            "x -o=json",
            "x --output json nonsense",
            "x nonsense --output=json",
            "x cutover -yo json",
            "x create -u me -yojson",
            "x describe -o json -- -o table",
        ] {
            assert_eq!(output(line).as_deref(), Some("json"), "{line}");
        }
        for line in [
            "x",
            "x json",
            "x -o",
            "x -o table",
            "x create -u ojson",
            "x create -uo json",
            "x -- -o json",
        ] {
            assert_ne!(output(line).as_deref(), Some("json"), "{line}");
        }
    }

    #[test]
    fn hostile_command_lines_are_refused_in_one_line_each() {
        let seeds = &["x cutover -yo json 6296", "x create --source-ssl=\x1b[2J -o json", "x -o"];
        check("usage", &documents(seeds), |bytes| {
            let line = String::from_utf8_lossy(&bytes).into_owned();
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            chosen(&words, "output");
            if let Err(error) = Arguments::try_parse_from(&words) {
                let _ = failure(&error);
                let shown = harmless(&words, &error).render().to_string();
                for line in shown.lines() {
                    proptest::prop_assert_eq!(sanitize(line), line);
                }
            }
            Ok(())
        });
    }
}
