//! The same controller over the ZooKeeper dialect: ephemerals, leader epochs, deletion by acknowledgement.

use kedge_controller::{
    activation::{LogState, activate},
    brokers::{broker_down, broker_up, controlled_shutdown},
    deletion::{TopicDeletions, TopicSelector, delete_topics, deletions_requested, withdraw_deletions},
    election::elect_new_partitions,
    partitions::{CreatePartitionsRequest, CreatePartitionsTopic, create_partitions},
};
use kedge_metadata_state::ErrorCode;

use crate::cluster::{Cluster, endpoint};

#[test]
fn brokers_come_and_go() {
    let mut cluster = Cluster::zookeeper_with([1, 2]);
    cluster.create("t", &[&[1, 2], &[2, 1]]);
    cluster.create("single", &[&[1]]);
    cluster.run("1 is gone", |context, _| broker_down(context, 1, 1_001));
    cluster.note_partitions();
    cluster.run("1 is gone, heard again", |context, _| broker_down(context, 1, 1_001));
    cluster.run("1 is back", |context, _| broker_up(context, &Cluster::ephemeral(1, 2_000)));
    cluster.note_partitions();
    cluster.run("1 is gone, an old event", |context, _| broker_down(context, 1, 1_001));
    cluster.run("1 is back, an old event", |context, _| broker_up(context, &Cluster::ephemeral(1, 1_001)));
    let registration = &cluster.image.cluster.brokers[&1];
    assert!(registration.is_migrating_zk_broker && !registration.fenced);
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn a_bounced_broker_leaves_its_isrs_first() {
    let mut cluster = Cluster::zookeeper_with([1, 2]);
    cluster.create("t", &[&[1, 2], &[2, 1]]);
    cluster.create("single", &[&[1]]);
    cluster.run("1 bounced", |context, _| broker_up(context, &Cluster::ephemeral(1, 2_000)));
    cluster.note_partitions();
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn new_endpoints_elect_nobody() {
    let mut cluster = Cluster::zookeeper_with([1]);
    cluster.create("t", &[&[1]]);
    let mut seen = Cluster::ephemeral(1, 1_001);
    assert!(cluster.quietly(|context, _| broker_up(context, &seen)).is_empty(), "nothing has changed");
    seen.listeners = vec![endpoint(5)];
    let decision = cluster.quietly(|context, _| broker_up(context, &seen));
    assert_eq!(decision.records().count(), 1);
    assert_eq!(cluster.image.cluster.brokers[&1].listeners, [endpoint(5)]);
}

#[test]
fn controlled_shutdown_moves_what_it_can() {
    let mut cluster = Cluster::zookeeper_with([1, 2]);
    cluster.create("t", &[&[1, 2], &[2, 1]]);
    cluster.create("single", &[&[1]]);
    cluster.create("lagging", &[&[1, 2]]);
    cluster.set_partition("lagging", 0, |it| it.isr = vec![1]);
    cluster.run("1 wants to stop", |context, _| controlled_shutdown(context, 1, 1_001));
    cluster.note_partitions();
    cluster.set_partition("lagging", 0, |it| it.isr = vec![1, 2]);
    cluster.run("1 asks again, 2 has caught up", |context, _| controlled_shutdown(context, 1, -1));
    cluster.run("an epoch before", |context, _| controlled_shutdown(context, 1, 1_000));
    cluster.run("a stranger", |context, _| controlled_shutdown(context, 9, -1));
    cluster.run("1 is gone", |context, _| broker_down(context, 1, 1_001));
    cluster.note_partitions();
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn taking_over_repairs_what_happened_while_nobody_ruled() {
    let mut cluster = Cluster::zookeeper_with([1, 2]);
    cluster.create("led-by-the-dead", &[&[1, 2]]);
    cluster.set_partition("led-by-the-dead", 0, |it| (it.replicas, it.isr, it.leader) = (vec![3, 2], vec![3, 2], 3));
    cluster.create("followed-by-the-dead", &[&[1, 2]]);
    cluster.set_partition("followed-by-the-dead", 0, |it| (it.replicas, it.isr) = (vec![1, 3], vec![1, 3]));
    cluster.create("new", &[&[1, 2], &[2, 1]]);
    for partition_id in [0, 1] {
        cluster.set_partition("new", partition_id, |it| {
            (it.leader, it.isr, it.leader_epoch, it.partition_epoch) = (-1, vec![], -1, -1);
        });
    }
    cluster.set_partition("new", 1, |it| it.replicas = vec![3, 4]);
    cluster.create("sound", &[&[1, 2]]);
    cluster.run("take over", |context, _| activate(context, LogState::default()));
    cluster.note_partitions();
    cluster.run("take over again", |context, _| activate(context, LogState::default()));
    cluster.run("3 comes", |context, _| broker_up(context, &Cluster::ephemeral(3, 5_000)));
    cluster.note_partitions();
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn a_topic_is_deleted_when_every_replica_says_so() {
    let mut cluster = Cluster::zookeeper_with([1, 2]);
    let topic_id = cluster.create("t", &[&[1, 2], &[2, 1]]);
    cluster.create("other", &[&[1]]);
    let selectors = [TopicSelector::Name("t".to_owned())];
    cluster.run("delete", |context, _| delete_topics(context, &selectors));
    cluster.run("delete again", |context, _| delete_topics(context, &selectors));
    let mut deletions = TopicDeletions::default();
    deletions.follow(&cluster.image);
    assert_eq!(deletions.outstanding_on(1), [(topic_id, 0), (topic_id, 1)]);
    let widen = CreatePartitionsRequest {
        topics: vec![CreatePartitionsTopic { name: "t".to_owned(), count: 3, assignments: None }],
        validate_only: false,
    };
    let decision = cluster.quietly(|context, _| create_partitions(context, &widen));
    assert_eq!(decision.response[0].result.as_ref().unwrap_err().error_code, ErrorCode::INVALID_TOPIC_EXCEPTION);
    for (partition_id, broker_id) in [(0, 1), (0, 2), (1, 2)] {
        let decision = cluster.quietly(|context, _| deletions.acknowledged(context, topic_id, partition_id, broker_id));
        assert!(decision.is_empty());
        deletions.follow(&cluster.image);
    }
    assert_eq!(deletions.outstanding_on(1), [(topic_id, 1)]);
    cluster.run("the last acknowledgement", |context, _| deletions.acknowledged(context, topic_id, 1, 1));
    deletions.follow(&cluster.image);
    assert_eq!(deletions, TopicDeletions::default());
    cluster.run("an acknowledgement too many", |context, _| deletions.acknowledged(context, topic_id, 1, 1));
    assert!(cluster.image.topics.get("t").is_none());
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn a_new_controller_asks_every_replica_again() {
    let mut cluster = Cluster::zookeeper_with([1]);
    let topic_id = cluster.create("t", &[&[1]]);
    let selectors = [TopicSelector::Id(topic_id)];
    cluster.quietly(|context, _| delete_topics(context, &selectors));
    let mut deletions = TopicDeletions::default();
    deletions.follow(&cluster.image);
    assert_eq!(deletions.outstanding_on(1), [(topic_id, 0)]);
    let decision = cluster.quietly(|context, _| deletions.finish(context));
    assert!(decision.is_empty());
}

#[test]
fn deletions_are_withdrawn_where_deletion_is_switched_off() {
    let mut cluster = Cluster::zookeeper_with([1]);
    let topic_id = cluster.create("t", &[&[1]]);
    cluster.quietly(|context, _| delete_topics(context, &[TopicSelector::Id(topic_id)]));
    assert!(cluster.quietly(|context, _| withdraw_deletions(context)).is_empty());
    cluster.settings.delete_topic_enable = false;
    assert_eq!(cluster.quietly(|context, _| withdraw_deletions(context)).units.len(), 1);
    assert!(cluster.image.sidecar.topic_deletions.is_empty());
    assert!(cluster.image.topics.get("t").is_some());
}

#[test]
fn a_topic_that_an_old_tool_wrote_is_elected() {
    let mut cluster = Cluster::zookeeper_with([1, 2]);
    cluster.create("new", &[&[2, 1], &[1, 2]]);
    cluster.create("queued", &[&[1]]);
    cluster.create("sound", &[&[1, 2]]);
    for (topic_name, partition_id) in [("new", 0), ("new", 1), ("queued", 0)] {
        cluster.set_partition(topic_name, partition_id, |it| {
            (it.leader, it.isr, it.leader_epoch, it.partition_epoch) = (-1, vec![], -1, -1);
        });
    }
    cluster.set_partition("new", 0, |it| it.adding_replicas = vec![1]);
    cluster.set_partition("new", 1, |it| it.replicas = vec![9, 8]);
    cluster.quietly(|context, _| delete_topics(context, &[TopicSelector::Name("queued".to_owned())]));
    let decision = cluster.quietly(|context, _| elect_new_partitions(context));
    assert_eq!(decision.units.len(), 1, "nobody of 9 and 8 is alive, and what is deleted is not elected");
    let elected = &cluster.image.topics.get("new").unwrap().partitions[&0];
    assert_eq!((elected.leader, elected.leader_epoch, elected.partition_epoch), (2, 0, 0));
    assert_eq!((&elected.isr, &elected.adding_replicas), (&vec![2, 1], &vec![1]));
    assert!(cluster.quietly(|context, _| elect_new_partitions(context)).is_empty());
    let arrived = cluster.quietly(|context, _| broker_up(context, &Cluster::ephemeral(8, 9_000)));
    assert_eq!(arrived.units.len(), 2, "8 registers and leads its new partition");
}

#[test]
fn a_single_replica_does_not_hold_a_shutdown_up() {
    let mut cluster = Cluster::zookeeper_with([1, 2]);
    cluster.create("single", &[&[1]]);
    cluster.create("lagging", &[&[1, 2]]);
    cluster.set_partition("lagging", 0, |it| it.isr = vec![1]);
    let decision = cluster.quietly(|context, _| controlled_shutdown(context, 1, 1_001));
    let remaining = decision.response.unwrap().remaining_partitions;
    assert_eq!(remaining, [("lagging".to_owned(), 0)]);
}

#[test]
fn an_old_tool_s_deletion_is_taken_up_or_withdrawn() {
    let mut cluster = Cluster::zookeeper_with([1]);
    let topic_id = cluster.create("t", &[&[1]]);
    let names = ["t".to_owned(), "unknown".to_owned()];
    cluster.settings.delete_topic_enable = false;
    // Both units of one decision: the store takes the request up, and with the second removes its znode.
    assert_eq!(cluster.quietly(|context, _| deletions_requested(context, &names)).units.len(), 2);
    assert!(cluster.image.sidecar.topic_deletions.is_empty() && cluster.image.topics.get("t").is_some());
    cluster.settings.delete_topic_enable = true;
    assert_eq!(cluster.quietly(|context, _| deletions_requested(context, &names)).units.len(), 1);
    assert!(cluster.image.sidecar.topic_deletions.contains(&topic_id));
    assert!(cluster.quietly(|context, _| deletions_requested(context, &names)).is_empty());
    // A controller that takes over with deletion switched off withdraws what it finds.
    cluster.settings.delete_topic_enable = false;
    cluster.quietly(|context, _| activate(context, LogState::default()));
    assert!(cluster.image.sidecar.topic_deletions.is_empty());
}
