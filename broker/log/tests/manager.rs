//! A broker's log directories: what lies in them byte for byte, clean and unclean stops, placement, deletion, locks.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use kedge_log::{
    AppendOptions, AppendOrigin, LogConfig, LogError, LogManager, LogManagerConfig, ManualClock, MetaProperties,
    OpenReport, OsFileSystem, TopicPartition,
};
use kedge_protocol::Uuid;

use support::batch;

const START_MS: i64 = 1_700_000_000_000;
const TOPIC_ID: Uuid = Uuid::from_u128(0x1234_5678_9abc_def0_1234_5678_9abc_def0);

struct Bench {
    root: tempfile::TempDir,
    clock: Arc<ManualClock>,
}

impl Bench {
    fn new() -> Bench {
        Bench { root: tempfile::tempdir().unwrap(), clock: Arc::new(ManualClock::new(START_MS)) }
    }

    fn config(&self, dirs: &[&str]) -> LogManagerConfig {
        let defaults = LogConfig { segment_bytes: 700, index_interval_bytes: 200, ..Default::default() };
        let dirs = dirs.iter().map(|dir| self.root.path().join(dir)).collect();
        LogManagerConfig { defaults, recovery_threads_per_dir: 2, ..LogManagerConfig::new(dirs) }
    }

    fn try_open(&self, config: LogManagerConfig) -> kedge_log::Result<(LogManager, OpenReport)> {
        let next = AtomicU8::new(1);
        let new_id = Box::new(move || Uuid::from_bytes([next.fetch_add(1, Ordering::Relaxed); 16]));
        LogManager::open(config, Arc::new(OsFileSystem), self.clock.clone(), new_id)
    }

    fn open(&self, dirs: &[&str]) -> (LogManager, OpenReport) {
        self.try_open(self.config(dirs)).unwrap()
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.root.path().join(name)
    }

    fn names(&self, dir: &str) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.path(dir))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

fn orders(partition: i32) -> TopicPartition {
    TopicPartition::new("orders", partition)
}

fn append(manager: &LogManager, partition: i32, count: i32, leader_epoch: i32, producer: Option<(i64, i16, i32)>) {
    let options = AppendOptions { leader_epoch, origin: AppendOrigin::Client, zstd_allowed: true };
    let log = manager.get(&orders(partition)).unwrap();
    log.append_as_leader(&batch(START_MS + log.log_end_offset(), count, 20, producer), options).unwrap();
}

/// Every file below `path`: small text as it is, the rest in hex.
fn dump(path: &Path, prefix: &str, out: &mut String) {
    let mut entries: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        let name = format!("{prefix}{}", entry.file_name().unwrap().to_string_lossy());
        if entry.is_dir() {
            dump(&entry, &format!("{name}/"), out);
            continue;
        }
        let bytes = std::fs::read(&entry).unwrap();
        writeln!(out, "== {name} ({} bytes)", bytes.len()).unwrap();
        match std::str::from_utf8(&bytes) {
            Ok(text) if !text.contains('\0') => out.push_str(text),
            _ => {
                for line in bytes.chunks(32) {
                    let line: Vec<String> =
                        line.chunks(4).map(|word| word.iter().map(|b| format!("{b:02x}")).collect()).collect();
                    writeln!(out, "{}", line.join(" ")).unwrap();
                }
            }
        }
        if !out.ends_with('\n') {
            out.push('\n');
        }
    }
}

