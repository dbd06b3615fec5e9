//! Committed batches in, complete transactions out (KIP-868; Kafka's `MetadataBatchLoader`).
//!
//! Outside a transaction a batch is handed on at once. Inside one, records are held until EndTransaction, which hands all
//! of them on as one piece, or AbortTransaction, which drops them. A snapshot may be cut only where
//! [`TransactionBuffer::is_in_transaction`] is false after a whole batch.

use kedge_protocol::metadata_records::MetadataRecord;

use crate::Record;

/// A committed batch of the metadata log. Kafka records take one offset each, sidecar records none; a control batch is
/// fed without records.
#[derive(Clone, Debug, PartialEq)]
pub struct CommittedBatch {
    /// Offset of the batch's first record.
    pub base_offset: i64,
    /// Offset of its last record: below `base_offset` if it holds sidecar records alone.
    pub last_offset: i64,
    /// Leader epoch it was appended under.
    pub leader_epoch: i32,
    /// Its records in order.
    pub records: Vec<Record>,
}

impl CommittedBatch {
    /// A batch of data records, each at its own offset from `base_offset` on.
    pub fn new(base_offset: i64, leader_epoch: i32, records: Vec<Record>) -> CommittedBatch {
        let offsets = records.iter().filter(|record| matches!(record, Record::Metadata(_))).count() as i64;
        CommittedBatch { base_offset, last_offset: base_offset + offsets - 1, leader_epoch, records }
    }
}

/// Records to replay together: nobody may see the image between two of them.
#[derive(Clone, Debug, PartialEq)]
pub struct CompleteRecords {
    /// Offset of the last record that is settled once these are replayed.
    pub last_offset: i64,
    /// Leader epoch of that record.
    pub leader_epoch: i32,
    /// The records, without transaction markers. Empty after an abort: only the offset moves.
    pub records: Vec<Record>,
}

/// A log that breaks the rules of transactions or of offsets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransactionError {
    /// Begin inside a transaction.
    #[error("BeginTransactionRecord at offset {offset}, but the transaction begun at offset {begun_at} is open")]
    AlreadyOpen {
        /// Offset of the second Begin.
        offset: i64,
        /// Offset of the first.
        begun_at: i64,
    },
    /// End or Abort outside a transaction.
    #[error("{record} at offset {offset}, but no transaction is open")]
    NotOpen {
        /// The marker's type.
        record: &'static str,
        /// Its offset.
        offset: i64,
    },
    /// A batch that was fed already, or that lies before one that was.
    #[error("batch at offset {base_offset}, but offset {next_offset} is next")]
    OffsetsNotIncreasing {
        /// The batch's base offset.
        base_offset: i64,
        /// The lowest base offset that could follow.
        next_offset: i64,
    },
}

/// Holds back the records of an open transaction.
#[derive(Clone, Debug)]
pub struct TransactionBuffer {
    next_offset: i64,
    open: Option<OpenTransaction>,
}

#[derive(Clone, Debug)]
struct OpenTransaction {
    begun_at: i64,
    records: Vec<Record>,
}

impl TransactionBuffer {
    /// A buffer for a log that is read from `next_offset` on: 0, or the end offset of a snapshot.
    pub fn new(next_offset: i64) -> TransactionBuffer {
        TransactionBuffer { next_offset, open: None }
    }

    /// A transaction has begun and not ended.
    pub fn is_in_transaction(&self) -> bool {
        self.open.is_some()
    }

    /// The offset that the next batch starts at, if none is left out.
    pub fn next_offset(&self) -> i64 {
        self.next_offset
    }

