//! The admin port: `/metrics`, `/healthz`, `/v1/migration` and Strimzi's `/v1/broker-state` and `/v1/ready`, read-only, over HTTP/1.1.

use std::{convert::Infallible, fmt, io, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Method, Request, Response, StatusCode, body::Incoming, header, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinHandle,
    time::{sleep, timeout},
};
use tracing::{debug, warn};

use crate::{config::AdminListen, metrics::Registry};

/// Connections at once; a probe and a scraper or two need no more.
const CONNECTIONS_MAX: usize = 32;
/// Bytes and fields of a request's head.
const HEAD_MAX_BYTES: usize = 8 * 1024;
const HEADERS_MAX: usize = 32;
/// A head must be complete after this; also how long an idle connection is kept.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// A connection is closed after this, whatever it does.
const CONNECTION_MAX_AGE: Duration = Duration::from_secs(300);
/// Pause after a failed accept (out of descriptors, mostly).
const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);

/// How a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Kafka's number of the broker's state; 127 (UNKNOWN) on a node without the broker role.
    pub broker_state: u8,
    /// It does all that it was started for.
    pub is_ready: bool,
    /// Why it is not ready, or what it does, in a few words.
    pub reason: String,
}

/// What the admin port shows.
pub struct Admin {
    /// `/metrics`.
    pub registry: Arc<Registry>,
    /// Asked at each probe.
    pub health: Box<dyn Fn() -> Health + Send + Sync>,
    /// `/v1/migration`: the state of the move as JSON; only on a controller.
    pub migration: Option<Box<dyn Fn() -> String + Send + Sync>>,
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admin").field("registry", &self.registry).finish_non_exhaustive()
    }
}

/// A served admin port. It closes when this is dropped.
#[derive(Debug)]
pub struct RunningAdmin {
    /// Where it listens.
    pub local_address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for RunningAdmin {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Opens the admin port. None if it is in use and the address is only the default: several nodes may share a host.
pub async fn start(listen: AdminListen, admin: Arc<Admin>) -> io::Result<Option<RunningAdmin>> {
    let listener = match TcpListener::bind(listen.address).await {
        Ok(listener) => listener,
        Err(error) if !listen.explicit && error.kind() == io::ErrorKind::AddrInUse => {
            warn!("admin port {} is in use: no /metrics here; set kedge.admin.listen", listen.address);
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let local_address = listener.local_addr()?;
    Ok(Some(RunningAdmin { local_address, task: tokio::spawn(accept(listener, admin)) }))
}

async fn accept(listener: TcpListener, admin: Arc<Admin>) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        // While every slot is taken, newcomers wait in the listen backlog.
        let slot = slots.clone().acquire_owned().await.expect("the semaphore is never closed");
        match listener.accept().await {
            Ok((socket, _)) => {
                let admin = admin.clone();
                tokio::spawn(async move {
                    serve(socket, admin).await;
                    drop(slot);
                });
            }
            Err(error) => {
                warn!(%error, "admin port: accept failed");
                sleep(ACCEPT_BACKOFF).await;
            }
        }
    }
}

async fn serve(socket: TcpStream, admin: Arc<Admin>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let response = answer(&admin, request.method(), request.uri().path());
        async move { Ok::<_, Infallible>(response) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_MAX_BYTES)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(socket), service);
    if let Ok(Err(error)) = timeout(CONNECTION_MAX_AGE, connection).await {
        debug!(%error, "admin port: connection ended");
    }
}

fn answer(admin: &Admin, method: &Method, path: &str) -> Response<Full<Bytes>> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return text(StatusCode::METHOD_NOT_ALLOWED, "only GET\n".to_owned());
    }
    let status = |health: &Health, ready| if health.is_ready { ready } else { StatusCode::SERVICE_UNAVAILABLE };
    match path.trim_end_matches('/') {
        "/metrics" => typed(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", admin.registry.page()),
        "/healthz" => {
            let health = (admin.health)();
            text(status(&health, StatusCode::OK), format!("{}\n", health.reason))
        }
        // Strimzi's agent: 204 when ready.
        "/v1/ready" => text(status(&(admin.health)(), StatusCode::NO_CONTENT), String::new()),
        "/v1/broker-state" => {
            let body = format!("{{\"brokerState\":{}}}", (admin.health)().broker_state);
            typed(StatusCode::OK, "application/json", body)
        }
        path => match &admin.migration {
            Some(migration) if path == "/v1/migration" => typed(StatusCode::OK, "application/json", migration()),
            _ => text(StatusCode::NOT_FOUND, "not found\n".to_owned()),
        },
    }
}

fn text(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    typed(status, "text/plain; charset=utf-8", body)
}

fn typed(status: StatusCode, content_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, content_type);
    response.body(Full::new(Bytes::from(body))).expect("status and header are constants")
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    fn admin(broker_state: u8) -> Arc<Admin> {
        let registry = Arc::new(Registry::new());
        registry.add(|page| page.gauge("up", "Up.", &[], 1.0));
        let is_ready = broker_state == 3;
        let health = move || Health { broker_state, is_ready, reason: format!("state {broker_state}") };
        let migration: Box<dyn Fn() -> String + Send + Sync> = Box::new(|| "{}".to_owned());
        Arc::new(Admin { registry, health: Box::new(health), migration: is_ready.then_some(migration) })
    }

    async fn get(admin: Arc<Admin>, request: &str) -> String {
        let listen = AdminListen { address: "127.0.0.1:0".parse().unwrap(), explicit: true };
        let running = start(listen, admin).await.unwrap().unwrap();
        let mut socket = TcpStream::connect(running.local_address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut response = Vec::new();
        // A refused request may end in a reset; what was read up to then counts.
        let _ = socket.read_to_end(&mut response).await;
        String::from_utf8(response).unwrap()
    }

    async fn status_and_body(admin: Arc<Admin>, method: &str, path: &str) -> (String, String) {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let response = get(admin, &request).await;
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().to_owned(), body.to_owned())
    }

    #[tokio::test]
    async fn shows_metrics_and_health() {
        let mut seen = String::new();
        for (state, method, path) in [
            (3, "GET", "/metrics"),
            (3, "GET", "/healthz"),
            (2, "GET", "/healthz"),
            (3, "GET", "/v1/ready/"),
            (2, "GET", "/v1/ready"),
            (7, "GET", "/v1/broker-state"),
            (3, "GET", "/v1/migration"),
            (2, "GET", "/v1/migration"),
            (3, "GET", "/"),
            (3, "POST", "/metrics"),
        ] {
            let (status, body) = status_and_body(admin(state), method, path).await;
            seen.push_str(&format!("{state} {method} {path}: {status}\n{body}\n"));
        }
        insta::assert_snapshot!(seen);
    }

    #[tokio::test]
    async fn a_long_head_is_refused() {
        let request = format!("GET /metrics HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "x".repeat(2 * HEAD_MAX_BYTES));
        let response = get(admin(3), &request).await;
        assert!(!response.starts_with("HTTP/1.1 200"), "{response}");
    }

    #[tokio::test]
    async fn a_taken_port_is_fatal_only_if_it_was_asked_for() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = taken.local_addr().unwrap();
        assert!(start(AdminListen { address, explicit: false }, admin(3)).await.unwrap().is_none());
        assert!(start(AdminListen { address, explicit: true }, admin(3)).await.is_err());
    }
}
