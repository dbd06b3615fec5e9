//! The report as one HTML page that needs nothing else: no script runs, nothing is fetched.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{
    Report,
    plot::{escape, svg},
};
use crate::reports::LatencySample;

const STYLE: &str = "body{font:15px/1.5 sans-serif;max-width:1180px;margin:2em auto;padding:0 1em;color:#1c2733}\
    table{border-collapse:collapse;margin:1em 0}td,th{border:1px solid #c8d0da;padding:.25em .6em;text-align:right}\
    td:first-child,th:first-child{text-align:left}th{background:#e4e9f0}.good{color:#1e7d34}.bad{color:#b03a2e}\
    svg{width:100%;height:auto}pre{background:#f3f5f8;padding:1em;overflow:auto;max-height:30em}";

/// The page. `samples` are each producer's acknowledgements, for the plot.
pub fn to_html(report: &Report, samples: &BTreeMap<String, Vec<LatencySample>>) -> String {
    let evidence = &report.evidence;
    let scenario = &evidence.scenario;
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Kedge: a move under load</title>\
         <style>{STYLE}</style></head><body>\n<h1>Kedge: a live cluster moves under load</h1>\n\
         <p>{} ZooKeeper servers, {} brokers, {} controllers; {} topics with {} partitions at replication factor {}. \
         Cluster {}. Load average {}.</p>\n",
        scenario.n_zookeeper_servers,
        scenario.n_brokers,
        scenario.n_controllers,
        scenario.n_topics,
        scenario.n_partitions,
        scenario.replication_factor,
        escape(&evidence.cluster_id),
        escape(&evidence.load_average),
    );
    verdict(&mut page, report);
    page.push_str("<h2>Produce latency</h2>\n");
    page.push_str(&svg(&evidence.phases, &evidence.marks, samples));
    latency_table(&mut page, report);
    oracle_table(&mut page, report);
    process_tables(&mut page, report);
    let _ = write!(
        page,
        "<details><summary>The same as JSON</summary><pre>{}</pre></details>\n</body></html>\n",
        escape(&report.to_json())
    );
    page
}

fn verdict(page: &mut String, report: &Report) {
    if report.is_good {
        page.push_str(
            "<p class=\"good\"><b>Good.</b> Nothing lost, duplicated, moved or reordered; both sides equal whenever they \
             were compared; every broker is the same process as before; no client lost a connection.</p>\n",
        );
        return;
    }
    page.push_str("<p class=\"bad\"><b>Not good.</b></p><ul class=\"bad\">\n");
    for violation in &report.violations {
        let _ = writeln!(page, "<li>{}</li>", escape(violation));
    }
    page.push_str("</ul>\n");
}

fn row(page: &mut String, tag: &str, cells: &[String]) {
    let cells = cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", escape(cell))).collect::<String>();
    let _ = writeln!(page, "<tr>{cells}</tr>");
}

fn table(page: &mut String, head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    page.push_str("<table>\n");
    row(page, "th", &head.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>());
    for cells in rows {
        row(page, "td", &cells);
    }
    page.push_str("</table>\n");
}

fn latency_table(page: &mut String, report: &Report) {
    let rows = report.evidence.phases.iter().enumerate().flat_map(|(number, phase)| {
        report.latencies.iter().map(move |(producer, phases)| {
            let it = &phases[number];
            let seconds = (phase.ended_ms - phase.began_ms) as f64 / 1000.0;
            let figures = [it.p50_ms, it.p99_ms, it.max_ms].map(|milliseconds| format!("{milliseconds}"));
            let mut cells = vec![phase.name.clone(), format!("{seconds:.1}"), producer.clone()];
            cells.extend([it.acknowledged.to_string(), format!("{}", it.records_per_second)]);
            cells.extend(figures);
            cells.push(it.longest_gap_ms.to_string());
            cells
        })
    });
    let head = ["phase", "s", "producer", "records", "records/s", "p50 ms", "p99 ms", "max ms", "longest gap ms"];
    table(page, &head, rows);
}

fn oracle_table(page: &mut String, report: &Report) {
    page.push_str("<h2>Every acknowledged record</h2>\n");
    let rows = report.evidence.oracle.iter().map(|line| {
        let counts = [line.acknowledged, line.read, line.redelivered, line.unacknowledged_read, line.faults.len()];
        std::iter::once(line.reader.clone()).chain(counts.iter().map(ToString::to_string)).collect()
    });
    table(page, &["reader", "acknowledged", "read", "read again", "acknowledgement lost", "faults"], rows);
    page.push_str("<h2>ZooKeeper and quorum compared by the second reader</h2>\n");
    let rows = report.evidence.verify.iter().map(|run| {
        let word = if run.exit_code == 0 { "equal" } else { "not equal" };
        vec![run.phase.clone(), word.to_owned(), run.exit_code.to_string(), compared(&run.proof)]
    });
    table(page, &["phase", "verify", "exit code", "compared"], rows);
}

/// How many objects of each class the proof counts on the quorum's side.
fn compared(proof: &serde_json::Value) -> String {
    let classes = proof["classes"].as_object().into_iter().flatten();
    let counts = classes.map(|(class, counted)| format!("{} {class}", counted["kraft_count"]));
    counts.collect::<Vec<_>>().join(", ")
}

fn process_tables(page: &mut String, report: &Report) {
    page.push_str("<h2>Brokers and connections</h2>\n");
    let rows = report.evidence.brokers.iter().map(|broker| {
        let is_same = broker.after == Some((broker.pid, broker.start_ticks));
        let same = if is_same { "same process" } else { "another process" };
        vec![
            format!("broker {}", broker.broker_id),
            broker.pid.to_string(),
            broker.start_ticks.to_string(),
            same.to_owned(),
            broker.resident_mebibytes.to_string(),
        ]
    });
    table(page, &["broker", "pid", "start, ticks since boot", "at the end", "resident MiB"], rows);
    let rows = report.evidence.connections.iter().map(|(client, count)| {
        let lost = count.lost_after.saturating_sub(count.lost_before);
        vec![client.clone(), count.opened.to_string(), lost.to_string()]
    });
    table(page, &["client", "connections opened", "lost during the move"], rows);
    page.push_str("<h2>Figures</h2>\n");
    let rows = report.evidence.figures.iter().map(|(name, value)| vec![name.clone(), value.to_string()]);
    table(page, &["figure", "value"], rows);
}
