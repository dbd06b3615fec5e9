//! A bound listener: accepts within its limits, one task per connection.

use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    net::TcpListener,
    sync::watch,
    task::{JoinHandle, JoinSet},
};
use tracing::{debug, info, warn};

use super::connection::{Connection, Ended, FrameBudget};
use crate::{
    clock::SharedClock,
    context::{Authorizer, SecurityProtocol},
    dispatch::ApiTable,
    metrics::RequestMetrics,
};

/// Bounds of a listener's connections.
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    /// `socket.request.max.bytes`.
    pub frame_max_bytes: usize,
    /// `connections.max.idle.ms`.
    pub idle: Duration,
    /// `max.connections`.
    pub connections_max: usize,
    /// `max.connections.per.ip`.
    pub connections_per_ip_max: usize,
}

/// What all connections of a listener share.
#[derive(Debug)]
pub struct ListenerShared {
    /// Listener name, upper case.
    pub listener_name: Arc<str>,
    /// How it is secured.
    pub security_protocol: SecurityProtocol,
    /// What it serves.
    pub apis: ApiTable,
    /// Its bounds.
    pub limits: ConnectionLimits,
    /// Memory for frames, shared by the process.
    pub budget: FrameBudget,
    /// Counts of requests, by API.
    pub requests: Arc<RequestMetrics>,
    /// The node's clock.
    pub clock: SharedClock,
    /// Who decides what is allowed.
    pub authorizer: Arc<dyn Authorizer>,
}

#[cfg(test)]
impl ListenerShared {
    /// A plain listener with bounds that no test meets unless it sets its own.
    pub(crate) fn for_test(listener_name: &str, apis: ApiTable) -> ListenerShared {
        ListenerShared {
            listener_name: listener_name.into(),
            security_protocol: SecurityProtocol::Plaintext,
            apis,
            limits: ConnectionLimits {
                frame_max_bytes: 1 << 20,
                idle: Duration::from_secs(600),
                connections_max: 100,
                connections_per_ip_max: 100,
            },
            budget: FrameBudget::new(1 << 20),
            requests: Arc::default(),
            clock: Arc::new(crate::clock::SystemClock),
            authorizer: Arc::new(crate::context::AllowAll),
        }
    }
}

/// Connections alive now, by peer address.
#[derive(Debug, Default)]
struct Census {
    by_address: Mutex<BTreeMap<IpAddr, usize>>,
    total: AtomicUsize,
}

impl Census {
    /// Counts a new connection in, unless it is one too many.
    fn admit(self: &Arc<Self>, address: IpAddr, limits: &ConnectionLimits) -> Option<Seat> {
        let mut by_address = self.by_address.lock().expect("no panic while counting");
        if self.total.load(Ordering::Relaxed) >= limits.connections_max {
            return None;
        }
        let count = by_address.entry(address).or_default();
        if *count >= limits.connections_per_ip_max {
            return None;
        }
        *count += 1;
        self.total.fetch_add(1, Ordering::Relaxed);
        Some(Seat { census: self.clone(), address })
    }
}

/// One admitted connection; gives its place back when dropped.
struct Seat {
    census: Arc<Census>,
    address: IpAddr,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut by_address = self.census.by_address.lock().expect("no panic while counting");
        if let Some(count) = by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                by_address.remove(&self.address);
            }
        }
        self.census.total.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A listener that accepts connections until it is stopped.
#[derive(Debug)]
pub struct RunningListener {
    /// Where it is bound; the port is known even if 0 was asked for.
    pub local_address: SocketAddr,
    census: Arc<Census>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl RunningListener {
    /// Connections alive now.
    pub fn connections(&self) -> usize {
        self.census.total.load(Ordering::Relaxed)
    }

    /// Stops accepting, lets requests in work finish for up to `grace`, then closes what is left.
    pub async fn stop(self, grace: Duration) {
        // Nobody listening means every connection is gone already.
        let _ = self.stop.send(true);
        let mut task = self.task;
        if tokio::time::timeout(grace, &mut task).await.is_err() {
            task.abort();
        }
    }
}

static NEXT_CONNECTION_ID: AtomicU64 = AtomicU64::new(0);

/// Starts accepting on a bound socket.
pub fn start(socket: TcpListener, shared: ListenerShared) -> io::Result<RunningListener> {
    let local_address = socket.local_addr()?;
    let (stop, stopping) = watch::channel(false);
    let census = Arc::new(Census::default());
    let task = tokio::spawn(accept_loop(socket, Arc::new(shared), census.clone(), stopping));
    Ok(RunningListener { local_address, census, stop, task })
}

async fn accept_loop(
    socket: TcpListener,
    shared: Arc<ListenerShared>,
    census: Arc<Census>,
    mut stopping: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            _ = stopping.wait_for(|stop| *stop) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, mostly: a pause lets connections end instead of spinning on the same error.
                warn!(listener = %shared.listener_name, %error, "accept failed");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Some(seat) = census.admit(peer.ip(), &shared.limits) else {
            info!(listener = %shared.listener_name, %peer, "connection refused: max.connections or max.connections.per.ip reached");
            continue;
        };
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%peer, %error, "cannot set TCP_NODELAY");
        }
        let connection_id = NEXT_CONNECTION_ID.fetch_add(1, Ordering::Relaxed);
        let connection =
            Connection { socket: stream, peer, connection_id, shared: shared.clone(), shutdown: stopping.clone() };
        let listener_name = shared.listener_name.clone();
        connections.spawn(async move {
            match connection.serve().await {
                Ended::Refused(reason) => info!(listener = %listener_name, %peer, reason, "connection closed"),
                ended => debug!(listener = %listener_name, %peer, %ended, "connection ended"),
            }
            drop(seat);
        });
    }
    while connections.join_next().await.is_some() {}
}
