//! `kedge migrate status`: where the move stands, how far it is, and why it waits.

use std::{io::Write, time::Duration};

use clap::Args;
use kedge_metadata_state::sidecar::ForeignWrites;
use kedge_migration::node_api::{BrokerView, CopyView, MigrationStatus, TimelineEntry};

use super::{PlaceArgs, view};
use crate::{
    cli::ToolError,
    clock::{Clock as _, SystemClock},
};

/// Between two screens of --watch.
const WATCH_PAUSE: Duration = Duration::from_secs(1);
/// Lines of the timeline on a screen.
const TIMELINE_SHOWN: usize = 8;
/// The way, in the operator's words.
const WAY: [&str; 6] = ["zk", "prepared", "joining", "copying", "dual", "final"];

/// Arguments of `kedge migrate status`.
#[derive(Clone, Debug, Args)]
pub struct StatusArgs {
    #[command(flatten)]
    places: PlaceArgs,
    /// Again and again, until interrupted or final.
    #[arg(long)]
    watch: bool,
    /// The document as JSON; with --watch one line each.
    #[arg(long)]
    json: bool,
    /// Exit with 0 while the move goes on or rests, 10 holding, 11 blocked, 12 rolling back, 20 final; 4 nobody answers.
    #[arg(long)]
    exit_code: bool,
}

/// What one look at the status leaves for the next, to tell a rate.
#[derive(Clone, Copy, Debug)]
struct Sample {
    at_ms: i64,
    mirror_lag: i64,
}

/// Asks the active controller and shows what it says.
pub(super) async fn run(args: &StatusArgs, out: &mut impl Write) -> Result<u8, ToolError> {
    let controllers = args.places.controllers()?;
    let mut before = None;
    loop {
        let active = match controllers.find_active().await {
            Ok(active) => active,
            Err(error) if args.watch => {
                writeln!(out, "{error}")?;
                out.flush()?;
                continue;
            }
            Err(error) => return Err(error),
        };
        let (status, now_ms) = (active.status, SystemClock.now_ms());
        match (args.json, args.watch) {
            (true, true) => writeln!(out, "{}", serde_json::to_string(&status).expect("string keys only"))?,
            (true, false) => writeln!(out, "{}", serde_json::to_string_pretty(&status).expect("string keys only"))?,
            (false, _) => write!(out, "{}", screen(&status, before, now_ms))?,
        }
        if !args.watch || status.state == "final" {
            return Ok(if args.exit_code {
                u8::try_from(status.exit_code).unwrap_or(super::COULD_NOT_LOOK)
            } else {
                0
            });
        }
        if !args.json {
            writeln!(out)?;
        }
        out.flush()?;
        before = Some(sample(&status, now_ms));
        tokio::time::sleep(WATCH_PAUSE).await;
    }
}

fn sample(status: &MigrationStatus, at_ms: i64) -> Sample {
    Sample { at_ms, mirror_lag: status.mirror_lag.unwrap_or(0) }
}

/// The screen: plain text, at most 80 columns.
fn screen(status: &MigrationStatus, before: Option<Sample>, now_ms: i64) -> String {
    let attempt = match status.generation {
        0 => String::new(),
        generation => format!(" · attempt {generation}"),
    };
    let mut text = format!("cluster  {}   STATE {}\n", status.cluster_id, status.state);
    let since = view::time_of_day(status.since_ms);
    text.push_str(&format!("since    {since} UTC ({}){attempt}\n", view::span(now_ms - status.since_ms)));
    if WAY.iter().any(|word| *word == status.state) {
        let words = WAY.map(|word| if word == status.state { format!("[{word}]") } else { word.to_owned() });
        text.push_str(&format!("way      {}\n", words.join(" > ")));
    }
    if let Some(waiting) = &status.waiting {
        text.push_str(&view::wrapped("waits    ", waiting));
    }
    text.push_str(&quorum(status));
    text.push_str(&mirror(status, before, now_ms));
    if let Some(copy) = &status.copy {
        text.push_str(&view::wrapped("copy     ", &copy_line(copy)));
    }
    text.push_str(&brokers(status));
    text.push_str(&foreign_writes(&status.foreign_writes));
    text.push_str(&view::problems(&status.blocked));
    if !status.timeline.is_empty() {
        text.push_str("timeline\n");
        let skipped = status.timeline.len().saturating_sub(TIMELINE_SHOWN);
        status.timeline.iter().skip(skipped).for_each(|entry| text.push_str(&timeline_line(entry)));
    }
    text
}

