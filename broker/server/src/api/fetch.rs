//! Fetch (key 1), versions 4–17, of consumers and of followers.
//!
//! - v4: isolation level. v5: log start offset. v7: sessions. v9: the reader's leader epoch. v11: rack. v12: flexible, diverging
//!   epochs (KIP-595), current leader. v13: topic ids. v15: replica id and broker epoch in a tagged field (KIP-903). v16: who leads
//!   instead (KIP-951). v17: the replica's directory id, which brokers have no use for.
//! - v0–3 want records converted to message formats v0 and v1: a later issue, and absent from ApiVersions as in Apache 4.x.
//! - Consumers read from leaders only; no preferred read replica is named (`replica.selector.class` is not set).
//! - There are no transactions yet, so read_committed readers get an empty list of aborted ones.
//! - Records leave as ranges of log files: a response slot per partition, nothing read into memory here.

use std::{collections::HashMap, ops::RangeInclusive, os::fd::BorrowedFd, sync::Arc, time::Duration};

use bytes::Bytes;
use kedge_log::RawFile;
use kedge_metadata_state::{Image, TopicIdPartition};
use kedge_protocol::{
    ErrorCode,
    messages::{
        FetchRequest, FetchResponse,
        fetch_response::{EpochEndOffset, FetchableTopicResponse, LeaderIdAndEpoch, NodeEndpoint, PartitionData},
    },
    wire::Records,
};

use super::{
    fetch_session::{Begun, Mode, NO_SESSION, Outcome, Wanted},
    leader_hint::{self, HintedNodes},
};
use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    network::reply::{FileRange, FileSource},
    replica::{
        FetchParams, FetchTarget, FetchWait, FullWait, Looked, PartitionFetch, PartitionRead, Reader, ReplicaManager,
        Waiter,
    },
    services::{Broker, ImageCell},
};

/// Served versions.
pub(crate) const VERSIONS: RangeInclusive<i16> = 4..=17;
const FIRST_STORAGE_ERROR_VERSION: i16 = 6;
const FIRST_TOPIC_ID_VERSION: i16 = 13;
const FIRST_LEADER_HINT_VERSION: i16 = 16;
/// Kafka's debugging consumer.
const DEBUGGING_REPLICA_ID: i32 = -2;
const READ_COMMITTED: i8 = 1;

pub(crate) async fn handle(
    broker: Arc<Broker>,
    context: RequestContext,
    request: FetchRequest,
) -> Answer<FetchResponse> {
    fetch(&broker.replicas, &broker.image, context, request).await
}

/// The handler, on no more than it needs.
pub(crate) async fn fetch(
    replicas: &ReplicaManager,
    images: &ImageCell,
    context: RequestContext,
    request: FetchRequest,
) -> Answer<FetchResponse> {
    let reader = reader_of(&request);
    let is_follower = matches!(reader, Reader::Follower { .. });
    let begun = replicas.fetch_sessions().begin(&request, context.api_version, context.received_at);
    let Begun { mode, wanted, waiter } = match begun {
        Ok(begun) => begun,
        Err(code) => return failed(code, NO_SESSION),
    };
    let targeting = Targeting {
        image: images.load().image,
        context: &context,
        is_follower,
        may_replicate: !is_follower || context.authorize(Operation::ClusterAction, Resource::Cluster),
    };
    let targets: Vec<FetchTarget> = wanted.iter().map(|wanted| targeting.target(wanted)).collect();
    let params = FetchParams {
        reader,
        max_wait: Duration::from_millis(request.max_wait_ms.max(0) as u64),
        min_bytes: request.min_bytes.max(0) as usize,
        max_bytes: (request.max_bytes.max(0) as usize).min(replicas.config().fetch_max_bytes),
    };
    let mut wanted: HashMap<usize, Wanted> = wanted.into_iter().map(|wanted| (wanted.number, wanted)).collect();
    let looked = match mode {
        Mode::Incremental { session_id, next_epoch } => {
            let waiter = waiter.clone();
            let mut wait = SessionWait { replicas, targeting, waiter, session_id, next_epoch, wanted: &mut wanted };
            match replicas.fetch(&params, &targets, &mut wait).await {
                Some(looked) => looked,
                None => return failed(ErrorCode::INVALID_FETCH_SESSION_EPOCH, session_id),
            }
        }
        Mode::Sessionless | Mode::Full => {
            let opens_session = mode == Mode::Full;
            let mut wait = FullWait { waiter: waiter.clone(), targets: &targets, opens_session };
            replicas.fetch(&params, &targets, &mut wait).await.expect("only a session's request is overtaken")
        }
    };
    let named = |looked: &Looked| {
        let wanted = wanted.remove(&looked.target.number).expect("what was looked at was wanted");
        (wanted, outcome_of(reader, looked))
    };
    let results: Vec<(Wanted, Outcome)> = looked.iter().map(named).collect();
    let uses_topic_ids = context.api_version >= FIRST_TOPIC_ID_VERSION;
    let finished =
        replicas.fetch_sessions().finish(mode, &waiter, is_follower, uses_topic_ids, &results, context.received_at);
    let (session_id, told) = match finished {
        Ok(finished) => finished,
        Err(code) => {
            let Mode::Incremental { session_id, .. } = mode else { return failed(code, NO_SESSION) };
            return failed(code, session_id);
        }
    };
    let mut response = ResponseBuilder::new(images, &context, reader);
    for (((wanted, _), looked), is_told) in results.into_iter().zip(looked).zip(told) {
        if is_told {
            response.add(wanted, looked.target.id, looked.read);
        }
    }
    response.finish(session_id)
}

