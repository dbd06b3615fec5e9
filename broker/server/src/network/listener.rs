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
    net::{TcpListener, TcpSocket},
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
    /// `max.connections.per.ip.overrides`.
    pub per_ip_overrides: BTreeMap<IpAddr, usize>,
}

/// How a listening socket is made.
#[derive(Clone, Copy, Debug)]
pub struct SocketOptions {
    /// `socket.send.buffer.bytes`; None leaves it to the system.
    pub send_buffer_bytes: Option<u32>,
    /// `socket.receive.buffer.bytes`; None leaves it to the system.
    pub receive_buffer_bytes: Option<u32>,
    /// `socket.listen.backlog.size`.
    pub backlog: u32,
}

/// Binds the first of the addresses that `host:port` stands for and can be bound. Accepted connections have the socket's buffers.
pub async fn bind(address: &str, options: SocketOptions) -> io::Result<TcpListener> {
    let mut last = io::Error::new(io::ErrorKind::AddrNotAvailable, "the name stands for no address");
    for address in tokio::net::lookup_host(address).await? {
        match bind_one(address, options) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn bind_one(address: SocketAddr, options: SocketOptions) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    // Before listen: the window of a connection is agreed on as it is opened.
    if let Some(asked) = options.send_buffer_bytes {
        socket.set_send_buffer_size(asked)?;
        tell_clamp("socket.send.buffer.bytes", "wmem_max", asked, socket.send_buffer_size()?);
    }
    if let Some(asked) = options.receive_buffer_bytes {
        socket.set_recv_buffer_size(asked)?;
        tell_clamp("socket.receive.buffer.bytes", "rmem_max", asked, socket.recv_buffer_size()?);
    }
    socket.bind(address)?;
    socket.listen(options.backlog)
}

/// Linux doubles what is asked for, and cuts it at a bound of the machine without a word.
fn tell_clamp(key: &str, bound: &str, asked: u32, granted: u32) {
    if granted / 2 < asked {
        let granted = granted / 2;
        info!("{key}={asked}: the system grants {granted}; net.core.{bound} is its bound");
    }
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
    /// Who is connected, over all listeners that share the bounds.
    pub census: Arc<Census>,
    /// Brokers come by this listener and clients by others: `max.connections` is not held against it.
    pub is_protected: bool,
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
                per_ip_overrides: BTreeMap::new(),
            },
            census: Arc::default(),
            is_protected: false,
            budget: FrameBudget::new(1 << 20),
            requests: Arc::default(),
            clock: Arc::new(crate::clock::SystemClock),
            authorizer: Arc::new(crate::context::AllowAll),
        }
    }
}

/// Connections alive now, by peer address.
#[derive(Debug, Default)]
pub struct Census {
    by_address: Mutex<BTreeMap<IpAddr, usize>>,
    total: AtomicUsize,
}

impl Census {
    /// Counts a new connection in, unless it is one too many.
    fn admit(self: &Arc<Self>, address: IpAddr, limits: &ConnectionLimits, is_protected: bool) -> Option<Seat> {
        let mut by_address = self.by_address.lock().expect("no panic while counting");
        if !is_protected && self.total.load(Ordering::Relaxed) >= limits.connections_max {
            return None;
        }
        let per_ip_max = limits.per_ip_overrides.get(&address).copied().unwrap_or(limits.connections_per_ip_max);
        let count = by_address.get(&address).copied().unwrap_or(0);
        if count >= per_ip_max {
            return None;
        }
        let count = by_address.entry(address).or_default();
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
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl RunningListener {
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
    let task = tokio::spawn(accept_loop(socket, Arc::new(shared), stopping));
    Ok(RunningListener { local_address, stop, task })
}

async fn accept_loop(socket: TcpListener, shared: Arc<ListenerShared>, mut stopping: watch::Receiver<bool>) {
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
        let Some(seat) = shared.census.admit(peer.ip(), &shared.limits, shared.is_protected) else {
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