fn quorum(status: &MigrationStatus) -> String {
    let leader = match &status.leader {
        Some((node_id, address)) => format!("{node_id} at {address}"),
        None => status.node_id.to_string(),
    };
    let unready: Vec<String> =
        status.controllers.iter().filter(|(_, is_ready)| !**is_ready).map(|(node_id, _)| node_id.to_string()).collect();
    let ready = match unready.is_empty() {
        // A new leader looks at its quorum and brokers first.
        true if status.controllers.is_empty() => "voters not known yet".to_owned(),
        true => format!("{} voters, all ready", status.controllers.len()),
        false => format!("{} voters, not ready: {}", status.controllers.len(), unready.join(", ")),
    };
    let line = format!(
        "leader {leader} · epoch {} · log end {} · {ready}",
        status.kraft_epoch,
        view::thousands(status.log_end_offset)
    );
    view::wrapped("quorum   ", &line)
}

fn mirror(status: &MigrationStatus, before: Option<Sample>, now_ms: i64) -> String {
    let claim = match status.zk_controller_epoch {
        Some(epoch) => format!("ZooKeeper claimed at controller epoch {epoch}"),
        None => "ZooKeeper not claimed".to_owned(),
    };
    let Some(lag) = status.mirror_lag else {
        return match status.zk_controller_epoch {
            Some(_) => view::wrapped("mirror   ", &format!("lag not known · {claim}")),
            None => String::new(),
        };
    };
    let mut line = format!("lag {} records", view::thousands(lag));
    if let Some(rate) = before.and_then(|before| rate(before.mirror_lag - lag, now_ms - before.at_ms)) {
        line.push_str(&format!(" · {} records/s · done in {}", view::thousands(rate), view::span(lag * 1000 / rate)));
    }
    view::wrapped("mirror   ", &format!("{line} · {claim}"))
}

/// Per second; none if nothing was done.
fn rate(done: i64, ms: i64) -> Option<i64> {
    let rate = done.checked_mul(1000)?.checked_div(ms)?;
    (rate > 0).then_some(rate)
}

fn copy_line(copy: &CopyView) -> String {
    let mut line = format!("{} topics · {} partitions", view::thousands(copy.topics), view::thousands(copy.partitions));
    match copy.total_ms {
        Some(total_ms) => line.push_str(&format!(" · took {}", view::span(total_ms))),
        None => line.push_str(" · running"),
    }
    if let Some(frozen_ms) = copy.frozen_ms {
        line.push_str(&format!(" · controller frozen for {}", view::span(frozen_ms)));
        if let Some(rate) = rate(i64::try_from(copy.partitions).unwrap_or(0), frozen_ms) {
            line.push_str(&format!(" · {} partitions/s", view::thousands(rate)));
        }
    }
    line
}

fn brokers(status: &MigrationStatus) -> String {
    if status.brokers.is_empty() {
        return String::new();
    }
    let switched = status.brokers.values().filter(|broker| broker.follows_log).count();
    let mut text = format!("brokers  {switched} of {} take their metadata from the log\n", status.brokers.len());
    text.push_str("         id         registered  armed  alive  znode  metadata from\n");
    let yes = |is_so: bool| if is_so { "yes" } else { "no" };
    for (broker_id, broker) in &status.brokers {
        let BrokerView { is_registered, is_armed, is_alive, has_ephemeral, follows_log, .. } = *broker;
        text.push_str(&format!(
            "         {broker_id:<10} {:<11} {:<6} {:<6} {:<6} {}\n",
            yes(is_registered),
            yes(is_armed),
            yes(is_alive),
            yes(has_ephemeral),
            if follows_log { "log" } else { "zookeeper" }
        ));
    }
    for (broker_id, broker) in &status.brokers {
        if let Some(why) = &broker.unreachable {
            text.push_str(&view::wrapped("         ", &format!("broker {broker_id} does not answer: {why}")));
        }
    }
    text
}

