//! A client of a whole cluster: where its brokers are, which one to ask, and asking again while that may still help.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    time::Duration,
};

use kedge_protocol::{
    ErrorCode, Request,
    messages::{FindCoordinatorRequest, MetadataRequest, MetadataResponse, metadata_request::MetadataRequestTopic},
};
use tokio::time::{Instant, sleep};

use super::{
    ToolError,
    peer::{Peer, PeerError, REQUEST_DEADLINE},
};

/// `default.api.timeout.ms` of Kafka's clients: how long one call may be tried again.
const CALL_DEADLINE: Duration = Duration::from_secs(60);
/// Pause before another try.
const RETRY_PAUSE: Duration = Duration::from_millis(100);
/// No limit on the version of a request.
pub(super) const ANY_VERSION: i16 = i16::MAX;

/// Whom a request is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'a> {
    /// Any broker.
    Any,
    /// The active controller, or the broker that knows the way to it.
    Controller,
    /// One broker, by its id.
    Broker(i32),
    /// The coordinator of a group.
    CoordinatorOf(&'a str),
}

/// The way to a cluster.
#[derive(Debug)]
pub(super) struct AdminClient {
    client_id: String,
    bootstrap: Vec<String>,
    /// Addresses by broker id, as the cluster last told.
    brokers: BTreeMap<i32, String>,
    controller: Option<i32>,
    coordinators: HashMap<String, i32>,
    peers: HashMap<String, Peer>,
    /// Addresses whose failure was told.
    told: Vec<String>,
}

impl AdminClient {
    /// A client that starts at `servers`, HOST:PORT separated by commas.
    pub(super) fn new(servers: &str, client_id: &str) -> Result<AdminClient, ToolError> {
        let bootstrap: Vec<String> =
            servers.split(',').map(str::trim).filter(|server| !server.is_empty()).map(str::to_owned).collect();
        for server in &bootstrap {
            let port = server.rsplit_once(':').and_then(|(host, port)| (!host.is_empty()).then_some(port));
            if port.and_then(|port| port.parse::<u16>().ok()).is_none() {
                return Err(ToolError(format!("Invalid url in bootstrap.servers: {server}")));
            }
        }
        if bootstrap.is_empty() {
            return Err(ToolError::new("No resolvable bootstrap urls given in bootstrap.servers"));
        }
        Ok(AdminClient {
            client_id: client_id.to_owned(),
            bootstrap,
            brokers: BTreeMap::new(),
            controller: None,
            coordinators: HashMap::new(),
            peers: HashMap::new(),
            told: Vec::new(),
        })
    }

    /// The live brokers, `host:port` by id, as the cluster last told.
    pub(super) fn brokers(&self) -> &BTreeMap<i32, String> {
        &self.brokers
    }

    /// What the cluster says about `topics`, or about all of them; nothing is created by asking.
    pub(super) async fn metadata(&mut self, topics: Option<&[String]>) -> Result<MetadataResponse, ToolError> {
        self.metadata_that_may_create(topics, false).await
    }

    /// As [`Self::metadata`]; with `may_create` a broker that auto-creates topics makes those that are missing.
    pub(super) async fn metadata_that_may_create(
        &mut self,
        topics: Option<&[String]>,
        may_create: bool,
    ) -> Result<MetadataResponse, ToolError> {
        let named = |name: &String| MetadataRequestTopic { name: Some(name.clone()), ..Default::default() };
        let topics: Option<Vec<MetadataRequestTopic>> = topics.map(|names| names.iter().map(named).collect());
        let make = |_| MetadataRequest {
            topics: topics.clone().map(Into::into),
            allow_auto_topic_creation: may_create,
            ..Default::default()
        };
        let metadata = self.call(Target::Any, ANY_VERSION, make, |_| false).await?;
        self.learn(&metadata);
        Ok(metadata)
    }

    fn learn(&mut self, metadata: &MetadataResponse) {
        let address = |host: &str, port: i32| match host.contains(':') {
            true => format!("[{host}]:{port}"),
            false => format!("{host}:{port}"),
        };
        self.brokers = metadata.brokers.iter().map(|node| (node.node_id, address(&node.host, node.port))).collect();
        self.controller = Some(metadata.controller_id).filter(|id| self.brokers.contains_key(id));
    }

