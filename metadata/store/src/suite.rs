//! The contract as tests: what [`crate::contract`] promises, checked on any store.
//!
//! An implementation writes a [`Harness`] (a cluster, stores on it, faults) and expands [`crate::contract_suite!`]; each
//! case below becomes one test. A case that a store cannot have is left out by data: [`Harness::supports`] and
//! [`MetadataStore::can_hold`], never by asking which store it is. A case left out says so on stdout.
//!
//! Cases wait on conditions with a deadline ([`DEADLINE`]), because a node may learn of another's commit late.

mod world;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use kedge_metadata_state::{
    BrokerId, Record,
    records::{MetadataRecord, NoOpRecord, ProducerIdsRecord, RemoveTopicRecord},
};

use self::world::{
    Follower, IntoRecord, Ruler, assert_same, campaign_until_won, candidate, commit_all, config_unit, deletion_queued,
    eventually, eventually_loads, leader_unit, partition_record, skipped, topic_id, topic_unit, unit, within,
};
use crate::contract::{CommitError, Fence, Held, MetadataStore, Outcome, Reign};

/// How long a case waits for something that must come. Generous: real servers on a busy machine.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// What can be done to a cluster under test. Each hits the next call it fits.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The node's next commit applies, its reply is lost.
    LoseCommitReply(BrokerId),
    /// The node's next commit does not apply, and the node cannot know.
    LoseCommitRequest(BrokerId),
    /// The node's next claim applies, its reply is lost.
    LoseClaimReply(BrokerId),
    /// The node's next commit is refused where it would have been applied.
    RefuseCommit(BrokerId),
    /// The node's session ends and is renewed. What it observed in between is its own affair.
    ExpireSession(BrokerId),
    /// Somebody who uses no store changes these records' content.
    ForeignEdit(Vec<Record>),
    /// The same, in the middle of the node's next load.
    ForeignEditDuringLoad(BrokerId, Vec<Record>),
    /// A server of the store (a ZooKeeper server, a voter that is not under test) is killed without warning.
    KillServer,
    /// Whatever was killed comes back.
    Heal,
}

/// What a kind of cluster can be put through, for [`Harness::supports`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// [`Fault::LoseCommitReply`].
    LoseCommitReply,
    /// [`Fault::LoseCommitRequest`].
    LoseCommitRequest,
    /// [`Fault::LoseClaimReply`].
    LoseClaimReply,
    /// [`Fault::RefuseCommit`].
    RefuseCommit,
    /// [`Fault::ExpireSession`].
    ExpireSession,
    /// [`Fault::ForeignEdit`].
    ForeignEdit,
    /// [`Fault::ForeignEditDuringLoad`].
    ForeignEditDuringLoad,
    /// [`Fault::KillServer`] and [`Fault::Heal`].
    KillServer,
    /// After a resignation any other node can win; a Raft leader, for one, cannot choose its successor.
    HandOver,
    /// A node that does not rule hears of every change of leadership. On ZooKeeper only the ruler knows them: nobody
    /// watches the `state` znodes of partitions that have one.
    FollowLeadership,
}

/// A kind of cluster that the suite can run on.
#[async_trait]
pub trait Harness: Sized + Send + Sync {
    /// A fresh, empty cluster. Nodes 1, 2 and 3 may be opened on it.
    async fn start() -> Self;

    /// The store as this node has it. Opening a node again is a restart of its process.
    async fn open(&self, node_id: BrokerId) -> Arc<dyn MetadataStore>;

    /// Can the cluster be put through this?
    fn supports(&self, ability: Ability) -> bool;

    /// Puts the cluster through it. Called only if supported.
    async fn inject(&self, fault: Fault);

    /// A node that can win a campaign now.
    async fn candidate(&self) -> BrokerId {
        1
    }

    /// Ends the ruling node's reign without its help and names the node that can win next.
    async fn depose(&self, ruling: BrokerId) -> BrokerId;

    /// A unit with more content than this many bytes is too large for the store.
    fn oversize_bytes(&self) -> usize;
}

