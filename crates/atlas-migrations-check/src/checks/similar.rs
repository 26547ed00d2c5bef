//! Proposes what was probably meant.

/// How similar a name is to be proposed, from 0 to 1.
const SIMILAR: f64 = 0.75;
/// The largest number of names that are listed instead.
const LISTED: usize = 6;

/// Returns a hint for a name that is not among the known ones: a similar name, or a few of the known ones.
pub(super) fn similar<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<_> = known.collect();
    let lower = wanted.to_lowercase();
    let near = known
        .iter()
        .map(|name| (strsim::jaro_winkler(&name.to_lowercase(), &lower), name))
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    match near {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None if known.is_empty() => "there is none".to_owned(),
        None => {
            let more = known.len().saturating_sub(LISTED);
            let listed = known.iter().take(LISTED).map(|name| format!("`{name}`"));
            let listed = listed.collect::<Vec<_>>().join(", ");
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("there is: {listed}{more}")
        }
    }
}
