//! What is inside the page beside its text.

pub const STYLE: &str = include_str!("style.css");
pub const SCRIPT: &str = include_str!("live.js");

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// Returns the colors of one scheme: the first `:root` is the light one, the second the dark one.
    fn tokens(scheme: usize) -> HashMap<&'static str, [f64; 3]> {
        let block = STYLE.split(":root{").nth(scheme + 1).unwrap().split('}').next().unwrap();
        let token = |pair: &'static str| {
            let (name, value) = pair.strip_prefix("--")?.split_once(":#")?;
            // The short form has one digit for each color.
            let digits = value.len() / 3;
            let part = |at: usize| {
                let text = value[at * digits..(at + 1) * digits].repeat(3 - digits);
                f64::from(u8::from_str_radix(&text, 16).unwrap()) / 255.0
            };
            Some((name, [part(0), part(1), part(2)]))
        };
        block.split(';').filter_map(token).collect()
    }

    /// Returns the contrast of two colors, as WCAG defines it.
    fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
        let linear =
            |c: f64| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
        let luminance = |[r, g, b]: [f64; 3]| {
            linear(r).mul_add(0.2126, linear(g).mul_add(0.7152, linear(b) * 0.0722))
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_can_be_read_on_every_background_that_it_has() {
        for (scheme, name) in ["light", "dark"].into_iter().enumerate() {
            let colors = tokens(scheme);
            for (background, texts) in [
                ("bg", &["ink", "muted", "broken", "yours", "moving", "done"][..]),
                ("broken-bg", &["ink", "muted", "broken"]),
                ("yours-bg", &["ink", "muted", "yours"]),
                ("changed", &["ink", "muted", "broken", "yours", "moving", "done"]),
            ] {
                for text in texts {
                    let ratio = contrast(colors[text], colors[background]);
                    assert!(ratio >= 4.5, "{name}: {text} on {background}: {ratio:.2}");
                }
            }
            // A changed cell stands out from rows of each kind.
            for background in ["bg", "broken-bg", "yours-bg"] {
                let pairs = colors["changed"].iter().zip(&colors[background]);
                let distance: f64 = pairs.map(|(a, b)| (a - b).abs()).sum();
                assert!(distance > 0.15, "{name}: {background}: {distance:.2}");
            }
        }
    }
}
