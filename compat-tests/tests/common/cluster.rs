//! A cluster of Kedge brokers in one of the metadata modes: a test body takes the mode as a parameter.

use kedge_real_parts::{
    KafkaConfig, Properties, TEST_CLUSTER_ID, TestSite, ZooKeeperEnsemble, ZooKeeperVersion, eventually,
};

use super::{Kedge, SOON, migration::Move};

/// Where the cluster keeps its metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// In ZooKeeper; one of the brokers is the controller.
    ZooKeeper,
    /// In a quorum of controllers, from the beginning.
    KRaft,
    /// Moved to a quorum, ZooKeeper mirrored.
    Dual,
    /// Moved to a quorum for good, and ZooKeeper is gone.
    Final,
}

/// How many of what.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub n_zookeeper_servers: usize,
    pub n_controllers: usize,
    pub n_brokers: usize,
}

/// Kedge brokers with ids from 1, and what they keep their metadata in.
pub struct Cluster {
    pub site: TestSite,
    pub mode: Mode,
    pub zookeeper: Option<ZooKeeperEnsemble>,
    /// Node ids from 3000.
    pub controllers: Vec<Kedge>,
    pub brokers: Vec<Kedge>,
}

/// The first controller's id: far from every broker's.
pub const FIRST_CONTROLLER_ID: i32 = 3000;
/// Where the cluster's tree lies in ZooKeeper.
pub const CHROOT: &str = "/kedge";

/// What every broker of these tests has: short fencing, small internal topics on all brokers, quick return of leaders.
pub fn broker_properties(n_brokers: usize) -> Properties {
    short_sessions()
        .with("offsets.topic.replication.factor", n_brokers.min(3))
        .with("offsets.topic.num.partitions", 3)
        .with("default.replication.factor", n_brokers.min(3))
        .with("leader.imbalance.check.interval.seconds", 5)
        .with("leader.imbalance.per.broker.percentage", 0)
}

/// The dead are noticed after six seconds, on either side.
fn short_sessions() -> Properties {
    Properties::new().with("zookeeper.session.timeout.ms", 6_000).with("broker.session.timeout.ms", 6_000)
}

/// What every controller of these tests has.
pub fn controller_properties() -> Properties {
    short_sessions()
        .with("default.replication.factor", 3)
        .with("leader.imbalance.check.interval.seconds", 5)
        .with("leader.imbalance.per.broker.percentage", 0)
}

/// Sets all of `extra`.
pub fn with_all(mut config: KafkaConfig, extra: &Properties) -> KafkaConfig {
    for (key, value) in extra.iter() {
        config = config.with(key, value);
    }
    config
}

impl Cluster {
    /// Starts a cluster and waits until every broker is ready. `extra` goes to every broker and controller.
    pub fn start(site: &TestSite, mode: Mode, shape: Shape, extra: &Properties) -> Cluster {
        match mode {
            Mode::ZooKeeper => Cluster::in_zookeeper(site, shape, extra),
            Mode::KRaft => Cluster::in_kraft(site, shape, extra),
            Mode::Dual | Mode::Final => {
                let mut subject = Move::prepare(site, shape, &short_sessions().merged(extra));
                subject.forward();
                if mode == Mode::Final {
                    subject.finalize();
                    subject.stop_zookeeper();
                }
                Cluster { mode, ..subject.cluster }
            }
        }
    }

    fn in_zookeeper(site: &TestSite, shape: Shape, extra: &Properties) -> Cluster {
        let zookeeper = ZooKeeperEnsemble::start(site, shape.n_zookeeper_servers, ZooKeeperVersion::V3_9_5).unwrap();
        let connect = zookeeper.connect_string(CHROOT);
        let properties = broker_properties(shape.n_brokers).merged(extra);
        let brokers = (1..=shape.n_brokers).map(|broker_id| {
            let config = KafkaConfig::zookeeper_broker(site, broker_id as i32, &connect).unwrap();
            Kedge::spawn(site, with_all(config, &properties).without("controlled.shutdown.enable"))
        });
        let brokers = started(brokers.collect());
        Cluster {
            site: site.clone(),
            mode: Mode::ZooKeeper,
            zookeeper: Some(zookeeper),
            controllers: Vec::new(),
            brokers,
        }
    }

