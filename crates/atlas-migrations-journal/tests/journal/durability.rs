//! The intent is on the disk before the request is sent: a kill does not show that, the system calls do.

use std::process::Command;

use crate::support::journal::{Kind, TestJournal};

/// Runs the program of the kill tests under `strace` and looks for a sync between each commit and what follows it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_intent_is_synced_to_the_disk_before_its_request_is_sent() {
    if Command::new("strace").arg("-V").output().is_err() {
        eprintln!("SKIPPED: no strace");
        return;
    }
    let journal = TestJournal::new(Kind::Sqlite).await.unwrap();
    journal.open().await.close().await;
    let trace = journal.folder.path().join("trace");
    let status = Command::new("strace")
        .args(["-f", "-y", "-s", "64", "-e", "trace=write,pwrite64,fsync,fdatasync", "-o"])
        .arg(&trace)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "kill::child", "--nocapture"])
        .env(crate::kill::LOCATION, journal.path())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status();
    if !status.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: strace cannot trace here");
        return;
    }
    let trace = std::fs::read_to_string(trace).unwrap();
    let mut unsynced = false;
    let mut sent = 0;
    for line in trace.lines() {
        if line.contains("pwrite64(") && line.contains("journal.db-wal") {
            unsynced = true;
        } else if (line.contains("fsync(") || line.contains("fdatasync("))
            && line.contains("journal.db-wal")
        {
            unsynced = false;
        } else if line.contains("write(1<") && line.contains("SENT ") {
            assert!(!unsynced, "a request would be sent before its intent is on the disk: {line}");
            sent += 1;
        }
    }
    assert_eq!(sent, 8, "{}", &trace[trace.len().saturating_sub(2000)..]);
}
