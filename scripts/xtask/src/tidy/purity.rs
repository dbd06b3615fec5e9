//! Pure code reaches no async runtime, clock, random source, file, socket, thread or environment, and iterates nothing
//! in random order. Checked in the pure crates and in the files of mixed crates marked `(p)`, test code aside.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::arrows::{PURE_CRATES, Workspace};
use super::source::Source;
use super::{Finding, Tree};

/// Files (or folders of that name) of mixed crates that the design marks `(p)`, marked in their header or not.
const PURE_FILES: &[&str] = &[
    "metadata/zookeeper/src/znodes",
    "metadata/zookeeper/src/plan",
    "migration/src/state",
    "migration/src/decide",
    "migration/src/readiness",
    "migration/src/reconcile",
    "migration/src/verify",
    "migration/src/rollback",
    "migration/src/codes",
    "migration/src/switch",
    "migration/src/node_api",
];

const RUNTIME: &str = "an async runtime; leave waiting to the shell";
const CLOCK: &str = "a clock; take the time as an argument";
const RANDOM: &str = "a random source; take the value as an argument";
const OUTSIDE: &str = "the world outside; return what is to be done and let the shell do it";
const ORDER: &str = "a map of random order; use BTreeMap, BTreeSet or imbl::OrdMap";

/// Paths that pure code may not name, nor anything below them, and what they are.
const BANNED: &[(&str, &str)] = &[
    ("tokio", RUNTIME),
    ("tokio_util", RUNTIME),
    ("async_std", RUNTIME),
    ("async_io", RUNTIME),
    ("async_net", RUNTIME),
    ("smol", RUNTIME),
    ("futures_timer", RUNTIME),
    ("openraft", RUNTIME),
    ("zookeeper_client", RUNTIME),
    ("zookeeper_async", RUNTIME),
    ("std::time::Instant", CLOCK),
    ("std::time::SystemTime", CLOCK),
    ("std::time::UNIX_EPOCH", CLOCK),
    ("Instant::now", CLOCK),
    ("SystemTime::now", CLOCK),
    ("chrono", CLOCK),
    ("rand", RANDOM),
    ("rand_core", RANDOM),
    ("getrandom", RANDOM),
    ("fastrand", RANDOM),
    ("std::random", RANDOM),
    ("std::fs", OUTSIDE),
    ("std::net", OUTSIDE),
    ("std::os", OUTSIDE),
    ("std::env", OUTSIDE),
    ("std::process", OUTSIDE),
    ("std::thread", OUTSIDE),
    ("thread::spawn", OUTSIDE),
    ("thread::sleep", OUTSIDE),
    ("std::io::stdin", OUTSIDE),
    ("std::io::stdout", OUTSIDE),
    ("std::io::stderr", OUTSIDE),
    ("std::io::Stdin", OUTSIDE),
    ("std::io::Stdout", OUTSIDE),
    ("std::io::Stderr", OUTSIDE),
    ("rustix", OUTSIDE),
    ("libc", OUTSIDE),
    ("mio", OUTSIDE),
    ("socket2", OUTSIDE),
    ("tempfile", OUTSIDE),
];

/// Words that need no path to be wrong.
const BANNED_WORDS: &[(&str, &str)] = &[("HashMap", ORDER), ("HashSet", ORDER), ("RandomState", ORDER)];

/// Macros that write outside.
const BANNED_MACROS: &[&str] = &["println", "print", "eprintln", "eprint", "dbg"];

/// A glob import of one of these could bring a banned name in unseen; so could another name for the root.
const OPAQUE: &[&str] = &["std", "std::io", "std::time", "std::collections", "std::collections::hash_map", "std::hash"];

pub(crate) fn check(tree: &Tree, workspace: &Workspace) -> Vec<Finding> {
    let test_files = test_files(tree);
    let mut pure = BTreeSet::new();
    let mut findings = Vec::new();
    for of in &workspace.crates {
        let source = of.folder.join("src");
        let whole = PURE_CRATES.contains(&of.name.as_str());
        let files = tree.rust.iter().filter(|(path, _)| path.starts_with(&source));
        for (path, file) in files {
            if whole || is_marked(tree, &source, path) {
                pure.insert(path.as_path());
                findings.extend(check_escapes(path, file));
            }
        }
    }
    for &path in pure.iter().filter(|path| !test_files.contains(**path)) {
        let file = &tree.rust[path];
        findings.extend(check_file(path, file));
        findings.extend(check_neighbours(tree, &pure, path, file));
    }
    findings
}

/// Files declared by `#[cfg(test)] mod name;`, and what lies below them.
fn test_files(tree: &Tree) -> BTreeSet<&Path> {
    let mut roots = BTreeSet::new();
    for (path, file) in &tree.rust {
        for name in file.test_modules() {
            roots.insert(module_folder(path).join(name));
        }
    }
    let below = |path: &Path| roots.iter().any(|root| path.starts_with(root) || path.with_extension("") == *root);
    tree.rust.keys().map(PathBuf::as_path).filter(|path| below(path)).collect()
}

/// The folder in which a file's child modules lie.
fn module_folder(path: &Path) -> PathBuf {
    match path.file_name().and_then(|name| name.to_str()) {
        Some("mod.rs" | "lib.rs" | "main.rs") => path.parent().unwrap_or(Path::new("")).to_path_buf(),
        _ => path.with_extension(""),
    }
}

