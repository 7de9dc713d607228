//! The rows of docs/windows.md are those of the table.

use std::fs;
use std::path::Path;

use super::rows::{ELSEWHERE, ROWS, Row};

const HEAD: &str = "| row | Windows | known from | test |\n|---|---|---|---|\n";

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
    let lines: String = ROWS.iter().chain(ELSEWHERE).map(line).collect();
    if std::env::var_os("MAILSLOT_BLESS").is_some() {
        fs::write(&path, format!("{before}{HEAD}{lines}\n{after}")).expect("writable");
    } else {
        let differ = rows.lines().zip(lines.lines()).find(|(page, table)| page != table);
        assert_eq!(differ, None, "MAILSLOT_BLESS=1 cargo test --test it the_page_has_the_rows");
        assert_eq!(rows.lines().count(), lines.lines().count());
    }
}
