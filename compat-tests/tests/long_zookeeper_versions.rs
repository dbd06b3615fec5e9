//! The demo's scenario, small, on ZooKeeper 3.4.12 to 3.8, one version at a time; `migration.rs` does it on 3.9.

mod common;

use common::{cluster::Shape, migration::Move, small_walk::small_walk};
use kedge_real_parts::{Properties, TestSite, ZooKeeperVersion};

const SHAPE: Shape = Shape { n_zookeeper_servers: 3, n_controllers: 3, n_brokers: 3 };

fn moves_on(version: ZooKeeperVersion) {
    let site = TestSite::new(&format!("move_on_{version:?}")).unwrap();
    let extra = Properties::new().with("min.insync.replicas", 2);
    small_walk(&site, Move::prepare_on(&site, version, SHAPE, &extra, |config| config), SHAPE);
}

#[test]
fn a_move_on_3_4_12() {
    moves_on(ZooKeeperVersion::V3_4_12);
}

#[test]
fn a_move_on_3_4_14() {
    moves_on(ZooKeeperVersion::V3_4_14);
}

#[test]
fn a_move_on_3_5() {
    moves_on(ZooKeeperVersion::V3_5_10);
}

#[test]
fn a_move_on_3_6() {
    moves_on(ZooKeeperVersion::V3_6_4);
}

#[test]
fn a_move_on_3_7() {
    moves_on(ZooKeeperVersion::V3_7_2);
}

#[test]
fn a_move_on_3_8() {
    moves_on(ZooKeeperVersion::V3_8_6);
}
