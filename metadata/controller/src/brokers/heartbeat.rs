//! BrokerHeartbeat: the broker's state machine as the controller sees it, and sessions that end.
//!
//! ```text
//!                 wants to serve and has caught up
//!            FENCED ───────────────────────────────▶ UNFENCED
//!            │  ▲ ◀─────────────────────────────────  │  │
//!   wants to │  │     session over, or wants to be    │  │ wants to shut down
//! shut down  │  │     fenced                          │  │ and leads something
//!            ▼  │  nobody led, and others know        ▼  ▼
//!         SHUTDOWN_NOW ◀──────────────── CONTROLLED_SHUTDOWN
//! ```

use kedge_metadata_state::{BrokerId, Image, Uuid, image::BrokerRegistration, records::BrokerRegistrationChangeRecord};

use super::{ENTER_CONTROLLED_SHUTDOWN, UNFENCE, fence, registration_change, registration_change_unit};
use crate::{
    ApiResult, Context, Decision, DecisionUnit, Settings,
    cluster_view::{after, leads_any, partitions, registration_of_epoch},
    decision::offsets_taken,
    election::{leave_isrs, online_election, partition_unit, revisit_leaderless},
    liveness::Liveness,
    partition_change::{BrokerChange, PartitionChange},
};

/// BrokerHeartbeat (key 63, versions 0–1).
#[derive(Clone, Debug, PartialEq)]
pub struct HeartbeatRequest {
    /// Who is alive.
    pub broker_id: BrokerId,
    /// Its broker epoch.
    pub broker_epoch: i64,
    /// Offset of the last metadata record it has applied.
    pub current_metadata_offset: i64,
    /// It does not want to serve yet, or any more.
    pub want_fence: bool,
    /// It wants to shut down.
    pub want_shut_down: bool,
    /// Ids of log directories that have failed.
    pub offline_directories: Vec<Uuid>,
}

/// What the broker is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeartbeatReply {
    /// It has applied its own registration.
    pub is_caught_up: bool,
    /// It is fenced.
    pub is_fenced: bool,
    /// It is handing its leaderships over.
    pub in_controlled_shutdown: bool,
    /// It may stop now.
    pub should_shut_down: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum BrokerState {
    Fenced,
    Unfenced,
    ControlledShutdown,
    ShutdownNow,
}

/// Answers a heartbeat. One that changes nothing has no records and need not be queued.
pub fn heartbeat(
    context: &mut Context<'_>,
    liveness: &mut Liveness,
    request: &HeartbeatRequest,
) -> Decision<ApiResult<HeartbeatReply>> {
    let image = context.image;
    let registration = match registration_of_epoch(image, request.broker_id, request.broker_epoch) {
        Ok(registration) => registration,
        Err(error) => return Decision::unchanged(Err(error)),
    };
    // A broker that this reign does not know cannot be told that it has caught up.
    let register_record_offset = liveness.register_record_offset(request.broker_id).unwrap_or(i64::MAX);
    let is_caught_up = request.current_metadata_offset >= register_record_offset;
    let present = present_state(liveness, registration);
    let next = next_state(image, liveness, request, present, is_caught_up);
    let mut units = transition(image, context.settings, registration, present, next);
    liveness.touch(request.broker_id, request.current_metadata_offset, context.now_ms);
    if matches!(next, BrokerState::Fenced | BrokerState::ShutdownNow) {
        liveness.fenced(request.broker_id);
    }
    if !request.offline_directories.is_empty() {
        let image = after(image, &units);
        units.extend(directories_offline(&image, context.settings, request));
    }
    if next == BrokerState::ControlledShutdown {
        let end_offset = context.next_offset + offsets_taken(&units) - 1;
        liveness.begin_controlled_shutdown(request.broker_id, end_offset);
    }
    let reply = HeartbeatReply {
        is_caught_up,
        is_fenced: matches!(next, BrokerState::Fenced | BrokerState::ShutdownNow),
        in_controlled_shutdown: next == BrokerState::ControlledShutdown,
        should_shut_down: next == BrokerState::ShutdownNow,
    };
    Decision { units, response: Ok(reply) }
}

/// A heartbeat that waited too long in the queue (Kafka: half an interval) only proves that its sender is alive.
pub fn late_heartbeat(context: &Context<'_>, liveness: &mut Liveness, request: &HeartbeatRequest) -> ApiResult<()> {
    registration_of_epoch(context.image, request.broker_id, request.broker_epoch)?;
    liveness.touch(request.broker_id, request.current_metadata_offset, context.now_ms);
    Ok(())
}

