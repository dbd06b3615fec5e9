//! `kedge storage`: the texts and exit codes of Kafka 3.9's `kafka-storage.sh`.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use kedge_log::{META_PROPERTIES, MetaProperties, OsFileSystem, write_atomically};
use kedge_metadata_state::{MetadataVersion, metadata_version::METADATA_VERSION_FEATURE};
use kedge_protocol::{
    Message,
    batch::{BatchBuilder, ControlType},
    control_records::{SnapshotFooterRecord, SnapshotHeaderRecord},
    metadata_records::{FeatureLevelRecord, MetadataRecord},
    wire::Encoder,
};

use super::{ToolError, load_config};
use crate::{
    clock::{Clock as _, SystemClock},
    config::KafkaConfig,
    random::random_uuid,
    settings,
};

/// `bootstrap.checkpoint`: what the first controller of an empty log starts the cluster with.
const BOOTSTRAP_CHECKPOINT: &str = "bootstrap.checkpoint";

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
            format(&config, &args.cluster_id, args.ignore_formatted, SystemClock.now_ms(), out)
        }
        StorageCommand::Info(args) => {
            let (config, _) = load_config(Some(&args.config), &[])?;
            info(&config, out)
        }
    }
}

/// Writes `meta.properties` and `bootstrap.checkpoint` into every directory that has none.
pub(crate) fn format(
    config: &KafkaConfig,
    cluster_id: &str,
    ignore_formatted: bool,
    now_ms: i64,
    out: &mut impl Write,
) -> Result<(), ToolError> {
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
    let metadata_version = MetadataVersion::LATEST;
    for dir in unformatted {
        let kind = if *dir == config.metadata_log_dir { "metadata directory" } else { "data directory" };
        writeln!(out, "Formatting {kind} {} with metadata.version {metadata_version}.", dir.display())?;
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
    let bootstrap = bootstrap_checkpoint(metadata_version, now_ms);
    write_atomically(&OsFileSystem, &dir.join(BOOTSTRAP_CHECKPOINT), &bootstrap).map_err(ToolError::new)?;
    // Last, since it is what makes the directory count as formatted.
    let properties = MetaProperties {
        format_version: 1,
        cluster_id: Some(cluster_id.to_owned()),
        node_id: Some(node_id),
        directory_id: Some(random_uuid()),
    };
    properties.write(&OsFileSystem, dir).map_err(ToolError::new)
}

/// A snapshot of one record, the metadata.version: header, data and footer batch, at leader epoch 0 from offset 0.
fn bootstrap_checkpoint(metadata_version: MetadataVersion, now_ms: i64) -> Vec<u8> {
    let mut feature = Vec::new();
    MetadataRecord::FeatureLevel(FeatureLevelRecord {
        name: METADATA_VERSION_FEATURE.to_owned(),
        feature_level: metadata_version.feature_level(),
    })
    .encode_frame(0, &mut feature)
    .expect("a feature level has version 0");

    let control = |base_offset, control_type, value: &[u8]| {
        let mut batch = BatchBuilder::new(base_offset).partition_leader_epoch(0).control();
        batch.append_control(now_ms, control_type, value);
        batch.build()
    };
    let header = SnapshotHeaderRecord { version: 0, last_contained_log_timestamp: 0 };
    let footer = SnapshotFooterRecord { version: 0 };
    let mut data = BatchBuilder::new(1).partition_leader_epoch(0);
    data.append(now_ms, None, Some(&feature), &[]);
    [
        control(0, ControlType::SnapshotHeader, &encoded(&header)),
        data.build(),
        control(2, ControlType::SnapshotFooter, &encoded(&footer)),
    ]
    .concat()
}

fn encoded(message: &impl Message) -> Vec<u8> {
    let mut out = Encoder::new();
    message.encode(0, &mut out).expect("the control record has version 0");
    out.into_bytes().to_vec()
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
    use kedge_protocol::batch::BatchIter;

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
        let format_as = |cluster_id: &str, config: &KafkaConfig, ignore| {
            outcome(root, |out| format(config, cluster_id, ignore, 7, out))
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

    /// The batches of a file that Apache 3.9.2's StorageTool wrote, each with the time it carries.
    const APACHE_BOOTSTRAP: [(i64, &str); 3] = [
        (
            1_795_274_722_182,
            "00000000000000000000004700000000024aff3b8c002000000000000001a1feb64b86000001a1feb64b86ffff\
             ffffffffffffffffffffffff000000012a000000080000000316000000000000000000000000",
        ),
        (
            1_795_274_722_337,
            "00000000000000010000004f0000000002001c8e0d000000000000000001a1feb64c21000001a1feb64c21ffff\
             ffffffffffffffffffffffff000000013a000000012e010c00116d657461646174612e76657273696f6e001500\
             00",
        ),
        (
            1_795_274_722_338,
            "00000000000000020000003f0000000002c07524d7002000000000000001a1feb64c22000001a1feb64c22ffff\
             ffffffffffffffffffffffff000000011a00000008000000040600000000",
        ),
    ];

    #[test]
    fn the_bootstrap_checkpoint_is_apaches_byte_for_byte() {
        for (index, (written_at_ms, apache)) in APACHE_BOOTSTRAP.into_iter().enumerate() {
            let checkpoint = bootstrap_checkpoint(MetadataVersion::LATEST, written_at_ms);
            let batch = BatchIter::new(&checkpoint).nth(index).unwrap().unwrap();
            let hex: String = batch.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, apache, "batch {index}");
        }
    }
}
