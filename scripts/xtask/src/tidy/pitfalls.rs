//! `docs/pitfalls.md` accounts for every known failure, and every test that a document names exists.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Finding, Tree};

const PAGE: &str = "docs/pitfalls.md";
/// Failures F1–F86 and latent defects L1–L24 of ZooKeeper to KRaft migrations.
const SERIES: &[(char, usize)] = &[('F', 86), ('L', 24)];
/// How the last cell of a row may open.
const STATES: &[&str] = &["test:", "cannot occur:", "waits for:"];
/// Between two clauses of that cell.
const CLAUSES: &str = " · ";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = check_named_tests(tree);
    match tree.files.get(Path::new(PAGE)) {
        Some(Some(text)) => findings.extend(check_rows(text)),
        _ => findings.push(Finding::new(PAGE, 1, "pitfalls", "the page is missing: list every F and L row there")),
    }
    findings
}

/// Each row once: `| F1 | what went wrong | test: .. or cannot occur: .. or waits for: .. |`.
fn check_rows(text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |line: usize, what: String| findings.push(Finding::new(PAGE, line, "pitfalls", what));
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let Some(row) = line.strip_prefix("| ").and_then(|row| row.trim_end().strip_suffix(" |")) else { continue };
        let cells: Vec<&str> = row.split(" | ").map(str::trim).collect();
        if !is_number(cells[0]) {
            continue;
        }
        if let Some(first) = seen.insert(cells[0].to_string(), index + 1) {
            find(index + 1, format!("{} stands here and in line {first}: keep one", cells[0]));
        }
        let [_, what, states] = cells[..] else {
            find(index + 1, format!("{} has {} cells, not 3: number, what goes wrong, state", cells[0], cells.len()));
            continue;
        };
        let clauses = states.split(CLAUSES).map(|clause| STATES.iter().find_map(|state| clause.strip_prefix(state)));
        if what.is_empty() || clauses.into_iter().any(|said| said.is_none_or(|said| said.trim().is_empty())) {
            find(
                index + 1,
                format!("{} must say what goes wrong, then one of {} and its reason", cells[0], STATES.join(" ")),
            );
        } else if states.contains("test:") && named_tests(states).is_empty() {
            find(index + 1, format!("{} names no test: write test: `path/to/file.rs::name`", cells[0]));
        }
    }
    for (series, count) in SERIES {
        for number in (1..=*count).map(|n| format!("{series}{n}")) {
            if !seen.contains_key(&number) {
                find(1, format!("{number} is missing: give its test, or why it cannot occur, or what it waits for"));
            }
        }
    }
    let known = |number: &str| {
        SERIES.iter().any(|(s, count)| {
            number[1..].parse().is_ok_and(|n: usize| number.starts_with(*s) && (1..=*count).contains(&n))
        })
    };
    for (number, line) in seen.iter().filter(|(number, _)| !known(number)) {
        find(*line, format!("{number} is no known row: correct its number"));
    }
    findings
}

fn is_number(cell: &str) -> bool {
    let mut chars = cell.chars();
    let series = chars.next().is_some_and(|c| SERIES.iter().any(|(series, _)| *series == c));
    series && cell.len() > 1 && chars.all(|c| c.is_ascii_digit())
}

/// Every `` test: `path::name` `` in a page under docs/ is a function of that file.
fn check_named_tests(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let pages =
        tree.files.iter().filter(|(path, _)| path.starts_with("docs") && path.extension().is_some_and(|e| e == "md"));
    for (page, text) in pages {
        for (index, line) in text.as_deref().unwrap_or("").lines().enumerate() {
            for (path, name) in named_tests(line) {
                let what = match tree.rust.get(&path) {
                    None => format!("test {}::{name}: no such Rust file; correct the path", path.display()),
                    Some(file) if !file.tokens.windows(2).any(|two| two[0].text == "fn" && two[1].text == name) => {
                        format!(
                            "test {}::{name}: the file has no fn {name}; correct the name or write the test",
                            path.display()
                        )
                    }
                    Some(_) => continue,
                };
                findings.push(Finding::new(page, index + 1, "named-test", what));
            }
        }
    }
    findings
}

/// The tests a line names after `test:`, each in back quotes, until the next clause.
fn named_tests(line: &str) -> Vec<(PathBuf, String)> {
    let mut tests = Vec::new();
    for clause in line.split(CLAUSES).filter_map(|clause| clause.split_once("test: `")) {
        for quoted in clause.1.split('`').step_by(2) {
            let inner = quoted.trim_matches([' ', '|']);
            if let Some((path, name)) = inner.rsplit_once("::") {
                tests.push((PathBuf::from(path), name.to_string()));
            }
        }
    }
    tests
}
