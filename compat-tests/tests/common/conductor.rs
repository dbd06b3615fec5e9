//! Makes a cluster move forward and back, as an operator who looks away: gives an order, lets nodes die where a trap is set,
//! starts the dead again, and waits until everything is as ordered.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use kedge_real_parts::{TestSite, eventually};
use serde_json::Value;

use super::{
    Kedge, SOON,
    migration::Move,
    node_calls::{self, Refusal},
};

/// A change of source, whatever dies on the way: sessions (6 s) have to end, a new leader has to be elected.
const DEADLINE: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(30);
/// Between two times that the same order is given.
const ORDER_PAUSE: Duration = Duration::from_millis(500);
/// A controller that died is started again when another rules, at the latest after this.
const REVIVAL_MAX: Duration = Duration::from_secs(5);

/// Which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// `kedge migrate start`: to `dual`.
    Forward,
    /// `kedge migrate rollback`: to `prepared`.
    Back,
    /// `kedge migrate finalize`: from `dual` to `final`.
    Finalize,
}

impl Way {
    fn verb(self) -> &'static str {
        match self {
            Way::Forward => "start",
            Way::Back => "rollback",
            Way::Finalize => "finalize",
        }
    }

    fn target(self) -> &'static str {
        match self {
            Way::Forward => "dual",
            Way::Back => "prepared",
            Way::Finalize => "final",
        }
    }

    /// Where the order is given, and where one that was lost leaves the cluster.
    fn origin(self) -> &'static str {
        if self == Way::Forward { "prepared" } else { "dual" }
    }

    fn authority(self) -> &'static str {
        if self == Way::Back { "zookeeper" } else { "kraft" }
    }
}

/// What happens at a crash point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Who passes it dies.
    Abort,
    /// Who passes it waits there until the broker with that index is dead.
    KillBroker(usize),
    /// Who passes it waits there until another has died at that other place.
    WaitForAbortAt(&'static str),
}

/// A crash point that is armed.
pub struct Trap {
    pub place: &'static str,
    pub deed: Deed,
    folder: PathBuf,
    /// When the place was passed.
    pub hit: Option<Instant>,
    /// What was to be done while the process waits there is done.
    is_released: bool,
    /// Processes that may die of it.
    victims: usize,
}

/// The folder that every Kedge of the site looks into.
pub fn crash_folder(site: &TestSite) -> PathBuf {
    let folder = site.directory().join("crash");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

impl Trap {
    /// Arms the place.
    pub fn set(site: &TestSite, place: &'static str, deed: Deed) -> Trap {
        let trap = Trap { place, deed, folder: crash_folder(site), hit: None, is_released: false, victims: 0 };
        let _ = std::fs::remove_file(trap.folder.join("go"));
        let action = if deed == Deed::Abort { "abort" } else { "pause" };
        let _ = std::fs::remove_file(trap.folder.join(format!("hit-{place}")));
        trap.arm(place, action);
        trap
    }

    fn arm(&self, place: &str, action: &str) {
        // Under its name only when it is whole.
        let draft = self.folder.join("draft");
        std::fs::write(&draft, format!("{place} {action}\n")).unwrap();
        std::fs::rename(&draft, self.folder.join("armed")).unwrap();
    }

    /// Its place was passed, and everything that belongs to it is done.
    pub fn is_over(&self) -> bool {
        self.hit.is_some() && self.is_released
    }

    /// Somebody has passed that place.
    pub fn was_passed(&self, place: &str) -> bool {
        self.folder.join(format!("hit-{place}")).exists()
    }

    fn release(&mut self) {
        std::fs::write(self.folder.join("go"), "").unwrap();
        self.is_released = true;
    }

    /// Looks whether it was hit and does what is to be done then.
    fn tend(&mut self, brokers: &mut [Kedge]) {
        if self.hit.is_none() && self.was_passed(self.place) {
            self.hit = Some(Instant::now());
            match self.deed {
                Deed::Abort => (self.victims, self.is_released) = (1, true),
                Deed::KillBroker(index) => {
                    brokers[index].kill();
                    self.victims = 1;
                    self.release();
                }
                Deed::WaitForAbortAt(place) => {
                    self.arm(place, "abort");
                    self.victims = 1;
                }
            }
        }
        if let (Deed::WaitForAbortAt(place), Some(_), false) = (self.deed, self.hit, self.is_released)
            && self.was_passed(place)
        {
            self.release();
        }
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.folder.join("armed"));
        let _ = std::fs::write(self.folder.join("go"), "");
    }
}

