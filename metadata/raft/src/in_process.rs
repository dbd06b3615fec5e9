//! Voters of one process, for tests: RPCs are calls, links can be cut and slowed, all from one seed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;

use crate::{
    node::RaftNode,
    transport::{RaftRpc, RaftTransport, TransportError},
};

/// The network between the voters of a process.
#[derive(Default)]
pub struct InProcessNetwork {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    nodes: BTreeMap<i32, RaftNode>,
    cut: BTreeSet<(i32, i32)>,
    delay_ms_max: u64,
    lose_replies_in_100: u64,
    random: u64,
}

impl State {
    /// SplitMix64: enough to spread faults, and the same for the same seed.
    fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl InProcessNetwork {
    /// A network without faults; `seed` draws delays and losses once they are switched on.
    pub fn new(seed: u64) -> Arc<InProcessNetwork> {
        let network = InProcessNetwork::default();
        network.state().random = seed;
        Arc::new(network)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no panic while locked")
    }

    /// The transport of one node.
    pub fn transport(self: &Arc<Self>, node_id: i32) -> Arc<dyn RaftTransport> {
        Arc::new(InProcessTransport { network: self.clone(), node_id })
    }

    /// Makes a node reachable, in place of an earlier one of the same id.
    pub fn plug(&self, node: &RaftNode) {
        self.state().nodes.insert(node.node_id(), node.clone());
    }

    /// Makes a node unreachable for good.
    pub fn unplug(&self, node_id: i32) {
        self.state().nodes.remove(&node_id);
    }

    /// Cuts every link of a node, both ways.
    pub fn isolate(&self, node_id: i32) {
        let mut state = self.state();
        let others: Vec<i32> = state.nodes.keys().copied().filter(|other| *other != node_id).collect();
        for other in others {
            state.cut.insert((node_id, other));
            state.cut.insert((other, node_id));
        }
    }

    /// Mends every link.
    pub fn heal(&self) {
        self.state().cut.clear();
    }

    /// Slows every RPC by up to so many milliseconds, and loses so many answers in a hundred.
    pub fn disturb(&self, delay_ms_max: u64, lose_replies_in_100: u64) {
        let mut state = self.state();
        state.delay_ms_max = delay_ms_max;
        state.lose_replies_in_100 = lose_replies_in_100;
    }

    fn route(&self, from: i32, to: i32) -> Option<(RaftNode, u64, bool)> {
        let mut state = self.state();
        if state.cut.contains(&(from, to)) {
            return None;
        }
        let delay_ms = if state.delay_ms_max > 0 { state.next_random() % (state.delay_ms_max + 1) } else { 0 };
        let lost = state.lose_replies_in_100 > 0 && state.next_random() % 100 < state.lose_replies_in_100;
        state.nodes.get(&to).cloned().map(|node| (node, delay_ms, lost))
    }
}

struct InProcessTransport {
    network: Arc<InProcessNetwork>,
    node_id: i32,
}

#[async_trait]
impl RaftTransport for InProcessTransport {
    async fn call(
        &self,
        target: i32,
        rpc: RaftRpc,
        request: Bytes,
        timeout: Duration,
    ) -> Result<Bytes, TransportError> {
        let unreachable = |problem: &str| TransportError::Unreachable { target, problem: problem.to_owned() };
        let Some((node, delay_ms, lost)) = self.network.route(self.node_id, target) else {
            return Err(unreachable("the link is cut"));
        };
        if delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        }
        let answer = node.handle_rpc(rpc, request).await;
        if lost || self.network.route(target, self.node_id).is_none() {
            return Err(TransportError::TimedOut { target, timeout });
        }
        Ok(answer)
    }
}
