//! Tests of [`LeaderState`]: no log, no clock, no controller.

use super::*;

const LAG_MAX_MS: i64 = 30_000;
const START_MS: i64 = 1_000_000;

fn image(isr: &[BrokerId], partition_epoch: i32) -> PartitionImage {
    PartitionImage {
        replicas: vec![1, 2, 3],
        directories: vec![Default::default(); 3],
        isr: isr.to_vec(),
        removing_replicas: vec![],
        adding_replicas: vec![],
        elr: vec![],
        last_known_elr: vec![],
        leader: 1,
        leader_recovery_state: Default::default(),
        leader_epoch: 5,
        partition_epoch,
    }
}

fn leader(isr: &[BrokerId]) -> LeaderState {
    LeaderState::new(1, &image(isr, 10), 100, START_MS)
}

fn fetch(leader: &mut LeaderState, broker_id: BrokerId, fetch_offset: i64, leader_log_end_offset: i64, now_ms: i64) {
    let fetch = FollowerFetch { fetch_offset, leader_log_end_offset, broker_epoch: 7, now_ms };
    assert!(leader.record_fetch(broker_id, &fetch));
}

fn everyone(_: BrokerId, _: i64) -> bool {
    true
}

fn nobody(_: BrokerId, _: i64) -> bool {
    false
}

fn high_watermark(leader: &LeaderState, log_end_offset: i64, now_ms: i64) -> Option<i64> {
    leader.high_watermark(log_end_offset, 1, now_ms, LAG_MAX_MS, &everyone)
}

fn committed(isr: &[BrokerId], partition_epoch: i32) -> Result<CommittedIsr, ErrorCode> {
    Ok(CommittedIsr {
        leader: 1,
        leader_epoch: 5,
        isr: isr.to_vec(),
        leader_recovery_state: Default::default(),
        partition_epoch,
    })
}

#[test]
fn the_high_watermark_waits_for_every_member() {
    let mut leader = leader(&[1, 2, 3]);
    assert_eq!(high_watermark(&leader, 120, START_MS), None, "nobody has fetched yet");
    fetch(&mut leader, 2, 110, 120, START_MS);
    assert_eq!(high_watermark(&leader, 120, START_MS), None, "3 has not fetched yet");
    fetch(&mut leader, 3, 105, 120, START_MS);
    assert_eq!(high_watermark(&leader, 120, START_MS), Some(105));
    fetch(&mut leader, 3, 120, 120, START_MS);
    assert_eq!(high_watermark(&leader, 120, START_MS), Some(110));
    assert!(
        !leader
            .record_fetch(9, &FollowerFetch { fetch_offset: 0, leader_log_end_offset: 1, broker_epoch: 0, now_ms: 0 })
    );
}

#[test]
fn alone_in_the_isr_the_leader_does_not_wait_for_who_lags() {
    let mut leader = leader(&[1]);
    assert_eq!(high_watermark(&leader, 120, START_MS), Some(120));
    // 2 has just caught up and is about to join: from now on it is waited for.
    fetch(&mut leader, 2, 120, 120, START_MS);
    assert_eq!(high_watermark(&leader, 130, START_MS + 1), Some(120));
    let fenced = leader.high_watermark(130, 1, START_MS + 1, LAG_MAX_MS, &nobody);
    assert_eq!(fenced, Some(130), "who may not join is not waited for");
    assert_eq!(high_watermark(&leader, 130, START_MS + LAG_MAX_MS + 1), Some(130), "nor who fell behind again");
}

#[test]
fn below_min_insync_replicas_the_high_watermark_stands_still() {
    let mut leader = leader(&[1, 2]);
    fetch(&mut leader, 2, 120, 120, START_MS);
    let with_min = |leader: &LeaderState, min| leader.high_watermark(120, min, START_MS, LAG_MAX_MS, &everyone);
    assert_eq!(with_min(&leader, 2), Some(120));
    assert_eq!(with_min(&leader, 3), None);
    assert!(leader.is_under_min_isr(3));
    // More than there are replicas counts as all of them.
    assert_eq!(leader.effective_min_isr(9), 3);
}

