//! IncrementalAlterConfigs, AlterConfigs, and which value holds.

use kedge_controller::configs::{
    AlterConfigsResult, ConfigChange, ConfigOperation, ResourceChanges, alter_configs, effective_topic_config,
    incremental_alter_configs,
};
use kedge_controller::{Decision, limits};
use kedge_metadata_state::{
    ErrorCode,
    image::{ConfigResource, ConfigResourceType},
};

use crate::cluster::Cluster;

fn resource(resource_type: ConfigResourceType, name: &str) -> ConfigResource {
    ConfigResource { resource_type, resource_name: name.to_owned() }
}

fn topic(name: &str) -> ConfigResource {
    resource(ConfigResourceType::Topic, name)
}

fn broker(name: &str) -> ConfigResource {
    resource(ConfigResourceType::Broker, name)
}

fn change(operation: ConfigOperation, name: &str, value: &str) -> ConfigChange {
    ConfigChange { name: name.to_owned(), operation, value: Some(value.to_owned()) }
}

fn set(name: &str, value: &str) -> ConfigChange {
    change(ConfigOperation::Set, name, value)
}

fn delete(name: &str) -> ConfigChange {
    ConfigChange { name: name.to_owned(), operation: ConfigOperation::Delete, value: None }
}

fn cluster() -> Cluster {
    let mut cluster = Cluster::kraft_with([1]);
    cluster.create("t", &[&[1]]);
    cluster.create("u", &[&[1]]);
    cluster
}

fn alter(
    cluster: &mut Cluster,
    title: &str,
    resource: ConfigResource,
    changes: Vec<ConfigChange>,
) -> Decision<Vec<AlterConfigsResult>> {
    let resources = [ResourceChanges { resource, changes }];
    cluster.run(title, |context, _| incremental_alter_configs(context, &resources, false))
}

