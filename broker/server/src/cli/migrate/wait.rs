//! Follows an order until the move has arrived, or has gone back.

use std::{io::Write, time::Duration};

use kedge_migration::node_api::MigrationStatus;
use tokio::time::Instant;

use super::{BLOCKED, controllers::Controllers, view};
use crate::{
    cli::ToolError,
    clock::{Clock as _, SystemClock},
};

/// Between two looks.
const LOOK_PAUSE: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 500 });

/// So many looks in a row at the state that the order should have left, and it has come back there unseen.
const LOOKS_AT_HOME_MAX: u32 = 20;

/// Where an order leads.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The word of its success.
    pub arrived: &'static str,
    /// Where every live broker must take its metadata from by then; none if that does not matter.
    pub follows_log: Option<bool>,
    /// The word that, seen after another one, says that it was given up.
    pub gone_back: Option<&'static str>,
}

impl Target {
    /// Start: the quorum rules, and every live broker follows it.
    pub const START: Target = Target { arrived: "dual", follows_log: Some(true), gone_back: Some("prepared") };
    /// Rollback: a broker rules again, and every live broker hears it.
    pub const ROLLBACK: Target = Target { arrived: "prepared", follows_log: Some(false), gone_back: Some("dual") };
    /// Finalize: the mirror is closed.
    pub const FINALIZE: Target = Target { arrived: "final", follows_log: None, gone_back: None };

    fn is_reached(self, status: &MigrationStatus) -> bool {
        let mut live = status.brokers.values().filter(|broker| broker.is_alive);
        status.state == self.arrived
            && self.follows_log.is_none_or(|follows_log| live.all(|broker| broker.follows_log == follows_log))
    }
}

/// Prints a line whenever something changes, until the target is reached. Exit code 0, or 3 if it was not.
///
/// # Errors
/// Nobody answered.
pub async fn follow(
    controllers: &Controllers,
    target: Target,
    patience: Duration,
    out: &mut impl Write,
) -> Result<u8, ToolError> {
    let deadline = Instant::now() + patience;
    let mut last_line = String::new();
    let (mut has_left, mut looks_at_home) = (false, 0);
    loop {
        let status = controllers.find_active().await?.status;
        let line = progress_line(&status);
        if line != last_line {
            write!(out, "{}", view::wrapped(&format!("{}  ", view::time_of_day(SystemClock.now_ms())), &line))?;
            out.flush()?;
            last_line = line;
        }
        if target.is_reached(&status) {
            return Ok(0);
        }
        let is_back = target.gone_back == Some(status.state.as_str());
        looks_at_home = if is_back { looks_at_home + 1 } else { 0 };
        if is_back && (has_left || looks_at_home > LOOKS_AT_HOME_MAX) {
            writeln!(out, "given up: the move is back in {}", status.state)?;
            out.write_all(view::problems(&status.blocked).as_bytes())?;
            return Ok(BLOCKED);
        }
        has_left |= !is_back;
        if Instant::now() >= deadline {
            writeln!(out, "not {} after {patience:?}; the move goes on by itself", target.arrived)?;
            out.write_all(view::problems(&status.blocked).as_bytes())?;
            return Ok(BLOCKED);
        }
        tokio::time::sleep(LOOK_PAUSE).await;
    }
}

/// State, what it waits for, and how far it is.
pub fn progress_line(status: &MigrationStatus) -> String {
    let switched = status.brokers.values().filter(|broker| broker.follows_log).count();
    let mut line = format!("{} · brokers {switched}/{} on the log", status.state, status.brokers.len());
    match status.mirror_lag {
        Some(lag) if status.state == "dual" || lag > 0 => {
            line.push_str(&format!(" · mirror lag {}", view::thousands(lag)));
        }
        _ => {}
    }
    if let Some(waiting) = &status.waiting {
        line.push_str(&format!(" · waits: {waiting}"));
    }
    line
}
