//! The live view on a real terminal, as far as a system can pretend to have one.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Child, Command, Stdio};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::process::{Pid, WaitOptions, waitpid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use crate::following::{OFTEN, advance, atlas, cut_over, cutovers, id, looked_at};
use crate::requests::parts;
use crate::{GROUP, TOKEN, configured};

/// A terminal of a size, and a command on it.
struct Terminal {
    child: Child,
    screen: File,
    seen: Vec<u8>,
}

impl Terminal {
    fn run(command: Command, columns: u16, rows: u16) -> Self {
        Self::with_stdout(command, columns, rows, None)
    }

    /// Where stdout is something else.
    fn with_stdout(mut command: Command, columns: u16, rows: u16, stdout: Option<File>) -> Self {
        let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&screen).unwrap();
        unlockpt(&screen).unwrap();
        let size = Winsize { ws_col: columns, ws_row: rows, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&screen, size).unwrap();
        let other = || Stdio::from(other_side(&screen));
        // What goes wrong does not go on for ever.
        command.args(["--timeout", "1m"]);
        if command.get_envs().all(|(name, _)| name != "TERM") {
            command.env("TERM", "xterm-256color");
        }
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
            command.env_remove(name);
        }
        let child = command.stdin(other()).stderr(other());
        let child = child.stdout(stdout.map_or_else(other, Stdio::from)).spawn().unwrap();
        drop(command);
        Self { child, screen: screen.into(), seen: Vec::new() }
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
    }

    /// Waits until something is on it.
    fn until(&mut self, text: &str) {
        while !self.text().contains(text) {
            assert!(self.read(), "it ended: {}", self.text());
        }
    }

    fn read(&mut self) -> bool {
        let mut bytes = [0; 4096];
        // The other side is gone where there is an error.
        let read = self.screen.read(&mut bytes).unwrap_or(0);
        self.seen.extend(&bytes[..read]);
        read > 0
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.seen).into_owned()
    }

    fn end(mut self) -> (i32, String) {
        while self.read() {}
        (self.child.wait().unwrap().code().unwrap(), self.text())
    }
}

/// The side of a terminal that programs write to.
fn other_side(screen: &impl AsFd) -> File {
    let name = ptsname(screen, Vec::new()).unwrap().into_string().unwrap();
    let mut options = OpenOptions::new();
    options.read(true).write(true).custom_flags(OFlags::NOCTTY.bits().cast_signed());
    options.open(name).unwrap()
}

/// What a terminal shows in the end of what was written to it, and whether its cursor is shown. It knows what
/// is used here, and nothing else.
fn shown(text: &str) -> (Vec<String>, bool) {
    let (mut lines, mut row, mut column) = (vec![Vec::new()], 0_usize, 0_usize);
    let mut has_cursor = true;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\r' => column = 0,
            '\n' => row += 1,
            '\u{1b}' => {
                assert_eq!(characters.next(), Some('['));
                let mut argument = String::new();
                let command = characters.by_ref().find(|character| {
                    argument.push(*character);
                    character.is_ascii_alphabetic()
                });
                argument.pop();
                let number = argument.parse().unwrap_or(1);
                match (command, argument.as_str()) {
                    (Some('A'), _) => row = row.checked_sub(number).expect("within the screen"),
                    (Some('B'), _) => row += number,
                    (Some('K'), "2") => lines[row].clear(),
                    (Some('l'), "?25") => has_cursor = false,
                    (Some('h'), "?25") => has_cursor = true,
                    (Some('m'), _) => {}
                    other => panic!("{other:?}"),
                }
            }
            character => {
                let line = &mut lines[row];
                line.resize(line.len().max(column + 1), ' ');
                line[column] = character;
                column += 1;
            }
        }
        lines.resize(lines.len().max(row + 1), Vec::new());
    }
    assert_eq!(column, 0, "half a line is left");
    (lines.into_iter().map(|line| line.into_iter().collect()).collect(), has_cursor)
}

