//! Tables of what idempotent and transactional producers may do.

use std::fmt::Write as _;

use kedge_protocol::batch::{BatchBuilder, ControlType};

use super::*;

/// A batch of `count` records at `base_offset`.
fn batch(producer_id: i64, producer_epoch: i16, base_sequence: i32, base_offset: i64, count: i32) -> BatchHeader {
    let mut builder = BatchBuilder::new(base_offset).producer(producer_id, producer_epoch, base_sequence);
    for _ in 0..count {
        builder.append(1_000 + base_offset, None, Some(b"v"), &[]);
    }
    BatchHeader::parse(&builder.build()).unwrap()
}

fn transactional(producer_id: i64, producer_epoch: i16, base_sequence: i32, base_offset: i64) -> BatchHeader {
    let mut builder =
        BatchBuilder::new(base_offset).producer(producer_id, producer_epoch, base_sequence).transactional();
    builder.append(1_000, None, Some(b"v"), &[]);
    BatchHeader::parse(&builder.build()).unwrap()
}

fn marker(producer_id: i64, producer_epoch: i16, base_offset: i64) -> BatchHeader {
    let mut builder =
        BatchBuilder::new(base_offset).producer(producer_id, producer_epoch, -1).transactional().control();
    builder.append_control(2_000, ControlType::Commit, &[0; 6]);
    BatchHeader::parse(&builder.build()).unwrap()
}

fn end(coordinator_epoch: i32) -> EndTransaction {
    EndTransaction { coordinator_epoch, timestamp_ms: 2_000 }
}

/// Producer 7, epoch 2, six batches of two records: sequences 0–11 at offsets 100–111.
fn six_batches() -> ProducerState {
    let mut state = ProducerState::new(100);
    for index in 0..6 {
        state.apply(&batch(7, 2, index * 2, 100 + i64::from(index) * 2, 2), None);
    }
    state
}