#[test]
fn a_caught_up_replica_is_proposed_and_joins() {
    let mut leader = leader(&[1, 2]);
    fetch(&mut leader, 3, 99, 120, START_MS);
    assert!(!leader.propose_expansion(3, 90, &everyone), "it lacks the start of this epoch (offset 100)");
    fetch(&mut leader, 3, 110, 120, START_MS);
    assert!(!leader.propose_expansion(3, 111, &everyone), "it lacks the high watermark");
    assert!(!leader.propose_expansion(3, 110, &nobody), "it is fenced, or its broker epoch is old");
    assert!(!leader.propose_expansion(2, 110, &everyone), "it is a member");
    assert!(leader.propose_expansion(3, 110, &everyone));
    assert!(!leader.propose_expansion(3, 110, &everyone), "one proposal at a time");
    let proposal = leader.proposal().unwrap();
    assert_eq!((proposal.leader_epoch, proposal.partition_epoch), (5, 10));
    assert_eq!(proposal.isr, [(1, -1), (2, -1), (3, 7)]);
    assert_eq!(leader.maximal_isr_len(), 3, "pending members hold the high watermark back at once");
    assert_eq!(leader.isr(), [1, 2], "but do not count for min.insync.replicas");
    let outcome = leader.settle(5, proposal.number, &committed(&[1, 2, 3], 11));
    assert_eq!(outcome, ProposalOutcome::Committed { growth: 1 });
    assert_eq!((leader.isr(), leader.partition_epoch()), (&[1, 2, 3][..], 11));
    assert_eq!(leader.settle(5, proposal.number, &committed(&[1], 12)), ProposalOutcome::Stale);
}

#[test]
fn who_lags_too_long_is_proposed_to_leave() {
    let mut leader = leader(&[1, 2, 3]);
    let end_ms = START_MS + LAG_MAX_MS;
    fetch(&mut leader, 2, 120, 120, end_ms);
    fetch(&mut leader, 3, 110, 120, end_ms);
    assert!(!leader.propose_shrink(120, end_ms, LAG_MAX_MS), "both were in sync when the epoch began");
    assert!(leader.propose_shrink(120, end_ms + 1, LAG_MAX_MS));
    assert_eq!(leader.proposal().unwrap().isr, [(1, -1), (2, 7)]);
    assert_eq!(leader.maximal_isr_len(), 3, "until the answer the old members count");
    assert_eq!(high_watermark(&leader, 120, end_ms + 1), Some(110));
    let number = leader.proposal().unwrap().number;
    assert_eq!(leader.settle(5, number, &committed(&[1, 2], 11)), ProposalOutcome::Committed { growth: -1 });
    assert_eq!(high_watermark(&leader, 120, end_ms + 1), Some(120));
}

#[test]
fn catching_up_with_the_end_of_the_fetch_before_counts_as_of_then() {
    let mut leader = leader(&[1, 2]);
    // Under steady load a follower is always one fetch behind the end; it must not be dropped for that.
    let mut log_end_offset = 100;
    for step in 0..100 {
        fetch(&mut leader, 2, log_end_offset, log_end_offset + 10, START_MS + step * 1_000);
        log_end_offset += 10;
    }
    assert!(!leader.propose_shrink(log_end_offset, START_MS + 100_000, LAG_MAX_MS));
}

#[test]
fn an_idle_partition_keeps_its_isr() {
    let mut leader = leader(&[1, 2]);
    fetch(&mut leader, 2, 100, 100, START_MS);
    assert!(!leader.propose_shrink(100, START_MS + 10 * LAG_MAX_MS, LAG_MAX_MS), "it has all there is");
}