/// Fences the broker that was silent longest, if its session is over. One at a time, so that the next one is fenced on
/// what this one left; call again at once while it returns somebody.
pub fn fence_one_stale_broker(context: &mut Context<'_>, liveness: &mut Liveness) -> Decision<Option<BrokerId>> {
    let Some(broker_id) = liveness.stale_broker(context.image, context.now_ms) else {
        return Decision::unchanged(None);
    };
    let registration = &context.image.cluster.brokers[&broker_id];
    liveness.fenced(broker_id);
    Decision { units: fence(context.image, context.settings, registration), response: Some(broker_id) }
}

fn present_state(liveness: &Liveness, registration: &BrokerRegistration) -> BrokerState {
    if registration.fenced {
        BrokerState::Fenced
    } else if liveness.controlled_shutdown_offset(registration.broker_id).is_some() {
        BrokerState::ControlledShutdown
    } else {
        BrokerState::Unfenced
    }
}

fn next_state(
    image: &Image,
    liveness: &Liveness,
    request: &HeartbeatRequest,
    present: BrokerState,
    is_caught_up: bool,
) -> BrokerState {
    match present {
        BrokerState::Fenced if request.want_shut_down => BrokerState::ShutdownNow,
        BrokerState::Fenced if !request.want_fence && is_caught_up => BrokerState::Unfenced,
        BrokerState::Unfenced if request.want_fence && request.want_shut_down => BrokerState::ShutdownNow,
        BrokerState::Unfenced if request.want_fence => BrokerState::Fenced,
        BrokerState::Unfenced if request.want_shut_down => {
            if leads_any(image, request.broker_id) {
                BrokerState::ControlledShutdown
            } else {
                BrokerState::ShutdownNow
            }
        }
        BrokerState::ControlledShutdown => {
            // Clients must be able to learn the new leaders from any broker before the old one goes.
            let shutdown_offset = liveness.controlled_shutdown_offset(request.broker_id).unwrap_or(i64::MAX);
            let others_know = shutdown_offset <= liveness.lowest_active_offset(image);
            if others_know && !leads_any(image, request.broker_id) {
                BrokerState::ShutdownNow
            } else {
                BrokerState::ControlledShutdown
            }
        }
        unchanged => unchanged,
    }
}

fn transition(
    image: &Image,
    settings: &Settings,
    registration: &BrokerRegistration,
    present: BrokerState,
    next: BrokerState,
) -> Vec<DecisionUnit> {
    match next {
        _ if next == present => Vec::new(),
        BrokerState::Fenced | BrokerState::ShutdownNow if registration.fenced => Vec::new(),
        BrokerState::Fenced | BrokerState::ShutdownNow => fence(image, settings, registration),
        BrokerState::Unfenced => {
            let change = BrokerRegistrationChangeRecord { fenced: UNFENCE, ..registration_change(registration) };
            let mut units = vec![registration_change_unit(change)];
            units.extend(revisit_leaderless(image, settings, Some(registration.broker_id)));
            units
        }
        BrokerState::ControlledShutdown => {
            let mut units = Vec::new();
            if !registration.in_controlled_shutdown {
                units.push(registration_change_unit(BrokerRegistrationChangeRecord {
                    in_controlled_shutdown: ENTER_CONTROLLED_SHUTDOWN,
                    ..registration_change(registration)
                }));
            }
            units.extend(leave_isrs(image, settings, registration.broker_id));
            units
        }
    }
}

/// Replicas in directories that have just failed leave their ISRs; the registration keeps the directories that work.
fn directories_offline(image: &Image, settings: &Settings, request: &HeartbeatRequest) -> Vec<DecisionUnit> {
    let broker_id = request.broker_id;
    let Some(registration) = image.cluster.brokers.get(&broker_id) else { return Vec::new() };
    let failed = |directory: &Uuid| request.offline_directories.contains(directory);
    if !registration.directories.iter().any(failed) {
        return Vec::new();
    }
    let brokers = BrokerChange { leaving: Some(broker_id), arriving: None };
    let mut units = Vec::new();
    for (at, topic, partition) in partitions(image) {
        let mut placed = partition.replicas.iter().zip(&partition.directories);
        let is_lost = placed.any(|(replica, directory)| *replica == broker_id && failed(directory));
        if is_lost && (partition.isr.contains(&broker_id) || partition.leader == broker_id) {
            let election = online_election(image, settings, &topic.name);
            let change = PartitionChange::new(image, at, partition).election(election).brokers(brokers);
            units.extend(change.build().map(|record| partition_unit(at, record)));
        }
    }
    let online: Vec<_> = registration.directories.iter().filter(|directory| !failed(directory)).copied().collect();
    if !online.is_empty() {
        // An empty list would say "no change"; a broker without a directory stops by itself.
        let change = BrokerRegistrationChangeRecord { log_dirs: online, ..registration_change(registration) };
        units.push(registration_change_unit(change));
    }
    units
}
