//! What a controller's work does to the quorum and to the tree.

use super::*;

impl World {
    pub(super) fn perform(&mut self, controller_id: BrokerId, work: Work) -> Result<Reply, String> {
        let is_leader = self.quorum.leader == controller_id
            && self.controllers[&controller_id].kraft_epoch == self.quorum.leader_epoch();
        let down = || "ZooKeeper is down".to_owned();
        Ok(match work {
            Work::Stage if self.is_up => Reply::Staged(Ok(Box::new(self.findings()))),
            Work::Stage => Reply::Staged(Err(kedge_metadata_store::LoadError::Unavailable(down()))),
            Work::Inspect if self.is_up => Reply::Inspected(Ok(self.inspect())),
            Work::Inspect => Reply::Inspected(Err(down())),
            Work::Confirm => Reply::Confirmed(is_leader),
            Work::Seize { kraft_epoch, controller_epoch_zk_version } => {
                if self.raw_tree().zk_version(znodes::CONTROLLER_EPOCH) != Some(controller_epoch_zk_version) {
                    return Ok(Reply::Claimed(Err(ClaimError::Raced("/controller_epoch moved".to_owned()))));
                }
                let mirror = &self.controllers[&controller_id].mirror;
                Reply::Claimed(self.runtime.block_on(mirror.seize(controller_id, kraft_epoch)))
            }
            Work::Adopt { kraft_epoch } => Reply::Claimed(self.adopt(controller_id, kraft_epoch)),
            Work::Relist { claim } => {
                let mirror = &self.controllers[&controller_id].mirror;
                let listed = self.runtime.block_on(mirror.barrier_and_relist(&claim));
                Reply::Listed(
                    listed.map(|tree| Listing { tree: Arc::new(tree), uncarried: UncarriedCounts::default() }),
                )
            }
            Work::Commit { batches } => Reply::Commit(self.commit(is_leader, batches)),
            Work::Abort if is_leader => {
                if self.quorum.is_in_transaction() {
                    let abort = AbortTransactionRecord { reason: Some("a new leader".to_owned()) };
                    self.quorum.append(vec![MetadataRecord::AbortTransaction(abort).into()]);
                }
                Reply::Commit(CommitReply::Committed)
            }
            Work::Abort => Reply::Commit(CommitReply::Refused),
            Work::Reload => Reply::Loaded(is_leader.then(|| self.quorum.loaded())),
            Work::Apply { claim, mut plan } => {
                if self.bug == Some(PlantedBug::PlanLeavesConfigsOut) {
                    let mut image = (*plan.image).clone();
                    image.configs = self.tree().configs;
                    plan.image = Arc::new(image);
                }
                let mirror = &self.controllers[&controller_id].mirror;
                Reply::Applied(self.runtime.block_on(mirror.apply(&claim, plan)))
            }
            Work::Mark { mut claim, progress } => {
                let mirror = &self.controllers[&controller_id].mirror;
                let marked = self.runtime.block_on(mirror.set_progress(&mut claim, progress));
                Reply::Marked(marked.map(|()| claim.migration_zk_version))
            }
            Work::Pad { claim, pads } => {
                let mirror = &self.controllers[&controller_id].mirror;
                Reply::Padded(self.runtime.block_on(mirror.pad(&claim, pads)))
            }
            Work::Verify if !self.is_up => Reply::Verified(Verdict::NotComparable),
            Work::Verify => {
                let tree = verify::summarize(&self.tree());
                Reply::Verified(verify::compare(&tree, &self.quorum.image, false).verdict)
            }
            Work::HandOver { successor } => Reply::HandedOver(self.take_over(successor)),
        })
    }

    /// Entries one by one: a leader may be deposed, and a reply lost, between any two.
    fn commit(&mut self, is_leader: bool, batches: Vec<Vec<Record>>) -> CommitReply {
        if !is_leader {
            return CommitReply::Refused;
        }
        for mut batch in batches {
            if self.bug == Some(PlantedBug::DriverForgetsProducerIds) {
                let is_id = |record: &Record| matches!(record, Record::Metadata(MetadataRecord::ProducerIds(_)));
                batch.retain(|record| !is_id(record));
            }
            // A copy may reach the log in pieces, as one of many entries does.
            let is_copy = matches!(batch.first(), Some(Record::Metadata(MetadataRecord::BeginTransaction(_))));
            if is_copy && self.random.one_in(8) {
                batch.truncate(batch.len() / 2);
                self.quorum.append(batch);
                self.note("the commit is cut off");
                return CommitReply::Unknown;
            }
            self.quorum.append(batch);
        }
        if self.random.one_in(12) {
            self.note("the commit's reply is lost");
            self.tell_committed();
            return CommitReply::Unknown;
        }
        CommitReply::Committed
    }

