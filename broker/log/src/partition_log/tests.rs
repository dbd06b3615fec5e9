//! One partition's log: offsets, reads and their bounds, rolls, retention, truncation, look-ups.

use std::path::Path;

use bytes::Bytes;
use kedge_protocol::ErrorCode;
use kedge_protocol::batch::{BatchBuilder, TimestampType, validate_crc};

use super::*;
use crate::clock::{Clock, ManualClock};
use crate::files::OsFileSystem;
use crate::producer_state::AppendOrigin;

const DAY_MS: i64 = 24 * 3_600_000;
const START_MS: i64 = 1_700_000_000_000;

/// A log in a directory of its own, with a clock that tests move.
struct Bench {
    directory: tempfile::TempDir,
    clock: Arc<ManualClock>,
    cache: Arc<FileCache>,
    log: PartitionLog,
}

impl Bench {
    fn new(config: LogConfig) -> Bench {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(START_MS));
        let cache = FileCache::new(Arc::new(OsFileSystem), clock.clone(), 64);
        let log = open(&cache, directory.path(), &config, false);
        Bench { directory, clock, cache, log }
    }

    fn small_segments() -> Bench {
        Bench::new(LogConfig { segment_bytes: 1_000, index_interval_bytes: 200, ..Default::default() })
    }

    fn append(&self, count: i32) -> LogAppendInfo {
        let now_ms = self.clock.now_ms();
        self.log.append_as_leader(&batch(now_ms, count), OPTIONS).unwrap()
    }

    fn reopen(&mut self, clean: bool) {
        let config = (*self.log.config()).clone();
        self.log = open(&self.cache, self.directory.path(), &config, clean);
    }

    /// Offsets of the batches a fetch returns: (first, last) each.
    fn fetch(&self, start_offset: i64, max_bytes: usize, bound: i64, min_one_batch: bool) -> Vec<(i64, i64)> {
        let slice = self.log.read(start_offset, max_bytes, bound, min_one_batch).unwrap();
        let bytes = slice.read_bytes().unwrap();
        assert_eq!(bytes.len(), slice.size_bytes);
        let whole = BatchIter::new(&bytes).filter_map(|batch| batch.ok());
        whole
            .map(|batch| {
                batch.validate_crc().unwrap();
                (batch.header.base_offset, batch.header.last_offset())
            })
            .collect()
    }

    fn files(&self) -> Vec<String> {
        self.cache.file_system().list(self.directory.path()).unwrap().into_iter().map(|(name, _)| name).collect()
    }
}

const OPTIONS: AppendOptions = AppendOptions { leader_epoch: 3, origin: AppendOrigin::Client, zstd_allowed: true };

fn open(cache: &Arc<FileCache>, directory: &Path, config: &LogConfig, clean: bool) -> PartitionLog {
    let open = OpenLog::new(cache.clone(), directory.to_path_buf(), TopicPartition::new("orders", 0));
    PartitionLog::open(OpenLog { config: config.clone(), clean_shutdown: clean, ..open }).unwrap().0
}

fn batch(timestamp_ms: i64, count: i32) -> Bytes {
    let mut builder = BatchBuilder::new(0);
    for index in 0..count {
        builder.append(timestamp_ms + i64::from(index), Some(b"key"), Some(&[b'v'; 40]), &[]);
    }
    builder.build()
}

fn produced(producer_id: i64, base_sequence: i32, count: i32) -> Bytes {
    let mut builder = BatchBuilder::new(0).producer(producer_id, 0, base_sequence);
    for _ in 0..count {
        builder.append(START_MS, None, Some(b"value"), &[]);
    }
    builder.build()
}

