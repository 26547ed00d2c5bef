//! The options of `api`: one command for each operation, with one option for each of its parameters.

use std::path::PathBuf;

use atlas_client_core::Parameter;
use atlas_migrations::Operation;
use atlas_migrations::generated::operations::ALL;
use clap::error::{Error, ErrorKind};
use clap::{Arg, ArgMatches, Command, FromArgMatches, Subcommand, value_parser};

use super::api_version::ApiVersion;

/// The name of the option for the request body.
const FILE: &str = "file";
/// The name of the option for the version.
const VERSION: &str = "version";
/// The name of the option for the file of the response.
const OUTPUT_FILE: &str = "output-file";

/// The group of these operations in the official CLI: `atlas api cloudMigrationService OPERATION`.
const GROUP: &str = "cloudMigrationService";

/// A call of one operation.
pub struct Api {
    pub operation: &'static Operation,
    /// The given parameters, by their names in the API.
    pub parameters: Vec<(&'static str, String)>,
    /// The file with the request body. Without it, an operation with a body reads stdin.
    pub file: Option<PathBuf>,
    /// The file for the response body, in place of stdout.
    pub output_file: Option<PathBuf>,
    /// The version to call, if not that of the operation.
    pub version: Option<ApiVersion>,
}

/// Parameters that have a default in the settings, and the names that other commands use for them.
const FROM_SETTINGS: [(&str, &str); 2] = [("groupId", "project-id"), ("orgId", "org-id")];

/// Parameters by their names in the API: the other spelling, and what they are.
const PARAMETERS: [(&str, &str, &str); 6] = [
    (
        "groupId",
        "projectId",
        "ID of the project, which the API calls a group. Default: from the settings",
    ),
    ("orgId", "orgId", "ID of the organization. Default: from the settings"),
    ("liveMigrationId", "live-migration-id", "ID of the live migration"),
    ("validationId", "validation-id", "ID of the validation"),
    ("envelope", "envelope", "Wrap the response into an object that also has the HTTP status"),
    ("pretty", "pretty", "Indent the response"),
];

/// Operation IDs, and the shorter ones that the official CLI has or had for them.
const SHORT_IDS: [(&str, &[&str]); 8] = [
    ("createGroupLiveMigration", &["createPushMigration"]),
    ("validateGroupLiveMigrations", &["validateLiveMigrations", "validateMigration"]),
    ("getGroupLiveMigrationValidateStatus", &["getMigrationValidateStatus", "getValidationStatus"]),
    ("getGroupLiveMigration", &["getPushMigration"]),
    ("cutoverGroupLiveMigration", &["cutoverMigration"]),
    ("listOrgLiveMigrationAvailableProjects", &["listSourceProjects", "listAvailableProjects"]),
    ("createOrgLiveMigrationLinkToken", &["createLinkToken"]),
    ("deleteOrgLiveMigrationLinkTokens", &["deleteLinkTokens", "deleteLinkToken"]),
];

fn operations() -> impl Iterator<Item = Command> {
    ALL.iter().map(|operation| command(operation))
}

fn command(operation: &'static Operation) -> Command {
    let (method, path) = (operation.method, operation.path);
    let about = match operation.roles {
        [] => format!("{method} {path}"),
        roles => format!("{method} {path}. Requires the role {}", roles.join(" or ")),
    };
    let body = operation.content_type.map(|media_type| {
        Arg::new(FILE).long(FILE).value_name("FILE").value_parser(value_parser!(PathBuf)).help(
            format!(
                "File with the request body, {media_type}. Default: stdin, unless it is a terminal"
            ),
        )
    });
    let version = Arg::new(VERSION)
        .long(VERSION)
        .value_name("YYYY-MM-DD")
        .value_parser(value_parser!(ApiVersion))
        .help(format!(
            "Version of the API to call. Default: MONGODB_ATLAS_API_VERSION, `api_version` of the profile, or that of {}",
            operation.accept
        ));
    let output_file = Arg::new(OUTPUT_FILE)
        .long(OUTPUT_FILE)
        .alias("outputFile")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("File for the response body, also that of an error, in place of stdout");
    let short = SHORT_IDS.iter().find(|(id, _)| *id == operation.id);
    Command::new(operation.id)
        .about(about)
        .aliases(short.map(|(_, short)| *short).unwrap_or_default())
        .args(operation.parameters.iter().map(option))
        .args(body)
        .args([version, output_file])
}

/// Returns the option for a parameter.
fn option(parameter: &Parameter) -> Arg {
    let option = Arg::new(parameter.name).long(parameter.name).value_name("VALUE");
    let known = PARAMETERS.iter().find(|(name, ..)| *name == parameter.name);
    let option = match known {
        Some((name, alias, help)) if name != alias => option.alias(*alias).help(*help),
        Some((_, _, help)) => option.help(*help),
        None => option,
    };
    match FROM_SETTINGS.iter().find(|(name, _)| *name == parameter.name) {
        Some((_, alias)) => option.visible_alias(*alias),
        None if parameter.required => option.required(true),
        // `--pretty` means `--pretty true`.
        None => option.num_args(0..=1).default_missing_value("true"),
    }
}

impl Subcommand for Api {
    fn augment_subcommands(command: Command) -> Command {
        let group = Command::new(GROUP)
            .about("Call an operation, as in the official CLI")
            .aliases(["cloud-migration-service", "cloudmigrationservice"])
            .hide(true)
            .subcommand_required(true)
            // Few command lines need them.
            .defer(|group| group.subcommands(operations()));
        command.subcommands(operations()).subcommand(group)
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        name == GROUP || ALL.iter().any(|operation| operation.id == name)
    }
}

impl FromArgMatches for Api {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let missing = || Error::raw(ErrorKind::MissingSubcommand, "an operation is missing");
        let (name, matches) = matches.subcommand().ok_or_else(missing)?;
        if name == GROUP {
            return Self::from_arg_matches(matches);
        }
        let operation = ALL.iter().find(|operation| operation.id == name).ok_or_else(missing)?;
        let given = operation.parameters.iter().filter_map(|parameter| {
            Some((parameter.name, matches.get_one::<String>(parameter.name)?.clone()))
        });
        let file = operation.content_type.and_then(|_| matches.get_one::<PathBuf>(FILE)).cloned();
        let output_file = matches.get_one::<PathBuf>(OUTPUT_FILE).cloned();
        let version = matches.get_one::<ApiVersion>(VERSION).cloned();
        Ok(Self { operation, parameters: given.collect(), file, output_file, version })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bug: an operation is added, and a person who types `api OPERATION --help` sees only names.
    #[test]
    fn every_parameter_is_described_and_every_operation_has_a_short_id() {
        for operation in ALL {
            let has_short =
                SHORT_IDS.iter().any(|(id, short)| *id == operation.id && !short.is_empty());
            assert!(has_short, "{}", operation.id);
            for parameter in operation.parameters {
                assert!(
                    PARAMETERS.iter().any(|(name, ..)| *name == parameter.name),
                    "{parameter:?}"
                );
            }
        }
    }
}
