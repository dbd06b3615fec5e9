//! A connection from this node to another one: replica fetchers, the controller link, the metadata observer, Raft and the
//! command line all use it. One request in flight, as Kafka's node-to-node channels.

use std::{io, time::Duration};

use bytes::{Bytes, BytesMut};
use kedge_protocol::{
    ApiKey, Message, Request,
    header::{self, RequestHeader},
    wire::{DecodeError, Decoder, EncodeError, Encoder},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Largest response taken from another node (Kafka's default for requests; responses of peers stay below).
const RESPONSE_MAX_BYTES: usize = 128 * 1024 * 1024;

/// Why a call to another node failed. After any of these the connection is of no use any more.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The socket failed, or the peer closed it.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// No answer in time; the request may have been carried out.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// The answer does not parse.
    #[error("{0}")]
    Decode(#[from] DecodeError),
    /// Our own request cannot be written in that version.
    #[error("{0}")]
    Encode(#[from] EncodeError),
    /// The answer belongs to another request, or claims an impossible length.
    #[error("the peer broke the protocol: {0}")]
    Protocol(String),
}

/// A connection to one node.
#[derive(Debug)]
pub struct NodeConnection {
    socket: TcpStream,
    client_id: String,
    next_correlation_id: i32,
}

impl NodeConnection {
    /// Connects to `host:port`.
    pub async fn connect(address: &str, client_id: &str, deadline: Duration) -> Result<NodeConnection, ClientError> {
        let socket =
            timeout(deadline, TcpStream::connect(address)).await.map_err(|_| ClientError::TimedOut(deadline))??;
        socket.set_nodelay(true)?;
        Ok(NodeConnection { socket, client_id: client_id.to_owned(), next_correlation_id: 0 })
    }

    /// Sends a request and reads its response.
    pub async fn call<R: Request>(
        &mut self,
        api_version: i16,
        request: &R,
        deadline: Duration,
    ) -> Result<R::Response, ClientError> {
        let mut body = Encoder::new();
        request.encode(api_version, &mut body)?;
        let mut input = self.exchange(R::KEY, api_version, body.into_bytes(), deadline).await?;
        Ok(R::Response::decode(api_version, &mut input)?)
    }

    /// Sends an encoded body under an API key; the decoder stands behind the response header.
    pub async fn exchange(
        &mut self,
        key: ApiKey,
        api_version: i16,
        body: Bytes,
        deadline: Duration,
    ) -> Result<Decoder, ClientError> {
        let correlation_id = self.next_correlation_id;
        self.next_correlation_id = correlation_id.wrapping_add(1);
        let header =
            RequestHeader { api_key: key, api_version, correlation_id, client_id: Some(self.client_id.clone()) };
        let mut head = Encoder::new();
        header::encode_request_header(&header, &mut head)?;
        let head = head.into_bytes();
        let exchange = async {
            let size_bytes = u32::try_from(head.len() + body.len())
                .map_err(|_| ClientError::Protocol("a request above 4 GiB".to_owned()))?;
            let mut out = BytesMut::with_capacity(4 + head.len());
            out.extend_from_slice(&size_bytes.to_be_bytes());
            out.extend_from_slice(&head);
            self.socket.write_all(&out).await?;
            self.socket.write_all(&body).await?;
            read_frame(&mut self.socket).await
        };
        let frame = timeout(deadline, exchange).await.map_err(|_| ClientError::TimedOut(deadline))??;
        let mut input = Decoder::new(frame);
        let echoed = header::decode_response_header(key, api_version, &mut input)?;
        if echoed != correlation_id {
            return Err(ClientError::Protocol(format!("response {echoed} to request {correlation_id}")));
        }
        Ok(input)
    }
}

async fn read_frame(socket: &mut TcpStream) -> Result<Bytes, ClientError> {
    let claimed = socket.read_i32().await?;
    let size_bytes = usize::try_from(claimed)
        .ok()
        .filter(|size| *size <= RESPONSE_MAX_BYTES)
        .ok_or_else(|| ClientError::Protocol(format!("a response of {claimed} bytes")))?;
    let mut frame = BytesMut::with_capacity(size_bytes.min(1024 * 1024));
    let mut limited = socket.take(size_bytes as u64);
    while frame.len() < size_bytes {
        if limited.read_buf(&mut frame).await? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
    }
    Ok(frame.freeze())
}
