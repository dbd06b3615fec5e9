//! Producer ids for idempotent producers, from blocks that the controller hands out (KIP-730).

use std::{collections::VecDeque, sync::Arc};

use kedge_protocol::ErrorCode;
use tokio::sync::Mutex;
use tracing::warn;

use crate::{
    controller_link::{LinkError, ProducerIdBlock},
    services::LinkCell,
};

/// The next block is asked for when so many ids are left: a tenth of Kafka's block of 1000, as its `RPCProducerIdManager`.
const PREFETCH_AT_LEFT: i64 = 100;

/// The ids this broker may give out. Those left at shutdown are never used.
#[derive(Clone, Debug, Default)]
pub struct ProducerIds {
    blocks: Arc<Mutex<Blocks>>,
}

#[derive(Debug, Default)]
struct Blocks {
    /// First id and end of each block; the first one is in use.
    queue: VecDeque<std::ops::Range<i64>>,
    is_fetching: bool,
}

impl ProducerIds {
    /// An id nobody has had. COORDINATOR_LOAD_IN_PROGRESS, which producers retry, while no controller hands out a block.
    pub async fn next(&self, link: &LinkCell) -> Result<i64, ErrorCode> {
        let linked = link.load();
        let mut blocks = self.blocks.lock().await;
        if let Some(producer_id) = blocks.take() {
            if blocks.is_low() && !blocks.is_fetching {
                blocks.is_fetching = true;
                let (ids, link) = (self.clone(), linked.link);
                tokio::spawn(async move {
                    let fetched = link.allocate_producer_ids().await;
                    let mut blocks = ids.blocks.lock().await;
                    blocks.is_fetching = false;
                    // Failing is no harm yet: whoever finds no id left asks again.
                    let _ = blocks.add(fetched);
                });
            }
            return Ok(producer_id);
        }
        // Under the lock: whoever else needs an id needs this very block.
        let fetched = linked.link.allocate_producer_ids().await;
        blocks.add(fetched)?;
        blocks.take().ok_or(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS)
    }
}

impl Blocks {
    fn take(&mut self) -> Option<i64> {
        while let Some(block) = self.queue.front_mut() {
            if let Some(producer_id) = block.next() {
                return Some(producer_id);
            }
            self.queue.pop_front();
        }
        None
    }

    fn is_low(&self) -> bool {
        let left: i64 = self.queue.iter().map(|block| block.end - block.start).sum();
        left <= PREFETCH_AT_LEFT
    }

    fn add(&mut self, fetched: Result<ProducerIdBlock, LinkError>) -> Result<(), ErrorCode> {
        match fetched {
            Ok(block) => {
                let end = block.first_producer_id + i64::from(block.count);
                self.queue.push_back(block.first_producer_id..end);
                Ok(())
            }
            Err(error) => {
                warn!(%error, "[ProducerIds] no block of producer ids");
                Err(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(first_producer_id: i64, count: i32) -> Result<ProducerIdBlock, LinkError> {
        Ok(ProducerIdBlock { first_producer_id, count })
    }

    #[test]
    fn ids_come_in_order_and_once() {
        let mut blocks = Blocks::default();
        assert_eq!(blocks.take(), None);
        assert_eq!(blocks.add(block(1000, 2)), Ok(()));
        assert_eq!(blocks.add(block(5000, 1)), Ok(()));
        let taken: Vec<_> = std::iter::from_fn(|| blocks.take()).collect();
        assert_eq!(taken, [1000, 1001, 5000]);
    }

    #[test]
    fn the_next_block_is_due_before_the_last_id() {
        let mut blocks = Blocks::default();
        blocks.add(block(0, 1000)).unwrap();
        let due = std::iter::from_fn(|| blocks.take().map(|id| (id, blocks.is_low()))).find(|(_, is_low)| *is_low);
        assert_eq!(due, Some((899, true)));
        blocks.add(block(1000, 1000)).unwrap();
        assert!(!blocks.is_low());
    }

    #[test]
    fn an_unreachable_controller_is_worth_a_retry() {
        let refused = Blocks::default().add(Err(LinkError::NotController));
        assert_eq!(refused, Err(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS));
    }
}
