//! What a broker's replicas do by the clock: ISR shrinking, checkpoints, retention, flushing; and the stop.

use std::{
    sync::{Arc, PoisonError, Weak},
    time::Duration,
};

use kedge_metadata_state::Authority;
use tokio::{
    runtime::Handle,
    time::{MissedTickBehavior, interval_at},
};
use tracing::{error, info};

use super::{Hosted, ReplicaManager, directories, isr};

impl ReplicaManager {
    /// Starts fetchers and periodic work on the present runtime. Called once, before or after the first image.
    pub fn start_background(self: &Arc<Self>) {
        let weak = Arc::downgrade(self);
        self.fetchers.on_storage_error(Box::new(move |partition| {
            if let Some(manager) = weak.upgrade() {
                manager.storage_failed(partition);
            }
        }));
        self.fetchers.start(Handle::current());
        let hosted = self.hosted.clone();
        let find = Arc::new(move |id: kedge_metadata_state::TopicIdPartition| {
            match hosted.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
                Some(Hosted::Online(partition)) => Some(partition.clone()),
                _ => None,
            }
        });
        let mut tasks = vec![tokio::spawn(isr::run(self.context.clone(), find))];
        let weak = Arc::downgrade(self);
        tasks.push(tokio::spawn(async move {
            let mut looked_at = None;
            loop {
                tokio::time::sleep(directories::INTERVAL).await;
                let Some(manager) = weak.upgrade() else { return };
                manager.assign_directories(&mut looked_at).await;
            }
        }));
        let config = &self.config;
        tasks.push(self.every(config.replica_lag_time_max / 2, |manager| {
            for partition in manager.online() {
                partition.shrink_isr_if_lagging();
            }
        }));
        tasks.push(self.every(config.high_watermark_checkpoint_interval, |manager| {
            complain("checkpoint high watermarks", manager.logs.checkpoint_high_watermarks());
        }));
        tasks.push(self.every(config.offset_checkpoint_interval, |manager| {
            complain("checkpoint recovery points", manager.logs.checkpoint_recovery_points());
            complain("checkpoint log start offsets", manager.logs.checkpoint_log_start_offsets());
            manager.logs.idle_pass();
        }));
        tasks.push(self.every(config.flush_interval, |manager| {
            for (partition, problem) in manager.logs.flush_pass() {
                manager.maintenance_failed("flush", &partition, &problem);
            }
        }));
        tasks.push(self.every(config.retention_check_interval, |manager| {
            let (removed, problems) = manager.logs.retention_pass();
            if removed > 0 {
                info!(segments = removed, "retention removed segments");
            }
            for (partition, problem) in problems {
                manager.maintenance_failed("apply retention to", &partition, &problem);
            }
            complain("remove deleted partitions", manager.logs.deletion_pass());
        }));
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).extend(tasks);
    }

    /// Runs `work` on a thread that may block, every `period`, until the manager is gone.
    fn every(
        self: &Arc<Self>,
        period: Duration,
        work: impl Fn(&ReplicaManager) + Clone + Send + 'static,
    ) -> tokio::task::JoinHandle<()> {
        let weak: Weak<ReplicaManager> = Arc::downgrade(self);
        let period = period.max(Duration::from_millis(1));
        tokio::spawn(async move {
            let mut ticks = interval_at(tokio::time::Instant::now() + period, period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let Some(manager) = weak.upgrade() else { return };
                let work = work.clone();
                if let Err(panic) = tokio::task::spawn_blocking(move || work(&manager)).await {
                    error!(%panic, "periodic work of the replica manager panicked");
                }
            }
        })
    }

    fn maintenance_failed(
        &self,
        what: &str,
        topic_partition: &kedge_log::TopicPartition,
        problem: &kedge_log::LogError,
    ) {
        error!(partition = %topic_partition, %problem, "cannot {what} a log");
        let hit = self.online().into_iter().find(|partition| partition.log().topic_partition() == topic_partition);
        if let (true, Some(partition)) = (problem.is_storage(), hit) {
            self.storage_failed(&partition);
        }
    }

    /// Stops: no more fetching, then every log flushed and closed, checkpoints written, and the clean-shutdown marker. No request may
    /// come in any more. What fails is logged; the next start then recovers.
    pub async fn shutdown(&self) {
        self.fetchers.stop();
        let tasks: Vec<_> = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in &tasks {
            task.abort();
        }
        for task in tasks {
            // Aborted or over: either way nothing of it runs beside the stop.
            drop(task.await);
        }
        for partition in self.online() {
            partition.stop(&*self.fetchers);
        }
        let broker_epoch = self.context.link.load().broker_epoch;
        // Only KRaft asks for the epoch of the last clean stop (KIP-966).
        let marker_epoch = if broker_epoch.authority == Authority::KRaft { broker_epoch.value } else { -1 };
        let logs = self.logs.clone();
        match tokio::task::spawn_blocking(move || logs.shutdown_clean(marker_epoch)).await {
            Ok(problems) => {
                for problem in problems {
                    error!(%problem, "a log was not closed cleanly");
                }
            }
            Err(panic) => error!(%panic, "closing the logs panicked"),
        }
    }
}

fn complain<T>(what: &str, result: kedge_log::Result<T>) {
    if let Err(problem) = result {
        error!(%problem, "cannot {what}");
    }
}
