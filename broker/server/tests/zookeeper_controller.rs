//! The controller's shell over the ZooKeeper store, on the model of an ensemble: brokers come and go, old tools write.

use std::{sync::Arc, time::Duration};

use kedge_controller::{
    Settings,
    deletion::{self, TopicSelector},
};
use kedge_metadata_state::{BrokerId, Image, TopicId, Touched, image::Endpoint};
use kedge_metadata_store::{Position, Registration, ZooKeeperMember};
use kedge_server::{
    clock::SystemClock,
    controller_runtime::{self, CommitListener, ControllerConfig, ControllerHandle},
};
use kedge_zookeeper::{
    ZooKeeperMemberImpl, ZooKeeperStore,
    model_client::ModelCluster,
    zk::Op,
    znodes::{self, StateZnode},
};
use tokio::sync::watch;

const PATIENCE: Duration = Duration::from_secs(20);

/// Keeps the controller's image as it was committed last.
struct Committed(watch::Sender<Option<Arc<Image>>>);

impl CommitListener for Committed {
    fn activated(&self, _: i32, image: &Arc<Image>, _: Position) {
        self.0.send_replace(Some(image.clone()));
    }
    fn committed(&self, _: &Arc<Image>, after: &Arc<Image>, _: &Touched, _: Position) {
        self.0.send_replace(Some(after.clone()));
    }
    fn resigned(&self) {
        self.0.send_replace(None);
    }
}

struct Controller {
    handle: ControllerHandle,
    image: watch::Receiver<Option<Arc<Image>>>,
}

impl Controller {
    fn start(cluster: &ModelCluster, node_id: BrokerId) -> Controller {
        let committed = watch::Sender::new(None);
        let image = committed.subscribe();
        let handle = controller_runtime::start(ControllerConfig {
            // Processes of the model: the store's session is another than the member's.
            store: Arc::new(ZooKeeperStore::open(Arc::new(cluster.connector(100 + node_id)))),
            node_id,
            settings: Settings::for_cluster("cluster", node_id),
            rebalance_interval: Duration::from_secs(300),
            max_idle_interval: Duration::from_millis(500),
            clock: Arc::new(SystemClock),
            seed: 7,
            listener: Arc::new(Committed(committed)),
        });
        Controller { handle, image }
    }

    async fn until(&mut self, what: &str, is_reached: impl Fn(&Image) -> bool) {
        let reached = self.image.wait_for(|image| image.as_ref().is_some_and(|image| is_reached(image)));
        if tokio::time::timeout(PATIENCE, reached).await.is_err() {
            panic!("not in time: {what}; the image is {:#?}", self.image.borrow().as_deref());
        }
    }
}

fn registration(broker_id: BrokerId) -> Registration {
    let listeners = vec![Endpoint {
        listener_name: "PLAINTEXT".to_owned(),
        host: "127.0.0.1".to_owned(),
        port: 9092 + broker_id as u16,
        security_protocol: 0,
    }];
    let broker = kedge_metadata_state::image::BrokerRegistration {
        broker_id,
        broker_epoch: -1,
        incarnation_id: TopicId::ZERO,
        listeners,
        features: Default::default(),
        rack: None,
        fenced: false,
        in_controlled_shutdown: false,
        is_migrating_zk_broker: true,
        directories: Vec::new(),
    };
    Registration { broker, jmx_port: -1 }
}

async fn broker(cluster: &ModelCluster, broker_id: BrokerId) -> ZooKeeperMemberImpl {
    let member = ZooKeeperMemberImpl::open(Arc::new(cluster.connector(broker_id)));
    member.register(registration(broker_id)).await.expect("registered");
    member
}

