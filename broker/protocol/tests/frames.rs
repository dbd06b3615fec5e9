//! Bytes checked by hand, field by field, and the promises about records, tags, headers and errors.

use bytes::Bytes;
use kedge_protocol::control_records::{EndTxnMarker, LeaderChangeMessage, SnapshotFooterRecord, leader_change_message};
use kedge_protocol::group_records::{
    GroupMetadataKey, GroupRecordKey, OffsetCommitKey, decode_versioned, encode_versioned,
};
use kedge_protocol::header::{
    RequestHeader, decode_request_header, decode_response_header, encode_request_header, encode_response_header,
};
use kedge_protocol::messages::{
    ApiVersionsRequest, ApiVersionsResponse, FetchRequest, FetchResponse, MetadataRequest, MetadataResponse,
    ProduceRequest, api_versions_response, fetch_request, fetch_response, metadata_request, metadata_response,
    produce_request,
};
use kedge_protocol::metadata_records::{
    FeatureLevelRecord, MetadataRecord, NoOpRecord, PartitionChangeRecord, RegisterBrokerRecord, TopicRecord,
};
use kedge_protocol::wire::{Chunk, DecodeError, Decoder, EncodeError, Encoder, Message, Records};
use kedge_protocol::{ApiKey, Uuid};
use std::fmt::Write;

fn encode<M: Message>(message: &M, version: i16) -> Bytes {
    let mut out = Encoder::new();
    message.encode(version, &mut out).expect("the version can carry the value");
    out.into_bytes()
}

fn decode<M: Message>(version: i16, bytes: &Bytes) -> M {
    let mut input = Decoder::new(bytes.clone());
    let message = M::decode(version, &mut input).expect("valid bytes");
    assert_eq!(input.remaining(), 0);
    message
}

/// Sixteen bytes a row, text beside them.
fn hex(bytes: &[u8]) -> String {
    let mut out = String::new();
    for row in bytes.chunks(16) {
        let numbers: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String = row.iter().map(|b| if b.is_ascii_graphic() { *b as char } else { '.' }).collect();
        writeln!(out, "{:<47}  {text}", numbers.join(" ")).expect("a string grows");
    }
    out
}

fn check<M: Message>(message: &M, version: i16) -> String {
    let bytes = encode(message, version);
    assert_eq!(decode::<M>(version, &bytes), *message);
    hex(&bytes)
}

fn frame(record: impl Into<MetadataRecord>, record_version: i16) -> String {
    let record = record.into();
    let mut out = Vec::new();
    record.encode_frame(record_version, &mut out).expect("the version can carry the value");
    let again = MetadataRecord::decode_frame(Bytes::copy_from_slice(&out)).expect("valid frame");
    assert_eq!(again, (record, record_version));
    hex(&out)
}

#[test]
fn metadata_record_frames() {
    let mut out = Vec::new();
    MetadataRecord::from(NoOpRecord {}).encode_frame(0, &mut out).expect("version 0 exists");
    assert_eq!(out, [0x01, 0x14, 0x00, 0x00]);

    let feature = FeatureLevelRecord { name: "metadata.version".into(), feature_level: 21 };
    let mut out = Vec::new();
    MetadataRecord::from(feature).encode_frame(0, &mut out).expect("version 0 exists");
    assert_eq!(out, b"\x01\x0c\x00\x11metadata.version\x00\x15\x00");
    assert_eq!(out.len(), 23);

    insta::assert_snapshot!("topic_record", frame(TopicRecord { name: "orders".into(), topic_id: Uuid::ONE }, 0));
    let change = PartitionChangeRecord {
        partition_id: 1,
        topic_id: Uuid::ONE,
        isr: Some(vec![2, 3]),
        leader: 2,
        directories: Some(vec![Uuid::ZERO]),
        ..Default::default()
    };
    insta::assert_snapshot!("partition_change_record_v1", frame(change, 1));
    let broker = RegisterBrokerRecord {
        broker_id: 7,
        is_migrating_zk_broker: true,
        incarnation_id: Uuid::ONE,
        broker_epoch: 99,
        rack: None,
        fenced: false,
        log_dirs: vec![Uuid::ONE],
        ..Default::default()
    };
    insta::assert_snapshot!("register_broker_record_v3", frame(broker, 3));
}

