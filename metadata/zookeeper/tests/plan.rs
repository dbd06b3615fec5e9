//! Plans: what is written, in which order, and that every prefix is a tree that can be read and finished.

use kedge_metadata_state::{
    Delta, Image, Record, SidecarRecord, TopicId,
    diff::{DiffScope, diff},
    image::ConfigResourceType,
    records::{
        ConfigRecord, MetadataRecord, PartitionChangeRecord, PartitionRecord, ProducerIdsRecord, RemoveTopicRecord,
        TopicRecord,
    },
};
use kedge_zookeeper::{
    plan::{MULTI_BYTES_MAX, OPS_MAX, Plan, PlanError, PlanInput, PlanMode, Step, plan, steps_for_zookeeper_3_4},
    tree::{Tree, read_image},
    tree_model::{SessionId, TreeModel},
    zk::{CreateKind, Op},
    znodes,
};

const CONTROLLER_EPOCH: i32 = 5;

struct World {
    model: TreeModel,
    session: SessionId,
}

impl World {
    fn new() -> World {
        let mut model = TreeModel::new();
        let session = model.open_session();
        let top_level = znodes::TOP_LEVEL.map(|path| Op::create(path, Vec::new()));
        model.multi(session, &top_level).expect("an empty tree takes them");
        World { model, session }
    }

    fn shadow(&self) -> Tree {
        self.model.known()
    }

    fn image(&self) -> Image {
        let read = read_image(&self.shadow());
        assert!(read.bad.is_empty(), "{:?}", read.bad);
        read.image
    }

    fn plan(&self, records: &[Record], mode: PlanMode) -> (Image, Result<Plan, PlanError>) {
        let (before, shadow) = (self.image(), self.shadow());
        let mut delta = Delta::new(&before);
        delta.replay_all(records).expect("the records fit");
        let (after, touched) = delta.apply();
        let input = PlanInput {
            before: &before,
            after: &after,
            touched: &touched,
            records,
            shadow: &shadow,
            controller_epoch: CONTROLLER_EPOCH,
            mode,
        };
        let planned = plan(input);
        (after, planned)
    }

    fn apply(&mut self, multis: impl IntoIterator<Item = Vec<Op>>) {
        for multi in multis {
            if let Err((index, error)) = self.model.multi(self.session, &multi) {
                panic!("{error} at {:?}", &multi[index]);
            }
        }
    }

    fn commit(&mut self, records: &[Record]) -> Image {
        let (after, planned) = self.plan(records, PlanMode::Authority);
        self.apply(planned.expect("planned").stages.into_iter().flatten());
        after
    }
}

fn topic_id(number: u8) -> TopicId {
    TopicId::from_bytes([number; 16])
}

fn topic(number: u8, partitions: i32) -> Vec<Record> {
    let record = TopicRecord { name: format!("topic-{number}"), topic_id: topic_id(number) };
    let mut records = vec![MetadataRecord::Topic(record).into()];
    records.extend((0..partitions).map(|partition_id| new_partition(number, partition_id)));
    records
}

fn new_partition(number: u8, partition_id: i32) -> Record {
    let record = PartitionRecord {
        partition_id,
        topic_id: topic_id(number),
        replicas: vec![1, 2],
        isr: vec![1, 2],
        leader: 1,
        leader_epoch: 0,
        partition_epoch: 0,
        directories: vec![TopicId::ZERO; 2],
        ..PartitionRecord::default()
    };
    MetadataRecord::Partition(record).into()
}

fn elect(number: u8, partition_id: i32, leader: i32) -> Record {
    let record = PartitionChangeRecord { partition_id, topic_id: topic_id(number), leader, ..Default::default() };
    MetadataRecord::PartitionChange(record).into()
}

fn config(kind: ConfigResourceType, name: &str, key: &str, value: Option<&str>) -> Record {
    let record = ConfigRecord {
        resource_type: kind as i8,
        resource_name: name.to_owned(),
        name: key.to_owned(),
        value: value.map(str::to_owned),
    };
    MetadataRecord::Config(record).into()
}

