//! `kedge storage`: the texts and exit codes of Kafka 3.9's `kafka-storage.sh`.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use kedge_log::{META_PROPERTIES, MetaProperties, OsFileSystem, write_atomically};
use kedge_metadata_state::MetadataVersion;

use super::{ToolError, load_config};
use crate::{
    bootstrap::{self, BOOTSTRAP_CHECKPOINT},
    clock::{Clock as _, SystemClock},
    config::KafkaConfig,
    random::random_uuid,
    settings,
};

/// Key whose value is the release to format for when the command line names none, as in Kafka.
const INTER_BROKER_PROTOCOL: &str = "inter.broker.protocol.version";

/// Arguments of `kedge storage`.
#[derive(Debug, Subcommand)]
pub enum StorageCommand {
    /// Prints a random id for a cluster.
    RandomUuid,
    /// Prepares the log directories of a new KRaft node.
    Format(FormatArgs),
    /// Shows what the log directories hold.
    Info(InfoArgs),
}

/// Arguments of `kedge storage format`.
#[derive(Debug, Args)]
pub struct FormatArgs {
    /// The node's properties file.
    #[arg(short, long)]
    config: PathBuf,
    /// The id of the cluster.
    #[arg(short = 't', long)]
    cluster_id: String,
    /// Leaves directories alone that are formatted already, instead of failing.
    #[arg(short = 'g', long)]
    ignore_formatted: bool,
    /// The release whose metadata.version the cluster begins with, 3.7-IV2 to 3.9 [default: 3.9].
    #[arg(short, long)]
    release_version: Option<String>,
}

/// Arguments of `kedge storage info`.
#[derive(Debug, Args)]
pub struct InfoArgs {
    /// The node's properties file.
    #[arg(short, long)]
    config: PathBuf,
}

pub(super) fn run(command: &StorageCommand, out: &mut impl Write) -> Result<(), ToolError> {
    match command {
        StorageCommand::RandomUuid => Ok(writeln!(out, "{}", random_uuid())?),
        StorageCommand::Format(args) => {
            let (config, _) = load_config(Some(&args.config), &[])?;
            let order = FormatOrder {
                cluster_id: &args.cluster_id,
                ignore_formatted: args.ignore_formatted,
                metadata_version: metadata_version(args.release_version.as_deref(), &config)?,
            };
            format(&config, &order, SystemClock.now_ms(), out)
        }
        StorageCommand::Info(args) => {
            let (config, _) = load_config(Some(&args.config), &[])?;
            info(&config, out)
        }
    }
}

/// What to format with.
pub(crate) struct FormatOrder<'a> {
    cluster_id: &'a str,
    ignore_formatted: bool,
    metadata_version: MetadataVersion,
}

/// The level of a release named on the command line, else of `inter.broker.protocol.version` as in Kafka, else the newest.
fn metadata_version(release: Option<&str>, config: &KafkaConfig) -> Result<MetadataVersion, ToolError> {
    let Some(release) = release.or_else(|| config.static_configs.get(INTER_BROKER_PROTOCOL).map(String::as_str)) else {
        return Ok(MetadataVersion::LATEST);
    };
    MetadataVersion::from_release(release).ok_or_else(|| {
        ToolError(format!(
            "Unknown release version {release:?}. Kedge formats for {} to {}: give --release-version 3.7, 3.8 or 3.9.",
            MetadataVersion::MIN,
            MetadataVersion::LATEST
        ))
    })
}

/// Writes `meta.properties` and `bootstrap.checkpoint` into every directory that has none.
pub(crate) fn format(
    config: &KafkaConfig,
    order: &FormatOrder<'_>,
    now_ms: i64,
    out: &mut impl Write,
) -> Result<(), ToolError> {
    let FormatOrder { cluster_id, ignore_formatted, metadata_version } = *order;
    if !config.is_kraft() {
        return Err(ToolError::new(
            "The kafka configuration file appears to be for a legacy cluster. \
             Formatting is only supported for clusters in KRaft mode.",
        ));
    }
    let mut dirs = settings::all_dirs(config);
    dirs.sort_by_key(|dir| *dir != config.metadata_log_dir);
    let (mut formatted, mut unformatted) = (Vec::new(), Vec::new());
    for dir in &dirs {
        if dir.exists() && !dir.is_dir() {
            eprintln!("I/O error trying to read log directory {}. Ignoring...", dir.display());
            continue;
        }
        match MetaProperties::read(&OsFileSystem, dir).map_err(ToolError::new)? {
            Some(properties) => {
                verify(dir, &properties, cluster_id, config.node_id)?;
                formatted.push(dir);
            }
            None => unformatted.push(dir),
        }
    }
    if formatted.is_empty() && unformatted.is_empty() {
        return Err(ToolError::new("No available log directories to format."));
    }
    if let (Some(dir), false) = (formatted.first(), ignore_formatted) {
        return Err(ToolError(format!(
            "Log directory {} is already formatted. Use --ignore-formatted to ignore this directory and format the others.",
            dir.display()
        )));
    }
    if unformatted.is_empty() {
        return Ok(writeln!(out, "All of the log directories are already formatted.")?);
    }
    for dir in unformatted {
        // The words of the release that is formatted for: 3.9 says which directory is which.
        let kind = match *dir == config.metadata_log_dir {
            _ if metadata_version < MetadataVersion::LATEST => "",
            true => "metadata directory ",
            false => "data directory ",
        };
        writeln!(out, "Formatting {kind}{} with metadata.version {metadata_version}.", dir.display())?;
        format_dir(dir, cluster_id, config.node_id, metadata_version, now_ms)
            .map_err(|error| ToolError(format!("Error while formatting {}: {error}", dir.display())))?;
    }
    Ok(())
}

