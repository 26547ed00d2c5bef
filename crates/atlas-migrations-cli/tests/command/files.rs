//! The files that the command writes.

use std::fs;

use atlas_simulator::Simulator;

use crate::GROUP;
use crate::atlas::{advance, atlas, id};
use crate::process::{OFTEN, Process, code, command, configured, text};

fn watch(simulator: &Simulator, chart: &str) -> Process {
    Process::start(simulator, &[&["watch", &id(0), "--chart", chart], &OFTEN[..]].concat())
}

#[test]
#[cfg(unix)]
fn a_chart_replaces_no_device_pipe_folder_or_link() {
    use std::os::unix::fs::{FileTypeExt as _, symlink};

    let folder = tempfile::tempdir().unwrap();
    let inside = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    assert!(std::process::Command::new("mkfifo").arg(inside("pipe")).status().unwrap().success());
    fs::write(inside("target"), "untouched").unwrap();
    symlink(inside("target"), inside("link")).unwrap();
    fs::create_dir(inside("folder")).unwrap();
    for path in ["/dev/null".to_owned(), inside("pipe"), inside("link"), inside("folder")] {
        for arguments in [
            &["watch", &id(0), "--chart", &path][..],
            &["cutover", &id(0), "--yes", "--when-ready", "--chart", &path],
        ] {
            // The check comes before any request.
            let output = configured("http://127.0.0.1:1", arguments).output().unwrap();
            assert_eq!(code(&output), 2, "{path}: {}", text(&output.stderr));
            assert!(text(&output.stderr).contains("--chart"), "{}", text(&output.stderr));
        }
    }
    assert!(fs::symlink_metadata("/dev/null").unwrap().file_type().is_char_device());
    assert!(fs::symlink_metadata(inside("pipe")).unwrap().file_type().is_fifo());
    assert!(fs::symlink_metadata(inside("link")).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(inside("target")).unwrap(), "untouched");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chart_that_cannot_be_written_is_a_warning_and_does_not_change_the_exit_code() {
    for (fate, expected) in [("complete", 0), ("failed", 8), ("expired", 9)] {
        let simulator = atlas(1).await;
        let folder = tempfile::tempdir().unwrap();
        let chart = folder.path().join("chart.svg");
        let mut watch = watch(&simulator, chart.to_str().unwrap());
        watch.until_line(|line| line.contains("NEW"));
        // Something else takes the place of the chart.
        fs::create_dir(&chart).unwrap();
        advance(&simulator, 110);
        match fate {
            "complete" => {
                simulator.control().cut_over(GROUP, id(0)).unwrap();
                advance(&simulator, 30);
            }
            "failed" => simulator.control().fail(GROUP, id(0)).unwrap(),
            _ => advance(&simulator, 3600),
        }
        let output = watch.end();
        let err = text(&output.stderr);
        assert_eq!(code(&output), expected, "{err}");
        assert!(err.starts_with("warning: the chart ") && err.contains("regular file"), "{err}");
        assert!(text(&output.stdout).ends_with(&format!("{fate}\n")), "{}", text(&output.stdout));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no other file is left");
    }
}

#[test]
#[cfg(unix)]
fn manual_pages_are_not_written_through_links() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("pages");
    let target = folder.path().join("target");
    fs::write(&target, "untouched").unwrap();
    let out = pages.to_str().unwrap();
    let manual = || command(&["man", "--out", out]).output().unwrap();
    assert_eq!(code(&manual()), 0);
    let page = pages.join("atlas-migrations-watch.1");
    let written = fs::read_to_string(&page).unwrap();
    assert!(written.contains("linger"), "{written}");
    assert!(pages.join("atlas-migrations.1").is_file());
    assert_eq!(code(&manual()), 0, "existing pages are replaced");

    fs::remove_file(&page).unwrap();
    std::os::unix::fs::symlink(&target, &page).unwrap();
    let output = manual();
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("symbolic link"), "{}", text(&output.stderr));
    assert_eq!(fs::read_to_string(&target).unwrap(), "untouched");
}
