//! Where a node without `process.roles` boots: gathers the evidence that [`kedge_migration::switch::boot`] judges.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use kedge_log::{MetaProperties, OsFileSystem};
use kedge_metadata_state::{Authority, BrokerId};
use kedge_metadata_store::{ControllerZnode, ZooKeeperMember};
use kedge_migration::switch::{self, Boot, BootEvidence, TreeRule};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tracing::{info, warn};

use super::source_file::SourceFiles;
use crate::{
    config::KafkaConfig,
    metadata_source::switch::{QuorumSide, log_state},
    random::random_uuid,
    startup::StartupError,
};

/// How long each witness may take per round.
const WITNESS_PATIENCE: Duration = Duration::from_secs(3);
/// Pause between two rounds.
const ROUND_PAUSE: Duration = Duration::from_millis(500);

/// `zookeeper.connection.timeout.ms`, by default the session timeout.
fn connection_timeout(config: &KafkaConfig) -> Duration {
    let timeout_ms = config.zookeeper_connection_timeout_ms.unwrap_or(config.zookeeper_session_timeout_ms);
    crate::settings::millis(timeout_ms)
}

/// The cluster this node belongs to: what its directories say, or `/cluster/id`, created if it is missing; the two must agree.
///
/// A node that has moved may start while ZooKeeper is down; any other gives up after `zookeeper.connection.timeout.ms`, as Kafka does.
pub(super) async fn cluster_id(
    config: &KafkaConfig,
    member: &dyn ZooKeeperMember,
    has_moved: bool,
) -> Result<String, StartupError> {
    let mut found: Vec<(PathBuf, MetaProperties)> = Vec::new();
    for dir in &config.log_dirs {
        if let Some(properties) = MetaProperties::read(&OsFileSystem, dir)? {
            if properties.format_version != 0 {
                return Err(StartupError::Unsupported(format!(
                    "{}: meta.properties has version {}, a broker without process.roles needs version 0",
                    dir.display(),
                    properties.format_version
                )));
            }
            found.push((dir.clone(), properties));
        }
    }
    let stored = found.iter().find_map(|(_, properties)| properties.cluster_id.clone());
    let proposed = stored.clone().unwrap_or_else(|| random_uuid().to_string());
    let patience = if has_moved { WITNESS_PATIENCE } else { connection_timeout(config) };
    let in_tree = timeout(patience, member.cluster_id(&proposed)).await;
    let cluster_id = match (in_tree, stored) {
        (Ok(Ok(cluster_id)), _) => cluster_id,
        (_, Some(stored)) if has_moved => stored,
        (Ok(Err(error)), _) => return Err(StartupError::Unsupported(format!("zookeeper.connect: {error}"))),
        (Err(_), _) => {
            return Err(StartupError::Unsupported(format!(
                "zookeeper.connect: ZooKeeper does not answer within {patience:?}"
            )));
        }
    };
    kedge_log::verify_meta_properties(&found, Some(&cluster_id), Some(config.node_id))?;
    Ok(cluster_id)
}

/// The voters this node knows: of its properties if they arm it, else those it was given live.
pub(super) fn voters(config: &KafkaConfig, files: &SourceFiles) -> BTreeMap<BrokerId, String> {
    if config.zookeeper_metadata_migration_enable {
        return config.controller_quorum_voters.clone();
    }
    files.present().map(|remembered| remembered.voters).unwrap_or_default()
}

/// Decides, waiting as long as nothing is certain.
pub(super) async fn decide(
    config: &KafkaConfig,
    member: &dyn ZooKeeperMember,
    files: &SourceFiles,
    quorum: &watch::Sender<Option<QuorumSide>>,
) -> Result<Authority, StartupError> {
    let followed_log = files.present().is_some_and(|remembered| remembered.follows_log);
    let deadline = Instant::now() + connection_timeout(config);
    let mut last_reason = "";
    loop {
        let quorum = quorum.borrow().clone();
        let (tree, log) = tokio::join!(tree(member), async {
            match &quorum {
                Some(quorum) => log_state((quorum.observe)(), WITNESS_PATIENCE).await,
                None => None,
            }
        });
        let evidence = BootEvidence { is_armed: quorum.is_some(), followed_log, tree, log };
        match switch::boot(evidence) {
            Boot::ZooKeeper => {
                if tree == Some(TreeRule::Quorum) {
                    warn!(
                        node_id = config.node_id,
                        "a move stands between its claim and the end of its copy, or of its hand-over: no controller decides, \
                         so this broker registers and serves clients once one does"
                    );
                }
                return Ok(Authority::ZooKeeper);
            }
            Boot::Log => {
                warn!(
                    node_id = config.node_id,
                    "this node has moved to a KRaft quorum; its properties still say zookeeper.connect without process.roles"
                );
                return Ok(Authority::KRaft);
            }
            // Kafka's own brokers give up too: nothing was started that could be lost.
            Boot::Wait(reason) if !followed_log && tree.is_none() && Instant::now() > deadline => {
                return Err(StartupError::Unsupported(format!("zookeeper.connect: {reason}")));
            }
            Boot::Wait(reason) => {
                if last_reason != reason {
                    info!(node_id = config.node_id, reason, "waiting to know where the cluster's metadata is");
                    last_reason = reason;
                }
            }
        }
        sleep(ROUND_PAUSE).await;
    }
}

async fn tree(member: &dyn ZooKeeperMember) -> Option<TreeRule> {
    let ControllerZnode { controller_id, kraft_controller_epoch } =
        timeout(WITNESS_PATIENCE, member.controller()).await.ok()?.ok()?;
    Some(match controller_id {
        None => TreeRule::Nobody,
        Some(_) if kraft_controller_epoch >= 0 => TreeRule::Quorum,
        Some(_) => TreeRule::Broker,
    })
}