#[test]
fn bad_metadata_record_frames() {
    let decode = |bytes: &'static [u8]| MetadataRecord::decode_frame(Bytes::from_static(bytes)).expect_err("bad frame");
    let unknown = |what, value| DecodeError::Unknown { what, value };
    assert_eq!(decode(&[0, 0x14, 0, 0]), unknown("metadata record frame version", 0));
    assert_eq!(decode(&[1, 0x0d, 0, 0]), unknown("metadata record type", 13));
    assert_eq!(decode(&[1, 0x14, 0x80, 0x80, 0x02, 0]), unknown("metadata record version", 32768));
    assert_eq!(decode(&[1, 0x14, 1, 0]), DecodeError::UnsupportedVersion { message: "NoOpRecord", version: 1 });
    assert_eq!(decode(&[1, 0x14, 0, 0, 0]), DecodeError::TrailingBytes { what: "NoOpRecord", trailing_bytes: 1 });
    assert!(matches!(decode(&[]), DecodeError::UnexpectedEnd { .. }));
}

#[test]
fn api_versions() {
    assert!(encode(&ApiVersionsRequest::default(), 0).is_empty());
    let request = ApiVersionsRequest { client_software_name: "kedge".into(), client_software_version: "0.1".into() };
    insta::assert_snapshot!("api_versions_request_v3", check(&request, 3));
    let api = api_versions_response::ApiVersion { api_key: 18, min_version: 0, max_version: 4 };
    let response = ApiVersionsResponse { error_code: 35, api_keys: vec![api], ..Default::default() };
    insta::assert_snapshot!("api_versions_response_v0", check(&response, 0));
    let response = ApiVersionsResponse {
        api_keys: response.api_keys,
        finalized_features_epoch: 5,
        finalized_features: vec![api_versions_response::FinalizedFeatureKey {
            name: "metadata.version".into(),
            max_version_level: 21,
            min_version_level: 21,
        }],
        zk_migration_ready: true,
        ..Default::default()
    };
    insta::assert_snapshot!("api_versions_response_v3", check(&response, 3));
}

#[test]
fn metadata() {
    let topic = |name: &str| metadata_request::MetadataRequestTopic { name: Some(name.into()), ..Default::default() };
    let request = MetadataRequest { topics: Some(vec![topic("a"), topic("b")].into()), ..Default::default() };
    insta::assert_snapshot!("metadata_request_v1", check(&request, 1));
    let all = MetadataRequest { topics: None, ..Default::default() };
    insta::assert_snapshot!("metadata_request_v12_all", check(&all, 12));
    let mut out = Encoder::new();
    let error = all.encode(0, &mut out).expect_err("version 0 has no null");
    assert_eq!(error, EncodeError::NullNotAllowed { field: "MetadataRequest.Topics" });

    let mut response = MetadataResponse {
        brokers: vec![metadata_response::MetadataResponseBroker {
            node_id: 1,
            host: "h".into(),
            port: 9092,
            rack: Some("r".into()),
        }],
        controller_id: 1,
        topics: vec![metadata_response::MetadataResponseTopic {
            name: Some("t".into()),
            partitions: vec![metadata_response::MetadataResponsePartition {
                leader_id: 1,
                replica_nodes: vec![1, 2],
                isr_nodes: vec![1],
                ..Default::default()
            }],
            ..Default::default()
        }],
        ..Default::default()
    };
    insta::assert_snapshot!("metadata_response_v1", check(&response, 1));
    response.cluster_id = Some("c".into());
    response.topics[0].topic_id = Uuid::ONE;
    response.topics[0].partitions[0].leader_epoch = 4;
    insta::assert_snapshot!("metadata_response_v12", check(&response, 12));
}

fn produce(records: Bytes) -> ProduceRequest {
    ProduceRequest {
        transactional_id: None,
        acks: -1,
        timeout_ms: 1500,
        topic_data: vec![produce_request::TopicProduceData {
            name: "t".into(),
            partition_data: vec![produce_request::PartitionProduceData {
                index: 3,
                records: Some(Records::Bytes(records)),
            }],
        }],
    }
}

#[test]
fn produce_records_are_slices_of_the_frame_and_never_copied() {
    let small = Bytes::from_static(b"batch");
    insta::assert_snapshot!("produce_request_v3", check(&produce(small.clone()), 3));
    insta::assert_snapshot!("produce_request_v9", check(&produce(small), 9));
    let large = Bytes::from(vec![7u8; 100_000]);
    for version in [3, 9] {
        let mut out = Encoder::new();
        produce(large.clone()).encode(version, &mut out).expect("the version can carry the value");
        let length = out.len();
        let chunks = out.finish();
        let sent = chunks.iter().any(|chunk| matches!(chunk, Chunk::Bytes(bytes) if bytes.as_ptr() == large.as_ptr()));
        assert!(sent, "the caller's buffer goes out by reference");
        let frame = encode(&produce(large.clone()), version);
        assert_eq!(frame.len(), length);
        let decoded: ProduceRequest = decode(version, &frame);
        let Some(Records::Bytes(records)) = &decoded.topic_data[0].partition_data[0].records else {
            panic!("records are bytes after decoding");
        };
        let at = frame.windows(4).position(|window| window == [7, 7, 7, 7]).expect("the records are in the frame");
        assert_eq!(records.as_ptr(), frame[at..].as_ptr());
        assert_eq!(records, &large);
    }
}

