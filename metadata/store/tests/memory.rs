//! The contract suite on the memory store.

use std::sync::Arc;

use async_trait::async_trait;
use kedge_metadata_state::{BrokerId, Dialect, Image};
use kedge_metadata_store::{
    MetadataStore, contract_suite,
    memory::{MemoryCluster, MemoryFault, UNIT_BYTES_MAX},
    suite::{Ability, Fault, Harness},
};

struct Memory(MemoryCluster);

#[async_trait]
impl Harness for Memory {
    async fn start() -> Memory {
        Memory(MemoryCluster::new(Image::empty(Dialect::ZOOKEEPER)))
    }

    async fn open(&self, node_id: BrokerId) -> Arc<dyn MetadataStore> {
        Arc::new(self.0.open(node_id))
    }

    fn supports(&self, _: Ability) -> bool {
        true
    }

    async fn inject(&self, fault: Fault) {
        match fault {
            Fault::LoseCommitReply(node_id) => self.0.inject(node_id, MemoryFault::LoseCommitReply),
            Fault::LoseCommitRequest(node_id) => self.0.inject(node_id, MemoryFault::LoseCommitRequest),
            Fault::LoseClaimReply(node_id) => self.0.inject(node_id, MemoryFault::LoseClaimReply),
            Fault::RefuseCommit(node_id) => self.0.inject(node_id, MemoryFault::RefuseCommit),
            Fault::ExpireSession(node_id) => self.0.inject(node_id, MemoryFault::ExpireSession),
            Fault::ForeignEdit(records) => self.0.foreign_edit(records),
            Fault::ForeignEditDuringLoad(node_id, records) => {
                self.0.inject(node_id, MemoryFault::EditDuringLoad(records));
            }
            // There is one server. It is back before the caller's patience ends.
            Fault::KillServer => {
                self.0.set_available(false);
                let cluster = self.0.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                    cluster.set_available(true);
                });
            }
            Fault::Heal => self.0.set_available(true),
        }
    }

    async fn depose(&self, ruling: BrokerId) -> BrokerId {
        self.0.inject(ruling, MemoryFault::ExpireSession);
        ruling % 3 + 1
    }

    fn oversize_bytes(&self) -> usize {
        UNIT_BYTES_MAX + 1
    }
}

contract_suite!(Memory);
