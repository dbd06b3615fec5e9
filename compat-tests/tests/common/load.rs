//! Producers and group consumers under the oracle: processes that report one line per record (`clients/load.py`,
//! `clients/Load.java`).

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};

use kedge_compat_tests::{
    oracle::{self, Observation, RecordName, Verdict},
    reports::{LatencySample, Report, ReportFollower},
};
use kedge_real_parts::{JavaProgram, ManagedProcess, Python, TestSite, eventually};

/// Whose library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    /// Apache Kafka's Java client.
    Java,
    /// librdkafka, through Python.
    Librdkafka,
}

/// A process of the load and what it has reported so far.
struct Client {
    process: ManagedProcess,
    follower: ReportFollower,
    /// Sum of connections opened and lost, as the process last said.
    connections: (u64, u64),
}

/// Idempotent producers with acks=all and consumer groups, on the same topics.
pub struct Load {
    site: TestSite,
    bootstrap: String,
    topics: String,
    java: Option<JavaProgram>,
    producers: Vec<Client>,
    /// What each producer was started with, to start it again under another name.
    producer_plans: Vec<(Library, u32)>,
    producer_runs: usize,
    reader_runs: usize,
    groups: BTreeMap<String, Vec<Client>>,
    acknowledged: Vec<Observation>,
    read_by_group: BTreeMap<String, Vec<Observation>>,
    latencies: BTreeMap<String, Vec<LatencySample>>,
    failed: Vec<String>,
}

fn client_source(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(file)
}

impl Load {
    /// Starts `n_producers` librdkafka producers with `rate` records a second each, and a group of two consumers.
    pub fn start(site: &TestSite, bootstrap: &str, topic: &str, n_producers: usize, rate: u32) -> Load {
        let mut load = Load::new(site, bootstrap, &[topic.to_owned()]);
        for _ in 0..n_producers {
            load.add_producer(Library::Librdkafka, rate);
        }
        load.add_group(Library::Librdkafka, "oracle", 2);
        load
    }

    /// No client yet.
    pub fn new(site: &TestSite, bootstrap: &str, topics: &[String]) -> Load {
        Load {
            site: site.clone(),
            bootstrap: bootstrap.to_owned(),
            topics: topics.join(","),
            java: None,
            producers: Vec::new(),
            producer_plans: Vec::new(),
            producer_runs: 0,
            reader_runs: 0,
            groups: BTreeMap::new(),
            acknowledged: Vec::new(),
            read_by_group: BTreeMap::new(),
            latencies: BTreeMap::new(),
            failed: Vec::new(),
        }
    }

    /// One more producer, with `rate` records a second.
    pub fn add_producer(&mut self, library: Library, rate: u32) {
        self.producer_plans.push((library, rate));
        self.start_producer(library, rate);
    }

    fn start_producer(&mut self, library: Library, rate: u32) {
        let name = format!("{}-{}", if library == Library::Java { "java" } else { "librdkafka" }, self.producer_runs);
        self.producer_runs += 1;
        let args = ["produce", &self.bootstrap, &self.topics, &name, &rate.to_string()].map(str::to_owned);
        let client = self.spawn(library, &name, &args);
        self.producers.push(client);
    }

    /// One more consumer group, with `n_members` members in one process.
    pub fn add_group(&mut self, library: Library, group: &str, n_members: usize) {
        let args = ["consume", &self.bootstrap, &self.topics, group, &n_members.to_string()].map(str::to_owned);
        let client = self.spawn(library, &format!("group-{group}"), &args);
        self.groups.entry(group.to_owned()).or_default().push(client);
    }

    fn spawn(&mut self, library: Library, name: &str, args: &[String]) -> Client {
        let process = match library {
            Library::Librdkafka => Python::spawn(&self.site, name, &client_source("load.py"), args).unwrap(),
            Library::Java => {
                let program = self
                    .java
                    .get_or_insert_with(|| JavaProgram::compile(&self.site, &client_source("Load.java")).unwrap());
                program.spawn(name, args).unwrap()
            }
        };
        let follower = ReportFollower::new(process.log());
        Client { process, follower, connections: (0, 0) }
    }

    /// Takes in what the clients have said since the last call.
    pub fn update(&mut self) {
        let groups = self.groups.iter_mut().flat_map(|(group, clients)| clients.iter_mut().map(move |it| (group, it)));
        let clients = self.producers.iter_mut().map(|client| (None, client));
        for (group, client) in clients.chain(groups.map(|(group, client)| (Some(group), client))) {
            for report in client.follower.reports() {
                match report {
                    Report::Acknowledged(observation, sample) => {
                        self.latencies.entry(observation.record.producer.clone()).or_default().push(sample);
                        self.acknowledged.push(observation);
                    }
                    Report::Read(observation) => {
                        let group = group.expect("only groups read").clone();
                        self.read_by_group.entry(group).or_default().push(observation);
                    }
                    Report::Failed(what) => self.failed.push(what),
                    Report::Connections { opened, lost } => client.connections = (opened, lost),
                }
            }
        }
    }

    /// Records acknowledged so far.
    pub fn acknowledged(&mut self) -> usize {
        self.update();
        self.acknowledged.len()
    }

