//! The live view on a real terminal, as far as a system can pretend to have one.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::following::{OFTEN, advance, atlas, cut_over, id};
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
        let name = ptsname(&screen, Vec::new()).unwrap().into_string().unwrap();
        let other = || Stdio::from(OpenOptions::new().read(true).write(true).open(&name).unwrap());
        // What goes wrong does not go on for ever.
        command.args(["--timeout", "1m"]);
        command.env("TERM", "xterm-256color").env_remove("NO_COLOR");
        let child = command.stdin(other()).stderr(other());
        let child = child.stdout(stdout.map_or_else(other, Stdio::from)).spawn().unwrap();
        drop(command);
        Self { child, screen: screen.into(), seen: Vec::new() }
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
    simulator.control().fail(GROUP, &id(7)).unwrap();
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
