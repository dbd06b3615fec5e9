//! The contract suite on a real ensemble of three, with a server killed under it; and the rules that only a real one can
//! break: the watch budget, a chroot, the same bytes for whoever reads. Here ZooKeeper 3.4.14 and 3.9.5, every other version
//! in `long_real_ensemble.rs`.

mod real;

use std::time::Duration;

use kedge_metadata_store::{
    contract_suite,
    suite::{Fault, Harness},
};
use kedge_zookeeper::zk::{Op, ZkEvent};
use real::{Real, write_outside};

/// Places in `ZooKeeperVersion::ALL`.
const V3_4_14: usize = 1;
const V3_9_5: usize = 6;

mod zookeeper_3_4 {
    //! Creates by themselves.
    super::contract_suite!(super::Real<{ super::V3_4_14 }>);

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn watches_beyond_one_session_s_budget_survive_a_reconnect() {
        super::watches_beyond_one_session_s_budget::<{ super::V3_4_14 }>().await;
    }
}

mod zookeeper_3_9 {
    //! Creates inside multis.
    super::contract_suite!(super::Real<{ super::V3_9_5 }>);

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn watches_beyond_one_session_s_budget_survive_a_reconnect() {
        super::watches_beyond_one_session_s_budget::<{ super::V3_9_5 }>().await;
    }
}

/// More watched paths than one session can take over a reconnect: all of them still fire after a server died.
async fn watches_beyond_one_session_s_budget<const VERSION: usize>() {
    let real = Real::<VERSION>::start().await;
    let (zk, mut events) = Real::<VERSION>::connect(&real.chroot).await;
    // 4,000 paths of about 60 bytes: 240 KiB, where 128 KiB would never reconnect.
    let paths: Vec<String> =
        (0..4000).map(|number| format!("/brokers/topics/{}-{number:04}", "t".repeat(40))).collect();
    for chunk in paths.chunks(90) {
        write_outside(&*zk, chunk.iter().map(|path| Op::create(path, Vec::new())).collect()).await;
    }
    for path in &paths {
        zk.get(path, true).await.expect("read and watched");
    }
    real.inject(Fault::KillServer).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    real.inject(Fault::Heal).await;
    let mut changed = std::collections::BTreeSet::new();
    for chunk in paths.chunks(90) {
        let sets: Vec<Op> = chunk.iter().map(|path| Op::set(path, b"x".to_vec(), None)).collect();
        let mut attempts = 0;
        while real.outsider.multi(sets.clone()).await.is_err() {
            attempts += 1;
            assert!(attempts < 200, "the ensemble does not come back");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    while changed.len() < paths.len() {
        match tokio::time::timeout_at(deadline, events.recv()).await {
            Ok(Some(ZkEvent::Changed(path))) => {
                changed.insert(path);
            }
            Ok(Some(ZkEvent::Connected(_))) => {}
            other => panic!("{other:?} after {} of {} watches", changed.len(), paths.len()),
        }
    }
}
