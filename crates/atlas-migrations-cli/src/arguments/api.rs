//! The arguments of a call straight from the operation table: a command for each operation, with a flag
//! for each of its parameters.

use std::path::PathBuf;

use atlas_migrations::Operation;
use atlas_migrations::generated::operations::ALL;
use clap::error::{Error, ErrorKind};
use clap::{Arg, ArgMatches, Command, FromArgMatches, Subcommand, value_parser};

/// The flag whose file is the request's body.
const FILE: &str = "file";

/// A call of an operation.
pub struct Api {
    pub operation: &'static Operation,
    /// The parameters that were given, by their names in the document.
    pub parameters: Vec<(&'static str, String)>,
    /// The request's body.
    pub file: Option<PathBuf>,
}

/// What can be left out, as the settings may say it, and how the other commands call it.
pub const SET: [(&str, &str); 2] = [("groupId", "project-id"), ("orgId", "org-id")];

fn command(operation: &'static Operation) -> Command {
    let (method, path) = (operation.method, operation.path);
    let about = match operation.roles {
        [] => format!("{method} {path}"),
        roles => format!("{method} {path}. Needs the role {}", roles.join(" or ")),
    };
    let flags = operation.parameters.iter().map(|parameter| {
        let set = SET.iter().find(|(name, _)| *name == parameter.name);
        let flag = Arg::new(parameter.name).long(parameter.name).value_name("VALUE");
        match set {
            Some((_, alias)) => flag.visible_alias(*alias).help("Else the settings say it"),
            None if parameter.required => flag.required(true),
            // What is asked for without a value is asked for: `--pretty`.
            None => flag.num_args(0..=1).default_missing_value("true"),
        }
    });
    let body = operation.content_type.map(|media_type| {
        Arg::new(FILE)
            .long(FILE)
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .required(true)
            .help(format!("The request's body, {media_type}; `-` is stdin"))
    });
    Command::new(operation.id).about(about).args(flags).args(body)
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
        let missing = || Error::raw(ErrorKind::MissingSubcommand, "no operation is named");
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