fn remove(number: u8) -> Record {
    MetadataRecord::RemoveTopic(RemoveTopicRecord { topic_id: topic_id(number) }).into()
}

fn shown(plan: &Plan) -> String {
    let text = |data: &[u8]| String::from_utf8_lossy(data).into_owned();
    let version = |expected: &Option<i32>| expected.map_or("any".to_owned(), |version| version.to_string());
    let mut lines = Vec::new();
    for (number, stage) in plan.stages.iter().enumerate() {
        for multi in stage {
            lines.push(format!("stage {number}, multi of {}", multi.len()));
            for op in multi {
                lines.push(match op {
                    Op::Check { path, zk_version } => format!("  check {path} @{zk_version}"),
                    Op::Create { path, data, kind: CreateKind::PersistentSequential } => {
                        format!("  create {path}<n> {}", text(data))
                    }
                    Op::Create { path, data, .. } => format!("  create {path} {}", text(data)),
                    Op::SetData { path, data, expected } => {
                        format!("  set {path} @{} {}", version(expected), text(data))
                    }
                    Op::Delete { path, expected } => format!("  delete {path} @{}", version(expected)),
                });
            }
        }
    }
    lines.join("\n")
}

#[test]
fn a_topic_is_created_config_first() {
    let mut records = topic(1, 2);
    records.push(config(ConfigResourceType::Topic, "topic-1", "retention.ms", Some("5")));
    let (_, planned) = World::new().plan(&records, PlanMode::Authority);
    insta::assert_snapshot!(shown(&planned.expect("planned")));
}

#[test]
fn changes_write_at_the_version_they_were_decided_on() {
    let mut world = World::new();
    world.commit(&topic(1, 2));
    world.commit(&[elect(1, 0, 2)]);
    let records = [
        elect(1, 0, 1),
        new_partition(1, 2),
        config(ConfigResourceType::Topic, "topic-1", "a", Some("1")),
        config(ConfigResourceType::Broker, "", "b", Some("2")),
        MetadataRecord::ProducerIds(ProducerIdsRecord { broker_id: 1, broker_epoch: 9, next_producer_id: 1000 }).into(),
        SidecarRecord::TopicDeletionQueued { topic_id: topic_id(1) }.into(),
    ];
    let (_, planned) = world.plan(&records, PlanMode::Authority);
    insta::assert_snapshot!(shown(&planned.expect("planned")));
}

#[test]
fn a_topic_is_deleted_bottom_up_and_its_request_last() {
    let mut world = World::new();
    world.commit(&topic(1, 2));
    world.commit(&[SidecarRecord::TopicDeletionQueued { topic_id: topic_id(1) }.into()]);
    let (_, planned) = world.plan(&[remove(1)], PlanMode::Authority);
    insta::assert_snapshot!(shown(&planned.expect("planned")));
}

#[test]
fn a_topic_that_is_replaced_goes_before_it_comes() {
    let mut world = World::new();
    world.commit(&topic(1, 1));
    let reborn = TopicRecord { name: "topic-1".to_owned(), topic_id: topic_id(2) };
    let records = [remove(1), MetadataRecord::Topic(reborn).into(), new_partition(2, 0)];
    let (after, planned) = world.plan(&records, PlanMode::Mirror);
    let planned = planned.expect("planned");
    insta::assert_snapshot!(shown(&planned));
    world.apply(planned.stages.into_iter().flatten());
    assert!(diff(&world.image(), &after, DiffScope::Shared).is_empty());
}

/// ZooKeeper refuses to delete a partition that still has its `state`.
#[test]
fn a_partition_that_the_log_does_not_have_goes_state_first() {
    let mut world = World::new();
    world.commit(&topic(1, 2));
    let wanted = world.image();
    world.commit(&[new_partition(1, 2)]);
    let records = diff(&world.image(), &wanted, DiffScope::Shared);
    let (_, planned) = world.plan(&records, PlanMode::Mirror);
    let planned = planned.expect("planned");
    insta::assert_snapshot!(shown(&planned));
    world.apply(planned.stages.into_iter().flatten());
    assert!(!world.shadow().contains(&znodes::partition_path("topic-1", 2)));
    assert!(diff(&world.image(), &wanted, DiffScope::Shared).is_empty());
}

