//! The command line: errors, bounds, colors.

use serde_json::Value;

use crate::MIGRATION;
use crate::atlas::{id, simulator};
use crate::process::{code, command, configured, text};

#[test]
fn a_json_usage_error_is_one_object() {
    for arguments in [
        &["describe", "-o", "json"][..],
        &["describe", "x", "-ojson"],
        &["--output=json", "no-such-command"],
        &["-o=json"],
        &["cutover", "-yo", "json", MIGRATION, "--nonsense"],
        &["watch", MIGRATION, "--timeout", "soon", "--output", "json"],
        &["describe", "bad\nhint: \u{1b}[2J\u{9b}2J", "-o", "json"],
    ] {
        let output = command(arguments).output().unwrap();
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(output.stdout.is_empty());
        let told = text(&output.stderr);
        assert_eq!(told.matches('\n').count(), 1, "{told}");
        assert!(!told.contains(['\u{1b}', '\u{9b}']), "{told:?}");
        let error: Value = serde_json::from_str(told).unwrap();
        assert_eq!(error["exit_code"], 2);
        let message = error["error"].as_str().unwrap();
        assert!(!message.is_empty() && !message.contains("Usage") && !message.contains("error:"));
        assert!(error["hint"].is_string(), "{error}");
    }
    for arguments in [["--help", "-ojson"], ["--version", "-ojson"]] {
        let output = command(&arguments).output().unwrap();
        assert_eq!(code(&output), 0);
        assert!(text(&output.stdout).contains("atlas-migrations") && output.stderr.is_empty());
    }
}

#[test]
fn an_argument_in_an_error_controls_no_terminal() {
    let output = command(&["describe", "x\u{1b}[2J\nerror: y"]).output().unwrap();
    assert_eq!(code(&output), 2);
    let told = text(&output.stderr);
    assert!(told.starts_with("error: invalid value 'x[2J error: y' for "), "{told}");
    assert_eq!(told.lines().filter(|line| line.starts_with("error: ")).count(), 1);
}

#[test]
fn durations_and_numbers_have_bounds() {
    for (arguments, said) in [
        (&["watch", MIGRATION, "--timeout", "500000000000years"][..], "at most 10 years"),
        (&["watch", MIGRATION, "--error-timeout", "11years"], "at most 10 years"),
        (&["watch", MIGRATION, "--interval", "5s..500000000000years"], "at most 10 years"),
        (&["cutover", MIGRATION, "--when-ready", "--max-lag", "11years"], "at most 10 years"),
        (&["validation", MIGRATION, "--wait", "--timeout", "500000000000years"], "at most 10"),
        (&["create", "--timeout", "500000000000years"], "at most 10 years"),
        (&["describe", MIGRATION, "--call-timeout", "18446744073709551615"], "86400"),
        (&["describe", MIGRATION, "--call-timeout", "0"], "1..=86400"),
        (&["describe", MIGRATION, "--attempts", "4294967295"], "1..=100"),
    ] {
        let output = command(arguments).output().unwrap();
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn colors_follow_the_option_and_the_conventions() {
    let simulator = simulator().await;
    let no_such = id(9);
    for (arguments, variables, expected) in [
        (&[][..], &[][..], false),
        (&[], &[("CLICOLOR_FORCE", "1")], true),
        (&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&["--color", "always"], &[("NO_COLOR", "1"), ("TERM", "dumb")], true),
        (&["--color", "never"], &[("CLICOLOR_FORCE", "1")], false),
        (&["--color=auto"], &[], false),
    ] {
        let run = |what: &[&str]| {
            let mut command = configured(simulator.base_url(), what);
            for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
                command.env_remove(name);
            }
            let output = command.envs(variables.iter().copied()).args(arguments).output().unwrap();
            [output.stdout, output.stderr].map(|bytes| text(&bytes).contains('\u{1b}'))
        };
        assert_eq!(run(&["describe", MIGRATION]), [expected, false], "{arguments:?} {variables:?}");
        assert_eq!(run(&["describe", &no_such]), [false, expected], "{arguments:?} {variables:?}");
        assert_eq!(run(&["describe"]), [false, expected], "{arguments:?} {variables:?}");
        assert_eq!(run(&["--help"]), [expected, false], "{arguments:?} {variables:?}");
        // JSON is never colored.
        assert_eq!(run(&["describe", MIGRATION, "-o", "json"]), [false, false]);
    }
    assert_eq!(code(&command(&["--color", "sometimes", "demo"]).output().unwrap()), 2);
}
