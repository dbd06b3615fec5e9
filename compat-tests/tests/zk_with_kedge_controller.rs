//! An Apache Kafka 3.9 broker in a ZooKeeper cluster that Kedge rules: it takes replicas, leads, is killed and comes back;
//! topics are made, changed and deleted through either; then the controller itself dies.

mod common;

use common::{
    Kedge, SOON,
    cluster::{CHROOT, broker_properties, wait_for_controller, with_all},
    load::Library,
    pair::Pair,
    topics::{
        add_partitions, alter_topic_config, create_topic, create_topic_with, delete_topic, describe, list_topics,
        remove_topic_config, topic_configs, wait_for_full_isr,
    },
};
use kedge_real_parts::{KafkaConfig, KafkaNode, TestSite, ZooKeeperEnsemble, ZooKeeperVersion, eventually};

const KEDGE: i32 = 1;
const APACHE: i32 = 2;

#[test]
fn an_apache_39_broker_obeys_dies_comes_back_and_takes_over() {
    let site = TestSite::new("zk_with_kedge_controller").unwrap();
    let zookeeper = ZooKeeperEnsemble::start(&site, 1, ZooKeeperVersion::V3_9_5).unwrap();
    let connect = zookeeper.connect_string(CHROOT);
    let properties = broker_properties(2);
    let kedge = KafkaConfig::zookeeper_broker(&site, KEDGE, &connect).unwrap();
    let mut kedge = Kedge::start(&site, with_all(kedge, &properties));
    wait_for_controller(&zookeeper, KEDGE);
    let apache = KafkaConfig::zookeeper_broker(&site, APACHE, &connect).unwrap();
    let mut apache = with_all(apache, &properties).start().unwrap();
    let bootstrap = format!("{},{}", kedge.bootstrap(), apache.bootstrap());

    topics_are_made_changed_and_deleted(&site, &zookeeper, &kedge, &apache);

    let mut pair = Pair::under_load(&site, &zookeeper, bootstrap, Library::Java);
    apache.kill();
    pair.wait_until_alone(APACHE, KEDGE, &kedge.bootstrap());
    apache.restart().unwrap();
    pair.wait_until_whole();

    // The controller dies: Apache takes over the tree that Kedge wrote.
    kedge.kill();
    pair.wait_until_other_rules(KEDGE, APACHE, &apache.bootstrap());
    create_topic(&site, &apache.bootstrap(), "while-kedge-was-away", 2, 1);
    kedge.restart();
    pair.wait_until_whole();
    assert!(list_topics(&site, &kedge.bootstrap()).contains(&"while-kedge-was-away".to_owned()));
    pair.end();
    apache.stop().unwrap();
    kedge.stop();
}

/// By stock tools, through the broker that rules and through the one that does not; both show the same.
fn topics_are_made_changed_and_deleted(
    site: &TestSite,
    zookeeper: &ZooKeeperEnsemble,
    kedge: &Kedge,
    apache: &KafkaNode,
) {
    let both = [kedge.bootstrap(), apache.bootstrap()];
    create_topic_with(site, &both[0], "orders", 3, 2, &["retention.ms=3600000"]);
    wait_for_full_isr(&both[1], "orders", SOON);
    alter_topic_config(site, &both[1], "orders", "max.message.bytes=200000");
    for bootstrap in &both {
        eventually(SOON, "both configs on both brokers", || {
            let configs = topic_configs(site, bootstrap, "orders");
            configs.contains("retention.ms=3600000") && configs.contains("max.message.bytes=200000")
        })
        .unwrap();
    }
    remove_topic_config(site, &both[0], "orders", "retention.ms");
    for bootstrap in &both {
        eventually(SOON, "the default again on both brokers", || {
            !topic_configs(site, bootstrap, "orders").contains("retention.ms=3600000")
        })
        .unwrap();
    }
    add_partitions(site, &both[0], "orders", 5);
    for bootstrap in &both {
        eventually(SOON, "five partitions on both brokers", || {
            describe(bootstrap, "orders").is_ok_and(|lines| lines.len() == 5)
        })
        .unwrap();
    }
    wait_for_full_isr(&both[0], "orders", SOON);
    delete_topic(site, &both[0], "orders");
    for bootstrap in &both {
        eventually(SOON, "no topic any more", || !list_topics(site, bootstrap).contains(&"orders".to_owned())).unwrap();
    }
    for path in ["brokers/topics/orders", "config/topics/orders", "admin/delete_topics/orders"] {
        zookeeper.wait_until_gone(&format!("{CHROOT}/{path}"), SOON).unwrap();
    }
}