/// A crash can leave a partition that its topic does not list: it says nothing, is written over and goes with the topic.
#[test]
fn a_partition_that_its_topic_does_not_list_is_in_nobodys_way() {
    let with_remnant = || {
        let mut world = World::new();
        world.commit(&topic(1, 2));
        let state = world.shadow().get(&znodes::state_path("topic-1", 1)).expect("there").data.clone();
        let before = world.image();
        world.apply([vec![
            Op::create(znodes::partition_path("topic-1", 2), ""),
            Op::create(znodes::state_path("topic-1", 2), state),
        ]]);
        assert!(world.image() == before);
        world
    };
    let mut partition = new_partition(1, 2);
    let Record::Metadata(MetadataRecord::Partition(record)) = &mut partition else { unreachable!() };
    (record.leader, record.leader_epoch) = (2, 7);
    for records in [vec![partition], vec![remove(1)]] {
        let mut world = with_remnant();
        let (after, planned) = world.plan(&records, PlanMode::Mirror);
        world.apply(planned.expect("planned").stages.into_iter().flatten());
        let left = diff(&world.image(), &after, DiffScope::Shared);
        assert!(left.is_empty(), "{left:?}");
        let is_there = world.shadow().contains(&znodes::state_path("topic-1", 2));
        assert_eq!(is_there, after.topics.by_id.contains_key(&topic_id(1)));
    }
}

#[test]
fn a_partition_epoch_is_the_data_version() {
    let mut world = World::new();
    world.commit(&topic(1, 1));
    // Three changes in one unit are three writes.
    let after = world.commit(&[elect(1, 0, 2), elect(1, 0, 1), elect(1, 0, 2)]);
    let partition = |image: &Image| image.topics.partition(&topic_id(1), 0).expect("there").partition_epoch;
    assert_eq!((partition(&world.image()), partition(&after)), (3, 3));
    // An absolute record that goes back, or stays where it is with other content, was decided on something else.
    for (partition_epoch, is_planned) in [(2, false), (3, false), (4, true)] {
        let mut record = new_partition(1, 0);
        let Record::Metadata(MetadataRecord::Partition(partition)) = &mut record else { unreachable!() };
        (partition.partition_epoch, partition.leader_epoch) = (partition_epoch, 9);
        let (_, planned) = world.plan(&[record], PlanMode::Authority);
        assert_eq!(planned.is_ok(), is_planned, "epoch {partition_epoch}");
    }
}

#[test]
fn the_mirror_writes_over_any_version_and_only_what_differs() {
    let mut world = World::new();
    world.commit(&topic(1, 1));
    let before = world.image();
    let (_, nothing) = world.plan(&[elect(1, 0, 2)], PlanMode::Mirror);
    assert_eq!(nothing.expect("planned").stages.len(), 1);
    let mut far_ahead = before.topics.partition(&topic_id(1), 0).expect("there").to_record(topic_id(1), 0);
    far_ahead.partition_epoch = 40;
    let (_, planned) = world.plan(&[MetadataRecord::Partition(far_ahead).into()], PlanMode::Mirror);
    assert_eq!(planned.expect("planned"), Plan::default(), "only the partition epoch differs, which is not mirrored");
}

#[test]
fn plans_keep_to_their_limits() {
    let (_, planned) = World::new().plan(&topic(1, 500), PlanMode::Authority);
    let planned = planned.expect("planned");
    assert!(planned.stages.len() > 10, "1,000 znodes that depend on each other");
    for multi in planned.stages.iter().flatten() {
        let bytes: usize = multi.iter().map(Op::size_bytes).sum();
        assert!(multi.len() <= OPS_MAX && bytes <= MULTI_BYTES_MAX);
    }
    let mut world = World::new();
    world.commit(&topic(1, 1));
    let records: Vec<Record> = (0..40)
        .map(|key| config(ConfigResourceType::Topic, "topic-1", &format!("k{key}"), Some(&"x".repeat(30_000))))
        .collect();
    let (_, planned) = world.plan(&records, PlanMode::Authority);
    assert!(matches!(planned, Err(PlanError::TooLarge { .. })));
    // Many small topics share multis and stages.
    let records: Vec<Record> = (1..=40).flat_map(|number| topic(number, 1)).collect();
    let (_, planned) = World::new().plan(&records, PlanMode::Authority);
    let planned = planned.expect("planned");
    assert_eq!((planned.stages.len(), planned.stages[0].len()), (1, 3));
}

