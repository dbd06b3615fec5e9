//! Hosts of one test: network namespaces on a switch of their own, each with its name, its address and its hosts file; or,
//! where the machine does not permit namespaces, this machine under several names, with the reason said.

use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::PartsError;

/// Where `ip netns exec` looks for files that replace those of `/etc`.
const ETC_NETNS: &str = "/etc/netns";
/// Where `ip netns add` puts its namespaces.
const RUN_NETNS: &str = "/run/netns";
const PREFIX: &str = "kedge-";

/// Some hosts that reach each other and nothing else. Dropping it removes them; their processes must have ended.
#[derive(Debug)]
pub struct HostNetwork {
    hosts: Vec<Host>,
    namespaces: Vec<String>,
    refused: Option<String>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Host {
    name: String,
    address: Ipv4Addr,
    namespace: Option<String>,
}

impl HostNetwork {
    /// Makes hosts of these names and addresses, all in one /24. `site_name` tells them from those of other tests that run.
    ///
    /// # Errors
    /// [`PartsError::Io`] if a hosts file cannot be written. A refusal of namespaces is none: see [`Self::refused`].
    pub fn create(site_name: &str, hosts: &[(&str, Ipv4Addr)]) -> Result<HostNetwork, PartsError> {
        remove_leftovers();
        let prefix = format!("{PREFIX}{}-{site_name}-", std::process::id());
        let mut network = HostNetwork { hosts: Vec::new(), namespaces: Vec::new(), refused: None };
        if let Err(reason) = network.build(&prefix, hosts) {
            network.remove();
            network.refused = Some(reason);
            let local = |(name, _): &(&str, Ipv4Addr)| Host {
                name: (*name).to_owned(),
                address: Ipv4Addr::LOCALHOST,
                namespace: None,
            };
            network.hosts = hosts.iter().map(local).collect();
            return Ok(network);
        }
        let list: String = hosts.iter().map(|(name, address)| format!("{address} {name}\n")).collect();
        for host in &network.hosts {
            let directory = Path::new(ETC_NETNS).join(host.namespace.as_deref().expect("all have one"));
            let io = |path: &Path| PartsError::io(path.display().to_string());
            std::fs::create_dir_all(&directory).map_err(io(&directory))?;
            let file = directory.join("hosts");
            std::fs::write(&file, format!("127.0.0.1 localhost\n{list}")).map_err(io(&file))?;
        }
        Ok(network)
    }

    /// Why there are no namespaces, if there are none.
    pub fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }

    /// A host by its place in the list.
    pub fn host(&self, index: usize) -> Host {
        self.hosts[index].clone()
    }

    fn build(&mut self, prefix: &str, hosts: &[(&str, Ipv4Addr)]) -> Result<(), String> {
        let switch = format!("{prefix}switch");
        self.add_namespace(&switch)?;
        ip(&["-n", &switch, "link", "add", "br0", "type", "bridge"])?;
        ip(&["-n", &switch, "link", "set", "br0", "up"])?;
        for (index, (name, address)) in hosts.iter().enumerate() {
            let namespace = format!("{prefix}{name}");
            let port = format!("v{index}");
            self.add_namespace(&namespace)?;
            ip(&["-n", &switch, "link", "add", &port, "type", "veth", "peer", "name", "eth0", "netns", &namespace])?;
            ip(&["-n", &switch, "link", "set", &port, "master", "br0", "up"])?;
            ip(&["-n", &namespace, "addr", "add", &format!("{address}/24"), "dev", "eth0"])?;
            ip(&["-n", &namespace, "link", "set", "eth0", "up"])?;
            ip(&["-n", &namespace, "link", "set", "lo", "up"])?;
            self.hosts.push(Host { name: (*name).to_owned(), address: *address, namespace: Some(namespace) });
        }
        // `ip netns exec` needs more than `ip netns add`.
        let probe = self.hosts[0].command(Command::new("true")).output().map_err(|error| error.to_string())?;
        if probe.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&probe.stderr).trim().to_owned()) }
    }

    fn add_namespace(&mut self, namespace: &str) -> Result<(), String> {
        ip(&["netns", "add", namespace])?;
        self.namespaces.push(namespace.to_owned());
        Ok(())
    }

    fn remove(&mut self) {
        self.hosts.clear();
        self.namespaces.drain(..).for_each(|namespace| remove_namespace(&namespace));
    }
}

