//! Two ZooKeeper-mode brokers over loopback: one rules and pushes, both take in what it pushes; the tree is in memory.

use std::net::{IpAddr, Ipv4Addr};

use kedge_metadata_state::{
    Authority, Delta, Dialect, Image, Record, TopicIdPartition, Uuid,
    image::{BrokerRegistration, Endpoint, LeaderRecoveryState},
    records::MetadataRecord,
};
use kedge_metadata_store::{Outcome, Position, Unit, memory::MemoryCluster};
use kedge_protocol::{
    messages::{
        AlterConfigsResponse, CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse,
        IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
        create_topics_request::CreatableTopic,
        incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig},
    },
    wire::Encoder,
};
use tokio::net::TcpListener;

use super::*;
use crate::{
    api::zookeeper_mode::serve_zookeeper_apis,
    broker_push::{BrokerPush, DeletionFeedback, PushConfig},
    clock::SystemClock,
    context::{AllowAll, Principal, SecurityProtocol},
    controller_api::{ControllerNode, topics},
    controller_runtime::{self, ControllerConfig},
    metadata_source::{
        MetadataSource, SourceEvent, SourceStamp,
        rpc::{HostedReplicas, RpcSource, StoppedReplica},
    },
    network::listener::{self, ListenerShared, RunningListener},
    services::{Linked, Published},
};

const LISTENER: &str = "PLAINTEXT";
const PATIENCE: Duration = Duration::from_secs(20);

/// A session whose tree nobody else writes.
#[derive(Default)]
struct FakeMember {
    czxid: i64,
    written: Mutex<Vec<Record>>,
}

#[async_trait]
impl ZooKeeperMember for FakeMember {
    async fn register(&self, _: Registration) -> Result<i64, MemberError> {
        Ok(self.czxid)
    }
    async fn cluster_id(&self, proposed: &str) -> Result<String, MemberError> {
        Ok(proposed.to_owned())
    }
    async fn notices(&self) -> Result<Notices, MemberError> {
        Ok(Notices::channel().1)
    }
    async fn topic_configs(&self, _: Vec<String>) -> Vec<Record> {
        Vec::new()
    }
    async fn controller(&self) -> Result<kedge_metadata_store::ControllerZnode, MemberError> {
        Ok(kedge_metadata_store::ControllerZnode::default())
    }
    async fn consumer_offset(&self, _: &kedge_metadata_store::ConsumerPartition) -> Result<Option<i64>, MemberError> {
        Ok(None)
    }
    async fn set_consumer_offset(
        &self,
        _: &kedge_metadata_store::ConsumerPartition,
        _: i64,
    ) -> Result<(), MemberError> {
        Ok(())
    }
    async fn write(&self, units: Vec<Unit>) -> Result<Vec<Outcome>, kedge_metadata_store::CommitError> {
        let outcomes = units.iter().map(|_| Outcome::Committed(Position(1))).collect();
        self.written.lock().unwrap().extend(units.into_iter().flat_map(|unit| unit.records));
        Ok(outcomes)
    }
}

/// Replicas that only remember what they were told to delete.
#[derive(Default)]
struct FakeReplicas {
    deleted: Mutex<Vec<(String, i32)>>,
}

impl HostedReplicas for FakeReplicas {
    fn fault(&self, _: TopicIdPartition) -> Option<ErrorCode> {
        None
    }
    fn stop(&self, replica: &StoppedReplica) -> Result<(), ErrorCode> {
        if replica.delete {
            self.deleted.lock().unwrap().push((replica.topic_name.clone(), replica.partition_id));
        }
        Ok(())
    }
}

struct Broker {
    link: Arc<ZooKeeperLink>,
    image: Arc<ImageCell>,
    member: Arc<FakeMember>,
    replicas: Arc<FakeReplicas>,
    tell: tokio::sync::mpsc::UnboundedSender<Notice>,
    _listener: RunningListener,
}

