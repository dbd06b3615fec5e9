//! ElectLeaders, unclean elections, the automatic balance.

use kedge_controller::{
    Decision, Election,
    brokers::{fence_one_stale_broker, heartbeat},
    configs::{ConfigChange, ConfigOperation, ResourceChanges, incremental_alter_configs},
    election::{ElectLeadersRequest, elect_leaders, elect_unclean_leaders},
    limits,
    rebalance::rebalance_leaders,
};
use kedge_metadata_state::image::{ConfigResource, ConfigResourceType};

use crate::cluster::{Cluster, SESSION_MS};

/// Lets this broker's session end while the others stay.
fn lose(cluster: &mut Cluster, broker_id: i32) {
    cluster.now_ms += SESSION_MS;
    let others: Vec<_> = cluster.image.cluster.brokers.values().map(|it| (it.broker_id, it.fenced)).collect();
    for (other, _) in others.into_iter().filter(|(other, fenced)| *other != broker_id && !fenced) {
        let request = cluster.heartbeat_request(other);
        cluster.quietly(|context, liveness| heartbeat(context, liveness, &request));
    }
    cluster.now_ms += 1;
    let decision = cluster.run(&format!("{broker_id} is lost"), fence_one_stale_broker);
    assert_eq!(decision.response, Some(broker_id));
}

fn return_of(cluster: &mut Cluster, broker_id: i32) {
    let request = cluster.heartbeat_request(broker_id);
    cluster.run(&format!("{broker_id} is back"), |context, liveness| heartbeat(context, liveness, &request));
}

fn set_unclean(
    cluster: &mut Cluster,
    topic_name: &str,
) -> Decision<Vec<kedge_controller::configs::AlterConfigsResult>> {
    let change = ConfigChange {
        name: "unclean.leader.election.enable".to_owned(),
        operation: ConfigOperation::Set,
        value: Some("true".to_owned()),
    };
    let resource = ConfigResource { resource_type: ConfigResourceType::Topic, resource_name: topic_name.to_owned() };
    let changes = [ResourceChanges { resource, changes: vec![change] }];
    cluster.quietly(|context, _| incremental_alter_configs(context, &changes, false))
}

#[test]
fn elect_leaders_answers_per_partition() {
    let mut cluster = Cluster::kraft_with([1, 2, 3]);
    cluster.create("t", &[&[1, 2], &[2, 1], &[1, 3]]);
    cluster.set_partition("t", 0, |it| it.leader = 2);
    cluster.set_partition("t", 2, |it| (it.leader, it.isr) = (3, vec![3]));
    let request = |partitions| ElectLeadersRequest { election: Election::Preferred, partitions };
    let named = request(Some(vec![("t".to_owned(), vec![0, 1, 2, 9]), ("u".to_owned(), vec![0])]));
    cluster.run("preferred, by name", |context, _| elect_leaders(context, &named));
    cluster.run("preferred, all", |context, _| elect_leaders(context, &request(None)));
    cluster.note_partitions();
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn n_minus_1_and_back_without_losing_who_may_lead() {
    let mut cluster = Cluster::kraft_with([1, 2, 3]);
    cluster.create("t", &[&[1, 2, 3]]);
    lose(&mut cluster, 1);
    lose(&mut cluster, 2);
    lose(&mut cluster, 3);
    cluster.note_partitions();
    return_of(&mut cluster, 1);
    cluster.note_partitions();
    return_of(&mut cluster, 3);
    cluster.note_partitions();
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn unclean_election_is_asked_for_or_allowed() {
    let mut cluster = Cluster::kraft_with([1, 2]);
    cluster.create("asked", &[&[1, 2]]);
    cluster.create("allowed", &[&[1, 2]]);
    lose(&mut cluster, 2);
    lose(&mut cluster, 1);
    return_of(&mut cluster, 2);
    cluster.run("scan, nothing is allowed", |context, _| elect_unclean_leaders(context));
    assert_eq!(set_unclean(&mut cluster, "allowed").units.len(), 1);
    cluster.run("scan, one is allowed", |context, _| elect_unclean_leaders(context));
    let partitions = Some(vec![("asked".to_owned(), vec![0]), ("allowed".to_owned(), vec![0])]);
    let request = ElectLeadersRequest { election: Election::Unclean, partitions };
    cluster.run("elect uncleanly", |context, _| elect_leaders(context, &request));
    cluster.note_partitions();
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn a_topic_that_allows_it_elects_uncleanly_when_the_last_leader_goes() {
    let mut cluster = Cluster::kraft_with([1, 2]);
    cluster.create("t", &[&[1, 2]]);
    set_unclean(&mut cluster, "t");
    cluster.set_partition("t", 0, |it| it.isr = vec![1]);
    lose(&mut cluster, 1);
    cluster.note_partitions();
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn a_quorum_balances_whatever_the_percentage() {
    let mut cluster = Cluster::kraft_with([1, 2]);
    cluster.create("t", &[&[1_i32, 2] as &[_]; 10]);
    cluster.set_partition("t", 0, |it| it.leader = 2);
    assert_eq!(cluster.quietly(|context, _| rebalance_leaders(context)).units.len(), 1);
    assert_eq!(cluster.partition("t", 0).leader, 1);
}

#[test]
fn under_zookeeper_balance_above_the_percentage_only() {
    let mut cluster = Cluster::zookeeper_with([1, 2]);
    cluster.create("t", &[&[1_i32, 2] as &[_]; 10]);
    let go_astray = |cluster: &mut Cluster, partition_id| cluster.set_partition("t", partition_id, |it| it.leader = 2);
    go_astray(&mut cluster, 0);
    assert!(cluster.quietly(|context, _| rebalance_leaders(context)).is_empty(), "1 of 10 is 10 %: not above");
    go_astray(&mut cluster, 1);
    let decision = cluster.quietly(|context, _| rebalance_leaders(context));
    assert_eq!((decision.units.len(), decision.response), (2, false));
    assert!((0..10).all(|partition_id| cluster.partition("t", partition_id).leader == 1));
    go_astray(&mut cluster, 0);
    go_astray(&mut cluster, 1);
    cluster.settings.auto_leader_rebalance_enable = false;
    assert!(cluster.quietly(|context, _| rebalance_leaders(context)).is_empty(), "switched off");
}

#[test]
fn balance_leaves_alone_what_the_preferred_leader_may_not_have() {
    let mut cluster = Cluster::kraft_with([1, 2]);
    cluster.create("t", &[&[1, 2], &[1, 2]]);
    cluster.set_partition("t", 0, |it| (it.leader, it.isr) = (2, vec![2]));
    cluster.set_partition("t", 1, |it| it.leader = 2);
    let decision = cluster.quietly(|context, _| rebalance_leaders(context));
    assert_eq!(decision.units.len(), 1);
    assert_eq!((cluster.partition("t", 0).leader, cluster.partition("t", 1).leader), (2, 1));
}

#[test]
fn a_pass_of_the_balance_is_bounded() {
    let mut cluster = Cluster::kraft_with([1, 2]);
    let partitions = limits::ELECTIONS_PER_PASS_MAX + 5;
    cluster.create("t", &vec![&[1_i32, 2] as &[_]; partitions]);
    for partition_id in 0..partitions as i32 {
        cluster.set_partition("t", partition_id, |it| it.leader = 2);
    }
    let first = cluster.quietly(|context, _| rebalance_leaders(context));
    assert_eq!((first.units.len(), first.response), (limits::ELECTIONS_PER_PASS_MAX, true));
}
