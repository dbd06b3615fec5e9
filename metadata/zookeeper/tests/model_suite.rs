//! The contract suite on the pure tree model, as ZooKeeper 3.5 and later and as 3.4.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use kedge_metadata_state::{BrokerId, Delta, Record};
use kedge_metadata_store::{
    MetadataStore, contract_suite,
    suite::{Ability, Fault, Harness},
};
use kedge_zookeeper::{
    ZooKeeperStore,
    model_client::{ModelCluster, WriteFault},
    plan::{PlanInput, PlanMode, ZNODE_BYTES_MAX, plan},
    tree::read_image,
    tree_model::TreeModel,
    zk::Op,
    znodes,
};

struct Model<const CREATES_IN_MULTI: bool>(ModelCluster);

#[async_trait]
impl<const CREATES_IN_MULTI: bool> Harness for Model<CREATES_IN_MULTI> {
    async fn start() -> Self {
        let cluster = ModelCluster::new(CREATES_IN_MULTI);
        let top_level = znodes::TOP_LEVEL.map(|path| Op::create(path, Vec::new()));
        cluster.outside_write(&top_level).expect("an empty tree takes them");
        Model(cluster)
    }

    async fn open(&self, node_id: BrokerId) -> Arc<dyn MetadataStore> {
        Arc::new(ZooKeeperStore::open(Arc::new(self.0.connector(node_id))))
    }

    fn supports(&self, ability: Ability) -> bool {
        match ability {
            Ability::FollowLeadership => false,
            // On 3.4 a topic is several writes: a lost reply may leave a part of it, which the next election completes.
            Ability::LoseCommitReply => CREATES_IN_MULTI,
            _ => true,
        }
    }

    async fn inject(&self, fault: Fault) {
        let topics = || znodes::TOPICS.to_owned();
        match fault {
            Fault::LoseCommitReply(node_id) => {
                self.0.fail_write(node_id, WriteFault::LoseReply { path_prefix: topics() });
            }
            Fault::LoseCommitRequest(node_id) => {
                self.0.fail_write(node_id, WriteFault::LoseRequest { path_prefix: topics() });
            }
            Fault::LoseClaimReply(node_id) => {
                self.0.fail_write(node_id, WriteFault::LoseReply { path_prefix: znodes::CONTROLLER.to_owned() });
            }
            Fault::RefuseCommit(node_id) => {
                let path = znodes::CONTROLLER_EPOCH.to_owned();
                // An empty multi is nothing but its fence, which 3.4 sends before the first create.
                self.0.fail_write(node_id, WriteFault::SetBefore { path_prefix: "/config".to_owned(), path });
            }
            Fault::ExpireSession(node_id) => self.0.expire(node_id),
            Fault::ForeignEdit(records) => {
                self.0.outside_write(&foreign_ops(&self.0.tree(), &records)).expect("the edit fits the tree");
            }
            Fault::ForeignEditDuringLoad(node_id, records) => {
                let ops = foreign_ops(&self.0.tree(), &records);
                self.0.edit_after_read(node_id, znodes::TOPICS, ops);
            }
            Fault::KillServer => {
                self.0.set_available(false);
                let cluster = self.0.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    cluster.set_available(true);
                });
            }
            Fault::Heal => self.0.set_available(true),
        }
    }

    async fn depose(&self, ruling: BrokerId) -> BrokerId {
        self.0.expire(ruling);
        ruling % 3 + 1
    }

    fn oversize_bytes(&self) -> usize {
        ZNODE_BYTES_MAX
    }
}

/// What somebody who is not under test would write for these records.
fn foreign_ops(model: &TreeModel, records: &[Record]) -> Vec<Op> {
    let shadow = model.known();
    let before = read_image(&shadow).image;
    let mut delta = Delta::new(&before);
    delta.replay_all(records).expect("the edit fits the image");
    let (after, touched) = delta.apply();
    let input = PlanInput {
        before: &before,
        after: &after,
        touched: &touched,
        records,
        shadow: &shadow,
        controller_epoch: 1,
        mode: PlanMode::Authority,
    };
    plan(input).expect("the edit can be planned").stages.into_iter().flatten().flatten().collect()
}

mod zookeeper_3_5 {
    //! Creates inside multis.
    super::contract_suite!(super::Model<true>);
}

mod zookeeper_3_4 {
    //! Creates by themselves.
    super::contract_suite!(super::Model<false>);
}