fn registration(broker_id: BrokerId, broker_epoch: i64, port: u16) -> BrokerRegistration {
    BrokerRegistration {
        broker_id,
        broker_epoch,
        incarnation_id: Uuid::ZERO,
        listeners: vec![Endpoint {
            listener_name: LISTENER.to_owned(),
            host: "127.0.0.1".to_owned(),
            port,
            security_protocol: 0,
        }],
        features: Default::default(),
        rack: None,
        fenced: false,
        in_controlled_shutdown: false,
        is_migrating_zk_broker: true,
        directories: Vec::new(),
    }
}

fn czxid(broker_id: BrokerId) -> i64 {
    (1 << 32) + i64::from(broker_id)
}

async fn start_broker(broker_id: BrokerId, socket: TcpListener, cluster: &MemoryCluster) -> Broker {
    let stamp = SourceStamp { authority: Authority::ZooKeeper, controller_epoch: -1, metadata_offset: -1 };
    let base = Image::empty(Dialect::ZOOKEEPER);
    let image = Arc::new(ImageCell::new(Published { image: Arc::new(base.clone()), stamp }));
    let settings = Settings::for_cluster("cluster", broker_id);
    let feedback = Arc::new(DeletionFeedback::default());
    let push_config = PushConfig {
        controller_id: broker_id,
        inter_broker_listener_name: LISTENER.to_owned(),
        request_timeout: Duration::from_secs(5),
    };
    let controller = controller_runtime::start(ControllerConfig {
        store: Arc::new(cluster.open(broker_id)),
        node_id: broker_id,
        settings: settings.clone(),
        rebalance_interval: Duration::from_secs(300),
        max_idle_interval: Duration::from_millis(500),
        clock: Arc::new(SystemClock),
        seed: 7,
        listener: Arc::new(BrokerPush::new(push_config, feedback.events())),
    });
    feedback.attach(controller.clone());
    let node =
        Arc::new(ControllerNode { node_id: broker_id, cluster_id: "cluster".to_owned(), handle: controller.clone() });
    let mut controller_apis = ApiTable::new();
    let api_node = node.clone();
    controller_apis.serve(0..=7, move |context, request| topics::create_topics(api_node.clone(), context, request));
    let api_node = node.clone();
    controller_apis.serve(0..=6, move |context, request| topics::delete_topics(api_node.clone(), context, request));

    let member = Arc::new(FakeMember { czxid: czxid(broker_id), ..Default::default() });
    let link = Arc::new(ZooKeeperLink::new(ZooKeeperLinkConfig {
        broker_id,
        member: member.clone(),
        image: image.clone(),
        inter_broker_listener_name: LISTENER.to_owned(),
        controller_apis: Arc::new(controller_apis),
        controller,
        settings,
        request_timeout: Duration::from_secs(30),
        shutdown_tries_max: 3,
        shutdown_backoff: Duration::from_secs(5),
        clock: Arc::new(SystemClock),
    }));
    let broker_epoch = BrokerEpoch { authority: Authority::ZooKeeper, value: BrokerEpoch::UNKNOWN_VALUE };
    let cell = Arc::new(LinkCell::new(Linked { link: link.clone(), broker_epoch }));
    let (source, inlet) = RpcSource::start(broker_id, &base, cell.clone(), None);
    tokio::spawn(publish(source, image.clone()));
    let (tell, notices) = Notices::channel();
    tokio::spawn(link.clone().follow(notices, cell.clone(), inlet.clone()));

    let replicas = Arc::new(FakeReplicas::default());
    let hosted: Arc<dyn HostedReplicas> = replicas.clone();
    let mut apis = ApiTable::new();
    serve_zookeeper_apis(&mut apis, &inlet, &hosted, &node);
    let address = socket.local_addr().unwrap();
    let _listener = listener::start(socket, ListenerShared::for_test(LISTENER, apis)).unwrap();
    let own = registration(broker_id, czxid(broker_id), address.port());
    let value = link.register(Registration { broker: own, jmx_port: -1 }).await.unwrap();
    cell.store(Linked { link: link.clone(), broker_epoch: BrokerEpoch { authority: Authority::ZooKeeper, value } });
    Broker { link, image, member, replicas, tell, _listener }
}

