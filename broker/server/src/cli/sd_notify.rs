//! Tells systemd when this node serves and when it stops (`Type=notify`, sd_notify(3)). Without `NOTIFY_SOCKET`, nothing.

use std::{
    ffi::OsStr,
    io,
    os::{
        linux::net::SocketAddrExt as _,
        unix::{
            ffi::OsStrExt as _,
            net::{SocketAddr, UnixDatagram},
        },
    },
};

use tracing::warn;

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SdState {
    /// The node serves.
    Ready,
    /// The node hands over and ends.
    Stopping,
}

/// Tells it. A failure is logged: systemd then waits for its time-out and says so itself.
pub(super) fn tell(state: SdState) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET").filter(|socket| !socket.is_empty()) else { return };
    if let Err(error) = send(&socket, state) {
        warn!("systemd was not told that the node is {state:?}: {}: {error}", socket.display());
    }
}

fn send(socket: &OsStr, state: SdState) -> io::Result<()> {
    let text: &[u8] = match state {
        SdState::Ready => b"READY=1",
        SdState::Stopping => b"STOPPING=1",
    };
    // A leading @ means Linux's abstract names.
    let address = match socket.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        path => SocketAddr::from_pathname(OsStr::from_bytes(path))?,
    };
    UnixDatagram::unbound()?.send_to_addr(text, &address).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_socket_hear_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let heard = |socket: &UnixDatagram| {
            let mut buffer = [0; 64];
            let size = socket.recv(&mut buffer).unwrap();
            String::from_utf8_lossy(&buffer[..size]).into_owned()
        };
        let by_path = UnixDatagram::bind(&path).unwrap();
        send(path.as_os_str(), SdState::Ready).unwrap();
        assert_eq!(heard(&by_path), "READY=1");

        let name = format!("kedge-test-{}", std::process::id());
        let by_name = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        send(OsStr::new(&format!("@{name}")), SdState::Stopping).unwrap();
        assert_eq!(heard(&by_name), "STOPPING=1");
        assert!(send(OsStr::new("/nobody/listens"), SdState::Ready).is_err());
    }
}
