//! Tidy against a small workspace built in a temporary folder: it passes as it is, and fails with the expected line on
//! one planted violation of each rule.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// Name, folder and own arrows of the crates in the good workspace.
const CRATES: &[(&str, &str, &[&str])] = &[
    ("kedge-protocol", "broker/protocol", &[]),
    ("kedge-log", "broker/log", &["kedge-protocol"]),
    ("kedge-metadata-state", "metadata/state", &["kedge-protocol"]),
    ("kedge-controller", "metadata/controller", &["kedge-metadata-state"]),
    ("kedge-metadata-store", "metadata/store", &["kedge-metadata-state"]),
    ("kedge-zookeeper", "metadata/zookeeper", &["kedge-metadata-store"]),
    ("kedge-raft", "metadata/raft", &["kedge-metadata-store", "kedge-log"]),
    ("kedge-tree-reader", "metadata/tree-reader", &[]),
    ("kedge-migration", "migration", &["kedge-metadata-store"]),
    ("kedge-simulator", "migration/simulator", &["kedge-migration", "kedge-raft"]),
    ("kedge-server", "broker/server", &["kedge-raft", "kedge-migration", "kedge-controller", "kedge-tree-reader"]),
    ("kedge-real-parts", "compat-tests/real-parts", &[]),
    ("kedge-compat-tests", "compat-tests", &["kedge-protocol"]),
    ("kedge-codec-differential", "compat-tests/codec-differential", &["kedge-protocol"]),
    ("xtask", "scripts/xtask", &[]),
];

struct Workspace {
    folder: TempDir,
}

impl Workspace {
    /// A workspace without a fault.
    fn good() -> Workspace {
        let workspace = Workspace { folder: TempDir::new().expect("temporary folder") };
        let members: Vec<String> = CRATES.iter().map(|(_, folder, _)| format!("\"{folder}\"")).collect();
        let mut root =
            format!("[workspace]\nresolver = \"2\"\nmembers = [{}]\n[workspace.dependencies]\n", members.join(", "));
        for (name, folder, _) in CRATES {
            writeln!(root, "{name} = {{ path = \"{folder}\" }}").expect("a string takes all");
        }
        workspace.write("Cargo.toml", &root);
        for (name, folder, arrows) in CRATES {
            let mut manifest =
                format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n");
            for arrow in *arrows {
                writeln!(manifest, "{arrow}.workspace = true").expect("a string takes all");
            }
            workspace.write(&format!("{folder}/Cargo.toml"), &manifest);
            workspace.write(&format!("{folder}/src/lib.rs"), "//! A crate.\n");
        }
        workspace.append("broker/protocol/Cargo.toml", "bytes = \"1\"\n[dev-dependencies]\ninsta = \"1\"\n");
        workspace.append(
            "broker/log/Cargo.toml",
            "tracing = \"0.1\"\n[dev-dependencies]\nkedge-real-parts.workspace = true\n",
        );
        workspace.write("broker/server/src/startup/mod.rs", "//! Composition.\nuse kedge_raft as raft;\n");
        workspace.write("broker/server/src/cli/migrate.rs", "//! A command.\nuse kedge_migration::codes;\n");
        workspace.write("broker/protocol/src/lib.rs", GOOD_PURE);
        workspace.write("metadata/zookeeper/src/znodes.rs", "//! Paths (p).\nuse std::collections::BTreeMap;\n");
        workspace.write("metadata/zookeeper/src/session.rs", "//! Not pure.\nuse tokio::net::TcpStream;\n");
        workspace.write("docs/pitfalls.md", &good_pitfalls());
        workspace
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folder");
        fs::write(path, text).expect("file");
    }

    fn append(&self, path: &str, text: &str) {
        let old = fs::read_to_string(self.folder.path().join(path)).expect("the file is there");
        self.write(path, &(old + text));
    }

    fn tidy(&self) -> (bool, String) {
        tidy(self.folder.path())
    }
}

const GOOD_PURE: &str = r##"//! Pure: it may *speak* of tokio, std::fs and rand, and its tests may use files.
use std::collections::BTreeMap;
use std::io::Read as _;
use std::time::Duration;

/* std::net::TcpStream and a HashMap are only mentioned */
const TEXT: &str = "println!(std::env::var)"; // thread::spawn
const RAW: &str = r#"use "tokio";"#;

fn later(time: u64, rand: u64) -> u64 {
    time + rand
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::fs;
    const BRACE: &str = "}";
    fn now() { std::time::Instant::now(); }
}
"##;

