//! A pass over a real ensemble: everything is read, under a chroot, and a silent ensemble is an error in time.

use std::time::{Duration, Instant};

use kedge_real_parts::{TestSite, ZooKeeperEnsemble, ZooKeeperVersion};
use kedge_tree_reader::{ReadError, ReadOptions, read_tree, summarize};
use zookeeper_async::{Acl, CreateMode, ZooKeeper};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_tree_is_read_whole() {
    let site = TestSite::new("tree-reader").expect("a site");
    let mut ensemble = ZooKeeperEnsemble::start(&site, 3, ZooKeeperVersion::V3_9_5).expect("an ensemble");
    let plain =
        ZooKeeper::connect(&ensemble.connect_string(""), Duration::from_secs(10), |_| {}).await.expect("connected");
    let create = async |path: &str, data: &str| {
        let created = plain.create(path, data.as_bytes().to_vec(), Acl::open_unsafe().clone(), CreateMode::Persistent);
        created.await.expect("created");
    };
    for path in ["/kafka", "/kafka/brokers", "/kafka/brokers/topics"] {
        create(path, "").await;
    }
    for number in 0..300 {
        let document = r#"{"partitions":{"0":[1]},"topic_id":"x","version":3}"#;
        create(&format!("/kafka/brokers/topics/topic-{number}"), document).await;
    }
    plain.close().await.expect("closed");

    let options = ReadOptions {
        connect: ensemble.connect_string("/kafka"),
        call_timeout: Duration::from_secs(5),
        roots: vec!["/".to_owned()],
    };
    let tree = read_tree(&options).await.expect("a pass");
    assert!(tree.nodes.keys().all(|path| !path.starts_with("/kafka")), "paths are those inside the chroot");
    let summary = summarize(&tree);
    assert_eq!((summary.topics.len(), summary.bad.len()), (300, 0));

    ensemble.stop_all().expect("stopped");
    let started = Instant::now();
    let silent = read_tree(&ReadOptions { call_timeout: Duration::from_secs(2), ..options }).await;
    assert!(matches!(silent, Err(ReadError::Timeout { .. })), "{silent:?}");
    assert!(started.elapsed() < Duration::from_secs(30));
}
