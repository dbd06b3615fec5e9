//! One client connection: a frame at a time in, its response out, then the next. Kafka mutes a channel the same way, so
//! responses are always in request order.

use std::{io, net::SocketAddr, os::fd::AsFd, sync::Arc, time::Duration};

use bytes::{Buf, Bytes, BytesMut};
use kedge_protocol::ApiKey;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, Interest},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{Instant, timeout},
};

use super::{
    listener::ListenerShared,
    reply::{FileRange, Part, Reply},
};
use crate::{
    context::{Principal, RequestContext},
    dispatch::{Handled, read_header},
    limits::{
        FRAME_BUDGET_WAIT, FREE_FRAME_BYTES, JOINED_PART_BYTES, REQUEST_HEADER_MIN_BYTES, SENDFILE_STEP_BYTES,
        TRUSTED_FRAME_BYTES,
    },
};

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    /// The peer closed it between two requests.
    #[error("closed by the peer")]
    ByPeer,
    /// Nothing arrived for `connections.max.idle.ms`.
    #[error("idle")]
    Idle,
    /// The node shuts down.
    #[error("shutting down")]
    Shutdown,
    /// The peer sent something we close for.
    #[error("{0}")]
    Refused(String),
    /// The peer asked for what this node does not serve, which clients and other brokers do all the time (KAFKA-14698).
    #[error("{0}")]
    NotServed(String),
    /// The socket failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Bytes of frames in memory, over all connections of the process.
#[derive(Clone, Debug)]
pub struct FrameBudget(Arc<Semaphore>);

impl FrameBudget {
    /// A budget in KiB.
    pub fn new(kib: usize) -> FrameBudget {
        FrameBudget(Arc::new(Semaphore::new(kib)))
    }

    async fn take(&self, size_bytes: usize) -> Option<OwnedSemaphorePermit> {
        let kib = u32::try_from(size_bytes.div_ceil(1024)).ok()?;
        timeout(FRAME_BUDGET_WAIT, self.0.clone().acquire_many_owned(kib)).await.ok()?.ok()
    }
}

pub(super) struct Connection {
    pub(super) socket: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) connection_id: u64,
    pub(super) shared: Arc<ListenerShared>,
    pub(super) shutdown: watch::Receiver<bool>,
}

impl Connection {
    /// Serves requests until one side ends it.
    pub(super) async fn serve(mut self) -> Ended {
        loop {
            let (frame, _permit) = match self.read_frame().await {
                Ok(frame) => frame,
                Err(ended) => return ended,
            };
            let handled = match self.handle(frame).await {
                Ok(handled) => handled,
                Err(ended) => return ended,
            };
            match handled {
                Handled::Nothing => {}
                Handled::Close(reason) => return Ended::Refused(reason),
                Handled::Reply(reply) => {
                    let throttle_ms = reply.throttle_ms;
                    // A peer that stops reading must not hold a response for ever.
                    match timeout(self.shared.limits.idle, write_reply(&mut self.socket, reply)).await {
                        Ok(Ok(())) => {}
                        Ok(Err(error)) => return Ended::Io(error),
                        Err(_) => return Ended::Idle,
                    }
                    if throttle_ms > 0 {
                        tokio::time::sleep(Duration::from_millis(throttle_ms.into())).await;
                    }
                }
            }
        }
    }

    async fn handle(&mut self, frame: Bytes) -> Result<Handled, Ended> {
        let (header, input) = read_header(frame).map_err(Ended::Refused)?;
        let context = RequestContext {
            principal: Principal::anonymous(),
            client_address: self.peer.ip(),
            listener_name: self.shared.listener_name.clone(),
            security_protocol: self.shared.security_protocol,
            client_id: header.client_id.map(Arc::from),
            connection_id: self.connection_id,
            api_key: ApiKey(header.api_key.0),
            api_version: header.api_version,
            correlation_id: header.correlation_id,
            received_at: self.shared.clock.now_ms(),
            forwarded: false,
            authorizer: self.shared.authorizer.clone(),
        };
        // An API that is not served gets no row of its own: a peer could name any number of them.
        let is_served = self.shared.apis.serves_any_version(context.api_key);
        let times = is_served.then(|| self.shared.requests.api(context.api_key));
        let is_listed =
            context.api_key == ApiKey::API_VERSIONS || self.shared.apis.serves(context.api_key, context.api_version);
        let started = Instant::now();
        let handled = self.shared.apis.handle(context, input).await;
        match (&times, &handled) {
            (Some(times), Handled::Close(_)) => times.closed(),
            (Some(times), _) => times.answered(started.elapsed()),
            (None, _) => {}
        }
        match handled {
            Handled::Close(reason) if !is_listed => {
                self.shared.requests.not_served();
                Err(Ended::NotServed(reason))
            }
            handled => Ok(handled),
        }
    }