/// The publisher's part: events into the image, in order.
async fn publish(mut source: RpcSource, image: Arc<ImageCell>) {
    loop {
        if let SourceEvent::Records { stamp, records, .. } = source.next().await {
            let mut delta = Delta::new(&image.load().image);
            delta.replay_all(&records).expect("the source's records fit");
            image.store(Published { image: Arc::new(delta.apply().0), stamp });
        }
    }
}

fn client(api_key: ApiKey, api_version: i16) -> RequestContext {
    RequestContext {
        principal: Principal::anonymous(),
        client_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        listener_name: LISTENER.into(),
        security_protocol: SecurityProtocol::Plaintext,
        client_id: None,
        connection_id: 0,
        api_key,
        api_version,
        correlation_id: 1,
        received_at: 0,
        forwarded: false,
        authorizer: Arc::new(AllowAll),
    }
}

async fn ask<R: kedge_protocol::Request>(
    broker: &Broker,
    api_version: i16,
    request: &R,
) -> Result<R::Response, LinkError> {
    let mut body = Encoder::new();
    request.encode(api_version, &mut body).unwrap();
    let answer = broker.link.admin(&client(R::KEY, api_version), body.into_bytes()).await?;
    Ok(R::Response::decode(api_version, &mut Decoder::new(answer)).unwrap())
}

async fn until(broker: &Broker, is_reached: impl Fn(&Image) -> bool) {
    let mut images = broker.image.subscribe();
    timeout(PATIENCE, images.wait_for(|published| is_reached(&published.image)))
        .await
        .expect("the image gets there in time")
        .expect("the image cell lives");
}

/// What both sides of a push must agree on: everything but what is not pushed.
fn pushed_part(image: &Image) -> (Vec<(BrokerId, Vec<Endpoint>)>, Image) {
    let brokers = image.cluster.brokers.values().map(|broker| (broker.broker_id, broker.listeners.clone())).collect();
    let mut rest = image.clone();
    rest.cluster = Default::default();
    (brokers, rest)
}

struct Cluster {
    tree: MemoryCluster,
    brokers: Vec<Broker>,
    ruler: usize,
}

async fn start_cluster() -> Cluster {
    let sockets = [TcpListener::bind("127.0.0.1:0").await.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap()];
    let mut delta = Delta::new(&Image::empty(Dialect::ZOOKEEPER));
    for (broker_id, socket) in (1..).zip(&sockets) {
        let registration = registration(broker_id, czxid(broker_id), socket.local_addr().unwrap().port());
        delta.replay(&MetadataRecord::RegisterBroker(registration.to_record()).into()).unwrap();
    }
    let tree = MemoryCluster::new(delta.apply().0);
    let mut brokers = Vec::new();
    for (broker_id, socket) in (1..).zip(sockets) {
        brokers.push(start_broker(broker_id, socket, &tree).await);
    }
    for broker in &brokers {
        until(broker, |image| image.cluster.brokers.len() == 2).await;
    }
    let rules = |broker: &Broker| broker.link.config.controller.active_epoch().is_some();
    let mut ruler = brokers.iter().position(rules);
    while ruler.is_none() {
        tokio::task::yield_now().await;
        ruler = brokers.iter().position(rules);
    }
    let ruler = ruler.expect("somebody rules");
    let controller_id = brokers[ruler].link.config.broker_id;
    let znode = ControllerZnode { controller_id: Some(controller_id), kraft_controller_epoch: -1 };
    for broker in &brokers {
        broker.tell.send(Notice::Controller(znode.clone())).unwrap();
        let mut seen = broker.link.tree();
        timeout(PATIENCE, seen.wait_for(|seen| seen.controller.controller_id.is_some())).await.unwrap().unwrap();
    }
    Cluster { tree, brokers, ruler }
}

