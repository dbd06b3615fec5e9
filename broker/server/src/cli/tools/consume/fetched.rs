//! What a Fetch brought: its records from a position on, without those that nobody may read. Pure.

use std::{borrow::Cow, collections::BTreeSet};

use kedge_protocol::{
    batch::{
        BatchError, BatchIter, Compression, ControlKey, ControlType, RecordIter, RecordView, TimestampType, decompress,
    },
    messages::fetch_response::AbortedTransaction,
};

/// A batch that unfolds to more is refused.
const DECOMPRESSED_MAX_BYTES: usize = 1 << 30;

/// Hands out the records of `bytes` at and above `position` until `visit` has enough. Returns the next position. `aborted` are the
/// transactions to leave out, empty when everything is read.
pub(super) fn visit_records(
    bytes: &[u8],
    mut position: i64,
    aborted: &[AbortedTransaction],
    mut visit: impl FnMut(&RecordView<'_>, TimestampType) -> bool,
) -> Result<i64, BatchError> {
    let mut open: BTreeSet<i64> = BTreeSet::new();
    let mut coming: Vec<&AbortedTransaction> = aborted.iter().collect();
    coming.sort_by_key(|transaction| std::cmp::Reverse(transaction.first_offset));
    for batch in BatchIter::new(bytes) {
        let batch = match batch {
            // The broker cuts the last batch where the response is full.
            Err(BatchError::Incomplete { .. }) => break,
            other => other?,
        };
        let header = batch.header;
        while let Some(transaction) = coming.pop_if(|transaction| transaction.first_offset <= header.last_offset()) {
            open.insert(transaction.producer_id);
        }
        let is_left_out = header.is_control() || (header.is_transactional() && open.contains(&header.producer_id));
        if header.last_offset() >= position && (header.is_control() || !is_left_out) {
            batch.validate_crc()?;
            let body = match header.compression() {
                Compression::None => Cow::Borrowed(batch.body()),
                compression => Cow::Owned(decompress(compression, batch.body(), DECOMPRESSED_MAX_BYTES)?),
            };
            for record in RecordIter::new(header, &body) {
                let record = record?;
                if header.is_control() {
                    let control = record.key.and_then(ControlKey::parse);
                    if control.is_some_and(|key| key.control_type == ControlType::Abort) {
                        open.remove(&header.producer_id);
                    }
                } else if record.record_offset >= position {
                    position = record.record_offset + 1;
                    if !visit(&record, header.timestamp_type()) {
                        return Ok(position);
                    }
                }
            }
        }
        position = position.max(header.next_offset());
    }
    Ok(position)
}

#[cfg(test)]
mod tests {
    use kedge_protocol::batch::BatchBuilder;

    use super::*;

    fn seen(bytes: &[u8], position: i64, aborted: &[AbortedTransaction], max: usize) -> (Vec<String>, i64) {
        let mut values = Vec::new();
        let next = visit_records(bytes, position, aborted, |record, _| {
            values.push(String::from_utf8_lossy(record.value.unwrap_or_default()).into_owned());
            values.len() < max
        });
        (values, next.unwrap_or_else(|error| panic!("{error}")))
    }

    fn batch(base_offset: i64, values: &[&str]) -> Vec<u8> {
        let mut builder = BatchBuilder::new(base_offset);
        for value in values {
            builder.append(1, None, Some(value.as_bytes()), &[]);
        }
        builder.build().to_vec()
    }

    #[test]
    fn records_below_the_position_and_a_torn_tail_are_skipped() {
        let bytes = [batch(5, &["a", "b", "c"]), batch(8, &["d"])].concat();
        assert_eq!(seen(&bytes, 6, &[], 9), (vec!["b".to_owned(), "c".to_owned(), "d".to_owned()], 9));
        assert_eq!(seen(&bytes, 6, &[], 1), (vec!["b".to_owned()], 7));
        assert_eq!(seen(&bytes[..bytes.len() - 1], 5, &[], 9).1, 8);
        assert_eq!(seen(&[], 5, &[], 9), (vec![], 5));
    }

    #[test]
    fn aborted_transactions_and_control_records_are_left_out() {
        let data = |base_offset, value: &str| {
            let mut builder = BatchBuilder::new(base_offset).producer(7, 0, 0).transactional();
            builder.append(1, None, Some(value.as_bytes()), &[]);
            builder.build().to_vec()
        };
        let mut marker = BatchBuilder::new(2).producer(7, 0, -1).transactional().control();
        marker.append_control(1, ControlType::Abort, &[0; 6]);
        let bytes = [data(0, "gone"), batch(1, &["kept"]), marker.build().to_vec(), data(3, "later")].concat();
        let aborted = [AbortedTransaction { producer_id: 7, first_offset: 0 }];
        assert_eq!(seen(&bytes, 0, &aborted, 9), (vec!["kept".to_owned(), "later".to_owned()], 4));
        assert_eq!(seen(&bytes, 0, &[], 9).0, ["gone", "kept", "later"]);
    }
}
