//! Requests by API: how many, how long, with which errors (`kafka.network:type=RequestMetrics`).

use std::{
    collections::BTreeMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use kedge_protocol::ApiKey;

use super::Page;

/// Counts of one API.
#[derive(Debug, Default)]
pub struct RequestTimes {
    requests: AtomicU64,
    total_us: AtomicU64,
    max_us: AtomicU64,
    closed: AtomicU64,
}

impl RequestTimes {
    /// A request was answered; `total` runs from its last byte in to its response handed over for sending.
    pub fn answered(&self, total: Duration) {
        let total_us = u64::try_from(total.as_micros()).unwrap_or(u64::MAX);
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.total_us.fetch_add(total_us, Ordering::Relaxed);
        self.max_us.fetch_max(total_us, Ordering::Relaxed);
    }

    /// A request ended its connection.
    pub fn closed(&self) {
        self.closed.fetch_add(1, Ordering::Relaxed);
    }
}

/// Requests of one process. Keys are APIs that are served, so their number is bounded.
#[derive(Debug, Default)]
pub struct RequestMetrics {
    apis: RwLock<BTreeMap<i16, Arc<RequestTimes>>>,
    not_served: AtomicU64,
}

impl RequestMetrics {
    /// The counts of an API. Hold on to it where requests are many.
    pub fn api(&self, key: ApiKey) -> Arc<RequestTimes> {
        if let Some(times) = self.apis.read().unwrap_or_else(PoisonError::into_inner).get(&key.0) {
            return times.clone();
        }
        self.apis.write().unwrap_or_else(PoisonError::into_inner).entry(key.0).or_default().clone()
    }

    /// An API, or a version of one, was asked for that the listener does not serve. One count for all: a peer could name
    /// any number of them.
    pub fn not_served(&self) {
        self.not_served.fetch_add(1, Ordering::Relaxed);
    }

    /// Prints them.
    pub fn collect(&self, page: &mut Page) {
        for (key, times) in self.apis.read().unwrap_or_else(PoisonError::into_inner).iter() {
            let name = ApiKey(*key).name();
            let labels: super::Labels<'_> = &[("request", name)];
            let count = times.requests.load(Ordering::Relaxed);
            let total_ms = times.total_us.load(Ordering::Relaxed) as f64 / 1000.0;
            let max_ms = times.max_us.load(Ordering::Relaxed) as f64 / 1000.0;
            page.counter("kafka_network_requestmetrics_requests_total", "Requests answered.", labels, count);
            page.counter("kafka_network_requestmetrics_totaltimems_count", "Requests timed.", labels, count);
            page.counter_f64(
                "kafka_network_requestmetrics_totaltimems_sum",
                "Milliseconds from a request's last byte to its response.",
                labels,
                total_ms,
            );
            page.gauge("kafka_network_requestmetrics_totaltimems_max", "Longest since the start.", labels, max_ms);
            let closed = times.closed.load(Ordering::Relaxed);
            page.counter(
                "kedge_network_requests_closed_total",
                "Requests that ended their connection.",
                labels,
                closed,
            );
        }
        page.counter(
            "kedge_network_requests_not_served_total",
            "Requests for an API or a version that their listener does not serve; each ended its connection.",
            &[],
            self.not_served.load(Ordering::Relaxed),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_api() {
        let metrics = RequestMetrics::default();
        let fetch = metrics.api(ApiKey::FETCH);
        fetch.answered(Duration::from_millis(3));
        fetch.answered(Duration::from_micros(500));
        metrics.api(ApiKey::PRODUCE).closed();
        metrics.not_served();
        let mut page = Page::default();
        metrics.collect(&mut page);
        let text: Vec<String> =
            page.to_text().lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
        insta::assert_snapshot!(text.join("\n"), @r#"
        kafka_network_requestmetrics_requests_total{request="Fetch"} 2
        kafka_network_requestmetrics_requests_total{request="Produce"} 0
        kafka_network_requestmetrics_totaltimems_count{request="Fetch"} 2
        kafka_network_requestmetrics_totaltimems_count{request="Produce"} 0
        kafka_network_requestmetrics_totaltimems_max{request="Fetch"} 3
        kafka_network_requestmetrics_totaltimems_max{request="Produce"} 0
        kafka_network_requestmetrics_totaltimems_sum{request="Fetch"} 3.5
        kafka_network_requestmetrics_totaltimems_sum{request="Produce"} 0
        kedge_network_requests_closed_total{request="Fetch"} 0
        kedge_network_requests_closed_total{request="Produce"} 1
        kedge_network_requests_not_served_total 1
        "#);
    }
}
