//! Requests that wait for partitions to move: acks=all for the high watermark, long fetches for data. Woken, never polled.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Notify;

/// Entries a list may hold before it looks for those whose request is over.
const PRUNE_FROM: usize = 16;

/// The requests that wait on one event of one partition.
///
/// A request registers one [`Notify`] with every partition it waits for, *then* looks at their state, then awaits it: a permit left
/// between look and await is kept, so nothing is missed. Dropping the `Notify` ends the registration.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    list: Mutex<WaiterList>,
}

#[derive(Debug, Default)]
struct WaiterList {
    waiters: Vec<Weak<Notify>>,
    prune_at: usize,
}

impl Waiters {
    /// Adds a request.
    pub(crate) fn register(&self, waiter: &Arc<Notify>) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        if list.waiters.len() >= list.prune_at.max(PRUNE_FROM) {
            list.waiters.retain(|waiter| waiter.strong_count() > 0);
            // Amortised: the next look is due only when the list has doubled.
            list.prune_at = list.waiters.len() * 2;
        }
        list.waiters.push(Arc::downgrade(waiter));
    }

    /// Wakes every request that still waits.
    pub(crate) fn wake(&self) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.waiters.retain(|waiter| match waiter.upgrade() {
            Some(waiter) => {
                waiter.notify_one();
                true
            }
            None => false,
        });
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.list.lock().unwrap_or_else(PoisonError::into_inner).waiters.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wake_between_register_and_await_is_not_lost() {
        let waiters = Waiters::default();
        let waiter = Arc::new(Notify::new());
        waiters.register(&waiter);
        waiters.wake();
        waiter.notified().await;
        waiters.wake();
        waiter.notified().await;
    }

    #[test]
    fn finished_requests_do_not_pile_up() {
        let waiters = Waiters::default();
        let alive = Arc::new(Notify::new());
        waiters.register(&alive);
        for _ in 0..10_000 {
            waiters.register(&Arc::new(Notify::new()));
        }
        assert!(waiters.len() <= 2 * PRUNE_FROM, "{}", waiters.len());
        waiters.wake();
        assert_eq!(waiters.len(), 1);
    }
}
