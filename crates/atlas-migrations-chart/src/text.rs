//! Text in a drawing: harmless characters, escapes and widths.

/// Removes the characters that control a display, and those that XML does not allow.
pub fn clean(text: &str) -> String {
    text.chars().filter(|character| !is_harmful(*character)).collect()
}

fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{fffe}'
                | '\u{ffff}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Escapes text for XML after removing what [`clean`] removes.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars().filter(|character| !is_harmful(*character)) {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Returns a width, in pixels, that the text does not exceed in usual sans-serif fonts.
pub(crate) fn width(text: &str, size: f64, bold: bool) -> f64 {
    let em: f64 = text.chars().map(advance).sum();
    em * size * if bold { 1.1 } else { 1.0 }
}

/// Returns the width of a character as a part of the font size. Wide fonts, such as `DejaVu Sans`, decide.
fn advance(character: char) -> f64 {
    match character {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' | '·' => 0.34,
        'f' | 't' | 'r' | '(' | ')' | '-' | '/' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 1.0,
        '0'..='9' | 'a'..='z' => 0.64,
        ' '..='\u{7e}' => 0.8,
        _ => 1.1,
    }
}

/// Shortens text in its middle so that it fits a width: both ends of a name distinguish it from others.
pub(crate) fn fitted(text: &str, max: f64, size: f64, bold: bool) -> String {
    shortened(text, max, size, bold, |kept| (kept.div_ceil(2), kept / 2))
}

/// Shortens text at its end so that it fits a width.
pub(crate) fn cut(text: &str, max: f64, size: f64) -> String {
    shortened(text, max, size, true, |kept| (kept, 0))
}

fn shortened(
    text: &str,
    max: f64,
    size: f64,
    bold: bool,
    split: impl Fn(usize) -> (usize, usize),
) -> String {
    let text = clean(text);
    if width(&text, size, bold) <= max {
        return text;
    }
    let characters: Vec<char> = text.chars().take(4_000).collect();
    let shortened = |kept: usize| -> String {
        let (head, tail) = split(kept);
        let tail = &characters[characters.len().saturating_sub(tail)..];
        characters[..head].iter().chain(&['…']).chain(tail).collect()
    };
    // The longest that fits.
    let (mut low, mut high) = (0, characters.len().saturating_sub(1));
    while low < high {
        let middle = (low + high).div_ceil(2);
        if width(&shortened(middle), size, bold) <= max { low = middle } else { high = middle - 1 }
    }
    shortened(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_control_a_display_are_removed_and_the_others_escaped() {
        assert_eq!(
            escaped("a<b>&\"c'\u{0}\u{1b}\u{fffe}\u{202e}d"),
            "a&lt;b&gt;&amp;&quot;c&#39;d"
        );
    }

    #[test]
    fn a_long_name_keeps_its_start_and_its_end() {
        let name = "eu-customer-preferences-and-consents";
        let short = fitted(name, 120.0, 13.0, true);
        assert!(
            short.starts_with("eu-c") && short.ends_with("ts") && short.contains('…'),
            "{short}"
        );
        assert!(width(&short, 13.0, true) <= 120.0);
        assert_eq!(fitted("orders", 120.0, 13.0, true), "orders");
        assert_eq!(fitted("orders", 0.0, 13.0, true), "…");
        assert_eq!(fitted("", 0.0, 13.0, true), "");
    }
}