fn tidy(root: &Path) -> (bool, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_xtask")).arg("tidy").arg("--root").arg(root).output().expect("xtask runs");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8")).concat();
    (output.status.success(), text)
}

fn good_pitfalls() -> String {
    let numbers = (1..=86).map(|n| format!("F{n}")).chain((1..=24).map(|n| format!("L{n}")));
    let rows = numbers.map(|number| format!("| {number} | what went wrong | waits for: slice 8 |\n"));
    "# Pitfalls\n\n| # | what | state |\n|---|---|---|\n".to_string() + &rows.collect::<String>()
}

/// Writes `text` to `path` in an otherwise good workspace; tidy must fail with exactly one finding, `expected`
/// somewhere in its line.
#[track_caller]
fn check(path: &str, text: &str, expected: &str) {
    let workspace = Workspace::good();
    workspace.write(path, text);
    check_one(&workspace, expected);
}

/// The same for a text appended to a file of the good workspace.
#[track_caller]
fn check_appended(path: &str, text: &str, expected: &str) {
    let workspace = Workspace::good();
    workspace.append(path, text);
    check_one(&workspace, expected);
}

#[track_caller]
fn check_one(workspace: &Workspace, expected: &str) {
    let (passed, text) = workspace.tidy();
    assert!(!passed, "tidy passed; expected {expected}");
    assert!(text.contains(expected), "expected {expected} in:\n{text}");
    assert!(text.ends_with("tidy: 1 finding\n"), "expected {expected} alone in:\n{text}");
}

#[track_caller]
fn check_passes(path: &str, text: &str) {
    let workspace = Workspace::good();
    workspace.write(path, text);
    let (passed, text) = workspace.tidy();
    assert!(passed, "{text}");
}

#[test]
fn a_good_workspace_passes() {
    let (passed, text) = Workspace::good().tidy();
    assert!(passed, "{text}");
    assert!(text.contains("15 crates, nothing to mend"), "{text}");
}

// ---- arrows -------------------------------------------------------------------------------------------------------

#[test]
fn an_arrow_the_design_does_not_draw() {
    check_appended(
        "metadata/controller/Cargo.toml",
        "kedge-metadata-store.workspace = true\n",
        "metadata/controller/Cargo.toml:8: arrow: kedge-controller has a dependency on kedge-metadata-store",
    );
}

#[test]
fn an_arrow_hidden_in_dev_dependencies() {
    check_appended(
        "migration/Cargo.toml",
        "[dev-dependencies]\nkedge-raft.workspace = true\n",
        "migration/Cargo.toml:9: arrow: kedge-migration has a dev-dependency on kedge-raft",
    );
}

#[test]
fn an_arrow_hidden_in_build_dependencies() {
    check_appended(
        "metadata/store/Cargo.toml",
        "[build-dependencies]\nkedge-protocol = { path = \"../../broker/protocol\" }\n",
        "arrow: kedge-metadata-store has a build-dependency on kedge-protocol",
    );
}

#[test]
fn an_arrow_hidden_in_a_target_table() {
    check_appended(
        "metadata/raft/Cargo.toml",
        "[target.'cfg(unix)'.dependencies]\nkedge-zookeeper.workspace = true\n",
        "arrow: kedge-raft has a dependency on kedge-zookeeper for target cfg(unix)",
    );
    check_appended(
        "metadata/raft/Cargo.toml",
        "[target.x86_64-unknown-linux-gnu.dev-dependencies.kedge-zookeeper]\nworkspace = true\n",
        "metadata/raft/Cargo.toml:9: arrow: kedge-raft has a dev-dependency on kedge-zookeeper for target x86_64",
    );
}

#[test]
fn an_arrow_hidden_behind_another_name() {
    check_appended(
        "metadata/state/Cargo.toml",
        "helpers = { package = \"kedge-metadata-store\", path = \"../store\" }\n",
        "metadata/state/Cargo.toml:8: arrow: kedge-metadata-state has a dependency on kedge-metadata-store (called helpers)",
    );
}

#[test]
fn an_arrow_hidden_behind_another_name_of_the_workspace() {
    let workspace = Workspace::good();
    workspace.append("Cargo.toml", "helpers = { package = \"kedge-raft\", path = \"metadata/raft\" }\n");
    workspace.append("broker/log/Cargo.toml", "helpers.workspace = true\n");
    check_one(&workspace, "arrow: kedge-log has a dev-dependency on kedge-raft (called helpers)");
}

