//! A Kedge broker in a ZooKeeper cluster that Apache Kafka 3.9 rules: it takes replicas, leads, is killed and comes back,
//! and at last rules itself.

mod common;

use common::{
    Kedge, SOON,
    cluster::{CHROOT, broker_properties, wait_for_controller, with_all},
    load::{Library, Load},
    topics::{create_topic, wait_for_full_isr, wait_for_partitions, wait_for_preferred_leaders},
};
use kedge_real_parts::{KafkaConfig, TestSite, ZooKeeperEnsemble, ZooKeeperVersion};

const APACHE: i32 = 1;
const KEDGE: i32 = 2;

#[test]
fn a_kedge_broker_takes_replicas_leads_dies_and_comes_back() {
    let site = TestSite::new("zk_with_apache_controller").unwrap();
    let zookeeper = ZooKeeperEnsemble::start(&site, 1, ZooKeeperVersion::V3_9_5).unwrap();
    let connect = zookeeper.connect_string(CHROOT);
    let properties = broker_properties(2);
    let apache = KafkaConfig::zookeeper_broker(&site, APACHE, &connect).unwrap();
    let mut apache = with_all(apache, &properties).start().unwrap();
    wait_for_controller(&zookeeper, APACHE);
    let kedge = KafkaConfig::zookeeper_broker(&site, KEDGE, &connect).unwrap();
    let mut kedge = Kedge::start(&site, with_all(kedge, &properties));
    let bootstrap = format!("{},{}", apache.bootstrap(), kedge.bootstrap());

    create_topic(&site, &bootstrap, "load", 6, 2);
    wait_for_full_isr(&bootstrap, "load", SOON);
    wait_for_preferred_leaders(&bootstrap, "load", SOON);
    let mut load = Load::new(&site, &bootstrap, &["load".to_owned()]);
    load.add_producer(Library::Java, 100);
    load.add_producer(Library::Librdkafka, 100);
    load.add_group(Library::Librdkafka, "readers", 2);
    load.wait_for_more(1_000, SOON);

    kedge.kill();
    wait_for_partitions(&bootstrap, "load", "Apache leads all", SOON, |it| it.leader == Some(APACHE));
    load.wait_for_more(500, SOON);
    zookeeper.wait_until_gone(&format!("{CHROOT}/brokers/ids/{KEDGE}"), SOON).unwrap();
    kedge.restart();
    wait_for_full_isr(&bootstrap, "load", SOON);
    wait_for_preferred_leaders(&bootstrap, "load", SOON);
    load.wait_for_more(500, SOON);

    // The controller dies: Kedge takes over with the tree that Apache wrote, and hands its leaders back.
    apache.kill();
    wait_for_controller(&zookeeper, KEDGE);
    wait_for_partitions(&kedge.bootstrap(), "load", "Kedge leads all", SOON, |it| it.leader == Some(KEDGE));
    load.wait_for_more(500, SOON);
    zookeeper.wait_until_gone(&format!("{CHROOT}/brokers/ids/{APACHE}"), SOON).unwrap();
    apache.restart().unwrap();
    wait_for_full_isr(&bootstrap, "load", SOON);
    wait_for_preferred_leaders(&bootstrap, "load", SOON);
    load.wait_for_more(500, SOON);

    let verdict = load.stop_and_judge(SOON);
    assert_eq!(verdict.faults, []);
    apache.stop().unwrap();
    kedge.stop();
}