/// One test per case of the contract suite, for a [`suite::Harness`](crate::suite::Harness).
#[macro_export]
macro_rules! contract_suite {
    ($harness:ty) => {
        $crate::contract_suite! { @cases $harness:
            an_empty_cluster_loads,
            commits_are_loaded_by_every_node,
            own_commits_appear_once_in_order,
            other_nodes_follow_the_stream,
            units_see_the_ones_before_them,
            a_removed_topic_is_gone_for_everyone,
            a_record_the_store_cannot_hold_is_refused_alone,
            an_oversize_unit_is_refused_alone,
            a_sidecar_record_is_loaded_back,
            producer_ids_are_loaded_back,
            a_campaign_waits_while_another_rules,
            a_claim_with_a_lost_reply_is_won,
            a_commit_after_resigning_is_fenced,
            a_deposed_reign_writes_nothing,
            a_commit_with_a_lost_reply_is_settled_by_load,
            a_lost_commit_is_settled_by_load,
            a_refused_commit_applies_nothing,
            observation_survives_session_expiry,
            a_foreign_edit_between_load_and_stream_is_seen,
            a_foreign_edit_during_load_is_seen,
            a_commit_decided_on_stale_content_conflicts,
            a_server_killed_during_commits_loses_nothing,
            a_server_killed_during_a_campaign_is_survived,
            a_reopened_store_loads_everything,
        }
    };
    (@cases $harness:ty: $($case:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::suite::$case::<$harness>().await;
            }
        )*
    };
}

/// An empty cluster loads as one: no topics, no configs.
pub async fn an_empty_cluster_loads<H: Harness>() {
    let harness = H::start().await;
    let store = harness.open(harness.candidate().await).await;
    let (image, _, _) = store.load().await.expect("an empty cluster loads");
    assert!(image.topics.by_id.is_empty() && image.configs.by_resource.is_empty());
}

/// What one node commits, every node loads.
pub async fn commits_are_loaded_by_every_node<H: Harness>() {
    let mut ruler = Ruler::crown(H::start().await).await;
    ruler.commit_all(vec![topic_unit(1, "orders", 3), config_unit("orders", "retention.ms", "1000")]).await;
    for node_id in [1, 2, 3] {
        let store = ruler.harness.open(node_id).await;
        eventually_loads(&*store, &ruler.expected).await;
    }
}

/// A process hears of its own commits exactly once each, in order, at the positions it was told.
pub async fn own_commits_appear_once_in_order<H: Harness>() {
    let mut ruler = Ruler::crown(H::start().await).await;
    let mut follower = Follower::start(&*ruler.store).await;
    let mut committed = Vec::new();
    for number in 1..=5 {
        committed.extend(ruler.commit_all(vec![topic_unit(number, &format!("topic-{number}"), 2)]).await);
    }
    follower.reach(&ruler.expected).await;
    assert!(committed.is_sorted() && committed.windows(2).all(|pair| pair[0] < pair[1]), "positions: {committed:?}");
    assert_eq!(follower.topics_created, 5, "each topic once: {:?}", follower.seen);
    assert!(follower.position >= *committed.last().expect("five commits"), "the stream is behind what was returned");
}

/// A node that does not rule reaches the same image through its stream.
pub async fn other_nodes_follow_the_stream<H: Harness>() {
    let mut ruler = Ruler::crown(H::start().await).await;
    let other = ruler.harness.open(ruler.other_node()).await;
    let mut follower = Follower::start(&*other).await;
    ruler.commit_all(vec![topic_unit(1, "orders", 3)]).await;
    ruler.commit_all(vec![config_unit("orders", "retention.ms", "1000")]).await;
    ruler.commit_all(vec![config_unit("orders", "retention.ms", "2000")]).await;
    follower.reach(&ruler.expected).await;
    if ruler.harness.supports(Ability::FollowLeadership) {
        ruler.commit_all(vec![leader_unit(1, 0, 2, 1)]).await;
        follower.reach(&ruler.expected).await;
    }
}

/// A later unit of the same call builds on the ones before it.
pub async fn units_see_the_ones_before_them<H: Harness>() {
    let mut ruler = Ruler::crown(H::start().await).await;
    ruler
        .commit_all(vec![
            topic_unit(1, "orders", 2),
            leader_unit(1, 0, 2, 1),
            leader_unit(1, 0, 1, 2),
            config_unit("orders", "a.b", "1"),
            config_unit("orders", "a.c", "2"),
        ])
        .await;
    eventually_loads(&*ruler.store, &ruler.expected).await;
}

