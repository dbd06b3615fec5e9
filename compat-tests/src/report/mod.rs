//! What a move under load showed: phases, latencies, proofs, and whether all of it is good. Written as JSON and as one HTML page.

mod latency;
mod page;
mod plot;

use std::collections::BTreeMap;

use serde::Serialize;

pub use latency::{Latencies, latencies_between};
pub use page::to_html;

use crate::{oracle::Verdict, reports::LatencySample};

/// A time in milliseconds since 1970.
pub type TimestampMs = u64;

/// A stretch of the scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Phase {
    /// What the cluster was doing, such as `copying and switching`.
    pub name: String,
    /// When it began.
    pub began_ms: TimestampMs,
    /// When it ended.
    pub ended_ms: TimestampMs,
}

/// A moment worth a line in the plot: a state that the operator's tool showed for the first time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// When it was seen.
    pub at_ms: TimestampMs,
    /// The word.
    pub text: String,
}

/// One of the processes that must not restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BrokerIdentity {
    /// Its id.
    pub broker_id: i32,
    /// Process id before the first phase.
    pub pid: u32,
    /// Start of the process in clock ticks since boot, before the first phase.
    pub start_ticks: u64,
    /// The same two after the last phase; none if it was gone.
    pub after: Option<(u32, u64)>,
    /// Resident memory at the end, in MiB.
    pub resident_mebibytes: u64,
}

/// Connections of one client process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ConnectionCount {
    /// Lost until the first phase.
    pub lost_before: u64,
    /// Lost until the end.
    pub lost_after: u64,
    /// Open or opened until the end.
    pub opened: u64,
}

/// A run of `kedge migrate verify`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerifyRun {
    /// The phase it was run in.
    pub phase: String,
    /// 0 equal, 1 different, 2 not comparable.
    pub exit_code: i32,
    /// The proof with its counts and hashes, as the tool wrote it.
    pub proof: serde_json::Value,
}

/// The scenario, in figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scenario {
    /// Servers of the ZooKeeper ensemble.
    pub n_zookeeper_servers: usize,
    /// Brokers that move.
    pub n_brokers: usize,
    /// Controllers of the quorum.
    pub n_controllers: usize,
    /// Topics.
    pub n_topics: usize,
    /// Partitions in all.
    pub n_partitions: usize,
    /// Replicas of each.
    pub replication_factor: usize,
    /// Records a second that each producer is asked for.
    pub records_per_second: u32,
    /// Topics that the load goes to.
    pub n_loaded_topics: usize,
}

/// What the oracle said of one reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OracleLine {
    /// Who read: a group, or the reader of the whole log.
    pub reader: String,
    /// Records acknowledged.
    pub acknowledged: usize,
    /// Different records read.
    pub read: usize,
    /// Given again at the same place after a rebalance: legal.
    pub redelivered: usize,
    /// Read though their acknowledgement was lost: legal.
    pub unacknowledged_read: usize,
    /// Everything that must not happen.
    pub faults: Vec<String>,
}

impl OracleLine {
    /// The line for one verdict.
    pub fn new(reader: &str, verdict: &Verdict) -> OracleLine {
        OracleLine {
            reader: reader.to_owned(),
            acknowledged: verdict.acknowledged,
            read: verdict.read,
            redelivered: verdict.redelivered,
            unacknowledged_read: verdict.unacknowledged_read,
            faults: verdict.faults.iter().map(ToString::to_string).collect(),
        }
    }
}

/// All that was seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evidence {
    /// The scenario.
    pub scenario: Scenario,
    /// The cluster's id.
    pub cluster_id: String,
    /// The machine's load average (1, 5 and 15 minutes) at the end, as /proc/loadavg has it.
    pub load_average: String,
    /// The stretches, in order, without gaps.
    pub phases: Vec<Phase>,
    /// The states that were seen.
    pub marks: Vec<Mark>,
    /// Figures of single steps, such as the copy's milliseconds, by name.
    pub figures: BTreeMap<String, serde_json::Value>,
    /// The oracle's words.
    pub oracle: Vec<OracleLine>,
    /// Every run of verify.
    pub verify: Vec<VerifyRun>,
    /// The brokers.
    pub brokers: Vec<BrokerIdentity>,
    /// Connections, by client process.
    pub connections: BTreeMap<String, ConnectionCount>,
    /// Topics, partitions and configs that clients saw differently after the last phase than before the first.
    pub differences: Vec<String>,
}

