//! Requests that wait for partitions to move: acks=all for the high watermark, long fetches for data. Woken, never polled.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use tokio::sync::Notify;

/// Entries a list may hold before it looks for those whose request is over.
const PRUNE_FROM: usize = 16;

/// A request, or a fetch session, and which of its partitions have moved since it last looked.
#[derive(Debug, Default)]
pub(crate) struct Waiter {
    marks: Mutex<Marks>,
    notify: Notify,
}

#[derive(Debug, Default)]
struct Marks {
    moved: BTreeSet<usize>,
    /// What a session is about now; a request is about everything that it registered for.
    session: Option<BTreeSet<usize>>,
}

impl Waiter {
    fn marks(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a partition has moved.
    pub(crate) async fn notified(&self) {
        self.notify.notified().await;
    }

    /// Hands a wake-up on to whoever else waits here.
    pub(crate) fn pass_on(&self) {
        self.notify.notify_one();
    }

    /// Wakes all who wait now.
    pub(crate) fn interrupt(&self) {
        self.notify.notify_waiters();
    }

    /// The numbers, as registered, of what has moved since the last call, ascending.
    pub(crate) fn take_moved(&self) -> Vec<usize> {
        std::mem::take(&mut self.marks().moved).into_iter().collect()
    }

    /// From now on it is a session's, about these numbers only.
    pub(crate) fn keep(&self, numbers: impl IntoIterator<Item = usize>) {
        self.marks().session = Some(numbers.into_iter().collect());
    }

    /// The session is about one more.
    pub(crate) fn follow(&self, number: usize) {
        if let Some(session) = &mut self.marks().session {
            session.insert(number);
        }
    }

    /// The session is about one less: its registrations go when they are next looked at.
    pub(crate) fn forget(&self, number: usize) {
        let mut marks = self.marks();
        marks.moved.remove(&number);
        if let Some(session) = &mut marks.session {
            session.remove(&number);
        }
    }

    fn is_about(&self, number: usize) -> bool {
        self.marks().session.as_ref().is_none_or(|session| session.contains(&number))
    }

    /// Notes a move; false if the registration is of no more use: the waiter is not about that partition any more, or it is a
    /// session's, which looks at the partition next and registers anew. One that nobody uses any more costs nothing from then on.
    fn moved(&self, registration: &Registration) -> bool {
        let mut marks = self.marks();
        if marks.session.as_ref().is_some_and(|session| !session.contains(&registration.number)) {
            return false;
        }
        // One that moves again and again is noted once.
        marks.moved.insert(registration.number);
        drop(marks);
        if registration.wakes {
            self.notify.notify_one();
        }
        !registration.is_session
    }
}

/// The requests and sessions that wait on one event of one partition.
///
/// A request registers one [`Waiter`] with every partition it waits for, *then* looks at their state, then awaits it: a permit left
/// between look and await is kept, so nothing is missed. Dropping the `Waiter` ends the registration.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    list: Mutex<WaiterList>,
}

#[derive(Debug, Default)]
struct WaiterList {
    registrations: Vec<Registration>,
    prune_at: usize,
}

#[derive(Debug)]
struct Registration {
    waiter: Weak<Waiter>,
    /// The number that the waiter gave this partition.
    number: usize,
    /// Else a move is only noted, for the next look.
    wakes: bool,
    /// Good for one move.
    is_session: bool,
}

impl Waiters {
    /// Adds a request, which knows this partition by `number`.
    pub(crate) fn register(&self, waiter: &Arc<Waiter>, number: usize) {
        self.add(Registration { waiter: Arc::downgrade(waiter), number, wakes: true, is_session: false });
    }

    /// Adds a session until the next move, unless it is there already. Only if it `wakes` does that end the wait of its request.
    pub(crate) fn register_session(&self, waiter: &Arc<Waiter>, number: usize, wakes: bool) {
        let is_same = |registration: &Registration| {
            registration.number == number && std::ptr::eq(registration.waiter.as_ptr(), Arc::as_ptr(waiter))
        };
        let is_known = self.list().registrations.iter().any(is_same);
        if !is_known {
            self.add(Registration { waiter: Arc::downgrade(waiter), number, wakes, is_session: true });
        }
    }

    fn list(&self) -> MutexGuard<'_, WaiterList> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, registration: Registration) {
        let mut list = self.list();
        if list.registrations.len() >= list.prune_at.max(PRUNE_FROM) {
            list.registrations.retain(|it| it.waiter.upgrade().is_some_and(|waiter| waiter.is_about(it.number)));
            // Amortised: the next look is due only when the list has doubled.
            list.prune_at = list.registrations.len() * 2;
        }
        list.registrations.push(registration);
    }

    /// Wakes every request that still waits.
    pub(crate) fn wake(&self) {
        self.list().registrations.retain(|it| it.waiter.upgrade().is_some_and(|waiter| waiter.moved(it)));
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.list().registrations.len()
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

    #[test]
    fn a_session_is_told_of_what_it_is_about() {
        let partitions: Vec<Waiters> = (0..2).map(|_| Waiters::default()).collect();
        let session = Arc::new(Waiter::default());
        session.keep([0, 1]);
        let register = || {
            partitions.iter().enumerate().for_each(|(number, list)| list.register_session(&session, number, true));
        };
        for _ in 0..3 {
            register();
        }
        assert_eq!(partitions[0].len(), 1, "registered once");
        partitions.iter().for_each(Waiters::wake);
        assert_eq!(session.take_moved(), [0, 1]);
        assert_eq!(partitions[0].len(), 0, "until the next look");
        register();
        session.forget(0);
        partitions.iter().for_each(Waiters::wake);
        assert_eq!((session.take_moved(), partitions[0].len()), (vec![1], 0), "what is forgotten leaves its list");
        // It comes back under another number.
        session.follow(2);
        partitions[0].register_session(&session, 2, true);
        partitions[0].wake();
        assert_eq!(session.take_moved(), [2]);
    }

    #[test]
    fn what_a_session_forgets_and_names_again_does_not_pile_up() {
        let (waiters, session) = (Waiters::default(), Arc::new(Waiter::default()));
        session.keep([]);
        for number in 0..10_000 {
            session.follow(number);
            waiters.register_session(&session, number, true);
            session.forget(number);
        }
        assert!(waiters.len() <= 2 * PRUNE_FROM, "{}", waiters.len());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_only_noted_does_not_wake() {
        let (waiters, session) = (Waiters::default(), Arc::new(Waiter::default()));
        session.keep([4]);
        waiters.register_session(&session, 4, false);
        waiters.wake();
        let woken = tokio::time::timeout(std::time::Duration::from_secs(1), session.notified()).await;
        assert!(woken.is_err());
        assert_eq!(session.take_moved(), [4]);
    }
}
