//! A Kedge broker in a ZooKeeper cluster that Apache Kafka 3.9 rules: it takes replicas, leads, is killed and comes back,
//! and at last rules itself.

mod common;

use common::{
    Kedge,
    cluster::{CHROOT, broker_properties, wait_for_controller, with_all},
    load::Library,
    pair::Pair,
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

    let mut pair = Pair::under_load(&site, &zookeeper, bootstrap, Library::Librdkafka);
    kedge.kill();
    pair.wait_until_alone(KEDGE, APACHE, &apache.bootstrap());
    kedge.restart();
    pair.wait_until_whole();

    // The controller dies: Kedge takes over with the tree that Apache wrote, and hands its leaders back.
    apache.kill();
    pair.wait_until_other_rules(APACHE, KEDGE, &kedge.bootstrap());
    apache.restart().unwrap();
    pair.wait_until_whole();
    pair.end();
    apache.stop().unwrap();
    kedge.stop();
}