#[test]
fn an_arrow_hidden_as_optional() {
    check_appended(
        "metadata/tree-reader/Cargo.toml",
        "kedge-protocol = { path = \"../../broker/protocol\", optional = true }\n",
        "kedge-tree-reader has a dependency on kedge-protocol that the design does not draw: it may depend on no crate of ours",
    );
}

#[test]
fn compat_tests_see_the_protocol_alone_and_real_parts_serve_only_tests() {
    check_appended(
        "compat-tests/Cargo.toml",
        "kedge-log.workspace = true\n",
        "arrow: kedge-compat-tests has a dependency on kedge-log",
    );
    check_appended(
        "broker/server/Cargo.toml",
        "kedge-real-parts.workspace = true\n",
        "arrow: kedge-server has a dependency on kedge-real-parts that the design does not draw: make it a dev-dependency",
    );
    check_appended(
        "scripts/xtask/Cargo.toml",
        "kedge-protocol.workspace = true\n",
        "arrow: xtask has a dependency on kedge-protocol",
    );
    check_appended(
        "migration/simulator/Cargo.toml",
        "kedge-server.workspace = true\n",
        "arrow: kedge-simulator has a dependency on kedge-server",
    );
}

#[test]
fn a_crate_the_design_does_not_draw() {
    let workspace = Workspace::good();
    workspace.write("broker/extra/Cargo.toml", "[package]\nname = \"kedge-extra\"\nversion = \"0.1.0\"\n");
    workspace.write("broker/extra/src/lib.rs", "//! A crate.\n");
    let root = fs::read_to_string(workspace.folder.path().join("Cargo.toml")).expect("manifest");
    workspace.write("Cargo.toml", &root.replace("members = [", "members = [\"broker/extra\", "));
    check_one(&workspace, "broker/extra/Cargo.toml:1: arrow: the design draws no crate kedge-extra");
}

#[test]
fn a_dependency_outside_the_workspace() {
    let workspace = Workspace::good();
    let elsewhere = TempDir::new().expect("temporary folder");
    let path = elsewhere.path().display();
    workspace.append("broker/server/Cargo.toml", &format!("borrowed = {{ path = \"{path}\" }}\n"));
    fs::write(elsewhere.path().join("Cargo.toml"), "[package]\nname = \"borrowed\"\nversion = \"0.1.0\"\n")
        .expect("manifest");
    fs::create_dir(elsewhere.path().join("src")).expect("folder");
    fs::write(elsewhere.path().join("src/lib.rs"), "").expect("file");
    check_one(&workspace, "arrow: dependency on borrowed by a path outside the workspace");
}

#[test]
fn a_concrete_store_outside_the_composition_root() {
    check(
        "broker/server/src/api/fetch.rs",
        "//! Fetch.\nfn serve(store: &kedge_zookeeper::Store) {}\n",
        "broker/server/src/api/fetch.rs:2: composition: kedge-zookeeper is named outside startup/",
    );
    let workspace = Workspace::good();
    workspace
        .append("broker/server/Cargo.toml", "quorum = { package = \"kedge-raft\", path = \"../../metadata/raft\" }\n");
    workspace.write("broker/server/src/main.rs", "//! Main.\nuse quorum::Store;\nfn main() {}\n");
    check_one(&workspace, "broker/server/src/main.rs:2: composition: kedge-raft is named");
    check_passes(
        "broker/server/src/api/fetch.rs",
        "//! Fetch: kedge_raft is not named in code.\nconst S: &str = \"kedge_migration=debug\";\n",
    );
}

// ---- purity -------------------------------------------------------------------------------------------------------

#[test]
fn a_pure_crate_takes_only_what_is_listed() {
    check_appended(
        "metadata/controller/Cargo.toml",
        "tokio = \"1\"\n",
        "metadata/controller/Cargo.toml:8: pure-dependency: kedge-controller is pure and has a dependency on tokio",
    );
    check_appended(
        "metadata/state/Cargo.toml",
        "[dev-dependencies]\nhelp = { package = \"rand\", version = \"0.9\" }\n",
        "pure-dependency: kedge-metadata-state is pure and has a dev-dependency on rand (called help)",
    );
}