    /// Sends the request that `make` forms for the version in use, no higher than `highest`. A lost connection, and an answer
    /// that `is_stale` finds to come from the wrong broker, are tried again until the deadline.
    pub(super) async fn call<R: Request>(
        &mut self,
        target: Target<'_>,
        highest: i16,
        make: impl Fn(i16) -> R,
        is_stale: impl Fn(&R::Response) -> bool,
    ) -> Result<R::Response, ToolError> {
        let give_up_at = Instant::now() + CALL_DEADLINE;
        loop {
            let Some(address) = Box::pin(self.address(target, give_up_at)).await? else {
                return Err(ToolError(format!("Timed out waiting for a node assignment. Call: {}", R::KEY)));
            };
            let last_chance = Instant::now() + RETRY_PAUSE >= give_up_at;
            match self.call_address(&address, highest, &make, REQUEST_DEADLINE).await {
                Ok(answer) if !is_stale(&answer) || last_chance => return Ok(answer),
                Err(error @ PeerError::NotServed { .. }) => return Err(ToolError::new(error)),
                Err(error) if last_chance => return Err(ToolError(format!("{}: {error}", R::KEY))),
                Ok(_) | Err(_) => {}
            }
            self.forget(target);
            sleep(RETRY_PAUSE).await;
        }
    }

    /// Sends a request once, and waits `deadline` for the answer. After a failure the caller asks where to go next.
    pub(super) async fn once<R: Request>(
        &mut self,
        target: Target<'_>,
        highest: i16,
        make: impl FnOnce(i16) -> R,
        deadline: Duration,
    ) -> Result<R::Response, ToolError> {
        let Some(address) = Box::pin(self.address(target, Instant::now() + CALL_DEADLINE)).await? else {
            return Err(ToolError(format!("Timed out waiting for a node assignment. Call: {}", R::KEY)));
        };
        let answer = self.call_address(&address, highest, make, deadline).await;
        if answer.is_err() {
            self.forget(target);
        }
        answer.map_err(|error| ToolError(format!("{}: {error}", R::KEY)))
    }

    /// `host:port  (id)` of a group's coordinator, as far as it is known.
    pub(super) fn coordinator_text(&self, group: &str) -> String {
        let id = self.coordinators.get(group).copied().unwrap_or(-1);
        format!("{}  ({id})", self.brokers.get(&id).map_or("", String::as_str))
    }

    /// Drops every connection: one may stand in the middle of an answer.
    pub(super) fn drop_connections(&mut self) {
        self.peers.clear();
    }

    /// Forgets who coordinates a group, after an answer that says so.
    pub(super) fn forget_coordinator_of(&mut self, group: &str) {
        self.coordinators.remove(group);
    }

    /// Whether the broker that such a request would go to serves it.
    pub(super) async fn is_served<R: Request>(&mut self, target: Target<'_>) -> Result<bool, ToolError> {
        let give_up_at = Instant::now() + CALL_DEADLINE;
        loop {
            let Some(address) = self.address(target, give_up_at).await? else { return Ok(false) };
            match self.peer(&address).await {
                Ok(peer) => return Ok(peer.version::<R>(ANY_VERSION).is_some()),
                Err(error) if Instant::now() >= give_up_at => return Err(ToolError::new(error)),
                Err(error) => self.lost(&address, &error),
            }
            self.forget(target);
            sleep(RETRY_PAUSE).await;
        }
    }

