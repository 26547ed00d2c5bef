//! The first example of a crate's front page.

use std::fs;
use std::path::Path;

use crate::cargo::Outcome;

/// Returns the first example of a library's front page as a program.
///
/// # Errors
///
/// Fails if there is no example, or if it has no `main`.
pub fn example(package: &Path) -> Outcome<String> {
    let library = fs::read_to_string(package.join("src/lib.rs"))?;
    let page = page(&library, |path| Ok(fs::read_to_string(package.join("src").join(path))?))?;
    let example = first_example(&page).ok_or("the front page has no example in Rust")?;
    if example.contains("fn main()") {
        Ok(example)
    } else {
        Err("the first example of the front page has no `fn main()`: show or hide one in it".into())
    }
}

/// Returns the text of the front page, with the files that it includes.
fn page(library: &str, read: impl Fn(&str) -> Outcome<String>) -> Outcome<String> {
    let mut page = String::new();
    for line in library.lines() {
        let included = line.strip_prefix("#![doc = include_str!(\"");
        if let Some(path) = included.and_then(|rest| rest.strip_suffix("\")]")) {
            page.push_str(&read(path)?);
        } else if let Some(text) = line.strip_prefix("//!") {
            page.push_str(text.strip_prefix(' ').unwrap_or(text));
        }
        page.push('\n');
    }
    Ok(page)
}

/// Returns the first block of Rust that rustdoc would run, with its hidden lines.
fn first_example(page: &str) -> Option<String> {
    let mut lines = page.lines();
    loop {
        let fence = lines.by_ref().find_map(|line| line.strip_prefix("```"))?;
        let block = lines.by_ref().take_while(|line| !line.starts_with("```"));
        if ["", "rust"].contains(&fence) {
            let shown = |line: &str| match line.trim_start() {
                "#" => String::new(),
                trimmed => trimmed.strip_prefix("# ").unwrap_or(line).to_owned(),
            };
            return Some(block.map(|line| shown(line) + "\n").collect());
        }
        block.for_each(drop);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_a_comment_has_its_hidden_lines() {
        let library = "//! Title.\n//!\n//! ```text\n//! no\n//! ```\n//! ```\n//! # fn main() {\n\
                       //! let x = 1;\n//!     # drop(x);\n//! # }\n//! ```\n\nmod x;\n";
        let page = page(library, |_| Err("nothing is included".into())).unwrap();
        let example = first_example(&page).unwrap();
        assert_eq!(example, "fn main() {\nlet x = 1;\ndrop(x);\n}\n");
    }

    #[test]
    fn the_example_of_an_included_file_is_found() {
        let library = "#![doc = include_str!(\"../README.md\")]\n";
        let page = page(library, |path| {
            assert_eq!(path, "../README.md");
            Ok("# x\n\n```rust\n#[test]\nfn main() {}\n```\n".to_owned())
        });
        assert_eq!(first_example(&page.unwrap()).unwrap(), "#[test]\nfn main() {}\n");
    }

    #[test]
    fn a_page_without_an_example_has_none() {
        assert_eq!(first_example("```sh\nls\n```\n"), None);
    }
}
