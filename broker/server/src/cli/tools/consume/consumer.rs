//! The consumer's loop: one Fetch at a time to each leader, and the group's duties beside it.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet, HashMap},
    io::Write,
    time::Duration,
};

use kedge_protocol::{
    ErrorCode,
    messages::{
        FetchRequest, FetchResponse, ListOffsetsRequest, MetadataResponse,
        fetch_response::PartitionData,
        list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic},
    },
};
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};

use super::{
    super::{
        ToolError,
        admin::{ANY_VERSION, AdminClient, Target, refusal},
        peer::{Peer, PeerError, REQUEST_DEADLINE},
        topic_filter::is_internal,
    },
    Begin, Order, Subscription,
    assignor::Assignment,
    fetched::visit_records,
    membership::Membership,
    positions::{Positions, TopicPartition},
};

/// The last version of Fetch that names topics, not their ids.
const FETCH_BY_NAME: i16 = 12;
/// Timestamps that ListOffsets takes for the ends of a log.
const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
/// How soon a lost leader or a missing topic is looked for again.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How often the cluster is looked at anyway.
const LOOK_ANYWAY: Duration = Duration::from_secs(30);

/// Why a consumer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// `--max-messages` were printed.
    Enough,
    /// Nothing came for `--timeout-ms`.
    TimedOut,
    /// Nobody reads the output any more.
    OutputClosed,
    /// A signal; the exit code it asks for.
    Signal(u8),
}

/// A Fetch that has ended.
struct Fetched {
    broker: i32,
    request: FetchRequest,
    answer: Result<(Peer, FetchResponse), PeerError>,
}

/// A running consumer.
pub(super) struct Consumer<'a, W> {
    order: Order,
    client: AdminClient,
    out: &'a mut W,
    printed_count: &'a mut u64,
    membership: Option<Membership>,
    positions: Positions,
    /// Partitions of every topic that is subscribed to.
    partitions_count: BTreeMap<String, usize>,
    needs_join: bool,
    looked_at: Option<Instant>,
    told: BTreeSet<String>,
    last_record_at: Cell<Instant>,
    idle_peers: HashMap<i32, Peer>,
}

