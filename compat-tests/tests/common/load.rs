//! Producers and consumers under the oracle: processes that report one JSON line per record.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use kedge_compat_tests::oracle::{self, Observation, Place, RecordName, Verdict};
use kedge_real_parts::{ManagedProcess, Python, TestSite, eventually};

/// librdkafka producers and group consumers on one topic.
pub struct Load {
    topic: String,
    bootstrap: String,
    site: TestSite,
    producers: Vec<ManagedProcess>,
    consumers: Vec<ManagedProcess>,
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/load.py")
}

impl Load {
    /// Starts `n_producers` idempotent producers with `rate` records a second each, and a group of two consumers.
    pub fn start(site: &TestSite, bootstrap: &str, topic: &str, n_producers: usize, rate: u32) -> Load {
        let rate = rate.to_string();
        let producers = (0..n_producers).map(|number| {
            let name = format!("producer-{number}");
            Python::spawn(site, &name, &script(), ["produce", bootstrap, topic, &name, &rate]).unwrap()
        });
        let producers: Vec<ManagedProcess> = producers.collect();
        let consumers = (0..2).map(|number| {
            let name = format!("consumer-{number}");
            Python::spawn(site, &name, &script(), ["consume", bootstrap, topic, "oracle"]).unwrap()
        });
        Load {
            topic: topic.to_owned(),
            bootstrap: bootstrap.to_owned(),
            site: site.clone(),
            producers,
            consumers: consumers.collect(),
        }
    }

    /// Records acknowledged so far.
    pub fn acknowledged(&self) -> usize {
        self.producers.iter().map(|producer| producer.log_lines(&["\"kind\":\"acked\""]).unwrap().len()).sum()
    }

    /// Waits until that many more records have been acknowledged.
    pub fn wait_for_more(&self, records: usize, deadline: Duration) {
        let wanted = self.acknowledged() + records;
        eventually(deadline, "records acknowledged under load", || self.acknowledged() >= wanted).unwrap();
    }

    /// Stops the producers, lets the consumers read to the end, and judges.
    pub fn stop_and_judge(mut self, deadline: Duration) -> Verdict {
        for producer in &mut self.producers {
            producer.terminate_and_wait(deadline).unwrap();
        }
        let acknowledged = observations(&self.producers, "acked");
        let failed: Vec<String> =
            self.producers.iter().flat_map(|it| it.log_lines(&["\"kind\":\"failed\""]).unwrap()).collect();
        assert!(failed.is_empty(), "the producers gave up on {} records: {}", failed.len(), failed[0]);
        // A reader of its own from the beginning: the group may have skipped what it had read before a rebalance.
        let mut reader = Python::spawn(
            &self.site,
            "reader",
            &script(),
            ["consume", self.bootstrap.as_str(), self.topic.as_str(), "oracle-reader"],
        )
        .unwrap();
        let last_acked = acknowledged.len();
        eventually(deadline, "all acknowledged records read", || {
            let read = reader.log_lines(&["\"kind\":\"read\""]).unwrap().len();
            let by_group: usize =
                self.consumers.iter().map(|it| it.log_lines(&["\"kind\":\"read\""]).unwrap().len()).sum();
            read >= last_acked && by_group >= last_acked
        })
        .unwrap();
        for consumer in self.consumers.iter_mut().chain([&mut reader]) {
            consumer.terminate_and_wait(deadline).unwrap();
        }
        let by_group = oracle::judge(&acknowledged, &observations(&self.consumers, "read"));
        assert_eq!(by_group.faults, [], "what the group read");
        oracle::judge(&acknowledged, &observations(&[reader], "read"))
    }
}

/// The reports of one kind.
fn observations(clients: &[ManagedProcess], kind: &str) -> Vec<Observation> {
    let kind = format!("\"kind\":\"{kind}\"");
    let lines = clients.iter().flat_map(|client| client.log_lines(&[&kind]).unwrap());
    lines.map(|line| observation(&line).unwrap_or_else(|| panic!("not a report: {line}"))).collect()
}

fn observation(line: &str) -> Option<Observation> {
    let number = |key: &str| -> Option<i64> {
        let rest = line.split_once(&format!("\"{key}\":"))?.1;
        let end = rest.find([',', '}'])?;
        rest[..end].parse().ok()
    };
    let producer = line.split_once("\"producer\":\"")?.1.split_once('"')?.0.to_owned();
    let record = RecordName { producer, sequence: u64::try_from(number("sequence")?).ok()? };
    let place = Place { partition: i32::try_from(number("partition")?).ok()?, record_offset: number("offset")? };
    Some(Observation { record, place })
}
