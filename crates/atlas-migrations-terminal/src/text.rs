//! Text that fits.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// Returns the number of columns of a text.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Cuts a text at its end.
pub(crate) fn cut(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let Some(room) = room.checked_sub(1) else { return String::new() };
    format!("{}…", head(text, room).trim_end())
}

/// Cuts a name in the middle, because names differ at their ends.
pub(crate) fn cut_middle(name: &str, room: usize) -> String {
    if width(name) <= room {
        return name.to_owned();
    }
    let Some(rest) = room.checked_sub(1) else { return String::new() };
    let head = head(name, rest.div_ceil(2));
    let room = rest.saturating_sub(width(head));
    let mut start = name.len();
    for (at, _) in name.grapheme_indices(true).rev() {
        if width(&name[at..]) > room {
            break;
        }
        start = at;
    }
    format!("{head}…{}", &name[start..])
}

fn head(text: &str, room: usize) -> &str {
    let mut end = 0;
    for (at, part) in text.grapheme_indices(true) {
        if width(&text[..at + part.len()]) > room {
            break;
        }
        end = at + part.len();
    }
    &text[..end]
}

/// Breaks a text into lines at its spaces. A word that is too long is cut.
pub(crate) fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(cut(word, room)),
        }
    }
    lines
}

/// Joins names as far as there is room, and counts the rest: `orders, users +4`.
pub(crate) fn names(names: &[&str], room: usize) -> String {
    let mut text = String::new();
    for (index, name) in names.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        let left = names.len() - index - 1;
        let rest = if left == 0 { 0 } else { 2 + left.to_string().len() };
        if width(&text) + width(separator) + width(name) + rest > room {
            if index == 0 {
                let name = cut_middle(name, room.saturating_sub(rest));
                return if left == 0 { name } else { format!("{name} +{left}") };
            }
            return format!("{text} +{}", left + 1);
        }
        text.push_str(separator);
        text.push_str(name);
    }
    text
}

/// Shortens the units of durations: `6 h 45 min` to `6h 45m`.
pub(crate) fn short_units(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let unit = match word {
            "d" | "h" | "s" => word,
            "min" => "m",
            _ => "",
        };
        match words.last_mut() {
            Some(last) if !unit.is_empty() && last.ends_with(|c: char| c.is_ascii_digit()) => {
                last.push_str(unit);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_keeps_its_ends() {
        assert_eq!(cut_middle("6296fb4c7c7aa997cf94e9a8", 11), "6296f…4e9a8");
        assert_eq!(cut_middle("orders", 6), "orders");
        assert_eq!(cut_middle("注文データベース", 9), "注文…ース");
        assert_eq!(cut_middle("orders", 1), "…");
        assert_eq!(cut_middle("orders", 0), "");
    }

    #[test]
    fn names_are_printed_or_counted() {
        assert_eq!(names(&["orders", "users"], 13), "orders, users");
        assert_eq!(names(&["orders", "users", "x"], 13), "orders +2");
        assert_eq!(names(&["orders-of-europe", "users"], 12), "orde…rope +1");
        assert_eq!(names(&[], 12), "");
    }

    #[test]
    fn durations_are_short() {
        assert_eq!(short_units("6 h 45 min"), "6h 45m");
        assert_eq!(short_units("9 min 50 s"), "9m 50s");
        assert_eq!(short_units("took 4 d 20 h"), "took 4d 20h");
        assert_eq!(short_units("held by s"), "held by s");
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrap("Atlas reports FAILED", 13), ["Atlas reports", "FAILED"]);
        assert_eq!(wrap("", 13), [""; 0]);
    }
}