#[test]
fn a_leader_assigns_offsets_and_its_epoch_and_changes_nothing_else() {
    let bench = Bench::new(LogConfig::default());
    let sent = batch(START_MS, 3);
    bench.append(2);
    let info = bench.log.append_as_leader(&sent, OPTIONS).unwrap();
    assert_eq!((info.first_offset, info.last_offset, info.max_timestamp_ms), (2, 4, START_MS + 2));
    assert_eq!((bench.log.log_end_offset(), bench.log.latest_leader_epoch()), (5, Some(3)));
    let stored = bench.log.read(2, 10_000, 5, true).unwrap().read_bytes().unwrap();
    let header = validate_crc(&stored).unwrap();
    assert_eq!((header.base_offset, header.partition_leader_epoch), (2, 3));
    assert_eq!((&stored[8..12], &stored[16..]), (&sent[8..12], &sent[16..]), "stored as received");
}

#[test]
fn log_append_time_is_stamped_with_a_new_crc() {
    let config = LogConfig { message_timestamp_type: TimestampType::LogAppendTime, ..Default::default() };
    let bench = Bench::new(config);
    let info = bench.log.append_as_leader(&batch(5, 2), OPTIONS).unwrap();
    assert_eq!((info.log_append_time_ms, info.max_timestamp_ms), (START_MS, START_MS));
    let header = validate_crc(&bench.log.read(0, 10_000, 2, true).unwrap().read_bytes().unwrap()).unwrap();
    assert_eq!((header.timestamp_type(), header.max_timestamp), (TimestampType::LogAppendTime, START_MS));
}

#[test]
fn reads_start_at_the_batch_and_stop_at_the_bound() {
    let bench = Bench::new(LogConfig { index_interval_bytes: 100, ..Default::default() });
    for _ in 0..20 {
        bench.append(5);
    }
    let one = batch(0, 5).len();
    assert_eq!(bench.fetch(7, one, 100, true), [(5, 9)]);
    assert_eq!(bench.fetch(10, 3 * one, 100, false), [(10, 14), (15, 19), (20, 24)]);
    assert_eq!(bench.fetch(90, 1 << 20, 100, true), [(90, 94), (95, 99)]);
    for bound in [15, 20, 35, 60, 95] {
        let read = bench.fetch(10, 1 << 20, bound, true);
        assert_eq!(read.last(), Some(&(bound - 5, bound - 1)), "bound {bound}");
        assert_eq!(read.len() as i64, (bound - 10) / 5);
        assert_eq!(bench.fetch(bound, 1 << 20, bound, true), []);
    }
    // A bound inside a batch holds the whole batch back.
    assert_eq!(bench.fetch(10, 1 << 20, 18, true), [(10, 14)]);
    assert_eq!(bench.fetch(16, 1 << 20, 18, true), []);
    assert_eq!(bench.fetch(100, 1 << 20, 100, true), []);
    for requested_offset in [-1, 101] {
        let error = bench.log.read(requested_offset, 1, 100, true).err().unwrap();
        assert_eq!(error.error_code(), ErrorCode::OFFSET_OUT_OF_RANGE);
    }
}

#[test]
fn small_limits_cut_or_stretch_as_kafka_does() {
    let bench = Bench::new(LogConfig::default());
    bench.append(5);
    bench.append(5);
    let one = batch(0, 5).len();
    let cut = bench.log.read(0, one - 1, 10, false).unwrap();
    assert_eq!((cut.size_bytes, cut.first_batch_incomplete), (one - 1, true));
    let stretched = bench.log.read(0, 1, 10, true).unwrap();
    assert_eq!((stretched.size_bytes, stretched.first_batch_incomplete), (one, false));
    let torn_second = bench.log.read(0, one + 10, 10, false).unwrap();
    assert_eq!((torn_second.size_bytes, torn_second.first_batch_incomplete), (one + 10, false));
}

#[test]
fn segments_roll_by_size_and_reads_cross_them() {
    let bench = Bench::small_segments();
    for _ in 0..12 {
        bench.append(5);
    }
    let bases = bench.log.segment_base_offsets();
    assert!(bases.len() > 3, "{bases:?}");
    let mut next = 0;
    while next < 60 {
        let read = bench.fetch(next, 1 << 20, 60, true);
        assert_eq!(read[0].0, next);
        next = read.last().unwrap().1 + 1;
    }
    // Sealed segments are within their limit, and each left a snapshot of its producers.
    let sizes = bench.files().into_iter().filter(|name| name.ends_with(".snapshot")).count();
    assert_eq!(sizes, bases.len() - 1);
}