#[test]
fn what_a_client_may_append() {
    let state = six_batches();
    let mut text = String::new();
    for (name, header) in [
        ("next", batch(7, 2, 12, 0, 3)),
        ("last again", batch(7, 2, 10, 0, 2)),
        ("oldest remembered again", batch(7, 2, 2, 0, 2)),
        ("forgotten batch again", batch(7, 2, 0, 0, 2)),
        ("half of the last batch", batch(7, 2, 10, 0, 1)),
        ("gap", batch(7, 2, 13, 0, 1)),
        ("older epoch", batch(7, 1, 12, 0, 1)),
        ("newer epoch from 0", batch(7, 3, 0, 0, 1)),
        ("newer epoch in the middle", batch(7, 3, 12, 0, 1)),
        ("unknown producer in the middle", batch(8, 0, 500, 0, 1)),
        ("no producer", batch(-1, -1, -1, 0, 1)),
    ] {
        match state.admit(&header, AppendOrigin::Client) {
            Ok(Admission::Append) => writeln!(text, "{name}: append"),
            Ok(Admission::Duplicate(batch)) => writeln!(text, "{name}: stored at {}", batch.base_offset()),
            Err(error) => writeln!(text, "{name}: {} {error}", error.error_code().0),
        }
        .unwrap();
        assert_eq!(state.admit(&header, AppendOrigin::Replication), Ok(Admission::Append));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn sequences_wrap() {
    let mut state = ProducerState::new(0);
    state.apply(&batch(7, 0, i32::MAX - 1, 0, 2), None);
    assert_eq!(state.admit(&batch(7, 0, 0, 2, 1), AppendOrigin::Client), Ok(Admission::Append));
    let mut state = ProducerState::new(0);
    state.apply(&batch(7, 0, i32::MAX - 1, 0, 4), None);
    let again = state.admit(&batch(7, 0, i32::MAX - 1, 0, 4), AppendOrigin::Client).unwrap();
    assert!(matches!(again, Admission::Duplicate(batch) if batch.base_offset() == 0));
    assert_eq!(state.admit(&batch(7, 0, 2, 4, 1), AppendOrigin::Client), Ok(Admission::Append));
}

#[test]
fn coordinators_write_without_sequences() {
    let mut state = ProducerState::new(0);
    state.apply(&batch(7, 1, -1, 0, 1), None);
    assert_eq!(state.admit(&batch(7, 1, -1, 1, 1), AppendOrigin::Coordinator), Ok(Admission::Append));
    assert!(state.admit(&batch(7, 0, -1, 1, 1), AppendOrigin::Coordinator).is_err());
}

#[test]
fn open_transactions_hold_the_last_stable_offset() {
    let mut state = ProducerState::new(0);
    state.apply(&transactional(7, 0, 0, 10), None);
    state.apply(&transactional(8, 0, 0, 11), None);
    state.apply(&transactional(7, 0, 1, 12), None);
    assert_eq!(state.first_unstable_offset(), Some(10));
    let plain = state.admit(&batch(7, 0, 2, 13, 1), AppendOrigin::Client);
    assert_eq!(plain, Err(ProducerStateError::InvalidTxnState { producer_id: 7 }));

    state.apply(&marker(7, 0, 13), Some(end(4)));
    assert_eq!(state.first_unstable_offset(), Some(10), "the marker is not replicated yet");
    state.on_high_watermark(13);
    assert_eq!(state.first_unstable_offset(), Some(10));
    state.on_high_watermark(14);
    assert_eq!(state.first_unstable_offset(), Some(11));
    state.apply(&marker(8, 0, 14), Some(end(4)));
    state.on_high_watermark(15);
    assert_eq!(state.first_unstable_offset(), None);

    let fenced = state.admit_marker(&marker(7, 0, 15), &end(3)).unwrap_err();
    assert_eq!(fenced.error_code(), ErrorCode::TRANSACTION_COORDINATOR_FENCED);
    assert_eq!(state.admit_marker(&marker(7, 0, 15), &end(4)), Ok(()));
    // After a marker that raised the epoch the producer starts at 0 again.
    state.apply(&marker(7, 5, 15), Some(end(4)));
    assert_eq!(state.admit(&batch(7, 5, 0, 16, 1), AppendOrigin::Client), Ok(Admission::Append));
    assert!(state.admit(&batch(7, 5, 2, 16, 1), AppendOrigin::Client).is_err());
}

#[test]
fn producers_expire_unless_a_transaction_is_open() {
    let mut state = ProducerState::new(0);
    state.apply(&batch(1, 0, 0, 0, 1), None);
    state.apply(&transactional(2, 0, 0, 1), None);
    state.expire(1_000 + 99, 100);
    assert_eq!(state.producers().len(), 2);
    state.expire(1_000 + 100, 100);
    assert_eq!(state.producers().keys().copied().collect::<Vec<_>>(), [2]);
}

#[test]
fn snapshots_keep_the_last_batch_and_the_open_transaction() {
    let mut state = six_batches();
    state.apply(&transactional(9, 3, 5, 112), None);
    let bytes = state.to_snapshot();
    let hex: String = bytes.chunks(23).fold(String::new(), |mut text, line| {
        line.iter().for_each(|byte| write!(text, "{byte:02x}").unwrap());
        text + "\n"
    });
    insta::assert_snapshot!(hex);

    let loaded = ProducerState::from_snapshot(&bytes, 113).unwrap();
    assert_eq!(loaded.first_unstable_offset(), Some(112));
    assert_eq!(loaded.end_offset(), 113);
    let only: Vec<_> = loaded.producers()[&7].batches.iter().map(|batch| batch.base_sequence()).collect();
    assert_eq!(only, [10]);
    assert_eq!(loaded.to_snapshot(), bytes);
    assert_eq!(loaded.admit(&batch(7, 2, 12, 0, 1), AppendOrigin::Client), Ok(Admission::Append));
}

#[test]
fn damaged_snapshots_are_refused() {
    let bytes = six_batches().to_snapshot();
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        assert!(ProducerState::from_snapshot(&damaged, 0).is_err(), "byte {at}");
        assert!(ProducerState::from_snapshot(&bytes[..at], 0).is_err(), "cut at {at}");
    }
}
