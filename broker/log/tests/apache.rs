//! Both ways with Apache Kafka 3.9.2: its DumpLogSegments reads our files, and a log directory that either side left opens on the
//! other with the same offsets, leader epochs and producers.

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kedge_log::{
    AppendOptions, AppendOrigin, Clock, LogConfig, LogError, LogManager, LogManagerConfig, OpenReport, OsFileSystem,
    PartitionLog, SystemClock, TopicPartition,
};
use kedge_protocol::Uuid;
use kedge_protocol::batch::{BatchBuilder, BatchIter, ControlType};
use kedge_real_parts::{
    JavaTool, KafkaConfig, KafkaNode, TEST_CLUSTER_ID, TestSite, ZooKeeperEnsemble, ZooKeeperVersion,
};

use support::batch;

const START_MS: i64 = 1_700_000_000_000;
const TOPIC: &str = "swap";

fn open(dir: &Path, defaults: LogConfig) -> (LogManager, OpenReport) {
    let config = LogManagerConfig { defaults, ..LogManagerConfig::new(vec![dir.to_path_buf()]) };
    let new_id = Box::new(|| Uuid::from_u128(0x00c0_ffee_0000_0000_0000_0000_0000_0001));
    LogManager::open(config, Arc::new(OsFileSystem), Arc::new(SystemClock), new_id).unwrap()
}

fn swap(partition: i32) -> TopicPartition {
    TopicPartition::new(TOPIC, partition)
}

fn lead(log: &PartitionLog, records: &Bytes, leader_epoch: i32) -> i64 {
    let options = AppendOptions { leader_epoch, origin: AppendOrigin::Client, zstd_allowed: true };
    log.append_as_leader(records, options).unwrap().last_offset
}

fn dump(site: &TestSite, files: &[PathBuf], arguments: &[&str]) -> String {
    let list: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let tool = JavaTool::dump_log(site).args(["--files".to_owned(), list.join(",")]).args(arguments.iter().copied());
    let output = tool.run().unwrap();
    let text = format!("{}{}", output.stdout, output.stderr);
    assert_eq!(output.exit_code(), Some(0), "{text}");
    for complaint in
        ["Exception", "mismatch", "Found timestamp", "Non-secutive", "Non-consecutive", "isvalid: false", "not valid"]
    {
        assert!(!text.contains(complaint), "{complaint}: {text}");
    }
    text
}

fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

#[test]
fn dump_log_segments_reads_ours_without_complaint() {
    let site = TestSite::new("dump_log_segments_reads_ours").unwrap();
    let dir = site.unique_directory("logs").unwrap();
    let config = LogConfig { segment_bytes: 20_000, index_interval_bytes: 1_000, ..Default::default() };
    let (manager, _) = open(&dir, config);
    let log = manager
        .create_partition(&swap(0), Some(Uuid::from_u128(0x1234_5678_0000_0000_0000_0000_0000_0001)), None)
        .unwrap();
    for index in 0..200 {
        lead(&log, &batch(START_MS + i64::from(index), 3, 60, Some((5, 0, index * 3))), index / 50);
        if index % 20 == 0 {
            let mut open = BatchBuilder::new(0).producer(6, 0, index / 20).transactional();
            open.append(START_MS, Some(b"k"), None, &[("h", Some(b"1")), ("h", None)]);
            lead(&log, &open.build(), index / 50);
            let mut marker = BatchBuilder::new(0).producer(6, 0, -1).transactional().control();
            marker.append_control(START_MS, ControlType::Commit, &[0, 0, 0, 0, 0, 3]);
            let options =
                AppendOptions { leader_epoch: index / 50, origin: AppendOrigin::Coordinator, zstd_allowed: true };
            log.append_as_leader(&marker.build(), options).unwrap();
        }
    }
    let (segments, log_end_offset) = (log.segment_base_offsets().len(), log.log_end_offset());
    assert!(segments > 2);
    assert!(manager.shutdown_clean(-1).is_empty());
    let partition = dir.join("swap-0");

    let text = dump(&site, &files(&partition, "log"), &["--deep-iteration", "--print-data-log"]);
    assert_eq!(text.matches("isvalid: true").count(), 220, "one line a batch");
    let records = text.lines().filter(|line| line.starts_with('|')).count();
    assert_eq!(records as i64, log_end_offset);
    assert_eq!(text.matches("endTxnMarker: COMMIT coordinatorEpoch: 3").count(), 10);
    let indexes = [files(&partition, "index"), files(&partition, "timeindex")].concat();
    assert_eq!(indexes.len(), 2 * segments);
    dump(&site, &indexes, &["--deep-iteration"]);
    dump(&site, &indexes, &["--verify-index-only"]);
    let text = dump(&site, &indexes, &["--index-sanity-check"]);
    assert_eq!(text.matches("passed sanity check").count(), indexes.len(), "{text}");
    let text = dump(&site, &files(&partition, "snapshot"), &[]);
    assert!(text.contains("producerId: 5 producerEpoch: 0") && text.contains("lastSequence: 599"), "{text}");
    assert!(text.contains("coordinatorEpoch: 3"), "{text}");
}