async fn create_orders(cluster: &Cluster) {
    let topic =
        CreatableTopic { name: "orders".to_owned(), num_partitions: 3, replication_factor: 2, ..Default::default() };
    let request = CreateTopicsRequest { topics: vec![topic], timeout_ms: 10_000, ..Default::default() };
    let created: CreateTopicsResponse = ask(&cluster.brokers[cluster.ruler], 7, &request).await.unwrap();
    assert_eq!(created.topics[0].error_code, 0, "{:?}", created.topics[0].error_message);
    let known = cluster.brokers[cluster.ruler].image.load().image;
    assert!(known.topics.by_name.contains_key("orders"), "the answer waits for the broker's own view");
}

#[tokio::test]
async fn a_topic_is_pushed_to_both_brokers_and_deleted_when_both_have_acknowledged() {
    let cluster = start_cluster().await;
    create_orders(&cluster).await;
    for broker in &cluster.brokers {
        until(broker, |image| image.topics.get("orders").is_some_and(|topic| topic.partitions.len() == 3)).await;
        assert_eq!(pushed_part(&broker.image.load().image), pushed_part(&cluster.tree.image()));
        assert_eq!(broker.link.controller_for_clients(), Some(cluster.brokers[cluster.ruler].link.config.broker_id));
    }

    let request = DeleteTopicsRequest { topic_names: vec!["orders".to_owned()], ..Default::default() };
    let deleted: DeleteTopicsResponse = ask(&cluster.brokers[cluster.ruler], 5, &request).await.unwrap();
    assert_eq!(deleted.responses[0].error_code, 0);
    let deadline = Instant::now() + PATIENCE;
    while cluster.tree.image().topics.by_name.contains_key("orders") {
        assert!(Instant::now() < deadline, "the deletion is never acknowledged");
        sleep(Duration::from_millis(5)).await;
    }
    assert!(cluster.tree.image().sidecar.topic_deletions.is_empty());
    for broker in &cluster.brokers {
        let deleted: BTreeSet<_> = broker.replicas.deleted.lock().unwrap().iter().cloned().collect();
        assert_eq!(deleted, (0..3).map(|partition| ("orders".to_owned(), partition)).collect());
        assert!(!broker.image.load().image.topics.by_name.contains_key("orders"));
    }
}

#[tokio::test]
async fn isr_changes_and_producer_ids_go_to_the_controller_and_come_back() {
    let cluster = start_cluster().await;
    create_orders(&cluster).await;
    let follower = &cluster.brokers[1 - cluster.ruler];
    until(follower, |image| image.topics.by_name.contains_key("orders")).await;
    let own_id = follower.link.config.broker_id;
    let image = follower.image.load().image;
    let topic = image.topics.get("orders").unwrap();
    let (partition_id, led) = topic.partitions.iter().find(|(_, it)| it.leader == own_id).expect("leaders are spread");
    let change = IsrChange {
        topic_id: topic.topic_id,
        partition_id: *partition_id,
        leader_epoch: led.leader_epoch,
        partition_epoch: led.partition_epoch,
        new_isr: vec![(own_id, czxid(own_id))],
        leader_recovery_state: LeaderRecoveryState::Recovered,
    };
    let replies = follower.link.alter_partition(vec![change]).await.unwrap();
    let committed = replies[0].result.as_ref().unwrap();
    assert_eq!((committed.isr.as_slice(), committed.partition_epoch), ([own_id].as_slice(), led.partition_epoch + 1));
    for broker in &cluster.brokers {
        let (topic_id, partition_id) = (topic.topic_id, *partition_id);
        until(broker, |image| image.topics.partition(&topic_id, partition_id).unwrap().isr == [own_id]).await;
        assert_eq!(pushed_part(&broker.image.load().image).1.topics, cluster.tree.image().topics);
    }
    let first = follower.link.allocate_producer_ids().await.unwrap();
    let second = follower.link.allocate_producer_ids().await.unwrap();
    assert_eq!(second.first_producer_id, first.first_producer_id + i64::from(first.count));
}