#[test]
fn segments_roll_by_time_by_full_index_and_by_offset_span() {
    let bench = Bench::new(LogConfig { segment_ms: 1_000, ..Default::default() });
    bench.append(1);
    bench.clock.advance(1_000);
    bench.append(1);
    bench.clock.advance(1);
    bench.append(1);
    assert_eq!(bench.log.segment_base_offsets(), [0, 2], "by the records' time, after more than segment.ms");

    let bench = Bench::new(LogConfig { segment_index_bytes: 48, index_interval_bytes: 0, ..Default::default() });
    for _ in 0..10 {
        bench.clock.advance(1);
        bench.append(1);
    }
    assert_eq!(bench.log.segment_base_offsets(), [0, 4, 8], "the time index is full first: 4 entries, one kept free");

    let bench = Bench::new(LogConfig::default());
    let far = |base_offset| {
        let mut builder = BatchBuilder::new(base_offset).partition_leader_epoch(0);
        builder.append(START_MS, None, Some(b"v"), &[]);
        builder.build()
    };
    for base_offset in [10, i64::from(i32::MAX) + 10, i64::from(i32::MAX) + 11] {
        bench.log.append_as_follower(&far(base_offset)).unwrap();
    }
    assert_eq!(bench.log.segment_base_offsets(), [0, i64::from(i32::MAX) + 10]);
}

#[test]
fn a_follower_stores_verbatim_and_refuses_what_does_not_follow() {
    let leader = Bench::small_segments();
    for epoch in [3, 3, 4, 6, 6, 6, 6] {
        leader.log.append_as_leader(&batch(START_MS, 4), AppendOptions { leader_epoch: epoch, ..OPTIONS }).unwrap();
    }
    let follower = Bench::small_segments();
    while follower.log.log_end_offset() < leader.log.log_end_offset() {
        let next = follower.log.log_end_offset();
        let fetched = leader.log.read(next, 700, leader.log.log_end_offset(), true).unwrap().read_bytes().unwrap();
        follower.log.append_as_follower(&fetched).unwrap().unwrap();
    }
    assert_eq!(follower.log.leader_epochs(), [(3, 0), (4, 8), (6, 12)]);
    assert_eq!(follower.log.leader_epochs(), leader.log.leader_epochs());
    assert_eq!(follower.fetch(0, 1 << 20, 28, true), leader.fetch(0, 1 << 20, 28, true));

    let again = leader.log.read(24, 1 << 20, 28, true).unwrap().read_bytes().unwrap();
    let error = follower.log.append_as_follower(&again).unwrap_err();
    assert!(matches!(error, LogError::UnexpectedAppendOffset { first_offset: 24, log_end_offset: 28 }));
    let mut damaged = again.to_vec();
    *damaged.last_mut().unwrap() ^= 1;
    let error = Bench::new(LogConfig::default()).log.append_as_follower(&Bytes::from(damaged)).unwrap_err();
    assert_eq!(error.error_code(), ErrorCode::CORRUPT_MESSAGE);
    assert_eq!(follower.log.append_as_follower(&again.slice(..70)).unwrap(), None, "a torn batch is left out");
}

