//! A cluster to make decisions on: keeps the image, replays what is decided, and writes a transcript.

use std::{collections::BTreeMap, fmt::Debug, fmt::Write as _};

use kedge_controller::{
    Context, Decision, RandomSource, Settings, SplitMix64,
    brokers::{self, HeartbeatRequest, RegisterBrokerRequest},
    liveness::Liveness,
    topics::{CreatableTopic, CreateTopicsRequest},
};
use kedge_metadata_state::{
    BrokerId, Delta, Dialect, Image, MetadataVersion, PartitionId, Record, TopicId, TopicIdPartition, Uuid,
    image::{BrokerRegistration, Endpoint, PartitionImage},
    records::MetadataRecord,
};

/// The session timeout of every test cluster.
pub(crate) const SESSION_MS: i64 = 9_000;

pub(crate) struct Cluster {
    pub(crate) image: Image,
    pub(crate) settings: Settings,
    pub(crate) liveness: Liveness,
    pub(crate) now_ms: i64,
    pub(crate) next_offset: i64,
    pub(crate) random: SplitMix64,
    pub(crate) transcript: String,
}

impl Cluster {
    /// An empty cluster in KRaft mode, at the latest metadata.version.
    pub(crate) fn kraft() -> Cluster {
        let mut image = Image::empty(Dialect::kraft(MetadataVersion::LATEST));
        image.features.metadata_version = Some(MetadataVersion::LATEST);
        Cluster::of(image)
    }

    /// An empty cluster in ZooKeeper mode.
    pub(crate) fn zookeeper() -> Cluster {
        Cluster::of(Image::empty(Dialect::ZOOKEEPER))
    }

    fn of(image: Image) -> Cluster {
        let mut settings = Settings::for_cluster("cluster", 0);
        settings.broker_session_timeout_ms = SESSION_MS;
        let liveness = Liveness::activate(&image, SESSION_MS, 0, 99);
        let random = SplitMix64::new(1);
        Cluster { image, settings, liveness, now_ms: 0, next_offset: 100, random, transcript: String::new() }
    }

    /// A KRaft cluster with these brokers registered and unfenced.
    pub(crate) fn kraft_with(brokers: impl IntoIterator<Item = BrokerId>) -> Cluster {
        let mut cluster = Cluster::kraft();
        for broker_id in brokers {
            cluster.start_broker(broker_id);
        }
        cluster
    }

    /// A ZooKeeper cluster with these brokers alive.
    pub(crate) fn zookeeper_with(brokers: impl IntoIterator<Item = BrokerId>) -> Cluster {
        let mut cluster = Cluster::zookeeper();
        for broker_id in brokers {
            cluster.ephemeral_up(broker_id, 1_000 + i64::from(broker_id));
        }
        cluster
    }

