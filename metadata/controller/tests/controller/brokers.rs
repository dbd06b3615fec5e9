//! Registration, heartbeats, fencing, controlled shutdown under KRaft.

use kedge_controller::brokers::{
    HeartbeatReply, HeartbeatRequest, fence_one_stale_broker, heartbeat, late_heartbeat, register_broker,
    unregister_broker,
};
use kedge_metadata_state::{ErrorCode, Uuid, image::ZkMigrationState};

use crate::cluster::{Cluster, SESSION_MS, directory, uuid};

fn beat(cluster: &mut Cluster, title: &str, request: &HeartbeatRequest) -> HeartbeatReply {
    cluster.run(title, |context, liveness| heartbeat(context, liveness, request)).response.expect("the epoch is right")
}

#[test]
fn a_broker_starts_fenced_and_is_unfenced_when_it_has_caught_up() {
    let mut cluster = Cluster::kraft();
    let request = cluster.register_request(1, 1);
    cluster.run("register 1", |context, liveness| register_broker(context, liveness, &request));
    let mut early = cluster.heartbeat_request(1);
    early.current_metadata_offset = 99;
    beat(&mut cluster, "heartbeat before its own registration is applied", &early);
    let mut waiting = cluster.heartbeat_request(1);
    waiting.want_fence = true;
    beat(&mut cluster, "heartbeat, caught up, still opening logs", &waiting);
    let ready = cluster.heartbeat_request(1);
    beat(&mut cluster, "heartbeat, ready", &ready);
    beat(&mut cluster, "heartbeat again", &ready);
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn a_new_incarnation_leaves_every_isr_before_it_is_registered() {
    let mut cluster = Cluster::kraft_with([1, 2]);
    cluster.create("t", &[&[1, 2], &[2, 1]]);
    cluster.create("single", &[&[1]]);
    cluster.now_ms = SESSION_MS + 1;
    let request = cluster.register_request(1, 77);
    cluster.run("register 1 anew", |context, liveness| register_broker(context, liveness, &request));
    cluster.note_partitions();
    let ready = cluster.heartbeat_request(1);
    beat(&mut cluster, "heartbeat, ready", &ready);
    cluster.note_partitions();
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn the_same_incarnation_amends_its_registration() {
    let mut cluster = Cluster::kraft();
    let mut request = cluster.register_request(1, 1);
    cluster.quietly(|context, liveness| register_broker(context, liveness, &request));
    let ready = cluster.heartbeat_request(1);
    cluster.quietly(|context, liveness| heartbeat(context, liveness, &ready));
    let broker_epoch = cluster.broker_epoch(1);
    cluster.create("t", &[&[1]]);
    request.rack = Some("r".to_owned());
    let decision = cluster.quietly(|context, liveness| register_broker(context, liveness, &request));
    assert_eq!(decision.response, Ok(broker_epoch));
    assert_eq!(decision.records().count(), 1);
    let registration = &cluster.image.cluster.brokers[&1];
    assert_eq!((registration.fenced, registration.rack.as_deref()), (false, Some("r")));
    assert_eq!(cluster.partition("t", 0).leader, 1);
}

#[test]
fn registrations_that_are_refused() {
    type Change = fn(&mut kedge_controller::brokers::RegisterBrokerRequest);
    let cases: &[(&str, Change, ErrorCode)] = &[
        ("cluster", |it| it.cluster_id = "other".to_owned(), ErrorCode::INCONSISTENT_CLUSTER_ID),
        ("alive", |it| it.incarnation_id = uuid(9, 9), ErrorCode::DUPLICATE_BROKER_REGISTRATION),
        ("zk", |it| it.is_migrating_zk_broker = true, ErrorCode::BROKER_ID_NOT_REGISTERED),
        ("no dir", |it| it.directories.clear(), ErrorCode::INVALID_REGISTRATION),
        ("reserved dir", |it| it.directories = vec![Uuid::ONE], ErrorCode::INVALID_REGISTRATION),
        ("dir twice", |it| it.directories = vec![uuid(8, 8); 2], ErrorCode::INVALID_REGISTRATION),
        ("dir of another", |it| it.directories = vec![directory(2)], ErrorCode::INVALID_REGISTRATION),
        ("no metadata.version", |it| it.features.clear(), ErrorCode::UNSUPPORTED_VERSION),
        (
            "old metadata.version",
            |it| it.features = [("metadata.version".to_owned(), (1, 20))].into(),
            ErrorCode::UNSUPPORTED_VERSION,
        ),
        (
            "feature must be on",
            |it| it.features.extend([("group.version".to_owned(), (1, 1))]),
            ErrorCode::UNSUPPORTED_VERSION,
        ),
    ];
    for (name, change, expected) in cases {
        let mut cluster = Cluster::kraft_with([2]);
        let mut request = cluster.register_request(1, 1);
        cluster.quietly(|context, liveness| register_broker(context, liveness, &request));
        let ready = cluster.heartbeat_request(1);
        cluster.quietly(|context, liveness| heartbeat(context, liveness, &ready));
        change(&mut request);
        let decision = cluster.quietly(|context, liveness| register_broker(context, liveness, &request));
        assert_eq!(decision.response.expect_err(name).error_code, *expected, "{name}");
        assert!(decision.units.is_empty(), "{name}");
    }
}

#[test]
fn a_finalized_feature_that_the_broker_does_not_list_refuses_it() {
    let mut cluster = Cluster::kraft();
    cluster.image.features.finalized_levels.insert("group.version".to_owned(), 1);
    let mut request = cluster.register_request(1, 1);
    let decision = cluster.quietly(|context, liveness| register_broker(context, liveness, &request));
    assert_eq!(decision.response.unwrap_err().error_code, ErrorCode::UNSUPPORTED_VERSION);
    request.features.insert("group.version".to_owned(), (0, 1));
    let decision = cluster.quietly(|context, liveness| register_broker(context, liveness, &request));
    assert!(decision.response.is_ok());
}

#[test]
fn migration_state_decides_who_may_register() {
    for (state, zk_mode, kraft_mode) in [
        (ZkMigrationState::None, false, true),
        (ZkMigrationState::PreMigration, true, false),
        (ZkMigrationState::Migration, true, true),
        (ZkMigrationState::PostMigration, false, true),
    ] {
        for (is_migrating_zk_broker, expected) in [(true, zk_mode), (false, kraft_mode)] {
            let mut cluster = Cluster::kraft();
            cluster.image.features.zk_migration_state = state;
            let mut request = cluster.register_request(1, 1);
            request.is_migrating_zk_broker = is_migrating_zk_broker;
            let decision = cluster.quietly(|context, liveness| register_broker(context, liveness, &request));
            assert_eq!(decision.response.is_ok(), expected, "{state:?} {is_migrating_zk_broker}");
        }
    }
}

#[test]
fn the_switch_of_a_broker_amends_and_elects_nobody() {
    let mut cluster = Cluster::kraft();
    cluster.image.features.zk_migration_state = ZkMigrationState::PreMigration;
    let mut request = cluster.register_request(1, 1);
    request.is_migrating_zk_broker = true;
    cluster.quietly(|context, liveness| register_broker(context, liveness, &request)).response.expect("joins");
    let ready = cluster.heartbeat_request(1);
    cluster.quietly(|context, liveness| heartbeat(context, liveness, &ready));
    cluster.image.features.zk_migration_state = ZkMigrationState::Migration;
    cluster.create("t", &[&[1]]);
    request.is_migrating_zk_broker = false;
    cluster.run("switch", |context, liveness| register_broker(context, liveness, &request));
    cluster.note_partitions();
    insta::assert_snapshot!(cluster.transcript);
    assert!(!cluster.image.cluster.brokers[&1].is_migrating_zk_broker);
}

#[test]
fn silent_brokers_are_fenced_one_at_a_time_longest_silence_first() {
    let mut cluster = Cluster::kraft_with([1, 2, 3]);
    cluster.create("t", &[&[1, 2, 3]]);
    cluster.create("pair", &[&[2, 1]]);
    cluster.create("single", &[&[2]]);
    cluster.now_ms = 1_000;
    let third = cluster.heartbeat_request(3);
    cluster.quietly(|context, liveness| heartbeat(context, liveness, &third));
    cluster.now_ms = SESSION_MS;
    cluster.run("scan at the very end of the session", fence_one_stale_broker);
    assert_eq!(cluster.liveness.next_check_ms(&cluster.image), Some(SESSION_MS + 1));
    cluster.now_ms = SESSION_MS + 1;
    cluster.run("scan 1", fence_one_stale_broker);
    cluster.run("scan 2", fence_one_stale_broker);
    cluster.run("scan 3", fence_one_stale_broker);
    cluster.note_partitions();
    let second = cluster.heartbeat_request(2);
    beat(&mut cluster, "2 is back", &second);
    cluster.note_partitions();
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn controlled_shutdown_waits_until_the_others_know() {
    let mut cluster = Cluster::kraft_with([1, 2]);
    cluster.create("t", &[&[1, 2], &[2, 1]]);
    for broker_id in [1, 2] {
        let request = cluster.heartbeat_request(broker_id);
        cluster.quietly(|context, liveness| heartbeat(context, liveness, &request));
    }
    let known_to_2 = cluster.next_offset - 1;
    let mut leaving = cluster.heartbeat_request(1);
    leaving.want_shut_down = true;
    beat(&mut cluster, "1 wants to shut down", &leaving);
    beat(&mut cluster, "1 asks again, 2 has not heard", &leaving);
    let mut second = cluster.heartbeat_request(2);
    second.current_metadata_offset = known_to_2;
    beat(&mut cluster, "2 beats, behind", &second);
    beat(&mut cluster, "1 asks again", &leaving);
    second.current_metadata_offset = cluster.next_offset - 1;
    beat(&mut cluster, "2 has caught up", &second);
    beat(&mut cluster, "1 asks again", &leaving);
    beat(&mut cluster, "1 asks once more, fenced", &leaving);
    cluster.note_partitions();
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn a_broker_that_leads_nothing_may_stop_at_once() {
    let mut cluster = Cluster::kraft_with([1, 2]);
    cluster.create("t", &[&[1, 2]]);
    let mut leaving = cluster.heartbeat_request(2);
    leaving.want_shut_down = true;
    let reply = beat(&mut cluster, "2 wants to shut down", &leaving);
    assert!(reply.should_shut_down && reply.is_fenced);
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn want_fence_fences() {
    let mut cluster = Cluster::kraft_with([1, 2]);
    cluster.create("t", &[&[1, 2]]);
    let mut request = cluster.heartbeat_request(1);
    request.want_fence = true;
    beat(&mut cluster, "1 wants to be fenced", &request);
    beat(&mut cluster, "1 still does", &request);
    request.want_shut_down = true;
    beat(&mut cluster, "1 wants to stop", &request);
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn stale_epochs_are_refused_and_late_heartbeats_only_keep_the_session() {
    let mut cluster = Cluster::kraft_with([1]);
    let mut request = cluster.heartbeat_request(1);
    request.broker_epoch -= 1;
    let decision = cluster.quietly(|context, liveness| heartbeat(context, liveness, &request));
    assert_eq!(decision.response.unwrap_err().error_code, ErrorCode::STALE_BROKER_EPOCH);
    cluster.now_ms = SESSION_MS;
    let mut late = cluster.heartbeat_request(1);
    late.want_shut_down = true;
    let decision = cluster
        .quietly(|context, liveness| kedge_controller::Decision::unchanged(late_heartbeat(context, liveness, &late)));
    assert_eq!(decision.response, Ok(()));
    cluster.now_ms = SESSION_MS + 1;
    let decision = cluster.quietly(fence_one_stale_broker);
    assert_eq!(decision.response, None);
    assert!(!cluster.image.cluster.brokers[&1].in_controlled_shutdown);
}

#[test]
fn after_a_failover_every_broker_has_a_fresh_session() {
    let mut cluster = Cluster::kraft_with([1, 2]);
    cluster.now_ms = 1_000_000;
    let last_offset = cluster.next_offset - 1;
    cluster.liveness =
        kedge_controller::liveness::Liveness::activate(&cluster.image, SESSION_MS, cluster.now_ms, last_offset);
    cluster.now_ms += SESSION_MS;
    assert_eq!(cluster.quietly(fence_one_stale_broker).response, None);
    cluster.now_ms += 1;
    assert_eq!(cluster.quietly(fence_one_stale_broker).response, Some(1));
}

#[test]
fn failed_directories_cost_their_replicas_only() {
    let mut cluster = Cluster::kraft_with([2]);
    let mut request = cluster.register_request(1, 1);
    request.directories = vec![uuid(1, 10), uuid(1, 11)];
    cluster.quietly(|context, liveness| register_broker(context, liveness, &request));
    let ready = cluster.heartbeat_request(1);
    cluster.quietly(|context, liveness| heartbeat(context, liveness, &ready));
    cluster.create("t", &[&[1, 2], &[1, 2], &[2, 1]]);
    cluster.set_partition("t", 0, |it| it.directories[0] = uuid(1, 10));
    cluster.set_partition("t", 1, |it| it.directories[0] = uuid(1, 11));
    cluster.set_partition("t", 2, |it| it.directories[1] = uuid(1, 10));
    let mut failing = cluster.heartbeat_request(1);
    failing.offline_directories = vec![uuid(1, 10)];
    beat(&mut cluster, "a directory of 1 fails", &failing);
    beat(&mut cluster, "and stays away", &failing);
    cluster.note_partitions();
    assert_eq!(cluster.image.cluster.brokers[&1].directories, [uuid(1, 11)]);
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn unregister() {
    let mut cluster = Cluster::kraft_with([1, 2]);
    cluster.create("t", &[&[1, 2]]);
    cluster.create("single", &[&[1]]);
    cluster.run("unregister 1", |context, liveness| unregister_broker(context, liveness, 1));
    cluster.run("unregister 1 again", |context, liveness| unregister_broker(context, liveness, 1));
    cluster.note_partitions();
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn a_shrink_that_is_pushed_by_leader_and_isr_raises_the_leader_epoch() {
    let mut cluster = Cluster::kraft_with([1, 2, 3]);
    cluster.create("pushed", &[&[1, 2]]);
    cluster.create("followed", &[&[3, 2]]);
    let first = cluster.image.cluster.brokers.get_mut(&1).expect("registered");
    std::sync::Arc::make_mut(first).is_migrating_zk_broker = true;
    cluster.run("unregister 2", |context, liveness| unregister_broker(context, liveness, 2));
    assert_eq!(cluster.partition("pushed", 0).leader_epoch, 1);
    assert_eq!(cluster.partition("followed", 0).leader_epoch, 0);
}