#[test]
fn set_delete_append_subtract() {
    use ConfigOperation::{Append, Subtract};
    let mut cluster = cluster();
    alter(&mut cluster, "set", topic("t"), vec![set("retention.ms", "1000"), set("segment.bytes", "100")]);
    alter(&mut cluster, "set the same", topic("t"), vec![set("retention.ms", "1000")]);
    alter(&mut cluster, "delete", topic("t"), vec![delete("retention.ms"), delete("never.set")]);
    alter(&mut cluster, "append to the default", topic("t"), vec![change(Append, "cleanup.policy", "compact")]);
    alter(&mut cluster, "append again", topic("t"), vec![change(Append, "cleanup.policy", "compact")]);
    alter(&mut cluster, "subtract", topic("t"), vec![change(Subtract, "cleanup.policy", "delete,absent")]);
    alter(&mut cluster, "append to a number", topic("t"), vec![change(Append, "segment.bytes", "1")]);
    alter(&mut cluster, "a broker reloads", broker("1"), vec![set("num.io.threads", "4")]);
    alter(&mut cluster, "even what it has", broker("1"), vec![set("num.io.threads", "4")]);
    alter(&mut cluster, "all brokers", broker(""), vec![set("log.retention.ms", "5")]);
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn changes_that_are_refused() {
    let long = "x".repeat(limits::CONFIG_VALUE_LENGTH_MAX + 1);
    let null = ConfigChange { value: None, ..set("retention.ms", "") };
    let cases = [
        (topic("t"), vec![set("no.such.config", "1")], ErrorCode::INVALID_CONFIG),
        (topic("t"), vec![set("retention.ms", "soon")], ErrorCode::INVALID_CONFIG),
        (topic("t"), vec![set("retention.ms", "-2")], ErrorCode::INVALID_CONFIG),
        (topic("t"), vec![set("follower.replication.throttled.replicas", &long)], ErrorCode::INVALID_CONFIG),
        (
            topic("t"),
            vec![set("min.compaction.lag.ms", "9"), set("max.compaction.lag.ms", "8")],
            ErrorCode::INVALID_CONFIG,
        ),
        (topic("t"), vec![null], ErrorCode::INVALID_REQUEST),
        (topic("t"), vec![set("retention.ms", "1"), delete("retention.ms")], ErrorCode::INVALID_REQUEST),
        (topic("gone"), vec![set("retention.ms", "1")], ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        (topic(""), vec![set("retention.ms", "1")], ErrorCode::INVALID_REQUEST),
        (topic("a b"), vec![set("retention.ms", "1")], ErrorCode::INVALID_TOPIC_EXCEPTION),
        (broker("7"), vec![set("num.io.threads", "4")], ErrorCode::BROKER_ID_NOT_REGISTERED),
        (broker("one"), vec![set("num.io.threads", "4")], ErrorCode::INVALID_REQUEST),
        (broker("-1"), vec![set("num.io.threads", "4")], ErrorCode::INVALID_REQUEST),
        (broker("1"), vec![set("node.id", "4")], ErrorCode::INVALID_CONFIG),
        (resource(ConfigResourceType::Group, "g"), vec![set("a", "4")], ErrorCode::INVALID_REQUEST),
    ];
    for (resource, changes, expected) in cases {
        let mut cluster = cluster();
        let shown = format!("{resource:?} {changes:.80?}");
        let decision = alter(&mut cluster, &shown, resource, changes);
        assert_eq!(decision.response[0].result.as_ref().expect_err(&shown).error_code, expected, "{shown}");
        assert!(decision.is_empty(), "{shown}");
    }
}

#[test]
fn the_present_value_counts_in_checks_of_two() {
    let mut cluster = cluster();
    alter(&mut cluster, "max", topic("t"), vec![set("max.compaction.lag.ms", "8")]);
    let decision = alter(&mut cluster, "min above it", topic("t"), vec![set("min.compaction.lag.ms", "9")]);
    assert!(decision.response[0].result.is_err());
    let both = vec![set("min.compaction.lag.ms", "9"), delete("max.compaction.lag.ms")];
    let decision = alter(&mut cluster, "max goes", topic("t"), both);
    assert!(decision.response[0].result.is_ok());
}

#[test]
fn a_bad_resource_does_not_hold_the_others_up() {
    let mut cluster = cluster();
    let resources = [
        ResourceChanges { resource: topic("t"), changes: vec![set("retention.ms", "bad"), set("segment.bytes", "20")] },
        ResourceChanges { resource: topic("u"), changes: vec![set("retention.ms", "7")] },
        ResourceChanges { resource: broker("1"), changes: vec![] },
        ResourceChanges { resource: broker("1"), changes: vec![] },
    ];
    let decision = cluster.quietly(|context, _| incremental_alter_configs(context, &resources, true));
    assert!(decision.is_empty(), "validate only");
    let decision = cluster.quietly(|context, _| incremental_alter_configs(context, &resources, false));
    assert_eq!(decision.units.len(), 1);
    let is_ok: Vec<_> = decision.response.iter().map(|it| it.result.is_ok()).collect();
    assert_eq!(is_ok, [false, true, false]);
    assert!(cluster.image.configs.topic("t").is_none());
    assert!(cluster.image.configs.topic("u").is_some());
}

#[test]
fn alter_configs_replaces_everything() {
    let mut cluster = cluster();
    let before = vec![set("retention.ms", "1"), set("segment.bytes", "20"), set("preallocate", "true")];
    alter(&mut cluster, "before", topic("t"), before);
    let value = |text: &str| Some(text.to_owned());
    let replacement =
        [(topic("t"), vec![("retention.ms".to_owned(), value("2")), ("preallocate".to_owned(), value("true"))])];
    cluster.run("replace", |context, _| alter_configs(context, &replacement, false));
    let replacement = [(topic("t"), vec![("retention.ms".to_owned(), None)])];
    cluster.run("a null value", |context, _| alter_configs(context, &replacement, false));
    let replacement = [(topic("t"), vec![])];
    cluster.run("replace by nothing", |context, _| alter_configs(context, &replacement, false));
    assert!(cluster.image.configs.topic("t").is_none());
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn the_value_that_holds() {
    let mut cluster = cluster();
    let mut seen = Vec::new();
    let mut look = |cluster: &Cluster| {
        let it = effective_topic_config(&cluster.image, &cluster.settings, "t", "retention.ms").expect("it is one");
        seen.push(format!("{} {:?}", it.value, it.source));
    };
    look(&cluster);
    cluster.settings.static_configs.insert("log.retention.hours".to_owned(), "2".to_owned());
    look(&cluster);
    cluster.settings.static_configs.insert("log.retention.minutes".to_owned(), "3".to_owned());
    look(&cluster);
    alter(&mut cluster, "all brokers", broker(""), vec![set("log.retention.ms", "4")]);
    look(&cluster);
    cluster.settings.node_id = 1;
    alter(&mut cluster, "this node", broker("1"), vec![set("log.retention.ms", "5")]);
    look(&cluster);
    alter(&mut cluster, "the topic", topic("t"), vec![set("retention.ms", "6")]);
    look(&cluster);
    let expected = [
        "604800000 Default",
        "7200000 StaticBroker",
        "180000 StaticBroker",
        "4 DynamicDefaultBroker",
        "5 DynamicBroker",
        "6 DynamicTopic",
    ];
    assert_eq!(seen, expected);
    assert!(effective_topic_config(&cluster.image, &cluster.settings, "t", "no.such.config").is_none());
}