fn verify(dir: &Path, properties: &MetaProperties, cluster_id: &str, node_id: i32) -> Result<(), ToolError> {
    let file = dir.join(META_PROPERTIES);
    if let Some(found) = properties.cluster_id.as_deref().filter(|found| *found != cluster_id) {
        return Err(ToolError(format!(
            "Invalid cluster.id in: {}. Expected {cluster_id}, but read {found}",
            file.display()
        )));
    }
    match properties.node_id {
        Some(found) if found != node_id => Err(ToolError(format!(
            "Stored node id {found} doesn't match previous node id {node_id} in {}. If you moved your data, make sure your \
             configured node id matches. If you intend to create a new node, you should remove all data in your data \
             directories.",
            file.display()
        ))),
        _ => Ok(()),
    }
}

fn format_dir(
    dir: &Path,
    cluster_id: &str,
    node_id: i32,
    metadata_version: MetadataVersion,
    now_ms: i64,
) -> Result<(), ToolError> {
    std::fs::create_dir_all(dir)?;
    let checkpoint = bootstrap::encode(metadata_version, now_ms);
    write_atomically(&OsFileSystem, &dir.join(BOOTSTRAP_CHECKPOINT), &checkpoint).map_err(ToolError::new)?;
    // Last, since it is what makes the directory count as formatted.
    let properties = MetaProperties {
        format_version: 1,
        cluster_id: Some(cluster_id.to_owned()),
        node_id: Some(node_id),
        directory_id: Some(random_uuid()),
    };
    properties.write(&OsFileSystem, dir).map_err(ToolError::new)
}

/// Lists directories, the metadata they agree on, and problems; an error without text if there are any of those.
pub(crate) fn info(config: &KafkaConfig, out: &mut impl Write) -> Result<(), ToolError> {
    let (mut directories, mut problems) = (Vec::new(), Vec::new());
    let mut first: Option<MetaProperties> = None;
    let mut dirs = settings::all_dirs(config);
    dirs.sort();
    for dir in &dirs {
        if !dir.is_dir() {
            let problem = if dir.exists() { "is not a directory" } else { "does not exist" };
            problems.push(format!("{} {problem}", dir.display()));
            continue;
        }
        directories.push(dir.display().to_string());
        match MetaProperties::read(&OsFileSystem, dir) {
            Err(error) => problems.push(format!("Error loading {}/{META_PROPERTIES}: {error}", dir.display())),
            Ok(None) => problems.push(format!("{} is not formatted.", dir.display())),
            Ok(Some(properties)) => match &first {
                Some(first) if same_node(first, &properties) => {}
                Some(_) => problems.push(format!(
                    "Metadata for {} was {}, but other directories have another.",
                    dir.display(),
                    describe(&properties)
                )),
                None => first = Some(properties),
            },
        }
    }
    if let Some(properties) = &first {
        let config_is_kraft = config.is_kraft();
        if config_is_kraft && properties.format_version == 0 {
            problems.push("The kafka configuration file appears to be for a cluster in KRaft mode, but the directories are formatted for legacy mode.".to_owned());
        } else if !config_is_kraft && properties.format_version == 1 {
            problems.push("The kafka configuration file appears to be for a legacy cluster, but the directories are formatted for a cluster in KRaft mode.".to_owned());
        }
    }
    print_list(out, "Found log director", ["y", "ies"], &directories)?;
    if let Some(properties) = &first {
        writeln!(out, "Found metadata: {}\n", describe(properties))?;
    }
    print_list(out, "Found problem", ["", "s"], &problems)?;
    if problems.is_empty() { Ok(()) } else { Err(ToolError(String::new())) }
}

fn same_node(a: &MetaProperties, b: &MetaProperties) -> bool {
    (a.format_version, &a.cluster_id, a.node_id) == (b.format_version, &b.cluster_id, b.node_id)
}

fn print_list(out: &mut impl Write, title: &str, [one, many]: [&str; 2], lines: &[String]) -> Result<(), ToolError> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "{title}{}:", if lines.len() == 1 { one } else { many })?;
    for line in lines {
        writeln!(out, "  {line}")?;
    }
    Ok(writeln!(out)?)
}

