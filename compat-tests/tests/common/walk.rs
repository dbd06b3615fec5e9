//! The whole way of a move under load, phase by phase: the demo's scenario and, smaller, a test's.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    SOON,
    migration::{Move, Status},
    recorder::Recorder,
};

/// An order may take that long to be carried out.
const ORDER_DEADLINE: Duration = Duration::from_secs(90);

/// Forward, back, forward, finalize, ZooKeeper gone. In each quiet phase every producer gets that many records acknowledged.
pub fn walk(recorder: &mut Recorder, subject: &mut Move, records_per_phase: usize) {
    recorder.phase("on ZooKeeper");
    recorder.steady(records_per_phase, SOON, "ZooKeeper");
    go(recorder, subject, "forward", "start", &["dual"]);
    recorder.phase("dual");
    recorder.steady(records_per_phase, SOON, "dual");
    compare(recorder, subject);
    go(recorder, subject, "back", "rollback", &["zk", "prepared"]);
    recorder.phase("on ZooKeeper again");
    recorder.steady(records_per_phase, SOON, "ZooKeeper");
    go(recorder, subject, "forward again", "start", &["dual"]);
    recorder.phase("dual again");
    recorder.steady(records_per_phase, SOON, "dual");
    compare(recorder, subject);
    go(recorder, subject, "finalize", "finalize", &["final"]);
    recorder.phase("final");
    recorder.steady(records_per_phase, SOON, "final");
    recorder.phase("ZooKeeper stopped");
    subject.stop_zookeeper();
    recorder.steady(records_per_phase, SOON, "final, no ZooKeeper");
}

/// One order, followed until it is carried out.
fn go(recorder: &mut Recorder, subject: &Move, phase: &str, verb: &str, words: &[&str]) {
    recorder.phase(phase);
    let began = Instant::now();
    subject.order(verb);
    let last_line = Cell::new(None::<Instant>);
    let status = subject.wait_for_state(words, ORDER_DEADLINE, |status| {
        recorder.state(status.state());
        if last_line.get().is_none_or(|at| at.elapsed() >= Duration::from_secs(1)) {
            last_line.set(Some(Instant::now()));
            recorder.progress(&progress_of(status));
        }
    });
    let status = match verb {
        "finalize" => status,
        _ => subject.wait_until_brokers_are(verb == "start", ORDER_DEADLINE),
    };
    recorder.figure(&format!("{phase}: seconds"), json!((began.elapsed().as_secs_f64() * 10.0).round() / 10.0));
    if !status.document()["copy"].is_null() && verb == "start" {
        recorder.figure(&format!("{phase}: copy"), status.document()["copy"].clone());
    }
    // What the move does to clients may come a moment after the word.
    recorder.steady(200, SOON, &progress_of(&status));
}

fn progress_of(status: &Status) -> String {
    let (on_the_log, brokers) = status.brokers_on_the_log();
    let lag = status.mirror_lag().map_or(String::new(), |lag| format!(", mirror {lag} behind"));
    let waiting = if status.waiting().is_empty() { String::new() } else { format!(", waits: {}", status.waiting()) };
    format!("{}: {on_the_log} of {brokers} brokers on the log{lag}{waiting}", status.state())
}

fn compare(recorder: &mut Recorder, subject: &Move) {
    let (exit_code, proof) = subject.verify();
    recorder.verified(exit_code, proof);
}
