//! What a broker answers to Kedge's tools and controllers: who it is, arming, taking the tree over.

use std::sync::Arc;

use bytes::Bytes;
use kedge_log::{LogManager, MetaProperties, OsFileSystem};
use kedge_metadata_state::{Authority, MetadataVersion, TimestampMs};
use kedge_migration::{
    codes::{self, Code},
    node_api::{ArmOrder, MetadataAuthority, NodeDescription, NodeReply, NodeRequest, ProblemView},
    readiness::Problem,
};
use tokio::sync::watch;
use tracing::{info, warn};

use super::{Arming, session::RulingStore, source_file::SourceFiles, write_meta_properties};
use crate::{
    config::KafkaConfig,
    dispatch::ApiTable,
    metadata_source::switch::{QuorumSide, SwitchProgress},
    node_api::{KEDGE_VERSION, NODE_API},
    services::{ImageCell, LinkCell},
};

pub(super) struct NodeServices {
    pub(super) config: Arc<KafkaConfig>,
    pub(super) cluster_id: String,
    pub(super) started_ms: TimestampMs,
    pub(super) link: Arc<LinkCell>,
    pub(super) image: Arc<ImageCell>,
    pub(super) progress: Arc<SwitchProgress>,
    pub(super) logs: Arc<LogManager>,
    pub(super) files: Arc<SourceFiles>,
    pub(super) arming: Arc<Arming>,
    pub(super) quorum: watch::Sender<Option<QuorumSide>>,
    pub(super) store: Arc<RulingStore>,
}

/// A refusal, with what is wrong here.
fn refused(code: Code, place: String) -> NodeReply {
    NodeReply::refused(&Problem::new(code, [place]))
}

impl NodeServices {
    /// Adds the private API to a listener's table.
    pub(super) fn serve(self: &Arc<Self>, table: &mut ApiTable) {
        let node = self.clone();
        table.serve_private(NODE_API, move |_context, body| {
            let node = node.clone();
            async move { node.answer(&body).await }
        });
    }

    async fn answer(&self, body: &Bytes) -> Result<Bytes, String> {
        let request: NodeRequest = serde_json::from_slice(body).map_err(|problem| problem.to_string())?;
        let reply = match request {
            NodeRequest::Describe => NodeReply::Described(Box::new(self.describe())),
            NodeRequest::Arm(order) => self.arm(order),
            NodeRequest::TakeOver { cluster_id } => self.take_over(&cluster_id).await,
            NodeRequest::Status | NodeRequest::Order { .. } | NodeRequest::Verify => {
                NodeReply::NotActive { leader: None }
            }
        };
        Ok(Bytes::from(serde_json::to_vec(&reply).expect("a reply has string keys only")))
    }

    fn describe(&self) -> NodeDescription {
        let authority = self.link.load().broker_epoch.authority;
        let is_version_1 = |dir: &&kedge_log::LogDirInfo| {
            let properties = MetaProperties::read(&OsFileSystem, &dir.path).ok().flatten();
            properties.is_none_or(|properties| properties.format_version != 0)
        };
        let blocked = self.progress.blocked().into_iter().map(|problem| {
            // As the switch's rules print it: a code, then what is the case.
            let (code, title) = problem.split_once(' ').unwrap_or((&problem, ""));
            ProblemView {
                code: code.to_owned(),
                title: title.to_owned(),
                fix: codes::find(code).map_or("", |row| row.fix).to_owned(),
                is_blocking: true,
                count: 1,
                places: Vec::new(),
            }
        });
        NodeDescription {
            node_id: self.config.node_id,
            kedge_version: KEDGE_VERSION.to_owned(),
            cluster_id: self.cluster_id.clone(),
            pid: std::process::id(),
            started_ms: self.started_ms,
            is_broker: true,
            is_controller: false,
            authority: Some(match authority {
                Authority::ZooKeeper => MetadataAuthority::ZooKeeper,
                Authority::KRaft => MetadataAuthority::KRaft,
            }),
            is_armed: self.quorum.borrow().is_some(),
            meta_properties_v1: self.logs.dirs().iter().filter(|dir| dir.online).filter(is_version_1).count(),
            metadata_versions: (MetadataVersion::MIN.feature_level(), MetadataVersion::LATEST.feature_level()),
            reserved_broker_max_id: self
                .config
                .static_configs
                .get("reserved.broker.max.id")
                .and_then(|value| value.parse().ok()),
            source_switches: self.progress.switches(),
            metadata_offset: self.image.load().stamp.metadata_offset,
            blocked: blocked.collect(),
        }
    }

    /// Learns the voters. Told twice the same, or told what the properties say, it changes nothing.
    fn arm(&self, order: ArmOrder) -> NodeReply {
        if order.cluster_id != self.cluster_id {
            let place = format!("this broker belongs to cluster {}, not {}", self.cluster_id, order.cluster_id);
            return refused(codes::ARM_REFUSED, place);
        }
        if order.voters.is_empty() || order.voters.contains_key(&self.config.node_id) {
            let place = "the voters must be given, and none may have this broker's id";
            return refused(codes::ARM_REFUSED, place.to_owned());
        }
        let done = |text: &str| NodeReply::Done { text: text.to_owned() };
        let by_file = self.config.zookeeper_metadata_migration_enable;
        let known = match by_file {
            true => self.config.controller_quorum_voters.clone(),
            false => self.files.present().map(|remembered| remembered.voters).unwrap_or_default(),
        };
        if !known.is_empty() && known != order.voters {
            return refused(codes::ARM_REFUSED, format!("this broker is armed for other voters: {known:?}"));
        }
        if self.quorum.borrow().is_some() {
            return done("armed already");
        }
        // Directory ids before anything is registered: they are what the quorum will know the disks by.
        if let Err(problem) = write_meta_properties(&self.logs, self.config.node_id, &self.cluster_id, true) {
            return refused(codes::ARM_REFUSED, format!("meta.properties cannot be written: {problem}"));
        }
        self.files.remember(&self.cluster_id, |remembered| remembered.voters.clone_from(&order.voters));
        self.quorum.send_replace(Some(self.arming.quorum_side(order.voters)));
        info!("armed: this broker registers with the quorum and follows a move");
        done("armed")
    }

    /// Back5.
    async fn take_over(&self, cluster_id: &str) -> NodeReply {
        if cluster_id != self.cluster_id {
            let place = format!("this broker belongs to cluster {}, not {cluster_id}", self.cluster_id);
            return refused(codes::TAKE_OVER_FAILED, place);
        }
        match self.store.take_over(self.config.node_id).await {
            Ok(()) => {
                info!("this broker has taken the ZooKeeper tree over from the quorum");
                NodeReply::Done { text: "taken over".to_owned() }
            }
            Err(error) => {
                warn!(%error, "the ZooKeeper tree could not be taken over");
                refused(codes::TAKE_OVER_FAILED, error.to_string())
            }
        }
    }
}
