//! `/metrics` in Prometheus' text form, under the names that jmx_exporter's example rules and Strimzi's dashboards use.
//!
//! Parts of the node keep their own counters; a collector reads them when a page is asked for. So nothing here is on a hot path
//! but [`RequestMetrics`], and a series exists exactly as long as what it counts.

mod cluster;
mod migration;
mod process;
mod replicas;
mod requests;

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
    sync::{Mutex, PoisonError},
};

pub use cluster::{ClusterView, collect_broker, collect_controller};
pub use migration::{MigrationView, collect_migration};
pub use process::collect_process;
pub use replicas::collect_replicas;
pub use requests::{RequestMetrics, RequestTimes};

/// How Prometheus reads a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FamilyKind {
    Counter,
    Gauge,
}

#[derive(Debug)]
struct Family {
    help: &'static str,
    kind: FamilyKind,
    /// Value by label set, as it is printed.
    series: BTreeMap<String, f64>,
}

/// One answer to `/metrics`, being filled.
#[derive(Debug, Default)]
pub struct Page {
    families: BTreeMap<&'static str, Family>,
}

/// Names and values of a series' labels.
pub type Labels<'a> = &'a [(&'static str, &'a str)];

impl Page {
    /// Adds a value that only rises. By convention the name ends in `_total`, `_count` or `_sum`.
    ///
    /// # Panics
    /// If the series is on the page already, or the family is a gauge.
    pub fn counter(&mut self, name: &'static str, help: &'static str, labels: Labels<'_>, value: u64) {
        // Exact up to 2⁵³, as every value of Prometheus is.
        self.put(name, help, FamilyKind::Counter, labels, value as f64);
    }

    /// Adds a rising value that is not whole.
    ///
    /// # Panics
    /// As [`Page::counter`].
    pub fn counter_f64(&mut self, name: &'static str, help: &'static str, labels: Labels<'_>, value: f64) {
        self.put(name, help, FamilyKind::Counter, labels, value);
    }

    /// Adds a present value.
    ///
    /// # Panics
    /// If the series is on the page already, or the family is a counter.
    pub fn gauge(&mut self, name: &'static str, help: &'static str, labels: Labels<'_>, value: f64) {
        self.put(name, help, FamilyKind::Gauge, labels, value);
    }

    fn put(&mut self, name: &'static str, help: &'static str, kind: FamilyKind, labels: Labels<'_>, value: f64) {
        let family = self.families.entry(name).or_insert(Family { help, kind, series: BTreeMap::new() });
        assert!(family.kind == kind, "{name} is printed as two kinds of metric");
        let replaced = family.series.insert(label_text(labels), value);
        assert!(replaced.is_none(), "{name}{} is printed twice", label_text(labels));
    }

    /// The page's text, families and series sorted.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (name, family) in &self.families {
            let kind = match family.kind {
                FamilyKind::Counter => "counter",
                FamilyKind::Gauge => "gauge",
            };
            writeln!(text, "# HELP {name} {}\n# TYPE {name} {kind}", family.help).expect("a String takes every write");
            for (labels, value) in &family.series {
                writeln!(text, "{name}{labels} {value}").expect("a String takes every write");
            }
        }
        text
    }
}

fn label_text(labels: Labels<'_>) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let mut text = String::from("{");
    for (index, (name, value)) in labels.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(text, "{comma}{name}=\"").expect("a String takes every write");
        for c in value.chars() {
            match c {
                '\\' => text.push_str("\\\\"),
                '"' => text.push_str("\\\""),
                '\n' => text.push_str("\\n"),
                c => text.push(c),
            }
        }
        text.push('"');
    }
    text.push('}');
    text
}

type Collector = Box<dyn Fn(&mut Page) + Send + Sync>;

/// Everything that is printed.
#[derive(Default)]
pub struct Registry {
    collectors: Mutex<Vec<Collector>>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

impl Registry {
    /// A registry that prints nothing yet.
    pub fn new() -> Registry {
        Registry::default()
    }

    /// Adds a part of the node; it is asked each time a page is.
    pub fn add(&self, collector: impl Fn(&mut Page) + Send + Sync + 'static) {
        self.collectors.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(collector));
    }

    /// The text of `/metrics`.
    pub fn page(&self) -> String {
        let mut page = Page::default();
        for collector in self.collectors.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            collector(&mut page);
        }
        page.to_text()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_prometheus_text() {
        let registry = Registry::new();
        registry.add(|page| page.counter("b_total", "Second.", &[("topic", "a\"b\\c\nd"), ("x", "1")], 3));
        registry.add(|page| {
            page.counter("b_total", "Second.", &[], 7);
            page.gauge("a", "First.", &[], 0.5);
        });
        insta::assert_snapshot!(registry.page(), @r#"
        # HELP a First.
        # TYPE a gauge
        a 0.5
        # HELP b_total Second.
        # TYPE b_total counter
        b_total 7
        b_total{topic="a\"b\\c\nd",x="1"} 3
        "#);
    }

    #[test]
    #[should_panic(expected = "a{x=\"1\"} is printed twice")]
    fn a_series_stands_once() {
        let mut page = Page::default();
        page.gauge("a", "First.", &[("x", "1")], 1.0);
        page.gauge("a", "First.", &[("x", "1")], 2.0);
    }
}
