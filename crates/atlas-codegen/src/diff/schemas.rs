//! Comparing schemas by their structure: names of components do not matter.

use serde_json::Value;

use super::difference::{Findings, Kind, Side};
use super::node::Node;
use super::rules::{self, Direction, Variance};
use super::schema::{Additional, Schema, Variant};
use crate::document::Pointer;

/// The limit of nested schemas. No real document comes near it.
const DEEPEST: usize = 128;

const LENGTHS: &[&str] = &["minLength", "maxLength"];
const LIMITS: &[&str] =
    &["minimum", "maximum", "multipleOf", "minItems", "maxItems", "minProperties", "maxProperties"];
/// Limits without a value.
const FLAGS: &[&str] = &["exclusiveMinimum", "exclusiveMaximum", "uniqueItems"];

/// Compares two schemas, and everything that they reach.
pub fn compare(
    findings: &mut Findings,
    fragment: &Schema<'_>,
    document: &Schema<'_>,
    direction: Direction,
) -> Result<(), String> {
    Walk { findings, depth: 0 }.schemas(fragment, document, direction)
}

struct Walk<'f> {
    findings: &'f mut Findings,
    depth: usize,
}

impl Walk<'_> {
    fn schemas(
        &mut self,
        fragment: &Schema<'_>,
        document: &Schema<'_>,
        direction: Direction,
    ) -> Result<(), String> {
        if !self.findings.seen.insert((fragment.places(), document.places(), direction)) {
            return Ok(());
        }
        if self.depth == DEEPEST {
            return Err(format!("the schemas at {} nest too deep to compare", fragment.at()));
        }
        self.depth += 1;
        let outcome = self.keywords(fragment, document, direction);
        self.depth -= 1;
        outcome
    }

    fn keywords(
        &mut self,
        fragment: &Schema<'_>,
        document: &Schema<'_>,
        direction: Direction,
    ) -> Result<(), String> {
        let mut keyword = |kind, name: &str, breaking| {
            let fragment = (fragment.at(), fragment.keyword(name));
            self.findings.keyword(
                kind,
                name,
                fragment,
                (document.at(), document.keyword(name)),
                breaking,
            );
        };
        keyword(Kind::Example, "example", false);
        keyword(Kind::Default, "default", direction == Direction::Request);
        let words = |name| (text(fragment, name), text(document, name));
        let (old, new) = words("pattern");
        keyword(Kind::Pattern, "pattern", rules::breaks(direction, rules::restriction(old, new)));
        let (old, new) = words("format");
        keyword(Kind::Format, "format", rules::breaks(direction, rules::width(old, new)));
        let kinds = [(LENGTHS, Kind::Length), (LIMITS, Kind::Limit)];
        for (name, kind) in
            kinds.iter().flat_map(|(names, kind)| names.iter().map(|name| (*name, *kind)))
        {
            let limit = |schema: &Schema<'_>| schema.keyword(name)?.value.as_f64();
            let variance = rules::limit(name, limit(fragment), limit(document));
            keyword(kind, name, rules::breaks_requests(direction, variance));
        }
        for name in FLAGS {
            let variance = rules::more_if(fragment.is(name));
            self.flag(
                Kind::Limit,
                name,
                fragment,
                document,
                rules::breaks_requests(direction, variance),
            );
        }
        let variance = rules::more_if(document.is("nullable"));
        self.flag(
            Kind::Nullable,
            "nullable",
            fragment,
            document,
            rules::breaks(direction, variance),
        );
        self.flag(Kind::Deprecation, "deprecated", fragment, document, false);
        self.enums(fragment, document, direction);
        let (old, new) = (fragment.kind(), document.kind());
        if old != new {
            let side = |schema: &Schema<'_>, kind: Option<&str>| {
                kind.map_or_else(
                    || Side::nothing(schema.at()),
                    |kind| Side::value(schema.at(), kind),
                )
            };
            let breaking = rules::breaks(direction, rules::width(old, new));
            let (one, other) = (side(fragment, old), side(document, new));
            self.findings.add(Kind::Type, &fragment.at().to("type"), one, other, breaking);
            // Schemas of different types have nothing else to compare.
            return Ok(());
        }
        self.properties(fragment, document, direction)?;
        self.additional(fragment, document, direction)?;
        self.items(fragment, document, direction)?;
        self.variants(fragment, document, direction)
    }

    fn items(
        &mut self,
        fragment: &Schema<'_>,
        document: &Schema<'_>,
        direction: Direction,
    ) -> Result<(), String> {
        let (old, new) = (fragment.items()?, document.items()?);
        if let (Some(old), Some(new)) = (&old, &new) {
            return self.schemas(old, new, direction);
        }
        if old.is_some() || new.is_some() {
            let breaking = rules::breaks(direction, rules::restriction(old.as_ref(), new.as_ref()));
            let side = |items: Option<&Schema<'_>>, array: &Schema<'_>| {
                items.map_or_else(|| Side::nothing(array.at()), |items| Side::something(items.at()))
            };
            let (one, other) = (side(old.as_ref(), fragment), side(new.as_ref(), document));
            self.findings.add(Kind::Type, &fragment.at().to("items"), one, other, breaking);
        }
        Ok(())
    }

    /// Compares a keyword whose default is `false`.
    fn flag(
        &mut self,
        kind: Kind,
        name: &str,
        fragment: &Schema<'_>,
        document: &Schema<'_>,
        breaking: bool,
    ) {
        let (one, other) = ((fragment.at(), fragment.is(name)), (document.at(), document.is(name)));
        self.findings.flag(kind, name, one, other, breaking);
    }

    fn enums(&mut self, fragment: &Schema<'_>, document: &Schema<'_>, direction: Direction) {
        let (old, new) = (fragment.keyword("enum"), document.keyword("enum"));
        let (Some(old), Some(new)) = (&old, &new) else {
            let restriction = rules::restriction(old.as_ref(), new.as_ref());
            let breaking = rules::breaks_requests(direction, restriction);
            let fragment = (fragment.at(), old);
            self.findings.keyword(Kind::Enum, "enum", fragment, (document.at(), new), breaking);
            return;
        };
        let values = |node: &Node<'_>| node.value.as_array().cloned().unwrap_or_default();
        let mut only_in = |one: &Node<'_>, other: &Node<'_>, variance, in_fragment: bool| {
            for value in values(one).iter().filter(|value| !values(other).contains(value)) {
                let has = Side::value(&one.at, value.clone());
                let (has, lacks) = (has, Side::nothing(&other.at));
                let (fragment, document) = if in_fragment { (has, lacks) } else { (lacks, has) };
                let breaking = rules::breaks_requests(direction, variance);
                self.findings.add(Kind::Enum, &old.at, fragment, document, breaking);
            }
        };
        only_in(old, new, Variance::Less, true);
        only_in(new, old, Variance::More, false);
    }

    fn properties(
        &mut self,
        fragment: &Schema<'_>,
        document: &Schema<'_>,
        direction: Direction,
    ) -> Result<(), String> {
        let (old, new) = (fragment.properties()?, document.properties()?);
        let at = fragment.at().to("properties");
        let through =
            |schema: &Schema<'_>| direction.through(schema.is("readOnly"), schema.is("writeOnly"));
        for (name, one) in &old {
            let Some((_, other)) = new.iter().find(|(known, _)| known == name) else {
                let breaking = through(one) != Direction::Never;
                let (has, lacks) = (Side::something(one.at()), Side::nothing(document.at()));
                self.findings.add(Kind::Property, &at.to(name), has, lacks, breaking);
                continue;
            };
            self.access(one, other, document.requires(name), direction);
            let both = direction.through(
                one.is("readOnly") || other.is("readOnly"),
                one.is("writeOnly") || other.is("writeOnly"),
            );
            self.required(name, (fragment, document), both);
            self.schemas(one, other, both)?;
        }
        for (name, other) in &new {
            if !old.iter().any(|(known, _)| known == name) {
                let breaking = through(other) == Direction::Request && document.requires(name);
                let (lacks, has) = (Side::nothing(fragment.at()), Side::something(other.at()));
                self.findings.add(Kind::Property, &at.to(name), lacks, has, breaking);
            }
        }
        Ok(())
    }

    /// Compares the directions of a property.
    fn access(
        &mut self,
        fragment: &Schema<'_>,
        document: &Schema<'_>,
        needed: bool,
        direction: Direction,
    ) {
        // It breaks if a property is no longer sent or read, and if a property becomes required in requests.
        let read_only = direction == Direction::Request && (document.is("readOnly") || needed);
        self.flag(Kind::Access, "readOnly", fragment, document, read_only);
        let write_only = direction == Direction::Response && document.is("writeOnly");
        self.flag(Kind::Access, "writeOnly", fragment, document, write_only);
    }

    /// Compares whether a property of both sides is required.
    fn required(&mut self, name: &str, schemas: (&Schema<'_>, &Schema<'_>), direction: Direction) {
        let (fragment, document) = schemas;
        let (old, new) = (fragment.requires(name), document.requires(name));
        if old == new {
            return;
        }
        let side = |schema: &Schema<'_>| {
            let required = schema.required().into_iter().find(|(known, _)| *known == name);
            required.map_or_else(|| Side::nothing(schema.at()), |(_, at)| Side::value(&at, name))
        };
        let breaking = rules::breaks(direction, rules::more_if(old));
        let (one, other) = (side(fragment), side(document));
        self.findings.add(Kind::Required, &fragment.at().to("required"), one, other, breaking);
    }

    fn additional(
        &mut self,
        fragment: &Schema<'_>,
        document: &Schema<'_>,
        direction: Direction,
    ) -> Result<(), String> {
        let breaking = match (fragment.additional()?, document.additional()?) {
            (Additional::Like(fragment), Additional::Like(document)) => {
                return self.schemas(&fragment, &document, direction);
            }
            (Additional::Anything, Additional::Anything)
            | (Additional::Nothing, Additional::Nothing) => return Ok(()),
            (Additional::Anything, Additional::Like(_)) | (_, Additional::Nothing) => {
                rules::breaks(direction, Variance::Less)
            }
            (Additional::Like(_), Additional::Anything) => rules::breaks(direction, Variance::More),
            // A client accepts unknown properties.
            (Additional::Nothing, _) => false,
        };
        let keyword = "additionalProperties";
        let side = |schema: &Schema<'_>| {
            schema.keyword(keyword).map_or_else(
                || Side::nothing(schema.at()),
                |node| match node.value {
                    Value::Bool(is) => Side::value(&node.at, *is),
                    _ => Side::something(&node.at),
                },
            )
        };
        let (one, other) = (side(fragment), side(document));
        let name = fragment.at().to(keyword);
        self.findings.add(Kind::AdditionalProperties, &name, one, other, breaking);
        Ok(())
    }

    fn variants(
        &mut self,
        fragment: &Schema<'_>,
        document: &Schema<'_>,
        direction: Direction,
    ) -> Result<(), String> {
        let (old_at, old, new_at, new) = match (fragment.variants()?, document.variants()?) {
            (None, None) => return Ok(()),
            (Some((old_at, old)), Some((new_at, new))) => (old_at, old, new_at, new),
            (old, new) => {
                let breaking = direction != Direction::Never;
                let side = |schema: &Schema<'_>, union: Option<&Pointer>| {
                    union.map_or_else(|| Side::nothing(schema.at()), Side::something)
                };
                let one = side(fragment, old.as_ref().map(|(at, _)| at));
                let other = side(document, new.as_ref().map(|(at, _)| at));
                let name = fragment.at().to("oneOf");
                self.findings.add(Kind::Variant, &name, one, other, breaking);
                return Ok(());
            }
        };
        let (tag, other_tag) = (fragment.discriminator(), document.discriminator());
        let tagged = tag.is_some() && other_tag.is_some();
        let (one, other) = ((fragment.at(), tag), (document.at(), other_tag));
        self.findings.keyword(
            Kind::Variant,
            "discriminator",
            one,
            other,
            direction != Direction::Never,
        );
        let (pairs, gone, come) = pair(&old, &new, tagged);
        for (fragment, document) in pairs {
            self.schemas(&fragment.schema, &document.schema, direction)?;
        }
        for variant in gone {
            let breaking = rules::breaks(direction, Variance::Less);
            let (has, lacks) = (Side::something(variant.schema.at()), Side::nothing(&new_at));
            self.findings.add(Kind::Variant, &old_at.to(&variant.key), has, lacks, breaking);
        }
        for variant in come {
            // A client accepts unknown values of a discriminator.
            let breaking = !tagged && rules::breaks(direction, Variance::More);
            let (lacks, has) = (Side::nothing(&old_at), Side::something(variant.schema.at()));
            self.findings.add(Kind::Variant, &old_at.to(&variant.key), lacks, has, breaking);
        }
        Ok(())
    }
}

