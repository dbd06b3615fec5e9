//! Who leads instead (KIP-951): Produce v10+ and Fetch v16+ tell a client that asked the wrong broker.

use std::collections::BTreeMap;

use kedge_metadata_state::{BrokerId, Image, TopicIdPartition};
use kedge_protocol::ErrorCode;

/// Whether an error is worth a hint.
pub(crate) fn is_due(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::NOT_LEADER_OR_FOLLOWER | ErrorCode::FENCED_LEADER_EPOCH)
}

/// Leader and leader epoch as this broker knows them.
pub(crate) fn leader_of(image: &Image, id: TopicIdPartition) -> Option<(BrokerId, i32)> {
    let partition = image.topics.partition(&id.topic_id, id.partition_id)?;
    Some((partition.leader, partition.leader_epoch))
}

/// A node a client is sent to: id, host, port, rack.
pub(crate) type NodeAddress = (BrokerId, String, i32, Option<String>);

/// The addresses of the leaders that hints name, each once.
#[derive(Default)]
pub(crate) struct HintedNodes {
    nodes: BTreeMap<BrokerId, NodeAddress>,
}

impl HintedNodes {
    /// Adds a leader's address on the listener the client came over.
    pub(crate) fn add(&mut self, image: &Image, broker_id: BrokerId, listener_name: &str) {
        let Some(broker) = image.cluster.brokers.get(&broker_id) else { return };
        let Some(endpoint) = broker.listener(listener_name) else { return };
        let address = (broker_id, endpoint.host.clone(), i32::from(endpoint.port), broker.rack.clone());
        self.nodes.insert(broker_id, address);
    }

    pub(crate) fn into_addresses(self) -> impl Iterator<Item = NodeAddress> {
        self.nodes.into_values()
    }
}