#[test]
fn retried_batches_are_stored_once() {
    let mut bench = Bench::new(LogConfig::default());
    let log = |bench: &Bench, base_sequence, count| {
        bench.log.append_as_leader(&produced(9, base_sequence, count), OPTIONS).map(|info| {
            assert_eq!(info.is_duplicate, info.size_bytes == 0);
            (info.first_offset, info.last_offset, info.is_duplicate)
        })
    };
    assert_eq!(log(&bench, 0, 2).unwrap(), (0, 1, false));
    assert_eq!(log(&bench, 2, 3).unwrap(), (2, 4, false));
    assert_eq!(log(&bench, 0, 2).unwrap(), (0, 1, true));
    assert_eq!(log(&bench, 2, 3).unwrap(), (2, 4, true));
    assert_eq!(log(&bench, 6, 1).unwrap_err().error_code(), ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
    assert_eq!(bench.log.log_end_offset(), 5);
    for clean in [true, false] {
        bench.log.close().unwrap();
        bench.reopen(clean);
        assert_eq!(log(&bench, 2, 3).unwrap(), (2, 4, true), "clean: {clean}");
        assert_eq!(log(&bench, 6, 1).unwrap_err().error_code(), ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
    }
    assert_eq!(log(&bench, 5, 1).unwrap(), (5, 5, false));
}

#[test]
fn eight_days_cut_a_deleted_topic_and_no_compacted_one() {
    for (policy, expected_start) in [("delete", 60), ("compact", 0), ("compact,delete", 60)] {
        let mut config = LogConfig { segment_bytes: 1_000, ..Default::default() };
        config.set("cleanup.policy", policy).unwrap();
        assert_eq!(config.retention_ms, 7 * DAY_MS, "Kafka's default");
        let bench = Bench::new(config);
        for _ in 0..12 {
            bench.append(5);
        }
        bench.log.set_high_watermark(60);
        bench.clock.advance(7 * DAY_MS - 1_000);
        assert_eq!(bench.log.apply_retention().unwrap(), 0, "{policy}: not before seven days");
        bench.clock.advance(DAY_MS + 1_000);
        bench.log.apply_retention().unwrap();
        assert_eq!(bench.log.log_start_offset(), expected_start, "{policy} after eight days");
        assert_eq!(bench.log.log_end_offset(), 60);
        if expected_start > 0 {
            assert_eq!(bench.log.segment_base_offsets(), [60]);
            assert!(bench.files().iter().any(|name| name.ends_with(".log.deleted")));
            bench.clock.advance(60_000);
            assert_eq!(bench.log.remove_deleted_files().unwrap(), 0);
            assert!(bench.files().iter().all(|name| !name.ends_with(".deleted")), "{:?}", bench.files());
        } else {
            assert_eq!(bench.fetch(0, 1, 60, true), [(0, 4)]);
        }
        bench.append(1);
        assert_eq!(bench.log.log_end_offset(), 61);
    }
}

#[test]
fn retention_never_passes_the_high_watermark_and_keeps_enough_bytes() {
    let bench = Bench::new(LogConfig { segment_bytes: 1_000, retention_bytes: 2_000, ..Default::default() });
    for _ in 0..12 {
        bench.append(5);
    }
    let bases = bench.log.segment_base_offsets();
    bench.log.set_high_watermark(bases[1] + 1);
    bench.clock.advance(8 * DAY_MS);
    bench.log.apply_retention().unwrap();
    assert_eq!(bench.log.log_start_offset(), bases[1]);
    bench.log.set_config(LogConfig { retention_ms: -1, ..(*bench.log.config()).clone() });
    bench.log.set_high_watermark(60);
    bench.log.apply_retention().unwrap();
    let left = bench.log.size_bytes();
    assert!((2_000..3_000).contains(&left), "{left} bytes left");
}

#[test]
fn delete_records_moves_the_start_for_any_policy() {
    let mut config = LogConfig { segment_bytes: 1_000, ..Default::default() };
    config.set("cleanup.policy", "compact").unwrap();
    let bench = Bench::new(config);
    for _ in 0..12 {
        bench.append(5);
    }
    bench.log.set_high_watermark(40);
    let error = bench.log.advance_log_start_offset(41).unwrap_err();
    assert_eq!(error.error_code(), ErrorCode::OFFSET_OUT_OF_RANGE);
    bench.log.advance_log_start_offset(33).unwrap();
    assert_eq!(bench.log.read(32, 1, 60, true).err().unwrap().error_code(), ErrorCode::OFFSET_OUT_OF_RANGE);
    assert!(bench.log.apply_retention().unwrap() > 0);
    let first = bench.log.segment_base_offsets()[0];
    assert!(first <= 33 && bench.log.log_start_offset() == 33);
    assert_eq!(bench.log.leader_epochs(), [(3, 33)]);
}

#[test]
fn truncation_takes_segments_epochs_watermark_and_producers_back() {
    let mut bench = Bench::small_segments();
    for (index, epoch) in [1, 1, 2, 2, 5, 5, 7, 7].into_iter().enumerate() {
        let options = AppendOptions { leader_epoch: epoch, ..OPTIONS };
        bench.log.append_as_leader(&produced(9, index as i32 * 20, 20), options).unwrap();
    }
    bench.log.set_high_watermark(150);
    bench.log.flush().unwrap();
    assert_eq!(bench.log.recovery_point(), 160);
    assert!(!bench.log.truncate_to(160).unwrap());
    assert!(bench.log.truncate_to(100).unwrap());
    let state = |log: &PartitionLog| {
        (log.log_end_offset(), log.leader_epochs(), log.producers()[0].1.batches.back().unwrap().last_offset)
    };
    let expected = (100, vec![(1, 0), (2, 40), (5, 80)], 99);
    assert_eq!(state(&bench.log), expected);
    assert_eq!((bench.log.high_watermark(), bench.log.recovery_point()), (100, 100));
    let again = bench.log.append_as_leader(&produced(9, 100, 20), OPTIONS).unwrap();
    assert_eq!((again.first_offset, again.is_duplicate), (100, false));
    bench.log.truncate_to(100).unwrap();
    bench.reopen(false);
    assert_eq!(state(&bench.log), expected);
    assert_eq!(bench.fetch(95, 1 << 20, 100, true).last(), Some(&(80, 99)));

    bench.log.truncate_fully_and_start_at(500).unwrap();
    assert_eq!((bench.log.log_start_offset(), bench.log.log_end_offset(), bench.log.high_watermark()), (500, 500, 500));
    assert_eq!((bench.log.leader_epochs(), bench.log.producers()), (vec![], vec![]));
    bench.append(1);
    bench.reopen(false);
    assert_eq!((bench.log.log_start_offset(), bench.log.log_end_offset()), (500, 501));
}

#[test]
fn timestamps_find_records() {
    let mut bench = Bench::small_segments();
    for _ in 0..12 {
        bench.append(5);
        bench.clock.advance(100);
    }
    for reopened in [false, true] {
        let at = |timestamp_ms| {
            let found = bench.log.offset_for_timestamp(timestamp_ms).unwrap();
            found.map(|found| (found.record_offset, found.timestamp_ms - START_MS, found.leader_epoch))
        };
        assert_eq!(at(0), Some((0, 0, 3)), "reopened: {reopened}");
        assert_eq!(at(START_MS + 3), Some((3, 3, 3)));
        assert_eq!(at(START_MS + 5), Some((5, 100, 3)));
        assert_eq!(at(START_MS + 702), Some((37, 702, 3)));
        assert_eq!(at(START_MS + 1_104), Some((59, 1_104, 3)));
        assert_eq!(at(START_MS + 1_105), None);
        let newest = bench.log.offset_of_max_timestamp().unwrap().unwrap();
        assert_eq!((newest.record_offset, newest.timestamp_ms), (59, START_MS + 1_104));
        bench.log.close().unwrap();
        bench.reopen(true);
    }
    bench.log.set_high_watermark(60);
    bench.log.advance_log_start_offset(13).unwrap();
    assert_eq!(bench.log.offset_for_timestamp(0).unwrap().unwrap().record_offset, 13);
}

#[test]
fn the_high_watermark_rises_only_and_open_transactions_hold_the_stable_offset() {
    let bench = Bench::new(LogConfig::default());
    bench.append(5);
    assert_eq!(bench.log.set_high_watermark(3), Some(3));
    assert_eq!(bench.log.set_high_watermark(2), None);
    assert_eq!(bench.log.set_high_watermark(99), Some(5), "never past the log end");
    let mut builder = BatchBuilder::new(0).producer(4, 0, 0).transactional();
    builder.append(START_MS, None, Some(b"v"), &[]);
    bench.log.append_as_leader(&builder.build(), OPTIONS).unwrap();
    bench.append(1);
    bench.log.set_high_watermark(7);
    assert_eq!((bench.log.high_watermark(), bench.log.last_stable_offset()), (7, 5));
    let mut marker = BatchBuilder::new(0).producer(4, 0, -1).transactional().control();
    marker.append_control(START_MS, ControlType::Commit, &[0; 6]);
    let options = AppendOptions { origin: AppendOrigin::Coordinator, ..OPTIONS };
    bench.log.append_as_leader(&marker.build(), options).unwrap();
    assert_eq!(bench.log.last_stable_offset(), 5, "the marker is not replicated yet");
    bench.log.set_high_watermark(8);
    assert_eq!(bench.log.last_stable_offset(), 8);
}

#[test]
fn flush_follows_its_configs() {
    let bench = Bench::new(LogConfig { flush_messages: 10, flush_ms: 5_000, ..Default::default() });
    bench.append(9);
    assert_eq!(bench.log.recovery_point(), 0);
    bench.append(1);
    assert_eq!(bench.log.recovery_point(), 10, "flush.messages");
    bench.append(1);
    bench.clock.advance(4_999);
    assert!(!bench.log.flush_if_old().unwrap());
    bench.clock.advance(1);
    assert!(bench.log.flush_if_old().unwrap(), "flush.ms");
    assert_eq!(bench.log.recovery_point(), 11);
}

#[test]
fn a_missing_index_is_rebuilt_and_a_lying_one_does_not_hide_records() {
    let mut bench = Bench::small_segments();
    for _ in 0..12 {
        bench.append(5);
    }
    bench.log.close().unwrap();
    let directory = bench.directory.path().to_path_buf();
    let index = |base_offset| directory.join(format!("{base_offset:020}.index"));
    let good = std::fs::read(index(0)).unwrap();
    assert!(!good.is_empty());
    std::fs::remove_file(index(0)).unwrap();
    let config = (*bench.log.config()).clone();
    let log = open(&bench.cache, bench.directory.path(), &config, true);
    assert_eq!(std::fs::read(index(0)).map(|bytes| bytes.is_empty()).ok(), Some(true), "entries wait in memory");
    log.close().unwrap();
    assert!(!std::fs::read(index(0)).unwrap().is_empty());
    // Every single-bit lie in the index of the first segment.
    let good = std::fs::read(index(0)).unwrap();
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(index(0), &bad).unwrap();
        bench.reopen(true);
        for start_offset in 0..bench.log.segment_base_offsets()[1] {
            let first = bench.fetch(start_offset, 1, 60, true)[0];
            assert!(first.0 <= start_offset && start_offset <= first.1, "bit {bit}, offset {start_offset}: {first:?}");
        }
        bench.log.release();
    }
}

#[test]
fn an_idle_partition_holds_no_descriptor_and_the_cache_is_bounded() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(START_MS));
    let cache = FileCache::new(Arc::new(OsFileSystem), clock.clone(), 8);
    let logs: Vec<PartitionLog> = (0..20)
        .map(|index| open(&cache, &directory.path().join(format!("orders-{index}")), &LogConfig::default(), false))
        .collect();
    for log in logs.iter().chain(&logs) {
        clock.advance(1);
        log.append_as_leader(&batch(START_MS, 2), OPTIONS).unwrap();
        assert!(cache.open_count() <= 8, "{} files open", cache.open_count());
    }
    for log in &logs {
        assert_eq!(log.read(0, 1 << 20, 4, true).unwrap().read_bytes().unwrap().len(), 2 * batch(0, 2).len());
    }
    clock.advance(60_000);
    cache.close_idle(60_000);
    assert_eq!(cache.open_count(), 0);
}
