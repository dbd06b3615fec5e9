//! Three voters of one process: election, replication, restart, leader change, snapshots.

mod support;

use std::{collections::BTreeSet, time::Duration};

use kedge_metadata_state::{Record, SidecarRecord, records::*};
use kedge_metadata_store::{CommitError, Fence, LoadError, MetadataStore, Observed, Outcome, Unit};
use kedge_protocol::{ErrorCode, batch::BatchIter};
use kedge_raft::{FetchAsk, FetchVerdict, OffsetAndEpoch, limits};
use support::{Cluster, commit, config_unit, eventually, read_all, topic_id, topic_unit, unit};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_units_are_the_same_bytes_on_three_voters() {
    let cluster = Cluster::start(&[1, 2, 3]).await;
    let (_, store, reign) = cluster.crown().await;
    let mut positions = Vec::new();
    for chunk in 0..100 {
        positions.extend(commit(&store, &reign, (0..10).map(|n| topic_unit(chunk * 10 + n)).collect()).await);
    }
    assert!(positions.windows(2).all(|pair| pair[1].0 == pair[0].0 + 2), "two records a unit, no hole");
    let end = cluster.converge().await;
    assert_eq!(end, positions.last().unwrap().0 + 1);
    let bytes = cluster.shared_bytes();
    assert_eq!(BatchIter::new(&bytes).count(), 101, "one LeaderChange and one batch per commit");

    // Killed and started again, every voter comes back to the same bytes and the same image.
    let (image, _, _) = store.load().await.unwrap();
    assert_eq!(image.topics.by_id.len(), 1_000);
    for node_id in [1, 2, 3] {
        cluster.kill(node_id).await;
    }
    for node_id in [1, 2, 3] {
        cluster.start_node(node_id).await;
    }
    cluster.leader().await;
    eventually("the restarted voters", async || (cluster.converge().await > end).then_some(())).await;
    assert_eq!(&cluster.shared_bytes()[..bytes.len()], &bytes[..]);
    for node_id in [1, 2, 3] {
        let (restarted, _, _) = cluster.store(node_id).load().await.unwrap();
        assert_eq!(*restarted, *image);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_voter_works_alone_and_leads_in_a_new_epoch_after_each_start() {
    let cluster = Cluster::start(&[7]).await;
    let (_, store, first) = cluster.crown().await;
    commit(&store, &first, vec![topic_unit(1)]).await;
    store.resign(first).await;
    let (_, store, again) = cluster.crown().await;
    commit(&store, &again, vec![topic_unit(2)]).await;
    let mut epochs = vec![again.controller_epoch];
    for number in 3..6 {
        if number % 2 == 0 {
            cluster.kill(7).await
        } else {
            cluster.shutdown(7).await
        }
        cluster.start_node(7).await;
        let (_, store, reign) = cluster.crown().await;
        commit(&store, &reign, vec![topic_unit(number)]).await;
        epochs.push(reign.controller_epoch);
    }
    assert!(epochs.windows(2).all(|pair| pair[0] < pair[1]), "{epochs:?}");
    let (image, _, _) = cluster.store(7).load().await.unwrap();
    assert_eq!(image.topics.by_id.len(), 5);
}

/// A view that took the same read lock twice stood still for ever once openraft waited to write in between, and every thread
/// behind it: found by stopping a node that had just served the command-line tools.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn observers_may_ask_while_the_leader_commits() {
    let cluster = Cluster::start(&[1]).await;
    let (node_id, store, reign) = cluster.crown().await;
    let log = cluster.nodes.lock().unwrap()[&node_id].metadata_log().clone();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let askers: Vec<_> = (0..4)
        .map(|_| {
            let (log, stop) = (log.clone(), stop.clone());
            std::thread::spawn(move || {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    assert!(log.leader_and_epoch().leader_epoch > 0);
                    assert_eq!(log.describe_quorum().voters.len(), 1);
                }
            })
        })
        .collect();
    // A thread of its own keeps the time: the fault also stops the runtime's timers.
    let (done, is_done) = std::sync::mpsc::channel();
    let watchdog = std::thread::spawn(move || {
        if is_done.recv_timeout(support::DEADLINE).is_err() {
            eprintln!("commits stand still while others ask");
            std::process::abort();
        }
    });
    for number in 0..200 {
        commit(&store, &reign, vec![topic_unit(number)]).await;
    }
    done.send(()).unwrap();
    watchdog.join().unwrap();
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    askers.into_iter().for_each(|asker| asker.join().unwrap());
}

