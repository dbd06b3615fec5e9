//! The admin port of a node: what `/metrics` and `/healthz` show.

use std::sync::Arc;

use kedge_raft::MetadataLog;

use super::{Common, RunningBroker, RunningController, StartupError};
use crate::{
    admin_http::{self, Admin, Health, RunningAdmin},
    config::KafkaConfig,
    lifecycle::BrokerState,
    metrics::{self, Registry},
};

/// `/metrics`, `/healthz` and the probes of `kedge.admin.listen`.
pub(super) async fn start(
    config: &KafkaConfig,
    cluster_id: &str,
    common: &Common,
    broker: Option<&RunningBroker>,
    controller: Option<&RunningController>,
) -> Result<Option<RunningAdmin>, StartupError> {
    let Some(listen) = config.admin_listen else { return Ok(None) };
    let registry = Registry::new();
    registry.add(metrics::collect_process);
    let requests = common.requests.clone();
    registry.add(move |page| requests.collect(page));
    let log = controller.map(|controller| controller.raft.metadata_log().clone());
    let mut health: Box<dyn Fn() -> Health + Send + Sync> =
        Box::new(|| Health { broker_state: 127, is_ready: true, reason: "controller".to_owned() });
    if let Some(broker) = broker {
        let (services, lifecycle) = (broker.services.clone(), broker.lifecycle.clone());
        let (broker_id, cluster_id) = (config.node_id, cluster_id.to_owned());
        registry.add(move |page| {
            let is_active = log.as_ref().is_some_and(MetadataLog::is_raft_leader);
            metrics::collect_controller(&services.image.load().image, is_active, page);
            metrics::collect_broker(broker_id, &cluster_id, *lifecycle.state.borrow() as u8, page);
            metrics::collect_replicas(services.replicas.metrics(), services.replicas.gauges(), page);
        });
        let lifecycle = broker.lifecycle.clone();
        health = Box::new(move || {
            let state = *lifecycle.state.borrow();
            Health {
                broker_state: state as u8,
                is_ready: state == BrokerState::Running,
                reason: format!("{state:?}").to_lowercase(),
            }
        });
    }
    let mut migration: Option<Box<dyn Fn() -> String + Send + Sync>> = None;
    if let Some(controller) = controller {
        let (answering, log) = (controller.answering.clone(), controller.raft.metadata_log().clone());
        let shows_cluster = broker.is_none();
        registry.add(move |page| {
            if shows_cluster {
                metrics::collect_controller(&log.image(), log.is_raft_leader(), page);
            }
            metrics::collect_migration(&answering.metrics(), page);
        });
        let answering = controller.answering.clone();
        migration = Some(Box::new(move || answering.status_json()));
    }
    let admin = Arc::new(Admin { registry: Arc::new(registry), health, migration });
    admin_http::start(listen, admin).await.map_err(|source| StartupError::Bind {
        listener: "kedge.admin.listen".to_owned(),
        address: listen.address.to_string(),
        source,
    })
}
