//! Latencies of a stretch of time.

use serde::Serialize;

use super::TimestampMs;
use crate::reports::LatencySample;

/// From send to acknowledgement, for the records that one producer sent in one phase.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Latencies {
    /// How many of them were acknowledged, ever.
    pub acknowledged: usize,
    /// Records a second.
    pub records_per_second: f64,
    /// Median, in milliseconds.
    pub p50_ms: f64,
    /// 99 of 100 were faster, in milliseconds.
    pub p99_ms: f64,
    /// The slowest, in milliseconds.
    pub max_ms: f64,
    /// The longest time in which nothing was acknowledged, in milliseconds.
    pub longest_gap_ms: u64,
}

/// When the record was sent. A stall belongs to the phase that it began in.
pub(super) fn sent_at_ms(sample: &LatencySample) -> TimestampMs {
    sample.acked_at_ms.saturating_sub(sample.latency_us / 1000)
}

/// Figures of the records that were sent from `began_ms` until before `ended_ms`.
pub fn latencies_between(samples: &[LatencySample], began_ms: TimestampMs, ended_ms: TimestampMs) -> Latencies {
    let in_phase = |at_ms: TimestampMs| (began_ms..ended_ms).contains(&at_ms);
    let mut sorted: Vec<u64> =
        samples.iter().filter(|sample| in_phase(sent_at_ms(sample))).map(|sample| sample.latency_us).collect();
    sorted.sort_unstable();
    let Some(slowest) = sorted.last() else { return Latencies::default() };
    let percentile = |of_100: usize| milliseconds(sorted[(sorted.len() * of_100 / 100).min(sorted.len() - 1)]);
    let seconds = (ended_ms - began_ms) as f64 / 1000.0;
    let mut acked_at: Vec<u64> = samples.iter().map(|sample| sample.acked_at_ms).filter(|at| in_phase(*at)).collect();
    acked_at.extend([began_ms, ended_ms]);
    acked_at.sort_unstable();
    Latencies {
        acknowledged: sorted.len(),
        records_per_second: (sorted.len() as f64 / seconds * 10.0).round() / 10.0,
        p50_ms: percentile(50),
        p99_ms: percentile(99),
        max_ms: milliseconds(*slowest),
        longest_gap_ms: acked_at.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0),
    }
}

fn milliseconds(microseconds: u64) -> f64 {
    (microseconds as f64 / 100.0).round() / 10.0
}
