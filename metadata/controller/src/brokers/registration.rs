//! BrokerRegistration and UnregisterBroker (KIP-500, KIP-866, KIP-858).

use std::collections::{BTreeMap, BTreeSet};

use kedge_metadata_state::{
    BrokerId, ErrorCode, Image, Uuid,
    image::{BrokerRegistration, Endpoint, ZkMigrationState},
    metadata_version::METADATA_VERSION_FEATURE,
};

use super::{registration_unit, unregister};
use crate::{
    ApiError, ApiResult, Context, Decision, Settings, cluster_view::directory_id, decision::offsets_taken,
    election::leave_isrs, liveness::Liveness,
};

/// What brokers that list no metadata.version range are taken for.
const OLDEST_METADATA_VERSION_RANGE: (i16, i16) = (1, 1);

/// BrokerRegistration (key 62, versions 0–4).
#[derive(Clone, Debug, PartialEq)]
pub struct RegisterBrokerRequest {
    /// Who registers.
    pub broker_id: BrokerId,
    /// The cluster it believes to be in.
    pub cluster_id: String,
    /// Drawn once per process.
    pub incarnation_id: Uuid,
    /// Where it listens.
    pub listeners: Vec<Endpoint>,
    /// Ranges of features it supports.
    pub features: BTreeMap<String, (i16, i16)>,
    /// `broker.rack`.
    pub rack: Option<String>,
    /// It still takes its metadata from ZooKeeper-mode requests.
    pub is_migrating_zk_broker: bool,
    /// Ids of its online log directories.
    pub directories: Vec<Uuid>,
}

/// Registers a broker and answers its broker epoch.
///
/// A new incarnation first leaves every ISR, since its log may have lost its end, and starts fenced. The same
/// incarnation amends its registration: broker epoch, fenced and shutdown state stay as they are.
pub fn register_broker(
    context: &mut Context<'_>,
    liveness: &mut Liveness,
    request: &RegisterBrokerRequest,
) -> Decision<ApiResult<i64>> {
    let image = context.image;
    let existing = image.cluster.brokers.get(&request.broker_id);
    let is_amendment = existing.is_some_and(|it| it.incarnation_id == request.incarnation_id);
    let has_session = liveness.has_valid_session(image, request.broker_id, context.now_ms);
    if let Err(error) = validate(image, context.settings, request, has_session && !is_amendment) {
        return Decision::unchanged(Err(error));
    }
    let mut features = request.features.clone();
    features.entry(METADATA_VERSION_FEATURE.to_owned()).or_insert(OLDEST_METADATA_VERSION_RANGE);
    let mut registration = BrokerRegistration {
        broker_id: request.broker_id,
        broker_epoch: context.next_offset,
        incarnation_id: request.incarnation_id,
        listeners: request.listeners.clone(),
        features,
        rack: request.rack.clone(),
        fenced: true,
        in_controlled_shutdown: false,
        is_migrating_zk_broker: request.is_migrating_zk_broker,
        directories: request.directories.clone(),
    };
    let mut units = Vec::new();
    match existing {
        Some(existing) if is_amendment => {
            registration.broker_epoch = existing.broker_epoch;
            registration.fenced = existing.fenced;
            registration.in_controlled_shutdown = existing.in_controlled_shutdown;
        }
        _ => units = leave_isrs(image, context.settings, request.broker_id),
    }
    let broker_epoch = registration.broker_epoch;
    let register_record_offset = context.next_offset + offsets_taken(&units);
    units.push(registration_unit(&registration));
    liveness.registered(request.broker_id, register_record_offset, is_amendment, context.now_ms);
    Decision { units, response: Ok(broker_epoch) }
}