#[test]
fn a_cleanly_stopped_directory_is_kafkas_byte_for_byte() {
    let bench = Bench::new();
    let (manager, _) = bench.open(&["d1"]);
    let properties = MetaProperties { cluster_id: Some("cluster".into()), node_id: Some(1), ..Default::default() };
    manager.write_meta_properties(&properties, true).unwrap();
    let log = manager.create_partition(&orders(0), Some(TOPIC_ID), None).unwrap();
    manager.create_partition(&orders(1), None, None).unwrap();
    for (index, leader_epoch) in [0, 0, 0, 2, 2, 5].into_iter().enumerate() {
        append(&manager, 0, 4, leader_epoch, Some((77, 1, index as i32 * 4)));
    }
    log.set_high_watermark(20);
    log.advance_log_start_offset(3).unwrap();
    assert!(manager.shutdown_clean(9).is_empty());
    drop(manager);
    let mut text = String::new();
    dump(&bench.path("d1"), "", &mut text);
    insta::assert_snapshot!(text);
}

#[test]
fn clean_and_unclean_stops_come_back_the_same() {
    let bench = Bench::new();
    let (manager, report) = bench.open(&["d1", "d2"]);
    assert_eq!(report, OpenReport::default());
    for partition in 0..6 {
        manager.create_partition(&orders(partition), Some(TOPIC_ID), None).unwrap();
        for index in 0..=partition * 3 {
            append(&manager, partition, 3, index / 4, None);
        }
    }
    let state = |manager: &LogManager| -> BTreeMap<TopicPartition, _> {
        let partitions = manager.partitions().into_iter();
        partitions
            .map(|(key, log)| {
                let offsets = (log.log_start_offset(), log.log_end_offset(), log.high_watermark());
                let directory = manager.directory_id_of(&key);
                (key, (offsets, log.leader_epochs(), log.topic_id(), log.segment_base_offsets(), directory.is_some()))
            })
            .collect()
    };
    for (_, log) in manager.partitions() {
        log.set_high_watermark(log.log_end_offset() - 1);
    }
    let counts: Vec<usize> = manager.dirs().iter().map(|dir| dir.partitions_count).collect();
    assert_eq!(counts, [3, 3], "partitions go where the fewest are");
    let before = state(&manager);

    assert!(manager.shutdown_clean(41).is_empty());
    drop(manager);
    let (manager, report) = bench.open(&["d1", "d2"]);
    assert_eq!((report.partitions_count, report.segments_scanned), (6, 0), "no scan after a clean stop");
    assert_eq!(report.previous_broker_epoch, Some(41));
    assert_eq!(state(&manager), before);
    assert!(!bench.path("d1/.kafka_cleanshutdown").exists(), "the marker goes before anything is loaded");

    manager.checkpoint_high_watermarks().unwrap();
    drop(manager);
    std::fs::remove_file(bench.path("d1/recovery-point-offset-checkpoint")).unwrap();
    std::fs::write(bench.path("d2/recovery-point-offset-checkpoint"), "rubbish").unwrap();
    let (manager, report) = bench.open(&["d1", "d2"]);
    let segments: usize = manager.partitions().iter().map(|(_, log)| log.segment_base_offsets().len()).sum();
    assert_eq!((report.segments_scanned, report.bytes_truncated), (segments, 0), "everything is verified");
    assert_eq!(report.previous_broker_epoch, None);
    assert_eq!(state(&manager), before);
}

#[test]
fn an_idle_broker_holds_no_descriptors() {
    let bench = Bench::new();
    let (manager, _) = bench.open(&["d1"]);
    for partition in 0..20 {
        manager.create_partition(&orders(partition), None, None).unwrap();
        append(&manager, partition, 2, 0, None);
    }
    assert!(manager.open_files_count() > 0);
    bench.clock.advance(60_000);
    manager.idle_pass();
    assert_eq!(manager.open_files_count(), 0);
    append(&manager, 3, 1, 0, None);
    assert_eq!(manager.get(&orders(3)).unwrap().log_end_offset(), 3);
    assert!(manager.shutdown_clean(-1).is_empty());
    drop(manager);
    assert_eq!(bench.open(&["d1"]).0.open_files_count(), 0, "nor does one that has just started");
}

