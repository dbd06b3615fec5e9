//! Tests of the batch module: exact bytes, every refusal, and damage at random.

use std::fmt::Write as _;

use bytes::{Bytes, BytesMut};

use super::*;
use crate::ErrorCode;

fn sample() -> BatchBuilder {
    let mut builder = BatchBuilder::new(0).producer(7, 1, 40);
    builder.append(1_000, Some(b"k1"), Some(b"v1"), &[("trace", Some(b"abc")), ("empty", None)]);
    builder.append(1_250, None, Some(b"v2"), &[]);
    builder.append(990, Some(b"k3"), None, &[]);
    builder
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for line in bytes.chunks(16) {
        let line: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(text, "{}", line.join(" ")).unwrap();
    }
    text
}

/// A small deterministic generator, so that a failing round can be replayed by its number.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

#[test]
fn builder_bytes_are_fixed() {
    insta::assert_snapshot!(hex(&sample().build()));
}

#[test]
fn transaction_marker_bytes_are_fixed() {
    let mut builder = BatchBuilder::new(12).partition_leader_epoch(2).producer(7, 1, -1).transactional().control();
    builder.append_control(5, ControlType::Commit, &[0, 0, 0, 0, 0, 9]);
    insta::assert_snapshot!(hex(&builder.build()));
}

