//! The real client: zookeeper-client behind [`Zk`].
//!
//! The five rules of `docs/decisions/0008-two-zookeeper-clients.md` live here: one-shot watches only; a budget of watched bytes per session,
//! beyond which further sessions do nothing but watch; ZooKeeper 3.4 without creates in multis; a permit per operation in
//! flight and nothing sent while not connected; a session's end is final.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::{Semaphore, mpsc},
};
use zookeeper_client::{Acls, Client, CreateMode, Error, EventType, MultiWriteError, MultiWriteResult, SessionState};

use crate::zk::{CreateKind, MultiError, Op, OpResult, Stat, Zk, ZkConnector, ZkError, ZkEvent, ZkEvents};

/// Most watched path bytes of one session. A session with more than 128 KiB of them never reconnects.
const WATCHED_BYTES_MAX: usize = 96 * 1024;
/// Most operations in flight in one session.
const IN_FLIGHT_MAX: usize = 512;
/// Longest wait for a session's end to be told.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest wait for a server's answer to `srvr`.
const SRVR_TIMEOUT: Duration = Duration::from_secs(2);

/// How to reach an ensemble.
#[derive(Clone, Debug)]
pub struct Ensemble {
    /// `zookeeper.connect`: `host:port,host:port/chroot`.
    pub connect: String,
    /// `zookeeper.session.timeout.ms`.
    pub session_timeout: Duration,
}

#[async_trait]
impl ZkConnector for Ensemble {
    #[expect(
        clippy::disallowed_methods,
        reason = "holds at most one event per watch that was set, and the session's states"
    )]
    async fn connect(&self) -> Result<(Arc<dyn Zk>, ZkEvents), ZkError> {
        let asked_first = server_version(&self.hosts()).await;
        let mut before_3_5 = is_before_3_5(asked_first);
        let mut main = self.open(before_3_5).await?;
        if asked_first.is_none() && is_before_3_5(server_version(&self.hosts()).await) {
            // Nobody served yet when they were asked, and now one does. A client learns its server's version at its birth.
            before_3_5 = true;
            main = self.open(before_3_5).await?;
        }
        let main = self.enter_chroot(main).await?;
        let (sender, events) = mpsc::unbounded_channel();
        tokio::spawn(tell_states(main.clone(), sender.clone()));
        let session_id = main.session_id().0;
        let session = Session {
            ensemble: self.clone(),
            session_id,
            before_3_5,
            clients: Arc::new(Mutex::new(vec![Watching { client: main, watched_bytes: 0 }])),
            permits: Semaphore::new(IN_FLIGHT_MAX),
            events: sender,
        };
        Ok((Arc::new(session), events))
    }
}

impl Ensemble {
    fn hosts(&self) -> String {
        self.connect.split('/').next().unwrap_or_default().to_owned()
    }

    fn chroot(&self) -> Option<&str> {
        let start = self.connect.find('/')?;
        Some(&self.connect[start..]).filter(|chroot| *chroot != "/")
    }

    /// A client outside the chroot.
    async fn open(&self, before_3_5: bool) -> Result<Client, ZkError> {
        let mut connector = Client::connector().with_session_timeout(self.session_timeout);
        if before_3_5 {
            connector = connector.with_server_version(3, 4, 14);
        }
        connector.connect(&self.hosts()).await.map_err(classify)
    }

    /// The client inside the chroot, which is created if it is missing, without touching a parent that exists.
    async fn enter_chroot(&self, client: Client) -> Result<Client, ZkError> {
        let Some(chroot) = self.chroot() else { return Ok(client) };
        if client.check_stat(chroot).await.map_err(classify)?.is_none() {
            client.mkdir(chroot, &CreateMode::Persistent.with_acls(Acls::anyone_all())).await.map_err(classify)?;
        }
        client.chroot(chroot.to_owned()).map_err(|_| ZkError::Refused(format!("{chroot} is not a chroot")))
    }
}

/// What does not say is taken for newer: `srvr` can be switched off only there.
fn is_before_3_5(version: Option<(u32, u32)>) -> bool {
    version.is_some_and(|version| version < (3, 5))
}