/// What a partition is, as far as both sides must agree.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    log_start_offset: i64,
    log_end_offset: i64,
    leader_epochs: Vec<(i32, i64)>,
    /// Producer id and last sequence.
    producers: Vec<(i64, i32)>,
    records_count: i64,
}

fn seen(log: &PartitionLog) -> Seen {
    let mut records_count = 0;
    let mut next_offset = log.log_start_offset();
    while next_offset < log.log_end_offset() {
        let bytes = log.read(next_offset, 1 << 20, log.log_end_offset(), true).unwrap().read_bytes().unwrap();
        for view in BatchIter::new(&bytes).filter_map(Result::ok) {
            view.validate_crc().unwrap();
            records_count += i64::from(view.header.records_count);
            next_offset = view.header.next_offset();
        }
    }
    let producers = log.producers().into_iter();
    Seen {
        log_start_offset: log.log_start_offset(),
        log_end_offset: log.log_end_offset(),
        leader_epochs: log.leader_epochs(),
        producers: producers
            .map(|(id, entry)| (id, entry.batches.back().map_or(-1, |last| last.last_sequence)))
            .collect(),
        records_count,
    }
}

/// Leader epochs with the offset each starts at, straight from the batch headers on disk.
fn epochs_on_disk(partition: &Path) -> Vec<(i32, i64)> {
    let mut epochs: Vec<(i32, i64)> = Vec::new();
    for file in files(partition, "log") {
        let bytes = std::fs::read(file).unwrap();
        for view in BatchIter::new(&bytes) {
            let header = view.unwrap().header;
            if epochs.last().is_none_or(|(leader_epoch, _)| *leader_epoch != header.partition_leader_epoch) {
                epochs.push((header.partition_leader_epoch, header.base_offset));
            }
        }
    }
    epochs
}

#[test]
fn a_kraft_log_directory_goes_from_apache_to_kedge_and_back() {
    let site = TestSite::new("a_kraft_log_directory_goes_both_ways").unwrap();
    let config = KafkaConfig::kraft_combined(&site, 1).unwrap().format_storage(TEST_CLUSTER_ID).unwrap();
    let epochs = goes_both_ways(&site, config.start().unwrap(), 0, || {}, || {});
    assert_eq!(epochs, [(0, 0)], "a KRaft node that was its own controller leads on under the same epoch");
}

#[test]
fn a_zookeeper_log_directory_goes_from_apache_to_kedge_and_back() {
    let site = TestSite::new("a_zookeeper_log_directory_goes_both_ways").unwrap();
    let zookeeper = ZooKeeperEnsemble::start(&site, 1, ZooKeeperVersion::V3_9_5).unwrap();
    let config = KafkaConfig::zookeeper_broker(&site, 1, &zookeeper.connect_string("/swap")).unwrap();
    let config = config.with("zookeeper.session.timeout.ms", 6_000);
    // A lone broker would lead on under the same epoch, so the epochs of two elections are put where the controller reads them.
    let elect = || {
        let state = r#"{"controller_epoch":1,"leader":1,"version":1,"leader_epoch":5,"isr":[1]}"#;
        zookeeper.shell(&["set", "/swap/brokers/topics/swap/partitions/0/state", state]).unwrap().success().unwrap();
    };
    let expire = || zookeeper.wait_until_gone("/swap/brokers/ids/1", Duration::from_secs(60)).unwrap();
    let epochs = goes_both_ways(&site, config.start().unwrap(), 2, elect, expire);
    assert_eq!(epochs, [(0, 0), (2, 500), (5, 1_000)], "Apache's, ours, Apache's again");
}