/// Each line of code alone in a pure crate, and what tidy says of it.
const IMPURE: &[(&str, &str)] = &[
    ("use tokio::sync::Mutex;", "tokio, an async runtime"),
    ("extern crate async_std;", "async_std, an async runtime"),
    ("fn f() { std::fs::read(\"x\"); }", "std::fs, the world outside"),
    ("use std::{fmt, fs::{self, File}};", "std::fs, the world outside"),
    ("use std::net::TcpStream;", "std::net, the world outside"),
    ("fn f() { std :: io :: stdin(); }", "std::io::stdin, the world outside"),
    ("use std::{fmt::{self}, io::{Read, Stdout}};", "std::io::Stdout, the world outside"),
    ("fn f(at: ::std::time::Instant) {}", "std::time::Instant, a clock"),
    ("use std::time::SystemTime as Stamp;", "std::time::SystemTime, a clock"),
    ("fn f() -> u64 { Instant::now() }", "Instant::now, a clock"),
    ("fn f() -> u64 { rand::random() }", "rand, a random source"),
    ("use getrandom;", "getrandom, a random source"),
    ("fn f() { thread::sleep(D); }", "thread::sleep, the world outside"),
    ("fn f() { std::env::var(\"HOME\"); }", "std::env, the world outside"),
    ("struct S { m: std::collections::HashMap<u8, u8> }", "HashMap, a map of random order"),
    ("struct S { m: imbl::HashSet<u8> }", "HashSet, a map of random order"),
    ("fn f() { println!(\"x\"); }", "println!, the world outside"),
    ("use std::*;", "std::*, which may hide anything"),
    ("use std::io::*;", "std::io::*, which may hide anything"),
    ("use std as s;", "std::*, which may hide anything"),
    ("#[path = \"../../../log/src/files.rs\"] mod files;", "taken from a file outside"),
    ("include!(\"../../server/src/clock.rs\");", "taken from a file outside"),
];

#[test]
fn a_pure_crate_names_nothing_impure() {
    // All at once: each on its own line, each line found.
    let mut text = "//! Pure.\n".to_string();
    for (code, _) in IMPURE {
        writeln!(text, "mod m {{ {code} }}").expect("a string takes all");
    }
    let workspace = Workspace::good();
    workspace.write("metadata/state/src/all.rs", &text);
    let (passed, output) = workspace.tidy();
    assert!(!passed);
    for (index, (code, expected)) in IMPURE.iter().enumerate() {
        let start = format!("metadata/state/src/all.rs:{}: pure: ", index + 2);
        let found = output.lines().any(|line| line.starts_with(&start) && line.contains(expected));
        assert!(found, "{code}: expected {expected} in:\n{output}");
    }
}

#[test]
fn an_imported_name_is_followed() {
    check(
        "metadata/controller/src/sneak.rs",
        "//! Pure.\nuse std::io as words;\nfn f() { words::stdout(); }\n",
        "metadata/controller/src/sneak.rs:3: pure: pure code names std::io::stdout",
    );
}

#[test]
fn test_code_is_told_by_its_braces_not_by_its_look() {
    // The test module ends at its own brace, though a string and a comment hold braces.
    check(
        "metadata/state/src/a.rs",
        "//! Pure.\n#[cfg(test)]\nmod tests { const A: &str = \"{{{\"; /* { */ }\nuse std::fs;\n",
        "metadata/state/src/a.rs:4: pure: pure code names std::fs",
    );
    check(
        "metadata/state/src/a.rs",
        "//! Pure.\n#[cfg(not(test))]\nmod real { use std::fs; }\n",
        "a.rs:3: pure: pure code names std::fs",
    );
    check(
        "metadata/state/src/a.rs",
        "//! Pure.\n#[cfg(any(test, unix))]\nmod real { use std::fs; }\n",
        "a.rs:3: pure: pure code names std::fs",
    );
    check(
        "metadata/state/src/a.rs",
        "//! Pure.\n// #[cfg(test)]\nmod tests { use std::fs; }\n",
        "a.rs:3: pure: pure code names std::fs",
    );
    let workspace = Workspace::good();
    workspace.write("metadata/state/src/topics.rs", "//! Pure.\n#[cfg(test)]\nmod tests;\n");
    workspace.write("metadata/state/src/topics/tests.rs", "//! Tests of it.\nuse std::fs;\n");
    assert!(workspace.tidy().0);
}

