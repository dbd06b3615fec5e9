//! Readers beside an appender, retention and idle closing: every byte they see is whole and in order.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kedge_log::{
    AppendOptions, AppendOrigin, FileCache, LogConfig, LogError, ManualClock, OpenLog, OsFileSystem, PartitionLog,
    TopicPartition,
};
use kedge_protocol::batch::BatchIter;

use support::batch;

#[test]
fn readers_see_whole_batches_in_order_while_everything_moves() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(1_700_000_000_000));
    let cache = FileCache::new(Arc::new(OsFileSystem), clock.clone(), 6);
    let config =
        LogConfig { segment_bytes: 5_000, index_interval_bytes: 300, retention_bytes: 40_000, ..Default::default() };
    let open = OpenLog::new(cache.clone(), directory.path().to_path_buf(), TopicPartition::new("orders", 0));
    let log = PartitionLog::open(OpenLog { config, ..open }).unwrap().0;
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for reader in 0..3 {
            let (log, done) = (&log, &done);
            scope.spawn(move || {
                let mut next_offset = 0;
                loop {
                    let stopping = done.load(Ordering::Acquire);
                    let bound = if reader == 0 { log.log_end_offset() } else { log.high_watermark() };
                    match log.read(next_offset, 3_000, bound, true) {
                        Ok(slice) => {
                            let bytes = slice.read_bytes().unwrap();
                            for view in BatchIter::new(&bytes).filter_map(Result::ok) {
                                view.validate_crc().unwrap();
                                assert_eq!(view.header.base_offset, next_offset);
                                next_offset = view.header.next_offset();
                                assert!(next_offset <= bound);
                            }
                            if bytes.is_empty() && stopping {
                                break;
                            }
                        }
                        Err(LogError::OffsetOutOfRange { log_start_offset, .. }) => next_offset = log_start_offset,
                        Err(error) => panic!("{error}"),
                    }
                }
                assert_eq!(next_offset, log.log_end_offset());
            });
        }
        let options = AppendOptions { leader_epoch: 0, origin: AppendOrigin::Client, zstd_allowed: true };
        for index in 0..3_000 {
            let info = log.append_as_leader(&batch(1_700_000_000_000, 1 + index % 4, 50, None), options).unwrap();
            log.set_high_watermark(info.last_offset + 1);
            if index % 50 == 0 {
                clock.advance(1_000);
                log.apply_retention().unwrap();
                log.remove_deleted_files().unwrap();
                cache.close_idle(0);
            }
            if index % 200 == 0 {
                log.flush().unwrap();
            }
        }
        done.store(true, Ordering::Release);
    });
    assert!(log.log_start_offset() > 0, "retention worked meanwhile");
}