    /// Takes the next batch and returns what is complete, in order. After an error the log cannot be read on: nothing
    /// of the batch counts.
    pub fn feed(&mut self, batch: CommittedBatch) -> Result<Vec<CompleteRecords>, TransactionError> {
        let CommittedBatch { base_offset, last_offset, leader_epoch, records } = batch;
        if base_offset < self.next_offset {
            return Err(TransactionError::OffsetsNotIncreasing { base_offset, next_offset: self.next_offset });
        }
        self.check_markers(base_offset, &records)?;
        let mut complete: Vec<CompleteRecords> = Vec::new();
        let mut pending = Vec::new();
        let mut offset = base_offset;
        for record in records {
            let offsets_taken = i64::from(matches!(record, Record::Metadata(_)));
            match (marker(&record), &mut self.open) {
                (Some(Marker::Begin), _) => {
                    if !pending.is_empty() {
                        let records = std::mem::take(&mut pending);
                        complete.push(CompleteRecords { last_offset: offset - 1, leader_epoch, records });
                    }
                    self.open = Some(OpenTransaction { begun_at: offset, records: Vec::new() });
                }
                (Some(Marker::End), _) => {
                    let records = self.close().records;
                    complete.push(CompleteRecords { last_offset: offset, leader_epoch, records });
                }
                (Some(Marker::Abort), _) => {
                    self.close();
                    complete.push(CompleteRecords { last_offset: offset, leader_epoch, records: Vec::new() });
                }
                (None, Some(open)) => open.records.push(record),
                (None, None) => match complete.last_mut() {
                    // A sidecar record behind a marker has no offset of its own: it belongs to what the marker settles.
                    Some(settled) if offsets_taken == 0 && pending.is_empty() => settled.records.push(record),
                    _ => pending.push(record),
                },
            }
            offset += offsets_taken;
        }
        let offset_lags = complete.last().is_none_or(|settled| settled.last_offset < last_offset);
        if self.open.is_none() && (offset_lags || !pending.is_empty()) {
            complete.push(CompleteRecords { last_offset, leader_epoch, records: pending });
        }
        self.next_offset = self.next_offset.max(last_offset + 1);
        Ok(complete)
    }

    fn close(&mut self) -> OpenTransaction {
        self.open.take().expect("check_markers saw the transaction open")
    }

