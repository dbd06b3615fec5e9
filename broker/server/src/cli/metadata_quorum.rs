//! `kedge metadata-quorum … describe`: the output of Kafka 3.9's `kafka-metadata-quorum.sh`.

use std::{io::Write, time::Duration};

use clap::{Args, Subcommand};
use kedge_protocol::{
    ErrorCode, Request, Uuid,
    messages::{
        ApiVersionsRequest, ApiVersionsResponse, DescribeClusterRequest, DescribeQuorumRequest, DescribeQuorumResponse,
        describe_quorum_request, describe_quorum_response as response,
    },
};
use serde_json::Value;

use super::ToolError;
use crate::{
    client::NodeConnection,
    clock::{Clock as _, SystemClock},
};

/// How long each step may take.
const DEADLINE: Duration = Duration::from_secs(30);
/// DescribeCluster's EndpointType.
const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

/// Arguments of `kedge metadata-quorum`.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("bootstrap").required(true)))]
pub struct MetadataQuorumArgs {
    /// Brokers to ask, HOST:PORT separated by commas.
    #[arg(long, group = "bootstrap", value_delimiter = ',')]
    bootstrap_server: Vec<String>,
    /// Controllers to ask, HOST:PORT separated by commas.
    #[arg(long, group = "bootstrap", value_delimiter = ',')]
    bootstrap_controller: Vec<String>,
    #[command(subcommand)]
    command: QuorumCommand,
}

#[derive(Debug, Subcommand)]
enum QuorumCommand {
    /// Shows leader, voters and observers.
    Describe(DescribeArgs),
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("view").required(true)))]
struct DescribeArgs {
    /// A summary.
    #[arg(long, group = "view")]
    status: bool,
    /// A line per replica.
    #[arg(long, group = "view")]
    replication: bool,
    /// Prints times of --replication as "N ms ago".
    #[arg(long, requires = "replication")]
    human_readable: bool,
}

