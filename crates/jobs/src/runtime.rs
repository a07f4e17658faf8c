//! Starts jobs, runs them again, stops them.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::Instrument;

use crate::{Job, Next, Stop};

/// How long a job rests after a panic.
const REST: Duration = Duration::from_secs(10);

/// How long all jobs together may take to stop.
const LIMIT: Duration = Duration::from_secs(15);

/// Re-read the clock at least this often: it may be set while a job waits for its time.
const NAP: Duration = Duration::from_mins(1);

type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The jobs that run while the server does.
pub struct Jobs {
    running: Vec<(&'static str, JoinHandle<()>)>,
    stop: Stop,
    now_ms: Clock,
    rest: Duration,
    limit: Duration,
}

impl Jobs {
    /// No jobs yet. `now_ms`: the server's clock, in milliseconds since 1970.
    pub fn new(now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        let now_ms = Arc::new(now_ms);
        Self { running: Vec::new(), stop: Stop::new(), now_ms, rest: REST, limit: LIMIT }
    }

    /// Starts these jobs, each on a task of its own and in a span with its name.
    pub fn start(&mut self, jobs: impl IntoIterator<Item = Arc<dyn Job>>) {
        for job in jobs {
            let name = job.name();
            let (stop, now_ms) = (self.stop.clone(), Arc::clone(&self.now_ms));
            let task = keep_running(job, stop, now_ms, self.rest);
            let span = tracing::warn_span!("job", job = name);
            self.running.push((name, tokio::spawn(task.instrument(span))));
        }
    }

    /// Stops all jobs, and waits until they have ended. Those that do not end in time are dropped.
    pub async fn stop(self) {
        self.stop.cancel();
        let deadline = Instant::now() + self.limit;
        for (name, mut task) in self.running {
            if tokio::time::timeout_at(deadline, &mut task).await.is_err() {
                tracing::warn!(job = name, "a job did not end in time and was cut off");
                task.abort();
            }
        }
    }
}

async fn keep_running(job: Arc<dyn Job>, stop: Stop, now_ms: Clock, rest: Duration) {
    while !stop.is_cancelled() {
        let run = async {
            Arc::clone(&job).run(stop.clone()).await;
            job.next(now_ms())
        };
        let next = AssertUnwindSafe(run).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!("the job panicked; it runs again in {} s", rest.as_secs());
            Next::After(rest)
        });
        match next {
            Next::Never => return,
            Next::After(rest) => stop.run_until_cancelled(tokio::time::sleep(rest)).await,
            Next::AtMs(time) => stop.run_until_cancelled(wait_until(time, &now_ms)).await,
        };
    }
}