#[test]
fn answers_of_the_controller() {
    let outcome = |answer: Result<CommittedIsr, ErrorCode>| {
        let mut leader = leader(&[1, 2]);
        fetch(&mut leader, 3, 120, 120, START_MS);
        assert!(leader.propose_expansion(3, 100, &everyone));
        let number = leader.proposal().unwrap().number;
        let outcome = leader.settle(5, number, &answer);
        (outcome, leader.has_pending_isr(), leader.proposal().is_some())
    };
    use ProposalOutcome::*;
    assert_eq!(outcome(Err(ErrorCode::INELIGIBLE_REPLICA)), (Rejected, false, false));
    assert_eq!(outcome(Err(ErrorCode::OPERATION_NOT_ATTEMPTED)), (Rejected, false, false));
    for code in [
        ErrorCode::FENCED_LEADER_EPOCH,
        ErrorCode::INVALID_UPDATE_VERSION,
        ErrorCode::INVALID_REQUEST,
        ErrorCode::NEW_LEADER_ELECTED,
        ErrorCode::UNKNOWN_TOPIC_ID,
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
    ] {
        assert_eq!(outcome(Err(code)), (AwaitsMetadata, true, false), "{code}");
    }
    for code in [ErrorCode::UNKNOWN_SERVER_ERROR, ErrorCode::NOT_CONTROLLER, ErrorCode::REQUEST_TIMED_OUT] {
        assert_eq!(outcome(Err(code)), (Retry, true, true), "{code}");
    }
    let newer_leader = CommittedIsr { leader_epoch: 6, ..committed(&[1], 11).unwrap() };
    assert_eq!(outcome(Ok(newer_leader)), (AwaitsMetadata, true, false));
    assert_eq!(outcome(committed(&[1, 2], 9)), (AwaitsMetadata, true, false));
    // A lost answer and a second try: the controller says that it stands already.
    assert_eq!(outcome(committed(&[1, 2, 3], 10)), (Committed { growth: 1 }, false, false));
}

#[test]
fn metadata_settles_what_is_pending() {
    let mut leader = leader(&[1, 2]);
    fetch(&mut leader, 3, 120, 120, START_MS);
    assert!(leader.propose_expansion(3, 100, &everyone));
    leader.update(&image(&[1], 9), false, START_MS);
    assert_eq!((leader.isr(), leader.has_pending_isr()), (&[1, 2][..], true), "old news change nothing");
    leader.update(&image(&[1, 2], 10), false, START_MS);
    assert!(leader.has_pending_isr(), "what we know already settles nothing");
    leader.update(&image(&[1], 11), false, START_MS);
    assert_eq!((leader.isr(), leader.has_pending_isr(), leader.partition_epoch()), (&[1][..], false, 11));
    // Another authority rules now, and its epochs are lower: they count.
    leader.update(&image(&[1, 3], 2), true, START_MS);
    assert_eq!((leader.isr(), leader.partition_epoch()), (&[1, 3][..], 2));
    let high_watermark = leader.high_watermark(130, 1, START_MS, LAG_MAX_MS, &nobody);
    assert_eq!(high_watermark, Some(120), "fetch progress is kept through all of this");
}

/// Every random history: the high watermark never passes a member of the committed or the pending ISR.
#[test]
fn the_high_watermark_never_passes_the_maximal_isr() {
    for seed in 1..=200u64 {
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut next = |bound: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % bound
        };
        let mut leader = leader(&[1, 2, 3]);
        let mut positions = BTreeMap::from([(2, 100i64), (3, 100i64)]);
        let (mut log_end_offset, mut now_ms, mut stood_at, mut partition_epoch) = (100i64, START_MS, 0i64, 10);
        for _ in 0..200 {
            now_ms += next(5_000) as i64;
            match next(5) {
                0 => log_end_offset += next(20) as i64,
                1 | 2 => {
                    let broker_id = 2 + next(2) as i32;
                    let position = positions.get_mut(&broker_id).unwrap();
                    *position = (*position + next(30) as i64).min(log_end_offset);
                    fetch(&mut leader, broker_id, *position, log_end_offset, now_ms);
                    leader.propose_expansion(broker_id, stood_at, &everyone);
                }
                3 => drop(leader.propose_shrink(log_end_offset, now_ms, LAG_MAX_MS)),
                _ => {
                    if let Some(proposal) = leader.proposal() {
                        partition_epoch += 1;
                        let isr: Vec<BrokerId> = proposal.isr.iter().map(|(broker_id, _)| *broker_id).collect();
                        leader.settle(5, proposal.number, &committed(&isr, partition_epoch));
                    }
                }
            }
            if let Some(high_watermark) = high_watermark(&leader, log_end_offset, now_ms) {
                stood_at = stood_at.max(high_watermark);
            }
            for (broker_id, position) in &positions {
                if leader.is_in_maximal_isr(*broker_id) {
                    assert!(stood_at <= *position, "seed {seed}: {stood_at} is not on {broker_id} ({position})");
                }
            }
        }
    }
}
