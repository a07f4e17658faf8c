//! The task that sends deliveries. Every replica runs one for each database.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use app::{ApiError, App, Backend, Caller};
use jobs::{Run, Stop};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::store::{self, Job, Receiver, Settled};
use super::wire::State;
use crate::webhooks::Webhooks;
use crate::webhooks::sender::{Message, Outcome};

/// How long after an event it may take until this task looks.
const POLL: Duration = Duration::from_millis(500);

/// What a claim outlasts the receiver's time to answer by: finding its address, noting the outcome.
const MARGIN: Duration = Duration::from_secs(15);

/// How long deliveries that are under way may take once the server is told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Seconds before the first retry, how they grow, and the most that is ever waited.
const FIRST_WAIT: i64 = 1;
const GROWTH: i64 = 4;
const LONGEST_WAIT: i64 = 3600;

/// Bytes of an answer that the log keeps.
const KEPT_ANSWER: usize = 4096;

const PURGE_EVERY: Duration = Duration::from_hours(1);
/// How often it is looked whether the clock was set back.
const HASTEN_EVERY: Duration = Duration::from_mins(1);

const PURGE_AT_ONCE: i64 = 5000;
const MILLIS_A_DAY: i64 = 86_400_000;

/// Sends the deliveries of one database.
pub struct Worker {
    name: &'static str,
    backend: Backend,
    app: Arc<App>,
    webhooks: Webhooks,
}

impl Worker {
    pub fn new(name: &'static str, backend: Backend, app: Arc<App>, webhooks: Webhooks) -> Self {
        Self { name, backend, app, webhooks }
    }

    /// Sends what is due until the server stops. What is under way then may finish; what does not
    /// is claimed anew by another replica, or after the next start.
    async fn send_all(self: Arc<Self>, stop: Stop) {
        let worker = self;
        let tasks = TaskTracker::new();
        let (done, mut finished) = mpsc::unbounded_channel::<String>();
        // Deliveries under way to each webhook: one that is slow fills its own places only.
        let mut under_way: HashMap<String, usize> = HashMap::new();
        let mut purged: Option<Instant> = None;
        let mut hastened: Option<Instant> = None;
        while !stop.is_cancelled() {
            match worker.claim(&under_way).await {
                Ok(jobs) => {
                    for job in jobs {
                        let webhook = job.receiver.webhook_id.clone();
                        *under_way.entry(webhook.clone()).or_default() += 1;
                        let (worker, done) = (Arc::clone(&worker), done.clone());
                        let delivery = async move {
                            worker.deliver(job).await;
                            // Nobody listens any more once the server stops.
                            let _ = done.send(webhook);
                        };
                        tasks.spawn(delivery.in_current_span());
                    }
                }
                Err(error) => complain("deliveries cannot be claimed", &error),
            }
            if purged.is_none_or(|time| time.elapsed() > PURGE_EVERY) {
                purged = Some(Instant::now());
                worker.purge().await;
            }
            if hastened.is_none_or(|time| time.elapsed() > HASTEN_EVERY) {
                hastened = Some(Instant::now());
                worker.hasten().await;
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(POLL) => {}
                Some(webhook) = finished.recv() => {
                    release(&mut under_way, &webhook);
                    while let Ok(webhook) = finished.try_recv() {
                        release(&mut under_way, &webhook);
                    }
                }
            }
        }
        tasks.close();
        if tokio::time::timeout(GRACE, tasks.wait()).await.is_err() {
            let open = tasks.len();
            tracing::warn!("{open} webhook deliveries did not finish; they are sent again");
        }
    }

    /// Claims what is due and has a place.
    async fn claim(&self, under_way: &HashMap<String, usize>) -> Result<Vec<Job>, ApiError> {
        let now = self.app.clock.now_ms();
        let receivers = self.backend.read(Caller::server(), store::receivers, (now,)).await?;
        let at_once = self.webhooks.settings.at_once;
        let mut jobs = Vec::new();
        for receiver in receivers {
            let busy = under_way.get(&receiver.webhook_id).copied().unwrap_or_default();
            let free = i64::try_from(at_once.saturating_sub(busy)).unwrap_or_default();
            if free > 0 {
                jobs.extend(self.claim_for(receiver, now, free).await?);
            }
        }
        Ok(jobs)
    }

    async fn claim_for(
        &self,
        receiver: Receiver,
        now: i64,
        free: i64,
    ) -> Result<Vec<Job>, ApiError> {
        let lease = now + millis(self.webhooks.settings.timeout + MARGIN);
        let input = (receiver, now, lease, free, Arc::clone(&self.webhooks.settings));
        self.backend.write(Caller::server(), store::claim_jobs, input).await
    }

    /// Sends one delivery and notes what became of it.
    async fn deliver(&self, job: Job) {
        let outcome = match job.secret {
            Ok(secret) => {
                let message = Message {
                    id: job.claim.event_id.clone(),
                    body: job.claim.body,
                    secret,
                    seconds: self.app.clock.now_ms() / 1000,
                };
                self.webhooks.sender.send(&job.receiver.url, &message).await
            }
            Err(unreadable) => Outcome::refused(unreadable.to_owned()),
        };
        let (webhook_id, event_id) = (job.receiver.webhook_id, job.claim.event_id);
        let settled = self.settled(webhook_id, event_id, job.claim.attempt, outcome);
        let noted: Result<(), ApiError> =
            self.backend.write(Caller::server(), store::settle, (settled,)).await;
        if let Err(error) = noted {
            complain("what became of a delivery cannot be noted: it is sent again", &error);
        }
    }