/// The ensemble's (major, minor) version by `srvr`; none if no server says, as while none serves.
async fn server_version(hosts: &str) -> Option<(u32, u32)> {
    for host in hosts.split(',') {
        let ask = async {
            let mut stream = tokio::net::TcpStream::connect(host).await.ok()?;
            stream.write_all(b"srvr").await.ok()?;
            let mut answer = Vec::new();
            stream.take(4096).read_to_end(&mut answer).await.ok()?;
            let answer = String::from_utf8_lossy(&answer).into_owned();
            let version = answer.strip_prefix("Zookeeper version: ")?.to_owned();
            let mut numbers = version.split(['.', '-', ',']).map_while(|number| number.parse().ok());
            Some((numbers.next()?, numbers.next()?))
        };
        if let Ok(Some(version)) = tokio::time::timeout(SRVR_TIMEOUT, ask).await {
            return Some(version);
        }
    }
    None
}

/// What an error says about the operation: a definite answer of the server, or nothing. The client's enum grows, so
/// everything unknown is *outcome unknown*.
pub fn classify(error: Error) -> ZkError {
    match error {
        Error::NoNode => ZkError::NoNode,
        Error::NodeExists => ZkError::NodeExists,
        Error::BadVersion => ZkError::BadVersion,
        Error::NotEmpty => ZkError::NotEmpty,
        Error::NoAuth
        | Error::NoChildrenForEphemerals
        | Error::InvalidAcl
        | Error::QuotaExceeded
        | Error::NotReadOnly
        | Error::Throttled
        | Error::Unimplemented
        | Error::MarshallingError
        | Error::NoHosts
        | Error::AuthFailed
        | Error::BadArguments(_) => ZkError::Refused(error.to_string()),
        Error::SessionExpired | Error::ClientClosed | Error::SessionMoved => ZkError::SessionOver,
        other => ZkError::Unknown(other.to_string()),
    }
}

async fn tell_states(client: Client, events: mpsc::UnboundedSender<ZkEvent>) {
    let mut states = client.state_watcher();
    // The task must not keep the session alive.
    drop(client);
    loop {
        let state = states.changed().await;
        let event = match state {
            SessionState::Disconnected => ZkEvent::Connected(false),
            SessionState::SyncConnected | SessionState::ConnectedReadOnly => ZkEvent::Connected(true),
            _ => ZkEvent::SessionOver,
        };
        if events.send(event).is_err() || state.is_terminated() {
            return;
        }
    }
}

struct Watching {
    client: Client,
    watched_bytes: usize,
}

/// The session that reads, writes and owns ephemerals, and those beside it that only watch.
struct Session {
    ensemble: Ensemble,
    session_id: i64,
    before_3_5: bool,
    /// The first is the session itself. Empty once closed.
    clients: Arc<Mutex<Vec<Watching>>>,
    permits: Semaphore,
    events: mpsc::UnboundedSender<ZkEvent>,
}

impl Session {
    /// The session itself, if something can be sent now.
    fn client(&self) -> Result<Client, ZkError> {
        let clients = self.clients.lock().expect("no holder panics");
        let client = &clients.first().ok_or(ZkError::SessionOver)?.client;
        match client.state() {
            SessionState::SyncConnected => Ok(client.clone()),
            state if state.is_terminated() => Err(ZkError::SessionOver),
            _ => Err(ZkError::NotConnected),
        }
    }

    /// The number of a session with room for a watch, and the session.
    fn room_for(&self, path_bytes: usize) -> Option<(usize, Client)> {
        let mut clients = self.clients.lock().expect("no holder panics");
        let number = clients.iter().position(|client| client.watched_bytes + path_bytes <= WATCHED_BYTES_MAX)?;
        clients[number].watched_bytes += path_bytes;
        Some((number, clients[number].client.clone()))
    }

    fn give_back(&self, number: usize, path_bytes: usize) {
        give_back(&self.clients, number, path_bytes);
    }

    async fn watching_client(&self, path: &str) -> Result<(usize, Client), ZkError> {
        self.client()?;
        let path_bytes = self.path_bytes(path);
        loop {
            if let Some(found) = self.room_for(path_bytes) {
                return Ok(found);
            }
            let client = self.ensemble.open(self.before_3_5).await?;
            let client = self.ensemble.enter_chroot(client).await?;
            tokio::spawn(end_with(client.state_watcher(), self.events.clone()));
            self.clients.lock().expect("no holder panics").push(Watching { client, watched_bytes: 0 });
        }
    }

    fn path_bytes(&self, path: &str) -> usize {
        path.len() + self.ensemble.chroot().map_or(0, str::len)
    }
}