/// After its last frame the view is gone, the cursor is shown, and what follows begins a line.
fn left_clean(text: &str) -> String {
    let (lines, has_cursor) = shown(text);
    assert!(has_cursor);
    assert!(!lines.iter().any(|line| line.contains("to go")), "{lines:#?}");
    lines.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_view_lives_on_the_terminal_and_leaves_it_clean() {
    let simulator = atlas(1).await;
    let id = id(0);
    let command = configured(simulator.base_url(), &[&["watch", &id], &OFTEN[..]].concat());
    let mut terminal = Terminal::run(command, 60, 10);
    terminal.until("not begun");
    advance(&simulator, 60);
    terminal.until("1m 40s");
    advance(&simulator, 50);
    terminal.until("ready, ");
    cut_over(&simulator, 0);
    terminal.until("cutting over");
    // Whoever types leaves nothing behind either.
    terminal.screen.write_all(b"typed").unwrap();
    terminal.until("typed");
    advance(&simulator, 30);
    let (code, text) = terminal.end();
    assert_eq!(code, 0, "{text}");
    let end = left_clean(&text);
    assert!(end.starts_with("MIGRATION") && end.trim_end().ends_with("complete"), "{end}");
    assert!(!end.contains("typed"), "{end}");
    assert!(!text.contains(TOKEN));
    let frame = text.split("\u{1b}[?25l").find(|frame| frame.contains("1m 40s")).unwrap();
    let (lines, _) = shown(frame.split("\r\u{1b}[2K").next().unwrap());
    assert!(lines[1].contains("WORKING") && lines[2].contains("to go"), "{lines:#?}");
    assert!(lines.iter().all(|line| line.chars().count() < 60), "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_the_terminal_is_clean_and_says_where_each_stood() {
    let simulator = atlas(30).await;
    advance(&simulator, 60);
    simulator.control().fail(GROUP, id(7)).unwrap();
    let ids: Vec<_> = (0..30).map(id).collect();
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    let command = configured(simulator.base_url(), &[&["watch"], &OFTEN[..], &ids].concat());
    let mut terminal = Terminal::run(command, 100, 12);
    terminal.until("failed");
    terminal.until("and 22 more: ");
    let id = terminal.child.id().to_string();
    assert!(Command::new("kill").args(["-s", "INT", &id]).status().unwrap().success());
    let (code, text) = terminal.end();
    assert_eq!(code, 130, "{text}");
    let end = left_clean(&text);
    assert_eq!(end.matches("interrupted").count(), 29 + 1, "{end}");
    assert_eq!(end.matches("   failed").count(), 1, "{end}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_and_the_view_do_not_get_in_each_others_way() {
    let simulator = atlas(1).await;
    let id = id(0);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lines");
    let watch = [&["watch", &id], &OFTEN[..]].concat();
    let command = configured(simulator.base_url(), &watch);
    let stdout = Some(File::create(&file).unwrap());
    let mut both = Terminal::with_stdout(command, 80, 24, stdout);
    both.until("not begun");
    let json = [&watch[..], &["-o", "json"]].concat();
    let mut json = Terminal::run(configured(simulator.base_url(), &json), 80, 24);
    json.until("\"NEW\"");
    simulator.control().fail(GROUP, &id).unwrap();

    let (code, text) = both.end();
    assert_eq!(code, 8);
    assert_eq!(left_clean(&text).trim_end(), format!("error: the migration {id} failed"));
    let lines = std::fs::read_to_string(&file).unwrap();
    assert!(!lines.contains('\u{1b}') && lines.contains("NEW       not begun"), "{lines}");
    assert!(lines.ends_with("FAILED   failed\n"), "{lines}");

    let (code, text) = json.end();
    assert_eq!(code, 8);
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_and_continued_by_the_shell_the_view_leaves_what_stands_there() {
    let simulator = atlas(1).await;
    let id = id(0);
    let command = configured(simulator.base_url(), &[&["watch", &id], &OFTEN[..]].concat());
    let mut terminal = Terminal::run(command, 80, 10);
    terminal.until("not begun");
    for _ in 0..2 {
        let before = terminal.seen.len();
        terminal.signal("TSTP");
        let pid = Pid::from_child(&terminal.child);
        let (_, status) = waitpid(Some(pid), WaitOptions::UNTRACED).unwrap().unwrap();
        assert!(status.stopped(), "{status:?}");
        other_side(&terminal.screen).write_all(b"what the shell prints\n").unwrap();
        while !terminal.text()[before..].contains("what the shell prints") {
            assert!(terminal.read());
        }
        let (lines, has_cursor) = shown(&terminal.text());
        assert!(has_cursor, "{lines:#?}");
        assert!(lines.iter().any(|line| line.contains("to go")), "the view is left: {lines:#?}");
        terminal.signal("CONT");
        let before = terminal.seen.len();
        while !terminal.text()[before..].contains("to go") {
            assert!(terminal.read());
        }
    }
    simulator.control().fail(GROUP, &id).unwrap();
    let (code, text) = terminal.end();
    assert_eq!(code, 8, "{text}");
    let (lines, has_cursor) = shown(&text);
    assert!(has_cursor);
    let shell = lines.iter().filter(|line| line.contains("what the shell prints")).count();
    assert_eq!(shell, 2, "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_knows_no_escape_sequences_gets_none() {
    let simulator = atlas(1).await;
    let id = id(0);
    for term in ["dumb", ""] {
        simulator.control().clear_faults();
        let arguments = [&["watch", &id, "--until", "ready"], &OFTEN[..]].concat();
        let mut command = configured(simulator.base_url(), &arguments);
        command.env("TERM", term);
        let mut terminal = Terminal::run(command, 80, 10);
        if term == "dumb" {
            terminal.until("NEW       not begun");
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
        // Past what the terminal takes out of the environment.
        let mut command = Command::new("env");
        command.arg(format!("{}={}", variable.0, variable.1)).arg(program.get_program());
        command.args(program.get_args());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let mut terminal = Terminal::run(command, 80, 10);
        terminal.until("to go");
        terminal.signal("INT");
        let (_, text) = terminal.end();
        assert_eq!(text.contains("\u{1b}[36m"), expected, "{more:?} {variable:?} {text}");
    }
}

/// A command that has a terminal of its own, which it can ask for a password.
#[test]
#[cfg(target_os = "linux")]
fn a_terminal_that_was_asked_for_a_password_shows_again_what_is_typed() {
    let arguments = [&["create", "-u", "me", "--project-id", GROUP], &parts()[..]].concat();
    for signal in [Some("TERM"), Some("HUP"), None] {
        let program = configured("http://127.0.0.1:1", &arguments);
        let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&screen).unwrap();
        unlockpt(&screen).unwrap();
        let terminal = other_side(&screen);
        let other = || Stdio::from(terminal.try_clone().unwrap());
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg("--wait").arg(program.get_program()).args(program.get_args());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let child = command.stdin(other()).stdout(other()).stderr(other()).spawn().unwrap();
        drop(command);
        let mut terminal_side = Terminal { child, screen: screen.into(), seen: Vec::new() };
        terminal_side.until("Password of the source's user: ");
        let shows_typed = || tcgetattr(&terminal).unwrap().local_modes.contains(LocalModes::ECHO);
        while shows_typed() {
            std::thread::yield_now();
        }
        match signal {
            Some(signal) => terminal_side.signal(signal),
            None => terminal_side.screen.write_all(b"\x03").unwrap(),
        }
        terminal_side.until("interrupted; nothing was changed");
        assert_eq!(terminal_side.child.wait().unwrap().code(), Some(130));
        assert!(shows_typed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_takes_nothing_keeps_no_cutover_waiting() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    let id = id(0);
    let arguments = [&["cutover", &id, "--when-ready", "--yes"], &OFTEN[..]].concat();
    let command = configured(simulator.base_url(), &arguments);
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let size = Winsize { ws_col: 80, ws_row: 24, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&screen, size).unwrap();
    let terminal = other_side(&screen);
    rustix::fs::fcntl_setfl(&terminal, OFlags::NONBLOCK).unwrap();
    // What is full takes more as long as the system moves things about.
    let takes_more = || {
        let mut polled = [PollFd::new(&terminal, PollFlags::OUT)];
        let a_while = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
        poll(&mut polled, Some(&a_while)).unwrap() > 0
    };
    while takes_more() {
        let _ = (&terminal).write(&[b'x'; 1024]);
    }
    let mut child = on(command, &screen);
    while cutovers(&simulator.control()) == 0 {
        tokio::task::yield_now().await;
    }
    looked_at(&simulator).await;
    advance(&simulator, 30);
    let code = child.wait().unwrap().code();
    assert_eq!(code, Some(11));
}

/// A command on a terminal.
fn on(mut command: Command, screen: &impl AsFd) -> Child {
    let other = || Stdio::from(other_side(screen));
    command.args(["--timeout", "1m"]).env("TERM", "xterm-256color");
    command.stdin(other()).stdout(other()).stderr(other()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_printed_as_received_steers_no_terminal() {
    let simulator = atlas(1).await;
    let body = "{\n  \"x\": \"\u{9b}2J\u{1b}[2J\u{202e}y\"\n}".to_owned();
    let strange = atlas_simulator::Fault::Respond { status: 200, content_type: None, body };
    simulator.control().inject(atlas_simulator::FaultRule::new(strange));
    let id = id(0);
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let mut command = configured(simulator.base_url(), &["describe", &id, "--envelope"]);
    let other = || Stdio::from(other_side(&screen));
    let child = command.stdin(other()).stdout(other()).stderr(other()).spawn().unwrap();
    drop(command);
    let terminal = Terminal { child, screen: screen.into(), seen: Vec::new() };
    let (code, text) = terminal.end();
    assert_eq!(code, 0, "{text}");
    assert_eq!(text, "{\r\n  \"x\": \"2J[2Jy\"\r\n}\r\n");
}