    /// Whether the batch's markers fit the state, before anything changes.
    fn check_markers(&self, base_offset: i64, records: &[Record]) -> Result<(), TransactionError> {
        let mut begun_at = self.open.as_ref().map(|open| open.begun_at);
        let mut offset = base_offset;
        for record in records {
            match (marker(record), begun_at) {
                (Some(Marker::Begin), Some(begun_at)) => {
                    return Err(TransactionError::AlreadyOpen { offset, begun_at });
                }
                (Some(Marker::Begin), None) => begun_at = Some(offset),
                (Some(closing), None) => return Err(TransactionError::NotOpen { record: closing.name(), offset }),
                (Some(_), Some(_)) => begun_at = None,
                (None, _) => {}
            }
            offset += i64::from(matches!(record, Record::Metadata(_)));
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Marker {
    Begin,
    End,
    Abort,
}

impl Marker {
    fn name(self) -> &'static str {
        match self {
            Marker::Begin => "BeginTransactionRecord",
            Marker::End => "EndTransactionRecord",
            Marker::Abort => "AbortTransactionRecord",
        }
    }
}

fn marker(record: &Record) -> Option<Marker> {
    match record {
        Record::Metadata(MetadataRecord::BeginTransaction(_)) => Some(Marker::Begin),
        Record::Metadata(MetadataRecord::EndTransaction(_)) => Some(Marker::End),
        Record::Metadata(MetadataRecord::AbortTransaction(_)) => Some(Marker::Abort),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use kedge_protocol::metadata_records::{
        AbortTransactionRecord, BeginTransactionRecord, EndTransactionRecord, ProducerIdsRecord,
    };

    use super::*;
    use crate::SidecarRecord;

    const BEGIN: &str = "begin";
    const END: &str = "end";
    const ABORT: &str = "abort";

    /// A record from a word: a marker, a number (a producer id), or `s` (a sidecar record).
    fn record(word: &str) -> Record {
        match word {
            BEGIN => MetadataRecord::BeginTransaction(BeginTransactionRecord::default()).into(),
            END => MetadataRecord::EndTransaction(EndTransactionRecord::default()).into(),
            ABORT => MetadataRecord::AbortTransaction(AbortTransactionRecord::default()).into(),
            "s" => SidecarRecord::TopicDeletionFinished { topic_id: crate::TopicId::ZERO }.into(),
            number => {
                let next_producer_id = number.parse().expect("a number");
                MetadataRecord::ProducerIds(ProducerIdsRecord { next_producer_id, ..Default::default() }).into()
            }
        }
    }

    fn word(record: &Record) -> String {
        match record {
            Record::Metadata(MetadataRecord::ProducerIds(record)) => record.next_producer_id.to_string(),
            Record::Metadata(other) => panic!("{other:?} is not handed on"),
            Record::Sidecar(_) => "s".to_owned(),
        }
    }

    /// Feeds batches of words, separated by `|`, and shows what comes out after each: records up to an offset.
    fn run(buffer: &mut TransactionBuffer, batches: &str) -> String {
        let mut shown = Vec::new();
        for words in batches.split('|') {
            let records = words.split_whitespace().map(record).collect();
            let batch = CommittedBatch::new(buffer.next_offset(), 1, records);
            let pieces = match buffer.feed(batch) {
                Ok(pieces) => pieces,
                Err(error) => return error.to_string(),
            };
            let piece = |piece: &CompleteRecords| {
                let words: Vec<String> = piece.records.iter().map(word).collect();
                format!("[{}]@{}", words.join(" "), piece.last_offset)
            };
            shown.push(pieces.iter().map(piece).collect::<Vec<_>>().join(" "));
        }
        shown.join(" | ")
    }

    #[track_caller]
    fn check(batches: &str, expected: &str) {
        assert_eq!(run(&mut TransactionBuffer::new(0), batches), expected);
    }

    #[test]
    fn outside_a_transaction_a_batch_is_handed_on_at_once() {
        check("1 2 | 3", "[1 2]@1 | [3]@2");
    }

    #[test]
    fn a_transaction_is_handed_on_whole_at_its_end() {
        check("begin 1 | 2 3 | end", " |  | [1 2 3]@4");
        check("begin 1 end", "[1]@2");
        check("begin end", "[]@1");
    }

    #[test]
    fn an_aborted_transaction_only_moves_the_offset() {
        check("begin 1 | 2 | abort | 3", " |  | []@3 | [3]@4");
    }

    #[test]
    fn markers_in_the_middle_of_a_batch_cut_it() {
        check("1 begin 2 | 3 end 4", "[1]@0 | [2 3]@4 [4]@5");
        check("begin 1 end begin 2 | abort", "[1]@2 | []@5");
    }

    #[test]
    fn sidecar_records_take_no_offset_and_follow_what_they_came_with() {
        check("s | 1 s | 2", "[s]@-1 | [1 s]@0 | [2]@1");
        check("begin 1 s | 2 end s", " | [1 s 2 s]@3");
        check("begin s | abort", " | []@1");
    }

    #[test]
    fn a_marker_out_of_place_is_an_error_and_the_batch_does_not_count() {
        check("1 | 2 end", "EndTransactionRecord at offset 2, but no transaction is open");
        check("abort", "AbortTransactionRecord at offset 0, but no transaction is open");
        check("begin 1 | 2 begin", "BeginTransactionRecord at offset 3, but the transaction begun at offset 0 is open");
        let mut buffer = TransactionBuffer::new(0);
        run(&mut buffer, "begin 1 | 2 begin");
        assert!(buffer.is_in_transaction());
        assert_eq!(run(&mut buffer, "3 end"), "[1 3]@3");
        assert!(!buffer.is_in_transaction());
    }

    #[test]
    fn offsets_only_grow_and_control_batches_count() {
        let mut buffer = TransactionBuffer::new(10);
        let old = CommittedBatch::new(9, 1, vec![record("1")]);
        let error = TransactionError::OffsetsNotIncreasing { base_offset: 9, next_offset: 10 };
        assert_eq!(buffer.feed(old), Err(error));
        let control = CommittedBatch { base_offset: 12, last_offset: 12, leader_epoch: 3, records: vec![] };
        let moved = CompleteRecords { last_offset: 12, leader_epoch: 3, records: vec![] };
        assert_eq!(buffer.feed(control), Ok(vec![moved]));
        assert_eq!(buffer.next_offset(), 13);
    }
}
