//! Writes to stdout and stderr, with or without a terminal.
//!
//! No other module writes to them. Text for people consists of [`Line`]s, from which control characters and line breaks
//! of foreign text are removed. In JSON, control characters are escaped.

mod json;
mod keyboard;
mod line;
mod live_view;
mod messages;
mod streams;
mod table;
mod write_queue;

pub use self::json::{line as json_line, pretty as json_text};
pub use self::keyboard::Press;
pub use self::line::{CYAN, GREEN, Line, RED, YELLOW};
pub use self::live_view::{
    LiveView, OnPress, end as end_view, resume as resume_view, suspend as suspend_view,
    write_with_frame,
};
pub use self::messages::{
    note, note_lines, note_lines_within, note_within, print, print_error, print_json_error,
    print_received, print_to_reader, print_usage, prompt, text, text_for_stdout, warn, warn_within,
};
pub use self::streams::{
    StdoutProblem, log_on_stderr, only_stderr_is_terminal, stderr, stderr_has_color,
    stderr_is_terminal, stderr_supports_live_view, stdout, stdout_has_color, stdout_is_terminal,
    stdout_problem,
};
pub use self::table::{Cell, fields, optional, seconds, status, table, yes_or_no};
pub use self::write_queue::{Overflow, WriteError, WriteQueue};