    async fn peer(&mut self, address: &str) -> Result<&mut Peer, PeerError> {
        match self.peers.entry(address.to_owned()) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(Peer::connect(address, &self.client_id).await?)),
        }
    }

    /// One try. A connection that failed is dropped and told.
    async fn call_address<R: Request>(
        &mut self,
        address: &str,
        highest: i16,
        make: impl FnOnce(i16) -> R,
        deadline: Duration,
    ) -> Result<R::Response, PeerError> {
        let answer = match self.peer(address).await {
            Ok(peer) => peer.call(highest, make, deadline).await,
            Err(error) => Err(error),
        };
        if let Err(error @ PeerError::Connection(_)) = &answer {
            self.lost(address, error);
        }
        answer
    }

    /// Where to send it; nothing when no such broker was found in time.
    async fn address(&mut self, target: Target<'_>, give_up_at: Instant) -> Result<Option<String>, ToolError> {
        if matches!(target, Target::Any) {
            return self.any_address(give_up_at).await;
        }
        loop {
            let wanted = match target {
                Target::Any => None,
                Target::Broker(id) => Some(id),
                Target::CoordinatorOf(group) => self.coordinator_of(group, give_up_at).await?,
                // A broker that names no controller forwards what is for it.
                Target::Controller => self.controller.or_else(|| self.brokers.keys().next().copied()),
            };
            if let Some(address) = wanted.and_then(|id| self.brokers.get(&id)) {
                return Ok(Some(address.clone()));
            }
            if Instant::now() + RETRY_PAUSE >= give_up_at {
                return Ok(None);
            }
            if !self.brokers.is_empty() {
                sleep(RETRY_PAUSE).await;
            }
            Box::pin(self.metadata(Some(&[]))).await?;
        }
    }

    /// An address with a connection, or one that takes a connection now.
    async fn any_address(&mut self, give_up_at: Instant) -> Result<Option<String>, ToolError> {
        loop {
            if let Some(address) = self.peers.keys().next() {
                return Ok(Some(address.clone()));
            }
            let known = self.brokers.values().chain(&self.bootstrap).cloned();
            for address in known.collect::<Vec<String>>() {
                match Peer::connect(&address, &self.client_id).await {
                    Ok(peer) => {
                        self.peers.insert(address.clone(), peer);
                        return Ok(Some(address));
                    }
                    Err(error) => self.lost(&address, &error),
                }
            }
            if Instant::now() + RETRY_PAUSE >= give_up_at {
                return Ok(None);
            }
            sleep(RETRY_PAUSE).await;
        }
    }

    async fn coordinator_of(&mut self, group: &str, give_up_at: Instant) -> Result<Option<i32>, ToolError> {
        if let Some(id) = self.coordinators.get(group) {
            return Ok(Some(*id));
        }
        // Version 4 and later ask for several groups at once; one is enough here.
        let make = |_| FindCoordinatorRequest { key: group.to_owned(), ..Default::default() };
        let found = Box::pin(self.call(Target::Any, 3, make, |_| false)).await?;
        match ErrorCode(found.error_code) {
            ErrorCode::NONE => {
                self.coordinators.insert(group.to_owned(), found.node_id);
                Ok(Some(found.node_id))
            }
            ErrorCode::COORDINATOR_NOT_AVAILABLE | ErrorCode::COORDINATOR_LOAD_IN_PROGRESS => {
                if Instant::now() + RETRY_PAUSE >= give_up_at {
                    return Err(refusal(found.error_code, found.error_message));
                }
                sleep(RETRY_PAUSE).await;
                Ok(None)
            }
            _ => Err(refusal(found.error_code, found.error_message)),
        }
    }

    /// Drops a connection, and says once per address why.
    fn lost(&mut self, address: &str, error: &PeerError) {
        self.peers.remove(address);
        if !self.told.iter().any(|told| told == address) {
            self.told.push(address.to_owned());
            eprintln!(
                "WARN Connection to node ({address}) could not be established. Node may not be available. ({error})"
            );
        }
    }

    fn forget(&mut self, target: Target<'_>) {
        match target {
            Target::Any => {}
            Target::CoordinatorOf(group) => {
                self.coordinators.remove(group);
            }
            Target::Controller | Target::Broker(_) => {
                self.brokers.clear();
                self.controller = None;
            }
        }
    }
}

/// An error that a broker answered with, in its own words or the code's.
pub(super) fn refusal(error_code: i16, message: Option<String>) -> ToolError {
    let code = ErrorCode(error_code);
    match message.filter(|message| !message.is_empty()) {
        Some(message) => ToolError(message),
        None => ToolError(format!("{}: {}", code.name(), code.message())),
    }
}

/// Whether a broker is not, or no longer, the controller.
pub(super) fn is_not_controller(error_code: i16) -> bool {
    ErrorCode(error_code) == ErrorCode::NOT_CONTROLLER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_checked_before_anything_is_asked() {
        let problem = |servers: &str| AdminClient::new(servers, "test").err().map(|error| error.to_string());
        assert_eq!(problem("a:1, b:2,"), None);
        assert_eq!(problem("[::1]:9092"), None);
        assert_eq!(problem("a:1,b").as_deref(), Some("Invalid url in bootstrap.servers: b"));
        assert_eq!(problem(":9092").as_deref(), Some("Invalid url in bootstrap.servers: :9092"));
        assert!(problem(" ,").is_some());
    }
}