type Variants<'v, 'a> = Vec<&'v Variant<'a>>;

/// Pairs the variants, and returns those that only the fragment has, and only the document. If nothing
/// in what travels names them, those that are left over are taken for renamed ones, in their order.
fn pair<'v, 'a, 'b>(
    old: &'v [Variant<'a>],
    new: &'v [Variant<'b>],
    tagged: bool,
) -> (Vec<(&'v Variant<'a>, &'v Variant<'b>)>, Variants<'v, 'a>, Variants<'v, 'b>) {
    let mut pairs = Vec::new();
    let mut gone = Vec::new();
    for fragment in old {
        match new.iter().find(|document| document.key == fragment.key) {
            Some(document) => pairs.push((fragment, document)),
            None => gone.push(fragment),
        }
    }
    let known = |variant: &&Variant<'_>| old.iter().any(|other| other.key == variant.key);
    let mut come: Vec<_> = new.iter().filter(|variant| !known(variant)).collect();
    if !tagged {
        let renamed = gone.len().min(come.len());
        pairs.extend(gone.drain(..renamed).zip(come.drain(..renamed)));
    }
    (pairs, gone, come)
}

fn text<'a>(schema: &Schema<'a>, name: &str) -> Option<&'a str> {
    schema.keyword(name)?.value.as_str()
}