/// Leaders are cut off in the middle of commits, again and again. What was reported committed is there exactly once; what was
/// reported fenced is not there; only an unknown outcome may be either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outcomes_are_truthful_across_leader_changes() {
    let cluster = Cluster::start(&[1, 2, 3]).await;
    cluster.network.disturb(3, 2);
    let (mut committed, mut fenced, mut unknown) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut number = 0;
    for round in 0..4 {
        let (node_id, store, reign) = cluster.crown().await;
        for step in 0..30 {
            if step == 20 {
                cluster.network.isolate(node_id);
                if round % 2 == 1 {
                    // While the old leader still waits for an answer, the others go on.
                    let network = cluster.network.clone();
                    tokio::spawn(async move {
                        tokio::time::sleep(Duration::from_millis(1_500)).await;
                        network.heal();
                    });
                }
            }
            number += 1;
            match store.commit(Fence::Reign(&reign), vec![topic_unit(number)]).await {
                Ok(outcomes) => assert!(matches!(outcomes[..], [Outcome::Committed(_)]), "{outcomes:?}"),
                Err(CommitError::Fenced) => {
                    fenced.insert(number);
                    break;
                }
                Err(CommitError::Unknown { from_unit: 0, .. }) => {
                    unknown.insert(number);
                    break;
                }
                Err(other) => panic!("{other:?}"),
            }
            committed.insert(number);
        }
        cluster.network.heal();
        // If nobody else was elected in time, the reign still lasts.
        store.resign(reign).await;
    }
    cluster.network.disturb(0, 0);
    let (_, store, reign) = cluster.crown().await;
    commit(&store, &reign, vec![topic_unit(100_000)]).await;
    cluster.converge().await;
    let (image, _, _) = store.load().await.unwrap();
    let held = |number: &u64| image.topics.by_id.contains_key(&topic_id(*number));
    assert!(committed.iter().all(held), "a committed unit is missing");
    assert!(!fenced.iter().any(held), "a fenced unit was applied");
    let applied = unknown.iter().filter(|number| held(number)).count();
    assert_eq!(image.topics.by_id.len(), committed.len() + applied + 1, "nothing twice, nothing invented");
    let bytes = cluster.shared_bytes();
    let mut next_offset = 0;
    for batch in BatchIter::new(&bytes) {
        let header = batch.unwrap().header;
        assert_eq!(header.base_offset, next_offset, "no hole, no duplicate");
        next_offset = header.next_offset();
    }
    // Every second round ends in a commit that a cut-off leader cannot finish.
    assert!(committed.len() >= 60 && fenced.len() + unknown.len() >= 2, "{committed:?} {fenced:?} {unknown:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voter_that_was_away_gets_the_snapshot() {
    let cluster = Cluster::start(&[1, 2, 3]).await;
    let (leader, store, reign) = cluster.crown().await;
    let away = [1, 2, 3].into_iter().find(|node_id| *node_id != leader).unwrap();
    commit(&store, &reign, vec![topic_unit(1)]).await;
    cluster.converge().await;
    cluster.kill(away).await;
    for number in 2..200 {
        commit(&store, &reign, vec![topic_unit(number)]).await;
    }
    commit(&store, &reign, vec![unit(vec![SidecarRecord::TopicDeletionQueued { topic_id: topic_id(5) }.into()])]).await;
    let node = cluster.node(leader);
    let end = node.metadata_log().high_watermark();
    node.trigger_snapshot().await.unwrap();
    let snapshot = eventually("the snapshot", async || node.metadata_log().latest_snapshot_id()).await;
    assert_eq!(snapshot, OffsetAndEpoch { end_offset: end, leader_epoch: reign.controller_epoch });
    cluster.purge(&node).await;
    commit(&store, &reign, vec![topic_unit(500)]).await;

    // What is left of the absent voter's directory is behind; it must not be asked to diverge, only to start over.
    let back = cluster.start_node(away).await;
    let (_, _, mut observed) = cluster.store(away).load().await.unwrap();
    eventually("the snapshot is installed", async || {
        (back.metadata_log().log_start_offset() == snapshot.end_offset).then_some(())
    })
    .await;
    cluster.converge().await;
    assert_eq!(back.metadata_log().latest_snapshot_id(), Some(snapshot));
    cluster.shared_bytes();
    let (image, _, _) = cluster.store(away).load().await.unwrap();
    let (expected, _, _) = store.load().await.unwrap();
    assert_eq!(*image, *expected);
    assert!(image.sidecar.topic_deletions.contains(&topic_id(5)));
    let mut resets = 0;
    while let Some(event) = observed.try_next() {
        resets += usize::from(matches!(event, Observed::Reset { .. }));
    }
    assert_eq!(resets, 1, "whoever listens is told the whole image");

    // The installed node starts again from the snapshot, clean or not.
    cluster.kill(away).await;
    cluster.start_node(away).await;
    cluster.converge().await;
    let (image, _, _) = cluster.store(away).load().await.unwrap();
    assert_eq!(*image, *expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn snapshots_are_cut_by_size_and_old_ones_go() {
    let cluster = Cluster::start_with(&[1], |config| {
        config.snapshot_interval_bytes = 20_000;
        config.retention.retention_size_bytes_max = 150_000;
    })
    .await;
    let (_, store, reign) = cluster.crown().await;
    for number in 0..600 {
        commit(&store, &reign, vec![topic_unit(number)]).await;
    }
    let log = cluster.node(1).metadata_log().clone();
    eventually("old snapshots are deleted", async || (log.log_start_offset() > 0).then_some(())).await;
    let latest = log.latest_snapshot_id().unwrap();
    assert!(latest.end_offset > log.log_start_offset() || latest.end_offset == log.log_start_offset());
    let end = log.high_watermark();
    cluster.kill(1).await;
    cluster.start_node(1).await;
    let (_, store, _) = cluster.crown().await;
    let (image, position, _) = store.load().await.unwrap();
    assert_eq!(image.topics.by_id.len(), 600);
    assert_eq!(position.0, end, "everything and the new LeaderChange");
}

/// The image changes at EndTransaction, as a whole; an abort, or a controller's end, drops it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_is_seen_at_its_end_or_never() {
    let cluster = Cluster::start(&[1, 2, 3]).await;
    let (leader, store, reign) = cluster.crown().await;
    let begin = || unit(vec![MetadataRecord::BeginTransaction(Default::default()).into()]);
    let end = || unit(vec![MetadataRecord::EndTransaction(Default::default()).into()]);
    let (_, _, mut observed) = store.load().await.unwrap();
    commit(&store, &reign, vec![begin(), topic_unit(1)]).await;
    commit(&store, &reign, vec![topic_unit(2)]).await;
    let (image, _, _) = store.load().await.unwrap();
    assert!(image.topics.by_id.is_empty());
    assert!(observed.try_next().is_none());
    // A snapshot may not lie inside: it is that of the state before.
    cluster.node(leader).trigger_snapshot().await.unwrap();
    commit(&store, &reign, vec![topic_unit(3), end()]).await;
    let Some(Observed::Batch { records, own: true, at }) = observed.try_next() else { panic!("one batch") };
    assert_eq!(records.len(), 6, "the whole transaction, without its markers");
    let (image, position, _) = store.load().await.unwrap();
    assert_eq!((image.topics.by_id.len(), position), (3, at));
    let snapshot = cluster.node(leader).metadata_log().latest_snapshot_id();
    assert!(snapshot.is_none_or(|id| id.end_offset == 1 || id.end_offset == position.0 + 1), "{snapshot:?}");

    commit(&store, &reign, vec![begin(), topic_unit(4)]).await;
    cluster.kill(leader).await;
    cluster.start_node(leader).await;
    let (_, store, reign) = cluster.crown().await;
    commit(&store, &reign, vec![topic_unit(5)]).await;
    let (image, _, _) = store.load().await.unwrap();
    let numbers: Vec<bool> = (1..=5).map(|n| image.topics.by_id.contains_key(&topic_id(n))).collect();
    assert_eq!(numbers, [true, true, true, false, true]);
    cluster.converge().await;
    cluster.shared_bytes();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_entry_leaves_no_byte() {
    let cluster = Cluster::start(&[1, 2, 3]).await;
    let (leader, store, reign) = cluster.crown().await;
    commit(&store, &reign, vec![topic_unit(1)]).await;
    let end = cluster.converge().await;
    store.faults().refuse_commit.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(store.commit(Fence::Reign(&reign), vec![topic_unit(2)]).await, Err(CommitError::Fenced));
    assert_eq!(cluster.node(leader).refused_entries(), 1);
    assert_eq!(cluster.converge().await, end);
    let (_, store, reign) = cluster.crown().await;
    commit(&store, &reign, vec![topic_unit(3)]).await;
    let (image, _, _) = store.load().await.unwrap();
    assert_eq!(image.topics.by_id.len(), 2);
    cluster.converge().await;
    cluster.shared_bytes();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn units_that_cannot_go_leave_their_neighbours_alone() {
    let cluster = Cluster::start(&[1]).await;
    let (_, store, reign) = cluster.crown().await;
    let gone = MetadataRecord::RemoveTopic(RemoveTopicRecord { topic_id: topic_id(9) });
    let clear_elr = MetadataRecord::ClearElr(Default::default());
    let units = vec![
        topic_unit(1),
        unit(vec![gone.into()]),
        unit(vec![clear_elr.clone().into()]),
        large_unit("huge", limits::ENTRY_SIZE_BYTES_MAX),
        topic_unit(2),
        large_unit("large", 5 << 20),
        large_unit("larger", 5 << 20),
        unit(vec![SidecarRecord::TopicDeletionQueued { topic_id: topic_id(1) }.into()]),
    ];
    let outcomes = store.commit(Fence::Reign(&reign), units).await.unwrap();
    let shown: Vec<String> = outcomes.iter().map(|outcome| format!("{outcome:?}").chars().take(60).collect()).collect();
    insta::assert_snapshot!(shown.join("\n"));
    let bytes = read_all(&cluster.node(1), 0);
    assert_eq!(BatchIter::new(&bytes).count(), 3, "LeaderChange, and two entries because one would be too large");
    assert_eq!(store.can_hold(&Record::Metadata(clear_elr)), kedge_metadata_store::Held::No);
}

/// Configs of so many bytes.
fn large_unit(name: &str, size_bytes: usize) -> Unit {
    let value = "x".repeat(32_000);
    let records = (0..=size_bytes / value.len()).flat_map(|at| config_unit(&format!("{name}.{at}"), &value).records);
    unit(records.collect())
}

/// After a resignation somebody else wins, under a higher epoch, and the resigned reign writes nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resignation_lets_another_voter_win() {
    let cluster = Cluster::start(&[1, 2, 3]).await;
    let (first, store, reign) = cluster.crown().await;
    commit(&store, &reign, vec![topic_unit(1)]).await;
    let epoch = reign.controller_epoch;
    store.resign(reign).await;
    let next = cluster.leader_but(&[first]).await;
    assert!(next.established_epoch() > Some(epoch));
    let (_, store, reign) = cluster.crown().await;
    commit(&store, &reign, vec![topic_unit(2)]).await;
    cluster.converge().await;
    cluster.shared_bytes();
}

/// An observer's view: who leads is shown only with that leader's own record, the high watermark by the leader alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn observers_follow_the_leader_and_nobody_else() {
    let cluster = Cluster::start(&[1, 2, 3]).await;
    let (leader, store, reign) = cluster.crown().await;
    commit(&store, &reign, vec![topic_unit(1)]).await;
    cluster.converge().await;
    let epoch = reign.controller_epoch;
    let ask = |current_leader_epoch, fetch_offset, last_fetched_epoch| FetchAsk {
        current_leader_epoch,
        fetch_offset,
        last_fetched_epoch,
        max_wait_ms: 500,
    };
    for node in cluster.running() {
        let log = node.metadata_log();
        let (verdict, state) = log.fetch_verdict(ask(epoch, 0, 0));
        assert_eq!(state.leader.leader_epoch, epoch);
        if node.node_id() == leader {
            assert_eq!((verdict, state.high_watermark), (FetchVerdict::Records, 3));
            assert_eq!(log.fetch_verdict(ask(epoch, 3, epoch)).0, FetchVerdict::Records);
        } else {
            assert!(matches!(verdict, FetchVerdict::Error(_)) && state.high_watermark == -1, "{verdict:?}");
        }
        eventually("everyone knows the leader", async || {
            (log.leader_and_epoch().leader_id == Some(leader)).then_some(())
        })
        .await;
    }

    // A parked fetch wakes on growth, not on its time-out.
    let log = cluster.node(leader).metadata_log().clone();
    log.on_observer_fetch(10, 3);
    let parked = tokio::spawn({
        let log = log.clone();
        async move {
            log.wait_for_growth(3, Duration::from_secs(50)).await;
            log.high_watermark()
        }
    });
    commit(&store, &reign, vec![topic_unit(2)]).await;
    assert_eq!(tokio::time::timeout(Duration::from_secs(20), parked).await.unwrap().unwrap(), 5);
    cluster.converge().await;
    let description = eventually("the voters catch up", async || {
        let description = log.describe_quorum();
        description.voters.iter().all(|voter| voter.log_end_offset == 5).then_some(description)
    })
    .await;
    assert_eq!(description.high_watermark, 5);
    assert_eq!(description.observers.iter().map(|o| (o.replica_id, o.log_end_offset)).collect::<Vec<_>>(), [(10, 3)]);

    // The leader cut off: the others elect, and the old one stops naming itself once it hears of it.
    cluster.network.isolate(leader);
    let new = cluster.leader_but(&[leader]).await;
    let new_epoch = new.established_epoch().unwrap();
    assert!(new_epoch > epoch);
    let (verdict, state) = new.metadata_log().fetch_verdict(ask(epoch, 5, epoch));
    assert_eq!(verdict, FetchVerdict::Error(ErrorCode::FENCED_LEADER_EPOCH), "{state:?}");
    cluster.network.heal();
    cluster.converge().await;
    eventually("the old leader follows", async || {
        let seen = log.leader_and_epoch();
        (seen.leader_id == Some(new.node_id()) && seen.leader_epoch == new_epoch).then_some(())
    })
    .await;
}

/// A snapshot is served in pieces, and a stale or wrong ask gets the error that an observer survives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn observers_fetch_snapshots_in_pieces() {
    let cluster = Cluster::start(&[1]).await;
    let (_, store, reign) = cluster.crown().await;
    for number in 0..50 {
        commit(&store, &reign, vec![topic_unit(number)]).await;
    }
    let node = cluster.node(1);
    let log = node.metadata_log();
    node.trigger_snapshot().await.unwrap();
    let id = eventually("the snapshot", async || log.latest_snapshot_id()).await;
    let epoch = reign.controller_epoch;
    let mut bytes = Vec::new();
    loop {
        let (chunk, _) = log.read_snapshot(epoch, id, bytes.len() as i64, 1_000).unwrap();
        let chunk = chunk.unwrap();
        bytes.extend_from_slice(&chunk.bytes);
        if bytes.len() as u64 == chunk.size_bytes {
            break;
        }
    }
    let batches: Vec<_> = BatchIter::new(&bytes).map(|batch| batch.unwrap()).collect();
    assert!(batches.first().unwrap().header.is_control() && batches.last().unwrap().header.is_control());
    assert_eq!(
        batches.last().unwrap().header.base_offset,
        101,
        "header and 50 topics of one partition before the footer"
    );
    for (position, epoch_off, id) in [
        (bytes.len() as i64, 0, id),
        (-1, 0, id),
        (0, 0, OffsetAndEpoch { end_offset: 3, ..id }),
        (0, 0, OffsetAndEpoch::default()),
        (0, -1, id),
        (0, 1, id),
    ] {
        let (refused, _) = log.read_snapshot(epoch + epoch_off, id, position, 1_000).unwrap();
        assert!(refused.is_err(), "{position} {epoch_off} {id:?}");
    }
    let ask = FetchAsk { current_leader_epoch: epoch, fetch_offset: 0, last_fetched_epoch: 0, max_wait_ms: 0 };
    assert_eq!(log.fetch_verdict(ask).0, FetchVerdict::Snapshot(id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn voters_are_static_and_strangers_are_refused() {
    let cluster = Cluster::start(&[1]).await;
    cluster.crown().await;
    let node = cluster.node(1);
    let refusal = node.handle_rpc(kedge_raft::RaftRpc::Append, bytes::Bytes::from_static(b"\x01\0\0\0\x03abc")).await;
    assert_eq!(refusal[0], 1, "refused, with a reason");
    cluster.shutdown(1).await;
    assert!(matches!(cluster.store(1).load().await, Err(LoadError::Unavailable(_))));
    let mut config = cluster.config(1);
    config.voter_ids.insert(2);
    let clock: kedge_raft::Clock = std::sync::Arc::new(|| 0);
    let refused = kedge_raft::RaftNode::start(config, cluster.network.transport(1), clock).await.err().unwrap();
    assert_eq!(
        refused.to_string(),
        "controller.quorum.voters names {1, 2}, but this directory belongs to the quorum of {1}; voters are static"
    );
}
