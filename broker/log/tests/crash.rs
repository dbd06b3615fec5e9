//! 1,000 power failures at random moments: unsynced tails cut or flipped, indexes flipped anywhere. No synced record is ever lost, no
//! batch with a bad CRC is ever served, nothing panics. And the same with writes and syncs that fail while the log is in use.

mod support;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use kedge_log::{
    AppendOptions, AppendOrigin, FileCache, LogConfig, ManualClock, OpenLog, PartitionLog, TopicPartition,
};
use kedge_protocol::batch::BatchIter;

use support::{FaultFileSystem, Rng, batch};

const START_MS: i64 = 1_700_000_000_000;

/// A log under test and what must be in it.
struct Run {
    rng: Rng,
    directory: tempfile::TempDir,
    file_system: Arc<FaultFileSystem>,
    cache: Arc<FileCache>,
    clock: Arc<ManualClock>,
    config: LogConfig,
    log: PartitionLog,
    /// Stored bytes of each batch with its first and last offset.
    batches: Vec<(i64, i64, Bytes)>,
    /// Records below are synced for sure.
    synced_offset: i64,
    next_sequence: i32,
    leader_epoch: i32,
}

impl Run {
    fn new(seed: u64) -> Run {
        let mut rng = Rng::new(seed);
        // Memory where there is some: the test makes and removes some 100,000 files.
        let root = Path::new("/dev/shm");
        let directory = if root.is_dir() { tempfile::tempdir_in(root) } else { tempfile::tempdir() }.unwrap();
        let file_system = FaultFileSystem::new();
        let clock = Arc::new(ManualClock::new(START_MS));
        let cache = FileCache::new(file_system.clone(), clock.clone(), 3 + rng.below(20) as usize);
        let config = LogConfig {
            segment_bytes: 1_500 + rng.below(4_000) as u32,
            index_interval_bytes: rng.below(600) as u32,
            ..Default::default()
        };
        let log = open(&cache, directory.path(), &config, false, 0);
        let (batches, synced_offset, next_sequence, leader_epoch) = (Vec::new(), 0, 0, 0);
        Run {
            rng,
            directory,
            file_system,
            cache,
            clock,
            config,
            log,
            batches,
            synced_offset,
            next_sequence,
            leader_epoch,
        }
    }

    /// One random operation; an error is what a planted failure may cause.
    fn step(&mut self) -> kedge_log::Result<()> {
        self.clock.advance(1 + self.rng.below(50) as i64);
        match self.rng.below(100) {
            0..70 => self.append(),
            70..85 => {
                self.log.flush()?;
                self.synced_offset = self.log.log_end_offset();
                Ok(())
            }
            85..90 => self.log.roll(),
            90..93 => {
                self.leader_epoch += 1;
                Ok(())
            }
            93..97 => self.truncate(),
            _ => {
                self.cache.close_idle(self.rng.below(100) as i64);
                Ok(())
            }
        }
    }

    fn append(&mut self) -> kedge_log::Result<()> {
        let count = 1 + self.rng.below(6) as i32;
        let producer = self.rng.chance(50).then_some((7, 0, self.next_sequence));
        let sent = batch(START_MS, count, self.rng.below(120) as usize, producer);
        let options =
            AppendOptions { leader_epoch: self.leader_epoch, origin: AppendOrigin::Client, zstd_allowed: true };
        let info = self.log.append_as_leader(&sent, options)?;
        assert!(!info.is_duplicate);
        if producer.is_some() {
            self.next_sequence += count;
        }
        let mut stored = sent.to_vec();
        kedge_protocol::batch::patch(&mut stored, info.first_offset, self.leader_epoch);
        self.batches.push((info.first_offset, info.last_offset, Bytes::from(stored)));
        Ok(())
    }

    fn truncate(&mut self) -> kedge_log::Result<()> {
        let Some(index) = self.batches.len().checked_sub(1 + self.rng.below(3) as usize) else { return Ok(()) };
        let end_offset = self.batches[index].0;
        // Whatever happens to the cut itself, nobody may count on the records above it any more.
        self.synced_offset = self.synced_offset.min(end_offset);
        self.log.truncate_to(end_offset)?;
        self.batches.truncate(index);
        let last = self.log.producers().first().and_then(|(_, entry)| Some(entry.batches.back()?.last_sequence));
        self.next_sequence = last.map_or(0, |last_sequence| last_sequence + 1);
        Ok(())
    }