#[test]
fn records_come_back_as_appended() {
    let batch = sample().build();
    let view = BatchIter::new(&batch).next().unwrap().unwrap();
    view.validate_crc().unwrap();
    let mut text = format!("{:?}\n", view.header);
    for record in view.records().unwrap() {
        let record = record.unwrap();
        let headers: Vec<_> = record
            .headers()
            .map(|(key, value)| (String::from_utf8_lossy(key).into_owned(), value.map(String::from_utf8_lossy)))
            .collect();
        writeln!(
            text,
            "{} at {} ms: {:?} = {:?} {headers:?}",
            record.record_offset,
            record.timestamp_ms,
            record.key.map(String::from_utf8_lossy),
            record.value.map(String::from_utf8_lossy),
        )
        .unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn leader_patches_offset_and_epoch_outside_the_crc() {
    let built = sample().build();
    let address = built.as_ptr();
    let mut batch: BytesMut = built.try_into_mut().expect("the buffer is ours alone");
    patch(&mut batch, 5_000_000_000, 17);
    assert_eq!(batch.as_ptr(), address, "patching copies nothing");
    let header = validate_crc(&batch).unwrap();
    assert_eq!(
        (header.base_offset, header.last_offset(), header.partition_leader_epoch),
        (5_000_000_000, 5_000_000_002, 17)
    );
    assert_eq!((header.base_sequence, header.last_sequence()), (40, 42));
}

#[test]
fn log_append_time_makes_a_new_crc_and_rules_every_record() {
    let mut batch = BytesMut::from(&sample().build()[..]);
    patch_timestamps(&mut batch, TimestampType::LogAppendTime, 77_777);
    let header = validate_crc(&batch).unwrap();
    assert_eq!((header.timestamp_type(), header.max_timestamp), (TimestampType::LogAppendTime, 77_777));
    let view = BatchIter::new(&batch).next().unwrap().unwrap();
    assert!(view.records().unwrap().all(|record| record.unwrap().timestamp_ms == 77_777));
}

#[test]
fn compaction_gaps_keep_offsets() {
    let mut builder = BatchBuilder::new(100);
    builder.append_at(3, 1, Some(b"a"), None, &[]);
    builder.append_at(9, 2, Some(b"b"), None, &[]);
    let batch = builder.build();
    let view = BatchIter::new(&batch).next().unwrap().unwrap();
    let offsets: Vec<i64> = view.records().unwrap().map(|record| record.unwrap().record_offset).collect();
    assert_eq!((offsets, view.header.last_offset(), view.header.records_count), (vec![103, 109], 109, 2));
}

#[test]
fn sequences_wrap_to_zero() {
    assert_eq!(increment_sequence(i32::MAX, 1), 0);
    assert_eq!(increment_sequence(i32::MAX - 1, 3), 1);
    assert_eq!(increment_sequence(5, 0), 5);
    assert_eq!(decrement_sequence(0, 1), i32::MAX);
    assert_eq!(decrement_sequence(increment_sequence(i32::MAX - 4, 9), 9), i32::MAX - 4);
}

#[test]
fn iteration_ends_at_the_first_thing_that_is_not_a_batch() {
    let one = sample().build();
    let mut two = one.to_vec();
    two.extend_from_slice(&one);
    let mut batches = BatchIter::new(&two[..two.len() - 1]);
    assert!(batches.next().unwrap().is_ok());
    assert!(matches!(batches.next(), Some(Err(BatchError::Incomplete { .. }))));
    assert!(batches.next().is_none());
    assert_eq!(batches.position(), one.len());
    assert_eq!(BatchIter::new(&two).count(), 2);
}

#[test]
fn header_refusals() {
    let check = |at: usize, bytes: &[u8], expected: BatchError| {
        let mut batch = sample().build().to_vec();
        batch[at..at + bytes.len()].copy_from_slice(bytes);
        assert_eq!(BatchHeader::parse(&batch).unwrap_err(), expected);
    };
    check(16, &[1], BatchError::UnsupportedMagic { magic: 1 });
    check(16, &[0], BatchError::UnsupportedMagic { magic: 0 });
    check(16, &[3], BatchError::UnknownMagic { magic: 3 });
    check(8, &48i32.to_be_bytes(), BatchError::InvalidLength { batch_length: 48 });
    check(8, &(-1i32).to_be_bytes(), BatchError::InvalidLength { batch_length: -1 });
    check(0, &(-1i64).to_be_bytes(), BatchError::InvalidField { field: "baseOffset", value: -1 });
    check(0, &i64::MAX.to_be_bytes(), BatchError::InvalidField { field: "baseOffset", value: i64::MAX });
    check(23, &(-2i32).to_be_bytes(), BatchError::InvalidField { field: "lastOffsetDelta", value: -2 });
    check(57, &(-1i32).to_be_bytes(), BatchError::InvalidField { field: "recordsCount", value: -1 });
    check(22, &[7], BatchError::InvalidField { field: "attributes", value: 7 });
    let torn = BatchHeader::parse(&sample().build()[..60]).unwrap_err();
    assert_eq!(torn, BatchError::Incomplete { needed: 61, remaining: 60 });
    assert_eq!(BatchHeader::parse(&[]).unwrap_err(), BatchError::Incomplete { needed: 61, remaining: 0 });
}

#[test]
fn control_keys() {
    for code in -1..9 {
        let key = ControlType::from_code(code).key_bytes();
        assert_eq!(ControlKey::parse(&key).unwrap().control_type.code(), code);
    }
    assert_eq!(ControlKey::parse(&[0, 3, 0, 1, 9]).unwrap().control_type, ControlType::Commit);
    assert_eq!(ControlKey::parse(&[0, 0, 0]), None);
}

/// Rewrites one header field of the sample, makes the CRC right again, and validates as a leader does.
fn refused(limits: ProduceLimits, change: impl FnOnce(&mut Vec<u8>)) -> (ErrorCode, String) {
    let mut batch = sample().build().to_vec();
    change(&mut batch);
    if batch.len() >= HEADER_SIZE_BYTES {
        header::seal(&mut batch);
    }
    let error = validate_produced(&Bytes::from(batch), &limits).unwrap_err();
    (error.error_code(), error.to_string())
}

#[test]
fn produce_rules() {
    let limits = ProduceLimits { now_ms: 1_000, ..Default::default() };
    let good = validate_produced(&sample().build(), &limits).unwrap();
    assert_eq!((good.max_timestamp, good.needs_new_timestamps()), (1_250, false));

    let mut text = String::new();
    let mut case = |name: &str, limits: ProduceLimits, change: &dyn Fn(&mut Vec<u8>)| {
        let (code, message) = refused(limits, change);
        writeln!(text, "{name}: {} {message}", code.0).unwrap();
    };
    case("empty", limits, &|batch| batch.clear());
    case("torn", limits, &|batch| batch.truncate(80));
    case("two batches", limits, &|batch| batch.extend_from_slice(&sample().build()));
    case("trailing byte", limits, &|batch| batch.push(0));
    case("magic 1", limits, &|batch| batch[16] = 1);
    case("base offset", limits, &|batch| batch[7] = 1);
    case("count", limits, &|batch| batch[60] = 2);
    case("control bit", limits, &|batch| batch[22] |= 0x20);
    case("delete horizon", limits, &|batch| batch[22] |= 0x40);
    case("no sequence", limits, &|batch| batch[53..57].fill(0xff));
    case("no producer epoch", limits, &|batch| batch[51..53].fill(0xff));
    case("transactional without id", limits, &|batch| {
        batch[22] |= 0x10;
        batch[43..51].fill(0xff);
    });
    case("client sets LogAppendTime", limits, &|batch| batch[22] |= 0x08);
    case("record length", limits, &|batch| batch[61] = 0x7e);
    case("key on compacted", ProduceLimits { key_required: true, ..limits }, &|_| {});
    case("too old", ProduceLimits { timestamp_before_max_ms: 9, ..limits }, &|_| {});
    case("too new", ProduceLimits { timestamp_after_max_ms: 249, ..limits }, &|_| {});
    case("too large", ProduceLimits { max_message_bytes: 100, ..limits }, &|_| {});
    case("larger than a segment", ProduceLimits { segment_bytes: 100, ..limits }, &|_| {});
    case("zstd below v7", ProduceLimits { zstd_allowed: false, ..limits }, &|batch| batch[22] |= 4);
    insta::assert_snapshot!(text);
}

#[test]
fn a_bad_crc_is_corrupt_message() {
    let mut batch = sample().build().to_vec();
    *batch.last_mut().unwrap() ^= 1;
    let error = validate_produced(&Bytes::from(batch), &ProduceLimits::default()).unwrap_err();
    assert_eq!(error.error_code(), ErrorCode::CORRUPT_MESSAGE);
}

#[test]
fn a_lying_max_timestamp_is_found() {
    let mut batch = sample().build().to_vec();
    patch_timestamps(&mut batch, TimestampType::CreateTime, 999_999);
    let produced = validate_produced(&Bytes::from(batch), &ProduceLimits::default()).unwrap();
    assert_eq!((produced.max_timestamp, produced.needs_new_timestamps()), (1_250, true));
}

#[test]
fn log_append_time_topics_take_any_timestamp() {
    let limits = ProduceLimits {
        timestamp_type: TimestampType::LogAppendTime,
        timestamp_before_max_ms: 0,
        timestamp_after_max_ms: 0,
        now_ms: 123_456,
        ..Default::default()
    };
    let produced = validate_produced(&sample().build(), &limits).unwrap();
    assert_eq!((produced.max_timestamp, produced.needs_new_timestamps()), (123_456, true));
}

/// Walks whatever parses; the walk must end without a panic.
fn walk(buffer: &[u8]) {
    for batch in BatchIter::new(buffer) {
        let Ok(batch) = batch else { return };
        let _ = batch.validate_crc();
        if let Ok(records) = batch.records() {
            for record in records {
                let Ok(record) = record else { break };
                assert!(record.record_offset >= batch.header.base_offset);
                record.headers().for_each(drop);
            }
        }
        #[cfg(feature = "compression")]
        {
            let _ = decompress(batch.header.compression(), batch.body(), 1 << 16);
            let _ = skim_compressed(&batch, |_| true);
        }
    }
    let _ = validate_produced(&Bytes::copy_from_slice(buffer), &ProduceLimits::default());
}

#[test]
fn random_damage_never_panics_and_never_passes_the_crc() {
    let clean = sample().build();
    for seed in 0..20_000 {
        let mut rng = Rng(seed);
        let mut bytes = clean.to_vec();
        for _ in 0..1 + rng.below(4) {
            let at = rng.below(bytes.len());
            bytes[at] ^= 1 << rng.below(8);
        }
        walk(&bytes);
        if bytes[21..] != clean[21..] && bytes[..21] == clean[..21] {
            assert!(validate_crc(&bytes).is_err(), "seed {seed}");
        }
        // With the CRC made right again the walk meets the damage itself.
        header::seal(&mut bytes);
        walk(&bytes);
        bytes.truncate(rng.below(bytes.len()));
        walk(&bytes);
    }
}

#[cfg(feature = "compression")]
mod compressed {
    use std::io::Write as _;

    use super::*;

    fn compress(compression: Compression, plain: &[u8]) -> Vec<u8> {
        match compression {
            Compression::None => plain.to_vec(),
            Compression::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::default());
                encoder.write_all(plain).unwrap();
                encoder.finish().unwrap()
            }
            Compression::Snappy => {
                let mut out = vec![0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1];
                for block in plain.chunks(30) {
                    let block = snap::raw::Encoder::new().compress_vec(block).unwrap();
                    out.extend_from_slice(&(block.len() as i32).to_be_bytes());
                    out.extend_from_slice(&block);
                }
                out
            }
            Compression::Lz4 => {
                let mut encoder = lz4_flex::frame::FrameEncoder::new(vec![]);
                encoder.write_all(plain).unwrap();
                encoder.finish().unwrap()
            }
            Compression::Zstd => zstd::encode_all(plain, 3).unwrap(),
        }
    }

    fn compressed(compression: Compression, code: u8) -> Vec<u8> {
        let plain = sample().build();
        let mut batch = plain[..HEADER_SIZE_BYTES].to_vec();
        batch[22] |= code;
        batch.extend_from_slice(&compress(compression, &plain[HEADER_SIZE_BYTES..]));
        let batch_length = (batch.len() - LOG_OVERHEAD_BYTES) as i32;
        batch[8..12].copy_from_slice(&batch_length.to_be_bytes());
        header::seal(&mut batch);
        batch
    }

    const CODECS: [(Compression, u8); 4] =
        [(Compression::Gzip, 1), (Compression::Snappy, 2), (Compression::Lz4, 3), (Compression::Zstd, 4)];

    #[test]
    fn every_codec_gives_the_records_back() {
        let plain = sample().build();
        for (compression, code) in CODECS {
            let batch = compressed(compression, code);
            let view = BatchIter::new(&batch).next().unwrap().unwrap();
            assert_eq!(view.header.compression(), compression);
            assert_eq!(view.records().unwrap_err(), BatchError::Compressed(compression));
            let body = decompress(compression, view.body(), 1_000).unwrap();
            assert_eq!(body, plain[HEADER_SIZE_BYTES..], "{compression}");
            let limit_bytes = body.len() - 1;
            let error = decompress(compression, view.body(), limit_bytes).unwrap_err();
            assert_eq!(error, BatchError::DecompressedTooLarge { limit_bytes }, "{compression}");

            let mut skimmed = vec![];
            skim_compressed(&view, |record| {
                skimmed.push((record.offset_delta, record.timestamp_ms, record.has_key));
                true
            })
            .unwrap();
            assert_eq!(skimmed, [(0, 1_000, true), (1, 1_250, false), (2, 990, true)], "{compression}");
            let produced = validate_produced(&Bytes::from(batch), &ProduceLimits::default()).unwrap();
            assert_eq!(produced.max_timestamp, 1_250);
        }
    }

    #[test]
    fn raw_snappy_of_other_clients_is_read() {
        let block = snap::raw::Encoder::new().compress_vec(b"hello hello hello").unwrap();
        assert_eq!(decompress(Compression::Snappy, &block, 100).unwrap(), b"hello hello hello");
        // A block that claims 1 GiB from ten bytes allocates nothing.
        let bomb = [0x80, 0x80, 0x80, 0x80, 0x04, 0, 0, 0, 0, 0];
        assert!(matches!(decompress(Compression::Snappy, &bomb, 100), Err(BatchError::Decompress { .. })));
    }

    #[test]
    fn a_compressed_bomb_stops_at_the_limit() {
        for (compression, _) in CODECS {
            if compression == Compression::Snappy {
                continue;
            }
            let block = compress(compression, &vec![0; 16 << 20]);
            let error = decompress(compression, &block, 1 << 20).unwrap_err();
            assert_eq!(error, BatchError::DecompressedTooLarge { limit_bytes: 1 << 20 });
        }
    }

    #[test]
    fn damaged_blocks_never_panic() {
        for (compression, code) in CODECS {
            let clean = compressed(compression, code);
            for seed in 0..1_000 {
                let mut rng = Rng(seed);
                let mut bytes = clean.clone();
                for _ in 0..1 + rng.below(3) {
                    let at = HEADER_SIZE_BYTES + rng.below(bytes.len() - HEADER_SIZE_BYTES);
                    bytes[at] ^= 1 << rng.below(8);
                }
                header::seal(&mut bytes);
                walk(&bytes);
            }
        }
    }
}
