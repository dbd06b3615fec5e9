//! A listener and raw requests.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use kedge_protocol::ApiKey;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::listener::{Census, ConnectionLimits, ListenerShared, RunningListener, SocketOptions, bind, start};
use crate::{
    dispatch::ApiTable,
    logging::LinesForTest,
    metrics::{Page, RequestMetrics},
};

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
    let for_test = ListenerShared::for_test("L", apis);
    let limits = ConnectionLimits { frame_max_bytes: 1024, ..for_test.limits.clone() };
    let shared = ListenerShared { limits, requests, ..for_test };
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
    let lines = LinesForTest::default();
    let _guard = lines.capture();
    let requests: Arc<RequestMetrics> = Arc::default();
    let listener = serve(ApiTable::new(), requests.clone()).await;
    // LeaderAndIsr, and a key that nobody knows.
    for api_key in [4, 4, 30_000] {
        assert_eq!(answer_until_the_end(listener.local_address, &request(api_key, 0)).await, 0);
    }
    let logged = || lines.text();
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

#[tokio::test]
async fn a_frame_above_the_bound_closes_its_connection_and_is_logged() {
    let lines = LinesForTest::default();
    let _guard = lines.capture();
    let listener = serve(ApiTable::new(), Arc::default()).await;
    assert_eq!(answer_until_the_end(listener.local_address, &1025_i32.to_be_bytes()).await, 0);
    listener.stop(Duration::from_secs(5)).await;
    assert!(lines.text().contains("frame of 1025 bytes; socket.request.max.bytes is 1024"), "{}", lines.text());
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

/// The buffers that a listener's connections have, doubled as Linux does, and its backlog.
#[tokio::test]
async fn sockets_have_the_buffers_that_the_keys_ask_for() {
    // Below every machine's bound, so that nothing is cut.
    let options = SocketOptions { send_buffer_bytes: Some(40_000), receive_buffer_bytes: Some(30_000), backlog: 7 };
    let socket = bind("127.0.0.1:0", options).await.unwrap();
    let client = TcpStream::connect(socket.local_addr().unwrap());
    let (client, accepted) = tokio::join!(client, socket.accept());
    let (_client, (accepted, _)) = (client.unwrap(), accepted.unwrap());
    assert_eq!(rustix::net::sockopt::socket_send_buffer_size(&accepted).unwrap(), 80_000);
    assert_eq!(rustix::net::sockopt::socket_recv_buffer_size(&accepted).unwrap(), 60_000);
    assert!(bind(&socket.local_addr().unwrap().to_string(), options).await.is_err(), "the address is taken");
}

/// Whether the listener keeps a connection: it closes one that it does not admit.
async fn is_admitted(listener: &RunningListener) -> Option<TcpStream> {
    let mut socket = TcpStream::connect(listener.local_address).await.unwrap();
    // Whatever is sent is answered by the close: the listener is told that it is no request.
    let read = tokio::time::timeout(Duration::from_millis(300), socket.read_u8()).await;
    read.is_err().then_some(socket)
}

#[tokio::test]
async fn connections_are_counted_over_listeners_and_by_address() {
    let census: Arc<Census> = Arc::default();
    let start_one = async |is_protected, limits: ConnectionLimits| {
        let shared = ListenerShared {
            limits,
            census: census.clone(),
            is_protected,
            ..ListenerShared::for_test("L", ApiTable::new())
        };
        start(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap(), shared).unwrap()
    };
    let base = ListenerShared::for_test("L", ApiTable::new()).limits;
    let three = ConnectionLimits { connections_max: 3, ..base.clone() };
    let clients = start_one(false, three.clone()).await;
    let others = start_one(false, three.clone()).await;
    let brokers = start_one(true, three).await;
    let _kept = [
        is_admitted(&clients).await.unwrap(),
        is_admitted(&clients).await.unwrap(),
        is_admitted(&others).await.unwrap(),
    ];
    assert!(is_admitted(&others).await.is_none(), "max.connections counts over all listeners");
    assert!(is_admitted(&brokers).await.is_some(), "brokers reach each other all the same");

    let by_address = ConnectionLimits {
        connections_per_ip_max: 100,
        per_ip_overrides: [(Ipv4Addr::LOCALHOST.into(), 0)].into(),
        ..base
    };
    let refusing = start_one(false, by_address).await;
    assert!(is_admitted(&refusing).await.is_none(), "max.connections.per.ip.overrides");
}