#[test]
fn zookeeper_3_4_creates_alone_after_a_fence() {
    let ops = vec![Op::set("/a", "1", Some(0)), Op::create("/b", ""), Op::create("/c", ""), Op::delete("/d", None)];
    let steps = steps_for_zookeeper_3_4(ops.clone());
    let expected = [
        Step::Multi(vec![ops[0].clone()]),
        Step::Create(ops[1].clone()),
        Step::Multi(vec![]),
        Step::Create(ops[2].clone()),
        Step::Multi(vec![ops[3].clone()]),
    ];
    assert_eq!(steps, expected);
}

/// Any prefix of any plan is a tree without bad znodes, and a plan made from there ends where the first would have.
#[test]
fn every_prefix_can_be_read_and_finished() {
    for seed in 0..25 {
        let mut random = Random(seed);
        let mut world = World::new();
        for _ in 0..6 {
            let records = random_unit(&mut random, &world.image());
            let (after, planned) = world.plan(&records, PlanMode::Authority);
            let multis: Vec<_> =
                planned.unwrap_or_else(|error| panic!("seed {seed}: {error}")).stages.into_iter().flatten().collect();
            let cut = random.below(multis.len() as u64 + 1) as usize;
            let is_whole = cut == multis.len();
            world.apply(multis.into_iter().take(cut));
            let found = world.image();
            let missing = diff(&found, &after, DiffScope::Shared);
            assert!(
                !is_whole || missing.is_empty(),
                "seed {seed}: a whole plan leaves {} records, {:?}",
                missing.len(),
                missing.first()
            );
            let (_, planned) = world.plan(&missing, PlanMode::Mirror);
            world.apply(planned.unwrap_or_else(|error| panic!("seed {seed}: {error}")).stages.into_iter().flatten());
            let left = diff(&world.image(), &after, DiffScope::Shared);
            assert!(left.is_empty(), "seed {seed}, {cut} multis applied: {} records, {:?}", left.len(), left[0]);
        }
    }
}

fn random_unit(random: &mut Random, image: &Image) -> Vec<Record> {
    let mut records = Vec::new();
    let mut scratch = image.clone();
    for _ in 0..=random.below(4) {
        let number = 1 + random.below(5) as u8;
        let name = format!("topic-{number}");
        let partitions = scratch.topics.get(&name).map(|topic| topic.partitions.len() as i32);
        let more = match (random.below(6), partitions) {
            (0..=3, None) => topic(number, 1 + random.below(80) as i32),
            (0, Some(_)) => {
                let finished = SidecarRecord::TopicDeletionFinished { topic_id: topic_id(number) };
                vec![remove(number), finished.into()]
            }
            (1, Some(count)) if count < 120 => vec![new_partition(number, count), new_partition(number, count + 1)],
            (2 | 3, Some(count)) => vec![elect(number, random.below(count as u64) as i32, 1 + random.below(2) as i32)],
            (4, Some(_)) => vec![config(ConfigResourceType::Topic, &name, "k", Some(&random.below(9).to_string()))],
            (5, Some(_)) => vec![SidecarRecord::TopicDeletionQueued { topic_id: topic_id(number) }.into()],
            _ => vec![config(ConfigResourceType::Broker, "1", "b", random.coin().then_some("v"))],
        };
        let mut delta = Delta::new(&scratch);
        delta.replay_all(&more).expect("made to fit");
        scratch = delta.apply().0;
        records.extend(more);
    }
    records
}

struct Random(u64);

impl Random {
    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }
}
