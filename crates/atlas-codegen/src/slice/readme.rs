//! The README of a slice.

use std::fmt::Write as _;

use serde_json::Value;

use super::client::Slice;
use super::location::CrateLocation;
use crate::emit::{table, usage};
use crate::extract::Docs;
use crate::normalize::Profile;

/// Returns a member of the document's `info`.
fn info<'a>(slice: &'a Slice, name: &str) -> &'a str {
    slice.normalized.document["info"][name].as_str().unwrap_or_default()
}

/// Returns the text of the README. `source` is the file name of the whole document.
pub fn readme(slice: &Slice, location: &CrateLocation, source: &str) -> String {
    let version = info(slice, "version");
    let mut text = format!(
        "# {}\n\nGenerated client for {} operations of “{}” ({version}), from `{source}`.\n\n{}\n",
        location.name,
        slice.normalized.operations.len(),
        info(slice, "title"),
        usage(&location.library(), &slice.normalized, &slice.rendered),
    );
    text.push_str(&table(&slice.normalized, &slice.rendered));
    text.push_str("\n## What the types preserve\n\n");
    text.push_str(match slice.normalized.profile {
        Profile::Lean => {
            "Profile *lean*: plain types. In a fractional type 10 may become 10.0, and numbers are \
             rounded to about 16 digits. Properties that the document does not name are dropped. An \
             optional property that is `null` becomes absent. "
        }
        Profile::Lossless => {
            "Profile *lossless*: everything. Numbers keep their spelling, properties that the document \
             does not name are kept in `extra`, and `null` and absence are distinguished. "
        }
    });
    text.push_str(
        "Both profiles keep values that an enum does not list and unions with a new tag. `NOTES.md` \
         lists what else is generated differently; `tests/contract` tests all of it with samples of \
         the document's schemas.\n\n## License of the document\n\n",
    );
    let license = &slice.fragment["info"]["license"];
    let name = license.get("name").and_then(Value::as_str);
    let url = license.get("url").and_then(Value::as_str);
    let _ = match (name, url) {
        (Some(name), Some(url)) => {
            writeln!(text, "The document is licensed under [{name}]({url}).")
        }
        (Some(name), None) => writeln!(text, "The document is licensed under {name}."),
        _ => writeln!(text, "The document does not state its license."),
    };
    text.push_str(match slice.docs {
        Docs::None => {
            "This crate has its names and shapes, which are facts, without its descriptions and \
             examples.\n"
        }
        Docs::Full => {
            "This crate has its descriptions and examples, which are under that license.\n"
        }
    });
    text
}