    /// Reads one frame into a buffer of its own, so that record batches in it can be patched in place. Small claims are
    /// believed at once; beyond [`TRUSTED_FRAME_BYTES`] the buffer only grows with what has arrived.
    async fn read_frame(&mut self) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Ended> {
        let mut prefix = BytesMut::with_capacity(4);
        while prefix.len() < 4 {
            self.read_some(&mut prefix, 4).await?;
        }
        let claimed = prefix.get_i32();
        let frame_max_bytes = self.shared.limits.frame_max_bytes;
        let frame_bytes = usize::try_from(claimed).ok().filter(|size| *size <= frame_max_bytes).ok_or_else(|| {
            Ended::Refused(format!("frame of {claimed} bytes; socket.request.max.bytes is {frame_max_bytes}"))
        })?;
        if frame_bytes < REQUEST_HEADER_MIN_BYTES {
            return Err(Ended::Refused(format!("frame of {frame_bytes} bytes is no Kafka request")));
        }
        let mut permit = self.charge(None, frame_bytes.min(TRUSTED_FRAME_BYTES)).await?;
        let mut frame = BytesMut::with_capacity(frame_bytes.min(TRUSTED_FRAME_BYTES));
        while frame.len() < frame_bytes {
            if frame.len() == frame.capacity() {
                let step = frame.len().min(frame_bytes - frame.len());
                permit = self.charge(permit, step).await?;
                frame.reserve(step);
            }
            self.read_some(&mut frame, frame_bytes).await?;
        }
        Ok((frame.freeze(), permit))
    }

    /// Takes a share of the process's frame budget. Frames below [`FREE_FRAME_BYTES`] are bounded by `max.connections`.
    async fn charge(
        &self,
        held: Option<OwnedSemaphorePermit>,
        size_bytes: usize,
    ) -> Result<Option<OwnedSemaphorePermit>, Ended> {
        if size_bytes <= FREE_FRAME_BYTES {
            return Ok(held);
        }
        let more = self.shared.budget.take(size_bytes).await;
        let more = more.ok_or_else(|| Ended::Refused("no memory left for more request bytes".to_owned()))?;
        Ok(Some(match held {
            Some(mut held) => {
                held.merge(more);
                held
            }
            None => more,
        }))
    }

    /// Reads what is there, up to the buffer's capacity and never beyond `wanted`: the next frame stays in the socket.
    async fn read_some(&mut self, buffer: &mut BytesMut, wanted: usize) -> Result<(), Ended> {
        let started = buffer.is_empty();
        let step = (wanted - buffer.len()).min(buffer.capacity() - buffer.len());
        let mut limited = (&mut self.socket).take(step as u64);
        let read = timeout(self.shared.limits.idle, limited.read_buf(buffer));
        let count = tokio::select! {
            result = read => match result {
                Ok(count) => count?,
                Err(_) => return Err(Ended::Idle),
            },
            _ = self.shutdown.wait_for(|stopping| *stopping) => return Err(Ended::Shutdown),
        };
        match count {
            0 if started => Err(Ended::ByPeer),
            0 => Err(Ended::Io(io::ErrorKind::UnexpectedEof.into())),
            _ => Ok(()),
        }
    }
}

/// Writes a response; file ranges go from the page cache to the socket without passing through us.
async fn write_reply(socket: &mut TcpStream, mut reply: Reply) -> io::Result<()> {
    // Small responses are one write: prefix, header and body are joined, large ones keep their own buffers.
    let mut pending = BytesMut::new();
    while let Some(part) = reply.parts.pop_front() {
        match part {
            Part::Bytes(bytes) if bytes.len() <= JOINED_PART_BYTES => pending.extend_from_slice(&bytes),
            Part::Bytes(bytes) => {
                socket.write_all_buf(&mut pending).await?;
                socket.write_all(&bytes).await?;
            }
            Part::File(range) => {
                socket.write_all_buf(&mut pending).await?;
                send_file(socket, range).await?;
            }
        }
    }
    socket.write_all_buf(&mut pending).await
}

async fn send_file(socket: &mut TcpStream, range: FileRange) -> io::Result<()> {
    let mut position = range.position;
    let end = range.position + u64::from(range.size_bytes);
    while position < end {
        socket.writable().await?;
        let sent = socket.try_io(Interest::WRITABLE, || {
            let step = usize::try_from(end - position).unwrap_or(usize::MAX).min(SENDFILE_STEP_BYTES);
            rustix::fs::sendfile(socket.as_fd(), range.file.fd(), Some(&mut position.clone()), step)
                .map_err(io::Error::from)
        });
        match sent {
            // The log was cut under us: the frame's length has been announced, so the connection cannot go on.
            Ok(0) => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "log file is shorter than announced")),
            Ok(count) => position += count as u64,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