    /// Records that a group has read so far, those read again counted again.
    pub fn read_by(&self, group: &str) -> usize {
        self.read_by_group.get(group).map_or(0, Vec::len)
    }

    /// Each producer's acknowledgements: when and how late.
    pub fn latencies(&self) -> &BTreeMap<String, Vec<LatencySample>> {
        &self.latencies
    }

    /// The slowest acknowledgement of a record sent at `since_ms` (since 1970) or later, in milliseconds.
    pub fn slowest_ms_since(&mut self, since_ms: u64) -> u64 {
        self.update();
        let samples = self.latencies.values().flatten();
        let sent_since = samples.filter(|sample| sample.acked_at_ms - sample.latency_us / 1000 >= since_ms);
        sent_since.map(|sample| sample.latency_us / 1000).max().unwrap_or(0)
    }

    /// Connections opened and lost by each client process until now, by its name.
    pub fn connections(&self) -> BTreeMap<String, (u64, u64)> {
        let clients = self.producers.iter().chain(self.groups.values().flatten());
        clients.map(|client| (client.process.name().to_owned(), client.connections)).collect()
    }

    /// Waits until every producer that runs has that many more records acknowledged.
    pub fn wait_for_more(&mut self, records: usize, deadline: Duration) {
        let wanted = self.acknowledged() + records;
        eventually(deadline, format!("{records} more records acknowledged under load"), || {
            let now = self.acknowledged();
            if now >= wanted { Ok(()) } else { Err(format!("{} are missing", wanted - now)) }
        })
        .unwrap();
    }

    /// Stops the producers in order: what they have in flight is delivered or has failed.
    pub fn stop_producers(&mut self, deadline: Duration) {
        for producer in &mut self.producers {
            producer.process.terminate_and_wait(deadline).unwrap();
        }
        self.update();
        for producer in self.producers.drain(..) {
            let ended = producer.process.log_lines(&["end"]).unwrap().iter().any(|line| line == "end");
            assert!(ended, "{} did not come to its end", producer.process.name());
        }
        assert!(self.failed.is_empty(), "producers gave up on {} records: {}", self.failed.len(), self.failed[0]);
    }

    /// As many producers again, under new names.
    pub fn start_producers_again(&mut self) {
        for (library, rate) in self.producer_plans.clone() {
            self.start_producer(library, rate);
        }
    }

    /// Reads every partition from its beginning to its end through `bootstrap` and judges. The producers must be stopped.
    pub fn judge_log(&mut self, bootstrap: &str, deadline: Duration) -> Verdict {
        assert!(self.producers.is_empty(), "the producers still run");
        let topics = self.topics.clone();
        let args = ["read", bootstrap, &topics].map(str::to_owned);
        self.reader_runs += 1;
        let mut reader = self.spawn(Library::Librdkafka, &format!("reader-{}", self.reader_runs), &args);
        let status = reader.process.wait_for_exit(deadline).unwrap();
        assert!(status.success(), "the reader ended with {status}");
        let reports = reader.follower.reports().into_iter();
        let read: Vec<Observation> =
            reports.filter_map(|report| if let Report::Read(it) = report { Some(it) } else { None }).collect();
        oracle::judge(&self.acknowledged, &read)
    }

    /// Waits until every group has read every acknowledged record, and judges what it read.
    pub fn judge_groups(&mut self, deadline: Duration) -> BTreeMap<String, Verdict> {
        let acknowledged: BTreeSet<RecordName> = self.acknowledged.iter().map(|it| it.record.clone()).collect();
        eventually(deadline, "every acknowledged record read by every group", || {
            self.update();
            for group in self.groups.keys() {
                let read = self.read_by_group.get(group).map_or(&[][..], Vec::as_slice);
                let missing = if read.len() < acknowledged.len() {
                    acknowledged.len() - read.len()
                } else {
                    let names: BTreeSet<&RecordName> = read.iter().map(|it| &it.record).collect();
                    acknowledged.iter().filter(|name| !names.contains(name)).count()
                };
                if missing > 0 {
                    return Err(format!("group {group} has still to read {missing} of {}", acknowledged.len()));
                }
            }
            Ok(())
        })
        .unwrap();
        let judged = self.groups.keys().map(|group| {
            let read = self.read_by_group.get(group).map_or(&[][..], Vec::as_slice);
            (group.clone(), oracle::judge(&self.acknowledged, read))
        });
        judged.collect()
    }

    /// Stops the producers, lets the groups read to the end, and judges what they and a reader of the whole log saw.
    pub fn stop_and_judge(mut self, deadline: Duration) -> Verdict {
        self.stop_producers(deadline);
        for (group, verdict) in self.judge_groups(deadline) {
            assert_eq!(verdict.faults, [], "what group {group} read");
        }
        let bootstrap = self.bootstrap.clone();
        let verdict = self.judge_log(&bootstrap, deadline);
        self.stop_groups(deadline);
        verdict
    }

    /// Stops the groups in order.
    pub fn stop_groups(&mut self, deadline: Duration) {
        for client in self.groups.values_mut().flatten() {
            client.process.terminate_and_wait(deadline).unwrap();
        }
    }
}
