//! A listener and raw requests.

use std::{
    io,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
    time::Duration,
};

use kedge_protocol::ApiKey;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::listener::{ConnectionLimits, ListenerShared, RunningListener, start};
use crate::{
    dispatch::ApiTable,
    metrics::{Page, RequestMetrics},
};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Request header version 1 without a body, behind its length.
fn request(api_key: i16, api_version: i16) -> Vec<u8> {
    let mut frame = 10_i32.to_be_bytes().to_vec();
    frame.extend(api_key.to_be_bytes());
    frame.extend(api_version.to_be_bytes());
    frame.extend(7_i32.to_be_bytes());
    frame.extend((-1_i16).to_be_bytes());
    frame
}

async fn serve(apis: ApiTable, requests: Arc<RequestMetrics>) -> RunningListener {
    let limits = ConnectionLimits {
        frame_max_bytes: 1024,
        idle: Duration::from_secs(60),
        connections_max: 10,
        connections_per_ip_max: 10,
    };
    let shared = ListenerShared { limits, requests, ..ListenerShared::for_test("L", apis) };
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    start(socket, shared).unwrap()
}

/// What the listener sends back until it closes the connection.
async fn answer_until_the_end(to: std::net::SocketAddr, bytes: &[u8]) -> usize {
    let mut socket = TcpStream::connect(to).await.unwrap();
    socket.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), socket.read_to_end(&mut answer)).await;
    read.expect("the connection is closed").unwrap()
}

/// KAFKA-14698: what a node does not serve was logged at every request.
#[tokio::test]
async fn what_is_not_served_is_counted_and_leaves_no_line() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let requests: Arc<RequestMetrics> = Arc::default();
    let listener = serve(ApiTable::new(), requests.clone()).await;
    // LeaderAndIsr, and a key that nobody knows.
    for api_key in [4, 4, 30_000] {
        assert_eq!(answer_until_the_end(listener.local_address, &request(api_key, 0)).await, 0);
    }
    let logged = || String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert_eq!(logged(), "");
    // What is no request at all is worth a line.
    assert_eq!(answer_until_the_end(listener.local_address, &[0x16, 3, 1, 2]).await, 0);
    listener.stop(Duration::from_secs(5)).await;
    assert!(logged().contains("socket.request.max.bytes"), "{}", logged());
    let mut page = Page::default();
    requests.collect(&mut page);
    let text = page.to_text();
    assert!(text.contains("\nkedge_network_requests_not_served_total 3\n") && !text.contains("request="), "{text}");
}

/// A broker in ZooKeeper mode listens before it has been told of the cluster; librdkafka's consumers lost all their topics when one
/// answered Metadata then.
#[tokio::test]
async fn clients_wait_until_the_node_knows_the_cluster() {
    const HELD: ApiKey = ApiKey(30_001);
    const FIRST: ApiKey = ApiKey(30_002);
    let (ready, is_ready) = tokio::sync::watch::channel(false);
    let mut apis = ApiTable::new();
    for key in [HELD, FIRST] {
        apis.serve_private(key, |_, _| async { Ok(bytes::Bytes::from_static(b"!")) });
    }
    apis.hold_until(is_ready, [FIRST]);
    let listener = serve(apis, Arc::default()).await;
    let mut held = TcpStream::connect(listener.local_address).await.unwrap();
    held.write_all(&request(HELD.0, 0)).await.unwrap();
    let mut first = TcpStream::connect(listener.local_address).await.unwrap();
    first.write_all(&request(FIRST.0, 0)).await.unwrap();
    let mut answer = [0; 9];
    first.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer[8], b'!');
    let early = tokio::time::timeout(Duration::from_millis(100), held.read_exact(&mut answer)).await;
    assert!(early.is_err(), "{answer:?}");
    ready.send_replace(true);
    held.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer[8], b'!');
    listener.stop(Duration::from_secs(5)).await;
}