    /// Decides, replays, and says nothing.
    pub(crate) fn quietly<T>(
        &mut self,
        decide: impl FnOnce(&mut Context<'_>, &mut Liveness) -> Decision<T>,
    ) -> Decision<T> {
        let image = self.image.clone();
        let mut context = Context {
            image: &image,
            settings: &self.settings,
            now_ms: self.now_ms,
            next_offset: self.next_offset,
            random: &mut self.random,
        };
        let decision = decide(&mut context, &mut self.liveness);
        let mut delta = Delta::new(&self.image);
        for record in decision.records() {
            match record {
                // A transaction is the loader's business; what lies inside is replayed here.
                Record::Metadata(
                    MetadataRecord::BeginTransaction(_)
                    | MetadataRecord::EndTransaction(_)
                    | MetadataRecord::AbortTransaction(_),
                ) => {}
                record => delta.replay(record).unwrap_or_else(|error| panic!("{record}: {error}")),
            }
            self.next_offset += i64::from(matches!(record, Record::Metadata(_)));
        }
        self.image = delta.apply().0;
        decision
    }

    /// Decides, replays, and writes down what happened.
    pub(crate) fn run<T: Debug>(
        &mut self,
        title: &str,
        decide: impl FnOnce(&mut Context<'_>, &mut Liveness) -> Decision<T>,
    ) -> Decision<T> {
        let before = self.image.clone();
        let decision = self.quietly(decide);
        writeln!(self.transcript, "> {title}").expect("a string takes everything");
        for unit in &decision.units {
            let records: Vec<_> = unit.records.iter().map(|record| render(record, &before, &self.image)).collect();
            writeln!(self.transcript, "  {}", records.join("\n  & ")).expect("a string takes everything");
        }
        let mut response = format!("{:?}", decision.response);
        for (topic_id, topic) in before.topics.by_id.iter().chain(self.image.topics.by_id.iter()) {
            response = response.replace(&format!("{topic_id:?}"), &format!("id of {}", topic.name));
        }
        writeln!(self.transcript, "  = {response}").expect("a string takes everything");
        decision
    }

    /// Writes the state of every partition down.
    pub(crate) fn note_partitions(&mut self) {
        let state = partitions(&self.image);
        writeln!(self.transcript, "partitions:\n{state}").expect("a string takes everything");
    }

    pub(crate) fn register_request(&self, broker_id: BrokerId, incarnation: u8) -> RegisterBrokerRequest {
        RegisterBrokerRequest {
            broker_id,
            cluster_id: "cluster".to_owned(),
            incarnation_id: uuid(broker_id as u8, incarnation),
            listeners: vec![endpoint(broker_id)],
            features: BTreeMap::from([("metadata.version".to_owned(), (1, 21))]),
            rack: None,
            is_migrating_zk_broker: false,
            directories: vec![directory(broker_id)],
        }
    }

    /// Registers and unfences a broker.
    pub(crate) fn start_broker(&mut self, broker_id: BrokerId) {
        self.start_broker_on(broker_id, None);
    }

    /// Registers and unfences a broker in a rack.
    pub(crate) fn start_broker_on(&mut self, broker_id: BrokerId, rack: Option<&str>) {
        let incarnation = (self.next_offset % 251) as u8;
        let mut request = self.register_request(broker_id, incarnation);
        request.rack = rack.map(str::to_owned);
        self.quietly(|context, liveness| brokers::register_broker(context, liveness, &request))
            .response
            .expect("the broker registers");
        let heartbeat = self.heartbeat_request(broker_id);
        self.quietly(|context, liveness| brokers::heartbeat(context, liveness, &heartbeat))
            .response
            .expect("the broker is known");
    }

    /// A heartbeat of a broker that wants to serve and has applied everything.
    pub(crate) fn heartbeat_request(&self, broker_id: BrokerId) -> HeartbeatRequest {
        HeartbeatRequest {
            broker_id,
            broker_epoch: self.broker_epoch(broker_id),
            current_metadata_offset: self.next_offset - 1,
            want_fence: false,
            want_shut_down: false,
            offline_directories: Vec::new(),
        }
    }

    pub(crate) fn broker_epoch(&self, broker_id: BrokerId) -> i64 {
        self.image.cluster.brokers.get(&broker_id).map_or(-1, |registration| registration.broker_epoch)
    }

    pub(crate) fn ephemeral(broker_id: BrokerId, czxid: i64) -> BrokerRegistration {
        BrokerRegistration {
            broker_id,
            broker_epoch: czxid,
            incarnation_id: Uuid::ZERO,
            listeners: vec![endpoint(broker_id)],
            features: BTreeMap::new(),
            rack: None,
            fenced: true,
            in_controlled_shutdown: false,
            is_migrating_zk_broker: false,
            directories: Vec::new(),
        }
    }

    pub(crate) fn ephemeral_up(&mut self, broker_id: BrokerId, czxid: i64) {
        self.quietly(|context, _| brokers::broker_up(context, &Cluster::ephemeral(broker_id, czxid)));
    }

    /// Creates a topic with these replicas, and answers its id.
    pub(crate) fn create(&mut self, name: &str, replicas: &[&[BrokerId]]) -> TopicId {
        let topic = assigned(name, replicas);
        let request = CreateTopicsRequest { topics: vec![topic], validate_only: false };
        let decision = self.quietly(|context, _| kedge_controller::topics::create_topics(context, &request));
        decision.response[0].result.as_ref().expect("the topic is created").topic_id
    }

    pub(crate) fn partition(&self, name: &str, partition_id: PartitionId) -> &PartitionImage {
        &self.image.topics.get(name).expect("the topic is there").partitions[&partition_id]
    }

    /// Puts a partition into a state that no request leads to.
    pub(crate) fn set_partition(&mut self, name: &str, id: PartitionId, change: impl FnOnce(&mut PartitionImage)) {
        let topic_id = self.image.topics.by_name[name];
        let topic = self.image.topics.by_id.get_mut(&topic_id).expect("the topic is there");
        let topic = std::sync::Arc::make_mut(topic);
        change(std::sync::Arc::make_mut(topic.partitions.get_mut(&id).expect("the partition is there")));
    }
}

/// A topic to create with these replicas.
pub(crate) fn assigned(name: &str, replicas: &[&[BrokerId]]) -> CreatableTopic {
    CreatableTopic {
        name: name.to_owned(),
        num_partitions: -1,
        replication_factor: -1,
        assignments: (0..).zip(replicas.iter().map(|replicas| replicas.to_vec())).collect(),
        configs: Vec::new(),
    }
}

/// A topic to create with placed replicas.
pub(crate) fn placed(name: &str, num_partitions: i32, replication_factor: i16) -> CreatableTopic {
    CreatableTopic { name: name.to_owned(), num_partitions, replication_factor, ..CreatableTopic::default() }
}

pub(crate) fn endpoint(broker_id: BrokerId) -> Endpoint {
    let port = 9_000 + broker_id as u16;
    Endpoint { listener_name: "PLAINTEXT".to_owned(), host: "localhost".to_owned(), port, security_protocol: 0 }
}

pub(crate) fn uuid(high: u8, low: u8) -> Uuid {
    let mut bytes = [0; 16];
    bytes[0] = high;
    bytes[1] = low;
    bytes[14] = 200;
    Uuid::from_bytes(bytes)
}

/// The only log directory of a test broker.
pub(crate) fn directory(broker_id: BrokerId) -> Uuid {
    uuid(broker_id as u8, 255)
}

/// Every partition's state, one line each.
pub(crate) fn partitions(image: &Image) -> String {
    let mut lines = Vec::new();
    for (name, topic_id) in &image.topics.by_name {
        for (partition_id, it) in &image.topics.by_id[topic_id].partitions {
            let mut line = format!(
                "  {name}-{partition_id} leader {} isr {:?} of {:?} epochs {}/{}",
                it.leader, it.isr, it.replicas, it.leader_epoch, it.partition_epoch
            );
            if it.leader_recovery_state as i8 != 0 {
                line.push_str(" recovering");
            }
            lines.push(line);
        }
    }
    lines.join("\n")
}

fn render(record: &Record, before: &Image, after: &Image) -> String {
    let named = |at: TopicIdPartition| {
        let topic = after.topics.by_id.get(&at.topic_id).or_else(|| before.topics.by_id.get(&at.topic_id));
        format!("{}-{}", topic.map_or("?", |topic| &topic.name), at.partition_id)
    };
    match record {
        Record::Metadata(MetadataRecord::PartitionChange(it)) => {
            let mut parts = vec![named(TopicIdPartition { topic_id: it.topic_id, partition_id: it.partition_id })];
            if it.leader != -2 {
                parts.push(format!("leader {}", it.leader));
            }
            parts.extend(it.isr.as_ref().map(|isr| format!("isr {isr:?}")));
            parts.extend(it.replicas.as_ref().map(|replicas| format!("replicas {replicas:?}")));
            parts.extend(it.adding_replicas.as_ref().map(|adding| format!("adding {adding:?}")));
            parts.extend(it.removing_replicas.as_ref().map(|removing| format!("removing {removing:?}")));
            parts.extend(it.directories.as_ref().map(|directories| format!("directories {}", directories.len())));
            if it.leader_recovery_state != -1 {
                parts.push(format!("recovery state {}", it.leader_recovery_state));
            }
            format!("PartitionChange({})", parts.join(", "))
        }
        record => {
            let mut line = record.to_string();
            for (topic_id, topic) in before.topics.by_id.iter().chain(after.topics.by_id.iter()) {
                line = line.replace(&topic_id.to_string(), &topic.name);
            }
            line
        }
    }
}

/// A number below a bound, for the seeded tests.
pub(crate) fn below(random: &mut SplitMix64, bound: usize) -> usize {
    (random.next_u64() % bound as u64) as usize
}
