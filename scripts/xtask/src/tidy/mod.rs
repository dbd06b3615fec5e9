//! `cargo xtask tidy`: the rules of this repository that a compiler does not check. Each finding is one line,
//! `path:line: rule: what is wrong and how to mend it`. Nothing is built; only `cargo metadata` is asked.

mod arrows;
mod house;
mod pitfalls;
mod purity;
mod source;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use self::source::Source;

/// One broken rule, or (when `warning`) one that is about to break.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: PathBuf,
    line: usize,
    rule: &'static str,
    what: String,
    warning: bool,
}

impl Finding {
    fn new(path: impl Into<PathBuf>, line: usize, rule: &'static str, what: impl Into<String>) -> Finding {
        Finding { path: path.into(), line, rule, what: what.into(), warning: false }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let warning = if self.warning { "warning: " } else { "" };
        write!(f, "{}:{}: {warning}{}: {}", self.path.display(), self.line, self.rule, self.what)
    }
}

/// The files of the repository, read once. Paths are relative to the root.
pub(crate) struct Tree {
    root: PathBuf,
    /// Every file that is not in `.git` or in a folder of build or run output; content only where it is text.
    files: BTreeMap<PathBuf, Option<String>>,
    /// The Rust files among them.
    rust: BTreeMap<PathBuf, Source>,
}

impl Tree {
    fn read(root: &Path) -> Result<Tree, String> {
        let mut tree = Tree { root: root.to_path_buf(), files: BTreeMap::new(), rust: BTreeMap::new() };
        tree.read_folder(Path::new(""))?;
        Ok(tree)
    }

    fn read_folder(&mut self, folder: &Path) -> Result<(), String> {
        let at = self.root.join(folder);
        let explain = |error: std::io::Error| format!("{}: {error}", at.display());
        for entry in std::fs::read_dir(&at).map_err(explain)? {
            let entry = entry.map_err(explain)?;
            let name = entry.file_name();
            let path = folder.join(&name);
            let kind = entry.file_type().map_err(explain)?;
            let top = folder.as_os_str().is_empty();
            if kind.is_dir() && !is_output(&name.to_string_lossy(), top) {
                self.read_folder(&path)?;
            } else if kind.is_file() {
                let text = String::from_utf8(std::fs::read(entry.path()).map_err(explain)?).ok();
                if let (Some(text), true) = (&text, path.extension().is_some_and(|e| e == "rs")) {
                    self.rust.insert(path.clone(), Source::read(text.clone()));
                }
                self.files.insert(path, text);
            }
        }
        Ok(())
    }
}

/// Folders that hold what was made here, not what is kept here (as `.gitignore` has it).
fn is_output(name: &str, top: bool) -> bool {
    matches!(name, ".git" | "__pycache__" | ".venv") || (top && (name.starts_with("target") || name == "kedge-data"))
}

/// Checks the repository at `root`. Warnings and findings are printed; findings make it an error.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let tree = Tree::read(root)?;
    let workspace = arrows::Workspace::read(root)?;
    let mut findings = Vec::new();
    findings.extend(arrows::check(&tree, &workspace));
    findings.extend(purity::check(&tree, &workspace));
    findings.extend(house::check(&tree));
    findings.extend(pitfalls::check(&tree));
    findings.sort();
    findings.dedup();
    for finding in &findings {
        println!("{finding}");
    }
    let errors = findings.iter().filter(|finding| !finding.warning).count();
    match errors {
        0 => {
            println!("tidy: {} files, {} crates, nothing to mend", tree.files.len(), workspace.crates.len());
            Ok(())
        }
        n => Err(format!("tidy: {n} finding{}", if n == 1 { "" } else { "s" })),
    }
}
