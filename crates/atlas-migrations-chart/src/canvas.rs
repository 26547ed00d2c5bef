//! [`Canvas`]: SVG elements, and the places that are taken by text.

use std::fmt::{Display, Write as _};

use crate::text::{escaped, width};

/// The distance of text from the edge of the drawing.
pub(crate) const MARGIN: f64 = 16.0;

/// A rectangle, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rect {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Rect {
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    pub(crate) fn is_inside(&self, other: &Self) -> bool {
        self.left >= other.left
            && self.right <= other.right
            && self.top >= other.top
            && self.bottom <= other.bottom
    }
}

/// Where the text is, seen from its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// One line of text.
#[derive(Clone, Debug)]
pub(crate) struct Label<'a> {
    pub(crate) text: &'a str,
    pub(crate) x: f64,
    /// The baseline.
    pub(crate) y: f64,
    pub(crate) size: f64,
    pub(crate) bold: bool,
    pub(crate) anchor: Anchor,
    pub(crate) class: &'a str,
}

impl<'a> Label<'a> {
    pub(crate) fn new(text: &'a str, x: f64, y: f64) -> Self {
        Self { text, x, y, size: 12.0, bold: false, anchor: Anchor::Start, class: "" }
    }

    pub(crate) fn size(mut self, size: f64) -> Self {
        self.size = size;
        self
    }

    pub(crate) fn bold(mut self) -> Self {
        self.bold = true;
        self
    }

    pub(crate) fn anchor(mut self, anchor: Anchor) -> Self {
        self.anchor = anchor;
        self
    }

    pub(crate) fn class(mut self, class: &'a str) -> Self {
        self.class = class;
        self
    }

    /// Returns the place that it takes.
    pub(crate) fn area(&self) -> Rect {
        let width = width(self.text, self.size, self.bold);
        let left = match self.anchor {
            Anchor::Start => self.x,
            Anchor::Middle => self.x - width / 2.0,
            Anchor::End => self.x - width,
        };
        let (top, bottom) = (self.y - self.size * 0.8, self.y + self.size * 0.25);
        Rect { left, top, right: left + width, bottom }
    }
}

/// The elements of a drawing.
#[derive(Debug, Default)]
pub(crate) struct Canvas {
    pub(crate) body: String,
    /// The places of all texts.
    pub(crate) taken: Vec<Rect>,
}

impl Canvas {
    /// Adds an element as it is.
    pub(crate) fn add(&mut self, element: impl Display) {
        // Writing to a string does not fail.
        let _ = writeln!(self.body, "{element}");
    }

    /// Adds text.
    pub(crate) fn text(&mut self, label: &Label<'_>) {
        self.taken.push(label.area());
        let anchor = match label.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let weight = if label.bold { " font-weight=\"600\"" } else { "" };
        let class = match label.class {
            "" => String::new(),
            class => format!(" class=\"{class}\""),
        };
        let (x, y, size, text) = (label.x, label.y, label.size, escaped(label.text));
        self.add(format_args!(
            "<text{class} x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\"{anchor}{weight}>{text}</text>"
        ));
    }

    /// Adds text if it is inside an area and on no other text. Returns whether it was added.
    pub(crate) fn text_if_free(&mut self, label: &Label<'_>, inside: &Rect) -> bool {
        let area = label.area();
        let is_free =
            area.is_inside(inside) && !self.taken.iter().any(|other| other.overlaps(&area));
        if is_free {
            self.text(label);
        }
        is_free
    }

    pub(crate) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.add(format_args!(
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        ));
    }

    pub(crate) fn rect(&mut self, class: &str, area: &Rect) {
        let (width, height) = (area.right - area.left, area.bottom - area.top);
        self.add(format_args!(
            "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>",
            area.left, area.top,
        ));
    }
}
