//! Producer-id blocks (KIP-730): handed out once, never twice.

use kedge_metadata_state::{BrokerId, ErrorCode, records::ProducerIdsRecord};

use crate::{
    ApiError, ApiResult, Context, Decision, DecisionUnit, Subject, cluster_view::registration_of_epoch, limits,
};

/// A block of producer ids for one broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerIdBlock {
    /// First id.
    pub first_producer_id: i64,
    /// How many.
    pub size: i32,
}

/// AllocateProducerIds (key 67): the next block. It may be used only once the record is committed.
pub fn allocate_producer_ids(
    context: &mut Context<'_>,
    broker_id: BrokerId,
    broker_epoch: i64,
) -> Decision<ApiResult<ProducerIdBlock>> {
    if let Err(error) = registration_of_epoch(context.image, broker_id, broker_epoch) {
        return Decision::unchanged(Err(error));
    }
    match advance(context, broker_id, broker_epoch, 1) {
        Ok((first_producer_id, unit)) => {
            let block = ProducerIdBlock { first_producer_id, size: limits::PRODUCER_ID_BLOCK_SIZE as i32 };
            Decision { units: vec![unit], response: Ok(block) }
        }
        Err(error) => Decision::unchanged(Err(error)),
    }
}

/// Leaves blocks out, so that a deposed allocator's last blocks are not handed out again: both hand-overs of a migration
/// do this, because an Apache controller takes its block without a check of its epoch.
pub fn skip_blocks(context: &mut Context<'_>, blocks: u32) -> Decision<ApiResult<()>> {
    const NOBODY: (BrokerId, i64) = (-1, -1);
    match advance(context, NOBODY.0, NOBODY.1, i64::from(blocks)) {
        _ if blocks == 0 => Decision::unchanged(Ok(())),
        Ok((_, unit)) => Decision { units: vec![unit], response: Ok(()) },
        Err(error) => Decision::unchanged(Err(error)),
    }
}

fn advance(
    context: &Context<'_>,
    broker_id: BrokerId,
    broker_epoch: i64,
    blocks: i64,
) -> ApiResult<(i64, DecisionUnit)> {
    let first_producer_id = context.image.next_producer_id;
    let next_producer_id = first_producer_id.checked_add(blocks * limits::PRODUCER_ID_BLOCK_SIZE).ok_or_else(|| {
        ApiError::new(ErrorCode::UNKNOWN_SERVER_ERROR, format!("producer ids are used up at {first_producer_id}"))
    })?;
    let record = ProducerIdsRecord { broker_id, broker_epoch, next_producer_id };
    Ok((first_producer_id, DecisionUnit::new(Subject::ProducerIds, [record])))
}