impl Drop for HostNetwork {
    fn drop(&mut self) {
        self.remove();
    }
}

impl Host {
    /// Its name, which the others' hosts files know.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its address; 127.0.0.1 where there are no namespaces.
    pub fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// The same command on this host: its network, its host name, its hosts file, and the files of this machine. The process
    /// id is that of the command.
    pub fn command(&self, command: Command) -> Command {
        let Some(namespace) = &self.namespace else { return command };
        let mut on_host = Command::new("ip");
        // Each of these replaces itself by the next.
        on_host.args(["netns", "exec", namespace, "unshare", "--uts", "sh", "-c"]);
        on_host.args(["hostname \"$1\" && shift && exec \"$@\"", "sh", &self.name]);
        on_host.arg(command.get_program()).args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => on_host.env(key, value),
                None => on_host.env_remove(key),
            };
        }
        if let Some(directory) = command.get_current_dir() {
            on_host.current_dir(directory);
        }
        on_host
    }

    /// Runs something in a thread whose sockets are this host's.
    ///
    /// # Errors
    /// [`PartsError::Io`] if the thread cannot go there.
    ///
    /// # Panics
    /// With the thread.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, PartsError> {
        let Some(namespace) = &self.namespace else { return Ok(work()) };
        let path = Path::new(RUN_NETNS).join(namespace);
        let file = std::fs::File::open(&path).map_err(PartsError::io(path.display().to_string()))?;
        std::thread::scope(|scope| {
            let thread = scope.spawn(move || {
                move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))?;
                Ok(work())
            });
            let done: std::io::Result<T> = thread.join().expect("the work does not panic");
            done.map_err(PartsError::io(format!("enter {}", path.display())))
        })
    }
}

fn ip(args: &[&str]) -> Result<(), String> {
    let output = Command::new("ip").args(args).output().map_err(|error| format!("ip {}: {error}", args.join(" ")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("ip {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr).trim()))
}

fn remove_namespace(namespace: &str) {
    if let Err(problem) = ip(&["netns", "delete", namespace]) {
        eprintln!("{problem}");
    }
    let _ = std::fs::remove_dir_all(PathBuf::from(ETC_NETNS).join(namespace));
}

/// Those of test processes that were killed.
fn remove_leftovers() {
    let Ok(entries) = std::fs::read_dir(RUN_NETNS) else { return };
    for name in entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()) {
        let pid = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        if pid.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
            remove_namespace(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    #[test]
    fn hosts_have_names_and_reach_each_other() {
        let names = [("h1", Ipv4Addr::new(192, 168, 56, 129)), ("h2", Ipv4Addr::new(192, 168, 56, 130))];
        let network = HostNetwork::create("own", &names).unwrap();
        if let Some(reason) = network.refused() {
            return println!("skipped: no network namespaces here ({reason})");
        }
        let mut command = Command::new("sh");
        command.args(["-c", "hostname; cat /etc/hosts; echo $KEPT"]).env("KEPT", "kept");
        let said = network.host(1).command(command).output().unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        assert_eq!(said, "h2\n127.0.0.1 localhost\n192.168.56.129 h1\n192.168.56.130 h2\nkept\n");

        let (server, client) = (network.host(0), network.host(1));
        let listener = server.run(|| std::net::TcpListener::bind((server.address(), 9091)).unwrap()).unwrap();
        let serving = std::thread::spawn(move || listener.accept().unwrap().0.write_all(b"hello").unwrap());
        let address = server.address();
        let answer = client.run(move || {
            let mut answer = String::new();
            std::net::TcpStream::connect((address, 9091)).unwrap().read_to_string(&mut answer).unwrap();
            answer
        });
        assert_eq!(answer.unwrap(), "hello");
        serving.join().unwrap();
    }
}