    fn in_kraft(site: &TestSite, shape: Shape, extra: &Properties) -> Cluster {
        let node_ids: Vec<i32> = (FIRST_CONTROLLER_ID..).take(shape.n_controllers).collect();
        let configs = KafkaConfig::kraft_controllers(site, &node_ids).unwrap();
        let voters = configs[0].voters().to_owned();
        let properties = controller_properties().merged(extra);
        let controllers =
            configs.into_iter().map(|config| Kedge::spawn_in(site, with_all(config, &properties), TEST_CLUSTER_ID));
        let controllers = started(controllers.collect());
        let properties = broker_properties(shape.n_brokers).merged(extra);
        let brokers = (1..=shape.n_brokers).map(|broker_id| {
            let config = KafkaConfig::kraft_broker(site, broker_id as i32, &voters).unwrap();
            Kedge::spawn(site, with_all(config, &properties).without("controlled.shutdown.enable"))
        });
        let brokers = started(brokers.collect());
        Cluster { site: site.clone(), mode: Mode::KRaft, zookeeper: None, controllers, brokers }
    }

    /// Addresses of all brokers.
    pub fn bootstrap(&self) -> String {
        super::bootstrap_of(&self.brokers)
    }

    /// The cluster's id in ZooKeeper.
    pub fn zookeeper_cluster_id(&self) -> String {
        cluster_id(self.zookeeper.as_ref().expect("this cluster has a ZooKeeper"))
    }

    /// Stops every broker in order, then the controllers.
    pub fn stop(&mut self) {
        for broker in &mut self.brokers {
            broker.stop();
        }
        for controller in &mut self.controllers {
            controller.stop();
        }
    }
}

/// Waits for the ready line of each.
pub fn started(mut nodes: Vec<Kedge>) -> Vec<Kedge> {
    for node in &mut nodes {
        node.wait_until_started();
    }
    nodes
}

/// `id` of `/cluster/id`, which the first broker writes.
pub fn cluster_id(zookeeper: &ZooKeeperEnsemble) -> String {
    json_text(&znode(zookeeper, "/cluster/id"), "id")
}

/// `brokerid` of `/controller`, or `None` while nobody rules.
pub fn controller_id(zookeeper: &ZooKeeperEnsemble) -> Option<i32> {
    let data = zookeeper.znode(&format!("{CHROOT}/controller")).unwrap()?;
    let (_, rest) = data.split_once("\"brokerid\":")?;
    rest.trim_start().split(|it: char| it != '-' && !it.is_ascii_digit()).next()?.parse().ok()
}

/// Waits until that broker is the controller.
pub fn wait_for_controller(zookeeper: &ZooKeeperEnsemble, broker_id: i32) {
    eventually(SOON, format!("{broker_id} as the controller"), || match controller_id(zookeeper) {
        Some(now) if now == broker_id => Ok(()),
        now => Err(format!("{now:?} rules")),
    })
    .unwrap();
}

/// The data of a znode of the cluster's tree, once it is there.
pub fn znode(zookeeper: &ZooKeeperEnsemble, path: &str) -> String {
    let path = format!("{CHROOT}{path}");
    eventually(SOON, format!("znode {path}"), || zookeeper.znode(&path).unwrap()).unwrap()
}

fn json_text(json: &str, key: &str) -> String {
    let rest = json.split_once(&format!("\"{key}\":")).unwrap_or_else(|| panic!("no {key} in {json}")).1;
    rest.trim_start().trim_start_matches('"').split('"').next().unwrap_or_default().to_owned()
}
