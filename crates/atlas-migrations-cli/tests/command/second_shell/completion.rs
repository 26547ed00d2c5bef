//! Completion of names in the shell.

use std::process::Command;

use super::support::Runner;
use crate::atlas::{GROUP, id};
use crate::journal::TestJournal;
use crate::process::{code, command, text};

/// Returns what the program completes for the last word.
fn completed(journal: &TestJournal, words: &[&str]) -> Vec<String> {
    let mut command = command(&["--", "atlas-migrations"]);
    let output = command
        .args(words)
        .env("XDG_STATE_HOME", &journal.state_folder)
        .envs([("ATLAS_MIGRATIONS_COMPLETE", "bash"), ("_CLAP_IFS", "\n")])
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .output()
        .unwrap();
    assert_eq!((code(&output), text(&output.stderr)), (0, ""));
    text(&output.stdout).lines().map(str::to_owned).collect()
}

async fn journal() -> TestJournal {
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    let plan = ("weekend-12", runner.plan("weekend-12").await);
    for name in ["orders", "old", "users"] {
        runner.planned(plan, name, 0).await;
    }
    runner.adopted("users", &id(0)).await;
    runner.store.close().await;
    journal
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_the_journal_complete_in_their_shortest_form() {
    let journal = journal().await;
    for command in [
        "hold",
        "approve",
        "abort-before-cutover",
        "retry",
        "describe",
        "cutover",
        "watch",
        "status",
    ] {
        assert_eq!(completed(&journal, &[command, "o"]), ["old", "orders"], "{command}");
    }
    assert_eq!(completed(&journal, &["journal", "show", "or"]), ["orders"]);
    assert_eq!(completed(&journal, &["postpone-until", "+1h", "or"]), ["orders"]);
    // Two have this name.
    assert_eq!(completed(&journal, &["hold", "weekend-12/u"]), ["weekend-12/users"]);
    assert_eq!(completed(&journal, &["hold", GROUP]), [format!("{GROUP}/users")]);
    assert_eq!(completed(&journal, &["hold", "we"]), ["weekend-12", "weekend-12/users"]);
    // Another journal, or none.
    let other = TestJournal::new();
    let path = journal.path();
    let path = path.to_str().unwrap();
    assert_eq!(completed(&other, &["--journal", path, "hold", "or"]), ["orders"]);
    assert!(completed(&journal, &["--no-journal", "hold", "or"]).is_empty());
    // Options complete too.
    assert_eq!(completed(&journal, &["create", "--migration-h"]), ["--migration-host"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn completion_creates_no_journal_and_shows_no_error() {
    let journal = TestJournal::new();
    assert!(completed(&journal, &["hold", "o"]).is_empty());
    assert!(!journal.state_folder.exists());
    let nowhere = journal.state_folder.join("new.db");
    let nowhere = nowhere.to_str().unwrap();
    assert!(completed(&journal, &["--journal", nowhere, "hold", "o"]).is_empty());
    for url in ["postgres://ana@127.0.0.1:1/ops", "mysql://x"] {
        assert!(completed(&journal, &["--journal", url, "hold", "o"]).is_empty());
    }
    std::fs::create_dir_all(journal.path().parent().unwrap()).unwrap();
    std::fs::write(journal.path(), "this is not a journal").unwrap();
    assert!(completed(&journal, &["hold", "o"]).is_empty());
    assert_eq!(std::fs::read(journal.path()).unwrap(), b"this is not a journal");
}

/// Runs the printed scripts in the shells that this machine has.
#[tokio::test(flavor = "multi_thread")]
async fn the_scripts_complete_names_in_real_shells() {
    let journal = journal().await;
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_atlas-migrations"));
    let path =
        format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let bash = r#"
        source <(atlas-migrations completions bash)
        COMP_WORDS=(atlas-migrations hold o) COMP_CWORD=2 COMP_TYPE=9
        _clap_complete_atlas_migrations atlas-migrations o hold
        printf '%s\n' "${COMPREPLY[@]}""#;
    // The two functions belong to its completion system, which needs a terminal.
    let zsh = "
        compdef() { : }
        _describe() { local -a found=(${(P)3}); print -l ${found%%:*} }
        source <(atlas-migrations completions zsh)
        words=(atlas-migrations hold o) CURRENT=3
        _clap_dynamic_completer_atlas_migrations";
    let fish = "
        atlas-migrations completions fish | source
        complete --do-complete 'atlas-migrations hold o' | string split -f1 \\t";
    let mut tested = 0;
    for (shell, options, script) in
        [("bash", &["--norc"][..], bash), ("zsh", &["-f"], zsh), ("fish", &["--no-config"], fish)]
    {
        let mut shell_command = Command::new(shell);
        shell_command.args(options).args(["-c", script]).env("PATH", &path).env("TERM", "dumb");
        shell_command.env("XDG_STATE_HOME", &journal.state_folder);
        shell_command.env_remove("ATLAS_MIGRATIONS_JOURNAL");
        let Ok(output) = shell_command.output() else {
            eprintln!("SKIPPED: no {shell} on this machine");
            continue;
        };
        let names: Vec<_> = text(&output.stdout).split_whitespace().collect();
        assert_eq!(names, ["old", "orders"], "{shell}: {}", text(&output.stderr));
        tested += 1;
    }
    assert!(tested > 0, "no shell was tested");
}