/// A topic that was removed is absent from every load and from the stream's image, its configs too.
pub async fn a_removed_topic_is_gone_for_everyone<H: Harness>() {
    let mut ruler = Ruler::crown(H::start().await).await;
    let other = ruler.harness.open(ruler.other_node()).await;
    let mut follower = Follower::start(&*other).await;
    let kept = topic_unit(2, "kept", 1);
    ruler.commit_all(vec![topic_unit(1, "gone", 2), config_unit("gone", "retention.ms", "1"), kept]).await;
    ruler.commit_all(vec![unit(vec![RemoveTopicRecord { topic_id: topic_id(1) }.into_record()])]).await;
    assert!(ruler.expected.topics.get("gone").is_none());
    follower.reach(&ruler.expected).await;
    eventually_loads(&*other, &ruler.expected).await;
}

/// A record that the store has no place for is refused with its unit; the neighbours apply.
pub async fn a_record_the_store_cannot_hold_is_refused_alone<H: Harness>() {
    let mut ruler = Ruler::crown(H::start().await).await;
    let samples = [Record::from(MetadataRecord::NoOp(NoOpRecord::default())), deletion_queued(9)];
    let Some(not_held) = samples.into_iter().find(|record| ruler.store.can_hold(record) == Held::No) else {
        return skipped("every sample record can be held");
    };
    let before = topic_unit(1, "before", 1);
    let refused = unit([topic_unit(2, "refused", 1).records, vec![not_held.clone()]].concat());
    let after = topic_unit(3, "after", 1);
    let outcomes = ruler.commit(vec![before.clone(), refused, after.clone()]).await.expect("the call itself succeeds");
    assert!(
        matches!(&outcomes[..], [Outcome::Committed(_), Outcome::NotHeld(which), Outcome::Committed(_)] if **which == not_held),
        "{outcomes:?}"
    );
    ruler.expect_units(&[before, after]);
    eventually_loads(&*ruler.store, &ruler.expected).await;
}

/// A unit larger than the store takes atomically is refused; the neighbours apply.
pub async fn an_oversize_unit_is_refused_alone<H: Harness>() {
    let mut ruler = Ruler::crown(H::start().await).await;
    ruler.commit_all(vec![topic_unit(1, "orders", 1)]).await;
    // One value may not exceed 32 KiB in any store, so it takes many.
    let value = "x".repeat(32_000);
    let keys = ruler.harness.oversize_bytes() / value.len() + 1;
    let huge = unit((0..keys).flat_map(|key| config_unit("orders", &format!("huge.{key}"), &value).records).collect());
    let before = config_unit("orders", "before", "1");
    let after = config_unit("orders", "after", "2");
    let outcomes = ruler.commit(vec![before.clone(), huge, after.clone()]).await.expect("the call itself succeeds");
    assert!(
        matches!(&outcomes[..], [Outcome::Committed(_), Outcome::TooLarge, Outcome::Committed(_)]),
        "{:?}",
        outcomes.iter().map(std::mem::discriminant).collect::<Vec<_>>()
    );
    ruler.expect_units(&[before, after]);
    eventually_loads(&*ruler.store, &ruler.expected).await;
}

/// A sidecar record comes back from a load, where the store has a place for it.
pub async fn a_sidecar_record_is_loaded_back<H: Harness>() {
    let mut ruler = Ruler::crown(H::start().await).await;
    if ruler.store.can_hold(&deletion_queued(1)) != Held::Exactly {
        return skipped("no place for a queued deletion");
    }
    ruler.commit_all(vec![topic_unit(1, "going", 1), unit(vec![deletion_queued(1)])]).await;
    assert!(ruler.expected.sidecar.topic_deletions.contains(&topic_id(1)));
    let other = ruler.harness.open(ruler.other_node()).await;
    eventually("the queued deletion is loaded", async || {
        let (image, _, _) = other.load().await.ok()?;
        image.sidecar.topic_deletions.contains(&topic_id(1)).then_some(())
    })
    .await;
}

/// A producer-id block comes back from a load.
pub async fn producer_ids_are_loaded_back<H: Harness>() {
    let mut ruler = Ruler::crown(H::start().await).await;
    for next_producer_id in [5000, 6000] {
        let record = ProducerIdsRecord { broker_id: 1, broker_epoch: 1, next_producer_id };
        ruler.commit_all(vec![unit(vec![MetadataRecord::ProducerIds(record).into()])]).await;
    }
    let other = ruler.harness.open(ruler.other_node()).await;
    eventually("the block is loaded", async || {
        let (image, _, _) = other.load().await.ok()?;
        (image.next_producer_id == 6000).then_some(())
    })
    .await;
}

