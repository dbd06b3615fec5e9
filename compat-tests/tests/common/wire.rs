//! One request to one node, without the second and more that a JVM takes to start: tests wait by asking again and again.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use kedge_protocol::{
    Message, Request,
    header::{self, RequestHeader},
    wire::{Decoder, Encoder},
};

/// Nodes are on this machine: one that does not answer a connection is dead or stopped.
const CONNECT_PATIENCE: Duration = Duration::from_millis(500);
const CORRELATION_ID: i32 = 7;

/// Sends what stands behind the length of a request, and returns what stands behind the length of its response.
pub fn exchange(address: &str, request: &[u8], patience: Duration) -> io::Result<Vec<u8>> {
    let address: SocketAddr = address.parse().map_err(io::Error::other)?;
    let mut stream = TcpStream::connect_timeout(&address, CONNECT_PATIENCE)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    stream.write_all(&(request.len() as u32).to_be_bytes())?;
    stream.write_all(request)?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut response = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut response)?;
    Ok(response)
}

/// Sends a request in that version. The error says who did not answer, and how.
pub fn call<R: Request>(
    address: &str,
    api_version: i16,
    request: &R,
    patience: Duration,
) -> Result<R::Response, String> {
    let answer = || -> io::Result<R::Response> {
        let client_id = Some("test".to_owned());
        let header = RequestHeader { api_key: R::KEY, api_version, correlation_id: CORRELATION_ID, client_id };
        let mut out = Encoder::new();
        header::encode_request_header(&header, &mut out).map_err(io::Error::other)?;
        request.encode(api_version, &mut out).map_err(io::Error::other)?;
        let mut input = Decoder::new(exchange(address, &out.into_bytes(), patience)?.into());
        header::decode_response_header(R::KEY, api_version, &mut input).map_err(io::Error::other)?;
        R::Response::decode(api_version, &mut input).map_err(io::Error::other)
    };
    answer().map_err(|error| format!("{address}: {error}"))
}