fn validate(
    image: &Image,
    settings: &Settings,
    request: &RegisterBrokerRequest,
    other_incarnation_lives: bool,
) -> ApiResult<()> {
    let refuse = |code: ErrorCode, why: String| Err(ApiError::new(code, why));
    if request.cluster_id != settings.cluster_id {
        let why = format!("this is cluster {}, the broker belongs to {}", settings.cluster_id, request.cluster_id);
        return refuse(ErrorCode::INCONSISTENT_CLUSTER_ID, why);
    }
    if other_incarnation_lives {
        let why = format!("another process is registered as broker {} and alive", request.broker_id);
        return refuse(ErrorCode::DUPLICATE_BROKER_REGISTRATION, why);
    }
    let state = image.features.zk_migration_state;
    let migrating = matches!(state, ZkMigrationState::PreMigration | ZkMigrationState::Migration);
    if request.is_migrating_zk_broker && !migrating {
        let why = "no migration is under way, brokers in ZooKeeper mode cannot register".to_owned();
        return refuse(ErrorCode::BROKER_ID_NOT_REGISTERED, why);
    }
    if !request.is_migrating_zk_broker && state == ZkMigrationState::PreMigration {
        let why = "the metadata has not been copied yet, brokers in KRaft mode cannot register".to_owned();
        return refuse(ErrorCode::BROKER_ID_NOT_REGISTERED, why);
    }
    validate_directories(image, request)?;
    validate_features(image, request)
}

fn validate_directories(image: &Image, request: &RegisterBrokerRequest) -> ApiResult<()> {
    if !image.features.metadata_version_or_latest().is_directory_assignment_supported() {
        return Ok(());
    }
    let refuse = |why: String| Err(ApiError::new(ErrorCode::INVALID_REGISTRATION, why));
    if request.directories.is_empty() {
        return refuse("no log directory is listed".to_owned());
    }
    let mut seen = BTreeSet::new();
    for directory in &request.directories {
        if directory_id::is_reserved(directory) {
            return refuse(format!("log directory id {directory} is reserved"));
        }
        if !seen.insert(directory) {
            return refuse(format!("log directory id {directory} is listed twice"));
        }
    }
    let others = image.cluster.brokers.values().filter(|other| other.broker_id != request.broker_id);
    for other in others {
        if let Some(shared) = other.directories.iter().find(|directory| seen.contains(directory)) {
            return refuse(format!("log directory id {shared} belongs to broker {}", other.broker_id));
        }
    }
    Ok(())
}

/// Every finalized level must lie in the broker's range; a feature that it does not list it does not have.
fn validate_features(image: &Image, request: &RegisterBrokerRequest) -> ApiResult<()> {
    let check = |name: &str, finalized: i16, (min, max): (i16, i16)| {
        if (min..=max).contains(&finalized) {
            return Ok(());
        }
        Err(ApiError::new(
            ErrorCode::UNSUPPORTED_VERSION,
            format!("{name} is finalized at {finalized}, the broker supports {min} to {max}"),
        ))
    };
    if let Some(metadata_version) = image.features.metadata_version {
        let range = request.features.get(METADATA_VERSION_FEATURE).copied();
        let range = range.unwrap_or(OLDEST_METADATA_VERSION_RANGE);
        check(METADATA_VERSION_FEATURE, metadata_version.feature_level(), range)?;
    }
    for (name, range) in request.features.iter().filter(|(name, _)| *name != METADATA_VERSION_FEATURE) {
        check(name, image.features.finalized_levels.get(name).copied().unwrap_or(0), *range)?;
    }
    for (name, finalized) in &image.features.finalized_levels {
        if !request.features.contains_key(name) {
            check(name, *finalized, (0, 0))?;
        }
    }
    Ok(())
}

/// UnregisterBroker (key 64): forgets a broker. One that is alive is not stopped by it.
pub fn unregister_broker(
    context: &mut Context<'_>,
    liveness: &mut Liveness,
    broker_id: BrokerId,
) -> Decision<ApiResult<()>> {
    let Some(registration) = context.image.cluster.brokers.get(&broker_id) else {
        let why = format!("broker {broker_id} is not registered");
        return Decision::unchanged(Err(ApiError::new(ErrorCode::BROKER_ID_NOT_REGISTERED, why)));
    };
    liveness.unregistered(broker_id);
    Decision { units: unregister(context.image, context.settings, registration), response: Ok(()) }
}
