//! Two brokers on one ZooKeeper, one of them Apache's, under load: each is killed and comes back.

use kedge_real_parts::{TestSite, ZooKeeperEnsemble};

use super::{
    SOON,
    cluster::{CHROOT, wait_for_controller},
    load::{Library, Load},
    topics::{create_topic, wait_for_full_isr, wait_for_partitions, wait_for_preferred_leaders},
};

const TOPIC: &str = "load";

/// The brokers as clients see them, and what clients do meanwhile.
pub struct Pair<'a> {
    pub zookeeper: &'a ZooKeeperEnsemble,
    pub bootstrap: String,
    pub load: Load,
}

impl Pair<'_> {
    /// Two producers and a group of that library begin.
    pub fn under_load<'a>(
        site: &TestSite,
        zookeeper: &'a ZooKeeperEnsemble,
        bootstrap: String,
        readers: Library,
    ) -> Pair<'a> {
        create_topic(site, &bootstrap, TOPIC, 6, 2);
        let mut load = Load::new(site, &bootstrap, &[TOPIC.to_owned()]);
        load.add_producer(Library::Java, 100);
        load.add_producer(Library::Librdkafka, 100);
        load.add_group(readers, "readers", 2);
        let mut pair = Pair { zookeeper, bootstrap, load };
        pair.wait_until_whole();
        pair.load.wait_for_more(500, SOON);
        pair
    }

    /// After a death: the other one leads everything, and the dead one's registration is gone.
    pub fn wait_until_alone(&mut self, dead: i32, other: i32, other_bootstrap: &str) {
        wait_for_partitions(other_bootstrap, TOPIC, "the other leads all", SOON, |line| line.leader == Some(other));
        self.load.wait_for_more(500, SOON);
        self.zookeeper.wait_until_gone(&format!("{CHROOT}/brokers/ids/{dead}"), SOON).unwrap();
    }

    /// As [`Self::wait_until_alone`], after the death of the controller: the other one rules.
    pub fn wait_until_other_rules(&mut self, dead: i32, other: i32, other_bootstrap: &str) {
        wait_for_controller(self.zookeeper, other);
        self.wait_until_alone(dead, other, other_bootstrap);
    }

    /// After the return: ISR full, leaders where they belong, records pass.
    pub fn wait_until_whole(&mut self) {
        wait_for_full_isr(&self.bootstrap, TOPIC, SOON);
        wait_for_preferred_leaders(&self.bootstrap, TOPIC, SOON);
        self.load.wait_for_more(500, SOON);
    }

    /// Every acknowledged record was read once, in order, at its offset.
    pub fn end(self) {
        assert_eq!(self.load.stop_and_judge(SOON).faults, []);
    }
}
