//! The live view and the prompts on a pseudoterminal.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Child, Command};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::process::{Pid, WaitOptions, waitpid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcgetwinsize, tcsetwinsize};

use crate::atlas::{
    advance, atlas, cut_over, cutovers, id, polled, respond, until, until_blocking,
};
use crate::process::{OFTEN, Reader, Watchdog, configured, signal, through};
use crate::requests::parts;
use crate::{GROUP, TOKEN};

/// A command on a new terminal.
pub struct Terminal {
    pub child: Child,
    pub screen: Reader<File>,
    _watchdog: Watchdog,
}

impl Terminal {
    pub fn run(command: Command, columns: u16, rows: u16) -> Self {
        Self::with_stdout(command, columns, rows, None)
    }

    /// Runs a command whose stdout is not the terminal.
    fn with_stdout(mut command: Command, columns: u16, rows: u16, stdout: Option<File>) -> Self {
        let screen = open_terminal(columns, rows);
        let other = other_side(&screen);
        if command.get_envs().all(|(name, _)| name != "TERM") {
            command.env("TERM", "xterm-256color");
        }
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI", "COLORTERM", "LC_ALL"] {
            command.env_remove(name);
        }
        command.env("LC_CTYPE", "C.UTF-8");
        let child = on(command, &other, stdout);
        drop(other);
        Self::of(child, screen)
    }

    pub fn of(child: Child, screen: OwnedFd) -> Self {
        Self { screen: Reader::new(screen.into()), _watchdog: Watchdog::new(&child), child }
    }

    fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// Waits for a text on the terminal, however it came there.
    pub fn until(&mut self, text: &str) {
        while !self.shown().contents().contains(text) {
            let contents = self.shown().contents();
            assert!(self.screen.read(), "the terminal ended before {text:?}: {contents}");
        }
    }

    /// Returns the screen as it is now.
    fn shown(&self) -> vt100::Screen {
        let size = tcgetwinsize(&self.screen.source).unwrap();
        let (rows, columns) = (size.ws_row.try_into().unwrap(), size.ws_col.try_into().unwrap());
        let mut parser = vt100::Parser::new(rows, columns, 0);
        parser.process(self.screen.text().as_bytes());
        parser.screen().clone()
    }

    /// Types.
    pub fn write(&mut self, bytes: &[u8]) {
        self.screen.source.write_all(bytes).unwrap();
    }

    /// Waits for the end. Returns the exit code and everything that was written to the terminal.
    pub fn end(mut self) -> (i32, String) {
        self.screen.read_to_end();
        (self.child.wait().unwrap().code().unwrap(), self.screen.text())
    }
}

/// Opens a terminal.
pub fn open_terminal(columns: u16, rows: u16) -> OwnedFd {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let size = Winsize { ws_col: columns, ws_row: rows, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&screen, size).unwrap();
    screen
}

/// Returns the side of a terminal that programs use.
pub fn other_side(screen: &impl AsFd) -> File {
    let name = ptsname(screen, Vec::new()).unwrap().into_string().unwrap();
    let mut options = OpenOptions::new();
    options.read(true).write(true).custom_flags(OFlags::NOCTTY.bits().cast_signed());
    options.open(name).unwrap()
}

/// Starts a command on a terminal.
pub fn on(mut command: Command, terminal: &File, stdout: Option<File>) -> Child {
    let other = || terminal.try_clone().unwrap();
    let command = command.stdin(other()).stdout(stdout.unwrap_or_else(other)).stderr(other());
    command.spawn().unwrap()
}

/// Returns the screen after this output. It is tall enough for every line.
fn shown(text: &str, columns: u16) -> vt100::Screen {
    let mut parser = vt100::Parser::new(500.try_into().unwrap(), columns.try_into().unwrap(), 0);
    parser.process(text.as_bytes());
    assert_eq!(parser.screen().cursor_position().1, 0, "the last line is incomplete");
    parser.screen().clone()
}

