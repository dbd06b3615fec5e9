//! House rules: every module says what it is; nothing half-done, ignored or overlong stays; nothing names the machine
//! it was written on.

use std::path::Path;

use super::source::{Source, closing};
use super::{Finding, Tree};

const FILE_LINES_WARN: usize = 700;
const FILE_LINES_MAX: usize = 900;
const FUNCTION_LINES_MAX: usize = 100;
const _: () = assert!(FUNCTION_LINES_MAX < FILE_LINES_WARN && FILE_LINES_WARN < FILE_LINES_MAX);

/// Words of a comment that promise later work, and macros that stand for it.
const LEFTOVER_WORDS: &[&str] = &["FIXME", "XXX"];
const LEFTOVER_MACROS: &[&str] = &["todo", "unimplemented"];

/// Places and tools of the machine this was written on (split, so that this file does not name them itself).
const WORKPLACE: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/tmp/tar", "get-"),
    concat!("/tmp/br", "ief"),
    concat!("/tmp/bash", "_jobs"),
    concat!("../sha", "red/"),
    concat!("issues sh", "ow"),
];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in &tree.files {
        if path.to_string_lossy().ends_with(".snap.new") {
            let what = "a snapshot waits for review: accept it as .snap or delete it";
            findings.push(Finding::new(path, 1, "snapshot", what));
        }
        if let Some(text) = text {
            findings.extend(check_workplace(path, text));
            if path.extension().is_none_or(|e| e != "rs" && e != "md" && e != "snap") {
                findings.extend(check_words(path, text));
            }
        }
    }
    for (path, file) in &tree.rust {
        findings.extend(check_header(path, file));
        findings.extend(check_words(path, &file.without_literals));
        findings.extend(check_code(path, file));
        if !path.components().any(|part| part.as_os_str() == "generated") {
            findings.extend(check_file_length(path, file));
            findings.extend(check_function_length(path, file));
        }
    }
    findings
}

fn check_header(path: &Path, file: &Source) -> Option<Finding> {
    let says_something = file.header().first().is_some_and(|line| !line.is_empty());
    let what = "the module does not open with //!: say in its first line what it is for";
    (!says_something).then(|| Finding::new(path, 1, "header", what))
}

/// A path or command of the workplace, unless it is the tail of another path.
fn check_workplace(path: &Path, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for name in WORKPLACE {
            let stands_alone = |at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "_-./~".contains(c));
            if line.match_indices(name).any(|(at, _)| stands_alone(at)) {
                let what = format!("names {name}, which exists only where this was written: take it out");
                findings.push(Finding::new(path, index + 1, "workplace", what));
            }
        }
    }
    findings
}

fn check_words(path: &Path, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        for word in words.filter(|word| LEFTOVER_WORDS.contains(word)) {
            let what = format!("{word} left over: do it now, or open an issue and say here what holds");
            findings.push(Finding::new(path, index + 1, "leftover", what));
        }
    }
    findings
}

fn check_code(path: &Path, file: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, two) in file.tokens.windows(2).enumerate() {
        let (word, next) = (two[0].text.as_str(), two[1].text.as_str());
        if next == "!" && LEFTOVER_MACROS.contains(&word) {
            let what = format!("{word}! left over: write the code, or leave the feature out altogether");
            findings.push(Finding::new(path, two[0].line, "leftover", what));
        }
        if word == "#" && next == "[" && is_ignore(file, at + 1) {
            let what = "an ignored test: make it pass or delete it; a slow one belongs to the full or long run";
            findings.push(Finding::new(path, two[0].line, "ignored-test", what));
        }
    }
    findings
}

/// `#[ignore]`, `#[ignore = ".."]`, `#[cfg_attr(.., ignore)]`.
fn is_ignore(file: &Source, open: usize) -> bool {
    let inside = &file.tokens[open + 1..closing(&file.tokens, open).max(open + 1)];
    let holds = || inside.iter().any(|token| token.text == "ignore");
    match inside.first().map(|token| token.text.as_str()) {
        Some("ignore") => true,
        Some("cfg_attr") => holds(),
        _ => false,
    }
}

fn check_file_length(path: &Path, file: &Source) -> Option<Finding> {
    let lines = file.text.lines().count();
    let what =
        format!("{lines} lines: make it two files (warned at {FILE_LINES_WARN}, refused above {FILE_LINES_MAX})");
    let finding = Finding::new(path, 1, "long-file", what);
    (lines > FILE_LINES_WARN).then_some(Finding { warning: lines <= FILE_LINES_MAX, ..finding })
}

/// Lines that hold code count, but for the one-line arms of a `match`: a table is long without being hard to follow.
fn check_function_length(path: &Path, file: &Source) -> Vec<Finding> {
    let code: Vec<&str> = file.code.lines().map(str::trim).collect();
    let is_arm = |line: &str| line.contains("=>") && line.ends_with(',');
    let counts = |line: &&str| !line.is_empty() && !is_arm(line);
    let mut findings = Vec::new();
    for (at, two) in file.tokens.windows(2).enumerate() {
        let named = two[1].text.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if two[0].text != "fn" || !named {
            continue;
        }
        let Some(open) = body(file, at) else { continue };
        let (first, last) = (two[0].line, file.tokens[closing(&file.tokens, open)].line);
        let lines = code[first - 1..last].iter().filter(|line| counts(line)).count();
        if lines > FUNCTION_LINES_MAX {
            let what = format!(
                "fn {} has {lines} lines of code (at most {FUNCTION_LINES_MAX}): split it where a decision ends",
                two[1].text
            );
            findings.push(Finding::new(path, first, "long-function", what));
        }
    }
    findings
}

/// The `{` that opens the body of the function at `at`; none for a declaration.
fn body(file: &Source, at: usize) -> Option<usize> {
    let mut at = at;
    loop {
        match file.tokens.get(at)?.text.as_str() {
            "{" => return Some(at),
            ";" => return None,
            "(" | "[" => at = closing(&file.tokens, at),
            _ => {}
        }
        at += 1;
    }
}
