//! What the tests share: a seeded random source, random images, and images as text.
#![allow(dead_code)] // each test binary uses its part

use std::{collections::BTreeMap, sync::Arc};

use kedge_metadata_state::{
    Dialect, Image, MetadataVersion, SidecarRecord,
    diff::{DiffScope, describe_differences},
    image::{
        BrokerRegistration, ConfigResource, ConfigResourceType, ControllerRegistration, Endpoint, LeaderRecoveryState,
        PartitionImage, TopicImage, ZkMigrationState, security::client_quota_key,
    },
    sidecar::{MigrationFacts, MigrationPhase},
};
use kedge_protocol::{
    Uuid,
    metadata_records::{
        AccessControlEntryRecord, ClientQuotaRecord, DelegationTokenRecord, UserScramCredentialRecord,
        client_quota_record::EntityData,
    },
};

/// SplitMix64: the same numbers for the same seed, everywhere.
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `limit` - 1.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(crate) fn chance(&mut self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }

    /// Some of the numbers 1 to `max`, at least one, in random order.
    pub(crate) fn some_of(&mut self, max: i32) -> Vec<i32> {
        let mut all: Vec<i32> = (1..=max).collect();
        for index in (1..all.len()).rev() {
            all.swap(index, self.below(index as u64 + 1) as usize);
        }
        all.truncate(1 + self.below(max as u64) as usize);
        all
    }
}

pub(crate) fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// A small universe, so that two random images share names and ids and differ in what stands behind them.
pub(crate) fn random_image(rng: &mut Rng) -> Image {
    let metadata_version = MetadataVersion::from_level(17 + rng.below(5) as i16).expect("a supported level");
    let mut image = Image::empty(Dialect::kraft(metadata_version));
    image.features.metadata_version = Some(metadata_version);
    image.features.zk_migration_state = ZkMigrationState::from_value(rng.below(5) as i8).expect("a known state");
    if rng.chance(2) {
        image.features.finalized_levels.insert("group.version".to_owned(), 1 + rng.below(2) as i16);
    }
    for broker_id in rng.some_of(4) {
        image.cluster.brokers.insert(broker_id, Arc::new(random_broker(rng, broker_id)));
    }
    if rng.chance(2) {
        image.cluster.controllers.insert(100, Arc::new(random_controller(rng)));
    }
    random_topics(rng, &mut image);
    random_configs(rng, &mut image);
    image.next_producer_id = 1000 * rng.below(4) as i64;
    random_security(rng, &mut image);
    if rng.chance(2) {
        image.sidecar.topic_deletions.insert(uuid(1000 + u128::from(rng.below(6))));
    }
    if rng.chance(2) {
        image.sidecar.migration = Some(random_facts(rng));
    }
    image
}

fn random_endpoint(rng: &mut Rng, listener_name: &str) -> Endpoint {
    Endpoint {
        listener_name: listener_name.to_owned(),
        host: format!("host-{}", rng.below(3)),
        port: 9092 + rng.below(2) as u16,
        security_protocol: rng.below(4) as i16,
    }
}

fn random_broker(rng: &mut Rng, broker_id: i32) -> BrokerRegistration {
    BrokerRegistration {
        broker_id,
        broker_epoch: rng.below(3) as i64,
        incarnation_id: uuid(u128::from(rng.below(3))),
        listeners: vec![random_endpoint(rng, "PLAINTEXT")],
        features: BTreeMap::from([("metadata.version".to_owned(), (1, 21 + rng.below(2) as i16))]),
        rack: rng.chance(2).then(|| "rack-a".to_owned()),
        fenced: rng.chance(2),
        in_controlled_shutdown: rng.chance(4),
        is_migrating_zk_broker: rng.chance(4),
        directories: (0..rng.below(3)).map(|directory| uuid(500 + u128::from(directory))).collect(),
    }
}

fn random_controller(rng: &mut Rng) -> ControllerRegistration {
    ControllerRegistration {
        controller_id: 100,
        incarnation_id: uuid(u128::from(rng.below(3))),
        zk_migration_ready: rng.chance(2),
        listeners: vec![random_endpoint(rng, "CONTROLLER")],
        features: BTreeMap::new(),
    }
}

fn random_topics(rng: &mut Rng, image: &mut Image) {
    for (index, name) in ["a", "b", "c", "d"].into_iter().enumerate() {
        // Mostly the same id under the same name, sometimes the topic was made again.
        let topic_id = uuid(1000 + if rng.chance(4) { u128::from(rng.below(6)) } else { index as u128 });
        if rng.chance(4) || image.topics.by_id.contains_key(&topic_id) {
            continue;
        }
        let partitions = (0..rng.below(4) as i32).map(|id| (id, Arc::new(random_partition(rng)))).collect();
        let topic = TopicImage { name: name.to_owned(), topic_id, partitions };
        image.topics.by_name.insert(name.to_owned(), topic_id);
        image.topics.by_id.insert(topic_id, Arc::new(topic));
    }
}

