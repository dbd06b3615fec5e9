//! A cluster that is made to move, and the operator's commands for it.

use std::{cell::Cell, time::Duration};

use kedge_real_parts::{
    KafkaConfig, KedgeProcess, Properties, TestSite, ToolOutput, ZooKeeperEnsemble, ZooKeeperVersion, eventually,
};
use serde_json::Value;

use super::{
    Kedge, SOON,
    cluster::{
        CHROOT, Cluster, FIRST_CONTROLLER_ID, Mode, Shape, broker_properties, cluster_id, controller_properties,
        started, with_all,
    },
};

const COMMAND_DEADLINE: Duration = Duration::from_secs(60);

/// What `kedge migrate status --json` says, with the fields that tests look at.
#[derive(Clone, Debug)]
pub struct Status(Value);

impl Status {
    /// The operator's word, with its reason if it has one: `dual`, `holding(…)`, `blocked(KM…)`.
    pub fn state(&self) -> &str {
        self.0["state"].as_str().unwrap_or("unknown")
    }

    /// Why nothing happens, or an empty text.
    pub fn waiting(&self) -> &str {
        self.0["waiting"].as_str().unwrap_or("")
    }

    /// Records that the mirror is behind, if it is known.
    pub fn mirror_lag(&self) -> Option<i64> {
        self.0["mirror_lag"].as_i64()
    }

    /// Brokers that follow the log, of how many.
    pub fn brokers_on_the_log(&self) -> (usize, usize) {
        let brokers = self.0["brokers"].as_object();
        let follow = |broker: &&Value| broker["follows_log"] == true;
        brokers.map_or((0, 0), |brokers| (brokers.values().filter(follow).count(), brokers.len()))
    }

    /// Leader epoch of the quorum.
    pub fn kraft_epoch(&self) -> i64 {
        self.0["kraft_epoch"].as_i64().unwrap_or(-1)
    }

    /// ZooKeeper's controller epoch of the claim, if there is one.
    pub fn zk_controller_epoch(&self) -> Option<i64> {
        self.0["zk_controller_epoch"].as_i64()
    }

    /// Node id of the controller that answered.
    pub fn node_id(&self) -> i64 {
        self.0["node_id"].as_i64().unwrap_or(-1)
    }

    /// The whole document.
    pub fn document(&self) -> &Value {
        &self.0
    }
}

/// Three kinds of nodes with properties as an operator would write them before a move: brokers in ZooKeeper mode that know the
/// voters, controllers that know ZooKeeper, and `zookeeper.metadata.migration.enable` on both.
pub struct Move {
    pub cluster: Cluster,
    pub cluster_id: String,
    controllers: String,
    /// Statuses that could not be had, for the messages of waits.
    refused: Cell<usize>,
}

impl Move {
    /// Starts ZooKeeper, the brokers, then the controllers. The state is then `zk` or `prepared`.
    pub fn prepare(site: &TestSite, shape: Shape, extra: &Properties) -> Move {
        Move::prepare_with(site, shape, extra, |config| config)
    }

    /// As [`Self::prepare`]; `change` has the last word on each broker's properties.
    pub fn prepare_with(
        site: &TestSite,
        shape: Shape,
        extra: &Properties,
        change: impl Fn(KafkaConfig) -> KafkaConfig,
    ) -> Move {
        Move::prepare_on(site, ZooKeeperVersion::V3_9_5, shape, extra, change)
    }

    /// As [`Self::prepare_with`], on another version of ZooKeeper.
    pub fn prepare_on(
        site: &TestSite,
        version: ZooKeeperVersion,
        shape: Shape,
        extra: &Properties,
        change: impl Fn(KafkaConfig) -> KafkaConfig,
    ) -> Move {
        let zookeeper = ZooKeeperEnsemble::start(site, shape.n_zookeeper_servers, version).unwrap();
        let connect = zookeeper.connect_string(CHROOT);
        let node_ids: Vec<i32> = (FIRST_CONTROLLER_ID..).take(shape.n_controllers).collect();
        let controllers = KafkaConfig::kraft_controllers(site, &node_ids).unwrap();
        let voters = controllers[0].voters().to_owned();
        let migration = Properties::new()
            .with("zookeeper.metadata.migration.enable", true)
            .with("zookeeper.session.timeout.ms", 18_000)
            .with("broker.session.timeout.ms", 30_000)
            .merged(extra);

        let armed = broker_properties(shape.n_brokers)
            .with("controller.quorum.voters", &voters)
            .with("controller.listener.names", "CONTROLLER")
            .with("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT")
            .merged(&migration);
        let brokers = (1..=shape.n_brokers).map(|broker_id| {
            let config = KafkaConfig::zookeeper_broker(site, broker_id as i32, &connect).unwrap();
            Kedge::spawn(site, change(with_all(config, &armed).without("controlled.shutdown.enable")))
        });
        let brokers = started(brokers.collect());

        let cluster_id = cluster_id(&zookeeper);
        let controllers = controllers.into_iter().map(|config| {
            let config =
                with_all(config, &controller_properties().merged(&migration)).with("zookeeper.connect", &connect);
            Kedge::spawn_in(site, config, &cluster_id)
        });
        let controllers = started(controllers.collect());
        let addresses =
            voters.split(',').filter_map(|voter| voter.split_once('@')).map(|(_, address)| address.to_owned());
        let addresses = addresses.collect::<Vec<_>>().join(",");
        let cluster =
            Cluster { site: site.clone(), mode: Mode::ZooKeeper, zookeeper: Some(zookeeper), controllers, brokers };
        Move { cluster, cluster_id, controllers: addresses, refused: Cell::new(0) }
    }

