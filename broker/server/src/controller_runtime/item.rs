//! A request or event that waits for the controller, and the handle that brings it there.

use kedge_controller::{Context, Decision, DecisionUnit};
use kedge_metadata_state::Record;
use kedge_protocol::ErrorCode;
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    SoftState,
    gate::{Control, DriverCommit, Kind},
};

/// Why a request was not decided, or its decision not committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControllerError {
    /// This node does not rule.
    #[error("this node is not the active controller")]
    NotController,
    /// It was sent to the store and the answer lost.
    #[error("the outcome is not known")]
    Unknown,
    /// Somebody else keeps changing what it is decided upon.
    #[error("somebody else keeps changing the same metadata")]
    Conflict,
    /// More than the store commits atomically.
    #[error("the change is larger than the metadata store takes at once")]
    TooLarge,
    /// The authority cannot hold it.
    #[error("the metadata store has no place for this change")]
    NotHeld,
}

impl ControllerError {
    /// What a client is told.
    pub fn error_code(self) -> ErrorCode {
        match self {
            // After either of these the client looks the controller up again and asks anew.
            ControllerError::NotController | ControllerError::Unknown => ErrorCode::NOT_CONTROLLER,
            ControllerError::Conflict => ErrorCode::REQUEST_TIMED_OUT,
            ControllerError::TooLarge => ErrorCode::POLICY_VIOLATION,
            ControllerError::NotHeld => ErrorCode::UNSUPPORTED_VERSION,
        }
    }
}

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    Committed,
    NotController,
    Unknown,
    Conflict,
    TooLarge,
    NotHeld,
}

/// Something to decide. It may be decided again if somebody else changed what it was decided upon.
pub(super) trait Item: Send {
    /// Decides on the scratch image and keeps the response for later.
    fn decide(&mut self, context: &mut Context<'_>, soft: &mut SoftState) -> Vec<DecisionUnit>;
    /// Which gate it has to pass.
    fn kind(&self) -> Kind;
    /// Counts a conflict and says how many there were before it.
    fn conflicts(&mut self) -> u8;
    /// Answers.
    fn settle(self: Box<Self>, settled: Settled);
}

struct Request<T, F> {
    kind: Kind,
    decide: F,
    response: Option<T>,
    conflicts: u8,
    /// None for what the node asks of itself.
    answer: Option<oneshot::Sender<Result<T, ControllerError>>>,
}

impl<T, F> Item for Request<T, F>
where
    T: Send,
    F: FnMut(&mut Context<'_>, &mut SoftState) -> Decision<T> + Send,
{
    fn decide(&mut self, context: &mut Context<'_>, soft: &mut SoftState) -> Vec<DecisionUnit> {
        let decision = (self.decide)(context, soft);
        self.response = Some(decision.response);
        decision.units
    }

    fn kind(&self) -> Kind {
        self.kind
    }

    fn conflicts(&mut self) -> u8 {
        self.conflicts += 1;
        self.conflicts - 1
    }

    fn settle(self: Box<Self>, settled: Settled) {
        let result = match settled {
            Settled::Committed => Ok(self.response.expect("an item is decided before it is committed")),
            Settled::NotController => Err(ControllerError::NotController),
            Settled::Unknown => Err(ControllerError::Unknown),
            Settled::Conflict => Err(ControllerError::Conflict),
            Settled::TooLarge => Err(ControllerError::TooLarge),
            Settled::NotHeld => Err(ControllerError::NotHeld),
        };
        if let Some(answer) = self.answer {
            // Whoever asked may have given up.
            let _ = answer.send(result);
        }
    }
}

/// An event of the node's own, with nobody to answer.
pub(super) fn internal<T, F>(kind: Kind, decide: F) -> Box<dyn Item>
where
    T: Send + 'static,
    F: FnMut(&mut Context<'_>, &mut SoftState) -> Decision<T> + Send + 'static,
{
    Box::new(Request { kind, decide, response: None, conflicts: 0, answer: None })
}

/// The way to a node's controller.
#[derive(Clone)]
pub struct ControllerHandle {
    queue: mpsc::Sender<Box<dyn Item>>,
    control: mpsc::Sender<Control>,
    active: watch::Receiver<Option<i32>>,
}

impl std::fmt::Debug for ControllerHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ControllerHandle").field("active", &*self.active.borrow()).finish_non_exhaustive()
    }
}

impl ControllerHandle {
    pub(super) fn new(
        queue: mpsc::Sender<Box<dyn Item>>,
        control: mpsc::Sender<Control>,
        active: watch::Receiver<Option<i32>>,
    ) -> ControllerHandle {
        ControllerHandle { queue, control, active }
    }