fn give_back(clients: &Mutex<Vec<Watching>>, number: usize, path_bytes: usize) {
    if let Some(client) = clients.lock().expect("no holder panics").get_mut(number) {
        client.watched_bytes = client.watched_bytes.saturating_sub(path_bytes);
    }
}

/// A watch-only session that ends takes the whole session along: its watches are lost, so everything is read again.
async fn end_with(mut states: zookeeper_client::StateWatcher, events: mpsc::UnboundedSender<ZkEvent>) {
    loop {
        let state = tokio::select! {
            state = states.changed() => state,
            () = events.closed() => return,
        };
        if state.is_terminated() {
            let _ = events.send(ZkEvent::SessionOver);
            return;
        }
    }
}

impl Session {
    /// Waits for a watch of session `number` and tells it; its room is free again then.
    fn forward(&self, watcher: zookeeper_client::OneshotWatcher, number: usize, path: &str) {
        let (events, clients) = (self.events.clone(), self.clients.clone());
        let (path, path_bytes) = (path.to_owned(), self.path_bytes(path));
        tokio::spawn(async move {
            tokio::select! {
                event = watcher.changed() => {
                    give_back(&clients, number, path_bytes);
                    if event.event_type != EventType::Session {
                        let _ = events.send(ZkEvent::Changed(path));
                    }
                }
                () = events.closed() => {}
            }
        });
    }
}

#[async_trait]
impl Zk for Session {
    fn session_id(&self) -> i64 {
        self.session_id
    }

    fn creates_in_multi(&self) -> bool {
        !self.before_3_5
    }

    async fn get(&self, path: &str, watch: bool) -> Result<(Vec<u8>, Stat), ZkError> {
        let _permit = self.permits.acquire().await.expect("never closed");
        if !watch {
            let (data, stat) = self.client()?.get_data(path).await.map_err(classify)?;
            return Ok((data, stat_of(&stat)));
        }
        let (number, client) = self.watching_client(path).await?;
        match client.get_and_watch_data(path).await {
            Ok((data, stat, watcher)) => {
                self.forward(watcher, number, path);
                Ok((data, stat_of(&stat)))
            }
            Err(error) => {
                self.give_back(number, self.path_bytes(path));
                Err(classify(error))
            }
        }
    }

    async fn exists(&self, path: &str, watch: bool) -> Result<Option<Stat>, ZkError> {
        let _permit = self.permits.acquire().await.expect("never closed");
        if !watch {
            let stat = self.client()?.check_stat(path).await.map_err(classify)?;
            return Ok(stat.as_ref().map(stat_of));
        }
        let (number, client) = self.watching_client(path).await?;
        match client.check_and_watch_stat(path).await {
            Ok((stat, watcher)) => {
                self.forward(watcher, number, path);
                Ok(stat.as_ref().map(stat_of))
            }
            Err(error) => {
                self.give_back(number, self.path_bytes(path));
                Err(classify(error))
            }
        }
    }

    async fn children(&self, path: &str, watch: bool) -> Result<Vec<String>, ZkError> {
        let _permit = self.permits.acquire().await.expect("never closed");
        let mut names = if watch {
            let (number, client) = self.watching_client(path).await?;
            match client.list_and_watch_children(path).await {
                Ok((names, watcher)) => {
                    self.forward(watcher, number, path);
                    names
                }
                Err(error) => {
                    self.give_back(number, self.path_bytes(path));
                    return Err(classify(error));
                }
            }
        } else {
            self.client()?.list_children(path).await.map_err(classify)?
        };
        names.sort();
        Ok(names)
    }

    async fn multi(&self, ops: Vec<Op>) -> Result<Vec<OpResult>, MultiError> {
        let _permit = self.permits.acquire().await.expect("never closed");
        let client = self.client()?;
        let commit = {
            let mut writer = client.new_multi_writer();
            for op in &ops {
                add_op(&mut writer, op).map_err(classify)?;
            }
            writer.commit()
        };
        let results = commit.await.map_err(|error| match error {
            MultiWriteError::RequestFailed { source } => classify(source).into(),
            MultiWriteError::OperationFailed { index, source } => {
                MultiError { failed_op: Some(index), error: classify(source) }
            }
        })?;
        Ok(results.into_iter().map(result_of).collect())
    }