/// Apache writes and stops, we write and stop, Apache writes and is killed, we write and crash, Apache reads it all. Returns the
/// leader epochs of the log before the last step.
fn goes_both_ways(
    site: &TestSite,
    mut apache: KafkaNode,
    our_leader_epoch: i32,
    before_restart: impl FnOnce(),
    after_kill: impl FnOnce(),
) -> Vec<(i32, i64)> {
    let bootstrap = apache.bootstrap();
    let create = ["--create", "--topic", TOPIC, "--partitions", "1", "--config", "segment.bytes=4000"];
    JavaTool::topics(site, &bootstrap).args(create).run().unwrap().success().unwrap();
    let lines =
        |from: i32, count: i32| (from..from + count).map(|index| format!("record {index:06}\n")).collect::<String>();
    let produce = |from, count| {
        let producer = JavaTool::console_producer(site, &bootstrap, TOPIC).input(lines(from, count));
        // Many small batches, so that there are segments and index entries to disagree about.
        let producer =
            producer.args(["--producer-property", "batch.size=200", "--producer-property", "compression.type=lz4"]);
        producer.run().unwrap().success().unwrap();
    };
    let offsets = || {
        let tool = JavaTool::get_offsets(site, &bootstrap).args(["--topic", TOPIC]);
        let text = tool.run().unwrap().success().unwrap();
        text.trim().rsplit(':').next().unwrap().parse::<i64>().unwrap()
    };
    let dir = apache.config().log_dir().to_path_buf();
    produce(0, 500);
    let running = LogManager::open(
        LogManagerConfig::new(vec![dir.clone()]),
        Arc::new(OsFileSystem),
        Arc::new(SystemClock),
        Box::new(|| Uuid::ZERO),
    );
    assert!(matches!(running.err(), Some(LogError::Locked { .. })), "a running Apache broker holds the lock");

    // Apache stops cleanly: no scan, everything as Apache says.
    apache.stop().unwrap();
    let topic_config = || LogConfig { segment_bytes: 4_000, ..Default::default() };
    let (manager, report) = open(&dir, topic_config());
    assert_eq!((report.segments_scanned, report.bytes_truncated), (0, 0));
    let log = manager.get(&swap(0)).unwrap();
    let first = seen(&log);
    assert_eq!((first.log_start_offset, first.log_end_offset, first.records_count), (0, 500, 500));
    assert_eq!((&first.leader_epochs, first.producers.len()), (&epochs_on_disk(&log.directory()), 1));
    assert_eq!(log.high_watermark(), 500);
    assert!(log.segment_base_offsets().len() > 2 && log.topic_id().is_some());

    // We go on where it stopped (by today's clock, or our producer would be taken for expired),
    // and hand the directory back.
    let now_ms = SystemClock.now_ms();
    for index in 0..250 {
        let mut builder = BatchBuilder::new(0).producer(900, 0, index * 2);
        for record in 0..2 {
            let line = format!("record {:06}", 500 + index * 2 + record);
            builder.append(now_ms + i64::from(index), None, Some(line.as_bytes()), &[]);
        }
        let last_offset = lead(&log, &builder.build(), our_leader_epoch);
        log.set_high_watermark(last_offset + 1);
    }
    let second = seen(&log);
    assert!(manager.shutdown_clean(-1).is_empty());
    drop((log, manager));
    before_restart();
    apache.restart().unwrap();
    assert_eq!(offsets(), 1_000);
    produce(1_000, 200);
    assert_eq!(offsets(), 1_200);
    let consume = ["--max-messages", "1200"];
    let consumed = JavaTool::console_consumer(site, &bootstrap, TOPIC).args(consume).run().unwrap().success().unwrap();
    assert_eq!(consumed, lines(0, 1_200));

    // Apache is killed: no marker, indexes of 10 MiB with zero tails. We recover, append, and crash in turn.
    apache.kill();
    after_kill();
    let (manager, report) = open(&dir, topic_config());
    assert!(report.segments_scanned > 0 && report.bytes_truncated == 0, "{report:?}");
    let log = manager.get(&swap(0)).unwrap();
    let third = seen(&log);
    assert_eq!((third.log_end_offset, third.records_count), (1_200, 1_200));
    assert_eq!(third.producers.len(), 3);
    assert!(third.producers.contains(&(900, 499)), "our producer survived Apache: {:?}", third.producers);
    assert_eq!(third.leader_epochs, epochs_on_disk(&log.directory()));
    assert_eq!(third.leader_epochs[..second.leader_epochs.len()], second.leader_epochs[..]);
    let mut builder = BatchBuilder::new(0).producer(900, 0, 500);
    builder.append(now_ms, None, Some(b"record 001200"), &[]);
    lead(&log, &builder.build(), log.latest_leader_epoch().unwrap());
    drop((log, manager));
    apache.restart().unwrap();
    assert_eq!(offsets(), 1_201, "Apache recovered what we left without a marker");
    let consume = ["--max-messages", "1201"];
    let consumed = JavaTool::console_consumer(site, &bootstrap, TOPIC).args(consume).run().unwrap().success().unwrap();
    assert_eq!(consumed, lines(0, 1_201));
    third.leader_epochs
}
