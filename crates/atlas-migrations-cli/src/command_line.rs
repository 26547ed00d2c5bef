//! Parses the command line, and reports usage errors in the format that it asks for.

use std::borrow::Cow;
use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::OnceLock;

use atlas_client_core::sanitize;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, FromArgMatches as _, ValueEnum as _};

use crate::cli::{self, Cli, OutputFormat};
use crate::error::{CliError, Exit};
use crate::output;
use crate::program_name::without_plugin_command;
use crate::terminal;

/// Parses the arguments of the process. Prints help, or the usage error, and returns the exit code for it.
pub fn parse() -> Result<Cli, ExitCode> {
    let words = without_plugin_command(std::env::args_os().collect());
    // `--color` applies to usage errors, too.
    let color = global_option(&words, "color");
    if let Some(color) = color.and_then(|name| clap::ColorChoice::from_str(&name, false).ok()) {
        colorchoice_clap::Color { color }.write_global();
    }
    let error = match parse_words(&words) {
        Ok(cli) => {
            cli.global.color.write_global();
            return Ok(cli);
        }
        Err(error) => error,
    };
    if !error.use_stderr() {
        let text = error.render();
        let text =
            if terminal::stdout_has_color() { text.ansi().to_string() } else { text.to_string() };
        return Err(match terminal::print(text.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => CliError::from(error).report(OutputFormat::Table),
        });
    }
    let given = global_option(&words, "output");
    let profile = global_option(&words, "profile");
    let has_jq = global_option(&words, "jq").is_some();
    let format = output::format_for_errors(given.as_deref(), profile.as_deref(), has_jq);
    if format == OutputFormat::Json {
        return Err(usage_error(&error).report(format));
    }
    terminal::print_usage(&sanitized(&words, &error).render());
    Err(ExitCode::from(Exit::Usage as u8))
}

fn parse_words(
    words: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<Cli, clap::Error> {
    let mut command = cli::command();
    let matches = command.try_get_matches_from_mut(words)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Returns the same error for arguments without control characters, because the message repeats some of them.
fn sanitized(words: &[OsString], error: &clap::Error) -> clap::Error {
    match parse_words(words.iter().map(|word| sanitize(&word.to_string_lossy()))) {
        Err(error) => error,
        // The control characters were the error.
        Ok(_) => cli::command().error(error.kind(), "an argument contains control characters"),
    }
}

/// Converts an error of clap to one without its layout.
fn usage_error(error: &clap::Error) -> CliError {
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n");
    let message = match error.kind() {
        // The text of these is the help.
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
    let hint = match (tip, usage) {
        (Some(tip), _) => tip.to_owned(),
        (None, Some(usage)) => format!("usage: {usage}"),
        (None, None) => "see --help".to_owned(),
    };
    CliError::usage(message).may_have_taken_effect(false, None).hint(hint)
}

/// Finds the value of a global option, even in a command line that clap rejects.
fn global_option(words: &[OsString], long: &str) -> Option<String> {
    let shorts = shorts();
    let short = shorts.global.iter().find(|(name, _)| name == long)?.1;
    let (name, prefix) = (format!("--{long}"), format!("--{long}="));
    let mut words = words.iter().skip(1).map(|word| word.to_string_lossy());
    let mut found = None;
    while let Some(word) = words.next() {
        if word == "--" {
            break;
        } else if word == name.as_str() {
            found = words.next().map(Cow::into_owned).or(found);
        } else if let Some(value) = word.strip_prefix(&prefix) {
            found = Some(value.to_owned());
        } else if let Some(letters) = word.strip_prefix('-').filter(|word| !word.starts_with('-')) {
            let Some((at, letter)) =
                letters.char_indices().find(|(_, letter)| shorts.with_value.contains(letter))
            else {
                continue;
            };
            let value = &letters[at + letter.len_utf8()..];
            let value = match value.strip_prefix('=').unwrap_or(value) {
                "" => words.next().map(Cow::into_owned),
                value => Some(value.to_owned()),
            };
            if Some(letter) == short {
                found = value.or(found);
            }
        }
    }
    found
}

/// The short names of options.
struct Shorts {
    /// Of the global options, by their long names.
    global: Vec<(String, Option<char>)>,
    /// Of all options that take a value.
    with_value: Vec<char>,
}

fn shorts() -> &'static Shorts {
    static SHORTS: OnceLock<Shorts> = OnceLock::new();
    SHORTS.get_or_init(|| {
        let command = cli::command();
        let named = |option: &clap::Arg| Some((option.get_long()?.to_owned(), option.get_short()));
        Shorts {
            global: command.get_arguments().filter_map(named).collect(),
            with_value: shorts_with_value(&command),
        }
    })
}

/// Returns the short names of all options that take a value.
fn shorts_with_value(command: &Command) -> Vec<char> {
    let own = command.get_arguments().filter(|option| option.get_action().takes_values());
    let own = own.filter_map(clap::Arg::get_short);
    own.chain(command.get_subcommands().flat_map(shorts_with_value)).collect()
}

#[cfg(test)]
mod tests {
    use atlas_hostile_inputs::{check, documents};

    use super::*;

    fn output(line: &str) -> Option<String> {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        global_option(&words, "output")
    }

    #[test]
    fn the_output_option_is_found_in_each_spelling_and_place() {
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
    fn errors_of_hostile_command_lines_have_no_control_characters() {
        let seeds = &["x cutover -yo json 6296", "x create --source-ssl=\x1b[2J -o json", "x -o"];
        check("usage", &documents(seeds), |bytes| {
            let line = String::from_utf8_lossy(&bytes).into_owned();
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            global_option(&words, "output");
            if let Err(error) = parse_words(&words) {
                let _ = usage_error(&error);
                let shown = sanitized(&words, &error).render().to_string();
                for line in shown.lines() {
                    proptest::prop_assert_eq!(sanitize(line), line);
                }
            }
            Ok(())
        });
    }
}
