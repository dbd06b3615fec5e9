//! What a controller's work does to the quorum and to the tree.

use super::*;

impl World {
    pub(super) fn perform(&mut self, controller_id: BrokerId, work: Work) -> Result<Reply, String> {
        let is_leader = self.quorum.leader == controller_id
            && self.controllers[&controller_id].kraft_epoch == self.quorum.leader_epoch();
        Ok(match work {
            Work::Stage => Reply::Staged(self.stage(controller_id)),
            Work::Inspect => Reply::Inspected(self.inspect(controller_id)),
            Work::Confirm => Reply::Confirmed(is_leader),
            Work::Seize { kraft_epoch, controller_epoch_zk_version } => {
                let mirror = &self.controllers[&controller_id].mirror;
                let seized = mirror.seize(controller_id, kraft_epoch, controller_epoch_zk_version);
                Reply::Claimed(self.runtime.block_on(seized))
            }
            Work::Adopt { kraft_epoch } => {
                let mirror = &self.controllers[&controller_id].mirror;
                Reply::Claimed(self.runtime.block_on(mirror.adopt(controller_id, kraft_epoch)))
            }
            Work::Relist { claim } => {
                let mirror = &self.controllers[&controller_id].mirror;
                let listed = self.runtime.block_on(mirror.barrier_and_relist(&claim));
                Reply::Listed(listed.map(Listing::from))
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

    fn stage(&self, controller_id: BrokerId) -> Result<Box<Findings>, LoadError> {
        let mirror = &self.controllers[&controller_id].mirror;
        let control = self.runtime.block_on(mirror.inspect()).map_err(LoadError::Unavailable)?;
        let staged = self.runtime.block_on(mirror.stage())?;
        let broker = BrokerFindings {
            has_ephemeral: true,
            is_kedge_of_this_version: Some(true),
            is_armed: true,
            ..Default::default()
        };
        Ok(Box::new(Findings {
            migration: control.migration,
            zk_controller_epoch: control.controller_epoch,
            highest_stamp: staged.highest_stamp,
            uncarried: staged.uncarried,
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
        }))
    }

    fn inspect(&self, controller_id: BrokerId) -> Result<Inspection, String> {
        let mirror = &self.controllers[&controller_id].mirror;
        let control = self.runtime.block_on(mirror.inspect())?;
        Ok(Inspection {
            controller: control.controller,
            controller_epoch_zk_version: control.controller_epoch_zk_version,
            migration: control.migration,
            log_epochs: self.quorum.epochs.clone(),
            log_end_offset: self.quorum.end_offset(),
        })
    }

    /// Back5. The reply, or the request, may be lost.
    fn take_over(&mut self, successor: BrokerId) -> Result<(), ClaimError> {
        let unavailable = || ClaimError::Unavailable("the successor does not answer".to_owned());
        if !self.is_up || self.random.one_in(6) {
            return Err(unavailable());
        }
        if self.controller_znode().kraft_controller_epoch >= 0 {
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
