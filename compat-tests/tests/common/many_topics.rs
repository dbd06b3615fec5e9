//! Many topics at once, and what clients see of them: `clients/topics.py`.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use kedge_real_parts::{Python, TestSite};

const DEADLINE: Duration = Duration::from_secs(180);

fn run(site: &TestSite, args: &[&str]) -> String {
    Python::run(site, &script(), args, DEADLINE).unwrap().success().unwrap()
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/topics.py")
}

/// Makes `PREFIX-000`, `PREFIX-001`, … and waits until every partition has a leader. Returns their names.
pub fn create_topics(
    site: &TestSite,
    bootstrap: &str,
    prefix: &str,
    n_topics: usize,
    partitions: usize,
    replicas: usize,
) -> Vec<String> {
    let [topics, partitions, replicas] = [n_topics, partitions, replicas].map(|number| number.to_string());
    run(site, &["create", bootstrap, prefix, &topics, &partitions, &replicas]);
    (0..n_topics).map(|number| format!("{prefix}-{number:03}")).collect()
}

/// Sets a dynamic config on every broker.
pub fn set_broker_config(site: &TestSite, bootstrap: &str, key: &str, value: &str) {
    run(site, &["broker-config", bootstrap, key, value]);
}

/// Every partition with its replicas and every config that somebody set, a line each, as clients see them.
pub fn dump(site: &TestSite, bootstrap: &str) -> BTreeSet<String> {
    run(site, &["dump", bootstrap]).lines().map(str::to_owned).collect()
}

/// Lines that are only on one side.
pub fn differences(before: &BTreeSet<String>, after: &BTreeSet<String>) -> Vec<String> {
    let gone = before.difference(after).map(|line| format!("only before: {line}"));
    gone.chain(after.difference(before).map(|line| format!("only after: {line}"))).collect()
}