async fn wait_until(time_ms: i64, now_ms: &Clock) {
    while let Ok(left @ 1..) = u64::try_from(time_ms.saturating_sub(now_ms())) {
        tokio::time::sleep(Duration::from_millis(left).min(NAP)).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

    use tokio::sync::{Notify, Semaphore};

    use super::*;
    use crate::Run;

    /// A job made of closures.
    struct Made<R, N>(R, N);

    impl<R, N> Job for Made<R, N>
    where
        R: Fn(Stop) -> Run + Send + Sync + 'static,
        N: Fn() -> Next + Send + Sync + 'static,
    {
        fn name(&self) -> &'static str {
            "made"
        }

        fn run(self: Arc<Self>, stop: Stop) -> Run {
            self.0(stop)
        }

        fn next(&self, _now_ms: i64) -> Next {
            self.1()
        }
    }

    fn start<R, N>(jobs: &mut Jobs, run: R, next: N)
    where
        R: Fn(Stop) -> Run + Send + Sync + 'static,
        N: Fn() -> Next + Send + Sync + 'static,
    {
        jobs.start([Arc::new(Made(run, next)) as Arc<dyn Job>]);
    }

    fn jobs() -> Jobs {
        Jobs { rest: Duration::from_millis(1), ..Jobs::new(|| 0) }
    }

    /// A run that counts, and the count reached.
    struct Count {
        runs: AtomicUsize,
        changed: Notify,
    }

    impl Count {
        fn new() -> Arc<Self> {
            Arc::new(Self { runs: AtomicUsize::new(0), changed: Notify::new() })
        }

        fn add(&self) -> usize {
            let runs = self.runs.fetch_add(1, Ordering::SeqCst) + 1;
            self.changed.notify_one();
            runs
        }

        async fn reaches(&self, runs: usize) {
            while self.runs.load(Ordering::SeqCst) < runs {
                self.changed.notified().await;
            }
        }
    }

    #[tokio::test]
    async fn a_stop_ends_work_at_a_safe_place() {
        let begun = Arc::new(Semaphore::new(0));
        let (go_on, log) = (Arc::new(Semaphore::new(0)), Arc::new(Mutex::new(Vec::new())));
        let mut jobs = jobs();
        let (begins, goes_on, logs) = (Arc::clone(&begun), Arc::clone(&go_on), Arc::clone(&log));
        let run = move |stop: Stop| -> Run {
            let (begun, go_on) = (Arc::clone(&begins), Arc::clone(&goes_on));
            let log = Arc::clone(&logs);
            Box::pin(async move {
                while !stop.is_cancelled() {
                    log.lock().unwrap().push("begins");
                    begun.add_permits(1);
                    go_on.acquire().await.unwrap().forget();
                    log.lock().unwrap().push("ends");
                }
            })
        };
        start(&mut jobs, run, || Next::After(Duration::ZERO));
        begun.acquire().await.unwrap().forget();
        let stop = jobs.stop.clone();
        let finish = async {
            stop.cancelled().await;
            go_on.add_permits(9);
        };
        tokio::join!(jobs.stop(), finish);
        assert_eq!(*log.lock().unwrap(), ["begins", "ends"]);
    }

    #[tokio::test]
    async fn a_job_that_panics_runs_again() {
        let (count, seen) = (Count::new(), Count::new());
        let mut jobs = jobs();
        let (counts, sees) = (Arc::clone(&count), Arc::clone(&seen));
        let run = move |_| -> Run {
            let (count, seen) = (Arc::clone(&counts), Arc::clone(&sees));
            Box::pin(async move {
                assert!(count.add() >= 3, "on purpose");
                seen.add();
            })
        };
        start(&mut jobs, run, || Next::Never);
        seen.reaches(1).await;
        jobs.stop().await;
        assert_eq!(count.runs.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_job_that_does_not_end_is_dropped() {
        struct Guard(Option<tokio::sync::oneshot::Sender<()>>);
        impl Drop for Guard {
            fn drop(&mut self) {
                let _ = self.0.take().unwrap().send(());
            }
        }
        let mut jobs = Jobs { limit: Duration::ZERO, ..jobs() };
        let (sender, dropped) = tokio::sync::oneshot::channel();
        let (guard, begun) = (Mutex::new(Some(Guard(Some(sender)))), Count::new());
        let begins = Arc::clone(&begun);
        let run = move |_| -> Run {
            let (guard, begun) = (guard.lock().unwrap().take(), Arc::clone(&begins));
            Box::pin(async move {
                let _guard = guard;
                begun.add();
                std::future::pending::<()>().await;
            })
        };
        start(&mut jobs, run, || Next::Never);
        begun.reaches(1).await;
        jobs.stop().await;
        dropped.await.unwrap();
    }

    #[tokio::test]
    async fn a_job_runs_when_it_says() {
        let clock = Arc::new(AtomicI64::new(0));
        let count = Count::new();
        let (reads, counts) = (Arc::clone(&clock), Arc::clone(&count));
        let mut jobs = Jobs::new(move || reads.load(Ordering::SeqCst));
        let run = move |_| -> Run {
            let (count, clock) = (Arc::clone(&counts), Arc::clone(&clock));
            Box::pin(async move {
                // The next time has come by the end of the second run, and never comes after the third.
                clock.store(if count.add() == 2 { 10 } else { 0 }, Ordering::SeqCst);
            })
        };
        let asked = AtomicUsize::new(0);
        let next = move || match asked.fetch_add(1, Ordering::SeqCst) {
            0 => Next::After(Duration::from_millis(1)),
            1 => Next::AtMs(10),
            _ => Next::AtMs(i64::MAX),
        };
        start(&mut jobs, run, next);
        count.reaches(3).await;
        jobs.stop().await;
        assert_eq!(count.runs.load(Ordering::SeqCst), 3);
    }
}