/// The report: the evidence, latencies by phase and producer, and the verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Version of this document.
    pub schema_version: u32,
    /// True if nothing at all is in `violations`.
    pub is_good: bool,
    /// What must not be, in sentences.
    pub violations: Vec<String>,
    /// What was seen.
    pub evidence: Evidence,
    /// By producer, one for each phase in its order.
    pub latencies: BTreeMap<String, Vec<Latencies>>,
}

const SCHEMA_VERSION: u32 = 1;

impl Report {
    /// Judges the evidence. `samples` are each producer's acknowledgements.
    pub fn new(evidence: Evidence, samples: &BTreeMap<String, Vec<LatencySample>>) -> Report {
        let of_producer = |samples: &Vec<LatencySample>| -> Vec<Latencies> {
            evidence.phases.iter().map(|phase| latencies_between(samples, phase.began_ms, phase.ended_ms)).collect()
        };
        let latencies: BTreeMap<String, Vec<Latencies>> =
            samples.iter().map(|(producer, samples)| (producer.clone(), of_producer(samples))).collect();
        let violations = violations(&evidence, &latencies);
        Report { schema_version: SCHEMA_VERSION, is_good: violations.is_empty(), violations, evidence, latencies }
    }

    /// The document.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a report has only string keys")
    }
}

fn violations(evidence: &Evidence, latencies: &BTreeMap<String, Vec<Latencies>>) -> Vec<String> {
    let mut violations = Vec::new();
    if latencies.is_empty() {
        violations.push("invalid: no producer reported anything".to_owned());
    }
    for (producer, phases) in latencies {
        let silent = evidence.phases.iter().zip(phases).filter(|(_, latencies)| latencies.acknowledged == 0);
        violations
            .extend(silent.map(|(phase, _)| format!("invalid: phase {:?} had no load from {producer}", phase.name)));
        violations.extend(too_slow(evidence, producer, phases));
    }
    for line in &evidence.oracle {
        violations.extend(line.faults.iter().map(|fault| format!("{}: {fault}", line.reader)));
        if line.acknowledged == 0 {
            violations.push(format!("invalid: {} was compared with no acknowledged record", line.reader));
        }
    }
    if evidence.oracle.is_empty() {
        violations.push("invalid: the oracle was not asked".to_owned());
    }
    let unequal = evidence.verify.iter().filter(|run| run.exit_code != 0);
    violations.extend(unequal.map(|run| format!("verify in phase {:?} ended with code {}", run.phase, run.exit_code)));
    for broker in evidence.brokers.iter().filter(|broker| broker.after != Some((broker.pid, broker.start_ticks))) {
        violations.push(format!("broker {} did not stay the same process", broker.broker_id));
    }
    for (client, count) in evidence.connections.iter().filter(|(_, count)| count.lost_after != count.lost_before) {
        let lost = count.lost_after.saturating_sub(count.lost_before);
        violations.push(format!("{client} lost {lost} connections"));
    }
    violations.extend(evidence.differences.iter().map(|difference| format!("different: {difference}")));
    violations
}

/// A producer that got through fewer records than it was asked for, over the whole.
fn too_slow(evidence: &Evidence, producer: &str, phases: &[Latencies]) -> Option<String> {
    let milliseconds: u64 = evidence.phases.iter().map(|phase| phase.ended_ms.saturating_sub(phase.began_ms)).sum();
    let acknowledged: usize = phases.iter().map(|latencies| latencies.acknowledged).sum();
    let rate = acknowledged as f64 * 1000.0 / milliseconds.max(1) as f64;
    let wanted = f64::from(evidence.scenario.records_per_second);
    (rate < wanted)
        .then(|| format!("invalid: {producer} had {rate:.0} records/s acknowledged, {wanted:.0} are asked for"))
}

#[cfg(test)]
mod tests;