#[test]
fn deleted_partitions_go_after_their_delay_and_strays_stay() {
    let bench = Bench::new();
    let (manager, _) = bench.open(&["d1"]);
    for partition in 0..3 {
        manager.create_partition(&orders(partition), Some(TOPIC_ID), None).unwrap();
        append(&manager, partition, 2, 0, None);
    }
    let slice = manager.get(&orders(0)).unwrap().read(0, 1_000, 2, true).unwrap();
    manager.delete(&orders(0)).unwrap();
    manager.mark_stray(&orders(1)).unwrap();
    assert!(manager.get(&orders(0)).is_none());
    assert_eq!(slice.read_bytes().unwrap().len(), slice.size_bytes, "a fetch under way is served to its end");
    let unknown = manager.delete(&orders(0)).unwrap_err();
    assert_eq!(unknown.error_code().0, 3);
    let renamed: Vec<String> = bench.names("d1").into_iter().filter(|name| name.starts_with("orders-")).collect();
    let hex = |byte: &str| byte.repeat(16);
    assert_eq!(
        renamed,
        [format!("orders-0.{}-delete", hex("02")), format!("orders-1.{}-stray", hex("03")), "orders-2".to_owned()]
    );
    assert_eq!(manager.deletion_pass().unwrap(), 1);
    // A new partition of the same name does not meet the old one.
    let log = manager.create_partition(&orders(0), Some(Uuid::from_u128(999)), None).unwrap();
    assert_eq!(log.log_end_offset(), 0);
    bench.clock.advance(60_000);
    assert_eq!(manager.deletion_pass().unwrap(), 0);
    assert_eq!(bench.names("d1").iter().filter(|name| name.contains("-delete")).count(), 0);

    let wrong = manager.create_partition(&orders(2), Some(Uuid::from_u128(5)), None).err().unwrap();
    assert!(matches!(wrong, LogError::InconsistentTopicId { stored: TOPIC_ID, .. }));
    assert_eq!(wrong.error_code().0, 103);
}

#[test]
fn truncation_and_recreation_never_leave_a_recovery_point_that_claims_more() {
    let bench = Bench::new();
    let (manager, _) = bench.open(&["d1"]);
    let log = manager.create_partition(&orders(0), None, None).unwrap();
    for _ in 0..10 {
        append(&manager, 0, 4, 0, None);
    }
    log.flush().unwrap();
    manager.checkpoint_recovery_points().unwrap();
    let claimed = || std::fs::read_to_string(bench.path("d1/recovery-point-offset-checkpoint")).unwrap();
    assert_eq!(claimed(), "0\n1\norders 0 40\n");
    log.truncate_to(12).unwrap();
    assert_eq!(claimed(), "0\n1\norders 0 12\n");
    manager.delete(&orders(0)).unwrap();
    manager.create_partition(&orders(0), None, None).unwrap();
    assert_eq!(claimed(), "0\n1\norders 0 0\n");
}

#[test]
fn what_does_not_belong_stops_the_start() {
    let bench = Bench::new();
    std::fs::create_dir_all(bench.path("d1/lost+found")).unwrap();
    let error = bench.try_open(bench.config(&["d1"])).err().unwrap();
    assert!(matches!(error, LogError::NotAPartition { .. }), "{error}");
    std::fs::remove_dir(bench.path("d1/lost+found")).unwrap();

    std::fs::create_dir_all(bench.path("d1/__cluster_metadata-0")).unwrap();
    std::fs::create_dir_all(bench.path("d1/orders-7")).unwrap();
    std::fs::create_dir_all(bench.path("d2/orders-7")).unwrap();
    let error = bench.try_open(bench.config(&["d1", "d2"])).err().unwrap();
    assert!(matches!(error, LogError::DuplicatePartition { .. }), "{error}");

    std::fs::write(bench.path("d2/meta.properties"), "version=7\n").unwrap();
    let (manager, report) = bench.open(&["d1", "d2"]);
    assert_eq!(
        (report.offline_dirs.len(), report.partitions_count),
        (1, 1),
        "an unreadable identity costs that directory only"
    );
    let info = manager.dirs();
    assert_eq!((info[0].online, info[1].online), (true, false));
    assert!(manager.create_partition(&orders(8), None, Some(Uuid::from_u128(77))).is_err(), "no such directory");
}