/// `{broker.id=…, cluster.id=…, directory.id=…, version=…}`, as Java prints a sorted map.
fn describe(properties: &MetaProperties) -> String {
    let text = properties.to_text();
    let entries: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    format!("{{{}}}", entries.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLUSTER_ID: &str = "MkU3OEVBNTcwNTJENDM2Qg";

    fn node(root: &Path, node_id: i32) -> KafkaConfig {
        let mut config = KafkaConfig::for_test();
        config.node_id = node_id;
        config.log_dirs = vec![root.join("d2"), root.join("d1")];
        config.metadata_log_dir = root.join("d1");
        config
    }

    fn outcome(
        root: &Path,
        action: impl FnOnce(&mut Vec<u8>) -> Result<(), ToolError>,
    ) -> (String, Result<(), String>) {
        let mut out = Vec::new();
        let root = root.display().to_string();
        let result = action(&mut out).map_err(|error| error.to_string().replace(&root, "ROOT"));
        (String::from_utf8(out).unwrap().replace(&root, "ROOT"), result)
    }

    #[test]
    fn texts_are_those_of_kafka() {
        let root = tempfile::tempdir().unwrap();
        let (root, config) = (root.path(), node(root.path(), 1));
        let format_as = |cluster_id: &str, config: &KafkaConfig, ignore_formatted| {
            let order = FormatOrder { cluster_id, ignore_formatted, metadata_version: MetadataVersion::LATEST };
            outcome(root, |out| format(config, &order, 7, out))
        };
        assert_eq!(
            outcome(root, |out| info(&config, out)),
            ("Found problems:\n  ROOT/d1 does not exist\n  ROOT/d2 does not exist\n\n".to_owned(), Err(String::new()))
        );
        let formatting = "Formatting metadata directory ROOT/d1 with metadata.version 3.9-IV0.\n\
                          Formatting data directory ROOT/d2 with metadata.version 3.9-IV0.\n";
        assert_eq!(format_as(CLUSTER_ID, &config, false), (formatting.to_owned(), Ok(())));
        let again = "Log directory ROOT/d1 is already formatted. Use --ignore-formatted to ignore this directory and \
                     format the others.";
        assert_eq!(format_as(CLUSTER_ID, &config, false), (String::new(), Err(again.to_owned())));
        let all = "All of the log directories are already formatted.\n";
        assert_eq!(format_as(CLUSTER_ID, &config, true), (all.to_owned(), Ok(())));
        let other = format!("Invalid cluster.id in: ROOT/d1/meta.properties. Expected xx, but read {CLUSTER_ID}");
        assert_eq!(format_as("xx", &config, true), (String::new(), Err(other)));
        let (_, refused) = format_as(CLUSTER_ID, &node(root, 2), true);
        assert!(refused.unwrap_err().starts_with("Stored node id 1 doesn't match previous node id 2 in ROOT/d1/meta"));

        let directory_id =
            MetaProperties::read(&OsFileSystem, &root.join("d1")).unwrap().unwrap().directory_id.unwrap();
        let found = format!(
            "Found log directories:\n  ROOT/d1\n  ROOT/d2\n\nFound metadata: {{cluster.id={CLUSTER_ID}, \
             directory.id={directory_id}, node.id=1, version=1}}\n\n"
        );
        assert_eq!(outcome(root, |out| info(&config, out)), (found, Ok(())));
    }

    #[test]
    fn a_release_of_the_tutorial_is_formatted_in_its_words() {
        let root = tempfile::tempdir().unwrap();
        let (root, mut config) = (root.path(), node(root.path(), 1));
        config.static_configs.insert(INTER_BROKER_PROTOCOL.to_owned(), "3.8".to_owned());
        let version = |release| metadata_version(release, &config).map_err(|error| error.to_string());
        assert_eq!(version(None).unwrap().name(), "3.8-IV0", "as Kafka takes it from the file");
        let metadata_version = version(Some("3.7-IV4")).unwrap();
        let order = FormatOrder { cluster_id: CLUSTER_ID, ignore_formatted: false, metadata_version };
        let formatting =
            "Formatting ROOT/d1 with metadata.version 3.7-IV4.\nFormatting ROOT/d2 with metadata.version 3.7-IV4.\n";
        assert_eq!(outcome(root, |out| format(&config, &order, 7, out)), (formatting.to_owned(), Ok(())));
        assert_eq!(bootstrap::metadata_version(&config.metadata_log_dir).unwrap(), metadata_version);
        assert_eq!(
            version(Some("3.6")).unwrap_err(),
            "Unknown release version \"3.6\". Kedge formats for 3.7-IV2 to 3.9-IV0: give --release-version 3.7, 3.8 or 3.9."
        );
    }
}