/// How a change of source went.
#[derive(Clone, Copy, Debug)]
pub struct Went {
    /// Orders that were taken, or may have been.
    pub n_orders: usize,
    /// From the first order to the end.
    pub elapsed: Duration,
    /// From the trap's hit to the end.
    pub recovery: Option<Duration>,
}

/// See the module.
pub struct Conductor {
    pub subject: Move,
    site: TestSite,
    controllers: Vec<String>,
    /// Dead controllers by index, since when.
    dead: BTreeMap<usize, Instant>,
}

/// An order on its way: it is answered when it is committed, and meanwhile traps have to be tended.
type Pending = JoinHandle<Result<String, Refusal>>;

impl Conductor {
    /// Of a cluster that is prepared.
    pub fn new(site: &TestSite, subject: Move) -> Conductor {
        let voters = subject.cluster.controllers[0].config.voters().to_owned();
        let addresses = voters.split(',').filter_map(|voter| voter.split_once('@'));
        let controllers = addresses.map(|(_, address)| address.to_owned()).collect();
        crash_folder(site);
        Conductor { subject, site: site.clone(), controllers, dead: BTreeMap::new() }
    }

    /// What the active controller says, and its address.
    pub fn status(&self) -> Result<(String, Value), String> {
        node_calls::active_status(&self.controllers)
    }

    /// Index of the active controller's process.
    pub fn active_index(&self) -> Result<usize, String> {
        let (address, _) = self.status()?;
        self.controllers.iter().position(|it| *it == address).ok_or(address)
    }

    /// What each broker says of itself; the error names one that does not answer.
    pub fn brokers(&self) -> Result<Vec<Value>, String> {
        self.subject.cluster.brokers.iter().map(|broker| node_calls::describe(&broker.bootstrap())).collect()
    }

    /// Gives the order and sees it carried out. Gives it again only if the cluster is found where it was before: an order may
    /// be lost with its leader before it is committed.
    pub fn go(&mut self, way: Way, trap: &mut Option<Trap>) -> Went {
        let began = Instant::now();
        let mut n_orders = 0;
        let mut pending: Option<Pending> = None;
        let mut next_order = began;
        let mut last = String::new();
        loop {
            self.tend(trap);
            if let Some(order) = pending.take_if(|order| order.is_finished()) {
                next_order = Instant::now() + ORDER_PAUSE;
                match order.join().unwrap() {
                    Ok(_) | Err(Refusal::NoAnswer(_)) => n_orders += 1,
                    Err(Refusal::Refused(why)) => last = why,
                }
            }
            let has_victim = trap.as_ref().is_some_and(|trap| trap.victims > 0);
            match self.progress(way) {
                Ok(None) if has_victim => {}
                Ok(None) if pending.is_none() => {
                    let recovery = trap.as_ref().and_then(|trap| trap.hit).map(|hit| hit.elapsed());
                    return Went { n_orders, elapsed: began.elapsed(), recovery };
                }
                Ok(Some(active)) if pending.is_none() && Instant::now() >= next_order => {
                    let (cluster_id, verb) = (self.subject.cluster_id.clone(), way.verb());
                    pending = Some(std::thread::spawn(move || node_calls::order(&active, &cluster_id, verb)));
                }
                Ok(_) => {}
                Err(why) => {
                    if began.elapsed() >= DEADLINE {
                        let place = trap.as_ref().map_or("no place", |trap| trap.place);
                        panic!("{way:?} with a trap at {place}: {why}; the last order: {last}");
                    }
                }
            }
            assert!(began.elapsed() < 2 * DEADLINE, "{way:?}: every order is refused: {last}");
            std::thread::sleep(POLL);
        }
    }

