//! Requests that wait for partitions to move: acks=all for the high watermark, long fetches for data. Woken, never polled.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Notify;

/// Entries a list may hold before it looks for those whose request is over.
const PRUNE_FROM: usize = 16;

/// A request that waits, and which of its partitions have moved since it last looked.
#[derive(Debug, Default)]
pub(crate) struct Waiter {
    moved: Mutex<Vec<usize>>,
    notify: Notify,
}

impl Waiter {
    /// Waits until a partition has moved.
    pub(crate) async fn notified(&self) {
        self.notify.notified().await;
    }

    /// The numbers, as registered, of what has moved since the last call.
    pub(crate) fn take_moved(&self) -> Vec<usize> {
        let mut moved = std::mem::take(&mut *self.moved.lock().unwrap_or_else(PoisonError::into_inner));
        moved.sort_unstable();
        moved.dedup();
        moved
    }

    fn wake(&self, number: usize) {
        let mut moved = self.moved.lock().unwrap_or_else(PoisonError::into_inner);
        // One that moves again and again is noted once.
        if moved.last() != Some(&number) {
            moved.push(number);
        }
        drop(moved);
        self.notify.notify_one();
    }
}

/// The requests that wait on one event of one partition.
///
/// A request registers one [`Waiter`] with every partition it waits for, *then* looks at their state, then awaits it: a permit left
/// between look and await is kept, so nothing is missed. Dropping the `Waiter` ends the registration.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    list: Mutex<WaiterList>,
}

#[derive(Debug, Default)]
struct WaiterList {
    /// Each with the number that the request gave this partition.
    waiters: Vec<(Weak<Waiter>, usize)>,
    prune_at: usize,
}

impl Waiters {
    /// Adds a request, which knows this partition by `number`.
    pub(crate) fn register(&self, waiter: &Arc<Waiter>, number: usize) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        if list.waiters.len() >= list.prune_at.max(PRUNE_FROM) {
            list.waiters.retain(|(waiter, _)| waiter.strong_count() > 0);
            // Amortised: the next look is due only when the list has doubled.
            list.prune_at = list.waiters.len() * 2;
        }
        list.waiters.push((Arc::downgrade(waiter), number));
    }

    /// Wakes every request that still waits.
    pub(crate) fn wake(&self) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.waiters.retain(|(waiter, number)| match waiter.upgrade() {
            Some(waiter) => {
                waiter.wake(*number);
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
        let waiter = Arc::new(Waiter::default());
        waiters.register(&waiter, 0);
        waiters.wake();
        waiter.notified().await;
        waiters.wake();
        waiter.notified().await;
    }

    #[tokio::test]
    async fn a_request_hears_which_partitions_moved() {
        let partitions: Vec<Waiters> = (0..3).map(|_| Waiters::default()).collect();
        let waiter = Arc::new(Waiter::default());
        partitions.iter().enumerate().for_each(|(number, waiters)| waiters.register(&waiter, number));
        [2, 0, 2, 2].into_iter().for_each(|number: usize| partitions[number].wake());
        waiter.notified().await;
        assert_eq!(waiter.take_moved(), [0, 2]);
        assert_eq!(waiter.take_moved(), [0usize; 0]);
    }

    #[test]
    fn finished_requests_do_not_pile_up() {
        let waiters = Waiters::default();
        let alive = Arc::new(Waiter::default());
        waiters.register(&alive, 0);
        for _ in 0..10_000 {
            waiters.register(&Arc::new(Waiter::default()), 0);
        }
        assert!(waiters.len() <= 2 * PRUNE_FROM, "{}", waiters.len());
        waiters.wake();
        assert_eq!(waiters.len(), 1);
    }
}
