//! The options of `api`: one command for each operation, with one option for each of its parameters.

use std::path::PathBuf;

use atlas_migrations::Operation;
use atlas_migrations::generated::operations::ALL;
use clap::error::{Error, ErrorKind};
use clap::{Arg, ArgMatches, Command, FromArgMatches, Subcommand, value_parser};

/// The name of the option for the request body.
const FILE: &str = "file";

/// A call of one operation.
pub struct Api {
    pub operation: &'static Operation,
    /// The given parameters, by their names in the API.
    pub parameters: Vec<(&'static str, String)>,
    /// The file with the request body.
    pub file: Option<PathBuf>,
}

/// Parameters that have a default in the settings, and the names that other commands use for them.
const FROM_SETTINGS: [(&str, &str); 2] = [("groupId", "project-id"), ("orgId", "org-id")];

fn command(operation: &'static Operation) -> Command {
    let (method, path) = (operation.method, operation.path);
    let about = match operation.roles {
        [] => format!("{method} {path}"),
        roles => format!("{method} {path}. Requires the role {}", roles.join(" or ")),
    };
    let options = operation.parameters.iter().map(|parameter| {
        let alias = FROM_SETTINGS.iter().find(|(name, _)| *name == parameter.name);
        let option = Arg::new(parameter.name).long(parameter.name).value_name("VALUE");
        match alias {
            Some((_, alias)) => option.visible_alias(*alias).help("Default: from the settings"),
            None if parameter.required => option.required(true),
            // `--pretty` means `--pretty true`.
            None => option.num_args(0..=1).default_missing_value("true"),
        }
    });
    let body = operation.content_type.map(|media_type| {
        Arg::new(FILE)
            .long(FILE)
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .required(true)
            .help(format!("File with the request body, {media_type}; `-` reads stdin"))
    });
    Command::new(operation.id).about(about).args(options).args(body)
}

impl Subcommand for Api {
    fn augment_subcommands(command: Command) -> Command {
        command.subcommands(ALL.iter().map(|operation| self::command(operation)))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        ALL.iter().any(|operation| operation.id == name)
    }
}

impl FromArgMatches for Api {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let missing = || Error::raw(ErrorKind::MissingSubcommand, "an operation is missing");
        let (name, matches) = matches.subcommand().ok_or_else(missing)?;
        let operation = ALL.iter().find(|operation| operation.id == name).ok_or_else(missing)?;
        let given = operation.parameters.iter().filter_map(|parameter| {
            Some((parameter.name, matches.get_one::<String>(parameter.name)?.clone()))
        });
        let file = operation.content_type.and_then(|_| matches.get_one::<PathBuf>(FILE)).cloned();
        Ok(Self { operation, parameters: given.collect(), file })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