    fn settled(
        &self,
        webhook_id: String,
        event_id: String,
        attempt: i64,
        outcome: Outcome,
    ) -> Settled {
        let gives_up = attempt > i64::from(self.webhooks.settings.retries);
        let state = match (outcome.is_success(), gives_up) {
            (true, _) => State::Delivered,
            (false, true) => State::Failed,
            (false, false) => State::Pending,
        };
        if let Some(error) = &outcome.error {
            tracing::info!(webhook_id, event_id, attempt, gives_up, error, "a delivery failed");
        }
        let wait = wait_after(attempt, outcome.wait, self.app.ids.below(100));
        Settled {
            webhook_id,
            event_id,
            attempt,
            state,
            due_ms: self.app.clock.now_ms() + wait,
            duration_ms: millis(outcome.took),
            status_code: outcome.status.map(i64::from),
            response: kept(&outcome.answer),
            error: outcome.error.map(|error| kept(&error)),
        }
    }

    /// Has deliveries sent now that are due later than any is ever made to wait: the clock was set back since.
    async fn hasten(&self) {
        let now = self.app.clock.now_ms();
        let longest = LONGEST_WAIT.saturating_mul(2000);
        let latest = now + longest.max(millis(self.webhooks.settings.timeout + 2 * MARGIN));
        let hastened = self.backend.write(Caller::server(), store::hasten, (now, latest)).await;
        match hastened {
            Ok(0) => {}
            Ok(count) => tracing::warn!(count, "the clock was set back: deliveries are sent now"),
            Err(error) => complain("deliveries of a later time cannot be found", &error),
        }
    }

    /// Drops what has been in the log for long enough.
    async fn purge(&self) {
        let days = i64::from(self.webhooks.settings.log_days);
        let before = self.app.clock.now_ms() - days * MILLIS_A_DAY;
        loop {
            let input = (before, PURGE_AT_ONCE);
            let dropped = self.backend.write(Caller::server(), store::forget, input).await;
            match dropped {
                Ok(count) if count == PURGE_AT_ONCE as u64 => {}
                Ok(_) => return,
                Err(error) => return complain("old deliveries cannot be dropped", &error),
            }
        }
    }
}

impl jobs::Job for Worker {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(self: Arc<Self>, stop: Stop) -> Run {
        Box::pin(self.send_all(stop))
    }
}

fn release(under_way: &mut HashMap<String, usize>, webhook: &str) {
    if let Some(count) = under_way.get_mut(webhook) {
        *count -= 1;
        if *count == 0 {
            under_way.remove(webhook);
        }
    }
}

fn complain(what: &str, error: &ApiError) {
    let source = error.source.as_ref().map(ToString::to_string);
    tracing::warn!(error = source.as_deref().unwrap_or(&error.message), "{what}");
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Milliseconds to wait after attempt number `attempt` failed: each time longer, with up to a tenth
/// by `chance` (0 to 99) so that receivers are not all called at the same moment, and no less than
/// the receiver asks for.
fn wait_after(attempt: i64, asked: Option<Duration>, chance: usize) -> i64 {
    let power = u32::try_from((attempt - 1).max(0)).unwrap_or(u32::MAX);
    let seconds = GROWTH.saturating_pow(power).saturating_mul(FIRST_WAIT).min(LONGEST_WAIT);
    let asked = asked.map_or(0, |asked| i64::try_from(asked.as_secs()).unwrap_or(i64::MAX));
    seconds.max(asked.min(LONGEST_WAIT)) * (1000 + i64::try_from(chance).unwrap_or_default())
}

/// What the log keeps of a text from outside: its beginning, and nothing that no database takes.
fn kept(text: &str) -> String {
    let mut end = text.len().min(KEPT_ANSWER);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_an_hour() {
        let waits: Vec<i64> = (1..=9).map(|attempt| wait_after(attempt, None, 0) / 1000).collect();
        assert_eq!(waits, [1, 4, 16, 64, 256, 1024, 3600, 3600, 3600]);
        assert_eq!(wait_after(1, None, 99), 1099);
        assert_eq!(wait_after(i64::MAX, None, 0), 3_600_000);
        assert_eq!(wait_after(1, Some(Duration::from_mins(2)), 0), 120_000);
        assert_eq!(wait_after(3, Some(Duration::from_secs(1)), 0), 16_000);
        assert_eq!(wait_after(1, Some(Duration::MAX), 0), 3_600_000);
    }

    #[test]
    fn only_the_beginning_is_kept() {
        assert_eq!(kept("a\0b"), "a\u{fffd}b");
        let long = "ä".repeat(KEPT_ANSWER);
        assert_eq!(kept(&format!("x{long}")).len(), KEPT_ANSWER - 1);
    }
}
