//! The rows of docs/windows.md are those of the table.

use std::fs;
use std::path::Path;

use super::rows::{ELSEWHERE, ROWS, ROWS_OF_TASKS, Row};

const HEAD: &str = "| row | Windows | known from | test |\n|---|---|---|---|\n";

/// Sections in the order of the table of semantics, and rows by number.
fn place(id: &str) -> (Option<usize>, Option<u8>) {
    let (section, number) = id.split_at(1);
    ("NCIOWRHX".find(section), number.parse().ok())
}

fn line(row: &Row) -> String {
    let tests: Vec<_> = std::iter::once(&row.test).chain(row.more).collect();
    let tests: Vec<_> = tests.iter().map(|test| format!("`{test}`")).collect();
    let (id, windows, known_from) = (row.id, row.windows, row.known_from);
    format!("| {id} | {windows} | {known_from} | {} |\n", tests.join(", "))
}

/// With `MAILSLOT_BLESS` set, the page is made so.
#[test]
fn the_page_has_the_rows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/windows.md");
    let page = fs::read_to_string(&path).expect("the page");
    let (before, rest) = page.split_once(HEAD).expect("the table's head");
    let (rows, after) = rest.split_once("\n\n").expect("the table's end");
    let mut all: Vec<_> = ROWS.iter().chain(ROWS_OF_TASKS).chain(ELSEWHERE).collect();
    all.sort_by_key(|row| place(row.id));
    let lines: String = all.into_iter().map(line).collect();
    if std::env::var_os("MAILSLOT_BLESS").is_some() {
        fs::write(&path, format!("{before}{HEAD}{lines}\n{after}")).expect("writable");
    } else {
        let differ = rows.lines().zip(lines.lines()).find(|(page, table)| page != table);
        assert_eq!(differ, None, "MAILSLOT_BLESS=1 cargo test --test it the_page_has_the_rows");
        assert_eq!(rows.lines().count(), lines.lines().count());
    }
}
