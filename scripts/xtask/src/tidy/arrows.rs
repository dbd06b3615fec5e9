//! The arrows of the design: which of our crates may name which, in any dependency table of any target and under any
//! name; what a pure crate may take from outside; and where the server may name a concrete store.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::{Finding, Tree};

const PROTOCOL: &str = "kedge-protocol";
const LOG: &str = "kedge-log";
const STATE: &str = "kedge-metadata-state";
const CONTROLLER: &str = "kedge-controller";
const STORE: &str = "kedge-metadata-store";
const ZOOKEEPER: &str = "kedge-zookeeper";
const RAFT: &str = "kedge-raft";
const TREE_READER: &str = "kedge-tree-reader";
const MIGRATION: &str = "kedge-migration";
const SERVER: &str = "kedge-server";
const REAL_PARTS: &str = "kedge-real-parts";

const SERVER_ARROWS: &[&str] = &[PROTOCOL, LOG, STATE, CONTROLLER, STORE, ZOOKEEPER, RAFT, TREE_READER, MIGRATION];

/// Every crate of ours and the crates of ours it may depend on. `kedge-real-parts` may besides be anyone's
/// dev-dependency. A crate that is not here may not exist: draw it in the design first.
const ARROWS: &[(&str, &[&str])] = &[
    (PROTOCOL, &[]),
    (LOG, &[PROTOCOL]),
    (STATE, &[PROTOCOL]),
    (CONTROLLER, &[STATE]),
    (STORE, &[STATE]),
    (ZOOKEEPER, &[STORE, STATE, PROTOCOL]),
    (TREE_READER, &[]),
    (RAFT, &[STORE, STATE, PROTOCOL, LOG]),
    (MIGRATION, &[STORE, STATE]),
    ("kedge-simulator", SERVER_ARROWS),
    (SERVER, SERVER_ARROWS),
    ("kedge-compat-tests", &[PROTOCOL]),
    ("kedge-codec-differential", &[PROTOCOL]),
    (REAL_PARTS, &[]),
    ("xtask", &[]),
];

/// Crates without async runtime, clock, random source, file or socket.
pub(crate) const PURE_CRATES: &[&str] = &[PROTOCOL, STATE, CONTROLLER];

/// What a pure crate may depend on besides ours: nothing here reaches outside the process.
const PURE_BLOCKS: &[&str] =
    &["bytes", "thiserror", "crc32c", "imbl", "serde", "serde_json", "flate2", "snap", "lz4_flex", "zstd"];

/// What the tests of a pure crate may use on top.
const PURE_TEST_BLOCKS: &[&str] = &["insta", "proptest", "tempfile"];

/// Crates that the server's source names only where it is put together.
const COMPOSED: &[&str] = &[ZOOKEEPER, RAFT, TREE_READER, MIGRATION];

/// The crates of the repository as `cargo metadata` tells them.
pub(crate) struct Workspace {
    pub(crate) crates: Vec<Crate>,
}

/// One crate of ours.
pub(crate) struct Crate {
    pub(crate) name: String,
    /// Relative to the root of the repository; empty for a crate at the root.
    pub(crate) folder: PathBuf,
    dependencies: Vec<Dependency>,
}

struct Dependency {
    /// The package's own name, whatever the manifest calls it.
    package: String,
    /// The key in the manifest.
    key: String,
    kind: &'static str,
    /// `[target.'...'.dependencies]`
    target: Option<String>,
    /// A dependency by path.
    path: Option<PathBuf>,
}

impl Workspace {
    pub(crate) fn read(root: &Path) -> Result<Workspace, String> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
            .current_dir(root)
            .output()
            .map_err(|error| format!("cargo metadata: {error}"))?;
        if !output.status.success() {
            return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)));
        }
        let metadata: Value =
            serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
        let root = PathBuf::from(text(&metadata["workspace_root"])?);
        let packages = metadata["packages"].as_array().ok_or("cargo metadata: no packages")?;
        let crates = packages.iter().map(|package| Crate::read(&root, package)).collect::<Result<_, _>>()?;
        Ok(Workspace { crates })
    }
}

impl Crate {
    fn read(root: &Path, package: &Value) -> Result<Crate, String> {
        let manifest = PathBuf::from(text(&package["manifest_path"])?);
        let folder = manifest.parent().and_then(|folder| folder.strip_prefix(root).ok()).unwrap_or(Path::new(""));
        let dependencies = package["dependencies"].as_array().ok_or("cargo metadata: no dependencies")?;
        Ok(Crate {
            name: text(&package["name"])?,
            folder: folder.to_path_buf(),
            dependencies: dependencies.iter().map(Dependency::read).collect::<Result<_, _>>()?,
        })
    }

    fn manifest(&self) -> PathBuf {
        self.folder.join("Cargo.toml")
    }
}

impl Dependency {
    fn read(value: &Value) -> Result<Dependency, String> {
        let package = text(&value["name"])?;
        Ok(Dependency {
            key: value["rename"].as_str().map_or_else(|| package.clone(), str::to_string),
            package,
            kind: match value["kind"].as_str() {
                Some("dev") => "dev-dependency",
                Some("build") => "build-dependency",
                _ => "dependency",
            },
            target: value["target"].as_str().map(str::to_string),
            path: value["path"].as_str().map(PathBuf::from),
        })
    }