pub(crate) fn random_partition(rng: &mut Rng) -> PartitionImage {
    let replicas = rng.some_of(4);
    let isr: Vec<i32> = replicas.iter().copied().take(1 + rng.below(3) as usize).collect();
    let directory = if rng.chance(2) { Uuid::ZERO } else { uuid(500 + u128::from(rng.below(3))) };
    PartitionImage {
        directories: vec![directory; replicas.len()],
        leader: if rng.chance(5) { PartitionImage::NO_LEADER } else { isr[0] },
        isr,
        removing_replicas: if rng.chance(4) { vec![replicas[0]] } else { vec![] },
        adding_replicas: if rng.chance(4) { vec![replicas[0]] } else { vec![] },
        elr: if rng.chance(4) { vec![replicas[0]] } else { vec![] },
        last_known_elr: if rng.chance(4) { vec![replicas[0]] } else { vec![] },
        replicas,
        leader_recovery_state: LeaderRecoveryState::from_value(rng.below(2) as i8).expect("0 or 1"),
        leader_epoch: rng.below(3) as i32,
        partition_epoch: rng.below(3) as i32,
    }
}

fn random_configs(rng: &mut Rng, image: &mut Image) {
    use ConfigResourceType::{Broker, ClientMetrics, Group, Topic};
    // "e" is never a topic: a config may outlive its topic in ZooKeeper.
    for (resource_type, name) in
        [(Topic, "a"), (Topic, "b"), (Topic, "e"), (Broker, ""), (Broker, "1"), (ClientMetrics, "m"), (Group, "g")]
    {
        for key in ["retention.ms", "ssl.keystore.password"] {
            if rng.chance(2) {
                let resource = ConfigResource { resource_type, resource_name: name.to_owned() };
                let config = image.configs.by_resource.entry(resource).or_default();
                Arc::make_mut(config).insert(key.to_owned(), rng.below(3).to_string());
            }
        }
    }
}

fn random_security(rng: &mut Rng, image: &mut Image) {
    for number in 0..3u8 {
        if rng.chance(2) {
            let acl = AccessControlEntryRecord {
                id: uuid(2000 + u128::from(number)),
                principal: format!("User:{}", rng.below(2)),
                resource_type: 2,
                resource_name: "a".to_owned(),
                ..Default::default()
            };
            image.security.acls.insert(acl.id, acl);
        }
        if rng.chance(2) {
            let scram = UserScramCredentialRecord {
                name: format!("user-{number}"),
                mechanism: 1,
                salt: vec![rng.below(3) as u8].into(),
                iterations: 4096,
                ..Default::default()
            };
            image.security.scram.insert((scram.name.clone(), scram.mechanism), scram);
        }
        if rng.chance(2) {
            let entity_name = rng.chance(2).then(|| "alice".to_owned());
            let quota = ClientQuotaRecord {
                entity: vec![EntityData { entity_type: "user".to_owned(), entity_name }],
                key: format!("quota-{number}"),
                value: rng.below(3) as f64,
                remove: false,
            };
            image.security.client_quotas.insert(client_quota_key(&quota), quota);
        }
        if rng.chance(2) {
            let token_id = format!("token-{number}");
            let expiration_timestamp = rng.below(3) as i64;
            let token = DelegationTokenRecord { token_id, expiration_timestamp, ..Default::default() };
            image.security.delegation_tokens.insert(token.token_id.clone(), token);
        }
    }
}

pub(crate) fn random_facts(rng: &mut Rng) -> MigrationFacts {
    MigrationFacts {
        generation: 1 + rng.below(2) as u32,
        phase: if rng.chance(2) { MigrationPhase::Dual } else { MigrationPhase::Joining },
        migration_zk_version: None,
        successor: None,
        holding: None,
        blocked: rng.chance(3).then(|| "KM011".to_owned()),
        without_brokers: vec![],
        foreign_writes: Default::default(),
    }
}

/// An image as text: everything that differs from an empty one, a line each.
pub(crate) fn image_text(image: &Image) -> String {
    let empty = Image::empty(image.dialect);
    let lines = describe_differences(&empty, image, DiffScope::All).into_iter().map(|difference| {
        format!("{:?} {}: {}\n", difference.kind, difference.name, difference.right.unwrap_or_default())
    });
    lines.collect()
}

/// A sidecar record of each type.
pub(crate) fn sidecar_records() -> Vec<SidecarRecord> {
    vec![
        SidecarRecord::TopicDeletionQueued { topic_id: uuid(101) },
        SidecarRecord::TopicDeletionFinished { topic_id: uuid(102) },
        SidecarRecord::Migration(random_facts(&mut Rng(7))),
    ]
}