    pub(super) fn findings(&self) -> Findings {
        let broker = BrokerFindings {
            has_ephemeral: true,
            is_kedge_of_this_version: Some(true),
            is_armed: true,
            ..Default::default()
        };
        let inspection = self.inspect();
        Findings {
            migration: inspection.migration,
            zk_controller_epoch: Some(self.controller_epoch()),
            cluster_id: "simulated".to_owned(),
            brokers: BROKERS.map(|broker_id| (broker_id, broker.clone())).into(),
            quorum: Some(QuorumFindings {
                has_leader: true,
                zk_migration_state: self.quorum.state(),
                cluster_id: "simulated".to_owned(),
                metadata_version: Some(21),
                controllers: CONTROLLERS.map(|controller_id| (controller_id, true)).into(),
            }),
            ..Default::default()
        }
    }

    pub(super) fn inspect(&self) -> Inspection {
        let tree = self.raw_tree();
        let migration = match tree.get(znodes::MIGRATION) {
            None => MigrationZnode::Absent,
            Some(node) => MigrationZnode::Content {
                progress: znodes::decode_migration(&node.data).expect("we wrote it"),
                zk_version: node.stat.zk_version,
            },
        };
        Inspection {
            controller: read_controller(&tree).expect("we wrote it"),
            controller_epoch_zk_version: tree.zk_version(znodes::CONTROLLER_EPOCH),
            migration,
            log_epochs: self.quorum.epochs.clone(),
            log_end_offset: self.quorum.end_offset(),
        }
    }

    /// The claim that stands, with `/migration` written once under it.
    fn adopt(&mut self, controller_id: BrokerId, kraft_epoch: KRaftEpoch) -> Result<Claim, ClaimError> {
        if !self.is_up {
            return Err(ClaimError::Unavailable("ZooKeeper is down".to_owned()));
        }
        let tree = self.raw_tree();
        let migration = tree.get(znodes::MIGRATION).map(|node| (node.data.clone(), node.stat.zk_version));
        let Some((data, zk_version)) = migration else {
            return Err(ClaimError::Refused("there is no claim".to_owned()));
        };
        let set = Op::set(znodes::MIGRATION, data, Some(zk_version));
        self.zookeeper.outside_write(&[set]).expect("nobody moves in between");
        Ok(Claim {
            zk_controller_epoch: self.controller_epoch(),
            controller_epoch_zk_version: tree.zk_version(znodes::CONTROLLER_EPOCH).expect("there"),
            migration_zk_version: zk_version + 1,
            kraft_epoch,
            controller_id,
        })
    }

    /// Back5. The reply, or the request, may be lost.
    fn take_over(&mut self, successor: BrokerId) -> Result<(), ClaimError> {
        let unavailable = || ClaimError::Unavailable("the successor does not answer".to_owned());
        if !self.is_up || self.random.one_in(6) {
            return Err(unavailable());
        }
        if self.inspect().controller.kraft_controller_epoch >= 0 {
            self.write_controller(successor);
        }
        if self.random.one_in(6) { Err(unavailable()) } else { Ok(()) }
    }

    /// A broker's claim: the epoch first, then what stands in the way, then its own znode.
    pub(super) fn write_controller(&mut self, broker_id: BrokerId) {
        let tree = self.raw_tree();
        let zk_version = tree.zk_version(znodes::CONTROLLER_EPOCH);
        let next_epoch = znodes::encode_controller_epoch(self.controller_epoch() + 1);
        let mut ops = vec![Op::set(znodes::CONTROLLER_EPOCH, next_epoch, zk_version)];
        let in_the_way = [znodes::CONTROLLER, znodes::MIGRATION].into_iter().filter(|path| tree.contains(path));
        ops.extend(in_the_way.map(|path| Op::delete(path, tree.zk_version(path))));
        ops.push(Op::create_ephemeral(znodes::CONTROLLER, znodes::encode_controller(broker_id, self.now, -1)));
        self.zookeeper.outside_write(&ops).expect("nobody moves in between");
        self.note(format!("broker {broker_id} takes /controller"));
        // Back7: it pushes everything to every broker that listens to it.
        let image = self.tree();
        for broker in self.brokers.values_mut().filter(|broker| !broker.follows_log) {
            broker.image = image.clone();
        }
    }
}
