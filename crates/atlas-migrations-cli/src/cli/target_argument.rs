//! [`TargetArgument`]: the migration or validation that a command works on.

use atlas_migrations::{LiveMigrationId, ParseIdError, ValidationId};
use clap::error::{Error, ErrorKind};
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, value_parser};

use super::target::IdOrName;
use crate::name_completion;

/// The name of the positional argument.
const POSITION: &str = "id";

/// An ID or a name, by position. A hidden option takes it, too, in both spellings: the official CLI has only options.
pub struct TargetArgument<T> {
    pub id: IdOrName<T>,
}

/// A kind of ID that is an argument of commands.
pub trait TargetId: Clone + Send + Sync + std::str::FromStr<Err = ParseIdError> + 'static {
    /// The name of the option, and its spelling in the official CLI.
    const OPTION: [&str; 2];
    const VALUE_NAME: &str;
    const HELP: &str;
}

impl TargetId for LiveMigrationId {
    const OPTION: [&str; 2] = ["live-migration-id", "liveMigrationId"];
    const VALUE_NAME: &str = "LIVE_MIGRATION_ID|NAME";
    const HELP: &str = "Live migration ID, or name in the journal: orders, or weekend-12/orders";
}

impl TargetId for ValidationId {
    const OPTION: [&str; 2] = ["validation-id", "validationId"];
    const VALUE_NAME: &str = "VALIDATION_ID|NAME";
    const HELP: &str = "Validation ID, or the name of a migration: its last validation";
}

impl<T: TargetId> Args for TargetArgument<T> {
    fn augment_args(command: Command) -> Command {
        let [option, camel_case] = T::OPTION;
        let position = Arg::new(POSITION)
            .value_name(T::VALUE_NAME)
            .value_parser(value_parser!(IdOrName<T>))
            .help(T::HELP)
            // Except if the option is there, which conflicts with it.
            .required(true)
            .add(name_completion::completer());
        let option = Arg::new(option)
            .long(option)
            .alias(camel_case)
            .value_name(T::VALUE_NAME)
            .value_parser(value_parser!(IdOrName<T>))
            .conflicts_with(POSITION)
            .hide(true);
        command.args([position, option])
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<T: TargetId> FromArgMatches for TargetArgument<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let [option, _] = T::OPTION;
        let given = matches.get_one(option).or_else(|| matches.get_one(POSITION));
        let missing = || Error::raw(ErrorKind::MissingRequiredArgument, "an ID is missing");
        Ok(Self { id: given.cloned().ok_or_else(missing)? })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