/// What it takes to make a target of what a client wants.
struct Targeting<'a> {
    image: Arc<Image>,
    context: &'a RequestContext,
    is_follower: bool,
    may_replicate: bool,
}

impl Targeting<'_> {
    fn target(&self, wanted: &Wanted) -> FetchTarget {
        FetchTarget {
            number: wanted.number,
            id: identify(&self.image, self.context, self.is_follower, self.may_replicate, wanted),
            fetch: PartitionFetch {
                fetch_offset: wanted.fetch.fetch_offset,
                current_leader_epoch: wanted.fetch.current_leader_epoch,
                last_fetched_epoch: wanted.fetch.last_fetched_epoch,
                max_bytes: wanted.fetch.partition_max_bytes.max(0) as usize,
            },
        }
    }
}

/// The wait of a session's request: it looks at what moves, named or not.
struct SessionWait<'a> {
    replicas: &'a ReplicaManager,
    targeting: Targeting<'a>,
    waiter: Arc<Waiter>,
    session_id: i32,
    next_epoch: i32,
    wanted: &'a mut HashMap<usize, Wanted>,
}

impl FetchWait for SessionWait<'_> {
    fn waiter(&self) -> &Arc<Waiter> {
        &self.waiter
    }

    fn is_session(&self) -> bool {
        true
    }

    fn take_moved(&mut self) -> Option<Vec<FetchTarget>> {
        let moved = self.replicas.fetch_sessions().moved(self.session_id, self.next_epoch)?;
        let targets = moved.iter().map(|wanted| self.targeting.target(wanted)).collect();
        self.wanted.extend(moved.into_iter().map(|wanted| (wanted.number, wanted)));
        Some(targets)
    }
}

fn failed(code: ErrorCode, session_id: i32) -> Answer<FetchResponse> {
    FetchResponse { error_code: code.0, session_id, ..Default::default() }.into()
}

fn reader_of(request: &FetchRequest) -> Reader {
    let state = &request.replica_state;
    let (replica_id, broker_epoch) =
        if state.replica_id >= 0 { (state.replica_id, state.replica_epoch) } else { (request.replica_id, -1) };
    match replica_id {
        0.. => Reader::Follower { broker_id: replica_id, broker_epoch },
        DEBUGGING_REPLICA_ID => Reader::Debugger,
        _ => Reader::Consumer { read_committed: request.isolation_level == READ_COMMITTED },
    }
}

fn identify(
    image: &Image,
    context: &RequestContext,
    is_follower: bool,
    may_replicate: bool,
    wanted: &Wanted,
) -> Result<TopicIdPartition, ErrorCode> {
    let key = &wanted.key;
    let (topic, unknown) = if context.api_version >= FIRST_TOPIC_ID_VERSION {
        (image.topics.by_id.get(&key.topic_id), ErrorCode::UNKNOWN_TOPIC_ID)
    } else {
        (image.topics.get(&key.topic_name), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
    };
    if !may_replicate {
        return Err(ErrorCode::TOPIC_AUTHORIZATION_FAILED);
    }
    let topic_name = topic.map_or(key.topic_name.as_str(), |topic| &topic.name);
    if !is_follower && !topic_name.is_empty() && !context.authorize(Operation::Read, Resource::Topic(topic_name)) {
        return Err(ErrorCode::TOPIC_AUTHORIZATION_FAILED);
    }
    let topic = topic.ok_or(unknown)?;
    if !topic.partitions.contains_key(&key.partition_id) {
        return Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    }
    Ok(TopicIdPartition { topic_id: topic.topic_id, partition_id: key.partition_id })
}

fn outcome_of(reader: Reader, looked: &Looked) -> Outcome {
    let Ok(read) = &looked.read else {
        return Outcome {
            has_records: false,
            is_exceptional: true,
            is_behind: true,
            high_watermark: -1,
            log_start_offset: -1,
        };
    };
    let end = match reader {
        Reader::Consumer { read_committed: true } => read.last_stable_offset,
        Reader::Consumer { read_committed: false } => read.high_watermark,
        Reader::Follower { .. } | Reader::Debugger => {
            read.slice.as_ref().map_or(i64::MAX, |slice| slice.log_end_offset)
        }
    };
    Outcome {
        has_records: read.size_bytes() > 0,
        is_exceptional: read.diverging.is_some(),
        is_behind: end > looked.target.fetch.fetch_offset,
        high_watermark: read.high_watermark,
        log_start_offset: read.log_start_offset,
    }
}

/// A log file as the network layer sends it.
struct LogFileSource(Arc<dyn RawFile>);

impl std::fmt::Debug for LogFileSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LogFileSource")
    }
}