#[test]
fn a_directory_in_use_is_refused() {
    const HELD_DIR: &str = "KEDGE_TEST_HELD_LOG_DIR";
    if let Some(dir) = std::env::var_os(HELD_DIR) {
        // The child: holds the lock, as a running broker would, until its input ends. (Record locks are per process.)
        let new_id = Box::new(|| Uuid::from_u128(1 << 64));
        let config = LogManagerConfig::new(vec![dir.into()]);
        let _held =
            LogManager::open(config, Arc::new(OsFileSystem), Arc::new(ManualClock::new(START_MS)), new_id).unwrap();
        eprintln!("held");
        std::io::stdin().read_line(&mut String::new()).unwrap();
        return;
    }
    let bench = Bench::new();
    let mut holder = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_directory_in_use_is_refused", "--nocapture"])
        .env(HELD_DIR, bench.path("d1"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(holder.stderr.take().unwrap()));
    assert!(lines.any(|line| line.unwrap() == "held"), "the child never held the lock");
    let error = bench.try_open(bench.config(&["d1"])).err().unwrap();
    assert!(matches!(error, LogError::Locked { .. }), "{error}");
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
    bench.open(&["d1"]);
}

#[test]
fn retention_runs_over_all_logs_and_configs_change_live() {
    let bench = Bench::new();
    let (manager, _) = bench.open(&["d1"]);
    for partition in 0..2 {
        manager.create_partition(&orders(partition), None, None).unwrap();
        (0..8).for_each(|_| append(&manager, partition, 4, 0, None));
        manager.get(&orders(partition)).unwrap().set_high_watermark(32);
    }
    bench.clock.advance(8 * 24 * 3_600_000);
    let compacted = LogConfig { cleanup_delete: false, ..(*manager.get(&orders(0)).unwrap().config()).clone() };
    manager.set_topic_config("orders", Some(compacted));
    assert_eq!(manager.retention_pass().0, 0);
    manager.set_defaults(LogConfig { retention_ms: 5, ..LogConfig::default() });
    assert_eq!(manager.retention_pass().0, 0, "defaults do not reach a topic with configs of its own");
    manager.set_topic_config("orders", None);
    assert!(manager.partitions().iter().all(|(_, log)| log.config().retention_ms == 5));
    let (deleted, failures) = manager.retention_pass();
    assert!(deleted > 2 && failures.is_empty());
    assert!(manager.partitions().iter().all(|(_, log)| log.log_start_offset() == 32));
}

/// The tutorial's `log.dirs` is the application's own log directory: server.log and what the start script writes lie beside the
/// partitions, and a daemon goes on writing there.
#[test]
fn plain_files_in_a_log_directory_are_left_alone() {
    let bench = Bench::new();
    let (manager, _) = bench.open(&["d1"]);
    manager.create_partition(&orders(0), None, None).unwrap();
    let files =
        ["server.log", "server.log.2026-11-21-10", "kafkaServer.out", "kafkaServer-gc.log.0.current", "orders-1"];
    for file in files {
        std::fs::write(bench.path("d1").join(file), "[2026-11-21 10:00:00,000] INFO started\n").unwrap();
    }
    assert!(manager.shutdown_clean(-1).is_empty());
    drop(manager);
    let (manager, report) = bench.open(&["d1"]);
    assert_eq!((report.partitions_count, report.offline_dirs.len()), (1, 0));
    assert!(manager.get(&orders(0)).is_some());
    for file in files {
        let text = std::fs::read_to_string(bench.path("d1").join(file)).unwrap();
        assert!(text.ends_with("INFO started\n"), "{file}");
    }
}
