//! Who takes part, gathered anew every second: registrations from the log, the rest by asking.

use std::collections::{BTreeMap, BTreeSet};

use kedge_metadata_state::{BrokerId, Image, image::ZkMigrationState};

use super::ports::{Described, Ports, voter_ids};
use crate::{
    decide::{BrokerStatus, Fleet},
    node_api::MetadataAuthority,
    readiness::QuorumFindings,
    reconcile::assigned_brokers,
};

/// `host:port` of a broker's first listener: every listener serves the node API.
pub(super) fn address(image: &Image, broker_id: BrokerId) -> Option<String> {
    let listener = image.cluster.brokers.get(&broker_id)?.listeners.first()?;
    Some(format!("{}:{}", listener.host, listener.port))
}

/// Every broker that is registered with the quorum or in the tree, asked who it is.
pub(super) async fn described(
    ports: &Ports,
    image: &Image,
    ephemerals: &BTreeMap<BrokerId, Option<String>>,
) -> BTreeMap<BrokerId, Described> {
    let in_tree = ephemerals.iter().filter_map(|(broker_id, address)| Some((*broker_id, address.clone()?)));
    let registered = image.cluster.brokers.keys().filter_map(|id| Some((*id, address(image, *id)?)));
    ports.fleet.describe(in_tree.chain(registered).collect()).await
}

/// Every voter, and whether it registered as ready (KIP-919).
pub(super) fn controllers(ports: &Ports, image: &Image) -> BTreeMap<BrokerId, bool> {
    let is_ready = |id: &BrokerId| image.cluster.controllers.get(id).is_some_and(|known| known.zk_migration_ready);
    voter_ids(&*ports.quorum).into_iter().map(|id| (id, is_ready(&id))).collect()
}

/// What the quorum says of itself, for the readiness check.
pub(super) fn quorum_findings(ports: &Ports, image: &Image, cluster_id: &str) -> QuorumFindings {
    QuorumFindings {
        has_leader: true,
        zk_migration_state: image.features.zk_migration_state,
        cluster_id: cluster_id.to_owned(),
        metadata_version: image.features.metadata_version.map(|level| level.feature_level()),
        controllers: controllers(ports, image),
    }
}

/// The fleet as it is now. `ephemerals` is what was last seen under `/brokers/ids`; it stays so while ZooKeeper does not
/// answer, or is done with.
pub(super) async fn gather(ports: &Ports, image: &Image, ephemerals: &BTreeMap<BrokerId, Option<String>>) -> Fleet {
    let described = described(ports, image, ephemerals).await;
    let rules =
        matches!(image.features.zk_migration_state, ZkMigrationState::Migration | ZkMigrationState::PostMigration);
    let mut broker_ids: BTreeSet<BrokerId> = image.cluster.brokers.keys().chain(ephemerals.keys()).copied().collect();
    if rules {
        broker_ids.extend(assigned_brokers(image));
    }
    let status = |broker_id: BrokerId| {
        let registration = image.cluster.brokers.get(&broker_id);
        let answer = described.get(&broker_id).map(Result::as_ref);
        let description = answer.and_then(Result::ok);
        let is_migrating = registration.is_some_and(|known| known.is_migrating_zk_broker);
        let says_log = description.is_some_and(|known| known.authority == Some(MetadataAuthority::KRaft));
        BrokerStatus {
            is_registered: registration.is_some(),
            is_armed: is_migrating || description.is_some_and(|known| known.is_armed),
            is_alive: registration.is_some_and(|known| !known.fenced),
            has_ephemeral: ephemerals.contains_key(&broker_id),
            follows_log: registration.is_some() && !is_migrating && says_log,
            unreachable: answer.and_then(Result::err).cloned(),
        }
    };
    let brokers = broker_ids.into_iter().map(|broker_id| (broker_id, status(broker_id))).collect();
    Fleet { brokers, controllers: controllers(ports, image) }
}
