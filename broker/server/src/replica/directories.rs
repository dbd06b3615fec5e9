//! Tells the controller in which log directory each replica here is (KIP-858), wherever metadata says something else: after a copy from
//! ZooKeeper, which knows no directories, and after the broker chose one itself.

use std::{sync::Arc, time::Duration};

use kedge_metadata_state::{Authority, Image};
use tracing::{debug, info};

use super::ReplicaManager;
use crate::controller_link::DirectoryAssignment;

/// Pause between two looks. Nothing waits for it: until a directory fails nobody needs to know where a replica is.
pub(super) const INTERVAL: Duration = Duration::from_millis(500);
/// Most assignments in one request (Kafka's `AssignmentsManager`).
const ASSIGNMENTS_MAX: usize = 2250;

impl ReplicaManager {
    /// What the controller does not know, or knows wrongly.
    fn unassigned(&self, image: &Image) -> Vec<DirectoryAssignment> {
        let mut assignments = Vec::new();
        for partition in self.online() {
            let id = partition.id();
            let Some(state) = image.topics.partition(&id.topic_id, id.partition_id) else { continue };
            let known = state.directory(self.config.broker_id);
            let Some(directory_id) = self.logs.directory_id_of(partition.log().topic_partition()) else { continue };
            if known.is_some_and(|known| known != directory_id) {
                let (topic_id, partition_id) = (id.topic_id, id.partition_id);
                assignments.push(DirectoryAssignment { directory_id, topic_id, partition_id });
            }
            if assignments.len() == ASSIGNMENTS_MAX {
                break;
            }
        }
        assignments
    }

    /// One look. `looked_at` is the image of the last one after which nothing was left to say.
    pub(super) async fn assign_directories(&self, looked_at: &mut Option<Arc<Image>>) {
        let image = self.context.image();
        let linked = self.context.link.load();
        let is_looked_at = looked_at.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &image));
        if is_looked_at || image.dialect.authority != Authority::KRaft || linked.broker_epoch.value < 0 {
            return;
        }
        let assignments = self.unassigned(&image);
        if assignments.is_empty() {
            *looked_at = Some(image);
            return;
        }
        let count = assignments.len();
        match linked.link.assign_directories(assignments).await {
            Ok(()) => info!(count, "told the controller in which log directories replicas are"),
            Err(error) => debug!(%error, count, "the controller did not take directory assignments"),
        }
    }
}
