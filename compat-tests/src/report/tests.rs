//! The report of a small scenario: good as it is, and not good with each thing planted that must not be.

use super::*;
use crate::oracle::{Fault, Place, RecordName};

fn phase(name: &str, began_ms: TimestampMs, ended_ms: TimestampMs) -> Phase {
    Phase { name: name.to_owned(), began_ms, ended_ms }
}

fn evidence() -> Evidence {
    let connections = ConnectionCount { lost_before: 1, lost_after: 1, opened: 4 };
    Evidence {
        scenario: Scenario {
            n_zookeeper_servers: 3,
            n_brokers: 1,
            n_controllers: 3,
            n_topics: 2,
            n_partitions: 10,
            replication_factor: 3,
            records_per_second: 100,
            n_loaded_topics: 2,
        },
        cluster_id: "MkU3OEVBNTcwNTJENDM2Qg".to_owned(),
        load_average: "1.00 0.50 0.25".to_owned(),
        phases: vec![phase("on ZooKeeper", 1_000, 2_000), phase("<forward>", 2_000, 3_000)],
        marks: vec![Mark { at_ms: 2_100, text: "joining".to_owned() }, Mark { at_ms: 2_500, text: "dual".to_owned() }],
        figures: BTreeMap::from([("copy ms".to_owned(), serde_json::json!(120))]),
        oracle: vec![OracleLine::new("whole log", &Verdict { acknowledged: 200, read: 200, ..Verdict::default() })],
        verify: vec![VerifyRun {
            phase: "<forward>".to_owned(),
            exit_code: 0,
            proof: serde_json::json!({"classes": {"topics": {"kraft_count": 2}}}),
        }],
        brokers: vec![BrokerIdentity {
            broker_id: 1,
            pid: 77,
            start_ticks: 5,
            after: Some((77, 5)),
            resident_mebibytes: 31,
        }],
        connections: BTreeMap::from([("java-0".to_owned(), connections)]),
        differences: Vec::new(),
    }
}

/// One record every 10 ms for two seconds; the one sent at 2.0 s takes 400 ms.
fn samples() -> BTreeMap<String, Vec<LatencySample>> {
    let sample = |number: u64| {
        let latency_us = if number == 100 { 400_000 } else { 2_000 + number % 7 * 100 };
        LatencySample { acked_at_ms: 1_000 + number * 10 + latency_us / 1000, latency_us }
    };
    BTreeMap::from([("java-0".to_owned(), (0..200).map(sample).collect())])
}

fn violations_of(change: impl FnOnce(&mut Evidence)) -> Vec<String> {
    let mut evidence = evidence();
    change(&mut evidence);
    let report = Report::new(evidence, &samples());
    assert_eq!(report.is_good, report.violations.is_empty());
    report.violations
}

#[test]
fn a_good_run_is_good_in_both_documents() {
    let report = Report::new(evidence(), &samples());
    assert_eq!(report.violations, Vec::<String>::new());
    insta::assert_snapshot!("json", report.to_json());
    insta::assert_snapshot!("html", to_html(&report, &samples()));
}

#[test]
fn a_stall_belongs_to_the_phase_in_which_the_record_was_sent() {
    let report = Report::new(evidence(), &samples());
    let phases = &report.latencies["java-0"];
    assert_eq!((phases[0].acknowledged, phases[0].max_ms), (100, 2.6));
    assert_eq!((phases[1].acknowledged, phases[1].max_ms), (100, 400.0));
    assert_eq!(phases[1].p50_ms, 2.3);
}

#[test]
fn whatever_must_not_be_is_found() {
    assert_eq!(violations_of(|_| ()), Vec::<String>::new());
    assert_eq!(
        violations_of(|it| it.phases.push(phase("silent", 3_000, 3_010))),
        [
            "invalid: phase \"silent\" had no load from java-0",
            "invalid: java-0 had 100 records/s acknowledged, 100 are asked for"
        ]
    );
    let record = RecordName { producer: "java-0".to_owned(), sequence: 4 };
    let lost = Fault::Lost(record, Place { topic: "t".into(), partition: 0, record_offset: 3 });
    assert_eq!(
        violations_of(|it| it.oracle[0].faults.push(lost.to_string())),
        ["whole log: lost: java-0:4, acknowledged at t-0@3"]
    );
    assert_eq!(violations_of(|it| it.oracle.clear()), ["invalid: the oracle was not asked"]);
    assert_eq!(violations_of(|it| it.verify[0].exit_code = 1), ["verify in phase \"<forward>\" ended with code 1"]);
    assert_eq!(violations_of(|it| it.brokers[0].after = None), ["broker 1 did not stay the same process"]);
    assert_eq!(violations_of(|it| it.brokers[0].after = Some((77, 6))), ["broker 1 did not stay the same process"]);
    let lose_two = |it: &mut Evidence| it.connections.get_mut("java-0").expect("it is there").lost_after = 3;
    assert_eq!(violations_of(lose_two), ["java-0 lost 2 connections"]);
    assert_eq!(
        violations_of(|it| it.differences.push("orders: retention.ms".to_owned())),
        ["different: orders: retention.ms"]
    );
    assert_eq!(
        violations_of(|it| it.scenario.records_per_second = 200),
        ["invalid: java-0 had 100 records/s acknowledged, 200 are asked for"]
    );
    assert_eq!(Report::new(evidence(), &BTreeMap::new()).violations, ["invalid: no producer reported anything"]);
}
