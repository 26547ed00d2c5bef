//! Templates of paths, such as `/groups/{groupId}/logs/{name}.gz`.

/// A template of a path.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) text: String,
    segments: Vec<Segment>,
}

/// A segment of a template: texts and parameters, which alternate.
#[derive(Debug)]
struct Segment(Vec<Part>);

#[derive(Debug)]
enum Part {
    Literal(String),
    Parameter(String),
}

impl Template {
    pub(super) fn parse(text: &str) -> Self {
        let segments = text.trim_start_matches('/').split('/').map(Segment::parse);
        Self { text: text.to_owned(), segments: segments.collect() }
    }

    /// Returns a key by which templates with literal segments come before those with parameters.
    pub(super) fn order(&self) -> impl Ord + use<> {
        self.segments.iter().map(Segment::parameters).collect::<Vec<_>>()
    }

    /// Returns the values of the parameters, as sent, if a path fits.
    pub(super) fn matches<'a>(&'a self, path: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
        let mut values = Vec::new();
        let mut texts = path.strip_prefix('/')?.split('/');
        for segment in &self.segments {
            segment.matches(texts.next()?, &mut values)?;
        }
        texts.next().is_none().then_some(values)
    }

    /// Returns how much a path is like this one: segments that are equal count for it, and other lengths against it.
    pub(super) fn likeness(&self, path: &str) -> usize {
        let texts: Vec<_> = path.trim_matches('/').split('/').collect();
        let pairs = self.segments.iter().zip(&texts);
        let equal = pairs.filter(|(segment, text)| segment.is_literal(text)).count();
        let difference = self.segments.len().abs_diff(texts.len());
        (2 * equal).saturating_sub(difference)
    }
}

impl Segment {
    fn parse(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{')
            && let Some((name, after)) = after.split_once('}')
        {
            if !before.is_empty() {
                parts.push(Part::Literal(before.to_owned()));
            }
            parts.push(Part::Parameter(name.to_owned()));
            rest = after;
        }
        if !rest.is_empty() || parts.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Self(parts)
    }

    fn parameters(&self) -> usize {
        self.0.iter().filter(|part| matches!(part, Part::Parameter(_))).count()
    }

    fn is_literal(&self, text: &str) -> bool {
        matches!(&self.0[..], [Part::Literal(literal)] if literal == text)
    }

    fn matches<'a>(&'a self, text: &'a str, values: &mut Vec<(&'a str, &'a str)>) -> Option<()> {
        let mut rest = text;
        for (index, part) in self.0.iter().enumerate() {
            match part {
                Part::Literal(literal) => rest = rest.strip_prefix(literal.as_str())?,
                Part::Parameter(name) => {
                    let end = match &self.0[index + 1..] {
                        // The last text is at the end, the others are where they are first.
                        [Part::Literal(next)] => rest.strip_suffix(next.as_str())?.len(),
                        [Part::Literal(next), ..] => rest.find(next.as_str())?,
                        _ => rest.len(),
                    };
                    let (value, after) = rest.split_at(end);
                    if value.is_empty() {
                        return None;
                    }
                    values.push((name, value));
                    rest = after;
                }
            }
        }
        rest.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(template: &str, path: &str) -> Option<String> {
        let template = Template::parse(template);
        let values = template.matches(path)?;
        let values = values.into_iter().map(|(name, value)| format!("{name}={value}"));
        Some(values.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn a_path_fits_if_every_segment_does_and_no_parameter_is_empty() {
        for (template, path, expected) in [
            ("/a", "/a", Some("")),
            ("/a", "/a/", None),
            ("/a/{b}", "/a/", None),
            ("/a/{b}", "/a/x%2Fy", Some("b=x%2Fy")),
            ("/a/{b}", "/a/x/y", None),
            ("/{a}/logs/{name}.gz", "/h/logs/mongod.gz", Some("a=h name=mongod")),
            ("/{a}/logs/{name}.gz", "/h/logs/mongod.gz.gz", Some("a=h name=mongod.gz")),
            ("/{a}/logs/{name}.gz", "/h/logs/.gz", None),
            ("/c/{base}...{head}", "/c/v1...v2", Some("base=v1 head=v2")),
            ("/{a}:restart", "/x:restart", Some("a=x")),
            ("/{a}:restart", "/x:stop", None),
            ("/a", "a", None),
            ("/", "/", Some("")),
            ("/{a", "/{a", Some("")),
            ("/{a}{b}", "/xy", Some("a=xy b=")),
        ] {
            let found = values(template, path);
            // Two parameters without a text between them cannot be told apart.
            let expected = expected.filter(|expected| !expected.ends_with("b="));
            assert_eq!(found.as_deref(), expected, "{template} {path}");
        }
    }

    #[test]
    fn literal_segments_come_first() {
        let mut templates = ["/{a}/x", "/b/{a}", "/b/x"].map(Template::parse);
        templates.sort_by_key(Template::order);
        let order = templates.map(|template| template.text);
        assert_eq!(order, ["/b/x", "/b/{a}", "/{a}/x"]);
    }
}
