//! Orders from outside: what they would do, what stands in their way, and their answers.

use crate::{
    codes,
    decide::{Action, Answer, Driver, Event, Order},
    node_api::OrderRequest,
    readiness::Problem,
    rollback::RollbackOrder,
};

impl From<OrderRequest> for Order {
    fn from(request: OrderRequest) -> Order {
        match request {
            OrderRequest::Start { without_brokers } => Order::Start { without_brokers },
            OrderRequest::Rollback { without_brokers, accept_loss, successor } => {
                Order::Rollback(RollbackOrder { without_brokers, accept_loss, successor })
            }
            OrderRequest::Finalize => Order::Finalize,
            OrderRequest::Hold { reason } => Order::Hold(reason),
            OrderRequest::Resume => Order::Resume,
            OrderRequest::Acknowledge => Order::Acknowledge,
        }
    }
}

/// What an order would do, one line each, in order.
pub(super) fn steps(order: &OrderRequest) -> Vec<String> {
    let lines: &[&str] = match order {
        OrderRequest::Start { .. } => &[
            "every broker registers with the quorum; ZooKeeper rules on",
            "the tree is read once while its controller still rules, and checked",
            "/controller is claimed: no metadata can change from here on, leaders serve on",
            "the tree is read again and copied into the quorum's log as one transaction",
            "the quorum rules; the tree follows every change (dual)",
            "each broker changes its metadata source while it serves",
        ],
        OrderRequest::Rollback { .. } => &[
            "no controller of the quorum claims ZooKeeper from here on",
            "no metadata can change until a broker rules; leaders serve on",
            "everything committed is written into the tree, and compared by a second reader",
            "a broker takes /controller in its own session; /migration is deleted",
            "each broker follows the ZooKeeper controller again while it serves",
            "the quorum is prepared for another start",
        ],
        OrderRequest::Finalize => &[
            "no metadata can change for the time of the last comparison; leaders serve on",
            "everything committed is written into the tree, and compared by a second reader",
            "the quorum rules alone; the tree is not written any more. There is no way back",
        ],
        OrderRequest::Hold { .. } => &["the move does not pass its next gate"],
        OrderRequest::Resume => &["the move goes on at its next gate"],
        OrderRequest::Acknowledge => &["the writes of others found so far are not shown any longer"],
    };
    lines.iter().map(|line| (*line).to_owned()).collect()
}

/// What the driver would refuse an order with: it is asked on a copy of itself. An order that is a fact already would do
/// nothing, which a preview says too.
pub(super) fn refusal(driver: &Driver, order: OrderRequest, now: i64) -> Vec<Problem> {
    let mut driver = driver.clone();
    let event = Event::Order { order_number: u64::MAX, order: order.into() };
    let refused = driver.handle(event, now).into_iter().find_map(|action| match action {
        Action::Answer { order_number: u64::MAX, answer: Answer::Refused(problems) } => Some(problems),
        Action::Answer { order_number: u64::MAX, answer: Answer::Done(text) } => {
            Some(vec![Problem::new(codes::WRONG_STATE, [text.to_owned()])])
        }
        _ => None,
    });
    refused.unwrap_or_default()
}