#[test]
fn fetch_tagged_fields() {
    let partition = fetch_request::FetchPartition {
        partition: 2,
        current_leader_epoch: 5,
        fetch_offset: 77,
        last_fetched_epoch: 4,
        partition_max_bytes: 1024,
        ..Default::default()
    };
    let mut request = FetchRequest {
        cluster_id: Some("c".into()),
        replica_id: 1,
        max_wait_ms: 500,
        topics: vec![fetch_request::FetchTopic {
            topic: "t".into(),
            partitions: vec![partition],
            ..Default::default()
        }],
        ..Default::default()
    };
    insta::assert_snapshot!("fetch_request_v12", check(&request, 12));
    request.replica_id = -1;
    request.replica_state = fetch_request::ReplicaState { replica_id: 1, replica_epoch: 8 };
    request.topics[0].topic = String::new();
    request.topics[0].topic_id = Uuid::ONE;
    request.topics[0].partitions[0].replica_directory_id = Uuid::from_u128(9);
    insta::assert_snapshot!("fetch_request_v17", check(&request, 17));
    let error = request.encode(12, &mut Encoder::new()).expect_err("version 12 has no replica state");
    assert_eq!(error, EncodeError::NotInVersion { field: "FetchRequest.ReplicaState", version: 12 });
}

#[test]
fn external_records_stand_between_chunks() {
    let response = FetchResponse {
        responses: vec![fetch_response::FetchableTopicResponse {
            partitions: vec![
                fetch_response::PartitionData {
                    records: Some(Records::External { slot: 9, size_bytes: 5000 }),
                    current_leader: fetch_response::LeaderIdAndEpoch { leader_id: 2, leader_epoch: 6 },
                    ..Default::default()
                },
                fetch_response::PartitionData { records: None, ..Default::default() },
            ],
            ..Default::default()
        }]
        .into(),
        ..Default::default()
    };
    let mut out = Encoder::new();
    response.encode(12, &mut out).expect("the version can carry the value");
    let length = out.len();
    let chunks = out.finish();
    let [Chunk::Bytes(before), Chunk::External { slot: 9, size_bytes: 5000 }, Chunk::Bytes(after)] = &chunks[..] else {
        panic!("unexpected chunks {chunks:?}");
    };
    assert_eq!(length, before.len() + 5000 + after.len());
    assert!(before.ends_with(&[0x89, 0x27]), "compact length 5001");
    insta::assert_snapshot!("fetch_response_v12_after_external", hex(after));
}

#[test]
fn unknown_tags_are_skipped_and_misplaced_ones_refused() {
    // FeatureLevelRecord body: name, level, one tag 9 of two bytes.
    let body = Bytes::from_static(b"\x02v\x00\x01\x01\x09\x02\xff\xff");
    let record = FeatureLevelRecord::decode(0, &mut Decoder::new(body)).expect("tag 9 is skipped");
    assert_eq!(record, FeatureLevelRecord { name: "v".into(), feature_level: 1 });

    let error = |version: i16, tags: &[u8]| {
        let mut bytes = encode(&FetchRequest::default(), version).to_vec();
        bytes.pop();
        bytes.extend_from_slice(tags);
        FetchRequest::decode(version, &mut Decoder::new(bytes.into())).expect_err("bad tags").to_string()
    };
    insta::assert_snapshot!(
        [
            error(12, &[1, 1, 13, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 8, 0]),
            error(15, &[1, 1, 14, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0]),
            error(12, &[1, 0, 3, 3, b'c']),
            error(12, &[200, 1]),
            error(12, &[0x80, 0x80, 0x80, 0x80, 0x10]),
        ]
        .join("\n")
    );
}

