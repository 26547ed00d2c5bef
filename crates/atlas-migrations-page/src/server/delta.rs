//! What changed between two versions of a text, line by line.

use std::collections::HashMap;

use serde::Serialize;

/// A part of the new text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Part<'a> {
    /// Lines of the old text: the first, and how many.
    Old(usize, usize),
    /// A line that the old text does not have.
    New(&'a str),
}

/// Returns the lines of a text, as an event stream has them.
pub fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '\r'])
}

/// Returns the new text as parts of the old one, wherever they stood, and lines that are new.
pub fn delta<'a>(old: &'a str, new: &'a str) -> Vec<Part<'a>> {
    let old: Vec<_> = lines(old).collect();
    let places: HashMap<_, _> = old.iter().enumerate().map(|(at, line)| (*line, at)).collect();
    let mut parts = Vec::new();
    for line in lines(new) {
        // Lines that follow each other in both stay one part.
        if let Some(Part::Old(first, count)) = parts.last_mut()
            && old.get(*first + *count) == Some(&line)
        {
            *count += 1;
            continue;
        }
        parts.push(places.get(line).map_or(Part::New(line), |at| Part::Old(*at, 1)));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(old: &str, parts: &[Part<'_>]) -> String {
        let old: Vec<_> = lines(old).collect();
        let text = |part: &Part<'_>| match part {
            Part::Old(first, count) => old[*first..first + count].join("\n"),
            Part::New(line) => (*line).to_owned(),
        };
        parts.iter().map(text).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_parts_give_the_new_text_whatever_was_changed_added_removed_or_moved() {
        let old = "head\na\nb\nb\nc\n\nd";
        for (new, count) in [
            (old, 1),
            ("head\na\nb\nb\nchanged\n\nd", 3),
            ("head\nd\na\nb\nb\nc\n", 3),
            ("a", 1),
            ("", 1),
            ("other\ntexts", 2),
            ("head\na\nadded\nb\nb\nc\n\nd\nd", 5),
        ] {
            let parts = delta(old, new);
            assert_eq!(applied(old, &parts), new);
            assert_eq!(parts.len(), count, "{new:?}: {parts:?}");
        }
    }

    #[test]
    fn one_changed_line_of_many_is_sent_alone() {
        let old: Vec<_> = (0..1000).map(|line| format!("row {line}")).collect();
        let mut new = old.clone();
        "changed".clone_into(&mut new[500]);
        let (old, new) = (old.join("\n"), new.join("\n"));
        let parts = delta(&old, &new);
        assert_eq!(parts, [Part::Old(0, 500), Part::New("changed"), Part::Old(501, 499)]);
        assert_eq!(serde_json::to_string(&parts).unwrap(), r#"[[0,500],"changed",[501,499]]"#);
    }
}
