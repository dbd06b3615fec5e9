//! Waiting for a condition with a deadline.

use std::time::{Duration, Instant};

use crate::PartsError;

const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// What one attempt of [`eventually`] may return: a `bool`, an `Option`, or a `Result` whose error is kept for the message.
pub trait Outcome {
    /// What a successful attempt yields.
    type Value;

    /// The value, or why there is none yet (`None`: nothing to say).
    fn into_outcome(self) -> Result<Self::Value, Option<String>>;
}

impl Outcome for bool {
    type Value = ();

    fn into_outcome(self) -> Result<(), Option<String>> {
        if self { Ok(()) } else { Err(None) }
    }
}

impl<T> Outcome for Option<T> {
    type Value = T;

    fn into_outcome(self) -> Result<T, Option<String>> {
        self.ok_or(None)
    }
}

impl<T, E: std::fmt::Display> Outcome for Result<T, E> {
    type Value = T;

    fn into_outcome(self) -> Result<T, Option<String>> {
        self.map_err(|error| Some(error.to_string()))
    }
}

/// Calls `attempt` every 50 ms until it succeeds and returns its value. It is called at least once, and once more after
/// the deadline has passed, so that a slow machine gets an answer rather than a race.
///
/// # Errors
/// [`PartsError::Deadline`] naming `what` and the last attempt's error.
pub fn eventually<O: Outcome>(
    deadline: Duration,
    what: impl AsRef<str>,
    mut attempt: impl FnMut() -> O,
) -> Result<O::Value, PartsError> {
    let started = Instant::now();
    loop {
        let expired = started.elapsed() >= deadline;
        match attempt().into_outcome() {
            Ok(value) => return Ok(value),
            Err(last) if expired => {
                return Err(PartsError::Deadline { what: what.as_ref().to_owned(), waited: started.elapsed(), last });
            }
            Err(_) => std::thread::sleep(POLL_INTERVAL),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_the_value_of_the_first_success() {
        let mut attempts = 0;
        let value = eventually(Duration::from_secs(5), "third attempt", || {
            attempts += 1;
            (attempts == 3).then_some(attempts)
        });
        assert_eq!(value.unwrap(), 3);
    }

    #[test]
    fn an_expired_deadline_names_what_was_waited_for_and_the_last_error() {
        let error = eventually(Duration::ZERO, "leader", || Err::<(), _>("connection refused")).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("no leader after "), "{text}");
        assert!(text.ends_with("; last: connection refused"), "{text}");
    }

    #[test]
    fn a_condition_that_became_true_at_the_deadline_counts() {
        let mut attempts = 0;
        let result = eventually(Duration::from_millis(1), "second attempt", || {
            attempts += 1;
            attempts == 2
        });
        assert!(result.is_ok());
    }
}