/// While one node rules, another's campaign waits; it wins after the first resigned, under a higher controller epoch.
pub async fn a_campaign_waits_while_another_rules<H: Harness>() {
    let harness = H::start().await;
    if !harness.supports(Ability::HandOver) {
        return skipped("a resignation does not hand over");
    }
    let ruler = Ruler::crown(harness).await;
    let first_epoch = ruler.reign.controller_epoch;
    let other_node = ruler.other_node();
    let other = ruler.harness.open(other_node).await;
    let campaign = tokio::spawn(async move { other.campaign(candidate(other_node)).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!campaign.is_finished(), "a second reign began while the first lasted");
    ruler.store.resign(ruler.reign).await;
    let reign = within("the waiting campaign is won", campaign).await.expect("no panic").expect("the campaign is won");
    assert!(reign.controller_epoch > first_epoch);
}

/// A claim that was applied counts as won although its reply was lost, and its reign can write.
pub async fn a_claim_with_a_lost_reply_is_won<H: Harness>() {
    let harness = H::start().await;
    if !harness.supports(Ability::LoseClaimReply) {
        return skipped("claim replies cannot be lost");
    }
    harness.inject(Fault::LoseClaimReply(harness.candidate().await)).await;
    let mut ruler = Ruler::crown(harness).await;
    ruler.commit_all(vec![topic_unit(1, "orders", 1)]).await;
}

/// After `resign` has returned, nothing under that reign applies.
pub async fn a_commit_after_resigning_is_fenced<H: Harness>() {
    let mut ruler = Ruler::crown(H::start().await).await;
    ruler.commit_all(vec![topic_unit(1, "orders", 1)]).await;
    let stale = Reign { controller_epoch: ruler.reign.controller_epoch, fence: ruler.reign.fence };
    ruler.store.resign(Reign { controller_epoch: stale.controller_epoch, fence: stale.fence }).await;
    let answer = ruler.store.commit(Fence::Reign(&stale), vec![topic_unit(2, "late", 1)]).await;
    assert_eq!(answer, Err(CommitError::Fenced));
    eventually_loads(&*ruler.store, &ruler.expected).await;
}

/// Two reigns at once: the older one writes nothing, hears that it is over, and the newer one has the higher epoch.
pub async fn a_deposed_reign_writes_nothing<H: Harness>() {
    let mut old = Ruler::crown(H::start().await).await;
    let mut follower = Follower::start(&*old.store).await;
    old.commit_all(vec![topic_unit(1, "orders", 1)]).await;
    let next = old.harness.depose(old.node_id).await;
    let new_store = old.harness.open(next).await;
    let new_reign = within("the next campaign is won", new_store.campaign(candidate(next))).await.expect("a reign");
    assert!(new_reign.controller_epoch > old.reign.controller_epoch);

    let late = old.store.commit(Fence::Reign(&old.reign), vec![topic_unit(2, "late", 1)]).await;
    assert!(late.is_err(), "a deposed reign committed: {late:?}");
    eventually_loads(&*new_store, &old.expected).await;
    commit_all(&*new_store, &new_reign, &mut old.expected, vec![topic_unit(3, "under the new reign", 1)]).await;
    eventually_loads(&*new_store, &old.expected).await;
    follower.hear_deposed().await;
}

/// After a commit whose reply was lost, a load tells what applied: whole units, in order, none after a missing one.
pub async fn a_commit_with_a_lost_reply_is_settled_by_load<H: Harness>() {
    let harness = H::start().await;
    if !harness.supports(Ability::LoseCommitReply) {
        return skipped("commit replies cannot be lost");
    }
    unknown_commit_is_settled(harness, Fault::LoseCommitReply).await;
}

/// The same where the commit itself never arrived.
pub async fn a_lost_commit_is_settled_by_load<H: Harness>() {
    let harness = H::start().await;
    if !harness.supports(Ability::LoseCommitRequest) {
        return skipped("commit requests cannot be lost");
    }
    unknown_commit_is_settled(harness, Fault::LoseCommitRequest).await;
}

async fn unknown_commit_is_settled<H: Harness>(harness: H, fault: fn(BrokerId) -> Fault) {
    let mut ruler = Ruler::crown(harness).await;
    ruler.commit_all(vec![topic_unit(1, "before", 1)]).await;
    let mut follower = Follower::start(&*ruler.store).await;
    ruler.harness.inject(fault(ruler.node_id)).await;
    let units = vec![topic_unit(2, "first", 2), topic_unit(3, "second", 2)];
    let from_unit = match ruler.commit(units.clone()).await {
        // A store may settle the question itself.
        Ok(outcomes) => {
            assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Committed(_))), "{outcomes:?}");
            units.len()
        }
        Err(CommitError::Unknown { from_unit, .. }) => from_unit,
        Err(other) => panic!("a lost reply is not a definite answer: {other:?}"),
    };
    let (image, _, _) = eventually("the load after it", async || ruler.store.load().await.ok()).await;
    let mut applied = 0;
    while applied < units.len() && image.topics.get(["first", "second"][applied]).is_some() {
        applied += 1;
    }
    assert!(applied >= from_unit, "{applied} units applied, {from_unit} reported as known");
    ruler.expect_units(&units[..applied]);
    assert_same(&ruler.expected, &image);
    // Decided anew on what was loaded, the rest goes through.
    ruler.commit_all(units[applied..].to_vec()).await;
    follower.reach(&ruler.expected).await;
    assert_eq!(follower.topics_created, 2, "each topic once: {:?}", follower.seen);
}

