//! What is a cycle, shown on small crates.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::fs;

const NONE: [&str; 0] = [];

/// Returns the cycles of a crate with these files, one text each.
fn cycles(files: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let found = import_cycles::find(&folder.path().join("lib.rs")).unwrap();
    let prefix = format!("{}/", folder.path().display());
    found.iter().map(|cycle| cycle.to_string().replace(&prefix, "")).collect()
}

#[test]
fn two_files_that_use_each_other_are_a_cycle() {
    let found = cycles(&[
        ("lib.rs", "mod a; mod b; mod c; use a::A;"),
        ("a.rs", "use crate::b::b; pub struct A;"),
        ("b.rs", "pub fn b() -> crate::a::A { super::c::C }"),
        ("c.rs", "pub struct C;"),
    ]);
    assert_eq!(found, ["an import cycle of 2 files:\n  a.rs -> b.rs: b\n  b.rs -> a.rs: A"]);
}

#[test]
fn a_cycle_can_lead_through_many_files() {
    let found = cycles(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "pub struct A(crate::b::B);"),
        ("b.rs", "pub struct B(crate::c::C);"),
        ("c.rs", "pub struct C(Vec<crate::a::A>);"),
    ]);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("an import cycle of 3 files:"), "{}", found[0]);
}

#[test]
fn a_module_that_only_declares_and_re_exports_ties_no_cycle() {
    let files = |parent| {
        [
            ("lib.rs", "mod a; use a::A;"),
            ("a/mod.rs", parent),
            ("a/b.rs", "pub struct A; fn f(c: super::C) {}"),
            ("a/c.rs", "pub struct C;"),
        ]
    };
    assert_eq!(cycles(&files("mod b; mod c; pub use b::A; pub(crate) use c::C;")), NONE);
    assert_eq!(cycles(&files("mod b; pub use b::A; pub struct C;")), NONE);
    let found = cycles(&files("mod b; pub use b::A; pub struct C(A);"));
    assert_eq!(
        found,
        ["an import cycle of 2 files:\n  a/b.rs -> a/mod.rs: C\n  a/mod.rs -> a/b.rs: A"]
    );
}

#[test]
fn a_name_is_followed_through_renames_globs_and_macros() {
    for a in [
        "use crate::b::B as Other;",
        "use super::b; fn f() { b::g() }",
        "use crate::b::*; fn f() { g() }",
        "use crate::all::*; fn f() { h() }",
        "fn f() { println!(\"{}\", crate::b::g()) }",
        "#[derive(crate::b::B)] struct S;",
        "fn f(x: u8) { match x { crate::b::K => {} _ => {} } }",
        "fn f() { let x = <u8 as crate::b::T>::x; }",
    ] {
        let found = cycles(&[
            ("lib.rs", "mod a; mod all; mod b; pub struct A;"),
            ("a.rs", &format!("{a} pub struct A;")),
            ("all.rs", "pub use crate::b::{g as h, *};"),
            ("b.rs", "pub fn g(a: crate::a::A) {} pub const K: u8 = 1; pub struct B; trait T {}"),
        ]);
        assert_eq!(found.len(), 1, "{a}");
    }
}

#[test]
fn tests_local_variables_and_other_crates_are_no_imports() {
    for a in [
        "#[cfg(test)] mod tests { use crate::b::g; }",
        "#[cfg(all(test, unix))] use crate::b::g;",
        "impl A { #[cfg(test)] fn f() { crate::b::g() } }",
        "use crate::b::*; fn f(g: u8) -> u8 { g }",
        "use ::b::g;",
        "use crate::{External, b};",
        "fn f(x: A) { println!(\"{}\", x.g()) }",
    ] {
        let found = cycles(&[
            ("lib.rs", "mod a; mod b; pub use elsewhere::External; fn f(a: a::A) {}"),
            ("a.rs", &format!("{a} pub struct A;")),
            ("b.rs", "pub fn g(a: crate::a::A) {}"),
        ]);
        assert_eq!(found, NONE, "{a}");
    }
    let counted = "#[cfg(not(test))] use crate::b::g; pub struct A;";
    let files =
        [("lib.rs", "mod a; mod b;"), ("a.rs", counted), ("b.rs", "fn g(a: crate::a::A) {}")];
    assert_eq!(cycles(&files).len(), 1);
}

#[test]
fn modules_are_read_from_where_rust_looks_for_them() {
    let found = cycles(&[
        ("lib.rs", "mod a; mod inline { pub mod d; } #[path = \"odd/place.rs\"] mod e;"),
        ("a.rs", "mod b; pub struct A(b::B);"),
        ("a/b.rs", "pub struct B(super::A);"),
        ("inline/d.rs", "pub struct D(crate::e::f::F);"),
        ("odd/place.rs", "pub mod f;"),
        ("odd/f/mod.rs", "pub struct F(crate::inline::d::D);"),
    ]);
    assert_eq!(found.len(), 2, "{found:#?}");
}

#[test]
fn a_file_that_is_missing_or_no_rust_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("lib.rs");
    for (text, reason) in [("mod missing;", "missing"), ("fn", "lib.rs")] {
        fs::write(&root, text).unwrap();
        let error = import_cycles::find(&root).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}