#[test]
fn errors_say_what_and_where() {
    let error = |version, bytes: &[u8]| {
        let mut input = Decoder::new(Bytes::copy_from_slice(bytes));
        FetchRequest::decode(version, &mut input).expect_err("bad bytes").to_string()
    };
    let head = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0];
    let with = |rest: &[u8]| [&head[..], rest].concat();
    insta::assert_snapshot!(
        [
            error(0, &head[..6]),
            error(0, &with(&[0x7f, 0xff, 0xff, 0xff])),
            error(0, &with(&[0xff, 0xff, 0xff, 0xff])),
            error(0, &with(&[0, 0, 0, 1, 0, 2, 0xc3, 0x28])),
            error(0, &with(&[0, 0, 0, 1, 0x80, 0x00])),
            error(0, &with(&[&[0, 1, 0x86, 0xa0][..], &[0; 100_000]].concat())),
            error(18, &[]),
        ]
        .join("\n")
    );
}

#[test]
fn headers() {
    let header = |api_key, api_version, client_id: Option<&str>| RequestHeader {
        api_key,
        api_version,
        correlation_id: 0x0102,
        client_id: client_id.map(str::to_owned),
    };
    let mut shown = String::new();
    for (what, header) in [
        ("v1", header(ApiKey::METADATA, 1, Some("me"))),
        ("v2", header(ApiKey::METADATA, 12, Some("me"))),
        ("v2, null client id", header(ApiKey::METADATA, 12, None)),
        ("v2, unknown ApiVersions", header(ApiKey::API_VERSIONS, 99, Some("me"))),
        ("v1, unknown API", header(ApiKey(999), 0, Some("me"))),
        ("v0", header(ApiKey::CONTROLLED_SHUTDOWN, 0, None)),
    ] {
        let mut out = Encoder::new();
        encode_request_header(&header, &mut out).expect("a short client id");
        let bytes = out.into_bytes();
        write!(shown, "{what}\n{}", hex(&bytes)).expect("a string grows");
        let mut input = Decoder::new(bytes);
        assert_eq!(decode_request_header(&mut input), Ok(header));
        assert_eq!(input.remaining(), 0);
    }
    insta::assert_snapshot!(shown);
    let bad_text = Bytes::from_static(b"\x00\x03\x00\x01\x00\x00\x00\x01\x00\x03a\xffb");
    let replaced = decode_request_header(&mut Decoder::new(bad_text)).expect("bad UTF-8 is replaced");
    assert_eq!(replaced.client_id.as_deref(), Some("a\u{fffd}b"));

    for (api_key, api_version, length) in [
        (ApiKey::API_VERSIONS, 4, 4),
        (ApiKey::METADATA, 8, 4),
        (ApiKey::METADATA, 9, 5),
        (ApiKey::SASL_HANDSHAKE, 1, 4),
        (ApiKey::CONTROLLED_SHUTDOWN, 3, 5),
    ] {
        let mut out = Encoder::new();
        encode_response_header(api_key, api_version, 7, &mut out);
        let bytes = out.into_bytes();
        assert_eq!(bytes.len(), length, "{api_key} v{api_version}");
        assert_eq!(decode_response_header(api_key, api_version, &mut Decoder::new(bytes)), Ok(7));
    }
}

#[test]
fn group_and_control_records() {
    let offset = OffsetCommitKey { group: "g".into(), topic: "t".into(), partition: 3 };
    let offset = GroupRecordKey::OffsetCommit(offset);
    let bytes = offset.encode().expect("short names");
    assert_eq!(&bytes[..], b"\x00\x01\x00\x01g\x00\x01t\x00\x00\x00\x03");
    assert_eq!(GroupRecordKey::decode(bytes), Ok(offset));
    let group = GroupRecordKey::GroupMetadata(GroupMetadataKey { group: "g".into() });
    let bytes = group.encode().expect("a short name");
    assert_eq!(&bytes[..], b"\x00\x02\x00\x01g");
    assert_eq!(GroupRecordKey::decode(bytes), Ok(group));
    let consumer_group_key = Bytes::from_static(b"\x00\x03\x00\x01g");
    let unknown = DecodeError::Unknown { what: "group record key version", value: 3 };
    assert_eq!(GroupRecordKey::decode(consumer_group_key), Err(unknown));

    let marker = EndTxnMarker { version: 0, coordinator_epoch: 5 };
    assert_eq!(&encode(&marker, 0)[..], [0, 0, 0, 0, 0, 5]);
    let footer = encode_versioned(&SnapshotFooterRecord::default(), 0).expect("version 0 exists");
    assert_eq!(decode_versioned(footer), Ok((SnapshotFooterRecord::default(), 0)));
    let voter = leader_change_message::Voter { voter_id: 1, voter_directory_id: Uuid::ONE };
    let change =
        LeaderChangeMessage { version: 1, leader_id: 1, voters: vec![voter.clone()], granting_voters: vec![voter] };
    insta::assert_snapshot!("leader_change_v1", check(&change, 1));
}
