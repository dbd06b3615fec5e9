//! Records a scenario under load: its phases, the states on the way, who must stay alive; and makes the report of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use kedge_compat_tests::report::{
    BrokerIdentity, ConnectionCount, Evidence, Mark, OracleLine, Phase, Report, Scenario, TimestampMs, VerifyRun,
};
use kedge_real_parts::TestSite;
use serde_json::Value;

use super::{
    Kedge,
    load::Load,
    many_topics::{differences, dump},
};

/// Milliseconds since 1970, by the clock that the clients' reports have too.
pub fn now_ms() -> TimestampMs {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as TimestampMs)
}

/// What is said while it runs; the demo prints it, tests keep quiet.
pub type Say = Box<dyn Fn(&str)>;

/// See the module.
pub struct Recorder {
    site: TestSite,
    pub load: Load,
    say: Say,
    began: Instant,
    phases: Vec<Phase>,
    marks: Vec<Mark>,
    figures: BTreeMap<String, Value>,
    oracle: Vec<OracleLine>,
    verify: Vec<VerifyRun>,
    identities: BTreeMap<i32, (u32, u64)>,
    connections: BTreeMap<String, (u64, u64)>,
    seen_before: BTreeSet<String>,
}

impl Recorder {
    /// Begins with the cluster as clients see it, the brokers as the processes that they are, and the connections as they are
    /// now: the load should have run for some seconds.
    pub fn begin(site: &TestSite, mut load: Load, bootstrap: &str, brokers: &[Kedge], say: Say) -> Recorder {
        load.update();
        let identities = (1..).zip(brokers).map(|(broker_id, broker)| (broker_id, broker.identity()));
        Recorder {
            site: site.clone(),
            say,
            began: Instant::now(),
            phases: Vec::new(),
            marks: Vec::new(),
            figures: BTreeMap::new(),
            oracle: Vec::new(),
            verify: Vec::new(),
            identities: identities.collect(),
            connections: load.connections(),
            seen_before: dump(site, bootstrap),
            load,
        }
    }

    /// Seconds since the beginning.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Ends the present phase, if there is one, and begins another.
    pub fn phase(&mut self, name: &str) {
        self.end_phase();
        (self.say)(&format!("== {name}"));
        self.phases.push(Phase { name: name.to_owned(), began_ms: now_ms(), ended_ms: TimestampMs::MAX });
    }

    fn end_phase(&mut self) {
        if let Some(phase) = self.phases.last_mut().filter(|phase| phase.ended_ms == TimestampMs::MAX) {
            phase.ended_ms = now_ms();
        }
    }

    /// The name of the present phase.
    pub fn present_phase(&self) -> String {
        self.phases.last().map(|phase| phase.name.clone()).unwrap_or_default()
    }

    /// Notes a state when it is another than the last one.
    pub fn state(&mut self, state: &str) {
        if self.marks.last().is_none_or(|mark| mark.text != state) {
            self.marks.push(Mark { at_ms: now_ms(), text: state.to_owned() });
        }
    }

    /// Notes a figure.
    pub fn figure(&mut self, name: &str, value: Value) {
        self.figures.insert(name.to_owned(), value);
    }

    /// Notes a run of verify.
    pub fn verified(&mut self, exit_code: i32, proof: Value) {
        (self.say)(&format!("verify: exit code {exit_code}"));
        self.verify.push(VerifyRun { phase: self.present_phase(), exit_code, proof });
    }

    /// One line: how the load goes, and `more`.
    pub fn progress(&mut self, more: &str) {
        self.load.update();
        let since_ms = now_ms().saturating_sub(1_000);
        let producers = self.load.latencies().iter().map(|(producer, samples)| {
            let last: Vec<u64> = samples
                .iter()
                .rev()
                .take_while(|sample| sample.acked_at_ms >= since_ms)
                .map(|sample| sample.latency_us)
                .collect();
            let slowest_ms = last.iter().max().map_or(0, |latency_us| latency_us / 1000);
            format!("{producer} {:>3}/s, slowest {slowest_ms} ms", last.len())
        });
        let line = producers.chain((!more.is_empty()).then(|| more.to_owned())).collect::<Vec<_>>().join("  |  ");
        (self.say)(&format!("   {line}"));
    }

    /// Lets the load run until every producer has `records` more, with a line every second.
    pub fn steady(&mut self, records: usize, deadline: Duration, more: &str) {
        let counts = |load: &Load| -> BTreeMap<String, usize> {
            load.latencies().iter().map(|(producer, samples)| (producer.clone(), samples.len())).collect()
        };
        self.load.update();
        let before = counts(&self.load);
        let began = Instant::now();
        loop {
            std::thread::sleep(Duration::from_millis(1_000));
            self.progress(more);
            let now = counts(&self.load);
            if before.iter().all(|(producer, count)| now[producer] >= count + records) {
                return;
            }
            assert!(began.elapsed() < deadline, "{records} more records of each producer: {before:?}, now {now:?}");
        }
    }

    /// Stops the load, lets the oracle judge, looks at brokers, connections and topics again.
    pub fn end(mut self, scenario: Scenario, cluster_id: &str, bootstrap: &str, brokers: &[Kedge]) -> Recorded {
        let deadline = Duration::from_secs(90);
        self.end_phase();
        // Before anything is stopped: a client that ends closes its connections itself.
        self.load.update();
        let connections = self.compared_connections();
        let brokers = self.compared_brokers(brokers);
        let seen_after = dump(&self.site, bootstrap);
        self.load.stop_producers(deadline);
        for (group, verdict) in self.load.judge_groups(deadline) {
            self.oracle.push(OracleLine::new(&format!("group {group}"), &verdict));
        }
        let verdict = self.load.judge_log(bootstrap, deadline);
        self.oracle.push(OracleLine::new("whole log", &verdict));
        self.load.stop_groups(deadline);
        let evidence = Evidence {
            scenario,
            cluster_id: cluster_id.to_owned(),
            load_average: std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim().to_owned(),
            phases: self.phases,
            marks: self.marks,
            figures: self.figures,
            oracle: self.oracle,
            verify: self.verify,
            brokers,
            connections,
            differences: differences(&self.seen_before, &seen_after),
        };
        Recorded { report: Report::new(evidence, self.load.latencies()), load: self.load }
    }

    fn compared_connections(&self) -> BTreeMap<String, ConnectionCount> {
        let now = self.load.connections();
        let counts = self.connections.iter().map(|(client, (_, lost_before))| {
            let (opened, lost_after) = now[client];
            (client.clone(), ConnectionCount { lost_before: *lost_before, lost_after, opened })
        });
        counts.collect()
    }

    fn compared_brokers(&self, brokers: &[Kedge]) -> Vec<BrokerIdentity> {
        let compared = self.identities.iter().zip(brokers).map(|((broker_id, (pid, start_ticks)), broker)| {
            let after = broker.process.start_ticks().ok().map(|ticks| (broker.process.pid(), ticks));
            let resident = broker.process.resident_bytes().unwrap_or(0);
            BrokerIdentity {
                broker_id: *broker_id,
                pid: *pid,
                start_ticks: *start_ticks,
                after,
                resident_mebibytes: resident >> 20,
            }
        });
        compared.collect()
    }
}

/// The report, and the load that it is about.
pub struct Recorded {
    pub report: Report,
    pub load: Load,
}