    async fn create(&self, path: &str, data: &[u8], kind: CreateKind) -> Result<(String, Stat), ZkError> {
        let _permit = self.permits.acquire().await.expect("never closed");
        let client = self.client()?;
        let options = mode_of(kind).with_acls(Acls::anyone_all());
        let (stat, sequence) = client.create(path, data, &options).await.map_err(classify)?;
        let path = match kind {
            CreateKind::PersistentSequential => format!("{path}{sequence}"),
            CreateKind::Persistent | CreateKind::Ephemeral => path.to_owned(),
        };
        Ok((path, stat_of_created(&stat)))
    }

    async fn sync(&self) -> Result<(), ZkError> {
        let _permit = self.permits.acquire().await.expect("never closed");
        self.client()?.sync("/").await.map_err(classify)
    }

    async fn close(&self) {
        // Dropping every clone closes the session. A process that ends right after would not have told the servers: what the
        // session owns would stand until it expires.
        let clients = std::mem::take(&mut *self.clients.lock().expect("no holder panics"));
        let watchers: Vec<_> = clients.iter().map(|watching| watching.client.state_watcher()).collect();
        drop(clients);
        let closed = async {
            for mut states in watchers {
                while !states.changed().await.is_terminated() {}
            }
        };
        // Without a connection there is nobody to tell.
        let _ = tokio::time::timeout(CLOSE_TIMEOUT, closed).await;
    }
}

fn add_op(writer: &mut zookeeper_client::MultiWriter<'_>, op: &Op) -> Result<(), Error> {
    match op {
        Op::Check { path, zk_version } => writer.add_check_version(path, *zk_version),
        Op::Create { path, data, kind } => writer.add_create(path, data, &mode_of(*kind).with_acls(Acls::anyone_all())),
        Op::SetData { path, data, expected } => writer.add_set_data(path, data, *expected),
        Op::Delete { path, expected } => writer.add_delete(path, *expected),
    }
}

fn mode_of(kind: CreateKind) -> CreateMode {
    match kind {
        CreateKind::Persistent => CreateMode::Persistent,
        CreateKind::Ephemeral => CreateMode::Ephemeral,
        CreateKind::PersistentSequential => CreateMode::PersistentSequential,
    }
}

fn result_of(result: MultiWriteResult) -> OpResult {
    match result {
        MultiWriteResult::Check => OpResult::Checked,
        MultiWriteResult::Delete => OpResult::Deleted,
        MultiWriteResult::Create { path, stat } => OpResult::Created(path, stat_of_created(&stat)),
        MultiWriteResult::SetData { stat } => OpResult::Set(stat_of(&stat)),
        other => unreachable!("a multi holds only the operations of add_op: {other:?}"),
    }
}

/// Servers before 3.9 answer a create in a multi with an invalid Stat, 3.4 every create; a fresh znode has version 0.
fn stat_of_created(stat: &zookeeper_client::Stat) -> Stat {
    if stat.is_invalid() { Stat { czxid: -1, mzxid: -1, ..Stat::default() } } else { stat_of(stat) }
}

fn stat_of(stat: &zookeeper_client::Stat) -> Stat {
    Stat {
        czxid: stat.czxid,
        mzxid: stat.mzxid,
        mtime_ms: stat.mtime,
        zk_version: stat.version,
        children_version: stat.cversion,
        ephemeral_owner: stat.ephemeral_owner,
        ctime_ms: stat.ctime,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_server_s_answer_is_definite() {
        for error in [Error::ConnectionLoss, Error::Timeout, Error::RuntimeInconsistent, Error::UnexpectedErrorCode(-7)]
        {
            assert!(!classify(error).is_definite());
        }
        for error in [Error::SessionExpired, Error::ClientClosed] {
            assert_eq!(classify(error), ZkError::SessionOver);
        }
        for error in [Error::NoNode, Error::BadVersion, Error::NodeExists, Error::NotEmpty, Error::NoAuth] {
            assert!(classify(error).is_definite());
        }
    }

    #[test]
    fn a_chroot_follows_the_last_host() {
        let ensemble =
            |connect: &str| Ensemble { connect: connect.to_owned(), session_timeout: Duration::from_secs(6) };
        assert_eq!(ensemble("a:1,b:2/x/y").hosts(), "a:1,b:2");
        assert_eq!(ensemble("a:1,b:2/x/y").chroot(), Some("/x/y"));
        assert_eq!(ensemble("a:1").chroot(), None);
        assert_eq!(ensemble("a:1/").chroot(), None);
    }
}