    /// The controller epoch while this node rules.
    pub fn active_epoch(&self) -> Option<i32> {
        *self.active.borrow()
    }

    /// Decides, commits and answers what changes the cluster's content: topics, partitions, configs, ids. The closure may
    /// run more than once, each time on a newer image.
    pub async fn decide<T, F>(&self, decide: F) -> Result<T, ControllerError>
    where
        T: Send + 'static,
        F: FnMut(&mut Context<'_>, &mut SoftState) -> Decision<T> + Send + 'static,
    {
        self.decide_as(Kind::Content, decide).await
    }

    /// The same for what says who belongs to the cluster; it is decided in PRE_MIGRATION, too.
    pub async fn decide_membership<T, F>(&self, decide: F) -> Result<T, ControllerError>
    where
        T: Send + 'static,
        F: FnMut(&mut Context<'_>, &mut SoftState) -> Decision<T> + Send + 'static,
    {
        self.decide_as(Kind::Membership, decide).await
    }

    /// The same for a heartbeat, which is answered even while the controller is frozen: the closure looks at
    /// [`SoftState::is_frozen`] and then decides nothing.
    pub async fn decide_heartbeat<T, F>(&self, decide: F) -> Result<T, ControllerError>
    where
        T: Send + 'static,
        F: FnMut(&mut Context<'_>, &mut SoftState) -> Decision<T> + Send + 'static,
    {
        self.decide_as(Kind::Heartbeat, decide).await
    }

    async fn decide_as<T, F>(&self, kind: Kind, decide: F) -> Result<T, ControllerError>
    where
        T: Send + 'static,
        F: FnMut(&mut Context<'_>, &mut SoftState) -> Decision<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let item = Request { kind, decide, response: None, conflicts: 0, answer: Some(answer) };
        self.queue.send(Box::new(item)).await.map_err(|_| ControllerError::NotController)?;
        answered.await.map_err(|_| ControllerError::Unknown)?
    }

    /// From the return on, the reign of this epoch decides nothing but [`ControllerHandle::commit_batches`]; what was
    /// under way is committed. False if that reign is over.
    pub async fn freeze(&self, controller_epoch: i32) -> bool {
        self.set_frozen(controller_epoch, true).await
    }

    /// Ends a freeze: the reign decides again, and every broker that was alive has a full session. False if it is over.
    pub async fn thaw(&self, controller_epoch: i32) -> bool {
        self.set_frozen(controller_epoch, false).await
    }

    async fn set_frozen(&self, controller_epoch: i32, is_frozen: bool) -> bool {
        let (done, answered) = oneshot::channel();
        let control = Control::Freeze { controller_epoch, is_frozen, done };
        self.control.send(control).await.is_ok() && answered.await.unwrap_or(false)
    }

    /// Commits what the move's driver decided, one entry per batch, frozen or not. A metadata transaction may span several
    /// of them; listeners see it as a whole. If anything fails the reign is over when this returns.
    pub async fn commit_batches(&self, controller_epoch: i32, batches: Vec<Vec<Record>>) -> DriverCommit {
        let (done, answered) = oneshot::channel();
        match self.control.send(Control::Commit { controller_epoch, batches, done }).await {
            Ok(()) => answered.await.unwrap_or(DriverCommit::Unknown),
            Err(_) => DriverCommit::Refused,
        }
    }
}