/// A commit that is refused where it would apply leaves nothing behind.
pub async fn a_refused_commit_applies_nothing<H: Harness>() {
    let harness = H::start().await;
    if !harness.supports(Ability::RefuseCommit) {
        return skipped("commits cannot be made to be refused");
    }
    let mut ruler = Ruler::crown(harness).await;
    ruler.commit_all(vec![topic_unit(1, "before", 1)]).await;
    ruler.harness.inject(Fault::RefuseCommit(ruler.node_id)).await;
    let refused = ruler.commit(vec![topic_unit(2, "refused", 1)]).await;
    assert_eq!(refused, Err(CommitError::Fenced));
    eventually_loads(&*ruler.store, &ruler.expected).await;
}

/// A stream goes on after its session expired: what was committed meanwhile arrives, as batches or as a reset.
pub async fn observation_survives_session_expiry<H: Harness>() {
    let harness = H::start().await;
    if !harness.supports(Ability::ExpireSession) {
        return skipped("no sessions");
    }
    let mut ruler = Ruler::crown(harness).await;
    ruler.commit_all(vec![topic_unit(1, "early", 1), topic_unit(2, "removed meanwhile", 1)]).await;
    let other_node = ruler.other_node();
    let other = ruler.harness.open(other_node).await;
    let mut follower = Follower::start(&*other).await;
    ruler.harness.inject(Fault::ExpireSession(other_node)).await;
    ruler.commit_all(vec![topic_unit(3, "meanwhile", 2), config_unit("early", "retention.ms", "5")]).await;
    ruler.commit_all(vec![unit(vec![RemoveTopicRecord { topic_id: topic_id(2) }.into_record()])]).await;
    follower.reach(&ruler.expected).await;
    ruler.commit_all(vec![topic_unit(4, "afterwards", 1)]).await;
    follower.reach(&ruler.expected).await;
}

/// An edit by somebody else right after a load arrives through its stream.
pub async fn a_foreign_edit_between_load_and_stream_is_seen<H: Harness>() {
    let harness = H::start().await;
    if !harness.supports(Ability::ForeignEdit) {
        return skipped("nobody else can edit");
    }
    let mut ruler = Ruler::crown(harness).await;
    ruler.commit_all(vec![topic_unit(1, "orders", 1)]).await;
    let mut follower = Follower::start(&*ruler.store).await;
    let edit = config_unit("orders", "retention.ms", "7");
    ruler.harness.inject(Fault::ForeignEdit(edit.records.clone())).await;
    ruler.expect_units(&[edit]);
    follower.reach(&ruler.expected).await;
}

