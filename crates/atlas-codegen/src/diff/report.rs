//! The report of a comparison.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::difference::{Difference, Presence, Side};

/// The result of a comparison.
pub struct Report {
    pub differences: Vec<Difference>,
    /// The ids of known differences that are gone.
    pub gone: Vec<String>,
    /// The operations of the fragment, by id.
    pub operations: Vec<String>,
    /// Operations with the same tags that only the document has: id, and method with path.
    pub missing: Vec<(String, String)>,
}

impl Report {
    /// Returns whether every difference is known, and every known one was found.
    pub fn is_settled(&self) -> bool {
        self.gone.is_empty() && self.unexplained().next().is_none()
    }

    fn unexplained(&self) -> impl Iterator<Item = &Difference> {
        self.differences.iter().filter(|difference| difference.reason.is_none())
    }

    /// Returns a table of the operations, and the differences that are not settled.
    pub fn text(&self) -> String {
        let mut text = self.table();
        for difference in self.unexplained() {
            block(&mut text, difference);
        }
        for id in &self.gone {
            let _ = write!(text, "\nknown, but gone\n  id        {id}\n");
        }
        for (id, request) in &self.missing {
            let _ = write!(text, "\nwarning: the fragment does not have {id} ({request})\n");
        }
        text
    }

    fn table(&self) -> String {
        let names = self.operations.iter().map(|id| id.chars().count());
        let width = names.max().unwrap_or_default().max("operation".len());
        let mut text = format!("{:<width$}  breaking  not breaking  explained\n", "operation");
        let mut row = |name: &str, of: &dyn Fn(&Difference) -> bool| {
            let count = |wanted: &dyn Fn(&Difference) -> bool| {
                self.differences.iter().filter(|one| of(one) && wanted(one)).count()
            };
            let breaking = count(&|one| one.reason.is_none() && one.breaking);
            let other = count(&|one| one.reason.is_none() && !one.breaking);
            let explained = count(&|one| one.reason.is_some());
            let _ = writeln!(text, "{name:<width$}  {breaking:>8}  {other:>12}  {explained:>9}");
        };
        for id in &self.operations {
            row(id, &|one| one.places.iter().any(|place| place.operation == *id));
        }
        // A difference that operations share is counted once.
        row("together", &|_| true);
        text
    }

    pub fn json(&self) -> Value {
        let differences: Vec<Value> = self.differences.iter().map(difference).collect();
        let missing =
            self.missing.iter().map(|(id, request)| json!({ "id": id, "request": request }));
        json!({
            "settled": self.is_settled(),
            "operations": self.operations,
            "differences": differences,
            "goneKnown": self.gone,
            "missingOperations": missing.collect::<Vec<_>>(),
        })
    }
}

fn block(text: &mut String, difference: &Difference) {
    let breaking = if difference.breaking { "breaking" } else { "not breaking" };
    let change = word(&difference.change());
    let kind = word(&difference.kind);
    let places: Vec<String> = difference.places.iter().map(ToString::to_string).collect();
    let _ = write!(
        text,
        "\n{breaking}: {kind} {change}: {}\n  fragment  {}\n  document  {}\n  in        {}\n  id        {}\n",
        difference.values(),
        difference.fragment.at,
        difference.document.at,
        places.join(", "),
        difference.id,
    );
}

/// Returns the name of an enum in JSON.
fn word(value: &impl serde::Serialize) -> String {
    let word = serde_json::to_value(value).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}

fn difference(difference: &Difference) -> Value {
    json!({
        "id": difference.id,
        "kind": difference.kind,
        "change": difference.change(),
        "breaking": difference.breaking,
        "fragment": side(&difference.fragment),
        "document": side(&difference.document),
        "places": difference.places,
        "reason": difference.reason,
    })
}

/// Returns what one side has, and the pointer to it, or to the place that could have it.
fn side(side: &Side) -> Value {
    let pointer = side.at.as_str();
    match &side.presence {
        Presence::Nothing => json!({ "pointer": pointer, "has": false }),
        Presence::Something => json!({ "pointer": pointer, "has": true }),
        Presence::Value(value) => json!({ "pointer": pointer, "has": true, "value": value }),
    }
}