#[test]
fn a_marked_file_of_a_mixed_crate_is_pure() {
    check(
        "migration/src/decide.rs",
        "//! Listed by the design, marked or not.\nuse tokio::time::sleep;\n",
        "migration/src/decide.rs:2: pure: pure code names tokio",
    );
    check(
        "metadata/zookeeper/src/plan/order.rs",
        "//! Below a listed folder.\nuse std::time::Instant;\n",
        "plan/order.rs:2: pure: pure code names std::time::Instant",
    );
    check(
        "broker/server/src/replica/state.rs",
        "//! The replica's state.\n//!\n//! (p)\nfn f() { rand::random() }\n",
        "replica/state.rs:4: pure: pure code names rand",
    );
    check_passes("broker/server/src/replica/fetcher.rs", "//! Not pure.\nuse tokio::net::TcpStream;\n");
    // A mark in back quotes is spoken of; a list of modules marks the modules, not the list.
    check_passes(
        "broker/server/src/replica/fetcher.rs",
        "//! The shell of the `(p)` state.\nuse tokio::net::TcpStream;\n",
    );
    check_passes(
        "broker/server/src/replica/mod.rs",
        "//! Replicas.\n//!\n//! state (p), fetcher\nuse tokio::net::TcpStream;\n",
    );
}

#[test]
fn a_marked_file_uses_only_marked_files() {
    check(
        "metadata/zookeeper/src/plan.rs",
        "//! Plans (p).\nuse crate::session::now;\nuse crate::znodes::path;\n",
        "metadata/zookeeper/src/plan.rs:2: pure: pure code uses metadata/zookeeper/src/session.rs, which is not marked (p)",
    );
    check(
        "metadata/zookeeper/src/plan.rs",
        "//! Plans (p).\nfn f() { super::session::now(); }\n",
        "metadata/zookeeper/src/plan.rs:2: pure: pure code uses metadata/zookeeper/src/session.rs",
    );
}

// ---- house --------------------------------------------------------------------------------------------------------

#[test]
fn a_module_opens_with_its_purpose() {
    check(
        "broker/log/src/a.rs",
        "use std::fs;\n//! Too late.\n",
        "broker/log/src/a.rs:1: header: the module does not open with //!",
    );
    check("broker/log/tests/a.rs", "// Not a module comment.\n", "broker/log/tests/a.rs:1: header");
    check("broker/log/build.rs", "//!\nfn main() {}\n", "broker/log/build.rs:1: header");
    check("broker/protocol/src/generated/a.rs", "fn f() {}\n", "generated/a.rs:1: header");
}

#[test]
fn nothing_is_left_for_later() {
    check("broker/log/src/a.rs", "//! A.\n// FIXME: tomorrow\n", "broker/log/src/a.rs:2: leftover: FIXME");
    check("broker/log/src/a.rs", "//! A.\n/* XXX */\n", "broker/log/src/a.rs:2: leftover: XXX");
    check("scripts/test.sh", "#!/bin/sh\n# FIXME\n", "scripts/test.sh:2: leftover: FIXME");
    check("broker/log/src/a.rs", "//! A.\nfn f() { todo!() }\n", "broker/log/src/a.rs:2: leftover: todo!");
    check("broker/log/src/a.rs", "//! A.\nfn f() { unimplemented!(\"x\") }\n", "a.rs:2: leftover: unimplemented!");
    check_passes("scripts/test.sh", "mktemp /tmp/kedge.XXXXXX\n");
    check_passes("broker/log/src/a.rs", "//! A.\nconst S: &str = \"FIXME todo!()\";\n");
}

#[test]
fn no_test_is_ignored() {
    check("broker/log/src/a.rs", "//! A.\n#[test]\n#[ignore]\nfn f() {}\n", "broker/log/src/a.rs:3: ignored-test");
    check("broker/log/src/a.rs", "//! A.\n#[ignore = \"slow\"]\nfn f() {}\n", "a.rs:2: ignored-test");
    check("broker/log/src/a.rs", "//! A.\n#[cfg_attr(unix, ignore)]\nfn f() {}\n", "a.rs:2: ignored-test");
}

#[test]
fn nothing_names_the_workplace() {
    let places = [concat!("/wo", "rk/main"), concat!("/tmp/tar", "get-log"), concat!("../sha", "red/design.md")];
    for place in places {
        check("docs/HACKING.md", &format!("See `{place}`.\n"), "docs/HACKING.md:1: workplace: names");
        check("broker/log/src/a.rs", &format!("//! A.\nconst P: &str = \"{place}\";\n"), "a.rs:2: workplace: names");
    }
    check_passes("docs/HACKING.md", concat!("Run in ~/wo", "rk/kedge.\n"));
}