/// An edit by somebody else in the middle of a load is in the image or in the stream.
pub async fn a_foreign_edit_during_load_is_seen<H: Harness>() {
    let harness = H::start().await;
    if !harness.supports(Ability::ForeignEditDuringLoad) {
        return skipped("nobody else can edit during a load");
    }
    let mut ruler = Ruler::crown(harness).await;
    ruler.commit_all(vec![topic_unit(1, "orders", 1)]).await;
    let other_node = ruler.other_node();
    let other = ruler.harness.open(other_node).await;
    let edits = vec![topic_unit(2, "by an old tool", 1), config_unit("orders", "retention.ms", "7")];
    let records = edits.iter().flat_map(|edit| edit.records.clone()).collect();
    ruler.harness.inject(Fault::ForeignEditDuringLoad(other_node, records)).await;
    let mut follower = Follower::start(&*other).await;
    ruler.expect_units(&edits);
    follower.reach(&ruler.expected).await;
}

/// A partition change decided on content that somebody else has changed since does not apply; the answer is the content
/// that is there, and a change decided on that applies.
pub async fn a_commit_decided_on_stale_content_conflicts<H: Harness>() {
    let harness = H::start().await;
    if !harness.supports(Ability::ForeignEdit) {
        return skipped("nobody else can edit");
    }
    let mut ruler = Ruler::crown(harness).await;
    ruler.commit_all(vec![topic_unit(1, "orders", 2)]).await;
    let foreign = leader_unit(1, 0, 2, 1);
    ruler.harness.inject(Fault::ForeignEdit(foreign.records.clone())).await;
    let stale = leader_unit(1, 0, 3, 1);
    let neighbour = leader_unit(1, 1, 2, 1);
    let outcomes = ruler.commit(vec![stale, neighbour.clone()]).await.expect("the call itself succeeds");
    ruler.expect_units(&[foreign.clone(), neighbour]);
    let [Outcome::Conflict { now }, Outcome::Committed(_)] = &outcomes[..] else {
        panic!("expected a conflict and a commit: {outcomes:?}");
    };
    let present = partition_record(&foreign.records[0]);
    let told = now.iter().map(partition_record).find(|record| record.partition_id == 0).expect("partition 0 is told");
    assert_eq!((told.leader, told.partition_epoch), (present.leader, present.partition_epoch));
    ruler.commit_all(vec![leader_unit(1, 0, 3, told.partition_epoch + 1)]).await;
    eventually_loads(&*ruler.store, &ruler.expected).await;
}

/// A server that dies under a stream of commits: every acknowledged unit is there afterwards, whole, and work goes on.
pub async fn a_server_killed_during_commits_loses_nothing<H: Harness>() {
    let harness = H::start().await;
    if !harness.supports(Ability::KillServer) {
        return skipped("servers cannot be killed");
    }
    let mut ruler = Ruler::crown(harness).await;
    for number in 1..=30 {
        if number == 10 {
            ruler.harness.inject(Fault::KillServer).await;
        }
        if number == 20 {
            ruler.harness.inject(Fault::Heal).await;
        }
        let topic = topic_unit(number, &format!("topic-{number}"), 2);
        ruler.commit_through_trouble(topic).await;
    }
    let other = ruler.harness.open(ruler.other_node()).await;
    eventually_loads(&*other, &ruler.expected).await;
}

/// A campaign during which a server dies is won in the end, and its reign can write.
pub async fn a_server_killed_during_a_campaign_is_survived<H: Harness>() {
    let harness = H::start().await;
    if !harness.supports(Ability::KillServer) {
        return skipped("servers cannot be killed");
    }
    let node_id = harness.candidate().await;
    let store = harness.open(node_id).await;
    let base = store.load().await.expect("an empty cluster loads").0;
    let campaign = tokio::spawn(campaign_until_won(store.clone(), node_id));
    harness.inject(Fault::KillServer).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    harness.inject(Fault::Heal).await;
    let reign = within("the campaign is won", campaign).await.expect("no panic");
    let mut ruler = Ruler { harness, store, node_id, reign, expected: (*base).clone() };
    ruler.commit_through_trouble(topic_unit(1, "orders", 1)).await;
    eventually_loads(&*ruler.store, &ruler.expected).await;
}

/// A node that restarts loads everything that was committed.
pub async fn a_reopened_store_loads_everything<H: Harness>() {
    let mut ruler = Ruler::crown(H::start().await).await;
    ruler.commit_all(vec![topic_unit(1, "orders", 3)]).await;
    ruler.commit_all(vec![leader_unit(1, 0, 2, 1), config_unit("orders", "retention.ms", "9")]).await;
    let node_id = ruler.node_id;
    let reopened = ruler.harness.open(node_id).await;
    eventually_loads(&*reopened, &ruler.expected).await;
}