    /// None when all is as ordered; the active controller's address if an order is to be given; else what is missing.
    fn progress(&self, way: Way) -> Result<Option<String>, String> {
        let (active, status) = self.status()?;
        let state = status["state"].as_str().unwrap_or_default();
        if state == way.origin() {
            return Ok(Some(active));
        }
        if state != way.target() {
            return Err(format!("{state} waits for {}; {status}", status["waiting"]));
        }
        if !self.dead.is_empty() {
            return Err("a controller is dead".to_owned());
        }
        for broker in self.brokers()? {
            if broker["authority"] != way.authority() {
                return Err(format!("{state}, and broker {} has {}", broker["node_id"], broker["authority"]));
            }
        }
        Ok(None)
    }

    /// Tends the trap, and starts again who died in it.
    pub fn tend(&mut self, trap: &mut Option<Trap>) {
        if let Some(trap) = trap {
            trap.tend(&mut self.subject.cluster.brokers);
        }
        for index in 0..self.subject.cluster.brokers.len() {
            if !self.subject.cluster.brokers[index].process.is_running() {
                expect_victim(&mut self.subject.cluster.brokers[index], trap);
                self.start_broker_again(index);
            }
        }
        for index in 0..self.subject.cluster.controllers.len() {
            let controller = &mut self.subject.cluster.controllers[index];
            if controller.process.is_running() {
                continue;
            }
            let since = *self.dead.entry(index).or_insert_with(|| {
                expect_victim(controller, trap);
                Instant::now()
            });
            if since.elapsed() >= REVIVAL_MAX || self.status().is_ok() {
                self.dead.remove(&index);
                self.subject.cluster.controllers[index].restart();
            }
        }
    }

    /// A new process of that broker, which may die before it is ready.
    pub fn start_broker_again(&mut self, index: usize) {
        let config = self.subject.cluster.brokers[index].config.clone();
        self.subject.cluster.brokers[index] = Kedge::spawn(&self.site, config);
    }

    /// Waits until the trap is over, and its victim was found; nothing is ordered meanwhile.
    pub fn wait_for(&mut self, trap: &mut Option<Trap>) {
        let place = trap.as_ref().map_or("", |trap| trap.place);
        let what = format!("a process at crash point {place} (kedge has to be built with the feature crash-points)");
        eventually(SOON, what, || {
            self.tend(trap);
            trap.as_ref().is_none_or(|trap| trap.is_over() && trap.victims == 0)
        })
        .unwrap();
    }

    /// Waits until quorum and tree are equal and the mirror has nothing to do.
    pub fn wait_until_equal(&self) {
        eventually(SOON, "tree and quorum equal", || {
            let (active, status) = self.status()?;
            if status["mirror_lag"] != 0 {
                return Err(format!("the mirror's lag is {}, waiting {}", status["mirror_lag"], status["waiting"]));
            }
            match node_calls::verify(&active)? {
                (verdict, _) if verdict == "equal" => Ok(()),
                (verdict, proof) => Err(format!("{verdict}: {proof}")),
            }
        })
        .unwrap();
    }
}

/// Whoever dies without a trap dies of a bug.
fn expect_victim(node: &mut Kedge, trap: &mut Option<Trap>) {
    let status = node.process.exit_status();
    // The file is renamed before the process aborts, so it is there by now.
    match trap {
        Some(trap) => {
            if trap.deed == Deed::Abort {
                trap.tend(&mut []);
            }
            assert!(trap.victims > 0, "{} died by itself ({status:?}), trap at {}", node.config.name(), trap.place);
            trap.victims -= 1;
        }
        None => panic!("{} died by itself ({status:?})", node.config.name()),
    }
}
