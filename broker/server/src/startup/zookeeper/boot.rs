//! Where a node without `process.roles` boots: gathers the evidence that [`kedge_migration::switch::boot`] judges.

use std::{collections::BTreeMap, path::PathBuf, pin::pin, time::Duration};

use kedge_log::{MetaProperties, OsFileSystem};
use kedge_metadata_state::{Authority, BrokerId};
use kedge_metadata_store::{ControllerZnode, MemberError, ZooKeeperMember};
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
/// How often a start that waits says so.
const WORD_EVERY: Duration = Duration::from_secs(2);
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
    let connect = config.zookeeper_connect.as_deref().unwrap_or_default();
    let in_tree = wait_for_zookeeper(connect, patience, || member.cluster_id(&proposed)).await;
    let cluster_id = match (in_tree, stored) {
        (Ok(cluster_id), _) => cluster_id,
        (Err(_), Some(stored)) if has_moved => stored,
        (Err(problem), _) => return Err(StartupError::Unsupported(format!("zookeeper.connect: {problem}"))),
    };
    kedge_log::verify_meta_properties(&found, Some(&cluster_id), Some(config.node_id))?;
    Ok(cluster_id)
}

/// Asks until ZooKeeper answers, at most for `patience`, and says every two seconds what it waits for: `zookeeper.connection.timeout.ms`
/// may be a quarter of an hour.
async fn wait_for_zookeeper<T, F: Future<Output = Result<T, MemberError>>>(
    connect: &str,
    patience: Duration,
    ask: impl Fn() -> F,
) -> Result<T, String> {
    let started = Instant::now();
    let answered = async {
        loop {
            match ask().await {
                Err(MemberError::Unavailable(_)) => sleep(ROUND_PAUSE).await,
                answered => return answered,
            }
        }
    };
    let mut answered = pin!(timeout(patience, answered));
    loop {
        match timeout(WORD_EVERY, &mut answered).await {
            Ok(Ok(answer)) => return answer.map_err(|error| error.to_string()),
            Ok(Err(_)) => return Err(format!("ZooKeeper at {connect} does not answer within {patience:?}")),
            Err(_) => warn!(
                "waiting for ZooKeeper at {connect}: no answer for {} s, giving up after {} s (zookeeper.connection.timeout.ms)",
                started.elapsed().as_secs(),
                patience.as_secs()
            ),
        }
    }
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::logging::LinesForTest;

    /// `zookeeper.connection.timeout.ms=1000000` of the tutorial: a call of a member gives up after 30 s, the start does not.
    #[tokio::test(start_paused = true)]
    async fn a_start_waits_as_long_as_its_key_says_and_is_never_silent() {
        let lines = LinesForTest::default();
        let _guard = lines.capture();
        let calls = Cell::new(0);
        let never = || async {
            calls.set(calls.get() + 1);
            sleep(Duration::from_secs(30)).await;
            Err::<(), _>(MemberError::Unavailable("no session".to_owned()))
        };
        let patience = Duration::from_millis(1_000_000);
        let started = Instant::now();
        let given_up = wait_for_zookeeper("zk1:2181,zk2:2181", patience, never).await;
        assert_eq!(given_up.unwrap_err(), "ZooKeeper at zk1:2181,zk2:2181 does not answer within 1000s");
        assert_eq!((started.elapsed(), calls.get()), (patience, 33));
        let told = lines.text();
        assert_eq!(told.lines().count(), 499, "a word every two seconds");
        assert!(told.contains("waiting for ZooKeeper at zk1:2181,zk2:2181: no answer for 2 s, giving up after 1000 s"));

        let late = || async {
            sleep(Duration::from_secs(3)).await;
            Ok(7)
        };
        assert_eq!(wait_for_zookeeper("zk", patience, late).await, Ok(7));
        let bad = || async { Err::<(), _>(MemberError::Bad("/cluster/id: no JSON".to_owned())) };
        assert_eq!(wait_for_zookeeper("zk", patience, bad).await.unwrap_err(), "/cluster/id: no JSON");
    }
}
