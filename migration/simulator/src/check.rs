//! What may never be.

use kedge_metadata_state::Image;
use kedge_migration::reconcile::repair;

/// What `now` has lost of `before`: the ruling image before and after a step in which nobody was allowed to change
/// anything. Leader epochs and producer ids may rise, never fall.
pub fn lost(before: &Image, now: &Image) -> Option<String> {
    for topic in before.topics.by_id.values() {
        for (partition_id, was) in &topic.partitions {
            let name = format!("{}-{partition_id}", topic.name);
            let Some(is) = now.topics.partition(&topic.topic_id, *partition_id) else {
                return Some(format!("partition {name} disappeared"));
            };
            if is.leader_epoch < was.leader_epoch {
                return Some(format!("leader epoch of {name} fell from {} to {}", was.leader_epoch, is.leader_epoch));
            }
            if (&is.replicas, &is.isr, is.leader) != (&was.replicas, &was.isr, was.leader) {
                return Some(format!("partition {name} changed: {was:?} became {is:?}"));
            }
        }
    }
    if now.topics.by_id.len() != before.topics.by_id.len() {
        return Some("a topic came back".to_owned());
    }
    if now.configs != before.configs {
        return Some(format!("configs changed from {:?} to {:?}", before.configs, now.configs));
    }
    (now.next_producer_id < before.next_producer_id)
        .then(|| format!("the next producer id fell from {} to {}", before.next_producer_id, now.next_producer_id))
}

/// With lag 0 both stores say the same.
pub fn disagreement(tree: &Image, quorum: &Image) -> Option<String> {
    let records = repair(tree, quorum, |_| true);
    (!records.is_empty()).then(|| {
        let records: Vec<String> = records.iter().map(ToString::to_string).collect();
        format!("lag is 0 and the stores differ: {}", records.join(", "))
    })
}