/// Is this file, or a module above it, on the design's list or marked `(p)` in its header?
fn is_marked(tree: &Tree, source: &Path, path: &Path) -> bool {
    let module = match path.file_name().and_then(|name| name.to_str()) {
        Some("mod.rs") => path.parent().unwrap_or(path).to_path_buf(),
        _ => path.with_extension(""),
    };
    module.ancestors().take_while(|module| *module != source).any(|module| {
        let listed = PURE_FILES.iter().any(|listed| Path::new(listed) == module);
        let files = [module.with_extension("rs"), module.join("mod.rs")];
        listed
            || files
                .iter()
                .filter_map(|file| tree.rust.get(file).map(|text| (file, text)))
                .any(|(file, text)| has_mark(file, text))
    })
}

/// A file that only declares others may list which of them are `(p)`; its own mark must be in its first line. In back
/// quotes the mark is only spoken of.
fn has_mark(path: &Path, file: &Source) -> bool {
    let lists_others = path.ends_with("mod.rs") || path.ends_with("lib.rs") || path.ends_with("main.rs");
    let lines = if lists_others { 1 } else { usize::MAX };
    file.header().iter().take(lines).any(|line| line.replace("`(p)`", "").contains("(p)"))
}

fn check_file(path: &Path, file: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |line: usize, name: &str, what: &str| {
        findings.push(Finding::new(path, line, "pure", format!("pure code names {name}, {what}")));
    };
    for named in file.paths() {
        let whole = named.segments.join("::");
        if (named.glob || named.segments.len() == 1 && whole == "std") && OPAQUE.contains(&whole.as_str()) {
            find(named.line, &format!("{whole}::*"), "which may hide anything; import what is used by name");
        }
        let below =
            |banned: &str| whole.strip_prefix(banned).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
        // A lone word such as `time` is a variable far more often than a crate.
        let is_path = named.segments.len() > 1 || named.glob || imported_alone(file, &whole, named.line);
        if let Some((banned, what)) = BANNED.iter().find(|(banned, _)| is_path && below(banned)) {
            find(named.line, banned, what);
        }
    }
    let code = file.tokens.iter().zip(&file.test_only).filter(|(_, test)| !**test).map(|(token, _)| token);
    let code: Vec<_> = code.collect();
    for (at, token) in code.iter().enumerate() {
        if let Some((word, what)) = BANNED_WORDS.iter().find(|(word, _)| *word == token.text) {
            find(token.line, word, what);
        }
        let is_macro = code.get(at + 1).is_some_and(|next| next.text == "!");
        if is_macro && BANNED_MACROS.contains(&token.text.as_str()) {
            find(token.line, &format!("{}!", token.text), OUTSIDE);
        }
    }
    findings
}

/// `use rand;` and `extern crate rand;` name a crate in one word.
fn imported_alone(file: &Source, word: &str, line: usize) -> bool {
    file.tokens
        .windows(2)
        .any(|two| two[1].line == line && two[1].text == word && matches!(two[0].text.as_str(), "use" | "crate"))
}

/// A module taken from outside the crate's own tree would escape the check.
fn check_escapes(path: &Path, file: &Source) -> Vec<Finding> {
    let lines = file.text.lines().zip(file.code.lines()).enumerate();
    let escapes = lines.filter(|(_, (text, code))| {
        let elsewhere = code.contains("#[path") || code.contains("include!(");
        elsewhere && (text.contains("\"..") || text.contains("/../") || text.contains("\"/"))
    });
    let what = "pure code is taken from a file outside its folder, where nothing checks it: move that file here";
    escapes.map(|(index, _)| Finding::new(path, index + 1, "pure", what)).collect()
}

/// A `(p)` file may use only `(p)` files of its own crate, or purity would end at the next call.
fn check_neighbours(tree: &Tree, pure: &BTreeSet<&Path>, path: &Path, file: &Source) -> Vec<Finding> {
    let Some(source) = path.ancestors().find(|folder| folder.ends_with("src")) else { return Vec::new() };
    let mut findings = Vec::new();
    let mut said = BTreeSet::new();
    for named in file.paths() {
        let (mut folder, rest) = match named.segments[0].as_str() {
            "crate" => (source.to_path_buf(), &named.segments[1..]),
            "super" => {
                let supers = named.segments.iter().take_while(|segment| *segment == "super").count();
                let folder = module_folder(path).ancestors().nth(supers).unwrap_or(source).to_path_buf();
                (folder, &named.segments[supers..])
            }
            _ => continue,
        };
        let mut reached = None;
        for segment in rest {
            let candidates = [folder.join(segment).with_extension("rs"), folder.join(segment).join("mod.rs")];
            let Some(found) = candidates.into_iter().find(|file| tree.rust.contains_key(file)) else { break };
            folder.push(segment);
            reached = Some(found);
        }
        if let Some(reached) =
            reached.filter(|reached| !pure.contains(reached.as_path()) && said.insert(reached.clone()))
        {
            let what = format!(
                "pure code uses {}, which is not marked (p): mark it if it is pure, or pass in what is needed",
                reached.display()
            );
            findings.push(Finding::new(path, named.line, "pure", what));
        }
    }
    findings
}