#[tokio::test]
async fn a_controlled_shutdown_hands_leaderships_over() {
    let cluster = start_cluster().await;
    create_orders(&cluster).await;
    let leaver = &cluster.brokers[1 - cluster.ruler];
    let own_id = leaver.link.config.broker_id;
    let beat = Heartbeat {
        current_metadata_offset: -1,
        want_fence: false,
        want_shut_down: false,
        offline_log_dirs: Vec::new(),
    };
    let reply = leaver.link.heartbeat(beat.clone()).await.unwrap();
    assert_eq!((reply.is_caught_up, reply.is_fenced, reply.should_shut_down), (true, false, false));
    let reply = leaver.link.heartbeat(Heartbeat { want_shut_down: true, ..beat }).await.unwrap();
    assert!(reply.should_shut_down);
    let topics = cluster.tree.image().topics;
    let partitions = topics.by_id.values().flat_map(|topic| topic.partitions.values());
    assert!(partitions.into_iter().all(|partition| partition.leader != own_id && !partition.isr.contains(&own_id)));
}

#[tokio::test]
async fn any_broker_writes_configs_and_only_the_controller_does_the_rest() {
    let cluster = start_cluster().await;
    create_orders(&cluster).await;
    let other = &cluster.brokers[1 - cluster.ruler];
    until(other, |image| image.topics.by_name.contains_key("orders")).await;
    let refused = ask(other, 7, &CreateTopicsRequest::default()).await;
    assert_eq!(refused, Err(LinkError::Refused(ErrorCode::NOT_CONTROLLER)));

    let change = |name: &str| IncrementalAlterConfigsRequest {
        resources: vec![AlterConfigsResource {
            resource_type: 2,
            resource_name: name.to_owned(),
            configs: vec![AlterableConfig {
                name: "retention.ms".to_owned(),
                config_operation: 0,
                value: Some("1000".to_owned()),
            }],
        }],
        ..Default::default()
    };
    let answer: IncrementalAlterConfigsResponse = ask(other, 1, &change("orders")).await.unwrap();
    assert_eq!(answer.responses[0].error_code, 0);
    let written = std::mem::take(&mut *other.member.written.lock().unwrap());
    let [Record::Metadata(MetadataRecord::Config(record))] = written.as_slice() else { panic!("{written:?}") };
    assert_eq!((record.name.as_str(), record.value.as_deref()), ("retention.ms", Some("1000")));
    let answer: IncrementalAlterConfigsResponse = ask(other, 1, &change("unknown")).await.unwrap();
    assert_eq!(answer.responses[0].error_code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0);

    // The change comes back as a notice, and the old request replaces what is there.
    other.tell.send(Notice::Configs(written)).unwrap();
    until(other, |image| image.configs.topic("orders").is_some()).await;
    let replace = kedge_protocol::messages::AlterConfigsRequest {
        resources: vec![kedge_protocol::messages::alter_configs_request::AlterConfigsResource {
            resource_type: 2,
            resource_name: "orders".to_owned(),
            configs: Vec::new(),
        }],
        ..Default::default()
    };
    let answer: AlterConfigsResponse = ask(other, 2, &replace).await.unwrap();
    assert_eq!(answer.responses[0].error_code, 0);
    let written = other.member.written.lock().unwrap().clone();
    let [Record::Metadata(MetadataRecord::Config(record))] = written.as_slice() else { panic!("{written:?}") };
    assert_eq!((record.name.as_str(), record.value.as_deref()), ("retention.ms", None));
}