    /// How the manifest has it, for a reader who must find it there.
    fn describe(&self) -> String {
        let mut text = format!("{} on {}", self.kind, self.package);
        if self.key != self.package {
            text += &format!(" (called {})", self.key);
        }
        if let Some(target) = &self.target {
            text += &format!(" for target {target}");
        }
        text
    }

    /// The line of the manifest that holds the key: `key = ..`, `key.workspace = ..` or `[dependencies.key]`.
    fn line(&self, manifest: &str) -> usize {
        let starts = |line: &str| {
            let rest = line.trim_start().trim_start_matches('"').strip_prefix(self.key.as_str());
            rest.is_some_and(|rest| rest.trim_start_matches('"').trim_start().starts_with(['=', '.']))
        };
        let table = format!("dependencies.{}]", self.key);
        manifest.lines().position(|line| starts(line) || line.contains(&table)).map_or(1, |index| index + 1)
    }
}

fn text(value: &Value) -> Result<String, String> {
    value.as_str().map(str::to_string).ok_or_else(|| "cargo metadata: a name is missing".to_string())
}

pub(crate) fn check(tree: &Tree, workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    let folders: BTreeMap<PathBuf, &str> =
        workspace.crates.iter().map(|c| (tree.root.join(&c.folder), c.name.as_str())).collect();
    for of in &workspace.crates {
        let manifest = tree.files.get(&of.manifest()).and_then(Option::as_deref).unwrap_or("");
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == of.name) else {
            let what = format!(
                "the design draws no crate {}: draw its arrows there and in xtask's tidy, then add it",
                of.name
            );
            findings.push(Finding::new(of.manifest(), 1, "arrow", what));
            continue;
        };
        for dependency in &of.dependencies {
            let problem = if is_ours(&dependency.package) {
                arrow_problem(of, dependency, allowed)
            } else if dependency.path.as_ref().is_some_and(|path| !folders.contains_key(path)) {
                Some((
                    "arrow",
                    format!("{} by a path outside the workspace: make it a member or remove it", dependency.describe()),
                ))
            } else {
                block_problem(of, dependency)
            };
            if let Some((rule, what)) = problem {
                findings.push(Finding::new(of.manifest(), dependency.line(manifest), rule, what));
            }
        }
        if of.name == SERVER {
            findings.extend(check_composition(tree, of));
        }
    }
    findings
}

fn is_ours(package: &str) -> bool {
    ARROWS.iter().any(|(name, _)| *name == package) || package.starts_with("kedge-")
}

fn arrow_problem(of: &Crate, dependency: &Dependency, allowed: &[&str]) -> Option<(&'static str, String)> {
    let to = dependency.package.as_str();
    let as_test_part = to == REAL_PARTS && dependency.kind == "dev-dependency";
    if to == of.name || as_test_part || allowed.contains(&to) {
        return None;
    }
    let mend = match to {
        REAL_PARTS => "make it a dev-dependency".to_string(),
        _ if allowed.is_empty() => "it may depend on no crate of ours; remove it".to_string(),
        _ => format!("it may depend on {}; remove it or move the code", allowed.join(", ")),
    };
    Some(("arrow", format!("{} has a {} that the design does not draw: {mend}", of.name, dependency.describe())))
}

fn block_problem(of: &Crate, dependency: &Dependency) -> Option<(&'static str, String)> {
    let name = dependency.package.as_str();
    let for_tests = dependency.kind == "dev-dependency" && PURE_TEST_BLOCKS.contains(&name);
    if !PURE_CRATES.contains(&of.name.as_str()) || PURE_BLOCKS.contains(&name) || for_tests {
        return None;
    }
    let what = format!(
        "{} is pure and has a {}: take only {}, or move the code that needs it out",
        of.name,
        dependency.describe(),
        PURE_BLOCKS.join(", ")
    );
    Some(("pure-dependency", what))
}

/// Only the composition root of the server names a concrete store, the tree reader or the migration.
fn check_composition(tree: &Tree, server: &Crate) -> Vec<Finding> {
    let source = server.folder.join("src");
    let mut names: BTreeMap<String, &str> =
        COMPOSED.iter().map(|package| (package.replace('-', "_"), *package)).collect();
    for dependency in &server.dependencies {
        if let Some(package) = COMPOSED.iter().find(|package| **package == dependency.package) {
            names.insert(dependency.key.replace('-', "_"), package);
        }
    }
    let mut findings = Vec::new();
    for (path, file) in tree.rust.iter().filter(|(path, _)| path.starts_with(&source)) {
        if path.starts_with(source.join("startup")) || path.starts_with(source.join("cli")) {
            continue;
        }
        for token in &file.tokens {
            if let Some(package) = names.get(&token.text) {
                let what =
                    format!("{package} is named outside startup/ and cli/: take a trait and let startup/ pass it in");
                findings.push(Finding::new(path, token.line, "composition", what));
            }
        }
    }
    findings
}
