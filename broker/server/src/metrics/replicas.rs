//! A broker's replicas: `kafka.server:type=ReplicaManager` and `BrokerTopicMetrics` over all topics.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Page;
use crate::replica::{ReplicaGauges, ReplicaMetrics};

/// Prints the replica manager's counters and gauges.
pub fn collect_replicas(metrics: &ReplicaMetrics, gauges: ReplicaGauges, page: &mut Page) {
    let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let mut counter = |name, help, value: &AtomicU64| page.counter(name, help, &[], load(value));
    counter("kafka_server_brokertopicmetrics_bytesin_total", "Bytes appended for clients.", &metrics.produced_bytes);
    counter(
        "kafka_server_brokertopicmetrics_bytesout_total",
        "Bytes sent to consumers.",
        &metrics.consumer_fetched_bytes,
    );
    counter(
        "kafka_server_brokertopicmetrics_replicationbytesin_total",
        "Bytes appended as follower.",
        &metrics.replicated_bytes,
    );
    counter(
        "kafka_server_brokertopicmetrics_replicationbytesout_total",
        "Bytes sent to followers.",
        &metrics.follower_fetched_bytes,
    );
    counter(
        "kedge_server_fetch_looks_total",
        "Partitions that Fetch requests looked at; in a session those that changed.",
        &metrics.fetch_looks,
    );
    counter(
        "kedge_server_follower_looks_total",
        "Partitions that this broker's fetchers looked at to make their requests.",
        &metrics.follower_looks,
    );
    counter("kafka_server_brokertopicmetrics_failedproducerequests_total", "Appends refused.", &metrics.failed_appends);
    counter("kedge_server_produced_batches_total", "Batches appended for clients.", &metrics.produced_batches);
    counter(
        "kedge_server_duplicate_batches_total",
        "Batches of idempotent producers stored already.",
        &metrics.duplicate_batches,
    );
    counter("kafka_server_replicamanager_isrshrinks_total", "ISR shrinks.", &metrics.isr_shrinks);
    counter("kafka_server_replicamanager_isrexpands_total", "ISR expansions.", &metrics.isr_expansions);
    counter(
        "kafka_server_replicamanager_failedisrupdates_total",
        "ISR changes the controller refused.",
        &metrics.failed_isr_changes,
    );
    counter(
        "kedge_server_replica_fetch_failures_total",
        "Fetches of this broker's followers that failed.",
        &metrics.failed_replica_fetches,
    );
    counter("kedge_server_truncations_total", "Truncations after a leader change.", &metrics.truncations);

    let mut gauge = |name, help, value: usize| page.gauge(name, help, &[], value as f64);
    gauge("kafka_server_replicamanager_partitioncount", "Partitions with a replica here.", gauges.partitions);
    gauge("kafka_server_replicamanager_leadercount", "Partitions led here.", gauges.led_partitions);
    gauge(
        "kafka_server_replicamanager_underreplicatedpartitions",
        "Led partitions whose ISR lacks a replica.",
        gauges.under_replicated_partitions,
    );
    gauge(
        "kafka_server_replicamanager_underminisrpartitioncount",
        "Led partitions below min.insync.replicas.",
        gauges.under_min_isr_partitions,
    );
    gauge(
        "kafka_server_replicamanager_offlinereplicacount",
        "Replicas whose log cannot be used.",
        gauges.offline_partitions,
    );
}
