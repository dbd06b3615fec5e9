//! `cargo xtask codegen [--check]`: from `broker/protocol/schemas/` to `broker/protocol/src/generated/`. Committed output, so
//! that a build needs no generator and a reader can open what runs.

mod arrays;
mod groups;
mod names;
mod schema;
mod structs;

use schema::Message;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Writes the generated files, or with `check` only compares them. Errors: a bad schema, rustfmt, or the first stale file.
pub(crate) fn run(check: bool) -> Result<(), String> {
    let protocol = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../broker/protocol");
    let target = protocol.join("src/generated");
    let files = rustfmt(&protocol, generate(&protocol.join("schemas"))?)?;
    let existing = list(&target)?;
    if let Some(orphan) = existing.iter().find(|path| !files.contains_key(*path)) {
        if check {
            return Err(format!(
                "{} is not generated any more: run `cargo xtask codegen`",
                target.join(orphan).display()
            ));
        }
        for path in existing.iter().filter(|path| !files.contains_key(*path)) {
            fs::remove_file(target.join(path)).map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    for (path, text) in files {
        let path = target.join(path);
        if fs::read_to_string(&path).is_ok_and(|current| current == text) {
            continue;
        }
        if check {
            return Err(format!("{} is stale: run `cargo xtask codegen`", path.display()));
        }
        write(&path, &text)?;
    }
    Ok(())
}

/// All files, unformatted, by their path under `generated/`.
fn generate(schemas: &Path) -> Result<BTreeMap<PathBuf, String>, String> {
    let mut files = BTreeMap::new();
    let mut groups: BTreeMap<&str, Vec<Message>> = BTreeMap::new();
    for path in list(schemas)? {
        let text = fs::read_to_string(schemas.join(&path)).map_err(|error| format!("{}: {error}", path.display()))?;
        let messages = schema::parse(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        groups.entry(group_of(&path)?).or_default().extend(messages);
    }
    for (group, messages) in &groups {
        for message in messages {
            let file = format!("{group}/{}.rs", names::snake(message.name()));
            files.insert(PathBuf::from(file), structs::module(message));
        }
        files.insert(PathBuf::from(format!("{group}/mod.rs")), groups::group_module(group, messages));
    }
    let no_group = |name: &str| format!("no schema file for {name}");
    let metadata = groups.get("metadata_records").ok_or_else(|| no_group("metadata records"))?;
    files.insert("metadata_record.rs".into(), groups::metadata_record_enum(metadata));
    let messages = groups.get("messages").ok_or_else(|| no_group("requests and responses"))?;
    files.insert("apis.rs".into(), groups::api_table(messages));
    files.insert("catalog.rs".into(), groups::catalog(&groups));
    files.insert("mod.rs".into(), groups::root_module(groups.keys().copied()));
    Ok(files)
}

/// The module that a schema file's messages go to.
fn group_of(path: &Path) -> Result<&'static str, String> {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    Ok(match stem {
        "metadata_records" => "metadata_records",
        "control_records" => "control_records",
        "group_records" => "group_records",
        "consumer_protocol" => "consumer_protocol",
        "headers" => "headers",
        "principal" => "principal",
        api if api.starts_with("api_") => "messages",
        other => return Err(format!("{other}: unknown schema file")),
    })
}

/// The files under a folder, by their path in it, sorted.
fn list(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(current) = open.pop() {
        let Ok(entries) = fs::read_dir(&current) else { continue };
        for entry in entries {
            let path = entry.map_err(|error| format!("{}: {error}", current.display()))?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(folder).expect("found under the folder").to_path_buf());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Formats all files with the workspace's rustfmt settings, in a scratch folder.
fn rustfmt(protocol: &Path, files: BTreeMap<PathBuf, String>) -> Result<BTreeMap<PathBuf, String>, String> {
    let scratch = std::env::temp_dir().join(format!("kedge-codegen-{}", std::process::id()));
    for (path, text) in &files {
        write(&scratch.join(path), text)?;
    }
    let status = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(protocol.join("../../rustfmt.toml"))
        .arg(scratch.join("mod.rs"))
        .status()
        .map_err(|error| format!("rustfmt: {error}"))?;
    if !status.success() {
        return Err(format!("rustfmt refused the generated code; it is kept in {}", scratch.display()));
    }
    let read = |path: PathBuf| match fs::read_to_string(scratch.join(&path)) {
        Ok(text) => Ok((path, text)),
        Err(error) => Err(format!("{}: {error}", path.display())),
    };
    let formatted = files.into_keys().map(read).collect();
    fs::remove_dir_all(&scratch).map_err(|error| format!("{}: {error}", scratch.display()))?;
    formatted
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().expect("a file has a folder");
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| format!("{}: {error}", path.display()))
}