    fn flip_indexes(&mut self) {
        for entry in std::fs::read_dir(self.directory.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "index") && self.rng.chance(50) {
                let mut bytes = std::fs::read(&path).unwrap();
                if !bytes.is_empty() {
                    let at = self.rng.below(bytes.len() as u64) as usize;
                    bytes[at] ^= 1 << self.rng.below(8);
                    std::fs::write(&path, bytes).unwrap();
                }
            }
        }
    }

    fn reopen(&mut self, clean: bool, recovery_point: i64) {
        self.log = open(&self.cache, self.directory.path(), &self.config, clean, recovery_point);
    }

    /// Reads the whole log from every batch on: the synced front is byte for byte what was stored, the rest has good CRCs, and
    /// the leader epochs are those of the batches.
    fn verify(&mut self, seed: u64) {
        let log_end_offset = self.log.log_end_offset();
        assert!(log_end_offset >= self.synced_offset, "seed {seed}: lost {log_end_offset}..{}", self.synced_offset);
        let mut next_offset = 0;
        let mut read_back = Vec::new();
        let mut epochs: Vec<(i32, i64)> = Vec::new();
        while next_offset < log_end_offset {
            let max_bytes = 1 + self.rng.below(2_000) as usize;
            let slice = self.log.read(next_offset, max_bytes, log_end_offset, true).unwrap();
            let bytes = slice.read_bytes().unwrap();
            let before = next_offset;
            for view in BatchIter::new(&bytes).filter_map(Result::ok) {
                view.validate_crc().unwrap_or_else(|error| panic!("seed {seed}: served {error}"));
                next_offset = view.header.next_offset();
                let leader_epoch = view.header.partition_leader_epoch;
                // The CRC leaves the epoch out: a flipped bit in the unsynced tail may make one that goes down, as in Kafka.
                if leader_epoch >= 0 && epochs.last().is_none_or(|(last, _)| leader_epoch > *last) {
                    epochs.push((leader_epoch, view.header.base_offset));
                }
                read_back.push(Bytes::copy_from_slice(view.bytes));
            }
            if next_offset == before {
                // A segment that lost its unsynced end leaves a hole before the next one, in Kafka too.
                assert!(slice.is_empty() && before >= self.synced_offset, "seed {seed}: stuck at {before}");
                next_offset = self.after_hole(before);
            }
        }
        // Kafka writes leader-epoch-checkpoint whenever an epoch begins; here it is written before the recovery point moves,
        // and recovery reads the epochs above that from the batches: no epoch of a record is ever missing or misplaced.
        let known: Vec<_> = self.log.leader_epochs().into_iter().filter(|(_, start)| *start < log_end_offset).collect();
        assert_eq!(known, epochs, "seed {seed}: leader epochs");
        for (index, (_, last_offset, stored)) in self.batches.iter().enumerate() {
            if *last_offset < self.synced_offset {
                assert_eq!(read_back.get(index), Some(stored), "seed {seed}: batch {index}");
            }
        }
    }

    fn after_hole(&self, record_offset: i64) -> i64 {
        let bases = self.log.segment_base_offsets();
        bases.into_iter().find(|base_offset| *base_offset > record_offset).expect("a segment after the hole")
    }

    /// After a crash: what is there now is what must stay.
    fn adopt(&mut self) {
        let log_end_offset = self.log.log_end_offset();
        self.batches.retain(|(_, last_offset, _)| *last_offset < self.synced_offset);
        let from = self.batches.last().map_or(0, |(_, last_offset, _)| last_offset + 1);
        let mut next_offset = from;
        while next_offset < log_end_offset {
            let bytes = self.log.read(next_offset, 1, log_end_offset, true).unwrap().read_bytes().unwrap();
            let Some(view) = BatchIter::new(&bytes).next() else {
                next_offset = self.after_hole(next_offset);
                continue;
            };
            let view = view.unwrap();
            self.batches.push((view.header.base_offset, view.header.last_offset(), bytes.clone()));
            next_offset = view.header.next_offset();
        }
        let last = self.log.producers().first().and_then(|(_, entry)| Some(entry.batches.back()?.last_sequence));
        self.next_sequence = last.map_or(0, |last_sequence| last_sequence + 1);
        self.leader_epoch = self.log.latest_leader_epoch().unwrap_or(0);
    }
}

fn open(
    cache: &Arc<FileCache>,
    path: &Path,
    config: &LogConfig,
    clean_shutdown: bool,
    recovery_point: i64,
) -> PartitionLog {
    let open = OpenLog::new(cache.clone(), path.to_path_buf(), TopicPartition::new("orders", 0));
    let open = OpenLog { config: config.clone(), clean_shutdown, recovery_point, ..open };
    PartitionLog::open(open).unwrap().0
}

#[test]
fn a_thousand_power_failures_lose_nothing_synced() {
    let mut recovered_tails = 0;
    for seed in 0..1_000 {
        let mut run = Run::new(seed);
        for _ in 0..2 {
            for _ in 0..5 + run.rng.below(30) {
                run.step().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            }
            // The checkpoint may be as old as it likes.
            let recovery_point = run.rng.below(run.log.recovery_point() as u64 + 1) as i64;
            let recovery_point = if run.rng.chance(50) { run.log.recovery_point() } else { recovery_point };
            run.log.release();
            let mut rng = Rng::new(seed ^ 0xdead);
            run.file_system.lose_power(&mut rng);
            run.flip_indexes();
            run.reopen(false, recovery_point);
            recovered_tails += i64::from(run.log.log_end_offset() > run.synced_offset);
            run.verify(seed);
            run.adopt();
            // And it works on: append, stop cleanly, start without a scan.
            run.append().unwrap();
            run.log.close().unwrap();
            run.synced_offset = run.log.log_end_offset();
            run.reopen(true, 0);
            run.verify(seed);
        }
    }
    assert!(recovered_tails > 100, "some unsynced tails survive, or the test damages too much: {recovered_tails}");
}

#[test]
fn failing_writes_and_syncs_lose_nothing_synced() {
    let mut failures = 0;
    for seed in 0..500 {
        let mut run = Run::new(seed);
        for _ in 0..60 {
            if run.rng.chance(10) {
                run.file_system.fail_after(run.rng.below(6) as i64);
            }
            if let Err(error) = run.step() {
                assert!(error.is_storage(), "seed {seed}: {error}");
                failures += 1;
                if !run.log.is_offline() && run.rng.chance(70) {
                    // The log goes on, as it was before the failure.
                    run.file_system.never_fail();
                    run.adopt();
                    run.verify(seed);
                    continue;
                }
                let recovery_point = run.log.recovery_point();
                run.log.release();
                run.file_system.never_fail();
                let mut rng = Rng::new(seed ^ 0xbeef);
                run.file_system.lose_power(&mut rng);
                run.reopen(false, recovery_point);
                run.verify(seed);
                run.adopt();
            }
        }
        run.file_system.never_fail();
        run.verify(seed);
    }
    assert!(failures > 500, "{failures} failures were planted and met");
}