/// Returns the screen after the view: it is gone, and the cursor is visible.
pub fn left_clean(text: &str, columns: u16) -> String {
    let screen = shown(text, columns);
    let contents = screen.contents();
    assert!(!screen.hide_cursor() && !screen.alternate_screen(), "{contents}");
    assert!(!contents.contains("q quit"), "{contents}");
    contents
}

/// Returns whether the terminal shows what is typed, and passes it on line by line.
fn is_as_before(terminal: &impl AsFd) -> bool {
    let modes = tcgetattr(terminal).unwrap().local_modes;
    modes.contains(LocalModes::ECHO | LocalModes::ICANON)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_live_view_leaves_the_terminal_clean() {
    let simulator = atlas(1).await;
    let id = id(0);
    let command = configured(simulator.base_url(), &[&["watch", &id], &OFTEN[..]].concat());
    let mut terminal = Terminal::run(command, 60, 10);
    let other = terminal.screen.source.try_clone().unwrap();
    terminal.until("replicating");
    advance(&simulator, 60);
    terminal.until("1m 40s");
    assert!(terminal.shown().alternate_screen() && terminal.shown().hide_cursor());
    assert!(!is_as_before(&other));
    advance(&simulator, 50);
    terminal.until("Cut it over.");
    cut_over(&simulator, 0);
    advance(&simulator, 30);
    let (code, text) = terminal.end();
    assert_eq!(code, 0, "{text}");
    let end = left_clean(&text, 60);
    assert!(end.starts_with("Followed to the end at "), "{end}");
    assert!(end.contains(&format!("✓ {id}  complete")), "{end}");
    assert!(is_as_before(&other));
    assert!(!text.contains(TOKEN));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_live_view_leaves_the_terminal_clean_and_shows_each_status() {
    let simulator = atlas(30).await;
    advance(&simulator, 60);
    simulator.control().fail(GROUP, id(7)).unwrap();
    let ids: Vec<_> = (0..30).map(id).collect();
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    let command = configured(simulator.base_url(), &[&["watch"], &OFTEN[..], &ids].concat());
    let mut terminal = Terminal::run(command, 100, 12);
    terminal.until("1 of 30 needs you");
    terminal.until("replicating: ");
    terminal.signal("INT");
    let (code, text) = terminal.end();
    assert_eq!(code, 130, "{text}");
    let end = left_clean(&text, 100);
    assert!(end.starts_with("Stopped following at "), "{end}");
    // The state of a migration is not that the watch of it was interrupted.
    assert_eq!(end.matches(" behind ").count(), 29, "{end}");
    assert_eq!(end.matches("  failed ").count(), 1, "{end}");
    assert!(ids.iter().all(|id| end.contains(id)), "{end}");
    assert!(end.contains("1 needs you · 29 go on"), "{end}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_on_stdout_and_the_live_view_do_not_mix() {
    let simulator = atlas(1).await;
    let id = id(0);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lines");
    let watch = [&["watch", &id], &OFTEN[..]].concat();
    let command = configured(simulator.base_url(), &watch);
    let stdout = Some(File::create(&file).unwrap());
    let mut both = Terminal::with_stdout(command, 80, 24, stdout);
    both.until("replicating");
    let json = [&watch[..], &["-o", "json"]].concat();
    let mut json = Terminal::run(configured(simulator.base_url(), &json), 80, 24);
    json.screen.until("\"NEW\"");
    simulator.control().fail(GROUP, &id).unwrap();

    let (code, text) = both.end();
    assert_eq!(code, 8);
    let end = left_clean(&text, 80);
    assert!(end.starts_with("Followed to the end") && end.contains("✗ "), "{end}");
    assert!(end.trim_end().ends_with(&format!("error: migration {id} failed")), "{end}");
    let lines = std::fs::read_to_string(&file).unwrap();
    assert!(!lines.contains('\u{1b}') && lines.contains("NEW       not started"), "{lines}");
    assert!(lines.ends_with("FAILED   failed\n"), "{lines}");

    let (code, text) = json.end();
    assert_eq!(code, 8);
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_and_continued_live_view_keeps_what_the_shell_printed() {
    let simulator = atlas(1).await;
    let id = id(0);
    let command = configured(simulator.base_url(), &[&["watch", &id], &OFTEN[..]].concat());
    let mut terminal = Terminal::run(command, 80, 10);
    let other = terminal.screen.source.try_clone().unwrap();
    terminal.until("q quit");
    for _ in 0..2 {
        terminal.signal("TSTP");
        let pid = Pid::from_child(&terminal.child);
        let (_, status) = waitpid(Some(pid), WaitOptions::UNTRACED).unwrap().unwrap();
        assert!(status.stopped(), "{status:?}");
        other_side(&other).write_all(b"what the shell prints\n").unwrap();
        terminal.until("what the shell prints");
        let screen = terminal.shown();
        assert!(!screen.hide_cursor() && !screen.alternate_screen(), "{}", screen.contents());
        assert!(is_as_before(&other));
        terminal.signal("CONT");
        terminal.until("q quit");
        assert!(!is_as_before(&other));
    }
    simulator.control().fail(GROUP, id).unwrap();
    let (code, text) = terminal.end();
    assert_eq!(code, 8, "{text}");
    let contents = left_clean(&text, 80);
    assert_eq!(contents.matches("what the shell prints").count(), 2, "{contents}");
    assert!(is_as_before(&other));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_reach_the_live_view_and_q_ends_it() {
    let simulator = atlas(3).await;
    let ids: Vec<_> = (0..3).map(id).collect();
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    let command = configured(simulator.base_url(), &[&["watch"], &OFTEN[..], &ids].concat());
    let mut terminal = Terminal::run(command, 80, 24);
    let other = terminal.screen.source.try_clone().unwrap();
    terminal.until("q quit");
    terminal.write(b"?");
    terminal.until("stop following; migrations go on in Atlas");
    terminal.write(b"\x1b");
    terminal.until("q quit");
    terminal.write(b"\x1b[B\r");
    terminal.until("Esc back");
    terminal.until(ids[1]);
    terminal.write(b"y");
    terminal.until("is sent to the clipboard");
    // The ID in Base64.
    assert!(terminal.screen.text().contains("\u{1b}]52;c;"), "{}", terminal.screen.text());
    terminal.write(b"q");
    let (code, text) = terminal.end();
    assert_eq!(code, 130, "{text}");
    let end = left_clean(&text, 80);
    assert!(end.starts_with("Stopped following at "), "{end}");
    assert!(end.contains("migrations continue whether they are watched or not"), "{end}");
    assert!(is_as_before(&other));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_live_view_follows_the_size_of_the_terminal() {
    let simulator = atlas(3).await;
    let ids: Vec<_> = (0..3).map(id).collect();
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    let command = configured(simulator.base_url(), &[&["watch"], &OFTEN[..], &ids].concat());
    let mut terminal = Terminal::run(command, 80, 24);
    terminal.until("WAITS FOR, NEXT");
    for (columns, rows, text) in
        [(200, 50, "MIGRATION ID"), (30, 5, "The view needs 40"), (120, 30, "CUT OVER BY")]
    {
        let before = terminal.screen.text().len();
        let size = Winsize { ws_col: columns, ws_row: rows, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&terminal.screen.source, size).unwrap();
        // What was drawn before has another size.
        terminal.screen.until_after(before, "\u{1b}[2J");
        terminal.until(text);
    }
    terminal.signal("TERM");
    let (code, text) = terminal.end();
    assert_eq!(code, 130, "{text}");
    left_clean(&text, 120);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dumb_terminal_gets_no_escape_sequences() {
    let simulator = atlas(1).await;
    let id = id(0);
    for term in ["dumb", ""] {
        simulator.control().clear_faults();
        let arguments = [&["watch", &id, "--until", "ready"], &OFTEN[..]].concat();
        let mut command = configured(simulator.base_url(), &arguments);
        command.env("TERM", term);
        let mut terminal = Terminal::run(command, 80, 10);
        if term == "dumb" {
            terminal.until("NEW       not started");
            advance(&simulator, 110);
        }
        let (code, text) = terminal.end();
        assert_eq!(code, 0, "{text}");
        assert!(!text.contains('\u{1b}') && text.contains("ready"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn colors_on_a_terminal_follow_the_conventions() {
    let simulator = atlas(1).await;
    let id = id(0);
    for (more, variable, expected) in [
        (&[][..], ("X", "1"), true),
        (&[], ("NO_COLOR", "1"), false),
        (&[], ("CLICOLOR", "0"), false),
        (&["--color", "never"], ("X", "1"), false),
        (&["--color", "always"], ("NO_COLOR", "1"), true),
    ] {
        let arguments = [&["watch", &id, "--until", "terminal"], &OFTEN[..], more].concat();
        let program = configured(simulator.base_url(), &arguments);
        // `Terminal` removes these variables from the environment of what it runs.
        let command = through(&["env", &format!("{}={}", variable.0, variable.1)], &program);
        let mut terminal = Terminal::run(command, 80, 10);
        terminal.until("q quit");
        terminal.signal("INT");
        let (_, text) = terminal.end();
        assert_eq!(text.contains("38;5;14;"), expected, "{more:?} {variable:?} {text}");
    }
}

/// The command has a controlling terminal, where it can prompt for a password.
#[test]
#[cfg(target_os = "linux")]
fn the_terminal_echoes_again_after_a_password_prompt() {
    let arguments = [&["create", "-u", "me", "--project-id", GROUP], &parts()[..]].concat();
    for signal in [Some("TERM"), Some("HUP"), None] {
        let program = configured("http://127.0.0.1:1", &arguments);
        let screen = open_terminal(80, 24);
        let terminal = other_side(&screen);
        let command = through(&["setsid", "--ctty", "--wait"], &program);
        let mut terminal_side = Terminal::of(on(command, &terminal, None), screen);
        terminal_side.until("Password of the source user: ");
        let shows_typed = || tcgetattr(&terminal).unwrap().local_modes.contains(LocalModes::ECHO);
        until_blocking(|| !shows_typed());
        match signal {
            Some(signal) => terminal_side.signal(signal),
            None => terminal_side.write(b"\x03"),
        }
        terminal_side.until("interrupted; nothing was changed");
        assert_eq!(terminal_side.child.wait().unwrap().code(), Some(130));
        assert!(shows_typed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_terminal_delays_no_cutover() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    let id = id(0);
    let arguments = [&["cutover", &id, "--when-ready", "--yes"], &OFTEN[..]].concat();
    let mut command = configured(simulator.base_url(), &arguments);
    let screen = open_terminal(80, 24);
    let terminal = other_side(&screen);
    rustix::fs::fcntl_setfl(&terminal, OFlags::NONBLOCK).unwrap();
    // A full terminal accepts more while the system moves its buffers.
    let takes_more = || {
        let mut polled = [PollFd::new(&terminal, PollFlags::OUT)];
        let a_while = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
        poll(&mut polled, Some(&a_while)).unwrap() > 0
    };
    while takes_more() {
        let _ = (&terminal).write(&[b'x'; 1024]);
    }
    command.env("TERM", "xterm-256color");
    let mut child = on(command, &other_side(&screen), None);
    until(|| cutovers(&simulator.control()) > 0).await;
    polled(&simulator).await;
    advance(&simulator, 30);
    let code = child.wait().unwrap().code();
    assert_eq!(code, Some(11));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raw_response_controls_no_terminal() {
    let simulator = atlas(1).await;
    let body = "{\n  \"x\": \"\u{9b}2J\u{1b}[2J\u{202e}y\"\n}";
    simulator.control().inject(atlas_simulator::FaultRule::new(respond(200, &body)));
    let command = configured(
        simulator.base_url(),
        &["api", "getGroupLiveMigration", "--liveMigrationId", &id(0), "--envelope"],
    );
    let terminal = Terminal::run(command, 80, 24);
    let (code, text) = terminal.end();
    assert_eq!(code, 0, "{text}");
    assert_eq!(text, "{\r\n  \"x\": \"2J[2Jy\"\r\n}\r\n");
}