impl<'a, W: Write> Consumer<'a, W> {
    pub(super) fn new(order: Order, out: &'a mut W, printed_count: &'a mut u64) -> Result<Consumer<'a, W>, ToolError> {
        let client = AdminClient::new(&order.servers, &order.client_id)?;
        Ok(Consumer {
            order,
            client,
            out,
            printed_count,
            membership: None,
            positions: Positions::default(),
            partitions_count: BTreeMap::new(),
            needs_join: false,
            looked_at: None,
            told: BTreeSet::new(),
            last_record_at: Cell::new(Instant::now()),
            idle_peers: HashMap::new(),
        })
    }

    /// Consumes until there is a reason to end.
    pub(super) async fn run(&mut self) -> Result<Ended, ToolError> {
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        if self.order.max_messages == Some(0) {
            return Ok(Ended::Enough);
        }
        let ended = tokio::select! {
            ended = self.work() => return ended,
            _ = interrupt.recv() => Ended::Signal(130),
            _ = terminate.recv() => Ended::Signal(143),
        };
        // A call was cut short: its connection holds half an answer.
        self.client.drop_connections();
        Ok(ended)
    }

    /// Keeps the group's offsets and leaves it.
    pub(super) async fn close(&mut self) {
        if let Some(membership) = &mut self.membership {
            if membership.settings().commit_interval.is_some() {
                membership.commit(&mut self.client, self.positions.known()).await;
            }
            membership.leave(&mut self.client).await;
        }
    }

    async fn work(&mut self) -> Result<Ended, ToolError> {
        let mut fetches: JoinSet<Fetched> = JoinSet::new();
        let mut fetching: BTreeSet<i32> = BTreeSet::new();
        let group = &self.order.group;
        let mut beat = interval(group.heartbeat_interval);
        let mut commit = interval(group.commit_interval.unwrap_or(Duration::from_secs(3600)));
        let mut look = interval(LOOK_AGAIN);
        for timer in [&mut beat, &mut commit, &mut look] {
            timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        loop {
            if self.needs_join
                && let Some(ended) = self.join().await?
            {
                return Ok(ended);
            }
            self.look_up_offsets().await?;
            self.launch(&mut fetches, &mut fetching);
            let idle_at = self.idle_at();
            tokio::select! {
                Some(done) = fetches.join_next(), if !fetches.is_empty() => {
                    let fetched = done.map_err(ToolError::new)?;
                    fetching.remove(&fetched.broker);
                    if let Some(ended) = self.take(fetched)? {
                        return Ok(ended);
                    }
                }
                _ = beat.tick(), if self.membership.is_some() => self.beat().await?,
                _ = commit.tick() => self.commit().await,
                _ = look.tick() => self.look().await?,
                () = sleep_until(idle_at.unwrap_or_else(Instant::now)), if idle_at.is_some() => return Ok(Ended::TimedOut),
            }
        }
    }

    /// When it has waited long enough for a record.
    fn idle_at(&self) -> Option<Instant> {
        self.order.timeout.and_then(|timeout| self.last_record_at.get().checked_add(timeout))
    }

    /// Looks at the cluster where something is missing, or from time to time.
    async fn look(&mut self) -> Result<(), ToolError> {
        let is_missing = self.partitions_count.is_empty() || self.positions.lacks_leader();
        if !is_missing && self.looked_at.is_some_and(|at| at.elapsed() < LOOK_ANYWAY) {
            return Ok(());
        }
        let metadata = match &self.order.subscription {
            Subscription::Pattern(_) => self.client.metadata(None).await?,
            Subscription::Topic(topic) | Subscription::Partition(topic, _) => {
                let topics = [topic.clone()];
                self.client.metadata_that_may_create(Some(&topics), true).await?
            }
        };
        self.looked_at = Some(Instant::now());
        self.tell_missing(&metadata);
        self.positions.set_leaders(&metadata);
        let is_wanted = |name: &str| match &self.order.subscription {
            Subscription::Pattern(pattern) => pattern.names(name) && !is_internal(name),
            Subscription::Topic(topic) | Subscription::Partition(topic, _) => topic == name,
        };
        let counts = metadata.topics.iter().filter_map(|topic| Some((topic.name.clone()?, topic.partitions.len())));
        let counts: BTreeMap<String, usize> = counts.filter(|(name, count)| is_wanted(name) && *count > 0).collect();
        if !counts.is_empty() && counts != self.partitions_count {
            self.partitions_count = counts;
            self.subscribe(&metadata);
        }
        Ok(())
    }

    /// Takes its one partition, or asks for a place in the group.
    fn subscribe(&mut self, metadata: &MetadataResponse) {
        let Subscription::Partition(topic, partition) = &self.order.subscription else {
            self.needs_join = true;
            return;
        };
        let partition = (topic.clone(), *partition);
        if self.positions.partitions() != [partition.clone()] {
            self.positions = Positions::of(&Assignment::from([(partition.0.clone(), vec![partition.1])]));
            if let Begin::At(offset) = self.order.begin {
                self.positions.set(&partition, offset);
            }
        }
        self.positions.set_leaders(metadata);
    }

    fn tell_missing(&mut self, metadata: &MetadataResponse) {
        for topic in &metadata.topics {
            let code = ErrorCode(topic.error_code);
            let text = format!("{{{}={}}}", topic.name.as_deref().unwrap_or_default(), code.name());
            if code != ErrorCode::NONE && self.told.insert(text.clone()) {
                eprintln!("WARN Error while fetching metadata : {text}");
            }
        }
    }

    /// Joins the group while the time for it lasts.
    async fn join(&mut self) -> Result<Option<Ended>, ToolError> {
        self.commit().await;
        let idle_at = self.idle_at();
        let membership = match &mut self.membership {
            Some(membership) => membership,
            none => none.insert(Membership::new(self.order.group.clone())),
        };
        let topics: Vec<String> = self.partitions_count.keys().cloned().collect();
        let joining = async {
            let assignment = membership.join(&mut self.client, &topics, &self.partitions_count).await?;
            let mut positions = Positions::of(&assignment);
            let committed = membership.committed(&mut self.client, &positions.partitions()).await?;
            committed.iter().for_each(|(partition, offset)| positions.set(partition, *offset));
            Ok::<_, ToolError>(positions)
        };
        self.positions = tokio::select! {
            joined = joining => joined?,
            () = sleep_until(idle_at.unwrap_or_else(Instant::now)), if idle_at.is_some() => {
                self.client.drop_connections();
                return Ok(Some(Ended::TimedOut));
            }
        };
        self.needs_join = false;
        // Leaders of the new partitions are asked for at the next look.
        self.looked_at = None;
        Ok(None)
    }

    async fn beat(&mut self) -> Result<(), ToolError> {
        if let Some(membership) = &mut self.membership
            && !membership.beat(&mut self.client).await?
        {
            self.needs_join = true;
        }
        Ok(())
    }

    async fn commit(&mut self) {
        if let Some(membership) = &mut self.membership
            && membership.settings().commit_interval.is_some()
        {
            membership.commit(&mut self.client, self.positions.known()).await;
        }
    }

    /// Asks leaders for the end of the log where a partition has no offset.
    async fn look_up_offsets(&mut self) -> Result<(), ToolError> {
        let timestamp = match self.order.begin {
            Begin::Earliest => EARLIEST,
            // An offset that was asked for and is out of range now, as Java has it.
            Begin::Latest | Begin::At(_) => LATEST,
            Begin::Nowhere => match self.positions.unset_by_leader().into_values().flatten().next() {
                None => return Ok(()),
                Some((topic, partition)) => {
                    return Err(ToolError(format!(
                        "Undefined offset with no reset policy for partitions: [{topic}-{partition}]"
                    )));
                }
            },
        };
        for (leader, partitions) in self.positions.unset_by_leader() {
            let request = list_offsets(&partitions, timestamp, self.order.read_committed);
            let answer = self.client.once(Target::Broker(leader), ANY_VERSION, |_| request, REQUEST_DEADLINE).await;
            let Ok(answer) = answer else {
                self.positions.lose_broker(leader);
                continue;
            };
            for topic in answer.topics {
                for partition in topic.partitions {
                    let at = (topic.name.clone(), partition.partition_index);
                    match ErrorCode(partition.error_code) {
                        ErrorCode::NONE => self.positions.set(&at, partition.offset),
                        code if code.is_retriable() => self.positions.lose_leader(&at),
                        code => return Err(refusal(code.0, None)),
                    }
                }
            }
        }
        Ok(())
    }

    fn launch(&mut self, fetches: &mut JoinSet<Fetched>, fetching: &mut BTreeSet<i32>) {
        for broker in self.positions.leaders() {
            let Some(address) = self.client.brokers().get(&broker).cloned() else {
                self.positions.lose_broker(broker);
                continue;
            };
            if !fetching.insert(broker) {
                continue;
            }
            let request = self.positions.fetch(broker, self.order.read_committed);
            let (idle, client_id) = (self.idle_peers.remove(&broker), self.order.client_id.clone());
            fetches.spawn(async move {
                let answer = async {
                    let mut peer = match idle {
                        Some(peer) => peer,
                        None => Peer::connect(&address, &client_id).await?,
                    };
                    let answer = peer.call(FETCH_BY_NAME, |_| request.clone(), REQUEST_DEADLINE).await?;
                    Ok((peer, answer))
                };
                Fetched { broker, answer: answer.await, request }
            });
        }
    }

    /// Prints what a Fetch brought and moves on.
    fn take(&mut self, fetched: Fetched) -> Result<Option<Ended>, ToolError> {
        let Fetched { broker, request, answer } = fetched;
        let (peer, answer) = match answer {
            Ok(answer) => answer,
            Err(error @ PeerError::NotServed { .. }) => return Err(ToolError::new(error)),
            Err(PeerError::Connection(error)) => {
                if self.told.insert(format!("broker {broker}")) {
                    eprintln!("WARN Connection to node {broker} was lost: {error}");
                }
                self.positions.lose_broker(broker);
                return Ok(None);
            }
        };
        self.idle_peers.insert(broker, peer);
        if !ErrorCode(answer.error_code).is_none() {
            self.positions.lose_broker(broker);
            return Ok(None);
        }
        let asked_at = |at: &TopicPartition| {
            let topic = request.topics.iter().find(|topic| topic.topic == at.0)?;
            topic
                .partitions
                .iter()
                .find(|partition| partition.partition == at.1)
                .map(|partition| partition.fetch_offset)
        };
        for topic in answer.responses {
            for partition in topic.partitions {
                let at = (topic.topic.clone(), partition.partition_index);
                // An answer to what was asked before the group gave out its partitions anew is of no use.
                let is_current = self.positions.get(&at).is_some_and(|next| asked_at(&at) == Some(next));
                if is_current && let Some(ended) = self.take_partition(&at, &partition)? {
                    return Ok(Some(ended));
                }
            }
        }
        Ok(None)
    }

    fn take_partition(&mut self, at: &TopicPartition, data: &PartitionData) -> Result<Option<Ended>, ToolError> {
        match ErrorCode(data.error_code) {
            ErrorCode::NONE => {}
            ErrorCode::OFFSET_OUT_OF_RANGE => {
                self.positions.unset(at);
                return Ok(None);
            }
            code if code.is_retriable() => {
                self.positions.lose_leader(at);
                return Ok(None);
            }
            code => return Err(refusal(code.0, None)),
        }
        let Some(position) = self.positions.get(at) else { return Ok(None) };
        let aborted = match self.order.read_committed {
            true => data.aborted_transactions.as_deref().unwrap_or_default(),
            false => &[],
        };
        let bytes = match &data.records {
            Some(kedge_protocol::wire::Records::Bytes(bytes)) => bytes.clone(),
            _ => return Ok(None),
        };
        let mut text = Vec::new();
        let (formatter, count, max) = (&self.order.formatter, &mut *self.printed_count, self.order.max_messages);
        let before = *count;
        let next = visit_records(&bytes, position, aborted, |record, timestamp_type| {
            formatter.write(at.1, record, timestamp_type, &mut text);
            *count += 1;
            max.is_none_or(|max| *count < max)
        })
        .map_err(|error| ToolError(format!("{}-{} at offset {position}: {error}", at.0, at.1)))?;
        self.positions.set(at, next);
        if *self.printed_count > before {
            self.last_record_at.set(Instant::now());
        }
        if self.out.write_all(&text).and_then(|()| self.out.flush()).is_err() {
            eprintln!("Unable to write to standard out, closing consumer.");
            return Ok(Some(Ended::OutputClosed));
        }
        Ok(max.is_some_and(|max| *self.printed_count >= max).then_some(Ended::Enough))
    }
}

fn list_offsets(partitions: &[TopicPartition], timestamp: i64, read_committed: bool) -> ListOffsetsRequest {
    let mut topics: BTreeMap<&str, Vec<ListOffsetsPartition>> = BTreeMap::new();
    for (topic, partition_index) in partitions {
        let asked = ListOffsetsPartition { partition_index: *partition_index, timestamp, ..Default::default() };
        topics.entry(topic).or_default().push(asked);
    }
    let topic =
        |(name, partitions): (&str, Vec<ListOffsetsPartition>)| ListOffsetsTopic { name: name.to_owned(), partitions };
    ListOffsetsRequest {
        replica_id: -1,
        isolation_level: i8::from(read_committed),
        topics: topics.into_iter().map(topic).collect(),
    }
}
