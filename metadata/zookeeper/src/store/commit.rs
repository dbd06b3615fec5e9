//! Units into fenced multis, one after the other; what became of each.

use std::collections::BTreeSet;

use kedge_metadata_state::{
    Delta, Image, Record, Touched,
    image::ConfigResourceType,
    records::{ConfigRecord, MetadataRecord},
};
use kedge_metadata_store::{CommitError, Held, Outcome, Unit};

use super::{Actor, FenceKey, can_hold, fence_of};
use crate::{
    executor::{ExecuteError, execute},
    plan::{PlanError, PlanInput, PlanMode, plan},
    reader::Reader,
    znodes,
};

/// How often a unit is planned again because the shadow was behind although the content it was decided on stands.
const PLANS_MAX: usize = 4;

impl Actor {
    pub(super) async fn commit(&mut self, key: FenceKey, units: Vec<Unit>) -> Result<Vec<Outcome>, CommitError> {
        if self.reign != Some(key) {
            return Err(CommitError::Fenced);
        }
        if !self.loaded && self.reload(false).await.is_err() {
            return Err(CommitError::Unavailable("nothing has been read yet".to_owned()));
        }
        let mut outcomes = Vec::with_capacity(units.len());
        for unit in units {
            match self.commit_unit(key, &unit).await {
                Ok(outcome) => outcomes.push(outcome),
                Err(UnitError::Fenced) => {
                    self.depose();
                    return Err(CommitError::Fenced);
                }
                Err(UnitError::Unavailable(cause)) if outcomes.is_empty() => {
                    return Err(CommitError::Unavailable(cause));
                }
                Err(UnitError::Unavailable(cause) | UnitError::Unknown(cause)) => {
                    return Err(CommitError::Unknown { from_unit: outcomes.len(), cause });
                }
            }
        }
        Ok(outcomes)
    }

    async fn commit_unit(&mut self, key: FenceKey, unit: &Unit) -> Result<Outcome, UnitError> {
        if let Some(record) = unit.records.iter().find(|record| can_hold(record) == Held::No) {
            return Ok(Outcome::NotHeld(Box::new(record.clone())));
        }
        let mut changed_meanwhile = false;
        for _ in 0..PLANS_MAX {
            let mut delta = Delta::new(&self.image);
            if delta.replay_all(&unit.records).is_err() {
                return Ok(Outcome::Conflict { now: Vec::new() });
            }
            let (after, touched) = delta.apply();
            if changed_meanwhile {
                return Ok(Outcome::Conflict { now: present_content(&self.image, &touched) });
            }
            self.list_deleted_topics(&touched).await?;
            let input = PlanInput {
                before: &self.image,
                after: &after,
                touched: &touched,
                records: &unit.records,
                shadow: &self.shadow,
                controller_epoch: key.0,
                mode: PlanMode::Authority,
            };
            let planned = match plan(input) {
                Ok(planned) => planned,
                Err(PlanError::TooLarge { .. }) => return Ok(Outcome::TooLarge),
                Err(PlanError::Stale { .. }) => {
                    self.refresh_touched(&touched).await?;
                    return Ok(Outcome::Conflict { now: present_content(&self.image, &touched) });
                }
            };
            let zk = self.zk.clone().ok_or(UnitError::Fenced)?;
            match execute(&zk, &[fence_of(key)], planned, &mut self.shadow).await {
                Ok(()) => return Ok(Outcome::Committed(self.publish(unit.records.clone(), true))),
                Err((ExecuteError::Fenced, _)) => return Err(UnitError::Fenced),
                Err((ExecuteError::Unknown(cause), _) | (ExecuteError::Unavailable(cause), true)) => {
                    return Err(UnitError::Unknown(cause));
                }
                Err((ExecuteError::Unavailable(cause), false)) => return Err(UnitError::Unavailable(cause)),
                Err((ExecuteError::Stale(_), _)) => changed_meanwhile = self.refresh_touched(&touched).await?,
            }
        }
        Err(UnitError::Unavailable("the tree changes faster than it can be read".to_owned()))
    }

    /// A topic is deleted bottom-up with everything that hangs below it, known or not.
    async fn list_deleted_topics(&mut self, touched: &Touched) -> Result<(), UnitError> {
        let Some(zk) = self.zk.clone() else { return Err(UnitError::Fenced) };
        for topic in touched.topics_deleted.values() {
            let mut reader = Reader { zk: &zk, armed: Some(&mut self.armed) };
            let walked = reader.walk(&mut self.shadow, &znodes::topic_path(&topic.name)).await;
            walked.map_err(|error| UnitError::Unavailable(error.to_string()))?;
        }
        Ok(())
    }

    /// Reads again what a unit is about. True if it holds something else than the image said.
    async fn refresh_touched(&mut self, touched: &Touched) -> Result<bool, UnitError> {
        let mut topic_names = BTreeSet::new();
        let topic_ids = touched.partitions.iter().map(|partition| &partition.topic_id).chain(&touched.topics_created);
        for topic_id in topic_ids {
            if let Some(topic) = self.image.topics.by_id.get(topic_id) {
                topic_names.insert(topic.name.clone());
            }
        }
        topic_names.extend(touched.topics_deleted.values().map(|topic| topic.name.clone()));
        let mut paths: BTreeSet<String> = touched.configs.iter().filter_map(znodes::config_path).collect();
        paths.extend(topic_names.iter().map(|name| format!("{}/{name}", znodes::TOPIC_CONFIGS)));
        paths.extend(topic_names.iter().map(|name| znodes::delete_topic_path(name)));
        paths.insert(znodes::PRODUCER_ID_BLOCK.to_owned());
        let resources = touched.configs.iter().cloned().collect();
        let refreshed = self.reread(topic_names, paths, resources).await;
        refreshed.map_err(|error| UnitError::Unavailable(error.to_string()))
    }
}

enum UnitError {
    Fenced,
    Unavailable(String),
    Unknown(String),
}

/// What a unit was about, as it stands: absolute records.
fn present_content(image: &Image, touched: &Touched) -> Vec<Record> {
    let mut now = Vec::new();
    for partition in &touched.partitions {
        if let Some(present) = image.topics.partition(&partition.topic_id, partition.partition_id) {
            let record = present.to_record(partition.topic_id, partition.partition_id);
            now.push(MetadataRecord::Partition(record).into());
        }
    }
    for resource in &touched.configs {
        let Some(config) = image.configs.by_resource.get(resource) else { continue };
        for (key, value) in config.iter() {
            let record = ConfigRecord {
                resource_type: ConfigResourceType::from_code(resource.resource_type as i8).map_or(0, |kind| kind as i8),
                resource_name: resource.resource_name.clone(),
                name: key.clone(),
                value: Some(value.clone()),
            };
            now.push(MetadataRecord::Config(record).into());
        }
    }
    now
}