#[test]
fn files_stay_short() {
    let of = |lines: usize| "//! A.\n".to_string() + &"// why\n".repeat(lines - 1);
    check("broker/log/src/a.rs", &of(901), "broker/log/src/a.rs:1: long-file: 901 lines");
    check_passes("broker/log/src/a.rs", &of(900));
    check_passes("broker/protocol/src/generated/a.rs", &of(2000));
    let workspace = Workspace::good();
    workspace.write("broker/log/src/a.rs", &of(701));
    let (passed, text) = workspace.tidy();
    assert!(passed && text.contains("broker/log/src/a.rs:1: warning: long-file: 701 lines"), "{text}");
}

#[test]
fn functions_stay_short() {
    let of = |body: String| format!("//! A.\nimpl A {{\n    fn long(&self, a: [u8; 2]) -> u8 {{\n{body}    }}\n}}\n");
    check(
        "broker/log/src/a.rs",
        &of("step();\n".repeat(99)),
        "broker/log/src/a.rs:3: long-function: fn long has 101 lines of code",
    );
    check_passes("broker/log/src/a.rs", &of("step();\n".repeat(98)));
    check_passes("broker/log/src/a.rs", &of("step();\n".repeat(98) + &"// why\n\n".repeat(50)));
    check_passes("broker/log/src/a.rs", &of("match a {\n".to_string() + &"A => 1,\n".repeat(300) + "}\n"));
}

#[test]
fn no_snapshot_waits_for_review() {
    check("broker/log/src/snapshots/a.snap.new", "---\n", "broker/log/src/snapshots/a.snap.new:1: snapshot");
}

// ---- pitfalls -----------------------------------------------------------------------------------------------------

#[test]
fn every_pitfall_is_accounted_for() {
    let good = good_pitfalls();
    let row = "| F7 | what went wrong | waits for: slice 8 |\n";
    let with = |other: &str| good.replace(row, other);
    let check = |text: String, expected: &str| check("docs/pitfalls.md", &text, expected);
    check(with(""), "docs/pitfalls.md:1: pitfalls: F7 is missing");
    check(with(&row.repeat(2)), "docs/pitfalls.md:12: pitfalls: F7 stands here and in line 11");
    check(with("| F7 | what went wrong | soon |\n"), "docs/pitfalls.md:11: pitfalls: F7 must say");
    check(with("| F7 | what went wrong | cannot occur: |\n"), "docs/pitfalls.md:11: pitfalls: F7 must say");
    check(with("| F7 | what went wrong | test: somewhere |\n"), "docs/pitfalls.md:11: pitfalls: F7 names no test");
    check(with("| F7 | what went wrong |\n"), "docs/pitfalls.md:11: pitfalls: F7 has 2 cells");
    check(good.clone() + "| L25 | more | waits for: slice 8 |\n", "pitfalls: L25 is no known row");
    let workspace = Workspace::good();
    fs::remove_file(workspace.folder.path().join("docs/pitfalls.md")).expect("it was there");
    check_one(&workspace, "docs/pitfalls.md:1: pitfalls: the page is missing");
}

#[test]
fn a_test_named_in_a_document_exists() {
    let row = "| F7 | what went wrong | waits for: slice 8 |\n";
    let with = |state: &str| good_pitfalls().replace(row, &format!("| F7 | what went wrong | {state} |\n"));
    let workspace = Workspace::good();
    workspace
        .write("migration/tests/copy.rs", "//! Tests.\n#[test]\nfn one() {}\n// fn two() {}\n#[test]\nfn three() {}\n");
    let check = |state: &str, expected: Option<&str>| {
        workspace.write("docs/pitfalls.md", &with(state));
        match expected {
            Some(expected) => check_one(&workspace, expected),
            None => assert!(workspace.tidy().0, "{}", workspace.tidy().1),
        }
    };
    check("test: `migration/tests/copy.rs::one`", None);
    check("test: `migration/tests/copy.rs::one`, `migration/tests/copy.rs::three` · waits for: slice 9", None);
    check(
        "test: `migration/tests/copy.rs::two`",
        Some("docs/pitfalls.md:11: named-test: test migration/tests/copy.rs::two: the file has no fn two"),
    );
    check("test: `migration/tests/copy.rs::one`, `migration/tests/copy.rs::gone`", Some("the file has no fn gone"));
    check(
        "test: `migration/tests/lost.rs::one`",
        Some("named-test: test migration/tests/lost.rs::one: no such Rust file"),
    );
    let workspace = Workspace::good();
    workspace.write("docs/decisions/0001.md", "It holds (test: `migration/src/lib.rs::gone`).\n");
    check_one(&workspace, "docs/decisions/0001.md:1: named-test: test migration/src/lib.rs::gone");
}