    /// Runs `kedge migrate VERB --bootstrap-controller … ARGS` to its end.
    pub fn command(&self, verb: &str, args: &[&str]) -> ToolOutput {
        let mut all = vec!["migrate", verb, "--bootstrap-controller", &self.controllers];
        all.extend(args);
        KedgeProcess::run(&self.cluster.site, all, COMMAND_DEADLINE).unwrap()
    }

    /// `kedge migrate VERB --execute --cluster ID`: the move is ordered, and goes on by itself.
    pub fn order(&self, verb: &str) {
        self.try_order(verb).unwrap();
    }

    /// As [`Self::order`]; an order that is refused is an error.
    pub fn try_order(&self, verb: &str) -> Result<String, kedge_real_parts::PartsError> {
        let zookeeper = self.cluster.zookeeper.as_ref().map(|zookeeper| zookeeper.connect_string(CHROOT));
        let mut args = vec!["--execute", "--cluster", self.cluster_id.as_str()];
        // Only the start looks for brokers in ZooKeeper.
        if let Some(zookeeper) = zookeeper.as_deref().filter(|_| verb == "start") {
            args.extend(["--zookeeper", zookeeper]);
        }
        self.command(verb, &args).success()
    }

    /// `kedge migrate status --json`, or why it could not be had.
    pub fn status(&self) -> Result<Status, String> {
        let output = self.command("status", &["--json"]);
        let status = output.success().map_err(|error| error.to_string()).and_then(|text| {
            serde_json::from_str(&text).map(Status).map_err(|error| format!("status is not JSON ({error}): {text}"))
        });
        if status.is_err() {
            self.refused.set(self.refused.get() + 1);
        }
        status
    }

    /// Waits until the state is one of `words`, and calls `each` with every status on the way.
    pub fn wait_for_state(&self, words: &[&str], deadline: Duration, mut each: impl FnMut(&Status)) -> Status {
        let what = format!("state {}", words.join(" or "));
        eventually(deadline, what, || {
            let status = self.status()?;
            each(&status);
            if words.contains(&status.state()) {
                return Ok(status);
            }
            Err(format!("{} waits for {:?}; {}", status.state(), status.waiting(), status.document()))
        })
        .unwrap()
    }

    /// `kedge migrate verify --json FILE`: exit code and proof. Repeated while the cluster changes under it.
    pub fn verify(&self) -> (i32, Value) {
        let file = self.cluster.site.directory().join("verify.json");
        let _ = std::fs::remove_file(&file);
        let output = self.command("verify", &["--json", &file.display().to_string()]);
        let proof = std::fs::read_to_string(&file).ok().and_then(|text| serde_json::from_str(&text).ok());
        let exit_code = output.exit_code().unwrap_or(-1);
        if exit_code != 0 {
            eprintln!("verify ended with {exit_code}\n{}\n{}", output.stdout, output.stderr);
        }
        (exit_code, proof.unwrap_or(Value::Null))
    }

    /// From `zk` to `dual`, with every broker on the log.
    pub fn forward(&self) {
        self.order("start");
        self.wait_for_state(&["dual"], SOON, |_| ());
        self.wait_until_brokers_are(true, SOON);
    }

    /// Waits until all brokers follow the log, or none does.
    pub fn wait_until_brokers_are(&self, on_the_log: bool, deadline: Duration) -> Status {
        let what = if on_the_log { "every broker on the log" } else { "every broker back on ZooKeeper" };
        eventually(deadline, what, || {
            let status = self.status()?;
            let (now, of) = status.brokers_on_the_log();
            if now == if on_the_log { of } else { 0 } {
                Ok(status)
            } else {
                Err(format!("{now} of {of} are on the log"))
            }
        })
        .unwrap()
    }

    /// From `dual` to the state before it.
    pub fn back(&self) {
        self.order("rollback");
        self.wait_for_state(&["zk", "prepared"], SOON, |_| ());
        self.wait_until_brokers_are(false, SOON);
    }

    /// From `dual` to `final`.
    pub fn finalize(&self) {
        self.order("finalize");
        self.wait_for_state(&["final"], SOON, |_| ());
    }

    /// Stops every ZooKeeper server.
    pub fn stop_zookeeper(&mut self) {
        self.cluster.zookeeper.as_mut().expect("this cluster has a ZooKeeper").stop_all().unwrap();
    }
}
