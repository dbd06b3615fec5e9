//! What each failure of an append looks like to a producer.

use kedge_log::{LogError, ProducerStateError};
use kedge_protocol::batch::{BatchError, ProduceError, RecordFault};

use super::*;
use crate::replica::AppendFailure;

/// Code, base offset, faulty records, message.
type Answered = (ErrorCode, i64, Vec<(i32, Option<String>)>, Option<String>);

fn answer(failure: impl Into<ProduceFailure>) -> Answered {
    let response = partition_response(0, Err(failure.into()));
    let records = response.record_errors.into_iter();
    let records = records.map(|record| (record.batch_index, record.batch_index_error_message)).collect();
    (ErrorCode(response.error_code), response.base_offset, records, response.error_message)
}

#[test]
fn every_failure_has_its_code() {
    let producer_id = 7;
    let produce = |error: ProduceError| AppendFailure::Log(LogError::Produce(error));
    let producer = |error: ProducerStateError| AppendFailure::Log(LogError::Producer(error));
    let storage = LogError::Storage { operation: "write", path: "/x".into(), source: std::io::ErrorKind::Other.into() };
    let table = [
        (AppendFailure::Refused(ErrorCode::NOT_LEADER_OR_FOLLOWER), 6),
        (AppendFailure::Refused(ErrorCode::NOT_ENOUGH_REPLICAS), 19),
        (produce(ProduceError::Batch(BatchError::Crc { stored: 1, computed: 2 })), 2),
        (produce(ProduceError::InvalidRecord("two batches")), 87),
        (produce(ProduceError::InvalidRecords(vec![])), 87),
        (produce(ProduceError::InvalidTimestamps(vec![])), 32),
        (produce(ProduceError::MessageTooLarge { size_bytes: 2, limit_bytes: 1 }), 10),
        (produce(ProduceError::RecordListTooLarge { size_bytes: 2, limit_bytes: 1 }), 18),
        (produce(ProduceError::ZstdNotAllowed), 76),
        (
            producer(ProducerStateError::OutOfOrderSequence {
                producer_id,
                producer_epoch: 0,
                base_sequence: 9,
                expected_sequence: 1,
            }),
            45,
        ),
        (producer(ProducerStateError::InvalidProducerEpoch { producer_id, producer_epoch: 0, current_epoch: 1 }), 47),
        (producer(ProducerStateError::InvalidTxnState { producer_id }), 48),
        (AppendFailure::Log(storage), 56),
    ];
    for (failure, code) in table {
        let text = format!("{failure:?}");
        let (answered, base_offset, records, _) = answer(failure);
        assert_eq!((answered, base_offset, records.len()), (ErrorCode(code), -1, 0), "{text}");
    }
}

#[test]
fn faulty_records_are_named() {
    let faults = vec![RecordFault { record_index: 3, message: "no key" }];
    let (code, _, records, message) =
        answer(AppendFailure::Log(LogError::Produce(ProduceError::InvalidRecords(faults))));
    assert_eq!(code, ErrorCode::INVALID_RECORD);
    assert_eq!(records, [(3, Some("no key".to_owned()))]);
    assert!(message.is_some());
}

#[test]
fn what_was_appended_but_not_acknowledged_keeps_its_offset() {
    let appended = Appended { base_offset: 42, log_append_time_ms: -1, log_start_offset: 7 };
    let failure = ProduceFailure { appended: Some(appended), ..ProduceFailure::from(ErrorCode::REQUEST_TIMED_OUT) };
    let response = partition_response(5, Err(failure));
    assert_eq!((response.index, response.error_code, response.base_offset, response.log_start_offset), (5, 7, 42, 7));
}

#[test]
fn acks_zero_closes_the_connection_on_any_failure() {
    let asked = || Asked { topic_name: "t".to_owned(), index: 1, admitted: Err(ErrorCode::NONE) };
    let appended = Appended { base_offset: 0, log_append_time_ms: -1, log_start_offset: 0 };
    let good = acks_zero([(asked(), Ok(appended))].into_iter());
    assert!(matches!(good, Answer::Nothing), "{good:?}");
    let failure = ProduceFailure::from(ErrorCode::NOT_LEADER_OR_FOLLOWER);
    let bad = acks_zero([(asked(), Ok(appended)), (asked(), Err(failure))].into_iter());
    assert!(matches!(bad, Answer::Close(reason) if reason.contains("t-1")));
}