/// Every write by name that is kept, with its time, and how many there are beyond them.
fn foreign_writes(writes: &ForeignWrites) -> String {
    if writes.unacknowledged == 0 {
        return String::new();
    }
    let count = view::thousands(writes.unacknowledged.min(i64::MAX as u64) as i64);
    let mut text = view::wrapped("foreign  ", &format!("{count} writes to the tree by others, not acknowledged"));
    for write in &writes.listed {
        let line = write.to_string();
        text.push_str(&view::wrapped(&format!("         {}  ", view::time_of_day(write.at)), &line));
    }
    let more = writes.unacknowledged.saturating_sub(writes.listed.len() as u64);
    if more > 0 {
        text.push_str(&format!("         and {} more\n", view::thousands(more.min(i64::MAX as u64) as i64)));
    }
    text
}

fn timeline_line(entry: &TimelineEntry) -> String {
    // The reason in brackets stands in the text.
    let word = entry.state.split('(').next().unwrap_or_default();
    view::wrapped(&format!("  {}  {word:<13} ", view::time_of_day(entry.at_ms)), &entry.text)
}

#[cfg(test)]
mod tests {
    use kedge_metadata_state::sidecar::{ForeignWrite, TreeChange};
    use kedge_migration::node_api::ProblemView;

    use super::*;
    use crate::cli::migrate::tests::status;

    const NOW_MS: i64 = 1_763_719_754_000;

    #[test]
    fn the_screens_of_a_move() {
        let mut joining = status("joining");
        joining.waiting = Some("brokers 2 to register with the quorum".to_owned());
        joining.generation = 1;
        let silent = joining.brokers.get_mut(&2).expect("three brokers");
        (silent.is_registered, silent.is_alive) = (false, false);
        silent.unreachable = Some("10.0.0.2:9092: connection refused".to_owned());
        insta::assert_snapshot!("status_joining", screen(&joining, None, NOW_MS));

        let mut dual = status("dual");
        dual.generation = 2;
        dual.zk_controller_epoch = Some(19);
        dual.mirror_lag = Some(120);
        dual.copy = Some(CopyView { topics: 200, partitions: 1000, frozen_ms: Some(212), total_ms: Some(1_240) });
        dual.brokers.values_mut().for_each(|broker| broker.follows_log = true);
        let before = Sample { at_ms: NOW_MS - 1000, mirror_lag: 200 };
        insta::assert_snapshot!("status_dual", screen(&dual, Some(before), NOW_MS));

        let mut blocked = status("blocked(KM205)");
        blocked.blocked = vec![ProblemView {
            code: "KM205".to_owned(),
            title: "replicas on brokers that are not alive".to_owned(),
            fix: "Start the broker, move its replicas, or accept it with --without-broker N.".to_owned(),
            is_blocking: true,
            count: 1,
            places: vec!["broker 4 (1200 replicas)".to_owned()],
        }];
        insta::assert_snapshot!("status_blocked", screen(&blocked, None, NOW_MS));
        let mut foreign = status("dual");
        let write =
            |path: &str, change, mzxid| ForeignWrite { path: path.to_owned(), change, mzxid, at: NOW_MS - 4_000 };
        foreign.foreign_writes.add(&[
            write("/brokers/topics/made-with-a-tool-of-2018", TreeChange::Created, Some(0x1_0000_0a3f)),
            write("/config/topics/orders", TreeChange::Deleted, None),
        ]);
        foreign.foreign_writes.unacknowledged += 5;
        insta::assert_snapshot!("status_foreign", screen(&foreign, None, NOW_MS));
        for text in [screen(&joining, None, NOW_MS), screen(&dual, None, NOW_MS), screen(&blocked, None, NOW_MS)] {
            assert!(text.lines().all(|line| line.chars().count() <= view::WIDTH), "{text}");
        }
    }

    #[test]
    fn a_rate_needs_progress() {
        assert_eq!((rate(80, 1000), rate(0, 1000), rate(-5, 1000), rate(5, 0)), (Some(80), None, None, None));
    }
}