impl FileSource for LogFileSource {
    fn fd(&self) -> BorrowedFd<'_> {
        self.0.descriptor().expect("only files with a descriptor become a source")
    }
}

struct ResponseBuilder<'a> {
    context: &'a RequestContext,
    image: Arc<Image>,
    reader: Reader,
    topics: Vec<FetchableTopicResponse>,
    files: Vec<FileRange>,
    nodes: HintedNodes,
}

impl<'a> ResponseBuilder<'a> {
    fn new(images: &ImageCell, context: &'a RequestContext, reader: Reader) -> ResponseBuilder<'a> {
        ResponseBuilder {
            context,
            // Loaded again after the wait: a hint must be the newest there is.
            image: images.load().image,
            reader,
            topics: Vec::new(),
            files: Vec::new(),
            nodes: HintedNodes::default(),
        }
    }

    fn add(&mut self, wanted: Wanted, id: Result<TopicIdPartition, ErrorCode>, read: Result<PartitionRead, ErrorCode>) {
        let mut data = match read {
            Ok(read) => self.partition(&read),
            Err(code) => PartitionData { error_code: code.0, high_watermark: -1, ..Default::default() },
        };
        data.partition_index = wanted.key.partition_id;
        if data.records.is_none() {
            // Null records are legal, but clients have been seen to trip over them; Kafka sends none.
            data.records = Some(Records::Bytes(Bytes::new()));
        }
        let code = ErrorCode(data.error_code);
        if code == ErrorCode::KAFKA_STORAGE_ERROR && self.context.api_version < FIRST_STORAGE_ERROR_VERSION {
            data.error_code = ErrorCode::NOT_LEADER_OR_FOLLOWER.0;
        }
        let wants_hint = self.context.api_version >= FIRST_LEADER_HINT_VERSION && leader_hint::is_due(code);
        if let (true, Ok(id)) = (wants_hint, id)
            && let Some((leader_id, leader_epoch)) = leader_hint::leader_of(&self.image, id)
        {
            data.current_leader = LeaderIdAndEpoch { leader_id, leader_epoch };
            self.nodes.add(&self.image, leader_id, &self.context.listener_name);
        }
        let key = wanted.key;
        let is_same =
            |topic: &&mut FetchableTopicResponse| topic.topic_id == key.topic_id && topic.topic == key.topic_name;
        match self.topics.last_mut().filter(is_same) {
            Some(topic) => topic.partitions.push(data),
            None => self.topics.push(FetchableTopicResponse {
                topic: key.topic_name,
                topic_id: key.topic_id,
                partitions: vec![data],
            }),
        }
    }

    fn partition(&mut self, read: &PartitionRead) -> PartitionData {
        let mut data = PartitionData {
            high_watermark: read.high_watermark,
            last_stable_offset: read.last_stable_offset,
            log_start_offset: read.log_start_offset,
            // Null for read_uncommitted, as Kafka answers; there are no transactions to list yet.
            aborted_transactions: matches!(self.reader, Reader::Consumer { read_committed: true }).then(Vec::new),
            ..Default::default()
        };
        if let Some(diverging) = read.diverging {
            data.diverging_epoch = EpochEndOffset { epoch: diverging.leader_epoch, end_offset: diverging.end_offset };
        }
        let Some(slice) = read.slice.as_ref().filter(|slice| !slice.is_empty()) else { return data };
        match slice.file.as_ref().filter(|file| file.descriptor().is_some()) {
            Some(file) => {
                let size_bytes =
                    u32::try_from(slice.size_bytes).expect("a response is below fetch.max.bytes and a batch");
                data.records = Some(Records::External { slot: self.files.len() as u32, size_bytes });
                let file: Arc<dyn FileSource> = Arc::new(LogFileSource(file.clone()));
                self.files.push(FileRange { file, position: slice.position, size_bytes });
            }
            // Files of a fault test have no descriptor.
            None => match slice.read_bytes() {
                Ok(bytes) => data.records = Some(Records::Bytes(bytes)),
                Err(error) => data.error_code = error.error_code().0,
            },
        }
        data
    }

    fn finish(self, session_id: i32) -> Answer<FetchResponse> {
        let endpoint = |(node_id, host, port, rack)| NodeEndpoint { node_id, host, port, rack };
        let body = FetchResponse {
            session_id,
            responses: self.topics.into(),
            node_endpoints: self.nodes.into_addresses().map(endpoint).collect(),
            ..Default::default()
        };
        Answer::Response { body, files: self.files, throttle_ms: 0 }
    }
}