pub(super) fn run(args: &MetadataQuorumArgs, out: &mut impl Write) -> Result<(), ToolError> {
    let (addresses, endpoint_type) = match args.bootstrap_controller.is_empty() {
        true => (&args.bootstrap_server, BROKERS),
        false => (&args.bootstrap_controller, CONTROLLERS),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let QuorumCommand::Describe(describe) = &args.command;
    // Only the status shows the cluster's id.
    let cluster_of = describe.status.then_some(endpoint_type);
    let (cluster_id, described) = runtime.block_on(ask(addresses, cluster_of))?;
    let quorum = Quorum::read(cluster_id, described)?;
    let text = if describe.status {
        quorum.status()
    } else {
        quorum.replication(describe.human_readable.then(|| SystemClock.now_ms()))
    };
    Ok(out.write_all(text.as_bytes())?)
}

async fn ask(addresses: &[String], cluster_of: Option<i8>) -> Result<(String, DescribeQuorumResponse), ToolError> {
    let mut last_error = ToolError::new("no address is given");
    for address in addresses {
        match ask_one(address.trim(), cluster_of).await {
            Ok(answer) => return Ok(answer),
            Err(error) => last_error = ToolError(format!("{address}: {error}")),
        }
    }
    Err(last_error)
}

async fn ask_one(address: &str, cluster_of: Option<i8>) -> Result<(String, DescribeQuorumResponse), ToolError> {
    let mut node = NodeConnection::connect(address, "kedge-metadata-quorum", DEADLINE).await?;
    let served = node.call(0, &ApiVersionsRequest::default(), DEADLINE).await?;
    let cluster_id = match cluster_of {
        Some(endpoint_type) => cluster_id(&mut node, &served, endpoint_type).await?,
        None => String::new(),
    };
    let request = DescribeQuorumRequest {
        topics: vec![describe_quorum_request::TopicData {
            topic_name: "__cluster_metadata".to_owned(),
            partitions: vec![describe_quorum_request::PartitionData { partition_index: 0 }],
        }],
    };
    let api_version = common_version::<DescribeQuorumRequest>(&served)?;
    Ok((cluster_id, node.call(api_version, &request, DEADLINE).await?))
}

async fn cluster_id(
    node: &mut NodeConnection,
    served: &ApiVersionsResponse,
    endpoint_type: i8,
) -> Result<String, ToolError> {
    let api_version = common_version::<DescribeClusterRequest>(served)?;
    // Version 0 knows only brokers and cannot carry the field.
    let endpoint_type = if api_version == 0 { BROKERS } else { endpoint_type };
    let request = DescribeClusterRequest { endpoint_type, ..Default::default() };
    let cluster = node.call(api_version, &request, DEADLINE).await?;
    refuse(cluster.error_code, cluster.error_message)?;
    Ok(cluster.cluster_id)
}

/// The highest version of an API that both sides know.
fn common_version<R: Request>(served: &ApiVersionsResponse) -> Result<i16, ToolError> {
    let api = served.api_keys.iter().find(|api| api.api_key == R::KEY.0);
    let common = api.map(|api| api.max_version.min(R::MAX_VERSION)).filter(|version| *version >= R::MIN_VERSION);
    common.ok_or_else(|| ToolError(format!("{} is not served there", R::KEY)))
}

/// An error code of an answer; older versions carry an empty message.
fn refuse(error_code: i16, message: Option<String>) -> Result<(), ToolError> {
    match ErrorCode(error_code) {
        ErrorCode::NONE => Ok(()),
        code => {
            let message = message.filter(|message| !message.is_empty());
            Err(ToolError(format!("{}: {}", code.name(), message.as_deref().unwrap_or(code.message()))))
        }
    }
}

/// A quorum as its leader described it.
struct Quorum {
    cluster_id: String,
    partition: response::PartitionData,
    nodes: Vec<response::Node>,
}

impl Quorum {
    fn read(cluster_id: String, described: DescribeQuorumResponse) -> Result<Quorum, ToolError> {
        refuse(described.error_code, described.error_message)?;
        let partition = described.topics.into_iter().flat_map(|topic| topic.partitions).next();
        let partition = partition.ok_or_else(|| ToolError::new("the answer holds no partition"))?;
        refuse(partition.error_code, partition.error_message.clone())?;
        if !partition.current_voters.iter().any(|voter| voter.replica_id == partition.leader_id) {
            return Err(ToolError(format!("the leader {} is not among the voters", partition.leader_id)));
        }
        Ok(Quorum { cluster_id, partition, nodes: described.nodes })
    }

    fn leader(&self) -> &response::ReplicaState {
        let is_leader = |voter: &&response::ReplicaState| voter.replica_id == self.partition.leader_id;
        self.partition.current_voters.iter().find(is_leader).expect("checked when it was read")
    }

    fn status(&self) -> String {
        let leader = self.leader();
        let slowest = self.partition.current_voters.iter().min_by_key(|voter| voter.log_end_offset);
        let slowest = slowest.expect("the leader is a voter");
        let (leader_time, slowest_time) = (leader.last_caught_up_timestamp, slowest.last_caught_up_timestamp);
        let lag_ms = match () {
            () if slowest.replica_id == leader.replica_id => 0,
            () if leader_time >= 0 && slowest_time >= 0 => leader_time - slowest_time,
            () => -1,
        };
        let rows = [
            ("ClusterId:", self.cluster_id.clone()),
            ("LeaderId:", self.partition.leader_id.to_string()),
            ("LeaderEpoch:", self.partition.leader_epoch.to_string()),
            ("HighWatermark:", self.partition.high_watermark.to_string()),
            ("MaxFollowerLag:", (leader.log_end_offset - slowest.log_end_offset).to_string()),
            ("MaxFollowerLagTimeMs:", lag_ms.to_string()),
            ("CurrentVoters:", self.replicas(&self.partition.current_voters)),
            ("CurrentObservers:", self.replicas(&self.partition.observers)),
        ];
        rows.map(|(label, value)| format!("{label:<24}{value}\n")).concat()
    }

    fn replicas(&self, replicas: &[response::ReplicaState]) -> String {
        let texts: Vec<String> = replicas.iter().map(|replica| self.replica(replica)).collect();
        format!("[{}]", texts.join(", "))
    }

    fn replica(&self, replica: &response::ReplicaState) -> String {
        let directory_id = match replica.replica_directory_id {
            Uuid::ZERO => "null".to_owned(),
            id => format!("\"{id}\""),
        };
        let node = self.nodes.iter().find(|node| node.node_id == replica.replica_id);
        let endpoints: Vec<String> = node
            .iter()
            .flat_map(|node| &node.listeners)
            .map(|listener| {
                let host =
                    if listener.host.contains(':') { format!("[{}]", listener.host) } else { listener.host.clone() };
                Value::from(format!("{}://{host}:{}", listener.name, listener.port)).to_string()
            })
            .collect();
        let endpoints = match endpoints.is_empty() {
            true => String::new(),
            false => format!(", \"endpoints\": [{}]", endpoints.join(", ")),
        };
        format!("{{\"id\": {}, \"directoryId\": {directory_id}{endpoints}}}", replica.replica_id)
    }

    /// A table; with `now_ms` times are printed as an age.
    fn replication(&self, now_ms: Option<i64>) -> String {
        let time = |timestamp_ms: i64| match now_ms {
            Some(now_ms) if timestamp_ms >= 0 => format!("{} ms ago", now_ms - timestamp_ms),
            _ => timestamp_ms.to_string(),
        };
        let leader = self.leader();
        let row = |replica: &response::ReplicaState, status: &str| {
            [
                replica.replica_id.to_string(),
                replica.replica_directory_id.to_string(),
                replica.log_end_offset.to_string(),
                (leader.log_end_offset - replica.log_end_offset).to_string(),
                time(replica.last_fetch_timestamp),
                time(replica.last_caught_up_timestamp),
                status.to_owned(),
            ]
        };
        let header =
            ["NodeId", "DirectoryId", "LogEndOffset", "Lag", "LastFetchTimestamp", "LastCaughtUpTimestamp", "Status"];
        let mut rows = vec![header.map(str::to_owned), row(leader, "Leader")];
        let followers = self.partition.current_voters.iter().filter(|voter| voter.replica_id != leader.replica_id);
        rows.extend(followers.map(|replica| row(replica, "Follower")));
        rows.extend(self.partition.observers.iter().map(|replica| row(replica, "Observer")));
        let mut text = String::new();
        for row in &rows {
            for (column, cell) in row.iter().enumerate() {
                let width = rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
                text.push_str(&format!("{cell:<width$}\t"));
            }
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quorum() -> Quorum {
        let replica = |replica_id, log_end_offset, time_ms| response::ReplicaState {
            replica_id,
            replica_directory_id: if replica_id == 3001 { Uuid::ONE } else { Uuid::ZERO },
            log_end_offset,
            last_fetch_timestamp: time_ms,
            last_caught_up_timestamp: time_ms,
        };
        let partition = response::PartitionData {
            leader_id: 3001,
            leader_epoch: 7,
            high_watermark: 41,
            current_voters: vec![replica(3000, 40, 900), replica(3001, 42, 1000), replica(3002, 42, -1)],
            observers: vec![replica(1, 41, 950)],
            ..Default::default()
        };
        let listener = response::Listener { name: "CONTROLLER".to_owned(), host: "host1".to_owned(), port: 9093 };
        let nodes = vec![response::Node { node_id: 3001, listeners: vec![listener] }];
        let described = DescribeQuorumResponse {
            topics: vec![response::TopicData {
                topic_name: "__cluster_metadata".to_owned(),
                partitions: vec![partition],
            }],
            nodes,
            ..Default::default()
        };
        Quorum::read("MkU3OEVBNTcwNTJENDM2Qg".to_owned(), described).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn status_and_replication_are_kafkas() {
        insta::assert_snapshot!(quorum().status(), @r#"
        ClusterId:              MkU3OEVBNTcwNTJENDM2Qg
        LeaderId:               3001
        LeaderEpoch:            7
        HighWatermark:          41
        MaxFollowerLag:         2
        MaxFollowerLagTimeMs:   100
        CurrentVoters:          [{"id": 3000, "directoryId": null}, {"id": 3001, "directoryId": "AAAAAAAAAAAAAAAAAAAAAQ", "endpoints": ["CONTROLLER://host1:9093"]}, {"id": 3002, "directoryId": null}]
        CurrentObservers:       [{"id": 1, "directoryId": null}]
        "#);
        // Every cell is followed by a tab; shown as an arrow, since snapshots lose blanks at line ends.
        let arrows = |text: String| text.replace('\t', "→");
        insta::assert_snapshot!(arrows(quorum().replication(None)));
        insta::assert_snapshot!(arrows(quorum().replication(Some(1010))));
    }

    #[test]
    fn a_refusal_is_told() {
        let described =
            DescribeQuorumResponse { error_code: ErrorCode::NOT_LEADER_OR_FOLLOWER.0, ..Default::default() };
        let refusal = Quorum::read(String::new(), described).err().map(|error| error.to_string());
        assert!(refusal.is_some_and(|text| text.contains("NOT_LEADER_OR_FOLLOWER")));
    }
}