fn create_topic(cluster: &ModelCluster, name: &str, partitions: &str) {
    let document = format!(r#"{{"version":1,"partitions":{{{partitions}}}}}"#);
    let op = Op::create(znodes::topic_path(name), document.into_bytes());
    cluster.outside_write(&[op]).expect("kafka-topics --zookeeper --create");
}

fn state(cluster: &ModelCluster, name: &str, partition_id: i32) -> Option<(i32, Vec<i32>, i32)> {
    let tree = cluster.tree();
    let node = tree.node(&znodes::state_path(name, partition_id))?;
    let state = StateZnode::decode(&node.data).expect("we wrote it");
    Some((state.leader, state.isr, state.leader_epoch))
}

fn leads(image: &Image, name: &str, partition_id: i32) -> Option<i32> {
    Some(image.topics.get(name)?.partitions.get(&partition_id)?.leader)
}

#[tokio::test]
async fn brokers_come_and_go_under_the_store() {
    let cluster = ModelCluster::new(true);
    let _first = broker(&cluster, 1).await;
    create_topic(&cluster, "before", r#""0":[1,2],"1":[3]"#);
    let mut controller = Controller::start(&cluster, 1);
    // What was written while nobody ruled is elected at once, from who is there.
    controller.until("1 leads", |image| leads(image, "before", 0) == Some(1)).await;
    assert_eq!(state(&cluster, "before", 0), Some((1, vec![1], 0)));
    assert_eq!(state(&cluster, "before", 1), None, "nobody of its replicas is there");

    let _second = broker(&cluster, 2).await;
    controller.until("2 is there", |image| image.cluster.brokers.contains_key(&2)).await;
    create_topic(&cluster, "later", r#""0":[2,1]"#);
    controller.until("2 leads", |image| leads(image, "later", 0) == Some(2)).await;
    assert_eq!(state(&cluster, "later", 0), Some((2, vec![2, 1], 0)));
    let _third = broker(&cluster, 3).await;
    controller.until("3 leads", |image| leads(image, "before", 1) == Some(3)).await;

    // A dead broker is forgotten, not kept because the store had forgotten it before the controller.
    cluster.expire(2);
    let is_gone = |image: &Image| !image.cluster.brokers.contains_key(&2) && leads(image, "later", 0) == Some(1);
    // The member opens a new session but registers only when it is told to.
    controller.until("2 is gone", is_gone).await;
    assert_eq!(state(&cluster, "later", 0), Some((1, vec![1], 1)));
    let _again = broker(&cluster, 2).await;
    controller.until("2 is back", |image| image.cluster.brokers.contains_key(&2)).await;
}

#[tokio::test]
async fn a_deletion_survives_a_failover() {
    let cluster = ModelCluster::new(true);
    let _first = broker(&cluster, 1).await;
    let mut controller = Controller::start(&cluster, 1);
    controller.until("it rules", |image| image.cluster.brokers.contains_key(&1)).await;
    create_topic(&cluster, "doomed", r#""0":[1]"#);
    controller.until("it is led", |image| leads(image, "doomed", 0) == Some(1)).await;
    cluster.outside_write(&[Op::create("/admin/delete_topics/doomed", "")]).expect("kafka-topics --delete");
    controller.until("it is queued", |image| image.sidecar.topic_deletions.len() == 1).await;

    // The session of the controller ends; the next reign asks every replica again.
    cluster.expire(101);
    controller.image.wait_for(Option::is_none).await.expect("it runs");
    controller.until("it is still queued", |image| image.sidecar.topic_deletions.len() == 1).await;
    let topic_id = controller.image.borrow().as_ref().expect("it rules").topics.get("doomed").expect("there").topic_id;
    let acknowledge = move |context: &mut kedge_controller::Context<'_>, soft: &mut controller_runtime::SoftState| {
        soft.deletions.acknowledged(context, topic_id, 0, 1)
    };
    let mut acknowledged = controller.handle.decide(acknowledge).await;
    while acknowledged.is_err() {
        acknowledged = controller.handle.decide(acknowledge).await;
    }
    controller.until("it is gone", |image| image.topics.get("doomed").is_none()).await;
    let tree = cluster.tree();
    let left: Vec<&String> = tree.nodes().map(|(path, _)| path).filter(|path| path.contains("doomed")).collect();
    assert!(left.is_empty(), "{left:?}");
    let again = [TopicSelector::Name("doomed".to_owned())];
    let decided = controller.handle.decide(move |context, _| deletion::delete_topics(context, &again)).await;
    assert!(decided.expect("it rules")[0].result.is_err(), "there is no such topic any more");
}
